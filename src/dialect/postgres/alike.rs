//! Expressions that the server keeps as they were written although they mean the same: it tells `now()` and
//! `CURRENT_TIMESTAMP` apart, and `timezone('utc', x)` and `x AT TIME ZONE 'utc'`.
//!
//! Only what is the same for every value, NULL included. It relies on how the server prints: every operator
//! with its operands in parentheses of its own, and a blank before parentheses unless they hold arguments.

use super::inspect::types::is_number;
use crate::dialect::spelling;
use crate::schema::Column;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, closing, items, tokens};

/// The start of the transaction, in one word.
const NOW: &str = "CURRENT_TIMESTAMP";

/// Parts of that time, with the types that it is cast to for them.
const PARTS: &[(&str, &[&str])] = &[
    ("CURRENT_DATE", &["date"]),
    ("CURRENT_TIME", &["time", "with", "time", "zone"]),
    ("LOCALTIME", &["time", "without", "time", "zone"]),
    ("LOCALTIMESTAMP", &["timestamp", "without", "time", "zone"]),
];

/// Both are the same expression, or the same default of a column.
pub(super) fn same(a: &str, b: &str, column: Option<&Column>) -> bool {
    a == b || meaning(a, column) == meaning(b, column)
}

fn meaning(expr: &str, column: Option<&Column>) -> Vec<String> {
    let all: Vec<Token<'_>> = tokens(expr, &Rules::POSTGRES).collect();
    // A whole expression is printed with and without parentheses around it.
    let expr = group(unwrapped(spelled(&all)));
    match column {
        Some(column) => default(unwrapped(expr), column),
        None => expr,
    }
}

/// A default without the cast that it gets in any case, to the column's own type.
fn default(expr: Vec<String>, column: &Column) -> Vec<String> {
    let ty = column.ty.name();
    let own = |cast: &str| match cast {
        "text" | "character varying" => {
            matches!(ty.as_str(), "text" | "character varying" | "character")
        }
        "bpchar" => ty == "character",
        cast => cast == ty,
    };
    let place = expr.iter().rposition(|token| token == "::");
    let cast = place.map(|place| (&expr[..place], expr[place + 1..].join(" ")));
    let value = match cast {
        // No item's type can tell an empty array from another.
        Some((value, cast)) if column.ty.is_array() => {
            let empty = value == ["'{}'"] && cast.ends_with("[ ]");
            if empty { value } else { &expr }
        }
        Some((value, cast)) if own(&cast) && is_single(value) => value,
        _ => &expr,
    };
    let value = unwrapped(value.to_vec());
    // Without a scale, `0.0` and `0` are kept as two.
    let scaled = ty != "numeric" || !column.ty.arguments.is_empty();
    let number = match scaled && is_number(&ty) && !column.ty.is_array() {
        true => spelling::number(&value.concat()),
        false => None,
    };
    number.map_or(value, |number| vec![number])
}

/// The tokens in one spelling.
fn spelled(all: &[Token<'_>]) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let rest = &all[at + 1..];
        let qualified = at > 0 && all[at - 1].symbol(".");
        let name = matches!(token.kind, Kind::Word | Kind::Name);
        let call = |open: &&Token<'_>| name && open.symbol("(") && open.start == token.end();
        let arguments = rest.first().filter(call).map(|_| inner(rest));
        at += 1 + arguments.map_or(0, |arguments| arguments.len() + 2);
        let known = match token.kind == Kind::Word && !qualified {
            true => word(token, arguments),
            false => None,
        };
        if let Some(known) = known {
            out.extend(known);
        } else if let Some(arguments) = arguments {
            out.extend([token.text.to_owned(), "(".to_owned()]);
            out.extend(spelled(arguments));
            out.push(")".to_owned());
        } else if token.symbol("(") {
            let all = &all[at - 1..];
            at += inner(all).len() + 1;
            out.extend(group(spelled(inner(all))));
        } else {
            out.push(token.text.to_owned());
        }
        settle(&mut out);
    }
    out
}

/// The tokens in the parentheses that the first token opens.
fn inner<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    &tokens[1..closing(tokens)]
}

/// What a word means that has others that mean the same.
fn word(token: &Token<'_>, arguments: Option<&[Token<'_>]>) -> Option<Vec<String>> {
    let words =
        |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let plain = match arguments {
        None => true,
        // The finest precision says nothing.
        Some([precision]) => precision.text == "6",
        Some(_) => false,
    };
    let parts = PARTS.iter().find(|(part, _)| token.text == *part);
    match (token.text, arguments) {
        ("now" | "transaction_timestamp", Some([])) => Some(words(&[NOW])),
        ("CURRENT_TIMESTAMP", _) if plain => Some(words(&[NOW])),
        ("USER" | "CURRENT_ROLE", None) => Some(words(&["CURRENT_USER"])),
        ("char_length" | "character_length", Some(arguments)) => {
            let text = spelled(arguments);
            Some([&words(&["length", "("])[..], &text, &words(&[")"])].concat())
        }
        ("timezone", Some(arguments)) => {
            let both: Vec<_> = items(arguments).map(spelled).collect();
            let [zone, time] = &both[..] else { return None };
            let words = words(&["AT", "TIME", "ZONE"]);
            is_one(time).then(|| group([&time[..], &words, &utc(zone)].concat()))
        }
        _ => parts
            .filter(|_| plain)
            .map(|(_, ty)| [words(&[NOW, "::"]), words(ty)].concat()),
    }
}

/// A time zone; their names are not told apart by case.
fn utc(zone: &[String]) -> Vec<String> {
    let lower = |token: &String| match token.eq_ignore_ascii_case("'utc'") {
        true => "'utc'".to_owned(),
        false => token.clone(),
    };
    zone.iter().map(lower).collect()
}

/// Normalises what has just been completed at the end.
fn settle(out: &mut Vec<String>) {
    let is = |token: &String, text: &str| token == text;
    match &out[..] {
        [.., at, time, zone, _] if is(at, "AT") && is(time, "TIME") && is(zone, "ZONE") => {
            let last = out.split_off(out.len() - 1);
            out.extend(utc(&last));
        }
        [.., array, open, close, cast]
            if is(array, "ARRAY") && is(open, "[") && is(close, "]") && is(cast, "::") =>
        {
            out.truncate(out.len() - 4);
            out.extend(["'{}'".to_owned(), "::".to_owned()]);
        }
        // `('x'::character varying)::text`
        [.., _, text, cast, character, varying, _, again, ty]
            if text.starts_with('\'')
                && is(cast, "::")
                && is(character, "character")
                && is(varying, "varying")
                && is(again, "::")
                && is(ty, "text") =>
        {
            let text = text.clone();
            out.truncate(out.len() - 8);
            out.extend([text, "::".to_owned(), "text".to_owned()]);
        }
        _ => {}
    }
}

/// The content of parentheses that are not an argument list, with them where they are needed.
fn group(inner: Vec<String>) -> Vec<String> {
    let around = |tokens: &[String]| {
        let open = std::iter::once("(".to_owned());
        open.chain(tokens.iter().cloned())
            .chain([")".to_owned()])
            .collect()
    };
    match &inner[..] {
        [value @ .., equals, truth] if equals == "=" && is_one(value) => match truth.as_str() {
            "true" => value.to_vec(),
            "false" => around(&[&["NOT".to_owned()], value].concat()),
            _ => around(&inner),
        },
        [_] => inner,
        _ if unwrapped(inner.clone()) != inner => inner,
        _ => around(&inner),
    }
}

/// It is one value, one call, or all in one pair of parentheses, or a cast of such a thing.
fn is_one(expr: &[String]) -> bool {
    // Types are printed in small letters, and operators of words are not.
    let of_type = |token: &String| {
        let own = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_()[],\"".contains(c);
        token.chars().all(own)
    };
    match expr.iter().position(|token| token == "::") {
        Some(at) if expr[at + 1..].iter().all(of_type) => is_single(&expr[..at]),
        _ => is_single(expr),
    }
}

fn is_single(expr: &[String]) -> bool {
    let mut depth = 0_usize;
    let mut outside = 0;
    for token in expr {
        depth -= usize::from(token == ")").min(depth);
        outside += usize::from(depth == 0 && token != ")");
        depth += usize::from(token == "(");
    }
    let call = expr.len() > 2 && expr[0] != "(" && expr[1] == "(" && outside == 2;
    outside == 1 || call
}

/// The tokens without parentheses around all of them.
fn unwrapped(mut expr: Vec<String>) -> Vec<String> {
    while expr.first().is_some_and(|first| first == "(") && is_single(&expr) {
        expr = expr[1..expr.len() - 1].to_vec();
    }
    expr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_in_two_spellings_are_one() {
        for (a, b) in [
            ("now()", "CURRENT_TIMESTAMP"),
            ("transaction_timestamp()", "CURRENT_TIMESTAMP(6)"),
            (
                "timezone('utc'::text, now())",
                "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC'::text)",
            ),
            (
                "timezone('UTC'::text, (a + b))",
                "((a + b) AT TIME ZONE 'utc'::text)",
            ),
            (
                "((a)::text = ANY (ARRAY[('x'::character varying)::text]))",
                "(a)::text = ANY (ARRAY['x'::text])",
            ),
            ("(a = true)", "a"),
            ("((b IS NULL) AND (a = false))", "((b IS NULL) AND (NOT a))"),
            ("f((a = true))", "f(a)"),
            ("(f(a) = true)", "f(a)"),
            ("((a)::boolean = true)", "(a)::boolean"),
            ("USER", "CURRENT_USER"),
            ("(char_length((a)::text) > 1)", "(length((a)::text) > 1)"),
            ("LOCALTIMESTAMP", "(now())::timestamp without time zone"),
            ("(CURRENT_DATE - 1)", "((now())::date - 1)"),
            ("ARRAY[]::text[]", "'{}'::text[]"),
        ] {
            assert!(same(a, b, None), "{a} {b}");
        }
        for (a, b) in [
            ("now()", "clock_timestamp()"),
            ("app.now()", "CURRENT_TIMESTAMP"),
            ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP(3)"),
            (
                "timezone('utc'::text, now())",
                "timezone('cet'::text, now())",
            ),
            ("(a = true)", "(a IS TRUE)"),
            ("(a = 1 OR c = true) AND x", "a = 1 OR c AND x"),
            (
                "timezone('utc'::text, a + b)",
                "(a + b AT TIME ZONE 'utc'::text)",
            ),
            ("((a)::text || b = true)", "(a)::text || b"),
            ("(a + b) * c", "a + (b * c)"),
            ("'now()'", "'CURRENT_TIMESTAMP'"),
            ("ARRAY[]::text[]", "'{}'::integer[]"),
            ("\"USER\"", "CURRENT_USER"),
        ] {
            assert!(!same(a, b, None), "{a} {b}");
        }
    }

    #[test]
    fn a_default_has_its_columns_type_in_any_case() {
        let same = |ty, a, b| same(a, b, Some(&Column::plain("a", ty, true)));
        for (ty, a, b) in [
            ("character varying(9)", "'x'::text", "'x'"),
            ("character(3)", "'x'::bpchar", "'x'::text"),
            ("timestamp without time zone", "LOCALTIMESTAMP", "now()"),
            ("date", "CURRENT_DATE", "CURRENT_TIMESTAMP"),
            (
                "date",
                "((now() + '1 day'::interval))::date",
                "(CURRENT_TIMESTAMP + '1 day'::interval)",
            ),
            ("numeric(10,2)", "0.00", "0"),
            ("bigint", "(0)::bigint", "0"),
            ("double precision", "-1.0", "-1"),
            ("text[]", "ARRAY[]::text[]", "'{}'"),
            (
                "character varying(5)[]",
                "'{}'::text[]",
                "'{}'::character varying[]",
            ),
        ] {
            assert!(same(ty, a, b), "{a} {b}");
        }
        for (ty, a, b) in [
            ("timestamp with time zone", "LOCALTIMESTAMP", "now()"),
            ("numeric", "0.0", "0"),
            ("text", "'x '::bpchar", "'x '::text"),
            ("character varying(1)", "'xy'::character varying(1)", "'xy'"),
            ("text", "('a'::text || 'b'::text)", "('a'::text || 'b')"),
            ("integer[]", "'{1}'::integer[]", "'{1}'::bigint[]"),
            ("integer", "(1 + 1)", "2"),
        ] {
            assert!(!same(ty, a, b), "{a} {b}");
        }
    }

    #[test]
    fn any_text_can_be_read() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let column = Column::plain("a", "integer", true);
            for text in [
                text.clone(),
                format!("timezone({text}"),
                format!("((x){text}"),
            ] {
                let _ = meaning(&text, None);
                let _ = meaning(&text, Some(&column));
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
