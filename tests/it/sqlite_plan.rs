//! Plans for SQLite, run on rows: forwards, again, backwards.

use trueup::config::{DiffPolicy, Object, Verb};
use trueup::diff::{Comparable, skip};
use trueup::engine::Session;
use trueup::plan::{Plan, PlanOptions, TxMode};
use trueup::schema::Realm;

use crate::sqlite::{realm, sqlite, state, statements};

/// A change of schema with rows in the tables.
#[derive(Clone, Copy, Default)]
struct Case<'a> {
    before: &'a str,
    /// Rows in the form of `before`.
    rows: &'a str,
    after: &'a str,
    /// Conditions that hold for the rows afterwards.
    holds: &'a [&'a str],
    /// Conditions that hold for the rows after the reverse plan.
    holds_again: &'a [&'a str],
    /// The plan must build tables anew, or must not.
    rebuilds: bool,
    /// The reverse adds a column that these rows have no value for.
    no_rows_back: bool,
}

pub(crate) fn planned(current: &Realm, desired: &Realm) -> Plan {
    let states = Comparable::whole(sqlite(), current.clone(), desired.clone());
    let found = states.diff();
    assert_eq!(found.texts, [], "views and triggers are the same");
    let options = PlanOptions {
        indent: Some("  ".to_owned()),
        ..PlanOptions::default()
    };
    states
        .plan(found.changes, &options)
        .expect("it can be planned")
}

async fn run(session: &mut dyn Session, script: &str, mode: TxMode) {
    session
        .execute(&statements(script), mode)
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{script}"));
}

/// Fails unless the condition holds: the overflow is the one error that an expression can raise.
async fn holds(session: &mut dyn Session, condition: &str) {
    let sql =
        format!("SELECT CASE WHEN ({condition}) THEN 1 ELSE abs(-9223372036854775807 - 1) END");
    let result = session.execute(&statements(&sql), TxMode::None).await;
    result.unwrap_or_else(|error| panic!("{condition}: {error}"));
}

fn backwards(plan: &Plan) -> String {
    let steps = plan.reverse.steps.iter();
    steps
        .map(|step| format!("{};\n", step.sql.trim_end_matches(';')))
        .collect()
}

/// Everything in `sqlite_master` but its text, which is spelled differently by hand and by rename.
async fn same_objects(session: &mut dyn Session, fresh: &Realm) {
    let schema = &fresh.schemas[0];
    let tables = schema.tables.len();
    let indexes: usize = schema.tables.iter().map(|table| table.indexes.len()).sum();
    for (kind, count) in [("table", tables), ("index", indexes)] {
        let condition = format!(
            "(SELECT count(*) FROM sqlite_master AS m LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = m.name \
             WHERE m.type = '{kind}' AND m.sql IS NOT NULL AND m.name NOT LIKE 'sqlite_%' AND ifnull(l.type, 'table') = 'table') = {count}"
        );
        holds(session, &condition).await;
    }
    holds(session, "NOT EXISTS (SELECT 1 FROM sqlite_temp_master)").await;
    holds(
        session,
        "NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check)",
    )
    .await;
    holds(
        session,
        "(SELECT integrity_check FROM pragma_integrity_check) = 'ok'",
    )
    .await;
}

async fn check(case: Case<'_>) -> Plan {
    let mut session = state(case.before).await;
    run(session.as_mut(), case.rows, TxMode::None).await;
    let before = realm(session.as_mut()).await;
    let after = realm(state(case.after).await.as_mut()).await;
    let plan = planned(&before, &after);
    let file = plan.to_file();
    let mode = if case.rebuilds {
        TxMode::None
    } else {
        TxMode::File
    };
    assert_eq!(plan.tx_mode, mode, "{file}");
    run(session.as_mut(), &file, plan.tx_mode).await;
    let reached = realm(session.as_mut()).await;
    let again = planned(&reached, &after);
    assert_eq!(again.steps, [], "the second plan is empty, after\n{file}");
    same_objects(session.as_mut(), &after).await;
    for condition in case.holds {
        holds(session.as_mut(), condition).await;
    }
    assert_eq!(plan.reverse.irreversible, None, "{file}");
    if !case.no_rows_back {
        there_and_back(session.as_mut(), case, &plan, &before).await;
    }
    // From nothing the plan leads to the same place.
    let mut fresh = state("").await;
    let nothing = realm(fresh.as_mut()).await;
    let all = planned_without_texts(&nothing, &after);
    run(fresh.as_mut(), &all.to_file(), all.tx_mode).await;
    let built = realm(fresh.as_mut()).await;
    assert_eq!(built.schemas[0].tables, after.schemas[0].tables);
    plan
}

async fn there_and_back(session: &mut dyn Session, case: Case<'_>, plan: &Plan, before: &Realm) {
    let back = backwards(plan);
    run(session, &back, plan.reverse.tx_mode).await;
    let returned = realm(session).await;
    assert_eq!(planned(&returned, before).steps, [], "back by\n{back}");
    same_objects(session, before).await;
    for condition in case.holds_again {
        holds(session, condition).await;
    }
}

/// Views and triggers are not planned yet, so a comparison with nothing leaves them out.
fn planned_without_texts(current: &Realm, desired: &Realm) -> Plan {
    let mut desired = desired.clone();
    desired.schemas[0].texts.clear();
    planned(current, &desired)
}

const PARENT_AND_CHILD: &str = "CREATE TABLE p (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL, note TEXT);
     CREATE TABLE c (id INTEGER NOT NULL PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE);
     CREATE INDEX ix_name ON p (name);
     CREATE VIEW v AS SELECT p.name, c.id FROM p JOIN c ON c.p_id = p.id;
     CREATE TABLE log (what TEXT);
     CREATE TRIGGER tr AFTER UPDATE ON p BEGIN INSERT INTO log VALUES ('p ' || new.name); END;
     CREATE TRIGGER other AFTER INSERT ON c BEGIN INSERT INTO log SELECT 'c of ' || name FROM p WHERE id = new.p_id; END;";

#[tokio::test]
async fn a_rebuild_keeps_rows_children_views_and_triggers() {
    let after = PARENT_AND_CHILD.replace("name VARCHAR(30) NOT NULL", "name VARCHAR(50) NOT NULL");
    let plan = check(Case {
        before: PARENT_AND_CHILD,
        rows: "INSERT INTO p VALUES (1, 'one', 'x'), (7, 'two', NULL); INSERT INTO c VALUES (1, 1), (2, 7), (3, NULL); DELETE FROM log;",
        after: &after,
        holds: &[
            "(SELECT group_concat(id || name || ifnull(note, '-')) FROM p) = '1onex,7two-'",
            "(SELECT count(*) FROM c) = 3",
            "(SELECT count(*) FROM v) = 2",
            "(SELECT count(*) FROM sqlite_master WHERE type = 'trigger') = 2",
            "(SELECT count(*) FROM log) = 0",
        ],
        holds_again: &["(SELECT count(*) FROM c) = 3", "(SELECT count(*) FROM v) = 2"],
        rebuilds: true,
        ..Case::default()
    })
    .await;
    let comments: Vec<_> = plan
        .steps
        .iter()
        .map(|step| step.comment.as_str())
        .collect();
    assert_eq!(
        comments,
        [
            "disable the enforcement of foreign-keys constraints",
            "leave views and triggers as they are while tables are renamed",
            "begin a transaction: all that follows, or nothing",
            "create a temporary table that remembers what must be kept",
            "count the rows that must be kept",
            "create \"new_p\" table",
            "copy rows from old table \"p\" to new temporary table \"new_p\"",
            "drop \"p\" table after copying rows",
            "rename temporary table \"new_p\" to \"p\"",
            "create index \"ix_name\" to table: \"p\"",
            "create trigger \"tr\" on table \"p\" again",
            "roll everything back unless all rows were kept and no foreign key was broken",
            "drop the temporary table",
            "commit the transaction",
            "let renamed tables be renamed in views and triggers again",
            "enable back the enforcement of foreign-keys constraints",
        ]
    );
}

/// A table with a few of everything; cases replace parts of it.
const BASE: &str = "CREATE TABLE p (id INTEGER NOT NULL, code VARCHAR(10) NOT NULL, PRIMARY KEY (id), UNIQUE (code));
     CREATE TABLE t (id INTEGER NOT NULL, a INTEGER, b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id));
     CREATE INDEX ix_t_a ON t (a);
     CREATE TABLE c (id INTEGER NOT NULL, t_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(t_id) REFERENCES t (id) ON DELETE CASCADE);";

const ROWS: &str = "INSERT INTO p VALUES (1, 'x'), (2, 'y');
     INSERT INTO t VALUES (1, 1, 'one', 1), (2, 2, 'two', 2), (9, 5, 'five', NULL);
     INSERT INTO c VALUES (1, 1), (2, 1), (3, 9);";

const KEPT: &[&str] = &[
    "(SELECT count(*) FROM p) = 2",
    "(SELECT group_concat(id) FROM (SELECT id FROM t ORDER BY id)) = '1,2,9'",
    "(SELECT count(*) FROM c) = 3",
];

/// What a case replaces in [`BASE`], by what, and whether that takes a rebuild.
const REPLACED: &[(&str, &str, bool)] = &[
    // Columns that come.
    ("p_id INTEGER,", "p_id INTEGER, n INTEGER,", false),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n VARCHAR(20) DEFAULT 'it''s' NOT NULL COLLATE \"NOCASE\",",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n BOOLEAN DEFAULT 1 NOT NULL, m FLOAT DEFAULT -1.5,",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n BOOLEAN DEFAULT true NOT NULL, m BLOB DEFAULT x'00ff',",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,",
        true,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n TEXT DEFAULT (lower('X') || 'y'),",
        true,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER REFERENCES p (id) ON DELETE SET NULL,",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER CONSTRAINT fk_n REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED,",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER REFERENCES t (id),",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER DEFAULT 1 REFERENCES p (id),",
        true,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER CHECK (n > 0), m INTEGER CONSTRAINT ck CHECK (m > n),",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL,",
        false,
    ),
    (
        "p_id INTEGER,",
        "p_id INTEGER, n INTEGER GENERATED ALWAYS AS (a * 2) STORED,",
        true,
    ),
    ("p_id INTEGER,", "p_id INTEGER, n INTEGER UNIQUE,", true),
    // Columns that go.
    (" b VARCHAR(30),", "", false),
    (
        " a INTEGER, b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id));\n     CREATE INDEX ix_t_a ON t (a);",
        " b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id));",
        false,
    ),
    // Columns that change.
    ("b VARCHAR(30)", "b VARCHAR(60)", true),
    ("b VARCHAR(30)", "b TEXT", true),
    ("b VARCHAR(30)", "b VARCHAR(30) NOT NULL", true),
    ("b VARCHAR(30)", "b VARCHAR(30) DEFAULT 'x'", true),
    ("b VARCHAR(30)", "b VARCHAR(30) COLLATE NOCASE", true),
    ("a INTEGER", "a NUMERIC(10, 2)", true),
    ("a INTEGER", "a BIGINT DEFAULT 0 NOT NULL", true),
    ("p_id INTEGER,", "p_id INTEGER DEFAULT 1 NOT NULL,", true),
    // Keys and constraints.
    ("p_id INTEGER,", "p_id INTEGER REFERENCES p (id),", true),
    (
        "p_id INTEGER, PRIMARY KEY (id)",
        "p_id INTEGER, PRIMARY KEY (id), CONSTRAINT fk FOREIGN KEY(p_id) REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE",
        true,
    ),
    ("ON DELETE CASCADE", "ON DELETE RESTRICT", true),
    (
        ", FOREIGN KEY(t_id) REFERENCES t (id) ON DELETE CASCADE",
        "",
        true,
    ),
    (
        "PRIMARY KEY (id), UNIQUE (code)",
        "PRIMARY KEY (id), CONSTRAINT uq_code UNIQUE (code), CHECK (code <> '')",
        true,
    ),
    ("PRIMARY KEY (id), UNIQUE (code)", "PRIMARY KEY (id)", true),
    (
        "PRIMARY KEY (id), UNIQUE (code)",
        "PRIMARY KEY (id, code), UNIQUE (id)",
        true,
    ),
    (
        "p_id INTEGER, PRIMARY KEY (id)",
        "p_id INTEGER, PRIMARY KEY (id), CONSTRAINT ck CHECK (a <> 3 AND b <> 'CHECK (1)')",
        true,
    ),
    (
        "p_id INTEGER, PRIMARY KEY (id)",
        "p_id INTEGER, PRIMARY KEY (id), UNIQUE (a, b)",
        true,
    ),
    (
        "t (id INTEGER NOT NULL, a INTEGER, b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id))",
        "t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, a INTEGER, b VARCHAR(30), p_id INTEGER)",
        true,
    ),
    (
        "p_id INTEGER, PRIMARY KEY (id))",
        "p_id INTEGER, PRIMARY KEY (id)) WITHOUT ROWID",
        true,
    ),
    (
        "b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id))",
        "b TEXT, p_id INTEGER, PRIMARY KEY (id)) STRICT",
        true,
    ),
    (
        "b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id))",
        "b TEXT, p_id INTEGER, PRIMARY KEY (id)) WITHOUT ROWID, STRICT",
        true,
    ),
    // Indexes.
    ("CREATE INDEX ix_t_a ON t (a);", "", false),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE UNIQUE INDEX ix_t_a ON t (a);",
        false,
    ),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE INDEX ix_t_a ON t (a DESC, b COLLATE NOCASE);",
        false,
    ),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE INDEX ix_t_a ON t (lower(b), a + 1 DESC) where a > 0 AND b <> 'where';",
        false,
    ),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE INDEX ix_t_a ON t (a); CREATE INDEX `ix``2` ON t (b);",
        false,
    ),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE INDEX ix_t_b ON t (a);",
        false,
    ),
    (
        "CREATE INDEX ix_t_a ON t (a);",
        "CREATE INDEX ix_t_a ON p (code);",
        false,
    ),
    (
        "b VARCHAR(30), p_id INTEGER, PRIMARY KEY (id));\n     CREATE INDEX ix_t_a ON t (a);",
        "b VARCHAR(31), p_id INTEGER, n INTEGER NOT NULL DEFAULT 4, PRIMARY KEY (id));\n     CREATE INDEX ix_t_n ON t (n);",
        true,
    ),
];

#[tokio::test]
async fn every_kind_of_change_keeps_the_rows() {
    for (old, new, rebuilds) in REPLACED {
        assert_eq!(BASE.matches(old).count(), 1, "{old}");
        let after = BASE.replace(old, new);
        check(Case {
            before: BASE,
            rows: ROWS,
            after: &after,
            holds: KEPT,
            holds_again: KEPT,
            rebuilds: *rebuilds,
            ..Case::default()
        })
        .await;
    }
}

#[tokio::test]
async fn several_rebuilds_share_one_enclosure() {
    // Each refers to the other, and the tree to itself: no order of drops would do with foreign keys on.
    let before = "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b (id) ON DELETE CASCADE, x INTEGER);
         CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id) ON DELETE CASCADE, x INTEGER);
         CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id) ON DELETE RESTRICT, x INTEGER);";
    let plan = check(Case {
        before,
        rows: "INSERT INTO a VALUES (1, NULL, 1); INSERT INTO b VALUES (1, 1, 1); UPDATE a SET b_id = 1;
             INSERT INTO tree VALUES (1, NULL, 1), (2, 1, 1), (3, 2, 1);",
        after: &before.replace("x INTEGER", "x INTEGER DEFAULT 0 NOT NULL"),
        holds: &[
            "(SELECT count(*) FROM a JOIN b ON a.b_id = b.id AND b.a_id = a.id) = 1",
            "(SELECT count(*) FROM tree) = 3",
            "(SELECT sql FROM sqlite_master WHERE name = 'tree') LIKE '%REFERENCES `tree` (`id`)%'",
        ],
        holds_again: &["(SELECT count(*) FROM a) = 1", "(SELECT count(*) FROM tree) = 3"],
        rebuilds: true,
        ..Case::default()
    })
    .await;
    let off = plan
        .steps
        .iter()
        .filter(|step| step.sql.contains("foreign_keys = off"));
    assert_eq!(off.count(), 1);
}

#[tokio::test]
async fn tables_are_dropped_without_taking_rows_along() {
    // Both go, in a circle.
    check(Case {
        before: "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b (id)); \
             CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id)); CREATE TABLE c (id INTEGER)",
        rows: "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b_id = 1",
        after: "CREATE TABLE c (id INTEGER)",
        rebuilds: true,
        ..Case::default()
    })
    .await;
    // One refers to itself with RESTRICT, which is checked row by row.
    check(Case {
        before: "CREATE TABLE a (id INTEGER PRIMARY KEY, up INTEGER REFERENCES a (id) ON DELETE RESTRICT)",
        rows: "INSERT INTO a VALUES (1, NULL), (2, 1)",
        after: "",
        rebuilds: true,
        ..Case::default()
    })
    .await;
    // The parent goes, the child loses its reference.
    check(Case {
        before: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INTEGER REFERENCES p (id) ON DELETE CASCADE)",
        rows: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
        after: "CREATE TABLE c (p_id INTEGER)",
        holds: &["(SELECT count(*) FROM c) = 1"],
        rebuilds: true,
        no_rows_back: true,
        ..Case::default()
    })
    .await;
    // Child first: nothing is in the way, and the file stays plain.
    let plan = check(Case {
        before: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INTEGER REFERENCES p (id)); \
             CREATE INDEX i ON c (p_id); CREATE TRIGGER tr AFTER INSERT ON c BEGIN SELECT 1; END",
        rows: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
        after: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INTEGER REFERENCES p (id)); \
             CREATE INDEX i ON c (p_id); CREATE TRIGGER tr AFTER INSERT ON c BEGIN SELECT 1; END; CREATE TABLE n (a)",
        ..Case::default()
    })
    .await;
    assert_eq!(plan.steps.len(), 1);
}

#[tokio::test]
async fn counters_and_hidden_row_numbers_survive() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)";
    let next = "INSERT INTO t (a) VALUES (0)";
    for rows in [
        "INSERT INTO t VALUES (5, 1); DELETE FROM t",
        "INSERT INTO t VALUES (5, 1), (3, 1); DELETE FROM t WHERE id = 5",
        "INSERT INTO t VALUES (5, 1)",
    ] {
        let mut session = state(before).await;
        run(session.as_mut(), rows, TxMode::None).await;
        let now = realm(session.as_mut()).await;
        let after = before.replace("a INTEGER", "a TEXT");
        let plan = planned(&now, &realm(state(&after).await.as_mut()).await);
        run(session.as_mut(), &plan.to_file(), plan.tx_mode).await;
        run(session.as_mut(), next, TxMode::None).await;
        holds(session.as_mut(), "(SELECT max(id) FROM t) = 6").await;
        holds(
            session.as_mut(),
            "(SELECT count(*) FROM sqlite_sequence) = 1",
        )
        .await;
    }
    let before = "CREATE TABLE doc (body TEXT, n VARCHAR(3)); CREATE VIRTUAL TABLE fts USING fts5(body, content='doc')";
    let keep: &[&str] = &[
        "(SELECT group_concat(rowid) FROM doc) = '4,9'",
        "(SELECT body FROM fts WHERE fts MATCH 'blue') = 'blue bird'",
    ];
    check(Case {
        before,
        rows: "INSERT INTO doc (rowid, body) VALUES (4, 'red fox'), (9, 'blue bird'); INSERT INTO fts (fts) VALUES ('rebuild')",
        after: &before.replace("VARCHAR(3)", "VARCHAR(4)"),
        holds: keep,
        holds_again: keep,
        rebuilds: true,
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn odd_names_are_quoted_everywhere() {
    let before = "CREATE TABLE \"select `x` \"\"y\"\" é\" (\"from\" INTEGER PRIMARY KEY, [a b] TEXT COLLATE NOCASE, 'c''d' INT DEFAULT 'it''s', \
         UNIQUE ([a b]), CONSTRAINT \"ck 1\" CHECK (\"a b\" <> 'x'));
         CREATE INDEX \"i x\" ON \"select `x` \"\"y\"\" é\" ([a b] DESC);
         CREATE TABLE \"order\" (\"group\" INT REFERENCES \"select `x` \"\"y\"\" é\" (\"from\"))";
    check(Case {
        before,
        rows: "INSERT INTO \"select `x` \"\"y\"\" é\" VALUES (1, 'y', 2); INSERT INTO \"order\" VALUES (1)",
        after: &before.replace("'c''d' INT ", "'c''d' BIGINT ").replace("\"group\" INT", "\"group\" BIGINT"),
        holds: &["(SELECT count(*) FROM \"order\") = 1", "(SELECT \"c'd\" FROM \"select `x` \"\"y\"\" é\") = 2"],
        rebuilds: true,
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn generated_columns_and_keys_are_made_anew() {
    let cases = [
        (
            "g INTEGER AS (a + 1) STORED",
            "g INTEGER AS (a + 2) STORED",
            "(SELECT g FROM t) = 3",
        ),
        (
            "g INTEGER AS (a + 1) STORED",
            "g INTEGER AS (a + 1) VIRTUAL",
            "(SELECT g FROM t) = 2",
        ),
        (
            "g INTEGER AS (a + 1) STORED",
            "g INTEGER",
            "(SELECT g FROM t) = 2",
        ),
        ("id INTEGER PRIMARY KEY, a", "a", "(SELECT a FROM t) = 1"),
        (
            "id INTEGER PRIMARY KEY, a INTEGER",
            "id INTEGER, a INTEGER PRIMARY KEY",
            "(SELECT id FROM t) = 7",
        ),
        (
            "id INTEGER PRIMARY KEY",
            "id INTEGER PRIMARY KEY DESC",
            "(SELECT id FROM t) = 7",
        ),
        (
            "id INTEGER PRIMARY KEY",
            "id INTEGER PRIMARY KEY ON CONFLICT REPLACE",
            "(SELECT id FROM t) = 7",
        ),
        (
            "id INTEGER PRIMARY KEY",
            "id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT",
            "(SELECT id FROM t) = 7",
        ),
        (
            "a INTEGER",
            "a INTEGER NOT NULL ON CONFLICT IGNORE",
            "(SELECT a FROM t) = 1",
        ),
    ];
    for (old, new, holds) in cases {
        let before =
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, g INTEGER AS (a + 1) STORED)";
        check(Case {
            before,
            rows: "INSERT INTO t (id, a) VALUES (7, 1)",
            after: &before.replace(old, new),
            holds: &[holds],
            rebuilds: true,
            ..Case::default()
        })
        .await;
    }
    // A key of its own for a table that had none, and not one column in common.
    check(Case {
        before: "CREATE TABLE t (a INTEGER)",
        rows: "INSERT INTO t VALUES (3), (4)",
        after: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)",
        holds: &["(SELECT group_concat(id || '=' || a) FROM t) = '1=3,2=4'"],
        rebuilds: true,
        ..Case::default()
    })
    .await;
    check(Case {
        before: "CREATE TABLE t (a INTEGER, CHECK (a > 0))",
        rows: "INSERT INTO t VALUES (3), (4)",
        after: "CREATE TABLE t (b INTEGER DEFAULT 8 NOT NULL)",
        holds: &["(SELECT group_concat(b) FROM t) = '8,8'"],
        rebuilds: true,
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_reads_as_a_reviewer_wants_it() {
    let before = "CREATE TABLE p (id INTEGER NOT NULL, name VARCHAR(30), PRIMARY KEY (id))";
    let after = "CREATE TABLE p (id INTEGER NOT NULL, name VARCHAR(30) DEFAULT 'x' NOT NULL, PRIMARY KEY (id)); CREATE INDEX i ON p (name)";
    let current = realm(state(before).await.as_mut()).await;
    let plan = planned(&current, &realm(state(after).await.as_mut()).await);
    assert_eq!(
        plan.to_file(),
        "-- atlas:txmode none

-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Leave views and triggers as they are while tables are renamed
PRAGMA legacy_alter_table = on;
-- Begin a transaction: all that follows, or nothing
BEGIN IMMEDIATE;
-- Create a temporary table that remembers what must be kept
CREATE TEMP TABLE `trueup_rebuild` (
  `rows_before` integer NOT NULL,
  `rows_after` integer NULL,
  `enforced` integer NULL,
  CONSTRAINT `every row is kept` CHECK (`rows_after` = `rows_before`),
  CONSTRAINT `foreign keys are not enforced` CHECK (`enforced` = 0)
);
-- Count the rows that must be kept
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `p`);
-- Create \"new_p\" table
CREATE TABLE `new_p` (
  `id` integer NOT NULL,
  `name` varchar(30) NOT NULL DEFAULT 'x',
  PRIMARY KEY (`id`)
);
-- Copy rows from old table \"p\" to new temporary table \"new_p\", filling \"name\" where it is NULL
INSERT INTO `new_p` (`id`, `name`) SELECT `id`, IFNULL(`name`, 'x') AS `name` FROM `p`;
-- Drop \"p\" table after copying rows
DROP TABLE `p`;
-- Rename temporary table \"new_p\" to \"p\"
ALTER TABLE `new_p` RENAME TO `p`;
-- Create index \"i\" to table: \"p\"
CREATE INDEX `i` ON `p` (`name`);
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `p`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
"
    );
}

#[tokio::test]
async fn plain_changes_read_as_atlas_writes_them() {
    for (before, after, expected) in [
        (
            "CREATE TABLE user_account (id INTEGER NOT NULL, PRIMARY KEY (id))",
            "CREATE TABLE user_account (id INTEGER NOT NULL, age INTEGER, PRIMARY KEY (id))",
            "-- Add column \"age\" to table: \"user_account\"\nALTER TABLE `user_account` ADD COLUMN `age` integer NULL;\n",
        ),
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a int); CREATE UNIQUE INDEX j ON t (a DESC) WHERE a > 0",
            "-- Drop index \"i\" from table: \"t\"\nDROP INDEX `i`;\n\
             -- Drop column \"b\" from table: \"t\"\nALTER TABLE `t` DROP COLUMN `b`;\n\
             -- Create index \"j\" to table: \"t\"\nCREATE UNIQUE INDEX `j` ON `t` (`a` DESC) WHERE a > 0;\n",
        ),
        (
            "CREATE TABLE t (a int)",
            "",
            "-- Drop \"t\" table\nDROP TABLE `t`;\n",
        ),
        ("CREATE TABLE t (a int)", "CREATE TABLE T (A int)", ""),
    ] {
        let current = realm(state(before).await.as_mut()).await;
        let plan = planned(&current, &realm(state(after).await.as_mut()).await);
        assert_eq!(plan.to_file(), expected);
    }
}

#[tokio::test]
async fn a_directory_that_atlas_made_gives_no_noise() {
    // As its open build writes these models (2026-06), on one line a statement.
    let atlas = "CREATE TABLE `user_account` (`id` integer NOT NULL, `name` varchar NOT NULL, `fullname` varchar NULL, `price` numeric NULL, \
             `at` datetime NOT NULL DEFAULT (CURRENT_TIMESTAMP), `raw` blob NULL, PRIMARY KEY (`id`), CHECK (price > 0));
         CREATE UNIQUE INDEX `user_account_name` ON `user_account` (`name`);
         CREATE TABLE `address` (`id` integer NOT NULL, `email_address` varchar NOT NULL, `user_id` integer NULL, `other` integer NULL, PRIMARY KEY (`id`), \
             CONSTRAINT `0` FOREIGN KEY (`other`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION, \
             CONSTRAINT `1` FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE);";
    let models = "CREATE TABLE user_account (id INTEGER NOT NULL, name VARCHAR(30) NOT NULL, fullname VARCHAR(30), price NUMERIC(10, 2), \
             at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, raw, CONSTRAINT pk PRIMARY KEY (id), CHECK (price>0), UNIQUE (name));
         CREATE TABLE address (id INTEGER NOT NULL, email_address VARCHAR(30) NOT NULL, user_id INTEGER, other INTEGER, PRIMARY KEY (id), \
             FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE, CONSTRAINT fk_other FOREIGN KEY(other) REFERENCES user_account (id));";
    let current = realm(state(atlas).await.as_mut()).await;
    let desired = realm(state(models).await.as_mut()).await;
    assert_eq!(planned(&current, &desired).to_file(), "");
    // What Atlas loses is found.
    let deferred = models.replace(
        "ON DELETE CASCADE",
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    );
    let desired = realm(state(&deferred).await.as_mut()).await;
    let plan = planned(&current, &desired);
    assert!(plan.to_file().contains("DEFERRABLE INITIALLY DEFERRED"));
}

/// A plan of a part of the changes, with its reverse: what is skipped is kept both ways.
#[tokio::test]
async fn what_is_skipped_is_kept_forth_and_back() {
    const BEFORE: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY); \
        CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER CONSTRAINT ck CHECK (b > 0), p INTEGER REFERENCES p (id)); \
        CREATE INDEX ib ON t (b); \
        CREATE TRIGGER kept AFTER INSERT ON t BEGIN SELECT 1; END; \
        CREATE TRIGGER other AFTER INSERT ON t BEGIN SELECT 2; END";
    const AFTER: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY); \
        CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '', c INTEGER NOT NULL DEFAULT 1); \
        CREATE INDEX ia ON t (a); CREATE TABLE n (id INTEGER PRIMARY KEY); \
        CREATE TRIGGER other AFTER INSERT ON t BEGIN SELECT 2; END";
    let after = realm(state(AFTER).await.as_mut()).await;
    for skipped in [
        "drop_column, drop_index, drop_check, drop_foreign_key, drop_trigger",
        "drop_column, drop_check, drop_foreign_key, drop_index",
        "drop_trigger",
        "drop_trigger, add_column",
        "drop_trigger, add_index",
        "drop_trigger, modify_column",
        "drop_trigger, add_table",
        "drop_trigger, modify_table",
    ] {
        let mut session = state(BEFORE).await;
        let rows = "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 'x', 2, 1)";
        run(session.as_mut(), rows, TxMode::None).await;
        let before = realm(session.as_mut()).await;
        let states = Comparable::whole(sqlite(), before.clone(), after.clone());
        let mut found = states.diff();
        skip(&mut found, &policy(skipped));
        let plan = states
            .plan(found.changes, &PlanOptions::default())
            .expect("it can be planned");
        run(session.as_mut(), &plan.to_file(), plan.tx_mode).await;
        let reached = realm(session.as_mut()).await;
        let states = Comparable::whole(sqlite(), reached, after.clone());
        let mut left = states.diff();
        skip(&mut left, &policy(skipped));
        assert_eq!(left.changes, [], "{skipped}: {}", plan.to_file());
        let back = backwards(&plan);
        run(session.as_mut(), &back, plan.reverse.tx_mode).await;
        let returned = realm(session.as_mut()).await;
        assert_eq!(
            planned(&returned, &before).steps,
            [],
            "{skipped}: back by\n{back}"
        );
        if skipped.contains("drop_column") {
            holds(session.as_mut(), "(SELECT b FROM t) = 2").await;
        }
    }
}

fn policy(skip: &str) -> DiffPolicy {
    let one = |name: &str| match name {
        "add_column" => (Verb::Add, Object::Column),
        "add_index" => (Verb::Add, Object::Index),
        "add_table" => (Verb::Add, Object::Table),
        "drop_check" => (Verb::Drop, Object::Check),
        "drop_column" => (Verb::Drop, Object::Column),
        "drop_foreign_key" => (Verb::Drop, Object::ForeignKey),
        "drop_index" => (Verb::Drop, Object::Index),
        "drop_trigger" => (Verb::Drop, Object::Trigger),
        "modify_column" => (Verb::Modify, Object::Column),
        "modify_table" => (Verb::Modify, Object::Table),
        other => panic!("{other} is not known here"),
    };
    DiffPolicy {
        skip: skip.split(", ").map(one).collect(),
        ..DiffPolicy::default()
    }
}
