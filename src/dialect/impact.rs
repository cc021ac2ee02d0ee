//! What a change does to tables that are in use while it is made: the lock that it takes, and what it does with their rows
//! meanwhile. Dialects predict it ([`Dialect::impact`](super::Dialect::impact)); tests measure it on their servers.

use crate::schema::{ObjectName, Realm};
use crate::sql::Statement;

/// Where a change is made.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub current: &'a Realm,
    pub desired: &'a Realm,
    /// The statements that make it and others: some can be written so that they block less.
    pub statements: &'a [Statement],
}

/// What happens to a table that was there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Impact {
    pub table: ObjectName,
    pub lock: Lock,
    /// What takes longer the more rows the table has, if anything does.
    pub work: Option<Work>,
}

/// How a table is locked; of two, the stronger one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lock {
    /// Its place among the locks of its dialect.
    pub rank: u8,
    pub blocks: Blocks,
    /// In the words of the server's manual.
    pub name: &'static str,
}

/// What others can't do with a table meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    Nothing,
    Writes,
    ReadsAndWrites,
}

/// What is done with all rows of a table, the longest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Rows of other tables are read or written, or these by statements that change no table: the transaction continues.
    Others,
    /// They are read, and compared with a rule.
    Check,
    /// An index on them is built.
    Index,
    /// They are rewritten.
    Rewrite,
}

impl Impact {
    /// On a table.
    pub fn on(table: &ObjectName, lock: Lock, work: impl Into<Option<Work>>) -> Self {
        Self {
            table: table.clone(),
            lock,
            work: work.into(),
        }
    }
}

/// What changes that are made one after another do to each table. In one transaction (`held`) a lock is kept until its end, so
/// that the strongest one counts for all that is done with the table.
pub fn combined(mut impacts: Vec<Impact>, held: bool) -> Vec<Impact> {
    impacts.sort();
    impacts.dedup();
    if !held {
        return impacts;
    }
    let mut all: Vec<Impact> = Vec::new();
    for impact in impacts {
        match all.last_mut().filter(|last| last.table == impact.table) {
            Some(last) => {
                last.lock = last.lock.max(impact.lock);
                last.work = last.work.max(impact.work);
            }
            None => all.push(impact),
        }
    }
    all
}
