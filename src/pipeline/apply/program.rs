//! A program that a migration names, run at its place among the statements: with the rights of the user who applies migrations, and the
//! database's URL in its environment.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Split};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::config::secret::{MASK, mask_urls};
use crate::config::{DbUrl, Secret};

/// Where it finds the database.
const VARIABLE: &str = "DATABASE_URL";

/// One that runs. It ends with us, and so does all that it started.
pub(super) struct Running {
    command: String,
    child: Child,
    /// Its group, as long as it runs.
    group: Option<Pid>,
    out: Option<Split<BufReader<ChildStdout>>>,
    err: Option<Split<BufReader<ChildStderr>>>,
    secrets: Vec<Secret>,
}

impl Running {
    /// Starts it, in a group of its own: a signal to us is not one to it, and it is waited for.
    pub(super) fn start(command: &str, url: &DbUrl) -> Result<Self, String> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .env(VARIABLE, url.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = shell
            .spawn()
            .map_err(|error| format!("`{command}` can't be started: {error}"))?;
        Ok(Self {
            command: command.to_owned(),
            out: child.stdout.take().map(lines),
            err: child.stderr.take().map(lines),
            secrets: url.secrets(),
            group: child.id().and_then(|id| Pid::from_raw(id.cast_signed())),
            child,
        })
    }

    /// The next line that it prints, without the database's password in any form and without those of other URLs; none when it
    /// prints no more.
    pub(super) async fn line(&mut self) -> Option<String> {
        loop {
            let (out, err) = (&mut self.out, &mut self.err);
            let line = match (out.as_mut(), err.as_mut()) {
                (None, None) => return None,
                (Some(out), None) => (out.next_segment().await, true),
                (None, Some(err)) => (err.next_segment().await, false),
                (Some(out), Some(err)) => tokio::select! {
                    line = out.next_segment() => (line, true),
                    line = err.next_segment() => (line, false),
                },
            };
            match line {
                (Ok(Some(line)), _) => {
                    // Not all programs write UTF-8, and one is never ended by a pipe that nobody reads.
                    let mut line = String::from_utf8_lossy(&line).into_owned();
                    for secret in &self.secrets {
                        line = line.replace(secret.expose(), MASK);
                    }
                    return Some(mask_urls(line.trim_end_matches('\r')));
                }
                (Ok(None) | Err(_), true) => self.out = None,
                (Ok(None) | Err(_), false) => self.err = None,
            }
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it did not succeed.
    pub(super) async fn ended(mut self) -> Result<(), String> {
        let command = &self.command;
        let ended = self.child.wait().await;
        // Its number may be somebody else's from now on.
        self.group = None;
        let status = ended.map_err(|error| format!("`{command}` can't be waited for: {error}"))?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("`{command}` failed: {status}")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // Nobody may be listening any more.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn lines<R: AsyncRead + Unpin>(read: R) -> Split<BufReader<R>> {
    BufReader::new(read).split(b'\n')
}
