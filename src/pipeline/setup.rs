//! What every run needs before it starts: the settings, and the dev database's dialect.

use std::path::Path;

use crate::config::{self, DbUrl, Env, Request};
use crate::dialect::{self, Dialect};
use crate::problem::{Problem, stage};

/// Resolves the settings of a command.
pub fn env(request: &Request) -> Result<Env, Problem> {
    let environment = |name: &str| std::env::var(name).ok();
    Ok(config::resolve(request, Path::new(""), &environment)?)
}

/// Whether there is a config file that is not read, since `--env` is missing.
fn unused_config(env: &Env) -> bool {
    env.name.is_empty() && Path::new("atlas.hcl").exists()
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
        let hint = if env.name.is_empty() {
            if unused_config(env) {
                "name an environment of atlas.hcl with `--env`, or give `--dev-url`"
            } else {
                "give `--dev-url`, such as `sqlite://dev?mode=memory` or `local://postgres`"
            }
        } else {
            "set `dev` in the environment, such as `sqlite://dev?mode=memory` or `local://postgres`"
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

/// Settings of a comparison whose desired state must be named.
pub fn check_sources(env: &Env) -> Result<(), Problem> {
    if env.src.is_empty() {
        let problem = Problem::from(crate::desired::DesiredError::Nothing);
        return Err(match unused_config(env) {
            true => problem.hint(
                "name an environment of atlas.hcl with `--env`, or give `--to file://schema.sql`",
            ),
            false => problem,
        });
    }
    Ok(())
}
