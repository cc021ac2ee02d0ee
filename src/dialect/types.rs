//! Which types hold every value of which others.

use crate::schema::DataType;

/// Names of the same type stand together; the types of a list hold all values of those before them.
type Order = &'static [&'static [&'static str]];

/// What becomes of a column's values where its type changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// All of them are values of the other type.
    Holds,
    /// They are converted without an error, and not all are the same afterwards.
    Loses,
}

/// What a dialect knows about its types.
#[derive(Debug)]
pub struct Types {
    /// Types without arguments that count.
    pub plain: &'static [Order],
    /// Variable strings, the first of which may have a length.
    pub texts: Order,
    /// What the names alone don't tell; none where nothing is known.
    pub fit: fn(&DataType, &DataType) -> Option<Fit>,
}

impl Types {
    /// Whether values change without an error where one type becomes another.
    pub fn loses(&self, from: &DataType, to: &DataType) -> bool {
        (self.fit)(from, to) == Some(Fit::Loses)
    }

    /// Whether every value of one type is one of the other, going by their names; no when in doubt.
    pub fn widens(&self, from: &DataType, to: &DataType) -> bool {
        if let Some(fit) = (self.fit)(from, to) {
            return fit == Fit::Holds;
        }
        let numbers = |ty: &DataType| -> Option<Vec<u32>> {
            let numbers = ty.arguments.iter().map(|n| n.trim().parse().ok());
            let numbers: Option<Vec<u32>> = numbers.collect();
            numbers.filter(|numbers| !numbers.is_empty())
        };
        let name = |ty: &DataType| ty.name() + &ty.brackets();
        let (one, other) = (name(from), name(to));
        if one == other {
            return match (numbers(from), numbers(to)) {
                _ if matches!(from.base.as_str(), "enum" | "set") => {
                    let mut labels = from.arguments.iter();
                    labels.all(|label| to.arguments.contains(label))
                }
                (Some(from), Some(to)) => longer(&from, &to),
                _ if to.arguments == ["max"] => true,
                // Without arguments there is no limit, or the type's usual one.
                _ => to.arguments.is_empty() && self.texts[0].contains(&one.as_str()),
            };
        }
        let within = |order: &[&[&str]]| {
            let rank = |name: &str| order.iter().position(|names| names.contains(&name));
            matches!((rank(&one), rank(&other)), (Some(a), Some(b)) if a <= b)
        };
        // A length is only ever a limit of the narrower name here, but for one more name of the same type.
        self.plain.iter().any(|order| within(order))
            || (to.arguments.is_empty() && within(self.texts))
    }
}

/// Lengths and precisions: none may shrink, and more digits behind the point take none before it.
fn longer(from: &[u32], to: &[u32]) -> bool {
    match (from, to) {
        ([from], [to]) => to >= from,
        ([digits, scale], [to_digits, to_scale]) => {
            to_scale >= scale
                && to_digits.saturating_sub(*to_scale) >= digits.saturating_sub(*scale)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{ALL, Dialect};

    /// The dialects that know of both types, and see the second hold every value of the first.
    fn widens(from: &str, to: &str) -> Vec<&'static str> {
        let widens = |dialect: &&&dyn Dialect| {
            let types = &dialect.profile().types;
            types.widens(&DataType::parse(from), &DataType::parse(to))
        };
        let found = ALL.iter().filter(widens);
        found.map(|dialect| dialect.profile().name).collect()
    }

    #[test]
    fn only_types_that_hold_every_old_value_are_wider() {
        let all = ALL.len();
        for (from, to, dialects) in [
            ("varchar(30)", "varchar(30)", all),
            ("varchar(30)", "varchar(60)", all),
            ("character varying(30)", "character varying", 2),
            ("character varying(30)", "text", 2),
            ("varchar(255)", "longtext", 3),
            ("integer", "bigint", 2),
            ("int", "bigint", 4),
            ("varchar(30)", "varchar(max)", all),
            ("int unsigned", "bigint unsigned", 3),
            ("numeric(10,2)", "numeric(12,3)", all),
            ("real", "double precision", 2),
            ("enum('a','b')", "enum('b','c','a')", all),
        ] {
            assert_eq!(widens(from, to).len(), dialects, "{from} -> {to}");
        }
        for (from, to) in [
            ("varchar(30)", "varchar(20)"),
            ("character varying", "character varying(30)"),
            ("text", "varchar(30)"),
            ("text", "character varying"),
            ("bigint", "integer"),
            ("int", "int unsigned"),
            ("int unsigned", "bigint"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("numeric(10,2)", "numeric(10)"),
            ("text", "integer"),
            ("timestamp", "date"),
            ("enum('a','b')", "enum('a')"),
            ("enum('a','b')", "enum('a'',''b')"),
            ("char(3)", "char"),
        ] {
            assert!(widens(from, to).is_empty(), "{from} -> {to}");
        }
    }
}
