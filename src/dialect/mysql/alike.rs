//! Expressions that a server keeps in two spellings and that mean the same: strings that MySQL writes with one character
//! set today and another after the next ALTER, and what it keeps as an expression where it stood in parentheses,
//! `(now())`, and as a value where it did not.

use super::types;
use crate::dialect::spelling;
use crate::schema::Column;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, closing, tokens};

/// The words in which an ASCII string is the same.
const OF_ASCII: &[&str] = &["_utf8mb4", "_utf8mb3", "_utf8", "_latin1", "_ascii"];

/// The words for the time at which a statement started.
const NOW: &[&str] = &["NOW", "CURRENT_TIMESTAMP"];

/// Both are the same expression, or the same default of a column.
pub(super) fn same(a: &str, b: &str, column: Option<&Column>) -> bool {
    a == b || meaning(a, column) == meaning(b, column)
}

fn meaning(expr: &str, column: Option<&Column>) -> Vec<String> {
    let tokens: Vec<Token<'_>> = tokens(expr, &Rules::MYSQL).collect();
    let Some(column) = column else {
        return spelled(&tokens);
    };
    let mut value = &tokens[..];
    while value.first().is_some_and(|first| first.symbol("(")) && closing(value) + 1 == value.len()
    {
        value = &value[1..value.len() - 1];
    }
    let number = types::is_number(&column.ty).then(|| number(value));
    match number.flatten() {
        Some(number) => vec![number],
        None => spelled(value),
    }
}

/// The number that a default is: MySQL keeps `(-1)` as `-(1)`, and its truth is a number.
fn number(value: &[Token<'_>]) -> Option<String> {
    match value {
        [word] if word.is("TRUE") => return Some("1".to_owned()),
        [word] if word.is("FALSE") => return Some("0".to_owned()),
        _ => {}
    }
    let digits = value.iter().map(|token| match token.text {
        "(" | ")" => "",
        text => text,
    });
    spelling::number(&digits.collect::<String>())
}

/// The tokens, without the character sets of ASCII strings, and with one word for the time.
fn spelled(tokens: &[Token<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        rest = after;
        let ascii = after.first().is_some_and(|next| {
            next.kind == Kind::Text
                && next.closed
                && next.text.starts_with('\'')
                && next.text.is_ascii()
        });
        if ascii && OF_ASCII.contains(&token.text) {
            continue;
        }
        if token.is_any(NOW) {
            out.push("NOW".to_owned());
            match after {
                [open, close, more @ ..] if open.symbol("(") && close.symbol(")") => rest = more,
                [open, zero, close, more @ ..]
                    if open.symbol("(") && zero.text == "0" && close.symbol(")") =>
                {
                    rest = more;
                }
                _ => {}
            }
            continue;
        }
        out.push(token.text.to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_character_set_of_ascii_strings_may_differ() {
        let same = |a, b| same(a, b, None);
        assert!(same("(`a` <> _latin1'x')", "(`a` <> _utf8mb4'x')"));
        assert!(same(
            "`a` in (_utf8mb4'it\\'s',_utf8mb4'')",
            "`a` in (_latin1'it\\'s',_latin1'')"
        ));
        assert!(!same("(`a` <> _latin1'x')", "(`a` <> _utf8mb4'y')"));
        assert!(!same("(`a` <> _latin1'ä')", "(`a` <> _utf8mb4'ä')"));
        assert!(!same("(`a` <> _binary'x')", "(`a` <> _utf8mb4'x')"));
        assert!(!same("(`_latin1` <> '_latin1')", "(`_utf8` <> '_utf8')"));
    }

    #[test]
    fn defaults_are_the_same_with_and_without_parentheses() {
        let same = |ty, a, b| same(a, b, Some(&Column::plain("a", ty, true)));
        for (ty, a, b) in [
            ("datetime", "(now())", "CURRENT_TIMESTAMP"),
            ("datetime(6)", "(now(6))", "CURRENT_TIMESTAMP(6)"),
            ("int", "(-(1))", "-1"),
            ("decimal(10,2)", "(0)", "0.00"),
            ("tinyint(1)", "(true)", "1"),
            ("varchar(9)", "(_utf8mb4'x')", "'x'"),
        ] {
            assert!(same(ty, a, b), "{a} {b}");
        }
        for (ty, a, b) in [
            ("datetime(6)", "(now())", "CURRENT_TIMESTAMP(6)"),
            ("datetime", "(sysdate())", "CURRENT_TIMESTAMP"),
            ("varchar(9)", "(1)", "'1'"),
            ("varchar(9)", "'01'", "'1'"),
            ("json", "(true)", "(1)"),
            ("int", "(1 + 1)", "2"),
            ("int", "`now`", "now()"),
        ] {
            assert!(!same(ty, a, b), "{a} {b}");
        }
    }

    #[test]
    fn any_text_can_be_read() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let column = Column::plain("a", "int", true);
            for text in [
                text.clone(),
                format!("_latin1'{text}"),
                format!("'{text}\\"),
                format!("(now({text}"),
            ] {
                let _ = meaning(&text, None);
                let _ = meaning(&text, Some(&column));
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
