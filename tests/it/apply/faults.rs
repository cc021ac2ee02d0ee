//! What goes wrong where many databases, or many people, are on one server.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Live, engines, struck, survives};
use crate::golden::bench::Bench;
use crate::golden::{mysql, postgres, sqlite};
use crate::lab::{self, Postgres};
use crate::mysql_server::Server;

/// 200 tenants of one server, and the seventh fails: those before it have all, no other is begun, and the next run does the rest.
#[test]
fn tenants_of_one_server_stop_at_the_one_that_fails() {
    const ALL: usize = 200;
    let bench = mysql::Databases::start(false);
    let files = "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n";
    let live = Live::new(
        &bench,
        &[
            ("1_a.sql", files),
            ("2_b.sql", "CREATE TABLE b (id int);\n"),
        ],
    );
    // A set is gone through in the order of its names.
    let mut tenants: Vec<String> = (0..ALL).map(|_| bench.create()).collect();
    tenants.sort();
    let url = bench.url("${each}", true);
    live.world.write(
        "trueup.yaml",
        format!(
            "envs:\n  all:\n    for_each: [{}]\n    url: {url}\n    migrations: migrations\n",
            tenants.join(", ")
        ),
    );
    bench
        .script(&tenants[6], "CREATE TABLE b (id int)")
        .unwrap();
    let dirty = ["migrate", "apply", "--allow-dirty"];
    let run = live
        .world
        .run(&[&dirty[..], &["--parallel", "1"]].concat())
        .code(2);
    let told = "200 databases: 6 migrated, 1 failed, 193 not begun\n";
    assert!(run.out.ends_with(told), "{run:?}");
    assert!(run.err.contains(&tenants[6]), "{run:?}");

    bench.script(&tenants[6], "DROP TABLE b").unwrap();
    let run = live.world.run(&dirty).code(0);
    let told = "200 databases: 194 migrated, 6 up to date already\n";
    assert!(run.out.ends_with(told), "{run:?}");
    for tenant in [0, 5, 6, 7, ALL - 1] {
        let rows = bench
            .server()
            .query(&tenants[tenant], "SELECT COUNT(*) FROM a");
        assert_eq!(rows, [["1"]], "tenant {tenant}: nothing is done twice");
    }
    tenants.iter().for_each(|tenant| bench.remove(tenant));
}

/// Somebody else keeps a table locked: a run gives up after its time, and leaves nothing behind; the reverse plan, too.
#[test]
fn a_table_that_somebody_keeps_locked_is_not_waited_for_too_long() {
    let bench = postgres::Server::start();
    let live = Live::new(&bench, &[("1_a.sql", "CREATE TABLE a (id int);\n")]);
    live.apply(&[]).code(0);
    let files = "CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN n int;\n";
    live.world.write("migrations/2_n.sql", files);
    live.hash();
    let while_locked = |args: &[&str], statement: &str| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Reading is left to others: a reverse looks for values first.
                let keep = "BEGIN; LOCK TABLE a IN ROW EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT;";
                bench.script(&live.db, keep).unwrap();
            });
            std::thread::sleep(Duration::from_secs(2));
            let run = live
                .run(&[args, &["--statement-timeout", "1s"]].concat())
                .code(2);
            assert!(run.err.contains("statement timeout"), "{run:?}");
            assert!(run.err.contains(statement), "{run:?}");
        });
    };
    while_locked(&["apply"], "ALTER TABLE a ADD COLUMN n int");
    assert_eq!(live.status()["Pending"][0], "2_n.sql");
    live.apply(&["--statement-timeout", "10s"]).code(0);
    let realm = bench.inspect(&live.db, true).unwrap();
    let table = realm.schemas[0].table("a").unwrap();
    assert_eq!(table.columns.len(), 2);
    let dev = live.another();
    let dev = bench.url(&dev.db, true);
    while_locked(&["down", "--dev-url", &dev], "DROP COLUMN \"n\"");
    assert_eq!(live.revisions().len(), 2);
}

/// Whatever the statement at which the server dies, the run says that it is gone, and the next one does the rest on the server
/// that has recovered.
fn outlives(engine: &str, bench: &dyn Bench, crash: &dyn Fn(), start: &dyn Fn()) {
    survives(engine, bench, 3, &|live, n| {
        let run = struck(live, n, &|_| crash());
        start();
        let Some(run) = run else { return false };
        // It may have been quicker.
        let said = ["migrations/", "nothing of this file was run"];
        let said = said.iter().any(|part| run.err.contains(part));
        let told = run.code == Some(0) || run.code == Some(2) && said;
        assert!(told, "{engine} {n} {run:?}");
        true
    });
}

#[test]
fn a_server_that_dies_and_recovers_is_no_loss_on_postgresql() {
    let durable = ["-c", "fsync=on", "-c", "synchronous_commit=on"];
    let bench = postgres::Server::on(Postgres::start_in("/tmp".as_ref(), &durable));
    let server = bench.server();
    outlives("postgres", &bench, &|| server.crash(), &|| {
        server.start_again();
    });
}

#[test]
fn a_server_that_dies_and_recovers_is_no_loss_on_mysql_and_mariadb() {
    for (engine, mariadb) in [("mysql", false), ("mariadb", true)] {
        let durable = ["--innodb-flush-log-at-trx-commit=1".to_owned()];
        let bench = mysql::Databases::on(Server::start_with(mariadb, &durable));
        let server = bench.server();
        outlives(engine, &bench, &|| server.crash(), &|| server.start_again());
    }
}

/// A file system in memory, of so many megabytes, which only root can make.
struct Small(TempDir);

impl Small {
    fn new(megabytes: u32) -> Self {
        let small = Self(tempfile::tempdir().unwrap());
        small.mount(&format!("size={megabytes}m,mode=1777"));
        small
    }

    fn mount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]);
        lab::run({
            mount.arg(self.path());
            mount
        });
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Somebody makes room.
    fn grow(&self, megabytes: u32) {
        self.mount(&format!("remount,size={megabytes}m"));
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
    }
}

/// A file is run as one transaction, or each statement for itself.
const MODES: [&str; 2] = ["", "-- atlas:txmode none\n\n"];

/// The disk is full in the middle of a file: the run says so and leaves what it recorded, and when somebody made room the next
/// one does the rest. `fill` makes a table of more than fits, and its rows.
fn fits_at_last(bench: &dyn Bench, mode: &str, fill: [&str; 2], make_room: &dyn Fn()) {
    let [table, rows] = fill;
    let file = format!(
        "{mode}INSERT INTO a VALUES (2);\n{table};\nINSERT INTO a VALUES (3);\n{rows};\nINSERT INTO a SELECT COUNT(*) FROM big;\n"
    );
    let first = "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\n";
    let live = Live::new(bench, &[("1_a.sql", first), ("2_fill.sql", &file)]);
    let run = live.apply(&[]).code(2);
    assert!(run.err.contains("migrations/2_fill.sql"), "{run:?}");
    make_room();
    live.apply(&[]).code(0);
    let whole = live.another();
    whole.apply(&[]).code(0);
    assert_eq!(bench.dump(&live.db), bench.dump(&whole.db));
    let rows = live.rows("a", &["n"]);
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert_eq!(rows, whole.rows("a", &["n"]));
    assert_eq!(live.revisions(), whole.revisions());
}

#[test]
fn a_full_disk_is_no_loss_on_sqlite() {
    let rows = "INSERT INTO big WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000) SELECT n, \
                zeroblob(2000) FROM r";
    for mode in MODES {
        let small = Small::new(2);
        let bench = sqlite::Files::within(small.path());
        let fill = ["CREATE TABLE big (n int, b blob)", rows];
        fits_at_last(&bench, mode, fill, &|| small.grow(60));
    }
}

/// The disk of the tables, and that of all that the server has, its log included.
#[test]
fn a_full_disk_is_no_loss_on_postgresql() {
    let rows = "INSERT INTO big SELECT generate_series(1, 700000)";
    for mode in MODES {
        let small = Small::new(5);
        let bench = postgres::Server::start();
        let place = small.path().join("tables");
        std::fs::create_dir(&place).unwrap();
        if let Some((user, group)) = lab::account() {
            std::os::unix::fs::chown(&place, Some(user), Some(group)).unwrap();
        }
        let space = format!("CREATE TABLESPACE small LOCATION '{}'", place.display());
        bench.server().sql("postgres", &space);
        let fill = ["CREATE TABLE big (n int) TABLESPACE small", rows];
        fits_at_last(&bench, mode, fill, &|| small.grow(200));

        let small = Small::new(70);
        let bench = postgres::Server::on(Postgres::start_in(small.path(), &[]));
        let server = bench.server();
        let fill = ["CREATE TABLE big (n int)", rows];
        fits_at_last(&bench, mode, fill, &|| {
            small.grow(500);
            server.crash();
            server.start_again();
        });
    }
}

/// A server goes on with a statement although nobody waits for it any more: the next run waits for it, and the database tells that
/// it was done.
#[test]
fn a_definition_that_the_server_does_alone_is_not_done_twice() {
    for (engine, bench) in &engines()[2..] {
        let text = "CREATE TABLE a (id int);\nCREATE TABLE b AS SELECT BENCHMARK(15000000, SHA2('a', 256)) AS n;\nINSERT INTO a VALUES (1);\n";
        let live = Live::new(&**bench, &[("1_a.sql", text)]);
        let killed = struck(&live, 2, &|child| {
            // It is sent by then.
            std::thread::sleep(Duration::from_millis(500));
            child.kill().unwrap();
        });
        assert!(killed.is_some(), "{engine}");
        let asked = live.apply(&["--lock-timeout", "30s"]).code(2);
        let told = "was interrupted while this statement ran";
        assert!(asked.err.contains(told), "{engine} {asked:?}");
        let dev = live.another();
        let url = bench.url(&dev.db, true);
        let run = live.apply(&["--dev-url", &url]).code(0);
        let told = "ran statement 2 of 1_a.sql: continuing after it";
        assert!(run.err.contains(told), "{engine} {run:?}");
        assert_eq!(live.rows("b", &["n"]), [["0"]], "{engine}");
        assert_eq!(live.rows("a", &["id"]), [["1"]], "{engine}");
        assert_eq!(live.revisions(), [["1", "a", "2", "3", "3"]], "{engine}");
    }
}

/// What was done and can't be recorded, as where the disk is full, is asked about and not done again.
#[test]
fn a_statement_that_can_not_be_recorded_is_not_done_twice() {
    let bench = postgres::Server::start();
    let text = "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON a (id);\nCREATE TABLE b (id int);\n";
    let live = Live::new(
        &bench,
        &[("1_a.sql", "CREATE TABLE a (id int);\n"), ("2_b.sql", text)],
    );
    live.apply(&["1"]).code(0);
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$; \
                  CREATE TRIGGER refuse BEFORE UPDATE ON atlas_schema_revisions FOR EACH ROW WHEN (new.applied = 1 AND \
                  new.version = '2' AND new.error IS NULL) EXECUTE FUNCTION refuse();";
    bench.script(&live.db, refuse).unwrap();
    let run = live.apply(&["--allow-dirty"]).code(2);
    assert!(run.err.contains("it can't be recorded: no room"), "{run:?}");
    bench
        .script(&live.db, "DROP FUNCTION refuse CASCADE")
        .unwrap();
    live.apply(&[])
        .code(2)
        .err_has("2_b.sql:3:1: an earlier run was interrupted while this statement ran");
    live.apply(&["--interrupted", "done"]).code(0);
    assert_eq!(live.revisions()[1], ["2", "b", "2", "2", "2"]);
}

/// The records that are made in a transaction of the file's own are there where it was committed: it is not committed again.
#[test]
fn a_commit_that_could_not_be_recorded_is_known() {
    let bench = sqlite::Files::new();
    let text = "-- atlas:txmode none\n\nBEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;\nCREATE TABLE b (id int);\n";
    let live = Live::new(
        &bench,
        &[("1_a.sql", "CREATE TABLE a (id int);\n"), ("2_b.sql", text)],
    );
    live.apply(&["1"]).code(0);
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON atlas_schema_revisions WHEN new.applied > 2 AND new.version = '2' \
                  BEGIN SELECT RAISE(ABORT, 'no room'); END;";
    bench.script(&live.db, refuse).unwrap();
    let run = live.apply(&["--allow-dirty"]).code(2);
    assert!(run.err.contains("no room"), "{run:?}");
    bench.script(&live.db, "DROP TRIGGER refuse").unwrap();
    assert_eq!(live.revisions()[1], ["2", "b", "2", "2", "4"]);
    live.apply(&[]).code(0);
    assert_eq!(live.rows("a", &["id"]), [["1"]]);
    assert_eq!(live.revisions()[1], ["2", "b", "2", "4", "4"]);
}
