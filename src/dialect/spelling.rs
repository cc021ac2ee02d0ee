//! One spelling for what a server keeps in two although it means one thing: the desired state takes the current one's.
//!
//! What means the same is the dialect's to say.

use crate::schema::{Column, KeyPart, PartExpr, Realm, Schema, Table, TextObject};

/// Says whether two expressions are one. They are defaults of a column of that type where there is one.
pub(super) type Same = fn(&str, &str, Option<&Column>) -> bool;

/// Gives expressions of the desired state the current spelling where they mean the same.
pub(super) fn align(current: &Realm, desired: &mut Realm, same: Same) {
    texts(&current.texts, &mut desired.texts, same);
    for schema in &mut desired.schemas {
        if let Some(from) = current.schema(&schema.name) {
            align_schema(from, schema, same);
        }
    }
}

fn align_schema(from: &Schema, schema: &mut Schema, same: Same) {
    texts(&from.texts, &mut schema.texts, same);
    for table in &mut schema.tables {
        if let Some(from) = from.table(&table.name) {
            align_table(from, table, same);
        }
    }
}

fn texts(from: &[TextObject], to: &mut [TextObject], same: Same) {
    for object in to {
        let other = from.iter().find(|from| {
            (&from.kind, &from.table, &from.name) == (&object.kind, &object.table, &object.name)
        });
        if let Some(from) = other {
            take(&from.definition, &mut object.definition, same);
        }
    }
}

fn align_table(from: &Table, table: &mut Table, same: Same) {
    for check in &mut table.checks {
        let alike = || {
            from.checks
                .iter()
                .filter(|from| same(&from.expr, &check.expr, None))
        };
        let named = alike().find(|from| from.name == check.name);
        if let Some(from) = named.or_else(|| alike().next()) {
            check.expr.clone_from(&from.expr);
        }
    }
    for constraint in &mut table.constraints {
        let named = from
            .constraints
            .iter()
            .find(|from| from.name == constraint.name);
        if let Some(from) = named {
            take(&from.definition, &mut constraint.definition, same);
        }
    }
    for column in &mut table.columns {
        let Some(from) = from.column(&column.name) else {
            continue;
        };
        if let (Some(from), Some(rule)) = (&from.generated, &mut column.generated) {
            take(&from.expr, &mut rule.expr, same);
        }
        let of_type = (from.ty == column.ty).then_some(from);
        if let (Some(from), Some(default)) = (&from.default, &mut column.default)
            && same(from, default, of_type)
        {
            default.clone_from(from);
        }
    }
    for index in &mut table.indexes {
        let named = from.indexes.iter().find(|from| from.name == index.name);
        let Some(from) = named else { continue };
        for (from, part) in from.parts.iter().zip(&mut index.parts) {
            if let (PartExpr::Expr(from), PartExpr::Expr(expr)) = (&from.on, &mut part.on) {
                take(from, expr, same);
            }
        }
        if let (Some(from), Some(predicate)) = (&from.predicate, &mut index.predicate) {
            take(from, predicate, same);
        }
    }
}

fn take(from: &str, expr: &mut String, same: Same) {
    if same(from, expr, None) {
        from.clone_into(expr);
    }
}

/// Both are the same key.
pub(super) fn same_parts(a: &[KeyPart], b: &[KeyPart], same: Same) -> bool {
    let on = |a: &PartExpr, b: &PartExpr| match (a, b) {
        (PartExpr::Expr(a), PartExpr::Expr(b)) => same(a, b, None),
        _ => a == b,
    };
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| on(&a.on, &b.on) && a.descending == b.descending && a.attrs == b.attrs)
}

/// A number as everybody writes it: `0.50` is `0.5`, `007` is `7`, `-0` is `0`. `None` for anything else, exponents included.
pub(super) fn number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (text, expected) in [
            ("0.00", "0"),
            ("-0", "0"),
            ("007", "7"),
            ("-1.50", "-1.5"),
            (".5", "0.5"),
            ("100", "100"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "1e5", "0x1", "--1", "1.2.3", "NaN"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
