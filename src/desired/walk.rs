//! The files of a repository that are its own.

use std::fs;
use std::path::{Path, PathBuf};

/// More files and directories than are looked at.
const MAX_ENTRIES: usize = 20_000;

/// Directories that are other people's code, or made.
const APART: &[&str] = &[
    "__pycache__",
    "dist-packages",
    "node_modules",
    "site-packages",
];

/// The files below a directory, or the file itself, in order. Directories that are hidden, other people's code or a virtual
/// environment are left out, and those that `enter` refuses, as are links: they may lead anywhere, and in circles.
pub fn files(root: &Path, enter: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    at_most(root, enter, MAX_ENTRIES)
}

/// The same, however many there are.
pub fn all_files(root: &Path) -> Vec<PathBuf> {
    at_most(root, &|_| true, usize::MAX)
}

fn at_most(root: &Path, enter: &dyn Fn(&Path) -> bool, mut left: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    take(root, enter, &mut found, &mut left);
    found.sort();
    found
}

fn take(path: &Path, enter: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>, left: &mut usize) {
    let Ok(meta) = path.symlink_metadata() else {
        return;
    };
    if meta.is_file() {
        found.push(path.to_owned());
    }
    if !meta.is_dir() || path.join("pyvenv.cfg").exists() || !enter(path) {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let Some(rest) = left.checked_sub(1) else {
            return;
        };
        *left = rest;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !(is_dir && (name.starts_with('.') || APART.contains(&&*name))) {
            take(&entry.path(), enter, found, left);
        }
    }
}
