//! SQL files and directories of them as a desired state.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Part;
use crate::migration::{self, Dir, DirError, FileError, SUM_FILE, SumError};
use crate::plan::TxMode;
use crate::problem::{Explain, Problem};
use crate::sql::ScanOptions;

/// A file or directory of the desired state that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("can't read `{}`: {why}", path.display())]
    Io { path: PathBuf, why: io::Error },
    #[error("`{}:{line}` is not UTF-8", path.display())]
    NotUtf8 {
        path: PathBuf,
        /// The line from which on it is not.
        line: usize,
    },
    #[error(transparent)]
    Dir(#[from] DirError),
    #[error(transparent)]
    Sum(#[from] SumError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("no `.sql` files in `{}`", .0.display())]
    Empty(PathBuf),
}

/// Reads a file.
pub(super) fn file(path: &Path) -> Result<Part, ReadError> {
    let bytes = fs::read(path).map_err(|why| ReadError::Io {
        path: path.to_owned(),
        why,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        ReadError::NotUtf8 {
            path: path.to_owned(),
            line: valid.iter().filter(|byte| **byte == b'\n').count() + 1,
        }
    })?;
    Ok(Part {
        name: path.display().to_string(),
        text,
        mode: TxMode::None,
        printed: None,
        migration: None,
    })
}

/// Reads a directory: as migrations when it has a checksum file, otherwise every SQL file in the order of the names.
pub(super) fn dir(path: &Path, scan: &ScanOptions) -> Result<Vec<Part>, ReadError> {
    if path.join(SUM_FILE).exists() {
        return migrations(path, scan);
    }
    let fail = |why| ReadError::Io {
        path: path.to_owned(),
        why,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(fail)? {
        let found = entry.map_err(fail)?.path();
        if found
            .extension()
            .is_some_and(|extension| extension == "sql")
            && found.is_file()
        {
            files.push(found);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(ReadError::Empty(path.to_owned()));
    }
    files.iter().map(|path| file(path)).collect()
}

fn migrations(path: &Path, scan: &ScanOptions) -> Result<Vec<Part>, ReadError> {
    let dir = Dir::open(path)?;
    dir.verify()?;
    Ok(replayed(&dir, scan)?)
}

/// The migrations of a directory that are replayed.
pub(super) fn replayed(dir: &Dir, scan: &ScanOptions) -> Result<Vec<Part>, FileError> {
    let part = |file: &migration::MigrationFile| {
        let mode = file.tx_mode(scan)?.unwrap_or(TxMode::File);
        Ok(Part {
            name: file.path().display().to_string(),
            text: file.text().to_owned(),
            mode,
            printed: None,
            migration: Some(file.clone()),
        })
    };
    dir.replay_files(scan).iter().map(part).collect()
}

impl Explain for ReadError {
    fn explain(self) -> Problem {
        match self {
            Self::Dir(error) => error.explain(),
            Self::File(error) => error.explain(),
            // What Atlas prints about a checksum is about the directory of migrations, not about this one.
            Self::Sum(error) => Problem {
                hint: error.hint(),
                ..Problem::new(format!("{}: {error}", error.path.display()))
            },
            Self::Io { .. } | Self::NotUtf8 { .. } | Self::Empty(_) => {
                Problem::new(self.to_string())
            }
        }
    }
}
