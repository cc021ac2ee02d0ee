//! `migrate apply`, `migrate status` and `migrate set`: a database and the migrations that it has.

use std::io::{self, Write};

use anyhow::Result;

use super::agree::{asks, confirmed, interrupted, on_terminal};
use super::args::{ApplyArgs, FleetArgs, SetArgs, StatusArgs};
use super::io::{Io, told};
use super::{apply_all, drift};
use crate::config::{Env, Member, Request};
use crate::migration::Dir;
use crate::pipeline::{
    self, Applied, ApplyAsk, Context, Decision, Effects, Event, Failure, Settled, Target, Todo,
};
use crate::problem::Problem;
use crate::report::apply::{self as report, Planned};
use crate::report::{ExitStatus, Style};
use crate::sql::Statement;

/// What a command came to; where programs read it, errors are told to them, too.
pub(super) fn for_programs(
    done: Result<ExitStatus>,
    as_json: bool,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    match done {
        Err(error) if as_json && !error.is::<Told>() => Err(io.fail_as_json(error)?),
        Err(error) => match error.downcast::<Told>() {
            Ok(Told(problem)) => Err(problem.into()),
            Err(error) => Err(error),
        },
        done => done,
    }
}

/// An error that the JSON has already.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(super) struct Told(pub(super) Problem);

/// Applies what a database lacks, or tells it.
pub(super) async fn apply(args: ApplyArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let as_json = args.run.live.is_json();
    let done = migrate(args, io).await;
    for_programs(done, as_json, io)
}

async fn migrate(args: ApplyArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = args.run.live.config.request(args.flags());
    let (env, members) = many(&request, &args.run.fleet, io).await?;
    let dir = directory(&env)?;
    if !members.is_empty() {
        return apply_all::apply(&args, &env, &members, &dir, io).await;
    }
    let cancel = io.cancel.clone();
    let target = Target::of(&env, drift::live(&env)?, &cancel).map_err(told)?;
    let ask = args.ask();
    if args.run.dry_run {
        let todo = pipeline::plan(&target, &dir, &ask).await.map_err(told)?;
        notes(&todo, &dir, io);
        let effects = effects(&target, &dir, &todo, io).await?;
        if args.run.live.is_json() {
            print_json(&env, &Applied::planned(todo), &[], &effects, io)?;
        } else {
            print_plan(&target, &todo, &effects, io)?;
        }
        return Ok(ExitStatus::Success);
    }
    let mut known = Vec::new();
    let agreed = match asks(args.run.auto_approve, &args.run.live) {
        false if env.dev.is_none() => None,
        false => {
            let todo = pipeline::plan(&target, &dir, &ask).await.map_err(told)?;
            known = effects(&target, &dir, &todo, io).await?;
            None
        }
        true => {
            let todo = pipeline::plan(&target, &dir, &ask).await.map_err(told)?;
            notes(&todo, &dir, io);
            known = effects(&target, &dir, &todo, io).await?;
            print_plan(&target, &todo, &known, io)?;
            if todo.is_empty() {
                return Ok(ExitStatus::Success);
            }
            if !confirmed(&format!("Apply this to {}?", target.live.value), io).await? {
                io.note("Nothing was done");
                return Ok(ExitStatus::Failure);
            }
            Some(todo)
        }
    };
    let settled = settled(&target, &dir, &ask, io).await?;
    let ask = ApplyAsk {
        settled: settled.as_ref(),
        ..ask
    };
    let mut teller = Teller {
        out: (!args.run.live.is_json()).then_some(&mut *io.out),
        style: io.out_style,
        effects: &known,
        beats: on_terminal(&args.run.live).then_some(false),
        ran: Vec::new(),
        broken: Ok(()),
    };
    let mut tell = |event: Event<'_>| teller.hear(event);
    let done = pipeline::apply(&target, &dir, &ask, agreed.as_ref(), &mut tell).await;
    if teller.beats == Some(true) {
        teller.print(report::ERASE);
    }
    let Teller {
        mut ran, broken, ..
    } = teller;
    let mut applied = done.map_err(told)?;
    if agreed.is_none() {
        notes(&applied.todo, &dir, io);
    }
    if let (Some(failure), Some(file)) = (&applied.failure, ran.last_mut())
        && failure.statement.is_some()
        && !failure.interrupted
    {
        file.pop();
    }
    let printed = match args.run.live.is_json() {
        true => print_json(&env, &applied, &ran, &known, io),
        false => print_end(&applied, &ran, io),
    };
    match applied.failure.take() {
        Some(failure) if failure.interrupted => {
            io.note(&stopped(&failure));
            Ok(interrupted(&cancel))
        }
        Some(failure) => Err(Told(failed(failure, target.dialect.profile().display)).into()),
        // The output is gone; what was done is not.
        None => Ok(broken.and(printed).map(|()| ExitStatus::Success)?),
    }
}

/// Reports progress, and keeps the statements that ran.
struct Teller<'o> {
    /// Where people read it.
    out: Option<&'o mut dyn Write>,
    style: Style,
    effects: &'o [Effects],
    /// Whether a line stands that says for how long a statement runs; `None` where nobody is at a terminal.
    beats: Option<bool>,
    /// Of each file.
    ran: Vec<Vec<String>>,
    broken: io::Result<()>,
}

impl Teller<'_> {
    fn hear(&mut self, event: Event<'_>) {
        let style = self.style;
        if let (Some(beats), Event::Running(time)) = (&mut self.beats, event) {
            *beats = true;
            return self.print(&report::running(time));
        }
        if self.beats.as_mut().is_some_and(std::mem::take) {
            self.print(report::ERASE);
        }
        let text = match event {
            Event::Planned(todo) if todo.is_empty() => report::NOTHING.to_owned(),
            Event::Planned(todo) => report::begin(todo, style),
            Event::File(task) => {
                self.ran.push(Vec::new());
                report::file(task, self.effects, style)
            }
            Event::Check(sql) => report::check(sql),
            Event::Statement(sql) => {
                if let Some(file) = self.ran.last_mut() {
                    file.push(sql.to_owned());
                }
                report::statement(sql)
            }
            Event::Ran(_) | Event::Running(_) => return,
            Event::Output(line) => report::output(line),
            Event::Stopping => {
                "    (stopping when this statement is done; a second signal ends the run now; the server keeps running the statement)\n"
                    .to_owned()
            }
            Event::Done(took) => report::ok(took, style),
        };
        self.print(&text);
    }

    fn print(&mut self, text: &str) {
        if let (Some(out), Ok(())) = (&mut self.out, &self.broken) {
            self.broken = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }
}

/// What the files do to tables that are in use, where there is a dev database to find that out on.
async fn effects(
    target: &Target<'_>,
    dir: &Dir,
    todo: &Todo,
    io: &mut Io<'_>,
) -> Result<Vec<Effects>> {
    if target.env.dev.is_none() {
        return Ok(Vec::new());
    }
    let waiting = io.waiting();
    let (dialect, dev) = pipeline::dev(target.env)?;
    let context = Context::new(target.env, (dialect, dev), &waiting, target.cancel);
    let found = pipeline::effects(&context, target, dir, todo).await;
    match found.map_err(told) {
        Ok(found) => Ok(found),
        Err(error) if target.cancel.check().is_err() => Err(error),
        Err(error) => {
            io.warn(&format!(
                "the locks and data losses of the migrations are unknown: {error}"
            ));
            Ok(Vec::new())
        }
    }
}

fn print_plan(
    target: &Target<'_>,
    todo: &Todo,
    effects: &[Effects],
    io: &mut Io<'_>,
) -> Result<()> {
    let text = match todo.is_empty() {
        true => report::NOTHING.to_owned(),
        false => report::plan(todo, &statements(target, todo)?, effects, io.out_style),
    };
    Ok(io.print(&text)?)
}

fn print_json(
    env: &Env,
    applied: &Applied,
    ran: &[Vec<String>],
    effects: &[Effects],
    io: &mut Io<'_>,
) -> io::Result<()> {
    let dir = env.migration.dir.display().to_string();
    io.print(&format!(
        "{:#}\n",
        report::json(&dir, applied, ran, effects)
    ))
}

fn print_end(applied: &Applied, ran: &[Vec<String>], io: &mut Io<'_>) -> io::Result<()> {
    if applied.todo.is_empty() {
        return Ok(());
    }
    if let Some(failure) = &applied.failure {
        io.print(&report::error(&failure.message, io.out_style))?;
    }
    let statements = ran.iter().map(Vec::len).sum();
    io.print(&report::end(applied, statements))
}

/// What becomes of a statement at which an earlier run was interrupted, where there is a dev database to judge it by.
async fn settled(
    target: &Target<'_>,
    dir: &Dir,
    ask: &ApplyAsk<'_>,
    io: &mut Io<'_>,
) -> Result<Option<Settled>> {
    if target.env.dev.is_none() || ask.doubt.is_some() {
        return Ok(None);
    }
    let waiting = io.waiting();
    let dev = pipeline::dev(target.env)?;
    let context = Context::new(target.env, dev, &waiting, target.cancel);
    let found = pipeline::settled(&context, target, dir, ask).await;
    let found = found.map_err(told)?;
    if let Some(Settled {
        file,
        applied,
        decision,
        ..
    }) = &found
    {
        let number = applied + 1;
        io.note(&match decision {
            Decision::Done => format!(
                "The run that was interrupted ran statement {number} of {file}: continuing after it"
            ),
            Decision::Again => format!(
                "The run that was interrupted did not run statement {number} of {file}: it is run again"
            ),
        });
    }
    Ok(found)
}

fn stopped(failure: &Failure) -> String {
    let rest = match failure.recorded {
        true => "what ran of the file is recorded, and the next run continues there",
        false => "the file's transaction was rolled back; files before it are applied",
    };
    format!("Interrupted: {}; {rest}", failure.message)
}

/// Why a run ended before its end, and what the next one does.
fn failed(failure: Failure, server: &str) -> Problem {
    let Failure {
        problem,
        recorded,
        unanswered,
        ..
    } = failure;
    let next = match (recorded, unanswered) {
        (true, true) => format!(
            "run this again: it waits until {server} is done with the statement, and asks whether it was done where that can't be told"
        ),
        (true, false) => "the database records how much of the file ran: run this again once the cause is fixed, after `trueup migrate \
                          hash` where what follows in the file is edited"
            .to_owned(),
        (false, true) => "the connection broke when the transaction was to be committed: run this again, and what is missing is done; the \
                          record is part of the transaction, so that nothing is done twice"
            .to_owned(),
        (false, false) => "the transaction was rolled back, and nothing of the file is recorded: run this again once the cause is fixed, after \
                       `trueup migrate hash` where the file is edited"
            .to_owned(),
    };
    match &problem.hint {
        Some(hint) => {
            let hint = format!("{hint}; {next}");
            problem.hint(hint)
        }
        None => problem.hint(next),
    }
}

/// Tells where a database is.
pub(super) async fn status(args: StatusArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let as_json = args.live.is_json();
    let done = look(args, io).await;
    for_programs(done, as_json, io)
}

async fn look(args: StatusArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = args.live.config.request(args.live.flags());
    let (env, members) = many(&request, &args.fleet, io).await?;
    let dir = directory(&env)?;
    if !members.is_empty() {
        let as_json = args.live.is_json();
        return apply_all::status(&args.fleet, &env, &members, &dir, as_json, io).await;
    }
    let cancel = io.cancel.clone();
    let target = Target::of(&env, drift::live(&env)?, &cancel).map_err(told)?;
    let status = pipeline::status(&target, &dir).await.map_err(told)?;
    if let Some(file) = &status.edited {
        io.warn(&edited(file));
    }
    let text = match args.live.is_json() {
        true => format!("{:#}\n", report::status_json(&status)),
        false => report::status(&status, io.out_style),
    };
    io.print(&text)?;
    Ok(ExitStatus::Success)
}

/// Records the version that the user says the database is at.
pub(super) async fn set(args: SetArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let as_json = args.live.is_json();
    let done = record(args, io).await;
    for_programs(done, as_json, io)
}

async fn record(args: SetArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = args.live.config.request(args.live.flags());
    let (env, members) = many(&request, &args.fleet, io).await?;
    if !members.is_empty() {
        let problem = Problem::new(format!("env `{}` is many databases", env.name));
        return Err(problem
            .hint("name the one that is meant: `--each NAME`")
            .into());
    }
    let dir = directory(&env)?;
    let cancel = io.cancel.clone();
    let target = Target::of(&env, drift::live(&env)?, &cancel).map_err(told)?;
    let done = pipeline::set(&target, &dir, args.version.as_deref(), args.only).await;
    let done = done.map_err(told)?;
    io.print(&match args.live.is_json() {
        true => format!("{:#}\n", report::recorded_json(&done)),
        false => report::recorded(&done, io.out_style),
    })?;
    Ok(ExitStatus::Success)
}

/// An environment, and its databases where it is many.
pub(super) async fn many(
    request: &Request,
    args: &FleetArgs,
    io: &Io<'_>,
) -> Result<(Env, Vec<Member>)> {
    let loaded = io.cancel.race(pipeline::fleet(request, &mut |_| {})).await;
    let mut env = loaded??;
    let members = drift::members(&args.each, &mut env)?;
    Ok((env, members))
}

pub(super) fn directory(env: &Env) -> Result<Dir> {
    let dir = Dir::open(env.migration.sql_dir().map_err(Problem::from)?).map_err(Problem::from)?;
    dir.verify().map_err(Problem::from)?;
    dir.distinct().map_err(Problem::from)?;
    Ok(dir)
}

/// What a reader should know of the files besides.
fn notes(todo: &Todo, dir: &Dir, io: &mut Io<'_>) {
    if let Some(file) = &todo.edited {
        io.warn(&edited(file));
    }
    if !todo.skipped.is_empty() {
        let names = todo.skipped.join(", ");
        io.warn(&format!("left out, since a later one was applied: {names}"));
    }
    if dir.files().is_empty() {
        io.note(&format!("{} has no migrations", dir.path().display()));
    }
}

pub(super) fn edited(file: &str) -> String {
    format!("{file} was edited since it was applied: the database has what it was then")
}

/// Statements of each file, and what has to hold before it.
fn statements(target: &Target<'_>, todo: &Todo) -> Result<Vec<Planned>, Problem> {
    let scan = &target.dialect.profile().scan;
    let texts = |statements: Vec<Statement>| statements.into_iter().map(|one| one.text);
    let of = |task: &pipeline::Task| {
        let checks = task.file.checks(scan).map_err(Problem::from)?;
        let checks = checks.into_iter().map(|one| one.statements);
        Ok(Planned {
            checks: checks.flat_map(texts).collect(),
            statements: texts(task.file.steps(scan).map_err(Problem::from)?).collect(),
        })
    };
    todo.tasks.iter().map(of).collect()
}
