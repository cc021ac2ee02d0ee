//! `migrate checkpoint`: a file with which a new database starts instead of all that come before it.

use anyhow::Result;
use time::OffsetDateTime;

use super::args::CheckpointArgs;
use super::io::{Io, told};
use super::lock;
use crate::config::{Flags, Request};
use crate::migration::{MigrationFile, NewMigration, next_version};
use crate::pipeline::{self, Checkpoint, Context, Writing};
use crate::problem::Problem;
use crate::report::{ExitStatus, text};

/// The name of the file after its version.
const NAME: &str = "checkpoint";

/// Writes the checkpoint, once it is proven.
///
/// # Errors
/// When the migrations can't be replayed, or a new database would lack something; then nothing is written.
pub(super) async fn run(args: CheckpointArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        dev_url: args.dev_url.clone(),
        lock_timeout: args.lock.lock_timeout.clone(),
        ..args.dir.flags()
    };
    let request = Request {
        complete: args.dir.dir.is_some() && args.dev_url.is_some(),
        ..args.config.request(flags)
    };
    let env = pipeline::env(&request)?;
    let dev = pipeline::dev(&env)?;
    let tag = args.tag.as_deref().unwrap_or_default();
    if tag.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Problem::new(format!("tag {tag:?} contains whitespace")).into());
    }
    let mut locked = lock::lock(&env, false, io).await?;
    locked.dir().verify().map_err(Problem::from)?;
    let scan = &dev.0.profile().scan;
    let files = locked.dir().files();
    let Some(last) = files.last() else {
        return Err(Problem::new(format!(
            "{} has no migrations to sum up",
            env.migration.dir.display()
        ))
        .into());
    };
    if last.is_checkpoint(scan) {
        io.note(&format!(
            "{} is a checkpoint, and nothing came after it",
            last.path().display()
        ));
        return Ok(ExitStatus::Success);
    }
    let (now, count) = (OffsetDateTime::now_utc(), files.len());
    let names = files.iter().map(MigrationFile::name);
    let version = next_version(now, names, Some(NAME)).map_err(Problem::from)?;
    let done = {
        let waiting = io.waiting();
        let context = Context::new(&env, dev, &waiting, &io.cancel);
        let format = env.format.migrate_diff.for_people();
        let writing = Writing {
            version: &version,
            name: Some(NAME),
            ..Writing::of(&format)
        };
        let done = pipeline::checkpoint(&context, locked.dir(), writing).await;
        done.map_err(told)?
    };
    let Checkpoint {
        sql,
        filled,
        beyond,
        warnings,
    } = done;
    warnings.iter().for_each(|warning| io.warn(warning));
    if !filled.is_empty() && !args.without_rows {
        return Err(Problem::new(format!(
            "the migrations put rows into {}, which a checkpoint does not have: nothing was written",
            filled.join(", ")
        ))
        .hint(
            "new databases would lack them: write it without (`--without-rows`), and add the statements to it with `trueup \
             migrate edit`",
        )
        .into());
    }
    if !beyond.is_empty() && !args.without_rows {
        return Err(Problem::new(
            "the migrations do more than a checkpoint has, which is the schema alone: nothing was written",
        )
        .detail("left out", beyond.join("\n"))
        .hint(
            "new databases would lack that: write it without (`--without-rows`), and add the statements to it with `trueup \
             migrate edit`",
        )
        .into());
    }
    let directive = match tag {
        "" => "-- atlas:checkpoint\n".to_owned(),
        tag => format!("-- atlas:checkpoint {tag}\n"),
    };
    // Directives are in one comment, with a blank line behind it.
    let content = match sql.starts_with("-- atlas:") {
        true => format!("{directive}{sql}"),
        false => format!("{directive}\n{sql}"),
    };
    io.cancel.check()?;
    let new = NewMigration {
        name: Some(NAME),
        content: &content,
    };
    let file = locked.publish(new, now).map_err(Problem::from)?;
    io.note(&format!(
        "Wrote {}: new databases start there, instead of with {}",
        file.path().display(),
        text::count(count, "migration")
    ));
    Ok(ExitStatus::Success)
}
