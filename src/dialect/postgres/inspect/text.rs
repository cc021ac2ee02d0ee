//! The server's spelling: quoting names, and taking apart the little of its SQL that the catalogue has only as text.

use crate::dialect::postgres::attrs;
pub(super) use crate::dialect::postgres::quote::quote as ident;
use crate::sql::Rules;
use crate::sql::token::{Kind, Lexer, Token};

/// A schema's object in double quotes.
pub(in crate::dialect::postgres) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// Names in double quotes, comma-separated.
pub(super) fn idents<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| ident(name.as_ref())).collect();
    quoted.join(", ")
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Length of `text` up to the first token outside brackets where `stop` holds, or to its end.
fn until(text: &str, stop: impl Fn(&Token<'_>) -> bool) -> usize {
    let mut depth = 0_usize;
    for token in Lexer::new(text, &Rules::POSTGRES) {
        if depth == 0 && stop(&token) {
            return token.start;
        }
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// An expression without brackets that surround all of it, however many there are.
pub(super) fn unwrapped(expression: &str) -> &str {
    let mut expression = expression.trim();
    while let Some(inner) = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        // The first bracket's partner has to be the last one, as in `(a) OR (b)` it isn't.
        let closing = 1 + until(inner, |token| token.symbol(")"));
        if closing + 1 != expression.len() {
            break;
        }
        expression = inner.trim();
    }
    expression
}

/// An expression as the server prints it once it has read its own print: without brackets around all of it, and with a
/// cast of a whole list, `(ARRAY[a])::t[]`, as casts of its items, `ARRAY[(a)::t]`.
///
/// The server prints `x IN ('a', 'b')` on a `varchar` in the first form, and reads that as the second. What is inspected
/// has to be what a plan made of it leads to.
pub(super) fn settled(expression: &str) -> String {
    let expression = unwrapped(expression);
    let mut out = String::new();
    let mut done = 0;
    for token in Lexer::new(expression, &Rules::POSTGRES) {
        if token.start < done {
            continue;
        }
        let list = || cast_list(&expression[token.start..]);
        match token.symbol("(").then(list).flatten() {
            Some((list, after)) => {
                out.push_str(&list);
                done = expression.len() - after.len();
            }
            None => out.push_str(token.text),
        }
    }
    out
}

/// The settled form of the cast list that `text` starts with, and what follows it.
fn cast_list(text: &str) -> Option<(String, &str)> {
    let items = text.strip_prefix("(ARRAY[")?;
    let (mut items, after) = items.split_at_checked(until(items, |token| token.symbol("]")))?;
    let after = after.strip_prefix("])::")?;
    let (ty, after) = after.split_at_checked(after.find("[]")?)?;
    let of_type =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"' | '(' | ')' | ',');
    if !ty.chars().all(of_type) {
        return None;
    }
    let mut cast = Vec::new();
    while !items.is_empty() {
        let (item, next) = items.split_at_checked(until(items, |token| token.symbol(",")))?;
        // Not `settled`: an item's own brackets stay.
        cast.push(format!("({})::{ty}", item.trim()));
        items = next.strip_prefix(',').unwrap_or_default();
    }
    let list = format!("ARRAY[{}]", cast.join(", "));
    Some((list, after.strip_prefix("[]")?))
}

/// Splits `'text'::type` into the literal and the type; `None` for anything else.
pub(super) fn cast_literal(expression: &str) -> Option<(&str, &str)> {
    let first = Lexer::new(expression, &Rules::POSTGRES).next()?;
    let literal = first.closed && first.text.starts_with('\'');
    let cast = expression[first.end()..].strip_prefix("::")?;
    literal.then_some((first.text, cast))
}

/// What follows one key of an index in the server's definition of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct KeyOptions {
    pub(super) collation: Option<String>,
    pub(super) opclass: Option<String>,
    pub(super) descending: bool,
    /// `FIRST` or `LAST`, where it is said.
    pub(super) nulls: Option<String>,
}

/// Reads the key options from the definition of an index, `keys` being its keys as the server prints them.
///
/// `text` starts after the bracket that opens the key list. The server itself leaves out what is default, which no
/// catalogue column tells for expressions. `None` when the text is not as expected.
pub(super) fn key_options(text: &str, keys: &[String]) -> Option<Vec<KeyOptions>> {
    let mut rest = text;
    let mut all = Vec::new();
    for key in keys {
        rest = rest.strip_prefix(key.as_str())?;
        let end = until(rest, |token| token.symbol(",") || token.symbol(")"));
        let (options, next) = rest.split_at_checked(end)?;
        all.push(options_of(options)?);
        rest = next.strip_prefix(", ").unwrap_or(next);
    }
    rest.starts_with(')').then_some(all)
}

fn options_of(text: &str) -> Option<KeyOptions> {
    let mut options = KeyOptions::default();
    let mut words = words(text).into_iter().peekable();
    while let Some(word) = words.next() {
        match word {
            "COLLATE" => options.collation = Some(words.next()?.to_owned()),
            "DESC" => options.descending = true,
            "ASC" => {}
            "NULLS" => options.nulls = Some(words.next()?.to_owned()),
            opclass => {
                let parameters = words.next_if(|next| next.starts_with('('));
                options.opclass = Some(match parameters {
                    Some(parameters) => format!("{opclass} {parameters}"),
                    None => opclass.to_owned(),
                });
            }
        }
    }
    Some(options)
}

/// The words of a text, quotes and brackets kept together.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, next) = rest.split_at(until(rest, |token| token.kind == Kind::Space));
        words.push(word);
        rest = next.trim_start();
    }
    words
}

/// Storage parameters as the catalogue keeps them (`name=value`), sorted, values quoted where SQL needs it.
pub(super) fn storage(parameters: &[String]) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let pairs = parameters.iter().map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match !value.is_empty() && value.chars().all(plain) {
            true => (name, value.to_owned()),
            false => (name, literal(value)),
        }
    });
    attrs::storage_text(&pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cast_item_by_item() {
        assert_eq!(
            settled(
                "((a)::text = ANY ((ARRAY['x, ]'::character varying, 'it''s'::character varying])::text[]))"
            ),
            "(a)::text = ANY (ARRAY[('x, ]'::character varying)::text, ('it''s'::character varying)::text])"
        );
        assert_eq!(
            settled("n = ANY ((ARRAY[1, (b + 2)])::numeric(6,2)[]) OR m"),
            "n = ANY (ARRAY[(1)::numeric(6,2), ((b + 2))::numeric(6,2)]) OR m"
        );
        for same in [
            "a = ANY (ARRAY[('x'::character varying)::text])",
            "a = '(ARRAY[1])::text[]'::text",
            "\"(ARRAY[1])::text[]\" > 1",
            "(ARRAY[1, 2])[1] = a",
        ] {
            assert_eq!(settled(same), same);
        }
    }

    #[test]
    fn brackets_around_everything_go() {
        assert_eq!(unwrapped("((a || b))"), "a || b");
        assert_eq!(unwrapped("(a > 0) AND (b > 0)"), "(a > 0) AND (b > 0)");
        assert_eq!(unwrapped("((a > 0) AND (b > 0))"), "(a > 0) AND (b > 0)");
        assert_eq!(unwrapped("(a = ')'::text)"), "a = ')'::text");
        assert_eq!(unwrapped("(\"(\" > 1)"), "\"(\" > 1");
        assert_eq!(unwrapped("lower(a)"), "lower(a)");
        assert_eq!(unwrapped("(a[1] + (2))"), "a[1] + (2)");
        assert_eq!(unwrapped("('a' || ('b'))"), "'a' || ('b')");
        assert_eq!(unwrapped("(it = 'é''(')"), "it = 'é''('");
        assert_eq!(unwrapped("()"), "");
    }

    #[test]
    fn only_bare_literals_are_cast_literals() {
        assert_eq!(cast_literal("'a::b'::text"), Some(("'a::b'", "text")));
        assert_eq!(
            cast_literal("'it''s'::character varying"),
            Some(("'it''s'", "character varying"))
        );
        assert_eq!(cast_literal("'a'"), None);
        assert_eq!(cast_literal("('a'::text)::date"), None);
        assert_eq!(cast_literal("'a' || 'b'::text"), None);
        assert_eq!(cast_literal("\"a\"::text"), None);
        assert_eq!(cast_literal("'open"), None);
    }

    #[test]
    fn key_options_follow_their_keys() {
        let keys = ["a".to_owned(), "\"b, c\"".to_owned(), "lower(d)".to_owned()];
        let text = "a COLLATE \"C\" public.gin_trgm_ops (siglen='32') DESC NULLS LAST, \"b, c\" text_pattern_ops, \
                    lower(d)) WHERE (a > 0)";
        let options = key_options(text, &keys).unwrap();
        assert_eq!(options[0].collation.as_deref(), Some("\"C\""));
        assert_eq!(
            options[0].opclass.as_deref(),
            Some("public.gin_trgm_ops (siglen='32')")
        );
        assert!(options[0].descending);
        assert_eq!(options[0].nulls.as_deref(), Some("LAST"));
        assert_eq!(options[1].opclass.as_deref(), Some("text_pattern_ops"));
        assert_eq!(options[2], KeyOptions::default());
        assert_eq!(key_options("x)", &keys), None);
        assert_eq!(key_options("a", &["a".to_owned()]), None);
    }

    #[test]
    fn storage_is_sorted_and_quoted() {
        let parameters = ["fillfactor=70", "autovacuum_enabled=false", "x=a, b"];
        let parameters: Vec<String> = parameters.map(str::to_owned).to_vec();
        let text = storage(&parameters);
        assert_eq!(
            text.as_deref(),
            Some("autovacuum_enabled=false, fillfactor=70, x='a, b'")
        );
        let pairs = attrs::storage(text.as_deref());
        assert_eq!(attrs::storage_text(&pairs), text);
        assert_eq!(storage(&[]), None);
    }

    #[test]
    fn names_and_literals_are_quoted() {
        assert_eq!(qualified("a\"b", "C d"), "\"a\"\"b\".\"C d\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(idents(&["a", "B"]), "\"a\", \"B\"");
    }
}
