//! A job whose steps run the Action's image as a runner does: its mounts, its variables, its account, the network of a job
//! whose services have the names of the workflow.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use super::TRUEUP;
use crate::docker_daemon::daemon;
use crate::github::fake::Fake;
use crate::github::step::{branch, outputs, payload};
use crate::lab::{both, run};

pub(super) const IMAGE: &str = "trueup-test/action:1";
pub(super) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The runner's account on a hosted machine.
pub(super) const RUNNER: u32 = 1001;

/// What of the machine's environment a workflow would have to set, too: where packages come from.
pub(super) const PACKAGES: &[&str] = &[
    "HTTPS_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
];

pub(super) const POSTGRES: Service = Service {
    name: "postgres",
    image: "postgres:17",
    variables: &["POSTGRES_PASSWORD=pass", "POSTGRES_DB=dev"],
};
pub(super) const POSTGRES_URL: &str = "postgres://postgres:pass@postgres:5432/dev?sslmode=disable";

pub(super) const MYSQL_SERVICE: Service = Service {
    name: "mysql",
    image: "mysql:9",
    variables: &["MYSQL_ROOT_PASSWORD=pass", "MYSQL_DATABASE=dev"],
};
pub(super) const MYSQL_URL: &str = "mysql://root:pass@mysql:3306/dev";

pub(super) fn docker(args: &[&str]) -> Command {
    let mut command = daemon().command("docker");
    command.args(args).env_remove("DOCKER_CONTEXT");
    command
}

/// Builds the image with the first test that asks.
pub(super) fn image() -> &'static str {
    static IMAGE_BUILT: OnceLock<()> = OnceLock::new();
    IMAGE_BUILT.get_or_init(|| {
        if !daemon().is_our_own() {
            run(docker(&["build", "--quiet", "--tag", IMAGE, ROOT]));
            return;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let small = dir.path().join("trueup");
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&small).arg(TRUEUP);
        run(strip);
        let script = Path::new(ROOT).join("scripts/image.sh");
        let mut build = daemon().command(script);
        build.arg(IMAGE).arg(small).env_remove("DOCKER_CONTEXT");
        run(build);
    });
    IMAGE
}

/// A service of a job.
pub(super) struct Service {
    /// Its key in the workflow, which is its host name.
    pub(super) name: &'static str,
    pub(super) image: &'static str,
    pub(super) variables: &'static [&'static str],
}

/// A job: a network with its services, a workspace and the runner's files. Everything is gone with this value.
pub(super) struct Job {
    pub(super) network: String,
    pub(super) services: Vec<String>,
    pub(super) work: TempDir,
    pub(super) fake: Fake,
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) event: &'static str,
}

/// What a step left.
pub(super) struct Step {
    pub(super) output: Output,
    pub(super) outputs: Value,
    pub(super) summary: String,
}

impl Step {
    pub(super) fn said(&self) -> String {
        both(&self.output)
    }

    #[track_caller]
    pub(super) fn expect(&self, code: i32, state: &str) {
        assert_eq!(self.output.status.code(), Some(code), "{}", self.said());
        assert_eq!(self.outputs["state"], state, "{}", self.said());
    }

    #[track_caller]
    pub(super) fn says(&self, part: &str) {
        assert!(self.said().contains(part), "no {part:?} in {}", self.said());
    }
}

impl Job {
    pub(super) fn start(service: &Service, seed: &Value) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        image();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let network = format!("github_network_{}_{number}", std::process::id());
        run(docker(&["network", "create", &network]));
        let host = match daemon().is_our_own() {
            // Where slirp4netns shows the machine's 127.0.0.1.
            true => "10.0.2.2".to_owned(),
            false => {
                let format = "{{(index .IPAM.Config 0).Gateway}}";
                let gateway = run(docker(&["network", "inspect", "-f", format, &network]));
                gateway.trim().to_owned()
            }
        };
        let bind = match daemon().is_our_own() {
            true => "127.0.0.1",
            false => host.as_str(),
        };
        let fake = Fake::reached_at(bind, &host);
        fake.seed(seed);
        let mut job = Self {
            network,
            services: Vec::new(),
            work: tempfile::tempdir().expect("a directory"),
            fake,
            inputs: defaults(),
            event: "pull_request",
        };
        fs::set_permissions(job.work.path(), Permissions::from_mode(0o755)).expect("permissions");
        let container = format!("{}_{}", job.network, service.name);
        let mut start = docker(&["run", "--detach", "--rm", "--name", &container]);
        start.args(["--network", &job.network, "--network-alias", service.name]);
        for variable in service.variables {
            start.args(["--env", variable]);
        }
        start.arg(service.image);
        run(start);
        job.services.push(container);
        for dir in [
            "_temp/_github_home",
            "_temp/_github_workflow",
            "_temp/_runner_file_commands",
        ] {
            fs::create_dir_all(job.at(dir)).expect("a directory of the runner");
        }
        job.input("token", "ghs_supersecret")
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.work.path().join(path)
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.at("shop/shop")
    }

    pub(super) fn input(mut self, name: &str, value: &str) -> Self {
        let known = self.inputs.insert(name.to_owned(), value.to_owned());
        assert!(known.is_some(), "action.yml has no input `{name}`");
        self
    }

    pub(super) fn on(mut self, event: &'static str) -> Self {
        self.event = event;
        self
    }

    /// What actions/checkout leaves: the branch, and the token with which it was fetched. What actions/cache would bring
    /// back stays.
    pub(super) fn checkout(&self, checkout: &str) {
        let (repository, branch) = checkout.split_once(':').unwrap_or(("acme/shop", checkout));
        let state = self.fake.state();
        let mut all = state["repositories"].as_array().expect("some").iter();
        let git = all.find(|entry| entry["full_name"] == repository);
        let git = git.expect("the repository")["git"]
            .as_str()
            .expect("a path")
            .to_owned();
        let (kept, cache) = (self.at("kept"), self.workspace().join(".cache"));
        let _ = fs::rename(&cache, &kept);
        let _ = fs::remove_dir_all(self.workspace());
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--branch", branch, &git]);
        clone.arg(self.workspace());
        run(clone);
        let _ = fs::rename(&kept, &cache);
        let mut config = Command::new("git");
        config.arg("-C").arg(self.workspace());
        config.args(["config", "http.https://github.com/.extraheader"]);
        config.arg("AUTHORIZATION: basic Z2hzX3N1cGVyc2VjcmV0");
        run(config);
        let mut detach = Command::new("git");
        detach.arg("-C").arg(self.workspace());
        detach.args(["checkout", "--quiet", "--detach"]);
        run(detach);
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.workspace().join(path), text).expect("a file");
    }

    pub(super) fn step(&self, checkout: &str) -> Step {
        self.checkout(checkout);
        self.run()
    }

    /// The event's payload, as the runner has it.
    pub(super) fn payload(&self) -> Value {
        payload(&self.fake, self.event)
    }

    /// Writes the files of a step; gives the event's payload.
    pub(super) fn prepare(&self) -> Value {
        let payload = self.payload();
        let event = self.at("_temp/_github_workflow/event.json");
        fs::write(event, payload.to_string()).expect("the payload");
        for name in FILE_COMMANDS.iter().map(|(_, name)| name) {
            fs::write(self.command_file(name), "").expect("a file of the runner");
        }
        payload
    }

    pub(super) fn command_file(&self, name: &str) -> PathBuf {
        self.at("_temp/_runner_file_commands").join(name)
    }

    pub(super) fn run(&self) -> Step {
        let payload = self.prepare();
        let runner = self.belongs_to_the_runner();
        let output = self.docker_run(&payload).output().expect("docker starts");
        self.is_still_of(runner);
        let read = |name: &str| fs::read_to_string(self.command_file(name)).expect("a file");
        for name in ["set_env_1", "add_path_1", "save_state_1"] {
            assert_eq!(read(name), "", "nothing is written for later steps");
        }
        Step {
            output,
            outputs: outputs(&read("set_output_1")),
            summary: read("step_summary_1"),
        }
    }

    /// Everything is the runner's account's, which only root has to arrange; gives its number.
    pub(super) fn belongs_to_the_runner(&self) -> u32 {
        fn give(path: &Path) {
            lchown(path, Some(RUNNER), Some(RUNNER)).expect("root's rights");
            if path.is_dir() && !path.is_symlink() {
                for entry in fs::read_dir(path).expect("readable") {
                    give(&entry.expect("an entry").path());
                }
            }
        }
        let own = rustix::process::geteuid();
        if own.is_root() {
            give(self.work.path());
            return RUNNER;
        }
        own.as_raw()
    }

    /// The runner removes the workspace before its next job, and archives caches: all that is there must be its own.
    pub(super) fn is_still_of(&self, runner: u32) {
        fn look(path: &Path, runner: u32, foreign: &mut Vec<PathBuf>) {
            let meta = fs::symlink_metadata(path).expect("readable");
            if meta.uid() != runner {
                foreign.push(path.to_owned());
            }
            if meta.is_dir() && meta.uid() == runner {
                for entry in fs::read_dir(path).expect("readable") {
                    look(&entry.expect("an entry").path(), runner, foreign);
                }
            }
        }
        let mut foreign = Vec::new();
        look(self.work.path(), runner, &mut foreign);
        assert!(foreign.is_empty(), "{foreign:?}");
    }

    /// The runner's command, word for word.
    pub(super) fn docker_run(&self, payload: &Value) -> Command {
        let label = self.network.replace("network", "label");
        let mut command = docker(&["run", "--name", &label, "--label", &label]);
        command.args(["--workdir", "/github/workspace", "--rm"]);
        for (name, value) in self.variables(payload) {
            // The value is read from docker's own environment.
            command.args(["-e", &name]).env(name, value);
        }
        command.args(["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]);
        command.args(["--network", &self.network]);
        let socket = daemon().socket().display().to_string();
        for (from, to) in [
            (PathBuf::from(socket), "/var/run/docker.sock"),
            (self.at("_temp"), "/github/runner_temp"),
            (self.at("_temp/_github_home"), "/github/home"),
            (self.at("_temp/_github_workflow"), "/github/workflow"),
            (
                self.at("_temp/_runner_file_commands"),
                "/github/file_commands",
            ),
            (self.workspace(), "/github/workspace"),
        ] {
            command.args(["-v", &format!("{}:{to}", from.display())]);
        }
        command.arg(IMAGE);
        command
    }

    pub(super) fn variables(&self, payload: &Value) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &self.inputs {
            // As the runner forms them: blanks become underscores, the rest stays.
            all.insert(format!("INPUT_{}", name.to_uppercase()), value.clone());
        }
        for name in PACKAGES {
            if let Ok(value) = std::env::var(name) {
                all.insert((*name).to_owned(), value);
            }
        }
        for (variable, name) in FILE_COMMANDS {
            all.insert(
                (*variable).to_owned(),
                format!("/github/file_commands/{name}"),
            );
        }
        let pull = self.event == "pull_request";
        let sha = match pull {
            true => "f".repeat(40),
            false => branch(&self.fake, "main"),
        };
        let (api, graphql) = (self.fake.api_url(), self.fake.graphql_url());
        let id = payload["repository"]["id"].to_string();
        for (name, value) in [
            ("HOME", "/github/home"),
            ("GITHUB_JOB", "migrations"),
            (
                "GITHUB_REF",
                if pull {
                    "refs/pull/1/merge"
                } else {
                    "refs/heads/main"
                },
            ),
            ("GITHUB_SHA", &sha),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_REPOSITORY_OWNER", "acme"),
            ("GITHUB_REPOSITORY_OWNER_ID", "1"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_NUMBER", "7"),
            ("GITHUB_RETENTION_DAYS", "90"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_ACTOR_ID", "2"),
            ("GITHUB_ACTOR", "alice"),
            ("GITHUB_WORKFLOW", "migrations"),
            ("GITHUB_HEAD_REF", if pull { "feature" } else { "" }),
            ("GITHUB_BASE_REF", if pull { "main" } else { "" }),
            ("GITHUB_EVENT_NAME", self.event),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", &api),
            ("GITHUB_GRAPHQL_URL", &graphql),
            ("GITHUB_REF_NAME", if pull { "1/merge" } else { "main" }),
            ("GITHUB_REF_PROTECTED", "false"),
            ("GITHUB_REF_TYPE", "branch"),
            (
                "GITHUB_WORKFLOW_REF",
                "acme/shop/.github/workflows/migrations.yml@refs/pull/1/merge",
            ),
            ("GITHUB_WORKFLOW_SHA", &sha),
            ("GITHUB_REPOSITORY_ID", &id),
            ("GITHUB_TRIGGERING_ACTOR", "alice"),
            ("GITHUB_WORKSPACE", "/github/workspace"),
            ("GITHUB_ACTION", "__trueup_trueup"),
            ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
            ("GITHUB_ACTION_REPOSITORY", "trueup/trueup"),
            ("GITHUB_ACTION_REF", "v0"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("RUNNER_NAME", "GitHub Actions 1"),
            ("RUNNER_ENVIRONMENT", "github-hosted"),
            ("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"),
            ("RUNNER_TEMP", "/github/runner_temp"),
            ("RUNNER_WORKSPACE", "/home/runner/work/shop"),
            ("ACTIONS_RUNTIME_URL", "https://pipelines.example/"),
            ("ACTIONS_RUNTIME_TOKEN", "runtime-token-of-the-job"),
            ("ACTIONS_CACHE_URL", "https://cache.example/"),
            ("ACTIONS_RESULTS_URL", "https://results.example/"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "oidc-token-of-the-job"),
        ] {
            all.insert(name.to_owned(), value.to_owned());
        }
        all
    }

    /// A file of the only report.
    pub(super) fn report(&self, name: &str) -> String {
        let all = fs::read_dir(self.workspace().join("trueup-report")).expect("a report");
        let all = all.map(|entry| entry.expect("an entry").path());
        let all: Vec<PathBuf> = all.filter(|path| path.is_dir()).collect();
        let [report] = all.as_slice() else {
            panic!("{all:?}")
        };
        let path = report.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The variables of a step's files, and the files.
pub(super) const FILE_COMMANDS: &[(&str, &str)] = &[
    ("GITHUB_PATH", "add_path_1"),
    ("GITHUB_ENV", "set_env_1"),
    ("GITHUB_STEP_SUMMARY", "step_summary_1"),
    ("GITHUB_STATE", "save_state_1"),
    ("GITHUB_OUTPUT", "set_output_1"),
];

impl Drop for Job {
    fn drop(&mut self) {
        for container in &self.services {
            let _ = docker(&["rm", "--force", "--volumes", container]).output();
        }
        let _ = docker(&["network", "rm", &self.network]).output();
    }
}

/// All inputs of action.yml with their defaults: a runner sets each, empty where there is none.
pub(super) fn defaults() -> BTreeMap<String, String> {
    let text = fs::read_to_string(Path::new(ROOT).join("action.yml")).expect("action.yml");
    let inputs = text.split("\ninputs:\n").nth(1).expect("inputs");
    let inputs = inputs.split("\noutputs:\n").next().expect("inputs");
    let mut found = BTreeMap::new();
    let mut last = String::new();
    for line in inputs.lines() {
        let name = line.strip_prefix("  ").and_then(|l| l.strip_suffix(':'));
        if let Some(name) = name.filter(|name| !name.starts_with(' ')) {
            name.clone_into(&mut last);
            found.insert(last.clone(), String::new());
        } else if let Some(value) = line.strip_prefix("    default: ") {
            // An expression, here the token, is the runner's to fill.
            found.insert(last.clone(), value.trim_matches('"').to_owned());
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}
