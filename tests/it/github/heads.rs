//! Mode `rebase` over an Alembic history: two branches that go on from one revision merge without a conflict, and only who looks
//! at the open pull requests when the base moves sees the two heads.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{Runner, Step, branch, comments, committed, head, statuses, token, writes};
use crate::confine::Python;
use crate::lab::run;
use crate::reparent::revision;

const STATUS: &str = "trueup/lite (heads)";

/// Every file of a folder, by its path from there.
fn files_of(folder: &Path, below: &str, found: &mut serde_json::Map<String, Value>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => files_of(&entry.path(), &format!("{name}/"), found),
            false => {
                let text = fs::read_to_string(entry.path()).expect("a file");
                found.insert(name, json!(text));
            }
        }
    }
}

pub(super) fn at(id: &str) -> String {
    format!("alembic/versions/{id}.py")
}

/// `feature` has two revisions after `b2`, and these files; `main` got another one after `b2` since.
pub(super) fn forked(more: &Value) -> Fake {
    let fake = Fake::start();
    let mut main = serde_json::Map::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic/base");
    files_of(&data, "", &mut main);
    let mut mine = json!({
        at("m1"): revision("m1", "b2", "mine"),
        at("m2"): revision("m2", "m1", "more"),
        "mine.txt": "mine\n",
    });
    for (path, text) in more.as_object().expect("files") {
        mine[path] = text.clone();
    }
    fake.seed(&json!({
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": main},
                {"name": "feature", "from": "main", "files": mine},
            ],
            "pulls": [{"title": "Mine", "head": "feature", "author": "alice"}],
        }],
        "tokens": [token()],
    }));
    push(
        &fake,
        "main",
        &json!({at("t1"): revision("t1", "b2", "theirs"), "theirs.txt": "theirs\n"}),
    );
    fake
}

fn push(fake: &Fake, branch: &str, files: &Value) {
    fake.push(&json!({"repository": "acme/shop", "branch": branch, "files": files}));
}

pub(super) fn runner<'f>(fake: &'f Fake, two_heads: &str) -> Runner<'f> {
    let python = Python::new().dir.join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([python].into_iter().chain(std::env::split_paths(&path)));
    Runner::new(fake)
        .input("mode", "rebase")
        .input("two-heads", two_heads)
        .input("env", "lite")
        .input("install", "none")
        .input("provider-env", "DATABASE_URL")
        .variable("DATABASE_URL", "sqlite:///nowhere/app.db")
        .variable("PATH", path.expect("a path").to_str().expect("text"))
}

/// The run for what was pushed to `main`.
fn pushed(fake: &Fake, two_heads: &str) -> Step {
    runner(fake, two_heads).on("push").step("main")
}

fn git(fake: &Fake, args: &[&str]) -> String {
    let at = fake.state()["repositories"][0]["git"].clone();
    let mut git = Command::new("git");
    git.args(["--git-dir", at.as_str().expect("a path")])
        .args(args);
    run(git)
}

/// The last status, by its state, and the one comment.
#[track_caller]
fn told(fake: &Fake, step: &Step) -> (String, String) {
    fake.expect_no_violations();
    let all = statuses(fake);
    let (name, state) = all.last().cloned().unwrap_or_default();
    assert_eq!(name, STATUS, "{}", step.said());
    let comments = comments(fake);
    let [comment] = &comments[..] else {
        panic!("{comments:?}\n{}", step.said());
    };
    (state, comment.replace('\u{200b}', ""))
}

/// Nothing was changed, and a comment says this.
#[track_caller]
fn held(fake: &Fake, two_heads: &str, state: &str, words: &[&str]) {
    let before = head(fake);
    let step = pushed(fake, two_heads);
    step.expect(0, "done");
    assert_eq!(head(fake), before, "{}", step.said());
    let (found, comment) = told(fake, &step);
    assert_eq!(found, state, "{comment}");
    for words in words {
        assert!(
            comment.contains(words),
            "{words}: {comment}\n{}",
            step.said()
        );
    }
}

#[test]
fn two_heads_are_told_and_no_code_runs() {
    // Whatever `env.py` does, it is not asked.
    let fake = forked(&json!({"alembic/env.py": "raise SystemExit('ran')\n"}));
    let words = [
        "### ❌ Base moved: two heads\n",
        "| `t1` | `alembic/versions/t1.py` | `main` |\n| `m2` | `alembic/versions/m2.py` | this pull request |",
        "They part after `b2`.",
        "merge `main`, and run `trueup migrate rebase`",
    ];
    held(&fake, "report", "failure", &words);
    // Once its author has put it in order, that is said.
    let edited = revision("m1", "t1", "mine");
    push(
        &fake,
        "feature",
        &json!({at("m1"): edited, at("t1"): revision("t1", "b2", "theirs")}),
    );
    held(
        &fake,
        "report",
        "success",
        &["### ✅ Revisions come after those of `main`\n"],
    );
    let wrote = writes(&fake);
    held(&fake, "report", "success", &[]);
    assert_eq!(writes(&fake), wrote + 1, "only the status is set again");
}

#[test]
fn the_first_of_ours_follows_theirs() {
    let fake = forked(&json!({}));
    let (before, tip) = (head(&fake), branch(&fake, "main"));
    let step = pushed(&fake, "rebase");
    step.expect(0, "done");
    assert_eq!(step.outputs["commit-sha"], head(&fake), "{}", step.said());
    let parents = git(&fake, &["log", "-1", "--format=%P", "feature"]);
    assert_eq!(parents.trim(), format!("{before} {tip}"));
    let edited = revision("m1", "b2", "mine")
        .replace("Revises: b2", "Revises: t1")
        .replace("= \"b2\"", "= \"t1\"");
    assert_eq!(committed(&fake, &at("m1")), edited);
    assert_eq!(committed(&fake, &at("m2")), revision("m2", "m1", "more"));
    assert_eq!(
        (committed(&fake, "mine.txt"), committed(&fake, "theirs.txt")),
        ("mine\n".into(), "theirs\n".into())
    );
    let message = git(&fake, &["log", "-1", "--format=%B", "feature"]);
    assert_eq!(
        message.trim(),
        "Merge main, and let m1 follow t1 of main\n\n- alembic/versions/m1.py followed b2"
    );
    let (state, comment) = told(&fake, &step);
    assert_eq!(state, "success");
    assert!(
        comment.contains("### ✅ `m1` follows `t1` of `main` now\n")
            && comment.contains("| `m1` | `alembic/versions/m1.py` | `b2` | `t1` |")
            && comment.contains("with `main` merged in"),
        "{comment}"
    );
    assert_eq!(
        fake.fsck(&json!({"repository": "acme/shop"}))["complaints"],
        ""
    );
    held(
        &fake,
        "rebase",
        "success",
        &["### ✅ Revisions come after those of `main`\n"],
    );
}

#[test]
fn what_has_its_base_gets_a_commit_on_top() {
    let fake = forked(&json!({at("t1"): revision("t1", "b2", "theirs")}));
    let before = head(&fake);
    let step = pushed(&fake, "rebase");
    step.expect(0, "done");
    assert_eq!(step.outputs["verified"], "true", "{}", step.said());
    let parents = git(&fake, &["log", "-1", "--format=%P", "feature"]);
    assert_eq!(parents.trim(), before);
    let changed = git(&fake, &["diff", "--numstat", "feature~1", "feature"]);
    assert_eq!(changed, "2\t2\talembic/versions/m1.py\n");
    fake.expect_no_violations();
}

#[test]
fn a_new_revision_joins_them_where_that_is_preferred() {
    let fake = forked(&json!({}));
    let step = pushed(&fake, "merge");
    step.expect(0, "done");
    let changed = git(
        &fake,
        &["diff", "--name-status", "main", "feature", "--", "alembic"],
    );
    let new: Vec<&str> = changed
        .lines()
        .filter(|line| line.ends_with("_merge_main.py"))
        .collect();
    let [new] = new[..] else {
        panic!("{changed}\n{}", step.said())
    };
    let text = committed(&fake, new.strip_prefix("A\t").expect("it is new"));
    assert!(text.contains("down_revision = ('t1', 'm2')"), "{text}");
    assert_eq!(committed(&fake, &at("m1")), revision("m1", "b2", "mine"));
    let (state, comment) = told(&fake, &step);
    assert_eq!(state, "success");
    assert!(
        comment.contains("### ✅ A revision joins this with `main`\n"),
        "{comment}"
    );
    held(&fake, "merge", "success", &[]);
    let mako =
        json!({"alembic/script.py.mako": "<%! import os %>\nrevision = ${repr(up_revision)}\n"});
    let fake = forked(&json!({}));
    push(&fake, "main", &mako);
    held(
        &fake,
        "merge",
        "failure",
        &["alembic/script.py.mako:1: the template has `<%! import os %>`"],
    );
}

#[test]
fn what_files_do_not_tell_is_not_evaluated() {
    let computed = revision("m1", "b2", "mine").replace("= \"b2\"", "= last()");
    let twice = revision("t1", "b2", "mine");
    let lost = revision("m1", "z9", "mine");
    let hostile = format!("{}`|<img src=x>@alice = (\n", revision("m1", "b2", "mine"));
    for (text, words) in [
        (
            computed,
            "alembic/versions/m1.py:15: `down_revision` is computed",
        ),
        (
            twice,
            "revision `t1` is there twice: in alembic/versions/m1.py and in alembic/versions/t1.py",
        ),
        (
            lost,
            "alembic/versions/m1.py:15: revision `m1` follows `z9`, which is not there",
        ),
        (hostile, "a bracket is not closed"),
    ] {
        let fake = forked(&json!({at("m1"): text, at("m2"): null}));
        let title = "### ⚠️ Not evaluated: whether revisions come after those of `main`\n";
        held(&fake, "rebase", "error", &[title, words]);
    }
    let fake = forked(&json!({"alembic.ini": "[alembic]\nscript_location = app\n"}));
    held(
        &fake,
        "rebase",
        "error",
        &["the pull request moves the history's directories"],
    );
}

#[test]
fn what_does_not_run_in_the_new_order_is_left() {
    let heads = "### ❌ Base moved: two heads\n";
    let fake = forked(&json!({at("m2"): revision("m2", "m1", "theirs")}));
    held(
        &fake,
        "rebase",
        "failure",
        &[heads, "revision `m2` can't be run on an empty database"],
    );
    let stays = revision("m2", "m1", "more").replace("op.drop_table(\"more\")", "pass");
    let fake = forked(&json!({at("m2"): stays}));
    held(
        &fake,
        "rebase",
        "failure",
        &[
            heads,
            "revision `m2`: its `downgrade()` does not restore the schema before it",
        ],
    );
    // It has no token, no network, and can't write where it is.
    for (code, said) in [
        (
            "import socket\n    socket.create_connection(('127.0.0.1', 9))",
            "PermissionError",
        ),
        ("open(__file__, 'a')", "PermissionError"),
        (
            "import os\n    raise RuntimeError(sorted(name for name in os.environ if 'TOKEN' in name))",
            "RuntimeError: []",
        ),
    ] {
        let text = revision("m2", "m1", "more")
            .replace("def upgrade():", &format!("def upgrade():\n    {code}"));
        let fake = forked(&json!({at("m2"): text}));
        held(&fake, "rebase", "failure", &[heads, said]);
    }
    // Conflicts elsewhere are for people, and the heads are seen all the same.
    let fake = forked(&json!({"theirs.txt": "mine\n"}));
    held(
        &fake,
        "rebase",
        "failure",
        &[heads, "theirs.txt conflicts with `main`"],
    );
    let own = revision("m2", "b2", "more");
    let fake = forked(&json!({at("m2"): own}));
    let words = "the new revisions alone have several heads: `m1` (alembic/versions/m1.py)";
    held(
        &fake,
        "rebase",
        "failure",
        &["### ❌ Base moved: three heads\n", words],
    );
}

#[test]
fn forks_are_looked_at_and_neither_run_nor_written_to() {
    let fake = forked(&json!({}));
    fake.seed(&json!({"repositories": [{
        "full_name": "mallory/shop", "fork_of": "acme/shop",
        "branches": [{"name": "evil", "from": "main", "files": {
            at("e1"): revision("e1", "b2", "evil"), "alembic/env.py": "raise SystemExit('ran')\n",
        }}],
    }, {
        "full_name": "acme/shop",
        "pulls": [{"title": "Evil", "head": "mallory/shop:evil", "author": "mallory"}],
    }]}));
    let evil = fake.state()["repositories"][1]["branches"]["evil"].clone();
    push(
        &fake,
        "main",
        &json!({at("t2"): revision("t2", "t1", "later")}),
    );
    let step = pushed(&fake, "rebase");
    step.expect(0, "done");
    let state = fake.state();
    assert_eq!(state["repositories"][1]["branches"]["evil"], evil);
    let of = &state["repositories"][0]["statuses"];
    let found = of
        .as_array()
        .expect("statuses")
        .iter()
        .find(|status| status["sha"] == evil);
    assert_eq!(
        found.expect("a status")["state"],
        "failure",
        "{}",
        step.said()
    );
    assert!(
        step.said()
            .contains("the branch is in a fork, and only its author writes there"),
        "{}",
        step.said()
    );
    fake.expect_no_violations();
}

#[test]
fn a_pull_requests_own_run_is_as_red_as_its_status() {
    let fake = forked(&json!({}));
    let step = runner(&fake, "report").step("feature");
    step.expect(1, "drift");
    assert_eq!(told(&fake, &step).0, "failure");
    let fake = forked(&json!({}));
    let step = runner(&fake, "report")
        .input("fail-on", "never")
        .step("feature");
    step.expect(0, "drift");
    assert_eq!(told(&fake, &step).0, "success");
    // A rule may require the status, of every pull request.
    let fake = forked(&json!({at("m1"): null, at("m2"): null}));
    let step = runner(&fake, "report").step("feature");
    step.expect(0, "done");
    assert_eq!(statuses(&fake), [(STATUS.to_owned(), "success".to_owned())]);
    // A token that may not set one.
    let mut token = token();
    token["permissions"]["statuses"] = json!("read");
    let fake = forked(&json!({}));
    fake.seed(&json!({"tokens": [token]}));
    let step = pushed(&fake, "report");
    step.expect(0, "done");
    assert!(
        step.said().contains("No commit status: "),
        "{}",
        step.said()
    );
    assert!(comments(&fake)[0].contains("two heads"), "{}", step.said());
}

/// `main` got `t1` after `b2`, and as many open pull requests have a revision after `b2`, too.
fn crowded(pulls: usize, more: &Value) -> Fake {
    let fake = Fake::start();
    let mut main = serde_json::Map::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic/base");
    files_of(&data, "", &mut main);
    main.insert(at("t1"), json!(revision("t1", "b2", "theirs")));
    for (path, text) in more.as_object().expect("files") {
        main.insert(path.clone(), text.clone());
    }
    let each = |n: usize| {
        let (id, name) = (format!("m{n}"), format!("feature-{n}"));
        let files = json!({at(&id): revision(&id, "b2", &id)});
        let branch = json!({"name": name, "from": "main", "files": files});
        (
            branch,
            json!({"title": name, "head": name, "author": "alice"}),
        )
    };
    let (mut branches, pulls): (Vec<Value>, Vec<Value>) = (1..=pulls).map(each).unzip();
    branches.insert(0, json!({"name": "main", "files": main}));
    fake.seed(&json!({
        "repositories": [{"full_name": "acme/shop", "branches": branches, "pulls": pulls}],
        "tokens": [token()],
    }));
    fake
}

#[test]
fn more_than_a_hundred_pull_requests_are_told_that_nobody_looked() {
    let fake = crowded(102, &json!({}));
    let step = pushed(&fake, "report");
    step.expect(0, "done");
    let all = statuses(&fake);
    let count = |state: &str| all.iter().filter(|(_, found)| found == state).count();
    assert_eq!((count("failure"), count("pending")), (100, 2), "{all:?}");
    assert!(
        step.said().contains(
            "102 pull requests are open: only the 100 that were worked on last are looked at."
        ),
        "{}",
        step.said()
    );
    fake.expect_no_violations();
}

#[test]
fn no_more_than_thirty_histories_are_run_at_once() {
    // None of them comes so far that its history is run, which would take its time.
    let mako = "<%! import os %>\n";
    let fake = crowded(31, &json!({"alembic/script.py.mako": mako}));
    let step = pushed(&fake, "merge");
    step.expect(0, "done");
    let said = &step.summary;
    let count = |words: &str| said.matches(words).count();
    assert_eq!(
        (
            count("the template has"),
            count("30 pull requests were handled by this run")
        ),
        (30, 1),
        "{said}"
    );
    fake.expect_no_violations();
}

#[test]
fn a_history_that_can_not_be_confined_is_not_run() {
    let fake = forked(&json!({}));
    let before = head(&fake);
    let step = runner(&fake, "rebase")
        .without("seccomp")
        .on("push")
        .step("main");
    step.expect(2, "error");
    assert_eq!(head(&fake), before, "{}", step.said());
    assert!(
        step.said()
            .contains("code of the project can't be confined fully"),
        "{}",
        step.said()
    );
}
