//! Connections: opening one with a clear message when that fails, and the small things done over it.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError, MySqlSslMode};

use super::settings::Target;
pub(super) use crate::dialect::mysql::query::{Row, is_one, literal, quote, rows, run, said};
use crate::dialect::mysql::server::Server;
pub(super) use crate::dialect::wire::{close, failed, probe};
use crate::engine::EngineError;
use crate::engine::reach::{self, Answer, Reach};

/// One attempt.
pub(super) async fn attempt(target: &Target) -> Result<MySqlConnection, sqlx::Error> {
    let options = target.options.clone();
    let options = match &target.scope {
        Some(database) => options.database(database),
        None => options,
    };
    options.connect().await
}

/// What running statements left in the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Settings, locks or temporary tables may be there: the next statements want a new session.
    pub(super) session: bool,
    /// SQL may have run that nobody could judge before.
    pub(super) unjudged: bool,
}

/// A connection, and what its server said when it was made.
pub(in crate::dialect) struct Opened {
    pub(super) inner: MySqlConnection,
    pub(super) server: Server,
    /// Bytes that one query may have.
    pub(super) packet: usize,
    /// The server's number for the connection.
    pub(super) number: String,
    /// It finds tables by their names in any case.
    pub(super) folds: bool,
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
    SELECT VERSION(), @@SESSION.max_allowed_packet, CONNECTION_ID(), @@GLOBAL.lower_case_table_names <> 0";

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
            "the server at {} calls itself `{version}`, which is not a version of MySQL or MariaDB",
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
        folds: said(3) == "1",
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
            "add `tls=true` to the URL, or `tls=skip-verify` for a certificate that is not trusted",
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
            "check its name, or create it first; without a name the URL means the whole server",
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
            "name the authority in `ssl-ca`, or write `tls=skip-verify` for a certificate that is not trusted",
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
