//! Installing a project's packages: each kind of project, a private index whose password is seen nowhere, and failures
//! that say what to do. The packages come from an index of our own on this machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use trueup::confine::{Confinement, Level, Network, Options};
use trueup::desired::{self, ProviderOptions};
use trueup::install::{self, Install, InstallError, InstallFailure, Installed, Request};
use trueup::problem::Problem;

use crate::confine::{open_dir, reachable};
use crate::lab::{self, SETUP};

/// A password with characters that URLs write otherwise.
const PASSWORD: &str = "S3cret+/word";
const PASSWORD_IN_URL: &str = "S3cret%2B%2Fword";

/// An index with the packages of `tests/data/install/index.py`, and its log of requests.
struct Index {
    server: Child,
    port: u16,
}

impl Index {
    fn start(user: Option<&str>) -> Self {
        let mut command = Command::new(lab::python_bin().join("python3"));
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/install/index.py"))
            .args(user.map(|user| format!("{user}:{PASSWORD}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut server = command.spawn().expect("Python starts");
        let mut line = String::new();
        let stdout = server.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its port");
        let port = line.trim().parse().expect("a port");
        Self { server, port }
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}127.0.0.1:{}/simple", self.port)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A checkout with a project.
struct Project {
    dir: TempDir,
    variables: BTreeMap<OsString, OsString>,
    cache: Option<PathBuf>,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = open_dir("trueup-test-install-");
        fs::create_dir_all(dir.path().join("work/.git")).expect("a directory");
        let project = Self {
            variables: [
                ("PATH", path()),
                ("UV_PYTHON", python()),
                ("UV_PYTHON_DOWNLOADS", "never".into()),
                ("GITHUB_TOKEN", "ghs_TOKEN".into()),
            ]
            .map(|(name, value)| (name.into(), value))
            .into(),
            dir,
            cache: None,
        };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn confinement(&self) -> Confinement {
        let options = Options {
            exe: env!("CARGO_BIN_EXE_trueup").into(),
            level: Level::Strict,
            variables: self.variables.clone(),
            ..Options::new(&self.work())
        };
        Confinement::prepare(options).expect("this machine can confine")
    }

    async fn install(&self, install: &str) -> Result<Installed, InstallError> {
        let confinement = self.confinement();
        let request = Request {
            install: Install::parse(install),
            directory: self.work(),
            cache: self.cache.clone(),
            timeout: Duration::from_secs(180),
            confinement: &confinement,
        };
        install::install(&request).await
    }

    async fn installed(&self, install: &str) -> Installed {
        match self.install(install).await {
            Ok(installed) => installed,
            Err(error) => panic!("{}", told(error)),
        }
    }

    async fn fails(&self, install: &str) -> InstallError {
        match self.install(install).await {
            Ok(installed) => panic!("{}", installed.summary),
            Err(error) => error,
        }
    }

    /// Runs Python code as the models' program would be, gives its stdout.
    async fn python(&self, installed: &Installed, code: &str) -> String {
        let python = installed.python.as_ref().expect("an environment");
        let confinement = self.confinement();
        let cell = confinement
            .cell(Network::None, &[], &python.readable)
            .expect("a cell");
        let mut command = cell.command(&python.directory.join("bin/python"));
        let output = command
            .args(["-c", code])
            .envs(python.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.work())
            .output()
            .await
            .expect("Python starts");
        assert!(output.status.success(), "{}", lab::both(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

/// All that anybody could show of an error.
fn told(error: InstallError) -> String {
    let debug = format!("{error:?}");
    let problem = Problem::from(error);
    format!(
        "{}\n{}\n{debug}",
        trueup::report::text::problem(&problem, trueup::report::Style::PLAIN, true),
        trueup::report::json::problem(&problem)
    )
}

/// uv of the tests' environment, and the system's programs.
fn path() -> OsString {
    let bin = lab::python_bin();
    assert!(
        bin.join("uv").exists(),
        "no uv in {}: {SETUP}",
        bin.display()
    );
    assert!(
        reachable(&bin.join("uv")),
        "{} must be readable by all",
        bin.display()
    );
    let mut path = bin.into_os_string();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    path
}

/// A Python that every account can run.
fn python() -> OsString {
    let places = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&places)
        .chain(["/usr/local/bin".into(), "/usr/bin".into()])
        .map(|dir| dir.join("python3"))
        // A wrapper of a version manager needs its owner's home.
        .find(|path| reachable(path) && !fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"#!")))
        .unwrap_or_else(|| panic!("no Python that every account can run: {SETUP}"))
        .into_os_string()
}

const PROJECT: &str = "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.10'\ndependencies = ['trueup-one']\n";

/// What `uv lock` makes of [`PROJECT`] with a group, for an index at this port.
fn lock(project: &Project, index: &Index) {
    let mut uv = Command::new("uv");
    uv.arg("lock")
        .current_dir(project.work())
        .env_clear()
        .env("PATH", path())
        .env("HOME", project.dir.path())
        .env("UV_PYTHON", python())
        .env("UV_DEFAULT_INDEX", index.url(""));
    lab::run(uv);
}

#[tokio::test]
async fn each_kind_of_project() {
    let index = Index::start(None);
    let url = index.url("");
    let ask = "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))";

    let project = Project::new(&[]);
    let nothing = project.installed("auto").await;
    assert!(nothing.python.is_none());
    assert!(
        nothing.summary.contains("no Python packages are installed"),
        "{}",
        nothing.summary
    );

    let project = Project::new(&[
        ("requirements.txt", "trueup-one\n"),
        ("requirements-dev.txt", "trueup-two\n"),
    ])
    .set("PIP_INDEX_URL", &url);
    let installed = project.installed("auto").await;
    assert!(
        installed.summary.contains("requirements.txt"),
        "{}",
        installed.summary
    );
    assert_eq!(project.python(&installed, ask).await, "['trueup-one']\n");
    let other = project.installed("requirements-dev.txt").await;
    assert_eq!(project.python(&other, ask).await, "['trueup-two']\n");
    let place = installed.directory().expect("a directory").to_owned();
    drop(installed);
    assert!(!place.exists(), "{} is left", place.display());

    // Settings of tools only; a group; a lock, which comes before all else.
    let project = Project::new(&[("pyproject.toml", PROJECT)]).set("UV_DEFAULT_INDEX", &url);
    let installed = project.installed("auto").await;
    assert_eq!(project.python(&installed, ask).await, "['trueup-one']\n");
    project.write(
        "pyproject.toml",
        &format!("{PROJECT}[dependency-groups]\ndev = ['trueup-two']\n"),
    );
    let installed = project.installed("auto").await;
    assert_eq!(
        project.python(&installed, ask).await,
        "['trueup-one', 'trueup-two']\n"
    );
    lock(&project, &index);
    let installed = project.installed("auto").await;
    assert!(
        installed.summary.contains("uv.lock"),
        "{}",
        installed.summary
    );
    assert_eq!(
        project.python(&installed, ask).await,
        "['trueup-one', 'trueup-two']\n"
    );
    // `uv run` takes it as it is, without a network.
    let code = "import subprocess; print(subprocess.run(['uv', 'run', 'python', '-c', 'import trueup_one; print(trueup_one.NAME)'], \
                capture_output=True, text=True))";
    let said = project.python(&installed, code).await;
    assert!(said.contains("stdout='one\\n'"), "{said}");

    let project =
        Project::new(&[("requirements.txt", "trueup-one\n")]).set("UV_DEFAULT_INDEX", &url);
    let installed = project
        .installed("uv pip install trueup-two && test -z \"${GITHUB_TOKEN:-}\"")
        .await;
    assert_eq!(
        project
            .python(&installed, "import trueup_two; print(trueup_two.NAME)")
            .await,
        "two\n"
    );
}

/// What other tools locked is printed by them and installed by uv.
#[tokio::test]
async fn locks_of_other_tools() {
    let index = Index::start(None);
    let url = index.url("");
    let ask = "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))";
    let poetry = "[[package]]\nname = \"trueup-one\"\n[[package]]\nname = \"trueup-two\"\n";
    for pyproject in [PROJECT, "[tool.poetry]\nname = 'shop'\n"] {
        let project = Project::new(&[
            ("pyproject.toml", pyproject),
            ("poetry.lock", poetry),
            ("src/shop/__init__.py", "NAME = 'shop'\n"),
        ])
        .set("UV_DEFAULT_INDEX", &url);
        let installed = project.installed("auto").await;
        assert!(
            installed.summary.contains("poetry.lock"),
            "{}",
            installed.summary
        );
        let found = project.python(&installed, ask).await;
        assert_eq!(found, "['trueup-one', 'trueup-two']\n");
        let code = "import shop; print(shop.NAME)";
        assert_eq!(project.python(&installed, code).await, "shop\n");
    }
    let project = Project::new(&[
        ("Pipfile", ""),
        (
            "Pipfile.lock",
            r#"{"default": {"trueup-one": {}}, "develop": {"trueup-two": {}}}"#,
        ),
    ])
    .set("UV_DEFAULT_INDEX", &url);
    let installed = project.installed("auto").await;
    let found = project.python(&installed, ask).await;
    assert_eq!(found, "['trueup-one', 'trueup-two']\n");
}

/// A `setup.py`, whose build may write next to the sources.
#[tokio::test]
async fn a_setup_file() {
    let index = Index::start(None);
    let project = Project::new(&[
        ("setup.py", "from setuptools import setup; setup()\n"),
        ("src/shop/__init__.py", "NAME = 'shop'\n"),
    ])
    .set("UV_DEFAULT_INDEX", &index.url(""));
    for writes in [false, true] {
        if writes {
            project.write("WRITES", "");
        }
        let installed = project.installed("auto").await;
        let code = "import shop, trueup_one; print(shop.NAME, trueup_one.NAME)";
        assert_eq!(project.python(&installed, code).await, "shop one\n");
        assert_eq!(installed.notes.len(), usize::from(writes));
    }
}

/// What a build tries with a socket that everybody may connect to, as Docker's often is.
const BACKEND: &str = "\
import socket, sys
for end in socket.socketpair():
    end.close()
try:
    socket.socket(socket.AF_UNIX).connect('docker.sock')
except PermissionError:
    sys.exit('no way to ' + 'the socket')
sys.exit('connected to the socket')
";

#[tokio::test]
async fn a_build_reaches_no_socket_of_the_machine() {
    let project = Project::new(&[
        (
            "pyproject.toml",
            "[project]\nname = 'shop'\nversion = '1'\n[build-system]\nrequires = []\nbuild-backend = 'backend'\n\
             backend-path = ['.']\n",
        ),
        ("backend.py", BACKEND),
        ("shop/__init__.py", ""),
    ]);
    let path = project.work().join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("its mode");
    let error = told(project.fails("auto").await);
    assert!(error.contains("no way to the socket"), "{error}");
}

/// A package whose models are imported by its name; with a build backend that writes next to the sources.
#[tokio::test]
async fn a_project_that_is_a_package() {
    let index = Index::start(None);
    let project = Project::new(&[
        ("pyproject.toml", &format!("{PROJECT}[build-system]\nrequires = ['trueup-backend']\nbuild-backend = 'trueup_backend'\n")),
        ("src/shop/__init__.py", "from importlib.metadata import version\nVERSION = version('shop')\n"),
    ])
    .set("UV_DEFAULT_INDEX", &index.url(""));
    let installed = project.installed("auto").await;
    let code = "import shop; print(shop.VERSION, shop.__file__)";
    let wanted = format!(
        "1 {}\n",
        project.work().join("src/shop/__init__.py").display()
    );
    assert_eq!(project.python(&installed, code).await, wanted);
    assert!(installed.notes.is_empty(), "{:?}", installed.notes);

    // As setuptools does.
    project.write("WRITES", "");
    project.write("src/shop/__init__.py", "VERSION = 0\n");
    for locked in [false, true] {
        if locked {
            fs::set_permissions(project.work(), Permissions::from_mode(0o755)).expect("a mode");
            lock(&project, &index);
        }
        let installed = project.installed("auto").await;
        assert!(
            installed.notes[0].contains("imported from its sources"),
            "{:?}",
            installed.notes
        );
        let wanted = format!(
            "0 {}\n",
            project.work().join("src/shop/__init__.py").display()
        );
        assert_eq!(project.python(&installed, code).await, wanted);
    }
}

#[tokio::test]
async fn a_private_index_keeps_its_password() {
    let index = Index::start(Some("team"));
    let secrets = [PASSWORD, PASSWORD_IN_URL];
    let with_password = index.url(&format!("team:{PASSWORD_IN_URL}@"));
    let wrong = index.url(&format!("other:{PASSWORD_IN_URL}@"));
    let file = "trueup-one\n";
    let pyproject = format!(
        "{PROJECT}[[tool.uv.index]]\nname = 'corp'\nurl = '{}'\ndefault = true\n",
        index.url("")
    );
    let by_name = Project::new(&[("pyproject.toml", &pyproject)])
        .set("UV_INDEX_CORP_USERNAME", "team")
        .set("UV_INDEX_CORP_PASSWORD", PASSWORD);
    let by_url = Project::new(&[("requirements.txt", file)]).set("PIP_INDEX_URL", &with_password);
    let by_netrc =
        Project::new(&[("requirements.txt", file)]).set("UV_DEFAULT_INDEX", &index.url(""));
    let home = by_netrc.dir.path().join("home");
    fs::create_dir(&home).expect("a directory");
    fs::write(
        home.join(".netrc"),
        format!("machine 127.0.0.1 login team password {PASSWORD}\n"),
    )
    .expect("a file");
    let by_netrc = by_netrc.set("HOME", home.to_str().expect("UTF-8"));
    for project in [by_name, by_url, by_netrc] {
        let known: Vec<String> = install::secrets(&project.variables)
            .iter()
            .map(|secret| secret.expose().to_owned())
            .collect();
        assert!(
            known.contains(&PASSWORD.to_owned()),
            "the redactor must know it"
        );
        let installed = project.installed("auto").await;
        let said = format!("{installed:?}");
        let seen = project
            .python(
                &installed,
                "import os, trueup_one; print(dict(os.environ), os.listdir(os.environ['HOME']))",
            )
            .await;
        for secret in secrets {
            assert!(
                !said.contains(secret) && !seen.contains(secret),
                "{said}\n{seen}"
            );
        }
        assert!(!seen.contains(".netrc"), "{seen}");
        // A program that prints it is masked.
        let error = project
            .fails("echo \"$(env)\"; cat \"$HOME/.netrc\" || true; echo \"${UV_DEFAULT_INDEX:-}\" >&2; exit 7")
            .await;
        assert_eq!(error.exit_code(), Some(7));
        let text = told(error);
        for secret in secrets {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(!text.contains("ghs_TOKEN"), "{text}");
    }

    let project = Project::new(&[("requirements.txt", file)]).set("UV_DEFAULT_INDEX", &wrong);
    let error = project.fails("auto").await;
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("UV_INDEX_<NAME>_PASSWORD")),
        "{error:?}"
    );
    let text = told(error);
    for secret in secrets {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn failures_say_what_to_do() {
    let index = Index::start(None);
    let url = index.url("");
    let hint = |error: &InstallError| error.hint().unwrap_or_else(|| panic!("no hint: {error:?}"));

    let project = Project::new(&[("pyproject.toml", "[tool.poetry]\nname = 'x'\n")]);
    let error = project.fails("auto").await;
    assert!(hint(&error).contains("`poetry lock`"), "{error}");
    let project = Project::new(&[("environment.yml", "name: shop\n")]);
    let error = project.fails("auto").await;
    assert!(hint(&error).contains("ddl-file"), "{error}");

    let error = project.fails("requirements.txt").await;
    assert!(
        matches!(error.failure, InstallFailure::NoFile(_)),
        "{error}"
    );

    // As mysqlclient says it.
    let project =
        Project::new(&[("requirements.txt", "mysqlclient\n")]).set("UV_DEFAULT_INDEX", &url);
    let error = project.fails("auto").await;
    assert!(
        hint(&error).contains("pymysql") && hint(&error).contains("ddl-file"),
        "{error:?}"
    );

    let project = Project::new(&[("requirements.txt", "trueup-one\n")])
        .set("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple");
    let project = project.set("UV_HTTP_RETRIES", "0");
    let error = project.fails("auto").await;
    assert!(hint(&error).contains("can't be reached"), "{error:?}");

    let mut project = Project::new(&[("pyproject.toml", &PROJECT.replace(">=3.10", ">=3.99"))])
        .set("UV_DEFAULT_INDEX", &url);
    project.variables.remove(std::ffi::OsStr::new("UV_PYTHON"));
    let error = project.fails("auto").await;
    assert!(hint(&error).contains("requires-python"), "{error:?}");

    let problem = Problem::from(error);
    assert_eq!(problem.stage, Some("installing the project's packages"));
    let text = trueup::report::text::problem(&problem, trueup::report::Style::PLAIN, false);
    assert!(
        text.contains("exit code") && text.contains("stderr"),
        "{text}"
    );
}

/// The guide's provider, forgotten among the packages.
#[tokio::test]
async fn a_provider_that_is_missing_is_named() {
    let index = Index::start(None);
    let project = Project::new(&[("requirements.txt", "trueup-one\n")])
        .set("UV_DEFAULT_INDEX", &index.url(""));
    project.write(
        "atlas.hcl",
        "data \"external_schema\" \"x\" {\n  program = [\"atlas-provider-sqlalchemy\", \"--path\", \".\"]\n}\n\
         env \"x\" {\n  src = data.external_schema.x.url\n}\n",
    );
    let installed = project.installed("auto").await;
    let env = trueup::config::load(&project.work().join("atlas.hcl"), Some("x"), &[], &|_| None);
    let options = ProviderOptions {
        timeout: Duration::from_secs(60),
        cwd: project.work(),
        confinement: Some(Arc::new(project.confinement())),
        python: installed.python,
        server: None,
    };
    let error = desired::start(&env.expect("a config").src, &options).unwrap_err();
    let hint = Problem::from(error).hint.expect("a hint");
    assert!(
        hint.contains("a line `atlas-provider-sqlalchemy` in the file of requirements"),
        "{hint}"
    );
}

/// The runner's user packs and unpacks the cache; the installation has another account.
#[tokio::test]
async fn a_cache_is_given_back() {
    let index = Index::start(None);
    let mut project = Project::new(&[("requirements.txt", "trueup-one\n")])
        .set("UV_DEFAULT_INDEX", &index.url(""));
    let root = rustix::process::geteuid().is_root();
    let owner = match root {
        true => 54321,
        false => rustix::process::geteuid().as_raw(),
    };
    if root {
        chown(project.work(), Some(owner), Some(owner)).expect("its owner");
    }
    project.cache = Some(".cache/trueup".into());
    project.installed("auto").await;
    let cache = project.work().join(".cache/trueup");
    fn files(path: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(path).expect("a directory").flatten() {
            found.push(entry.path());
            if entry.file_type().expect("a kind").is_dir() {
                files(&entry.path(), found);
            }
        }
    }
    let mut found = Vec::new();
    files(&cache, &mut found);
    assert!(found.len() > 3, "{found:?}");
    for path in &found {
        let meta = fs::symlink_metadata(path).expect("a file");
        assert_eq!(
            meta.uid(),
            if root {
                fs::metadata(cache.parent().expect("a parent"))
                    .expect("it")
                    .uid()
            } else {
                owner
            },
            "{}",
            path.display()
        );
        assert!(meta.permissions().mode() & 0o400 != 0, "{}", path.display());
    }
    // And again, from the cache alone.
    drop(index);
    let again = project.set("UV_OFFLINE", "1");
    again.installed("auto").await;
}
