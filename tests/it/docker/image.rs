//! The Action's image, started by `docker run` as a runner starts it: its mounts, its variables, its account, the network of
//! a job whose services have the names of the workflow.
//!
//! On the tests' own daemon the image is the Dockerfile's last stage around the program under test; on a user's daemon it
//! is built by the Dockerfile as a whole. The models and their provider are real, installed from the machine's package index.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::job::{Job, MYSQL_SERVICE, MYSQL_URL, POSTGRES, POSTGRES_URL, ROOT, docker};
use crate::cli_world::{eventually, finish};
use crate::github::step::{comments, committed, head, sum, token, writes};
use crate::guide::{MYSQL, WHOLE_DATABASE};
use crate::lab::run;

fn guide(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("examples/guide").join(file)).expect("the guide")
}

/// The guide's project, whose branch `feature` adds a column and forgets the migration.
pub(super) fn shop() -> Value {
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

pub(super) fn repository(main: &Value, feature: &Value) -> Value {
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
pub(super) fn with_program(program: &str) -> String {
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
