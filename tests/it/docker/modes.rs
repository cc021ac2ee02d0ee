//! The image in the modes besides check and commit: a database that is watched, what a fork's run left, a matrix, a base that
//! moves.

use std::fs;

use serde_json::json;

use super::image::{repository, shop, with_program};
use super::job::{Job, POSTGRES, POSTGRES_URL, docker};
use crate::cli_world::eventually;
use crate::github::report::{archive, ran};
use crate::github::step::{comments, committed, head, sum, writes};
use crate::guide::WHOLE_DATABASE;
use crate::lab::run;

/// Runs SQL in a database of the job's service.
fn sql(job: &Job, database: &str, sql: &str) {
    let psql = "PGPASSWORD=pass psql -qv ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres";
    let script = format!("{psql} -d {database} -c \"$0\"");
    run(docker(&[
        "exec",
        &job.services[0],
        "sh",
        "-c",
        &script,
        sql,
    ]));
}

#[test]
fn a_database_is_watched() {
    let mut seed = shop();
    seed["repositories"][0]["private"] = json!(true);
    seed["tokens"][0]["permissions"] =
        json!({"contents": "write", "issues": "write", "pull_requests": "write"});
    let job = Job::start(&POSTGRES, &seed)
        .on("schedule")
        .input("mode", "drift")
        .input("adopt", "true")
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL)
        .input(
            "url",
            "postgres://watcher:looks-only@postgres:5432/live?sslmode=disable",
        )
        .input("revision", "1")
        .input("grace", "0s");
    eventually("the service is there", || {
        let ready = ["exec", &job.services[0], "pg_isready", "-qh", "127.0.0.1"];
        docker(&ready).status().is_ok_and(|status| status.success())
    });
    sql(&job, "dev", "CREATE DATABASE live");
    sql(&job, "live", WHOLE_DATABASE.first);
    sql(
        &job,
        "live",
        "CREATE ROLE watcher LOGIN PASSWORD 'looks-only'",
    );

    let step = job.step("main");
    step.expect(0, "in-sync");
    assert_eq!(step.outputs["drift-state"], "in-sync", "{}", step.said());

    sql(
        &job,
        "live",
        "ALTER TABLE user_account ADD COLUMN nick text",
    );
    let step = job.step("main");
    step.expect(1, "drift");
    assert_eq!(step.outputs["drift-state"], "new", "{}", step.said());
    assert_eq!(step.outputs["pull-number"], "2");
    assert_eq!(step.outputs["issue-number"], "3");
    let number = |at: usize| job.fake.state()["repositories"][0]["issues"][at].clone();
    let (pull, issue) = (|| number(1), || number(2));
    let taken = pull()["body"].as_str().expect("a body").to_owned();
    assert!(taken.contains("has column `nick`"), "{taken}");
    let body = issue()["body"].as_str().expect("a body").to_owned();
    for part in [
        "### ❌ 1 difference between the database and `migrations`",
        "has column `nick`",
        "ALTER TABLE \"public\".\"user_account\" DROP COLUMN \"nick\";",
        "[Pull request #2](",
    ] {
        assert!(body.contains(part), "{part} in\n{body}");
        assert!(step.summary.contains(part), "{part} in\n{}", step.summary);
    }
    for secret in ["looks-only", "postgres:5432", "live"] {
        assert!(!body.contains(secret), "{secret} in\n{body}");
    }

    sql(&job, "live", "ALTER TABLE user_account DROP COLUMN nick");
    let step = job.step("main");
    step.expect(0, "in-sync");
    assert_eq!(step.outputs["drift-state"], "resolved", "{}", step.said());
    assert_eq!(
        (&issue()["state"], &pull()["state"]),
        (&json!("closed"), &json!("closed"))
    );
    job.fake.expect_no_violations();
}

#[test]
fn a_forks_check_is_reported_by_another_job() {
    let mut seed = shop();
    seed["repositories"][0]["pulls"] = json!([]);
    seed["tokens"][0]["permissions"] = json!({"contents": "read", "pull_requests": "read"});
    let mut reporting = seed["tokens"][0].clone();
    reporting["token"] = json!("ghs_reporting_0123");
    reporting["permissions"] = json!({"actions": "read", "pull_requests": "write"});
    seed["tokens"] = json!([seed["tokens"][0], reporting]);
    let job = Job::start(&POSTGRES, &seed)
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL);
    job.fake.seed(&json!({"repositories": [
        {"full_name": "mallory/shop", "fork_of": "acme/shop", "branches": [
            {"name": "feature", "from": "acme/shop:feature"},
        ]},
        {"full_name": "acme/shop", "pulls": [{"title": "Age", "head": "mallory/shop:feature", "author": "mallory"}]},
    ]}));
    let step = job.step("mallory/shop:feature");
    step.expect(1, "drift");
    assert_eq!(writes(&job.fake), 0, "{}", step.said());
    let note = fs::read(job.workspace().join("trueup-report/comment.json")).expect("a note");
    let archives = [("trueup-comment", archive(&[("comment.json", &note)]))];
    ran(&job.fake, "mallory/shop:feature", "pull_request", &archives);

    // A job of its own, in which nothing is checked out.
    fs::remove_dir_all(job.workspace()).expect("the checkout goes");
    fs::create_dir(job.workspace()).expect("an empty workspace");
    let job = job
        .on("workflow_run")
        .input("mode", "report")
        .input("env", "")
        .input("dev-url", "")
        .input("token", "ghs_reporting_0123");
    let step = job.run();
    step.expect(0, "done");
    let said = comments(&job.fake);
    assert_eq!(said.len(), 1, "{}", step.said());
    for part in [WHOLE_DATABASE.age, "Reported by [a run]", "`db/models.py:"] {
        assert!(said[0].contains(part), "{part} in\n{}", said[0]);
    }
    job.fake.expect_no_violations();
}

#[test]
fn projects_are_listed_for_other_jobs() {
    let job = Job::start(&POSTGRES, &shop()).input("mode", "matrix");
    let step = job.step("feature");
    step.expect(0, "done");
    let lines = ". env=sqlalchemy";
    let jobs = json!({"include": [{"name": "sqlalchemy", "projects": lines}]});
    assert_eq!(step.outputs["matrix"], jobs.to_string(), "{}", step.said());
    assert_eq!(step.outputs["jobs"], "1");
    let job = job.input("mode", "check").input("projects", lines);
    let step = job.input("dev-url", POSTGRES_URL).run();
    step.expect(1, "drift");
    assert_eq!(step.outputs["statements"], "1", "{}", step.said());
}

/// On a push to the base no code runs, and the migrations of a pull request that conflicts go behind the base's.
#[test]
fn a_push_moves_what_a_pull_request_has() {
    let table = |name: &str| format!("CREATE TABLE \"{name}\" (\"id\" integer NOT NULL);\n");
    let [first, mine, theirs] = ["first", "mine", "theirs"].map(table);
    let sums = |files: &[(&str, &str)]| sum(&[&[("1.sql", &*first)], files].concat());
    let seed = repository(
        &json!({
            "atlas.hcl": with_program(r#"["touch", "ran"]"#),
            "migrations/1.sql": first, "migrations/atlas.sum": sums(&[]),
        }),
        &json!({
            "migrations/2_mine.sql": mine, "migrations/atlas.sum": sums(&[("2_mine.sql", &mine)]),
        }),
    );
    let job = Job::start(&POSTGRES, &seed)
        .on("push")
        .input("env", "sqlalchemy")
        .input("mode", "rebase")
        .input("dev-url", POSTGRES_URL);
    job.fake.push(&json!({
        "repository": "acme/shop", "branch": "main", "files": {
            "migrations/3_theirs.sql": theirs, "migrations/atlas.sum": sums(&[("3_theirs.sql", &theirs)]),
        },
    }));
    let step = job.step("main");
    step.expect(0, "done");
    assert!(!job.workspace().join("ran").exists());
    assert_eq!(
        step.outputs["commit-sha"],
        head(&job.fake),
        "{}",
        step.said()
    );
    assert_eq!(committed(&job.fake, "migrations/4_mine.sql"), mine);
    assert_eq!(
        committed(&job.fake, "migrations/atlas.sum"),
        sums(&[("3_theirs.sql", &theirs), ("4_mine.sql", &mine)])
    );
    assert!(comments(&job.fake)[0].contains("### ✅ 1 migration moved behind those of `main`"));
    assert!(
        step.summary.contains("| `2_mine.sql` | `4_mine.sql` |"),
        "{}",
        step.summary
    );
    job.fake.expect_no_violations();
}

#[test]
fn a_push_is_applied_to_a_database() {
    let mut seed = shop();
    seed["repositories"][0]["private"] = json!(true);
    seed["tokens"][0]["permissions"] = json!({"contents": "read", "pull_requests": "write"});
    let job = Job::start(&POSTGRES, &seed)
        .on("push")
        .input("mode", "apply")
        .input("dev-url", POSTGRES_URL)
        .input("env", "sqlalchemy")
        .input(
            "url",
            "postgres://shipper:makes-things@postgres:5432/live?sslmode=disable",
        );
    eventually("the service is there", || {
        let ready = ["exec", &job.services[0], "pg_isready", "-qh", "127.0.0.1"];
        docker(&ready).status().is_ok_and(|status| status.success())
    });
    sql(
        &job,
        "dev",
        "CREATE ROLE shipper LOGIN PASSWORD 'makes-things'",
    );
    sql(&job, "dev", "CREATE DATABASE live OWNER shipper");
    for (applied, version) in [("1", "1"), ("0", "1")] {
        let step = job.step("main");
        step.expect(0, "done");
        assert_eq!(step.outputs["applied"], applied, "{}", step.said());
        assert_eq!(step.outputs["version"], version, "{}", step.said());
        assert!(!step.said().contains("postgres:5432"), "{}", step.said());
    }
    sql(
        &job,
        "live",
        "SELECT fullname FROM user_account WHERE false UNION SELECT version FROM atlas_schema_revisions.atlas_schema_revisions",
    );
    job.fake.expect_no_violations();
}
