//! Which steps can't share a transaction with the others.

use super::{enums, expr};
use crate::dialect::RenderContext;
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Column, Index, PartExpr};

/// A change uses a value that the plan adds to an enumerated type, which is possible only once that is committed.
pub(super) fn uses_new_value(change: &Change, context: &RenderContext<'_>) -> bool {
    let added = enums::added(context.current, context.desired);
    !added.is_empty() && expressions(change).iter().any(|sql| uses(sql, &added))
}

/// SQL that has one of these values as a constant, or inside one that is an array.
fn uses(sql: &str, added: &[&str]) -> bool {
    expr::constants(sql).iter().any(|constant| {
        let holds = |value: &&str| {
            constant == value || (constant.starts_with('{') && constant.contains(value))
        };
        added.iter().any(holds)
    })
}

/// The expressions in what a change makes; one that stands there already can't have a new value.
fn expressions(change: &Change) -> Vec<&str> {
    fn column(column: &Column) -> Vec<&str> {
        let rule = column.generated.as_ref().map(|rule| &rule.expr);
        column
            .default
            .iter()
            .chain(rule)
            .map(String::as_str)
            .collect()
    }
    fn index(index: &Index) -> Vec<&str> {
        let parts = index.parts.iter().filter_map(|part| match &part.on {
            PartExpr::Expr(sql) => Some(sql.as_str()),
            PartExpr::Column(_) => None,
        });
        parts.chain(index.predicate.as_deref()).collect()
    }
    fn new<'c, T>(edit: &'c Edit<T>, of: fn(&'c T) -> Vec<&'c str>) -> Vec<&'c str> {
        let before = edit.from().map(of).unwrap_or_default();
        let mut found = edit.to().map(of).unwrap_or_default();
        found.retain(|sql| !before.contains(sql));
        found
    }
    let mut found = Vec::new();
    match change {
        Change::AddTable { table, .. } => {
            found.extend(table.columns.iter().flat_map(column));
            found.extend(table.indexes.iter().flat_map(index));
            found.extend(table.checks.iter().map(|check| check.expr.as_str()));
            let others = table.constraints.iter();
            found.extend(others.map(|other| other.definition.as_str()));
        }
        Change::ModifyTable(modify) => {
            for change in &modify.changes {
                match change {
                    TableChange::Column(edit) => found.extend(new(edit, column)),
                    TableChange::Index(edit) => found.extend(new(edit, index)),
                    TableChange::Check(edit) => {
                        found.extend(new(edit, |check| vec![&check.expr]));
                    }
                    TableChange::Constraint(edit) => {
                        found.extend(new(edit, |other| vec![&other.definition]));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_used_as_a_constant_or_in_an_array() {
        let uses = |sql: &str| uses(sql, &["new"]);
        assert!(uses("'new'::public.status"));
        assert!(uses("'{new}'::public.status[]"));
        assert!(!uses("'old'::public.status"));
        assert!(!uses("'newer'::text"));
    }
}
