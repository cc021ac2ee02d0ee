//! The files of a missing migration: what is written for it, and as a patch.

use std::path::{Component, Path};

use time::OffsetDateTime;

use crate::migration::{Dir, MigrationFile, NewMigration, SUM_FILE};
use crate::problem::{Problem, stage};
use crate::report::{PatchFile, Redactor, patch};

/// The files of a missing migration.
#[derive(Clone, Debug)]
pub(super) struct Files {
    /// The new migration's path in the repository, where there is one.
    pub(super) path: Option<String>,
    /// Paths and contents that are written.
    pub(super) additions: Vec<(String, String)>,
    /// Paths that go.
    pub(super) deletions: Vec<String>,
    /// The same as a patch against what is checked out; `None` where a path needs quoting.
    pub(super) patch: Option<String>,
}

/// Works out the files that take the directory from what is checked out to `base`, which is the beginning of it, and a
/// new migration where something is missing then. `prefix` is the directory's path in the repository.
pub(super) fn prepare(
    checked_out: &Dir,
    base: Dir,
    prefix: &str,
    sql: &str,
    name: Option<&str>,
    now: OffsetDateTime,
) -> Result<Files, Problem> {
    let kept = base.files().len();
    let (after, file) = match sql {
        "" => (base, None),
        content => {
            let (after, file) = base.adding(NewMigration { name, content }, now)?;
            (after, Some(file))
        }
    };
    let at = |name: &str| in_directory(prefix, name);
    let sum = after.sum_text();
    let mut files: Vec<(String, Option<&str>, Option<&str>)> = Vec::new();
    let name_of = |file: &MigrationFile| file.name().to_owned();
    let new_name = file.as_ref().map(name_of);
    let mut before = None;
    for stale in &checked_out.files()[kept..] {
        match new_name.as_deref() == Some(stale.name()) {
            true => before = Some(stale.text()),
            false => files.push((at(stale.name()), Some(stale.text()), None)),
        }
    }
    if let Some(file) = &file {
        files.push((at(file.name()), before, Some(file.text())));
    }
    let sum_before = std::fs::read_to_string(checked_out.path().join(SUM_FILE)).ok();
    files.push((at(SUM_FILE), sum_before.as_deref(), Some(&sum)));
    Ok(Files::of(new_name.as_deref().map(at), &files))
}

impl Files {
    /// Of paths with what they hold and what they are to hold; `path` is the new migration's.
    pub(super) fn of(path: Option<String>, files: &[(String, Option<&str>, Option<&str>)]) -> Self {
        let as_patch: Vec<PatchFile<'_>> = files
            .iter()
            .map(|(path, before, after)| PatchFile {
                path,
                before: *before,
                after: *after,
            })
            .collect();
        Self {
            path,
            patch: patch(&as_patch),
            additions: files
                .iter()
                .filter_map(|(path, _, after)| Some((path.clone(), (*after)?.to_owned())))
                .collect(),
            deletions: files
                .iter()
                .filter(|(_, _, after)| after.is_none())
                .map(|(path, ..)| path.clone())
                .collect(),
        }
    }

    /// Whether a file that would be written holds a secret.
    pub(super) fn holds_secret(&self, redactor: &Redactor) -> bool {
        let mut texts = self.additions.iter().map(|(_, text)| text);
        texts.any(|text| redactor.line_of_secret(text).is_some())
    }
}

/// The path in the repository of a file of the directory.
pub(super) fn in_directory(prefix: &str, name: &str) -> String {
    match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}/{name}"),
    }
}

/// The path of the migration directory in the repository, with slashes.
///
/// # Errors
/// When it is not a plain directory inside of the checkout: a link could lead anywhere.
pub(super) fn prefix(root: &Path, dir: &Path) -> Result<String, Problem> {
    let outside = |why: &str| {
        Problem::new(format!("migration directory {} {why}", dir.display()))
            .during(stage::DIRECTORY)
            .hint("name a directory of the repository that is not a link")
    };
    let here =
        std::env::current_dir().map_err(|error| outside(&format!("can't be found: {error}")))?;
    let mut parts: Vec<&std::ffi::OsStr> = Vec::new();
    let path = here.join(dir);
    let inside = path
        .strip_prefix(root)
        .map_err(|_elsewhere| outside("is not in the checkout"))?;
    for part in inside.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => parts.push(name),
            Component::ParentDir if parts.pop().is_some() => {}
            _ => return Err(outside("is not in the checkout")),
        }
    }
    let mut at = root.to_owned();
    for part in &parts {
        at.push(part);
        if at.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            return Err(outside("is a link, or is reached through one"));
        }
    }
    let parts: Option<Vec<&str>> = parts.iter().map(|part| part.to_str()).collect();
    Ok(parts
        .ok_or_else(|| outside("has a name that is not UTF-8"))?
        .join("/"))
}

/// Files of the directory that are links could show what is not the repository's.
///
/// # Errors
/// When a migration or the checksum file is a link.
pub(super) fn refuse_links(dir: &Dir) -> Result<(), Problem> {
    let files = dir.files().iter().map(|file| file.path().to_owned());
    for path in files.chain([dir.path().join(SUM_FILE)]) {
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            let problem = Problem::new(format!("{} is not a regular file", path.display()));
            let hint = "the Action reads no links: commit the file itself";
            return Err(problem.during(stage::DIRECTORY).hint(hint));
        }
    }
    Ok(())
}
