//! Foreign code under confinement: what it can't do, and that the real provider notices nothing. As root, and (again, as a
//! process of its own) as a user without rights.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use trueup::config::{self, Source};
use trueup::confine::{ConfineError, Confinement, Level, Options};
use trueup::desired::{self, DesiredError, Input, ProviderError, ProviderFailure, ProviderOptions};
use trueup::dialect;

use crate::lab;

/// A user of the tests that nothing belongs to.
const NOBODY: u32 = 54321;

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A directory that every account may enter.
pub(crate) fn open_dir(prefix: &str) -> TempDir {
    let dir = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir()
        .expect("a directory");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("its mode");
    dir
}

/// Whether every account gets to this path.
pub(crate) fn reachable(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    path.ancestors()
        .all(|path| fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}

/// Copies a tree, by hard links where that can be.
fn copy_tree(from: &Path, to: &Path, leave: &[&str]) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("the tree").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let target = to.join(&name);
        let kind = entry.file_type().expect("its kind");
        if leave.iter().any(|left| *left == name) {
        } else if kind.is_dir() {
            copy_tree(&path, &target, leave);
        } else if kind.is_symlink() {
            let link = fs::read_link(&path).expect("a link");
            std::os::unix::fs::symlink(link, &target).expect("a link");
        } else if fs::hard_link(&path, &target).is_err() {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Names the directory of a [`Python`] for a user who could not make one.
const PYTHON: &str = "TRUEUP_TEST_PYTHON";

/// The Python of the tests with its packages, where every account gets to it. Made once for each state of the packages, and
/// left in the directory of the build.
pub(crate) struct Python {
    pub(crate) dir: PathBuf,
}

impl Python {
    pub(crate) fn new() -> Self {
        static MADE: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os(PYTHON) {
            Some(dir) => dir.into(),
            None => Python::find_or_make(),
        });
        Self { dir: MADE.clone() }
    }

    fn find_or_make() -> PathBuf {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let base = match reachable(base) {
            true => base.to_owned(),
            false => std::env::temp_dir(),
        };
        let stamp = fs::read_to_string(lab::python_bin().join("../.stamp")).unwrap_or_default();
        let stamp = stamp
            .split_whitespace()
            .next()
            .unwrap_or("unknown")
            .to_owned();
        let dir = base.join(format!("trueup-test-python-{stamp}"));
        if !dir.join("bin").exists() {
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir(&dir).expect("a directory");
            Self::make(&dir);
        }
        dir
    }

    /// Makes it; `bin` comes last, and says that all is there.
    fn make(dir: &Path) {
        let mut ask = Command::new(lab::python_bin().join("python3"));
        ask.args([
            "-c",
            "import sys, sysconfig; print(sys.base_prefix, '%d.%d' % sys.version_info[:2], sysconfig.get_path('purelib'), \
             sep='\\n')",
        ]);
        let answer = lab::run(ask);
        let [prefix, version, packages]: [&str; 3] = answer
            .lines()
            .collect::<Vec<_>>()
            .try_into()
            .expect("three lines");
        let (mut home, mut site) = (PathBuf::from(prefix), PathBuf::from(packages));
        if !reachable(&home.join(format!("bin/python{version}"))) {
            let copy = dir.join("python");
            let library = format!("lib/python{version}");
            let leave = ["test", "site-packages", "idlelib"];
            copy_tree(&home.join(&library), &copy.join(&library), &leave);
            copy_tree(&home.join("bin"), &copy.join("bin"), &[]);
            for entry in fs::read_dir(home.join("lib")).expect("lib").flatten() {
                if entry.file_name().to_string_lossy().starts_with("libpython") {
                    let target = copy.join("lib").join(entry.file_name());
                    fs::copy(entry.path(), target).expect("a copy");
                }
            }
            home = copy;
        }
        if !reachable(&site) {
            let copy = dir.join("site-packages");
            copy_tree(&site, &copy, &[]);
            site = copy;
        }
        let python = format!(
            "#!/bin/sh\nexport LD_LIBRARY_PATH={home}/lib PYTHONHOME={home} PYTHONPATH={site}\n\
             exec {home}/bin/python{version} \"$@\"\n",
            home = home.display(),
            site = site.display()
        );
        let provider = "#!/bin/sh\nexec python3 -c 'import sys; from atlas_provider_sqlalchemy.main import app; \
                        sys.exit(app())' \"$@\"\n";
        let unfinished = dir.join("bin.unfinished");
        fs::create_dir(&unfinished).expect("a directory");
        for (name, text) in [
            ("python3", python.as_str()),
            ("atlas-provider-sqlalchemy", provider),
        ] {
            let path = unfinished.join(name);
            fs::write(&path, text).expect("a program");
            fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("its mode");
        }
        fs::rename(unfinished, dir.join("bin")).expect("its last name");
    }

    fn path(&self) -> OsString {
        let mut path = self.dir.join("bin").into_os_string();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        path
    }
}

/// A runner's surroundings: a workspace, files that are commands, another step's credentials.
struct Runner {
    dir: TempDir,
    python: Python,
}

impl Runner {
    fn new() -> Self {
        let dir = open_dir("trueup-test-runner-");
        let runner = Self {
            dir,
            python: Python::new(),
        };
        for name in ["work/.git", "work/app", "commands", "temp", "home/.docker"] {
            fs::create_dir_all(runner.path(name)).expect("a directory");
        }
        let files = [
            (
                "work/.git/config",
                "[http]\n extraheader = AUTHORIZATION: basic CHECKOUT-TOKEN\n",
            ),
            ("work/app/models.py", "MODELS = 1\n"),
            (
                "work/hostile.py",
                include_str!("../data/confine/hostile.py"),
            ),
            ("commands/set_env", ""),
            ("commands/output", ""),
            ("temp/git-credentials.config", "CHECKOUT-TOKEN\n"),
            ("home/.docker/config.json", "CHECKOUT-TOKEN\n"),
            ("home/.netrc", "machine x login y password CHECKOUT-TOKEN\n"),
        ];
        for (name, text) in files {
            fs::write(runner.path(name), text).expect("a file");
        }
        // As wide open as a careless runner's: only the fence is left.
        for name in ["commands", "temp", "work", "home"] {
            fs::set_permissions(runner.path(name), Permissions::from_mode(0o755)).expect("a mode");
        }
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn options(&self) -> Options {
        let text = |name: &str| self.path(name).into_os_string();
        let variables: BTreeMap<OsString, OsString> = [
            ("PATH", self.python.path()),
            ("HOME", text("home")),
            ("GITHUB_ENV", text("commands/set_env")),
            ("GITHUB_OUTPUT", text("commands/output")),
            ("RUNNER_TEMP", text("temp")),
            ("GITHUB_TOKEN", "ghs_VERYSECRET".into()),
            ("ACTIONS_RUNTIME_TOKEN", "ghs_VERYSECRET".into()),
            ("INPUT_TOKEN", "ghs_VERYSECRET".into()),
            ("MY_SECRET", "ghs_VERYSECRET".into()),
            ("DATABASE_URL", "postgres://app:pw@db/app".into()),
            ("LC_MESSAGES", "C".into()),
        ]
        .map(|(name, value)| (name.into(), value))
        .into();
        Options {
            exe: env!("CARGO_BIN_EXE_trueup").into(),
            level: Level::Strict,
            variables,
            pass: vec!["DATABASE_URL".into()],
            ..Options::new(&self.path("work"))
        }
    }

    fn confinement(&self) -> Confinement {
        Confinement::prepare(self.options()).expect("this machine can confine")
    }

    /// Runs a program as the models' one.
    async fn provider(
        &self,
        program: &[&str],
        confinement: Option<Confinement>,
        timeout: Duration,
    ) -> Result<String, Box<ProviderError>> {
        let words: Vec<String> = program
            .iter()
            .map(|word| {
                serde_json::to_string(word)
                    .expect("JSON")
                    .replace("${", "$${")
            })
            .collect();
        let file = self.path("atlas.hcl");
        let text = format!(
            "data \"external_schema\" \"x\" {{\n  program = [{}]\n}}\nenv \"x\" {{\n  src = data.external_schema.x.url\n}}\n",
            words.join(", ")
        );
        fs::write(&file, text).expect("a config file");
        let env = config::load(&file, Some("x"), &[], &|_| None).expect("a config");
        assert!(matches!(env.src[0].value, Source::External(_)));
        let options = ProviderOptions {
            timeout,
            cwd: self.path("work"),
            confinement: confinement.map(Arc::new),
            python: None,
            server: None,
        };
        let told = |error| match error {
            DesiredError::Provider(error) => error,
            other => panic!("{other}"),
        };
        let mut pending = desired::start(&env.src, &options).map_err(told)?;
        let mut dialects = dialect::ALL.iter().map(|dialect| dialect.profile());
        let dev = dialects.find(|profile| profile.name == "postgres");
        match pending
            .collect(dev.expect("a dialect"))
            .await
            .map_err(told)?
        {
            Input::Sql(sql) => Ok(sql.parts[0].text.clone()),
            Input::Database(_) => panic!("a program is not a database"),
        }
    }

    /// Runs a Python program, confined.
    async fn python(&self, code: &str, timeout: Duration) -> Result<String, Box<ProviderError>> {
        let python = self.python.dir.join("bin/python3");
        let program = [python.to_str().expect("UTF-8"), "-c", code];
        self.provider(&program, Some(self.confinement()), timeout)
            .await
    }
}

const LONG: Duration = Duration::from_secs(120);

/// What the hostile program found out.
async fn hostile(runner: &Runner, setuid: Option<&Path>) -> Value {
    let paths =
        |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| runner.path(name)).collect() };
    let plan = json!({
        "read": paths(&["work/.git/config", "temp/git-credentials.config", "commands/set_env", "home/.docker/config.json", "home/.netrc"]),
        "write": paths(&["work/x", "work/app/models.py", "commands/set_env", "commands/output", "temp/x", "home/x", "x"]),
        "setuid": setuid,
    });
    let python = runner.python.dir.join("bin/python3");
    let plan = plan.to_string();
    let program = [python.to_str().expect("UTF-8"), "hostile.py", plan.as_str()];
    let text = runner
        .provider(&program, Some(runner.confinement()), LONG)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", error.stderr));
    let line = text.lines().next().expect("a line");
    serde_json::from_str(line.trim_start_matches("-- ")).expect("JSON")
}

#[tokio::test]
async fn nothing_gets_out() {
    let runner = Runner::new();
    let setuid = root().then(|| {
        let path = runner.path("id");
        fs::copy("/usr/bin/id", &path).expect("a copy");
        fs::set_permissions(&path, Permissions::from_mode(0o4755)).expect("its mode");
        path
    });
    let found = hostile(&runner, setuid.as_deref()).await;
    let text = found.to_string();
    for secret in ["VERYSECRET", "CHECKOUT-TOKEN"] {
        assert!(!text.contains(secret), "{secret} in {found:#}");
    }
    let environment = found["environment"].as_object().expect("an object");
    assert_eq!(environment["DATABASE_URL"], "postgres://app:pw@db/app");
    for name in environment.keys() {
        let runners = ["GITHUB", "ACTIONS", "RUNNER", "INPUT", "MY_"];
        assert!(
            !runners.iter().any(|prefix| name.starts_with(prefix)),
            "{name}"
        );
    }
    for name in ["HOME", "TMPDIR"] {
        let path = environment[name].as_str().expect("a path");
        assert!(path.contains("trueup-home-"), "{path}");
        assert!(!Path::new(path).exists(), "{path} is left");
    }

    let attempts = found["attempts"].as_object().expect("an object");
    let denied = |name: &str| ["EACCES", "EPERM"].contains(&name);
    for (name, result) in attempts {
        let result = result.as_str().expect("a text");
        let wanted = match name.as_str() {
            "pair" | "own home" | "own temporary files" | "/dev/null" | "list the workspace" => {
                "done".into()
            }
            "read the workspace" => "done".into(),
            "call clone3" => "ENOSYS".into(),
            "memory" => "ENOMEM".into(),
            "disk" => "EFBIG".into(),
            "more limits" => "limit".into(),
            "setuid" => found["uid"].to_string(),
            _ => "denied".to_owned(),
        };
        match wanted.as_str() {
            "denied" => assert!(denied(result), "{name}: {result}"),
            // Python's own words.
            "limit" => assert_ne!(result, "done", "{name}"),
            wanted => assert_eq!(result, wanted, "{name}"),
        }
    }
    for name in [
        "AF_INET SOCK_STREAM",
        "AF_INET6 SOCK_DGRAM",
        "AF_UNIX SOCK_STREAM",
        "pair of raw",
    ] {
        assert_eq!(attempts[name], "EACCES", "{name}");
    }
    assert_eq!(
        fs::read_to_string(runner.path("commands/set_env")).expect("the file"),
        ""
    );
    assert!(!runner.path("work/x").exists() && !runner.path("x").exists());

    let status = found["status"].as_str().expect("a text");
    let line = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.map(|line| line.split_once(':').expect("a colon").1.trim().to_owned())
    };
    assert_eq!(line("NoNewPrivs").as_deref(), Some("1"));
    assert_eq!(line("CapEff").as_deref(), Some("0000000000000000"));
    assert_eq!(line("CapPrm").as_deref(), Some("0000000000000000"));
    assert_eq!(line("Umask").as_deref(), Some("0022"));
    // 3 is the directory that is being read.
    assert_eq!(found["descriptors"], json!(["0", "1", "2", "3"]));
    let session = found["session"].as_array().expect("a list");
    assert!(
        session.iter().all(|number| *number == session[0]),
        "{session:?}"
    );
    if root() {
        let uid = found["uid"].as_u64().expect("a number");
        assert!((61184..=65519).contains(&uid), "{uid}");
        assert_eq!(found["groups"], json!([]));
    } else {
        assert_eq!(found["uid"], rustix::process::geteuid().as_raw());
    }
}

#[tokio::test]
async fn orphans_do_not_survive() {
    let runner = Runner::new();
    let code = |end: &str| {
        format!(
            "import os, sys, time, signal\n\
             reads, writes = os.pipe()\n\
             if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        \
             os.write(writes, b'%d\\n' % os.getpid())\n        os.close(0); os.close(1); os.close(2)\n        time.sleep(600)\n    os._exit(0)\n\
             print('daemon', os.read(reads, 99).decode().strip(), file=sys.stderr, flush=True)\n\
             print('-- ' + 'x'); print('SELECT 1;', flush=True)\n{end}\n"
        )
    };
    // It fails, and is stopped for its time.
    let timeout = Duration::from_secs(6);
    let failed = runner.python(&code("sys.exit(3)"), LONG).await.unwrap_err();
    assert!(
        matches!(failed.failure, ProviderFailure::Exit(_, 3)),
        "{failed}"
    );
    let stopped = runner
        .python(&code("time.sleep(600)"), timeout)
        .await
        .unwrap_err();
    assert!(
        matches!(stopped.failure, ProviderFailure::Timeout(..)),
        "{stopped}"
    );
    for error in [failed, stopped] {
        let pid = error
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("daemon "));
        let pid = pid.unwrap_or_else(|| panic!("no daemon: {}", error.stderr));
        assert!(pid.parse::<u32>().is_ok(), "{pid}");
        let status = fs::read_to_string(format!("/proc/{pid}/status"));
        // A number that somebody else has got meanwhile is fine.
        assert!(
            !status.is_ok_and(|text| text.contains("Name:\tpython")),
            "{pid} lives"
        );
    }
}

/// A program that is just being started is no orphan of one that is just ending.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_starts_survives_the_end_of_another() {
    let runner = Runner::new();
    let confinement = runner.confinement();
    let print = &["/bin/sh", "-c", "echo 'SELECT 1;'"];
    let options = runner.options();
    let prepares = tokio::task::spawn_blocking(move || {
        for _ in 0..40 {
            Confinement::prepare(options.clone()).expect("this machine can confine");
        }
    });
    while !prepares.is_finished() {
        runner
            .provider(print, Some(confinement.clone()), LONG)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{}", error.stderr));
    }
    prepares.await.expect("each was prepared");
}

/// What every process was started with.
fn command_lines() -> impl Iterator<Item = String> {
    let all = fs::read_dir("/proc").expect("processes").flatten();
    // One that ends meanwhile has none.
    all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
}

#[tokio::test]
async fn a_fork_bomb_is_over_when_its_time_is() {
    let runner = Runner::new();
    let started = Instant::now();
    // Each of them mostly sleeps: the machine has other tests to run.
    // Its name tells it from the one of a run beside this one.
    let name = format!("bomb-{}", std::process::id());
    let code = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n    try:\n        \
                os.fork(); os.setsid()\n    except OSError:\n        time.sleep(60)\n    time.sleep(0.1)\n";
    let error = runner
        .python(&format!("{code}# {name}\n"), Duration::from_secs(2))
        .await
        .unwrap_err();
    assert!(
        matches!(error.failure, ProviderFailure::Timeout(..)),
        "{error}"
    );
    let left = command_lines().filter(|line| line.contains(&name));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<String>::new());
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn what_it_says_is_plain_text() {
    let runner = Runner::new();
    let code = "import sys\nsys.stderr.write('\\x1b[31m::set-env name=A::b\\x1b[0m\\r\\x00\\x9b0m')\nsys.exit(1)\n";
    let error = runner.python(code, LONG).await.unwrap_err();
    assert_eq!(error.stderr, "::set-env name=A::b\n0m");
}

#[tokio::test]
async fn the_real_provider_notices_nothing() {
    let runner = Runner::new();
    let models = "import asyncio, ctypes, multiprocessing, concurrent.futures, ssl, uuid, tempfile, sqlite3\n\
                  import psycopg2, pydantic, yaml\n\
                  from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\
                  asyncio.run(asyncio.sleep(0))\n\
                  multiprocessing.Lock(), multiprocessing.Pipe()\n\
                  tempfile.NamedTemporaryFile().close()\n\
                  class Base(DeclarativeBase):\n    pass\n\
                  class User(Base):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n";
    fs::write(runner.path("work/app/models.py"), models).expect("a file");
    let provider = runner.python.dir.join("bin/atlas-provider-sqlalchemy");
    let provider = provider.to_str().expect("UTF-8");
    let program = [provider, "--path", "app", "--dialect", "postgresql"];
    // The wrapper finds the Python next to it through the cell's `PATH`.
    let confined = runner
        .provider(&program, Some(runner.confinement()), LONG)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", error.stderr));
    assert!(confined.contains("CREATE TABLE users"), "{confined}");
    let work = runner.path("work");
    let mut plain = Command::new(provider);
    plain
        .args(&program[1..])
        .current_dir(work)
        .env("PATH", runner.python.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    assert_eq!(confined, lab::run(plain));
}

#[tokio::test]
async fn a_program_that_cannot_start_is_told() {
    let runner = Runner::new();
    let script = runner.path("work/tool");
    fs::write(&script, "#!/no/such/python\n").expect("a file");
    fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("its mode");
    let confinement = runner.confinement();
    let error = runner
        .provider(&["./tool"], Some(confinement.clone()), LONG)
        .await
        .unwrap_err();
    let why = error.to_string();
    assert!(
        why.contains("can't be started") && why.contains("interpreter"),
        "{why}"
    );
    // A program may not pretend as much without the exit code.
    let error = runner
        .provider(
            &["/bin/sh", "-c", "echo 'trueup confine: x' >&2; exit 1"],
            Some(confinement),
            LONG,
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error.failure, ProviderFailure::Exit(_, 1)),
        "{error}"
    );
}

#[tokio::test]
async fn switched_off_it_still_keeps_secrets() {
    let runner = Runner::new();
    let confinement = Confinement::prepare(Options {
        level: Level::Off,
        ..runner.options()
    });
    let script = "echo \"-- $(id -u) $(env | tr '\\n' ' ')\"; echo 'SELECT 1;'";
    let text = runner
        .provider(
            &["/bin/sh", "-c", script],
            Some(confinement.expect("nothing is tried")),
            LONG,
        )
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", error.stderr));
    let uid = rustix::process::geteuid().as_raw();
    assert!(text.starts_with(&format!("-- {uid} ")), "{text}");
    assert!(
        text.contains("DATABASE_URL=") && !text.contains("VERYSECRET"),
        "{text}"
    );
}

#[test]
fn what_can_not_be_confined_is_an_error() {
    let runner = Runner::new();
    let options = Options {
        pass: vec!["GITHUB_TOKEN".into()],
        ..runner.options()
    };
    let error = Confinement::prepare(options).unwrap_err();
    assert!(matches!(error, ConfineError::Variable(..)), "{error}");
    if !root() {
        return;
    }
    fs::set_permissions(runner.path("work"), Permissions::from_mode(0o700)).expect("a mode");
    let error = Confinement::prepare(runner.options()).unwrap_err();
    assert!(matches!(error, ConfineError::Unreadable { .. }), "{error}");
    let hint = error.hint().expect("a hint");
    assert!(hint.contains("chmod -R o+rX"), "{hint}");
}

/// The same tests by a user without rights, who can't be given another account.
#[test]
fn a_user_without_rights_confines_as_well() {
    if !root() {
        // Then all of the above has just been that.
        return;
    }
    let dir = open_dir("trueup-test-nobody-");
    let place = |path: &Path| {
        if reachable(path) {
            return path.to_owned();
        }
        let copy = dir.path().join(path.file_name().expect("a name"));
        if fs::hard_link(path, &copy).is_err() {
            fs::copy(path, &copy).expect("a copy");
        }
        copy
    };
    let exe = std::env::current_exe().expect("the test's own program");
    let trueup = Path::new(env!("CARGO_BIN_EXE_trueup"));
    assert!(
        reachable(trueup),
        "{} must be readable by all",
        trueup.display()
    );
    let temp = dir.path().join("tmp");
    fs::create_dir(&temp).expect("a directory");
    std::os::unix::fs::chown(&temp, Some(NOBODY), Some(NOBODY)).expect("its owner");
    let python = Python::new();
    let mut again = Command::new(place(&exe));
    // One at a time: they share the account, and so the number of processes that it may have.
    again
        .args(["confine::", "--test-threads=1", "--skip", "a_user_without"])
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir(dir.path())
        .env("HOME", dir.path())
        .env("TMPDIR", &temp)
        .env(PYTHON, &python.dir);
    let text = lab::run(again);
    assert!(text.contains("nothing_gets_out ... ok"), "{text}");
}
