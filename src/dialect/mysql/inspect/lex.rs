//! Takes apart what `SHOW CREATE` prints: words, quoted names, strings, parenthesised groups. Knows nothing of what they
//! mean.

/// A piece of the server's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// Bytes of the token in its text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a piece is. Texts of quoted ones are still escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// Anything unquoted: keyword, number, unquoted name.
    Word(&'a str),
    /// A name between backticks.
    Name(&'a str),
    /// A string between single quotes.
    Text(&'a str),
    /// What stands between parentheses.
    Group(&'a str),
    /// `,`
    Comma,
    /// `=`
    Equals,
}

/// The tokens of a text; `None` when a quote or a parenthesis is not closed.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'`' | b'\'' => {
                at = quoted_end(bytes, at)?;
                let inner = &text[start + 1..at - 1];
                if byte == b'`' {
                    Kind::Name(inner)
                } else {
                    Kind::Text(inner)
                }
            }
            b'(' => {
                at = group_end(bytes, at)?;
                Kind::Group(&text[start + 1..at - 1])
            }
            b',' => {
                at += 1;
                Kind::Comma
            }
            b'=' => {
                at += 1;
                Kind::Equals
            }
            b')' => return None,
            _ => {
                while bytes
                    .get(at)
                    .is_some_and(|byte| !b" \t\n\r`'(),=".contains(byte))
                {
                    at += 1;
                }
                Kind::Word(&text[start..at])
            }
        };
        found.push(Token {
            kind,
            start,
            end: at,
        });
    }
    Some(found)
}

/// The byte after the quote that closes the one at `start`. A doubled quote is part of the text; in strings so is one
/// behind a backslash.
pub(in crate::dialect::mysql) fn quoted_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote != b'`' => at += 2,
            byte if byte == quote => {
                if bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
}

fn group_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'`' | b'\'' | b'"' => {
                at = quoted_end(bytes, at)?;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Takes the marks of `/*!80016 … */` and `/*M!100301 … */` away and leaves what they hold.
pub(super) fn unwrap_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut kept, mut open) = (0, 0, false);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let mark = if rest.starts_with(b"/*!") {
            3
        } else if rest.starts_with(b"/*M!") {
            4
        } else {
            0
        };
        if mark > 0 {
            out.push_str(&text[kept..at]);
            at += mark;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            (kept, open) = (at, true);
        } else if open && rest.starts_with(b"*/") {
            out.push_str(&text[kept..at]);
            at += 2;
            (kept, open) = (at, false);
        } else if matches!(bytes[at], b'`' | b'\'' | b'"') {
            at = quoted_end(bytes, at)
                .unwrap_or(bytes.len())
                .min(bytes.len());
        } else {
            at += 1;
        }
    }
    out.push_str(&text[kept..]);
    out
}

/// A quoted name as it is meant.
pub(super) fn name(escaped: &str) -> String {
    escaped.replace("``", "`")
}

/// A string as it is meant, escapes of the default SQL mode.
pub(super) fn text(escaped: &str) -> String {
    let mut out = String::with_capacity(escaped.len());
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('0') => out.push('\0'),
                Some('b') => out.push('\u{8}'),
                Some('Z') => out.push('\u{1a}'),
                Some(other) => out.push(other),
                None => {}
            },
            '\'' => {
                out.push('\'');
                // The second of a pair.
                chars.next();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn pieces_are_told_apart() {
        assert_eq!(
            kinds("`a``b` decimal(5,2) DEFAULT 'it''s \\'(' CHECK (`x` <> ')'), ENGINE=InnoDB"),
            [
                Kind::Name("a``b"),
                Kind::Word("decimal"),
                Kind::Group("5,2"),
                Kind::Word("DEFAULT"),
                Kind::Text("it''s \\'("),
                Kind::Word("CHECK"),
                Kind::Group("`x` <> ')'"),
                Kind::Comma,
                Kind::Word("ENGINE"),
                Kind::Equals,
                Kind::Word("InnoDB"),
            ]
        );
        assert_eq!(name("a``b"), "a`b");
        assert_eq!(text("it''s \\'( \\\\ \\n"), "it's '( \\ \n");
        for open in ["(a", "'a", "`a", "a)"] {
            assert_eq!(tokens(open), None, "{open}");
        }
    }

    #[test]
    fn versioned_comments_hold_code() {
        assert_eq!(
            unwrap_comments("a /*!80016 NOT ENFORCED */ b '/*! c */' /*M!100301 COMPRESSED*/"),
            "a  NOT ENFORCED  b '/*! c */'  COMPRESSED"
        );
        assert_eq!(unwrap_comments("'a"), "'a");
    }

    #[test]
    fn any_text_can_be_taken_apart() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for text in [text.clone(), format!("/*!1{text}"), format!("('{text}`\\")] {
                let _ = tokens(&unwrap_comments(&text));
                let _ = (name(&text), super::text(&text));
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
