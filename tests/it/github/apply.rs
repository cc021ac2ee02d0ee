//! Mode `apply` in the steps of a workflow: what a merge deploys, and what is told of it.

use std::process::Command;

use serde_json::json;

use super::fake::Fake;
use super::step::{Runner, Step, sum};
use crate::golden::bench::Bench;
use crate::golden::{postgres, sqlite};
use crate::lab::run;

const USERS: &str =
    "CREATE TABLE users (id integer NOT NULL, name varchar(30), PRIMARY KEY (id));\n";
const LATER: &str = "CREATE INDEX by_name ON users (name);\nALTER TABLE users DROP COLUMN nick;\n";
const CONFIG: &str =
    "envs:\n  app:\n    migrations: migrations\n    dev: sqlite://dev?mode=memory\n";

/// A repository on the fake with a pull request that adds a migration, and a database.
struct Site<'b> {
    bench: &'b dyn Bench,
    fake: Fake,
    db: String,
    dev: String,
}

impl<'b> Site<'b> {
    fn new(bench: &'b dyn Bench, private: bool, later: &str) -> Self {
        Self::with(bench, private, later, CONFIG)
    }

    fn with(bench: &'b dyn Bench, private: bool, later: &str, config: &str) -> Self {
        let fake = Fake::start();
        let users = USERS.replace("name varchar(30)", "name varchar(30), nick varchar(30)");
        fake.seed(&json!({
            "repositories": [{
                "full_name": "acme/shop",
                "private": private,
                "branches": [
                    {"name": "main", "files": {
                        "trueup.yaml": config,
                        "migrations/1_users.sql": users,
                        "migrations/atlas.sum": sum(&[("1_users.sql", &users)]),
                    }},
                    {"name": "feature", "from": "main", "files": {
                        "migrations/2_later.sql": later,
                        "migrations/atlas.sum": sum(&[("1_users.sql", &users), ("2_later.sql", later)]),
                    }},
                ],
                "pulls": [{"title": "Later", "head": "feature", "author": "alice"}],
            }],
            "tokens": [{
                "token": "ghs_supersecret",
                "repositories": ["acme/shop"],
                "permissions": {"contents": "read", "pull_requests": "write"},
            }],
        }));
        let (db, dev) = (bench.create(), bench.create());
        Self {
            bench,
            fake,
            db,
            dev,
        }
    }

    fn merge(&self) {
        self.fake
            .touch(&json!({"repository": "acme/shop", "number": 1, "merge": true}));
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(&self.fake)
            .on("push")
            .input("mode", "apply")
            .input("url", &self.bench.url(&self.db, true))
            .input("dev-url", &self.bench.url(&self.dev, true))
    }

    #[track_caller]
    fn apply(&self, code: i32, applied: &str) -> Step {
        let step = self.runner().step("main");
        step.expect(code, if code == 0 { "done" } else { "error" });
        assert_eq!(step.outputs["applied"], applied, "{}", step.said());
        step
    }

    fn comments(&self) -> Vec<String> {
        let state = self.fake.state();
        let comments = state["repositories"][0]["issues"][0]["comments"]
            .as_array()
            .cloned();
        let comments = comments.unwrap_or_default().into_iter();
        comments
            .map(|comment| comment["body"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
        self.bench.remove(&self.dev);
    }
}

#[test]
fn a_merge_is_deployed_and_told_on_its_pull_request() {
    let bench = postgres::Server::start();
    let site = Site::new(&bench, true, LATER);
    let first = site.apply(0, "1");
    assert_eq!(first.outputs["version"], "1");
    assert!(
        first.said().contains("belongs to no pull request"),
        "{}",
        first.said()
    );
    assert!(site.comments().is_empty());

    site.merge();
    let step = site.apply(0, "1");
    assert_eq!(step.outputs["version"], "2");
    for part in [
        "### ✅ 1 migration applied",
        "now at `2`",
        "| `2_later.sql` | 2 |",
        "loses column users.nick",
        "blocks reads and writes of users while an index is built",
        "CREATE INDEX by_name ON users (name); -- ",
    ] {
        assert!(step.summary.contains(part), "{part}\n{}", step.summary);
    }
    let comments = site.comments();
    assert_eq!(comments.len(), 1);
    assert!(
        comments[0].contains("✅ 1 migration applied"),
        "{comments:?}"
    );

    // What was told stays where there is nothing new.
    let again = site.apply(0, "0");
    assert!(
        again.summary.contains("✅ No migrations to apply"),
        "{}",
        again.summary
    );
    assert_eq!(site.comments(), comments);
    site.fake.expect_no_violations();
}

/// As after a pull request of `adopt`: what it says of the database is there already.
#[test]
fn what_is_there_already_is_to_be_recorded() {
    let benches: [&dyn Bench; 2] = [&postgres::Server::start(), &sqlite::Files::new()];
    for bench in benches {
        let later = "CREATE TABLE later (id integer NOT NULL);\n";
        let site = Site::new(bench, false, later);
        site.apply(0, "1");
        site.merge();
        bench.script(&site.db, later).expect("it is done by hand");
        let step = site.apply(2, "0");
        let how = "where the database has all that 2_later.sql does, as after a pull request of `mode: drift`, record that instead: \
                   `trueup migrate set 2 --only --env app --url …`";
        assert!(step.said().contains(how), "{}", step.said());
        let mut set = Command::new(env!("CARGO_BIN_EXE_trueup"));
        set.args([
            "migrate",
            "set",
            "2",
            "--only",
            "--env",
            "app",
            "--url",
            &bench.url(&site.db, true),
        ]);
        set.current_dir(&step.workspace);
        run(set);
        site.apply(0, "0");
    }
}

/// The server's words hold values of rows: who may not read those sees that it failed, and where.
#[test]
fn a_failure_is_told_without_secrets_and_gone_on_with() {
    let bench = postgres::Server::start();
    let later = "ALTER TABLE users ALTER COLUMN name TYPE integer USING name::integer;\n";
    for (private, show) in [(true, false), (false, false), (false, true)] {
        let site = Site::new(&bench, private, later);
        site.apply(0, "1");
        site.merge();
        let row = "INSERT INTO users VALUES (1, 'bob@example.com');";
        bench.script(&site.db, row).expect("a row");
        let url = bench.url(&site.db, true);
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (_, host) = rest.split_once('@').expect("a user");
        let runner = site
            .runner()
            .input("show-sql", if show { "true" } else { "false" });
        let step = runner
            .input("url", &format!("{scheme}://postgres:hunter22@{host}"))
            .step("main");
        step.expect(2, "error");
        assert_eq!(step.outputs["version"], "1");
        let said = step.said();
        let said: String = said
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect();
        let comments = site.comments();
        assert_eq!(comments.len(), 1, "{said}");
        for text in [
            &said,
            &step.summary,
            &comments[0],
            &step.outputs.to_string(),
        ] {
            assert!(
                !text.contains("hunter22") && !text.contains("ghs_supersecret"),
                "{text}"
            );
        }
        for text in [&said, &step.summary, &comments[0]] {
            let told = text.contains("bob") && text.contains("invalid input syntax");
            assert_eq!(told, private || show, "{text}");
        }
        assert!(
            comments[0].contains("💥 No migration was applied"),
            "{comments:?}"
        );
        assert!(
            comments[0].contains("1 migration to be applied yet"),
            "{comments:?}"
        );
    }
}

#[test]
fn only_the_default_branch_is_deployed() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true, LATER);
    for event in ["pull_request", "pull_request_target", "merge_group"] {
        let step = site.runner().on(event).step("main");
        step.expect(2, "error");
        let refused = format!("`mode: apply` does not run on `{event}`");
        assert!(step.said().contains(&refused), "{}", step.said());
    }
    let dispatched = |git_ref: &str| {
        let runner = site.runner().on("workflow_dispatch");
        runner.variable("GITHUB_REF", git_ref).step("main")
    };
    let step = dispatched("refs/heads/feature");
    step.expect(2, "error");
    assert!(
        bench.inspect(&site.db, true).expect("a realm").schemas[0]
            .tables
            .is_empty()
    );
    dispatched("refs/heads/main").expect(0, "done");
    assert!(
        !bench.inspect(&site.db, true).expect("a realm").schemas[0]
            .tables
            .is_empty()
    );
}

/// A database that can't be reached, and a GitHub that can't: neither is taken for the other.
#[test]
fn what_can_not_be_told_does_not_change_what_was_done() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true, LATER);
    site.merge();
    site.fake.fault(&json!({
        "match": {"path": "/commits/[0-9a-f]+/pulls$", "times": 0},
        "do": {"status": 403, "json": {"message": "Resource not accessible by integration"}},
    }));
    let step = site.apply(0, "2");
    assert!(
        step.said().contains("The verdict stands"),
        "{}",
        step.said()
    );
    assert!(site.comments().is_empty());
    let step = site
        .runner()
        .input("url", "sqlite:///nowhere/app.db")
        .step("main");
    step.expect(2, "error");
    assert!(
        step.summary
            .contains("💥 The migrations could not be applied"),
        "{}",
        step.summary
    );
}

#[test]
fn all_databases_of_an_environment_are_migrated() {
    let bench = sqlite::Files::new();
    let databases: Vec<String> = (0..3).map(|_| bench.create()).collect();
    let list = format!("envs:\n  app:\n    for_each: [{}]\n", databases.join(", "));
    let config = CONFIG.replace("envs:\n  app:\n", &list);
    let site = Site::with(&bench, true, LATER, &config);
    site.merge();
    bench
        .script(&databases[1], "CREATE TABLE users (id integer);")
        .expect("a table in the way");
    let step = site
        .runner()
        .input("url", &bench.url("${each}", true))
        .step("main");
    step.expect(2, "error");
    let said = format!("{}\n{}", step.said(), step.summary);
    assert!(
        said.contains(&format!("| `{}` | 💥 ", databases[1])),
        "{said}"
    );
    assert!(site.comments()[0].contains("💥"), "{said}");
    bench
        .script(&databases[1], "DROP TABLE users;")
        .expect("out of the way");
    let step = site
        .runner()
        .input("url", &bench.url("${each}", true))
        .step("main");
    step.expect(0, "done");
    assert_eq!(step.outputs["version"], "2", "{}", step.said());
}

/// Names and places of customers' databases are nobody's business, and why one failed is full of them.
#[test]
fn a_database_that_can_not_be_reached_is_not_named_to_everybody() {
    let bench = postgres::Server::start();
    let there = bench.create();
    let url = bench.url("${each}", true);
    let missing = ["customer_one", "customer_two"];
    let list = format!(
        "envs:\n  app:\n    for_each: [{there}, {}]\n",
        missing.join(", ")
    );
    let config = CONFIG.replace("envs:\n  app:\n", &list);
    for (private, show) in [(false, false), (true, false), (false, true)] {
        let site = Site::with(&bench, private, LATER, &config);
        site.merge();
        let runner = site
            .runner()
            .input("show-sql", if show { "true" } else { "false" });
        let step = runner.input("url", &url).step("main");
        step.expect(2, "error");
        let told = format!("{}\n{}\n{:?}", step.said(), step.summary, site.comments());
        let shown = private || show;
        // Once one has failed, the other need not be begun.
        let named = missing.iter().any(|name| told.contains(name));
        assert_eq!(named, shown, "{told}");
        for part in ["has no database", "CREATE DATABASE"] {
            assert_eq!(told.contains(part), shown, "{part}: {told}");
        }
        assert!(!told.contains("a dev database"), "{told}");
        if !private && !show {
            assert!(
                told.contains("why is not shown on a public repository"),
                "{told}"
            );
            assert!(step.summary.contains("💥 "), "{}", step.summary);
            assert!(step.summary.contains(" failed"), "{}", step.summary);
        }
    }
    bench.remove(&there);
}

/// What the command line has flags for, and the Action no inputs, is done by hand; and nothing is said to be compared.
#[test]
fn what_the_action_has_no_input_for_is_done_by_hand() {
    let bench = sqlite::Files::new();
    let site = Site::new(&bench, true, LATER);
    let by_hand = "CREATE TABLE users (id integer);";
    bench.script(&site.db, by_hand).expect("a table");
    let step = site.runner().input("env", "app").step("main");
    step.expect(2, "error");
    let said = step.said();
    for text in [&said, &step.summary] {
        let told = "run it once by hand, such as `trueup migrate apply --env app --baseline VERSION --url …`";
        assert!(text.contains(told), "{text}");
        assert!(
            text.contains("The migrations could not be applied"),
            "{text}"
        );
        assert!(
            !text.contains("compar") && !text.contains("verdict"),
            "{text}"
        );
    }
    let stage = "It failed while applying the migrations:";
    assert!(step.summary.contains(stage), "{}", step.summary);
}

/// A program that prints the URL prints the password as it is written there.
#[test]
fn a_password_is_masked_as_it_is_written_and_as_it_is() {
    let bench = postgres::Server::start();
    let site = Site::new(&bench, true, LATER);
    let with_password = |url: String| url.replace("postgres@", "postgres:p%40ss%2Fw%25rd@");
    for (mode, input, db) in [
        ("apply", "url", &site.db),
        ("drift", "url", &site.db),
        ("check", "dev-url", &site.dev),
    ] {
        let mut runner = site.runner().input("mode", mode);
        if mode == "check" {
            runner = runner.input("url", "");
        }
        let step = runner
            .input(input, &with_password(bench.url(db, true)))
            .step("main");
        let said = step.said();
        for form in ["p@ss/w%25rd", "p%2540ss%252Fw%2525rd"] {
            let mask = format!("::add-mask::{form}");
            assert!(said.lines().any(|line| line == mask), "{mode}: {said}");
        }
    }
}
