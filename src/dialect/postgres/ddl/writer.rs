//! Names, literals and comments, as one plan writes them.

use std::ops::Deref;

use crate::dialect::RenderContext;
use crate::dialect::write::Names;
use crate::plan::Step;
use crate::schema::{DataType, Realm};

use super::expr;
pub(super) use crate::dialect::postgres::quote::{literal, quote};
pub(super) use crate::dialect::write::{named, refuse};

/// What one change is written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a>(Names<'a>);

impl<'a> Deref for Writer<'a> {
    type Target = Names<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a RenderContext<'a>, scope: &'a str) -> Self {
        Self(Names {
            context,
            scope,
            quote: '"',
        })
    }

    pub(super) fn current(&self) -> &'a Realm {
        self.context.current
    }

    pub(super) fn desired(&self) -> &'a Realm {
        self.context.desired
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
    pub(super) fn comment_step(&self, target: &str, what: &str, to: Option<&str>) -> Step {
        let sql = format!("COMMENT ON {target} IS {}", literal(to.unwrap_or_default()));
        Step::new(sql, format!("set comment to {what}"))
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
    }
}
