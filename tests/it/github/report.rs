//! Mode `report`: what a run for a fork's pull request left, told by a run that may write; and what is made of artifacts that
//! say what is not true.

use std::fs;
use std::io::{Cursor, Write as _};

use base64::Engine as _;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::fake::Fake;
use super::step::{MISSING, Runner, Step, comments, statuses, world, writes};

/// What the job of `mode: report` has, and no more.
fn reporting() -> Value {
    json!({
        "token": "ghs_reporting_0123",
        "repositories": ["acme/shop"],
        "permissions": {"actions": "read", "pull_requests": "write"},
    })
}

/// What a run for a fork has, whatever its workflow asks for.
fn reading() -> Value {
    json!({
        "token": "ghs_supersecret",
        "repositories": ["acme/shop"],
        "permissions": {"contents": "read", "pull_requests": "read"},
    })
}

/// The usual repository, private, whose pull request 1 comes from a fork.
fn forked() -> Fake {
    let fake = Fake::start();
    let mut seed = world(&reading());
    seed["repositories"][0]["pulls"] = json!([]);
    seed["repositories"][0]["private"] = json!(true);
    seed["tokens"] = json!([reading(), reporting()]);
    fake.seed(&seed);
    fake.seed(&json!({"repositories": [
        {"full_name": "mallory/shop", "private": true, "fork_of": "acme/shop", "branches": [
            {"name": "feature", "from": "acme/shop:feature"},
        ]},
        {"full_name": "acme/shop", "pulls": [
            {"title": "Emails", "head": "mallory/shop:feature", "author": "mallory"},
        ]},
    ]}));
    fake
}

/// The check of a fork's pull request; what it left.
fn check(fake: &Fake) -> (Step, Value) {
    let step = Runner::new(fake).step("mallory/shop:feature");
    let note = step.workspace.join("trueup-report/comment.json");
    let note = fs::read_to_string(&note).unwrap_or_else(|error| panic!("{error}: {}", step.said()));
    (step, serde_json::from_str(&note).expect("JSON"))
}

/// An archive as actions/upload-artifact makes it, of these files.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("a file");
        zip.write_all(text).expect("its text");
    }
    zip.finish().expect("an archive").into_inner()
}

fn zipped(note: &Value) -> Vec<u8> {
    archive(&[("comment.json", note.to_string().as_bytes())])
}

/// A run for a branch that is over, and left this archive.
pub(crate) fn ran(fake: &Fake, head: &str, event: &str, archives: &[(&str, Vec<u8>)]) {
    let artifact = |(name, archive): &(&str, Vec<u8>)| {
        let base64 = base64::engine::general_purpose::STANDARD.encode(archive);
        json!({"name": name, "base64": base64})
    };
    let artifacts: Vec<Value> = archives.iter().map(artifact).collect();
    let run = json!({"name": "migrations", "event": event, "head": head, "conclusion": "failure", "artifacts": artifacts});
    fake.seed(&json!({"repositories": [{"full_name": "acme/shop", "runs": [run]}]}));
}

fn left(fake: &Fake, archive: Vec<u8>) {
    let archives = [("trueup-comment", archive)];
    ran(fake, "mallory/shop:feature", "pull_request", &archives);
}

fn report(fake: &Fake) -> Step {
    let runner = Runner::new(fake).on("workflow_run");
    let runner = runner.input("token", "ghs_reporting_0123");
    runner.input("env", "").input("mode", "report").bare()
}

#[test]
fn a_forks_pull_request_gets_its_comment() {
    let fake = forked();
    let (step, note) = check(&fake);
    step.expect(1, "drift");
    assert!(
        step.said()
            .contains("trueup-report/comment.json has what a comment needs"),
        "{}",
        step.said()
    );
    assert_eq!(writes(&fake), 0);
    left(&fake, zipped(&note));
    let told = report(&fake);
    told.expect(0, "done");
    assert!(
        told.summary.contains("### ✅ Reported on pull request 1"),
        "{}",
        told.summary
    );
    let said = comments(&fake);
    assert_eq!(said.len(), 1, "{}", told.said());
    for part in [
        "### ❌ 1 change in the models is missing from `migrations`",
        "environment `app` · 1 migration · commit `",
        "| table `users` | add column `email` | [`app/models.py:7`](https://github.com/mallory/shop/blob/",
        MISSING,
        "trueup migrate diff --env app",
        "Reported by [a run](https://github.com/acme/shop/actions/runs/",
    ] {
        assert!(said[0].contains(part), "{part} in\n{}", said[0]);
    }
    assert!(
        statuses(&fake).is_empty(),
        "a stranger's run must not satisfy a rule"
    );

    // Another run that says the same changes nothing, and one that is green says so in the same comment.
    left(&fake, zipped(&note));
    let wrote = writes(&fake);
    report(&fake).expect(0, "done");
    assert_eq!(writes(&fake), wrote);
    let mut green = note;
    green["projects"][0]["found"]["compared"] = json!({
        "verdict": "synced", "dir": "migrations", "migrations": 2, "config": null, "fix": null, "changes": [],
        "unmanaged": [], "sql": "",
    });
    left(&fake, zipped(&green));
    report(&fake).expect(0, "done");
    let said = comments(&fake);
    assert!(
        said.len() == 1 && said[0].contains("### ✅ Models and `migrations` agree"),
        "{said:?}"
    );
    fake.expect_no_violations();
}

#[test]
fn an_error_is_told_in_the_words_of_its_run() {
    let fake = forked();
    let runner = Runner::new(&fake).input("mode", "commit");
    let step = runner.step("mallory/shop:feature");
    step.expect(1, "drift");
    let note = fs::read(step.workspace.join("trueup-report/comment.json")).expect("a note");
    left(&fake, archive(&[("comment.json", &note)]));
    report(&fake).expect(0, "done");
    let said = comments(&fake);
    let own = "Other messages of the run</summary>\n\n```text\nNothing was committed: the branch is in a fork.";
    assert!(said[0].contains(own), "{}", said[0]);

    fake.push(&json!({"repository": "mallory/shop", "branch": "feature", "files": {"models.sql": "CREATE TABLE broken ("}}));
    let (step, note) = check(&fake);
    step.expect(2, "error");
    left(&fake, zipped(&note));
    report(&fake).expect(0, "done");
    let said = comments(&fake);
    for part in [
        "### 💥 Models and migrations could not be compared",
        "unclosed '('",
        "Reported by [a run]",
    ] {
        assert!(said[0].contains(part), "{part} in\n{}", said[0]);
    }
}

/// Several steps and projects of a job are one file; jobs have an artifact each.
#[test]
fn several_projects_are_told_at_once() {
    let fake = forked();
    let runner = Runner::new(&fake).input("projects", ". id=a\n. id=b");
    let step = runner.step("mallory/shop:feature");
    step.expect(1, "drift");
    let step = runner
        .input("projects", ". id=b\n. id=c")
        .run(step.workspace);
    step.expect(1, "drift");
    let note = fs::read(step.workspace.join("trueup-report/comment.json")).expect("a note");
    let mut note: Value = serde_json::from_slice(&note).expect("JSON");
    assert_eq!(note["projects"].as_array().map(Vec::len), Some(3));
    let first = zipped(&note);
    note["projects"][0]["key"] = json!("0123456789ab");
    let archives = [
        ("trueup-comment-0", first),
        ("trueup-comment-1", zipped(&note)),
        ("other", b"x".to_vec()),
    ];
    ran(&fake, "mallory/shop:feature", "pull_request", &archives);
    report(&fake).expect(0, "done");
    assert_eq!(comments(&fake).len(), 4);
    fake.expect_no_violations();
}

/// The token of a run for Dependabot may only read where an organization says so, on a branch of the repository itself.
#[test]
fn a_token_that_may_not_comment_leaves_it_too() {
    let fake = Fake::start();
    let mut seed = world(&reading());
    seed["tokens"] = json!([reading(), reporting()]);
    fake.seed(&seed);
    let step = Runner::new(&fake).step("feature");
    step.expect(1, "drift");
    let note = fs::read(step.workspace.join("trueup-report/comment.json")).expect("a note");
    ran(
        &fake,
        "feature",
        "pull_request",
        &[("trueup-comment", archive(&[("comment.json", &note)]))],
    );
    report(&fake).expect(0, "done");
    assert_eq!(comments(&fake).len(), 1);
}

#[test]
fn where_there_is_nothing_to_tell_it_is_said_why() {
    let fake = forked();
    let (_, note) = check(&fake);
    #[track_caller]
    fn silent(fake: &Fake, why: &str) {
        let wrote = writes(fake);
        let step = report(fake);
        step.expect(0, "done");
        assert!(step.said().contains(why), "no {why} in {}", step.said());
        assert_eq!(writes(fake), wrote);
    }
    ran(
        &fake,
        "mallory/shop:feature",
        "pull_request",
        &[("other", zipped(&note))],
    );
    silent(&fake, "it wrote its comment itself");
    ran(&fake, "main", "push", &[("trueup-comment", zipped(&note))]);
    silent(&fake, "the run was for `push`");
    let archives = [("trueup-comment", zipped(&note))];
    ran(
        &fake,
        "mallory/shop:feature",
        "pull_request_target",
        &archives,
    );
    silent(&fake, "the run was for `pull_request_target`");
    // A branch of that name in somebody else's fork is another one.
    fake.seed(&json!({"repositories": [
        {"full_name": "eve/shop", "private": true, "fork_of": "acme/shop", "branches": [
            {"name": "feature", "from": "mallory/shop:feature"},
        ]},
    ]}));
    ran(&fake, "eve/shop:feature", "pull_request", &archives);
    silent(&fake, "no pull request of its branch is open");
    left(&fake, zipped(&note));
    fake.push(&json!({"repository": "mallory/shop", "branch": "feature", "files": {"later": "x"}}));
    silent(&fake, "is no longer at");
    fake.touch(&json!({"repository": "acme/shop", "number": 1, "state": "closed"}));
    silent(&fake, "no pull request of its branch is open");

    let step = Runner::new(&fake).input("mode", "report").on("push").bare();
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("`mode: report` runs on `workflow_run` only"),
        "{}",
        step.said()
    );
    let step = Runner::new(&fake).on("workflow_run").bare();
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("trueup does not run on `workflow_run`"),
        "{}",
        step.said()
    );
    fake.expect_no_violations();
}

/// Reports an archive that is refused: nothing is written, and it is said why, without a word of it.
#[track_caller]
fn refused(fake: &Fake, archive: Vec<u8>, why: &str) {
    let wrote = writes(fake);
    left(fake, archive);
    let step = report(fake);
    step.expect(2, "error");
    assert!(step.said().contains(why), "no {why:?} in {}", step.said());
    assert!(
        step.summary.contains("could not be reported"),
        "{}",
        step.summary
    );
    assert!(!step.said().contains("lie-of-mine"), "{}", step.said());
    assert_eq!(writes(fake), wrote);
    assert!(comments(fake).is_empty());
}

/// A note with another value at a place.
fn with(note: &Value, path: &str, value: &Value) -> Value {
    let size = |name: &str| value[name].as_u64().map(|size| size as usize);
    let value = match (size("text"), size("times")) {
        (Some(size), _) => json!("x".repeat(size)),
        (_, Some(times)) => {
            let of = value["of"].as_str().and_then(|of| note.pointer(of));
            json!(vec![of.expect("a place"); times])
        }
        _ => value.clone(),
    };
    let mut note = note.clone();
    let (outer, name) = path.rsplit_once('/').expect("a path");
    note.pointer_mut(outer).expect("a place")[name] = value;
    note
}

#[test]
fn a_note_that_lies_changes_nothing() {
    let fake = forked();
    fake.seed(
        &json!({"repositories": [{"full_name": "acme/shop", "pulls": [
            {"title": "Mine", "head": "feature", "author": "alice"},
        ]}]}),
    );
    let (_, note) = check(&fake);
    let lies = fs::read_to_string("tests/data/github-lies.json").expect("the lies");
    let lies: Vec<(String, Value, String)> = serde_json::from_str(&lies).expect("JSON");
    for (path, value, why) in &lies {
        refused(&fake, zipped(&with(&note, path, value)), why);
    }
    let twice = note
        .to_string()
        .replacen("{\"format\":1,", "{\"format\":1,\"format\":1,", 1);
    refused(
        &fake,
        archive(&[("comment.json", twice.as_bytes())]),
        "has what it should not have",
    );
    refused(
        &fake,
        archive(&[("comment.json", b"lie-of-mine")]),
        "it is not JSON",
    );

    // One lie among several artifacts is enough.
    let lie = with(&note, "/pull_request", &json!(2));
    let archives = [
        ("trueup-comment-0", zipped(&note)),
        ("trueup-comment-1", zipped(&lie)),
    ];
    ran(&fake, "mallory/shop:feature", "pull_request", &archives);
    report(&fake).expect(2, "error");
    assert!(comments(&fake).is_empty());
    fake.expect_no_violations();
}

#[test]
fn an_archive_that_is_none_of_ours_changes_nothing() {
    let fake = forked();
    let (_, note) = check(&fake);
    let text = note.to_string();
    let two = archive(&[("comment.json", text.as_bytes()), ("other", b"x")]);
    refused(&fake, two, "it has 2 files, and one is taken");
    refused(&fake, archive(&[]), "it has 0 files, and one is taken");
    refused(&fake, b"lie-of-mine".to_vec(), "it is not a zip archive");
    let bomb = vec![b' '; 64 * 1024 * 1024];
    let bomb = archive(&[("comment.json", &bomb)]);
    assert!(bomb.len() < 512 * 1024, "{}", bomb.len());
    refused(&fake, bomb.clone(), "its file has more than 524288 bytes");
    // What it says of its own size is not true either.
    let size = (64_u32 * 1024 * 1024).to_le_bytes();
    let mut modest = bomb;
    while let Some(at) = modest.windows(4).position(|bytes| bytes == size) {
        modest[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    refused(&fake, modest, "was not written by trueup");
    let mut large = vec![0; 512 * 1024 + 1];
    noise(&mut large);
    refused(&fake, large, "it has more than 524288 bytes");
    let mut broken = zipped(&note);
    let middle = broken.len() / 2;
    broken[40..middle].fill(0x55);
    refused(&fake, broken, "was not written by trueup");
    fake.expect_no_violations();
}

/// Bytes that no archive makes smaller.
fn noise(bytes: &mut [u8]) {
    let mut state = 1_u64;
    for byte in bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        *byte = state.to_be_bytes()[0];
    }
}

/// What stands in a note is shown, and does nothing.
#[test]
fn words_of_a_stranger_stay_words() {
    let fake = forked();
    let (_, mut note) = check(&fake);
    let evil = "`x` <img src=x> @alice #1 [a](http://b) | ```";
    let project = &mut note["projects"][0];
    project["facts"] = json!([["directory", evil]]);
    project["said"] = json!([format!("{evil}\n````\n# Pay @alice\n")]);
    let compared = &mut project["found"]["compared"];
    compared["sql"] = json!("-- ```\n# Merge it\n-- @alice\n````\n");
    compared["dir"] = json!(evil);
    compared["changes"][0]["name"] = json!(evil);
    compared["changes"][0]["details"] = json!([evil]);
    compared["changes"][0]["model"] = json!({"file": "a)](http://evil)/x.py", "line": 3});
    left(&fake, zipped(&note));
    report(&fake).expect(0, "done");
    let body = comments(&fake).remove(0);
    let html = super::rendered(&body);
    for wrong in [
        "<img",
        "user-mention",
        "href=\"http://b",
        "href=\"http://evil",
        "<h1",
    ] {
        assert!(!html.contains(wrong), "{wrong} in\n{body}\n{html}");
    }
    let links = html.matches("href=\"").count();
    assert_eq!(
        links,
        html.matches("href=\"https://github.com/").count(),
        "{html}"
    );
}
