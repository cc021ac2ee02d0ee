//! Finds the config file and reads it.

use std::path::Path;

use time::OffsetDateTime;

use super::env::Env;
use super::error::ConfigError;
use super::fence::{Beyond, Fence};
use super::flags::{Flags, Needs};
use super::fleet::{Answer, Asked, EACH};
use super::hcl;
use super::source::file_path;
use super::words::{NAMES, is_yaml};
use super::world::World;
use super::yaml;

/// What the command line says about configuration.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `--config`: a `file://` URL or a path.
    pub config: Option<String>,
    pub env: Option<String>,
    pub vars: Vec<(String, String)>,
    pub flags: Flags,
    /// The file's limits, where it is not the user's own.
    pub fence: Option<Fence>,
    /// Flags name all that is looked at, so that no file is read unless it is asked for.
    pub complete: bool,
    /// All databases of an environment are looked at, and these are answers to what reading it asked.
    pub answers: Option<Vec<Answer>>,
    pub needs: Needs,
}

/// Resolves the configuration of a command: the config file, then the flags. `atlas.hcl` is read if `--config` or `--env` asks
/// for it, as in Atlas; `trueup.yaml` also when it is just there.
///
/// `dir` is where a config file is looked for: the working directory. `environment` answers for environment variables.
pub fn resolve(
    request: &Request,
    dir: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Env, ConfigError> {
    let asked = request.config.is_some() || request.env.is_some();
    let name = match asked {
        true => Some(find(request.config.as_deref(), dir)?),
        false if request.complete || here(dir).iter().all(|name| !is_yaml(name)) => None,
        false => Some(find(None, dir)?),
    };
    let Some(name) = name else {
        if let Some((name, _)) = request.vars.first() {
            let error = ConfigError::new(format!("variable `{name}` has no config file to go to"));
            return Err(ConfigError::flag("--var", error)
                .hint("name one with `--config`, or an environment with `--env`"));
        }
        return Env::from_flags(&request.flags);
    };
    let world = World {
        environment,
        fence: request.fence.as_ref(),
        unread: request.unread(),
        needs: request.needs,
        today: OffsetDateTime::now_utc().date(),
        fleet: request.answers.as_deref().and_then(|answers| {
            let url = request.flags.url.as_deref();
            // That is one database, whatever the environment says.
            let all = url.is_none_or(|url| url.contains(EACH));
            all.then_some(Asked { answers, url })
        }),
    };
    let env = load_from(&name, dir, request.env.as_deref(), &request.vars, &world);
    match &request.fence {
        None => env?,
        Some(_) => env.map_err(ConfigError::in_one_line)?,
    }
    .apply(&request.flags)
}

impl Request {
    /// Attributes of the environment that need not be read. A file with limits is read no further than needed: what others
    /// use `url` for may come from a variable that is closed to it.
    fn unread(&self) -> Vec<&'static str> {
        if self.fence.is_none() {
            return Vec::new();
        }
        let flags = &self.flags;
        let sources = !flags.to.is_empty() && !flags.to.iter().any(|to| to.starts_with("env://"));
        [
            ("url", true),
            ("dev", flags.dev_url.is_some()),
            ("src", sources),
        ]
        .into_iter()
        .filter_map(|(name, unread)| unread.then_some(name))
        .collect()
    }
}

/// Reads one environment of a config file, without flags.
///
/// `path` is also what the file is called in messages. Without `env`, of `trueup.yaml` the only environment is read, of
/// `atlas.hcl` what holds for all.
pub fn load(
    path: &Path,
    env: Option<&str>,
    vars: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Env, ConfigError> {
    let world = World {
        environment,
        fence: None,
        unread: Vec::new(),
        needs: Needs::Environment,
        today: OffsetDateTime::now_utc().date(),
        fleet: None,
    };
    load_from(&path.to_string_lossy(), Path::new(""), env, vars, &world)
}

/// The names of the config file's environments. One of `atlas.hcl` that fits any name has none.
///
/// # Errors
/// When there is no config file, or it is invalid.
pub fn environments(request: &Request, dir: &Path) -> Result<Vec<String>, ConfigError> {
    let name = find(request.config.as_deref(), dir)?;
    let text = text(&name, &dir.join(&name))?;
    let names = match is_yaml(&name) {
        true => yaml::environments(&name, &text)?,
        false => hcl::environments(&name, &text)?,
    };
    match names.is_empty() {
        true => Err(ConfigError::new(format!(
            "{name} has no environment with a name"
        ))),
        false => Ok(names),
    }
}

fn load_from(
    name: &str,
    dir: &Path,
    env: Option<&str>,
    vars: &[(String, String)],
    world: &World<'_>,
) -> Result<Env, ConfigError> {
    let path = dir.join(name);
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|error| {
            ConfigError::new(format!("cannot tell the directory of `{name}`: {error}"))
        })
    };
    if let Some(fence) = world.fence {
        fence.check(&absolute(&path)?).map_err(|beyond| {
            ConfigError::new(format!("config file `{name}` {beyond}")).hint(Beyond::HINT)
        })?;
    }
    let text = text(name, &path)?;
    let base = path
        .parent()
        .filter(|base| !base.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let load = match is_yaml(name) {
        true => yaml::load,
        false => hcl::load,
    };
    load(name, &text, &absolute(base)?, env, vars, world)
}

/// The text of a config file, which messages call `name`.
fn text(name: &str, path: &Path) -> Result<String, ConfigError> {
    let bytes = std::fs::read(path).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => Some("`--config` names another file".to_owned()),
            _ => None,
        };
        ConfigError::new(format!("cannot read config file `{name}`: {error}")).maybe_hint(hint)
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        ConfigError::new(format!("config file `{name}` is not UTF-8: line {line}"))
    })
}

/// The config files of a directory that need not be named.
pub fn here(dir: &Path) -> Vec<&'static str> {
    NAMES
        .into_iter()
        .filter(|name| dir.join(name).exists())
        .collect()
}

/// The nearest directory above that has a config file, as a relative path.
pub fn above(dir: &Path) -> Option<String> {
    let here = dir.join(".").canonicalize().ok()?;
    let depth = here
        .ancestors()
        .skip(1)
        .position(|up| NAMES.iter().any(|name| up.join(name).is_file()))?;
    Some(vec![".."; depth + 1].join("/"))
}

/// The config file's name: what `--config` says, else the one that is here.
fn find(config: Option<&str>, dir: &Path) -> Result<String, ConfigError> {
    if let Some(text) = config {
        if let Some((scheme, _)) = text.split_once("://")
            && scheme != "file"
        {
            let error = ConfigError::new(format!("a config file cannot be `{scheme}://`"));
            return Err(ConfigError::flag("--config", error).hint("write `file://atlas.hcl`"));
        }
        let (name, _) = file_path(text).map_err(|error| ConfigError::flag("--config", error))?;
        return Ok(name);
    }
    match here(dir)[..] {
        [name] => Ok(name.to_owned()),
        [] => Err(
            ConfigError::new("there is no `trueup.yaml` or `atlas.hcl` here").hint(match above(dir)
            {
                Some(found) => format!("run trueup in `{found}`, which has one"),
                None => "run trueup in the directory that has it, or name it with `--config path/trueup.yaml`; `trueup init` \
                         writes one"
                    .to_owned(),
            }),
        ),
        [first, second, ..] => Err(ConfigError::new(format!(
            "both `{first}` and `{second}` are here"
        ))
        .hint(format!(
            "say which one with `--config {first}` (in a workflow, with `config: {first}`)"
        ))),
    }
}
