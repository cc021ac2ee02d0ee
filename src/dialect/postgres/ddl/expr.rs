//! Rewrites SQL that the server printed, token by token: which schema names it carries, and its parentheses.

use crate::dialect::postgres::quote::{literal, quote};
use crate::sql::Rules;
use crate::sql::token::{Kind, Lexer, Token, closing};

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

fn tokens(sql: &str) -> Vec<Token<'_>> {
    Lexer::new(sql, &Rules::POSTGRES).collect()
}

/// Whether a token stands for this name; unquoted words are folded as the server folds them.
fn means(token: &Token<'_>, name: &str) -> bool {
    match token.kind {
        Kind::Word => token.text.to_ascii_lowercase() == name,
        Kind::Name => token.unquoted() == name,
        _ => false,
    }
}

/// Takes the schema off the names that it qualifies, or puts another in its place.
///
/// Names inside string constants stay, unless the constant is a name itself, as in `'public.s'::regclass`.
pub(super) fn requalify(sql: &str, schema: &str, to: Option<&str>) -> String {
    let tokens = tokens(sql);
    let mut result = String::with_capacity(sql.len());
    let mut rest = &tokens[..];
    let mut after_dot = false;
    while let [token, after @ ..] = rest {
        let qualifies = !after_dot && after.first().is_some_and(|next| next.symbol("."));
        after_dot = token.symbol(".");
        rest = after;
        if qualifies && means(token, schema) {
            if let Some(to) = to {
                result.push_str(&quote(to));
                result.push('.');
            }
            rest = &after[1..];
            after_dot = true;
        } else if token.text.starts_with('\'') && is_name_constant(after) {
            let name = requalify(&token.unquoted(), schema, to);
            result.push_str(&literal(&name));
        } else {
            result.push_str(token.text);
        }
    }
    result
}

fn is_name_constant(after: &[Token<'_>]) -> bool {
    matches!(after, [cast, ty, ..] if cast.symbol("::") && NAME_TYPES.contains(&ty.text))
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
    tokens.first().is_some_and(|first| first.symbol("(")) && closing(&tokens) + 1 == tokens.len()
}

/// Names this column, by itself or as part of something.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).iter().any(|token| means(token, name))
}

/// The string constants of a statement, without quotes and prefixes.
pub(super) fn constants(sql: &str) -> Vec<String> {
    tokens(sql)
        .iter()
        .filter(|token| token.kind == Kind::Text && !token.text.starts_with('$'))
        .map(|token| token.unquoted().into_owned())
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
