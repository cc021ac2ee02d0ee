//! Changes of a table that `ALTER TABLE`, `CREATE INDEX` and `DROP INDEX` make.
//!
//! Limits of `ADD COLUMN` and `DROP COLUMN`: <https://www.sqlite.org/lang_altertable.html>.

use super::{add_index, alter_table, drop_index, text};
use crate::dialect::RenderContext;
use crate::dialect::sqlite::parse::lex;
use crate::dialect::write::named;
use crate::plan::Step;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Check, Column, ForeignKey, PartExpr, Table};
use text::ident;

/// Can every change of this table be made without rebuilding it?
pub(in crate::dialect::sqlite) fn suffices(modify: &ModifyTable) -> bool {
    let added: Vec<&Column> = added(modify).collect();
    modify.changes.iter().all(|change| match change {
        TableChange::Index(_) => true,
        TableChange::Column(Edit::Add(column)) => can_add(column, modify),
        TableChange::Column(Edit::Drop(column)) => can_drop(column, &modify.from),
        TableChange::ForeignKey(Edit::Add(key)) => {
            added.iter().any(|column| references_from(key, column))
        }
        TableChange::Check(Edit::Add(check)) => added
            .iter()
            .any(|column| lex::mentions(&check.expr, &column.name)),
        TableChange::Column(Edit::Modify { .. })
        | TableChange::ForeignKey(Edit::Drop(_) | Edit::Modify { .. })
        | TableChange::Check(Edit::Drop(_) | Edit::Modify { .. })
        | TableChange::PrimaryKey(_)
        | TableChange::Unique(_)
        | TableChange::Constraint(_)
        | TableChange::Attr { .. } => false,
        TableChange::Comment { .. } => true,
    })
}

fn added(modify: &ModifyTable) -> impl Iterator<Item = &Column> {
    modify.changes.iter().filter_map(|change| match change {
        TableChange::Column(Edit::Add(column)) => Some(column),
        _ => None,
    })
}

/// The columns that go, what is computed from another of them before it.
fn dropped(modify: &ModifyTable) -> Vec<&Column> {
    let mut rest: Vec<&Column> = modify
        .changes
        .iter()
        .filter_map(|change| match change {
            TableChange::Column(Edit::Drop(column)) => Some(column),
            _ => None,
        })
        .collect();
    let mut sorted = Vec::new();
    while !rest.is_empty() {
        let unread = rest.iter().position(|column| {
            let reads = |other: &&Column| {
                let computed = other.generated.as_ref();
                other.name != column.name
                    && computed.is_some_and(|rule| lex::mentions(&rule.expr, &column.name))
            };
            !rest.iter().any(reads)
        });
        // Columns that are computed from each other in a circle can't exist.
        sorted.push(rest.remove(unread.unwrap_or(0)));
    }
    sorted
}

fn in_primary_key(column: &Column, table: &Table) -> bool {
    let mut parts = table.primary_key.iter().flat_map(|key| &key.parts);
    parts.any(|part| part.on == PartExpr::Column(column.name.clone()))
}

fn can_add(column: &Column, modify: &ModifyTable) -> bool {
    let stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.stored);
    let constant = column.default.as_deref().is_none_or(lex::is_literal);
    !stored && constant && !in_primary_key(column, &modify.to)
}

/// With foreign keys on, SQLite adds a referencing column only where its default is NULL.
fn references_from(key: &ForeignKey, column: &Column) -> bool {
    key.columns == [column.name.clone()] && column.default.is_none()
}

fn can_drop(column: &Column, from: &Table) -> bool {
    !in_primary_key(column, from)
}

/// The column in whose definition an added check is written: the last added one that it speaks of, so that the others
/// exist.
fn home<'m>(check: &Check, modify: &'m ModifyTable) -> Option<&'m Column> {
    added(modify)
        .filter(|column| lex::mentions(&check.expr, &column.name))
        .last()
}

/// Writes the changes: indexes that go, columns that come, columns that go, indexes that come.
pub(super) fn steps(modify: &ModifyTable, context: &RenderContext<'_>) -> Vec<Step> {
    let table = &modify.to.name;
    let mut steps = Vec::new();
    for change in &modify.changes {
        if let TableChange::Index(edit) = change
            && let Some(index) = edit.from()
        {
            steps.push(drop_index(table, index, context));
        }
    }
    steps.extend(added(modify).map(|column| add_column(column, modify, context)));
    steps.extend(
        dropped(modify)
            .into_iter()
            .map(|column| drop_column(column, table, context)),
    );
    for change in &modify.changes {
        if let TableChange::Index(edit) = change
            && let Some(index) = edit.to()
        {
            steps.push(add_index(table, index, context));
        }
    }
    steps
}

fn add_column(column: &Column, modify: &ModifyTable, context: &RenderContext<'_>) -> Step {
    let table = &modify.to.name;
    let mut sql = format!(
        "{} ADD COLUMN {}",
        alter_table(context, table),
        text::column(column, None)
    );
    let mut constraint = |text: &str| {
        sql.push(' ');
        sql.push_str(text);
    };
    for change in &modify.changes {
        match change {
            TableChange::ForeignKey(Edit::Add(key)) if references_from(key, column) => {
                constraint(&text::column_reference(key));
            }
            TableChange::Check(Edit::Add(check))
                if home(check, modify).is_some_and(|home| home.name == column.name) =>
            {
                constraint(&text::check(check));
            }
            _ => {}
        }
    }
    Step::new(
        sql,
        format!(
            "add column {} to table: {}",
            named(&column.name),
            named(table)
        ),
    )
}

fn drop_column(column: &Column, table: &str, context: &RenderContext<'_>) -> Step {
    Step::new(
        format!(
            "{} DROP COLUMN {}",
            alter_table(context, table),
            ident(&column.name)
        ),
        format!(
            "drop column {} from table: {}",
            named(&column.name),
            named(table)
        ),
    )
}
