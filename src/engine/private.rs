//! Servers that only this run knows, whatever they run in: waiting for one, and ending it.

use async_trait::async_trait;

use super::EngineError;

/// What an attempt to reach a starting server found.
#[derive(Debug)]
pub enum Probe<T> {
    /// It is there.
    Ready(T),
    /// Not yet, and why.
    NotYet(String),
    /// It never will be.
    Failed(EngineError),
}

/// A server that this run started. Whoever holds it ends it.
#[async_trait]
pub trait PrivateServer: Send {
    /// Ends the server, and waits until nothing is left of it.
    ///
    /// # Errors
    /// When something is.
    async fn stop(self: Box<Self>) -> Result<(), EngineError>;
}
