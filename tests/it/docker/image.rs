//! The Action's image, started by `docker run` as a runner starts it: its mounts, its variables, its account, the network of
//! a job whose services have the names of the workflow.
//!
//! On the tests' own daemon the image is the Dockerfile's last stage around the program under test; on a user's daemon it
//! is built by the Dockerfile as a whole. The models and their provider are real, installed from the machine's package index.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::TRUEUP;
use crate::cli_world::{eventually, finish};
use crate::docker_daemon::daemon;
use crate::github::action::{comments, committed, head, outputs, sum, token, writes};
use crate::github::fake::Fake;
use crate::guide::{MYSQL, WHOLE_DATABASE};
use crate::lab::{both, run};

const IMAGE: &str = "trueup-test/action:1";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The runner's account on a hosted machine.
const RUNNER: u32 = 1001;

/// What of the machine's environment a workflow would have to set, too: where packages come from.
const PACKAGES: &[&str] = &[
    "HTTPS_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
];

const POSTGRES: Service = Service {
    name: "postgres",
    image: "postgres:17",
    variables: &["POSTGRES_PASSWORD=pass", "POSTGRES_DB=dev"],
};
const POSTGRES_URL: &str = "postgres://postgres:pass@postgres:5432/dev?sslmode=disable";

const MYSQL_SERVICE: Service = Service {
    name: "mysql",
    image: "mysql:9",
    variables: &["MYSQL_ROOT_PASSWORD=pass", "MYSQL_DATABASE=dev"],
};
const MYSQL_URL: &str = "mysql://root:pass@mysql:3306/dev";

fn docker(args: &[&str]) -> Command {
    let mut command = daemon().command("docker");
    command.args(args).env_remove("DOCKER_CONTEXT");
    command
}

/// Builds the image with the first test that asks.
fn image() -> &'static str {
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
struct Service {
    /// Its key in the workflow, which is its host name.
    name: &'static str,
    image: &'static str,
    variables: &'static [&'static str],
}

/// A job: a network with its services, a workspace and the runner's files. Everything is gone with this value.
struct Job {
    network: String,
    services: Vec<String>,
    work: TempDir,
    fake: Fake,
    inputs: BTreeMap<String, String>,
    event: &'static str,
}

/// What a step left.
struct Step {
    output: Output,
    outputs: Value,
    summary: String,
}

impl Step {
    fn said(&self) -> String {
        both(&self.output)
    }

    #[track_caller]
    fn expect(&self, code: i32, state: &str) {
        assert_eq!(self.output.status.code(), Some(code), "{}", self.said());
        assert_eq!(self.outputs["state"], state, "{}", self.said());
    }

    #[track_caller]
    fn says(&self, part: &str) {
        assert!(self.said().contains(part), "no {part:?} in {}", self.said());
    }
}

impl Job {
    fn start(service: &Service, seed: &Value) -> Self {
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

    fn at(&self, path: &str) -> PathBuf {
        self.work.path().join(path)
    }

    fn workspace(&self) -> PathBuf {
        self.at("shop/shop")
    }

    fn input(mut self, name: &str, value: &str) -> Self {
        let known = self.inputs.insert(name.to_owned(), value.to_owned());
        assert!(known.is_some(), "action.yml has no input `{name}`");
        self
    }

    fn on(mut self, event: &'static str) -> Self {
        self.event = event;
        self
    }

    /// What actions/checkout leaves: the branch, and the token with which it was fetched. What actions/cache would bring
    /// back stays.
    fn checkout(&self, checkout: &str) {
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

    fn write(&self, path: &str, text: &str) {
        fs::write(self.workspace().join(path), text).expect("a file");
    }

    fn step(&self, checkout: &str) -> Step {
        self.checkout(checkout);
        self.run()
    }

    /// The event's payload, as the runner has it.
    fn payload(&self) -> Value {
        let ask = match self.event {
            "pull_request" => json!({
                "event": "pull_request", "action": "synchronize", "repository": "acme/shop", "number": 1,
            }),
            "push" => json!({"event": "push", "repository": "acme/shop", "branch": "main"}),
            other => json!({"event": other, "repository": "acme/shop"}),
        };
        self.fake.event(&ask)
    }

    /// Writes the files of a step; gives the event's payload.
    fn prepare(&self) -> Value {
        let payload = self.payload();
        let event = self.at("_temp/_github_workflow/event.json");
        fs::write(event, payload.to_string()).expect("the payload");
        for name in FILE_COMMANDS.iter().map(|(_, name)| name) {
            fs::write(self.command_file(name), "").expect("a file of the runner");
        }
        payload
    }

    fn command_file(&self, name: &str) -> PathBuf {
        self.at("_temp/_runner_file_commands").join(name)
    }

    fn run(&self) -> Step {
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
    fn belongs_to_the_runner(&self) -> u32 {
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
    fn is_still_of(&self, runner: u32) {
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
    fn docker_run(&self, payload: &Value) -> Command {
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

    fn variables(&self, payload: &Value) -> BTreeMap<String, String> {
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
        let push = self.event == "push";
        let sha = "f".repeat(40);
        let (api, graphql) = (self.fake.api_url(), self.fake.graphql_url());
        let id = payload["repository"]["id"].to_string();
        for (name, value) in [
            ("HOME", "/github/home"),
            ("GITHUB_JOB", "migrations"),
            (
                "GITHUB_REF",
                if push {
                    "refs/heads/main"
                } else {
                    "refs/pull/1/merge"
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
            ("GITHUB_HEAD_REF", if push { "" } else { "feature" }),
            ("GITHUB_BASE_REF", if push { "" } else { "main" }),
            ("GITHUB_EVENT_NAME", self.event),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", &api),
            ("GITHUB_GRAPHQL_URL", &graphql),
            ("GITHUB_REF_NAME", if push { "main" } else { "1/merge" }),
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

    fn report(&self, name: &str) -> String {
        let path = self.workspace().join("trueup-report/sqlalchemy").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The variables of a step's files, and the files.
const FILE_COMMANDS: &[(&str, &str)] = &[
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
fn defaults() -> BTreeMap<String, String> {
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
            found.insert(last.clone(), value.to_owned());
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

fn guide(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("examples/guide").join(file)).expect("the guide")
}

/// The guide's project, whose branch `feature` adds a column and forgets the migration.
fn shop() -> Value {
    let models = guide("db/models.py");
    let line = "    fullname: Mapped[Optional[str]] = mapped_column(String(30))\n";
    let after = models.replace(line, &format!("{line}    age: Mapped[Optional[int]]\n"));
    assert_ne!(models, after);
    let first = WHOLE_DATABASE.first;
    repository(
        &json!({
            "atlas.hcl": guide("atlas.hcl"),
            "requirements.txt": guide("requirements.txt"),
            "db/models.py": models,
            "migrations/1.sql": first,
            "migrations/atlas.sum": sum(&[("1.sql", first)]),
        }),
        &json!({"db/models.py": after}),
    )
}

fn repository(main: &Value, feature: &Value) -> Value {
    json!({
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": main},
                {"name": "feature", "from": "main", "files": feature},
            ],
            "pulls": [{"title": "Age", "head": "feature", "author": "alice"}],
        }],
        "tokens": [token()],
    })
}

#[test]
fn the_story_of_a_pull_request() {
    let job = Job::start(&POSTGRES, &shop())
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL)
        .input("sandbox", "strict")
        .input("cache-dir", ".cache");
    let age = WHOLE_DATABASE.age;

    let red = job.step("feature");
    red.expect(1, "drift");
    red.says("::error file=db/models.py,line=");
    assert_eq!(red.outputs["statements"], "1");
    assert_eq!(job.report("missing.sql"), age);
    let path = red.outputs["report-path"].as_str().expect("a path");
    let path = path.strip_prefix("/github/workspace/").unwrap_or(path);
    assert!(job.workspace().join(path).is_file(), "{path}");
    assert!(red.summary.contains(age), "{}", red.summary);
    let first = comments(&job.fake);
    assert_eq!(first.len(), 1, "{}", red.said());
    assert!(first[0].contains(age), "{}", first[0]);

    let before = head(&job.fake);
    let job = job.input("mode", "commit");
    let green = job.step("feature");
    green.expect(0, "in-sync");
    assert_eq!(green.outputs["verified"], "true");
    assert_eq!(green.outputs["commit-sha"], head(&job.fake));
    assert_ne!(head(&job.fake), before);
    let file = green.outputs["migration-file"].as_str().expect("a path");
    assert_eq!(committed(&job.fake, file), age);
    let name = file.strip_prefix("migrations/").expect("a migration");
    assert_eq!(
        committed(&job.fake, "migrations/atlas.sum"),
        sum(&[("1.sql", WHOLE_DATABASE.first), (name, age)])
    );
    assert!(comments(&job.fake)[0].contains(name));

    let (before, wrote) = (head(&job.fake), writes(&job.fake));
    let settled = job.step("feature");
    settled.expect(0, "in-sync");
    assert_eq!(settled.outputs.get("commit-sha"), None);
    assert_eq!(head(&job.fake), before);
    assert!(comments(&job.fake)[0].contains("### ✅ Models and `migrations` agree"));
    assert_eq!(
        writes(&job.fake),
        wrote + 2,
        "a status, and the comment that says so"
    );
    job.fake.expect_no_violations();
}

#[test]
fn a_fork_is_written_nothing() {
    let mut seed = shop();
    seed["repositories"][0]["pulls"] = json!([]);
    // What a fork's run gets, whatever the workflow asks for.
    seed["tokens"][0]["permissions"] = json!({"contents": "read", "pull_requests": "read"});
    let job = Job::start(&POSTGRES, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL)
        .input("mode", "commit");
    job.fake.seed(&json!({"repositories": [
        {"full_name": "mallory/shop", "fork_of": "acme/shop", "branches": [
            {"name": "feature", "from": "acme/shop:feature"},
        ]},
        {"full_name": "acme/shop", "pulls": [{"title": "Age", "head": "mallory/shop:feature", "author": "mallory"}]},
    ]}));
    let (before, wrote) = (head(&job.fake), writes(&job.fake));
    let step = job.step("mallory/shop:feature");
    step.expect(1, "drift");
    assert_eq!(writes(&job.fake), wrote, "{}", step.said());
    assert_eq!(head(&job.fake), before);
    assert!(comments(&job.fake).is_empty());
    assert!(step.summary.contains("git apply"), "{}", step.summary);
    let mut apply = Command::new("git");
    apply.args(["-c", "safe.directory=*", "apply"]);
    apply.arg("trueup-report/sqlalchemy/missing.patch");
    apply.current_dir(job.workspace());
    run(apply);
    // The patch is the migration and its sum, so another run has nothing to say.
    job.run().expect(0, "in-sync");
}

#[test]
fn a_file_of_an_earlier_step_needs_no_python() {
    let seed = repository(
        &json!({
            "atlas.hcl": guide("atlas.hcl").replace("\"postgresql\"", "\"mysql\""),
            // Whoever installs this, or imports it, fails.
            "requirements.txt": "trueup-has-no-such-package==0\n",
            "db/models.py": "raise SystemExit(3)\n",
            "migrations/1.sql": MYSQL.first,
            "migrations/atlas.sum": sum(&[("1.sql", MYSQL.first)]),
        }),
        &json!({"README.md": "shop\n"}),
    );
    let job = Job::start(&MYSQL_SERVICE, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", MYSQL_URL)
        .input("ddl-file", "desired.sql")
        .on("push");
    job.checkout("main");
    job.write("desired.sql", MYSQL.first);
    job.run().expect(0, "in-sync");
    let grown = MYSQL.first.replacen(
        "  `fullname` varchar(30) NULL,\n",
        "  `fullname` varchar(30) NULL,\n  `age` int NULL,\n",
        1,
    );
    assert_ne!(grown, MYSQL.first);
    job.write("desired.sql", &grown);
    let step = job.run();
    step.expect(1, "drift");
    assert_eq!(job.report("missing.sql"), MYSQL.age);
    job.fake.expect_no_violations();
    // Without the file it would have been noticed.
    job.input("ddl-file", "").run().expect(2, "error");
}

/// What a program finds out about where it runs, as the comment of a table.
const PROBE: &str = r#"
import errno, json, os, socket
# Python keeps what it compiles next to a module.
import helper

def tried(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]

def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.connect(address)

def look(path):
    if os.path.isdir(path):
        names = os.listdir(path)
        for name in names:
            open(os.path.join(path, name), "rb").close() if os.path.isfile(os.path.join(path, name)) else None
    else:
        open(path, "rb").read()

status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
found = {
    "docker": tried(lambda: connect(socket.AF_UNIX, "/var/run/docker.sock")),
    "database": tried(lambda: connect(socket.AF_INET, (open("database-address").read().strip(), 5432))),
    "parent": tried(lambda: look(f"/proc/{os.getppid()}/environ")),
    "first": tried(lambda: look("/proc/1/environ")),
    "git": tried(lambda: look(".git/config")),
    "event": tried(lambda: look("/github/workflow/event.json")),
    "temp": tried(lambda: look("/github/runner_temp/_github_workflow/event.json")),
    "commands": tried(lambda: look("/github/file_commands")),
    "netrc": tried(lambda: look("/github/home/.netrc")),
    "say": tried(lambda: open("/github/file_commands/set_output_1", "a").close()),
    "edit": tried(lambda: open("migrations/1.sql", "a").close()),
    "create": tried(lambda: open("new-file", "x").close()),
    "own": tried(lambda: open(os.path.join(os.environ["HOME"], "x"), "x").close()),
    "signal": tried(lambda: os.kill(1, 0)),
    "root": tried(lambda: os.setuid(0)),
    "variables": sorted(os.environ),
    "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[3:-1],
    "groups": os.getgroups(),
    "uid": os.getuid() == 0,
    "rights": status["CapEff"].strip() != "0" * 16,
    "gain": status["NoNewPrivs"].strip() == "0",
    "umask": status["Umask"].strip(),
}
for name in ("new-file", os.path.join(os.environ["HOME"], "x")):
    if os.path.exists(name):
        os.remove(name)
print("CREATE TABLE probe (id integer);")
print("COMMENT ON TABLE probe IS '" + json.dumps(found).replace("'", "''") + "';")
"#;

/// What [`PROBE`] found.
fn probed(job: &Job) -> Value {
    job.checkout("feature");
    // No service of the name is known where there is no way to ask.
    let container = &job.services[0];
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = run(docker(&["inspect", "-f", format, container]));
    job.write("database-address", &address);
    fs::write(
        job.at("_temp/_github_home/.netrc"),
        "machine x login y password hunter2\n",
    )
    .expect("a file");
    let step = job.run();
    step.expect(1, "drift");
    for secret in ["supersecret", "runtime-token", "oidc-token", "hunter2"] {
        let said = step.said();
        // The runner takes these lines out.
        let mut lines = said.lines().filter(|l| !l.starts_with("::add-mask::"));
        assert!(!lines.any(|line| line.contains(secret)), "{said}");
    }
    let sql = job.report("missing.sql");
    let (_, text) = sql.split_once(" IS '").expect("a comment");
    let text = text
        .rsplit_once("';")
        .expect("its end")
        .0
        .replace("''", "'");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The guide's settings with another program, a list in HCL.
fn with_program(program: &str) -> String {
    let config = guide("atlas.hcl");
    let (before, rest) = config.split_once("program = [").expect("a program");
    let (_, rest) = rest.split_once(']').expect("its end");
    format!("{before}program = {program}{rest}")
}

#[test]
fn foreign_code_finds_nothing_of_the_runner() {
    let seed = repository(
        &json!({
            "atlas.hcl": with_program(r#"["python3", "probe.py"]"#),
            "probe.py": PROBE,
            "helper.py": "",
            "migrations/1.sql": "SELECT 1;\n",
            "migrations/atlas.sum": sum(&[("1.sql", "SELECT 1;\n")]),
        }),
        &json!({"README.md": "shop\n"}),
    );
    let job = Job::start(&POSTGRES, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL)
        .input("sandbox", "strict");
    let found = probed(&job);
    let denied = json!("EACCES");
    for what in [
        "docker", "database", "parent", "first", "git", "event", "temp", "commands", "netrc",
        "say", "edit", "create",
    ] {
        assert_eq!(found[what], denied, "{what} of {found:#}");
    }
    assert_eq!(found["own"], "done", "{found:#}");
    for what in ["signal", "root"] {
        assert_eq!(found[what], "EPERM", "{what} of {found:#}");
    }
    for what in ["descriptors", "groups"] {
        assert_eq!(found[what], json!([]), "{what} of {found:#}");
    }
    for what in ["uid", "rights", "gain"] {
        assert_eq!(found[what], false, "{what} of {found:#}");
    }
    assert_eq!(found["umask"], "0022", "{found:#}");
    let known = [
        "CI",
        "HOME",
        "LANG",
        "LC_ALL",
        "LOGNAME",
        "NO_COLOR",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONUNBUFFERED",
        "PYTHONUTF8",
        "TMPDIR",
        "TZ",
        "USER",
    ];
    let variables = found["variables"].as_array().expect("names");
    for name in variables {
        assert!(
            known.iter().any(|known| name == known),
            "{name} of {found:#}"
        );
    }

    // All of it is there to be found.
    let found = probed(&job.input("sandbox", "off"));
    for what in [
        "docker", "database", "git", "event", "temp", "commands", "netrc", "say", "edit", "create",
        "own", "signal", "root",
    ] {
        assert_eq!(found[what], "done", "{what} of {found:#}");
    }
    // Our own memory and environment are closed to root, too.
    assert_eq!(found["parent"], denied, "{found:#}");
    for what in ["uid", "rights", "gain"] {
        assert_eq!(found[what], true, "{what} of {found:#}");
    }
}

#[test]
fn addresses_that_mean_the_container_itself_are_explained() {
    let job = Job::start(&POSTGRES, &shop())
        .input("env", "sqlalchemy")
        .input("install", "none")
        .input("ddl-file", "desired.sql")
        .input(
            "dev-url",
            "postgres://postgres:pass@localhost:5432/dev?connect_timeout=1",
        );
    job.checkout("feature");
    job.write("desired.sql", WHOLE_DATABASE.first);
    let step = job.run();
    step.expect(2, "error");
    step.says("this runs in a container, where localhost is the container itself");
}

#[test]
fn a_cancelled_step_ends_at_once() {
    let seed = repository(
        &json!({"atlas.hcl": with_program(r#"["sleep", "600"]"#), "migrations/.keep": ""}),
        &json!({"README.md": "shop\n"}),
    );
    let job = Job::start(&POSTGRES, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL);
    // It is the first process of its container, whose signals do nothing by themselves.
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        job.checkout("feature");
        let child = job
            .docker_run(&job.prepare())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker starts");
        let label = job.network.replace("network", "label");
        eventually("the program runs", || {
            let top = docker(&["top", &label]).output().expect("docker starts");
            String::from_utf8_lossy(&top.stdout).contains("sleep 600")
        });
        run(docker(&["kill", "--signal", signal, &label]));
        // Docker itself would wait for ten seconds before it kills.
        finish(child)
            .code(code)
            .err("Interrupted: nothing was changed\n");
    }
    assert!(comments(&job.fake).is_empty());
}

#[test]
fn a_checkout_that_only_its_owner_reads_is_explained() {
    let seed = repository(
        &json!({"atlas.hcl": with_program(r#"["true"]"#), "migrations/.keep": ""}),
        &json!({"README.md": "shop\n"}),
    );
    let job = Job::start(&POSTGRES, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL);
    job.checkout("feature");
    fs::set_permissions(job.workspace(), Permissions::from_mode(0o700)).expect("permissions");
    let step = job.run();
    step.expect(2, "error");
    step.says("chmod -R o+rX /github/workspace");
}
