//! Connections: opening one with a clear message when that fails, and the small things done over it.

pub(super) use crate::dialect::postgres::quote::quote;
pub(super) use crate::dialect::wire::{close, failed, probe, said};
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};

use super::settings::Target;
use crate::engine::EngineError;
use crate::engine::reach::{self, Answer, Reach};

/// The oldest major version that is supported.
pub(super) const OLDEST: u32 = 13;

/// One attempt, with each kind of encryption in turn where the last one is what was refused.
pub(super) async fn attempt(target: &Target) -> Result<PgConnection, sqlx::Error> {
    let mut modes = target.options.modes.iter().peekable();
    while let Some(mode) = modes.next() {
        let error = match target
            .options
            .client
            .clone()
            .ssl_mode(*mode)
            .connect()
            .await
        {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        // invalid_authorization_specification: also what "no entry in pg_hba.conf, no encryption" is.
        let encryption = is_tls(&error) || code(&error).as_deref() == Some("28000");
        if !encryption || modes.peek().is_none() {
            return Err(error);
        }
    }
    Err(sqlx::Error::Configuration(
        "no kind of encryption to try".into(),
    ))
}

/// Connects, waiting for a server that is only starting, and checks its version.
///
/// # Errors
/// Why it can't be reached or used, with its place and without secrets.
pub(super) async fn open(target: &Target) -> Result<PgConnection, EngineError> {
    let mut connection = patiently(target).await?;
    // The server sends its version unasked; without one the sum of what follows would fail less clearly.
    let version = connection.server_version_num().unwrap_or(0);
    if version / 10_000 < OLDEST {
        let place = &target.place;
        return Err(EngineError::new(
            format!("PostgreSQL {} at {place} is too old", version_text(version)),
            format!("trueup works with PostgreSQL {OLDEST} and newer"),
        ));
    }
    run(&mut connection, "SET client_min_messages = error")
        .await
        .map_err(|error| failed(target, "prepare the session", &error))?;
    Ok(connection)
}

fn version_text(number: u32) -> String {
    if number < 100_000 {
        format!("{}.{}", number / 10_000, number / 100 % 100)
    } else {
        format!("{}.{}", number / 10_000, number % 10_000)
    }
}

async fn patiently(target: &Target) -> Result<PgConnection, EngineError> {
    let reach = Reach {
        name: "PostgreSQL",
        place: &target.place,
        patience: target.patience,
        attempt: Duration::from_secs(5),
        parameter: "connect_timeout=60",
    };
    let judge = |error: &sqlx::Error| match error {
        sqlx::Error::Io(io) if reach::nobody_listens(io) => Answer::Nobody,
        // cannot_connect_now
        _ if code(error).as_deref() == Some("57P03") => Answer::Starting,
        _ => Answer::Refused,
    };
    let refused = |error, waited| refused(target, &reach, &error, waited);
    reach.patiently(|| attempt(target), judge, refused).await
}

/// Whether encryption is what failed. A handshake's failure arrives as invalid data.
fn is_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(io) => io.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

fn tls_reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Tls(tls) => tls.to_string(),
        sqlx::Error::Io(io) => io.to_string(),
        other => other.to_string(),
    }
}

/// Why there is no connection, and what to do.
fn refused(
    target: &Target,
    reach: &Reach<'_>,
    error: &sqlx::Error,
    waited: Duration,
) -> EngineError {
    let place = &target.place;
    let user = target.options.client.get_username();
    let database = target.database();
    let (message, hint) = match error {
        sqlx::Error::Database(server) => match server.code().as_deref() {
            Some("28P01") => (
                format!("PostgreSQL at {place} refuses the password of user \"{user}\""),
                "give it in the URL (special characters percent-encoded), in PGPASSWORD, or in ~/.pgpass".to_owned(),
            ),
            Some("28000") => (
                format!("PostgreSQL at {place} refuses user \"{user}\": {}", server.message()),
                "check the user, and the server's pg_hba.conf; `sslmode=require` if it wants TLS".to_owned(),
            ),
            Some("3D000") => (
                format!("PostgreSQL at {place} has no database \"{database}\""),
                format!("check its name, or create it first: `CREATE DATABASE {}`", quote(database)),
            ),
            Some("53300") => (
                format!("PostgreSQL at {place} has no connection left: {}", server.message()),
                "raise max_connections, or close other clients".to_owned(),
            ),
            Some("57P03") => (
                format!(
                    "PostgreSQL at {place} is still not ready after {} s: {}",
                    waited.as_secs(),
                    server.message()
                ),
                "`connect_timeout=SECONDS` in the URL waits longer".to_owned(),
            ),
            _ => (
                format!("PostgreSQL at {place}: {}", server.message()),
                String::new(),
            ),
        },
        tls if is_tls(tls) => (
            format!("no TLS with PostgreSQL at {place}: {}", tls_reason(tls)),
            "see `sslmode`, `sslrootcert`, `sslcert` and `sslkey` in the URL".to_owned(),
        ),
        sqlx::Error::Io(io) => return reach.nobody(io, waited),
        other => (format!("can't connect to PostgreSQL at {place}: {other}"), String::new()),
    };
    EngineError {
        message,
        hint: (!hint.is_empty()).then_some(hint),
    }
}

/// The server's code of an error.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Passes on an error that is not the server's answer: nothing more can be done over such a connection.
pub(super) fn still_connected(error: &sqlx::Error) -> Result<(), sqlx::Error> {
    match error {
        sqlx::Error::Database(_) => Ok(()),
        other => Err(sqlx::Error::Protocol(other.to_string())),
    }
}

/// Runs SQL of our own.
pub(super) async fn run(
    connection: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<(), sqlx::Error> {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.into())));
    done.await.map(|_| ())
}

/// Rows of a query of our own; every column arrives as text.
pub(super) async fn rows(
    connection: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    connection
        .fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.into())))
        .await
}

/// The first column of the first row of a query, cast to text by itself.
pub(super) async fn text(
    connection: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<Option<String>, sqlx::Error> {
    let rows = rows(connection, sql).await?;
    match rows.first() {
        Some(row) => row.try_get::<Option<String>, _>(0),
        None => Ok(None),
    }
}

/// The first column of all rows of a query, cast to text by itself.
pub(super) async fn texts(
    connection: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<Vec<String>, sqlx::Error> {
    let rows = rows(connection, sql).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Checks that the schema of `search_path` exists.
pub(super) async fn require_schema(
    connection: &mut PgConnection,
    target: &Target,
    schema: &str,
) -> Result<(), EngineError> {
    let sql = format!(
        "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname = {}",
        literal(schema)
    );
    match text(connection, sql).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(EngineError::new(
            format!(
                "the database at {} has no schema \"{schema}\", which `search_path` names",
                target.place
            ),
            format!("create it: `CREATE SCHEMA {}`", quote(schema)),
        )),
        Err(error) => Err(failed(target, "look for the schema", &error)),
    }
}

/// A string in single quotes, whatever standard_conforming_strings says.
pub(super) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!(" E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}
