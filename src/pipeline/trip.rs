//! A revision that was taken down and up again, judged by the states around it.

use super::PipelineError;
use super::proof::in_words;
use crate::current::Trip;
use crate::dialect::Dialect;
use crate::diff::{Comparable, Cut};
use crate::engine::exclude::Exclude;
use crate::problem::{Problem, stage};

/// Whether a revision that was taken down and up again left the states as they have to be.
pub(super) fn returns(
    dialect: &'static dyn Dialect,
    trip: Trip,
    exclude: &[String],
    scoped: bool,
) -> Result<(), PipelineError> {
    let Trip { revision, down, up } = trip;
    let ways = [
        ("down", "what was there before it", down),
        ("down and up again", "what it makes the first time", up),
    ];
    for (way, what, (wanted, found)) in ways {
        let exclude = Exclude::new(exclude, scoped)?;
        let cut = Cut {
            exclude: &exclude,
            scoped,
            spoken: None,
        };
        let states = Comparable::cut(dialect, found, wanted, &cut)?;
        let left = states.diff();
        if !left.is_empty() {
            let message =
                format!("revision `{revision}` does not lead to {what} when it is taken {way}");
            let problem = Problem::new(message)
                .during(stage::REPLAY)
                .detail("left over", in_words(&left, states.qualified()))
                .hint("its `downgrade()` has to undo all that its `upgrade()` does");
            return Err(problem.into());
        }
    }
    Ok(())
}
