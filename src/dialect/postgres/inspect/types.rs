//! Type names: from the server's spelling to the model's, and which literals need no cast to which types.
//!
//! Source of what loses its cast: Atlas' open build (`sql/postgres/inspect_oss.go`), so that both write the same SQL.

use crate::schema::{DataType, ObjectName};

/// A type as the catalogue describes it.
#[derive(Debug)]
pub(super) struct RawType<'a> {
    /// What `format_type` prints with an empty search path.
    pub(super) full: &'a str,
    /// Schema of the type, or of the element type of an array.
    pub(super) schema: &'a str,
    /// Its name there.
    pub(super) name: &'a str,
    /// `schema.name` as the server quotes it.
    pub(super) qualified: &'a str,
    /// `name` as the server quotes it.
    pub(super) quoted: &'a str,
}

/// The model's type.
///
/// A user-defined type's name is written as the server quotes it, without its schema, followed by arguments and
/// brackets: `"My Type"[]`, `geometry(Point,4326)`.
pub(super) fn data_type(raw: &RawType<'_>) -> DataType {
    if raw.schema == "pg_catalog" {
        return built_in(raw.full);
    }
    let rest = raw.full.strip_prefix(raw.qualified).unwrap_or("");
    DataType {
        user: Some(ObjectName::new(raw.schema, raw.name)),
        ..DataType::parse(&format!("{}{rest}", raw.quoted))
    }
}

/// A built-in type as the server prints it, without what says nothing: a precision of six digits of a second and a
/// scale of 0 are the types without them, and a model and a migration may differ in just that.
fn built_in(full: &str) -> DataType {
    let mut ty = DataType::parse(full);
    let timed = ty.base.starts_with("time") || ty.base.starts_with("interval");
    if !ty.is_array() && timed && ty.arguments == ["6"] {
        ty.arguments.clear();
    }
    if !ty.is_array() && ty.base == "numeric" && ty.arguments.get(1).is_some_and(|n| n == "0") {
        ty.arguments.truncate(1);
    }
    ty
}

/// Types whose quoted literals stay the same value without a cast to the column's own type. Those that Atlas leaves
/// with their cast (`interval`, ranges, bit strings, …) keep it here too.
pub(super) fn drops_cast(bare: &str) -> bool {
    const PLAIN: &[&str] = &[
        "bpchar",
        "bytea",
        "box",
        "character",
        "character varying",
        "cidr",
        "circle",
        "date",
        "inet",
        "json",
        "jsonb",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "path",
        "point",
        "polygon",
        "text",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
        "xml",
    ];
    bare.ends_with("[]") || PLAIN.contains(&bare)
}

/// Types whose quoted literals (`'-1'::integer`) are the same number without quotes and cast.
pub(in crate::dialect::postgres) fn is_number(bare: &str) -> bool {
    matches!(
        bare,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_types_lose_what_says_nothing() {
        for (full, expected) in [
            ("timestamp(6) with time zone", "timestamp with time zone"),
            ("timestamp(3) with time zone", "timestamp(3) with time zone"),
            ("time(6) without time zone", "time without time zone"),
            ("interval(6)", "interval"),
            ("interval second(6)", "interval second"),
            ("interval second(3)", "interval second(3)"),
            ("numeric(10,0)", "numeric(10)"),
            ("numeric(10,10)", "numeric(10,10)"),
            ("character varying(6)", "character varying(6)"),
            ("bit(6)", "bit(6)"),
            (
                "timestamp(6) with time zone[]",
                "timestamp(6) with time zone[]",
            ),
        ] {
            assert_eq!(built_in(full), expected, "{full}");
        }
    }

    #[test]
    fn user_types_lose_their_schema_and_keep_the_rest() {
        let ty = data_type(&RawType {
            full: "app.\"My Type\"(3)[]",
            schema: "app",
            name: "My Type",
            qualified: "app.\"My Type\"",
            quoted: "\"My Type\"",
        });
        assert_eq!(ty, "\"My Type\"(3)[]");
        assert_eq!(ty.user, Some(ObjectName::new("app", "My Type")));
    }
}
