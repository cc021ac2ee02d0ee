//! What the desired SQL does not speak of, and the migrations' tables and databases keep: what SQLAlchemy's DDL can't say,
//! and what it can say and did not.
//!
//! Columns, keys and comments of tables are the models' own in any case. A character set that nobody speaks of is the
//! table's, or the database's for a new table, for the columns as well that have it from there.

use std::collections::BTreeSet;

use super::spoken::{Spoken, TableWords};
use super::{alike, attrs};
use crate::dialect::spelling;
use crate::schema::{Attrs, Realm, Table};
use crate::sql::Statement;

/// Attributes of a column that no model can say, with the word that SQL says them by.
const COLUMN: &[(&str, &str)] = &[
    (attrs::INVISIBLE, "INVISIBLE"),
    (attrs::COMPRESSED, "COMPRESSED"),
    (attrs::COLUMN_FORMAT, "COLUMN_FORMAT"),
    (attrs::STORAGE, "STORAGE"),
];

/// Takes over into `desired` what `statements`, which built it, do not speak of.
pub(super) fn adopt(current: &Realm, desired: &mut Realm, statements: &[Statement]) {
    let spoken = Spoken::of(statements);
    let keyed = foreign_keys(desired);
    for schema in &mut desired.schemas {
        let Some(from) = current.schema(&schema.name) else {
            continue;
        };
        if !spoken.database() {
            schema.attrs.clone_from(&from.attrs);
            schema.comment.clone_from(&from.comment);
        }
        for table in &mut schema.tables {
            let Some(said) = spoken.table(&table.name) else {
                continue;
            };
            let old = from.table(&table.name);
            if !said.charset() {
                charset(table, old, &schema.attrs, said);
            }
            if let Some(old) = old {
                let holds_keys = keyed.contains(&(schema.name.clone(), table.name.clone()));
                options(table, old, said, holds_keys);
                columns(table, old, said);
                keys(table, old, &spoken);
            }
        }
    }
}

/// The tables at either end of a foreign key, with their schemas.
fn foreign_keys(realm: &Realm) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for schema in &realm.schemas {
        for table in &schema.tables {
            for key in &table.foreign_keys {
                found.insert((schema.name.clone(), table.name.clone()));
                found.insert((key.ref_table.schema.clone(), key.ref_table.name.clone()));
            }
        }
    }
    found
}

/// Gives a table that says no character set that of the table that is there, or of the database.
fn charset(table: &mut Table, old: Option<&Table>, database: &Attrs, said: &TableWords) {
    let kept = old.map_or(database, |old| &old.attrs);
    let (Some(charset), Some(collation)) = (kept.get(attrs::CHARSET), kept.get(attrs::COLLATION))
    else {
        return;
    };
    let built = table.attrs.get(attrs::COLLATION).cloned();
    for column in &mut table.columns {
        let was = old
            .and_then(|old| old.column(&column.name))
            .and_then(|old| old.collation.as_ref());
        let follows = column.collation.is_some() && column.collation == built;
        // The default of the table may have changed without its columns.
        if follows && was != built.as_ref() && !said.column_charset(&column.name) {
            column.collation = Some(collation.clone());
        }
    }
    for (key, value) in [(attrs::CHARSET, charset), (attrs::COLLATION, collation)] {
        table.attrs.set(key, Some(value));
    }
}

fn options(table: &mut Table, old: &Table, said: &TableWords, holds_keys: bool) {
    // Other engines have no foreign keys, so that a model with one wants InnoDB.
    let fits = !holds_keys || !old.attrs.contains_key(attrs::ENGINE);
    if fits && !said.option("ENGINE") {
        keep(&mut table.attrs, &old.attrs, attrs::ENGINE);
    }
    if !said.option("PARTITION") {
        keep(&mut table.attrs, &old.attrs, attrs::PARTITION);
    }
    if !said.option("VERSIONING") {
        history(table, old);
    }
    // Options of an engine go with it.
    if table.attrs.get(attrs::ENGINE) != old.attrs.get(attrs::ENGINE) {
        return;
    }
    for (key, value) in old.attrs.iter() {
        if let Some(name) = key.strip_prefix(attrs::OPTION)
            && !said.option(name.trim_matches('`'))
        {
            table.attrs.insert(key.clone(), value.clone());
        }
    }
}

/// A history of rows, with the columns that show it.
fn history(table: &mut Table, old: &Table) {
    keep(&mut table.attrs, &old.attrs, attrs::VERSIONED);
    keep(&mut table.attrs, &old.attrs, attrs::PERIOD);
    for from in &old.columns {
        match table
            .columns
            .iter_mut()
            .find(|column| column.name == from.name)
        {
            Some(column) => keep(&mut column.attrs, &from.attrs, attrs::UNVERSIONED),
            None if from.attrs.contains_key(attrs::ROW) => table.columns.push(from.clone()),
            None => {}
        }
    }
}

fn columns(table: &mut Table, old: &Table, said: &TableWords) {
    for column in &mut table.columns {
        let Some(from) = old.column(&column.name) else {
            continue;
        };
        for (key, word) in COLUMN {
            if !said.column(&column.name, word) {
                keep(&mut column.attrs, &from.attrs, key);
            }
        }
    }
}

/// A name that the server made up may be another one's by now, so that keys are known by what they are made of first.
fn keys(table: &mut Table, old: &Table, spoken: &Spoken) {
    for index in &mut table.indexes {
        let alike = old
            .indexes
            .iter()
            .filter(|from| spelling::same_parts(&from.parts, &index.parts, alike::same));
        let Some(from) = alike.min_by_key(|from| from.name != index.name) else {
            continue;
        };
        if !spoken.index(&["INVISIBLE", "IGNORED"]) {
            keep(&mut index.attrs, &from.attrs, attrs::INVISIBLE);
        }
        if !spoken.index(&["KEY_BLOCK_SIZE"]) {
            keep(&mut index.attrs, &from.attrs, attrs::KEY_BLOCK_SIZE);
        }
        if !spoken.index(&["COMMENT"]) {
            index.comment.clone_from(&from.comment);
        }
    }
    for check in &mut table.checks {
        let alike = old
            .checks
            .iter()
            .filter(|from| alike::same(&from.expr, &check.expr, None));
        if let Some(from) = alike.min_by_key(|from| from.name != check.name)
            && !spoken.check("ENFORCED")
        {
            keep(&mut check.attrs, &from.attrs, attrs::NOT_ENFORCED);
        }
    }
}

/// Takes over one attribute, or that there is none.
fn keep(attrs: &mut Attrs, from: &Attrs, key: &str) {
    attrs.set(key, from.get(key));
}
