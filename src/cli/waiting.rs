//! What a person sees and can do while a dev database opens: a spinner on a terminal, and Ctrl-C.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::signal::{Cancel, Interrupted};
use crate::engine::attend::{Activity, Attendant};

/// How long opening a dev database may go on after somebody asked to stop: dropped half way, it could leave things behind.
const OPENING: Duration = Duration::from_secs(3);
/// The same where something is known to be there that has to be removed.
const REMOVING: Duration = Duration::from_secs(30);

const TICK: Duration = Duration::from_millis(100);

/// Waits for a dev database.
pub(super) struct Waiting {
    cancel: Cancel,
    /// Whether messages go to a terminal on which a line can be drawn again and again.
    live: bool,
    quiet: bool,
    spinner: Mutex<Option<ProgressBar>>,
    starting: AtomicBool,
}

impl Waiting {
    pub(super) fn new(cancel: Cancel, live: bool, quiet: bool) -> Self {
        Self {
            cancel,
            live,
            quiet,
            spinner: Mutex::default(),
            starting: AtomicBool::new(false),
        }
    }

    /// Whether, and by whom, the command is asked to stop.
    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Waits until opening has gone on for too long after somebody asked to stop.
    pub(super) async fn out_of_patience(&self) -> Interrupted {
        let interrupted = self.cancel.requested().await;
        tokio::time::sleep(OPENING).await;
        if self.starting.load(Ordering::Relaxed) {
            tokio::time::sleep(REMOVING).await;
        }
        interrupted
    }

    /// Takes the spinner away.
    pub(super) fn over(&self) {
        if let Some(spinner) = self.spinner().take() {
            spinner.finish_and_clear();
        }
    }

    fn spinner(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.spinner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.over();
    }
}

#[async_trait]
impl Attendant for Waiting {
    fn tell(&self, activity: Activity<'_>) {
        if matches!(activity, Activity::Starting { .. }) {
            self.starting.store(true, Ordering::Relaxed);
        }
        if let Activity::Warning(warning) = activity
            && !self.quiet
        {
            self.over();
            let _ = writeln!(std::io::stderr(), "Warning: {warning}");
        }
        if !self.live || matches!(activity, Activity::Warning(_)) {
            return;
        }
        let mut spinner = self.spinner();
        let spinner = spinner.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // Without colours: it has none that could be turned off.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        spinner.set_message(text(activity));
    }

    async fn stopped(&self) {
        self.cancel.requested().await;
    }
}

fn text(activity: Activity<'_>) -> String {
    match activity {
        Activity::Pulling {
            image, total: 0, ..
        } => format!("Pulling {image}"),
        Activity::Pulling { image, done, total } => {
            format!(
                "Pulling {image}: {} of {} MB",
                megabytes(done),
                megabytes(total)
            )
        }
        Activity::Starting { image } => format!("Starting {image}"),
        Activity::Warning(warning) => warning.to_owned(),
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activities_are_told_in_a_line() {
        let pulling = |done, total| {
            text(Activity::Pulling {
                image: "engine:8",
                done,
                total,
            })
        };
        assert_eq!(pulling(0, 0), "Pulling engine:8");
        assert_eq!(
            pulling(1_500_000, 120_000_000),
            "Pulling engine:8: 2 of 120 MB"
        );
        assert_eq!(
            text(Activity::Starting { image: "engine:8" }),
            "Starting engine:8"
        );
    }
}
