//! `check`: are the models and the migrations in sync? Writes nothing anywhere.

use anyhow::Result;
use serde_json::Value;

use super::all::{self, Over};
use super::args::CheckArgs;
use super::io::{Io, told};
use super::trial;
use crate::config::Env;
use crate::desired::Pending;
use crate::pipeline::{self, Context, Verdict, Writing};
use crate::problem::Problem;
use crate::report::{ExitStatus, Report, json, text};

/// Compares and reports. An error is never "in sync".
///
/// # Errors
/// When the question can't be answered; in JSON, errors are part of the output.
pub(super) async fn run(args: CheckArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let as_json = args.format == "json";
    let flags = args.states.flags(&args.dir);
    let timeout = args.states.time.provider_timeout;
    if args.all {
        let over = Over {
            config: &args.config,
            flags,
            timeout,
            json: as_json,
            sql: false,
            failed: "Undecided: trueup could not tell whether the models and the migrations are in sync",
        };
        return all::each(over, io, async |config, env, pending, io| {
            let args = CheckArgs {
                config,
                ..args.clone()
            };
            let report = compare(&args, &env, pending, io).await?;
            let value = as_json.then(|| value(&report));
            if !as_json {
                print_text(&report, io)?;
            }
            Ok((report.found.verdict.into(), value))
        })
        .await;
    }
    let found = async {
        let env = pipeline::env(&args.config.request(flags))?;
        pipeline::check_sources(&env)?;
        pipeline::dev(&env)?;
        let pending = pipeline::start(&env, timeout).map_err(Problem::from)?;
        compare(&args, &env, pending, io).await
    };
    match found.await {
        Ok(report) if as_json => {
            io.print(&format!("{:#}\n", value(&report)))?;
            Ok(report.found.verdict.into())
        }
        Ok(report) => print_text(&report, io),
        Err(error) if as_json => Err(io.fail_as_json(error)?),
        Err(error) => Err(error),
    }
}

async fn compare(
    args: &CheckArgs,
    env: &Env,
    mut pending: Pending,
    io: &mut Io<'_>,
) -> Result<Report> {
    let dev = pipeline::dev(env)?;
    if args.states.require_proof {
        pipeline::require_proof(env)?;
    }
    let timeout = args.states.time.provider_timeout;
    let outlook = trial::outlook(&args.trial, env)?;
    let history = trial::history(&args.trial, env, timeout, false)?;
    // A template is for files; the missing SQL is shown as people read it.
    let format = env.format.migrate_diff.for_people();
    let waiting = io.waiting();
    let context = Context::new(env, dev, &waiting, &io.cancel);
    let found = pipeline::directory(&context, &history, &mut pending, Writing::of(&format));
    let found = found.await.map_err(told)?;
    let fix = args.config.fix(&args.dir, &args.states);
    let mut report = Report::of(env, &history, found, fix);
    report.found.warnings.extend(outlook);
    if !history.dir().exists() {
        let warning = format!("migration directory {} does not exist yet", report.dir);
        report.found.warnings.push(warning);
    }
    Ok(report)
}

fn print_text(report: &Report, io: &mut Io<'_>) -> Result<ExitStatus> {
    report.notes().for_each(|note| io.warn(&note));
    report.found.tried.iter().for_each(|tried| io.note(tried));
    let style = io.out_style;
    io.print(&text::check(report, style))?;
    Ok(report.found.verdict.into())
}

/// The report for programs.
fn value(report: &Report) -> Value {
    let error = (report.found.verdict == Verdict::Unknown).then(|| report.undecided());
    json::check(report, error.as_ref())
}
