//! Mode `rebase` beside databases in use: what one of them has applied does not move.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::fake::Fake;
use super::heads;
use super::rebase::{MINE, THEIRS, git, met, push, usual};
use super::replan;
use super::step::{AFTER, MIGRATION, MISSING, Runner, Step, comments, committed, head, sum};
use crate::golden::bench::Bench as _;
use crate::golden::{postgres, sqlite};

/// The table of Atlas with these versions, of which the last one was interrupted.
fn records(versions: &[&str]) -> String {
    let rows = versions.iter().map(|version| {
        format!("INSERT INTO atlas_schema_revisions VALUES ('{version}', '', 2, 0, 1, now(), 0, 'broken', '', '', '[]', '');")
    });
    format!(
        "CREATE TABLE atlas_schema_revisions (version varchar PRIMARY KEY, description varchar, type bigint, applied bigint, \
         total bigint, executed_at timestamptz, execution_time bigint, error text, error_stmt text, hash varchar, \
         partial_hashes jsonb, operator_version varchar);{}",
        rows.collect::<String>()
    )
}

fn with_password(url: &str) -> String {
    url.replace("postgres@", "postgres:hunter22@")
}

/// The run for a push to `main`.
fn pushed(fake: &Fake, applied: &str, show: bool) -> Step {
    let runner = Runner::new(fake).on("push").input("mode", "rebase");
    let runner = runner.input("show-sql", &show.to_string());
    let step = runner.input("applied", applied).step("main");
    let mut told = comments(fake);
    told.extend([step.summary.clone(), step.outputs.to_string()]);
    let said = step.said();
    told.extend(
        said.lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .map(str::to_owned),
    );
    for text in told {
        assert!(!text.contains("hunter22"), "{text}");
    }
    step
}

#[test]
fn what_an_environment_has_applied_stays_where_it_is() {
    let bench = postgres::Server::start();
    let (staging, production) = (bench.create(), bench.create());
    let run = |db: &str, sql: &str| bench.script(db, sql).expect("it runs");
    run(&staging, &records(&["1", "2"]));
    run(
        &production,
        &records(&["1", ".atlas_cloud_identifier", "3"]),
    );
    let [staging_url, production_url] =
        [&staging, &production].map(|db| with_password(&bench.url(db, true)));
    let both = format!("staging={staging_url}\n\nproduction={production_url}");
    for show in [true, false] {
        let fake = usual();
        let before = head(&fake);
        let step = pushed(&fake, &both, show);
        step.expect(0, "done");
        assert_eq!(head(&fake), before, "{}", step.said());
        let comment = &comments(&fake)[0];
        for part in [
            "### ❌ Migrations were not moved behind those of `main`\n",
            "was applied to staging",
            "trueup migrate down",
        ] {
            assert!(
                comment.replace('\\', "").contains(part),
                "{part}: {comment}"
            );
        }
        // Taken back there, it moves.
        if !show {
            run(
                &staging,
                "DELETE FROM atlas_schema_revisions WHERE version = '2';",
            );
            pushed(&fake, &both, show).expect(0, "done");
            assert_eq!(committed(&fake, "migrations/4_mine.sql"), MINE);
        }
        fake.expect_no_violations();
    }
    bench.remove(&staging);
    bench.remove(&production);
}

#[test]
fn a_database_that_does_not_answer_keeps_all_where_it_is() {
    let bench = postgres::Server::start();
    let url = format!("production={}", with_password(&bench.url("nowhere", true)));
    let fake = usual();
    let before = head(&fake);
    for (show, why) in [
        (true, "what production has applied is not known: "),
        (
            false,
            "what production has applied is not known, and why is not shown on a public repository",
        ),
    ] {
        let step = pushed(&fake, &url, show);
        step.expect(2, "error");
        assert!(step.said().contains(why), "{}", step.said());
        assert!(!step.summary.contains("127.0.0.9"), "{}", step.summary);
        let stage = "It failed while reading a database:";
        assert!(step.summary.contains(stage), "{}", step.summary);
    }
    assert_eq!(head(&fake), before);
    // Where nothing is to move, nobody is asked.
    let fake = met(&[("3_mine.sql", MINE)], &[("2_theirs.sql", THEIRS)]);
    pushed(&fake, &url, false).expect(0, "done");
    fake.expect_no_violations();
}

#[test]
fn databases_are_named_where_nobody_else_can() {
    let fake = usual();
    let refused = |runner: Runner<'_>, why: &str| {
        let step = runner.input("mode", "rebase").step("main");
        step.expect(2, "error");
        assert!(step.said().contains(why), "{}", step.said());
        assert!(
            !step
                .said()
                .lines()
                .any(|line| !line.starts_with("::add-mask") && line.contains("hunter22"))
        );
    };
    let url = "staging=postgres://postgres:hunter22@127.0.0.9:1/app";
    let named = || Runner::new(&fake).input("applied", url);
    let why = "input `applied` is given, and this is neither a push to the default branch nor a run that was started for it";
    refused(named(), why);
    let other = named()
        .on("workflow_dispatch")
        .variable("GITHUB_REF", "refs/heads/feature");
    refused(other, why);
    refused(
        named().on("push").input("projects", "a\nb"),
        "inputs `projects` and `applied` are given",
    );
    // A secret that is not set is no database that has nothing.
    let empty = named().on("push").input("applied", "staging=");
    refused(empty, "input `applied`: line 1 is not NAME=URL");
    let bare = named()
        .on("push")
        .input("applied", "postgres://postgres:hunter22@db/app?a=b");
    refused(bare, "input `applied`: line 1 is not NAME=URL");
    let step = named().step("feature");
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("input `applied` is given, and `mode` is check"),
        "{}",
        step.said()
    );
    assert_eq!(comments(&fake), Vec::<String>::new());
}

/// Many databases, which the config of the base names, and the workflow where they are.
#[test]
fn each_of_many_is_asked() {
    let bench = postgres::Server::start();
    let db = bench.create();
    let schemas: Vec<String> = (0..20).map(|at| format!("tenant_{at}")).collect();
    for schema in &schemas {
        let own = records(if schema == "tenant_17" {
            &["1", "2"]
        } else {
            &["1"]
        });
        bench
            .script(
                &db,
                &format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {own}"),
            )
            .expect("it runs");
    }
    let fake = usual();
    let names: Vec<String> = schemas.iter().map(|name| format!("{name:?}")).collect();
    let config = format!(
        "{}\nenv \"tenants\" {{\n  for_each = [{}]\n  url = \"postgres://nowhere/${{each.value}}\"\n}}\n",
        super::step::CONFIG,
        names.join(", ")
    );
    push(&fake, "main", &json!({"atlas.hcl": config}));
    let url = with_password(&bench.url(&db, false));
    let with = if url.contains('?') { '&' } else { '?' };
    let url = format!("tenants={url}{with}search_path=${{each}}");
    for (show, who) in [
        (true, "was applied to tenants (tenant_17)"),
        (false, "was applied to tenants\n"),
    ] {
        let step = pushed(&fake, &url, show);
        step.expect(0, "done");
        let comment = comments(&fake)[0].replace(['\\', '\u{200b}'], "");
        assert!(
            comment.contains(who.trim_end()),
            "{comment}\n{}",
            step.said()
        );
        assert_eq!(comment.contains("tenant_17"), show, "{comment}");
    }
    fake.expect_no_violations();
    bench.remove(&db);
}

/// A revision that a database has is not put behind others; and what is run of the history does not get at that database.
#[test]
fn revisions_that_were_applied_stay() {
    let bench = postgres::Server::start();
    let db = bench.create();
    bench.script(&db, "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('m2');").expect("it runs");
    let fake = heads::forked(&json!({}));
    let url = with_password(&bench.url(&db, false));
    let named = || {
        let runner = heads::runner(&fake, "rebase").on("push");
        runner.input("applied", &format!("staging={url}"))
    };
    let before = head(&fake);
    let step = named().step("main");
    step.expect(0, "done");
    assert_eq!(head(&fake), before);
    let comment = comments(&fake)[0].replace('\\', "");
    assert!(
        comment.contains("was applied to staging") && comment.contains("two-heads: merge"),
        "{comment}"
    );
    bench
        .script(&db, "UPDATE alembic_version SET version_num = 't1';")
        .expect("it runs");
    let handed = named().variable("DATABASE_URL", &url).step("main");
    handed.expect(2, "error");
    assert!(
        handed
            .said()
            .contains("`provider-env` hands `DATABASE_URL` to it"),
        "{}",
        handed.said()
    );
    let open = named().without("landlock").step("main");
    open.expect(2, "error");
    assert!(
        open.said().contains(
            "code of the project is not run beside a live database here: the kernel has no Landlock"
        ),
        "{}",
        open.said()
    );
    // A revision that joins two moves nothing, but the history is run.
    let nowhere = format!("staging={}", with_password(&bench.url("nowhere", true)));
    let joined = heads::runner(&fake, "merge").on("push");
    let step = joined.input("applied", &nowhere).step("main");
    step.expect(2, "error");
    assert_eq!(head(&fake), before, "{}", step.said());
    named().step("main").expect(0, "done");
    assert_ne!(head(&fake), before);
    assert!(committed(&fake, &heads::at("m1")).contains("Revises: t1"));
    fake.expect_no_violations();
    bench.remove(&db);
}

/// Databases that are files are out of reach of the models, each of many, and so is what SQLite keeps beside one.
#[test]
fn models_do_not_read_databases_that_are_files() {
    let files = sqlite::Files::new();
    let place = |name: &str| files.url(name, true).replace("sqlite://", "");
    let [acme, globex] = [(); 2].map(|()| files.create());
    for name in [&acme, &globex] {
        files.script(name, "").expect("it runs");
    }
    let dir = place("");
    let journal = format!("{}-journal", place(&globex));
    let open = format!("{dir}open");
    for file in [&journal, &open] {
        std::fs::write(file, "").expect("it is written");
    }
    std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).expect("it is open");
    // A table for each file that it can open.
    let all = [place(&acme), place(&globex), journal, open];
    let tables = all.iter().enumerate().map(|(at, file)| {
        std::fs::set_permissions(file, Permissions::from_mode(0o644)).expect("it is open");
        format!("(: <'{file}') 2>&- && echo 'CREATE TABLE open_{at} (id integer);'; ")
    });
    let program = format!(
        "cat models.sql more.sql; {}true",
        tables.collect::<String>()
    );
    let fake = replan::adding(AFTER, MISSING);
    let config = git(&fake, &["show", "main:atlas.hcl"]);
    let config = config.replace("cat models.sql more.sql", &program);
    let config = format!(
        "{config}\nenv \"tenants\" {{\n  for_each = [\"{acme}\", \"{globex}\"]\n  url = \"sqlite://nowhere/${{each.value}}\"\n}}\n"
    );
    let models = [("more.sql", replan::MORE), ("atlas.hcl", &*config)];
    replan::meet(&fake, THEIRS, &models);
    let runner = replan::runner(&fake).input("show-sql", "true");
    let applied = format!("tenants={}", files.url("${each}", true));
    let runner = runner
        .input("applied", &applied)
        .input("provider-env", "TENANT");
    let handed = runner.variable("TENANT", &files.url(&globex, true));
    let step = handed.step("main");
    step.expect(2, "error");
    let why = "`provider-env` hands `TENANT` to it, which leads to the database";
    assert!(step.said().contains(why), "{}", step.said());
    let step = handed.variable("TENANT", "acme").step("main");
    step.expect(0, "done");
    let comment = comments(&fake)[0].replace(['\\', '\u{200b}'], "");
    let opened = |at: &usize| comment.contains(&format!("open_{at}"));
    let opened: Vec<usize> = (0..all.len()).filter(opened).collect();
    assert_eq!(opened, [3], "{comment}\n{}", step.said());
    fake.expect_no_violations();
}

/// Where nothing moves, nobody is asked, but models that are loaded for it run after the databases were.
#[test]
fn databases_are_asked_before_models_are_loaded() {
    let bench = postgres::Server::start();
    let url = format!("production={}", with_password(&bench.url("nowhere", true)));
    let own = [("1.sql", MIGRATION), ("4_mine.sql", MISSING)];
    let fake = replan::repository(&json!({
        "models.sql": AFTER,
        "migrations/4_mine.sql": MISSING,
        "migrations/atlas.sum": sum(&own),
    }));
    replan::meet(&fake, THEIRS, &[("more.sql", replan::MORE)]);
    let before = head(&fake);
    let step = replan::runner(&fake).input("applied", &url).step("main");
    step.expect(2, "error");
    assert!(
        step.said()
            .contains("what production has applied is not known"),
        "{}",
        step.said()
    );
    assert_eq!(head(&fake), before);
    replan::runner(&fake).step("main").expect(0, "done");
    assert_ne!(head(&fake), before);
    fake.expect_no_violations();
}
