//! What all dialects' plans are written with: names, qualified as the plan wants them, and refusals.

use std::fmt::Write as _;

use super::RenderContext;
use crate::plan::{PlanError, Qualifier};

/// How one change writes the names of what is in schemas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub(super) context: &'a RenderContext<'a>,
    /// Schema of the change: the one whose name a qualifier leaves out or replaces.
    pub(super) scope: &'a str,
    /// The quote around a name; doubled inside it.
    pub(super) quote: char,
}

impl<'a> Names<'a> {
    /// What one level of a long statement is indented with.
    pub(super) fn indent(&self) -> Option<&'a str> {
        self.context.options.indent.as_deref()
    }

    /// The qualifier of names in that schema; `None` for none.
    pub(super) fn prefix<'s>(&'s self, schema: &'s str) -> Option<&'s str> {
        match &self.context.options.qualifier {
            Qualifier::None if schema == self.scope => None,
            Qualifier::Custom(name) if schema == self.scope => {
                Some(name.as_str()).filter(|name| !name.is_empty())
            }
            _ => Some(schema),
        }
    }

    /// The name of something in a schema.
    pub(super) fn name(&self, schema: &str, name: &str) -> String {
        let name = quoted(name, self.quote);
        match self.prefix(schema) {
            Some(prefix) => format!("{}.{name}", quoted(prefix, self.quote)),
            None => name,
        }
    }
}

/// A name between quotes, which are doubled in it.
pub(super) fn quoted(name: &str, quote: char) -> String {
    let doubled = name.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
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
    fn names_are_quoted_and_stay_on_their_line() {
        assert_eq!(quoted("a\"b", '"'), "\"a\"\"b\"");
        assert_eq!(named("a\"b\nc"), "\"a\\\"b\\nc\"");
    }
}
