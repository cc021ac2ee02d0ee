//! `migrate down`: takes migrations of a database back, or of all databases of an environment.

use std::io;

use anyhow::Result;
use serde_json::{Value, json};

use super::agree::{asks, confirmed, interrupted};
use super::apply::{Told, directory, edited, for_programs, many};
use super::apply_all::targets;
use super::args::DownArgs;
use super::drift;
use super::io::{Io, told};
use crate::config::{Env, Member};
use crate::migration::Dir;
use crate::pipeline::{self, Context, Down, Event, Failure, PipelineError, TakenBack, Target};
use crate::problem::Problem;
use crate::report::{ExitStatus, apply as applied, down as report, text};

/// Takes migrations back, or tells how.
pub(super) async fn down(args: DownArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let as_json = args.run.live.is_json();
    let done = take_back(args, io).await;
    for_programs(done, as_json, io)
}

async fn take_back(args: DownArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = args.run.live.config.request(args.run.flags());
    let (env, members) = many(&request, &args.run.fleet, io).await?;
    let dir = directory(&env)?;
    if !members.is_empty() {
        return all(&args, &env, &members, &dir, io).await;
    }
    let cancel = io.cancel.clone();
    let target = Target::of(&env, drift::live(&env)?, &cancel).map_err(told)?;
    let shown = env.migration.dir.display().to_string();
    let as_json = args.run.live.is_json();
    let down = match ways(&args, &env, &[&target], &dir, io).await?.pop() {
        Some(down) => down.map_err(told)?,
        None => None,
    };
    let Some(down) = down else {
        io.print(&match as_json {
            true => format!("{:#}\n", report::json(&shown, None, None)),
            false => report::NOTHING.to_owned(),
        })?;
        return Ok(ExitStatus::Success);
    };
    notes(&down, io);
    if args.run.dry_run {
        io.print(&match as_json {
            true => format!("{:#}\n", report::json(&shown, Some(&down), None)),
            false => report::plan(&down, io.out_style),
        })?;
        if down.lost().next().is_some() && !args.allow_data_loss {
            io.note("It would be refused, since data would be lost: `--allow-data-loss` allows it");
        }
        return Ok(ExitStatus::Success);
    }
    let asked = asks(args.run.auto_approve, &args.run.live);
    if asked {
        io.print(&report::plan(&down, io.out_style))?;
        let question = format!("Do this to {}?", target.live.value);
        if !confirmed(&question, io).await? {
            io.note("Nothing was done");
            return Ok(ExitStatus::Failure);
        }
    }
    run(&args, &target, &down, &shown, io).await
}

/// Runs what was planned for one database, and reports progress.
async fn run(
    args: &DownArgs,
    target: &Target<'_>,
    down: &Down,
    dir: &str,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let (as_json, style) = (args.run.live.is_json(), io.out_style);
    let mut ran = Vec::new();
    let mut broken = Ok(());
    let out = &mut *io.out;
    let mut print = |text: &str| {
        if !as_json && broken.is_ok() {
            broken = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    };
    let mut tell = |event: Event<'_>| match event {
        Event::File(_) => print(&report::begin(down, style)),
        Event::Statement(sql) => {
            ran.push(sql.to_owned());
            print(&applied::statement(sql));
        }
        Event::Stopping => print(
            "    (stopping when this statement is done; a second signal ends the run now; the server keeps running the statement)\n",
        ),
        Event::Done(took) => print(&applied::ok(took, style)),
        _ => {}
    };
    let done = pipeline::take_back(target, down, &args.ask(), &mut tell).await;
    let mut done = done.map_err(told)?;
    if let Some(failure) = &done.failure
        && failure.statement.is_some()
        && !failure.interrupted
    {
        ran.pop();
    }
    let printed = match as_json {
        true => {
            let result = report::json(dir, Some(down), Some((&done, &ran)));
            io.print(&format!("{result:#}\n"))
        }
        false => end(down, &done, ran.len(), io),
    };
    match done.failure.take() {
        Some(failure) if failure.interrupted => {
            let rest = next(&failure);
            io.note(&format!("Interrupted: {}; {rest}", failure.message));
            Ok(interrupted(target.cancel))
        }
        Some(failure) => Err(Told(failed(failure)).into()),
        // The output is gone; what was done is not.
        None => Ok(broken.and(printed).map(|()| ExitStatus::Success)?),
    }
}

fn end(down: &Down, done: &TakenBack, statements: usize, io: &mut Io<'_>) -> io::Result<()> {
    if let Some(failure) = &done.failure {
        io.print(&applied::error(&failure.message, io.out_style))?;
    }
    io.print(&report::end(down, done, statements))
}

/// What the next run does after one that did not come to its end.
fn next(failure: &Failure) -> &'static str {
    match failure.recorded {
        true => {
            "the database records how far it came: `trueup migrate down` goes on there; where that fails for good, bring it to a \
             version by hand and record that: `trueup migrate set VERSION`"
        }
        false => "what was begun was rolled back: the database is as it was",
    }
}

/// Why a run ended before its end.
fn failed(failure: Failure) -> Problem {
    let next = next(&failure);
    let hint = match &failure.problem.hint {
        Some(hint) => format!("{hint}; {next}"),
        None => next.to_owned(),
    };
    failure.problem.hint(hint)
}

/// The reverse plan of each database.
async fn ways(
    args: &DownArgs,
    env: &Env,
    targets: &[&Target<'_>],
    dir: &Dir,
    io: &Io<'_>,
) -> Result<Vec<Result<Option<Down>, PipelineError>>> {
    let waiting = io.waiting();
    let context = Context::new(env, pipeline::dev(env)?, &waiting, &io.cancel);
    let parallel = usize::from(args.run.fleet.parallel);
    let found = pipeline::ways_back(&context, targets, dir, &args.ask(), parallel).await;
    found.map_err(told)
}

/// What a reader should know besides.
fn notes(down: &Down, io: &mut Io<'_>) {
    if let Some(file) = &down.edited {
        io.warn(&edited(file));
    }
    down.way
        .warnings
        .iter()
        .for_each(|warning| io.warn(warning));
}

/// The same for many databases: all of them are planned before anything is done to one.
async fn all(
    args: &DownArgs,
    env: &Env,
    members: &[Member],
    dir: &Dir,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let mut tally = Tally::default();
    let mut downs = Vec::new();
    let mut names = Vec::new();
    let mut warnings: Vec<String> = Vec::new();
    {
        let targets = targets(env, members, io)?;
        let all: Vec<&Target<'_>> = targets.iter().map(|(_, target)| target).collect();
        let found = ways(args, env, &all, dir, io).await?;
        for ((name, _), found) in targets.iter().zip(found) {
            match found {
                Ok(Some(down)) => {
                    let new = down.way.warnings.iter();
                    let new: Vec<String> =
                        new.filter(|one| !warnings.contains(one)).cloned().collect();
                    warnings.extend(new);
                    names.push((*name).to_owned());
                    downs.push(down);
                }
                Ok(None) => tally.nothing(name),
                Err(error) => tally.fail(name, error.into()),
            }
        }
    }
    warnings.iter().for_each(|warning| io.warn(warning));
    let apart = apart(args, &tally, &names, &downs);
    if let (Some(problem), false) = (&apart, args.run.dry_run) {
        return Err(problem.clone().into());
    }
    let refused = !tally.failed.is_empty() && !args.run.keep_going;
    let asked = asks(args.run.auto_approve, &args.run.live);
    if args.run.dry_run || asked || refused {
        for (name, down) in names.iter().zip(&downs) {
            tally.planned(name, down);
        }
        if args.run.dry_run || refused {
            if let Some(problem) = &apart {
                io.note(&format!("It would be refused: {}", problem.message));
            }
            return tally.tell(args.run.live.is_json(), downs.len(), io);
        }
        io.print(&tally.lines())?;
        let question = format!("Do this to {}?", text::count(downs.len(), "database"));
        if !confirmed(&question, io).await? {
            io.note("Nothing was done");
            return Ok(ExitStatus::Failure);
        }
        tally.forget_plans();
    }
    let mut begun = 0;
    {
        let targets = targets(env, members, io)?.into_iter();
        let targets = targets.filter(|(name, _)| names.iter().any(|one| one == name));
        let targets: Vec<Target<'_>> = targets.map(|(_, target)| target).collect();
        let waiting = io.waiting();
        let bounds = (usize::from(args.run.fleet.parallel), args.run.keep_going);
        let mut tell = |at: usize, done: Result<TakenBack, PipelineError>| {
            begun += 1;
            match done.map(|done| done.failure) {
                Ok(None) => tally.done(&names[at], &downs[at]),
                Ok(Some(failure)) => tally.fail(&names[at], failed(failure)),
                Err(error) => tally.fail(&names[at], error.into()),
            }
            pipeline::Listener::migrated(&waiting, begun, downs.len());
        };
        pipeline::take_all_back(targets, &downs, &args.ask(), bounds, &mut tell).await;
        pipeline::Listener::over(&waiting);
    }
    let left = downs.len() - begun;
    let told = tally.tell(args.run.live.is_json(), left, io)?;
    if let (false, Some(again)) = (tally.failed.is_empty() && left == 0, again(args, &downs)) {
        io.note(&format!(
            "Once the cause is fixed, this takes back the others only: `{again}`"
        ));
    }
    Ok(match io.cancel.check() {
        Err(_) => interrupted(&io.cancel),
        Ok(()) => told,
    })
}

/// Refuses to count migrations where databases are at different versions: those that an earlier run finished would be taken back
/// again.
fn apart(args: &DownArgs, tally: &Tally, names: &[String], downs: &[Down]) -> Option<Problem> {
    if args.run.to_version.is_some() {
        return None;
    }
    let mut versions: Vec<&str> = downs.iter().map(|down| down.current.as_str()).collect();
    // Nothing is left in those of which nothing is to be taken back.
    versions.extend((tally.same > 0).then_some(""));
    versions.sort_unstable();
    versions.dedup();
    if versions.len() < 2 {
        return None;
    }
    let lines = names.iter().zip(downs);
    let lines: Vec<String> = lines
        .map(|(name, down)| format!("{name}: {}", down.current))
        .collect();
    let problem = Problem::new(
        "the databases are at different versions, so a number of migrations means something different in each: nothing was done",
    )
    .detail("databases", lines.join("\n"));
    Some(match versions[0] {
        "" => problem.hint("say how far back: `--to-version VERSION`; or name databases that are at the same one: `--each NAME`"),
        lowest => problem.hint(format!(
            "say how far back: `--to-version {lowest}` takes back only what others are not done with; or name databases that are at \
             the same one: `--each NAME`"
        )),
    })
}

/// The command that does the rest of a run; `None` where the databases were to get to different versions, or to none.
fn again(args: &DownArgs, downs: &[Down]) -> Option<String> {
    let to = downs.first()?.target.as_str();
    if to.is_empty() || downs.iter().any(|down| down.target != to) {
        return None;
    }
    let mut command = "trueup migrate down".to_owned();
    for (flag, value) in [
        ("--config", &args.run.live.config.config),
        ("--env", &args.run.live.config.env),
    ] {
        if let Some(value) = value {
            command.push_str(&format!(" {flag} {value}"));
        }
    }
    for each in &args.run.fleet.each {
        command.push_str(&format!(" --each {each}"));
    }
    command.push_str(&format!(" --to-version {to}"));
    if args.allow_data_loss {
        command.push_str(" --allow-data-loss");
    }
    Some(command)
}

/// What became of the databases, for a summary.
#[derive(Default)]
struct Tally {
    /// The name of each, what became of it, and the same for programs.
    rows: Vec<(String, String, Value)>,
    failed: Vec<(String, Problem)>,
    back: usize,
    same: usize,
}

impl Tally {
    fn add(&mut self, name: &str, line: String, row: Value) {
        self.rows.push((name.to_owned(), line, row));
    }

    fn nothing(&mut self, name: &str) {
        self.same += 1;
        self.add(name, report::line(None), json!({ "Reverted": 0 }));
    }

    fn planned(&mut self, name: &str, down: &Down) {
        let row = report::json("", Some(down), None);
        self.add(name, report::line(Some(down)), row);
    }

    fn done(&mut self, name: &str, down: &Down) {
        self.back += 1;
        let to = match down.target.as_str() {
            "" => "an empty schema",
            version => version,
        };
        let row = json!({ "Current": down.target, "Reverted": down.files.len() });
        self.add(name, format!("taken back to {to}"), row);
    }

    fn fail(&mut self, name: &str, problem: Problem) {
        self.add(
            name,
            "failed".to_owned(),
            json!({ "Error": problem.message }),
        );
        self.failed.push((name.to_owned(), problem));
    }

    fn forget_plans(&mut self) {
        self.rows.retain(|(_, _, row)| row.get("Planned").is_none());
    }

    fn lines(&mut self) -> String {
        self.rows.sort_by(|a, b| a.0.cmp(&b.0));
        let rows = self.rows.iter();
        rows.map(|(name, line, _)| format!("  {name}: {line}\n"))
            .collect()
    }

    /// Tells all of it; `left` databases were not begun.
    fn tell(&mut self, as_json: bool, left: usize, io: &mut Io<'_>) -> Result<ExitStatus> {
        let lines = self.lines();
        let text = match as_json {
            true => {
                let rows = self.rows.iter().map(|(name, _, row)| {
                    let mut row = row.clone();
                    row["Name"] = json!(name);
                    row
                });
                let rows: Vec<Value> = rows.collect();
                format!("{:#}\n", json!({ "Databases": rows, "NotBegun": left }))
            }
            false => {
                let counts = [
                    (self.back, "taken back"),
                    (self.same, "with nothing to take back"),
                    (self.failed.len(), "failed"),
                    (left, "not begun"),
                ];
                let counts = counts.iter().filter(|(number, _)| *number > 0);
                let counts: Vec<String> = counts
                    .map(|(number, word)| format!("{number} {word}"))
                    .collect();
                format!("{lines}\n{}\n", counts.join(", "))
            }
        };
        io.print(&text)?;
        let failed = self.failed.iter().map(|(name, problem)| (&**name, problem));
        io.fail_each(failed, "failed")?;
        Ok(match self.failed.is_empty() {
            true => ExitStatus::Success,
            false => ExitStatus::Failure,
        })
    }
}
