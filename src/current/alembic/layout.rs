//! Where a history's revisions are, by the text of its settings: neither Alembic nor `env.py` is run. A setting that is computed is
//! refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::revision::is_revision;
use crate::problem::{Problem, stage};

/// Where settings are looked for that are not named.
const FILES: &[&str] = &["alembic.ini", "migrations/alembic.ini", "pyproject.toml"];

/// The file with the settings: the one that is named, or the first that is there.
pub fn settings(named: &Path, there: impl Fn(&str) -> bool) -> Result<PathBuf, Problem> {
    if !named.as_os_str().is_empty() {
        return Ok(named.to_owned());
    }
    let found = FILES.iter().find(|name| there(name)).map(PathBuf::from);
    found.ok_or_else(|| {
        let why = format!(
            "there is no Alembic history here: {} are not there",
            FILES.join(", ")
        );
        Problem::new(why).hint("say where its file is: `migrations: alembic://path/alembic.ini`")
    })
}

/// What a path begins with that begins at the root, wherever Alembic is run.
const ROOT: &str = "//";

/// The directories of a history. Paths have slashes, and begin at the root of what is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The directory with `env.py` and the template.
    pub script: String,
    /// The directories with revisions.
    pub versions: Vec<String>,
    /// Subdirectories count, too.
    recursive: bool,
    settings: BTreeMap<String, String>,
}

/// What is looked at: the working tree, or a commit.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The directory that Alembic is run in.
    pub work: &'a str,
    /// Whether there is a directory of this path.
    pub is_dir: &'a dyn Fn(&str) -> bool,
}

impl Place {
    /// Reads the settings in a section of a file, `pyproject.toml` or an ini file.
    ///
    /// # Errors
    /// What can't be told from its text.
    pub fn read(file: &str, section: &str, text: &str, files: Files<'_>) -> Result<Self, Problem> {
        let stop = |why: String| {
            let problem = Problem::new(format!("{file}: {why}")).during(stage::DIRECTORY);
            problem.hint("the place of revisions is read without running code: write `script_location` as a path, such as `alembic`")
        };
        let here = file.rsplit_once('/').map_or("", |(dir, _)| dir);
        let settings = match file.ends_with(".toml") {
            true => toml(text),
            false => ini(text, section),
        };
        let settings = settings.map_err(stop)?;
        let setting =
            |name: &str| interpolated(settings.get(name).map(String::as_str), here).map_err(stop);
        let find = |path: &str| {
            let from = [files.work, here]
                .into_iter()
                .filter_map(|dir| joined(dir, path));
            let mut there = from.filter(|dir| (files.is_dir)(dir));
            there
                .next()
                .ok_or_else(|| stop(format!("there is no directory `{path}`")))
        };
        let script = match setting("script_location")? {
            // Flask-Migrate's: the file is next to the history.
            None => here.to_owned(),
            Some(path) => match path.split_once(':') {
                None => find(&path)?,
                Some((package, rest)) => {
                    let path = format!("{}/{rest}", package.replace('.', "/"));
                    find(&path).or_else(|problem| {
                        find(&format!("src/{path}")).map_err(|_lacking| problem)
                    })?
                }
            },
        };
        let separator = match setting("path_separator")? {
            None => setting("version_path_separator")?,
            own => own,
        };
        let versions = match setting("version_locations")?.filter(|text| !text.trim().is_empty()) {
            None => vec![joined(&script, "versions").unwrap_or_default()],
            Some(text) => {
                let parts: Vec<&str> = match separator.as_deref() {
                    None => text.split([' ', ',']).collect(),
                    Some("space") => text.split(' ').collect(),
                    Some("newline") => text.split('\n').collect(),
                    Some("os" | ":") => text.split(':').collect(),
                    Some(";") => text.split(';').collect(),
                    Some(other) => return Err(stop(format!("`path_separator` is `{other}`"))),
                };
                let parts = parts
                    .into_iter()
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                parts.map(find).collect::<Result<_, _>>()?
            }
        };
        let recursive = setting("recursive_version_locations")?;
        Ok(Self {
            script,
            versions,
            recursive: recursive.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            settings,
        })
    }

    /// Whether Alembic takes the file at this path for a revision.
    pub fn holds(&self, path: &str) -> bool {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let inside = |versions: &String| {
            dir == versions
                || self.recursive
                    && dir
                        .strip_prefix(versions.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
        };
        is_revision(name) && self.versions.iter().any(inside)
    }

    /// A setting that is a form: `%` stands for itself, as it does once an ini file is read.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        let text = self.settings.get(name)?;
        Some(text.replace("%%", "%"))
    }
}

/// Both as one path without `.` and `..`; none where it leads out of the root.
pub fn joined(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let (dir, path) = match path.strip_prefix(ROOT) {
        Some(path) => ("", path),
        None if path.starts_with('/') => return None,
        None => (dir, path),
    };
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A value with the directory of its file in the place of `%(here)s`.
fn interpolated(text: Option<&str>, here: &str) -> Result<Option<String>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let text = text.replace("%(here)s", &format!("{ROOT}{here}"));
    match text.replace("%%", "").contains("%(") {
        true => Err(format!("`{text}` is put together when it is read")),
        false => Ok(Some(text.replace("%%", "%"))),
    }
}

/// A section of an ini file, as Python's `configparser` reads it; what `DEFAULT` has counts, too.
fn ini(text: &str, section: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found: [BTreeMap<String, String>; 2] = Default::default();
    let (mut at, mut known, mut last): (Option<usize>, bool, Option<String>) = (None, false, None);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let (Some(at), Some(name)) = (at, &last)
                && let Some(value) = found[at].get_mut(name)
            {
                value.push('\n');
                value.push_str(trimmed);
            }
            continue;
        }
        last = None;
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            at = [(section, 1), ("DEFAULT", 0)]
                .into_iter()
                .find(|(known, _)| *known == name)
                .map(|(_, at)| at);
            known |= name == section;
        } else if let (Some(at), Some((name, value))) = (at, trimmed.split_once(['=', ':'])) {
            let name = name.trim().to_lowercase();
            found[at].insert(name.clone(), value.trim().to_owned());
            last = Some(name);
        }
    }
    let [mut all, own] = found;
    all.extend(own);
    match known {
        true => Ok(all),
        false => Err(format!("it has no section `{section}`")),
    }
}

/// The table `tool.alembic`, its lists with a line for each.
fn toml(text: &str) -> Result<BTreeMap<String, String>, String> {
    let all: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let table = all
        .get("tool")
        .and_then(|tool| tool.get("alembic"))
        .and_then(toml::Value::as_table);
    let table = table.ok_or("it has no table `tool.alembic`")?;
    let text = |value: &toml::Value| match value {
        toml::Value::Array(all) => {
            let all: Vec<&str> = all.iter().filter_map(toml::Value::as_str).collect();
            Some(all.join("\n"))
        }
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        toml::Value::Integer(value) => Some(value.to_string()),
        _ => None,
    };
    let mut found: BTreeMap<String, String> = table
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect();
    found.insert("path_separator".to_owned(), "newline".to_owned());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, text: &str, dirs: &[&str]) -> Result<Place, String> {
        let is_dir = |path: &str| dirs.contains(&path);
        let work = file.rsplit_once('/').map_or("", |_| "api");
        let files = Files {
            work,
            is_dir: &is_dir,
        };
        Place::read(file, "alembic", text, files).map_err(|problem| problem.message)
    }

    #[test]
    fn directories_are_found_as_alembic_finds_them() {
        let ini = |text: &str| {
            format!(
                "[other]\nscript_location = no\n[alembic]\n# script_location = no\n{text}\n[loggers]\nkeys = x\n"
            )
        };
        for (file, text, dirs, script, versions) in [
            ("alembic.ini", ini("script_location = db/alembic"), &["db/alembic"][..], "db/alembic", &["db/alembic/versions"][..]),
            ("api/alembic.ini", ini("script_location: %(here)s/../db"), &["db"], "db", &["db/versions"]),
            ("api/alembic.ini", ini("script_location = ./m"), &["api/m"], "api/m", &["api/m/versions"]),
            ("alembic.ini", ini("script_location = shop.db:migrations"), &["src/shop/db/migrations"], "src/shop/db/migrations",
                &["src/shop/db/migrations/versions"]),
            ("alembic.ini", ini("script_location = a\nversion_locations = a/x, %(here)s/b"), &["a", "a/x", "b"], "a", &["a/x", "b"]),
            ("alembic.ini", ini("script_location = a\npath_separator = newline\nversion_locations =\n  a/x\n  b"),
                &["a", "a/x", "b"], "a", &["a/x", "b"]),
            ("alembic.ini", ini("script_location = a\nversion_path_separator = os\nversion_locations = a/x:b"),
                &["a", "a/x", "b"], "a", &["a/x", "b"]),
            // Flask-Migrate's.
            ("migrations/alembic.ini", ini("file_template = %%(rev)s"), &[], "migrations", &["migrations/versions"]),
            ("pyproject.toml", "[tool.alembic]\nscript_location = \"%(here)s/a\"\nversion_locations = [\"a/x\", \"b\"]\n".into(),
                &["a", "a/x", "b"], "a", &["a/x", "b"]),
        ] {
            let found = place(file, &text, dirs).unwrap();
            assert_eq!((found.script.as_str(), &found.versions[..]), (script, &versions.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()[..]), "{text}");
        }
        let found = place("alembic.ini", &ini("script_location = a"), &["a"]).unwrap();
        assert!(
            found.holds("a/versions/x.py")
                && !found.holds("a/versions/old/x.py")
                && !found.holds("a/x.py")
        );
        assert!(
            !found.holds("a/versions/__init__.py")
                && !found.holds("a/versions/.#x.py")
                && !found.holds("a/versions/x.txt")
        );
        let deep = place(
            "alembic.ini",
            &ini("script_location = a\nrecursive_version_locations = true"),
            &["a"],
        )
        .unwrap();
        assert!(deep.holds("a/versions/old/x.py") && !deep.holds("a/versions2/x.py"));
    }

    #[test]
    fn what_is_not_written_down_is_refused() {
        let why = |text: &str| place("alembic.ini", text, &["a"]).unwrap_err();
        assert_eq!(
            why("[alembic]\nscript_location = %(where)s/x\n"),
            "alembic.ini: `%(where)s/x` is put together when it is read"
        );
        assert_eq!(
            why("[alembic]\nscript_location = b\n"),
            "alembic.ini: there is no directory `b`"
        );
        assert_eq!(
            why("[alembic]\nscript_location = ../a\n"),
            "alembic.ini: there is no directory `../a`"
        );
        assert_eq!(
            why("[other]\nscript_location = a\n"),
            "alembic.ini: it has no section `alembic`"
        );
        assert!(
            place("pyproject.toml", "[tool]\n", &[])
                .unwrap_err()
                .ends_with("it has no table `tool.alembic`")
        );
    }
}
