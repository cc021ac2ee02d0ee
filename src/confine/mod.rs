//! Runs foreign code (the models' program, the installation of packages) with as few rights as it needs.
//!
//! [`Confinement`] is made once for a run, tries out what the kernel can do and says what it can't. A [`Cell`] is made
//! for each program: an account and a home of its own, which nothing survives. The rights are dropped by `enter`, a
//! hidden command of our own program that then becomes the other one; so nothing has to happen between fork and exec.
//! `process` runs a program to its end, confined or not. Knows nothing of what the programs are for.

#[cfg(target_os = "linux")]
mod calls;
mod cell;
#[cfg(target_os = "linux")]
pub mod enter;
mod environment;
#[cfg(target_os = "linux")]
mod files;
mod leftovers;
pub(crate) mod process;
mod spec;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use cell::{Cell, hand_over};
pub use spec::Network;
use spec::{Probe, Spec};

use crate::problem::{Explain, Problem, stage};

/// The first argument of our program that makes it [`enter`].
pub const ENTER: &str = "confine";

/// The exit code of a program that could not be started in its confinement.
pub(crate) const NOT_STARTED: i32 = 125;

/// Prefix of the reason on stderr in that case.
pub(crate) const NOT_STARTED_MARK: &str = "trueup confine: ";

/// Environment variables by their names.
pub type Variables = BTreeMap<OsString, OsString>;

/// How much is dropped, and what is done when the kernel lacks a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Only the environment is cleared: the code is trusted.
    Off,
    /// The run continues, with a warning.
    #[default]
    Auto,
    /// The run fails.
    Strict,
}

/// What a confinement is made from.
#[derive(Clone, Debug)]
pub struct Options {
    pub exe: PathBuf,
    /// How much is dropped.
    pub level: Level,
    /// The directory of the user's repository.
    pub workspace: PathBuf,
    /// Our environment, which little is taken from.
    pub variables: Variables,
    /// Names of variables that the user lets the models' program see.
    pub pass: Vec<String>,
    /// What must not be read although the account may.
    pub hide: Vec<PathBuf>,
    /// Directories besides the workspace whose entries may be listed although something below is hidden.
    pub list: Vec<PathBuf>,
}

impl Options {
    /// For this process and the repository that holds this directory.
    pub fn new(directory: &Path) -> Self {
        Self {
            // Also right when the file was replaced meanwhile.
            exe: PathBuf::from("/proc/self/exe"),
            level: Level::default(),
            workspace: repository(directory),
            variables: std::env::vars_os().collect(),
            pass: Vec::new(),
            hide: Vec::new(),
            list: Vec::new(),
        }
    }
}

/// The nearest directory upwards that holds `.git`; the directory itself if there is none.
fn repository(directory: &Path) -> PathBuf {
    let directory = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_owned());
    directory
        .ancestors()
        .find(|dir| dir.join(".git").exists())
        .unwrap_or(&directory)
        .to_owned()
}

/// Why foreign code can't be run confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("foreign code can be confined on Linux only")]
    Unsupported,
    #[error("the variable `{0}` is not passed to the models' program: {1}")]
    Variable(String, &'static str),
    #[error("{0}")]
    Missing(String),
    #[error("`{path}` can't be read by the account that runs foreign code ({uid}): {why}")]
    Unreadable {
        path: PathBuf,
        uid: u32,
        why: String,
    },
    #[error("foreign code can't be confined here: {0}")]
    Failed(String),
    /// A file or process of trueup.
    #[error("foreign code can't be confined here: {0}: {1}")]
    Io(&'static str, #[source] io::Error),
}

impl ConfineError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unsupported => "switch it off with `sandbox: off` if you trust the code".to_owned(),
            Self::Variable(..) => {
                "`provider-env` lists names of variables, such as `DATABASE_URL`; set one under another name if the \
                 models need its value"
                    .to_owned()
            }
            Self::Missing(_) => {
                "use a runner with Linux 5.13 or newer and Docker's default security profile, or `sandbox: auto`"
                    .to_owned()
            }
            Self::Unreadable { path, .. } => format!(
                "let everybody read the checkout before this step (`chmod -R o+rX {}`), or set the runner's umask to \
                 022",
                path.display()
            ),
            Self::Failed(_) => {
                "run the container as root without `--cap-drop`, as runners do: the account is changed right after the \
                 start"
                    .to_owned()
            }
            Self::Io(..) => return None,
        })
    }
}

/// How foreign code is run.
#[derive(Clone, Debug)]
pub struct Confinement {
    options: Options,
    /// What the kernel can do.
    probe: Probe,
    warnings: Vec<String>,
}

impl Confinement {
    /// Tries the confinement out on nothing, and keeps this process from being read by others.
    ///
    /// # Errors
    /// A variable that may not be passed, a workspace that the account can't read, a right that can't be dropped, and with
    /// [`Level::Strict`] anything that the kernel lacks.
    pub fn prepare(mut options: Options) -> Result<Self, ConfineError> {
        for name in &options.pass {
            environment::allowed(name)?;
        }
        if options.level == Level::Off {
            return Ok(Self {
                options,
                probe: Probe::default(),
                warnings: Vec::new(),
            });
        }
        if !cfg!(target_os = "linux") {
            return Err(ConfineError::Unsupported);
        }
        options.hide.extend(environment::private_paths(&options));
        leftovers::adopt();
        let mut this = Self {
            options,
            probe: Probe::default(),
            warnings: Vec::new(),
        };
        this.probe = this.try_out()?;
        this.judge()?;
        Ok(this)
    }

    /// The same for code in another directory; what is hidden stays hidden.
    ///
    /// # Errors
    /// As for [`Confinement::prepare`].
    pub fn elsewhere(&self, workspace: &Path) -> Result<Self, ConfineError> {
        let mut options = self.options.clone();
        options.list.push(std::mem::replace(
            &mut options.workspace,
            workspace.to_owned(),
        ));
        Self::prepare(options)
    }

    fn try_out(&self) -> Result<Probe, ConfineError> {
        let cell = Cell::new(self, Network::None, &[], &[])?;
        let spec = Spec {
            readable: vec![self.options.workspace.clone()],
            ..cell.spec().clone()
        };
        let mut command = Command::new(&self.options.exe);
        command
            .arg(ENTER)
            .arg(spec.to_text())
            .env_clear()
            .current_dir(&self.options.workspace)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = leftovers::start(|| command.spawn(), |child| Some(child.id()))
            .and_then(|child| {
                let pid = rustix::process::Pid::from_child(&child);
                let output = child.wait_with_output();
                leftovers::ended(pid);
                output
            })
            .map_err(|error| ConfineError::Io("trueup can't start itself", error))?;
        if !output.status.success() {
            let stderr = process::clean(&output.stderr);
            let why = stderr.trim().trim_start_matches(NOT_STARTED_MARK);
            return Err(ConfineError::Failed(why.to_owned()));
        }
        let probe: Probe = serde_json::from_slice(&output.stdout)
            .map_err(|error| ConfineError::Failed(error.to_string()))?;
        match &probe.unreadable {
            Some((path, why)) => Err(ConfineError::Unreadable {
                path: path.clone(),
                uid: cell.uid(),
                why: why.clone(),
            }),
            None => Ok(probe),
        }
    }

    /// Says what is missing, or fails for it.
    fn judge(&mut self) -> Result<(), ConfineError> {
        let other_account = rustix::process::geteuid().is_root();
        if !other_account {
            tracing::info!(
                "foreign code runs under trueup's own account: only root can give it another one"
            );
        }
        tracing::info!(
            account = other_account,
            calls = self.probe.calls.is_none(),
            files = self.probe.files,
            "foreign code is confined"
        );
        let mut missing = Vec::new();
        if let Some(why) = &self.probe.calls {
            missing.push(format!(
                "system calls can't be forbidden here ({why}), so it could use the network"
            ));
        }
        if !other_account && !self.probe.files {
            missing.push("it runs under trueup's own account and the kernel has no Landlock, so it could change files".to_owned());
        }
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!(
            "code of the project can't be confined fully: {}",
            missing.join("; ")
        );
        match self.options.level {
            Level::Strict => Err(ConfineError::Missing(text)),
            Level::Off | Level::Auto => {
                self.warnings.push(text);
                Ok(())
            }
        }
    }

    /// What the kernel lacks, in sentences for people; at most one.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What keeps code from being cut off from everything of this job's: that it can't use the network, and reads no file that is
    /// hidden from it.
    pub fn gap(&self) -> Option<&str> {
        let files = (!self.probe.files)
            .then_some("the kernel has no Landlock, so that it could read files of this job");
        self.warnings.first().map(String::as_str).or(files)
    }

    /// The environment that this confinement takes variables from.
    pub fn variables(&self) -> &Variables {
        &self.options.variables
    }

    /// The directory of the user's repository.
    pub fn workspace(&self) -> &Path {
        &self.options.workspace
    }

    /// Whether a directory may be given to a program: it is below the top of the workspace, and nothing in it is hidden.
    pub fn may_give(&self, directory: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (directory, workspace) = (real(directory), real(&self.options.workspace));
        let mut hidden = self.options.hide.iter().map(|path| real(path));
        directory != workspace
            && directory.starts_with(&workspace)
            && hidden.all(|path| !path.starts_with(&directory) && !directory.starts_with(&path))
    }

    /// A place for one program. `write` are directories that are given to it, with all that is in them; `read` may be
    /// below what is hidden.
    pub fn cell(
        &self,
        network: Network,
        write: &[PathBuf],
        read: &[PathBuf],
    ) -> Result<Cell, ConfineError> {
        Cell::new(self, network, write, read)
    }
}

impl Explain for ConfineError {
    fn explain(self) -> Problem {
        Problem {
            hint: self.hint(),
            ..Problem::new(self.to_string()).during(stage::PROVIDER)
        }
    }
}
