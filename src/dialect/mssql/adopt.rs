//! What the desired SQL does not speak of, and the migrations' tables keep: what SQLAlchemy's DDL can't say, such as the
//! versioning of a table with its period, its compression, and options of keys and indexes.
//!
//! Columns, keys and comments of tables are the models' own in any case, but the columns of a period, which are no model's to
//! change.

use std::collections::BTreeMap;

use super::attrs;
use super::text::same;
use crate::schema::{Attrs, ForeignKey, Realm, Schema, Table};
use crate::sql::{Statement, has_word};

/// Attributes with the word that SQL says them by: a table whose statements have the word speaks of them. None tells of a
/// filegroup, so that one is kept in any case.
const TABLE: &[(&str, &str)] = &[(attrs::TABLE_OPTIONS, "WITH"), (attrs::FILEGROUP, "")];
const COLUMN: &[(&str, &str)] = &[
    (attrs::SPARSE, "SPARSE"),
    (attrs::ROWGUIDCOL, "ROWGUIDCOL"),
    (attrs::MASKED, "MASKED"),
];
const KEY: &[(&str, &str)] = &[(attrs::OPTIONS, "WITH"), (attrs::FILEGROUP, "")];
const RULE: &[(&str, &str)] = &[
    (attrs::NOT_FOR_REPLICATION, "REPLICATION"),
    (attrs::NOT_TRUSTED, "NOCHECK"),
    (attrs::DISABLED, "NOCHECK"),
];

/// The words that speak of a table's versioning.
const VERSIONING: &[&str] = &["SYSTEM_VERSIONING", "PERIOD"];

/// Takes over into `desired` what `statements`, which built it, do not speak of.
pub(super) fn adopt(current: &Realm, desired: &mut Realm, statements: &[Statement]) {
    let texts: Vec<String> = statements
        .iter()
        .map(|one| one.text.to_uppercase())
        .collect();
    // Few statements have one of the words: only these are asked which tables they are about.
    let attributes = [TABLE, COLUMN, KEY, RULE].concat();
    let words = attributes.iter().map(|(_, word)| word).chain(VERSIONING);
    let words = words.filter(|word| !word.is_empty());
    let having = |word: &str| texts.iter().filter(|text| has_word(text, word)).collect();
    let spoken: BTreeMap<&str, Vec<&String>> = words.map(|word| (*word, having(word))).collect();
    for schema in &mut desired.schemas {
        let own = |other: &&Schema| same(&other.name, &schema.name);
        let Some(from) = current.schemas.iter().find(own) else {
            continue;
        };
        for table in &mut schema.tables {
            if let Some(old) = from.tables.iter().find(|old| same(&old.name, &table.name)) {
                let name = table.name.to_uppercase();
                let says = |word: &str| {
                    let mut texts = spoken.get(word).into_iter().flatten();
                    texts.any(|text| has_word(text, &name))
                };
                adopt_table(table, old, &says);
            }
        }
    }
}

fn adopt_table(table: &mut Table, old: &Table, says: &dyn Fn(&str) -> bool) {
    keep(&mut table.attrs, &old.attrs, TABLE, says);
    if !VERSIONING.iter().any(|word| says(word)) {
        versioning(table, old);
    }
    for column in &mut table.columns {
        if let Some(from) = old
            .columns
            .iter()
            .find(|from| same(&from.name, &column.name))
        {
            keep(&mut column.attrs, &from.attrs, COLUMN, says);
            if column.identity.is_some() && from.identity.is_some() {
                keep(&mut column.attrs, &from.attrs, &RULE[..1], says);
            }
        }
    }
    if let (Some(key), Some(from)) = (&mut table.primary_key, &old.primary_key) {
        keep(&mut key.attrs, &from.attrs, KEY, says);
    }
    for unique in &mut table.uniques {
        if let Some(from) = old.uniques.iter().find(|from| from.parts == unique.parts) {
            keep(&mut unique.attrs, &from.attrs, KEY, says);
        }
    }
    for index in &mut table.indexes {
        if let Some(from) = old
            .indexes
            .iter()
            .find(|from| same(&from.name, &index.name))
        {
            keep(&mut index.attrs, &from.attrs, KEY, says);
        }
    }
    for key in &mut table.foreign_keys {
        let alike =
            |from: &&ForeignKey| (&from.columns, &from.ref_table) == (&key.columns, &key.ref_table);
        if let Some(from) = old.foreign_keys.iter().find(alike) {
            keep(&mut key.attrs, &from.attrs, RULE, says);
        }
    }
    for check in &mut table.checks {
        if let Some(from) = old.checks.iter().find(|from| from.expr == check.expr) {
            keep(&mut check.attrs, &from.attrs, RULE, says);
        }
    }
}

/// The versioning of a table, with the columns of its period as they are.
fn versioning(table: &mut Table, old: &Table) {
    for key in [attrs::PERIOD, attrs::SYSTEM_VERSIONING] {
        table.attrs.set(key, old.attrs.get(key));
    }
    let period = old.columns.iter();
    for from in period.filter(|from| from.attrs.contains_key(attrs::GENERATED_AS)) {
        let mut columns = table.columns.iter_mut();
        match columns.find(|column| same(&column.name, &from.name)) {
            Some(column) => {
                column.clone_from(from);
            }
            None => table.columns.push(from.clone()),
        }
    }
}

/// Takes over attributes, or that there are none, but those of whose word is said something.
fn keep(attrs: &mut Attrs, from: &Attrs, keys: &[(&str, &str)], says: &dyn Fn(&str) -> bool) {
    for (key, word) in keys {
        if !attrs.contains_key(*key) && !says(word) {
            attrs.set(key, from.get(*key));
        }
    }
}
