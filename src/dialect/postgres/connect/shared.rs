//! Dev databases on a server that is not ours alone: a database beside the given one for each state where we may make
//! one, otherwise the given one, for one state after the other.
//!
//! Who uses what is told by advisory locks, which vanish with their connection: one of a run's own marks everything
//! that carries its number as in use, one on the dev database keeps runs that work in it apart.
//!
//! A database that somebody is connected to can't be copied. So a run that works beside the given database copies it
//! once, at once leaves it to others, and makes its states from the copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;

use super::role::{Rights, StateRole};
use super::session::{PgSession, Place};
use super::settings::Target;
use super::sweep::Found;
use super::{catalog, link, role};
use crate::config::url::DbUrl;
use crate::engine::attend::{Activity, Attendant};
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// First number of our advisory locks: a run's own has the run's number as its second.
const LOCK_RUN: i32 = 0x7472_7570;
/// The lock on a dev database.
const LOCK_DEV: i32 = LOCK_RUN + 1;
/// How long a run waits for another one that works in the same database.
const QUEUE: Duration = Duration::from_secs(60);
const SIBLING_MARK: &str = "trueup dev database: run ";
const IN_PLACE_MARK: &str = "trueup works in this database: run ";
const BEFORE: &str = "; comment before: ";

/// A dev database given by URL.
pub(super) struct SharedDev {
    target: Target,
    admin: PgConnection,
    search_path: String,
    run: Run,
    mode: Mode,
    /// Whom states log in as, where the URL's user may do more than they need.
    role: Option<Arc<StateRole>>,
}

enum Mode {
    /// A database for each state; number 0 is the copy, which our own connection is to.
    Beside {
        /// How many there are.
        made: usize,
    },
    /// The given database, one state at a time.
    InPlace {
        found: Box<Found>,
        /// The database's comment as found, when ours stands there instead.
        comment: Option<Option<String>>,
        open: Option<OpenState>,
    },
}

/// The state that is in the given database.
struct OpenState {
    label: String,
    /// Server process of its connection.
    backend: String,
    /// Set when the session has said that it ended.
    ended: Arc<AtomicBool>,
}

impl SharedDev {
    /// Connects, and refuses a database that is not empty.
    pub(super) async fn open(url: &DbUrl, attendant: &dyn Attendant) -> Result<Self, EngineError> {
        let target = Target::read(url)?;
        let mut admin = link::open(&target).await?;
        let failed = |error: sqlx::Error| link::failed(&target, "look at the dev database", &error);
        let search_path = link::text(&mut admin, "SHOW search_path")
            .await
            .map_err(failed)?;
        link::run(&mut admin, "SET search_path = ''")
            .await
            .map_err(failed)?;
        let run = Run::new();
        lock(&mut admin, &target, false).await?;
        lock_run(&mut admin, &target, &run).await?;
        if let Some(scope) = &target.scope {
            link::require_schema(&mut admin, &target, scope).await?;
        }
        check_empty(&mut admin, &target).await?;
        let mut dev = Self {
            mode: Mode::Beside { made: 0 },
            search_path: search_path.unwrap_or_default(),
            target,
            admin,
            run,
            role: None,
        };
        if !dev.try_beside().await? {
            dev.work_in_place().await?;
        }
        match dev.confine(attendant).await {
            Ok(()) => Ok(dev),
            Err(error) => {
                Box::new(dev).close().await?;
                Err(error)
            }
        }
    }

    fn failed(&self, what: &str, error: &sqlx::Error) -> EngineError {
        link::failed(&self.target, what, error)
    }

    /// Makes the first database beside the given one, in the ways that there are; `false` when none is allowed.
    async fn try_beside(&mut self) -> Result<bool, EngineError> {
        let allowed = link::text(
            &mut self.admin,
            "SELECT (rolcreatedb OR rolsuper)::text FROM pg_catalog.pg_roles WHERE rolname = current_user",
        )
        .await;
        let target = self.target.clone();
        let failed = |error| link::failed(&target, "look at the dev database", &error);
        if allowed.map_err(failed)?.as_deref() != Some("true") {
            return Ok(false);
        }
        // With one schema given the rest of the database may hold anything, which the states may refer to and which is
        // not ours to copy.
        if self.target.scope.is_some() {
            let rest = catalog::dirt(&mut self.admin, None).await.map_err(failed)?;
            let scope = self.target.scope.as_ref();
            if rest
                .iter()
                .any(|object| object.kind != "schema" || object.name.as_ref() != scope)
            {
                return Ok(false);
            }
        }
        sweep_siblings(&mut self.admin).await.map_err(failed)?;
        for template in self.templates().await.map_err(failed)? {
            match make(&mut self.admin, &self.run, 0, &template).await {
                Ok(()) => {
                    self.move_to_copy().await?;
                    return Ok(true);
                }
                Err(error) => {
                    link::still_connected(&error).map_err(failed)?;
                    tracing::debug!("no database beside the given one: {error}");
                }
            }
        }
        Ok(false)
    }

    /// Leaves the given database to others.
    async fn move_to_copy(&mut self) -> Result<(), EngineError> {
        self.mode = Mode::Beside { made: 1 };
        let home = self.target.with_database(&self.run.sibling(0));
        let moved = async {
            let mut admin = link::open(&home).await?;
            lock_run(&mut admin, &home, &self.run).await?;
            Ok(admin)
        };
        match moved.await {
            Ok(admin) => {
                link::close(std::mem::replace(&mut self.admin, admin)).await;
                Ok(())
            }
            Err(error) => {
                let _ = link::run(&mut self.admin, drop_database(&self.run.sibling(0))).await;
                Err(error)
            }
        }
    }

    /// Makes the role that states log in as, where the URL's user may do more than they need.
    async fn confine(&mut self, attendant: &dyn Attendant) -> Result<(), EngineError> {
        let rights = Rights::of(&mut self.admin).await;
        let rights = rights.map_err(|error| self.failed("read the user's rights", &error))?;
        if !rights.excessive() {
            return Ok(());
        }
        let reason = match self.mode {
            Mode::InPlace { .. } => {
                "no database can be made beside the given one, which is in use or holds other things".to_owned()
            }
            Mode::Beside { .. } => match self.make_role().await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    link::still_connected(&error)
                        .map_err(|error| self.failed("make a role for the states", &error))?;
                    link::said(&error)
                }
            },
        };
        attendant.tell(Activity::Warning(&format!(
            "the SQL of models and migrations runs with all rights of user \"{}\" at {}, not as a role of its own: {reason}",
            self.target.options.get_username(),
            self.target.place
        )));
        Ok(())
    }

    async fn make_role(&mut self) -> Result<(), sqlx::Error> {
        let user = self.target.options.get_username().to_owned();
        let mut role = StateRole::make(&mut self.admin, &self.run, &user).await?;
        let copy = role.target(&self.target.with_database(&self.run.sibling(0)));
        let ready = match link::attempt(&copy).await {
            Ok(connection) => {
                link::close(connection).await;
                role.furnish(&mut self.admin).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ready {
            let _ = role.remove(&mut self.admin).await;
            return Err(error);
        }
        self.role = Some(Arc::new(role));
        Ok(())
    }

    /// What a sibling can be made from: the given database, so that extensions and locale are those that it has; or
    /// the server's own template where the given one has nothing of its own.
    async fn templates(&mut self) -> Result<Vec<String>, sqlx::Error> {
        let row = link::rows(
            &mut self.admin,
            "SELECT pg_catalog.quote_ident(d.datname), pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(d.encoding)), \
             pg_catalog.quote_literal(d.datcollate), pg_catalog.quote_literal(d.datctype), \
             (EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
             AND a.pid <> pg_catalog.pg_backend_pid() AND a.application_name <> 'trueup'))::text, \
             (NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384 AND n.nspname !~ '^pg_'))::text \
             FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()",
        )
        .await?;
        let mut found = Vec::new();
        for row in row {
            let get = |n: usize| sqlx::Row::try_get::<String, _>(&row, n);
            // Copying one that others are connected to is refused after five seconds of waiting. Runs of our own leave
            // sooner.
            if get(4)? == "false" {
                found.push(format!("TEMPLATE {}", get(0)?));
            }
            if get(5)? == "true" {
                found.push(format!(
                    "TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
                    get(1)?,
                    get(2)?,
                    get(3)?
                ));
            }
        }
        Ok(found)
    }

    /// Prepares for one state after the other in the given database.
    async fn work_in_place(&mut self) -> Result<(), EngineError> {
        lock(&mut self.admin, &self.target, true).await?;
        // Another run may have worked here while we waited.
        check_empty(&mut self.admin, &self.target).await?;
        let failed = |error| link::failed(&self.target, "look at the dev database", &error);
        let comment = link::text(&mut self.admin, COMMENT).await.map_err(failed)?;
        // A mark without dirt is of a run that was killed between its states.
        let comment = match comment
            .as_deref()
            .and_then(|text| text.strip_prefix(IN_PLACE_MARK))
        {
            Some(mark) => mark.split_once(BEFORE).map(|(_, before)| before.to_owned()),
            None => comment,
        };
        let mut mark = format!("{IN_PLACE_MARK}{}", self.run.describe());
        if let Some(comment) = &comment {
            mark.push_str(BEFORE);
            mark.push_str(comment);
        }
        let found = Found::take(&mut self.admin).await.map_err(failed)?;
        // Only its owner may; without a mark leftovers are explained less well, nothing else.
        let marked = set_comment(&mut self.admin, &self.target, Some(&mark))
            .await
            .is_ok();
        self.mode = Mode::InPlace {
            found: Box::new(found),
            comment: marked.then_some(comment),
            open: None,
        };
        Ok(())
    }

    /// Removes what the last state left in the given database.
    async fn clean(&mut self) -> Result<(), EngineError> {
        let Mode::InPlace { found, open, .. } = &mut self.mode else {
            return Ok(());
        };
        let Some(state) = open.take() else {
            return Ok(());
        };
        if !state.ended.load(Ordering::Acquire) {
            // Dropped half way: the server may still be busy with what it was told last.
            let sql = format!("SELECT pg_catalog.pg_terminate_backend({})", state.backend);
            let _ = link::run(&mut self.admin, sql).await;
        }
        wait_for_end(&mut self.admin, &state.backend).await;
        found.restore(&mut self.admin, &self.target).await
    }

    /// The database of the next state.
    async fn state_target(&mut self, label: &str) -> Result<Target, EngineError> {
        let Mode::Beside { made } = &mut self.mode else {
            return Ok(self.target.clone());
        };
        let number = *made;
        // Counted first: one that was made half is dropped too.
        *made += 1;
        let mut template = format!("TEMPLATE {}", self.run.sibling(0));
        if let Some(role) = &self.role {
            // What a state says about its role goes for that state.
            let role = link::quote(&role.name);
            link::run(&mut self.admin, format!("ALTER ROLE {role} RESET ALL"))
                .await
                .map_err(|error| self.failed("reset the role of the states", &error))?;
            template.push_str(&format!(" OWNER {role}"));
        }
        make(&mut self.admin, &self.run, number, &template)
            .await
            .map_err(|error| {
                self.failed(&format!("make a database for the {label} state"), &error)
            })?;
        let target = self.target.with_database(&self.run.sibling(number));
        Ok(match &self.role {
            Some(role) => role.target(&target),
            None => target,
        })
    }

    /// Drops the databases that were made.
    async fn drop_siblings(mut self, made: usize) -> Result<(), EngineError> {
        let mut result = Ok(());
        for number in (1..made).rev() {
            let name = self.run.sibling(number);
            if let Err(error) = link::run(&mut self.admin, drop_database(&name)).await {
                let what = format!("drop the database \"{name}\"");
                result = result.and(Err(self.failed(&what, &error)));
            }
        }
        // Our own connection is to the last one. Its lock is taken over before it goes.
        let mut last = link::open(&self.target).await?;
        lock_run(&mut last, &self.target, &self.run)
            .await
            .or_else(|error| {
                tracing::debug!("{error}");
                Ok::<_, EngineError>(())
            })?;
        link::close(self.admin).await;
        let name = self.run.sibling(0);
        if let Err(error) = link::run(&mut last, drop_database(&name)).await {
            let what = format!("drop the database \"{name}\"");
            result = result.and(Err(link::failed(&self.target, &what, &error)));
        }
        if let Some(role) = &self.role
            && let Err(error) = role.remove(&mut last).await
        {
            let what = format!("drop the role \"{}\"", role.name);
            result = result.and(Err(link::failed(&self.target, &what, &error)));
        }
        link::close(last).await;
        result
    }

    /// Puts the given database's comment back and leaves it.
    async fn leave(mut self, comment: Option<Option<String>>) -> Result<(), EngineError> {
        let mut result = Ok(());
        if let Some(comment) = comment
            && let Err(error) = set_comment(&mut self.admin, &self.target, comment.as_deref()).await
        {
            result = Err(self.failed("restore the database's comment", &error));
        }
        link::close(self.admin).await;
        result
    }
}

#[async_trait]
impl DevDatabase for SharedDev {
    fn concurrent(&self) -> bool {
        matches!(self.mode, Mode::Beside { .. })
    }

    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        if let Mode::InPlace {
            open: Some(state), ..
        } = &self.mode
            && !state.ended.load(Ordering::Acquire)
            && backend_lives(&mut self.admin, &state.backend).await
        {
            return Err(EngineError::new(
                format!(
                    "the dev database at {} holds one state at a time, and the {} state is still open",
                    self.target.place, state.label
                ),
                "close it before the next is opened",
            ));
        }
        self.clean().await?;
        let target = self.state_target(label).await?;
        let mut connection = link::open(&target).await?;
        let backend = link::text(&mut connection, "SELECT pg_catalog.pg_backend_pid()::text")
            .await
            .map_err(|error| self.failed("look at the session", &error))?
            .unwrap_or_default();
        let ended = Arc::new(AtomicBool::new(false));
        if let Mode::InPlace { open, .. } = &mut self.mode {
            *open = Some(OpenState {
                label: label.to_owned(),
                backend,
                ended: Arc::clone(&ended),
            });
        }
        let search_path = match &self.role {
            Some(role) => role.search_path(&self.search_path),
            None => self.search_path.clone(),
        };
        let place = Place::Shared {
            ended,
            role: self.role.clone(),
        };
        let session = PgSession::new(connection, target, place, Some(&search_path)).await?;
        Ok(Box::new(session))
    }

    async fn close(mut self: Box<Self>) -> Result<(), EngineError> {
        match &self.mode {
            Mode::Beside { made } => {
                let made = *made;
                self.drop_siblings(made).await
            }
            Mode::InPlace { .. } => {
                let cleaned = self.clean().await;
                // Where something is left the mark stays and explains it.
                let comment = match (&mut self.mode, &cleaned) {
                    (Mode::InPlace { comment, .. }, Ok(())) => comment.take(),
                    _ => None,
                };
                cleaned.and(self.leave(comment).await)
            }
        }
    }
}

fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", link::quote(name))
}

async fn make(
    admin: &mut PgConnection,
    run: &Run,
    number: usize,
    template: &str,
) -> Result<(), sqlx::Error> {
    let name = run.sibling(number);
    link::run(
        admin,
        format!("CREATE DATABASE {} {template}", link::quote(&name)),
    )
    .await?;
    let mark = link::literal(&format!("{SIBLING_MARK}{}", run.describe()));
    link::run(
        admin,
        format!("COMMENT ON DATABASE {} IS {mark}", link::quote(&name)),
    )
    .await
}

/// Drops the databases and roles of runs that are gone: those with our name and our mark whose run holds no lock any more.
async fn sweep_siblings(admin: &mut PgConnection) -> Result<(), sqlx::Error> {
    let dead = |column: &str, catalogue: &str, mark: &str| {
        format!(
            "SELECT o.{column}::text FROM pg_catalog.{catalogue} o \
             WHERE o.{column} ~ '^trueup_[0-9a-f]{{8}}_[0-9]+$' \
             AND pg_catalog.shobj_description(o.oid, '{}') \
             LIKE {} || pg_catalog.substr(o.{column}::text, 8, 8) || ',%' \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' \
             AND l.classid::text = '{LOCK_RUN}' \
             AND l.objid::text = ('x' || pg_catalog.substr(o.{column}::text, 8, 8))::bit(32)::int::text)",
            catalogue.replace("pg_roles", "pg_authid"),
            link::literal(mark)
        )
    };
    for name in link::texts(admin, dead("datname", "pg_database", SIBLING_MARK)).await? {
        if let Err(error) = link::run(admin, drop_database(&name)).await {
            link::still_connected(&error)?;
            tracing::debug!("can't drop the leftover database {name}: {error}");
        }
    }
    for name in link::texts(admin, dead("rolname", "pg_roles", role::MARK)).await? {
        if let Err(error) = role::remove(admin, &name).await {
            link::still_connected(&error)?;
            tracing::debug!("can't drop the leftover role {name}: {error}");
        }
    }
    Ok(())
}

/// Waits for the lock on the dev database: shared for a run that only looks at it, exclusive for one that works in it.
async fn lock(
    admin: &mut PgConnection,
    target: &Target,
    exclusive: bool,
) -> Result<(), EngineError> {
    let failed = |error| link::failed(target, "lock the dev database", &error);
    let kind = if exclusive { "" } else { "_shared" };
    if exclusive {
        let sql = format!("SELECT pg_catalog.pg_advisory_unlock_shared({LOCK_DEV}, 0)");
        link::run(admin, sql).await.map_err(failed)?;
    }
    let started = tokio::time::Instant::now();
    loop {
        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock{kind}({LOCK_DEV}, 0)::text");
        if link::text(admin, sql).await.map_err(failed)?.as_deref() == Some("true") {
            return Ok(());
        }
        if started.elapsed() > QUEUE {
            return Err(EngineError::new(
                format!(
                    "another trueup run has been using the dev database at {} for {} s",
                    target.place,
                    QUEUE.as_secs()
                ),
                "wait for it, or give each run a dev database of its own",
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Marks everything that carries the run's number as in use, for as long as the connection lives.
async fn lock_run(
    connection: &mut PgConnection,
    target: &Target,
    run: &Run,
) -> Result<(), EngineError> {
    let sql = format!(
        "SELECT pg_catalog.pg_advisory_lock_shared({LOCK_RUN}, x'{}'::int)",
        run.number()
    );
    link::run(connection, sql)
        .await
        .map_err(|error| link::failed(target, "mark the run", &error))
}

/// Refuses a database, or a schema, that holds something.
async fn check_empty(admin: &mut PgConnection, target: &Target) -> Result<(), EngineError> {
    let failed = |error| link::failed(target, "look at the dev database", &error);
    let dirt = catalog::dirt(admin, target.scope.as_deref())
        .await
        .map_err(failed)?;
    let Some(first) = dirt.first() else {
        return Ok(());
    };
    let mut message = format!(
        "connected database is not clean: found {}",
        first.describe()
    );
    if dirt.len() > 1 {
        message.push_str(&format!(" and {} more", dirt.len() - 1));
    }
    let comment = link::text(admin, COMMENT).await.map_err(failed)?;
    let mark = comment
        .as_deref()
        .and_then(|text| text.strip_prefix(IN_PLACE_MARK));
    let place = &target.place;
    let hint = match mark {
        Some(mark) => {
            let who = mark.split_once(BEFORE).map_or(mark, |(who, _)| who);
            message.push_str(&format!(
                ", left behind by a trueup run that was killed (run {who})"
            ));
            format!(
                "recreate the database at {place}, or drop what is in it; it was empty when that run began"
            )
        }
        None => format!(
            "trueup works only in an empty database: create one for it (`CREATE DATABASE trueup_dev`) and name it in \
             dev, or use `local://postgres`; nothing at {place} was changed"
        ),
    };
    Err(EngineError::new(message, hint))
}

const COMMENT: &str = "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database \
                       WHERE datname = pg_catalog.current_database()";

async fn set_comment(
    admin: &mut PgConnection,
    target: &Target,
    comment: Option<&str>,
) -> Result<(), sqlx::Error> {
    let text = comment.map_or("NULL".to_owned(), link::literal);
    let name = link::quote(target.database());
    link::run(admin, format!("COMMENT ON DATABASE {name} IS {text}")).await
}

async fn backend_lives(admin: &mut PgConnection, backend: &str) -> bool {
    let sql = format!("SELECT pid::text FROM pg_catalog.pg_stat_activity WHERE pid = {backend}");
    matches!(link::text(admin, sql).await, Ok(Some(_)))
}

/// A connection that was closed still exists on the server for a moment, and with it its locks.
async fn wait_for_end(admin: &mut PgConnection, backend: &str) {
    for _ in 0..200 {
        if !backend_lives(admin, backend).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
