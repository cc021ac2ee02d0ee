//! `init`: looks at the repository, and sets trueup up in it.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::args::{ConfigArgs, InitArgs};
use super::git;
use super::io::{Io, told};
use super::load::named_by_flag;
use crate::config::{Env, Flags, Located, Source};
use crate::dialect;
use crate::init::{self, Alembic, DRIVER, Database, File, Repository, Settings};
use crate::migration::SUM_FILE;
use crate::pipeline::{self, PipelineError};
use crate::problem::Problem;
use crate::report::{ExitStatus, text};

/// Parts of packages that are tried where whole ones can't be loaded.
const MOST_PARTS: usize = 8;

/// Finds out what there is, shows the files that follow from it, and writes them where that is wanted.
pub(super) async fn run(args: InitArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let found = init::look(Path::new("."));
    let database = database(&args, &found)?;
    let profile = database.dialect.profile();
    let mut files = Vec::new();
    let mut env = args.env.clone().unwrap_or_else(|| init::ENV.to_owned());
    let migrations;
    let mut history = found.histories.first();
    if let Some(config) = found.config {
        io.note(&format!(
            "{config} is there already, and is what trueup reads"
        ));
        let named = ConfigArgs {
            env: args.env.clone(),
            ..ConfigArgs::default()
        };
        let set = pipeline::env(&named.request(Flags::default()))?;
        env = match set.name.is_empty() {
            // The guide's.
            true => "sqlalchemy".to_owned(),
            false => set.name,
        };
        migrations = set.migration.sql_dir().ok().map(Path::to_owned);
    } else {
        io.note(&format!("Database: {}", seen(&database)));
        let others: Vec<String> = found
            .databases
            .iter()
            .filter(|other| other.dialect.profile().name != profile.name)
            .map(seen)
            .collect();
        if args.dialect.is_none() && !others.is_empty() {
            io.note(&format!(
                "  also mentioned: {} (`--dialect` says otherwise)",
                others.join(", ")
            ));
        }
        let models = models(&args, &database, io).await?;
        let tables = text::count(models.tables, "table");
        io.note(&format!("Models: {} ({tables})", models.targets.join(", ")));
        let dev = match &args.dev_url {
            Some(url) => url.clone(),
            None => database.dev(models.one_schema),
        };
        // An Alembic history is worked on as it is, unless a directory is named.
        history = found.history_of(&models.targets);
        let alembic = history.and_then(|it| it.setting.clone());
        let alembic = alembic.filter(|_| args.dir.is_none());
        migrations = alembic.is_none().then(|| {
            let dir = args.dir.as_ref();
            dir.map_or(found.migrations.clone(), PathBuf::from)
        });
        let setting = match (&alembic, &migrations) {
            (Some(setting), _) => setting.clone(),
            (None, Some(dir)) => dir.display().to_string(),
            (None, None) => String::new(),
        };
        files.push(init::config(&Settings {
            env: &env,
            models: &models.targets,
            app: models.app.as_deref(),
            python: args.loader.python.as_deref(),
            dev: &dev,
            migrations: &setting,
        }));
    }
    files.push(init::workflow(profile, &env, &found.below));
    let dir = migrations.as_ref();
    let merging = dir.and_then(|dir| git::merging_of(&dir.join(SUM_FILE)));
    let driver = merging.as_ref().is_some_and(|set| !set.driver);
    if let Some(dir) = dir.filter(|_| merging.is_some_and(|set| !set.attribute)) {
        files.push(init::attributes(dir));
    }
    files.retain(|file| !file.path.exists());
    if files.is_empty() && !driver {
        io.note("Nothing is left to set up");
    } else if set_up(&args, &files, driver, io).await? {
        next(&found, history, migrations.is_none(), io);
    }
    Ok(ExitStatus::Success)
}

/// Shows what is to be written, and writes it once that is agreed to; tells whether it was.
async fn set_up(
    args: &InitArgs,
    files: &[init::File],
    driver: bool,
    io: &mut Io<'_>,
) -> Result<bool> {
    if !(args.yes && io.verbosity.quiet) {
        for file in files {
            io.print(&shown(file))?;
        }
        if driver {
            let [setting, command] = DRIVER;
            io.print(&format!("$ git config {setting} '{command}'\n\n"))?;
        }
    }
    if !args.yes && !confirmed(io).await? {
        io.note("Nothing was written");
        return Ok(false);
    }
    for file in files {
        write(file)?;
        io.note(&format!("Wrote {}", file.path.display()));
    }
    if driver {
        git::configure(DRIVER)?;
        io.note("Set git's merge driver for atlas.sum, in this clone");
    }
    Ok(true)
}

/// The database that is meant: as named, or the likeliest.
fn database(args: &InitArgs, found: &Repository) -> Result<Database> {
    let Some(name) = &args.dialect else {
        let names = |all: &[&str]| format!("name it with `--dialect`: {}", all.join(", "));
        let likely = found.likeliest();
        return match &likely[..] {
            [] => Err(
                Problem::new("no file of this repository says which database it is for")
                    .hint(names(&dialect::names()))
                    .into(),
            ),
            [only] => Ok((*only).clone()),
            several => {
                let signs: Vec<String> = several.iter().map(|one| seen(one)).collect();
                let of = |one: &&Database| one.dialect.profile().models.names[0];
                let all: Vec<&str> = several.iter().map(of).collect();
                Err(
                    Problem::new("this repository says one database as likely as another")
                        .detail("found", signs.join("\n"))
                        .hint(names(&all))
                        .into(),
                )
            }
        };
    };
    let dialect = named_by_flag(name)?;
    let profile = dialect.profile();
    let seen = found
        .databases
        .iter()
        .find(|one| one.dialect.profile().name == profile.name);
    Ok(seen.cloned().unwrap_or_else(|| Database::named(dialect)))
}

/// A database in words, and what says so.
fn seen(database: &Database) -> String {
    let why = database.evidence.first();
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    format!("{}{why}", database.dialect.profile().display)
}

/// Models that were loaded.
struct Models {
    targets: Vec<String>,
    app: Option<String>,
    tables: usize,
    /// They name no schema.
    one_schema: bool,
}

/// Loads what could be the models, one after the other, until something can be loaded.
async fn models(args: &InitArgs, database: &Database, io: &mut Io<'_>) -> Result<Models> {
    let env = Env {
        app: args.loader.app.clone(),
        python: args.loader.python.clone().map(|python| vec![python]),
        ..Env::default()
    };
    let timeout = args.loader.time.provider_timeout;
    let mut tries: Vec<(Vec<String>, Option<String>)> = Vec::new();
    if args.models.is_empty() {
        let found = io.cancel.race(pipeline::candidates(&env, timeout)).await?;
        let found = found.map_err(told)?;
        if found.found.is_empty() {
            return Err(Problem::new(
                "no Python file of this repository defines tables with SQLAlchemy",
            )
            .hint("name the models with `--models`, such as `--models app.models`")
            .into());
        }
        tries.push((found.found.clone(), None));
        let with_app = found
            .apps
            .iter()
            .map(|app| (found.found.clone(), Some(app.clone())));
        tries.extend(with_app);
        let parts = found.found.iter().filter(|_| found.found.len() > 1);
        let parts = parts.chain(found.narrower.iter().take(MOST_PARTS));
        tries.extend(parts.map(|one| (vec![one.clone()], None)));
    } else {
        tries.push((args.models.clone(), None));
    }
    let mut first: Option<PipelineError> = None;
    for (targets, app) in tries {
        // An application may do anything when it is made: only where models ask for one.
        let asked = |error: &PipelineError| error.to_string().contains("application context");
        if app.is_some() && !first.as_ref().is_some_and(asked) {
            continue;
        }
        let env = Env {
            app: app.clone().or_else(|| env.app.clone()),
            ..env.clone()
        };
        let urls: Vec<String> = targets
            .iter()
            .map(|one| format!("sqlalchemy://{one}"))
            .collect();
        let sources: Vec<Located<Source>> =
            env.sources("--models", &urls).map_err(Problem::from)?;
        let loading = pipeline::ddl(&env, &sources, Some(database.dialect), timeout);
        match io.cancel.race(loading).await? {
            Ok((ddl, _)) => {
                if let (None, Some(error)) = (&app, first) {
                    io.warn(&format!(
                        "`{}` is not all that defines tables here: {error}",
                        targets.join("`, `")
                    ));
                }
                return Ok(Models {
                    targets,
                    app: env.app,
                    tables: init::tables(&ddl),
                    one_schema: init::one_schema(&ddl),
                });
            }
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    match first {
        Some(error) => Err(told(error)),
        None => Err(Problem::new("no models are named").into()),
    }
}

/// A file as the lines that it adds.
fn shown(file: &File) -> String {
    let lines = file.text.lines().map(|line| format!("+{line}\n"));
    format!(
        "--- /dev/null\n+++ {}\n{}\n",
        file.path.display(),
        lines.collect::<String>()
    )
}

/// Asks, where there is somebody to ask.
async fn confirmed(io: &mut Io<'_>) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        io.note("Give `--yes` to write them");
        return Ok(false);
    }
    super::agree::confirmed("Write them?", io).await
}

/// Writes a file that is not there yet.
fn write(file: &File) -> Result<()> {
    let path = &file.path;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("can't create {}", parent.display()))?;
    }
    let failed = || format!("can't write {}", path.display());
    let mut new = fs::File::create_new(path).with_context(failed)?;
    new.write_all(file.text.as_bytes()).with_context(failed)
}

/// Names the histories that are not the models'.
fn others(found: &Repository, history: Option<&Alembic>, io: &mut Io<'_>) {
    let others = found
        .histories
        .iter()
        .filter(|other| Some(*other) != history);
    let others: Vec<String> = others
        .map(|other| format!("`{}`", other.directory.display()))
        .collect();
    if !others.is_empty() {
        io.note(&format!(
            "Other Alembic histories are in {}: each is checked by an environment of its own, with its `models` and `migrations`",
            others.join(", ")
        ));
    }
}

/// Says what comes next.
fn next(found: &Repository, history: Option<&Alembic>, as_it_is: bool, io: &mut Io<'_>) {
    others(found, history, io);
    let Some(alembic) = history else {
        io.note("Next: `trueup migrate diff initial` writes the first migration, `trueup check` compares from then on");
        return;
    };
    let heads = match &alembic.heads[..] {
        [] => "no revision".to_owned(),
        [head] => format!("head `{head}`"),
        heads => format!("heads {}", heads.join(", ")),
    };
    let place = alembic.directory.display();
    match as_it_is {
        true => io.note(&format!(
            "Next: `trueup check` compares the models with the Alembic history in {place} ({heads}) as it is, and `trueup migrate \
             diff` writes the revision that is missing"
        )),
        false => io.note(&format!(
            "This project has an Alembic history in {place} ({heads}). To go on with a directory of SQL, take it over: \
             `trueup migrate import alembic`"
        )),
    }
}
