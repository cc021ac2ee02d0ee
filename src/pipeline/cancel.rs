//! Whether somebody wants a run to stop.

use std::future::Future;

use tokio::sync::watch;

/// A run was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted(
    /// The signal's number.
    pub u8,
);

/// Tells whether somebody wants the run to stop.
#[derive(Clone, Debug)]
pub struct Cancel {
    asked: watch::Receiver<Option<u8>>,
}

impl Cancel {
    /// The requester sends the signal's number.
    pub fn new(asked: watch::Receiver<Option<u8>>) -> Self {
        Self { asked }
    }

    /// Never cancelled: for tests and callers without a terminal.
    pub fn never() -> Self {
        Self::new(watch::channel(None).1)
    }

    /// Waits until the run is asked to stop.
    pub async fn requested(&self) -> Interrupted {
        let mut asked = self.asked.clone();
        match asked.wait_for(Option::is_some).await.map(|seen| *seen) {
            Ok(Some(number)) => Interrupted(number),
            // The sender is gone, so that nothing can be cancelled any more.
            _ => std::future::pending().await,
        }
    }

    /// Whether the run was asked to stop.
    pub fn check(&self) -> Result<(), Interrupted> {
        match *self.asked.borrow() {
            Some(number) => Err(Interrupted(number)),
            None => Ok(()),
        }
    }

    /// Runs something that can be dropped at any moment, until it ends or the run is asked to stop.
    pub async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            interrupted = self.requested() => Err(interrupted),
            done = work => Ok(done),
        }
    }
}
