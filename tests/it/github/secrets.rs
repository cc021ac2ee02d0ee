//! Secrets of a run: what is masked, and what is withheld since it must not be altered.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{
    AFTER, CONFIG, MISSING, Runner, Step, comments, head, sum, token, world, writes,
};
use crate::lab::{Postgres, run};

/// The text of every place that people or programs read, without the lines that the runner takes out.
fn told(fake: &Fake, step: &Step) -> Vec<(&'static str, String)> {
    let said = step.said();
    let log: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .collect();
    let file = |name: &str| fs::read_to_string(place(step, name)).unwrap_or_default();
    vec![
        ("log", log.join("\n")),
        ("summary", step.summary.clone()),
        ("comment", comments(fake).pop().unwrap_or_default()),
        ("outputs", step.outputs.to_string()),
        ("report.json", file("report.json")),
        ("missing.sql", file("missing.sql")),
        ("missing.patch", file("missing.patch")),
    ]
}

/// Where the run put a file.
fn place(step: &Step, name: &str) -> PathBuf {
    let report = step.outputs["report-path"].as_str().expect("a path");
    step.workspace.join(report).with_file_name(name)
}

fn masks(step: &Step) -> Vec<String> {
    let said = step.said();
    let masks = said
        .lines()
        .filter_map(|line| line.strip_prefix("::add-mask::"));
    masks.map(str::to_owned).collect()
}

fn report(step: &Step) -> Value {
    serde_json::from_str(&fs::read_to_string(place(step, "report.json")).expect("a report"))
        .expect("JSON")
}

/// The world with a variable of the config file, and models that say this.
fn with_models(models: &str) -> Value {
    let mut world = world(&token());
    let config = format!("variable \"db_password\" {{\n  type = string\n}}\n{CONFIG}");
    world["repositories"][0]["branches"][1]["files"] =
        json!({"models.sql": models, "atlas.hcl": config});
    world
}

/// README's own password, with a column whose name begins with it.
#[test]
fn a_service_password_that_is_a_part_of_a_name_changes_nothing() {
    let server = Postgres::start();
    let url = |user: &str, database: &str| {
        let url = server.url(database);
        url.replacen("postgres@", &format!("{user}@"), 1)
    };
    let models = "CREATE TABLE users (id integer NOT NULL, password_hash varchar(80), pass integer, PRIMARY KEY (id));\n";
    let first = "CREATE TABLE \"users\" (\"id\" integer NOT NULL, PRIMARY KEY (\"id\"));\n";
    for password in ["pass", "postgres", "users", "p", "dev", "password_hash"] {
        let fake = Fake::start();
        let mut world = world(&token());
        let branches = &mut world["repositories"][0]["branches"];
        branches[0]["files"]["migrations/1.sql"] = json!(first);
        branches[0]["files"]["migrations/atlas.sum"] = json!(sum(&[("1.sql", first)]));
        branches[1]["files"]["models.sql"] = json!(models);
        fake.seed(&world);
        let database = server.database();
        let dev = url(&format!("postgres:{password}"), &database);
        let dev = format!("{dev}&search_path=public");
        let step = Runner::new(&fake).input("dev-url", &dev).step("feature");
        step.expect(1, "drift");
        let sql = fs::read_to_string(place(&step, "missing.sql")).expect("SQL");
        assert!(
            sql.contains("ADD COLUMN \"password_hash\" character varying(80) NULL"),
            "{sql}"
        );
        for (place, text) in told(&fake, &step) {
            let masked = text.contains("***") || text.contains("withheld");
            assert!(!masked, "{password} in {place}: {text}");
        }
        assert!(comments(&fake)[0].contains(&sql) && step.summary.contains(&sql));
        assert_eq!(report(&step)["sql"], sql);
        let masks = masks(&step);
        assert!(!masks.iter().any(|mask| mask == password), "{masks:?}");
        let mut apply = Command::new("git");
        apply.args(["apply", "trueup-report/app/missing.patch"]);
        run({
            apply.current_dir(&step.workspace);
            apply
        });
        let mut check = Command::new(env!("CARGO_BIN_EXE_trueup"));
        check.args(["check", "--env", "app", "--dev-url", &dev]);
        check.current_dir(&step.workspace);
        assert!(run(check).starts_with("In sync"));
        fake.expect_no_violations();
    }
}

/// A default that the models read from the environment.
#[test]
fn sql_that_holds_a_secret_is_withheld_and_nothing_is_altered() {
    let fake = Fake::start();
    let models = AFTER.replace("varchar(80)", "varchar(80) DEFAULT 'hunter22-x'");
    fake.seed(&with_models(&models));
    let runner = Runner::new(&fake).input("vars", "db_password=hunter22-x");
    let (before, wrote) = (head(&fake), writes(&fake));
    for mode in ["check", "commit"] {
        let step = Runner::new(&fake)
            .input("vars", "db_password=hunter22-x")
            .input("mode", mode)
            .step("feature");
        step.expect(1, "drift");
        assert_eq!(masks(&step).last().expect("masks"), "hunter22-x");
        for (place, text) in told(&fake, &step) {
            assert!(!text.contains("hunter22"), "{mode}: {place}: {text}");
        }
        for name in ["missing.sql", "missing.patch"] {
            let path = place(&step, name);
            assert!(!path.exists(), "{name}");
        }
        let report = report(&step);
        assert_eq!(report["sql"], Value::Null);
        assert_eq!(report["verdict"], "drifted");
        let withheld = report["withheld"].as_array().expect("places");
        assert!(withheld.contains(&json!("sql")), "{report:#}");
        assert!(withheld.contains(&json!("statements[0].sql")), "{report:#}");
        assert!(!report.to_string().contains("***"), "{report:#}");
        assert_eq!(step.outputs.get("plan-hash"), None);
        let comment = comments(&fake).pop().expect("a comment");
        for text in [&comment, &step.summary, &step.said()] {
            assert!(
                text.contains("withheld: line 2 holds a password or a token"),
                "{text}"
            );
        }
        assert!(comment.contains("add column `email`"), "{comment}");
        assert!(
            comment.contains("trueup migrate diff --env app"),
            "{comment}"
        );
        let nothing = comment.contains("Nothing was committed: the migration holds a secret");
        assert_eq!(nothing, mode == "commit", "{comment}");
        assert_eq!(head(&fake), before);
    }
    // Two comments' texts and two statuses.
    assert_eq!(writes(&fake), wrote + 4);

    // On the command line it is the user's own.
    let step = runner.step("feature");
    let mut diff = Command::new(env!("CARGO_BIN_EXE_trueup"));
    diff.args(["migrate", "diff", "--dry-run", "--env", "app"]);
    diff.args(["--var", "db_password=hunter22-x"]);
    diff.current_dir(&step.workspace);
    assert!(run(diff).contains("DEFAULT 'hunter22-x'"));

    // What was written for an earlier state of the models does not stay.
    fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": AFTER}}),
    );
    let step = runner.step("feature");
    assert_eq!(
        fs::read_to_string(place(&step, "missing.sql")).expect("SQL"),
        MISSING
    );
    assert_eq!(step.outputs["plan-hash"].as_str().map(str::len), Some(16));
    fs::write(step.workspace.join("models.sql"), &models).expect("models");
    let step = runner.run(step.workspace);
    step.expect(1, "drift");
    let path = place(&step, "missing.sql");
    assert!(!path.exists());
    fake.expect_no_violations();
}

#[test]
fn a_word_of_the_models_is_no_secret_and_one_in_a_value_is() {
    let fake = Fake::start();
    let models = AFTER.replace("email", "inventory");
    fake.seed(&with_models(&models));
    for (password, models, withheld) in [
        ("inventory", &models, false),
        (
            "inventory",
            &AFTER.replace("varchar(80)", "varchar(80) DEFAULT 'inventory'"),
            true,
        ),
        // A word of another case than the name is not the name.
        (
            "Inventory",
            &models.replace("varchar(80)", "varchar(80) DEFAULT 'Inventory'"),
            true,
        ),
        // What has digits is not taken for a name.
        (
            "inventory22",
            &models.replace("inventory", "inventory22"),
            true,
        ),
        (
            "inventory22",
            &models.replace("inventory", "inventory22_x"),
            false,
        ),
    ] {
        fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": {"models.sql": models}}));
        let step = Runner::new(&fake)
            .input("vars", &format!("db_password={password}"))
            .step("feature");
        step.expect(1, "drift");
        let report = report(&step);
        assert_eq!(report["sql"].is_null(), withheld, "{password}: {report:#}");
        for (place, text) in told(&fake, &step) {
            let shown = text.contains("***") || text.contains("withheld");
            assert!(withheld || !shown, "{password} in {place}: {text}");
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let found = words.any(|word| word == password);
            assert!(!(withheld && found), "{password} in {place}: {text}");
        }
    }
}

/// What the models' program prints when it fails is for people.
#[test]
fn errors_are_masked_and_an_unescaped_password_shows_no_tail() {
    let fake = Fake::start();
    let mut seed = world(&token());
    let program = r#"["sh", "-c", "echo \"can't reach $DATABASE_URL: (password=pass) $DB_PASSWORD\" >&2; exit 3"]"#;
    seed["repositories"][0]["branches"][1]["files"]["atlas.hcl"] =
        json!(CONFIG.replace(r#"["cat", "models.sql"]"#, program));
    fake.seed(&seed);
    let step = Runner::new(&fake)
        .input("provider-env", "DATABASE_URL, DB_PASSWORD")
        .variable("DATABASE_URL", "postgresql+psycopg://app:p@ss/w:rd@db/shop")
        .variable("DB_PASSWORD", "pass")
        .step("feature");
    step.expect(2, "error");
    let shown = "can't reach postgresql+psycopg://app:***@db/shop: (password=***) pass";
    for (place, text) in told(&fake, &step) {
        assert!(
            !text.contains("w:rd") && !text.contains("ss/w"),
            "{place}: {text}"
        );
        let for_errors = ["log", "summary", "comment", "report.json"].contains(&place);
        assert!(!for_errors || text.contains(shown), "{place}: {text}");
    }
    let masks = masks(&step);
    assert!(masks.contains(&"p@ss/w:rd".to_owned()), "{masks:?}");
    assert!(!masks.contains(&"pass".to_owned()), "{masks:?}");

    for url in [
        "postgres://postgres:p@ss/w:rd@127.0.0.1:1/dev",
        "postgres://postgres:p@ss?w:rd@127.0.0.1:1/dev",
        "mysql://root:p@ss/w:rd@127.0.0.1:1",
    ] {
        let fake = Fake::start();
        fake.seed(&world(&token()));
        let step = Runner::new(&fake).input("dev-url", url).step("feature");
        step.expect(2, "error");
        for (place, text) in told(&fake, &step) {
            assert!(
                !text.contains("ss/w") && !text.contains("w:rd"),
                "{place}: {text}"
            );
            assert!(!text.contains("ss?w"), "{place}: {text}");
        }
        let said = step.said();
        assert!(said.contains("must be percent-encoded"), "{said}");
    }
}
