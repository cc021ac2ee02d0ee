//! What [`super::enter`] is told, and what it answers when it only tries.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Whether a program may use the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// No sockets at all, but for pairs.
    None,
    /// Other machines and ports of this one; of sockets that are files, pairs only.
    Internet,
}

/// Everything that is dropped before a program starts. Without a program it is tried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Spec {
    /// Number of the user and the group to become.
    pub(super) account: Option<u32>,
    /// System calls are forbidden; given up only when the kernel can't.
    pub(super) calls: bool,
    /// Whether sockets are among them.
    pub(super) network: Network,
    /// Files and directories that can't be read.
    pub(super) hide: Vec<PathBuf>,
    /// Directories whose entries may be listed although something below is hidden.
    pub(super) list: Vec<PathBuf>,
    /// Files and directories that can be read although they are hidden.
    pub(super) show: Vec<PathBuf>,
    /// Directories that may be written to.
    pub(super) write: Vec<PathBuf>,
    /// What must be readable afterwards.
    pub(super) readable: Vec<PathBuf>,
    pub(super) limits: Limits,
}

impl Spec {
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a program may use. None of them are per run: a process that starts others has them again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Limits {
    /// Processes and threads of the account.
    pub(super) processes: u64,
    /// Bytes of private writable memory. Not the address space, which allocators and accelerators reserve in plenty.
    pub(super) memory: u64,
    /// Bytes of one file.
    pub(super) file: u64,
    pub(super) files: u64,
}

/// What the kernel could do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Probe {
    /// Why system calls can't be forbidden.
    pub(super) calls: Option<String>,
    /// Landlock restricts files.
    pub(super) files: bool,
    /// What can't be read, and why.
    pub(super) unreadable: Option<(PathBuf, String)>,
}
