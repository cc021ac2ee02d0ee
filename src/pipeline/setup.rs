//! What every run needs before it starts: the settings, and the dev database's dialect.

use std::path::Path;

use crate::config::{self, ConfigError, DbUrl, Env, Request};
use crate::dialect::{self, Dialect};
use crate::problem::{Problem, stage};

/// Resolves the settings of a command.
pub fn env(request: &Request) -> Result<Env, Problem> {
    Ok(resolved(request)?)
}

/// The same, with the error as it is.
pub(super) fn resolved(request: &Request) -> Result<Env, ConfigError> {
    let environment = |name: &str| std::env::var(name).ok();
    config::resolve(request, Path::new(""), &environment)
}

/// The settings of every environment that has models and a dev database, by name, and the names of the others.
pub fn envs(request: &Request) -> Result<(Vec<Named>, Vec<String>), Problem> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for name in config::environments(request, Path::new(""))? {
        let env = env(&Request {
            env: Some(name.clone()),
            ..request.clone()
        });
        let compared = |env: &Env| {
            let dev = env.dev.is_some() || env.unset.contains_key("dev");
            dev && !env.src.is_empty()
        };
        match env.as_ref().is_ok_and(|env| !compared(env)) {
            true => others.push(name),
            false => found.push((name, env)),
        }
    }
    if found.is_empty() {
        let hint = "`--all` takes those that say where the models are, and have a `dev`";
        return Err(Problem::new("no environment can be compared").hint(hint));
    }
    Ok((found, others))
}

/// An environment's name, and its settings or what is wrong with them.
pub type Named = (String, Result<Env, Problem>);

/// What to do where no environment is named: with a config file at hand, or with one further up.
fn unnamed_hint(env: &Env, flag: &str) -> Option<String> {
    let here = Path::new("");
    let config = env.config.as_deref();
    let config = config.or_else(|| config::here(here).first().copied());
    match config {
        Some(name) => Some(format!(
            "name an environment of {name} with `--env`, or give {flag}"
        )),
        None => config::above(here).map(|above| {
            format!("run trueup in `{above}`, which has a config file, or give {flag}")
        }),
    }
}

/// An attribute without a value, since its environment variable is not set.
pub fn unset(attribute: &str, variable: &str) -> Problem {
    let flag = if attribute == "dev" {
        "dev-url"
    } else {
        attribute
    };
    Problem::new(format!(
        "`{attribute}` is empty: the environment variable `{variable}` is not set"
    ))
    .hint(format!("set `{variable}`, or give `--{flag}`"))
}

/// The dev database and its dialect.
pub fn dev(env: &Env) -> Result<(&'static dyn Dialect, &DbUrl), Problem> {
    let Some(dev) = &env.dev else {
        let such = "such as `sqlite://dev?mode=memory`, `local://postgres` where it is installed, or the URL of an empty \
                    database";
        let hint = match env.name.is_empty() {
            true => unnamed_hint(env, "`--dev-url`")
                .unwrap_or_else(|| format!("give `--dev-url`, {such}")),
            false => format!("set `dev` in the environment, {such}"),
        };
        let problem = match env.unset.get("dev") {
            None => Problem::new("no dev database is set").hint(hint),
            Some(variable) => unset("dev", variable),
        };
        return Err(problem.during(stage::CONFIG));
    };
    let dialect = dialect::for_url(&dev.value).map_err(|error| {
        let mut problem = Problem::from(error);
        problem.message = format!("{}: {}", dev.origin, problem.message);
        problem.stage = Some(stage::CONFIG);
        problem
    })?;
    Ok((dialect, &dev.value))
}

/// Refuses a dev database that no server is behind, where a plan has to be proven on one.
pub fn require_proof(env: &Env) -> Result<(), Problem> {
    let (_, dev) = self::dev(env)?;
    if dev.scheme() != dialect::OFFLINE {
        return Ok(());
    }
    let problem = Problem::new(format!(
        "{dev} proves nothing on a server, and `--require-proof` asks for that"
    ));
    Err(problem
        .hint("name a dev database on a server, or leave the flag out")
        .during(stage::CONFIG))
}

/// Settings of a comparison whose desired state must be named.
pub fn check_sources(env: &Env) -> Result<(), Problem> {
    if env.src.is_empty() {
        let problem = Problem::from(crate::desired::DesiredError::Nothing);
        let hint = match env.name.is_empty() {
            true => Some(unnamed_hint(env, "`--to file://schema.sql`").unwrap_or_else(|| {
                "`trueup init` writes a config file for this project; or give `--to file://schema.sql`"
                    .to_owned()
            })),
            false => env.config.as_deref().filter(|name| config::is_yaml(name)).map(|_| {
                "set `models`, `schema` or `program` in the environment, or give `--to file://schema.sql`".to_owned()
            }),
        };
        return Err(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }
    Ok(())
}
