//! Compares two realms: current × desired → changes.
//!
//! Both realms come from the same dialect's inspection and have been through its normalisation, so equality of values is
//! equality of meaning. What has a name is matched by it; constraints and indexes that find no partner that way are
//! matched by definition, so that another name alone is a modification and never a drop and an add. Tables and columns
//! are never matched that way: a renamed one can't be told from an unrelated one, and its rows would be lost.

mod comparable;
mod policy;
mod rename;
mod table;
pub mod words;

pub use comparable::{Comparable, Cut, SeveralSchemas};
pub use policy::skip;
pub use rename::{LikelyRename, likely_renames};

use crate::schema::change::{Change, Edit, ModifyTable};
use crate::schema::{EnumType, Opaque, Realm, Schema, Sequence, Table};

/// What differs between two realms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Differences that can be planned, schema by schema: what is modified or dropped, then what is added.
    pub changes: Vec<Change>,
    /// Objects that the model has no type for and that are not the same on both sides.
    pub unknown: Vec<UnknownDifference>,
}

impl Diff {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.unknown.is_empty()
    }
}

/// An object that the model has no type for and that one side lacks or defines differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDifference {
    /// Schema, unless the object is outside any.
    pub schema: Option<String>,
    /// The two forms.
    pub edit: Edit<Opaque>,
}

/// Compares two realms that are normalized.
pub fn diff(current: &Realm, desired: &Realm) -> Diff {
    let mut diff = Diff::default();
    unknown(None, &current.opaque, &desired.opaque, &mut diff.unknown);
    for edit in by_name(&current.schemas, &desired.schemas, |schema| &schema.name) {
        match edit {
            Pair::Both(from, to) => {
                if from.comment != to.comment || from.attrs != to.attrs {
                    let edit = Edit::Modify {
                        from: from.header(),
                        to: to.header(),
                    };
                    diff.changes.push(Change::Schema(edit));
                }
                content(from, to, &mut diff);
            }
            Pair::Added(to) => {
                diff.changes.push(Change::Schema(Edit::Add(to.header())));
                content(
                    &Schema {
                        name: to.name.clone(),
                        ..Schema::default()
                    },
                    to,
                    &mut diff,
                );
            }
            Pair::Dropped(from) => {
                content(
                    from,
                    &Schema {
                        name: from.name.clone(),
                        ..Schema::default()
                    },
                    &mut diff,
                );
                diff.changes.push(Change::Schema(Edit::Drop(from.header())));
            }
        }
    }
    diff
}

/// Compares what two schemas of one name hold.
fn content(from: &Schema, to: &Schema, diff: &mut Diff) {
    let schema = &to.name;
    unknown(Some(schema), &from.opaque, &to.opaque, &mut diff.unknown);
    let enums = by_name(&from.enums, &to.enums, |value: &EnumType| &value.name);
    for edit in enums.into_iter().filter_map(Pair::into_edit) {
        diff.changes.push(Change::Enum {
            schema: schema.clone(),
            edit,
        });
    }
    let sequences = by_name(&from.sequences, &to.sequences, |value: &Sequence| {
        &value.name
    });
    for edit in sequences.into_iter().filter_map(Pair::into_edit) {
        diff.changes.push(Change::Sequence {
            schema: schema.clone(),
            edit,
        });
    }
    for pair in by_name(&from.tables, &to.tables, |table: &Table| &table.name) {
        let schema = schema.clone();
        let change = match pair {
            Pair::Added(table) => Change::AddTable {
                schema,
                table: table.clone(),
            },
            Pair::Dropped(table) => Change::DropTable {
                schema,
                table: table.clone(),
            },
            Pair::Both(from, to) => {
                let changes = table::changes(from, to);
                if changes.is_empty() {
                    continue;
                }
                Change::ModifyTable(ModifyTable {
                    schema,
                    from: from.clone(),
                    to: to.clone(),
                    changes,
                })
            }
        };
        diff.changes.push(change);
    }
}

fn unknown(
    schema: Option<&str>,
    current: &[Opaque],
    desired: &[Opaque],
    found: &mut Vec<UnknownDifference>,
) {
    let key = |object: &Opaque| {
        (
            object.kind.clone(),
            object.table.clone(),
            object.name.clone(),
        )
    };
    let mut rest: Vec<&Opaque> = desired.iter().collect();
    let mut edits = Vec::new();
    for from in current {
        match rest.iter().position(|to| key(to) == key(from)) {
            Some(index) => {
                let to = rest.remove(index);
                if from != to {
                    edits.push(Edit::Modify {
                        from: from.clone(),
                        to: to.clone(),
                    });
                }
            }
            None => edits.push(Edit::Drop(from.clone())),
        }
    }
    edits.extend(rest.into_iter().cloned().map(Edit::Add));
    found.extend(edits.into_iter().map(|edit| UnknownDifference {
        schema: schema.map(str::to_owned),
        edit,
    }));
}

/// Two things of one name, or one without a partner.
enum Pair<'a, T> {
    Both(&'a T, &'a T),
    Added(&'a T),
    Dropped(&'a T),
}

impl<T: Clone + PartialEq> Pair<'_, T> {
    /// `None` when both are equal.
    fn into_edit(self) -> Option<Edit<T>> {
        match self {
            Self::Both(from, to) if from == to => None,
            Self::Both(from, to) => Some(Edit::Modify {
                from: from.clone(),
                to: to.clone(),
            }),
            Self::Added(to) => Some(Edit::Add(to.clone())),
            Self::Dropped(from) => Some(Edit::Drop(from.clone())),
        }
    }
}

/// Matches by name: first what the current side has, in its order, then what only the desired side has, in its order.
fn by_name<'a, T>(from: &'a [T], to: &'a [T], name: impl Fn(&T) -> &str) -> Vec<Pair<'a, T>> {
    let index = |items: &'a [T]| -> std::collections::BTreeMap<String, &'a T> {
        items
            .iter()
            .map(|item| (name(item).to_owned(), item))
            .collect()
    };
    let (current, desired) = (index(from), index(to));
    let mut pairs = Vec::new();
    for item in from {
        pairs.push(match desired.get(name(item)) {
            Some(partner) => Pair::Both(item, partner),
            None => Pair::Dropped(item),
        });
    }
    pairs.extend(
        to.iter()
            .filter(|item| !current.contains_key(name(item)))
            .map(Pair::Added),
    );
    pairs
}

#[cfg(test)]
mod tests;
