//! A column's type, and the one parser of the servers' spellings of types.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ObjectName;

/// A column's type in the server's canonical spelling, taken apart: `timestamp(3) with time zone[]`.
///
/// It is recorded as that spelling, and displays as it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Spelled", into = "Spelled")]
pub struct DataType {
    /// What precedes the arguments, never qualified: `timestamp`, `character varying`, `int`. A user-defined type's name
    /// is quoted where the server quotes it: `"My Type"`.
    pub base: String,
    /// `3` of `numeric(3)`, `'a'` and `'b'` of `enum('a','b')`.
    pub arguments: Vec<String>,
    /// What follows the arguments: `with time zone`, `unsigned`; mostly empty.
    pub qualifier: String,
    /// Pairs of brackets of an array.
    pub dimensions: usize,
    /// The user-defined type under it (enum, domain, …), if it is one.
    pub user: Option<ObjectName>,
}

/// The form in which types are recorded.
#[derive(Serialize, Deserialize)]
struct Spelled {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<ObjectName>,
}

impl From<Spelled> for DataType {
    fn from(Spelled { name, user }: Spelled) -> Self {
        Self {
            user,
            ..Self::parse(&name)
        }
    }
}

impl From<DataType> for Spelled {
    fn from(ty: DataType) -> Self {
        Self {
            name: ty.to_string(),
            user: ty.user,
        }
    }
}

/// Qualifiers that are told from a base of several words also where no arguments stand between.
const QUALIFIERS: &[&str] = &[
    "with time zone",
    "without time zone",
    "unsigned zerofill",
    "unsigned",
    "zerofill",
];

impl DataType {
    /// Reads a server's spelling of a type. What has another form than theirs is all base, so that none changes.
    pub fn parse(spelling: &str) -> Self {
        let element = spelling.trim_end_matches("[]");
        let dimensions = (spelling.len() - element.len()) / 2;
        let cuts = cuts(element);
        let (base, qualifier) = match cuts[..] {
            [open, .., close] => (&element[..open], element[close + 1..].trim_start()),
            _ => QUALIFIERS
                .iter()
                .find_map(|words| Some((element.strip_suffix(words)?.strip_suffix(' ')?, *words)))
                .unwrap_or((element, "")),
        };
        let arguments = cuts.windows(2).map(|cut| &element[cut[0] + 1..cut[1]]);
        let ty = Self {
            base: base.to_owned(),
            arguments: arguments.map(str::to_owned).collect(),
            qualifier: qualifier.to_owned(),
            dimensions,
            user: None,
        };
        if ty == *spelling {
            return ty;
        }
        Self {
            base: spelling.to_owned(),
            ..Self::default()
        }
    }

    /// The type without arguments and brackets: `timestamp with time zone`, `int unsigned`.
    pub fn name(&self) -> String {
        match self.qualifier.as_str() {
            "" => self.base.clone(),
            qualifier => format!("{} {qualifier}", self.base),
        }
    }

    /// The two are one type, maybe of different lengths or precisions.
    pub fn same_but_for_arguments(&self, other: &Self) -> bool {
        let bare = |ty: &Self| Self {
            arguments: Vec::new(),
            ..ty.clone()
        };
        bare(self) == bare(other)
    }

    /// It is an array.
    pub fn is_array(&self) -> bool {
        self.dimensions > 0
    }

    /// The brackets of an array, nothing for another type.
    pub fn brackets(&self) -> String {
        "[]".repeat(self.dimensions)
    }
}

/// Where the first parentheses open, where commas stand in them, and where they close; names and strings are skipped.
fn cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(') => {
                depth += 1;
                if depth == 1 {
                    cuts.push(at);
                }
            }
            (None, ',') if depth == 1 => cuts.push(at),
            (None, ')') if depth == 1 => {
                cuts.push(at);
                return cuts;
            }
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    cuts
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        if !self.arguments.is_empty() {
            write!(f, "({})", self.arguments.join(","))?;
        }
        if !self.qualifier.is_empty() {
            write!(f, " {}", self.qualifier)?;
        }
        f.write_str(&self.brackets())
    }
}

/// A type and its spelling.
impl PartialEq<str> for DataType {
    fn eq(&self, spelling: &str) -> bool {
        let own = self.to_string();
        own == spelling
    }
}

impl PartialEq<&str> for DataType {
    fn eq(&self, spelling: &&str) -> bool {
        self == *spelling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_taken_apart_and_put_together_again() {
        for (spelling, base, arguments, qualifier, dimensions) in [
            ("integer", "integer", &[][..], "", 0),
            ("double precision[][]", "double precision", &[], "", 2),
            (
                "character varying(30)[]",
                "character varying",
                &["30"],
                "",
                1,
            ),
            (
                "timestamp(3) with time zone",
                "timestamp",
                &["3"],
                "with time zone",
                0,
            ),
            (
                "time without time zone[]",
                "time",
                &[],
                "without time zone",
                1,
            ),
            (
                "interval day to second(3)",
                "interval day to second",
                &["3"],
                "",
                0,
            ),
            ("int unsigned", "int", &[], "unsigned", 0),
            (
                "int(10) unsigned zerofill",
                "int",
                &["10"],
                "unsigned zerofill",
                0,
            ),
            ("enum('a,(','b'')')", "enum", &["'a,('", "'b'')'"], "", 0),
            (
                "\"My (Type)\"(3, 4)[]",
                "\"My (Type)\"",
                &["3", " 4"],
                "",
                1,
            ),
            ("", "", &[], "", 0),
            ("odd(", "odd(", &[], "", 0),
            ("odd(1)one[]", "odd(1)one[]", &[], "", 0),
        ] {
            let ty = DataType::parse(spelling);
            let found = (ty.base.as_str(), &ty.arguments[..], ty.qualifier.as_str());
            assert_eq!(
                found,
                (
                    base,
                    &arguments.iter().map(|&a| a.to_owned()).collect::<Vec<_>>()[..],
                    qualifier
                )
            );
            assert_eq!(
                (ty.dimensions, ty.to_string().as_str()),
                (dimensions, spelling)
            );
        }
    }
}
