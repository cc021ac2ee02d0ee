//! Finds and ends what a confined program left running, sessions and double forks or not.
//!
//! With an account of its own, everything of that account is meant. Without one, it is told by what a process can't get
//! rid of: it descends from us (orphans are handed to us), may gain no rights, and has more filters of system calls than
//! we have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{fs, io};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// How long a program that keeps forking is hunted.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the kernel tells about a process (`/proc/PID/status`, proc_pid_status(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Status {
    parent: i32,
    uids: Vec<u32>,
    threads: u64,
    stopped: bool,
    zombie: bool,
    no_new_privs: bool,
    filters: u32,
}

impl Status {
    fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match name {
                "PPid" => status.parent = value.parse().unwrap_or_default(),
                "Uid" => {
                    status.uids = value
                        .split_whitespace()
                        .filter_map(|uid| uid.parse().ok())
                        .collect();
                }
                "Threads" => status.threads = value.parse().unwrap_or_default(),
                "State" => {
                    status.stopped = value.starts_with('T');
                    status.zombie = value.starts_with('Z');
                }
                "NoNewPrivs" => status.no_new_privs = value == "1",
                "Seccomp_filters" => status.filters = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        status
    }
}

fn processes() -> BTreeMap<i32, Status> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("status")).ok()?;
            Some((pid, Status::parse(&text)))
        })
        .collect()
}

/// Accounts that run something.
pub(super) fn accounts() -> BTreeSet<u32> {
    processes()
        .into_values()
        .flat_map(|status| status.uids)
        .collect()
}

/// How many threads an account runs.
pub(super) fn threads(uid: u32) -> u64 {
    processes()
        .values()
        .filter(|status| status.uids.first() == Some(&uid))
        .map(|status| status.threads)
        .sum()
}

/// Makes orphans below us ours, and our memory and environment unreadable for others of our account.
pub(super) fn adopt() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, getpid, set_child_subreaper, set_dumpable_behavior,
        };
        // Both can only fail for bad arguments.
        let _ = set_child_subreaper(Some(getpid()));
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Ends what is left. `leader` is the program, which somebody else waits for.
///
/// What forks all the time would be ahead of any list of it. So everything is stopped first: what is stopped forks no more
/// and still counts, so that the limit of processes is reached soon.
pub(super) fn end(account: Option<u32>, leader: Option<Pid>) {
    let deadline = Instant::now() + PATIENCE;
    let quiet = |status: &Status| status.stopped || status.zombie;
    let stopped = send(account, leader, Signal::STOP, quiet, deadline);
    let ended = send(
        account,
        leader,
        Signal::KILL,
        |status| status.zombie,
        deadline,
    );
    if !stopped || !ended {
        tracing::warn!(
            "a process that the project's program started could not be ended and may still run"
        );
    }
}

/// Sends a signal until all that is left is as wanted; whether that was in time.
fn send(
    account: Option<u32>,
    leader: Option<Pid>,
    signal: Signal,
    done: impl Fn(&Status) -> bool,
    deadline: Instant,
) -> bool {
    let leader = leader.map_or(0, |pid| pid.as_raw_nonzero().get());
    let me = rustix::process::getpid().as_raw_nonzero().get();
    loop {
        let all = processes();
        let left = match account {
            Some(uid) => of_account(&all, uid),
            None => of_descent(&all, me, leader),
        };
        let mut all_done = true;
        for pid in left {
            let Some(id) = Pid::from_raw(pid) else {
                continue;
            };
            let status = &all[&pid];
            if status.zombie && status.parent == me && pid != leader {
                let _ = waitpid(Some(id), WaitOptions::NOHANG);
            }
            if !done(status) {
                all_done = false;
                // One that has just ended needs no signal.
                let _ = kill_process(id, signal);
            }
        }
        if all_done || Instant::now() > deadline {
            return all_done;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn of_account(all: &BTreeMap<i32, Status>, uid: u32) -> Vec<i32> {
    all.iter()
        .filter(|(_, status)| status.uids.contains(&uid))
        .map(|(pid, _)| *pid)
        .collect()
}

/// Confined processes below `me` that are orphans, or below `leader`.
fn of_descent(all: &BTreeMap<i32, Status>, me: i32, leader: i32) -> Vec<i32> {
    let own = all.get(&me).map_or(0, |status| status.filters);
    let confined = |status: &Status| status.no_new_privs && status.filters > own;
    let ours = |pid: i32| {
        let mut pid = pid;
        // A chain is never longer than there are processes.
        for _ in 0..all.len() {
            let Some(status) = all.get(&pid) else {
                return false;
            };
            if pid == leader || status.parent == me {
                // Another running program of trueup leads a session; an orphan's parent has changed.
                return pid == leader || !LEADERS.contains(pid);
            }
            pid = status.parent;
        }
        false
    };
    all.iter()
        .filter(|(pid, status)| confined(status) && ours(**pid))
        .map(|(pid, _)| *pid)
        .collect()
}

/// Running programs of trueup.
static LEADERS: Leaders = Leaders(std::sync::Mutex::new(BTreeSet::new()));

struct Leaders(std::sync::Mutex<BTreeSet<i32>>);

impl Leaders {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeSet<i32>) -> T) -> T {
        work(
            &mut self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    fn contains(&self, pid: i32) -> bool {
        self.with(|pids| pids.contains(&pid))
    }
}

/// Starts a program and remembers that it is at work, so that the end of another one does not take it for an orphan.
///
/// Both under one lock: a reader of the process list waits here until the process is registered.
pub(super) fn start<T>(
    start: impl FnOnce() -> io::Result<T>,
    pid: impl FnOnce(&T) -> Option<u32>,
) -> io::Result<T> {
    LEADERS.with(|pids| {
        let child = start()?;
        pids.extend(pid(&child).and_then(|pid| i32::try_from(pid).ok()));
        Ok(child)
    })
}

/// Forgets a program that has ended.
pub(super) fn ended(pid: Pid) {
    LEADERS.with(|pids| pids.remove(&pid.as_raw_nonzero().get()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read() {
        let text = "Name:\tx\nState:\tZ (zombie)\nPPid:\t7\nUid:\t1\t2\t3\t4\nThreads:\t5\nNoNewPrivs:\t1\nSeccomp:\t2\n\
                    Seccomp_filters:\t3\n";
        let status = Status {
            parent: 7,
            uids: vec![1, 2, 3, 4],
            threads: 5,
            stopped: false,
            zombie: true,
            no_new_privs: true,
            filters: 3,
        };
        assert_eq!(Status::parse(text), status);
    }

    #[test]
    fn orphans_are_told_from_our_servers() {
        let process = |parent, filters| Status {
            parent,
            filters,
            no_new_privs: filters > 1,
            ..Status::default()
        };
        let all: BTreeMap<i32, Status> = [
            (10, process(1, 1)),
            // A database server that trueup started.
            (20, process(10, 1)),
            // The program, its child, an orphan of it.
            (30, process(10, 4)),
            (31, process(30, 4)),
            (32, process(10, 4)),
            // Somebody else's.
            (40, process(1, 4)),
        ]
        .into();
        assert_eq!(of_descent(&all, 10, 30), [30, 31, 32]);
    }
}
