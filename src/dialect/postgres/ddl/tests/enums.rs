//! Enums whose values change.

use super::*;

fn enum_change(from: &EnumType, to: &EnumType) -> Change {
    Change::Enum {
        schema: "public".to_owned(),
        edit: Edit::Modify {
            from: from.clone(),
            to: to.clone(),
        },
    }
}

#[test]
fn enum_values_are_added_in_place() {
    let (from, to) = (
        status(&["on", "off"]),
        status(&["start", "on", "half", "off", "gone"]),
    );
    let users = Table {
        columns: vec![enum_column("s", "status", Some("'on'"))],
        ..table(&[])
    };
    let steps = steps_between(
        &schema_qualified(),
        &realm(std::slice::from_ref(&from), std::slice::from_ref(&users)),
        &realm(std::slice::from_ref(&to), &[users]),
        &enum_change(&from, &to),
    );
    assert_eq!(
        sql(&steps),
        [
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'start' BEFORE 'on'",
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'half' AFTER 'on'",
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'gone'",
        ]
    );
    assert_eq!(comments(&steps)[0], "add value to enum type: \"status\"");
}

#[test]

fn an_enum_that_loses_a_value_is_rebuilt_with_what_speaks_of_it() {
    let (from, to) = (status(&["a", "b", "c"]), status(&["a", "b"]));
    let users = Table {
        columns: vec![
            enum_column("s", "status", Some("'a'")),
            enum_column("l", "status[]", None),
        ],
        checks: vec![check("k", "(s <> 'b'::public.status)")],
        indexes: vec![Index {
            predicate: Some("(s = 'a'::public.status)".to_owned()),
            ..index("i", &["s"])
        }],
        ..table(&[])
    };
    let steps = steps_between(
        &PlanOptions::default(),
        &realm(std::slice::from_ref(&from), std::slice::from_ref(&users)),
        &realm(std::slice::from_ref(&to), &[users]),
        &enum_change(&from, &to),
    );
    assert_eq!(
        sql(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\"",
            "ALTER TYPE \"status\" RENAME TO \"status_old\"",
            "CREATE TYPE \"status\" AS ENUM ('a', 'b')",
            "ALTER TABLE \"t\" ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\", ALTER COLUMN \"s\" SET DEFAULT 'a', ALTER COLUMN \"l\" TYPE \"status\"[] USING \"l\"::text[]::\"status\"[]",
            "DROP TYPE \"status_old\"",
            "ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s <> 'b'::status)",
            "CREATE INDEX \"i\" ON \"t\" (\"s\") WHERE (s = 'a'::status)",
        ]
    );
}

#[test]
fn an_excluded_table_follows_a_rebuilt_enum() {
    let (from, to) = (status(&["a", "b"]), status(&["a"]));
    let excluded = table(&[enum_column("s", "status", None)]);
    let (current, desired) = (
        realm(std::slice::from_ref(&from), &[]),
        realm(std::slice::from_ref(&to), &[]),
    );
    let existing = realm(std::slice::from_ref(&from), &[excluded]);
    let context = RenderContext {
        options: &PlanOptions::default(),
        current: &current,
        existing: &existing,
        desired: &desired,
        wanted: &desired,
    };
    let steps = render(&enum_change(&from, &to), &context).unwrap();
    assert_eq!(
        sql(&steps)[2],
        "ALTER TABLE \"t\" ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\""
    );
}

#[test]

fn what_a_rebuilt_enum_took_is_not_dropped_twice() {
    let (from, to) = (status(&["a", "b"]), status(&["a"]));
    let mut before = table(&[enum_column("s", "status", Some("'b'"))]);
    before.checks = vec![check("k", "(s = 'b'::public.status)")];
    let mut after = table(&[enum_column("s", "status", Some("'a'"))]);
    after.checks = vec![check("k", "(s = 'a'::public.status)")];
    let current = realm(&[from], std::slice::from_ref(&before));
    let desired = realm(&[to], std::slice::from_ref(&after));
    let changes = crate::diff::diff(&current, &desired).changes;
    let steps: Vec<Step> = changes
        .iter()
        .flat_map(|change| steps_between(&PlanOptions::default(), &current, &desired, change))
        .collect();
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\"",
            "ALTER TYPE \"status\" RENAME TO \"status_old\"",
            "CREATE TYPE \"status\" AS ENUM ('a')",
            "ALTER TABLE \"t\" ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\", ALTER COLUMN \"s\" SET DEFAULT 'a'",
            "DROP TYPE \"status_old\"",
            "ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s = 'a'::status)",
        ]
    );
}

#[test]
fn what_uses_a_new_value_waits_for_a_commit() {
    let realms = [&["old"][..], &["old", "new"]].map(|values| realm(&[status(values)], &[]));
    let mode = |from: &Table, to: &Table| {
        let [current, desired] = &realms;
        let steps = steps_between(&schema_qualified(), current, desired, &modify(from, to));
        steps[0].tx_mode
    };
    let with = |default| table(&[enum_column("s", "status", default)]);
    assert_eq!(mode(&with(None), &with(Some("'old'"))), TxMode::File);
    assert_eq!(mode(&with(None), &with(Some("'new'"))), TxMode::None);
    let commented = Table {
        comment: Some("new".to_owned()),
        ..with(None)
    };
    assert_eq!(mode(&with(None), &commented), TxMode::File);
}
