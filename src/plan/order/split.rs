//! What is taken out of changes so that they have an order, and the parts that they fall into.

use std::collections::BTreeSet;

use super::names::{self, SchemaWide};
use super::part::{Part, Phase};
use super::{NameKind, OrderRules, Why};
use crate::schema::change::{Change, Edit, Key, ModifyTable, TableChange};
use crate::schema::{ForeignKey, ObjectName, Table};

/// A foreign key and the table that has it; names of foreign keys may be missing, so it is known by its whole form.
pub(super) type Owned = (ObjectName, ForeignKeyId);

/// What tells a foreign key from its siblings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ForeignKeyId(Option<String>, Vec<String>, ObjectName, Vec<String>);

impl From<&ForeignKey> for ForeignKeyId {
    fn from(key: &ForeignKey) -> Self {
        Self(
            key.name.clone(),
            key.columns.clone(),
            key.ref_table.clone(),
            key.ref_columns.clone(),
        )
    }
}

/// What to take out of the changes of tables.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// Foreign keys to drop before any table changes.
    early: BTreeSet<Owned>,
    /// Foreign keys to add after all tables have changed.
    late: BTreeSet<Owned>,
    /// Names to set free before they are taken.
    names: BTreeSet<SchemaWide>,
    /// Mentions that are taken for nothing more.
    forgotten: BTreeSet<(Key, Key)>,
}

impl Split {
    /// Drops a foreign key early; one that stays comes back late.
    pub(super) fn drop_early(&mut self, owner: &ObjectName, key: &ForeignKey) {
        self.early.insert((owner.clone(), key.into()));
    }

    /// Adds a foreign key late.
    pub(super) fn add_late(&mut self, owner: &ObjectName, key: &ForeignKey) {
        self.late.insert((owner.clone(), key.into()));
    }

    /// The foreign key is dropped early or added late.
    pub(super) fn has(&self, key: &Owned) -> bool {
        self.drops(key) || self.late.contains(key)
    }

    /// The foreign key is dropped early.
    pub(super) fn drops(&self, key: &Owned) -> bool {
        self.early.contains(key)
    }

    /// The name is set free early.
    pub(super) fn frees(&self, name: &SchemaWide) -> bool {
        self.names.contains(name)
    }

    /// The one is taken not to depend on the other, although it mentions it.
    pub(super) fn forgets(&self, one: &Key, other: &Key) -> bool {
        self.forgotten.contains(&(one.clone(), other.clone()))
    }

    /// What it forgets, and nothing to take out.
    pub(super) fn only_forgotten(&self) -> Self {
        Self {
            forgotten: self.forgotten.clone(),
            ..Self::default()
        }
    }

    /// Sets the names of indexes free that go with their tables and are taken elsewhere.
    pub(super) fn free_indexes(
        &mut self,
        changes: &[Part],
        taken: &BTreeSet<SchemaWide>,
        rules: &OrderRules,
    ) {
        if !rules.schema_wide_names.contains(&NameKind::Index) {
            return;
        }
        for part in changes {
            if let Change::DropTable { schema, table } = &part.change {
                let indexes = table.indexes.iter();
                let names = indexes.map(|index| names::schema_wide(schema, &index.name));
                self.names.extend(names.filter(|name| taken.contains(name)));
            }
        }
    }

    /// Opens circles; `false` where nothing more can be taken out of them.
    ///
    /// A foreign key can always be taken out: that which closed the circle, or else the first. Names are exchanged before
    /// it is known which foreign keys are in a circle still.
    pub(super) fn open(&mut self, circles: &[Vec<&Why>]) -> bool {
        let key = |why: &&&Why| matches!(why, Why::Drops(_) | Why::Adds(_));
        let (keys, others): (Vec<_>, Vec<_>) = circles
            .iter()
            .partition(|circle| circle.iter().any(|why| key(&why)));
        let mut found = false;
        for circle in circles {
            let mention = circle.iter().find_map(|why| match why {
                Why::Mentions(one, other) => Some((one.clone(), other.clone())),
                _ => None,
            });
            found |= mention.is_some_and(|mention| self.forgotten.insert(mention));
        }
        if found {
            return true;
        }
        for circle in others {
            let name = circle.iter().find_map(|why| match why {
                Why::Frees(name) => Some(name.clone()),
                _ => None,
            });
            found |= name.is_some_and(|name| self.names.insert(name));
        }
        if found {
            return true;
        }
        for circle in keys {
            match circle
                .last()
                .filter(key)
                .or_else(|| circle.iter().find(key))
            {
                Some(Why::Drops(key)) => found |= self.early.insert(key.clone()),
                Some(Why::Adds(key)) => found |= self.late.insert(key.clone()),
                _ => {}
            }
        }
        found
    }

    /// Leaves all foreign keys where they are, and gives those that were to be taken out.
    pub(super) fn keep_keys(&mut self) -> Self {
        Self {
            early: std::mem::take(&mut self.early),
            late: std::mem::take(&mut self.late),
            names: BTreeSet::new(),
            forgotten: self.forgotten.clone(),
        }
    }

    /// Cuts one change. The parts are a chain: `from` and `to` of each are the table before and after it, so that each
    /// can be rendered and undone by itself. What only gets another name is given a `spare` one in between, or dropped
    /// where there is none.
    pub(super) fn cut(
        &self,
        whole: Part,
        spare: &mut dyn FnMut() -> Option<String>,
        found: &mut Vec<Part>,
    ) {
        let Part { change, origin, .. } = whole;
        let owner = change.object();
        let early = |key: &ForeignKey| self.early.contains(&(owner.clone(), key.into()));
        let late = |key: &ForeignKey| self.late.contains(&(owner.clone(), key.into()));
        let frees = |name: &str| {
            self.names
                .contains(&names::schema_wide(&owner.schema, name))
        };
        let add = |key| TableChange::ForeignKey(Edit::Add(key));
        let drop = |key| TableChange::ForeignKey(Edit::Drop(key));
        let mut parts = Parts { origin, found };
        match change {
            Change::AddTable { schema, table } => {
                let keys = table.foreign_keys.iter().cloned();
                let (adds, kept): (Vec<_>, _) = keys.partition(|key| late(key));
                let first = Table {
                    foreign_keys: kept,
                    ..table.clone()
                };
                parts.push(
                    Phase::Main,
                    Change::AddTable {
                        schema: schema.clone(),
                        table: first.clone(),
                    },
                );
                let adds = adds.into_iter().map(add).collect();
                parts.modify(Phase::AddKeys, &schema, first, table, adds);
            }
            Change::DropTable { schema, table } => {
                let keys = table.foreign_keys.iter().cloned();
                let (drops, kept): (Vec<_>, _) = keys.partition(|key| early(key));
                let indexes = table.indexes.iter().cloned();
                let (freed, left): (Vec<_>, _) = indexes.partition(|index| frees(&index.name));
                let unbound = Table {
                    foreign_keys: kept,
                    ..table.clone()
                };
                let rest = Table {
                    indexes: left,
                    ..unbound.clone()
                };
                let drops = drops.into_iter().map(drop).collect();
                parts.modify(Phase::DropKeys, &schema, table, unbound.clone(), drops);
                let freed = freed.into_iter().map(Edit::Drop).map(TableChange::Index);
                parts.modify(
                    Phase::FreeNames,
                    &schema,
                    unbound,
                    rest.clone(),
                    freed.collect(),
                );
                parts.push(
                    Phase::Main,
                    Change::DropTable {
                        schema,
                        table: rest,
                    },
                );
            }
            Change::ModifyTable(modify) => {
                let (mut drops, mut adds, mut rest) = (Vec::new(), Vec::new(), Vec::new());
                for change in modify.changes {
                    match change {
                        TableChange::ForeignKey(Edit::Drop(key)) if early(&key) => drops.push(key),
                        TableChange::ForeignKey(Edit::Add(key)) if late(&key) => adds.push(key),
                        TableChange::ForeignKey(Edit::Modify { from, to })
                            if early(&from) || late(&to) =>
                        {
                            drops.push(from);
                            adds.push(to);
                        }
                        change => rest.push(change),
                    }
                }
                let unbound = without(&modify.from, &drops);
                let done = without(&modify.to, &adds);
                let (free, first, second) = names::free_first(&unbound, rest, &frees, spare);
                let (schema, from, to) = (&modify.schema, modify.from, modify.to);
                let drops = drops.into_iter().map(drop).collect();
                parts.modify(Phase::DropKeys, schema, from, unbound.clone(), drops);
                parts.modify(Phase::FreeNames, schema, unbound, free.clone(), first);
                parts.modify(Phase::Main, schema, free, done.clone(), second);
                let adds = adds.into_iter().map(add).collect();
                parts.modify(Phase::AddKeys, schema, done, to, adds);
            }
            change => parts.push(Phase::Main, change),
        }
    }
}

/// The parts of one change.
struct Parts<'p> {
    origin: usize,
    found: &'p mut Vec<Part>,
}

impl Parts<'_> {
    fn push(&mut self, phase: Phase, change: Change) {
        self.found.push(Part {
            change,
            phase,
            origin: self.origin,
        });
    }

    /// Adds a modification of the table, unless nothing is to change.
    fn modify(
        &mut self,
        phase: Phase,
        schema: &str,
        from: Table,
        to: Table,
        changes: Vec<TableChange>,
    ) {
        if !changes.is_empty() {
            let modify = ModifyTable {
                schema: schema.to_owned(),
                from,
                to,
                changes,
            };
            self.push(phase, Change::ModifyTable(modify));
        }
    }
}

fn without(table: &Table, keys: &[ForeignKey]) -> Table {
    let mut table = table.clone();
    table.foreign_keys.retain(|key| !keys.contains(key));
    table
}
