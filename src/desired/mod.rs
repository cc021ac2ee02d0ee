//! The desired state: SQL from the models' program, from files or from a migration directory, or a database as it is.
//!
//! [`start`] sets programs running and returns at once, so that everything else can happen meanwhile;
//! [`Pending::collect`] waits for them; [`Sql::load`] builds the state. Knows no dialect.

mod locate;
mod object;
mod origin;
mod provider;
mod read;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{DbUrl, Located, Source};
use crate::confine::Confinement;
use crate::engine::Session;
use crate::engine::script::{self, Script, ScriptError};
use crate::migration::MigrationFile;
use crate::plan::TxMode;
use crate::sql::{ScanError, ScanOptions, SourcePosition, Statement, scan, source_map};

pub use provider::{ProviderError, ProviderFailure};
pub use read::ReadError;

/// How programs are run.
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    /// How long one may take.
    pub timeout: Duration,
    /// The directory that relative paths start from.
    pub cwd: PathBuf,
    /// How foreign code is confined; without it, a program has the rights that we have.
    pub confinement: Option<Arc<Confinement>>,
    /// The Python environment that programs are found and run in, instead of that of our own environment.
    pub python: Option<PythonEnvironment>,
}

/// Where a project's packages are installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonEnvironment {
    /// The virtual environment.
    pub directory: PathBuf,
    /// What a program that runs in it must be told besides, such as settings of the tool that made it.
    pub variables: Vec<(String, String)>,
    /// What a confined program must be able to read of it.
    pub readable: Vec<PathBuf>,
    /// How a package is added to it, in words, with `{}` where its name goes.
    pub how_to_add: String,
}

/// Why the desired state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DesiredError {
    /// A program failed.
    #[error(transparent)]
    Provider(#[from] Box<ProviderError>),
    /// A file or directory could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No source is given.
    #[error("no desired state is given")]
    Nothing,
    /// A database and something else.
    #[error("a database can't be combined with another source of the desired state")]
    Mixed,
}

/// SQL whose effect is (a part of) the desired state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called in messages.
    pub name: String,
    /// The SQL.
    pub text: String,
    /// How it is run.
    pub mode: TxMode,
    /// A program printed it.
    pub printed: bool,
    /// The migration that it is, which knows how it is split.
    pub migration: Option<MigrationFile>,
}

/// What the desired state is made from.
#[derive(Debug)]
pub enum Input {
    /// SQL, in order.
    Sql(Sql),
    /// A database, as it is.
    Database(Box<DbUrl>),
}

/// SQL that describes the desired state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sql {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// Sources that are being read.
#[derive(Debug)]
pub struct Pending {
    sources: Vec<Reading>,
}

#[derive(Debug)]
enum Reading {
    Program(Box<provider::Running>),
    File(PathBuf),
    Dir(PathBuf),
    Database(Box<DbUrl>),
}

/// Starts reading sources: programs run from now on, everything else waits for [`Pending::collect`].
///
/// # Errors
/// When there is no source, when sources can't be combined, or a program can't be started.
pub fn start(
    sources: &[Located<Source>],
    options: &ProviderOptions,
) -> Result<Pending, DesiredError> {
    let mut reading = Vec::new();
    for source in sources {
        reading.push(match &source.value {
            Source::File(path) => Reading::File(path.clone()),
            Source::Dir(path) => Reading::Dir(path.clone()),
            Source::Url(url) => Reading::Database(Box::new(url.clone())),
            Source::External(program) => {
                Reading::Program(Box::new(provider::start(program, options)?))
            }
            // Resolved when flags are applied: a reference that is left names nothing.
            Source::Env(_) => return Err(DesiredError::Nothing),
        });
    }
    let databases = reading
        .iter()
        .filter(|source| matches!(source, Reading::Database(_)));
    match (databases.count(), reading.len()) {
        (_, 0) => Err(DesiredError::Nothing),
        (0, _) | (1, 1) => Ok(Pending { sources: reading }),
        _ => Err(DesiredError::Mixed),
    }
}

impl Pending {
    /// Whether the sources are one database.
    pub fn is_database(&self) -> bool {
        matches!(self.sources[..], [Reading::Database(_)])
    }

    /// Waits for programs and reads files. `scan` tells how a migration directory's files are split, to know which of
    /// them is a checkpoint.
    ///
    /// # Errors
    /// When a program fails, or something can't be read.
    pub async fn collect(self, scan: &ScanOptions) -> Result<Input, DesiredError> {
        let mut parts = Vec::new();
        for source in self.sources {
            match source {
                Reading::Database(url) => return Ok(Input::Database(url)),
                Reading::File(path) => parts.push(read::file(&path)?),
                Reading::Dir(path) => parts.extend(read::dir(&path, scan)?),
                Reading::Program(running) => parts.push(running.output().await?),
            }
        }
        Ok(Input::Sql(Sql { parts }))
    }
}

/// The desired state's SQL has been run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What was run.
    pub statements: Vec<Statement>,
    /// Where in the models objects are defined, where the program told.
    pub positions: Vec<SourcePosition>,
    /// What a reader should know; sentences for people.
    pub warnings: Vec<String>,
}

/// SQL of the desired state that the engine or the scanner refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct LoadError {
    /// What failed, and where in the SQL.
    pub error: ScriptError,
    /// A program printed the SQL.
    pub printed: bool,
    /// Where in the models the object is defined that the statement is about.
    pub model: Option<SourcePosition>,
}

impl Sql {
    /// Runs the SQL on an empty session.
    ///
    /// # Errors
    /// A text that can't be split, or a statement that the engine refuses.
    pub async fn load(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
    ) -> Result<Loaded, LoadError> {
        let mut loaded = Loaded::default();
        for part in &self.parts {
            let positions = origin::from_here(source_map(&part.text));
            let fail = |error: ScriptError| {
                let statement = error.statement.as_deref();
                LoadError {
                    model: statement
                        .and_then(|sql| object::position(sql, &positions))
                        .cloned(),
                    printed: part.printed,
                    error,
                }
            };
            let split = part.split(options).map_err(|error| fail(*error))?;
            if part.printed {
                loaded.warnings.extend(doubled_percent(&split.statements));
            }
            let script = Script {
                name: &part.name,
                text: &part.text,
                statements: &split.statements,
                mode: part.mode,
            };
            script::run(session, &script).await.map_err(fail)?;
            loaded.positions.extend(positions);
            loaded.statements.extend(split.statements);
        }
        Ok(loaded)
    }
}

impl Part {
    fn split(&self, options: &ScanOptions) -> Result<crate::sql::Script, Box<ScriptError>> {
        let failed = |pos, message, hint| {
            let error = ScanError { pos, message, hint };
            Box::new(ScriptError::scan(&self.name, &error))
        };
        match &self.migration {
            None => scan(&self.text, options)
                .map_err(|error| Box::new(ScriptError::scan(&self.name, &error))),
            Some(file) => file
                .statements(options)
                .map_err(|error| failed(error.pos, error.message, error.hint)),
        }
    }
}

/// The official provider prints `%` as `%%` for some dialects, and nobody can tell that from one that was meant.
fn doubled_percent(statements: &[Statement]) -> Option<String> {
    let mut doubled = statements
        .iter()
        .filter(|statement| statement.text.contains("%%"));
    let first = doubled.next()?;
    let more = match doubled.count() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!(
        "the models' SQL has `%%` in `{}`{more}: atlas-provider-sqlalchemy doubles every `%` for some dialects; check \
         that the migration says what the models mean",
        script::shorten(&first.text, 60),
    ))
}

pub use object::{find as find_position, position as statement_position};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_percent_signs_are_named_once() {
        let statements = |sql| scan(sql, &ScanOptions::GENERIC).unwrap().statements;
        assert_eq!(doubled_percent(&statements("SELECT 1 % 2;")), None);
        let warning = doubled_percent(&statements("SELECT 'a%%'; SELECT '%%'; SELECT 1;"));
        let warning = warning.unwrap();
        assert!(warning.contains("`SELECT 'a%%';` and 1 more"), "{warning}");
    }

    #[test]
    fn a_database_stands_alone() {
        let located = |text: &str| Located {
            value: Source::parse(text).unwrap(),
            origin: crate::config::Origin::Flag("--to"),
        };
        let options = ProviderOptions {
            timeout: Duration::from_secs(1),
            cwd: ".".into(),
            confinement: None,
            python: None,
        };
        let start = |texts: &[&str]| {
            let sources: Vec<_> = texts.iter().map(|text| located(text)).collect();
            start(&sources, &options)
        };
        assert!(matches!(start(&[]), Err(DesiredError::Nothing)));
        let mixed = start(&["file://a.sql", "sqlite://b.db"]);
        assert!(matches!(mixed, Err(DesiredError::Mixed)));
        assert!(start(&["sqlite://b.db"]).unwrap().is_database());
        assert!(
            !start(&["file://a.sql", "file://b.sql"])
                .unwrap()
                .is_database()
        );
    }
}
