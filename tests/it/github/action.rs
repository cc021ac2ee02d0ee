//! `trueup action` in the steps of a workflow: what it finds, what it tells, what it commits.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::fake::Fake;
use super::step::{
    AFTER, BEFORE, CONFIG, MIGRATION, MISSING, Runner, Step, comments, committed, head, sum, token,
    world, writes,
};
use crate::lab::{python_bin, run};

#[test]
fn the_story_of_a_pull_request() {
    let fake = Fake::start();
    fake.seed(&world(&token()));

    let red = Runner::new(&fake).step("feature");
    red.expect(1, "drift");
    assert_eq!(red.outputs["statements"], "1");
    assert!(
        red.said()
            .contains("::error file=app/models.py,line=7,title=Migration missing::"),
        "{}",
        red.said()
    );
    let first = comments(&fake);
    assert_eq!(first.len(), 1, "{}", red.said());
    assert!(first[0].starts_with("<!-- trueup:v1 key="));
    assert!(
        first[0].contains("### ❌ 1 change in the models is missing from `migrations`"),
        "{}",
        first[0]
    );
    assert!(
        first[0].contains(MISSING) && red.summary.contains(MISSING),
        "{}",
        first[0]
    );
    assert_eq!(red.file("missing.sql"), MISSING);

    // A migration of another second would have another name.
    std::thread::sleep(Duration::from_millis(1100));
    let wrote = writes(&fake);
    Runner::new(&fake).step("feature").expect(1, "drift");
    assert_eq!(
        comments(&fake),
        first,
        "an equal comment is not written again"
    );
    assert_eq!(writes(&fake), wrote + 1, "only the status is");

    let before = head(&fake);
    let green = Runner::new(&fake).input("mode", "commit").step("feature");
    green.expect(0, "in-sync");
    assert_eq!(green.outputs["verified"], "true");
    assert_eq!(green.outputs["commit-sha"], head(&fake));
    assert_ne!(head(&fake), before);
    let path = green.outputs["migration-file"]
        .as_str()
        .expect("a path")
        .to_owned();
    assert_eq!(committed(&fake, &path), MISSING);
    let name = path.strip_prefix("migrations/").expect("in the directory");
    assert_eq!(
        committed(&fake, "migrations/atlas.sum"),
        sum(&[("1.sql", MIGRATION), (name, MISSING)])
    );
    let second = comments(&fake);
    assert_eq!(second.len(), 1);
    assert!(
        second[0].contains("✅") && second[0].contains(name),
        "{}",
        second[0]
    );

    let wrote = writes(&fake);
    let settled = Runner::new(&fake).input("mode", "commit").step("feature");
    settled.expect(0, "in-sync");
    assert_eq!(settled.outputs.get("commit-sha"), None);
    assert!(comments(&fake)[0].contains("### ✅ Models and `migrations` agree"));
    assert_eq!(
        writes(&fake),
        wrote + 2,
        "a status, and the comment that says so"
    );
    fake.expect_no_violations();
}

/// The script that people watch tells the same, with the real provider.
#[test]
fn the_story_can_be_watched() {
    let mut story = Command::new(python_bin().join("python"));
    story.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/story.py"));
    let told = run(story);
    for line in [
        "+    age: Mapped[Optional[int]]",
        "the step is red, exit status 1",
        "ALTER TABLE `user_account` ADD COLUMN `age` integer NULL;",
        "the branch's newest commit (verified: true)",
        "### ✅ Models and `migrations` agree",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
}

#[test]
fn nothing_is_said_where_there_is_nothing_to_say() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": BEFORE}}),
    );
    Runner::new(&fake).step("feature").expect(0, "in-sync");
    assert!(comments(&fake).is_empty());
    Runner::new(&fake)
        .input("comment", "always")
        .step("feature")
        .expect(0, "in-sync");
    assert_eq!(comments(&fake).len(), 1);
    fake.expect_no_violations();
}

#[test]
fn a_failure_is_red_and_never_in_sync() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let config = CONFIG.replace(
        r#"["cat", "models.sql"]"#,
        r#"["sh", "-c", "echo ::set-output name=a::b >&2; echo 'ImportError: app' >&2; exit 3"]"#,
    );
    fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"atlas.hcl": config}}),
    );
    let step = Runner::new(&fake).step("feature");
    step.expect(2, "error");
    let comment = comments(&fake).pop().expect("a comment");
    assert!(
        comment.contains("### 💥 Models and migrations could not be compared"),
        "{comment}"
    );
    assert!(
        comment.contains("running the models' program") && comment.contains("ImportError: app"),
        "{comment}"
    );
    let out = String::from_utf8_lossy(&step.output.stdout).into_owned();
    let commands = out.lines().filter(|line| line.starts_with("::set-output"));
    assert_eq!(commands.count(), 0, "{out}");

    // A migration by hand, without its checksum.
    let by_hand = json!({"atlas.hcl": CONFIG, "migrations/2.sql": "SELECT 1;\n"});
    fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": by_hand}));
    let step = Runner::new(&fake).step("feature");
    step.expect(2, "error");
    let comment = comments(&fake).pop().expect("a comment");
    let out = String::from_utf8_lossy(&step.output.stdout).into_owned();
    let annotation = out.lines().find(|line| line.starts_with("::error"));
    for told in [&*comment, &*step.summary, annotation.unwrap_or_default()] {
        assert!(
            told.contains("2.sql was added") && told.contains("trueup migrate hash"),
            "{told}"
        );
    }
    fake.expect_no_violations();
}

#[test]
fn reporting_that_fails_does_not_change_the_verdict() {
    let fake = Fake::start();
    let mut token = token();
    token["permissions"] = json!({"contents": "read"});
    fake.seed(&world(&token));
    let step = Runner::new(&fake).step("feature");
    step.expect(1, "drift");
    assert!(
        step.said().contains("pull-requests: write") || step.said().contains("issues: write"),
        "{}",
        step.said()
    );
    assert!(step.summary.contains("Not reported"), "{}", step.summary);
    assert!(comments(&fake).is_empty());
}

#[test]
fn a_fork_is_written_nothing() {
    let fake = Fake::start();
    let mut world = world(&token());
    world["repositories"][0]["pulls"] = json!([]);
    fake.seed(&world);
    fake.seed(&json!({"repositories": [
        {"full_name": "mallory/shop", "fork_of": "acme/shop", "branches": [
            {"name": "feature", "from": "acme/shop:feature"},
        ]},
        {"full_name": "acme/shop", "pulls": [{"title": "Emails", "head": "mallory/shop:feature", "author": "mallory"}]},
    ]}));
    let wrote = writes(&fake);
    let step = Runner::new(&fake)
        .input("mode", "commit")
        .step("mallory/shop:feature");
    step.expect(1, "drift");
    assert_eq!(writes(&fake), wrote, "{}", step.said());
    assert!(
        step.summary.contains("branch is in a fork") && step.summary.contains("git apply"),
        "{}",
        step.summary
    );
    let patch = step.file("missing.patch");
    let mut apply = Command::new("git");
    apply
        .arg("apply")
        .arg("trueup-report/app/missing.patch")
        .current_dir(&step.workspace);
    run(apply);
    assert!(patch.contains("+ALTER TABLE `users` ADD COLUMN"), "{patch}");
    let mut check = Command::new(env!("CARGO_BIN_EXE_trueup"));
    check
        .args(["check", "--env", "app"])
        .current_dir(&step.workspace);
    assert!(run(check).starts_with("In sync"));
}

#[test]
fn a_branch_that_moves_is_left_alone() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let rival = json!({"repository": "acme/shop", "branch": "feature", "files": {"x.txt": "x"}});
    fake.fault(&json!({"match": {"graphql": "createCommitOnBranch"}, "do": {"push": rival}}));
    let step = Runner::new(&fake).input("mode", "commit").step("feature");
    step.expect(2, "superseded");
    assert!(step.said().contains("Superseded"), "{}", step.said());
    assert_eq!(committed(&fake, "x.txt"), "x");
}

#[test]
fn its_own_migration_is_written_anew_and_not_stacked() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let first = Runner::new(&fake).input("mode", "commit").step("feature");
    first.expect(0, "in-sync");
    let more = AFTER.replace("varchar(80)", "varchar(90)");
    fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": more}}),
    );
    let second = Runner::new(&fake).input("mode", "commit").step("feature");
    second.expect(0, "in-sync");
    let new = second.outputs["migration-file"]
        .as_str()
        .expect("a path")
        .to_owned();
    assert!(committed(&fake, &new).contains("varchar(90)"));
    let name = new.strip_prefix("migrations/").expect("in the directory");
    let text = committed(&fake, &new);
    assert_eq!(
        committed(&fake, "migrations/atlas.sum"),
        sum(&[("1.sql", MIGRATION), (name, &text)])
    );

    // The models go back: so does the migration.
    fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": BEFORE}}),
    );
    let third = Runner::new(&fake).input("mode", "commit").step("feature");
    third.expect(0, "in-sync");
    assert_eq!(
        committed(&fake, "migrations/atlas.sum"),
        sum(&[("1.sql", MIGRATION)])
    );
    fake.expect_no_violations();
}

/// The second one's commit goes on top of the first one's, which is ours but for another directory.
#[test]
fn two_projects_are_settled_one_after_the_other() {
    let fake = Fake::start();
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    let files = branches[0]["files"].as_object().expect("files").clone();
    for (name, text) in files {
        branches[1]["files"][format!("services/a/{name}")] = text;
    }
    branches[1]["files"]["services/a/models.sql"] = json!(AFTER);
    fake.seed(&world);
    for directory in [".", "services/a"] {
        let step = Runner::new(&fake)
            .input("mode", "commit")
            .input("working-directory", directory)
            .step("feature");
        step.expect(0, "in-sync");
        assert_eq!(step.outputs["verified"], "true", "{}", step.said());
    }
    for directory in [".", "services/a"] {
        let step = Runner::new(&fake).input("working-directory", directory);
        step.step("feature").expect(0, "in-sync");
    }
    fake.expect_no_violations();
}

#[test]
fn a_commit_that_settles_nothing_is_not_made_twice() {
    let fake = Fake::start();
    let mut world = world(&token());
    // A program that prints another column each time.
    let config = CONFIG.replace(
        r#"["cat", "models.sql"]"#,
        r#"["sh", "-c", "echo \"CREATE TABLE users (id integer NOT NULL, c$(date +%N) integer, PRIMARY KEY (id));\""]"#,
    );
    world["repositories"][0]["branches"][1]["files"]["atlas.hcl"] = json!(config);
    fake.seed(&world);
    Runner::new(&fake)
        .input("mode", "commit")
        .step("feature")
        .expect(0, "in-sync");
    let before = head(&fake);
    let step = Runner::new(&fake).input("mode", "commit").step("feature");
    step.expect(1, "drift");
    assert!(
        step.said().contains("must print the same SQL each time"),
        "{}",
        step.said()
    );
    assert_eq!(head(&fake), before);
}

#[test]
fn the_merge_commit_is_not_what_is_committed_to() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let step = Runner::new(&fake).input("mode", "commit").step("main");
    // The branch `main` has the models in sync, so its head stands in for a merge that is not.
    step.expect(0, "in-sync");
    fake.push(
        &json!({"repository": "acme/shop", "branch": "main", "files": {"models.sql": AFTER}}),
    );
    let step = Runner::new(&fake).input("mode", "commit").step("main");
    step.expect(1, "drift");
    assert!(
        step.said()
            .contains("ref: ${{ github.event.pull_request.head.sha }}"),
        "{}",
        step.said()
    );
}

#[test]
fn events_with_the_base_branchs_rights_are_refused() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let step = Runner::new(&fake).on("pull_request_target").step("feature");
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("trueup does not run on `pull_request_target`"),
        "{}",
        step.said()
    );
}

#[test]
fn environments_have_a_comment_each() {
    let fake = Fake::start();
    let mut world = world(&token());
    let second = CONFIG.replace("env \"app\"", "env \"billing\"");
    let second = &second[second.find("env ").expect("an environment")..];
    world["repositories"][0]["branches"][1]["files"]["atlas.hcl"] =
        json!(format!("{CONFIG}{second}"));
    fake.seed(&world);
    Runner::new(&fake).step("feature").expect(1, "drift");
    Runner::new(&fake)
        .input("env", "billing")
        .step("feature")
        .expect(1, "drift");
    Runner::new(&fake).step("feature").expect(1, "drift");
    let comments = comments(&fake);
    assert_eq!(comments.len(), 2, "{comments:?}");
    assert!(
        comments[0].contains("environment `app`") && comments[1].contains("environment `billing`")
    );
    fake.expect_no_violations();
}

#[test]
fn a_project_in_a_directory_is_named_from_the_repository() {
    let fake = Fake::start();
    let mut world = world(&token());
    let files = world["repositories"][0]["branches"][0]["files"]
        .as_object()
        .expect("files")
        .clone();
    for (name, text) in files {
        world["repositories"][0]["branches"][1]["files"][format!("services/a/{name}")] = text;
    }
    world["repositories"][0]["branches"][1]["files"]["services/a/models.sql"] = json!(AFTER);
    fake.seed(&world);
    let step = Runner::new(&fake)
        .input("working-directory", "services/a")
        .input("mode", "commit")
        .step("feature");
    step.expect(0, "in-sync");
    let path = step.outputs["migration-file"].as_str().expect("a path");
    assert!(path.starts_with("services/a/migrations/"), "{path}");
    assert_eq!(committed(&fake, path), MISSING);
    let comment = comments(&fake).pop().expect("a comment");
    assert!(comment.contains("services/a/app/models.py:7"), "{comment}");
}

/// Everything that somebody may read, for one run: log, summary, comment, outputs, files, the commit.
fn sinks(fake: &Fake, step: &Step) -> String {
    let files = ["report.json", "missing.sql", "missing.patch"].map(|name| {
        fs::read_to_string(step.workspace.join("trueup-report/app").join(name)).unwrap_or_default()
    });
    format!(
        "{}\n{}\n{}\n{}\n{}",
        step.said(),
        step.summary,
        comments(fake).join("\n"),
        step.outputs,
        files.join("\n")
    )
}

#[test]
fn what_a_hostile_project_reads_is_shown_nowhere() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let program = r#"["sh", "-c", "env >&2; cat /proc/self/environ /proc/$PPID/environ /proc/1/environ >&2; exit 1"]"#;
    let config = CONFIG.replace(r#"["cat", "models.sql"]"#, program);
    for files in [
        json!({"atlas.hcl": config}),
        json!({"atlas.hcl": CONFIG.replace("sqlite://dev?mode=memory", "${getenv(\"ACTIONS_RUNTIME_TOKEN\")}${getenv(\"INPUT_TOKEN\")}")}),
        json!({"atlas.hcl": CONFIG.replace("\"sqlite://dev?mode=memory\"", "file(\"/proc/self/environ\")")}),
    ] {
        fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": files}));
        let step = Runner::new(&fake).input("dev-url", "").step("feature");
        step.expect(2, "error");
        let seen = sinks(&fake, &step);
        // The runner takes masks out of the log.
        let seen: Vec<&str> = seen
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect();
        let seen = seen.join("\n");
        for secret in ["supersecret", "runtime-token"] {
            assert!(!seen.contains(secret), "{seen}");
        }
    }
}

#[test]
fn links_are_not_followed() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let runner = Runner::new(&fake);
    let step = runner.step("feature");
    let migrations = step.workspace.join("migrations");
    std::os::unix::fs::symlink("/proc/self/environ", migrations.join("2.sql")).expect("a link");
    let step = runner.run(step.workspace);
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("`dir`: migrations/2.sql is a link, or is reached through one"),
        "{}",
        step.said()
    );
    fs::remove_dir_all(&migrations).expect("the directory goes");
    fs::create_dir(step.workspace.join("elsewhere")).expect("a directory");
    std::os::unix::fs::symlink(Path::new("elsewhere"), &migrations).expect("a link");
    let step = runner.input("mode", "commit").run(step.workspace);
    step.expect(2, "error");
    assert!(
        step.said().contains("is a link, or is reached through one"),
        "{}",
        step.said()
    );
}

#[test]
fn slips_in_the_workflow_are_told_before_anything_runs() {
    let fake = Fake::start();
    fake.seed(&world(&token()));
    let step = Runner::new(&fake).input("dev_url", "x").step("feature");
    step.expect(2, "error");
    assert!(
        step.said().contains("unknown input `dev_url`")
            && step.said().contains("did you mean `dev-url`?")
    );
    let step = Runner::new(&fake).input("env", "").step("feature");
    assert!(
        step.said().contains("input `env` is not set"),
        "{}",
        step.said()
    );
    let step = Runner::new(&fake)
        .input("working-directory", "../..")
        .step("feature");
    assert!(
        step.said().contains("it is not in the workspace"),
        "{}",
        step.said()
    );
    let step = Runner::new(&fake)
        .input("working-directory", "migrations")
        .step("feature");
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("there is no `migrations/trueup.yaml` or `migrations/atlas.hcl`\nHint: `actions/checkout`"),
        "{}",
        step.said()
    );
}
