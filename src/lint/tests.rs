//! What is risky, and what is not.

use super::*;
use crate::dialect::{Dialect as _, mysql::MYSQL};
use crate::schema::change::{Edit, ModifyTable};
use crate::schema::{Attrs, Check, Column, Generated, Index, KeyPart};

/// The risk of one change of a table that becomes this one.
fn of_part(change: TableChange, to: &Table) -> Option<Risk> {
    let modify = ModifyTable {
        schema: "s".into(),
        from: Table::default(),
        to: to.clone(),
        changes: vec![change],
    };
    judge(&Change::ModifyTable(modify), MYSQL.profile()).worst
}

fn of_column(edit: &Edit<Column>, to: &Table) -> Option<Risk> {
    of_part(TableChange::Column(edit.clone()), to)
}

fn column(ty: &str) -> Column {
    Column::plain("c", ty, true)
}

#[test]
fn columns_have_the_risk_of_what_happens_to_their_values() {
    let edit = |from: &Column, to: &Column| {
        of_column(
            &Edit::Modify {
                from: from.clone(),
                to: to.clone(),
            },
            &Table::default(),
        )
    };
    let free = column("int");
    let bound = Column {
        nullable: false,
        ..free.clone()
    };
    let computed = Column {
        generated: Some(Generated {
            expr: "1".into(),
            stored: true,
        }),
        ..free.clone()
    };
    let with_default = Column {
        default: Some("0".into()),
        ..bound.clone()
    };
    assert_eq!(of_column(&Edit::Add(free.clone()), &Table::default()), None);
    assert_eq!(of_column(&Edit::Add(with_default), &Table::default()), None);
    assert_eq!(
        of_column(&Edit::Add(bound.clone()), &Table::default()),
        Some(Risk::MayFail)
    );
    assert_eq!(
        of_column(&Edit::Drop(free.clone()), &Table::default()),
        Some(Risk::LosesData)
    );
    assert_eq!(
        of_column(&Edit::Drop(computed.clone()), &Table::default()),
        None
    );
    assert_eq!(edit(&free, &bound), Some(Risk::MayFail));
    assert_eq!(edit(&bound, &free), None);
    assert_eq!(edit(&free, &computed), Some(Risk::LosesData));
    assert_eq!(edit(&computed, &free), None);
    assert_eq!(edit(&column("bigint"), &free), Some(Risk::MayFail));
}

#[test]
fn a_fill_may_break_a_rule_about_the_column() {
    let free = Column {
        default: Some("0".into()),
        ..column("int")
    };
    let bound = Column {
        nullable: false,
        ..free.clone()
    };
    let edit = Edit::Modify {
        from: free,
        to: bound,
    };
    let checked = |expr: &str| Table {
        checks: vec![Check {
            name: None,
            expr: expr.into(),
            comment: None,
            attrs: Attrs::new(),
        }],
        ..Table::default()
    };
    assert_eq!(of_column(&edit, &checked("cc > 0")), None);
    assert_eq!(of_column(&edit, &checked("c > 0")), Some(Risk::MayFail));
}

#[test]
fn what_stays_unique_cannot_fail() {
    let index = |unique, parts: &[&str]| Index {
        name: "i".into(),
        unique,
        parts: parts.iter().map(|name| KeyPart::column(*name)).collect(),
        include: Vec::new(),
        predicate: None,
        method: None,
        comment: None,
        attrs: Attrs::new(),
    };
    let modify = |from, to| {
        of_part(
            TableChange::Index(Edit::Modify { from, to }),
            &Table::default(),
        )
    };
    assert_eq!(modify(index(true, &["a"]), index(true, &["a"])), None);
    assert_eq!(modify(index(true, &["a"]), index(false, &["b"])), None);
    let risk = Some(Risk::MayFail);
    assert_eq!(modify(index(false, &["a"]), index(true, &["a"])), risk);
    assert_eq!(modify(index(true, &["a"]), index(true, &["b"])), risk);
    let dropped = TableChange::Index(Edit::Drop(index(true, &["a"])));
    assert_eq!(of_part(dropped, &Table::default()), None);
}
