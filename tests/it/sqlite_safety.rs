//! What a rebuild in SQLite must never do: lose rows in silence, in any client.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use trueup::diff::{Comparable, Cut};
use trueup::plan::{Plan, PlanOptions, TxMode};

use crate::sqlite::{realm, sqlite, state, statements};
use crate::sqlite_plan::planned;

async fn plan(before: &str, after: &str) -> Plan {
    let current = realm(state(before).await.as_mut()).await;
    planned(&current, &realm(state(after).await.as_mut()).await)
}

/// What SQLite's own client answers; errors don't stop it unless it is told so.
fn client(file: &Path, script: &str, options: &[&str]) -> Output {
    use std::io::Write as _;
    let mut child = Command::new("sqlite3")
        .args(options)
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the sqlite3 client is installed (`make setup`)");
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(script.as_bytes())
        .expect("the client reads");
    drop(input);
    child.wait_with_output().expect("the client ends")
}

fn answer(file: &Path, sql: &str) -> String {
    let output = client(file, sql, &["-bail"]);
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

const BEFORE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);
    CREATE TABLE c (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);
    CREATE INDEX ix ON t (a);
    CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO c VALUES (new.id); END;
    CREATE VIEW v AS SELECT a FROM t;";
const ROWS: &str = "INSERT INTO t VALUES (1, 5), (2, NULL), (3, 5);";
const ALL: &str = "SELECT (SELECT group_concat(id || ifnull(a, '-')) FROM t), (SELECT count(*) FROM c), \
    (SELECT group_concat(type || name) FROM (SELECT * FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name));";
const UNTOUCHED: &str = "15,2-,35|3|tablec,indexix,tablet,triggertr,viewv";

/// Changes that the rows don't allow, as a replacement in [`BEFORE`], and the engine's reason.
const REFUSED: [(&str, &str, &str); 5] = [
    (
        "a INTEGER",
        "a INTEGER NOT NULL",
        "NOT NULL constraint failed",
    ),
    (
        "a INTEGER",
        "a INTEGER, CHECK (a < 5)",
        "CHECK constraint failed",
    ),
    ("a INTEGER", "a INTEGER UNIQUE", "UNIQUE constraint failed"),
    (
        "a INTEGER",
        "a INTEGER UNIQUE ON CONFLICT REPLACE",
        "every row is kept",
    ),
    (
        "a INTEGER",
        "a INTEGER REFERENCES t (id)",
        "no foreign key is violated",
    ),
];

#[tokio::test]
async fn rows_that_do_not_fit_stop_the_plan_and_stay() {
    for (old, new, reason) in REFUSED {
        let plan = plan(BEFORE, &BEFORE.replace(old, new)).await;
        let file = plan.to_file();
        let mut session = state(&format!("{BEFORE}{ROWS}")).await;
        let error = session
            .execute(&statements(&file), plan.tx_mode)
            .await
            .unwrap_err();
        assert!(error.message.contains(reason), "{new}: {error}");
        let same = realm(session.as_mut()).await;
        assert_eq!(same, realm(state(BEFORE).await.as_mut()).await, "{new}");

        let folder = tempfile::tempdir().unwrap();
        // Without -bail the client runs the rest of the file after an error, drops and all.
        for options in [&["-bail"][..], &[]] {
            let database = folder.path().join(format!("{}.db", options.len()));
            answer(&database, &format!("{BEFORE}{ROWS}"));
            let output = client(
                &database,
                &format!("PRAGMA foreign_keys = on;\n{file}"),
                options,
            );
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(errors.contains(reason), "{new}: {errors}");
            assert_eq!(
                answer(&database, ALL),
                UNTOUCHED,
                "{new} {options:?}\n{errors}"
            );
            std::fs::remove_file(&database).unwrap();
        }
    }
}

#[tokio::test]
async fn inside_another_transaction_nothing_is_lost() {
    let plan = plan(BEFORE, &BEFORE.replace("a INTEGER", "a TEXT")).await;
    let file = plan.to_file();
    let mut session = state(&format!("{BEFORE}{ROWS}")).await;
    let error = session
        .execute(&statements(&file), TxMode::File)
        .await
        .unwrap_err();
    assert!(error.hint.unwrap().contains("txmode none"));
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("t.db");
    answer(&database, &format!("{BEFORE}{ROWS}"));
    for options in [&["-bail"][..], &[]] {
        let wrapped = format!("PRAGMA foreign_keys = on;\nBEGIN;\n{file}\nCOMMIT;");
        let output = client(&database, &wrapped, options);
        assert!(!output.stderr.is_empty());
        assert_eq!(
            answer(&database, ALL),
            UNTOUCHED,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[tokio::test]
async fn the_file_runs_in_other_clients() {
    let after = BEFORE.replace("a INTEGER", "a TEXT DEFAULT 'none' NOT NULL");
    let plan = plan(BEFORE, &after).await;
    let file = plan.to_file();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("1.sql");
    std::fs::write(&script, &file).unwrap();
    let python = "import sqlite3, sys\n\
        connection = sqlite3.connect(sys.argv[1])\n\
        connection.execute('PRAGMA foreign_keys = on')\n\
        connection.executescript(open(sys.argv[2]).read())\n\
        connection.close()\n";
    for name in ["client.db", "python.db"] {
        let database = folder.path().join(name);
        answer(&database, &format!("{BEFORE}{ROWS}"));
        let output = if name == "client.db" {
            client(&database, &file, &[])
        } else {
            let mut command = Command::new("python3");
            command.args(["-c", python]).arg(&database).arg(&script);
            command
                .output()
                .expect("python3 is installed (`make setup`)")
        };
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && errors.is_empty(),
            "{name}: {errors}"
        );
        let expected = UNTOUCHED.replace("2-", "2none");
        assert_eq!(answer(&database, ALL), expected, "{name}");
        assert_eq!(
            answer(
                &database,
                "PRAGMA foreign_key_check; PRAGMA integrity_check;"
            ),
            "ok"
        );
    }
}

#[tokio::test]
async fn violations_that_were_there_before_do_not_stop_a_plan() {
    let before = "CREATE TABLE p (id INTEGER PRIMARY KEY, x INTEGER); \
        CREATE TABLE c (p_id INTEGER REFERENCES p (id), odd INTEGER REFERENCES p (x));";
    let plan_all = plan(before, &before.replace("x INTEGER)", "x TEXT)")).await;
    // The key of `odd` is not unique, so that asking SQLite about violations in `c` is itself an error.
    let mut session = state(before).await;
    let file = statements(&plan_all.to_file());
    session.execute(&file, plan_all.tx_mode).await.unwrap();

    let before = "CREATE TABLE p (id INTEGER PRIMARY KEY, x INTEGER); CREATE TABLE c (p_id INTEGER REFERENCES p (id));";
    let plan = plan(before, &before.replace("x INTEGER", "x TEXT")).await;
    assert!(plan.to_file().contains("pragma_foreign_key_check('c')"));
    let mut session = state(before).await;
    let broken = statements("PRAGMA foreign_keys = off; INSERT INTO c VALUES (9);");
    session.execute(&broken, TxMode::None).await.unwrap();
    session
        .execute(&statements(&plan.to_file()), plan.tx_mode)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_excluded_from_the_comparison_survives() {
    let before = format!("{BEFORE} CREATE INDEX mine ON t (a DESC);").replace(
        "a INTEGER",
        "a INTEGER, extra TEXT DEFAULT 'e', CONSTRAINT filled CHECK (extra <> '')",
    );
    let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX ix ON t (a);
        CREATE TABLE c (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);";
    let mut session = state(&before).await;
    session
        .execute(
            &statements(ROWS.replace("t VALUES", "t (id, a) VALUES").as_str()),
            TxMode::None,
        )
        .await
        .unwrap();
    let existing = realm(session.as_mut()).await;
    let patterns = ["tr", "t.mine", "t.extra", "t.filled", "t.tr", "v"].map(str::to_owned);
    let exclude = trueup::engine::exclude::Exclude::new(&patterns, true).unwrap();
    let desired = realm(state(after).await.as_mut()).await;
    let cut = Cut {
        exclude: &exclude,
        scoped: true,
        spoken: None,
    };
    let states = Comparable::cut(sqlite(), existing.clone(), desired, &cut).unwrap();
    let found = states.diff();
    assert_eq!(found.texts, []);
    let plan = states.plan(found.changes, &PlanOptions::default()).unwrap();
    session
        .execute(&statements(&plan.to_file()), plan.tx_mode)
        .await
        .unwrap();
    let reached = realm(session.as_mut()).await;
    let (old, new) = (&existing.schemas[0], &reached.schemas[0]);
    assert_eq!(old.texts, new.texts);
    assert_eq!(old.tables[1].indexes, new.tables[1].indexes);
    assert_eq!(old.tables[1].checks, new.tables[1].checks);
    assert_eq!(old.tables[1].column("extra"), new.tables[1].column("extra"));
    assert_eq!(new.tables[1].column("a").unwrap().ty, "text");
}

#[tokio::test]
async fn a_view_on_a_column_that_goes_is_not_broken_in_silence() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER); CREATE VIEW v AS SELECT b FROM t;";
    for after in [
        before.replace(", b INTEGER", ""),
        before.replace(", a INTEGER, b INTEGER", ", a TEXT"),
    ] {
        let plan = plan(before, &after).await;
        let mut session = state(before).await;
        let error = session
            .execute(&statements(&plan.to_file()), plan.tx_mode)
            .await
            .unwrap_err();
        assert!(error.message.contains("no such column: b"), "{error}");
    }
    let before = before.replace("SELECT b", "SELECT a AS b");
    let plan = plan(
        &before,
        &before.replace(", a INTEGER, b INTEGER", ", a TEXT"),
    )
    .await;
    let mut session = state(&before).await;
    let file = statements(&plan.to_file());
    session.execute(&file, plan.tx_mode).await.unwrap();
}
