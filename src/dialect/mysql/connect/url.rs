//! Dev databases on a server that is not ours alone.
//!
//! With a database in the URL each state gets a database of its own beside that one; when its statements name the given
//! database, it moves there, and others wait for it to end. Without a database in the URL a state is all of the server, so
//! that there is one state at a time.
//!
//! Who uses what is told by locks of the server, which vanish with their connection: one of a run's own marks what
//! carries its number as in use, one on the dev database keeps runs that work in it apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use sqlx::mysql::MySqlConnection;

use super::class;
use super::clean::{self, Defaults, Found};
use super::link;
use super::seat::Seats;
use super::session::{Beside, Elsewhere, MySqlSession, Place};
use super::settings::{self, Target};
use super::user::{self, StateUser};
use crate::config::url::DbUrl;
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::server::Server;
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, ExecError, Session};
use crate::sql::Statement;

/// The server's number for a database that a user may not use.
const DENIED: u16 = 1044;
/// Seconds that a dev database in use by another run is waited for.
const LOCK_SECONDS: u32 = 60;

/// What all states of a dev database have in common.
pub(super) struct Shared {
    /// The given database, or the whole server.
    pub(super) target: Target,
    /// Other databases that were there before.
    pub(super) others: Vec<String>,
    /// Holds the locks, and cleans up when sessions did not.
    admin: tokio::sync::Mutex<MySqlConnection>,
    server: Server,
    run: Run,
    before: Option<Defaults>,
    /// Whom states log in as, where the URL's user may make one.
    user: Option<StateUser>,
    /// The dev database as states reach it.
    pub(super) states: Target,
    /// A setting of the server was changed, and is changed back.
    trusting: AtomicBool,
    /// Accounts that were there before, where we may see them.
    accounts: Option<Vec<String>>,
    /// A state is, or was, in the given database, which is locked and marked.
    entered: AtomicBool,
    /// SQL has run that nobody could judge before.
    unjudged: AtomicBool,
}

/// A dev database given by URL.
pub(super) struct UrlDev {
    shared: Arc<Shared>,
    seats: Arc<Seats>,
    /// Databases beside the given one that were made.
    beside: usize,
    /// States that were opened.
    opened: usize,
}

impl UrlDev {
    /// Connects, and refuses what is not empty.
    pub(super) async fn open(url: &DbUrl) -> Result<Self, EngineError> {
        let target = settings::target(url)?;
        let link::Opened {
            connection: mut admin,
            server,
            ..
        } = link::open(&target).await?;
        let failed = |error: sqlx::Error| link::failed(&target, "look at the dev database", &error);
        // What somebody else's connection holds is not waited for for ever.
        link::run(&mut admin, "SET SESSION lock_wait_timeout = 60")
            .await
            .map_err(failed)?;
        let run = Run::new();
        let lock_run = format!(
            "SELECT GET_LOCK({}, 0)",
            link::literal(&clean::lock_name(&run))
        );
        link::run(&mut admin, lock_run).await.map_err(failed)?;
        clean::sweep_siblings(&mut admin).await.map_err(failed)?;
        user::sweep(&mut admin).await.map_err(failed)?;
        let before = match &target.scope {
            Some(name) => clean::defaults(&mut admin, name).await.map_err(failed)?,
            None => None,
        };
        let mut others = clean::databases(&mut admin).await.map_err(failed)?;
        others.retain(|name| Some(name) != target.scope.as_ref());
        let accounts = clean::accounts(&mut admin).await;
        let mut shared = Shared {
            user: None,
            states: target.clone(),
            trusting: AtomicBool::new(false),
            target,
            others,
            admin: tokio::sync::Mutex::new(admin),
            server,
            run,
            before,
            accounts,
            entered: AtomicBool::new(false),
            unjudged: AtomicBool::new(false),
        };
        let scoped = shared.target.scope.is_some();
        if scoped {
            shared.guard().await?;
            shared.make_sibling(0).await?;
        }
        let confined = shared.confine().await;
        let dev = Self {
            shared: Arc::new(shared),
            seats: Seats::new(),
            beside: usize::from(scoped),
            opened: 0,
        };
        let ready = match confined {
            Ok(()) if !scoped => dev.shared.enter().await,
            confined => confined,
        };
        match ready {
            Ok(()) => Ok(dev),
            Err(error) => {
                Box::new(dev).close().await?;
                Err(error)
            }
        }
    }

    /// The next state's own database.
    async fn sibling(&mut self) -> Result<String, EngineError> {
        if self.opened >= self.beside {
            // Counted first: one that was made half is dropped too.
            self.beside = self.opened + 1;
            self.shared.make_sibling(self.opened).await?;
        }
        Ok(self.shared.run.sibling(self.opened))
    }

    /// Removes what states that were dropped half way left in the given database.
    async fn clean_given(&self) -> Result<(), EngineError> {
        if self.seats.any_open() {
            return Err(EngineError::new(
                format!(
                    "the dev database at {} holds one state at a time, and one is still open",
                    self.shared.target.place
                ),
                "close it before the next is opened",
            ));
        }
        let unfinished = self.seats.unfinished();
        if unfinished.is_empty() {
            return Ok(());
        }
        let mut admin = self.shared.admin.lock().await;
        clean::kill(&mut admin, &unfinished).await;
        let emptied = self.shared.empty_over(&mut admin).await;
        emptied.map_err(|error| self.shared.failed("clean the dev database", &error))
    }
}

impl Shared {
    fn failed(&self, what: &str, error: &sqlx::Error) -> EngineError {
        link::failed(&self.target, what, error)
    }

    /// Makes the user that states log in as, where the URL's user may.
    async fn confine(&mut self) -> Result<(), EngineError> {
        let made = StateUser::make(self.admin.get_mut(), self.server, &self.run).await;
        let user = match made {
            Ok(user) => user,
            Err(error @ sqlx::Error::Database(_)) => {
                tracing::debug!("states log in as the URL's user: {error}");
                return Ok(());
            }
            Err(error) => return Err(self.failed("make a user for the states", &error)),
        };
        let usable = async {
            // Who may make users need not be able to pass rights on.
            let sibling = self.run.sibling(0);
            for database in self.target.scope.iter().chain([&sibling]) {
                let allowed = user.allow(self.admin.get_mut(), database).await;
                allowed.map_err(|error| link::failed(&self.target, "grant rights", &error))?;
            }
            user.log_in(&self.target).await
        };
        if let Err(error) = usable.await {
            let removed = user.remove(self.admin.get_mut()).await;
            removed.map_err(|error| self.failed("drop the user of the states", &error))?;
            tracing::warn!(
                "the SQL of models and migrations runs with all rights of the URL's user at {}, not as a user of its own: \
                 {error}",
                self.target.place
            );
            return Ok(());
        }
        self.states = user.target(&self.target);
        self.user = Some(user);
        Ok(())
    }

    /// Lets states use a database.
    async fn allow(&self, admin: &mut MySqlConnection, database: &str) -> Result<(), sqlx::Error> {
        match &self.user {
            Some(user) => user.allow(admin, database).await,
            None => Ok(()),
        }
    }

    /// Whether states log in as a user of their own.
    pub(super) fn confined(&self) -> bool {
        self.user.is_some()
    }

    /// Lets the states' user make functions and triggers although changes are logged, as the URL's user may; `false`
    /// where that is not to be had.
    pub(super) async fn trust(&self) -> bool {
        let mut admin = self.admin.lock().await;
        let sql = "SET GLOBAL log_bin_trust_function_creators = 1";
        let done = self.confined() && link::run(&mut admin, sql).await.is_ok();
        self.trusting.fetch_or(done, Ordering::AcqRel);
        done
    }

    /// Makes the `n`th database beside the given one.
    async fn make_sibling(&self, n: usize) -> Result<(), EngineError> {
        let name = self.run.sibling(n);
        let mut admin = self.admin.lock().await;
        let made = async {
            clean::make_sibling(&mut admin, &name, self.before.as_ref(), &self.run).await?;
            self.allow(&mut admin, &name).await
        };
        let Err(error) = made.await else {
            return Ok(());
        };
        if link::number(&error) == Some(DENIED) {
            return Err(self.may_not_create(&mut admin).await);
        }
        let _ = clean::drop_database(&mut admin, &name).await;
        Err(self.failed("make a database beside it", &error))
    }

    /// Says which right is missing: states are built in databases of their own.
    async fn may_not_create(&self, admin: &mut MySqlConnection) -> EngineError {
        let account = link::rows(admin, "SELECT CURRENT_USER()").await;
        let account = account.ok().and_then(|rows| Some(rows.first()?.text(0)));
        let (user, host) = match account.as_deref().and_then(|name| name.rsplit_once('@')) {
            Some(account) => account,
            None => (self.target.options.get_username(), "%"),
        };
        let patterns = user::grants_patterns(admin).await.unwrap_or(true);
        let databases = match self.target.scope {
            Some(_) if patterns => "`trueup\\_%`",
            _ => "*",
        };
        EngineError::new(
            format!(
                "user `{user}` may not create databases at {}, which trueup builds states in",
                self.target.place
            ),
            format!(
                "let an administrator run GRANT ALL ON {databases}.* TO {}@{}; or use a private server: \
                 `local://mysql/dev`, `local://mariadb/dev`, `docker://mysql/8/dev`",
                link::literal(user),
                link::literal(host)
            ),
        )
    }

    /// Takes the given database, or the server, for one state after the other.
    ///
    /// # Errors
    /// When another run has it for too long, or it holds something by now.
    pub(super) async fn enter(&self) -> Result<(), EngineError> {
        if self.entered.load(Ordering::Acquire) {
            return Ok(());
        }
        self.lock().await?;
        self.guard().await?;
        let mut admin = self.admin.lock().await;
        self.entered.store(true, Ordering::Release);
        let scope = self.target.scope.as_deref();
        match clean::mark(&mut admin, scope, self.server, &self.run).await {
            Ok(()) => Ok(()),
            Err(error) if scope.is_none() && link::number(&error) == Some(DENIED) => {
                self.entered.store(false, Ordering::Release);
                Err(self.may_not_create(&mut admin).await)
            }
            Err(error) => Err(self.failed("mark the dev database as in use", &error)),
        }
    }

    fn lock_name(&self) -> String {
        let name = match &self.target.scope {
            Some(scope) => format!("trueup dev {}", scope.chars().take(40).collect::<String>()),
            None => "trueup dev".to_owned(),
        };
        link::literal(&name)
    }

    /// One run at a time.
    async fn lock(&self) -> Result<(), EngineError> {
        let sql = format!("SELECT GET_LOCK({}, {LOCK_SECONDS})", self.lock_name());
        let rows = link::rows(&mut *self.admin.lock().await, sql)
            .await
            .map_err(|error| self.failed("lock the dev database", &error))?;
        if rows.first().is_some_and(|row| row.text(0) == "1") {
            return Ok(());
        }
        Err(EngineError::new(
            format!(
                "the dev database at {} is in use by another run, still after {LOCK_SECONDS} s",
                self.target.place
            ),
            "wait for it to end, or give this run a database of its own",
        ))
    }

    async fn unlock(&self) -> Result<(), EngineError> {
        let sql = format!("SELECT RELEASE_LOCK({})", self.lock_name());
        link::run(&mut *self.admin.lock().await, sql)
            .await
            .map_err(|error| self.failed("unlock the dev database", &error))
    }

    async fn found(&self) -> Result<Vec<Found>, EngineError> {
        let mut admin = self.admin.lock().await;
        let found = match &self.target.scope {
            Some(scope) => clean::content(&mut admin, scope).await,
            None => {
                let schema = |name| Found {
                    kind: "schema".to_owned(),
                    name,
                };
                let names = clean::databases(&mut admin).await;
                names.map(|names| names.into_iter().map(schema).collect())
            }
        };
        found.map_err(|error| self.failed("look at the dev database", &error))
    }

    /// Refuses a database that holds anything, but for what a killed run of ours left behind, which is removed.
    async fn guard(&self) -> Result<(), EngineError> {
        let marked = |found: &[Found]| found.iter().any(|one| one.name == MARKER);
        let mut found = self.found().await?;
        if marked(&found) {
            // A run that lives holds the lock.
            self.lock().await?;
            if marked(&self.found().await?) {
                tracing::info!(
                    "removing what a run that was killed left in the dev database at {}",
                    self.target.place
                );
                self.sweep()
                    .await
                    .map_err(|error| self.failed("remove what a killed run left", &error))?;
            }
            // The server counts how often it is held.
            self.unlock().await?;
            found = self.found().await?;
        }
        match found.first() {
            None => Ok(()),
            Some(first) => Err(self.not_clean(first, found.len() - 1)),
        }
    }

    fn not_clean(&self, first: &Found, more: usize) -> EngineError {
        let place = match &self.target.scope {
            Some(scope) => format!(" in schema \"{scope}\""),
            None => String::new(),
        };
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        EngineError::new(
            format!(
                "connected database is not clean: found {} \"{}\"{more}{place}",
                first.kind, first.name
            ),
            match &self.target.scope {
                Some(_) => {
                    "a dev database must be empty, since everything in it is removed: create one for trueup, or use \
                     `local://mysql/dev`"
                }
                None => {
                    "the URL names no database, so the whole server is the dev database: add the name of an empty \
                     database to the URL"
                }
            },
        )
    }

    /// Removes what statements made in the given database, or on the server; our mark stays. Where no state of ours was,
    /// everything is somebody's.
    pub(super) async fn empty(&self) -> Result<(), sqlx::Error> {
        self.empty_over(&mut *self.admin.lock().await).await
    }

    async fn empty_over(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        if self.entered.load(Ordering::Acquire) {
            self.empty_given(connection).await?;
        }
        Ok(())
    }

    async fn empty_given(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        match (self.target.scope.as_deref(), &self.before) {
            (Some(scope), Some(before)) => clean::empty(connection, scope, before).await,
            _ => clean::drop_made(connection).await,
        }
    }

    async fn sweep(&self) -> Result<(), sqlx::Error> {
        let mut admin = self.admin.lock().await;
        self.empty_given(&mut admin).await?;
        clean::unmark(&mut admin, self.target.scope.as_deref()).await
    }

    /// Notes the databases that statements are about to make on a whole server.
    ///
    /// # Errors
    /// When one of them is somebody's.
    pub(super) async fn note(&self, statements: &[Statement]) -> Result<(), ExecError> {
        let mut admin = self.admin.lock().await;
        let mut names: Vec<String> = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            let Some(name) = class::makes_database(&statement.text) else {
                continue;
            };
            let refuse = |message: String| ExecError {
                statement: index,
                offset: None,
                message,
                code: None,
                detail: None,
                hint: None,
            };
            let failed =
                |error: sqlx::Error| refuse(self.failed("look at the dev server", &error).message);
            let same = |other: &String| other.eq_ignore_ascii_case(&name);
            let known = clean::made(&mut admin).await.map_err(failed)?;
            if known.iter().any(same) || names.iter().any(same) {
                continue;
            }
            if clean::databases(&mut admin)
                .await
                .map_err(failed)?
                .iter()
                .any(same)
            {
                return Err(refuse(format!(
                    "database `{name}` is on the server already, and trueup did not make it"
                )));
            }
            names.push(name);
        }
        if names.is_empty() {
            return Ok(());
        }
        let noted = async {
            clean::note_made(&mut admin, &names).await?;
            for name in &names {
                self.allow(&mut admin, name).await?;
            }
            Ok(())
        };
        noted.await.map_err(|error| ExecError {
            statement: 0,
            offset: None,
            message: self.failed("note what is made", &error).message,
            code: None,
            detail: None,
            hint: None,
        })
    }

    /// Notes that SQL has run that nobody could judge before.
    pub(super) fn note_unjudged(&self) {
        self.unjudged.store(true, Ordering::Release);
    }

    /// What is on the server that was not: only SQL that nobody could judge before can have made it, or somebody else.
    async fn leftovers(&self, admin: &mut MySqlConnection) -> Result<Vec<String>, sqlx::Error> {
        let mut left = Vec::new();
        for name in clean::databases(admin).await? {
            let ours =
                Some(&name) == self.target.scope.as_ref() || Run::of_sibling(&name).is_some();
            if !ours && !self.others.contains(&name) {
                left.push(format!("database `{name}`"));
            }
        }
        if let (Some(before), Some(now)) = (&self.accounts, clean::accounts(admin).await) {
            let new = now.iter().filter(|account| !before.contains(account));
            left.extend(new.map(|account| format!("account {account}")));
        }
        Ok(left)
    }

    async fn tidy(&self, beside: usize, unfinished: &[String]) -> Result<(), EngineError> {
        let failed = |error: sqlx::Error| self.failed("clean the dev database", &error);
        // What fails keeps nothing else from being cleaned.
        let mut done = Vec::new();
        {
            let mut admin = self.admin.lock().await;
            clean::kill(&mut admin, unfinished).await;
            if self.trusting.load(Ordering::Acquire) {
                let sql = "SET GLOBAL log_bin_trust_function_creators = 0";
                done.push(link::run(&mut admin, sql).await);
            }
            for n in 0..beside {
                done.push(clean::drop_database(&mut admin, &self.run.sibling(n)).await);
            }
        }
        if self.entered.load(Ordering::Acquire) {
            done.push(self.sweep().await);
        }
        if let Some(user) = &self.user {
            done.push(user.remove(&mut *self.admin.lock().await).await);
        }
        done.into_iter()
            .collect::<Result<(), _>>()
            .map_err(failed)?;
        if self.target.scope.is_none() || self.unjudged.load(Ordering::Acquire) {
            let left = self.leftovers(&mut *self.admin.lock().await).await;
            self.report(&left.map_err(failed)?)?;
        }
        Ok(())
    }

    fn report(&self, left: &[String]) -> Result<(), EngineError> {
        if left.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the server at {} has something that it had not before: {}",
            self.target.place,
            left.join(", ")
        );
        let hint = "if SQL that the migrations put together while they run made it, remove it by hand; trueup leaves what \
                    it does not know to be its own";
        if self.target.scope.is_none() {
            return Err(EngineError::new(message, hint));
        }
        // Others work on such a server, too.
        tracing::warn!("{message}; {hint}");
        Ok(())
    }
}

#[async_trait]
impl DevDatabase for UrlDev {
    fn concurrent(&self) -> bool {
        self.scoped()
    }

    fn scoped(&self) -> bool {
        self.shared.target.scope.is_some()
    }

    async fn session(&mut self, _label: &str) -> Result<Box<dyn Session>, EngineError> {
        let sibling = match self.scoped() {
            true => Some(self.sibling().await?),
            false => {
                self.clean_given().await?;
                None
            }
        };
        let seat = self.seats.take(self.opened);
        self.opened += 1;
        let given = &self.shared.states;
        let (target, place) = match (sibling, &given.scope) {
            (Some(name), Some(own)) => {
                let beside = Beside {
                    own: own.clone(),
                    elsewhere: Elsewhere::Given(Arc::clone(&self.shared), seat),
                    done: Vec::new(),
                };
                (given.with_database(&name), Place::Beside(beside))
            }
            _ => (given.clone(), Place::Given(Arc::clone(&self.shared), seat)),
        };
        let link = link::open(&target).await?;
        Ok(Box::new(MySqlSession::new(link, target, place)))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let unfinished = self.seats.unfinished();
        let result = self.shared.tidy(self.beside, &unfinished).await;
        if let Some(shared) = Arc::into_inner(self.shared) {
            link::close(shared.admin.into_inner()).await;
        }
        result
    }
}
