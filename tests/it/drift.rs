//! `drift`: a database that somebody changed by hand, on all engines.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli_world::{Run, World, eventually};
use crate::golden::bench::Bench;
use crate::golden::{mysql, postgres, sqlite};
use crate::mysql_server::Server;

/// A file of `tests/data/drift`.
fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/drift");
    std::fs::read_to_string(path.join(name)).unwrap()
}

/// Atlas' table, as its CLI makes it, with a row for each of these: version, type, applied, total, error.
fn revisions(rows: &[(&str, u32, u32, u32, &str)]) -> String {
    let rows = rows.iter().map(|(version, kind, applied, total, error)| {
        format!("INSERT INTO atlas_schema_revisions VALUES ('{version}', 'x', {kind}, {applied}, {total}, '{error}', '');\n")
    });
    let table = "CREATE TABLE atlas_schema_revisions (version varchar(255) NOT NULL PRIMARY KEY, description \
                 varchar(255) NOT NULL, type bigint NOT NULL, applied bigint NOT NULL, total bigint NOT NULL, \
                 error varchar(255), hash varchar(255) NOT NULL);\n";
    table.to_owned() + &rows.collect::<String>()
}

/// A project with one migration, and a database that has it.
struct Live<'a> {
    bench: &'a dyn Bench,
    world: World,
    db: String,
    dev: String,
    scoped: bool,
}

impl<'a> Live<'a> {
    fn new(bench: &'a dyn Bench, migration: &str, scoped: bool) -> Self {
        let world = World::empty();
        world.write("migrations/1_first.sql", migration);
        world.run(&["migrate", "hash", "-q"]).code(0);
        let (db, dev) = (bench.create(), bench.create());
        bench.script(&db, migration).unwrap();
        bench
            .script(&db, &revisions(&[("1", 2, 1, 1, "")]))
            .unwrap();
        Self {
            bench,
            world,
            db,
            dev,
            scoped,
        }
    }

    fn drift(&self, more: &[&str]) -> Run {
        let live = self.bench.url(&self.db, self.scoped);
        let dev = self.bench.url(&self.dev, self.scoped);
        let args = ["drift", "--url", &live, "--dev-url", &dev, "--grace", "0s"];
        self.world.run(&[&args, more].concat())
    }

    fn json(&self) -> Value {
        let run = self.drift(&["--format", "json"]);
        serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }

    fn run(&self, sql: &str) {
        let done = self.bench.script(&self.db, sql);
        done.unwrap_or_else(|error| panic!("{error}\nin {sql}"));
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.bench.remove(&self.db);
        self.bench.remove(&self.dev);
    }
}

/// Every change by hand is seen, and its SQL undoes it, by the engine's own word.
fn by_hand(bench: &dyn Bench, engine: &str, scoped: bool) {
    let live = Live::new(bench, &data(&format!("{engine}/migrations.sql")), scoped);
    live.drift(&[]).code(0).err("");
    let before = bench.dump(&live.db);
    for change in data(&format!("{engine}/by_hand.sql")).split("\n\n") {
        let (told, sql) = change.split_once('\n').unwrap();
        live.run(sql);
        let found = live.json();
        let words = format!("{} {}", found["changes"], found["unmanaged"]).replace('\\', "");
        let told = told.strip_prefix("-- ").unwrap();
        assert!(words.contains(told), "{change}\n{found:#}");
        assert_eq!(found["verdict"], "drifted", "{change}");
        assert_eq!(found["hash"].as_str().unwrap().len(), 16);
        for way in ["adopt", "restore"] {
            assert_eq!(found[way]["proven"], true, "{way} {change}\n{found:#}");
        }
        live.run(found["restore"]["sql"].as_str().unwrap());
        assert_eq!(bench.dump(&live.db), before, "{change}");
    }
    live.drift(&[]).code(0).err("");
}

#[test]
fn changes_by_hand_are_seen_and_undone_on_sqlite() {
    by_hand(&sqlite::Files::new(), "sqlite", true);
}

#[test]
fn changes_by_hand_are_seen_and_undone_on_postgresql() {
    by_hand(&postgres::Server::start(), "postgres", false);
}

#[test]
fn changes_by_hand_are_seen_and_undone_on_mysql() {
    by_hand(&mysql::Databases::start(false), "mysql", true);
}

#[test]
fn changes_by_hand_are_seen_and_undone_on_mariadb() {
    by_hand(&mysql::Databases::start(true), "mysql", true);
}

/// Two migrations on SQLite, and a database with records of its own.
fn recorded(records: &str) -> (sqlite::Files, World, String) {
    let bench = sqlite::Files::new();
    let world = World::empty();
    world.write(
        "migrations/1_a.sql",
        "CREATE TABLE a (id INTEGER);\nCREATE TABLE b (id INTEGER);\n",
    );
    world.write("migrations/2_b.sql", "CREATE TABLE c (id INTEGER);\n");
    world.run(&["migrate", "hash", "-q"]).code(0);
    let db = bench.create();
    bench.script(&db, records).unwrap();
    let url = bench.url(&db, true);
    (bench, world, url)
}

fn drift(world: &World, url: &str, more: &[&str]) -> Run {
    let args = [
        "drift",
        "--url",
        url,
        "--dev-url",
        "sqlite://dev?mode=memory",
        "--grace",
        "0s",
    ];
    world.run(&[&args, more].concat())
}

/// What is gone at the second look was no drift.
#[test]
fn only_what_is_seen_twice_is_drift() {
    let made = "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);";
    let (bench, world, url) = recorded(&format!("{made}{}", revisions(&[("1", 2, 2, 2, "")])));
    let file = url.strip_prefix("sqlite://").unwrap();
    let change = |sql: &str| {
        let done = Command::new("sqlite3").args([file, sql]).status().unwrap();
        assert!(done.success(), "{sql}");
    };
    change("CREATE INDEX by_hand ON a (id)");
    let dev = "sqlite://dev?mode=memory";
    let args = ["drift", "-vv", "--url", &url, "--dev-url", dev];
    let mut run = world
        .command(&[&args[..], &["--grace", "2s"]].concat())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(run.stderr.take().unwrap()).lines();
    let again = |line: &String| line.contains("looked at again");
    assert!(
        errors
            .by_ref()
            .map_while(Result::ok)
            .any(|line| again(&line))
    );
    change("DROP INDEX by_hand");
    errors.for_each(drop);
    let output = run.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.starts_with("In sync: "), "{out}");
    assert_eq!(output.status.code(), Some(0));
    drop(bench);
}

#[test]
fn pending_migrations_are_no_drift() {
    let made = "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);";
    let (_bench, world, url) = recorded(&format!("{made}{}", revisions(&[("1", 2, 2, 2, "")])));
    drift(&world, &url, &[]).code(0).out(&format!(
        "In sync: {url} matches migrations (1 migration up to 1)\n\nNot applied yet, and no drift: 2_b.sql\n"
    ));
}

#[test]
fn a_half_applied_migration_is_named() {
    let rows = revisions(&[("1", 2, 1, 2, "table b exists")]);
    let (_bench, world, url) = recorded(&format!("CREATE TABLE a (id INTEGER);{rows}"));
    drift(&world, &url, &[]).code(0).err(
        "Warning: migration 1_a.sql is half applied, 1 of 2 statements: table b exists; the database is compared with that\n",
    );
}

#[test]
fn where_nothing_is_recorded_trueup_asks() {
    let (_bench, world, url) =
        recorded("CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);");
    let run = drift(&world, &url, &[]).code(2).out("");
    let run = run.err_has("the database records no migrations");
    run.err_has("give `--revision VERSION`");
    drift(&world, &url, &["--revision", "1"]).code(0);
    drift(&world, &url, &["--revision", "1_a.sql"]).code(0);
    drift(&world, &url, &["--revision", "latest"]).code(1);
    drift(&world, &url, &["--revision", "3"])
        .code(2)
        .err_has("migrations has no version 3");
}

#[test]
fn migrations_that_the_checkout_lacks_are_an_error() {
    let (_bench, world, url) = recorded(&revisions(&[("1", 2, 2, 2, ""), ("3", 2, 1, 1, "")]));
    drift(&world, &url, &[])
        .code(2)
        .err_has("the database has applied 3, which migrations does not have");
}

#[test]
fn alembics_revision_is_that_of_the_marked_file() {
    let made =
        "CREATE TABLE a (id INTEGER); CREATE TABLE alembic_version (version_num varchar(32));";
    let (_bench, world, url) = recorded(&format!(
        "{made} INSERT INTO alembic_version VALUES ('ab12')"
    ));
    drift(&world, &url, &[]).code(2).err_has(
        "Alembic's revision of the database is ab12, and no file of migrations says which that is",
    );
    world.write(
        "migrations/1_a.sql",
        "-- trueup:baseline ab12\n\nCREATE TABLE a (id INTEGER);\n",
    );
    world.run(&["migrate", "hash", "-q"]).code(0);
    drift(&world, &url, &[]).code(0).out(&format!(
        "In sync: {url} matches migrations (1 migration up to 1)\n\nNot applied yet, and no drift: 2_b.sql\n"
    ));
}

#[test]
fn what_is_there_is_taken_into_a_migration() {
    let bench = sqlite::Files::new();
    let live = Live::new(&bench, "CREATE TABLE a (id INTEGER);\n", true);
    live.drift(&["--adopt", "extra"]).code(0);
    assert_eq!(live.world.migrations(), ["1_first.sql"]);
    live.run("CREATE INDEX by_hand ON a (id)");
    let told = live.drift(&["--adopt", "extra"]).code(0);
    let told = told.err_has("Wrote migrations/");
    let [_, written] = &live.world.migrations()[..] else {
        panic!("{:?}", live.world.migrations());
    };
    assert_eq!(
        live.world.read(&format!("migrations/{written}")),
        "-- Create index \"by_hand\" to table: \"a\"\nCREATE INDEX `by_hand` ON `a` (`id`);\n"
    );
    let version = written.split('_').next().unwrap();
    told.err_has(&format!("`trueup migrate set {version} --url …`"));
    live.run(&format!(
        "INSERT INTO atlas_schema_revisions VALUES ('{version}', 'x', 4, 1, 1, '', '')"
    ));
    live.drift(&[]).code(0);
}

/// Partitions that jobs make and drop, schemas of a service, an extension, and an index that is being built.
#[test]
fn what_jobs_and_services_do_is_no_drift() {
    let bench = postgres::Server::start();
    let live = Live::new(&bench, &data("postgres/migrations.sql"), false);
    live.run(
        "CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); \
         DROP TABLE log_2024; CREATE SCHEMA cron; CREATE TABLE cron.job (id integer); CREATE PUBLICATION dbz_publication; \
         CREATE FUNCTION cron.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
         CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end EXECUTE FUNCTION cron.watch(); \
         CREATE ROLE somebody; GRANT SELECT ON users TO somebody; ALTER TABLE users OWNER TO somebody; \
         INSERT INTO users (email) VALUES ('a'), ('b')",
    );
    live.drift(&[]).code(0).err("");
    live.run(
        "CREATE TABLE log_2023 PARTITION OF log FOR VALUES FROM ('2023-01-01') TO ('2024-01-01'); \
         ALTER TABLE log DETACH PARTITION log_2023; CREATE INDEX old ON log_2023 (at)",
    );
    live.drift(&[]).code(0).err("");
    // The builder waits for a transaction that is older.
    let held = bench
        .server()
        .client("psql", &live.db)
        .args([
            "-c",
            "BEGIN; LOCK users IN ROW EXCLUSIVE MODE; SELECT pg_sleep(60)",
        ])
        .spawn();
    let mut held = held.unwrap();
    let locked = "SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND mode = 'RowExclusiveLock'";
    eventually("a lock", || {
        bench.server().sql(&live.db, locked).trim() == "1"
    });
    let build = bench
        .server()
        .client("psql", &live.db)
        .args(["-c", "CREATE INDEX CONCURRENTLY slow ON users (born)"])
        .spawn();
    let mut build = build.unwrap();
    let begun = "SELECT count(*) FROM pg_class WHERE relname = 'slow'";
    eventually("an index", || {
        bench.server().sql(&live.db, begun).trim() == "1"
    });
    live.drift(&[]).code(0).err("");
    for child in [&mut build, &mut held] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let over = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ~ 'slow|pg_sleep' AND pid <> pg_backend_pid()";
    eventually("the end of it", || {
        bench.server().sql(&live.db, over).trim() == "0"
    });
    // What is left of a build that failed is drift, and so is a table that was no partition.
    live.run("CREATE TABLE log_notes (at date)");
    let told =
        "index \"slow\" of users is invalid, as a CREATE INDEX CONCURRENTLY that failed leaves it";
    let run = live.drift(&[]).code(1).err_has(told);
    assert!(
        run.out.contains("DROP INDEX \"public\".\"slow\"") && run.out.contains("log_notes"),
        "{run:?}"
    );
    live.run("DROP INDEX slow; ALTER TABLE users OWNER TO CURRENT_USER; DROP OWNED BY somebody; DROP ROLE somebody");
}

/// The SQL block of the page that grants what watching takes, by the word that stands before it.
fn grants(engine: &str) -> String {
    let page = include_str!("../../docs/drift.md");
    let (_, after) = page.split_once("## Who may look").unwrap();
    let (_, after) = after.split_once(&format!("-- {engine}\n")).unwrap();
    after
        .split("\n-- ")
        .next()
        .unwrap()
        .split("```")
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_role_that_may_only_read_is_enough_on_postgresql() {
    let bench = postgres::Server::start();
    let live = Live::new(&bench, &data("postgres/migrations.sql"), false);
    let grants = grants("PostgreSQL").replace("DATABASE app", &format!("DATABASE {}", live.db));
    let table = "CREATE SCHEMA atlas_schema_revisions; ALTER TABLE public.atlas_schema_revisions SET SCHEMA atlas_schema_revisions;";
    live.run(&format!("{table}{grants}"));
    let admin = bench.url(&live.db, false);
    let url = admin.replacen("postgres@", "trueup:choose-one@", 1);
    assert_ne!(url, admin);
    let dev = bench.url(&live.dev, false);
    let args = ["drift", "--url", &url, "--dev-url", &dev, "--grace", "0s"];
    live.world.run(&args).code(0).err("");
    live.run("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER TABLE users ADD nick text");
    let run = live.world.run(&args).code(1);
    assert!(
        run.out.contains("nick") && run.out.contains("function"),
        "{run:?}"
    );
    for refused in [
        "DROP TABLE users",
        "INSERT INTO users (email) VALUES ('x')",
        "SELECT * FROM users",
        "CREATE TABLE t (a int)",
    ] {
        let done = bench
            .server()
            .client("psql", &live.db)
            .arg(format!("--dbname={url}"))
            .args(["-c", refused])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(
            said.contains("denied") || said.contains("must be owner"),
            "{refused}: {said}"
        );
    }
    live.run("REASSIGN OWNED BY trueup TO CURRENT_USER; DROP OWNED BY trueup; DROP ROLE trueup");
}

fn reading(mariadb: bool) {
    let bench = mysql::Databases::start(mariadb);
    let live = Live::new(&bench, &data("mysql/migrations.sql"), true);
    let engine = if mariadb { "MariaDB" } else { "MySQL" };
    let grants = grants(engine).replace("app.", &format!("{}.", live.db));
    live.run(&grants);
    let scheme = if mariadb { "mariadb" } else { "mysql" };
    let (port, db) = (bench.server().port(), &live.db);
    let url = format!("{scheme}://trueup:choose-one@127.0.0.1:{port}/{db}");
    let dev = bench.url(&live.dev, true);
    let args = ["drift", "--url", &url, "--dev-url", &dev, "--grace", "0s"];
    live.world.run(&args).code(0).err("");
    let events = self::grants(
        "MySQL and MariaDB, where there are triggers or events: they show nobody else",
    );
    live.run(&events.replace("app.", &format!("{}.", live.db)));
    live.run("CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.name = 'x'; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1");
    let run = live.world.run(&args).code(1);
    for found in ["function", "trigger", "event"] {
        assert!(run.out.contains(found), "{found}: {run:?}");
    }
    for refused in [
        "DROP TABLE users",
        "INSERT INTO users (email) VALUES ('x')",
        "CREATE TABLE t (a int)",
    ] {
        let error = bench
            .server()
            .run_as(("trueup", "choose-one"), &live.db, refused)
            .unwrap_err();
        assert!(error.contains("denied"), "{refused}: {error}");
    }
}

#[test]
fn a_user_that_may_only_read_is_enough_on_mysql() {
    reading(false);
}

#[test]
fn a_user_that_may_only_read_is_enough_on_mariadb() {
    reading(true);
}

/// Nobody judges a database while Atlas migrates it.
fn held(bench: &dyn Bench, engine: &str, scoped: bool, hold: &str) {
    let live = Live::new(bench, &data(&format!("{engine}/migrations.sql")), scoped);
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| bench.script(&live.db, hold));
        eventually("a lock", || {
            let run = live.drift(&["--lock-timeout", "0s"]);
            run.err.contains("migrations are being applied to the database: lock `atlas_migrate_execute` is held")
        });
        live.drift(&["--lock-timeout", "1m"]).code(0);
        holder.join().unwrap().unwrap();
    });
}

#[test]
fn a_migration_that_runs_is_waited_for_on_postgresql() {
    // The 32-bit FNV-1 hash of the lock's name.
    let hold = "SELECT pg_advisory_lock(2686470616), pg_sleep(4)";
    held(&postgres::Server::start(), "postgres", false, hold);
}

#[test]
fn a_migration_that_runs_is_waited_for_on_mysql() {
    let hold = "SELECT GET_LOCK('atlas_migrate_execute', 5); SELECT SLEEP(4)";
    held(&mysql::Databases::start(false), "mysql", true, hold);
    held(&mysql::Databases::start(true), "mysql", true, hold);
}

#[test]
fn a_half_applied_migration_is_not_followed_by_another() {
    let rows = revisions(&[("1", 2, 1, 2, "table b exists")]);
    let made = "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);";
    let (_bench, world, url) = recorded(&format!("{made}{rows}"));
    let run = drift(&world, &url, &[]).code(1);
    assert!(!run.out.contains("--adopt"), "{run:?}");
    drift(&world, &url, &["--adopt", "fix"])
        .code(2)
        .err_has("migration 1_a.sql is half applied, so that a new one can't come after it");
    assert_eq!(world.migrations().len(), 2);
}

/// Atlas makes its table before it refuses a database that has something already.
#[test]
fn an_empty_table_of_atlas_says_nothing() {
    let made = "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);";
    let alembic = "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ab12');";
    let (bench, world, url) = recorded(&format!("{made}{}", revisions(&[])));
    drift(&world, &url, &[]).code(1);
    let config = "env \"x\" {\n  migration {\n    baseline = \"1\"\n  }\n}\n";
    world.write("atlas.hcl", config);
    drift(&world, &url, &["--env", "x"]).code(0);
    let db = bench.create();
    bench
        .script(&db, &format!("{made}{}{alembic}", revisions(&[])))
        .unwrap();
    let run = drift(&world, &bench.url(&db, true), &[]).code(2);
    run.err_has("Alembic's revision of the database is ab12");
}

#[test]
fn records_in_a_place_of_that_name_must_be_there() {
    let (_bench, world, url) = recorded("CREATE TABLE a (id INTEGER)");
    drift(&world, &url, &["--revisions-schema", "elsewhere"])
        .code(2)
        .err_has("there is no table elsewhere.atlas_schema_revisions, or the user may not see it");
    drift(&world, &url, &["--dev-url", "local://postgres"]).code(2);
    let args = ["drift", "--url", &url, "--dev-url", "local://postgres"];
    world
        .run(&args)
        .code(2)
        .err_has("the database is SQLite, and the dev database PostgreSQL");
}

/// What the migrations do not say is the environment's.
#[test]
fn a_database_of_another_character_set_is_no_drift_on_mysql() {
    for mariadb in [false, true] {
        let bench = mysql::Databases::start(mariadb);
        let migration = "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20) DEFAULT 'x');\n";
        let live = Live::new(&bench, migration, true);
        live.run("DROP TABLE users; ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_german1_ci");
        live.run(migration);
        live.run("CREATE TABLE _users_gho (id INT)");
        live.drift(&[]).code(0).err("");
        live.run("CREATE TABLE _others_gho (id INT)");
        live.drift(&[]).code(1);
    }
}

/// The undo is proven where the migrations and the change by hand are, types that a copy would lack included.
#[test]
fn changes_beside_types_without_a_model_are_undone_on_postgresql() {
    let bench = postgres::Server::start();
    let migration = "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');\nCREATE TABLE users (id int, mail email);\n\
                     CREATE VIEW mails AS SELECT mail FROM users;\n";
    let live = Live::new(&bench, migration, false);
    live.run("ALTER TABLE users ADD nick text; CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer)");
    let found = live.json();
    assert_eq!(found["restore"]["proven"], true, "{found:#}");
    assert_eq!(
        found["unmanaged"][0]["name"], "public.total(integer)",
        "{found:#}"
    );
}

/// A schema for each customer, by the migrations of one.
#[test]
fn schemas_of_other_names_are_compared_on_postgresql() {
    let bench = postgres::Server::start();
    let migration = "CREATE TABLE users (id int);\nCREATE VIEW ids AS SELECT id FROM users;\n\
                     CREATE TABLE log (at date) PARTITION BY RANGE (at);\n";
    let live = Live::new(&bench, migration, true);
    live.run(&format!(
        "CREATE SCHEMA tenant; SET search_path = tenant; {migration} \
         CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
    ));
    let url = bench.url(&live.db, true).replace("=public", "=tenant");
    let dev = bench.url(&live.dev, true);
    let args = [
        "drift",
        "--url",
        &url,
        "--dev-url",
        &dev,
        "--grace",
        "0s",
        "--revision",
        "1",
    ];
    live.world.run(&args).code(0).err("");
    live.run("CREATE OR REPLACE VIEW tenant.ids AS SELECT id + 1 AS id FROM tenant.users");
    let run = live.world.run(&args).code(1);
    assert!(run.out.contains("modify view  ids"), "{run:?}");
    assert!(
        run.out.contains("CREATE OR REPLACE VIEW") || run.out.contains("DROP VIEW"),
        "{run:?}"
    );
    assert!(
        run.err.lines().all(|line| line.contains("privileges")),
        "{run:?}"
    );
}

/// A server that folds names of tables to small letters, beside a dev database that does not.
fn folding(mariadb: bool) {
    let settings = ["--lower-case-table-names=1".to_owned()];
    let bench = mysql::Databases::on(Server::start_with(mariadb, &settings));
    let dev = mysql::Databases::start(mariadb);
    let world = World::empty();
    let migration = "CREATE TABLE Users (Id int NOT NULL PRIMARY KEY, Name varchar(30) CHECK (Name <> ''));\n\
         CREATE TABLE OrderLines (id int NOT NULL PRIMARY KEY, user_id int, KEY by_user (user_id), \
         CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES Users (Id));\n\
         CREATE VIEW Named AS SELECT U.Id, U.Name FROM Users U JOIN OrderLines L ON L.user_id = U.Id WHERE U.Name <> 'Users';\n\
         CREATE TRIGGER Told BEFORE INSERT ON OrderLines FOR EACH ROW SET NEW.user_id = 1;\n";
    world.write("migrations/1_first.sql", migration);
    world.run(&["migrate", "hash", "-q"]).code(0);
    let (db, empty) = (bench.create(), dev.create());
    bench.script(&db, migration).unwrap();
    bench
        .script(&db, &revisions(&[("1", 2, 1, 1, "")]))
        .unwrap();
    assert!(bench.server().tables(&db).contains(&"users".to_owned()));
    let (url, dev_url) = (bench.url(&db, true), dev.url(&empty, true));
    let args = [
        "drift",
        "--url",
        &url,
        "--dev-url",
        &dev_url,
        "--grace",
        "0s",
    ];
    world.run(&args).code(0).err("");
    let schemas = [
        "schema",
        "diff",
        "--from",
        &url,
        "--to",
        "file://migrations",
    ];
    let schemas = [&schemas[..], &["--dev-url", &dev_url, "--exit-code"]].concat();
    let ignored = ["--exclude", "atlas_schema_revisions"];
    world.run(&[&schemas[..], &ignored].concat()).code(0);

    // What differs in more than that is told, and both ways are right on both servers.
    let before = bench.dump(&db);
    for by_hand in [
        "ALTER TABLE users ADD COLUMN nick varchar(10)",
        "CREATE TABLE Extra (id int PRIMARY KEY, user_id int, FOREIGN KEY (user_id) REFERENCES users (id))",
        "ALTER TABLE orderlines DROP FOREIGN KEY of_user",
        "CREATE OR REPLACE VIEW named AS SELECT id, name FROM users",
        "CREATE OR REPLACE VIEW named AS SELECT U.Id, U.Name FROM Users U JOIN OrderLines L ON L.user_id = U.Id WHERE U.Name <> 'users'",
        "DROP TRIGGER Told",
        "DROP TABLE orderlines",
    ] {
        bench.script(&db, by_hand).unwrap();
        let run = world.run(&[&args[..], &["--format", "json"]].concat());
        let found: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(found["verdict"], "drifted", "{by_hand}: {found:#}");
        for way in ["adopt", "restore"] {
            assert_eq!(found[way]["proven"], true, "{way} {by_hand}\n{found:#}");
        }
        let restore = found["restore"]["sql"].as_str().unwrap();
        bench.script(&db, restore).unwrap();
        world.run(&args).code(0).err("");
    }
    assert_eq!(bench.dump(&db), before);
    // The other way about: a dev database that folds, and a live one that does not.
    let (live, folded) = (dev.create(), bench.create());
    dev.script(&live, migration).unwrap();
    let (url, dev_url) = (dev.url(&live, true), bench.url(&folded, true));
    let args = ["drift", "--url", &url, "--dev-url", &dev_url, "--grace"];
    let args = [&args[..], &["0s", "--revision", "1"]].concat();
    world.run(&args).code(0).err("");
    dev.script(&live, "ALTER TABLE Users ADD COLUMN nick varchar(10)")
        .unwrap();
    let run = world.run(&args).code(1);
    let undo = "ALTER TABLE `Users` DROP COLUMN `nick`";
    assert!(run.out.contains(undo), "{run:?}");
    for (bench, db) in [
        (&bench, &db),
        (&dev, &empty),
        (&dev, &live),
        (&bench, &folded),
    ] {
        bench.remove(db);
    }
}

#[test]
fn names_that_differ_in_their_case_are_no_drift_on_mysql() {
    folding(false);
}

#[test]
fn names_that_differ_in_their_case_are_no_drift_on_mariadb() {
    folding(true);
}
