//! What separates the statements of a script, and the client's command that sets it.

use super::token::is_word_byte;

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
    pub(super) fn matches(&self, input: &str, at: usize) -> Option<usize> {
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
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| is_word_byte(*byte));
        let inside_word = whole_words
            && (word(text.first()) && word(bytes[..at].last())
                || word(text.last()) && word(bytes.get(pos)));
        (!inside_word).then_some(pos - at)
    }
}

/// The client's command that sets a delimiter.
pub(super) const COMMAND: &str = "DELIMITER";

/// The rest of the line of a `DELIMITER` command at `at`.
pub(super) fn delimiter_line(input: &str, at: usize) -> Option<&str> {
    let word = input.as_bytes().get(at..at + COMMAND.len())?;
    if !word.eq_ignore_ascii_case(COMMAND.as_bytes()) {
        return None;
    }
    let rest = &input[at + COMMAND.len()..];
    let line = rest.split('\n').next()?;
    (line.is_empty() || line.starts_with([' ', '\t', '\r'])).then_some(line)
}

/// The delimiter that a command's line names, still with its escapes.
pub(super) fn written_delimiter(line: &str) -> Result<String, String> {
    let line = line.trim();
    let Some(quote) = line
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))
    else {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        return only(word.to_owned(), rest);
    };
    let mut text = String::new();
    let mut rest = &line[1..];
    while let Some((part, tail)) = rest.split_once(quote) {
        text.push_str(part);
        match tail.strip_prefix(quote) {
            Some(tail) => {
                text.push(quote);
                rest = tail;
            }
            None => return only(text, tail),
        }
    }
    Err(format!("unclosed quote {quote} in DELIMITER"))
}

fn only(delimiter: String, rest: &str) -> Result<String, String> {
    let rest = rest.trim_start();
    if rest.is_empty()
        || ["--", "#", "/*"]
            .iter()
            .any(|comment| rest.starts_with(comment))
    {
        return Ok(delimiter);
    }
    Err(format!("unexpected text after DELIMITER {delimiter}"))
}
