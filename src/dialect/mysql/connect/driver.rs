//! MySQL's and MariaDB's part of dev databases.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::mysql::MySqlConnectOptions;

use super::MyDriver;
use super::class::{self, Reach};
use super::given::{self, Defaults, Known};
use super::link::{self, Opened, literal};
use super::settings::{self, Target};
use super::user::{self, StateUser};
use super::{catalog, exec, local};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::dialect::mysql::MARKER;
use crate::dialect::mysql::folded::FOLDS;
use crate::dialect::mysql::inspect::{self, Scope};
use crate::dialect::mysql::server::Product;
use crate::engine::dev::{Shared, Source, State};
use crate::engine::docker::Launch;
use crate::engine::driver::{Driver, Found, Images, Made, ServerError};
use crate::engine::run::Run;
use crate::engine::{Answer, EngineError, ExecError, InspectOptions, Outside, Row};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::object::created;
use crate::sql::{Rules, Statement};

impl Product {
    /// Images by their short names.
    pub(in crate::dialect::mysql) const fn images(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::MySql => &[("mysql", "mysql")],
            Self::MariaDb => &[("mariadb", "mariadb"), ("maria", "mariadb")],
        }
    }
}

#[async_trait]
impl Driver for MyDriver {
    type Options = MySqlConnectOptions;
    type Connection = Opened;
    type Account = StateUser;
    type Known = Known;

    fn examples(&self) -> (&'static str, &'static str) {
        match self.0 {
            Product::MySql => ("mysql://user@host:3306/database", "local://mysql/dev"),
            Product::MariaDb => ("mariadb://user@host:3306/database", "local://mariadb/dev"),
        }
    }

    fn target(&self, url: &DbUrl) -> Result<Target, EngineError> {
        settings::target(url)
    }

    fn with_database(&self, target: &Target, name: &str) -> Target {
        Target {
            scope: Some(name.to_owned()),
            ..target.clone()
        }
    }

    async fn programs(&self, url: &DbUrl) -> Result<Box<dyn Source<Self>>, EngineError> {
        Ok(Box::new(local::Programs::find(url, self.0).await?))
    }

    fn images(&self) -> Images {
        Images {
            names: self.0.images(),
            example: match self.0 {
                Product::MySql => "docker://mysql/8/dev",
                Product::MariaDb => "docker://mariadb/11/dev",
            },
            scheme: "mysql",
            user: "root",
            params: settings::private_params,
            patience: "timeout",
            fixed: None,
            launch,
        }
    }

    async fn connect(&self, target: &Target) -> Result<Opened, EngineError> {
        link::open(target).await
    }

    async fn administer(&self, target: &Target) -> Result<Opened, EngineError> {
        let mut admin = link::open(target).await?;
        // A lock that another connection holds is not waited for without end.
        let set = link::run(&mut admin, "SET SESSION lock_wait_timeout = 60").await;
        set.map_err(|error| link::failed(target, "look at the dev database", &error))?;
        Ok(admin)
    }

    async fn probe(&self, target: &Target) -> Result<(), String> {
        link::probe(link::attempt(&target.unscoped()).await).await
    }

    async fn check_image(&self, target: &Target, image: &str) -> Result<(), EngineError> {
        let mut admin = self.connect(&target.unscoped()).await?;
        let found = catalog::databases(&mut admin).await;
        self.disconnect(admin).await;
        let found = found.map_err(|error| link::failed(target, "list the databases", &error))?;
        match found.first() {
            None => Ok(()),
            Some(name) => Err(EngineError::new(
                format!("the image {image} comes with a database of its own, `{name}`"),
                "a dev database must be empty: use the image that this one was made from",
            )),
        }
    }

    async fn disconnect(&self, connection: Opened) {
        link::close(connection.inner).await;
    }

    async fn make(
        &self,
        admin: &mut Opened,
        name: &str,
        run: &Run,
        given: Option<&Shared<Self>>,
    ) -> Result<(), ServerError> {
        let defaults = given.and_then(|shared| shared.known.defaults.as_ref());
        let user = given.and_then(|shared| shared.account.as_ref());
        Ok(given::make(admin, name, run, defaults, user).await?)
    }

    async fn remove(&self, admin: &mut Opened, made: &Made) -> Result<(), ServerError> {
        match made {
            Made::Database(name) => given::drop_database(admin, name).await?,
            Made::Account(name) | Made::Strange(name) => user::remove(admin, name).await?,
        }
        Ok(())
    }

    async fn lock(&self, admin: &mut Opened, run: &Run) -> Result<(), ServerError> {
        let sql = format!("SELECT GET_LOCK({}, 0)", literal(&lock_name(run)));
        Ok(link::run(admin, sql).await?)
    }

    async fn lives(&self, admin: &mut Opened, run: &Run) -> Result<bool, ServerError> {
        let free = format!("SELECT IS_FREE_LOCK({})", literal(&lock_name(run)));
        Ok(!link::is_one(admin, free).await?)
    }

    async fn marked(&self, admin: &mut Opened) -> Result<Vec<Made>, ServerError> {
        let mut found = Vec::new();
        for name in catalog::databases(admin).await? {
            if Run::of_sibling(&name).is_none() {
                continue;
            }
            let inside = catalog::content(admin, &name).await?;
            if inside.is_empty() || inside.iter().any(|one| one.name == MARKER) {
                found.push(Made::Database(name));
            }
        }
        let accounts = user::of_runs(admin).await;
        found.extend(accounts.into_iter().map(Made::Account));
        Ok(found)
    }

    async fn content(
        &self,
        admin: &mut Opened,
        target: &Target,
    ) -> Result<Vec<Found>, ServerError> {
        let Some(scope) = &target.scope else {
            let names = catalog::databases(admin).await?.into_iter();
            let told = |name: String| Found {
                text: format!("schema \"{name}\""),
                mark: name == MARKER,
            };
            return Ok(names.map(told).collect());
        };
        let found = catalog::content(admin, scope).await?.into_iter();
        let told = |one: Outside| Found {
            text: format!("{} \"{}\" in schema \"{scope}\"", one.kind, one.name),
            mark: one.name == MARKER,
        };
        Ok(found.map(told).collect())
    }

    async fn look(&self, admin: &mut Opened, target: &Target) -> Result<Known, ServerError> {
        let mut others = catalog::databases(admin).await?;
        others.retain(|name| Some(name) != target.scope.as_ref());
        Ok(Known {
            others,
            defaults: match &target.scope {
                Some(name) => Defaults::of(admin, name).await?,
                None => None,
            },
            accounts: catalog::accounts(admin).await,
            trusting: AtomicBool::new(false),
            unjudged: AtomicBool::new(false),
        })
    }

    async fn seed(&self, shared: &mut Shared<Self>) -> Result<(), EngineError> {
        let (name, admin) = (shared.run.sibling(0), shared.admin.get_mut());
        let defaults = shared.known.defaults.as_ref();
        match given::make(admin, &name, &shared.run, defaults, None).await {
            Ok(()) => Ok(()),
            Err(error) => {
                Err(given::not_made(admin, &shared.target, "make a database", &error).await)
            }
        }
    }

    async fn confine(&self, shared: &mut Shared<Self>) -> Result<Option<StateUser>, EngineError> {
        user::confine(shared).await
    }

    fn as_account(&self, user: &StateUser, target: &Target) -> Target {
        user.target(target)
    }

    async fn settle(&self, shared: &Shared<Self>, admin: &mut Opened) -> Result<(), EngineError> {
        given::settle(shared, admin).await
    }

    async fn begin(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        if !state.is_foreign() {
            return Ok(());
        }
        // A query is not to go on for longer than two minutes, nor to wait long for a table that somebody changes.
        let limit = match state.connection.server.product {
            Product::MySql => "max_execution_time = 120000",
            Product::MariaDb => "max_statement_time = 120",
        };
        let sql = format!(
            "SET SESSION TRANSACTION READ ONLY; SET SESSION lock_wait_timeout = 10, SESSION {limit}"
        );
        let set = link::run(&mut state.connection, sql).await;
        set.map_err(|error| link::failed(&state.target, "make the session read-only", &error))
    }

    fn check(&self, state: &State<Self>, statements: &[Statement]) -> Result<(), ExecError> {
        let Some(shared) = state.shared() else {
            return Ok(());
        };
        let reach = match own(state) {
            Some(own) => Reach::Database {
                own,
                others: &shared.known.others,
            },
            None => Reach::Databases,
        };
        ExecError::first(statements, |text| class::refuse(text, reach))
    }

    async fn execute(
        &self,
        state: &mut State<Self>,
        statements: &[Statement],
        _: TxMode,
    ) -> Result<(), ExecError> {
        let Some(shared) = state.shared() else {
            make_room(state, statements).await?;
            return exec::execute(&mut state.connection, statements).await;
        };
        if shared.target.scope.is_none() {
            given::note(&shared, statements).await?;
        }
        let sent = user::execute(&shared, &mut state.connection, statements).await;
        let unjudged = state.connection.left.unjudged;
        shared.known.unjudged.fetch_or(unjudged, Ordering::AcqRel);
        sent
    }

    async fn ask(
        &self,
        state: &mut State<Self>,
        statement: &Statement,
        query: bool,
    ) -> Result<Answer, ExecError> {
        if state.is_live() {
            let answer = exec::ask(&mut state.connection, statement, query).await;
            // What could be done about it is said of dev databases.
            return answer.map_err(|error| ExecError {
                hint: None,
                ..error
            });
        }
        // What says who made something, or makes databases, is judged and written as in files.
        if class::defines(&statement.text) {
            let alone = std::slice::from_ref(statement);
            self.execute(state, alone, TxMode::None).await?;
            return Ok(Answer::default());
        }
        let answer = exec::ask(&mut state.connection, statement, query).await;
        if let Some(shared) = state.shared() {
            let unjudged = state.connection.left.unjudged;
            shared.known.unjudged.fetch_or(unjudged, Ordering::AcqRel);
        }
        answer
    }

    async fn renew(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        match std::mem::take(&mut state.connection.left.session) {
            true => state.reconnect().await,
            false => Ok(()),
        }
    }

    async fn inspect(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Realm, EngineError> {
        refuse_strays(state).await?;
        let scope = state.target.scope.as_deref().map(|database| Scope {
            database,
            name: state.own.as_deref().unwrap_or(database),
        });
        let Opened {
            inner,
            server,
            folds,
            ..
        } = &mut state.connection;
        let mut realm = inspect::inspect(inner, *server, scope, options).await?;
        realm.server.flag(FOLDS, *folds);
        Ok(realm)
    }

    /// Where all of a server is read, all of it is of this state; where one database is, no statement reaches another.
    async fn outside(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Vec<Outside>, EngineError> {
        if state.target.scope.is_some() || options.schemas.is_empty() {
            return Ok(Vec::new());
        }
        let found = catalog::everything(&mut state.connection).await;
        let mut outside = found
            .map_err(|error| link::failed(&state.target, "look at the other databases", &error))?;
        outside.retain(|found| !options.schemas.contains(&found.schema));
        Ok(outside)
    }

    async fn tables_named(
        &self,
        connection: &mut Opened,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, ServerError> {
        let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
        let sql = format!(
            "SELECT table_schema, table_name FROM information_schema.tables \
             WHERE table_type = 'BASE TABLE' AND table_name IN ({}) ORDER BY 1, 2",
            names.join(", ")
        );
        let rows = link::rows(connection, sql).await?;
        Ok(rows.iter().map(|row| (row.text(0), row.text(1))).collect())
    }

    async fn rows(
        &self,
        connection: &mut Opened,
        (schema, name): (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, ServerError> {
        let names: Vec<String> = columns.iter().map(|name| link::quote(name)).collect();
        let (schema, name) = (link::quote(schema), link::quote(name));
        let sql = format!("SELECT {} FROM {schema}.{name}", names.join(", "));
        let rows = link::rows(connection, sql).await?;
        let row = |row: &link::Row| (0..columns.len()).map(|at| row.optional(at)).collect();
        Ok(rows.iter().map(row).collect())
    }

    async fn defaults(
        &self,
        connection: &mut Opened,
        scope: Option<&str>,
    ) -> Result<Vec<String>, ServerError> {
        if scope.is_none() {
            return Ok(Vec::new());
        }
        let sql = "SELECT @@character_set_database, @@collation_database";
        let rows = link::rows(connection, sql).await?;
        let statement = |row: &link::Row| {
            let (charset, collation) = (row.text(0), row.text(1));
            format!("ALTER DATABASE CHARACTER SET {charset} COLLATE {collation}")
        };
        Ok(rows.iter().map(statement).collect())
    }

    async fn column(
        &self,
        connection: &mut Opened,
        query: &str,
        _all: bool,
    ) -> Result<Vec<String>, ServerError> {
        link::run(connection, "START TRANSACTION READ ONLY").await?;
        let rows = link::rows(connection, query).await;
        link::run(connection, "ROLLBACK").await?;
        Ok(rows?.iter().filter_map(|row| row.optional(0)).collect())
    }

    async fn is_locked(&self, connection: &mut Opened, name: &str) -> Result<bool, ServerError> {
        let sql = format!("SELECT IS_USED_LOCK({}) IS NOT NULL", literal(name));
        Ok(link::is_one(connection, sql).await?)
    }

    async fn lock_name(
        &self,
        connection: &mut Opened,
        name: &str,
        wait: Duration,
    ) -> Result<bool, ServerError> {
        let sql = format!("SELECT GET_LOCK({}, {})", literal(name), wait.as_secs());
        Ok(link::is_one(connection, sql).await?)
    }

    fn takes_server(&self, target: &Target) -> bool {
        target.scope.is_none()
    }

    fn needs_own(&self, text: &str, own: &str, private: bool) -> bool {
        class::names_own(text, own) || (private && class::server_level(text).is_some())
    }

    fn number(&self, connection: &Opened) -> String {
        connection.number.clone()
    }

    async fn kill(&self, admin: &mut Opened, numbers: &[String]) {
        given::kill(admin, numbers).await;
    }

    async fn hold(
        &self,
        admin: &mut Opened,
        target: &Target,
        seconds: Option<u32>,
    ) -> Result<bool, ServerError> {
        let name = literal(&match &target.scope {
            Some(scope) => format!("trueup dev {}", scope.chars().take(40).collect::<String>()),
            None => "trueup dev".to_owned(),
        });
        let sql = match seconds {
            Some(seconds) => format!("SELECT GET_LOCK({name}, {seconds})"),
            None => format!("SELECT RELEASE_LOCK({name})"),
        };
        Ok(link::is_one(admin, sql).await?)
    }

    async fn mark(&self, shared: &Shared<Self>, admin: &mut Opened) -> Result<(), EngineError> {
        let Err(error) = given::mark(admin, shared).await else {
            return Ok(());
        };
        let what = "mark the dev database as in use";
        Err(given::not_made(admin, &shared.target, what, &error).await)
    }

    async fn empty(
        &self,
        shared: &Shared<Self>,
        admin: &mut Opened,
        all: bool,
    ) -> Result<(), ServerError> {
        given::empty(shared, admin).await?;
        if all {
            given::unmark(admin, shared.target.scope.as_deref()).await?;
        }
        Ok(())
    }
}

/// The name of the database that a state is of.
fn own(state: &State<MyDriver>) -> Option<&str> {
    state.own.as_deref().or(state.target.scope.as_deref())
}

/// Migrations that begin by creating the one database that is compared find it there already: it was made for them.
async fn make_room(state: &mut State<MyDriver>, statements: &[Statement]) -> Result<(), ExecError> {
    let first = statements.first().map_or("", |first| &first.text);
    let made = created(first, &Rules::MYSQL).into_iter();
    let mut plainly = made.filter(|made| made.kind == "schema" && !made.lenient);
    let Some(name) = plainly.next().map(|made| made.name) else {
        return Ok(());
    };
    if state.target.scope.as_ref() != Some(&name) {
        return Ok(());
    }
    let connection = &mut state.connection;
    let found = match catalog::content(connection, &name).await {
        Ok(found) if found.iter().all(|one| one.name == MARKER) => {
            let drop = format!("DROP DATABASE {}", link::quote(&name));
            link::run(connection, drop).await
        }
        Ok(_) => return Ok(()),
        Err(error) => Err(error),
    };
    let failed = |error| link::failed(&state.target, "make room for the database", &error);
    found.map_err(|error| ExecError::of_engine(0, failed(error)))
}

/// On a private server that is limited to one database, what is outside of it would be ignored silently.
async fn refuse_strays(state: &mut State<MyDriver>) -> Result<(), EngineError> {
    let Some(own) = own(state).filter(|_| state.is_private()).map(str::to_owned) else {
        return Ok(());
    };
    let found = catalog::databases(&mut state.connection).await;
    let found = found.map_err(|error| link::failed(&state.target, "list the databases", &error))?;
    let stray = |name: &&String| **name != own && Run::of_sibling(name).is_none();
    match found.iter().find(stray) {
        None => Ok(()),
        Some(stray) => Err(EngineError::new(
            format!("the statements use database `{stray}`, but the dev URL compares only `{own}`"),
            format!(
                "where `{stray}` is the only one, name it in the dev URL (`…/{stray}` instead of `…/{own}`); to compare \
                 several, leave the database out (`local://` URLs then say `?scope=server`), and let every name say its \
                 database (in models, `schema=` of the table, or `MetaData(schema=\"…\")` for all that say none)"
            ),
        )),
    }
}

/// The lock of the server that a run holds for as long as it lives.
fn lock_name(run: &Run) -> String {
    format!("{MARKER} {}", run.number())
}

/// By the images' documented variables (<https://hub.docker.com/_/mysql>, <https://hub.docker.com/_/mariadb>). What is passed
/// suits both products, so that the server's own word counts here as it does for other URLs. Everything that only protects
/// data is off.
fn launch(image: &str, _database: Option<&str>, password: &Secret) -> Launch {
    let mut env = Vec::new();
    for product in ["MYSQL", "MARIADB"] {
        let root = password.expose().to_owned();
        env.push((format!("{product}_ROOT_PASSWORD"), root));
        // Tables of time zones take seconds to fill.
        env.push((format!("{product}_INITDB_SKIP_TZINFO"), "1".to_owned()));
    }
    let command = local::DISPOSABLE.iter().chain(local::SMALL);
    Launch {
        image: image.to_owned(),
        env,
        command: command.map(|&word| word.to_owned()).collect(),
        port: 3306,
        data: Some("/var/lib/mysql"),
        secrets: vec![password.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_containers_get_suits_both_products() {
        let launch = launch("mysql:8", None, &Secret::new("hunter2"));
        // Neither the network nor the keys by which passwords travel over it are turned off.
        let words = launch.command.join(" ");
        assert!(
            !words.contains("networking") && !words.contains("rsa"),
            "{words}"
        );
        assert!(!format!("{:?}", launch.secrets).contains("hunter2"));
    }
}
