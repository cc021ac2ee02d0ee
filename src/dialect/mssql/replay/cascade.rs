//! Foreign keys that hand changes on: the server takes none by which a change would reach a table twice.

use std::collections::BTreeMap;

use crate::schema::{Action, ForeignKey, ObjectName};

use super::State;

/// What a key does when what it refers to goes, or changes.
type Does = fn(&ForeignKey) -> Action;

impl State {
    /// Whether a change of one table reaches another in two ways, or itself, once `owner` has the key.
    pub(super) fn reaches_twice(&self, owner: &ObjectName, key: &ForeignKey) -> bool {
        let does: [Does; 2] = [|key| key.on_delete, |key| key.on_update];
        does.into_iter()
            .filter(|does| does(key) != Action::NoAction)
            .any(|does| {
                let mut reached: BTreeMap<ObjectName, Vec<(ObjectName, Action)>> = BTreeMap::new();
                let all = self.tables().flat_map(|(name, table)| {
                    table
                        .foreign_keys
                        .iter()
                        .map(move |key| (name.clone(), key))
                });
                for (name, key) in all.chain([(owner.clone(), key)]) {
                    if does(key) != Action::NoAction {
                        reached
                            .entry(key.ref_table.clone())
                            .or_default()
                            .push((name, does(key)));
                    }
                }
                let starts: Vec<&ObjectName> = reached.keys().collect();
                starts.into_iter().any(|start| twice(&reached, start))
            })
    }
}

/// Whether what starts here comes to a table twice. Only what is handed on goes further.
fn twice(reached: &BTreeMap<ObjectName, Vec<(ObjectName, Action)>>, start: &ObjectName) -> bool {
    let mut seen = vec![start];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for (next, action) in reached.get(at).into_iter().flatten() {
            if seen.contains(&next) {
                return true;
            }
            seen.push(next);
            if *action == Action::Cascade {
                open.push(next);
            }
        }
    }
    false
}
