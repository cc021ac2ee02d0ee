//! Dev databases on a server that others use, too: next to the given database, each state gets one of its own. A state whose
//! SQL names the given database is built in that, and one that is all of a server on the given one; there is one of these at
//! a time.
//!
//! Who uses what is told by locks of the server, which vanish with their connection: one of a run's own marks what carries
//! its number as in use, one on the given database keeps runs that work in it apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::state::{Place, State};
use super::turn::Turns;
use crate::config::url::DbUrl;
use crate::engine::driver::{Driver, Made, ServerError, Target};
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// Seconds that a dev database in use by another run is waited for.
const LOCK_SECONDS: u32 = 60;

/// What all states of a dev database have in common.
pub struct Shared<D: Driver> {
    driver: Arc<D>,
    /// The given database, or the whole server.
    pub target: Target<D::Options>,
    pub run: Run,
    /// Holds the locks, and makes and removes what is ours.
    pub admin: Mutex<D::Connection>,
    pub known: D::Known,
    /// Whom states log in as; otherwise it is the URL's user.
    pub account: Option<D::Account>,
    /// A state is, or was, in the given database, which is locked and marked.
    entered: AtomicBool,
}

/// A dev database given by URL.
pub(super) struct SharedDev<D: Driver> {
    shared: Arc<Shared<D>>,
    turns: Arc<Turns>,
    made: usize,
    opened: usize,
}

impl<D: Driver> SharedDev<D> {
    /// Connects, and refuses a database that is not empty.
    pub(super) async fn open(driver: Arc<D>, url: &DbUrl) -> Result<Self, EngineError> {
        let target = driver.target(url)?;
        let mut admin = driver.administer(&target).await?;
        let run = Run::new();
        let known = async {
            driver.lock(&mut admin, &run).await?;
            sweep(&*driver, &mut admin).await?;
            driver.look(&mut admin, &target).await
        };
        let known = known.await;
        let mut shared = Shared {
            known: known.map_err(|error| error.failed(&target, "look at the dev database"))?,
            admin: Mutex::new(admin),
            account: None,
            entered: AtomicBool::new(false),
            driver,
            target,
            run,
        };
        let whole = shared.takes_server();
        if !whole {
            shared.guard().await?;
            shared.driver().seed(&mut shared).await?;
        }
        let confined = shared.driver().confine(&mut shared).await;
        let confined = confined.map(|account| shared.account = account);
        let dev = Self {
            shared: Arc::new(shared),
            turns: Arc::default(),
            made: usize::from(!whole),
            opened: 0,
        };
        let ready = match confined {
            Ok(()) if whole => dev.shared.enter().await,
            confined => confined,
        };
        match ready {
            Ok(()) => Ok(dev),
            Err(error) => Err(super::abandon(Box::new(dev), error).await),
        }
    }

    /// The next state's own database.
    async fn database(&mut self, label: &str) -> Result<String, EngineError> {
        let shared = &self.shared;
        let n = self.opened + D::FIRST;
        let name = shared.run.sibling(n);
        if n >= self.made {
            // Counted first: one that was made half is dropped too.
            self.made = n + 1;
            let mut admin = shared.admin.lock().await;
            let made = shared
                .driver
                .make(&mut admin, &name, &shared.run, Some(shared));
            let what = format!("make a database for the {label} state");
            made.await
                .map_err(|error| error.failed(&shared.target, &what))?;
        }
        Ok(name)
    }

    /// Removes what states that were dropped half way left on the given server.
    async fn clean(&self) -> Result<(), EngineError> {
        let shared = &self.shared;
        if self.turns.any_open() {
            return Err(EngineError::new(
                format!(
                    "the dev database at {} holds one state at a time, and one is still open",
                    shared.target.place
                ),
                "close it before the next is opened",
            ));
        }
        let unfinished = self.turns.unfinished();
        if unfinished.is_empty() {
            return Ok(());
        }
        shared
            .driver
            .kill(&mut *shared.admin.lock().await, &unfinished)
            .await;
        shared.empty().await
    }

    /// Removes everything that was made. What fails keeps nothing else from being removed.
    async fn remove(&self) -> Result<(), EngineError> {
        let shared = &self.shared;
        let driver = &*shared.driver;
        let mut admin = shared.admin.lock().await;
        driver.kill(&mut admin, &self.turns.unfinished()).await;
        let mut done = Vec::new();
        for n in (1..self.made).rev() {
            done.push(
                shared
                    .remove(&mut admin, Made::Database(shared.run.sibling(n)))
                    .await,
            );
        }
        done.push(driver.retreat(shared, &mut admin).await);
        if self.made > 0 {
            done.push(
                shared
                    .remove(&mut admin, Made::Database(shared.run.sibling(0)))
                    .await,
            );
        }
        if shared.entered.load(Ordering::Acquire) {
            let emptied = driver.empty(shared, &mut admin, true).await;
            done.push(emptied.map_err(|error| shared.failed("clean the dev database", &error)));
        }
        if shared.account.is_some() {
            let account = Made::Account(shared.run.sibling(0));
            done.push(shared.remove(&mut admin, account).await);
        }
        done.push(driver.settle(shared, &mut admin).await);
        done.into_iter().collect()
    }
}

impl<D: Driver> Shared<D> {
    /// What its server does.
    pub fn driver(&self) -> Arc<D> {
        Arc::clone(&self.driver)
    }

    /// The error for something that the server did not do.
    pub fn failed(&self, what: &str, error: &ServerError) -> EngineError {
        error.failed(&self.target, what)
    }

    /// A database as states reach it.
    pub(super) fn for_states(&self, target: &Target<D::Options>) -> Target<D::Options> {
        match &self.account {
            Some(account) => self.driver.as_account(account, target),
            None => target.clone(),
        }
    }

    fn takes_server(&self) -> bool {
        self.driver.takes_server(&self.target)
    }

    /// Removes something that this run made.
    async fn remove(&self, admin: &mut D::Connection, made: Made) -> Result<(), EngineError> {
        let removed = self.driver.remove(admin, &made).await;
        let what = match &made {
            Made::Database(name) => format!("drop the database \"{name}\""),
            Made::Account(name) | Made::Strange(name) => {
                format!("drop \"{name}\", which the states logged in as")
            }
        };
        removed.map_err(|error| self.failed(&what, &error))
    }

    /// Removes a state's own database.
    pub(super) async fn drop_database(&self, name: &str) -> Result<(), EngineError> {
        let made = Made::Database(name.to_owned());
        self.remove(&mut *self.admin.lock().await, made).await
    }

    /// Takes the given database, or the server, for one state after the other.
    ///
    /// # Errors
    /// When another run has it for too long, or it holds something by now.
    pub(super) async fn enter(&self) -> Result<(), EngineError> {
        if self.entered.load(Ordering::Acquire) {
            return Ok(());
        }
        self.hold().await?;
        self.guard().await?;
        // Before it is done: it is removed also where nobody waits for it any more.
        self.entered.store(true, Ordering::Release);
        let marked = self.driver.mark(self, &mut *self.admin.lock().await).await;
        self.entered.store(marked.is_ok(), Ordering::Release);
        marked
    }

    /// One run at a time.
    async fn hold(&self) -> Result<(), EngineError> {
        let mut admin = self.admin.lock().await;
        let held = self
            .driver
            .hold(&mut admin, &self.target, Some(LOCK_SECONDS))
            .await;
        match held.map_err(|error| self.failed("lock the dev database", &error))? {
            true => Ok(()),
            false => Err(EngineError::new(
                format!(
                    "the dev database at {} is in use by another run, still after {LOCK_SECONDS} s",
                    self.target.place
                ),
                "wait for it to end, or use another database for this run",
            )),
        }
    }

    /// Removes what a state left in the given database, or on the server; our mark stays. Where no state of this run was,
    /// nothing is ours to remove.
    pub(super) async fn empty(&self) -> Result<(), EngineError> {
        if !self.entered.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut admin = self.admin.lock().await;
        let emptied = self.driver.empty(self, &mut admin, false).await;
        emptied.map_err(|error| self.failed("remove what the statements made", &error))
    }

    /// Refuses a database that holds anything, but for what a killed trueup run left behind, which is removed.
    async fn guard(&self) -> Result<(), EngineError> {
        let failed = |error: ServerError| self.failed("look at the dev database", &error);
        let found = async || {
            let mut admin = self.admin.lock().await;
            self.driver.content(&mut admin, &self.target).await
        };
        let mut now = found().await.map_err(failed)?;
        if now.iter().any(|one| one.mark) {
            // A run that lives holds the lock.
            self.hold().await?;
            if found().await.map_err(failed)?.iter().any(|one| one.mark) {
                tracing::info!(
                    "removing what a run that was killed left in the dev database at {}",
                    self.target.place
                );
                let swept = self
                    .driver
                    .empty(self, &mut *self.admin.lock().await, true)
                    .await;
                swept.map_err(|error| self.failed("remove what a killed run left", &error))?;
            }
            // The server counts how often it is held.
            let mut admin = self.admin.lock().await;
            let released = self.driver.hold(&mut admin, &self.target, None).await;
            drop(admin);
            released.map_err(|error| self.failed("unlock the dev database", &error))?;
            now = found().await.map_err(failed)?;
        }
        let more = match &now[..] {
            [] => return Ok(()),
            [_] => String::new(),
            [_, rest @ ..] => format!(" and {} more", rest.len()),
        };
        Err(EngineError::new(
            format!(
                "connected database is not clean: found {}{more}",
                now[0].text
            ),
            match self.takes_server() {
                true => {
                    "the URL names no database, so the whole server is the dev database: add the name of an empty database to \
                     the URL"
                        .to_owned()
                }
                false => format!(
                    "trueup works only in an empty database: create one for it (`CREATE DATABASE trueup_dev`) and name it in \
                     dev, or use `{}` where it is installed; nothing at {} was changed",
                    self.driver.examples().1,
                    self.target.place
                ),
            },
        ))
    }
}

/// Removes databases and accounts of runs that are gone: those with our name and our mark whose run holds no lock any more.
async fn sweep<D: Driver>(driver: &D, admin: &mut D::Connection) -> Result<(), ServerError> {
    for made in driver.marked(admin).await? {
        let (Made::Database(name) | Made::Account(name) | Made::Strange(name)) = &made;
        let Some(run) = Run::of_sibling(name) else {
            continue;
        };
        if driver.lives(admin, &run).await? {
            continue;
        }
        match driver.remove(admin, &made).await {
            Err(error) if !error.answered => return Err(error),
            Err(error) if matches!(made, Made::Database(_)) => {
                tracing::debug!("can't drop the leftover database {name}: {error}");
            }
            Err(error) => {
                tracing::warn!("can't drop {name}, which a run that was killed left: {error}");
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

#[async_trait]
impl<D: Driver> DevDatabase for SharedDev<D> {
    fn concurrent(&self) -> bool {
        !self.shared.takes_server()
    }

    fn scoped(&self) -> bool {
        self.shared.target.scope.is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let database = match self.concurrent() {
            true => Some(self.database(label).await?),
            false => {
                self.clean().await?;
                None
            }
        };
        let turn = self.turns.take(self.opened);
        self.opened += 1;
        let (shared, given) = (Arc::clone(&self.shared), &self.shared.target);
        let (target, place) = match database {
            Some(name) => (
                self.shared.driver.with_database(given, &name),
                Place::Shared(shared, turn, name),
            ),
            None => (given.clone(), Place::Given(shared, turn)),
        };
        let target = self.shared.for_states(&target);
        let state = State::open(&self.shared.driver, target, Some(given), place);
        Ok(Box::new(state.await?))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let result = self.remove().await;
        if let Some(shared) = Arc::into_inner(self.shared) {
            shared.driver.disconnect(shared.admin.into_inner()).await;
        }
        result
    }
}
