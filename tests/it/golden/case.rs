//! A golden case as it lies on disk, and what `case.toml` may say. `.github/CONTRIBUTING.md` describes the format for
//! people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use trueup::dialect::{self, Dialect};
use trueup::schema::Realm;

/// Where all cases are.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Where inspections are recorded.
pub(crate) fn recordings() -> PathBuf {
    root().with_file_name("recordings")
}

/// One change on one dialect.
pub(crate) struct Case {
    /// `object-what/dialect`.
    pub name: String,
    pub dialect: &'static dyn Dialect,
    pub before: String,
    pub after: String,
    /// What the plan leads to, where it leaves alone what `after` does not speak of.
    pub result: Option<String>,
    /// Inserted after `before`; empty where the case has none.
    pub rows: String,
    pub facts: Facts,
    /// Where its own files are: the variant's folder before the dialect's, before the one that all dialects share.
    places: Vec<PathBuf>,
    variants: Vec<Variant>,
}

/// Major and minor version of a server; those of PostgreSQL have no minor one here.
pub(crate) type Version = (u32, u32);

/// Versions from one on and before another: `16..`, `..14`, `10.7..11.6`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Versions {
    from: Version,
    before: Version,
}

impl Versions {
    /// One of them.
    pub(crate) fn has(self, version: Version) -> bool {
        self.from <= version && version < self.before
    }
}

impl TryFrom<String> for Versions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let version = |part: &str, open: Version| {
            let (major, minor) = part.split_once('.').unwrap_or((part, "0"));
            match (part.is_empty(), major.parse(), minor.parse()) {
                (true, ..) => Some(open),
                (_, Ok(major), Ok(minor)) => Some((major, minor)),
                _ => None,
            }
        };
        let range = text.split_once("..").and_then(|(from, before)| {
            let (from, before) = (version(from, (0, 0))?, version(before, (u32::MAX, 0))?);
            (from < before).then_some(Self { from, before })
        });
        range.ok_or_else(|| {
            format!("`{text}` is not a range of versions such as `16..` or `10.7..11.6`")
        })
    }
}

/// What differs on some versions: a folder `<dialect>@<versions>`.
#[derive(Clone)]
struct Variant {
    versions: Versions,
    dir: PathBuf,
}

/// The server's version that a dialect's cases are recorded on; one that comes with trueup has no other.
pub(crate) fn recorded_on(dialect: &str) -> Option<Version> {
    match dialect {
        "postgres" => Some((15, 0)),
        "mysql" => Some((9, 7)),
        "mariadb" => Some((10, 11)),
        _ => None,
    }
}

/// `case.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// Part of the plan's own words for why there is no (full) reverse.
    pub irreversible: Option<String>,
    /// Part of a warning of the plan; a case without it has none.
    pub warns: Option<String>,
    /// The dev database is one schema, so that names are not qualified.
    #[serde(default)]
    pub scoped: bool,
    /// The desired state is a database, so that everything of it counts.
    #[serde(default)]
    pub whole: bool,
    /// Kinds of objects that are the models' although their SQL creates none.
    #[serde(default)]
    pub own: Vec<String>,
    /// Names are qualified although the dialect's dev database is one schema, as where all of a server is compared.
    #[serde(default)]
    pub qualified: bool,
    /// The versions of the engine that know what the case uses.
    pub servers: Option<Versions>,
    /// Part of the error where the change can't be planned.
    pub refused: Option<String>,
    /// Why rows are in the way of the reverse statements, which are then run without: a column that comes back has no
    /// values.
    pub(crate) reverse_without_rows: Option<String>,
    /// Why the engine's dumps may differ where the inspections do not.
    pub(crate) dumps_differ: Option<String>,
    /// Columns (`table.column`) whose values the migration changes, and their values then, sorted.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    /// Tables whose greatest number ever given must be known afterwards, with it.
    #[serde(default)]
    pub sequences: BTreeMap<String, i64>,
}

const SHARED: &[&str] = &["before.sql", "after.sql", "result.sql", "rows.sql"];
const OWN: &[&str] = &[
    "before.sql",
    "after.sql",
    "result.sql",
    "rows.sql",
    "plan.sql",
    "case.toml",
];

impl Case {
    /// Every case, or an explanation of what is wrong with a folder.
    pub(crate) fn all() -> (Vec<Self>, Vec<String>) {
        let mut cases = Vec::new();
        let mut problems = Vec::new();
        for folder in entries(&root()) {
            let name = file_name(&folder);
            let mut found = 0;
            for path in entries(&folder) {
                if path.is_dir() {
                    found += 1;
                    match Self::read(&folder, &path) {
                        Ok(Some(case)) => cases.push(case),
                        Ok(None) => {}
                        Err(problem) => {
                            problems.push(format!("{name}/{}: {problem}", file_name(&path)));
                        }
                    }
                } else if !SHARED.contains(&file_name(&path).as_str()) {
                    problems.push(format!(
                        "{name}/{}: no case has such a file here",
                        file_name(&path)
                    ));
                }
            }
            if found == 0 {
                problems.push(format!("{name}: no folder of a dialect"));
            }
        }
        (cases, problems)
    }

    /// The case of a dialect's folder; none for a variant's, which belongs to that.
    fn read(folder: &Path, dir: &Path) -> Result<Option<Self>, String> {
        let name = file_name(dir);
        if let Some((dialect, versions)) = name.split_once('@') {
            let versions = Versions::try_from(versions.to_owned())?;
            only(dir, OWN)?;
            if recorded_on(dialect).is_none_or(|version| versions.has(version)) {
                return Err("the version that the case is recorded on is not a variant".to_owned());
            }
            return match folder.join(dialect).is_dir() {
                true => Ok(None),
                false => Err(format!("a variant of `{dialect}`, which has no folder")),
            };
        }
        let dialect = dialect::ALL
            .iter()
            .copied()
            .find(|dialect| dialect.profile().name == name)
            .ok_or("no dialect of this name")?;
        only(dir, OWN)?;
        let mut variants = Vec::new();
        for other in entries(folder) {
            match file_name(&other).split_once('@') {
                Some((of, versions)) if of == name => variants.push(Variant {
                    versions: Versions::try_from(versions.to_owned())?,
                    dir: other,
                }),
                _ => {}
            }
        }
        let places = vec![dir.to_owned(), folder.to_owned()];
        let name = format!("{}/{name}", file_name(folder));
        Self::of(name, dialect, places, variants).map(Some)
    }

    /// One that lies in no folder.
    pub(crate) fn made(
        dialect: &'static dyn Dialect,
        before: String,
        after: String,
        facts: Facts,
    ) -> Self {
        Self {
            name: dialect.profile().name.to_owned(),
            dialect,
            before,
            after,
            result: None,
            rows: String::new(),
            facts,
            places: Vec::new(),
            variants: Vec::new(),
        }
    }

    fn of(
        name: String,
        dialect: &'static dyn Dialect,
        places: Vec<PathBuf>,
        variants: Vec<Variant>,
    ) -> Result<Self, String> {
        let text = |name: &str| {
            let path = places
                .iter()
                .map(|dir| dir.join(name))
                .find(|path| path.exists());
            path.map(fs::read_to_string)
                .transpose()
                .map_err(|error| format!("{name}: {error}"))
        };
        let facts = match text("case.toml")? {
            Some(text) => toml::from_str(&text).map_err(|error| format!("case.toml: {error}"))?,
            None => Facts::default(),
        };
        Ok(Self {
            name,
            dialect,
            before: text("before.sql")?.ok_or("before.sql is missing")?,
            after: text("after.sql")?.ok_or("after.sql is missing")?,
            result: text("result.sql")?,
            rows: text("rows.sql")?.unwrap_or_default(),
            facts,
            places,
            variants,
        })
    }

    /// The case as it is on a version of its engine, or none where the engine does not know what it uses.
    ///
    /// # Errors
    ///
    /// Two variants for one version, or one that can't be read.
    pub(crate) fn on(self, version: Version) -> Result<Option<Self>, String> {
        let fits: Vec<&Variant> = self
            .variants
            .iter()
            .filter(|variant| variant.versions.has(version))
            .collect();
        let case = match fits.as_slice() {
            [] => self,
            [variant] => {
                let mut places = vec![variant.dir.clone()];
                places.extend(self.places.iter().cloned());
                let name = self.name.split('/').next().unwrap_or_default();
                let name = format!("{name}/{}", file_name(&variant.dir));
                Self::of(name, self.dialect, places, Vec::new())?
            }
            _ => return Err(format!("{}: two variants for {version:?}", self.name)),
        };
        let known = case
            .facts
            .servers
            .is_none_or(|servers| servers.has(version));
        Ok(known.then_some(case))
    }

    /// What is rewritten on a version belongs to it: it is the recorded one, or the case has a variant for it.
    pub(crate) fn is_of(&self, version: Version) -> bool {
        recorded_on(self.dialect.profile().name).is_none_or(|recorded| recorded == version)
            || self.name.contains('@')
    }

    /// The text of one of its own files.
    pub(crate) fn file(&self, name: &str) -> Result<String, String> {
        let mut paths = self.places.iter().map(|dir| dir.join(name));
        let path = paths.find(|path| path.exists());
        fs::read_to_string(path.unwrap_or_else(|| self.places[0].join(name)))
            .map_err(|error| format!("{name}: {error}; `make bless` writes it"))
    }

    /// Where the inspection of a state is recorded that this SQL builds: once for all cases that have it.
    pub(crate) fn recording(&self, sql: &str) -> PathBuf {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let state = format!("{} {}", self.facts.scoped, words.join(" "));
        let name: String = Sha256::digest(state)[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let version = self.name.rsplit('/').next().unwrap_or_default();
        recordings().join(version).join(format!("{name}.json"))
    }

    /// The recorded inspection of a state.
    pub(crate) fn recorded(&self, sql: &str) -> Result<Realm, String> {
        let path = self.recording(sql);
        let text = fs::read_to_string(&path);
        let text =
            text.map_err(|error| format!("{}: {error}; `make bless` writes it", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Rewrites one of its own files.
    pub(crate) fn bless(&self, name: &str, text: &str) {
        fs::write(self.places[0].join(name), text).expect("the case's folder is writable");
    }
}

/// A folder has no other files.
fn only(dir: &Path, names: &[&str]) -> Result<(), String> {
    match entries(dir)
        .iter()
        .map(|path| file_name(path))
        .find(|name| !names.contains(&name.as_str()))
    {
        None => Ok(()),
        Some(name) => Err(format!("`{name}` is not a file of a case")),
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_from_one_on_and_before_another() {
        let has = |range: &str, version| Versions::try_from(range.to_owned()).unwrap().has(version);
        assert!(has("10.7..11.6", (10, 7)) && has("10.7..11.6", (11, 5)));
        assert!(!has("10.7..11.6", (10, 6)) && !has("10.7..11.6", (11, 6)));
        assert!(has("16..", (18, 0)) && !has("16..", (15, 0)));
        assert!(has("..14", (13, 0)) && !has("..14", (14, 0)));
        for wrong in ["16", "11..10", "a..b", "1.x.."] {
            assert!(Versions::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
