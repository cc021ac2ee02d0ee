//! Servers that only this run knows: a database for each state, or a server for each that is all of one. What is on them
//! goes with them.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::state::{Place, State};
use crate::engine::attend::{Attendant, Unattended};
use crate::engine::driver::{Driver, Made, ServerError, Target};
use crate::engine::private::PrivateServer;
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// A server, and how it is reached.
pub type Started<D> = (Box<dyn PrivateServer>, Target<<D as Driver>::Options>);

/// Where private servers come from.
#[async_trait]
pub trait Source<D: Driver>: Send + Sync {
    /// Starts a server and waits until it is ready.
    async fn start(&self, attendant: &dyn Attendant) -> Result<Started<D>, EngineError>;

    /// Databases that its servers have from the start, so that a run need not create them.
    fn spares(&self) -> &'static [&'static str] {
        &[]
    }

    /// Removes what is left when all servers are stopped: what was starting when nobody waited any more.
    async fn close(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

/// The dev database.
pub(super) struct PrivateDev<D: Driver> {
    driver: Arc<D>,
    source: Arc<dyn Source<D>>,
    scoped: bool,
    /// The server of all states, or of the first that takes one for itself.
    first: Option<Started<D>>,
    common: Option<Arc<Common<D>>>,
    opened: usize,
}

/// What states that share a private server have in common.
pub(super) struct Common<D: Driver> {
    driver: Arc<D>,
    source: Arc<dyn Source<D>>,
    target: Target<D::Options>,
    run: Run,
    admin: Mutex<D::Connection>,
    /// Accounts that the server has of its own.
    accounts: Vec<String>,
}

impl<D: Driver> PrivateDev<D> {
    /// Starts the first server. What is left of a failure is removed.
    pub(super) async fn open(
        driver: Arc<D>,
        source: Box<dyn Source<D>>,
        attendant: &dyn Attendant,
    ) -> Result<Self, EngineError> {
        let mut dev = Self {
            driver,
            source: Arc::from(source),
            scoped: false,
            first: None,
            common: None,
            opened: 0,
        };
        match dev.start(attendant).await {
            Ok(()) => Ok(dev),
            Err(error) => Err(super::abandon(Box::new(dev), error).await),
        }
    }

    async fn start(&mut self, attendant: &dyn Attendant) -> Result<(), EngineError> {
        let (_, target) = self.first.insert(self.source.start(attendant).await?);
        self.scoped = target.scope.is_some();
        if self.driver.takes_server(target) {
            return Ok(());
        }
        let mut admin = self.driver.connect(&target.unscoped()).await?;
        let accounts = self.driver.accounts(&mut admin).await;
        self.common = Some(Arc::new(Common {
            accounts: accounts.map_err(|error| error.failed(target, "read the accounts"))?,
            admin: Mutex::new(admin),
            driver: Arc::clone(&self.driver),
            source: Arc::clone(&self.source),
            target: target.clone(),
            run: Run::new(),
        }));
        Ok(())
    }

    /// A state that is all of a server.
    async fn server(&mut self) -> Result<State<D>, EngineError> {
        let (server, target) = match self.first.take() {
            Some(first) => first,
            None => self.source.start(&Unattended).await?,
        };
        State::open(&self.driver, target, None, Place::Server(server)).await
    }
}

impl<D: Driver> Common<D> {
    /// The database of the `n`th state.
    async fn database(&self, n: usize, label: &str) -> Result<String, EngineError> {
        if let Some(name) = self.source.spares().get(n) {
            return Ok((*name).to_owned());
        }
        let name = self.run.sibling(n);
        let mut admin = self.admin.lock().await;
        let made = self.driver.make(&mut admin, &name, &self.run, None).await;
        let failed = |error: ServerError| {
            error.failed(
                &self.target,
                &format!("make a database for the {label} state"),
            )
        };
        made.map_err(failed)?;
        Ok(name)
    }

    /// Starts a server for one state alone, with a database of the name that the state's SQL knows.
    pub(super) async fn move_out(&self, own: &str) -> Result<Started<D>, EngineError> {
        let (server, target) = self.source.start(&Unattended).await?;
        let mut admin = self.driver.connect(&target.unscoped()).await?;
        let made = self.driver.make(&mut admin, own, &self.run, None).await;
        self.driver.disconnect(admin).await;
        made.map_err(|error| error.failed(&target, "make the dev database"))?;
        Ok((server, target))
    }

    /// Removes a state's database and the accounts that it made, so that the next state can make them again. An account
    /// that another state still uses stays.
    pub(super) async fn forget(&self, database: &str) -> Result<(), EngineError> {
        let mut admin = self.admin.lock().await;
        let failed = |error: ServerError| error.failed(&self.target, "remove a state's accounts");
        let mut new = self.driver.accounts(&mut admin).await.map_err(failed)?;
        new.retain(|account| !self.accounts.contains(account));
        if new.is_empty() {
            return Ok(());
        }
        let database = Made::Database(database.to_owned());
        let dropped = self.driver.remove(&mut admin, &database).await;
        dropped.map_err(failed)?;
        for account in new {
            let _ = self
                .driver
                .remove(&mut admin, &Made::Strange(account))
                .await;
        }
        Ok(())
    }
}

#[async_trait]
impl<D: Driver> DevDatabase for PrivateDev<D> {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.scoped
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let Some(common) = self.common.clone() else {
            return Ok(Box::new(self.server().await?));
        };
        let name = common.database(self.opened, label).await?;
        self.opened += 1;
        let given = &common.target;
        let target = self.driver.with_database(given, &name);
        let place = Place::Private(Arc::clone(&common), name);
        let state = State::open(&self.driver, target, Some(given), place);
        Ok(Box::new(state.await?))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let stopped = match self.first {
            Some((server, _)) => server.stop().await,
            None => Ok(()),
        };
        stopped.and(self.source.close().await)
    }
}
