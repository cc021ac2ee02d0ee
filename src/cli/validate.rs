//! `migrate validate`: checksums, and with a dev database a replay of every migration.

use anyhow::Result;

use super::args::ValidateArgs;
use super::compare::with_dev;
use super::io::Io;
use super::{ExitStatus, setup};
use crate::config::Flags;
use crate::current;
use crate::engine::InspectOptions;
use crate::migration::Dir;
use crate::problem::Problem;
use crate::report::text;

/// Checks the directory; says nothing on stdout when it is fine.
///
/// # Errors
/// What is wrong with the directory, or with the dev database.
pub(super) async fn run(args: ValidateArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        dev_url: args.dev_url.clone(),
        ..args.dir.flags()
    };
    let env = setup::env(&args.config.request(flags))?;
    let dir = Dir::open(&env.migration.dir).map_err(Problem::from)?;
    dir.verify().map_err(Problem::from)?;
    let mut replayed = "";
    if env.dev.is_some() {
        let (dialect, url) = setup::dev(&env)?;
        let scan = dialect.profile().scan;
        let done = with_dev(dialect, url, &io.waiting(), async |dev| {
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let inspect = InspectOptions::default();
            let current = current::replay(&mut *session, &dir, &scan, &inspect).await;
            let current = current.map_err(Problem::from)?;
            session.close().await.map_err(Problem::from)?;
            Ok(current)
        })
        .await?;
        done.warnings.iter().for_each(|warning| io.warn(warning));
        replayed = ", replayed";
    }
    let files = text::count(dir.files().len(), "migration");
    io.note(&format!(
        "{} is valid ({files}{replayed})",
        env.migration.dir.display()
    ));
    Ok(ExitStatus::Success)
}
