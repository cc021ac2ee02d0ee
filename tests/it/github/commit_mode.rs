//! `mode: commit` where a commit can't be made, settles nothing, or is not certainly ours.

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{
    AFTER, BEFORE, CONFIG, MIGRATION, MISSING, Runner, Step, comments, committed, head, sum, token,
    world,
};

/// A run in that mode.
fn settle(fake: &Fake) -> Step {
    Runner::new(fake).input("mode", "commit").step("feature")
}

/// Somebody pushes files to the branch.
fn push(fake: &Fake, files: &Value) {
    fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": files}));
}

/// The verdict stands: red, with the SQL and the patch, and a sentence that says why nothing was committed.
#[track_caller]
fn expect_refused(fake: &Fake, step: &Step, before: &str, why: &str, hint: &str) {
    step.expect(1, "drift");
    assert_eq!(step.outputs["drift"], "true");
    assert_eq!(step.outputs.get("commit-sha"), None);
    let report: Value = serde_json::from_str(&step.file("report.json")).expect("JSON");
    assert_eq!(
        (&report["verdict"], &report["state"]),
        (&json!("drifted"), &json!("drift"))
    );
    assert_eq!(
        (&report["sql"], step.file("missing.sql")),
        (&json!(MISSING), MISSING.to_owned())
    );
    assert_eq!(report["patch"], step.file("missing.patch"));
    let sentence = report["done"][0].as_str().expect("a sentence");
    let plain = |text: &str| text.replace(['\\', '\u{200b}'], "");
    for told in [sentence, &plain(&step.summary), &step.said()] {
        assert!(told.contains("Nothing was committed: "), "{told}");
        assert!(
            told.contains(why) && told.contains(hint),
            "{why}, {hint} in {told}"
        );
    }
    assert!(
        step.summary.contains(MISSING) && step.summary.contains("git apply"),
        "{}",
        step.summary
    );
    assert_eq!(
        fake.state()["repositories"][0]["branches"]["feature"]
            .as_str()
            .unwrap_or(before),
        before
    );
}

#[test]
fn what_refuses_a_commit_is_named_and_the_verdict_stands() {
    let branch = |key: &'static str, value: Value| {
        move |world: &mut Value| world["repositories"][0]["branches"][1][key] = value
    };
    let permission = |name: &'static str, level: &'static str| {
        move |world: &mut Value| world["tokens"][0]["permissions"][name] = json!(level)
    };
    type Change = Box<dyn FnOnce(&mut Value)>;
    let cases: [(Change, &str, &str); 6] = [
        (
            Box::new(branch("protected", json!(true))),
            "Changes must be made through a pull request",
            "bypass these rules",
        ),
        (
            Box::new(branch("protected", json!("ruleset"))),
            "rules of the branch or the repository",
            "bypass these rules",
        ),
        (
            Box::new(branch("empty_commits", json!(249))),
            "more commits than GitHub lists",
            "squash the branch",
        ),
        (
            Box::new(|world| world["repositories"][0]["archived"] = json!(true)),
            "the repository is archived",
            "unarchive",
        ),
        (
            Box::new(permission("contents", "read")),
            "the token lacks `contents: write`",
            "add `contents: write`",
        ),
        (
            Box::new(move |world| {
                permission("pull_requests", "none")(world);
                // Anybody reads what is public.
                world["repositories"][0]["private"] = json!(true);
            }),
            "the token lacks `pull-requests: read`",
            "add `pull-requests: read`",
        ),
    ];
    for (change, why, hint) in cases {
        let fake = Fake::start();
        let mut world = world(&token());
        change(&mut world);
        fake.seed(&world);
        let before = head(&fake);
        let step = settle(&fake);
        expect_refused(&fake, &step, &before, why, hint);
        let may_comment = world["repositories"][0]["archived"].is_null()
            && world["tokens"][0]["permissions"]["pull_requests"] == "write";
        let comments = comments(&fake);
        assert_eq!(
            comments.len(),
            usize::from(may_comment),
            "{why}: {comments:?}"
        );
        if let Some(comment) = comments.first() {
            assert!(
                comment.contains("### ❌ 1 change") && comment.contains("Nothing was committed"),
                "{comment}"
            );
            assert_eq!(
                fake.state()["repositories"][0]["statuses"][0]["state"],
                "failure"
            );
            settle(&fake).expect(1, "drift");
            assert_eq!(
                self::comments(&fake).as_slice(),
                std::slice::from_ref(comment)
            );
        }
        fake.expect_no_violations();
    }
}

#[test]
fn a_commit_whose_branch_is_gone_or_whose_fate_is_unknown_leaves_the_verdict() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let before = head(&fake);
    let mutation = json!({"graphql": "createCommitOnBranch", "times": 0});
    fake.fault(&json!({"match": mutation, "do": "bad_gateway"}));
    expect_refused(
        &fake,
        &settle(&fake),
        &before,
        "it may have happened all the same",
        "run the job again",
    );
    let delete = json!({"repository": "acme/shop", "branch": "feature", "delete": true});
    let fake = Fake::start();
    fake.seed(&world(&token()));
    fake.fault(&json!({"match": {"graphql": "createCommitOnBranch"}, "do": {"push": delete}}));
    expect_refused(
        &fake,
        &settle(&fake),
        &before,
        "the branch `feature` is gone",
        "restore the branch",
    );
    fake.expect_no_violations();
}

#[test]
fn without_a_token_the_verdict_stands_too() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let before = head(&fake);
    let step = Runner::new(&fake)
        .input("mode", "commit")
        .input("token", "")
        .step("feature");
    expect_refused(
        &fake,
        &step,
        &before,
        "needs a token",
        "leave `token` as it is",
    );
}

/// The directory without the stale migration is in sync, but that is not what the branch has.
#[test]
fn a_removal_that_is_refused_is_drift() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    settle(&fake).expect(0, "in-sync");
    push(&fake, &json!({"models.sql": BEFORE}));
    fake.seed(&json!({"repositories": [{"full_name": "acme/shop", "branches": [{"name": "feature", "protected": true}]}]}));
    let step = settle(&fake);
    step.expect(1, "drift");
    assert!(
        step.summary.contains("DROP COLUMN `email`"),
        "{}",
        step.summary
    );
    assert!(
        step.summary.contains("Nothing was committed"),
        "{}",
        step.summary
    );
}

/// A program that prints another column each time.
fn unstable() -> Value {
    let program = r#"["sh", "-c", "echo \"CREATE TABLE users (id integer NOT NULL, c$(date +%N) integer, PRIMARY KEY (id));\""]"#;
    json!(CONFIG.replace(r#"["cat", "models.sql"]"#, program))
}

/// A GitHub server of one's own signs no commits unless it is told to.
#[test]
fn where_nothing_is_signed_a_commit_that_settles_nothing_is_not_made_twice_either() {
    let fake = Fake::start();
    let mut world = world(&token());
    world["sign_web_commits"] = json!(false);
    world["repositories"][0]["branches"][1]["files"]["atlas.hcl"] = unstable();
    fake.seed(&world);
    let first = settle(&fake);
    first.expect(0, "in-sync");
    assert_eq!(first.outputs["verified"], "false");
    let once = head(&fake);
    for _ in 0..2 {
        let step = settle(&fake);
        step.expect(1, "drift");
        let why = format!("commit `{}` by trueup was to settle this", &once[..7]);
        assert!(step.summary.contains(&why), "{}", step.summary);
        assert_eq!(head(&fake), once);
    }
    // What people push may have settled it.
    push(&fake, &json!({"README.md": "x"}));
    let again = settle(&fake);
    again.expect(0, "in-sync");
    let first = first.outputs["migration-file"].as_str().expect("a path");
    assert!(
        committed(&fake, first).contains("ADD COLUMN"),
        "an unsigned commit's file is kept"
    );
    let twice = head(&fake);
    settle(&fake).expect(1, "drift");
    assert_eq!(head(&fake), twice);
    fake.expect_no_violations();
}

/// Whoever may push can write our trailers under our name. That stops a commit, is said, and takes nobody's file away.
#[test]
fn copied_trailers_stop_a_commit_and_remove_nothing() {
    use trueup::github::commit::Trailers;
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let by_hand = "CREATE TABLE `notes` (`id` integer NOT NULL);\n";
    let sums = sum(&[("1.sql", MIGRATION), ("2.sql", by_hand)]);
    let hash = |text: &str| trueup::github::sha256(text.as_bytes());
    let trailers = Trailers {
        plan: "0".repeat(16),
        keys: Vec::new(),
        files: vec![
            ("migrations/2.sql".to_owned(), hash(by_hand)),
            ("migrations/atlas.sum".to_owned(), hash(&sums)),
        ],
    };
    let models = format!("{AFTER}CREATE TABLE notes (id integer NOT NULL);\n");
    let files =
        json!({"models.sql": models, "migrations/2.sql": by_hand, "migrations/atlas.sum": sums});
    fake.push(&json!({
        "repository": "acme/shop", "branch": "feature", "files": files,
        "message": format!("Add migration 2.sql\n\n{trailers}"), "author": "github-actions[bot]",
    }));
    let before = head(&fake);
    expect_refused(
        &fake,
        &settle(&fake),
        &before,
        "by trueup was to settle this",
        "push a commit on top",
    );
    push(&fake, &json!({"README.md": "x"}));
    let step = settle(&fake);
    step.expect(0, "in-sync");
    assert_eq!(committed(&fake, "migrations/2.sql"), by_hand);
    let path = step.outputs["migration-file"].as_str().expect("a path");
    assert_eq!(committed(&fake, path), MISSING);
    fake.expect_no_violations();
}

/// The message of the branch's newest commit.
fn message(fake: &Fake) -> String {
    let git = fake.state()["repositories"][0]["git"].clone();
    let mut log = std::process::Command::new("git");
    log.args(["--git-dir", git.as_str().expect("a path")]);
    log.args(["log", "-1", "--format=%B", "feature"]);
    crate::lab::run(log)
}

/// Names come from the pull request, and GitHub acts on words of a message.
#[test]
fn a_message_makes_github_do_nothing() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let models = |column: &str| {
        let tables: String = (0..60)
            .map(|nth| format!("CREATE TABLE \"t{nth} [no ci]\" (id integer NOT NULL);\n"))
            .collect();
        json!({"models.sql": format!(
            "CREATE TABLE users (id integer NOT NULL, \"{column}\" integer, PRIMARY KEY (id));\n{tables}"
        )})
    };
    push(&fake, &models("fixes #1, @alice [skip ci] GH-2"));
    let run = || {
        let name = "closes #3 @bob [actions skip]";
        let step = Runner::new(&fake)
            .input("mode", "commit")
            .input("name", name)
            .step("feature");
        step.expect(0, "in-sync");
        step.outputs["migration-file"]
            .as_str()
            .expect("a path")
            .to_owned()
    };
    let first = run();
    assert!(
        first.ends_with("_closes #3 @bob [actions skip].sql"),
        "{first}"
    );
    let said = message(&fake);
    assert!(said.contains("closes # 3 @ bob (actions skip)"), "{said}");
    assert!(
        said.contains("fixes # 1, @ alice (skip ci) GH- 2"),
        "{said}"
    );
    for acts in ["#1", "#3", "@a", "@b", "[skip", "[no", "[actions", "GH-2"] {
        assert!(!said.contains(acts), "{acts} in {said}");
    }
    assert!(
        said.contains("\n- and 22 more\n\nTrueup-Plan: ") && said.len() < 6000,
        "{said}"
    );

    // The path in the trailer is still this one: the file is written again, and not another one on top.
    push(&fake, &models("other"));
    let second = run();
    assert!(committed(&fake, &second).contains("`other`"));
    let sums = committed(&fake, "migrations/atlas.sum");
    assert_eq!(sums.lines().count(), 3, "{sums}");
    fake.expect_no_violations();
}
