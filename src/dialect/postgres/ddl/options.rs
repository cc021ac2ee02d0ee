//! Numbers of sequences, in the words of `CREATE SEQUENCE`.

use crate::dialect::postgres::sequence::defaults;
use crate::schema::SequenceOptions;

/// The numbers of a serial column's sequence and its type, from the words that tell how it differs from a plain one.
pub(super) fn parse<'t>(words: &'t str, ty: &'t str) -> (&'t str, SequenceOptions) {
    let text = |key: &str| {
        let rest = &words[words.find(key)? + key.len()..];
        rest.split_whitespace().next()
    };
    let number = |key: &str| text(key).and_then(|value| value.parse::<i64>().ok());
    let ty = text("AS ").unwrap_or(ty);
    let increment = number("INCREMENT BY").unwrap_or(1);
    let plain = defaults(ty, increment);
    let (min, max) = (
        number("MINVALUE").unwrap_or(plain.min),
        number("MAXVALUE").unwrap_or(plain.max),
    );
    let start = if increment < 0 { max } else { min };
    let options = SequenceOptions {
        start: number("START WITH").unwrap_or(start),
        increment,
        min,
        max,
        cache: number("CACHE").unwrap_or(1),
        cycle: words.contains("CYCLE"),
    };
    (ty, options)
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

/// What keeps a sequence's next number inside bounds that close in on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bounds {
    /// The old bounds do.
    Stay,
    /// The new bounds share no number with the old ones: `RESTART WITH` this.
    Restart(i64),
    /// It goes to this number, first, if it is before (`<`) or behind (`>`) that.
    Move(i64, &'static str),
}

/// What keeps a sequence's next number inside its new bounds, without handing out a number twice.
pub(super) fn bounds(from: &SequenceOptions, to: &SequenceOptions, types: (&str, &str)) -> Bounds {
    let from = retyped(from, types);
    if to.min > from.max || to.max < from.min {
        Bounds::Restart(to.start)
    } else if to.increment > 0 && to.min > from.min {
        Bounds::Move(to.min, "<")
    } else if to.increment < 0 && to.max < from.max {
        Bounds::Move(to.max, ">")
    } else {
        Bounds::Stay
    }
}

impl Bounds {
    /// The statement that moves the number, for a sequence's quoted name and the same as a constant.
    pub(super) fn statement(&self, name: &str, constant: &str) -> Option<String> {
        match self {
            Self::Move(to, when) => Some(format!(
                "SELECT setval({constant}, {to}, false) FROM {name} WHERE \"last_value\" {when} {to}"
            )),
            _ => None,
        }
    }

    /// The words that `ALTER SEQUENCE` and `ALTER COLUMN` need.
    pub(super) fn words(&self) -> Option<String> {
        match self {
            Self::Restart(with) => Some(format!("RESTART WITH {with}")),
            _ => None,
        }
    }
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
    fn the_next_number_stays_inside_closing_bounds() {
        let check = |from: &str, to: &str| {
            let (from, to) = (parse(from, "integer").1, parse(to, "integer").1);
            bounds(&from, &to, ("integer", "integer"))
        };
        assert_eq!(check("", "START WITH 5"), Bounds::Stay);
        assert_eq!(check("MINVALUE 0", ""), Bounds::Move(1, "<"));
        assert_eq!(check("", "INCREMENT BY -1"), Bounds::Restart(-1));
        assert_eq!(
            check("INCREMENT BY -1", "INCREMENT BY -1 MAXVALUE -5"),
            Bounds::Move(-5, ">")
        );
        assert_eq!(
            check("MAXVALUE 9", "MINVALUE 10 START WITH 12"),
            Bounds::Restart(12)
        );
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
