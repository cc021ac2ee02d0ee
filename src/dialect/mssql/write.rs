//! Names, strings, and what keys and indexes have in common, as T-SQL.

use crate::schema::{Attrs, Index, KeyPart, PartExpr};

use super::attrs;

/// A name in brackets.
pub(super) fn quote(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// A string.
pub(super) fn literal(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}

/// Names in brackets and parentheses.
pub(super) fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    format!("({})", names.join(", "))
}

/// Columns with their directions, in parentheses.
pub(super) fn parts(parts: &[KeyPart]) -> String {
    let part = |part: &KeyPart| {
        let name = match &part.on {
            PartExpr::Column(name) | PartExpr::Expr(name) => quote(name),
        };
        format!("{name} {}", if part.descending { "DESC" } else { "ASC" })
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!("({})", parts.join(", "))
}

/// `WITH (…) ON …`, where there is any.
pub(super) fn storage(attributes: &Attrs) -> String {
    let options = attributes
        .get(attrs::OPTIONS)
        .map_or_else(String::new, |all| format!(" WITH ({all})"));
    let group = attributes
        .get(attrs::FILEGROUP)
        .map_or_else(String::new, |group| format!(" ON {group}"));
    format!("{options}{group}")
}

/// The statement that creates an index on what is called so.
pub(super) fn create_index(on: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let clustered = index.attrs.contains_key(attrs::CLUSTERING);
    let clustering = if clustered {
        "CLUSTERED"
    } else {
        "NONCLUSTERED"
    };
    let method = if index.method.is_some() {
        " COLUMNSTORE"
    } else {
        ""
    };
    let mut text = format!(
        "CREATE {unique}{clustering}{method} INDEX {} ON {on}",
        quote(&index.name),
    );
    let columns = match index.method.is_some() {
        false => parts(&index.parts),
        true if index.parts.is_empty() => String::new(),
        true => list(
            &index
                .parts
                .iter()
                .map(|part| match &part.on {
                    PartExpr::Column(name) | PartExpr::Expr(name) => name.clone(),
                })
                .collect::<Vec<_>>(),
        ),
    };
    if !columns.is_empty() {
        text.push(' ');
        text.push_str(&columns);
    }
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE {}", list(&index.include)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text.push_str(&storage(&index.attrs));
    text
}
