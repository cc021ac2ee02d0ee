//! Commits and statuses on the fake GitHub, whose commits are made in a real repository.

use serde_json::{Value, json};
use trueup::github::client::{ApiError, ErrorKind, GitHub, TokenKind};
use trueup::github::commit::{
    Committed, FileContent, NewCommit, OwnCommits, Trailers, branch_head, commit_on_branch,
    commits_of_ours, is_on,
};
use trueup::github::status::{Reported, State, Status, set};

use super::world::World;

const SQL: &str = "migrations/20260105_add_email.sql";

fn new(world: &World, branch: &str) -> NewCommit {
    let file = |path: &str, text: &str| FileContent {
        path: path.into(),
        bytes: text.as_bytes().to_vec(),
    };
    NewCommit {
        branch: branch.into(),
        expected_head: world.head(branch),
        headline: "Add users.email".into(),
        body: "ALTER TABLE users ADD COLUMN email text".into(),
        plan: Some("0123456789abcdef".into()),
        keys: vec!["00ff00ff00ff".into()],
        additions: vec![
            file(SQL, "ALTER TABLE users ADD COLUMN email text;\n"),
            file("migrations/atlas.sum", "h1:é\n"),
        ],
        deletions: Vec::new(),
    }
}

async fn commit(world: &World, github: &GitHub, new: &NewCommit) -> Result<Committed, ApiError> {
    commit_on_branch(github, &world.shop, new).await
}

fn done(committed: Committed) -> (String, Option<bool>, String) {
    match committed {
        Committed::Done { oid, verified, url } => (oid, verified, url),
        other => panic!("{other:?}"),
    }
}

/// The commits of ours up to the branch's head.
async fn ours(world: &World, github: &GitHub) -> OwnCommits {
    let head = world.head("feature");
    let found = commits_of_ours(github, &world.shop, 1, &head).await;
    found.expect("read")
}

fn fsck(world: &World) {
    let complaints = world.fake.fsck(&json!({"repository": "acme/shop"}));
    assert_eq!(complaints["complaints"], "");
}

#[tokio::test]
async fn a_commit_is_verified_and_known_again() {
    let world = World::new(&[]);
    let github = world.github();
    let before = world.head("feature");
    let (oid, verified, url) = done(
        commit(&world, &github, &new(&world, "feature"))
            .await
            .expect("made"),
    );
    assert_eq!((world.head("feature"), verified), (oid.clone(), Some(true)));
    assert!(url.ends_with(&format!("/acme/shop/commit/{oid}")), "{url}");
    let head = branch_head(&github, &world.shop, "feature")
        .await
        .expect("read");
    assert_eq!(head.as_deref(), Some(oid.as_str()));
    assert_eq!(
        branch_head(&github, &world.shop, "none/such")
            .await
            .expect("read"),
        None
    );
    let is_on =
        async |at: &str, path: &str| is_on(&github, &world.shop, at, path).await.expect("read");
    assert!(is_on("feature", "migrations/atlas.sum").await);
    assert!(!is_on("main", "migrations/atlas.sum").await);
    assert!(!is_on(&before, SQL).await);

    let ours = ours(&world, &github).await;
    assert!(ours.complete && ours.on_top == 1);
    let [own] = ours.commits.as_slice() else {
        panic!("{ours:?}")
    };
    assert_eq!(
        (own.oid.as_str(), own.trailers.plan.as_str(), own.signed),
        (oid.as_str(), "0123456789abcdef", true)
    );
    let bytes = b"ALTER TABLE users ADD COLUMN email text;\n";
    assert!(own.trailers.wrote(SQL, bytes) && !own.trailers.wrote(SQL, b"-- edited"));
    let viewer = github.viewer().await.expect("read");
    assert_eq!(
        (viewer.kind, viewer.login.as_str()),
        (TokenKind::Actions, "github-actions[bot]")
    );

    let again = NewCommit {
        additions: Vec::new(),
        deletions: vec![SQL.into()],
        ..new(&world, "feature")
    };
    done(commit(&world, &github, &again).await.expect("made"));
    assert!(!is_on("feature", SQL).await);
    fsck(&world);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn copied_trailers_make_no_commit_certainly_ours() {
    let world = World::new(&[]);
    let message = format!(
        "Add\n\n{}",
        Trailers {
            plan: "0123456789abcdef".into(),
            keys: Vec::new(),
            files: vec![(SQL.into(), "0".repeat(64))],
        }
    );
    for author in ["mallory", "github-actions[bot]"] {
        world.fake.push(&json!({
            "repository": "acme/shop", "branch": "feature", "files": {SQL: author}, "message": message, "author": author,
        }));
    }
    let app = world.with_token("ghs_app");
    done(
        commit(&world, &app, &new(&world, "feature"))
            .await
            .expect("made"),
    );
    let found = ours(&world, &world.github()).await;
    let [copied] = found.commits.as_slice() else {
        panic!("one is by mallory, one of another bot: {found:?}")
    };
    assert!(!copied.signed && found.on_top == 0, "{copied:?}");
    let apps = ours(&world, &app).await;
    assert_eq!((apps.commits.len(), apps.on_top), (1, 1));
    assert!(apps.commits[0].signed);
    let before = commits_of_ours(&app, &world.shop, 1, &copied.oid).await;
    assert_eq!(before.expect("read").commits, [], "it came later");
    assert_eq!(app.viewer().await.expect("read").kind, TokenKind::App);
}

#[tokio::test]
async fn a_branch_that_moved_is_left_alone() {
    let world = World::new(&[]);
    let rival = json!({"repository": "acme/shop", "branch": "feature", "files": {"rival.py": "x"}});
    let planned = new(&world, "feature");
    let head = world.fake.push(&rival);
    let committed = commit(&world, &world.github(), &planned)
        .await
        .expect("told");
    assert_eq!(
        committed,
        Committed::Superseded {
            head: head.as_str().expect("a hash").to_owned()
        }
    );

    let planned = new(&world, "feature");
    let mut again = rival.clone();
    again["files"]["rival.py"] = json!("y");
    world.fault(
        json!({"graphql": "createCommitOnBranch"}),
        json!({"push": again}),
        "before",
    );
    let committed = commit(&world, &world.github(), &planned)
        .await
        .expect("told");
    assert_eq!(
        committed,
        Committed::Superseded {
            head: world.head("feature")
        }
    );
    fsck(&world);
}

#[tokio::test]
async fn a_commit_whose_fate_is_unknown_is_made_once() {
    let world = World::new(&[]);
    let faults = [
        ("server_error", "after"),
        ("reset", "after"),
        ("truncated", "after"),
        ("not_json", "after"),
        ("bad_gateway", "before"),
        ("reset", "before"),
        ("graphql_failed", "before"),
        ("graphql_rate_limited", "before"),
        ("retry_after", "before"),
        ("secondary_limit", "before"),
    ];
    for (nth, (what, when)) in faults.into_iter().enumerate() {
        world.fault(json!({"graphql": "createCommitOnBranch"}), what, when);
        let mut planned = new(&world, "feature");
        let plan = format!("{nth:016x}");
        planned.additions[0].bytes = plan.clone().into_bytes();
        planned.plan = Some(plan);
        let committed = commit(&world, &world.github(), &planned).await;
        let committed = committed.unwrap_or_else(|error| panic!("{what} {when}: {error}"));
        let (oid, verified, _) = done(committed);
        assert_eq!(
            (oid, verified),
            (world.head("feature"), Some(true)),
            "{what} {when}"
        );
        let ours = ours(&world, &world.github()).await;
        let plans: Vec<_> = ours
            .commits
            .iter()
            .map(|own| own.trailers.plan.clone())
            .collect();
        let wanted: Vec<_> = (0..=nth).map(|nth| format!("{nth:016x}")).collect();
        assert_eq!(plans, wanted, "{what} {when}");
    }
    fsck(&world);
}

#[tokio::test]
async fn trouble_without_end_says_that_the_outcome_is_unknown() {
    let world = World::new(&[]);
    world.fault(
        json!({"graphql": "createCommitOnBranch", "times": 0}),
        "bad_gateway",
        "before",
    );
    let error = commit(&world, &world.github(), &new(&world, "feature"))
        .await
        .expect_err("trouble");
    assert!(error.unknown && error.kind == ErrorKind::Server, "{error}");
    assert_eq!(world.count("POST", "/graphql"), 3);
}

#[tokio::test]
async fn refusals_say_what_is_missing() {
    let world = World::new(&[]);
    let planned = new(&world, "feature");
    for token in ["ghs_reader", "ghs_fork"] {
        let fork = token == "ghs_fork";
        let github = world.connect(token, fork);
        let error = commit(&world, &github, &planned)
            .await
            .expect_err("refused");
        assert_eq!(
            error.permission.as_deref(),
            Some("contents: write"),
            "{error}"
        );
        assert_eq!(
            error.hint().contains("from a fork only reads"),
            fork,
            "{}",
            error.hint()
        );
    }
    for branch in ["guarded", "ruled"] {
        let guarded = new(&world, branch);
        let error = commit(&world, &world.github(), &guarded)
            .await
            .expect_err("refused");
        assert_eq!((&error.kind, &error.permission), (&ErrorKind::Rules, &None));
        assert!(error.hint().contains("bypass these rules"), "{error}");
    }
    let gone = NewCommit {
        branch: "none".into(),
        ..planned.clone()
    };
    let committed = commit(&world, &world.github(), &gone).await;
    assert_eq!(committed.expect("told"), Committed::Gone);
    assert_eq!(world.head("feature"), planned.expected_head);
    let archived = json!({"full_name": "acme/shop", "archived": true});
    world.fake.seed(&json!({"repositories": [archived]}));
    let error = commit(&world, &world.github(), &planned)
        .await
        .expect_err("archived");
    assert_eq!(error.kind, ErrorKind::Archived);
    let status = status("trueup/prod", State::Success, "7");
    let refused = set(
        &world.github(),
        &world.shop,
        &planned.expected_head,
        &status,
    )
    .await;
    match refused.expect("no error") {
        Reported::Refused(error) => assert_eq!(error.kind, ErrorKind::Archived),
        Reported::Set | Reported::Outranked(_) => panic!("nobody writes there"),
    }
}

fn status(context: &str, state: State, run: &str) -> Status {
    Status {
        context: context.into(),
        state,
        description: "the models are ahead by 2 statements\n".repeat(9),
        url: Some(format!("https://github.com/acme/shop/actions/runs/{run}")),
    }
}

#[tokio::test]
async fn a_status_is_set_for_each_project_and_refused_quietly() {
    let world = World::new(&[]);
    let sha = world.head("feature");
    let github = world.github();
    for (context, state, run) in [
        ("trueup/prod", State::Failure, "7"),
        ("trueup/staging", State::Error, "7"),
        ("trueup/prod", State::Success, "7/attempts/2"),
    ] {
        world.fault(
            json!({"method": "POST", "path": "/statuses/"}),
            "reset",
            "before",
        );
        let reported = set(&github, &world.shop, &sha, &status(context, state, run))
            .await
            .expect("set");
        assert!(matches!(reported, Reported::Set), "{reported:?}");
    }
    let found = world.fake.state()["repositories"][0]["statuses"].clone();
    let found: Vec<(&Value, &Value)> = found
        .as_array()
        .into_iter()
        .flatten()
        .map(|status| (&status["context"], &status["state"]))
        .collect();
    assert_eq!(
        json!(found),
        json!([
            ["trueup/prod", "failure"],
            ["trueup/staging", "error"],
            ["trueup/prod", "success"]
        ])
    );
    let refused = set(
        &world.with_token("ghs_reader"),
        &world.shop,
        &sha,
        &status("trueup/prod", State::Success, "8"),
    )
    .await;
    match refused.expect("no error") {
        Reported::Refused(error) => {
            assert_eq!(error.permission.as_deref(), Some("statuses: write"));
        }
        Reported::Set | Reported::Outranked(_) => panic!("the token may not"),
    }
}

/// Of two steps of a run that share a name the worse one counts, whichever ends last, and of two runs the newer one.
#[tokio::test]
async fn a_status_is_not_green_because_of_who_ends_last() {
    let world = World::new(&[]);
    let sha = world.head("feature");
    let github = world.github();
    let last = || {
        let statuses = world.fake.state()["repositories"][0]["statuses"].clone();
        let last = statuses.as_array().and_then(|all| all.last().cloned());
        let last = last.expect("a status");
        let text = |name: &str| last[name].as_str().expect("text").to_owned();
        let url = text("target_url");
        let run = url.split_once("/runs/").expect("a run").1.to_owned();
        (text("context"), text("state"), run)
    };
    for (context, state, run, wanted) in [
        ("trueup/prod", State::Failure, "7", ("failure", "7")),
        ("trueup/prod", State::Success, "7", ("failure", "7")),
        ("trueup/PROD", State::Success, "7", ("failure", "7")),
        ("trueup/prod", State::Error, "7", ("error", "7")),
        (
            "trueup/prod",
            State::Success,
            "7/attempts/2",
            ("success", "7/attempts/2"),
        ),
        (
            "trueup/prod",
            State::Failure,
            "7",
            ("success", "7/attempts/2"),
        ),
        ("trueup/prod", State::Failure, "10", ("failure", "10")),
        (
            "trueup/prod",
            State::Success,
            "9/attempts/3",
            ("failure", "10"),
        ),
        ("trueup/other", State::Success, "9", ("success", "9")),
    ] {
        let status = status(context, state, run);
        let reported = set(&github, &world.shop, &sha, &status).await.expect("set");
        let (_, now, of) = last();
        assert_eq!((&*now, &*of), wanted, "{context} {state:?} {run}");
        let own = (format!("{state:?}").to_lowercase(), run);
        let told = matches!(reported, Reported::Outranked(_));
        assert_eq!(
            told,
            (&*own.0, own.1) != wanted,
            "{context} {state:?} {run}"
        );
    }
    world.fake.expect_no_violations();
}
