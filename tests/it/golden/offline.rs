//! Dev databases without a server, as engines: a state of the schema model for each database.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::config::DbUrl;
use trueup::dialect::{self, Dialect};
use trueup::engine::attend::Unattended;
use trueup::engine::{InspectOptions, Session};
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};
use trueup::sql::{Statement, scan};

use super::bench::{Bench, Table, wait};
use super::case::Version;

/// States by their names.
pub(crate) struct Offline {
    dialect: &'static dyn Dialect,
    url: &'static str,
    /// The schema of scoped cases.
    schema: &'static str,
    sessions: Mutex<BTreeMap<String, Box<dyn Session>>>,
    next: AtomicUsize,
}

/// Statements as a file has them: they must be the same when they are cut again.
pub(super) fn cut(dialect: &dyn Dialect, statements: &[&str]) -> Result<Vec<Statement>, String> {
    let text: String = statements.iter().map(|sql| format!("{sql};\n")).collect();
    let script = scan(&text, &dialect.profile().scan).map_err(|error| error.to_string())?;
    let cut = script.statements.iter();
    let cut: Vec<&str> = cut.map(|one| one.text.trim_end_matches(';')).collect();
    match cut == statements {
        true => Ok(script.statements),
        false => Err(format!("statements are cut in another way: {cut:#?}")),
    }
}

impl Offline {
    fn new(dialect: &str, url: &'static str, schema: &'static str) -> Self {
        Self {
            dialect: dialect::named(dialect).expect("a dialect"),
            url,
            schema,
            sessions: Mutex::default(),
            next: AtomicUsize::default(),
        }
    }

    pub(crate) fn mssql() -> Self {
        Self::new("mssql", "offline://mssql/2022?mode=database", "dbo")
    }

    pub(crate) fn sqlite() -> Self {
        Self::new("sqlite", "offline://sqlite", "main")
    }

    fn on<T>(
        &self,
        db: &str,
        work: impl AsyncFnOnce(&mut dyn Session) -> Result<T, String>,
    ) -> Result<T, String> {
        let session = self
            .sessions
            .lock()
            .expect("no thread panics with it")
            .remove(db);
        let mut session = session.expect("a state of this name");
        let done = wait(work(&mut *session));
        self.sessions
            .lock()
            .expect("no thread panics with it")
            .insert(db.to_owned(), session);
        done
    }

    /// Runs a text as one batch.
    pub(super) fn batch(&self, db: &str, sql: &str) -> Result<(), String> {
        self.run(db, &[Statement::whole(sql)], TxMode::None)
    }

    fn run(&self, db: &str, statements: &[Statement], mode: TxMode) -> Result<(), String> {
        self.on(db, async |session| {
            let done = session.execute(statements, mode).await;
            done.map_err(|error| format!("{error}\nin {}", statements[error.statement].text))
        })
    }
}

impl Bench for Offline {
    fn create(&self) -> String {
        let name = format!("state_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let url = DbUrl::parse(self.url).expect("a URL");
        let session = wait(async {
            let mut dev = self
                .dialect
                .open_dev(&url, &Unattended)
                .await
                .expect("a dev database");
            dev.session("state").await.expect("a state")
        });
        self.sessions
            .lock()
            .expect("no thread panics with it")
            .insert(name.clone(), session);
        name
    }

    fn remove(&self, db: &str) {
        self.sessions
            .lock()
            .expect("no thread panics with it")
            .remove(db);
    }

    fn script(&self, db: &str, sql: &str) -> Result<(), String> {
        let script = scan(sql, &self.dialect.profile().scan).map_err(|error| error.to_string())?;
        self.run(db, &script.statements, TxMode::None)
    }

    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String> {
        self.run(db, &cut(self.dialect, statements)?, mode)
    }

    fn url(&self, _db: &str, _scoped: bool) -> String {
        self.url.to_owned()
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        let schemas = if scoped {
            vec![self.schema.to_owned()]
        } else {
            Vec::new()
        };
        self.on(db, async |session| {
            let realm = session.inspect(&InspectOptions { schemas }).await;
            realm.map_err(|error| error.to_string())
        })
    }

    fn dump(&self, _db: &str) -> String {
        String::new()
    }

    fn rows(
        &self,
        _db: &str,
        _tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String> {
        Ok(BTreeMap::new())
    }

    fn delete_rows(&self, _db: &str, _tables: &[ObjectName]) -> Result<(), String> {
        Ok(())
    }

    fn greatest_number(&self, _db: &str, _table: &str) -> Option<i64> {
        None
    }

    fn version(&self) -> Version {
        (16, 0)
    }
}
