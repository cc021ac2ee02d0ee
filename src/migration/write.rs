//! Adds a migration to a locked directory, so that a crash at any moment leaves a directory that the
//! next run reads or explains: everything is on disk under temporary names first, then the migration
//! gets its name, then the checksum file. Temporary names don't end in `.sql`, since such files count
//! as migrations even when hidden.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::disk::{Disk, Point};
use super::version::file_name;
use super::{
    Dir, DirError, LockedDir, MigrationFile, SUM_FILE, SumError, VersionError, check_name,
    next_version,
};

use crate::problem::{Explain, Problem};

const TEMPORARY: (&str, &str) = (".trueup-", ".tmp");

/// Whether a file name is one of ours that a run left behind.
pub(super) fn is_temporary(name: &[u8]) -> bool {
    name.starts_with(TEMPORARY.0.as_bytes()) && name.ends_with(TEMPORARY.1.as_bytes())
}

/// A migration to add.
#[derive(Debug, Clone, Copy)]
pub struct NewMigration<'a> {
    /// The part of the name after the version.
    pub name: Option<&'a str>,
    pub content: &'a str,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Version(#[from] VersionError),
    #[error(transparent)]
    Sum(#[from] SumError),
    #[error(transparent)]
    Dir(#[from] DirError),
    #[error("migration directory {} changed while this run worked on it", path.display())]
    Changed { path: PathBuf },
    #[error("can't {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} is written, but the checksum file is not: {source}", path.display())]
    Half { path: PathBuf, source: Box<Self> },
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Version(error) => Some(error.hint().to_owned()),
            Self::Sum(error) => error.hint(),
            Self::Dir(error) => error.hint().map(str::to_owned),
            Self::Changed { .. } => Some("run again; nothing was written".to_owned()),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull => {
                    Some("the disk is full; the directory is as it was".to_owned())
                }
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    Some("the directory can't be written to; the directory is as it was".to_owned())
                }
                _ => None,
            },
            Self::Half { .. } => {
                Some("delete that file and run again, or run `trueup migrate hash`".to_owned())
            }
        }
    }
}

impl Disk {
    /// Puts `content` on disk under a new temporary name in `dir`.
    fn prepare(&mut self, dir: &Path, content: &str) -> Result<Temporary, WriteError> {
        let (path, file) = self.create(dir)?;
        let temporary = Temporary { path, keep: false };
        let failed = |action, source| WriteError::Io {
            action,
            path: temporary.path.clone(),
            source,
        };
        let mut file = file;
        self.reach(Point::Write)
            .and_then(|()| file.write_all(content.as_bytes()))
            .map_err(|source| failed("write", source))?;
        self.reach(Point::Sync)
            .and_then(|()| file.sync_all())
            .map_err(|source| failed("sync", source))?;
        Ok(temporary)
    }

    fn create(&mut self, dir: &Path) -> Result<(PathBuf, File), WriteError> {
        for n in 0_u32.. {
            let (prefix, suffix) = TEMPORARY;
            let path = dir.join(format!("{prefix}{}-{n}{suffix}", std::process::id()));
            let made = self
                .reach(Point::Create)
                .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&path));
            match made {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => {
                    return Err(WriteError::Io {
                        action: "create",
                        path,
                        source,
                    });
                }
            }
        }
        unreachable!("a directory has fewer files than numbers")
    }

    /// Gives the migration its name, which must be free.
    fn name(&mut self, mut temporary: Temporary, to: &Path) -> Result<(), WriteError> {
        self.reach(Point::Name)
            .and_then(|()| rename_new(&temporary.path, to))
            .map_err(|source| WriteError::Io {
                action: "create",
                path: to.to_owned(),
                source,
            })?;
        temporary.keep = true;
        Ok(())
    }

    /// Replaces the checksum file.
    fn name_sum(&mut self, mut temporary: Temporary, to: &Path) -> Result<(), WriteError> {
        if let Ok(old) = std::fs::metadata(to) {
            // Where the mode can't be kept, the default one is as good.
            let _ = std::fs::set_permissions(&temporary.path, old.permissions());
        }
        self.reach(Point::NameSum)
            .and_then(|()| std::fs::rename(&temporary.path, to))
            .map_err(|source| WriteError::Io {
                action: "replace",
                path: to.to_owned(),
                source,
            })?;
        temporary.keep = true;
        Ok(())
    }

    /// Makes the names themselves durable.
    fn sync_dir(&mut self, dir: &Path) -> Result<(), WriteError> {
        let synced = self
            .reach(Point::SyncDir)
            .and_then(|()| File::open(dir))
            .and_then(|dir| dir.sync_all());
        match synced {
            // Some file systems can't sync a directory; the names are there all the same.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            other => other.map_err(|source| WriteError::Io {
                action: "sync",
                path: dir.to_owned(),
                source,
            }),
        }
    }
}

/// A temporary file, removed unless it was given its name.
struct Temporary {
    path: PathBuf,
    keep: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.keep {
            // What can't be removed now is removed by the next run.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Renames without ever replacing what is at `to`.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // The file system doesn't know how; the lock makes the plain way good enough.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            other => return Ok(other?),
        }
    }
    if to.try_exists()? {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

impl Dir {
    /// The directory as it would be with another migration, and that migration; nothing is written. The version is the
    /// time `now` in UTC, or later where that is taken; see [`next_version`].
    pub fn adding(
        mut self,
        new: NewMigration<'_>,
        now: OffsetDateTime,
    ) -> Result<(Self, MigrationFile), VersionError> {
        if let Some(name) = new.name {
            check_name(name)?;
        }
        let names = self.files.iter().map(MigrationFile::name);
        let name = file_name(&next_version(now, names, new.name)?, new.name);
        let file = MigrationFile::new(self.path.join(&name), name, new.content.to_owned());
        self.files.push(file.clone());
        Ok((self.hashed(), file))
    }

    /// The directory as it would be without its last migration; nothing is written.
    pub fn without_last(mut self) -> Self {
        self.files.pop();
        self.hashed()
    }

    /// With the checksum file that belongs to the files.
    fn hashed(mut self) -> Self {
        self.sum = Some(self.sum_text().into_bytes());
        self
    }
}

impl LockedDir {
    /// Writes a migration and the checksum file. The version is the time `now` in UTC, or later where
    /// that is taken; see [`next_version`]. Gives back the new file; [`LockedDir::dir`] has it too.
    ///
    /// # Errors
    /// [`WriteError`]; then the directory is as it was, but for [`WriteError::Half`].
    pub fn publish(
        &mut self,
        new: NewMigration<'_>,
        now: OffsetDateTime,
    ) -> Result<MigrationFile, WriteError> {
        let path = self.dir.path().to_owned();
        let dir = Dir::open(&path)?;
        dir.verify()?;
        if dir.sum_text() != self.dir.sum_text() {
            return Err(WriteError::Changed { path });
        }
        let (after, file) = dir.adding(new, now)?;

        let migration = self.disk.prepare(&path, new.content)?;
        let sum = self.disk.prepare(&path, &after.sum_text())?;
        self.disk.name(migration, file.path())?;
        // The migration must not be lost while the checksum file names it.
        let finished = self
            .disk
            .sync_dir(&path)
            .and_then(|()| self.disk.name_sum(sum, &path.join(SUM_FILE)));
        if let Err(error) = finished {
            return Err(match std::fs::remove_file(file.path()) {
                Ok(()) => error,
                Err(_) => WriteError::Half {
                    path: file.path().to_owned(),
                    source: Box::new(error),
                },
            });
        }
        // Both names are in place; one that a power cut still takes is noticed by the checksum.
        let _ = self.disk.sync_dir(&path);
        self.settle()?;
        Ok(file)
    }

    /// Writes the checksum file for the files as they are now.
    ///
    /// # Errors
    /// [`WriteError`]; then the checksum file is as it was.
    pub fn rehash(&mut self) -> Result<(), WriteError> {
        let path = self.dir.path().to_owned();
        let text = Dir::open(&path)?.sum_text();
        let sum = self.disk.prepare(&path, &text)?;
        self.disk.name_sum(sum, &path.join(SUM_FILE))?;
        let _ = self.disk.sync_dir(&path);
        self.settle()
    }

    /// Reads the directory again and removes what interrupted runs left in it. Only with the lock: it
    /// is what tells their files from those of a run at work.
    fn settle(&mut self) -> Result<(), WriteError> {
        self.dir = Dir::open(self.dir.path())?;
        if self.is_locked() {
            for leftover in std::mem::take(&mut self.dir.leftovers) {
                // It is in nobody's way; the next run tries again.
                let _ = std::fs::remove_file(leftover);
            }
        }
        Ok(())
    }
}

impl Explain for WriteError {
    fn explain(self) -> Problem {
        match self {
            Self::Sum(error) => error.explain(),
            other => Problem {
                hint: other.hint(),
                ..Problem::new(other.to_string())
            },
        }
    }
}
