//! SIGINT, SIGTERM and SIGHUP: the first one asks everything to stop and clean up, a later one ends it at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal as Handler, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::pipeline::{Cancel, Interrupted};

/// Two signals closer than this are one wish: terminals and supervisors send several.
const SAME: Duration = Duration::from_millis(500);

/// Signals that the process gets.
pub(super) struct Signals {
    pub(super) cancel: Cancel,
    insisted: watch::Receiver<Option<u8>>,
}

impl Signals {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on.
    pub(super) fn listen() -> io::Result<Self> {
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
        Ok(Self {
            cancel: Cancel::new(asked),
            insisted,
        })
    }

    /// Waits for the second signal.
    pub(super) async fn insisted(&self) -> Interrupted {
        Cancel::new(self.insisted.clone()).requested().await
    }
}

/// Signals that the parent process wants ignored (`nohup`, a shell's background job), as bits from 1; none where the
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
