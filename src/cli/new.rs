//! `migrate new`: an empty migration, to be written by hand.

use anyhow::Result;
use time::OffsetDateTime;

use super::args::NewArgs;
use super::io::Io;
use super::{editor, lock};
use crate::config::{Flags, Request};
use crate::migration::{MigrationFile, NewMigration, check_name, next_version};
use crate::pipeline;
use crate::problem::Problem;
use crate::report::ExitStatus;

/// Adds a migration and updates the checksums.
pub(super) async fn run(args: NewArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        lock_timeout: args.lock.lock_timeout.clone(),
        ..args.dir.flags()
    };
    let request = Request {
        complete: args.dir.dir.is_some(),
        ..args.config.request(flags)
    };
    let env = pipeline::env(&request)?;
    let name = args.name.as_deref();
    if let Some(name) = name {
        check_name(name).map_err(Problem::from)?;
    }
    let mut locked = lock::lock(&env, true, io).await?;
    locked.dir().verify().map_err(Problem::from)?;
    let now = OffsetDateTime::now_utc();
    let content = if args.edit {
        let names = locked.dir().files().iter().map(MigrationFile::name);
        let version = next_version(now, names, name).map_err(Problem::from)?;
        let title = editor::title(&version, name);
        editor::edit(&title, "", io).await?.unwrap_or_default()
    } else {
        String::new()
    };
    let new = NewMigration {
        name,
        content: &content,
    };
    let file = locked.publish(new, now).map_err(Problem::from)?;
    io.note(&format!("Wrote {}", file.path().display()));
    Ok(ExitStatus::Success)
}
