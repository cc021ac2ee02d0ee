//! Whoever waits while a dev database opens: hears of progress, and may cancel.

use async_trait::async_trait;

/// A slow stage of opening a dev database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// An image is fetched.
    Pulling {
        image: &'a str,
        /// Bytes that are here.
        done: u64,
        /// Bytes that are known of; 0 as long as none are.
        total: u64,
    },
    /// A server starts. From here on something may exist that has to be removed again.
    Starting { image: &'a str },
}

/// The caller that opens a dev database.
#[async_trait]
pub trait Attendant: Send + Sync {
    /// Hears of progress.
    fn tell(&self, progress: Progress<'_>);

    /// Returns when the database is no longer wanted: opening it then ends soon, with an error, and leaves nothing.
    async fn stopped(&self);
}

/// Hears nothing and waits for ever: for tests, and for jobs, which nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

#[async_trait]
impl Attendant for Unattended {
    fn tell(&self, _activity: Progress<'_>) {}

    async fn stopped(&self) {
        std::future::pending::<()>().await;
    }
}
