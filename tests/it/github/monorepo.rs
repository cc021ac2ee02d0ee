//! Five services in one repository, `mode: commit`: in one step, in steps one after the other, in jobs side by side.

use serde_json::json;
use trueup::github::commit::Trailers;

use super::fake::Fake;
use super::step::{
    AFTER, BEFORE, MISSING, Runner, Step, comments, committed, head, token, world, writes,
};
use crate::lab::run;

/// Those whose models the branch changes; of the fifth it does not.
const CHANGED: [&str; 4] = ["s1", "s2", "s3", "s4"];

/// The services, each with its models, migrations and config file.
fn monorepo(fake: &Fake) {
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    let files = std::mem::replace(&mut branches[0]["files"], json!({}));
    branches[1]["files"] = json!({});
    for (name, text) in files.as_object().expect("files") {
        for service in CHANGED.into_iter().chain(["s5"]) {
            branches[0]["files"][format!("services/{service}/{name}")] = text.clone();
        }
    }
    for service in CHANGED {
        branches[1]["files"][format!("services/{service}/models.sql")] = json!(AFTER);
    }
    fake.seed(&world);
}

fn commit(fake: &Fake) -> Runner<'_> {
    Runner::new(fake).input("mode", "commit")
}

/// All of them in one step.
fn together(fake: &Fake) -> Runner<'_> {
    let lines = "services/s1\nservices/s2 env=app\nservices/s3\nservices/s4/\n\nservices/s5\n";
    commit(fake).input("projects", lines)
}

/// One of them.
fn alone<'f>(fake: &'f Fake, service: &str) -> Runner<'f> {
    commit(fake).input("working-directory", &format!("services/{service}"))
}

/// The messages of the branch's commits that the base has not, newest first.
fn messages(fake: &Fake) -> Vec<String> {
    let git = fake.state()["repositories"][0]["git"].clone();
    let mut log = std::process::Command::new("git");
    log.args(["--git-dir", git.as_str().expect("a path")]);
    log.args(["log", "--format=%B%x00", "main..feature"]);
    let messages = run(log);
    let messages = messages.split('\0').map(|text| text.trim().to_owned());
    messages.filter(|text| !text.is_empty()).collect()
}

fn paths(step: &Step) -> Vec<String> {
    let files = step.outputs["migration-file"].as_str().expect("paths");
    files.lines().map(str::to_owned).collect()
}

/// States of the statuses of a commit, one for each context.
fn statuses(fake: &Fake, commit: &str) -> Vec<String> {
    let state = fake.state();
    let all = state["repositories"][0]["statuses"]
        .as_array()
        .expect("statuses")
        .clone();
    let of = all.iter().filter(|status| status["sha"] == commit);
    of.map(|status| status["state"].as_str().expect("a state").to_owned())
        .collect()
}

#[test]
fn one_step_makes_one_commit_for_all() {
    let fake = Fake::start();
    monorepo(&fake);
    let before = head(&fake);
    let step = together(&fake).step("feature");
    step.expect(0, "in-sync");
    let paths = paths(&step);
    assert_eq!(paths.len(), 4, "{paths:?}");
    for (path, service) in paths.iter().zip(CHANGED) {
        assert!(
            path.starts_with(&format!("services/{service}/migrations/")),
            "{path}"
        );
        assert_eq!(committed(&fake, path), MISSING);
    }
    assert_eq!(
        (&step.outputs["statements"], &step.outputs["drift"]),
        (&json!("4"), &json!("false"))
    );
    assert_eq!(step.outputs["commit-sha"], head(&fake));
    assert_eq!(
        step.outputs["report-path"]
            .as_str()
            .expect("paths")
            .lines()
            .count(),
        5
    );
    let messages = messages(&fake);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[0].starts_with("Add 4 migrations\n\nservices/s1/migrations/"),
        "{}",
        messages[0]
    );
    assert!(
        step.summary.matches("got a migration in").count() == 4,
        "{}",
        step.summary
    );
    // Right below the end of a fold, a title is none.
    assert!(!step.summary.contains("</details>\n#"), "{}", step.summary);
    assert_eq!(comments(&fake).len(), 4, "the fifth has nothing to say");
    assert_eq!(statuses(&fake, &head(&fake)), ["success"; 5]);
    assert!(statuses(&fake, &before).is_empty());

    let settled = head(&fake);
    let again = together(&fake).step("feature");
    again.expect(0, "in-sync");
    assert_eq!(
        (again.outputs.get("commit-sha"), head(&fake)),
        (None, settled)
    );
    fake.expect_no_violations();
}

#[test]
fn the_worst_of_them_is_the_steps_end_and_the_others_are_settled() {
    let fake = Fake::start();
    monorepo(&fake);
    let broken =
        json!({"services/s2/models.sql": "CREATE TABLE broken (", "services/s5/models.sql": AFTER});
    fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": broken}));
    let step = together(&fake).step("feature");
    step.expect(2, "error");
    let committed: Vec<String> = paths(&step)
        .iter()
        .map(|path| path[9..11].to_owned())
        .collect();
    assert_eq!(committed, ["s1", "s3", "s4", "s5"]);
    assert_eq!(
        statuses(&fake, &head(&fake)),
        ["success", "error", "success", "success", "success"]
    );
    assert_eq!(comments(&fake).len(), 5);

    // In the other mode nothing is written, and each is told.
    let checked = together(&fake).input("mode", "check").step("feature");
    checked.expect(2, "error");
    let fixed = json!({"services/s2/models.sql": AFTER});
    fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": fixed}));
    let checked = together(&fake).input("mode", "check").step("feature");
    checked.expect(1, "drift");
    assert_eq!(
        (&checked.outputs["statements"], &checked.outputs["drift"]),
        (&json!("1"), &json!("true"))
    );
    fake.expect_no_violations();
}

#[test]
fn a_refused_commit_is_told_for_each() {
    let fake = Fake::start();
    monorepo(&fake);
    fake.seed(&json!({"repositories": [{"full_name": "acme/shop", "branches": [{"name": "feature", "protected": true}]}]}));
    let before = head(&fake);
    let step = together(&fake).step("feature");
    step.expect(1, "drift");
    assert_eq!(
        step.summary.matches("Nothing was committed").count(),
        4,
        "{}",
        step.summary
    );
    assert_eq!(comments(&fake).len(), 4);
    assert_eq!(head(&fake), before);
    fake.expect_no_violations();
}

#[test]
fn a_directory_is_not_written_twice() {
    let fake = Fake::start();
    monorepo(&fake);
    // What is in sync with it would no longer be.
    let lines = "services/s1\nservices/s5 dir=file://../s1/migrations";
    let step = commit(&fake).input("projects", lines).step("feature");
    step.expect(1, "drift");
    assert!(step.outputs["commit-sha"].is_null(), "{:?}", step.outputs);
    let lines = "services/s1\nservices/s2 dir=file://../s1/migrations\nservices/s3";
    let step = commit(&fake).input("projects", lines).step("feature");
    step.expect(1, "drift");
    assert_eq!(paths(&step).len(), 2);
    assert!(
        step.summary.contains("has the same directory"),
        "{}",
        step.summary
    );
    let named = commit(&fake)
        .input("id", "eu")
        .input("projects", "services/s1\nservices/s1 dir=file://other");
    named.step("feature").expect(2, "error");
    let twice = commit(&fake)
        .input("projects", "services/s1\nservices/s1/")
        .step("feature");
    twice.expect(2, "error");
    assert!(
        twice
            .said()
            .contains("line 2 names the same project as line 1"),
        "{}",
        twice.said()
    );
}

/// Each step has the event and the checkout of the job's start, and finds the commits of those before it on the branch.
#[test]
fn steps_one_after_the_other_are_all_settled() {
    let fake = Fake::start();
    monorepo(&fake);
    let event = Runner::new(&fake).payload();
    for service in CHANGED {
        let step = alone(&fake, service).late(&event);
        step.expect(0, "in-sync");
        assert_eq!(
            (step.outputs["commit-sha"].as_str(), paths(&step).len()),
            (Some(&*head(&fake)), 1)
        );
    }
    alone(&fake, "s5").late(&event).expect(0, "in-sync");
    assert_eq!(messages(&fake).len(), 5);
    for service in CHANGED {
        alone(&fake, service).step("feature").expect(0, "in-sync");
    }
    assert_eq!(messages(&fake).len(), 5);
    fake.expect_no_violations();
}

/// Jobs side by side: another one's commit comes between looking and committing. One that starts late and checks the branch
/// out has a newer commit than its event.
#[test]
fn jobs_side_by_side_are_all_settled() {
    let fake = Fake::start();
    monorepo(&fake);
    let runner = Runner::new(&fake);
    let event = runner.payload();
    alone(&fake, "s1").late(&event).expect(0, "in-sync");
    // The event is of before; the checkout is the branch of now.
    let late = alone(&fake, "s2");
    let step = late.run_with(&event, late.clone_of("acme/shop", "feature", None));
    step.expect(0, "in-sync");
    // In sync there: its status is that of the head, which it has looked at.
    let checked = head(&fake);
    let before = statuses(&fake, &checked).len();
    let late = alone(&fake, "s5");
    let checkout = late.clone_of("acme/shop", "feature", None);
    late.run_with(&event, checkout).expect(0, "in-sync");
    assert_eq!(statuses(&fake, &checked).len(), before + 1);
    // The two at once, as far as a fake can: the second finds its expected head gone.
    let wrote = writes(&fake);
    alone(&fake, "s3").late(&event).expect(0, "in-sync");
    assert!(writes(&fake) > wrote);
    assert_eq!(messages(&fake).len(), 4);
    // By now that is the head no more.
    let checkout = late.clone_of("acme/shop", "feature", Some(&checked));
    let step = late.input("id", "another").run_with(&event, checkout);
    step.expect(0, "in-sync");
    assert!(
        step.said()
            .contains("It is not the pull request's head now"),
        "{}",
        step.said()
    );
    assert_eq!(statuses(&fake, &checked).len(), before + 1);
    fake.expect_no_violations();
}

/// What decides is what the newer commits change, whatever they say.
#[test]
fn a_head_that_moved_otherwise_is_left_alone() {
    let hash = |text: &str| trueup::github::sha256(text.as_bytes());
    let forged = |sums: &str| {
        let files = vec![(sums.to_owned(), hash("x"))];
        let trailers = Trailers {
            plan: "0".repeat(16),
            keys: Vec::new(),
            files,
        };
        format!("Add migration 2.sql\n\n{trailers}")
    };
    let bot = "github-actions[bot]";
    let cases = [
        (json!({"README.md": "x"}), "Read me".to_owned(), "alice"),
        (
            json!({"services/s2/migrations/atlas.sum": "x"}),
            forged("services/s2/migrations/atlas.sum"),
            "alice",
        ),
        (
            json!({"services/s1/models.sql": BEFORE}),
            forged("services/s2/migrations/atlas.sum"),
            bot,
        ),
        (
            json!({"services/s1/migrations/2.sql": "x"}),
            forged("services/s1/migrations/atlas.sum"),
            bot,
        ),
        (
            json!({"services/s2/migrations/run.sh": "x"}),
            forged("services/s2/migrations/atlas.sum"),
            bot,
        ),
    ];
    for (files, message, author) in cases {
        let fake = Fake::start();
        monorepo(&fake);
        let event = Runner::new(&fake).payload();
        fake.push(&json!({
            "repository": "acme/shop", "branch": "feature", "files": files, "message": message, "author": author,
        }));
        let moved = head(&fake);
        let step = alone(&fake, "s1").late(&event);
        step.expect(2, "superseded");
        assert_eq!(
            (step.outputs["drift"].as_str(), head(&fake)),
            (Some("true"), moved.clone()),
            "{files}"
        );
        let late = alone(&fake, "s1");
        let step = late.run_with(&event, late.clone_of("acme/shop", "feature", None));
        assert_ne!(step.outputs["state"], "superseded", "{files}");
        assert_eq!(head(&fake), moved, "{files}");
        fake.expect_no_violations();
    }
}

/// The jobs of `mode: matrix` on a pull request.
fn matrix(runner: &Runner<'_>) -> (Step, serde_json::Value) {
    let step = runner.step("feature");
    step.expect(0, "done");
    let matrix = step.outputs["matrix"].as_str().expect("a matrix");
    let matrix: serde_json::Value = serde_json::from_str(matrix).expect("JSON");
    let jobs = matrix["include"].as_array().expect("jobs").len();
    assert_eq!(step.outputs["jobs"], jobs.to_string());
    (step, matrix["include"].clone())
}

#[test]
fn a_matrix_has_the_projects_that_changed_and_its_jobs_check_them() {
    let fake = Fake::start();
    monorepo(&fake);
    let reader = json!({
        "token": "ghs_reading_0123",
        "repositories": ["acme/shop"],
        "permissions": {"contents": "read", "pull_requests": "read"},
    });
    fake.seed(&json!({"tokens": [reader]}));
    let runner = || {
        let runner = Runner::new(&fake).input("mode", "matrix");
        runner.input("token", "ghs_reading_0123").input("env", "")
    };
    let (step, jobs) = matrix(&runner());
    let job = |name: &&str| {
        let place = format!("services/{name}");
        json!({"name": format!("{place}/app"), "projects": format!("{place} env=app")})
    };
    let expected: Vec<_> = CHANGED.iter().map(job).collect();
    assert_eq!(jobs, json!(expected), "{}", step.said());
    let title = "### ✅ 4 of 5 projects may have changed";
    assert!(step.summary.contains(title), "{}", step.summary);
    assert_eq!(writes(&fake), 0);

    // Below another directory, and shared by two jobs.
    let below = runner().input("working-directory", "services");
    let (_, jobs) = matrix(&below.input("max-jobs", "2"));
    let lines = |at: usize| jobs[at]["projects"].as_str().expect("lines").to_owned();
    assert_eq!(lines(0), "s1 env=app\ns2 env=app");
    assert_eq!(lines(1), "s3 env=app\ns4 env=app");
    let job = Runner::new(&fake).input("working-directory", "services");
    let job = job.input("projects", &lines(1)).input("env", "");
    let step = job.step("feature");
    step.expect(1, "drift");
    assert_eq!(step.outputs["statements"], "2");

    // All of them where it is no pull request, and where nobody says what changed.
    let push = runner().on("push").step("main");
    assert_eq!(push.outputs["jobs"], "5", "{}", push.said());
    let refused = json!({"message": "Resource not accessible by integration"});
    fake.fault(&json!({
        "match": {"path": "/pulls/1/files", "times": 0}, "do": {"status": 403, "json": refused},
    }));
    let (step, jobs) = matrix(&runner());
    assert_eq!(jobs.as_array().map(Vec::len), Some(5), "{}", step.said());
    assert!(
        step.said().contains("All projects count"),
        "{}",
        step.said()
    );
    fake.expect_no_violations();
}
