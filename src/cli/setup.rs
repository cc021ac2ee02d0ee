//! What every command needs before it starts: settings, the dialect, the directory.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::io::Io;
use crate::config::{self, DbUrl, DirFormat, Env, Request};
use crate::dialect::{self, Dialect};
use crate::migration::LockedDir;
use crate::problem::{Problem, stage};

/// How long an interrupted run waits for a directory that it may be making; longer is waiting for somebody's lock.
const SETTLE: Duration = Duration::from_secs(1);

/// Resolves the settings of a command.
pub(super) fn env(request: &Request) -> Result<Env> {
    let environment = |name: &str| std::env::var(name).ok();
    let env = config::resolve(request, Path::new(""), &environment).map_err(Problem::from)?;
    if env.migration.format != DirFormat::Atlas {
        let name = env.migration.format.name();
        let problem = Problem::new(format!("directory format `{name}` is not supported yet"))
            .hint("trueup reads and writes the format `atlas`: plain `.sql` files and `atlas.sum`");
        return Err(problem.into());
    }
    Ok(env)
}

/// Whether there is a config file that nobody asked for: without `--env` it is not read.
fn unused_config(env: &Env) -> bool {
    env.name.is_empty() && Path::new("atlas.hcl").exists()
}

/// An attribute without a value, since its environment variable is not set.
pub(super) fn unset(attribute: &str, variable: &str) -> Problem {
    let flag = if attribute == "dev" {
        "dev-url"
    } else {
        attribute
    };
    Problem::new(format!(
        "`{attribute}` is empty: the environment variable `{variable}` is not set"
    ))
    .hint(format!("set `{variable}`, or give `--{flag}`"))
}

/// The dev database and who speaks to it.
pub(super) fn dev(env: &Env) -> Result<(&'static dyn Dialect, &DbUrl)> {
    let Some(dev) = &env.dev else {
        let hint = if env.name.is_empty() {
            if unused_config(env) {
                "name an environment of atlas.hcl with `--env`, or give `--dev-url`"
            } else {
                "give `--dev-url`, such as `sqlite://dev?mode=memory` or `local://postgres`"
            }
        } else {
            "set `dev` in the environment, such as `sqlite://dev?mode=memory` or `local://postgres`"
        };
        let problem = match env.unset.get("dev") {
            None => Problem::new("no dev database is set").hint(hint),
            Some(variable) => unset("dev", variable),
        };
        return Err(problem.during(stage::CONFIG).into());
    };
    let dialect = dialect::for_url(&dev.value).map_err(|error| {
        let mut problem = Problem::from(error);
        problem.message = format!("{}: {}", dev.origin, problem.message);
        problem.stage = Some(stage::CONFIG);
        problem
    })?;
    Ok((dialect, &dev.value))
}

/// Locks the migration directory, making it where it is missing, without blocking anything else.
pub(super) async fn lock(env: &Env, create: bool, io: &Io<'_>) -> Result<LockedDir> {
    let path = env.migration.dir.clone();
    let timeout: Duration = env.migration.lock_timeout;
    let mut task = tokio::task::spawn_blocking(move || match create {
        true => LockedDir::acquire_or_create(path, timeout),
        false => LockedDir::acquire(path, timeout),
    });
    let locked = match io.cancel.race(&mut task).await {
        Ok(done) => done?.map_err(Problem::from)?,
        Err(interrupted) => {
            // A directory that it has just made goes away with its value.
            drop(tokio::time::timeout(SETTLE, task).await);
            return Err(interrupted.into());
        }
    };
    if !locked.is_locked() {
        tracing::warn!("this file system has no locks: two runs at once are not kept apart");
    }
    Ok(locked)
}

/// Settings of a comparison whose desired state must be named.
pub(super) fn check_sources(env: &Env) -> Result<()> {
    if env.src.is_empty() {
        let problem = Problem::from(crate::desired::DesiredError::Nothing);
        return Err(match unused_config(env) {
            true => problem.hint(
                "name an environment of atlas.hcl with `--env`, or give `--to file://schema.sql`",
            ),
            false => problem,
        }
        .into());
    }
    Ok(())
}
