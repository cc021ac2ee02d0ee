//! `migrate diff` from the outside: what it writes, what it prints, what it leaves alone.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::cli_world::{MODELS, World, config, eventually, finish, models_with_age};

const SYNCED: &str =
    "The migration directory is synced with the desired state, no changes to be made\n";

#[test]
fn alembics_revisions_mark_the_first_file() {
    let world = World::empty();
    let python = "import sqlite3; sqlite3.connect('old.db').executescript(\"\"\"
        create table alembic_version (version_num varchar(32) not null primary key);
        insert into alembic_version values ('b2'), ('a1'), ('x' || char(10) || 'drop table ship');
        create table ship (id integer primary key);\"\"\")";
    let made = std::process::Command::new("python3")
        .args(["-c", python])
        .current_dir(world.path(""))
        .status();
    assert!(made.unwrap().success());
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let diff = ["migrate", "diff", "baseline", "--to", "sqlite://old.db"];
    world.run(&[&diff[..], &dev[..]].concat()).code(0);
    let name = &world.migrations()[0];
    let text = world.read(&format!("migrations/{name}"));
    assert!(
        text.starts_with(
            "-- trueup:baseline a1\n-- trueup:baseline b2\n\n-- Create \"ship\" table\n"
        ),
        "{text}"
    );
    assert!(
        !text.contains("alembic") && !text.contains("drop"),
        "{text}"
    );
    let validate = [&["migrate", "validate"], &dev[..]].concat();
    world.run(&validate).code(0);
    // Only the first file stands for a history.
    let python = "import sqlite3; sqlite3.connect('old.db').execute('create table crew (id int)')";
    let made = std::process::Command::new("python3")
        .args(["-c", python])
        .current_dir(world.path(""))
        .status();
    assert!(made.unwrap().success());
    world.run(&[&diff[..], &dev[..]].concat()).code(0);
    let name = &world.migrations()[1];
    let text = world.read(&format!("migrations/{name}"));
    assert!(text.starts_with("-- Create \"crew\" table\n"), "{text}");
}

#[test]
fn the_story_of_the_guide() {
    let world = World::new();
    let run = world.diff(&[]).code(0).out("");
    let [first] = &world.migrations()[..] else {
        panic!("{:?}", world.migrations())
    };
    assert_eq!(first.len(), "20260102030405.sql".len());
    assert!(
        run.err.starts_with(&format!("Wrote migrations/{first}\n")),
        "{}",
        run.err
    );
    let text = world.read(&format!("migrations/{first}"));
    assert!(text.starts_with(
        "-- Create \"users\" table\nCREATE TABLE `users` (`id` integer NOT NULL, `name` varchar(30)"
    ));
    assert_eq!(
        text.lines().count(),
        4,
        "one line for each statement: {text}"
    );

    world.diff(&[]).code(0).out(SYNCED).err("");
    assert_eq!(world.migrations().len(), 1);

    world.write("models.sql", models_with_age());
    world.diff(&["add_age"]).code(0).out("");
    let files = world.migrations();
    assert!(files[1].ends_with("_add_age.sql"), "{files:?}");
    let text = world.read(&format!("migrations/{}", files[1]));
    let statements = text.lines().filter(|line| !line.starts_with("--"));
    let statements: Vec<&str> = statements.collect();
    assert_eq!(
        statements,
        ["ALTER TABLE `users` ADD COLUMN `age` integer NULL;"]
    );

    world.diff(&[]).code(0).out(SYNCED);
    world
        .run(&["migrate", "validate", "--env", "local"])
        .code(0)
        .out("");
}

#[test]
fn statements_are_indented_as_the_format_says() {
    let world = World::new();
    let block = "format {\n migrate {\n diff = \"{{ sql . \\\"  \\\" }}\"\n }\n }";
    world.write("atlas.hcl", config(block));
    world.diff(&[]).code(0);
    let text = world.read(&format!("migrations/{}", world.migrations()[0]));
    assert!(
        text.contains("CREATE TABLE `users` (\n  `id` integer NOT NULL,\n"),
        "{text}"
    );
}

#[test]
fn a_template_makes_the_file() {
    let world = World::new();
    let template =
        "{{ range .Changes }}{{ .Cmd }};{{ println }}{{ end }}-- {{ .Name }} at {{ .Version }}\n";
    world.diff(&["first", "--format", template]).code(0);
    let file = &world.migrations()[0];
    let text = world.read(&format!("migrations/{file}"));
    assert!(text.starts_with("CREATE TABLE `users`"), "{text}");
    let version = file.split('_').next().unwrap();
    assert!(
        text.ends_with(&format!("-- first at {version}\n")),
        "{text}"
    );
    // A template whose text does not lead to the models is refused like any other wrong plan.
    world.write("models.sql", models_with_age());
    let before = world.snapshot();
    world
        .diff(&["--format", "{{ range .Changes }}-- {{ .Cmd }}\n{{ end }}"])
        .code(2)
        .err_has("Error: the plan does not lead to the desired state\n  left over:\n    ")
        .err_has("Hint: nothing was written; does the template of `format`");
    world
        .diff(&[
            "--format",
            "{{ range .Changes }}oops {{ .Cmd }};\n{{ end }}",
        ])
        .code(2)
        .err_has("Error: the dev database refuses the plan\n")
        .err_has("  reason: plan:1:1: near \"oops\": syntax error\n");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_dry_run_prints_and_writes_nothing() {
    let world = World::new();
    let before = world.snapshot();
    let run = world.diff(&["--dry-run"]).code(0).err("");
    assert!(
        run.out.starts_with("-- Create \"users\" table\n"),
        "{}",
        run.out
    );
    let run = world.diff(&["--dry-run", "--format", "json"]).code(0);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["verdict"], "drifted");
    assert_eq!(world.snapshot(), before);
    let world = World::synced();
    world.diff(&["--dry-run"]).code(0).out(SYNCED);
}

#[test]
fn a_file_of_json_is_refused() {
    World::new()
        .diff(&["--format", "json"])
        .code(2)
        .out("")
        .err(
            "Error: a migration file can't be written as JSON\n\
         Hint: `--dry-run --format json` prints the plan as JSON\n",
        );
}

#[test]
fn desired_states_of_every_kind() {
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let diff =
        |world: &World, to: &str| world.run(&[&["migrate", "diff", "--to", to][..], &dev].concat());
    let world = World::synced();
    world.write("schema.sql", MODELS);
    diff(&world, "file://schema.sql").code(0).out(SYNCED);
    diff(&world, "schema.sql").code(0).out(SYNCED);
    world.write("parts/1.sql", MODELS.split_inclusive(";\n").next().unwrap());
    world.write("parts/2.sql", MODELS.split_inclusive(";\n").nth(1).unwrap());
    diff(&world, "file://parts").code(0).out(SYNCED);
    diff(&world, "file://parts/1.sql,file://parts/2.sql")
        .code(0)
        .out(SYNCED);
    diff(&world, "file://migrations").code(0).out(SYNCED);
    world.diff(&["--to", "env://src"]).code(0).out(SYNCED);
    diff(&world, "file://missing.sql")
        .code(2)
        .err("Error: can't read `missing.sql`: No such file or directory (os error 2)\n");
    world.write("migrations/extra.sql", "SELECT 1;");
    world.write("good/1.sql", MODELS);
    world
        .run(
            &[
                &[
                    "migrate",
                    "diff",
                    "--dir",
                    "file://good",
                    "--to",
                    "file://migrations",
                ][..],
                &dev,
            ]
            .concat(),
        )
        .code(2)
        .err_has("Error: checksum file not found\n");
}

#[test]
fn the_desired_state_can_be_a_database() {
    let world = World::synced();
    let file = &world.migrations()[0];
    world.write("make.sql", world.read(&format!("migrations/{file}")));
    let python = "import sqlite3; sqlite3.connect('app.db').executescript(open('make.sql').read())";
    let done = std::process::Command::new("python3")
        .args(["-c", python])
        .current_dir(world.path(""))
        .status();
    assert!(done.unwrap().success());
    let before = world.snapshot();
    world.diff(&["--to", "sqlite://app.db"]).code(0).out(SYNCED);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn what_has_no_model_is_named_and_never_planned() {
    let world = World::synced();
    world.write(
        "models.sql",
        format!("{MODELS}\nCREATE VIRTUAL TABLE names USING fts5(body);\n"),
    );
    let before = world.snapshot();
    world.diff(&[]).code(2).out("").err(
        "Error: the models and the migrations differ in what trueup can't plan yet\n\
         \x20 objects: virtual table names is only in the models\n\
         Hint: write a migration for it by hand (`trueup migrate new --edit`), or leave it alone for good: \
         `exclude = [\"names[type=virtual_table]\"]` in the environment\n",
    );
    assert_eq!(world.snapshot(), before);
    world.write(
        "atlas.hcl",
        config("exclude = [\"names[type=virtual_table]\"]"),
    );
    world.diff(&[]).code(0).out(SYNCED);
}

#[test]
fn skipped_changes_are_not_planned() {
    let world = World::synced();
    world.write(
        "models.sql",
        MODELS.split("CREATE TABLE address").next().unwrap(),
    );
    world.write(
        "atlas.hcl",
        config("diff {\n skip {\n drop_table = true\n }\n }"),
    );
    world.diff(&[]).code(0).out(SYNCED);
    world.write("atlas.hcl", config(""));
    let run = world.diff(&["--dry-run"]).code(0);
    assert!(run.out.contains("DROP TABLE `address`"), "{}", run.out);
}

#[test]
fn a_checksum_error_is_told_as_atlas_tells_it() {
    let world = World::synced();
    let file = format!("migrations/{}", world.migrations()[0]);
    world.write(&file, world.read(&file) + "-- edited\n");
    let before = world.snapshot();
    let text = format!(
        "You have a checksum error in your migration directory.\n\n\tL2: {} was edited\n\n\
         Please check your migration files and run 'trueup migrate hash' to re-hash the contents\n\n",
        world.migrations()[0]
    );
    for run in [
        world.diff(&[]),
        world.check(&[]),
        world.run(&["migrate", "validate"]),
        world.run(&["migrate", "new"]),
    ] {
        run.code(2).out(&text).err(&format!(
            "Error: checksum mismatch\nHint: `trueup migrate hash` accepts {} as it is now; where it has run already, \
             restore it and write a new one\n",
            world.migrations()[0]
        ));
    }
    assert_eq!(world.snapshot(), before);
}

#[test]
fn the_editor_has_the_last_word() {
    let world = World::new();
    let edit = |script: &str| {
        let mut command = world.command(&["migrate", "diff", "--env", "local", "--edit"]);
        command.env("EDITOR", script);
        finish(command.spawn().unwrap())
    };
    edit("sh -c 'exit 3'")
        .code(2)
        .err_has("Error: editor `sh -c 'exit 3'` failed: exit status: 3\n");
    edit("sh -c ': > $1' x")
        .code(2)
        .err("Error: the migration was left empty, so nothing was written\n");
    assert!(!world.path("migrations").exists());
    edit("sh -c 'echo \"-- by hand\" >> $1' x")
        .code(0)
        .err_has("Warning: the migration was edited");
    let text = world.read(&format!("migrations/{}", world.migrations()[0]));
    assert!(text.ends_with("-- by hand\n"), "{text}");
    world.diff(&[]).code(0).out(SYNCED);
}

#[test]
fn of_two_runs_at_once_the_second_sees_what_the_first_wrote() {
    let world = World::new();
    world.write("models.sh", "sleep 0.5; cat models.sql\n");
    let spawn = || {
        world
            .command(&["migrate", "diff", "--env", "local"])
            .spawn()
            .unwrap()
    };
    let runs = [spawn(), spawn(), spawn()].map(|child| finish(child).code(0));
    let synced = runs.iter().filter(|run| run.out == SYNCED).count();
    assert_eq!(synced, 2, "{runs:#?}");
    assert_eq!(world.migrations().len(), 1);
    world.check(&[]).code(0);
}

#[test]
fn a_run_waits_for_the_lock_only_so_long() {
    let world = World::new();
    world.write("models.sh", "touch started; sleep 3; cat models.sql\n");
    let first = world
        .command(&["migrate", "diff", "--env", "local"])
        .spawn()
        .unwrap();
    eventually("the first run has the lock", || {
        world.path("migrations").exists()
    });
    eventually("its provider runs", || world.path("started").exists());
    let id = first.id();
    world.diff(&["--lock-timeout", "100ms"]).code(2).out("").err(&format!(
        "Error: migration directory migrations is locked by another run (process {id}); waited 100ms\n\
         Hint: wait for it to finish, or wait longer with --lock-timeout\n"
    ));
    finish(first).code(0);
}

fn interrupted(signal: Signal, code: i32) {
    let world = World::new();
    world.write("models.sh", "echo $$ > pid; sleep 60; cat models.sql\n");
    let before = world.list("");
    let child = world
        .command(&["migrate", "diff", "--env", "local"])
        .spawn()
        .unwrap();
    let pid = || std::fs::read_to_string(world.path("pid")).unwrap_or_default();
    eventually("the provider runs", || pid().ends_with('\n'));
    let provider = Pid::from_raw(pid().trim().parse().unwrap()).unwrap();
    let us = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(us, signal).unwrap();
    finish(child)
        .code(code)
        .out("")
        .err("Interrupted: nothing was changed\n");
    eventually("the provider is gone", || {
        test_kill_process(provider).is_err()
    });
    let mut after = world.list("");
    after.retain(|name| name != "pid");
    assert_eq!(after, before, "the directory was not there and is not now");
}

#[test]
fn an_interrupt_leaves_everything_as_it_was() {
    interrupted(Signal::INT, 130);
    interrupted(Signal::TERM, 143);
    interrupted(Signal::HUP, 129);
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let world = World::new();
    world.write("models.sh", "echo up > up; sleep 1; cat models.sql\n");
    let mut command = std::process::Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" migrate diff --env local";
    let child = command
        .args(["-c", script, env!("CARGO_BIN_EXE_trueup")])
        .current_dir(world.path(""))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the provider runs", || world.path("up").exists());
    let us = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(us, Signal::HUP).unwrap();
    finish(child).code(0);
    assert_eq!(world.migrations().len(), 1);
}

#[test]
fn insisting_ends_a_run_at_once() {
    let world = World::new();
    world.write("models.sh", "trap '' TERM; echo up > up; sleep 60\n");
    let child = world
        .command(&["migrate", "diff", "--env", "local"])
        .spawn()
        .unwrap();
    eventually("the provider runs", || world.path("up").exists());
    let us = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(us, Signal::INT).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    // It may well be gone by now.
    let _ = kill_process(us, Signal::INT);
    finish(child).code(130);
}
