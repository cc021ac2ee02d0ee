//! One program's account, home, environment and limits; nothing of it is left afterwards.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use rustix::process::Pid;
use tempfile::TempDir;
use tokio::process::Command;

use super::spec::{Limits, Network, Spec};
use super::{ConfineError, Confinement, ENTER, Level, environment, leftovers};

/// Numbers that no person or service has: systemd takes them for services that live for a moment
/// (<https://systemd.io/UIDS-GIDS/>). They exist in user namespaces, too, which end at 65535.
const ACCOUNTS: std::ops::RangeInclusive<u32> = 61184..=65519;

/// The user name that the program sees.
const NAME: &str = "trueup";

/// A place for one program.
#[derive(Debug)]
pub struct Cell {
    /// Our own program, which drops the rights; none when they are kept.
    exe: Option<PathBuf>,
    spec: Spec,
    home: TempDir,
    environment: super::Variables,
}

impl Cell {
    pub(super) fn new(
        confinement: &Confinement,
        network: Network,
        write: &[PathBuf],
        read: &[PathBuf],
    ) -> Result<Self, ConfineError> {
        let options = &confinement.options;
        let home = tempfile::Builder::new()
            .prefix("trueup-home-")
            .tempdir()
            .map_err(|error| ConfineError::Io("a home can't be made", error))?;
        let off = options.level == Level::Off;
        let account = match rustix::process::geteuid().is_root() && !off {
            true => Some(free_account(&options.workspace, home.path())?),
            false => None,
        };
        let mut writable = write.to_vec();
        writable.push(home.path().to_owned());
        let cell = Self {
            exe: (!off).then(|| options.exe.clone()),
            spec: Spec {
                account,
                calls: confinement.probe.calls.is_none(),
                network,
                hide: options.hide.clone(),
                list: [&options.list[..], std::slice::from_ref(&options.workspace)].concat(),
                show: read.to_vec(),
                write: writable,
                readable: Vec::new(),
                limits: limits(network, account),
            },
            environment: environment::kept(options),
            home,
        };
        cell.make_home()
            .map_err(|error| ConfineError::Io("a home can't be made", error))?;
        for path in write {
            cell.give(path)
                .map_err(|error| ConfineError::Io("a directory can't be handed over", error))?;
        }
        Ok(cell)
    }

    fn make_home(&self) -> io::Result<()> {
        fs::create_dir(self.temp())?;
        fs::set_permissions(self.home.path(), Permissions::from_mode(0o700))?;
        self.give(self.home.path())
    }

    fn temp(&self) -> PathBuf {
        self.home.path().join("tmp")
    }

    /// The program's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The number of its account.
    pub fn uid(&self) -> u32 {
        self.spec
            .account
            .unwrap_or_else(|| rustix::process::geteuid().as_raw())
    }

    pub(super) fn spec(&self) -> &Spec {
        &self.spec
    }

    /// A program with nothing but what it may have; more variables can be set.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = match &self.exe {
            Some(exe) => {
                let mut command = Command::new(exe);
                command.arg(ENTER).arg(self.spec.to_text()).arg(program);
                command
            }
            None => {
                let mut command = Command::new(program);
                command.process_group(0);
                command
            }
        };
        command
            .env_clear()
            .envs(&self.environment)
            .env("HOME", self.home.path())
            .env("TMPDIR", self.temp())
            .env("USER", NAME)
            .env("LOGNAME", NAME)
            // The sources belong to somebody else.
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Gives a tree to the program's account.
    pub fn give(&self, path: &Path) -> io::Result<()> {
        match self.spec.account {
            None => Ok(()),
            Some(uid) => {
                let from = fs::symlink_metadata(path)?.uid();
                hand_over(path, from, (uid, uid))
            }
        }
    }

    /// Ends whatever the program left running. `leader` is the program itself, which somebody else waits for.
    ///
    /// Nothing tells what an unconfined program left from what others run: only its group is ended.
    pub(super) fn end(&self, leader: Option<Pid>) {
        if self.exe.is_some() {
            leftovers::end(self.spec.account, leader);
        }
    }
}

/// Gives what one account owns in a tree to another one. Links are not followed, and what somebody else owns is left
/// alone: it may be linked into the tree from elsewhere.
pub fn hand_over(path: &Path, from: u32, to: (u32, u32)) -> io::Result<()> {
    let meta = fs::symlink_metadata(path)?;
    if meta.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), from, to)?;
        }
    }
    match meta.uid() == from && from != to.0 {
        true => lchown(path, Some(to.0), Some(to.1)),
        false => Ok(()),
    }
}

/// A number that no process, no account of the system and no file of the workspace's has. Two cells of a process get
/// different ones by their homes' names.
fn free_account(workspace: &Path, home: &Path) -> Result<u32, ConfineError> {
    let owner = fs::metadata(workspace).map(|meta| meta.uid()).ok();
    let mut taken: BTreeSet<u32> = leftovers::accounts();
    taken.extend(owner);
    taken.extend(named_accounts());
    let size = ACCOUNTS.end() - ACCOUNTS.start() + 1;
    let seed = home
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(std::process::id(), |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
    (0..size)
        .map(|step| ACCOUNTS.start() + (seed % size + step) % size)
        .find(|number| !taken.contains(number))
        .ok_or_else(|| ConfineError::Failed("no account is free".to_owned()))
}

/// Numbers in the system's list of accounts.
fn named_accounts() -> Vec<u32> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split(':').nth(2)?.parse().ok())
        .collect()
}

fn limits(network: Network, account: Option<u32>) -> Limits {
    const GIB: u64 = 1 << 30;
    let (processes, file, files) = match network {
        Network::None => (512, GIB, 1024),
        Network::Internet => (2048, 16 * GIB, 8192),
    };
    // The kernel counts all that the account runs: our own runs more than this program.
    let others = match account {
        Some(_) => 0,
        None => leftovers::threads(rustix::process::geteuid().as_raw()),
    };
    Limits {
        processes: processes + others,
        memory: total_memory().map_or(4 * GIB, |total| total / 4 * 3),
        file,
        files,
    }
}

/// Bytes of memory of the machine.
fn total_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_accounts_of_their_own() {
        let one = free_account(Path::new("/"), Path::new("/tmp/trueup-home-a")).unwrap();
        let other = free_account(Path::new("/"), Path::new("/tmp/trueup-home-b")).unwrap();
        assert!(ACCOUNTS.contains(&one) && ACCOUNTS.contains(&other));
        assert_ne!(one, other);
    }

    #[test]
    fn memory_is_known() {
        assert!(total_memory().is_none_or(|bytes| bytes > 1 << 24));
    }
}
