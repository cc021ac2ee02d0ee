//! What has to hold before a file is applied: Atlas' files with `checks.sql`.

use super::{Live, engines};
use crate::golden::postgres;
use crate::golden::sqlite;

const FIRST: &str =
    "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\nINSERT INTO users VALUES (1);\n";

/// A file with these checks, which drops a table.
fn drops(header: &str, checks: &str) -> String {
    format!(
        "-- atlas:txtar{header}\n\n{checks}\n-- migration.sql --\nDROP TABLE users;\nCREATE TABLE people (id int);\n\n\
         -- down.sql --\nDROP TABLE people;\n"
    )
}

#[test]
fn nothing_of_a_file_runs_whose_checks_do_not_hold() {
    let checks = "-- checks.sql --\n-- atlas:assert DS102\nSELECT NOT EXISTS (SELECT 1 FROM users) AS is_empty;\n\n\
                  -- checks/roles.sql --\n-- atlas:assert oneof\nSELECT EXISTS (SELECT 1 FROM roles);\nSELECT COUNT(*) + 1 FROM roles;\n";
    for (engine, bench) in &engines() {
        let live = Live::new(
            &**bench,
            &[("1_a.sql", FIRST), ("2_b.sql", &drops("", checks))],
        );
        live.apply(&["1"]).code(0);
        let before = bench.dump(&live.db);
        let dry = live.apply(&["--dry-run"]).code(0);
        let told = "  -- migrating version 2\n    ?> SELECT NOT EXISTS (SELECT 1 FROM users) AS is_empty;\n    ?> SELECT EXISTS \
                    (SELECT 1 FROM roles);\n    ?> SELECT COUNT(*) + 1 FROM roles;\n    -> DROP TABLE users;\n";
        assert!(dry.out.contains(told), "{engine} {dry:?}");
        let run = live.apply(&[]).code(2);
        let told = "Error: migrations/2_b.sql:5:1: the check does not hold: it gives ";
        assert!(run.err.starts_with(told), "{engine} {run:?}");
        assert!(run.err.contains("SELECT NOT EXISTS"), "{engine} {run:?}");
        assert_eq!(bench.dump(&live.db), before, "{engine}");
        assert_eq!(live.revisions(), [["1", "a", "2", "3", "3"]], "{engine}");
        bench.script(&live.db, "DELETE FROM users;").unwrap();
        live.apply(&[]).code(0);
        assert_eq!(live.revisions()[1], ["2", "b", "2", "2", "2"], "{engine}");
    }
}

#[test]
fn a_check_is_a_query_with_one_true_value() {
    let bench = postgres::Server::start();
    for (check, told) in [
        (
            "SELECT NULL;",
            "4:1: the check does not hold: it gives `NULL`",
        ),
        (
            "SELECT 'no';",
            "4:1: the check does not hold: it gives `no`",
        ),
        (
            "SELECT 1 WHERE false;",
            "4:1: the check does not hold: it gives 0 rows",
        ),
        (
            "SELECT true, true;",
            "4:1: the check does not hold: it gives 2 columns",
        ),
        (
            "SELECT 1 FROM nowhere;",
            "4:1: relation \"nowhere\" does not exist",
        ),
        ("DELETE FROM users;", "4:1: a check is a query"),
        (
            "WITH d AS (DELETE FROM users RETURNING 1) SELECT 1 FROM d;",
            "4:1: a check is a query",
        ),
        (
            "-- atlas:assert oneof\nSELECT false;\nSELECT NULL;",
            "5:1: none of the 2 checks from here on holds",
        ),
    ] {
        let file = drops("", &format!("-- checks.sql --\n{check}\n"));
        let live = Live::new(&bench, &[("1_a.sql", FIRST), ("2_b.sql", &file)]);
        let run = live.apply(&[]).code(2);
        assert!(
            run.err.contains(&format!("migrations/2_b.sql:{told}")),
            "{run:?}"
        );
        assert_eq!(live.rows("users", &["id"]), [["1"]]);
    }
    let live = Live::new(
        &bench,
        &[("1_a.sql", &drops("", "-- check.sql --\nSELECT 1;\n"))],
    );
    live.apply(&[])
        .code(2)
        .err_has("1_a.sql:3:1: this line begins a section 'check.sql', which is unknown");
}

#[test]
fn checks_are_asked_where_the_file_begins() {
    let bench = sqlite::Files::new();
    // What the file before did is seen, in one transaction with it, too.
    let holds = drops("", "-- checks.sql --\nSELECT COUNT(*) = 1 FROM users;\n");
    let live = Live::new(&bench, &[("1_a.sql", FIRST), ("2_b.sql", &holds)]);
    live.apply(&["--tx-mode", "all"]).code(0);
    let fails = holds.replace("= 1", "= 2");
    let live = Live::new(&bench, &[("1_a.sql", FIRST), ("2_b.sql", &fails)]);
    live.apply(&["--tx-mode", "all"])
        .code(2)
        .err_has("2_b.sql:4:1: the check does not hold: it gives `0`");
    assert_eq!(live.revisions().len(), 0);

    // Not where it goes on: by then the table is gone.
    let begun = drops(
        "\n-- atlas:txmode none",
        "-- checks.sql --\nSELECT COUNT(*) = 1 FROM users;\n",
    );
    let broken = begun.replace("people (id int)", "people (id int, id int)");
    let live = Live::new(&bench, &[("1_a.sql", FIRST), ("2_b.sql", &broken)]);
    live.apply(&[]).code(2).err_has("2_b.sql:9:1");
    live.world.write("migrations/2_b.sql", &begun);
    live.hash();
    let dry = live.apply(&["--dry-run"]).code(0);
    assert!(!dry.out.contains("?>"), "{dry:?}");
    live.apply(&[]).code(0);
}
