//! Foreign keys that hand changes on: the server takes none by which a change would reach a table twice.

use crate::schema::{Action, ForeignKey, ObjectName, Table};

use super::State;
use super::store::Key;

/// What a key does when what it refers to goes, or changes.
type Does = fn(&ForeignKey) -> Action;

/// The keys of a database, with those of a table that is being changed.
struct Ways<'a> {
    state: &'a State,
    owner: Key,
    keys: Vec<&'a ForeignKey>,
    does: Does,
}

impl State {
    /// Whether a change of one table reaches another in two ways, or itself, once `table` has the key.
    pub(super) fn reaches_twice(
        &self,
        owner: &ObjectName,
        table: &Table,
        key: &ForeignKey,
    ) -> bool {
        let does: [Does; 2] = [|key| key.on_delete, |key| key.on_update];
        let mut does = does
            .into_iter()
            .filter(|does| does(key) != Action::NoAction);
        does.any(|does| {
            let ways = Ways {
                state: self,
                owner: Key::of(owner),
                keys: table.foreign_keys.iter().chain([key]).collect(),
                does,
            };
            let mut starts = ways.before(Key::of(&key.ref_table)).into_iter();
            starts.any(|start| ways.twice(start))
        })
    }
}

impl Ways<'_> {
    /// A table, and those whose changes are handed on to it.
    fn before(&self, table: Key) -> Vec<Key> {
        let mut seen = vec![table];
        let mut next = 0;
        while let Some(at) = seen.get(next).cloned() {
            next += 1;
            let keys = match at == self.owner {
                true => self.keys.clone(),
                false => {
                    let table = self.state.store.table(&at);
                    table
                        .into_iter()
                        .flat_map(|one| &one.foreign_keys)
                        .collect()
                }
            };
            for key in keys {
                let to = Key::of(&key.ref_table);
                if (self.does)(key) == Action::Cascade && !seen.contains(&to) {
                    seen.push(to);
                }
            }
        }
        seen
    }

    /// Whether what starts here comes to a table twice. Only what is handed on goes further.
    fn twice(&self, start: Key) -> bool {
        let mut seen = vec![start.clone()];
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let others = self.state.store.referring(&at);
            let others = others.filter(|(name, ..)| **name != self.owner);
            let others = others.map(|(name, _, key)| (name, key));
            let own = self.keys.iter().filter(|key| Key::of(&key.ref_table) == at);
            for (next, key) in others.chain(own.map(|key| (&self.owner, *key))) {
                let action = (self.does)(key);
                if action == Action::NoAction {
                    continue;
                }
                if seen.contains(next) {
                    return true;
                }
                seen.push(next.clone());
                if action == Action::Cascade {
                    open.push(next.clone());
                }
            }
        }
        false
    }
}
