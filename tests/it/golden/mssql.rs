//! SQL Server, offline: a state of each database, since no server can be had everywhere. What a plan does is judged by the
//! replay, and that it is T-SQL by Microsoft's parser in a test of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::config::DbUrl;
use trueup::dialect;
use trueup::engine::attend::Unattended;
use trueup::engine::{InspectOptions, Session};
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};
use trueup::sql::{Statement, scan};

use super::bench::{Bench, Table, wait};
use super::case::{Version, root};

const URL: &str = "offline://mssql/2022?mode=database";

/// States by their names.
#[derive(Default)]
pub(crate) struct Offline {
    sessions: Mutex<BTreeMap<String, Box<dyn Session>>>,
    next: AtomicUsize,
}

fn dialect() -> &'static dyn dialect::Dialect {
    dialect::named("mssql").expect("a dialect")
}

/// Statements as a file has them: they must be the same when they are cut again.
pub(super) fn cut(statements: &[&str]) -> Result<Vec<Statement>, String> {
    let text: String = statements.iter().map(|sql| format!("{sql};\n")).collect();
    let script = scan(&text, &dialect().profile().scan).map_err(|error| error.to_string())?;
    let cut = script.statements.iter();
    let cut: Vec<&str> = cut.map(|one| one.text.trim_end_matches(';')).collect();
    match cut == statements {
        true => Ok(script.statements),
        false => Err(format!("statements are cut in another way: {cut:#?}")),
    }
}

impl Offline {
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
        let url = DbUrl::parse(URL).expect("a URL");
        let session = wait(async {
            let mut dev = dialect()
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
        let script = scan(sql, &dialect().profile().scan).map_err(|error| error.to_string())?;
        self.run(db, &script.statements, TxMode::None)
    }

    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String> {
        self.run(db, &cut(statements)?, mode)
    }

    fn url(&self, _db: &str, _scoped: bool) -> String {
        URL.to_owned()
    }

    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String> {
        let schemas = if scoped {
            vec!["dbo".to_owned()]
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

/// What is planned, what cases begin and end with, and the way back, all of it T-SQL to Microsoft's own parser.
#[test]
fn plans_are_tsql() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = home.join("target/tsql/venv/bin/python");
    assert!(
        python.exists(),
        "run `make setup`: there is no parser of T-SQL in target/tsql"
    );
    let dir = tempfile::tempdir().expect("a directory");
    let mut files = Vec::new();
    for case in super::cases(Some("mssql")) {
        let bench = Offline::default();
        let [before, after] = [&case.before, &case.after].map(|sql| {
            let db = bench.create();
            bench.script(&db, sql).expect("a case's own SQL");
            bench.inspect(&db, case.facts.scoped).expect("a state")
        });
        let mut write = |what: &str, text: &str| {
            let path = dir
                .path()
                .join(format!("{}-{what}.sql", case.name.replace('/', "-")));
            std::fs::write(&path, text).expect("a file");
            files.push(path);
        };
        write("before", &case.before);
        write("after", &case.after);
        if let Ok(plan) = super::plan(&case, &before, &after) {
            // A client may send a file as one batch.
            let forward = plan.to_file();
            let steps = plan.reverse.steps.iter();
            let back: String = steps.map(|step| format!("{};\n", step.sql)).collect();
            for (what, text) in [("plan", forward), ("reverse", back)] {
                let declared: Vec<&str> = text.split("DECLARE ").skip(1).collect();
                let names = declared.iter().filter_map(|rest| rest.split(' ').next());
                let names: BTreeSet<&str> = names.collect();
                let once = names.len() == declared.len();
                assert!(once, "{} declares a name twice: {text}", case.name);
                write(what, &text);
            }
        }
    }
    assert!(files.len() > 300, "cases are missing: {}", root().display());
    let output = Command::new(python)
        .arg(home.join("scripts/tsql.py"))
        .args(&files)
        .output()
        .expect("Python starts");
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}
