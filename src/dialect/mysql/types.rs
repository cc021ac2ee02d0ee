//! What the planner and the inspection both have to know about types and defaults.

/// It has a character set.
pub(super) fn is_character(ty: &str) -> bool {
    let base = base(ty);
    matches!(
        base,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
    )
}

/// Its literals are numbers.
pub(super) fn is_number(ty: &str) -> bool {
    let base = base(ty);
    matches!(
        base,
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

/// The type's name without its arguments.
pub(super) fn base(ty: &str) -> &str {
    ty.split(['(', ' ']).next().unwrap_or(ty)
}

/// A default in one spelling: MySQL puts numbers in quotes.
pub(super) fn default(text: &str, ty: &str) -> String {
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
        assert_eq!(default("'1.50'", "decimal(5,2)"), "1.50");
        assert_eq!(default("'-3'", "int unsigned"), "-3");
        assert_eq!(default("'1'", "varchar(5)"), "'1'");
        assert_eq!(default("(uuid())", "char(36)"), "(uuid())");
    }
}
