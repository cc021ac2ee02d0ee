//! Adds a migration to a locked directory, so that a crash at any moment leaves a directory that the
//! next run reads or explains: everything is on disk under temporary names first, then the migration
//! gets its name, then the checksum file. Temporary names don't end in `.sql`, since such files count
//! as migrations even when hidden.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};
use time::OffsetDateTime;

use super::disk::{Disk, Point};
use super::version::file_name;
use super::{
    Dir, DirError, LockedDir, MigrationFile, SUM_FILE, SumError, VersionError, check_name,
    next_version,
};

use crate::problem::{Explain, Problem};

const TEMPORARY: (&str, &str) = (".trueup-", ".tmp");

/// Whether a file is a temporary one that a run left behind.
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
    /// Puts `content` on disk under a new temporary name in `dir`. What can't be removed after a failure is removed by
    /// the next run.
    pub(super) fn prepare(
        &mut self,
        dir: &Path,
        content: &str,
    ) -> Result<NamedTempFile, WriteError> {
        let (prefix, suffix) = TEMPORARY;
        let mut builder = tempfile::Builder::new();
        builder
            .prefix(prefix)
            .suffix(suffix)
            // What the umask leaves of it.
            .permissions(Permissions::from_mode(0o666));
        let mut file = self
            .reach(Point::Create)
            .and_then(|()| builder.tempfile_in(dir))
            .map_err(|source| failed("create a file in", dir, source))?;
        self.reach(Point::Write)
            .and_then(|()| file.write_all(content.as_bytes()))
            .map_err(|source| failed("write", file.path(), source))?;
        self.reach(Point::Sync)
            .and_then(|()| file.as_file().sync_all())
            .map_err(|source| failed("sync", file.path(), source))?;
        Ok(file)
    }

    /// Gives the migration its name, which must be free.
    fn name(&mut self, file: NamedTempFile, to: &Path) -> Result<(), WriteError> {
        self.reach(Point::Name)
            .and_then(|()| match file.persist_noclobber(to) {
                // The file system can't do it at once; the lock makes the plain way good enough.
                Err(PersistError { error, file })
                    if error.kind() != io::ErrorKind::AlreadyExists && !to.try_exists()? =>
                {
                    Ok(file.persist(to)?)
                }
                done => Ok(done?),
            })
            .map_err(|source| failed("create", to, source))?;
        Ok(())
    }

    /// Replaces a file.
    pub(super) fn replace(&mut self, file: NamedTempFile, to: &Path) -> Result<(), WriteError> {
        if let Ok(old) = std::fs::metadata(to) {
            // Where the mode can't be kept, the default one is as good.
            let _ = std::fs::set_permissions(file.path(), old.permissions());
        }
        self.reach(Point::NameSum)
            .and_then(|()| Ok(file.persist(to)?))
            .map_err(|source| failed("replace", to, source))?;
        Ok(())
    }

    /// Makes the names themselves durable.
    pub(super) fn sync_dir(&mut self, dir: &Path) -> Result<(), WriteError> {
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
            other => other.map_err(|source| failed("sync", dir, source)),
        }
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> WriteError {
    WriteError::Io {
        action,
        path: path.to_owned(),
        source,
    }
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

    /// Writes a directory that is nowhere on disk: all of it or nothing.
    ///
    /// # Errors
    /// [`WriteError`], also where there is a directory that is not empty.
    pub fn establish(&self) -> Result<(), WriteError> {
        let path = self.path.as_path();
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(parent).map_err(|source| failed("create", parent, source))?;
        let (prefix, suffix) = TEMPORARY;
        let mut builder = tempfile::Builder::new();
        builder
            .prefix(prefix)
            .suffix(suffix)
            .permissions(Permissions::from_mode(0o777));
        let beside = builder
            .tempdir_in(parent)
            .map_err(|source| failed("create a directory in", parent, source))?;
        let mut disk = Disk::default();
        for file in &self.files {
            let content = disk.prepare(beside.path(), file.text())?;
            disk.name(content, &beside.path().join(file.name()))?;
        }
        let sum = disk.prepare(beside.path(), &self.sum_text())?;
        disk.name(sum, &beside.path().join(SUM_FILE))?;
        disk.sync_dir(beside.path())?;
        // An empty directory may be in the place.
        std::fs::rename(beside.path(), path).map_err(|source| failed("create", path, source))?;
        // It has another name now.
        let _ = beside.keep();
        let _ = disk.sync_dir(parent);
        Ok(())
    }

    /// The directory as it would be without its last migration; nothing is written.
    pub fn without_last(mut self) -> Self {
        self.files.pop();
        self.hashed()
    }

    /// With the checksum file that belongs to the files.
    pub(super) fn hashed(mut self) -> Self {
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
            .and_then(|()| self.disk.replace(sum, &path.join(SUM_FILE)));
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
        let text = Dir::open(self.dir.path())?.sum_text();
        self.write_sum(&text)?;
        self.settle()
    }

    /// Replaces the checksum file.
    pub(super) fn write_sum(&mut self, text: &str) -> Result<(), WriteError> {
        let path = self.dir.path().to_owned();
        let sum = self.disk.prepare(&path, text)?;
        self.disk.replace(sum, &path.join(SUM_FILE))?;
        // One that a power cut still takes is noticed by the next run.
        let _ = self.disk.sync_dir(&path);
        Ok(())
    }

    /// Writes a file under a name that is free.
    pub(super) fn add(&mut self, to: &Path, text: &str) -> Result<(), WriteError> {
        let file = self.disk.prepare(self.dir.path(), text)?;
        self.disk.name(file, to)
    }

    /// Reads the directory again and removes what interrupted runs left in it. Only with the lock: it
    /// is what tells their files from those of a run at work.
    pub(super) fn settle(&mut self) -> Result<(), WriteError> {
        self.dir = Dir::open(self.dir.path())?;
        if self.is_locked() {
            for leftover in std::mem::take(&mut self.dir.leftovers) {
                // It does no harm; the next run tries again.
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
