//! What connects a command with the outside: results, messages, interruption.

use std::io::{self, Write};

use super::waiting::Waiting;
use crate::pipeline::{Cancel, Interrupted, PipelineError};
use crate::problem::Problem;
use crate::report::{Style, json, text};

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbosity {
    /// `-v`, counted.
    pub more: u8,
    /// `-q`.
    pub quiet: bool,
}

/// A command's surroundings. Results go to `out`, everything else to `err`.
pub struct Io<'a> {
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
    pub out_style: Style,
    pub err_style: Style,
    pub verbosity: Verbosity,
    /// Whether messages go to a terminal on which a line can be drawn again and again.
    pub live: bool,
    pub cancel: Cancel,
}

/// What an error of any kind is shown as.
pub(super) fn problem(error: &anyhow::Error) -> Problem {
    let problem = error.downcast_ref::<Problem>().cloned();
    problem.unwrap_or_else(|| Problem::new(format!("{error:#}")))
}

/// What went wrong, told; that somebody asked to stop stays what it is.
pub(super) fn told(error: PipelineError) -> anyhow::Error {
    match error {
        PipelineError::Interrupted(interrupted) => interrupted.into(),
        other => Problem::from(other).into(),
    }
}

impl Io<'_> {
    /// Who waits for a dev database.
    pub(super) fn waiting(&self) -> Waiting {
        // Events of `-v` would be drawn into the line.
        let live = self.live && !self.verbosity.quiet && self.verbosity.more == 0;
        Waiting::new(live)
    }

    /// Writes a result.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Says what was done, unless quiet. A closed pipe is not an error.
    pub fn note(&mut self, text: &str) {
        if !self.verbosity.quiet {
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// Warns, unless quiet.
    pub fn warn(&mut self, text: &str) {
        let label = self.err_style.yellow("Warning:");
        self.note(&format!("{label} {text}"));
    }

    /// Prints an error as the JSON that a program waits for, and gives it back to be told to people, too.
    pub(super) fn fail_as_json(&mut self, error: anyhow::Error) -> io::Result<anyhow::Error> {
        if error.is::<Interrupted>() {
            return Ok(error);
        }
        let problem = Problem {
            stdout: None,
            ..problem(&error)
        };
        self.print(&format!("{:#}\n", json::failed(&problem)))?;
        Ok(problem.into())
    }

    /// Tells what went wrong.
    pub fn fail(&mut self, problem: &Problem) -> io::Result<()> {
        let printed = match &problem.stdout {
            Some(text) => self.print(text),
            None => Ok(()),
        };
        let text = text::problem(problem, self.err_style, self.verbosity.more > 0);
        let _ = self.err.write_all(text.as_bytes());
        printed
    }

    /// Reports the databases of a fleet that failed: the first few in full, and how many more there are, by what they `did`.
    pub fn fail_each<'p>(
        &mut self,
        failed: impl ExactSizeIterator<Item = (&'p str, &'p Problem)>,
        did: &str,
    ) -> io::Result<()> {
        /// Databases whose errors are shown in full.
        const SHOWN: usize = 5;
        let more = failed.len().saturating_sub(SHOWN);
        for (name, problem) in failed.take(SHOWN) {
            self.fail(&Problem {
                message: format!("{name}: {}", problem.message),
                stdout: None,
                ..problem.clone()
            })?;
        }
        if more > 0 {
            self.note(&format!(
                "{more} more {did}: `--format json` has every error"
            ));
        }
        Ok(())
    }
}
