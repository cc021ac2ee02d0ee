//! One state: a connection to where it is, and what ending it takes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::private::Common;
use super::shared::Shared;
use super::turn::Turn;
use crate::engine::driver::{Driver, Target};
use crate::engine::private::PrivateServer;
use crate::engine::{Answer, EngineError, ExecError, InspectOptions, Outside, Row, Session};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Where a state is, with the name of its own database.
pub(super) enum Place<D: Driver> {
    /// A database of a private server.
    Private(Arc<Common<D>>, String),
    /// A private server of its own.
    Server(Box<dyn PrivateServer>),
    /// A database next to the given one.
    Shared(Arc<Shared<D>>, Turn, String),
    /// The given database, or all of the given server.
    Given(Arc<Shared<D>>, Turn),
    /// A database with content of its own, which is only read.
    Foreign,
    /// A database that migrations are applied to.
    Live,
}

/// A state, or a database with content of its own.
pub struct State<D: Driver> {
    driver: Arc<D>,
    pub connection: D::Connection,
    pub target: Target<D::Options>,
    /// The name of the database that the state is of, where one of another name stands in for it: its statements mean the same
    /// there as long as they don't name it.
    pub own: Option<String>,
    /// Only taken out by moving and closing.
    place: Place<D>,
    /// What was run, where the state may have to move.
    done: Vec<Statement>,
}

impl<D: Driver> State<D> {
    /// Connects to a new state's place; `given` is the database that it is of.
    pub(super) async fn open(
        driver: &Arc<D>,
        target: Target<D::Options>,
        given: Option<&Target<D::Options>>,
        place: Place<D>,
    ) -> Result<Self, EngineError> {
        let own = given.and_then(|given| given.scope.as_deref());
        let mut state = Self {
            connection: driver.connect(&target).await?,
            own: own
                .filter(|own| target.scope.as_deref() != Some(own))
                .map(str::to_owned),
            driver: Arc::clone(driver),
            target,
            place,
            done: Vec::new(),
        };
        state.note_connection();
        driver.begin(&mut state).await?;
        Ok(state)
    }

    /// Connects to a database that is only read.
    pub(super) async fn read(
        driver: Arc<D>,
        target: Target<D::Options>,
    ) -> Result<Self, EngineError> {
        Self::open(&driver, target, None, Place::Foreign).await
    }

    /// Connects to a database that migrations are applied to.
    pub(super) async fn live(
        driver: Arc<D>,
        target: Target<D::Options>,
    ) -> Result<Self, EngineError> {
        Self::open(&driver, target, None, Place::Live).await
    }

    /// The dev database that others use, if it is one.
    pub fn shared(&self) -> Option<Arc<Shared<D>>> {
        match &self.place {
            Place::Shared(shared, ..) | Place::Given(shared, _) => Some(Arc::clone(shared)),
            _ => None,
        }
    }

    /// It is on a private server.
    pub fn is_private(&self) -> bool {
        matches!(self.place, Place::Private(..) | Place::Server(_))
    }

    /// It is only read.
    pub fn is_foreign(&self) -> bool {
        matches!(self.place, Place::Foreign)
    }

    /// It is somebody's database, in which migrations may do whatever its user may.
    pub fn is_live(&self) -> bool {
        matches!(self.place, Place::Live)
    }

    /// Replaces the connection by a new one.
    pub async fn reconnect(&mut self) -> Result<(), EngineError> {
        let fresh = self.driver.connect(&self.target).await?;
        let old = std::mem::replace(&mut self.connection, fresh);
        self.note_connection();
        self.driver.disconnect(old).await;
        Ok(())
    }

    fn note_connection(&self) {
        if let Place::Shared(_, turn, _) | Place::Given(_, turn) = &self.place {
            turn.connected(self.driver.number(&self.connection));
        }
    }

    /// Moves to where statements can be run that don't mean the same in a database of another name.
    async fn move_for(&mut self, statements: &[Statement]) -> Result<(), ExecError> {
        let Some(own) = self.own.clone() else {
            return Ok(());
        };
        let private = self.is_private();
        let stays = |one: &Statement| !self.driver.needs_own(&one.text, &own, private);
        if statements.iter().all(stays) {
            self.done.extend_from_slice(statements);
            return Ok(());
        }
        tracing::debug!("the statements name their database: the state moves there");
        let done = std::mem::take(&mut self.done);
        let moved = self.move_out(&own).await;
        moved.map_err(|error| ExecError::of_engine(0, error))?;
        let driver = Arc::clone(&self.driver);
        let again = driver.execute(self, &done, TxMode::None).await;
        again.map_err(|error| ExecError {
            statement: 0,
            offset: None,
            ..error
        })?;
        let renewed = driver.renew(self).await;
        renewed.map_err(|error| ExecError::of_engine(0, error))
    }

    async fn move_out(&mut self, own: &str) -> Result<(), EngineError> {
        match std::mem::replace(&mut self.place, Place::Foreign) {
            Place::Private(common, _) => {
                let (server, target) = common.move_out(own).await?;
                self.target = target;
                self.place = Place::Server(server);
            }
            Place::Shared(shared, turn, _) => {
                turn.first().await;
                let entered = shared.enter().await;
                self.target = shared.for_states(&shared.target);
                self.place = Place::Given(shared, turn);
                entered?;
            }
            place => self.place = place,
        }
        self.own = None;
        self.reconnect().await
    }
}

#[async_trait]
impl<D: Driver> Session for State<D> {
    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    fn scope(&self) -> Option<&str> {
        self.target.scope.as_deref()
    }

    async fn execute(&mut self, statements: &[Statement], mode: TxMode) -> Result<(), ExecError> {
        let driver = Arc::clone(&self.driver);
        driver.check(self, statements)?;
        self.move_for(statements).await?;
        let result = driver.execute(self, statements, mode).await;
        // Settings, locks and temporary tables of a file do not reach the next.
        let renewed = driver.renew(self).await;
        // The state's database has its own name in messages.
        result.map_err(|error| match (&self.own, self.target.scope.as_deref()) {
            (Some(own), Some(name)) => ExecError {
                message: error.message.replace(name, own),
                ..error
            },
            _ => error,
        })?;
        let last = statements.len().saturating_sub(1);
        renewed.map_err(|error| ExecError::of_engine(last, error))
    }

    async fn ask(&mut self, statement: &Statement, query: bool) -> Result<Answer, ExecError> {
        let driver = Arc::clone(&self.driver);
        if self.is_live() {
            return driver.ask(self, statement, query).await;
        }
        driver.check(self, std::slice::from_ref(statement))?;
        let private = self.is_private();
        let moves = |own: &str| driver.needs_own(&statement.text, own, private);
        if let Some(own) = self.own.as_deref().filter(|own| moves(own)) {
            return Err(ExecError {
                hint: Some("leave the database out of the name: it is the connection's".to_owned()),
                ..ExecError::refused(
                    0,
                    format!(
                        "the statement names its database `{own}`, which is replaced by another one here"
                    ),
                )
            });
        }
        driver.ask(self, statement, query).await
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        Arc::clone(&self.driver).inspect(self, options).await
    }

    async fn outside(&mut self, options: &InspectOptions) -> Result<Vec<Outside>, EngineError> {
        match self.is_foreign() || self.is_live() {
            true => Ok(Vec::new()),
            false => Arc::clone(&self.driver).outside(self, options).await,
        }
    }

    async fn tables_named(&mut self, names: &[&str]) -> Result<Vec<(String, String)>, EngineError> {
        let found = self.driver.tables_named(&mut self.connection, names).await;
        found.map_err(|error| error.failed(&self.target, "look for tables"))
    }

    async fn rows(
        &mut self,
        table: (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, EngineError> {
        let found = self.driver.rows(&mut self.connection, table, columns).await;
        found.map_err(|error| {
            let (schema, name) = table;
            error.failed(&self.target, &format!("read table {schema}.{name}"))
        })
    }

    async fn column(&mut self, query: &Statement, all: bool) -> Result<Vec<String>, EngineError> {
        let found = self.driver.column(&mut self.connection, &query.text, all);
        let found = found.await;
        found.map_err(|error| error.failed(&self.target, "run the query"))
    }

    async fn is_locked(&mut self, name: &str) -> Result<bool, EngineError> {
        let found = self.driver.is_locked(&mut self.connection, name).await;
        found.map_err(|error| error.failed(&self.target, "look for locks"))
    }

    async fn lock(&mut self, name: &str, wait: Duration) -> Result<bool, EngineError> {
        let taken = self
            .driver
            .lock_name(&mut self.connection, name, wait)
            .await;
        taken.map_err(|error| error.failed(&self.target, "take a lock"))
    }

    async fn renew(&mut self) -> Result<(), EngineError> {
        Arc::clone(&self.driver).renew(self).await
    }

    async fn defaults(&mut self) -> Result<Vec<String>, EngineError> {
        let scope = self.target.scope.as_deref();
        let found = self.driver.defaults(&mut self.connection, scope).await;
        found.map_err(|error| error.failed(&self.target, "read the database's defaults"))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        self.driver.disconnect(self.connection).await;
        match self.place {
            Place::Private(common, database) => common.forget(&database).await,
            Place::Server(server) => server.stop().await,
            Place::Shared(shared, turn, database) => {
                shared.drop_database(&database).await?;
                turn.finish();
                Ok(())
            }
            Place::Given(shared, turn) => {
                shared.empty().await?;
                turn.finish();
                Ok(())
            }
            Place::Foreign | Place::Live => Ok(()),
        }
    }
}
