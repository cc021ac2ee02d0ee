//! The YAML that GitHub reads of this repository, and that users copy from it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lab::{python_bin, run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A file as YAML's own parser reads it.
fn yaml(path: &Path) -> Value {
    let mut python = Command::new(python_bin().join("python"));
    let read =
        "import json, sys, yaml; print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))";
    python.args(["-c", read]).arg(path);
    serde_json::from_str(&run(python)).expect("JSON")
}

fn folder(name: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(Path::new(ROOT).join(name)).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    let object = value.as_object();
    object
        .map(|object| object.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn they_can_be_read_and_name_inputs_and_outputs_that_exist() {
    let action = yaml(&Path::new(ROOT).join("action.yml"));
    let (inputs, outputs) = (keys(&action["inputs"]), keys(&action["outputs"]));
    assert!(inputs.contains("dev-url") && outputs.contains("state"));
    let mut uses = 0;
    for path in [folder(".github/workflows"), folder("examples/workflows")].concat() {
        let workflow = yaml(&path);
        let jobs = workflow["jobs"].as_object().expect("jobs");
        for job in jobs.values() {
            for step in job["steps"].as_array().expect("steps") {
                let of = step["uses"].as_str().unwrap_or_default();
                if of != "./" && !of.starts_with("trueup/") {
                    continue;
                }
                uses += 1;
                let given = keys(&step["with"]);
                assert!(given.is_subset(&inputs), "{}: {given:?}", path.display());
            }
        }
        let text = std::fs::read_to_string(&path).expect("a workflow");
        for id in ["missing", "settled"] {
            let mark = format!("steps.{id}.outputs.");
            let after = text.split(&mark).skip(1);
            for name in after.filter_map(|rest| rest.split([' ', '}']).next()) {
                assert!(outputs.contains(name), "{}: {name}", path.display());
            }
        }
    }
    assert!(uses >= 6, "{uses}");
}

/// A release's tags name a commit whose action.yml names the image by its digest, and the exact one never moves.
#[test]
fn a_release_pins_its_image() {
    let dir = tempfile::tempdir().expect("a directory");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(dir.path().join("work")).args(args);
        run(git)
    };
    let copy = |name: &str| {
        let to = dir.path().join("work").join(name);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(Path::new(ROOT).join(name), to).expect("a file");
    };
    copy("action.yml");
    copy("scripts/release-commit.sh");
    let origin = dir.path().join("origin.git");
    let mut init = Command::new("git");
    init.args(["init", "--quiet", "--bare"]).arg(&origin);
    run(init);
    git(&["init", "--quiet"]);
    git(&["remote", "add", "origin", &origin.to_string_lossy()]);
    git(&["add", "."]);
    let as_somebody = ["-c", "user.name=a", "-c", "user.email=a@b"];
    git(&[&as_somebody[..], &["commit", "--quiet", "-m", "one"]].concat());
    let release = |version: &str, image: &str| {
        let mut script = Command::new(dir.path().join("work/scripts/release-commit.sh"));
        let output = script.args([version, image]).output().expect("it starts");
        output.status.success()
    };
    let image = format!("ghcr.io/a/b@sha256:{}", "0".repeat(64));
    assert!(!release("0.1", &image) && !release("0.1.0", "ghcr.io/a/b:v0.1.0"));
    assert!(release("0.1.0", &image));
    for tag in ["v0.1.0", "v0.1", "v0"] {
        let text = git(&["show", &format!("{tag}:action.yml")]);
        assert!(
            text.contains(&format!("image: docker://{image}\n")),
            "{text}"
        );
    }
    let pushed = git(&["ls-remote", "--tags", "origin"]);
    assert_eq!(pushed.lines().count(), 3, "{pushed}");
    assert!(!release("0.1.0", &image), "a version is released once");
}
