//! What is followed, and what is refused, in words of people's migrations.

use super::State;
use crate::engine::offline::Replay as _;
use crate::schema::{ObjectName, Realm, Table};
use crate::sql::{ScanOptions, scan};

/// What a script leads to, or the server's number and the message of what is refused.
fn replay(text: &str) -> Result<Realm, (Option<String>, String)> {
    let script = scan(text, &ScanOptions::MSSQL).expect("a script");
    let mut state = State::new();
    for statement in &script.statements {
        for _ in 0..statement.repeat {
            state
                .run(&statement.text)
                .map_err(|error| (error.code, error.message))?;
        }
    }
    Ok(state.realm())
}

fn table(text: &str, name: &str) -> Table {
    let realm = replay(text).unwrap_or_else(|error| panic!("{error:?}"));
    realm
        .table(&ObjectName::new("dbo", name))
        .unwrap_or_else(|| panic!("{realm:?}"))
        .clone()
}

fn columns(table: &Table) -> Vec<&str> {
    table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect()
}

const TWO: &str = "CREATE TABLE team (id int NOT NULL IDENTITY PRIMARY KEY, name varchar(30) NOT NULL DEFAULT 'x');
CREATE TABLE member (id int PRIMARY KEY, team_id int REFERENCES team (id), CHECK (team_id > 0));
CREATE INDEX ix_member ON member (team_id);\n";

#[test]
fn statements_need_no_semicolons() {
    let found = table(
        "CREATE TABLE a (id int NOT NULL)\nINSERT INTO a VALUES (1)\nALTER TABLE a ADD b int, c AS (b + 1)\nPRINT 'x'\nUPDATE a SET b = 1\nALTER TABLE a ADD CONSTRAINT PK_a PRIMARY KEY (id)\nGRANT SELECT ON a TO public\nDROP TABLE IF EXISTS b",
        "a",
    );
    assert_eq!(columns(&found), ["id", "b", "c"]);
    assert_eq!(
        found.primary_key.and_then(|key| key.name).as_deref(),
        Some("PK_a")
    );
}

#[test]
fn guards_are_followed() {
    for guard in [
        "IF OBJECT_ID(N'[dbo].[a]', N'U') IS NULL",
        "IF OBJECT_ID('a') IS NULL",
        "IF NOT EXISTS (SELECT * FROM sys.tables WHERE name = 'A')",
        "IF NOT EXISTS (SELECT 1 FROM sys.objects WHERE object_id = OBJECT_ID(N'dbo.a') AND type IN (N'U'))",
        "IF NOT EXISTS (SELECT 1 FROM sys.tables t JOIN sys.schemas s ON t.schema_id = s.schema_id WHERE s.name = 'dbo' AND t.name = 'a')",
        "IF NOT EXISTS (SELECT * FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'dbo' AND TABLE_NAME = 'a')",
        "IF NOT EXISTS (SELECT * FROM sysobjects WHERE name = 'a' AND xtype = 'U')",
    ] {
        // It is there the second time.
        let once = format!("{guard}\nBEGIN\n    CREATE TABLE a (id int);\nEND\nGO\n");
        assert_eq!(
            columns(&table(&format!("{once}{once}"), "a")),
            ["id"],
            "{guard}"
        );
    }
    for guard in [
        "IF COL_LENGTH('a', 'b') IS NULL",
        "IF NOT EXISTS (SELECT * FROM sys.columns WHERE object_id = OBJECT_ID('a') AND name = 'b')",
        "IF NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'a' AND COLUMN_NAME = 'b')",
        "IF COLUMNPROPERTY(OBJECT_ID('a'), 'b', 'ColumnId') IS NULL",
    ] {
        let once = format!("{guard} ALTER TABLE a ADD b int;\nGO\n");
        assert_eq!(
            columns(&table(
                &format!("CREATE TABLE a (id int);\n{once}{once}"),
                "a"
            )),
            ["id", "b"],
            "{guard}"
        );
    }
    let other = table(
        "CREATE TABLE a (id int);\nIF OBJECT_ID('b') IS NULL ALTER TABLE a ADD c int ELSE ALTER TABLE a ADD d int",
        "a",
    );
    assert_eq!(columns(&other), ["id", "c"]);
}

#[test]
fn names_that_the_server_made_up_are_looked_up() {
    for drop in [
        // Alembic's.
        "declare @name varchar(256)
select @name = QUOTENAME([name]) from sys.default_constraints
where parent_object_id = object_id('team') and col_name(parent_object_id, parent_column_id) = 'name'
exec('alter table team drop constraint ' + @name)",
        // Entity Framework's.
        "DECLARE @var0 sysname;
SELECT @var0 = [d].[name]
FROM [sys].[default_constraints] [d]
INNER JOIN [sys].[columns] [c] ON [d].[parent_column_id] = [c].[column_id] AND [d].[parent_object_id] = [c].[object_id]
WHERE ([d].[parent_object_id] = OBJECT_ID(N'[team]') AND [c].[name] = N'name');
IF @var0 IS NOT NULL EXEC(N'ALTER TABLE [team] DROP CONSTRAINT [' + @var0 + '];');",
    ] {
        let found = table(&format!("{TWO}GO\n{drop}\nGO\nALTER TABLE team DROP COLUMN name;"), "team");
        assert_eq!(columns(&found), ["id"], "{drop}");
    }
}

#[test]
fn names_go_with_what_has_them() {
    let text = format!(
        "{TWO}EXEC sp_rename 'team', 'club';\nEXEC sp_rename N'dbo.member.ix_member', N'by_team', N'INDEX';\nEXEC sp_rename 'club.id', 'no', 'COLUMN';"
    );
    let member = table(&text, "member");
    assert_eq!(member.foreign_keys[0].ref_table.name, "club");
    assert_eq!(member.foreign_keys[0].ref_columns, ["no"]);
    assert_eq!(member.indexes[0].name, "by_team");
}

#[test]
fn what_a_server_refuses_is_refused() {
    for (then, code) in [
        ("CREATE TABLE TEAM (id int)", "2714"),
        ("ALTER TABLE nothing ADD a int", "4902"),
        ("INSERT INTO nothing VALUES (1)", "208"),
        ("DROP TABLE team", "3726"),
        ("ALTER TABLE member DROP COLUMN team_id", "5074"),
        ("ALTER TABLE member ALTER COLUMN team_id bigint", "5074"),
        ("ALTER TABLE team DROP COLUMN name", "5074"),
        ("ALTER TABLE member ADD team_id int", "2705"),
        ("ALTER TABLE team ADD n int IDENTITY", "2744"),
        ("ALTER TABLE team ADD PRIMARY KEY (id)", "1779"),
        (
            "ALTER TABLE team ADD note varchar(max); ALTER TABLE team ADD UNIQUE (note)",
            "1919",
        ),
        (
            "ALTER TABLE member ADD FOREIGN KEY (team_id) REFERENCES nothing (id)",
            "1767",
        ),
        (
            "ALTER TABLE team ADD FOREIGN KEY (id) REFERENCES member (team_id)",
            "1776",
        ),
        (
            "ALTER TABLE member ADD up int REFERENCES member (id) ON DELETE CASCADE",
            "1785",
        ),
        ("CREATE INDEX ix_member ON member (id)", "1913"),
        ("CREATE CLUSTERED INDEX c ON team (name)", "1902"),
        ("DROP INDEX nothing ON team", "3701"),
        ("ALTER TABLE team DROP CONSTRAINT nothing", "3728"),
        ("CREATE TABLE nothing.a (id int)", "2760"),
        ("CREATE TABLE a (b code)", "2715"),
        ("CREATE TABLE a (percent int)", "156"),
        (
            "EXEC sp_rename 'member.team_id', 'club_id', 'COLUMN'",
            "15336",
        ),
    ] {
        let refused = replay(&format!("{TWO}{then};")).expect_err(then);
        assert_eq!(refused.0.as_deref(), Some(code), "{then}: {}", refused.1);
    }
}

#[test]
fn what_can_not_be_followed_is_refused() {
    for (text, says) in [
        ("SELECT * INTO b FROM a", "a table that a query makes"),
        ("EXEC make_tables", "the procedure `make_tables`"),
        (
            "IF EXISTS (SELECT 1 FROM a) ALTER TABLE a ADD b int",
            "what `a` holds",
        ),
        (
            "IF @@VERSION = 1 ALTER TABLE a ADD b int",
            "a variable of the server",
        ),
        ("ALTER TABLE a SWITCH TO b", "this change of a table"),
        ("CREATE TABLE a (id int) AS NODE", "this statement"),
        ("WHILE 1 = 1 DROP TABLE a", "this statement"),
        ("CREATE TABLE c (a strange(1) thing)", "expected"),
    ] {
        let refused = replay(&format!("CREATE TABLE a (id int);\n{text};")).expect_err(text);
        assert!(refused.1.contains(says), "{text}: {}", refused.1);
    }
}

#[test]
fn a_statement_is_followed_as_a_whole_or_not_at_all() {
    let mut state = State::new();
    let refused = state
        .run("CREATE TABLE a (id int)\nALTER TABLE b ADD c int")
        .expect_err("there is no b");
    assert_eq!(refused.offset, Some("CREATE TABLE a (id int)\n".len()));
    assert!(state.realm().schemas[0].tables.is_empty());
}

#[test]
fn programs_are_kept_as_text() {
    let text = "CREATE TABLE a (id int);\nGO\nCREATE OR ALTER VIEW v AS SELECT id FROM a;\nGO\nCREATE TRIGGER t ON a AFTER INSERT AS BEGIN\n  UPDATE a SET id = 1;\nEND\nGO\nCREATE PROCEDURE p AS SELECT 1; SELECT 2;\nGO\nALTER VIEW v AS SELECT 1 AS id;\nGO\nDROP PROCEDURE IF EXISTS p;";
    let realm = replay(text).unwrap();
    let texts = realm.schemas[0].texts.iter().map(|one| {
        (
            one.kind.as_str(),
            one.name.as_str(),
            one.table.as_deref(),
            one.definition.as_str(),
        )
    });
    assert_eq!(
        texts.collect::<Vec<_>>(),
        [
            (
                "trigger",
                "t",
                Some("a"),
                "CREATE TRIGGER t ON a AFTER INSERT AS BEGIN\n  UPDATE a SET id = 1;\nEND"
            ),
            ("view", "v", None, "CREATE VIEW v AS SELECT 1 AS id"),
        ]
    );
}

#[test]
fn any_text_can_be_read() {
    arbtest::arbtest(|u| {
        let words = [
            "CREATE", "TABLE", "a", "(", ")", "int", ",", "ALTER", "ADD", "DROP", "COLUMN", "IF",
            "EXISTS", "SELECT", "FROM", "=", "'x'", "BEGIN", "END", "INDEX", "ON", ";", "EXEC",
            "@v", "DECLARE", "PRIMARY", "KEY", "DEFAULT", "1",
        ];
        let mut text = String::new();
        while !u.is_empty() && text.len() < 200 {
            text.push_str(u.choose(&words)?);
            text.push(' ');
        }
        let _ = State::new().run(&text);
        let any: String = u.arbitrary()?;
        let _ = State::new().run(&any);
        Ok(())
    })
    .budget_ms(300);
}
