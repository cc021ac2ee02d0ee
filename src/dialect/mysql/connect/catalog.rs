//! What is on a server, by its catalogue and not by our model of it.

use sqlx::mysql::MySqlConnection;

use super::link::{self, literal};
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::inspect::SYSTEM;
use crate::engine::Outside;
use crate::engine::run::Run;

/// The databases that the server does not have of its own, in the order of their names.
pub(super) async fn databases(
    connection: &mut MySqlConnection,
) -> Result<Vec<String>, sqlx::Error> {
    let sql = format!(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({SYSTEM}) ORDER BY 1"
    );
    let rows = link::rows(connection, sql).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

/// Everything in a database, in the order in which it is named in a message: tables first. Triggers go with their
/// tables.
pub(super) async fn content(
    connection: &mut MySqlConnection,
    database: &str,
) -> Result<Vec<Outside>, sqlx::Error> {
    objects(connection, &format!("= {}", literal(database))).await
}

/// Everything in all databases that the server does not have of its own.
pub(super) async fn everything(
    connection: &mut MySqlConnection,
) -> Result<Vec<Outside>, sqlx::Error> {
    objects(
        connection,
        &format!("NOT IN ({SYSTEM}, {})", literal(MARKER)),
    )
    .await
}

/// What is in the databases for which a condition holds.
async fn objects(
    connection: &mut MySqlConnection,
    holds: &str,
) -> Result<Vec<Outside>, sqlx::Error> {
    let sql = format!(
        "SELECT * FROM (\
         SELECT CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN 'view' WHEN TABLE_TYPE = 'SEQUENCE' THEN 'sequence' ELSE 'table' \
         END AS kind, CAST(TABLE_NAME AS CHAR) AS name, CAST(TABLE_SCHEMA AS CHAR) AS place \
         FROM information_schema.TABLES WHERE TABLE_SCHEMA {holds} \
         UNION ALL SELECT LOWER(ROUTINE_TYPE), CAST(ROUTINE_NAME AS CHAR), CAST(ROUTINE_SCHEMA AS CHAR) \
         FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA {holds} \
         UNION ALL SELECT 'event', CAST(EVENT_NAME AS CHAR), CAST(EVENT_SCHEMA AS CHAR) \
         FROM information_schema.EVENTS WHERE EVENT_SCHEMA {holds}) found \
         ORDER BY FIELD(kind, 'table', 'view', 'sequence', 'function', 'procedure', 'package body', 'package', \
         'event'), name"
    );
    let rows = link::rows(connection, sql).await?;
    let found = |row: &link::Row| Outside {
        kind: row.text(0),
        name: row.text(1),
        schema: row.text(2),
    };
    Ok(rows.iter().map(found).collect())
}

/// Accounts of the server, but for those of runs; `None` when the user may not see them.
pub(super) async fn accounts(connection: &mut MySqlConnection) -> Option<Vec<String>> {
    let rows = link::rows(connection, "SELECT User, Host FROM mysql.user").await;
    let rows = rows.ok()?;
    let others = rows
        .iter()
        .filter(|row| Run::of_sibling(&row.text(0)).is_none());
    let name = |row: &link::Row| format!("'{}'@'{}'", row.text(0), row.text(1));
    Some(others.map(name).collect())
}
