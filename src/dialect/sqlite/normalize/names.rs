//! Names are case-insensitive in SQLite: where both states have a name in different cases, the desired case is taken
//! over everywhere in the current state.

use std::collections::BTreeMap;

use crate::schema::{KeyPart, PartExpr, Schema, Table};

/// Old spelling → new one.
type Spelling = BTreeMap<String, String>;

/// Gives the current state's tables, columns and indexes the desired spelling of their names.
pub(super) fn adopt(current: &mut Schema, desired: &Schema) {
    let tables = spelling(
        current.tables.iter().map(|table| table.name.as_str()),
        desired.tables.iter().map(|table| table.name.as_str()),
    );
    let columns: BTreeMap<String, Spelling> = current
        .tables
        .iter()
        .filter_map(|table| {
            let target = desired.table(tables.get(&table.name).unwrap_or(&table.name))?;
            let names = spelling(
                table.columns.iter().map(|column| column.name.as_str()),
                target.columns.iter().map(|column| column.name.as_str()),
            );
            (!names.is_empty()).then(|| (table.name.clone(), names))
        })
        .collect();
    for table in &mut current.tables {
        if let Some(target) = desired.table(tables.get(&table.name).unwrap_or(&table.name)) {
            let indexes = spelling(
                table.indexes.iter().map(|index| index.name.as_str()),
                target.indexes.iter().map(|index| index.name.as_str()),
            );
            table
                .indexes
                .iter_mut()
                .for_each(|index| respell(&mut index.name, &indexes));
        }
        rename(table, &tables, &columns);
    }
    for object in &mut current.texts {
        if let Some(table) = &mut object.table {
            respell(table, &tables);
        }
    }
    current.tables.sort_by(|a, b| a.name.cmp(&b.name));
}

/// What is spelled differently on the two sides; a name that has its equal is not.
fn spelling<'a>(
    current: impl Iterator<Item = &'a str>,
    desired: impl Iterator<Item = &'a str>,
) -> Spelling {
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    let mut exact = Vec::new();
    for name in desired {
        folded.insert(name.to_ascii_lowercase(), name);
        exact.push(name);
    }
    exact.sort_unstable();
    current
        .filter(|name| exact.binary_search(name).is_err())
        .filter_map(|name| {
            let target = folded.get(&name.to_ascii_lowercase())?;
            Some((name.to_owned(), (*target).to_owned()))
        })
        .collect()
}

fn respell(name: &mut String, spelling: &Spelling) {
    if let Some(new) = spelling.get(name) {
        name.clone_from(new);
    }
}

fn rename(table: &mut Table, tables: &Spelling, columns: &BTreeMap<String, Spelling>) {
    for key in &mut table.foreign_keys {
        if let Some(names) = columns.get(&key.ref_table.name) {
            key.ref_columns
                .iter_mut()
                .for_each(|name| respell(name, names));
        }
        respell(&mut key.ref_table.name, tables);
    }
    if let Some(names) = columns.get(&table.name) {
        table
            .columns
            .iter_mut()
            .for_each(|column| respell(&mut column.name, names));
        let keys = table
            .foreign_keys
            .iter_mut()
            .flat_map(|key| &mut key.columns);
        keys.for_each(|name| respell(name, names));
        let primary = table.primary_key.iter_mut().flat_map(|key| &mut key.parts);
        let uniques = table
            .uniques
            .iter_mut()
            .flat_map(|unique| &mut unique.parts);
        let indexes = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
        for part in primary.chain(uniques).chain(indexes) {
            respell_part(part, names);
        }
    }
    respell(&mut table.name, tables);
}

fn respell_part(part: &mut KeyPart, names: &Spelling) {
    if let PartExpr::Column(name) = &mut part.on {
        respell(name, names);
    }
}
