//! Reads `trueup.yaml`: the form of the whole file is checked, one environment is evaluated.

mod build;
mod expand;
mod fault;
mod file;

use std::cell::Cell;
use std::path::Path;

use serde_saphyr::Options;

use self::build::Layers;
use self::expand::Names;
use self::file::File;
use super::env::Env;
use super::error::{ConfigError, SourceText};
use super::flags::Needs;
use super::suggest;
use super::world::World;

/// Reads the text of a config file and evaluates one of its environments.
///
/// `name` is how the file is called in messages, `base` its directory, `env` the selected environment; the only one need not
/// be named. Where several are there and none is needed, what they share is read, under no name.
pub(super) fn load(
    name: &str,
    text: &str,
    base: &Path,
    env: Option<&str>,
    vars: &[(String, String)],
    world: &World<'_>,
) -> Result<Env, ConfigError> {
    let source = SourceText::new(name, text);
    let file = parse(&source)?;
    let env = select(&file, name, env, world.needs)?;
    let names = Names {
        source: &source,
        base,
        env,
        vars: &file.vars,
        inputs: vars,
        world,
        each: Cell::new(false),
    };
    names.check_inputs()?;
    let layers = Layers {
        own: file.envs.get(env).and_then(Option::as_ref),
        base: file.defaults.as_ref(),
        names,
    };
    Ok(Env {
        config: Some(name.to_owned()),
        ..layers.env()?
    })
}

/// The names of its environments.
pub(super) fn environments(name: &str, text: &str) -> Result<Vec<String>, ConfigError> {
    let file = parse(&SourceText::new(name, text))?;
    Ok(file.envs.into_keys().collect())
}

fn parse(source: &SourceText) -> Result<File, ConfigError> {
    serde_saphyr::from_str_with_options(&source.text, options())
        .map_err(|error| fault::told(source, &error))
}

/// YAML 1.2: `no` is a text. The parser refuses keys that are set twice.
fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
    }
}

/// The name of the environment that is meant.
fn select<'f>(
    file: &'f File,
    name: &str,
    wanted: Option<&str>,
    needs: Needs,
) -> Result<&'f str, ConfigError> {
    let names: Vec<&str> = file.envs.keys().map(String::as_str).collect();
    let mut envs = file.envs.values().flatten();
    let shared = match needs {
        Needs::Environment => false,
        Needs::Directory => envs.all(|env| env.migrations.is_none()),
        Needs::Nothing => true,
    };
    let Some(wanted) = wanted else {
        return match names[..] {
            [only] => Ok(only),
            [] => Err(ConfigError::new(format!("{name} has no environment")).hint(fault::ENVS)),
            _ if shared => Ok(""),
            _ => Err(
                ConfigError::new(format!("{name} has several environments")).hint(format!(
                    "say which with `--env` (in a workflow, with `env:`): {}",
                    suggest::list(&names)
                )),
            ),
        };
    };
    if let Some(found) = names.iter().find(|name| **name == wanted) {
        return Ok(found);
    }
    let hint = suggest::hint(wanted, &names, "it has")
        .unwrap_or_else(|| format!("it has {}", suggest::list(&names)));
    Err(ConfigError::new(format!("env `{wanted}` is not defined in {name}")).hint(hint))
}

#[cfg(test)]
mod tests;
