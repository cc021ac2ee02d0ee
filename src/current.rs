//! The current state: a migration directory replayed on an empty session. Knows no dialect.

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
}

/// A directory's effect on an empty database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Current {
    pub realm: Realm,
    /// What is odd in the files; sentences for people.
    pub warnings: Vec<String>,
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
        };
        problem.during(stage::REPLAY)
    }
}
