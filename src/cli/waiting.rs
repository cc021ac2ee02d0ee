//! What a person sees while a dev database opens: a spinner on a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::attend::Progress;
use crate::pipeline::Listener;

const TICK: Duration = Duration::from_millis(100);

/// Shows what is waited for.
pub(super) struct Waiting {
    /// Whether messages go to a terminal on which a line can be drawn again and again.
    live: bool,
    spinner: Mutex<Option<ProgressBar>>,
}

impl Waiting {
    pub(super) fn new(live: bool) -> Self {
        Self {
            live,
            spinner: Mutex::default(),
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

impl Waiting {
    fn show(&self, text: String) {
        if !self.live {
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
        spinner.set_message(text);
    }
}

impl Listener for Waiting {
    fn tell(&self, progress: Progress<'_>) {
        self.show(text(progress));
    }

    fn looked(&self, done: usize, of: usize) {
        if of > 1 {
            self.show(format!("Looking at databases: {done} of {of}"));
        }
    }

    fn migrated(&self, done: usize, of: usize) {
        self.show(format!("Migrating databases: {done} of {of}"));
    }

    fn over(&self) {
        if let Some(spinner) = self.spinner().take() {
            spinner.finish_and_clear();
        }
    }
}

fn text(progress: Progress<'_>) -> String {
    match progress {
        Progress::Pulling {
            image, total: 0, ..
        } => format!("Pulling {image}"),
        Progress::Pulling { image, done, total } => {
            format!(
                "Pulling {image}: {} of {} MB",
                megabytes(done),
                megabytes(total)
            )
        }
        Progress::Starting { image } => format!("Starting {image}"),
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
            text(Progress::Pulling {
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
            text(Progress::Starting { image: "engine:8" }),
            "Starting engine:8"
        );
    }
}
