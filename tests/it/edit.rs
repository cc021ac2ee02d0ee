//! `migrate edit` and `migrate rm`: what no database has yet is changed, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::apply::{Live, engines};
use crate::cli_world::{Run, finish};
use crate::down::{Dev, FIRST, SECOND, THIRD};
use crate::golden::bench::Bench;
use crate::golden::sqlite;

/// Edits a migration by a program.
fn edit(live: &Live<'_>, editor: &str, args: &[&str]) -> Run {
    let args = [&["migrate", "edit"], args].concat();
    let mut command = live.world.command(&args);
    finish(command.env("EDITOR", editor).spawn().unwrap())
}

/// Every file of the directory.
fn files(live: &Live<'_>) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(live.world.path("migrations")).unwrap();
    let mut all: Vec<(String, String)> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn only_what_no_database_has_is_changed() {
    for (engine, bench) in &engines() {
        let bench: &dyn Bench = &**bench;
        let dev = Dev::new(bench);
        let live = Live::new(bench, &[FIRST, SECOND, THIRD]);
        live.apply(&["2"]).code(0);
        let (url, dev_url) = (bench.url(&live.db, true), dev.url());
        let asked = ["--url", &url, "--dev-url", &dev_url];
        let before = files(&live);
        let rename = "sed -i s/nick/handle/";
        let run = edit(&live, rename, &[&["2"], &asked[..]].concat()).code(2);
        assert!(
            run.err
                .contains("a database has 2_second.sql already: nothing was written")
                && run.err.contains("migrate down"),
            "{engine} {run:?}"
        );
        let rm = |name: &str| {
            live.world
                .run(&[&["migrate", "rm", name], &asked[..]].concat())
        };
        rm("1_first.sql")
            .code(2)
            .err_has("a database has 1_first.sql already");
        assert_eq!(files(&live), before, "{engine}");
        edit(&live, rename, &[&["3_third.sql"], &asked[..]].concat())
            .code(0)
            .err("Wrote migrations/3_third.sql\n");
        live.world
            .run(&["migrate", "validate", "--dev-url", &dev_url])
            .code(0);
        rm("3").code(0).err("Removed migrations/3_third.sql\n");
        assert_eq!(files(&live).len(), 3, "{engine}");
        live.world.run(&["migrate", "validate"]).code(0);
        live.apply(&[])
            .code(0)
            .out("No migration files to execute\n");
    }
}

#[test]
fn what_does_not_replay_is_not_written() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    let before = files(&live);
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let run = edit(&live, "sed -i s/likes/tags/", &[&["3"], &dev[..]].concat()).code(2);
    assert!(run.err.contains("3_third.sql:3"), "{run:?}");
    let rm = ["migrate", "rm", "2_second.sql"];
    live.world
        .run(&[&rm[..], &dev[..]].concat())
        .code(2)
        .err_has("3_third.sql:4");
    live.world
        .run(&["migrate", "rm", "7"])
        .code(2)
        .err_has("has no migration 7");
    edit(&live, "true", &["3"])
        .code(0)
        .err_has("3_third.sql is as it was");
    edit(&live, "truncate -s 0", &["3"])
        .code(2)
        .err_has("was left empty: nothing was written");
    assert_eq!(files(&live), before);
    // Nobody was asked, and nothing was tried: both are said.
    let run = live.world.run(&["migrate", "rm", "3", "2"]).code(0);
    for part in [
        "Not checked whether a database has it",
        "was not replayed",
        "Removed migrations/2_second.sql",
    ] {
        assert!(run.err.contains(part), "{part} {run:?}");
    }
    assert_eq!(files(&live).len(), 2);
    live.world.run(&["migrate", "validate"]).code(0);
    // What is wrong already is not made right by the way.
    live.world.write("migrations/9_new.sql", "SELECT 1;\n");
    live.world
        .run(&["migrate", "rm", "1"])
        .code(2)
        .err_has("checksum mismatch");
}

/// The text in the file that a run names as the one that has it now.
fn kept(run: &Run) -> String {
    let path = run.err.split("is kept in ").nth(1).unwrap();
    let path = path.lines().next().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::remove_file(path).unwrap();
    text
}

#[test]
fn what_was_written_is_kept_where_it_can_not_be_used() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, &[FIRST, SECOND, THIRD]);
    let before = files(&live);
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let run = edit(&live, "sed -i s/likes/tags/", &[&["3"], &dev[..]].concat()).code(2);
    assert_eq!(kept(&run), THIRD.1.replace("likes", "tags"));
    let failing = "sh -c 'echo \"-- mine\" > \"$1\"; exit 3' sh";
    let run = edit(&live, failing, &[&["3"], &dev[..]].concat()).code(2);
    assert_eq!(kept(&run), "-- mine\n");
    assert_eq!(files(&live), before);
    // Somebody applies it meanwhile.
    let url = bench.url(&live.db, true);
    let program = live.world.command(&["x"]).get_program().to_owned();
    let apply = format!(
        "sh -c '{} migrate apply --url {url} > out.txt 2>&1; echo \"-- mine\" > \"$1\"' sh",
        program.to_str().unwrap()
    );
    let asked = [&["3", "--url", &url], &dev[..]].concat();
    let run = edit(&live, &apply, &asked).code(2);
    assert!(
        run.err.contains("a database has 3_third.sql already"),
        "{run:?}"
    );
    assert_eq!(kept(&run), "-- mine\n");
    assert_eq!(files(&live), before);
}
