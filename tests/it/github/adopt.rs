//! Mode `drift` with `adopt`: the pull request that takes in what somebody did to a database by hand.

use std::process::Command;

use serde_json::{Value, json};

use super::drift::Site;
use super::fake::Fake;
use super::step::{Runner, Step, branch, sum, writes};
use crate::golden::bench::Bench as _;
use crate::golden::{postgres, sqlite};
use crate::lab::run;

const LATER: &str = "CREATE TABLE later (id integer NOT NULL, PRIMARY KEY (id));";
const NICK: &str = "ALTER TABLE users ADD COLUMN nick varchar(10);";

/// The database has both migrations, and the token what a pull request takes.
fn ready(site: &Site<'_>) {
    site.by_hand(LATER);
    site.fake.seed(&json!({"tokens": [{
        "token": "ghs_writing",
        "repositories": ["acme/shop"],
        "permissions": {"contents": "write", "issues": "write", "pull_requests": "write"},
    }]}));
}

fn runner<'s>(site: &'s Site<'_>) -> Runner<'s> {
    let runner = site.runner().input("adopt", "true");
    runner.input("token", "ghs_writing").input("revision", "2")
}

/// A scheduled run that finds drift, or none.
#[track_caller]
fn look(site: &Site<'_>, drifted: bool) -> Step {
    let step = runner(site).step("main");
    match drifted {
        true => step.expect(1, "drift"),
        false => step.expect(0, "in-sync"),
    }
    step
}

/// The pull requests that trueup opened.
fn pulls(fake: &Fake) -> Vec<Value> {
    let state = fake.state();
    let issues = state["repositories"][0]["issues"].as_array().cloned();
    let issues = issues.unwrap_or_default().into_iter();
    let ours = |issue: &Value| {
        let head = issue["pull"]["head"].as_str().unwrap_or_default();
        head.starts_with("acme/shop:trueup/adopt-")
    };
    issues.filter(ours).collect()
}

/// The open one.
#[track_caller]
fn open(fake: &Fake) -> Value {
    let mut pulls = pulls(fake);
    pulls.retain(|pull| pull["state"] == "open");
    assert_eq!(pulls.len(), 1, "{pulls:#?}");
    pulls.remove(0)
}

fn git(fake: &Fake, args: &[&str]) -> String {
    let state = fake.state();
    let mut git = Command::new("git");
    let path = state["repositories"][0]["git"].as_str().expect("a path");
    git.args(["--git-dir", path]).args(args);
    run(git)
}

/// The files that the pull request adds, and the SQL in them.
fn added(fake: &Fake) -> (Vec<String>, String) {
    let pull = open(fake);
    let (base, head) = (&pull["pull"]["base_sha"], &pull["pull"]["head_sha"]);
    let range = [
        base.as_str().expect("a commit"),
        head.as_str().expect("a commit"),
    ]
    .join("..");
    let files = git(fake, &["diff", "--name-only", &range]);
    let files: Vec<String> = files.lines().map(str::to_owned).collect();
    let commits = git(fake, &["rev-list", "--count", &range]);
    assert_eq!(commits.trim(), "1", "{files:?}");
    let text = format!("{}:{}", head.as_str().expect("a commit"), files[0]);
    (files, git(fake, &["show", &text]))
}

/// The version of the migration.
fn version(files: &[String]) -> &str {
    let name = files[0].strip_prefix("migrations/").expect("a migration");
    name.split('_').next().expect("a version")
}

/// What it says, and what is in it.
#[track_caller]
fn reads_well(site: &Site<'_>, pull: &Value, version: &str) {
    let fake = &site.fake;
    let body = pull["body"].as_str().expect("a body");
    for part in [
        "### 🔧 1 difference in the database becomes a migration",
        "| table `users` | has column `nick` |",
        &format!("the workflow's `revision` has to become `{version}`"),
    ] {
        assert!(body.contains(part), "{part} in\n{body}");
    }
    let link = format!("[Pull request #{}](", pull["number"]);
    assert!(site.body().contains(&link), "{}", site.body());
    assert!(!site.body().contains("--adopt NAME"), "{}", site.body());
    let message = git(
        fake,
        &[
            "log",
            "-1",
            "--format=%B",
            pull["pull"]["head_sha"].as_str().expect("a commit"),
        ],
    );
    assert!(
        message.starts_with("Add migration ") && message.contains("Trueup-Plan: "),
        "{message}"
    );
    // What it adds is a directory that makes what the database has.
    let head = pull["pull"]["head"].as_str().expect("a branch");
    let head = head.split_once(':').expect("a branch").1.to_owned();
    let mut drift = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let runner = runner(site);
    let checkout = runner.clone_of("acme/shop", &head, None);
    drift.args([
        "drift",
        "--grace",
        "0s",
        "--url",
        &site.url(),
        "--revision",
        version,
    ]);
    run({
        drift.current_dir(checkout);
        drift
    });
}

#[test]
fn the_life_of_a_pull_request() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    ready(&site);
    let fake = &site.fake;
    look(&site, false);
    assert_eq!(writes(fake), 0);

    site.by_hand(NICK);
    let step = look(&site, true);
    let pull = open(fake);
    assert_eq!(step.outputs["pull-number"], pull["number"].to_string());
    assert_eq!(pull["title"], "Adopt database drift: app");
    let (files, sql) = added(fake);
    assert!(
        files[0].ends_with("_adopt.sql") && files[1] == "migrations/atlas.sum",
        "{files:?}"
    );
    assert!(sql.contains("ADD COLUMN `nick` varchar(10)"), "{sql}");
    assert_eq!(step.outputs["migration-file"], files[0]);
    reads_well(&site, &pull, version(&files));
    let head = pull["pull"]["head"].as_str().expect("a branch");
    let head = head.split_once(':').expect("a branch").1.to_owned();
    // Nothing new: the issue's date alone is written.
    let before = (writes(fake), branch(fake, &head));
    look(&site, true);
    assert_eq!(
        (writes(fake), branch(fake, &head)),
        (before.0 + 1, before.1.clone())
    );
    assert_eq!(open(fake)["number"], pull["number"]);

    site.by_hand("CREATE INDEX by_name ON users (name);");
    look(&site, true);
    let (files, sql) = added(fake);
    assert!(
        files.len() == 2 && sql.contains("by_name") && sql.contains("nick"),
        "{sql}"
    );
    assert_ne!(branch(fake, &head), before.1);
    assert!(
        open(fake)["body"]
            .as_str()
            .expect("a body")
            .contains("by_name")
    );

    // Nothing is known while it can't be reached.
    let step = runner(&site)
        .input("url", "sqlite:///nowhere/app.db")
        .step("main");
    step.expect(2, "error");
    assert_eq!(open(fake)["number"], pull["number"]);

    site.by_hand("DROP INDEX by_name; ALTER TABLE users DROP COLUMN nick;");
    let step = look(&site, false);
    let closed = &pulls(fake)[0];
    assert_eq!(closed["state"], "closed");
    assert!(
        closed["comments"][0]["body"]
            .to_string()
            .contains("nothing to adopt"),
        "{closed}"
    );
    assert!(fake.state()["repositories"][0]["branches"][&head].is_null());
    assert!(
        step.said()
            .contains("was closed: there is no drift left to adopt"),
        "{}",
        step.said()
    );
    let before = writes(fake);
    look(&site, false);
    assert_eq!(writes(fake), before);

    // It is back.
    site.by_hand(NICK);
    look(&site, true);
    assert_ne!(open(fake)["number"], pull["number"]);
    fake.expect_no_violations();
}

#[test]
fn what_people_do_to_it_counts() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    ready(&site);
    let fake = &site.fake;
    site.by_hand(NICK);
    look(&site, true);
    let pull = open(fake);
    let head = pull["pull"]["head"].as_str().expect("a branch");
    let head = head.split_once(':').expect("a branch").1.to_owned();
    let again = pull["number"].clone();
    fake.touch(&json!({"repository": "acme/shop", "number": again, "state": "closed"}));
    let step = look(&site, true);
    assert!(pulls(fake).iter().all(|pull| pull["state"] == "closed"));
    assert!(
        step.summary
            .contains("a new one is opened when something else differs"),
        "{}",
        step.summary
    );
    site.by_hand("CREATE TABLE extra (id integer);");
    look(&site, true);
    open(fake);

    // What somebody adds to it is theirs.
    let push = json!({"repository": "acme/shop", "branch": head, "files": {"models.py": "x"}});
    let pushed = fake.push(&push);
    site.by_hand("CREATE TABLE more (id integer);");
    let step = look(&site, true);
    assert!(
        step.summary.contains("has commits by somebody else"),
        "{}",
        step.summary
    );
    assert_eq!(json!(branch(fake, &head)), pushed);
    site.by_hand("DROP TABLE more; DROP TABLE extra; ALTER TABLE users DROP COLUMN nick;");
    look(&site, false);
    assert!(pulls(fake).iter().all(|pull| pull["state"] == "closed"));
    assert_eq!(
        json!(branch(fake, &head)),
        pushed,
        "the branch is not ours to delete"
    );
    let fsck = fake.fsck(&json!({"repository": "acme/shop"}));
    assert_eq!(fsck, json!({"complaints": ""}));
    fake.expect_no_violations();
}

#[test]
fn once_merged_it_is_a_migration_like_any_other() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    ready(&site);
    site.by_hand(NICK);
    look(&site, true);
    let (files, _) = added(&site.fake);
    site.fake.touch(
        &json!({"repository": "acme/shop", "number": open(&site.fake)["number"], "merge": true}),
    );
    // Nobody told the database yet.
    let step = look(&site, true);
    assert!(
        step.summary.contains("the database lacks migrations"),
        "{}",
        step.summary
    );
    assert_eq!(pulls(&site.fake).len(), 1);
    let version = version(&files);
    let step = runner(&site).input("revision", version).step("main");
    step.expect(0, "in-sync");
    // What base has got meanwhile is under the next one.
    site.by_hand("CREATE TABLE extra (id integer);");
    let step = runner(&site).input("revision", version).step("main");
    step.expect(1, "drift");
    let (_, sql) = added(&site.fake);
    assert!(sql.contains("extra") && !sql.contains("nick"), "{sql}");
    site.fake.expect_no_violations();
}

/// What is in its way is said, and the verdict and the issue are as they are without it.
#[test]
fn what_is_in_its_way_is_said() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    ready(&site);
    site.by_hand(NICK);
    let refused = |runner: Runner<'_>, why: &str| {
        let step = runner.step("main");
        step.expect(1, "drift");
        let said = step.summary.replace(['\\', '\u{200b}'], "");
        assert!(said.contains(why), "{why} in\n{said}");
        assert!(pulls(&site.fake).is_empty());
        assert!(site.body().contains("has column `nick`"));
    };
    refused(
        runner(&site).input("token", "ghs_supersecret"),
        "`contents: write`",
    );
    refused(
        runner(&site).input("revision", "1"),
        "the database lacks migrations",
    );
    let allow = |allowed: bool| {
        let setting = json!({"full_name": "acme/shop", "actions_open_pulls": allowed});
        site.fake.seed(&json!({"repositories": [setting]}));
    };
    allow(false);
    refused(
        runner(&site),
        "Allow GitHub Actions to create and approve pull requests",
    );
    allow(true);
    let default = |branch: &str| {
        let setting = json!({"full_name": "acme/shop", "default_branch": branch});
        site.fake.seed(&json!({"repositories": [setting]}));
    };
    default("feature");
    refused(
        runner(&site),
        "this run is not for the default branch, `feature`",
    );
    default("main");
    // The branch that was made before is used.
    look(&site, true);
    open(&site.fake);
}

#[test]
fn everybody_sees_it_only_where_somebody_said_so() {
    let bench = postgres::Server::start();
    let site = Site::new(&bench, false);
    ready(&site);
    site.by_hand("ALTER TABLE users ADD COLUMN api_key text DEFAULT 'k-0123456789abcdef';");
    let step = look(&site, true);
    assert!(
        step.summary.contains("everybody can read this repository"),
        "{}",
        step.summary
    );
    let shown = || runner(&site).input("show-sql", "true").step("main");
    let step = shown();
    step.expect(1, "drift");
    assert!(pulls(&site.fake).is_empty(), "{}", step.summary);
    site.by_hand("ALTER TABLE users ALTER COLUMN api_key DROP DEFAULT;");
    shown().expect(1, "drift");
    let (_, sql) = added(&site.fake);
    assert!(sql.contains("ADD COLUMN \"api_key\" text NULL"), "{sql}");
    site.fake.expect_no_violations();
}

#[test]
fn many_databases_that_differ_alike_share_one() {
    let files = sqlite::Files::new();
    let users = "CREATE TABLE users (id integer NOT NULL, PRIMARY KEY (id));\n";
    let tenants: Vec<String> = (0..3).map(|_| files.create()).collect();
    let each = |tenants: &[String], sql: &str| {
        for tenant in tenants {
            files.script(tenant, sql).expect("it runs");
        }
    };
    each(&tenants, users);
    let config = format!(
        "envs:\n  app:\n    for_each: [{}]\n    migrations: migrations\n    dev: sqlite://dev?mode=memory\n",
        tenants.join(", ")
    );
    let fake = Fake::start();
    fake.seed(&json!({
        "repositories": [{"full_name": "acme/shop", "private": true, "branches": [{"name": "main", "files": {
            "trueup.yaml": config,
            "migrations/1_users.sql": users,
            "migrations/atlas.sum": sum(&[("1_users.sql", users)]),
        }}]}],
        "tokens": [{
            "token": "ghs_supersecret",
            "repositories": ["acme/shop"],
            "permissions": {"contents": "write", "issues": "write", "pull_requests": "write"},
        }],
    }));
    let look = || {
        let runner = Runner::new(&fake).on("schedule").input("mode", "drift");
        let runner = runner
            .input("url", &files.url("${each}", true))
            .input("adopt", "true");
        let runner = runner
            .input("revision", "1")
            .input("grace", "0s")
            .input("name", "taken in");
        let step = runner.step("main");
        step.expect(1, "drift");
        step
    };
    each(&tenants[..2], NICK);
    let step = look();
    assert!(
        step.summary.contains("not all differ alike"),
        "{}",
        step.summary
    );
    assert!(pulls(&fake).is_empty());
    each(&tenants[2..], NICK);
    look();
    let (paths, sql) = added(&fake);
    assert!(
        paths[0].ends_with("_taken in.sql") && sql.contains("nick"),
        "{paths:?} {sql}"
    );
    fake.expect_no_violations();
}
