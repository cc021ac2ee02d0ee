//! `trueup matrix`: the projects of a repository as jobs, all of them or those that a change may be about.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::{both, run};

const YAML: &str = "envs:\n  ci:\n    schema: schema.sql\n    dev: ${DEV_URL}\n  production:\n    url: ${DATABASE_URL}\n    dev: sqlite://dev?mode=memory\n";
const HCL: &str =
    "env \"app\" {\n  src = \"file://../../shared/schema.sql\"\n  dev = getenv(\"DEV_URL\")\n}\n";

/// A repository of four projects, committed on `main`.
fn monorepo() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (path, text) in [
        ("trueup.yaml", YAML),
        ("services/orders/atlas.hcl", HCL),
        ("services/users/trueup.yaml", YAML),
        // Nobody can read it: its own job has to say so.
        ("services/broken/trueup.yaml", "envs: [\n"),
        // None of these is a project.
        ("web/node_modules/x/trueup.yaml", YAML),
        (".venv/trueup.yaml", YAML),
        ("shared/schema.sql", "SELECT 1;\n"),
        ("README.md", "x\n"),
    ] {
        write(dir.path(), path, text);
    }
    git(dir.path(), &["init", "--quiet", "--initial-branch=main"]);
    commit(dir.path());
    dir
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn git(root: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git.args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(args);
    run(git);
}

fn commit(root: &Path) {
    git(root, &["add", "--all", "--force"]);
    git(root, &["commit", "--quiet", "--message=x"]);
}

fn trueup(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.arg("matrix").args(args).current_dir(root);
    command.env_remove("DEV_URL").stdin(Stdio::null());
    command
}

/// The names of the jobs.
fn names(root: &Path, args: &[&str]) -> Vec<String> {
    let matrix: Value = serde_json::from_str(&run(trueup(root, args))).expect("JSON");
    let jobs = matrix["include"].as_array().expect("jobs").iter();
    jobs.map(|job| job["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn every_environment_that_has_models_is_a_job() {
    let dir = monorepo();
    let output = trueup(dir.path(), &[]).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.lines().count(), 1, "{text}");
    let job = |name: &str, projects: &str| json!({"name": name, "projects": projects});
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("JSON"),
        json!({"include": [
            job("ci", ". env=ci"),
            job("services/broken", "services/broken"),
            job("services/orders/app", "services/orders env=app"),
            job("services/users/ci", "services/users env=ci"),
        ]}),
        "{}",
        both(&output)
    );
    let left = "Skipped: services/users/production: it names no models";
    assert!(both(&output).contains(left), "{}", both(&output));
    assert_eq!(
        names(dir.path(), &["--env", "app"]),
        ["services/broken/app", "services/orders/app"]
    );
    assert_eq!(
        names(dir.path(), &["--max-jobs", "2"]),
        ["1 of 2", "2 of 2"]
    );
    // Below the root it is the same.
    assert_eq!(names(&dir.path().join("services/users"), &[]), ["ci"]);
}

#[test]
fn a_change_asks_for_those_that_it_may_be_about() {
    let dir = monorepo();
    let root = dir.path();
    git(root, &["checkout", "--quiet", "-b", "feature"]);
    let services = |args: &[&str]| {
        let all = names(&root.join("services"), args);
        all.into_iter()
            .filter(|name| name != "broken")
            .collect::<Vec<_>>()
    };
    let since = ["--changed-since", "main"];
    assert_eq!(services(&since), [] as [&str; 0]);
    // Not committed, not even known to git.
    write(root, "services/users/models/new.py", "");
    assert_eq!(services(&since), ["users/ci"]);
    commit(root);
    assert_eq!(services(&since), ["users/ci"]);
    // What another branch did meanwhile is not this one's.
    git(root, &["checkout", "--quiet", "main"]);
    write(root, "services/orders/x", "");
    commit(root);
    git(root, &["checkout", "--quiet", "feature"]);
    assert_eq!(services(&since), ["users/ci"]);
    git(
        root,
        &[
            "mv",
            "services/users/models/new.py",
            "services/orders/moved.py",
        ],
    );
    assert_eq!(services(&since), ["orders/app"]);

    let listed = |files: &str| {
        write(root, "list", files);
        names(root, &["--changed", "list", "--env", "app"])
    };
    assert_eq!(listed("./services/orders/x\n"), ["services/orders/app"]);
    assert_eq!(listed("shared/schema.sql\n"), ["services/orders/app"]);
    assert_eq!(listed("README.md\n\n"), [] as [&str; 0]);
    assert_eq!(listed("uv.lock\n").len(), 2);
}

#[test]
fn what_would_check_nothing_is_an_error() {
    let dir = monorepo();
    fs::remove_dir_all(dir.path().join("services/broken")).expect("it goes");
    let refused = |root: &Path, args: &[&str], why: &str| {
        let output = trueup(root, args).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{}", both(&output));
        assert!(both(&output).contains(why), "no {why} in {}", both(&output));
        assert!(output.stdout.is_empty(), "{}", both(&output));
    };
    refused(
        dir.path(),
        &["--env", "none"],
        "no config file has an environment `none`",
    );
    refused(dir.path(), &["--changed-since", "nowhere"], "nowhere");
    refused(
        dir.path(),
        &["--max-jobs", "257"],
        "`257` is not a number from 1 to 256",
    );
    refused(
        &dir.path().join("shared"),
        &[],
        "no project has a config file",
    );
    write(dir.path(), "a b/trueup.yaml", YAML);
    refused(dir.path(), &[], "has a blank or a `=` in its name");
    fs::remove_dir_all(dir.path().join("a b")).expect("it goes");
    let evil = YAML.replace("  ci:", "  'ci dev-url=postgres://evil/x':");
    write(dir.path(), "trueup.yaml", &evil);
    refused(dir.path(), &[], "has a blank or a `=` in its name");
}
