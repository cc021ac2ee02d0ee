//! Batches and what holds statements: blocks, conditions, loops, attempts; and what a batch as a whole has to keep to.

use super::condition::{self, Expr};
use super::cursor::{Cursor, Refusal};
use super::statement::{Node, Stmt, statement};
use crate::sql::token::Token;

/// All statements of a text.
pub(in crate::dialect::mssql) fn batch(text: &str) -> Result<Vec<Node>, Refusal> {
    let mut cursor = Cursor::new(text);
    let mut nodes = Vec::new();
    while !cursor.is_end() {
        if !cursor.take_symbol(";") {
            one(&mut cursor, &mut nodes)?;
        }
    }
    Ok(nodes)
}

/// One statement, or those of a block.
fn one(cursor: &mut Cursor<'_>, nodes: &mut Vec<Node>) -> Result<(), Refusal> {
    let (offset, from) = (cursor.offset(), cursor.at);
    if cursor.is("BEGIN")
        && !cursor
            .ahead(1)
            .is_some_and(|token| token.is_any(&["TRAN", "TRANSACTION"]))
    {
        cursor.at += 1;
        if cursor.take("TRY") {
            block(cursor, nodes, &["END", "TRY"])?;
            let _ = cursor.take_symbol(";");
            if cursor.take_all(&["BEGIN", "CATCH"]) {
                // It runs where the attempt fails, which ends the replay in any case.
                caught(cursor)?;
            }
            return Ok(());
        }
        return block(cursor, nodes, &["END"]);
    }
    let stmt = if cursor.take_all(&["BEGIN", "TRAN"]) || cursor.take_all(&["BEGIN", "TRANSACTION"])
    {
        named_transaction(cursor);
        Stmt::Nothing
    } else if cursor.take("ROLLBACK") {
        let _ = cursor.take("TRAN") || cursor.take("TRANSACTION") || cursor.take("WORK");
        named_transaction(cursor);
        Stmt::Fail("ROLLBACK".to_owned())
    } else if cursor.take("IF") {
        let condition = condition::expression(cursor)?;
        declared(cursor, from, false)?;
        let (mut then, mut otherwise) = (Vec::new(), Vec::new());
        inner(cursor, &mut then)?;
        let before_else = cursor.at;
        let _ = cursor.take_symbol(";");
        match cursor.take("ELSE") {
            true => inner(cursor, &mut otherwise)?,
            false => cursor.at = before_else,
        }
        Stmt::If {
            condition,
            then,
            otherwise,
        }
    } else if cursor.take("WHILE") {
        let condition = repeated(cursor);
        declared(cursor, from, false)?;
        let mut body = Vec::new();
        inner(cursor, &mut body)?;
        Stmt::While { condition, body }
    } else if let Some(stmt) = jump(cursor)? {
        stmt
    } else {
        alone(cursor)?;
        let stmt = statement(cursor)?;
        if !matches!(stmt, Stmt::Text { .. }) {
            let called = matches!(stmt, Stmt::Call { .. } | Stmt::Dynamic(_));
            declared(cursor, from, called)?;
        }
        stmt
    };
    let end = cursor.last().map_or(offset, Token::end);
    nodes.push(Node { offset, end, stmt });
    Ok(())
}

/// What depends on a condition.
fn inner(cursor: &mut Cursor<'_>, nodes: &mut Vec<Node>) -> Result<(), Refusal> {
    cursor.depth += 1;
    one(cursor, nodes)?;
    cursor.depth -= 1;
    Ok(())
}

/// The condition of a loop, where it is one of the schema: one of rows or of numbers has other forms.
fn repeated(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let at = cursor.at;
    if let Ok(found) = condition::expression(cursor)
        && cursor.is_whole()
    {
        return Some(found);
    }
    cursor.at = at;
    cursor.run(|cursor| !cursor.is_whole());
    None
}

/// What goes on elsewhere, and where that is.
fn jump(cursor: &mut Cursor<'_>) -> Result<Option<Stmt>, Refusal> {
    let label = |cursor: &mut Cursor<'_>| cursor.word().map(|name| name.to_lowercase());
    let found = if cursor.take("RETURN") {
        Stmt::Return
    } else if cursor.take("BREAK") {
        Stmt::Break
    } else if cursor.take("CONTINUE") {
        Stmt::Continue
    } else if cursor.take("GOTO") {
        Stmt::GoTo(label(cursor)?)
    } else if cursor.ahead(1).is_some_and(|token| token.symbol(":")) {
        let name = label(cursor)?;
        cursor.at += 1;
        Stmt::Label(name)
    } else {
        return Ok(None);
    };
    Ok(Some(found))
}

/// Refuses what must be the first of its batch where it is not.
fn alone(cursor: &Cursor<'_>) -> Result<(), Refusal> {
    const WORDS: &[&str] = &["FUNCTION", "PROC", "PROCEDURE", "SCHEMA", "TRIGGER", "VIEW"];
    if !cursor.is_any(&["CREATE", "ALTER"]) || cursor.is_first() && cursor.depth == 0 {
        return Ok(());
    }
    let or_alter = cursor.ahead(1).is_some_and(|token| token.is("OR"));
    let word = cursor.ahead(if or_alter { 3 } else { 1 });
    let Some(word) = word.filter(|word| word.is_any(WORDS)) else {
        return Ok(());
    };
    let verb = if cursor.is("ALTER") {
        "ALTER"
    } else {
        "CREATE"
    };
    let said = match word.text.to_uppercase().as_str() {
        "SCHEMA" if verb == "ALTER" => return Ok(()),
        "PROC" | "PROCEDURE" => "CREATE/ALTER PROCEDURE".to_owned(),
        other => format!("{verb} {other}"),
    };
    Err(match cursor.depth {
        0 => Refusal {
            offset: cursor.offset(),
            ..Refusal::server(
                "111",
                format!("'{said}' must be the first statement in a query batch."),
            )
        }
        .hint("put a line `GO` before it"),
        _ => Refusal {
            offset: word.start,
            ..Refusal::server(
                "156",
                format!("Incorrect syntax near the keyword '{}'.", word.text),
            )
        }
        .hint(format!(
            "`{said}` stands in no block and behind no condition: run it by `EXEC (N'…')`"
        )),
    })
}

/// Refuses variables that the batch did not declare before. What a `called` procedure names its arguments is none.
fn declared(cursor: &Cursor<'_>, from: usize, called: bool) -> Result<(), Refusal> {
    const TABLES: &[&str] = &["FROM", "INTO", "JOIN", "UPDATE", "DELETE", "MERGE"];
    let all: Vec<_> = cursor.span(from).collect();
    for (at, token) in all.iter().enumerate() {
        let variable = token.text.starts_with('@') && !token.text.starts_with("@@");
        let argument = called && all.get(at + 1).is_some_and(|next| next.symbol("="));
        if !variable || argument || cursor.declared.contains(&token.text.to_lowercase()) {
            continue;
        }
        let table = at.checked_sub(1).is_some_and(|at| all[at].is_any(TABLES));
        let (code, kind) = match table {
            true => ("1087", "table"),
            false => ("137", "scalar"),
        };
        let message = format!("Must declare the {kind} variable \"{}\".", token.text);
        return Err(Refusal {
            offset: token.start,
            ..Refusal::server(code, message)
        }
        .hint("a variable lives to the end of its batch: declare it behind the last `GO`, outside of `BEGIN … END`"));
    }
    Ok(())
}

fn block(cursor: &mut Cursor<'_>, nodes: &mut Vec<Node>, end: &[&str]) -> Result<(), Refusal> {
    cursor.depth += 1;
    while !cursor.take_all(end) {
        if cursor.is_end() {
            return Err(cursor.expected("`END`"));
        }
        if !cursor.take_symbol(";") {
            one(cursor, nodes)?;
        }
    }
    cursor.depth -= 1;
    Ok(())
}

/// Skips to the end of a `CATCH`.
fn caught(cursor: &mut Cursor<'_>) -> Result<(), Refusal> {
    let mut open = 1;
    while open > 0 {
        if cursor.take_all(&["BEGIN", "CATCH"]) {
            open += 1;
        } else if cursor.take_all(&["END", "CATCH"]) {
            open -= 1;
        } else if cursor.next().is_none() {
            return Err(cursor.expected("`END CATCH`"));
        }
    }
    Ok(())
}

fn named_transaction(cursor: &mut Cursor<'_>) {
    let named = !cursor.is_end() && !cursor.is_symbol(";") && !cursor.starts_line();
    if named && !cursor.starts_statement() {
        cursor.at += 1;
    }
}
