//! Holds a migration directory against other runs. The lock is an advisory one on the directory
//! itself, so it leaves no file behind and ends with the process that holds it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Dir, DirError};

use crate::problem::{Explain, Problem};

/// How often a held lock is tried again.
const RETRY: Duration = Duration::from_millis(20);

/// Why a migration directory can't be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("migration directory {} is locked by another run{}; waited {waited:?}", path.display(), by(*process))]
    Timeout {
        path: PathBuf,
        /// The process that holds it, where the system tells.
        process: Option<u32>,
        /// How long this run waited.
        waited: Duration,
    },
    #[error("can't create migration directory {}: {source}", path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Dir(#[from] DirError),
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Timeout { .. } => {
                Some("wait for it to finish, or wait longer with --lock-timeout")
            }
            Self::Create { .. } => None,
            Self::Dir(error) => error.hint(),
        }
    }
}

fn by(process: Option<u32>) -> String {
    process
        .map(|id| format!(" (process {id})"))
        .unwrap_or_default()
}

/// How often a directory is made again that another run removes at the same moment.
const RETRIES: u32 = 100;

/// A migration directory that no other run of this program changes while this value lives. Dropping
/// it releases the lock, and removes the directory again if it was made here and nothing was written.
#[derive(Debug)]
pub struct LockedDir {
    pub(super) dir: Dir,
    /// Held open for its lock.
    handle: Option<File>,
    /// Directories that this value made, outermost first.
    created: Vec<PathBuf>,
    pub(super) disk: super::disk::Disk,
}

impl LockedDir {
    /// Locks the directory at `path` and reads it, waiting up to `timeout` for another run to
    /// finish. Blocks the thread meanwhile.
    ///
    /// # Errors
    /// [`LockError::Timeout`] when it is still held then; [`LockError::Dir`] when it doesn't exist or
    /// can't be read.
    pub fn acquire(path: impl Into<PathBuf>, timeout: Duration) -> Result<Self, LockError> {
        Self::lock(path.into(), timeout, false)
    }

    /// As [`LockedDir::acquire`], but makes the directory, and those above it, where they are
    /// missing.
    pub fn acquire_or_create(
        path: impl Into<PathBuf>,
        timeout: Duration,
    ) -> Result<Self, LockError> {
        Self::lock(path.into(), timeout, true)
    }

    /// The directory as it was when the lock was taken, or after the last write.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Whether the file system knows locks. Without, two runs at once are not kept apart.
    pub fn is_locked(&self) -> bool {
        self.handle.is_some()
    }

    fn lock(path: PathBuf, timeout: Duration, create: bool) -> Result<Self, LockError> {
        let begin = Instant::now();
        // Made here, so that whatever fails from now on removes what was created.
        let mut locked = Self {
            dir: Dir::missing(path.clone()),
            handle: None,
            created: Vec::new(),
            disk: super::disk::Disk::default(),
        };
        // Other runs may remove what they made for nothing, and with it what this one makes its directory in.
        let mut removed = 0;
        loop {
            // Asked once: another run may remove it between two questions.
            if create && path.metadata().is_ok_and(|there| !there.is_dir()) {
                return Err(DirError::NotADirectory { path }.into());
            }
            if create {
                match make(&path, &mut locked.created) {
                    Ok(()) => {}
                    Err(source)
                        if source.kind() == io::ErrorKind::NotFound && removed < RETRIES =>
                    {
                        removed += 1;
                        std::thread::sleep(Duration::from_millis(1));
                        continue;
                    }
                    Err(source) => return Err(LockError::Create { path, source }),
                }
            }
            let handle = match File::open(&path) {
                Ok(handle) => handle,
                // Another run has just removed the directory that it had made for nothing.
                Err(error) if create && error.kind() == io::ErrorKind::NotFound => continue,
                Err(_) => return Err(unreadable(&path).into()),
            };
            locked.handle = wait(handle, &path, begin, timeout)?;
            if locked
                .handle
                .as_ref()
                .is_none_or(|handle| is_at(handle, &path))
            {
                match Dir::open(&path) {
                    Err(DirError::NotFound { .. }) if create => continue,
                    dir => locked.dir = dir?,
                }
                return Ok(locked);
            }
        }
    }
}

impl Drop for LockedDir {
    fn drop(&mut self) {
        // Fails, as it should, for a directory that has something in it now.
        while self
            .created
            .pop()
            .is_some_and(|path| std::fs::remove_dir(path).is_ok())
        {}
    }
}

fn unreadable(path: &Path) -> DirError {
    match Dir::open(path) {
        Err(error) => error,
        Ok(_) => DirError::NotFound {
            path: path.to_owned(),
        },
    }
}

/// Makes a directory and those above it, and notes the ones that were not there.
fn make(path: &Path, created: &mut Vec<PathBuf>) -> io::Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|at| !at.as_os_str().is_empty() && !at.is_dir())
        .collect();
    for at in missing.into_iter().rev() {
        match std::fs::create_dir(at) {
            Ok(()) => created.push(at.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && at.is_dir() => {}
            // It was there, and is gone again.
            Err(_) if !at.exists() && at.parent().is_some_and(Path::is_dir) => {
                return Err(io::ErrorKind::NotFound.into());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits for the lock. Nothing where the file system has no locks.
fn wait(
    handle: File,
    path: &Path,
    begin: Instant,
    timeout: Duration,
) -> Result<Option<File>, LockError> {
    loop {
        match handle.try_lock() {
            Ok(()) => return Ok(Some(handle)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => return Ok(None),
        }
        let waited = begin.elapsed();
        if waited >= timeout {
            let process = holder(&handle);
            return Err(LockError::Timeout {
                path: path.to_owned(),
                process,
                waited: timeout,
            });
        }
        std::thread::sleep(RETRY.min(timeout - waited));
    }
}

/// Whether `handle` is still what is at `path`.
fn is_at(handle: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (handle.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// The process that holds the lock, from Linux' list of locks:
/// `1: FLOCK  ADVISORY  WRITE 4242 08:01:131 0 EOF`.
#[cfg(target_os = "linux")]
fn holder(handle: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = handle.metadata().ok()?.ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let of_inode = fields
            .get(5)
            .is_some_and(|at| at.rsplit(':').next() == Some(inode.as_str()));
        (fields.get(1) == Some(&"FLOCK") && of_inode)
            .then(|| fields[4].parse().ok())
            .flatten()
    })
}

#[cfg(not(target_os = "linux"))]
fn holder(_handle: &File) -> Option<u32> {
    None
}

impl Explain for LockError {
    fn explain(self) -> Problem {
        let hint = self.hint().map(|hint| hint.to_string());
        Problem {
            hint,
            ..Problem::new(self.to_string())
        }
    }
}
