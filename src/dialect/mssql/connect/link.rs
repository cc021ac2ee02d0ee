//! Connections: opening one with a clear message when that fails, and the small things done over it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use tiberius::error::Error;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel, FromSql as _, QueryItem};
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::greeting::{Greeted, greet};
use super::settings::{Encrypt, Login, Options, Target};
use crate::dialect::mssql::inspect::Asks;
pub(super) use crate::dialect::mssql::write::{literal, quote};
use crate::engine::EngineError;
use crate::engine::driver::ServerError;
use crate::engine::reach::{self, Answer, Reach};

/// A connection, and what its server said when it was made.
pub(in crate::dialect) struct Opened {
    client: Client<Compat<Greeted>>,
    pub(super) server: Server,
    /// The server's number for the connection.
    pub(super) number: String,
    /// How long an answer is waited for; without end where there is no limit.
    pub(super) limit: Option<Duration>,
    /// Statements may have left something in the session.
    pub(super) left: bool,
}

/// What a server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    /// 14 for 2017, 15 for 2019, 16 for 2022.
    major: u32,
    /// A service of Azure, which has what the newest version has.
    azure: bool,
    /// A database of Azure stands alone: what concerns its server can't be said over a connection to it.
    pub(super) alone: bool,
}

/// One result of a batch.
#[derive(Default)]
pub(super) struct Set {
    /// Names of columns, and of their types.
    pub(super) columns: Vec<(String, String)>,
    pub(super) rows: Vec<Vec<ColumnData<'static>>>,
}

/// Values of a row as text.
pub(super) type Row = Vec<Option<String>>;

/// How long the acknowledgement of a cancelled statement is waited for.
const CANCEL: Duration = Duration::from_secs(5);

impl Opened {
    /// Runs one batch, and gives all of its results. One that takes longer than the limit is cancelled on the server.
    pub(super) async fn batch(&mut self, sql: &str) -> Result<Vec<Set>, Error> {
        let Some(limit) = self.limit else {
            return sets(&mut self.client, sql).await;
        };
        if let Ok(done) = tokio::time::timeout(limit, sets(&mut self.client, sql)).await {
            return done;
        }
        let cancelled = tokio::time::timeout(CANCEL, self.client.cancel_query()).await;
        if !matches!(cancelled, Ok(Ok(()))) {
            tracing::debug!("the server does not acknowledge that a statement is cancelled");
        }
        Err(Error::Io {
            kind: std::io::ErrorKind::TimedOut,
            message: format!("the statement was cancelled after {} s", limit.as_secs()),
        })
    }

    /// Runs SQL of our own.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Error> {
        self.batch(sql).await.map(|_| ())
    }

    /// The rows of a query of our own.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, Error> {
        let sets = self.batch(sql).await?;
        let rows = sets.into_iter().flat_map(|set| set.rows);
        Ok(rows.map(|row| row.iter().map(text).collect()).collect())
    }

    /// The first column of the first row of a query of our own.
    pub(super) async fn text(&mut self, sql: &str) -> Result<Option<String>, Error> {
        let row = self.rows(sql).await?.into_iter().next();
        Ok(row.and_then(|row| row.into_iter().next()).flatten())
    }

    /// The first column of all rows of a query of our own.
    pub(super) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, Error> {
        let rows = self.rows(sql).await?.into_iter();
        Ok(rows.filter_map(|row| row.into_iter().next()?).collect())
    }

    /// Says goodbye; a server that is gone already is as good.
    pub(super) async fn close(self) {
        let _ = self.client.close().await;
    }
}

#[async_trait]
impl Asks for Opened {
    fn version(&self) -> u32 {
        match self.server.azure {
            true => u32::MAX,
            false => self.server.major,
        }
    }

    async fn named(&mut self, sql: &str) -> Result<Vec<BTreeMap<String, String>>, String> {
        let mut found = Vec::new();
        for Set { columns, rows } in self.batch(sql).await.map_err(|error| said(&error))? {
            found.extend(rows.iter().map(|row| {
                let values = columns.iter().zip(row);
                let values =
                    values.filter_map(|((name, _), value)| Some((name.clone(), text(value)?)));
                values.collect()
            }));
        }
        Ok(found)
    }
}

async fn sets(client: &mut Client<Compat<Greeted>>, sql: &str) -> Result<Vec<Set>, Error> {
    let mut stream = client.simple_query(sql).await?;
    let mut sets: Vec<Set> = Vec::new();
    while let Some(item) = stream.try_next().await? {
        match item {
            QueryItem::Metadata(found) => sets.push(Set {
                columns: found
                    .columns()
                    .iter()
                    .map(|one| {
                        (
                            one.name().to_owned(),
                            format!("{:?}", one.column_type()).to_uppercase(),
                        )
                    })
                    .collect(),
                rows: Vec::new(),
            }),
            QueryItem::Row(row) => {
                if let Some(last) = sets.last_mut() {
                    last.rows.push(row.into_iter().collect());
                }
            }
        }
    }
    Ok(sets)
}

/// A value as text; nothing for NULL.
pub(super) fn text(value: &ColumnData<'static>) -> Option<String> {
    let moment =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:7]");
    let zone = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:7] [offset_hour sign:mandatory]:[offset_minute]"
    );
    let clock = format_description!("[hour]:[minute]:[second].[subsecond digits:7]");
    match value {
        ColumnData::U8(found) => found.map(|one| one.to_string()),
        ColumnData::I16(found) => found.map(|one| one.to_string()),
        ColumnData::I32(found) => found.map(|one| one.to_string()),
        ColumnData::I64(found) => found.map(|one| one.to_string()),
        ColumnData::F32(found) => found.map(|one| one.to_string()),
        ColumnData::F64(found) => found.map(|one| one.to_string()),
        ColumnData::Bit(found) => found.map(|one| u8::from(one).to_string()),
        ColumnData::String(found) => found.as_deref().map(str::to_owned),
        ColumnData::Guid(found) => found.map(|one| one.to_string().to_uppercase()),
        ColumnData::Binary(found) => found.as_deref().map(|bytes| {
            let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
            format!("0x{}", digits.collect::<String>())
        }),
        ColumnData::Numeric(found) => found.map(|one| one.to_string()),
        ColumnData::Xml(found) => found.as_deref().map(ToString::to_string),
        ColumnData::DateTime(_) | ColumnData::SmallDateTime(_) | ColumnData::DateTime2(_) => {
            let found = PrimitiveDateTime::from_sql(value).ok().flatten()?;
            found.format(moment).ok()
        }
        ColumnData::Date(_) => Date::from_sql(value)
            .ok()
            .flatten()
            .map(|one| one.to_string()),
        ColumnData::Time(_) => Time::from_sql(value).ok().flatten()?.format(clock).ok(),
        ColumnData::DateTimeOffset(_) => {
            let found = OffsetDateTime::from_sql(value).ok().flatten()?;
            found.format(zone).ok()
        }
    }
}

/// One attempt. A server may send us on to another.
pub(super) async fn attempt(options: &Options) -> Result<Client<Compat<Greeted>>, Error> {
    let mut options = Cow::Borrowed(options);
    for _ in 0..3 {
        match log_in(&options).await {
            Err(Error::Routing { host, port }) => {
                let options = options.to_mut();
                (options.host, options.port) = (host, port);
            }
            done => return done,
        }
    }
    Err(Error::Protocol(
        "the server sends us from one to the other".into(),
    ))
}

async fn log_in(options: &Options) -> Result<Client<Compat<Greeted>>, Error> {
    let mut config = Config::new();
    config.host(&options.host);
    config.port(options.port);
    config.application_name(&options.application);
    if let Some(database) = &options.database {
        config.database(database);
    }
    config.authentication(match &options.login {
        Login::Password { user, password } => AuthMethod::sql_server(user, password.expose()),
        Login::Token(token) => AuthMethod::aad_token(token.expose()),
    });
    // Who connects waits only so long, and statements take what they take.
    config.handshake_timeout(None);
    config.command_timeout(None);
    config.encryption(EncryptionLevel::NotSupported);
    let tcp = TcpStream::connect((options.host.as_str(), options.port)).await?;
    let greeted = greet(tcp, options).await?;
    Client::connect(config, greeted.compat()).await
}

/// What every session begins with: what DDL of indexes, computed columns and the like demands, and what every client but the
/// oldest sets.
const SETTINGS: &str = "SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON; \
    SET NUMERIC_ROUNDABORT OFF; SET NOCOUNT ON";
/// What a server is asked first.
const HELLO: &str = "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), \
    CAST(SERVERPROPERTY('EngineEdition') AS int), @@SPID";

/// The oldest version that is supported: 2017.
const OLDEST: u32 = 14;
/// Editions of Azure: SQL Database, which stands alone, and Managed Instance.
const ALONE: &str = "5";
const MANAGED: &str = "8";

/// Connects, waiting for a server that is only starting, and asks it what it is.
///
/// # Errors
/// Why it can't be reached or used, with its place and without secrets.
pub(super) async fn open(target: &Target) -> Result<Opened, EngineError> {
    let mut opened = Opened {
        client: patiently(target).await?,
        server: Server::default(),
        number: String::new(),
        limit: target.options.limit,
        left: false,
    };
    let said = async {
        opened.run(SETTINGS).await?;
        opened.rows(HELLO).await
    };
    let said = said
        .await
        .map_err(|error| failed(target, "read the version", &error))?;
    let said: Row = said.into_iter().next().unwrap_or_default();
    let said = |at: usize| said.get(at).cloned().flatten().unwrap_or_default();
    let (version, edition) = (said(0), said(1));
    let azure = [ALONE, MANAGED].contains(&edition.as_str());
    let major = version.split('.').next().and_then(|one| one.parse().ok());
    let Some(major) = major else {
        return Err(EngineError::plain(format!(
            "the server at {} calls itself `{version}`, which is not a version of SQL Server",
            target.place
        )));
    };
    if major < OLDEST && !azure {
        return Err(EngineError::new(
            format!("SQL Server {version} at {} is too old", target.place),
            "trueup works with SQL Server 2017 (14) and newer, and Azure SQL",
        ));
    }
    opened.server = Server {
        major,
        azure,
        alone: edition == ALONE,
    };
    opened.number = said(2);
    Ok(opened)
}

async fn patiently(target: &Target) -> Result<Client<Compat<Greeted>>, EngineError> {
    let reach = Reach {
        name: "SQL Server",
        place: &target.place,
        patience: target.patience,
        attempt: Duration::from_secs(15),
        parameter: "connection+timeout=60",
    };
    let judge = |error: &Error| match error {
        Error::Io { kind, .. } if reach::nobody_listens(&(*kind).into()) => Answer::Nobody,
        // It upgrades its scripts, is not ready, or opens the database.
        _ if matches!(error.code(), Some(18401 | 17187 | 17188 | 922 | 921)) => Answer::Starting,
        _ => Answer::Refused,
    };
    let refused = |error, waited| refused(target, &reach, &error, waited);
    reach
        .patiently(|| attempt(&target.options), judge, refused)
        .await
}

/// Why there is no connection, and what to do.
fn refused(target: &Target, reach: &Reach<'_>, error: &Error, waited: Duration) -> EngineError {
    let place = &target.place;
    let user = target.options.login.user();
    let database = target.options.database.as_deref().unwrap_or("master");
    let (message, hint) = match (error, error.code()) {
        (_, Some(18456)) => (
            format!("SQL Server at {place} refuses user `{user}` with this password"),
            "give the password in the URL, with special characters percent-encoded; a server that takes Windows logins only \
             says the same",
        ),
        (_, Some(4060 | 911)) => (
            format!(
                "SQL Server at {place} has no database `{database}`, or user `{user}` may not use it"
            ),
            "check its name, or create it first",
        ),
        (_, Some(18470 | 18486 | 18487 | 18488)) => (
            format!(
                "SQL Server at {place} refuses user `{user}`: {}",
                said(error)
            ),
            "an administrator has to enable or unlock the login, or to change its password",
        ),
        (_, Some(40615)) => (
            format!("the firewall of {place} is in the way: {}", said(error)),
            "let an administrator of the server allow this address",
        ),
        (Error::Tls(tls), _) if target.options.encrypt == Encrypt::Never => (
            format!("no connection to SQL Server at {place}: {tls}"),
            "write `encrypt=true`, with `TrustServerCertificate=true` for a certificate that is not trusted",
        ),
        (Error::Tls(tls), _) => (
            format!("no TLS with SQL Server at {place}: {tls}"),
            "name the authority in `certificate`, or write `TrustServerCertificate=true` for a certificate that nobody \
             vouches for; `encrypt=disable` encrypts nothing",
        ),
        (Error::Io { kind, message }, _) => {
            let io = std::io::Error::new(*kind, message.clone());
            return reach.nobody(&io, waited);
        }
        _ => (
            format!("can't connect to SQL Server at {place}: {}", said(error)),
            "",
        ),
    };
    EngineError {
        message,
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    }
}

/// What the server said, without the library's additions.
pub(super) fn said(error: &Error) -> String {
    match error {
        Error::Server(token) => token.message().to_owned(),
        Error::Io { kind, message } if *kind == std::io::ErrorKind::TimedOut => message.clone(),
        Error::Io { message, .. } => format!("the connection broke: {message}"),
        other => other.to_string(),
    }
}

/// The error for something that the server refused while we worked for ourselves.
pub(super) fn failed(target: &Target, what: &str, error: &Error) -> EngineError {
    EngineError::plain(format!("can't {what} at {}: {}", target.place, said(error)))
}

impl From<Error> for ServerError {
    fn from(error: Error) -> Self {
        Self {
            message: said(&error),
            answered: matches!(error, Error::Server(_)),
        }
    }
}
