//! A part of a change, which has a place of its own in the order.

use crate::schema::change::Change;

/// A change, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) change: Change,
    pub(super) phase: Phase,
    /// Index of the change that it is (part of).
    pub(super) origin: usize,
}

/// What a part of a change is for, in the order in which parts come where nothing speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    DropKeys,
    FreeNames,
    /// All the rest.
    Main,
    AddKeys,
}

impl Part {
    /// A change of which nothing is taken out.
    pub(super) fn whole(change: Change, origin: usize) -> Self {
        Self {
            change,
            phase: Phase::Main,
            origin,
        }
    }
}
