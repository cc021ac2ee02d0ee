//! MySQL and MariaDB: one server of each, a database for each state.

use std::collections::BTreeMap;

use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};

use super::bench::{self, Bench, Table};
use super::case::Version;
use super::impact::Seen;
use crate::mysql_server::{Server, quote};

/// What every case calls its database, whatever the server's name for it is.
const DATABASE: &str = "dev";

/// A server and the databases on it.
pub(crate) struct Databases {
    server: Server,
}

impl Databases {
    pub(crate) fn start(mariadb: bool) -> Self {
        Self::on(Server::start(mariadb))
    }

    pub(crate) fn on(server: Server) -> Self {
        Self { server }
    }

    /// The server itself.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Runs statements, changes of tables in the quickest way that the server agrees to: those ways, and the tables that have
    /// other rows on the disk now.
    pub(super) fn watched<'s>(
        &self,
        db: &str,
        statements: impl Iterator<Item = &'s str>,
    ) -> Result<Seen, String> {
        // The quickest first, and what is asked for.
        const WAYS: [(&str, &str); 4] = [
            ("LOCK=NONE", ", ALGORITHM=INSTANT"),
            ("LOCK=NONE", ", ALGORITHM=INPLACE, LOCK=NONE"),
            (
                "ALGORITHM=INPLACE, LOCK=SHARED",
                ", ALGORITHM=INPLACE, LOCK=SHARED",
            ),
            ("ALGORITHM=COPY, LOCK=SHARED", ""),
        ];
        let (case, here) = (quote(DATABASE) + ".", quote(db) + ".");
        let statements: Vec<String> = statements.map(|one| one.replace(&case, &here)).collect();
        let changed = |sql: &str| {
            let rest = sql.strip_prefix("ALTER TABLE ")?;
            let rest = rest.strip_prefix(&here).unwrap_or(rest);
            let (table, rest) = rest.strip_prefix('`')?.split_once('`')?;
            (!rest.contains("PARTITION")).then(|| table.to_owned())
        };
        let variants = statements.iter().map(|sql| match changed(sql) {
            Some(_) => WAYS.iter().map(|way| format!("{sql}{}", way.1)).collect(),
            None => vec![sql.clone()],
        });
        let before = self.server.table_ids(db);
        let ran = self.server.run_first(db, &variants.collect::<Vec<_>>())?;
        let after = self.server.table_ids(db);
        let name = |table: &String| format!("{DATABASE}.{table}");
        let there = before.keys().filter(|table| after.contains_key(*table));
        let tables = there.clone().map(name).collect();
        let mut ways: BTreeMap<String, usize> = BTreeMap::new();
        for (sql, way) in statements.iter().zip(ran) {
            if let Some(table) = changed(sql).filter(|table| there.clone().any(|one| one == table))
            {
                let known = ways.entry(name(&table)).or_default();
                *known = way.max(*known);
            }
        }
        let locks = ways
            .into_iter()
            .map(|(table, way)| (table, WAYS[way].0.to_owned()));
        Ok(Seen {
            tables,
            locks: Some(locks.collect()),
            rewritten: there
                .filter(|table| before.get(*table) != after.get(*table))
                .map(name)
                .collect(),
        })
    }

    /// The server that the run was given, or one of our own.
    pub(crate) fn given_or_own(mariadb: bool) -> Self {
        Self::on(Server::given_or_own(mariadb))
    }
}

impl Bench for Databases {
    fn create(&self) -> String {
        self.server.database()
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
        // A plan that qualifies names has the database's name in the case.
        let (case, here) = (quote(DATABASE) + ".", quote(db) + ".");
        let statements: Vec<String> = statements
            .iter()
            .map(|statement| statement.replace(&case, &here))
            .collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.server.run(db, &statements)
    }

    fn url(&self, db: &str, _scoped: bool) -> String {
        self.server.url(Some(db))
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        let mut realm = bench::inspect(&self.url(db, scoped))?;
        realm.rename_schema(db, DATABASE);
        // Recorded for every release of a series.
        let (major, minor) = self.server.version();
        realm
            .server
            .insert("version".to_owned(), format!("{major}.{minor}.99"));
        Ok(realm)
    }

    fn dump(&self, db: &str) -> String {
        self.server.dump(db)
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

    fn version(&self) -> Version {
        self.server.version()
    }

    fn default_collation(&self) -> Option<(&'static str, String)> {
        Some((self.server.recorded_collation(), self.server.collation()))
    }
}
