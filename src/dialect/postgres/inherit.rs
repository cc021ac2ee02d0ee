//! The parents of tables that inherit.

use super::attrs;
use crate::schema::{ObjectName, Table};

/// The tables that a table inherits from, in their order.
pub(super) fn parents(table: &Table) -> Vec<ObjectName> {
    let Some(list) = table.attrs.get(attrs::INHERITS) else {
        return Vec::new();
    };
    let names = quoted_names(list);
    names
        .chunks_exact(2)
        .map(|pair| ObjectName::new(&pair[0], &pair[1]))
        .collect()
}

/// What stands between double quotes, with doubled ones undone; `attrs::INHERITS` quotes every name.
fn quoted_names(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut chars = list.chars().peekable();
    while chars.by_ref().any(|c| c == '"') {
        let mut name = String::new();
        while let Some(c) = chars.next() {
            if c != '"' {
                name.push(c);
            } else if chars.next_if_eq(&'"').is_some() {
                name.push('"');
            } else {
                break;
            }
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_whatever_separates_them() {
        let list = r#""public"."a", "other schema"."say ""hi"", ""b""""#;
        let mut table = Table::default();
        table.attrs.insert(attrs::INHERITS.into(), list.into());
        assert_eq!(
            parents(&table),
            [
                ObjectName::new("public", "a"),
                ObjectName::new("other schema", r#"say "hi", "b""#)
            ]
        );
    }
}
