//! SQL Server, offline: since no server can be had everywhere, what a plan does is judged by the replay, and that it is T-SQL by
//! Microsoft's parser in a test of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::bench::Bench as _;
use super::case::root;
use super::offline::Offline;

/// What is planned, what cases begin and end with, and the reverse plan, all of it T-SQL to Microsoft's own parser.
#[test]
fn plans_are_tsql() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = home.join("target/tsql/venv/bin/python");
    assert!(
        python.exists(),
        "run `make setup`: there is no parser of T-SQL in target/tsql"
    );
    let dir = tempfile::tempdir().expect("a directory");
    let mut files = Vec::new();
    let mut broken = Vec::new();
    for case in super::cases(Some("mssql")) {
        let bench = Offline::mssql();
        let [before, after] = [&case.before, &case.after].map(|sql| {
            let db = bench.create();
            bench.script(&db, sql).expect("a case's own SQL");
            bench.inspect(&db, case.facts.scoped).expect("a state")
        });
        let mut write = |what: &str, text: &str| {
            let path = dir
                .path()
                .join(format!("{}-{what}.sql", case.name.replace('/', "-")));
            std::fs::write(&path, text).expect("a file");
            files.push(path);
        };
        write("before", &case.before);
        write("after", &case.after);
        if let Ok(plan) = super::plan(&case, &before, &after) {
            // A client may send a file as one batch.
            let forward = plan.to_file();
            let db = bench.create();
            bench.script(&db, &case.before).expect("a case's own SQL");
            if let Err(error) = bench.batch(&db, &forward) {
                broken.push(format!("{}: {error}", case.name));
            }
            let steps = plan.reverse.steps.iter();
            let back: String = steps.map(|step| format!("{};\n", step.sql)).collect();
            for (what, text) in [("plan", forward), ("reverse", back)] {
                let declared: Vec<&str> = text.split("DECLARE ").skip(1).collect();
                let names = declared.iter().filter_map(|rest| rest.split(' ').next());
                let names: BTreeSet<&str> = names.collect();
                let once = names.len() == declared.len();
                assert!(once, "{} declares a name twice: {text}", case.name);
                write(what, &text);
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(files.len() > 300, "cases are missing: {}", root().display());
    let output = Command::new(python)
        .arg(home.join("scripts/tsql.py"))
        .args(&files)
        .output()
        .expect("Python starts");
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}
