//! Foreign keys that hand changes on, where the server takes none by which a table is reached in two ways: those that go
//! make way for those that come.

use std::collections::BTreeSet;

use super::part::Part;
use super::split::Split;
use crate::schema::change::Change;
use crate::schema::named::Named as _;
use crate::schema::{Action, ForeignKey, ObjectName, Realm, Table};

/// A foreign key, its table, and the change that it comes or goes with.
type Moved<'a> = (usize, ObjectName, &'a ForeignKey);

fn hands_on(key: &&ForeignKey) -> bool {
    key.on_delete != Action::NoAction || key.on_update != Action::NoAction
}

/// Keys of a table that hand changes on, and that its other form does not have.
fn only<'a>(table: Option<&'a Table>, other: Option<&Table>) -> Vec<&'a ForeignKey> {
    let keys = |table: Option<&'a Table>| table.map_or(&[][..], |one| &one.foreign_keys);
    let others = other.map_or(&[][..], |one| &one.foreign_keys);
    let stays = |key: &ForeignKey| others.iter().any(|one| one.same_but_for_name(key));
    let own = keys(table).iter().filter(hands_on);
    own.filter(|key| !stays(key)).collect()
}

/// Drops keys early that could be in the way of one that another change adds.
pub(super) fn make_way(changes: &[Part], current: &Realm, split: &mut Split) {
    let (mut gone, mut new): (Vec<Moved<'_>>, Vec<Moved<'_>>) = (Vec::new(), Vec::new());
    for (place, part) in changes.iter().enumerate() {
        let owner = part.change.object();
        let (from, to) = match &part.change {
            Change::AddTable { table, .. } => (None, Some(table)),
            Change::DropTable { table, .. } => (Some(table), None),
            Change::ModifyTable(modify) => (Some(&modify.from), Some(&modify.to)),
            _ => continue,
        };
        gone.extend(
            only(from, to)
                .into_iter()
                .map(|key| (place, owner.clone(), key)),
        );
        new.extend(
            only(to, from)
                .into_iter()
                .map(|key| (place, owner.clone(), key)),
        );
    }
    if gone.is_empty() || new.is_empty() {
        return;
    }
    let mut links: Vec<(ObjectName, ObjectName)> = Vec::new();
    for schema in &current.schemas {
        for table in &schema.tables {
            let keys = table.foreign_keys.iter().filter(hands_on);
            let owner = ObjectName::new(&schema.name, &table.name);
            links.extend(keys.map(|key| (owner.clone(), key.ref_table.clone())));
        }
    }
    links.extend(
        new.iter()
            .map(|(_, owner, key)| (owner.clone(), key.ref_table.clone())),
    );
    for (place, owner, _) in &new {
        let near = linked(owner, &links);
        for (other, from, key) in &gone {
            if other != place && near.contains(from) {
                split.drop_early(from, key);
            }
        }
    }
}

/// The tables that a table is linked to, over others as well.
fn linked<'a>(
    start: &'a ObjectName,
    links: &'a [(ObjectName, ObjectName)],
) -> BTreeSet<&'a ObjectName> {
    let mut found = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for (one, other) in links {
            let next = match at {
                _ if one == at => other,
                _ if other == at => one,
                _ => continue,
            };
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}
