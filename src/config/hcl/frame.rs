//! What an expression sees besides the names of the file, and where it is.

use std::ops::Range;

use hcl_edit::Span;

use super::value::Value;

/// Names that an expression sees besides the file's: variables of `for`, and bare words that stand for themselves.
#[derive(Clone, Copy, Default)]
pub(super) struct Frame<'f> {
    vars: &'f [(&'f str, Value)],
    words: &'f [&'f str],
    parent: Option<&'f Self>,
}

impl<'f> Frame<'f> {
    /// A frame in which each of `words` may be written without quotes, as Atlas allows for its enumerations.
    pub(super) fn words(words: &'f [&'f str]) -> Self {
        Self {
            words,
            ..Self::default()
        }
    }

    pub(super) fn child(&'f self, vars: &'f [(&'f str, Value)]) -> Self {
        Self {
            vars,
            words: &[],
            parent: Some(self),
        }
    }

    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.vars.iter().find(|(n, _)| *n == name) {
            return Some(value.clone());
        }
        if self.words.contains(&name) {
            return Some(name.into());
        }
        self.parent.and_then(|parent| parent.lookup(name))
    }

    pub(super) fn names(&self) -> Vec<&'f str> {
        let mut names = self.parent.map_or_else(Vec::new, Frame::names);
        names.extend(
            self.vars
                .iter()
                .map(|(name, _)| *name)
                .chain(self.words.iter().copied()),
        );
        names
    }
}

/// The byte range of a node; empty for one that the parser gave none.
pub(super) fn span(node: &impl Span) -> Range<usize> {
    node.span().unwrap_or_default()
}
