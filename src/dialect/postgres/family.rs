//! Which types PostgreSQL compares with each other in a foreign key.

use crate::schema::DataType;

/// The operator family that a type's B-tree comparison belongs to; types of one family can be the two ends of a foreign
/// key. A type of no shared family stands for itself.
///
/// Source: the manual's chapter on operator families (`integer_ops`, `float_ops`, `text_ops`, `datetime_ops`).
pub(super) fn of(ty: &DataType) -> String {
    if ty.user.is_some() || ty.is_array() {
        return ty.to_string();
    }
    let name = ty.name();
    let family = match name.as_str() {
        "smallint" | "integer" | "bigint" => "integer_ops",
        "real" | "double precision" => "float_ops",
        "text" | "character varying" | "name" => "text_ops",
        "date" | "timestamp without time zone" | "timestamp with time zone" => "datetime_ops",
        other => other,
    };
    family.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_integers_are_one_family_and_text_is_another() {
        let of = |name| of(&DataType::parse(name));
        assert_eq!(of("integer"), of("bigint"));
        assert_eq!(of("character varying(30)"), of("text"));
        assert_eq!(of("numeric(10,2)"), of("numeric(12,4)"));
        assert_ne!(of("integer"), of("uuid"));
        assert_ne!(of("integer"), of("integer[]"));
    }
}
