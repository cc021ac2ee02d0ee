//! What a run of the Action found and did for one project.

use std::collections::BTreeSet;

use super::files::Files;
use super::inputs::Inputs;
use crate::github::commit::Followup;
use crate::github::page::{Fact, Outcome, Page};
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::{DriftReport, ExitStatus, Redactor, Report};

/// How a run ended, the output `state`.
///
/// In this order the worse of two is the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Something else than comparing was done.
    Done,
    /// Nothing is missing, or nothing any more.
    InSync,
    /// A migration is missing.
    Drift,
    /// The branch moved on: the run for its new head decides.
    Superseded,
    /// It could not be told.
    Error,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::InSync => "in-sync",
            Self::Drift => "drift",
            Self::Error => "error",
            Self::Superseded => "superseded",
        }
    }

    pub(super) fn exit(self, inputs: &Inputs) -> ExitStatus {
        match self {
            Self::Done | Self::InSync => ExitStatus::Success,
            Self::Drift if !inputs.fail_on_drift => ExitStatus::Success,
            Self::Drift => ExitStatus::Drift,
            Self::Error | Self::Superseded => ExitStatus::Failure,
        }
    }
}

/// What is to be committed for a project.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) files: Files,
    pub(super) report: Report,
    pub(super) key: String,
    /// The commit that was looked at.
    pub(super) head: String,
}

/// What a look at a database found.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) report: DriftReport,
    /// It has names only, since everybody may read what is told.
    pub(super) hidden: bool,
}

impl Live {
    /// What differs, by name: of this an issue says what came and what went.
    pub(super) fn objects(&self) -> BTreeSet<String> {
        let found = &self.report.adopt;
        let mut names = BTreeSet::new();
        for change in &found.changes {
            let name = format!("{} {}", change.kind, change.label);
            let details = change.details.iter();
            names.extend(details.map(|detail| format!("{name}: {detail}")));
            if change.details.is_empty() {
                names.insert(name);
            }
        }
        let texts = found.texts.iter();
        names.extend(texts.map(|object| format!("{} {}", object.kind, object.name)));
        names
    }
}

/// A commit that was made.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) oid: String,
    pub(super) verified: Option<bool>,
    pub(super) followup: Followup,
}

/// What a run found and did.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) state: State,
    pub(super) report: Option<Report>,
    pub(super) live: Option<Live>,
    pub(super) problem: Option<Problem>,
    /// What was done, where it was something else than comparing.
    pub(super) title: Option<String>,
    pub(super) files: Option<Files>,
    /// What was done besides, one sentence each.
    pub(super) done: Vec<String>,
    pub(super) part: Option<Part>,
    /// The migration directory's path in the repository, where that is a plain one.
    pub(super) prefix: Option<String>,
    pub(super) commit: Option<Commit>,
}

impl Finding {
    /// The verdict of a comparison.
    pub(super) fn of(report: Report) -> Self {
        let state = match report.found.verdict {
            Verdict::Synced => State::InSync,
            Verdict::Drifted => State::Drift,
            Verdict::Unknown => State::Error,
        };
        Self {
            report: Some(report),
            ..Self::bare(state)
        }
    }

    /// The verdict on a database.
    pub(super) fn looked(live: Live) -> Self {
        let state = match live.report.verdict() {
            Verdict::Synced => State::InSync,
            Verdict::Drifted | Verdict::Unknown => State::Drift,
        };
        Self {
            live: Some(live),
            ..Self::bare(state)
        }
    }

    /// Something else than comparing was done, and each thing in a sentence.
    pub(super) fn done(title: impl Into<String>, done: Vec<String>) -> Self {
        Self {
            title: Some(title.into()),
            done,
            ..Self::bare(State::Done)
        }
    }

    /// No verdict.
    pub(super) fn failed(problem: Problem) -> Self {
        Self {
            problem: Some(problem),
            ..Self::bare(State::Error)
        }
    }

    fn bare(state: State) -> Self {
        Self {
            state,
            report: None,
            live: None,
            problem: None,
            title: None,
            files: None,
            done: Vec::new(),
            part: None,
            prefix: None,
            commit: None,
        }
    }

    /// The commit that was made.
    pub(super) fn oid(&self) -> Option<&str> {
        self.commit.as_ref().map(|commit| commit.oid.as_str())
    }

    pub(super) fn page<'a>(
        &'a self,
        project: &'a [Fact],
        redactor: &'a Redactor,
    ) -> Option<Page<'a>> {
        let outcome = match (&self.problem, &self.report) {
            (None, None) if let Some(title) = &self.title => Outcome::Done { title },
            (None, None) => {
                let Live { report, hidden } = self.live.as_ref()?;
                Outcome::Looked {
                    report,
                    hidden: *hidden,
                }
            }
            (Some(problem), _) => Outcome::Failed {
                stage: problem.stage.unwrap_or("comparing"),
                problem,
            },
            (None, Some(report)) => Outcome::Compared(report),
        };
        Some(Page {
            project,
            outcome,
            commit: None,
            files: None,
            diagram: self
                .report
                .as_ref()
                .and_then(|report| report.diagram.as_deref()),
            patch: match self.commit {
                // What is committed is not to be applied again.
                Some(_) => None,
                None => self.files.as_ref().and_then(|files| files.patch.as_deref()),
            },
            settled: self.commit.is_some(),
            done: &self.done,
            relayed: None,
            failed: "Models and migrations could not be compared",
            redactor,
        })
    }
}
