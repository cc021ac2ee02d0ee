//! Dev databases on a server that is not ours alone: a database beside the given one for each state.
//!
//! Who uses what is told by advisory locks, which vanish with their connection: one of a run's own marks everything
//! that carries its number as in use.
//!
//! A database that somebody is connected to can't be copied. So a run copies the given database once, at once leaves
//! it to others, and makes its states from the copy.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;

use super::role::{Rights, StateRole};
use super::session::{PgSession, Place};
use super::settings::Target;
use super::{catalog, link, role};
use crate::config::url::DbUrl;
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// First number of our advisory locks: a run's own has the run's number as its second.
const LOCK_RUN: i32 = 0x7472_7570;
const SIBLING_MARK: &str = "trueup dev database: run ";
/// insufficient_privilege
const DENIED: &str = "42501";
/// What a database may have that is copied: with one schema given, the others may hold anything.
const COPIED_MB: u64 = 1024;

/// A dev database given by URL.
pub(super) struct SharedDev {
    target: Target,
    admin: PgConnection,
    search_path: String,
    run: Run,
    /// How many databases there are. Number 0 is the copy, which our own connection is to.
    made: usize,
    /// Whom states log in as, where the URL's user may do more than they need.
    role: Option<Arc<StateRole>>,
}

impl SharedDev {
    /// Connects, and refuses a database that is not empty.
    pub(super) async fn open(url: &DbUrl) -> Result<Self, EngineError> {
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
        lock_run(&mut admin, &target, &run).await?;
        if let Some(scope) = &target.scope {
            link::require_schema(&mut admin, &target, scope).await?;
        }
        check_empty(&mut admin, &target).await?;
        check_right(&mut admin, &target).await?;
        sweep_siblings(&mut admin).await.map_err(failed)?;
        let mut dev = Self {
            made: 0,
            search_path: search_path.unwrap_or_default(),
            target,
            admin,
            run,
            role: None,
        };
        dev.copy().await?;
        match dev.confine().await {
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

    /// Makes the first database beside the given one, in the first of the ways that the server takes.
    async fn copy(&mut self) -> Result<(), EngineError> {
        let target = self.target.clone();
        let failed = |error| link::failed(&target, "look at the dev database", &error);
        let given = Given::look(&mut self.admin, self.target.scope.as_deref()).await;
        let given = given.map_err(failed)?;
        let mut refused = None;
        for template in given.templates() {
            match make(&mut self.admin, &self.run, 0, &template).await {
                Ok(()) => return self.move_to_copy().await,
                Err(error) => {
                    link::still_connected(&error).map_err(failed)?;
                    tracing::debug!("no database beside the given one: {error}");
                    refused.get_or_insert(error);
                }
            }
        }
        Err(given.not_copied(&self.target, refused.as_ref()))
    }

    /// Leaves the given database to others.
    async fn move_to_copy(&mut self) -> Result<(), EngineError> {
        self.made = 1;
        let home = self.target.with_database(&self.run.sibling(0));
        let moved = async {
            let mut admin = link::open(&home).await?;
            lock_run(&mut admin, &home, &self.run).await?;
            if let Some(scope) = &home.scope {
                // Not there where the server's template was copied.
                let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", link::quote(scope));
                link::run(&mut admin, sql).await.map_err(|error| {
                    link::failed(&home, "make the schema of `search_path`", &error)
                })?;
            }
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
    async fn confine(&mut self) -> Result<(), EngineError> {
        let rights = Rights::of(&mut self.admin).await;
        let rights = rights.map_err(|error| self.failed("read the user's rights", &error))?;
        if !rights.excessive() {
            return Ok(());
        }
        let Err(error) = self.make_role().await else {
            return Ok(());
        };
        link::still_connected(&error)
            .map_err(|error| self.failed("make a role for the states", &error))?;
        tracing::warn!(
            "the SQL of models and migrations runs with all rights of user \"{}\" at {}, not as a role of its own: {}",
            self.target.options.get_username(),
            self.target.place,
            link::said(&error)
        );
        Ok(())
    }

    async fn make_role(&mut self) -> Result<(), sqlx::Error> {
        let user = self.target.options.get_username().to_owned();
        let mut role = StateRole::make(&mut self.admin, &self.run, &user).await?;
        let copy = role.target(&self.target.with_database(&self.run.sibling(0)));
        let ready = match link::attempt(&copy).await {
            Ok(connection) => {
                link::close(connection).await;
                let furnished = role.furnish(&mut self.admin).await;
                furnished.and(self.open_rest(&role.name).await)
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

    /// With one schema given, lets a role use what the copy has in others, as the URL's user may there.
    async fn open_rest(&mut self, role: &str) -> Result<(), sqlx::Error> {
        if self.target.scope.is_none() {
            return Ok(());
        }
        let sql = format!(
            "SELECT pg_catalog.format('GRANT ALL ON ALL %s IN SCHEMA %I TO %I', kind, n.nspname, {}) \
             FROM pg_catalog.pg_namespace n, pg_catalog.unnest('{{TABLES,SEQUENCES,ROUTINES}}'::text[]) kind \
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
            link::literal(role)
        );
        let grants = link::texts(&mut self.admin, sql).await?;
        link::run(&mut self.admin, grants.join(";")).await
    }

    /// The database of the next state.
    async fn state_target(&mut self, label: &str) -> Result<Target, EngineError> {
        let number = self.made;
        // Counted first: one that was made half is dropped too.
        self.made += 1;
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
    async fn drop_siblings(mut self) -> Result<(), EngineError> {
        let mut result = Ok(());
        for number in (1..self.made).rev() {
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
}

/// What matters of the given database for making others from it.
struct Given {
    /// Quoted.
    name: String,
    /// Its encoding and locale, as a statement names them.
    settings: String,
    /// Others are connected to it.
    in_use: bool,
    /// It has extensions, or content outside of the one schema.
    has_own: bool,
    megabytes: u64,
    /// Who copies it, quoted.
    user: String,
}

impl Given {
    async fn look(admin: &mut PgConnection, scope: Option<&str>) -> Result<Self, sqlx::Error> {
        let rest = catalog::dirt(admin, None).await?;
        let outside = |object: &catalog::Object| {
            // A schema is in none.
            object
                .schema
                .as_ref()
                .or(object.name.as_ref())
                .map(String::as_str)
                != scope
        };
        let rows = link::rows(
            admin,
            "SELECT pg_catalog.quote_ident(d.datname), pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
             pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype), \
             (EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
             AND a.pid <> pg_catalog.pg_backend_pid() AND a.application_name <> 'trueup'))::text, \
             (EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'))::text, \
             (pg_catalog.pg_database_size(d.oid) / 1048576)::text, pg_catalog.quote_ident(current_user) \
             FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()",
        )
        .await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        let get = |n: usize| sqlx::Row::try_get::<String, _>(row, n);
        Ok(Self {
            name: get(0)?,
            settings: get(1)?,
            in_use: get(2)? == "true",
            has_own: get(3)? == "true" || rest.iter().any(outside),
            megabytes: get(4)?.parse().unwrap_or(u64::MAX),
            user: get(5)?,
        })
    }

    /// What a sibling can be made from: the given database, so that extensions and locale are those that it has; or
    /// the server's own template where the given one has nothing of its own.
    fn templates(&self) -> Vec<String> {
        let mut found = Vec::new();
        // Copying one that others are connected to is refused after five seconds of waiting. Runs of our own leave
        // sooner.
        if !self.in_use && self.megabytes <= COPIED_MB {
            found.push(format!("TEMPLATE {}", self.name));
        }
        if !self.has_own {
            found.push(format!("TEMPLATE template0 {}", self.settings));
        }
        found
    }

    /// Why there is no database beside it, and what to do.
    fn not_copied(&self, target: &Target, refused: Option<&sqlx::Error>) -> EngineError {
        let place = &target.place;
        let Self { name, user, .. } = self;
        let denied = refused.and_then(link::code).as_deref() == Some(DENIED);
        let (why, first) = match refused {
            Some(error) if denied => (
                link::said(error),
                format!("let a superuser run ALTER DATABASE {name} OWNER TO {user}; or "),
            ),
            Some(error) => (link::said(error), String::new()),
            None if self.in_use => (
                "others are connected to it, and its extensions or other schemas are only in a copy, too".to_owned(),
                "disconnect them, or ".to_owned(),
            ),
            None => (
                format!("it holds {} MB, more than is copied", self.megabytes),
                String::new(),
            ),
        };
        EngineError::new(
            format!(
                "each state is built in a database of its own, and the one at {place} can't be copied: {why}"
            ),
            format!(
                "{first}create an empty database for trueup (`CREATE DATABASE trueup_dev`) and name it in dev, or use \
                 `local://postgres`; nothing at {place} was changed"
            ),
        )
    }
}

#[async_trait]
impl DevDatabase for SharedDev {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.target.scope.is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let target = self.state_target(label).await?;
        let connection = link::open(&target).await?;
        let search_path = match &self.role {
            Some(role) => role.search_path(&self.search_path),
            None => self.search_path.clone(),
        };
        let place = Place::Shared(self.role.clone());
        let session = PgSession::new(connection, target, place, Some(&search_path)).await?;
        Ok(Box::new(session))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        self.drop_siblings().await
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
    let mark = format!("COMMENT ON DATABASE {} IS {mark}", link::quote(&name));
    let marked = link::run(admin, mark).await;
    if marked.is_err() {
        let _ = link::run(admin, drop_database(&name)).await;
    }
    marked
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
    let dirt = catalog::dirt(admin, target.scope.as_deref())
        .await
        .map_err(|error| link::failed(target, "look at the dev database", &error))?;
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
    Err(EngineError::new(
        message,
        format!(
            "trueup works only in an empty database: create one for it (`CREATE DATABASE trueup_dev`) and name it in \
             dev, or use `local://postgres`; nothing at {} was changed",
            target.place
        ),
    ))
}

/// Refuses a user who may not create databases: each state has one of its own.
async fn check_right(admin: &mut PgConnection, target: &Target) -> Result<(), EngineError> {
    let denied = link::text(
        admin,
        "SELECT rolname::text FROM pg_catalog.pg_roles \
         WHERE rolname = current_user AND NOT (rolcreatedb OR rolsuper)",
    )
    .await
    .map_err(|error| link::failed(target, "read the user's rights", &error))?;
    match denied {
        None => Ok(()),
        Some(user) => Err(EngineError::new(
            format!(
                "user \"{user}\" may not create databases at {}, which trueup builds states in",
                target.place
            ),
            format!(
                "let a superuser run ALTER ROLE {} CREATEDB; or use a private server: `local://postgres`, \
                 `docker://postgres/17/dev`",
                link::quote(&user)
            ),
        )),
    }
}
