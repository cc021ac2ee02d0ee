//! What stands around a plan that drops tables which others refer to.

use crate::dialect::RenderContext;
use crate::plan::Step;
use crate::schema::change::Change;

pub(super) const FOREIGN_KEYS_OFF: &str = "PRAGMA foreign_keys = off";

/// Puts the settings around the steps.
pub(in crate::dialect::sqlite) fn enclose(
    steps: Vec<Step>,
    _changes: &[Change],
    _context: &RenderContext<'_>,
) -> Vec<Step> {
    steps
}
