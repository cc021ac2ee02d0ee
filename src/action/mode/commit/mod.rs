//! Mode `commit`: what is missing is committed to the pull request's branch.

mod outcome;
mod target;

use anyhow::Result;
use async_trait::async_trait;

use super::check::Check;
use super::{Mode, Refused};
use crate::action::compare::Compared;
use crate::action::finding::{Finding, Part, State};
use crate::action::revision::Aside;
use crate::action::{Action, files};
use crate::config::Format;
use crate::github::client::GitHub;
use crate::migration::SUM_FILE;
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::Redactor;

use outcome::{refuse, settle};
use target::Target;

/// Compares, and commits the missing migration to the pull request's branch.
pub(super) struct Commit;

#[async_trait(?Send)]
impl Mode for Commit {
    fn name(&self) -> &'static str {
        "commit"
    }

    /// What is committed is written as the environment says.
    fn format(&self, format: &Format) -> Format {
        match format {
            Format::Json => Format::Default,
            format => format.clone(),
        }
    }

    /// Works out what is to be committed. Where that can't be, what was found stands, and it is said why. A workflow in this
    /// mode may run for a merge queue and for pushes, too: there it only checks.
    async fn settle(&self, action: &Action<'_>, mut compared: Compared<'_, '_>) -> Result<Finding> {
        let report = compared.report.clone();
        if action.run.pull_request().is_none() {
            let mut finding = Check.settle(action, compared).await?;
            if finding.state == State::Drift {
                let sentence = "Nothing was committed: that is done on pull requests only. Everything else is checked.";
                finding.done.push(sentence.to_owned());
            }
            return Ok(finding);
        }
        let mut finding = Finding::of(report);
        if finding.state != State::Drift {
            return Ok(finding);
        }
        let (project, prepared) = (compared.project, &mut *compared.prepared);
        let is_alembic = prepared.alembic().is_some();
        if !is_alembic {
            action.offer(project, prepared, &mut finding).await?;
        }
        match part(action, &mut compared).await {
            Ok(part) if part.report.found.verdict == Verdict::Unknown => {
                return Ok(Finding::of(part.report));
            }
            Ok(part) => {
                // A revision is written once: that takes long.
                finding.files = finding.files.or_else(|| Some(part.files.clone()));
                finding.part = Some(part);
            }
            Err(error) => match error.downcast::<Unwritten>() {
                Ok(Unwritten(problem)) => refuse(&mut finding, &Refused(problem)),
                Err(error) => {
                    refuse(&mut finding, &error.downcast::<Refused>()?);
                    if is_alembic {
                        action
                            .offer(project, compared.prepared, &mut finding)
                            .await?;
                    }
                }
            },
        }
        Ok(finding)
    }

    /// Commits what is missing for all projects at once.
    async fn finish(
        &self,
        first: &Action<'_>,
        found: &mut [Finding],
        github: Option<&GitHub>,
        redactor: &Redactor,
    ) {
        // What a commit writes for one project must not change what another one was found to be.
        let prefixes: Vec<Option<String>> =
            found.iter().map(|finding| finding.prefix.clone()).collect();
        let stays: Vec<bool> = found.iter().map(|finding| finding.part.is_none()).collect();
        for (at, finding) in found.iter_mut().enumerate() {
            let shares = |other: usize| {
                other != at && prefixes[other] == prefixes[at] && (stays[other] || other < at)
            };
            if finding.part.is_some() && (0..prefixes.len()).any(shares) {
                finding.part = None;
                let refused = Refused::new(
                    "another project of this step has the same directory",
                    "name the directory once, or give each environment one of its own",
                );
                refuse(finding, &refused);
            }
        }
        let parts: Vec<&Part> = found
            .iter()
            .filter_map(|found| found.part.as_ref())
            .collect();
        if parts.is_empty() {
            return;
        }
        let mut redactor = redactor.clone();
        for part in &parts {
            redactor.allow_words_of(part.report.found.statements());
        }
        let done = match target(first, github) {
            Ok(target) => {
                let directories: Vec<&str> =
                    prefixes.iter().flatten().map(String::as_str).collect();
                target.commit(&parts, &directories, &redactor).await
            }
            Err(refused) => Err(refused),
        };
        for finding in found.iter_mut() {
            settle(finding, &done);
        }
    }
}

/// The branch that is committed to.
fn target<'a>(action: &'a Action<'_>, github: Option<&'a GitHub>) -> Result<Target<'a>, Refused> {
    let (Some(pull), Some(repository)) = (action.run.pull_request(), &action.run.repository) else {
        let hint = "run it on `pull_request`, as GitHub starts it";
        return Err(Refused::new(
            "the event names no branch of a repository",
            hint,
        ));
    };
    if !pull.same_repository() {
        let hint = "its author can apply the patch";
        return Err(Refused::new("the branch is in a fork", hint));
    }
    let Some(github) = github else {
        let hint = "leave `token` as it is, or give that of an app";
        return Err(Refused::new("`mode: commit` needs a token", hint));
    };
    Ok(Target {
        github,
        key: action.identity.key(),
        repository,
        pull,
        server_url: &action.run.server_url,
    })
}

/// Why a revision can't be written; then none can be offered either.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
struct Unwritten(Problem);

/// What a commit has to write where a comparison found something to be missing. What else goes wrong than being [`Refused`] or
/// [`Unwritten`] takes the verdict away.
async fn part(action: &Action<'_>, compared: &mut Compared<'_, '_>) -> Result<Part> {
    let target = target(action, compared.github)?;
    let (project, prepared) = (compared.project, &mut *compared.prepared);
    let prefix = files::prefix(&action.root()?, &prepared.directory(project))?;
    let head = target.head(&prefix).await?;
    let (files, report) = match prepared.alembic() {
        None => {
            let files = project.dir.files().iter().rev();
            let files: Vec<(String, &str)> = files
                .map(|file| (files::in_directory(&prefix, file.name()), file.text()))
                .collect();
            // Each of trueup's commits writes the checksums of the directory that it is for; there may be others.
            let sums = files::in_directory(&prefix, SUM_FILE);
            let settles = |written: &str| written == sums;
            let stale = target.replaceable(&files, settles, &head).await?;
            let mut base = project.dir.clone();
            for _ in 0..stale {
                base = base.without_last();
            }
            let report = match stale {
                0 => compared.report.clone(),
                // What an earlier trueup commit wrote is planned again together with what came after it.
                _ => prepared.compare(&base, action.now, action.cancel).await?,
            };
            let name = action.inputs.name.as_deref();
            let sql = &report.found.sql;
            let files = files::prepare(&project.dir, base, &prefix, sql, name, action.now)?;
            (files, report)
        }
        Some(_) => {
            let last = action.last_revisions(prepared)?;
            let files: Vec<(String, &str)> = last
                .iter()
                .map(|revision| (revision.path.clone(), revision.text.as_str()))
                .collect();
            let below = files::in_directory(&prefix, "");
            let settles = |written: &str| written.starts_with(&below);
            let stale = target.replaceable(&files, settles, &head).await?;
            let aside = Aside::take(&last[..stale])?;
            let report = match stale {
                0 => compared.report.clone(),
                _ => {
                    prepared
                        .compare(&project.dir, action.now, action.cancel)
                        .await?
                }
            };
            let files = match action.revise(prepared, &report, &aside).await {
                Ok(files) => files,
                Err(error) => return Err(Unwritten(error.downcast::<Problem>()?).into()),
            };
            (files, report)
        }
    };
    let mut redactor = compared.redactor.clone();
    redactor.allow_words_of(report.found.statements());
    if files.holds_secret(&redactor) {
        let hint = "take it out of the models, or write the migration by hand";
        return Err(Refused::new("the migration holds a secret of this run", hint).into());
    }
    Ok(Part {
        files,
        report,
        key: action.identity.key(),
        head,
    })
}
