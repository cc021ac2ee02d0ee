//! SQL Server's part of dev databases.

use std::time::Duration;

use async_trait::async_trait;
use tiberius::error::Error;

use super::MsDriver;
use super::catalog::{self, LIKE_OURS, MARK};
use super::link::{self, Opened, literal, quote};
use super::login::{self, StateLogin};
use super::settings::{self, Options, Target};
use super::{class, exec};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::dialect::mssql::inspect;
use crate::engine::dev::{Shared, Source, State};
use crate::engine::docker::Launch;
use crate::engine::driver::{Driver, Found, Images, Made, ServerError};
use crate::engine::run::Run;
use crate::engine::{Answer, EngineError, ExecError, InspectOptions, Outside, Row};
use crate::plan::TxMode;
use crate::schema::Realm;
use crate::sql::Statement;

/// Images by their short names.
pub(in crate::dialect::mssql) const IMAGES: &[(&str, &str)] =
    &[("sqlserver", "mcr.microsoft.com/mssql/server")];
/// How long a database that is only read works on a query.
const READING: Duration = Duration::from_secs(120);
/// The server's number for a right that is missing to make a database.
const DENIED: u32 = 262;

/// What is known of a given database for as long as it is used.
pub(in crate::dialect) struct Known {
    collation: Option<String>,
}

#[async_trait]
impl Driver for MsDriver {
    type Options = Options;
    type Connection = Opened;
    type Account = StateLogin;
    type Known = Known;

    fn examples(&self) -> (&'static str, &'static str) {
        (
            "sqlserver://user@host:1433?database=app",
            "docker://sqlserver/2022-latest/dev",
        )
    }

    fn target(&self, url: &DbUrl) -> Result<Target, EngineError> {
        settings::target(url)
    }

    fn with_database(&self, target: &Target, name: &str) -> Target {
        let mut target = target.clone();
        let options = &mut target.options;
        match Run::of_sibling(name) {
            Some(_) => {
                let given = options.database.replace(name.to_owned());
                options.stands_for = options.stands_for.take().or(given);
            }
            // A container has no database of this name, and needs none: states have their own.
            None => options.stands_for = Some(name.to_owned()),
        }
        target
    }

    async fn programs(&self, url: &DbUrl) -> Result<Box<dyn Source<Self>>, EngineError> {
        Err(EngineError::new(
            format!("{url}: trueup starts no SQL Server from this machine's programs"),
            "use `docker://sqlserver/2022-latest/dev`, or `offline://mssql/2022`, which needs no server",
        ))
    }

    fn images(&self) -> Images {
        Images {
            names: IMAGES,
            example: "docker://sqlserver/2022-latest/dev",
            scheme: "sqlserver",
            user: "sa",
            params: settings::private_params,
            patience: "connection timeout",
            fixed: None,
            launch,
        }
    }

    async fn connect(&self, target: &Target) -> Result<Opened, EngineError> {
        link::open(target).await
    }

    async fn administer(&self, target: &Target) -> Result<Opened, EngineError> {
        let admin = link::open(target).await?;
        if admin.server.alone {
            return Err(EngineError::new(
                format!(
                    "a dev database can't be on Azure SQL Database, as {} is: each state would be a database that is paid for",
                    target.place
                ),
                "use `docker://sqlserver/2022-latest/dev`, or `offline://mssql/azure`, which needs no server",
            ));
        }
        Ok(admin)
    }

    async fn probe(&self, target: &Target) -> Result<(), String> {
        let opened = link::attempt(&target.options).await;
        let client = opened.map_err(|error| link::said(&error))?;
        let _ = client.close().await;
        Ok(())
    }

    async fn disconnect(&self, connection: Opened) {
        connection.close().await;
    }

    async fn make(
        &self,
        admin: &mut Opened,
        name: &str,
        run: &Run,
        given: Option<&Shared<Self>>,
    ) -> Result<(), ServerError> {
        let collation = given.and_then(|shared| shared.known.collation.as_deref());
        make(admin, name, run, collation).await?;
        if let Some(login) = given.and_then(|shared| shared.account.as_ref()) {
            login.own(admin, name).await?;
        }
        Ok(())
    }

    async fn remove(&self, admin: &mut Opened, made: &Made) -> Result<(), ServerError> {
        match made {
            Made::Database(name) => drop_database(admin, name).await?,
            Made::Account(name) | Made::Strange(name) => login::remove(admin, name).await?,
        }
        Ok(())
    }

    async fn lock(&self, admin: &mut Opened, run: &Run) -> Result<(), ServerError> {
        take_lock(admin, "master.sys.", &lock_name(run), Duration::ZERO).await?;
        Ok(())
    }

    async fn lives(&self, admin: &mut Opened, run: &Run) -> Result<bool, ServerError> {
        Ok(is_locked(admin, "master.sys.", &lock_name(run)).await?)
    }

    async fn marked(&self, admin: &mut Opened) -> Result<Vec<Made>, ServerError> {
        let mut found = Vec::new();
        for name in admin.texts(LIKE_OURS).await? {
            let Some(run) = Run::of_sibling(&name) else {
                continue;
            };
            let sql = format!(
                "SELECT CAST(p.value AS nvarchar(400)) FROM {}.sys.extended_properties p WHERE p.class = 0 AND p.name = {}",
                quote(&name),
                literal(MARK)
            );
            // Who may not look into it did not make it.
            let mark = admin.text(&sql).await.unwrap_or_default();
            if mark.is_some_and(|mark| mark.starts_with(run.number())) {
                found.push(Made::Database(name));
            }
        }
        let logins = "SELECT p.name FROM sys.server_principals p WHERE p.name LIKE 'trueup[_]%'";
        let logins = admin.texts(logins).await?.into_iter();
        found.extend(
            logins
                .filter(|name| Run::of_sibling(name).is_some())
                .map(Made::Account),
        );
        Ok(found)
    }

    async fn content(&self, admin: &mut Opened, _: &Target) -> Result<Vec<Found>, ServerError> {
        let found = catalog::content(admin).await?;
        let told = |one: Outside| Found {
            text: match one.kind.as_str() {
                "schema" => format!("schema \"{}\"", one.name),
                kind => format!("{kind} \"{}\" in schema \"{}\"", one.name, one.schema),
            },
            mark: false,
        };
        Ok(found.into_iter().map(told).collect())
    }

    async fn look(&self, admin: &mut Opened, _: &Target) -> Result<Known, ServerError> {
        let collation = admin.text(inspect::COLLATION).await?;
        Ok(Known { collation })
    }

    async fn seed(&self, shared: &mut Shared<Self>) -> Result<(), EngineError> {
        let (name, admin) = (shared.run.sibling(0), shared.admin.get_mut());
        let made = make(admin, &name, &shared.run, shared.known.collation.as_deref()).await;
        made.map_err(|error| match error.code() {
            Some(DENIED) => EngineError::new(
                format!(
                    "user `{}` may not create databases at {}, which trueup builds states in",
                    shared.target.options.login.user(),
                    shared.target.place
                ),
                "let an administrator run `ALTER SERVER ROLE dbcreator ADD MEMBER …`; or use a private server: \
                 `docker://sqlserver/2022-latest/dev`",
            ),
            _ => link::failed(&shared.target, "make a database", &error),
        })
    }

    async fn confine(&self, shared: &mut Shared<Self>) -> Result<Option<StateLogin>, EngineError> {
        login::confine(shared).await
    }

    fn as_account(&self, login: &StateLogin, target: &Target) -> Target {
        login.target(target)
    }

    async fn begin(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        if !state.is_foreign() {
            return Ok(());
        }
        // It must not block others for long, neither by a lock that it waits for nor by its queries.
        let set = state.connection.run("SET LOCK_TIMEOUT 10000").await;
        state.connection.limit.get_or_insert(READING);
        set.map_err(|error| link::failed(&state.target, "prepare the session", &error))
    }

    fn check(&self, state: &State<Self>, statements: &[Statement]) -> Result<(), ExecError> {
        if state.shared().is_none() {
            return Ok(());
        }
        let given = state.target.options.stands_for.as_deref();
        ExecError::first(statements, |text| class::refuse(text, given))
    }

    async fn execute(
        &self,
        state: &mut State<Self>,
        statements: &[Statement],
        mode: TxMode,
    ) -> Result<(), ExecError> {
        let given = match state.is_live() {
            true => None,
            false => state.target.options.stands_for.as_deref(),
        };
        exec::execute(&mut state.connection, statements, mode, given).await
    }

    async fn ask(
        &self,
        state: &mut State<Self>,
        statement: &Statement,
        _query: bool,
    ) -> Result<Answer, ExecError> {
        exec::ask(&mut state.connection, statement).await
    }

    async fn renew(&self, state: &mut State<Self>) -> Result<(), EngineError> {
        match std::mem::take(&mut state.connection.left) {
            true => state.reconnect().await,
            false => Ok(()),
        }
    }

    async fn inspect(
        &self,
        state: &mut State<Self>,
        options: &InspectOptions,
    ) -> Result<Realm, EngineError> {
        let mut realm = inspect::inspect(&mut state.connection, &state.target.place).await?;
        let only = state.target.scope.as_deref();
        realm.schemas.retain(|schema| match only {
            Some(only) => schema.name == only,
            None => options.schemas.is_empty() || options.schemas.contains(&schema.name),
        });
        Ok(realm)
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
        let found = catalog::content(&mut state.connection).await;
        let mut found = found
            .map_err(|error| link::failed(&state.target, "look at the other schemas", &error))?;
        found.retain(|one| one.kind != "schema" && !schemas.contains(&one.schema));
        Ok(found)
    }

    async fn tables_named(
        &self,
        connection: &mut Opened,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, ServerError> {
        let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
        let sql = format!(
            "SELECT s.name, t.name FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id \
             WHERE t.name IN ({}) ORDER BY 1, 2",
            names.join(", ")
        );
        let rows = connection.rows(&sql).await?.into_iter();
        let pair = |row: Row| match &row[..] {
            [Some(schema), Some(name)] => Some((schema.clone(), name.clone())),
            _ => None,
        };
        Ok(rows.filter_map(pair).collect())
    }

    async fn rows(
        &self,
        connection: &mut Opened,
        (schema, name): (&str, &str),
        columns: &[&str],
    ) -> Result<Vec<Row>, ServerError> {
        let texts: Vec<String> = columns.iter().map(|name| quote(name)).collect();
        let sql = format!(
            "SELECT {} FROM {}.{}",
            texts.join(", "),
            quote(schema),
            quote(name)
        );
        Ok(connection.rows(&sql).await?)
    }

    async fn column(
        &self,
        connection: &mut Opened,
        query: &str,
        _all: bool,
    ) -> Result<Vec<String>, ServerError> {
        if !class::only_reads(query) {
            return Err(ServerError {
                message: "the query may do more than read".to_owned(),
                answered: true,
            });
        }
        Ok(connection.texts(query).await?)
    }

    async fn is_locked(&self, connection: &mut Opened, name: &str) -> Result<bool, ServerError> {
        Ok(is_locked(connection, "sys.", name).await?)
    }

    async fn lock_name(
        &self,
        connection: &mut Opened,
        name: &str,
        wait: Duration,
    ) -> Result<bool, ServerError> {
        Ok(take_lock(connection, "sys.", name, wait).await?)
    }

    fn number(&self, connection: &Opened) -> String {
        connection.number.clone()
    }

    async fn kill(&self, admin: &mut Opened, numbers: &[String]) {
        for number in numbers {
            if let Err(error) = admin.run(&format!("KILL {number}")).await {
                tracing::debug!("can't end session {number}: {}", link::said(&error));
            }
        }
    }
}

/// The lock of the server that a run holds for as long as it lives.
fn lock_name(run: &Run) -> String {
    format!("{MARK} {}", run.number())
}

/// Takes a lock for the session; `procedures` says of which database it is.
async fn take_lock(
    connection: &mut Opened,
    procedures: &str,
    name: &str,
    wait: Duration,
) -> Result<bool, Error> {
    let sql = format!(
        "DECLARE @taken int; EXEC @taken = {procedures}sp_getapplock @Resource = {}, @LockMode = 'Exclusive', \
         @LockOwner = 'Session', @LockTimeout = {}, @DbPrincipal = 'public'; SELECT @taken",
        literal(name),
        wait.as_millis()
    );
    let taken = connection.text(&sql).await?;
    Ok(taken
        .and_then(|taken| taken.parse::<i32>().ok())
        .is_some_and(|taken| taken >= 0))
}

async fn is_locked(connection: &mut Opened, procedures: &str, name: &str) -> Result<bool, Error> {
    let test = format!(
        "SELECT APPLOCK_TEST('public', {}, 'Exclusive', 'Session')",
        literal(name)
    );
    let sql = format!("EXEC {procedures}sp_executesql {}", literal(&test));
    Ok(connection.text(&sql).await?.as_deref() == Some("0"))
}

/// Makes a database and marks it as this run's. What fails leaves nothing.
async fn make(
    admin: &mut Opened,
    name: &str,
    run: &Run,
    collation: Option<&str>,
) -> Result<(), Error> {
    let quoted = quote(name);
    let collate = collation.map_or(String::new(), |name| format!(" COLLATE {name}"));
    admin
        .run(&format!("CREATE DATABASE {quoted}{collate}"))
        .await?;
    let mark = format!(
        "EXEC {quoted}.sys.sp_addextendedproperty @name = {}, @value = {}",
        literal(MARK),
        literal(&run.describe())
    );
    let marked = admin.run(&mark).await;
    if marked.is_err() {
        let _ = drop_database(admin, name).await;
    }
    marked
}

/// Drops a database and its connections.
async fn drop_database(admin: &mut Opened, name: &str) -> Result<(), Error> {
    let (text, name) = (literal(name), quote(name));
    let sql = format!(
        "IF DB_ID({text}) IS NOT NULL BEGIN ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; \
         DROP DATABASE {name} END"
    );
    admin.run(&sql).await
}

/// By the image's documented variables
/// (<https://learn.microsoft.com/sql/linux/sql-server-linux-configure-environment-variables>).
fn launch(image: &str, _database: Option<&str>, password: &Secret) -> Launch {
    let env = [
        ("ACCEPT_EULA", "Y"),
        ("MSSQL_SA_PASSWORD", password.expose()),
        ("MSSQL_PID", "Developer"),
    ];
    Launch {
        image: image.to_owned(),
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        command: Vec::new(),
        port: 1433,
        // It opens its files past the cache, which a directory in memory does not let it.
        data: None,
        secrets: vec![password.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_databases_of_their_own() {
        let url = |text: &str| MsDriver.target(&DbUrl::parse(text).unwrap()).unwrap();
        let given = url("sqlserver://sa@h?database=dev");
        let state = MsDriver.with_database(&given, "trueup_0badf00d_0").options;
        assert_eq!(state.database.as_deref(), Some("trueup_0badf00d_0"));
        assert_eq!(state.stands_for.as_deref(), Some("dev"));
        // What a container's URL calls it is not there.
        let named = MsDriver.with_database(&url("sqlserver://sa@h"), "dev");
        assert_eq!(named.options.database, None);
        let state = MsDriver.with_database(&named, "trueup_0badf00d_1").options;
        assert_eq!(state.database.as_deref(), Some("trueup_0badf00d_1"));
        assert_eq!(state.stands_for.as_deref(), Some("dev"));
    }

    #[test]
    fn containers_get_what_the_image_asks_for() {
        let launch = launch("mssql", Some("dev"), &Secret::new("hunter2"));
        let has = |name: &str, value: &str| {
            let all = &launch.env;
            all.iter().any(|(own, said)| own == name && said == value)
        };
        assert!(has("ACCEPT_EULA", "Y") && has("MSSQL_SA_PASSWORD", "hunter2"));
        assert!(!format!("{:?}", launch.secrets).contains("hunter2"));
    }
}
