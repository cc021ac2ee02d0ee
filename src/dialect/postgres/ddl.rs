//! Writes changes as PostgreSQL's DDL.

use crate::dialect::RenderContext;
use crate::plan::{PlanError, Step, TxMode};
use crate::schema::change::Change;

pub(super) fn render(
    _change: &Change,
    _context: &RenderContext<'_>,
) -> Result<Vec<Step>, PlanError> {
    Ok(Vec::new())
}

pub(super) fn tx_mode(_steps: &[Step]) -> TxMode {
    TxMode::File
}
