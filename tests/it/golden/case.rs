//! A golden case as it lies on disk, and what `case.toml` may say. `.github/CONTRIBUTING.md` describes the format for
//! people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use trueup::dialect::{self, Dialect};

/// Where all cases are.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// One change on one dialect.
pub(crate) struct Case {
    /// `object-what/dialect`.
    pub name: String,
    pub dialect: &'static dyn Dialect,
    pub before: String,
    pub after: String,
    /// Inserted after `before`; empty where the case has none.
    pub rows: String,
    pub facts: Facts,
    dir: PathBuf,
}

/// `case.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// Part of the plan's own words for why there is no (full) way back.
    pub irreversible: Option<String>,
    /// Part of a warning of the plan; a case without it has none.
    pub warns: Option<String>,
    /// The dev database is one schema, so that names are not qualified.
    #[serde(default)]
    pub scoped: bool,
    /// The least major version of the engine that knows what the case uses.
    pub min_version: Option<u32>,
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

const SHARED: &[&str] = &["before.sql", "after.sql", "rows.sql"];
const OWN: &[&str] = &[
    "before.sql",
    "after.sql",
    "rows.sql",
    "plan.sql",
    "case.toml",
    "before.json",
    "after.json",
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
                        Ok(case) => cases.push(case),
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

    fn read(folder: &Path, dir: &Path) -> Result<Self, String> {
        let name = file_name(dir);
        let dialect = dialect::ALL
            .iter()
            .copied()
            .find(|dialect| dialect.profile().name == name)
            .ok_or("no dialect of this name")?;
        for path in entries(dir) {
            if !OWN.contains(&file_name(&path).as_str()) {
                return Err(format!("`{}` is no file of a case", file_name(&path)));
            }
        }
        let text = |name: &str| {
            let (own, shared) = (dir.join(name), folder.join(name));
            match (own.exists(), shared.exists()) {
                (false, false) => Ok(None),
                (true, _) => fs::read_to_string(own)
                    .map(Some)
                    .map_err(|error| format!("{name}: {error}")),
                (false, true) => fs::read_to_string(shared)
                    .map(Some)
                    .map_err(|error| format!("{name}: {error}")),
            }
        };
        let facts = match text("case.toml")? {
            Some(text) => toml::from_str(&text).map_err(|error| format!("case.toml: {error}"))?,
            None => Facts::default(),
        };
        Ok(Self {
            name: format!("{}/{name}", file_name(folder)),
            dialect,
            before: text("before.sql")?.ok_or("before.sql is missing")?,
            after: text("after.sql")?.ok_or("after.sql is missing")?,
            rows: text("rows.sql")?.unwrap_or_default(),
            facts,
            dir: dir.to_owned(),
        })
    }

    /// The text of one of its own files.
    pub(crate) fn file(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.dir.join(name))
            .map_err(|error| format!("{name}: {error}; `make bless` writes it"))
    }

    /// Rewrites one of its own files.
    pub(crate) fn bless(&self, name: &str, text: &str) {
        fs::write(self.dir.join(name), text).expect("the case's folder is writable");
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
