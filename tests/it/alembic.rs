//! Alembic histories as they are, over small projects, each a folder of `tests/data/alembic` on top of `tests/data/alembic/base`.
//!
//! `run` in the folder has commands, a line each, behind `env = …` with the environments that they are run for and `path = …`
//! with packages of `requirements-older.txt`, and `own = …` with files that are not in git, where all others are. `expected.ENV` is what they print. A run with `TRUEUP_BLESS=1` rewrites it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::python_bin;
use crate::loader::copy;
use crate::mysql_server::path;

/// The environments, each with a URL as the project would have it in production.
const URLS: &[(&str, &str)] = &[
    ("lite", "sqlite:///nowhere/app.db"),
    (
        "pg",
        "postgresql+psycopg2://app:hunter2@nowhere.invalid/app",
    ),
    ("my", "mysql+pymysql://app:hunter2@nowhere.invalid/app"),
    ("ma", "mariadb+pymysql://app:hunter2@nowhere.invalid/app"),
    (
        "ms",
        "mssql+pyodbc://app:hunter2@nowhere.invalid/app?driver=ODBC+Driver+18+for+SQL+Server",
    ),
];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic")
}

/// What a case's commands print for an environment; what differs from run to run is taken out.
fn walk(case: &Path, env: &str, url: &str) -> String {
    let run = fs::read_to_string(case.join("run")).expect("its `run`");
    let root = tempfile::tempdir().expect("a directory");
    copy(&data().join("base"), root.path());
    copy(case, root.path());
    let versions = root.path().join("alembic/versions");
    let names = || -> Vec<PathBuf> {
        let entries = fs::read_dir(&versions).expect("the revisions").flatten();
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        names.sort();
        names
    };
    let before = names();
    let own = run.lines().find_map(|line| line.strip_prefix("own = "));
    if let Some(own) = own {
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            let command = command.args(["-c", "user.name=t", "-c", "user.email=t@t"]);
            let output = command.args(args).current_dir(root.path()).output();
            let output = output.expect("git");
            assert!(output.status.success(), "{output:?}");
        };
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        let gone = ["rm", "--quiet", "--cached"];
        git(&[&gone[..], &own.split(' ').collect::<Vec<_>>()].concat());
        git(&["commit", "--quiet", "--message", "base"]);
    }
    let bin = python_bin();
    let environment = bin.parent().expect("an environment");
    let mut shown = String::new();
    for line in run.lines() {
        if let Some((name, _)) = line.split_once(" = ")
            && ["env", "path", "own"].contains(&name)
        {
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command
            .args(line.split(' '))
            .args(["--env", env])
            .current_dir(root.path())
            .env_clear()
            .env("PATH", path())
            .env("VIRTUAL_ENV", environment)
            .env("DATABASE_URL", url);
        let older = run.lines().filter_map(|line| line.strip_prefix("path = "));
        let older: Vec<PathBuf> = older
            .map(|name| environment.join("older").join(name))
            .collect();
        if !older.is_empty() {
            command.env("PYTHONPATH", std::env::join_paths(older).expect("a path"));
        }
        let output = command.output().expect("a run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let (out, err) = (text(output.stdout), text(output.stderr));
        let marks =
            |line: &&str| line.trim().chars().all(|c| "^~".contains(c)) && !line.trim().is_empty();
        let err: Vec<&str> = err.lines().filter(|line| !marks(line)).collect();
        shown.push_str(&format!("$ trueup {line}\n{out}{}\n", err.join("\n")));
        shown.push_str(&format!(
            "exit code {}\n",
            output.status.code().unwrap_or(-1)
        ));
    }
    for file in names().iter().filter(|name| !before.contains(name)) {
        if file.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(file).expect("the revision");
        let lines = text.lines().filter(|line| !line.starts_with("Create Date"));
        let text: Vec<&str> = lines.collect();
        shown.push_str(&format!("== {name}\n{}\n", text.join("\n")));
        let revision = name.split('_').next().unwrap_or_default();
        shown = shown.replace(revision, "REVISION");
    }
    for made in ["sql", "one"] {
        shown.push_str(&directory(&root.path().join(made)));
    }
    let root = root.path().canonicalize().expect("a path");
    shown
        .replace(&root.display().to_string(), "ROOT")
        .replace(&environment.display().to_string(), "VENV")
}

/// The files of a directory that a command made, without `atlas.sum`.
fn directory(path: &Path) -> String {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let shown = |file: &PathBuf| {
        let name = file
            .strip_prefix(path.parent().expect("a place"))
            .expect("a name");
        let text = fs::read_to_string(file).expect("the file");
        format!("== {}\n{text}", name.display())
    };
    files.iter().map(shown).collect()
}

/// Walks every case that has an environment.
fn every_history_on(env: &str) {
    let bless = std::env::var_os("TRUEUP_BLESS").is_some();
    let only = std::env::var("TRUEUP_CASE").ok();
    let (_, url) = URLS
        .iter()
        .find(|(known, _)| *known == env)
        .expect("a known one");
    let mut wrong = Vec::new();
    let entries = fs::read_dir(data()).expect("the cases").flatten();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    cases.retain(|case| case.join("run").exists());
    cases.sort();
    assert!(cases.len() > 5);
    for case in cases {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let run = fs::read_to_string(case.join("run")).expect("its `run`");
        let envs = run.lines().find_map(|line| line.strip_prefix("env = "));
        if !envs
            .expect("its environments")
            .split(' ')
            .any(|one| one == env)
        {
            continue;
        }
        let found = walk(&case, env, url);
        assert!(!found.contains("hunter2"), "a password is told: {found}");
        let file = case.join(format!("expected.{env}"));
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if bless {
            fs::write(&file, &found).expect("the file");
        } else if found != expected {
            wrong.push(format!(
                "== {name} on {env}\n{found}-- expected\n{expected}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_history_on_sqlite() {
    every_history_on("lite");
}

#[test]
fn every_history_on_postgresql() {
    every_history_on("pg");
}

#[test]
fn every_history_on_mysql() {
    every_history_on("my");
}

#[test]
fn every_history_on_mariadb() {
    every_history_on("ma");
}

#[test]
fn every_history_on_sql_server() {
    every_history_on("ms");
}
