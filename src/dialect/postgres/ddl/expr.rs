//! Rewrites SQL that the server printed, token by token: which schema names it carries, and its parentheses.

/// Types whose constants are names: inside them a schema is a qualification too.
const NAME_TYPES: &[&str] = &[
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regtype",
];

/// A piece of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// An identifier or keyword, quoted or not.
    Word(&'a str),
    /// A string constant, quotes and prefix included.
    Text(&'a str),
    /// Anything else.
    Other(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }
}

/// Splits SQL; the pieces joined are the input.
fn tokens<'a>(sql: &'a str) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (make, len): (fn(&'a str) -> Token<'a>, usize) = match first {
            '\'' => (Token::Text, quoted_len(rest, '\'', false)),
            'E' | 'e' if rest[1..].starts_with('\'') => {
                (Token::Text, 1 + quoted_len(&rest[1..], '\'', true))
            }
            '"' => (Token::Word, quoted_len(rest, '"', false)),
            '$' if dollar_len(rest).is_some() => {
                (Token::Text, dollar_len(rest).unwrap_or(rest.len()))
            }
            char if starts_word(char) => (Token::Word, run(rest, continues_word)),
            char if char.is_ascii_digit() => (
                Token::Other,
                run(rest, |char| char.is_ascii_alphanumeric() || char == '.'),
            ),
            char => (Token::Other, char.len_utf8()),
        };
        let (piece, after) = rest.split_at(len);
        tokens.push(make(piece));
        rest = after;
    }
    tokens
}

fn starts_word(char: char) -> bool {
    char == '_' || char.is_ascii_alphabetic() || !char.is_ascii()
}

fn continues_word(char: char) -> bool {
    starts_word(char) || char.is_ascii_digit() || char == '$'
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|char| !belongs(char)).unwrap_or(text.len())
}

/// Length of a quoted piece; a doubled quote, or one after a backslash, does not end it.
fn quoted_len(text: &str, quote: char, backslash: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if backslash && char == '\\' {
            chars.next();
        } else if char == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return at + quote.len_utf8(),
            }
        }
    }
    text.len()
}

/// Length of a `$tag$…$tag$` constant, if one starts here.
fn dollar_len(text: &str) -> Option<usize> {
    let tag = 1 + run(&text[1..], |char| continues_word(char) && char != '$');
    let delimiter = text.get(..=tag).filter(|tag| tag.ends_with('$'))?;
    let body = &text[delimiter.len()..];
    body.find(delimiter).map(|end| end + 2 * delimiter.len())
}

/// The name that a word stands for; unquoted words are folded as the server folds them.
fn meaning(word: &str) -> String {
    match word
        .strip_prefix('"')
        .and_then(|word| word.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => word.to_ascii_lowercase(),
    }
}

/// Takes the schema off the names that it qualifies, or puts another in its place.
///
/// Names inside string constants stay, unless the constant is a name itself, as in `'public.s'::regclass`.
pub(super) fn requalify(sql: &str, schema: &str, to: Option<&str>) -> String {
    let tokens = tokens(sql);
    let mut result = String::with_capacity(sql.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let after_dot = at > 0 && tokens[at - 1] == Token::Other(".");
        match token {
            Token::Word(word)
                if !after_dot
                    && tokens.get(at + 1) == Some(&Token::Other("."))
                    && meaning(word) == schema =>
            {
                if let Some(to) = to {
                    result.push_str(&super::writer::quote(to));
                    result.push('.');
                }
                at += 2;
                continue;
            }
            Token::Text(text) if is_name_constant(&tokens[at + 1..]) => {
                result.push_str(&requalify_constant(text, schema, to));
            }
            token => result.push_str(token.text()),
        }
        at += 1;
    }
    result
}

fn is_name_constant(after: &[Token<'_>]) -> bool {
    matches!(
        after,
        [Token::Other(":"), Token::Other(":"), Token::Word(ty), ..] if NAME_TYPES.contains(ty)
    )
}

fn requalify_constant(text: &str, schema: &str, to: Option<&str>) -> String {
    match text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
    {
        Some(inner) => super::writer::literal(&requalify(&inner.replace("''", "'"), schema, to)),
        None => text.to_owned(),
    }
}

/// Puts SQL in parentheses unless one pair already holds it all.
pub(super) fn wrap(sql: &str) -> String {
    if is_wrapped(sql) {
        sql.to_owned()
    } else {
        format!("({sql})")
    }
}

fn is_wrapped(sql: &str) -> bool {
    let tokens = tokens(sql);
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Other("(") => depth += 1,
            Token::Other(")") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at > 0 && at + 1 == tokens.len();
        }
    }
    false
}

/// Names this column, by itself or as part of something.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql)
        .iter()
        .any(|token| matches!(token, Token::Word(word) if meaning(word) == name))
}

/// The string constants of a statement, without quotes and prefixes.
pub(super) fn constants(sql: &str) -> Vec<String> {
    tokens(sql)
        .iter()
        .filter_map(|token| match token {
            Token::Text(text) => {
                let text = text.trim_start_matches(['E', 'e']);
                let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
                Some(inner.replace("''", "'"))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_taken_off_names_and_name_constants_only() {
        let strip = |sql| requalify(sql, "public", None);
        assert_eq!(
            strip("nextval('public.s'::regclass)"),
            "nextval('s'::regclass)"
        );
        assert_eq!(
            strip("nextval('public.\"S\"'::regclass)"),
            "nextval('\"S\"'::regclass)"
        );
        assert_eq!(strip("'a'::public.status"), "'a'::status");
        assert_eq!(strip("'public.a'::text"), "'public.a'::text");
        assert_eq!(
            strip("E'it\\'s public.a'::public.t"),
            "E'it\\'s public.a'::t"
        );
        assert_eq!(strip("public.f(\"public\".g(x))"), "f(g(x))");
        assert_eq!(strip("(a OPERATOR(public.=) b)"), "(a OPERATOR(=) b)");
        assert_eq!(strip("other.public.x"), "other.public.x");
        assert_eq!(strip("(public).x"), "(public).x");
        assert_eq!(strip("republic.f()"), "republic.f()");
        assert_eq!(strip("1.5 + public.f()"), "1.5 + f()");
        assert_eq!(strip("$$public.a$$ || public.b"), "$$public.a$$ || b");
    }

    #[test]
    fn a_scope_can_be_replaced() {
        assert_eq!(
            requalify("'a'::dev.status[]", "dev", Some("app")),
            "'a'::\"app\".status[]"
        );
        assert_eq!(
            requalify("nextval('dev.s'::regclass)", "dev", Some("app")),
            "nextval('\"app\".s'::regclass)"
        );
    }

    #[test]
    fn only_a_whole_pair_of_parentheses_counts() {
        assert_eq!(wrap("a > 0"), "(a > 0)");
        assert_eq!(wrap("(a > 0)"), "(a > 0)");
        assert_eq!(wrap("(a) + (b)"), "((a) + (b))");
        assert_eq!(wrap("(a = ')')"), "(a = ')')");
        assert_eq!(wrap("(a = '(') or (b)"), "((a = '(') or (b))");
    }

    #[test]
    fn words_are_found_as_names_only() {
        assert!(mentions("(status = 'a'::text)", "status"));
        assert!(mentions("(\"Status\" = 'a')", "Status"));
        assert!(!mentions("(kind = 'status')", "status"));
        assert!(!mentions("(\"Status\" = 'a')", "status"));
    }

    #[test]
    fn constants_lose_their_quotes() {
        assert_eq!(constants("x = 'it''s' AND y = '{a}'"), ["it's", "{a}"]);
    }
}
