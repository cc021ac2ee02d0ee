//! `schema diff`: the SQL that leads from one schema to another. Databases are only read.

use anyhow::Result;

use super::args::{SchemaDiffArgs, split_urls};
use super::inspect::{INDENT, names_all};
use super::io::{Io, told};
use crate::config::{Env, Format, Request, is_yaml};
use crate::pipeline::{self, State, States, Verdict, sources, url_of};
use crate::plan::BodyError;
use crate::problem::Problem;
use crate::report::{self, Comparison, ExitStatus, json};

/// What Atlas prints, and what scripts look for.
const SYNCED: &str = "Schemas are synced, no changes to be made.\n";

/// What was found between two states, which are named as the user did, without secrets.
struct Compared {
    from: String,
    to: String,
    found: Comparison,
}

/// Compares, plans, and proves where there is a dev database.
///
/// # Errors
/// When a state can't be loaded, or the plan is wrong; in JSON, errors are part of the output.
pub(super) async fn run(args: SchemaDiffArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = Request {
        complete: names_all(&args.from) && names_all(&args.to),
        ..args.config.request(args.scope.flags())
    };
    let env = pipeline::env(&request)?;
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.schema_diff.clone(),
    };
    match format {
        Format::Mermaid => Err(Problem::from(BodyError::Mermaid).into()),
        Format::Json => {
            let compared = compare(&args, &env, &Format::SqlIndent(INDENT.to_owned()), io).await;
            match compared {
                Ok(compared) => print_json(&compared, &args, io),
                Err(error) => Err(io.fail_as_json(error)?),
            }
        }
        Format::Default => {
            let format = Format::SqlIndent(INDENT.to_owned());
            print(&compare(&args, &env, &format, io).await?, &args, io)
        }
        Format::SqlIndent(_) | Format::Template(_) => {
            print(&compare(&args, &env, &format, io).await?, &args, io)
        }
    }
}

/// What the shell is told of an answer.
fn status(found: &Comparison, args: &SchemaDiffArgs) -> ExitStatus {
    match found.verdict {
        Verdict::Unknown => ExitStatus::Failure,
        Verdict::Drifted if args.exit_code => ExitStatus::Drift,
        Verdict::Drifted | Verdict::Synced => ExitStatus::Success,
    }
}

fn print(
    Compared { found, .. }: &Compared,
    args: &SchemaDiffArgs,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    found.warnings.iter().for_each(|warning| io.warn(warning));
    for rename in &found.renames {
        io.warn(&report::likely_rename(rename));
    }
    match found.verdict {
        Verdict::Unknown => return Err(found.undecided().into()),
        Verdict::Synced => io.print(SYNCED)?,
        Verdict::Drifted => io.print(&found.sql)?,
    }
    Ok(status(found, args))
}

fn print_json(
    Compared { from, to, found }: &Compared,
    args: &SchemaDiffArgs,
    io: &mut Io<'_>,
) -> Result<ExitStatus> {
    let error = (found.verdict == Verdict::Unknown).then(|| found.undecided());
    let value = json::schema_diff((from, to), found, error.as_ref());
    io.print(&format!("{value:#}\n"))?;
    Ok(status(found, args))
}

async fn compare(
    args: &SchemaDiffArgs,
    env: &Env,
    format: &Format,
    io: &Io<'_>,
) -> Result<Compared> {
    let from = sources(env, "--from", &split_urls(&args.from), url_of, || {
        missing("`--from`", "`--from`, or `url` in the environment")
    })?;
    let to = sources(
        env,
        "--to",
        &split_urls(&args.to),
        |env| env.src.clone(),
        || {
            let src = match env.config.as_deref().is_some_and(is_yaml) {
                true => "`models`, `schema` or `program`",
                false => "`src`",
            };
            missing("`--to`", &format!("`--to`, or {src} in the environment"))
        },
    )?;
    let timeout = args.time.provider_timeout;
    let states = States {
        from: State::start(env, from, timeout).map_err(told)?,
        to: State::start(env, to, timeout).map_err(told)?,
    };
    let (from, to) = (states.from.shown(), states.to.shown());
    let found = pipeline::schemas(env, states, format, &io.waiting(), &io.cancel).await;
    let found = Comparison::of(found.map_err(told)?);
    Ok(Compared { from, to, found })
}

fn missing(flag: &str, hint: &str) -> Problem {
    Problem::new(format!("nothing is named to compare: {flag} is missing"))
        .hint(format!("give {hint}"))
}
