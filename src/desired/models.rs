//! The Python files that the models are in: where a table's model stands, found without running them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{python, walk};
use crate::problem::{Explain, Problem, stage};
use crate::sql::{SourcePosition, has_word};

/// A file that is longer is not written by people.
const MAX_BYTES: u64 = 1 << 20;

/// Files and directories that a program takes models from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFiles {
    /// The files and directories.
    pub(super) roots: Vec<PathBuf>,
    /// Files there whose tables are known without looking.
    pub(super) known: BTreeSet<PathBuf>,
    /// The program imports every file there, so that a table that it does not print is missing.
    pub(super) whole: bool,
    /// What to do when it does not print a table whose model is there.
    pub(super) way_out: String,
    /// What was found there.
    pub(super) found: OnceLock<Vec<SourcePosition>>,
}

impl ModelFiles {
    /// Every table whose model is there.
    pub fn tables(&self) -> &[SourcePosition] {
        self.found.get_or_init(|| self.read())
    }

    fn read(&self) -> Vec<SourcePosition> {
        let roots = self.roots.iter();
        let files = roots.flat_map(|root| walk::files(root, &|dir| dir == root || has_models(dir)));
        let files: BTreeSet<PathBuf> = files.filter(|file| is_module(file)).collect();
        let (mut found, mut makes_names) = (Vec::new(), false);
        let plain = |file: &Path| file.strip_prefix(".").unwrap_or(file).to_owned();
        for file in files
            .iter()
            .filter(|file| !self.known.contains(&plain(file)))
        {
            let Some(text) = read_short(file, MAX_BYTES) else {
                continue;
            };
            if python::is_test(&text) {
                continue;
            }
            let shown = plain(file).display().to_string();
            makes_names |= python::makes_names(&text);
            found.extend(python::tables(&text).into_iter().map(|defined| {
                let position = SourcePosition {
                    object: defined.table,
                    kind: "table".to_owned(),
                    parents: Vec::new(),
                    file: shown.clone(),
                    line: defined.line,
                };
                (position, defined.derived)
            }));
        }
        // Which base a class has in the end is not known: a rule of the project's may be for all of them.
        found.retain(|(_, derived)| !(*derived && makes_names));
        found.into_iter().map(|(position, _)| position).collect()
    }
}

/// The text of a file, if it is one, and no longer than `max` bytes.
pub(super) fn read_short(path: &Path, max: u64) -> Option<String> {
    // Opening a pipe would block.
    path.metadata().ok().filter(fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    let read = file.take(max + 1).read_to_end(&mut bytes).ok()?;
    (read as u64 <= max).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a directory may hold models that count.
fn has_models(dir: &Path) -> bool {
    dir.file_name().is_none_or(|name| name != "tests") && !is_history(dir)
}

/// Whether a file may define models that count.
fn is_module(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".py") && name != "conftest.py" && !name.starts_with('.')
}

/// Whether a directory is a history of Alembic, whose revisions have tables of their time.
fn is_history(dir: &Path) -> bool {
    let has = |name: &str| dir.join(name).exists();
    let env = || read_short(&dir.join("env.py"), MAX_BYTES);
    has("script.py.mako")
        || env().is_some_and(|text| has("versions") || text.contains("target_metadata"))
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
pub fn check_dropped(dropped: &[&str], models: &[ModelFiles]) -> Result<(), StillThere> {
    for files in models.iter().filter(|_| !dropped.is_empty()) {
        let mut tables = files.tables().to_vec();
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
    if !files.whole {
        return None;
    }
    let mut tables = files
        .tables()
        .iter()
        .filter(|table| !has_word(printed, &table.object));
    let first = tables.next()?;
    let more = match tables.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!(
        "{}:{}: the provider did not print `{}`{more}: {}",
        first.file, first.line, first.object, files.way_out
    ))
}

impl Explain for StillThere {
    fn explain(self) -> Problem {
        let place = |table: &SourcePosition| format!("{}:{}", table.file, table.line);
        let places: Vec<String> = self.tables.iter().map(place).collect();
        Problem::new(self.to_string())
            .during(stage::PROVIDER)
            .detail("model", places.join("\n"))
            .hint(self.hint)
    }
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
                .iter()
                .map(|table| table.object.clone())
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

    #[test]
    fn names_by_a_rule_of_the_projects_are_not_guessed() {
        let root = tempfile::tempdir().unwrap();
        let tables = |file: &str, text: &str| -> Vec<String> {
            fs::write(root.path().join(file), text).unwrap();
            let files = ModelFiles {
                roots: vec![root.path().to_owned()],
                ..ModelFiles::default()
            };
            let tables = files.tables().iter();
            tables.map(|table| table.object.clone()).collect()
        };
        let models =
            "class Ship(SQLModel, table=True): pass\nclass Crew(Base):\n  __tablename__ = 'crew'\n";
        assert_eq!(tables("models.py", models), ["ship", "crew"]);
        let base =
            "class Base:\n  @declared_attr\n  def __tablename__(cls): return cls.__name__ + 's'\n";
        assert_eq!(tables("base.py", base), ["crew"]);
    }

    #[test]
    fn what_is_long_or_no_file_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a");
        fs::write(&path, "abc").unwrap();
        assert_eq!(read_short(&path, 3).as_deref(), Some("abc"));
        assert_eq!(read_short(&path, 2), None);
        assert_eq!(read_short(root.path(), 3), None);
    }
}
