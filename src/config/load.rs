//! Finds the config file and reads it.

use std::path::Path;

use super::env::Env;
use super::error::ConfigError;
use super::fence::{Beyond, Fence};
use super::flags::Flags;
use super::hcl::{self, World};
use super::source::file_path;

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
}

/// Resolves the configuration of a command: the config file, if `--config` or `--env` asks for it, then the flags.
///
/// `dir` is where a config file is looked for: the working directory. `environment` answers `getenv`.
pub fn resolve(
    request: &Request,
    dir: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Env, ConfigError> {
    if request.config.is_none() && request.env.is_none() {
        if let Some((name, _)) = request.vars.first() {
            let error = ConfigError::new(format!("variable `{name}` has no config file to go to"));
            return Err(ConfigError::flag("--var", error)
                .hint("name one with `--config`, or an environment with `--env`"));
        }
        return Env::from_flags(&request.flags);
    }
    let name = find(request.config.as_deref(), dir)?;
    let world = World {
        environment,
        fence: request.fence.as_ref(),
        unread: request.unread(),
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
/// `path` is also what the file is called in messages. `env` of `None` reads what holds for all environments.
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
    };
    load_from(&path.to_string_lossy(), Path::new(""), env, vars, &world)
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
    let bytes = std::fs::read(&path).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => Some("`--config` names another file".to_owned()),
            _ => None,
        };
        ConfigError::new(format!("cannot read config file `{name}`: {error}")).maybe_hint(hint)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        ConfigError::new(format!("config file `{name}` is not UTF-8: line {line}"))
    })?;
    let base = path
        .parent()
        .filter(|base| !base.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    hcl::load(name, &text, &absolute(base)?, env, vars, world)
}

/// The config file's name: what `--config` says, else `atlas.hcl`.
fn find(config: Option<&str>, dir: &Path) -> Result<String, ConfigError> {
    if let Some(text) = config {
        if let Some((scheme, _)) = text.split_once("://")
            && scheme != "file"
        {
            let error = ConfigError::new(format!("a config file cannot be `{scheme}://`"));
            return Err(ConfigError::flag("--config", error).hint("write `file://atlas.hcl`"));
        }
        let (name, _) = file_path(text).map_err(|error| ConfigError::flag("--config", error))?;
        if is_yaml(&name) {
            return Err(ConfigError::flag("--config", no_yaml(&name)));
        }
        return Ok(name);
    }
    let yaml = ["trueup.yaml", "trueup.yml"]
        .into_iter()
        .find(|name| dir.join(name).exists());
    match (yaml, dir.join("atlas.hcl").exists()) {
        (Some(yaml), true) => Err(ConfigError::new(format!(
            "both `{yaml}` and `atlas.hcl` are here"
        ))
        .hint("say which one with `--config file://atlas.hcl`")),
        (Some(yaml), false) => Err(no_yaml(yaml)),
        (None, true) => Ok("atlas.hcl".to_owned()),
        (None, false) => Err(ConfigError::new("there is no `atlas.hcl` here").hint(
            match above(dir) {
                Some(found) => format!("run trueup in `{found}`, which has one"),
                None => "run trueup in the directory that has it, or name it with `--config file://path/atlas.hcl`".to_owned(),
            }
        )),
    }
}

/// The nearest directory above that has a config file, as a relative path.
fn above(dir: &Path) -> Option<String> {
    let here = dir.join(".").canonicalize().ok()?;
    let depth = here
        .ancestors()
        .skip(1)
        .position(|up| up.join("atlas.hcl").is_file())?;
    Some(vec![".."; depth + 1].join("/"))
}

fn is_yaml(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ext| ext == "yaml" || ext == "yml")
}

fn no_yaml(name: &str) -> ConfigError {
    ConfigError::new(format!("`{name}`: YAML configuration is not supported yet"))
        .hint("write an `atlas.hcl`")
}
