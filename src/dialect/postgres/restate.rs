//! Tables that join parents or leave them.
//!
//! The columns and the checks that a parent passes on merge with a table's own when it joins, and are its own when it
//! leaves. So the table changes as if all of them had been its own all the time, between leaving and joining: a column
//! that a parent has from now on is not dropped.

use std::collections::BTreeSet;

use super::inherit::{inherited, parents};
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{ObjectName, Realm, Table};

/// The change of a table whose parents are others, with what it inherits written out; `None` for any other change.
pub(super) fn restate(
    change: &ModifyTable,
    current: &Realm,
    desired: &Realm,
) -> Option<ModifyTable> {
    let (old, new) = (parents(&change.from), parents(&change.to));
    if old == new {
        return None;
    }
    let from = whole(current, &change.from);
    let to = whole(desired, &change.to);
    let kept: Vec<ObjectName> = old
        .into_iter()
        .filter(|parent| new.contains(parent))
        .collect();
    let kept = passed_on(current, &kept)
        .intersection(&passed_on(desired, &kept))
        .cloned()
        .collect::<BTreeSet<_>>();
    let mut changes: Vec<TableChange> = change
        .changes
        .iter()
        .filter(|change| !matches!(change, TableChange::Column(_) | TableChange::Check(_)))
        .cloned()
        .collect();
    let own = |table: &Table, name: &str| table.column(name).is_some();
    // What a parent that stays passes on changes with that parent.
    let follows =
        |name: &str| kept.contains(name) && !own(&change.from, name) && !own(&change.to, name);
    let columns = edits(&from.columns, &to.columns, |column| Some(&column.name));
    changes.extend(
        columns
            .into_iter()
            .filter(|edit| {
                let column = edit.from().or(edit.to());
                !column.is_some_and(|column| follows(&column.name))
            })
            .map(TableChange::Column),
    );
    let checks = edits(&from.checks, &to.checks, |check| check.name.as_deref());
    changes.extend(checks.into_iter().map(TableChange::Check));
    Some(ModifyTable {
        schema: change.schema.clone(),
        from,
        to,
        changes,
    })
}

/// A table with what it inherits as its own.
fn whole(realm: &Realm, table: &Table) -> Table {
    let (columns, checks) = inherited(realm, table);
    let mut table = table.clone();
    for column in columns {
        if table.column(&column.name).is_none() {
            table.columns.push(column);
        }
    }
    for check in checks {
        if !table.checks.iter().any(|own| own.name == check.name) {
            table.checks.push(check);
        }
    }
    table
}

/// Names of the columns that these tables pass on.
fn passed_on(realm: &Realm, tables: &[ObjectName]) -> BTreeSet<String> {
    let tables = tables.iter().filter_map(|name| realm.table(name));
    let tables = tables.map(|table| whole(realm, table));
    tables
        .flat_map(|table| table.columns)
        .map(|column| column.name)
        .collect()
}

fn edits<T: Clone + PartialEq>(
    from: &[T],
    to: &[T],
    name: impl Fn(&T) -> Option<&str>,
) -> Vec<Edit<T>> {
    let partner = |items: &[T], item: &T| items.iter().find(|o| name(o) == name(item)).cloned();
    let changed = from.iter().filter_map(|old| match partner(to, old) {
        None => Some(Edit::Drop(old.clone())),
        Some(new) if new == *old => None,
        Some(new) => Some(Edit::Modify {
            from: old.clone(),
            to: new,
        }),
    });
    let added = to.iter().filter(|new| partner(from, new).is_none());
    changed.chain(added.cloned().map(Edit::Add)).collect()
}
