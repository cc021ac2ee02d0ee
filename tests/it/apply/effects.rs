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
            .contains("the locks and data losses of the migrations are unknown"),
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
    assert!(!plan.err.contains("are unknown"), "{engine}: {}", plan.err);
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
        let deleted = "delete from orders where id > 3;\ndelete from users;\n";
        let said = told(engine, &**bench, FIRST, deleted).join("; ");
        assert!(
            said.ends_with("loses some rows of table orders, the rows of table users"),
            "{engine}: {said}"
        );
    }
}

/// A type that is given and taken away again, so that before and after are the same.
#[test]
fn a_type_there_and_back_is_told() {
    for (engine, bench) in &engines()[1..] {
        let retyped = |ty: &str| match *engine {
            "postgres" => format!("alter table users alter column age type {ty};\n"),
            _ => format!("alter table users modify age {ty};\n"),
        };
        let file = [retyped("smallint"), retyped("int")].concat();
        let said = told(engine, &**bench, FIRST, &file).join("; ");
        assert!(
            said.contains("users while it is rewritten"),
            "{engine}: {said}"
        );
    }
}

/// What is there before each file of `how_statements_are_written_decides_what_they_block`.
const MANY: &str = "\
CREATE TABLE users (id int PRIMARY KEY, name varchar(20), age int);
CREATE TABLE small (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, user_id int, total int CONSTRAINT there CHECK (total IS NOT NULL));
ALTER TABLE orders ADD CONSTRAINT late CHECK (user_id > 0) NOT VALID;
CREATE UNIQUE INDEX ready ON orders (user_id);
CREATE TABLE parent (a int, tags varchar(10)[]);
CREATE TABLE child () INHERITS (parent);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE felt (id int, mood mood);
";

/// Each statement for itself.
const ALONE: &str = "-- atlas:txmode none\n\n";

/// Ways of PostgreSQL, as they are written: what each file says after a first one.
#[test]
fn how_statements_are_written_decides_what_they_block() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            ALONE,
            "create index concurrently by_name on users (name);",
            &[],
        ),
        (
            ALONE,
            "create unique index concurrently if not exists \"By\" on users (name);",
            &[],
        ),
        (ALONE, "CREATE INDEX CONCURRENTLY ON users (name);", &[]),
        (
            ALONE,
            "CREATE INDEX CONCURRENTLY id ON users (age);\ncreate index age on orders (total);",
            &["blocks writes to orders while an index is built"],
        ),
        ("", "ALTER TABLE orders VALIDATE CONSTRAINT late;", &[]),
        (
            ALONE,
            "ALTER TABLE users ADD CONSTRAINT old CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT old;",
            &[],
        ),
        (
            "",
            "ALTER TABLE users ADD CONSTRAINT old CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT old;",
            &["blocks reads and writes of users while its rows are checked"],
        ),
        (
            "",
            "alter table orders add constraint ready unique using index ready;",
            &[],
        ),
        (
            "",
            "ALTER TABLE orders ALTER COLUMN total SET NOT NULL;",
            &[],
        ),
        (
            "",
            "ALTER TABLE users ALTER COLUMN age SET NOT NULL;",
            &["blocks reads and writes of users while its rows are checked"],
        ),
        ("", "alter type mood rename value 'bad' to 'sad';", &[]),
        (
            "",
            "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users (id);",
            &["blocks writes to orders, users while their rows are checked"],
        ),
        (
            "",
            "ALTER TABLE small ADD COLUMN a int;\nALTER TABLE users ALTER COLUMN age TYPE bigint;",
            &[
                "blocks reads and writes of users while it is rewritten; blocks reads and writes of small while the rest of the \
                 file runs",
            ],
        ),
        (
            "",
            "ALTER TABLE users ADD COLUMN nick text;\nUPDATE users SET nick = name;",
            &["blocks reads and writes of users while the rest of the file runs"],
        ),
        (
            "",
            "UPDATE users SET name = 'a';\nALTER TABLE users ADD COLUMN nick text;",
            &[],
        ),
        (
            "",
            "ALTER TABLE parent ALTER COLUMN tags TYPE text[];",
            &["blocks reads and writes of child, parent while they are rewritten"],
        ),
        (
            "",
            "ALTER TABLE users ADD COLUMN score positive;",
            &["blocks reads and writes of users while it is rewritten"],
        ),
        (
            "",
            "TRUNCATE users;\nCLUSTER orders USING ready;",
            &[
                "blocks reads and writes of orders while it is rewritten; loses the rows of table users",
            ],
        ),
    ];
    let [_, (engine, bench), ..] = engines();
    let mut wrong = Vec::new();
    for (head, file, wanted) in cases {
        let said = told(engine, &*bench, MANY, &format!("{head}{file}\n"));
        if said != *wanted {
            wrong.push(format!("{file}\n  wanted {wanted:?}\n  said   {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_statement_demands_of_mysql_is_said() {
    let cases: &[(&str, &[&str])] = &[
        (
            "alter table users add column nick int, algorithm=copy;",
            &["blocks writes to users while it is rewritten"],
        ),
        (
            "ALTER TABLE users ADD INDEX by_name (name), LOCK = EXCLUSIVE;",
            &["blocks reads and writes of users while an index is built"],
        ),
        ("alter table users force;", &["rewrites users"]),
        ("optimize table users;", &["rewrites users"]),
    ];
    let [.., (mysql, bench), (mariadb, maria)] = engines();
    for (engine, bench) in [(mysql, &*bench), (mariadb, &*maria)] {
        for (file, wanted) in cases {
            assert_eq!(
                told(engine, bench, FIRST, file),
                *wanted,
                "{engine}: {file}"
            );
        }
        let moved = "alter table users modify age int first;";
        let wanted: &[&str] = if engine == "mysql" {
            &["rewrites users"]
        } else {
            &[]
        };
        assert_eq!(told(engine, bench, FIRST, moved), wanted, "{engine}");
    }
}
