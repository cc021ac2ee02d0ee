//! `migrate diff`: writes the migration that takes the directory to the desired state.

use anyhow::Result;
use time::OffsetDateTime;

use super::args::DiffArgs;
use super::compare::{Job, start};
use super::io::Io;
use super::{ExitStatus, editor, setup};
use crate::config::{Env, Flags, Format};
use crate::dialect::Dialect;
use crate::migration::{Dir, LockedDir, MigrationFile, NewMigration, check_name, next_version};
use crate::problem::Problem;
use crate::report::{self, Report, Verdict, text};

/// What Atlas prints, and what scripts look for.
const SYNCED: &str =
    "The migration directory is synced with the desired state, no changes to be made\n";

/// Changes that are listed after they were written: all of them are in the file.
const SHOWN: usize = 20;

/// Compares, plans, proves, writes.
///
/// # Errors
/// When a state can't be built, the plan can't be proven, or the file can't be written; then nothing is.
pub(super) async fn run(args: DiffArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = Flags {
        lock_timeout: args.lock_timeout.clone(),
        ..args.states.flags(&args.dir)
    };
    let env = setup::env(&args.config.request(flags))?;
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.migrate_diff.clone(),
    };
    if format == Format::Mermaid {
        return Err(Problem::from(report::BodyError::Mermaid).into());
    }
    setup::check_sources(&env)?;
    let (dialect, _) = setup::dev(&env)?;
    if let Some(name) = &args.name {
        check_name(name).map_err(Problem::from)?;
    }
    let pending = start(&env, args.states.scope.provider_timeout)?;
    let command = Command {
        args: &args,
        env: &env,
        dialect,
        format,
        now: OffsetDateTime::now_utc(),
    };
    if args.dry_run {
        let dir = Dir::open_or_empty(&env.migration.dir).map_err(Problem::from)?;
        let report = command.compare(&dir, pending, io).await?;
        return command.print(&report, io);
    }
    if command.format == Format::Json {
        return Err(Problem::from(report::BodyError::Json).into());
    }
    let mut locked = setup::lock(&env, true, io).await?;
    let report = command.compare(locked.dir(), pending, io).await?;
    command.write(&report, &mut locked, io).await
}

struct Command<'a> {
    args: &'a DiffArgs,
    env: &'a Env,
    dialect: &'static dyn Dialect,
    format: Format,
    now: OffsetDateTime,
}

impl Command<'_> {
    async fn compare(
        &self,
        dir: &Dir,
        pending: crate::desired::Pending,
        io: &mut Io<'_>,
    ) -> Result<Report> {
        dir.verify().map_err(Problem::from)?;
        let (_, dev) = setup::dev(self.env)?;
        let version = self.version(dir)?;
        let plain = Format::Default;
        let job = Job {
            env: self.env,
            dialect: self.dialect,
            dev,
            qualifier: self.args.qualifier.as_deref(),
            format: match &self.format {
                Format::Json => &plain,
                other => other,
            },
            version: &version,
            name: self.args.name.as_deref(),
            fix: self.args.config.fix(&self.args.dir, &self.args.states),
        };
        let report = job.run(dir, pending, &io.waiting()).await?;
        report.notes().for_each(|note| io.warn(&note));
        match report.verdict {
            Verdict::Unknown => Err(report.undecided().into()),
            Verdict::Synced | Verdict::Drifted => Ok(report),
        }
    }

    fn version(&self, dir: &Dir) -> Result<String> {
        let names = dir.files().iter().map(MigrationFile::name);
        let version = next_version(self.now, names, self.args.name.as_deref());
        Ok(version.map_err(Problem::from)?)
    }

    /// `--dry-run`: the result is the migration itself.
    fn print(&self, report: &Report, io: &mut Io<'_>) -> Result<ExitStatus> {
        if self.format == Format::Json {
            let json = report::json::check(report, None);
            io.print(&format!("{json:#}\n"))?;
        } else if report.verdict == Verdict::Synced {
            io.print(SYNCED)?;
        } else {
            let risks = text::risks(&report.changes, io.err_style);
            if !risks.is_empty() {
                io.note(risks.trim_end());
            }
            io.print(&report.sql)?;
        }
        Ok(ExitStatus::Success)
    }

    async fn write(
        &self,
        report: &Report,
        locked: &mut LockedDir,
        io: &mut Io<'_>,
    ) -> Result<ExitStatus> {
        if report.verdict == Verdict::Synced {
            io.print(SYNCED)?;
            return Ok(ExitStatus::Success);
        }
        let name = self.args.name.as_deref();
        let mut content = report.sql.clone();
        if self.args.edit {
            let title = editor::title(&self.version(locked.dir())?, name);
            let Some(edited) = editor::edit(&title, &content).await? else {
                let problem = Problem::new("the migration was left empty, so nothing was written");
                return Err(problem.into());
            };
            if edited != content {
                io.warn("the migration was edited: it is not the plan that was proven");
            }
            content = edited;
        }
        io.cancel.check()?;
        let new = NewMigration {
            name,
            content: &content,
        };
        let file = locked.publish(new, self.now).map_err(Problem::from)?;
        io.note(&format!("Wrote {}", file.path().display()));
        let (shown, rest) = report.changes.split_at(report.changes.len().min(SHOWN));
        io.note(text::table(shown, io.err_style).trim_end());
        if !rest.is_empty() {
            io.note(&format!("  … and {} more", rest.len()));
        }
        let risks = text::risks(&report.changes, io.err_style);
        if !risks.is_empty() {
            io.note(risks.trim_end());
        }
        Ok(ExitStatus::Success)
    }
}
