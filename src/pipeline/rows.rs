//! The proof of a plan where there are rows: made-up ones, in the tables that it touches.
//!
//! They are ours, so that they never decide alone: what fails on them is proven again without. Only an engine that does
//! not survive the plan is a reason to refuse it.

use super::PipelineError;
use super::error::Cause;
use super::planner::{Pair, Planner, Written, inspect_options};
use crate::dialect::sample;
use crate::diff::Comparable;
use crate::engine::Session;
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::{Statement, scan};

/// What became of a plan on made-up rows.
pub(super) enum Trial {
    /// It is proven.
    Proven,
    /// It is to be proven without rows; a warning where nothing in it tells that rows may be in its way.
    WithoutRows(Option<String>),
}

impl Planner<'_> {
    /// Proves a plan on rows, on the session that holds the current state.
    ///
    /// # Errors
    /// When the engine does not survive it, or when there are no rows to try it on and the proof fails.
    pub(super) async fn try_on_rows(
        &self,
        session: &mut dyn Session,
        pair: &Pair,
        written: &Written,
    ) -> Result<Trial, PipelineError> {
        let rows = self.rows(&pair.states, written);
        if rows.is_empty() {
            self.prove(session, pair, written, false).await?;
            return Ok(Trial::Proven);
        }
        let refused = fill(session, &rows).await;
        tracing::debug!(rows = rows.len(), refused, "rows are made up");
        let mut unproven = match self.prove(session, pair, written, false).await {
            Ok(()) => return Ok(Trial::Proven),
            Err(PipelineError::Unproven(unproven)) => unproven,
            Err(other) => return Err(other),
        };
        let options = inspect_options(self.env, self.scoped);
        if session.inspect(&options).await.is_err() {
            unproven.cause = Cause::Crashed(Box::new(unproven.cause));
            return Err(unproven.into());
        }
        tracing::debug!(%unproven, "proving again without rows");
        let mut changes = written.plan.changes.iter();
        if changes.any(|change| self.judge(change).worst.is_some()) {
            return Ok(Trial::WithoutRows(None));
        }
        let warning = unproven.cause.reason().map(|reason| {
            format!(
                "the plan may fail on existing rows: tried with generated rows, the dev database said `{reason}`"
            )
        });
        Ok(Trial::WithoutRows(warning))
    }

    /// Inserts of made-up rows; none where what rows leave in the schema is part of the comparison.
    fn rows(&self, states: &Comparable, written: &Written) -> Vec<Statement> {
        if self.counts_rows(states) {
            return Vec::new();
        }
        let profile = self.dialect.profile();
        let changes = &written.plan.changes;
        let inserts = sample::inserts(profile, states.existing(), changes, self.scoped);
        let text: String = inserts
            .iter()
            .map(|insert| format!("{insert};\n"))
            .collect();
        let split = scan(&text, &profile.scan);
        split.map_or_else(|_| Vec::new(), |split| split.statements)
    }

    /// A state holds what rows leave in a schema, such as the next number of a table.
    pub(super) fn counts_rows(&self, states: &Comparable) -> bool {
        let counts = |realm: &Realm| {
            let mut without = realm.clone();
            self.dialect.forget_rows(&mut without);
            without != *realm
        };
        counts(states.current()) || counts(states.desired())
    }
}

/// Runs what the engine takes, and tells how many statements it refuses.
pub(super) async fn fill(session: &mut dyn Session, all: &[Statement]) -> usize {
    let (mut rest, mut refused) = (all, 0);
    while let Err(error) = session.execute(rest, TxMode::None).await {
        refused += 1;
        rest = rest.get(error.statement + 1..).unwrap_or_default();
    }
    refused
}
