//! What a branch's rules can rely on: no project answers for another one, and no run for a later one.

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{AFTER, BEFORE, Runner, comments, statuses, token, world};

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
