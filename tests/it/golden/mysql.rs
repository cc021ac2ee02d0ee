//! MySQL and MariaDB: one private server of each, a database for each state.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};

use super::bench::{self, Bench, Table};
use crate::mysql_server::{Server, quote};

/// What every case calls its database, whatever the server's name for it is.
const DATABASE: &str = "dev";

/// A server and the databases on it.
pub(crate) struct Databases {
    server: Server,
    next: AtomicUsize,
}

impl Databases {
    pub(crate) fn start(mariadb: bool) -> Self {
        Self {
            server: Server::start(mariadb),
            next: AtomicUsize::new(0),
        }
    }

    /// Major and minor version.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.server.version()
    }
}

impl Bench for Databases {
    fn create(&self) -> String {
        let db = format!("case_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.server
            .run("", &[&format!("CREATE DATABASE {db}")])
            .expect("a database");
        db
    }

    fn remove(&self, db: &str) {
        self.server
            .run("", &[&format!("DROP DATABASE {db}")])
            .expect("a database that goes");
    }

    fn script(&self, db: &str, sql: &str) -> Result<(), String> {
        if sql.trim().is_empty() {
            Ok(())
        } else {
            self.server.run(db, &[sql])
        }
    }

    fn execute(&self, db: &str, statements: &[&str], _mode: TxMode) -> Result<(), String> {
        self.server.run(db, statements)
    }

    fn inspect(&self, db: &str, _scoped: bool) -> Result<Realm, String> {
        let mut realm = bench::inspect(&self.server.url(Some(db)))?;
        realm.rename_schema(db, DATABASE);
        // Recorded for every release of a series.
        let (major, minor) = self.server.version();
        realm
            .server
            .insert("version".to_owned(), format!("{major}.{minor}.99"));
        Ok(realm)
    }

    fn dump(&self, db: &str) -> String {
        let of = |sql: &str| {
            self.server
                .query(db, &sql.replace("{}", &format!("'{db}'")))
        };
        let mut dump = String::new();
        let tables = of(
            "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} ORDER BY 1",
        );
        for table in tables {
            let kind = if table[1].contains("VIEW") {
                "VIEW"
            } else {
                "TABLE"
            };
            let rows = self
                .server
                .query(db, &format!("SHOW CREATE {kind} {}", quote(&table[0])));
            dump.push_str(&normal(&rows[0][1]));
            dump.push('\n');
        }
        let triggers = of(
            "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT FROM information_schema.TRIGGERS \
                           WHERE TRIGGER_SCHEMA = {} ORDER BY 1",
        );
        let routines = of(
            "SELECT ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION FROM information_schema.ROUTINES \
                           WHERE ROUTINE_SCHEMA = {} ORDER BY 1",
        );
        let schema = of(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
                         WHERE SCHEMA_NAME = {}",
        );
        for row in triggers.into_iter().chain(routines).chain(schema) {
            dump.push_str(&row.join(" "));
            dump.push('\n');
        }
        dump
    }

    fn rows(
        &self,
        db: &str,
        tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String> {
        let mut all = BTreeMap::new();
        for table in tables {
            let list: Vec<String> = table.columns.iter().map(|name| quote(name)).collect();
            let order: Vec<String> = (1..=list.len()).map(|at| at.to_string()).collect();
            let sql = format!(
                "SELECT {} FROM {} ORDER BY {}",
                list.join(", "),
                quote(&table.name.name),
                order.join(", ")
            );
            let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for row in self.server.query(db, &sql) {
                for (name, value) in table.columns.iter().zip(row) {
                    columns.entry(name.clone()).or_default().push(value);
                }
            }
            all.insert(table.name.name.clone(), columns);
        }
        Ok(all)
    }

    fn delete_rows(&self, db: &str, tables: &[ObjectName]) -> Result<(), String> {
        let mut statements = vec!["SET foreign_key_checks = 0".to_owned()];
        statements.extend(
            tables
                .iter()
                .map(|table| format!("DELETE FROM {}", quote(&table.name))),
        );
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.server.run(db, &statements)
    }

    fn greatest_number(&self, _db: &str, _table: &str) -> Option<i64> {
        None
    }

    fn recorded(&self) -> bool {
        true
    }
}

/// `SHOW CREATE`'s text without the number that rows moved; lines in the order of their text, since the order of columns
/// is not part of equality.
fn normal(text: &str) -> String {
    let mut lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(','))
        .collect();
    if let [first, middle @ .., last] = lines.as_mut_slice() {
        let _ = (first, last);
        middle.sort_unstable();
    }
    let text = lines.join("\n");
    match text.split_once(" AUTO_INCREMENT=") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{rest}")
        }
        None => text,
    }
}
