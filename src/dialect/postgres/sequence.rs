//! What PostgreSQL gives a sequence that says nothing of its numbers.

use crate::schema::SequenceOptions;

/// The numbers that a sequence of this type has when none are given.
pub(super) fn defaults(ty: &str, increment: i64) -> SequenceOptions {
    let (least, greatest) = match ty {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (min, max) = if increment < 0 {
        (least, -1)
    } else {
        (1, greatest)
    };
    SequenceOptions {
        start: if increment < 0 { max } else { min },
        increment,
        min,
        max,
        cache: 1,
        cycle: false,
    }
}
