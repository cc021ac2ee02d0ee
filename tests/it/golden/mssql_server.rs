//! SQL Server: a server that the run is given by `TRUEUP_TEST_MSSQL_URL`, with a database for each state. It has no program that
//! dumps a schema, so what a plan leads to is judged by trueup's own view alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::config::DbUrl;
use trueup::dialect;
use trueup::engine::Session;
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};
use trueup::sql::{Statement, scan};

use super::bench::{self, Bench, Table, wait};
use super::case::Version;
use super::offline::cut;

/// A server.
pub(crate) struct Server {
    url: DbUrl,
    next: AtomicUsize,
    version: Version,
}

impl Server {
    /// The server that the run was given.
    pub(crate) fn given() -> Option<Self> {
        let url = std::env::var("TRUEUP_TEST_MSSQL_URL").ok()?;
        Some(Self::at(&url).unwrap_or_else(|error| panic!("TRUEUP_TEST_MSSQL_URL: {error}")))
    }

    /// A server by its URL.
    pub(crate) fn at(url: &str) -> Result<Self, String> {
        let url = DbUrl::parse(url).map_err(|error| error.to_string())?;
        let mut server = Self {
            url,
            next: AtomicUsize::new(0),
            version: (16, 0),
        };
        let version = server.on(None, async |session| {
            let sql = "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))";
            let found = session.column(&statement(sql), false).await;
            found.map_err(|error| error.to_string())
        })?;
        let major = version
            .first()
            .and_then(|one| one.split('.').next()?.parse().ok());
        server.version.0 = major.ok_or_else(|| format!("{version:?} is no version"))?;
        Ok(server)
    }

    fn to(&self, db: Option<&str>, scoped: bool) -> DbUrl {
        let mode = if scoped { "schema" } else { "database" };
        self.url
            .clone()
            .with_param("database", db)
            .with_param("mode", Some(mode))
    }

    fn on<T>(
        &self,
        db: Option<&str>,
        work: impl AsyncFnOnce(&mut dyn Session) -> Result<T, String>,
    ) -> Result<T, String> {
        let url = self.to(db, false);
        wait(async {
            let dialect = dialect::for_url(&url).map_err(|error| error.to_string())?;
            let session = dialect.live(&url).await;
            let mut session = session
                .map_err(|error| format!("{error}; {}", error.hint.clone().unwrap_or_default()))?;
            let done = work(&mut *session).await;
            session.close().await.map_err(|error| error.to_string())?;
            done
        })
    }

    fn run(&self, db: Option<&str>, statements: &[Statement], mode: TxMode) -> Result<(), String> {
        self.on(db, async |session| {
            let done = session.execute(statements, mode).await;
            done.map_err(|error| {
                let code = error.code.clone().unwrap_or_default();
                format!("{error} ({code})\nin {}", statements[error.statement].text)
            })
        })
    }
}

fn statement(sql: &str) -> Statement {
    let script = scan(
        sql,
        &dialect::named("mssql").expect("a dialect").profile().scan,
    );
    script.expect("a statement").statements[0].clone()
}

fn quote(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

impl Bench for Server {
    fn create(&self) -> String {
        let name = format!(
            "golden_{}_{}",
            std::process::id(),
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        let made = self.run(
            None,
            &[statement(&format!("CREATE DATABASE [{name}]"))],
            TxMode::None,
        );
        made.expect("a database");
        name
    }

    fn remove(&self, db: &str) {
        let sql = format!(
            "IF DB_ID(N'{db}') IS NOT NULL BEGIN ALTER DATABASE [{db}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; \
             DROP DATABASE [{db}] END"
        );
        let whole = Statement {
            text: sql,
            ..statement("SELECT 1")
        };
        self.run(None, &[whole], TxMode::None)
            .expect("the database goes");
    }

    fn script(&self, db: &str, sql: &str) -> Result<(), String> {
        let script = scan(
            sql,
            &dialect::named("mssql").expect("a dialect").profile().scan,
        );
        let script = script.map_err(|error| error.to_string())?;
        self.run(Some(db), &script.statements, TxMode::None)
    }

    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String> {
        let dialect = dialect::named("mssql").expect("a dialect");
        self.run(Some(db), &cut(dialect, statements)?, mode)
    }

    fn url(&self, db: &str, scoped: bool) -> String {
        self.to(Some(db), scoped).expose().to_owned()
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        bench::inspect(&self.url(db, scoped))
    }

    fn dump(&self, _db: &str) -> String {
        String::new()
    }

    fn rows(
        &self,
        db: &str,
        tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String> {
        self.on(Some(db), async |session| {
            let mut found = BTreeMap::new();
            for Table { name, columns } in tables {
                let names: Vec<&str> = columns.iter().map(String::as_str).collect();
                let rows = session.rows((&name.schema, &name.name), &names).await;
                let rows = rows.map_err(|error| error.to_string())?;
                let value = |at: usize| {
                    rows.iter()
                        .map(move |row| row[at].clone().unwrap_or_default())
                };
                let columns = columns
                    .iter()
                    .enumerate()
                    .map(|(at, name)| (name.clone(), value(at).collect()));
                let key = match name.schema.as_str() {
                    "dbo" => name.name.clone(),
                    schema => format!("{schema}.{}", name.name),
                };
                found.insert(key, columns.collect());
            }
            Ok(found)
        })
    }

    fn delete_rows(&self, db: &str, tables: &[ObjectName]) -> Result<(), String> {
        let delete = |name: &ObjectName| {
            statement(&format!(
                "DELETE FROM {}.{}",
                quote(&name.schema),
                quote(&name.name)
            ))
        };
        let all: Vec<Statement> = tables.iter().map(delete).collect();
        self.run(Some(db), &all, TxMode::None)
    }

    fn greatest_number(&self, db: &str, table: &str) -> Option<i64> {
        let sql = format!("SELECT CAST(IDENT_CURRENT(N'{table}') AS bigint)");
        let found = self.on(Some(db), async |session| {
            let found = session.column(&statement(&sql), false).await;
            found.map_err(|error| error.to_string())
        });
        found.ok()?.first()?.parse().ok()
    }

    fn version(&self) -> Version {
        self.version
    }
}

/// What a server's cases need of a server: the connection, statements, errors.
mod tests {
    use super::*;
    use crate::tds::Fake;

    #[test]
    fn a_server_is_used_as_it_is_given() {
        let fake = Fake::start(&[]);
        let server = Server::at(&fake.url("")).unwrap();
        let db = server.create();
        server
            .script(
                &db,
                "CREATE TABLE users (id int PRIMARY KEY);\nINSERT INTO users VALUES (1);",
            )
            .unwrap();
        let realm = server.inspect(&db, true).unwrap();
        assert_eq!(realm.schemas[0].tables[0].name, "users");
        let failed = server
            .execute(
                &db,
                &["DROP TABLE users", "DROP TABLE nothing"],
                TxMode::File,
            )
            .unwrap_err();
        assert!(failed.contains("(3701)\nin DROP TABLE nothing"), "{failed}");
        assert_eq!(server.inspect(&db, true).unwrap(), realm);
        server.remove(&db);
        assert_eq!(fake.holds(), ["master", "sa"]);
        let wrong = fake.url("").replace("Hunter2", "hunter3");
        let refused = Server::at(&wrong).err().unwrap();
        assert!(
            refused.contains("refuses user `sa`") && !refused.contains("hunter3"),
            "{refused}"
        );
    }
}
