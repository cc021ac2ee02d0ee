//! Dev databases without a server, from the outside: what they say of what they prove, and of what they can't follow.

use crate::cli_world::World;

#[test]
fn sqlite_can_do_without_itself() {
    let world = World::empty();
    world.write(
        "models.sql",
        "CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(80), PRIMARY KEY (id));\n",
    );
    world.write(
        "trueup.yaml",
        "envs:\n  app:\n    schema: models.sql\n    dev: offline://sqlite\n    migrations: migrations\n",
    );
    world.write(
        "migrations/1.sql",
        "CREATE TABLE people (id INTEGER PRIMARY KEY NOT NULL);\nALTER TABLE people RENAME TO users;\n",
    );
    world.run(&["migrate", "hash", "--env", "app"]).code(0);
    let run = world
        .run(&["check", "--env", "app"])
        .code(1)
        .err_has("not proven on a server");
    let plan = "ALTER TABLE `users` ADD COLUMN `email` varchar(80) NULL;";
    assert!(run.out.contains(plan), "{}", run.out);
    world
        .run(&["check", "--env", "app", "--require-proof"])
        .code(2)
        .err_has("`--require-proof` asks for that");
    world.run(&["migrate", "diff", "--env", "app"]).code(0);
    world.run(&["check", "--env", "app"]).code(0);
    for (migration, says) in [
        (
            "CREATE VIEW names AS SELECT email FROM users;\n ALTER TABLE users DROP COLUMN email;\n",
            "migrations/9.sql:2:14: whether view `names` reads `email` of `users` can't be known offline",
        ),
        (
            "CREATE INDEX ix ON users (nickname);\n",
            "migrations/9.sql:1:14: no such column: nickname",
        ),
    ] {
        world.write("migrations/9.sql", migration);
        world.run(&["migrate", "hash", "--env", "app"]).code(0);
        world.run(&["check", "--env", "app"]).code(2).err_has(says);
    }
    for (url, says) in [
        (
            "offline://sqlite/3",
            "SQLite has no versions to choose from",
        ),
        ("offline://sqlite?mode=memory", "unknown parameter `mode`"),
    ] {
        world
            .run(&["check", "--env", "app", "--dev-url", url])
            .code(2)
            .err_has(says);
    }
    world
        .run(&["schema", "inspect", "--url", "offline://sqlite"])
        .code(2)
        .err_has("it holds nothing that could be read");
}

const MODELS: &str = "CREATE TABLE [users] ([id] INTEGER NOT NULL IDENTITY, [email] NVARCHAR(80) NULL, PRIMARY KEY ([id]));\n";

fn world(migration: &str) -> World {
    let world = World::empty();
    world.write("models.sql", MODELS);
    world.write(
        "trueup.yaml",
        "envs:\n  app:\n    schema: models.sql\n    dev: offline://mssql/2022\n    migrations: migrations\n",
    );
    world.write("migrations/1.sql", migration);
    world.run(&["migrate", "hash", "--env", "app"]).code(0);
    world
}

#[test]
fn the_answer_says_that_no_server_gave_it() {
    let world = world(
        "CREATE TABLE users (id int IDENTITY(1,1) PRIMARY KEY)\nGO\nINSERT INTO users DEFAULT VALUES\nGO 3\n",
    );
    let run = world
        .run(&["check", "--env", "app"])
        .code(1)
        .err_has("not proven on a server");
    assert!(
        run.out
            .contains("ALTER TABLE [users] ADD [email] nvarchar(80) NULL;"),
        "{}",
        run.out
    );
    let run = world
        .run(&["check", "--env", "app", "--format", "json"])
        .code(1);
    assert!(run.out.contains("\"proven\": false"), "{}", run.out);
    let strict = ["--env", "app", "--require-proof"];
    world
        .run(&[&["check"], &strict[..]].concat())
        .code(2)
        .err_has("`--require-proof` asks for that");
    world
        .run(&[&["migrate", "diff"], &strict[..]].concat())
        .code(2)
        .err_has("`--require-proof` asks for that");
    world
        .run(&["migrate", "diff", "--env", "app"])
        .code(0)
        .err_has("not proven on a server");
    world.run(&["check", "--env", "app"]).code(0);
    world
        .run(&["migrate", "validate", "--env", "app"])
        .code(0)
        .err_has("replayed");
}

#[test]
fn what_can_not_be_followed_has_a_place() {
    let world =
        world("CREATE TABLE users (id int PRIMARY KEY);\nGO\n\nPRINT 'x'\n  EXEC make_the_rest;\n");
    let run = world.run(&["check", "--env", "app"]).code(2);
    let place = "migrations/1.sql:5:3: what the procedure `make_the_rest` does can't be followed without a server";
    run.err_has(place);
}

#[test]
fn what_its_url_may_say() {
    let world = world("CREATE TABLE users (id int PRIMARY KEY);\n");
    world
        .run(&["check", "--env", "app", "--dev-url", "local://mssql"])
        .code(2)
        .err_has("trueup starts no SQL Server from this machine's programs")
        .err_has("`offline://mssql/2022`");
    for (url, says) in [
        ("offline://mssql", "names no version"),
        ("offline://mssql/2005", "knows no SQL Server `2005`"),
        ("offline://mssql/2022?mode=all", "unknown mode `all`"),
        (
            "offline://mssql/2022?database=x",
            "unknown parameter `database`",
        ),
        (
            "offline://mysql/8",
            "unknown database `mysql` in a `offline://` URL",
        ),
    ] {
        world
            .run(&["check", "--env", "app", "--dev-url", url])
            .code(2)
            .err_has(says);
    }
    world
        .run(&["schema", "inspect", "--url", "offline://mssql/2022"])
        .code(2)
        .err_has("it holds nothing that could be read");
}

#[test]
fn an_alembic_history_needs_no_server() {
    let world = World::empty();
    world.write("models.sql", MODELS);
    world.write("alembic.ini", "[alembic]\nscript_location = alembic\n");
    world.write(
        "trueup.yaml",
        "envs:\n  app:\n    schema: models.sql\n    dev: sqlserver://sa:Hunter2@nowhere.invalid:1433?database=dev\n    migrations: alembic\n",
    );
    world
        .run(&["check", "--env", "app"])
        .code(2)
        .err_has("an Alembic history of SQL Server can't be run on a server yet")
        .err_has("`dev: offline://mssql/2022` needs none");
    let offline = ["check", "--env", "app", "--dev-url", "offline://sqlite"];
    world
        .run(&offline)
        .code(2)
        .err_has("an Alembic history of SQLite can't be run without a server yet");
}

#[test]
fn a_conversion_that_the_server_does_not_make_is_refused() {
    let world = world("CREATE TABLE users (id int IDENTITY(1,1) PRIMARY KEY, email date NULL);\n");
    world.write(
        "models.sql",
        "CREATE TABLE users (id int IDENTITY(1,1) PRIMARY KEY, email int NULL);\n",
    );
    world
        .run(&["check", "--env", "app"])
        .code(2)
        .err_has("the server does not convert column \"email\" from date to int by itself");
}

#[test]
fn what_a_conversion_loses_is_said() {
    for (from, to, loses) in [
        ("nvarchar(80)", "varchar(80)", true),
        ("datetime", "date", true),
        ("varchar(80)", "nvarchar(80)", false),
    ] {
        let world = world(&format!(
            "CREATE TABLE users (id int IDENTITY(1,1) PRIMARY KEY, email {from} NULL);\n"
        ));
        world.write(
            "models.sql",
            format!("CREATE TABLE users (id int IDENTITY(1,1) PRIMARY KEY, email {to} NULL);\n"),
        );
        let run = world.run(&["check", "--env", "app"]).code(1);
        let said = format!("{}{}", run.out, run.err);
        assert_eq!(said.contains("loses data"), loses, "{from} -> {to}: {said}");
    }
}

#[test]
fn a_schema_of_files_is_inspected_and_compared() {
    let world = world("");
    let dev = ["--dev-url", "offline://mssql/azure"];
    let run = world
        .run(
            &[
                &["schema", "inspect", "--url", "file://models.sql"],
                &dev[..],
            ]
            .concat(),
        )
        .code(0);
    assert!(
        run.out
            .contains("CONSTRAINT [PK_users] PRIMARY KEY CLUSTERED ([id] ASC)"),
        "{}",
        run.out
    );
    world.write("other.sql", "CREATE TABLE users (id int NOT NULL IDENTITY, email nvarchar(80), CONSTRAINT PK_mine PRIMARY KEY (id));\n");
    let diff = [
        "schema",
        "diff",
        "--from",
        "file://models.sql",
        "--to",
        "file://other.sql",
    ];
    let run = world.run(&[&diff[..], &dev[..]].concat()).code(0);
    assert!(
        run.out
            .contains("ADD CONSTRAINT [PK_mine] PRIMARY KEY CLUSTERED ([id] ASC)"),
        "{}",
        run.out
    );
}

#[test]
fn what_is_left_to_the_migrations_and_in_the_way_is_named() {
    let tables = "CREATE TABLE users (id int NOT NULL IDENTITY PRIMARY KEY, email nvarchar(80) NULL);\nCREATE TABLE old (id int, code int, CONSTRAINT ck CHECK (code > 0));\nGO\n";
    let bound = "CREATE VIEW codes WITH SCHEMABINDING AS SELECT code FROM dbo.old;\n";
    let way = "view \"codes\" depends on what changes, and is not part of the plan: drop it before the change";
    for (models, exclude) in [
        (MODELS.to_owned(), "codes[type=view]"),
        (
            format!("{MODELS}CREATE TABLE old (id int);\n"),
            "codes[type=view]",
        ),
        (MODELS.to_owned(), "none"),
    ] {
        let world = world(&format!("{tables}{bound}"));
        world.write("models.sql", models);
        let run = world.run(&["check", "--env", "app", "--exclude", exclude]);
        let run = run.code(2).err_has(way);
        assert!(!run.err.contains("bug in trueup"), "{}", run.err);
    }
    let world = world(&format!(
        "{tables}CREATE FUNCTION big(@n int) RETURNS bit WITH SCHEMABINDING AS BEGIN RETURN (SELECT MAX(code) FROM dbo.old) END;\n"
    ));
    world.write(
        "models.sql",
        format!("{MODELS}CREATE TABLE old (id int);\n"),
    );
    let run = world.run(&["check", "--env", "app"]).code(2);
    run.err_has("function \"big\" depends on what changes");
    let world = self::world(tables);
    world.write(
        "models.sql",
        format!("{MODELS}CREATE TABLE old (id int, code bigint);\n"),
    );
    let out = ["check", "--env", "app", "--exclude", "old.ck"];
    let run = world.run(&out).code(2);
    let run = run
        .err_has("The object 'ck' is dependent on column 'code'")
        .err_has("what the error names depends on it and is left to the migrations");
    assert!(!run.err.contains("bug in trueup"), "{}", run.err);
}

#[test]
fn a_view_that_loses_a_column_is_told() {
    let world = world(
        "CREATE TABLE users (id int NOT NULL IDENTITY PRIMARY KEY, email nvarchar(80) NULL, code int);\nGO\nCREATE VIEW codes AS SELECT id, code FROM users;\nGO\nCREATE VIEW mails AS SELECT email FROM users;\n",
    );
    let run = world.run(&["check", "--env", "app"]).code(1);
    let run =
        run.err_has("view \"codes\" of the migrations reads what goes, and fails from then on");
    assert!(!run.err.contains("mails"), "{}", run.err);
}

#[test]
fn what_a_pattern_may_mean_is_said_as_it_is_written() {
    let world = world(
        "CREATE TABLE [Users] (id int NOT NULL IDENTITY PRIMARY KEY, email nvarchar(80) NULL);\n",
    );
    let whole = "offline://mssql/2022?mode=database";
    for (pattern, near) in [
        ("dbo.USERZ", "dbo.Users"),
        ("dob.users", "dbo.Users"),
        ("userz", "Users"),
    ] {
        let run = world.run(&[
            "check",
            "--env",
            "app",
            "--dev-url",
            whole,
            "--exclude",
            pattern,
        ]);
        run.code(0).err_has(&format!("did you mean `{near}`?"));
    }
}
