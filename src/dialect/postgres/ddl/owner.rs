//! The column that owns a sequence, and what the sequence is called.

use crate::dialect::postgres::attrs;
use crate::dialect::postgres::names::object_name;
use crate::schema::Column;

/// A column that owns a sequence, in its table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) schema: &'a str,
    pub(super) table: &'a str,
    pub(super) column: &'a str,
}

impl Owner<'_> {
    /// The name that the server invents for the sequence.
    pub(super) fn invented(&self) -> String {
        object_name(self.table, Some(self.column), "seq")
    }

    /// The name of a serial column's sequence.
    pub(super) fn sequence(&self, column: &Column) -> String {
        column
            .attrs
            .get(attrs::SERIAL_SEQUENCE)
            .cloned()
            .unwrap_or_else(|| self.invented())
    }

    /// A name for the sequence while its successor takes its own.
    pub(super) fn retired(&self) -> String {
        object_name(self.table, Some(self.column), "seq_old")
    }
}
