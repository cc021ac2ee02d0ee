//! GitHub: what trueup does there, against a strict fake (`tests/github`).

mod action;
mod adopt;
mod alembic;
mod applied;
mod apply;
mod comment;
mod commit;
mod commit_mode;
mod drift;
mod event;
pub(crate) mod fake;
mod fleet;
mod gates;
mod heads;
mod issue;
mod monorepo;
mod rebase;
mod replan;
pub(crate) mod report;
mod secrets;
pub(crate) mod step;
mod trust;
mod workflows;
mod world;

use std::process::Command;

use octocrab::{Octocrab, ReqwestClientConfig};
use serde_json::{Value, json};

use crate::lab::{both, python_bin};
use fake::Fake;

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// One pull request, and a token for it.
fn shop() -> Value {
    json!({
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": {"models.py": "one\n"}},
                {"name": "feature", "from": "main", "files": {"models.py": "two\n"}},
            ],
            "pulls": [{"title": "Two", "head": "feature", "author": "alice"}],
        }],
        "tokens": [{
            "token": "ghs_shop",
            "repositories": ["acme/shop"],
            "permissions": {"contents": "read", "pull_requests": "write"},
        }],
    })
}

fn client(base: &str) -> Octocrab {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Octocrab::builder()
        .base_uri(base)
        .map(|builder| builder.personal_token("ghs_shop"))
        .and_then(|builder| builder.build_with_reqwest(ReqwestClientConfig::Default))
        .expect("a client")
}

/// Markdown as HTML, with tables and with what is HTML in it.
fn rendered(markdown: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), markdown).expect("it is written");
    let read = "import sys; from markdown_it import MarkdownIt as M; \
                print(M('commonmark', {'html': True}).enable('table').render(open(sys.argv[1]).read()))";
    let mut python = Command::new(python_bin().join("python"));
    python.args(["-c", read]).arg(file.path());
    crate::lab::run(python)
}

/// The fake's own tests: a fake that lets everything pass would make ours worthless.
#[test]
fn the_fake_is_strict() {
    let output = Command::new(python_bin().join("python"))
        .args([
            "-m",
            "unittest",
            "discover",
            "-s",
            "github/tests",
            "-t",
            ".",
        ])
        .current_dir(TESTS)
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", both(&output));
}

#[tokio::test]
async fn a_client_is_answered_as_by_github() {
    let fake = Fake::start();
    fake.seed(&shop());
    let client = client(&fake.api_url());
    let issues = client.issues("acme", "shop");
    for number in 0..3 {
        issues
            .create_comment(1, number.to_string())
            .await
            .expect("a comment");
    }
    let page = issues.list_comments(1).per_page(2).send().await;
    let comments = client.all_pages(page.expect("a page")).await;
    assert_eq!(comments.expect("all pages").len(), 3);
    let query = json!({"query": "{ viewer { login } }"});
    // octocrab puts its base before every path, and on GitHub Enterprise Server GraphQL is not below REST's.
    let graphql_url = fake.graphql_url();
    let base = graphql_url.strip_suffix("/graphql").expect("its own path");
    let viewer: Value = self::client(base)
        .post("/graphql", Some(&query))
        .await
        .expect("an answer");
    assert_eq!(viewer["data"]["viewer"]["login"], "github-actions[bot]");
    fake.expect_no_violations();

    let refused = client
        .post::<_, Value>(
            "/repos/acme/shop/issues/1/comments",
            Some(&json!({"text": "x"})),
        )
        .await;
    assert!(refused.is_err(), "{refused:?}");
    let violations = fake.violations();
    assert!(
        violations.contains("\\\"body\\\" wasn't supplied"),
        "{violations}"
    );
}

#[tokio::test]
async fn the_fake_is_steered_from_here() {
    let fake = Fake::start();
    fake.seed(&shop());
    let client = client(&fake.api_url());
    let before = fake.state()["repositories"][0]["branches"]["feature"].clone();
    let rival = json!({"repository": "acme/shop", "branch": "feature", "files": {"rival.py": "x"}});
    fake.fault(&json!({"match": {"path": "/pulls/1$"}, "do": {"push": rival}}));
    let pull = client
        .pulls("acme", "shop")
        .get(1)
        .await
        .expect("the pull request");
    assert_ne!(pull.head.sha, before);
    let event = fake.event(
        &json!({"event": "pull_request", "action": "opened", "repository": "acme/shop", "number": 1}),
    );
    assert_eq!(event["pull_request"]["head"]["sha"], pull.head.sha);
    let pushed = fake.push(&rival_again(&rival));
    let requests = fake.requests();
    assert_eq!(requests[0]["operation"], "pulls/get");
    assert_eq!(
        fake.state()["repositories"][0]["branches"]["feature"],
        pushed
    );
}

fn rival_again(rival: &Value) -> Value {
    let mut again = rival.clone();
    again["files"]["rival.py"] = json!("y");
    again
}
