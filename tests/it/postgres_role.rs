//! SQL of models and migrations on a PostgreSQL server whose superuser the URL names: it gets no further than its own
//! database, however it is written, and what migrations need works as before.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use trueup::plan::TxMode;

use super::postgres_local::{holds, open, run};
use super::postgres_url::Server;
use crate::cli_world::World;

/// Ways to a shell, to files, to roles and to other databases. Each stands for a kind; `FILE` is one that must not appear.
const ATTACKS: &[&str] = &[
    "DO $$ BEGIN EXECUTE 'CO' || 'PY (SELECT 1) TO PROGRAM ''touch FILE'''; END $$",
    "RESET ROLE; DO $$ BEGIN EXECUTE 'CO' || 'PY (SELECT 1) TO PROGRAM ''touch FILE'''; END $$",
    "SET SESSION AUTHORIZATION DEFAULT; DO $$ BEGIN EXECUTE 'CO' || 'PY (SELECT 1) TO ''FILE'''; END $$",
    "DO $$ BEGIN EXECUTE 'SET RO' || 'LE postgres'; END $$",
    "DO $$ BEGIN EXECUTE 'SET SESSION AUTHO' || 'RIZATION postgres'; END $$",
    "DO $$ BEGIN EXECUTE 'CREATE RO' || 'LE left_behind'; END $$",
    "DO $$ BEGIN EXECUTE 'ALTER RO' || 'LE ' || session_user || ' SUPERUSER'; END $$",
    "DO $$ BEGIN EXECUTE 'GRANT pg_execute_server_program TO ' || session_user; END $$",
    "DO $$ BEGIN EXECUTE 'ALTER DATA' || 'BASE made RENAME TO mine'; END $$",
    "DO $$ BEGIN EXECUTE 'ALTER RO' || 'LE maker PASSWORD ''x'''; END $$",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_reload_conf()",
    "COPY (SELECT 1) TO 'FILE'",
    "CREATE FUNCTION shell(text) RETURNS int LANGUAGE c AS 'libc.so.6', 'system'; SELECT shell('touch FILE')",
    "CREATE EXTENSION file_fdw",
    "CREATE EXTENSION dblink",
    "SELECT pg_catalog.trueup_create_extension('file_fdw', false, NULL, 'public', NULL, false)",
    "CREATE OR REPLACE FUNCTION pg_catalog.trueup_create_extension(name text, absent boolean, inschema text, here text, \
     version text, deep boolean) RETURNS void LANGUAGE sql AS 'SELECT'",
    "UPDATE pg_catalog.pg_authid SET rolsuper = true",
    // An extension's script runs with a superuser's rights.
    "CREATE FUNCTION public.format(text, regclass) RETURNS text LANGUAGE sql AS 'SELECT $1'; CREATE EXTENSION bloom",
    "CREATE FUNCTION s(anyelement, anyelement) RETURNS bool LANGUAGE sql AS 'SELECT true'; \
     CREATE OPERATOR = (FUNCTION = s, LEFTARG = anyelement, RIGHTARG = anyelement); CREATE EXTENSION moddatetime",
    "CREATE OR REPLACE FUNCTION public.format(text, regclass) RETURNS text LANGUAGE sql AS 'SELECT $1'; \
     DO $$ BEGIN CREATE EXTENSION refint; END $$",
    "DO $$ BEGIN CREATE EXTENSION file_fdw; END $$",
    "DO $$ BEGIN EXECUTE 'CREATE EXTENSION dblink'; END $$",
    // What extensions have that are there.
    "ALTER TABLE layers ADD more int",
    "ALTER TABLE layers OWNER TO postgres",
    "ALTER EXTENSION bloom DROP TABLE layers",
    "ALTER FUNCTION layer_count() SECURITY DEFINER",
    "ALTER SEQUENCE layers_id_seq RESTART",
    "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
     CREATE TRIGGER fire BEFORE INSERT ON layers FOR EACH ROW EXECUTE FUNCTION fire()",
    "CREATE RULE write AS ON INSERT TO layers DO ALSO SELECT 1",
    "INSERT INTO cron.jobs VALUES ('COPY t TO PROGRAM x')",
    "SELECT * FROM cron.jobs",
];

/// What images like PostGIS' have in the dev database: extensions with tables, sequences and types of their own. The last one
/// is none whose tables are known to be only data.
const PREINSTALLED: &str = r#"
CREATE EXTENSION bloom;
CREATE TYPE dumped AS (path int[], what text);
CREATE TABLE "ref ""sys; x" (id int PRIMARY KEY);
CREATE TABLE layers (id serial PRIMARY KEY, name text);
CREATE FUNCTION layer_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.layers';
ALTER EXTENSION bloom ADD TYPE dumped;
ALTER EXTENSION bloom ADD TABLE "ref ""sys; x";
ALTER EXTENSION bloom ADD TABLE layers;
ALTER EXTENSION bloom ADD SEQUENCE layers_id_seq;
ALTER EXTENSION bloom ADD FUNCTION layer_count();
CREATE EXTENSION pageinspect;
CREATE SCHEMA cron;
CREATE TABLE cron.jobs (command text);
ALTER EXTENSION pageinspect ADD SCHEMA cron;
ALTER EXTENSION pageinspect ADD TABLE cron.jobs;
"#;

#[tokio::test]
async fn sql_gets_no_further_than_its_database() {
    let server = Server::start().await;
    server.sql("dev", PREINSTALLED).await;
    let before = server.photograph("dev").await;
    let file = server.path().join("data").join("shell");
    for mode in [TxMode::File, TxMode::None] {
        let mut dev = open(&server.url("postgres", "dev")).await.unwrap();
        let mut session = dev.session("current").await.unwrap();
        for attack in ATTACKS {
            let sql = attack.replace("FILE", &file.display().to_string());
            let error = run(&mut *session, &sql, mode).await.unwrap_err();
            let code = error.code.as_deref().unwrap_or_default();
            // What only this role may not do, or nobody in this way.
            assert!(
                ["42501", "42704", "55000"].contains(&code),
                "{sql}: {error:?}"
            );
            assert!(!file.exists(), "{sql}");
        }
        session.close().await.unwrap();
        dev.close().await.unwrap();
    }
    assert_eq!(server.photograph("dev").await, before);
    server.stop().await;
}

/// What dumps and migrations say where a superuser runs them.
const LEGITIMATE: &str = "
CREATE EXTENSION IF NOT EXISTS citext;
COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';
CREATE EXTENSION bloom;
COMMENT ON EXTENSION bloom IS 'bloom access method';
CREATE SCHEMA ext AUTHORIZATION postgres;
CREATE EXTENSION IF NOT EXISTS moddatetime WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS moddatetime;
CREATE TABLE t (id int PRIMARY KEY, tenant text, name citext, changed timestamp);
ALTER TABLE public.t OWNER TO postgres;
CREATE INDEX b ON t USING bloom (id);
CREATE TRIGGER changed BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION ext.moddatetime(changed);
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT SELECT ON TABLES TO app;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON t TO app, postgres USING (tenant = current_setting('app.tenant'));
INSERT INTO t VALUES (1, 'a', 'b');
CREATE TABLE u (id int REFERENCES t);
ALTER TABLE u OWNER TO app;
";

#[tokio::test]
async fn what_migrations_need_works_as_before() {
    let server = Server::start().await;
    server
        .sql(
            "dev",
            "CREATE ROLE app; CREATE EXTENSION pg_trgm; \
             CREATE ROLE elsewhere; ALTER DATABASE made OWNER TO elsewhere",
        )
        .await;
    let before = server.photograph("dev").await;
    let mut dev = open(&server.url("postgres", "dev")).await.unwrap();
    assert!(dev.concurrent());
    let mut current = dev.session("current").await.unwrap();
    let mut desired = dev.session("desired").await.unwrap();
    for mode in [TxMode::File, TxMode::None] {
        let session = if mode == TxMode::File {
            &mut current
        } else {
            &mut desired
        };
        run(&mut **session, LEGITIMATE, mode).await.unwrap();
        holds(&mut **session, "(SELECT count(*) FROM t) = 1").await;
        run(
            &mut **session,
            "SET ROLE app; CREATE TABLE of_app (a int); RESET ROLE; \
             DROP EXTENSION bloom CASCADE; \
             CREATE SCHEMA postgres; CREATE TABLE in_own (a int);",
            TxMode::None,
        )
        .await
        .unwrap();
        holds(&mut **session, "to_regclass('postgres.in_own') IS NOT NULL").await;
        run(
            &mut **session,
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
            mode,
        )
        .await
        .unwrap();
    }
    let owners = "CREATE TABLE v (a int); ALTER TABLE v OWNER TO elsewhere; SET ROLE elsewhere; CREATE TABLE w (a int)";
    run(&mut *current, owners, TxMode::File).await.unwrap();
    let error = run(&mut *current, "CREATE EXTENSION file_fdw", TxMode::File).await;
    assert!(
        error
            .unwrap_err()
            .hint
            .unwrap()
            .contains("docker://postgres")
    );
    if server
        .text(
            "dev",
            "SELECT (current_setting('server_version_num')::int >= 150000)::text",
        )
        .await
        == "true"
    {
        run(
            &mut *current,
            "SET session_replication_role = replica",
            TxMode::File,
        )
        .await
        .unwrap();
    }
    current.close().await.unwrap();
    desired.close().await.unwrap();
    dev.close().await.unwrap();
    assert_eq!(server.photograph("dev").await, before);
    server.stop().await;
}

/// What is done with the objects of extensions, and what stands in blocks.
const WITH_EXTENSIONS: &str = r#"
INSERT INTO "ref ""sys; x" VALUES (4326);
INSERT INTO layers (name) VALUES ('roads');
UPDATE layers SET name = 'rail' WHERE id = currval('layers_id_seq');
CREATE TABLE placed (at int REFERENCES "ref ""sys; x", what dumped);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app;
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS bloom; CREATE EXTENSION refint; END $$;
DO $$ BEGIN EXECUTE 'CREATE EXTENSION IF NOT EXISTS insert_username'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT tablename FROM pg_tables WHERE tablename = 'placed' LOOP
    EXECUTE format('ALTER TABLE %I OWNER TO app', r.tablename);
    EXECUTE 'ALTER TABLE ' || quote_ident(r.tablename) || ' OWNER TO app';
  END LOOP;
  ALTER TABLE placed OWNER TO postgres;
  GRANT SELECT ON placed TO app;
END $$;
"#;

#[tokio::test]
async fn extensions_that_are_there_are_used() {
    let server = Server::start().await;
    server.sql("dev", "CREATE ROLE app").await;
    server.sql("dev", PREINSTALLED).await;
    // As PostGIS' image leaves it: the schema of what is loaded there is no member of the extension.
    let tiger = "CREATE EXTENSION autoinc; CREATE SCHEMA tiger_data; \
                 UPDATE pg_extension SET extname = 'postgis_tiger_geocoder' WHERE extname = 'autoinc'";
    let refused = format!(
        "{tiger}; UPDATE pg_extension SET extname = 'autoinc' WHERE extname = 'postgis_tiger_geocoder'"
    );
    server.sql("dev", &refused).await;
    let error = open(&server.url("postgres", "dev")).await.err().unwrap();
    assert!(error.message.contains("schema \"tiger_data\""), "{error:?}");
    server
        .sql("dev", "DROP EXTENSION autoinc; DROP SCHEMA tiger_data")
        .await;
    server.sql("dev", tiger).await;
    let before = server.photograph("dev").await;
    let mut dev = open(&server.url("postgres", "dev")).await.unwrap();
    for (label, mode) in [("current", TxMode::File), ("desired", TxMode::None)] {
        let mut session = dev.session(label).await.unwrap();
        run(&mut *session, WITH_EXTENSIONS, mode).await.unwrap();
        holds(&mut *session, "layer_count() = 1").await;
        holds(
            &mut *session,
            "has_table_privilege('app', 'layers', 'SELECT')",
        )
        .await;
        holds(
            &mut *session,
            "has_sequence_privilege('app', 'layers_id_seq', 'USAGE')",
        )
        .await;
        let sql = "DO $$ BEGIN EXECUTE format('ALTER TABLE placed OWNER TO %I', 'app'); END $$";
        let error = run(&mut *session, sql, mode).await.unwrap_err();
        assert!(error.hint.unwrap().contains("not by a variable"));
        let error = run(&mut *session, "GRANT SELECT ON placed TO nobody", mode).await;
        assert!(
            error
                .unwrap_err()
                .hint
                .unwrap()
                .contains("before trueup runs")
        );
        session.close().await.unwrap();
    }
    dev.close().await.unwrap();
    assert_eq!(server.photograph("dev").await, before);
    server.stop().await;
}

#[tokio::test]
async fn the_role_of_a_killed_run_goes_with_the_next() {
    let server = Server::start().await;
    let roles = "SELECT count(*)::text FROM pg_roles WHERE rolname ~ '^trueup_'";
    let mut dev = open(&server.url("postgres", "dev")).await.unwrap();
    let session = dev.session("current").await.unwrap();
    assert_eq!(server.text("postgres", roles).await, "1");
    drop((session, dev));
    let ours = "SELECT count(*)::text FROM pg_stat_activity WHERE application_name = 'trueup'";
    while server.text("postgres", ours).await != "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let dev = open(&server.url("postgres", "dev")).await.unwrap();
    assert_eq!(server.text("postgres", roles).await, "1");
    dev.close().await.unwrap();
    assert_eq!(server.text("postgres", roles).await, "0");
    server.stop().await;
}

/// Where the server lets nobody else in, the states are the user's own, and that is said.
#[tokio::test]
async fn a_server_that_refuses_the_role_is_used_as_the_urls_user() {
    let server = Server::start().await;
    let hba = "host all postgres,plain 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(server.path().join("data/pg_hba.conf"), hba).unwrap();
    server.sql("dev", "SELECT pg_reload_conf()").await;
    let before = server.photograph("dev").await;
    let world = World::empty();
    world.write("models.sql", "CREATE TABLE t (a int);");
    let dev = server.url("postgres", "dev");
    let started = Instant::now();
    loop {
        let args = [
            "migrate",
            "diff",
            "--dry-run",
            "--dir",
            "file://m",
            "--to",
            "file://models.sql",
            "--dev-url",
            &dev,
        ];
        let done = crate::cli_world::finish(world.command(&args).spawn().unwrap());
        // The server reads its file a moment later.
        if done.err.contains("with all rights of user \"postgres\"") {
            assert!(done.code(0).out.contains("CREATE TABLE"));
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{}", done.err);
    }
    assert_eq!(server.photograph("dev").await, before);
    server.stop().await;
}
