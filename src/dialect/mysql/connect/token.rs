//! Cuts a statement into words, names, strings and signs, as a server in its default SQL mode does. Comments are skipped;
//! what the marks of `/*!50100 … */` hold is read.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mysql) enum Kind {
    /// A keyword, name, number or variable.
    Word,
    /// A name in backticks.
    Name,
    /// A string, or with `ANSI_QUOTES` a name.
    Text,
    /// Any other character.
    Sign,
}

/// A part of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mysql) struct Token<'a> {
    pub(in crate::dialect::mysql) kind: Kind,
    /// As it is written, quotes included.
    pub(in crate::dialect::mysql) text: &'a str,
    /// Byte at which it starts.
    pub(in crate::dialect::mysql) at: usize,
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(in crate::dialect::mysql) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords.
    pub(in crate::dialect::mysql) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether it is this sign.
    pub(in crate::dialect::mysql) fn sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// The name that it may be.
    pub(in crate::dialect::mysql) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Name => Some(self.inner().replace("``", "`")),
            Kind::Text if self.text.starts_with('"') => Some(self.inner().replace("\"\"", "\"")),
            Kind::Text | Kind::Sign => None,
        }
    }

    /// What stands between the quotes.
    pub(in crate::dialect::mysql) fn inner(&self) -> &str {
        let mut inner = self.text;
        if matches!(self.kind, Kind::Name | Kind::Text) {
            inner = &inner[1..];
            inner = match inner.as_bytes().last() {
                Some(b'`' | b'"' | b'\'') => &inner[..inner.len() - 1],
                _ => inner,
            };
        }
        inner
    }
}

/// The tokens of a statement.
pub(in crate::dialect::mysql) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    let mut marks = 0;
    std::iter::from_fn(move || {
        at = text.len() - skip_blank(&text[at..], &mut marks).len();
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '`' => (Kind::Name, quoted(rest, b'`', false)),
            '\'' => (Kind::Text, quoted(rest, b'\'', true)),
            '"' => (Kind::Text, quoted(rest, b'"', true)),
            c if in_word(c) => {
                let length = rest.find(|c: char| !in_word(c));
                (Kind::Word, length.unwrap_or(rest.len()))
            }
            other => (Kind::Sign, other.len_utf8()),
        };
        let token = Token {
            kind,
            text: &rest[..length],
            at,
        };
        at += length;
        Some(token)
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '@')
}

/// Length of the quoted thing at the start, where a doubled quote is one and a backslash may escape.
fn quoted(text: &str, quote: u8, escapes: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && escapes {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    text.len()
}

/// Skips blanks, comments, and the marks of `/*!50100 … */`, of which `marks` are open.
fn skip_blank<'a>(mut rest: &'a str, marks: &mut usize) -> &'a str {
    loop {
        rest = rest.trim_start();
        let dashes = rest.strip_prefix("--");
        if dashes.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
            || rest.starts_with('#')
        {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(code) = rest
            .strip_prefix("/*!")
            .or_else(|| rest.strip_prefix("/*M!"))
        {
            rest = code.trim_start_matches(|c: char| c.is_ascii_digit());
            *marks += 1;
        } else if let Some(after) = rest.strip_prefix("*/").filter(|_| *marks > 0) {
            rest = after;
            *marks -= 1;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else {
            return rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).map(|token| token.text).collect()
    }

    #[test]
    fn statements_are_cut() {
        assert_eq!(
            texts("CREATE /*!50100 TABLE */ `a``b`.c -- x;\n(d INT DEFAULT 'it''s \\' ;')#e"),
            [
                "CREATE",
                "TABLE",
                "`a``b`",
                ".",
                "c",
                "(",
                "d",
                "INT",
                "DEFAULT",
                "'it''s \\' ;'",
                ")"
            ]
        );
        // Two dashes before anything but a blank subtract.
        assert_eq!(texts("5--1"), ["5", "-", "-", "1"]);
        assert_eq!(texts("2*/*c*/3"), ["2", "*", "3"]);
        let names: Vec<_> = tokens("`a``b` \"c\" 'd' e").map(|one| one.name()).collect();
        assert_eq!(
            names,
            [
                Some("a`b".to_owned()),
                Some("c".to_owned()),
                None,
                Some("e".to_owned())
            ]
        );
    }

    #[test]
    fn any_text_is_cut() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for token in tokens(&text) {
                assert!(text[token.at..].starts_with(token.text));
                let _ = (token.name(), token.inner());
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
