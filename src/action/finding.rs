//! What a run of the Action found and did for one project.

use std::collections::BTreeSet;

use super::files::Files;
use super::inputs::Inputs;
use crate::github::commit::Followup;
use crate::github::issue::{self, Unknown};
use crate::github::page::{self, Fact, Outcome, Page, Shipped};
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::{DriftReport, ExitStatus, FleetReport, Redactor, Report};

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

/// What a look at a database, or at all of an environment, found.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) report: Looked,
    /// It has names only, since everybody may read what is told.
    pub(super) hidden: bool,
}

#[derive(Debug)]
pub(super) enum Looked {
    One(Box<DriftReport>),
    Many(FleetReport),
}

impl Looked {
    /// What was found, each difference once.
    pub(super) fn found(&mut self) -> &mut [DriftReport] {
        match self {
            Self::One(report) => std::slice::from_mut(report),
            Self::Many(fleet) => &mut fleet.found,
        }
    }
}

impl Live {
    /// Whether something is known to differ.
    pub(super) fn drifted(&self) -> bool {
        let verdict = match &self.report {
            Looked::One(report) => report.verdict(),
            Looked::Many(fleet) => fleet.verdict(),
        };
        verdict == Verdict::Drifted
    }

    /// Why nothing is known of some databases.
    pub(super) fn failure(&self) -> Option<String> {
        let Looked::Many(fleet) = &self.report else {
            return None;
        };
        let number = fleet.failed().count();
        let (_, first) = fleet.failed().next()?;
        let why = match self.hidden {
            true => String::new(),
            false => format!(": {}", first.message),
        };
        let all = fleet.of_all(number);
        Some(format!("{all} could not be checked{why}"))
    }

    /// What differs, by name: of this an issue says what came and what went. Of many databases it is those, with a word that
    /// tells their differences apart; where everybody may read it, what differs in any of them.
    pub(super) fn objects(&self) -> BTreeSet<String> {
        match &self.report {
            Looked::One(report) => names(report),
            Looked::Many(fleet) if self.hidden => fleet.found.iter().flat_map(names).collect(),
            Looked::Many(fleet) => fleet
                .hashes()
                .map(|(name, hash)| format!("{name} ({})", &hash[..8.min(hash.len())]))
                .collect(),
        }
    }

    /// Of which objects that were told before nothing is known this time.
    pub(super) fn unknown(&self) -> Unknown {
        match &self.report {
            Looked::Many(fleet) if self.hidden && fleet.failed().next().is_some() => Unknown::All,
            Looked::Many(fleet) => {
                let names = fleet.failed().map(|(name, _)| format!("{name} ("));
                Unknown::Beginning(names.collect())
            }
            Looked::One(_) => Unknown::default(),
        }
    }

    /// Equal where the same differs. Where everybody may read it, it is of names alone: a default that is easily guessed could
    /// be tried against a hash of everything.
    pub(super) fn hash(&self) -> String {
        match &self.report {
            Looked::One(report) if !self.hidden => report.hash.clone(),
            _ => issue::digest(&self.objects()),
        }
    }
}

/// What differs in a database, by name.
fn names(report: &DriftReport) -> BTreeSet<String> {
    let found = &report.adopt;
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

/// What the adopting pull request has to do.
#[derive(Debug)]
pub(super) enum Adoption {
    /// It adopts what is there.
    Files {
        files: Files,
        /// Tells the migration from others, and what comes before it.
        plan: String,
        marking: Marking,
    },
    /// Nothing differs: there is nothing to adopt.
    Over,
}

/// As [`page::Marking`].
#[derive(Debug)]
pub(super) enum Marking {
    Command(String),
    Revision(String),
    Latest,
}

impl Marking {
    pub(super) fn as_page(&self) -> page::Marking<'_> {
        match self {
            Self::Command(command) => page::Marking::Command(command),
            Self::Revision(version) => page::Marking::Revision(version),
            Self::Latest => page::Marking::Latest,
        }
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
    /// What was applied to databases.
    pub(super) shipped: Option<Shipped>,
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
    pub(super) adoption: Option<Adoption>,
    /// The pull request that adopts what is there: its number and address.
    pub(super) pull: Option<(u64, String)>,
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
        let state = match (live.failure(), live.drifted()) {
            (Some(_), _) => State::Error,
            (None, true) => State::Drift,
            (None, false) => State::InSync,
        };
        Self {
            live: Some(live),
            ..Self::bare(state)
        }
    }

    /// Migrations were applied, or not all of them.
    pub(super) fn shipped(shipped: Shipped, problem: Option<Problem>) -> Self {
        let state = match problem.is_none() && shipped.is_whole() {
            true => State::Done,
            false => State::Error,
        };
        Self {
            shipped: Some(shipped),
            problem,
            ..Self::bare(state)
        }
    }

    /// Whether something is known to differ, or the branch moved on.
    pub(super) fn drifts(&self) -> bool {
        let known = self.live.as_ref().is_some_and(Live::drifted);
        known || matches!(self.state, State::Drift | State::Superseded)
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

    /// Nothing yet but how it ends.
    pub(super) fn bare(state: State) -> Self {
        Self {
            state,
            report: None,
            live: None,
            shipped: None,
            problem: None,
            title: None,
            files: None,
            done: Vec::new(),
            part: None,
            prefix: None,
            commit: None,
            adoption: None,
            pull: None,
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
            _ if let Some(shipped) = &self.shipped => Outcome::Shipped(shipped),
            (None, None) if let Some(title) = &self.title => Outcome::Done { title },
            (None, None) => {
                let Live { report, hidden } = self.live.as_ref()?;
                let hidden = *hidden;
                match report {
                    Looked::One(report) => Outcome::Looked { report, hidden },
                    Looked::Many(report) => Outcome::LookedAtAll { report, hidden },
                }
            }
            (Some(problem), _) => Outcome::Failed {
                stage: problem.stage,
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
            pull: self
                .pull
                .as_ref()
                .map(|(number, url)| (*number, url.as_str())),
            done: &self.done,
            relayed: None,
            failed: "Models and migrations could not be compared",
            redactor,
        })
    }
}
