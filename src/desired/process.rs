//! A child process in a group of its own: both pipes drained, ended on time, gone when dropped.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// The most that is kept of what a program prints on stdout: more is no schema.
pub(super) const STDOUT_LIMIT: usize = 256 << 20;

/// How much of stderr is kept, from its end.
const STDERR_LIMIT: usize = 64 << 10;

/// How long the pipes may stay open when the process has ended, and how long a process has to obey a signal.
const GRACE: Duration = Duration::from_secs(1);

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Group,
    stdout: Drain,
    stderr: Drain,
}

/// What a process left behind.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its status; `None` when its time was up and it was killed.
    pub(super) status: Option<ExitStatus>,
    /// All that it printed, up to [`STDOUT_LIMIT`].
    pub(super) stdout: Vec<u8>,
    /// It printed more than that.
    pub(super) overflow: bool,
    /// The end of what it complained about.
    pub(super) stderr: String,
}

impl Process {
    /// Starts a command; its stdin is closed.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = Group {
            leader: child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(Pid::from_raw),
        };
        let stdout = Drain::start(child.stdout.take(), STDOUT_LIMIT, Keep::Start);
        let stderr = Drain::start(child.stderr.take(), STDERR_LIMIT, Keep::End);
        Ok(Self {
            child,
            group,
            stdout,
            stderr,
        })
    }

    /// Waits for the end, at most until `deadline`.
    pub(super) async fn finish(mut self, deadline: Instant) -> io::Result<Ended> {
        let status = match timeout_at(deadline, self.child.wait()).await {
            Ok(status) => Some(status?),
            Err(_elapsed) => {
                self.group.signal(Signal::TERM);
                if timeout(GRACE, self.child.wait()).await.is_err() {
                    self.group.signal(Signal::KILL);
                    self.child.wait().await?;
                }
                None
            }
        };
        // A process that it left running may hold the pipes open.
        if !self.drained().await || status.is_none() {
            self.group.signal(Signal::KILL);
            self.drained().await;
        }
        self.group.leader = None;
        let (stdout, overflow) = self.stdout.take();
        let (stderr, _) = self.stderr.take();
        Ok(Ended {
            status,
            stdout,
            overflow,
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        })
    }

    async fn drained(&mut self) -> bool {
        let both = async {
            self.stdout.end().await;
            self.stderr.end().await;
        };
        timeout(GRACE, both).await.is_ok()
    }
}

/// Kills the whole group when dropped, unless it is over.
#[derive(Debug)]
struct Group {
    leader: Option<Pid>,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // Nobody left to be told is fine.
            let _ = kill_process_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

#[derive(Clone, Copy, Debug)]
enum Keep {
    Start,
    End,
}

/// Reads a pipe to its end, whatever is kept of it, so that the writer never waits.
#[derive(Debug)]
struct Drain {
    kept: Arc<Mutex<(Vec<u8>, bool)>>,
    task: JoinHandle<()>,
    ended: bool,
}

impl Drain {
    fn start<R>(pipe: Option<R>, limit: usize, keep: Keep) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
    {
        let kept = Arc::new(Mutex::new((Vec::new(), false)));
        let shared = Arc::clone(&kept);
        let task = tokio::spawn(async move {
            let Some(mut pipe) = pipe else { return };
            let mut chunk = vec![0; 64 << 10];
            while let Ok(n @ 1..) = pipe.read(&mut chunk).await {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let (bytes, overflow) = &mut *kept;
                match keep {
                    Keep::Start if bytes.len() + n > limit => *overflow = true,
                    Keep::Start => bytes.extend_from_slice(&chunk[..n]),
                    Keep::End => {
                        bytes.extend_from_slice(&chunk[..n]);
                        let excess = bytes.len().saturating_sub(limit);
                        *overflow |= excess > 0;
                        bytes.drain(..excess);
                    }
                }
            }
        });
        Self {
            kept,
            task,
            ended: false,
        }
    }

    async fn end(&mut self) {
        if !self.ended {
            let _ = (&mut self.task).await;
            self.ended = true;
        }
    }

    fn take(&self) -> (Vec<u8>, bool) {
        self.task.abort();
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test]
    async fn both_pipes_are_drained_at_once() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo $i; echo 'a line on stderr that fills its pipe' >&2; \
                      i=$((i+1)); done";
        let ended = sh(script).finish(soon()).await.unwrap();
        assert!(ended.status.unwrap().success());
        assert_eq!(ended.stdout.iter().filter(|b| **b == b'\n').count(), 3000);
        assert_eq!(ended.stderr.len(), STDERR_LIMIT, "only the end is kept");
        assert!(ended.stderr.ends_with("its pipe\n"));
    }

    #[tokio::test]
    async fn the_whole_group_ends_when_time_is_up() {
        let dir = tempfile::tempdir().unwrap();
        let alive = dir.path().join("alive");
        let script = format!(
            "trap '' TERM; (trap '' TERM; sleep 4; touch {}) & echo started >&2; wait; wait",
            alive.display()
        );
        let process = sh(&script);
        let ended = process
            .finish(Instant::now() + Duration::from_millis(700))
            .await
            .unwrap();
        assert!(ended.status.is_none());
        assert_eq!(ended.stderr, "started\n");
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(!alive.exists(), "a grandchild went on");
    }

    #[tokio::test]
    async fn a_process_left_running_does_not_hold_us() {
        let started = Instant::now();
        let ended = sh("sleep 30 & echo done").finish(soon()).await.unwrap();
        assert!(ended.status.unwrap().success());
        assert_eq!(ended.stdout, b"done\n");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
