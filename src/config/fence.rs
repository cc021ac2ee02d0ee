//! What somebody else's config file may reach. A pull request's config is the pull request's code, while the run that reads
//! it has rights of its own. Knows files and names of variables; which databases may be named is not its business.

use std::path::{Component, Path, PathBuf};

/// The limits of a config file that is not the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    root: PathBuf,
    variables: Vec<String>,
}

impl Fence {
    /// Files are read below `root`, which is absolute and has no link in it, but not in `.git`; environment variables are those
    /// of these names.
    pub fn new(root: PathBuf, variables: Vec<String>) -> Self {
        Self { root, variables }
    }

    /// Whether an environment variable may be read.
    pub(super) fn opens(&self, variable: &str) -> bool {
        self.variables.iter().any(|name| name == variable)
    }

    /// Whether the root is this directory, or somewhere below it.
    pub(super) fn is_below(&self, directory: &Path) -> bool {
        self.root.starts_with(directory)
    }

    /// Checks that an absolute path stays inside: no component of it is a link. What does not exist is reported when it is opened.
    pub fn check(&self, path: &Path) -> Result<(), Beyond> {
        let Ok(inside) = path.strip_prefix(&self.root) else {
            return Err(Beyond::Outside);
        };
        let mut at = self.root.clone();
        let mut depth = 0_usize;
        for part in inside.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => {
                    if name.eq_ignore_ascii_case(".git") {
                        return Err(Beyond::Git);
                    }
                    at.push(name);
                    depth += 1;
                    if at.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
                        return Err(Beyond::Link);
                    }
                }
                Component::ParentDir if depth > 0 => {
                    at.pop();
                    depth -= 1;
                }
                _ => return Err(Beyond::Outside),
            }
        }
        Ok(())
    }

    /// The same for a directory and what is directly in it.
    pub fn check_dir(&self, path: &Path) -> Result<(), (PathBuf, Beyond)> {
        let about = |path: &Path| {
            let path = path.to_owned();
            move |beyond| (path, beyond)
        };
        self.check(path).map_err(about(path))?;
        // What can't be listed is reported when it is read.
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        for entry in entries.map(|entry| entry.path()) {
            if entry
                .extension()
                .is_some_and(|end| end == "sql" || end == "sum")
            {
                self.check(&entry).map_err(about(&entry))?;
            }
        }
        Ok(())
    }
}

/// Why a path is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// It is not below the root.
    #[error("is not in the workspace")]
    Outside,
    /// It belongs to git.
    #[error("is in `.git`")]
    Git,
    /// A step of it is a link.
    #[error("is a link, or is reached through one")]
    Link,
}

impl Beyond {
    /// What to do about it.
    pub const HINT: &'static str = "what is in the repository is the pull request's: the Action reads its files, and follows no links";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_and_follow_no_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("work");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/x.sql"), "").unwrap();
        std::os::unix::fs::symlink("a", root.join("link")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("a/b/1.sql")).unwrap();
        let fence = Fence::new(root.clone(), vec!["A".into()]);
        let check = |path: &str| fence.check(&root.join(path));
        for path in ["", ".", "a/x.sql", "a/../a/./b", "new/file", "a/b/.."] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in [
            "..",
            "a/../../work",
            "/etc/passwd",
            "../work2",
            "a/../../../etc",
            "/",
        ] {
            assert_eq!(check(path), Err(Beyond::Outside), "{path}");
        }
        for path in [".git", "a/.git/config", "a/../.GIT/x", ".git/../a"] {
            assert_eq!(check(path), Err(Beyond::Git), "{path}");
        }
        for path in ["link", "link/x.sql", "link/../a", "a/b/1.sql"] {
            assert_eq!(check(path), Err(Beyond::Link), "{path}");
        }
        assert_eq!(fence.check_dir(&root.join("a")), Ok(()));
        let found = fence.check_dir(&root.join("a/b")).unwrap_err();
        assert_eq!(found, (root.join("a/b/1.sql"), Beyond::Link));
        assert!(fence.opens("A") && !fence.opens("B"));
    }
}
