//! The text of steps: what the tests by object share.

mod columns;
mod constraints;
mod enums;
mod tables;

use super::*;
use crate::dialect::postgres::attrs;
use crate::plan::{PlanOptions, Qualifier, TxMode};
use crate::schema::change::{ModifyTable, TableChange};
use crate::schema::{
    Attrs, Check, Column, DataType, EnumType, ForeignKey, Generated, Identity, Index, KeyPart,
    ObjectName, PartExpr, PrimaryKey, RawConstraint, Realm, Sequence, SequenceOptions, Table,
    Unique,
};

fn column(name: &str, ty: &str) -> Column {
    Column::plain(name, ty, false)
}

fn enum_column(name: &str, ty: &str, default: Option<&str>) -> Column {
    Column {
        ty: DataType {
            user: Some(ObjectName::new("public", ty.trim_end_matches("[]"))),
            ..DataType::parse(ty)
        },
        default: default.map(str::to_owned),
        ..column(name, "")
    }
}

fn serial(name: &str) -> Column {
    Column {
        auto_increment: true,
        ..column(name, "integer")
    }
}

fn primary_key(name: &str, columns: &[&str]) -> PrimaryKey {
    PrimaryKey {
        name: Some(name.to_owned()),
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        ..PrimaryKey::default()
    }
}

fn unique(name: &str, columns: &[&str]) -> Unique {
    Unique {
        name: Some(name.to_owned()),
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        ..Unique::default()
    }
}

fn foreign_key(name: &str, column: &str, table: &str) -> ForeignKey {
    ForeignKey {
        name: Some(name.to_owned()),
        columns: vec![column.to_owned()],
        ref_table: ObjectName::new("public", table),
        ref_columns: vec!["id".to_owned()],
        ..ForeignKey::default()
    }
}

fn check(name: &str, expr: &str) -> Check {
    Check {
        name: Some(name.to_owned()),
        expr: expr.to_owned(),
        ..Check::default()
    }
}

fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.to_owned(),
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        ..Index::default()
    }
}

fn attr(key: &str, value: &str) -> Attrs {
    Attrs::from([(key, value)])
}

fn numbers(start: i64, increment: i64) -> SequenceOptions {
    SequenceOptions {
        start,
        increment,
        min: 1,
        max: i64::from(i32::MAX),
        cache: 1,
        cycle: false,
    }
}

fn status(values: &[&str]) -> EnumType {
    EnumType {
        name: "status".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        comment: None,
    }
}

fn realm(enums: &[EnumType], tables: &[Table]) -> Realm {
    Realm {
        schemas: vec![Schema {
            name: "public".to_owned(),
            enums: enums.to_vec(),
            tables: tables.to_vec(),
            ..Schema::default()
        }],
        ..Realm::default()
    }
}

fn user_account() -> Table {
    Table {
        name: "user_account".to_owned(),
        columns: vec![
            serial("id"),
            column("name", "character varying(30)"),
            Column {
                nullable: true,
                ..column("fullname", "character varying(30)")
            },
        ],
        primary_key: Some(primary_key("user_account_pkey", &["id"])),
        ..Table::default()
    }
}

fn schema_qualified() -> PlanOptions {
    PlanOptions {
        qualifier: Qualifier::Schema,
        ..PlanOptions::default()
    }
}

fn steps_between(
    options: &PlanOptions,
    current: &Realm,
    desired: &Realm,
    change: &Change,
) -> Vec<Step> {
    let context = RenderContext {
        options,
        current,
        existing: current,
        desired,
        wanted: desired,
    };
    render(change, &context).unwrap()
}

fn steps_with(options: &PlanOptions, change: &Change) -> Vec<Step> {
    steps_between(options, &Realm::default(), &Realm::default(), change)
}

fn sql(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.sql.as_str()).collect()
}

fn comments(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.comment.as_str()).collect()
}

fn add(table: Table) -> Change {
    Change::AddTable {
        schema: "public".to_owned(),
        table,
    }
}

/// The change between two forms of a table, as the comparison finds it.
fn modify(from: &Table, to: &Table) -> Change {
    let (current, desired) = (
        realm(&[], std::slice::from_ref(from)),
        realm(&[], std::slice::from_ref(to)),
    );
    let mut changes = crate::diff::diff(&current, &desired).changes;
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

fn modified(from: &Table, to: &Table) -> Vec<Step> {
    let change = modify(from, to);
    let (current, desired) = (
        realm(&[], std::slice::from_ref(from)),
        realm(&[], std::slice::from_ref(to)),
    );
    steps_between(&PlanOptions::default(), &current, &desired, &change)
}

fn table(columns: &[Column]) -> Table {
    Table {
        name: "t".to_owned(),
        columns: columns.to_vec(),
        ..Table::default()
    }
}
