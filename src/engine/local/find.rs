//! What a `local://NAME[/VERSION][/DATABASE]` URL asks for, and the programs of this machine that fit.

use std::path::PathBuf;
use std::time::Duration;

use super::{programs, run_tool};
use crate::config::url::DbUrl;
use crate::engine::EngineError;

const VERSION_BUDGET: Duration = Duration::from_secs(20);

/// A kind of server, as URLs and people name it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `postgres`.
    pub name: &'static str,
    /// `PostgreSQL`.
    pub display: &'static str,
    /// What follows a version in the URL: `17/DATABASE`.
    pub example: &'static str,
}

/// What a URL asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Leading numbers of the version: `[10, 11]`.
    pub version: Vec<u32>,
    pub database: Option<String>,
}

impl Request {
    /// Reads a URL.
    ///
    /// # Errors
    /// When there is a user, a port or more in the path, or the version is not one.
    pub fn read(url: &DbUrl, kind: Kind) -> Result<Self, EngineError> {
        let Kind { name, example, .. } = kind;
        if url.user().is_some() || url.port().is_some() {
            return Err(EngineError::new(
                "a `local://` URL has no user and no port: the server is private to this run",
                format!(
                    "write `local://{name}/{example}`, or a `{name}://` URL for a server that runs already"
                ),
            ));
        }
        let parts = url.path().split('/').filter(|part| !part.is_empty());
        let mut parts = parts.peekable();
        let version = parts.next_if(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let database = parts.next().map(str::to_owned);
        if let Some(more) = parts.next() {
            return Err(EngineError::new(
                format!("`local://{name}` does not know what `/{more}` means"),
                format!("write `local://{name}[/VERSION][/DATABASE]`"),
            ));
        }
        let mut numbers = Vec::new();
        if let Some(text) = version {
            let parsed: Result<_, _> = text.split('.').map(str::parse).collect();
            numbers = parsed.map_err(|_not_a_number| {
                EngineError::new(
                    format!("`{text}` is not a version of {}", kind.display),
                    format!("write `local://{name}/{example}`"),
                )
            })?;
        }
        Ok(Self {
            version: numbers,
            database,
        })
    }

    /// The version for people: `15.4`.
    pub fn version(&self) -> String {
        let numbers: Vec<String> = self.version.iter().map(u32::to_string).collect();
        numbers.join(".")
    }
}

/// Programs of these names in these directories, with what they say of their version.
pub async fn installed(names: &[&str], directories: &[PathBuf]) -> Vec<(PathBuf, String)> {
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for program in names.iter().flat_map(|name| programs(name, directories)) {
        if found.iter().any(|(one, _)| *one == program) {
            continue;
        }
        let said = run_tool(&program, &["--version".into()], None, "", VERSION_BUDGET).await;
        if let Ok(said) = said {
            found.push((program, said.trim().to_owned()));
        }
    }
    found
}

/// The first that fits.
///
/// # Errors
/// When none does, saying what there is instead.
pub fn choose<T>(
    found: Vec<T>,
    fits: impl Fn(&T) -> bool,
    wanted: &str,
    shown: impl Fn(&T) -> String,
    hint: impl FnOnce(&[T]) -> String,
) -> Result<T, EngineError> {
    if let Some(at) = found.iter().position(fits) {
        let fitting = found.into_iter().nth(at);
        return fitting.ok_or_else(|| EngineError::plain("no server programs"));
    }
    let names: Vec<String> = found.iter().map(shown).collect();
    let only = match names.is_empty() {
        true => String::new(),
        false => format!(", only of {}", names.join(", ")),
    };
    Err(EngineError::new(
        format!("no server programs of {wanted} on this machine{only}"),
        hint(&found),
    ))
}
