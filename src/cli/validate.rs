//! `migrate validate`: checksums, and with a dev database a replay of every migration.

use anyhow::Result;

use super::args::ValidateArgs;
use super::io::{Io, told};
use super::trial;
use crate::config::{Flags, Request};
use crate::current::History;
use crate::pipeline::{self, Context};
use crate::report::{ExitStatus, text};

/// Checks the directory; says nothing on stdout when it is fine.
pub(super) async fn run(args: ValidateArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        dev_url: args.dev_url.clone(),
        ..args.dir.flags()
    };
    let request = Request {
        complete: args.dir.dir.is_some() && args.dev_url.is_some(),
        ..args.config.request(flags)
    };
    let env = pipeline::env(&request)?;
    if env.migration.alembic.is_some() {
        pipeline::dev(&env)?;
    }
    if let Some(warning) = trial::outlook(&args.trial, &env)? {
        io.warn(&warning);
    }
    let history = trial::history(&args.trial, &env, args.time.provider_timeout, true)?;
    let mut replayed = "";
    if env.dev.is_some() {
        let waiting = io.waiting();
        let context = Context::new(&env, pipeline::dev(&env)?, &waiting, &io.cancel);
        let done = pipeline::replay(&context, &history).await.map_err(told)?;
        let summed = match &history {
            History::Files(dir) => pipeline::sums_up(&context, dir).await.map_err(told)?,
            History::Alembic(_) => None,
        };
        let warnings = done.warnings.iter().chain(&summed);
        warnings.for_each(|warning| io.warn(warning));
        done.tried.iter().for_each(|tried| io.note(tried));
        replayed = ", replayed";
    }
    let what = match history {
        History::Files(_) => "migration",
        History::Alembic(_) => "revision",
    };
    let count = text::count(history.count(), what);
    io.note(&format!("{} is valid ({count}{replayed})", history.shown()));
    Ok(ExitStatus::Success)
}
