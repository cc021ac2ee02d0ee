//! `migrate validate`: checksums, and with a dev database a replay of every migration.

use std::borrow::Cow;

use anyhow::Result;

use super::args::ValidateArgs;
use super::io::{Io, told};
use crate::config::{Flags, Request};
use crate::current::History;
use crate::migration::Dir;
use crate::pipeline::{self, Context};
use crate::problem::Problem;
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
    let history = match &env.migration.alembic {
        None => {
            if args.round_trip.is_some() {
                let problem = Problem::new(
                    "`--round-trip` is for Alembic histories, and the migrations are SQL files",
                );
                return Err(problem.hint("files of SQL lead one way").into());
            }
            let dir = Dir::open(&env.migration.dir).map_err(Problem::from)?;
            dir.verify().map_err(Problem::from)?;
            History::Files(Cow::Owned(dir))
        }
        Some(_) => {
            pipeline::dev(&env)?;
            match pipeline::history(&env, args.time.provider_timeout)? {
                History::Alembic(history) => {
                    History::Alembic(Box::new(history.anew(args.round_trip.clone())))
                }
                files => files,
            }
        }
    };
    let mut replayed = "";
    if env.dev.is_some() {
        let waiting = io.waiting();
        let context = Context::new(&env, pipeline::dev(&env)?, &waiting, &io.cancel);
        let done = pipeline::replay(&context, &history).await.map_err(told)?;
        done.warnings.iter().for_each(|warning| io.warn(warning));
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
