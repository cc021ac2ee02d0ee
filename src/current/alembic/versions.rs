//! The directory that revisions are in, lent to a confined program that writes one: afterwards everything in it is as it was,
//! but for that file.

use std::collections::BTreeMap;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use crate::confine::Confinement;
use crate::problem::{Problem, stage};

/// Entries, and bytes of files, that a directory may have to be lent: histories are small.
const ENTRIES: usize = 20_000;
const BYTES: u64 = 64 << 20;

/// A directory that is lent. It is put back when this is dropped, if not before.
#[derive(Debug)]
pub(super) struct Lent {
    dir: PathBuf,
    /// It was made to be lent.
    made: bool,
    before: BTreeMap<PathBuf, Entry>,
}

/// Something in it as it was.
#[derive(Debug)]
struct Entry {
    what: What,
    mode: u32,
    owner: (u32, u32),
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Dir,
    File(Vec<u8>),
    Link(PathBuf),
}

impl Lent {
    /// Remembers what is in a directory of the workspace.
    ///
    /// # Errors
    /// When it may not be given away, or can't be read.
    pub(super) fn of(dir: &Path, confinement: &Confinement) -> Result<Self, Box<Problem>> {
        let refused = |why: &str| {
            let problem = Problem::new(format!(
                "no revision can be written to {}: {why}",
                dir.display()
            ));
            let hint = "a confined program writes to the history's own directory only, which is one of the repository below its top";
            Box::new(problem.during(stage::DIRECTORY).hint(hint))
        };
        let failed = |error: io::Error| refused(&error.to_string());
        let made = !dir.exists();
        if made {
            fs::create_dir(dir).map_err(failed)?;
        }
        let mut this = Self {
            dir: dir.canonicalize().map_err(failed)?,
            made,
            before: BTreeMap::new(),
        };
        if !confinement.may_give(&this.dir) {
            return Err(refused("it is not the history's alone"));
        }
        let mut bytes = 0;
        for path in all(&this.dir).map_err(failed)? {
            let found = fs::symlink_metadata(&path).map_err(failed)?;
            bytes += found.len();
            if this.before.len() > ENTRIES || bytes > BYTES {
                return Err(refused("it holds too much for a history"));
            }
            let what = What::read(&path, &found).map_err(failed)?;
            let what = what.ok_or_else(|| refused("it holds what is neither a file nor a link"))?;
            let entry = Entry {
                what,
                mode: found.mode() & 0o7777,
                owner: (found.uid(), found.gid()),
            };
            this.before.insert(path, entry);
        }
        Ok(this)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes it back with a revision that is new in it.
    ///
    /// # Errors
    /// When that is not a new, plain file of Python in it.
    pub(super) fn keep(mut self, file: &Path) -> Result<(), Box<Problem>> {
        let refused = |why: &str| {
            let problem =
                Problem::new(format!("{} {why}, so it is not a revision", file.display()));
            Box::new(problem.during(stage::DIRECTORY))
        };
        let parent = file.parent().and_then(|dir| dir.canonicalize().ok());
        let path = parent.zip(file.file_name());
        let path = path.map(|(dir, name)| dir.join(name));
        let path = path.filter(|path| path.starts_with(&self.dir));
        let path = path.ok_or_else(|| refused("is not in the history's directory"))?;
        let found = fs::symlink_metadata(&path).map_err(|error| refused(&error.to_string()))?;
        // A file of two names could be another one.
        if !found.is_file() || found.nlink() != 1 {
            return Err(refused("is not a plain file"));
        }
        if path.extension().is_none_or(|extension| extension != "py") {
            return Err(refused("is not a file of Python"));
        }
        if self.before.contains_key(&path) {
            return Err(refused("was there before"));
        }
        self.put_back(Some(&path))
            .map_err(|error| refused(&format!("can't be kept ({error})")))
    }

    /// Leaves everything as it was, but for one file.
    fn put_back(&mut self, kept: Option<&Path>) -> io::Result<()> {
        let before = std::mem::take(&mut self.before);
        let Some(top) = before.get(&self.dir) else {
            return Ok(());
        };
        for (path, entry) in &before {
            let found = fs::symlink_metadata(path).ok();
            if found.is_none_or(|found| !entry.what.is(path, &found)) {
                remove(path)?;
                match &entry.what {
                    What::Dir => fs::create_dir(path)?,
                    What::File(bytes) => fs::write(path, bytes)?,
                    What::Link(to) => symlink(to, path)?,
                }
            }
            entry.put_back(path)?;
        }
        for path in all(&self.dir)? {
            match kept {
                _ if before.contains_key(&path) => {}
                Some(kept) if kept.starts_with(&path) => {
                    let mode = if path == kept { 0o644 } else { 0o755 };
                    let owner = top.owner;
                    let what = if path == kept {
                        What::File(Vec::new())
                    } else {
                        What::Dir
                    };
                    Entry { what, mode, owner }.put_back(&path)?;
                }
                _ => remove(&path)?,
            }
        }
        match self.made && kept.is_none() {
            true => fs::remove_dir(&self.dir),
            false => Ok(()),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Err(error) = self.put_back(None) {
            tracing::warn!("{} can't be put back: {error}", self.dir.display());
        }
    }
}

impl Entry {
    /// Gives it to whom it belongs.
    fn put_back(&self, path: &Path) -> io::Result<()> {
        let found = fs::symlink_metadata(path)?;
        if (found.uid(), found.gid()) != self.owner {
            lchown(path, Some(self.owner.0), Some(self.owner.1))?;
        }
        match self.what {
            What::Link(_) => Ok(()),
            What::Dir | What::File(_) => {
                fs::set_permissions(path, Permissions::from_mode(self.mode))
            }
        }
    }
}

impl What {
    /// None of what is neither a directory, a file nor a link.
    fn read(path: &Path, found: &Metadata) -> io::Result<Option<Self>> {
        Ok(match () {
            () if found.is_dir() => Some(Self::Dir),
            () if found.is_symlink() => Some(Self::Link(fs::read_link(path)?)),
            () if found.is_file() => Some(Self::File(fs::read(path)?)),
            () => None,
        })
    }

    /// Whether what is found at a path is this.
    fn is(&self, path: &Path, found: &Metadata) -> bool {
        match self {
            Self::Dir => found.is_dir(),
            Self::Link(to) => fs::read_link(path).is_ok_and(|found| found == *to),
            Self::File(bytes) => {
                found.is_file()
                    && found.nlink() == 1
                    && found.len() == bytes.len() as u64
                    && fs::read(path).is_ok_and(|found| found == *bytes)
            }
        }
    }
}

/// A directory and all that is in it, each directory before what it has. Links are not followed.
fn all(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![dir.to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at) {
        if fs::symlink_metadata(path)?.is_dir() {
            let entries: io::Result<Vec<_>> = fs::read_dir(path)?.collect();
            found.extend(entries?.into_iter().map(|entry| entry.path()));
        }
        at += 1;
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confine::{Level, Options};

    fn lent(workspace: &Path, dir: &str) -> Result<Lent, Box<Problem>> {
        let options = Options {
            level: Level::Off,
            hide: vec![workspace.join(".git")],
            ..Options::new(workspace)
        };
        let confinement = Confinement::prepare(options).expect("nothing is dropped");
        Lent::of(&workspace.join(dir), &confinement)
    }

    fn history() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(root.path().join("a/versions")).expect("a directory");
        fs::create_dir(root.path().join(".git")).expect("a directory");
        fs::write(root.path().join("a/versions/1.py"), "one").expect("a file");
        fs::write(root.path().join("secret"), "words").expect("a file");
        root
    }

    #[test]
    fn one_new_file_is_kept_and_all_else_is_as_it_was() {
        let root = history();
        let at = |name: &str| root.path().join("a/versions").join(name);
        let lent = lent(root.path(), "a/versions").expect("it is lent");
        fs::write(at("1.py"), "other").expect("a change");
        fs::create_dir_all(at("2026/more")).expect("a directory");
        for name in ["2026/2.py", "2026/more/3.py", "4.py"] {
            fs::write(at(name), "new").expect("a file");
        }
        symlink("/etc/passwd", at("5.py")).expect("a link");
        lent.keep(&at("2026/2.py")).expect("it is kept");
        assert_eq!(fs::read_to_string(at("1.py")).expect("it is there"), "one");
        assert_eq!(
            fs::read_to_string(at("2026/2.py")).expect("it is there"),
            "new"
        );
        let left = all(&root.path().join("a/versions")).expect("they are there");
        assert_eq!(left.len(), 4, "{left:?}");
    }

    #[test]
    fn what_is_no_new_plain_file_is_not_kept() {
        let root = history();
        let at = |name: &str| root.path().join("a/versions").join(name);
        for (name, why) in [
            ("1.py", "was there before"),
            ("2.txt", "is not a file of Python"),
            ("3.py", "is not a plain file"),
            ("4.py", "is not a plain file"),
            ("../../secret", "is not in the history's directory"),
            ("../1.py", "is not in the history's directory"),
        ] {
            let lent = lent(root.path(), "a/versions").expect("it is lent");
            fs::write(at("2.txt"), "").expect("a file");
            symlink(root.path().join("secret"), at("3.py")).expect("a link");
            fs::hard_link(root.path().join("secret"), at("4.py")).expect("a link");
            let refused = lent.keep(&at(name)).expect_err("it is refused");
            assert!(refused.message.contains(why), "{name}: {refused}");
            let left = all(&root.path().join("a/versions")).expect("they are there");
            assert_eq!(left.len(), 2, "{left:?}");
        }
    }

    #[test]
    fn nothing_else_of_the_repository_is_lent() {
        let root = history();
        fs::create_dir_all(root.path().join("b/.git")).expect("a directory");
        for dir in ["", "..", ".git", "a/../.git/hooks", "/etc"] {
            let refused = lent(root.path(), dir).expect_err("it is refused");
            assert!(
                refused.message.contains("no revision can be written"),
                "{refused}"
            );
        }
        drop(lent(root.path(), "a/later").expect("it is made"));
        assert!(!root.path().join("a/later").exists());
    }
}
