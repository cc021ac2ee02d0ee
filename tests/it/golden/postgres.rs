//! PostgreSQL: one server, a database for each state.

use std::collections::BTreeMap;
use std::sync::Mutex;

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Row as _};
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};

use super::bench::{self, Bench, Table, wait};
use super::case::Version;
use super::impact::Seen;
use crate::lab::Postgres;

/// The server.
pub(crate) struct Server {
    server: Postgres,
    major: u32,
    /// Databases that are empty again.
    free: Mutex<Vec<String>>,
}

/// Empties a database many times faster than dropping it and making another. `OWNER` is whom `public` belongs to.
const EMPTY: &str = r"
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END
$$;
CREATE SCHEMA public AUTHORIZATION OWNER;
GRANT USAGE ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema';
";

impl Server {
    pub(crate) fn start() -> Self {
        Self::on(Postgres::start())
    }

    /// The server that the run was given, or one of our own.
    pub(crate) fn given_or_own() -> Self {
        Self::on(Postgres::given_or_own())
    }

    pub(crate) fn on(server: Postgres) -> Self {
        let major = server.major();
        Self {
            server,
            major,
            free: Mutex::default(),
        }
    }

    fn empty(&self, db: &str) -> Result<(), String> {
        let owner = if self.major < 14 {
            "CURRENT_USER"
        } else {
            "pg_database_owner"
        };
        self.run(db, &[&EMPTY.replace("OWNER", owner)])
    }

    /// The server itself.
    pub(crate) fn server(&self) -> &Postgres {
        &self.server
    }

    async fn connect(&self, db: &str) -> Result<PgConnection, String> {
        let options = self
            .server
            .options(db)
            .options([("client_min_messages", "warning")]);
        PgConnection::connect_with(&options)
            .await
            .map_err(|error| error.to_string())
    }

    /// Runs statements, and tells which locks the transaction then holds on tables that were there before, and which of them
    /// have another file.
    pub(super) fn watched(
        &self,
        db: &str,
        statements: &[&str],
        whole: bool,
    ) -> Result<Seen, String> {
        const TABLES: &str = "SELECT n.nspname || '.' || c.relname, c.oid::bigint, c.relfilenode::bigint FROM pg_class c \
                              JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname !~ \
                              '^pg_' AND n.nspname <> 'information_schema'";
        const LOCKS: &str = "SELECT relation::bigint, mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid()";
        // The weakest first.
        const WEIGHED: [(&str, &str); 5] = [
            ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
            ("ShareLock", "SHARE"),
            ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
            ("ExclusiveLock", "EXCLUSIVE"),
            ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
        ];
        wait(async {
            let failed = |error: sqlx::Error| error.to_string();
            let mut connection = self.connect(db).await?;
            let before: Vec<(String, i64, i64)> = sqlx::query_as(TABLES)
                .fetch_all(&mut connection)
                .await
                .map_err(failed)?;
            let begin = whole.then_some("BEGIN");
            for statement in begin.iter().chain(statements) {
                let run = sqlx::raw_sql(sqlx::AssertSqlSafe(*statement));
                let run = run.execute(&mut connection).await;
                run.map_err(|error| format!("{error}\nin {statement}"))?;
            }
            let held: Vec<(i64, String)> = sqlx::query_as(LOCKS)
                .fetch_all(&mut connection)
                .await
                .map_err(failed)?;
            let after: Vec<(String, i64, i64)> = sqlx::query_as(TABLES)
                .fetch_all(&mut connection)
                .await
                .map_err(failed)?;
            connection.close().await.map_err(failed)?;
            let strongest = |oid: i64| {
                let held = held.iter().filter(|(relation, _)| *relation == oid);
                let place = |mode: &String| WEIGHED.iter().position(|one| one.0 == mode);
                let strongest = held.filter_map(|(_, mode)| place(mode)).max();
                strongest.map(|at| WEIGHED[at].1.to_owned())
            };
            let locks = before
                .iter()
                .filter_map(|(name, oid, _)| Some((name.clone(), strongest(*oid)?)));
            let has_other_file = |(_, oid, file): &&(String, i64, i64)| {
                let now = after.iter().find(|(_, other, _)| other == oid);
                now.is_some_and(|(_, _, now)| now != file)
            };
            let rewritten = before.iter().filter(has_other_file);
            Ok(Seen {
                tables: before.iter().map(|(name, ..)| name.clone()).collect(),
                locks: whole.then(|| locks.collect()),
                rewritten: rewritten.map(|(name, ..)| name.clone()).collect(),
            })
        })
    }

    fn run(&self, db: &str, statements: &[&str]) -> Result<(), String> {
        wait(async {
            let mut connection = self.connect(db).await?;
            for statement in statements {
                let run = sqlx::raw_sql(sqlx::AssertSqlSafe(*statement))
                    .execute(&mut connection)
                    .await;
                run.map_err(|error| format!("{error}\nin {statement}"))?;
            }
            connection.close().await.map_err(|error| error.to_string())
        })
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Bench for Server {
    fn create(&self) -> String {
        if let Some(db) = self.free.lock().expect("no thread panics with it").pop() {
            return db;
        }
        let db = self.server.database();
        self.empty(&db).expect("an empty database");
        db
    }

    fn remove(&self, db: &str) {
        if self.empty(db).is_ok() {
            self.free
                .lock()
                .expect("no thread panics with it")
                .push(db.to_owned());
        }
    }

    fn script(&self, db: &str, sql: &str) -> Result<(), String> {
        if sql.trim().is_empty() {
            Ok(())
        } else {
            self.run(db, &[sql])
        }
    }

    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String> {
        let mut all = statements.to_vec();
        if mode == TxMode::File {
            all.insert(0, "BEGIN");
            all.push("COMMIT");
        }
        self.run(db, &all)
    }

    fn url(&self, db: &str, scoped: bool) -> String {
        let url = self.server.url(db);
        if scoped {
            let with = if url.contains('?') { '&' } else { '?' };
            format!("{url}{with}search_path=public")
        } else {
            url
        }
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        bench::inspect(&self.url(db, scoped))
    }

    fn dump(&self, db: &str) -> String {
        self.server.dump(db)
    }

    fn rows(
        &self,
        db: &str,
        tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String> {
        wait(async {
            let mut connection = self.connect(db).await?;
            let mut all = BTreeMap::new();
            for table in tables {
                let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
                let list: Vec<String> = table
                    .columns
                    .iter()
                    .map(|name| format!("coalesce({}::text, '<null>')", quote(name)))
                    .collect();
                let sql = format!(
                    "SELECT ARRAY[{}]::text[] FROM {}.{} ORDER BY 1",
                    list.join(", "),
                    quote(&table.name.schema),
                    quote(&table.name.name)
                );
                let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await;
                for row in rows.map_err(|error| error.to_string())? {
                    let values: Vec<String> = row.try_get(0).map_err(|error| error.to_string())?;
                    for (name, value) in table.columns.iter().zip(values) {
                        columns.entry(name.clone()).or_default().push(value);
                    }
                }
                let name = match table.name.schema.as_str() {
                    "public" => table.name.name.clone(),
                    schema => format!("{schema}.{}", table.name.name),
                };
                all.insert(name, columns);
            }
            connection
                .close()
                .await
                .map_err(|error| error.to_string())?;
            Ok(all)
        })
    }

    fn delete_rows(&self, db: &str, tables: &[ObjectName]) -> Result<(), String> {
        let names: Vec<String> = tables
            .iter()
            .map(|table| format!("{}.{}", quote(&table.schema), quote(&table.name)))
            .collect();
        if names.is_empty() {
            Ok(())
        } else {
            self.run(db, &[&format!("TRUNCATE {} CASCADE", names.join(", "))])
        }
    }

    fn greatest_number(&self, _db: &str, _table: &str) -> Option<i64> {
        None
    }

    fn version(&self) -> Version {
        (self.major, 0)
    }
}
