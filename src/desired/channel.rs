//! A Python program of trueup that runs in the project's environment, and asks for things while it runs: a line of JSON at a
//! time, each way.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::timeout_at;

use super::loader::{self, Failure};
use super::provider::{self, About, ProviderError, ProviderFailure, Running};
use super::{ProviderOptions, locate};
use crate::config::Origin;

/// The most that a program says: statements, with the rows that migrations bring along.
const LIMIT: u64 = 256 << 20;

/// A program that is talked with.
#[derive(Debug)]
pub struct Talk {
    running: Running,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Bytes so far.
    heard: u64,
}

/// The lines that every program ends with.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line<T> {
    Error {
        error: Box<Failure>,
    },
    Done {
        #[serde(rename = "done")]
        _done: serde::de::IgnoredAny,
    },
    Other(T),
}

impl Talk {
    /// Starts `program`, Python text that follows the common base. `origin` is where in the settings it is asked for; `write` are
    /// directories that are given to it where it is confined.
    ///
    /// # Errors
    /// When there is no interpreter, or it can't be confined.
    pub fn start(
        program: &str,
        python: Option<&[String]>,
        origin: Origin,
        write: Vec<PathBuf>,
        options: &ProviderOptions,
    ) -> Result<Self, Box<ProviderError>> {
        let command = locate::interpreter(options, python);
        let (name, rest) = command.split_first().unzip();
        let name = name.cloned().unwrap_or_default();
        let mut about = About::new(name, provider::command_line(&command), origin, options);
        about.history = true;
        about.write = write;
        let text = format!("{}\n\n{}\n\n{program}", loader::BASE, loader::MODELS);
        let own = ["-c".to_owned(), text];
        let args = [rest.unwrap_or_default(), &own].concat();
        let (running, stdin, stdout) = provider::talk(about, &args, options)?;
        Ok(Self {
            running,
            stdin,
            stdout: BufReader::new(stdout),
            heard: 0,
        })
    }

    /// Waits for the next line, of the caller's form; `None` where the program is done and has ended. One that says nothing for
    /// longer than it may take is stopped.
    ///
    /// # Errors
    /// The program's own, with the project's frames; or how it ended without a word.
    pub async fn next<T: DeserializeOwned>(
        mut self,
    ) -> Result<Option<(Self, T)>, Box<ProviderError>> {
        let mut line = Vec::new();
        let deadline = self.running.extend();
        let mut bounded = (&mut self.stdout).take(LIMIT.saturating_sub(self.heard));
        let read = timeout_at(deadline, bounded.read_until(b'\n', &mut line)).await;
        let parsed = match read {
            Ok(Ok(1..)) => serde_json::from_slice(&line).ok(),
            _ => None,
        };
        self.heard += line.len() as u64;
        if let Some(Line::Other(line)) = parsed {
            return Ok(Some((self, line)));
        }
        drop((self.stdin, self.stdout));
        let (about, ended, _) = self.running.ended().await?;
        match parsed {
            Some(Line::Error { error }) => Err(loader::failed(&about, *error, &ended.stderr)),
            Some(_) => {
                provider::told(&about.name, &ended.stderr);
                Ok(None)
            }
            None => {
                let name = &about.name;
                let cause = match line.is_empty() {
                    true => format!("`{name}` ended before the history was run"),
                    false => format!(
                        "`{name}` sent an unknown message, or more than {} MiB",
                        LIMIT >> 20
                    ),
                };
                Err(about.fail(ProviderFailure::History(cause), &ended.stderr, None))
            }
        }
    }

    /// Answers with a line. That the program is gone is seen by [`Talk::next`].
    pub async fn answer(&mut self, line: &str) {
        let deadline = self.running.extend();
        let written = async {
            self.stdin.write_all(line.as_bytes()).await?;
            self.stdin.write_all(b"\n").await?;
            self.stdin.flush().await
        };
        // One that does not read does not speak either, and is stopped for that.
        let _ = timeout_at(deadline, written).await;
    }
}
