//! What counts as equal although the catalogue tells it apart.
//!
//! Expressions in two spellings; [`alike`] tells them.
//!
//! Names of constraints that the server made up; [`mod@names`] takes them over. And the name of a serial column's sequence: it
//! keeps the one that it was made with, whatever happens to the names of its table and its column later, and the server
//! numbers it where that name was taken. No model says it, so that the desired state takes over the name that exists. The
//! other way round, a plan would name a sequence that is not there.
//!
//! A column or a check that a table has of its own besides its parent's like one, where the other state has the parent's
//! alone: no statement takes that away, and it means little while the parent's is there.

use std::collections::BTreeSet;

use super::alike;
use super::attrs::{INHERITS, SERIAL_SEQUENCE};
use super::inherit;
use super::inspect::sequences::serial_name;
use super::names::NAMING;
use crate::dialect::{names, spelling};
use crate::schema::{Column, ObjectName, Realm, Schema, Table};

/// Makes equal what is to be treated as equal.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    spelling::align(current, desired, alike::same);
    let merged = (merged(current, desired), merged(desired, current));
    forget(current, &merged.0);
    forget(desired, &merged.1);
    let (current, nothing) = (&*current, Schema::default());
    for schema in &mut desired.schemas {
        let source = current.schema(&schema.name);
        // In a new schema, too, it is the server that numbers names.
        keep_sequences(source.unwrap_or(&nothing), schema);
        if let Some(source) = source {
            names::adopt(source, schema, &NAMING);
        }
    }
}

/// A table's columns and its checks, by name.
type Parts = (ObjectName, BTreeSet<String>, BTreeSet<String>);

/// The columns and checks that are a parent's as well, and only that in the other state.
fn merged(realm: &Realm, other: &Realm) -> Vec<Parts> {
    let mut found = Vec::new();
    for schema in &realm.schemas {
        for table in schema
            .tables
            .iter()
            .filter(|table| table.attrs.contains_key(INHERITS))
        {
            let name = ObjectName::new(&schema.name, &table.name);
            let Some(theirs) = other.table(&name) else {
                continue;
            };
            let (columns, checks) = inherit::inherited(realm, table);
            let passed_on = inherit::inherited(other, theirs);
            let columns = columns.iter().filter(|column| {
                table.columns.contains(column)
                    && theirs.column(&column.name).is_none()
                    && passed_on.0.iter().any(|theirs| theirs.name == column.name)
            });
            let columns: BTreeSet<_> = columns.map(|column| column.name.clone()).collect();
            let checks = checks.iter().filter(|check| {
                table.checks.contains(check)
                    && !theirs.checks.iter().any(|theirs| theirs.name == check.name)
                    && passed_on.1.iter().any(|theirs| theirs.name == check.name)
            });
            found.push((
                name,
                columns,
                checks.filter_map(|check| check.name.clone()).collect(),
            ));
        }
    }
    found
}

fn forget(realm: &mut Realm, merged: &[Parts]) {
    for schema in &mut realm.schemas {
        for table in &mut schema.tables {
            let name = ObjectName::new(&schema.name, &table.name);
            for (_, columns, checks) in merged.iter().filter(|(table, ..)| *table == name) {
                table
                    .columns
                    .retain(|column| !columns.contains(&column.name));
                table.checks.retain(|check| {
                    check
                        .name
                        .as_ref()
                        .is_none_or(|name| !checks.contains(name))
                });
            }
        }
    }
}

fn keep_sequences(current: &Schema, desired: &mut Schema) {
    let taken = new_names(current, desired);
    for table in &mut desired.tables {
        let source = current.table(&table.name);
        for column in &mut table.columns {
            if !column.auto_increment || chosen(&table.name, column).is_some() {
                continue;
            }
            let own = source.and_then(|source| serial(source, &column.name));
            let name = own.and_then(|own| own.attrs.get(SERIAL_SEQUENCE));
            let name = name.filter(|name| !taken.contains(*name));
            column.attrs.set(SERIAL_SEQUENCE, name);
        }
    }
}

/// The name of a column's sequence where it is not the server's own, which has a number behind it where it was taken.
fn chosen<'c>(table: &str, column: &'c Column) -> Option<&'c String> {
    let name = column.attrs.get(SERIAL_SEQUENCE)?;
    let number = name.strip_prefix(&serial_name(table, &column.name));
    let numbered = number.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    (!numbered).then_some(name)
}

/// The column, if it is a serial one.
fn serial<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.column(name).filter(|column| column.auto_increment)
}

/// Names that something new in the schema needs, so that an old sequence has to give them up.
fn new_names(current: &Schema, desired: &Schema) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for table in &desired.tables {
        let source = current.table(&table.name);
        for column in &table.columns {
            let numbered = column.auto_increment || column.identity.is_some();
            let old = source.and_then(|table| table.column(&column.name));
            if numbered
                && old.is_none_or(|old| {
                    (old.auto_increment, old.identity.is_some())
                        != (column.auto_increment, column.identity.is_some())
                })
            {
                names.insert(
                    chosen(&table.name, column)
                        .cloned()
                        .unwrap_or_else(|| serial_name(&table.name, &column.name)),
                );
            }
        }
        names.insert(table.name.clone());
        names.extend(table.indexes.iter().map(|index| index.name.clone()));
    }
    let sequences = desired.sequences.iter();
    names.extend(sequences.map(|sequence| sequence.name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::DataType;

    fn schema(columns: &[(&str, bool, Option<&str>)]) -> Realm {
        let table = |(name, serial, sequence): &(&str, bool, Option<&str>)| Table {
            name: (*name).to_owned(),
            columns: vec![Column {
                name: "id".to_owned(),
                ty: DataType::parse("integer"),
                auto_increment: *serial,
                attrs: sequence
                    .iter()
                    .map(|name| (SERIAL_SEQUENCE.to_owned(), (*name).to_owned()))
                    .collect(),
                ..Column::default()
            }],
            ..Table::default()
        };
        Realm {
            schemas: vec![Schema {
                name: "public".to_owned(),
                tables: columns.iter().map(table).collect(),
                ..Schema::default()
            }],
            ..Realm::default()
        }
    }

    fn sequence(realm: &Realm, table: &str) -> Option<String> {
        let table = realm.schemas[0].table(table).expect("the table");
        table.columns[0].attrs.get(SERIAL_SEQUENCE).cloned()
    }

    #[test]
    fn a_sequence_keeps_the_name_that_no_model_says() {
        let current = schema(&[("new", true, Some("old_id_seq"))]);
        let mut desired = schema(&[("new", true, None)]);
        normalize(&mut current.clone(), &mut desired);
        assert_eq!(current, desired);
    }

    #[test]
    fn a_chosen_name_and_one_that_something_new_needs_are_changes() {
        let mut current = schema(&[("new", true, Some("old_id_seq"))]);
        let mut desired = schema(&[("new", true, Some("mine"))]);
        normalize(&mut current, &mut desired);
        assert_eq!(sequence(&desired, "new").as_deref(), Some("mine"));
        let mut desired = schema(&[("new", true, None), ("old", true, None)]);
        normalize(&mut current, &mut desired);
        assert_eq!(sequence(&desired, "new"), None);
        let mut made = schema(&[("new", true, Some("new_id_seq1"))]);
        normalize(&mut Realm::default(), &mut made);
        assert_eq!(sequence(&made, "new"), None, "of a new schema");
        // Once both exist, each keeps what it has.
        let current = schema(&[
            ("new", true, Some("old_id_seq")),
            ("old", true, Some("old_id_seq1")),
        ]);
        normalize(&mut current.clone(), &mut desired);
        assert_eq!(current, desired);
    }

    #[test]
    fn a_number_behind_the_servers_own_name_says_that_it_was_taken() {
        let mut desired = schema(&[("new", true, Some("new_id_seq1"))]);
        normalize(&mut schema(&[]), &mut desired);
        assert_eq!(sequence(&desired, "new"), None);
    }

    #[test]
    fn a_column_that_becomes_serial_takes_the_name_of_its_own() {
        let mut current = schema(&[("new", false, None)]);
        let mut desired = schema(&[("new", true, None)]);
        normalize(&mut current, &mut desired);
        assert_eq!(sequence(&desired, "new"), None);
    }
}
