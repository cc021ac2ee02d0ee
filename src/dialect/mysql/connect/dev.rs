//! Dev databases: private servers, one for each state that is held, and empty databases on somebody's server.
//!
//! A state's names can be qualified with its database's, so two states on one server would each need that name. On
//! private servers each state gets a server of its own; elsewhere one state is held at a time.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sqlx::mysql::MySqlConnection;

use super::clean::{self, Defaults};
use super::link::{self, quote};
use super::local;
use super::session::{MySqlSession, Place};
use super::settings::{self, Target};
use crate::config::url::DbUrl;
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::server::{Product, Server};
use crate::engine::local::LocalServer;
use crate::engine::{DevDatabase, EngineError, Session};

/// Seconds that a dev database in use by another run is waited for.
const LOCK_SECONDS: u32 = 10;

/// Private servers: what is on them goes with them.
pub(super) struct LocalDev {
    programs: local::Programs,
    servers: Vec<(LocalServer, Target)>,
    /// Servers on which nothing is.
    free: Arc<Mutex<Vec<usize>>>,
}

impl LocalDev {
    /// Starts the first server.
    pub(super) async fn open(url: &DbUrl, product: Product) -> Result<Self, EngineError> {
        let programs = local::Programs::find(url, product).await?;
        let first = programs.start().await?;
        Ok(Self {
            programs,
            servers: vec![first],
            free: Arc::new(Mutex::new(vec![0])),
        })
    }

    fn take_free(&self) -> Option<usize> {
        self.free
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pop()
    }
}

#[async_trait]
impl DevDatabase for LocalDev {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.programs.scope().is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let number = match self.take_free() {
            Some(number) => number,
            None => {
                self.servers.push(self.programs.start().await?);
                self.servers.len() - 1
            }
        };
        let target = match self.servers.get(number) {
            Some((_, target)) => target.clone(),
            None => {
                return Err(EngineError::plain(format!(
                    "no server for the {label} state"
                )));
            }
        };
        if let Some(scope) = &target.scope {
            let whole = target.without_database();
            let (mut connection, _) = link::open(&whole).await?;
            link::run(&mut connection, format!("CREATE DATABASE {}", quote(scope)))
                .await
                .map_err(|error| {
                    link::failed(
                        &whole,
                        &format!("make a database for the {label} state"),
                        &error,
                    )
                })?;
            link::close(connection).await;
        }
        let (connection, server) = link::open(&target).await?;
        let place = Place::Private {
            number,
            free: Arc::clone(&self.free),
        };
        Ok(Box::new(MySqlSession::new(
            connection, server, target, place,
        )))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let mut result = Ok(());
        for (server, _) in self.servers {
            let stopped = server.stop().await;
            result = result.and(stopped);
        }
        result
    }
}

/// An empty database, or an empty server, that somebody else runs.
pub(super) struct UrlDev {
    target: Target,
    /// Holds the lock, and cleans up when sessions did not.
    admin: MySqlConnection,
    before: Option<Defaults>,
}

impl UrlDev {
    /// Connects, and refuses what is not empty.
    pub(super) async fn open(url: &DbUrl) -> Result<Self, EngineError> {
        let target = settings::target(url)?;
        let (mut admin, server) = link::open(&target).await?;
        lock(&mut admin, &target).await?;
        let scope = target.scope.clone();
        let failed = |error: sqlx::Error| link::failed(&target, "look at the dev database", &error);
        let before = match &scope {
            Some(name) => clean::defaults(&mut admin, name).await.map_err(failed)?,
            None => None,
        };
        guard(&mut admin, &target, before.as_ref()).await?;
        clean::mark(&mut admin, scope.as_deref(), server)
            .await
            .map_err(|error| link::failed(&target, "mark the dev database as in use", &error))?;
        Ok(Self {
            target,
            admin,
            before,
        })
    }

    async fn sweep(&mut self) -> Result<(), sqlx::Error> {
        sweep(&mut self.admin, &self.target, self.before.as_ref()).await?;
        clean::unmark(&mut self.admin, self.target.scope.as_deref()).await
    }
}

async fn sweep(
    connection: &mut MySqlConnection,
    target: &Target,
    before: Option<&Defaults>,
) -> Result<(), sqlx::Error> {
    match (target.scope.as_deref(), before) {
        (Some(scope), Some(before)) => clean::empty(connection, scope, before).await,
        _ => clean::drop_all(connection).await,
    }
}

/// One run at a time: a lock of the server, which goes when its connection does.
async fn lock(connection: &mut MySqlConnection, target: &Target) -> Result<(), EngineError> {
    let name = match &target.scope {
        Some(scope) => format!("trueup dev {}", scope.chars().take(40).collect::<String>()),
        None => "trueup dev".to_owned(),
    };
    let sql = format!("SELECT GET_LOCK({}, {LOCK_SECONDS})", link::literal(&name));
    let rows = link::rows(connection, sql)
        .await
        .map_err(|error| link::failed(target, "lock the dev database", &error))?;
    if rows.first().is_some_and(|row| row.text(0) == "1") {
        return Ok(());
    }
    Err(EngineError::new(
        format!(
            "the dev database at {} is in use by another run, still after {LOCK_SECONDS} s",
            target.place
        ),
        "wait for it to end, or give this run a database of its own",
    ))
}

/// Refuses a database that holds anything, but for what a killed run of ours left behind, which is removed.
async fn guard(
    connection: &mut MySqlConnection,
    target: &Target,
    before: Option<&Defaults>,
) -> Result<(), EngineError> {
    let failed = |error: sqlx::Error| link::failed(target, "look at the dev database", &error);
    let found = match &target.scope {
        Some(scope) => clean::content(connection, scope).await.map_err(failed)?,
        None => {
            let names = clean::databases(connection).await.map_err(failed)?;
            let schema = |name| clean::Found {
                kind: "schema".to_owned(),
                name,
            };
            names.into_iter().map(schema).collect()
        }
    };
    if found.iter().any(|one| one.name == MARKER) {
        tracing::warn!(
            "removing what a run that was killed left in the dev database at {}",
            target.place
        );
        return sweep(connection, target, before)
            .await
            .map_err(|error| link::failed(target, "remove what a killed run left", &error));
    }
    let Some(first) = found.first() else {
        return Ok(());
    };
    let place = match &target.scope {
        Some(scope) => format!(" in schema \"{scope}\""),
        None => String::new(),
    };
    let more = match found.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(EngineError::new(
        format!(
            "connected database is not clean: found {} \"{}\"{more}{place}",
            first.kind, first.name
        ),
        match &target.scope {
            Some(_) => {
                "a dev database must be empty, since everything in it is removed: create one for trueup, or use \
                 `local://mysql/dev`"
            }
            None => {
                "the URL names no database, so the whole server is the dev database: add the name of an empty database \
                 to the URL"
            }
        },
    ))
}

#[async_trait]
impl DevDatabase for UrlDev {
    fn concurrent(&self) -> bool {
        false
    }

    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn session(&mut self, _label: &str) -> Result<Box<dyn Session>, EngineError> {
        let (connection, server): (_, Server) = link::open(&self.target).await?;
        let place = Place::Shared {
            before: self.before.clone(),
        };
        Ok(Box::new(MySqlSession::new(
            connection,
            server,
            self.target.clone(),
            place,
        )))
    }

    async fn close(mut self: Box<Self>) -> Result<(), EngineError> {
        let swept = self.sweep().await;
        let result =
            swept.map_err(|error| link::failed(&self.target, "clean the dev database", &error));
        link::close(self.admin).await;
        result
    }
}
