//! What the program that prints the models' SQL gives is not believed blindly.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::cli_world::{MODELS, World, config};

/// A project whose provider is called as the official one is, with these arguments, and prints `models.sql`.
fn world(program: &str) -> World {
    let world = World::new();
    let arguments = config("").replace(r#"["sh", "models.sh"]"#, program);
    world.write("atlas.hcl", arguments);
    let path = ".venv/bin/atlas-provider-sqlalchemy";
    world.write(path, "#!/bin/sh\ncat models.sql\n");
    fs::set_permissions(world.path(path), fs::Permissions::from_mode(0o755)).expect("its mode");
    world.write("db/base.py", "class Base: pass\n");
    world.write(
        "db/models.py",
        "from .base import Base\n\nclass User(Base):\n    __tablename__ = \"users\"\n\n\
         class Address(Base):\n    __tablename__ = \"address\"\n",
    );
    world
}

const PROVIDER: &str = r#"["atlas-provider-sqlalchemy", "--path", "./db", "--dialect", "sqlite"]"#;

/// `MODELS` without its second table.
fn users_only() -> String {
    let (users, _) = MODELS
        .split_once("CREATE TABLE address")
        .expect("two tables");
    users.replace("-- atlas:pos address[type=table] db/models.py:20\n", "")
}

#[test]
fn a_table_whose_model_is_there_is_not_dropped() {
    let world = world(PROVIDER);
    world.diff(&["init", "-q"]).code(0).out("").err("");
    world.write("models.sql", users_only());
    let before = world.snapshot();
    for run in [world.check(&[]), world.diff(&[])] {
        run.code(2)
            .out("")
            .err_has("Error: the plan would drop table `address`, whose model is still there\n")
            .err_has("  model: db/models.py:6\n")
            .err_has("Hint: the provider prints only one of several MetaData, picked at random: use a script that imports")
            .err_has("drop it in a migration of your own (`trueup migrate new --edit`)\n");
    }
    assert_eq!(world.snapshot(), before);
    let skipping = PROVIDER.replace("\"--path\"", "\"--skip-errors\", \"--path\"");
    world.write(
        "atlas.hcl",
        config("").replace(r#"["sh", "models.sh"]"#, &skipping),
    );
    world
        .check(&[])
        .code(2)
        .err_has("Hint: `--skip-errors` leaves out files that can't be imported: run the provider without it");
    let gone = world
        .read("db/models.py")
        .replace("__tablename__ = \"address\"", "pass");
    world.write("db/models.py", gone);
    let run = world.check(&[]).code(1);
    assert!(run.out.contains("drop table  address"), "{}", run.out);
}

#[test]
fn a_script_that_imports_too_little() {
    let world = world(r#"["sh", "load.sh"]"#);
    world.write("load.sh", "cat models.sql\n");
    world.diff(&["init", "-q"]).code(0);
    world.write("models.sql", users_only());
    // What another kind of program takes its models from is not known.
    world.check(&[]).code(1);
    world.write(
        "load.py",
        "import sys\nfrom db.base import Base\nprint(open('models.sql').read())\n",
    );
    world.write("db/__init__.py", "");
    world.write("db/tests/test_models.py", "__tablename__ = 'users'\n");
    world.write(
        "atlas.hcl",
        config("").replace(r#"["sh", "models.sh"]"#, r#"["python3", "load.py"]"#),
    );
    world
        .check(&[])
        .code(2)
        .err_has("  model: db/models.py:6\n")
        .err_has(
            "Hint: does the script import that module, and print the Base that it belongs to?",
        );
}

#[test]
fn a_model_that_is_not_printed_is_named_from_the_first_migration_on() {
    let world = world(PROVIDER);
    world.write("models.sql", users_only());
    world.diff(&[]).code(0).err_has(
        "db/models.py:6: the provider did not print `address`: the provider prints only one of several",
    );
    world.write("models.sql", MODELS);
    let run = world.diff(&["--dry-run"]).code(0);
    assert_eq!(run.err, "");
}

#[test]
fn positions_without_the_providers_help() {
    let world = world(r#"["python3", "load.py"]"#);
    world.write(
        "load.py",
        "import db.models\nprint(open('models.sql').read())\n",
    );
    let (_, plain) = MODELS.split_once("\n\n").unwrap();
    world.write("models.sql", plain);
    let run = world.check(&[]).code(1);
    assert!(run.out.contains("db/models.py:3"), "{}", run.out);
    world.write(
        "models.sql",
        plain.replace("id INTEGER NOT NULL, name", "id INTEGER, id INTEGER, name"),
    );
    world
        .check(&[])
        .code(2)
        .err_has("  model: db/models.py:3\n");
}

#[test]
fn text_of_the_models_is_not_sql() {
    let world = world(PROVIDER);
    let long = "x".repeat(80);
    for (before, shown) in [
        ("loading settings...", "loading settings..."),
        (
            "2026-01-01 10:00:00,123 INFO sqlalchemy.engine.Engine BEGIN (implicit)",
            "2026-01-01 10:00:00,123 INFO sqlalchemy.engine.Engine BEGIN (implicit)",
        ),
        // The host, which says where the password ends, is cut off.
        (
            &format!("connecting to the database at postgres://me:hunter2{long}@db.example/app"),
            "connecting to the database at postgres://me:",
        ),
    ] {
        world.write("models.sql", format!("{before}\n{MODELS}"));
        let run = world
            .check(&[])
            .code(2)
            .out("")
            .err_has("Hint: only SQL may go to stdout: let the models print and log to stderr");
        let told = format!("Error: output of atlas-provider-sqlalchemy:1: `{shown}");
        assert!(run.err.starts_with(&told), "{}", run.err);
        assert!(
            run.err.contains("` is not SQL\n") && !run.err.contains("hunter2"),
            "{}",
            run.err
        );
    }
}

#[test]
fn text_after_the_sql_that_opens_a_quote() {
    let world = world(PROVIDER);
    world.write("models.sql", format!("{MODELS}it's done\n"));
    world
        .check(&[])
        .code(2)
        .out("")
        .err_has("Error: output of atlas-provider-sqlalchemy:7:3: unclosed quote '\n");
}

#[test]
fn sql_of_another_database() {
    let world = world(&PROVIDER.replace("\"sqlite\"", "\"postgresql\""));
    world.check(&[]).code(2).err_has(
        "Error: `atlas-provider-sqlalchemy` prints SQL for postgresql, and the dev database is SQLite\n",
    );
    world.check(&[]).code(2).err_has(
        "Hint: `--dialect sqlite` prints SQL for SQLite; otherwise `dev` has to name a database of postgresql\n",
    );
    let world = World::new();
    world.write("models.sql", MODELS.replace("id INTEGER", "id SERIAL"));
    world
        .check(&[])
        .code(2)
        .err_has("Error: output of sh:4: `SERIAL` is PostgreSQL syntax, and the dev database is SQLite\n")
        .err_has("Hint: let the program print SQL for SQLite (`sqlite` in SQLAlchemy); otherwise");
}

#[test]
fn lines_that_the_provider_joined() {
    let world = world(PROVIDER);
    let joined = MODELS.replace(
        "PRIMARY KEY (id));",
        "CHECK (id IS NOT NULLOR id > 0), PRIMARY KEY (id));",
    );
    world.write("models.sql", joined);
    world
        .check(&[])
        .code(2)
        .err_has("Hint: `NULLOR` may be two words: the provider joins the lines of a model's SQL without a space");
}
