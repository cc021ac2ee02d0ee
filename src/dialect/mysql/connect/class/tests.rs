//! Statements and what is thought of them.

use super::*;

const DATABASES: Reach<'_> = Reach::Databases;

fn refused(text: &str) -> Option<ExecError> {
    let others = ["shop".to_owned(), "u".to_owned()];
    refuse(
        text,
        Reach::Database {
            own: "dev",
            others: &others,
        },
    )
}

#[test]
fn what_reaches_beyond_the_databases_is_refused_on_a_shared_server() {
    for (text, what) in [
        ("CREATE USER app@'%'", "CREATE USER"),
        ("create or replace role r", "CREATE ROLE"),
        ("GRANT SELECT ON *.* TO app", "GRANT"),
        ("SET GLOBAL sql_mode = ''", "SET GLOBAL"),
        ("set @@global.x = 1", "SET GLOBAL"),
        ("SET a = 1, b = 2, c = 3, d = 4, GLOBAL x = 1", "SET GLOBAL"),
        ("/*!50100 FLUSH TABLES */", "FLUSH"),
        ("-- why\nDROP TABLESPACE t", "DROP TABLESPACE"),
        (
            "CREATE FUNCTION f RETURNS STRING SONAME 'f.so'",
            "CREATE FUNCTION … SONAME",
        ),
        ("BEGIN NOT ATOMIC CREATE USER x; END", "CREATE USER"),
    ] {
        let refusal = refuse(text, DATABASES).unwrap_or_else(|| panic!("{text} passes"));
        assert!(refusal.message.starts_with(what), "{}", refusal.message);
    }
    for text in [
        "CREATE TABLE user (role int)",
        "SET foreign_key_checks = 0",
        "INSERT INTO t VALUES ('GRANT x')",
        "CREATE DATABASE d",
        "USE d",
        "ALTER TABLE t TABLESPACE x",
        "CREATE PROCEDURE p() BEGIN FLUSH TABLES; END",
    ] {
        assert_eq!(refuse(text, DATABASES), None, "{text}");
    }
    assert!(refused("EXECUTE IMMEDIATE 'CREATE USER x'").is_some());
    assert!(refused("PREPARE s FROM 'DROP TABLE shop.t'").is_some());
}

#[test]
fn one_database_is_not_left() {
    for text in [
        "CREATE DATABASE d",
        "drop schema d",
        "DROP DATABASE dev",
        "CREATE OR REPLACE DATABASE dev",
        "USE other;",
        "ALTER DATABASE d CHARSET x",
    ] {
        assert!(refused(text).is_some(), "{text}");
    }
    for text in [
        "CREATE TABLE d (a int)",
        "USE `dev`",
        "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `dev`",
        "ALTER DATABASE CHARACTER SET utf8mb4",
        "ALTER SCHEMA dev COLLATE x",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn databases_of_others_are_not_named() {
    for (text, at) in [
        ("CREATE TABLE shop.t (a int)", "shop"),
        ("CREATE TABLE IF NOT EXISTS `SHOP`.t (a int)", "`SHOP`"),
        ("DROP TABLE a, dev.b, shop.t", "shop"),
        (
            "CREATE TABLE t (a int REFERENCES shop.o (id))",
            "shop.o (id)",
        ),
        ("CREATE VIEW v AS SELECT * FROM a JOIN shop.t", "shop"),
        ("INSERT INTO t SELECT x.* FROM a x, shop.t y", "shop"),
        ("UPDATE shop.t SET a = 1", "shop"),
        ("DELETE FROM mysql.user", "mysql"),
        ("RENAME TABLE t TO shop.t", "shop"),
        ("ALTER TABLE t RENAME shop.t", "shop"),
        ("CREATE INDEX i ON shop.t (a)", "shop"),
        (
            "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW INSERT INTO shop.log VALUES (1)",
            "shop",
        ),
        ("TRUNCATE shop.t", "shop"),
        ("CREATE TABLE t LIKE shop.t", "shop"),
    ] {
        let refusal = refused(text).unwrap_or_else(|| panic!("{text} passes"));
        assert!(
            text[refusal.offset.unwrap_or_default()..].starts_with(at),
            "{text}: {}",
            refusal.offset.unwrap_or_default()
        );
        assert_eq!(refuse(text, DATABASES), None, "{text}");
    }
    for text in [
        // `u` is an alias here.
        "UPDATE users u SET u.a = 1 WHERE u.b = 2 ORDER BY a, u.c",
        "INSERT INTO t (a) SELECT u.a FROM users u JOIN b ON u.id = b.id",
        "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE u.a = 2",
        "SELECT a, u.b FROM users u",
        "CREATE TABLE dev.t (a int)",
        "SELECT * FROM information_schema.tables",
        "INSERT INTO t VALUES ('shop.t')",
        // Nobody has it: the server says so.
        "CREATE TABLE nothing.t (a int)",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn a_statement_that_names_its_database_is_known() {
    for text in [
        "CREATE TABLE dev.t (a int)",
        "CREATE TABLE `Dev` . t (a int)",
        "USE dev",
        "CREATE DATABASE IF NOT EXISTS `dev`",
        "SET @x = (SELECT 1 FROM information_schema.tables WHERE table_schema = 'dev')",
        "PREPARE s FROM 'DROP TABLE dev.t'",
    ] {
        assert!(names_own(text, "dev"), "{text}");
    }
    for text in [
        "CREATE TABLE dev (dev int)",
        "CREATE TABLE t (a int) COMMENT 'for the dev team'",
        "CREATE TABLE developers (a int)",
    ] {
        assert!(!names_own(text, "dev"), "{text}");
    }
}

#[test]
fn databases_that_are_made_are_known() {
    for (text, name) in [
        ("CREATE DATABASE a", Some("a")),
        ("create schema if not exists `b``c`", Some("b`c")),
        ("CREATE OR REPLACE DATABASE d CHARSET x", Some("d")),
        ("CREATE TABLE database_a (a int)", None),
        ("DROP DATABASE a", None),
    ] {
        assert_eq!(makes_database(text).as_deref(), name, "{text}");
    }
}

#[test]
fn settings_end_with_their_file() {
    for (text, changes) in [
        ("SET sql_mode = ''", true),
        ("CREATE TEMPORARY TABLE t (a int)", true),
        ("LOCK TABLES t WRITE", true),
        ("CREATE TABLE t (a int)", false),
        ("INSERT INTO t VALUES (1)", false),
    ] {
        assert_eq!(changes_session(text), changes, "{text}");
    }
}

#[test]
fn only_what_gives_one_result_shares_a_query() {
    for (text, shares) in [
        ("CREATE TABLE t (a int);", true),
        ("create unique index i on t (a)", true),
        ("INSERT INTO t VALUES (';')", true),
        ("CALL p()", false),
        ("SELECT 1", false),
        ("SET sql_mode = ''", false),
        ("CREATE TEMPORARY TABLE t (a int)", false),
        ("CREATE PROCEDURE p() SELECT 1", false),
        (
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
            false,
        ),
        ("DROP TABLE a; DROP TABLE b", false),
    ] {
        assert_eq!(together(text), shares, "{text}");
    }
}

#[test]
fn any_text_is_judged() {
    arbtest::arbtest(|u| {
        let text: String = u.arbitrary()?;
        let _ = (refused(&text), changes_session(&text), together(&text));
        let _ = (
            names_own(&text, "a"),
            makes_database(&text),
            server_level(&text),
        );
        Ok(())
    })
    .budget_ms(200);
}
