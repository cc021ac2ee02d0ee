//! Commit statuses: one for each project, which a branch's rules can require.
//!
//! Of the statuses of one name on a commit, GitHub takes the last. So what was set is looked at again: of several runs the
//! newest counts, of the steps of one run the worst. Two steps that share a name can't be told apart otherwise, and a run
//! that started earlier may end later.
//!
//! A status and not a check run: the API puts check runs of a workflow's token into whichever suite it likes.

pub use octocrab::models::StatusState as State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{ApiError, GitHub};
use super::event::Repository;

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 140;

/// A commit status.
#[derive(Clone, Debug)]
pub struct Status {
    /// Its name, by [`Identity::status`](super::identity::Identity::status).
    pub context: String,
    pub state: State,
    /// The same in a few words; what is longer than GitHub takes is cut.
    pub description: String,
    /// The run's page, by [`Run::url`](super::event::Run::url).
    pub url: Option<String>,
}

/// How a status was taken.
#[derive(Debug)]
pub enum Reported {
    Set,
    /// Another one counts, and stands there; says which.
    Outranked(&'static str),
    /// The token may not set one. Worth a line in the log: a status is an extra.
    Refused(ApiError),
}

/// Sets the status of a commit, or leaves one that counts more.
///
/// # Errors
///
/// It could not be set, for another reason than that the token may not.
pub async fn set(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
    status: &Status,
) -> Result<Reported, ApiError> {
    let own = Listed {
        state: status.state,
        context: status.context.clone(),
        description: Some(shortened(&status.description)),
        target_url: status.url.clone(),
    };
    let reported = post(github, repository, sha, &own).await?;
    if matches!(reported, Reported::Refused(_)) {
        return Ok(reported);
    }
    let all = match listed(github, repository, sha).await {
        Ok(all) => all,
        Err(error) => {
            tracing::warn!(
                "the commit status is set, but whether another run's counts more can't be told: {error}"
            );
            return Ok(reported);
        }
    };
    let same = all.into_iter().filter(|listed| {
        // GitHub does not look at case.
        listed.context.eq_ignore_ascii_case(&own.context)
    });
    let Some(first) = same
        .max_by_key(Listed::rank)
        .filter(|first| first.rank() > own.rank())
    else {
        return Ok(reported);
    };
    let why = match first.run() == own.run() {
        true => {
            "was also set by another step of this run, and the worse one counts: give each its own `id`"
        }
        false => "is left to a run that was started later",
    };
    post(github, repository, sha, &first).await?;
    Ok(Reported::Outranked(why))
}

async fn post(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
    status: &Listed,
) -> Result<Reported, ApiError> {
    let path = repository.path(&["statuses", sha]);
    let what = format!("set the status \"{}\" of {sha}", status.context);
    let call = github.post(what, &path, json!(status));
    match github
        .json::<Value>(call.idempotent().needs("statuses: write"))
        .await
    {
        Ok(_) => Ok(Reported::Set),
        Err(error) if error.is_refused() => Ok(Reported::Refused(error)),
        Err(error) => Err(error),
    }
}

/// A status as GitHub lists it.
#[derive(Deserialize, Serialize)]
struct Listed {
    state: State,
    context: String,
    description: Option<String>,
    target_url: Option<String>,
}

impl Listed {
    /// Which run set it, and which attempt at it: the two numbers at the end of the run's page.
    fn run(&self) -> Option<(u64, u64)> {
        let (_, rest) = self.target_url.as_ref()?.split_once("/actions/runs/")?;
        let mut parts = rest.split('/');
        let run = parts.next()?.parse().ok()?;
        let attempt = match parts.next() {
            Some("attempts") => parts.next()?.parse().ok()?,
            _ => 1,
        };
        Some((run, attempt))
    }

    fn rank(&self) -> (Option<(u64, u64)>, usize) {
        let states = [State::Success, State::Pending, State::Failure, State::Error];
        let worst = states.iter().position(|state| *state == self.state);
        (self.run(), worst.unwrap_or_default())
    }
}

async fn listed(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
) -> Result<Vec<Listed>, ApiError> {
    let path = repository.path(&["commits", sha, "statuses"]);
    let call = github.get(format!("read the statuses of {sha}"), &path);
    github.pages(call.needs("statuses: read")).await
}

fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(DESCRIPTION) {
        None => text,
        Some(_) => text.chars().take(DESCRIPTION - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_fit() {
        assert_eq!(shortened("a\n b"), "a b");
        assert_eq!(shortened(&"é".repeat(140)).chars().count(), 140);
        let cut = shortened(&"é".repeat(141));
        assert_eq!((cut.chars().count(), cut.ends_with("é…")), (140, true));
    }
}
