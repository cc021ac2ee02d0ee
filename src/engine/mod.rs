//! Dev databases: disposable servers on which states are built and plans are proven.
//!
//! This module owns the traits and what all servers share ([`dev`]); what only one kind of server does is its dialect's
//! [`driver::Driver`]. It knows no dialect.

pub mod attend;
pub mod batch;
pub mod dev;
pub mod docker;
pub mod driver;
pub mod exclude;
pub mod local;
pub mod offline;
pub mod private;
pub mod reach;
pub mod run;
pub mod script;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::config::url::UrlError;
use crate::plan::TxMode;
use crate::problem::{Explain, Problem, stage};
use crate::schema::Realm;
use crate::sql::Statement;

/// Which part of a realm is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InspectOptions {
    /// Only these schemas, all when empty.
    pub schemas: Vec<String>,
}

/// Values of a row, in the order of the columns; `None` for NULL.
pub type Row = Vec<Option<String>>;

/// What a statement answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Names of columns, and of their types as the server's protocol has them (`INT4`, `VARCHAR`).
    pub columns: Vec<(String, String)>,
    pub rows: Vec<Vec<Value>>,
    /// Rows that were changed.
    pub affected: u64,
    /// The number that the server gave to the row that was inserted last, where it says so.
    pub id: Option<i64>,
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    /// In the server's text form, whatever its type.
    Text(String),
    /// What is not UTF-8.
    Bytes(Vec<u8>),
    Integer(i64),
    Real(f64),
}

impl Value {
    /// A value in the server's text form.
    pub fn of_text(bytes: Option<Vec<u8>>) -> Self {
        match bytes.map(String::from_utf8) {
            None => Self::Null,
            Some(Ok(text)) => Self::Text(text),
            Some(Err(error)) => Self::Bytes(error.into_bytes()),
        }
    }
}

/// An object that a state holds and that is not in the part of it that is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outside {
    /// Schema, unquoted.
    pub schema: String,
    /// What it is: `table`, `materialized view`, ….
    pub kind: String,
    /// Name, unquoted; functions carry their argument types.
    pub name: String,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.{}", self.kind, self.schema, self.name)
    }
}

/// An opened dev database.
///
/// [`DevDatabase::close`] leaves the server exactly as it was found, whatever sessions are still open or were dropped
/// half way; it must be awaited on every path, errors and signals included.
#[async_trait]
pub trait DevDatabase: Send {
    /// Two states can be held at once; otherwise a session must be closed before the next is opened.
    fn concurrent(&self) -> bool;

    /// The connection is limited to one schema, so that names are written unqualified.
    fn scoped(&self) -> bool;

    /// What runs here was run by a server.
    fn proves(&self) -> bool {
        true
    }

    /// Opens an empty state. `label` is for messages (`desired`, `current`).
    ///
    /// While it runs statements a state may wait for those that were opened before it to end, never for later ones.
    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError>;

    /// Removes everything that was made and stops what was started.
    async fn close(self: Box<Self>) -> Result<(), EngineError>;
}

/// A connection to one state.
#[async_trait]
pub trait Session: Send {
    /// The connection is limited to one schema, so that names are written unqualified.
    fn scoped(&self) -> bool;

    /// The one schema that the connection is limited to.
    fn scope(&self) -> Option<&str> {
        None
    }

    /// Runs statements in order, in one transaction for [`TxMode::File`] where the engine's DDL allows it.
    async fn execute(&mut self, statements: &[Statement], mode: TxMode) -> Result<(), ExecError>;

    /// Runs one statement for a program that is connected to this state, in the transaction that its statements began, and
    /// gives its answer, with the columns of a `query` that gives no rows. What statements set stays until
    /// [`Session::execute`] runs some, or none.
    async fn ask(&mut self, statement: &Statement, query: bool) -> Result<Answer, ExecError>;

    /// Reads the state's schema in a fixed number of queries.
    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError>;

    /// What statements of this session made in schemas that [`Session::inspect`] does not read, tables first. Nothing
    /// for a database that was there before: what else it holds is its own affair.
    async fn outside(&mut self, _options: &InspectOptions) -> Result<Vec<Outside>, EngineError> {
        Ok(Vec::new())
    }

    /// Tables of these names, with the schema of each, whatever part of the database is read otherwise.
    async fn tables_named(&mut self, names: &[&str]) -> Result<Vec<(String, String)>, EngineError>;

    /// These columns of all rows of a table, as text.
    async fn rows(
        &mut self,
        table: (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, EngineError>;

    /// The first column of a query's rows, as text; NULL is not a row. It runs by itself, in a transaction that can't write. With
    /// `all` it fails where some of the rows are hidden from the user.
    async fn column(&mut self, query: &Statement, all: bool) -> Result<Vec<String>, EngineError>;

    /// Whether somebody holds the server's lock of this name, in the way in which Atlas locks: by `GET_LOCK` on MySQL, by
    /// the 32-bit FNV-1 hash of the name as an advisory lock on PostgreSQL. SQLite has no such locks.
    async fn is_locked(&mut self, name: &str) -> Result<bool, EngineError>;

    /// Takes the server's lock of this name, as [`Session::is_locked`] sees it, and waits for it; `false` where somebody else
    /// keeps it for longer. It is held until the session is renewed or ends. On SQLite it is a lock of this machine.
    async fn lock(&mut self, name: &str, wait: Duration) -> Result<bool, EngineError>;

    /// Makes the session as new: what statements set, prepared, locked or kept for themselves is gone.
    async fn renew(&mut self) -> Result<(), EngineError>;

    /// Statements that give an empty state what this database has by default, such as its character set: what a migration
    /// does not say is the environment's.
    async fn defaults(&mut self) -> Result<Vec<String>, EngineError> {
        Ok(Vec::new())
    }

    /// Ends the session; in a dev database what it made is removed.
    async fn close(self: Box<Self>) -> Result<(), EngineError>;
}

/// A statement that the engine refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ExecError {
    /// Index of the statement in the batch.
    pub statement: usize,
    /// Byte offset inside the statement's text, where the engine told it.
    pub offset: Option<usize>,
    pub message: String,
    /// The engine's code (SQLSTATE or number).
    pub code: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

impl ExecError {
    /// A statement that we refuse.
    pub fn refused(statement: usize, message: impl Into<String>) -> Self {
        Self {
            statement,
            offset: None,
            message: message.into(),
            code: None,
            detail: None,
            hint: None,
        }
    }

    /// A dev database that fails while statements run.
    pub fn of_engine(statement: usize, error: EngineError) -> Self {
        Self {
            hint: error.hint,
            ..Self::refused(statement, error.message)
        }
    }

    /// The first statement that `refuse` has something against.
    pub fn first(
        statements: &[Statement],
        refuse: impl Fn(&str) -> Option<Self>,
    ) -> Result<(), Self> {
        let judged = statements.iter().enumerate().find_map(|(statement, one)| {
            refuse(&one.text).map(|refusal| Self {
                statement,
                ..refusal
            })
        });
        judged.map_or(Ok(()), Err)
    }
}

/// A dev database that can't be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct EngineError {
    /// What failed and where, without secrets.
    pub message: String,
    pub hint: Option<String>,
}

impl EngineError {
    /// An error with a hint.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// An error without a hint.
    pub fn plain(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }
}

impl From<UrlError> for EngineError {
    fn from(error: UrlError) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint(),
        }
    }
}

impl Explain for EngineError {
    fn explain(self) -> Problem {
        Problem {
            hint: self.hint,
            ..Problem::new(self.message).during(stage::DATABASE)
        }
    }
}
