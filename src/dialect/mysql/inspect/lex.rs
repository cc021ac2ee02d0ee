//! Takes apart what `SHOW CREATE` prints: words, quoted names, strings, parenthesised groups. Knows nothing of what they
//! mean.

use crate::sql::Rules;
use crate::sql::token::{self, Lexer, closing};

/// A piece of the server's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) kind: PieceKind<'a>,
    /// Bytes of the token in its text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a piece is. Texts of quoted ones are still escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind<'a> {
    /// Anything unquoted: keyword, number, unquoted name.
    Word(&'a str),
    /// A name between backticks.
    Name(&'a str),
    /// A string between single quotes.
    Text(&'a str),
    /// The tokens between parentheses.
    Group(&'a str),
    Comma,
    Equals,
}

/// The tokens of a text; `None` when a quote or a parenthesis is not closed, and where there is a comment: servers put what
/// they don't know into one.
pub(super) fn tokens(text: &str) -> Option<Vec<Piece<'_>>> {
    let all: Vec<token::Token<'_>> = Lexer::new(text, &Rules::MYSQL).collect();
    let mut found = Vec::new();
    let mut rest = &all[..];
    while let Some(first) = rest.first() {
        let mut taken = 1;
        let kind = match (first.kind, first.text) {
            _ if !first.closed => return None,
            (token::Kind::Comment, _) | (_, ")") => return None,
            (token::Kind::Name, _) => Some(PieceKind::Name(first.inner())),
            (token::Kind::Text, _) => Some(PieceKind::Text(first.inner())),
            (token::Kind::Space, _) => None,
            (_, ",") => Some(PieceKind::Comma),
            (_, "=") => Some(PieceKind::Equals),
            (_, "(") => {
                taken += closing(rest);
                let last = rest.get(taken - 1)?;
                Some(PieceKind::Group(&text[first.end()..last.start]))
            }
            _ => {
                taken = rest.iter().take_while(|token| is_word(token)).count();
                Some(PieceKind::Word(&text[first.start..rest[taken - 1].end()]))
            }
        };
        found.extend(kind.map(|kind| Piece {
            kind,
            start: first.start,
            end: rest[taken - 1].end(),
        }));
        rest = &rest[taken..];
    }
    Some(found)
}

/// Whether it is unquoted and neither blank nor a sign that has a kind of its own.
fn is_word(token: &token::Token<'_>) -> bool {
    use token::Kind::{Comment, Name, Space, Text};
    !matches!(token.kind, Comment | Name | Space | Text)
        && !["(", ")", ",", "="].contains(&token.text)
}

/// Takes the marks of `/*!80016 … */` and `/*M!100301 … */` away and leaves what they hold.
pub(super) fn unwrap_comments(text: &str) -> String {
    Lexer::new(text, &Rules::MYSQL)
        .filter(|token| token.kind != token::Kind::Mark)
        .map(|token| token.text)
        .collect()
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

    fn kinds(text: &str) -> Vec<PieceKind<'_>> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn pieces_are_told_apart() {
        assert_eq!(
            kinds("`a``b` decimal(5,2) DEFAULT 'it''s \\'(' CHECK (`x` <> ')'), ENGINE=InnoDB"),
            [
                PieceKind::Name("a``b"),
                PieceKind::Word("decimal"),
                PieceKind::Group("5,2"),
                PieceKind::Word("DEFAULT"),
                PieceKind::Text("it''s \\'("),
                PieceKind::Word("CHECK"),
                PieceKind::Group("`x` <> ')'"),
                PieceKind::Comma,
                PieceKind::Word("ENGINE"),
                PieceKind::Equals,
                PieceKind::Word("InnoDB"),
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
