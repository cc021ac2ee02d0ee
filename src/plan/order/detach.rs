//! Foreign keys that must be out of the way while tables change.

use std::collections::{BTreeMap, BTreeSet};

use super::{End, OrderRules, Ordered};
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::named::Named as _;
use crate::schema::{ForeignKey, KeyPart, ObjectName, PartExpr, Realm, Table};

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

/// Foreign keys of the current state that stand in the way of a table's change, with the index of that change.
///
/// Either a column on one of their ends changes to a type that can't be compared with the other end's, or the key that
/// they reference is replaced, or a table on one of their ends is remade or changes in a way that matters for the other.
pub(super) fn in_the_way(
    middle: &[Ordered],
    current: &Realm,
    rules: &OrderRules,
) -> Vec<(ObjectName, ForeignKey, usize)> {
    let modified: BTreeMap<ObjectName, (&ModifyTable, usize)> = middle
        .iter()
        .filter_map(|ordered| match &ordered.change {
            Change::ModifyTable(modify) => {
                Some((ordered.change.object(), (modify, ordered.origin)))
            }
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
    let unordered = |owner: &ObjectName, key: &ForeignKey| {
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
                    .or_else(|| place(&key.ref_table).filter(|_| unordered(&owner, key)))
                    .or_else(|| place(&owner).filter(|_| unordered(&owner, key)));
                if let Some(origin) = origin {
                    found.push((owner.clone(), key.clone(), origin));
                }
            }
        }
    }
    found
}

/// The tables whose changes must come before or behind those of the tables at the other end of their foreign keys.
pub(super) fn leading(middle: &[Ordered], rules: &OrderRules) -> BTreeMap<ObjectName, End> {
    let leads = |ordered: &Ordered| match &ordered.change {
        Change::ModifyTable(modify) => (rules.leads)(modify),
        _ => None,
    };
    middle
        .iter()
        .filter_map(|ordered| Some((ordered.change.object(), leads(ordered)?)))
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

/// Foreign keys to take out of their tables' changes.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// To drop before any table changes.
    pub(super) early: BTreeSet<Owned>,
    /// To add after all tables have changed.
    pub(super) late: BTreeSet<Owned>,
}

/// The parts of one change.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Moves ahead of all tables.
    pub(super) ahead: Option<Ordered>,
    /// Stays in its place.
    pub(super) stays: Option<Ordered>,
    /// Moves behind all tables.
    pub(super) behind: Option<Ordered>,
}

impl Split {
    /// Cuts one change. The parts are a chain: `from` and `to` of each are the table before and after it, so that each
    /// can be rendered and undone by itself.
    pub(super) fn cut(&self, ordered: Ordered) -> Parts {
        let owner = ordered.change.object();
        let origin = ordered.origin;
        let early = |key: &ForeignKey| self.early.contains(&(owner.clone(), key.into()));
        let late = |key: &ForeignKey| self.late.contains(&(owner.clone(), key.into()));
        match ordered.change {
            Change::AddTable { schema, table } => {
                let (behind, kept): (Vec<_>, Vec<_>) = table
                    .foreign_keys
                    .iter()
                    .cloned()
                    .partition(|key| late(key));
                let first = Table {
                    foreign_keys: kept,
                    ..table.clone()
                };
                let edits = behind.into_iter().map(Edit::Add).collect();
                let behind = keys_only(&schema, &first, &table, edits, origin);
                let change = Change::AddTable {
                    schema,
                    table: first,
                };
                Parts {
                    ahead: None,
                    stays: Some(Ordered { change, origin }),
                    behind,
                }
            }
            Change::DropTable { schema, table } => {
                let (ahead, kept): (Vec<_>, Vec<_>) = table
                    .foreign_keys
                    .iter()
                    .cloned()
                    .partition(|key| early(key));
                let rest = Table {
                    foreign_keys: kept,
                    ..table.clone()
                };
                let edits = ahead.into_iter().map(Edit::Drop).collect();
                let ahead = keys_only(&schema, &table, &rest, edits, origin);
                let change = Change::DropTable {
                    schema,
                    table: rest,
                };
                Parts {
                    ahead,
                    stays: Some(Ordered { change, origin }),
                    behind: None,
                }
            }
            Change::ModifyTable(modify) => cut_modify(modify, origin, &early, &late),
            change => Parts {
                stays: Some(Ordered { change, origin }),
                ..Parts::default()
            },
        }
    }
}

fn cut_modify(
    modify: ModifyTable,
    origin: usize,
    early: &dyn Fn(&ForeignKey) -> bool,
    late: &dyn Fn(&ForeignKey) -> bool,
) -> Parts {
    let (mut drops, mut adds, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for change in modify.changes {
        match change {
            TableChange::ForeignKey(Edit::Drop(key)) if early(&key) => drops.push(key),
            TableChange::ForeignKey(Edit::Add(key)) if late(&key) => adds.push(key),
            TableChange::ForeignKey(Edit::Modify { from, to }) if early(&from) || late(&to) => {
                drops.push(from);
                adds.push(to);
            }
            change => rest.push(change),
        }
    }
    let without = |table: &Table, keys: &[ForeignKey]| Table {
        foreign_keys: table
            .foreign_keys
            .iter()
            .filter(|key| !keys.contains(key))
            .cloned()
            .collect(),
        ..table.clone()
    };
    let dropped = without(&modify.from, &drops);
    let adding = without(&modify.to, &adds);
    let schema = modify.schema;
    let edits = drops.into_iter().map(Edit::Drop).collect();
    let ahead = keys_only(&schema, &modify.from, &dropped, edits, origin);
    let edits = adds.into_iter().map(Edit::Add).collect();
    let behind = keys_only(&schema, &adding, &modify.to, edits, origin);
    let modify = ModifyTable {
        schema,
        from: dropped,
        to: adding,
        changes: rest,
    };
    let stays = if modify.changes.is_empty() {
        None
    } else {
        Some(Ordered {
            change: Change::ModifyTable(modify),
            origin,
        })
    };
    Parts {
        ahead,
        stays,
        behind,
    }
}

/// A modification of a table's foreign keys alone; `None` when there are none.
fn keys_only(
    schema: &str,
    from: &Table,
    to: &Table,
    edits: Vec<Edit<ForeignKey>>,
    origin: usize,
) -> Option<Ordered> {
    (!edits.is_empty()).then(|| Ordered {
        change: Change::ModifyTable(ModifyTable {
            schema: schema.to_owned(),
            from: from.clone(),
            to: to.clone(),
            changes: edits.into_iter().map(TableChange::ForeignKey).collect(),
        }),
        origin,
    })
}
