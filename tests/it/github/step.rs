//! A step of a workflow that runs `trueup action`, as the runner starts it: inputs, event and files of a run, and what it
//! leaves there and on the strict fake of GitHub.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::fake::Fake;
use crate::lab::{both, run};

pub(super) const CONFIG: &str = r#"
data "external_schema" "models" {
  program = ["cat", "models.sql"]
}
env "app" {
  src = data.external_schema.models.url
  dev = "sqlite://dev?mode=memory"
  migration {
    dir = "file://migrations"
  }
  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}
"#;

pub(super) const BEFORE: &str = "-- atlas:pos users[type=table] app/models.py:7\n\nCREATE TABLE users (id integer NOT NULL, PRIMARY KEY (id));\n";
pub(super) const AFTER: &str = "-- atlas:pos users[type=table] app/models.py:7\n\nCREATE TABLE users (id integer NOT NULL, email varchar(80), PRIMARY KEY (id));\n";
pub(super) const MIGRATION: &str = "-- Create \"users\" table\nCREATE TABLE `users` (\n  `id` integer NOT NULL,\n  PRIMARY KEY (`id`)\n);\n";
pub(super) const MISSING: &str = "-- Add column \"email\" to table: \"users\"\nALTER TABLE `users` ADD COLUMN `email` varchar(80) NULL;\n";

/// `atlas.sum` over these files.
pub(crate) fn sum(files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("a migration");
    }
    let mut hash = Command::new(env!("CARGO_BIN_EXE_trueup"));
    hash.args(["migrate", "hash", "--dir"]);
    run({
        hash.arg(format!("file://{}", dir.path().display()));
        hash
    });
    fs::read_to_string(dir.path().join("atlas.sum")).expect("atlas.sum")
}

/// A repository whose branch `feature` changes the models and forgets the migration.
pub(super) fn world(token: &Value) -> Value {
    let sum = sum(&[("1.sql", MIGRATION)]);
    json!({
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": {
                    "atlas.hcl": CONFIG,
                    "models.sql": BEFORE,
                    "migrations/1.sql": MIGRATION,
                    "migrations/atlas.sum": sum,
                }},
                {"name": "feature", "from": "main", "files": {"models.sql": AFTER}},
            ],
            "pulls": [{"title": "Emails", "head": "feature", "author": "alice"}],
        }],
        "tokens": [token],
    })
}

/// What a workflow that may commit, comment and set statuses has.
pub(crate) fn token() -> Value {
    json!({
        "token": "ghs_supersecret",
        "repositories": ["acme/shop"],
        "permissions": {"contents": "write", "pull_requests": "write", "statuses": "write"},
    })
}

/// A runner: a checkout and the files of a step.
pub(super) struct Runner<'f> {
    fake: &'f Fake,
    dir: Rc<TempDir>,
    event: String,
    inputs: Vec<(String, String)>,
    variables: Vec<(String, String)>,
    /// What the kernel has not, as `tests/data/confine/lacking.py` calls it.
    lacks: Option<&'static str>,
}

/// What a step left.
pub(super) struct Step {
    pub(super) output: Output,
    pub(super) outputs: Value,
    pub(super) summary: String,
    pub(super) workspace: PathBuf,
    /// Keeps the workspace.
    pub(super) _dir: Rc<TempDir>,
}

impl Step {
    pub(super) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(super) fn said(&self) -> String {
        both(&self.output)
    }

    pub(super) fn file(&self, name: &str) -> String {
        let path = self.workspace.join("trueup-report/app").join(name);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", path.display(), self.said()))
    }

    #[track_caller]
    pub(super) fn expect(&self, code: i32, state: &str) {
        assert_eq!(self.code(), Some(code), "{}", self.said());
        assert_eq!(self.outputs["state"], state, "{}", self.said());
    }
}

impl<'f> Runner<'f> {
    pub(super) fn new(fake: &'f Fake) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        // As on a runner, everybody may look into the checkout.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        Self {
            fake,
            dir: Rc::new(dir),
            event: "pull_request".into(),
            inputs: vec![
                ("env".into(), "app".into()),
                ("token".into(), "ghs_supersecret".into()),
            ],
            variables: Vec::new(),
            lacks: None,
        }
    }

    /// On a kernel that has no `landlock`, or no `seccomp`.
    pub(super) fn without(mut self, what: &'static str) -> Self {
        self.lacks = Some(what);
        self
    }

    pub(super) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.retain(|(known, _)| known != name);
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A variable of the job.
    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn on(mut self, event: &str) -> Self {
        event.clone_into(&mut self.event);
        self
    }

    /// Checks `repository:branch` out and runs the Action.
    pub(super) fn step(&self, checkout: &str) -> Step {
        let (repository, branch) = checkout.split_once(':').unwrap_or(("acme/shop", checkout));
        self.run(self.clone_of(repository, branch, None))
    }

    /// The same, cancelled as soon as the job summary is there.
    pub(super) fn cancelled_after_the_summary(&self, branch: &str) -> Step {
        let workspace = self.clone_of("acme/shop", branch, None);
        let summary = self.dir.path().join("summary");
        let mut command = self.command(&self.payload(), &workspace);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("trueup starts");
        let started = Instant::now();
        let written = || fs::metadata(&summary).is_ok_and(|found| found.len() > 0);
        while !written() && started.elapsed() < Duration::from_secs(100) {
            std::thread::sleep(Duration::from_millis(50));
        }
        child.kill().expect("it is killed");
        let output = child.wait_with_output().expect("it ends");
        self.left(output, workspace)
    }

    /// A checkout of a branch, or of a commit of it.
    pub(super) fn clone_of(&self, repository: &str, branch: &str, commit: Option<&str>) -> PathBuf {
        let workspace = self.dir.path().join("workspace");
        if workspace.exists() {
            fs::remove_dir_all(&workspace).expect("the last checkout goes");
        }
        let state = self.fake.state();
        let all = state["repositories"].as_array().expect("repositories");
        let git = all
            .iter()
            .find(|entry| entry["full_name"] == repository)
            .and_then(|entry| entry["git"].as_str())
            .expect("a bare repository");
        let mut clone = Command::new("git");
        clone.args([
            "-c",
            "core.autocrlf=false",
            "clone",
            "--quiet",
            "--branch",
            branch,
            git,
        ]);
        clone.arg(&workspace);
        run(clone);
        let mut detach = Command::new("git");
        detach
            .args(["checkout", "--quiet", "--detach"])
            .args(commit)
            .current_dir(&workspace);
        run(detach);
        workspace
    }

    /// The payload of the event as it would be started for now.
    pub(super) fn payload(&self) -> Value {
        payload(self.fake, &self.event)
    }

    /// Runs the Action where nothing was checked out.
    pub(super) fn bare(&self) -> Step {
        let workspace = self.dir.path().join("workspace");
        fs::create_dir_all(&workspace).expect("a directory");
        self.run(workspace)
    }

    pub(super) fn run(&self, workspace: PathBuf) -> Step {
        self.run_with(&self.payload(), workspace)
    }

    /// A later step of a job that checked the pull request's head out when it was started, or a job that runs late.
    pub(super) fn late(&self, event: &Value) -> Step {
        let head = event["pull_request"]["head"]["sha"].as_str();
        self.run_with(event, self.clone_of("acme/shop", "feature", head))
    }

    pub(super) fn run_with(&self, event: &Value, workspace: PathBuf) -> Step {
        let output = self
            .command(event, &workspace)
            .output()
            .expect("trueup starts");
        self.left(output, workspace)
    }

    fn command(&self, event: &Value, workspace: &Path) -> Command {
        let at = |name: &str| self.dir.path().join(name);
        fs::write(at("event.json"), event.to_string()).expect("the payload");
        for name in ["output", "summary", "env"] {
            fs::write(at(name), "").expect("a file of the runner");
        }
        let repository = &event["repository"];
        // What the runner would check out for an event that is not a pull request's.
        let sha = match self.event.as_str() {
            "pull_request" | "pull_request_target" => "f".repeat(40),
            "merge_group" => event["merge_group"]["head_sha"]
                .as_str()
                .expect("a commit")
                .to_owned(),
            _ => branch(self.fake, "main"),
        };
        let trueup = env!("CARGO_BIN_EXE_trueup");
        let mut command = match self.lacks {
            None => Command::new(trueup),
            Some(what) => {
                let mut command = Command::new("python3");
                let lacking = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/confine/lacking.py");
                command.args([lacking, what, trueup]);
                command
            }
        };
        command
            .arg("action")
            .current_dir(workspace)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.dir.path())
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", &self.event)
            .env("GITHUB_EVENT_PATH", at("event.json"))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_REPOSITORY_ID", repository["id"].to_string())
            .env("GITHUB_SHA", sha)
            .env(
                "GITHUB_REF",
                match self.event.as_str() {
                    "push" | "schedule" | "workflow_dispatch" => "refs/heads/main",
                    _ => "refs/pull/1/merge",
                },
            )
            .env("GITHUB_RUN_ID", "77")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", self.fake.api_url())
            .env("GITHUB_GRAPHQL_URL", self.fake.graphql_url())
            .env("GITHUB_WORKSPACE", workspace)
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_ENV", at("env"))
            .env("GITHUB_STEP_SUMMARY", at("summary"))
            .env("ACTIONS_RUNTIME_TOKEN", "runtime-token-of-the-job");
        for (name, value) in &self.inputs {
            command.env(format!("INPUT_{}", name.to_uppercase()), value);
        }
        command.envs(self.variables.iter().cloned());
        command
    }

    fn left(&self, output: Output, workspace: PathBuf) -> Step {
        let at = |name: &str| self.dir.path().join(name);
        let read = |name: &str| fs::read_to_string(at(name)).expect("a file of the runner");
        assert_eq!(read("env"), "", "nothing is written for later steps");
        Step {
            outputs: outputs(&read("output")),
            summary: read("summary"),
            output,
            workspace,
            _dir: Rc::clone(&self.dir),
        }
    }
}

/// The payload of an event of this name as it would be started for now.
pub(crate) fn payload(fake: &Fake, event: &str) -> Value {
    let ask = match event {
        "pull_request" | "pull_request_target" => json!({
            "event": "pull_request", "action": "synchronize", "repository": "acme/shop", "number": 1,
        }),
        "push" => json!({"event": "push", "repository": "acme/shop", "branch": "main"}),
        "merge_group" => json!({
            "event": "merge_group", "repository": "acme/shop", "base": "main", "head": "feature",
        }),
        "workflow_run" => {
            let state = fake.state();
            let runs = state["repositories"][0]["runs"].as_array();
            let run = runs.and_then(|runs| runs.last()).expect("a run")["id"].clone();
            json!({"event": "workflow_run", "repository": "acme/shop", "run": run})
        }
        "schedule" | "workflow_dispatch" => {
            json!({"event": event, "repository": "acme/shop"})
        }
        // The fake has no payload of these, and nothing may be read of one.
        _ => json!({"event": "workflow_dispatch", "repository": "acme/shop"}),
    };
    fake.event(&ask)
}

/// Reads `name<<delimiter` blocks.
pub(crate) fn outputs(text: &str) -> Value {
    let mut found = serde_json::Map::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").expect("name<<delimiter");
        let value: Vec<&str> = lines
            .by_ref()
            .take_while(|line| *line != delimiter)
            .collect();
        found.insert(name.to_owned(), json!(value.join("\n")));
    }
    Value::Object(found)
}

/// The bodies of the pull request's comments.
pub(crate) fn comments(fake: &Fake) -> Vec<String> {
    let state = fake.state();
    let pulls = state["repositories"][0]["issues"]
        .as_array()
        .expect("issues")
        .clone();
    let comments = pulls[0]["comments"].as_array().expect("comments").clone();
    comments
        .iter()
        .map(|comment| comment["body"].as_str().expect("a body").to_owned())
        .collect()
}

/// The commit statuses, oldest first: names and states.
pub(super) fn statuses(fake: &Fake) -> Vec<(String, String)> {
    let state = fake.state();
    let all = state["repositories"][0]["statuses"].as_array();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    all.expect("statuses")
        .iter()
        .map(|status| (text(&status["context"]), text(&status["state"])))
        .collect()
}

pub(crate) fn head(fake: &Fake) -> String {
    branch(fake, "feature")
}

/// The commit that a branch is at.
pub(crate) fn branch(fake: &Fake, name: &str) -> String {
    let branch = fake.state()["repositories"][0]["branches"][name].clone();
    branch.as_str().expect("a commit").to_owned()
}

/// The text of a file at the head of the branch.
pub(crate) fn committed(fake: &Fake, path: &str) -> String {
    let git = fake.state()["repositories"][0]["git"]
        .as_str()
        .expect("a path")
        .to_owned();
    let mut show = Command::new("git");
    show.args(["--git-dir", &git, "show", &format!("feature:{path}")]);
    run(show)
}

pub(crate) fn writes(fake: &Fake) -> usize {
    let requests = fake.requests();
    let all = requests.as_array().expect("requests");
    let is_write = |request: &&Value| {
        let path = request["path"].as_str().unwrap_or_default();
        match path.ends_with("/graphql") {
            true => request["body"].to_string().contains("mutation"),
            false => request["method"] != "GET",
        }
    };
    all.iter().filter(is_write).count()
}
