//! `migrate down`: databases of all engines, what is refused, and runs that are killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::apply::{Live, engines};
use crate::cli_world::{Run, finish};
use crate::golden::bench::Bench;
use crate::golden::{mysql, postgres, sqlite};

/// An empty database for plans.
pub(crate) struct Dev<'a> {
    bench: &'a dyn Bench,
    db: String,
}

impl<'a> Dev<'a> {
    pub(crate) fn new(bench: &'a dyn Bench) -> Self {
        let db = bench.create();
        Self { bench, db }
    }

    pub(crate) fn url(&self) -> String {
        self.bench.url(&self.db, true)
    }

    pub(crate) fn down(&self, live: &Live<'_>, more: &[&str]) -> Run {
        let url = self.url();
        live.run(&[&["down", "--dev-url", &url], more].concat())
    }

    fn json(&self, live: &Live<'_>, more: &[&str]) -> Value {
        let run = self.down(live, &[more, &["--format", "json"]].concat());
        serde_json::from_str(&run.code(0).out).unwrap()
    }
}

impl Drop for Dev<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
    }
}

pub(crate) const FIRST: (&str, &str) = (
    "1_first.sql",
    "CREATE TABLE users (id int NOT NULL, name varchar(40), PRIMARY KEY (id));\n",
);
pub(crate) const SECOND: (&str, &str) = (
    "2_second.sql",
    "CREATE TABLE posts (id int NOT NULL, author int, PRIMARY KEY (id), CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users (id));\n\
     CREATE TABLE tags (id int NOT NULL, word varchar(20), PRIMARY KEY (id));\nCREATE INDEX tags_word ON tags (word);\n",
);
pub(crate) const THIRD: (&str, &str) = (
    "3_third.sql",
    "ALTER TABLE users ADD COLUMN nick varchar(10);\nCREATE INDEX users_name ON users (name);\nCREATE TABLE likes (id int NOT NULL, PRIMARY \
     KEY (id));\nALTER TABLE posts ADD COLUMN title varchar(80);\n",
);

pub(crate) fn versions(live: &Live<'_>) -> Vec<String> {
    let rows = live.revisions().into_iter();
    rows.map(|row| row[0].clone()).collect()
}

/// The engine's view of a database that has these files and no others.
pub(crate) fn built(bench: &dyn Bench, files: &[(&str, &str)]) -> String {
    let live = Live::new(bench, files);
    live.apply(&[]).code(0);
    bench.dump(&live.db)
}

#[test]
fn migrations_are_taken_back_and_applied_again() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND, THIRD]);
        live.apply(&[]).code(0);
        let (whole, rows) = (bench.dump(&live.db), live.revisions());
        let dry = dev.down(&live, &["--dry-run"]).code(0);
        assert!(
            dry.out.starts_with(
                "Migrating down from version 3 to version 2 (1 migration in total):\n\n  -- what is dropped:\n"
            ) && dry.out.contains("    table likes is empty\n")
                && dry.out.contains("    column users.nick is empty\n")
                && dry.out.contains("\n  -- taking back version 3\n    -> "),
            "{engine} {dry:?}"
        );
        assert_eq!(
            (bench.dump(&live.db), live.revisions()),
            (whole.clone(), rows),
            "{engine}: a dry run writes nothing"
        );
        let back = dev.down(&live, &[]).code(0);
        assert!(
            back.out.contains("\n  -- 1 migration\n"),
            "{engine} {back:?}"
        );
        assert_eq!(versions(&live), ["1", "2"], "{engine}");
        assert_eq!(
            bench.dump(&live.db),
            built(bench, &[FIRST, SECOND]),
            "{engine}"
        );
        live.apply(&[]).code(0);
        assert_eq!(versions(&live), ["1", "2", "3"], "{engine}");
        assert_eq!(live.status()["Status"], "OK", "{engine}");
        let told = dev.json(&live, &["--to-version", "1"]);
        assert_eq!(told["Current"], "3", "{engine} {told:#}");
        assert_eq!(told["Target"], "1", "{engine} {told:#}");
        assert_eq!(
            told["Reverted"][0]["Name"], "3_third.sql",
            "{engine} {told:#}"
        );
        assert_eq!(
            told["Reverted"][1]["Name"], "2_second.sql",
            "{engine} {told:#}"
        );
        assert_eq!(told["Applied"], told["Statements"], "{engine} {told:#}");
        assert_eq!(bench.dump(&live.db), built(bench, &[FIRST]), "{engine}");
        dev.down(&live, &["--to-version", "2"])
            .code(2)
            .err_has("the database does not have version 2");
        dev.down(&live, &["--to-version", "9"])
            .code(2)
            .err_has("has no such version");
        dev.down(&live, &["--to-version", "1"])
            .code(0)
            .out("No migrations to take back\n");
        dev.down(&live, &["5"]).code(0);
        assert_eq!(live.revisions(), Vec::<Vec<String>>::new(), "{engine}");
        dev.down(&live, &[])
            .code(0)
            .out("No migrations to take back\n");
    }
}

#[test]
fn rows_are_not_lost_unless_somebody_says_so() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND, THIRD]);
        live.apply(&[]).code(0);
        bench
            .script(
                &live.db,
                "INSERT INTO users (id, name, nick) VALUES (1, 'a', 'x'), (2, 'b', NULL);",
            )
            .unwrap();
        bench
            .script(&live.db, "INSERT INTO likes (id) VALUES (1), (2);")
            .unwrap();
        let before = (bench.dump(&live.db), live.revisions());
        let told = dev.json(&live, &["--dry-run"]);
        let mut lost: Vec<String> = told["Lost"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lost| format!("{} {} {}", lost["Kind"], lost["Name"], lost["Rows"]))
            .collect();
        lost.sort();
        assert_eq!(
            lost,
            [
                "\"column\" \"posts.title\" 0",
                "\"column\" \"users.nick\" 1",
                "\"table\" \"likes\" 2"
            ],
            "{engine}"
        );
        let refused = dev.down(&live, &[]).code(2);
        for part in [
            "taking back 3_third.sql would lose data: nothing was done",
            "table likes has 2 rows",
            "column users.nick has 1 value",
            "--allow-data-loss",
        ] {
            assert!(refused.err.contains(part), "{engine} {part} {refused:?}");
        }
        assert!(!refused.err.contains("posts.title"), "{engine} {refused:?}");
        assert_eq!((bench.dump(&live.db), live.revisions()), before, "{engine}");
        dev.down(&live, &["--allow-data-loss"]).code(0);
        assert_eq!(live.rows("users", &["name"]), [["a"], ["b"]], "{engine}");
        assert_eq!(
            bench.dump(&live.db),
            built(bench, &[FIRST, SECOND]),
            "{engine}"
        );
    }
}

#[test]
fn a_database_that_was_changed_by_hand_is_refused() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND]);
        live.apply(&[]).code(0);
        bench
            .script(&live.db, "ALTER TABLE tags ADD COLUMN hand int;")
            .unwrap();
        let before = (bench.dump(&live.db), live.revisions());
        let run = dev.down(&live, &[]).code(2);
        for part in [
            "is not what its migrations make up to 2",
            "\"hand\"",
            "trueup drift",
        ] {
            assert!(run.err.contains(part), "{engine} {part} {run:?}");
        }
        assert_eq!((bench.dump(&live.db), live.revisions()), before, "{engine}");
    }
}

/// Takes back until the `n`th statement begins, and kills it there; false where it ended before.
fn killed(live: &Live<'_>, dev: &Dev<'_>, n: usize) -> bool {
    let (url, dev) = (live.bench.url(&live.db, true), dev.url());
    let args = ["down", "--dev-url", &dev, "--to-version", "1"];
    let mut child = live.world.command(&live.args(&args, &url)).spawn().unwrap();
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

/// Whatever the statement at which a run is killed, the next one does the rest, and nobody goes forward from half way.
fn survives(engine: &str, bench: &dyn Bench, all: &str) {
    let third = (THIRD.0, all);
    let files = [FIRST, SECOND, third];
    let dev = Dev::new(bench);
    let (whole, below) = (built(bench, &files), built(bench, &[FIRST]));
    let mut half = 0;
    let mut n = 1;
    loop {
        let live = Live::new(bench, &files);
        live.apply(&[]).code(0);
        if !killed(&live, &dev, n) {
            break;
        }
        // What the server still does of a statement is waited for by whoever takes the lock.
        let way = dev.down(&live, &["--dry-run", "--to-version", "1"]).code(0);
        let begun = !live.status()["TakingBack"].is_null();
        half += usize::from(begun);
        if begun {
            let (url, dev_url) = (bench.url(&live.db, true), dev.url());
            let rm = ["migrate", "rm", "3", "--url", &url, "--dev-url", &dev_url];
            live.world.run(&rm).code(2).err_has("is partly taken back");
            let drift = ["drift", "--dir", "file://migrations", "--url", &url];
            let drift = live
                .world
                .run(&[&drift[..], &["--dev-url", &dev_url]].concat());
            assert!(
                drift.err.contains("2, 3: taking that back was interrupted"),
                "{engine} {n} {drift:?}"
            );
            live.apply(&[])
                .code(2)
                .err_has("taking that back was interrupted");
            dev.down(&live, &["1"]).code(2).err_has("was interrupted");
            assert!(
                live.run(&["status"])
                    .out
                    .contains("taking back 2, 3 was interrupted"),
                "{engine} {n}"
            );
        } else {
            let dump = bench.dump(&live.db);
            assert!(dump == whole || dump == below, "{engine} {n} {way:?}");
        }
        dev.down(&live, &["--to-version", "1"]).code(0);
        assert_eq!(bench.dump(&live.db), below, "{engine} {n} {way:?}");
        assert_eq!(versions(&live), ["1"], "{engine} {n}");
        live.apply(&[]).code(0);
        assert_eq!(bench.dump(&live.db), whole, "{engine} {n}");
        n += 1;
    }
    assert!(n > 4, "{engine}: {n}");
    // What is recorded half way: all of it, what a rebuild has before its own transaction, or nothing.
    let recorded = match engine {
        "postgres" => 0..=0,
        "sqlite" => 1..=n,
        _ => 3..=n,
    };
    assert!(recorded.contains(&half), "{engine}: {half} of {n}");
}

#[test]
fn a_killed_run_goes_on_on_sqlite() {
    let rebuild = "PRAGMA foreign_keys = off;\nCREATE TABLE new_tags (id int NOT NULL, word varchar(20) CHECK (word <> ''), PRIMARY KEY \
                   (id));\nDROP TABLE tags;\nALTER TABLE new_tags RENAME TO tags;\nCREATE INDEX tags_word ON tags (word);\n\
                   ALTER TABLE users ADD COLUMN age int CHECK (age > 0);\nPRAGMA foreign_keys = on;\n";
    let all = format!("{}{rebuild}", THIRD.1);
    survives("sqlite", &sqlite::Files::new(), &all);
}

#[test]
fn a_killed_run_goes_on_on_postgresql() {
    survives("postgres", &postgres::Server::start(), THIRD.1);
}

#[test]
fn a_killed_run_goes_on_on_mysql() {
    survives("mysql", &mysql::Databases::start(false), THIRD.1);
}

#[test]
fn a_killed_run_goes_on_on_mariadb() {
    survives("mariadb", &mysql::Databases::start(true), THIRD.1);
}

#[test]
fn a_way_that_is_changed_by_hand_half_way_is_not_gone_on_with() {
    let bench = mysql::Databases::start(false);
    let dev = Dev::new(&bench);
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    live.apply(&[]).code(0);
    assert!(killed(&live, &dev, 3));
    bench
        .script(&live.db, "CREATE TABLE hand (id int PRIMARY KEY);")
        .unwrap();
    let run = dev.down(&live, &[]).code(2);
    for part in [
        "the database is not what they make",
        "table hand",
        "migrate set 1",
    ] {
        assert!(run.err.contains(part), "{part} {run:?}");
    }
    bench.script(&live.db, "DROP TABLE hand;").unwrap();
    dev.down(&live, &[]).code(0);
    assert_eq!(versions(&live), ["1"]);
    // Somebody says where it is instead.
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    live.apply(&[]).code(0);
    assert!(killed(&live, &dev, 3));
    live.run(&["set", "1"]).code(0);
    assert!(live.status()["TakingBack"].is_null());
    assert_eq!(versions(&live), ["1"]);
}

#[test]
fn a_file_that_is_half_applied_is_taken_back_as_far_as_it_came() {
    for (engine, bench) in &engines()[2..] {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let second = format!("{}INSERT INTO nowhere VALUES (1);\n", SECOND.1);
        let live = Live::new(bench, &[FIRST, (SECOND.0, &second)]);
        live.apply(&[]).code(2);
        assert!(killed(&live, &dev, 2), "{engine}");
        dev.down(&live, &[]).code(0);
        assert_eq!(bench.dump(&live.db), built(bench, &[FIRST]), "{engine}");
        assert_eq!(versions(&live), ["1"], "{engine}");
    }
}

#[test]
fn a_statement_that_fails_is_run_again_when_its_cause_is_gone() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let first = (
            "1_first.sql",
            "CREATE TABLE a (id int NOT NULL, PRIMARY KEY (id));\nCREATE TABLE b (id int NOT NULL, n int, PRIMARY KEY (id), CONSTRAINT b_a \
             FOREIGN KEY (n) REFERENCES a (id));\n",
        );
        let undone = match *engine {
            "sqlite" => {
                "PRAGMA foreign_keys = off;\nCREATE TABLE c (id int NOT NULL, n int, PRIMARY KEY (id));\nDROP TABLE b;\nALTER TABLE c RENAME \
                 TO b;\nPRAGMA foreign_keys = on;\n"
            }
            "postgres" => "ALTER TABLE b DROP CONSTRAINT b_a;\n",
            _ => "ALTER TABLE b DROP FOREIGN KEY b_a;\n",
        };
        let second = format!("{undone}CREATE TABLE d (id int NOT NULL, PRIMARY KEY (id));\n");
        let live = Live::new(bench, &[first, ("2_second.sql", &second)]);
        live.apply(&[]).code(0);
        bench
            .script(&live.db, "INSERT INTO b (id, n) VALUES (1, 7);")
            .unwrap();
        let before = bench.dump(&live.db);
        let failed = dev.down(&live, &[]).code(2);
        assert!(
            failed.err.contains("was rolled back"),
            "{engine} {failed:?}"
        );
        assert!(live.status()["TakingBack"].is_null(), "{engine}");
        assert_eq!(bench.dump(&live.db), before, "{engine}");
        assert_eq!(versions(&live), ["1", "2"], "{engine}");
        live.apply(&[])
            .code(0)
            .out("No migration files to execute\n");
        bench.script(&live.db, "DELETE FROM b;").unwrap();
        dev.down(&live, &[]).code(0);
        assert_eq!(bench.dump(&live.db), built(bench, &[first]), "{engine}");
        assert_eq!(versions(&live), ["1"], "{engine}");
    }
}

#[test]
fn what_no_plan_knows_is_said() {
    let bench = sqlite::Files::new();
    let dev = Dev::new(&bench);
    let rows = ("2_rows.sql", "INSERT INTO users VALUES (1, 'a');\n");
    let live = Live::new(&bench, &[FIRST, rows]);
    live.apply(&[]).code(0);
    let run = dev.down(&live, &[]).code(0);
    assert!(
        run.err.contains(
            "migrations/2_rows.sql:1:1: what statements like this one did to rows is not undone"
        ),
        "{run:?}"
    );
    assert_eq!(versions(&live), ["1"]);
    assert_eq!(live.rows("users", &["id"]), [["1"]]);
    let program = (
        "2_program.sql",
        "-- atlas:txtar\n\n-- migration.sql --\nCREATE INDEX i ON users (name);\n-- trueup:run echo filled\n-- down.sql --\nDROP \
         INDEX j;\n",
    );
    let live = Live::new(&bench, &[FIRST, program]);
    live.apply(&[]).code(0);
    let run = dev.down(&live, &[]).code(0);
    let told = "migrations/2_program.sql:5: what the program `echo filled` did is not taken back";
    assert!(run.err.contains(told), "{run:?}");
    let told = "migrations/2_program.sql: its section down.sql is not run";
    assert!(run.err.contains(told), "{run:?}");
    assert_eq!(versions(&live), ["1"]);
}

/// A view, a function and a trigger come back as a file made them, around what happens to tables, and one that a file made goes.
#[test]
fn views_and_triggers_are_taken_back() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let trigger = |name: &str, value: &str| match *engine {
            "postgres" => format!(
                "CREATE OR REPLACE FUNCTION {name}_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.name := {value}; RETURN new; \
                 END $$;\nCREATE TRIGGER {name} BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION {name}_f();\n"
            ),
            "sqlite" => format!(
                "CREATE TRIGGER {name} AFTER INSERT ON users BEGIN UPDATE users SET name = {value}; SELECT 1; END;\n"
            ),
            _ => format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON users FOR EACH ROW BEGIN SET new.name = {value}; SET @x = 1; END;\n"
            ),
        };
        let made = format!(
            "CREATE VIEW names AS SELECT name FROM users;\nCREATE VIEW shouted AS SELECT upper(name) AS n FROM names;\n{}",
            trigger("named", "'a'")
        );
        let of = if *engine == "postgres" {
            " ON users"
        } else {
            ""
        };
        let changed = format!(
            "DROP VIEW shouted;\nDROP VIEW names;\nDROP TRIGGER named{of};\nALTER TABLE users ADD COLUMN nick varchar(9);\n\
             CREATE VIEW names AS SELECT nick FROM users;\n{}",
            trigger("other", "'b'")
        );
        let files = [FIRST, ("2_made.sql", &*made), ("3_changed.sql", &*changed)];
        let dev = Dev::new(bench);
        let live = Live::new(bench, &files);
        live.apply(&[]).code(0);
        let run = dev.down(&live, &[]).code(0);
        assert!(run.out.contains("DROP TRIGGER"), "{engine} {run:?}");
        assert_eq!(bench.dump(&live.db), built(bench, &files[..2]), "{engine}");
        assert_eq!(versions(&live), ["1", "2"], "{engine}");
        dev.down(&live, &[]).code(0);
        assert_eq!(bench.dump(&live.db), built(bench, &files[..1]), "{engine}");
        live.apply(&[]).code(0);
        dev.down(&live, &["2"]).code(0);
        assert_eq!(bench.dump(&live.db), built(bench, &files[..1]), "{engine}");
    }
}

/// However it was made, what is planned comes back, and what is not is refused.
#[test]
fn what_can_not_be_made_anew_is_refused() {
    let bench = postgres::Server::start();
    let dev = Dev::new(&bench);
    for (made, changed) in [
        ("", "CREATE DOMAIN word AS text;\n"),
        (
            "DO $$ BEGIN EXECUTE 'CREATE VIEW names AS SELECT name FROM users'; END $$;\n",
            "DROP VIEW names;\n",
        ),
        (
            "CREATE VIEW names AS SELECT name FROM users;\nALTER VIEW names SET (security_barrier);\n",
            "DROP VIEW names;\n",
        ),
    ] {
        let files = [FIRST, ("2_a.sql", made), ("3_b.sql", changed)];
        let live = Live::new(&bench, &files);
        live.apply(&[]).code(0);
        dev.down(&live, &[]).code(0);
        assert_eq!(bench.dump(&live.db), built(&bench, &files[..2]));
    }
    let aggregate = "CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer);\n";
    let live = Live::new(&bench, &[FIRST, ("2_a.sql", aggregate)]);
    live.apply(&[]).code(0);
    let run = dev.down(&live, &[]).code(2);
    assert!(
        run.err.contains("needs what trueup can't plan yet")
            && run.err.contains("aggregate total(integer)"),
        "{run:?}"
    );
    assert_eq!(versions(&live), ["1", "2"]);
}

#[test]
fn nothing_is_taken_back_behind_a_baseline() {
    let bench = sqlite::Files::new();
    let dev = Dev::new(&bench);
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    let own = format!("{}{}", FIRST.1, SECOND.1);
    bench.script(&live.db, &own).unwrap();
    live.apply(&["--baseline", "2"]).code(0);
    dev.down(&live, &["2"])
        .code(2)
        .err_has("version 2 is the baseline");
    dev.down(&live, &["--to-version", "2"]).code(0);
    assert_eq!(bench.dump(&live.db), built(&bench, &[FIRST, SECOND]));
    // Without a dev database there is no plan.
    live.run(&["down"]).code(2).err_has("dev");
}

#[test]
fn a_table_that_others_refer_to_is_rebuilt_with_its_rows() {
    let bench = sqlite::Files::new();
    let dev = Dev::new(&bench);
    let family = "CREATE TABLE parent (id integer PRIMARY KEY, n int);\nCREATE TABLE child (id integer PRIMARY KEY, parent int \
                  REFERENCES parent (id) ON DELETE CASCADE);\n";
    let check = "PRAGMA foreign_keys = off;\nCREATE TABLE new_parent (id integer PRIMARY KEY, n int CHECK (n > 0));\nINSERT INTO \
                 new_parent SELECT id, n FROM parent;\nDROP TABLE parent;\nALTER TABLE new_parent RENAME TO parent;\nPRAGMA foreign_keys = on;\n";
    let live = Live::new(&bench, &[("1_family.sql", family), ("2_check.sql", check)]);
    live.apply(&[]).code(0);
    let rows = "INSERT INTO parent VALUES (1, 1); INSERT INTO child VALUES (1, 1);";
    bench.script(&live.db, rows).unwrap();
    dev.down(&live, &[]).code(0);
    assert_eq!(live.rows("child", &["id", "parent"]), [["1", "1"]]);
    assert_eq!(live.rows("parent", &["id", "n"]), [["1", "1"]]);
    assert_eq!(versions(&live), ["1"]);
}

#[test]
fn all_databases_of_an_environment_are_taken_back() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    let dir = live.world.path("").display().to_string();
    live.world.write(
        "trueup.yaml",
        format!(
            "envs:\n  all:\n    for_each: [t1, t2, t3, t4]\n    url: sqlite://{dir}/${{each}}.db\n    dev: sqlite://dev?mode=memory\n    \
             migrations: migrations\n"
        ),
    );
    let run = |args: &[&str]| live.world.run(&[&["migrate"], args].concat());
    run(&["apply"]).code(0);
    // One has a row, and one was never migrated as far.
    run(&["down", "--each", "t4", "--to-version", "1"]).code(0);
    let seed = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    seed.apply(&[]).code(0);
    bench
        .script(&seed.db, "INSERT INTO likes (id) VALUES (1);")
        .unwrap();
    let from = bench.url(&seed.db, true);
    std::fs::copy(
        from.strip_prefix("sqlite://").unwrap(),
        live.world.path("t2.db"),
    )
    .unwrap();
    let dry = run(&["down", "--dry-run"]).code(0);
    assert!(
        dry.out.contains("  t1: 1 migration back to 2\n")
            && dry
                .out
                .contains("  t2: 1 migration back to 2; lost: table likes has 1 row\n")
            && dry
                .out
                .contains("  t4: 1 migration back to an empty schema\n"),
        "{dry:?}"
    );
    let apart = run(&["down"]).code(2);
    assert!(
        apart
            .err
            .contains("the databases are at different versions")
            && apart.err.contains("`--to-version 1`"),
        "{apart:?}"
    );
    let run_all = run(&[
        "down",
        "--to-version",
        "1",
        "--parallel",
        "1",
        "--keep-going",
    ])
    .code(2);
    assert!(
        run_all.out.contains("  t1: taken back to 1\n")
            && run_all
                .out
                .contains("\n2 taken back, 1 with nothing to take back, 1 failed\n"),
        "{run_all:?}"
    );
    assert!(
        run_all
            .err
            .contains("t2: taking back 2 migrations would lose data"),
        "{run_all:?}"
    );
    assert!(
        run_all.err.contains("`trueup migrate down --to-version 1`"),
        "{run_all:?}"
    );
    let rest = run(&[
        "down",
        "--to-version",
        "1",
        "--allow-data-loss",
        "--format",
        "json",
    ])
    .code(0);
    let told: Value = serde_json::from_str(&rest.out).unwrap();
    assert_eq!(told["Databases"][1]["Reverted"], 2, "{told:#}");
    let status = run(&["status"]).code(0);
    assert!(
        status
            .out
            .lines()
            .all(|line| line.contains(": 1, 2 pending")),
        "{status:?}"
    );
}

#[test]
fn rows_that_a_policy_hides_are_not_taken_for_none() {
    let bench = postgres::Server::start();
    let dev = Dev::new(&bench);
    let secret = (
        "2_secret.sql",
        "CREATE TABLE secret (id int NOT NULL, PRIMARY KEY (id));\n",
    );
    let live = Live::new(&bench, &[FIRST, secret]);
    live.apply(&[]).code(0);
    let db = &live.db;
    let user = format!("user_{db}");
    let script = format!(
        "INSERT INTO secret VALUES (1); CREATE ROLE \"{user}\" LOGIN NOSUPERUSER PASSWORD 'x'; GRANT CREATE, USAGE ON SCHEMA public TO \
         \"{user}\"; ALTER TABLE secret OWNER TO \"{user}\"; ALTER TABLE users OWNER TO \"{user}\"; ALTER TABLE atlas_schema_revisions OWNER TO \
         \"{user}\"; ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY;"
    );
    bench.script(db, &script).unwrap();
    // The migrations know of it, too.
    live.world.write(
        "migrations/2_secret.sql",
        "CREATE TABLE secret (id int NOT NULL, PRIMARY KEY (id));\nALTER TABLE secret ENABLE ROW LEVEL SECURITY;\nALTER TABLE secret \
         FORCE ROW LEVEL SECURITY;\n",
    );
    live.hash();
    let url = bench.url(db, true);
    let at = url.find("://").unwrap() + 3;
    let host = url[at..].find('@').map_or(at, |sign| at + sign + 1);
    let url = format!("{}{user}:x@{}", &url[..at], &url[host..]);
    let (dev_url, base) = (dev.url(), ["migrate", "down", "--url"]);
    let args = [&base[..], &[&url, "--dev-url", &dev_url]].concat();
    let run = live.world.run(&args).code(2);
    bench
        .script(db, &format!("REASSIGN OWNED BY \"{user}\" TO CURRENT_USER; DROP OWNED BY \"{user}\"; DROP ROLE \"{user}\";"))
        .unwrap();
    for part in [
        "would lose data",
        "table secret: its content is unknown",
        "row-level security",
    ] {
        assert!(run.err.contains(part), "{part} {run:?}");
    }
    assert_eq!(live.rows("secret", &["id"]), [["1"]]);
    assert_eq!(versions(&live), ["1", "2"]);
}

#[test]
fn a_schema_is_not_dropped_with_what_others_keep_in_it() {
    let bench = mysql::Databases::start(false);
    let live = Live::new(&bench, &[]);
    let (one, two) = (format!("{}_one", live.db), format!("{}_two", live.db));
    for (file, schema) in [("1_one.sql", &one), ("2_two.sql", &two)] {
        let text = format!(
            "CREATE DATABASE {schema};\nCREATE TABLE {schema}.x (id int NOT NULL, PRIMARY KEY (id));\n"
        );
        live.world.write(&format!("migrations/{file}"), text);
    }
    live.hash();
    let whole = bench.server().url(None);
    live.world.write(
        "trueup.yaml",
        format!(
            "envs:\n  prod:\n    url: \"{whole}\"\n    dev: \"local://mysql?scope=server\"\n    migrations: migrations\n    schemas: [{one}, {two}]\n    \
             ignore: [\"{two}.keep\"]\n"
        ),
    );
    let run = |args: &[&str]| {
        let more = ["--env", "prod", "--revisions-schema", &live.db];
        live.world.run(&[&["migrate"], args, &more].concat())
    };
    run(&["apply"]).code(0);
    let keep = format!("CREATE TABLE {two}.keep (id int); INSERT INTO {two}.keep VALUES (1);");
    bench.script(&live.db, &keep).unwrap();
    let refused = run(&["down", "--allow-data-loss"]).code(2);
    assert!(
        refused
            .err
            .contains("drops a schema that has more than the migrations made")
            && refused.err.contains(&format!("table {two}.keep")),
        "{refused:?}"
    );
    assert_eq!(versions(&live), ["1", "2"]);
    // It is still there.
    bench
        .script(&live.db, &format!("DROP TABLE {two}.keep;"))
        .unwrap();
    run(&["down"]).code(0);
    assert_eq!(versions(&live), ["1"]);
    bench
        .script(&live.db, &format!("DROP DATABASE {one};"))
        .unwrap();
}

#[test]
fn values_are_not_made_narrower_unless_somebody_says_so() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let (from, to) = match *engine {
            "sqlite" => ("integer", "text"),
            "postgres" => ("numeric(10,2)", "numeric(12,6)"),
            _ => ("decimal(10,2)", "decimal(12,6)"),
        };
        let first = format!(
            "CREATE TABLE t (id int NOT NULL, n {from}, PRIMARY KEY (id));\nCREATE TABLE u (id int NOT NULL, n int, PRIMARY KEY (id));\n"
        );
        let second = match *engine {
            "sqlite" => format!(
                "CREATE TABLE t2 (id int NOT NULL, n {to}, PRIMARY KEY (id));\nDROP TABLE t;\nALTER TABLE t2 RENAME TO t;\n"
            ),
            "postgres" => format!("ALTER TABLE t ALTER COLUMN n TYPE {to};\n"),
            _ => format!("ALTER TABLE t MODIFY n {to};\n"),
        };
        let live = Live::new(bench, &[("1_a.sql", &first), ("2_b.sql", &second)]);
        live.apply(&[]).code(0);
        bench
            .script(&live.db, "INSERT INTO t VALUES (1, '1.234567');")
            .unwrap();
        let dry = dev.down(&live, &["--dry-run"]).code(0);
        assert!(
            dry.out.contains("\n  may fail on existing rows: ")
                && dry.err.contains("would be refused"),
            "{engine} {dry:?}"
        );
        let refused = dev.down(&live, &[]).code(2);
        let line = format!("column t.n: values may be cut or rounded ({to} to {from})");
        assert!(refused.err.contains(&line), "{engine} {line} {refused:?}");
        assert!(!refused.err.contains("renames"), "{engine} {refused:?}");
        assert_eq!(live.rows("t", &["n"]), [["1.234567"]], "{engine}");
        dev.down(&live, &["--allow-data-loss"]).code(0);
        live.apply(&[]).code(0);
        bench.script(&live.db, "DELETE FROM t;").unwrap();
        dev.down(&live, &[]).code(0);
        assert_eq!(versions(&live), ["1"], "{engine}");
    }
}

#[test]
fn a_server_that_cuts_values_is_told_not_to_and_nothing_is_half_done() {
    for (engine, bench) in &engines()[2..] {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let files = [
            (
                "1_a.sql",
                "CREATE TABLE t (id int NOT NULL, n int, PRIMARY KEY (id));\n",
            ),
            ("2_b.sql", "ALTER TABLE t MODIFY n bigint;\n"),
            ("3_c.sql", "ALTER TABLE t COMMENT 'three';\n"),
        ];
        let live = Live::new(bench, &files);
        live.apply(&[]).code(0);
        bench
            .script(
                &live.db,
                "SET GLOBAL sql_mode = ''; INSERT INTO t VALUES (1, 5000000000);",
            )
            .unwrap();
        let (dump, rows) = (bench.dump(&live.db), live.revisions());
        let failed = dev.down(&live, &["2", "--allow-data-loss"]).code(2);
        bench
            .script(&live.db, "SET GLOBAL sql_mode = DEFAULT;")
            .unwrap();
        assert!(
            failed.err.contains("the database is as it was"),
            "{engine} {failed:?}"
        );
        assert_eq!(
            (bench.dump(&live.db), live.revisions()),
            (dump, rows),
            "{engine}"
        );
        assert_eq!(live.rows("t", &["n"]), [["5000000000"]], "{engine}");
        live.apply(&[])
            .code(0)
            .out("No migration files to execute\n");
        assert!(live.status()["TakingBack"].is_null(), "{engine}");
        bench.script(&live.db, "UPDATE t SET n = 5;").unwrap();
        dev.down(&live, &["2", "--allow-data-loss"]).code(0);
        assert_eq!(versions(&live), ["1"], "{engine}");
    }
}

#[test]
fn a_version_below_a_baseline_can_be_recorded() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    let own = format!("{}{}", FIRST.1, SECOND.1);
    bench.script(&live.db, &own).unwrap();
    live.apply(&["--baseline", "2"]).code(0);
    live.run(&["set", "1"]).code(0);
    assert_eq!(versions(&live), ["1"]);
    let status = live.status();
    assert_eq!(status["Current"], "1", "{status:#}");
    live.run(&["set", "3"]).code(0);
    assert_eq!(versions(&live), ["1", "2", "3"]);
}

#[test]
fn a_rename_is_said_not_to_be_reversed() {
    for (engine, bench) in &engines() {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let rename = (
            "2_b.sql",
            "ALTER TABLE users RENAME COLUMN name TO label;\n",
        );
        let live = Live::new(bench, &[FIRST, rename]);
        live.apply(&[]).code(0);
        bench
            .script(&live.db, "INSERT INTO users VALUES (1, 'a');")
            .unwrap();
        let run = dev.down(&live, &[]).code(2);
        for part in [
            "migrations/2_b.sql:1:1 renames, and that is not reversed by a plan",
            "trueup migrate set 1",
        ] {
            assert!(run.err.contains(part), "{engine} {part} {run:?}");
        }
        assert_eq!(live.rows("users", &["label"]), [["a"]], "{engine}");
    }
}

#[test]
fn a_file_that_is_half_applied_out_of_order_is_taken_back() {
    for (engine, bench) in &engines()[2..] {
        let bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, THIRD_ALONE]);
        live.apply(&[]).code(0);
        live.world.write(
            "migrations/2_second.sql",
            format!("{}INSERT INTO nowhere VALUES (1);\n", SECOND.1),
        );
        live.hash();
        live.apply(&["--exec-order", "non-linear"]).code(2);
        dev.down(&live, &["--to-version", "1"]).code(0);
        assert_eq!(bench.dump(&live.db), built(bench, &[FIRST]), "{engine}");
        assert_eq!(versions(&live), ["1"], "{engine}");
    }
}

const THIRD_ALONE: (&str, &str) = (
    "3_third.sql",
    "CREATE TABLE likes (id int NOT NULL, PRIMARY KEY (id));\n",
);
