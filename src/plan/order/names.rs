//! Names that one table's change sets free and another's takes.

use std::collections::BTreeSet;

use super::{NameKind, OrderRules};
use crate::schema::Table;
use crate::schema::change::{Change, Edit, TableChange};

/// A name that must be free in its schema before it is taken.
pub(super) type SchemaWide = (String, String);

/// Names that a change takes, and names that it sets free.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) taken: BTreeSet<SchemaWide>,
    pub(super) freed: BTreeSet<SchemaWide>,
}

/// The schema-wide names that a change takes and frees. Where indexes have them, tables share them: an index can take
/// the name of a table that goes.
pub(super) fn of(change: &Change, rules: &OrderRules) -> Names {
    let schema = change.object().schema;
    let all = |table: &Table| {
        owned(table)
            .into_iter()
            .filter(|(kind, _)| rules.schema_wide_names.contains(kind))
            .map(|(_, name)| (schema.clone(), name.to_owned()))
            .collect::<BTreeSet<_>>()
    };
    let whole = |table: &Table| {
        let mut names = all(table);
        if rules.schema_wide_names.contains(&NameKind::Index) {
            names.insert((schema.clone(), table.name.clone()));
        }
        names
    };
    match change {
        Change::AddTable { table, .. } => Names {
            taken: whole(table),
            freed: BTreeSet::new(),
        },
        Change::DropTable { table, .. } => Names {
            taken: BTreeSet::new(),
            freed: whole(table),
        },
        Change::ModifyTable(modify) => {
            let (from, to) = (all(&modify.from), all(&modify.to));
            Names {
                taken: to.difference(&from).cloned().collect(),
                freed: from.difference(&to).cloned().collect(),
            }
        }
        Change::Schema(_) | Change::Enum { .. } | Change::Sequence { .. } => Names::default(),
    }
}

/// The changes that drop those indexes of a table whose names are wanted elsewhere, and the table without them.
pub(super) fn free_indexes(
    schema: &str,
    table: &Table,
    wanted: &BTreeSet<SchemaWide>,
) -> (Vec<TableChange>, Table) {
    let (freed, kept): (Vec<_>, Vec<_>) = table
        .indexes
        .iter()
        .cloned()
        .partition(|index| wanted.contains(&(schema.to_owned(), index.name.clone())));
    let drops = freed
        .into_iter()
        .map(|index| TableChange::Index(Edit::Drop(index)))
        .collect();
    (
        drops,
        Table {
            indexes: kept,
            ..table.clone()
        },
    )
}

fn owned(table: &Table) -> Vec<(NameKind, &str)> {
    let mut names: Vec<(NameKind, Option<&str>)> = Vec::new();
    names.extend(
        table
            .indexes
            .iter()
            .map(|index| (NameKind::Index, Some(index.name.as_str()))),
    );
    names.extend(
        table
            .primary_key
            .iter()
            .map(|key| (NameKind::PrimaryKey, key.name.as_deref())),
    );
    names.extend(
        table
            .uniques
            .iter()
            .map(|unique| (NameKind::Unique, unique.name.as_deref())),
    );
    names.extend(
        table
            .foreign_keys
            .iter()
            .map(|key| (NameKind::ForeignKey, key.name.as_deref())),
    );
    names.extend(
        table
            .checks
            .iter()
            .map(|check| (NameKind::Check, check.name.as_deref())),
    );
    names.extend(
        table
            .constraints
            .iter()
            .map(|raw| (NameKind::Constraint, Some(raw.name.as_str()))),
    );
    names
        .into_iter()
        .filter_map(|(kind, name)| name.map(|name| (kind, name)))
        .collect()
}
