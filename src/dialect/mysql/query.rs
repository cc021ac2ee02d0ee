//! Queries of our own, and what they are made of.

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

pub(super) use crate::dialect::wire::said;

/// Runs SQL of our own.
pub(super) async fn run(
    connection: &mut MySqlConnection,
    sql: impl Into<String>,
) -> Result<(), sqlx::Error> {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.into())));
    done.await.map(|_| ())
}

/// A row whose values are read as text, whatever type the server gives them: several columns of information_schema
/// arrive as binary.
pub(super) struct Row(MySqlRow);

impl Row {
    /// The value of a column; empty when it is NULL.
    pub(super) fn text(&self, column: usize) -> String {
        self.optional(column).unwrap_or_default()
    }

    /// The value of a column; `None` when it is NULL or there is no such column.
    pub(super) fn optional(&self, column: usize) -> Option<String> {
        let bytes: Option<Vec<u8>> = self.0.try_get_unchecked(column).ok()?;
        Some(String::from_utf8_lossy(&bytes?).into_owned())
    }
}

/// Rows of queries of our own, of all of them when there are several.
pub(super) async fn rows(
    connection: &mut MySqlConnection,
    sql: impl Into<String>,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = connection
        .fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.into())))
        .await?;
    Ok(rows.into_iter().map(Row).collect())
}

/// Whether the answer to a query is 1.
pub(super) async fn is_one(
    connection: &mut MySqlConnection,
    sql: String,
) -> Result<bool, sqlx::Error> {
    let rows = rows(connection, sql).await?;
    Ok(rows.first().is_some_and(|row| row.text(0) == "1"))
}

/// A name in backticks.
pub(super) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A string in single quotes, in the default SQL mode.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}
