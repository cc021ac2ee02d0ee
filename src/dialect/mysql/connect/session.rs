//! One connection to one state.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sqlx::mysql::MySqlConnection;

use super::class::Reach;
use super::clean::Defaults;
use super::exec::{self, Left};
use super::settings::Target;
use super::{clean, link};
use crate::dialect::mysql::inspect;
use crate::dialect::mysql::server::Server;
use crate::engine::{EngineError, ExecError, InspectOptions, Session};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Where a state lives, and so what ending it takes.
pub(super) enum Place {
    /// A private server; its number is put back among the free ones.
    Private {
        number: usize,
        free: Arc<Mutex<Vec<usize>>>,
    },
    /// A dev database on somebody's server, as it was before.
    Shared { before: Option<Defaults> },
    /// A database that is not ours.
    Foreign,
}

/// A connection to one state.
pub(super) struct MySqlSession {
    connection: MySqlConnection,
    server: Server,
    target: Target,
    place: Place,
    left: Left,
}

impl MySqlSession {
    pub(super) fn new(
        connection: MySqlConnection,
        server: Server,
        target: Target,
        place: Place,
    ) -> Self {
        Self {
            connection,
            server,
            target,
            place,
            left: Left::default(),
        }
    }

    /// A new connection where the old one may have settings, locks or temporary tables of the statements.
    async fn renew(&mut self) -> Result<(), EngineError> {
        if std::mem::take(&mut self.left.session) {
            let (fresh, _) = link::open(&self.target).await?;
            link::close(std::mem::replace(&mut self.connection, fresh)).await;
        }
        Ok(())
    }

    /// On a private server that is limited to one database, what lies outside of it would be lost in silence.
    async fn refuse_strays(&mut self) -> Result<(), EngineError> {
        let (Place::Private { .. }, Some(scope)) = (&self.place, &self.target.scope) else {
            return Ok(());
        };
        let found = clean::databases(&mut self.connection)
            .await
            .map_err(|error| link::failed(&self.target, "list the databases", &error))?;
        match found.iter().find(|name| *name != scope) {
            None => Ok(()),
            Some(stray) => Err(EngineError::new(
                format!(
                    "the statements use database `{stray}`, but the dev URL compares only `{scope}`"
                ),
                "add `scope=server` to the `local://` URL to compare all databases",
            )),
        }
    }
}

#[async_trait]
impl Session for MySqlSession {
    async fn execute(&mut self, statements: &[Statement], _mode: TxMode) -> Result<(), ExecError> {
        let reach = match (&self.place, &self.target.scope) {
            (Place::Shared { .. }, Some(_)) => Some(Reach::Database),
            (Place::Shared { .. }, None) => Some(Reach::Databases),
            _ => None,
        };
        let mut left = self.left;
        let result = exec::execute(&mut self.connection, statements, reach, &mut left).await;
        self.left = left;
        let renewed = self.renew().await;
        result?;
        renewed.map_err(|error| ExecError {
            statement: statements.len().saturating_sub(1),
            offset: None,
            message: error.message,
            code: None,
            detail: None,
            hint: error.hint,
        })
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        self.refuse_strays().await?;
        let scope = self.target.scope.clone();
        inspect::inspect(&mut self.connection, self.server, scope.as_deref(), options).await
    }

    async fn close(mut self: Box<Self>) -> Result<(), EngineError> {
        let failed = |target: &Target, error: &sqlx::Error| {
            link::failed(target, "remove what the statements made", error)
        };
        match (&self.place, self.target.scope.as_deref()) {
            (Place::Private { number, free }, _) => {
                // What changed the whole server goes with the server.
                if !self.left.server && clean::drop_all(&mut self.connection).await.is_ok() {
                    free.lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push(*number);
                }
            }
            (
                Place::Shared {
                    before: Some(before),
                },
                Some(scope),
            ) => {
                clean::empty(&mut self.connection, scope, before)
                    .await
                    .map_err(|error| failed(&self.target, &error))?;
            }
            (Place::Shared { .. }, _) => {
                clean::drop_all(&mut self.connection)
                    .await
                    .map_err(|error| failed(&self.target, &error))?;
            }
            (Place::Foreign, _) => {}
        }
        link::close(self.connection).await;
        Ok(())
    }
}
