//! Private servers from the programs on this machine: a directory per run, a data directory copied from a template,
//! and a process that ends when we do.
//!
//! It knows processes, directories and locks, and no database: a dialect says which program to run, how a template is
//! made, and how to see that the server is ready.

pub mod find;
mod rundir;
mod server;
pub mod start;
mod template;

pub use rundir::{RunDir, ServerUser};
pub use server::{LocalServer, ServerProgram, run_tool};
pub use template::{Origin, TemplateCache};

use std::path::{Path, PathBuf};

/// The programs called `name` in these directories, in their order, without repetitions.
pub fn programs(name: &str, directories: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for directory in directories {
        let path = directory.join(name);
        let path = path.canonicalize().unwrap_or(path);
        if is_program(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// The directories of `PATH`.
pub fn path_directories() -> Vec<PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// Directories that match a pattern in which one component may hold a `*`, the highest number in its place first:
/// `/usr/lib/postgresql/*/bin`.
pub fn versioned_directories(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let (suffix, rest) = after.split_once('/').unwrap_or((after, ""));
    let Ok(entries) = std::fs::read_dir(Path::new(parent).join("")) else {
        return Vec::new();
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
            let numbers = version.split('.').map(|n| n.parse().unwrap_or(0)).collect();
            Some((numbers, entry.path().join(rest)))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "9.10", "17", "common"] {
            std::fs::create_dir_all(dir.path().join(version).join("bin")).unwrap();
        }
        let pattern = format!("{}/*/bin", dir.path().display());
        let names: Vec<String> = versioned_directories(&pattern)
            .iter()
            .map(|path| {
                let name = path.parent().unwrap().file_name().unwrap();
                name.to_string_lossy().into_owned()
            })
            .collect();
        assert_eq!(names, ["17", "15", "9.10", "9.6", "common"]);
        let pattern = format!("{}/1*/bin", dir.path().display());
        assert_eq!(versioned_directories(&pattern).len(), 2);
        assert!(versioned_directories("/nonexistent-directory/*/bin").is_empty());
    }
}
