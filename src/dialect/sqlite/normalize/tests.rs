//! Tests of what counts as equal.

use super::*;
use crate::schema::{Check, ObjectName};

fn column(name: &str, ty: &str) -> Column {
    Column::plain(name, ty, true)
}

fn reference(name: Option<&str>, column: &str) -> ForeignKey {
    ForeignKey {
        name: name.map(str::to_owned),
        columns: vec![column.to_owned()],
        ref_table: ObjectName::new("main", "p"),
        ref_columns: vec!["id".to_owned()],
        ..ForeignKey::default()
    }
}

fn unique_on(name: Option<&str>, column: &str) -> Unique {
    Unique {
        name: name.map(str::to_owned),
        parts: vec![KeyPart::column(column)],
        ..Unique::default()
    }
}

fn unique_index(name: &str, column: &str) -> Index {
    Index {
        name: name.to_owned(),
        unique: true,
        parts: vec![KeyPart::column(column)],
        ..Index::default()
    }
}

fn base() -> Table {
    Table {
        name: "t".to_owned(),
        columns: vec![column("a", "integer"), column("b", "varchar(30)")],
        ..Table::default()
    }
}

/// The current table as it looks after being compared with the desired one.
fn compared(current: Table, desired: &Table) -> Table {
    let realm = |table: Table| Realm {
        schemas: vec![Schema {
            name: "main".to_owned(),
            tables: vec![table],
            ..Schema::default()
        }],
        ..Realm::default()
    };
    let mut current = realm(current);
    let mut target = realm(desired.clone());
    normalize(&mut current, &mut target);
    assert_eq!(
        &target.schemas[0].tables[0], desired,
        "the desired state stays"
    );
    current.schemas.remove(0).tables.remove(0)
}

#[test]
fn a_length_on_one_side_is_equal_and_two_lengths_are_not() {
    let desired = base();
    for (ty, equal) in [
        ("varchar", true),
        ("varchar(30)", true),
        ("varchar(40)", false),
        ("text", false),
        ("char", false),
    ] {
        let mut current = base();
        current.columns[1] = column("b", ty);
        assert_eq!(compared(current, &desired) == desired, equal, "{ty}");
    }
    let mut untyped = base();
    untyped.columns[1] = column("b", "");
    let mut blob = base();
    blob.columns[1] = column("b", "blob");
    assert_eq!(compared(blob, &untyped), untyped);
    assert_ne!(compared(untyped, &desired), desired);
}

#[test]
fn a_foreign_key_name_on_one_side_is_equal_and_two_names_are_not() {
    let with = |keys: Vec<ForeignKey>| Table {
        foreign_keys: keys,
        ..base()
    };
    let none = with(vec![reference(None, "a"), reference(None, "b")]);
    let named = with(vec![
        reference(Some("fk_a"), "a"),
        reference(Some("fk_b"), "b"),
    ]);
    let atlas = with(vec![reference(Some("0"), "b"), reference(Some("1"), "a")]);
    for desired in [&none, &named] {
        for current in [&none, &named, &atlas] {
            assert_eq!(&compared(current.clone(), desired), desired);
        }
    }
    let other = with(vec![
        reference(Some("fk_x"), "a"),
        reference(Some("fk_b"), "b"),
    ]);
    assert_ne!(compared(other, &named), named);
    let target = with(vec![reference(None, "a")]);
    assert_ne!(compared(none, &target), target, "one is left over");
}

#[test]
fn atlas_indexes_stand_for_unique_constraints() {
    let desired = Table {
        uniques: vec![unique_on(None, "a"), unique_on(Some("uq_b"), "b")],
        ..base()
    };
    let atlas = Table {
        indexes: vec![unique_index("t_a", "a"), unique_index("t_b", "b")],
        ..base()
    };
    assert_eq!(compared(atlas, &desired), desired);
    let named = Table {
        indexes: vec![unique_index("t_a", "a"), unique_index("uq_b", "b")],
        ..base()
    };
    assert_eq!(compared(named, &desired), desired);
    for index in [
        unique_index("mine", "a"),
        Index {
            unique: false,
            ..unique_index("t_a", "a")
        },
        Index {
            predicate: Some("a > 0".to_owned()),
            ..unique_index("t_a", "a")
        },
    ] {
        let current = Table {
            indexes: vec![index],
            uniques: vec![unique_on(Some("uq_b"), "b")],
            ..base()
        };
        assert_ne!(compared(current, &desired), desired);
    }
}

#[test]
fn expressions_are_compared_by_meaning() {
    let check = |expr: &str| Check {
        expr: expr.to_owned(),
        ..Check::default()
    };
    let with = |expr: &str| Table {
        checks: vec![check(expr), check("b <> ''")],
        ..base()
    };
    let desired = with("\"a\" > 0 AND b IS NOT NULL");
    assert_eq!(compared(with("a > 0 and b is not null"), &desired), desired);
    assert_ne!(compared(with("a > 1 and b is not null"), &desired), desired);
}

#[test]
fn a_view_that_differs_in_blanks_keeps_its_current_text() {
    let view = |definition: &str| Schema {
        name: "main".to_owned(),
        texts: vec![TextObject {
            kind: "view".to_owned(),
            name: "v".to_owned(),
            table: None,
            definition: definition.to_owned(),
        }],
        ..Schema::default()
    };
    let mut current = view("CREATE VIEW v AS\n  SELECT a -- first\n  FROM t");
    let mut desired = view("CREATE VIEW v AS SELECT a FROM t");
    schema(&mut current, &mut desired);
    assert_eq!(current, desired);
    assert!(desired.texts[0].definition.contains("-- first"));
    let mut other = view("CREATE VIEW v AS SELECT b FROM t");
    schema(&mut current, &mut other);
    assert_ne!(current, other);
}

#[test]
fn names_that_differ_in_case_are_one_name() {
    let table = |name: &str, column_name: &str, index: &str| Table {
        name: name.to_owned(),
        columns: vec![column(column_name, "integer")],
        primary_key: Some(PrimaryKey {
            parts: vec![KeyPart::column(column_name)],
            ..PrimaryKey::default()
        }),
        uniques: vec![unique_on(None, column_name)],
        foreign_keys: vec![ForeignKey {
            ref_table: ObjectName::new("main", name),
            ref_columns: vec![column_name.to_owned()],
            ..reference(None, column_name)
        }],
        indexes: vec![unique_index(index, column_name)],
        ..Table::default()
    };
    let schema_of = |tables: Vec<Table>| Realm {
        schemas: vec![Schema {
            name: "main".to_owned(),
            tables,
            ..Schema::default()
        }],
        ..Realm::default()
    };
    let mut current = schema_of(vec![table("User", "userId", "IX")]);
    let mut desired = schema_of(vec![table("user", "userid", "ix")]);
    normalize(&mut current, &mut desired);
    assert_eq!(current, desired);
    // Each has its own partner: nothing is renamed away from it.
    let mut current = schema_of(vec![base()]);
    let mut desired = schema_of(vec![base()]);
    desired.schemas[0].tables[0]
        .columns
        .push(column("A", "integer"));
    normalize(&mut current, &mut desired);
    assert_eq!(current.schemas[0].tables[0].columns[0].name, "a");
}
