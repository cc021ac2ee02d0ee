//! `migrate import`: another tool's history as a directory of SQL migrations.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{ImportArgs, Tool};
use super::io::{Io, told};
use crate::config::{Flags, Request};
use crate::pipeline::{self, Context};
use crate::problem::Problem;
use crate::report::{ExitStatus, text};

/// Runs the history, and writes the files once they were proven.
///
/// # Errors
/// When the history can't be run, or files with what it ran build another state; then nothing is written.
pub(super) async fn run(args: ImportArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let Tool::Alembic = args.tool;
    let flags = Flags {
        dev_url: args.dev_url.clone(),
        ..args.dir.flags()
    };
    let request = Request {
        complete: args.dir.dir.is_some() && args.dev_url.is_some(),
        ..args.config.request(flags)
    };
    let env = pipeline::env(&request)?;
    let dev = pipeline::dev(&env)?;
    let to = destination(&args.to)?;
    let history = pipeline::history(&env, args.time.provider_timeout)?;
    let waiting = io.waiting();
    let context = Context::new(&env, dev, &waiting, &io.cancel);
    let done = pipeline::import(&context, &history, &to, args.baseline).await;
    let done = done.map_err(told)?;
    done.warnings.iter().for_each(|warning| io.warn(warning));
    io.cancel.check()?;
    done.dir.establish().map_err(Problem::from)?;
    let shown = to.display();
    let files = text::count(done.dir.files().len(), "file");
    let revisions = text::count(done.revisions, "revision");
    io.note(&format!(
        "Wrote {shown}: {files} for {revisions}, which build the same schema"
    ));
    let known = match done.recognised {
        true => "; databases that Alembic brought to its head are at the last one",
        false => "",
    };
    io.note(&format!(
        "Next: say `migrations: {shown}` instead of the Alembic history, and `trueup check` compares the models with these \
         files{known}"
    ));
    Ok(ExitStatus::Success)
}

/// The directory that is to be made, which has to be free.
fn destination(url: &str) -> Result<PathBuf, Problem> {
    let path = match url.split_once("://") {
        None | Some(("file", _)) => url.strip_prefix("file://").unwrap_or(url),
        Some((scheme, _)) => {
            return Err(
                Problem::new(format!("--to: `{scheme}://` is not a directory"))
                    .hint("such as `--to file://migrations`"),
            );
        }
    };
    let path = PathBuf::from(path);
    match is_free(&path) {
        Ok(true) => Ok(path),
        Ok(false) => Err(Problem::new(format!("{} is there already", path.display()))
            .hint("name a directory that is not, or an empty one: `--to file://migrations/sql`")),
        Err(error) => Err(Problem::new(format!(
            "can't read {}: {error}",
            path.display()
        ))),
    }
}

/// Whether nothing is there but, maybe, an empty directory.
fn is_free(path: &Path) -> std::io::Result<bool> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) => match error.kind() {
            std::io::ErrorKind::NotFound => Ok(true),
            std::io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(error),
        },
    }
}
