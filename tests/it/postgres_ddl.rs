//! Plans for PostgreSQL, run on a real server: forwards, backwards, and forwards again.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use trueup::dialect::postgres::Postgres;
use trueup::diff::Comparable;
use trueup::engine::{DevDatabase, InspectOptions, Session};
use trueup::plan::{Plan, PlanOptions, Qualifier, TxMode};
use trueup::schema::Realm;

use crate::postgres_local::{holds, open, run};

/// What one change of a model is about: the state before, with rows, and the state after.
struct Pair {
    name: &'static str,
    before: &'static str,
    after: &'static str,
    /// Rows of the state before.
    rows: &'static str,
    /// A condition that holds for the rows after the plan.
    then: &'static str,
}

const fn pair(name: &'static str, before: &'static str, after: &'static str) -> Pair {
    Pair {
        name,
        before,
        after,
        rows: "",
        then: "true",
    }
}

impl Pair {
    const fn rows(mut self, rows: &'static str, then: &'static str) -> Self {
        self.rows = rows;
        self.then = then;
        self
    }
}

async fn inspect(session: &mut dyn Session) -> Realm {
    session.inspect(&InspectOptions::default()).await.unwrap()
}

/// A session with these statements run.
async fn state(dev: &mut dyn DevDatabase, label: &str, pair: &str, sql: &str) -> Box<dyn Session> {
    let mut session = dev.session(label).await.unwrap();
    if let Err(error) = run(&mut *session, sql, TxMode::None).await {
        panic!("{pair}: the {label} state can't be made: {error}");
    }
    session
}

fn plan_between(pair: &str, current: &Realm, desired: &Realm, options: &PlanOptions) -> Plan {
    let states = Comparable::whole(&Postgres, current.clone(), desired.clone());
    let found = states.diff();
    assert!(found.texts.is_empty(), "{pair}: {:?}", found.texts);
    match states.plan(found.changes, options) {
        Ok(plan) => plan,
        Err(error) => panic!("{pair}: {error}"),
    }
}

/// Runs statements as a migration file would be run.
async fn apply(session: &mut dyn Session, pair: &str, statements: &[String], mode: TxMode) {
    let script: String = statements.iter().map(|sql| format!("{sql};\n")).collect();
    if let Err(error) = run(session, &script, mode).await {
        panic!(
            "{pair}: statement {} of this plan fails: {error}\n{script}",
            error.statement
        );
    }
}

fn assert_same(pair: &str, when: &str, found: &Realm, wanted: &Realm, script: &[String]) {
    let left = Comparable::whole(&Postgres, found.clone(), wanted.clone()).diff();
    assert!(
        left.is_empty(),
        "{pair}: {when}, this is left: {left:#?}\nafter {script:#?}"
    );
}

async fn round_trip(dev: &mut dyn DevDatabase, pair: &Pair, options: &PlanOptions) {
    let name = pair.name;
    let mut desired = state(dev, "desired", name, pair.after).await;
    let wanted = inspect(&mut *desired).await;
    desired.close().await.unwrap();
    let mut session = state(dev, "current", name, pair.before).await;
    run(&mut *session, pair.rows, TxMode::None).await.unwrap();
    let before = inspect(&mut *session).await;

    let plan = plan_between(name, &before, &wanted, options);
    let forward: Vec<String> = plan.steps.iter().map(|step| step.sql.clone()).collect();
    let reverse = plan.reverse.steps.iter();
    let backward: Vec<String> = reverse.map(|step| step.sql.clone()).collect();
    assert!(!forward.is_empty(), "{name}: nothing is planned");
    assert!(
        plan.reverse.irreversible.is_none(),
        "{name}: there is a reverse plan"
    );
    apply(&mut *session, name, &forward, plan.tx_mode).await;
    assert_same(
        name,
        "forwards",
        &inspect(&mut *session).await,
        &wanted,
        &forward,
    );
    holds(&mut *session, pair.then).await;
    apply(&mut *session, name, &backward, plan.reverse.tx_mode).await;
    assert_same(
        name,
        "backwards",
        &inspect(&mut *session).await,
        &before,
        &backward,
    );
    apply(&mut *session, name, &forward, plan.tx_mode).await;
    assert_same(
        name,
        "again",
        &inspect(&mut *session).await,
        &wanted,
        &forward,
    );
    session.close().await.unwrap();
}

/// Takes every pair there and back: qualified in a whole database, and in both directions.
async fn round_trips(pairs: &[Pair]) {
    let mut dev = open("local://postgres").await.unwrap();
    for pair in pairs {
        let options = PlanOptions {
            qualifier: Qualifier::Schema,
            ..PlanOptions::default()
        };
        round_trip(&mut *dev, pair, &options).await;
        let turned = Pair {
            before: pair.after,
            after: pair.before,
            rows: "",
            then: "true",
            ..*pair
        };
        round_trip(&mut *dev, &turned, &options).await;
    }
    dev.close().await.unwrap();
}

#[tokio::test]
async fn tables_and_columns() {
    round_trips(&[
        pair(
            "the guide",
            "",
            "CREATE TABLE user_account (id serial PRIMARY KEY, name varchar(30) NOT NULL, fullname varchar(30));
             CREATE TABLE address (id serial PRIMARY KEY, email_address varchar(30) NOT NULL, user_id int NOT NULL REFERENCES user_account (id));",
        ),
        pair(
            "a circle of foreign keys",
            "",
            "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
             ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;",
        ),
        pair(
            "everything on a table",
            "CREATE TABLE keep (id int PRIMARY KEY);",
            "CREATE TABLE keep (id int PRIMARY KEY);
             CREATE UNLOGGED TABLE \"Odd \"\"name\" (
                a int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5 MINVALUE 2 MAXVALUE 1000 CACHE 3 CYCLE),
                \"B c\" varchar(10) COLLATE \"C\" NOT NULL DEFAULT 'it''s \\ 50%',
                c int GENERATED ALWAYS AS (a * 2) STORED,
                d timestamptz DEFAULT now(), e numeric(10,2) DEFAULT -1.5, f text[] DEFAULT '{}', g jsonb DEFAULT '{}',
                h interval DEFAULT '1 day', i bytea, j uuid DEFAULT gen_random_uuid(), k boolean DEFAULT false, l bigint DEFAULT -1, m int,
                CONSTRAINT \"odd key\" PRIMARY KEY (a) INCLUDE (c) DEFERRABLE,
                CONSTRAINT u UNIQUE (\"B c\") WITH (fillfactor=80), CONSTRAINT k CHECK (a > 0 AND \"B c\" <> ')') NO INHERIT,
                CONSTRAINT x EXCLUDE USING btree (e WITH =) WHERE (a > 0),
                CONSTRAINT fk FOREIGN KEY (m) REFERENCES keep (id) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
             ) WITH (fillfactor=70, autovacuum_enabled=false);
             ALTER TABLE \"Odd \"\"name\" ALTER \"B c\" SET STORAGE EXTERNAL, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY,
                ADD CONSTRAINT late CHECK (l < 5) NOT VALID;
             CREATE UNIQUE INDEX i1 ON \"Odd \"\"name\" (lower(\"B c\") COLLATE \"C\" DESC NULLS LAST, a) INCLUDE (d) WITH (fillfactor=60) WHERE k;
             CREATE INDEX i2 ON \"Odd \"\"name\" USING gin (g jsonb_path_ops);
             CREATE INDEX i3 ON \"Odd \"\"name\" USING brin (l) WITH (pages_per_range=8);
             COMMENT ON TABLE \"Odd \"\"name\" IS 'it''s a \\ table';
             COMMENT ON COLUMN \"Odd \"\"name\".\"B c\" IS 'column';
             COMMENT ON INDEX i1 IS 'index';
             COMMENT ON CONSTRAINT u ON \"Odd \"\"name\" IS 'unique';
             COMMENT ON CONSTRAINT fk ON \"Odd \"\"name\" IS 'reference';",
        ),
        pair(
            "columns come and go with what is on them",
            "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int REFERENCES t, c text, CHECK (a < b));
             CREATE INDEX i ON t (c, a); CREATE INDEX e ON t (lower(c)); COMMENT ON INDEX i IS 'i'; COMMENT ON COLUMN t.c IS 'c';",
            "CREATE TABLE t (id int PRIMARY KEY, h int GENERATED ALWAYS AS (m + 1) STORED, m int, d text NOT NULL DEFAULT 'x', s bigserial, g int GENERATED ALWAYS AS (id + 1) STORED,
                n int GENERATED BY DEFAULT AS IDENTITY);",
        )
        .rows("INSERT INTO t VALUES (1, 2, NULL, 'c')", "(SELECT d FROM t) = 'x'"),
        pair(
            "null, default, comment",
            "CREATE TABLE t (id int, a int NOT NULL DEFAULT 1, b text); COMMENT ON COLUMN t.b IS 'old'; COMMENT ON TABLE t IS 'old';",
            "CREATE TABLE t (id int NOT NULL, a int, b text DEFAULT 'it''s'); COMMENT ON COLUMN t.a IS 'new';",
        )
        .rows("INSERT INTO t VALUES (1, 2, 'b')", "(SELECT a FROM t) = 2"),
        pair(
            "storage of tables and columns",
            "CREATE UNLOGGED TABLE t (id int, a text, b text) WITH (fillfactor=70, autovacuum_enabled=false);
             ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ENABLE ROW LEVEL SECURITY;",
            "CREATE TABLE t (id int, a text COMPRESSION pglz, b varchar) WITH (fillfactor=80);
             ALTER TABLE t ALTER b SET STORAGE MAIN, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        ),
        pair(
            "collation",
            "CREATE TABLE t (a text COLLATE \"C\", b text); CREATE INDEX i ON t (a);",
            "CREATE TABLE t (a text, b varchar(10) COLLATE \"POSIX\"); CREATE INDEX i ON t (a);",
        ),
        pair(
            "generated columns",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c int GENERATED ALWAYS AS (a + 1) STORED UNIQUE, d int, CHECK (c > 0));
             CREATE INDEX i ON t (b); COMMENT ON COLUMN t.c IS 'kept'; COMMENT ON INDEX i IS 'kept';",
            "CREATE TABLE t (a bigint, b int GENERATED ALWAYS AS (a * 3) STORED, c int, d int GENERATED ALWAYS AS (1) STORED, CHECK (c > 0), UNIQUE (c));
             CREATE INDEX i ON t (b); COMMENT ON COLUMN t.c IS 'kept'; COMMENT ON INDEX i IS 'kept';",
        )
        .rows("INSERT INTO t (a) VALUES (5)", "(SELECT b FROM t) = 15 AND (SELECT c FROM t) = 6"),
        pair(
            "a generated column goes with its base",
            "CREATE TABLE t (id int, a int, b int GENERATED ALWAYS AS (a * 2) STORED);",
            "CREATE TABLE t (id int);",
        ),
        pair(
            "inheritance",
            "CREATE TABLE p (a int); CREATE TABLE t (a int, b int);",
            "CREATE TABLE p (a int); CREATE TABLE t (a int, b int) INHERITS (p);",
        ),
        pair(
            "schemas",
            "CREATE SCHEMA one; CREATE TABLE one.t (id int PRIMARY KEY); COMMENT ON SCHEMA one IS 'x';",
            "CREATE SCHEMA two; COMMENT ON SCHEMA two IS 'it''s'; CREATE TYPE two.e AS ENUM ('a');
             CREATE TABLE two.t (id serial PRIMARY KEY, e two.e DEFAULT 'a'); CREATE TABLE t (id int REFERENCES two.t);",
        ),
    ])
    .await;
}

#[tokio::test]
async fn types() {
    round_trips(&[
        pair(
            "casts that must be asked for",
            "CREATE TABLE t (a varchar(30) DEFAULT '1', b text DEFAULT '{}', c text, d varchar(9) DEFAULT 'x', e int DEFAULT 0, f int[], g text[]);
             CREATE TYPE mood AS ENUM ('x', 'y'); CREATE TYPE temper AS ENUM ('x'); CREATE TABLE u (a mood, b mood[] DEFAULT '{x}', c mood DEFAULT 'x');",
            "CREATE TYPE mood AS ENUM ('x', 'y');
             CREATE TABLE t (a int DEFAULT 1, b jsonb DEFAULT '{}', c uuid, d mood DEFAULT 'x', e boolean DEFAULT false, f bigint[], g int[] DEFAULT '{1}');
             CREATE TYPE temper AS ENUM ('x'); CREATE TABLE u (a temper, b temper[] DEFAULT '{x}', c text DEFAULT 'x');",
        )
        .rows(
            "INSERT INTO t VALUES ('7', '{\"k\": 1}', '00000000-0000-0000-0000-000000000001', 'y', 1, '{1}', '{2}'); INSERT INTO u VALUES ('x', '{x}', 'y')",
            "(SELECT a = 7 AND d = 'y' AND e AND g = '{2}' FROM t) AND (SELECT c = 'y' FROM u)",
        ),
        pair(
            "casts that the server makes",
            "CREATE TABLE t (a varchar(30) DEFAULT 'a', b int DEFAULT 1, c timestamp DEFAULT now(), d json, e numeric(10,2), f char(3) DEFAULT 'a', g date, h cidr);",
            "CREATE TABLE t (a text DEFAULT 'a', b bigint DEFAULT 1, c timestamptz DEFAULT now(), d jsonb, e numeric(12,4), f varchar(5) DEFAULT 'a', g timestamp(3), h inet);",
        )
        .rows("INSERT INTO t VALUES ('x', 1, now(), '{}', 1.25, 'abc', now(), '10.0.0.0/8')", "(SELECT e FROM t) = 1.25"),
        pair(
            "casts through text",
            "CREATE TABLE t (a int, b boolean, c bigint, d real);",
            "CREATE TABLE t (a interval, b bigint, c boolean, d bit(3));",
        )
        .rows("INSERT INTO t VALUES (NULL, true, 5, NULL)", "(SELECT b = 1 AND c FROM t)"),
        pair(
            "keys change their type",
            "CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL REFERENCES p);",
            "CREATE TABLE p (id bigserial PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY, p bigint NOT NULL REFERENCES p);",
        )
        .rows("INSERT INTO p VALUES (DEFAULT); INSERT INTO c VALUES (1, 1)", "(SELECT seqtypid = 'bigint'::regtype FROM pg_sequence)"),
        pair(
            "keys change to a type that does not compare",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL CONSTRAINT fk REFERENCES p);",
            "CREATE TABLE p (id text PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p text NOT NULL CONSTRAINT fk REFERENCES p);",
        )
        .rows("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)", "(SELECT p FROM c) = '1'"),
    ])
    .await;
}

#[tokio::test]
async fn numbering() {
    round_trips(&[
        pair(
            "serial to identity",
            "CREATE TABLE t (id serial PRIMARY KEY, a text);",
            "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a text);",
        )
        .rows("INSERT INTO t (a) VALUES ('a'), ('b')", "nextval('t_id_seq') = 3"),
        pair(
            "serial to a bigger identity",
            "CREATE TABLE t (id serial PRIMARY KEY, a text);",
            "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT BY 10) PRIMARY KEY, a text);",
        )
        .rows("INSERT INTO t (a) VALUES ('a'), ('b')", "nextval('t_id_seq') = 12"),
        pair(
            "identity to serial",
            "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text);",
            "CREATE TABLE t (id serial PRIMARY KEY, a text);",
        )
        .rows("INSERT INTO t (a) VALUES ('a'), ('b')", "nextval('t_id_seq') = 3"),
        pair(
            "plain to identity",
            "CREATE TABLE t (id int, a text);",
            "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text);",
        )
        .rows("INSERT INTO t VALUES (7, 'a')", "nextval('t_id_seq') = 8"),
        pair(
            "plain to serial",
            "CREATE TABLE t (id smallint PRIMARY KEY, a text);",
            "CREATE TABLE t (id serial PRIMARY KEY, a text);",
        )
        .rows("INSERT INTO t VALUES (7, 'a')", "nextval('t_id_seq') = 8"),
        pair(
            "identity's numbers",
            "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY (START WITH 5), c smallint GENERATED ALWAYS AS IDENTITY);",
            "CREATE TABLE t (a int GENERATED BY DEFAULT AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY (START WITH 100 INCREMENT BY 2 CACHE 5 CYCLE), c bigint GENERATED ALWAYS AS IDENTITY);",
        ),
        pair(
            "serial's numbers and name",
            "CREATE TABLE t (id serial PRIMARY KEY, b serial);",
            "CREATE TABLE t (id serial PRIMARY KEY, b smallserial); ALTER SEQUENCE t_id_seq INCREMENT BY 5 START WITH 3 CACHE 2; ALTER SEQUENCE t_b_seq RENAME TO other;",
        ),
        pair(
            "an odd serial",
            "",
            "CREATE TABLE t (id serial); ALTER TABLE t ALTER id DROP NOT NULL; ALTER SEQUENCE t_id_seq AS bigint INCREMENT BY -1 MINVALUE -50 MAXVALUE 40 START WITH 40 RESTART;",
        ),
        pair(
            "free sequences",
            "CREATE SEQUENCE a; CREATE SEQUENCE b AS int INCREMENT BY 5; CREATE TABLE t (id bigint DEFAULT nextval('a'), x int DEFAULT 1);",
            "CREATE SEQUENCE b AS bigint MINVALUE 0 MAXVALUE 99 CYCLE CACHE 4; CREATE SEQUENCE \"C\" AS smallint INCREMENT BY -1; COMMENT ON SEQUENCE \"C\" IS 'c';
             CREATE TABLE t (id bigint, x int DEFAULT nextval('\"C\"'));",
        ),
    ])
    .await;
}

#[tokio::test]
async fn keys_and_constraints() {
    round_trips(&[
        pair(
            "primary keys are swapped, extended and renamed",
            "CREATE TABLE a (x int NOT NULL, y int NOT NULL, PRIMARY KEY (x)); CREATE TABLE b (x int NOT NULL, y int NOT NULL, PRIMARY KEY (x));
             CREATE TABLE c (x int, PRIMARY KEY (x)); CREATE TABLE d (x int);",
            "CREATE TABLE a (x int NOT NULL, y int NOT NULL, PRIMARY KEY (y)); CREATE TABLE b (x int NOT NULL, y int NOT NULL, PRIMARY KEY (x, y));
             CREATE TABLE c (x int, CONSTRAINT pk_c PRIMARY KEY (x)); CREATE TABLE d (x int PRIMARY KEY); COMMENT ON CONSTRAINT d_pkey ON d IS 'd';",
        )
        .rows("INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 2)", "(SELECT y FROM a) = 2"),
        pair(
            "a referenced key is replaced",
            "CREATE TABLE a (x int, y int NOT NULL, CONSTRAINT k PRIMARY KEY (x)); CREATE TABLE b (a int CONSTRAINT fk REFERENCES a (x), s int CONSTRAINT self REFERENCES b, id int PRIMARY KEY);",
            "CREATE TABLE a (x int NOT NULL, y int NOT NULL, CONSTRAINT k PRIMARY KEY (y), UNIQUE (x)); CREATE TABLE b (a int CONSTRAINT fk REFERENCES a (x), s int CONSTRAINT self REFERENCES b, id bigint PRIMARY KEY);",
        ),
        pair(
            "uniques",
            "CREATE TABLE t (a int, b int, c int, CONSTRAINT u1 UNIQUE (a), CONSTRAINT u2 UNIQUE (b), CONSTRAINT u3 UNIQUE (c)); CREATE UNIQUE INDEX u4 ON t (c);",
            "CREATE TABLE t (a int, b int, c int, CONSTRAINT u1 UNIQUE (a, b) DEFERRABLE, CONSTRAINT uq_b UNIQUE (b), CONSTRAINT u4 UNIQUE (c)); CREATE UNIQUE INDEX u3 ON t (c);
             COMMENT ON CONSTRAINT u1 ON t IS 'u';",
        ),
        pair(
            "foreign keys",
            "CREATE TABLE p (id int PRIMARY KEY, a int UNIQUE);
             CREATE TABLE t (a int CONSTRAINT f1 REFERENCES p, b int CONSTRAINT f2 REFERENCES p, c int CONSTRAINT f3 REFERENCES p, d int);
             ALTER TABLE t ADD CONSTRAINT f5 FOREIGN KEY (d) REFERENCES p NOT VALID;",
            "CREATE TABLE p (id int PRIMARY KEY, a int UNIQUE);
             CREATE TABLE t (a int CONSTRAINT f1 REFERENCES p DEFERRABLE INITIALLY DEFERRED, b int CONSTRAINT fk_two REFERENCES p, c int CONSTRAINT f3 REFERENCES p (a) ON DELETE CASCADE, d int CONSTRAINT f5 REFERENCES p);
             COMMENT ON CONSTRAINT fk_two ON t IS 'two';",
        ),
        pair(
            "checks and exclusions",
            "CREATE TABLE t (a int, b int, CONSTRAINT k1 CHECK (a > 0), CONSTRAINT k2 CHECK (b > 0), CONSTRAINT x EXCLUDE USING btree (a WITH =));
             ALTER TABLE t ADD CONSTRAINT k3 CHECK (a < 9) NOT VALID;",
            "CREATE TABLE t (a int, b int, CONSTRAINT k1 CHECK (a > 1 AND a <> 5) NO INHERIT, CONSTRAINT ck_two CHECK (b > 0), CONSTRAINT x EXCLUDE USING btree (b WITH =) WHERE (a > 0), CONSTRAINT k3 CHECK (a < 9));
             COMMENT ON CONSTRAINT k1 ON t IS 'k';",
        ),
        pair(
            "indexes",
            "CREATE TABLE t (a int, b text, c jsonb); CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a) WITH (fillfactor=70); CREATE INDEX i3 ON t (b);
             CREATE INDEX i4 ON t (a, b); CREATE UNIQUE INDEX i5 ON t (a) WHERE a > 0; CREATE INDEX i6 ON t (lower(b));",
            "CREATE TABLE t (a int, b text, c jsonb); CREATE INDEX i1 ON t (a DESC); CREATE INDEX i2 ON t (a) WITH (fillfactor=80, deduplicate_items=off); CREATE INDEX ix3 ON t (b);
             CREATE INDEX i4 ON t (a, b text_pattern_ops) INCLUDE (c); CREATE UNIQUE INDEX i5 ON t (a) WHERE a > 1; CREATE INDEX i6 ON t (upper(b)); COMMENT ON INDEX i2 IS 'two';
             CREATE INDEX i7 ON t USING hash (a); CREATE UNIQUE INDEX i8 ON t (a) NULLS NOT DISTINCT;",
        ),
    ])
    .await;
}

#[tokio::test]
async fn enums() {
    round_trips(&[
        pair(
            "values are added anywhere",
            "CREATE TYPE e AS ENUM ('b', 'd'); CREATE TABLE t (a e DEFAULT 'b', l e[]); COMMENT ON TYPE e IS 'e';",
            "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd', 'e'); CREATE TABLE t (a e DEFAULT 'b', l e[]);",
        )
        .rows("INSERT INTO t VALUES ('d', '{b}')", "(SELECT a FROM t) = 'd'"),
        pair(
            "an added value is used at once",
            "CREATE TYPE e AS ENUM ('b', 'd'); CREATE TABLE t (a e DEFAULT 'b', CHECK (a <> 'd'));",
            "CREATE TYPE e AS ENUM ('b', 'd', 'it''s'); CREATE TABLE t (a e DEFAULT 'it''s', CHECK (a <> 'd')); CREATE TABLE u (a e[] DEFAULT '{it''s}');",
        ),
        pair(
            "values move and go, with all that speaks of them",
            "CREATE TYPE e AS ENUM ('a', 'b', 'c'); COMMENT ON TYPE e IS 'old';
             CREATE FUNCTION pick() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''a''::text';
             CREATE TABLE p (k e PRIMARY KEY);
             CREATE TABLE t (id int, a e DEFAULT 'a', l e[] DEFAULT ARRAY['a'::e, 'b'::e], f e CONSTRAINT fk REFERENCES p, d e DEFAULT pick()::e,
                g boolean GENERATED ALWAYS AS (a = 'a'::e) STORED UNIQUE, CONSTRAINT k CHECK (a <> 'b' OR id > 0), CONSTRAINT n CHECK (id > 0));
             CREATE INDEX i ON t (a) WHERE a = 'a'; CREATE INDEX j ON t (a, id); CREATE INDEX m ON t (g); COMMENT ON CONSTRAINT k ON t IS 'k'; COMMENT ON INDEX i IS 'i'; COMMENT ON COLUMN t.g IS 'g';",
            "CREATE TYPE e AS ENUM ('b', 'a'); COMMENT ON TYPE e IS 'new';
             CREATE FUNCTION pick() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''a''::text';
             CREATE TABLE p (k e PRIMARY KEY);
             CREATE TABLE t (id int, a e DEFAULT 'a', l e[] DEFAULT ARRAY['a'::e, 'b'::e], f e CONSTRAINT fk REFERENCES p, d e DEFAULT pick()::e,
                g boolean GENERATED ALWAYS AS (a = 'a'::e) STORED UNIQUE, CONSTRAINT k CHECK (a <> 'b' OR id > 0), CONSTRAINT n CHECK (id > 0));
             CREATE INDEX i ON t (a) WHERE a = 'a'; CREATE INDEX j ON t (a, id); CREATE INDEX m ON t (g); COMMENT ON CONSTRAINT k ON t IS 'k'; COMMENT ON INDEX i IS 'i'; COMMENT ON COLUMN t.g IS 'g';",
        )
        .rows("INSERT INTO p VALUES ('b'); INSERT INTO t (id, a, f) VALUES (1, 'a', 'b')", "(SELECT g AND f = 'b' AND l = '{a,b}' FROM t)"),
        pair(
            "values go together with what spoke of them",
            "CREATE TYPE e AS ENUM ('a', 'b', 'c'); CREATE TYPE o AS ENUM ('x', 'y');
             CREATE TABLE t (id int, a e DEFAULT 'c', x e DEFAULT 'c', gone e DEFAULT 'c', o o DEFAULT 'y', CONSTRAINT k CHECK (a <> 'c' OR o <> 'y'), CONSTRAINT z CHECK (x = 'c'));
             CREATE INDEX i ON t (a) WHERE a = 'c'; CREATE INDEX j ON t (id) WHERE x = 'c'; CREATE TABLE dropped (a e DEFAULT 'c', CHECK (a = 'c'));",
            "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TYPE o AS ENUM ('x');
             CREATE TABLE t (id int, a e DEFAULT 'b', x text DEFAULT 'c', o o DEFAULT 'x', CONSTRAINT k CHECK (a <> 'b' OR o <> 'x'), CONSTRAINT z CHECK (x = 'c'));
             CREATE INDEX i ON t (a) WHERE a = 'b';",
        )
        .rows("INSERT INTO t (id, a, x, o) VALUES (1, 'a', 'c', 'x')", "(SELECT x = 'c' AND a = 'a' FROM t)"),
        pair(
            "types come and go",
            "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e DEFAULT 'a', b text DEFAULT 'x');",
            "CREATE TYPE \"F g\" AS ENUM ('x', ''); COMMENT ON TYPE \"F g\" IS 'f'; CREATE TABLE t (a text DEFAULT 'a', b \"F g\" DEFAULT 'x', c \"F g\"[]);",
        )
        .rows("INSERT INTO t VALUES ('a', 'x')", "(SELECT b FROM t) = 'x'"),
    ])
    .await;
}
