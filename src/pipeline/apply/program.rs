//! A program that a migration names, run at its place among the statements: with the rights of whoever applies migrations, and the
//! database's URL in its environment.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::config::{DbUrl, Secret};

/// Where it finds the database.
const VARIABLE: &str = "DATABASE_URL";

/// One that runs. It ends with us.
pub(super) struct Running {
    command: String,
    child: Child,
    out: Option<Lines<BufReader<ChildStdout>>>,
    err: Option<Lines<BufReader<ChildStderr>>>,
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
            .process_group(0)
            .kill_on_drop(true);
        let mut child = shell
            .spawn()
            .map_err(|error| format!("`{command}` can't be started: {error}"))?;
        Ok(Self {
            command: command.to_owned(),
            out: child.stdout.take().map(lines),
            err: child.stderr.take().map(lines),
            secrets: url.secrets(),
            child,
        })
    }

    /// The next line that it prints, without the database's password; none when it prints no more.
    pub(super) async fn line(&mut self) -> Option<String> {
        loop {
            let (out, err) = (&mut self.out, &mut self.err);
            let line = match (out.as_mut(), err.as_mut()) {
                (None, None) => return None,
                (Some(out), None) => (out.next_line().await, true),
                (None, Some(err)) => (err.next_line().await, false),
                (Some(out), Some(err)) => tokio::select! {
                    line = out.next_line() => (line, true),
                    line = err.next_line() => (line, false),
                },
            };
            match line {
                (Ok(Some(mut line)), _) => {
                    for secret in &self.secrets {
                        line = line.replace(secret.expose(), "***");
                    }
                    return Some(line);
                }
                // What is no text is not shown.
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
        let status = ended.map_err(|error| format!("`{command}` can't be waited for: {error}"))?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("`{command}` failed: {status}")),
        }
    }
}

fn lines<R: AsyncRead>(read: R) -> Lines<BufReader<R>>
where
    BufReader<R>: Unpin,
{
    BufReader::new(read).lines()
}
