//! Names in definitions that follow what they name.

use crate::dialect::sqlite::parse::lex;
use crate::dialect::write;
use crate::sql::token::{Kind, Token, closing};

/// A text with tokens replaced.
pub(super) fn replaced(text: &str, tokens: &[&Token<'_>], new: &str) -> String {
    let mut done = text.to_owned();
    for token in tokens.iter().rev() {
        done.replace_range(token.start..token.end(), new);
    }
    done
}

/// A name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    write::quoted(name, '"')
}

pub(super) fn is(token: &Token<'_>, name: &str) -> bool {
    matches!(token.kind, Kind::Word | Kind::Name)
        && lex::name(token).is_some_and(|own| own.eq_ignore_ascii_case(name))
}

/// The tokens of a view or a trigger that mean a table, or `None` where some of that name may mean it or not.
pub(super) fn of_table<'t, 'a>(tokens: &'t [Token<'a>], table: &str) -> Option<Vec<&'t Token<'a>>> {
    let mut found = Vec::new();
    for (at, token) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| is(token, table))
    {
        let before = |by: usize| at.checked_sub(by).map(|at| &tokens[at]);
        let last = |words: &[&str]| before(1).is_some_and(|last| last.is_any(words));
        let qualifies = tokens.get(at + 1).is_some_and(|next| next.symbol("."));
        match before(1) {
            Some(point) if point.symbol(".") => {
                if before(2).is_some_and(|database| is(database, "main")) {
                    found.push(token);
                }
                // Otherwise a column.
            }
            _ if qualifies || last(&["FROM", "JOIN", "INTO", "UPDATE", "ON"]) => found.push(token),
            _ if last(&["IGNORE", "REPLACE", "ABORT", "FAIL", "ROLLBACK"])
                && before(2).is_some_and(|or| or.is("OR")) =>
            {
                found.push(token);
            }
            _ => return None,
        }
    }
    Some(found)
}

/// The tokens of a table's definition that mean its column; `own` is what the table is called.
pub(super) fn of_column<'t, 'a>(
    tokens: &'t [Token<'a>],
    own: &str,
    column: &str,
) -> Vec<&'t Token<'a>> {
    let mut found = Vec::new();
    let mut at = tokens
        .iter()
        .position(|token| token.symbol("("))
        .unwrap_or(tokens.len());
    let end = at + closing(&tokens[at..]);
    at += 1;
    // A definition begins here, with a name that its type follows; both may be like the column.
    let mut begins = true;
    while at < end {
        let token = &tokens[at];
        let constraint = [
            "CONSTRAINT",
            "PRIMARY",
            "NOT",
            "NULL",
            "UNIQUE",
            "CHECK",
            "DEFAULT",
            "COLLATE",
            "REFERENCES",
            "GENERATED",
            "AS",
            "FOREIGN",
        ];
        if begins && !(token.kind == Kind::Word && token.is_any(&constraint)) {
            if is(token, column) {
                found.push(token);
            }
            at += 1;
            while at < end && !tokens[at].symbol(",") && !tokens[at].is_any(&constraint) {
                at += match tokens[at].symbol("(") {
                    true => closing(&tokens[at..]) + 1,
                    false => 1,
                };
            }
            begins = false;
            continue;
        }
        begins = token.symbol(",");
        if token.is("CONSTRAINT") || token.is("COLLATE") || token.is("DEFAULT") {
            // A name of another kind, or a string that is written like one.
            at += if tokens.get(at + 1).is_some_and(|next| next.symbol("(")) {
                1
            } else {
                2
            };
            continue;
        }
        if token.is("REFERENCES") {
            let itself = tokens.get(at + 1).is_some_and(|table| is(table, own));
            at += 2;
            if tokens.get(at).is_some_and(|next| next.symbol("(")) && !itself {
                at += closing(&tokens[at..]) + 1;
            }
            continue;
        }
        if token.symbol("(") {
            let inner = &tokens[at + 1..at + closing(&tokens[at..])];
            found.extend(in_expression(inner, column));
            at += inner.len() + 2;
            continue;
        }
        at += 1;
    }
    found
}

/// Tokens of an expression on one table that mean its column.
pub(super) fn in_expression<'t, 'a>(
    tokens: &'t [Token<'a>],
    column: &str,
) -> impl Iterator<Item = &'t Token<'a>> {
    let all = tokens.iter().enumerate();
    let own = all.filter(move |(at, token)| {
        let last = at.checked_sub(1).map(|at| &tokens[at]);
        let next = tokens.get(at + 1);
        is(token, column)
            && !last.is_some_and(|last| last.is("COLLATE") || last.is("AS"))
            && !next.is_some_and(|next| next.symbol("(") || next.symbol("."))
    });
    own.map(|(_, token)| token)
}

/// The tokens of foreign keys to a table that mean it, and those that mean the column of it.
pub(super) fn of_references<'t, 'a>(
    tokens: &'t [Token<'a>],
    table: &str,
    column: Option<&str>,
) -> Vec<&'t Token<'a>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = tokens
            .get(at + 1)
            .filter(|name| token.is("REFERENCES") && is(name, table))
        else {
            continue;
        };
        let Some(column) = column else {
            found.push(name);
            continue;
        };
        if tokens.get(at + 2).is_some_and(|next| next.symbol("(")) {
            let group = &tokens[at + 2..];
            let names = group[..closing(group)].iter();
            found.extend(names.filter(|token| is(token, column)));
        }
    }
    found
}

/// A table or view that a text reads and that is not one of these.
pub(super) fn dangling(text: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let tokens = lex::tokens(text);
    // A name that WITH gives, with or without columns.
    let made = |name: &str| {
        let named = tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| is(token, name));
        named.map(|(at, _)| at + 1).any(|mut at| {
            if tokens.get(at).is_some_and(|next| next.symbol("(")) {
                at += closing(&tokens[at..]) + 1;
            }
            let body = tokens.get(at + 1);
            tokens.get(at).is_some_and(|next| next.is("AS"))
                && body
                    .is_some_and(|next| next.symbol("(") || next.is_any(&["MATERIALIZED", "NOT"]))
        })
    };
    tokens.iter().enumerate().find_map(|(at, token)| {
        let read = token.is_any(&["FROM", "JOIN", "INTO"])
            // `IS DISTINCT FROM` compares.
            && !at.checked_sub(1).is_some_and(|at| tokens[at].is("DISTINCT"));
        let first = tokens.get(at + 1).filter(|_| read)?;
        let name = match tokens.get(at + 2) {
            Some(point) if point.symbol(".") => tokens.get(at + 3)?,
            _ => first,
        };
        let name = lex::name(name).filter(|_| !name.symbol("("))?;
        (!known(&name) && !made(&name)).then_some(name)
    })
}
