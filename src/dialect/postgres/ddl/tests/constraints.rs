//! Constraints and indexes.

use super::*;

#[test]
fn another_name_alone_is_a_rename() {
    let mut from = table(&[column("a", "integer")]);
    from.primary_key = Some(primary_key("t_pkey", &["a"]));
    from.checks = vec![check("k", "(a > 0)")];
    from.indexes = vec![index("i", &["a"])];
    let mut to = from.clone();
    to.primary_key = Some(primary_key("pk_t", &["a"]));
    to.checks = vec![check("ck", "(a > 0)")];
    to.indexes = vec![index("ix", &["a"])];
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" RENAME CONSTRAINT \"t_pkey\" TO \"pk_t\"",
            "ALTER TABLE \"t\" RENAME CONSTRAINT \"k\" TO \"ck\"",
            "ALTER INDEX \"i\" RENAME TO \"ix\"",
        ]
    );
}

#[test]
fn constraints_are_altered_in_place_where_that_is_enough() {
    let with = |deferrable: Option<&str>, valid: bool| {
        let mut key = foreign_key("fk", "a", "other");
        if let Some(words) = deferrable {
            key.attrs = attr(attrs::DEFERRABLE, words);
        }
        let mut limit = check("k", "(a > 0)");
        if !valid {
            limit.attrs = attr(attrs::NOT_VALID, "true");
        }
        Table {
            foreign_keys: vec![key],
            checks: vec![limit],
            ..table(&[column("a", "integer")])
        }
    };
    let steps = modified(
        &with(None, false),
        &with(Some("DEFERRABLE INITIALLY DEFERRED"), true),
    );
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" ALTER CONSTRAINT \"fk\" DEFERRABLE INITIALLY DEFERRED, VALIDATE CONSTRAINT \"k\""
        ]
    );
}

#[test]
fn a_primary_key_is_swapped_in_one_statement() {
    let mut from = table(&[column("a", "integer"), column("b", "integer")]);
    from.primary_key = Some(primary_key("t_pkey", &["a"]));
    let mut to = from.clone();
    to.primary_key = Some(primary_key("t_pkey", &["b", "a"]));
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        ["ALTER TABLE \"t\" DROP CONSTRAINT \"t_pkey\", ADD PRIMARY KEY (\"b\", \"a\")"]
    );
}

#[test]
fn indexes_go_before_the_table_changes_and_come_behind_it() {
    let mut from = table(&[column("a", "integer")]);
    from.indexes = vec![index("i", &["a"])];
    let mut to = table(&[column("a", "bigint")]);
    to.indexes = vec![Index {
        comment: Some("new".to_owned()),
        method: Some("hash".to_owned()),
        ..index("i", &["a"])
    }];
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE bigint",
            "CREATE INDEX \"i\" ON \"t\" USING hash (\"a\")",
            "COMMENT ON INDEX \"i\" IS 'new'",
        ]
    );
    assert_eq!(comments(&steps)[0], "drop index \"i\" from table: \"t\"");
}

#[test]
fn indexes_are_concurrent_on_request() {
    let from = table(&[column("a", "integer")]);
    let mut to = from.clone();
    to.indexes = vec![index("i", &["a"])];
    let options = PlanOptions {
        concurrent_index_create: true,
        ..PlanOptions::default()
    };
    let steps = steps_with(&options, &modify(&from, &to));
    assert_eq!(
        sql(&steps),
        ["CREATE INDEX CONCURRENTLY \"i\" ON \"t\" (\"a\")"]
    );
    assert_eq!(steps[0].tx_mode, TxMode::None);
    let made = steps_with(&options, &add(to));
    assert!(!made.iter().any(|step| step.sql.contains("CONCURRENTLY")));
}

#[test]
fn a_foreign_key_that_stands_for_itself_is_dropped_and_added() {
    let key = foreign_key("fk", "a", "other");
    let from = Table {
        foreign_keys: vec![key.clone()],
        ..table(&[column("a", "integer")])
    };
    let change = Change::ModifyTable(ModifyTable {
        schema: "public".to_owned(),
        from: from.clone(),
        to: from,
        changes: vec![TableChange::ForeignKey(Edit::Modify {
            from: key.clone(),
            to: key,
        })],
    });
    let steps = steps_with(&PlanOptions::default(), &change);
    assert_eq!(steps.len(), 1);
    assert!(
        steps[0]
            .sql
            .contains("DROP CONSTRAINT \"fk\", ADD CONSTRAINT \"fk\"")
    );
}
