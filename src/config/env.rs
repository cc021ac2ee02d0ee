//! What a configuration resolves to: one environment as plain data, and the flags that override it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{ConfigError, Origin};
use super::format::Format;
use super::source::Source;
use super::suggest;
use super::url::DbUrl;
use super::words::{NAMES, quoted};
use crate::sql::object::kind_words;

/// A setting together with where it was made. Derefs to the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    /// The flag, or the place in the config file.
    pub origin: Origin,
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// An environment: everything that a command needs to know, with nothing left to evaluate.
///
/// `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Env {
    /// The name given to `--env`; empty if none was given.
    pub name: String,
    /// The config file, as the user named it.
    pub config: Option<String>,
    /// The target database (`url`, `--url`).
    pub url: Option<Located<DbUrl>>,
    /// The databases, where it is many (`for_each`).
    pub fleet: Option<Fleet>,
    /// The dev database (`dev`, `--dev-url`).
    pub dev: Option<Located<DbUrl>>,
    /// Attributes that are empty because of an environment variable that is not set, and its name.
    pub unset: BTreeMap<&'static str, String>,
    /// The desired state (`src`, `schema { src }`, `--to`); several parts are loaded together, in this order.
    pub src: Vec<Located<Source>>,
    /// Schemas that parts of `src` are said to be of (`data "composite_schema"`).
    pub composed: Vec<Located<String>>,
    /// The application that `sqlalchemy://` models need when they are imported, as `module:attribute`.
    pub app: Option<String>,
    /// The command line of the Python that loads them; looked for when absent.
    pub python: Option<Vec<String>>,
    /// The schemas that are managed (`schemas`, `--schema`); all when empty.
    pub schemas: Vec<String>,
    /// Patterns of objects to leave alone (`exclude`, `--exclude`).
    pub exclude: Vec<String>,
    /// Which of what the config file ignores has a last day that is near or past, a sentence each.
    pub lapses: Vec<String>,
    /// Kinds of objects that are the models' even where their SQL creates none (`own`), as [`own_kind`] spells them.
    pub own: Vec<String>,
    pub migration: MigrationConfig,
    pub diff: DiffPolicy,
    pub format: Formats,
    /// Attributes that mean nothing to trueup: variables for the user's own purposes.
    pub attrs: Attrs,
}

impl Env {
    /// The flags by which another command works with a database of this environment. A URL that was given is not repeated: it may
    /// hold a password.
    pub fn flags(&self, live: &Located<DbUrl>) -> String {
        let mut flags = String::new();
        let mut add = |flag: &str, value: &str| {
            if !value.is_empty() {
                flags.push_str(&format!(" --{flag} {}", quoted(value)));
            }
        };
        add("env", &self.name);
        let config = self.config.as_deref().filter(|name| !NAMES.contains(name));
        add("config", config.unwrap_or_default());
        if let Some(Origin::Flag(_)) = &self.migration.dir_origin {
            add("dir", &format!("file://{}", self.migration.dir.display()));
        }
        let members = self.fleet.iter().flat_map(|fleet| &fleet.members);
        if let Some(member) = members.clone().find(|one| one.url.as_ref() == Some(live)) {
            add("each", &member.name);
        }
        if let Origin::Flag(_) = live.origin {
            flags.push_str(" --url …");
        }
        flags
    }
}

/// The databases of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fleet {
    /// By name; none where a command does not look at them.
    pub members: Vec<Member>,
}

/// One database of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its key in `for_each`: what is shown of it.
    pub name: String,
    /// None where the environment has no URL.
    pub url: Option<Located<DbUrl>>,
}

/// Free attributes of an environment, as JSON. `Debug` shows their names only.
#[derive(Clone, PartialEq, Default)]
pub struct Attrs(pub BTreeMap<String, serde_json::Value>);

impl fmt::Debug for Attrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The `migration` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationConfig {
    /// The directory, relative to the working directory. `migrations` unless said otherwise.
    pub dir: PathBuf,
    /// Set where the migrations are Alembic's; `dir` is its file then.
    pub alembic: Option<AlembicConfig>,
    /// Where the directory was set; `None` for the default.
    pub dir_origin: Option<Origin>,
    /// Patterns of objects to leave alone when migrations are planned.
    pub exclude: Vec<String>,
    pub lock_timeout: Duration,
    /// The version that an existing database is taken to be at.
    pub baseline: Option<String>,
    /// What happens to files that are older than the last one applied.
    pub exec_order: ExecOrder,
    /// The schema that holds the revision table.
    pub revisions_schema: Option<String>,
}

impl Default for MigrationConfig {
    fn default() -> Self {
        Self {
            dir: "migrations".into(),
            alembic: None,
            dir_origin: None,
            exclude: Vec::new(),
            lock_timeout: Duration::from_secs(10),
            baseline: None,
            exec_order: ExecOrder::Linear,
            revisions_schema: None,
        }
    }
}

/// Alembic's settings, where the migrations are a history of Alembic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlembicConfig {
    /// `alembic.ini` or `pyproject.toml`; looked for where it is empty.
    pub file: PathBuf,
    /// The section of it.
    pub section: String,
    /// What `env.py` calls the one of its databases that is meant, where it migrates several.
    pub database: Option<String>,
}

impl MigrationConfig {
    /// The directory of SQL files.
    ///
    /// # Errors
    /// When the migrations are Alembic's.
    pub fn sql_dir(&self) -> Result<&Path, ConfigError> {
        match &self.alembic {
            None => Ok(&self.dir),
            Some(_) => Err(ConfigError::new(
                "the migrations are an Alembic history, and this works on a directory of SQL files",
            )
            .hint("name another directory with `--dir`, or another environment")),
        }
    }
}

/// What `migrate apply` does with files that are older than the last one applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExecOrder {
    /// Stops.
    #[default]
    Linear,
    /// Ignores them.
    LinearSkip,
    /// Runs them.
    NonLinear,
}

impl ExecOrder {
    /// Every order, under the name that `atlas.hcl` uses; flags write it in lower case with dashes.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("LINEAR", Self::Linear),
        ("LINEAR_SKIP", Self::LinearSkip),
        ("NON_LINEAR", Self::NonLinear),
    ];
}

/// Looks a value up among named ones; case and `-`/`_` do not count.
pub(crate) fn choice<T: Copy>(
    what: &str,
    value: &str,
    all: &[(&str, T)],
) -> Result<T, ConfigError> {
    let fold = |text: &str| text.to_lowercase().replace('-', "_");
    match all.iter().find(|(name, _)| fold(name) == fold(value)) {
        Some((_, found)) => Ok(*found),
        None => {
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            Err(
                ConfigError::new(format!("unknown {what} `{value}`")).maybe_hint(suggest::hint(
                    value,
                    &names,
                    "known ones",
                )),
            )
        }
    }
}

/// A kind of object for [`Env::own`]: `view`, `materialized_view`, `policy`, ….
///
/// # Errors
/// When no database has such objects, or they are the models' anyway.
pub fn own_kind(text: &str) -> Result<String, ConfigError> {
    let words: Vec<String> = kind_words().filter(|word| word != "table").collect();
    let words: Vec<(&str, &str)> = words
        .iter()
        .map(|word| (word.as_str(), word.as_str()))
        .collect();
    choice("kind of object", text, &words).map(str::to_owned)
}

/// The kind of a change, for [`DiffPolicy::skips`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Add,
    Drop,
    Modify,
    Rename,
}

impl Verb {
    pub(crate) const ALL: &'static [(&'static str, Self)] = &[
        ("add", Self::Add),
        ("drop", Self::Drop),
        ("modify", Self::Modify),
        ("rename", Self::Rename),
    ];
}

impl Env {
    /// The same where no change is left out: `skip` is for what models and migrations differ in.
    pub fn without_skips(&self) -> Self {
        let mut env = self.clone();
        env.diff.skip.clear();
        env
    }
}

/// What a change is about, for [`DiffPolicy::skips`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Schema,
    Table,
    Column,
    Index,
    ForeignKey,
    PrimaryKey,
    Check,
    Constraint,
    View,
    Func,
    Proc,
    Trigger,
    Enum,
    Sequence,
    Extension,
}

impl Object {
    pub(crate) const ALL: &'static [(&'static str, Self)] = &[
        ("schema", Self::Schema),
        ("table", Self::Table),
        ("column", Self::Column),
        ("index", Self::Index),
        ("foreign_key", Self::ForeignKey),
        ("primary_key", Self::PrimaryKey),
        ("check", Self::Check),
        ("constraint", Self::Constraint),
        ("view", Self::View),
        ("func", Self::Func),
        ("proc", Self::Proc),
        ("trigger", Self::Trigger),
        ("enum", Self::Enum),
        ("sequence", Self::Sequence),
        ("extension", Self::Extension),
    ];
}

/// The `diff` block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiffPolicy {
    pub skip: BTreeSet<(Verb, Object)>,
    /// Which index changes must not block writers.
    pub concurrent_index: ConcurrentIndex,
}

impl DiffPolicy {
    /// Whether the user wants changes of this kind left out.
    pub fn skips(&self, verb: Verb, object: Object) -> bool {
        self.skip.contains(&(verb, object))
    }
}

/// The `concurrent_index` block of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConcurrentIndex {
    /// Indexes are created without blocking writers.
    pub create: bool,
    /// Indexes are dropped without blocking writers.
    pub drop: bool,
}

/// The `format` block, of the commands that there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formats {
    pub migrate_diff: Format,
    pub schema_inspect: Format,
    pub schema_diff: Format,
}
