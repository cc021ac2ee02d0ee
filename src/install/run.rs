//! Runs the installation in a cell that may use the network, and takes back what it was given.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use super::kind::source_roots;
use super::{InstallError, InstallFailure, Installed, ProjectKind, Request, environment};
use crate::config::Secret;
use crate::config::secret::{MASK, mask_line};
use crate::confine::process::Process;
use crate::confine::{Cell, Network, hand_over};
use crate::desired::PythonEnvironment;

/// Variables that name certificates, which must be readable wherever they are.
const CERTIFICATES: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSL_CLIENT_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
];

/// The part of our directory that the installation owns while it runs.
const GIVEN: &str = "packages";

/// Installs what the project asks for.
pub async fn install(request: &Request<'_>) -> Result<Installed, InstallError> {
    let started = Instant::now();
    let directory = request
        .directory
        .canonicalize()
        .map_err(|error| io_failed("the project's directory can't be entered", error))?;
    let kind = ProjectKind::find(&request.install, &directory)?;
    if let ProjectKind::Nothing(why) = kind {
        return Ok(Installed {
            python: None,
            summary: format!("no Python packages are installed: {why}"),
            notes: Vec::new(),
            directory: None,
        });
    }
    let job = Job::new(request, directory)?;
    let mut notes = Vec::new();
    let mut variables = provider_variables(&job.venv());
    if kind == ProjectKind::Poetry {
        variables.push(("PYTHONPATH".to_owned(), job.python_path()));
    }
    let first = job.run(&plan(&kind, true)).await;
    match first {
        Err(error)
            if is_written_next_to_sources(&error.stderr)
                && plan(&kind, false).script != plan(&kind, true).script =>
        {
            job.run(&plan(&kind, false)).await?;
            variables.push(("PYTHONPATH".to_owned(), job.python_path()));
            notes.push(
                "the project itself is not installed, since its build writes into the checkout (setuptools does): it is \
                 imported from its sources"
                    .to_owned(),
            );
        }
        other => other?,
    }
    let python = PythonEnvironment {
        directory: job.venv(),
        variables,
        readable: vec![job.place.path().to_owned(), job.pythons()],
        how_to_add: kind.how_to_add().to_owned(),
    };
    let took = started.elapsed();
    Ok(Installed {
        python: Some(python),
        summary: format!(
            "Python packages installed from {} in {:.1} s",
            source(&kind),
            took.as_secs_f64()
        ),
        notes,
        directory: Some(job.place),
    })
}

/// Where packages come from, in words.
fn source(kind: &ProjectKind) -> String {
    match kind {
        ProjectKind::Lock => "uv.lock".to_owned(),
        ProjectKind::Project(_) => "pyproject.toml".to_owned(),
        ProjectKind::Poetry => "poetry.lock".to_owned(),
        ProjectKind::Pipenv => "Pipfile.lock".to_owned(),
        ProjectKind::Setup => "setup.py".to_owned(),
        ProjectKind::Requirements(name) => name.clone(),
        ProjectKind::Command(_) => "the command of `install`".to_owned(),
        ProjectKind::Nothing(why) => (*why).to_owned(),
    }
}

/// So that `uv run` takes the environment as it is.
fn provider_variables(venv: &Path) -> Vec<(String, String)> {
    [
        (
            "UV_PROJECT_ENVIRONMENT",
            venv.display().to_string().as_str(),
        ),
        ("UV_NO_SYNC", "1"),
        ("UV_OFFLINE", "1"),
        ("UV_PYTHON_DOWNLOADS", "never"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// A shell script with its argument, and how people would write it.
struct Plan {
    script: String,
    argument: String,
    shown: String,
}

/// How a kind is installed; without the project itself where that is what fails.
fn plan(kind: &ProjectKind, whole: bool) -> Plan {
    // The environment has its Python from now on: with the variable, `uv pip` would install into that one.
    let venv = "uv venv --quiet \"$VIRTUAL_ENV\"\nunset UV_PYTHON";
    let (script, argument, shown) = match kind {
        ProjectKind::Lock => {
            let rest = if whole {
                ""
            } else {
                " --no-install-project --no-install-workspace"
            };
            let sync = format!("uv sync --frozen{rest}");
            (sync.clone(), String::new(), sync)
        }
        ProjectKind::Project(found) => {
            let what = if whole && found.builds {
                "-e ."
            } else {
                "-r pyproject.toml"
            };
            let group = if found.dev { " --group dev" } else { "" };
            let pip = format!("uv pip install {what}{group}");
            (format!("{venv}\n{pip}"), String::new(), pip)
        }
        // Both know their locks best; what they print is uv's to install.
        ProjectKind::Poetry => exported(
            venv,
            "uv tool run --quiet --from poetry --with poetry-plugin-export \
             poetry export --all-groups --without-hashes",
        ),
        ProjectKind::Pipenv => exported(venv, "uv tool run --quiet pipenv requirements --dev"),
        // Setuptools writes next to the sources: next to a copy of them, where it may not here.
        ProjectKind::Setup if whole => (
            format!("{venv}\nuv pip install -e ."),
            String::new(),
            "uv pip install -e .".to_owned(),
        ),
        ProjectKind::Setup => (
            format!("{venv}\ncp -R . \"$HOME/project\"\nuv pip install \"$HOME/project\""),
            String::new(),
            "uv pip install .".to_owned(),
        ),
        ProjectKind::Requirements(name) => (
            format!("{venv}\nuv pip install -r \"$1\""),
            name.clone(),
            format!("uv pip install -r {name}"),
        ),
        // A command expects pip in an environment; Debian's Python has none to give.
        ProjectKind::Command(command) => (
            format!(
                "{venv}\n\"$VIRTUAL_ENV/bin/python\" -m ensurepip --default-pip >/dev/null 2>&1 || true\n\
                 exec sh -eu -c \"$1\""
            ),
            command.clone(),
            command.clone(),
        ),
        ProjectKind::Nothing(_) => Default::default(),
    };
    Plan {
        // What an installation says on stdout belongs to its messages.
        script: format!("exec 1>&2\n{script}"),
        argument,
        shown,
    }
}

/// A lock that `export` prints as requirements, installed; with what people would write.
fn exported(venv: &str, export: &str) -> (String, String, String) {
    let file = "\"$HOME/requirements.txt\"";
    (
        format!("{export} >{file}\n{venv}\nuv pip install -r {file}"),
        String::new(),
        format!("{export} >requirements.txt && uv pip install -r requirements.txt"),
    )
}

/// Whether a build failed for want of writing next to its sources.
fn is_written_next_to_sources(stderr: &str) -> bool {
    let text = stderr.to_lowercase();
    let refused = [
        "permission denied",
        "read-only file system",
        "errno 13",
        "errno 30",
    ];
    let written = [".egg-info", "build/", "'build'", "_version.py", "dist_info"];
    refused.iter().any(|word| text.contains(word)) && written.iter().any(|word| text.contains(word))
}

fn io_failed(what: &'static str, error: io::Error) -> InstallError {
    InstallError::new(InstallFailure::Io(what, error))
}

/// An installation at work.
struct Job<'a> {
    request: &'a Request<'a>,
    directory: PathBuf,
    /// Holds the environment, and Pythons when nothing is kept.
    place: TempDir,
    cache: Option<Cache>,
    secrets: Vec<Secret>,
}

/// A directory that is kept from run to run, and whose it is.
struct Cache {
    path: PathBuf,
    owner: (u32, u32),
}

impl<'a> Job<'a> {
    fn new(request: &'a Request<'a>, directory: PathBuf) -> Result<Self, InstallError> {
        let variables = request.confinement.variables();
        let path = variables.get(OsStr::new("PATH")).map(OsString::as_os_str);
        let found = path
            .into_iter()
            .flat_map(std::env::split_paths)
            .any(|dir| dir.is_absolute() && dir.join("uv").is_file());
        if !found {
            return Err(InstallError::new(InstallFailure::NoUv));
        }
        let failed = |error| io_failed("a directory for the packages can't be made", error);
        let place = tempfile::Builder::new()
            .prefix("trueup-python-")
            .tempdir()
            .map_err(failed)?;
        // The models' program has another account, and reads it.
        fs::set_permissions(place.path(), Permissions::from_mode(0o755)).map_err(failed)?;
        fs::create_dir(place.path().join(GIVEN)).map_err(failed)?;
        let cache = match &request.cache {
            Some(path) => Some(Cache::open(path, request.confinement.workspace())?),
            None => None,
        };
        Ok(Self {
            request,
            directory,
            place,
            cache,
            secrets: environment::secrets(variables),
        })
    }

    fn venv(&self) -> PathBuf {
        self.place.path().join(GIVEN).join("venv")
    }

    /// Where uv puts Pythons that it fetches.
    fn pythons(&self) -> PathBuf {
        match &self.cache {
            Some(cache) => cache.path.join("python"),
            None => self.place.path().join(GIVEN).join("pythons"),
        }
    }

    /// Where the project's own modules are, then what was there.
    fn python_path(&self) -> String {
        let variables = self.request.confinement.variables();
        let mut paths = source_roots(&self.directory);
        paths.extend(
            variables
                .get(OsStr::new("PYTHONPATH"))
                .into_iter()
                .flat_map(std::env::split_paths),
        );
        let paths: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        paths.join(":")
    }

    async fn run(&self, plan: &Plan) -> Result<(), InstallError> {
        let variables = self.request.confinement.variables();
        let mut write = vec![self.place.path().join(GIVEN)];
        write.extend(self.cache.iter().map(|cache| cache.path.clone()));
        let read: Vec<PathBuf> = CERTIFICATES
            .iter()
            .filter_map(|name| variables.get(OsStr::new(name)).map(PathBuf::from))
            .collect();
        let cell = self
            .request
            .confinement
            .cell(Network::Internet, &write, &read)
            .map_err(|error| InstallError::new(InstallFailure::Confine(error)))?;
        let uid = cell.uid();
        let done = self.run_in(cell, plan).await;
        if let Some(cache) = &self.cache {
            hand_over(&cache.path, uid, cache.owner)
                .map_err(|error| io_failed("the cache can't be given back", error))?;
        }
        let us = (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        );
        hand_over(self.place.path(), uid, us)
            .map_err(|error| io_failed("the packages can't be taken over", error))?;
        done
    }

    async fn run_in(&self, cell: Cell, plan: &Plan) -> Result<(), InstallError> {
        let variables = self.request.confinement.variables();
        self.hand_netrc(&cell)
            .map_err(|error| io_failed("`.netrc` can't be handed over", error))?;
        let cache = match &self.cache {
            Some(cache) => cache.path.join("uv"),
            None => cell.home().join(".cache/uv"),
        };
        let venv = self.venv();
        let mut path = venv.join("bin").into_os_string();
        if let Some(outer) = variables.get(OsStr::new("PATH")) {
            path.push(":");
            path.push(outer);
        }
        let mut command = cell.command(Path::new("/bin/sh"));
        command
            .args(["-eu", "-c", &plan.script, "sh", &plan.argument])
            .current_dir(&self.directory)
            .envs(environment::of(variables))
            .env("PATH", path)
            .env("VIRTUAL_ENV", &venv)
            .env("UV_PROJECT_ENVIRONMENT", &venv)
            .env("UV_CACHE_DIR", cache)
            .env("UV_PYTHON_INSTALL_DIR", self.pythons())
            .env("UV_LINK_MODE", "copy")
            .env("UV_NO_PROGRESS", "1")
            .env("UV_VENV_CLEAR", "1")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C.UTF-8");
        let fail = |failure, stderr: &str| InstallError {
            failure,
            command: self.mask(&plan.shown),
            stderr: self.mask(stderr.trim_end()),
        };
        tracing::info!(command = %self.mask(&plan.shown), "installing Python packages");
        let limit = self.request.timeout;
        let deadline = tokio::time::Instant::now() + limit;
        let process = Process::start(command, Some(cell))
            .map_err(|error| fail(InstallFailure::Start(error.to_string()), ""))?;
        let ended = process
            .finish(deadline)
            .await
            .map_err(|error| fail(InstallFailure::Start(error.to_string()), ""))?;
        let Some(status) = ended.status else {
            return Err(fail(InstallFailure::Timeout(limit), &ended.stderr));
        };
        if let Some(signal) = status.signal() {
            return Err(fail(InstallFailure::Signal(signal), &ended.stderr));
        }
        match status.code() {
            Some(0) => {
                for line in self
                    .mask(&ended.stderr)
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                {
                    tracing::info!("install: {line}");
                }
                Ok(())
            }
            code => Err(fail(
                InstallFailure::Exit(code.unwrap_or(-1)),
                &ended.stderr,
            )),
        }
    }

    /// The user's passwords for hosts, where the installation looks for them.
    fn hand_netrc(&self, cell: &Cell) -> io::Result<()> {
        let Some(text) = environment::netrc(self.request.confinement.variables()) else {
            return Ok(());
        };
        let path = cell.home().join(".netrc");
        fs::write(&path, text)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        cell.give(&path)
    }

    fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut secrets: Vec<&str> = self.secrets.iter().map(Secret::expose).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            text = text.replace(secret, MASK);
        }
        let lines: Vec<String> = text.lines().map(|line| mask_line(line, 0).0).collect();
        lines.join("\n")
    }
}

impl Cache {
    /// Makes the directory where it is missing. One in the checkout must really be there: a link in it could lead to what
    /// only we may change.
    fn open(path: &Path, workspace: &Path) -> Result<Self, InstallError> {
        let failed = |error| io_failed("`cache-dir` can't be made", error);
        let path = workspace.join(path);
        if path.starts_with(workspace) {
            // Before anything is made: what is there already of the way must really be there.
            let there = path
                .ancestors()
                .find(|part| part.symlink_metadata().is_ok());
            let real = there.map(Path::canonicalize).transpose().map_err(failed)?;
            if real.as_deref() != there
                || path.components().any(|part| part == Component::ParentDir)
            {
                let error = io::Error::other("there is a link on the way to it, or `..`");
                return Err(failed(error));
            }
        }
        let missing = !path.exists();
        fs::create_dir_all(&path).map_err(failed)?;
        let real = path.canonicalize().map_err(failed)?;
        if missing {
            fs::write(real.join(".gitignore"), "*\n").map_err(failed)?;
        }
        let whose = match missing {
            true => real.parent().unwrap_or(&real),
            false => &real,
        };
        let meta = fs::metadata(whose).map_err(failed)?;
        Ok(Self {
            path: real,
            owner: (meta.uid(), meta.gid()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_no_way_out_of_the_checkout() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let work = root.join("work");
        fs::create_dir_all(work.join("real")).unwrap();
        std::os::unix::fs::symlink(&root, work.join("link")).unwrap();
        assert!(Cache::open(Path::new("real/uv"), &work).is_ok());
        assert!(Cache::open(Path::new("link/uv/deeper"), &work).is_err());
        assert!(!root.join("uv").exists(), "nothing is made out there");
        assert!(Cache::open(Path::new("real/../../x"), &work).is_err());
        assert!(Cache::open(&root.join("elsewhere"), &work).is_ok());
    }

    #[test]
    fn builds_that_write_next_to_their_sources_are_told() {
        assert!(is_written_next_to_sources(
            "error: could not create 'app.egg-info': Permission denied"
        ));
        assert!(!is_written_next_to_sources("error: Permission denied"));
    }
}
