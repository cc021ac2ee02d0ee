//! PostgreSQL servers given by URL: what is refused, and that everything is left as it was found.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use trueup::dialect::{Dialect as _, postgres::Postgres};
use trueup::engine::local::{
    LocalServer, RunDir, ServerProgram, ServerUser, TemplateCache, path_directories, programs,
    run_tool, versioned_directories,
};
use trueup::engine::{EngineError, InspectOptions};
use trueup::plan::TxMode;

use super::postgres_local::{holds, open, run, statements, url};

pub(crate) const PASSWORD: &str = "hunter2";

/// A server that asks for passwords, with a superuser, a role that may create databases and one that may not.
pub(crate) struct Server {
    server: LocalServer,
    port: u16,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let mut places = versioned_directories("/usr/lib/postgresql/*/bin");
        places.extend(path_directories());
        let bin = programs("initdb", &places)
            .remove(0)
            .parent()
            .unwrap()
            .to_path_buf();
        let dir =
            RunDir::create(ServerUser::choose(&["postgres"]).unwrap(), ".s.PGSQL.65535").unwrap();
        let cache = TemplateCache::new("test-postgres-url", &format!("{} 1", bin.display()));
        let made = cache
            .instantiate(&dir, async |data| build(&bin, data, dir.user()).await)
            .await;
        made.unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let data = dir.path().join("data");
        let program = ServerProgram {
            name: "test".to_owned(),
            path: bin.join("postgres"),
            args: vec![
                "-D".into(),
                data.into(),
                "-k".into(),
                dir.path().into(),
                "-p".into(),
                port.to_string().into(),
            ],
            stop_signal: "QUIT",
        };
        let mut server = LocalServer::start(&program, dir).unwrap();
        let target = format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres");
        let ready = server.ready(Duration::from_secs(30), || async {
            let connected = PgConnection::connect(&target).await;
            connected.map(|_| ()).map_err(|error| error.to_string())
        });
        ready.await.unwrap();
        Self { server, port }
    }

    pub(crate) fn url(&self, user: &str, database: &str) -> String {
        format!(
            "postgres://{user}:{PASSWORD}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// Its directory, with the data.
    pub(crate) fn path(&self) -> &Path {
        self.server.path()
    }

    async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url("postgres", database))
            .await
            .unwrap()
    }

    pub(crate) async fn sql(&self, database: &str, sql: &str) {
        let mut connection = self.connect(database).await;
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn text(&self, database: &str, sql: &str) -> String {
        let mut connection = self.connect(database).await;
        let row = connection
            .fetch_one(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await
            .unwrap();
        row.try_get::<Option<String>, _>(0)
            .unwrap()
            .unwrap_or_default()
    }

    /// What a person would compare: databases with their comments, roles, and the dump of one database.
    pub(crate) async fn photograph(&self, database: &str) -> String {
        let mut places = versioned_directories("/usr/lib/postgresql/*/bin");
        places.extend(path_directories());
        let dump = programs("pg_dump", &places).remove(0);
        let dump = run_tool(
            &dump,
            &[format!("--dbname={}", self.url("postgres", database)).into()],
            None,
            "",
            Duration::from_secs(60),
        )
        .await
        .unwrap();
        // Newer ones print a random word.
        let dump: Vec<&str> = dump
            .lines()
            .filter(|line| !line.starts_with('\\'))
            .collect();
        let server = self
            .text(
                "postgres",
                "SELECT string_agg(datname || coalesce(shobj_description(oid, 'pg_database'), '-'), ',' ORDER BY 1) \
                 || (SELECT string_agg(rolname, ',' ORDER BY 1) FROM pg_roles) FROM pg_database",
            )
            .await;
        let objects = self
            .text(
                database,
                "SELECT (SELECT count(*) FROM pg_class WHERE relpersistence <> 't' \
                 AND relnamespace <> 'pg_toast'::regnamespace) || ' ' || (SELECT count(*) FROM pg_proc) || ' ' \
                 || (SELECT count(*) FROM pg_type WHERE typnamespace <> 'pg_toast'::regnamespace) || ' ' \
                 || (SELECT count(*) FROM pg_largeobject_metadata)",
            )
            .await;
        format!("{server}\n{objects}\n{}", dump.join("\n"))
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await.unwrap();
    }
}

async fn build(bin: &Path, data: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
    let budget = Duration::from_secs(120);
    let args = [
        "-D".into(),
        data.into(),
        "--username=postgres".into(),
        "--auth=trust".into(),
        "--encoding=UTF8".into(),
        "--locale=C".into(),
        "--no-sync".into(),
    ];
    run_tool(&bin.join("initdb"), &args, user, "", budget).await?;
    let conf = "listen_addresses = '127.0.0.1'\nfsync = off\nmax_connections = 30\n";
    std::fs::write(data.join("postgresql.conf"), conf).unwrap();
    std::fs::write(
        data.join("pg_hba.conf"),
        "host all all 127.0.0.1/32 scram-sha-256\n",
    )
    .unwrap();
    let sql = format!(
        "ALTER ROLE postgres PASSWORD '{PASSWORD}';\n\
         CREATE ROLE maker LOGIN CREATEDB PASSWORD '{PASSWORD}';\n\
         CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}';\n\
         CREATE DATABASE dev OWNER plain;\nCREATE DATABASE made OWNER maker;\n"
    );
    let args = [
        "--single".into(),
        "-D".into(),
        data.into(),
        "postgres".into(),
    ];
    run_tool(&bin.join("postgres"), &args, user, &sql, budget).await?;
    Ok(())
}

async fn refused(url: &str) -> EngineError {
    let error = open(url).await.err().unwrap();
    assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    error
}

#[tokio::test]
async fn what_stands_in_the_way_is_named() {
    let server = Server::start().await;
    let place = format!("127.0.0.1:{}", server.port);

    let wrong = server.url("plain", "dev").replace(PASSWORD, "wr0ng");
    let error = refused(&wrong).await;
    assert!(
        error
            .message
            .contains("refuses the password of user \"plain\""),
        "{error}"
    );
    assert!(error.message.contains(&place) && !format!("{error:?}").contains("wr0ng"));

    let error = refused(&server.url("plain", "nosuch")).await;
    assert!(
        error.message.contains("has no database \"nosuch\""),
        "{error}"
    );

    let error = refused(&format!("{}?sslmode=require", server.url("plain", "dev"))).await;
    assert!(error.message.contains("TLS"), "{error}");

    let error = refused(&format!(
        "{}?search_path=nosuch",
        server.url("plain", "dev")
    ))
    .await;
    assert!(error.message.contains("no schema \"nosuch\""), "{error}");

    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let started = Instant::now();
    let error = refused(&format!(
        "postgres://plain:{PASSWORD}@127.0.0.1:{port}/dev?connect_timeout=1"
    ))
    .await;
    assert!(
        error
            .message
            .contains(&format!("no PostgreSQL server at 127.0.0.1:{port}/dev")),
        "{error}"
    );
    assert!(
        started.elapsed() >= Duration::from_secs(1) && started.elapsed() < Duration::from_secs(4)
    );
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_starting_is_waited_for() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let target = format!("postgres://me@127.0.0.1:{port}/dev?connect_timeout=5&sslmode=disable");
    let server = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        std::thread::sleep(Duration::from_millis(500));
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        for code in ["57P03", "57P03", "3D000"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).unwrap();
            let body = format!("SFATAL\0VFATAL\0C{code}\0Mnot now\0\0");
            let mut message = vec![b'E'];
            message.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
            message.extend(body.bytes());
            stream.write_all(&message).unwrap();
        }
    });
    let error = refused(&target).await;
    assert!(error.message.contains("has no database"), "{error}");
    server.join().unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_empty_is_refused() {
    let server = Server::start().await;
    let dev = server.url("plain", "dev");
    server
        .sql(
            "dev",
            "CREATE TABLE junk (id serial); INSERT INTO junk DEFAULT VALUES",
        )
        .await;
    let before = server.photograph("dev").await;
    let error = refused(&dev).await;
    assert!(
        error.message.starts_with(
            "connected database is not clean: found table \"junk\" in schema \"public\""
        ),
        "{error}"
    );
    assert!(error.hint.unwrap().contains("local://postgres"));
    refused(&format!("{dev}?search_path=public")).await;
    assert_eq!(server.photograph("dev").await, before);

    for (make, drop, found) in [
        (
            "CREATE SCHEMA app",
            "DROP SCHEMA app",
            "found schema \"app\"",
        ),
        (
            "CREATE VIEW v AS SELECT 1",
            "DROP VIEW v",
            "found view \"v\" in schema \"public\"",
        ),
        (
            "CREATE TYPE \"E\" AS ENUM ()",
            "DROP TYPE \"E\"",
            "found type \"E\" in schema \"public\"",
        ),
        (
            "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION f",
            "found function public.f(integer) in schema \"public\"",
        ),
    ] {
        server
            .sql("dev", &format!("DROP TABLE IF EXISTS junk; {make}"))
            .await;
        let error = refused(&dev).await;
        assert!(error.message.contains(found), "{error}");
        server.sql("dev", drop).await;
    }

    // Extensions are no content, nor are schemas other than the one that is used.
    server
        .sql(
            "dev",
            "ALTER ROLE plain CREATEDB; CREATE SCHEMA x; CREATE EXTENSION pg_trgm SCHEMA x; CREATE EXTENSION hstore",
        )
        .await;
    open(&dev).await.unwrap().close().await.unwrap();
    server.sql("dev", "CREATE SCHEMA other; CREATE TABLE other.junk (); CREATE SCHEMA mine AUTHORIZATION plain").await;
    open(&format!("{dev}?search_path=mine"))
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    server.stop().await;
}

/// One of everything that a migration may leave behind.
const EVERYTHING: &str = r#"
CREATE SCHEMA app;
CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
CREATE TABLE "T one" (id serial PRIMARY KEY, t int REFERENCES app.t (id));
CREATE TABLE parts (d date) PARTITION BY RANGE (d);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE kid () INHERITS (app.t);
CREATE VIEW v AS SELECT * FROM app.t;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM v;
CREATE SEQUENCE s;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE pair AS (a int, b mood);
CREATE TYPE span AS RANGE (subtype = int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(int) RETURNS SETOF app.t LANGUAGE sql AS 'SELECT * FROM app.t';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int);
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tt BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION trg();
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE COLLATION mine (LOCALE = 'C');
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
CREATE STATISTICS st ON d, (d IS NULL) FROM parts;
CREATE EXTENSION citext;
SELECT lo_create(0);
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
COMMENT ON SCHEMA public IS 'changed';
GRANT CREATE ON SCHEMA public TO PUBLIC;
"#;

/// The statement that an error asks for.
fn asked_for(error: &EngineError) -> String {
    let hint = error.hint.as_deref().unwrap();
    let (_, statement) = hint.split_once(" run ").unwrap();
    statement.split_once("; or ").unwrap().0.to_owned()
}

#[tokio::test]
async fn the_right_to_create_databases_is_asked_for() {
    let server = Server::start().await;
    server
        .sql(
            "dev",
            &format!(
                "CREATE ROLE \"it's me\" LOGIN PASSWORD '{PASSWORD}'; CREATE EXTENSION hstore; \
                 ALTER SCHEMA public OWNER TO \"it's me\""
            ),
        )
        .await;
    let dev = server.url("it%27s%20me", "dev");
    let before = server.photograph("dev").await;
    let error = refused(&dev).await;
    assert_eq!(
        error.message,
        format!(
            "user \"it's me\" may not create databases at 127.0.0.1:{}/dev, which trueup builds states in",
            server.port
        )
    );
    assert_eq!(server.photograph("dev").await, before);
    server.sql("postgres", &asked_for(&error)).await;

    // Only its owner may copy a database, and without a copy its extension is missing.
    let error = refused(&dev).await;
    assert!(
        error
            .message
            .ends_with("can't be copied: permission denied to copy database \"dev\""),
        "{error}"
    );
    assert_eq!(server.photograph("dev").await, before);
    server.sql("postgres", &asked_for(&error)).await;
    let mut opened = open(&dev).await.unwrap();
    let mut session = opened.session("current").await.unwrap();
    holds(&mut *session, "to_regtype('hstore') IS NOT NULL").await;
    session.close().await.unwrap();
    opened.close().await.unwrap();

    // Nobody may be connected to what is copied.
    let somebody = server.connect("dev").await;
    let error = refused(&dev).await;
    assert!(
        error.message.contains("others are connected to it"),
        "{error}"
    );
    server
        .sql(
            "dev",
            "DROP EXTENSION hstore; DROP SCHEMA public; CREATE SCHEMA mine",
        )
        .await;
    let scoped = format!("{dev}?search_path=mine");
    let mut opened = open(&scoped).await.unwrap();
    let mut session = opened.session("current").await.unwrap();
    run(&mut *session, "CREATE TABLE t (a int)", TxMode::File)
        .await
        .unwrap();
    holds(&mut *session, "to_regclass('mine.t') IS NOT NULL").await;
    session.close().await.unwrap();
    opened.close().await.unwrap();
    somebody.close().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn whatever_states_make_goes_with_them() {
    let server = Server::start().await;
    server
        .sql(
            "made",
            "ALTER SCHEMA public OWNER TO maker; COMMENT ON DATABASE made IS 'it''s ours'; \
             CREATE EXTENSION hstore; GRANT USAGE ON SCHEMA public TO plain WITH GRANT OPTION",
        )
        .await;
    let before = server.photograph("made").await;
    for user in ["maker", "postgres"] {
        let mut dev = open(&server.url(user, "made")).await.unwrap();
        assert!(dev.concurrent() && !dev.scoped());
        let mut session = dev.session("desired").await.unwrap();
        holds(
            &mut *session,
            "to_regclass('app.t') IS NULL AND to_regtype('hstore') IS NOT NULL",
        )
        .await;
        run(&mut *session, EVERYTHING, TxMode::None).await.unwrap();
        session.inspect(&InspectOptions::default()).await.unwrap();
        session.close().await.unwrap();
        // Dropped without being closed.
        let mut session = dev.session("proof").await.unwrap();
        let all = format!("{EVERYTHING}; DROP SCHEMA public CASCADE");
        run(&mut *session, &all, TxMode::File).await.unwrap();
        drop(session);
        dev.close().await.unwrap();
        assert_eq!(server.photograph("made").await, before);
    }
    server.stop().await;
}

#[tokio::test]
async fn one_schema_is_used_and_the_rest_is_left_alone() {
    let server = Server::start().await;
    server
        .sql(
            "dev",
            "CREATE TABLE keep (id int PRIMARY KEY); INSERT INTO keep VALUES (7); \
             CREATE SCHEMA mine AUTHORIZATION plain; GRANT ALL ON keep TO plain; ALTER ROLE plain CREATEDB; \
             CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        .await;
    let before = server.photograph("dev").await;
    for user in ["plain", "postgres"] {
        let scoped = format!("{}?search_path=mine", server.url(user, "dev"));
        let mut dev = open(&scoped).await.unwrap();
        assert!(dev.scoped() && dev.concurrent());
        let mut session = dev.session("desired").await.unwrap();
        run(
            &mut *session,
            "CREATE TABLE t (id serial PRIMARY KEY, k int DEFAULT public.one() REFERENCES public.keep); \
             CREATE TYPE e AS ENUM ('a'); INSERT INTO t (k) VALUES (7)",
            TxMode::File,
        )
        .await
        .unwrap();
        holds(&mut *session, "to_regclass('mine.t') IS NOT NULL").await;
        // It is a copy.
        run(
            &mut *session,
            "DELETE FROM t; DELETE FROM public.keep",
            TxMode::File,
        )
        .await
        .unwrap();
        session.close().await.unwrap();
        dev.close().await.unwrap();
        assert_eq!(server.photograph("dev").await, before);
    }
    server.stop().await;
}

#[tokio::test]
async fn with_createdb_each_state_has_its_database() {
    let server = Server::start().await;
    server.sql("made", "CREATE EXTENSION hstore").await;
    let before = server.photograph("made").await;
    let mut dev = open(&server.url("maker", "made")).await.unwrap();
    assert!(dev.concurrent());
    let mut desired = dev.session("desired").await.unwrap();
    let mut current = dev.session("current").await.unwrap();
    let mut proof = dev.session("proof").await.unwrap();
    for session in [&mut desired, &mut current, &mut proof] {
        holds(&mut **session, "to_regtype('hstore') IS NOT NULL").await;
        run(&mut **session, "CREATE TABLE t (a int)", TxMode::File)
            .await
            .unwrap();
    }
    let list = statements("CREATE TABLE u (a int); CREATE ROLE escape;");
    let error = desired.execute(&list, TxMode::File).await.unwrap_err();
    assert_eq!(error.statement, 1);
    assert!(error.hint.unwrap().contains("local://postgres"));

    // Another run on the same server touches nothing of this one's, even while it is connected.
    let mut other = open(&server.url("maker", "made")).await.unwrap();
    drop(other.session("desired").await.unwrap());
    other.close().await.unwrap();
    holds(&mut *current, "to_regclass('t') IS NOT NULL").await;

    current.close().await.unwrap();
    drop((desired, proof));
    dev.close().await.unwrap();
    assert_eq!(server.photograph("made").await, before);
    server.stop().await;
}

#[tokio::test]
async fn leftovers_of_killed_runs_are_told_from_other_data() {
    let server = Server::start().await;
    let siblings = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname ~ '^trueup_'";
    // Looks alike, but has no mark.
    server
        .sql("postgres", "CREATE DATABASE trueup_0badf00d_1 OWNER maker")
        .await;
    let dev = open(&server.url("maker", "made")).await.unwrap();
    let with = server.text("postgres", siblings).await;
    assert_eq!(with.split(',').count(), 2, "{with}");
    kill(dev, &server).await;
    let dev = open(&server.url("maker", "made")).await.unwrap();
    let after = server.text("postgres", siblings).await;
    assert_eq!(after.split(',').count(), 2, "{after}");
    assert_ne!(with, after);
    dev.close().await.unwrap();
    assert_eq!(server.text("postgres", siblings).await, "trueup_0badf00d_1");
    server.stop().await;
}

/// A run that is killed by SIGKILL in the middle of its statements, and the next one.
#[tokio::test]
async fn a_killed_run_is_cleaned_up_by_the_next() {
    let server = Server::start().await;
    server
        .sql(
            "made",
            "CREATE SCHEMA mine AUTHORIZATION maker; DROP SCHEMA public",
        )
        .await;
    let before = server.photograph("made").await;
    let world = crate::cli_world::World::empty();
    let scoped = format!("{}?search_path=mine", server.url("maker", "made"));
    for dev in [scoped, server.url("maker", "dev")] {
        let dir = format!("file://m{}", dev.len());
        let args = [
            "migrate",
            "diff",
            "--dir",
            &dir,
            "--to",
            "file://models.sql",
            "--dev-url",
            &dev,
        ];
        let models = "CREATE TABLE made (a int);";
        world.write("models.sql", format!("{models} SELECT pg_sleep(60);"));
        let mut child = world.command(&args).spawn().unwrap();
        let asleep = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        let started = Instant::now();
        while server.text("postgres", asleep).await != "1" {
            assert!(child.try_wait().unwrap().is_none(), "the run has ended");
            assert!(started.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let siblings = "SELECT count(*)::text FROM pg_database WHERE datname ~ '^trueup_'";
        assert_ne!(server.text("postgres", siblings).await, "0");
        // The server notices late that nobody waits for its answer.
        let end = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE usename = 'maker'";
        while server.text("postgres", end).await != "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        world.write("models.sql", models);
        crate::cli_world::finish(world.command(&args).spawn().unwrap()).code(0);
        assert_eq!(server.text("postgres", siblings).await, "0");
    }
    assert_eq!(server.photograph("made").await, before);
    server.stop().await;
}

/// What SIGKILL looks like from the server: the connections are gone, nothing was cleaned up.
async fn kill(dev: Box<dyn trueup::engine::DevDatabase>, server: &Server) {
    drop(dev);
    let others = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'maker'";
    while server.text("postgres", others).await != "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_database_that_is_only_read_can_not_be_written() {
    let server = Server::start().await;
    server.sql("dev", "CREATE TABLE junk (id int)").await;
    let mut session = Postgres
        .connect(&url(&server.url("plain", "dev")))
        .await
        .unwrap();
    session.inspect(&InspectOptions::default()).await.unwrap();
    let error = run(&mut *session, "CREATE TABLE t (a int)", TxMode::File)
        .await
        .unwrap_err();
    assert!(error.message.contains("read-only"), "{error}");
    session.close().await.unwrap();
    server.stop().await;
}

/// The other half of the next test: holds a server until it is killed.
#[tokio::test]
async fn child_holds_a_server() {
    let Some(note) = std::env::var_os("TRUEUP_TEST_HOLD").map(PathBuf::from) else {
        return;
    };
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let list = statements("SELECT 1");
    session.execute(&list, TxMode::None).await.unwrap();
    std::fs::write(note, "ready").unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
}

#[tokio::test]
async fn a_server_is_gone_with_its_parent() {
    // A temporary directory of its own shows everything that the child leaves; the server's account must get there.
    use std::os::unix::fs::PermissionsExt as _;
    let temp = tempfile::Builder::new()
        .prefix("t")
        .tempdir_in("/tmp")
        .unwrap();
    std::fs::set_permissions(temp.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    let note = temp.path().join("note");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres_url::child_holds_a_server"])
        .env("TRUEUP_TEST_HOLD", &note)
        .env("TMPDIR", temp.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !note.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the child is not ready"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let runs = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(temp.path()).unwrap().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.join("server.pid").exists())
            .collect()
    };
    let [run] = &runs()[..] else {
        panic!("not one run: {:?}", runs());
    };
    let pid: i32 = std::fs::read_to_string(run.join("server.pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    assert!(rustix::process::test_kill_process(pid).is_ok());
    // SIGKILL, to this child alone.
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    while run.exists() || rustix::process::test_kill_process(pid).is_ok() {
        assert!(
            killed.elapsed() < Duration::from_secs(20),
            "{} is still there",
            run.display()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What models lean on is found next to a given database, whoever the user is, and in one schema of it.
#[tokio::test]
async fn models_lean_on_what_the_migrations_make() {
    let server = Server::start().await;
    let before = server.photograph("dev").await;
    let synced =
        "The migration directory is synced with the desired state, no changes to be made\n";
    for (user, limit) in [
        ("postgres", ""),
        ("maker", ""),
        ("maker", "?search_path=public"),
    ] {
        let world = crate::cli_world::World::empty();
        let models = |more: &str| {
            format!(
                "CREATE TABLE t (id SERIAL NOT NULL, m mail, r TEXT DEFAULT ref(){more}, PRIMARY KEY (id));\n"
            )
        };
        let own = "CREATE DOMAIN mail AS text;\nCREATE FUNCTION ref() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;\n";
        let rest = "CREATE VIEW v AS SELECT id FROM t;\nCREATE TABLE u (id serial PRIMARY KEY);\nDROP TABLE u;\n";
        world.write("migrations/1.sql", format!("{own}{}{rest}", models("")));
        world.write("models.sql", models(""));
        let dir = ["--dir", "file://migrations"];
        world
            .run(&[&["migrate", "hash"], &dir[..]].concat())
            .code(0);
        let url = format!("{}{limit}", server.url(user, "dev"));
        let diff = || {
            let to = ["--to", "file://models.sql", "--dev-url", &url];
            world
                .run(&[&["migrate", "diff"], &dir[..], &to].concat())
                .code(0)
        };
        diff().out(synced);
        world.write("models.sql", models(", b INTEGER"));
        diff();
        diff().out(synced);
    }
    assert_eq!(server.photograph("dev").await, before);
    server.stop().await;
}
