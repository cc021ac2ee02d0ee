//! `migrate diff`: writes the migration that takes the directory to the desired state.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;
use time::OffsetDateTime;

use super::all::{self, Over};
use super::args::DiffArgs;
use super::io::{Io, told};
use super::{editor, lock};
use crate::config::{DbUrl, Env, Flags, Format};
use crate::current::History;
use crate::desired::Pending;
use crate::dialect::Dialect;
use crate::migration::{Dir, LockedDir, MigrationFile, NewMigration, check_name, next_version};
use crate::pipeline::{self, Context, Titled, Verdict, Writing};
use crate::plan::BodyError;
use crate::problem::Problem;
use crate::report::{self, ExitStatus, Report, text};

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
        lock_timeout: args.lock.lock_timeout.clone(),
        ..args.states.flags(&args.dir)
    };
    let timeout = args.states.time.provider_timeout;
    if args.all {
        let json = args.dry_run && args.format.as_deref().is_some_and(|it| it.trim() == "json");
        let over = Over {
            config: &args.config,
            flags,
            timeout,
            json,
            sql: args.dry_run,
            failed: "Nothing was written",
        };
        return all::each(over, io, async |config, env, pending, io| {
            let args = DiffArgs {
                config,
                ..args.clone()
            };
            let format = settings(&args, &env)?;
            let value = one(&args, &env, format, pending, io).await?;
            Ok((ExitStatus::Success, value))
        })
        .await;
    }
    let env = pipeline::env(&args.config.request(flags))?;
    let format = settings(&args, &env)?;
    let pending = pipeline::start(&env, timeout).map_err(Problem::from)?;
    if let Some(value) = one(&args, &env, format, pending, io).await? {
        io.print(&format!("{value:#}\n"))?;
    }
    Ok(ExitStatus::Success)
}

/// Checks that need no state, and the form of the file.
fn settings(args: &DiffArgs, env: &Env) -> Result<Format> {
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.migrate_diff.clone(),
    };
    if format == Format::Mermaid {
        return Err(Problem::from(BodyError::Mermaid).into());
    }
    if format == Format::Json && !args.dry_run {
        return Err(Problem::from(BodyError::Json).into());
    }
    pipeline::check_sources(env)?;
    pipeline::dev(env)?;
    if args.states.require_proof {
        pipeline::require_proof(env)?;
    }
    if let Some(name) = &args.name {
        check_name(name).map_err(Problem::from)?;
    }
    Ok(format)
}

/// The migration of one environment: written, or with `--dry-run` printed or given as JSON.
async fn one(
    args: &DiffArgs,
    env: &Env,
    format: Format,
    mut pending: Pending,
    io: &mut Io<'_>,
) -> Result<Option<Value>> {
    let command = Command {
        args,
        env,
        dev: pipeline::dev(env)?,
        format,
        now: OffsetDateTime::now_utc(),
    };
    if args.dry_run {
        let history = pipeline::history(env, args.states.time.provider_timeout)?;
        let report = command.compare(&history, &mut pending, io).await?;
        return command.print(&report, io);
    }
    if env.migration.alembic.is_some() {
        let command = Command {
            format: env.format.migrate_diff.for_people(),
            ..command
        };
        command.write_revision(&mut pending, io).await?;
        return Ok(None);
    }
    let mut locked = lock::lock(env, true, io).await?;
    locked.dir().verify().map_err(Problem::from)?;
    let history = History::Files(Cow::Borrowed(locked.dir()));
    let report = command.compare(&history, &mut pending, io).await?;
    command.write(&report, &mut locked, io).await?;
    Ok(None)
}

struct Command<'a> {
    args: &'a DiffArgs,
    env: &'a Env,
    dev: (&'static dyn Dialect, &'a DbUrl),
    format: Format,
    now: OffsetDateTime,
}

impl Command<'_> {
    async fn compare(
        &self,
        history: &History<'_>,
        pending: &mut Pending,
        io: &mut Io<'_>,
    ) -> Result<Report> {
        let version = self.version(history.dir())?;
        let plain = Format::Default;
        let waiting = io.waiting();
        let context = Context::new(self.env, self.dev, &waiting, &io.cancel);
        let writing = Writing {
            qualifier: self.args.qualifier.as_deref(),
            format: match &self.format {
                Format::Json => &plain,
                other => other,
            },
            version: &version,
            name: self.args.name.as_deref(),
        };
        let found = pipeline::directory(&context, history, pending, writing).await;
        let found = found.map_err(told)?;
        let fix = self.args.config.fix(&self.args.dir, &self.args.states);
        let report = Report::of(self.env, history, found, fix);
        report.notes().for_each(|note| io.warn(&note));
        match report.found.verdict {
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
    fn print(&self, report: &Report, io: &mut Io<'_>) -> Result<Option<Value>> {
        if self.format == Format::Json {
            return Ok(Some(report::json::check(report, None)));
        }
        if report.found.verdict == Verdict::Synced {
            io.print(SYNCED)?;
        } else {
            let risks = text::risks(&report.found.changes, io.err_style);
            if !risks.is_empty() {
                io.note(risks.trim_end());
            }
            io.print(&report.found.sql)?;
        }
        Ok(None)
    }

    async fn write(&self, report: &Report, locked: &mut LockedDir, io: &mut Io<'_>) -> Result<()> {
        if report.found.verdict == Verdict::Synced {
            io.print(SYNCED)?;
            return Ok(());
        }
        let name = self.args.name.as_deref();
        let mut content = report.found.sql.clone();
        if self.args.edit {
            let title = editor::title(&self.version(locked.dir())?, name);
            let Some(edited) = editor::edit(&title, &content, io).await? else {
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
        wrote(report, file.path(), io);
        Ok(())
    }

    /// The same for an Alembic history: a revision of it, proven by Alembic.
    async fn write_revision(&self, pending: &mut Pending, io: &mut Io<'_>) -> Result<()> {
        let history = pipeline::history(self.env, self.args.states.time.provider_timeout)?;
        let report = self.compare(&history, pending, io).await?;
        let History::Alembic(alembic) = &history else {
            return Ok(());
        };
        if report.found.verdict == Verdict::Synced {
            io.print(SYNCED)?;
            return Ok(());
        }
        io.cancel.check()?;
        let message = report.message(self.args.name.as_deref());
        let waiting = io.waiting();
        let context = Context::new(self.env, self.dev, &waiting, &io.cancel);
        let plan = (&report.found.plan, &report.found.left[..]);
        let titled = Titled {
            message: &message,
            head: self.args.head.as_deref(),
        };
        let file = pipeline::revision(&context, alembic, pending, plan, titled).await;
        wrote(&report, &file.map_err(told)?.file, io);
        Ok(())
    }
}

/// Says what was written, and what is in it.
fn wrote(report: &Report, file: &Path, io: &mut Io<'_>) {
    io.note(&format!("Wrote {}", file.display()));
    let (shown, rest) = report
        .found
        .changes
        .split_at(report.found.changes.len().min(SHOWN));
    io.note(text::table(shown, io.err_style).trim_end());
    if !rest.is_empty() {
        io.note(&format!("  … and {} more", rest.len()));
    }
    let risks = text::risks(&report.found.changes, io.err_style);
    if !risks.is_empty() {
        io.note(risks.trim_end());
    }
}
