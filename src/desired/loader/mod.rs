//! Our own loader of SQLAlchemy models: a Python program in this binary, which the project's interpreter runs.
//!
//! It imports the models as Python does, and tells their DDL and where everything is defined as lines of JSON, whose form
//! `main.py` describes. The files are one program in this order; none of them is written to disk.

mod filters;

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use serde::{Deserialize, Serialize};

use super::advice::{Failed, Way, advice};
use super::locate;
use super::provider::{self, About, ProviderError, ProviderFailure, Running};
use super::{ModelFiles, Part, Printed, ProviderOptions};
use crate::config::{DbUrl, Env, Located, Models, Origin, Source};
use crate::confine::process::{Ended, clean};
use crate::dialect::{self, Dialect, Profile};
use crate::plan::TxMode;
use crate::problem::Place;
use crate::sql::token::{Kind, Lexer};
use crate::sql::{ScanOptions, scan};

use filters::LeftOut;
pub use filters::{Asked, Filters, KINDS};

/// What all programs begin with.
pub(super) const BASE: &str = concat!(
    include_str!("layout.py"),
    "\n\n",
    include_str!("guard.py"),
    "\n\n",
    include_str!("base.py"),
);

/// How the MetaData of models is found, behind what all begin with.
pub(super) const MODELS: &str = include_str!("models.py");

/// The program, behind what all begin with.
const PROGRAM: &str = concat!(
    include_str!("places.py"),
    "\n\n",
    include_str!("ddl.py"),
    "\n\n",
    include_str!("main.py"),
);

/// All of it.
fn program() -> String {
    format!("{BASE}\n\n{MODELS}\n\n{PROGRAM}")
}

/// The server that DDL is written for, as far as the settings tell.
#[derive(Clone, Debug)]
pub struct Server {
    pub profile: &'static Profile,
    /// Its version, where the URL names one.
    version: Option<Vec<u32>>,
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        (self.profile.name, &self.version) == (other.profile.name, &other.version)
    }
}

impl Server {
    /// The dev database's, or the environment's.
    pub fn of(env: &Env) -> Option<Self> {
        let url = env.dev.as_ref().or(env.url.as_ref())?;
        Some(Self {
            profile: dialect::for_url(&url.value).ok()?.profile(),
            version: version(&url.value),
        })
    }

    /// One of a dialect, of whatever version.
    pub fn new(dialect: &dyn Dialect) -> Self {
        Self {
            profile: dialect.profile(),
            version: None,
        }
    }
}

/// The version that `docker://postgres/16-alpine/dev` names, or `offline://`.
fn version(url: &DbUrl) -> Option<Vec<u32>> {
    let tag = match url.scheme() {
        "docker" | dialect::OFFLINE => url.path().split('/').nth(1)?,
        _ => return None,
    };
    let end = tag.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let numbers = tag[..end.unwrap_or(tag.len())].split('.');
    numbers.map(|number| number.parse().ok()).collect()
}

/// Runs of the loader that several states share: the same models are loaded once, and their DDL is written for each server.
#[derive(Debug, Default)]
pub struct Runs {
    /// All servers that models are loaded for.
    servers: Vec<Server>,
    /// What was started, by what is loaded.
    started: Mutex<Vec<(Key, Run)>>,
}

/// What a run loads.
type Key = (Models, Vec<String>);

/// A run; its output is awaited where it is needed.
type Run = Shared<BoxFuture<'static, Result<Arc<Output>, Box<ProviderError>>>>;

impl Runs {
    /// For states on these servers.
    pub fn of(servers: impl IntoIterator<Item = Server>) -> Self {
        let mut all: Vec<Server> = Vec::new();
        for server in servers {
            if !all.contains(&server) {
                all.push(server);
            }
        }
        Self {
            servers: all,
            ..Self::default()
        }
    }
}

/// One state's part in a run of the loader.
#[derive(Debug)]
pub(super) struct Loading {
    run: Run,
    about: About,
    /// What is loaded, as the user names it.
    targets: Vec<String>,
    /// The number of the state's server.
    server: usize,
    /// How filters of Alembic are asked, if there are any.
    filters: Filters,
    scan: &'static ScanOptions,
}

/// What the program is asked for.
#[derive(Serialize)]
struct Request<'a> {
    targets: &'a [String],
    app: Option<&'a str>,
    bind: Option<&'a str>,
    servers: Vec<For<'a>>,
}

/// A server in a request.
#[derive(Serialize)]
struct For<'a> {
    dialect: &'static str,
    version: Option<&'a [u32]>,
}

/// Whether two sources can be loaded by one run.
pub(super) fn together(a: &Models, b: &Models) -> bool {
    (&a.app, &a.bind, &a.python) == (&b.app, &b.bind, &b.python)
}

/// Starts loading what some sources name together with the first of them, or takes part in a run that does.
pub(super) fn start(
    first: &Located<Source>,
    models: &Models,
    sources: &[Located<Source>],
    options: &ProviderOptions,
    runs: &Runs,
) -> Result<Loading, Box<ProviderError>> {
    let targets = sources.iter().filter_map(|source| match &source.value {
        Source::Models(other) if together(models, other) => Some(other.target.clone()),
        _ => None,
    });
    let targets: Vec<String> = targets.collect();
    let found = locate::interpreter(options, models.python.as_deref());
    let (name, rest) = found.split_first().unzip();
    let mut about = About::new(
        name.cloned().unwrap_or_default(),
        provider::command_line(&found),
        first.origin.clone(),
        options,
    );
    about.models = Some(targets.join(", "));
    let Some(server) = &options.server else {
        let cause = "no database is named that they are for".to_owned();
        let hint = "set `dev` in the environment or give `--dev-url`, such as `docker://…`, or `local://…` \
                    where the server is installed";
        return Err(about.fail(ProviderFailure::Models(cause), "", Some(hint.to_owned())));
    };
    let alone = std::slice::from_ref(server);
    let shared = runs.servers.iter().position(|one| one == server);
    let servers = shared.map_or(alone, |_| &runs.servers);
    let key = (models.clone(), targets.clone());
    let request = |servers: &[Server]| {
        let request = Request {
            targets: &targets,
            app: models.app.as_deref(),
            bind: models.bind.as_deref(),
            servers: servers
                .iter()
                .map(|server| For {
                    dialect: server.profile.models.names[0],
                    version: server.version.as_deref(),
                })
                .collect(),
        };
        serde_json::to_string(&request).unwrap_or_default()
    };
    let filters = Filters {
        about: about.clone(),
        args: rest.unwrap_or_default().to_vec(),
        request: request(alone),
        options: options.clone(),
    };
    let mut started = runs.started.lock().unwrap_or_else(PoisonError::into_inner);
    let known = started.iter().find(|(other, _)| *other == key);
    let run = match known.filter(|_| shared.is_some()) {
        Some((_, run)) => run.clone(),
        None => {
            let own = ["-c".to_owned(), program(), request(servers)];
            let args = [rest.unwrap_or_default(), &own].concat();
            let running = provider::run(about.clone(), &args, options)?;
            let run = output(running).boxed().shared();
            started.push((key, run.clone()));
            run
        }
    };
    Ok(Loading {
        run,
        about,
        targets,
        server: shared.unwrap_or(0),
        filters,
        scan: &server.profile.scan,
    })
}

/// What a run tells once it has ended.
async fn output(running: Running) -> Result<Arc<Output>, Box<ProviderError>> {
    let (about, ended, _) = running.ended().await?;
    read(&about, ended).map(Arc::new)
}

/// What of a project could be models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Candidates {
    /// Packages and modules that define tables, the likeliest first.
    pub found: Vec<String>,
    /// Parts of them, the largest first.
    pub narrower: Vec<String>,
    /// Flask's applications.
    pub apps: Vec<String>,
}

/// Looks for models in the project, without running its files.
pub async fn candidates(
    options: &ProviderOptions,
    python: Option<&[String]>,
) -> Result<Candidates, Box<ProviderError>> {
    let command = locate::interpreter(options, python);
    let (name, rest) = command.split_first().unzip();
    let origin = Origin::Flag("the command line");
    let name = name.cloned().unwrap_or_default();
    let about = About::new(name, provider::command_line(&command), origin, options);
    let request = r#"{"find": true}"#.to_owned();
    let args = [
        rest.unwrap_or_default(),
        &["-c".to_owned(), program(), request],
    ]
    .concat();
    let (about, ended, _) = provider::run(about, &args, options)?.ended().await?;
    Ok(read(&about, ended)?.candidates)
}

/// A line of what the program tells.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Statement {
        sql: String,
    },
    Place {
        kind: String,
        schema: Option<String>,
        table: String,
        name: String,
        file: String,
        line: u32,
    },
    Loaded {
        loaded: Vec<PathBuf>,
    },
    Warning {
        warning: String,
    },
    Server {
        server: usize,
    },
    Failed {
        failed: Failure,
    },
    Filters {
        filters: bool,
    },
    LeftOut {
        left_out: LeftOut,
    },
    Candidates(Candidates),
    Done {
        done: Versions,
    },
    Error {
        error: Failure,
    },
}

#[derive(Debug, Deserialize)]
struct Versions {
    python: String,
    sqlalchemy: String,
}

/// Why models can't be loaded.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Failure {
    cause: String,
    about: Facts,
    /// The traceback of the project's code.
    #[serde(default)]
    trace: String,
    /// The interpreter.
    python: String,
    file: Option<String>,
    line: Option<usize>,
}

/// What a failure is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Facts {
    /// What could have been meant, the likeliest first.
    others: Vec<String>,
    /// Nothing that was imported defines a table of it.
    import: bool,
    /// A package that is not installed.
    missing: Option<String>,
    /// It is about the application.
    app: bool,
    /// A table that is there twice.
    twice: Option<String>,
    /// The bind keys that there are.
    binds: Vec<String>,
    /// The type of what was named.
    kind: Option<String>,
    /// Several of Alembic's revisions that nothing follows.
    fork: bool,
    /// A revision that is there again.
    again: bool,
    /// One of the heads that a revision may follow.
    choose: Option<String>,
    /// Where a history records its revisions, which can't be done.
    schema: Option<String>,
    /// A program that formats new revisions can't be run.
    hook: bool,
    /// A revision follows one that is not there.
    lost: bool,
    /// A history connects by a driver, or migrates several databases.
    itself: bool,
    several: bool,
    /// How `env.py` calls those.
    databases: Vec<String>,
    /// A database of another kind that a history opens.
    other: Option<String>,
    /// A history that begins with tables that it does not make.
    first: bool,
    /// The statement that the database refused.
    statement: Option<String>,
    /// A package that the project uses refused to work.
    unready: bool,
}

impl Loading {
    /// Waits for the models' DDL, and for the filters that go with it.
    pub(super) async fn output(self) -> Result<(Part, Option<Filters>), Box<ProviderError>> {
        // The run may be another environment's, which names the models elsewhere.
        let output = self.run.await.map_err(|error| ProviderError {
            origin: self.about.origin.clone(),
            ..*error
        })?;
        let of_server = output.servers.get(self.server);
        if let Some(failure) = of_server.and_then(|found| found.failed.clone()) {
            return Err(failed(&self.about, failure, &output.stderr));
        }
        let part = output.part(&self.about, &self.targets, of_server, self.scan);
        Ok((part, output.filters.then_some(self.filters)))
    }
}

/// What the program told.
fn read(about: &About, ended: Ended) -> Result<Output, Box<ProviderError>> {
    let mut text = Output::default();
    for line in ended.stdout.split(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(Line::Error { error }) => return Err(failed(about, error, &ended.stderr)),
            Ok(line) => text.take(line),
            // The end of output that was cut off, which lacks the last line.
            Err(_) => {}
        }
    }
    let Some(versions) = &text.done else {
        let cause = match ended.overflow {
            true => "their DDL is longer than any schema's".to_owned(),
            false => format!("`{}` ended before it was done", about.name),
        };
        return Err(about.fail(ProviderFailure::Models(cause), &ended.stderr, None));
    };
    provider::told(&about.name, &ended.stderr);
    tracing::info!(
        python = versions.python,
        sqlalchemy = versions.sqlalchemy,
        "the models are loaded"
    );
    text.stderr = ended.stderr;
    Ok(text)
}

#[derive(Debug, Default)]
struct Output {
    servers: Vec<OfServer>,
    loaded: Vec<PathBuf>,
    warnings: Vec<String>,
    candidates: Candidates,
    /// Alembic's `env.py` has filters.
    filters: bool,
    left_out: Vec<LeftOut>,
    stderr: String,
    done: Option<Versions>,
}

/// What is for one server.
#[derive(Debug, Default)]
struct OfServer {
    places: String,
    statements: Vec<String>,
    failed: Option<Failure>,
}

impl Output {
    fn take(&mut self, line: Line) {
        let last = self.servers.last_mut();
        match line {
            Line::Server { server } => self.servers.resize_with(server + 1, OfServer::default),
            Line::Failed { failed } => {
                if let Some(last) = last {
                    last.failed = Some(failed);
                }
            }
            Line::Statement { sql } => {
                if let Some(last) = last {
                    last.statements.push(sql);
                }
            }
            Line::Place {
                kind,
                schema,
                table,
                name,
                file,
                line,
            } => {
                let schema =
                    schema.map_or_else(String::new, |name| format!("{name}[type=schema]."));
                let part = match kind == "table" {
                    true => String::new(),
                    false => format!(".{name}[type={kind}]"),
                };
                let place =
                    format!("-- atlas:pos {schema}{table}[type=table]{part} {file}:{line}\n");
                if let Some(last) = last {
                    last.places.push_str(&place);
                }
            }
            Line::Loaded { loaded } => self.loaded = loaded,
            Line::Warning { warning } => self.warnings.push(warning),
            Line::Filters { filters } => self.filters = filters,
            Line::LeftOut { left_out } => self.left_out.push(left_out),
            Line::Candidates(found) => self.candidates = found,
            Line::Done { done } => self.done = Some(done),
            Line::Error { .. } => {}
        }
    }

    fn part(
        &self,
        about: &About,
        targets: &[String],
        of_server: Option<&OfServer>,
        scan: &ScanOptions,
    ) -> Part {
        let roots = self.loaded.iter().map(|file| top(file, &about.work));
        let mut roots: Vec<PathBuf> = roots.collect();
        roots.sort();
        roots.dedup();
        let named: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
        Part {
            name: "the models' DDL".to_owned(),
            text: of_server.map_or_else(String::new, |found| {
                format!("{}\n{}", found.places, as_script(&found.statements, scan))
            }),
            mode: TxMode::None,
            printed: Some(Printed {
                models: ModelFiles {
                    roots,
                    known: self.loaded.iter().cloned().collect(),
                    way_out: format!(
                        "nothing that {} names imports its file: add its module to `{}`, or, where the table is to go, remove \
                         its class",
                        named.join(", "),
                        if about.in_yaml() { "models" } else { "src" },
                    ),
                    ..ModelFiles::default()
                },
                warnings: self.warnings.clone(),
                ..Printed::default()
            }),
            migration: None,
        }
    }
}

/// The package or file of the project that a file belongs to: below the working directory its top directory, which need not
/// be a package by the rules of any Python.
fn top(file: &Path, work: &Path) -> PathBuf {
    let mut parts = file.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(first)), Some(_)) => first.into(),
        _ => {
            let packages = file.ancestors().skip(1);
            let packages = packages.take_while(|dir| work.join(dir).join("__init__.py").is_file());
            packages.last().unwrap_or(file).to_owned()
        }
    }
}

/// The line that ends a batch.
const GO: &str = "GO\n\n";

/// Statements as one text that is cut into the same statements again: each stays whole where it is a routine.
pub fn as_script(statements: &[String], options: &ScanOptions) -> String {
    let ended = |part: &String| {
        // Behind a comment up to the line's end, the delimiter would be part of it.
        let last = Lexer::new(part, &options.rules).last();
        let comment =
            last.is_some_and(|last| last.kind == Kind::Comment && !last.text.starts_with("/*"));
        let line = if comment { "\n" } else { "" };
        format!("{part}{line};\n\n")
    };
    // Nothing but a line of its own ends such a batch.
    let whole = |part: &String| {
        options.go_batches
            && scan(&format!("{}SELECT 1;", ended(part)), options)
                .is_ok_and(|script| script.statements.len() < 2)
    };
    let plain = |parts: &[String]| {
        let mut text = String::new();
        for part in parts {
            let whole = whole(part);
            if whole && !text.is_empty() && !text.ends_with(GO) {
                text.push_str(GO);
            }
            text.push_str(&ended(part));
            text.push_str(if whole { GO } else { "" });
        }
        text
    };
    let mut parts: Vec<String> = Vec::new();
    let mut cut = true;
    for statement in statements {
        match scan(&format!("{statement};"), options) {
            Ok(script) if script.statements.len() <= 1 => parts.push(statement.clone()),
            Ok(script) if !is_routine(statement) => {
                let texts = script.statements.into_iter();
                parts.extend(texts.map(|part| part.text.trim_end_matches(';').to_owned()));
            }
            _ => {
                cut = false;
                parts.push(statement.clone());
            }
        }
    }
    if cut {
        return plain(&parts);
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("{part}\n-- end\n"))
        .collect();
    format!("-- atlas:delimiter \\n-- end\\n\n\n{}", parts.join("\n"))
}

fn is_routine(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !c.is_alphanumeric()).take(12);
    words.any(|word| {
        ["EVENT", "FUNCTION", "PACKAGE", "PROCEDURE", "TRIGGER"]
            .iter()
            .any(|kind| word.eq_ignore_ascii_case(kind))
    })
}

pub(super) fn failed(about: &About, failure: Failure, stderr: &str) -> Box<ProviderError> {
    let stderr = &format!("{stderr}{}", clean(failure.trace.as_bytes()));
    let hint = failure.about.hint(&failure.python, about).or_else(|| {
        // What a database says of a statement is not about how Python is run.
        if failure.about.statement.is_some() {
            return None;
        }
        advice(&Failed {
            stderr,
            name: &failure.python,
            way: match about.history {
                true => Way::History,
                false => Way::Loader,
            },
            work: &about.work,
            how_to_add: about.how_to_add.as_deref(),
            setting: &|name, value| about.setting(name, value),
        })
    });
    let hint = hint.or_else(|| {
        (failure.about.unready && failure.about.statement.is_none()).then(|| {
            format!(
                "if it needs settings from the application, name the function that makes them: it is called first ({})",
                about.setting("app", "module:function")
            )
        })
    });
    let cause = match about.history {
        true => ProviderFailure::History(failure.cause),
        false => ProviderFailure::Models(failure.cause),
    };
    let mut error = about.fail(cause, stderr, hint);
    error.place = failure
        .file
        .zip(failure.line)
        .map(|(file, line)| Place { file, line });
    error
}

impl Facts {
    /// What to do about the revisions of a history.
    fn revisions(&self) -> Option<String> {
        if self.first {
            return Some(
                "the history begins with tables that none of its revisions makes (`create_all` and a stamp): write a first \
                 revision that makes them, or go on with a directory of SQL (`trueup migrate diff baseline --to URL`)"
                    .to_owned(),
            );
        }
        if self.fork {
            return Some(
                "`trueup migrate rebase --base main` puts the revisions that `main` lacks behind its own once it is merged; \
                 `alembic merge heads` joins them"
                    .to_owned(),
            );
        }
        if self.again {
            return Some(
                "give the newer one another `revision`, and name that where it is followed"
                    .to_owned(),
            );
        }
        if let Some(schema) = &self.schema {
            return Some(format!(
                "Alembic's own table is kept in schema `{schema}` (`version_table_schema`), which an empty database lacks: let \
                 `env.py` run `CREATE SCHEMA IF NOT EXISTS {schema}` before `context.run_migrations()`"
            ));
        }
        if let Some(head) = &self.choose {
            return Some(format!("name it: `trueup migrate diff --head {head}`"));
        }
        if self.hook {
            return Some(
                "install the program where the project's packages are, or take the hook out of Alembic's settings"
                    .to_owned(),
            );
        }
        if self.lost {
            return Some(
                "is its file in a branch that is not merged, or was it removed or renamed? `down_revision` has to name one that \
                 is there"
                    .to_owned(),
            );
        }
        None
    }

    fn hint(&self, python: &str, about: &About) -> Option<String> {
        let others: Vec<String> = self.others.iter().map(|name| about.target(name)).collect();
        let others = others.join(", ");
        if let Some(package) = &self.missing {
            return Some(format!(
                "install `{package}` where `{python}` runs, or name the project's Python: {}",
                about.setting("python", ".venv/bin/python")
            ));
        }
        if let Some(hint) = self.revisions() {
            return Some(hint);
        }
        if self.itself {
            return Some(
                "nothing but the dev database is connected to: let it take its connection from an engine, or from \
                 `op.get_bind()` in a revision"
                    .to_owned(),
            );
        }
        if let Some(first) = self.databases.first() {
            return Some(format!(
                "name the one that is meant, and give each an environment: `migrations: alembic://alembic.ini?database={first}`"
            ));
        }
        if self.several {
            return Some(
                "give each database a section of the settings, and an environment (`?section=`)"
                    .to_owned(),
            );
        }
        if self.other.is_some() {
            return Some(
                "`dev` has to name a database of the kind that `env.py` opens; where that comes from the environment, set it \
                 for this command: nothing but its kind counts, since it is not connected to"
                    .to_owned(),
            );
        }
        if let Some(table) = &self.twice {
            return Some(format!(
                "where they are for different databases, name the one that is meant, as {}; otherwise define `{table}` once",
                about.target("module:Base")
            ));
        }
        if self.app {
            return Some(
                "`app` names an application or a function without arguments that makes it, as `shop:create_app`".to_owned(),
            );
        }
        if !self.binds.is_empty() {
            return Some(format!("known ones: {}", self.binds.join(", ")));
        }
        if self.kind.is_some() {
            return Some(
                "name a MetaData, a declarative base, a registry, a Flask application, or a function that makes one".to_owned(),
            );
        }
        match (self.others.is_empty(), self.import) {
            (true, _) => None,
            (false, true) => Some(format!(
                "the modules that define tables are not imported by it: name them, too, such as {others}"
            )),
            (false, false) => Some(format!("tables are defined in {others}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_tags() {
        for (url, wanted) in [
            ("docker://postgres/16-alpine/dev", Some(vec![16])),
            ("docker://mysql/8.0.36/dev", Some(vec![8, 0, 36])),
            ("docker://mysql/latest/dev", None),
            ("postgres://me@host/16", None),
        ] {
            assert_eq!(version(&DbUrl::parse(url).unwrap()), wanted, "{url}");
        }
    }

    #[test]
    fn a_batch_of_its_own_is_ended() {
        let statements = [
            "CREATE TABLE a (id int)",
            "CREATE VIEW v AS SELECT id FROM a -- all",
            "CREATE PROCEDURE p AS SELECT 1; SELECT 2",
            "DECLARE @sql varchar(9) = 'x'; EXEC (@sql)",
            "DROP TABLE b",
        ];
        let statements = statements.map(str::to_owned);
        let text = as_script(&statements, &ScanOptions::MSSQL);
        let script = scan(&text, &ScanOptions::MSSQL).unwrap();
        let cut = script.statements.iter();
        let cut: Vec<&str> = cut
            .map(|one| one.text.trim_end_matches(';').trim_end())
            .collect();
        assert_eq!(cut, statements);
        assert_eq!(text.matches("GO\n").count(), 3, "{text}");
    }

    #[test]
    fn routines_stay_whole() {
        let texts = |statements: &[&str]| -> Vec<String> {
            let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
            let text = as_script(&statements, &ScanOptions::GENERIC);
            let found = scan(&text, &ScanOptions::GENERIC).unwrap().statements;
            found
                .into_iter()
                .map(|one| one.text.trim_end_matches(';').to_owned())
                .collect()
        };
        assert_eq!(
            texts(&["CREATE TABLE t (a int) -- whole", "CREATE TABLE u (a int)"]).len(),
            2
        );
        assert_eq!(
            texts(&[
                "CREATE EXTENSION a; CREATE SCHEMA b",
                "CREATE TABLE t (a int)"
            ]),
            [
                "CREATE EXTENSION a",
                "CREATE SCHEMA b",
                "CREATE TABLE t (a int)"
            ]
        );
        let odd = "CREATE FUNCTION f() RETURNS int WITH x; SELECT 1";
        assert_eq!(
            texts(&[odd, "CREATE TABLE t (a int)"]),
            [odd, "CREATE TABLE t (a int)"]
        );
    }
}
