//! `drift`: is a database what its migrations make? The database is only read.

use anyhow::Result;
use time::OffsetDateTime;

use super::args::DriftArgs;
use super::io::{Io, told};
use super::lock;
use crate::config::{DbUrl, Env, Located};
use crate::migration::{Dir, NewMigration, check_name};
use crate::pipeline::{self, Ask, Context, Verdict, Writing};
use crate::problem::Problem;
use crate::report::{DriftReport, ExitStatus, Sides, drift, text};

/// Compares and reports, or writes the migration that takes in what is there.
///
/// # Errors
/// When the question can't be answered; in JSON, errors are part of the output.
pub(super) async fn run(args: DriftArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = args.flags();
    let as_json = args.format == "json";
    let done = async {
        let env = pipeline::env(&args.config.request(flags))?;
        let live = live(&env)?;
        match &args.adopt {
            Some(name) => adopt(name, &args, &env, live, io).await,
            None => tell(&args, &env, live, io).await,
        }
    };
    match done.await {
        Err(error) if as_json => Err(io.fail_as_json(error)?),
        done => done,
    }
}

/// The database that is looked at.
fn live(env: &Env) -> Result<&Located<DbUrl>, Problem> {
    env.url.as_ref().ok_or_else(|| match env.unset.get("url") {
        Some(variable) => pipeline::unset("url", variable),
        None => Problem::new("no database is named")
            .hint("give `--url`, or set `url` in the environment"),
    })
}

async fn look(
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    dir: &Dir,
    io: &Io<'_>,
) -> Result<DriftReport> {
    dir.verify().map_err(Problem::from)?;
    let format = env.format.migrate_diff.for_people();
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let ask = Ask {
        live,
        revision: args.revision.as_deref(),
        grace: args.grace,
        writing: Writing::of(&format),
    };
    let found = pipeline::drift(&context, dir, &ask).await.map_err(told)?;
    Ok(DriftReport::of(env, live, found, &args.fix()))
}

async fn tell(
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let dir = Dir::open(&env.migration.dir).map_err(Problem::from)?;
    let report = look(args, env, live, &dir, io).await?;
    if args.format == "json" {
        io.print(&format!("{:#}\n", drift::json(&report)))?;
    } else {
        report.notes().iter().for_each(|note| io.warn(note));
        let style = io.out_style;
        io.print(&drift::text(&report, style))?;
    }
    Ok(report.verdict().into())
}

/// Writes the migration: the database has it already, and every other one gets it.
async fn adopt(
    name: &str,
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    check_name(name).map_err(Problem::from)?;
    let mut locked = lock::lock(env, false, io).await?;
    let report = look(args, env, live, locked.dir(), io).await?;
    report.notes().iter().for_each(|note| io.warn(note));
    if report.verdict() == Verdict::Synced {
        let style = io.out_style;
        io.print(&drift::text(&report, style))?;
        return Ok(ExitStatus::Success);
    }
    if let Some(partial) = &report.partial {
        return Err(Problem::new(format!(
            "migration {} is half applied, so that a new one can't come after it",
            partial.file
        ))
        .hint("finish it or roll it back, and have its record say so")
        .into());
    }
    if !report.pending.is_empty() {
        return Err(Problem::new(
            "the database lacks migrations, after which a new one would come",
        )
        .detail("pending", report.pending.join(", "))
        .hint("apply them to it first")
        .into());
    }
    if report.adopt.sql.is_empty() {
        return Err(Problem::new("there is no SQL that takes in what is there")
            .detail(
                "differs",
                text::objects(&report.adopt.texts, "", &Sides::DATABASE),
            )
            .hint("`trueup migrate new --edit` begins a migration by hand")
            .into());
    }
    io.cancel.check()?;
    let new = NewMigration {
        name: Some(name),
        content: &report.adopt.sql,
    };
    let file = locked
        .publish(new, OffsetDateTime::now_utc())
        .map_err(Problem::from)?;
    io.note(&format!("Wrote {}", file.path().display()));
    io.note(&format!(
        "{} has it already: mark it as applied there, and make the models say the same",
        report.database
    ));
    if !report.adopt.texts.is_empty() {
        io.warn("objects that are kept as text are not in it: add them by hand");
    }
    Ok(ExitStatus::Success)
}
