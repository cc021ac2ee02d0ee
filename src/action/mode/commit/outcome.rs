//! What became of what was to be committed, and what that makes of what was found.

use crate::action::finding::{Commit, Finding, Part, State};
use crate::action::mode::Refused;
use crate::action::words::unsettled;
use crate::report::{Report, short_commit};

/// What was done.
pub(super) enum Done {
    Committed(Commit),
    /// The branch moved on.
    Superseded {
        head: String,
    },
}

/// Takes in why nothing was committed: what is missing stays missing.
pub(super) fn refuse(finding: &mut Finding, Refused(problem): &Refused) {
    finding
        .done
        .push(unsettled("Nothing was committed", problem));
}

/// Takes in what became of the commit that was to settle it.
pub(super) fn settle(finding: &mut Finding, done: &Result<Done, Refused>) {
    let Some(Part { files, report, .. }) = finding.part.take() else {
        return;
    };
    match done {
        Err(refused) => return refuse(finding, refused),
        Ok(Done::Committed(commit)) => {
            finding.state = State::InSync;
            finding.report = Some(Report {
                fix: None,
                ..report
            });
            let short = short_commit(&commit.oid);
            let signed = match commit.verified {
                Some(true) => ", verified",
                Some(false) => ", not verified",
                None => "",
            };
            let what = match &files.path {
                Some(path) => format!("`{path}`"),
                None => "the removal of a migration that is not needed any more".to_owned(),
            };
            finding.done.push(format!(
                "Committed {what} as `{short}`{signed}: {}.",
                commit.followup.words()
            ));
            finding.commit = Some(commit.clone());
        }
        Ok(Done::Superseded { head }) => {
            finding.state = State::Superseded;
            let now = short_commit(head);
            finding.done.push(format!(
                "Superseded: the branch moved meanwhile (it is at `{now}` now), so nothing was committed."
            ));
        }
    }
    finding.files = Some(files);
}
