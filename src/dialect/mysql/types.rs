//! What the planner and the inspection both have to know about types and defaults.

use crate::schema::DataType;

/// It has a character set.
pub(super) fn is_character(ty: &DataType) -> bool {
    matches!(
        ty.base.as_str(),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
    )
}

/// Its literals are numbers.
pub(super) fn is_number(ty: &DataType) -> bool {
    matches!(
        ty.base.as_str(),
        "tinyint"
            | "smallint"
            | "mediumint"
            | "int"
            | "bigint"
            | "decimal"
            | "float"
            | "double"
            | "year"
    )
}

/// MariaDB's types that are written like strings, and no other value is one of.
const UUID: &[&str] = &["uuid"];
const ADDRESSES: &[&str] = &["inet4", "inet6"];
const SHAPES: &[&str] = &[
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
];

/// Some value can go from one type to the other. MariaDB refuses such a change also of an empty table.
pub(super) fn converts(from: &DataType, to: &DataType) -> bool {
    let kind = |ty: &DataType| {
        let kinds = [UUID, ADDRESSES, SHAPES];
        let own = kinds
            .iter()
            .position(|names| names.contains(&ty.base.as_str()));
        own.or_else(|| (is_number(ty) || is_time(ty)).then_some(kinds.len()))
    };
    match (kind(from), kind(to)) {
        (Some(from), Some(to)) => from == to,
        // Strings and bytes can hold anything.
        _ => true,
    }
}

/// A date, a time, or both.
fn is_time(ty: &DataType) -> bool {
    matches!(ty.base.as_str(), "date" | "datetime" | "timestamp" | "time")
}

/// What a new column that takes no NULL and has no default has in the rows that are there, in words; `None` where the
/// server fails on them instead.
pub(super) fn implicit(ty: &DataType, maria: bool) -> Option<String> {
    let value = match ty.base.as_str() {
        "bit" => "0",
        "date" | "datetime" if !maria => return None,
        "date" => "'0000-00-00'",
        "datetime" | "timestamp" => "'0000-00-00 00:00:00'",
        "time" => "'00:00:00'",
        "json" if !maria => "the JSON value null",
        "uuid" => "a UUID of zeros",
        "inet4" | "inet6" => "an address of zeros",
        "enum" => "the first of its values",
        shape if SHAPES.contains(&shape) && !maria => return None,
        _ if is_number(ty) => "0",
        _ => "''",
    };
    Some(value.to_owned())
}

/// A default in one spelling: MySQL puts numbers in quotes.
pub(super) fn default(text: &str, ty: &DataType) -> String {
    let inner = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(inner) if is_number(ty) && inner.parse::<f64>().is_ok() => inner.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_have_one_spelling() {
        let default = |text, ty| default(text, &DataType::parse(ty));
        assert_eq!(default("'1.50'", "decimal(5,2)"), "1.50");
        assert_eq!(default("'-3'", "int unsigned"), "-3");
        assert_eq!(default("'1'", "varchar(5)"), "'1'");
        assert_eq!(default("(uuid())", "char(36)"), "(uuid())");
    }
}
