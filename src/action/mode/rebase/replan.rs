//! What the models of a commit that is not made yet want beyond its migrations: its files lie in a directory of their own, where the
//! models are loaded as confined as the kernel can, and what is missing is planned and proven.

use std::io::Write;

use anyhow::Result;

use super::Refused;
use super::commits::Commits;
use super::place::Place;
use super::trial::{Draft, laid_out};
use crate::action::Action;
use crate::action::compare::Prepared;
use crate::action::trust::Trust;
use crate::config::{DbUrl, Format};
use crate::github::runner::Runner;
use crate::lint::Risk;
use crate::migration::Dir;
use crate::pipeline::{self, Interrupted, Verdict};
use crate::problem::Problem;
use crate::report::Report;

/// What plans; packages are installed for the first commit.
pub(super) struct Replans<'a> {
    action: &'a Action<'a>,
    /// By the directory's path.
    prepared: Vec<(&'a str, Prepared<'a>)>,
}

impl<'a> Replans<'a> {
    pub(super) fn new(action: &'a Action<'a>) -> Self {
        Self {
            action,
            prepared: Vec::new(),
        }
    }

    /// What is missing from a directory for the models of a commit. Nothing that leads to the databases `lives` is within their
    /// reach.
    ///
    /// # Errors
    /// [`Refused`] where that can't be told.
    pub(super) async fn wanted(
        &mut self,
        place: &'a Place<'a>,
        draft: &Draft<'_>,
        dir: &Dir,
        lives: &[DbUrl],
        commits: &mut Commits<'_>,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<Report> {
        pipeline::check_sources(&place.project.env)?;
        self.action.enter_of(place.inputs)?;
        let at = match self
            .prepared
            .iter()
            .position(|(prefix, _)| *prefix == place.prefix)
        {
            Some(at) => at,
            None => {
                let (variables, cancel) = (self.action.variables, self.action.cancel);
                let layout = |format: &Format| format.clone();
                let preparing =
                    place
                        .project
                        .prepare(&place.strict, layout, variables, lives, runner, cancel);
                let prepared = preparing.await?;
                self.prepared.push((&place.prefix, prepared));
                self.prepared.len() - 1
            }
        };
        let laid = laid_out(draft, commits).await?;
        let compared = async {
            // What the settings name is a file of that commit.
            std::env::set_current_dir(laid.path().join(&place.work))
                .map_err(|error| Problem::new(format!("{}: {error}", place.work)))?;
            let trust = Trust::new(laid.path(), &place.strict)?;
            let mut there = self.prepared[at].1.at(laid.path(), &place.work, &trust)?;
            there
                .compare(dir, self.action.now, self.action.cancel)
                .await
        };
        let compared = compared.await;
        self.action.enter_of(place.inputs)?;
        compared.map_err(|error| match error.is::<Interrupted>() {
            true => error,
            false => match error.downcast::<Problem>() {
                Ok(problem) => Refused(problem).into(),
                Err(error) => error,
            },
        })
    }
}

/// The SQL that is committed of what is missing, if it may be.
///
/// # Errors
/// [`Refused`] where rows would be lost, or a secret would be committed.
pub(super) fn to_commit(
    report: &Report,
    runner: &Runner<&mut dyn Write>,
) -> Result<Option<String>, Refused> {
    let found = &report.found;
    if found.verdict != Verdict::Drifted || found.sql.is_empty() {
        return Ok(None);
    }
    let mut changes = found.changes.iter();
    if let Some(loss) = changes.find(|line| line.risk == Some(Risk::LosesData)) {
        let why = format!(
            "with both sides' models, the missing migration would lose data: {}",
            loss.sentence()
        );
        return Err(Refused::new(
            why,
            "where that is meant, merge the base yourself, and run `trueup migrate rebase` and `trueup migrate diff`; where not, see that \
             the models are those of the branch and not of an installed package",
        ));
    }
    let mut redactor = runner.redactor().clone();
    redactor.allow_words_of(found.statements());
    match redactor.line_of_secret(&found.sql) {
        None => Ok(Some(found.sql.clone())),
        Some(_) => Err(Refused::new(
            "the missing migration holds a secret of this run",
            "take it out of the models, or write the migration by hand",
        )),
    }
}
