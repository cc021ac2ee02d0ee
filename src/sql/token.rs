//! Cuts SQL into tokens: what is code, what is quoted, what is comment. The one lexer of this crate; what differs between
//! dialects is data, in [`Rules`].
//!
//! It takes any text, in one pass: what is not closed runs to the end and says so. A token borrows from the text, so that
//! none is allocated. Knows neither statements nor grammar.

use std::borrow::Cow;

use super::{BYTE_ORDER_MARK, Rules};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Space,
    /// A comment; a line comment stops before its line break.
    Comment,
    /// What makes a comment code: `/*!50100`, and the `*/` that closes it.
    Mark,
    /// A keyword, an unquoted name, or a variable.
    Word,
    /// A quoted name.
    Name,
    /// A string, its prefix included. Without `ANSI_QUOTES`, `"…"` is one.
    Text,
    /// A number without a sign.
    Number,
    /// A placeholder: `?`, `$1`, `:name`.
    Parameter,
    /// An operator or a punctuation mark.
    Symbol,
    /// What separates statements. Only a script has such; otherwise `;` is a symbol.
    Delimiter,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: Kind,
    /// Whether what it opens is closed in it.
    pub closed: bool,
    /// As it is written, quotes included.
    pub text: &'a str,
    /// The byte at which it starts.
    pub start: usize,
}

impl<'a> Token<'a> {
    /// The byte after it.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword, in any case.
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords.
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether it is this symbol.
    pub fn symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name that it may be: a word as it stands, or what is quoted with anything but single quotes.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Word => Some(Cow::Borrowed(self.text)),
            Kind::Name => Some(self.unquoted()),
            Kind::Text if self.text.starts_with('"') => Some(self.unquoted()),
            _ => None,
        }
    }

    /// The text between the quotes, with doubled ones undone. Escapes stay.
    pub fn unquoted(&self) -> Cow<'a, str> {
        let inner = self.inner();
        let double = match self.opening() {
            "'" => "''",
            "\"" => "\"\"",
            "`" => "``",
            "[" => "]]",
            _ => return Cow::Borrowed(inner),
        };
        match inner.contains(double) {
            true => Cow::Owned(inner.replace(double, &double[1..])),
            false => Cow::Borrowed(inner),
        }
    }

    /// The text between the quotes, as written; all of it if there are none.
    pub fn inner(&self) -> &'a str {
        let opening = self.opening();
        let inner = &self.text[self.prefix().len() + opening.len()..];
        let closing = opening.len() * usize::from(self.closed);
        &inner[..inner.len() - closing]
    }

    /// The prefix of the quote: the `E` of `E'…'`.
    pub(super) fn prefix(&self) -> &'a str {
        match self.kind {
            Kind::Name | Kind::Text => {
                let quote = self.text.find(['\'', '"', '`', '[', '$']);
                &self.text[..quote.unwrap_or_default()]
            }
            _ => "",
        }
    }

    /// The quote, or the tag of a dollar quote.
    pub(super) fn opening(&self) -> &'a str {
        let rest = &self.text[self.prefix().len()..];
        match rest.strip_prefix('$') {
            _ if !matches!(self.kind, Kind::Name | Kind::Text) => "",
            Some(tag) => &rest[..tag.find('$').map_or(1, |end| end + 2)],
            None => &rest[..1],
        }
    }
}

/// The tokens of a text, one after the other: together they are the text.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    rules: &'a Rules,
    /// The byte at which the next token starts.
    pub(super) at: usize,
    /// Where the open `/*!` starts, if inside one.
    pub(super) mark: Option<usize>,
    /// Where the string starts that continues one with escapes.
    continues: Option<usize>,
}

/// The tokens of a text without whitespace, comments, and the marks that make comments code.
pub fn tokens<'a>(text: &'a str, rules: &'a Rules) -> impl Iterator<Item = Token<'a>> {
    Lexer::new(text, rules)
        .filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment | Kind::Mark))
}

/// The text with another name, or none, in the place of each that qualifies the name after its dot, where `own` says so.
pub fn requalified(
    text: &str,
    rules: &Rules,
    own: impl Fn(&Token<'_>) -> bool,
    to: impl Fn(&Token<'_>) -> Option<String>,
) -> String {
    let tokens: Vec<_> = Lexer::new(text, rules).collect();
    let says = |token: &Token<'_>| !matches!(token.kind, Kind::Space | Kind::Comment | Kind::Mark);
    let mut out = String::with_capacity(text.len());
    let (mut place, mut after_dot) = (0, false);
    while let Some(token) = tokens.get(place) {
        let next = (place + 1..tokens.len()).find(|next| says(&tokens[*next]));
        let dot = next.filter(|next| !after_dot && tokens[*next].symbol(".") && own(token));
        match dot.map(|dot| (dot, to(token))) {
            Some((dot, None)) => {
                place = dot + 1;
                after_dot = true;
                continue;
            }
            Some((_, Some(name))) => out.push_str(&name),
            None => out.push_str(token.text),
        }
        if says(token) {
            after_dot = token.symbol(".");
        }
        place += 1;
    }
    out
}

/// The place of the parenthesis that closes the first token, which opens it; the end where none does.
pub fn closing(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    let closes = tokens.iter().position(|token| {
        depth += usize::from(token.symbol("("));
        depth -= usize::from(token.symbol(")")).min(depth);
        depth == 0
    });
    closes.unwrap_or(tokens.len())
}

/// The parts between top-level commas.
pub fn items<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        depth += usize::from(token.symbol("("));
        depth -= usize::from(token.symbol(")")).min(depth);
        depth == 0 && token.symbol(",")
    })
}

/// Letters, digits, `_`, and everything beyond ASCII, as all engines have it.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Operators of more than one character; of those that begin alike, the longest first.
const OPERATORS: &[&str] = &[
    "->>", "->", "||", "==", "!=", "<>", "<=", ">=", "<<", ">>", "::", ":=",
];

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.token(true)
    }
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning of a text.
    pub fn new(text: &'a str, rules: &'a Rules) -> Self {
        Self {
            text,
            rules,
            at: 0,
            mark: None,
            continues: None,
        }
    }

    /// The next token. `code` says whether a statement has begun: between statements any `--` opens a comment, and all
    /// that Unicode calls whitespace is some, byte order marks too, which joined files leave behind.
    pub(super) fn token(&mut self, code: bool) -> Option<Token<'a>> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let first = *rest.first()?;
        let second = rest.get(1).copied().unwrap_or_default();
        let rules = self.rules;
        // Most tokens are words and punctuation, so they are told first.
        let word = first.is_ascii_alphabetic() && !matches!(second, b'\'' | b'&');
        let (kind, closed) = match first {
            _ if word => (self.word(rest), true),
            b'(' | b')' | b',' | b';' => {
                self.at += 1;
                (Kind::Symbol, true)
            }
            _ if is_space(first) || !(code || first.is_ascii()) && self.spaces(code) > 0 => {
                self.at += self.spaces(code);
                (Kind::Space, true)
            }
            b'-' if second == b'-' && !(code && rules.spaced_dashes && glued_dashes(rest)) => {
                (self.line_comment(), true)
            }
            b'#' if rules.hash_comments => (self.line_comment(), true),
            b'/' if second == b'*' => match versioned(rest).filter(|_| rules.versioned_comments) {
                Some(length) => {
                    self.mark.get_or_insert(start);
                    self.at += length;
                    (Kind::Mark, true)
                }
                None => (Kind::Comment, self.block_comment()),
            },
            b'*' if second == b'/' && self.mark.take().is_some() => {
                self.at += 2;
                (Kind::Mark, true)
            }
            _ => match self.quoted(first, rest) {
                Some(quoted) => quoted,
                None => (self.other(first, rest), true),
            },
        };
        Some(Token {
            kind,
            closed,
            text: &self.text[start..self.at],
            start,
        })
    }

    /// Moves past a string or a quoted name, its prefix included; whether it is closed.
    fn quoted(&mut self, first: u8, rest: &[u8]) -> Option<(Kind, bool)> {
        let rules = self.rules;
        let prefixed = |prefix: &[u8]| {
            let (start, quote) = rest.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix).then(|| quote.first())?
        };
        Some(match first {
            b'\'' => {
                let continues = self.continues == Some(self.at);
                (Kind::Text, self.string(0, continues))
            }
            b'"' if rules.double_quoted_strings => {
                (Kind::Text, self.quote(b'"', rules.backslash_escapes, true))
            }
            b'"' => (Kind::Name, self.quote(b'"', false, true)),
            b'`' if rules.backticks => (Kind::Name, self.quote(b'`', false, true)),
            b'[' if rules.brackets => (Kind::Name, self.quote(b']', false, rules.doubled_brackets)),
            b'$' if rules.dollar_quotes => {
                let tag = self.dollar_tag()?;
                (Kind::Text, self.dollar_quote(tag))
            }
            _ if rules.escape_strings && prefixed(b"E") == Some(&b'\'') => {
                (Kind::Text, self.string(1, true))
            }
            _ if rules.unicode_strings && prefixed(b"U&") == Some(&b'\'') => {
                (Kind::Text, self.string(2, false))
            }
            _ if rules.unicode_strings && prefixed(b"U&") == Some(&b'"') => {
                self.at += 2;
                (Kind::Name, self.quote(b'"', false, true))
            }
            _ if rest.get(1) == Some(&b'\'')
                && has(rules.string_prefixes, first.to_ascii_uppercase()) =>
            {
                (Kind::Text, self.string(1, false))
            }
            _ => return None,
        })
    }

    /// Moves past what is neither blank nor comment nor quoted.
    fn other(&mut self, first: u8, rest: &[u8]) -> Kind {
        let rules = self.rules;
        match first {
            b'0'..=b'9' => self.number(),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit)
                && !(rules.digit_names && self.is_glued()) =>
            {
                self.number()
            }
            _ if is_word_byte(first) => self.word(rest),
            _ if has(rules.parameters, first) => {
                self.at += 1 + self.word_length(&rest[1..]);
                Kind::Parameter
            }
            _ if has(rules.word_starts, first) => {
                let sigil = |byte: &&u8| has(rules.word_starts, **byte);
                let sigils = rest.iter().take_while(sigil).count();
                self.at += sigils;
                self.word(&rest[sigils..])
            }
            _ => {
                let long = OPERATORS
                    .iter()
                    .find(|long| rest.starts_with(long.as_bytes()));
                self.at += long.map_or(1, |long| long.len());
                Kind::Symbol
            }
        }
    }

    fn word(&mut self, rest: &[u8]) -> Kind {
        self.at += self.word_length(rest);
        Kind::Word
    }

    fn spaces(&self, code: bool) -> usize {
        let rest = &self.text[self.at..];
        let end = match code {
            true => rest.bytes().position(|byte| !is_space(byte)),
            false => rest.find(|c: char| !(c.is_whitespace() || c == BYTE_ORDER_MARK)),
        };
        end.unwrap_or(rest.len())
    }

    fn line_comment(&mut self) -> Kind {
        let rest = &self.text[self.at..];
        let cr = self.rules.cr_ends_comment;
        let end = rest.find(|c| c == '\n' || cr && c == '\r');
        let line = &rest[..end.unwrap_or(rest.len())];
        self.at += line.len() - usize::from(!cr && line.ends_with('\r'));
        Kind::Comment
    }

    fn block_comment(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        self.at += 2;
        let mut depth = 1_usize;
        while let Some(next) = self.text[self.at..].find(['*', '/']) {
            self.at += next;
            match bytes[self.at..] {
                [b'*', b'/', ..] => {
                    self.at += 2;
                    depth -= 1;
                    if depth == 0 {
                        return true;
                    }
                }
                [b'/', b'*', ..] if self.rules.nested_comments => {
                    self.at += 2;
                    depth += 1;
                }
                _ => self.at += 1,
            }
        }
        self.at = bytes.len();
        false
    }

    /// Moves past a string in single quotes and its prefix; whether it is closed.
    fn string(&mut self, prefix: usize, escapes: bool) -> bool {
        self.at += prefix;
        let closed = self.quote(b'\'', escapes || self.rules.backslash_escapes, true);
        if escapes {
            self.continues = self.continuation();
        }
        closed
    }

    /// Moves past `close`, which doubled is a part of what it closes.
    fn quote(&mut self, close: u8, escapes: bool, doubled: bool) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while let Some(&byte) = bytes.get(at) {
            if byte == b'\\' && escapes {
                at += 1;
            } else if byte == close {
                if !(doubled && bytes.get(at + 1) == Some(&close)) {
                    self.at = at + 1;
                    return true;
                }
                at += 1;
            }
            at += 1;
        }
        self.at = bytes.len();
        false
    }

    /// Where the quote is that continues the string before it: after whitespace (and comments) with a line break in it
    /// the next part has the same escapes.
    fn continuation(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let mut at = 0;
        let mut line_break = false;
        loop {
            let tail = &rest[at..];
            let space = tail.len() - tail.trim_start().len();
            line_break |= tail[..space].contains(['\n', '\r']);
            at += space;
            let tail = &rest[at..];
            if !tail.starts_with("--") || space == 0 {
                return (line_break && tail.starts_with('\'')).then_some(self.at + at);
            }
            at += tail.find(['\n', '\r']).unwrap_or(tail.len());
        }
    }

    /// The `$tag$` that starts here.
    fn dollar_tag(&self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let name = rest.bytes().skip(1).take_while(|byte| is_word_byte(*byte));
        let tag = rest.get(..name.count() + 2)?;
        (tag.ends_with('$') && !tag.as_bytes()[1].is_ascii_digit()).then_some(tag)
    }

    fn dollar_quote(&mut self, tag: &str) -> bool {
        let body = self.at + tag.len();
        let close = self.text[body..].find(tag);
        self.at = close.map_or(self.text.len(), |close| body + close + tag.len());
        close.is_some()
    }

    /// How many bytes of a word stand at the start.
    fn word_length(&self, rest: &[u8]) -> usize {
        let mut length = 0;
        while let Some(&byte) = rest.get(length)
            && (is_word_byte(byte) || has(self.rules.word_parts, byte))
        {
            length += 1;
        }
        length
    }

    /// Whether something that may be a name ends right here.
    fn is_glued(&self) -> bool {
        let before = self.text.as_bytes()[..self.at].last();
        before.is_some_and(|byte| is_word_byte(*byte) || matches!(byte, b'`' | b'"'))
    }

    /// Moves past a number with whatever of a word is glued to it, or past the name that begins with digits.
    fn number(&mut self) -> Kind {
        let rest = &self.text.as_bytes()[self.at..];
        if self.rules.digit_names && rest[0] != b'.' {
            let word = &rest[..self.word_length(rest)];
            let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let after = &rest[word.len()..];
            let more = match (word, &word[digits..]) {
                (_, []) => Some(fraction(after)),
                (_, [b'e' | b'E']) => Some(signed_digits(after)),
                (_, [b'e' | b'E', exponent @ ..]) if exponent.iter().all(u8::is_ascii_digit) => {
                    Some(0)
                }
                ([b'0', b'x', _, ..], _) if word[2..].iter().all(u8::is_ascii_hexdigit) => Some(0),
                ([b'0', b'b', _, ..], _)
                    if word[2..].iter().all(|bit| matches!(bit, b'0' | b'1')) =>
                {
                    Some(0)
                }
                _ => None,
            };
            self.at += word.len() + more.unwrap_or(0);
            return match more {
                Some(_) => Kind::Number,
                None => Kind::Word,
            };
        }
        let mut length = 1;
        while let Some(&byte) = rest.get(length) {
            let exponent = matches!(byte, b'+' | b'-')
                && matches!(rest[length - 1], b'e' | b'E')
                && rest.get(length + 1).is_some_and(u8::is_ascii_digit);
            if !(byte == b'.' || exponent || self.word_length(&rest[length..=length]) > 0) {
                break;
            }
            length += 1;
        }
        self.at += length;
        Kind::Number
    }
}

/// The length of a number's point, what follows it, and its exponent.
fn fraction(rest: &[u8]) -> usize {
    if rest.first() != Some(&b'.') {
        return 0;
    }
    let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = 1 + digits.count();
    match rest.get(length) {
        Some(b'e' | b'E') => match signed_digits(&rest[length + 1..]) {
            0 => length,
            exponent => length + 1 + exponent,
        },
        _ => length,
    }
}

/// The length of digits with or without a sign; 0 if there are none.
fn signed_digits(rest: &[u8]) -> usize {
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    let digits = rest[sign.min(rest.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    match digits.count() {
        0 => 0,
        digits => sign + digits,
    }
}

fn has(set: &str, byte: u8) -> bool {
    set.bytes().any(|one| one == byte)
}

/// Two dashes before anything but whitespace subtract, where a comment's need some.
fn glued_dashes(rest: &[u8]) -> bool {
    let next = rest.get(2);
    next.is_some_and(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_control())
}

/// The length of the mark that makes a comment code, its version included.
fn versioned(rest: &[u8]) -> Option<usize> {
    let open = ["/*!", "/*M!"]
        .iter()
        .find(|open| rest.starts_with(open.as_bytes()))?;
    let version = rest[open.len()..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    Some(open.len() + version.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Name, Number, Parameter, Symbol, Text, Word};

    #[track_caller]
    fn cut(sql: &str, rules: &Rules, expected: &[(Kind, &str)]) {
        let found: Vec<_> = tokens(sql, rules).map(|one| (one.kind, one.text)).collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn strings_are_one_token_with_their_prefix_and_escapes() {
        fn all(rules: &Rules, texts: &[&str]) {
            for text in texts {
                cut(text, rules, &[(Text, text)]);
            }
        }
        let strings = ["'it''s --'", "'/*'", "''''"];
        for rules in [
            Rules::POSTGRES,
            Rules::MYSQL,
            Rules::SQLITE,
            Rules::MSSQL,
            Rules::GENERIC,
        ] {
            all(&rules, &strings);
        }
        let strings = [
            r"E'it\'s'",
            r"e'a''b\'c;'",
            r"U&'d\0061t'",
            "N'a'",
            "x'0F'",
            "$$it's$$",
            "$a$ $$ $b$ ; $a$",
        ];
        all(&Rules::POSTGRES, &strings);
        all(&Rules::MYSQL, &[r"'it\'s'", r#""a\"b""#, "b'01'"]);
        cut(r"'a\' b", &Rules::POSTGRES, &[(Text, r"'a\'"), (Word, "b")]);
        cut(
            "E'a'\n -- c\n 'b\\'c' 'd'",
            &Rules::POSTGRES,
            &[(Text, "E'a'"), (Text, r"'b\'c'"), (Text, "'d'")],
        );
        cut(
            "$1 a$b$ $1$",
            &Rules::POSTGRES,
            &[(Parameter, "$1"), (Word, "a$b$"), (Parameter, "$1$")],
        );
    }

    #[test]
    fn names_are_told_from_strings_and_words() {
        cut(
            "\"a\"\"b\" U&\"c\" d",
            &Rules::POSTGRES,
            &[(Name, "\"a\"\"b\""), (Name, "U&\"c\""), (Word, "d")],
        );
        cut("[a]] b]", &Rules::MSSQL, &[(Name, "[a]] b]")]);
        cut("[a] b", &Rules::SQLITE, &[(Name, "[a]"), (Word, "b")]);
        cut("[a]]", &Rules::SQLITE, &[(Name, "[a]"), (Symbol, "]")]);
        cut(
            "`a``b`.1a @@x root@'%'",
            &Rules::MYSQL,
            &[
                (Name, "`a``b`"),
                (Symbol, "."),
                (Word, "1a"),
                (Word, "@@x"),
                (Word, "root"),
                (Word, "@"),
                (Text, "'%'"),
            ],
        );
        let name = |sql, rules| Lexer::new(sql, rules).next().unwrap().name();
        assert_eq!(name("\"a\"\"b\"", &Rules::POSTGRES).unwrap(), "a\"b");
        assert_eq!(name("U&\"c\"", &Rules::POSTGRES).unwrap(), "c");
        assert_eq!(name("[a]] b]", &Rules::MSSQL).unwrap(), "a] b");
        assert_eq!(name("`a``b`", &Rules::MYSQL).unwrap(), "a`b");
        assert_eq!(name("\"a\"", &Rules::MYSQL).unwrap(), "a");
        assert_eq!(name("'a'", &Rules::MYSQL), None);
        let inner = |sql| Lexer::new(sql, &Rules::POSTGRES).next().unwrap().unquoted();
        assert_eq!(inner("E'it''s'"), "it's");
        assert_eq!(inner("$a$it''s$a$"), "it''s");
        assert_eq!(inner("$a$open"), "open");
        assert_eq!(inner("'open"), "open");
        assert_eq!(inner("word"), "word");
    }

    #[test]
    fn comments_end_where_the_dialect_ends_them() {
        cut(
            "a /* /* b */ c */ d",
            &Rules::POSTGRES,
            &[(Word, "a"), (Word, "d")],
        );
        cut(
            "a /* /* b */ c */",
            &Rules::SQLITE,
            &[(Word, "a"), (Word, "c"), (Symbol, "*"), (Symbol, "/")],
        );
        cut("a--b\rc", &Rules::POSTGRES, &[(Word, "a"), (Word, "c")]);
        cut(
            "5--1 # c\n-- d\n6",
            &Rules::MYSQL,
            &[
                (Number, "5"),
                (Symbol, "-"),
                (Symbol, "-"),
                (Number, "1"),
                (Number, "6"),
            ],
        );
        cut(
            "a /*!50100 b '*/' */ * /*M! c*/ 2*/*d*/3",
            &Rules::MYSQL,
            &[
                (Word, "a"),
                (Word, "b"),
                (Text, "'*/'"),
                (Symbol, "*"),
                (Word, "c"),
                (Number, "2"),
                (Symbol, "*"),
                (Number, "3"),
            ],
        );
    }

    #[test]
    fn numbers_operators_and_placeholders_are_one_token_each() {
        cut(
            "1.5e-3::int .5 a->>'b' data#>x",
            &Rules::POSTGRES,
            &[
                (Number, "1.5e-3"),
                (Symbol, "::"),
                (Word, "int"),
                (Number, ".5"),
                (Word, "a"),
                (Symbol, "->>"),
                (Text, "'b'"),
                (Word, "data"),
                (Symbol, "#"),
                (Symbol, ">"),
                (Word, "x"),
            ],
        );
        cut(
            "?1 :a @b $c d$e",
            &Rules::SQLITE,
            &[
                (Parameter, "?1"),
                (Parameter, ":a"),
                (Parameter, "@b"),
                (Parameter, "$c"),
                (Word, "d$e"),
            ],
        );
        cut(
            "? 0x1F 1e5 2e+5 1.5 2024_logs a.5",
            &Rules::MYSQL,
            &[
                (Parameter, "?"),
                (Number, "0x1F"),
                (Number, "1e5"),
                (Number, "2e+5"),
                (Number, "1.5"),
                (Word, "2024_logs"),
                (Word, "a"),
                (Symbol, "."),
                (Number, "5"),
            ],
        );
        // What is not of the number is a word, and what it qualifies is seen.
        cut(
            "0xbackup.users 0b12 1.FROM 1.5e3",
            &Rules::MYSQL,
            &[
                (Word, "0xbackup"),
                (Symbol, "."),
                (Word, "users"),
                (Word, "0b12"),
                (Number, "1."),
                (Word, "FROM"),
                (Number, "1.5e3"),
            ],
        );
    }

    #[test]
    fn parentheses_are_matched_outside_quotes() {
        let sql: Vec<_> = tokens("(a, ')', (b, c)), d", &Rules::GENERIC).collect();
        assert_eq!(closing(&sql), 10);
        let inside: Vec<usize> = items(&sql[1..10]).map(<[_]>::len).collect();
        assert_eq!(inside, [1, 1, 5]);
        assert_eq!(closing(&sql[..4]), 4);
    }
}
