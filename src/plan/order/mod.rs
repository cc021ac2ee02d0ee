//! The order of changes, and the splits that it needs: [`super`] tells how it comes about.

mod cascades;
mod hindering;
mod names;
mod needs;
mod part;
mod split;
mod texts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use crate::schema::change::{Change, Key, Kind, ModifyTable};
use crate::schema::{Column, EnumType, ForeignKey, ObjectName, Realm, Table, TextObject};
use needs::Need;
use part::{Part, Phase};
use split::{Owned, Split};
pub use texts::broken;

/// What an order has to mind; constants of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct OrderRules {
    /// Foreign keys are part of their table for good, and may be written before what they reference exists.
    pub forward_foreign_keys: bool,
    /// By foreign keys that hand changes on, a table may be reached in one way only.
    pub cascades_once: bool,
    /// What must have a name of its own in its schema, and not only in its table.
    pub schema_wide_names: &'static [NameKind],
    /// The attribute of a column that holds the name of its default, where that must have one of its own, too.
    pub default_name: Option<&'static str>,
    /// What has a name can be given another one without being made again.
    pub renames: bool,
    /// The tables that a table can't be without, other than by a foreign key.
    pub parents: fn(&Table) -> Vec<ObjectName>,
    /// A foreign key is in the way when one of its columns changes from the first form to the second.
    pub retype_needs_detach: fn(&Column, &Column) -> bool,
    /// All foreign keys from and to a table are in the way of this change of it.
    pub remade: fn(&ModifyTable) -> bool,
    /// The columns that go and come again in a table's change: a foreign key that refers to one is in the way.
    pub remade_columns: fn(&ModifyTable) -> BTreeSet<String>,
    /// The end of a foreign key that has to change first where both tables change in this way.
    pub leads: fn(&ModifyTable) -> Option<End>,
    /// What is kept as text.
    pub texts: TextRules,
}

/// How objects that are kept as text are made and changed.
#[derive(Clone, Copy, Debug)]
pub struct TextRules {
    /// Kinds that are planned: a definition is the statements that make the object.
    pub planned: &'static [&'static str],
    /// One statement makes the second of the first, whatever depends on it.
    pub replaces: fn(&TextObject, &TextObject) -> bool,
    /// The server holds on to what the definition refers to: while it stands, that can't be dropped.
    pub binds: fn(&TextObject) -> bool,
    /// A definition that refers to what goes is not replaced in its place, but made again.
    pub leans: fn(&TextObject) -> bool,
    /// The server holds on to a function that a table uses: it changes before the table does.
    pub held: bool,
    /// Columns whose change in a table is refused while a definition refers to them.
    pub hindering: fn(&ModifyTable) -> BTreeSet<String>,
    /// A type becomes another by being recreated, and all columns of it with it.
    pub remade: fn(&EnumType, &EnumType) -> bool,
}

impl TextRules {
    /// Whether an object can be made from its definition, and dropped. One that the user may not read is not a statement.
    pub fn plans(&self, object: &TextObject) -> bool {
        self.planned.contains(&&*object.kind)
            && object.definition.split(' ').next() == Some("CREATE")
    }

    /// Nothing is planned, and nothing in the way.
    pub const NONE: Self = Self {
        planned: &[],
        replaces: |_, _| false,
        binds: |_| false,
        leans: |object| !object.is_routine(),
        held: false,
        hindering: |_| BTreeSet::new(),
        remade: |_, _| false,
    };
}

/// An end of a foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The table that it is on.
    Referencing,
    /// The table that it refers to.
    Referenced,
}

/// What belongs to a table and has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// Index.
    Index,
    /// Primary key.
    PrimaryKey,
    /// Unique constraint.
    Unique,
    /// Foreign key.
    ForeignKey,
    /// Check constraint.
    Check,
    /// Other constraint.
    Constraint,
}

/// A change in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The change, or the part of one that stands here.
    pub change: Change,
    /// Index of the change that it is (part of).
    pub origin: usize,
}

/// Puts changes in an order in which each can run.
///
/// Every part of every change comes back exactly once. `current` is the whole state that the changes start from: it
/// holds the foreign keys that no change is about.
pub fn order(changes: &[Change], current: &Realm, rules: &OrderRules) -> Vec<Ordered> {
    let whole = changes.iter().cloned().enumerate();
    let mut whole: Vec<Part> = whole
        .map(|(origin, change)| Part::whole(change, origin))
        .collect();
    whole.sort_by_key(|part| preference(&part.change));
    texts::make_again(&mut whole, current, rules);
    let mut split = Split::default();
    if !rules.forward_foreign_keys {
        hindering::take_out(&mut whole, current, rules, &mut split);
    }
    if rules.cascades_once {
        cascades::make_way(&whole, current, &mut split);
    }
    let taken: BTreeSet<names::SchemaWide> = whole
        .iter()
        .flat_map(|part| names::of(&part.change, rules).taken)
        .collect();
    split.free_indexes(&whole, &taken, rules);
    let order = loop {
        let graph = graph(&whole, current, rules, &split);
        let (order, circles) = graph.sort();
        if !split.open(&circles) {
            break order;
        }
    };
    // Where foreign keys are there for good, circles of them stay closed.
    let skipped = match rules.forward_foreign_keys {
        true => split.keep_keys(),
        false => split.only_forgotten(),
    };
    let mut spares = names::spares(current, &whole);
    let mut spare = || spares.next().filter(|_| rules.renames);
    let mut parts = Vec::new();
    for part in take(whole, &order) {
        split.cut(part, &mut spare, &mut parts);
    }
    parts.sort_by_key(|part| {
        let freed = names::of(&part.change, rules).freed;
        match part.change.is_drop() && !freed.is_disjoint(&taken) {
            true => ((None, Some(part.change.kind())), Phase::FreeNames),
            false => (place(&part.change), part.phase),
        }
    });
    let (order, _) = graph(&parts, current, rules, &skipped).sort();
    let ordered = |Part { change, origin, .. }| Ordered { change, origin };
    take(parts, &order).into_iter().map(ordered).collect()
}

/// Where a change stands if nothing speaks against it: kinds are made in their order and dropped in the opposite one.
fn place(change: &Change) -> (Option<Reverse<Kind>>, Option<Kind>) {
    match change.is_drop() {
        true => (Some(Reverse(change.kind())), None),
        false => (None, Some(change.kind())),
    }
}

/// The same of whole changes: what exists is modified before something new is made. Enumerated types have their order by
/// name: one that is recreated takes along what other columns share with those of the next.
fn preference(change: &Change) -> impl Ord + use<> {
    let is_new = matches!(change, Change::AddTable { .. });
    let name = matches!(change, Change::Enum { .. }).then(|| change.object());
    (place(change), is_new, name)
}

/// Why something must come before something else.
enum Why {
    /// The one can't be without the other.
    Need,
    /// The first drops a foreign key to the second, which can be dropped before all.
    Drops(Owned),
    /// The second adds a foreign key to the first, which can be added behind all.
    Adds(Owned),
    /// The second takes a name that the first sets free, which can be done before all.
    Frees(names::SchemaWide),
    /// The first of these seems to depend on the second, and may not.
    Mentions(Key, Key),
}

/// What must come before what. Parts of one thing keep their order; what a split takes out is not waited for.
fn graph(changes: &[Part], current: &Realm, rules: &OrderRules, split: &Split) -> Graph<Why> {
    let mut graph = Graph::new(changes.len());
    let mut places: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    let mut freed: BTreeMap<names::SchemaWide, usize> = BTreeMap::new();
    let mut taken = Vec::new();
    for (place, Part { change, .. }) in changes.iter().enumerate() {
        let parts = places.entry(change.key()).or_default();
        if let Some(before) = parts.last() {
            // What is kept as text is dropped before it is made again, wherever that stands in the list.
            match matches!(change, Change::Text(_)) && change.is_drop() {
                true => graph.must(place).before(*before, Why::Need),
                false => graph.must(*before).before(place, Why::Need),
            }
        }
        parts.push(place);
        let names = names::of(change, rules);
        freed.extend(names.freed.into_iter().map(|name| (name, place)));
        taken.push(names.taken);
    }
    texts::wait(changes, current, rules, split, &mut graph);
    let sequences = needs::sequences(changes);
    let at = |key: &Key| places.get(key).into_iter().flatten().copied();
    let modify = |place: usize| changes[place].change.as_modify();
    let main = |place: &usize| changes[*place].phase == Phase::Main;
    for (place, Part { change, .. }) in changes.iter().enumerate() {
        let own = change.key();
        for name in std::mem::take(&mut taken[place]) {
            match freed.get(&name) {
                Some(first) if !split.frees(&name) && changes[*first].change.key() != own => {
                    graph.must(*first).before(place, Why::Frees(name));
                }
                _ => {}
            }
        }
        let owned = |key: &ForeignKey| -> Owned { (own.name.clone(), key.into()) };
        let [was, is] = needs::of(change, rules, &sequences);
        for need in &is {
            match need {
                Need::Object(key) | Need::Parent(key) => {
                    let there = |first: &usize| main(first) && !changes[*first].change.is_drop();
                    for first in at(key).filter(|first| main(&place) && there(first)) {
                        graph.must(first).before(place, Why::Need);
                    }
                }
                Need::ForeignKey(key) if split.has(&owned(key)) => {}
                Need::ForeignKey(key) => {
                    let waits = |first: &usize| match &changes[*first].change {
                        Change::AddTable { .. } => true,
                        Change::ModifyTable(modify) => {
                            hindering::key_made(modify, &key.ref_columns)
                                || (rules.remade)(modify)
                                || (rules.leads)(modify) == Some(End::Referenced)
                        }
                        _ => false,
                    };
                    for first in at(&Key::table(&key.ref_table)).filter(waits) {
                        graph.must(first).before(place, Why::Adds(owned(key)));
                    }
                }
            }
        }
        for need in &was {
            match need {
                Need::Object(key) | Need::Parent(key) => {
                    for other in at(key).filter(|other| main(&place) && main(other)) {
                        let stays = matches!(change, Change::ModifyTable(_));
                        let leaves = stays && matches!(need, Need::Parent(_)) && !is.contains(need);
                        match changes[other].change.is_drop() || leaves {
                            true => graph.must(place).before(other, Why::Need),
                            false if is.contains(need) => {}
                            false => graph.must(other).before(place, Why::Need),
                        }
                    }
                }
                Need::ForeignKey(key) if split.has(&owned(key)) => {}
                Need::ForeignKey(key) => {
                    let gone = |other: &usize| changes[*other].change.is_drop();
                    for other in at(&Key::table(&key.ref_table)).filter(gone) {
                        graph.must(place).before(other, Why::Drops(owned(key)));
                    }
                }
            }
        }
        let Some((modified, end)) =
            modify(place).and_then(|modify| Some((modify, (rules.leads)(modify)?)))
        else {
            continue;
        };
        let keys = modified.from.foreign_keys.iter();
        for key in keys.filter(|key| !split.drops(&owned(key))) {
            let alike = |other: &usize| modify(*other).and_then(rules.leads) == Some(end);
            for other in at(&Key::table(&key.ref_table)).filter(alike) {
                match end {
                    End::Referenced => graph.must(other).before(place, Why::Need),
                    End::Referencing => graph.must(place).before(other, Why::Need),
                }
            }
        }
    }
    graph
}

fn take(items: Vec<Part>, order: &[usize]) -> Vec<Part> {
    let mut items: Vec<Option<Part>> = items.into_iter().map(Some).collect();
    let order = order.iter();
    order.filter_map(|&place| items[place].take()).collect()
}

#[cfg(test)]
mod tests;
