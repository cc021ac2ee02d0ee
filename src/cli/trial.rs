//! `--base`, `--round-trip`, `--with-rows`: what is tried of an Alembic history besides running it.

use std::borrow::Cow;
use std::time::Duration;

use super::args::TrialArgs;
use super::{git, reparent};
use crate::config::Env;
use crate::current::History;
use crate::current::alembic::{Again, Trials};
use crate::migration::Dir;
use crate::pipeline;
use crate::problem::Problem;

/// What is to be said of the base that is named: whether the history has several heads once it is merged.
///
/// # Errors
/// When it has them already.
pub(super) fn outlook(args: &TrialArgs, env: &Env) -> Result<Option<String>, Problem> {
    match args.base.as_deref().zip(env.migration.alembic.as_ref()) {
        Some((base, alembic)) => reparent::outlook(alembic, base),
        None => Ok(None),
    }
}

/// The migrations that an environment names, with what is to be tried of them. A directory may have to be there.
///
/// # Errors
/// When they can't be read, or are SQL files and something is to be tried.
pub(super) fn history(
    args: &TrialArgs,
    env: &Env,
    timeout: Duration,
    there: bool,
) -> Result<History<'static>, Problem> {
    let again = match (&args.base, &args.round_trip) {
        (Some(base), _) => Some(("--base", Again::Files(git::added_since(base)?))),
        (None, Some(revision)) => Some(("--round-trip", Again::From(revision.clone()))),
        (None, None) if args.with_rows => {
            let problem = Problem::new("`--with-rows` needs to know which revisions run on rows");
            let hint = "`--base main` selects those of this branch, `--round-trip REVISION` selects one and those after it";
            return Err(problem.hint(hint));
        }
        (None, None) => None,
    };
    if env.migration.alembic.is_none() {
        if let Some((flag, _)) = again {
            let problem = Problem::new(format!(
                "`{flag}` is for Alembic histories, and the migrations are SQL files"
            ));
            return Err(problem.hint("SQL files have no downgrade"));
        }
        if there {
            let dir = Dir::open(&env.migration.dir)?;
            dir.verify()?;
            return Ok(History::Files(Cow::Owned(dir)));
        }
    }
    let trials = Trials {
        again: again.map(|(_, again)| again),
        rows: args.with_rows,
    };
    Ok(match pipeline::history(env, timeout)? {
        History::Alembic(history) => History::Alembic(Box::new(history.anew(trials))),
        files => files,
    })
}
