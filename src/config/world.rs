//! What a config file sees besides itself, within its limits.

use std::path::Path;

use time::Date;

use super::error::ConfigError;
use super::fence::{Beyond, Fence};
use super::flags::Needs;
use super::fleet::Asked;

/// What a config file sees besides itself.
pub(super) struct World<'a> {
    /// Answers for environment variables.
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    /// Its limits, where it is not the user's own.
    pub(super) fence: Option<&'a Fence>,
    /// Attributes of the environment that are not read.
    pub(super) unread: Vec<&'static str>,
    /// What is taken of an environment.
    pub(super) needs: Needs,
    pub(super) today: Date,
    /// Who looks at all databases of an environment; `None` where a command has to do with its models only.
    pub(super) fleet: Option<Asked<'a>>,
}

impl World<'_> {
    /// An environment variable; `None` for one that is not set.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>, ConfigError> {
        if self.fence.is_some_and(|fence| !fence.opens(name)) {
            let error = ConfigError::new(format!(
                "the environment variable `{name}` may not be read by this config file"
            ));
            return Err(error.hint(format!(
                "the config file is the pull request's: what it may read is named in the workflow, `provider-env: {name}`"
            )));
        }
        Ok((self.environment)(name))
    }

    /// Checks that the file may read this path, which messages call `shown`.
    pub(super) fn check(&self, path: &Path, shown: &str) -> Result<(), ConfigError> {
        let Some(fence) = self.fence else {
            return Ok(());
        };
        fence.check(path).map_err(|beyond| {
            ConfigError::new(format!("cannot read `{shown}`: it {beyond}")).hint(Beyond::HINT)
        })
    }

    /// The text of a file whose path is relative to `base`.
    pub(super) fn read(&self, base: &Path, path: &str) -> Result<String, ConfigError> {
        let at = base.join(path);
        self.check(&at, path)?;
        std::fs::read_to_string(at).map_err(|error| {
            let error = ConfigError::new(format!("cannot read `{path}`: {error}"));
            match Path::new(path).is_absolute() {
                true => error,
                false => error.hint(format!(
                    "the path is relative to the config file, in {}",
                    base.display()
                )),
            }
        })
    }
}
