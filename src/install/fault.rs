//! Failures of an installation, and what to do about them.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::confine::ConfineError;
use crate::problem::{Explain, Problem, stage};

/// An installation that failed.
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
pub struct InstallError {
    pub failure: InstallFailure,
    /// The command, empty when it did not come to one.
    pub command: String,
    /// The end of its stderr, secrets masked.
    pub stderr: String,
}

/// What went wrong.
#[derive(Debug)]
pub enum InstallFailure {
    NoFile(PathBuf),
    /// The file that the user named says where the project is, which is not here.
    Elsewhere(String),
    NoLock(&'static str, &'static str),
    Conda,
    NoUv,
    /// A directory could not be made or handed over: what, and why.
    Io(&'static str, std::io::Error),
    Confine(ConfineError),
    Start(String),
    Exit(i32),
    Signal(i32),
    Timeout(Duration),
}

impl fmt::Display for InstallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the project's packages can't be installed: ")?;
        match self {
            Self::NoFile(path) => write!(f, "there is no file `{}`", path.display()),
            Self::Elsewhere(name) => write!(f, "`{name}` is in another directory"),
            Self::NoLock(lock, _) => write!(f, "there is no `{lock}`"),
            Self::Conda => f.write_str("a conda environment can't be made here"),
            Self::NoUv => f.write_str("program `uv` not found"),
            Self::Io(what, error) => write!(f, "{what}: {error}"),
            Self::Confine(error) => write!(f, "{error}"),
            Self::Start(why) => write!(f, "the installation can't be started: {why}"),
            Self::Exit(code) => write!(f, "the installation failed with exit code {code}"),
            Self::Signal(signal) => write!(f, "the installation was killed by signal {signal}"),
            Self::Timeout(limit) => {
                write!(
                    f,
                    "the installation did not end within {} s and was stopped",
                    limit.as_secs()
                )
            }
        }
    }
}

impl InstallError {
    pub(super) fn new(failure: InstallFailure) -> Self {
        Self {
            failure,
            command: String::new(),
            stderr: String::new(),
        }
    }

    /// The exit code of the command, where it came to one.
    pub fn exit_code(&self) -> Option<i32> {
        match self.failure {
            InstallFailure::Exit(code) => Some(code),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match &self.failure {
            InstallFailure::NoFile(_) => Some("`install` names a file, relative to `working-directory`".to_owned()),
            InstallFailure::Elsewhere(_) => Some("set `working-directory` to its directory".to_owned()),
            InstallFailure::NoLock(lock, command) => Some(format!("run `{command}` and commit {lock}")),
            InstallFailure::Conda => Some(
                "print the models' SQL in an earlier step that has the environment, and give it as `ddl-file`; or name a file \
                 of requirements with `install` (the models are only imported: few packages are needed)"
                    .to_owned(),
            ),
            InstallFailure::NoUv => Some("install uv, or set `install: none`".to_owned()),
            InstallFailure::Confine(error) => error.hint(),
            InstallFailure::Exit(_) => explain(&self.stderr),
            InstallFailure::Signal(9) => Some("did the machine run out of memory?".to_owned()),
            InstallFailure::Timeout(_) => Some("keep downloads from run to run: `cache-dir` and actions/cache".to_owned()),
            _ => None,
        }
    }
}

/// Drivers that need a compiler and headers, and what does as well without.
const DRIVERS: &[(&str, &str)] = &[
    ("mysqlclient", "`pymysql` (`mysql+pymysql://` in URLs)"),
    ("psycopg2", "`psycopg2-binary`"),
    ("psycopg-c", "`psycopg[binary]`"),
    ("pyodbc", "a wheel of `pyodbc` for this Python"),
    ("cx-oracle", "`oracledb`"),
    ("cx_oracle", "`oracledb`"),
];

/// What a build says that lacks a compiler, a header or a library's description.
const NEEDS_COMPILER: &[&str] = &[
    "gcc: not found",
    "command 'gcc' failed",
    "command 'cc' failed",
    "no such file or directory: 'gcc'",
    "no such file or directory: 'cc'",
    "unable to execute 'gcc'",
    "command 'x86_64-linux-gnu-gcc' failed",
    "command 'aarch64-linux-gnu-gcc' failed",
    "pkg-config: not found",
    "can not find valid pkg-config name",
    "pkg-config probably not installed",
    "pg_config executable not found",
    "pg_config is required",
    "mariadb_config not found",
    "fatal error: python.h",
    "fatal error: libpq-fe.h",
    "fatal error: mysql.h",
    "unknown compiler",
    "no working compiler found",
    "failed to find c compiler",
    "can't find rust compiler",
    "linker `cc` not found",
];

/// What to do about what uv (or pip) said.
fn explain(stderr: &str) -> Option<String> {
    let text = stderr.to_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    if has(NEEDS_COMPILER) {
        let instead = DRIVERS
            .iter()
            .find(|(name, _)| names_package(&text, name))
            .map_or("a package that has wheels".to_owned(), |(_, instead)| {
                (*instead).to_owned()
            });
        return Some(format!(
            "a package is built from source, and this image has no compiler. Install {instead} instead (the models are \
             only imported: the driver never connects), or print the models' SQL in an earlier step and give it as \
             `ddl-file`"
        ));
    }
    if has(&[
        "401 unauthorized",
        "403 forbidden",
        "missing credentials",
        "could not authenticate",
    ]) {
        return Some(
            "the index wants credentials: set `UV_INDEX_<NAME>_USERNAME` and `UV_INDEX_<NAME>_PASSWORD`, or the URL with \
             them as `UV_DEFAULT_INDEX` or `PIP_INDEX_URL`, in the step's `env`, from secrets"
                .to_owned(),
        );
    }
    if has(&[
        "requires-python",
        "no interpreter found",
        "python_requires",
        "no download found for request",
        "python downloads are",
    ]) && has(&["python"])
    {
        return Some(
            "name a Python that can be had: `requires-python` in pyproject.toml or `.python-version`; uv fetches it unless \
             `UV_PYTHON_DOWNLOADS` forbids it"
                .to_owned(),
        );
    }
    if has(&[
        "needs to be updated",
        "outdated",
        "unable to find lockfile",
        "lockfile at",
    ]) && text.contains("lock")
    {
        return Some("run `uv lock` and commit uv.lock".to_owned());
    }
    if has(&[
        "dns error",
        "failed to lookup address",
        "connection refused",
        "network is unreachable",
        "tcp connect error",
        "error sending request",
        "connect timeout",
        "operation timed out",
        "failed to fetch",
    ]) {
        return Some(
            "the index can't be reached from the container: does the runner need a proxy (`HTTPS_PROXY` in the step's \
             `env`) or a mirror (`UV_DEFAULT_INDEX`)? `localhost` is the container itself"
                .to_owned(),
        );
    }
    if has(&["git executable not found", "git operation failed"]) {
        return Some(
            "a requirement comes from git, which this image lacks: take a release from an index, or print the models' SQL \
             in an earlier step and give it as `ddl-file`"
                .to_owned(),
        );
    }
    None
}

/// Whether a text names a package, and not one whose name merely begins so.
fn names_package(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let rest = &text[at + name.len()..];
        let before = text[..at].chars().next_back();
        !rest.starts_with("-binary")
            && !before.is_some_and(char::is_alphanumeric)
            && !rest.chars().next().is_some_and(|c| c.is_ascii_lowercase())
    })
}

impl Explain for InstallError {
    fn explain(self) -> Problem {
        let hint = self.hint();
        let mut problem = Problem::new(self.to_string()).during(stage::INSTALL);
        if !self.command.is_empty() {
            problem = problem.detail("command", self.command);
        }
        Problem {
            hint,
            ..problem.stderr(self.stderr)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_without_a_compiler_are_recognised() {
        for (text, wanted) in [
            (
                "× Failed to build `mysqlclient==2.2.7`\n  Exception: Can not find valid pkg-config name.",
                "pymysql",
            ),
            (
                "Failed to build `psycopg2==2.9.10`\nError: pg_config executable not found.",
                "psycopg2-binary",
            ),
            (
                "Failed to build `uvloop`\nerror: command 'gcc' failed: No such file or directory",
                "has wheels",
            ),
        ] {
            let hint = explain(text).unwrap();
            assert!(hint.contains(wanted) && hint.contains("ddl-file"), "{hint}");
        }
    }

    #[test]
    fn other_failures_have_their_own_words() {
        for (text, wanted) in [
            (
                "HTTP status client error (401 Unauthorized) for url (https://a/simple/x/)",
                "UV_INDEX_<NAME>",
            ),
            (
                "error: Failed to fetch: `https://pypi.org/simple/x/`\n dns error: failed to lookup address",
                "proxy",
            ),
            (
                "error: No interpreter found for Python 3.99 in managed installations",
                "requires-python",
            ),
        ] {
            let hint = explain(text).unwrap();
            assert!(hint.contains(wanted), "{hint}");
        }
        assert_eq!(explain("error: x"), None);
    }
}
