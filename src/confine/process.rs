//! A child process in a group of its own: both pipes drained, ended on time, gone when dropped.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Cell, leftovers};

/// The most that is kept of what a program prints on stdout: more is not a schema.
pub(crate) const STDOUT_LIMIT: usize = 256 << 20;

/// How much of stderr is kept, from its end.
const STDERR_LIMIT: usize = 64 << 10;

/// How long the pipes may stay open when the process has ended, and how long a process has to obey a signal.
const GRACE: Duration = Duration::from_secs(1);

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Group,
    stdout: Drain,
    stderr: Drain,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its status; `None` when its time was up and it was killed.
    pub(crate) status: Option<ExitStatus>,
    /// All that it printed, up to [`STDOUT_LIMIT`].
    pub(crate) stdout: Vec<u8>,
    /// It printed more than that.
    pub(crate) overflow: bool,
    /// The end of what it complained about, fit for a terminal.
    pub(crate) stderr: String,
}

impl Process {
    /// Starts a command; its stdin is closed. A cell is kept until the end and nothing is left in it.
    pub(crate) fn start(mut command: Command, cell: Option<Cell>) -> io::Result<Self> {
        command.stdin(Stdio::null());
        let mut this = Self::spawn(command, cell)?;
        this.stdout = Drain::start(this.child.stdout.take(), STDOUT_LIMIT, Keep::Start);
        Ok(this)
    }

    /// The same for a command that is talked with.
    pub(crate) fn talk(
        mut command: Command,
        cell: Option<Cell>,
    ) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        command.stdin(Stdio::piped());
        let mut this = Self::spawn(command, cell)?;
        match (this.child.stdin.take(), this.child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok((this, stdin, stdout)),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn spawn(mut command: Command, cell: Option<Cell>) -> io::Result<Self> {
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if cell.is_none() {
            // In a cell it makes a session, which the leader of a group can't.
            command.process_group(0);
        }
        let mut child = match &cell {
            Some(_) => leftovers::start(|| command.spawn(), Child::id)?,
            None => command.spawn()?,
        };
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let group = Group { leader, cell };
        let stdout = Drain::start(None::<ChildStdout>, STDOUT_LIMIT, Keep::Start);
        let stderr = Drain::start(child.stderr.take(), STDERR_LIMIT, Keep::End);
        Ok(Self {
            child,
            group,
            stdout,
            stderr,
        })
    }

    /// Waits for the end, at most until `deadline`.
    pub(crate) async fn finish(mut self, deadline: Instant) -> io::Result<Ended> {
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
        self.group.end();
        let (stdout, overflow) = self.stdout.take();
        let (stderr, _) = self.stderr.take();
        Ok(Ended {
            status,
            stdout,
            overflow,
            stderr: clean(&stderr),
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

/// Kills the whole group, and what is left in the cell, when dropped.
#[derive(Debug)]
struct Group {
    leader: Option<Pid>,
    cell: Option<Cell>,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // Nobody left to be told is fine.
            let _ = kill_process_group(leader, signal);
        }
    }

    /// The leader has ended: its number may be somebody else's from now on.
    fn end(&mut self) {
        let leader = self.leader.take();
        let Some(cell) = self.cell.take() else {
            return;
        };
        if let Some(leader) = leader {
            leftovers::ended(leader);
        }
        cell.end(None);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if let Some(cell) = self.cell.take() {
            cell.end(self.leader);
            if let Some(leader) = self.leader {
                leftovers::ended(leader);
            }
        }
    }
}

/// What a program wrote, as text of lines: without colours, other sequences that a terminal obeys, and control characters.
pub(crate) fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => escape_sequence(&mut rest),
            // A line that is written over, such as progress.
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// Skips what follows an escape character (ECMA-48): `[` up to a letter, a string such as a title up to its end, or one
/// character. A line end ends everything, so that nothing hides a line.
fn escape_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = match rest.peek() {
        None | Some('\n') => return,
        Some(c) => *c,
    };
    rest.next();
    let ends: fn(char) -> bool = match kind {
        '[' => |c| ('@'..='~').contains(&c),
        ']' | 'P' | 'X' | '^' | '_' => |c| matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}'),
        '(' | ')' | '#' | '%' => |_| true,
        _ => return,
    };
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        if ends(c) {
            if c == '\u{1b}' {
                rest.next_if_eq(&'\\');
            }
            return;
        }
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
        Process::start(command, None).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn text_for_a_terminal_is_plain() {
        let clean = |text: &str| clean(text.as_bytes());
        assert_eq!(
            clean("\u{1b}[1;31mred\u{1b}[0m\r\n10%\r20%\r\n"),
            "red\n10%\n20%\n"
        );
        assert_eq!(
            clean("a\u{1b}]0;title\u{7}b\u{1b}]8;;x\u{1b}\\c\u{8}\u{0}\td"),
            "abc\td"
        );
        assert_eq!(clean("a\u{1b}[\nError: b\u{1b}"), "a\nError: b");
        assert_eq!(super::clean(b"\xff\x9b1m"), "\u{fffd}\u{fffd}1m");
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
