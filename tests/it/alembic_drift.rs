//! `drift` against an Alembic history: the database says which revisions it has, and is compared with exactly these.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::cli_world::{Run, World, finish};
use crate::golden::bench::Bench;
use crate::golden::{mysql, postgres, sqlite};
use crate::lab::python_bin;

const HARBOUR: &str =
    "CREATE TABLE harbour (id INTEGER NOT NULL, name VARCHAR(40), PRIMARY KEY (id))";
const BERTH: &str = "CREATE TABLE berth (id INTEGER NOT NULL, PRIMARY KEY (id))";
const CRANE: &str = "CREATE TABLE crane (id INTEGER NOT NULL, PRIMARY KEY (id))";

/// A revision that runs a statement.
fn revision(id: &str, after: &str, message: &str, sql: &str) -> String {
    format!(
        "\"\"\"{message}\"\"\"\n\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {after}\n\n\ndef upgrade():\n    \
         op.execute(\"{sql}\")\n"
    )
}

/// An `env.py` with more options, and what stands before.
fn env(before: &str, options: &str) -> String {
    format!(
        "from alembic import context\nfrom sqlalchemy import engine_from_config, pool\n\n{before}\n\
         config = context.config\n\
         engine = engine_from_config(config.get_section(config.config_ini_section), poolclass=pool.NullPool)\n\
         with engine.connect() as connection:\n    \
         context.configure(connection=connection, target_metadata=None{options})\n    \
         with context.begin_transaction():\n        context.run_migrations()\n"
    )
}

/// What Alembic keeps in a database.
fn at(revisions: &[&str]) -> String {
    let rows = revisions.iter();
    let rows = rows.map(|id| format!("INSERT INTO alembic_version VALUES ('{id}');\n"));
    format!(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY \
         (version_num));\n{}",
        rows.collect::<String>()
    )
}

/// A history of `a1` and `b2`.
fn project() -> World {
    let world = World::empty();
    world.write(
        "trueup.yaml",
        "envs:\n  app:\n    models: nowhere.models\n    migrations: alembic\n",
    );
    world.write(
        "alembic.ini",
        "[alembic]\nscript_location = alembic\nsqlalchemy.url = sqlite://\n",
    );
    world.write("alembic/env.py", env("", ""));
    world.write(
        "alembic/versions/a1.py",
        revision("a1", "None", "Harbours", HARBOUR),
    );
    world.write(
        "alembic/versions/b2.py",
        revision("b2", "\"a1\"", "Berths", BERTH),
    );
    world
}

/// A database that is looked at, and another one to build states on.
struct Live<'a> {
    bench: &'a dyn Bench,
    world: World,
    db: String,
    dev: String,
    scoped: bool,
}

impl<'a> Live<'a> {
    fn new(bench: &'a dyn Bench, scheme: &str, sql: &str, scoped: bool) -> Self {
        let world = project();
        let ini = world.read("alembic.ini").replace("sqlite://", scheme);
        world.write("alembic.ini", ini);
        let (db, dev) = (bench.create(), bench.create());
        let live = Self {
            bench,
            world,
            db,
            dev,
            scoped,
        };
        live.run(sql);
        live
    }

    fn run(&self, sql: &str) {
        let done = self.bench.script(&self.db, sql);
        done.unwrap_or_else(|error| panic!("{error}\nin {sql}"));
    }

    fn url(&self) -> String {
        self.bench.url(&self.db, self.scoped)
    }

    fn drift(&self, more: &[&str]) -> Run {
        let (url, dev) = (self.url(), self.bench.url(&self.dev, self.scoped));
        let args = ["--url", &url, "--dev-url", &dev, "--grace", "0s"];
        drift(&self.world, &[&args, more].concat())
    }

    fn json(&self) -> Value {
        let run = self.drift(&["--format", "json"]);
        serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
        self.bench.remove(&self.dev);
    }
}

fn drift(world: &World, more: &[&str]) -> Run {
    run_in(world, &[&["drift"], more].concat())
}

fn run_in(world: &World, args: &[&str]) -> Run {
    let mut command = world.command(args);
    command.env("VIRTUAL_ENV", python_bin().parent().unwrap());
    finish(command.spawn().unwrap())
}

/// A database that lacks a revision, one that somebody changed, and those that say nothing that helps.
fn stands(bench: &dyn Bench, scheme: &str, scoped: bool) {
    let live = Live::new(
        bench,
        scheme,
        &format!("{HARBOUR};\n{}", at(&["a1"])),
        scoped,
    );
    let run = live.drift(&[]).code(0).err("");
    assert!(
        run.out.contains(" matches alembic (1 migration up to a1)\n\nNot applied yet, and no drift: b2 (Berths)\n"),
        "{run:?}"
    );
    let before = bench.dump(&live.db);
    live.run("ALTER TABLE harbour ADD COLUMN depth INTEGER");
    let found = live.json();
    assert_eq!(found["verdict"], "drifted", "{found:#}");
    assert_eq!(
        (&found["version"], &found["applied"]),
        (&"a1".into(), &1.into())
    );
    assert_eq!(found["pending"], serde_json::json!(["b2 (Berths)"]));
    assert!(found["changes"].to_string().contains("depth"), "{found:#}");
    for way in ["adopt", "restore"] {
        assert_eq!(found[way]["proven"], true, "{way}: {found:#}");
    }
    live.run(found["restore"]["sql"].as_str().unwrap());
    assert_eq!(bench.dump(&live.db), before);

    live.run(&format!(
        "{BERTH};\nUPDATE alembic_version SET version_num = 'b2'"
    ));
    let run = live.drift(&[]).code(0);
    assert!(
        run.out.contains("(2 migrations up to b2)\n") && !run.out.contains("Not applied"),
        "{run:?}"
    );
    let dev = bench.url(&live.dev, scoped);
    let import = ["migrate", "import", "alembic", "--to", "file://sql"];
    run_in(&live.world, &[&import[..], &["--dev-url", &dev]].concat())
        .code(0)
        .err_has("2 files for 2 revisions");
    let run = live.drift(&["--dir", "file://sql"]).code(0);
    assert!(run.out.contains("(2 migrations up to 2"), "{run:?}");
    live.run("UPDATE alembic_version SET version_num = 'c3'");
    let run = live.drift(&[]).code(2);
    let run = run.err_has("the database has applied c3, which alembic does not have");
    run.err_has("check out what is deployed there");
    live.run("DELETE FROM alembic_version; DROP TABLE berth; DROP TABLE harbour");
    let run = live.drift(&[]).code(0);
    assert!(run.out.contains("(no migration)"), "{run:?}");
    live.run(&format!("DROP TABLE alembic_version; {HARBOUR}"));
    let run = live.drift(&[]).code(2);
    let run = run.err_has("the database records no migrations");
    run.err_has("give `--revision VERSION`")
        .err_has("table alembic_version");
    live.drift(&["--revision", "a1"]).code(0);
    live.drift(&["--revision", "latest"]).code(1);
    live.drift(&["--revision", "c3"])
        .code(2)
        .err_has("alembic has no version c3");
    drift(&live.world, &["--url", &live.url()])
        .code(2)
        .err_has("no dev database is set");
}

/// What was done by hand is written as a revision, in Alembic's own operations where it has them.
fn adopts(bench: &dyn Bench, scheme: &str, scoped: bool) {
    let sql = format!("{HARBOUR};\n{BERTH};\n{}", at(&["b2"]));
    let live = Live::new(bench, scheme, &sql, scoped);
    let mako = include_str!("../data/alembic/base/alembic/script.py.mako");
    live.world.write("alembic/script.py.mako", mako);
    let versions = live.world.path("alembic/versions");
    let revisions = || {
        let names = std::fs::read_dir(&versions).unwrap().flatten();
        names.filter(|entry| entry.path().is_file()).count()
    };
    live.drift(&["--adopt", "nothing"]).code(0);
    assert_eq!(revisions(), 2);
    live.run(
        "ALTER TABLE harbour ADD COLUMN depth INTEGER; CREATE INDEX harbour_name ON harbour (name)",
    );
    live.run(CRANE);
    let run = live.drift(&[]).code(1);
    assert!(run.out.contains("--adopt NAME"), "{run:?}");
    let run = live.drift(&["--adopt", "by_hand"]).code(0);
    let run = run.err_has(
        "has it already, and keeps being reported until its records say so: `alembic stamp ",
    );
    let (_, stamp) = run.err.split_once("`alembic stamp ").unwrap();
    let (stamp, _) = stamp.split_once('`').unwrap();
    let file = live
        .world
        .read(&format!("alembic/versions/{stamp}_by_hand.py"));
    let (up, down) = file.split_once("def downgrade").unwrap();
    for (text, part) in [
        (up, "op.create_table('crane'"),
        (up, "op.add_column('harbour', sa.Column('depth'"),
        (up, "op.create_index("),
        (down, "op.drop_table('crane')"),
        (down, "op.drop_column('harbour', 'depth')"),
        (down, "op.drop_index("),
    ] {
        assert!(text.contains(part), "{part} in\n{file}");
    }
    assert!(
        !file.contains("execute") && !file.contains("alembic_version"),
        "{file}"
    );
    let run = live.drift(&[]).code(1);
    assert!(run.out.contains("Not applied yet"), "{run:?}");
    live.drift(&["--adopt", "again"])
        .code(2)
        .err_has("the database lacks migrations, after which a new one would come");
    live.run(&format!(
        "UPDATE alembic_version SET version_num = '{stamp}'"
    ));
    live.drift(&[]).code(0);
    // A check is one of what Alembic does not see.
    let table = "CREATE TABLE tide (high INTEGER, CONSTRAINT tide_high CHECK (high > 0))";
    live.run(table);
    live.drift(&["--adopt", "tides"]).code(0);
    assert_eq!(revisions(), 4);
}

#[test]
fn what_was_done_by_hand_becomes_a_revision_on_sqlite() {
    adopts(&sqlite::Files::new(), "sqlite://", true);
}

#[test]
fn what_was_done_by_hand_becomes_a_revision_on_postgresql() {
    adopts(&postgres::Server::start(), "postgresql://", false);
}

#[test]
fn what_was_done_by_hand_becomes_a_revision_on_mysql() {
    adopts(&mysql::Databases::start(false), "mysql://", true);
}

#[test]
fn a_database_is_compared_with_the_revisions_that_it_has_on_sqlite() {
    stands(&sqlite::Files::new(), "sqlite://", true);
}

#[test]
fn a_database_is_compared_with_the_revisions_that_it_has_on_postgresql() {
    stands(&postgres::Server::start(), "postgresql://", false);
}

#[test]
fn a_database_is_compared_with_the_revisions_that_it_has_on_mysql() {
    stands(&mysql::Databases::start(false), "mysql://", true);
}

#[test]
fn a_database_may_be_at_several_revisions() {
    let files = sqlite::Files::new();
    let both = format!("{HARBOUR};\n{CRANE};\n{}", at(&["a1", "x1"]));
    let live = Live::new(&files, "sqlite://", &both, true);
    // A fork, too, is applied by `alembic upgrade heads`.
    live.world.write(
        "alembic/versions/x1.py",
        revision("x1", "None", "Cranes", CRANE),
    );
    let run = live.drift(&[]).code(0);
    assert!(
        run.out.contains(
            "(2 migrations up to a1, x1)\n\nNot applied yet, and no drift: b2 (Berths)\n"
        ),
        "{run:?}"
    );
    live.run(&format!(
        "{BERTH};\nUPDATE alembic_version SET version_num = 'b2' WHERE version_num = 'a1'"
    ));
    live.drift(&[]).code(0);
    live.run("DROP TABLE crane");
    let run = live.drift(&[]).code(1);
    assert!(
        run.out.contains("drop") && run.out.contains("crane"),
        "{run:?}"
    );
}

#[test]
fn env_py_says_where_revisions_are_recorded() {
    let server = postgres::Server::start();
    let made = at(&["a1"]).replace("alembic_version", "meta.revs");
    let made = made.replace("meta.revs_pkc", "revs_pkc");
    let sql = format!("{HARBOUR};\nCREATE SCHEMA meta;\n{made}");
    let live = Live::new(&server, "postgresql://", &sql, false);
    live.drift(&[])
        .code(2)
        .err_has("the database records no migrations");
    let create = "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n\n\n\
                  @event.listens_for(Engine, \"begin\")\ndef schema(connection):\n    \
                  connection.exec_driver_sql(\"CREATE SCHEMA IF NOT EXISTS meta\")\n\n";
    let options = ", version_table=\"revs\", version_table_schema=\"meta\"";
    live.world.write("alembic/env.py", env(create, options));
    let run = live.drift(&[]).code(0);
    assert!(run.out.contains("up to a1"), "{run:?}");
    // That of another program.
    live.run(&at(&["zz"]));
    live.drift(&[]).code(0);
    live.run("UPDATE meta.revs SET version_num = 'c3'");
    live.drift(&[])
        .code(2)
        .err_has("the database has applied c3");
}

#[test]
fn a_fleet_is_built_once_for_each_revision() {
    let files = sqlite::Files::new();
    let world = project();
    let first = format!("{HARBOUR};\n{}", at(&["a1"]));
    let second = format!("{HARBOUR};\n{BERTH};\n{}", at(&["b2"]));
    let databases: Vec<String> = [&first, &second, &first, &second, &first]
        .into_iter()
        .map(|sql| {
            let db = files.create();
            files.script(&db, sql).unwrap();
            db
        })
        .collect();
    files.script(&databases[4], "DROP TABLE harbour").unwrap();
    let urls: Vec<String> = databases.iter().map(|db| files.url(db, true)).collect();
    world.write(
        "trueup.yaml",
        format!(
            "envs:\n  app:\n    models: nowhere.models\n    migrations: alembic\n    dev: sqlite://dev?mode=memory\n    \
             for_each: [{}]\n    url: '${{each}}'\n",
            urls.iter().map(|url| format!("'{url}'")).collect::<Vec<_>>().join(", ")
        ),
    );
    let run = drift(&world, &["--grace", "0s", "-v"]).code(1);
    assert_eq!(
        run.err
            .matches("starting the program that runs the history")
            .count(),
        3,
        "{run:?}"
    );
    assert!(
        run.out.contains("harbour") && run.out.contains("alembic"),
        "{run:?}"
    );
}

#[test]
fn what_env_py_leaves_out_is_no_drift() {
    let files = sqlite::Files::new();
    let live = Live::new(
        &files,
        "sqlite://",
        &format!("{HARBOUR};\n{}", at(&["a1"])),
        true,
    );
    let filters = "def kept(thing, name, kind, reflected, other):\n    \
                   return name != \"note\" and (kind != \"table\" or not thing.name.startswith(\"jobs_\"))\n\n";
    live.world
        .write("alembic/env.py", env(filters, ", include_object=kept"));
    live.run("CREATE TABLE jobs_lock (id INTEGER); ALTER TABLE harbour ADD COLUMN note TEXT");
    let run = live.drift(&["-v"]).code(0);
    for pattern in ["jobs_lock[type=table]", "harbour.note[type=column]"] {
        let told = format!("the history's Alembic leaves out {pattern}");
        assert!(run.err.contains(&told), "{run:?}");
    }
    live.run("ALTER TABLE harbour ADD COLUMN depth INTEGER; CREATE TABLE works (id INTEGER)");
    let run = live.drift(&[]).code(1);
    assert!(
        ["depth", "works"].iter().all(|it| run.out.contains(it))
            && !run.out.contains("jobs_lock")
            && !run.out.contains("note")
            && !run.out.contains("--adopt"),
        "{run:?}"
    );
}
