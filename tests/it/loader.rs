//! Our own loader over small projects, each a folder of `tests/data/loader`, with every version of SQLAlchemy that it is for.
//!
//! `run` in the folder has lines `name = value`: `args` of `trueup load`, the directory (`cwd`) that it runs in, and the
//! one version (`sqlalchemy`) where the project's packages want that, and a folder of the case with packages (`installed`).
//! `expected` is what it prints, stdout first. A run with
//! `TRUEUP_BLESS=1` rewrites it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::python_bin;
use crate::project::Project;

/// The versions, and where the tests' environment keeps the older ones.
const VERSIONS: &[(&str, Option<&str>)] = &[
    ("2.1", None),
    ("2.0", Some("older/SQLAlchemy==2.0.58")),
    ("1.4", Some("older/SQLAlchemy==1.4.54")),
];

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/loader")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).expect("a copy")),
        }
    }
}

/// What a case prints with a version, paths and versions taken out.
fn load(case: &Path, older: Option<&str>) -> String {
    let run = fs::read_to_string(case.join("run")).expect("its `run`");
    let value = |name: &str| {
        let mut lines = run.lines().filter_map(|line| line.split_once(" = "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let root = tempfile::tempdir().expect("a directory");
    copy(case, root.path());
    fs::create_dir(root.path().join(".git")).expect("a repository");
    let bin = python_bin();
    let environment = bin.parent().expect("an environment");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command
        .arg("load")
        .args(value("args").expect("its arguments").split(' '))
        .current_dir(root.path().join(value("cwd").unwrap_or(".")))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("VIRTUAL_ENV", environment);
    let installed = value("installed").map(|name| root.path().join(name));
    let path: Vec<PathBuf> = (older.map(|name| environment.join(name)).into_iter())
        .chain(installed)
        .collect();
    if !path.is_empty() {
        command.env("PYTHONPATH", std::env::join_paths(path).expect("a path"));
    }
    let output = command.output().expect("a run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let (out, err) = (text(output.stdout), text(output.stderr));
    let root = root.path().canonicalize().expect("a path");
    let mut shown = match output.status.code() {
        Some(0) => out,
        code => format!("{out}exit code {}\n", code.unwrap_or(-1)),
    };
    // Versions of Python mark the part of a line that failed differently.
    let marks =
        |line: &&str| line.trim().chars().all(|c| "^~".contains(c)) && !line.trim().is_empty();
    let lines = err.lines().filter(|line| !marks(line));
    lines.for_each(|line| shown.push_str(&format!("{line}\n")));
    shown
        .replace(&root.display().to_string(), "ROOT")
        .replace(&environment.display().to_string(), "VENV")
}

#[test]
fn every_layout() {
    let bless = std::env::var_os("TRUEUP_BLESS").is_some();
    let only = std::env::var("TRUEUP_CASE").ok();
    let mut wrong = Vec::new();
    let mut names: Vec<PathBuf> = fs::read_dir(cases())
        .expect("the cases")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.sort();
    assert!(names.len() > 10);
    for case in names {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let run = fs::read_to_string(case.join("run")).expect("its `run`");
        for (version, older) in VERSIONS {
            if run.contains("sqlalchemy = ") && !run.contains(&format!("sqlalchemy = {version}\n"))
            {
                continue;
            }
            let found = load(&case, *older);
            let file = case.join("expected");
            let expected = fs::read_to_string(&file).unwrap_or_default();
            if bless && older.is_none() {
                fs::write(&file, &found).expect("the file");
            } else if found != expected {
                wrong.push(format!(
                    "== {name} with SQLAlchemy {version}\n{found}-- expected\n{expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the filters of Alembic's `env.py` leave out is not drift: tables and parts that only the migrations have, and a model
/// that is not to be created.
#[test]
fn what_alembics_filters_leave_out() {
    let project = Project::copy("tests/data/loader/alembic-filters");
    let write = |name: &str, text: &str| {
        let path = project.path(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    };
    write(
        "trueup.yaml",
        "envs:\n  app:\n    models: alembic\n    dev: sqlite://dev?mode=memory\n    migrations: sql\n",
    );
    write(
        "sql/20260101000000_first.sql",
        "CREATE TABLE boat (id integer NOT NULL, name varchar(20) NOT NULL, legacy integer, PRIMARY KEY (id));\n\
         CREATE INDEX ix_boat_name ON boat (name);\nCREATE INDEX boat_by_hand ON boat (name, id);\n\
         CREATE TABLE celery_task (id integer);\n",
    );
    let run = |code: i32, args: &[&str]| {
        let output = project.trueup(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        said
    };
    run(0, &["migrate", "hash"]);
    let said = run(0, &["check", "-v"]);
    for pattern in [
        "scratch[type=table]",
        "celery_task[type=table]",
        "boat.legacy[type=column]",
        "boat.boat_by_hand[type=index]",
    ] {
        assert!(said.contains(pattern), "{pattern}: {said}");
    }
    let mut client = project.command("sqlite3");
    client.args(["live.db", ".read sql/20260101000000_first.sql"]);
    assert!(client.status().expect("sqlite3").success());
    let live = [
        "schema",
        "diff",
        "--exit-code",
        "--from",
        "sqlite://live.db",
    ];
    run(0, &live);
    let models = ["--from", "sqlalchemy://alembic", "--to", "sqlite://live.db"];
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    run(
        0,
        &[&["schema", "diff", "--exit-code"], &models[..], &dev].concat(),
    );
    project.edit(
        "fleet/models.py",
        "index=True)\n",
        "index=True)\n    length = Column(Integer)\n",
    );
    let said = run(1, &["check"]);
    assert!(
        said.contains("Drifted: 1 change")
            && said.contains("\nALTER TABLE `boat` ADD COLUMN `length` integer NULL;\n"),
        "{said}"
    );
    run(0, &["migrate", "diff", "length"]);
    run(0, &["check"]);
    // Without the filters each of them counts.
    project.edit(
        "alembic/env.py",
        "        include_object=include_object,\n        include_name=include_name,\n",
        "",
    );
    run(1, &live);
    let said = run(1, &["check"]);
    for statement in [
        "DROP TABLE `celery_task`",
        "CREATE TABLE `scratch`",
        "DROP INDEX `boat_by_hand`",
        "`legacy`",
    ] {
        assert!(said.contains(statement), "{statement}: {said}");
    }
}
