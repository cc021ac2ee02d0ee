//! What is checked out, read from `.git` without git: the image has none, and git refuses directories of other owners.
//!
//! Sources of the formats: `gitrepository-layout(5)`, `git-worktree(1)`, `git-pack-refs(1)`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Symbolic references that are followed, as git does.
const DEPTH: usize = 5;

/// Bytes of a reference that are read: none is longer.
const REFERENCE: u64 = 4096;

/// Bytes of `packed-refs` that are read: about a million references.
const PACKED: u64 = 128 * 1024 * 1024;

/// A working tree and its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The directory that has `.git`.
    pub root: PathBuf,
    /// The commit that HEAD is at, in hexadecimal.
    pub head: String,
}

/// Why the commit is unknown.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    #[error("{0} is not in a git checkout")]
    None(PathBuf),
    #[error("can't read {path}: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error("{path} is not what git writes: {why}")]
    Malformed { path: PathBuf, why: &'static str },
    #[error("{name} has no commit in {git}")]
    Unborn {
        /// The branch, in full.
        name: String,
        git: PathBuf,
    },
    /// References are in a format that is not read.
    #[error("{0} keeps its references in the reftable format, which trueup can't read")]
    Reftable(PathBuf),
}

impl CheckoutError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::None(_) => "run `actions/checkout` before trueup, in the same job",
            Self::Io { .. } | Self::Malformed { .. } => {
                "check out the repository again with `actions/checkout`"
            }
            Self::Unborn { .. } => {
                "check out a commit: `ref: ${{ github.event.pull_request.head.sha }}`"
            }
            Self::Reftable(_) => "`git refs migrate --ref-format=files` writes them as files",
        }
    }
}

/// Whether a text is a commit's name in full: SHA-1 or SHA-256, in lower case.
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Checkout {
    /// The checkout that a directory is in.
    pub fn of(directory: &Path) -> Result<Self, CheckoutError> {
        let root = directory
            .ancestors()
            .find(|directory| fs::symlink_metadata(directory.join(".git")).is_ok())
            .ok_or_else(|| CheckoutError::None(directory.to_owned()))?;
        let git = git_dir(root)?;
        let common = common_dir(&git)?;
        let mut name = "HEAD".to_owned();
        for _ in 0..=DEPTH {
            match reference(&git, &common, &name)? {
                Reference::Commit(head) => {
                    return Ok(Self {
                        root: root.to_owned(),
                        head,
                    });
                }
                Reference::Symbolic(target) => name = target,
            }
        }
        Err(CheckoutError::Malformed {
            path: git.join("HEAD"),
            why: "its references go in circles",
        })
    }

    /// The checkout that this one is a submodule of.
    pub fn superproject(&self) -> Option<Self> {
        let git = git_dir(&self.root).ok()?.canonicalize().ok()?;
        let above = Self::of(self.root.parent()?).ok()?;
        let modules = git_dir(&above.root).ok()?.join("modules");
        git.starts_with(modules.canonicalize().ok()?)
            .then_some(above)
    }
}

enum Reference {
    Commit(String),
    Symbolic(String),
}

/// The directory behind `.git`, which is a file in worktrees and submodules.
fn git_dir(root: &Path) -> Result<PathBuf, CheckoutError> {
    let path = root.join(".git");
    if path.is_dir() {
        return Ok(path);
    }
    let text = read(&path, REFERENCE)?.unwrap_or_default();
    match text.strip_prefix("gitdir:") {
        Some(target) => Ok(root.join(target.trim())),
        None => Err(CheckoutError::Malformed {
            path,
            why: "it has no `gitdir:`",
        }),
    }
}

/// Where references are that all worktrees share.
fn common_dir(git: &Path) -> Result<PathBuf, CheckoutError> {
    Ok(match read(&git.join("commondir"), REFERENCE)? {
        Some(text) => git.join(text.trim()),
        None => git.to_owned(),
    })
}

fn reference(git: &Path, common: &Path, name: &str) -> Result<Reference, CheckoutError> {
    for directory in [git, common] {
        let path = directory.join(name);
        let Some(text) = read(&path, REFERENCE)? else {
            continue;
        };
        let text = text.trim();
        if is_commit(text) {
            return Ok(Reference::Commit(text.to_owned()));
        }
        return match text.strip_prefix("ref:").map(str::trim) {
            Some("refs/heads/.invalid") => Err(CheckoutError::Reftable(git.to_owned())),
            Some(target) if is_reference(target) => Ok(Reference::Symbolic(target.to_owned())),
            _ => Err(CheckoutError::Malformed {
                path,
                why: "it has neither a commit nor `ref: refs/…`",
            }),
        };
    }
    let packed = read(&common.join("packed-refs"), PACKED)?.unwrap_or_default();
    let commit = packed
        .lines()
        .filter(|line| !line.starts_with(['#', '^']))
        .filter_map(|line| line.split_once(' '))
        .find(|(commit, found)| found.trim() == name && is_commit(commit));
    match commit {
        Some((commit, _)) => Ok(Reference::Commit(commit.to_owned())),
        None => Err(CheckoutError::Unborn {
            name: name.to_owned(),
            git: git.to_owned(),
        }),
    }
}

/// A reference's name is a path below the repository, and must not lead out of it.
fn is_reference(name: &str) -> bool {
    name.starts_with("refs/")
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
        && !name.contains('\0')
}

/// A file's text; none when it does not exist.
fn read(path: &Path, limit: u64) -> Result<Option<String>, CheckoutError> {
    let io = |error| CheckoutError::Io {
        path: path.to_owned(),
        error,
    };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(io(error)),
    };
    if file.metadata().map_err(io)?.is_dir() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(CheckoutError::Malformed {
            path: path.to_owned(),
            why: "it is too long",
        });
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[(&str, &str)]) -> Self {
            let tree = Self(tempfile::tempdir().expect("a directory"));
            for (path, text) in files {
                let path = tree.0.path().join(path);
                fs::create_dir_all(path.parent().expect("a parent")).expect("made");
                fs::write(path, text).expect("written");
            }
            tree
        }

        fn read(&self, directory: &str) -> Result<Checkout, CheckoutError> {
            Checkout::of(&self.0.path().join(directory))
        }
    }

    #[test]
    fn a_detached_head_is_found_from_below() {
        let tree = Tree::new(&[(".git/HEAD", &format!("{ONE}\n")), ("app/models/a.py", "")]);
        let found = tree.read("app/models").expect("a checkout");
        assert_eq!(found.head, ONE);
        assert_eq!(found.root, tree.0.path());
    }

    #[test]
    fn a_branch_is_loose_or_packed_and_loose_wins() {
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{TWO} refs/heads/x\n{ONE} refs/tags/v1\n^{TWO}\n"
        );
        let head = (".git/HEAD", "ref: refs/heads/x\n");
        let tree = Tree::new(&[head, (".git/packed-refs", &packed)]);
        assert_eq!(tree.read("").expect("a checkout").head, TWO);
        let tree = Tree::new(&[
            head,
            (".git/packed-refs", &packed),
            (".git/refs/heads/x", ONE),
        ]);
        assert_eq!(tree.read("").expect("a checkout").head, ONE);
    }

    #[test]
    fn worktrees_and_submodules_point_elsewhere() {
        let tree = Tree::new(&[
            ("work/.git", "gitdir: ../main/.git/worktrees/work\n"),
            ("main/.git/worktrees/work/HEAD", "ref: refs/heads/y\n"),
            ("main/.git/worktrees/work/commondir", "../..\n"),
            ("main/.git/refs/heads/y", TWO),
            ("main/.git/HEAD", ONE),
        ]);
        assert_eq!(tree.read("work").expect("a checkout").head, TWO);
    }

    #[test]
    fn a_submodule_belongs_to_a_repository_and_a_checkout_inside_of_one_does_not() {
        let tree = Tree::new(&[
            (".git/HEAD", ONE),
            (".git/modules/lib/HEAD", TWO),
            ("lib/.git", "gitdir: ../.git/modules/lib\n"),
            ("pr/.git/HEAD", TWO),
        ]);
        let above = |directory| tree.read(directory).expect("a checkout").superproject();
        assert_eq!(above("lib").expect("the repository").head, ONE);
        assert_eq!((above("pr"), above("")), (None, None));
    }

    #[test]
    fn what_git_would_not_write_is_refused() {
        for (head, why) in [
            ("ref: refs/heads/../../../secret", "neither a commit"),
            ("ref: /etc/passwd", "neither a commit"),
            ("hello", "neither a commit"),
            ("ref: refs/heads/.invalid", "reftable"),
            ("ref: refs/heads/none", "has no commit"),
        ] {
            let tree = Tree::new(&[(".git/HEAD", head), ("secret", ONE)]);
            let error = tree.read("").expect_err(head);
            assert!(error.to_string().contains(why), "{head}: {error}");
            assert!(!error.hint().is_empty());
        }
        let circle = Tree::new(&[
            (".git/HEAD", "ref: refs/heads/a"),
            (".git/refs/heads/a", "ref: refs/heads/a"),
        ]);
        let error = circle.read("").expect_err("a circle");
        assert!(error.to_string().contains("circles"), "{error}");
        let error = Tree::new(&[(".git", "nothing")])
            .read("")
            .expect_err("no gitdir");
        assert!(error.to_string().contains("no `gitdir:`"), "{error}");
    }
}
