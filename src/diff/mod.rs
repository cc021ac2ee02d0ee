//! Compares two realms: current × desired → changes.
//!
//! Both realms come from the same dialect's inspection and have been through its normalisation, so equality of values is
//! equality of meaning. What has a name is matched by it; constraints and indexes that find no partner that way are
//! matched by definition, so that another name alone is a modification and never a drop and an add. Tables and columns
//! are never matched that way: a renamed one can't be told from an unrelated one, and its rows would be lost.

mod comparable;
mod own;
mod policy;
mod reach;
mod rename;
mod table;
pub mod words;

pub use comparable::{Comparable, Cut, SeveralSchemas};
pub use own::{Left, Spoken};
pub use policy::skip;
pub use rename::{LikelyRename, likely_renames};

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::change::{Change, Edit, ModifyTable, TextChange};
use crate::schema::{Column, EnumType, Realm, Schema, Sequence, Table, TextObject};

/// What differs between two realms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Differences that can be planned, schema by schema: what is modified or dropped, then what is added.
    pub changes: Vec<Change>,
    /// Differences in objects that are kept as text, of kinds that no plan makes.
    pub texts: Vec<TextChange>,
}

impl Diff {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.texts.is_empty()
    }
}

/// What has a key among its siblings: what both sides have under it is one thing.
trait Keyed {
    /// Kind, table and name, of which those are empty that its siblings have in common.
    fn key(&self) -> [&str; 3];
}

impl Keyed for TextObject {
    fn key(&self) -> [&str; 3] {
        [
            &self.kind,
            self.table.as_deref().unwrap_or_default(),
            &self.name,
        ]
    }
}

macro_rules! keyed_by_name {
    ($($ty:ty),*) => {
        $(impl Keyed for $ty {
            fn key(&self) -> [&str; 3] {
                ["", "", &self.name]
            }
        })*
    };
}

keyed_by_name!(Schema, EnumType, Sequence, Table, Column);

/// Compares two realms that are normalized.
pub fn diff(current: &Realm, desired: &Realm) -> Diff {
    let mut diff = Diff {
        changes: Vec::new(),
        texts: texts(None, &current.texts, &desired.texts),
    };
    for pair in pairs(&current.schemas, &desired.schemas) {
        match pair {
            Pair::Both(from, to) => {
                let (before, after) = (from.header(), to.header());
                diff.changes
                    .extend(edit(&before, &after).map(Change::Schema));
                content(from, to, &mut diff);
            }
            Pair::Added(to) => {
                diff.changes.push(Change::Schema(Edit::Add(to.header())));
                content(&nothing(to), to, &mut diff);
            }
            Pair::Dropped(from) => {
                content(from, &nothing(from), &mut diff);
                diff.changes.push(Change::Schema(Edit::Drop(from.header())));
            }
        }
    }
    diff
}

/// A schema of that name which holds nothing.
fn nothing(schema: &Schema) -> Schema {
    Schema {
        name: schema.name.clone(),
        ..Schema::default()
    }
}

/// Compares what two schemas of one name hold.
fn content(from: &Schema, to: &Schema, diff: &mut Diff) {
    let schema = || to.name.clone();
    let gone = gone(from, to);
    let mut texts = texts(Some(&to.name), &from.texts, &to.texts);
    texts.retain(|change| !matches!(&change.edit, Edit::Drop(object) if goes(object, &gone)));
    diff.texts.extend(texts);
    diff.changes
        .extend(edits(&from.enums, &to.enums).map(|edit| Change::Enum {
            schema: schema(),
            edit,
        }));
    diff.changes.extend(
        edits(&from.sequences, &to.sequences).map(|edit| Change::Sequence {
            schema: schema(),
            edit,
        }),
    );
    diff.changes.extend(
        pairs(&from.tables, &to.tables)
            .into_iter()
            .filter_map(|pair| {
                let schema = schema();
                Some(match pair {
                    Pair::Added(to) => Change::AddTable {
                        schema,
                        table: to.clone(),
                    },
                    Pair::Dropped(from) => Change::DropTable {
                        schema,
                        table: from.clone(),
                    },
                    // Most tables are equal, which is told faster than it is looked for.
                    Pair::Both(from, to) if from == to => return None,
                    Pair::Both(from, to) => {
                        let changes = table::changes(from, to);
                        (!changes.is_empty()).then(|| {
                            Change::ModifyTable(ModifyTable {
                                schema,
                                from: from.clone(),
                                to: to.clone(),
                                changes,
                            })
                        })?
                    }
                })
            }),
    );
}

fn texts(schema: Option<&str>, from: &[TextObject], to: &[TextObject]) -> Vec<TextChange> {
    let change = |edit| TextChange {
        schema: schema.map(str::to_owned),
        edit,
    };
    edits(from, to).map(change).collect()
}

/// Tables, and partitions of them, that only the current state has.
fn gone(from: &Schema, to: &Schema) -> BTreeSet<String> {
    let tables = from.tables.iter().map(|table| &table.name);
    let mut gone: BTreeSet<String> = tables
        .filter(|name| to.table(name).is_none())
        .cloned()
        .collect();
    loop {
        let parts = from
            .texts
            .iter()
            .filter(|object| object.kind == "partition" && goes(object, &gone));
        let parts: BTreeSet<String> = parts.map(|object| object.name.clone()).collect();
        let before = gone.len();
        gone.extend(parts);
        if gone.len() == before {
            return gone;
        }
    }
}

/// Whether an object goes with one of these tables.
fn goes(object: &TextObject, gone: &BTreeSet<String>) -> bool {
    let table = object.table.as_ref();
    table.is_some_and(|table| gone.contains(table))
}

/// What differs between two lists.
fn edits<'a, T>(from: &'a [T], to: &'a [T]) -> impl Iterator<Item = Edit<T>> + use<'a, T>
where
    T: Keyed + Clone + PartialEq,
{
    pairs(from, to).into_iter().filter_map(Pair::into_edit)
}

/// How one form differs from another, if it does.
fn edit<T: Clone + PartialEq>(from: &T, to: &T) -> Option<Edit<T>> {
    Pair::Both(from, to).into_edit()
}

/// Two things of one key, or one without a partner.
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

/// Matches by key: first what the current side has, in its order, then what only the desired side has, in its order.
fn pairs<'a, T: Keyed>(from: &'a [T], to: &'a [T]) -> Vec<Pair<'a, T>> {
    fn by_key<T: Keyed>(items: &[T]) -> BTreeMap<[&str; 3], &T> {
        items.iter().map(|item| (item.key(), item)).collect()
    }
    let (current, desired) = (by_key(from), by_key(to));
    let here = from.iter().map(|item| match desired.get(&item.key()) {
        Some(partner) => Pair::Both(item, *partner),
        None => Pair::Dropped(item),
    });
    let added = to.iter().filter(|item| !current.contains_key(&item.key()));
    here.chain(added.map(Pair::Added)).collect()
}

#[cfg(test)]
mod tests;
