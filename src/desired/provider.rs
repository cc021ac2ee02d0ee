//! Runs the program that prints the models' SQL, and says what to do when it does not.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::Instant;

use super::advice::{Failed, Way, advice, missing_package, package_of};
use super::locate::{Places, is_executable};
use super::program::{self, Program};
use super::{Part, ProviderOptions};
use crate::config::secret::mask_line;
use crate::config::{ExternalSchema, Origin, is_yaml};
use crate::confine::process::{Ended, Process, STDOUT_LIMIT};
use crate::confine::{Cell, NOT_STARTED, NOT_STARTED_MARK, Network};
use crate::dialect::Profile;
use crate::plan::TxMode;
use crate::problem::{Explain, Place, Problem, stage};
use crate::sql::shorten;

/// Set for every program, so that the same models print the same text everywhere.
const FIXED: &[(&str, &str)] = &[
    ("LC_ALL", "C.UTF-8"),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("NO_COLOR", "1"),
    ("PYTHONUTF8", "1"),
    ("PYTHONUNBUFFERED", "1"),
];

/// The order of a set of strings is part of what some models print.
const HASH_SEED: (&str, &str) = ("PYTHONHASHSEED", "0");

/// Variables of a CI job that the models have no use for.
const WITHHELD: &[&str] = &[
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "ACTIONS_RESULTS_URL",
    "ACTIONS_CACHE_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
];

/// A program that did not give the desired state.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{failure}")]
pub struct ProviderError {
    pub failure: ProviderFailure,
    /// The command line, secrets masked.
    pub command: String,
    /// What trueup's own loader was to load by it.
    pub models: Option<String>,
    /// Where the program is configured.
    pub origin: Origin,
    /// Where in the models it failed.
    pub place: Option<Place>,
    /// The end of its stderr, secrets masked.
    pub stderr: String,
    pub hint: Option<String>,
}

/// What went wrong with a program. Each carries the program's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderFailure {
    NotFound(String),
    Start(String, String),
    Exit(String, i32),
    Signal(String, i32),
    Timeout(String, Duration),
    /// Its output holds no statement.
    Empty(String),
    /// Its output is not UTF-8 from this line on.
    NotUtf8(String, usize),
    /// Its output is longer than any schema.
    TooLong(String),
    /// Its output holds text that is not SQL: the line, and the text.
    Stray(String, u32, String),
    /// It prints SQL of this dialect, and the dev database speaks the second.
    Dialect(String, String, &'static str),
    /// Models that trueup loads itself can't be loaded: why.
    Models(String),
    /// An Alembic history can't be run: why.
    History(String),
    /// A word in its output, on this line, that only this dialect has; the dev database speaks the last.
    Word(String, u32, String, &'static str, &'static str),
}

impl fmt::Display for ProviderFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(name) => write!(f, "program `{name}` not found"),
            Self::Start(name, why) => write!(f, "program `{name}` can't be started: {why}"),
            Self::Exit(name, code) => write!(f, "`{name}` failed with exit code {code}"),
            Self::Signal(name, signal) => {
                write!(f, "`{name}` was killed by signal {signal}")?;
                match signal_name(*signal) {
                    Some(known) => write!(f, " ({known})"),
                    None => Ok(()),
                }
            }
            Self::Timeout(name, limit) => {
                let seconds = limit.as_secs_f64();
                write!(f, "`{name}` did not end within {seconds} s and was stopped")
            }
            Self::Empty(name) => write!(f, "`{name}` printed no SQL"),
            Self::NotUtf8(name, line) => {
                write!(f, "`{name}` printed text that is not UTF-8 (line {line})")
            }
            Self::TooLong(name) => {
                write!(f, "`{name}` printed more than {} MiB", STDOUT_LIMIT >> 20)
            }
            Self::Models(cause) => write!(f, "the models can't be loaded: {cause}"),
            Self::History(cause) => f.write_str(cause),
            Self::Stray(name, line, text) => {
                write!(f, "output of {name}:{line}: `{text}` is not SQL")
            }
            Self::Dialect(name, theirs, ours) => {
                write!(
                    f,
                    "`{name}` prints SQL for {theirs}, and the dev database is {ours}"
                )
            }
            Self::Word(name, line, word, theirs, ours) => write!(
                f,
                "output of {name}:{line}: `{word}` is {theirs} syntax, and the dev database is {ours}"
            ),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// A program at work.
#[derive(Debug)]
pub(super) struct Running {
    process: Process,
    about: About,
    deadline: Instant,
    timeout: Duration,
}

/// What messages say about a program.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// The program, as the user or we call it.
    pub(super) name: String,
    pub(super) command: String,
    pub(super) models: Option<String>,
    /// It runs a history and loads no models.
    pub(super) history: bool,
    pub(super) origin: Origin,
    /// Where the program runs.
    pub(super) work: PathBuf,
    /// It runs in a cell.
    confined: bool,
    /// Directories that are given to it then.
    pub(super) write: Vec<PathBuf>,
    /// How a package is added to the environment that it runs in, with `{}` for its name.
    pub(super) how_to_add: Option<String>,
    /// What its command line tells of it.
    pub(super) program: Program,
}

impl About {
    /// Of a program that is not read yet.
    pub(super) fn new(
        name: String,
        command: String,
        origin: Origin,
        options: &ProviderOptions,
    ) -> Self {
        let python = options.python.as_ref();
        Self {
            name,
            command,
            models: None,
            history: false,
            origin,
            work: options.cwd.clone(),
            confined: options.confinement.is_some(),
            write: Vec::new(),
            how_to_add: python.map(|python| python.how_to_add.clone()),
            program: Program::default(),
        }
    }

    /// Whether `trueup.yaml` names it, and not `atlas.hcl` or a flag.
    pub(super) fn in_yaml(&self) -> bool {
        matches!(&self.origin, Origin::File(place) if is_yaml(place.file()))
    }

    /// A loader target in the syntax of where the models are named.
    pub(super) fn target(&self, name: &str) -> String {
        let bare = matches!(self.origin, Origin::Flag("the command line" | "--models"));
        match bare || self.in_yaml() {
            true => format!("`{name}`"),
            false => format!("`sqlalchemy://{name}`"),
        }
    }

    /// An environment's setting in the syntax of where the models are named.
    pub(super) fn setting(&self, name: &str, value: &str) -> String {
        match &self.origin {
            Origin::Flag("the command line" | "--models") => format!("`--{name} {value}`"),
            Origin::File(_) if !self.in_yaml() => {
                format!("`{name} = \"{value}\"` in the environment")
            }
            _ => format!("`{name}: {value}` in the environment"),
        }
    }

    pub(super) fn fail(
        &self,
        failure: ProviderFailure,
        stderr: &str,
        hint: Option<String>,
    ) -> Box<ProviderError> {
        Box::new(ProviderError {
            failure,
            command: self.command.clone(),
            models: self.models.clone(),
            origin: self.origin.clone(),
            place: None,
            stderr: stderr
                .trim_end()
                .lines()
                .map(|line| mask_line(line, 0).0)
                .collect::<Vec<_>>()
                .join("\n"),
            hint,
        })
    }
}

/// Starts the program of a data source.
pub(super) fn start(
    source: &ExternalSchema,
    options: &ProviderOptions,
) -> Result<Running, Box<ProviderError>> {
    let work = match &source.working_dir {
        Some(dir) => options.cwd.join(dir),
        None => options.cwd.clone(),
    };
    let (name, args) = match source.program.split_first() {
        Some((name, args)) => (name.clone(), args),
        None => (String::new(), &[][..]),
    };
    let origin = Origin::File(source.position.clone());
    let command = command_line(&source.program);
    let about = About {
        program: Program::read(&source.program, &work),
        work,
        ..About::new(name, command, origin, options)
    };
    run(about, args, options)
}

/// Starts what is named, with these arguments.
pub(super) fn run(
    about: About,
    args: &[String],
    options: &ProviderOptions,
) -> Result<Running, Box<ProviderError>> {
    let (program, command, cell) = prepare(&about, args, options)?;
    tracing::info!(command = %about.command, "starting the program that prints the models' SQL");
    let process =
        Process::start(command, cell).map_err(|error| not_started(&about, &program, &error))?;
    Ok(Running::new(process, about, options))
}

/// The same for a program that is talked with.
pub(super) fn talk(
    about: About,
    args: &[String],
    options: &ProviderOptions,
) -> Result<(Running, ChildStdin, ChildStdout), Box<ProviderError>> {
    let (program, command, cell) = prepare(&about, args, options)?;
    tracing::info!(command = %about.command, "starting the program that runs the history");
    let (process, stdin, stdout) =
        Process::talk(command, cell).map_err(|error| not_started(&about, &program, &error))?;
    Ok((Running::new(process, about, options), stdin, stdout))
}

/// The file to execute, its command, and the cell that it runs in.
fn prepare(
    about: &About,
    args: &[String],
    options: &ProviderOptions,
) -> Result<(PathBuf, Command, Option<Cell>), Box<ProviderError>> {
    let program = find(about, options)?;
    let cell = cell(about, options)?;
    let mut command = match &cell {
        Some(cell) => cell.command(&program),
        None => unconfined(&program, &about.work),
    };
    command
        .args(args)
        .current_dir(&about.work)
        .envs(FIXED.iter().copied());
    if std::env::var_os(HASH_SEED.0).is_none() {
        command.env(HASH_SEED.0, HASH_SEED.1);
    }
    if let Some(python) = &options.python {
        command
            .env("PATH", python.path())
            .env("VIRTUAL_ENV", &python.directory)
            .envs(python.variables.iter().map(|(name, value)| (name, value)));
    }
    Ok((program, command, cell))
}

/// The program with our own rights and environment.
fn unconfined(program: &Path, work: &Path) -> Command {
    let mut command = Command::new(program);
    for name in WITHHELD {
        command.env_remove(name);
    }
    if as_root_for_somebody(work) {
        command.env("PYTHONDONTWRITEBYTECODE", "1");
    }
    command
}

/// Whether files that the program leaves among the sources are root's and the sources are not, as in an Action: their
/// owner, who empties the directory for the next job, could not remove them.
fn as_root_for_somebody(work: &Path) -> bool {
    rustix::process::geteuid().is_root()
        && std::fs::metadata(work).is_ok_and(|meta| meta.uid() != 0)
}

fn cell(about: &About, options: &ProviderOptions) -> Result<Option<Cell>, Box<ProviderError>> {
    let Some(confinement) = &options.confinement else {
        return Ok(None);
    };
    let read = options.python.as_ref().map(|python| &python.readable[..]);
    confinement
        .cell(Network::None, &about.write, read.unwrap_or_default())
        .map(Some)
        .map_err(|error| {
            let failure = ProviderFailure::Start(about.name.clone(), error.to_string());
            about.fail(failure, "", error.hint())
        })
}

/// The file to execute.
fn find(about: &About, options: &ProviderOptions) -> Result<PathBuf, Box<ProviderError>> {
    let name = &about.name;
    if !about.work.is_dir() {
        let why = format!(
            "there is no directory `{}` to run it in",
            about.work.display()
        );
        return Err(about.fail(ProviderFailure::Start(name.clone(), why), "", None));
    }
    let work = about
        .work
        .canonicalize()
        .unwrap_or_else(|_| about.work.clone());
    if name.contains('/') {
        let path = work.join(name);
        return match path.exists() {
            true => Ok(path),
            false => {
                let hint = format!(
                    "the path starts from `{}`, where trueup runs it",
                    about.work.display()
                );
                Err(about.fail(ProviderFailure::NotFound(name.clone()), "", Some(hint)))
            }
        };
    }
    let cwd = options
        .cwd
        .canonicalize()
        .unwrap_or_else(|_| options.cwd.clone());
    let places = match &options.python {
        Some(python) => Places::new(Some(&python.path()), None, &work, &cwd),
        None => Places::from_environment(&work, &cwd),
    };
    places.find(name).ok_or_else(|| {
        let hint = match &about.how_to_add {
            Some(how) => missing_package(how, package_of(name).unwrap_or("PACKAGE")),
            None => not_found_hint(name, &work),
        };
        about.fail(ProviderFailure::NotFound(name.clone()), "", Some(hint))
    })
}

fn not_found_hint(name: &str, work: &Path) -> String {
    let looked = "trueup looked in PATH, $VIRTUAL_ENV/bin and .venv/bin";
    let has = |file: &str| work.join(file).exists();
    let runner = match () {
        () if has("uv.lock") => Some("uv"),
        () if has("poetry.lock") => Some("poetry"),
        () => None,
    };
    let install = match (package_of(name), runner) {
        (None, _) => "install the package that has it where the models' packages are".to_owned(),
        (Some(package), Some(runner)) => format!("install it: `{runner} add {package}`"),
        (Some(package), None) => {
            format!("install it where the models' packages are (`pip install {package}`)")
        }
    };
    match runner {
        _ if name.starts_with("python") || name == "uv" || name == "poetry" => {
            format!("{looked}; install it, or write its full path")
        }
        Some(runner) => format!(
            "{looked}; in this project start the program with `\"{runner}\", \"run\", \"{name}\"`, or {install}"
        ),
        None => format!(
            "{looked}; {install}, or start it with `\"uv\", \"run\"` or `\"poetry\", \"run\"` in front"
        ),
    }
}

fn not_started(about: &About, program: &Path, error: &io::Error) -> Box<ProviderError> {
    let (why, hint) = match error.kind() {
        io::ErrorKind::NotFound => (
            "the interpreter that its first line names does not exist".to_owned(),
            Some(
                "recreate the virtual environment: it was moved, or its Python is gone".to_owned(),
            ),
        ),
        io::ErrorKind::PermissionDenied if !is_executable(program) => (
            "it is not executable".to_owned(),
            Some(format!(
                "`chmod +x {}`, or name its interpreter first",
                program.display()
            )),
        ),
        _ => (error.to_string(), None),
    };
    about.fail(ProviderFailure::Start(about.name.clone(), why), "", hint)
}

impl Running {
    fn new(process: Process, about: About, options: &ProviderOptions) -> Self {
        Self {
            process,
            about,
            deadline: Instant::now() + options.timeout,
            timeout: options.timeout,
        }
    }

    /// Gives it its whole time once more.
    pub(super) fn extend(&mut self) -> Instant {
        self.deadline = Instant::now() + self.timeout;
        self.deadline
    }

    /// Waits for the program and takes what it printed.
    pub(super) async fn output(self, dev: &'static Profile) -> Result<Part, Box<ProviderError>> {
        let (about, ended, status) = self.ended().await?;
        judge(about, ended, status, dev)
    }

    /// Waits for the program, which ended by itself.
    pub(super) async fn ended(self) -> Result<(About, Ended, ExitStatus), Box<ProviderError>> {
        let Self {
            process,
            about,
            deadline,
            timeout,
        } = self;
        let ended = process.finish(deadline).await.map_err(|error| {
            let why = error.to_string();
            about.fail(ProviderFailure::Start(about.name.clone(), why), "", None)
        })?;
        let name = about.name.clone();
        let stderr = &ended.stderr;
        let Some(status) = ended.status else {
            let hint = match about.history {
                true => {
                    "does `env.py` or a revision wait for something? A longer time is set by `--provider-timeout`"
                }
                false => {
                    "does a model's module wait for a server or for input when it is imported? A longer time is set by \
                     `--provider-timeout`"
                }
            };
            return Err(about.fail(
                ProviderFailure::Timeout(name, timeout),
                stderr,
                Some(hint.to_owned()),
            ));
        };
        if let Some(signal) = status.signal() {
            let hint = (signal == 9).then(|| "did the machine run out of memory?".to_owned());
            return Err(about.fail(ProviderFailure::Signal(name, signal), stderr, hint));
        }
        if about.confined
            && status.code() == Some(NOT_STARTED)
            && let Some((printed, why)) = stderr.rsplit_once(NOT_STARTED_MARK)
        {
            let failure = ProviderFailure::Start(name, why.trim().to_owned());
            return Err(about.fail(failure, printed, None));
        }
        Ok((about, ended, status))
    }
}

fn judge(
    about: About,
    ended: Ended,
    status: ExitStatus,
    dev: &'static Profile,
) -> Result<Part, Box<ProviderError>> {
    let name = about.name.clone();
    let stderr = &ended.stderr;
    if !status.success() {
        let hint = advice(&Failed {
            stderr,
            name: &about.name,
            way: Way::of(&about.program),
            work: &about.work,
            how_to_add: about.how_to_add.as_deref(),
            setting: &|name, value| about.setting(name, value),
        });
        let code = status.code().unwrap_or(-1);
        return Err(about.fail(ProviderFailure::Exit(name, code), stderr, hint));
    }
    if ended.overflow {
        return Err(about.fail(ProviderFailure::TooLong(name), stderr, None));
    }
    let text = String::from_utf8(ended.stdout).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let hint = "only SQL may go to stdout: messages belong on stderr".to_owned();
        about.fail(
            ProviderFailure::NotUtf8(name.clone(), line),
            stderr,
            Some(hint),
        )
    })?;
    if !has_sql(&text) {
        let hint = if about.command.contains("--skip-errors") {
            "`--skip-errors` leaves out files that can't be imported: run it without to see why"
        } else if about.command.contains("--path") {
            "are there tables in the models under `--path`?"
        } else {
            "does the program import the models and print their tables?"
        };
        return Err(about.fail(ProviderFailure::Empty(name), stderr, Some(hint.to_owned())));
    }
    if let Some((failure, hint)) = not_for(&text, &about, dev) {
        return Err(about.fail(failure, stderr, Some(hint)));
    }
    told(&name, stderr);
    Ok(Part {
        name: format!("output of {}", about.name),
        text: about.program.percent(&text, dev).into_owned(),
        mode: TxMode::None,
        printed: Some(about.program.printed(dev)),
        migration: None,
    })
}

/// Passes on what a program that did its work said besides.
pub(super) fn told(name: &str, stderr: &str) {
    for line in stderr.lines().filter(|line| !line.trim().is_empty()) {
        tracing::info!(program = name, "{}", mask_line(line, 0).0);
    }
}

/// What keeps a program's output from being run on the dev database, and what to do about it.
fn not_for(text: &str, about: &About, dev: &'static Profile) -> Option<(ProviderFailure, String)> {
    let name = || about.name.clone();
    let print_it = || {
        let ours = dev.models.names[0];
        match about.command.contains("--dialect") {
            true => format!("`--dialect {ours}` prints SQL for {}", dev.display),
            false => format!(
                "let the program print SQL for {} (`{ours}` in SQLAlchemy)",
                dev.display
            ),
        }
    };
    if let Some(theirs) = about.program.other_dialect(dev) {
        let hint = format!(
            "{}; otherwise `dev` has to name a database of {theirs}",
            print_it()
        );
        return Some((
            ProviderFailure::Dialect(name(), theirs.to_owned(), dev.display),
            hint,
        ));
    }
    if let Some(stray) = program::stray(text, &dev.scan) {
        let hint = "only SQL may go to stdout: let the models print and log to stderr (`print(…, file=sys.stderr)`); \
                    `echo=True` of an engine logs to stdout";
        let shown = shorten(&mask_line(&stray.text, 0).0, 80);
        return Some((
            ProviderFailure::Stray(name(), stray.line, shown),
            hint.to_owned(),
        ));
    }
    let (word, theirs, line) = program::foreign_word(text, dev)?;
    Some((
        ProviderFailure::Word(name(), line, word, theirs.display, dev.display),
        format!(
            "{}; otherwise `dev` has to name a database of {}",
            print_it(),
            theirs.display
        ),
    ))
}

/// Whether there is anything but comments on lines of their own.
fn has_sql(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with("--") && line.chars().any(|c| c != ';'))
}

/// A command line for people: quoted where needed, secrets masked.
pub(super) fn command_line(program: &[String]) -> String {
    let quoted = |word: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+~".contains(c);
        let word = mask_line(word, 0).0;
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    program.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

impl Explain for ProviderError {
    fn explain(self) -> Problem {
        let problem = Problem::new(self.failure.to_string()).during(stage::PROVIDER);
        let problem = match self.models {
            Some(models) => problem
                .detail("models", models)
                .detail("loaded by", self.command),
            None => problem.detail("command", self.command),
        };
        let problem = problem
            .detail("configured at", self.origin.to_string())
            .stderr(self.stderr);
        Problem {
            hint: self.hint,
            place: self.place.map(Box::new),
            ..problem
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_quoted_and_masked() {
        let words = |words: &[&str]| {
            command_line(
                &words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            words(&["a", "--path", "./db", "it's"]),
            r"a --path ./db 'it'\''s'"
        );
        let masked = words(&["a", "--url", "postgres://me:hunter2@h/db"]);
        assert!(!masked.contains("hunter2"), "{masked}");
    }

    #[test]
    fn sql_is_told_from_comments() {
        assert!(!has_sql(""));
        assert!(!has_sql("-- atlas:pos x[type=table] a.py:1\n\n  \n;\n"));
        assert!(has_sql("-- x\nCREATE TABLE t (id int);"));
    }
}
