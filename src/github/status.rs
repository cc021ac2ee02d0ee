//! Commit statuses: one for each project, which a branch's rules can require.
//!
//! A status and not a check run: the API puts check runs of a workflow's token into whichever suite it likes.

use serde_json::{Value, json};

use super::client::{ApiError, GitHub};
use super::event::Repository;

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 140;

/// What a status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Success,
    /// It is not.
    Failure,
    /// It could not be told.
    Error,
    /// It is not known yet.
    Pending,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Pending => "pending",
        }
    }
}

/// A commit status.
#[derive(Clone, Debug)]
pub struct Status {
    /// Its name, by [`Identity::status`](super::identity::Identity::status).
    pub context: String,
    /// What it says.
    pub state: State,
    /// The same in a few words; what is longer than GitHub takes is cut.
    pub description: String,
    /// Where there is more to read.
    pub url: Option<String>,
}

/// How a status was taken.
#[derive(Debug)]
pub enum Reported {
    /// It is set.
    Set,
    /// The token may not set one. Worth a line in the log: a status is an extra.
    Refused(ApiError),
}

/// Sets the status of a commit. The last one of its name counts.
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
    let context = &status.context;
    let mut body = json!({
        "state": status.state.name(),
        "context": context,
        "description": shortened(&status.description),
    });
    if let Some(url) = &status.url {
        body["target_url"] = json!(url);
    }
    let path = [
        "repos",
        &repository.owner,
        &repository.name,
        "statuses",
        sha,
    ];
    let call = github
        .post(format!("set the status `{context}` of {sha}"), &path, body)
        .idempotent()
        .needs("statuses: write");
    match github.json::<Value>(call).await {
        Ok(_) => Ok(Reported::Set),
        Err(error) if error.is_refused() => Ok(Reported::Refused(error)),
        Err(error) => Err(error),
    }
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
