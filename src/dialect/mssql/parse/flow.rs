//! Batches and what holds statements: blocks, conditions, attempts.

use super::condition;
use super::cursor::{Cursor, Refusal};
use super::statement::{Node, Stmt, statement};

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
    let offset = cursor.offset();
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
    if cursor.take_all(&["BEGIN", "TRAN"]) || cursor.take_all(&["BEGIN", "TRANSACTION"]) {
        named_transaction(cursor);
        nodes.push(Node {
            offset,
            stmt: Stmt::Nothing,
        });
        return Ok(());
    }
    if cursor.take("ROLLBACK") {
        let _ = cursor.take("TRAN") || cursor.take("TRANSACTION") || cursor.take("WORK");
        named_transaction(cursor);
        nodes.push(Node {
            offset,
            stmt: Stmt::Fail("ROLLBACK".to_owned()),
        });
        return Ok(());
    }
    if cursor.take("IF") {
        let condition = condition::expression(cursor)?;
        let (mut then, mut otherwise) = (Vec::new(), Vec::new());
        one(cursor, &mut then)?;
        let before_else = cursor.at;
        let _ = cursor.take_symbol(";");
        match cursor.take("ELSE") {
            true => one(cursor, &mut otherwise)?,
            false => cursor.at = before_else,
        }
        nodes.push(Node {
            offset,
            stmt: Stmt::If {
                condition,
                then,
                otherwise,
            },
        });
        return Ok(());
    }
    let stmt = statement(cursor)?;
    nodes.push(Node { offset, stmt });
    Ok(())
}

fn block(cursor: &mut Cursor<'_>, nodes: &mut Vec<Node>, end: &[&str]) -> Result<(), Refusal> {
    while !cursor.take_all(end) {
        if cursor.is_end() {
            return Err(cursor.expected("`END`"));
        }
        if !cursor.take_symbol(";") {
            one(cursor, nodes)?;
        }
    }
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
