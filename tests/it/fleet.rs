//! `drift` over an environment that is many databases: one per tenant, or a schema for each, and whatever says which they are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use crate::cli_world::{Run, World};
use crate::golden::bench::Bench as _;
use crate::golden::{mysql, postgres, sqlite};

const FIRST: &str =
    "CREATE TABLE users (id integer NOT NULL, name varchar(30), PRIMARY KEY (id));\n";
const SECOND: &str = "CREATE TABLE orders (id integer NOT NULL, PRIMARY KEY (id));\n";
const THIRD: &str = "CREATE TABLE later (id integer NOT NULL, PRIMARY KEY (id));\n";

/// Atlas' table, with a row for each version.
fn records(versions: &[u32]) -> String {
    let rows = versions.iter().map(|version| {
        format!("INSERT INTO atlas_schema_revisions VALUES ('{version}', 'x', 2, 1, 1, '', '');\n")
    });
    let table = "CREATE TABLE atlas_schema_revisions (version varchar(255) NOT NULL PRIMARY KEY, description \
                 varchar(255) NOT NULL, type bigint NOT NULL, applied bigint NOT NULL, total bigint NOT NULL, \
                 error varchar(255), hash varchar(255) NOT NULL);\n";
    table.to_owned() + &rows.collect::<String>()
}

/// What a tenant has that is at the second or third migration.
fn at(version: u32) -> String {
    let third = if version == 3 { THIRD } else { "" };
    let versions: Vec<u32> = (1..=version).collect();
    format!("{FIRST}{SECOND}{third}{}", records(&versions))
}

/// A project of three migrations, with a config file.
fn project(config: &str) -> World {
    let world = World::empty();
    for (name, sql) in [("1_a", FIRST), ("2_b", SECOND), ("3_c", THIRD)] {
        world.write(&format!("migrations/{name}.sql"), sql);
    }
    world.run(&["migrate", "hash", "-q"]).code(0);
    world.write("trueup.yaml", config);
    world
}

fn drift(world: &World, more: &[&str]) -> Run {
    world.run(&[&["drift", "--env", "tenants", "--grace", "0s"], more].concat())
}

fn json(world: &World, more: &[&str]) -> Value {
    let run = drift(world, &[&["--format", "json"], more].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Seven tenants on SQLite: two differ alike, one in another way and behind, one is gone.
struct Tenants {
    files: sqlite::Files,
    world: World,
}

fn tenants() -> Tenants {
    let files = sqlite::Files::new();
    let names: Vec<String> = (0..6).map(|_| files.create()).collect();
    let nick = "ALTER TABLE users ADD COLUMN nick varchar(10);";
    let by_hand = ["", "", nick, nick, "DROP TABLE orders;", ""];
    let versions = [3, 3, 3, 3, 2, 2];
    for ((name, sql), version) in names.iter().zip(by_hand).zip(versions) {
        files
            .script(name, &format!("{}{sql}", at(version)))
            .unwrap();
    }
    let url = files.url("${each}", true);
    let list = names.join(", ");
    let world = project(&format!(
        "envs:\n  tenants:\n    for_each: [{list}, missing.db]\n    url: {url}\n    dev: sqlite://dev?mode=memory\n"
    ));
    Tenants { files, world }
}

#[test]
fn databases_that_differ_alike_are_told_together() {
    let tenants = tenants();
    let run = drift(&tenants.world, &[]).code(2);
    let out = run.out.as_str();
    for part in [
        "Drifted: 3 of 7 databases of tenants are different from migrations\n\n\
         2 of 7 databases (3 migrations up to 3): state_2.db, state_3.db\n\n",
        "To undo it, on each of them:\n\n-- Drop column \"nick\" from table: \"users\"\nALTER TABLE `users` DROP COLUMN `nick`;\n",
        "Write that with: trueup drift --env tenants --each state_2.db --adopt NAME\n",
        "\n1 of 7 databases (2 migrations up to 2): state_4.db\n",
        "Not applied yet, and no drift: 3_c.sql",
        "\n2 of 7 databases in sync (3 migrations up to 3): state_0.db, state_1.db\n\
         1 of 7 databases in sync (2 migrations up to 2): state_5.db\n  Not applied yet, and no drift: 3_c.sql\n\
         Undecided: 1 of 7 databases: missing.db\n",
    ] {
        assert!(out.contains(part), "no {part:?} in {run:#?}");
    }
    assert!(!out.contains("sqlite://"), "{out}");
    run.err_has("Error: missing.db: ");
}

#[test]
fn a_program_is_told_every_database() {
    let tenants = tenants();
    let found = json(&tenants.world, &[]);
    assert_eq!(found["verdict"], "drifted");
    let databases = found["databases"].as_array().unwrap();
    let told =
        |field: &str| -> Vec<Value> { databases.iter().map(|one| one[field].clone()).collect() };
    let verdicts = [
        "unknown", "synced", "synced", "drifted", "drifted", "drifted", "synced",
    ];
    assert_eq!(told("verdict"), verdicts, "{found:#}");
    assert_eq!(
        told("difference"),
        json!([null, null, null, 0, 0, 1, null]).as_array().unwrap()[..]
    );
    assert_eq!(
        told("pending"),
        json!([null, 0, 0, 0, 0, 1, 1]).as_array().unwrap()[..]
    );
    assert!(databases[0]["error"]["message"].is_string(), "{found:#}");
    assert_eq!(databases[3]["hash"], databases[4]["hash"]);
    assert_ne!(databases[3]["hash"], databases[5]["hash"]);
    let alike = &found["differences"][0];
    assert_eq!(alike["databases"], json!(["state_2.db", "state_3.db"]));
    for way in ["adopt", "restore"] {
        assert_eq!(alike[way]["proven"], true, "{found:#}");
    }
}

#[test]
fn some_are_looked_at_and_one_is_as_if_alone() {
    let tenants = tenants();
    let some = ["--each", "state_0.db", "--each", "state_1.db"];
    drift(&tenants.world, &some)
        .code(0)
        .out("In sync: 2 databases of tenants are what migrations make\n");
    let run = drift(&tenants.world, &["--each", "state_2.db"]).code(1);
    assert!(run.out.starts_with("Drifted: sqlite://"), "{run:?}");
    let url = tenants.files.url("state_0.db", true);
    let run = drift(&tenants.world, &["--url", &url]).code(0);
    assert!(run.out.starts_with("In sync: sqlite://"), "{run:?}");
    drift(&tenants.world, &["--each", "state_9.db"])
        .code(2)
        .err_has("`for_each` has no database `state_9.db`");
    let adopt = ["--each", "state_2.db", "--adopt", "nick"];
    drift(&tenants.world, &adopt).code(0);
    assert_eq!(tenants.world.migrations().len(), 4);
    drift(&tenants.world, &["--adopt", "nick"])
        .code(2)
        .err_has("a migration adopts what one database has, and env `tenants` is 7 databases");
}

#[test]
fn names_come_from_a_file_and_a_query() {
    let files = sqlite::Files::new();
    let (one, two, control) = (files.create(), files.create(), files.create());
    for name in [&one, &two] {
        files.script(name, &at(3)).unwrap();
    }
    let rows = format!(
        "CREATE TABLE tenants (name text); INSERT INTO tenants VALUES ('{one}'), ('{two}'), (NULL);"
    );
    files.script(&control, &rows).unwrap();
    let config = |each: &str| {
        let url = files.url("${each}", true);
        format!(
            "envs:\n  tenants:\n    for_each: {each}\n    url: {url}\n    dev: sqlite://dev?mode=memory\n"
        )
    };
    let world = project(&config("{file: tenants.txt}"));
    world.write(
        "tenants.txt",
        format!("# all\n{one}\n\n  {two}  # the second\n"),
    );
    let both = "In sync: 2 databases of tenants are what migrations make\n";
    drift(&world, &[]).code(0).out(both).err("");

    let url = files.url(&control, true);
    let query = |sql: &str| config(&format!("{{query: \"{sql}\", url: \"{url}\"}}"));
    world.write("trueup.yaml", query("SELECT name FROM tenants"));
    drift(&world, &[]).code(0).out(both).err("");
    // It can't write, and is one.
    world.write("trueup.yaml", query("DELETE FROM tenants RETURNING name"));
    drift(&world, &[]).code(2).err_has("readonly");
    world.write("trueup.yaml", query("SELECT name FROM tenants; SELECT 1"));
    drift(&world, &[])
        .code(2)
        .err_has("a query is one statement, and there are 2");
    world.write("trueup.yaml", query("SELECT name FROM tenants WHERE false"));
    drift(&world, &[])
        .code(2)
        .err_has("`for_each` names no database");

    // The same in Atlas' words.
    std::fs::remove_file(world.path("trueup.yaml")).unwrap();
    let dir = files.url("", true);
    world.write(
        "atlas.hcl",
        format!(
            "data \"sql\" \"tenants\" {{\n  url   = \"{url}\"\n  query = \"SELECT name FROM tenants WHERE name IS NOT NULL\"\n}}\n\
             env \"tenants\" {{\n  for_each = toset(data.sql.tenants.values)\n  url = \"{dir}${{each.value}}\"\n  tenant = each.value\n  \
             dev = \"sqlite://dev?mode=memory\"\n}}\n"
        ),
    );
    drift(&world, &[]).code(0).out(both).err("");
    world
        .run(&["migrate", "validate", "--env", "tenants"])
        .code(0);
}

/// A tenant on a server: a schema of one database, or a database.
fn on_a_server(config: &str, tenants: &[&str], create: impl Fn(&str, &str)) {
    let world = project(config);
    for (number, tenant) in tenants.iter().enumerate() {
        let by_hand = match number {
            0 => "",
            _ => "ALTER TABLE users ADD COLUMN nick varchar(10);",
        };
        create(tenant, &format!("{}{by_hand}", at(3)));
    }
    let found = json(&world, &["--parallel", "2"]);
    assert_eq!(found["verdict"], "drifted", "{found:#}");
    let differences = found["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1, "{found:#}");
    assert_eq!(differences[0]["databases"], json!(tenants[1..]));
    assert_eq!(differences[0]["restore"]["proven"], true);
    let undo = differences[0]["restore"]["sql"].as_str().unwrap();
    assert!(!undo.contains(tenants[1]), "{undo}");
    assert_eq!(found["databases"][0]["verdict"], "synced");
}

#[test]
fn a_schema_for_each_tenant_on_postgresql() {
    let bench = postgres::Server::start();
    let (db, dev) = (bench.create(), bench.create());
    let url = bench
        .url(&db, true)
        .replace("search_path=public", "search_path=${each}");
    let dev_url = bench.url(&dev, true);
    let config = format!(
        "envs:\n  tenants:\n    for_each: {{query: \"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant%' ORDER BY 1\"}}\n    \
         url: \"{url}\"\n    dev: \"{dev_url}\"\n"
    );
    let names = ["tenant-a", "tenant_b", "tenant_c"];
    on_a_server(&config, &names, |tenant, sql| {
        let sql = format!("CREATE SCHEMA \"{tenant}\"; SET search_path = \"{tenant}\"; {sql}");
        bench.script(&db, &sql).unwrap();
    });
    bench
        .script(&db, "DROP SCHEMA \"tenant-a\", tenant_b, tenant_c CASCADE")
        .unwrap();
    bench.remove(&db);
    bench.remove(&dev);
}

#[test]
fn a_database_for_each_tenant_on_mysql() {
    let bench = mysql::Databases::start(false);
    let mut names: Vec<String> = (0..3).map(|_| bench.create()).collect();
    names.sort();
    let (url, dev) = (bench.url("${each}", true), bench.create());
    let list = names.join(", ");
    let config = format!(
        "envs:\n  tenants:\n    for_each: [{list}]\n    url: \"{url}\"\n    dev: \"{}\"\n",
        bench.url(&dev, true)
    );
    let tenants: Vec<&str> = names.iter().map(String::as_str).collect();
    on_a_server(&config, &tenants, |tenant, sql| {
        bench.script(tenant, sql).unwrap();
    });
    for name in names.iter().chain([&dev]) {
        bench.remove(name);
    }
}
