//! What a branch's rules can rely on: no project answers for another one, and no run for a later one.

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{
    AFTER, BEFORE, MIGRATION, MISSING, Runner, comments, committed, head, statuses, sum, token,
    world, writes,
};

/// `services/orders`, whose migration is missing on the branch, and `services/billing`, whose models are in sync.
fn monorepo() -> Value {
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    let files = branches[0]["files"].as_object().expect("files").clone();
    branches[1]["files"] = json!({});
    for (name, text) in files {
        branches[1]["files"][format!("services/orders/{name}")] = text.clone();
        branches[1]["files"][format!("services/billing/{name}")] = text;
    }
    branches[1]["files"]["services/orders/models.sql"] = json!(AFTER);
    world
}

fn status(name: &str, state: &str) -> (String, String) {
    (name.to_owned(), state.to_owned())
}

#[test]
fn one_project_is_not_green_for_another() {
    let fake = Fake::start();
    fake.seed(&monorepo());
    let step = |directory: &str| {
        let runner = Runner::new(&fake).input("working-directory", directory);
        runner.input("comment", "always").step("feature")
    };
    let orders = step("services/orders");
    orders.expect(1, "drift");
    step("./services/billing/").expect(0, "in-sync");
    assert_eq!(
        statuses(&fake),
        [
            status("trueup/services/orders/app", "failure"),
            status("trueup/services/billing/app", "success"),
        ]
    );
    let all = comments(&fake);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(
        all[0].contains("❌") && all[0].contains("directory `services/orders`"),
        "{}",
        all[0]
    );
    assert!(
        all[1].contains("✅") && all[1].contains("directory `services/billing`"),
        "{}",
        all[1]
    );
    assert!(
        orders.summary.contains("directory `services/orders`"),
        "{}",
        orders.summary
    );
    assert_eq!(
        orders.outputs["report-path"],
        "trueup-report/services/orders/app/report.json"
    );
    assert!(
        orders
            .workspace
            .join("trueup-report/services/orders/app/missing.sql")
            .exists()
    );
    fake.expect_no_violations();
}

#[test]
fn one_environment_with_other_inputs_is_another_project() {
    let fake = Fake::start();
    let mut world = world(&token());
    world["repositories"][0]["branches"][1]["files"]["printed.sql"] = json!(BEFORE);
    fake.seed(&world);
    let step = |inputs: &[(&str, &str)]| {
        let mut runner = Runner::new(&fake).input("comment", "always");
        for (name, value) in inputs {
            runner = runner.input(name, value);
        }
        runner.step("feature")
    };
    step(&[]).expect(1, "drift");
    step(&[("ddl-file", "printed.sql")]).expect(0, "in-sync");
    step(&[("dir", "file://none")]).expect(1, "drift");
    step(&[("id", "eu")]).expect(1, "drift");
    // The same once more: nothing new is made.
    step(&[("ddl-file", "./printed.sql")]).expect(0, "in-sync");
    step(&[]).expect(1, "drift");
    let mut names: Vec<String> = statuses(&fake).into_iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(
        names,
        [
            "trueup/app",
            "trueup/app (ddl-file: printed.sql)",
            "trueup/app (dir: none)",
            "trueup/app@eu",
        ]
    );
    let all = comments(&fake);
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(all[1].contains("ddl-file `printed.sql`") && all[3].contains("id `eu`"));
    fake.expect_no_violations();
}

/// A push of the same commit looks at the branch, the pull request at its merge with the base.
#[test]
fn a_push_does_not_answer_for_a_pull_request() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    Runner::new(&fake).step("feature").expect(1, "drift");
    Runner::new(&fake)
        .on("push")
        .step("main")
        .expect(0, "in-sync");
    assert_eq!(
        statuses(&fake),
        [
            status("trueup/app", "failure"),
            status("trueup/app (push)", "success"),
        ]
    );
}

/// Each step of these has the same name, as in a matrix over versions of a database.
#[test]
fn two_steps_of_one_name_are_as_red_as_the_worse_one() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let runner = Runner::new(&fake);
    let step = runner.step("feature");
    step.expect(1, "drift");
    std::fs::write(step.workspace.join("models.sql"), BEFORE).expect("written");
    let green = runner.run(step.workspace);
    green.expect(0, "in-sync");
    assert!(
        green.said().contains("give each its own `id`"),
        "{}",
        green.said()
    );
    let last = statuses(&fake).pop().expect("a status");
    assert_eq!(last, status("trueup/app", "failure"));
}

#[test]
fn events_that_are_not_listed_are_refused() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let wrote = writes(&fake);
    for event in [
        "issue_comment",
        "pull_request_review",
        "repository_dispatch",
        "surprise",
    ] {
        let step = Runner::new(&fake).on(event).step("feature");
        step.expect(2, "error");
        let said = step.said();
        assert!(
            said.contains(&format!("trueup does not run on `{event}`")),
            "{said}"
        );
        assert!(!said.contains("models.sql"), "{said}");
    }
    assert_eq!(writes(&fake), wrote);
}

#[test]
fn outside_of_pull_requests_only_the_events_own_commit_is_looked_at() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    for event in ["push", "schedule", "workflow_dispatch"] {
        let step = Runner::new(&fake).on(event).step("feature");
        step.expect(2, "error");
        let said = step.said();
        assert!(
            said.contains("is checked out, but the event is about"),
            "{said}"
        );
        Runner::new(&fake)
            .on(event)
            .step("main")
            .expect(0, "in-sync");
    }
    // The branch `feature` stands in for the queue's.
    Runner::new(&fake)
        .on("merge_group")
        .step("main")
        .expect(2, "error");
    Runner::new(&fake)
        .on("merge_group")
        .step("feature")
        .expect(1, "drift");
}

/// Neither the head nor its merge: the result is told, and is no status of the pull request.
#[test]
fn a_checkout_that_is_not_the_pull_requests_is_told() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let step = Runner::new(&fake).input("comment", "always").step("main");
    step.expect(0, "in-sync");
    let comment = comments(&fake).pop().expect("a comment");
    for told in [&*step.summary, &*comment, &*step.said()] {
        assert!(
            told.contains("neither the head that this run was started for nor its merge"),
            "{told}"
        );
    }
    assert!(statuses(&fake).is_empty());
}

/// One workflow serves pull requests, the merge queue and pushes.
#[test]
fn mode_commit_checks_where_there_is_no_pull_request() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let before = head(&fake);
    let commit = |event: &str| Runner::new(&fake).on(event).input("mode", "commit");
    let red = commit("merge_group").step("feature");
    red.expect(1, "drift");
    assert!(
        red.summary.contains("done on pull requests only"),
        "{}",
        red.summary
    );
    assert_eq!(head(&fake), before);
    assert_eq!(statuses(&fake), [status("trueup/app", "failure")]);
    commit("push").step("main").expect(0, "in-sync");
}

#[test]
fn a_migration_that_the_base_overtook_is_warned_of() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let add = |branch: &str, name: &str, text: &str| {
        let sum = sum(&[("1.sql", MIGRATION), (name, text)]);
        let files = json!({format!("migrations/{name}"): text, "migrations/atlas.sum": sum});
        fake.push(&json!({"repository": "acme/shop", "branch": branch, "files": files}));
    };
    add("feature", "2.sql", MISSING);
    Runner::new(&fake).step("feature").expect(0, "in-sync");
    add(
        "main",
        "3.sql",
        "CREATE TABLE later (id integer NOT NULL);\n",
    );
    let step = Runner::new(&fake)
        .input("comment", "always")
        .step("feature");
    step.expect(0, "in-sync");
    let comment = comments(&fake).pop().expect("a comment");
    for told in [&*comment, &*step.said()] {
        assert!(
            told.contains("sorts before `3.sql`, which `main` has"),
            "{told}"
        );
    }
    fake.expect_no_violations();
}

/// A run that started before a push and ends after the run for it.
#[test]
fn an_older_run_does_not_overwrite_a_newer_one() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let push =
        json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": BEFORE}});
    fake.fault(&json!({"match": {"path": "/pulls/1$", "nth": 2}, "do": {"push": push}}));
    let step = Runner::new(&fake).step("feature");
    step.expect(1, "drift");
    assert!(
        step.said().contains("whose own run reports"),
        "{}",
        step.said()
    );
    assert!(
        step.summary.contains("❌") && step.summary.contains("Not reported"),
        "{}",
        step.summary
    );
    assert!(comments(&fake).is_empty() && statuses(&fake).is_empty());
    Runner::new(&fake)
        .input("comment", "always")
        .step("feature")
        .expect(0, "in-sync");
    assert_eq!(comments(&fake).len(), 1);
    fake.expect_no_violations();
}

/// What code that knows no runner warns of is seen, masked, in the log and as an annotation.
#[test]
fn warnings_are_annotations() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let list = json!({"method": "GET", "path": "/commits/[^/]*/statuses$"});
    fake.fault(&json!({"match": list, "do": {"status": 403, "json": {"message": "no ghs_supersecret\n::error::x"}}}));
    let step = Runner::new(&fake).step("feature");
    let said = step.said();
    let warned = "::warning title=trueup warns::the commit status is set, but whether another run's counts more can't be told: ";
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("::warning"))
        .collect();
    assert!(
        lines.len() == 1 && lines[0].starts_with(warned) && !lines[0].contains("supersecret"),
        "{said}"
    );
    assert!(
        !said.lines().any(|line| line.starts_with("::error::")),
        "{said}"
    );
}

/// A run is started again after its migration reached the base: the payload's base does not have it.
#[test]
fn what_the_base_has_by_now_is_never_taken_away() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let first = Runner::new(&fake).input("mode", "commit").step("feature");
    first.expect(0, "in-sync");
    let path = first.outputs["migration-file"]
        .as_str()
        .expect("a path")
        .to_owned();
    let more = AFTER.replace("PRIMARY", "age integer, PRIMARY");
    let push =
        json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": more}});
    fake.push(&push);
    // It is merged after the payload was made.
    let merged = json!({"repository": "acme/shop", "branch": "main", "files": {
        path.clone(): committed(&fake, &path), "migrations/atlas.sum": committed(&fake, "migrations/atlas.sum"),
    }});
    fake.fault(&json!({"match": {"path": "/pulls/1/commits$"}, "do": {"push": merged}}));
    let second = Runner::new(&fake).input("mode", "commit").step("feature");
    second.expect(0, "in-sync");
    assert_eq!(committed(&fake, &path), MISSING);
    assert_ne!(second.outputs["migration-file"], json!(path));
}

/// GitHub makes us wait, and somebody cancels the job: what was found is there already.
#[test]
fn summary_and_outputs_do_not_wait_for_github() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let slow = json!({"match": {"path": "/pulls/1$", "nth": 2}, "do": {"sleep": 120}});
    fake.fault(&slow);
    let step = Runner::new(&fake).cancelled_after_the_summary("feature");
    assert_eq!(step.outputs["state"], "drift", "{}", step.said());
    assert!(step.summary.contains(MISSING), "{}", step.summary);
    assert!(comments(&fake).is_empty() && statuses(&fake).is_empty());
}
