//! Which states of a dev database are open, and over which connections: one waits here for those before it to end, and
//! nothing of a state that was dropped half way is still running when its database is cleaned.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

/// The states of one dev database, in the order in which they were opened.
#[derive(Debug, Default)]
pub(super) struct Turns(watch::Sender<BTreeMap<usize, Entry>>);

#[derive(Debug)]
struct Entry {
    open: bool,
    connection: String,
}

/// The turn of one state; dropping it ends it.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    number: usize,
}

impl Turns {
    /// A turn after all that were taken before.
    pub(super) fn take(self: &Arc<Self>, number: usize) -> Turn {
        self.0.send_modify(|states| {
            let connection = String::new();
            let open = true;
            states.insert(number, Entry { open, connection });
        });
        Turn {
            turns: Arc::clone(self),
            number,
        }
    }

    /// Whether some state is open.
    pub(super) fn any_open(&self) -> bool {
        self.0.borrow().values().any(|state| state.open)
    }

    /// The connections of states that were never closed; they are forgotten.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let mut gone = Vec::new();
        self.0.send_modify(|states| {
            let dropped = states.extract_if(.., |_, state| !state.open);
            gone.extend(dropped.map(|(_, state)| state.connection));
        });
        gone.retain(|connection| !connection.is_empty());
        gone
    }
}

impl Turn {
    fn modify(&self, change: impl FnOnce(&mut Entry)) {
        let turns = &self.turns.0;
        turns.send_modify(|states| _ = states.get_mut(&self.number).map(change));
    }

    /// Says over which connection the state is reached.
    pub(super) fn connected(&self, connection: String) {
        self.modify(|state| state.connection = connection);
    }

    /// Waits until every state that was opened before this one has ended. States that were opened later wait for this
    /// one, so that no two wait for each other.
    pub(super) async fn first(&self) {
        let mut states = self.turns.0.subscribe();
        let number = self.number;
        // The sender lives as long as this value.
        let _ = states
            .wait_for(|states| states.range(..number).all(|(_, state)| !state.open))
            .await;
    }

    /// The state was closed in an orderly way.
    pub(super) fn finish(self) {
        self.modify(|state| state.connection.clear());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.modify(|state| state.open = false);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_state_waits_for_those_before_it_only() {
        let turns = Arc::<Turns>::default();
        let (one, two) = (turns.take(1), turns.take(2));
        one.first().await;
        let early = tokio::time::timeout(Duration::from_millis(20), two.first()).await;
        assert!(early.is_err());
        drop(one);
        two.first().await;
        assert!(turns.any_open());
        drop(two);
        assert!(!turns.any_open());
    }

    #[test]
    fn connections_of_dropped_states_are_known() {
        let turns = Arc::<Turns>::default();
        let (one, two, three) = (turns.take(1), turns.take(2), turns.take(3));
        for (turn, connection) in [(&one, "11"), (&two, "12"), (&three, "13")] {
            turn.connected(connection.to_owned());
        }
        one.finish();
        drop(two);
        assert_eq!(turns.unfinished(), ["12"]);
        assert!(turns.unfinished().is_empty());
        drop(three);
        assert_eq!(turns.unfinished(), ["13"]);
    }
}
