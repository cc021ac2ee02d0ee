//! Statements that change rows, rights or settings, and no schema: what is passed over of them, and what is not.

use super::Path;
use super::cursor::{Cursor, Refusal};
use crate::sql::token::{Kind, Token, items};

/// What is left of a statement that changes no schema.
pub(super) enum Passed {
    Nothing,
    /// Rows of a table change.
    Rows(Path),
    /// Variables get values which nobody knows here.
    Forget(Vec<String>),
    /// The migration fails, by these words.
    Fail(String),
}

/// Statements that change no schema, beyond those that are told apart below.
const NO_SCHEMA: &[&str] = &[
    "COMMIT",
    "DBCC",
    "PRINT",
    "SAVE",
    "SET",
    "WAITFOR",
    "CHECKPOINT",
];

/// Settings under which the same statements lead to something else.
const MATTERS: &[(&str, &str)] = &[
    ("NOEXEC", "ON"),
    ("PARSEONLY", "ON"),
    ("FMTONLY", "ON"),
    ("ANSI_DEFAULTS", "OFF"),
    ("ANSI_NULL_DFLT_OFF", "ON"),
    ("ANSI_NULL_DFLT_ON", "OFF"),
    ("QUOTED_IDENTIFIER", "OFF"),
];

/// Refuses settings under which what follows can't be followed.
pub(super) fn settings(cursor: &Cursor<'_>) -> Result<(), Refusal> {
    let mut at = 1;
    let mut names = Vec::new();
    while let Some(name) = cursor.ahead(at) {
        names.push(name);
        at += 1;
        if !cursor.ahead(at).is_some_and(|token| token.symbol(",")) {
            break;
        }
        at += 1;
    }
    let value = cursor.ahead(at);
    let found = MATTERS.iter().find(|(name, state)| {
        names.iter().any(|token| token.is(name)) && value.is_some_and(|token| token.is(state))
    });
    match found {
        Some((name, state)) => Err(cursor.unknown(&format!("what is run with {name} {state}"))),
        None => Ok(()),
    }
}

/// An error that is raised, but for one that only says something.
pub(super) fn fails(cursor: &mut Cursor<'_>) -> Result<Passed, Refusal> {
    let from = cursor.offset();
    let mut says = false;
    if cursor.take("RAISERROR") {
        let severity = items(cursor.group()?).nth(1).and_then(|one| match one {
            [number] => number.text.parse::<u32>().ok(),
            _ => None,
        });
        says = severity.is_some_and(|severity| severity <= 10);
    } else {
        cursor.expect("THROW")?;
    }
    cursor.run(|cursor| !cursor.starts_statement());
    let end = cursor.last().map_or(from, Token::end);
    Ok(match says {
        true => Passed::Nothing,
        false => Passed::Fail(cursor.source(from, end).to_owned()),
    })
}

/// `GRANT`, `DENY` and `REVOKE`, up to the last of those who are meant.
pub(super) fn rights(cursor: &mut Cursor<'_>) -> Result<Passed, Refusal> {
    cursor.at += 1;
    cursor.run(|cursor| !cursor.is_any(&["TO", "FROM"]));
    cursor.next();
    cursor.word()?;
    while cursor.take_symbol(",") {
        cursor.word()?;
    }
    let _may_grant = cursor.take_all(&["WITH", "GRANT", "OPTION"]);
    let _others = cursor.take("CASCADE");
    if cursor.take("AS") {
        cursor.word()?;
    }
    Ok(Passed::Nothing)
}

/// What says who may log in, and as whom: it changes no schema.
pub(super) fn principal(cursor: &mut Cursor<'_>) -> Passed {
    cursor.run(|cursor| {
        !cursor.starts_statement()
            || cursor.is("DROP")
                && cursor
                    .ahead(1)
                    .is_some_and(|next| next.is_any(&["MEMBER", "CREDENTIAL"]))
    });
    Passed::Nothing
}

/// What changes rows, or nothing at all.
pub(super) fn rows(cursor: &mut Cursor<'_>) -> Result<Passed, Refusal> {
    if cursor.is_any(&["OPEN", "FETCH", "CLOSE", "DEALLOCATE"]) {
        return Ok(cursors(cursor));
    }
    let queries = common(cursor)?;
    let body = cursor.at;
    let merge = cursor.is("MERGE");
    let mut target = None;
    if cursor.take("INSERT") {
        let _into = cursor.take("INTO");
        target = Some(cursor.path()?);
    } else if cursor.take_all(&["TRUNCATE", "TABLE"]) {
        target = Some(cursor.path()?);
    } else if cursor.take("DELETE") {
        if cursor.take("TOP") {
            cursor.group()?;
        }
        let _from = cursor.take("FROM");
        target = Some(cursor.path()?);
    } else if merge && cursor.take("MERGE") {
        let _into = cursor.take("INTO");
        target = Some(cursor.path()?);
    } else if cursor.is_any(&["UPDATE", "SELECT"])
        || cursor.is_any(NO_SCHEMA)
        || cursor.are(&["DISABLE", "TRIGGER"])
        || cursor.are(&["ENABLE", "TRIGGER"])
    {
        cursor.at += 1;
    } else {
        return Err(cursor.unknown("this statement"));
    }
    let behind = cursor.at;
    // A MERGE ends with a semicolon at any rate, and has statements in it.
    cursor.run(|cursor| merge || !cursor.starts_statement());
    let makes = made_by_query(&cursor.span(body).collect::<Vec<_>>());
    if makes {
        return Err(cursor.unknown("a table that a query makes"));
    }
    let filled = filled(&cursor.span(body).collect::<Vec<_>>());
    if !filled.is_empty() {
        return Ok(Passed::Forget(filled));
    }
    // Behind another FROM the first name may be an alias.
    let aliased = !merge && cursor.span(behind).any(|token| token.is("FROM"));
    let aliased = aliased
        && cursor
            .tokens_from(body)
            .is_some_and(|token| token.is("DELETE"));
    let target = target.filter(|path| {
        let common = queries
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&path.name));
        !(aliased || common && path.schema.is_none())
    });
    Ok(target.map_or(Passed::Nothing, Passed::Rows))
}

/// A cursor that is declared: the query that it reads is passed over.
pub(super) fn declared(cursor: &mut Cursor<'_>) {
    cursor.run(|cursor| !cursor.is("FOR"));
    // Its first word may be the first of a line.
    cursor.at += 2;
    cursor.run(|cursor| !cursor.starts_statement());
}

/// What opens, reads or closes a cursor.
pub(super) fn cursors(cursor: &mut Cursor<'_>) -> Passed {
    let reads = cursor.is("FETCH");
    cursor.at += 1;
    let from = cursor.at;
    cursor.run(|cursor| !cursor.starts_statement());
    let variables = cursor
        .span(from)
        .filter(|token| token.text.starts_with('@'));
    match reads {
        true => Passed::Forget(variables.map(|token| token.text.to_lowercase()).collect()),
        false => Passed::Nothing,
    }
}

/// The names of queries before a statement: `WITH name AS (…), …`.
fn common(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    if !cursor.take("WITH") {
        return Ok(names);
    }
    loop {
        names.push(cursor.name()?);
        if cursor.is_symbol("(") {
            cursor.group()?;
        }
        if cursor.take("AS") {
            cursor.group()?;
        }
        if !cursor.take_symbol(",") {
            return Ok(names);
        }
    }
}

/// A query makes a table that others than its session see.
fn made_by_query(tokens: &[&Token<'_>]) -> bool {
    let mut outputs = false;
    tokens.iter().enumerate().any(|(at, token)| {
        outputs |= token.is("OUTPUT");
        let before = at.checked_sub(1).map(|at| tokens[at]);
        let inserts = before.is_some_and(|before| before.is_any(&["INSERT", "MERGE"]));
        let temporary = tokens
            .get(at + 1)
            .and_then(|next| next.name())
            .is_some_and(|name| name.starts_with('#'));
        token.is("INTO") && !inserts && !outputs && !temporary
    })
}

/// Variables that a statement gives values, going by where they stand.
fn filled(tokens: &[&Token<'_>]) -> Vec<String> {
    const COMPARED: &[&str] = &["AND", "NOT", "ON", "OR", "WHEN", "WHERE", "HAVING"];
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let variable = token.text.starts_with('@') && !token.text.starts_with("@@");
        let compared = tokens[at - 1].is_any(COMPARED) || tokens[at - 1].symbol("(") && at > 2;
        let mut next = tokens[at + 1..].iter();
        let sign = next.next().is_some_and(|one| {
            one.symbol("=")
                || one.kind == Kind::Symbol && next.next().is_some_and(|two| two.symbol("="))
        });
        if variable && sign && !compared {
            found.push(token.text.to_lowercase());
        }
    }
    found
}
