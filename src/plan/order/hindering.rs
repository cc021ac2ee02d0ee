//! Foreign keys that must be out of the way while tables change.

use std::collections::{BTreeMap, BTreeSet};

use super::part::Part;
use super::split::Split;
use super::{End, OrderRules};
use crate::schema::change::{Change, Edit, Key, ModifyTable, TableChange};
use crate::schema::named::Named as _;
use crate::schema::{ForeignKey, KeyPart, ObjectName, PartExpr, Realm};

/// Takes out the foreign keys that stand in the way of a change wherever it comes: they are dropped early, and those that
/// stay come back late.
///
/// A new one waits for both its tables where the order of their changes matters, and for its own where that is remade.
pub(super) fn take_out(
    changes: &mut Vec<Part>,
    current: &Realm,
    rules: &OrderRules,
    split: &mut Split,
) {
    let leading = leading(changes, rules);
    for part in changes.iter() {
        let Change::ModifyTable(modify) = &part.change else {
            continue;
        };
        let owner = part.change.object();
        let waits = (rules.remade)(modify) || leading.contains_key(&owner);
        for change in &modify.changes {
            if let TableChange::ForeignKey(edit) = change
                && let Some(key) = edit.to()
                && (waits || leading.contains_key(&key.ref_table))
            {
                split.add_late(&owner, key);
            }
        }
    }
    let changed = changes.iter().enumerate();
    let changed: BTreeMap<Key, usize> = changed
        .map(|(place, part)| (part.change.key(), place))
        .collect();
    let mut more: BTreeMap<ObjectName, usize> = BTreeMap::new();
    let mut unchanged: Vec<Part> = Vec::new();
    for (owner, key, origin) in in_the_way(changes, current, rules) {
        split.drop_early(&owner, &key);
        let same = TableChange::ForeignKey(Edit::Modify {
            from: key.clone(),
            to: key.clone(),
        });
        let own = match (changed.get(&Key::table(&owner)), more.get(&owner)) {
            (Some(place), _) => &mut changes[*place].change,
            (None, Some(place)) => &mut unchanged[*place].change,
            (None, None) => {
                let Some(table) = current.table(&owner) else {
                    continue;
                };
                let change = Change::ModifyTable(ModifyTable {
                    schema: owner.schema.clone(),
                    from: table.clone(),
                    to: table.clone(),
                    changes: vec![same],
                });
                more.insert(owner, unchanged.len());
                unchanged.push(Part::whole(change, origin));
                continue;
            }
        };
        match own {
            Change::ModifyTable(modify) if modify.to.foreign_keys.contains(&key) => {
                modify.changes.push(same);
            }
            _ => {}
        }
    }
    let drops = changes.partition_point(|part| !part.change.is_drop());
    changes.splice(drops..drops, unchanged);
}

/// Foreign keys of the current state that stand in the way of a table's change, with the index of that change.
///
/// Either a column on one of their ends changes to a type that can't be compared with the other end's, or the key that
/// they reference is replaced, or a table on one of their ends is remade or changes in a way that matters for the other.
fn in_the_way(
    middle: &[Part],
    current: &Realm,
    rules: &OrderRules,
) -> Vec<(ObjectName, ForeignKey, usize)> {
    let modified: BTreeMap<ObjectName, (&ModifyTable, usize)> = middle
        .iter()
        .filter_map(|part| match &part.change {
            Change::ModifyTable(modify) => Some((part.change.object(), (modify, part.origin))),
            _ => None,
        })
        .collect();
    let leading = leading(middle, rules);
    let stays = |owner: &ObjectName, key: &ForeignKey| {
        let modify = modified.get(owner).map(|(modify, _)| modify);
        modify.is_some_and(|modify| modify.to.foreign_keys.contains(key))
    };
    // Who is referenced by whom, where both change in such a way.
    let mut referenced: BTreeMap<&ObjectName, Vec<&ObjectName>> = BTreeMap::new();
    for owner in leading.keys() {
        let keys = modified.get(owner).map(|(modify, _)| &modify.from);
        for key in keys.into_iter().flat_map(|table| &table.foreign_keys) {
            if key.ref_table != *owner && stays(owner, key) {
                referenced.entry(owner).or_default().push(&key.ref_table);
            }
        }
    }
    let unpart = |owner: &ObjectName, key: &ForeignKey| {
        let ends = (leading.get(owner), leading.get(&key.ref_table));
        *owner != key.ref_table
            && match ends {
                (None, None) => false,
                _ if !stays(owner, key) => true,
                (Some(_), Some(_)) => reaches(&referenced, &key.ref_table, owner),
                _ => false,
            }
    };
    let mut found = Vec::new();
    for schema in &current.schemas {
        for table in &schema.tables {
            let owner = ObjectName::new(&schema.name, &table.name);
            for key in &table.foreign_keys {
                let hindered = |end: &ObjectName, columns: &[String], is_referenced: bool| {
                    let (modify, origin) = modified.get(end)?;
                    let remade = |columns: &[String]| {
                        let remade = (rules.remade_columns)(modify);
                        columns.iter().any(|name| remade.contains(name))
                    };
                    let hinders = retyped(modify, columns, rules)
                        || (is_referenced && (key_replaced(modify, columns) || remade(columns)))
                        || (rules.remade)(modify);
                    hinders.then_some(*origin)
                };
                let place = |end: &ObjectName| modified.get(end).map(|(_, origin)| *origin);
                let origin = hindered(&owner, &key.columns, false)
                    .or_else(|| hindered(&key.ref_table, &key.ref_columns, true))
                    .or_else(|| place(&key.ref_table).filter(|_| unpart(&owner, key)))
                    .or_else(|| place(&owner).filter(|_| unpart(&owner, key)));
                if let Some(origin) = origin {
                    found.push((owner.clone(), key.clone(), origin));
                }
            }
        }
    }
    found
}

/// The tables whose changes must come before or behind those of the tables at the other end of their foreign keys.
fn leading(middle: &[Part], rules: &OrderRules) -> BTreeMap<ObjectName, End> {
    let leads = |part: &Part| match &part.change {
        Change::ModifyTable(modify) => (rules.leads)(modify),
        _ => None,
    };
    middle
        .iter()
        .filter_map(|part| Some((part.change.object(), leads(part)?)))
        .collect()
}

/// There is a way from one table to another.
fn reaches(
    ways: &BTreeMap<&ObjectName, Vec<&ObjectName>>,
    from: &ObjectName,
    to: &ObjectName,
) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        let next = ways.get(at).into_iter().flatten();
        open.extend(next.copied().filter(|next| seen.insert(next)));
    }
    false
}

/// One of these columns changes to a form that does not go with a foreign key on it.
fn retyped(modify: &ModifyTable, columns: &[String], rules: &OrderRules) -> bool {
    columns.iter().any(
        |name| match (modify.from.column(name), modify.to.column(name)) {
            (Some(from), Some(to)) => (rules.retype_needs_detach)(from, to),
            _ => false,
        },
    )
}

/// The primary key, unique constraint or unique index on exactly these columns goes or is recreated.
fn key_replaced(modify: &ModifyTable, columns: &[String]) -> bool {
    modify.changes.iter().any(|change| match change {
        TableChange::PrimaryKey(edit) => edit.from().is_some_and(|from| {
            covers(&from.parts, columns)
                && !edit
                    .to()
                    .is_some_and(|to| to.parts == from.parts && to.attrs == from.attrs)
        }),
        TableChange::Unique(edit) => edit.from().is_some_and(|from| {
            covers(&from.parts, columns)
                && !edit
                    .to()
                    .is_some_and(|to| to.parts == from.parts && to.attrs == from.attrs)
        }),
        TableChange::Index(edit) => edit.from().is_some_and(|from| {
            from.unique
                && covers(&from.parts, columns)
                && !edit.to().is_some_and(|to| to.same_but_for_name(from))
        }),
        _ => false,
    })
}

/// The change makes a key on exactly these columns, or makes or changes one of the columns.
pub(super) fn key_made(modify: &ModifyTable, columns: &[String]) -> bool {
    modify.changes.iter().any(|change| match change {
        TableChange::Column(edit) => edit.to().is_some_and(|to| columns.contains(&to.name)),
        TableChange::PrimaryKey(edit) => edit.to().is_some_and(|to| covers(&to.parts, columns)),
        TableChange::Unique(edit) => edit.to().is_some_and(|to| covers(&to.parts, columns)),
        TableChange::Index(edit) => edit.to().is_some_and(|to| {
            to.unique
                && covers(&to.parts, columns)
                && !edit.from().is_some_and(|from| from.same_but_for_name(to))
        }),
        _ => false,
    })
}

fn covers(parts: &[KeyPart], columns: &[String]) -> bool {
    let wanted: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let parts: Option<BTreeSet<&str>> = parts
        .iter()
        .map(|part| match &part.on {
            PartExpr::Column(name) => Some(name.as_str()),
            PartExpr::Expr(_) => None,
        })
        .collect();
    parts.is_some_and(|parts| parts == wanted)
}
