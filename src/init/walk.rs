//! The files of a repository that may say something of its database.

use std::path::{Path, PathBuf};

/// More files and directories than are looked at.
const MAX_ENTRIES: usize = 20_000;

/// How deep they lie at most.
const MAX_DEPTH: usize = 6;

/// A file that is longer says nothing that others do not.
const MAX_BYTES: u64 = 1 << 18;

/// Directories that are other people's code, or made.
const APART: &[&str] = &[
    "__pycache__",
    "build",
    "dist",
    "dist-packages",
    "node_modules",
    "site-packages",
    "target",
];

/// The files, in order, as paths below the root.
pub(super) fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), MAX_ENTRIES);
    take(root, Path::new(""), 0, &mut found, &mut left);
    found.sort();
    found
}

fn take(root: &Path, inner: &Path, depth: usize, found: &mut Vec<PathBuf>, left: &mut usize) {
    let dir = root.join(inner);
    if depth > MAX_DEPTH || dir.join("pyvenv.cfg").exists() {
        return;
    }
    for entry in dir.read_dir().into_iter().flatten().flatten() {
        let Some(rest) = left.checked_sub(1) else {
            return;
        };
        *left = rest;
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
            continue;
        };
        let path = inner.join(&name);
        if kind.is_dir() {
            if !(name.starts_with('.') || APART.contains(&&*name)) {
                take(root, &path, depth + 1, found, left);
            }
        } else if kind.is_file() {
            found.push(path);
        }
    }
}

/// The text of a file that is not long.
pub(super) fn read(path: &Path) -> Option<String> {
    let meta = path.metadata().ok()?;
    (meta.is_file() && meta.len() <= MAX_BYTES)
        .then(|| std::fs::read(path).ok())
        .flatten()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
