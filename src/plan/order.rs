//! The order of changes, and the splits that it needs.

use crate::schema::Realm;
use crate::schema::change::Change;

/// What an order has to mind; constants of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRules {
    /// A foreign key may be created before its referenced table exists and can't be added later on its own.
    pub forward_foreign_keys: bool,
    /// Index names must be unique in a schema, not only in a table.
    pub index_names_per_schema: bool,
}

/// A change in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The change, or the part of one that stands here.
    pub change: Change,
    /// Index of the change that it is (part of).
    pub origin: usize,
}

/// Puts changes in an order in which each can run.
pub fn order(changes: &[Change], _current: &Realm, _rules: &OrderRules) -> Vec<Ordered> {
    changes
        .iter()
        .cloned()
        .enumerate()
        .map(|(origin, change)| Ordered { change, origin })
        .collect()
}
