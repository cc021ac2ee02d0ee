//! What a partitioned table can't do.

use super::expr;
use super::writer::named;
use crate::dialect::postgres::attrs;
use crate::schema::Table;

/// The column is part of what a table is partitioned by.
pub(super) fn is_by(table: &Table, column: &str) -> bool {
    let by = table.attrs.get(attrs::PARTITION_BY);
    by.is_some_and(|by| expr::mentions(by, column))
}

/// Why such a column can't get another type.
pub(super) fn is_fixed(table: &str, column: &str) -> String {
    format!(
        "table {} is partitioned by column {}, and PostgreSQL can't change the type of such a column",
        named(table),
        named(column)
    )
}
