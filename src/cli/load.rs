//! `load`: the DDL of SQLAlchemy models, as the loader gives it.

use anyhow::Result;

use super::args::LoadArgs;
use super::io::{Io, told};
use crate::config::{Flags, Located, Needs, Request, Source, is_yaml};
use crate::dialect::{self, Dialect};
use crate::pipeline;
use crate::problem::Problem;
use crate::report::ExitStatus;

/// Prints the DDL with the places of what it makes, as a program of Atlas' `external_schema` does.
pub(super) async fn run(args: LoadArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = Request {
        needs: match args.models.is_empty() || args.dialect.is_none() {
            true => Needs::Environment,
            false => Needs::Nothing,
        },
        ..args.config.request(Flags::default())
    };
    let mut env = pipeline::env(&request)?;
    env.app = args.loader.app.clone().or(env.app);
    if let Some(python) = &args.loader.python {
        env.python = Some(vec![python.clone()]);
    }
    let sources = match args.models.is_empty() {
        true => std::mem::take(&mut env.src),
        false => {
            let url = |target: &String| format!("sqlalchemy://{target}");
            let urls: Vec<String> = args.models.iter().map(url).collect();
            env.sources("the command line", &urls)
                .map_err(Problem::from)?
        }
    };
    let sources: Vec<Located<Source>> = sources
        .into_iter()
        .filter(|source| matches!(source.value, Source::Models(_)))
        .collect();
    if sources.is_empty() {
        let problem = Problem::new("no models are named");
        let hint = match env.config.as_deref().is_some_and(is_yaml) {
            true => {
                "name their module, such as `trueup load app.models`, or set `models: app.models` in the environment"
            }
            false if env.config.is_some() => {
                "name their module, such as `trueup load app.models`, or set `src = \"sqlalchemy://app.models\"` in the \
                 environment"
            }
            false => {
                "name their module, such as `trueup load app.models`, or an environment that does, with `--env`"
            }
        };
        return Err(problem.hint(hint).into());
    }
    let dialect = args.dialect.as_deref().map(named_by_flag).transpose()?;
    let loading = pipeline::ddl(&env, &sources, dialect, args.loader.time.provider_timeout);
    let found = io.cancel.race(loading).await;
    let (text, warnings) = found?.map_err(told)?;
    warnings.iter().for_each(|warning| io.warn(warning));
    io.print(&text)?;
    Ok(ExitStatus::Success)
}

/// The database that `--dialect` names.
pub(super) fn named_by_flag(name: &str) -> Result<&'static dyn Dialect, Problem> {
    dialect::named(name).map_err(|problem| Problem {
        message: format!("`--dialect`: {}", problem.message),
        ..problem
    })
}
