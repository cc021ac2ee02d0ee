//! Mode `rebase` with `replan: true`: what the models of both sides want beyond the migrations in their new order.

use serde_json::json;

use super::fake::Fake;
use super::rebase::{THEIRS, git, push};
use super::step::{
    AFTER, BEFORE, CONFIG, MIGRATION, MISSING, Runner, Step, comments, committed, head, sum, token,
    world,
};

pub(super) const MORE: &str = "CREATE TABLE theirs (id integer NOT NULL);\n";

/// `main` with models in two files; `feature` is what these files make of it.
pub(super) fn repository(feature: &serde_json::Value) -> Fake {
    let fake = Fake::start();
    let mut world = world(&token());
    let branches = &mut world["repositories"][0]["branches"];
    // Nothing of the job is within the program's reach.
    let program = r#"["sh", "-c", "test -z \"$INPUT_TOKEN$ACTIONS_RUNTIME_TOKEN\" && cat models.sql more.sql"]"#;
    branches[0]["files"]["atlas.hcl"] = json!(CONFIG.replace(r#"["cat", "models.sql"]"#, program));
    branches[0]["files"]["more.sql"] = json!("-- more\n");
    branches[1]["files"] = feature.clone();
    fake.seed(&world);
    fake
}

/// One that adds a column by the models, and by this migration.
pub(super) fn adding(models: &str, migration: &str) -> Fake {
    let files = [("1.sql", MIGRATION), ("2_mine.sql", migration)];
    repository(&json!({
        "models.sql": models,
        "migrations/2_mine.sql": migration,
        "migrations/atlas.sum": sum(&files),
    }))
}

/// `main` gets a migration, and these models.
pub(super) fn meet(fake: &Fake, theirs: &str, models: &[(&str, &str)]) {
    let mut files = json!({
        "migrations/3_theirs.sql": theirs,
        "migrations/atlas.sum": sum(&[("1.sql", MIGRATION), ("3_theirs.sql", theirs)]),
    });
    for (name, text) in models {
        files[*name] = json!(text);
    }
    push(fake, "main", &files);
}

pub(super) fn runner(fake: &Fake) -> Runner<'_> {
    let runner = Runner::new(fake).on("push").input("mode", "rebase");
    runner.input("replan", "true").input("install", "none")
}

fn names(fake: &Fake) -> String {
    git(fake, &["ls-tree", "--name-only", "feature:migrations"]).replace('\n', " ")
}

fn refused(fake: &Fake, step: &Step, before: &str, why: &str) {
    step.expect(0, "done");
    assert_eq!(head(fake), before, "{}", step.said());
    let comment = comments(fake)[0].replace(['\\', '\u{200b}'], "");
    assert!(comment.contains(why), "{why}: {comment}");
    fake.expect_no_violations();
}

#[test]
fn what_both_sides_models_want_is_in_the_same_commit() {
    // Nothing beyond the migrations.
    let fake = adding(AFTER, MISSING);
    meet(&fake, THEIRS, &[("more.sql", MORE)]);
    runner(&fake).step("main").expect(0, "done");
    assert_eq!(names(&fake), "1.sql 3_theirs.sql 4_mine.sql atlas.sum ");
    // A column without a migration.
    let models = AFTER.replace("email varchar(80)", "email varchar(80), nick varchar(9)");
    let fake = adding(&models, MISSING);
    meet(&fake, THEIRS, &[("more.sql", MORE)]);
    let step = runner(&fake).input("name", "catch_up").step("main");
    step.expect(0, "done");
    assert_eq!(
        names(&fake),
        "1.sql 3_theirs.sql 4_mine.sql 5_catch_up.sql atlas.sum ",
        "{}",
        step.said()
    );
    let new = committed(&fake, "migrations/5_catch_up.sql");
    assert!(new.contains("ADD COLUMN `nick` varchar(9) NULL;"), "{new}");
    let comment = &comments(&fake)[0];
    for part in [
        "### ✅ 1 migration moved behind those of `main`\n",
        "The models of both sides want 1 change more, and `5_catch_up.sql` has it",
        "| none |",
        new.trim_end(),
    ] {
        assert!(comment.contains(part), "{part}: {comment}");
    }
    assert!(
        step.said().contains("`5_catch_up.sql` is new"),
        "{}",
        step.said()
    );
    let message = git(&fake, &["log", "-1", "--format=%B", "feature"]);
    assert!(
        message.contains("- 5_catch_up.sql has what the models want beyond the others"),
        "{message}"
    );
    // The check of the new commit agrees.
    Runner::new(&fake)
        .input("install", "none")
        .step("feature")
        .expect(0, "in-sync");
    fake.expect_no_violations();
}

#[test]
fn what_both_sides_did_is_planned_once() {
    // As `mode: commit` writes it.
    for nick in [false, true] {
        let models = match nick {
            true => AFTER.replace("email varchar(80)", "email varchar(80), nick varchar(9)"),
            false => AFTER.to_owned(),
        };
        let fake = repository(&json!({"models.sql": models}));
        let commit = Runner::new(&fake)
            .input("mode", "commit")
            .input("name", "mine")
            .input("install", "none");
        commit.step("feature").expect(0, "in-sync");
        let own = names(&fake)
            .split(' ')
            .nth(1)
            .expect("a migration")
            .to_owned();
        let theirs = if nick { BEFORE } else { AFTER };
        meet(&fake, MISSING, &[("models.sql", theirs)]);
        let step = runner(&fake).step("main");
        step.expect(0, "done");
        let all = comments(&fake);
        let comment = all.last().expect("a comment");
        assert!(
            comment.contains(&format!("`{own}` does not run behind them.")),
            "{comment}\n{}",
            step.said()
        );
        match nick {
            false => {
                assert_eq!(names(&fake), "1.sql 3_theirs.sql atlas.sum ");
                assert!(
                    comment.contains("the base has all of it already"),
                    "{comment}"
                );
            }
            true => {
                let names = names(&fake);
                let all: Vec<&str> = names.split(' ').collect();
                assert!(all.len() == 5 && all[2].ends_with("_mine.sql"), "{names}");
                let new = committed(&fake, &format!("migrations/{}", all[2]));
                assert!(new.contains("`nick`") && !new.contains("`email`"), "{new}");
            }
        }
        fake.expect_no_violations();
    }
}

#[test]
fn what_somebody_wrote_or_would_lose_is_for_people() {
    // Edited by a comment.
    let fake = adding(AFTER, &format!("{MISSING}-- see the wiki\n"));
    meet(&fake, MISSING, &[("models.sql", AFTER)]);
    let before = head(&fake);
    let step = runner(&fake).step("main");
    refused(&fake, &step, &before, "duplicate column name: email");
    // A table of theirs that no model has.
    let fake = adding(AFTER, MISSING);
    meet(&fake, THEIRS, &[]);
    let before = head(&fake);
    let step = runner(&fake).step("main");
    refused(
        &fake,
        &step,
        &before,
        "the missing migration would lose data: drop table theirs",
    );
    // Models that don't load.
    let fake = adding(AFTER, MISSING);
    push(&fake, "feature", &json!({"more.sql": null}));
    meet(&fake, THEIRS, &[]);
    let before = head(&fake);
    let step = runner(&fake).step("main");
    refused(&fake, &step, &before, "more.sql");
    // A kernel that can't confine them.
    let fake = adding(AFTER, MISSING);
    meet(&fake, THEIRS, &[("more.sql", MORE)]);
    let before = head(&fake);
    let step = runner(&fake).without("seccomp").step("main");
    step.expect(2, "error");
    assert_eq!(head(&fake), before, "{}", step.said());
}
