//! The commands on a private PostgreSQL server.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::cli_world::{Run, World, config, eventually, finish};
use crate::postgres_url::Server;

const MODELS: &str = "\
-- atlas:pos user_account[type=table] db/models.py:10
CREATE TABLE user_account (id SERIAL NOT NULL, name VARCHAR(30) NOT NULL, fullname VARCHAR(30), PRIMARY KEY (id));

CREATE TABLE address (id SERIAL NOT NULL, email_address VARCHAR(30) NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user_account (id));
";

const FILE: &str = r#"-- Create "user_account" table
CREATE TABLE "public"."user_account" (
  "id" serial NOT NULL,
  "name" character varying(30) NOT NULL,
  "fullname" character varying(30) NULL,
  PRIMARY KEY ("id")
);
-- Create "address" table
CREATE TABLE "public"."address" (
  "id" serial NOT NULL,
  "email_address" character varying(30) NOT NULL,
  "user_id" integer NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "address_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."user_account" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
"#;

fn world() -> World {
    let world = World::new();
    let format = "format {\n migrate {\n diff = \"{{ sql . \\\"  \\\" }}\"\n }\n }";
    let text = config(format).replace("sqlite://dev?mode=memory", "local://postgres");
    world.write("atlas.hcl", text);
    world.write("models.sql", MODELS);
    world
}

fn run(world: &World, args: &[&str]) -> Run {
    finish(command(world, args).spawn().unwrap())
}

/// The server's template is made once for all tests.
fn command(world: &World, args: &[&str]) -> std::process::Command {
    let mut command = world.command(args);
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Both states are on one server, which has one list of roles.
#[test]
fn a_role_that_both_states_make() {
    let world = world();
    let missing = "DO $$ BEGIN CREATE ROLE app; \
                   EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;";
    for (role, code) in [("CREATE ROLE app;", 2), (missing, 0)] {
        let sql = format!("{role}\nCREATE TABLE t (a int);\nGRANT SELECT ON t TO app;\n");
        world.write("models.sql", &sql);
        world.write("migrations/1.sql", &sql);
        run(&world, &["migrate", "hash", "--env", "local"]).code(0);
        let done = run(&world, &["check", "--env", "local"]).code(code);
        let told = done
            .err
            .contains("Hint: a role belongs to the whole server, where both states are built;");
        assert_eq!(told, code == 2, "{done:#?}");
    }
}

/// A directory with these migrations, and models.
fn given(migrations: &str, models: &str) -> World {
    let world = world();
    world.write("models.sql", models);
    world.write("migrations/1.sql", migrations);
    run(&world, &["migrate", "hash", "--env", "local"]).code(0);
    world
}

/// What only the migrations make is there for the models, and stays theirs.
#[test]
fn the_models_need_what_the_migrations_make() {
    let migrations = "\
CREATE SCHEMA ops;
CREATE EXTENSION pg_trgm SCHEMA ops;
CREATE EXTENSION citext;
DO $$ BEGIN CREATE TYPE ops.hue AS ENUM ('red', 'blue'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN ops.email AS text CHECK (VALUE LIKE '%@%');
CREATE COLLATION plain FROM \"C\";
CREATE SEQUENCE order_no START 100;
CREATE SEQUENCE idle_no;
CREATE FUNCTION norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT upper($1) $$;
CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM ops.item); END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE ops.item (id serial PRIMARY KEY, hue ops.hue NOT NULL, hues ops.hue[], p pair, c text COLLATE plain,
  no bigint NOT NULL DEFAULT nextval('order_no'), mail ops.email, nick citext, n bigint DEFAULT total(),
  loud text GENERATED ALWAYS AS (norm(c)) STORED, CONSTRAINT said CHECK (norm(c) <> ''));
CREATE INDEX ix_norm ON ops.item (norm(c));
CREATE INDEX ix_like ON ops.item USING gin (loud ops.gin_trgm_ops);
CREATE VIEW ops.loud AS SELECT loud FROM ops.item;
CREATE MATERIALIZED VIEW seen AS SELECT loud FROM ops.loud;
CREATE TRIGGER touched BEFORE UPDATE ON ops.item FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM ops.item; END $$;
CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION told();
CREATE PUBLICATION items FOR TABLE ops.item;
CREATE STATISTICS pairs ON hue, no FROM ops.item;
CREATE POLICY all_of_it ON ops.item USING (true);
CREATE RULE kept AS ON DELETE TO ops.item DO INSTEAD NOTHING;
CREATE AGGREGATE plus(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE span AS RANGE (subtype = int);
CREATE CAST (pair AS ops.hue) WITH INOUT;
";
    let models = |more: &str| {
        format!(
            "CREATE TABLE ops.item (id SERIAL NOT NULL, hue ops.hue NOT NULL, hues ops.hue[], p pair, c TEXT COLLATE \"plain\", \
             no BIGINT DEFAULT nextval('order_no') NOT NULL, mail ops.email, nick CITEXT, n BIGINT DEFAULT total(), \
             loud TEXT GENERATED ALWAYS AS (norm(c)) STORED{more}, PRIMARY KEY (id), CONSTRAINT said CHECK (norm(c) <> ''));\n\
             CREATE INDEX ix_norm ON ops.item (norm(c));\n\
             CREATE INDEX ix_like ON ops.item USING gin (loud ops.gin_trgm_ops);\n"
        )
    };
    let world = given(migrations, &models(""));
    run(&world, &["check", "--env", "local"]).code(0).err("");
    let told = run(&world, &["check", "-v", "--env", "local"])
        .code(0)
        .err_has("the models need what only the migrations make: ops\n");
    for part in [
        "enum (1): ops.hue;",
        "extension (2): citext, pg_trgm;",
        "sequence (2): public.idle_no, public.order_no;",
    ] {
        assert!(told.err.contains(part), "{told:#?}");
    }
    world.write("models.sql", models(", b INTEGER"));
    let done = run(&world, &["migrate", "diff", "--dry-run", "--env", "local"]).code(0);
    assert_eq!(
        done.out,
        "-- Modify \"item\" table\nALTER TABLE \"ops\".\"item\" ADD COLUMN \"b\" integer NULL;\n"
    );
    // What the models make themselves is compared as it was, an enum in particular.
    let own = "CREATE SCHEMA ops;\nCREATE EXTENSION IF NOT EXISTS citext;\nCREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ops;\n\
               CREATE TYPE ops.hue AS ENUM ('red', 'blue', 'green');\n";
    world.write("models.sql", format!("{own}{}", models("")));
    let done = run(&world, &["migrate", "diff", "--dry-run", "--env", "local"]).code(0);
    assert!(done.out.contains("ADD VALUE 'green'"), "{done:#?}");
    run(&world, &["migrate", "diff", "--env", "local"]).code(0);
    run(&world, &["check", "--env", "local"]).code(0);
}

/// The second of two schemas in SQL leans on the first one's objects in the same way.
#[test]
fn one_schema_needs_what_the_other_makes() {
    let world = world();
    let table = "CREATE TABLE t (id SERIAL NOT NULL, mail email, PRIMARY KEY (id)";
    world.write(
        "from.sql",
        format!("CREATE DOMAIN email AS text;\n{table});\nCREATE VIEW v AS SELECT id FROM t;\n"),
    );
    world.write(
        "to.sql",
        format!("{table}, CONSTRAINT c CHECK (id > 0));\n"),
    );
    let args = [
        "schema",
        "diff",
        "--from",
        "file://from.sql",
        "--to",
        "file://to.sql",
        "--dev-url",
        "local://postgres",
        "-v",
    ];
    let done = run(&world, &args)
        .code(0)
        .err_has("left to the migrations: domain (1): public.email; view (1): public.v\n");
    assert!(
        done.out.contains("ADD CONSTRAINT \"c\" CHECK") && !done.out.contains("DROP"),
        "{done:#?}"
    );
}

/// Functions are the models' from the first that they create on, but for those that they lean on.
#[test]
fn the_models_make_some_functions_and_need_another() {
    let migrations = "CREATE EXTENSION citext;\nCREATE EXTENSION pgcrypto;\nCREATE EXTENSION pg_trgm;\n\
                      CREATE FUNCTION deep() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;\n\
                      CREATE FUNCTION ref() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN deep(); END $$;\n\
                      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
                      CREATE FUNCTION idle() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;\n\
                      CREATE FUNCTION own() RETURNS text LANGUAGE sql AS $$ SELECT 'x'; $$;\n\
                      CREATE TABLE t (id serial PRIMARY KEY, ref citext DEFAULT ref());\n\
                      CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();\n";
    let models = "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n\
                  CREATE FUNCTION own() RETURNS text LANGUAGE sql AS $$ SELECT 'x'; $$;\n\
                  CREATE TABLE t (id SERIAL NOT NULL, ref CITEXT DEFAULT ref(), PRIMARY KEY (id));\n";
    let world = given(migrations, models);
    let done = run(&world, &["check", "--env", "local"]).code(1);
    let only = "\n\n  drop extension  pgcrypto\n  drop function   idle()\n\n";
    assert!(done.out.contains(only), "{done:#?}");
    // What needs nothing of the migrations leaves them what theirs lean on, too.
    world.write("models.sql", models.replace("CITEXT DEFAULT ref()", "TEXT"));
    let done = run(&world, &["check", "--env", "local"]).code(1);
    assert!(!done.out.contains("touch()"), "{done:#?}");
}

/// A trigger is the models' here, and a policy is not: both go with their table, and so does a type that only they name.
#[test]
fn what_belongs_to_a_table_goes_with_it() {
    let touch = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
                 CREATE TABLE t (id serial PRIMARY KEY);\n\
                 CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();\n";
    let gone = "CREATE TYPE mood AS ENUM ('glad');\n\
                CREATE TABLE gone (m text);\n\
                CREATE TRIGGER touched BEFORE UPDATE ON gone FOR EACH ROW EXECUTE FUNCTION touch();\n\
                CREATE POLICY glad ON gone USING (m = 'glad'::mood::text);\n";
    let world = given(&format!("{touch}{gone}"), touch);
    let done = run(&world, &["migrate", "diff", "--dry-run", "--env", "local"]).code(0);
    assert_eq!(
        done.out,
        "-- Drop \"gone\" table\nDROP TABLE \"public\".\"gone\";\n-- Drop enum type \"mood\"\nDROP TYPE \"public\".\"mood\";\n"
    );
}

/// Tables and what is in a schema are the models' own also where their SQL is run on what the migrations make.
#[test]
fn parts_and_whole_schemas_are_made_again() {
    let migrations = "CREATE DOMAIN mail AS text;\n\
                      CREATE SCHEMA app;\nCREATE TABLE app.t (id int PRIMARY KEY, m mail);\n\
                      CREATE TABLE ev (id int, m mail) PARTITION BY RANGE (id);\n\
                      CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (9);\n";
    let more = "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (9) TO (99);\n";
    let models = "CREATE SCHEMA app CREATE TABLE t (id int PRIMARY KEY, m public.mail);\n\
                  CREATE TABLE ev (id int, m mail) PARTITION BY RANGE (id);\n\
                  CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (9);\n";
    let world = given(migrations, models);
    run(&world, &["check", "--env", "local"]).code(0);
    let world = given(&format!("{migrations}{more}"), models);
    let done = run(&world, &["check", "--env", "local"]).code(2);
    assert!(
        done.out
            .contains("\n\n  partition public.ev.ev2 is only in the migrations\n\n"),
        "{done:#?}"
    );
}

/// The hint is followed to the end.
#[test]
fn what_is_not_planned_comes_behind_the_first_migration() {
    let world = world();
    let view = "CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer);\n";
    world.write("models.sql", format!("{MODELS}{view}"));
    let done = run(&world, &["migrate", "diff", "--env", "local"]).code(2);
    let (_, first) = done
        .err
        .split_once("write the tables first (`trueup ")
        .unwrap();
    let (first, then) = first.split_once("`)").unwrap();
    assert!(
        then.starts_with(", then a migration for it by hand (`trueup migrate new --edit`)"),
        "{done:#?}"
    );
    let first: Vec<String> = first
        .split(' ')
        .map(|word| word.replace('\'', ""))
        .collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    run(&world, &first).code(0);
    world.write("migrations/30000101000000_names.sql", view);
    run(&world, &["migrate", "hash", "--env", "local"]).code(0);
    run(&world, &["check", "--env", "local"]).code(0);
}

/// A database lends as well what it has besides tables.
#[tokio::test]
async fn models_lean_on_what_a_database_has() {
    let server = Server::start().await;
    let has = "CREATE SCHEMA ops; CREATE EXTENSION citext SCHEMA ops; CREATE DOMAIN mail AS ops.citext; \
               CREATE FUNCTION b() RETURNS text LANGUAGE sql AS $$ SELECT 'b'::ops.citext::text $$; \
               CREATE TABLE ops.t (id int PRIMARY KEY, m mail, b text DEFAULT b());";
    server.sql("dev", has).await;
    let world = world();
    let models = "CREATE TABLE ops.t (id INTEGER NOT NULL, m mail, b TEXT DEFAULT b(), c INTEGER, PRIMARY KEY (id));\n";
    world.write("models.sql", models);
    let url = server.url("postgres", "dev");
    let args = [
        "--from",
        &url,
        "--to",
        "file://models.sql",
        "--dev-url",
        "local://postgres",
    ];
    let done = run(&world, &[&["schema", "diff"][..], &args].concat()).code(0);
    assert_eq!(
        done.out,
        "-- Modify \"t\" table\nALTER TABLE \"ops\".\"t\" ADD COLUMN \"c\" integer NULL;\n",
        "{done:#?}"
    );
    server.stop().await;
}

/// What migrations can't make before the models' tables are there.
#[test]
fn a_circle_is_told() {
    let migrations = "CREATE TABLE fee (id serial PRIMARY KEY);\n\
                      CREATE FUNCTION fees() RETURNS SETOF fee LANGUAGE sql AS $$ TABLE fee $$;\n\
                      CREATE FUNCTION top() RETURNS bigint LANGUAGE sql AS $$ SELECT max(id) FROM fees() $$;\n\
                      CREATE TABLE bill (id serial PRIMARY KEY, CONSTRAINT c CHECK (id > 0 OR fees() IS NULL));\n";
    let migrations = migrations.replace("id > 0 OR fees() IS NULL", "id > 0");
    let models = "CREATE TABLE fee (id SERIAL NOT NULL, PRIMARY KEY (id));\n\
                  CREATE TABLE bill (id SERIAL NOT NULL, f fee DEFAULT fees(), PRIMARY KEY (id));\n";
    let world = given(&migrations, models);
    run(&world, &["check", "--env", "local"])
        .code(2)
        .err_has("Hint: the migrations make it (migrations/1.sql:2:1: `CREATE FUNCTION fees()")
        .err_has("but it needs table `fee`, which the models make: a circle.");
}

/// An extension that nobody makes: what is told leads to the end, and nothing that tables need is left out of the plan.
#[test]
fn the_models_need_an_extension_that_nobody_makes() {
    let world = world();
    world.write(
        "models.sql",
        "CREATE TABLE t (id INTEGER NOT NULL, a CITEXT, PRIMARY KEY (id));\n",
    );
    run(&world, &["check", "--env", "local"]).code(2).err_has(
        "write `CREATE EXTENSION \"citext\"` into a migration (`trueup migrate new --edit`)\n",
    );
    let plain = world.read("models.sql");
    world.write(
        "models.sql",
        format!("CREATE EXTENSION \"citext\";\n{plain}"),
    );
    run(&world, &["migrate", "diff", "--env", "local", "--exclude", "citext[type=extension]"])
        .code(2)
        .err_has("Hint: nothing was written; it needs something that neither the migrations nor the plan make; what `exclude`");
    run(&world, &["migrate", "diff", "--env", "local"]).code(0);
    run(&world, &["check", "--env", "local"]).code(0);
    world.write("models.sql", plain);
    run(&world, &["check", "--env", "local"]).code(0);
}

#[test]
fn a_role_that_the_dev_server_lacks() {
    let world = world();
    let grant = "CREATE TABLE t (id int);\nGRANT SELECT ON t TO app_user;\n";
    world.write("migrations/1.sql", grant);
    run(&world, &["migrate", "hash", "--env", "local"]).code(0);
    run(&world, &["check", "--env", "local"])
        .code(2)
        .err_has("Error: migrations/1.sql:2:1: role \"app_user\" does not exist\n")
        .err_has("Hint: a role belongs to the whole server, and the dev server has none of yours: let the migrations make it");
}

/// The official provider prints what SQLAlchemy writes for a driver: each `%` twice.
#[test]
fn the_providers_percent_signs_are_those_of_the_models() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let path = ".venv/bin/atlas-provider-sqlalchemy";
    world.write(path, "#!/bin/sh\ncat models.sql\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path(path), executable).unwrap();
    let text = world
        .read("atlas.hcl")
        .replace("\"sh\", \"models.sh\"", "\"atlas-provider-sqlalchemy\"");
    world.write("atlas.hcl", text);
    world.write(
        "models.sql",
        "CREATE TABLE fee (id SERIAL NOT NULL, price INTEGER, code VARCHAR(9) DEFAULT '10%%', \"rate%%\" INTEGER, \
         CONSTRAINT five CHECK (price %% 5 = 0 AND code <> '%%%%'), PRIMARY KEY (id));\n",
    );
    let done = run(&world, &["migrate", "diff", "--dry-run", "--env", "local"])
        .code(0)
        .err("");
    for part in [
        "DEFAULT '10%'",
        "\"rate%\" integer",
        "(price % 5) = 0",
        "<> '%%'",
    ] {
        assert!(done.out.contains(part), "no {part} in {}", done.out);
    }
}

#[test]
fn an_index_that_the_models_build_concurrently() {
    let world = world();
    world.write("models.sql", "CREATE TABLE t (a INTEGER);\n");
    run(&world, &["migrate", "diff", "--env", "local"]).code(0);
    world.write(
        "models.sql",
        "CREATE TABLE t (a INTEGER);\nCREATE INDEX CONCURRENTLY ix ON t (a);\n",
    );
    let note = "the models build index \"ix\" CONCURRENTLY, and the plan does not: to build it that way, set `create = true`";
    run(&world, &["check", "--env", "local"])
        .code(1)
        .err_has(note);
    let text = world.read("atlas.hcl");
    let block =
        "dev = \"local://postgres\"\n diff {\n concurrent_index {\n create = true\n }\n }\n";
    world.write(
        "atlas.hcl",
        text.replace("dev = \"local://postgres\"", block),
    );
    let done = run(&world, &["check", "--env", "local"]).code(1);
    assert!(
        done.out.contains("CREATE INDEX CONCURRENTLY"),
        "{}",
        done.out
    );
    assert!(!done.err.contains("CONCURRENTLY"), "{}", done.err);
}

/// A long statement is shown where the engine stopped.
#[test]
fn a_long_statement_is_shown_around_its_error() {
    let world = world();
    let columns: Vec<String> = (0..60).map(|n| format!("column_{n} INTEGER")).collect();
    world.write(
        "models.sql",
        format!(
            "CREATE TABLE t ({}, bad NOTHING, {});\n",
            columns.join(", "),
            columns.join(", ")
        ),
    );
    run(&world, &["check", "--env", "local"])
        .code(2)
        .err_has("  statement: …")
        .err_has("column_59 INTEGER, bad NOTHING, column_0 INTEGER");
}

#[test]
fn the_story_of_the_guide() {
    let world = world();
    let diff = ["migrate", "diff", "--env", "local"];
    run(&world, &diff).code(0).out("");
    assert_eq!(
        world.read(&format!("migrations/{}", world.migrations()[0])),
        FILE
    );

    let models = MODELS.replace(
        "fullname VARCHAR(30),",
        "fullname VARCHAR(30), age INTEGER,",
    );
    world.write("models.sql", models);
    run(&world, &diff).code(0).out("");
    assert_eq!(
        world.read(&format!("migrations/{}", world.migrations()[1])),
        "-- Modify \"user_account\" table\n\
         ALTER TABLE \"public\".\"user_account\" ADD COLUMN \"age\" integer NULL;\n"
    );
    run(&world, &diff)
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
    assert_eq!(world.migrations().len(), 2);
}

#[test]
fn names_are_qualified_as_the_dev_database_is_scoped() {
    let world = world();
    let dry = ["migrate", "diff", "--dry-run", "--env", "local"];
    let scoped = ["--dev-url", "local://postgres?search_path=public"];
    let printed = run(&world, &[&dry[..], &scoped].concat()).code(0);
    assert_eq!(printed.out, FILE.replace("\"public\".", ""));
    let printed = run(&world, &[&dry[..], &["--qualifier", "app"]].concat()).code(0);
    assert_eq!(printed.out, FILE.replace("\"public\".", "\"app\"."));
}

#[test]
fn refused_models_are_told_with_code_and_place() {
    let world = world();
    world.write(
        "models.sql",
        MODELS.replace("fullname VARCHAR(30)", "fullname VARCHARR(30)"),
    );
    let run = run(&world, &["check", "--env", "local"]).code(2).out("");
    let column = MODELS.lines().nth(1).unwrap().find("VARCHAR(30),").unwrap() + 1;
    assert!(
        run.err.starts_with(&format!(
            "Error: output of sh:2:{column}: type \"varcharr\" does not exist\n  statement: CREATE TABLE user_account "
        )),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("  code: 42704\n  model: db/models.py:10\n"),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("or another database's (the models' SQL must be PostgreSQL's: `--dialect`"),
        "{}",
        run.err
    );
}

#[test]
fn a_view_that_is_left_out_and_in_the_way_is_named() {
    let world = world();
    let view = "CREATE VIEW names AS SELECT name FROM user_account;\n";
    world.write("migrations/1_first.sql", format!("{MODELS}\n{view}"));
    run(&world, &["migrate", "hash", "--env", "local"]).code(0);
    let wider = MODELS.replace("name VARCHAR(30) NOT NULL", "name TEXT NOT NULL");
    world.write("models.sql", format!("{wider}\n{view}"));
    let left_out = ["check", "--env", "local", "--exclude", "names[type=view]"];
    run(&world, &left_out)
        .code(2)
        .err_has("  detail: rule _RETURN on view names depends on column \"name\"\n")
        .err_has("Hint: nothing was written; view \"names\" depends on what changes, and is not part of the plan: drop it before the change and ");
}

#[test]
fn an_interrupt_leaves_no_server() {
    let world = world();
    world.write("models.sh", "echo up > up; sleep 60\n");
    let child = command(&world, &["check", "--env", "local", "-vv"])
        .spawn()
        .unwrap();
    eventually("the provider runs", || world.path("up").exists());
    let id = child.id();
    // Its children: the provider, and what holds the server.
    let children = || {
        let mut found = Vec::new();
        for task in std::fs::read_dir(format!("/proc/{id}/task"))
            .unwrap()
            .flatten()
        {
            let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            let pids = text.split_whitespace().filter_map(|pid| pid.parse().ok());
            found.extend(pids.filter_map(Pid::from_raw));
        }
        found
    };
    eventually("the server runs", || children().len() >= 2);
    let started = children();
    kill_process(Pid::from_raw(id.try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
    finish(child).code(143);
    eventually("all of it is gone", || {
        started.iter().all(|pid| test_kill_process(*pid).is_err())
    });
}
