//! The current state: a migration directory replayed on an empty session, or an Alembic history run on it. Knows no dialect.

pub mod alembic;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::desired::ProviderError;
use crate::engine::script::{self, Script, ScriptError};
use crate::engine::{EngineError, InspectOptions, Session};
use crate::migration::{Dir, FileError, MigrationFile};
use crate::plan::TxMode;
use crate::problem::{Explain, Problem, stage};
use crate::schema::Realm;
use crate::sql::ScanOptions;

/// Why a directory could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An Alembic history can't be run.
    #[error(transparent)]
    Python(#[from] Box<ProviderError>),
    /// A revision can't be written, or leads to another state than it has to.
    #[error(transparent)]
    Revision(#[from] Box<Problem>),
}

/// What an empty database goes through to become the current state.
#[derive(Debug)]
pub enum History<'a> {
    /// A directory of SQL files.
    Files(Cow<'a, Dir>),
    Alembic(Box<alembic::Alembic>),
}

impl History<'_> {
    /// Its SQL; none for an Alembic history that has not been run yet.
    pub fn dir(&self) -> &Dir {
        static NOTHING: LazyLock<Dir> = LazyLock::new(|| Dir::in_memory("".into(), Vec::new()));
        match self {
            Self::Files(dir) => dir,
            Self::Alembic(history) => history.dir().unwrap_or(&NOTHING),
        }
    }

    /// Where it is, for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Files(dir) => dir.path().display().to_string(),
            Self::Alembic(history) => history.shown(),
        }
    }

    /// How many files or revisions it has.
    pub fn count(&self) -> usize {
        match self {
            Self::Files(dir) => dir.files().len(),
            Self::Alembic(history) => history.revisions().len(),
        }
    }

    /// Patterns of what it leaves out of comparisons by itself.
    pub fn exclude(&self) -> &[String] {
        match self {
            Self::Files(_) => &[],
            Self::Alembic(history) => history.exclude(),
        }
    }

    /// Builds its state on an empty session, and inspects the result.
    ///
    /// # Errors
    /// The file or revision that can't be run, and why.
    pub async fn build(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
        inspect: &InspectOptions,
    ) -> Result<Current, ReplayError> {
        match self {
            Self::Files(dir) => replay(session, dir, options, inspect).await,
            Self::Alembic(history) => history.build(session, options, inspect).await,
        }
    }
}

/// A directory's effect on an empty database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Current {
    pub realm: Realm,
    /// What is odd in the files; sentences for people.
    pub warnings: Vec<String>,
    /// What was tried besides; sentences for people.
    pub tried: Vec<String>,
}

/// Replays a directory from its last checkpoint on and inspects the result.
pub async fn replay(
    session: &mut dyn Session,
    dir: &Dir,
    options: &ScanOptions,
    inspect: &InspectOptions,
) -> Result<Current, ReplayError> {
    let mut current = Current::default();
    for file in dir.replay_files(options) {
        current.warnings.extend(run(session, file, options).await?);
    }
    if let Err(same) = dir.distinct() {
        let Problem { message, hint, .. } = same.explain();
        let hint = hint.unwrap_or_default();
        let refused = "`trueup migrate apply` refuses the directory";
        current
            .warnings
            .push(format!("{message}, so {refused}: {hint}"));
    }
    current.realm = session.inspect(inspect).await?;
    Ok(current)
}

/// Runs one file and tells what is odd in it.
async fn run(
    session: &mut dyn Session,
    file: &MigrationFile,
    options: &ScanOptions,
) -> Result<Vec<String>, ReplayError> {
    let split = file.statements(options)?;
    let name = file.path().display().to_string();
    tracing::debug!(
        file = name,
        statements = split.statements.len(),
        "replaying"
    );
    let script = Script {
        name: &name,
        text: file.text(),
        statements: &split.statements,
        mode: file.tx_mode(options)?.unwrap_or(TxMode::File),
    };
    script::run(session, &script).await?;
    let warnings = file.warnings(&split);
    Ok(warnings.iter().map(ToString::to_string).collect())
}

impl Explain for ReplayError {
    fn explain(self) -> Problem {
        let problem: Problem = match self {
            Self::File(error) => error.explain(),
            Self::Script(error) => Problem {
                place: error.place(),
                ..error.explain()
            },
            Self::Engine(error) => error.explain(),
            Self::Python(error) => error.explain(),
            Self::Revision(problem) => return *problem,
        };
        problem.during(stage::REPLAY)
    }
}
