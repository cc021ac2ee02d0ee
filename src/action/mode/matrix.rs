//! Mode `matrix`: the projects of the repository, for `strategy.matrix` of a later job. Nothing of them runs, and of their
//! config files no more is read than what belongs to whom.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use async_trait::async_trait;

use super::Mode;
use crate::action::deliver::Post;
use crate::action::finding::Finding;
use crate::action::{Action, gate};
use crate::config::Fence;
use crate::github::client::GitHub;
use crate::github::event::Event;
use crate::github::pull;
use crate::github::runner::Runner;
use crate::matrix::{self, Ask};
use crate::problem::{Problem, stage};
use crate::report::text::count;

/// Projects that are named in the summary; the rest is counted.
const NAMED: usize = 50;

/// Lists projects.
pub(super) struct Matrix;

#[async_trait(?Send)]
impl Mode for Matrix {
    fn name(&self) -> &'static str {
        "matrix"
    }

    fn failed(&self) -> &'static str {
        "The projects could not be listed"
    }

    fn is_of_the_project(&self) -> bool {
        false
    }

    fn posts(&self) -> &'static [Post] {
        &[]
    }

    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        action.enter()?;
        let gone = |error: std::io::Error| {
            Problem::new(format!("the workspace is gone: {error}")).during(stage::CONFIG)
        };
        let root = std::env::current_dir().and_then(|here| here.canonicalize());
        let root = root.map_err(gone)?;
        let workspace = action.workspace()?.canonicalize().map_err(gone)?;
        let all = matrix::find(&Ask {
            root: &root,
            env: action.inputs.env.as_deref(),
            fence: Some(Fence::new(workspace, action.inputs.provider_env.clone())),
        })?;
        for left in &all.left_out {
            runner.log(&format!("Skipped: {left}"))?;
        }
        let (projects, title) = match self.files(action, &root, github, runner).await? {
            None => (all.projects.clone(), count(all.projects.len(), "project")),
            Some(files) => {
                let changed = matrix::changed(&all.projects, &files);
                let title = format!(
                    "{} of {}",
                    changed.len(),
                    count(all.projects.len(), "project")
                );
                (changed, format!("{title} may have changed"))
            }
        };
        let jobs = matrix::jobs(&projects, action.inputs.max_jobs);
        let number = jobs["include"].as_array().map_or(0, Vec::len);
        runner.output("matrix", &jobs.to_string())?;
        runner.output("jobs", &number.to_string())?;
        let names = projects
            .iter()
            .take(NAMED)
            .map(|project| format!("`{project}`"));
        let mut names: Vec<String> = names.collect();
        if let more @ 1.. = projects.len().saturating_sub(NAMED) {
            names.push(format!("{more} more"));
        }
        let done = (!names.is_empty())
            .then(|| format!("In {}: {}", count(number, "job"), names.join(", ")));
        Ok(Finding::done(title, done.into_iter().collect()))
    }
}

impl Matrix {
    /// The files that a pull request changes, as paths below a directory; none where all of them count.
    async fn files(
        &self,
        action: &Action<'_>,
        root: &Path,
        github: Option<&GitHub>,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<Option<Vec<String>>> {
        let (Event::PullRequest(pull), Some(repository), Some(github)) =
            (&action.run.event, &action.run.repository, github)
        else {
            return Ok(None);
        };
        let files = match pull::files(github, repository, pull.number).await {
            Ok(Some(files)) => files,
            Ok(None) => {
                runner.log(
                    "The pull request changes more files than GitHub lists: all projects count.",
                )?;
                return Ok(None);
            }
            Err(error) => {
                runner.log(&format!(
                    "All projects count, since it is not known what changed: {error}"
                ))?;
                return Ok(None);
            }
        };
        let top = gate::outermost(root).map(|checkout| checkout.root);
        let top = top.unwrap_or_else(|_| root.to_owned());
        let prefix = root.strip_prefix(&top).unwrap_or(Path::new(""));
        let below = |file: &String| match Path::new(file).strip_prefix(prefix) {
            Ok(inner) => inner.display().to_string(),
            // Outside of all projects.
            Err(_) => format!("../{file}"),
        };
        Ok(Some(files.iter().map(below).collect()))
    }
}
