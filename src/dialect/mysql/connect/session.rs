//! One connection to one state.

use std::sync::Arc;

use async_trait::async_trait;

use super::class::{self, Reach};
use super::clean;
use super::dev::Source;
use super::exec::{self, Left};
use super::link::{self, Opened};
use super::local;
use super::seat::Seat;
use super::settings::Target;
use super::url::Shared;
use super::user;
use crate::dialect::mysql::inspect::{self, Scope};
use crate::engine::private::PrivateServer;
use crate::engine::{EngineError, ExecError, InspectOptions, Outside, Session};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Where a state lives, and so what ending it takes.
pub(super) enum Place {
    /// A database beside the one that the state is of.
    Beside(Beside),
    /// The dev database on somebody's server, or all of the server.
    Given(Arc<Shared>, Seat),
    /// A private server of its own.
    Own(Box<dyn PrivateServer>),
    /// A database that is not ours.
    Foreign,
}

/// A state in a database beside the one that it is of, in whose name its statements mean the same as long as they don't
/// name that one.
pub(super) struct Beside {
    /// The name of the database that the state is of.
    pub(super) own: String,
    /// Where else it can be.
    pub(super) elsewhere: Elsewhere,
    /// What has been run.
    pub(super) done: Vec<Statement>,
}

/// Where a state goes whose statements can't be run in another database than its own.
pub(super) enum Elsewhere {
    /// To a private server of its own.
    Server(Arc<Source>),
    /// To its own database, when no other state is there.
    Given(Arc<Shared>, Seat),
}

/// A connection to one state.
pub(super) struct MySqlSession {
    link: Opened,
    target: Target,
    /// Only taken out by moving and closing.
    place: Place,
    left: Left,
}

impl MySqlSession {
    pub(super) fn new(link: Opened, target: Target, place: Place) -> Self {
        let session = Self {
            link,
            target,
            place,
            left: Left::default(),
        };
        session.note_connection();
        session
    }

    fn note_connection(&self) {
        if let Place::Given(_, seat)
        | Place::Beside(Beside {
            elsewhere: Elsewhere::Given(_, seat),
            ..
        }) = &self.place
        {
            seat.connected(&self.link.number);
        }
    }

    async fn reconnect(&mut self) -> Result<(), EngineError> {
        let fresh = link::open(&self.target).await?;
        let old = std::mem::replace(&mut self.link, fresh);
        self.note_connection();
        link::close(old.connection).await;
        Ok(())
    }

    /// The dev database that others use, if it is one.
    fn shared(&self) -> Option<&Arc<Shared>> {
        match &self.place {
            Place::Given(shared, _)
            | Place::Beside(Beside {
                elsewhere: Elsewhere::Given(shared, _),
                ..
            }) => Some(shared),
            _ => None,
        }
    }

    /// The name of the database that the state is of.
    fn own(&self) -> Option<&str> {
        match &self.place {
            Place::Beside(beside) => Some(&beside.own),
            _ => self.target.scope.as_deref(),
        }
    }

    /// Refuses what would reach beyond the dev database.
    fn check(&self, statements: &[Statement]) -> Result<(), ExecError> {
        let Some(shared) = self.shared() else {
            return Ok(());
        };
        let reach = match self.own() {
            Some(own) => Reach::Database {
                own,
                others: &shared.others,
            },
            None => Reach::Databases,
        };
        exec::check(statements, reach)
    }

    /// Sends statements, in the words of the user that the session is of.
    async fn send(&mut self, statements: &[Statement]) -> Result<(), ExecError> {
        let shared = self.shared().filter(|shared| shared.confined()).cloned();
        let Some(shared) = shared else {
            return self.send_all(statements, 0).await;
        };
        let own: Vec<Statement> = statements
            .iter()
            .map(|statement| match user::without_definer(&statement.text) {
                Some(text) => Statement {
                    text,
                    ..statement.clone()
                },
                None => statement.clone(),
            })
            .collect();
        let mut sent = self.send_all(&own, 0).await;
        // Once for each statement: another run may take back what makes it possible.
        let mut last = None;
        while let Err(error) = &sent
            && error.code.as_deref() == Some(user::UNTRUSTED)
            && last != Some(error.statement)
            && shared.trust().await
        {
            let at = error.statement;
            last = Some(at);
            sent = self.send_all(&own, at).await;
        }
        sent
    }

    async fn send_all(&mut self, statements: &[Statement], from: usize) -> Result<(), ExecError> {
        let (connection, packet) = (&mut self.link.connection, self.link.packet);
        exec::execute(connection, &statements[from..], packet, &mut self.left)
            .await
            .map_err(|error| ExecError {
                statement: error.statement + from,
                ..error
            })
    }

    /// Moves to where statements can be run that don't mean the same in a database beside their own.
    async fn move_for(&mut self, statements: &[Statement]) -> Result<(), ExecError> {
        let Place::Beside(beside) = &mut self.place else {
            return Ok(());
        };
        let private = matches!(beside.elsewhere, Elsewhere::Server(_));
        let must = statements.iter().any(|statement| {
            class::names_own(&statement.text, &beside.own)
                || (private && class::server_level(&statement.text).is_some())
        });
        if !must {
            beside.done.extend_from_slice(statements);
            return Ok(());
        }
        let done = std::mem::take(&mut beside.done);
        tracing::debug!("the statements name their database: the state moves there");
        self.move_out().await.map_err(|error| broken(0, error))?;
        self.send(&done).await.map_err(|error| ExecError {
            statement: 0,
            offset: None,
            ..error
        })?;
        if std::mem::take(&mut self.left.session) {
            self.reconnect().await.map_err(|error| broken(0, error))?;
        }
        Ok(())
    }

    async fn move_out(&mut self) -> Result<(), EngineError> {
        let Place::Beside(beside) = std::mem::replace(&mut self.place, Place::Foreign) else {
            return Ok(());
        };
        match beside.elsewhere {
            Elsewhere::Server(source) => {
                let (server, target) = source.start().await?;
                local::make_database(&target).await?;
                self.target = target;
                self.place = Place::Own(server);
            }
            Elsewhere::Given(shared, seat) => {
                seat.first().await;
                let entered = shared.enter().await;
                self.target = shared.states.clone();
                self.place = Place::Given(shared, seat);
                entered?;
            }
        }
        self.reconnect().await
    }

    /// On a private server that is limited to one database, what lies outside of it would be lost in silence.
    async fn refuse_strays(&mut self) -> Result<(), EngineError> {
        let private = matches!(
            self.place,
            Place::Own(_)
                | Place::Beside(Beside {
                    elsewhere: Elsewhere::Server(_),
                    ..
                })
        );
        let Some(own) = self.own().filter(|_| private).map(str::to_owned) else {
            return Ok(());
        };
        let found = clean::databases(&mut self.link.connection)
            .await
            .map_err(|error| link::failed(&self.target, "list the databases", &error))?;
        let stray = found
            .iter()
            .find(|name| **name != own && crate::engine::run::Run::of_sibling(name).is_none());
        match stray {
            None => Ok(()),
            Some(stray) => Err(EngineError::new(
                format!(
                    "the statements use database `{stray}`, but the dev URL compares only `{own}`"
                ),
                format!(
                    "where `{stray}` is the only one, name it in the dev URL (`…/{stray}` instead of `…/{own}`); to compare \
                     several, add `scope=server` to a `local://` URL, or leave the database out of a `docker://` one, and \
                     let every name say its database"
                ),
            )),
        }
    }

    /// An error in which the state's database has its own name.
    fn named(&self, error: ExecError) -> ExecError {
        let (Some(own), Some(database)) = (self.own(), self.target.scope.as_deref()) else {
            return error;
        };
        ExecError {
            message: error.message.replace(database, own),
            ..error
        }
    }
}

/// A dev database that fails while statements run.
fn broken(statement: usize, error: EngineError) -> ExecError {
    ExecError {
        statement,
        offset: None,
        message: error.message,
        code: None,
        detail: None,
        hint: error.hint,
    }
}

#[async_trait]
impl Session for MySqlSession {
    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn execute(&mut self, statements: &[Statement], _mode: TxMode) -> Result<(), ExecError> {
        self.check(statements)?;
        self.move_for(statements).await?;
        if let Place::Given(shared, _) = &self.place
            && shared.target.scope.is_none()
        {
            shared.note(statements).await?;
        }
        let result = self.send(statements).await;
        if self.left.unjudged
            && let Some(shared) = self.shared()
        {
            shared.note_unjudged();
        }
        let renewed = match std::mem::take(&mut self.left.session) {
            // Settings, locks and temporary tables of a file do not reach the next.
            true => self.reconnect().await,
            false => Ok(()),
        };
        result.map_err(|error| self.named(error))?;
        renewed.map_err(|error| broken(statements.len().saturating_sub(1), error))
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        self.refuse_strays().await?;
        let own = self.own().map(str::to_owned);
        let scope = self.target.scope.as_deref().map(|database| Scope {
            database,
            name: own.as_deref().unwrap_or(database),
        });
        inspect::inspect(&mut self.link.connection, self.link.server, scope, options).await
    }

    /// Where all of a server is read, all of it is of this state; where one database is, no statement reaches another.
    async fn outside(&mut self, options: &InspectOptions) -> Result<Vec<Outside>, EngineError> {
        let whole = self.target.scope.is_none() && !matches!(self.place, Place::Foreign);
        if !whole || options.schemas.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |error| link::failed(&self.target, "look at the other databases", &error);
        let connection = &mut self.link.connection;
        let mut outside = clean::everything(connection).await.map_err(failed)?;
        outside.retain(|found| !options.schemas.contains(&found.schema));
        Ok(outside)
    }

    async fn close(mut self: Box<Self>) -> Result<(), EngineError> {
        let failed = |error: &sqlx::Error| {
            link::failed(&self.target, "remove what the statements made", error)
        };
        match self.place {
            Place::Own(server) => {
                link::close(self.link.connection).await;
                return server.stop().await;
            }
            Place::Given(shared, seat) => {
                link::close(self.link.connection).await;
                shared.empty().await.map_err(|error| failed(&error))?;
                seat.finish();
                return Ok(());
            }
            Place::Beside(beside) => {
                if let (Elsewhere::Given(_, seat), Some(database)) =
                    (beside.elsewhere, self.target.scope.as_deref())
                {
                    clean::drop_database(&mut self.link.connection, database)
                        .await
                        .map_err(|error| failed(&error))?;
                    seat.finish();
                }
            }
            Place::Foreign => {}
        }
        link::close(self.link.connection).await;
        Ok(())
    }
}
