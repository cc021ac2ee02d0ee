//! Mode `rebase`: migrations of pull requests go behind those of their base, in real bare repositories behind the fake.

use std::process::Command;

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{
    CONFIG, MIGRATION, Runner, Step, branch, comments, committed, head, sum, token, world, writes,
};
use crate::lab::run;

pub(super) const MINE: &str = "CREATE TABLE mine (id integer NOT NULL);\n";
const LATE: &str = "CREATE TABLE late (id integer NOT NULL);\n";
pub(super) const THEIRS: &str = "CREATE TABLE theirs (id integer NOT NULL);\n";

/// Files of a directory that has these migrations, with their checksums.
pub(super) fn migrations(files: &[(&str, &str)]) -> Value {
    let all = [&[("1.sql", MIGRATION)], files].concat();
    let mut made = json!({"migrations/atlas.sum": sum(&all)});
    for (name, text) in files {
        made[format!("migrations/{name}")] = json!(text);
    }
    made
}

/// A repository where `feature` has these migrations and `main` got others since; both changed `app.py`, far apart, and each a
/// file of its own. A program of the config would leave a trace.
pub(super) fn met(mine: &[(&str, &str)], theirs: &[(&str, &str)]) -> Fake {
    let fake = Fake::start();
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    let config = CONFIG.replace(r#"["cat", "models.sql"]"#, r#"["touch", "ran"]"#);
    branches[0]["files"]["atlas.hcl"] = json!(config);
    branches[0]["files"]["app.py"] = json!("a\nb\nc\nd\ne\n");
    branches[0]["files"]["old.py"] = json!("old\n");
    branches[1]["files"] = migrations(mine);
    branches[1]["files"]["app.py"] = json!("A\nb\nc\nd\ne\n");
    branches[1]["files"]["old.py"] = json!(null);
    branches[1]["files"]["mine.py"] = json!("mine\n");
    fake.seed(&world);
    let mut files = migrations(theirs);
    files["app.py"] = json!("a\nb\nc\nd\nE\n");
    files["theirs.py"] = json!("theirs\n");
    push(&fake, "main", &files);
    fake
}

/// One that only `atlas.sum` keeps from being merged, in the wrong order.
pub(super) fn usual() -> Fake {
    met(&[("2_mine.sql", MINE)], &[("3_theirs.sql", THEIRS)])
}

pub(super) fn push(fake: &Fake, branch: &str, files: &Value) {
    fake.push(&json!({"repository": "acme/shop", "branch": branch, "files": files}));
}

/// The run for what was pushed to `main`.
fn pushed(fake: &Fake) -> Step {
    let step = Runner::new(fake).on("push").input("mode", "rebase");
    let step = step.step("main");
    assert!(!step.workspace.join("ran").exists(), "a program ran");
    step
}

pub(super) fn git(fake: &Fake, args: &[&str]) -> String {
    let at = fake.state()["repositories"][0]["git"].clone();
    let mut git = Command::new("git");
    git.args(["--git-dir", at.as_str().expect("a path")]);
    run({
        git.args(args);
        git
    })
}

/// Names and modes of everything on the branch.
fn files(fake: &Fake) -> String {
    git(fake, &["ls-tree", "-r", "--format=%(path)", "feature"])
}

/// A sentence of everywhere that people look.
#[track_caller]
fn told(fake: &Fake, step: &Step, words: &str) {
    let comments = comments(fake);
    let [comment] = &comments[..] else {
        panic!("{comments:?}\n{}", step.said());
    };
    let plain = |text: &str| text.replace(['\\', '\u{200b}'], "");
    for text in [comment, &step.summary, &step.said()] {
        assert!(plain(text).contains(words), "{words}: {text}");
    }
}

/// Nothing was changed, and it is said why.
#[track_caller]
fn refused(fake: &Fake, why: &str) {
    let before = head(fake);
    let step = pushed(fake);
    step.expect(0, "done");
    assert_eq!(head(fake), before, "{}", step.said());
    told(fake, &step, why);
    assert!(
        comments(fake)[0].contains("### ❌ Migrations were not moved behind those of `main`\n"),
        "{}",
        comments(fake)[0]
    );
    assert_eq!(step.outputs.get("commit-sha"), None);
    fake.expect_no_violations();
}

#[test]
fn a_conflict_in_the_checksums_is_settled_by_a_merge() {
    for signs in [false, true] {
        let fake = usual();
        fake.seed(&json!({"sign_rest_commits": signs}));
        let (before, tip) = (head(&fake), branch(&fake, "main"));
        let step = pushed(&fake);
        step.expect(0, "done");
        assert_eq!(step.outputs["commit-sha"], head(&fake), "{}", step.said());
        assert_eq!(step.outputs["verified"], signs.to_string());
        let parents = git(&fake, &["log", "-1", "--format=%P", "feature"]);
        assert_eq!(parents.trim(), format!("{before} {tip}"));
        let names = "app.py\natlas.hcl\nmigrations/1.sql\nmigrations/3_theirs.sql\nmigrations/4_mine.sql\n\
                     migrations/atlas.sum\nmine.py\nmodels.sql\ntheirs.py\n";
        assert_eq!(files(&fake), names);
        assert_eq!(committed(&fake, "app.py"), "A\nb\nc\nd\nE\n");
        let all = [
            ("1.sql", MIGRATION),
            ("3_theirs.sql", THEIRS),
            ("4_mine.sql", MINE),
        ];
        assert_eq!(committed(&fake, "migrations/atlas.sum"), sum(&all));
        let message = git(&fake, &["log", "-1", "--format=%B", "feature"]);
        assert_eq!(
            message.trim(),
            "Merge main, and move 2_mine.sql behind those of main\n\n- 2_mine.sql is 4_mine.sql now"
        );
        let comment = &comments(&fake)[0];
        assert!(
            comment.contains("### ✅ 1 migration moved behind those of `main`\n")
                && comment.contains("| `2_mine.sql` | `4_mine.sql` |"),
            "{comment}"
        );
        told(&fake, &step, "4_mine.sql");
        assert_eq!(
            fake.fsck(&json!({"repository": "acme/shop"}))["complaints"],
            ""
        );
        // Once is enough.
        let (settled, wrote) = (head(&fake), writes(&fake));
        let again = pushed(&fake);
        again.expect(0, "done");
        assert!(
            again
                .said()
                .contains("#1: its migrations come after those of `main`"),
            "{}",
            again.said()
        );
        assert_eq!(
            (head(&fake), writes(&fake)),
            (settled, wrote + 1),
            "the comment says so"
        );
        fake.expect_no_violations();
    }
}

#[test]
fn what_is_in_order_is_only_merged() {
    let fake = met(&[("3_mine.sql", MINE)], &[("2_theirs.sql", THEIRS)]);
    let dispatched = Runner::new(&fake)
        .on("workflow_dispatch")
        .variable("GITHUB_REF", "refs/heads/main")
        .input("mode", "rebase")
        .step("main");
    dispatched.expect(0, "done");
    let all = [
        ("1.sql", MIGRATION),
        ("2_theirs.sql", THEIRS),
        ("3_mine.sql", MINE),
    ];
    assert_eq!(committed(&fake, "migrations/atlas.sum"), sum(&all));
    assert_eq!(committed(&fake, "migrations/3_mine.sql"), MINE);
    told(&fake, &dispatched, "conflict with");
    fake.expect_no_violations();
}

/// Somebody merged the base and left the order as it was: a commit on top is enough, which GitHub signs. A label asks for it.
#[test]
fn what_needs_no_merge_is_a_commit_on_top() {
    let fake = Fake::start();
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    let there = migrations(&[("3_theirs.sql", THEIRS)]);
    for (path, text) in there.as_object().expect("files") {
        branches[0]["files"][path] = text.clone();
    }
    branches[1]["files"] = migrations(&[
        ("2_mine.sql", MINE),
        ("3_theirs.sql", THEIRS),
        ("4_more.sql", "CREATE INDEX more ON mine (id);\n"),
    ]);
    fake.seed(&world);
    let before = head(&fake);
    let runner = Runner::new(&fake).input("mode", "rebase");
    let event = fake.event(&json!({
        "event": "pull_request", "action": "labeled", "repository": "acme/shop", "number": 1, "label": "trueup:rebase",
    }));
    let step = runner.run_with(&event, runner.clone_of("acme/shop", "feature", None));
    step.expect(0, "done");
    assert_eq!(step.outputs["verified"], "true");
    let parents = git(&fake, &["log", "-1", "--format=%P", "feature"]);
    assert_eq!(parents.trim(), before);
    let changed = git(
        &fake,
        &[
            "diff",
            "--name-status",
            "--no-renames",
            "feature~1",
            "feature",
        ],
    );
    assert_eq!(
        changed,
        "D\tmigrations/2_mine.sql\nD\tmigrations/4_more.sql\nA\tmigrations/5_mine.sql\nA\tmigrations/6_more.sql\n\
         M\tmigrations/atlas.sum\n"
    );
    // A comparison of the models goes on from it as from anybody's commit.
    let checked = Runner::new(&fake).input("mode", "commit").step("feature");
    checked.expect(0, "in-sync");
    assert_ne!(
        checked.outputs["commit-sha"],
        Value::Null,
        "{}",
        checked.said()
    );
    fake.expect_no_violations();
}

#[test]
fn conflicts_elsewhere_are_for_people() {
    let fake = usual();
    push(&fake, "main", &json!({"app.py": "x\nb\nc\nd\ne\n"}));
    refused(
        &fake,
        "app.py conflicts with `main`, and only atlas.sum is settled here",
    );
    // For the pull request itself it is red.
    let step = Runner::new(&fake).input("mode", "rebase").step("feature");
    step.expect(1, "drift");
    let step = Runner::new(&fake)
        .input("mode", "rebase")
        .input("fail-on", "never")
        .step("feature");
    step.expect(0, "drift");
    // One that the repository wants merged in another way.
    let fake = usual();
    push(
        &fake,
        "main",
        &json!({".gitattributes": "*.py merge=union\n"}),
    );
    refused(&fake, "app.py conflicts with `main`");
    // A file that one side removed.
    let fake = usual();
    push(&fake, "main", &json!({"old.py": "new\n"}));
    refused(&fake, "old.py conflicts with `main`");
}

#[test]
fn migrations_that_do_not_go_together_are_for_people() {
    let same = "CREATE TABLE theirs (name text);\n";
    let fake = met(&[("2_mine.sql", same)], &[("3_theirs.sql", THEIRS)]);
    refused(&fake, "already exists");
    let fake = usual();
    let edited = json!({"migrations/1.sql": "CREATE TABLE other (id integer);\n",
        "migrations/atlas.sum": sum(&[("1.sql", "CREATE TABLE other (id integer);\n"), ("2_mine.sql", MINE)])});
    push(&fake, "feature", &edited);
    refused(&fake, "1.sql differs from the file that is already there");
    let fake = usual();
    push(
        &fake,
        "feature",
        &json!({"migrations/atlas.sum": "<<<<<<< ours\n"}),
    );
    refused(
        &fake,
        "on `feature`, atlas.sum is not that of its migrations",
    );
}

#[test]
fn what_the_token_or_the_branch_forbids_is_said() {
    // A merge and a commit on top, against either kind of rules.
    let on_top = || {
        let fake = met(&[("2_mine.sql", MINE)], &[("3_theirs.sql", THEIRS)]);
        pushed(&fake).expect(0, "done");
        let mut files = migrations(&[
            ("3_theirs.sql", THEIRS),
            ("4_mine.sql", MINE),
            ("2_late.sql", LATE),
        ]);
        for gone in ["3_theirs.sql", "4_mine.sql"] {
            files
                .as_object_mut()
                .expect("files")
                .remove(&format!("migrations/{gone}"));
        }
        push(&fake, "feature", &files);
        fake
    };
    for protected in [json!(true), json!("ruleset")] {
        for fake in [usual(), on_top()] {
            let branch = json!({"name": "feature", "protected": protected});
            fake.seed(&json!({"repositories": [{"full_name": "acme/shop", "branches": [branch]}]}));
            refused(
                &fake,
                "rules of the branch or the repository are against it",
            );
            let comment = &comments(&fake)[0];
            assert!(comment.contains("run `trueup migrate rebase`"), "{comment}");
        }
    }
    // Those of the base are nobody's business here: it is only read.
    let fake = usual();
    let branch = json!({"name": "main", "protected": "ruleset"});
    fake.seed(&json!({"repositories": [{"full_name": "acme/shop", "branches": [branch]}]}));
    let before = head(&fake);
    pushed(&fake).expect(0, "done");
    assert_ne!(head(&fake), before);
    let fake = usual();
    let mut token = token();
    token["permissions"]["contents"] = json!("read");
    fake.seed(&json!({"tokens": [token]}));
    refused(&fake, "the token lacks `contents: write`");
}

#[test]
fn a_branch_that_moves_is_left_to_the_next_run() {
    let rival =
        json!({"repository": "acme/shop", "branch": "feature", "files": {"rival.py": "x\n"}});
    let fake = usual();
    let moving = json!({"method": "PATCH", "path": "/git/refs/heads/feature$"});
    fake.fault(&json!({"match": moving, "do": {"push": rival}}));
    let step = pushed(&fake);
    step.expect(0, "done");
    assert!(
        step.said().contains("#1: the branch moved meanwhile"),
        "{}",
        step.said()
    );
    assert_eq!(committed(&fake, "rival.py"), "x\n");
    assert_eq!(committed(&fake, "migrations/2_mine.sql"), MINE);
    // Now it is where it was seen.
    pushed(&fake).expect(0, "done");
    assert_eq!(committed(&fake, "rival.py"), "x\n");
    assert_eq!(committed(&fake, "migrations/4_mine.sql"), MINE);
    // A run for a commit that is not the head any more.
    let fake = usual();
    let runner = Runner::new(&fake).input("mode", "rebase");
    let event = runner.payload();
    push(&fake, "feature", &json!({"rival.py": "x\n"}));
    runner.late(&event).expect(2, "superseded");
    fake.expect_no_violations();
}

#[test]
fn a_move_whose_fate_is_unknown_is_made_once() {
    for when in ["before", "after"] {
        let fake = usual();
        let moving = json!({"method": "PATCH", "path": "/git/refs/heads/feature$"});
        fake.fault(&json!({"match": moving, "do": "reset", "when": when}));
        let step = pushed(&fake);
        step.expect(0, "done");
        assert_eq!(step.outputs["commit-sha"], head(&fake), "{}", step.said());
        let commits = git(&fake, &["rev-list", "--count", "main..feature"]);
        assert_eq!(commits.trim(), "2");
    }
    // What goes wrong with one pull request is an error of the run.
    let fake = usual();
    let before = head(&fake);
    fake.fault(&json!({"match": {"path": "/git/commits$", "times": 0}, "do": "bad_gateway"}));
    let step = pushed(&fake);
    step.expect(2, "error");
    assert_eq!(head(&fake), before);
}

#[test]
fn every_pull_request_is_settled_and_no_fork_is_written_to() {
    let fake = usual();
    let mut other = migrations(&[("2_other.sql", "CREATE TABLE other (id integer);\n")]);
    other["other.py"] = json!("x\n");
    fake.seed(&json!({"repositories": [{
        "full_name": "acme/shop",
        "branches": [
            {"name": "other", "from": "feature", "files": {"migrations/2_mine.sql": null, "mine.py": null}},
            {"name": "docs", "from": "main", "files": {"README.md": "x"}},
        ],
        "pulls": [
            {"title": "Other", "head": "other", "author": "bob"},
            {"title": "Docs", "head": "docs", "author": "bob"},
        ],
    }]}));
    push(&fake, "other", &other);
    fake.seed(&json!({"repositories": [{
        "full_name": "mallory/shop", "fork_of": "acme/shop",
    }, {
        "full_name": "acme/shop",
        "pulls": [{"title": "Evil", "head": "mallory/shop:feature", "author": "mallory"}],
    }]}));
    // What others build on is not moved either.
    fake.seed(&json!({"repositories": [{
        "full_name": "acme/shop",
        "branches": [{"name": "release", "from": "main", "files": migrations(&[("4_hotfix.sql", MINE)])}],
        "pulls": [{"title": "Release", "head": "main", "base": "release", "author": "bob"}],
    }]}));
    let main = branch(&fake, "main");
    let docs = branch(&fake, "docs");
    let step = pushed(&fake);
    step.expect(0, "done");
    for (name, file) in [("feature", "4_mine"), ("other", "4_other")] {
        let tree = git(&fake, &["ls-tree", "--name-only", name, "migrations/"]);
        assert!(tree.contains(&format!("migrations/{file}.sql\n")), "{tree}");
    }
    assert_eq!((branch(&fake, "docs"), branch(&fake, "main")), (docs, main));
    assert_eq!(
        step.outputs.get("commit-sha"),
        None,
        "of two there is none to name"
    );
    let fork = &fake.state()["repositories"][1]["branches"]["feature"];
    assert_ne!(
        fork,
        &fake.state()["repositories"][0]["branches"]["feature"]
    );
    let requests = fake.requests().to_string();
    assert!(
        !requests.contains("mallory"),
        "nothing of a fork is even read"
    );
    fake.expect_no_violations();
}

#[test]
fn other_events_are_refused() {
    let fake = usual();
    let wrote = writes(&fake);
    for event in ["schedule", "merge_group"] {
        let step = Runner::new(&fake).on(event).input("mode", "rebase");
        let step = step.step(if event == "schedule" {
            "main"
        } else {
            "feature"
        });
        step.expect(2, "error");
        assert!(
            step.said()
                .contains("`mode: rebase` does not run on this event"),
            "{}",
            step.said()
        );
    }
    let step = Runner::new(&fake)
        .on("push")
        .input("mode", "rebase")
        .input("token", "")
        .step("main");
    step.expect(2, "error");
    assert_eq!(writes(&fake), wrote);
}

#[test]
fn no_more_than_thirty_are_moved_by_a_run() {
    let fake = Fake::start();
    let mut world = world(&token());
    let repository = &mut world["repositories"][0];
    let each = |n: usize| {
        let name = format!("feature-{n}");
        let files = migrations(&[("2_mine.sql", MINE)]);
        let branch = json!({"name": name, "from": "main", "files": files});
        (
            branch,
            json!({"title": name, "head": name, "author": "alice"}),
        )
    };
    let (branches, pulls): (Vec<Value>, Vec<Value>) = (1..=31).map(each).unzip();
    let main = repository["branches"][0].clone();
    repository["branches"] = json!([&[main][..], &branches].concat());
    repository["pulls"] = json!(pulls);
    fake.seed(&world);
    push(&fake, "main", &migrations(&[("3_theirs.sql", THEIRS)]));
    let step = pushed(&fake);
    step.expect(0, "done");
    let moved = (1..=31).filter(|n| {
        let list = ["ls-tree", "-r", "--name-only", &format!("feature-{n}")];
        !git(&fake, &list).contains("migrations/2_mine.sql")
    });
    assert_eq!(moved.count(), 30, "{}", step.said());
    assert!(
        step.said().contains(
            "More than 30 pull requests have migrations: the others are left to the next run."
        ),
        "{}",
        step.said()
    );
    fake.expect_no_violations();
}

/// A repository of three projects; files of their directories, with checksums.
fn services(files: &[(&str, &[(&str, &str)])]) -> Value {
    let mut made = json!({});
    for (service, files) in files {
        for (path, text) in migrations(files).as_object().expect("files") {
            made[format!("services/{service}/{path}")] = text.clone();
        }
    }
    made
}

#[test]
fn all_directories_of_a_pull_request_are_settled_by_one_commit() {
    let all = ["a", "b", "c"];
    let seeded = |mine: &Value, theirs: &Value| {
        let fake = Fake::start();
        let mut world = world(&token());
        let branches = &mut world["repositories"][0]["branches"];
        let mut files = services(&all.map(|service| (service, &[][..])));
        for service in all {
            files[format!("services/{service}/atlas.hcl")] = json!(CONFIG);
            files[format!("services/{service}/migrations/1.sql")] = json!(MIGRATION);
        }
        branches[0]["files"] = files;
        branches[1]["files"] = mine.clone();
        fake.seed(&world);
        push(&fake, "main", theirs);
        fake
    };
    let run = |fake: &Fake| {
        let lines = "services/a\nservices/b\nservices/c\nservices/gone";
        let runner = Runner::new(fake).on("push").input("mode", "rebase");
        runner.input("projects", lines).step("main")
    };
    let (mine, theirs): (&[_], &[_]) = (&[("2_mine.sql", MINE)], &[("3_theirs.sql", THEIRS)]);
    let fake = seeded(
        &services(&[("a", mine), ("b", mine)]),
        &services(&[("a", theirs), ("b", theirs)]),
    );
    let tip = branch(&fake, "main");
    let before = head(&fake);
    let step = run(&fake);
    // The one that is not there says so, and is in nobody's way.
    step.expect(2, "error");
    assert!(step.said().contains("services/gone"), "{}", step.said());
    let parents = git(&fake, &["log", "-1", "--format=%P", "feature"]);
    assert_eq!(parents.trim(), format!("{before} {tip}"), "{}", step.said());
    let settled = [
        ("1.sql", MIGRATION),
        ("3_theirs.sql", THEIRS),
        ("4_mine.sql", MINE),
    ];
    for service in ["a", "b"] {
        let sums = committed(&fake, &format!("services/{service}/migrations/atlas.sum"));
        assert_eq!(sums, sum(&settled));
    }
    let [comment] = &comments(&fake)[..] else {
        panic!("{:?}", comments(&fake));
    };
    assert!(
        comment.contains("### ✅ 2 migrations moved")
            && comment.contains(
                "| `services/b/migrations/2_mine.sql` | `services/b/migrations/4_mine.sql` |"
            ),
        "{comment}"
    );
    assert_eq!(step.outputs["commit-sha"], head(&fake));
    let before = head(&fake);
    run(&fake);
    assert_eq!(head(&fake), before, "all is in order");

    // What the base got where the pull request has nothing is not merged for its own sake.
    let fake = seeded(&services(&[("a", mine)]), &services(&[("b", theirs)]));
    let before = head(&fake);
    run(&fake);
    assert_eq!(head(&fake), before);
    // What does not go together in one holds all of it.
    let other: &[_] = &[("3_theirs.sql", MINE)];
    let fake = seeded(
        &services(&[("a", mine), ("c", other)]),
        &services(&[("a", theirs), ("c", theirs)]),
    );
    let before = head(&fake);
    run(&fake);
    assert_eq!(head(&fake), before);
    let comment = &comments(&fake)[0].replace(['\\', '\u{200b}'], "");
    assert!(comment.contains("services/c/migrations: "), "{comment}");
    fake.expect_no_violations();
}
