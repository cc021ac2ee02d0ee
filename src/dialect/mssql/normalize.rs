//! What counts as equal: expressions in another spelling, and names that one side leaves to the server.

use crate::dialect::{letters, spelling};
use crate::schema::named::Named;
use crate::schema::{Realm, Table};

use super::{attrs, meaning};

/// Gives the desired state the current one's spelling, and its names where it says none; names that differ in case alone are one.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    letters::adopt(current, desired);
    spelling::align(current, desired, meaning::same);
    for schema in &mut desired.schemas {
        let Some(from) = current.schema(&schema.name) else {
            continue;
        };
        for table in &mut schema.tables {
            if let Some(from) = from.table(&table.name) {
                names(from, table);
            }
        }
    }
}

fn names(from: &Table, to: &mut Table) {
    if let (Some(from), Some(to)) = (&from.primary_key, &mut to.primary_key)
        && to.name.is_none()
    {
        to.name.clone_from(&from.name);
    }
    take(&from.uniques, &mut to.uniques);
    take(&from.foreign_keys, &mut to.foreign_keys);
    take(&from.checks, &mut to.checks);
    for column in &mut to.columns {
        let Some(from) = from.column(&column.name) else {
            continue;
        };
        if column.default.is_some() && from.default.is_some() {
            column.attrs.adopt(attrs::DEFAULT_NAME, &from.attrs);
        }
    }
    to.uniques
        .sort_by(|a, b| (&a.name, &a.parts).cmp(&(&b.name, &b.parts)));
    to.foreign_keys.sort();
    to.checks
        .sort_by(|a, b| (&a.name, &a.expr).cmp(&(&b.name, &b.expr)));
}

/// A constraint without a name takes that of one which is the same otherwise, and which no other has.
fn take<T: Named>(from: &[T], to: &mut [T]) {
    for at in 0..to.len() {
        if to[at].name().is_some() {
            continue;
        }
        let free = |name: &str| to.iter().all(|other| other.name() != Some(name));
        let found = from
            .iter()
            .find(|from| from.same_but_for_name(&to[at]) && from.name().is_some_and(free));
        if let Some(name) = found.and_then(|found| found.name()).map(str::to_owned) {
            to[at].set_name(name);
        }
    }
}
