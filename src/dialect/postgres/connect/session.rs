//! One connection to one state.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::dev::Shared;
use super::exec::Reach;
use super::role::StateRole;
use super::settings::Target;
use super::{catalog, exec, link};
use crate::dialect::postgres::inspect;
use crate::engine::{EngineError, ExecError, InspectOptions, Outside, Session};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Where a state lives, and so what ending it takes.
pub(super) enum Place {
    /// A database of a private server.
    Private(Arc<Shared>),
    /// A database of a server that others use; and whom the session logged in as, unless it is the URL's user.
    Shared(Option<Arc<StateRole>>),
    /// A database with content of its own, which is only read.
    Foreign,
}

/// A connection to one state.
pub(super) struct PgSession {
    connection: PgConnection,
    target: Target,
    place: Place,
    /// The `search_path` that statements run with.
    search_path: String,
    /// What a database that is limited to one schema held before the first statement.
    before: BTreeSet<catalog::Id>,
}

impl PgSession {
    /// Takes over a connection and sets what statements run with: the one schema, or `search_path`, or what the
    /// database says itself.
    pub(super) async fn new(
        mut connection: PgConnection,
        target: Target,
        place: Place,
        search_path: Option<&str>,
    ) -> Result<Self, EngineError> {
        let search_path = match (&target.scope, search_path) {
            (Some(scope), _) => link::quote(scope),
            (None, Some(path)) => path.to_owned(),
            (None, None) => link::text(&mut connection, "SHOW search_path")
                .await
                .map_err(|error| link::failed(&target, "read search_path", &error))?
                .unwrap_or_default(),
        };
        let mut session = Self {
            connection,
            target,
            place,
            search_path,
            before: BTreeSet::new(),
        };
        if session.target.scope.is_some() && !matches!(session.place, Place::Foreign) {
            let found = catalog::objects(&mut session.connection).await;
            let found = found.map_err(|error| session.failed("look at the database", &error))?;
            session.before = found.into_iter().map(|object| object.id).collect();
        }
        session.reset().await?;
        Ok(session)
    }

    fn failed(&self, what: &str, error: &sqlx::Error) -> EngineError {
        link::failed(&self.target, what, error)
    }

    /// Makes the session as new: whatever statements set, prepared, locked or kept for themselves is gone.
    async fn reset(&mut self) -> Result<(), EngineError> {
        let failed =
            |target: &Target, error: &sqlx::Error| link::failed(target, "reset the session", error);
        self.connection
            .clear_cached_statements()
            .await
            .map_err(|error| failed(&self.target, &error))?;
        for sql in ["DISCARD ALL".to_owned(), self.settings()] {
            link::run(&mut self.connection, sql)
                .await
                .map_err(|error| failed(&self.target, &error))?;
        }
        Ok(())
    }

    fn settings(&self) -> String {
        let read_only = match self.place {
            Place::Foreign => "SET default_transaction_read_only = on; ",
            Place::Private(_) | Place::Shared(_) => "",
        };
        format!(
            "{read_only}SET client_min_messages = error; SELECT pg_catalog.set_config('search_path', {}, false)",
            link::literal(&self.search_path)
        )
    }
}

#[async_trait]
impl Session for PgSession {
    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn execute(&mut self, statements: &[Statement], mode: TxMode) -> Result<(), ExecError> {
        let reach = match &self.place {
            Place::Private(_) => Reach::Server,
            Place::Shared(role) => Reach::Database(role.as_deref()),
            Place::Foreign => Reach::Database(None),
        };
        let result = exec::execute(&mut self.connection, statements, mode, reach).await;
        let reset = self.reset().await;
        result?;
        reset.map_err(|error| ExecError {
            statement: statements.len().saturating_sub(1),
            offset: None,
            message: error.message,
            code: None,
            detail: None,
            hint: error.hint,
        })
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        let failed =
            |target: &Target, error: &sqlx::Error| link::failed(target, "set search_path", error);
        link::run(&mut self.connection, "SET search_path = ''")
            .await
            .map_err(|error| failed(&self.target, &error))?;
        let realm =
            inspect::inspect(&mut self.connection, self.target.scope.as_deref(), options).await;
        let settings = self.settings();
        link::run(&mut self.connection, settings)
            .await
            .map_err(|error| failed(&self.target, &error))?;
        realm
    }

    async fn outside(&mut self, options: &InspectOptions) -> Result<Vec<Outside>, EngineError> {
        let schemas = match &self.target.scope {
            Some(scope) => std::slice::from_ref(scope),
            None => &options.schemas[..],
        };
        if schemas.is_empty() || matches!(self.place, Place::Foreign) {
            return Ok(Vec::new());
        }
        let found = catalog::outside(&mut self.connection, schemas, &self.before).await;
        found.map_err(|error| self.failed("look at the other schemas", &error))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let database = self.target.database().to_owned();
        link::close(self.connection).await;
        match self.place {
            Place::Private(shared) => shared.forget(&database).await,
            Place::Shared(_) | Place::Foreign => Ok(()),
        }
    }
}
