//! `migrate apply` and `migrate status` for an environment that is many databases.

use anyhow::Result;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};

use super::agree::{asks, confirmed, interrupted};
use super::args::{ApplyArgs, FleetArgs};
use super::io::{Io, told};
use crate::config::{Env, Member};
use crate::migration::Dir;
use crate::pipeline::{self, PipelineError, Target, Todo};
use crate::problem::Problem;
use crate::report::{ExitStatus, apply as report, text};

/// What became of the databases, for a summary.
#[derive(Default)]
struct Tally {
    migrated: usize,
    same: usize,
    failed: Vec<(String, Problem)>,
    rows: Vec<Value>,
}

/// Databases by name, each as something that can be migrated.
pub(super) fn targets<'a>(
    env: &'a Env,
    members: &'a [Member],
    io: &'a Io<'_>,
) -> Result<Vec<(&'a str, Target<'a>)>> {
    let target = |member: &'a Member| {
        let url = match &member.url {
            Some(url) => url,
            None => super::drift::live(env)?,
        };
        let target = Target::of(env, url, &io.cancel).map_err(told)?;
        Ok((member.name.as_str(), target))
    };
    members.iter().map(target).collect()
}

/// Applies what each of them lacks.
pub(super) async fn apply(
    args: &ApplyArgs,
    env: &Env,
    members: &[Member],
    dir: &Dir,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    if args.interrupted.is_some() {
        let problem =
            Problem::new("`--interrupted` is about one database, and the environment is many");
        return Err(problem.hint("name it with `--each NAME`").into());
    }
    let as_json = args.run.live.is_json();
    if args.run.dry_run {
        return plan(args, env, members, dir, io).await;
    }
    if asks(args.run.auto_approve, &args.run.live) {
        plan(args, env, members, dir, io).await?;
        let question = format!("Apply this to {}?", text::count(members.len(), "database"));
        if !confirmed(&question, io).await? {
            io.note("Nothing was done");
            return Ok(ExitStatus::Failure);
        }
    }
    let mut tally = Tally::default();
    let mut lines = Vec::new();
    {
        let targets = targets(env, members, io)?;
        let (names, targets): (Vec<&str>, Vec<Target<'_>>) = targets.into_iter().unzip();
        let waiting = io.waiting();
        let bounds = (usize::from(args.run.fleet.parallel), args.run.keep_going);
        let of = targets.len();
        let mut tell = |at: usize, done: Result<pipeline::Applied, PipelineError>| {
            lines.push(tally.add(names[at], done));
            pipeline::Listener::migrated(&waiting, lines.len(), of);
        };
        pipeline::apply_all(targets, dir, &args.ask(), bounds, &mut tell).await;
        pipeline::Listener::over(&waiting);
    }
    let left = members.len() - lines.len();
    if as_json {
        io.print(&format!(
            "{:#}\n",
            json!({ "Databases": tally.rows, "NotBegun": left })
        ))?;
    } else {
        lines.sort();
        io.print(&report::fleet(
            &lines,
            tally.migrated,
            tally.same,
            tally.failed.len(),
            left,
        ))?;
    }
    let failed = tally
        .failed
        .iter()
        .map(|(name, problem)| (&**name, problem));
    io.fail_each(failed, "failed")?;
    Ok(match tally.failed.is_empty() {
        _ if io.cancel.check().is_err() => interrupted(&io.cancel),
        true => ExitStatus::Success,
        false => ExitStatus::Failure,
    })
}

/// What would be applied to each of them.
async fn plan(
    args: &ApplyArgs,
    env: &Env,
    members: &[Member],
    dir: &Dir,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let ask = args.ask();
    let plan = async |target: &Target<'_>| pipeline::plan(target, dir, &ask).await;
    let found = each(env, members, args.run.fleet.parallel, io, plan).await?;
    let row = |todo: &Todo| json!({ "Current": todo.current, "Pending": todo.names() });
    let line = |todo: &Todo| match todo.is_empty() {
        true => format!("at {} already", todo.target()),
        false => {
            let files = text::count(todo.tasks.len(), "migration");
            format!("{files} up to {}", todo.target())
        }
    };
    tell(&found, args.run.live.is_json(), (row, line), io)
}

/// What is found of each of them, in their order; some are asked at once.
async fn each<T>(
    env: &Env,
    members: &[Member],
    parallel: u16,
    io: &Io<'_>,
    ask: impl AsyncFn(&Target<'_>) -> Result<T, PipelineError>,
) -> Result<Vec<(String, Result<T, Problem>)>> {
    let targets = targets(env, members, io)?;
    let asked = targets.iter().map(async |(name, target)| {
        let found = ask(target).await;
        ((*name).to_owned(), found.map_err(Problem::from))
    });
    let asked = stream::iter(asked).buffered(usize::from(parallel).max(1));
    Ok(asked.collect().await)
}

/// Tells what was found of each of them, as a JSON row or as a line.
fn tell<T>(
    found: &[(String, Result<T, Problem>)],
    as_json: bool,
    (row, line): (impl Fn(&T) -> Value, impl Fn(&T) -> String),
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let text = match as_json {
        true => {
            let rows = found.iter().map(|(name, found)| {
                let mut row = match found {
                    Ok(found) => row(found),
                    Err(problem) => json!({ "Error": problem.message }),
                };
                row["Name"] = json!(name);
                row
            });
            let rows: Vec<Value> = rows.collect();
            format!("{:#}\n", json!({ "Databases": rows }))
        }
        false => {
            let lines = found.iter().map(|(name, found)| match found {
                Ok(found) => format!("  {name}: {}\n", line(found)),
                Err(problem) => format!("  {name}: {}\n", problem.message),
            });
            lines.collect()
        }
    };
    io.print(&text)?;
    Ok(match found.iter().all(|(_, found)| found.is_ok()) {
        true => ExitStatus::Success,
        false => ExitStatus::Failure,
    })
}

impl Tally {
    /// Counts a database; the line that tells of it.
    fn add(&mut self, name: &str, done: Result<pipeline::Applied, PipelineError>) -> String {
        let problem = match done {
            Ok(done) => {
                let version = done.todo.target().to_owned();
                match done.failure {
                    Some(failure) => failure.problem,
                    None if done.todo.is_empty() => {
                        self.same += 1;
                        self.rows
                            .push(json!({ "Name": name, "Current": version, "Applied": 0 }));
                        return format!("  {name}: at {version} already");
                    }
                    None => {
                        self.migrated += 1;
                        let row = json!({ "Name": name, "Current": version, "Applied": done.done });
                        self.rows.push(row);
                        let took = report::time(done.took);
                        return format!("  {name}: migrated to {version} ({took})");
                    }
                }
            }
            Err(error) => Problem::from(error),
        };
        self.rows
            .push(json!({ "Name": name, "Error": problem.message }));
        self.failed.push((name.to_owned(), problem));
        format!("  {name}: failed")
    }
}

/// Where each of them is.
pub(super) async fn status(
    args: &FleetArgs,
    env: &Env,
    members: &[Member],
    dir: &Dir,
    as_json: bool,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let status = async |target: &Target<'_>| pipeline::status(target, dir).await;
    let found = each(env, members, args.parallel, io, status).await?;
    tell(
        &found,
        as_json,
        (report::status_json, report::status_line),
        io,
    )
}
