//! `--all`: a command over every environment of the config file, each with a section of its own.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::args::ConfigArgs;
use super::io::{Io, problem};
use crate::config::{Env, Flags};
use crate::desired::Pending;
use crate::pipeline::{self, Interrupted};
use crate::problem::Problem;
use crate::report::{self, ExitStatus};

/// How a command goes over environments.
pub(super) struct Over<'a> {
    pub(super) config: &'a ConfigArgs,
    pub(super) flags: Flags,
    pub(super) timeout: Duration,
    /// The answers are one JSON document.
    pub(super) json: bool,
    /// The answers are SQL, in which a heading is a comment.
    pub(super) sql: bool,
    /// The answer where there was an error, which is told on stderr.
    pub(super) failed: &'a str,
}

/// What a command says of one environment: how it ends, and what a program is told, if one asks.
pub(super) type Answer = (ExitStatus, Option<Value>);

/// Runs a command for each environment, and ends as the worst of them. Models that they share are loaded once; what fails in
/// one does not concern the others.
pub(super) async fn each(
    over: Over<'_>,
    io: &mut Io<'_>,
    mut run: impl AsyncFnMut(ConfigArgs, Env, Pending, &mut Io<'_>) -> Result<Answer>,
) -> Result<ExitStatus> {
    let (found, others) = pipeline::envs(&over.config.request(over.flags))?;
    if !others.is_empty() {
        let others = others.join(", ");
        io.note(&format!("Left out, without models or `dev`: {others}"));
    }
    let envs: Vec<&Env> = found
        .iter()
        .filter_map(|(_, env)| env.as_ref().ok())
        .collect();
    let mut started = pipeline::start_all(&envs, over.timeout).into_iter();
    let mut worst = ExitStatus::Success;
    let mut values = Vec::new();
    for (at, (name, env)) in found.iter().enumerate() {
        if !over.json {
            let line = if at == 0 { "" } else { "\n" };
            let heading = io.out_style.bold(&format!("{name}:"));
            let comment = if over.sql { "-- " } else { "" };
            io.print(&format!("{line}{comment}{heading}\n"))?;
        }
        let ready = env.clone().and_then(|env| {
            let pending = started.next().transpose().map_err(Problem::from)?;
            Ok(pending.map(|pending| (env, pending)))
        });
        let config = ConfigArgs {
            env: Some(name.clone()),
            ..over.config.clone()
        };
        let done = match ready {
            Ok(Some((env, pending))) => run(config, env, pending, io).await,
            Ok(None) => continue,
            Err(problem) => Err(problem.into()),
        };
        let (status, value) = match done {
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                let problem = Problem {
                    message: format!("{name}: {}", problem(&error).message),
                    stdout: None,
                    ..problem(&error)
                };
                if !over.json {
                    let comment = if over.sql { "-- " } else { "" };
                    io.print(&format!("{comment}{}\n", over.failed))?;
                }
                io.fail(&problem)?;
                (ExitStatus::Failure, Some(report::json::failed(&problem)))
            }
            Ok(answer) => answer,
        };
        if status.code() > worst.code() {
            worst = status;
        }
        match value {
            Some(mut value) if over.json => {
                value["env"] = json!(name);
                values.push(value);
            }
            Some(value) if status != ExitStatus::Failure => io.print(&format!("{value:#}\n"))?,
            _ => {}
        }
    }
    if over.json {
        let all = json!({"format": 1, "environments": values});
        io.print(&format!("{all:#}\n"))?;
    }
    Ok(worst)
}
