//! Rows that are there when a column comes or begins to refuse NULL: which value they get, and what is said of it.

use super::writer::{Writer, named, quote};
use crate::dialect::mysql::{attrs, types};
use crate::plan::Step;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Check, Column, KeyPart, PartExpr, Table};

/// The two forms of a column that refuses NULL from now on and has a default to put in its place.
fn filled(change: &TableChange) -> Option<(&Column, &Column)> {
    match change {
        TableChange::Column(Edit::Modify { from, to })
            if from.nullable
                && !to.nullable
                && to.default.is_some()
                && from.generated.is_none()
                && to.generated.is_none() =>
        {
            Some((from, to))
        }
        _ => None,
    }
}

/// Cuts off the new types of such columns, since a default may be no value of the old ones.
pub(super) fn retyped(change: &ModifyTable) -> (Option<ModifyTable>, ModifyTable) {
    let mut main = change.clone();
    let mut first = Vec::new();
    for one in &mut main.changes {
        let Some((from, to)) = filled(one) else {
            continue;
        };
        if from.ty == to.ty && from.collation == to.collation {
            continue;
        }
        let (from, to) = (from.clone(), to.clone());
        let between = Column {
            nullable: true,
            ..to.clone()
        };
        for column in main
            .from
            .columns
            .iter_mut()
            .filter(|column| **column == from)
        {
            *column = between.clone();
        }
        *one = TableChange::Column(Edit::Modify {
            from: between.clone(),
            to,
        });
        first.push(TableChange::Column(Edit::Modify { from, to: between }));
    }
    let part = (!first.is_empty()).then(|| ModifyTable {
        schema: change.schema.clone(),
        from: change.from.clone(),
        to: main.from.clone(),
        changes: first,
    });
    (part, main)
}

/// Puts the default of each such column in the place of NULL. Columns that an UPDATE would set by themselves keep their
/// values.
pub(super) fn nulls(writer: &Writer<'_>, change: &ModifyTable) -> Vec<Step> {
    let name = writer.name(&change.schema, &change.to.name);
    let fill = |(_, to): (&Column, &Column)| {
        let column = quote(&to.name);
        let default = to.default.as_ref()?;
        let set = set(to, &writer.default(default), &change.from);
        Some(Step::new(
            format!("UPDATE {name} SET {set} WHERE {column} IS NULL"),
            format!(
                "fill {} column of {} table where it is NULL",
                named(&to.name),
                named(&change.to.name)
            ),
        ))
    };
    change
        .changes
        .iter()
        .filter_map(filled)
        .filter_map(fill)
        .collect()
}

/// Sets a column and keeps those that an UPDATE would set by itself.
fn set(column: &Column, value: &str, table: &Table) -> String {
    let mut set = vec![format!("{} = {value}", quote(&column.name))];
    let others = table
        .columns
        .iter()
        .filter(|other| other.name != column.name && other.attrs.contains_key(attrs::ON_UPDATE));
    set.extend(others.map(|other| {
        let name = quote(&other.name);
        format!("{name} = {name}")
    }));
    set.join(", ")
}

/// A check that may refuse the value that such a column's NULL gets, and so must be dropped before.
pub(super) fn is_in_the_way(change: &ModifyTable, check: &Check) -> bool {
    let of_check = |(_, to): (&Column, &Column)| check.expr.contains(&quote(&to.name));
    !check.attrs.contains_key(attrs::NOT_ENFORCED)
        && change.changes.iter().filter_map(filled).any(of_check)
}

/// What the rows that are there have in new columns that take no NULL and say no default.
pub(super) fn warning(writer: &Writer<'_>, change: &ModifyTable) -> Option<String> {
    let table = named(&change.to.name);
    let said = change.changes.iter().filter_map(|one| {
        let TableChange::Column(Edit::Add(column)) = one else {
            return None;
        };
        let decides = column.nullable
            || column.default.is_some()
            || column.generated.is_some()
            || column.auto_increment
            || column.attrs.contains_key(attrs::ROW);
        if decides {
            return None;
        }
        let name = named(&column.name);
        Some(match types::implicit(&column.ty, writer.server.maria()) {
            Some(value) => {
                format!("rows of {table} table get {value} in {name} column, which has no default")
            }
            None => format!("fails if {table} table has rows: {name} column has no default"),
        })
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Functions that give another value at each call. MySQL takes no new column whose default has one, since it could not
/// repeat that on a replica; setting such a default is fine.
const VOLATILE: &[&str] = &[
    "uuid(",
    "uuid_short(",
    "rand(",
    "random_bytes(",
    "sysdate(",
    "user(",
    "connection_id(",
    "version(",
];

/// Takes such defaults off new columns, and says which they were. Until each row has its own value the column takes
/// NULL, and no key has it that asks for different ones: the second part is the change that makes up for both.
pub(super) fn late_defaults(
    writer: &Writer<'_>,
    change: &mut ModifyTable,
) -> (Vec<Column>, Option<ModifyTable>) {
    let mut late: Vec<Column> = Vec::new();
    let mut behind = Vec::new();
    if writer.server.maria() {
        return (late, None);
    }
    let to = change.to.clone();
    for one in &mut change.changes {
        if let TableChange::Column(Edit::Add(column)) = one
            && let Some(default) = &column.default
            && default.starts_with('(')
            && VOLATILE
                .iter()
                .any(|name| default.to_ascii_lowercase().contains(name))
        {
            let whole = column.clone();
            column.default = None;
            column.nullable = true;
            if !whole.nullable {
                behind.push(TableChange::Column(Edit::Modify {
                    from: column.clone(),
                    to: whole.clone(),
                }));
            }
            late.push(whole);
            for wanted in &mut change.to.columns {
                if wanted.name == column.name {
                    *wanted = column.clone();
                }
            }
        }
    }
    let has_late = |parts: &[KeyPart]| {
        parts.iter().any(|part| match &part.on {
            PartExpr::Column(name) => late.iter().any(|column| column.name == *name),
            PartExpr::Expr(expr) => late
                .iter()
                .any(|column| expr.contains(&quote(&column.name))),
        })
    };
    let is_key = |one: &TableChange| match one {
        TableChange::PrimaryKey(edit) => edit.to().is_some_and(|key| has_late(&key.parts)),
        TableChange::Index(edit) => edit
            .to()
            .is_some_and(|index| index.unique && has_late(&index.parts)),
        _ => false,
    };
    let keys = change.changes.iter().filter(|one| is_key(one));
    let old_parts = keys.filter_map(|one| match one {
        TableChange::PrimaryKey(edit) => edit.from().map(|key| key.parts.clone()),
        TableChange::Index(edit) => edit.from().map(|index| index.parts.clone()),
        _ => None,
    });
    let old_parts: Vec<KeyPart> = old_parts.flatten().collect();
    // A column goes with the key that has it.
    let goes = |one: &TableChange| match one {
        TableChange::Column(Edit::Drop(column)) => old_parts
            .iter()
            .any(|part| matches!(&part.on, PartExpr::Column(name) if *name == column.name)),
        _ => is_key(one),
    };
    let (keys, changes): (Vec<_>, Vec<_>) = std::mem::take(&mut change.changes)
        .into_iter()
        .partition(|one| goes(one));
    change.changes = changes;
    behind.extend(keys);
    let part = (!behind.is_empty()).then(|| ModifyTable {
        schema: change.schema.clone(),
        from: change.to.clone(),
        to,
        changes: behind,
    });
    (late, part)
}

/// Sets a default behind the column, and gives it to the rows that are there.
pub(super) fn late_default(
    writer: &Writer<'_>,
    change: &ModifyTable,
    column: &Column,
) -> Vec<Step> {
    let name = writer.name(&change.schema, &change.to.name);
    let quoted = quote(&column.name);
    let default = column.default.as_deref().unwrap_or_default();
    vec![
        Step::new(
            format!("ALTER TABLE {name} ALTER COLUMN {quoted} SET DEFAULT {default}"),
            format!("modify {} table", named(&change.to.name)),
        ),
        Step::new(
            format!("UPDATE {name} SET {}", set(column, "DEFAULT", &change.to)),
            format!(
                "set column {} of the rows in table: {}",
                named(&column.name),
                named(&change.to.name)
            ),
        ),
    ]
}
