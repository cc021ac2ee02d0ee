//! Strings in expressions that MySQL writes with one character set today and another after the next ALTER.

use crate::schema::{KeyPart, PartExpr, Realm, Table};
use crate::sql::Rules;
use crate::sql::token::{Kind, Lexer};

/// Gives expressions of the desired state the form of the current one where only the character set of plain ASCII
/// strings is another.
pub(super) fn align(current: &Realm, desired: &mut Realm) {
    for schema in &mut desired.schemas {
        let Some(from) = current.schema(&schema.name) else {
            continue;
        };
        for table in &mut schema.tables {
            if let Some(from) = from.table(&table.name) {
                align_table(from, table);
            }
        }
    }
}

fn align_table(from: &Table, table: &mut Table) {
    for check in &mut table.checks {
        let same = from
            .checks
            .iter()
            .find(|from| same(&from.expr, &check.expr));
        if let Some(from) = same {
            check.expr.clone_from(&from.expr);
        }
    }
    for column in &mut table.columns {
        let Some(from) = from.column(&column.name) else {
            continue;
        };
        if let (Some(from), Some(rule)) = (&from.generated, &mut column.generated) {
            take(&from.expr, &mut rule.expr);
        }
        if let (Some(from), Some(default)) = (&from.default, &mut column.default) {
            take(from, default);
        }
    }
    for index in &mut table.indexes {
        let named = from.indexes.iter().find(|from| from.name == index.name);
        let Some(from) = named else { continue };
        for (from, part) in from.parts.iter().zip(&mut index.parts) {
            if let (PartExpr::Expr(from), PartExpr::Expr(expr)) = (&from.on, &mut part.on) {
                take(from, expr);
            }
        }
    }
}

fn take(from: &str, expr: &mut String) {
    if same(from, expr) {
        from.clone_into(expr);
    }
}

/// Both are the same key.
pub(super) fn same_parts(a: &[KeyPart], b: &[KeyPart]) -> bool {
    let on = |a: &PartExpr, b: &PartExpr| match (a, b) {
        (PartExpr::Expr(a), PartExpr::Expr(b)) => same(a, b),
        _ => a == b,
    };
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| on(&a.on, &b.on) && a.descending == b.descending && a.attrs == b.attrs)
}

/// Both are the same expression.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || (a.contains('\'') && plain(a) == plain(b))
}

/// The expression without the character sets of its ASCII strings.
fn plain(expr: &str) -> String {
    let mut out = String::with_capacity(expr.len());
    let mut tokens = Lexer::new(expr, &Rules::MYSQL).peekable();
    while let Some(token) = tokens.next() {
        let ascii = tokens.peek().is_some_and(|next| {
            next.kind == Kind::Text
                && next.closed
                && next.text.starts_with('\'')
                && next.text.is_ascii()
        });
        if !(ascii && OF_ASCII.contains(&token.text)) {
            out.push_str(token.text);
        }
    }
    out
}

/// The words in which an ASCII string is the same.
const OF_ASCII: &[&str] = &["_utf8mb4", "_utf8mb3", "_utf8", "_latin1", "_ascii"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_character_set_of_ascii_strings_may_differ() {
        assert!(same("(`a` <> _latin1'x')", "(`a` <> _utf8mb4'x')"));
        assert!(same(
            "`a` in (_utf8mb4'it\\'s',_utf8mb4'')",
            "`a` in (_latin1'it\\'s',_latin1'')"
        ));
        assert!(!same("(`a` <> _latin1'x')", "(`a` <> _utf8mb4'y')"));
        assert!(!same("(`a` <> _latin1'ä')", "(`a` <> _utf8mb4'ä')"));
        assert!(!same("(`a` <> _binary'x')", "(`a` <> _utf8mb4'x')"));
        assert!(!same("(`_latin1` <> '_latin1')", "(`_utf8` <> '_utf8')"));
    }

    #[test]
    fn any_text_can_be_read() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for text in [
                text.clone(),
                format!("_latin1'{text}"),
                format!("'{text}\\"),
            ] {
                let _ = plain(&text);
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
