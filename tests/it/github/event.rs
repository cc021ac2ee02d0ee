//! What started a run, read from payloads that GitHub's own examples are the pattern of.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trueup::github::event::{Event, Run};

use super::fake::Fake;

/// The fake's payload of an event, as a run of `acme/shop` sees it.
fn run(fake: &Fake, ask: &Value, id: u64) -> Run {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), fake.event(ask).to_string()).expect("written");
    let env = BTreeMap::from([
        (
            "GITHUB_EVENT_NAME",
            ask["event"].as_str().unwrap_or_default().to_owned(),
        ),
        (
            "GITHUB_EVENT_PATH",
            file.path().to_string_lossy().into_owned(),
        ),
        ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
        ("GITHUB_REPOSITORY_ID", id.to_string()),
    ]);
    Run::from_env(|name| env.get(name).cloned()).unwrap_or_else(|error| panic!("{ask}: {error}"))
}

#[tokio::test]
async fn events_are_read_as_github_sends_them() {
    let fake = Fake::start();
    let made = fake.seed(&json!({
        "repositories": [
            {"full_name": "acme/shop", "branches": [
                {"name": "main", "files": {"models.py": "one\n"}},
                {"name": "feature", "from": "main", "files": {"models.py": "two\n"}},
            ]},
            {"full_name": "mallory/shop", "fork_of": "acme/shop", "branches": [
                {"name": "main", "from": "acme/shop:main", "files": {"models.py": "three\n"}},
            ]},
            {"full_name": "acme/shop", "pulls": [
                {"title": "Own", "head": "feature", "author": "alice"},
                {"title": "Foreign", "head": "mallory/shop:main", "author": "mallory"},
            ], "runs": [{"name": "ci", "event": "pull_request", "head": "mallory/shop:main"}]},
        ],
    }));
    let id = made["repositories"][0]["id"].as_u64().expect("a number");
    let started = |event: &str, more: Value| {
        let mut ask = json!({"event": event, "repository": "acme/shop"});
        for (key, value) in more.as_object().into_iter().flatten() {
            ask[key] = value.clone();
        }
        run(&fake, &ask, id)
    };

    for (number, fork) in [(1, false), (2, true)] {
        for event in ["pull_request", "pull_request_target"] {
            let run = started(event, json!({"action": "synchronize", "number": number}));
            let pull = run.pull_request().expect("a pull request");
            assert_eq!((pull.number, pull.action.as_str()), (number, "synchronize"));
            assert_eq!(
                pull.same_repository(),
                !fork,
                "both have a branch `main`, and it is not the same"
            );
            assert_eq!(run.is_from_fork(), fork && event == "pull_request");
            assert_eq!(pull.base.branch, "main");
            assert_ne!(pull.base.sha, pull.head.sha);
        }
    }
    let push = started("push", json!({"branch": "feature"}));
    assert!(
        matches!(&push.event, Event::Push { git_ref, after: Some(_), .. } if git_ref == "refs/heads/feature")
    );
    let group = started("merge_group", json!({"head": "feature", "base": "main"}));
    assert!(matches!(group.event, Event::MergeGroup { .. }));
    let other = started(
        "workflow_run",
        json!({"run": made["repositories"][2]["runs"][0]}),
    );
    let Event::WorkflowRun(other) = other.event else {
        panic!("{other:?}")
    };
    let head = other.head_repository.expect("the fork");
    assert_eq!(
        (head.to_string().as_str(), other.head_branch.as_deref()),
        ("mallory/shop", Some("main"))
    );
    assert_ne!(head.id, Some(id));
    let clock = started("schedule", json!({"cron": "0 6 * * *"}));
    assert_eq!(clock.event, Event::Schedule);
    assert_eq!(
        started("workflow_dispatch", json!({})).event,
        Event::WorkflowDispatch
    );
}
