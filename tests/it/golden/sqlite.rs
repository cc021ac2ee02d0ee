//! SQLite: a file for each state, with foreign keys enforced as an application would have them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};
use tempfile::TempDir;
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};

use super::bench::{self, Bench, Table, wait};
use super::case::Version;
use super::sqlite_text;

/// A directory of databases.
pub(crate) struct Files {
    dir: TempDir,
    next: AtomicUsize,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    pub(crate) fn within(parent: &Path) -> Self {
        Self {
            dir: TempDir::new_in(parent).expect("a temporary directory"),
            next: AtomicUsize::new(0),
        }
    }

    fn path(&self, db: &str) -> PathBuf {
        self.dir.path().join(db)
    }

    async fn connect(&self, db: &str) -> Result<SqliteConnection, String> {
        let options = SqliteConnectOptions::new()
            .filename(self.path(db))
            .create_if_missing(true)
            .foreign_keys(true);
        let options = options.pragma("synchronous", "OFF");
        SqliteConnection::connect_with(&options)
            .await
            .map_err(|error| error.to_string())
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
            // A plan must not leave the connection in a mode that its user did not choose.
            let row = sqlx::raw_sql("PRAGMA foreign_keys")
                .fetch_one(&mut connection)
                .await;
            let on: i64 = row
                .and_then(|row| row.try_get(0))
                .map_err(|error| error.to_string())?;
            connection
                .close()
                .await
                .map_err(|error| error.to_string())?;
            if on == 1 {
                Ok(())
            } else {
                Err("foreign keys are left unenforced".to_owned())
            }
        })
    }

    /// The pages at which tables begin.
    pub(crate) fn roots(&self, db: &str) -> Result<BTreeMap<String, String>, String> {
        let sql = "SELECT name, CAST(rootpage AS TEXT) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let rows = self.strings(db, sql.to_owned())?.into_iter();
        Ok(rows
            .filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone())))
            .collect())
    }

    fn strings(&self, db: &str, sql: String) -> Result<Vec<Vec<String>>, String> {
        wait(async {
            let mut connection = self.connect(db).await?;
            let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await;
            let rows = rows.map_err(|error| error.to_string())?;
            connection
                .close()
                .await
                .map_err(|error| error.to_string())?;
            let text = |row: &sqlx::sqlite::SqliteRow, i| {
                row.try_get::<Option<String>, _>(i)
                    .map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
            };
            let texts = rows.iter().map(|row| {
                (0..row.len())
                    .map(|i| text(row, i))
                    .collect::<Result<Vec<_>, _>>()
            });
            texts
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| error.to_string())
        })
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Bench for Files {
    fn create(&self) -> String {
        format!("state_{}.db", self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn remove(&self, db: &str) {
        // The directory goes as a whole; this only frees space early.
        let _ = std::fs::remove_file(self.path(db));
    }

    fn script(&self, db: &str, sql: &str) -> Result<(), String> {
        self.run(db, &[sql])
    }

    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String> {
        let mut all = statements.to_vec();
        if mode == TxMode::File {
            all.insert(0, "BEGIN");
            all.push("COMMIT");
        }
        self.run(db, &all)?;
        let broken = self.strings(
            db,
            "SELECT \"table\" FROM pragma_foreign_key_check".to_owned(),
        )?;
        if broken.is_empty() {
            Ok(())
        } else {
            Err(format!("rows without a parent: {broken:?}"))
        }
    }

    fn url(&self, db: &str, _scoped: bool) -> String {
        format!("sqlite://{}", self.path(db).display())
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        self.run(db, &[])?;
        bench::inspect(&self.url(db, scoped))
    }

    fn dump(&self, db: &str) -> String {
        let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";
        let rows = self.strings(db, sql.to_owned()).expect("a readable schema");
        let texts = rows.iter().map(|row| {
            format!(
                "{} {} on {}\n{}",
                row[0],
                row[1],
                row[2],
                sqlite_text::normal(&row[0], &row[3])
            )
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    fn rows(
        &self,
        db: &str,
        tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String> {
        let mut all = BTreeMap::new();
        for table in tables.iter().filter(|table| !table.columns.is_empty()) {
            let list: Vec<String> = table
                .columns
                .iter()
                .map(|name| format!("CAST({} AS TEXT)", quote(name)))
                .collect();
            let list = list.join(", ");
            let sql = format!(
                "SELECT {list} FROM {} ORDER BY {list}",
                quote(&table.name.name)
            );
            let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for row in self.strings(db, sql)? {
                for (name, value) in table.columns.iter().zip(row) {
                    columns.entry(name.clone()).or_default().push(value);
                }
            }
            all.insert(table.name.name.clone(), columns);
        }
        Ok(all)
    }

    fn delete_rows(&self, db: &str, tables: &[ObjectName]) -> Result<(), String> {
        let deletes: Vec<String> = tables
            .iter()
            .map(|table| format!("DELETE FROM {}", quote(&table.name)))
            .collect();
        self.run(
            db,
            &[&format!(
                "PRAGMA foreign_keys = off; {}; PRAGMA foreign_keys = on",
                deletes.join("; ")
            )],
        )
    }

    fn greatest_number(&self, db: &str, table: &str) -> Option<i64> {
        let sql = format!(
            "SELECT CAST(seq AS TEXT) FROM sqlite_sequence WHERE name = '{}'",
            table.replace('\'', "''")
        );
        self.strings(db, sql).ok()?.first()?.first()?.parse().ok()
    }

    fn version(&self) -> Version {
        (3, 0)
    }
}
