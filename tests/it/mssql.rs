//! SQL Server over its own protocol, from the outside: the server is the tests' own, and small.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};

use crate::cli_world::{World, eventually, finish};
use crate::mysql_reach::certificates;
use crate::tds::{Fake, Fault};

const MODELS: &str = "CREATE TABLE [users] ([id] INTEGER NOT NULL IDENTITY, [email] NVARCHAR(80) NULL, PRIMARY KEY ([id]));\n";
const MIGRATION: &str =
    "CREATE TABLE [users] ([id] int NOT NULL IDENTITY (1, 1), PRIMARY KEY ([id]));\n";

fn world(migration: &str) -> World {
    let world = World::empty();
    world.write("models.sql", MODELS);
    world.write(
        "trueup.yaml",
        "envs:\n  app:\n    schema: models.sql\n    dev: ${DEV}\n    migrations: migrations\n",
    );
    world.write("migrations/1.sql", migration);
    world
        .run(&["migrate", "hash", "--dir", "file://migrations"])
        .code(0);
    world
}

fn recorded(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/mssql")
        .join(name)
}

#[test]
fn a_database_is_inspected() {
    let fake = Fake::start(&["app"]);
    fake.script("app", MIGRATION);
    let run = World::empty()
        .run(&["schema", "inspect", "--url", &fake.url("database=app")])
        .code(0);
    assert!(run.out.contains("CREATE TABLE [users]"), "{run:#?}");
}

#[test]
fn a_check_builds_states_in_databases_of_its_own() {
    let fake = Fake::start(&["dev"]);
    let before = fake.holds();
    let world = world(MIGRATION);
    let run = world
        .run(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            &fake.url("database=dev"),
        ])
        .code(1);
    assert!(
        run.out
            .contains("ALTER TABLE [users] ADD [email] nvarchar(80) NULL;"),
        "{run:#?}"
    );
    assert!(!run.err.contains("not proven on a server"), "{run:#?}");
    assert_eq!(fake.holds(), before);
    let made = fake
        .log()
        .iter()
        .filter(|sql| sql.starts_with("CREATE DATABASE"))
        .count();
    assert_eq!(made, 2);
}

#[test]
fn migrations_are_applied_and_taken_back() {
    let fake = Fake::start(&["dev", "app"]);
    let world = world(MIGRATION);
    let (url, dev) = (fake.url("database=app"), fake.url("database=dev"));
    let run = |args: &[&str]| {
        let own = ["--env", "app", "--url", &url, "--dev-url", &dev];
        let own = &own[..if args[1] == "status" { 4 } else { 6 }];
        world.run(&[args, own].concat())
    };
    let second = "ALTER TABLE [users] ADD [email] nvarchar(80) NULL;\nGO\nCREATE VIEW [emails] AS SELECT [email] FROM [users];\n";
    world.write("migrations/2.sql", second);
    let hash = || {
        world
            .run(&["migrate", "hash", "--dir", "file://migrations"])
            .code(0)
    };
    hash();
    let done = run(&["migrate", "apply", "1"]).code(0);
    assert!(done.out.contains("1 migrations"), "{done:#?}");
    let log = fake.log();
    assert!(
        log.iter().any(|sql| sql.contains("sp_getapplock")),
        "{log:#?}"
    );
    let status = run(&["migrate", "status"]).code(0);
    assert!(status.out.contains("Current Version: 1"), "{status:#?}");
    assert!(status.out.contains("Pending Files:   1"), "{status:#?}");
    run(&["migrate", "apply"]).code(0);
    let drift = run(&["drift", "-v"]).code(0);
    assert!(drift.out.contains("In sync"), "{drift:#?}");
    fake.script("app", "ALTER TABLE [users] ADD [by_hand] int NULL");
    let drift = run(&["drift", "-v"]).code(1);
    assert!(
        drift
            .out
            .contains("ALTER TABLE [users] DROP COLUMN [by_hand];"),
        "{drift:#?}"
    );
    fake.script("app", "ALTER TABLE [users] DROP COLUMN [by_hand]");
    let down = run(&["migrate", "down", "--auto-approve", "--allow-data-loss"]).code(0);
    assert!(
        down.out.contains("DROP VIEW [emails]")
            && down.out.contains("ALTER TABLE [users] DROP COLUMN [email]"),
        "{down:#?}"
    );
    let status = run(&["migrate", "status"]).code(0);
    assert!(status.out.contains("Current Version: 1"), "{status:#?}");
    // What fails leaves nothing: a file is a transaction.
    world.write(
        "migrations/2.sql",
        "ALTER TABLE [users] ADD [email] nvarchar(80) NULL;\nDROP TABLE [nothing];\n",
    );
    hash();
    let failed = run(&["migrate", "apply"]).code(2);
    assert!(failed.err.contains("2.sql:2:1"), "{failed:#?}");
    let drift = run(&["drift", "-v", "--revision", "1"]).code(0);
    assert!(drift.out.contains("In sync"), "{drift:#?}");
}

#[test]
fn what_is_wrong_with_a_server_is_said_without_the_password() {
    let fake = Fake::start(&["dev", "full"]);
    fake.script("full", "CREATE TABLE junk (id int)");
    let wrong = format!(
        "sqlserver://sa:hunter3@127.0.0.1:{}?database=dev",
        fake.port()
    );
    let world = world(MIGRATION);
    let nobody = "sqlserver://sa:hunter3@127.0.0.1:9?database=dev&connection+timeout=1";
    for (url, says) in [
        (wrong.as_str(), "refuses user `sa` with this password"),
        (&fake.url("database=nowhere"), "has no database `nowhere`"),
        (
            &fake.url("database=full"),
            "connected database is not clean: found table \"junk\" in schema \"dbo\"",
        ),
        (
            &fake.url("database=dev&encrypt=true"),
            "the server does not encrypt",
        ),
        (nobody, "no SQL Server server at 127.0.0.1:9"),
    ] {
        let run = world
            .run(&["check", "--env", "app", "--dev-url", url])
            .code(2)
            .err_has(says);
        assert!(
            !run.err.contains("hunter3") && !run.err.contains("Hunter2"),
            "{}",
            run.err
        );
    }
    assert_eq!(fake.holds(), ["dev", "full", "master", "sa"]);
}

#[test]
fn a_statement_that_the_server_refuses_has_its_place() {
    let fake = Fake::start(&["dev"]);
    let world = world(
        "CREATE TABLE users (id int);\n\nCREATE TABLE posts (\n  id int,\n  kind wrong\n);\n",
    );
    world
        .run(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            &fake.url("database=dev"),
        ])
        .code(2)
        .err_has("migrations/1.sql:5:3: ")
        .err_has("2715");
    assert_eq!(fake.holds(), ["dev", "master", "sa"]);
}

#[test]
fn what_reaches_beyond_the_dev_database_is_refused() {
    let fake = Fake::start(&["dev"]);
    let world = world("USE [dev];\nCREATE TABLE users (id int);\n\nDROP DATABASE other;\n");
    world
        .run(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            &fake.url("database=dev"),
        ])
        .code(2)
        .err_has("migrations/1.sql:4:1: the statement changes the server");
}

#[test]
fn connections_that_break_are_told() {
    let fake = Fake::start(&["dev"]);
    fake.fault(Fault::Break("CREATE TABLE [users]"));
    let world = world(MIGRATION);
    world
        .run(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            &fake.url("database=dev"),
        ])
        .code(2)
        .err_has("the connection broke");
    assert_eq!(fake.holds(), ["dev", "master", "sa"]);
}

#[test]
fn connections_are_encrypted() {
    let certificates = certificates();
    let fake = Fake::encrypted(&["app"], certificates.path(), true);
    fake.script("app", MIGRATION);
    let port = fake.port();
    let ca = certificates
        .path()
        .join("ca.pem")
        .display()
        .to_string()
        .replace('/', "%2F");
    let url = |host: &str, more: &str| {
        format!("sqlserver://sa:Hunter2%21@{host}:{port}?database=app&{more}")
    };
    let world = World::empty();
    for more in [
        "",
        "encrypt=false",
        "encrypt=true&TrustServerCertificate=true",
        &format!("encrypt=true&certificate={ca}"),
    ] {
        let run = world
            .run(&["schema", "inspect", "--url", &url("localhost", more)])
            .code(0);
        assert!(run.out.contains("[users]"), "{more}: {run:#?}");
    }
    for (more, says) in [
        ("encrypt=disable", "takes only encrypted connections"),
        ("encrypt=true", "name the authority in `certificate`"),
        (
            &format!("encrypt=true&certificate={ca}&hostNameInCertificate=other"),
            "no TLS with SQL Server",
        ),
        (
            "encrypt=true&certificate=%2Fnowhere",
            "can't read `certificate`",
        ),
    ] {
        world
            .run(&["schema", "inspect", "--url", &url("localhost", more)])
            .code(2)
            .err_has(says);
    }
}

#[test]
fn a_statement_that_takes_too_long_is_cancelled() {
    let fake = Fake::start(&["app"]);
    fake.fault(Fault::Hang("FROM sys.tables"));
    let url = fake.url("database=app&command+timeout=1");
    World::empty()
        .run(&["schema", "inspect", "--url", &url])
        .code(2)
        .err_has("the statement was cancelled after 1 s");
    assert_eq!(fake.cancelled(), 1);
}

#[test]
fn an_interrupt_leaves_the_server_as_it_was() {
    let fake = Fake::start(&["dev"]);
    fake.fault(Fault::Hang("CREATE TABLE [users]"));
    let world = world(MIGRATION);
    let child = world
        .command(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            &fake.url("database=dev"),
        ])
        .spawn()
        .unwrap();
    eventually("the migrations run", || {
        fake.log()
            .iter()
            .any(|sql| sql.starts_with("CREATE TABLE [users]"))
    });
    kill_process(
        Pid::from_raw(child.id().try_into().unwrap()).unwrap(),
        Signal::INT,
    )
    .unwrap();
    finish(child).code(130);
    assert_eq!(fake.holds(), ["dev", "master", "sa"]);
    assert!(fake.log().iter().any(|sql| sql.starts_with("KILL ")));
}

/// Rows of the catalogue as the documentation describes them, written by hand, against the SQL that made them.
#[test]
fn a_catalogue_means_the_sql_that_made_it() {
    let fake = Fake::start(&["shop"]);
    fake.record("shop", &recorded("shop.json"));
    let made = recorded("shop.sql").display().to_string();
    let url = fake.url("database=shop&mode=database");
    let world = World::empty();
    for (from, to) in [
        (&url, &format!("file://{made}")),
        (&format!("file://{made}"), &url),
    ] {
        let run = world
            .run(&[
                "schema",
                "diff",
                "--from",
                from,
                "--to",
                to,
                "--dev-url",
                "offline://mssql/2022?mode=database",
            ])
            .code(0);
        assert_eq!(
            run.out, "Schemas are synced, no changes to be made.\n",
            "{run:#?}"
        );
    }
}
