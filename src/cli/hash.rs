//! `migrate hash`: the checksum file for the files as they are.

use anyhow::Result;

use super::args::HashArgs;
use super::io::Io;
use super::lock;
use crate::config::Request;
use crate::pipeline;
use crate::problem::Problem;
use crate::report::{ExitStatus, text};

/// Writes `atlas.sum`; says nothing on stdout.
pub(super) async fn run(args: &HashArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = Request {
        complete: args.dir.dir.is_some(),
        ..args.config.request(args.dir.flags())
    };
    let env = pipeline::env(&request)?;
    let mut locked = lock::lock(&env, false, io).await?;
    let same = locked.dir().verify().is_ok() && !locked.dir().files().is_empty();
    if !same {
        locked.rehash().map_err(Problem::from)?;
    }
    let files = text::count(locked.dir().files().len(), "migration");
    let done = if same { "was right" } else { "written" };
    io.note(&format!(
        "{}/atlas.sum {done} ({files})",
        env.migration.dir.display()
    ));
    Ok(ExitStatus::Success)
}
