//! Runs an Alembic history as a commit would have it, before there is such a commit: its files in a directory of their own, the
//! project's Alembic confined as tightly as the kernel can.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path};

use anyhow::Result;
use tempfile::TempDir;

use super::Refused;
use super::commits::Commits;
use crate::action::Action;
use crate::action::compare::{Prepared, Project};
use crate::action::inputs::{Inputs, Sandbox};
use crate::config::{DbUrl, Format};
use crate::current::{History, alembic};
use crate::engine::attend::Unattended;
use crate::github::runner::Runner;
use crate::github::tree::{Content, Entry, Tree};
use crate::pipeline::{self, Context, PipelineError};
use crate::problem::Problem;

/// Files that are asked for of GitHub, where they are not what is checked out.
const ASKED: usize = 500;

/// A commit that is not made yet: what another one has, and what is otherwise.
pub(super) struct Draft<'a> {
    pub(super) tree: &'a Tree,
    pub(super) changes: &'a BTreeMap<String, Content>,
}

/// The inputs for code of pull requests beside a token that writes: where a part of the confinement can't be had, nothing runs.
pub(super) fn strict(inputs: &Inputs) -> Inputs {
    Inputs {
        sandbox: Sandbox::Strict,
        ..inputs.clone()
    }
}

/// What runs histories; packages are installed for the first one.
pub(super) struct Trials<'a> {
    action: &'a Action<'a>,
    project: &'a Project,
    inputs: &'a Inputs,
    /// The project's directory in the repository.
    work: &'a str,
    prepared: Option<Prepared<'a>>,
}

impl<'a> Trials<'a> {
    /// `inputs` are [`strict`].
    pub(super) fn new(
        action: &'a Action<'a>,
        project: &'a Project,
        inputs: &'a Inputs,
        work: &'a str,
    ) -> Self {
        Self {
            action,
            project,
            inputs,
            work,
            prepared: None,
        }
    }

    /// Runs the history from nothing to its end, and for each of some revisions takes it and what follows it down and up again.
    /// Nothing that leads to the databases `lives` is within its reach.
    ///
    /// # Errors
    /// [`Refused`] where it can't be run.
    pub(super) async fn run(
        &mut self,
        draft: &Draft<'_>,
        trips: &[&str],
        lives: &[DbUrl],
        commits: &mut Commits<'_>,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<()> {
        let place = laid_out(draft, commits).await?;
        let (env, variables, cancel) =
            (&self.project.env, self.action.variables, self.action.cancel);
        let prepared = match &self.prepared {
            Some(prepared) => prepared,
            None => {
                let preparing = self.project.prepare(
                    self.inputs,
                    Format::clone,
                    variables,
                    lives,
                    runner,
                    cancel,
                );
                self.prepared.insert(preparing.await?)
            }
        };
        let Some(history) = prepared.elsewhere(place.path(), self.work)? else {
            return Err(Problem::new("the migrations are not an Alembic history").into());
        };
        let context = Context::new(env, pipeline::dev(env)?, &Unattended, cancel);
        let trips: Vec<alembic::Trials> = match trips {
            [] => vec![alembic::Trials::default()],
            trips => {
                let trips = trips.iter().map(|id| (*id).to_owned());
                trips.map(alembic::Trials::from).collect()
            }
        };
        for trip in trips {
            let history = History::Alembic(Box::new(history.anew(trip)));
            match pipeline::replay(&context, &history).await {
                Ok(_) => {}
                Err(PipelineError::Interrupted(interrupted)) => return Err(interrupted.into()),
                Err(error @ PipelineError::Engine(_)) => return Err(Problem::from(error).into()),
                Err(error) => return Err(Refused(error.into()).into()),
            }
        }
        Ok(())
    }
}

/// A directory with the files of a commit that is not made yet.
pub(super) async fn laid_out(draft: &Draft<'_>, commits: &mut Commits<'_>) -> Result<TempDir> {
    let place = tempfile::tempdir()?;
    // The account that runs code of it is another one.
    fs::set_permissions(place.path(), Permissions::from_mode(0o755))?;
    let laid = lay_out(draft, commits, place.path()).await;
    laid.map_err(|error| match error.downcast::<io::Error>() {
        Ok(error) => Problem::new(format!("the files can't be laid out: {error}")).into(),
        Err(error) => error,
    })?;
    Ok(place)
}

/// Writes the files of a commit that is not made yet into an empty directory.
async fn lay_out(draft: &Draft<'_>, commits: &mut Commits<'_>, root: &Path) -> Result<()> {
    let mut files: BTreeMap<&str, Content> = BTreeMap::new();
    for (path, entry) in &draft.tree.entries {
        files.insert(path, Content::Entry(entry.clone()));
    }
    for (path, content) in draft.changes {
        files.insert(path, content.clone());
    }
    let mut asked = 0;
    let mut links = Vec::new();
    for (path, content) in files {
        let plain = |part| matches!(part, Component::Normal(name) if name != ".git");
        if !Path::new(path).components().all(plain) {
            let why = format!("{path} is not a valid file path");
            return Err(Refused::new(why, "remove it").into());
        }
        let at = root.join(path);
        let (bytes, mode) = match content {
            Content::Gone => continue,
            Content::Text { mode, text } => (text.into_bytes(), mode),
            // A submodule.
            Content::Entry(Entry { mode, .. }) if mode == "160000" => continue,
            Content::Entry(Entry { mode, sha }) => {
                asked += usize::from(!commits.is_here(path, &sha));
                if asked > ASKED {
                    let why = format!("more than {ASKED} files are not as they are checked out");
                    return Err(Refused::new(
                        why,
                        "merge the base, and run `trueup migrate rebase`",
                    )
                    .into());
                }
                (commits.blob(path, &sha).await?, mode)
            }
        };
        if let Some(above) = at.parent() {
            fs::create_dir_all(above)?;
        }
        match mode.as_str() {
            // Only after everything is written: no file may be reached through a link.
            "120000" => links.push((at, bytes)),
            mode => {
                fs::write(&at, bytes)?;
                let rights = if mode == "100755" { 0o755 } else { 0o644 };
                fs::set_permissions(&at, Permissions::from_mode(rights))?;
            }
        }
    }
    for (at, target) in links {
        symlink(String::from_utf8_lossy(&target).as_ref(), at)?;
    }
    Ok(())
}
