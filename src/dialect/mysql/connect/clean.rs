//! What is on a server, and how it goes: by the catalogue, not by our model, so that nothing is forgotten.

use sqlx::mysql::MySqlConnection;

use super::link::{self, literal, quote};
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::inspect::SYSTEM;
use crate::dialect::mysql::server::Server;
use crate::engine::Outside;
use crate::engine::run::Run;

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
    let found = objects(connection, &format!("= {}", literal(database))).await?;
    let found = found.into_iter();
    Ok(found
        .map(|Outside { kind, name, .. }| Found { kind, name })
        .collect())
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

/// How a database was before anything ran in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Defaults {
    charset: String,
    collation: String,
    /// What follows the name in the statement that makes it.
    options: String,
}

/// Reads a database's defaults.
pub(super) async fn defaults(
    connection: &mut MySqlConnection,
    database: &str,
) -> Result<Option<Defaults>, sqlx::Error> {
    let sql = format!(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = {}; SHOW CREATE DATABASE {}",
        literal(database),
        quote(database)
    );
    let rows = link::rows(connection, sql).await?;
    let [set, create] = &rows[..] else {
        return Ok(None);
    };
    let (charset, collation) = (set.text(0), set.text(1));
    let prefix = format!("CREATE DATABASE {}", quote(database));
    let options = match create.text(1).strip_prefix(&prefix) {
        Some(options) => options.to_owned(),
        None => format!(" CHARACTER SET {charset} COLLATE {collation}"),
    };
    Ok(Some(Defaults {
        charset,
        collation,
        options,
    }))
}

/// Makes a database that new tables find as they find the one whose defaults these are, and marks it as ours.
pub(super) async fn make_sibling(
    connection: &mut MySqlConnection,
    name: &str,
    defaults: Option<&Defaults>,
    run: &Run,
) -> Result<(), sqlx::Error> {
    let options = defaults.map_or("", |defaults| defaults.options.as_str());
    link::run(
        connection,
        format!("CREATE DATABASE {}{options}", quote(name)),
    )
    .await?;
    mark_database(connection, name, run).await
}

/// Drops a database with everything in it.
pub(super) async fn drop_database(
    connection: &mut MySqlConnection,
    name: &str,
) -> Result<(), sqlx::Error> {
    // A foreign key from another database keeps it from being dropped otherwise.
    let sql = format!(
        "SET SESSION foreign_key_checks = 0; DROP DATABASE IF EXISTS {}; SET SESSION foreign_key_checks = 1",
        quote(name)
    );
    link::run(connection, sql).await
}

/// Drops the databases of runs that are gone: those with our name and our mark, or nothing in them, whose run holds no
/// lock any more.
pub(super) async fn sweep_siblings(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    for name in databases(connection).await? {
        let Some(run) = Run::of_sibling(&name) else {
            continue;
        };
        if !is_gone(connection, &run).await? {
            continue;
        }
        let inside = content(connection, &name).await?;
        if !inside.is_empty() && !inside.iter().any(|found| found.name == MARKER) {
            continue;
        }
        if let Err(error) = drop_database(connection, &name).await {
            tracing::debug!("can't drop the leftover database {name}: {error}");
        }
    }
    Ok(())
}

/// Whether a run has ended.
pub(super) async fn is_gone(
    connection: &mut MySqlConnection,
    run: &Run,
) -> Result<bool, sqlx::Error> {
    let free = format!("SELECT IS_FREE_LOCK({})", literal(&lock_name(run)));
    let free = link::rows(connection, free).await?;
    Ok(free.first().is_some_and(|row| row.text(0) == "1"))
}

/// The lock of the server that a run holds for as long as it lives.
pub(super) fn lock_name(run: &Run) -> String {
    format!("{MARKER} {}", run.number())
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

/// Table of the marker's database that lists the databases that statements make on a whole server.
const MADE: &str = "made";

/// Notes which databases are about to be made, so that only they are dropped, even by the next run.
pub(super) async fn note_made(
    connection: &mut MySqlConnection,
    names: &[String],
) -> Result<(), sqlx::Error> {
    let values: Vec<String> = names
        .iter()
        .map(|name| format!("({})", literal(name)))
        .collect();
    let sql = format!(
        "INSERT IGNORE INTO {}.{} VALUES {}",
        quote(MARKER),
        quote(MADE),
        values.join(", ")
    );
    link::run(connection, sql).await
}

/// The databases that were noted.
pub(super) async fn made(connection: &mut MySqlConnection) -> Result<Vec<String>, sqlx::Error> {
    let exists = content(connection, MARKER).await?;
    if !exists.iter().any(|found| found.name == MADE) {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT name FROM {}.{}", quote(MARKER), quote(MADE));
    let rows = link::rows(connection, sql).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

/// Drops the databases that statements made on a whole server.
pub(super) async fn drop_made(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let now = databases(connection).await?;
    for name in made(connection).await? {
        if now.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
            drop_database(connection, &name).await?;
        }
    }
    Ok(())
}

/// Leaves a mark by which the next run knows a killed one's leftovers: a table in the database, or a database.
pub(super) async fn mark(
    connection: &mut MySqlConnection,
    scope: Option<&str>,
    server: Server,
    run: &Run,
) -> Result<(), sqlx::Error> {
    if let Some(database) = scope {
        return mark_database(connection, database, run).await;
    }
    let (charset, _) = server.image_charset();
    let sql = format!(
        "CREATE DATABASE IF NOT EXISTS {marker} CHARACTER SET {charset}; \
         CREATE TABLE IF NOT EXISTS {marker}.{} (name varchar(64) PRIMARY KEY) COMMENT = {}",
        quote(MADE),
        comment(run),
        marker = quote(MARKER),
    );
    link::run(connection, sql).await
}

async fn mark_database(
    connection: &mut MySqlConnection,
    database: &str,
    run: &Run,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {}.{} (pid int PRIMARY KEY) COMMENT = {}",
        quote(database),
        quote(MARKER),
        comment(run)
    );
    link::run(connection, sql).await
}

fn comment(run: &Run) -> String {
    literal(&format!(
        "made by trueup, and removed by it when it ends or runs again: run {}",
        run.describe()
    ))
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

/// Ends connections of ours that may still be at work.
pub(super) async fn kill(connection: &mut MySqlConnection, numbers: &[String]) {
    for number in numbers {
        let _ = link::run(connection, format!("KILL CONNECTION {number}")).await;
        // What it was told last is taken back or finished first.
        for _ in 0..500 {
            let sql = format!("SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {number}");
            if !matches!(link::rows(connection, sql).await, Ok(rows) if !rows.is_empty()) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}
