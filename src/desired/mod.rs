//! The desired state: SQL from the models' program, from files or from a migration directory, or a database as it is.
//!
//! [`start`] sets programs running and returns at once, so that everything else can happen meanwhile;
//! [`Pending::collect`] waits for them; [`Sql::load`] builds the state. Knows no dialect.

mod advice;
pub mod channel;
mod loader;
mod locate;
mod models;
mod needs;
mod object;
mod origin;
mod program;
mod provider;
mod python;
mod read;
pub mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{DbUrl, Located, Source};
use crate::confine::Confinement;
use crate::dialect::Profile;
use crate::diff::Spoken;
use crate::engine::Session;
use crate::engine::script::{self, Script, ScriptError};
use crate::migration::{Dir, FileError, MigrationFile};
use crate::plan::TxMode;
use crate::problem::{Explain, Problem, stage};
use crate::schema::Realm;
use crate::schema::change::{Change, Edit, TableChange};
use crate::sql::object::{Created, created, only_creates};
use crate::sql::{
    Rules, ScanError, ScanOptions, SourcePosition, Statement, scan, shorten, source_map,
};

pub use loader::{Asked, Candidates, Filters, KINDS, Runs, Server, as_script, candidates};
pub use models::{ModelFiles, StillThere, check_dropped};
pub use needs::Need;
pub use provider::{ProviderError, ProviderFailure};
pub use read::ReadError;

/// How programs are run.
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    pub timeout: Duration,
    /// The directory that relative paths start from.
    pub cwd: PathBuf,
    /// How foreign code is confined; without it, a program has the rights that we have.
    pub confinement: Option<Arc<Confinement>>,
    /// The Python environment that programs are found and run in, instead of that of our own environment.
    pub python: Option<PythonEnvironment>,
    /// The database that models are loaded for.
    pub server: Option<Server>,
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
    #[error(transparent)]
    Provider(#[from] Box<ProviderError>),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("no desired state is given")]
    Nothing,
    #[error("a database can't be combined with another source of the desired state")]
    Mixed,
}

/// SQL whose effect is (a part of) the desired state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called in messages.
    pub name: String,
    pub text: String,
    pub mode: TxMode,
    /// What is to be known of SQL that a program printed.
    pub printed: Option<Printed>,
    /// The migration that it is, which knows how it is split.
    pub migration: Option<MigrationFile>,
}

/// What is to be known of SQL that a program printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Where the models are.
    models: ModelFiles,
    /// The program joins the lines of a model's SQL without a space.
    joins_lines: bool,
    /// A `%%` may be a `%` of the models or not.
    doubtful_percent: bool,
    /// What the program warned of.
    warnings: Vec<String>,
}

/// What the desired state is made from.
#[derive(Clone, Debug)]
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
    /// What they gave, once they were read.
    collected: Option<Input>,
    /// What decides for some of them what is compared.
    filters: Vec<Filters>,
}

#[derive(Debug)]
enum Reading {
    Program(Box<provider::Running>),
    Models(Box<loader::Loading>),
    File(PathBuf),
    Dir(PathBuf),
    Database(Box<DbUrl>),
}

/// Starts reading sources: programs run from now on, everything else waits for [`Pending::collect`].
pub fn start(
    sources: &[Located<Source>],
    options: &ProviderOptions,
) -> Result<Pending, DesiredError> {
    start_with(sources, options, &Runs::default())
}

/// As [`start`], with runs of the loader that other states share.
pub fn start_with(
    sources: &[Located<Source>],
    options: &ProviderOptions,
    runs: &Runs,
) -> Result<Pending, DesiredError> {
    let mut reading = Vec::new();
    let mut started: Vec<&crate::config::Models> = Vec::new();
    for source in sources {
        reading.push(match &source.value {
            Source::File(path) => Reading::File(path.clone()),
            Source::Dir(path) => Reading::Dir(path.clone()),
            Source::Url(url) => Reading::Database(Box::new(url.clone())),
            Source::External(program) => {
                Reading::Program(Box::new(provider::start(program, options)?))
            }
            Source::Models(models) => {
                // Models are loaded together: they may be of one MetaData.
                if started.iter().any(|other| loader::together(models, other)) {
                    continue;
                }
                started.push(models);
                Reading::Models(Box::new(loader::start(
                    source, models, sources, options, runs,
                )?))
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
        (0, _) | (1, 1) => Ok(Pending {
            sources: reading,
            collected: None,
            filters: Vec::new(),
        }),
        _ => Err(DesiredError::Mixed),
    }
}

impl Pending {
    /// What the migrations of a directory make.
    ///
    /// # Errors
    /// When one of them asks for an unknown transaction mode.
    pub fn of(dir: &Dir, scan: &ScanOptions) -> Result<Self, FileError> {
        let parts = read::replayed(dir, scan)?;
        Ok(Self {
            sources: Vec::new(),
            collected: Some(Input::Sql(Sql { parts })),
            filters: Vec::new(),
        })
    }

    /// Whether the sources are one database.
    pub fn is_database(&self) -> bool {
        match &self.collected {
            Some(input) => matches!(input, Input::Database(_)),
            None => matches!(self.sources[..], [Reading::Database(_)]),
        }
    }

    /// Waits for programs and reads files, for a dev database of a dialect. Once: from then on the same is given again.
    pub async fn collect(&mut self, dev: &'static Profile) -> Result<Input, DesiredError> {
        if let Some(input) = &self.collected {
            return Ok(input.clone());
        }
        let sources = std::mem::take(&mut self.sources);
        if sources.is_empty() {
            // They failed before: no SQL would mean that nothing is desired.
            return Err(DesiredError::Nothing);
        }
        let input = read_all(sources, dev, &mut self.filters).await?;
        self.collected = Some(input.clone());
        Ok(input)
    }

    /// Patterns for what the filters of Alembic's `env.py` leave out of a comparison of what migrations make with what was
    /// collected; `scoped` to one schema.
    pub async fn left_out(
        &self,
        current: &Realm,
        desired: &Realm,
        scoped: bool,
    ) -> Result<Vec<String>, DesiredError> {
        let mut found = Vec::new();
        for filters in &self.filters {
            found.extend(filters.left_out(current, desired, scoped).await?);
        }
        Ok(found)
    }
}

async fn read_all(
    sources: Vec<Reading>,
    dev: &'static Profile,
    filters: &mut Vec<Filters>,
) -> Result<Input, DesiredError> {
    let mut parts = Vec::new();
    for source in sources {
        match source {
            Reading::Database(url) => return Ok(Input::Database(url)),
            Reading::File(path) => parts.push(read::file(&path)?),
            Reading::Dir(path) => parts.extend(read::dir(&path, &dev.scan)?),
            Reading::Program(running) => parts.push(running.output(dev).await?),
            Reading::Models(loading) => {
                let (part, found) = loading.output().await?;
                parts.push(part);
                filters.extend(found);
            }
        }
    }
    Ok(Input::Sql(Sql { parts }))
}

/// The desired state's SQL has been run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What was run.
    pub statements: Vec<Statement>,
    /// It was run on what the migrations make besides the models' own.
    pub seeded: bool,
    /// Where in the models objects are defined, where the program told.
    pub positions: Vec<SourcePosition>,
    /// Where else the models may be.
    pub models: Vec<ModelFiles>,
    /// What a reader should know; sentences for people.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// What it says, where `own` names the kinds that are the models' in any case.
    pub fn spoken<'a>(&'a self, own: &'a [String]) -> Spoken<'a> {
        Spoken {
            statements: &self.statements,
            own,
            seeded: self.seeded,
        }
    }

    /// Indexes that are added to tables, and that the SQL builds without blocking writes.
    pub fn concurrent(&self, changes: &[Change]) -> Vec<String> {
        let wanted = self.statements.iter();
        let mut wanted: Vec<String> = wanted
            .filter_map(|statement| object::concurrent_index(&statement.text))
            .collect();
        wanted.retain(|name| {
            changes.iter().any(|change| {
                let Change::ModifyTable(modify) = change else {
                    return false;
                };
                modify.changes.iter().any(|change| {
                    matches!(change, TableChange::Index(Edit::Add(index)) if index.name == *name)
                })
            })
        });
        wanted
    }

    /// Where in the models tables are defined, as the program told or as the files show; not looked for where nothing
    /// changes.
    pub fn places(&self, changes: &[Change]) -> Vec<SourcePosition> {
        let mut places = self.positions.clone();
        if !changes.is_empty() {
            places.extend(self.models.iter().flat_map(ModelFiles::tables).cloned());
        }
        places
    }
}

/// SQL of the desired state that the engine or the scanner refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct LoadError {
    /// What failed, and where in the SQL.
    pub error: ScriptError,
    /// A program printed the SQL.
    pub printed: bool,
    /// A word at the error that may have been two, since the official provider joins lines.
    pub joined: Option<String>,
    /// Where in the models the object is defined that the statement is about.
    pub model: Option<SourcePosition>,
}

impl Sql {
    /// What it creates besides tables, and its statements; nothing where it can't be split.
    pub fn created(&self, options: &ScanOptions) -> (Vec<Created>, Vec<Statement>) {
        let parts = self.parts.iter();
        let split = parts.filter_map(|part| part.split(options).ok());
        let statements: Vec<Statement> = split.flat_map(|script| script.statements).collect();
        let made = |statement: &Statement| created(&statement.text, &options.rules);
        (statements.iter().flat_map(made).collect(), statements)
    }

    /// Runs the SQL on a session: an empty one, or one with the schemas and extensions of `seeds`, which are not made
    /// again.
    pub async fn load(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
        seeds: Option<&Realm>,
    ) -> Result<Loaded, LoadError> {
        let mut loaded = Loaded {
            seeded: seeds.is_some(),
            ..Loaded::default()
        };
        let is_there = |statement: &Statement| {
            seeds.is_some_and(|seeds| only_seeds(&statement.text, &options.rules, seeds))
        };
        for part in &self.parts {
            let positions = origin::from_here(source_map(&part.text));
            let printed = part.printed.as_ref();
            let models = printed.map(|printed| &printed.models);
            let fail = |error: ScriptError| {
                let statement = error.statement.as_deref();
                let place = |positions: &[SourcePosition]| {
                    statement
                        .and_then(|sql| object::position(sql, positions))
                        .cloned()
                };
                LoadError {
                    model: place(&positions).or_else(|| place(models?.tables())),
                    printed: part.printed.is_some(),
                    joined: printed
                        .filter(|printed| printed.joins_lines)
                        .and_then(|_| object::joined_word(statement?, error.offset)),
                    error,
                }
            };
            let split = part.split(options).map_err(|error| fail(*error))?;
            if let Some(printed) = printed {
                loaded.warnings.extend(printed.warnings.iter().cloned());
                let doubled = || doubled_percent(&split.statements);
                loaded
                    .warnings
                    .extend(printed.doubtful_percent.then(doubled).flatten());
            }
            let mut statements = split.statements.clone();
            statements.retain(|statement| !is_there(statement));
            let script = Script {
                name: &part.name,
                text: &part.text,
                statements: &statements,
                mode: part.mode,
            };
            script::run(session, &script).await.map_err(fail)?;
            loaded.positions.extend(positions);
            loaded.statements.extend(split.statements);
            if let Some(models) = models {
                loaded.warnings.extend(models::missing(models, &part.text));
                loaded.models.push(models.clone());
            }
        }
        Ok(loaded)
    }
}

/// Whether a statement does nothing but make schemas and extensions that are there.
fn only_seeds(sql: &str, rules: &Rules, seeds: &Realm) -> bool {
    let made = created(sql, rules);
    !made.is_empty()
        && made.iter().all(|made| is_seed(made, seeds))
        && only_creates(sql, &made, rules)
}

/// Whether it is a schema or an extension that is there.
fn is_seed(made: &Created, seeds: &Realm) -> bool {
    match made.kind {
        "schema" => seeds.schema(&made.name).is_some(),
        "extension" => seeds
            .texts
            .iter()
            .any(|object| object.kind == "extension" && object.name == made.name),
        _ => false,
    }
}

impl Part {
    /// What the program that printed it warned of.
    pub fn warnings(&self) -> &[String] {
        self.printed
            .as_ref()
            .map_or(&[], |printed| &printed.warnings)
    }

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

/// SQLAlchemy writes `%` as `%%` for the drivers of some dialects. What a script of the user's prints may have been undone
/// or not, and nobody can tell that from one that was meant.
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
        "the models' SQL has `%%` in `{}`{more}: SQLAlchemy doubles every `%` for some dialects; where the models \
         have a single one, let the program print `.replace(\"%%\", \"%\")` of it",
        shorten(&first.text, 60),
    ))
}

pub use object::{find as find_position, find_part, position as statement_position};

impl Explain for LoadError {
    fn explain(self) -> Problem {
        let model = self
            .model
            .map(|model| (model.object, format!("{}:{}", model.file, model.line)));
        let (printed, joined) = (self.printed, self.joined);
        let place = self.error.place().filter(|_| !printed);
        let mut problem = self.error.explain().during(stage::DESIRED);
        problem.place = place;
        if let Some((_, place)) = &model {
            problem = problem.detail("model", place);
        }
        if let Some(word) = joined
            && problem.hint.is_none()
            && problem.message.contains("syntax")
        {
            problem.hint = Some(format!(
                "`{word}` may be two words: the provider joins the lines of a model's SQL without a space, so end such a line \
                 in the model with one"
            ));
        }
        if printed && problem.hint.is_none() && is_foreign(&problem.message) {
            problem.hint = Some(
                "the models' SQL must be of the dev database's dialect (`--dialect` of the provider), and needs what \
                 the database has (extensions, schemas)"
                    .to_owned(),
            );
        }
        problem
    }
}

/// Whether an engine's message is about what it does not know: syntax, a type, a function.
fn is_foreign(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "syntax",
        "does not exist",
        "no such",
        "unknown",
        "unrecognized",
    ]
    .iter()
    .any(|word| message.contains(word))
}

impl Explain for DesiredError {
    fn explain(self) -> Problem {
        match self {
            Self::Provider(error) => error.explain(),
            Self::Nothing => Problem::new(self.to_string())
                .during(stage::CONFIG)
                .hint("set `src` in the environment, or give `--to file://schema.sql`"),
            Self::Read(error) => error.explain(),
            Self::Mixed => Problem::new(self.to_string()).during(stage::CONFIG),
        }
    }
}

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
    fn what_does_more_than_make_what_is_there_is_run() {
        let seeds = Realm {
            schemas: vec![crate::schema::Schema {
                name: "app".into(),
                ..Default::default()
            }],
            ..Realm::default()
        };
        for (sql, expected) in [
            ("CREATE SCHEMA app", true),
            ("CREATE SCHEMA other", false),
            ("DO 'BEGIN CREATE SCHEMA app; END'", true),
            (
                "DO 'BEGIN CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM (); END'",
                false,
            ),
            (
                "DO 'BEGIN CREATE SCHEMA app; CREATE TABLE app.t (a int); END'",
                false,
            ),
            ("CREATE TABLE app.t (a int)", false),
        ] {
            let found = only_seeds(sql, &Rules::GENERIC, &seeds);
            assert_eq!(found, expected, "{sql}");
        }
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
            server: None,
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

    #[tokio::test]
    async fn sources_are_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("models.sql");
        let of = |file: &std::path::Path| Pending {
            sources: vec![Reading::File(file.to_owned())],
            collected: None,
            filters: Vec::new(),
        };
        let dev = crate::dialect::ALL[0].profile();
        std::fs::write(&file, "SELECT 1;").unwrap();
        let mut pending = of(&file);
        for _ in 0..2 {
            let Input::Sql(sql) = pending.collect(dev).await.unwrap() else {
                panic!("a file is not a database");
            };
            assert_eq!(sql.parts[0].text, "SELECT 1;");
            std::fs::write(&file, "SELECT 2;").unwrap();
        }
        // What failed never turns into a state that holds nothing.
        let mut gone = of(&dir.path().join("gone.sql"));
        assert!(matches!(
            gone.collect(dev).await,
            Err(DesiredError::Read(_))
        ));
        assert!(matches!(
            gone.collect(dev).await,
            Err(DesiredError::Nothing)
        ));
    }
}
