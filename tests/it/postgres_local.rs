//! Private PostgreSQL servers, and running statements on them.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::time::{Duration, Instant};

use trueup::config::url::DbUrl;
use trueup::dialect::{Dialect as _, postgres::Postgres};
use trueup::engine::attend::Unattended;
use trueup::engine::{DevDatabase, EngineError, ExecError, InspectOptions, Session};
use trueup::plan::TxMode;
use trueup::sql::{ScanOptions, Statement, scan};

pub(crate) fn url(text: &str) -> DbUrl {
    DbUrl::parse(text).unwrap()
}

pub(crate) async fn open(text: &str) -> Result<Box<dyn DevDatabase>, EngineError> {
    Postgres.open_dev(&url(text), &Unattended).await
}

pub(crate) fn statements(sql: &str) -> Vec<Statement> {
    scan(sql, &ScanOptions::POSTGRES).unwrap().statements
}

pub(crate) async fn run(
    session: &mut dyn Session,
    sql: &str,
    mode: TxMode,
) -> Result<(), ExecError> {
    session.execute(&statements(sql), mode).await
}

/// Fails unless the condition, an SQL expression, holds in the session.
pub(crate) async fn holds(session: &mut dyn Session, condition: &str) {
    let sql = format!("SELECT 1 / CASE WHEN {condition} THEN 1 ELSE 0 END");
    if let Err(error) = run(session, &sql, TxMode::None).await {
        panic!("not so: {condition}: {error}");
    }
}

const GUIDE: &str = "CREATE TABLE user_account (id serial NOT NULL, name varchar(30) NOT NULL, PRIMARY KEY (id));\n\
                     CREATE TABLE address (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES user_account (id));\n";

#[tokio::test]
async fn two_states_side_by_side() {
    let started = Instant::now();
    let mut dev = open("local://postgres").await.unwrap();
    assert!(dev.concurrent() && !dev.scoped());
    let mut desired = dev.session("desired").await.unwrap();
    let mut current = dev.session("current").await.unwrap();
    let mut proof = dev.session("proof").await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));
    run(&mut *desired, GUIDE, TxMode::File).await.unwrap();
    run(&mut *proof, GUIDE, TxMode::None).await.unwrap();
    holds(&mut *desired, "to_regclass('public.address') IS NOT NULL").await;
    holds(&mut *proof, "to_regclass('public.address') IS NOT NULL").await;
    holds(&mut *current, "to_regclass('public.address') IS NULL").await;
    current.inspect(&InspectOptions::default()).await.unwrap();
    for session in [desired, current, proof] {
        session.close().await.unwrap();
    }
    dev.close().await.unwrap();
}

#[tokio::test]
async fn a_schema_and_a_database_are_named_in_the_url() {
    let mut dev = open("local://postgres/app?search_path=Tenant")
        .await
        .unwrap();
    assert!(dev.scoped());
    let mut session = dev.session("desired").await.unwrap();
    run(&mut *session, GUIDE, TxMode::File).await.unwrap();
    holds(
        &mut *session,
        "to_regclass('\"Tenant\".address') IS NOT NULL",
    )
    .await;
    holds(
        &mut *session,
        "EXISTS (SELECT FROM pg_database WHERE datname = 'app')",
    )
    .await;
    dev.close().await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_not_installed_is_named() {
    let error = open("local://postgres/13.999").await.err().unwrap();
    assert!(error.message.contains("PostgreSQL 13.999"), "{error}");
    assert!(error.hint.unwrap().contains("postgres://"));
}

#[tokio::test]
async fn settings_of_one_file_do_not_reach_the_next() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let dump = "SET statement_timeout = 12345;\n\
                SELECT pg_catalog.set_config('search_path', '', false);\n\
                SET default_table_access_method = heap;\nCREATE ROLE other; SET ROLE other;\n\
                RESET ROLE; CREATE TEMP TABLE left_over (a int);\n\
                PREPARE p AS SELECT 1; SELECT pg_advisory_lock(1);\n\
                CREATE TABLE public.t (a int);\n";
    run(&mut *session, dump, TxMode::None).await.unwrap();
    holds(
        &mut *session,
        "current_setting('search_path') = '\"$user\", public'",
    )
    .await;
    holds(&mut *session, "current_setting('statement_timeout') = '0'").await;
    holds(
        &mut *session,
        "to_regclass('left_over') IS NULL AND to_regclass('t') IS NOT NULL",
    )
    .await;
    holds(
        &mut *session,
        "NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'p')",
    )
    .await;
    holds(
        &mut *session,
        "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')",
    )
    .await;
    session.close().await.unwrap();
    // A role belongs to the server: the next state must be able to make it again.
    let mut again = dev.session("proof").await.unwrap();
    run(&mut *again, dump, TxMode::None).await.unwrap();
    dev.close().await.unwrap();
}

async fn failure(sql: &str, mode: TxMode) -> (String, ExecError) {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let list = statements(sql);
    let error = session.execute(&list, mode).await.unwrap_err();
    let text = list[error.statement].text.clone();
    let at = error
        .offset
        .map_or("-", |offset| &text[offset..])
        .to_owned();
    // The session can be used after an error.
    holds(&mut *session, "true").await;
    dev.close().await.unwrap();
    (at, error)
}

#[tokio::test]
async fn errors_are_traced_to_their_statement() {
    let many: String = (0..120)
        .map(|n| format!("CREATE TABLE \"tä{n}\" (a int); -- ü\n"))
        .collect();
    for mode in [TxMode::File, TxMode::None] {
        // Found by the parser, before anything runs.
        let (at, error) = failure(
            &format!("{many}CREATE TABLE x (a int,, b int);\n{many}"),
            mode,
        )
        .await;
        assert_eq!((error.statement, at.as_str()), (120, ", b int);"));
        assert_eq!(error.code.as_deref(), Some("42601"));

        // Found when it runs, with a place.
        let (at, error) = failure(
            &format!("{many}COMMENT ON TABLE \"tä1\" IS 'ö'; ALTER TABLE \"tä7\" ADD é nosuch;\nCREATE TABLE z (a int);"),
            mode,
        )
        .await;
        assert_eq!((error.statement, at.as_str()), (121, "nosuch;"));

        // Found when it runs, without a place.
        let (at, error) = failure(
            &format!("{many}CREATE TABLE \"tä5\" (a int);\nCREATE TABLE z (a int);"),
            mode,
        )
        .await;
        assert_eq!((error.statement, at.as_str()), (120, "-"));
        assert_eq!(error.message, "relation \"tä5\" already exists");

        // In a function's body.
        let (_, error) = failure(
            &format!(
                "{many}CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN nosuch; END $$;\n\
                 CREATE TABLE a (x int); CREATE TABLE b (x int);\nINSERT INTO a SELECT f();"
            ),
            mode,
        )
        .await;
        assert_eq!(error.statement, 123);
        assert!(error.detail.unwrap().contains("PL/pgSQL function f()"));
    }
}

#[tokio::test]
async fn data_errors_carry_what_the_server_says() {
    let sql = "CREATE TABLE p (id int PRIMARY KEY);\nINSERT INTO p VALUES (1);\nINSERT INTO p VALUES (2);\n\
               INSERT INTO p VALUES (1);\nINSERT INTO p VALUES (3);";
    let (_, error) = failure(sql, TxMode::File).await;
    assert_eq!(error.statement, 3);
    assert_eq!(
        error.detail.as_deref(),
        Some("Key (id)=(1) already exists.")
    );

    let deferred = "CREATE TABLE p (id int PRIMARY KEY);\n\
                    CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n";
    let (_, error) = failure(deferred, TxMode::File).await;
    assert_eq!((error.statement, error.code.as_deref()), (2, Some("23503")));
    assert!(error.hint.unwrap().contains("COMMIT"));
    // Outside a transaction each statement ends its own.
    let (_, error) = failure(
        &format!("{deferred}INSERT INTO p VALUES (1);"),
        TxMode::None,
    )
    .await;
    assert_eq!(error.statement, 2);
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    run(
        &mut *session,
        &format!("{deferred}INSERT INTO p VALUES (1);"),
        TxMode::File,
    )
    .await
    .unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn several_statements_in_one_text_are_one_statement() {
    let text = |text: &str| {
        let mut statement = statements("SELECT 1").remove(0);
        statement.text = text.to_owned();
        statement
    };
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let list = [
        text("CREATE TABLE a (x int)"),
        text("CREATE TABLE b (x int); CREATE TABLE c (x int) -- the end"),
        text("CREATE TABLE d (x int)"),
        text("CREATE TABLE a (x int)"),
    ];
    for mode in [TxMode::File, TxMode::None] {
        let error = session.execute(&list, mode).await.unwrap_err();
        assert_eq!(error.statement, 3, "{error}");
        run(
            &mut *session,
            "DROP TABLE IF EXISTS a, b, c, d",
            TxMode::None,
        )
        .await
        .unwrap();
    }
    dev.close().await.unwrap();
}

#[tokio::test]
async fn transactions_are_as_the_file_has_them() {
    let concurrently =
        "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nCREATE TABLE u (a int);";
    let (_, error) = failure(concurrently, TxMode::File).await;
    assert_eq!((error.statement, error.code.as_deref()), (1, Some("25001")));
    assert!(error.hint.unwrap().contains("-- atlas:txmode none"));

    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    run(&mut *session, concurrently, TxMode::None)
        .await
        .unwrap();
    holds(
        &mut *session,
        "(SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass)",
    )
    .await;

    let types = "CREATE TYPE e AS ENUM ('a');\nCREATE TABLE v (e e);";
    run(&mut *session, types, TxMode::File).await.unwrap();
    let value = "ALTER TYPE e ADD VALUE 'b';\nALTER TABLE v ALTER e SET DEFAULT 'b';\nINSERT INTO v DEFAULT VALUES;";
    let error = run(&mut *session, value, TxMode::File).await.unwrap_err();
    assert_eq!((error.statement, error.code.as_deref()), (1, Some("55P04")));
    run(&mut *session, value, TxMode::None).await.unwrap();

    // A failed file leaves nothing in a transaction, and what came before outside of one.
    let half = "CREATE TABLE h1 (a int);\nSELECT 1/0;";
    run(&mut *session, half, TxMode::File).await.unwrap_err();
    holds(&mut *session, "to_regclass('h1') IS NULL").await;
    run(&mut *session, half, TxMode::None).await.unwrap_err();
    holds(&mut *session, "to_regclass('h1') IS NOT NULL").await;

    // The file's own transactions.
    let own =
        "BEGIN;\nCREATE TABLE o1 (a int);\nCOMMIT;\nBEGIN;\nCREATE TABLE o2 (a int);\nROLLBACK;";
    run(&mut *session, own, TxMode::None).await.unwrap();
    holds(
        &mut *session,
        "to_regclass('o1') IS NOT NULL AND to_regclass('o2') IS NULL",
    )
    .await;
    let open_end = "CREATE TABLE q1 (a int);\nBEGIN;\nCREATE TABLE q2 (a int);";
    let error = run(&mut *session, open_end, TxMode::None)
        .await
        .unwrap_err();
    assert_eq!(error.statement, 1);
    assert!(error.message.contains("never committed"));
    holds(
        &mut *session,
        "to_regclass('q1') IS NOT NULL AND to_regclass('q2') IS NULL",
    )
    .await;
    run(
        &mut *session,
        "BEGIN; CREATE TABLE r1 (a int); COMMIT; VACUUM r1;",
        TxMode::File,
    )
    .await
    .unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn a_thousand_tables_take_seconds() {
    let sql: String = (0..1000)
        .map(|n| {
            let columns: String = (0..8).map(|c| format!(", c{c} varchar(30)")).collect();
            format!(
                "CREATE TABLE t{n} (id serial PRIMARY KEY, parent int REFERENCES t{} (id){columns}, UNIQUE (c1));\n\
                 CREATE INDEX i{n} ON t{n} (c0);\n",
                n / 2
            )
        })
        .collect();
    let list = statements(&sql);
    let mut dev = open("local://postgres").await.unwrap();
    for mode in [TxMode::File, TxMode::None] {
        let mut session = dev.session("desired").await.unwrap();
        let started = Instant::now();
        session.execute(&list, mode).await.unwrap();
        let took = started.elapsed();
        assert!(took < Duration::from_secs(30), "{took:?}");
        holds(
            &mut *session,
            "(SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$') = 1000",
        )
        .await;
        session.close().await.unwrap();
    }
    dev.close().await.unwrap();
}
