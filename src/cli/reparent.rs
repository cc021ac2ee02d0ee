//! `migrate rebase` of an Alembic history: what the base lacks moves behind what it has, by `down_revision` in the files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::args::RebaseArgs;
use super::environments;
use super::git;
use super::io::{Io, told};
use crate::config::{AlembicConfig, Env, Request};
use crate::current::History;
use crate::current::alembic::Trials;
use crate::current::alembic::graph::{Graph, Reparent, moved};
use crate::current::alembic::layout::{self, Files, Place};
use crate::current::alembic::revision::{self, Revision};
use crate::pipeline::{self, Context};
use crate::problem::{Problem, stage};
use crate::report::ExitStatus;

/// Edits the files, once the history was run with that, where there is a dev database.
///
/// # Errors
/// When it can't be told what follows what, or the history can't be run then; the files are as they were.
pub(super) async fn run(
    args: &RebaseArgs,
    (env, request): (&Env, &Request),
    alembic: &AlembicConfig,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let place = find(alembic, None)?;
    let here = texts(&place)?;
    let base = match &args.files[..] {
        [] => of_base(alembic, &place, &here, args.base.as_deref())?,
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
    let asked = environments::ask(args, (env, request), io).await?;
    asked.refuse_revisions(&both, &edits)?;
    let text = |path: &str| {
        let known = here.iter().find(|(revision, _)| revision.path == path);
        known.map(|(_, text)| text.as_str())
    };
    let changed = both.edited(&edits, text);
    if let Err(error) = prove(args, env, (&edits, &changed), io).await {
        io.warn("the history could not be run in the new order; its files are as they were");
        return Err(error);
    }
    io.cancel.check()?;
    for (path, text) in &changed {
        write(path, text)?;
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
    if let Some(how) = asked.revisions(&both, &edits) {
        io.warn(&how);
    }
    Ok(ExitStatus::Success)
}

/// Replaces a revision's file atomically, with a different modification second: by that and by its size alone Python tells whether
/// what it compiled of a file is old, and identifiers have one length.
fn write(path: &str, text: &str) -> Result<(), Problem> {
    let unwritten = |error: io::Error| Problem::new(format!("can't write {path}: {error}"));
    // Where it is a link, the file is meant.
    let file = fs::canonicalize(path).map_err(unwritten)?;
    let was = fs::read(&file).map_err(unwritten)?;
    let bytes = revision::encode(path, text, &was)?;
    let put = || {
        let before = fs::metadata(&file)?;
        let dir = file.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::Builder::new().prefix(".#").tempfile_in(dir)?;
        new.write_all(&bytes)?;
        let file = new.as_file();
        file.set_permissions(before.permissions())?;
        file.set_modified(before.modified()?.max(SystemTime::now()) + Duration::from_secs(1))?;
        file.sync_all()?;
        Ok(new)
    };
    let new = put().map_err(unwritten)?;
    new.persist(&file).map_err(|error| unwritten(error.error))?;
    Ok(())
}

/// What becomes of the history together with the base's, as far as files tell: a warning where it will have several heads once
/// the base is merged.
///
/// # Errors
/// When the base is merged, and the history has several heads by that.
pub(super) fn outlook(alembic: &AlembicConfig, name: &str) -> Result<Option<String>, Problem> {
    // Where files don't tell, running them does.
    let Ok((base, both, merged)) = meeting(alembic, name) else {
        return Ok(None);
    };
    let Some(fork) = both.fork(&base) else {
        return Ok(None);
    };
    let heads = fork.heads.iter().map(|head| {
        let whose = if head.ours { "" } else { ", of " };
        let name = if head.ours { "" } else { name };
        format!("`{}` ({}{whose}{name})", head.id, head.path)
    });
    let heads = heads.collect::<Vec<_>>().join(" and ");
    let parent = fork.parent.map(|id| format!(", which part after `{id}`"));
    let said = format!(
        "{} heads: {heads}{}",
        fork.heads.len(),
        parent.unwrap_or_default()
    );
    let hint = match both.behind(&base) {
        Ok(_) => format!("`trueup migrate rebase --base {name}` puts yours behind"),
        Err(problem) => [Some(problem.message), problem.hint]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": "),
    };
    match merged {
        true => Err(Problem::new(format!("the history has {said}"))
            .during(stage::DIRECTORY)
            .hint(hint)),
        false => Ok(Some(format!("merging `{name}` makes {said}; then {hint}"))),
    }
}

/// The base's history, that of both, and whether all of the base is here.
fn meeting(alembic: &AlembicConfig, name: &str) -> Result<(Graph, Graph, bool), Problem> {
    let place = find(alembic, None)?;
    let mut both: Vec<Revision> = texts(&place)?
        .into_iter()
        .map(|(revision, _)| revision)
        .collect();
    let base = in_commit(alembic, &place, name)?;
    let left = in_commit(alembic, &place, &git::left(name)?)?;
    let lacking: Vec<&Revision> = base
        .iter()
        .filter(|theirs| !both.iter().chain(&left).any(|one| one.id == theirs.id))
        .collect();
    let merged = lacking.is_empty();
    both.extend(lacking.into_iter().cloned().collect::<Vec<_>>());
    Ok((Graph::of(base)?, Graph::of(both)?, merged))
}

/// The revisions that a commit has, which may have them elsewhere than the working tree.
fn in_commit(
    alembic: &AlembicConfig,
    place: &Place,
    commit: &str,
) -> Result<Vec<Revision>, Problem> {
    let there = find(alembic, Some(commit)).unwrap_or_else(|_lacking| place.clone());
    let files = git::files(commit, &there.versions, |path| there.holds(path))?;
    let read = files.into_iter().map(|(path, bytes)| {
        let text = revision::decode(&path, bytes)?;
        Ok(revision::read(&path, &text)?)
    });
    read.collect()
}

/// Where the history is, by its settings in the working tree or a commit.
fn find(alembic: &AlembicConfig, commit: Option<&str>) -> Result<Place, Problem> {
    let is_file = |name: &Path| match commit {
        Some(commit) => git::has(commit, &name.to_string_lossy(), "blob"),
        None => name.is_file(),
    };
    let is_dir = |path: &str| match commit {
        Some(commit) => git::has(commit, path, "tree"),
        None => Path::new(if path.is_empty() { "." } else { path }).is_dir(),
    };
    let file = layout::settings(&alembic.file, |name| is_file(Path::new(name)))?;
    let text = match commit {
        Some(commit) => git::show(commit, &file.to_string_lossy())?,
        None => fs::read_to_string(&file).map_err(|error| {
            Problem::new(format!("can't read {}: {error}", file.display())).during(stage::DIRECTORY)
        })?,
    };
    let file = layout::joined("", &file.to_string_lossy());
    let file = file.ok_or_else(|| {
        let why = "an Alembic history is moved from its own project's directory";
        Problem::new(why).hint("go to where `alembic` is run")
    })?;
    let files = Files {
        work: "",
        is_dir: &is_dir,
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
                let bytes = fs::read(&path)
                    .map_err(|error| Problem::new(format!("can't read {path}: {error}")))?;
                let text = revision::decode(&path, bytes)?;
                found.push((revision::read(&path, &text)?, text));
            }
        }
    }
    Ok(found)
}

/// The base's revisions, which have to be here as they are there.
fn of_base(
    alembic: &AlembicConfig,
    place: &Place,
    here: &[(Revision, String)],
    named: Option<&str>,
) -> Result<Vec<Revision>, Problem> {
    let name = git::target(Path::new("."), named)?;
    let base = in_commit(alembic, place, &name)?;
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
            None if git::is_merged(&name) => {
                return stop(
                    "was removed here".into(),
                    format!(
                        "take it back: `git checkout {name} -- {}`; where another one replaces it, let what followed it follow \
                         that one (`down_revision`)",
                        theirs.path
                    ),
                );
            }
            None => {
                return stop(
                    "is not here".into(),
                    format!("bring it in first: `git merge {name}`"),
                );
            }
            Some((ours, _)) if !ours.follows().eq(theirs.follows()) => {
                let hint = format!(
                    "take the version there: `git checkout {name} -- {}`",
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

/// Runs the history with other texts of some files, and takes what was moved down and up again.
async fn prove(
    args: &RebaseArgs,
    env: &Env,
    (edits, texts): (&[Reparent], &BTreeMap<String, String>),
    io: &mut Io<'_>,
) -> Result<()> {
    if env.dev.is_none() {
        return Ok(());
    }
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    if let History::Alembic(history) = pipeline::history(env, args.time.provider_timeout)? {
        for id in moved(edits) {
            let with = history.with(texts.clone(), Trials::from(id.to_owned()));
            let moved = History::Alembic(Box::new(with));
            pipeline::replay(&context, &moved).await.map_err(told)?;
        }
    }
    Ok(())
}
