//! Numbers of sequences, in the words of `CREATE SEQUENCE`.

use crate::schema::SequenceOptions;

/// The numbers that a sequence of this type has when none are given.
fn defaults(ty: &str, increment: i64) -> SequenceOptions {
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

/// The options that a new sequence of this type needs, in Atlas' order; none where the defaults do.
pub(super) fn create(options: &SequenceOptions, ty: &str) -> Vec<String> {
    let default = defaults(ty, options.increment);
    // The start that needs no saying is the bound, as given, not the type's.
    let start = if options.increment < 0 {
        options.max
    } else {
        options.min
    };
    let mut words = Vec::new();
    if options.start != start {
        words.push(format!("START WITH {}", options.start));
    }
    if options.increment != 1 {
        words.push(format!("INCREMENT BY {}", options.increment));
    }
    if options.min != default.min {
        words.push(format!("MINVALUE {}", options.min));
    }
    if options.max != default.max {
        words.push(format!("MAXVALUE {}", options.max));
    }
    if options.cache != 1 {
        words.push(format!("CACHE {}", options.cache));
    }
    if options.cycle {
        words.push("CYCLE".to_owned());
    }
    words
}

/// The options that differ between two sequences.
///
/// A change of type moves a bound that was the old type's own to the new type's; `types` are the two.
pub(super) fn alter(
    from: &SequenceOptions,
    to: &SequenceOptions,
    types: (&str, &str),
) -> Vec<String> {
    let from = retyped(from, types);
    let mut words = Vec::new();
    if from.start != to.start {
        words.push(format!("START WITH {}", to.start));
    }
    if from.increment != to.increment {
        words.push(format!("INCREMENT BY {}", to.increment));
    }
    if from.min != to.min {
        words.push(format!("MINVALUE {}", to.min));
    }
    if from.max != to.max {
        words.push(format!("MAXVALUE {}", to.max));
    }
    if from.cache != to.cache {
        words.push(format!("CACHE {}", to.cache));
    }
    if from.cycle != to.cycle {
        words.push(if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    words
}

fn retyped(options: &SequenceOptions, (old, new): (&str, &str)) -> SequenceOptions {
    let mut options = options.clone();
    let bounds = |ty: &str| (defaults(ty, -1).min, defaults(ty, 1).max);
    let (old, new) = (bounds(old), bounds(new));
    if options.min == old.0 {
        options.min = new.0;
    }
    if options.max == old.1 {
        options.max = new.1;
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let plain = defaults("integer", 1);
        assert!(create(&plain, "integer").is_empty());
        let other = SequenceOptions {
            start: 100,
            increment: 2,
            cycle: true,
            ..defaults("integer", 1)
        };
        assert_eq!(
            create(&other, "integer"),
            ["START WITH 100", "INCREMENT BY 2", "CYCLE"]
        );
        assert_eq!(
            create(&defaults("integer", -1), "integer"),
            ["INCREMENT BY -1"]
        );
        let bounded = SequenceOptions {
            start: 10,
            min: 10,
            ..plain
        };
        assert_eq!(create(&bounded, "integer"), ["MINVALUE 10"]);
    }

    #[test]
    fn a_types_own_bound_follows_the_type() {
        let from = defaults("integer", 1);
        let to = defaults("bigint", 1);
        assert!(alter(&from, &to, ("integer", "bigint")).is_empty());
        assert_eq!(
            alter(&from, &to, ("integer", "integer")),
            [format!("MAXVALUE {}", i64::MAX)]
        );
    }
}
