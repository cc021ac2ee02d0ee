//! Names, strings and expressions, as one plan writes them.

use std::fmt::Write as _;

use crate::dialect::RenderContext;
use crate::dialect::mysql::connect::link::literal;
use crate::dialect::mysql::server::{Product, Server};
use crate::plan::{PlanError, Qualifier};

pub(super) use crate::dialect::mysql::connect::link::quote;

/// What one change is written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    context: &'a RenderContext<'a>,
    /// The server that the plan is for.
    pub(super) server: Server,
    /// Schema of the change: the one whose name a qualifier leaves out or replaces.
    scope: &'a str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a RenderContext<'a>, product: Product, scope: &'a str) -> Self {
        Self {
            context,
            server: Server::of(product, &[context.current, context.desired]),
            scope,
        }
    }

    pub(super) fn indent(&self) -> Option<&'a str> {
        self.context.options.indent.as_deref()
    }

    /// The name of a schema that a statement is about; `None` where the connection says it.
    pub(super) fn schema(&self, schema: &str) -> Option<String> {
        match &self.context.options.qualifier {
            Qualifier::None if schema == self.scope => None,
            Qualifier::Custom(name) if schema == self.scope => Some(quote(name)),
            _ => Some(quote(schema)),
        }
    }

    /// The name of something in a schema.
    pub(super) fn name(&self, schema: &str, name: &str) -> String {
        match self.schema(schema) {
            Some(prefix) => format!("{prefix}.{}", quote(name)),
            None => quote(name),
        }
    }

    /// A default as the server writes it. Where the server has no quotes of its own, Atlas writes double ones.
    pub(super) fn default(&self, text: &str) -> String {
        let inner = text
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        match inner {
            Some(inner) if self.server.quotes_defaults() && is_plain(inner) => {
                format!("\"{inner}\"")
            }
            _ => text.to_owned(),
        }
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

/// A string: in double quotes as Atlas has it, in single ones where those could be misread.
pub(super) fn text(value: &str) -> String {
    if is_plain(value) {
        format!("\"{value}\"")
    } else {
        literal(value)
    }
}

/// Nothing in it means anything inside quotes.
fn is_plain(text: &str) -> bool {
    !text
        .chars()
        .any(|c| matches!(c, '"' | '\'' | '\\') || c.is_control())
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
    fn strings_are_quoted_so_that_they_are_read_as_they_are() {
        assert_eq!(text("plain ü"), "\"plain ü\"");
        assert_eq!(text("it's \"so\""), "'it''s \"so\"'");
        assert_eq!(text("a\\b\nc"), "'a\\\\b\\nc'");
        assert_eq!(named("a\"b\nc"), "\"a\\\"b\\nc\"");
        assert_eq!(quote("a`b"), "`a``b`");
    }
}
