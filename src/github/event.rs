//! What a run was started for: GitHub's environment variables and the event's payload, as values.
//!
//! The variables are those of
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>, the payloads those of
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>. Only what is used is read, and nothing is taken on
//! trust: a fork may be gone, a payload may be of another event.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// Bytes of a payload that are read at most; GitHub caps a webhook's at 25 MB.
const PAYLOAD_LIMIT: u64 = 32 * 1024 * 1024;

/// Where a run is and what it was started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub event: Event,
    pub repository: Option<Repository>,
    /// `GITHUB_SHA`: the commit that started the run. For a pull request it is the merge commit.
    pub sha: Option<String>,
    /// `GITHUB_REF`: what that commit is at, in full.
    pub git_ref: Option<String>,
    /// The repository's default branch, where the payload of a run that somebody started by hand names it.
    pub default_branch: Option<String>,
    pub run_id: Option<u64>,
    /// Which attempt at it, from 1.
    pub run_attempt: Option<u64>,
    /// Where people look: `https://github.com`.
    pub server_url: String,
    pub api_url: String,
    pub graphql_url: String,
    pub workspace: Option<PathBuf>,
}

/// What started a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A pull request, as its author's code sees it.
    PullRequest(PullRequest),
    /// A pull request, with the base branch's rights: no code of the pull request may run.
    PullRequestTarget(PullRequest),
    /// A merge queue asks about a group of pull requests.
    MergeGroup {
        /// The commit that would be merged.
        head_sha: String,
    },
    /// Commits or a tag were pushed, or a branch was deleted.
    Push {
        /// What was pushed to, in full.
        git_ref: String,
        /// The commit that it is at now; none when it was deleted.
        after: Option<String>,
        /// The repository's default branch, where the payload names it.
        default_branch: Option<String>,
    },
    Schedule,
    WorkflowDispatch,
    WorkflowRun(WorkflowRun),
    /// An event that trueup has no use for, by name.
    Other(String),
    /// No runner: somebody's own machine.
    Local,
}

/// A repository, known by number because names move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// GitHub's number for it; none where the environment did not tell.
    pub id: Option<u64>,
    pub owner: String,
    pub name: String,
}

impl Repository {
    /// Reads `owner/name`.
    pub fn parse(full_name: &str) -> Result<Self, EventError> {
        let plain = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match full_name.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) => Ok(Self {
                id: None,
                owner: owner.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(EventError::Variable {
                name: "GITHUB_REPOSITORY",
                value: full_name.to_owned(),
                wanted: "`owner/name`",
            }),
        }
    }
}

impl Repository {
    /// The path of something of it in the REST API.
    pub(super) fn path<'p>(&'p self, rest: &[&'p str]) -> Vec<&'p str> {
        [&["repos", &self.owner, &self.name], rest].concat()
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A pull request as its payload has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    pub number: u64,
    /// What happened to it: `opened`, `synchronize`, ….
    pub action: String,
    pub head: Side,
    /// What it is to be merged into.
    pub base: Side,
}

impl PullRequest {
    /// Whether head and base are of one repository, by number: a fork may have any name, and its branches too.
    pub fn same_repository(&self) -> bool {
        let id = |side: &Side| {
            side.repository
                .as_ref()
                .and_then(|repository| repository.id)
        };
        id(&self.head).is_some() && id(&self.head) == id(&self.base)
    }
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub sha: String,
    /// The branch's name, without `refs/heads/`.
    pub branch: String,
    /// The repository; none when it was deleted since.
    pub repository: Option<Repository>,
}

/// A run of another workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    pub id: u64,
    pub event: String,
    /// How it ended; none while it runs.
    pub conclusion: Option<String>,
    pub head_sha: String,
    pub head_branch: Option<String>,
    /// The branch's repository; none when it was deleted since.
    pub head_repository: Option<Repository>,
}

/// Why the environment can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("{name} is `{value}`, which is not {wanted}")]
    Variable {
        name: &'static str,
        value: String,
        wanted: &'static str,
    },
    #[error("the event `{event}` has a payload, and GITHUB_EVENT_PATH is not set")]
    NoPayload { event: String },
    #[error("can't read the payload of the event `{event}` at {path}: {why}")]
    Unreadable {
        event: String,
        path: PathBuf,
        why: String,
    },
    #[error("the payload at {path} is not one of the event `{event}`: {why}")]
    Mismatch {
        event: String,
        path: PathBuf,
        why: String,
    },
}

impl EventError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Variable { .. } => "the runner sets it; don't set it in the workflow",
            Self::NoPayload { .. } | Self::Unreadable { .. } => {
                "in a container of your own, mount the runner's `_github_workflow` directory, and pass GITHUB_EVENT_PATH"
            }
            Self::Mismatch { .. } => {
                "GITHUB_EVENT_NAME and GITHUB_EVENT_PATH must be of the same event"
            }
        }
    }
}

impl Run {
    /// Reads the environment through `variable`, and the payload that it names.
    ///
    /// Without `GITHUB_ACTIONS` and `GITHUB_EVENT_NAME` it is a run on somebody's machine, which is not an error.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EventError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let url = |name: &str| variable(name).map(|url| url.trim_end_matches('/').to_owned());
        let number = |name: &'static str| match variable(name) {
            None => Ok(None),
            Some(value) => match value.parse::<u64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(EventError::Variable {
                    name,
                    value,
                    wanted: "a number",
                }),
            },
        };
        let repository = match variable("GITHUB_REPOSITORY") {
            None => None,
            Some(name) => Some(Repository {
                id: number("GITHUB_REPOSITORY_ID")?,
                ..Repository::parse(&name)?
            }),
        };
        let api_url = url("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
        let git_ref = variable("GITHUB_REF");
        let mut default_branch = None;
        let event = match variable("GITHUB_EVENT_NAME") {
            None => Event::Local,
            Some(name) => {
                let path = variable("GITHUB_EVENT_PATH").map(PathBuf::from);
                let source = Source { name, path };
                default_branch = source.default_branch();
                source.event(repository.as_ref(), git_ref.as_deref())?
            }
        };
        Ok(Self {
            event,
            repository,
            sha: variable("GITHUB_SHA"),
            git_ref,
            default_branch,
            run_id: number("GITHUB_RUN_ID")?,
            run_attempt: number("GITHUB_RUN_ATTEMPT")?,
            server_url: url("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned()),
            graphql_url: url("GITHUB_GRAPHQL_URL").unwrap_or_else(|| graphql_url(&api_url)),
            api_url,
            workspace: variable("GITHUB_WORKSPACE").map(PathBuf::from),
        })
    }

    /// The pull request that the run is for, with or without rights.
    pub fn pull_request(&self) -> Option<&PullRequest> {
        match &self.event {
            Event::PullRequest(pull) | Event::PullRequestTarget(pull) => Some(pull),
            _ => None,
        }
    }

    /// Whether the run is for code of a fork, whose token may only read.
    pub fn is_from_fork(&self) -> bool {
        matches!(&self.event, Event::PullRequest(pull) if !pull.same_repository())
    }

    /// The page of this attempt at the run, for links.
    pub fn url(&self) -> Option<String> {
        let (repository, id) = (self.repository.as_ref()?, self.run_id?);
        let attempt = match self.run_attempt {
            Some(attempt) => format!("/attempts/{attempt}"),
            None => String::new(),
        };
        Some(format!(
            "{}/{repository}/actions/runs/{id}{attempt}",
            self.server_url
        ))
    }
}

/// The GraphQL API that belongs to a REST API: GitHub Enterprise Server has them side by side.
pub fn graphql_url(api_url: &str) -> String {
    let api_url = api_url.trim_end_matches('/');
    match api_url.strip_suffix("/api/v3") {
        Some(server) => format!("{server}/api/graphql"),
        None => format!("{api_url}/graphql"),
    }
}

/// An event's name and where its payload is.
struct Source {
    name: String,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct PullPayload {
    action: String,
    pull_request: PullBody,
    repository: RepositoryBody,
}

#[derive(Deserialize)]
struct PullBody {
    number: u64,
    head: SideBody,
    base: SideBody,
}

#[derive(Deserialize)]
struct SideBody {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
    repo: Option<RepositoryBody>,
}

#[derive(Deserialize)]
struct RepositoryBody {
    id: u64,
    full_name: String,
}

#[derive(Deserialize)]
struct MergePayload {
    merge_group: MergeBody,
}

#[derive(Deserialize)]
struct MergeBody {
    head_sha: String,
}

#[derive(Deserialize)]
struct PushPayload {
    #[serde(rename = "ref")]
    git_ref: String,
    after: String,
    deleted: bool,
    repository: Option<PushedTo>,
}

#[derive(Deserialize)]
struct PushedTo {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct RunPayload {
    workflow_run: RunBody,
    repository: RepositoryBody,
}

#[derive(Deserialize)]
struct RunBody {
    id: u64,
    event: String,
    conclusion: Option<String>,
    head_sha: String,
    head_branch: Option<String>,
    head_repository: Option<RepositoryBody>,
}

impl Source {
    fn event(
        self,
        repository: Option<&Repository>,
        git_ref: Option<&str>,
    ) -> Result<Event, EventError> {
        Ok(match self.name.as_str() {
            "pull_request" => Event::PullRequest(self.pull(repository)?),
            "pull_request_target" => Event::PullRequestTarget(self.pull(repository)?),
            "merge_group" => {
                let payload: MergePayload = self.read()?;
                let head_sha = payload.merge_group.head_sha;
                self.commit(&head_sha)?;
                Event::MergeGroup { head_sha }
            }
            "push" => {
                let push: PushPayload = self.read()?;
                self.commit(&push.after)?;
                if git_ref.is_some_and(|git_ref| git_ref != push.git_ref) && !push.deleted {
                    let why = format!("it is about {}", push.git_ref);
                    return Err(self.mismatch(why));
                }
                Event::Push {
                    git_ref: push.git_ref,
                    after: (!push.deleted).then_some(push.after),
                    default_branch: push.repository.and_then(|to| to.default_branch),
                }
            }
            "schedule" => Event::Schedule,
            "workflow_dispatch" => Event::WorkflowDispatch,
            "workflow_run" => {
                let payload: RunPayload = self.read()?;
                self.about(repository, &payload.repository)?;
                let run = payload.workflow_run;
                self.commit(&run.head_sha)?;
                Event::WorkflowRun(WorkflowRun {
                    id: run.id,
                    event: run.event,
                    conclusion: run.conclusion,
                    head_sha: run.head_sha,
                    head_branch: run.head_branch,
                    head_repository: self.repository(run.head_repository)?,
                })
            }
            _ => Event::Other(self.name),
        })
    }

    /// It is needed only where it is asked for: a payload without it is not an error.
    fn default_branch(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Payload {
            repository: PushedTo,
        }
        let asked = self.name == "workflow_dispatch";
        let payload: Payload = asked.then(|| self.read().ok()).flatten()?;
        payload.repository.default_branch
    }

    fn pull(&self, repository: Option<&Repository>) -> Result<PullRequest, EventError> {
        let payload: PullPayload = self.read()?;
        self.about(repository, &payload.repository)?;
        let side = |side: SideBody| {
            self.commit(&side.sha)?;
            Ok(Side {
                sha: side.sha,
                branch: side.branch,
                repository: self.repository(side.repo)?,
            })
        };
        Ok(PullRequest {
            number: payload.pull_request.number,
            action: payload.action,
            head: side(payload.pull_request.head)?,
            base: side(payload.pull_request.base)?,
        })
    }

    /// A payload of another repository does not belong to this run.
    fn about(&self, run: Option<&Repository>, payload: &RepositoryBody) -> Result<(), EventError> {
        match run.and_then(|repository| repository.id) {
            Some(id) if id != payload.id => Err(self.mismatch(format!(
                "it is about {} (number {}), and the run is not",
                payload.full_name, payload.id
            ))),
            _ => Ok(()),
        }
    }

    fn repository(&self, body: Option<RepositoryBody>) -> Result<Option<Repository>, EventError> {
        body.map(|body| match Repository::parse(&body.full_name) {
            Ok(repository) => Ok(Repository {
                id: Some(body.id),
                ..repository
            }),
            Err(_) => {
                Err(self.mismatch(format!("`{}` is not a repository's name", body.full_name)))
            }
        })
        .transpose()
    }

    /// Commits go into URLs and comparisons: they must be what they seem.
    fn commit(&self, sha: &str) -> Result<(), EventError> {
        match super::checkout::is_commit(sha) {
            true => Ok(()),
            false => Err(self.mismatch(format!("`{sha}` is not a commit"))),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, EventError> {
        let Some(path) = &self.path else {
            let event = self.name.clone();
            return Err(EventError::NoPayload { event });
        };
        let unreadable = |why: String| EventError::Unreadable {
            event: self.name.clone(),
            path: path.clone(),
            why,
        };
        let size = fs::metadata(path)
            .map_err(|error| unreadable(error.to_string()))?
            .len();
        if size > PAYLOAD_LIMIT {
            return Err(unreadable(format!("it has {size} bytes")));
        }
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let value: Value =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_value(value).map_err(|error| self.mismatch(error.to_string()))
    }

    fn mismatch(&self, why: impl Into<String>) -> EventError {
        EventError::Mismatch {
            event: self.name.clone(),
            path: self.path.clone().unwrap_or_default(),
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const HEAD: &str = "1111111111111111111111111111111111111111";
    const BASE: &str = "2222222222222222222222222222222222222222";

    fn run(name: &str, payload: &Value, more: &[(&str, &str)]) -> Result<Run, EventError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), payload.to_string()).expect("written");
        let path = file.path().to_string_lossy().into_owned();
        let mut env = BTreeMap::from([
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", path.as_str()),
            ("GITHUB_REPOSITORY", "octo/app"),
            ("GITHUB_REPOSITORY_ID", "7"),
        ]);
        env.extend(more.iter().copied());
        Run::from_env(|name| env.get(name).map(|value| (*value).to_owned()))
    }

    fn pull(head_repository: Value) -> Value {
        json!({
            "action": "synchronize",
            "number": 3,
            "repository": {"id": 7, "full_name": "octo/app"},
            "pull_request": {
                "number": 3,
                "head": {"sha": HEAD, "ref": "main", "repo": head_repository},
                "base": {"sha": BASE, "ref": "main", "repo": {"id": 7, "full_name": "octo/app"}},
            },
        })
    }

    #[test]
    fn a_fork_is_known_by_its_number_and_not_by_its_name() {
        let own = run(
            "pull_request",
            &pull(json!({"id": 7, "full_name": "octo/app-before-it-was-renamed"})),
            &[],
        )
        .expect("a run");
        assert!(
            own.pull_request()
                .expect("a pull request")
                .same_repository()
        );
        assert!(!own.is_from_fork());
        for other in [json!({"id": 8, "full_name": "octo/app"}), Value::Null] {
            let fork = run("pull_request", &pull(other), &[]).expect("a run");
            let pull = fork.pull_request().expect("a pull request");
            assert!(fork.is_from_fork() && !pull.same_repository());
            assert_eq!(pull.number, 3);
            assert_eq!(
                (pull.head.sha.as_str(), pull.base.sha.as_str()),
                (HEAD, BASE)
            );
        }
        let target = run("pull_request_target", &pull(Value::Null), &[]).expect("a run");
        assert!(matches!(target.event, Event::PullRequestTarget(_)));
    }

    #[test]
    fn a_payload_of_another_event_or_repository_is_an_error() {
        let push = json!({"ref": "refs/heads/main", "after": HEAD, "deleted": false});
        let error = run("pull_request", &push, &[]).expect_err("not a pull request");
        assert!(
            error.to_string().contains("missing field `action`"),
            "{error}"
        );
        let error = run(
            "pull_request",
            &pull(Value::Null),
            &[("GITHUB_REPOSITORY_ID", "9")],
        )
        .expect_err("another repository");
        assert!(error.to_string().contains("octo/app (number 7)"), "{error}");
        let error = run("push", &push, &[("GITHUB_REF", "refs/heads/other")]).expect_err("a push");
        assert!(
            error.to_string().contains("about refs/heads/main"),
            "{error}"
        );
        let mut odd = pull(Value::Null);
        odd["pull_request"]["head"]["sha"] = json!("../../etc/passwd");
        let error = run("pull_request", &odd, &[]).expect_err("no commit");
        assert!(error.to_string().contains("is not a commit"), "{error}");
    }

    #[test]
    fn payloads_may_be_missing_where_nothing_of_them_is_needed() {
        let without = |name: &str| {
            let env = BTreeMap::from([("GITHUB_EVENT_NAME", name)]);
            Run::from_env(|name| env.get(name).map(|value| (*value).to_owned()))
        };
        let event = |name| without(name).expect("a run").event;
        assert_eq!(event("schedule"), Event::Schedule);
        assert_eq!(event("workflow_dispatch"), Event::WorkflowDispatch);
        assert_eq!(event("issues"), Event::Other("issues".into()));
        assert_eq!(event(""), Event::Local);
        for name in ["pull_request", "push", "merge_group", "workflow_run"] {
            let error = without(name).expect_err("a payload is needed");
            assert!(
                error.to_string().contains("GITHUB_EVENT_PATH is not set"),
                "{error}"
            );
        }
        let error =
            run("push", &json!(3), &[("GITHUB_EVENT_PATH", "/nowhere.json")]).expect_err("no file");
        assert!(
            error.to_string().contains("/nowhere.json: No such file"),
            "{error}"
        );
    }

    #[test]
    fn pushes_groups_and_runs_are_read() {
        let zero = "0".repeat(40);
        let gone = json!({"ref": "refs/heads/old", "after": zero, "deleted": true});
        let event = |name, payload| run(name, &payload, &[]).expect("a run").event;
        assert_eq!(
            event("push", gone),
            Event::Push {
                git_ref: "refs/heads/old".into(),
                after: None,
                default_branch: None,
            }
        );
        let group = json!({"merge_group": {
            "head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-3", "base_ref": "refs/heads/main",
        }});
        assert!(matches!(
            event("merge_group", group),
            Event::MergeGroup { head_sha } if head_sha == HEAD
        ));
        let other = json!({"repository": {"id": 7, "full_name": "octo/app"}, "workflow_run": {
            "id": 5, "event": "pull_request", "conclusion": "failure", "head_sha": HEAD, "head_branch": "x",
            "head_repository": null,
        }});
        assert!(matches!(
            event("workflow_run", other),
            Event::WorkflowRun(WorkflowRun {
                id: 5,
                head_repository: None,
                ..
            })
        ));
    }

    #[test]
    fn urls_of_both_kinds_of_server() {
        assert_eq!(
            graphql_url("https://api.github.com"),
            "https://api.github.com/graphql"
        );
        assert_eq!(
            graphql_url("https://git.corp/api/v3/"),
            "https://git.corp/api/graphql"
        );
        assert_eq!(
            graphql_url("https://api.corp.ghe.com"),
            "https://api.corp.ghe.com/graphql"
        );
        let env = BTreeMap::from([
            ("GITHUB_SERVER_URL", "https://git.corp/"),
            ("GITHUB_API_URL", "https://git.corp/api/v3/"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", "12"),
        ]);
        let run =
            Run::from_env(|name| env.get(name).map(|value| (*value).to_owned())).expect("a run");
        assert_eq!(run.graphql_url, "https://git.corp/api/graphql");
        assert_eq!(
            run.url().as_deref(),
            Some("https://git.corp/a/b/actions/runs/12")
        );
        let again = Run {
            run_attempt: Some(2),
            ..run
        };
        assert_eq!(
            again.url().as_deref(),
            Some("https://git.corp/a/b/actions/runs/12/attempts/2")
        );
        for name in ["a", "a/b/c", "a/..", "a/b?c", "/b"] {
            Repository::parse(name).expect_err(name);
        }
    }
}
