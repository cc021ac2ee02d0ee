//! Many databases of the same migrations, some at once.

use std::cell::Cell;
use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::{Applied, Ask, Down, DownAsk, Event, TakenBack, Target, apply, take_back};
use crate::migration::Dir;
use crate::pipeline::PipelineError;
use crate::pipeline::records::LOCK;

/// Applies migrations to databases, `parallel` of them at once. After one that failed no other is begun unless that is to be
/// gone on with; those that were begun come to their end. `tell` hears of each, by its place in the list; those that it does
/// not hear of were not begun.
pub async fn apply_all(
    targets: Vec<Target<'_>>,
    dir: &Dir,
    ask: &Ask<'_>,
    bounds: (usize, bool),
    tell: &mut dyn FnMut(usize, Result<Applied, PipelineError>),
) {
    let run = async |_, target: &Target<'_>| {
        let quiet = &mut |_: Event<'_>| {};
        let done = apply(target, dir, ask, None, quiet).await;
        let failed = done.as_ref().map_or(true, |done| done.failure.is_some());
        (done, failed)
    };
    all(targets, bounds, run, tell).await;
}

/// Takes migrations of databases back, as it was planned for each; otherwise as [`apply_all`].
pub async fn take_all_back(
    targets: Vec<Target<'_>>,
    downs: &[Down],
    ask: &DownAsk<'_>,
    bounds: (usize, bool),
    tell: &mut dyn FnMut(usize, Result<TakenBack, PipelineError>),
) {
    let run = async |at: usize, target: &Target<'_>| {
        let quiet = &mut |_: Event<'_>| {};
        let done = take_back(target, &downs[at], ask, quiet).await;
        let failed = done.as_ref().map_or(true, |done| done.failure.is_some());
        (done, failed)
    };
    all(targets, bounds, run, tell).await;
}

/// Does something to each of many databases; `run` tells what came of it and whether it failed.
async fn all<T>(
    mut targets: Vec<Target<'_>>,
    (parallel, keep_going): (usize, bool),
    run: impl AsyncFn(usize, &Target<'_>) -> (Result<T, PipelineError>, bool),
    tell: &mut dyn FnMut(usize, Result<T, PipelineError>),
) {
    // Databases for which the lock is one would wait for each other: it is taken once for them.
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, target) in targets.iter().enumerate() {
        places.entry(target.lock_place()).or_default().push(at);
    }
    let mut guards = Vec::new();
    for of_one in places.values().filter(|of_one| of_one.len() > 1) {
        let first = &targets[of_one[0]];
        let held = async {
            let mut guard = first.cancel.race(first.writer()).await??;
            first.hold(&mut *guard, LOCK).await?;
            Ok(guard)
        };
        match held.await {
            Ok(guard) => guards.push(guard),
            Err(error) => {
                tell(of_one[0], Err(error));
                return;
            }
        }
        for at in of_one {
            targets[*at].held = true;
        }
    }
    let stopped = Cell::new(false);
    let runs = targets.iter().enumerate().map(|(at, target)| {
        let (stopped, run) = (&stopped, &run);
        async move {
            if stopped.get() || target.cancel.check().is_err() {
                return (at, None);
            }
            let (done, failed) = run(at, target).await;
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
    drop(runs);
    for guard in guards {
        let _ = guard.close().await;
    }
}
