//! Many databases of the same migrations, some at once.

use std::cell::Cell;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::{Applied, Ask, Event, Target, apply};
use crate::migration::Dir;
use crate::pipeline::PipelineError;

/// Applies migrations to databases, `parallel` of them at once. After one that failed no other is begun unless that is to be
/// gone on with; those that were begun come to their end. `tell` hears of each, by its place in the list; those that it does
/// not hear of were not begun.
pub async fn apply_all(
    targets: &[Target<'_>],
    dir: &Dir,
    ask: &Ask<'_>,
    (parallel, keep_going): (usize, bool),
    tell: &mut dyn FnMut(usize, Result<Applied, PipelineError>),
) {
    let stopped = Cell::new(false);
    let runs = targets.iter().enumerate().map(|(at, target)| {
        let stopped = &stopped;
        async move {
            if stopped.get() || target.cancel.check().is_err() {
                return (at, None);
            }
            let quiet = &mut |_: Event<'_>| {};
            let done = apply(target, dir, ask, None, quiet).await;
            let failed = done.as_ref().is_ok_and(|done| done.failure.is_some()) || done.is_err();
            stopped.set(stopped.get() || failed && !keep_going);
            (at, Some(done))
        }
    });
    let mut runs = stream::iter(runs).buffer_unordered(parallel.max(1));
    while let Some((at, done)) = runs.next().await {
        if let Some(done) = done {
            tell(at, done);
        }
    }
}
