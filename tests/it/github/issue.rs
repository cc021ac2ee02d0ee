//! The one issue of a database, on the fake GitHub: its life, among other people's, through faults, with two runs at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;
use trueup::github::client::{ApiError, ErrorKind, GitHub};
use trueup::github::issue::{Kept, LABEL, ROOM, Seen, State, Subject, Unknown, keep};

use super::world::World;

const BOT: &str = "github-actions[bot]";
const TOKEN: &str = "ghs_drift_0123456789";
const KEY: &str = "0123456789ab";
const TITLE: &str = "Database drift: prod";

/// A repository with these issues before the first check; the numbers begin with 2, after a pull request.
fn world(issues: &Value) -> World {
    let world = World::new(&[]);
    let token = |token: &str, kind: &str, login: &str, permissions: Value| {
        json!({"token": token, "kind": kind, "login": login,
        "repositories": ["acme/shop"], "permissions": permissions})
    };
    let write = json!({"contents": "read", "issues": "write"});
    world.fake.seed(&json!({
        "repositories": [{"full_name": "acme/shop", "issues": issues}],
        "tokens": [
            token(TOKEN, "actions", BOT, write.clone()),
            token("ghs_other_app", "app", "shop-bot[bot]", write.clone()),
            token("ghp_carol", "pat", "carol", write),
        ],
    }));
    world
}

fn fresh() -> World {
    world(&json!([]))
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A check at a minute of a day, by a token.
struct Check<'a> {
    world: &'a World,
    github: GitHub,
    key: String,
    minute: i64,
}

impl<'a> Check<'a> {
    fn by(world: &'a World, token: &str) -> Self {
        Self {
            world,
            github: world.with_token(token),
            key: KEY.to_owned(),
            minute: 0,
        }
    }

    fn of(world: &'a World) -> Self {
        Self::by(world, TOKEN)
    }

    async fn sees(&mut self, seen: Seen<'_>) -> Result<Kept, ApiError> {
        self.minute += 1;
        let start = OffsetDateTime::from_unix_timestamp(1_795_000_000).expect("a time");
        let subject = Subject {
            key: &self.key,
            env: "prod",
            now: start + time::Duration::minutes(self.minute),
            run: Some("https://github.com/acme/shop/actions/runs/7"),
        };
        keep(&self.github, &self.world.shop, &subject, seen).await
    }

    /// Drift of these objects; its hash is `hash`.
    async fn tries(&mut self, hash: &str, objects: &[&str]) -> Result<Kept, ApiError> {
        let objects = names(objects);
        let body = format!("drift {hash}");
        let seen = Seen::Drift {
            unknown: &Unknown::default(),
            hash,
            title: TITLE,
            body: &body,
            objects: &objects,
        };
        self.sees(seen).await
    }

    async fn drift(&mut self, hash: &str, objects: &[&str]) -> Kept {
        let kept = self.tries(hash, objects).await.expect("kept");
        assert!(kept.left.is_empty(), "{:?}", kept.left);
        kept
    }

    async fn in_sync(&mut self) -> Kept {
        let kept = self.sees(Seen::InSync).await.expect("kept");
        assert!(kept.left.is_empty(), "{:?}", kept.left);
        kept
    }

    async fn fails(&mut self) -> Kept {
        let why = "can't reach `db`: <timeout>, @octocat";
        self.sees(Seen::Failed { why }).await.expect("kept")
    }
}

/// All issues that are no pull requests, as they are.
fn issues(world: &World) -> Vec<Value> {
    let state = world.fake.state();
    let issues = state["repositories"][0]["issues"].as_array().cloned();
    let issues = issues.unwrap_or_default().into_iter();
    issues.filter(|issue| issue["pull"].is_null()).collect()
}

/// The only one that has a marker.
fn issue(world: &World) -> Value {
    let marked = |issue: &Value| {
        let body = issue["body"].as_str().unwrap_or_default();
        body.starts_with("<!-- trueup:v1 key=0123456789ab ")
    };
    let mut issues: Vec<Value> = issues(world).into_iter().filter(marked).collect();
    assert_eq!(issues.len(), 1, "{issues:?}");
    issues.remove(0)
}

/// Whether it is open, and why that is so.
fn status(world: &World) -> (String, String) {
    let issue = issue(world);
    let text = |name: &str| issue[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("state_reason"))
}

fn body(world: &World) -> String {
    issue(world)["body"].as_str().unwrap_or_default().to_owned()
}

/// What comments say, without their markers.
fn comments(world: &World) -> Vec<String> {
    let issue = issue(world);
    let comments = issue["comments"].as_array().cloned().unwrap_or_default();
    let said = comments.iter().map(|comment| {
        let body = comment["body"].as_str().unwrap_or_default();
        body.split_once('\n').unwrap_or_default().1.to_owned()
    });
    said.collect()
}

fn touch(world: &World, mut change: Value) {
    change["repository"] = json!("acme/shop");
    change["number"] = issue(world)["number"].clone();
    world.fake.touch(&change);
}

/// Requests that wrote something.
fn writes(world: &World) -> usize {
    ["POST", "PATCH", "DELETE", "PUT"]
        .iter()
        .map(|method| world.count(method, "/repos/acme/shop"))
        .sum()
}

#[tokio::test]
async fn an_issue_is_opened_edited_closed_and_opened_again() {
    let world = fresh();
    let mut check = Check::of(&world);
    assert_eq!(check.in_sync().await.state, State::InSync);
    assert!(issues(&world).is_empty());

    let kept = check.drift("aa", &["table `a`", "table b"]).await;
    assert_eq!((kept.state, kept.number), (State::New, Some(2)));
    assert!(
        kept.url
            .expect("an address")
            .ends_with("/acme/shop/issues/2")
    );
    assert_eq!(kept.came, ["table `a`", "table b"]);
    let opened = issue(&world);
    assert_eq!(opened["title"], TITLE);
    assert_eq!(opened["labels"], json!([LABEL, "trueup:env/prod"]));
    let first = body(&world);
    assert!(
        first.contains(" -->\ndrift aa\n\nLast checked: 2026-11-18 "),
        "{first}"
    );

    // The same again: another date, and nothing that anybody is told of.
    let kept = check.drift("aa", &["table `a`", "table b"]).await;
    assert_eq!(
        (kept.state, kept.came.len(), kept.went.len()),
        (State::Same, 0, 0)
    );
    assert_ne!(body(&world), first);
    assert!(comments(&world).is_empty());

    let kept = check.drift("bb", &["table b", "view c|*d*"]).await;
    assert_eq!(kept.state, State::Changed);
    assert_eq!(
        (kept.came, kept.went),
        (vec!["view c|*d*".to_owned()], vec!["table `a`".to_owned()])
    );
    assert!(body(&world).contains("\ndrift bb\n"));
    let said = comments(&world);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with(
            "The drift has changed.\n\nNew:\n\n- `view c|*d*`\n\nGone:\n\n- `` table `a` ``\n\nLast checked: "
        ),
        "{said:?}"
    );

    let kept = check.in_sync().await;
    assert_eq!((kept.state, kept.number), (State::Resolved, Some(2)));
    assert_eq!(kept.went, ["table b", "view c|*d*"]);
    assert_eq!(
        status(&world),
        ("closed".to_owned(), "completed".to_owned())
    );
    assert_eq!(comments(&world).len(), 2);
    let before = writes(&world);
    assert_eq!(check.in_sync().await.state, State::InSync);
    assert_eq!(writes(&world), before);

    // The same drift is back: it is news.
    let kept = check.drift("bb", &["table b"]).await;
    assert_eq!((kept.state, kept.number), (State::New, Some(2)));
    assert_eq!(status(&world).0, "open");
    let said = comments(&world);
    assert_eq!(said.len(), 3);
    assert!(
        said[2].contains("drifted again.\n\nNew:\n\n- `table b`"),
        "{said:?}"
    );
    assert_eq!(check.in_sync().await.state, State::Resolved);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn a_database_without_names_of_objects_before_says_that_it_changed() {
    let world = fresh();
    let mut check = Check::of(&world);
    let many: Vec<String> = (0..2000)
        .map(|n| format!("table t{n:05}_{}", "x".repeat(20)))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "y".repeat(ROOM);
    let objects = names(&many);
    let seen = Seen::Drift {
        unknown: &Unknown::default(),
        hash: "aa",
        title: TITLE,
        body: &long,
        objects: &objects,
    };
    check.sees(seen).await.expect("kept");
    let whole = body(&world).len();
    assert!((ROOM..60_000).contains(&whole), "{whole}");
    let kept = check.drift("bb", &many).await;
    assert_eq!((kept.state, kept.came.len()), (State::Changed, 0));
    let kept = check.drift("cc", &["table a"]).await;
    assert_eq!((kept.came.len(), kept.went.len()), (0, 0));
    check.drift("dd", &["table <!-- -->", "x"]).await;
    let kept = check.drift("ee", &many[..50]).await;
    assert_eq!(
        (kept.came.len(), kept.went),
        (50, vec!["table <!-- -->".to_owned(), "x".to_owned()])
    );
    let said = comments(&world);
    assert!(
        said[3].contains("_xxxxxxxxxxxxxxxxxxxx`\n- … and 20 more\n\nGone:\n\n- `table <!-- -->`"),
        "{}",
        said[3]
    );
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn what_people_do_to_it_counts() {
    let world = fresh();
    let mut check = Check::of(&world);
    check.drift("aa", &["a"]).await;

    // Title and labels are theirs, the body is not.
    touch(
        &world,
        json!({"title": "Somebody look at this", "labels": ["urgent"], "body":
        body(&world).replace("drift aa", "all is well").replace('\n', "\r\n")}),
    );
    assert_eq!(check.drift("aa", &["a"]).await.state, State::Same);
    let now = issue(&world);
    assert_eq!(
        (&now["title"], &now["labels"]),
        (&json!("Somebody look at this"), &json!(["urgent"]))
    );
    assert!(body(&world).contains("\ndrift aa\n") && !body(&world).contains("all is well"));
    assert!(comments(&world).is_empty());

    // Closed as if it were done.
    touch(&world, json!({"state": "closed"}));
    assert_eq!(check.drift("aa", &["a"]).await.state, State::Same);
    assert_eq!(status(&world).0, "open");
    assert!(
        comments(&world)[0].contains("still differs"),
        "{:?}",
        comments(&world)
    );

    // Closed as not planned: left alone until it is another.
    touch(
        &world,
        json!({"state": "closed", "state_reason": "not_planned"}),
    );
    let before = writes(&world);
    let kept = check.drift("aa", &["a"]).await;
    assert_eq!(
        (kept.state, kept.number, kept.came.len()),
        (State::Muted, Some(2), 0)
    );
    assert_eq!(check.in_sync().await.state, State::InSync);
    assert_eq!(check.fails().await.state, State::Error);
    assert_eq!(check.drift("aa", &["a"]).await.state, State::Muted);
    assert_eq!(writes(&world), before);
    let kept = check.drift("bb", &["b"]).await;
    assert_eq!(
        (kept.state, kept.came, kept.went),
        (State::Changed, vec!["b".to_owned()], vec!["a".to_owned()])
    );
    assert_eq!(status(&world).0, "open");
    assert!(comments(&world)[1].starts_with("This was closed as not planned, but"));

    // Closed as a duplicate of an issue of theirs.
    touch(
        &world,
        json!({"state": "closed", "state_reason": "duplicate"}),
    );
    assert_eq!(check.drift("bb", &["b"]).await.state, State::Muted);

    // Closed as done, and it is: nothing is said, and what comes back is news.
    touch(&world, json!({"state": "open"}));
    touch(
        &world,
        json!({"state": "closed", "state_reason": "completed"}),
    );
    assert_eq!(check.in_sync().await.state, State::Resolved);
    assert_eq!(comments(&world).len(), 2);
    assert_eq!(check.in_sync().await.state, State::InSync);
    assert_eq!(check.drift("bb", &["b"]).await.state, State::New);
    assert_eq!(
        (status(&world).0.as_str(), comments(&world).len()),
        ("open", 3)
    );

    // Deleted: another one.
    touch(&world, json!({"delete": true}));
    let kept = check.drift("bb", &["b"]).await;
    assert_eq!(kept.state, State::New);
    // Deleted between the look and the edit.
    let gone = json!({"status": 410, "json": {"message": "This issue was deleted"}});
    world.fault(json!({"method": "PATCH"}), gone, "before");
    let old = kept.number;
    let kept = check.drift("bb", &["b"]).await;
    assert_eq!(
        (kept.state, kept.number),
        (State::New, old),
        "the older one is there after all"
    );
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn errors_are_said_once_after_the_third_in_a_row() {
    let world = fresh();
    let mut check = Check::of(&world);
    // Without an issue there is no record, and none is made.
    for _ in 0..4 {
        assert_eq!(check.fails().await.state, State::Error);
    }
    assert_eq!(writes(&world), 0);
    check.drift("aa", &["a"]).await;
    let text = |body: &str| body.split_once('\n').expect("a line").1.to_owned();
    let before = text(&body(&world));
    for said in [0, 0, 1, 1, 1] {
        let kept = check.fails().await;
        assert_eq!((kept.state, kept.number), (State::Error, Some(2)));
        assert_eq!(comments(&world).len(), said);
        assert_eq!(text(&body(&world)), before);
        assert_eq!(status(&world).0, "open");
    }
    let said = &comments(&world)[0];
    assert!(
        said.contains("The last 3 checks failed") && said.contains("2026-11-18T"),
        "{said}"
    );
    assert!(
        said.contains("> can't reach `db`: &lt;timeout") && !said.contains("@octocat"),
        "{said}"
    );
    // A check that works starts the count anew.
    assert_eq!(check.drift("aa", &["a"]).await.state, State::Same);
    for said in [1, 1, 2, 2] {
        check.fails().await;
        assert_eq!(comments(&world).len(), said);
    }
    assert_eq!(check.in_sync().await.state, State::Resolved);
    let before = writes(&world);
    check.fails().await;
    assert_eq!(
        (writes(&world), status(&world).0.as_str()),
        (before, "closed")
    );
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn only_our_own_counts_among_many() {
    let made = fresh();
    Check::of(&made).drift("aa", &["a"]).await;
    let ours = body(&made);
    let other = ours.replace(KEY, "ba9876543210");
    let mut before = vec![
        json!({"title": "copy", "author": "mallory", "body": ours, "labels": [LABEL]}),
        json!({"title": "quote", "author": BOT, "body": format!("> {ours}"), "labels": [LABEL]}),
        json!({"title": "other environment", "author": BOT, "body": other, "labels": [LABEL]}),
        // Its label was taken off.
        json!({"title": "ours", "author": BOT, "body": ours}),
    ];
    before.extend(
        (0..230).map(|n| json!({"title": n.to_string(), "author": BOT, "labels": [LABEL]})),
    );
    let world = world(&json!(before));
    // A pull request with the marker is no issue.
    world.fake.seed(
        &json!({"repositories": [{"full_name": "acme/shop", "pulls": [
        {"title": "p", "head": "guarded", "author": BOT, "body": ours, "labels": [LABEL]}]}]}),
    );
    let kept = Check::of(&world).drift("bb", &["a"]).await;
    assert_eq!((kept.state, kept.number), (State::Changed, Some(5)));
    assert_eq!(kept.foreign.len(), 1);
    // Three pages by the label, three by the account.
    assert_eq!(world.count("GET", "/issues"), 6);
    let all = issues(&world);
    assert_eq!(all.len(), before.len());
    for (issue, before) in all
        .iter()
        .zip(&before)
        .filter(|(issue, _)| issue["number"] != 5)
    {
        assert_eq!(
            (issue["body"].as_str(), &issue["state"]),
            (before["body"].as_str(), &json!("open"))
        );
        assert_eq!(issue["comments"], json!([]));
    }
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn another_token_takes_the_issue_of_the_one_before() {
    let world = fresh();
    Check::of(&world).drift("aa", &["a"]).await;
    let mut app = Check::by(&world, "ghs_other_app");
    assert_eq!(app.drift("bb", &["b"]).await.state, State::Changed);
    assert_eq!(app.in_sync().await.state, State::Resolved);
    assert_eq!(issues(&world).len(), 1);
    world.fake.expect_no_violations();

    // A person's own token finds what it opened.
    let world = fresh();
    let mut carol = Check::by(&world, "ghp_carol");
    let kept = carol.drift("aa", &["a"]).await;
    assert_eq!((kept.state, kept.number), (State::New, Some(2)));
    assert_eq!(carol.drift("aa", &["a"]).await.state, State::Same);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn two_runs_at_once_end_in_one_issue() {
    let world = fresh();
    let (mut one, mut two) = (Check::of(&world), Check::by(&world, "ghs_other_app"));
    let (first, second) = tokio::join!(one.drift("aa", &["a"]), two.drift("aa", &["a"]));
    assert_eq!((first.number, second.number), (Some(2), Some(2)));
    // The one that is slower may have seen the other's issue already.
    let states = [first.state, second.state];
    assert!(states.contains(&State::New), "{states:?}");
    assert!(
        states
            .iter()
            .all(|state| matches!(state, State::New | State::Same)),
        "{states:?}"
    );
    assert_eq!(issue(&world)["number"], 2);
    for other in issues(&world).iter().filter(|issue| issue["number"] != 2) {
        assert_eq!(
            (&other["state"], &other["state_reason"]),
            (&json!("closed"), &json!("duplicate"))
        );
        assert_eq!(other["body"], "Duplicate of #2");
    }

    // Two that are there all the same, and a server that knows no duplicates.
    let ours = body(&world);
    world.fake.seed(
        &json!({"repositories": [{"full_name": "acme/shop", "issues": [
        {"title": "ours", "author": BOT, "body": ours, "labels": [LABEL]}]}]}),
    );
    let strict =
        json!({"status": 422, "json": {"message": "Invalid request.\n\nduplicate is not one of"}});
    world.fault(json!({"method": "PATCH"}), strict, "before");
    assert_eq!(one.drift("aa", &["a"]).await.number, Some(2));
    let last = issues(&world).pop().expect("one");
    assert_eq!(
        (&last["state"], &last["state_reason"]),
        (&json!("closed"), &json!("not_planned"))
    );
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn trouble_is_survived() {
    let posted = json!({"method": "POST", "path": "/issues$"});
    let commented = json!({"method": "POST", "path": "/comments$"});
    let edited = json!({"method": "PATCH"});
    let listed = json!({"method": "GET", "path": "/issues$"});
    let mut faults = Vec::new();
    for on in [&posted, &commented, &edited] {
        for (what, when) in [
            ("server_error", "after"),
            ("reset", "after"),
            ("not_json", "after"),
            ("bad_gateway", "before"),
            ("secondary_limit", "before"),
            ("retry_after", "before"),
        ] {
            faults.push((on, what, when));
        }
    }
    for what in ["unavailable", "truncated", "primary_limit"] {
        faults.push((&listed, what, "before"));
    }
    let world = fresh();
    world.fake.limits(&json!({"content_per_minute": 1000}));
    for (at, (on, what, when)) in faults.into_iter().enumerate() {
        let told = format!("{on} {what} {when}");
        world.fault(on.clone(), what, when);
        let mut check = Check {
            key: format!("{at:012x}"),
            ..Check::of(&world)
        };
        check.drift("aa", &["a"]).await;
        assert_eq!(
            check.drift("bb", &["b"]).await.state,
            State::Changed,
            "{told}"
        );
        assert_eq!(check.in_sync().await.state, State::Resolved, "{told}");
        let all = issues(&world);
        assert_eq!(all.len(), at + 1, "{told}");
        let last = &all[at];
        assert_eq!(
            (&last["state"], &last["state_reason"]),
            (&json!("closed"), &json!("completed")),
            "{told}"
        );
        assert_eq!(last["comments"].as_array().map(Vec::len), Some(2), "{told}");
    }
}

#[tokio::test]
async fn a_run_that_is_cut_off_after_its_comment_is_finished_by_the_next() {
    let world = fresh();
    let mut check = Check::of(&world);
    check.drift("aa", &["a"]).await;
    world.fault(
        json!({"method": "PATCH", "times": 3}),
        "server_error",
        "before",
    );
    let error = check.tries("bb", &["b"]).await.expect_err("no edit");
    assert_eq!(error.kind, ErrorKind::Server);
    assert_eq!(check.drift("bb", &["b"]).await.state, State::Changed);
    assert_eq!(comments(&world).len(), 1);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn without_permissions_or_issues_as_much_is_done_as_can_be() {
    // No labels.
    let world = fresh();
    let refused =
        json!({"status": 403, "json": {"message": "Resource not accessible by integration"}});
    world.fault(
        json!({"method": "POST", "path": "/labels$", "times": 2}),
        refused,
        "before",
    );
    let kept = Check::of(&world).tries("aa", &["a"]).await.expect("kept");
    assert_eq!((kept.state, kept.left.len()), (State::New, 2));
    assert_eq!(kept.left[0].permission.as_deref(), Some("issues: write"));

    // Locked: nothing can be said, the body is true.
    touch(&world, json!({"locked": true}));
    let kept = Check::of(&world).tries("bb", &["b"]).await.expect("kept");
    assert_eq!((kept.state, kept.left.len()), (State::Changed, 1));
    assert!(body(&world).contains("drift bb"));

    // No issues in this repository.
    let world = fresh();
    world
        .fake
        .seed(&json!({"repositories": [{"full_name": "acme/shop", "has_issues": false}]}));
    let mut check = Check::of(&world);
    let kept = check.drift("aa", &["a"]).await;
    assert_eq!(
        (kept.state, kept.disabled, kept.number),
        (State::New, true, None)
    );
    assert_eq!(check.in_sync().await.state, State::InSync);
    assert_eq!(check.fails().await.state, State::Error);
    world.fake.expect_no_violations();

    // Nothing at all.
    let world = fresh();
    let error = Check::by(&world, "ghs_reader")
        .tries("aa", &["a"])
        .await
        .expect_err("refused");
    assert_eq!(error.permission.as_deref(), Some("issues: write"));
    assert!(issues(&world).is_empty());
}

#[tokio::test]
async fn a_label_fits_whatever_an_environment_is_called() {
    let world = fresh();
    let objects = names(&["a"]);
    let env = format!("{},x", "é".repeat(60));
    for env in [env.as_str(), ""] {
        let subject = Subject {
            key: KEY,
            env,
            now: OffsetDateTime::UNIX_EPOCH,
            run: None,
        };
        let seen = Seen::Drift {
            unknown: &Unknown::default(),
            hash: "aa",
            title: TITLE,
            body: "x",
            objects: &objects,
        };
        let kept = keep(&world.with_token(TOKEN), &world.shop, &subject, seen)
            .await
            .expect("kept");
        assert!(kept.left.is_empty(), "{:?}", kept.left);
        touch(&world, json!({"delete": true}));
    }
    world.fake.expect_no_violations();
}
