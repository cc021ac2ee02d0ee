//! `schema inspect` and `schema diff` on all engines.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use serde_json::{Value, json};

use crate::cli_world::{MODELS, Run, World, config, finish};
use crate::golden::bench::Bench;
use crate::golden::{mysql, postgres, round_trip, sqlite};

const MEMORY: &str = "sqlite://dev?mode=memory";
const SYNCED: &str = "Schemas are synced, no changes to be made.\n";

fn inspect(world: &World, url: &str, more: &[&str]) -> Run {
    world.run(&[&["schema", "inspect", "--url", url], more].concat())
}

fn diff(world: &World, from: &str, to: &str, more: &[&str]) -> Run {
    world.run(&[&["schema", "diff", "--from", from, "--to", to], more].concat())
}

/// The same with a cache that all tests share.
fn run(world: &World, args: &[&str]) -> Run {
    let mut command = world.command(args);
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    finish(command.spawn().unwrap())
}

/// Requires nothing but fields that are documented, each of its type.
#[track_caller]
fn has_shape(value: &Value, shape: &Value, place: &str) {
    match (value, shape) {
        (Value::Object(members), Value::Object(known)) => {
            for (key, member) in members {
                let place = format!("{place}.{key}");
                let shape = known.get(key).or_else(|| known.get("*"));
                has_shape(
                    member,
                    shape.unwrap_or_else(|| panic!("{place} is not documented")),
                    &place,
                );
            }
            for (key, shape) in known {
                let needed = shape.as_str().is_some_and(|shape| shape.starts_with('!'));
                assert!(!needed || members.contains_key(key), "{place} has no {key}");
            }
        }
        (Value::Array(items), Value::Array(shape)) => {
            assert!(!items.is_empty(), "{place}: what is empty is left out");
            items
                .iter()
                .for_each(|item| has_shape(item, &shape[0], place));
        }
        (Value::String(_), Value::String(kind)) if kind.trim_start_matches('!') == "text" => {}
        (Value::Bool(true), Value::String(kind)) if kind.trim_start_matches('!') == "true" => {}
        (Value::Bool(_) | Value::Number(_), Value::String(kind)) if kind == "any" => {}
        _ => panic!("{place} is {value}, and should be {shape}"),
    }
}

fn shape() -> Value {
    let parts = json!([{"desc": "true", "column": "text", "expr": "text", "collate": "text", "attrs": {"*": "text"}}]);
    let unmanaged =
        json!([{"kind": "!text", "name": "!text", "table": "text", "definition": "!text"}]);
    json!({
        "schemas": [{
            "name": "!text", "comment": "text", "charset": "text", "collate": "text", "attrs": {"*": "text"},
            "tables": [{
                "name": "!text", "comment": "text", "charset": "text", "collate": "text", "attrs": {"*": "text"},
                "columns": [{
                    "name": "!text", "type": "!text", "null": "true", "default": "text", "auto_increment": "true",
                    "user_type": {"schema": "text", "name": "text"}, "generated": {"expr": "text", "stored": "any"},
                    "identity": {"always": "any", "options": {"*": "any"}},
                    "comment": "text", "charset": "text", "collate": "text", "attrs": {"*": "text"},
                }],
                "indexes": [{
                    "name": "text", "unique": "true", "constraint": "true", "parts": parts, "include": ["text"],
                    "where": "text", "method": "text", "comment": "text", "attrs": {"*": "text"},
                }],
                "primary_key": {"name": "text", "parts": parts, "comment": "text", "attrs": {"*": "text"}},
                "foreign_keys": [{
                    "name": "!text", "columns": ["text"],
                    "references": {"schema": "text", "table": "!text", "columns": ["text"]},
                    "on_update": "!text", "on_delete": "!text", "comment": "text", "attrs": {"*": "text"},
                }],
                "checks": [{"name": "text", "expr": "!text", "comment": "text", "attrs": {"*": "text"}}],
                "constraints": [{"name": "!text", "definition": "!text", "comment": "text"}],
            }],
            "enums": [{"name": "!text", "values": ["text"], "comment": "text"}],
            "sequences": [{"name": "!text", "type": "!text", "options": {"*": "any"}, "comment": "text"}],
            "unmanaged": unmanaged,
        }],
        "unmanaged": unmanaged,
    })
}

const BEFORE: &str = "\
CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(30) NOT NULL, PRIMARY KEY (id));
CREATE TABLE address (id INTEGER NOT NULL, user_id INTEGER NOT NULL, mail VARCHAR(20), PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id));
CREATE INDEX by_name ON users (name);
";

const AFTER: &str = "\
CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(30) NOT NULL, age INTEGER, PRIMARY KEY (id));
CREATE TABLE address (id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id));
CREATE TABLE tag (id INTEGER NOT NULL, PRIMARY KEY (id));
";

/// Two databases and a dev database.
struct Story<'a> {
    world: World,
    bench: &'a dyn Bench,
    dev: &'a str,
    first: String,
    second: String,
    from: String,
    to: String,
}

/// What is the same on every engine: `dev` is a dev database, `sql` what is printed for the first state.
fn story(bench: &dyn Bench, dev: &str, sql: &str) {
    let (first, second) = (bench.create(), bench.create());
    bench.script(&first, BEFORE).unwrap();
    bench.script(&second, AFTER).unwrap();
    let story = Story {
        world: World::empty(),
        bench,
        dev,
        from: bench.url(&first, true),
        to: bench.url(&second, true),
        first,
        second,
    };
    story.is_inspected(sql);
    let plan = story.is_compared();
    story.is_compared_with_sql(sql, &plan);
    story.has_views();
    bench.remove(&story.first);
    bench.remove(&story.second);
}

impl Story<'_> {
    fn is_inspected(&self, sql: &str) {
        let Self { world, from, .. } = self;
        inspect(world, from, &[]).code(0).out(sql).err("");
        let printed = inspect(world, from, &["--format", "json"]).code(0).err("");
        let value: Value = serde_json::from_str(&printed.out).unwrap();
        has_shape(&value, &shape(), "");
        let address = &value["schemas"][0]["tables"][0];
        assert_eq!(address["name"], "address");
        assert_eq!(address["columns"][2]["name"], "mail");
        assert_eq!(address["columns"][2]["null"], true);
        assert_eq!(address["primary_key"]["parts"], json!([{"column": "id"}]));
        assert_eq!(address["foreign_keys"][0]["references"]["table"], "users");
        assert_eq!(
            address["foreign_keys"][0]["references"]["columns"],
            json!(["id"])
        );
        let template = "{{ range .schemas }}{{ range .tables }}{{ .name }} {{ end }}{{ end }}";
        inspect(world, from, &["--format", template])
            .code(0)
            .out("address users ");
        let drawn = inspect(world, from, &["--format", "{{ mermaid . }}"]).code(0);
        assert!(
            drawn.out.starts_with("erDiagram\n    address {\n"),
            "{}",
            drawn.out
        );
        assert!(
            drawn
                .out
                .ends_with("    address }o--|| users : \"user_id\"\n"),
            "{}",
            drawn.out
        );
    }

    fn is_compared(&self) -> String {
        let Self {
            world,
            bench,
            dev,
            first,
            from,
            to,
            ..
        } = self;
        let plain = diff(world, from, to, &[])
            .code(0)
            .err_has("Warning: this was not run anywhere: give `--dev-url` to prove it");
        let proven = run(
            world,
            &["schema", "diff", "-f", from, "--to", to, "--dev-url", dev],
        )
        .code(0);
        assert_eq!((&*proven.out, &*proven.err), (&*plain.out, ""));
        let as_json = diff(world, from, to, &["--format", "json"]).code(0).err("");
        let found: Value = serde_json::from_str(&as_json.out).unwrap();
        assert_eq!(found["verdict"], "drifted");
        assert_eq!(found["proven"], false);
        assert_eq!(found["sql"], plain.out);
        assert_eq!(found["changes"].as_array().unwrap().len(), 3, "{found:#}");

        for format in ["sql", "json"] {
            let told = diff(world, from, to, &["--exit-code", "--format", format]).code(1);
            let other = diff(world, from, to, &["--format", format]).code(0);
            assert_eq!((told.out, told.err), (other.out, other.err));
        }

        bench.script(first, &plain.out).unwrap();
        diff(world, from, to, &["--exit-code"])
            .code(0)
            .out(SYNCED)
            .err("");
        let as_json = diff(world, from, to, &["--format", "json"]).code(0);
        assert!(
            as_json.out.contains("\"verdict\": \"synced\""),
            "{}",
            as_json.out
        );
        plain.out
    }

    fn is_compared_with_sql(&self, sql: &str, plan: &str) {
        let Self {
            world,
            dev,
            from,
            to,
            ..
        } = self;
        // SQL against a database, both ways; and what is skipped is not planned.
        world.write("before.sql", BEFORE);
        world.write("after.sql", AFTER);
        let against = |from: &str, to: &str| {
            run(
                world,
                &["schema", "diff", "-f", from, "--to", to, "--dev-url", dev],
            )
            .code(0)
            .err("")
            .out
        };
        assert_eq!(against("file://after.sql", to), SYNCED);
        assert_eq!(against(from, "file://after.sql"), SYNCED);
        assert_eq!(against("file://before.sql", "file://after.sql"), plan);
        assert_eq!(against("file://before.sql", to), plan);
        world.write(
        "atlas.hcl",
        format!("env \"x\" {{\n url = \"{from}\"\n src = \"file://before.sql\"\n dev = \"{dev}\"\n diff {{\n skip {{\n drop_table = true\n drop_column = true\n }}\n }}\n }}\n"),
    );
        let skipped = run(world, &["schema", "diff", "--env", "x"])
            .code(0)
            .err("");
        assert!(skipped.out.contains("ADD COLUMN"), "{}", skipped.out);
        assert!(!skipped.out.contains("DROP"), "{}", skipped.out);
        let of_source = run(
            world,
            &["schema", "inspect", "--env", "x", "-u", "env://src"],
        )
        .code(0);
        assert_eq!(of_source.out, sql);
        let left_out = [
            "schema",
            "inspect",
            "--env",
            "x",
            "--exclude",
            "users",
            "--exclude",
            "tag",
        ];
        let of_url = run(world, &left_out).code(0).out;
        assert!(
            of_url.contains("Create \"address\" table") && !of_url.contains("Create \"users\""),
            "{of_url}"
        );
    }

    fn has_views(&self) {
        let Self {
            world,
            bench,
            dev,
            first,
            second,
            from,
            to,
            ..
        } = self;
        bench
            .script(second, "CREATE VIEW names AS SELECT name FROM users")
            .unwrap();
        let whole = inspect(world, to, &[]).code(0).err("");
        assert!(whole.out.contains(" VIEW "), "{}", whole.out);
        let found = diff(world, from, to, &[]).code(0);
        assert!(found.out.contains(" VIEW "), "{}", found.out);
        diff(world, from, to, &["--exclude", "names[type=view]"])
            .code(0)
            .out(SYNCED);
        // A copy has it, too.
        bench
            .script(first, "CREATE VIEW names AS SELECT name FROM users")
            .unwrap();
        bench
            .script(
                second,
                "CREATE TABLE more (id INTEGER NOT NULL, PRIMARY KEY (id))",
            )
            .unwrap();
        run(
            world,
            &["schema", "diff", "-f", from, "--to", to, "--dev-url", dev],
        )
        .code(0)
        .err("");
    }
}

#[test]
fn on_sqlite() {
    story(
        &sqlite::Files::new(),
        MEMORY,
        "\
-- Create \"users\" table
CREATE TABLE `users` (
  `id` integer NOT NULL,
  `name` varchar(30) NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index \"by_name\" to table: \"users\"
CREATE INDEX `by_name` ON `users` (`name`);
-- Create \"address\" table
CREATE TABLE `address` (
  `id` integer NOT NULL,
  `user_id` integer NOT NULL,
  `mail` varchar(20) NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
",
    );
}

#[test]
fn on_postgres() {
    let bench = postgres::Server::start();
    story(
        &bench,
        "local://postgres?search_path=public",
        "\
-- Create \"users\" table
CREATE TABLE \"users\" (
  \"id\" integer NOT NULL,
  \"name\" character varying(30) NOT NULL,
  PRIMARY KEY (\"id\")
);
-- Create index \"by_name\" to table: \"users\"
CREATE INDEX \"by_name\" ON \"users\" (\"name\");
-- Create \"address\" table
CREATE TABLE \"address\" (
  \"id\" integer NOT NULL,
  \"user_id\" integer NOT NULL,
  \"mail\" character varying(20) NULL,
  PRIMARY KEY (\"id\"),
  CONSTRAINT \"address_user_id_fkey\" FOREIGN KEY (\"user_id\") REFERENCES \"users\" (\"id\") ON UPDATE NO ACTION ON DELETE NO ACTION
);
",
    );
    round_trip::sample("postgres", &bench);
    of_several_schemas(&bench);
    a_copy_that_can_not_be_made(&bench);
    tables_of_tools_stay_out_of_it(&bench);
    postgres_errors(&bench);
}

/// Without a limit names are qualified, and a limit on one side meets a state of one schema.
fn of_several_schemas(bench: &postgres::Server) {
    let world = World::empty();
    let db = bench.create();
    bench
        .script(
            &db,
            "CREATE SCHEMA app; CREATE TABLE app.t (id int); CREATE TABLE public.t (id int)",
        )
        .unwrap();
    let (whole, app) = (
        &*bench.url(&db, false),
        &*format!("{}&search_path=app", bench.url(&db, false)),
    );
    let sql = inspect(&world, whole, &[]).code(0).err("").out;
    assert!(
        sql.contains("CREATE SCHEMA \"app\";\n") && sql.contains("CREATE TABLE \"app\".\"t\" ("),
        "{sql}"
    );
    let one = inspect(&world, whole, &["--schema", "app", "--format", "json"])
        .code(0)
        .err("");
    let one: Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(one["schemas"].as_array().unwrap().len(), 1);
    inspect(&world, app, &[])
        .code(0)
        .out("-- Create \"t\" table\nCREATE TABLE \"t\" (\n  \"id\" integer NULL\n);\n");
    let drawn = inspect(&world, whole, &["--format", "mermaid"]).code(0).out;
    assert!(drawn.contains("    app_t[\"app.t\"] {\n"), "{drawn}");
    inspect(&world, whole, &["--schema", "nope"])
        .code(0)
        .out("")
        .err_has("Warning: there is no schema `nope`\n");
    inspect(&world, app, &["--schema", "public"])
        .code(0)
        .err_has("Warning: schema `public` is not looked at: the URL is limited to `app`\n");
    diff(&world, app, &format!("{whole}&search_path=public"), &[])
        .code(0)
        .out(SYNCED);
    diff(&world, app, whole, &["-s", "public"])
        .code(0)
        .out(SYNCED);
    diff(&world, app, whole, &[])
        .code(2)
        .err_has("Error: one URL is limited to one schema, and the other state has several\n");
    bench.remove(&db);
}

/// SQL that leads away from what the dev database can't build is printed, and said not to be proven.
fn a_copy_that_can_not_be_made(bench: &postgres::Server) {
    let world = World::empty();
    let (first, second) = (bench.create(), bench.create());
    let collation = "CREATE COLLATION plain FROM \"C\";";
    bench
        .script(
            &first,
            &format!("{collation} CREATE TABLE t (id text COLLATE plain)"),
        )
        .unwrap();
    bench
        .script(
            &second,
            &format!("{collation} CREATE TABLE t (id text COLLATE plain, x int)"),
        )
        .unwrap();
    let (from, to) = (bench.url(&first, false), bench.url(&second, false));
    let flags = [
        "schema",
        "diff",
        "--from",
        &from,
        "--to",
        &to,
        "--dev-url",
        "local://postgres",
    ];
    run(&world, &flags)
        .code(0)
        .out("-- Modify \"t\" table\nALTER TABLE \"public\".\"t\" ADD COLUMN \"x\" integer NULL;\n")
        .err_has("Warning: this was not run anywhere, since `--from` can't be built on the dev database: ")
        .err_has("collation \"public.plain\" for encoding \"UTF8\" does not exist\n");
    bench.remove(&first);
    bench.remove(&second);
}

/// What migration tools keep is not compared, whatever the schemas are called, and not in the way of a proof.
fn tables_of_tools_stay_out_of_it(bench: &postgres::Server) {
    let world = World::empty();
    let (first, second) = (bench.create(), bench.create());
    let tools = "CREATE SCHEMA flyway; CREATE TABLE flyway.flyway_schema_history (id int); \
                 CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num text);";
    bench
        .script(&first, &format!("{tools} CREATE TABLE app.t (id int)"))
        .unwrap();
    bench
        .script(
            &second,
            "CREATE SCHEMA app; CREATE TABLE app.t (id int, x int)",
        )
        .unwrap();
    let (from, to) = (bench.url(&first, false), bench.url(&second, false));
    let dev = ["--dev-url", "local://postgres"];
    diff(&world, &from, &to, &dev)
        .code(0)
        .err("")
        .out("-- Modify \"t\" table\nALTER TABLE \"app\".\"t\" ADD COLUMN \"x\" integer NULL;\n");
    let scoped = |url: &str| format!("{url}&search_path=app");
    let dev = ["--dev-url", "local://postgres?search_path=public"];
    diff(&world, &scoped(&from), &scoped(&to), &dev)
        .code(0)
        .err("")
        .out("-- Modify \"t\" table\nALTER TABLE \"t\" ADD COLUMN \"x\" integer NULL;\n");
    bench.remove(&first);
    bench.remove(&second);
}

fn postgres_errors(bench: &postgres::Server) {
    let world = World::empty();
    let server = bench.server();
    server.sql("postgres", "CREATE ROLE plain LOGIN PASSWORD 'right'");
    let rules = server.own_dir().join("data/pg_hba.conf");
    let before = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, format!("local all plain scram-sha-256\n{before}")).unwrap();
    server.sql("postgres", "SELECT pg_reload_conf()");
    let as_plain = |password: &str| {
        server
            .url("postgres")
            .replace("postgres@/", &format!("plain:{password}@/"))
    };
    crate::cli_world::eventually("the new rule counts", || {
        inspect(&world, &as_plain("hunter2"), &[]).code == Some(2)
    });
    inspect(&world, &as_plain("right"), &[]).code(0);
    let wrong = inspect(&world, &as_plain("hunter2"), &[])
        .code(2)
        .err_has("refuses the password of user \"plain\"\n  database: postgres://plain:***@/postgres?host=")
        .err_has(" (--url)\nHint: give it in the URL");
    assert!(!wrong.err.contains("hunter2"), "{}", wrong.err);
    inspect(&world, &server.url("nowhere"), &[])
        .code(2)
        .err_has("has no database \"nowhere\"\n")
        .err_has("Hint: check its name");
    inspect(
        &world,
        &format!("{}&search_paht=x", server.url("postgres")),
        &[],
    )
    .code(2)
    .err_has("Error: unknown parameter `search_paht` in the `postgres://` URL\n")
    .err_has("Hint: did you mean `search_path`?\n");
    inspect(
        &world,
        "postgres://me:hunter2@127.0.0.1:1/app?connect_timeout=1",
        &[],
    )
    .code(2)
    .err_has("Error: no PostgreSQL server at 127.0.0.1:1/app: ")
    .err_has("  database: postgres://me:***@127.0.0.1:1/app?connect_timeout=1 (--url)\nHint: ");
    inspect(&world, "local://postgres", &[])
        .code(2)
        .err_has("so there is nothing in it");
}

fn on_mysql_or_mariadb(dialect: &str, options: &str, index: &str) {
    let bench = mysql::Databases::start(dialect == "mariadb");
    let actions = if dialect == "mariadb" {
        "RESTRICT"
    } else {
        "NO ACTION"
    };
    let sql = format!(
        "\
-- Create \"users\" table
CREATE TABLE `users` (
  `id` int{index} NOT NULL,
  `name` varchar(30) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `by_name` (`name`)
) {options};
-- Create \"address\" table
CREATE TABLE `address` (
  `id` int{index} NOT NULL,
  `user_id` int{index} NOT NULL,
  `mail` varchar(20) NULL,
  PRIMARY KEY (`id`),
  INDEX `user_id` (`user_id`),
  CONSTRAINT `address_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON UPDATE {actions} ON DELETE {actions}
) {options};
"
    );
    story(&bench, &format!("local://{dialect}/dev"), &sql);
    round_trip::sample(dialect, &bench);

    let world = World::empty();
    numbers_that_rows_took(&world, &bench);
    let url = bench.url("mysql", true);
    let nowhere = bench.url("nowhere", true);
    inspect(&world, &nowhere, &[])
        .code(2)
        .err_has("has no database `nowhere`\n");
    let user = url.replace("root@", "plain:hunter2@");
    let refused = inspect(&world, &user, &[])
        .code(2)
        .err_has("refuses user `plain` with this password\n")
        .err_has(&format!(
            "  database: {}",
            url.replace("root@", "plain:***@")
        ));
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    inspect(&world, &format!("{url}&tsl=true"), &[])
        .code(2)
        .err_has("Error: unknown parameter `tsl` in the ")
        .err_has("Hint: did you mean `tls`?\n");
    inspect(
        &world,
        &format!("{dialect}://me:hunter2@127.0.0.1:1/app?timeout=1s"),
        &[],
    )
    .code(2)
    .err_has("Error: no MySQL or MariaDB server at 127.0.0.1:1: ")
    .err_has(&format!(
        "  database: {dialect}://me:***@127.0.0.1:1/app?timeout=1s (--url)\nHint: "
    ));
}

/// A live table's next number is its rows' business, and no part of what is printed or wanted.
fn numbers_that_rows_took(world: &World, bench: &dyn Bench) {
    let (used, new) = (bench.create(), bench.create());
    let table = "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id));";
    bench.script(&new, table).unwrap();
    bench
        .script(
            &used,
            &format!("{table} INSERT INTO t VALUES (41); ANALYZE TABLE t;"),
        )
        .unwrap();
    let (used_url, new_url) = (bench.url(&used, true), bench.url(&new, true));
    let wanted = inspect(world, &new_url, &[]).code(0).out;
    inspect(world, &used_url, &[]).code(0).out(&wanted);
    for (from, to) in [(&used_url, &new_url), (&new_url, &used_url)] {
        world
            .run(&["schema", "diff", "--from", from, "--to", to])
            .code(0)
            .out("Schemas are synced, no changes to be made.\n");
    }
    bench.remove(&used);
    bench.remove(&new);
}

#[test]
fn on_mysql() {
    on_mysql_or_mariadb("mysql", "CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci", "");
}

#[test]
fn on_mariadb() {
    on_mysql_or_mariadb("mariadb", "CHARSET utf8mb4 COLLATE utf8mb4_general_ci", "");
}

/// Models, migrations and files, without a server.
#[test]
fn whatever_a_schema_is_in() {
    let world = World::synced();
    let migrations = inspect(&world, "file://migrations", &["--dev-url", MEMORY])
        .code(0)
        .err("")
        .out;
    assert!(
        migrations.starts_with("-- Create \"users\" table\nCREATE TABLE `users` (\n  `id` "),
        "{migrations}"
    );
    for source in ["env://src", "env://migration.dir"] {
        let config = format!(
            "{}\n",
            config("migration {\n dir = \"file://migrations\"\n }")
        );
        world.write("atlas.hcl", config);
        let args = ["schema", "inspect", "--env", "local", "--url", source];
        world.run(&args).code(0).out(&migrations).err("");
    }
    let between = [
        "schema",
        "diff",
        "--env",
        "local",
        "--from",
        "file://migrations",
    ];
    world.run(&between).code(0).out(SYNCED).err("");
    world.write(
        "models.sql",
        MODELS.replace(
            "name VARCHAR(30) NOT NULL,",
            "title VARCHAR(30) NOT NULL UNIQUE,",
        ),
    );
    let renamed = world.run(&between).code(0);
    let warning = "looks renamed to \"title\", but is planned as a drop and an add: its data would be lost; if it is a \
                   rename, write it by hand\n";
    let renamed = renamed.err_has(warning);
    assert!(
        renamed.out.contains("PRAGMA foreign_keys = off;\n"),
        "{}",
        renamed.out
    );
    let one_line = world
        .run(&[&between[..], &["--format", "{{ sql . }}"]].concat())
        .code(0);
    assert!(
        one_line.out.contains("CREATE TABLE `new_users` (`id`"),
        "{}",
        one_line.out
    );
    let template = "{{ range .Changes }}{{ .Cmd }};\n{{ end }}";
    let templated = world
        .run(&[&between[..], &["--format", template]].concat())
        .code(0);
    assert!(
        templated
            .out
            .starts_with("-- atlas:txmode none\n\nPRAGMA foreign_keys = off;\n"),
        "{}",
        templated.out
    );
    assert!(
        world.snapshot().len() > 3 && world.migrations().len() == 1,
        "nothing is written"
    );
}

#[test]
fn what_is_missing_or_does_not_fit() {
    let world = World::empty();
    world.write("a.sql", "CREATE TABLE t (id int);");
    world.write("a.db", "");
    inspect(&world, "file://a.sql", &[]).code(2).out("").err(
        "Error: no dev database is set\n  needed to build: file://a.sql\nHint: give `--dev-url`, such as \
         `sqlite://dev?mode=memory`, `local://postgres` where it is installed, or the URL of an empty database\n",
    );
    diff(&world, "sqlite://a.db", "file://a.sql", &[])
        .code(2)
        .err_has("  needed to build: file://a.sql\n");
    diff(&world, "sqlite://a.db", "postgres://me:hunter2@h/app", &[]).code(2).out("").err(
        "Error: `--from` is SQLite, and `--to` is PostgreSQL\nHint: schemas are compared within one kind of database\n",
    );
    diff(
        &world,
        "sqlite://a.db",
        "file://a.sql",
        &["--dev-url", "local://postgres"],
    )
    .code(2)
    .err_has("Error: `--from` is SQLite, and the dev database is PostgreSQL\n");
    inspect(&world, "sqlite://none.db", &[])
        .code(2)
        .err("Error: the database none.db does not exist\n  database: sqlite://none.db (--url)\n");
    inspect(&world, "sqlite://a.db", &[])
        .code(0)
        .out("")
        .err("");
    inspect(&world, "sqlite://a.db", &["--format", "mermaid"])
        .code(0)
        .out("erDiagram\n");
    inspect(&world, "sqlite://a.db", &["--format", "yaml"])
        .code(2)
        .err_has(
            "Error: invalid format: it is neither `json`, `sql` nor `mermaid`, and no template\n",
        );
    diff(
        &world,
        "sqlite://a.db",
        "sqlite://a.db",
        &["--format", "mermaid"],
    )
    .code(2)
    .err_has("Error: changes can't be drawn as a diagram\n");
    world
        .run(&["schema", "inspect"])
        .code(2)
        .err_has("Error: nothing to inspect is named\nHint: give `--url`, such as");
    world
        .run(&["schema", "diff", "--from", "sqlite://a.db"])
        .code(2)
        .err_has("Error: nothing is named to compare: `--to` is missing\n");
    let failed = diff(
        &world,
        "sqlite://none.db",
        "sqlite://a.db",
        &["--format", "json"],
    )
    .code(2);
    let failed: Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!(failed["verdict"], "unknown");
    assert_eq!(
        failed["error"]["details"]["database"],
        "sqlite://none.db (--from)"
    );
    world
        .run(&["schema", "inspct"])
        .code(2)
        .out("")
        .err_has("error: unrecognized subcommand 'inspct'\n\n  tip: a similar subcommand exists: 'inspect'\n");
}
