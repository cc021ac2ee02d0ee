//! PostgreSQL's catalogue as the schema model: each `.sql` next to this file gives the `.json` beside it.
//!
//! With `BLESS=1` the `.json` files are written instead; they are to be read before they are committed.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::path::PathBuf;

use serde_json::Value;
use trueup::dialect::postgres::Postgres;
use trueup::diff::{Comparable, diff};
use trueup::engine::exclude::{Exclude, pattern_for};
use trueup::engine::{InspectOptions, Session};
use trueup::plan::{PlanOptions, Qualifier, TxMode};
use trueup::schema::{PartExpr, Realm};

use crate::postgres_local::{holds, open, run};

const CASES: &[&str] = &[
    "defaults",
    "indexes",
    "inheritance",
    "keys",
    "names",
    "numbering",
    "objects",
    "storage",
    "types",
];

fn path(case: &str, extension: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join(format!("tests/it/postgres_inspect/{case}.{extension}"))
}

fn sql(case: &str) -> String {
    std::fs::read_to_string(path(case, "sql")).unwrap()
}

async fn inspect(session: &mut dyn Session) -> Realm {
    session.inspect(&InspectOptions::default()).await.unwrap()
}

fn only(schemas: &[&str]) -> InspectOptions {
    let schemas = schemas.iter().map(|name| (*name).to_owned()).collect();
    InspectOptions { schemas }
}

/// A realm without what patterns name.
fn without(realm: &Realm, patterns: &[&str], scoped: bool) -> Realm {
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| (*pattern).to_owned())
        .collect();
    let mut realm = realm.clone();
    Exclude::new(&patterns, scoped).unwrap().apply(&mut realm);
    realm
}

/// JSON with everything on one line that fits there.
fn pretty(value: &Value, indent: usize) -> String {
    let inline = value.to_string();
    if inline.chars().count() + indent <= 118 {
        return inline;
    }
    let pad = " ".repeat(indent + 2);
    let (open, close, lines): (_, _, Vec<String>) = match value {
        Value::Array(items) => {
            let line = |item: &Value| format!("{pad}{}", pretty(item, indent + 2));
            ('[', ']', items.iter().map(line).collect())
        }
        Value::Object(fields) => {
            let line = |(key, field): (&String, &Value)| {
                format!("{pad}\"{key}\": {}", pretty(field, indent + 2))
            };
            ('{', '}', fields.iter().map(line).collect())
        }
        _ => return inline,
    };
    format!(
        "{open}\n{}\n{}{close}",
        lines.join(",\n"),
        " ".repeat(indent)
    )
}

#[tokio::test]
async fn the_catalogue_becomes_the_model() {
    let mut dev = open("local://postgres").await.unwrap();
    for case in CASES {
        let mut session = dev.session("desired").await.unwrap();
        run(&mut *session, &sql(case), TxMode::None).await.unwrap();
        let realm = inspect(&mut *session).await;
        session.close().await.unwrap();
        let text = pretty(&serde_json::to_value(&realm).unwrap(), 0) + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path(case, "json"), &text).unwrap();
        }
        let expected = std::fs::read_to_string(path(case, "json")).unwrap();
        assert!(
            text == expected,
            "{case}:\n{}",
            similar::TextDiff::from_lines(&expected, &text).unified_diff()
        );
        let read: Realm = serde_json::from_str(&expected).unwrap();
        assert_eq!(read, realm, "{case}: from JSON and back");
    }
    dev.close().await.unwrap();
}

#[tokio::test]
async fn each_object_can_be_left_out_by_its_own_pattern() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    run(&mut *session, &sql("objects"), TxMode::None)
        .await
        .unwrap();
    let realm = inspect(&mut *session).await;
    let all: Vec<_> = realm.texts().collect();
    assert!(all.len() > 20, "{}", all.len());
    for (schema, object) in &all {
        let pattern = pattern_for(*schema, object, false);
        let mut rest = realm.clone();
        let exclude = Exclude::new(std::slice::from_ref(&pattern), false).unwrap();
        exclude.apply(&mut rest);
        let rest: Vec<_> = rest.texts().collect();
        assert!(!rest.contains(&(*schema, *object)), "{pattern}");
        // An index of a materialized view goes with nothing else, and nothing goes with it.
        assert_eq!(rest.len(), all.len() - 1, "{pattern}");
    }
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

const GROUND: &str = "
    CREATE SCHEMA app;
    CREATE TYPE status AS ENUM ('a', 'b');
    CREATE TYPE pair AS (a integer, b text);
    CREATE DOMAIN code AS text;
    CREATE SEQUENCE s;
    CREATE TABLE p (id integer PRIMARY KEY, x integer);
    CREATE TABLE t (id serial PRIMARY KEY, a integer NOT NULL, b text, c integer GENERATED ALWAYS AS (a + 1) STORED,
      n integer GENERATED ALWAYS AS IDENTITY, p_id integer CONSTRAINT fk REFERENCES p,
      CONSTRAINT ck CHECK (a > 0), CONSTRAINT uq UNIQUE (a, b));
    CREATE INDEX ix ON t (b);
    CREATE VIEW v AS SELECT a FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
    CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
    CREATE POLICY po ON t USING (a > 0);
    CREATE TABLE r (at date NOT NULL, v text) PARTITION BY RANGE (at);
    CREATE TABLE r1 PARTITION OF r FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');";

/// Removes all that the ground and the statements after it make.
const CLEAR: &str = "
    DROP EXTENSION IF EXISTS citext;
    DROP PUBLICATION IF EXISTS x;
    DROP FOREIGN DATA WRAPPER IF EXISTS x;
    DROP ACCESS METHOD IF EXISTS x;
    DROP SCHEMA IF EXISTS app, public, x CASCADE;
    CREATE SCHEMA public;";

/// Each makes a difference to the ground above.
const DIFFERENT: &[&str] = &[
    "CREATE SCHEMA x",
    "DROP SCHEMA app",
    "COMMENT ON SCHEMA app IS 'x'",
    "COMMENT ON SCHEMA public IS 'x'",
    "ALTER TYPE status ADD VALUE 'c'",
    "ALTER TYPE status RENAME VALUE 'a' TO 'x'",
    "COMMENT ON TYPE status IS 'x'",
    "COMMENT ON TYPE pair IS 'x'",
    "COMMENT ON COLUMN pair.a IS 'x'",
    "ALTER TYPE pair ADD ATTRIBUTE c integer",
    "ALTER DOMAIN code SET NOT NULL",
    "ALTER DOMAIN code SET DEFAULT 'x'",
    "ALTER DOMAIN code ADD CONSTRAINT x CHECK (value <> '')",
    "COMMENT ON DOMAIN code IS 'x'",
    "ALTER SEQUENCE s INCREMENT 2",
    "ALTER SEQUENCE s OWNED BY t.b",
    "ALTER SEQUENCE t_id_seq INCREMENT 2",
    "ALTER SEQUENCE t_id_seq AS bigint",
    "ALTER SEQUENCE t_id_seq RENAME TO x",
    "ALTER SEQUENCE t_id_seq OWNED BY NONE",
    "ALTER TABLE t ALTER id DROP DEFAULT",
    "ALTER TABLE t ALTER a DROP NOT NULL",
    "ALTER TABLE t ALTER a SET DEFAULT 1",
    "ALTER TABLE t ALTER b TYPE varchar(5) COLLATE \"C\"",
    "ALTER TABLE t ALTER b TYPE text COLLATE \"C\"",
    "ALTER TABLE t ALTER b SET STORAGE EXTERNAL",
    "ALTER TABLE t ALTER c DROP EXPRESSION",
    "ALTER TABLE t ALTER n SET GENERATED BY DEFAULT",
    "ALTER TABLE t ALTER n SET INCREMENT 2",
    "ALTER TABLE t ALTER n DROP IDENTITY",
    "COMMENT ON TABLE t IS 'x'",
    "COMMENT ON COLUMN t.a IS 'x'",
    "ALTER TABLE t RENAME CONSTRAINT ck TO x",
    "COMMENT ON CONSTRAINT ck ON t IS 'x'",
    "ALTER TABLE t ALTER CONSTRAINT fk DEFERRABLE",
    "ALTER TABLE t ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p NOT VALID",
    "ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p MATCH FULL",
    "ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p ON DELETE CASCADE",
    "ALTER TABLE t DROP CONSTRAINT uq, ADD CONSTRAINT uq UNIQUE (b, a)",
    "ALTER TABLE t DROP CONSTRAINT uq; CREATE UNIQUE INDEX uq ON t (a, b)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE t SET (fillfactor=50)",
    "ALTER INDEX ix SET (fillfactor=50)",
    "ALTER INDEX t_pkey SET (fillfactor=50)",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t SET SCHEMA app",
    "DROP INDEX ix; CREATE INDEX ix ON t (b DESC)",
    "DROP INDEX ix; CREATE INDEX ix ON t (b text_pattern_ops)",
    "DROP INDEX ix; CREATE INDEX ix ON t (b COLLATE \"C\")",
    "DROP INDEX ix; CREATE INDEX ix ON t (b) WHERE a > 1",
    "DROP INDEX ix; CREATE INDEX ix ON t USING hash (b)",
    "DROP INDEX ix; CREATE UNIQUE INDEX ix ON t (b)",
    "DROP INDEX ix; CREATE INDEX ix ON t (b) INCLUDE (a)",
    "COMMENT ON INDEX ix IS 'x'",
    "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1",
    "ALTER VIEW v SET (security_barrier=true)",
    "COMMENT ON VIEW v IS 'x'",
    "COMMENT ON COLUMN v.a IS 'x'",
    "ALTER VIEW v ALTER a SET DEFAULT 1",
    "CREATE INDEX x ON m (a)",
    "CREATE OR REPLACE FUNCTION f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "ALTER FUNCTION f IMMUTABLE",
    "COMMENT ON FUNCTION f IS 'x'",
    "CREATE FUNCTION f(x text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE t DISABLE TRIGGER tr",
    "ALTER TABLE t ENABLE ALWAYS TRIGGER tr",
    "COMMENT ON TRIGGER tr ON t IS 'x'",
    "ALTER POLICY po ON t USING (a > 1)",
    "ALTER POLICY po ON t TO CURRENT_USER",
    "COMMENT ON POLICY po ON t IS 'x'",
    "CREATE RULE x AS ON DELETE TO t DO INSTEAD NOTHING",
    "CREATE STATISTICS x ON a, b FROM t",
    "CREATE PUBLICATION x FOR TABLE t",
    "CREATE EXTENSION citext",
    "ALTER TABLE r DETACH PARTITION r1",
    "DROP TABLE r1",
    "ALTER TABLE r1 ALTER v SET DEFAULT 'x'",
    "ALTER TABLE r1 ADD CONSTRAINT x CHECK (v <> '')",
    "CREATE INDEX x ON r1 (v)",
    "CREATE INDEX x ON r (v)",
    "CREATE INDEX x ON ONLY r (v)",
    "CREATE TABLE r2 PARTITION OF r DEFAULT",
    "CREATE TABLE x () INHERITS (t)",
    "CREATE CAST (pair AS integer) WITH INOUT",
    "CREATE COLLATION x (provider = libc, locale = 'C')",
    "CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)",
    "CREATE OPERATOR FAMILY x USING btree",
    "CREATE TEXT SEARCH CONFIGURATION x (COPY = english)",
    "CREATE FOREIGN DATA WRAPPER x",
    "CREATE ACCESS METHOD x TYPE INDEX HANDLER bthandler",
    "CREATE CONVERSION x FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    "CREATE TYPE x",
    "CREATE DOMAIN x AS integer",
    "CREATE AGGREGATE x(integer) (SFUNC = int4pl, STYPE = integer)",
];

/// None of these makes one.
const SAME: &[&str] = &[
    "GRANT SELECT ON t TO PUBLIC",
    "REVOKE ALL ON FUNCTION f FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "ANALYZE t",
    "ALTER TABLE t CLUSTER ON ix",
    "ALTER TABLE t ALTER a SET STATISTICS 500",
    "SELECT nextval('t_id_seq')",
    "ALTER TABLE t ADD gone integer; ALTER TABLE t DROP gone",
    "ALTER TABLE t ALTER b TYPE text",
    "ALTER TABLE r DETACH PARTITION r1; ALTER TABLE r ATTACH PARTITION r1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
    "DROP INDEX ix; CREATE INDEX ix ON t USING btree (b ASC NULLS LAST)",
    "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (((a) > (0)))",
    "REFRESH MATERIALIZED VIEW m WITH NO DATA",
    "COMMENT ON TABLE t IS NULL",
    "COMMENT ON SCHEMA public IS NULL",
];

#[tokio::test]
async fn what_differs_is_seen_and_what_does_not_is_not() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut other = dev.session("current").await.unwrap();
    run(&mut *other, CLEAR, TxMode::None).await.unwrap();
    run(&mut *other, GROUND, TxMode::None).await.unwrap();
    let ground = inspect(&mut *other).await;
    other.close().await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let different = DIFFERENT.iter().map(|sql| (*sql, false));
    let same = SAME.iter().map(|sql| (*sql, true));
    for (sql, same) in [("", true)].into_iter().chain(different).chain(same) {
        let sql = format!("{CLEAR}{GROUND}{sql}");
        run(&mut *session, &sql, TxMode::None).await.unwrap();
        let realm = inspect(&mut *session).await;
        assert_eq!(realm == ground, same, "{sql}");
    }
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn an_index_that_could_not_be_built_is_not_like_one_that_was() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let sql = "CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (1)";
    run(&mut *session, sql, TxMode::None).await.unwrap();
    let sql = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)";
    run(&mut *session, sql, TxMode::None).await.unwrap_err();
    let realm = inspect(&mut *session).await;
    let index = &realm.schema("public").unwrap().tables[0].indexes[0];
    assert_eq!(index.attrs["invalid"], "true");
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn only_the_schemas_and_objects_that_are_wanted() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let sql = "CREATE SCHEMA app; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION hstore SCHEMA app;
      CREATE TABLE app.t (a integer, b ext.citext); CREATE TABLE public.t (a integer); CREATE VIEW app.v AS SELECT 1 AS n;
      CREATE TABLE public.fk (a integer); CREATE INDEX i ON app.t (a);
      CREATE FUNCTION ext.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION ext.e();";
    run(&mut *session, sql, TxMode::None).await.unwrap();
    let names =
        |realm: &Realm| -> Vec<String> { realm.schemas.iter().map(|s| s.name.clone()).collect() };
    let all = inspect(&mut *session).await;
    assert_eq!(names(&all), ["app", "ext", "public"]);
    assert_eq!(all.texts.len(), 3);
    let app = session.inspect(&only(&["app"])).await.unwrap();
    assert_eq!(names(&app), ["app"]);
    assert_eq!(app.schemas[0], all.schemas[0]);
    let extensions: Vec<&str> = app.texts.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(extensions, ["hstore"], "of what is outside of schemas");
    let none = session.inspect(&only(&["nothing"])).await.unwrap();
    assert_eq!(none, Realm::default());
    let patterns = [
        "app.*[type=view]",
        "public.f?",
        "*[type=extension]",
        "app.t.i",
        "ext",
    ];
    let some = without(&all, &patterns, false);
    assert_eq!(names(&some), ["app", "public"]);
    assert!(some.schemas[0].texts.is_empty());
    assert!(some.schemas[0].tables[0].indexes.is_empty());
    assert_eq!(some.schemas[1].tables.len(), 1);
    assert_eq!(some.texts.len(), 1);
    let error = Exclude::new(&["a.b.c.d".to_owned()], false).unwrap_err();
    assert!(error.message.contains("a.b.c.d"), "{error}");
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn a_scoped_connection_sees_its_schema() {
    let mut dev = open("local://postgres/app?search_path=Tenant")
        .await
        .unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let sql = "CREATE TABLE t (id serial, u integer DEFAULT f()); CREATE SCHEMA other; CREATE TABLE other.o (a integer);";
    let function = "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';";
    run(&mut *session, function, TxMode::None).await.unwrap();
    run(&mut *session, sql, TxMode::None).await.unwrap();
    let realm = inspect(&mut *session).await;
    assert_eq!(realm.schemas.len(), 1);
    assert_eq!(realm.schemas[0].name, "Tenant");
    let table = &realm.schemas[0].tables[0];
    assert!(table.columns[0].auto_increment);
    assert_eq!(table.columns[1].default.as_deref(), Some("\"Tenant\".f()"));
    holds(
        &mut *session,
        "current_setting('search_path') LIKE '%Tenant%' AND current_setting('transaction_read_only') = 'off'",
    )
    .await;
    let rest = without(&realm, &["t.u"], true);
    assert_eq!(rest.schemas[0].tables[0].columns.len(), 1);
    Exclude::new(&["Tenant.t.u".to_owned()], true).unwrap_err();
    run(
        &mut *session,
        "DROP SCHEMA \"Tenant\" CASCADE",
        TxMode::None,
    )
    .await
    .unwrap();
    let error = session
        .inspect(&InspectOptions::default())
        .await
        .unwrap_err();
    assert!(
        error.message.contains("\"Tenant\" does not exist"),
        "{error}"
    );
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn what_a_connection_starts_with_changes_nothing() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    run(&mut *session, &sql("defaults"), TxMode::None)
        .await
        .unwrap();
    let plain = inspect(&mut *session).await;
    // A new connection starts with what its role says, and goes back to that when it is reset.
    for setting in [
        "quote_all_identifiers = on",
        "IntervalStyle = 'iso_8601'",
        "bytea_output = 'escape'",
    ] {
        let sql = format!("ALTER ROLE CURRENT_USER SET {setting}");
        run(&mut *session, &sql, TxMode::None).await.unwrap();
    }
    let mut other = dev.session("current").await.unwrap();
    run(&mut *other, &sql("defaults"), TxMode::None)
        .await
        .unwrap();
    assert_eq!(inspect(&mut *other).await, plain);
    holds(
        &mut *other,
        "current_setting('quote_all_identifiers')::boolean AND current_setting('IntervalStyle') = 'iso_8601'",
    )
    .await;
    other.close().await.unwrap();
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn many_tables() {
    let mut dev = open("local://postgres").await.unwrap();
    let mut session = dev.session("desired").await.unwrap();
    let mut ddl = String::new();
    for n in 0..200 {
        let refers = if n == 0 { 0 } else { n - 1 };
        ddl += &format!(
            "CREATE TABLE t{n} (id serial PRIMARY KEY, r integer REFERENCES t{refers}, a text DEFAULT 'x', b text, c numeric,
               d date, e text, f text, g jsonb, h timestamptz DEFAULT now(), UNIQUE (a), CHECK (b <> ''));
             CREATE INDEX i{n} ON t{n} (lower(e), f DESC);"
        );
    }
    run(&mut *session, &ddl, TxMode::None).await.unwrap();
    let realm = inspect(&mut *session).await;
    let schema = realm.schema("public").unwrap();
    assert_eq!(schema.tables.len(), 200);
    for table in &schema.tables {
        assert_eq!(table.columns.len(), 10);
        assert_eq!(
            table.indexes[0].parts[0].on,
            PartExpr::Expr("lower(e)".to_owned())
        );
        assert_eq!(table.foreign_keys.len() + table.checks.len(), 2);
    }
    session.close().await.unwrap();
    dev.close().await.unwrap();
}

/// What the planner does not make, for the cases that stand on it.
const FOUNDATIONS: &[(&str, &str)] = &[
    (
        "defaults",
        "CREATE EXTENSION citext; CREATE DOMAIN code AS varchar(5); CREATE COLLATION strict (provider = libc, locale = 'C');",
    ),
    ("indexes", "CREATE EXTENSION pg_trgm;"),
    ("inheritance", ""),
    ("keys", "CREATE EXTENSION btree_gist;"),
    ("names", ""),
    ("numbering", ""),
    ("storage", ""),
    (
        "types",
        "CREATE SCHEMA app; CREATE EXTENSION citext; CREATE EXTENSION hstore SCHEMA app; CREATE DOMAIN email AS citext;
         CREATE TYPE pair AS (a integer); CREATE TYPE span AS RANGE (subtype = float8);",
    ),
];

/// Without what the planner does not make.
fn known(mut realm: Realm) -> Realm {
    realm.retain_texts(|_, _| false);
    realm
}

#[tokio::test]
async fn what_is_read_can_be_planned_and_is_read_again() {
    let mut dev = open("local://postgres").await.unwrap();
    for (case, foundation) in FOUNDATIONS {
        let mut session = dev.session("desired").await.unwrap();
        run(&mut *session, &sql(case), TxMode::None).await.unwrap();
        let desired = known(inspect(&mut *session).await);
        session.close().await.unwrap();
        let mut session = dev.session("current").await.unwrap();
        run(&mut *session, foundation, TxMode::None).await.unwrap();
        let mut current = known(inspect(&mut *session).await);
        current
            .schemas
            .retain(|schema| desired.schema(&schema.name).is_some());
        let options = PlanOptions {
            qualifier: Qualifier::Schema,
            ..PlanOptions::default()
        };
        let states = Comparable::whole(&Postgres, current, desired.clone());
        let plan = states.plan(states.diff().changes, &options).unwrap();
        for step in &plan.steps {
            let ran = run(&mut *session, &step.sql, TxMode::None).await;
            ran.unwrap_or_else(|error| panic!("{case}: {error}: {}", step.sql));
        }
        let made = known(inspect(&mut *session).await);
        assert!(diff(&made, &desired).is_empty(), "{case}");
        assert_eq!(made, desired, "{case}");
        session.close().await.unwrap();
    }
    dev.close().await.unwrap();
}
