//! The one error of this layer: what is wrong, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::format::FormatError;
use super::secret::{goes_on, mask_line};
use super::url::{DbUrl, UrlError};
use super::words::is_yaml;

use crate::problem::{Explain, Place, Problem, stage};

/// The text of a config file under the name that the user knows it by.
#[derive(Clone)]
pub(crate) struct SourceText {
    /// The path as it was given, or as it was found.
    pub(crate) name: Arc<str>,
    /// The whole text, without a byte order mark.
    pub(crate) text: Arc<str>,
}

impl SourceText {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.into(),
            text: text.strip_prefix('\u{feff}').unwrap_or(text).into(),
        }
    }

    /// The place of a line and a column, in characters, from 1.
    pub(crate) fn at_line(&self, line: usize, column: usize) -> Position {
        let mut lines = self.text.split_inclusive('\n');
        let before: usize = lines
            .by_ref()
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let at = lines.next().unwrap_or_default().char_indices();
        let byte = at.map(|(byte, _)| byte).nth(column.saturating_sub(1));
        let start = byte.map_or(self.text.len(), |byte| before + byte);
        self.at(&(start..start + 1))
    }

    /// The place of a byte range in this file.
    pub(crate) fn at(&self, span: &Range<usize>) -> Position {
        let start = floor_boundary(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let hidden = is_yaml(&self.name) && goes_on(&self.text[..line_start], line);
        Position {
            file: Arc::clone(&self.name),
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            snippet: (!hidden).then(|| snippet(line, start - line_start, span)),
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn snippet(line: &str, byte: usize, span: &Range<usize>) -> Snippet {
    let byte = byte.min(line.len());
    let end = floor_boundary(line, byte + span.len()).max(byte);
    let (text, from) = mask_line(line, byte);
    let (_, to) = mask_line(line, end);
    let pad = text[..from]
        .chars()
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    Snippet {
        width: text[from..to.max(from)].chars().count().max(1),
        text,
        pad,
    }
}

/// A place in a config file. Displays as `file:line:column`, one-based, columns in characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    file: Arc<str>,
    line: usize,
    column: usize,
    snippet: Option<Snippet>,
}

#[derive(Clone, PartialEq, Eq)]
struct Snippet {
    text: String,
    pad: String,
    width: usize,
}

impl Position {
    /// The file as the user named it.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Where a setting came from, for messages about its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
    /// A place in a config file.
    File(Position),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::File(position) => write!(f, "{position}"),
        }
    }
}

/// A query whose rows are part of the settings: which databases there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub url: DbUrl,
    /// Where that stands.
    pub origin: Origin,
    pub query: String,
}

/// Why the configuration could not be used.
///
/// Displays in full: `file:line:column: message`, then the line of the file with a caret under the part that is
/// meant, then `hint: …`. Secrets in that line are masked.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    message: String,
    origin: Option<Origin>,
    hint: Option<String>,
    question: Option<Question>,
}

impl ConfigError {
    /// An error that belongs to no place.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            message: message.into(),
            origin: None,
            hint: None,
            question: None,
        }))
    }

    /// That a database has to be asked first.
    pub(crate) fn ask(question: Question) -> Self {
        let mut error = Self::new("which databases there are is not known yet");
        error.0.question = Some(question);
        error
    }

    /// What has to be asked before the settings can be read.
    pub fn question(&self) -> Option<&Question> {
        self.0.question.as_ref()
    }

    /// An error about the value of a flag, which is named with its dashes.
    pub fn flag(name: &'static str, error: impl Into<Self>) -> Self {
        error.into().at(Origin::Flag(name))
    }

    /// The same error at a place. A place that is already known is kept: it is the inner, more exact one.
    pub(crate) fn at(mut self, origin: Origin) -> Self {
        self.0.origin.get_or_insert(origin);
        self
    }

    /// The same error with a hint. One that is already there is kept.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// The same error with a hint if there is one to give.
    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same error with the name of a setting in front.
    pub(crate) fn about(mut self, name: &str) -> Self {
        self.0.message = format!("`{name}`: {}", self.0.message);
        self
    }

    /// The same without the further lines of a value that its message quotes.
    pub(crate) fn in_one_line(mut self) -> Self {
        if let Some((line, _)) = self.0.message.split_once('\n') {
            self.0.message = format!("{line}…");
        }
        self
    }

    /// What is wrong, in one line, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where the offending setting is.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.0.origin {
            write!(f, "{origin}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(Origin::File(Position {
            line,
            snippet: Some(snippet),
            ..
        })) = &self.0.origin
        {
            let gutter = " ".repeat(line.to_string().len());
            write!(f, "\n  {line} | {}", snippet.text)?;
            write!(
                f,
                "\n  {gutter} | {}{}",
                snippet.pad,
                "^".repeat(snippet.width)
            )?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<UrlError> for ConfigError {
    fn from(error: UrlError) -> Self {
        Self::new(error.to_string()).maybe_hint(error.hint())
    }
}

impl From<FormatError> for ConfigError {
    fn from(error: FormatError) -> Self {
        Self::new(error.to_string()).maybe_hint(error.hint())
    }
}

impl Explain for ConfigError {
    fn explain(self) -> Problem {
        let text = self.to_string();
        let hint = self.hint_text().map(str::to_owned);
        let text = match &hint {
            Some(hint) => text
                .strip_suffix(&format!("\nhint: {hint}"))
                .unwrap_or(&text),
            None => &text,
        };
        let place = match self.origin() {
            Some(Origin::File(position)) => Some(Box::new(Place {
                file: position.file().to_owned(),
                line: position.line,
            })),
            Some(Origin::Flag(_)) | None => None,
        };
        Problem {
            place,
            hint,
            ..Problem::new(text).during(stage::CONFIG)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_characters_not_bytes() {
        let source = SourceText::new("a.hcl", "\u{feff}x = 1\n\té = \"ü\" + nope\r\n");
        let at = source.text.find("nope").unwrap();
        let error = ConfigError::new("no")
            .at(Origin::File(source.at(&(at..at + 4))))
            .hint("yes");
        assert_eq!(
            error.to_string(),
            "a.hcl:2:12: no\n  2 | \té = \"ü\" + nope\n    | \t          ^^^^\nhint: yes"
        );
    }

    #[test]
    fn survives_places_outside_the_text() {
        let source = SourceText::new("a.hcl", "é");
        for span in [0..0, 1..1, 0..9, 9..12, 2..2] {
            let _ = ConfigError::new("no")
                .at(Origin::File(source.at(&span)))
                .to_string();
        }
    }
}
