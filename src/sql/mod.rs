//! Splits SQL scripts into statements with positions, comments and directives.
//!
//! Owns the text level of SQL: quotes and comments, which [`token`] tells apart for everybody who reads
//! SQL, delimiters, the bodies of stored programs, and the `atlas:` directives in comments. It knows no
//! engine: what differs between them is a [`Rules`] or [`ScanOptions`] value, and what a directive means
//! is its caller's business.
//!
//! The scan is one pass, linear in the input, and loses nothing: between two statements there is
//! only whitespace, comments, delimiters and the commands that set or are delimiters.

mod body;
pub mod deed;
mod delimiter;
mod directive;
mod excerpt;
pub mod object;
mod options;
mod split;
#[cfg(test)]
mod tests;
pub mod token;
pub mod type_use;

use std::fmt;
use std::ops::Range;

pub use directive::{
    Directive, ObjectName, Placement, SourcePosition, parse_directive, source_map,
};
pub use excerpt::{excerpt, shorten};
pub use options::{Bodies, Rules, ScanOptions};

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters. A byte order mark has no column.
    pub column: u32,
}

impl Position {
    /// The first character of any text.
    pub const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };

    /// The position of the byte `to`, given that `self` is one before it in `input`. Walks only
    /// what is in between, so that positions asked for in order cost one pass in all.
    pub fn advanced(self, input: &str, to: usize) -> Self {
        let mut to = to.min(input.len());
        while !input.is_char_boundary(to) {
            to -= 1;
        }
        let Some(between) = input.get(self.offset..to) else {
            return self;
        };
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let breaks = between.bytes().filter(|byte| *byte == b'\n').count();
        let (before, line) = match between.rsplit_once('\n') {
            Some((_, line)) => (1, line),
            None => (self.column, between),
        };
        let characters = line.chars().filter(|c| *c != BYTE_ORDER_MARK).count();
        Self {
            offset: to,
            line: self.line.saturating_add(number(breaks)),
            column: before.saturating_add(number(characters)),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The byte order mark that some editors put before UTF-8 text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// The line and column of a byte offset; an offset inside a character or past the end is moved
/// back to the nearest character or the end.
pub fn position_at(input: &str, offset: usize) -> Position {
    Position::START.advanced(input, offset)
}

/// Whether a text has this word, not only as a part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

/// One SQL statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From the first character of code through the delimiter, trimmed. A `;` is kept, any other
    /// delimiter is not part of it. Always equal to the input at `range`.
    pub text: String,
    pub start: Position,
    /// The bytes of `text` in the input.
    pub range: Range<usize>,
    /// How often it is to run: `n` of a `GO n` line, otherwise 1.
    pub repeat: u32,
}

impl Statement {
    /// A text as one statement.
    pub fn whole(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            start: Position::START,
            range: 0..text.len(),
            repeat: 1,
            text,
        }
    }
}

/// A script, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The statements, in order; their ranges are disjoint.
    pub statements: Vec<Statement>,
    /// The directives that speak about the whole file, in order.
    pub directives: Vec<Directive>,
}

/// Why a script can't be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pos}: {message}")]
pub struct ScanError {
    /// Where: for something unclosed, where it was opened.
    pub pos: Position,
    /// What is wrong, without the position.
    pub message: String,
    pub hint: Option<&'static str>,
}

/// Splits `input` into statements.
///
/// # Errors
/// [`ScanError`] for a quote, comment, parenthesis or body that is never closed, for a malformed
/// delimiter, and for what only an interactive client understands (`COPY … FROM stdin` with its
/// data, backslash commands).
pub fn scan(input: &str, options: &ScanOptions) -> Result<Script, ScanError> {
    split::Splitter::new(input, options)?.run()
}

/// The file-level directives before the first statement. Reads no further, so it also works on a
/// script that can't be split.
pub fn file_directives(input: &str, options: &ScanOptions) -> Vec<Directive> {
    split::Splitter::new(input, options)
        .map(split::Splitter::header)
        .unwrap_or_default()
}
