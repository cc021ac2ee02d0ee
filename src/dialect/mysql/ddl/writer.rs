//! Names, strings and expressions, as one plan writes them.

use std::ops::Deref;

use crate::dialect::RenderContext;
use crate::dialect::mysql::query::literal;
use crate::dialect::mysql::server::{Product, Server};
use crate::dialect::write::Names;

pub(super) use crate::dialect::mysql::query::quote;
pub(super) use crate::dialect::write::{named, refuse};

/// What one change is written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    names: Names<'a>,
    pub(super) server: Server,
}

impl<'a> Deref for Writer<'a> {
    type Target = Names<'a>;

    fn deref(&self) -> &Self::Target {
        &self.names
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a RenderContext<'a>, product: Product, scope: &'a str) -> Self {
        Self {
            names: Names {
                context,
                scope,
                quote: '`',
            },
            server: Server::of(product, &[context.current, context.desired]),
        }
    }

    /// The name of a schema that a statement is about; `None` where the connection says it.
    pub(super) fn schema(&self, schema: &str) -> Option<String> {
        self.prefix(schema).map(quote)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_so_that_they_are_read_as_they_are() {
        assert_eq!(text("plain ü"), "\"plain ü\"");
        assert_eq!(text("it's \"so\""), "'it''s \"so\"'");
        assert_eq!(text("a\\b\nc"), "'a\\\\b\\nc'");
        assert_eq!(quote("a`b"), "`a``b`");
    }
}
