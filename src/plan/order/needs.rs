//! What an object depends on: the one place that tells.

use super::OrderRules;
use super::part::Part;
use crate::schema::change::{Change, Key, Kind, TableChange};
use crate::schema::{ForeignKey, ObjectName, Table};
use crate::sql::has_word;

/// Something that an object can't be without.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Need<'t> {
    /// Its schema, the type of a column, the sequence that a default reads.
    Object(Key),
    /// A table that it is part of.
    Parent(Key),
    /// What a foreign key references.
    ForeignKey(&'t ForeignKey),
}

/// What the current and the desired form of a change's object need; of foreign keys those that the change drops or adds.
pub(super) fn of<'t>(
    change: &'t Change,
    rules: &OrderRules,
    sequences: &[ObjectName],
) -> [Vec<Need<'t>>; 2] {
    let schema = change.object().schema;
    let around = || Need::Object(Key::schema(&schema));
    let table = |table: &Table, keys: &mut dyn Iterator<Item = &'t ForeignKey>| {
        let mut needs = vec![around()];
        for column in &table.columns {
            let user = column.ty.user.iter().cloned();
            needs.extend(user.map(|name| Need::Object(Key::new(Kind::Enum, name))));
            let reads = |name: &&ObjectName| {
                let default = column.default.as_ref();
                default.is_some_and(|default| has_word(default, &name.name))
            };
            let read = sequences.iter().filter(reads).cloned();
            needs.extend(read.map(|name| Need::Object(Key::new(Kind::Sequence, name))));
        }
        let parents = (rules.parents)(table).into_iter();
        needs.extend(parents.map(|name| Need::Parent(Key::new(Kind::Table, name))));
        needs.extend(keys.map(Need::ForeignKey));
        needs
    };
    match change {
        Change::Schema(_) => [Vec::new(), Vec::new()],
        Change::AddTable { table: new, .. } => {
            [Vec::new(), table(new, &mut new.foreign_keys.iter())]
        }
        Change::DropTable { table: old, .. } => {
            [table(old, &mut old.foreign_keys.iter()), Vec::new()]
        }
        Change::ModifyTable(modify) => {
            let edits = modify.changes.iter().filter_map(|change| match change {
                TableChange::ForeignKey(edit) => Some(edit),
                _ => None,
            });
            [
                table(
                    &modify.from,
                    &mut edits.clone().filter_map(|edit| edit.from()),
                ),
                table(&modify.to, &mut edits.filter_map(|edit| edit.to())),
            ]
        }
        Change::Enum { .. } | Change::Sequence { .. } | Change::Text(_) => match change.is_drop() {
            true => [vec![around()], Vec::new()],
            false => [Vec::new(), vec![around()]],
        },
    }
}

/// The sequences that change.
pub(super) fn sequences(changes: &[Part]) -> Vec<ObjectName> {
    let changes = changes.iter().map(|part| &part.change);
    let sequences = changes.filter(|change| change.kind() == Kind::Sequence);
    sequences.map(Change::object).collect()
}
