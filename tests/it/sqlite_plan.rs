//! Plans for SQLite, run on rows: forwards, again, backwards.

use trueup::dialect;
use trueup::diff::diff;
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
    /// Conditions that hold for the rows after the way back.
    holds_again: &'a [&'a str],
    /// The plan must build tables anew, or must not.
    rebuilds: bool,
}

pub(crate) fn planned(current: &Realm, desired: &Realm) -> Plan {
    let (mut current, mut desired) = (current.clone(), desired.clone());
    sqlite().normalize(&mut current, &mut desired);
    let found = diff(&current, &desired);
    assert_eq!(found.unknown, [], "views and triggers are the same");
    let options = PlanOptions {
        indent: Some("  ".to_owned()),
        ..PlanOptions::default()
    };
    dialect::plan(sqlite(), &current, &desired, found.changes, &options).expect("it can be planned")
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
    let steps = plan.steps.iter().rev();
    let sql = steps.flat_map(|step| &step.reverse);
    sql.map(|sql| format!("{};\n", sql.trim_end_matches(';')))
        .collect()
}

/// Everything in `sqlite_master` but its text, which is spelled differently by hand and by rename.
async fn same_objects(session: &mut dyn Session, fresh: &Realm) {
    let schema = &fresh.schemas[0];
    let tables = schema.tables.len();
    let indexes: usize = schema.tables.iter().map(|table| table.indexes.len()).sum();
    for (kind, count) in [("table", tables), ("index", indexes)] {
        let condition = format!(
            "(SELECT count(*) FROM sqlite_master WHERE type = '{kind}' AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%') = {count}"
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
    let back = backwards(&plan);
    run(session.as_mut(), &back, plan.tx_mode).await;
    let returned = realm(session.as_mut()).await;
    assert_eq!(planned(&returned, &before).steps, [], "back by\n{back}");
    same_objects(session.as_mut(), &before).await;
    for condition in case.holds_again {
        holds(session.as_mut(), condition).await;
    }
    // From nothing the plan leads to the same place.
    let mut fresh = state("").await;
    let nothing = realm(fresh.as_mut()).await;
    let all = planned_without_opaque(&nothing, &after);
    run(fresh.as_mut(), &all.to_file(), all.tx_mode).await;
    let built = realm(fresh.as_mut()).await;
    assert_eq!(built.schemas[0].tables, after.schemas[0].tables);
    plan
}

/// Views and triggers are not planned yet, so a comparison with nothing leaves them out.
fn planned_without_opaque(current: &Realm, desired: &Realm) -> Plan {
    let mut desired = desired.clone();
    desired.schemas[0].opaque.clear();
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
