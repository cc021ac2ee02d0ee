//! Names, literals and comments, as one plan writes them.

use std::fmt::Write as _;

use crate::dialect::RenderContext;
use crate::plan::{PlanError, Qualifier, Step};
use crate::schema::{DataType, Realm};

use super::expr;
pub(super) use crate::dialect::postgres::quote::quote;

/// The longest name that the server keeps, in bytes (`NAMEDATALEN - 1`).
const MAX_NAME: usize = 63;

/// A string constant that means the same whatever `standard_conforming_strings` is.
pub(super) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A name as a step's comment shows it; never breaks the line.
pub(super) fn named(name: &str) -> String {
    let mut shown = String::with_capacity(name.len() + 2);
    shown.push('"');
    for char in name.chars() {
        match char {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            char if char.is_control() => {
                let _infallible = write!(shown, "{}", char.escape_default());
            }
            char => shown.push(char),
        }
    }
    shown.push('"');
    shown
}

/// The name that the server invents from a table, maybe a column, and what it is for.
///
/// It shortens the longer of the two until all fits: `makeObjectName` in the server's `indexcmds.c`.
pub(super) fn invented(table: &str, column: Option<&str>, label: &str) -> String {
    let room = MAX_NAME - label.len() - 1 - usize::from(column.is_some());
    let (mut first, mut second) = (table.len(), column.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let table = &table[..table.floor_char_boundary(first)];
    match column {
        Some(column) => {
            let column = &column[..column.floor_char_boundary(second)];
            format!("{table}_{column}_{label}")
        }
        None => format!("{table}_{label}"),
    }
}

/// What one change is written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) context: &'a RenderContext<'a>,
    /// Schema of the change: the one whose name a qualifier leaves out or replaces.
    scope: &'a str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a RenderContext<'a>, scope: &'a str) -> Self {
        Self { context, scope }
    }

    pub(super) fn current(&self) -> &'a Realm {
        self.context.current
    }

    pub(super) fn desired(&self) -> &'a Realm {
        self.context.desired
    }

    pub(super) fn indent(&self) -> Option<&'a str> {
        self.context.options.indent.as_deref()
    }

    /// What stands before the name of something in that schema; `None` for nothing.
    fn prefix<'s>(&'s self, schema: &'s str) -> Option<&'s str> {
        match &self.context.options.qualifier {
            Qualifier::None if schema == self.scope => None,
            Qualifier::Custom(name) if schema == self.scope => Some(name),
            _ => Some(schema),
        }
    }

    /// The name of something in a schema.
    pub(super) fn name(&self, schema: &str, name: &str) -> String {
        match self.prefix(schema) {
            Some(prefix) => format!("{}.{}", quote(prefix), quote(name)),
            None => quote(name),
        }
    }

    /// The name of something in a schema as an argument of `regclass`.
    pub(super) fn name_literal(&self, schema: &str, name: &str) -> String {
        literal(&self.name(schema, name))
    }

    /// SQL in the server's spelling, with names as this plan qualifies them.
    pub(super) fn expr(&self, sql: &str) -> String {
        match self.prefix(self.scope) {
            Some(prefix) if prefix == self.scope => sql.to_owned(),
            prefix => expr::requalify(sql, self.scope, prefix),
        }
    }

    /// SQL in the server's spelling, in exactly one pair of parentheses.
    pub(super) fn wrapped(&self, sql: &str) -> String {
        expr::wrap(&self.expr(sql))
    }

    /// The collation of a column: a plain name, or quoted and maybe qualified.
    pub(super) fn collation(&self, collation: &str) -> String {
        if collation.contains('"') {
            self.expr(collation)
        } else {
            quote(collation)
        }
    }

    /// A type.
    pub(super) fn ty(&self, ty: &DataType) -> String {
        match &ty.user {
            Some(user) => DataType {
                base: self.name(&user.schema, &user.name),
                ..ty.clone()
            }
            .to_string(),
            None => super::types::short(ty),
        }
    }

    /// A step that sets a comment; `target` is what follows `COMMENT ON`.
    pub(super) fn comment_step(&self, target: &str, what: &str, to: &str, from: &str) -> Step {
        let sql = |text: &str| format!("COMMENT ON {target} IS {}", literal(text));
        Step::new(sql(to), format!("set comment to {what}"), sql(from))
    }
}

/// A change to a table that can't be planned.
pub(super) fn refuse(table: &str, why: impl Into<String>, hint: &str) -> PlanError {
    PlanError {
        what: format!("modify {} table", named(table)),
        why: why.into(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_double_inside_names_and_literals() {
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b"), r"E'a\\b'");
        assert_eq!(named("a\"b\nc"), "\"a\\\"b\\nc\"");
    }

    #[test]
    fn invented_names_are_cut_like_the_servers() {
        assert_eq!(invented("t", Some("c"), "seq"), "t_c_seq");
        assert_eq!(invented("t", None, "pkey"), "t_pkey");
        let name = invented(&"t".repeat(60), Some(&"c".repeat(20)), "seq");
        assert_eq!(name, format!("{}_{}_seq", "t".repeat(38), "c".repeat(20)));
        assert_eq!(name.len(), 63);
        assert_eq!(invented(&"ü".repeat(31), None, "pkey").len(), 58 + 5);
    }
}
