//! Which states of a dev database are open, and over which connections: one waits here for those before it to end, and
//! nothing of a state that was dropped half way is still running when its database is cleaned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The states of one dev database.
#[derive(Debug, Default)]
pub(super) struct Turns {
    open: watch::Sender<BTreeSet<usize>>,
    connections: Mutex<BTreeMap<usize, String>>,
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
        self.open.send_modify(|open| {
            open.insert(number);
        });
        Turn {
            turns: Arc::clone(self),
            number,
        }
    }

    /// Whether some state is open.
    pub(super) fn any_open(&self) -> bool {
        !self.open.borrow().is_empty()
    }

    /// The connections of states that were never closed; they are forgotten.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let open = self.open.borrow().clone();
        let mut connections = self.connections();
        let gone = connections.extract_if(.., |number, _| !open.contains(number));
        gone.map(|(_, connection)| connection).collect()
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<usize, String>> {
        let connections = self.connections.lock();
        connections.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Says over which connection the state is reached.
    pub(super) fn connected(&self, connection: String) {
        self.turns.connections().insert(self.number, connection);
    }

    /// Waits until every state that was opened before this one has ended. States that were opened later wait for this
    /// one, so that no two wait for each other.
    pub(super) async fn first(&self) {
        let mut open = self.turns.open.subscribe();
        let number = self.number;
        // The sender lives as long as this value.
        let _ = open
            .wait_for(|open| open.range(..number).next().is_none())
            .await;
    }

    /// The state was closed in an orderly way.
    pub(super) fn finish(self) {
        self.turns.connections().remove(&self.number);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.open.send_modify(|open| {
            open.remove(&self.number);
        });
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
