//! Mode `drift`: a live database against the migrations that it says it has. No code of the project runs, but an Alembic history,
//! from which everything is kept that leads to the database: what says where the migrations are, is read, and nothing else of it.

mod adopt;

use std::io::Write;

use anyhow::Result;
use async_trait::async_trait;

use super::{Mode, conceal, is_public};
use crate::action::compare::Project;
use crate::action::deliver::Post;
use crate::action::finding::{Finding, Live, Looked};
use crate::action::{Action, words};
use crate::config::secret::{is_secret_name, passwords_in};
use crate::config::{DbUrl, Located};
use crate::engine::attend::Unattended;
use crate::github::client::GitHub;
use crate::github::event::{Event, Run};
use crate::github::runner::Runner;
use crate::pipeline::{self, Ask, Context, PipelineError, Writing};
use crate::problem::{Problem, stage};
use crate::report::{Comparison, DriftReport, FleetReport, Redactor};

/// Looks at a database.
pub(super) struct Drift;

#[async_trait(?Send)]
impl Mode for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn failed(&self) -> &'static str {
        "The database could not be checked"
    }

    /// A pull request could point the production database at another directory, and a branch that is not deployed
    /// says nothing of it.
    fn gate(&self, run: &Run) -> Result<(), Problem> {
        let refused = |on: &str| {
            let problem = Problem::new(format!("`mode: drift` does not run on {on}"));
            Err(problem.during(stage::CONFIG).hint(
                "drift is checked on `schedule`, `workflow_dispatch`, and `push` to the default branch: give it \
                 a workflow of its own",
            ))
        };
        match &run.event {
            Event::Schedule | Event::WorkflowDispatch | Event::Local => Ok(()),
            Event::Push {
                git_ref,
                default_branch,
                ..
            } => match git_ref.strip_prefix("refs/heads/") {
                Some(branch) if Some(branch) == default_branch.as_deref() => Ok(()),
                _ => refused("a push to anything but the default branch"),
            },
            Event::PullRequest(_) => refused("`pull_request`"),
            Event::MergeGroup { .. } => refused("`merge_group`"),
            Event::PullRequestTarget(_) | Event::WorkflowRun(_) | Event::Other(_) => {
                refused("this event")
            }
        }
    }

    fn posts(&self) -> &'static [Post] {
        &[Post::Issue]
    }

    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        let inputs = action.inputs;
        let root = action.workspace()?;
        let project = Project::of_databases(inputs, &root, runner, action.cancel).await?;
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let env = &project.env;
        let members = env.fleet.iter().flat_map(|fleet| &fleet.members);
        let members: Vec<(&str, &Located<DbUrl>)> = members
            .filter_map(|member| Some((member.name.as_str(), member.url.as_ref()?)))
            .collect();
        if env.url.is_none() && members.is_empty() {
            let problem = Problem::new("input `url` is not set").during(stage::CONFIG);
            let hint = "it is the database that is looked at: `url: ${{ secrets.DATABASE_URL }}`, of a user who may only read";
            return Err(problem.hint(hint).into());
        }
        conceal(env, runner);
        let lives = members.iter().map(|(_, url)| &url.value);
        let lives: Vec<&DbUrl> = lives.chain(env.url.iter().map(|url| &url.value)).collect();
        let (history, _installed) = project
            .beside_databases(inputs, action.variables, &lives, runner, action.cancel)
            .await?;
        let format = env.format.migrate_diff.for_people();
        let context = Context::new(env, pipeline::dev(env)?, &Unattended, action.cancel);
        let hidden = !inputs.show_sql && is_public(action, github).await;
        let ask = Ask {
            revision: inputs.revision.as_deref(),
            grace: inputs.grace,
            writing: Writing::of(&format),
        };
        let command = inputs.command("trueup drift");
        let told = |found| DriftReport::of(env, "the database".to_owned(), found, &command);
        let mut report = match &env.url {
            Some(live) => {
                let found = pipeline::drift(&context, &history, live, &ask).await;
                Looked::One(Box::new(told(found.map_err(failed)?)))
            }
            None => {
                let lives: Vec<_> = members.iter().map(|(_, url)| *url).collect();
                let parallel = usize::from(pipeline::PARALLEL);
                let found = pipeline::drifts(&context, &history, &lives, &ask, parallel, told);
                let names = members.iter().map(|(name, _)| (*name).to_owned()).collect();
                let mut fleet = FleetReport::of(env, names, found.await.map_err(failed)?);
                for ((_, url), (_, found)) in members.iter().zip(&mut fleet.databases) {
                    if let Err(problem) = found {
                        unplaced(problem, &url.value);
                    }
                }
                if hidden {
                    fleet.forget_names();
                }
                Looked::Many(fleet)
            }
        };
        for found in report.found() {
            match hidden {
                true => names_only(found),
                false => {
                    let statements = found.adopt.statements().chain(found.restore.statements());
                    runner.redactor_mut().allow_words_of(statements);
                    without_secrets(found, runner.redactor());
                }
            }
        }
        let mut finding = Finding::looked(Live { report, hidden });
        if inputs.adopt {
            let taken = adopt::prepare(action, &project, (&context, &history), &finding).await;
            match taken {
                Ok(adoption) => finding.adoption = adoption,
                Err(error) => {
                    let why = words::of_workflows(error.downcast::<Problem>()?);
                    finding.done.push(words::unsettled(adopt::NOT, &why));
                }
            }
        }
        Ok(finding)
    }

    async fn finish(
        &self,
        first: &Action<'_>,
        found: &mut [Finding],
        github: Option<&GitHub>,
        redactor: &Redactor,
    ) {
        for finding in found {
            adopt::propose(first, finding, github, redactor).await;
        }
    }
}

fn failed(error: PipelineError) -> anyhow::Error {
    match error {
        PipelineError::Interrupted(interrupted) => interrupted.into(),
        other => Problem::from(other).into(),
    }
}

/// Takes from an error where the database is.
pub(super) fn unplaced(problem: &mut Problem, url: &DbUrl) {
    let (whole, file) = (url.to_string(), url.location());
    problem.details.clear();
    for place in [whole.as_str(), file]
        .into_iter()
        .filter(|place| !place.is_empty())
    {
        problem.message = problem.message.replace(place, "***");
    }
}

/// Takes everything from a report but names of objects and files.
fn names_only(report: &mut DriftReport) {
    for found in [&mut report.adopt, &mut report.restore] {
        forget_sql(found);
        found.warnings.clear();
        found.renames.clear();
        for change in &mut found.changes {
            change.details.clear();
            change.risks.clear();
        }
    }
    if let Some(partial) = &mut report.partial {
        partial.error = None;
    }
    report.diagram = None;
}

/// Takes SQL and words from a report that hold what looks like a password or a key: a default that somebody set.
fn without_secrets(report: &mut DriftReport, redactor: &Redactor) {
    for found in [&mut report.adopt, &mut report.restore] {
        let known = redactor.line_of_secret(&found.sql).is_some();
        if known || found.sql.lines().any(looks_secret) {
            forget_sql(found);
            let note = "The SQL is not shown: it holds what looks like a password or a key";
            found.warnings.push(note.to_owned());
        }
        // Their reverse may set what they drop.
        if found.statements().any(|sql| sql.lines().any(looks_secret)) {
            found.plan.steps.clear();
        }
        found.warnings.retain(|warning| !looks_secret(warning));
        for change in &mut found.changes {
            for detail in &mut change.details {
                if looks_secret(detail) {
                    "something that looks like a password or a key".clone_into(detail);
                }
            }
        }
    }
}

fn forget_sql(found: &mut Comparison) {
    found.sql.clear();
    found.plan.steps.clear();
}

/// Whether a line sets a value under a name that says that it is secret, or has a URL with a password.
fn looks_secret(line: &str) -> bool {
    let words = |c: char| !(c.is_alphanumeric() || c == '_');
    let valued = line.contains('\'') && line.to_lowercase().contains("default");
    !passwords_in(line).is_empty() || valued && line.split(words).any(is_secret_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_names_are_found() {
        for line in [
            "ALTER TABLE \"app\" ALTER COLUMN \"api_key\" SET DEFAULT 'abc';",
            "  `password` varchar(80) NOT NULL DEFAULT 'hunter2',",
            "change default of column \"token\" from '' to 'x'",
            "COMMENT ON TABLE t IS 'postgres://me:hunter22@host/db'",
        ] {
            assert!(looks_secret(line), "{line}");
        }
        for line in [
            "ALTER TABLE \"app\" ADD COLUMN \"api_key\" text NULL;",
            "  `status` varchar(80) NOT NULL DEFAULT 'new',",
            "",
        ] {
            assert!(!looks_secret(line), "{line}");
        }
    }

    #[test]
    fn only_where_the_default_branch_is_deployed() {
        let run = |event: Event| Run {
            event,
            ..Run::from_env(|_| None).expect("a run")
        };
        let push = |git_ref: &str, default: Option<&str>| Event::Push {
            git_ref: git_ref.into(),
            after: None,
            default_branch: default.map(str::to_owned),
        };
        for event in [
            Event::Schedule,
            Event::WorkflowDispatch,
            push("refs/heads/main", Some("main")),
        ] {
            assert_eq!(Drift.gate(&run(event)), Ok(()));
        }
        let head_sha = String::new();
        for event in [
            push("refs/heads/other", Some("main")),
            push("refs/tags/main", Some("main")),
            push("refs/heads/main", None),
            Event::MergeGroup { head_sha },
            Event::Other("issue_comment".into()),
        ] {
            let problem = Drift.gate(&run(event)).expect_err("refused");
            assert!(
                problem
                    .message
                    .starts_with("`mode: drift` does not run on ")
            );
        }
    }
}
