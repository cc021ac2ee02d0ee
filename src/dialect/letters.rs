//! Names where a server tells none apart by case: where both states have a name in different cases, the desired case is taken over
//! everywhere in the current state.

use std::collections::BTreeMap;

use crate::schema::named::Named;
use crate::schema::{KeyPart, PartExpr, Realm, Schema, Table};

/// Old spelling → new one.
type Spelling = BTreeMap<String, String>;

/// What is spelled differently in a schema.
#[derive(Default)]
struct Spellings {
    tables: Spelling,
    /// By table, as the current state spells it.
    columns: BTreeMap<String, Spelling>,
}

/// Gives the current state's tables, columns, constraints, indexes and sequences the desired spelling of their names.
pub(super) fn adopt(current: &mut Realm, desired: &Realm) {
    let mut all: BTreeMap<String, Spellings> = BTreeMap::new();
    for schema in &current.schemas {
        if let Some(target) = desired.schema(&schema.name) {
            all.insert(schema.name.clone(), Spellings::of(schema, target));
        }
    }
    for schema in &mut current.schemas {
        let (Some(own), Some(target)) = (all.get(&schema.name), desired.schema(&schema.name))
        else {
            continue;
        };
        for table in &mut schema.tables {
            if let Some(target) = target.table(own.tables.get(&table.name).unwrap_or(&table.name)) {
                rename_parts(table, target);
            }
            rename(table, own, &all);
        }
        let sequences = spelling(
            schema.sequences.iter().map(|one| one.name.as_str()),
            target.sequences.iter().map(|one| one.name.as_str()),
        );
        let names = schema.sequences.iter_mut().map(|one| &mut one.name);
        names.for_each(|name| respell(name, &sequences));
        for object in &mut schema.texts {
            if let Some(table) = &mut object.table {
                respell(table, &own.tables);
            }
        }
        schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
        schema.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Spellings {
    fn of(current: &Schema, desired: &Schema) -> Self {
        let tables = spelling(
            current.tables.iter().map(|table| table.name.as_str()),
            desired.tables.iter().map(|table| table.name.as_str()),
        );
        let columns = current.tables.iter().filter_map(|table| {
            let target = desired.table(tables.get(&table.name).unwrap_or(&table.name))?;
            let names = spelling(
                table.columns.iter().map(|column| column.name.as_str()),
                target.columns.iter().map(|column| column.name.as_str()),
            );
            (!names.is_empty()).then(|| (table.name.clone(), names))
        });
        let columns = columns.collect();
        Self { tables, columns }
    }
}

/// Constraints and indexes.
fn rename_parts(table: &mut Table, target: &Table) {
    fn each<T: Named>(current: &mut [T], desired: &[T]) {
        let names = spelling(
            current.iter().filter_map(Named::name),
            desired.iter().filter_map(Named::name),
        );
        for one in current {
            if let Some(new) = one.name().and_then(|name| names.get(name)) {
                one.set_name(new.clone());
            }
        }
    }
    each(&mut table.indexes, &target.indexes);
    each(&mut table.uniques, &target.uniques);
    each(&mut table.foreign_keys, &target.foreign_keys);
    each(&mut table.checks, &target.checks);
    each(
        table.primary_key.as_mut_slice(),
        target.primary_key.as_slice(),
    );
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

fn rename(table: &mut Table, own: &Spellings, all: &BTreeMap<String, Spellings>) {
    for key in &mut table.foreign_keys {
        let Some(there) = all.get(&key.ref_table.schema) else {
            continue;
        };
        if let Some(names) = there.columns.get(&key.ref_table.name) {
            key.ref_columns
                .iter_mut()
                .for_each(|name| respell(name, names));
        }
        respell(&mut key.ref_table.name, &there.tables);
    }
    if let Some(names) = own.columns.get(&table.name) {
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
        let carried = table
            .indexes
            .iter_mut()
            .flat_map(|index| &mut index.include);
        carried.for_each(|name| respell(name, names));
    }
    respell(&mut table.name, &own.tables);
}

fn respell_part(part: &mut KeyPart, names: &Spelling) {
    if let PartExpr::Column(name) = &mut part.on {
        respell(name, names);
    }
}
