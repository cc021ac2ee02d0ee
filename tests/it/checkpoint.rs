//! `migrate checkpoint`: new databases start there, others pass it by, on all engines.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::apply::{Live, engines};
use crate::down::{Dev, FIRST, SECOND, THIRD, built, versions};
use crate::golden::bench::Bench;
use crate::golden::{postgres, sqlite};

/// Sums the directory up; the file's name.
fn checkpoint(live: &Live<'_>, dev: &Dev<'_>, more: &[&str]) -> String {
    let url = dev.url();
    let args = ["migrate", "checkpoint", "--dev-url", &url];
    let run = live.world.run(&[&args[..], more].concat()).code(0);
    let name = run.err.split("Wrote migrations/").nth(1).unwrap();
    name.split(": ").next().unwrap().to_owned()
}

#[test]
fn new_databases_start_at_a_checkpoint_and_others_pass_it_by() {
    for (engine, bench) in &engines() {
        let bench: &dyn Bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND]);
        let middle = live.another();
        live.apply(&[]).code(0);
        middle.apply(&["1"]).code(0);
        let name = checkpoint(&live, &dev, &["v1"]);
        assert!(name.ends_with("_checkpoint.sql"), "{engine} {name}");
        let text = std::fs::read_to_string(live.world.path(&format!("migrations/{name}"))).unwrap();
        assert!(
            text.starts_with("-- atlas:checkpoint v1\n\n"),
            "{engine} {text}"
        );
        let url = dev.url();
        let validate = ["migrate", "validate", "--dev-url", &url];
        live.world.run(&validate).code(0);
        let version = name.split('_').next().unwrap();
        let whole = built(bench, &[FIRST, SECOND]);
        let new = live.another();
        new.apply(&[]).code(0);
        assert_eq!(versions(&new), [version], "{engine}");
        assert_eq!(bench.dump(&new.db), whole, "{engine}");
        for db in [&live, &middle] {
            db.apply(&[]).code(0);
            assert_eq!(versions(db), ["1", "2"], "{engine}");
            assert_eq!(db.status()["Status"], "OK", "{engine}");
            assert_eq!(bench.dump(&db.db), whole, "{engine}");
        }
        // A version before it has no checkpoint yet.
        let early = live.another();
        early.apply(&["--to-version", "1"]).code(0);
        assert_eq!(versions(&early), ["1"], "{engine}");
        assert_eq!(bench.dump(&early.db), built(bench, &[FIRST]), "{engine}");
        early.apply(&["--to-version", version]).code(0);
        assert_eq!(versions(&early), ["1", "2"], "{engine}");
        // What follows runs everywhere.
        live.world.write("migrations/4_third.sql", THIRD.1);
        live.hash();
        let whole = built(bench, &[FIRST, SECOND, THIRD]);
        for (db, rows) in [
            (&live, &["1", "2", "4"][..]),
            (&middle, &["1", "2", "4"]),
            (&new, &[version, "4"]),
        ] {
            db.apply(&[]).code(0);
            assert_eq!(versions(db), rows, "{engine}");
            assert_eq!(bench.dump(&db.db), whole, "{engine}");
            dev.down(db, &[]).code(0);
        }
        assert_eq!(bench.dump(&new.db), bench.dump(&middle.db), "{engine}");
        // One that is taken over before the checkpoint does not run it.
        let old = live.another();
        bench.script(&old.db, FIRST.1).unwrap();
        old.apply(&["--baseline", "1"]).code(0);
        assert_eq!(versions(&old), ["1", "2", "4"], "{engine}");
        assert_eq!(bench.dump(&old.db), whole, "{engine}");
    }
}

#[test]
fn what_a_checkpoint_can_not_hold_is_refused() {
    let bench = sqlite::Files::new();
    let dev = Dev::new(&bench);
    let url = dev.url();
    let args = ["migrate", "checkpoint", "--dev-url", &url];
    let rows = ("2_rows.sql", "INSERT INTO users VALUES (1, 'a');\n");
    let live = Live::new(&bench, &[FIRST, rows]);
    let files = || {
        std::fs::read_dir(live.world.path("migrations"))
            .unwrap()
            .count()
    };
    let before = files();
    live.world
        .run(&args)
        .code(2)
        .err_has("put rows into users, which a checkpoint does not have");
    assert_eq!(files(), before);
    let name = checkpoint(&live, &dev, &["--without-rows"]);
    live.world
        .run(&args)
        .code(0)
        .err_has("is a checkpoint, and nothing came after it");
    live.world
        .run(&["migrate", "rebase", &name])
        .code(2)
        .err_has("is a checkpoint: behind others");
    let empty = Live::new(&bench, &[]);
    std::fs::create_dir(empty.world.path("migrations")).unwrap();
    empty
        .world
        .run(&args)
        .code(2)
        .err_has("has no migrations to sum up");
}

#[test]
fn what_is_no_part_of_a_schema_is_said() {
    let bench = postgres::Server::start();
    let dev = Dev::new(&bench);
    let url = dev.url();
    let args = ["migrate", "checkpoint", "--dev-url", &url];
    let more = (
        "2_more.sql",
        "CREATE SEQUENCE s;\nGRANT SELECT ON users TO PUBLIC;\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;\nSELECT \
         setval('s', 7);\n",
    );
    let live = Live::new(&bench, &[FIRST, more]);
    let run = live.world.run(&args).code(2);
    for part in [
        "do more than a checkpoint has",
        "migrations/2_more.sql:2:1: rights",
        "migrations/2_more.sql:3:1: rights",
        "migrations/2_more.sql:4:1: where numbers go on",
        "--without-rows",
    ] {
        assert!(run.err.contains(part), "{part} {run:?}");
    }
    assert!(!run.err.contains(":1:1:"), "{run:?}");
    checkpoint(&live, &dev, &["--without-rows"]);
}

#[test]
fn a_checkpoint_that_is_not_what_is_before_it_is_told() {
    for (engine, bench) in &engines() {
        let bench: &dyn Bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND]);
        checkpoint(&live, &dev, &[]);
        let url = dev.url();
        let validate = ["migrate", "validate", "--dev-url", &url];
        live.world.run(&validate).code(0);
        let rm = ["migrate", "rm", "2", "--dev-url", &url];
        let run = live.world.run(&rm).code(2);
        assert!(
            run.err
                .contains("does not make what the files before it make"),
            "{engine} {run:?}"
        );
        let changed = format!("{}ALTER TABLE tags ADD COLUMN n int;\n", SECOND.1);
        live.world.write("migrations/2_second.sql", &changed);
        live.hash();
        let run = live.world.run(&validate).code(2);
        assert!(
            run.err
                .contains("does not make what the files before it make")
                && run.err.contains("\"n\""),
            "{engine} {run:?}"
        );
        live.world.write(
            "migrations/2_second.sql",
            "ALTER TABLE nowhere ADD COLUMN n int;\n",
        );
        live.hash();
        let run = live.world.run(&validate).code(0);
        assert!(run.err.contains("can't be replayed"), "{engine} {run:?}");
    }
}

/// Views, functions and triggers are in a checkpoint; what is not planned is refused.
#[test]
fn a_checkpoint_has_views_and_triggers() {
    let bench = postgres::Server::start();
    let dev = Dev::new(&bench);
    let texts = "CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(t) $$;\nCREATE VIEW names AS SELECT \
                 name FROM users;\nCREATE VIEW shouted AS SELECT shout(name) AS n FROM names;\nCREATE FUNCTION f() RETURNS trigger LANGUAGE \
                 plpgsql AS $$ BEGIN RETURN new; END $$;\nCREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();\n";
    let files = [FIRST, ("2_texts.sql", texts)];
    let live = Live::new(&bench, &files);
    let name = checkpoint(&live, &dev, &[]);
    live.apply(&[]).code(0);
    assert_eq!(versions(&live), [name.split('_').next().unwrap()]);
    assert_eq!(bench.dump(&live.db), built(&bench, &files));

    let aggregate = (
        "3_a.sql",
        "CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer);\n",
    );
    let live = Live::new(&bench, &[FIRST, aggregate]);
    let url = dev.url();
    live.world
        .run(&["migrate", "checkpoint", "--dev-url", &url])
        .code(2)
        .err_has("aggregate total(integer) is missing");

    let bench = sqlite::Files::new();
    let dev = Dev::new(&bench);
    let view = (
        "2_view.sql",
        "CREATE VIEW names AS SELECT name FROM users;\n",
    );
    let live = Live::new(&bench, &[FIRST, view]);
    checkpoint(&live, &dev, &[]);
    live.apply(&[]).code(0);
    assert_eq!(bench.dump(&live.db), built(&bench, &[FIRST, view]));
}
