//! Mode `drift` over an environment that is many databases: one issue for all of them.

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{Runner, Step, sum};
use crate::golden::bench::Bench as _;
use crate::golden::sqlite;

const USERS: &str =
    "CREATE TABLE users (id integer NOT NULL, name varchar(30), PRIMARY KEY (id));\n";

/// A repository on the fake whose tenants are files.
struct Site {
    files: sqlite::Files,
    fake: Fake,
    tenants: Vec<String>,
}

impl Site {
    fn new(private: bool) -> Self {
        let files = sqlite::Files::new();
        let tenants: Vec<String> = (0..4).map(|_| files.create()).collect();
        for tenant in &tenants {
            files.script(tenant, USERS).expect("a table");
        }
        let config = format!(
            "envs:\n  app:\n    for_each: [{}]\n    migrations: migrations\n    dev: sqlite://dev?mode=memory\n",
            tenants.join(", ")
        );
        let fake = Fake::start();
        fake.seed(&json!({
            "repositories": [{
                "full_name": "acme/shop",
                "private": private,
                "branches": [{"name": "main", "files": {
                    "trueup.yaml": config,
                    "migrations/1_users.sql": USERS,
                    "migrations/atlas.sum": sum(&[("1_users.sql", USERS)]),
                }}],
            }],
            "tokens": [{
                "token": "ghs_supersecret",
                "repositories": ["acme/shop"],
                "permissions": {"contents": "read", "issues": "write"},
            }],
        }));
        Self {
            files,
            fake,
            tenants,
        }
    }

    fn by_hand(&self, tenants: &[usize], sql: &str) {
        for tenant in tenants {
            self.files
                .script(&self.tenants[*tenant], sql)
                .expect("it runs");
        }
    }

    /// A scheduled run; how it has to end, and what the issue comes to.
    #[track_caller]
    fn look(&self, code: i32, state: &str, drift: &str) -> Step {
        let runner = Runner::new(&self.fake).on("schedule");
        let runner = runner.input("mode", "drift").input("env", "app");
        let runner = runner.input("url", &self.files.url("${each}", true));
        let step = runner
            .input("revision", "1")
            .input("grace", "0s")
            .step("main");
        step.expect(code, state);
        assert_eq!(step.outputs["drift-state"], drift, "{}", step.said());
        step
    }

    fn issues(&self) -> Vec<Value> {
        let state = self.fake.state();
        state["repositories"][0]["issues"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    fn body(&self) -> String {
        let issues = self.issues();
        assert_eq!(issues.len(), 1, "{issues:?}");
        issues[0]["body"].as_str().expect("a body").to_owned()
    }

    fn comments(&self) -> Vec<String> {
        let comments = self.issues()[0]["comments"].as_array().cloned();
        let comments = comments.unwrap_or_default().into_iter();
        comments
            .map(|comment| comment["body"].to_string())
            .collect()
    }

    /// One can't be reached, or can be again.
    fn away(&self, tenant: usize, away: bool) {
        let url = self.files.url(&self.tenants[tenant], true);
        let path = url.trim_start_matches("sqlite://").to_owned();
        let other = format!("{path}.away");
        let (from, to) = if away { (path, other) } else { (other, path) };
        std::fs::rename(from, to).expect("it moves");
    }
}

#[test]
fn one_issue_for_all_databases() {
    const ADD: &str = "ALTER TABLE users ADD COLUMN nick varchar(10);";
    const DROP: &str = "ALTER TABLE users DROP COLUMN nick;";
    let site = Site::new(true);
    let step = site.look(0, "in-sync", "in-sync");
    assert!(
        step.summary
            .contains("### ✅ 4 databases match `migrations`"),
        "{}",
        step.summary
    );
    assert!(site.issues().is_empty());

    site.by_hand(&[0, 1], ADD);
    site.by_hand(&[2], "CREATE TABLE extra (id integer);");
    let step = site.look(1, "drift", "new");
    assert_eq!(step.outputs["drift"], "true");
    let body = site.body();
    for part in [
        "### ❌ 3 of 4 databases are different from `migrations`",
        "pie showData\n    \"table users has column nick\" : 2\n    \"in sync\" : 1\n",
        "environment `app` · 1 of 4 databases in sync",
        "#### 2 databases at `1`: `state_0.db, state_1.db`",
        "| table `users` | has column `nick` |",
        "<summary>To undo it, on each of them</summary>",
        "#### 1 database at `1`: `state_2.db`",
        "| table `extra` | is only there |",
    ] {
        assert!(body.contains(part), "{part} in\n{body}");
    }
    assert!(!body.contains("sqlite://"), "{body}");
    assert_eq!(
        site.issues()[0]["labels"],
        json!(["trueup:drift", "trueup:env/app"])
    );
    site.look(1, "drift", "same");
    assert!(site.comments().is_empty());

    // What can't be reached is not said to be gone, and the step can't tell.
    site.away(1, true);
    let step = site.look(2, "error", "same");
    assert_eq!(step.outputs["drift"], "true");
    assert!(site.comments().is_empty(), "{:?}", site.comments());
    assert!(site.body().contains("| `state_1.db` | "), "{}", site.body());
    assert!(
        !step.said().replace("INPUT", "").contains("/state_1.db"),
        "{}",
        step.said()
    );
    site.away(1, false);
    site.look(1, "drift", "same");

    site.by_hand(&[0, 1], DROP);
    site.look(1, "drift", "changed");
    let said = site.comments();
    assert!(
        said.len() == 1 && said[0].contains("state_0.db"),
        "{said:?}"
    );

    // Some are in order, and of others nothing is known: that resolves nothing.
    site.by_hand(&[2], "DROP TABLE extra;");
    site.away(3, true);
    site.look(2, "error", "error");
    assert_eq!(site.issues()[0]["state"], "open");
    site.away(3, false);
    site.look(0, "in-sync", "resolved");
    assert_eq!(site.issues()[0]["state"], "closed");
    site.by_hand(&[3], ADD);
    site.look(1, "drift", "new");
    site.fake.expect_no_violations();
}

#[test]
fn names_of_databases_are_not_for_everybody() {
    let site = Site::new(false);
    site.by_hand(&[1, 3], "CREATE TABLE extra (id integer DEFAULT 1789);");
    let step = site.look(1, "drift", "new");
    let all = [site.body(), step.summary.clone(), step.file("report.json")];
    for text in &all {
        assert!(!text.contains("state_1"), "{text}");
        assert!(!text.contains("1789"), "{text}");
        assert!(
            text.contains("database 2") && text.contains("extra"),
            "{text}"
        );
    }
    site.look(1, "drift", "same");
    // Of a default nothing could be tried against the hash: it is the same for another one.
    site.by_hand(
        &[1, 3],
        "DROP TABLE extra; CREATE TABLE extra (id integer DEFAULT 1790);",
    );
    site.look(1, "drift", "same");
    site.away(0, true);
    site.look(2, "error", "same");
    site.fake.expect_no_violations();
}
