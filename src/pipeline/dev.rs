//! Opens a dev database for a run, and closes it on every path.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{Cancel, Context, Interrupted, PipelineError};
use crate::engine::DevDatabase;
use crate::engine::attend::{Attendant, Progress, Unattended};

/// How long opening a dev database may continue after a request to stop: aborted half way, it could leave a container or a
/// database behind.
const OPENING: Duration = Duration::from_secs(3);
/// The same where something is known to be there that has to be removed.
const REMOVING: Duration = Duration::from_secs(30);

/// The listener that hears what a run waits for.
pub trait Listener: Send + Sync {
    /// Hears of progress while a dev database opens.
    fn tell(&self, progress: Progress<'_>);

    /// Hears how many of several databases were looked at.
    fn looked(&self, _done: usize, _of: usize) {}

    /// Hears how many of several databases were migrated.
    fn migrated(&self, _done: usize, _of: usize) {}

    /// Hears that nothing is waited for any more.
    fn over(&self) {}
}

impl Listener for Unattended {
    fn tell(&self, _activity: Progress<'_>) {}
}

/// Opens a dev database, works with it until done or asked to stop, and closes it on every path.
pub(super) async fn with_dev<T>(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&mut dyn DevDatabase) -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    let Context {
        dialect,
        dev: url,
        listener,
        cancel,
        ..
    } = context;
    tracing::info!(%url, "opening the dev database");
    let opening = Opening {
        listener: *listener,
        cancel,
        starting: AtomicBool::new(false),
    };
    let opened = tokio::select! {
        opened = dialect.open_dev(url, &opening) => Ok(opened),
        interrupted = opening.out_of_patience() => Err(interrupted),
    };
    listener.over();
    let mut dev = match opened? {
        Ok(dev) => dev,
        Err(error) => {
            // An engine that stopped because it was asked to has nothing else to say.
            cancel.check()?;
            return Err(error.into());
        }
    };
    let done = match cancel.race(work(&mut *dev)).await {
        Ok(done) => done,
        Err(interrupted) => Err(interrupted.into()),
    };
    tracing::debug!("closing the dev database");
    let closed = dev.close().await;
    match (done, closed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(error.into()),
        (Err(error), Ok(())) => Err(error),
        (Err(error), Err(second)) => {
            tracing::warn!("the dev database could not be left as it was found: {second}");
            Err(error)
        }
    }
}

/// Attends a dev database that opens.
struct Opening<'a> {
    listener: &'a dyn Listener,
    cancel: &'a Cancel,
    starting: AtomicBool,
}

impl Opening<'_> {
    /// Waits until opening has gone on for too long after somebody asked to stop.
    async fn out_of_patience(&self) -> Interrupted {
        let interrupted = self.cancel.requested().await;
        tokio::time::sleep(OPENING).await;
        if self.starting.load(Ordering::Relaxed) {
            tokio::time::sleep(REMOVING).await;
        }
        interrupted
    }
}

#[async_trait]
impl Attendant for Opening<'_> {
    fn tell(&self, progress: Progress<'_>) {
        if matches!(progress, Progress::Starting { .. }) {
            self.starting.store(true, Ordering::Relaxed);
        }
        self.listener.tell(progress);
    }

    async fn stopped(&self) {
        self.cancel.requested().await;
    }
}
