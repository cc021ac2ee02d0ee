//! `check` from the outside: the verdict, in words, in JSON and in the exit code.

use std::process::Stdio;

use serde_json::Value;

use crate::cli_world::{MODELS, Run, World, config, finish, models_with_age};

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

#[test]
fn in_sync() {
    let world = World::synced();
    let before = world.snapshot();
    world
        .check(&[])
        .code(0)
        .out("In sync: the models match migrations (1 migration)\n")
        .err("");
    let run = world.check(&["--format", "json"]).code(0).err("");
    let report = json(&run);
    assert_eq!(report["verdict"], "synced");
    assert_eq!(report["fix"], Value::Null);
    assert_eq!(report["error"], Value::Null);
    assert_eq!(world.snapshot(), before, "check writes nothing");
}

#[test]
fn drifted() {
    let world = World::synced();
    world.write("models.sql", models_with_age());
    let before = world.snapshot();
    let run = world.check(&[]).code(1).err("");
    let (head, rest) = run.out.split_once("\nThe missing migration:\n\n").unwrap();
    assert_eq!(
        head,
        "Drifted: 1 change in the models is missing from migrations\n\n\
         \x20 modify table  users  db/models.py:10\n    add column \"age\"\n"
    );
    assert!(
        rest.contains("ALTER TABLE `users` ADD COLUMN `age` integer NULL;\n"),
        "{rest}"
    );
    assert!(
        rest.ends_with("\nWrite it with: trueup migrate diff --env local\n"),
        "{rest}"
    );
    let run = world.check(&["--exclude", "audit_*"]).code(1);
    let advice = "\nWrite it with: trueup migrate diff --env local (with the same flags)\n";
    assert!(run.out.ends_with(advice), "{}", run.out);

    let report = json(&world.check(&["--format", "json"]).code(1));
    assert_eq!(report["verdict"], "drifted");
    assert_eq!(report["changes"][0]["model"]["line"], 10);
    assert_eq!(report["changes"][0]["details"][0], "add column \"age\"");
    assert_eq!(
        report["statements"][0]["sql"],
        "ALTER TABLE `users` ADD COLUMN `age` integer NULL"
    );
    assert_eq!(report["fix"], "trueup migrate diff --env local");
    assert_eq!(world.snapshot(), before, "check writes nothing");
}

#[test]
fn made_up_rows_refuse_no_plan() {
    let world = World::new();
    world.write("models.sql", "CREATE TABLE item (size INTEGER, day DATE);");
    world.diff(&[]).code(0);
    let models = "CREATE TABLE item (size INTEGER, day DATE, CHECK (size > 900));";
    world.write("models.sql", models);
    world.check(&[]).code(1).err("");
    world
        .check(&["-vv"])
        .code(1)
        .err_has("proving again without rows");

    // Nothing in the change tells that rows may be in its way.
    let models = "CREATE TABLE item (size INTEGER, day DATE); CREATE INDEX i ON item (json(day));";
    world.write("models.sql", models);
    let says = "Warning: the plan may fail on existing rows: tried with generated rows, the dev database said";
    world.check(&[]).code(1).err_has(says);
}

#[test]
fn a_missing_directory_is_drift() {
    let world = World::new();
    let run = world
        .check(&[])
        .code(1)
        .err("Warning: migration directory migrations does not exist yet\n");
    assert!(
        run.out
            .starts_with("Drifted: 2 changes in the models are missing from migrations\n")
    );
    assert!(!world.path("migrations").exists());
}

#[test]
fn what_can_not_be_planned_is_undecided() {
    let world = World::synced();
    world.write(
        "models.sql",
        format!("{MODELS}CREATE VIRTUAL TABLE \"odd.name\" USING fts5(body);\n"),
    );
    world.check(&[]).code(2).err("").out(
        "Undecided: the models and migrations differ in what trueup can't plan yet\n\n\
         \x20 virtual table odd.name is only in the models\n\n\
         Write a migration for it by hand: trueup migrate new --edit\n\
         or leave it alone for good, in the environment:\n\n\
         \x20 exclude = [\"odd\\\\.name[type=virtual_table]\"]\n",
    );
    let flags = [
        "--to",
        "file://models.sql",
        "--dev-url",
        "sqlite://dev?mode=memory",
    ];
    let run = world.run(&[&["check"], &flags[..]].concat()).code(2);
    let advice = "\nor leave it alone: --exclude 'odd\\.name[type=virtual_table]'\n";
    assert!(run.out.ends_with(advice), "{}", run.out);
    let report = json(&world.check(&["--format", "json"]).code(2));
    assert_eq!(report["verdict"], "unknown");
    assert_eq!(report["unmanaged"][0]["state"], "only_in_models");
    assert!(
        report["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("exclude =")
    );
    // The line that it advises is one that can be pasted.
    world.write(
        "atlas.hcl",
        config("exclude = [\"odd\\\\.name[type=virtual_table]\"]"),
    );
    world.check(&[]).code(0);
}

/// One statement of a kind makes it the models', and so does `own`.
#[test]
fn what_only_migrations_have_is_left_to_them() {
    let world = World::synced();
    world.write(
        "migrations/99999999999999_more.sql",
        "CREATE VIEW names AS SELECT name FROM users;\nCREATE VIEW more AS SELECT 1 AS a;\n\
         CREATE TRIGGER told AFTER DELETE ON users BEGIN SELECT 1; END;\n",
    );
    world.run(&["migrate", "hash", "--env", "local"]).code(0);
    world.check(&[]).code(0).err("");
    world
        .check(&["-v"])
        .code(0)
        .err_has("left to the migrations: trigger (1): users.told; view (2): more, names\n");
    let report = json(&world.check(&["--format", "json"]).code(0));
    let left = serde_json::json!([
        {"kind": "trigger", "names": ["users.told"]},
        {"kind": "view", "names": ["more", "names"]},
    ]);
    assert_eq!(report["left_to_migrations"], left);
    world.write("atlas.hcl", config("own = [\"view\", \"Trigger\"]"));
    let report = json(&world.check(&["--format", "json"]).code(1));
    assert_eq!(report["changes"].as_array().unwrap().len(), 3);
    world.write("atlas.hcl", config("own = [\"veiw\"]"));
    world
        .check(&[])
        .code(2)
        .err_has("unknown kind of object `veiw`");
    world.write("atlas.hcl", config(""));
    world.write(
        "models.sql",
        format!("{MODELS}CREATE VIEW more AS SELECT 1 AS a;\n"),
    );
    let report = json(&world.check(&["--format", "json"]).code(1));
    assert_eq!(report["changes"][0]["name"], "names");
    assert_eq!(report["changes"][0]["action"], "drop");
}

#[test]
fn a_likely_rename_is_a_warning() {
    let world = World::synced();
    world.write(
        "models.sql",
        MODELS.replace("name VARCHAR", "full_name VARCHAR"),
    );
    world.check(&[]).code(1).err_has(
        "Warning: column \"name\" of table \"users\" looks renamed to \"full_name\", but is planned as a drop and an add",
    );
    let report = json(&world.check(&["--format", "json"]).code(1));
    assert_eq!(report["renames"][0]["from"], "name");
    assert_eq!(report["renames"][0]["to"], "full_name");
}

#[test]
fn percent_signs_that_nothing_doubled_are_no_warning() {
    let world = World::new();
    world.write("models.sql", "CREATE TABLE t (a text DEFAULT '50%%');\n");
    let run = world.check(&[]).code(1);
    assert!(!run.err.contains("%%"), "{}", run.err);
}

#[test]
fn a_desired_state_without_content_is_a_warning() {
    let world = World::new();
    world.write("models.sql", "SELECT 1;\n");
    let run = world.check(&[]);
    assert!(
        run.err
            .contains("Warning: the desired state holds nothing that is compared"),
        "{run:#?}"
    );
}

#[test]
fn two_files_of_one_version_are_a_warning() {
    let world = World::synced();
    world.write(
        "migrations/20240101000000_a.sql",
        "CREATE TABLE a (id int);\n",
    );
    world.write(
        "migrations/20240101000000_b.sql",
        "CREATE TABLE b (id int);\n",
    );
    world.run(&["migrate", "hash", "--env", "local"]).code(0);
    for command in ["check", "validate"] {
        let run = match command {
            "check" => world.check(&[]).code(1),
            _ => world
                .run(&["migrate", "validate", "--env", "local"])
                .code(0),
        };
        run.err_has(
            "Warning: migrations/20240101000000_a.sql and migrations/20240101000000_b.sql have the same version, by which a \
             database records what was applied, so `trueup migrate apply` refuses the directory: give the later one",
        );
    }
}

#[test]
fn an_error_is_never_in_sync() {
    let world = World::synced();
    world.write("models.sh", "echo boom >&2; exit 7\n");
    let run = world.check(&["--format", "json"]).code(2);
    let report = json(&run);
    assert_eq!(report["verdict"], "unknown");
    assert_eq!(report["error"]["message"], "`sh` failed with exit code 7");
    assert_eq!(report["error"]["details"]["stderr"], "boom");
    assert!(
        run.err.starts_with("Error: `sh` failed with exit code 7\n"),
        "{}",
        run.err
    );
    // Checksum failures keep stdout for the JSON.
    let file = format!("migrations/{}", world.migrations()[0]);
    world.write(&file, "-- other\n");
    let run = world.check(&["--format", "json"]).code(2);
    assert_eq!(json(&run)["error"]["message"], "checksum mismatch");
}

#[test]
fn a_reader_that_goes_away_is_no_drama() {
    let world = World::new();
    for args in [
        &["check", "--env", "local"][..],
        &["--help"],
        &["completions", "bash"],
        &["migrate", "diff", "--env", "local", "--dry-run"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = world
            .command(args)
            .stdout(Stdio::from(writer))
            .spawn()
            .unwrap();
        let run = finish(child).code(141);
        assert!(
            !run.err.contains("panic") && !run.err.contains("Error"),
            "{run:#?}"
        );
    }
}

#[test]
fn colors_are_for_terminals_and_those_who_ask() {
    let world = World::synced();
    assert!(!world.check(&[]).out.contains('\u{1b}'));
    assert!(
        world
            .check(&["--color", "always"])
            .out
            .starts_with("\u{1b}[32mIn sync:\u{1b}[0m")
    );
}
