use super::*;
use crate::schema::change::TableChange;
use crate::schema::{Action, Check, Column, ForeignKey, Index, KeyPart, ObjectName};

fn column(name: &str, ty: &str) -> Column {
    Column::plain(name, ty, false)
}

fn table(name: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns.iter().map(|(name, ty)| column(name, ty)).collect();
    Table {
        name: name.into(),
        columns,
        ..Table::default()
    }
}

fn realm(tables: Vec<Table>) -> Realm {
    Realm {
        schemas: vec![Schema {
            name: "public".into(),
            tables,
            ..Schema::default()
        }],
        ..Realm::default()
    }
}

fn check(name: Option<&str>, expr: &str) -> Check {
    Check {
        name: name.map(str::to_owned),
        expr: expr.into(),
        ..Check::default()
    }
}

fn index(name: &str, column: &str) -> Index {
    Index {
        name: name.into(),
        parts: vec![KeyPart::column(column)],
        ..Index::default()
    }
}

fn table_changes(from: Table, to: Table) -> Vec<TableChange> {
    match diff(&realm(vec![from]), &realm(vec![to])).changes.pop() {
        Some(Change::ModifyTable(modify)) => modify.changes,
        None => Vec::new(),
        other => panic!("not a modification: {other:?}"),
    }
}

#[test]
fn column_order_is_not_a_difference() {
    let from = table("t", &[("a", "int"), ("b", "int")]);
    let to = table("t", &[("b", "int"), ("a", "int")]);
    assert!(diff(&realm(vec![from]), &realm(vec![to])).is_empty());
}

#[test]
fn modified_and_dropped_tables_come_before_added_ones() {
    let from = realm(vec![
        table("gone", &[("a", "int")]),
        table("kept", &[("a", "int")]),
    ]);
    let to = realm(vec![
        table("added", &[("a", "int")]),
        table("kept", &[("a", "text")]),
    ]);
    let kinds: Vec<String> = diff(&from, &to)
        .changes
        .iter()
        .map(|change| change.object().name)
        .collect();
    assert_eq!(kinds, ["gone", "kept", "added"]);
}

#[test]
fn a_constraint_under_another_name_is_modified_not_replaced() {
    let mut from = table("t", &[("a", "int")]);
    let mut to = from.clone();
    from.checks = vec![check(Some("old"), "a > 0"), check(Some("other"), "a < 9")];
    to.checks = vec![check(Some("new"), "a > 0"), check(Some("other"), "a < 8")];
    let changes = table_changes(from, to);
    assert_eq!(
        changes,
        [
            TableChange::Check(Edit::Modify {
                from: check(Some("old"), "a > 0"),
                to: check(Some("new"), "a > 0"),
            }),
            TableChange::Check(Edit::Modify {
                from: check(Some("other"), "a < 9"),
                to: check(Some("other"), "a < 8"),
            }),
        ]
    );
}

#[test]
fn a_partner_by_name_is_never_taken_by_a_look_alike() {
    let mut from = table("t", &[("a", "int")]);
    let mut to = from.clone();
    from.indexes = vec![index("first", "a"), index("second", "a")];
    to.indexes = vec![index("second", "a"), index("third", "a")];
    let changes = table_changes(from, to);
    assert_eq!(
        changes,
        [TableChange::Index(Edit::Modify {
            from: index("first", "a"),
            to: index("third", "a")
        })]
    );
}

#[test]
fn unnamed_constraints_are_matched_by_definition() {
    let mut from = table("t", &[("a", "int")]);
    let mut to = from.clone();
    from.checks = vec![
        check(None, "a > 0"),
        check(None, "a > 0"),
        check(None, "a < 5"),
    ];
    to.checks = vec![check(None, "a < 5"), check(None, "a > 0")];
    let changes = table_changes(from, to);
    assert_eq!(
        changes,
        [TableChange::Check(Edit::Drop(check(None, "a > 0")))]
    );
}

#[test]
fn what_the_model_has_no_type_for_is_named() {
    let view = |definition: &str| TextObject {
        kind: "view".into(),
        name: "v".into(),
        table: None,
        definition: definition.into(),
    };
    let mut from = realm(vec![]);
    let mut to = from.clone();
    from.schemas[0].texts = vec![view("SELECT 1")];
    to.schemas[0].texts = vec![view("SELECT 2")];
    let diff = diff(&from, &to);
    assert!(diff.changes.is_empty() && !diff.is_empty());
    assert_eq!(
        diff.texts,
        [TextChange {
            schema: Some("public".into()),
            edit: Edit::Modify {
                from: view("SELECT 1"),
                to: view("SELECT 2")
            },
        }]
    );
}

#[test]
fn a_schema_brings_and_takes_its_content() {
    let with = |name: &str| Realm {
        schemas: vec![Schema {
            name: name.into(),
            tables: vec![table("t", &[("a", "int")])],
            ..Schema::default()
        }],
        ..Realm::default()
    };
    let changes = diff(&with("old"), &with("new")).changes;
    let objects: Vec<ObjectName> = changes.iter().map(Change::object).collect();
    let name = |schema: &str, name: &str| ObjectName::new(schema, name);
    assert_eq!(
        objects,
        [
            name("old", "t"),
            name("old", "old"),
            name("new", "new"),
            name("new", "t")
        ]
    );
}

#[test]
fn a_rename_is_only_named_where_one_pair_fits() {
    let from = realm(vec![table("t", &[("id", "int"), ("nick", "text")])]);
    let to = realm(vec![table("t", &[("id", "int"), ("handle", "text")])]);
    let found = likely_renames(&diff(&from, &to).changes);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].from.as_str(), found[0].to.as_str()),
        ("nick", "handle")
    );

    let to = realm(vec![table(
        "t",
        &[("id", "int"), ("handle", "text"), ("alias", "text")],
    )]);
    assert!(likely_renames(&diff(&from, &to).changes).is_empty());

    let from = realm(vec![table("user", &[("id", "int")])]);
    let to = realm(vec![table("users", &[("id", "int")])]);
    let found = likely_renames(&diff(&from, &to).changes);
    assert_eq!((found[0].kind, found[0].to.as_str()), ("table", "users"));
}

#[test]
fn a_foreign_keys_action_is_part_of_its_definition() {
    let key = |on_delete| ForeignKey {
        name: Some("fk".into()),
        columns: vec!["a".into()],
        ref_table: ObjectName::new("public", "p"),
        ref_columns: vec!["id".into()],
        on_delete,
        ..ForeignKey::default()
    };
    let mut from = table("t", &[("a", "int")]);
    let mut to = from.clone();
    from.foreign_keys = vec![key(Action::NoAction)];
    to.foreign_keys = vec![key(Action::Cascade)];
    assert_eq!(
        table_changes(from, to),
        [TableChange::ForeignKey(Edit::Modify {
            from: key(Action::NoAction),
            to: key(Action::Cascade)
        })]
    );
}

#[test]
fn what_the_user_skips_is_left_out() {
    use crate::config::{DiffPolicy, Object, Verb};

    let from = realm(vec![
        table("gone", &[("a", "int")]),
        table("t", &[("a", "int"), ("b", "int")]),
    ]);
    let to = realm(vec![table("t", &[("a", "text")])]);
    let left = |skips: &[(Verb, Object)]| {
        let mut diff = diff(&from, &to);
        skip(
            &mut diff,
            &DiffPolicy {
                skip: skips.iter().copied().collect(),
                ..DiffPolicy::default()
            },
        );
        diff.changes
    };
    assert_eq!(left(&[]).len(), 2);
    let kept = left(&[(Verb::Drop, Object::Table), (Verb::Drop, Object::Column)]);
    let [Change::ModifyTable(modify)] = kept.as_slice() else {
        panic!("{kept:?}")
    };
    assert!(matches!(
        modify.changes.as_slice(),
        [TableChange::Column(Edit::Modify { .. })]
    ));
    assert!(left(&[(Verb::Drop, Object::Table), (Verb::Modify, Object::Table)]).is_empty());

    // A schema that must stay keeps its tables.
    let mut diff = diff(&from, &Realm::default());
    let policy = DiffPolicy {
        skip: [(Verb::Drop, Object::Schema)].into_iter().collect(),
        ..DiffPolicy::default()
    };
    skip(&mut diff, &policy);
    assert!(diff.is_empty());
}
