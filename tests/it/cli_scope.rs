//! What is compared and what is left out: other schemas, tables of migration tools, `exclude`.

use serde_json::Value;

use crate::cli_world::{MODELS, Run, World, config, finish};

const APP: &str = "\
CREATE SCHEMA app;
CREATE TABLE app.item (id INTEGER NOT NULL, extra INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE item (id INTEGER NOT NULL, PRIMARY KEY (id));
";

/// A project on PostgreSQL whose migrations lack `extra`.
fn schemas(dev: &str, more: &str) -> World {
    let world = World::new();
    let text = config(more).replace("sqlite://dev?mode=memory", dev);
    world.write("atlas.hcl", text);
    world.write("models.sql", APP.replace("extra INTEGER NOT NULL, ", ""));
    let all = ["--dev-url", "local://postgres", "--schema", "app,public"];
    run(
        &world,
        &[&["migrate", "diff", "--env", "local"], &all[..]].concat(),
    )
    .code(0);
    world.write("models.sql", APP);
    world
}

/// The server's template is made once for all tests.
fn run(world: &World, args: &[&str]) -> Run {
    let mut command = world.command(args);
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    finish(command.spawn().expect("the binary runs"))
}

fn check(world: &World, more: &[&str]) -> Run {
    run(world, &[&["check", "--env", "local"], more].concat())
}

#[test]
fn what_a_scoped_url_hides_is_an_error() {
    let world = schemas("local://postgres?search_path=public", "");
    let run = check(&world, &[]).code(2).out("");
    let part = "the dev URL compares only schema `public`, and there is more in other schemas";
    let run = run
        .err_has(part)
        .err_has("table app.item, in the models and the migrations");
    let hint = "`schemas = [\"public\"]`, or `exclude = [\"app[type=schema]\"]` for one schema";
    assert!(run.err.contains(hint), "{run:?}");
    let json = check(&world, &["--format", "json"]).code(2).out;
    assert!(json.contains("\"verdict\": \"unknown\""), "{json}");

    for (flag, value) in [("--exclude", "app[type=schema]"), ("--exclude", "app.*")] {
        check(&world, &[flag, value]).code(0).err("");
    }
    let said = "Warning: not compared, since `schemas` does not name where it is: table app.item\n";
    check(&world, &["--schema", "public"]).code(0).err(said);
    let report = check(&world, &["--schema", "public", "--format", "json"])
        .code(0)
        .out;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["verdict"], "synced");
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1));

    check(&world, &["--schema", "app"]).code(2).err_has(part);

    let all = check(&world, &["--dev-url", "local://postgres"])
        .code(1)
        .err("");
    assert!(all.out.contains("modify table  app.item"), "{all:?}");
    let args = ["schema", "inspect", "--env", "local", "--url", "env://src"];
    super::cli_scope::run(&world, &args).code(2).err_has(part);
}

#[test]
fn what_extensions_make_elsewhere_is_theirs() {
    let world = schemas("local://postgres?search_path=public", "");
    let text = "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;\n\
                CREATE TABLE item (id INTEGER NOT NULL, PRIMARY KEY (id));\n";
    world.write("models.sql", text);
    check(&world, &["--exclude", "app"]).code(0).err("");
}

#[test]
fn what_schemas_does_not_name_is_said() {
    let world = schemas("local://postgres", "schemas = [\"public\"]");
    check(&world, &[])
        .code(0)
        .err("Warning: not compared, since `schemas` does not name where it is: table app.item\n");
}

#[test]
fn tables_of_migration_tools_are_nobodys() {
    let tool = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num));\n\
                CREATE TABLE DatabaseChangeLog (id INTEGER);\n";
    let world = World::synced();
    world.write("migrations/20200101000000_tool.sql", tool);
    world
        .run(&["migrate", "hash", "--dir", "file://migrations"])
        .code(0);
    world.check(&[]).code(0).err("");
    world
        .check(&["--exclude", "alembic_version"])
        .code(0)
        .err("");
    world.diff(&[]).code(0).err("");

    let world = World::synced();
    world.write("models.sql", format!("{MODELS}{tool}"));
    let said =
        "table `alembic_version` is left out: it is where Alembic keeps what it has applied\n";
    world.check(&[]).code(0).err_has(said);

    world.write("tool.sql", tool);
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let diff = [
        "schema",
        "diff",
        "--from",
        "file://tool.sql",
        "--to",
        "file://models.sql",
    ];
    let run = world.run(&[&diff[..], &dev].concat()).code(0);
    assert!(!run.out.contains("alembic_version"), "{run:?}");
    let inspect = ["schema", "inspect", "--url", "file://tool.sql"];
    let run = world.run(&[&inspect[..], &dev].concat()).code(0).err("");
    assert!(run.out.contains("alembic_version"), "{run:?}");
}

#[test]
fn a_schema_that_holds_what_is_left_out_stays() {
    let world = World::new();
    let text = config("").replace("sqlite://dev?mode=memory", "local://postgres");
    world.write("atlas.hcl", text);
    let item = "CREATE TABLE item (id INTEGER NOT NULL, PRIMARY KEY (id));\n";
    world.write("models.sql", item);
    world.write(
        "migrations/1_init.sql",
        format!(
            "{item}CREATE SCHEMA atlas_schema_revisions;\nCREATE TABLE atlas_schema_revisions.r (id int);\n\
             CREATE SCHEMA drizzle;\nCREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY);\n\
             CREATE SCHEMA old;\nCREATE TABLE old.t (id int);\nCREATE TABLE old.kept (id int);\n"
        ),
    );
    world
        .run(&["migrate", "hash", "--dir", "file://migrations"])
        .code(0);
    let run = check(&world, &["--exclude", "kept"]).code(1).err("");
    assert!(run.out.contains("DROP TABLE \"old\".\"t\";"), "{run:?}");
    assert!(
        run.out.contains("  loses data: drop table old.t\n"),
        "{run:?}"
    );
    assert!(
        !run.out.contains("SCHEMA") && !run.out.contains("kept"),
        "{run:?}"
    );
    let run = check(&world, &[]).code(1);
    assert!(!run.out.contains("SCHEMA"), "{run:?}");
    let text = world.read("atlas.hcl");
    let own = config("own = [\"schema\"]").replace("sqlite://dev?mode=memory", "local://postgres");
    world.write("atlas.hcl", own);
    let run = check(&world, &[]).code(1);
    assert!(run.out.contains("DROP SCHEMA \"old\""), "{run:?}");
    assert!(!run.out.contains("drizzle"), "{run:?}");
    world.write("atlas.hcl", text);
    let limited = ["--dev-url", "local://postgres?search_path=public"];
    let old = ["--exclude", "old[type=schema]"];
    check(&world, &[limited, old].concat()).code(0).err("");
}

#[test]
fn a_pattern_means_the_same_with_and_without_schemas() {
    let world = World::new();
    let item = "CREATE TABLE item (id INTEGER NOT NULL, PRIMARY KEY (id));\n";
    world.write("models.sql", item);
    world.write(
        "migrations/1.sql",
        format!("{item}CREATE TABLE audit (id int);\n"),
    );
    world
        .run(&["migrate", "hash", "--dir", "file://migrations"])
        .code(0);
    for dev in ["local://postgres", "local://postgres?search_path=public"] {
        check(&world, &["--dev-url", dev]).code(1);
        for pattern in ["audit", "public.audit", "*.audit"] {
            check(&world, &["--dev-url", dev, "--exclude", pattern])
                .code(0)
                .err("");
        }
    }
}

#[test]
fn a_pattern_that_matches_nothing_is_said() {
    let world = World::synced();
    world
        .check(&["--exclude", "adress", "--exclude", "audit_*"])
        .code(0)
        .err("Warning: exclude pattern \"adress\" matches nothing; did you mean `address`?\n");
}

#[test]
fn risks_are_said_in_the_terminal() {
    let world = World::synced();
    let models = MODELS
        .replace("name VARCHAR(30) NOT NULL,", "age INTEGER NOT NULL,")
        .replace("user_id INTEGER NOT NULL", "user_id INTEGER");
    world.write("models.sql", models);
    let risks = "  loses data: drop column \"name\" of users\n  may fail on existing rows: add column \"age\" of users\n";
    let run = world.check(&[]).code(1);
    assert!(
        run.out.contains(&format!("\n\n{risks}\nThe missing")),
        "{run:?}"
    );
    world.diff(&["--dry-run"]).code(0).err_has(risks);
    world.diff(&[]).code(0).err_has(risks);
}
