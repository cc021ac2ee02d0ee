//! Which types PostgreSQL compares with each other in a foreign key.

use crate::schema::DataType;

/// The operator family that a type's B-tree comparison belongs to; types of one family can be the two ends of a foreign
/// key. A type of no shared family stands for itself.
///
/// Source: the manual's chapter on operator families (`integer_ops`, `float_ops`, `text_ops`, `datetime_ops`).
pub(super) fn of(ty: &DataType) -> String {
    let name = ty.name.as_str();
    let base = name.split('(').next().unwrap_or(name).trim();
    let family = match base {
        _ if ty.user.is_some() || name.ends_with("[]") => name,
        "smallint" | "integer" | "bigint" => "integer_ops",
        "real" | "double precision" => "float_ops",
        "text" | "character varying" | "name" => "text_ops",
        "date"
        | "timestamp"
        | "timestamptz"
        | "timestamp without time zone"
        | "timestamp with time zone" => "datetime_ops",
        other => other,
    };
    family.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_integers_are_one_family_and_text_is_another() {
        let of = |name| of(&DataType::built_in(name));
        assert_eq!(of("integer"), of("bigint"));
        assert_eq!(of("character varying(30)"), of("text"));
        assert_eq!(of("numeric(10,2)"), of("numeric(12,4)"));
        assert_ne!(of("integer"), of("uuid"));
        assert_ne!(of("integer"), of("integer[]"));
    }
}
