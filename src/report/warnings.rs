//! Warnings of code without a reporter: they go to `tracing`, and they are held here until the command line
//! or the runner shows them.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Warnings of this process.
pub static HEARD: Heard = Heard(Mutex::new(Vec::new()));

/// Hears our own warnings. Drivers are never heard: they log URLs and rows.
#[derive(Debug)]
pub struct Heard(Mutex<Vec<String>>);

impl<S: Subscriber> Layer<S> for &'static Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        let own = about.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"));
        if own && *about.level() == Level::WARN {
            let mut message = Message::default();
            event.record(&mut message);
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !held.contains(&message.0) {
                held.push(message.0);
            }
        }
    }
}

impl Heard {
    /// What was heard since the last time, each warning once.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn own_warnings_are_held_once() {
        static OWN: Heard = Heard(Mutex::new(Vec::new()));
        let listening = tracing_subscriber::registry().with(&OWN);
        tracing::subscriber::with_default(listening, || {
            for _ in 0..2 {
                tracing::warn!(number = 1, "can't remove {}", "it");
            }
            tracing::info!("more");
            tracing::warn!(target: "sqlx::query", "slow statement: SELECT 'row'");
            tracing::warn!(target: "trueups", "of somebody else");
        });
        assert_eq!(OWN.take(), ["can't remove it"]);
        assert_eq!(OWN.take(), [""; 0]);
    }
}
