//! What keys and indexes have in common.

use crate::dialect::mssql::attrs;
use crate::schema::{Attrs, KeyPart, PartExpr};

use super::writer::quote;

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
