//! The order of changes, and the splits that it needs.
//!
//! Schemas, enumerated types and sequences come first and go last. Between them stand the tables: each is created or
//! modified after what its new foreign keys reference, and dropped after what references it. Where no order serves, a
//! foreign key is taken out of its table's change: a drop moves ahead of all tables, an add behind them. The same is
//! done for a foreign key that stays but is in the way of a change to the columns or the key under it.

mod detach;
mod names;
mod tables;

use std::collections::BTreeSet;

use crate::schema::change::{Change, Edit, ModifyTable};
use crate::schema::{Column, ObjectName, Realm, Table};

/// What an order has to mind; constants of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct OrderRules {
    /// Foreign keys are part of their table for good, and may be written before what they reference exists.
    pub forward_foreign_keys: bool,
    /// What must have a name of its own in its schema, and not only in its table.
    pub schema_wide_names: &'static [NameKind],
    /// What has a name can be given another one without being made again.
    pub renames: bool,
    /// The tables that a table can't be without, other than by a foreign key.
    pub parents: fn(&Table) -> Vec<ObjectName>,
    /// A foreign key is in the way when one of its columns changes from the first form to the second.
    pub retype_needs_detach: fn(&Column, &Column) -> bool,
    /// All foreign keys from and to a table are in the way of this change of it.
    pub remade: fn(&ModifyTable) -> bool,
    /// The columns that go and come again in a table's change: a foreign key that refers to one is in the way.
    pub remade_columns: fn(&ModifyTable) -> BTreeSet<String>,
    /// The end of a foreign key that has to change first where both tables change in this way.
    pub leads: fn(&ModifyTable) -> Option<End>,
}

/// An end of a foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The table that it is on.
    Referencing,
    /// The table that it refers to.
    Referenced,
}

/// What belongs to a table and has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// Index.
    Index,
    /// Primary key.
    PrimaryKey,
    /// Unique constraint.
    Unique,
    /// Foreign key.
    ForeignKey,
    /// Check constraint.
    Check,
    /// Other constraint.
    Constraint,
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
///
/// Every part of every change comes back exactly once. `current` is the whole state that the changes start from: it
/// holds the foreign keys that no change is about.
pub fn order(changes: &[Change], current: &Realm, rules: &OrderRules) -> Vec<Ordered> {
    let mut first = [Vec::new(), Vec::new(), Vec::new()];
    let mut middle = Vec::new();
    let mut drops = Vec::new();
    let mut last = [Vec::new(), Vec::new(), Vec::new()];
    for (origin, change) in changes.iter().enumerate() {
        let ordered = Ordered {
            change: change.clone(),
            origin,
        };
        match change {
            Change::Sequence {
                edit: Edit::Drop(_),
                ..
            } => last[0].push(ordered),
            Change::Enum {
                edit: Edit::Drop(_),
                ..
            } => last[1].push(ordered),
            Change::Schema(Edit::Drop(_)) => last[2].push(ordered),
            Change::Schema(_) => first[0].push(ordered),
            Change::Enum { .. } => first[1].push(ordered),
            Change::Sequence { .. } => first[2].push(ordered),
            Change::AddTable { .. } | Change::ModifyTable(_) => middle.push(ordered),
            Change::DropTable { .. } => drops.push(ordered),
        }
    }
    let mut result: Vec<Ordered> = first.into_iter().flatten().collect();
    result.extend(tables::order(middle, drops, current, rules));
    result.extend(last.into_iter().flatten());
    result
}

#[cfg(test)]
mod tests;
