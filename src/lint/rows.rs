//! What a change can do to rows that are already there, as far as the change itself tells. Knows no dialect and looks at
//! no rows: what can't hurt on any engine has no risk, the rest has one although a table may be empty.

use std::fmt;

use serde::Serialize;

use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Column, DataType, EnumType, KeyPart, PartExpr, Table};
use crate::sql::has_word;

/// What may happen to existing rows, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// The migration fails on a database whose rows don't fit.
    MayFail,
    /// Values that are stored now are gone afterwards.
    LosesData,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MayFail => "may fail on existing rows",
            Self::LosesData => "loses data",
        })
    }
}

/// The risk of a change as a whole, the worst of its parts.
pub fn of_change(change: &Change) -> Option<Risk> {
    match change {
        // What a schema held comes as changes of its own.
        Change::Schema(_) | Change::Sequence { .. } | Change::AddTable { .. } => None,
        Change::DropTable { .. } => Some(Risk::LosesData),
        Change::Enum { edit, .. } => match edit {
            Edit::Modify { from, to } if loses_value(from, to) => Some(Risk::MayFail),
            _ => None,
        },
        Change::ModifyTable(modify) => {
            let parts = modify.changes.iter();
            parts.filter_map(|part| of_part(part, &modify.to)).max()
        }
    }
}

/// The risk of one change of a table that is there; `table` is what it becomes.
pub fn of_part(change: &TableChange, table: &Table) -> Option<Risk> {
    let refuses_rows = match change {
        TableChange::Column(edit) => return of_column(edit, table),
        TableChange::Index(edit) => edit.to().is_some_and(|index| {
            index.unique
                && !edit
                    .from()
                    .is_some_and(|from| from.unique && from.parts == index.parts)
        }),
        TableChange::PrimaryKey(edit) => edit.to().is_some(),
        TableChange::Unique(edit) => edit
            .to()
            .is_some_and(|unique| edit.from().is_none_or(|from| from.parts != unique.parts)),
        TableChange::ForeignKey(edit) => edit.to().is_some_and(|key| {
            edit.from().is_none_or(|from| {
                (&from.columns, &from.ref_table, &from.ref_columns)
                    != (&key.columns, &key.ref_table, &key.ref_columns)
            })
        }),
        TableChange::Check(edit) => edit
            .to()
            .is_some_and(|check| edit.from().is_none_or(|from| from.expr != check.expr)),
        TableChange::Constraint(edit) => edit.to().is_some(),
        TableChange::Comment { .. } | TableChange::Attr { .. } => false,
    };
    refuses_rows.then_some(Risk::MayFail)
}

fn of_column(edit: &Edit<Column>, table: &Table) -> Option<Risk> {
    match edit {
        Edit::Add(column) => {
            let filled = column.nullable
                || column.default.is_some()
                || column.generated.is_some()
                || column.identity.is_some()
                || column.auto_increment;
            (!filled).then_some(Risk::MayFail)
        }
        // What is computed can be computed again.
        Edit::Drop(column) => column.generated.is_none().then_some(Risk::LosesData),
        Edit::Modify { from, to } => {
            let computed_now = to.generated.is_some();
            if computed_now && from.generated.is_none() {
                return Some(Risk::LosesData);
            }
            let narrower = from.ty != to.ty && !widens(&from.ty, &to.ty);
            // With a default, rows are filled before: all with one value.
            let filled = to.default.is_some() && !is_constrained(&to.name, table);
            let refuses_null = from.nullable && !to.nullable && !filled;
            (!computed_now && (narrower || refuses_null)).then_some(Risk::MayFail)
        }
    }
}

/// Whether a rule of the table is about a column's values, so that not every one of its type is taken.
fn is_constrained(column: &str, table: &Table) -> bool {
    let has = |parts: &[KeyPart]| {
        parts.iter().any(|part| match &part.on {
            PartExpr::Column(name) => name == column,
            PartExpr::Expr(expr) => has_word(expr, column),
        })
    };
    let mut unique = table.indexes.iter().filter(|index| index.unique);
    let mut keys = table.foreign_keys.iter();
    unique.any(|index| has(&index.parts))
        || table.uniques.iter().any(|unique| has(&unique.parts))
        || table
            .primary_key
            .as_ref()
            .is_some_and(|key| has(&key.parts))
        || keys.any(|key| key.columns.iter().any(|name| name == column))
        || table
            .checks
            .iter()
            .any(|check| has_word(&check.expr, column))
}

fn loses_value(from: &EnumType, to: &EnumType) -> bool {
    !from.values.iter().all(|value| to.values.contains(value))
}

/// Whether every value of one type is one of the other, going by their names; no when in doubt.
fn widens(from: &DataType, to: &DataType) -> bool {
    let numbers = |ty: &DataType| -> Option<Vec<u32>> {
        let numbers = ty.arguments.iter().map(|n| n.trim().parse().ok());
        let numbers: Option<Vec<u32>> = numbers.collect();
        numbers.filter(|numbers| !numbers.is_empty())
    };
    let name = |ty: &DataType| ty.name() + &ty.brackets();
    if name(from) == name(to) {
        return match (numbers(from), numbers(to)) {
            _ if matches!(from.base.as_str(), "enum" | "set") => {
                let mut labels = from.arguments.iter();
                labels.all(|label| to.arguments.contains(label))
            }
            (Some(from), Some(to)) => longer(&from, &to),
            // Without arguments there is no limit, or the type's usual one.
            _ => to.arguments.is_empty() && TEXTS.contains(&name(from).as_str()),
        };
    }
    let within = |order: &[&[&str]]| {
        let rank = |ty: &DataType| {
            order
                .iter()
                .position(|names| names.contains(&name(ty).as_str()))
        };
        matches!((rank(from), rank(to)), (Some(a), Some(b)) if a <= b)
    };
    // A length is only ever a limit of the narrower name here, but for one more name of the same type.
    within(INTEGERS)
        || within(UNSIGNED)
        || within(FLOATS)
        || (to.arguments.is_empty() && within(TEXT_ORDER))
}

/// Lengths and precisions: none may shrink, and more digits behind the point take none before it.
fn longer(from: &[u32], to: &[u32]) -> bool {
    match (from, to) {
        ([from], [to]) => to >= from,
        ([digits, scale], [to_digits, to_scale]) => {
            to_scale >= scale
                && to_digits.saturating_sub(*to_scale) >= digits.saturating_sub(*scale)
        }
        _ => false,
    }
}

const INTEGERS: &[&[&str]] = &[
    &["tinyint"],
    &["smallint", "int2"],
    &["mediumint"],
    &["int", "integer", "int4"],
    &["bigint", "int8"],
];
const UNSIGNED: &[&[&str]] = &[
    &["tinyint unsigned"],
    &["smallint unsigned"],
    &["mediumint unsigned"],
    &["int unsigned"],
    &["bigint unsigned"],
];
const FLOATS: &[&[&str]] = &[&["real", "float"], &["double precision", "double"]];
const TEXTS: &[&str] = &["varchar", "character varying", "nvarchar"];
const TEXT_ORDER: &[&[&str]] = &[
    &["varchar", "character varying", "nvarchar"],
    &["text"],
    &["mediumtext"],
    &["longtext"],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attrs, Check, Generated, Index};

    fn column(ty: &str) -> Column {
        Column::plain("c", ty, true)
    }

    #[test]
    fn only_types_that_hold_every_old_value_are_wider() {
        for (from, to) in [
            ("varchar(30)", "varchar(30)"),
            ("varchar(30)", "varchar(60)"),
            ("character varying(30)", "character varying"),
            ("character varying(30)", "text"),
            ("varchar(255)", "longtext"),
            ("integer", "bigint"),
            ("int unsigned", "bigint unsigned"),
            ("numeric(10,2)", "numeric(12,3)"),
            ("real", "double precision"),
            ("enum('a','b')", "enum('b','c','a')"),
        ] {
            let (one, other) = (DataType::parse(from), DataType::parse(to));
            assert!(widens(&one, &other), "{from} -> {to}");
        }
        for (from, to) in [
            ("varchar(30)", "varchar(20)"),
            ("character varying", "character varying(30)"),
            ("text", "varchar(30)"),
            ("text", "character varying"),
            ("bigint", "integer"),
            ("int", "int unsigned"),
            ("int unsigned", "bigint"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("numeric(10,2)", "numeric(10)"),
            ("text", "integer"),
            ("timestamp", "date"),
            ("enum('a','b')", "enum('a')"),
            ("enum('a','b')", "enum('a'',''b')"),
            ("char(3)", "char"),
        ] {
            let (one, other) = (DataType::parse(from), DataType::parse(to));
            assert!(!widens(&one, &other), "{from} -> {to}");
        }
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
                &TableChange::Index(Edit::Modify { from, to }),
                &Table::default(),
            )
        };
        assert_eq!(modify(index(true, &["a"]), index(true, &["a"])), None);
        assert_eq!(modify(index(true, &["a"]), index(false, &["b"])), None);
        let risk = Some(Risk::MayFail);
        assert_eq!(modify(index(false, &["a"]), index(true, &["a"])), risk);
        assert_eq!(modify(index(true, &["a"]), index(true, &["b"])), risk);
        let dropped = TableChange::Index(Edit::Drop(index(true, &["a"])));
        assert_eq!(of_part(&dropped, &Table::default()), None);
    }
}
