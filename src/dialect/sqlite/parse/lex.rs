//! Splits SQLite text into tokens, and writes tokens back in one canonical spacing.
//!
//! Lexical rules: <https://www.sqlite.org/lang_keywords.html>, <https://www.sqlite.org/lang_expr.html#literal_values_constants_>
//! and the tokenizer's behaviour. Knows nothing of grammar beyond which words are operators.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) enum Kind {
    /// A bare word: keyword or name.
    Word,
    /// A name in `"…"`, `` `…` `` or `[…]`.
    Quoted,
    /// `'…'`
    String,
    /// `x'…'`
    Blob,
    /// A number without a sign.
    Number,
    /// `?`, `?1`, `:a`, `@a`, `$a`
    Parameter,
    /// An operator or a punctuation mark.
    Symbol,
}

/// A token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct Token<'a> {
    /// What it is.
    pub(in crate::dialect::sqlite) kind: Kind,
    /// As it is written, quotes included.
    pub(in crate::dialect::sqlite) text: &'a str,
    /// Where it starts, in bytes.
    pub(in crate::dialect::sqlite) start: usize,
}

impl Token<'_> {
    /// Is this bare word, in any case.
    pub(in crate::dialect::sqlite) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Is this symbol.
    pub(in crate::dialect::sqlite) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name that it stands for where a name is expected: SQLite takes a string in quotes of any kind.
    pub(in crate::dialect::sqlite) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted | Kind::String => Some(unquote(self.text)),
            Kind::Blob | Kind::Number | Kind::Parameter | Kind::Symbol => None,
        }
    }
}

/// The text between quotes, doubled ones made single.
fn unquote(text: &str) -> String {
    let mut chars = text.chars();
    let open = chars.next().unwrap_or_default();
    let close = if open == '[' { ']' } else { open };
    let inner = chars.as_str();
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    if open == '[' {
        inner.to_owned()
    } else {
        inner.replace(&format!("{close}{close}"), &close.to_string())
    }
}

/// The tokens of a text; whitespace and comments are left out. Never fails: what is not closed runs to the end.
pub(in crate::dialect::sqlite) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = after(bytes, at, |byte| byte == b'\n');
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let close = text.get(at + 2..).and_then(|rest| rest.find("*/"));
                at = close.map_or(bytes.len(), |close| at + 2 + close + 2);
                continue;
            }
            b'\'' => {
                at = quoted(bytes, at, b'\'');
                Kind::String
            }
            b'"' | b'`' => {
                at = quoted(bytes, at, byte);
                Kind::Quoted
            }
            b'[' => {
                at = after(bytes, at, |byte| byte == b']');
                Kind::Quoted
            }
            b'x' | b'X' if bytes.get(at + 1) == Some(&b'\'') => {
                at = quoted(bytes, at + 1, b'\'');
                Kind::Blob
            }
            b'0'..=b'9' => {
                at = number(bytes, at);
                Kind::Number
            }
            b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                at = number(bytes, at);
                Kind::Number
            }
            b'?' | b':' | b'@' | b'$' | b'#' => {
                at = word_end(bytes, at + 1);
                Kind::Parameter
            }
            _ if is_word(byte) => {
                at = word_end(bytes, at);
                Kind::Word
            }
            _ => {
                at += symbol_len(&bytes[at..]);
                Kind::Symbol
            }
        };
        found.push(Token {
            kind,
            text: text.get(start..at).unwrap_or_default(),
            start,
        });
    }
    found
}

/// One past the first byte from `at` that `stop` accepts.
fn after(bytes: &[u8], at: usize, stop: impl Fn(u8) -> bool) -> usize {
    let found = bytes[at..].iter().position(|&byte| stop(byte));
    found.map_or(bytes.len(), |offset| at + offset + 1)
}

/// One past the closing quote of what opens at `at`.
fn quoted(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte == quote {
            if bytes.get(at) == Some(&quote) {
                at += 1;
            } else {
                return at;
            }
        }
    }
    at
}

/// One past a number that starts at `at`, with whatever word characters are glued to it.
fn number(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some(&byte) = bytes.get(at) {
        let exponent = matches!(byte, b'+' | b'-')
            && matches!(bytes.get(at.wrapping_sub(1)), Some(b'e' | b'E'))
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !(is_word(byte) || byte == b'.' || exponent) {
            break;
        }
        at += 1;
    }
    at
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let end = bytes[at..].iter().position(|&byte| !is_word(byte));
    end.map_or(bytes.len(), |offset| at + offset)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn symbol_len(bytes: &[u8]) -> usize {
    const LONG: [&[u8]; 10] = [
        b"->>", b"->", b"||", b"==", b"!=", b"<>", b"<=", b">=", b"<<", b">>",
    ];
    LONG.iter()
        .find(|symbol| bytes.starts_with(symbol))
        .map_or(1, |symbol| symbol.len())
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
    if last.is_symbol(".") {
        return next.kind == Kind::Number;
    }
    if next.is_symbol(".") {
        return last.kind == Kind::Number;
    }
    if last.is_symbol("(") || [")", ",", ";"].iter().any(|symbol| next.is_symbol(symbol)) {
        return false;
    }
    // A sign keeps to its operand, but two signs in a row would open a comment.
    let sign = ["-", "+", "~"].iter().any(|symbol| last.is_symbol(symbol));
    if sign && is_unary(before) {
        return next.kind == Kind::Symbol && !next.is_symbol("(");
    }
    let call = matches!(last.kind, Kind::Word | Kind::Quoted) && !is_one_of(OPERATORS, last);
    !(next.is_symbol("(") && call)
}

/// Is the sign at the end of `before` a prefix?
fn is_unary(before: &[Token<'_>]) -> bool {
    match before.split_last().and_then(|(_, rest)| rest.last()) {
        None => true,
        Some(operand) => {
            (operand.kind == Kind::Symbol && !operand.is_symbol(")"))
                || is_one_of(OPERATORS, operand)
        }
    }
}

/// Tokens without the parentheses that enclose all of them.
pub(in crate::dialect::sqlite) fn bare<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut inner = tokens;
    while let [first, rest @ .., last] = inner
        && first.is_symbol("(")
        && last.is_symbol(")")
        && encloses(inner)
        && !rest.is_empty()
    {
        inner = rest;
    }
    inner
}

/// Does the first token, a parenthesis, close with the last?
fn encloses(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1 == tokens.len();
            }
        }
    }
    false
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
            Kind::Quoted => {
                let name = unquote(token.text);
                let plain = !name.is_empty()
                    && name.bytes().all(is_word)
                    && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
                    && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word));
                if plain {
                    name.to_ascii_lowercase()
                } else {
                    format!("\"{}\"", name.replace('"', "\"\"").to_ascii_lowercase())
                }
            }
            Kind::Blob | Kind::Number => token.text.to_ascii_lowercase(),
            Kind::String | Kind::Parameter | Kind::Symbol => token.text.to_owned(),
        };
        key.push_str(&part);
        key.push(' ');
    }
    key
}

/// The text without this table's name before its columns: an expression of a table can't mean another one, and the
/// name would be in the way while the table is built anew under another. The rest is written in canonical spacing.
pub(in crate::dialect::sqlite) fn unqualified(text: &str, table: &str) -> String {
    let tokens = tokens(text);
    let mut kept: Vec<Token<'_>> = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let qualifier = matches!(first.kind, Kind::Word | Kind::Quoted)
            && first
                .name()
                .is_some_and(|name| name.eq_ignore_ascii_case(table))
            && !kept.last().is_some_and(|last| last.is_symbol("."));
        match after {
            // A keyword that is a name after a point only, stays there.
            [point, column, ..]
                if qualifier && point.is_symbol(".") && !is_one_of(RESERVED, column) =>
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
pub(in crate::dialect::sqlite) fn mentions(text: &str, name: &str) -> bool {
    tokens(text).iter().any(|token| {
        matches!(token.kind, Kind::Word | Kind::Quoted)
            && token
                .name()
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// Is the expression a literal, so that `DEFAULT` takes it without parentheses and it never changes?
pub(in crate::dialect::sqlite) fn is_literal(text: &str) -> bool {
    let tokens = tokens(text);
    match tokens.as_slice() {
        [one] => match one.kind {
            Kind::String | Kind::Blob | Kind::Number => true,
            Kind::Word => ["NULL", "TRUE", "FALSE"].iter().any(|word| one.is(word)),
            Kind::Quoted | Kind::Parameter | Kind::Symbol => false,
        },
        [sign, number] => {
            (sign.is_symbol("-") || sign.is_symbol("+")) && number.kind == Kind::Number
        }
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
        assert_eq!(tokens("\"q\"\"q\"")[0].name().as_deref(), Some("q\"q"));
        assert_eq!(tokens("[a\"b]")[0].name().as_deref(), Some("a\"b"));
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
