//! The Python packages of the user's project, installed by uv into an environment outside of the checkout, confined but for
//! the network.
//!
//! `kind` tells from the files what is to be installed, `run` does it, `environment` says what the installation is
//! told that the models' program is not: indexes, proxies and their credentials. `fault` explains failures. Knows
//! nothing of what the packages are for.

mod environment;
mod fault;
mod kind;
mod netrc;
mod run;

use std::path::PathBuf;
use std::time::Duration;

pub use environment::secrets;
pub use fault::{InstallError, InstallFailure};
pub use kind::{Install, ProjectKind};
pub use run::install;

use crate::confine::Confinement;
use crate::desired::PythonEnvironment;

/// What is to be installed, and where.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub install: Install,
    pub directory: PathBuf,
    /// Where downloads are kept from run to run.
    pub cache: Option<PathBuf>,
    pub timeout: Duration,
    /// How foreign code is run.
    pub confinement: &'a Confinement,
}

/// What came of it. The environment is gone when this is dropped.
#[derive(Debug)]
pub struct Installed {
    /// Where programs are found from now on; `None` when nothing was installed.
    pub python: Option<PythonEnvironment>,
    /// What was done, in a line.
    pub summary: String,
    pub notes: Vec<String>,
    /// Holds the environment.
    directory: Option<tempfile::TempDir>,
}

impl Installed {
    /// Where the environment is kept, for as long as this lives.
    pub fn directory(&self) -> Option<&std::path::Path> {
        self.directory.as_ref().map(tempfile::TempDir::path)
    }
}
