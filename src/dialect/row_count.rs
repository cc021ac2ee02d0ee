//! A question about rows: whether a table, or a column of it, holds something that would be gone with it.

use super::write::quoted;
use crate::sql::Statement;

/// Counts the rows of a table, or the values of a column of it, as far as `most`: more need not be read. The table has its schema
/// before it where names are qualified.
pub fn counting(
    (schema, table): (Option<&str>, &str),
    column: Option<&str>,
    quote: char,
    most: u64,
) -> Statement {
    let table = quoted(table, quote);
    let table = match schema {
        Some(schema) => format!("{}.{table}", quoted(schema, quote)),
        None => table,
    };
    let holds = match column {
        Some(column) => format!(" WHERE {} IS NOT NULL", quoted(column, quote)),
        None => String::new(),
    };
    Statement::whole(format!(
        "SELECT count(*) FROM (SELECT 1 FROM {table}{holds} LIMIT {most}) AS held"
    ))
}
