//! PostgreSQL's part of dev databases.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row as _, ValueRef as _};

use super::PgDriver;
use super::database::{LOCK_RUN, MARK, drop_database, lock, make, make_schema};
use super::exec::Reach;
use super::role::{self, StateRole};
use super::settings::{self, Options, Target};
use super::{catalog, class, copy, exec, link, local};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::dialect::postgres::inspect;
use crate::dialect::postgres::quote::quote;
use crate::engine::dev::{Shared, Source, State};
use crate::engine::docker::Launch;
use crate::engine::driver::{Driver, Found, Images, Made, ServerError};
use crate::engine::run::Run;
use crate::engine::{Answer, EngineError, ExecError, InspectOptions, Outside, Row};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Images by their short names.
pub(in crate::dialect::postgres) const IMAGES: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgis", "postgis/postgis"),
    ("pgvector", "pgvector/pgvector"),
];
/// A connection, and what is known of its session.
pub(in crate::dialect) struct Connection {
    inner: PgConnection,
    /// The `search_path` that statements run with; for our own work that of the URL's user.
    search_path: String,
    /// What a database that is limited to one schema held before the first statement.
    before: BTreeSet<catalog::Id>,
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

#[async_trait]
impl Driver for PgDriver {
    type Options = Options;
    type Connection = Connection;
    type Account = StateRole;
    /// The user's `search_path`.
    type Known = String;

    /// Number 0 is the copy, which our own connection is to.
    const FIRST: usize = 1;

    fn examples(&self) -> (&'static str, &'static str) {
        ("postgres://user@host:5432/database", "local://postgres")
    }

    fn target(&self, url: &DbUrl) -> Result<Target, EngineError> {
        Target::read(url)
    }

    fn with_database(&self, target: &Target, name: &str) -> Target {
        target.with_database(name)
    }

    async fn programs(&self, url: &DbUrl) -> Result<Box<dyn Source<Self>>, EngineError> {
        Ok(Box::new(local::Programs::find(url).await?))
    }

    fn images(&self) -> Images {
        Images {
            names: IMAGES,
            example: "docker://postgres/17/dev",
            scheme: "postgres",
            user: local::SUPERUSER,
            params: settings::private_params,
            patience: "connect_timeout",
            // The images come without certificates.
            fixed: Some(("sslmode", "disable")),
            launch,
        }
    }

    async fn connect(&self, target: &Target) -> Result<Connection, EngineError> {
        Ok(Connection {
            inner: link::open(target).await?,
            search_path: String::new(),
            before: BTreeSet::new(),
        })
    }

    async fn administer(&self, target: &Target) -> Result<Connection, EngineError> {
        let mut admin = self.connect(target).await?;
        let path = link::text(&mut admin, "SHOW search_path").await;
        let set = link::run(&mut admin, "SET search_path = ''").await;
        let path = set.and(path);
        let path =
            path.map_err(|error| link::failed(target, "look at the dev database", &error))?;
        admin.search_path = path.unwrap_or_default();
        if let Some(scope) = &target.scope {
            link::require_schema(&mut admin, target, scope).await?;
        }
        Ok(admin)
    }

    async fn probe(&self, target: &Target) -> Result<(), String> {
        link::probe(link::attempt(target).await).await
    }

    async fn disconnect(&self, connection: Connection) {
        link::close(connection.inner).await;
    }

    async fn make(
        &self,
        admin: &mut Connection,
        name: &str,
        run: &Run,
        given: Option<&Shared<Self>>,
    ) -> Result<(), ServerError> {
        let Some(shared) = given else {
            return Ok(make(admin, name, run, "TEMPLATE template0").await?);
        };
        let mut options = format!("TEMPLATE {}", run.sibling(0));
        if let Some(role) = &shared.account {
            // What a state says about its role goes for that state.
            let role = link::quote(&role.name);
            link::run(admin, format!("ALTER ROLE {role} RESET ALL")).await?;
            options.push_str(&format!(" OWNER {role}"));
        }
        Ok(make(admin, name, run, &options).await?)
    }

    async fn remove(&self, admin: &mut Connection, made: &Made) -> Result<(), ServerError> {
        match made {
            Made::Database(name) => link::run(admin, drop_database(name)).await?,
            Made::Account(name) => role::remove(admin, name).await?,
            Made::Strange(name) => {
                link::run(admin, format!("DROP ROLE {}", link::quote(name))).await?;
            }
        }
        Ok(())
    }

    async fn accounts(&self, admin: &mut Connection) -> Result<Vec<String>, ServerError> {
        Ok(link::texts(admin, role::ROLES).await?)
    }

    async fn lock(&self, admin: &mut Connection, run: &Run) -> Result<(), ServerError> {
        Ok(lock(admin, run).await?)
    }

    async fn lives(&self, admin: &mut Connection, run: &Run) -> Result<bool, ServerError> {
        let sql = format!(
            "SELECT l.objid::text FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' \
             AND l.classid::text = '{LOCK_RUN}' AND l.objid::text = x'{}'::int::text",
            run.number()
        );
        Ok(link::text(admin, sql).await?.is_some())
    }

    async fn marked(&self, admin: &mut Connection) -> Result<Vec<Made>, ServerError> {
        let marked = |column: &str, view: &str, catalogue: &str, mark: &str| {
            format!(
                "SELECT o.{column}::text FROM pg_catalog.{view} o WHERE o.{column} ~ '^trueup_[0-9a-f]{{8}}_[0-9]+$' \
                 AND pg_catalog.shobj_description(o.oid, '{catalogue}') \
                 LIKE {} || pg_catalog.substr(o.{column}::text, 8, 8) || ',%'",
                link::literal(mark)
            )
        };
        let databases = marked("datname", "pg_database", "pg_database", MARK);
        let databases = link::texts(admin, databases).await?.into_iter();
        let roles = link::texts(
            admin,
            marked("rolname", "pg_roles", "pg_authid", role::MARK),
        );
        let roles = roles.await?.into_iter().map(Made::Account);
        Ok(databases.map(Made::Database).chain(roles).collect())
    }

    async fn content(
        &self,
        admin: &mut Connection,
        target: &Target,
    ) -> Result<Vec<Found>, ServerError> {
        let found = catalog::dirt(admin, target.scope.as_deref()).await?;
        let told = |object: &catalog::Object| Found {
            text: object.describe(),
            mark: false,
        };
        Ok(found.iter().map(told).collect())
    }

    async fn look(&self, admin: &mut Connection, _: &Target) -> Result<String, ServerError> {
        Ok(admin.search_path.clone())
    }

    async fn seed(&self, shared: &mut Shared<Self>) -> Result<(), EngineError> {
        copy::copy(shared).await
    }

    async fn confine(&self, shared: &mut Shared<Self>) -> Result<Option<StateRole>, EngineError> {
        role::confine(shared).await
    }

    fn as_account(&self, role: &StateRole, target: &Target) -> Target {
        role.target(target)
    }

    /// Our own connection is to the copy. Its lock is taken over before it goes.
    async fn retreat(
        &self,
        shared: &Shared<Self>,
        admin: &mut Connection,
    ) -> Result<(), EngineError> {
        let mut outside = self.connect(&shared.target).await?;
        if let Err(error) = lock(&mut outside, &shared.run).await {
            tracing::debug!("{error}");
        }
        self.disconnect(std::mem::replace(admin, outside)).await;
        Ok(())
    }

    async fn begin(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        let failed = |what, error: &sqlx::Error| link::failed(&state.target, what, error);
        let (private, theirs) = (state.is_private(), state.is_foreign() || state.is_live());
        let shared = state.shared();
        let connection = &mut state.connection;
        connection.search_path = match (&state.target.scope, shared) {
            (Some(scope), _) => link::quote(scope),
            (None, Some(shared)) => match &shared.account {
                Some(role) => role.search_path(&shared.known),
                None => shared.known.clone(),
            },
            (None, None) => link::text(connection, "SHOW search_path")
                .await
                .map_err(|error| failed("read search_path", &error))?
                .unwrap_or_default(),
        };
        if let Some(scope) = &state.target.scope {
            if theirs {
                link::require_schema(connection, &state.target, scope).await?;
            } else {
                if private {
                    make_schema(connection, &state.target, scope).await?;
                }
                let found = catalog::objects(connection).await;
                let found = found.map_err(|error| failed("look at the database", &error))?;
                connection.before = found.into_iter().map(|object| object.id).collect();
            }
        }
        self.renew(state).await
    }

    fn check(&self, state: &State<Self>, statements: &[Statement]) -> Result<(), ExecError> {
        ExecError::first(statements, |text| class::refuse(text, !state.is_private()))
    }

    async fn execute(
        &self,
        state: &mut State<Self>,
        statements: &[Statement],
        mode: TxMode,
    ) -> Result<(), ExecError> {
        let shared = state.shared();
        let reach = reach(state, shared.as_deref());
        exec::execute(&mut state.connection, statements, mode, reach).await
    }

    async fn ask(
        &self,
        state: &mut State<Self>,
        statement: &Statement,
        query: bool,
    ) -> Result<Answer, ExecError> {
        let shared = state.shared();
        let reach = reach(state, shared.as_deref());
        exec::ask(&mut state.connection, statement, query, reach).await
    }

    async fn renew(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        let settings = settings(state);
        let connection = &mut state.connection;
        let mut done = connection.clear_cached_statements().await;
        for sql in ["DISCARD ALL", &settings] {
            done = done.and(link::run(connection, sql).await);
        }
        done.map_err(|error| link::failed(&state.target, "reset the session", &error))
    }

    async fn inspect(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Realm, EngineError> {
        let settings = settings(state);
        let failed = |error: sqlx::Error| link::failed(&state.target, "set search_path", &error);
        let connection = &mut state.connection;
        let unset = link::run(connection, "SET search_path = ''").await;
        unset.map_err(failed)?;
        let realm = inspect::inspect(connection, state.target.scope.as_deref(), options).await;
        link::run(connection, settings).await.map_err(failed)?;
        realm
    }

    async fn outside(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Vec<Outside>, EngineError> {
        let schemas = match &state.target.scope {
            Some(scope) => std::slice::from_ref(scope),
            None => &options.schemas[..],
        };
        if schemas.is_empty() {
            return Ok(Vec::new());
        }
        let Connection { inner, before, .. } = &mut state.connection;
        let found = catalog::outside(inner, schemas, before).await;
        found.map_err(|error| link::failed(&state.target, "look at the other schemas", &error))
    }

    async fn tables_named(
        &self,
        connection: &mut Connection,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, ServerError> {
        let names: Vec<String> = names.iter().map(|name| link::literal(name)).collect();
        let sql = format!(
            "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND c.relname IN ({}) ORDER BY 1, 2",
            names.join(", ")
        );
        let rows = link::rows(connection, sql).await?;
        let pair = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
        let pairs: Result<_, sqlx::Error> = rows.iter().map(pair).collect();
        Ok(pairs?)
    }

    async fn rows(
        &self,
        connection: &mut Connection,
        (schema, name): (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, ServerError> {
        let texts = columns.iter().map(|one| format!("{}::text", quote(one)));
        let texts: Vec<String> = texts.collect();
        let (schema, name) = (quote(schema), quote(name));
        let sql = format!("SELECT {} FROM {schema}.{name}", texts.join(", "));
        let rows = link::rows(connection, sql).await?;
        let row = |row: &PgRow| (0..columns.len()).map(|at| row.try_get(at)).collect();
        let rows: Result<_, sqlx::Error> = rows.iter().map(row).collect();
        Ok(rows?)
    }

    async fn column(
        &self,
        connection: &mut Connection,
        query: &str,
        all: bool,
    ) -> Result<Vec<String>, ServerError> {
        let begin = match all {
            true => {
                "BEGIN READ ONLY; SET LOCAL statement_timeout = '2min'; SET LOCAL row_security = off"
            }
            false => "BEGIN READ ONLY; SET LOCAL statement_timeout = '2min'",
        };
        link::run(connection, begin).await?;
        let rows = link::rows(connection, query).await;
        link::run(connection, "ROLLBACK").await?;
        let text = |row: &PgRow| -> Result<Option<String>, sqlx::Error> {
            let value = row.try_get_raw(0)?;
            let text = (!value.is_null()).then(|| value.as_str().map(str::to_owned));
            text.transpose().map_err(sqlx::Error::Decode)
        };
        let texts: Result<Vec<_>, _> = rows?.iter().map(text).collect();
        Ok(texts?.into_iter().flatten().collect())
    }

    async fn is_locked(
        &self,
        connection: &mut Connection,
        name: &str,
    ) -> Result<bool, ServerError> {
        // A lock of one number of 64 bits has its halves in two columns, and 1 in the third.
        let sql = format!(
            "SELECT l.objid::text FROM pg_catalog.pg_locks l \
             JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database() \
             WHERE l.locktype = 'advisory' AND l.granted AND l.classid::text = '0' AND l.objid::text = '{}' \
             AND l.objsubid = 1",
            fnv1(name)
        );
        Ok(link::text(connection, sql).await?.is_some())
    }

    async fn lock_name(
        &self,
        connection: &mut Connection,
        name: &str,
        wait: Duration,
    ) -> Result<bool, ServerError> {
        let sql = format!(
            "SELECT pg_catalog.pg_try_advisory_lock({})::text",
            fnv1(name)
        );
        let since = tokio::time::Instant::now();
        loop {
            if link::text(connection, sql.as_str()).await?.as_deref() == Some("true") {
                return Ok(true);
            }
            if since.elapsed() >= wait {
                return Ok(false);
            }
            tokio::time::sleep(POLL.min(wait)).await;
        }
    }
}

/// How long between two tries to take a lock.
const POLL: Duration = Duration::from_millis(100);

/// The 32-bit FNV-1 hash of a name (<http://www.isthe.com/chongo/tech/comp/fnv/>).
fn fnv1(name: &str) -> u32 {
    let step = |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte);
    name.bytes().fold(0x811c_9dc5, step)
}

/// What is only read is read by transactions that can't write, and nobody waits long for a lock that it is behind.
const READ_ONLY: &str = "SET default_transaction_read_only = on; SET statement_timeout = '2min'; \
                         SET lock_timeout = '10s'; ";

/// What statements of a state may change.
fn reach<'s>(state: &State<PgDriver>, shared: Option<&'s Shared<PgDriver>>) -> Reach<'s> {
    match state.is_private() {
        true => Reach::Server,
        false if state.is_live() => Reach::Live,
        false => Reach::Database(shared.and_then(|shared| shared.account.as_ref())),
    }
}

/// What statements of a state run with.
fn settings(state: &State<PgDriver>) -> String {
    let read_only = match state.is_foreign() {
        true => READ_ONLY,
        false => "",
    };
    format!(
        "{read_only}SET client_min_messages = error; SELECT pg_catalog.set_config('search_path', {}, false)",
        link::literal(&state.connection.search_path)
    )
}

/// By the image's documented variables (<https://hub.docker.com/_/postgres>): a password, a database, where the data is, in
/// a directory of our own, since the images' differ from version to version. Everything that only protects data is off.
fn launch(image: &str, database: Option<&str>, password: &Secret) -> Launch {
    let env = [
        ("POSTGRES_PASSWORD", password.expose()),
        ("POSTGRES_DB", database.unwrap_or(local::SUPERUSER)),
        ("POSTGRES_INITDB_ARGS", "--no-sync"),
        ("PGDATA", "/trueup/data"),
    ];
    let off = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ];
    let command = off.iter().flat_map(|setting| ["-c", setting]);
    Launch {
        image: image.to_owned(),
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        command: command.map(str::to_owned).collect(),
        port: 5432,
        data: Some("/trueup"),
        secrets: vec![password.clone()],
    }
}
