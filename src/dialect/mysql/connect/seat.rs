//! Which states a dev database holds right now, and over which connections, so that one state can wait for the others to
//! end and nothing of a state that was dropped half way is still running when its database is cleaned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The states of one dev database.
#[derive(Debug)]
pub(super) struct Seats {
    open: watch::Sender<BTreeSet<usize>>,
    connections: Mutex<BTreeMap<usize, String>>,
}

/// The place of one state; dropping it gives it up.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: usize,
}

impl Seats {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            open: watch::Sender::new(BTreeSet::new()),
            connections: Mutex::new(BTreeMap::new()),
        })
    }

    /// A place for a state, after all that were taken before.
    pub(super) fn take(self: &Arc<Self>, number: usize) -> Seat {
        self.open.send_modify(|open| {
            open.insert(number);
        });
        Seat {
            seats: Arc::clone(self),
            number,
        }
    }

    /// Whether some state is open.
    pub(super) fn any_open(&self) -> bool {
        !self.open.borrow().is_empty()
    }

    /// The connections of states that were never closed, as far as they are known; they are forgotten.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let open = self.open.borrow().clone();
        let mut connections = self.connections();
        let gone: Vec<usize> = connections
            .keys()
            .copied()
            .filter(|number| !open.contains(number))
            .collect();
        gone.iter()
            .filter_map(|number| connections.remove(number))
            .collect()
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<usize, String>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Says over which connection the state is reached.
    pub(super) fn connected(&self, connection: &str) {
        self.seats
            .connections()
            .insert(self.number, connection.to_owned());
    }

    /// Waits until every state that was opened before this one has ended. States that were opened later wait for this
    /// one, so that no two wait for each other.
    pub(super) async fn first(&self) {
        let mut open = self.seats.open.subscribe();
        let number = self.number;
        // The sender lives as long as this value.
        let _ = open
            .wait_for(|open| open.range(..number).next().is_none())
            .await;
    }

    /// The state was closed in an orderly way.
    pub(super) fn finish(self) {
        self.seats.connections().remove(&self.number);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.open.send_modify(|open| {
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
        let seats = Seats::new();
        let (one, two) = (seats.take(1), seats.take(2));
        one.first().await;
        let early = tokio::time::timeout(Duration::from_millis(20), two.first()).await;
        assert!(early.is_err());
        drop(one);
        two.first().await;
        assert!(seats.any_open());
        drop(two);
        assert!(!seats.any_open());
    }

    #[test]
    fn connections_of_dropped_states_are_known() {
        let seats = Seats::new();
        let (one, two, three) = (seats.take(1), seats.take(2), seats.take(3));
        for (seat, connection) in [(&one, "11"), (&two, "12"), (&three, "13")] {
            seat.connected(connection);
        }
        one.finish();
        drop(two);
        assert_eq!(seats.unfinished(), ["12"]);
        assert!(seats.unfinished().is_empty());
        drop(three);
        assert_eq!(seats.unfinished(), ["13"]);
    }
}
