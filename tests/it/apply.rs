//! `migrate apply`, `status` and `set`: databases of all engines, runs that fail, and runs that are killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checks;
mod effects;
mod faults;
mod programs;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout};
use std::rc::Rc;

use serde_json::Value;
use trueup::schema::ObjectName;

use crate::cli_world::{Run, World, eventually, finish};
use crate::golden::bench::{Bench, Table};
use crate::golden::{mysql, postgres, sqlite};

/// A directory and a database.
pub(crate) struct Live<'a> {
    pub(crate) bench: &'a dyn Bench,
    pub(crate) world: Rc<World>,
    pub(crate) db: String,
}

impl<'a> Live<'a> {
    pub(crate) fn new(bench: &'a dyn Bench, files: &[(&str, &str)]) -> Self {
        let world = World::empty();
        for (name, text) in files {
            world.write(&format!("migrations/{name}"), text);
        }
        let live = Self {
            bench,
            world: Rc::new(world),
            db: bench.create(),
        };
        if !files.is_empty() {
            live.hash();
        }
        live
    }

    /// Another database of the same directory.
    pub(crate) fn another(&self) -> Self {
        Self {
            bench: self.bench,
            world: Rc::clone(&self.world),
            db: self.bench.create(),
        }
    }

    pub(crate) fn hash(&self) {
        self.world.run(&["migrate", "hash", "-q"]).code(0);
    }

    pub(crate) fn args<'s>(&self, args: &'s [&'s str], url: &'s str) -> Vec<&'s str> {
        let mut all = vec!["migrate", args[0], "--url", url];
        all.extend(&args[1..]);
        all
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let url = self.bench.url(&self.db, true);
        self.world.run(&self.args(args, &url))
    }

    pub(crate) fn apply(&self, more: &[&str]) -> Run {
        self.run(&[&["apply"], more].concat())
    }

    pub(crate) fn status(&self) -> Value {
        let run = self.run(&["status", "--format", "json"]).code(0);
        serde_json::from_str(&run.out).unwrap()
    }

    /// Columns of a table's rows, in the rows' order.
    pub(crate) fn rows(&self, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
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

    pub(crate) fn revisions(&self) -> Vec<Vec<String>> {
        let columns = ["version", "description", "type", "applied", "total"];
        self.rows("atlas_schema_revisions", &columns)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
    }
}

pub(crate) fn engines() -> [(&'static str, Box<dyn Bench>); 4] {
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

/// Runs until the `n`th statement begins, and strikes there; `None` where it ended before.
fn struck(live: &Live<'_>, n: usize, strike: &dyn Fn(&mut Child)) -> Option<Run> {
    let url = live.bench.url(&live.db, true);
    let mut child = live
        .world
        .command(&live.args(&["apply"], &url))
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let mut lines = out.lines().map(Result::unwrap);
    let begun = lines.by_ref();
    let begun = begun.filter(|line| line.starts_with("    -> "));
    let reached = begun.take(n).count() == n;
    strike(&mut child);
    lines.for_each(drop);
    let run = finish(child);
    reached.then_some(run)
}

/// Kills it there.
fn killed(live: &Live<'_>, n: usize) -> bool {
    struck(live, n, &|child| child.kill().unwrap()).is_some()
}

/// Reads what a run prints as far as a line that holds this.
fn until(run: &mut Child, part: &str) -> BufReader<ChildStdout> {
    let mut out = BufReader::new(run.stdout.take().unwrap());
    let mut line = String::new();
    eventually(part, || {
        line.clear();
        out.read_line(&mut line).unwrap();
        line.contains(part)
    });
    out
}

/// Whatever the statement at which a run is cut off, the next one does the rest: nothing is lost, nothing is done twice. Every
/// `step`th statement is tried.
fn survives(
    engine: &str,
    bench: &dyn Bench,
    step: usize,
    cut_off: &dyn Fn(&Live<'_>, usize) -> bool,
) {
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
    for n in (1..14).step_by(step) {
        let live = Live::new(bench, &files);
        assert!(cut_off(&live, n), "{engine}: statement {n}");
        // What the server still does of it is waited for.
        let mut run = live.apply(&[]);
        if run.code == Some(2) {
            doubts += 1;
            assert!(
                run.err.contains("was interrupted while this statement ran"),
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
                "ran statement"
            } else {
                "did not run statement"
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
    survives("sqlite", &sqlite::Files::new(), 1, &killed);
}

#[test]
fn a_killed_run_goes_on_on_postgresql() {
    survives("postgres", &postgres::Server::start(), 1, &killed);
}

#[test]
fn a_killed_run_goes_on_on_mysql() {
    survives("mysql", &mysql::Databases::start(false), 1, &killed);
}

#[test]
fn a_killed_run_goes_on_on_mariadb() {
    survives("mariadb", &mysql::Databases::start(true), 1, &killed);
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
        let mut out = until(&mut first, "    -> CREATE TABLE a");
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

/// The command that is said for what is there already changes no other record, and goes to the same database.
#[test]
fn what_was_done_by_hand_is_recorded_without_the_rest() {
    let bench = sqlite::Files::new();
    let live = Live::new(
        &bench,
        &[
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            (
                "4_d.sql",
                "CREATE TABLE d (id int);\nINSERT INTO d VALUES (1);\n",
            ),
        ],
    );
    live.apply(&[]).code(0);
    bench.script(&live.db, "CREATE TABLE c (id int);").unwrap();
    for (name, text) in [
        ("2_b.sql", "INSERT INTO d VALUES (2);\n"),
        ("3_c.sql", "CREATE TABLE c (id int);\n"),
    ] {
        live.world.write(&format!("migrations/{name}"), text);
    }
    live.hash();
    let said = live.apply(&["--exec-order", "non-linear"]).code(2);
    let how = "where the database has all that 3_c.sql does, as after a pull request of `mode: drift`, record that instead: \
               `trueup migrate set 3 --only --url …`";
    said.err_has(how);
    live.run(&["set", "3", "--only"])
        .code(0)
        .out("Current version is 4 (1 set):\n\n  + 3\n");
    live.apply(&[]).code(0).err("");
    let versions = live.revisions().into_iter().map(|row| row[0].clone());
    assert_eq!(versions.collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!(live.rows("d", &["id"]), [["1"], ["2"]]);
    // Of what comes before it nothing is said: that is left out, or to be run.
    live.world
        .write("migrations/5_e.sql", "INSERT INTO d VALUES (5);\n");
    live.world
        .write("migrations/6_f.sql", "CREATE TABLE c (id int);\n");
    live.hash();
    live.run(&["set", "6", "--only"]).code(0);
    assert_eq!(live.status()["Pending"][0], "5_e.sql");
}

#[test]
fn what_is_gone_already_is_recorded_too() {
    for (name, bench) in engines() {
        for sql in [
            "DROP TABLE nowhere",
            "ALTER TABLE t DROP COLUMN nowhere",
            "DELETE FROM nowhere",
        ] {
            let file = format!("{sql};\n");
            let live = Live::new(
                &*bench,
                &[
                    ("1_t.sql", "CREATE TABLE t (id int);\n"),
                    ("2_gone.sql", &file),
                ],
            );
            let said = live.apply(&[]).code(2).err;
            let told = said.contains("`trueup migrate set 2 --only --url …`");
            assert_eq!(told, sql.contains("DROP"), "{name}: {said}");
        }
    }
}

/// `set` removes what no file explains, below its version, too.
#[test]
fn records_without_a_file_are_removed() {
    let bench = sqlite::Files::new();
    let files = [
        ("1_a.sql", "CREATE TABLE a (id int);\n"),
        ("2_b.sql", "CREATE TABLE b (id int);\n"),
        ("3_c.sql", "CREATE TABLE c (id int);\n"),
    ];
    let live = Live::new(&bench, &files);
    live.apply(&[]).code(0);
    std::fs::remove_file(live.world.path("migrations/2_b.sql")).unwrap();
    live.hash();
    live.apply(&[])
        .code(2)
        .err_has("the database has applied 2, which");
    live.run(&["set", "3"])
        .code(0)
        .out("Current version is 3 (1 removed):\n\n  - 2 (no file has this version)\n");
    live.apply(&[]).code(0).err("");
    // A baseline stands for what is before it, with a file or without.
    let live = Live::new(&bench, &files);
    bench
        .script(
            &live.db,
            "CREATE TABLE a (id int); CREATE TABLE b (id int);",
        )
        .unwrap();
    live.apply(&["--baseline", "2"]).code(0);
    for name in ["1_a.sql", "2_b.sql"] {
        std::fs::remove_file(live.world.path(&format!("migrations/{name}"))).unwrap();
    }
    live.hash();
    live.run(&["set"])
        .code(0)
        .out("Current version is 3 already\n");
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

#[test]
fn what_atlas_began_is_finished() {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};
    let bench = sqlite::Files::new();
    let first = "CREATE TABLE a (id int);";
    let live = Live::new(
        &bench,
        &[(
            "1_a.sql",
            &format!("-- atlas:txmode none\n\n{first}\nINSERT INTO a VALUES (1);\n"),
        )],
    );
    let sum = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(first));
    let begun = format!(
        "{first} CREATE TABLE `atlas_schema_revisions` (`version` text NOT NULL, `description` text NOT NULL, `type` integer NOT \
         NULL DEFAULT (2), `applied` integer NOT NULL DEFAULT (0), `total` integer NOT NULL DEFAULT (0), `executed_at` datetime \
         NOT NULL, `execution_time` integer NOT NULL, `error` text NULL, `error_stmt` text NULL, `hash` text NOT NULL, \
         `partial_hashes` json NULL, `operator_version` text NOT NULL, PRIMARY KEY (`version`)); \
         INSERT INTO atlas_schema_revisions VALUES ('.atlas_cloud_identifier', '', 2, 0, 0, '2026-01-01', 0, NULL, NULL, 'x', NULL, \
         'Atlas CLI v0.30'), ('1', 'a', 2, 1, 2, '2026-01-01', 0, 'no', 'INSERT', 'x', '[\"h1:{sum}\"]', 'Atlas CLI v0.30');"
    );
    bench.script(&live.db, &begun).unwrap();
    live.apply(&[]).code(0);
    assert_eq!(live.rows("a", &["id"]), [["1"]]);
    assert_eq!(live.revisions()[1], ["1", "a", "2", "2", "2"]);
}

/// Ends the connections to a database, as an operator or a restart does.
fn cut(bench: &dyn Bench, engine: &str, db: &str) {
    let sql = match engine {
        "postgres" => {
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();"
        }
        _ => {
            "CREATE PROCEDURE cut() BEGIN DECLARE d INT DEFAULT 0; DECLARE i BIGINT; DECLARE c CURSOR FOR SELECT id FROM \
             information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID(); DECLARE CONTINUE HANDLER FOR 1094 \
             BEGIN END; DECLARE CONTINUE HANDLER FOR NOT FOUND SET d = 1; OPEN c; FETCH c INTO i; WHILE d = 0 DO KILL i; FETCH c INTO i; END WHILE; END"
        }
    };
    bench.script(db, sql).unwrap();
    if engine != "postgres" {
        bench.script(db, "CALL cut();").unwrap();
        bench.script(db, "DROP PROCEDURE cut;").unwrap();
    }
}

#[test]
fn a_connection_that_is_lost_is_no_loss() {
    for (engine, bench) in &engines()[1..] {
        let slow = match *engine {
            "postgres" => "SELECT pg_sleep(60);",
            _ => "DO SLEEP(60);",
        };
        let file = |slow: &str| {
            format!(
                "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n{slow}INSERT INTO a VALUES (2);\n"
            )
        };
        let live = Live::new(&**bench, &[("1_a.sql", &file(&format!("{slow}\n")))]);
        let url = bench.url(&live.db, true);
        let mut run = live
            .world
            .command(&live.args(&["apply"], &url))
            .spawn()
            .unwrap();
        let mut out = until(&mut run, slow);
        cut(&**bench, engine, &live.db);
        std::io::copy(&mut out, &mut std::io::sink()).unwrap();
        let run = finish(run);
        assert_eq!(run.code, Some(2), "{engine} {run:?}");
        assert!(run.err.contains("1_a.sql:3:1"), "{engine} {run:?}");
        // The statement was not done; a quicker one takes its place.
        live.world.write("migrations/1_a.sql", file(""));
        live.hash();
        live.apply(&[]).code(0);
        assert_eq!(live.rows("a", &["id"]), [["1"], ["2"]], "{engine}");
    }
}

#[test]
fn many_databases_are_migrated_and_a_failure_stops_what_was_not_begun() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[("1_a.sql", "CREATE TABLE a (id int);\n")]);
    let dir = live.world.path("").display().to_string();
    let names: Vec<String> = (1..=9).map(|n| format!("t{n}")).collect();
    live.world.write(
        "trueup.yaml",
        format!("envs:\n  all:\n    for_each: [{}]\n    url: sqlite://{dir}/${{each}}.db\n    migrations: migrations\n", names.join(", ")),
    );
    // One has a table of that name and records nothing.
    live.world
        .run(&["migrate", "apply", "--each", "t7", "--dry-run"])
        .code(0);
    let other = Live::new(&bench, &[("1_a.sql", "CREATE TABLE a (id int);\n")]);
    bench.script(&other.db, "CREATE TABLE a (id int);").unwrap();
    let from = bench.url(&other.db, true);
    std::fs::copy(
        from.strip_prefix("sqlite://").unwrap(),
        live.world.path("t7.db"),
    )
    .unwrap();
    let run = live
        .world
        .run(&["migrate", "apply", "--parallel", "1"])
        .code(2);
    assert!(
        run.out
            .contains("\n9 databases: 6 migrated, 1 failed, 2 not begun\n"),
        "{run:?}"
    );
    assert!(run.err.contains("t7: the database is not empty"), "{run:?}");
    let run = live
        .world
        .run(&["migrate", "apply", "--keep-going"])
        .code(2);
    assert!(
        run.out
            .contains("\n9 databases: 2 migrated, 6 up to date already, 1 failed\n"),
        "{run:?}"
    );
    live.world
        .run(&["migrate", "apply", "--each", "t7", "--baseline", "1"])
        .code(0);
    let run = live.world.run(&["migrate", "status"]).code(0);
    assert!(run.out.lines().all(|line| line.ends_with(": 1")), "{run:?}");
}

#[test]
fn what_a_file_sets_does_not_reach_its_record() {
    for (engine, bench) in &engines() {
        let none = "-- atlas:txmode none\n\n";
        let (first, second) = match *engine {
            "postgres" => (
                "CREATE SCHEMA s;\nSET search_path = s;\nCREATE TABLE a (id int);\n".to_owned(),
                format!("{none}SET search_path = s;\nCREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\nDO $$ BEGIN NULL; END $$;\n"),
            ),
            "sqlite" => (
                "PRAGMA foreign_keys = off;\nCREATE TABLE a (id int);\n".to_owned(),
                format!("{none}PRAGMA query_only = off;\nCREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n"),
            ),
            _ => (
                "CREATE TABLE a (id int);\nLOCK TABLES a WRITE;\nINSERT INTO a VALUES (1);\nUNLOCK TABLES;\n".to_owned(),
                format!("{none}SET autocommit = 0;\nINSERT INTO a VALUES (2);\nCREATE TABLE b (id int);\nSET @x = 1;\n"),
            ),
        };
        let live = Live::new(&**bench, &[("1_a.sql", &first), ("2_b.sql", &second)]);
        live.apply(&[]).code(0);
        let rows = live.revisions();
        assert!(
            rows.len() == 2 && rows.iter().all(|row| row[3] == row[4]),
            "{engine} {rows:?}"
        );
        live.apply(&[])
            .code(0)
            .out("No migration files to execute\n");
        if engine.starts_with('m') {
            assert_eq!(live.rows("a", &["id"]), [["1"], ["2"]], "{engine}");
        }
    }
}

/// A parent that is rebuilt with foreign keys off, and a child whose rows would go with it.
const REBUILD: &str = "PRAGMA foreign_keys = off;\nCREATE TABLE new_parent (id integer PRIMARY KEY, n int CHECK (n > 0));\nINSERT INTO new_parent SELECT id, \
                       n FROM parent;\nDROP TABLE parent;\nALTER TABLE new_parent RENAME TO parent;\nPRAGMA foreign_keys = on;\n";
const FAMILY: &str = "CREATE TABLE parent (id integer PRIMARY KEY, n int);\nCREATE TABLE child (id integer PRIMARY KEY, parent int REFERENCES \
                      parent (id) ON DELETE CASCADE);\nINSERT INTO parent VALUES (1, -1);\nINSERT INTO child VALUES (1, 1);\n";

#[test]
fn rebuilds_keep_the_rows_of_children_in_every_mode() {
    let bench = sqlite::Files::new();
    for mode in ["file", "all", "none"] {
        let live = Live::new(&bench, &[("1_a.sql", FAMILY), ("2_b.sql", REBUILD)]);
        live.apply(&["1"]).code(0);
        live.apply(&["--tx-mode", mode])
            .code(2)
            .err_has("CHECK constraint failed");
        bench.script(&live.db, "UPDATE parent SET n = 1").unwrap();
        live.apply(&["--tx-mode", mode]).code(0);
        assert_eq!(live.rows("child", &["id"]), [["1"]], "{mode}");
        assert_eq!(live.revisions()[1], ["2", "b", "2", "6", "6"], "{mode}");
    }
}

#[test]
fn a_rebuild_that_trueup_wrote_goes_on_after_it_failed() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[]);
    let models = "CREATE TABLE parent (id integer NOT NULL, PRIMARY KEY (id));\nCREATE TABLE child (id integer NOT NULL, parent integer, PRIMARY \
                  KEY (id), FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);\n";
    let diff = |name: &str, models: String| {
        live.world.write("models.sql", models);
        let args = [
            "migrate",
            "diff",
            name,
            "--to",
            "file://models.sql",
            "--dev-url",
            "sqlite://dev?mode=memory",
        ];
        live.world.run(&args).code(0);
    };
    diff("first", models.to_owned());
    live.apply(&[]).code(0);
    bench
        .script(
            &live.db,
            "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, NULL)",
        )
        .unwrap();
    diff(
        "second",
        models.replace("parent integer,", "parent integer NOT NULL,"),
    );
    live.apply(&[])
        .code(2)
        .err_has("NOT NULL constraint failed");
    bench
        .script(&live.db, "UPDATE child SET parent = 1")
        .unwrap();
    live.apply(&[]).code(0);
    assert_eq!(live.rows("child", &["parent"]), [["1"]]);
    assert_eq!(live.status()["Status"], "OK");
}

#[test]
fn what_a_file_set_is_set_again_where_it_goes_on() {
    let none = "-- atlas:txmode none\n\n";
    let postgres = postgres::Server::start();
    let text = |rest: &str| {
        format!(
            "{none}CREATE SCHEMA s;\nSET search_path = s;\nCREATE TABLE a (id int);\n{rest}CREATE TABLE c (id int);\n"
        )
    };
    let live = Live::new(&postgres, &[("1_a.sql", &text("SELECT nothing();\n"))]);
    live.apply(&[]).code(2);
    live.world.write("migrations/1_a.sql", text(""));
    live.hash();
    live.apply(&[]).code(0).err("");
    let realm = postgres.inspect(&live.db, false).unwrap();
    let tables: Vec<&str> = realm
        .schema("s")
        .unwrap()
        .tables
        .iter()
        .map(|table| &*table.name)
        .collect();
    assert_eq!(tables, ["a", "c"]);
    let mysql = mysql::Databases::start(false);
    let text = |rest: &str| {
        format!(
            "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (id int, FOREIGN KEY (id) REFERENCES p (id));\nSET foreign_key_checks = 0;\n{rest}DROP TABLE p;\n"
        )
    };
    let live = Live::new(
        &mysql,
        &[("1_a.sql", &text("INSERT INTO nowhere VALUES (1);\n"))],
    );
    live.apply(&[]).code(2);
    live.world.write("migrations/1_a.sql", text(""));
    live.hash();
    live.apply(&[]).code(0);
}

#[test]
fn what_a_session_does_not_commit_by_itself_is_committed() {
    let bench = mysql::Databases::start(false);
    let text = "CREATE TABLE a (id int);\nCREATE PROCEDURE fill() INSERT INTO a VALUES (1);\nSET autocommit = 0;\nCALL fill();\n";
    let live = Live::new(&bench, &[("1_a.sql", text)]);
    live.apply(&[]).code(0);
    assert_eq!(live.rows("a", &["id"]), [["1"]]);
    assert_eq!(live.revisions(), [["1", "a", "2", "4", "4"]]);
}

#[test]
fn a_statement_that_the_server_still_runs_is_waited_for() {
    for (engine, bench) in &engines()[1..] {
        let slow = match *engine {
            "postgres" => "SELECT pg_sleep(4);",
            _ => "DO SLEEP(4);",
        };
        let text = format!("-- atlas:txmode none\n\n{slow}\nCREATE TABLE a (id int);\n");
        let live = Live::new(
            &**bench,
            &[
                ("1_a.sql", "CREATE TABLE b (id int);\n"),
                ("2_b.sql", &text),
            ],
        );
        let since = std::time::Instant::now();
        assert!(killed(&live, 2), "{engine}");
        let held = live.run(&["apply", "--lock-timeout", "0s"]);
        let quick = since.elapsed().as_secs_f64() < 3.5;
        assert!(
            !quick
                || held.code == Some(2)
                    && ["is still being run by the server", "is held"]
                        .iter()
                        .any(|told| held.err.contains(told)),
            "{engine} {held:?}"
        );
        live.run(&["apply", "--lock-timeout", "30s"]).code(0);
        assert!(since.elapsed().as_secs_f64() > 4.0, "{engine}");
    }
}

#[test]
fn files_of_one_version_are_refused() {
    let bench = sqlite::Files::new();
    let live = Live::new(
        &bench,
        &[
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            ("1_b.sql", "CREATE TABLE b (id int);\n"),
        ],
    );
    for args in [&["apply"][..], &["status"], &["set"]] {
        live.run(args).code(2).err_has("have the same version");
    }
    let run = live.run(&["apply", "--format", "json"]).code(2);
    let error: Value = serde_json::from_str(&run.out).unwrap();
    assert!(
        error["error"].to_string().contains("have the same version"),
        "{run:?}"
    );
}

#[test]
fn a_run_that_is_asked_to_stop_says_what_it_did() {
    let bench = sqlite::Files::new();
    let slow = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3000000) SELECT max(n) FROM r;";
    let live = Live::new(
        &bench,
        &[
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            ("2_b.sql", &format!("{slow}\nCREATE TABLE b (id int);\n")),
        ],
    );
    let url = bench.url(&live.db, true);
    let mut run = live
        .world
        .command(&live.args(&["apply"], &url))
        .spawn()
        .unwrap();
    let mut out = until(&mut run, "RECURSIVE");
    let id = rustix::process::Pid::from_raw(i32::try_from(run.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    let code = run.wait().unwrap().code();
    let mut err = String::new();
    std::io::Read::read_to_string(&mut run.stderr.take().unwrap(), &mut err).unwrap();
    assert_eq!(code, Some(130), "{err}");
    assert!(
        err.contains("files before it are applied") && !err.contains("nothing was changed"),
        "{err}"
    );
    assert_eq!(live.revisions().len(), 1);
}
