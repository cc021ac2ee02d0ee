//! Servers that only this run knows, whatever they run in.

use async_trait::async_trait;

use super::EngineError;

/// A server that this run started. Its owner stops it.
#[async_trait]
pub trait PrivateServer: Send {
    /// Ends the server, and waits until nothing is left of it.
    async fn stop(self: Box<Self>) -> Result<(), EngineError>;
}
