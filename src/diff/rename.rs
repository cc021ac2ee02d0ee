//! Finds what looks like a rename, for a warning: a guess is never planned.

use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{Column, ObjectName, Table};

/// A drop and an add that may be one thing under a new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyRename {
    /// `table` or `column`.
    pub kind: &'static str,
    /// Table of the column, or the table that goes.
    pub table: ObjectName,
    /// The name that goes.
    pub from: String,
    /// The name that comes.
    pub to: String,
}

/// What looks renamed: a dropped and an added column of one type in one table, or a dropped and an added table with
/// the same columns. Where several fit, none is named.
pub fn likely_renames(changes: &[Change]) -> Vec<LikelyRename> {
    let mut found = tables(changes);
    for change in changes {
        if let Change::ModifyTable(modify) = change {
            found.extend(columns(modify));
        }
    }
    found
}

fn tables(changes: &[Change]) -> Vec<LikelyRename> {
    let mut dropped = Vec::new();
    let mut added = Vec::new();
    for change in changes {
        match change {
            Change::DropTable { schema, table } => dropped.push((schema, table)),
            Change::AddTable { schema, table } => added.push((schema, table)),
            _ => {}
        }
    }
    let alike = |(from_schema, from): &(&String, &Table), (to_schema, to): &(&String, &Table)| {
        from_schema == to_schema && shape(from) == shape(to)
    };
    pairs(&dropped, &added, alike)
        .into_iter()
        .map(|((schema, from), (_, to))| LikelyRename {
            kind: "table",
            table: ObjectName::new(schema, &from.name),
            from: from.name.clone(),
            to: to.name.clone(),
        })
        .collect()
}

/// Names and types of a table's columns, whatever their order.
fn shape(table: &Table) -> Vec<(&str, String)> {
    let mut shape: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.ty.to_string()))
        .collect();
    shape.sort_unstable();
    shape
}

fn columns(modify: &ModifyTable) -> Vec<LikelyRename> {
    let mut dropped: Vec<&Column> = Vec::new();
    let mut added: Vec<&Column> = Vec::new();
    for change in &modify.changes {
        match change {
            TableChange::Column(Edit::Drop(column)) => dropped.push(column),
            TableChange::Column(Edit::Add(column)) => added.push(column),
            _ => {}
        }
    }
    let alike = |from: &&Column, to: &&Column| from.ty == to.ty && from.nullable == to.nullable;
    pairs(&dropped, &added, alike)
        .into_iter()
        .map(|(from, to)| LikelyRename {
            kind: "column",
            table: ObjectName::new(&modify.schema, &modify.to.name),
            from: from.name.clone(),
            to: to.name.clone(),
        })
        .collect()
}

/// Pairs that fit each other and nothing else.
fn pairs<T: Copy>(dropped: &[T], added: &[T], alike: impl Fn(&T, &T) -> bool) -> Vec<(T, T)> {
    let mut found = Vec::new();
    for from in dropped {
        let mut partners = added.iter().filter(|to| alike(from, to));
        if let (Some(to), None) = (partners.next(), partners.next())
            && dropped.iter().filter(|other| alike(other, to)).count() == 1
        {
            found.push((*from, *to));
        }
    }
    found
}
