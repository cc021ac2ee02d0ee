//! What counts as equal: expressions in another spelling, and names that one side leaves to the server.

use std::collections::BTreeSet;

use crate::dialect::{letters, spelling};
use crate::schema::named::Named;
use crate::schema::{Realm, Schema, Table};

use super::parse::Versioning;
use super::replay::constraints;
use super::text::same;
use super::{attrs, meaning};

/// Gives the desired state the current one's spelling, and its names where it says none; names that differ in case alone are one.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    letters::adopt(current, desired);
    spelling::align(current, desired, meaning::same);
    for schema in &mut desired.schemas {
        let Some(from) = current.schema(&schema.name) else {
            continue;
        };
        let taken = given(schema);
        let free = |name: &str| !taken.contains(&name.to_lowercase());
        for table in &mut schema.tables {
            if let Some(from) = from.table(&table.name) {
                names(from, table, free);
            }
        }
    }
}

/// The names that a schema gives, in lower case: those of constraints are names of objects like a table's own.
fn given(schema: &Schema) -> BTreeSet<String> {
    let tables = schema.tables.iter();
    let tables = tables.flat_map(|table| {
        let own = constraints(table).map(|(name, _)| name);
        own.chain([table.name.as_str()])
    });
    let sequences = schema.sequences.iter().map(|one| one.name.as_str());
    let texts = schema.texts.iter().filter(|one| one.kind != "type");
    let all = tables
        .chain(sequences)
        .chain(texts.map(|one| one.name.as_str()));
    all.map(str::to_lowercase).collect()
}

fn names(from: &Table, to: &mut Table, free: impl Fn(&str) -> bool + Copy) {
    if let (Some(was), Some(mut is)) = (Versioning::of(from), Versioning::of(to))
        && is.history.is_none()
    {
        is.history = was.history;
        to.attrs.set(attrs::SYSTEM_VERSIONING, Some(is.to_string()));
    }
    take(
        from.primary_key.as_slice(),
        to.primary_key.as_mut_slice(),
        free,
    );
    take(&from.uniques, &mut to.uniques, free);
    take(&from.foreign_keys, &mut to.foreign_keys, free);
    take(&from.checks, &mut to.checks, free);
    for column in &mut to.columns {
        let Some(from) = from.column(&column.name) else {
            continue;
        };
        let name = from.attrs.get(attrs::DEFAULT_NAME);
        if column.default.is_some() && from.default.is_some() && name.is_some_and(|name| free(name))
        {
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
fn take<T: Named>(from: &[T], to: &mut [T], free: impl Fn(&str) -> bool) {
    for at in 0..to.len() {
        if to[at].name().is_some() {
            continue;
        }
        let free = |name: &str| {
            free(name)
                && to
                    .iter()
                    .all(|other| !other.name().is_some_and(|own| same(own, name)))
        };
        let found = from
            .iter()
            .find(|from| from.same_but_for_name(&to[at]) && from.name().is_some_and(free));
        if let Some(name) = found.and_then(|found| found.name()).map(str::to_owned) {
            to[at].set_name(name);
        }
    }
}
