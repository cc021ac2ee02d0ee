//! The Python files that the models are in: where a table's model stands, found without running them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::python;
use crate::sql::{SourcePosition, has_word};

/// More files than any project's models have.
const MAX_FILES: usize = 5_000;

/// A file that is longer is not written by people.
const MAX_BYTES: u64 = 1 << 20;

/// Directories that hold other code than the project's models: packages, tests, and migrations with tables of their time.
const APART: &[&str] = &[
    "__pycache__",
    "alembic",
    "dist-packages",
    "migrations",
    "node_modules",
    "site-packages",
    "test",
    "testing",
    "tests",
    "versions",
];

/// Files and directories that a program takes models from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFiles {
    /// The files and directories.
    pub(super) roots: Vec<PathBuf>,
    /// The program imports every file there, so that a table that it does not print is missing.
    pub(super) whole: bool,
    /// What to do when it does not print a table whose model is there.
    pub(super) way_out: String,
}

impl ModelFiles {
    /// Every table whose model is there.
    pub fn tables(&self) -> Vec<SourcePosition> {
        let mut files = BTreeSet::new();
        self.roots.iter().for_each(|root| take(root, &mut files));
        let mut found = Vec::new();
        for file in &files {
            let Ok(bytes) = fs::read(file) else { continue };
            let shown = file.strip_prefix(".").unwrap_or(file).display().to_string();
            let defined = python::tables(&String::from_utf8_lossy(&bytes));
            found.extend(defined.into_iter().map(|defined| SourcePosition {
                object: defined.table,
                kind: "table".to_owned(),
                parents: Vec::new(),
                file: shown.clone(),
                line: defined.line,
            }));
        }
        found
    }
}

/// Collects the files below a path.
fn take(path: &Path, found: &mut BTreeSet<PathBuf>) {
    // A link may lead anywhere, and in circles.
    let Ok(meta) = path.symlink_metadata() else {
        return;
    };
    if meta.is_file() {
        let python = path.extension().is_some_and(|extension| extension == "py");
        if python && meta.len() <= MAX_BYTES && found.len() < MAX_FILES {
            found.insert(path.to_owned());
        }
    } else if meta.is_dir() && !path.join("pyvenv.cfg").exists() {
        let Ok(entries) = fs::read_dir(path) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let test = name.starts_with("test_") || name == "conftest.py";
            if !(test || name.starts_with('.') || APART.contains(&&*name)) {
                take(&entry.path(), found);
            }
        }
    }
}

/// Models that the program did not print, although their tables are to be dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan would drop {}, whose model is still there", names(.tables))]
pub struct StillThere {
    /// The tables, with the places of their models.
    pub tables: Vec<SourcePosition>,
    /// What to do about it.
    pub hint: String,
}

fn names(tables: &[SourcePosition]) -> String {
    let names: Vec<String> = tables
        .iter()
        .map(|table| format!("table `{}`", table.object))
        .collect();
    names.join(", ")
}

/// Holds tables that are to be dropped against the files that programs take models from: what is printed can't be
/// believed when it lacks a model that is there.
///
/// # Errors
/// When the model of a table still stands there.
pub fn check_dropped(dropped: &[&str], models: &[ModelFiles]) -> Result<(), StillThere> {
    for files in models.iter().filter(|_| !dropped.is_empty()) {
        let mut tables = files.tables();
        tables.retain(|table| dropped.contains(&table.object.as_str()));
        if !tables.is_empty() {
            let hint = files.way_out.clone();
            return Err(StillThere { tables, hint });
        }
    }
    Ok(())
}

/// A warning of models that are in the files which the program imports, and not in what it printed.
pub(super) fn missing(files: &ModelFiles, printed: &str) -> Option<String> {
    let mut tables = files.tables();
    tables.retain(|table| files.whole && !has_word(printed, &table.object));
    let first = tables.first()?;
    let more = match tables.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!(
        "{}:{}: the provider did not print `{}`{more}: {}",
        first.file, first.line, first.object, files.way_out
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_project_count() {
        let root = tempfile::tempdir().unwrap();
        for (file, table) in [
            ("app/models.py", "ship"),
            ("app/tests/models.py", "fake"),
            ("app/venv/pyvenv.cfg", ""),
            ("app/venv/lib/x.py", "foreign"),
            ("app/.cache/x.py", "hidden"),
            ("app/notes.txt", "text"),
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(
                path,
                format!("class A(Base):\n  __tablename__ = '{table}'\n"),
            )
            .unwrap();
        }
        std::os::unix::fs::symlink("/", root.path().join("app/link")).unwrap();
        let mut files = ModelFiles {
            roots: vec![root.path().join("app")],
            ..ModelFiles::default()
        };
        let names = |files: &ModelFiles| -> Vec<String> {
            files
                .tables()
                .into_iter()
                .map(|table| table.object)
                .collect()
        };
        assert_eq!(names(&files), ["ship"]);
        files.whole = true;
        let models = [files];
        assert_eq!(check_dropped(&["other"], &models), Ok(()));
        let error = check_dropped(&["ship"], &models).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the plan would drop table `ship`, whose model is still there"
        );
        assert!(error.tables[0].file.ends_with("app/models.py"));
        let warning = |printed: &str| missing(&models[0], printed);
        assert_eq!(warning("CREATE TABLE \"ship\" (id int);"), None);
        let told = warning("CREATE TABLE shipment (id int);").unwrap();
        assert!(
            told.contains("models.py:1: the provider did not print `ship`: "),
            "{told}"
        );
    }
}
