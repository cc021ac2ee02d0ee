//! Connections: opening one with a clear message when that fails, and the small things done over it.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::mysql::{
    MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow, MySqlSslMode,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};

use super::exec::Left;
use super::settings::Target;
use crate::dialect::mysql::server::Server;
pub(in crate::dialect::mysql) use crate::dialect::wire::said;
pub(super) use crate::dialect::wire::{close, failed, probe};
use crate::engine::EngineError;
use crate::engine::reach::{self, Answer, Reach};

/// Options under which the server behaves as for any client: the driver otherwise sets an SQL mode, which changes what
/// `||` means, and a time zone, which changes what a default is.
pub(super) fn blank_options() -> MySqlConnectOptions {
    MySqlConnectOptions::new()
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(true)
        .charset("utf8mb4")
        .statement_cache_capacity(0)
        .disable_statement_logging()
}

/// One attempt.
pub(super) async fn attempt(target: &Target) -> Result<MySqlConnection, sqlx::Error> {
    let options = target.options.clone();
    let options = match &target.scope {
        Some(database) => options.database(database),
        None => options,
    };
    options.connect().await
}

/// A connection, and what its server said when it was made.
pub(in crate::dialect) struct Opened {
    pub(super) inner: MySqlConnection,
    pub(super) server: Server,
    /// Bytes that one query may have.
    pub(super) packet: usize,
    /// The server's number for the connection.
    pub(super) number: String,
    /// What statements left in the session.
    pub(super) left: Left,
}

impl Deref for Opened {
    type Target = MySqlConnection;

    fn deref(&self) -> &MySqlConnection {
        &self.inner
    }
}

impl DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut MySqlConnection {
        &mut self.inner
    }
}

/// What every connection begins with. It may have to wait for a slow program, which no server's idea of idle clients
/// should end. The driver asks for IGNORE_SPACE, under which `CREATE TABLE count (…)` is an error; only the server's
/// own settings should count.
const HELLO: &str = "SET SESSION wait_timeout = 28800, SESSION sql_mode = IF(FIND_IN_SET('IGNORE_SPACE', \
    @@GLOBAL.sql_mode), @@SESSION.sql_mode, TRIM(BOTH ',' FROM \
    REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',IGNORE_SPACE,', ','))); \
    SELECT VERSION(), @@SESSION.max_allowed_packet, CONNECTION_ID()";

/// Connects, waiting for a server that is only starting, and asks it what it is.
///
/// # Errors
/// Why it can't be reached or used, with its place and without secrets.
pub(super) async fn open(target: &Target) -> Result<Opened, EngineError> {
    let mut connection = patiently(target).await?;
    let said = rows(&mut connection, HELLO)
        .await
        .map_err(|error| failed(target, "read the version", &error))?;
    let said = |column| said.first().map(|row| row.text(column)).unwrap_or_default();
    let version = said(0);
    let Some(server) = Server::parse(&version) else {
        return Err(EngineError::plain(format!(
            "the server at {} calls itself `{version}`, which is no version of MySQL or MariaDB",
            target.place
        )));
    };
    if server.too_old() {
        return Err(EngineError::new(
            format!("{} at {} is too old", server.text(), target.place),
            "trueup works with MySQL 8.0 and newer, MariaDB 10.6 and newer",
        ));
    }
    Ok(Opened {
        inner: connection,
        server,
        packet: said(1).parse().unwrap_or(0),
        number: said(2),
        left: Left::default(),
    })
}

async fn patiently(target: &Target) -> Result<MySqlConnection, EngineError> {
    let reach = Reach {
        name: "MySQL or MariaDB",
        place: &target.place,
        patience: target.patience,
        attempt: Duration::from_secs(10),
        parameter: "timeout=60s",
    };
    let judge = |error: &sqlx::Error| match error {
        sqlx::Error::Io(io) if reach::nobody_listens(io) => Answer::Nobody,
        // ER_SERVER_SHUTDOWN, and the server's answer while it still checks its tables.
        _ if matches!(number(error), Some(1053 | 3169)) => Answer::Starting,
        _ => Answer::Refused,
    };
    let refused = |error, waited| refused(target, &reach, &error, waited);
    reach.patiently(|| attempt(target), judge, refused).await
}

/// The server's number for an error.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    error
        .as_database_error()?
        .try_downcast_ref::<MySqlDatabaseError>()
        .map(MySqlDatabaseError::number)
}

/// Why there is no connection, and what to do.
fn refused(
    target: &Target,
    reach: &Reach<'_>,
    error: &sqlx::Error,
    waited: Duration,
) -> EngineError {
    let place = &target.place;
    let user = target.options.get_username();
    let database = target.scope.as_deref().unwrap_or_default();
    let (message, hint) = match (error, number(error)) {
        _ if wants_tls(error) => (
            format!("the server at {place} takes only encrypted connections"),
            "add `tls=true` to the URL, or `tls=skip-verify` for a certificate that nobody vouches for",
        ),
        (_, Some(1045 | 1698)) => (
            format!("the server at {place} refuses user `{user}` with this password"),
            if matches!(target.options.get_ssl_mode(), MySqlSslMode::Disabled) {
                "give the password in the URL, with special characters percent-encoded; a server or user that wants \
                 encryption may say the same: `tls=true`"
            } else {
                "give the password in the URL, with special characters percent-encoded; a user may need a certificate, \
                 too: `ssl-cert`, `ssl-key`"
            },
        ),
        (_, Some(1049)) => (
            format!("the server at {place} has no database `{database}`"),
            "check its name; one for trueup to work on is made empty; without a name the URL means the whole server",
        ),
        (_, Some(1044)) => (
            format!("user `{user}` may not use database `{database}` at {place}"),
            "grant it all rights on that database",
        ),
        (_, Some(1040 | 1203)) => (
            format!(
                "the server at {place} has no connection left: {}",
                said(error)
            ),
            "raise max_connections, or close other clients",
        ),
        // A certificate that is not trusted arrives as invalid data of the stream.
        (sqlx::Error::Io(io), _) if io.kind() == std::io::ErrorKind::InvalidData => (
            format!("no TLS with the server at {place}: {io}"),
            "name the authority in `ssl-ca`, or write `tls=skip-verify` for a certificate that nobody vouches for",
        ),
        (sqlx::Error::Io(io), _) => return reach.nobody(io, waited),
        (sqlx::Error::Tls(tls), _) => (
            format!("no TLS with the server at {place}: {tls}"),
            "see `tls`, `ssl-ca`, `ssl-cert` and `ssl-key` in the URL",
        ),
        _ => (
            format!("can't connect to the server at {place}: {}", said(error)),
            "",
        ),
    };
    EngineError {
        message,
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    }
}

/// Whether only encryption is missing, where the server says so: MariaDB calls it a wrong password.
fn wants_tls(error: &sqlx::Error) -> bool {
    number(error) == Some(3159) || said(error).contains("insecure transport")
}

/// Runs SQL of our own.
pub(in crate::dialect::mysql) async fn run(
    connection: &mut MySqlConnection,
    sql: impl Into<String>,
) -> Result<(), sqlx::Error> {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.into())));
    done.await.map(|_| ())
}

/// A row whose values are read as text, whatever type the server gives them: several columns of information_schema
/// arrive as binary.
pub(in crate::dialect::mysql) struct Row(MySqlRow);

impl Row {
    /// The value of a column; empty when it is NULL.
    pub(in crate::dialect::mysql) fn text(&self, column: usize) -> String {
        self.optional(column).unwrap_or_default()
    }

    /// The value of a column; `None` when it is NULL or there is no such column.
    pub(in crate::dialect::mysql) fn optional(&self, column: usize) -> Option<String> {
        let bytes: Option<Vec<u8>> = self.0.try_get_unchecked(column).ok()?;
        Some(String::from_utf8_lossy(&bytes?).into_owned())
    }
}

/// Rows of queries of our own, of all of them when there are several.
pub(in crate::dialect::mysql) async fn rows(
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
pub(in crate::dialect::mysql) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A string in single quotes, in the default SQL mode.
pub(in crate::dialect::mysql) fn literal(text: &str) -> String {
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
