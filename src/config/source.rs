//! Where a desired state comes from: `src` of an environment, and the `--to` flag.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Position};
use super::suggest;
use super::url::{DbUrl, UrlError, decode};

/// Schemes that Atlas gives a meaning and trueup does not (yet), with the word for what they are.
const FOREIGN: &[(&str, &str)] = &[
    ("atlas", "Atlas' registry"),
    ("ent", "an ent schema"),
    ("data", "an inline data URL"),
    ("mem", "an in-memory directory"),
    ("s3", "a bucket"),
    ("gs", "a bucket"),
    ("http", "a web address"),
    ("https", "a web address"),
];

/// A program that prints the desired state as SQL: `data "external_schema"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalSchema {
    /// The data source's name; empty in `trueup.yaml`, where it has none.
    pub name: String,
    /// The program and its arguments. Never empty.
    pub program: Vec<String>,
    /// Where it runs, relative to the working directory; the working directory itself if absent.
    pub working_dir: Option<PathBuf>,
    pub position: Position,
}

/// SQLAlchemy models that are loaded by trueup itself: `sqlalchemy://app.models`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    /// A module, `module:attribute`, or the path of a file or folder.
    pub target: String,
    /// Of several databases of Flask-SQLAlchemy, the key of the one that is meant.
    pub bind: Option<String>,
    /// The application that must be there when models are imported, as `module:attribute`.
    pub app: Option<String>,
    /// The interpreter's command line; looked for if absent.
    pub python: Option<Vec<String>>,
}

impl Models {
    fn parse(text: &str) -> Result<Self, SourceError> {
        const PARAMETERS: [&str; 2] = ["app", "bind"];
        let (target, query) = text.split_once('?').unwrap_or((text, ""));
        let encoding = |part| UrlError::Encoding {
            scheme: "sqlalchemy".to_owned(),
            part,
        };
        let target = decode(target, false).ok_or_else(|| encoding("path"))?;
        if target.is_empty() {
            return Err(SourceError::NoModule);
        }
        let query = super::url::parse_query(query).ok_or_else(|| encoding("query"))?;
        let mut models = Self {
            target,
            bind: None,
            app: None,
            python: None,
        };
        for (name, value) in query {
            match name.as_str() {
                "app" => models.app = Some(value),
                "bind" => models.bind = Some(value),
                _ => {
                    let near = suggest::hint(&name, &PARAMETERS, "known parameters");
                    return Err(SourceError::Parameter(name, near));
                }
            }
        }
        Ok(models)
    }
}

/// One place that a desired state, or a part of it, is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of SQL, relative to the working directory. Whether it exists is found out on reading.
    File(PathBuf),
    /// A directory of SQL files; one with an `atlas.sum` is a migration directory.
    Dir(PathBuf),
    /// A database whose present state is the desired one.
    Url(DbUrl),
    External(ExternalSchema),
    Models(Models),
    /// `env://<attribute>`: what that attribute of the selected environment says. Only flags have it, and
    /// [`super::Env::apply`] replaces it.
    Env(String),
}

/// Why a text names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("the source is empty")]
    Empty,
    /// Neither a URL nor the path of something that exists: the text in backticks, or a word for what may be secret.
    #[error("{0} is neither a URL nor an existing file or directory")]
    NotFound(String),
    /// A kind of source that Atlas has and trueup has not.
    #[error("`{scheme}://` ({what}) is not supported")]
    Unsupported { scheme: String, what: &'static str },
    /// A schema in Atlas' own language.
    #[error("`{0}` is an HCL schema: only SQL is supported")]
    Hcl(String),
    /// Models, where SQL is read.
    #[error("`{0}` is Python, and no SQL")]
    Python(String),
    /// A scheme that is a typing error.
    #[error("unknown scheme `{0}://`")]
    Scheme(String, &'static str),
    #[error("a `file://` source takes no parameters")]
    FileParameters,
    #[error("a `file://` URL needs a path")]
    NoPath,
    #[error("`sqlalchemy://` names no module")]
    NoModule,
    /// A parameter that `sqlalchemy://` has not, and what may have been meant.
    #[error("unknown parameter `{0}` of `sqlalchemy://`")]
    Parameter(String, Option<String>),
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl SourceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(what) if !what.starts_with('`') => {
                Some("a database URL begins with its scheme, such as `postgres://`".to_owned())
            }
            Self::NotFound(_) => Some("a file or directory is written `file://path`".to_owned()),
            Self::Hcl(_) => {
                Some("`atlas schema inspect --format '{{ sql . }}'` turns it into SQL".to_owned())
            }
            Self::Python(path) => Some(format!(
                "models are loaded as `sqlalchemy://{path}`, in trueup.yaml as `models: {path}`"
            )),
            Self::Scheme(_, near) => Some(format!("did you mean `{near}://`?")),
            Self::NoModule => Some(
                "write `sqlalchemy://app.models`, `sqlalchemy://app.db:Base`, or the path of a file or folder"
                    .to_owned(),
            ),
            Self::Parameter(_, near) => near.clone(),
            Self::Url(error) => error.hint(),
            _ => None,
        }
    }
}

impl Source {
    /// Reads a source: `file://path`, a plain path that exists, `sqlalchemy://app.models`, `env://src`, or a URL that a
    /// dialect will judge.
    ///
    /// Looks at the file system to tell a directory from a file. Paths stay relative to the working directory.
    ///
    /// # Errors
    ///
    /// [`SourceError`], which never holds a password.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text {
                "" => Err(SourceError::Empty),
                path if Path::new(path).exists() => Self::path(path),
                // A database URL that lost its scheme still has its password.
                path if path.contains('@') => Err(SourceError::NotFound("it".to_owned())),
                path => Err(SourceError::NotFound(format!("`{path}`"))),
            };
        };
        match scheme {
            "file" if rest.contains('?') => Err(SourceError::FileParameters),
            "file" => Self::path(file_path(text)?.0.as_str()),
            "env" => Ok(Self::Env(rest.to_owned())),
            "sqlalchemy" => Ok(Self::Models(Models::parse(rest)?)),
            _ => match FOREIGN.iter().find(|(name, _)| *name == scheme) {
                Some(&(_, what)) => Err(SourceError::Unsupported {
                    scheme: scheme.to_owned(),
                    what,
                }),
                None => match suggest::nearest(scheme, ["sqlalchemy", "file"]) {
                    Some(near) => Err(SourceError::Scheme(scheme.to_owned(), near)),
                    None => Ok(Self::Url(DbUrl::parse(text)?)),
                },
            },
        }
    }

    /// The same, where a path may be written plainly whether or not it exists.
    pub(super) fn of_path(text: &str) -> Result<Self, SourceError> {
        match text.trim() {
            path if path.is_empty() || path.contains("://") => Self::parse(path),
            path => Self::path(path),
        }
    }

    fn path(path: &str) -> Result<Self, SourceError> {
        if path.ends_with(".hcl") && !Path::new(path).is_dir() {
            return Err(SourceError::Hcl(path.to_owned()));
        }
        if path.ends_with(".py") && !Path::new(path).is_dir() {
            return Err(SourceError::Python(path.to_owned()));
        }
        if path.ends_with('/') || Path::new(path).is_dir() {
            return Ok(Self::Dir(path.into()));
        }
        Ok(Self::File(path.into()))
    }
}

/// Splits a `file://` URL, or a plain path, into its path and its parameters.
pub(crate) fn file_path(text: &str) -> Result<(String, Vec<(String, String)>), SourceError> {
    let Some(rest) = text.strip_prefix("file://") else {
        return Ok((text.to_owned(), Vec::new()));
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let encoding = |part| UrlError::Encoding {
        scheme: "file".to_owned(),
        part,
    };
    let path = decode(path, false).ok_or_else(|| encoding("path"))?;
    if path.is_empty() {
        return Err(SourceError::NoPath);
    }
    let query = super::url::parse_query(query).ok_or_else(|| encoding("query"))?;
    Ok((path, query))
}

impl From<SourceError> for ConfigError {
    fn from(error: SourceError) -> Self {
        Self::new(error.to_string()).maybe_hint(error.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("{}/{name}", dir.path().display());
        std::fs::create_dir(at("schema")).unwrap();
        std::fs::write(at("x.sql"), "").unwrap();
        let parse = |text: &str| Source::parse(text).unwrap();
        assert_eq!(
            parse(&format!("file://{}", at("schema"))),
            Source::Dir(at("schema").into())
        );
        assert_eq!(parse(&at("x.sql")), Source::File(at("x.sql").into()));
        assert_eq!(
            parse("file://not/yet%20there.sql"),
            Source::File("not/yet there.sql".into())
        );
        assert_eq!(parse("file://not/yet/"), Source::Dir("not/yet/".into()));
        assert_eq!(parse("env://src"), Source::Env("src".into()));
        let Source::Models(models) = parse("sqlalchemy://shop.db:Base?app=shop:create_app") else {
            panic!("models");
        };
        assert_eq!(models.target, "shop.db:Base");
        assert_eq!(models.app.as_deref(), Some("shop:create_app"));
        assert!(matches!(parse("postgres://me:x@h/db"), Source::Url(url) if url.host() == "h"));
    }

    #[test]
    fn errors_say_what_would_work() {
        for (text, message) in [
            (" ", "the source is empty"),
            (
                "no/such.sql",
                "`no/such.sql` is neither a URL nor an existing file or directory",
            ),
            (
                "atlas://app",
                "`atlas://` (Atlas' registry) is not supported",
            ),
            (
                "file://schema.hcl",
                "`schema.hcl` is an HCL schema: only SQL is supported",
            ),
            (
                "file://x.sql?format=goose",
                "a `file://` source takes no parameters",
            ),
            ("file://", "a `file://` URL needs a path"),
            ("sqlalchemy://", "`sqlalchemy://` names no module"),
            ("sqlachemy://app", "unknown scheme `sqlachemy://`"),
            (
                "file://app/models.py",
                "`app/models.py` is Python, and no SQL",
            ),
            (
                "sqlalchemy://app?ap=x",
                "unknown parameter `ap` of `sqlalchemy://`",
            ),
            (
                "file://%zz",
                "malformed `file://` URL: invalid percent-encoding in its path",
            ),
            (
                "postgres://me:hunter2/@h/db",
                "malformed `postgres://` URL: its password holds a character that must be escaped",
            ),
        ] {
            assert_eq!(Source::parse(text).unwrap_err().to_string(), message);
        }
    }
}
