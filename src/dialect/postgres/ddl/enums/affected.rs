//! What depends on the columns of an enumerated type that is rebuilt.
//!
//! The rebuild drops all of it and makes again what is the same in the desired state. The rest is gone when the tables'
//! own changes are written: they must not drop it a second time.

use std::collections::BTreeSet;

use crate::dialect::postgres::inherit;
use crate::schema::{Column, DataType, Index, ObjectName, Realm, Table};

use super::super::item::Item;
use super::super::writer::Writer;
use super::super::{expr, index};
use super::only_adds;

/// The enumerated types that lose or move values, in the order in which they are rebuilt.
pub(super) fn rebuilt(current: &Realm, desired: &Realm) -> Vec<ObjectName> {
    let mut names = Vec::new();
    for schema in &current.schemas {
        for from in &schema.enums {
            let to = desired
                .schema(&schema.name)
                .and_then(|schema| schema.enums.iter().find(|to| to.name == from.name));
            if to.is_some_and(|to| !only_adds(from, to)) {
                names.push(ObjectName::new(&schema.name, &from.name));
            }
        }
    }
    names
}

/// What depends on some types in one table.
#[derive(Debug, Default)]
pub(super) struct Dependents<'t> {
    /// Columns of the types that hold rows.
    pub(super) columns: Vec<&'t Column>,
    /// Generated columns of the types, or made from those columns.
    pub(super) generated: Vec<&'t Column>,
    pub(super) constraints: Vec<Item>,
    pub(super) indexes: Vec<&'t Index>,
}

impl Dependents<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.generated.is_empty()
    }
}

/// Finds what depends on these types in a table. `realm` is the table's: columns that it inherits are its parent's.
pub(super) fn dependents<'t>(
    writer: &Writer<'_>,
    realm: &Realm,
    table: &'t Table,
    names: &[ObjectName],
) -> Dependents<'t> {
    let is_of = |column: &Column| {
        column
            .ty
            .user
            .as_ref()
            .is_some_and(|user| names.contains(user))
    };
    let inherited = inherited(realm, table);
    let columns: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| column.generated.is_none() && is_of(column))
        .filter(|column| !inherited.contains(&column.name))
        .collect();
    let generated: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| {
            column.generated.as_ref().is_some_and(|rule| {
                is_of(column)
                    || columns
                        .iter()
                        .any(|other| expr::mentions(&rule.expr, &other.name))
            })
        })
        .collect();
    let speaks_of = |item: &Item| {
        let spoken = match item.rank {
            super::super::alter::Rank::PrimaryKey => false,
            super::super::alter::Rank::Constraint => item.columns.is_empty(),
            _ => true,
        };
        (spoken && columns.iter().any(|column| item.involves(&column.name)))
            || generated.iter().any(|column| item.involves(&column.name))
    };
    let constraints = Item::all(writer, table)
        .into_iter()
        .filter(speaks_of)
        .collect();
    let indexes = table
        .indexes
        .iter()
        .filter(|item| {
            columns
                .iter()
                .any(|column| index::speaks_of(item, &column.name))
                || generated
                    .iter()
                    .any(|column| index::involves(item, &column.name))
        })
        .collect();
    Dependents {
        columns,
        generated,
        constraints,
        indexes,
    }
}

/// Names of the columns that a table has from its parents.
fn inherited(realm: &Realm, table: &Table) -> BTreeSet<String> {
    inherit::parents(table)
        .iter()
        .filter_map(|parent| realm.table(parent))
        .flat_map(|parent| &parent.columns)
        .map(|column| column.name.clone())
        .collect()
}

/// What the rebuilds of enumerated types took from a table for good.
#[derive(Debug, Default)]
pub(in super::super) struct Affected {
    columns: BTreeSet<String>,
    constraints: Vec<Item>,
    indexes: BTreeSet<String>,
}

impl Affected {
    /// This generated column is gone.
    pub(in super::super) fn is_gone_column(&self, name: &str) -> bool {
        self.columns.contains(name)
    }

    /// This constraint is gone.
    pub(in super::super) fn is_gone_constraint(&self, item: &Item) -> bool {
        self.constraints.contains(item)
    }

    /// This index is gone.
    pub(in super::super) fn is_gone_index(&self, name: &str) -> bool {
        self.indexes.contains(name)
    }
}

/// What the rebuilds of enumerated types take from a table of the current state for good.
pub(in super::super) fn affected(writer: &Writer<'_>, schema: &str, table: &Table) -> Affected {
    let names = rebuilt(writer.current(), writer.desired());
    affected_by(writer, schema, table, &names)
}

pub(super) fn affected_by(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
    names: &[ObjectName],
) -> Affected {
    if names.is_empty() {
        return Affected::default();
    }
    let found = dependents(writer, writer.current(), table, names);
    let later = writer
        .desired()
        .table(&ObjectName::new(schema, &table.name));
    Affected {
        columns: found
            .generated
            .iter()
            .filter(|column| !keeps_column(later, column))
            .map(|column| column.name.clone())
            .collect(),
        constraints: found
            .constraints
            .into_iter()
            .filter(|item| !keeps_constraint(writer, later, item))
            .collect(),
        indexes: found
            .indexes
            .iter()
            .filter(|item| !keeps_index(later, item))
            .map(|item| item.name.clone())
            .collect(),
    }
}

pub(super) fn keeps_column(later: Option<&Table>, column: &Column) -> bool {
    later.is_some_and(|table| table.columns.contains(column))
}

pub(super) fn keeps_constraint(writer: &Writer<'_>, later: Option<&Table>, item: &Item) -> bool {
    later.is_some_and(|table| Item::all(writer, table).contains(item))
}

pub(super) fn keeps_index(later: Option<&Table>, item: &Index) -> bool {
    later.is_some_and(|table| table.indexes.contains(item))
}

/// The column has the same type in the desired state.
pub(super) fn keeps_type<'l>(later: Option<&'l Table>, column: &Column) -> Option<&'l Column> {
    later?
        .column(&column.name)
        .filter(|other| other.generated.is_none() && other.ty == column.ty)
}

/// The text type that stands in for a type that a column does not keep.
pub(super) fn stand_in(ty: &DataType) -> DataType {
    DataType {
        dimensions: ty.dimensions,
        ..DataType::parse("text")
    }
}

/// A table of the current state as the rebuilds of enumerated types leave it.
pub(in super::super) fn remains(writer: &Writer<'_>, schema: &str, table: &Table) -> Table {
    let names = rebuilt(writer.current(), writer.desired());
    let mut result = table.clone();
    if names.is_empty() {
        return result;
    }
    let gone = affected(writer, schema, table);
    let later = writer
        .desired()
        .table(&ObjectName::new(schema, &table.name));
    let found = dependents(writer, writer.current(), table, &names);
    for column in &mut result.columns {
        if found.columns.iter().any(|other| other.name == column.name) {
            match keeps_type(later, column) {
                Some(other) => column.default.clone_from(&other.default),
                None => {
                    column.ty = stand_in(&column.ty);
                    column.default = None;
                }
            }
        }
    }
    result
        .columns
        .retain(|column| !gone.is_gone_column(&column.name));
    result
        .indexes
        .retain(|item| !gone.is_gone_index(&item.name));
    let is_gone = |item: Item| gone.is_gone_constraint(&item);
    if let Some(key) = &result.primary_key
        && is_gone(Item::primary_key(writer, &table.name, key))
    {
        result.primary_key = None;
    }
    result
        .uniques
        .retain(|key| !is_gone(Item::unique(writer, key)));
    result
        .foreign_keys
        .retain(|key| !is_gone(Item::foreign_key(writer, key)));
    result
        .checks
        .retain(|check| !is_gone(Item::check(writer, check)));
    result
        .constraints
        .retain(|item| !is_gone(Item::raw(writer, item)));
    result
}
