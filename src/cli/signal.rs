//! Ctrl-C and its kin: the first one asks everything to stop and clean up, a later one ends it at once.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal as Handler, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

/// Two signals closer than this are one wish: terminals and supervisors send several.
const SAME: Duration = Duration::from_millis(500);

/// A command was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted(
    /// The signal's number.
    pub u8,
);

/// Tells whether somebody wants the command to stop.
#[derive(Clone, Debug)]
pub struct Cancel {
    asked: watch::Receiver<Option<u8>>,
    insisted: watch::Receiver<Option<u8>>,
}

impl Cancel {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on.
    ///
    /// # Errors
    /// When the system refuses handlers.
    pub fn listen() -> io::Result<Self> {
        let (ask, asked) = watch::channel(None);
        let (insist, insisted) = watch::channel(None);
        let ignored = ignored();
        let handler = |kind: SignalKind| match ignored >> (kind.as_raw_value() - 1) & 1 {
            0 => signal(kind).map(Some),
            _ => Ok(None),
        };
        let mut interrupt = handler(SignalKind::interrupt())?;
        let mut terminate = handler(SignalKind::terminate())?;
        let mut hangup = handler(SignalKind::hangup())?;
        tokio::spawn(async move {
            let mut first: Option<Instant> = None;
            loop {
                let number = tokio::select! {
                    () = receive(&mut interrupt) => 2,
                    () = receive(&mut terminate) => 15,
                    () = receive(&mut hangup) => 1,
                };
                match first {
                    None => {
                        first = Some(Instant::now());
                        ask.send_replace(Some(number));
                    }
                    Some(at) if at.elapsed() >= SAME => {
                        insist.send_replace(Some(number));
                    }
                    Some(_) => {}
                }
            }
        });
        Ok(Self { asked, insisted })
    }

    /// Nobody ever asks: for tests and for callers without a terminal.
    pub fn never() -> Self {
        let (_, asked) = watch::channel(None);
        Self {
            insisted: asked.clone(),
            asked,
        }
    }

    /// Waits until the command is asked to stop.
    pub async fn requested(&self) -> Interrupted {
        Interrupted(wait(self.asked.clone()).await)
    }

    /// Waits until somebody insists.
    pub async fn insisted(&self) -> Interrupted {
        Interrupted(wait(self.insisted.clone()).await)
    }

    /// Whether the command was asked to stop.
    pub fn check(&self) -> Result<(), Interrupted> {
        match *self.asked.borrow() {
            Some(number) => Err(Interrupted(number)),
            None => Ok(()),
        }
    }

    /// Runs something that can be dropped at any moment, until it ends or the command is asked to stop.
    ///
    /// # Errors
    /// When the command was asked to stop.
    pub async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            interrupted = self.requested() => Err(interrupted),
            done = work => Ok(done),
        }
    }
}

/// Signals that whoever started us wants ignored (`nohup`, a shell's background job), as bits from 1; none where the
/// system does not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

async fn receive(handler: &mut Option<Handler>) {
    match handler {
        Some(handler) => {
            handler.recv().await;
        }
        None => std::future::pending().await,
    }
}

async fn wait(mut channel: watch::Receiver<Option<u8>>) -> u8 {
    match channel.wait_for(Option::is_some).await.map(|seen| *seen) {
        Ok(Some(number)) => number,
        // The sender is gone: nobody can ask any more.
        _ => std::future::pending().await,
    }
}
