//! Which locks changes take, and what is done with a table's rows meanwhile, as the documentation has it
//! (<https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide>): no server
//! was asked.

use super::{attrs, ddl};
use crate::dialect::impact::{Blocks, Impact, Lock, Surroundings, Work};
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{Attrs, Column, ForeignKey, ObjectName};

const SHARED: Lock = Lock {
    rank: 0,
    blocks: Blocks::Writes,
    name: "S",
};
const SCHEMA: Lock = Lock {
    rank: 1,
    blocks: Blocks::ReadsAndWrites,
    name: "Sch-M",
};

pub(super) fn impact(change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
    let mut all = match change {
        Change::AddTable { schema, table } => {
            let own = ObjectName::new(schema, &table.name);
            referenced(&own, &table.foreign_keys)
        }
        Change::DropTable { schema, table } => {
            let own = ObjectName::new(schema, &table.name);
            let mut all = referenced(&own, &table.foreign_keys);
            all.push(Impact::on(&own, SCHEMA, None));
            all
        }
        Change::ModifyTable(modify) => modified(modify),
        Change::Schema(_) | Change::Enum { .. } | Change::Sequence { .. } | Change::Text(_) => {
            Vec::new()
        }
    };
    all.retain(|impact| around.current.table(&impact.table).is_some());
    all
}

/// A table that a foreign key refers to is locked with its own.
fn referenced(own: &ObjectName, keys: &[ForeignKey]) -> Vec<Impact> {
    let keys = keys.iter().filter(|key| key.ref_table != *own);
    keys.map(|key| Impact::on(&key.ref_table, SCHEMA, None))
        .collect()
}

fn modified(modify: &ModifyTable) -> Vec<Impact> {
    let own = ObjectName::new(&modify.schema, &modify.to.name);
    if ddl::is_remade(modify) {
        return vec![Impact::on(&own, SCHEMA, Work::Rewrite)];
    }
    let mut all = Vec::new();
    for change in &modify.changes {
        if let TableChange::ForeignKey(edit) = change {
            let keys = [edit.from(), edit.to()].into_iter().flatten().cloned();
            all.extend(referenced(&own, &keys.collect::<Vec<_>>()));
        }
        all.extend(part(change).map(|(lock, work)| Impact::on(&own, lock, work)));
    }
    all
}

/// The lock of one part of a change, and the work.
fn part(change: &TableChange) -> Option<(Lock, Option<Work>)> {
    let clustering = |attributes: &Attrs| attributes.get(attrs::CLUSTERING).cloned();
    Some(match change {
        TableChange::Column(edit) => (SCHEMA, column(edit)),
        TableChange::PrimaryKey(edit) => {
            let mut keys = [edit.from(), edit.to()].into_iter().flatten();
            // Rows are stored in the order of a clustered index.
            let clustered =
                keys.any(|key| clustering(&key.attrs).as_deref() != Some("nonclustered"));
            let work = if clustered {
                Work::Rewrite
            } else {
                Work::Index
            };
            (SCHEMA, Some(work))
        }
        TableChange::Index(edit) => {
            let mut both = [edit.from(), edit.to()].into_iter().flatten();
            match both.any(|index| clustering(&index.attrs).is_some()) {
                true => (SCHEMA, Some(Work::Rewrite)),
                false => match edit.to() {
                    Some(_) => (SHARED, Some(Work::Index)),
                    None => (SCHEMA, None),
                },
            }
        }
        TableChange::Unique(edit) => (SCHEMA, edit.to().map(|_| Work::Index)),
        TableChange::ForeignKey(edit) => (SCHEMA, edit.to().map(|_| Work::Check)),
        TableChange::Check(edit) => (SCHEMA, edit.to().map(|_| Work::Check)),
        TableChange::Constraint(_) | TableChange::Attr { .. } => (SCHEMA, None),
        TableChange::Comment { .. } => return None,
    })
}

fn column(edit: &Edit<Column>) -> Option<Work> {
    match edit {
        Edit::Add(to) => {
            let stored = to.generated.as_ref().is_some_and(|rule| rule.stored);
            // Only some editions keep a default's value once for all rows.
            let filled = !to.nullable && (to.default.is_some() || to.identity.is_some());
            (stored || filled).then_some(Work::Rewrite)
        }
        Edit::Drop(_) => None,
        Edit::Modify { from, to } => match ddl::is_altered(from, to) {
            true if ddl::only_grows(from, to) => None,
            true if from.ty == to.ty && from.collation == to.collation => {
                (!to.nullable).then_some(Work::Check)
            }
            true => Some(Work::Rewrite),
            false => None,
        },
    }
}
