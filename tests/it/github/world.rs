//! A repository on the fake GitHub with a pull request, and clients of it that never wait.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use trueup::config::Secret;
use trueup::github::client::{Clock, Connect, GitHub};
use trueup::github::event::{Repository, graphql_url};

use super::fake::Fake;

/// The workflow's own token, with all that the commit mode needs.
pub(crate) const WORKFLOW: &str = "ghs_workflow_0123456789";

/// A clock that moves when it is slept on, so that nobody waits.
pub(crate) struct Skipping {
    now: Mutex<SystemTime>,
    slept: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Clock for Skipping {
    fn now(&self) -> SystemTime {
        *self.now.lock().expect("a time")
    }

    async fn sleep(&self, duration: Duration) {
        *self.now.lock().expect("a time") += duration;
        self.slept.lock().expect("a list").push(duration);
    }
}

/// A fake with `acme/shop`: `main`, and `feature` with pull request 1.
pub(crate) struct World {
    pub(crate) fake: Fake,
    pub(crate) shop: Repository,
    pub(crate) clock: Arc<Skipping>,
}

impl World {
    /// One whose pull request has these comments: pairs of author and body.
    pub(crate) fn new(comments: &[(&str, &str)]) -> Self {
        let fake = Fake::start();
        let comments: Vec<Value> = comments
            .iter()
            .map(|(author, body)| json!({"author": author, "body": body}))
            .collect();
        let all = json!({"contents": "write", "pull_requests": "write", "statuses": "write"});
        let some = |token: &str, permissions: Value| json!({"token": token, "repositories": ["acme/shop"], "permissions": permissions});
        let mut fork = some("ghs_fork", all.clone());
        fork["read_only"] = json!(true);
        let mut app = some("ghs_app", all.clone());
        app["kind"] = json!("app");
        app["login"] = json!("shop-bot[bot]");
        fake.seed(&json!({
            "repositories": [{
                "full_name": "acme/shop",
                "branches": [
                    {"name": "main", "files": {"models.py": "one\n"}},
                    {"name": "feature", "from": "main", "files": {"models.py": "two\n"}},
                    {"name": "guarded", "from": "main", "protected": true},
                    {"name": "ruled", "from": "main", "protected": "ruleset"},
                ],
                "pulls": [{"title": "Two", "head": "feature", "author": "alice", "comments": comments}],
            }],
            "tokens": [some(WORKFLOW, all), some("ghs_reader", json!({"contents": "read"})), fork, app],
        }));
        Self {
            fake,
            shop: Repository::parse("acme/shop").expect("a name"),
            clock: Arc::new(Skipping {
                now: Mutex::new(SystemTime::now()),
                slept: Mutex::default(),
            }),
        }
    }

    /// The workflow's client.
    pub(crate) fn github(&self) -> GitHub {
        self.with_token(WORKFLOW)
    }

    /// A client with another token.
    pub(crate) fn with_token(&self, token: &str) -> GitHub {
        self.connect(token, false)
    }

    /// A client of the REST API at an address.
    pub(crate) fn at(&self, api_url: &str, token: &str) -> GitHub {
        GitHub::connect(Connect {
            clock: self.clock.clone(),
            http: reqwest::Client::builder().no_proxy(),
            ..Connect::new(api_url, graphql_url(api_url), Secret::new(token))
        })
        .expect("a client")
    }

    /// A client with another token, which knows whether the run is for a fork.
    pub(crate) fn connect(&self, token: &str, fork: bool) -> GitHub {
        GitHub::connect(Connect {
            clock: self.clock.clone(),
            http: reqwest::Client::builder().no_proxy(),
            fork,
            ..Connect::new(
                self.fake.api_url(),
                self.fake.graphql_url(),
                Secret::new(token),
            )
        })
        .expect("a client")
    }

    /// How long was slept in all, and how often.
    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.clock.slept.lock().expect("a list").clone()
    }

    /// The comments on the pull request: authors and bodies.
    pub(crate) fn read(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = self.fake.state();
        let comments = state["repositories"][0]["issues"][0]["comments"].as_array();
        comments
            .into_iter()
            .flatten()
            .map(|comment| (text(&comment["author"]), text(&comment["body"])))
            .collect()
    }

    /// Where a branch is.
    pub(crate) fn head(&self, branch: &str) -> String {
        let state = self.fake.state();
        let head = state["repositories"][0]["branches"][branch].as_str();
        head.expect("a branch").to_owned()
    }

    /// How many requests with a method and a part of a path there were, with any outcome.
    pub(crate) fn count(&self, method: &str, part: &str) -> usize {
        let requests = self.fake.requests();
        let matching = |request: &&Value| {
            request["method"] == method
                && request["path"]
                    .as_str()
                    .is_some_and(|path| path.contains(part))
        };
        requests
            .as_array()
            .into_iter()
            .flatten()
            .filter(matching)
            .count()
    }

    /// Runs into a fault from now on.
    pub(crate) fn fault(&self, matching: Value, what: impl Into<Value>, when: &str) {
        self.fake
            .fault(&json!({"match": matching, "do": what.into(), "when": when}));
    }
}
