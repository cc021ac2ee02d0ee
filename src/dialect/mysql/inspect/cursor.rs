//! The tokens of a table's text, read from the front.

use super::lex::{self, Piece, PieceKind};
use crate::dialect::mysql::server::Server;
use crate::schema::Attrs;

/// What is known around a table while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) server: Server,
    /// Schema of the table.
    pub(super) schema: &'a str,
    /// Default collation of each character set.
    pub(super) collations: &'a Attrs,
}

/// Tokens of one item, read from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) source: &'a str,
    pub(super) rest: &'a [Piece<'a>],
}

impl<'a> Cursor<'a> {
    pub(super) fn next(&mut self) -> Option<PieceKind<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first.kind)
    }

    pub(super) fn peek(&self) -> Option<PieceKind<'a>> {
        self.rest.first().map(|token| token.kind)
    }

    /// Takes these words, if they are next.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let fits = words.len() <= self.rest.len()
            && words.iter().zip(self.rest).all(|(word, token)| {
                matches!(token.kind, PieceKind::Word(found) if found.eq_ignore_ascii_case(word))
            });
        if fits {
            self.rest = &self.rest[words.len()..];
        }
        fits
    }

    pub(super) fn name(&mut self) -> Option<String> {
        match self.next()? {
            PieceKind::Name(name) => Some(lex::name(name)),
            _ => None,
        }
    }

    pub(super) fn word(&mut self) -> Option<&'a str> {
        match self.next()? {
            PieceKind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn group(&mut self) -> Option<&'a str> {
        match self.next()? {
            PieceKind::Group(inner) => Some(inner),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match self.next()? {
            PieceKind::Text(text) => Some(lex::text(text)),
            _ => None,
        }
    }

    pub(super) fn equals(&mut self) -> bool {
        let equals = self.peek() == Some(PieceKind::Equals);
        if equals {
            self.rest = &self.rest[1..];
        }
        equals
    }

    /// The source of the tokens from `before` up to here.
    pub(super) fn since(&self, before: &Self) -> &'a str {
        let taken = before.rest.len() - self.rest.len();
        match (before.rest.first(), taken.checked_sub(1)) {
            (Some(first), Some(last)) => &self.source[first.start..before.rest[last].end],
            _ => "",
        }
    }
}

/// An expression without the parentheses around the whole of it, which MySQL adds to those of the clause.
pub(super) fn bare(expr: &str) -> &str {
    let trimmed = expr.trim();
    match lex::tokens(trimmed).as_deref() {
        Some(
            [
                Piece {
                    kind: PieceKind::Group(inner),
                    ..
                },
            ],
        ) => inner.trim(),
        _ => trimmed,
    }
}
