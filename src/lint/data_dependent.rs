//! The migration fails on a database whose rows don't fit.

use super::{Analyzer, Pass, Risk};
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Column, KeyPart, PartExpr, Table};
use crate::sql::has_word;

pub(super) const ANALYZER: Analyzer = Analyzer {
    risk: Risk::MayFail,
    object: loses_value,
    part,
};

/// An enumerated type loses a value that rows may have.
fn loses_value(change: &Change) -> bool {
    match change {
        Change::Enum {
            edit: Edit::Modify { from, to },
            ..
        } => from.values.iter().any(|value| !to.values.contains(value)),
        _ => false,
    }
}

fn part(change: &TableChange, pass: &Pass<'_>) -> bool {
    match change {
        TableChange::Column(edit) => column(edit, pass),
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
    }
}

fn column(edit: &Edit<Column>, pass: &Pass<'_>) -> bool {
    match edit {
        Edit::Add(column) => {
            !(column.nullable
                || column.default.is_some()
                || column.generated.is_some()
                || column.identity.is_some()
                || column.auto_increment)
        }
        Edit::Drop(_) => false,
        Edit::Modify { from, to } => {
            let narrower = from.ty != to.ty && !pass.profile.types.widens(&from.ty, &to.ty);
            // With a default, rows are filled before: all with one value.
            let filled = to.default.is_some() && !is_constrained(&to.name, pass.table);
            let refuses_null = from.nullable && !to.nullable && !filled;
            to.generated.is_none() && (narrower || refuses_null)
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
