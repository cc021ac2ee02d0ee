//! The directory of one run: where it may be, who owns it, and how the leftovers of killed runs are found.
//!
//! A run holds a lock on a file in its directory for as long as it lives. A directory whose lock is free belongs to
//! nobody, whatever became of its process numbers, so it can be removed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::engine::EngineError;

const PREFIX: &str = "trueup-";
const LOCK: &str = "lock";
/// What the supervisor writes the server's process number to.
pub(super) const PID: &str = "server.pid";
/// The longest path of a socket, without the closing zero: `sun_path` has 108 bytes on Linux, 104 elsewhere.
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// A directory without a lock file is being made, unless it is this old.
const UNLOCKED_AGE: Duration = Duration::from_secs(600);

/// The account that a server runs as when we are root, since servers refuse to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUser {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl ServerUser {
    /// `None` when we are not root; otherwise the first of `names` that exists, or `nobody`.
    ///
    /// # Errors
    /// When we are root and there is no such account.
    pub fn choose(names: &[&str]) -> Result<Option<Self>, EngineError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        names
            .iter()
            .chain(&["nobody"])
            .find_map(|name| Self::find(&accounts, name))
            .map(Some)
            .ok_or_else(|| {
                EngineError::new(
                    "a database server does not run as root, and there is no other account to run it as",
                    "run trueup as an ordinary user, or create one called `nobody`",
                )
            })
    }

    /// The account in the text of a passwd file (`name:password:uid:gid:…`, passwd(5)).
    fn find(accounts: &str, name: &str) -> Option<Self> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then(|| Self {
                name: name.to_owned(),
                uid,
                gid,
            })
        })
    }

    /// Gives a path to the account.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
    }
}

/// A private directory for one run, locked while this value lives.
///
/// Dropping the value frees the lock and leaves the directory: the supervisor of the server in it removes it, or
/// [`RunDir::remove`] does, or the next run.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    user: Option<ServerUser>,
    _lock: File,
}

impl RunDir {
    /// Makes one in the temporary directory or in `/tmp`, after removing those of runs that were killed.
    ///
    /// `socket` is the name that the server gives its socket in it.
    ///
    /// # Errors
    /// When no directory can be used; the reasons are given.
    pub fn create(user: Option<ServerUser>, socket: &str) -> Result<Self, EngineError> {
        let mut reasons = Vec::new();
        let mut bases = vec![std::env::temp_dir()];
        if bases[0] != Path::new("/tmp") {
            bases.push(PathBuf::from("/tmp"));
        }
        for base in bases {
            let base = base.canonicalize().unwrap_or(base);
            let unfit = fits(&base, socket).or_else(|| unreachable(&base, user.as_ref()));
            if let Some(reason) = unfit {
                reasons.push(reason);
                continue;
            }
            sweep(&base, user.as_ref());
            match Self::create_in(&base, user.clone()) {
                Ok(dir) => return Ok(dir),
                Err(error) => reasons.push(format!("{}: {error}", base.display())),
            }
        }
        Err(EngineError::new(
            format!("no directory for a local server: {}", reasons.join("; ")),
            "set TMPDIR to a short, writable directory",
        ))
    }

    fn create_in(base: &Path, user: Option<ServerUser>) -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(10)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(base)?;
        // Locked under another name first, so that nobody sees the lock free while we still live.
        let early = dir.path().join("lock.new");
        let lock = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(&early)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        fs::rename(&early, dir.path().join(LOCK))?;
        if let Some(user) = &user {
            user.own(dir.path())?;
        }
        Ok(Self {
            path: dir.keep(),
            user,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The account that owns it, if not trueup's own.
    pub fn user(&self) -> Option<&ServerUser> {
        self.user.as_ref()
    }

    /// Removes it.
    pub fn remove(self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Why a socket in a run's directory would have too long a path.
fn fits(base: &Path, socket: &str) -> Option<String> {
    let length = base.as_os_str().as_bytes().len() + 1 + PREFIX.len() + 10 + 1 + socket.len();
    (length > SOCKET_PATH).then(|| {
        format!(
            "{}: too long for a socket, whose path may have {SOCKET_PATH} bytes",
            base.display()
        )
    })
}

/// Why the account could not enter a directory.
fn unreachable(base: &Path, user: Option<&ServerUser>) -> Option<String> {
    let user = user?;
    base.ancestors().find_map(|dir| {
        let meta = fs::metadata(dir).ok()?;
        let bit = if meta.uid() == user.uid {
            0o100
        } else if meta.gid() == user.gid {
            0o010
        } else {
            0o001
        };
        (meta.mode() & bit == 0).then(|| {
            format!(
                "{}: the account `{}`, which the server runs as, can't enter {}",
                base.display(),
                user.name,
                dir.display()
            )
        })
    })
}

/// Removes the directories of runs that are gone, and ends the servers that outlived them.
fn sweep(base: &Path, user: Option<&ServerUser>) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name.strip_prefix(PREFIX).is_some_and(|rest| {
                rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            })
        });
        if ours {
            sweep_one(&entry.path(), user);
        }
    }
}

fn sweep_one(path: &Path, user: Option<&ServerUser>) {
    let Ok(meta) = fs::symlink_metadata(path) else {
        return;
    };
    let me = rustix::process::geteuid().as_raw();
    if !meta.is_dir() || !(meta.uid() == me || user.is_some_and(|user| user.uid == meta.uid())) {
        return;
    }
    match OpenOptions::new().write(true).open(path.join(LOCK)) {
        Ok(lock) => {
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
                return;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let age = meta.modified().ok().and_then(|at| at.elapsed().ok());
            if age.is_none_or(|age| age < UNLOCKED_AGE) {
                return;
            }
        }
        Err(_) => return,
    }
    kill_server_of(path);
    if let Err(error) = fs::remove_dir_all(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(
            "can't remove what a run that was killed left in {}: {error}",
            path.display()
        );
    }
}

/// Ends the server that a run left behind when even its supervisor was killed.
///
/// The process number may have been given to another process since: only one whose command line names the directory
/// is ours.
fn kill_server_of(path: &Path) {
    let Some(pid) = fs::read_to_string(path.join(PID))
        .ok()
        .and_then(|text| text.trim().parse::<i32>().ok())
        .and_then(rustix::process::Pid::from_raw)
    else {
        return;
    };
    let number = pid.as_raw_nonzero().to_string();
    let command = fs::read(format!("/proc/{number}/cmdline")).or_else(|_| {
        std::process::Command::new("ps")
            .args(["-o", "args=", "-p", &number])
            .output()
            .map(|output| output.stdout)
    });
    let needle = path.as_os_str().as_bytes();
    let ours = command.is_ok_and(|line| line.windows(needle.len()).any(|part| part == needle));
    if ours {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\n\
                            postgres:x:101:104:admin,,,:/var/lib/postgresql:/bin/bash\n\
                            toor:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n";

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let user = ServerUser::find(ACCOUNTS, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert_eq!(ServerUser::find(ACCOUNTS, "post"), None);
        assert_eq!(ServerUser::find(ACCOUNTS, "toor"), None);
    }

    #[test]
    fn long_directories_are_refused_for_their_length() {
        let long = PathBuf::from(format!("/{}", "x".repeat(90)));
        assert!(fits(&long, ".s.PGSQL.5432").unwrap().contains("too long"));
        assert_eq!(fits(Path::new("/tmp"), ".s.PGSQL.5432"), None);
    }

    #[test]
    fn only_directories_of_dead_runs_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let alive = RunDir::create_in(base.path(), None).unwrap();
        let dead = RunDir::create_in(base.path(), None).unwrap();
        let dead_path = dead.path().to_owned();
        fs::write(dead_path.join("file"), "x").unwrap();
        drop(dead);
        let fresh = base.path().join("trueup-0123456789");
        let foreign = base.path().join("trueup-notes");
        fs::create_dir(&fresh).unwrap();
        fs::create_dir(&foreign).unwrap();
        sweep(base.path(), None);
        assert!(!dead_path.exists());
        assert!(alive.path().exists() && fresh.exists() && foreign.exists());
        let path = alive.path().to_owned();
        alive.remove().unwrap();
        assert!(!path.exists());
    }
}
