//! The migration directory: its files, its checksum file, and safe writing.
//!
//! Owns the directory format that Atlas calls `atlas`: `*.sql` files in bytewise order of their
//! names, and `atlas.sum` over them. A [`Dir`] is a snapshot for reading and never writes; a
//! [`LockedDir`] holds the directory against other runs and adds files to it. Knows no database and
//! takes scan rules from its caller.

mod disk;
mod edit;
mod file;
mod lock;
mod merge;
mod rebase;
mod standing;
mod sum;
#[cfg(test)]
mod tests;
mod version;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

pub use file::{Checks, FileError, FileWarning, MigrationFile, baseline_mark, program, version_of};
pub use lock::{LockError, LockedDir};
pub use merge::MergeError;
pub use rebase::Move;
pub use standing::{LATEST, Partial, Records, Revision, Standing, StandingError};
pub use sum::{FileChange, LineEnds, SUM_FILE, SumDetail, SumError, SumState};
pub use version::{VersionError, check_name, next_version};
pub use write::{NewMigration, WriteError};

use crate::problem::{Explain, Problem, stage};
use crate::sql::{ScanOptions, position_at};
use sum::Sums;

/// Why a migration directory can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DirError {
    #[error("migration directory {} does not exist", path.display())]
    NotFound { path: PathBuf },
    #[error("{} is not a directory", path.display())]
    NotADirectory { path: PathBuf },
    #[error("{} has a migration's name but is a directory", path.display())]
    NotAFile { path: PathBuf },
    #[error("the name of {} is not UTF-8", path.display())]
    Name { path: PathBuf },
    #[error("{}:{line}:{column}: not UTF-8 (byte {offset} of the file)", path.display())]
    NotUtf8 {
        path: PathBuf,
        /// The first byte that is wrong, from 0.
        offset: usize,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
    },
    #[error("can't read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
}

impl DirError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } => {
                Some("`trueup migrate diff` makes it when there is something to write")
            }
            Self::NotADirectory { .. } => {
                Some("--dir and migration.dir name the directory, not a file in it")
            }
            Self::NotAFile { .. } => {
                Some("every name that ends in .sql counts as a migration; rename the directory")
            }
            Self::NotUtf8 { .. } => Some("save the file as UTF-8, then run `trueup migrate hash`"),
            Self::Name { .. } | Self::Read { .. } => None,
        }
    }
}

/// Two files of one version.
#[derive(Debug, thiserror::Error)]
#[error("{} and {} have the same version, by which a database records what was applied", files[0].display(), files[1].display())]
pub struct SameVersion {
    files: [PathBuf; 2],
}

impl Explain for SameVersion {
    fn explain(self) -> Problem {
        Problem::new(self.to_string())
            .during(stage::DIRECTORY)
            .hint("give the later one a version of its own: rename it, then `trueup migrate hash`")
    }
}

/// A migration directory as it was when it was read.
#[derive(Debug, Clone)]
pub struct Dir {
    path: PathBuf,
    exists: bool,
    files: Vec<MigrationFile>,
    sum: Option<Vec<u8>>,
    leftovers: Vec<PathBuf>,
}

impl Dir {
    /// Reads the directory at `path`.
    ///
    /// # Errors
    /// [`DirError`] when it is missing, not a directory, unreadable, or holds a migration that is
    /// not UTF-8 text.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DirError> {
        let path = path.into();
        let read = |at: &Path, source: io::Error| DirError::Read {
            path: at.to_owned(),
            source,
        };
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(DirError::NotADirectory { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(DirError::NotFound { path });
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(DirError::NotADirectory { path });
            }
            Err(error) => return Err(read(&path, error)),
        }
        let mut files = Vec::new();
        let mut leftovers = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(|e| read(&path, e))? {
            let entry = entry.map_err(|e| read(&path, e))?.path();
            let name = entry.file_name().unwrap_or_default().as_encoded_bytes();
            if name.ends_with(b".sql") {
                files.push(read_migration(entry)?);
            } else if write::is_temporary(name) {
                leftovers.push(entry);
            }
        }
        files.sort_by(|a, b| a.name().cmp(b.name()));
        leftovers.sort();
        let sum_path = path.join(SUM_FILE);
        let sum = match std::fs::read(&sum_path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(read(&sum_path, error)),
        };
        Ok(Self {
            path,
            exists: true,
            files,
            sum,
            leftovers,
        })
    }

    /// As [`Dir::open`], but a directory that is missing reads as one without files.
    ///
    /// # Errors
    /// As [`Dir::open`], but for a missing directory.
    pub fn open_or_empty(path: impl Into<PathBuf>) -> Result<Self, DirError> {
        match Self::open(path) {
            Err(DirError::NotFound { path }) => Ok(Self::missing(path)),
            other => other,
        }
    }

    /// A directory that is nowhere on disk; `path` is what it is called.
    pub fn in_memory(path: PathBuf, files: Vec<MigrationFile>) -> Self {
        Self {
            exists: true,
            files,
            ..Self::missing(path)
        }
    }

    fn missing(path: PathBuf) -> Self {
        Self {
            path,
            exists: false,
            files: Vec::new(),
            sum: None,
            leftovers: Vec::new(),
        }
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the directory was there.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// The migrations, in the order in which they run.
    pub fn files(&self) -> &[MigrationFile] {
        &self.files
    }

    /// What an empty database has to run: everything from the last checkpoint on.
    pub fn replay_files(&self, options: &ScanOptions) -> &[MigrationFile] {
        let start = self
            .files
            .iter()
            .rposition(|file| file.is_checkpoint(options))
            .unwrap_or(0);
        &self.files[start..]
    }

    /// Where `atlas.sum` is.
    pub fn sum_path(&self) -> PathBuf {
        self.path.join(SUM_FILE)
    }

    /// The hash of each file in `atlas.sum`, by its name.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let sums = self.sums(LineEnds::AsIs);
        let lines = sums.lines();
        lines
            .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
            .collect()
    }

    /// The text that `atlas.sum` should have.
    pub fn sum_text(&self) -> String {
        self.sums(LineEnds::AsIs).to_text()
    }

    /// Refuses files of one version: a database that has one of them would be taken to have the other.
    ///
    /// # Errors
    /// [`SameVersion`] with the first two.
    pub fn distinct(&self) -> Result<(), SameVersion> {
        let mut pairs = self.files.windows(2);
        match pairs.find(|pair| pair[0].version() == pair[1].version()) {
            Some([a, b]) => Err(SameVersion {
                files: [a.path().to_owned(), b.path().to_owned()],
            }),
            _ => Ok(()),
        }
    }

    /// Compares the files with `atlas.sum`. A directory with neither is fine.
    pub fn verify(&self) -> Result<(), SumError> {
        let compare = |ends| match &self.sum {
            None if self.files.is_empty() => Ok(()),
            None => Err(SumState::Missing),
            Some(bytes) => sum::compare(bytes, &self.sums(ends)),
        };
        let Err(state) = compare(LineEnds::AsIs) else {
            return Ok(());
        };
        let line_ends = match state {
            SumState::Mismatch(_) => [LineEnds::Lf, LineEnds::CrLf]
                .into_iter()
                .find(|ends| compare(*ends).is_ok()),
            SumState::Missing | SumState::Invalid { .. } => None,
        };
        let wanted = self.sum_text();
        let interrupted = self
            .leftovers
            .iter()
            .any(|path| std::fs::read(path).is_ok_and(|bytes| bytes == wanted.as_bytes()));
        let last = self.files.last().map(|file| file.name().to_owned());
        Err(SumError {
            path: self.sum_path(),
            state,
            line_ends,
            interrupted,
            last,
        })
    }

    fn sums(&self, ends: LineEnds) -> Sums {
        Sums::compute(
            self.files
                .iter()
                .map(|file| (file.name(), ends.apply(file.text()))),
        )
    }
}

fn read_migration(path: PathBuf) -> Result<MigrationFile, DirError> {
    let Some(name) = path
        .file_name()
        .and_then(|name| name.to_str())
        .map(str::to_owned)
    else {
        return Err(DirError::Name { path });
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if path.is_dir() => return Err(DirError::NotAFile { path }),
        Err(source) => return Err(DirError::Read { path, source }),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(MigrationFile::new(path, name, text)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let valid = String::from_utf8_lossy(&error.as_bytes()[..offset]).into_owned();
            let at = position_at(&valid, offset);
            Err(DirError::NotUtf8 {
                path,
                offset,
                line: at.line,
                column: at.column,
            })
        }
    }
}

impl Explain for DirError {
    fn explain(self) -> Problem {
        Problem {
            hint: self.hint().map(str::to_owned),
            ..Problem::new(self.to_string()).during(stage::DIRECTORY)
        }
    }
}
