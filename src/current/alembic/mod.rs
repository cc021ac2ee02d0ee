//! An Alembic history as it is: the project's own Alembic runs it, and its statements are run on trueup's own session.
//!
//! The files of `program` are one program of Python, which calls Alembic in the project's interpreter, confined as any other;
//! `pipe.py` of them is the driver by which SQLAlchemy's engines there speak to us. So `env.py` may find its URL as it likes: what connects gets the dev database.
//! What was run is kept as SQL, so that the same state is built again without Python.

mod back;
mod files;
pub mod graph;
pub mod layout;
mod python;
pub mod revision;
mod survey;
pub mod template;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Current, ReplayError};
use crate::config::{Env, Models, Origin, Source};
use crate::desired::channel::Talk;
use crate::desired::{Asked, KINDS, ProviderError, ProviderOptions, as_script};
use crate::dialect::{self, Dialect};
use crate::engine::exclude::pattern_for_part;
use crate::engine::{Answer, EngineError, ExecError, InspectOptions, Session, Value};
use crate::migration::{Dir, MigrationFile};
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::schema::Realm;
use crate::sql::{ScanOptions, Statement, scan};
use versions::Lent;

pub use files::Part;
pub use survey::Survey;

/// The program, after the common base of all programs.
const PROGRAM: &str = concat!(
    include_str!("program/pipe.py"),
    "\n\n",
    include_str!("program/values.py"),
    "\n\n",
    include_str!("program/servers.py"),
    "\n\n",
    include_str!("program/model.py"),
    "\n\n",
    include_str!("program/dialects.py"),
    "\n\n",
    include_str!("program/closed.py"),
    "\n\n",
    include_str!("program/history.py"),
    "\n\n",
    include_str!("program/models.py"),
    "\n\n",
    include_str!("program/run.py"),
    "\n\n",
    include_str!("program/write.py"),
    "\n\n",
    include_str!("program/main.py"),
);

/// Words behind `BEGIN` where it begins a transaction, and no block of statements.
const TRANSACTION: &[&str] = &[
    "CONCURRENT",
    "DEFERRABLE",
    "DEFERRED",
    "EXCLUSIVE",
    "IMMEDIATE",
    "ISOLATION",
    "NOT",
    "READ",
    "TRAN",
    "TRANSACTION",
    "WORK",
];

/// A project's Alembic history.
#[derive(Debug)]
pub struct Alembic {
    file: PathBuf,
    section: String,
    /// What `env.py` calls the one of several databases that is meant.
    database: Option<String>,
    app: Option<String>,
    python: Option<Vec<String>>,
    dialect: &'static dyn Dialect,
    origin: Origin,
    options: ProviderOptions,
    /// The models, where they are loaded as the history is run.
    models: Option<Loads>,
    trials: Trials,
    /// The revisions that it is built up to; all where that is not set.
    to: Option<Vec<String>>,
    /// What files of revisions say in place of what they say on disk.
    texts: BTreeMap<String, String>,
    ran: OnceLock<Ran>,
}

/// What is tried besides building a history's state.
#[derive(Clone, Debug, Default)]
pub struct Trials {
    /// Revisions that are taken down and up again.
    pub again: Option<Again>,
    /// Those are also run where tables have rows.
    pub rows: bool,
}

impl Trials {
    /// Takes one revision, and all that follow it, down and up again.
    pub fn from(revision: String) -> Self {
        Self {
            again: Some(Again::From(revision)),
            rows: false,
        }
    }
}

/// Revisions that are taken down and up again.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// One, and all that follow it.
    From(String),
    /// Those of these files.
    Files(Vec<PathBuf>),
}

/// What is known of a history once it was run.
#[derive(Debug)]
struct Ran {
    /// Its SQL.
    dir: Dir,
    /// What it is made of.
    statements: Vec<String>,
    /// Its revisions in the order in which they ran, each with the number of statements that had run then.
    ends: Vec<(String, usize)>,
    /// Which statements ran outside of a transaction.
    alone: BTreeSet<usize>,
    /// Where Alembic's own table is: the schema, where `env.py` names one, and the name.
    table: (Option<String>, String),
    found: Found,
    exclude: Vec<String>,
    realm: Realm,
    scoped: bool,
    /// The SQL of all that comes before the revisions that were taken down and up again, and these; none where none was.
    before: Option<(Dir, Vec<String>)>,
}

/// Models as the loader is asked for them.
#[derive(Clone, Debug, Serialize)]
struct Loads {
    targets: Vec<String>,
    bind: Option<String>,
}

impl Loads {
    /// All models of an environment, if they are loaded with the history's interpreter and application.
    fn of(env: &Env) -> Option<Self> {
        let models = env.src.iter().map(|source| match &source.value {
            Source::Models(models) if (&models.app, &models.python) == (&env.app, &env.python) => {
                Some(models)
            }
            _ => None,
        });
        let models: Vec<&Models> = models.collect::<Option<_>>()?;
        let bind = models.first()?.bind.clone();
        let alike = models.iter().all(|each| each.bind == bind);
        alike.then(|| Self {
            targets: models.iter().map(|each| each.target.clone()).collect(),
            bind,
        })
    }
}

/// What the program is asked for.
#[derive(Serialize)]
struct Request<'a> {
    config: &'a Path,
    section: &'a str,
    database: Option<&'a str>,
    dialect: &'a str,
    app: Option<&'a str>,
    again: Option<&'a Again>,
    /// The database holds all but those revisions already, and rows.
    rows: bool,
    to: Option<&'a [String]>,
    texts: &'a BTreeMap<String, String>,
    /// Nothing is to be run but `env.py`.
    survey: bool,
    asked: &'a [Asked<'a>],
    models: Option<&'a Loads>,
    write: Option<Wanted<'a>>,
}

/// What the program is started for.
#[derive(Debug)]
enum Task<'a> {
    Build,
    /// Revisions that are run where tables have rows.
    Rows,
    /// What the history says of itself, and leaves out of these.
    Survey(&'a [Asked<'a>]),
    /// A revision, and the directories that are lent to the program.
    Write(Wanted<'a>, Vec<PathBuf>),
}

/// A revision to be written.
#[derive(Debug, Serialize)]
pub struct Wanted<'a> {
    pub message: &'a str,
    /// The head that it follows; the only one where none is named.
    pub head: Option<&'a str>,
    /// Its statements come after what Alembic generates by itself.
    pub auto: bool,
    /// What was done to a database, where Alembic generates from that and not from models.
    pub by_hand: Vec<Said<'a>>,
    pub up: Vec<Said<'a>>,
    pub down: Vec<Said<'a>>,
    /// Why there is no way down.
    pub irreversible: Option<String>,
}

/// A statement of a revision to be written.
#[derive(Debug, Serialize)]
pub struct Said<'a> {
    pub sql: &'a str,
    /// It can't be part of a transaction.
    pub alone: bool,
}

/// A revision that was written.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wrote {
    pub file: PathBuf,
    pub revision: String,
}

/// A line of what it says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Ask {
        sql: String,
        rows: bool,
    },
    Look {
        #[serde(rename = "look")]
        _look: bool,
    },
    History {
        history: Found,
    },
    Ran {
        ran: String,
    },
    At(back::At),
    LeftOut {
        left_out: Vec<LeftOut>,
    },
    Table {
        table: (Option<String>, String),
        filters: bool,
    },
    Wrote {
        wrote: Wrote,
    },
    Warning {
        warning: String,
    },
}

#[derive(Debug, Default, Deserialize)]
struct Found {
    location: String,
    /// Where a new revision is put.
    versions: Option<PathBuf>,
    /// Those that nothing follows first.
    revisions: Vec<Known>,
}

/// A revision of the history.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Known {
    pub id: String,
    /// Those that have to be there before it.
    pub after: Vec<String>,
    /// What it is about; may be empty.
    pub message: String,
    /// Its file, from where the program runs.
    pub file: PathBuf,
    /// When it was written, by its docstring: `2024-01-31 12:00:00`.
    pub created: Option<String>,
}

/// Kind, schema, table, and the name of a part of it.
#[derive(Deserialize)]
struct LeftOut(String, Option<String>, String, Option<String>);

impl Alembic {
    /// The history that an environment names; `None` where its migrations are SQL.
    ///
    /// # Errors
    /// Where its file is not named and not found.
    pub fn of(env: &Env, options: ProviderOptions) -> Result<Option<Self>, Problem> {
        let Some(named) = &env.migration.alembic else {
            return Ok(None);
        };
        let url = env.dev.as_ref().or(env.url.as_ref());
        let Some(dialect) = url.and_then(|url| dialect::for_url(&url.value).ok()) else {
            return Ok(None);
        };
        let offline = url.is_some_and(|url| url.value.scheme() == dialect::OFFLINE);
        if offline == dialect.answers_programs() {
            let server = dialect.profile().display;
            let (what, hint) = match offline {
                true => (
                    "without a server",
                    "name a dev database that runs the statements",
                ),
                false => ("on a server", "`dev: offline://mssql/2022` needs none"),
            };
            let what = format!("an Alembic history of {server} can't be run {what} yet");
            return Err(Problem::new(what).hint(hint));
        }
        let file = layout::settings(&named.file, |name| options.cwd.join(name).is_file())?;
        Ok(Some(Self {
            file,
            section: named.section.clone(),
            database: named.database.clone(),
            app: env.app.clone(),
            python: env.python.clone(),
            dialect,
            models: Loads::of(env),
            origin: env
                .migration
                .dir_origin
                .clone()
                .unwrap_or(Origin::Flag("--dir")),
            options,
            trials: Trials::default(),
            to: None,
            texts: BTreeMap::new(),
            ran: OnceLock::new(),
        }))
    }

    /// The same up to some of its revisions.
    #[must_use]
    pub fn up_to(&self, revisions: Vec<String>) -> Self {
        Self {
            to: Some(revisions),
            ..self.anew(Trials::default())
        }
    }

    /// The same as it is now, with something else that is tried when it is built.
    pub fn anew(&self, trials: Trials) -> Self {
        Self {
            file: self.file.clone(),
            section: self.section.clone(),
            database: self.database.clone(),
            app: self.app.clone(),
            python: self.python.clone(),
            dialect: self.dialect,
            models: self.models.clone(),
            origin: self.origin.clone(),
            options: self.options.clone(),
            trials,
            to: None,
            texts: self.texts.clone(),
            ran: OnceLock::new(),
        }
    }

    /// The same with other texts of some of its files.
    pub fn with(&self, texts: BTreeMap<String, String>, trials: Trials) -> Self {
        Self {
            texts,
            ..self.anew(trials)
        }
    }

    /// Where a file is that the program names from where it runs.
    pub fn path_of(&self, file: &Path) -> PathBuf {
        self.options.cwd.join(file)
    }

    /// Writes a revision behind the head, in the project's own form. Where the program is confined, nothing else than this file
    /// is left of what it writes.
    ///
    /// # Errors
    /// What Alembic says, and where it writes no plain file into the history's directory.
    pub async fn write(
        &self,
        wanted: Wanted<'_>,
        session: &mut dyn Session,
        options: &ScanOptions,
    ) -> Result<Wrote, ReplayError> {
        let inspect = InspectOptions::default();
        let mut run = Run::new(self.dialect, session, options, &inspect);
        let confinement = self.options.confinement.as_deref();
        let lent = match confinement.zip(self.versions()) {
            Some((confinement, versions)) => Some(Lent::of(&versions, confinement)?),
            None => None,
        };
        let dirs = lent.iter().map(|lent| lent.dir().to_owned()).collect();
        run.talk(self.start(Task::Write(wanted, dirs)).await?)
            .await?;
        match (lent, confinement) {
            (Some(lent), _) => lent.keep(&self.path_of(&run.wrote.file))?,
            (None, Some(_)) => {
                return Err(Box::new(Problem::new("the history has no directory")).into());
            }
            (None, None) => {}
        }
        Ok(run.wrote)
    }

    /// What the history says of itself, and leaves out of what a database has. Its `env.py` runs on an empty session, and none of
    /// its revisions.
    ///
    /// # Errors
    /// What the project's Python or the database says.
    pub async fn survey(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
        asked: &[Asked<'_>],
    ) -> Result<Survey, ReplayError> {
        let inspect = InspectOptions::default();
        let scoped = session.scoped();
        let mut run = Run::new(self.dialect, session, options, &inspect);
        run.talk(self.start(Task::Survey(asked)).await?).await?;
        let left_out = run.left_out.iter().map(|one| one.pattern(scoped));
        Ok(Survey {
            location: run.found.location.into(),
            left_out: left_out.collect(),
            revisions: run.found.revisions,
            table: run.table,
            filters: run.filters,
        })
    }

    /// Runs the revisions that were taken down and up again once more, on a session that holds what comes before them, and rows.
    /// Answers with their statements.
    ///
    /// # Errors
    /// What the project's Python or the database says; then also the last statement that it refused.
    pub async fn on_rows(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
    ) -> Result<Vec<String>, (ReplayError, Option<Refused>)> {
        let inspect = InspectOptions::default();
        let mut run = Run::new(self.dialect, session, options, &inspect);
        let talk = self.start(Task::Rows).await;
        let talk = talk.map_err(|error| (error.into(), None))?;
        match run.talk(talk).await {
            Ok(()) => Ok(run.statements),
            Err(error) => Err((error, run.refused)),
        }
    }

    async fn start(&self, task: Task<'_>) -> Result<Talk, Box<ProviderError>> {
        let survey = matches!(task, Task::Survey(_));
        let rows = matches!(task, Task::Rows);
        let (write, dirs, asked) = match task {
            Task::Build | Task::Rows => (None, Vec::new(), &[][..]),
            Task::Survey(asked) => (None, Vec::new(), asked),
            Task::Write(wanted, dirs) => (Some(wanted), dirs, &[][..]),
        };
        let request = Request {
            config: &self.file,
            section: &self.section,
            database: self.database.as_deref(),
            dialect: self.dialect.profile().models.names[0],
            app: self.app.as_deref(),
            again: self.trials.again.as_ref(),
            rows,
            to: self.to.as_deref(),
            texts: &self.texts,
            survey,
            asked,
            models: self.models.as_ref().filter(|_| write.is_some()),
            write,
        };
        let request = serde_json::to_string(&request).unwrap_or_default();
        let (python, origin) = (self.python.as_deref(), self.origin.clone());
        let mut talk = Talk::start(PROGRAM, python, origin, dirs, &self.options)?;
        talk.answer(&request).await;
        Ok(talk)
    }

    /// Where it is: its directory once it was run, else its file.
    pub fn shown(&self) -> String {
        match self.ran.get() {
            Some(ran) => ran.found.location.clone(),
            None => self.file.display().to_string(),
        }
    }

    /// Its revisions, those that nothing follows first; none before it was run.
    pub fn revisions(&self) -> &[Known] {
        self.ran.get().map_or(&[], |ran| &ran.found.revisions)
    }

    /// The directory that a new revision is put into, where that is known.
    pub fn versions(&self) -> Option<PathBuf> {
        let versions = self.ran.get()?.found.versions.as_deref()?;
        Some(self.path_of(versions))
    }

    /// Patterns of what the project's Alembic leaves out; none before it was run.
    pub fn exclude(&self) -> &[String] {
        self.ran.get().map_or(&[], |ran| &ran.exclude)
    }

    /// The SQL of all that comes before the revisions that are to be run on rows, and these; none where there are none.
    pub fn before(&self) -> Option<&(Dir, Vec<String>)> {
        let ran = self.ran.get().filter(|_| self.trials.rows)?;
        ran.before.as_ref()
    }

    /// Its state, as it was once it was run; empty before.
    pub fn realm(&self) -> Realm {
        self.ran
            .get()
            .map_or_else(Realm::default, |ran| ran.realm.clone())
    }

    /// Whether it was run on one schema.
    pub fn scoped(&self) -> bool {
        self.ran.get().is_some_and(|ran| ran.scoped)
    }

    /// Its SQL, as a directory of one file, once it was run.
    pub fn dir(&self) -> Option<&Dir> {
        self.ran.get().map(|ran| &ran.dir)
    }

    /// Builds its state on an empty session: by Alembic the first time, by the statements that it ran from then on.
    ///
    /// # Errors
    /// What the project's Python or the database says, with the revision's place.
    pub(super) async fn build(
        &self,
        session: &mut dyn Session,
        options: &ScanOptions,
        inspect: &InspectOptions,
    ) -> Result<Current, ReplayError> {
        if let Some(ran) = self.ran.get() {
            return super::replay(session, &ran.dir, options, inspect).await;
        }
        let mut run = Run::new(self.dialect, session, options, inspect);
        run.talk(self.start(Task::Build).await?).await?;
        let Run {
            statements,
            found,
            left_out,
            back,
            ends,
            alone,
            ..
        } = run;
        let realm = look(session, inspect).await?;
        let location = PathBuf::from(&found.location);
        let dir = |statements: &[String]| {
            let sql = as_script(statements, options);
            let text = format!("-- atlas:txmode none\n\n{sql}");
            let file = MigrationFile::in_memory(location.clone(), text);
            Dir::in_memory(location.clone(), vec![file])
        };
        let scoped = session.scoped();
        let exclude: Vec<String> = left_out.iter().map(|one| one.pattern(scoped)).collect();
        // The first is Alembic's own table.
        for pattern in exclude.iter().skip(1) {
            tracing::info!("the history's Alembic leaves out {pattern}");
        }
        let _ = self.ran.set(Ran {
            dir: dir(&statements),
            exclude,
            before: back
                .began
                .and_then(|began| statements.get(..began))
                .map(|before| (dir(before), back.revisions())),
            statements,
            ends,
            alone,
            table: (left_out.into_iter().next())
                .map(|own| (own.1, own.2))
                .unwrap_or_default(),
            found,
            realm: realm.clone(),
            scoped,
        });
        Ok(Current {
            realm,
            tried: back.tried(),
            warnings: back.warnings,
        })
    }
}

/// Reads what a history built. Nothing that it set reaches what follows.
async fn look(session: &mut dyn Session, inspect: &InspectOptions) -> Result<Realm, ReplayError> {
    session.execute(&[], TxMode::None).await.map_err(|error| {
        let ExecError { message, hint, .. } = error;
        EngineError { message, hint }
    })?;
    Ok(session.inspect(inspect).await?)
}

impl LeftOut {
    /// The pattern that leaves it out.
    fn pattern(&self, scoped: bool) -> String {
        let Self(kind, schema, table, part) = self;
        let schema = schema.as_deref().filter(|_| !scoped);
        let known = KINDS.iter().find(|(known, _)| known == kind);
        let part = known.zip(part.as_deref());
        let part = part.map(|((_, selector), name)| (*selector, name));
        let pattern = pattern_for_part(schema, table, part);
        match (scoped, schema) {
            // Alembic's own table, wherever it is.
            (false, None) => format!("*.{pattern}"),
            _ => pattern,
        }
    }
}

/// A history at work.
struct Run<'s> {
    session: &'s mut dyn Session,
    options: &'s ScanOptions,
    /// What was run and not rolled back.
    statements: Vec<String>,
    /// How many there were when each open transaction and savepoint began.
    begun: Vec<usize>,
    /// Which of them ran outside of one.
    alone: BTreeSet<usize>,
    /// The revisions that ran, each with how many there were then.
    ends: Vec<(String, usize)>,
    found: Found,
    left_out: Vec<LeftOut>,
    /// Where a database records its revisions.
    table: (Option<String>, String),
    /// The project leaves something out.
    filters: bool,
    /// Revisions that are taken down and up again.
    back: back::Back,
    /// The last statement that was refused.
    refused: Option<Refused>,
    wrote: Wrote,
    inspect: &'s InspectOptions,
}

/// A statement that the database refused.
#[derive(Clone, Debug)]
pub struct Refused {
    pub sql: String,
    pub error: ExecError,
}

impl<'s> Run<'s> {
    fn new(
        dialect: &'static dyn Dialect,
        session: &'s mut dyn Session,
        options: &'s ScanOptions,
        inspect: &'s InspectOptions,
    ) -> Self {
        let scoped = session.scoped();
        Self {
            session,
            options,
            statements: Vec::new(),
            begun: Vec::new(),
            alone: BTreeSet::new(),
            ends: Vec::new(),
            found: Found::default(),
            left_out: Vec::new(),
            table: <(Option<String>, String)>::default(),
            filters: false,
            back: back::Back::new(dialect, scoped),
            refused: None,
            wrote: Wrote::default(),
            inspect,
        }
    }

    async fn talk(&mut self, mut talk: Talk) -> Result<(), ReplayError> {
        while let Some((going, said)) = talk.next().await? {
            talk = going;
            match said {
                Line::Ask { sql, rows } => {
                    let answer = match self.ask(&sql, rows).await {
                        Ok(answer) => told(answer),
                        Err(error) => {
                            let told = refused(&error);
                            self.refused = Some(Refused { sql, error });
                            told
                        }
                    };
                    talk.answer(&answer.to_string()).await;
                }
                Line::Look { .. } => {
                    let realm = self.session.inspect(&InspectOptions::default()).await?;
                    talk.answer(&json!({ "schemas": realm.schemas }).to_string())
                        .await;
                }
                Line::History { history } => self.found = history,
                Line::Ran { ran } => {
                    tracing::debug!(revision = ran, "a revision has run");
                    self.ends.push((ran, self.statements.len()));
                }
                Line::LeftOut { left_out } => self.left_out = left_out,
                Line::Table { table, filters } => (self.table, self.filters) = (table, filters),
                Line::At(at) => {
                    tracing::debug!(?at, "the history ends");
                    let realm = look(self.session, self.inspect).await?;
                    self.back.at(at, realm, &mut self.statements)?;
                    talk.answer("{}").await;
                }
                Line::Wrote { wrote } => self.wrote = wrote,
                Line::Warning { warning } => self.back.warnings.push(warning),
            }
        }
        Ok(())
    }

    /// Runs what the program sends, which may be several statements.
    async fn ask(&mut self, sql: &str, rows: bool) -> Result<Answer, ExecError> {
        // No driver knows what is a word of a server's clients.
        let options = ScanOptions {
            go_batches: false,
            ..*self.options
        };
        let statements = match scan(sql, &options) {
            Ok(script) if !script.statements.is_empty() => script.statements,
            // The server says what is wrong with it.
            _ => vec![Statement::whole(sql)],
        };
        let mut last = Answer::default();
        for statement in &statements {
            last = self.session.ask(statement, rows).await?;
            self.note(&statement.text);
        }
        Ok(last)
    }

    /// Keeps what changes something, and forgets what is rolled back.
    fn note(&mut self, text: &str) {
        let words: Vec<String> = text
            .split_whitespace()
            .take(3)
            .map(|word| word.trim_end_matches(';').to_ascii_uppercase())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["BEGIN", second, ..] if !TRANSACTION.contains(&second) => self.keep(text),
            ["BEGIN" | "START", ..] | ["SAVEPOINT", ..] => self.begun.push(self.statements.len()),
            ["ROLLBACK", "TO", ..] => {
                if let Some(kept) = self.begun.last() {
                    self.statements.truncate(*kept);
                }
            }
            ["ROLLBACK", ..] => {
                if let Some(kept) = self.begun.first() {
                    self.statements.truncate(*kept);
                }
                self.begun.clear();
            }
            ["COMMIT" | "END", ..] => self.begun.clear(),
            ["RELEASE", ..] => {
                self.begun.pop();
            }
            ["SHOW" | "EXPLAIN", ..] => {}
            _ => self.keep(text),
        }
    }

    fn keep(&mut self, text: &str) {
        if self.begun.is_empty() {
            self.alone.insert(self.statements.len());
        }
        let text = text.trim_end().trim_end_matches(';');
        self.statements.push(text.to_owned());
    }
}

fn told(answer: Answer) -> Json {
    let value = |value: Value| match value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::String(text),
        Value::Bytes(bytes) => json!({ "bytes": BASE64.encode(bytes) }),
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
    };
    let row = |row: Vec<Value>| row.into_iter().map(value).collect::<Json>();
    json!({
        "columns": answer.columns,
        "rows": answer.rows.into_iter().map(row).collect::<Json>(),
        "affected": answer.affected,
        "id": answer.id,
    })
}

fn refused(error: &ExecError) -> Json {
    json!({ "error": { "message": error.message, "code": error.code, "detail": error.detail, "hint": error.hint } })
}
