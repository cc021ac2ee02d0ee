//! Programs that a migration names, and statements that may not take for ever.

use std::time::{Duration, Instant};

use super::{Live, engines, until};
use crate::cli_world::finish;
use crate::golden::{mysql, postgres};

const FILE: &str = "\
CREATE TABLE a (id int);
-- trueup:run sh backfill.sh one
CREATE TABLE b (id int);
/* not these:
-- trueup:run false
*/
-- trueup:run sh backfill.sh two
";

/// Notes each run, and where the database is.
const NOTES: &str =
    "echo \"$1\" >> runs; echo \"at $DATABASE_URL\"; printf %s \"$DATABASE_URL\" > url\n";

#[test]
fn a_program_runs_at_its_place_and_once() {
    for (engine, bench) in &engines() {
        let live = Live::new(&**bench, &[("1_fill.sql", FILE)]);
        live.world.write("backfill.sh", NOTES);
        let ran = || std::fs::read_to_string(live.world.path("runs")).unwrap_or_default();
        let dev = bench.create();
        let dev_url = bench.url(&dev, true);
        let dry = live.apply(&["--dry-run"]).code(0);
        assert!(
            dry.out
                .contains("    -> -- trueup:run sh backfill.sh one\n"),
            "{}",
            dry.out
        );
        live.world
            .run(&["migrate", "validate", "--dev-url", &dev_url])
            .code(0);
        live.apply(&["--dry-run", "--dev-url", &dev_url]).code(0);
        assert_eq!(ran(), "", "{engine}: nothing but `apply` runs them");

        let done = live.apply(&[]).code(0);
        assert_eq!(ran(), "one\ntwo\n", "{engine}");
        let url = std::fs::read_to_string(live.world.path("url")).unwrap();
        assert_eq!(url, bench.url(&live.db, true), "{engine}");
        assert!(done.out.contains("       at "), "{engine}: {}", done.out);
        assert_eq!(live.revisions(), [["1", "fill", "2", "4", "4"]], "{engine}");
        bench.remove(&dev);
    }
}

#[test]
fn a_program_that_fails_is_begun_again_and_nothing_before_it() {
    for (engine, bench) in &engines() {
        let live = Live::new(&**bench, &[("1_fill.sql", FILE)]);
        live.world
            .write("backfill.sh", format!("{NOTES}[ $1 = one ] || exit 3\n"));
        let failed = live.apply(&[]).code(2);
        let told = "migrations/1_fill.sql:7: `sh backfill.sh two` failed: exit status: 3";
        assert!(failed.err.contains(told), "{engine}: {failed:?}");
        assert_eq!(
            live.status()["SQL"],
            "-- trueup:run sh backfill.sh two",
            "{engine}"
        );
        live.world.write("backfill.sh", NOTES);
        live.apply(&[]).code(0);
        let ran = std::fs::read_to_string(live.world.path("runs")).unwrap();
        assert_eq!(ran, "one\ntwo\ntwo\n", "{engine}");
    }
}

/// Nobody knows what a program did that was interrupted: somebody has to say.
#[test]
fn a_program_that_was_cut_off_is_asked_about() {
    let [_, (_, bench), ..] = engines();
    let live = Live::new(&*bench, &[("1_fill.sql", FILE)]);
    live.world
        .write("backfill.sh", format!("{NOTES}sleep 60\n"));
    let url = bench.url(&live.db, true);
    let mut run = live
        .world
        .command(&live.args(&["apply"], &url))
        .spawn()
        .unwrap();
    let _out = until(&mut run, "       at ");
    run.kill().unwrap();
    finish(run);
    live.world.write("backfill.sh", NOTES);
    let dev = bench.create();
    let asked = live.apply(&["--dev-url", &bench.url(&dev, true)]).code(2);
    let told = "an earlier run was interrupted while `sh backfill.sh one` ran, and nobody knows how far that came";
    assert!(asked.err.contains(told), "{asked:?}");
    live.apply(&["--interrupted", "again"]).code(0);
    let ran = std::fs::read_to_string(live.world.path("runs")).unwrap();
    assert_eq!(ran, "one\none\ntwo\n");
    bench.remove(&dev);
}

/// Somebody insists on the end: what the program started ends with it.
#[test]
fn nothing_that_a_program_started_outlives_the_run() {
    let [(_, bench), ..] = engines();
    let live = Live::new(&*bench, &[("1_fill.sql", FILE)]);
    let script = "(sleep 4; echo late > late) & echo begun; wait\n";
    live.world.write("backfill.sh", script);
    let url = bench.url(&live.db, true);
    let mut run = live
        .world
        .command(&live.args(&["apply"], &url))
        .spawn()
        .unwrap();
    let mut out = until(&mut run, "       begun");
    let since = Instant::now();
    let id = rustix::process::Pid::from_raw(run.id().cast_signed()).unwrap();
    for _ in 0..2 {
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        std::thread::sleep(Duration::from_millis(1200));
    }
    std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    assert_eq!(finish(run).code, Some(130));
    assert!(since.elapsed() < Duration::from_secs(4));
    std::thread::sleep(Duration::from_secs(5).saturating_sub(since.elapsed()));
    assert!(!live.world.path("late").exists());
}

/// What a program prints is shown without the database's password, and other modes than `apply` are refused it.
#[test]
fn a_program_shows_no_password() {
    let bench = postgres::Server::start();
    let live = Live::new(&bench, &[("1_fill.sql", FILE)]);
    for (written, forms) in [
        ("hunter22", &["hunter22"][..]),
        ("p%40ss%2Fw%25rd", &["p%40ss%2Fw%25rd", "p@ss/w%rd"][..]),
    ] {
        let says = forms.join(" ");
        let script = format!("{NOTES}printenv DATABASE_URL; echo 'it is {says}' >&2\n");
        live.world.write("backfill.sh", script);
        let tenant = live.another();
        let url = super::Bench::url(&bench, &tenant.db, true);
        let url = url.replace("postgres@", &format!("postgres:{written}@"));
        let done = live.world.run(&tenant.args(&["apply"], &url)).code(0);
        for shown in [
            "       at postgres://postgres:***@",
            "       postgres://postgres:***@",
            &format!("       it is {}\n", vec!["***"; forms.len()].join(" ")),
        ] {
            assert!(done.out.contains(shown), "{shown}: {}", done.out);
        }
        for form in forms {
            assert!(!format!("{done:?}").contains(form), "{done:?}");
        }
    }
}

/// Not every program writes UTF-8: it is shown as far as it can be, and read to its end.
#[test]
fn a_program_may_print_what_is_no_text() {
    let [(_, bench), ..] = engines();
    let live = Live::new(&*bench, &[("1_fill.sql", FILE)]);
    let prints = "printf 'caf\\351\\r\\n'; printf 'na\\357ve\\n' >&2; sleep 0.2; echo more; echo more >&2; echo $1 >> runs\n";
    live.world.write("backfill.sh", prints);
    let done = live.apply(&[]).code(0);
    for line in ["caf\u{fffd}\n", "na\u{fffd}ve\n", "more\n"] {
        assert!(done.out.contains(line), "{}", done.out);
    }
    assert_eq!(live.world.read("runs"), "one\ntwo\n");
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    for (engine, bench) in &engines() {
        let slow = match *engine {
            "postgres" => "UPDATE a SET id = 2 WHERE pg_sleep(60) IS NOT NULL;\n",
            _ => "UPDATE a SET id = 2 WHERE SLEEP(60) = 0;\n",
        };
        let file = format!("CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n{slow}");
        let live = Live::new(&**bench, &[("1_slow.sql", &file)]);
        let since = Instant::now();
        let run = live.apply(&["--statement-timeout", "1s"]).code(2);
        assert!(since.elapsed() < Duration::from_secs(30), "{engine}");
        if *engine == "sqlite" {
            let told = "SQLite can't limit the time of a statement";
            assert!(run.err.contains(told), "{run:?}");
            continue;
        }
        assert!(run.err.contains("--statement-timeout"), "{engine}: {run:?}");
        let fast = file.replace("60", "0");
        live.world.write("migrations/1_slow.sql", &fast);
        live.hash();
        live.apply(&["--statement-timeout", "20s"]).code(0);
        let ids = live.rows("a", &["id"]);
        assert_eq!(ids, [["2"]], "{engine}");
    }
}

/// MySQL answers a `SLEEP` that was ended as if it had come to its end.
#[test]
fn a_statement_that_was_ended_is_never_done() {
    for maria in [false, true] {
        let bench = mysql::Databases::start(maria);
        for slow in ["SELECT SLEEP(6)", "DO SLEEP(6)"] {
            let file = format!("CREATE TABLE a (id int);\n{slow};\nCREATE TABLE b (id int);\n");
            let live = Live::new(&bench, &[("1_slow.sql", &file)]);
            let run = live.apply(&["--statement-timeout", "1500ms"]).code(2);
            for part in [slow, "migrations/1_slow.sql:2", "--statement-timeout"] {
                assert!(run.err.contains(part), "{maria}: {run:?}");
            }
            assert_eq!(live.revisions(), [["1", "slow", "2", "1", "3"]], "{maria}");
            live.apply(&[]).code(0);
            assert_eq!(live.revisions(), [["1", "slow", "2", "3", "3"]], "{maria}");
        }
    }
}

/// A limit of less than PostgreSQL can count is not none, and what one file sets for itself is not another's.
#[test]
fn a_limit_holds_for_each_file_however_short_it_is() {
    let bench = postgres::Server::start();
    let slow = "SELECT pg_sleep(4);\n";
    let own = "SET statement_timeout = 0;\nSELECT pg_sleep(1.5);\n";
    let live = Live::new(&bench, &[("1_own.sql", own), ("2_slow.sql", slow)]);
    let ask = ["--tx-mode", "all", "--statement-timeout", "1s"];
    let run = live.apply(&ask).code(2);
    for part in ["migrations/2_slow.sql:1", "statement timeout"] {
        assert!(run.err.contains(part), "{run:?}");
    }
    let live = Live::new(&bench, &[("1_slow.sql", slow)]);
    let run = live.apply(&["--statement-timeout", "500us"]).code(2);
    assert!(run.err.contains("statement timeout"), "{run:?}");
}
