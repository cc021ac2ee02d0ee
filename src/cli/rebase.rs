//! `migrate rebase`: moves migrations behind those that another branch brought; of an Alembic history, `reparent` does.

use std::borrow::Cow;

use anyhow::Result;
use time::OffsetDateTime;

use super::args::RebaseArgs;
use super::environments::{self, Asked};
use super::git::{self, Base};
use super::io::{Io, told};
use super::{lock, reparent};
use crate::config::{Env, Flags, Request};
use crate::current::History;
use crate::migration::{Dir, MigrationFile};
use crate::pipeline::{self, Context};
use crate::problem::Problem;
use crate::report::ExitStatus;
use crate::sql::ScanOptions;

/// Renames what is ours and comes too early, once all of it was replayed where there is a dev database.
///
/// # Errors
/// When it can't be told what is ours, or the directory can't be replayed in the new order; then nothing is written.
pub(super) async fn run(args: RebaseArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        dev_url: args.dev_url.clone(),
        url: args.url.clone(),
        lock_timeout: args.lock.lock_timeout.clone(),
        ..args.dir.flags()
    };
    let request = Request {
        complete: args.dir.dir.is_some() && args.dev_url.is_some() && args.applied.is_empty(),
        ..args.config.request(flags)
    };
    let env = pipeline::env(&request)?;
    if let Some(alembic) = &env.migration.alembic {
        return reparent::run(&args, (&env, &request), alembic, io).await;
    }
    let mut locked = lock::lock(&env, false, io).await?;
    let names = match &args.files[..] {
        [] => ours(locked.dir(), args.base.as_deref())?,
        files => named(locked.dir(), files)?,
    };
    if names.is_empty() && locked.dir().verify().is_ok() {
        io.note(&format!("{} is in order", env.migration.dir.display()));
        return Ok(ExitStatus::Success);
    }
    refuse_checkpoints(locked.dir(), &names)?;
    let asked = match names.is_empty() {
        true => Asked::default(),
        false => environments::ask(&args, (&env, &request), io).await?,
    };
    asked.refuse_files(locked.dir(), &names)?;
    let before = locked.dir().clone();
    let moved = before.clone().moving(&names, OffsetDateTime::now_utc());
    let (after, moves) = moved.map_err(Problem::from)?;
    replay(&env, &after, io).await.map_err(|error| match error.downcast::<Problem>() {
        Ok(problem) if problem.hint.is_none() && !env.src.is_empty() => {
            let hint = "nothing was written; where both branches made the same change, remove yours and plan it anew: `trueup migrate hash`, \
                        then `trueup migrate diff`";
            problem.hint(hint).into()
        }
        Ok(problem) => problem.into(),
        Err(error) => error,
    })?;
    io.cancel.check()?;
    locked.rename(&after, &moves).map_err(Problem::from)?;
    for one in &moves {
        io.note(&format!("Moved {} to {}", one.from, one.to));
    }
    io.note(&format!("Wrote {}", locked.dir().sum_path().display()));
    if env.dev.is_none() {
        io.warn("they were not replayed in the new order: there is no dev database");
    }
    if !env.src.is_empty() && !moves.is_empty() {
        io.note("`trueup migrate diff` tells whether the models want more than both branches' migrations");
    }
    if let Some(how) = asked.files(&before, &after, &moves) {
        io.warn(&how);
    }
    Ok(ExitStatus::Success)
}

/// The files that the base lacks, where one of them comes before one of its own.
fn ours(dir: &Dir, base: Option<&str>) -> Result<Vec<String>, Problem> {
    let Base {
        name,
        files,
        edited,
    } = git::base(dir.path(), base)?;
    if let Some(first) = edited.first() {
        let here = dir.files().iter().any(|file| file.name() == first);
        let (what, hint) = match here {
            true => (
                "has different content here",
                format!(
                    "take the version there: `git checkout {name} -- {}`",
                    dir.path().join(first).display()
                ),
            ),
            false => (
                "is not here",
                format!("bring it in first: `git merge {name}`"),
            ),
        };
        return Err(Problem::new(format!("{first} of {name} {what}"))
            .detail("directory", dir.path().display().to_string())
            .hint(hint));
    }
    Ok(dir.out_of_order(|name| !files.iter().any(|file| file == name)))
}

/// Refuses to move a checkpoint: it sums up what was before it, and not what would be.
fn refuse_checkpoints(dir: &Dir, names: &[String]) -> Result<(), Problem> {
    let mut files = dir.files().iter();
    let moved = files.find(|file| {
        names.iter().any(|name| name == file.name()) && file.is_checkpoint(&ScanOptions::GENERIC)
    });
    match moved {
        None => Ok(()),
        Some(file) => Err(Problem::new(format!(
            "{} is a checkpoint: behind others it would lack what they do",
            file.path().display()
        ))
        .hint("take it out (delete it, then `trueup migrate hash`), run this again, and write it again: `trueup migrate checkpoint`")),
    }
}

/// The files that the user names, by name or path.
pub(super) fn named(dir: &Dir, files: &[String]) -> Result<Vec<String>, Problem> {
    let known: Vec<&str> = dir.files().iter().map(MigrationFile::name).collect();
    let name = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or(file);
        match known.contains(&name) {
            true => Ok(name.to_owned()),
            false => Err(
                Problem::new(format!("{} has no migration {name}", dir.path().display()))
                    .hint("name files of the directory, such as `20240102030405_add_age.sql`"),
            ),
        }
    };
    files.iter().map(name).collect()
}

/// Replays what the directory becomes, where there is a dev database.
pub(super) async fn replay(env: &Env, after: &Dir, io: &mut Io<'_>) -> Result<()> {
    if env.dev.is_none() {
        return Ok(());
    }
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let done = pipeline::replay(&context, &History::Files(Cow::Borrowed(after)))
        .await
        .map_err(told)?;
    let summed = pipeline::sums_up(&context, after).await.map_err(told)?;
    let warnings = done.warnings.iter().chain(&summed);
    warnings.for_each(|warning| io.warn(warning));
    Ok(())
}
