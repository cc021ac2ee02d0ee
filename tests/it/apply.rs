//! `migrate apply`, `status` and `set`: databases of all engines, runs that fail, and runs that are killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};

use serde_json::Value;
use trueup::schema::ObjectName;

use crate::cli_world::{Run, World, eventually, finish};
use crate::golden::bench::{Bench, Table};
use crate::golden::{mysql, postgres, sqlite};

/// A directory and a database.
struct Live<'a> {
    bench: &'a dyn Bench,
    world: World,
    db: String,
}

impl<'a> Live<'a> {
    fn new(bench: &'a dyn Bench, files: &[(&str, &str)]) -> Self {
        let world = World::empty();
        for (name, text) in files {
            world.write(&format!("migrations/{name}"), text);
        }
        let live = Self {
            bench,
            world,
            db: bench.create(),
        };
        live.hash();
        live
    }

    fn hash(&self) {
        self.world.run(&["migrate", "hash", "-q"]).code(0);
    }

    fn args<'s>(&self, args: &'s [&'s str], url: &'s str) -> Vec<&'s str> {
        let mut all = vec!["migrate", args[0], "--url", url];
        all.extend(&args[1..]);
        all
    }

    fn run(&self, args: &[&str]) -> Run {
        let url = self.bench.url(&self.db, true);
        self.world.run(&self.args(args, &url))
    }

    fn apply(&self, more: &[&str]) -> Run {
        self.run(&[&["apply"], more].concat())
    }

    fn status(&self) -> Value {
        let run = self.run(&["status", "--format", "json"]).code(0);
        serde_json::from_str(&run.out).unwrap()
    }

    /// Columns of a table's rows, in the rows' order.
    fn rows(&self, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
        let asked = Table {
            name: ObjectName {
                schema: "public".to_owned(),
                name: table.to_owned(),
            },
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        };
        let mut all = self.bench.rows(&self.db, &[asked]).unwrap();
        let found = all.remove(table).unwrap_or_default();
        let column = |name: &&str| found.get(*name).cloned().unwrap_or_default();
        let columns: Vec<Vec<String>> = columns.iter().map(column).collect();
        (0..columns.first().map_or(0, Vec::len))
            .map(|at| columns.iter().map(|column| column[at].clone()).collect())
            .collect()
    }

    fn revisions(&self) -> Vec<Vec<String>> {
        let columns = ["version", "description", "type", "applied", "total"];
        self.rows("atlas_schema_revisions", &columns)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
    }
}

fn engines() -> [(&'static str, Box<dyn Bench>); 4] {
    [
        ("sqlite", Box::new(sqlite::Files::new())),
        ("postgres", Box::new(postgres::Server::start())),
        ("mysql", Box::new(mysql::Databases::start(false))),
        ("mariadb", Box::new(mysql::Databases::start(true))),
    ]
}

#[test]
fn what_a_database_lacks_is_applied_and_recorded() {
    for (engine, bench) in &engines() {
        let live = Live::new(
            &**bench,
            &[
                (
                    "1_first.sql",
                    "CREATE TABLE a (id int);\nCREATE TABLE b (\n  id int\n);\n",
                ),
                ("2_second.sql", "CREATE TABLE c (id int);\n"),
            ],
        );
        let empty = bench.dump(&live.db);
        live.run(&["status"]).code(0).out(
            "Migration Status: PENDING\n  -- Current Version: No migration applied yet\n  -- Next Version:    1\n  -- Executed \
             Files:  0\n  -- Pending Files:   2\n",
        );
        let dry = live.apply(&["--dry-run"]).code(0);
        assert_eq!(
            dry.out,
            "Migrating to version 2 (2 migrations in total):\n\n  -- migrating version 1\n    -> CREATE TABLE a (id int);\n    \
             -> CREATE TABLE b (\n         id int\n       );\n\n  -- migrating version 2\n    -> CREATE TABLE c (id int);\n"
        );
        assert_eq!(
            bench.dump(&live.db),
            empty,
            "{engine}: a dry run writes nothing"
        );
        let first = live.apply(&["1"]).code(0);
        assert!(
            first
                .out
                .contains("\n  -- 1 migration\n  -- 2 sql statements\n"),
            "{first:?}"
        );
        assert_eq!(
            live.revisions(),
            [["1", "first", "2", "2", "2"]],
            "{engine}"
        );
        assert_eq!(live.status()["Next"], "2_second.sql");
        live.apply(&[]).code(0).err("");
        assert_eq!(
            live.revisions(),
            [
                ["1", "first", "2", "2", "2"],
                ["2", "second", "2", "1", "1"]
            ]
        );
        live.apply(&[])
            .code(0)
            .out("No migration files to execute\n");
        assert_eq!(live.status()["Status"], "OK");
        let set = live.run(&["set", "1"]).code(0);
        assert_eq!(
            set.out, "Current version is 1 (1 removed):\n\n  - 2\n",
            "{engine}"
        );
        let set = live.run(&["set"]).code(0);
        assert_eq!(
            set.out, "Current version is 2 (1 set):\n\n  + 2\n",
            "{engine}"
        );
        assert_eq!(live.revisions()[1], ["2", "second", "4", "0", "0"]);
    }
}

#[test]
fn a_file_that_fails_goes_on_where_it_ended() {
    for (engine, bench) in &engines() {
        let live = Live::new(
            &**bench,
            &[(
                "1_all.sql",
                "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
            )],
        );
        let run = live.apply(&[]).code(2);
        assert!(
            run.err.contains("migrations/1_all.sql:3:"),
            "{engine} {run:?}"
        );
        assert!(
            run.out.contains("  -- 0 migrations ok, 1 with errors\n"),
            "{engine} {run:?}"
        );
        let atomic = !engine.starts_with('m');
        match atomic {
            true => assert_eq!(live.revisions(), Vec::<Vec<String>>::new(), "{engine}"),
            false => assert_eq!(live.revisions(), [["1", "all", "2", "2", "3"]], "{engine}"),
        }
        if !atomic {
            let status = live.status();
            assert_eq!(status["SQL"], "INSERT INTO nowhere VALUES (1);");
            assert!(
                status["Error"].as_str().unwrap().contains("nowhere"),
                "{status}"
            );
            live.world.write(
                "migrations/1_all.sql",
                "CREATE TABLE a (id int);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);\n",
            );
            live.hash();
            live.apply(&[])
                .code(2)
                .err_has("statement 2 is another one");
        }
        live.world.write(
            "migrations/1_all.sql",
            "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);\n",
        );
        live.hash();
        live.apply(&[]).code(0);
        assert_eq!(live.rows("a", &["id"]), [["1"], ["2"], ["3"]], "{engine}");
        assert_eq!(live.revisions(), [["1", "all", "2", "4", "4"]], "{engine}");
    }
}

/// Files of every kind of transaction, with a row of `log` for each statement that is not a definition.
fn steps(engine: &str) -> Vec<(&'static str, String)> {
    let begin = match engine {
        "mysql" | "mariadb" => "START TRANSACTION",
        _ => "BEGIN",
    };
    let none = "-- atlas:txmode none\n\n";
    vec![
        (
            "1_file.sql",
            "CREATE TABLE log (n int);\nINSERT INTO log VALUES (1);\nCREATE TABLE a (id int);\nINSERT INTO log VALUES (2);\n".to_owned(),
        ),
        (
            "2_steps.sql",
            format!(
                "{none}CREATE TABLE b (id int);\nINSERT INTO log VALUES (3);\nCREATE INDEX i ON a (id);\nINSERT INTO log VALUES (4);\n"
            ),
        ),
        (
            "3_own.sql",
            format!("{none}{begin};\nINSERT INTO log VALUES (5);\nINSERT INTO log VALUES (6);\nCOMMIT;\nCREATE TABLE c (id int);\n"),
        ),
    ]
}

/// Runs until the `n`th statement begins, and kills it there; false where it ended before.
fn killed(live: &Live<'_>, n: usize) -> bool {
    let url = live.bench.url(&live.db, true);
    let mut child = live
        .world
        .command(&live.args(&["apply"], &url))
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let begun = out
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.starts_with("    -> "));
    let reached = begun.take(n).count() == n;
    child.kill().unwrap();
    finish(child);
    reached
}

/// Whatever the statement at which a run is killed, the next one does the rest: nothing is lost, nothing is done twice.
fn survives(engine: &str, bench: &dyn Bench) {
    let files = steps(engine);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let whole = Live::new(bench, &files);
    whole.apply(&[]).code(0);
    let log = whole.rows("log", &["n"]);
    assert_eq!(log, [["1"], ["2"], ["3"], ["4"], ["5"], ["6"]]);
    let mut doubts = 0;
    let dev = bench.create();
    let dev_url = bench.url(&dev, true);
    for n in 1..14 {
        let live = Live::new(bench, &files);
        assert!(killed(&live, n), "{engine}: statement {n}");
        // What the server still does of it is waited for.
        let mut run = live.apply(&[]);
        if run.code == Some(2) {
            doubts += 1;
            assert!(
                run.err.contains("was cut off while this statement ran"),
                "{engine} {n} {run:?}"
            );
            let realm = bench.inspect(&live.db, true).unwrap();
            let table = |name: &str| realm.schemas[0].table(name);
            let made = ["log", "a", "b", "c"].into_iter();
            let mut made = made.filter(|name| run.err.contains(&format!("CREATE TABLE {name} ")));
            let judged = live.apply(&["--dev-url", &dev_url]);
            let there = match made.next() {
                Some(name) => table(name).is_some(),
                None => !table("a").unwrap().indexes.is_empty(),
            };
            let told = if there {
                "did statement"
            } else {
                "did not do statement"
            };
            assert!(judged.err.contains(told), "{engine} {n} {judged:?}");
            run = judged;
        }
        assert_eq!(run.code, Some(0), "{engine} {n} {run:?}");
        assert_eq!(bench.dump(&live.db), bench.dump(&whole.db), "{engine} {n}");
        assert_eq!(live.rows("log", &["n"]), log, "{engine} {n}");
        assert_eq!(live.revisions(), whole.revisions(), "{engine} {n}");
    }
    bench.remove(&dev);
    let transactional = !engine.starts_with('m');
    assert!(!transactional || doubts == 0, "{engine}: {doubts} doubts");
}

#[test]
fn a_killed_run_goes_on_on_sqlite() {
    survives("sqlite", &sqlite::Files::new());
}

#[test]
fn a_killed_run_goes_on_on_postgresql() {
    survives("postgres", &postgres::Server::start());
}

#[test]
fn a_killed_run_goes_on_on_mysql() {
    survives("mysql", &mysql::Databases::start(false));
}

#[test]
fn a_killed_run_goes_on_on_mariadb() {
    survives("mariadb", &mysql::Databases::start(true));
}

#[test]
fn two_runs_do_not_meet() {
    for (engine, bench) in &engines() {
        let slow = match *engine {
            "postgres" => "SELECT pg_sleep(2);",
            "sqlite" => {
                "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5000000) SELECT max(n) FROM r;"
            }
            _ => "DO SLEEP(2);",
        };
        let text = format!("CREATE TABLE a (id int);\n{slow}\n");
        let live = Live::new(
            &**bench,
            &[
                ("1_slow.sql", &text),
                ("2_b.sql", "CREATE TABLE b (id int);\n"),
            ],
        );
        let url = bench.url(&live.db, true);
        let mut first = live
            .world
            .command(&live.args(&["apply"], &url))
            .spawn()
            .unwrap();
        let mut out = BufReader::new(first.stdout.take().unwrap());
        let mut line = String::new();
        eventually("the first run begins", || {
            line.clear();
            out.read_line(&mut line).unwrap();
            line.starts_with("    -> CREATE TABLE a")
        });
        let impatient = live.run(&["apply", "--lock-timeout", "0s"]).code(2);
        assert!(
            impatient
                .err
                .contains("lock `atlas_migrate_execute` is held"),
            "{engine} {impatient:?}"
        );
        let patient = live.run(&["apply", "--lock-timeout", "30s"]).code(0);
        assert_eq!(patient.out, "No migration files to execute\n", "{engine}");
        std::io::copy(&mut out, &mut std::io::sink()).unwrap();
        assert_eq!(finish(first).code, Some(0), "{engine}");
    }
}

#[test]
fn a_database_that_is_not_empty_says_what_it_has() {
    for (engine, bench) in &engines() {
        let files = [
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            ("2_b.sql", "CREATE TABLE b (id int);\n"),
        ];
        let live = Live::new(&**bench, &files);
        bench.script(&live.db, "CREATE TABLE a (id int);").unwrap();
        let run = live.apply(&[]).code(2);
        assert!(run.err.contains("--baseline VERSION"), "{engine} {run:?}");
        live.apply(&["--baseline", "7"])
            .code(2)
            .err_has("baseline 7: migrations has no such version");
        live.apply(&["--baseline", "1"]).code(0);
        assert_eq!(
            live.revisions(),
            [["1", "a", "1", "0", "0"], ["2", "b", "2", "1", "1"]],
            "{engine}"
        );
        let dirty = Live::new(&**bench, &files[1..]);
        bench
            .script(&dirty.db, "CREATE TABLE other (id int);")
            .unwrap();
        dirty.apply(&["--allow-dirty"]).code(0);
    }
}

#[test]
fn a_database_of_alembic_is_taken_over_at_its_revision() {
    let bench = sqlite::Files::new();
    let live = Live::new(
        &bench,
        &[
            (
                "1_baseline.sql",
                "-- trueup:baseline 1a2b3c\n\nCREATE TABLE a (id int);\n",
            ),
            ("2_b.sql", "CREATE TABLE b (id int);\n"),
        ],
    );
    let alembic = "CREATE TABLE a (id int); CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('1a2b3c');";
    bench.script(&live.db, alembic).unwrap();
    live.apply(&[]).code(0);
    assert_eq!(
        live.revisions(),
        [["1", "baseline", "1", "0", "0"], ["2", "b", "2", "1", "1"]]
    );
}

#[test]
fn the_order_of_late_migrations_is_chosen() {
    let bench = sqlite::Files::new();
    let live = Live::new(
        &bench,
        &[
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            ("3_c.sql", "CREATE TABLE c (id int);\n"),
        ],
    );
    live.apply(&[]).code(0);
    live.world
        .write("migrations/2_b.sql", "CREATE TABLE b (id int);\n");
    live.world
        .write("migrations/4_d.sql", "CREATE TABLE d (id int);\n");
    live.hash();
    live.apply(&[])
        .code(2)
        .err_has("2_b.sql came after 3 was applied");
    live.apply(&["--exec-order", "linear-skip"])
        .code(0)
        .err_has("left out, since a later one was applied: 2_b.sql");
    live.apply(&["--exec-order", "non-linear"]).code(0);
    let versions: Vec<String> = live
        .revisions()
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(versions, ["1", "2", "3", "4"]);
}

#[test]
fn all_files_are_one_transaction_where_the_engine_can() {
    for (engine, bench) in &engines() {
        let live = Live::new(
            &**bench,
            &[
                ("1_a.sql", "CREATE TABLE a (id int);\n"),
                ("2_b.sql", "INSERT INTO nowhere VALUES (1);\n"),
            ],
        );
        let empty = bench.dump(&live.db);
        let run = live.apply(&["--tx-mode", "all"]).code(2);
        match engine.starts_with('m') {
            true => assert!(
                run.err.contains("commits at this statement"),
                "{engine} {run:?}"
            ),
            false => {
                assert!(run.err.contains("2_b.sql:1"), "{engine} {run:?}");
                assert_eq!(live.revisions(), Vec::<Vec<String>>::new(), "{engine}");
            }
        }
        live.world
            .write("migrations/2_b.sql", "CREATE TABLE b (id int);\n");
        live.hash();
        assert_eq!(
            live.status()["Pending"].as_array().unwrap().len(),
            2,
            "{engine}"
        );
        assert!(bench.dump(&live.db).len() >= empty.len());
        live.apply(&[]).code(0);
    }
}
