//! `drift`: is a database what its migrations make, or are all databases of an environment? They are only read.

use std::borrow::Cow;
use std::time::Duration;

use anyhow::Result;
use time::OffsetDateTime;

use super::args::DriftArgs;
use super::io::{Io, told};
use super::lock;
use crate::config::{DbUrl, Env, Format, Located, Member, suggest};
use crate::current::History;
use crate::migration::{Dir, NewMigration, check_name};
use crate::pipeline::{self, Ask, Context, Titled, Verdict, Writing};
use crate::problem::Problem;
use crate::report::{DriftReport, ExitStatus, FleetReport, drift, fleet, text};

/// How long an Alembic history may say nothing.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Compares and reports, or writes the migration that adopts what is there.
///
/// # Errors
/// When the question can't be answered; in JSON, errors are part of the output.
pub(super) async fn run(args: DriftArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let flags = args.flags();
    let as_json = args.format == "json";
    let done = async {
        let request = args.config.request(flags);
        let mut env = io
            .cancel
            .race(pipeline::fleet(&request, &mut |_| {}))
            .await??;
        let members = members(&args.each, &mut env)?;
        match &args.adopt {
            Some(_) if !members.is_empty() => Err(Problem::new(format!(
                "a migration adopts what one database has, and env `{}` is {}",
                env.name,
                text::count(members.len(), "database")
            ))
            .hint("name one of those that differ with `--each NAME`")
            .into()),
            Some(name) => adopt(name, &args, &env, live(&env)?, io).await,
            None if members.is_empty() => tell(&args, &env, live(&env)?, io).await,
            None => tell_all(&args, &env, members, io).await,
        }
    };
    match done.await {
        Err(error) if as_json => Err(io.fail_as_json(error)?),
        done => done,
    }
}

/// The database that is meant.
pub(super) fn live(env: &Env) -> Result<&Located<DbUrl>, Problem> {
    env.url.as_ref().ok_or_else(|| match env.unset.get("url") {
        Some(variable) => pipeline::unset("url", variable),
        None => Problem::new("no database is named")
            .hint("give `--url`, or set `url` in the environment"),
    })
}

/// The databases that are meant of an environment that is many. A single one that was named is the environment's own.
pub(super) fn members(each: &[String], env: &mut Env) -> Result<Vec<Member>, Problem> {
    let Some(fleet) = env.fleet.take() else {
        return match each.is_empty() {
            true => Ok(Vec::new()),
            false => Err(Problem::new(
                "`--each` is for an environment with `for_each`",
            )),
        };
    };
    let mut members = fleet.members;
    for name in each {
        if !members.iter().any(|member| member.name == *name) {
            let known: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            let problem = Problem::new(format!("`for_each` has no database `{name}`"));
            return Err(
                match suggest::hint(name, &known[..known.len().min(8)], "the first ones") {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                },
            );
        }
    }
    if !each.is_empty() {
        members.retain(|member| each.contains(&member.name));
    }
    if let [one] = &members[..]
        && !each.is_empty()
    {
        env.url = one.url.clone();
        return Ok(Vec::new());
    }
    if members.iter().any(|member| member.url.is_none()) {
        live(env)?;
    }
    Ok(members)
}

/// The migrations, which have to be there.
fn history(env: &Env) -> Result<History<'static>, Problem> {
    if env.migration.alembic.is_some() {
        // It is run on it.
        pipeline::dev(env)?;
        return pipeline::history(env, TIMEOUT);
    }
    let dir = Dir::open(env.migration.sql_dir()?)?;
    dir.verify()?;
    Ok(History::Files(Cow::Owned(dir)))
}

async fn look(
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    history: &History<'_>,
    io: &Io<'_>,
) -> Result<DriftReport> {
    let format = env.format.migrate_diff.for_people();
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let ask = ask(args, &format);
    let found = pipeline::drift(&context, history, live, &ask).await;
    let database = live.value.to_string();
    Ok(DriftReport::of(
        env,
        database,
        found.map_err(told)?,
        &args.fix(),
    ))
}

fn ask<'a>(args: &'a DriftArgs, format: &'a Format) -> Ask<'a> {
    Ask {
        revision: args.revision.as_deref(),
        grace: args.grace,
        writing: Writing::of(format),
    }
}

/// How a database that has a migration already is told so, by the tool that records what it has.
fn marking(report: &DriftReport, version: &str, (by_flag, flags): (bool, &str)) -> String {
    let database = &report.database;
    match by_flag {
        true => format!("{database} has it already: from now on it is at `--revision {version}`"),
        false => format!(
            "{database} has it already, and keeps being reported until its records say so: `trueup migrate set {version}{flags}`, \
             or `--revision {version}` where they are Alembic's"
        ),
    }
}

/// All databases of an environment.
async fn tell_all(
    args: &DriftArgs,
    env: &Env,
    members: Vec<Member>,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let history = history(env)?;
    let format = env.format.migrate_diff.for_people();
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let lives: Vec<&Located<DbUrl>> = members.iter().flat_map(|member| &member.url).collect();
    let command = args.fix();
    let told_as = |found| DriftReport::of(env, env.name.clone(), found, &command);
    let (ask, parallel) = (ask(args, &format), usize::from(args.parallel));
    let found = pipeline::drifts(&context, &history, &lives, &ask, parallel, told_as);
    let found = found.await.map_err(told)?;
    let names = members.iter().map(|member| member.name.clone()).collect();
    let report = FleetReport::of(env, names, found);
    if args.format == "json" {
        io.print(&format!("{:#}\n", fleet::json(&report)))?;
        return Ok(report.status());
    }
    let style = io.out_style;
    io.print(&fleet::text(&report, style))?;
    let failed: Vec<(&str, &Problem)> = report.failed().collect();
    io.fail_each(failed.into_iter(), "could not be checked")?;
    Ok(report.status())
}

async fn tell(
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let report = look(args, env, live, &history(env)?, io).await?;
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
    if env.migration.alembic.is_some() {
        return adopt_revision(name, args, env, live, io).await;
    }
    check_name(name).map_err(Problem::from)?;
    if args.head.is_some() {
        return Err(Problem::new("`--head` is for an Alembic history").into());
    }
    let mut locked = lock::lock(env, false, io).await?;
    locked.dir().verify().map_err(Problem::from)?;
    let history = History::Files(Cow::Borrowed(locked.dir()));
    let Some(report) = adoptable(args, env, live, &history, io).await? else {
        return Ok(ExitStatus::Success);
    };
    let new = NewMigration {
        name: Some(name),
        content: &report.adopt.sql,
    };
    let file = locked
        .publish(new, OffsetDateTime::now_utc())
        .map_err(Problem::from)?;
    io.note(&format!("Wrote {}", file.path().display()));
    io.note(&marking(
        &report,
        file.version(),
        (args.revision.is_some(), &env.flags(live)),
    ));
    adopted(&report, io);
    Ok(ExitStatus::Success)
}

/// The same for an Alembic history: a revision of it, proven by Alembic.
async fn adopt_revision(
    name: &str,
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let history = history(env)?;
    let Some(report) = adoptable(args, env, live, &history, io).await? else {
        return Ok(ExitStatus::Success);
    };
    let History::Alembic(alembic) = &history else {
        return Ok(ExitStatus::Success);
    };
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let titled = Titled {
        message: name,
        head: args.head.as_deref(),
    };
    let wrote = pipeline::take_in(&context, alembic, &report.adopt.sql, titled).await;
    let wrote = wrote.map_err(told)?;
    io.note(&format!("Wrote {}", wrote.file.display()));
    let database = &report.database;
    let revision = &wrote.revision;
    io.note(&format!(
        "{database} has it already, and keeps being reported until its records say so: `alembic stamp {revision}`"
    ));
    adopted(&report, io);
    Ok(ExitStatus::Success)
}

/// What is left to do once a migration adopts what is there.
fn adopted(report: &DriftReport, io: &mut Io<'_>) {
    io.note("Make the models say the same: `trueup check` shows what is missing");
    if !report.adopt.texts.is_empty() {
        io.warn("objects that are kept as text are not in it: add them by hand");
    }
}

/// What was found, where a migration can adopt it; `None` where nothing was found.
async fn adoptable(
    args: &DriftArgs,
    env: &Env,
    live: &Located<DbUrl>,
    history: &History<'_>,
    io: &mut Io<'_>,
) -> Result<Option<DriftReport>> {
    let report = look(args, env, live, history, io).await?;
    report.notes().iter().for_each(|note| io.warn(note));
    if report.verdict() == Verdict::Synced {
        let style = io.out_style;
        io.print(&drift::text(&report, style))?;
        return Ok(None);
    }
    report.adoptable()?;
    io.cancel.check()?;
    Ok(Some(report))
}
