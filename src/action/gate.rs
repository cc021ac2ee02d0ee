//! What has to hold before anything of the project runs: the event is one where nobody else's code has this repository's
//! rights, and what is checked out is what the event is about.

use std::path::Path;

use crate::github::checkout::{Checkout, CheckoutError};
use crate::github::event::{Event, Run};
use crate::problem::{Problem, stage};
use crate::report::short_commit;

/// Refuses every event that is not known to be safe. `issue_comment`, `pull_request_review`, `repository_dispatch` and the
/// like may be started by strangers, and workflows check strangers' code out there.
///
/// # Errors
/// When trueup does not run on the event.
pub(super) fn event(event: &Event) -> Result<(), Problem> {
    let name = match event {
        Event::PullRequest(_)
        | Event::MergeGroup { .. }
        | Event::Push { .. }
        | Event::Schedule
        | Event::WorkflowDispatch
        | Event::Local => return Ok(()),
        Event::PullRequestTarget(_) => "pull_request_target",
        Event::WorkflowRun(_) => "workflow_run",
        Event::Other(name) => name,
    };
    let problem = Problem::new(format!("trueup does not run on `{name}`")).during(stage::CONFIG);
    Err(problem.hint(
        "there, code of a fork could run with this repository's token: use `pull_request`, or `merge_group`, `push`, \
         `schedule`, `workflow_dispatch`",
    ))
}

/// Compares what is checked out with the event. On a pull request another commit than its head and its merge with the base
/// is told, as a sentence: what is found then says nothing of the pull request.
///
/// # Errors
/// When it is another commit on any other event: the token may write there, and the commit may be a stranger's.
pub(super) fn checkout(run: &Run, here: &Path) -> Result<Option<String>, Problem> {
    let wanted = match &run.event {
        Event::Local => return Ok(None),
        Event::PullRequest(pull) => {
            let Ok(found) = outermost(here) else {
                return Ok(None);
            };
            let known = [Some(&pull.head.sha), run.sha.as_ref()];
            return Ok((!known.contains(&Some(&found.head))).then(|| {
                format!(
                    "Commit `{}` is checked out, which is neither the head that this run was started for nor its merge with \
                     the base: the result is about that commit alone.",
                    short_commit(&found.head)
                )
            }));
        }
        Event::MergeGroup { head_sha, .. } => head_sha,
        _ => match &run.sha {
            Some(sha) => sha,
            None => return Ok(None),
        },
    };
    let found = outermost(here).map_err(|error| {
        let problem = Problem::new(error.to_string()).during(stage::CONFIG);
        problem.hint(error.hint())
    })?;
    if found.head == *wanted {
        return Ok(None);
    }
    let problem = Problem::new(format!(
        "commit {} is checked out, but the event is about {}",
        short_commit(&found.head),
        short_commit(wanted)
    ));
    Err(problem.during(stage::CONFIG).hint(
        "outside of pull requests the token may write, so that trueup looks at the event's own commit only: leave `ref` \
         and `repository` of `actions/checkout` out",
    ))
}

/// The checkout of a directory; of a submodule, that of the repository that it belongs to.
pub(super) fn outermost(here: &Path) -> Result<Checkout, CheckoutError> {
    let mut found = Checkout::of(here)?;
    while let Some(above) = found.superproject() {
        found = above;
    }
    Ok(found)
}
