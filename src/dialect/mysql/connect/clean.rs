//! What is on a server, and how it goes: by the catalogue, not by our model, so that nothing is forgotten.

use sqlx::mysql::MySqlConnection;

use super::link::{self, literal, quote};
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::inspect::SYSTEM;
use crate::dialect::mysql::server::Server;

/// Something that was found: what it is, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: String,
    pub(super) name: String,
}

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
) -> Result<Vec<Found>, sqlx::Error> {
    let database = literal(database);
    let sql = format!(
        "SELECT * FROM (\
         SELECT CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN 'view' WHEN TABLE_TYPE = 'SEQUENCE' THEN 'sequence' ELSE 'table' \
         END AS kind, CAST(TABLE_NAME AS CHAR) AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = {database} \
         UNION ALL SELECT LOWER(ROUTINE_TYPE), CAST(ROUTINE_NAME AS CHAR) FROM information_schema.ROUTINES \
         WHERE ROUTINE_SCHEMA = {database} \
         UNION ALL SELECT 'event', CAST(EVENT_NAME AS CHAR) FROM information_schema.EVENTS \
         WHERE EVENT_SCHEMA = {database}) found \
         ORDER BY FIELD(kind, 'table', 'view', 'sequence', 'function', 'procedure', 'package body', 'package', \
         'event'), name"
    );
    let rows = link::rows(connection, sql).await?;
    Ok(rows
        .iter()
        .map(|row| Found {
            kind: row.text(0),
            name: row.text(1),
        })
        .collect())
}

/// How a database was before anything ran in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Defaults {
    charset: String,
    collation: String,
}

/// Reads a database's defaults.
pub(super) async fn defaults(
    connection: &mut MySqlConnection,
    database: &str,
) -> Result<Option<Defaults>, sqlx::Error> {
    let sql = format!(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = {}",
        literal(database)
    );
    let rows = link::rows(connection, sql).await?;
    Ok(rows.first().map(|row| Defaults {
        charset: row.text(0),
        collation: row.text(1),
    }))
}

/// Empties a database and gives it back its defaults; our marker stays.
pub(super) async fn empty(
    connection: &mut MySqlConnection,
    database: &str,
    before: &Defaults,
) -> Result<(), sqlx::Error> {
    link::run(connection, "SET SESSION foreign_key_checks = 0").await?;
    for found in content(connection, database).await? {
        if found.name == MARKER {
            continue;
        }
        // A package takes its body along.
        let sql = format!(
            "DROP {} IF EXISTS {}.{}",
            found.kind.to_uppercase(),
            quote(database),
            quote(&found.name)
        );
        link::run(connection, sql).await?;
    }
    link::run(connection, "SET SESSION foreign_key_checks = 1").await?;
    if defaults(connection, database).await?.as_ref() != Some(before) {
        let sql = format!(
            "ALTER DATABASE {} CHARACTER SET {} COLLATE {}",
            quote(database),
            before.charset,
            before.collation
        );
        link::run(connection, sql).await?;
    }
    Ok(())
}

/// Drops every database but the server's own and our marker.
pub(super) async fn drop_all(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    // A foreign key from one database to another keeps neither from being dropped.
    link::run(connection, "SET SESSION foreign_key_checks = 0").await?;
    for name in databases(connection).await? {
        if name != MARKER {
            link::run(
                connection,
                format!("DROP DATABASE IF EXISTS {}", quote(&name)),
            )
            .await?;
        }
    }
    link::run(connection, "SET SESSION foreign_key_checks = 1").await
}

/// Leaves a mark by which the next run knows a killed one's leftovers: a table in the database, or a database.
pub(super) async fn mark(
    connection: &mut MySqlConnection,
    scope: Option<&str>,
    server: Server,
) -> Result<(), sqlx::Error> {
    let sql = match scope {
        Some(database) => format!(
            "CREATE TABLE IF NOT EXISTS {}.{} (pid int) COMMENT = 'made by trueup, and removed by it when it ends or \
             runs again'",
            quote(database),
            quote(MARKER)
        ),
        None => {
            let (charset, _) = server.image_charset();
            format!(
                "CREATE DATABASE IF NOT EXISTS {} CHARACTER SET {charset}",
                quote(MARKER)
            )
        }
    };
    link::run(connection, sql).await
}

/// Takes the mark away.
pub(super) async fn unmark(
    connection: &mut MySqlConnection,
    scope: Option<&str>,
) -> Result<(), sqlx::Error> {
    let sql = match scope {
        Some(database) => format!("DROP TABLE IF EXISTS {}.{}", quote(database), quote(MARKER)),
        None => format!("DROP DATABASE IF EXISTS {}", quote(MARKER)),
    };
    link::run(connection, sql).await
}
