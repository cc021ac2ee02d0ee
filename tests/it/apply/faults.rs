//! What goes wrong where many databases, or many people, are on one server.

use std::time::Duration;

use super::Live;
use crate::golden::bench::Bench as _;
use crate::golden::{mysql, postgres};

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

/// Somebody else keeps a table locked: a run gives up after its time, and leaves nothing behind.
#[test]
fn a_table_that_somebody_keeps_locked_is_not_waited_for_too_long() {
    let bench = postgres::Server::start();
    let live = Live::new(&bench, &[("1_a.sql", "CREATE TABLE a (id int);\n")]);
    live.apply(&[]).code(0);
    let files = "CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN n int;\n";
    live.world.write("migrations/2_n.sql", files);
    live.hash();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let keep = "BEGIN; LOCK TABLE a; SELECT pg_sleep(8); COMMIT;";
            bench.script(&live.db, keep).unwrap();
        });
        std::thread::sleep(Duration::from_secs(2));
        let run = live.apply(&["--statement-timeout", "1s"]).code(2);
        assert!(run.err.contains("statement timeout"), "{run:?}");
        assert!(
            run.err.contains("ALTER TABLE a ADD COLUMN n int"),
            "{run:?}"
        );
        assert_eq!(live.status()["Pending"][0], "2_n.sql");
    });
    live.apply(&["--statement-timeout", "10s"]).code(0);
    let realm = bench.inspect(&live.db, true).unwrap();
    let table = realm.schemas[0].table("a").unwrap();
    assert_eq!(table.columns.len(), 2);
}
