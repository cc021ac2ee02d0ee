//! The proof of a plan where there are rows: made-up ones, in the tables that it touches.
//!
//! They are ours, so that they never decide alone: what fails on them is proven again without. Only an engine that does
//! not survive the plan is a reason to refuse it.

use anyhow::Result;

use super::planner::{Pair, Planner, Written};
use crate::dialect::sample;
use crate::engine::Session;
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::report;
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
    ) -> Result<Trial> {
        let rows = self.rows(pair, written);
        if rows.is_empty() {
            self.prove(session, pair, written, false).await?;
            return Ok(Trial::Proven);
        }
        let refused = fill(session, &rows).await;
        tracing::debug!(rows = rows.len(), refused, "rows are made up");
        let Err(error) = self.prove(session, pair, written, false).await else {
            return Ok(Trial::Proven);
        };
        let mut problem = match error.downcast::<Problem>() {
            Ok(problem) => problem,
            Err(other) => return Err(other),
        };
        let options = Self::inspect_options(self.env, self.scoped);
        if session.inspect(&options).await.is_err() {
            problem.message =
                "the dev database does not survive the plan once tables hold rows".to_owned();
            return Err(problem.into());
        }
        tracing::debug!(%problem.message, "proving again without rows");
        let lines = report::describe(&written.plan.changes, &[], pair.qualified());
        if lines.iter().any(|line| line.risk.is_some()) {
            return Ok(Trial::WithoutRows(None));
        }
        let reason = problem
            .details
            .iter()
            .find(|detail| detail.label == "reason");
        let warning = reason.map(|reason| {
            format!(
                "the plan may fail on existing rows: tried with generated rows, the dev database said `{}`",
                reason.text
            )
        });
        Ok(Trial::WithoutRows(warning))
    }

    /// Inserts of made-up rows; none where what rows leave in the schema is part of the comparison.
    fn rows(&self, pair: &Pair, written: &Written) -> Vec<Statement> {
        if self.counts_rows(&pair.current) || self.counts_rows(&pair.desired) {
            return Vec::new();
        }
        let profile = self.dialect.profile();
        let changes = &written.plan.changes;
        let inserts = sample::inserts(profile, &pair.existing, changes, self.scoped);
        let text: String = inserts
            .iter()
            .map(|insert| format!("{insert};\n"))
            .collect();
        let split = scan(&text, &profile.scan);
        split.map_or_else(|_| Vec::new(), |split| split.statements)
    }

    /// A state holds what rows leave in a schema, such as the next number of a table.
    pub(super) fn counts_rows(&self, realm: &Realm) -> bool {
        let mut without = realm.clone();
        self.dialect.forget_rows(&mut without);
        without != *realm
    }
}

/// Inserts what fits, and tells how many rows do not.
async fn fill(session: &mut dyn Session, rows: &[Statement]) -> usize {
    let (mut rest, mut refused) = (rows, 0);
    while let Err(error) = session.execute(rest, TxMode::None).await {
        refused += 1;
        rest = rest.get(error.statement + 1..).unwrap_or_default();
    }
    refused
}
