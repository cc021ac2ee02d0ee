//! SQL of models and migrations on a MySQL or MariaDB server whose root the URL names: it gets no further than its own
//! databases, however it is written, and what migrations need works as before.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::mysql::{databases, open, run};
use crate::mysql_server::Server;

/// Ways to accounts, files, settings and other databases. Each stands for a kind; `HERE` is a file that must not appear.
const ATTACKS: &[&str] = &[
    "SET @s = CONCAT('CREATE US', 'ER left_behind'); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('GRANT A', 'LL ON *.* TO ', REPLACE(CURRENT_USER(), '@%', '@\\'%\\'')); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('SET GLO', 'BAL max_connections = 7'); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('CREATE DATA', 'BASE left_behind'); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('DROP DATA', 'BASE shop'); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('SELECT ''x'' INTO OUT', 'FILE ''HERE'''); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('INSERT INTO sh', 'op.t VALUES (1)'); PREPARE p FROM @s; EXECUTE p;",
    "SET @s = CONCAT('UPDATE my', 'sql.user SET Host = ''x'''); PREPARE p FROM @s; EXECUTE p;",
    "SELECT 'x' INTO OUTFILE 'HERE'",
    "CREATE DEFINER=root@localhost PROCEDURE p() SQL SECURITY DEFINER SELECT 'x' INTO OUTFILE 'HERE'; CALL p();",
    "SET @d = CONCAT('CREATE DEFINER=root@local', 'host SQL SECURITY DEFINER VIEW v AS SELECT 1'); PREPARE p FROM @d; EXECUTE p;",
    "SET @d = CONCAT('INSTALL PL', 'UGIN x SONAME ''x.so'''); PREPARE p FROM @d; EXECUTE p;",
    "SET @d = CONCAT('KI', 'LL 1'); PREPARE p FROM @d; EXECUTE p;",
];

async fn no_further(mariadb: bool) {
    let server = Server::start(mariadb);
    let make = [
        "CREATE DATABASE dev",
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (a INT)",
    ];
    server.run("", &make).unwrap();
    let photograph = || {
        let accounts = server.query("", "SELECT User, Host FROM mysql.user ORDER BY 1, 2");
        let settings = server.query(
            "",
            "SELECT @@GLOBAL.max_connections, @@GLOBAL.log_bin_trust_function_creators",
        );
        (accounts, settings, databases(&server), server.dump("shop"))
    };
    let before = photograph();
    let file = server.socket().with_file_name("written");
    for (url, limited) in [(server.url(Some("dev")), true), (server.url(None), false)] {
        if !limited {
            server
                .run("", &["DROP DATABASE dev", "DROP DATABASE shop"])
                .unwrap();
        }
        let mut dev = open(&url).await.unwrap();
        let mut session = dev.session("current").await.unwrap();
        for attack in ATTACKS {
            if !limited && attack.contains("shop") {
                continue;
            }
            let first = if limited {
                ""
            } else {
                "CREATE DATABASE IF NOT EXISTS own; USE own; "
            };
            let sql = format!(
                "{first}{}",
                attack.replace("HERE", &file.display().to_string())
            );
            let Err(error) = run(session.as_mut(), &sql).await else {
                panic!("{sql} is done");
            };
            let code = error.code.as_deref().unwrap_or_default();
            // Access denied in its forms; no such thread, where one's own are all that there are.
            let denied = [
                "1044", "1045", "1095", "1142", "1227", "1094", "1410", "1290", "1243",
            ];
            assert!(denied.contains(&code), "{sql}: {error:?}");
            assert!(!file.exists(), "{sql}");
        }
        session.close().await.unwrap();
        dev.close().await.unwrap();
        if !limited {
            server.run("", &make).unwrap();
        }
        assert_eq!(photograph(), before);
    }
}

#[tokio::test]
async fn sql_gets_no_further_than_its_database_on_mysql() {
    no_further(false).await;
}

#[tokio::test]
async fn sql_gets_no_further_than_its_database_on_mariadb() {
    no_further(true).await;
}

/// What dumps and migrations say where root runs them and changes are logged.
const LEGITIMATE: &str = "\
CREATE TABLE a (id INT PRIMARY KEY, n VARCHAR(9));
CREATE DEFINER=`root`@`localhost` FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.n = f(1) */;
CREATE DEFINER=`nobody`@`%` SQL SECURITY DEFINER VIEW v AS SELECT f(id) AS g FROM a;
CREATE DEFINER='root'@'localhost' PROCEDURE p() BEGIN INSERT INTO a VALUES (3, 'x'); END;
CREATE DEFINER=`root`@`localhost` EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO CALL p();
INSERT INTO a VALUES (1, 'x');
CALL p();
SET @s = 'CREATE TABLE b (id INT)'; PREPARE s FROM @s; EXECUTE s;
SELECT * FROM v;
LOCK TABLES a WRITE; INSERT INTO a VALUES (2, 'y'); UNLOCK TABLES;
";

async fn as_before(mariadb: bool) {
    let log = ["--log-bin=log".to_owned(), "--server-id=1".to_owned()];
    let server = Server::start_with(mariadb, &log);
    let trust = "SELECT @@log_bin, @@GLOBAL.log_bin_trust_function_creators";
    assert_eq!(server.query("", trust), [["1", "0"]]);
    server.run("", &["CREATE DATABASE my_dev"]).unwrap();
    let accounts = "SELECT User, Host FROM mysql.user ORDER BY 1, 2";
    let before = server.query("", accounts);
    let mut dev = open(&server.url(Some("my_dev"))).await.unwrap();
    let mut desired = dev.session("desired").await.unwrap();
    let mut current = dev.session("current").await.unwrap();
    for session in [&mut desired, &mut current] {
        if !mariadb {
            run(session.as_mut(), "SET @@SESSION.SQL_LOG_BIN = 0;")
                .await
                .unwrap();
        }
        run(session.as_mut(), LEGITIMATE).await.unwrap();
    }
    assert_eq!(server.query("", accounts).len(), before.len() + 1);
    desired.close().await.unwrap();
    // In the database itself, whose name holds a wildcard.
    run(
        current.as_mut(),
        "USE my_dev; CREATE TABLE my_dev.c (a INT)",
    )
    .await
    .unwrap();
    current.close().await.unwrap();
    dev.close().await.unwrap();
    assert_eq!(server.query("", trust), [["1", "0"]]);
    assert_eq!(server.query("", accounts), before);
    assert_eq!(databases(&server), ["my_dev"]);
    assert!(server.query("my_dev", "SHOW TABLES").is_empty());

    // All of a server.
    server.run("", &["DROP DATABASE my_dev"]).unwrap();
    let mut dev = open(&server.url(None)).await.unwrap();
    let mut session = dev.session("current").await.unwrap();
    let two = format!(
        "CREATE DATABASE one; CREATE DATABASE two; USE one; {LEGITIMATE} CREATE TABLE two.c LIKE one.a;"
    );
    run(session.as_mut(), &two).await.unwrap();
    // What a killed run leaves goes with the next.
    drop((session, dev));
    assert_ne!(server.query("", accounts), before);
    open(&server.url(None))
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    assert!(databases(&server).is_empty());
    assert_eq!(server.query("", accounts), before);
}

#[tokio::test]
async fn what_migrations_need_works_as_before_on_mysql() {
    as_before(false).await;
}

#[tokio::test]
async fn what_migrations_need_works_as_before_on_mariadb() {
    as_before(true).await;
}
