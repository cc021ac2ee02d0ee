//! What is followed, and what is refused, in words of people's migrations.

use super::State;
use crate::engine::offline::Replay as _;
use crate::schema::{ObjectName, Realm, Table};
use crate::sql::{ScanOptions, scan};

/// What a script leads to, or the server's number and the message of what is refused.
pub(super) fn replay(text: &str) -> Result<Realm, (Option<String>, String)> {
    let script = scan(text, &ScanOptions::MSSQL).expect("a script");
    let mut state = State::new();
    for statement in &script.statements {
        for _ in 0..statement.repeat {
            state
                .run(&statement.text)
                .map_err(|error| (error.code, error.message))?;
        }
    }
    Ok(state.settled())
}

pub(super) fn table(text: &str, name: &str) -> Table {
    let realm = replay(text).unwrap_or_else(|error| panic!("{error:?}"));
    realm
        .table(&ObjectName::new("dbo", name))
        .unwrap_or_else(|| panic!("{realm:?}"))
        .clone()
}

pub(super) fn columns(table: &Table) -> Vec<&str> {
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
        (
            "CREATE TABLE both (a int REFERENCES team (id) ON DELETE CASCADE, b int REFERENCES team (id) ON DELETE CASCADE)",
            "1785",
        ),
        (
            "CREATE TABLE late (id int PRIMARY KEY REFERENCES team (id) ON DELETE CASCADE);
ALTER TABLE member ADD late_id int REFERENCES late (id) ON DELETE CASCADE, other_id int REFERENCES team (id) ON DELETE SET NULL",
            "1785",
        ),
        (
            "CREATE SEQUENCE s; CREATE TABLE n (id int DEFAULT (NEXT VALUE FOR [dbo].S)); DROP SEQUENCE s",
            "3729",
        ),
        (
            "CREATE TABLE n (id int DEFAULT (NEXT VALUE FOR s))",
            "208",
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
        (
            "ROLLBACK TRANSACTION both",
            "the migration ends here: ROLLBACK",
        ),
        (
            "IF @@TRANCOUNT > 0 ALTER TABLE a ADD b int",
            "a variable of the server",
        ),
        ("CREATE TABLE a (id int) AS NODE", "this statement"),
        (
            "WHILE @@ROWCOUNT = 1 DROP TABLE a",
            "this loop changes the schema",
        ),
        (
            "CREATE TABLE c (a strange(1) thing)",
            "Cannot find data type strange.",
        ),
    ] {
        let refused = replay(&format!("CREATE TABLE a (id int);\n{text};")).expect_err(text);
        assert!(refused.1.contains(says), "{text}: {}", refused.1);
    }
}

#[test]
fn what_both_ways_leave_as_it_is_needs_no_answer() {
    let text = "BEGIN TRANSACTION both;
CREATE TABLE a (id int);
IF @@ERROR <> 0 ROLLBACK TRANSACTION both;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION both ELSE PRINT 'nothing is open';
GO
CREATE TABLE b (id int);";
    let realm = replay(text).unwrap();
    assert_eq!(realm.schemas[0].tables.len(), 2);
}

#[test]
fn a_statement_is_followed_as_a_whole_or_not_at_all() {
    let mut state = State::new();
    let refused = state
        .run("CREATE TABLE a (id int)\nALTER TABLE b ADD c int")
        .expect_err("there is no b");
    assert_eq!(refused.offset, Some("CREATE TABLE a (id int)\n".len()));
    assert!(state.settled().schemas[0].tables.is_empty());
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
                "CREATE TRIGGER [dbo].[t] ON [dbo].[a] AFTER INSERT AS BEGIN\n  UPDATE a SET id = 1;\nEND"
            ),
            ("view", "v", None, "CREATE VIEW [dbo].[v] AS SELECT 1 AS id"),
        ]
    );
}

#[test]
fn what_others_are_bound_to_stays() {
    let start = "CREATE TABLE a (id int NOT NULL, n varchar(9), CONSTRAINT pk PRIMARY KEY (id));
GO
CREATE VIEW v WITH SCHEMABINDING AS SELECT id FROM dbo.a;
GO
CREATE VIEW w WITH SCHEMABINDING AS SELECT id FROM [DBO].v;
GO
CREATE VIEW loose AS SELECT n FROM a;
GO
CREATE FUNCTION f(@a int) RETURNS int AS BEGIN RETURN @a; END
GO
ALTER TABLE a ADD CONSTRAINT ck CHECK (dbo.f(id) > 0);
CREATE TYPE phone FROM varchar(20);
CREATE TYPE ids AS TABLE (id int);
CREATE TABLE b (number phone, short AS dbo.f(1));
GO
CREATE PROCEDURE p @ids dbo.ids READONLY AS SELECT id FROM @ids;
GO
";
    for (text, code) in [
        ("DROP TABLE a", "3729"),
        ("DROP VIEW v", "3729"),
        ("CREATE OR ALTER VIEW v AS SELECT 1 AS id", "3729"),
        ("ALTER TABLE a ALTER COLUMN id bigint NOT NULL", "5074"),
        ("EXEC sp_rename 'a.id', 'key', 'COLUMN'", "15336"),
        ("EXEC sp_rename 'a', 'c'", "15336"),
        ("DROP FUNCTION f", "3729"),
        (
            "ALTER FUNCTION f(@a int) RETURNS int AS BEGIN RETURN 1; END",
            "3729",
        ),
        ("DROP TYPE phone", "3732"),
        ("DROP TYPE ids", "3732"),
        ("CREATE UNIQUE CLUSTERED INDEX i ON loose (n)", "1939"),
        ("CREATE INDEX i ON v (id)", "1940"),
        ("CREATE VIEW x AS SELECT id FROM missing", "208"),
        (
            "CREATE VIEW x AS SELECT a.id FROM a LEFT JOIN dbo.missing AS m ON m.id = a.id",
            "208",
        ),
        (
            "CREATE FUNCTION g() RETURNS int AS BEGIN RETURN 1; END\nGO\nALTER FUNCTION g() RETURNS TABLE AS RETURN (SELECT 1 AS n)",
            "2010",
        ),
    ] {
        let refused = replay(&format!("{start}{text}")).expect_err(text);
        assert_eq!(refused.0.as_deref(), Some(code), "{text}: {}", refused.1);
    }
    for text in [
        "ALTER TABLE a ALTER COLUMN n varchar(20)",
        "EXEC sp_rename 'a.n', 'm', 'COLUMN'",
        "DROP VIEW w; DROP VIEW v; DROP VIEW loose; DROP TABLE a",
        "CREATE VIEW x AS WITH c (id) AS (SELECT id FROM a), d AS (SELECT 1 AS n) SELECT c.id FROM c JOIN d ON c.id IS DISTINCT FROM d.n",
        "CREATE VIEW x AS SELECT TRIM('x' FROM n) AS n FROM a WITH (NOLOCK) CROSS JOIN sys.tables JOIN STRING_SPLIT('a', ',') ON 1 = 1",
        "CREATE VIEW x AS SELECT TRIM(LEADING 'x' FROM n) AS n FROM loose",
    ] {
        replay(&format!("{start}{text}")).expect(text);
    }
}

#[test]
fn the_indexes_of_a_view_go_with_it() {
    let start = "CREATE TABLE a (id int NOT NULL);\nGO\nCREATE VIEW v WITH SCHEMABINDING AS SELECT id FROM dbo.a;\nGO\n\
                 CREATE UNIQUE CLUSTERED INDEX one ON v (id);\nCREATE INDEX two ON v (id);\n";
    let view = |text: &str| {
        let realm = replay(&format!("{start}{text}")).expect(text);
        realm.schemas[0].texts[0].definition.clone()
    };
    assert_eq!(
        view("").lines().skip(1).collect::<Vec<_>>(),
        [
            "GO",
            "CREATE UNIQUE CLUSTERED INDEX [one] ON [dbo].[v] ([id] ASC)",
            "GO",
            "CREATE NONCLUSTERED INDEX [two] ON [dbo].[v] ([id] ASC)"
        ]
    );
    assert!(view("DROP INDEX two ON v").ends_with("[one] ON [dbo].[v] ([id] ASC)"));
    assert!(!view("DROP INDEX one ON v").contains("INDEX"));
    assert!(!view("GO\nALTER VIEW v WITH SCHEMABINDING AS SELECT id FROM dbo.a").contains("INDEX"));
}

#[test]
fn triggers_go_with_their_table() {
    let start = "CREATE TABLE a (id int);\nGO\nCREATE TRIGGER t ON a FOR INSERT AS RETURN;\nGO\n";
    let realm = replay(&format!("{start}EXEC sp_rename 'a', 'b'")).unwrap();
    let trigger = &realm.schemas[0].texts[0];
    assert_eq!(
        (trigger.table.as_deref(), trigger.definition.as_str()),
        (
            Some("b"),
            "CREATE TRIGGER [dbo].[t] ON [dbo].[b] FOR INSERT AS RETURN"
        )
    );
    let realm = replay(&format!(
        "{start}CREATE SCHEMA s;\nGO\nALTER SCHEMA s TRANSFER dbo.a"
    ));
    let moved = &realm.unwrap().schemas[1].texts[0];
    assert_eq!(
        moved.definition,
        "CREATE TRIGGER [s].[t] ON [s].[a] FOR INSERT AS RETURN"
    );
    let realm = replay(&format!("{start}DROP TABLE a")).unwrap();
    assert!(realm.schemas[0].texts.is_empty());
}

#[test]
fn lengths_of_columns_are_the_servers() {
    let text = "CREATE TABLE a (n nvarchar(100), m varchar(max), d decimal(20, 2), s datetime2(3), p AS (n));
IF COL_LENGTH('dbo.A', 'N') < 250 ALTER TABLE a ADD n200 int;
IF COL_LENGTH('a', 'm') = -1 ALTER TABLE a ADD m1 int;
IF COL_LENGTH('a', 'd') = 13 ALTER TABLE a ADD d13 int;
IF COL_LENGTH('a', 's') = 7 ALTER TABLE a ADD s7 int;
IF COL_LENGTH('a', 'p') IS NOT NULL ALTER TABLE a ADD p0 int;
IF COL_LENGTH('a', 'n') = 1 ALTER TABLE a ADD wrong int;\n";
    let found = table(text, "a");
    assert_eq!(
        columns(&found),
        ["n", "m", "d", "s", "p", "n200", "m1", "d13", "s7", "p0"]
    );
    let refused = replay(&format!(
        "{text}IF COL_LENGTH('a', 'p') = 200 DROP TABLE a;"
    ))
    .unwrap_err();
    assert!(refused.1.contains("can't be known"), "{}", refused.1);
}

#[test]
fn a_batch_ends_where_it_returns() {
    for (text, is) in [
        (
            "IF OBJECT_ID('a') IS NOT NULL\nBEGIN\n  PRINT 'there'\n  RETURN\nEND\nALTER TABLE a ADD b int",
            &["id"][..],
        ),
        (
            "IF OBJECT_ID('b') IS NOT NULL RETURN;\nALTER TABLE a ADD b int;\nRETURN;\nALTER TABLE a ADD c int;\nGO\nALTER TABLE a ADD d int;",
            &["id", "b", "d"],
        ),
        (
            "EXEC (N'RETURN; ALTER TABLE a ADD b int');\nALTER TABLE a ADD c int;",
            &["id", "c"],
        ),
        (
            "IF OBJECT_ID('a') IS NULL SELECT 1 ELSE SELECT CASE WHEN 1 = 1 THEN 2 END\nIF OBJECT_ID('b') IS NULL PRINT 'x' ELSE ALTER TABLE a ADD wrong int",
            &["id"],
        ),
        (
            "RAISERROR ('on the way', 0, 1) WITH NOWAIT;\nALTER TABLE a ADD c int;",
            &["id", "c"],
        ),
        (
            "IF OBJECT_ID('b') IS NOT NULL THROW 50000, 'stop', 1;\nALTER TABLE a ADD c int;",
            &["id", "c"],
        ),
    ] {
        let found = table(&format!("CREATE TABLE a (id int);\nGO\n{text}"), "a");
        assert_eq!(columns(&found), is, "{text}");
    }
    for (text, says) in [
        (
            "RAISERROR ('x', 0, 1)\nTHROW 50000, 'y', 1",
            "the migration ends here: THROW 50000, 'y', 1",
        ),
        (
            "THROW 50000, 'stop', 1",
            "the migration ends here: THROW 50000, 'stop', 1",
        ),
        (
            "RAISERROR ('stop', 16, 1)\nRETURN",
            "the migration ends here: RAISERROR",
        ),
        ("SET NOEXEC ON", "NOEXEC ON can't be followed"),
        ("SET PARSEONLY ON", "PARSEONLY ON can't be followed"),
        ("SET ANSI_NULL_DFLT_OFF ON", "ANSI_NULL_DFLT_OFF ON"),
        (
            "SET ANSI_NULLS, QUOTED_IDENTIFIER OFF",
            "QUOTED_IDENTIFIER OFF",
        ),
    ] {
        let refused = replay(&format!("{text};\nCREATE TABLE a (id int);")).expect_err(text);
        assert!(refused.1.contains(says), "{text}: {}", refused.1);
    }
}

#[test]
fn variables_get_what_a_query_gives() {
    let start = "CREATE TABLE a (id int, x int CONSTRAINT cx CHECK (x > 0), y int CONSTRAINT cy CHECK (y > 0));\nCREATE TABLE b (id int);\nGO\n";
    for then in [
        "DECLARE @n sysname; SELECT TOP 1 @n = name FROM sys.check_constraints WHERE name = 'cx'; EXEC('ALTER TABLE a DROP CONSTRAINT ' + @n); ALTER TABLE a DROP CONSTRAINT cy",
        "DECLARE @n sysname; SELECT TOP (1) @n = name FROM sys.check_constraints WHERE name = 'cx'; EXEC('ALTER TABLE a DROP CONSTRAINT ' + @n + ', cy')",
        "DECLARE @s nvarchar(max) = N''; SELECT @s = @s + N'ALTER TABLE a DROP CONSTRAINT ' + QUOTENAME(name) + N';' FROM sys.check_constraints WHERE parent_object_id = OBJECT_ID('a'); EXEC sp_executesql @s",
        "DECLARE @s nvarchar(max) = N''; SELECT @s += N'ALTER TABLE a DROP CONSTRAINT ' + name + N';' FROM sys.check_constraints; EXEC (@s)",
        "IF (SELECT COUNT(*) FROM sys.check_constraints WHERE name = 'cz') = 0 ALTER TABLE a DROP CONSTRAINT cx, cy",
        "DECLARE @n int; SELECT @n = COUNT(*) FROM b; PRINT @n; ALTER TABLE a DROP CONSTRAINT cx, cy",
        "DECLARE @n sysname; SELECT @n = c.name FROM sys.check_constraints c JOIN sys.tables t ON t.object_id = c.parent_object_id JOIN sys.schemas s ON s.schema_id = t.schema_id WHERE s.name = 'dbo' AND t.name = 'A' AND c.name = 'cx'; EXEC('ALTER TABLE a DROP CONSTRAINT cy, ' + @n)",
        "IF EXISTS (SELECT 1 FROM sys.check_constraints WHERE name LIKE '[a-c]_' AND name NOT LIKE '%z') EXEC('ALTER TABLE a DROP CONSTRAINT cx, cy')",
        "DECLARE @s nvarchar(99) = REPLACE('ALTER TABLE {t} DROP CONSTRAINT cx, cy', '{t}', 'a'); IF OBJECT_ID('a') >= 1 EXEC (@s)",
        // A number stays that of the object while others come and go.
        "DECLARE @id int = OBJECT_ID('a'); CREATE TABLE \"0\" (id int); DROP TABLE b; DECLARE @s nvarchar(99) = 'ALTER TABLE ' + OBJECT_NAME(@id) + ' DROP CONSTRAINT cx, cy'; EXEC (@s)",
    ] {
        let found = table(&format!("{start}{then}"), "a");
        assert!(found.checks.is_empty(), "{then}");
    }
    for (then, says) in [
        (
            "DECLARE @n sysname; WITH c AS (SELECT name FROM sys.tables) SELECT @n = name FROM c; EXEC ('DROP TABLE ' + @n)",
            "the value of `@n`",
        ),
        (
            "DECLARE @n sysname; SELECT @n = name FROM sys.tables; EXEC ('DROP TABLE ' + @n)",
            "the value of `@n`",
        ),
        (
            "DECLARE @n sysname; SELECT TOP 1 @n = name FROM sys.tables; EXEC ('DROP TABLE ' + @n)",
            "the value of `@n`",
        ),
        (
            "DECLARE @n sysname; SELECT @n = name FROM sys.tables ORDER BY name; IF @n = 'a' DROP TABLE a",
            "the value of `@n`",
        ),
        (
            "DECLARE @n int; UPDATE b SET @n = id = id + 1; IF @n = 1 DROP TABLE a",
            "the value of `@n`",
        ),
        (
            "DECLARE @n int; SELECT @n = MAX(id) FROM b; IF @n IS NULL DROP TABLE a",
            "the value of `@n`",
        ),
    ] {
        let refused = replay(&format!("{start}{then}")).expect_err(then);
        assert!(refused.1.contains(says), "{then}: {}", refused.1);
    }
}

#[test]
fn no_table_is_made_by_the_way() {
    for text in [
        "WITH c AS (SELECT 1 AS n) SELECT * INTO dbo.t2 FROM c",
        "SET NOCOUNT ON SELECT * INTO t2 FROM a",
        "UPDATE a SET id = 1 SELECT * INTO t2 FROM a",
        "USE app;\nCREATE TABLE other.dbo.t (id int)",
        "CREATE TABLE other.dbo.t (id int)",
        "USE app;\nGO\nUSE other",
        "USE app;\nGO\nDROP TABLE IF EXISTS other.dbo.a",
        "IF OBJECT_ID('other.dbo.a') IS NULL DROP TABLE a",
        "IF EXISTS (SELECT 1 FROM other.sys.tables WHERE name = 'a') DROP TABLE a",
        "CREATE SCHEMA s CREATE VIEW v AS SELECT 1 AS n",
    ] {
        let refused = replay(&format!("CREATE TABLE a (id int);\nGO\n{text};")).expect_err(text);
        assert_eq!(refused.0, None, "{text}: {}", refused.1);
    }
    for (text, schema) in [
        (
            "GRANT SELECT, ALTER ON a TO public, x WITH GRANT OPTION CREATE TABLE t2 (id int)",
            "dbo",
        ),
        (
            "CREATE USER u WITHOUT LOGIN CREATE TABLE t2 (id int)",
            "dbo",
        ),
        ("ALTER ROLE r DROP MEMBER u CREATE TABLE t2 (id int)", "dbo"),
        ("CREATE SCHEMA s CREATE TABLE t2 (id int)", "s"),
        (
            "CREATE SCHEMA s AUTHORIZATION dbo\nCREATE TABLE t2 (id int) GRANT SELECT ON t2 TO public",
            "s",
        ),
        (
            "USE [app];\nGO\nCREATE TABLE [App].[dbo].t2 (id int)",
            "dbo",
        ),
    ] {
        let realm = replay(&format!("CREATE TABLE a (id int);\nGO\n{text};"))
            .unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert!(
            realm.table(&ObjectName::new(schema, "t2")).is_some(),
            "{text}"
        );
    }
}

#[test]
fn a_type_says_whether_its_columns_take_null() {
    let found = table(
        "CREATE TYPE dbo.phone FROM varchar(20) NOT NULL;\nGO\nCREATE TABLE a (p dbo.phone, q phone NULL);\nALTER TABLE a ADD r phone;\nALTER TABLE a ALTER COLUMN r phone;",
        "a",
    );
    let nulls: Vec<bool> = found.columns.iter().map(|column| column.nullable).collect();
    assert_eq!(nulls, [false, true, true]);
}

#[test]
fn what_changes_no_schema_is_passed_over() {
    for text in [
        "MERGE INTO a AS t USING (VALUES (1, 'x')) AS s (id, e) ON t.id = s.id\nWHEN MATCHED THEN UPDATE SET e = s.e\nWHEN NOT MATCHED THEN INSERT (id, e) VALUES (s.id, s.e)\nWHEN NOT MATCHED BY SOURCE THEN\n  DELETE",
        ";WITH d AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY e ORDER BY id) rn FROM a)\nDELETE FROM d WHERE rn > 1",
        "DELETE FROM x FROM dbo.a AS x JOIN dbo.a y ON x.e = y.e AND x.id > y.id",
        "DELETE TOP (10) FROM a",
        "UPDATE a SET e = CASE\n  WHEN id = 1 THEN 'x'\n  ELSE CASE WHEN id = 2 THEN 'y' END\nEND\nWHERE id > 0",
        "DISABLE TRIGGER tr ON a",
        "ALTER TABLE a DISABLE TRIGGER ALL",
        "CREATE STATISTICS st ON a (id) WITH FULLSCAN",
        "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON",
        "ALTER INDEX ALL ON a REBUILD WITH (ONLINE = ON, MAXDOP = 4)",
        "DECLARE @x TABLE (id int);\nINSERT INTO @x SELECT id FROM a",
        "SELECT * INTO #tmp FROM a;\nDROP TABLE #tmp",
        "UPDATE a SET e = 'x' OUTPUT inserted.id INTO #tmp WHERE id = 1",
    ] {
        let found = table(
            &format!(
                "CREATE TABLE a (id int, e varchar(9));\nGO\n{text};\nALTER TABLE a ADD z int;"
            ),
            "a",
        );
        assert_eq!(columns(&found), ["id", "e", "z"], "{text}");
    }
    for text in [
        "ALTER INDEX ix ON a REBUILD WITH (FILLFACTOR = 80)",
        "ALTER INDEX ix ON a DISABLE",
        "ALTER DATABASE CURRENT COLLATE Latin1_General_BIN2",
    ] {
        replay(&format!("CREATE TABLE a (id int, INDEX ix (id));\n{text};")).expect_err(text);
    }
}

#[test]
fn expressions_name_columns_that_are_there() {
    for text in [
        "CREATE TABLE t (id int, CONSTRAINT c CHECK (nosuch > 0))",
        "CREATE TABLE t (id int, d AS (nosuch + 1))",
        "CREATE TABLE t (id int);\nALTER TABLE t ADD CHECK ([No such] IS NULL)",
        "CREATE TABLE t (id int);\nCREATE INDEX ix ON t (id) WHERE nosuch IS NOT NULL",
    ] {
        let refused = replay(text).expect_err(text);
        assert_eq!(refused.0.as_deref(), Some("207"), "{text}: {}", refused.1);
    }
    replay(
        "CREATE TABLE t (id int, at datetimeoffset, [e x] nvarchar(9), j nvarchar(max),
  CHECK (DATEDIFF(day, at, SYSUTCDATETIME()) > 0 AND CONVERT(varchar(9), ID) <> N'x' COLLATE Latin1_General_BIN2),
  CHECK (CAST([e x] AS [nvarchar](4)) LIKE 'a%' ESCAPE '!' OR dbo.f(id) = 1 OR at AT TIME ZONE 'UTC' IS NULL),
  k AS (CASE WHEN ISJSON(j) = 1 THEN JSON_VALUE(j, '$.k') ELSE TRIM(LEADING 'x' FROM [e x]) END),
  l AS (CONVERT([int], id) % 10));
CREATE INDEX ix ON t (id) WHERE [at] IS NOT NULL AND id IN (1, 2);",
    )
    .unwrap();
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

#[test]
fn slips_are_told() {
    for (text, at, hint) in [
        ("CREATE TABEL a (id int)", "TABEL", "did you mean `TABLE`?"),
        (
            "CRAETE TABLE a (id int)",
            "CRAETE",
            "did you mean `CREATE`?",
        ),
        ("DROP TABEL a", "TABEL", "did you mean `TABLE`?"),
        (
            "CREATE TABLE a (id nvarchr(50))",
            "nvarchr",
            "did you mean `nvarchar`?",
        ),
        (
            "CREATE TABLE a (id uniqueidentifer)",
            "id uni",
            "did you mean `uniqueidentifier`?",
        ),
        (
            "CREATE TABLE a (id int NOT NUL)",
            "NOT",
            "did you mean `NOT NULL`?",
        ),
        (
            "CREATE TABLE a (id int DEFALT 1)",
            "DEFALT",
            "did you mean `DEFAULT`?",
        ),
        (
            "CREATE TABLE a (id int PRIMRY KEY)",
            "PRIMRY",
            "did you mean `PRIMARY`?",
        ),
        (
            "CREATE TABLE a (\n  id int NOT NULL\n  name varchar(9)\n)",
            "name",
            "is a comma missing before it?",
        ),
        (
            "CREATE TABLE a (id int [name] varchar(9))",
            "[name]",
            "is a comma missing before it?",
        ),
        (
            "CREATE TABLE a (id int)\nGO\nALTER TABLE a ADD b int NOT NUL",
            "NOT",
            "did you mean `NOT NULL`?",
        ),
        (
            "CREATE TABLE a (id int)\nGO\nALTR TABLE a ADD b int",
            "ALTR",
            "did you mean `ALTER`?",
        ),
    ] {
        let script = scan(text, &ScanOptions::MSSQL).expect("a script");
        let last = script.statements.last().expect("a statement");
        let mut state = State::new();
        for before in &script.statements[..script.statements.len() - 1] {
            state.run(&before.text).expect("what is right");
        }
        let refused = state.run(&last.text).expect_err(text);
        assert_eq!(
            refused.offset,
            last.text.find(at),
            "{text}: {}",
            refused.message
        );
        assert_eq!(
            refused.hint.as_deref(),
            Some(hint),
            "{text}: {}",
            refused.message
        );
    }
}
