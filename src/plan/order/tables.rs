//! The order of changes to tables.

use std::collections::{BTreeMap, BTreeSet};

use super::detach::{Split, in_the_way, key_made, leading};
use super::{End, NameKind, OrderRules, Ordered, names};
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{ForeignKey, ObjectName, Realm};

/// Orders additions and modifications (`middle`) and drops of tables, splitting them where that is needed.
pub(super) fn order(
    mut middle: Vec<Ordered>,
    drops: Vec<Ordered>,
    current: &Realm,
    rules: &OrderRules,
) -> Vec<Ordered> {
    // What exists is modified before something new is made, unless a new foreign key wants it the other way round.
    middle.sort_by_key(|ordered| matches!(ordered.change, Change::AddTable { .. }));
    let mut split = Split::default();
    if !rules.forward_foreign_keys {
        free_hindering_keys(&mut middle, &drops, current, rules, &mut split);
        for ordered in &middle {
            if matches!(&ordered.change, Change::ModifyTable(modify) if (rules.remade)(modify)) {
                let keys = added_keys(&ordered.change).into_iter();
                let owner = ordered.change.object();
                split
                    .late
                    .extend(keys.map(|key| (owner.clone(), key.into())));
            }
        }
    }
    let early = name_circles(&middle, rules, &split);
    let middle = by_dependency(middle, rules, &early, &mut split);
    let drops = drops_by_dependency(drops, rules, &mut split);
    let (freeing, hoisted, drops) = free_names(&middle, drops, rules, &mut split);

    if rules.forward_foreign_keys {
        split = Split::default();
    }
    let mut spares = names::spares(current, &middle);
    let mut ahead = freeing;
    let mut freed_early = Vec::new();
    let mut stays = Vec::new();
    let mut behind = Vec::new();
    for ordered in hoisted.into_iter().chain(middle).chain(drops) {
        let parts = split.cut(ordered);
        ahead.extend(parts.ahead);
        behind.extend(parts.behind);
        match parts.stays {
            Some(Ordered {
                change: Change::ModifyTable(modify),
                origin,
            }) => {
                let mut spare = || spares.next().filter(|_| rules.renames);
                let [first, rest] = names::free_first(modify, &early, &mut spare);
                let part = |modify: ModifyTable| {
                    (!modify.changes.is_empty()).then_some(Ordered {
                        change: Change::ModifyTable(modify),
                        origin,
                    })
                };
                freed_early.extend(part(first));
                stays.extend(part(rest));
            }
            whole => stays.extend(whole),
        }
    }
    ahead.extend(freed_early);
    // Foreign keys come back before tables go: a dropped table is never referenced by one that is added.
    let at = stays
        .iter()
        .rposition(|ordered: &Ordered| !matches!(ordered.change, Change::DropTable { .. }))
        .map_or(0, |last| last + 1);
    stays.splice(at..at, behind);
    ahead.extend(stays);
    ahead
}

/// Marks foreign keys that stand in the way of a change to be dropped early; those that stay come back late.
///
/// A new one waits for both its tables where the order of their changes matters.
fn free_hindering_keys(
    middle: &mut Vec<Ordered>,
    drops: &[Ordered],
    current: &Realm,
    rules: &OrderRules,
    split: &mut Split,
) {
    let leading: BTreeSet<ObjectName> = leading(middle, rules).into_keys().collect();
    for ordered in middle.iter() {
        let owner = ordered.change.object();
        if let Change::ModifyTable(_) = &ordered.change {
            let keys = added_keys(&ordered.change).into_iter();
            let keys =
                keys.filter(|key| leading.contains(&owner) || leading.contains(&key.ref_table));
            split
                .late
                .extend(keys.map(|key| (owner.clone(), key.into())));
        }
    }
    for (owner, key, hindered) in in_the_way(middle, current, rules) {
        split.early.insert((owner.clone(), (&key).into()));
        if drops.iter().any(|drop| drop.change.object() == owner) {
            continue;
        }
        let same = Edit::Modify {
            from: key.clone(),
            to: key.clone(),
        };
        let own = middle
            .iter_mut()
            .find_map(|ordered| match &mut ordered.change {
                Change::ModifyTable(modify)
                    if modify.schema == owner.schema && modify.to.name == owner.name =>
                {
                    Some(modify)
                }
                _ => None,
            });
        match own {
            Some(modify) if modify.to.foreign_keys.contains(&key) => {
                modify.changes.push(TableChange::ForeignKey(same));
            }
            Some(_) => {}
            None => {
                let Some(table) = current.table(&owner) else {
                    continue;
                };
                let change = Change::ModifyTable(ModifyTable {
                    schema: owner.schema.clone(),
                    from: table.clone(),
                    to: table.clone(),
                    changes: vec![TableChange::ForeignKey(same)],
                });
                middle.push(Ordered {
                    change,
                    origin: hindered,
                });
            }
        }
    }
}

/// The foreign keys that a change adds.
fn added_keys(change: &Change) -> Vec<&ForeignKey> {
    match change {
        Change::AddTable { table, .. } => table.foreign_keys.iter().collect(),
        Change::ModifyTable(modify) => modify
            .changes
            .iter()
            .filter_map(|change| match change {
                TableChange::ForeignKey(edit) => edit.to(),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// By name of a table, where its change stands.
fn places(changes: &[Ordered]) -> BTreeMap<ObjectName, usize> {
    changes
        .iter()
        .enumerate()
        .map(|(index, ordered)| (ordered.change.object(), index))
        .collect()
}

/// For each change the places of those that must come before it, other than for a new foreign key: of the tables that it
/// can't be without, of those that leave it or lead it, and with its name of what it takes.
fn firm_needs(
    middle: &[Ordered],
    rules: &OrderRules,
    split: &Split,
) -> Vec<Vec<(usize, Option<names::SchemaWide>)>> {
    let places = places(middle);
    let names: Vec<names::Names> = middle
        .iter()
        .map(|ordered| names::of(&ordered.change, rules))
        .collect();
    let mut freed_by: BTreeMap<&names::SchemaWide, usize> = BTreeMap::new();
    for (index, names) in names.iter().enumerate() {
        freed_by.extend(names.freed.iter().map(|name| (name, index)));
    }
    // A child leaves its parent before that changes.
    let mut left_by: BTreeMap<&ObjectName, Vec<usize>> = BTreeMap::new();
    let left: Vec<(usize, ObjectName)> = middle
        .iter()
        .enumerate()
        .flat_map(|(index, ordered)| {
            let Change::ModifyTable(modify) = &ordered.change else {
                return Vec::new();
            };
            let stays = (rules.parents)(&modify.to);
            let mut left = (rules.parents)(&modify.from);
            left.retain(|parent| !stays.contains(parent));
            left.into_iter().map(|parent| (index, parent)).collect()
        })
        .collect();
    for (index, parent) in &left {
        left_by.entry(parent).or_default().push(*index);
    }
    let of = |(index, (ordered, names)): (usize, (&Ordered, &names::Names))| {
        let leaders = leaders(middle, index, rules, split).into_iter();
        let leaders = leaders.map(|leader| (leader, None));
        let left_by = left_by.get(&ordered.change.object());
        let leaving = left_by.into_iter().flatten().map(|child| (*child, None));
        let taken = names.taken.iter().filter_map(|name| {
            let place = freed_by.get(name)?;
            Some((*place, Some(name.clone())))
        });
        let parents = match &ordered.change {
            Change::AddTable { table, .. } => (rules.parents)(table),
            Change::ModifyTable(modify) => (rules.parents)(&modify.to),
            _ => Vec::new(),
        };
        let parents = parents.iter().filter_map(|parent| places.get(parent));
        let parents = parents.map(|place| (*place, None));
        let tables = parents.chain(leaving).chain(leaders);
        taken.chain(tables).collect()
    };
    middle.iter().zip(&names).enumerate().map(of).collect()
}

/// Names to set free before anything else, since each of some tables takes what another one has.
fn name_circles(
    middle: &[Ordered],
    rules: &OrderRules,
    split: &Split,
) -> BTreeSet<names::SchemaWide> {
    let firm = firm_needs(middle, rules, split);
    let mut early: BTreeSet<names::SchemaWide> = BTreeSet::new();
    loop {
        let waits = |need: &&(usize, Option<names::SchemaWide>)| {
            need.1.as_ref().is_none_or(|name| !early.contains(name))
        };
        let needs = |index: usize| -> Vec<Need<'_>> {
            let needs = firm[index].iter().filter(waits);
            needs.map(|(place, _)| (*place, None)).collect()
        };
        let mut found = BTreeSet::new();
        depth_first(middle.len(), &needs, |path, _| {
            let next = path.iter().skip(1).chain(path.first());
            found.extend(path.iter().zip(next).find_map(|((index, _), (needed, _))| {
                let mut needs = firm[*index].iter().filter(waits);
                needs.find_map(|(place, name)| name.clone().filter(|_| place == needed))
            }));
        });
        if found.is_empty() {
            return early;
        }
        early.extend(found);
    }
}

/// Sorts so that what is referenced comes before what references it; a foreign key that closes a circle is added late.
fn by_dependency(
    middle: Vec<Ordered>,
    rules: &OrderRules,
    early: &BTreeSet<names::SchemaWide>,
    split: &mut Split,
) -> Vec<Ordered> {
    let places = places(&middle);
    let firm = firm_needs(&middle, rules, split);
    let needs = |index: usize| -> Vec<Need<'_>> {
        let waits = firm[index]
            .iter()
            .filter(|(_, name)| name.as_ref().is_none_or(|name| !early.contains(name)));
        let mut needs: Vec<_> = waits.map(|(place, _)| (*place, None)).collect();
        let owner = middle[index].change.object();
        for key in added_keys(&middle[index].change) {
            let owned = (owner.clone(), key.into());
            if split.early.contains(&owned) || split.late.contains(&owned) {
                continue;
            }
            let Some(&referenced) = places.get(&key.ref_table) else {
                continue;
            };
            let needed = match &middle[referenced].change {
                Change::AddTable { .. } => true,
                Change::ModifyTable(modify) => {
                    key_made(modify, &key.ref_columns)
                        || (rules.remade)(modify)
                        || (rules.leads)(modify) == Some(End::Referenced)
                }
                _ => false,
            };
            if needed && referenced != index {
                needs.push((referenced, Some(key)));
            }
        }
        needs
    };
    let (order, circular) = without_circles(middle.len(), &needs);
    for (index, key) in circular {
        split
            .late
            .insert((middle[index].change.object(), key.into()));
    }
    take(middle, &order)
}

/// The changes that lead one by a foreign key that stays where it is.
fn leaders(middle: &[Ordered], index: usize, rules: &OrderRules, split: &Split) -> Vec<usize> {
    let modify = |index: usize| match &middle[index].change {
        Change::ModifyTable(modify) => Some((modify, (rules.leads)(modify)?)),
        _ => None,
    };
    let refers = |from: &ModifyTable, to: &ModifyTable| {
        let owner = ObjectName::new(&from.schema, &from.to.name);
        let referenced = ObjectName::new(&to.schema, &to.to.name);
        from.from.foreign_keys.iter().any(|key| {
            key.ref_table == referenced && !split.early.contains(&(owner.clone(), key.into()))
        })
    };
    let Some((this, end)) = modify(index) else {
        return Vec::new();
    };
    let leads = |other: &usize| {
        modify(*other).is_some_and(|(other, its)| {
            its == end
                && match end {
                    End::Referenced => refers(this, other),
                    End::Referencing => refers(other, this),
                }
        })
    };
    (0..middle.len())
        .filter(|other| *other != index)
        .filter(leads)
        .collect()
}

/// Sorts so that what references comes before what is referenced; a foreign key that closes a circle goes early.
fn drops_by_dependency(drops: Vec<Ordered>, rules: &OrderRules, split: &mut Split) -> Vec<Ordered> {
    let keys = |index: usize| match &drops[index].change {
        Change::DropTable { table, .. } => table.foreign_keys.as_slice(),
        _ => &[],
    };
    let places = places(&drops);
    let mut referenced_by: Vec<Vec<Need<'_>>> = vec![Vec::new(); drops.len()];
    for (index, drop) in drops.iter().enumerate() {
        if let Change::DropTable { table, .. } = &drop.change {
            let parents = (rules.parents)(table);
            for parent in parents.iter().filter_map(|parent| places.get(parent)) {
                referenced_by[*parent].push((index, None));
            }
        }
        for key in keys(index) {
            match places.get(&key.ref_table) {
                Some(&referenced) if referenced != index => {
                    referenced_by[referenced].push((index, Some(key)));
                }
                _ => {}
            }
        }
    }
    let (order, circular) = without_circles(drops.len(), &|index| referenced_by[index].clone());
    // The key that closes a circle belongs to the table on its far end: find it by what it references.
    let circular: BTreeSet<&ForeignKey> = circular.into_iter().map(|(_, key)| key).collect();
    for (index, drop) in drops.iter().enumerate() {
        for key in keys(index).iter().filter(|key| circular.contains(key)) {
            split.early.insert((drop.change.object(), key.into()));
        }
    }
    take(drops, &order)
}

/// What must come first, and the foreign key that wants it so; a need without one can't be put off.
type Need<'a> = (usize, Option<&'a ForeignKey>);

/// An order in which everything comes after what it needs, and the needs that it leaves out, by who has them: a foreign key
/// that closes a circle can be put off. What is no foreign key can't, so a foreign key elsewhere in its circle is.
fn without_circles<'a>(
    count: usize,
    needs: &dyn Fn(usize) -> Vec<Need<'a>>,
) -> (Vec<usize>, BTreeSet<(usize, &'a ForeignKey)>) {
    let mut left_out: BTreeSet<(usize, &ForeignKey)> = BTreeSet::new();
    loop {
        let needs = |index: usize| -> Vec<Need<'a>> {
            let mut needs = needs(index);
            needs.retain(|(_, key)| key.is_none_or(|key| !left_out.contains(&(index, key))));
            needs
        };
        let mut closing = BTreeSet::new();
        let mut again = false;
        let order = depth_first(count, &needs, |path, key| {
            let last = path.last().map_or(0, |(index, _)| *index);
            let on_path = || {
                path.windows(2)
                    .find_map(|pair| pair[1].1.map(|key| (pair[0].0, key)))
            };
            again |= key.is_none() && on_path().is_some();
            closing.extend(key.map(|key| (last, key)).or_else(on_path));
        });
        left_out.extend(closing);
        if !again {
            return (order, left_out);
        }
    }
}

/// Visits everything once, what it needs first. A need that closes a circle is reported with the path from what is needed
/// to what needs it, each with the foreign key by which it was reached.
fn depth_first<'a>(
    count: usize,
    needs: &dyn Fn(usize) -> Vec<Need<'a>>,
    mut circular: impl FnMut(&[Need<'a>], Option<&'a ForeignKey>),
) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; count];
    let mut order = Vec::with_capacity(count);
    for start in 0..count {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        // An explicit stack: a chain of a few thousand tables must not overflow the thread's.
        let mut path: Vec<Need<'a>> = vec![(start, None)];
        let mut rests = vec![needs(start).into_iter()];
        while let Some(rest) = rests.last_mut() {
            match rest.next() {
                Some((needed, key)) => match states[needed] {
                    State::New => {
                        states[needed] = State::Open;
                        path.push((needed, key));
                        rests.push(needs(needed).into_iter());
                    }
                    State::Open => {
                        let from = path.iter().position(|(index, _)| *index == needed);
                        circular(&path[from.unwrap_or(0)..], key);
                    }
                    State::Done => {}
                },
                None => {
                    rests.pop();
                    if let Some((index, _)) = path.pop() {
                        states[index] = State::Done;
                        order.push(index);
                    }
                }
            }
        }
    }
    order
}

fn take(items: Vec<Ordered>, order: &[usize]) -> Vec<Ordered> {
    let mut items: Vec<Option<Ordered>> = items.into_iter().map(Some).collect();
    order
        .iter()
        .filter_map(|&index| items[index].take())
        .collect()
}

/// Frees names that a dropped table has and a new one wants: an index is dropped ahead of its table; for a constraint the
/// table itself goes ahead, and foreign keys on it before that.
///
/// Returns the drops of indexes, the tables that go ahead, and the other tables.
fn free_names(
    middle: &[Ordered],
    drops: Vec<Ordered>,
    rules: &OrderRules,
    split: &mut Split,
) -> (Vec<Ordered>, Vec<Ordered>, Vec<Ordered>) {
    let wanted: BTreeSet<names::SchemaWide> = middle
        .iter()
        .flat_map(|ordered| names::of(&ordered.change, rules).taken)
        .collect();
    let (mut freeing, mut hoisted, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for mut ordered in drops {
        let Change::DropTable { schema, table } = &ordered.change else {
            continue;
        };
        if rules.schema_wide_names.contains(&NameKind::Index) {
            let (changes, without) = names::free_indexes(schema, table, &wanted);
            if !changes.is_empty() {
                let modify = ModifyTable {
                    schema: schema.clone(),
                    from: table.clone(),
                    to: without.clone(),
                    changes,
                };
                freeing.push(Ordered {
                    change: Change::ModifyTable(modify),
                    origin: ordered.origin,
                });
                ordered.change = Change::DropTable {
                    schema: schema.clone(),
                    table: without,
                };
            }
        }
        if names::of(&ordered.change, rules).freed.is_disjoint(&wanted) {
            rest.push(ordered);
        } else {
            hoisted.push(ordered);
        }
    }
    let gone: BTreeSet<ObjectName> = hoisted
        .iter()
        .map(|ordered| ordered.change.object())
        .collect();
    for ordered in middle.iter().chain(&rest) {
        let owner = ordered.change.object();
        let before = match &ordered.change {
            Change::ModifyTable(modify) => &modify.from,
            Change::DropTable { table, .. } => table,
            _ => continue,
        };
        for key in before
            .foreign_keys
            .iter()
            .filter(|key| gone.contains(&key.ref_table))
        {
            split.early.insert((owner.clone(), key.into()));
        }
    }
    (freeing, hoisted, rest)
}
