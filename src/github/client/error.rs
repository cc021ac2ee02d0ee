//! Why a request to GitHub did not do what it should, in terms that a person can act on.
//!
//! Errors are classed by
//! <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>,
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api> and what GraphQL calls the `type`
//! of an error. No token is ever in one: GitHub's words go through the redactor first.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::problem::{Explain, Problem};

/// Characters of GitHub's own words that are kept.
const WORDS: usize = 600;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The name, the network, TLS or the proxy.
    #[error("GitHub can't be reached")]
    Unreachable,
    /// No answer in time, or the connection broke before it was complete.
    #[error("GitHub's answer did not come through")]
    Broken,
    #[error("GitHub has an outage")]
    Server,
    /// Waiting for it would take too long.
    #[error("GitHub's rate limit is reached for {} s more", wait.as_secs())]
    RateLimited { wait: Duration },
    #[error("GitHub does not accept the token")]
    Unauthorized,
    #[error("GitHub refuses it")]
    Forbidden,
    /// Whatever the token may.
    #[error("rules of the branch or the repository are against it")]
    Rules,
    #[error("the repository is archived")]
    Archived,
    /// Or the token may not see it.
    #[error("GitHub can't find it")]
    NotFound,
    #[error("the branch has moved")]
    Stale,
    #[error("it is longer than GitHub takes")]
    TooLong,
    #[error("GitHub does not accept it")]
    Invalid,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer is not what was asked for")]
    Unreadable,
    #[error("the answer leads to another server")]
    Redirected,
}

/// A request that failed.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What was tried, after "can't": `post a comment on octo/app#3`.
    pub what: String,
    pub kind: ErrorKind,
    /// The reply's status; none without a reply.
    pub status: Option<u16>,
    /// GitHub's words, or the network's.
    pub message: String,
    /// The permission that the token lacks, as a workflow writes it: `pull-requests: write`.
    pub permission: Option<String>,
    /// The run is for a fork's code, so that the token only reads.
    pub fork: bool,
    /// It was to write, and may have happened.
    pub unknown: bool,
    /// GitHub's number for the request, for its support.
    pub request_id: Option<String>,
}

impl ApiError {
    /// An error whose words hold no secret.
    pub(super) fn new(what: &str, kind: ErrorKind, message: String) -> Self {
        Self {
            what: what.to_owned(),
            kind,
            status: None,
            message: Self::words(&message),
            permission: None,
            fork: false,
            unknown: false,
            request_id: None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let message = self.message.to_lowercase();
        match &self.kind {
            ErrorKind::Unreachable => {
                "check the network, `HTTPS_PROXY`/`NO_PROXY`, and the certificates of a GitHub server of your own \
                 (`SSL_CERT_FILE`)"
                    .to_owned()
            }
            ErrorKind::Broken | ErrorKind::Server => {
                "run the job again; see https://www.githubstatus.com".to_owned()
            }
            ErrorKind::RateLimited { .. } => {
                "run the job again later; a token of an app of your own has a limit of its own".to_owned()
            }
            ErrorKind::Unauthorized => {
                "the token expired or is not of this server: give `token: ${{ github.token }}` or one of your own app"
                    .to_owned()
            }
            ErrorKind::Forbidden if self.fork => {
                "the token of a pull request from a fork only reads; the result is in the job summary".to_owned()
            }
            ErrorKind::Forbidden => match &self.permission {
                Some(permission) => format!(
                    "add `{permission}` to the job's `permissions`, or give a token that has it"
                ),
                None if message.contains("create or approve pull requests") => {
                    "tick \"Allow GitHub Actions to create and approve pull requests\" in the repository's settings (Actions, \
                     General), or give the token of an app of your own"
                        .to_owned()
                }
                None if message.contains("locked") => "unlock the conversation".to_owned(),
                None if message.contains("saml") || message.contains("sso") => {
                    "authorize the token for the organization's single sign-on".to_owned()
                }
                None => "check what the repository and its organization allow the token to do".to_owned(),
            },
            ErrorKind::Rules => {
                "let the app that trueup writes as bypass these rules (`token` takes that of an app of your own), or use \
                 `mode: check`"
                    .to_owned()
            }
            ErrorKind::Archived => "unarchive the repository in its settings".to_owned(),
            ErrorKind::NotFound => match &self.permission {
                Some(permission) => {
                    format!("it does not exist, or the token may not see it: that needs `{permission}`")
                }
                None => "it does not exist, or the token may not see it".to_owned(),
            },
            ErrorKind::Stale => "another commit came first: the run for the newer commit decides".to_owned(),
            ErrorKind::TooLong => "it must be shorter".to_owned(),
            ErrorKind::Redirected => {
                "set `api-url` and `graphql-url` to where the API is now; the token goes nowhere else".to_owned()
            }
            ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::Unreadable => {
                "`api-url` and `graphql-url` must be those of GitHub's API; if they are, please report this".to_owned()
            }
        }
    }

    /// Whether the token may not do this, for whatever reason.
    pub fn is_refused(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Forbidden | ErrorKind::Rules | ErrorKind::Archived
        )
    }

    /// GitHub's words in one line of a bearable length.
    fn words(text: &str) -> String {
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((cut, _)) = words.char_indices().nth(WORDS) {
            words.truncate(cut);
            words.push('…');
        }
        words
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't {}: ", self.what)?;
        match (&self.kind, &self.permission) {
            (ErrorKind::Forbidden, Some(permission)) => {
                write!(f, "the token lacks `{permission}`")
            }
            (kind, _) => write!(f, "{kind}"),
        }?;
        match (self.status, self.message.as_str()) {
            (Some(status), "") => write!(f, " ({status})"),
            (Some(status), message) => write!(f, " ({status}: {message})"),
            (None, "") => Ok(()),
            (None, message) => write!(f, " ({message})"),
        }?;
        if self.unknown {
            write!(f, "; it may have happened all the same")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

impl Explain for ApiError {
    fn explain(self) -> Problem {
        let problem = Problem::new(self.to_string()).hint(self.hint());
        match &self.request_id {
            Some(id) => problem.detail("request", id),
            None => problem,
        }
    }
}

/// What the status of a reply means, and what it says.
pub(super) fn kind(status: StatusCode, said: &str) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        404 | 410 => ErrorKind::NotFound,
        413 => ErrorKind::TooLong,
        422 if said.contains("too long") => ErrorKind::TooLong,
        408 | 500.. => ErrorKind::Server,
        status => beyond_permissions(said).unwrap_or(match status {
            403 => ErrorKind::Forbidden,
            _ => ErrorKind::Invalid,
        }),
    }
}

/// What a refusal is about that no permission helps against. GitHub has no status or type of its own for most of these:
/// a rule's violation comes as 403, 405, 409 or 422, in GraphQL also as `UNPROCESSABLE`.
pub(super) fn beyond_permissions(message: &str) -> Option<ErrorKind> {
    let message = message.to_lowercase();
    let rules = [
        "protected branch",
        "protected ref",
        "rule violation",
        "changes must be made through",
        "must have verified signatures",
        "required status check",
        "approving review",
    ];
    match message.contains("was archived so is read-only") {
        true => Some(ErrorKind::Archived),
        false => rules
            .iter()
            .any(|part| message.contains(part))
            .then_some(ErrorKind::Rules),
    }
}

/// Whether a refusal is for want of a permission, and not for another reason.
pub(super) fn is_permission(message: &str) -> bool {
    let message = message.to_lowercase();
    message.is_empty()
        || [
            "not accessible by",
            "permission",
            "must have",
            "scope",
            "not authorized",
        ]
        .iter()
        .any(|part| message.contains(part))
}

/// The permission that a request needs, as a workflow writes it.
///
/// `x-accepted-github-permissions` lists sets of permissions, of which one is enough: `issues=write;
/// pull_requests=write`. `known` is what trueup asks for in its documentation: it is named when the header has it, or
/// when there is no header.
pub(super) fn needed(headers: &HeaderMap, known: Option<&str>) -> Option<String> {
    let accepted = headers
        .get("x-accepted-github-permissions")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let sets: Vec<String> = accepted
        .split(';')
        .map(|set| {
            let one = |permission: &str| {
                let (name, access) = permission.trim().split_once('=')?;
                Some(format!("{}: {access}", name.replace('_', "-")))
            };
            set.split(',')
                .filter_map(one)
                .collect::<Vec<_>>()
                .join("`, `")
        })
        .filter(|set| !set.is_empty())
        .collect();
    match known {
        Some(known) if sets.is_empty() || sets.iter().any(|set| set == known) => {
            Some(known.to_owned())
        }
        _ => sets.into_iter().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permission_is_the_one_that_the_header_asks_for() {
        let needed = |header: &str, known| {
            let mut headers = HeaderMap::new();
            if !header.is_empty() {
                headers.insert(
                    "x-accepted-github-permissions",
                    header.parse().expect("a header"),
                );
            }
            needed(&headers, known)
        };
        let comments = "issues=write; pull_requests=write";
        let pulls = Some("pull-requests: write");
        assert_eq!(needed(comments, pulls).as_deref(), pulls);
        assert_eq!(needed(comments, None).as_deref(), Some("issues: write"));
        assert_eq!(needed("", pulls).as_deref(), pulls);
        assert_eq!(needed("", None), None);
        assert_eq!(
            needed("contents=write,workflows=write", pulls).as_deref(),
            Some("contents: write`, `workflows: write")
        );
    }

    #[test]
    fn the_message_says_what_was_tried_and_the_hint_what_to_do() {
        let message = "Resource not accessible by integration".to_owned();
        let error = ApiError {
            status: Some(403),
            permission: Some("pull-requests: write".into()),
            ..ApiError::new(
                "post a comment on octo/app#3",
                ErrorKind::Forbidden,
                message,
            )
        };
        assert_eq!(
            error.to_string(),
            "can't post a comment on octo/app#3: the token lacks `pull-requests: write` (403: Resource not accessible \
             by integration)"
        );
        assert!(
            error
                .hint()
                .starts_with("add `pull-requests: write` to the job's `permissions`")
        );
        let fork = ApiError {
            fork: true,
            ..error.clone()
        };
        assert!(fork.hint().contains("from a fork only reads"));
        let locked = ApiError {
            permission: None,
            message: "Unable to create comment because issue is locked.".into(),
            ..error
        };
        assert!(!is_permission(&locked.message));
        assert_eq!(locked.hint(), "unlock the conversation");
    }

    #[test]
    fn words_are_one_bearable_line() {
        assert_eq!(ApiError::words(" a\n b\t"), "a b");
        assert_eq!(
            ApiError::words(&"é".repeat(2000)).chars().count(),
            WORDS + 1
        );
    }
}
