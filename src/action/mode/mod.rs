//! What the Action compares, and what it does with what it found: a mode is a file of this folder, a line in [`ALL`] and a value
//! of the input.

mod apply;
mod check;
mod commit;
mod drift;
mod matrix;
mod rebase;
mod report;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use async_trait::async_trait;

use super::Action;
use super::compare::Compared;
use super::deliver::Post;
use super::finding::Finding;
use super::gate;
use crate::config::{Env, Format, Located, Secret};
use crate::github::client::{ApiError, GitHub};
use crate::github::event::{Event, Run};
use crate::github::issue;
use crate::github::runner::Runner;
use crate::problem::Problem;
use crate::report::Redactor;

static ALL: &[&dyn Mode] = &[
    &check::Check,
    &commit::Commit,
    &drift::Drift,
    &apply::Apply,
    &rebase::Rebase,
    &report::Report,
    &matrix::Matrix,
];

/// Why nothing was committed, and what to do about it. What was found stands all the same.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
struct Refused(Problem);

impl Refused {
    fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self(Problem::new(why).hint(hint))
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error.into())
    }
}

/// The mode of this name, which is one of [`super::inputs::MODES`].
pub(super) fn named(name: &str) -> &'static dyn Mode {
    let found = ALL.iter().find(|mode| mode.name() == name);
    *found.unwrap_or(&ALL[0])
}

/// Keeps the addresses of an environment's databases out of the report.
fn conceal(env: &Env, runner: &mut Runner<&mut dyn Write>) {
    let members = env.fleet.iter().flat_map(|fleet| &fleet.members);
    let members = members.filter_map(|member| member.url.as_ref());
    let servers: BTreeSet<&str> = members.map(|url| url.value.host()).collect();
    for server in servers {
        runner.redactor_mut().add(&Secret::new(server));
    }
    if let Some(Located { value: url, .. }) = &env.url {
        for secret in [url.to_string().as_str(), url.host(), url.location()] {
            runner.redactor_mut().add(&Secret::new(secret));
        }
    }
}

/// Whether somebody pushed to the default branch, or started the workflow for it.
fn is_of_default_branch(run: &Run) -> bool {
    let (git_ref, default) = match &run.event {
        Event::Push {
            git_ref,
            default_branch,
            after: Some(_),
        } => (Some(git_ref), default_branch),
        Event::WorkflowDispatch => (run.git_ref.as_ref(), &run.default_branch),
        _ => return false,
    };
    let branch = git_ref.and_then(|name| name.strip_prefix("refs/heads/"));
    branch.is_some() && branch == default.as_deref()
}

/// Whether the report is public. Where that is unknown, it counts as public.
async fn is_public(action: &Action<'_>, github: Option<&GitHub>) -> bool {
    match (github, &action.run.repository) {
        (Some(github), Some(repository)) => {
            let public = issue::is_public(github, repository).await;
            public.unwrap_or_else(|error| {
                tracing::warn!("no more than names is shown: {error}");
                true
            })
        }
        _ => !matches!(action.run.event, Event::Local),
    }
}

/// A value of the input `mode`.
#[async_trait(?Send)]
pub(super) trait Mode: Sync {
    /// The value.
    fn name(&self) -> &'static str;

    /// The title of a page where there is no verdict.
    fn failed(&self) -> &'static str {
        "Models and migrations could not be compared"
    }

    /// What has to hold before anything is read.
    ///
    /// # Errors
    /// When this mode does not handle the run.
    fn gate(&self, run: &Run) -> Result<(), Problem> {
        gate::event(&run.event)
    }

    /// Whether it looks at a project that is checked out.
    fn is_of_the_project(&self) -> bool {
        true
    }

    /// Compares: a mode that says nothing else, the migrations with the models.
    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        action.with_models(runner, github).await
    }

    /// How SQL is laid out, of how the environment writes migrations: what is only shown, as people read it.
    fn format(&self, format: &Format) -> Format {
        match format {
            Format::Json => Format::Default,
            format => format.for_people(),
        }
    }

    /// Whether a pull request's own revisions of Alembic are taken down and up again.
    fn tries_revisions(&self) -> bool {
        false
    }

    /// Where on GitHub the result is told, in this order.
    fn posts(&self) -> &'static [Post] {
        &[Post::Status, Post::Comment]
    }

    /// What a project's comparison with its models comes to.
    async fn settle(&self, _action: &Action<'_>, compared: Compared<'_, '_>) -> Result<Finding> {
        Ok(Finding::of(compared.report))
    }

    /// What is done once all projects of the step are compared, and what that makes of each. `first` is the first of them.
    async fn finish(
        &self,
        _first: &Action<'_>,
        _found: &mut [Finding],
        _github: Option<&GitHub>,
        _redactor: &Redactor,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::inputs::MODES;

    #[test]
    fn every_value_of_the_input_is_a_mode() {
        let names: Vec<&str> = ALL.iter().map(|mode| mode.name()).collect();
        assert_eq!(names, MODES);
    }
}
