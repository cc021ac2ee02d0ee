//! Opens databases: private ones in memory for states, files read-only.
//!
//! Every state of a dev database is an in-memory database of its own, also when the dev URL names a file: the file is
//! looked at, so that somebody's data is never taken for a scratch database, and then left alone. So states never see
//! each other, two can be held at once, and there is nothing to clean up.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _,
    ValueRef as _,
};

use super::{inspect, sandbox};
use crate::config::url::DbUrl;
use crate::dialect::Reach;
use crate::dialect::wire::{self, said};
use crate::dialect::write::quoted;
use crate::engine::{
    Answer, DevDatabase, EngineError, ExecError, InspectOptions, Row, Session, Value,
};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Parameters that URLs of Go's SQLite driver carry, as Atlas users write them. Only `mode` means something here; the
/// others tune a connection that this one is not.
const PARAMETERS: &[&str] = &[
    "mode",
    "cache",
    "immutable",
    "vfs",
    "nolock",
    "psow",
    "_auth",
    "_fk",
    "_foreign_keys",
    "_auto_vacuum",
    "_vacuum",
    "_busy_timeout",
    "_timeout",
    "_case_sensitive_like",
    "_cslike",
    "_defer_fk",
    "_defer_foreign_keys",
    "_ignore_check_constraints",
    "_journal",
    "_journal_mode",
    "_loc",
    "_locking",
    "_locking_mode",
    "_mutex",
    "_pragma",
    "_query_only",
    "_recursive_triggers",
    "_rt",
    "_secure_delete",
    "_sync",
    "_synchronous",
    "_time_format",
    "_txlock",
    "_writable_schema",
    "_cache_size",
];

/// What a URL names.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Memory,
    File(PathBuf),
}

/// What a URL leads to.
pub(super) fn reach(url: &DbUrl) -> Result<Reach, EngineError> {
    Ok(match target(url)? {
        Target::Memory => Reach::Private,
        Target::File(path) => Reach::File(path),
    })
}

fn target(url: &DbUrl) -> Result<Target, EngineError> {
    url.check_params(PARAMETERS)?;
    let location = url.location();
    let file = location.strip_prefix("file:").unwrap_or(location);
    if url.scheme() == "local" || url.scheme().starts_with("docker") {
        return Err(EngineError::new(
            format!("{url}: SQLite is built in and needs no server"),
            "write `sqlite://dev?mode=memory`",
        ));
    }
    match url.param("mode") {
        Some("memory") => return Ok(Target::Memory),
        None | Some("ro" | "rw" | "rwc") => {}
        Some(other) => {
            return Err(EngineError::new(
                format!("{url}: unknown mode `{other}`"),
                "the modes are memory, ro, rw and rwc",
            ));
        }
    }
    if file == ":memory:" {
        return Ok(Target::Memory);
    }
    if file.is_empty() {
        return Err(EngineError::new(
            format!("{url} names no database"),
            "write `sqlite://dev?mode=memory` for a dev database, `sqlite://path/to/file.db` for a file",
        ));
    }
    Ok(Target::File(PathBuf::from(file)))
}

/// Opens a dev database.
///
/// # Errors
/// When the URL is not understood, or names a file that is not an empty database.
pub(super) async fn open_dev(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    if let Target::File(path) = target(url)? {
        refuse_used_file(&path).await?;
    }
    Ok(Box::new(Memory))
}

/// Refuses a file that holds anything.
async fn refuse_used_file(path: &Path) -> Result<(), EngineError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(EngineError::plain(format!(
                "can't look at the dev database {}: {error}",
                path.display()
            )));
        }
        Ok(meta) if meta.is_file() && meta.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    let mut connection = open_read_only(path).await?;
    let names: Result<Vec<(String, String)>, _> = sqlx::query_as(
        "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 4",
    )
    .fetch_all(&mut connection)
    .await;
    let _ = connection.close().await;
    let names = names.map_err(|error| unreadable(path, &error))?;
    if names.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = names
        .iter()
        .take(3)
        .map(|(kind, name)| format!("{kind} \"{name}\""))
        .collect();
    let more = if names.len() > 3 { ", …" } else { "" };
    Err(EngineError::new(
        format!(
            "the dev database {} is not empty: found {}{more}",
            path.display(),
            shown.join(", ")
        ),
        "use a database that holds nothing, such as `sqlite://dev?mode=memory`",
    ))
}

fn unreadable(path: &Path, error: &sqlx::Error) -> EngineError {
    EngineError::plain(format!("can't read {}: {}", path.display(), said(error)))
}

/// Lets SQLite undo what a writer did not bring to its end; whether that went well.
async fn undo_cut_off(path: &Path) -> bool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging();
    let Ok(mut connection) = options.connect().await else {
        return false;
    };
    let read = sqlx::query("SELECT count(*) FROM sqlite_master")
        .execute(&mut connection)
        .await;
    let _ = connection.close().await;
    read.is_ok()
}

async fn open_read_only(path: &Path) -> Result<SqliteConnection, EngineError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging();
    let mut connection = match options.connect().await {
        Ok(connection) => connection,
        Err(error) => return Err(unreadable(path, &error)),
    };
    let probe = sqlx::query("SELECT count(*) FROM sqlite_master")
        .execute(&mut connection)
        .await;
    let Err(error) = probe else {
        return Ok(connection);
    };
    let _ = connection.close().await;
    let code = match &error {
        sqlx::Error::Database(database) => database.code(),
        _ => None,
    };
    // A writer was killed in a transaction: it is undone when somebody opens the file who may write, and can't be read before.
    if ["264", "776"].map(Some).contains(&code.as_deref()) && undo_cut_off(path).await {
        let connected = options.connect().await;
        return connected.map_err(|error| unreadable(path, &error));
    }
    // A file in WAL mode can't be read where its helper files can't be made; without a log nobody is writing to it.
    let log = path.with_file_name(format!(
        "{}-wal",
        path.file_name().unwrap_or_default().to_string_lossy()
    ));
    if code.as_deref() == Some("14") && !log.exists() {
        let options = options.immutable(true);
        return options
            .connect()
            .await
            .map_err(|error| unreadable(path, &error));
    }
    Err(unreadable(path, &error))
}

/// Connects to an existing file, which is only read.
///
/// # Errors
/// When the URL is not understood, or the file is absent or no database.
pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let Target::File(path) = target(url)? else {
        return Err(EngineError::new(
            format!("{url} is a new, empty database: there is nothing to read"),
            "name a file, as in `sqlite://path/to/file.db`",
        ));
    };
    if !path.exists() {
        // SQLAlchemy writes a relative path with three slashes, an absolute one with four.
        let relative = path.strip_prefix("/").ok().filter(|path| path.exists());
        return Err(EngineError {
            message: format!("the database {} does not exist", path.display()),
            hint: relative.map(|path| {
                format!(
                    "three slashes begin an absolute path; what SQLAlchemy calls `sqlite:///{0}` is `sqlite://{0}`",
                    path.display()
                )
            }),
        });
    }
    let connection = open_read_only(&path).await?;
    Ok(Box::new(SqliteSession {
        connection,
        access: Access::Reads,
        locks: Vec::new(),
    }))
}

/// Connects to a file that migrations are applied to; one that is not there is made.
///
/// # Errors
/// When the URL is not understood, or the file can't be opened or is not a database.
pub(super) async fn live(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let Target::File(path) = target(url)? else {
        return Err(EngineError::new(
            format!("{url} exists only during the run, so nothing can be applied to it"),
            "name a file, as in `sqlite://path/to/file.db`",
        ));
    };
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging();
    let opened = options.connect().await;
    let mut session = SqliteSession {
        connection: opened.map_err(|error| unreadable(&path, &error))?,
        access: Access::Live(path.clone()),
        locks: Vec::new(),
    };
    let probe = session.run("SELECT count(*) FROM sqlite_master").await;
    probe.map_err(|error| unreadable(&path, &error))?;
    Ok(Box::new(session))
}

/// What to do about statements that can't be in a transaction.
const OWN_TRANSACTIONS: &str =
    "a file with transactions of its own starts with `-- atlas:txmode none` and a blank line";

/// How long a database is waited for that somebody else writes to.
const BUSY: Duration = Duration::from_secs(30);

/// How long between two tries to take a lock.
const POLL: Duration = Duration::from_millis(50);

/// A dev database: nothing but a source of empty states.
struct Memory;

#[async_trait]
impl DevDatabase for Memory {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        true
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let options = SqliteConnectOptions::new()
            .filename(":memory:")
            .foreign_keys(true)
            .thread_name(|id| format!("sqlite-{id}"))
            .disable_statement_logging();
        let connection = options.connect().await.map_err(|error| {
            EngineError::plain(format!("can't open the {label} state: {}", said(&error)))
        })?;
        Ok(Box::new(SqliteSession {
            connection,
            access: Access::State,
            locks: Vec::new(),
        }))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        Ok(())
    }
}

/// A connection to one state or file.
struct SqliteSession {
    connection: SqliteConnection,
    access: Access,
    locks: Vec<File>,
}

/// What may be done on a connection.
enum Access {
    /// Everything that stays in the database.
    State,
    /// Nothing is changed.
    Reads,
    /// Everything, in this file.
    Live(PathBuf),
}

#[async_trait]
impl Session for SqliteSession {
    fn scoped(&self) -> bool {
        true
    }

    async fn execute(&mut self, statements: &[Statement], mode: TxMode) -> Result<(), ExecError> {
        let result = match mode {
            TxMode::File => self.in_transaction(statements).await,
            TxMode::None => self.one_by_one(statements).await,
        };
        let open = self.leave_transaction().await;
        self.reset().await;
        result?;
        if open {
            return Err(ExecError {
                hint: Some("end it with COMMIT".to_owned()),
                ..ExecError::refused(
                    statements.len().saturating_sub(1),
                    "the transaction that was begun here is still open at the end",
                )
            });
        }
        Ok(())
    }

    async fn ask(&mut self, statement: &Statement, query: bool) -> Result<Answer, ExecError> {
        if let Some(refused) = self.refusal(&statement.text) {
            return Err(refused);
        }
        let asked = wire::ask(
            &mut self.connection,
            &statement.text,
            query,
            wire::named,
            value,
        )
        .await;
        match asked {
            Ok((answer, done)) => Ok(Answer {
                affected: done.rows_affected(),
                id: Some(done.last_insert_rowid()),
                ..answer
            }),
            Err(error) => {
                let error = failure(0, &statement.text, &error);
                let alone = error.message.contains("within a transaction");

                Err(match (&self.access, alone) {
                    (Access::Live(_), true) => ExecError {
                        hint: Some(OWN_TRANSACTIONS.to_owned()),
                        ..error
                    },
                    _ => error,
                })
            }
        }
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        inspect::inspect(&mut self.connection, options).await
    }

    async fn tables_named(&mut self, names: &[&str]) -> Result<Vec<(String, String)>, EngineError> {
        let names: Vec<String> = names.iter().map(|name| quoted(name, '\'')).collect();
        let sql = format!(
            "SELECT 'main', name FROM sqlite_master WHERE type = 'table' AND name IN ({}) ORDER BY name",
            names.join(", ")
        );
        let found = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut self.connection);
        let failed = |error| EngineError::plain(format!("can't look for tables: {}", said(&error)));
        found.await.map_err(failed)
    }

    async fn rows(
        &mut self,
        (schema, name): (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, EngineError> {
        let texts = columns
            .iter()
            .map(|one| format!("CAST({} AS TEXT)", quoted(one, '"')));
        let texts: Vec<String> = texts.collect();
        let table = format!("{}.{}", quoted(schema, '"'), quoted(name, '"'));
        let sql = format!("SELECT {} FROM {table}", texts.join(", "));
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection);
        let failed =
            |error| EngineError::plain(format!("can't read table {name}: {}", said(&error)));
        let row = |row: &SqliteRow| (0..columns.len()).map(|at| row.try_get(at)).collect();
        let rows: Result<_, sqlx::Error> = found.await.map_err(failed)?.iter().map(row).collect();
        rows.map_err(failed)
    }

    async fn column(&mut self, query: &Statement, _all: bool) -> Result<Vec<String>, EngineError> {
        let failed = |error| EngineError::plain(format!("can't run the query: {}", said(&error)));
        if let Some(refused) = sandbox::check(&query.text, false) {
            return Err(EngineError::plain(refused.message));
        }
        let found = sqlx::query(AssertSqlSafe(query.text.clone()))
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        let text = |row: &SqliteRow| row.try_get_unchecked::<Option<String>, _>(0);
        let texts: Result<Vec<_>, sqlx::Error> = found.iter().map(text).collect();
        Ok(texts.map_err(failed)?.into_iter().flatten().collect())
    }

    /// Tools that lock at all lock by files of their own.
    async fn is_locked(&mut self, _name: &str) -> Result<bool, EngineError> {
        Ok(false)
    }

    /// By a file of the temporary directory: SQLite's own locks are of transactions.
    async fn lock(&mut self, name: &str, wait: Duration) -> Result<bool, EngineError> {
        let Access::Live(database) = &self.access else {
            return Ok(true);
        };
        let whole = std::path::absolute(database).and_then(|path| path.canonicalize());
        let whole = whole.unwrap_or_else(|_| database.clone());
        let digest = Sha256::digest(format!("{name} {}", whole.display()));
        let digest: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = std::env::temp_dir().join(format!("trueup-{digest}.lock"));
        let failed = |error| EngineError::plain(format!("can't lock {}: {error}", path.display()));
        // A file of another process can be locked all the same.
        let file = File::options().create(true).append(true).open(&path);
        let file = file.or_else(|_| File::open(&path)).map_err(failed)?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if since.elapsed() < wait => {
                    tokio::time::sleep(POLL.min(wait)).await;
                }
                Err(TryLockError::WouldBlock) => return Ok(false),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        self.locks.push(file);
        Ok(true)
    }

    async fn renew(&mut self) -> Result<(), EngineError> {
        self.leave_transaction().await;
        self.reset().await;
        self.locks.clear();
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        self.connection.close().await.map_err(|error| {
            EngineError::plain(format!("can't close the database: {}", said(&error)))
        })
    }
}

/// A value by its own type, since a column can hold any.
fn value(row: &SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "INTEGER" | "BOOLEAN" => Value::Integer(row.try_get_unchecked(at)?),
        "REAL" => Value::Real(row.try_get_unchecked(at)?),
        "BLOB" => Value::Bytes(row.try_get_unchecked(at)?),
        _ => Value::Text(row.try_get_unchecked(at)?),
    })
}

/// A string.
pub(super) fn literal(text: &str) -> String {
    quoted(text, '\'')
}

impl SqliteSession {
    fn refusal(&self, text: &str) -> Option<ExecError> {
        match self.access {
            Access::Live(_) => None,
            Access::State => sandbox::check(text, false),
            Access::Reads => sandbox::check(text, true),
        }
    }

    async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.connection)
            .await
            .map(drop)
    }

    async fn one_by_one(&mut self, statements: &[Statement]) -> Result<(), ExecError> {
        for (index, statement) in statements.iter().enumerate() {
            if let Some(refused) = self.refusal(&statement.text) {
                return Err(ExecError {
                    statement: index,
                    ..refused
                });
            }
            self.run(&statement.text)
                .await
                .map_err(|error| failure(index, &statement.text, &error))?;
        }
        Ok(())
    }

    /// One transaction around all. The switch of foreign keys has no effect inside one, so what a file asks of it
    /// is done before, as the runners of such files do: without it, the DROP TABLE of a rebuild deletes rows elsewhere.
    async fn in_transaction(&mut self, statements: &[Statement]) -> Result<(), ExecError> {
        let whole = |error: &sqlx::Error| failure(statements.len().saturating_sub(1), "", error);
        if statements
            .iter()
            .any(|statement| sandbox::disables_foreign_keys(&statement.text))
        {
            self.run("PRAGMA foreign_keys = OFF")
                .await
                .map_err(|error| whole(&error))?;
        }
        self.run("BEGIN").await.map_err(|error| whole(&error))?;
        self.one_by_one(statements).await.map_err(|error| {
            let nested = error.message.contains("within a transaction")
                || error.message.contains("no transaction is active");
            ExecError {
                hint: if nested {
                    Some(OWN_TRANSACTIONS.to_owned())
                } else {
                    error.hint
                },
                ..error
            }
        })?;
        self.run("COMMIT").await.map_err(|error| whole(&error))
    }

    /// Rolls back what is open; true if there was something.
    async fn leave_transaction(&mut self) -> bool {
        // A transaction can't be begun inside another one, which is the one way to ask whether there is one.
        let open = self.run("BEGIN").await.is_err();
        let _ = self.run("ROLLBACK").await;
        open
    }

    /// Each file starts with the settings of a fresh connection, as it does when it is applied.
    async fn reset(&mut self) {
        if !matches!(self.access, Access::Reads) {
            let _ = self
                .run("PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF; PRAGMA ignore_check_constraints = OFF; \
                      PRAGMA writable_schema = RESET; PRAGMA query_only = OFF")
                .await;
        }
    }
}

fn failure(statement: usize, text: &str, error: &sqlx::Error) -> ExecError {
    let message = said(error);
    let code = match error {
        sqlx::Error::Database(database) => database.code().map(|code| code.into_owned()),
        _ => None,
    };
    ExecError {
        statement,
        offset: sandbox::offset_of(&message, text),
        hint: sandbox::hint_for(&message),
        message,
        code,
        detail: None,
    }
}
