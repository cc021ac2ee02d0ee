//! What a plan says of the files that are to run: what they lock, rewrite and lose.

use serde_json::Value;

use super::{Live, engines};
use crate::golden::bench::Bench;

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

/// What is said of one file after others.
fn told(engine: &str, bench: &dyn Bench, first: &str, file: &str) -> Vec<String> {
    let live = Live::new(bench, &[("1_first.sql", first)]);
    live.apply(&[]).code(0);
    let dev = bench.create();
    live.world.write("migrations/2_second.sql", file);
    live.hash();
    let plan = live.apply(&["--dry-run", "--dev-url", &bench.url(&dev, true)]);
    bench.remove(&dev);
    let plan = plan.code(0);
    assert!(
        !plan.err.contains("can't be told"),
        "{engine}: {}",
        plan.err
    );
    said(&plan.out).into_iter().map(str::to_owned).collect()
}

#[test]
fn what_only_gets_another_name_is_not_lost() {
    let first = "\
CREATE TABLE users (id int PRIMARY KEY, name varchar(20) NOT NULL, age int CHECK (age > 0));
CREATE INDEX by_name ON users (name);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users (id));
";
    for (engine, bench) in &engines() {
        let table = match *engine {
            "mysql" | "mariadb" => "rename table orders to bought, users to people;\n",
            _ => "alter table orders rename to bought;\nalter table users rename to people;\n",
        };
        let column = match *engine {
            "mysql" => "alter table users change column name label varchar(20) not null;\n",
            _ => {
                "alter table users rename column name to label;\nalter table orders rename column user_id to buyer;\n"
            }
        };
        for file in [table, column] {
            let said = told(engine, &**bench, first, file);
            assert!(said.is_empty(), "{engine}: {file}{said:?}");
        }
    }
    let [_, (engine, bench), ..] = engines();
    let first = "CREATE TABLE t (id int);\nCREATE TABLE p (id int) PARTITION BY LIST (id);\n";
    for file in [
        "alter table t rename to t2;\ncreate schema x;\nalter table t2 set schema x;\n",
        "alter table p attach partition t for values in (1);\n",
    ] {
        let said = told(engine, &*bench, first, file);
        assert!(said.is_empty(), "{file}{said:?}");
    }
}

#[test]
fn what_is_there_again_is_lost_all_the_same() {
    for (engine, bench) in &engines() {
        let column = "alter table users drop column age;\nalter table users add column age int;\n";
        let said = told(engine, &**bench, FIRST, column);
        let lost = said
            .iter()
            .any(|line| line.ends_with("loses the values of column users.age"));
        assert!(lost, "{engine}: {said:?}");
        let table = "drop table orders;\ncreate table orders (id int PRIMARY KEY, user_id int NOT NULL, total int);\n";
        let said = told(engine, &**bench, FIRST, table);
        assert_eq!(said, ["loses the rows of table orders"], "{engine}");
        let moved =
            "alter table users rename column age to years;\nalter table users drop column years;\n";
        let said = told(engine, &**bench, FIRST, moved);
        let lost = said
            .iter()
            .any(|line| line.ends_with("loses column users.age"));
        assert!(lost, "{engine}: {said:?}");
    }
}
