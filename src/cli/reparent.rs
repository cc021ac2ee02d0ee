//! `migrate rebase` of an Alembic history: what the base lacks comes behind what it has, by `down_revision` in the files.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::args::RebaseArgs;
use super::git;
use super::io::{Io, told};
use crate::config::{AlembicConfig, Env};
use crate::current::History;
use crate::current::alembic::Trials;
use crate::current::alembic::graph::{Graph, Reparent};
use crate::current::alembic::place::{self, Files, Place};
use crate::current::alembic::revision::{self, Revision};
use crate::pipeline::{self, Context};
use crate::problem::{Problem, stage};
use crate::report::ExitStatus;

/// Edits the files, and keeps that once the history was run with it, where there is a dev database.
///
/// # Errors
/// When it can't be told what follows what, or the history can't be run then; the files are as they were.
pub(super) async fn run(
    args: &RebaseArgs,
    env: &Env,
    alembic: &AlembicConfig,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let place = find(alembic)?;
    let here = texts(&place)?;
    let base = match &args.files[..] {
        [] => of_base(&place, &here, args.base.as_deref())?,
        named => without(&here, named)?,
    };
    let base = Graph::of(base).map_err(Problem::from)?;
    let both =
        Graph::of(here.iter().map(|(revision, _)| revision.clone())).map_err(Problem::from)?;
    let edits = match both.fork(&base) {
        None => Vec::new(),
        Some(_) => both.behind(&base)?,
    };
    if edits.is_empty() {
        io.note(&format!("{} is in order", place.script));
        return Ok(ExitStatus::Success);
    }
    let changed = edits.iter().filter_map(|edit| {
        let (revision, text) = here.iter().find(|(revision, _)| revision.id == edit.id)?;
        Some((
            &revision.path,
            text,
            revision.following(text, &edit.from, &edit.to),
        ))
    });
    let changed: Vec<(&String, &String, String)> = changed.collect();
    for (path, _, text) in &changed {
        write(path, text)?;
    }
    if let Err(error) = prove(args, env, &edits, io).await {
        for (path, text, _) in &changed {
            write(path, text)?;
        }
        return Err(error);
    }
    for Reparent {
        id,
        path,
        line,
        from,
        to,
    } in &edits
    {
        io.note(&format!(
            "{path}:{line}: `{id}` follows `{to}` now, and not `{from}`"
        ));
    }
    if env.dev.is_none() {
        io.warn("the history was not run in the new order: there is no dev database");
    }
    Ok(ExitStatus::Success)
}

fn write(path: &str, text: &str) -> Result<(), Problem> {
    fs::write(path, text).map_err(|error| Problem::new(format!("can't write {path}: {error}")))
}

/// Where the history is, by its settings.
fn find(alembic: &AlembicConfig) -> Result<Place, Problem> {
    let file = place::settings(&alembic.file, |name| Path::new(name).is_file())?;
    let text = fs::read_to_string(&file).map_err(|error| {
        Problem::new(format!("can't read {}: {error}", file.display())).during(stage::DIRECTORY)
    })?;
    let file = place::joined("", &file.to_string_lossy());
    let file = file.ok_or_else(|| {
        let why = "an Alembic history is moved from its own project's directory";
        Problem::new(why).hint("go to where `alembic` is run")
    })?;
    let files = Files {
        work: "",
        is_dir: &|path| Path::new(if path.is_empty() { "." } else { path }).is_dir(),
    };
    Place::read(&file, &alembic.section, &text, files)
}

/// The revisions in the working tree, each with its text.
fn texts(place: &Place) -> Result<Vec<(Revision, String)>, Problem> {
    let mut left = place.versions.clone();
    let mut found = Vec::new();
    while let Some(dir) = left.pop() {
        let unread =
            |error| Problem::new(format!("can't read {dir}: {error}")).during(stage::DIRECTORY);
        for entry in fs::read_dir(&dir).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let path = format!("{dir}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                left.push(path);
            } else if place.holds(&path) {
                let text = fs::read_to_string(&path)
                    .map_err(|error| Problem::new(format!("can't read {path}: {error}")))?;
                found.push((revision::read(&path, &text)?, text));
            }
        }
    }
    Ok(found)
}

/// The base's revisions, which have to be here as they are there.
fn of_base(
    place: &Place,
    here: &[(Revision, String)],
    named: Option<&str>,
) -> Result<Vec<Revision>, Problem> {
    let name = git::target(Path::new("."), named)?;
    let files = git::files(&name, &place.versions, |path| place.holds(path))?;
    let read = files.iter().map(|(path, text)| revision::read(path, text));
    let base: Vec<Revision> = read.collect::<Result<_, _>>()?;
    for theirs in &base {
        let same = here.iter().find(|(ours, _)| ours.id == theirs.id);
        let stop = |what: String, hint: String| {
            Err(Problem::new(format!(
                "revision `{}` ({}) of {name} {what}",
                theirs.id, theirs.path
            ))
            .hint(hint))
        };
        match same {
            None => {
                return stop(
                    "is not here".into(),
                    format!("bring it in first: `git merge {name}`"),
                );
            }
            Some((ours, _)) if !ours.follows().eq(theirs.follows()) => {
                let hint = format!(
                    "take it as it is there: `git checkout {name} -- {}`",
                    theirs.path
                );
                return stop("follows another one here".into(), hint);
            }
            Some(_) => {}
        }
    }
    Ok(base)
}

/// All but the ones that are named, by file or identifier.
fn without(here: &[(Revision, String)], named: &[String]) -> Result<Vec<Revision>, Problem> {
    let is = |revision: &Revision, name: &str| {
        let file = revision.path.rsplit('/').next();
        revision.id == name || revision.path == name || file == Some(name)
    };
    for name in named {
        if !here.iter().any(|(revision, _)| is(revision, name)) {
            let problem = Problem::new(format!("the history has no revision {name}"));
            return Err(problem.hint("name files of the history, or identifiers of revisions"));
        }
    }
    let rest = here.iter().map(|(revision, _)| revision);
    let rest = rest.filter(|revision| !named.iter().any(|name| is(revision, name)));
    Ok(rest.cloned().collect())
}

/// Runs the history, and takes what was moved down and up again.
async fn prove(args: &RebaseArgs, env: &Env, edits: &[Reparent], io: &mut Io<'_>) -> Result<()> {
    if env.dev.is_none() {
        return Ok(());
    }
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    if let History::Alembic(history) = pipeline::history(env, args.time.provider_timeout)? {
        for edit in edits {
            let moved = History::Alembic(Box::new(history.anew(Trials::from(edit.id.clone()))));
            pipeline::replay(&context, &moved).await.map_err(told)?;
        }
    }
    Ok(())
}
