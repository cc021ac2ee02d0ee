//! Dev databases on a private server: a database for each state, gone with the server.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;

use super::session::{PgSession, Place};
use super::settings::Target;
use super::{link, local};
use crate::config::url::DbUrl;
use crate::engine::private::PrivateServer;
use crate::engine::{DevDatabase, EngineError, Session};

/// A private server: what is on it goes with it.
pub(super) struct PrivateDev {
    server: Box<dyn PrivateServer>,
    target: Target,
    shared: Arc<Shared>,
    /// Databases that it has already.
    spares: &'static [&'static str],
    next: usize,
}

/// What the sessions of a private server have in common: a connection that outlives them, for what they leave behind
/// outside their own databases.
pub(super) struct Shared {
    admin: tokio::sync::Mutex<PgConnection>,
    target: Target,
    /// Roles that a server has of its own.
    roles: Vec<String>,
}

const ROLES: &str = "SELECT rolname::text FROM pg_catalog.pg_roles ORDER BY 1";

impl PrivateDev {
    /// Starts a server from the programs of this machine.
    pub(super) async fn local(url: &DbUrl) -> Result<Self, EngineError> {
        let (server, target) = local::start(url).await?;
        Self::over(Box::new(server), target, &local::SPARES).await
    }

    /// Uses a server that is ready; ends it if it can't be used.
    pub(super) async fn over(
        server: Box<dyn PrivateServer>,
        target: Target,
        spares: &'static [&'static str],
    ) -> Result<Self, EngineError> {
        match Shared::open(&target).await {
            Ok(shared) => Ok(Self {
                server,
                shared: Arc::new(shared),
                target,
                spares,
                next: 0,
            }),
            Err(error) => {
                server.stop().await?;
                Err(error)
            }
        }
    }
}

impl Shared {
    async fn open(target: &Target) -> Result<Self, EngineError> {
        let mut admin = link::open(target).await?;
        let roles = link::texts(&mut admin, ROLES)
            .await
            .map_err(|error| link::failed(target, "read the roles", &error))?;
        Ok(Self {
            admin: tokio::sync::Mutex::new(admin),
            target: target.clone(),
            roles,
        })
    }

    /// Removes the database of a state and the roles that it made, so that the next state can make them again. A role
    /// that another state still uses stays.
    pub(super) async fn forget(&self, database: &str) -> Result<(), EngineError> {
        let mut admin = self.admin.lock().await;
        let failed = |error| link::failed(&self.target, "remove a state's roles", &error);
        let now = link::texts(&mut admin, ROLES).await.map_err(failed)?;
        let new: Vec<&String> = now
            .iter()
            .filter(|role| !self.roles.contains(role))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let database = link::quote(database);
        link::run(
            &mut admin,
            format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
        )
        .await
        .map_err(failed)?;
        for role in new {
            let _ = link::run(&mut admin, format!("DROP ROLE {}", link::quote(role))).await;
        }
        Ok(())
    }
}

#[async_trait]
impl DevDatabase for PrivateDev {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let name = match self.spares.get(self.next) {
            Some(name) => (*name).to_owned(),
            None => {
                let name = format!("trueup_{}", self.next + 1);
                let mut admin = self.shared.admin.lock().await;
                link::run(
                    &mut admin,
                    format!("CREATE DATABASE {name} TEMPLATE template0"),
                )
                .await
                .map_err(|error| {
                    link::failed(
                        &self.target,
                        &format!("make a database for the {label} state"),
                        &error,
                    )
                })?;
                name
            }
        };
        self.next += 1;
        let target = self.target.with_database(&name);
        let mut connection = link::open(&target).await?;
        if let Some(scope) = &target.scope {
            link::run(
                &mut connection,
                format!("CREATE SCHEMA IF NOT EXISTS {}", link::quote(scope)),
            )
            .await
            .map_err(|error| link::failed(&target, "make the schema of `search_path`", &error))?;
        }
        let place = Place::Private(Arc::clone(&self.shared));
        Ok(Box::new(
            PgSession::new(connection, target, place, None).await?,
        ))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        self.server.stop().await
    }
}
