//! `--all`: SQLite for development and PostgreSQL in production, from one config file and one load of the models.

use serde_json::Value;

use crate::cli_world::{Run, World, finish};
use crate::lab::python_bin;

const MODELS: &str = r#"
import os
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import declarative_base

with open("loads", "a") as file:
    file.write("x")

Base = declarative_base()


class Ship(Base):
    __tablename__ = "ship"
    id = sa.Column(sa.Integer, primary_key=True)
    papers = sa.Column(sa.JSON().with_variant(JSONB(), "postgresql"))
"#;

const CONFIG: &str = r#"
defaults:
  models: models
envs:
  development:
    dev: sqlite://dev?mode=memory
    migrations: migrations/sqlite
  production:
    dev: local://postgres?search_path=public
    migrations: migrations/postgres
  reports:
    url: postgres://reports/app
"#;

fn run(world: &World, args: &[&str]) -> Run {
    let bin = python_bin();
    let mut command = world.command(args);
    command.env("VIRTUAL_ENV", bin.parent().expect("an environment"));
    finish(command.spawn().expect("a run"))
}

fn world() -> World {
    let world = World::empty();
    world.write("trueup.yaml", CONFIG);
    world.write("models.py", MODELS);
    world
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

#[test]
fn two_engines_and_one_load() {
    let world = world();
    let written = run(&world, &["migrate", "diff", "--all", "initial"]).code(0);
    assert_eq!(written.out, "development:\n\nproduction:\n");
    let written = written.err_has("Left out, without models or `dev`: reports\n");
    for dir in ["sqlite", "postgres"] {
        assert!(written.err.contains(&format!("Wrote migrations/{dir}/")));
    }
    assert_eq!(world.read("loads"), "x", "one load for both");
    let text = |dir: &str| {
        let names = world.list(dir);
        let name = names.iter().find(|name| name.ends_with("_initial.sql"));
        world.read(&format!("{dir}/{}", name.expect("a migration")))
    };
    assert!(text("migrations/sqlite").contains("`papers` json"));
    assert!(text("migrations/postgres").contains("\"papers\" jsonb"));

    run(&world, &["check", "--all", "-q"]).code(0).err("").out(
        "development:\nIn sync: the models match migrations/sqlite (1 migration)\n\n\
         production:\nIn sync: the models match migrations/postgres (1 migration)\n",
    );
    let found = json(&run(&world, &["check", "--all", "--format", "json", "-q"]).code(0));
    let all = found["environments"].as_array().expect("a list");
    let of = |key: &str| all.iter().map(|one| one[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("env"), ["development", "production"]);
    assert_eq!(of("verdict"), ["synced", "synced"]);
    assert_eq!(of("dir"), ["migrations/sqlite", "migrations/postgres"]);
}

#[test]
fn it_ends_as_the_worst() {
    let world = world();
    run(&world, &["migrate", "diff", "--all"]).code(0);
    let models = MODELS.replace(
        "    papers",
        "    name = sa.Column(sa.String(30))\n    papers",
    );
    world.write("models.py", models);
    let found = run(&world, &["check", "--all", "-q"]).code(1);
    assert!(
        found.out.contains(
            "Write it with: trueup migrate diff --env development\n\nproduction:\nDrifted: "
        ),
        "{found:#?}"
    );

    // What SQLite has no type for is no matter of PostgreSQL's.
    let models = MODELS.replace(
        "    papers",
        "    tags = sa.Column(ARRAY(sa.Integer))\n    papers",
    );
    world.write("models.py", models);
    let found = run(&world, &["check", "--all", "-q"]).code(2);
    let undecided =
        "Undecided: trueup could not tell whether the models and the migrations are in sync";
    let start = format!("development:\n{undecided}\n\nproduction:\nDrifted: 1 change in");
    assert!(found.out.starts_with(&start), "{found:#?}");
    found
        .err_has("Error: development: the models can't be loaded: ")
        .err_has("ARRAY");
    let found = json(&run(&world, &["check", "--all", "--format", "json", "-q"]).code(2));
    assert_eq!(found["environments"][0]["verdict"], "unknown");
    assert_eq!(found["environments"][1]["verdict"], "drifted");

    // The other engine gets its migration all the same.
    run(&world, &["migrate", "diff", "--all", "tags", "-q"])
        .code(2)
        .out("development:\nNothing was written\n\nproduction:\n");
    run(&world, &["migrate", "diff", "--env", "production"])
        .code(0)
        .out(crate::guide::SYNCED);
    let shown = run(&world, &["migrate", "diff", "--all", "--dry-run", "-q"]).code(2);
    assert!(
        shown
            .out
            .starts_with("-- development:\n-- Nothing was written\n\n-- production:\n"),
        "{shown:#?}"
    );

    run(&world, &["check", "--all", "--env", "production"])
        .code(2)
        .err_has("cannot be used with");
    world.write(
        "trueup.yaml",
        "envs:\n  reports:\n    url: postgres://reports/app\n",
    );
    run(&world, &["check", "--all"])
        .code(2)
        .err_has("no environment can be compared");
}
