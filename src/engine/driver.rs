//! What one kind of server does for dev databases. Who implements [`Driver`] gets from [`super::dev`] what all servers
//! share: private servers in processes and containers; dev databases on servers that others use, which are guarded, marked,
//! swept and left as found; and states that run statements and are read.
//!
//! | for | is called, in this order |
//! |---|---|
//! | a private server | `programs` or `images`, then `probe` until it answers; `connect`, `accounts` |
//! | a given database | `target`, `administer`, `lock`; `marked`, `lives` and `remove` for what killed runs left; `look`, `content`, `seed`, `confine` |
//! | each state | `make`, `connect`, `begin`; `check`, `execute`, `renew` for each file, or `check`, `ask` for each statement of a program; `inspect`, `outside`; `disconnect`, `remove` |
//! | the end | `remove`, `retreat`, `settle`, `disconnect` |
//!
//! [`Driver::execute`] is written with [`super::batch`], [`Driver::connect`] with [`super::reach`], [`Driver::programs`] with
//! [`super::local`]. What has a default is for what some servers have and others don't: SQL that names its own database (such
//! a state moves to a place where the name is right), a state that is all of a server, accounts and settings of a server that
//! outlive a database.

use std::time::Duration;

use async_trait::async_trait;

use super::dev::{Shared, Source, State};
use super::docker::Launch;
use super::run::Run;
use super::{Answer, EngineError, ExecError, InspectOptions, Outside, Row};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// A database, and how it is reached.
#[derive(Clone, Debug)]
pub struct Target<O> {
    pub options: O,
    /// The server for messages, without secrets: `127.0.0.1:3306`.
    pub place: String,
    /// The one schema that states are limited to.
    pub scope: Option<String>,
    /// How long a server that is not there yet is waited for.
    pub patience: Duration,
}

impl<O: Clone> Target<O> {
    /// The same limited to nothing.
    pub fn unscoped(&self) -> Self {
        Self {
            scope: None,
            ..self.clone()
        }
    }
}

/// Why a server did not do what we asked for ourselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServerError {
    /// In the server's words.
    pub message: String,
    /// The server said it, so that the connection is still good.
    pub answered: bool,
}

impl ServerError {
    /// The error to report to the caller.
    pub fn failed<O>(&self, target: &Target<O>, what: &str) -> EngineError {
        EngineError::plain(format!("can't {what} at {}: {self}", target.place))
    }
}

/// Something that a given database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// For people: `table "t" in schema "public"`.
    pub text: String,
    /// It is the mark of a run that worked there.
    pub mark: bool,
}

/// What a run makes on a server that others use. Its name is [`Run::sibling`], of number 0 for the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A database.
    Database(String),
    /// Whom states log in as.
    Account(String),
    /// An account that SQL of a state made: it stays where another state uses it.
    Strange(String),
}

/// How private servers of this kind are made from an image.
#[derive(Clone, Copy, Debug)]
pub struct Images {
    /// Images that have short names, with their repositories.
    pub names: &'static [(&'static str, &'static str)],
    pub example: &'static str,
    /// Scheme of the URLs of servers.
    pub scheme: &'static str,
    /// The user who may do everything.
    pub user: &'static str,
    /// Parameters of a server's URL that make sense for a container.
    pub params: fn() -> Vec<&'static str>,
    /// The one of them that says how long a server is waited for.
    pub patience: &'static str,
    /// A parameter that every connection needs there.
    pub fixed: Option<(&'static str, &'static str)>,
    /// What to run, with this image, database and password.
    pub launch: fn(image: &str, database: Option<&str>, password: &Secret) -> Launch,
}

/// One kind of server.
#[async_trait]
pub trait Driver: Send + Sync + Sized + 'static {
    /// How a database is reached.
    type Options: Clone + Send + Sync;
    /// A connection, with what is known of it.
    type Connection: Send;
    /// Whom states log in as on a server that others use.
    type Account: Send + Sync;
    /// What is known of a given database for as long as it is used.
    type Known: Send + Sync;

    /// The number of the first state's database on a server that others use; what [`Driver::seed`] makes comes before.
    const FIRST: usize = 0;

    // How servers are found and reached.

    /// Reads a URL of a server.
    fn target(&self, url: &DbUrl) -> Result<Target<Self::Options>, EngineError>;

    /// The same with another database.
    fn with_database(&self, target: &Target<Self::Options>, name: &str) -> Target<Self::Options>;

    /// URLs for hints: of a database that can be read, and of a private server.
    fn examples(&self) -> (&'static str, &'static str);

    /// Finds the programs of this machine that a `local://` URL asks for.
    async fn programs(&self, url: &DbUrl) -> Result<Box<dyn Source<Self>>, EngineError>;

    /// How servers run in containers.
    fn images(&self) -> Images;

    /// Connects, waiting for a server that is starting, and sets what every connection needs.
    ///
    /// # Errors
    /// Why the server can't be reached or used, with its place and without secrets.
    async fn connect(
        &self,
        target: &Target<Self::Options>,
    ) -> Result<Self::Connection, EngineError>;

    /// Connects for our own work on a given database.
    async fn administer(
        &self,
        target: &Target<Self::Options>,
    ) -> Result<Self::Connection, EngineError> {
        self.connect(target).await
    }

    /// Connects once and asks for something, or says why not.
    async fn probe(&self, target: &Target<Self::Options>) -> Result<(), String>;

    /// Refuses the server of an image that comes with databases.
    async fn check_image(
        &self,
        _target: &Target<Self::Options>,
        _image: &str,
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// Ends a connection; a server that is gone already is as good.
    async fn disconnect(&self, connection: Self::Connection);

    // Databases of states.

    /// Makes an empty database and marks it as this run's: for a state of a dev database on a server that others use like
    /// the one that is given, otherwise as the server makes it. What fails leaves nothing.
    async fn make(
        &self,
        admin: &mut Self::Connection,
        name: &str,
        run: &Run,
        given: Option<&Shared<Self>>,
    ) -> Result<(), ServerError>;

    /// Drops a database with everything in it and its connections, or an account. A missing one is not an error.
    async fn remove(&self, admin: &mut Self::Connection, made: &Made) -> Result<(), ServerError>;

    /// Accounts of the server, which go with the state that made them where states share a private server.
    async fn accounts(&self, _admin: &mut Self::Connection) -> Result<Vec<String>, ServerError> {
        Ok(Vec::new())
    }

    // Servers that others use.

    /// Marks what carries the run's number as in use, for as long as the connection lives.
    async fn lock(&self, admin: &mut Self::Connection, run: &Run) -> Result<(), ServerError>;

    /// Whether a run still has its lock.
    async fn lives(&self, admin: &mut Self::Connection, run: &Run) -> Result<bool, ServerError>;

    /// Databases and accounts with our names and marks, whoever owns them now.
    async fn marked(&self, admin: &mut Self::Connection) -> Result<Vec<Made>, ServerError>;

    /// What makes the given database not empty, by the catalogue and not by our model of it.
    async fn content(
        &self,
        admin: &mut Self::Connection,
        target: &Target<Self::Options>,
    ) -> Result<Vec<Found>, ServerError>;

    /// Reads what has to be known of the given database.
    async fn look(
        &self,
        admin: &mut Self::Connection,
        target: &Target<Self::Options>,
    ) -> Result<Self::Known, ServerError>;

    /// Makes what states are made from, or the first one's database. The given database is empty.
    ///
    /// # Errors
    /// When the user may not create databases: the hint has the statement that grants it. Nothing is left then.
    async fn seed(&self, shared: &mut Shared<Self>) -> Result<(), EngineError>;

    /// Makes the account that states log in as, where the URL's user may do more than states need, and may make one.
    async fn confine(
        &self,
        shared: &mut Shared<Self>,
    ) -> Result<Option<Self::Account>, EngineError>;

    /// The same database for an account.
    fn as_account(
        &self,
        account: &Self::Account,
        target: &Target<Self::Options>,
    ) -> Target<Self::Options>;

    /// Leaves the databases that are about to be dropped.
    async fn retreat(
        &self,
        _shared: &Shared<Self>,
        _admin: &mut Self::Connection,
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// Sets back what was changed on the server besides databases and accounts, and says what is left there.
    async fn settle(
        &self,
        _shared: &Shared<Self>,
        _admin: &mut Self::Connection,
    ) -> Result<(), EngineError> {
        Ok(())
    }

    // States.

    /// Prepares a new state, before its first statement.
    async fn begin(&self, state: &mut State<Self>) -> Result<(), EngineError>;

    /// Refuses what must not run, before anything does.
    fn check(&self, state: &State<Self>, statements: &[Statement]) -> Result<(), ExecError>;

    /// Runs statements in order.
    async fn execute(
        &self,
        state: &mut State<Self>,
        statements: &[Statement],
        mode: TxMode,
    ) -> Result<(), ExecError>;

    /// Runs one statement as it is, and gives its answer, with the columns of a `query` that gives no rows.
    async fn ask(
        &self,
        state: &mut State<Self>,
        statement: &Statement,
        query: bool,
    ) -> Result<Answer, ExecError>;

    /// Makes the session as new: what statements set, prepared, locked or kept for themselves is gone.
    async fn renew(&self, state: &mut State<Self>) -> Result<(), EngineError>;

    /// Reads a state, in a fixed number of queries.
    async fn inspect(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Realm, EngineError>;

    /// What statements made in schemas that are not read, tables first.
    async fn outside(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Vec<Outside>, EngineError>;

    /// Tables of these names, with the schema of each.
    async fn tables_named(
        &self,
        connection: &mut Self::Connection,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, ServerError>;

    /// These columns of all rows of a table, by schema and name, as text.
    async fn rows(
        &self,
        connection: &mut Self::Connection,
        table: (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, ServerError>;

    /// The first column of a query's rows, as text, without NULL. One statement, in a transaction that can't write. With `all`
    /// it fails where some of the rows are hidden from the user.
    async fn column(
        &self,
        connection: &mut Self::Connection,
        query: &str,
        all: bool,
    ) -> Result<Vec<String>, ServerError>;

    /// Statements that give an empty state what this database has by default.
    async fn defaults(
        &self,
        _connection: &mut Self::Connection,
        _scope: Option<&str>,
    ) -> Result<Vec<String>, ServerError> {
        Ok(Vec::new())
    }

    /// Whether somebody holds the lock of this name.
    async fn is_locked(
        &self,
        connection: &mut Self::Connection,
        name: &str,
    ) -> Result<bool, ServerError>;

    /// Takes the lock of this name for as long as the connection lives, unless somebody keeps it for longer than that.
    async fn lock_name(
        &self,
        connection: &mut Self::Connection,
        name: &str,
        wait: Duration,
    ) -> Result<bool, ServerError>;

    // Where SQL can name its database, or a state can be all of a server.

    /// A state is all of a server: a private one of its own, or the given one, one state after the other.
    fn takes_server(&self, _target: &Target<Self::Options>) -> bool {
        false
    }

    /// Whether a statement means something else in a database of another name than `own`, or on a private server that
    /// another state is on, too. Such a state is built again in the given database, or on a private server of its own.
    fn needs_own(&self, _text: &str, _own: &str, _private: bool) -> bool {
        false
    }

    /// The server's number for a connection, by which it can be ended.
    fn number(&self, _connection: &Self::Connection) -> String {
        String::new()
    }

    /// Ends connections of states that were dropped half way.
    async fn kill(&self, _admin: &mut Self::Connection, _numbers: &[String]) {}

    /// Waits for the lock of the given database, or server, that one run at a time holds; `false` where another has it for
    /// too long. `None` frees it.
    async fn hold(
        &self,
        _admin: &mut Self::Connection,
        _target: &Target<Self::Options>,
        _seconds: Option<u32>,
    ) -> Result<bool, ServerError> {
        Ok(true)
    }

    /// Leaves a mark by which the next run knows that what is there was ours.
    async fn mark(
        &self,
        _shared: &Shared<Self>,
        _admin: &mut Self::Connection,
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// Removes what states made in the given database, or on the server; and the mark, where `all` goes.
    async fn empty(
        &self,
        _shared: &Shared<Self>,
        _admin: &mut Self::Connection,
        _all: bool,
    ) -> Result<(), ServerError> {
        Ok(())
    }
}
