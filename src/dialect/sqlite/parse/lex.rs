//! Writes SQLite's tokens in one canonical spacing, and compares them. Knows nothing of grammar beyond which words are
//! operators.

use crate::sql::Rules;
use crate::sql::token::{self, Kind, Token, closing};

/// The tokens of a text; whitespace and comments are left out.
pub(in crate::dialect::sqlite) fn tokens(text: &str) -> Vec<Token<'_>> {
    token::tokens(text, &Rules::SQLITE).collect()
}

/// The name that a token stands for where one is expected: SQLite takes a string in quotes of any kind.
pub(in crate::dialect::sqlite) fn name(token: &Token<'_>) -> Option<String> {
    if is_string(token) {
        return Some(token.unquoted().into_owned());
    }
    token.name().map(Into::into)
}

/// Is it `'…'`, and not `x'…'`?
pub(in crate::dialect::sqlite) fn is_string(token: &Token<'_>) -> bool {
    token.text.starts_with('\'')
}

/// Words that end an operand's or begin an expression's place, so that a sign after them is unary and a parenthesis
/// after them no call.
const OPERATORS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CHECK",
    "COLLATE",
    "DISTINCT",
    "ELSE",
    "ESCAPE",
    "EXCEPT",
    "FROM",
    "GLOB",
    "HAVING",
    "IN",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LIKE",
    "LIMIT",
    "MATCH",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "OVER",
    "REGEXP",
    "RETURNING",
    "SELECT",
    "SET",
    "THEN",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Words that can't be a bare name, so that their case carries no meaning and a quoted one of that text is another
/// thing. From <https://www.sqlite.org/lang_keywords.html>, those that an expression can hold.
const RESERVED: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLLATE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DISTINCT",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FALSE",
    "FROM",
    "GLOB",
    "HAVING",
    "IN",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LIKE",
    "LIMIT",
    "MATCH",
    "NOT",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "REGEXP",
    "SELECT",
    "SET",
    "THEN",
    "TRUE",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
];

fn is_one_of(words: &[&str], token: &Token<'_>) -> bool {
    token.kind == Kind::Word
        && words
            .iter()
            .any(|word| token.text.eq_ignore_ascii_case(word))
}

/// A word that is not a name in an expression.
pub(in crate::dialect::sqlite) fn is_keyword(token: &Token<'_>) -> bool {
    is_one_of(RESERVED, token) || is_one_of(OPERATORS, token)
}

/// Writes tokens in canonical spacing: what they mean and how they are spelled stays, blanks and comments don't matter.
pub(in crate::dialect::sqlite) fn join(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 && spaced(&tokens[..index], token) {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}

/// Is there a blank between what was written and the next token?
fn spaced(before: &[Token<'_>], next: &Token<'_>) -> bool {
    let Some(last) = before.last() else {
        return false;
    };
    // A point glued to a number would become part of it.
    if last.symbol(".") {
        return next.kind == Kind::Number;
    }
    if next.symbol(".") {
        return last.kind == Kind::Number;
    }
    if last.symbol("(") || [")", ",", ";"].iter().any(|symbol| next.symbol(symbol)) {
        return false;
    }
    // A sign keeps to its operand, but two signs in a row would open a comment.
    let sign = ["-", "+", "~"].iter().any(|symbol| last.symbol(symbol));
    if sign && is_unary(before) {
        return next.kind == Kind::Symbol && !next.symbol("(");
    }
    let call = matches!(last.kind, Kind::Word | Kind::Name) && !is_one_of(OPERATORS, last);
    !(next.symbol("(") && call)
}

/// Is the sign at the end of `before` a prefix?
fn is_unary(before: &[Token<'_>]) -> bool {
    match before.split_last().and_then(|(_, rest)| rest.last()) {
        None => true,
        Some(operand) => {
            (operand.kind == Kind::Symbol && !operand.symbol(")")) || is_one_of(OPERATORS, operand)
        }
    }
}

/// Tokens without the parentheses that enclose all of them.
pub(in crate::dialect::sqlite) fn bare<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut inner = tokens;
    while let [first, rest @ .., last] = inner
        && first.symbol("(")
        && last.symbol(")")
        && closing(inner) + 1 == inner.len()
        && !rest.is_empty()
    {
        inner = rest;
    }
    inner
}

/// A text that two spellings of the same thing share: the case of names and keywords and the way in which names are
/// quoted don't count, nor do blanks, comments and enclosing parentheses. Different keys may still mean the same;
/// equal ones always do.
pub(in crate::dialect::sqlite) fn key(text: &str) -> String {
    let tokens = tokens(text);
    let mut key = String::new();
    for token in bare(&tokens) {
        let part = match token.kind {
            Kind::Word => token.text.to_ascii_lowercase(),
            Kind::Name => {
                let name = token.unquoted();
                let word =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
                let plain = !name.is_empty()
                    && name.chars().all(word)
                    && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
                    && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word));
                if plain {
                    name.to_ascii_lowercase()
                } else {
                    format!("\"{}\"", name.replace('"', "\"\"").to_ascii_lowercase())
                }
            }
            Kind::Number => token.text.to_ascii_lowercase(),
            Kind::Text if !is_string(token) => token.text.to_ascii_lowercase(),
            _ => token.text.to_owned(),
        };
        key.push_str(&part);
        key.push(' ');
    }
    key
}

/// The text without this table's name before its columns: an expression of a table can't mean another one, and the
/// name would be in the way while the table is rebuilt under another. The rest is written in canonical spacing.
pub(in crate::dialect::sqlite) fn unqualified(text: &str, table: &str) -> String {
    let tokens = tokens(text);
    let mut kept: Vec<Token<'_>> = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let qualifier = matches!(first.kind, Kind::Word | Kind::Name)
            && name(first).is_some_and(|name| name.eq_ignore_ascii_case(table))
            && !kept.last().is_some_and(|last| last.symbol("."));
        match after {
            // A keyword that is a name after a point only, stays there.
            [point, column, ..]
                if qualifier && point.symbol(".") && !is_one_of(RESERVED, column) =>
            {
                rest = &after[1..];
            }
            _ => {
                kept.push(*first);
                rest = after;
            }
        }
    }
    join(&kept)
}

/// Does the text use this name, quoted or not, in any case?
pub(in crate::dialect::sqlite) fn mentions(text: &str, wanted: &str) -> bool {
    tokens(text).iter().any(|token| {
        matches!(token.kind, Kind::Word | Kind::Name)
            && name(token).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    })
}

/// Is the expression a literal, so that `DEFAULT` takes it without parentheses and it never changes?
pub(in crate::dialect::sqlite) fn is_literal(text: &str) -> bool {
    let tokens = tokens(text);
    match tokens.as_slice() {
        [one] => match one.kind {
            Kind::Text | Kind::Number => true,
            Kind::Word => ["NULL", "TRUE", "FALSE"].iter().any(|word| one.is(word)),
            _ => false,
        },
        [sign, number] => (sign.symbol("-") || sign.symbol("+")) && number.kind == Kind::Number,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        join(bare(&tokens(text)))
    }

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[test]
    fn quotes_comments_and_numbers_are_one_token_each() {
        assert_eq!(
            texts(
                "a--x\n/*y*/ 'it''s' \"q\"\"q\" `b` [c d] x'0F' 1.5e-3 0xFF .5 ?1 :p a$b a->>'$.x'"
            ),
            [
                "a",
                "'it''s'",
                "\"q\"\"q\"",
                "`b`",
                "[c d]",
                "x'0F'",
                "1.5e-3",
                "0xFF",
                ".5",
                "?1",
                ":p",
                "a$b",
                "a",
                "->>",
                "'$.x'"
            ]
        );
        assert_eq!(texts("1-2 1e+x"), ["1", "-", "2", "1e", "+", "x"]);
        assert_eq!(texts("'open"), ["'open"]);
        assert_eq!(texts("a /* open"), ["a"]);
        let named = |text| name(&tokens(text)[0]);
        assert_eq!(named("\"q\"\"q\"").as_deref(), Some("q\"q"));
        assert_eq!(named("[a\"b]").as_deref(), Some("a\"b"));
        assert_eq!(named("'it''s'").as_deref(), Some("it's"));
        assert_eq!(named("x'0F'"), None);
    }

    #[test]
    fn spacing_is_canonical_and_keeps_the_meaning() {
        for (text, expected) in [
            ("a>0", "a > 0"),
            ("( ( a >0 ) )", "a > 0"),
            ("(a) > (0)", "(a) > (0)"),
            ("lower ( a ) in('x','y')", "lower(a) in ('x', 'y')"),
            ("- -1", "- -1"),
            ("a - -1", "a - -1"),
            ("-  1", "-1"),
            ("a -- c\n - 1", "a - 1"),
            ("not(a)", "not (a)"),
            ("t . a", "t.a"),
            ("CASE WHEN a THEN -1 END", "CASE WHEN a THEN -1 END"),
            ("x is not  null", "x is not null"),
        ] {
            assert_eq!(expression(text), expected);
            assert_eq!(expression(&expression(text)), expected, "stable");
        }
    }

    #[test]
    fn keys_ignore_quoting_and_case_but_not_strings_or_keywords() {
        assert_eq!(key("(\"A\" > 0 AND [b]=1)"), key("a>0 and `B` = 1"));
        assert_ne!(key("a = 'X'"), key("a = 'x'"));
        assert_ne!(key("\"current_date\""), key("current_date"));
        assert_ne!(key("\"a b\""), key("a b"));
    }

    #[test]
    fn a_tables_own_name_is_left_out() {
        for (text, expected) in [
            ("t.a > 0 AND \"T\" . b<[t].c", "a > 0 AND b < c"),
            ("lower(t.a) || 't.a'", "lower(a) || 't.a'"),
            ("tt.a > t", "tt.a > t"),
            ("t.t > 0", "t > 0"),
            ("main.t.a > 0", "main.t.a > 0"),
            ("t.\"a b\" > 0", "\"a b\" > 0"),
            ("t.current_date > 0", "t.current_date > 0"),
        ] {
            assert_eq!(unqualified(text, "t"), expected);
        }
    }

    #[test]
    fn no_text_makes_it_panic_and_joining_is_stable() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let joined = join(&tokens(&text));
            assert_eq!(join(&tokens(&joined)), joined, "{text:?}");
            key(&text);
            Ok(())
        });
    }
}
