//! Just enough of Python to tell in a file of a revision what is code, what a string and what a comment, and where statements
//! end.

use std::ops::Range;

/// How deep strings may be nested in strings.
const DEEP: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A string, and what it says where that is written as it is.
    Text(Option<String>),
    Mark(char),
    /// The end of a statement.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// Brackets around it.
    pub(super) depth: usize,
    /// How far its logical line is indented.
    pub(super) indent: usize,
    /// It is the first of that line.
    pub(super) begins: bool,
}

impl Token {
    /// The word or mark; nothing of a string.
    pub(super) fn word<'t>(&self, text: &'t str) -> &'t str {
        match self.kind {
            Kind::Word | Kind::Mark(_) => &text[self.range.clone()],
            Kind::Text(_) | Kind::End => "",
        }
    }
}

/// Where a text is not Python, and why.
pub(super) type Odd = (usize, &'static str);

/// The tokens of a file. Brackets have the depth of what is around them.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Odd> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let (mut line, mut indent, mut begins) = (at, 0, true);
    let mut open: Vec<char> = Vec::new();
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        let kind = match c {
            '\n' | '\r' => {
                line = at;
                if !open.is_empty() || begins {
                    continue;
                }
                Kind::End
            }
            ' ' | '\t' | '\u{c}' => continue,
            '#' => {
                at = text[at..]
                    .find(['\n', '\r'])
                    .map_or(text.len(), |end| at + end);
                continue;
            }
            '\\' => {
                let rest = &text[at..];
                let end = ["\r\n", "\n", "\r"]
                    .iter()
                    .find(|end| rest.starts_with(**end));
                at += end
                    .ok_or((start, "a backslash stands outside of a string"))?
                    .len();
                continue;
            }
            '"' | '\'' => string(text, &mut at, start, "", 0)?,
            c if c.is_alphanumeric() || c == '_' || !c.is_ascii() => {
                let inside = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
                at = text[at..]
                    .find(|c| !inside(c))
                    .map_or(text.len(), |end| at + end);
                let word = &text[start..at];
                match is_prefix(word) && text[at..].starts_with(['"', '\'']) {
                    true => {
                        let quote = at;
                        at += 1;
                        string(text, &mut at, quote, word, 0)?
                    }
                    false => Kind::Word,
                }
            }
            ';' if open.is_empty() => Kind::End,
            ')' | ']' | '}' => {
                let pair = matches!(
                    (open.pop(), c),
                    (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')
                );
                if !pair {
                    return Err((start, "a bracket is closed that is not open"));
                }
                Kind::Mark(c)
            }
            c => Kind::Mark(c),
        };
        if begins {
            indent = start - line;
        }
        let ends = kind == Kind::End;
        tokens.push(Token {
            kind,
            range: start..at,
            depth: open.len(),
            indent,
            begins: begins && !ends,
        });
        // What follows a semicolon is of the same line.
        begins = ends && c != ';';
        if matches!(c, '(' | '[' | '{') && at == start + 1 {
            open.push(c);
        }
    }
    match open.is_empty() {
        true => Ok(tokens),
        false => Err((text.len(), "a bracket is not closed")),
    }
}

fn is_prefix(word: &str) -> bool {
    let known = ["r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"];
    known.contains(&word.to_ascii_lowercase().as_str())
}

/// Reads on to the end of a string, whose first quote is before `at`.
fn string(
    text: &str,
    at: &mut usize,
    quote: usize,
    prefix: &str,
    deep: usize,
) -> Result<Kind, Odd> {
    let unclosed = (quote, "a string is not closed");
    if deep > DEEP {
        return Err((quote, "strings are nested too deeply"));
    }
    let has = |letter: char| prefix.to_ascii_lowercase().contains(letter);
    let (raw, formatted) = (has('r'), has('f') || has('t'));
    let one = &text[quote..=quote];
    let three = one.repeat(3);
    let (close, several) = match text[quote..].starts_with(&three) {
        true => (three.as_str(), true),
        false => (one, false),
    };
    *at = quote + close.len();
    let start = *at;
    let mut plain = !formatted && !has('b');
    loop {
        let rest = &text[*at..];
        let c = rest.chars().next().ok_or(unclosed)?;
        if rest.starts_with(close) {
            let said = plain.then(|| text[start..*at].to_owned());
            *at += close.len();
            return Ok(Kind::Text(said));
        }
        *at += c.len_utf8();
        match c {
            '\n' | '\r' if !several => return Err(unclosed),
            '\\' => {
                plain &= raw;
                let next = text[*at..].chars().next().ok_or(unclosed)?;
                if formatted && !raw && text[*at..].starts_with("N{") {
                    *at += text[*at..].find('}').ok_or(unclosed)?;
                } else if !(formatted && matches!(next, '{' | '}')) {
                    *at += next.len_utf8();
                    // A line that ends in `\r\n`.
                    if next == '\r' && text[*at..].starts_with('\n') {
                        *at += 1;
                    }
                }
            }
            '{' if formatted && text[*at..].starts_with('{') => *at += 1,
            '{' if formatted => field(text, at, deep)?,
            _ => {}
        }
    }
}

/// Reads on to the end of a replacement field, which `at` is in.
fn field(text: &str, at: &mut usize, deep: usize) -> Result<(), Odd> {
    let start = *at;
    let unclosed = (start, "a replacement field is not closed");
    if deep > DEEP {
        return Err((start, "strings are nested too deeply"));
    }
    let (mut depth, mut format) = (0_usize, false);
    loop {
        let here = *at;
        let c = text[here..].chars().next().ok_or(unclosed)?;
        *at += c.len_utf8();
        match c {
            '}' if depth == 0 => return Ok(()),
            '{' if format => field(text, at, deep + 1)?,
            _ if format => {}
            '"' | '\'' => {
                let before =
                    text[start..here].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let prefix = before.into_iter().next().filter(|word| is_prefix(word));
                string(text, at, here, prefix.unwrap_or_default(), deep + 1)?;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '#' => *at = text[*at..].find('\n').map_or(text.len(), |end| *at + end),
            ':' if depth == 0 => format = true,
            _ => {}
        }
    }
}
