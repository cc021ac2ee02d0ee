//! The lock of the migration directory, for the commands that write into it.

use std::time::Duration;

use anyhow::Result;

use super::io::Io;
use crate::config::Env;
use crate::migration::LockedDir;
use crate::problem::Problem;

/// How long an interrupted run waits for a directory that it may be making; longer is waiting for somebody's lock.
const SETTLE: Duration = Duration::from_secs(1);

/// Locks the migration directory, making it where it is missing, without blocking anything else.
pub(super) async fn lock(env: &Env, create: bool, io: &Io<'_>) -> Result<LockedDir> {
    let path = env.migration.sql_dir().map_err(Problem::from)?.to_owned();
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
