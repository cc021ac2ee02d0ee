//! What a plan says of the files that are to run: what they lock, rewrite and lose.

use serde_json::Value;

use super::{Live, engines};

const FIRST: &str = "\
CREATE TABLE users (id int PRIMARY KEY, name varchar(20), age int);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, total int);
";

/// The lines of a plan that are no statements, but for those that name versions.
fn said(plan: &str) -> Vec<&str> {
    let lines = plan.lines().filter_map(|line| line.strip_prefix("  -- "));
    lines
        .filter(|line| !line.starts_with("migrating"))
        .collect()
}

#[test]
fn a_plan_says_what_files_lock_rewrite_and_lose() {
    for (engine, bench) in &engines() {
        let live = Live::new(&**bench, &[("1_first.sql", FIRST)]);
        let dev = bench.create();
        let dev_url = bench.url(&dev, true);
        let fresh = live.apply(&["--dry-run", "--dev-url", &dev_url]).code(0);
        assert!(said(&fresh.out).is_empty(), "{engine}: {}", fresh.out);
        live.apply(&[]).code(0);
        let retype = match *engine {
            "postgres" => "ALTER TABLE orders ALTER COLUMN total TYPE bigint;\n",
            "sqlite" => {
                "CREATE TABLE new (id int PRIMARY KEY, user_id int NOT NULL, total text);\nINSERT INTO new SELECT * FROM \
                 orders;\nDROP TABLE orders;\nALTER TABLE new RENAME TO orders;\n"
            }
            _ => "ALTER TABLE orders MODIFY COLUMN total bigint;\n",
        };
        live.world.write("migrations/2_retype.sql", retype);
        let index = "CREATE INDEX by_name ON users (name);\nALTER TABLE users DROP COLUMN age;\n";
        live.world.write("migrations/3_index.sql", index);
        let quick = "ALTER TABLE users ADD COLUMN nick varchar(9);\n";
        live.world.write("migrations/4_quick.sql", quick);
        live.hash();

        let silent = live.apply(&["--dry-run"]).code(0);
        assert!(said(&silent.out).is_empty(), "{engine}: {}", silent.out);
        let told = live.apply(&["--dry-run", "--dev-url", &dev_url]).code(0);
        let wanted = match *engine {
            "postgres" => [
                "blocks reads and writes of orders while it is rewritten",
                "blocks reads and writes of users while an index is built; loses column users.age",
            ],
            "sqlite" => [
                "blocks writes to orders while it is rewritten",
                "blocks writes to users while it is rewritten; loses column users.age",
            ],
            _ => [
                "blocks writes to orders while it is rewritten",
                "loses column users.age",
            ],
        };
        assert_eq!(said(&told.out), wanted, "{engine}: {}", told.out);

        let json = live
            .apply(&["--dev-url", &dev_url, "--format", "json"])
            .code(0);
        let json: Value = serde_json::from_str(&json.out).unwrap();
        let effects = &json["Pending"][0]["Effects"];
        let lock = match *engine {
            "postgres" => "ACCESS EXCLUSIVE",
            "sqlite" => "RESERVED",
            _ => "ALGORITHM=COPY, LOCK=SHARED",
        };
        assert_eq!(effects["Locks"][0]["Table"], "orders", "{engine}: {json}");
        assert_eq!(effects["Locks"][0]["Lock"], lock, "{engine}: {json}");
        assert_eq!(effects["Locks"][0]["Work"], "rewrite", "{engine}: {json}");
        assert_eq!(
            json["Pending"][1]["Effects"]["Loses"][0],
            "column users.age"
        );
        bench.remove(&dev);
    }
}

/// How a statement is written decides, and a file that fails on the dev database is applied all the same.
#[test]
fn an_index_that_is_built_concurrently_blocks_nobody() {
    let [_, (_, bench), ..] = engines();
    let live = Live::new(&*bench, &[("1_first.sql", FIRST)]);
    live.apply(&[]).code(0);
    let dev = bench.create();
    let dev_url = bench.url(&dev, true);
    let dry = ["--dry-run", "--dev-url", &dev_url];
    let build = "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY by_name ON users (name);\n";
    live.world.write("migrations/2_index.sql", build);
    live.hash();
    assert!(said(&live.apply(&dry).code(0).out).is_empty());
    live.world
        .write("migrations/2_index.sql", build.replace(" CONCURRENTLY", ""));
    live.hash();
    let wanted = ["blocks writes to users while an index is built"];
    assert_eq!(said(&live.apply(&dry).code(0).out), wanted);

    live.world.write(
        "migrations/3_only_there.sql",
        "INSERT INTO missing VALUES (1);\n",
    );
    live.hash();
    let told = live.apply(&dry).code(0);
    assert!(
        told.err
            .contains("what the migrations lock and lose can't be told"),
        "{told:?}"
    );
    bench.remove(&dev);
}
