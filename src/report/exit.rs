//! How a command ends.

use std::process::ExitCode;

use crate::pipeline::Verdict;

/// The one place that gives exit codes a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done, or in sync.
    Success,
    /// The models and the migrations differ.
    Drift,
    /// It could not run, or could not tell; also wrong usage.
    Failure,
    /// Ended by a signal, or by a reader that went away.
    Signal(u8),
}

impl ExitStatus {
    /// The reader of stdout went away: what a program ends with that SIGPIPE kills.
    pub const BROKEN_PIPE: Self = Self::Signal(13);

    /// The code for the shell.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Drift => 1,
            Self::Failure => 2,
            Self::Signal(number) => 128 + (number & 0x7f),
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

impl From<Verdict> for ExitStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Synced => Self::Success,
            Verdict::Drifted => Self::Drift,
            Verdict::Unknown => Self::Failure,
        }
    }
}
