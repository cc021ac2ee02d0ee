//! Whether somebody agrees to what is about to be done, and how a run ends that somebody stopped.

use std::io::IsTerminal as _;

use anyhow::Result;

use super::args::LiveArgs;
use super::io::Io;
use crate::pipeline::{Cancel, Interrupted};
use crate::report::ExitStatus;

/// Whether somebody is asked before anything is done.
pub(super) fn asks(auto_approve: bool, live: &LiveArgs) -> bool {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    terminal && !auto_approve && !live.is_json()
}

/// Whether a person watches the progress.
pub(super) fn on_terminal(live: &LiveArgs) -> bool {
    std::io::stdout().is_terminal() && !live.is_json()
}

/// Asks the user at the terminal.
pub(super) async fn confirmed(question: &str, io: &mut Io<'_>) -> Result<bool> {
    write!(io.err, "{question} [y/N] ")?;
    io.err.flush()?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let answer = io.cancel.race(answer).await???;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// How a run ends that was asked to stop.
pub(super) fn interrupted(cancel: &Cancel) -> ExitStatus {
    match cancel.check() {
        Err(Interrupted(number)) => ExitStatus::Signal(number),
        Ok(()) => ExitStatus::Failure,
    }
}
