//! MySQL and MariaDB servers given by URL: states side by side, statements that reach elsewhere, runs that are killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use trueup::engine::Session;

use crate::cli_world::{Run, World, finish};
use crate::mysql::{databases, look, open, run};
use crate::mysql_server::Server;

/// Everything in whose text a server may write the name of its database.
const NAMES: &str = "\
CREATE TABLE a (id INT PRIMARY KEY, n VARCHAR(9), up VARCHAR(9) AS (UPPER(n)), CHECK (id > 0), KEY e ((LOWER(n))));
CREATE TABLE b (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES a (id) ON DELETE CASCADE);
CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
CREATE VIEW v AS SELECT a.id, f(b.id) AS g FROM a JOIN b ON a.id = b.id;
CREATE VIEW w AS SELECT * FROM v WHERE id IN (SELECT id FROM b);
CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.n = 'x';
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO INSERT INTO b VALUES (1);
";

/// Functional indexes are MySQL's.
fn names(mariadb: bool) -> String {
    match mariadb {
        true => {
            let sequence =
                "CREATE SEQUENCE s;\nCREATE TABLE c (id INT DEFAULT (NEXT VALUE FOR s));\n";
            NAMES.replace(", KEY e ((LOWER(n)))", "") + sequence
        }
        false => NAMES.to_owned(),
    }
}

async fn side_by_side(mariadb: bool) {
    let server = Server::start(mariadb);
    let make = "CREATE DATABASE dev CHARACTER SET latin1 COLLATE latin1_german1_ci";
    server.run("", &[make]).unwrap();
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    assert!(dev.concurrent());
    let mut desired = dev.session("desired").await.unwrap();
    let mut current = dev.session("current").await.unwrap();
    for session in [&mut desired, &mut current] {
        run(session.as_mut(), &names(mariadb)).await.unwrap();
    }
    let realm = look(desired.as_mut()).await;
    assert_eq!(realm, look(current.as_mut()).await);
    let text = format!("{realm:?}");
    assert!(!text.contains("trueup"), "{text}");
    let schema = &realm.schemas[0];
    assert_eq!((schema.name.as_str(), realm.schemas.len()), ("dev", 1));
    assert_eq!(schema.attrs["collation"], "latin1_german1_ci");
    assert_eq!(
        schema.table("b").unwrap().foreign_keys[0].ref_table.schema,
        "dev"
    );
    // What the server says is said of the database that the user knows.
    let error = run(current.as_mut(), "CREATE TABLE a (x INT)").await;
    let message = error.unwrap_err().message;
    assert!(!message.contains("trueup"), "{message}");
    let error = run(current.as_mut(), "DROP TABLE nothing").await;
    assert_eq!(error.unwrap_err().message, "Unknown table 'dev.nothing'");

    // The same where a state is in the database itself.
    let mut given = dev.session("given").await.unwrap();
    desired.close().await.unwrap();
    current.close().await.unwrap();
    let sql = format!("USE dev; {}", names(mariadb));
    run(given.as_mut(), &sql).await.unwrap();
    assert_eq!(look(given.as_mut()).await, realm);
    given.close().await.unwrap();
    dev.close().await.unwrap();
    assert_eq!(databases(&server), ["dev"]);
}

#[tokio::test]
async fn states_on_mysql_are_side_by_side_and_do_not_show_it() {
    side_by_side(false).await;
}

#[tokio::test]
async fn states_on_mariadb_are_side_by_side_and_do_not_show_it() {
    side_by_side(true).await;
}

/// Who may not create databases is told what makes it so, and that does.
async fn the_right_is_asked_for(mariadb: bool, settings: &[String]) {
    let server = Server::start_with(mariadb, settings);
    let user = [
        "CREATE DATABASE `my_dev`",
        "CREATE USER `it's me`@localhost",
        "GRANT ALL ON `my_dev`.* TO `it's me`@localhost",
    ];
    server.run("", &user).unwrap();
    for database in [Some("my_dev"), None] {
        if database.is_none() {
            server.run("", &["DROP DATABASE my_dev"]).unwrap();
        }
        let url = server.url(database).replace("root@", "it%27s%20me@");
        let before = databases(&server);
        let error = open(&url).await.err().unwrap();
        let message = &error.message;
        assert!(
            message.starts_with("user `it's me` may not create databases at "),
            "{message}"
        );
        assert_eq!(databases(&server), before);
        let hint = error.hint.unwrap();
        let (_, grant) = hint.split_once(" run ").unwrap();
        let (grant, _) = grant.split_once("; or ").unwrap();
        let wide = database.is_none() || !settings.is_empty();
        assert_eq!(grant.contains("ON *.*"), wide, "{grant}");
        server.run("", &[grant]).unwrap();
        let mut dev = open(&url).await.unwrap();
        assert_eq!(dev.concurrent(), database.is_some());
        let mut session = dev.session("desired").await.unwrap();
        let make = match database {
            Some(_) => "CREATE TABLE t (a INT)",
            None => "CREATE DATABASE app; CREATE TABLE app.t (a INT)",
        };
        run(session.as_mut(), make).await.unwrap();
        assert_eq!(look(session.as_mut()).await.schemas[0].tables.len(), 1);
        session.close().await.unwrap();
        dev.close().await.unwrap();
        assert_eq!(databases(&server), before);
        let revoke = "REVOKE ALL PRIVILEGES, GRANT OPTION FROM `it's me`@localhost";
        server.run("", &[revoke]).unwrap();
    }
}

#[tokio::test]
async fn the_right_to_create_databases_is_asked_for_on_mysql() {
    the_right_is_asked_for(false, &[]).await;
    the_right_is_asked_for(false, &["--partial-revokes=ON".to_owned()]).await;
}

#[tokio::test]
async fn the_right_to_create_databases_is_asked_for_on_mariadb() {
    the_right_is_asked_for(true, &[]).await;
}

#[tokio::test]
async fn statements_that_name_their_database_are_run_in_it() {
    let server = Server::start(true);
    server.run("", &["CREATE DATABASE dev"]).unwrap();
    // What somebody put there meanwhile is in the way, and stays.
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    server.run("dev", &["CREATE TABLE theirs (a INT)"]).unwrap();
    let mut early = dev.session("desired").await.unwrap();
    let error = run(early.as_mut(), "CREATE TABLE dev.t (a INT)").await;
    let message = error.unwrap_err().message;
    assert!(message.contains("found table \"theirs\""), "{message}");
    early.close().await.unwrap();
    dev.close().await.unwrap();
    assert_eq!(server.query("dev", "SHOW TABLES"), [["theirs"]]);
    server.run("dev", &["DROP TABLE theirs"]).unwrap();

    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    let mut desired = dev.session("desired").await.unwrap();
    let mut current = dev.session("current").await.unwrap();
    let load = async |mut session: Box<dyn Session>, ty: &str| {
        let first = "SET @x = 1; CREATE TABLE first (a INT);";
        run(session.as_mut(), first).await.unwrap();
        let second = format!(
            "CREATE DATABASE IF NOT EXISTS `dev`; USE `dev`; CREATE TABLE `dev`.`t` (a {ty});"
        );
        run(session.as_mut(), &second).await.unwrap();
        let realm = look(session.as_mut()).await;
        let schema = &realm.schemas[0];
        assert_eq!(schema.tables.len(), 2);
        let column = &schema.table("t").unwrap().columns[0];
        assert_eq!(column.ty, ty);
        session.close().await.unwrap();
    };
    // The second waits until the first has left the one database that both need.
    tokio::join!(load(desired, "int"), load(current, "bigint"));
    // One that was dropped there is cleaned up after.
    desired = dev.session("desired").await.unwrap();
    run(desired.as_mut(), "CREATE TABLE dev.junk (a INT)")
        .await
        .unwrap();
    drop(desired);
    current = dev.session("current").await.unwrap();
    run(current.as_mut(), "CREATE TABLE junk (a INT)")
        .await
        .unwrap();
    drop(current);
    dev.close().await.unwrap();
    assert_eq!(databases(&server), ["dev"]);
    assert!(server.query("dev", "SHOW TABLES").is_empty());
}

#[tokio::test]
async fn statements_that_reach_elsewhere_are_not_run() {
    let server = Server::start(false);
    let shop = [
        "CREATE DATABASE dev",
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (a INT)",
        "INSERT INTO shop.t VALUES (1)",
    ];
    server.run("", &shop).unwrap();
    let accounts = server.query("", "SELECT User, Host FROM mysql.user ORDER BY 1, 2");
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    for (statement, column) in [
        ("CREATE TABLE shop.u (a INT)", 13),
        ("DROP TABLE x, shop.t", 14),
        ("UPDATE `shop`.t SET a = 2", 7),
        ("CREATE VIEW v AS SELECT * FROM shop.t", 31),
        ("USE shop", 0),
        ("CREATE DATABASE more", 0),
        ("DROP DATABASE dev", 0),
        ("CREATE USER u", 0),
        ("GRANT ALL ON *.* TO root@localhost", 0),
        ("SET GLOBAL sql_mode = ''", 0),
        ("PREPARE s FROM 'DROP TABLE shop.t'", 15),
    ] {
        let sql = format!("CREATE TABLE before_it (a INT); {statement};");
        let error = run(session.as_mut(), &sql).await.unwrap_err();
        assert_eq!(
            (error.statement, error.offset),
            (1, Some(column)),
            "{error}"
        );
        assert!(error.hint.is_some(), "{error}");
    }
    // Nothing of any of them was run.
    assert!(look(session.as_mut()).await.schemas[0].tables.is_empty());
    assert_eq!(server.query("shop", "SELECT a FROM t"), [["1"]]);
    // What nobody has is the server's to refuse.
    let error = run(session.as_mut(), "CREATE TABLE nobody.t (a INT)").await;
    assert!(error.unwrap_err().hint.unwrap().contains("the whole"));
    // What is put together while it runs is not known before: the server refuses it to the states' user.
    let hidden = "SET @s = CONCAT('CREATE DATA', 'BASE hidden'); PREPARE s FROM @s; EXECUTE s;";
    let error = run(session.as_mut(), hidden).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("1044"), "{error}");
    session.close().await.unwrap();
    dev.close().await.unwrap();
    assert_eq!(databases(&server), ["dev", "shop"]);
    let after = server.query("", "SELECT User, Host FROM mysql.user ORDER BY 1, 2");
    assert_eq!(after, accounts);
}

#[tokio::test]
async fn on_a_whole_server_only_what_was_made_is_dropped() {
    let server = Server::start(true);
    let mut dev = open(&server.url(None)).await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let sql = "CREATE DATABASE app; CREATE TABLE app.t (a INT); CREATE SCHEMA IF NOT EXISTS log;";
    run(session.as_mut(), sql).await.unwrap();
    // Somebody comes along.
    server.run("", &["CREATE DATABASE theirs"]).unwrap();
    let error = run(session.as_mut(), "CREATE DATABASE IF NOT EXISTS theirs").await;
    let message = error.unwrap_err().message;
    assert!(message.contains("trueup did not make it"), "{message}");
    session.close().await.unwrap();
    let error = dev.close().await.unwrap_err();
    assert!(error.message.contains("database `theirs`"), "{error}");
    assert_eq!(databases(&server), ["theirs"]);
}

/// A batch that fails has done what stands before the statement that is named, and nothing behind it.
async fn errors_in_batches(mariadb: bool) {
    let server = Server::start(mariadb);
    server.run("", &["CREATE DATABASE dev"]).unwrap();
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let table = |n: usize| format!("CREATE TABLE t{n} (a INT); -- t{n};\n");
    let tables = |numbers: std::ops::Range<usize>| numbers.map(table).collect::<String>();
    let sql = tables(0..70) + "CREATE TABLE t3 (a INT);\n" + &tables(70..80);
    let error = run(session.as_mut(), &sql).await.unwrap_err();
    assert_eq!(
        (error.statement, error.code.as_deref()),
        (70, Some("1050")),
        "{error}"
    );
    assert_eq!(look(session.as_mut()).await.schemas[0].tables.len(), 70);
    let wrong = "CREATE TABLE u (\n  a INT,\n  KEYY k (a)\n);";
    let sql = tables(80..90) + wrong + "\nINSERT INTO t0 VALUES ('k (a)');" + &tables(90..95);
    let error = run(session.as_mut(), &sql).await.unwrap_err();
    assert_eq!(
        (error.statement, error.code.as_deref()),
        (10, Some("1064")),
        "{error}"
    );
    // Where each of them gave up.
    let place = if mariadb { "a)\n" } else { "k (a)" };
    assert_eq!(error.offset, wrong.find(place), "{error}");
    assert!(!error.message.contains("INSERT"), "{error}");
    assert_eq!(look(session.as_mut()).await.schemas[0].tables.len(), 80);
    // Statements with any number of results stand by themselves.
    let sql = "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END;\nINSERT INTO t0 VALUES (1);\nCALL p();\nSELECT 1;\n\
               INSERT INTO t0 VALUES (2);\nINSERT INTO nothing VALUES (1);";
    let error = run(session.as_mut(), sql).await.unwrap_err();
    assert_eq!(error.statement, 5, "{error}");
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn an_error_in_a_batch_is_its_statements_on_mysql() {
    errors_in_batches(false).await;
}

#[tokio::test]
async fn an_error_in_a_batch_is_its_statements_on_mariadb() {
    errors_in_batches(true).await;
}

/// The server's settings reach a migration as they reach the server's own client.
async fn settings(mariadb: bool) {
    let server = Server::start(mariadb);
    server.run("", &["CREATE DATABASE dev"]).unwrap();
    let wanted = "@@time_zone, @@foreign_key_checks, @@unique_checks, @@autocommit, @@collation_connection, \
                  @@character_set_client, @@character_set_results, @@transaction_isolation";
    let wanted = match mariadb {
        true => wanted.replace("transaction_isolation", "tx_isolation"),
        false => wanted.to_owned(),
    };
    // The driver of the tests sets a mode of its own.
    let plain = format!("SELECT CONCAT_WS('|', @@GLOBAL.sql_mode, {wanted})");
    let plain = server.query("dev", &plain);
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let sql = format!(
        "CREATE TABLE probe (v TEXT); INSERT INTO probe SELECT CONCAT_WS('|', @@sql_mode, {wanted}); \
         CREATE TABLE count (id INT);"
    );
    run(session.as_mut(), &sql).await.unwrap();
    let siblings = "SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME = 'probe'";
    let sibling = server.query("", siblings)[0][0].clone();
    assert_eq!(server.query(&sibling, "SELECT v FROM probe"), plain);
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn migrations_run_with_the_servers_settings_on_mysql() {
    settings(false).await;
}

#[tokio::test]
async fn migrations_run_with_the_servers_settings_on_mariadb() {
    settings(true).await;
}

fn diff(world: &World, dev: &str) -> Run {
    finish(command(world, dev).spawn().unwrap())
}

fn command(world: &World, dev: &str) -> std::process::Command {
    let to = "file://models.sql";
    let dir = "file://migrations";
    world.command(&[
        "migrate",
        "diff",
        "--dir",
        dir,
        "--to",
        to,
        "--dev-url",
        dev,
    ])
}

/// Kills a run with SIGKILL once its statements have made `table`, runs again, and looks at what is left.
fn killed(server: &Server, url: &str, models: &str, table: &str) {
    let before = (databases(server), server.query("keep", "SELECT * FROM t"));
    let world = World::empty();
    world.write("models.sql", format!("{models} SELECT SLEEP(60);"));
    let mut child = command(&world, url).spawn().unwrap();
    let there = format!("SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = '{table}'");
    let started = Instant::now();
    while server.query("", &there).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the run has ended");
        assert!(started.elapsed() < Duration::from_secs(60), "no {table}");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The server notices late that nobody waits for its answer.
    for row in server.query(
        "",
        "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(60)%'",
    ) {
        let _ = server.run("", &[&format!("KILL {}", row[0])]);
    }
    while !server.query("", "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler')").is_empty() {
        assert!(started.elapsed() < Duration::from_secs(120), "connections stay");
        std::thread::sleep(Duration::from_millis(20));
    }
    let dirty = !server.query("", &there).is_empty();
    assert!(dirty, "nothing is left that could be cleaned");
    world.write("models.sql", models);
    diff(&world, url).code(0);
    assert_eq!(world.migrations().len(), 1);
    let after = (databases(server), server.query("keep", "SELECT * FROM t"));
    assert_eq!(after, before);
    assert!(server.query("", &there).is_empty());
}

fn killed_runs(mariadb: bool) {
    let server = Server::start(mariadb);
    let set_up = [
        "CREATE DATABASE dev",
        "CREATE DATABASE keep",
        "CREATE TABLE keep.t (a INT)",
        "INSERT INTO keep.t VALUES (7)",
        // Looks like ours, and is not.
        "CREATE DATABASE trueup_0badf00d_0",
        "CREATE TABLE trueup_0badf00d_0.t (a INT)",
    ];
    server.run("", &set_up).unwrap();
    let url = server.url(Some("dev"));
    killed(&server, &url, "CREATE TABLE made (a INT);", "made");
    killed(&server, &url, "CREATE TABLE dev.made (a INT);", "made");
}

#[test]
fn a_killed_run_on_mysql_is_cleaned_up_by_the_next() {
    killed_runs(false);
}

#[test]
fn a_killed_run_on_mariadb_is_cleaned_up_by_the_next() {
    killed_runs(true);
}

/// What models lean on is found on all of a server, too, where states take turns, and next to a given database.
#[test]
fn models_lean_on_what_the_migrations_make() {
    for mariadb in [true, false] {
        lean(mariadb);
    }
}

fn lean(mariadb: bool) {
    let server = Server::start(mariadb);
    server.run("", &["CREATE DATABASE dev"]).unwrap();
    let synced =
        "The migration directory is synced with the desired state, no changes to be made\n";
    for (database, name, before) in [
        (Some("dev"), "", "CREATE SEQUENCE order_no;\n"),
        (
            None,
            "crm.",
            "CREATE DATABASE crm;\nCREATE SEQUENCE crm.order_no;\n",
        ),
    ] {
        let world = World::empty();
        let next = match mariadb {
            true => format!(" DEFAULT nextval({name}order_no)"),
            false => String::new(),
        };
        let before = match mariadb {
            true => before.to_owned(),
            // It has no sequences.
            false => before
                .split_inclusive('\n')
                .filter(|line| line.contains("DATABASE"))
                .collect(),
        };
        let models = |more: &str| {
            format!(
                "CREATE TABLE {name}t (id INTEGER NOT NULL, n BIGINT{next}{more}, PRIMARY KEY (id));\n"
            )
        };
        world.write("migrations/1.sql", format!("{before}{}", models("")));
        world.write("models.sql", models(""));
        world
            .run(&["migrate", "hash", "--dir", "file://migrations"])
            .code(0);
        if database.is_none() {
            server.run("", &["DROP DATABASE dev"]).unwrap();
        }
        let diff = || {
            let url = server.url(database);
            let to = ["--to", "file://models.sql", "--dev-url", &url];
            world
                .run(&[&["migrate", "diff", "--dir", "file://migrations"][..], &to].concat())
                .code(0)
        };
        diff().out(synced);
        world.write("models.sql", models(", b INTEGER"));
        diff();
        diff().out(synced);
    }
}
