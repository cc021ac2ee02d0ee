//! Cuts a script into tokens: just enough to know what is code, what is quoted, what is comment.
//! Knows neither statements nor bodies.

use super::{BYTE_ORDER_MARK, ScanError, ScanOptions, position_at};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of whitespace.
    Space,
    /// A comment; a line comment stops before its line break.
    Comment,
    /// A keyword, name, number or variable.
    Word,
    /// A quoted string or name, dollar quotes included.
    Quoted,
    /// The delimiter in force.
    Delimiter,
    /// Any other character.
    Punct(u8),
}

/// A token: bytes `start..end` of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A delimiter longer than this is refused, since every position is compared with it.
const MAX_DELIMITER: usize = 256;

/// What separates statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// `;`, part of its statement.
    Semicolon,
    /// Any text, not part of its statement. With `whole_words` it doesn't match inside a word.
    Custom { text: String, whole_words: bool },
    /// Nothing: only `GO` lines end statements.
    Batch,
}

impl Delimiter {
    /// A delimiter from its written form, in which `\n`, `\r` and `\t` are escapes. With `batches`,
    /// `GO` means the lines that are delimiters anyway.
    pub(super) fn new(written: &str, whole_words: bool, batches: bool) -> Result<Self, String> {
        let text = written
            .replace("\\n", "\n")
            .replace("\\r", "\r")
            .replace("\\t", "\t");
        match text.as_str() {
            "" => Err("the delimiter is empty".to_owned()),
            ";" => Ok(Self::Semicolon),
            go if batches && go.trim().eq_ignore_ascii_case("GO") => Ok(Self::Batch),
            long if long.len() > MAX_DELIMITER => Err(format!(
                "the delimiter is longer than {MAX_DELIMITER} bytes"
            )),
            _ => Ok(Self::Custom { text, whole_words }),
        }
    }

    /// The length of the delimiter at `at`, when it is there. A line break in it matches both kinds
    /// of line ends, so that a checkout with CRLF splits alike.
    fn matches(&self, input: &str, at: usize) -> Option<usize> {
        let bytes = input.as_bytes();
        let (text, whole_words) = match self {
            Self::Semicolon => return (bytes.get(at) == Some(&b';')).then_some(1),
            Self::Custom { text, whole_words } => (text.as_bytes(), *whole_words),
            Self::Batch => return None,
        };
        let mut pos = at;
        for (i, &want) in text.iter().enumerate() {
            if want == b'\n'
                && (i == 0 || text[i - 1] != b'\r')
                && bytes.get(pos) == Some(&b'\r')
                && bytes.get(pos + 1) == Some(&b'\n')
            {
                pos += 1;
            }
            if bytes.get(pos) != Some(&want) {
                return None;
            }
            pos += 1;
        }
        let glued = |edge: Option<&u8>, other: Option<char>| {
            edge.is_some_and(|&b| is_word_byte(b)) && other.is_some_and(is_word_char)
        };
        let inside_word = whole_words
            && (glued(text.first(), input[..at].chars().next_back())
                || glued(text.last(), input[pos..].chars().next()));
        (!inside_word).then_some(pos - at)
    }
}

/// Letters, digits, `_`, and everything beyond ASCII that isn't whitespace.
fn is_word_char(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && !c.is_whitespace())
}

fn is_word_byte(b: u8) -> bool {
    b == b'_' || b.is_ascii_alphanumeric() || !b.is_ascii()
}

/// The tokens of a script, one after the other; their ranges cover it without gaps.
pub(super) struct Lexer<'a> {
    pub(super) input: &'a str,
    pub(super) pos: usize,
    pub(super) delimiter: Delimiter,
    options: &'a ScanOptions,
    /// Where the open `/*!` starts, if inside one.
    pub(super) versioned: Option<usize>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str, options: &'a ScanOptions) -> Self {
        Self {
            input,
            pos: 0,
            delimiter: Delimiter::Semicolon,
            options,
            versioned: None,
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.input.as_bytes().get(self.pos + ahead).copied()
    }

    fn char(&self) -> Option<char> {
        self.input[self.pos..].chars().next()
    }

    fn at_delimiter(&self) -> Option<usize> {
        if self.versioned.is_some() {
            return None;
        }
        self.delimiter.matches(self.input, self.pos)
    }

    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> ScanError {
        ScanError {
            pos: position_at(self.input, offset),
            message: message.into(),
            hint: None,
        }
    }

    /// The next token, or nothing at the end. `code` says whether the statement has begun.
    pub(super) fn next(&mut self, code: bool) -> Result<Option<Token>, ScanError> {
        let start = self.pos;
        let Some(first) = self.byte(0) else {
            return match self.versioned {
                Some(open) => Err(self.error(open, "unclosed '/*!'")),
                None => Ok(None),
            };
        };
        let kind = if let Some(len) = self.at_delimiter() {
            self.pos += len;
            Kind::Delimiter
        } else if self.space(code) {
            Kind::Space
        } else if self.comment(first, code)? {
            Kind::Comment
        } else if self.quoted(first)? {
            Kind::Quoted
        } else if self.word() {
            Kind::Word
        } else {
            self.punct(first);
            Kind::Punct(first)
        };
        Ok(Some(Token {
            kind,
            start,
            end: self.pos,
        }))
    }

    /// Consumes whitespace, up to a delimiter made of it. Between statements that includes byte order
    /// marks, which joined files leave behind.
    fn space(&mut self, code: bool) -> bool {
        let start = self.pos;
        while let Some(c) = self.char() {
            if !(c.is_whitespace() || c == BYTE_ORDER_MARK && !code)
                || self.pos > start && self.at_delimiter().is_some()
            {
                break;
            }
            self.pos += c.len_utf8();
        }
        self.pos > start
    }

    fn comment(&mut self, first: u8, code: bool) -> Result<bool, ScanError> {
        match (first, self.byte(1)) {
            (b'-', Some(b'-')) => {
                let spaced = self
                    .byte(2)
                    .is_none_or(|b| b.is_ascii_whitespace() || b.is_ascii_control());
                if code && self.options.spaced_dashes && !spaced {
                    return Ok(false);
                }
                self.line_comment();
            }
            (b'#', _) if self.options.hash_comments => self.line_comment(),
            (b'/', Some(b'*')) => {
                if self.options.versioned_comments && self.versioned_open().is_some() {
                    return Ok(false);
                }
                self.block_comment()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn line_comment(&mut self) {
        let rest = &self.input[self.pos..];
        let cr = self.options.cr_ends_comment;
        let mut len = rest
            .find(|c| c == '\n' || cr && c == '\r')
            .unwrap_or(rest.len());
        if !cr && rest[..len].ends_with('\r') {
            len -= 1;
        }
        self.pos += len;
    }

    fn block_comment(&mut self) -> Result<(), ScanError> {
        let open = self.pos;
        self.pos += 2;
        let mut depth = 1_usize;
        while let Some(next) = self.input[self.pos..].find(['*', '/']) {
            self.pos += next;
            match (self.byte(0), self.byte(1)) {
                (Some(b'*'), Some(b'/')) => {
                    self.pos += 2;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                (Some(b'/'), Some(b'*')) if self.options.nested_comments => {
                    self.pos += 2;
                    depth += 1;
                }
                _ => self.pos += 1,
            }
        }
        Err(self.error(open, "unclosed '/*'"))
    }

    /// The length of the opening of a comment that is code.
    fn versioned_open(&self) -> Option<usize> {
        let rest = &self.input[self.pos..];
        ["/*!", "/*M!"]
            .iter()
            .find(|open| rest.starts_with(**open))
            .map(|open| open.len())
    }

    fn quoted(&mut self, first: u8) -> Result<bool, ScanError> {
        let o = self.options;
        match first {
            b'\'' | b'"' => self.quote(first, o.backslash_escapes)?,
            b'`' if o.backticks => self.quote(first, false)?,
            b'[' if o.brackets => self.quote(b']', false)?,
            b'e' | b'E' if o.escape_strings && self.byte(1) == Some(b'\'') => {
                self.pos += 1;
                self.quote(b'\'', true)?;
                while let Some(next) = self.continuation() {
                    self.pos = next;
                    self.quote(b'\'', true)?;
                }
            }
            b'$' if o.dollar_quotes => return self.dollar_quote(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Consumes through `close`; a doubled `close` reads as two quotes next to each other.
    fn quote(&mut self, close: u8, escapes: bool) -> Result<(), ScanError> {
        let open = self.pos;
        let opener = char::from(self.input.as_bytes()[open]);
        let bytes = self.input.as_bytes();
        let mut at = open + 1;
        while let Some(&b) = bytes.get(at) {
            if b == b'\\' && escapes {
                at += 1;
            } else if b == close {
                if opener == '[' && bytes.get(at + 1) == Some(&close) {
                    at += 1;
                } else {
                    self.pos = at + 1;
                    return Ok(());
                }
            }
            at += 1;
        }
        let what = if opener == '[' { "bracket" } else { "quote" };
        Err(self.error(open, format!("unclosed {what} {opener}")))
    }

    /// Where the quote is that continues the string before it: after whitespace (and comments) with
    /// a line break in it the next segment has the same escapes.
    fn continuation(&self) -> Option<usize> {
        let rest = &self.input[self.pos..];
        let mut at = 0;
        let mut line_break = false;
        loop {
            let tail = &rest[at..];
            let space = tail.len() - tail.trim_start().len();
            line_break |= tail[..space].contains(['\n', '\r']);
            at += space;
            let tail = &rest[at..];
            if !tail.starts_with("--") || space == 0 {
                return (line_break && tail.starts_with('\'')).then_some(self.pos + at);
            }
            at += tail.find(['\n', '\r']).unwrap_or(tail.len());
        }
    }

    fn dollar_quote(&mut self) -> Result<bool, ScanError> {
        let open = self.pos;
        let rest = &self.input[open + 1..];
        let len = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
        if rest.as_bytes().get(len) != Some(&b'$') || rest.as_bytes()[0].is_ascii_digit() {
            return Ok(false);
        }
        let tag = &self.input[open..open + len + 2];
        let body = open + tag.len();
        match self.input[body..].find(tag) {
            Some(close) => {
                self.pos = body + close + tag.len();
                Ok(true)
            }
            None => Err(self.error(open, format!("unclosed dollar quote {tag}"))),
        }
    }

    /// Consumes a word, up to a delimiter glued to it (`END$$`).
    fn word(&mut self) -> bool {
        let start = self.pos;
        let glued = match &self.delimiter {
            Delimiter::Custom {
                whole_words: false, ..
            } => true,
            Delimiter::Custom { text, .. } => !text.starts_with(is_word_char),
            Delimiter::Semicolon | Delimiter::Batch => false,
        };
        while let Some(c) = self.char() {
            let sigil =
                c == '@' || c == '#' && !self.options.hash_comments || c == '$' && self.pos > start;
            if !(is_word_char(c) || sigil)
                || glued && self.pos > start && self.at_delimiter().is_some()
            {
                break;
            }
            self.pos += c.len_utf8();
        }
        self.pos > start
    }

    fn punct(&mut self, first: u8) {
        if self.versioned.is_none()
            && self.options.versioned_comments
            && let Some(len) = self.versioned_open()
        {
            self.versioned = Some(self.pos);
            self.pos += len;
            // The version number isn't part of the code.
            while self.byte(0).is_some_and(|b| b.is_ascii_digit()) {
                self.pos += 1;
            }
        } else if first == b'*' && self.byte(1) == Some(b'/') && self.versioned.take().is_some() {
            self.pos += 2;
        } else {
            self.pos += self.char().map_or(1, char::len_utf8);
        }
    }
}
