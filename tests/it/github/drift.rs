//! Mode `drift` in the steps of a workflow: a database that somebody changed by hand, and the issue that says so.

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{Runner, Step, sum};
use crate::golden::bench::Bench;
use crate::golden::{postgres, sqlite};

const USERS: &str =
    "CREATE TABLE users (id integer NOT NULL, name varchar(30), PRIMARY KEY (id));\n";
const LATER: &str = "CREATE TABLE later (id integer NOT NULL, PRIMARY KEY (id));\n";

/// Nobody can import these models: if they were loaded, nothing would work.
const CONFIG: &str = "envs:\n  app:\n    models: nowhere.models\n    migrations: migrations\n    dev: sqlite://dev?mode=memory\n";

/// A repository on the fake whose database has the first of two migrations.
pub(super) struct Site<'b> {
    bench: &'b dyn Bench,
    pub(super) fake: Fake,
    db: String,
    dev: String,
}

impl<'b> Site<'b> {
    pub(super) fn new(bench: &'b dyn Bench, private: bool) -> Self {
        let fake = Fake::start();
        let sum = sum(&[("1_users.sql", USERS), ("2_later.sql", LATER)]);
        fake.seed(&json!({
            "repositories": [{
                "full_name": "acme/shop",
                "private": private,
                "branches": [
                    {"name": "main", "files": {
                        "trueup.yaml": CONFIG,
                        "migrations/1_users.sql": USERS,
                        "migrations/2_later.sql": LATER,
                        "migrations/atlas.sum": sum,
                    }},
                    {"name": "feature", "from": "main", "files": {"other": "x"}},
                ],
                "pulls": [{"title": "Other", "head": "feature", "author": "alice"}],
            }],
            "tokens": [{
                "token": "ghs_supersecret",
                "repositories": ["acme/shop"],
                "permissions": {"contents": "read", "issues": "write"},
            }],
        }));
        let (db, dev) = (bench.create(), bench.create());
        bench.script(&db, USERS).expect("a table");
        Self {
            bench,
            fake,
            db,
            dev,
        }
    }

    pub(super) fn by_hand(&self, sql: &str) {
        self.bench.script(&self.db, sql).expect("it runs");
    }

    pub(super) fn url(&self) -> String {
        self.bench.url(&self.db, true)
    }

    pub(super) fn runner(&self) -> Runner<'_> {
        Runner::new(&self.fake)
            .on("schedule")
            .input("mode", "drift")
            .input("url", &self.url())
            .input("dev-url", &self.bench.url(&self.dev, true))
            .input("revision", "1")
            .input("grace", "0s")
    }

    /// A scheduled run; how it has to end, and what its issue comes to.
    #[track_caller]
    fn look(&self, code: i32, state: &str, drift: &str) -> Step {
        let step = self.runner().step("main");
        step.expect(code, state);
        assert_eq!(step.outputs["drift-state"], drift, "{}", step.said());
        step
    }

    /// The issues that are no pull requests.
    pub(super) fn issues(&self) -> Vec<Value> {
        let state = self.fake.state();
        let issues = state["repositories"][0]["issues"].as_array().cloned();
        let issues = issues.unwrap_or_default().into_iter();
        issues.filter(|issue| issue["pull"].is_null()).collect()
    }

    pub(super) fn issue(&self) -> Value {
        let mut issues = self.issues();
        assert_eq!(issues.len(), 1, "{issues:?}");
        issues.remove(0)
    }

    pub(super) fn body(&self) -> String {
        self.issue()["body"].as_str().expect("a body").to_owned()
    }

    fn comments(&self) -> Vec<String> {
        let issue = self.issue();
        let comments = issue["comments"].as_array().expect("comments").iter();
        comments
            .map(|comment| comment["body"].to_string())
            .collect()
    }

    fn close(&self, reason: &str) {
        self.fake.touch(&json!({"repository": "acme/shop", "number": 2, "state": "closed", "state_reason": reason}));
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
        self.bench.remove(&self.dev);
    }
}

#[test]
fn the_life_of_an_issue() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    let step = site.look(0, "in-sync", "in-sync");
    assert!(
        step.summary
            .contains("### ✅ The database matches `migrations`"),
        "{}",
        step.summary
    );
    assert!(
        step.summary
            .contains("Not applied yet, and no drift: 2\\_later.sql")
            || step.summary.contains("2_later.sql")
    );
    assert_eq!(
        (&step.outputs["drift"], step.outputs.get("issue-number")),
        (&json!("false"), None)
    );
    assert!(site.issues().is_empty());

    site.by_hand("ALTER TABLE users ADD COLUMN nick varchar(10);");
    let step = site.look(1, "drift", "new");
    assert_eq!(
        (&step.outputs["issue-number"], &step.outputs["drift"]),
        (&json!("2"), &json!("true"))
    );
    let issue = site.issue();
    assert_eq!(issue["title"], "Database drift: app");
    assert_eq!(issue["labels"], json!(["trueup:drift", "trueup:env/app"]));
    let body = site.body();
    for part in [
        "### ❌ 1 difference between the database and `migrations`",
        "environment `app` · 1 migration up to `1`",
        "| table `users` | has column `nick` |",
        "<summary>To undo it, on the database</summary>",
        "<summary>To keep it, as a migration</summary>",
        "ALTER TABLE `users` ADD COLUMN `nick`",
        "erDiagram",
        "trueup drift --env app --adopt NAME",
        "Last checked: ",
        "actions/runs/77",
    ] {
        let adopting = part.contains("--adopt");
        assert_eq!(body.contains(part), !adopting, "{part} in\n{body}");
    }
    site.look(1, "drift", "same");
    assert!(site.comments().is_empty());

    site.by_hand("CREATE INDEX by_name ON users (name);");
    site.look(1, "drift", "changed");
    let said = site.comments();
    assert!(said.len() == 1 && said[0].contains("by_name"), "{said:?}");

    // Nothing is known while it can't be reached; the third time that is said.
    for said in [1, 1, 2] {
        let step = site
            .runner()
            .input("url", "sqlite:///nowhere/app.db")
            .step("main");
        step.expect(2, "error");
        assert_eq!(step.outputs["drift-state"], "error");
        assert!(
            step.summary
                .contains("💥 The database could not be checked"),
            "{}",
            step.summary
        );
        assert!(
            !step.said().replace("INPUT", "").contains("/nowhere/app.db"),
            "{}",
            step.said()
        );
        assert_eq!(site.comments().len(), said);
    }
    let body = site.body();
    assert!(
        body.contains("by_name") && !body.contains("nowhere"),
        "{body}"
    );

    site.by_hand("DROP INDEX by_name; ALTER TABLE users DROP COLUMN nick;");
    site.look(0, "in-sync", "resolved");
    assert_eq!(
        (&site.issue()["state"], &site.issue()["state_reason"]),
        (&json!("closed"), &json!("completed"))
    );
    site.look(0, "in-sync", "in-sync");

    site.by_hand("CREATE TABLE extra (id integer);");
    let step = site.look(1, "drift", "new");
    assert_eq!(step.outputs["issue-number"], "2");
    site.close("not_planned");
    site.look(1, "drift", "muted");
    let step = site.runner().input("fail-on", "never").step("main");
    step.expect(0, "drift");
    site.by_hand("CREATE TABLE more (id integer);");
    site.look(1, "drift", "changed");
    assert_eq!(site.issue()["state"], "open");
    site.fake.expect_no_violations();
}

/// Where everybody can read it, and where nobody can: what is told, and that no URL, password or key ever is.
#[test]
fn what_is_told_where() {
    let bench = postgres::Server::start();
    let secret = "ALTER TABLE users ADD COLUMN api_key text DEFAULT 'k-0123456789abcdef', ADD COLUMN age integer DEFAULT 17;";
    for (private, show) in [(true, "false"), (false, "false"), (false, "true")] {
        let site = Site::new(&bench, private);
        site.by_hand(secret);
        let url = site.url();
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (_, host) = rest.split_once('@').expect("a user");
        let url = format!("{scheme}://postgres:hunter22@{host}");
        let step = site
            .runner()
            .input("url", &url)
            .input("show-sql", show)
            .step("main");
        step.expect(1, "drift");
        let said: Vec<String> = step
            .said()
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .map(str::to_owned)
            .collect();
        let report = step.file("report.json");
        let all = [
            said.join("\n"),
            step.summary.clone(),
            site.body(),
            report,
            step.outputs.to_string(),
        ];
        for text in &all {
            for never in ["hunter22", "k-0123456789abcdef", host, "ghs_supersecret"] {
                assert!(!text.contains(never), "{never} in {text}");
            }
        }
        let hidden = !private && show == "false";
        for text in &all[1..3] {
            let row = if hidden { "differs |" } else { "" };
            assert!(text.contains(&format!("| table `users` | {row}")), "{text}");
            assert_eq!(text.contains("`age`"), !hidden, "{text}");
            assert_eq!(text.contains("show-sql: true"), hidden, "{text}");
            assert_eq!(text.contains("erDiagram"), !hidden, "{text}");
            assert!(!text.contains("DEFAULT"), "{text}");
            assert_eq!(
                text.contains("looks like a password or a key"),
                !hidden,
                "{text}"
            );
        }
        site.by_hand("ALTER TABLE users DROP COLUMN api_key;");
        let step = site.runner().input("show-sql", show).step("main");
        step.expect(1, "drift");
        assert_eq!(
            site.body().contains("DROP COLUMN \"age\""),
            !hidden,
            "{}",
            site.body()
        );
        assert_eq!(
            step.summary
                .contains("ADD COLUMN \"age\" integer NULL DEFAULT 17"),
            !hidden,
            "{}",
            step.summary
        );
        site.fake.expect_no_violations();
    }
}

#[test]
fn elsewhere_it_is_refused() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    site.by_hand("CREATE TABLE extra (id integer);");
    for event in [
        "pull_request",
        "merge_group",
        "pull_request_target",
        "issue_comment",
    ] {
        let step = site.runner().on(event).step("main");
        step.expect(2, "error");
        assert!(step.said().contains("does not run on"), "{}", step.said());
    }
    assert!(site.issues().is_empty());
    site.runner().on("push").step("main").expect(1, "drift");
    site.runner()
        .on("workflow_dispatch")
        .step("main")
        .expect(1, "drift");
    assert_eq!(site.issues().len(), 1);

    // A live database is not put beside the project's code.
    let step = site.runner().input("mode", "check").step("main");
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("input `url` is given, and `mode` is check"),
        "{}",
        step.said()
    );
    let step = site.runner().input("projects", ".").step("main");
    step.expect(2, "error");
    let step = Runner::new(&site.fake)
        .on("schedule")
        .input("mode", "drift")
        .step("main");
    step.expect(2, "error");
    assert!(
        step.said().contains("input `url` is not set"),
        "{}",
        step.said()
    );
    // Nobody says where it is: pending migrations are not taken for drift.
    let step = site.runner().input("revision", "").step("main");
    step.expect(2, "error");
    assert!(
        step.said().contains("the input `revision"),
        "{}",
        step.said()
    );
}

#[test]
fn without_issues_or_the_permission_the_verdict_stands() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    site.by_hand("CREATE TABLE extra (id integer);");
    site.fake.seed(&json!({
        "repositories": [{"full_name": "acme/shop", "has_issues": false}],
        "tokens": [{"token": "ghs_reading", "repositories": ["acme/shop"], "permissions": {"contents": "read"}}],
    }));
    let step = site.look(1, "drift", "new");
    assert!(
        step.said().contains("No issue: this repository has none"),
        "{}",
        step.said()
    );
    assert!(!step.summary.contains("Not reported"), "{}", step.summary);
    site.fake
        .seed(&json!({"repositories": [{"full_name": "acme/shop", "has_issues": true}]}));
    let step = site.runner().input("token", "ghs_reading").step("main");
    step.expect(1, "drift");
    assert!(step.summary.contains("issues: "), "{}", step.summary);
    assert_eq!(step.outputs["drift-state"], "new");
    assert!(site.issues().is_empty());
}

#[test]
fn the_issue_says_what_is_ignored_no_longer_or_not_for_long() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true);
    let soon = (time::OffsetDateTime::now_utc() + time::Duration::days(7)).date();
    let ignore = format!(
        "    ignore:\n      - {{pattern: queue, until: 2020-01-31, reason: moves away}}\n      - {{pattern: spool, until: {soon}}}\n"
    );
    let files = json!({"trueup.yaml": format!("{CONFIG}{ignore}")});
    let push = json!({"repository": "acme/shop", "branch": "main", "files": files});
    site.fake.push(&push);
    site.by_hand("CREATE TABLE queue (id integer); CREATE TABLE spool (id integer)");
    site.look(1, "drift", "new");
    let body = site.body().replace(['\\', '\u{200b}'], "");
    for part in [
        "is no longer ignored: that was until 2020-01-31 (moves away)",
        &format!("is ignored until {soon} only"),
    ] {
        assert!(body.contains(part), "{part} in\n{body}");
    }
    assert!(body.contains("trueup.yaml:7:"), "{body}");
}
