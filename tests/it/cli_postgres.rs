//! The commands on a private PostgreSQL server.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::cli_world::{Run, World, config, eventually, finish};

const MODELS: &str = "\
-- atlas:pos user_account[type=table] db/models.py:10
CREATE TABLE user_account (id SERIAL NOT NULL, name VARCHAR(30) NOT NULL, fullname VARCHAR(30), PRIMARY KEY (id));

CREATE TABLE address (id SERIAL NOT NULL, email_address VARCHAR(30) NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user_account (id));
";

const FILE: &str = r#"-- Create "user_account" table
CREATE TABLE "public"."user_account" (
  "id" serial NOT NULL,
  "name" character varying(30) NOT NULL,
  "fullname" character varying(30) NULL,
  PRIMARY KEY ("id")
);
-- Create "address" table
CREATE TABLE "public"."address" (
  "id" serial NOT NULL,
  "email_address" character varying(30) NOT NULL,
  "user_id" integer NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "address_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."user_account" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
"#;

fn world() -> World {
    let world = World::new();
    let format = "format {\n migrate {\n diff = \"{{ sql . \\\"  \\\" }}\"\n }\n }";
    let text = config(format).replace("sqlite://dev?mode=memory", "local://postgres");
    world.write("atlas.hcl", text);
    world.write("models.sql", MODELS);
    world
}

fn run(world: &World, args: &[&str]) -> Run {
    finish(command(world, args).spawn().unwrap())
}

/// The server's template is made once for all tests.
fn command(world: &World, args: &[&str]) -> std::process::Command {
    let mut command = world.command(args);
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Both states are on one server, which has one list of roles.
#[test]
fn a_role_that_both_states_make() {
    let world = world();
    let missing = "DO $$ BEGIN CREATE ROLE app; \
                   EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;";
    for (role, code) in [("CREATE ROLE app;", 2), (missing, 0)] {
        let sql = format!("{role}\nCREATE TABLE t (a int);\nGRANT SELECT ON t TO app;\n");
        world.write("models.sql", &sql);
        world.write("migrations/1.sql", &sql);
        run(&world, &["migrate", "hash", "--env", "local"]).code(0);
        let done = run(&world, &["check", "--env", "local"]).code(code);
        let told = done
            .err
            .contains("Hint: a role belongs to the whole server, where both states are built;");
        assert_eq!(told, code == 2, "{done:#?}");
    }
}

#[test]
fn the_story_of_the_guide() {
    let world = world();
    let diff = ["migrate", "diff", "--env", "local"];
    run(&world, &diff).code(0).out("");
    assert_eq!(
        world.read(&format!("migrations/{}", world.migrations()[0])),
        FILE
    );

    let models = MODELS.replace(
        "fullname VARCHAR(30),",
        "fullname VARCHAR(30), age INTEGER,",
    );
    world.write("models.sql", models);
    run(&world, &diff).code(0).out("");
    assert_eq!(
        world.read(&format!("migrations/{}", world.migrations()[1])),
        "-- Modify \"user_account\" table\n\
         ALTER TABLE \"public\".\"user_account\" ADD COLUMN \"age\" integer NULL;\n"
    );
    run(&world, &diff)
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
    assert_eq!(world.migrations().len(), 2);
}

#[test]
fn names_are_qualified_as_the_dev_database_is_scoped() {
    let world = world();
    let dry = ["migrate", "diff", "--dry-run", "--env", "local"];
    let scoped = ["--dev-url", "local://postgres?search_path=public"];
    let printed = run(&world, &[&dry[..], &scoped].concat()).code(0);
    assert_eq!(printed.out, FILE.replace("\"public\".", ""));
    let printed = run(&world, &[&dry[..], &["--qualifier", "app"]].concat()).code(0);
    assert_eq!(printed.out, FILE.replace("\"public\".", "\"app\"."));
}

#[test]
fn refused_models_are_told_with_code_and_place() {
    let world = world();
    world.write(
        "models.sql",
        MODELS.replace("fullname VARCHAR(30)", "fullname VARCHARR(30)"),
    );
    let run = run(&world, &["check", "--env", "local"]).code(2).out("");
    let column = MODELS.lines().nth(1).unwrap().find("VARCHAR(30),").unwrap() + 1;
    assert!(
        run.err.starts_with(&format!(
            "Error: output of sh:2:{column}: type \"varcharr\" does not exist\n  statement: CREATE TABLE user_account "
        )),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("  code: 42704\n  model: db/models.py:10\n"),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("Hint: the models' SQL must be of the dev database's dialect"),
        "{}",
        run.err
    );
}

#[test]
fn a_view_on_a_column_that_changes_is_named() {
    let world = world();
    let view = "CREATE VIEW names AS SELECT name FROM user_account;\n";
    world.write("migrations/1_first.sql", format!("{MODELS}\n{view}"));
    run(&world, &["migrate", "hash", "--env", "local"]).code(0);
    let wider = MODELS.replace("name VARCHAR(30) NOT NULL", "name TEXT NOT NULL");
    world.write("models.sql", format!("{wider}\n{view}"));
    run(&world, &["check", "--env", "local"])
        .code(2)
        .err_has("  detail: rule _RETURN on view names depends on column \"name\"\n")
        .err_has("Hint: nothing was written; view \"names\" hangs on what changes, and trueup can't plan it yet: drop it");
}

#[test]
fn an_interrupt_leaves_no_server() {
    let world = world();
    world.write("models.sh", "echo up > up; sleep 60\n");
    let child = command(&world, &["check", "--env", "local", "-vv"])
        .spawn()
        .unwrap();
    eventually("the provider runs", || world.path("up").exists());
    let id = child.id();
    // Its children: the provider, and what holds the server.
    let children = || {
        let mut found = Vec::new();
        for task in std::fs::read_dir(format!("/proc/{id}/task"))
            .unwrap()
            .flatten()
        {
            let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            let pids = text.split_whitespace().filter_map(|pid| pid.parse().ok());
            found.extend(pids.filter_map(Pid::from_raw));
        }
        found
    };
    eventually("the server runs", || children().len() >= 2);
    let started = children();
    kill_process(Pid::from_raw(id.try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
    finish(child).code(143);
    eventually("all of it is gone", || {
        started.iter().all(|pid| test_kill_process(*pid).is_err())
    });
}
