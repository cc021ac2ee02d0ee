//! What the command line overrides, and readers for values that flags and files share.

use std::path::PathBuf;
use std::time::Duration;

use super::env::{AlembicConfig, Env, ExecOrder, Located, MigrationConfig, choice};
use super::error::{ConfigError, Origin};
use super::fleet::EACH;
use super::source::{Source, SourceError, file_path};
use super::suggest;
use super::url::{DbUrl, UrlError, decode, parse_query};

/// What was given on the command line. Each present value overrides the environment's.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub url: Option<String>,
    pub dev_url: Option<String>,
    pub to: Vec<String>,
    pub dir: Option<String>,
    pub dir_format: Option<String>,
    pub schemas: Vec<String>,
    pub exclude: Vec<String>,
    /// `--lock-timeout`, such as `10s`.
    pub lock_timeout: Option<String>,
    pub revisions_schema: Option<String>,
    /// `--exec-order`, a name of [`ExecOrder::ALL`].
    pub exec_order: Option<String>,
}

/// What a command still takes of an environment, beside its flags. Where none is named, and several are there, what all
/// environments share is enough for one that needs little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Needs {
    /// What only an environment says.
    #[default]
    Environment,
    /// The migration directory.
    Directory,
    /// Nothing.
    Nothing,
}

impl Flags {
    /// What a comparison with these flags needs.
    pub fn needs(&self) -> Needs {
        let given = |to: &String| !to.starts_with("env://");
        match &self.dev_url {
            Some(_) if !self.to.is_empty() && self.to.iter().all(given) => match self.dir {
                Some(_) => Needs::Nothing,
                None => Needs::Directory,
            },
            _ => Needs::Environment,
        }
    }
}

impl Env {
    /// The environment that flags alone describe.
    pub fn from_flags(flags: &Flags) -> Result<Self, ConfigError> {
        Self::default().apply(flags)
    }

    /// This environment with what the flags say instead.
    ///
    /// `--to env://src` is what `src` says in the environment; `env://url` and `env://dev` are its databases.
    pub fn apply(mut self, flags: &Flags) -> Result<Self, ConfigError> {
        match &flags.url {
            // The members have it already.
            Some(text) if text.contains(EACH) && self.fleet.is_some() => {}
            Some(text) if text.contains(EACH) => {
                let error = ConfigError::new(format!(
                    "`{EACH}` is a database of an environment with `for_each`"
                ));
                return Err(ConfigError::flag("--url", error)
                    .hint("name one with `--env` (in a workflow, with `env:`)"));
            }
            Some(text) => {
                self.url = database("--url", text)?;
                self.fleet = None;
            }
            None => {}
        }
        if let Some(text) = &flags.dev_url {
            self.dev = database("--dev-url", text)?;
        }
        if flags.to.is_empty() || flags.to.iter().any(|to| to.starts_with("env://")) {
            self.check_composed()?;
        }
        if !flags.to.is_empty() {
            self.src = self.sources("--to", &flags.to)?;
        }
        if let Some(text) = &flags.dir {
            set_dir(&mut self.migration, text, Origin::Flag("--dir"))?;
        }
        if let Some(text) = &flags.dir_format {
            dir_format(text).map_err(|e| ConfigError::flag("--dir-format", e))?;
        }
        if !flags.schemas.is_empty() {
            self.schemas.clone_from(&flags.schemas);
        }
        if !flags.exclude.is_empty() {
            self.exclude.clone_from(&flags.exclude);
        }
        if let Some(text) = &flags.lock_timeout {
            self.migration.lock_timeout =
                duration(text).map_err(|e| ConfigError::flag("--lock-timeout", e))?;
        }
        if let Some(text) = &flags.revisions_schema {
            self.migration.revisions_schema = Some(text.clone());
        }
        if let Some(text) = &flags.exec_order {
            self.migration.exec_order = choice("execution order", text, ExecOrder::ALL)
                .map_err(|e| ConfigError::flag("--exec-order", e))?;
        }
        Ok(self)
    }

    /// Refuses parts of the desired state that are said to be of another schema than the one in which names without a schema
    /// are: nothing would create them there.
    fn check_composed(&self) -> Result<(), ConfigError> {
        let Some(dev) = &self.dev else { return Ok(()) };
        let usual = match dev.param("search_path") {
            Some(schema) => vec![schema],
            None => vec!["public", "main"],
        };
        let other = |schema: &&Located<String>| !usual.contains(&schema.value.as_str());
        let Some(schema) = self.composed.iter().find(other) else {
            return Ok(());
        };
        let error = ConfigError::new(format!(
            "a part of the desired state can't be put into schema `{}`",
            schema.value
        ));
        Err(error.at(schema.origin.clone()).hint(
            "write `schema { … }` without a label, and name the schema in its SQL (in models `schema=\"…\"`)",
        ))
    }

    /// The environment with its models' application and interpreter where they belong.
    pub(super) fn settled(mut self) -> Self {
        let mut sources = std::mem::take(&mut self.src);
        for source in &mut sources {
            self.settle(&mut source.value);
        }
        self.src = sources;
        self
    }

    /// Gives models the environment's application and interpreter.
    fn settle(&self, source: &mut Source) {
        if let Source::Models(models) = source {
            models.app = models.app.take().or_else(|| self.app.clone());
            models.python = models.python.take().or_else(|| self.python.clone());
        }
    }

    /// What the values of a flag name, in their order; `env://name` is what the environment says there.
    pub fn sources(
        &self,
        flag: &'static str,
        texts: &[String],
    ) -> Result<Vec<Located<Source>>, ConfigError> {
        let fail = |error: ConfigError| ConfigError::flag(flag, error);
        let mut found = Vec::new();
        for text in texts {
            match Source::parse(text).map_err(|e| ConfigError::flag(flag, e))? {
                Source::Env(name) => found.extend(self.reference(&name).map_err(fail)?),
                mut value => {
                    self.settle(&mut value);
                    let origin = Origin::Flag(flag);
                    found.push(Located { value, origin });
                }
            }
        }
        Ok(found)
    }

    /// What `env://name` stands for.
    fn reference(&self, name: &str) -> Result<Vec<Located<Source>>, ConfigError> {
        const KNOWN: &[&str] = &["src", "schema.src", "url", "dev", "migration.dir"];
        if self.name.is_empty() {
            return Err(
                ConfigError::new(format!("`env://{name}` needs an environment"))
                    .hint("name one with `--env`"),
            );
        }
        let url = |url: &Option<Located<DbUrl>>| {
            let located = |u: &Located<DbUrl>| Located {
                value: Source::Url(u.value.clone()),
                origin: u.origin.clone(),
            };
            url.iter().map(located).collect::<Vec<_>>()
        };
        let found = match name {
            "src" | "schema.src" => self.src.clone(),
            "url" => url(&self.url),
            "dev" => url(&self.dev),
            "migration.dir" => self
                .migration
                .dir_origin
                .iter()
                .map(|origin| {
                    Ok(Located {
                        value: Source::Dir(self.migration.sql_dir()?.to_owned()),
                        origin: origin.clone(),
                    })
                })
                .collect::<Result<_, ConfigError>>()?,
            _ => {
                return Err(ConfigError::new(format!("`env://{name}` is unknown"))
                    .maybe_hint(suggest::hint(name, KNOWN, "known ones")));
            }
        };
        if name == "url" && self.fleet.is_some() {
            return Err(ConfigError::new(format!(
                "`env://url`: env `{}` is many databases, by its `for_each`",
                self.name
            ))
            .hint("give the URL of one of them"));
        }
        if found.is_empty() {
            return Err(ConfigError::new(format!(
                "`env://{name}`: env `{}` sets no `{name}`",
                self.name
            )));
        }
        Ok(found)
    }
}

fn database(flag: &'static str, text: &str) -> Result<Option<Located<DbUrl>>, ConfigError> {
    let origin = Origin::Flag(flag);
    if text.trim().is_empty() {
        return Err(ConfigError::new("the URL is empty").at(origin));
    }
    let value = DbUrl::parse(text).map_err(|e| ConfigError::flag(flag, e))?;
    Ok(Some(Located { value, origin }))
}

/// Sets the migration directory from a `file://` URL or a plain path; `?format=` sets its format.
pub(crate) fn set_dir(
    migration: &mut MigrationConfig,
    text: &str,
    origin: Origin,
) -> Result<(), ConfigError> {
    let fail = |error: ConfigError| error.at(origin.clone());
    if let Some(rest) = text.strip_prefix("alembic://") {
        let alembic = alembic(rest).map_err(fail)?;
        migration.dir.clone_from(&alembic.file);
        migration.alembic = Some(alembic);
        migration.dir_origin = Some(origin);
        return Ok(());
    }
    if let Some((scheme, _)) = text.split_once("://")
        && scheme != "file"
    {
        return Err(fail(
            ConfigError::new(format!("a migration directory cannot be `{scheme}://`")).hint(
                "write `file://migrations` for a directory of SQL files, `alembic://alembic.ini` for an Alembic history",
            ),
        ));
    }
    let (path, query) = file_path(text).map_err(|e| fail(e.into()))?;
    if path.is_empty() {
        return Err(fail(SourceError::NoPath.into()));
    }
    for (key, value) in query {
        if key != "format" {
            let error =
                ConfigError::new(format!("unknown parameter `{key}` in the directory's URL"));
            return Err(fail(error.maybe_hint(suggest::hint(
                &key,
                &["format"],
                "known parameters",
            ))));
        }
        dir_format(&value).map_err(fail)?;
    }
    migration.dir = PathBuf::from(path);
    migration.alembic = None;
    migration.dir_origin = Some(origin);
    Ok(())
}

/// Reads what follows `alembic://`: a path, `?section=` of the file, and `database=` where it migrates several.
fn alembic(text: &str) -> Result<AlembicConfig, ConfigError> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let encoding = |part| UrlError::Encoding {
        scheme: "alembic".to_owned(),
        part,
    };
    let path = decode(path, false).ok_or_else(|| SourceError::from(encoding("path")))?;
    let query = parse_query(query).ok_or_else(|| SourceError::from(encoding("query")))?;
    let mut config = AlembicConfig {
        file: PathBuf::from(path),
        section: "alembic".to_owned(),
        database: None,
    };
    for (key, value) in query {
        match key.as_str() {
            "section" => config.section = value,
            "database" => config.database = Some(value),
            _ => {
                let error =
                    ConfigError::new(format!("unknown parameter `{key}` of an Alembic history"));
                let known = &["section", "database"];
                return Err(error.maybe_hint(suggest::hint(&key, known, "known parameters")));
            }
        }
    }
    Ok(config)
}

/// The directory formats of Atlas, of which trueup has the first.
pub(super) const DIR_FORMATS: &[&str] = &[
    "atlas",
    "golang-migrate",
    "goose",
    "flyway",
    "liquibase",
    "dbmate",
];

/// Refuses directories of other tools than Atlas.
pub(super) fn dir_format(name: &str) -> Result<(), ConfigError> {
    let same = |known: &&&str| known.eq_ignore_ascii_case(&name.replace('_', "-"));
    match DIR_FORMATS.iter().find(same) {
        Some(&"atlas") => Ok(()),
        Some(known) => Err(ConfigError::new(format!(
            "directory format `{known}` is not supported yet"
        ))
        .hint("trueup reads and writes the format `atlas`: plain `.sql` files and `atlas.sum`")),
        None => Err(
            ConfigError::new(format!("unknown directory format `{name}`"))
                .maybe_hint(suggest::hint(name, DIR_FORMATS, "known ones")),
        ),
    }
}

/// Reads a duration as Go writes it: `10s`, `1m30s`, `1.5h`, `300ms`, `0`.
pub(crate) fn duration(text: &str) -> Result<Duration, ConfigError> {
    let fail = || {
        ConfigError::new(format!("`{text}` is not a duration"))
            .hint("write it like `10s`, `1m30s` or `500ms`")
    };
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(fail());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(fail)?;
        let number: f64 = rest[..digits].parse().ok().ok_or_else(fail)?;
        let unit_len = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len() - digits);
        let unit = match &rest[digits..digits + unit_len] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(fail()),
        };
        seconds += number * unit;
        rest = &rest[digits + unit_len..];
    }
    Duration::try_from_secs_f64(seconds).ok().ok_or_else(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(to: &[&str]) -> Flags {
        Flags {
            to: to.iter().map(|s| (*s).to_owned()).collect(),
            ..Flags::default()
        }
    }

    #[test]
    fn durations() {
        for (text, ms) in [
            ("10s", 10_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            ("0", 0),
        ] {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
        for text in ["", "10", "s", "10 s", "-1s", "1e9h", "10x", "..s", "1s2"] {
            let message = duration(text).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("`{text}` is not a duration\n")),
                "{message}"
            );
        }
    }

    #[test]
    fn flags_alone_and_over_an_environment() {
        let env = Env::from_flags(&Flags {
            dev_url: Some("sqlite://dev?mode=memory".into()),
            dir: Some("file://db/m%20igrations?format=atlas".into()),
            schemas: vec!["a".into()],
            lock_timeout: Some("3s".into()),
            ..flags(&["file://x.sql"])
        })
        .unwrap();
        assert_eq!(env.dev.as_ref().unwrap().location(), "dev");
        assert_eq!(env.migration.dir.to_str(), Some("db/m igrations"));
        assert_eq!(env.migration.lock_timeout, Duration::from_secs(3));

        let named = Env {
            name: "local".into(),
            ..env
        };
        let again = named
            .clone()
            .apply(&Flags {
                dir_format: Some("atlas".into()),
                ..flags(&["env://src", "env://dev"])
            })
            .unwrap();
        assert_eq!(again.src.len(), 2);
        assert_eq!(
            (again.src[0].value.clone(), again.schemas.len()),
            (Source::File("x.sql".into()), 1)
        );
        assert_eq!(again.dev, named.dev);
    }

    #[test]
    fn flag_errors_name_the_flag() {
        let url = |text: &str| Flags {
            dev_url: Some(text.into()),
            ..Flags::default()
        };
        let dir = |text: &str| Flags {
            dir: Some(text.into()),
            ..Flags::default()
        };
        let env = Env {
            name: "local".into(),
            ..Env::default()
        };
        for (flags, message) in [
            (url(" "), "--dev-url: the URL is empty"),
            (
                url("postgres://me:hunter2/@h"),
                "--dev-url: malformed `postgres://` URL: its password holds a character that must be escaped",
            ),
            (
                flags(&["nope.sql"]),
                "--to: `nope.sql` is neither a URL nor an existing file or directory",
            ),
            (flags(&["env://sr"]), "--to: `env://sr` is unknown"),
            (flags(&["env://scr"]), "--to: `env://scr` is unknown"),
            (
                flags(&["env://src"]),
                "--to: `env://src`: env `local` sets no `src`",
            ),
            (
                dir("s3://x"),
                "--dir: a migration directory cannot be `s3://`",
            ),
            (
                dir("file://x?fromat=goose"),
                "--dir: unknown parameter `fromat` in the directory's URL",
            ),
            (
                dir("file://x?format=gose"),
                "--dir: unknown directory format `gose`",
            ),
            (
                dir("file://x?format=goose"),
                "--dir: directory format `goose` is not supported yet",
            ),
            (
                Flags {
                    dir_format: Some("flywya".into()),
                    ..Flags::default()
                },
                "--dir-format: unknown directory format `flywya`",
            ),
            (
                Flags {
                    lock_timeout: Some("soon".into()),
                    ..Flags::default()
                },
                "--lock-timeout: `soon` is not a duration",
            ),
        ] {
            let error = env.clone().apply(&flags).unwrap_err();
            assert_eq!(error.to_string().lines().next(), Some(message));
        }
        let error = Env::from_flags(&flags(&["env://src"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--to: `env://src` needs an environment\nhint: name one with `--env`"
        );
    }
}
