//! MySQL and MariaDB as a user meets them: private servers, servers given by URL that are left as they were found, and
//! errors at their statement.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use trueup::config::DbUrl;
use trueup::dialect;
use trueup::engine::attend::Unattended;
use trueup::engine::{DevDatabase, EngineError, InspectOptions, Session};
use trueup::plan::TxMode;
use trueup::schema::Realm;
use trueup::sql::{ScanOptions, scan};

use crate::cli_world::{Run, World, finish};
use crate::mysql_server::{Server, path};

/// What the provider prints for the guide's models.
const GUIDE: &str = "\
CREATE TABLE user_account (
	id INTEGER NOT NULL AUTO_INCREMENT,
	name VARCHAR(30) NOT NULL,
	fullname VARCHAR(30),
	PRIMARY KEY (id)
);

CREATE TABLE address (
	id INTEGER NOT NULL AUTO_INCREMENT,
	email_address VARCHAR(30) NOT NULL,
	user_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(user_id) REFERENCES user_account (id)
);
";

/// The guide's first file.
fn first(collation: &str, action: &str) -> String {
    format!(
        "\
-- Create \"user_account\" table
CREATE TABLE `user_account` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(30) NOT NULL,
  `fullname` varchar(30) NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE {collation};
-- Create \"address\" table
CREATE TABLE `address` (
  `id` int NOT NULL AUTO_INCREMENT,
  `email_address` varchar(30) NOT NULL,
  `user_id` int NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `user_id` (`user_id`),
  CONSTRAINT `address_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE {action} ON DELETE {action}
) CHARSET utf8mb4 COLLATE {collation};
"
    )
}

const SECOND: &str = "\
-- Modify \"user_account\" table
ALTER TABLE `user_account` ADD COLUMN `age` int NULL;
";

fn diff(world: &World, dev: &str) -> Run {
    let format = r#"{{ sql . "  " }}"#;
    let mut command = world.command(&[
        "migrate",
        "diff",
        "--dir",
        "file://migrations",
        "--to",
        "file://models.sql",
        "--dev-url",
        dev,
        "--format",
        format,
    ]);
    finish(command.env("PATH", path()).spawn().unwrap())
}

/// Migrations that make their own databases, with models that say `schema=` or not, and what the rest is left to.
#[test]
fn databases_that_the_migrations_make() {
    let used = "CREATE DATABASE shop CHARACTER SET latin1;\nUSE shop;\nCREATE TABLE t (id int NOT NULL PRIMARY KEY, a varchar(9));\n";
    let several = "CREATE DATABASE crm;\nCREATE DATABASE bill;\n\
                   CREATE TABLE crm.t (id int NOT NULL PRIMARY KEY);\n\
                   CREATE TABLE bill.t (id int NOT NULL PRIMARY KEY, t int, CONSTRAINT k FOREIGN KEY (t) REFERENCES crm.t (id));\n\
                   CREATE VIEW crm.v AS SELECT id FROM crm.t;\nCREATE PROCEDURE bill.p() SELECT 1;\n";
    for dev in ["local://mysql", "local://mariadb"] {
        let world = World::empty();
        let given = |migrations: &str, models: &str| {
            world.write("migrations/1.sql", migrations);
            world.write("models.sql", models);
            let hash = ["migrate", "hash", "--dir", "file://migrations"];
            world.run(&hash).code(0);
            let mut command = world.command(&[
                "migrate",
                "diff",
                "--dry-run",
                "--dir",
                "file://migrations",
                "--to",
                "file://models.sql",
                "--dev-url",
                dev,
                "-v",
            ]);
            finish(command.env("PATH", path()).spawn().unwrap()).code(0)
        };
        given(
            used,
            "CREATE TABLE t (id INTEGER NOT NULL, a VARCHAR(9), b INTEGER, PRIMARY KEY (id));\n",
        )
        .out("-- Modify \"t\" table\nALTER TABLE `t` ADD COLUMN `b` int NULL;\n");
        given(
            several,
            "CREATE TABLE crm.t (id INTEGER NOT NULL, PRIMARY KEY (id));\n\
             CREATE TABLE bill.t (id INTEGER NOT NULL, t INTEGER, b INTEGER, PRIMARY KEY (id), \
             CONSTRAINT k FOREIGN KEY(t) REFERENCES crm.t (id));\n",
        )
        .out("-- Modify \"t\" table\nALTER TABLE `bill`.`t` ADD COLUMN `b` int NULL;\n")
        .err_has("left to the migrations: procedure (1): bill.p; view (1): crm.v\n");
    }
    let world = World::empty();
    let models = "CREATE TABLE t (id INTEGER NOT NULL, n BIGINT DEFAULT nextval(order_no), PRIMARY KEY (id));\n";
    world.write("models.sql", models);
    world.write(
        "migrations/1.sql",
        format!("CREATE SEQUENCE order_no;\nCREATE SEQUENCE idle;\n{models}"),
    );
    world
        .run(&["migrate", "hash", "--dir", "file://migrations"])
        .code(0);
    diff(&world, "local://mariadb")
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
}

/// Models with `schema=` beside some without, where a whole server is compared: what each error says leads on, to a plan.
pub(crate) fn some_without_a_schema(dev: &str, run: &dyn Fn(&World, &[&str]) -> Run) {
    let world = World::empty();
    let dir = ["--dir", "file://migrations"];
    let migrations = |sql: &str| {
        world.write("migrations/1.sql", sql);
        run(&world, &[&["migrate", "hash"], &dir[..]].concat()).code(0);
    };
    let models = |schema: &str| {
        let text = format!(
            "CREATE TABLE {schema}ship (id INTEGER NOT NULL, PRIMARY KEY (id));\n\
             CREATE TABLE crm.port (id INTEGER NOT NULL, ship INTEGER, PRIMARY KEY (id), \
             FOREIGN KEY(ship) REFERENCES {schema}ship (id));\n"
        );
        world.write("models.sql", text);
    };
    let args = ["--to", "file://models.sql", "--dev-url", dev];
    let args = [&["migrate", "diff", "--dry-run"], &dir[..], &args[..]].concat();
    let plan = || run(&world, &args);
    models("");
    migrations("CREATE DATABASE crm;\n");
    plan().code(2).err_has("`MetaData(schema=\"shop\")`");
    models("shop.");
    plan()
        .code(2)
        .err_has("write `CREATE SCHEMA shop` into a migration");
    migrations("CREATE DATABASE crm;\nCREATE SCHEMA shop;\n");
    let done = plan().code(0);
    for table in ["CREATE TABLE `shop`.`ship`", "CREATE TABLE `crm`.`port`"] {
        assert!(done.out.contains(table), "{done:#?}");
    }
}

#[test]
fn some_tables_with_a_schema() {
    let run = |world: &World, args: &[&str]| {
        finish(world.command(args).env("PATH", path()).spawn().unwrap())
    };
    for mariadb in [false, true] {
        let product = if mariadb { "mariadb" } else { "mysql" };
        some_without_a_schema(&format!("local://{product}"), &run);
        some_without_a_schema(&Server::start(mariadb).url(None), &run);
    }
}

#[test]
fn alembics_revision_marks_the_first_file() {
    for mariadb in [false, true] {
        let server = Server::shared(mariadb);
        let database = server.database();
        let made = [
            "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('a1')",
            "CREATE TABLE ship (id int NOT NULL AUTO_INCREMENT PRIMARY KEY)",
        ];
        server.run(&database, &made).unwrap();
        let world = World::empty();
        let dev = if mariadb {
            "local://mariadb/dev"
        } else {
            "local://mysql/dev"
        };
        let url = server.url(Some(&database));
        let args = [
            "migrate",
            "diff",
            "baseline",
            "--to",
            &url,
            "--dev-url",
            dev,
        ];
        let done = finish(world.command(&args).env("PATH", path()).spawn().unwrap());
        done.code(0);
        let text = world.read(&format!("migrations/{}", world.migrations()[0]));
        assert!(
            text.starts_with(
                "-- trueup:baseline a1\n\n-- Create \"ship\" table\nCREATE TABLE `ship`"
            ),
            "{text}"
        );
        assert!(!text.contains("alembic"), "{text}");
    }
}

/// The guide's story on a dev database.
fn guide(dev: &str, collation: &str, action: &str) {
    let world = World::empty();
    world.write("models.sql", GUIDE);
    diff(&world, dev).code(0);
    let files = world.migrations();
    assert_eq!(files.len(), 1);
    assert_eq!(
        world.read(&format!("migrations/{}", files[0])),
        first(collation, action)
    );
    let age = GUIDE.replace(
        "fullname VARCHAR(30),",
        "fullname VARCHAR(30), age INTEGER,",
    );
    world.write("models.sql", age);
    diff(&world, dev).code(0);
    let files = world.migrations();
    assert_eq!(files.len(), 2);
    assert_eq!(world.read(&format!("migrations/{}", files[1])), SECOND);
    diff(&world, dev)
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
    assert_eq!(world.migrations(), files);
}

pub(crate) async fn open(url: &str) -> Result<Box<dyn DevDatabase>, EngineError> {
    let url = DbUrl::parse(url).unwrap();
    dialect::for_url(&url)?.open_dev(&url, &Unattended).await
}

pub(crate) async fn run(
    session: &mut dyn Session,
    sql: &str,
) -> Result<(), trueup::engine::ExecError> {
    let statements = scan(sql, &ScanOptions::MYSQL).unwrap().statements;
    session.execute(&statements, TxMode::File).await
}

pub(crate) async fn look(session: &mut dyn Session) -> Realm {
    session.inspect(&InspectOptions::default()).await.unwrap()
}

/// Databases of a server that are not its own.
pub(crate) fn databases(server: &Server) -> Vec<String> {
    let own = "'information_schema', 'mysql', 'performance_schema', 'sys'";
    let sql = format!(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({own}) ORDER BY 1"
    );
    server
        .query("", &sql)
        .into_iter()
        .map(|row| row.join(""))
        .collect()
}

/// What is in a database, and how it is set.
fn content(server: &Server, database: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "SELECT 'table', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}' \
         UNION ALL SELECT 'routine', ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '{database}' \
         UNION ALL SELECT 'event', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '{database}' \
         UNION ALL SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = '{database}'"
    );
    server.query("", &sql)
}

/// Everything that a migration may make.
const MESS: &str = "\
CREATE TABLE a (id INT PRIMARY KEY, b_id INT);
CREATE TABLE b (id INT PRIMARY KEY, a_id INT, FOREIGN KEY (a_id) REFERENCES a (id));
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id);
CREATE VIEW v AS SELECT id FROM a;
CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;
DELIMITER //
CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//
CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.id = NEW.id + 1; END//
DELIMITER ;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
SET sql_mode = 'ANSI_QUOTES';
CREATE TEMPORARY TABLE tmp (id INT);
INSERT INTO a (id) VALUES (1);
";

async fn left_as_found(mariadb: bool) {
    let server = Server::start(mariadb);
    server
        .run(
            "",
            &[
                "CREATE DATABASE dev CHARACTER SET latin1",
                "CREATE DATABASE other",
                "CREATE TABLE other.t (id INT)",
            ],
        )
        .unwrap();
    let before = (databases(&server), content(&server, "dev"));
    let mut dev = open(&server.url(Some("dev"))).await.unwrap();
    assert!(dev.scoped() && dev.concurrent());
    // In a database of its own, and in the given one, where its statements name that.
    for first in ["", "USE dev;"] {
        let mut session = dev.session("desired").await.unwrap();
        assert!(look(session.as_mut()).await.schemas[0].tables.is_empty());
        run(session.as_mut(), &format!("{first}{MESS}"))
            .await
            .unwrap();
        let realm = look(session.as_mut()).await;
        let schema = &realm.schemas[0];
        assert_eq!(schema.name, "dev");
        assert_eq!(schema.tables.len(), 2);
        let kinds: Vec<&str> = schema.texts.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["event", "function", "procedure", "trigger", "view"]);
        assert!(!format!("{:?}", schema.texts).contains("DEFINER=`"));
        session.close().await.unwrap();
    }
    // A session that is dropped half way leaves its mess to the end.
    let mut session = dev.session("dropped").await.unwrap();
    run(session.as_mut(), MESS).await.unwrap();
    drop(session);
    dev.close().await.unwrap();
    assert_eq!((databases(&server), content(&server, "dev")), before);
}

#[tokio::test]
async fn mariadb_by_url_is_left_as_found() {
    left_as_found(true).await;
}

#[tokio::test]
async fn mysql_by_url_is_left_as_found() {
    left_as_found(false).await;
}

#[tokio::test]
async fn what_is_not_empty_is_refused_and_what_we_left_is_not() {
    let server = Server::start(true);
    server
        .run(
            "",
            &["CREATE DATABASE dev", "CREATE TABLE dev.junk (id INT)"],
        )
        .unwrap();
    let refused =
        |result: Result<Box<dyn DevDatabase>, EngineError>| result.err().unwrap().to_string();
    let error = refused(open(&server.url(Some("dev"))).await);
    assert_eq!(
        error,
        "connected database is not clean: found table \"junk\" in schema \"dev\""
    );
    let error = refused(open(&server.url(None)).await);
    assert_eq!(
        error,
        "connected database is not clean: found schema \"dev\""
    );
    assert_eq!(content(&server, "dev")[0][1], "junk");
    let error = refused(open(&server.url(Some("nothing"))).await);
    assert!(error.contains("has no database `nothing`"), "{error}");

    // A killed run: its marker and its tables stay, its lock does not.
    server
        .run("dev", &["CREATE TABLE trueup_run (pid INT)"])
        .unwrap();
    let url = server.url(Some("dev"));
    let dev = open(&url).await.unwrap();
    assert!(content(&server, "dev").iter().all(|row| row[0] != "table"));
    // States are beside the given database, so that runs don't meet.
    open(&url).await.unwrap().close().await.unwrap();
    dev.close().await.unwrap();
    // In the given one they wait for each other.
    let mut dev = open(&url).await.unwrap();
    let mut first = dev.session("desired").await.unwrap();
    run(first.as_mut(), "CREATE TABLE dev.t (id INT)")
        .await
        .unwrap();
    let second = tokio::time::timeout(std::time::Duration::from_millis(500), open(&url)).await;
    assert!(second.is_err(), "a second run waits for the first");
    first.close().await.unwrap();
    dev.close().await.unwrap();
    assert!(content(&server, "dev").iter().all(|row| row[0] != "table"));
    assert_eq!(databases(&server), ["dev"]);
}

#[tokio::test]
async fn a_whole_server_is_a_state_too() {
    let server = Server::start(true);
    let mut dev = open(&server.url(None)).await.unwrap();
    assert!(!dev.scoped());
    let mut session = dev.session("current").await.unwrap();
    let sql = "CREATE DATABASE app COMMENT 'ours'; CREATE TABLE app.t (id INT PRIMARY KEY); CREATE DATABASE log; \
               CREATE TABLE log.t (id INT, FOREIGN KEY (id) REFERENCES app.t (id));";
    run(session.as_mut(), sql).await.unwrap();
    let realm = look(session.as_mut()).await;
    let names: Vec<&str> = realm
        .schemas
        .iter()
        .map(|schema| schema.name.as_str())
        .collect();
    assert_eq!(names, ["app", "log"]);
    assert_eq!(realm.schemas[0].comment.as_deref(), Some("ours"));
    assert_eq!(
        realm.schemas[1].tables[0].foreign_keys[0].ref_table.schema,
        "app"
    );
    let options = InspectOptions {
        schemas: vec!["log".into()],
    };
    assert_eq!(session.inspect(&options).await.unwrap().schemas.len(), 1);
    let error = run(session.as_mut(), "CREATE TABLE t (id INT)")
        .await
        .unwrap_err();
    assert!(error.hint.unwrap().contains("no name has a database"));
    let error = run(session.as_mut(), "CREATE USER x").await.unwrap_err();
    assert!(
        error
            .message
            .starts_with("CREATE USER changes the whole server"),
        "{error}"
    );
    session.close().await.unwrap();
    dev.close().await.unwrap();
    assert!(databases(&server).is_empty());
}

#[tokio::test]
async fn errors_belong_to_their_statement() {
    let mut dev = open("local://mariadb/dev").await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let sql = "CREATE TABLE a (id INT);\nCREATE TABLE b (\n  id INT,\n  c wrong\n);\nCREATE TABLE c (id INT);";
    let error = run(session.as_mut(), sql).await.unwrap_err();
    assert_eq!((error.statement, error.code.as_deref()), (1, Some("4161")));
    let error = run(session.as_mut(), "CREATE TABLE d (id INT,\n KEYY k (id))")
        .await
        .unwrap_err();
    assert_eq!(error.code.as_deref(), Some("1064"));
    assert_eq!(error.offset, Some(33), "{error}");
    // Settings of one file do not reach the next.
    run(
        session.as_mut(),
        "SET sql_mode = 'ANSI_QUOTES'; CREATE TABLE \"q\" (id INT);",
    )
    .await
    .unwrap();
    assert!(
        run(session.as_mut(), "CREATE TABLE \"r\" (id INT);")
            .await
            .is_err()
    );
    // `||` means what it means for any client.
    run(session.as_mut(), "CREATE TABLE o (x INT, CHECK (x || 1));")
        .await
        .unwrap();
    let realm = look(session.as_mut()).await;
    let table = realm.schemas[0].table("o").unwrap();
    assert_eq!(table.checks[0].expr, "`x` <> 0 or 1");
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn local_states_that_must_have_servers_of_their_own() {
    let mut dev = open("local://mariadb").await.unwrap();
    assert!(dev.scoped() && dev.concurrent());
    let mut one = dev.session("desired").await.unwrap();
    let mut two = dev.session("current").await.unwrap();
    run(
        one.as_mut(),
        "CREATE TABLE dev.t (id INT); CREATE USER app;",
    )
    .await
    .unwrap();
    run(
        two.as_mut(),
        "CREATE TABLE dev.t (id BIGINT); CREATE USER app;",
    )
    .await
    .unwrap();
    let ty = |realm: &Realm| realm.schemas[0].tables[0].columns[0].ty.clone();
    assert_eq!(ty(&look(one.as_mut()).await), "int");
    assert_eq!(ty(&look(two.as_mut()).await), "bigint");
    run(two.as_mut(), "CREATE DATABASE elsewhere")
        .await
        .unwrap();
    let error = two.inspect(&InspectOptions::default()).await.unwrap_err();
    assert!(
        error.message.contains("use database `elsewhere`"),
        "{error}"
    );
    one.close().await.unwrap();
    two.close().await.unwrap();
    // Both have moved to servers of their own, so the users are nobody's.
    let mut next = dev.session("next").await.unwrap();
    assert!(look(next.as_mut()).await.schemas[0].tables.is_empty());
    run(next.as_mut(), "CREATE TABLE t (id INT); CREATE USER app")
        .await
        .unwrap();
    assert_eq!(look(next.as_mut()).await.schemas[0].tables.len(), 1);
    next.close().await.unwrap();
    dev.close().await.unwrap();
}

/// The server's own word decides, not the scheme of the URL.
fn under_the_others_name(mariadb: bool) {
    let server = Server::start(mariadb);
    server.run("", &["CREATE DATABASE dev"]).unwrap();
    let scheme = if mariadb { "mysql" } else { "mariadb" };
    let (collation, action) = if mariadb {
        ("utf8mb4_general_ci", "RESTRICT")
    } else {
        ("utf8mb4_0900_ai_ci", "NO ACTION")
    };
    guide(&server.url_as(scheme, Some("dev")), collation, action);
    let dev = server.url_as(scheme, Some("dev"));
    let world = World::empty();
    world.write(
        "models.sql",
        "CREATE TABLE t (id INT, CONSTRAINT c CHECK (id > 0));",
    );
    diff(&world, &dev).code(0);
    world.write(
        "models.sql",
        "CREATE TABLE t (id INT, CONSTRAINT c CHECK (id > 1), j JSON);",
    );
    diff(&world, &dev).code(0);
    diff(&world, &dev)
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
    assert!(content(&server, "dev").iter().all(|row| row[0] != "table"));
}

#[test]
fn mysql_urls_reach_mariadb() {
    under_the_others_name(true);
}

#[test]
fn mariadb_urls_reach_mysql() {
    under_the_others_name(false);
}
