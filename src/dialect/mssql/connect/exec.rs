//! Runs statements, each as a batch of its own, and traces errors to their places.

use tiberius::ColumnData;
use tiberius::error::Error;

use super::class;
use super::link::{self, Opened, Set};
use crate::engine::{Answer, ExecError, Value};
use crate::plan::TxMode;
use crate::sql::Statement;

/// Runs statements in order, in one transaction where that is asked for. `given` is the database that the state stands in for:
/// `USE` of it changes nothing.
///
/// # Errors
/// The statement that is refused; nothing of a transaction is left.
pub(super) async fn execute(
    connection: &mut Opened,
    statements: &[Statement],
    mode: TxMode,
    given: Option<&str>,
) -> Result<(), ExecError> {
    let own = mode == TxMode::File && !statements.is_empty();
    if own {
        let begun = connection.run("BEGIN TRANSACTION").await;
        begun.map_err(|error| explain(0, "", &error))?;
    }
    let result = all(connection, statements, given).await;
    if result.is_err() {
        let _ = connection
            .run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
            .await;
        return result;
    }
    let last = statements.len().saturating_sub(1);
    if own {
        let done = connection.run("COMMIT TRANSACTION").await;
        done.map_err(|error| explain(last, "", &error))?;
    }
    let begins = statements
        .iter()
        .rposition(|one| one.text.to_ascii_uppercase().contains("TRAN"));
    let Some(at) = begins else {
        return Ok(());
    };
    let open = connection.text("SELECT @@TRANCOUNT").await;
    match open.map_err(|error| explain(last, "", &error))?.as_deref() {
        None | Some("0") => Ok(()),
        Some(_) => {
            let _ = connection
                .run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
                .await;
            Err(ExecError {
                hint: Some("end it with COMMIT in the same file".to_owned()),
                ..ExecError::refused(at, "the transaction that starts here is never committed")
            })
        }
    }
}

async fn all(
    connection: &mut Opened,
    statements: &[Statement],
    given: Option<&str>,
) -> Result<(), ExecError> {
    for (at, statement) in statements.iter().enumerate() {
        let used = given.and_then(|_| class::used(&statement.text));
        if used.is_some_and(|used| given.is_some_and(|given| given.eq_ignore_ascii_case(&used))) {
            continue;
        }
        connection.left |= class::changes_session(&statement.text);
        for _ in 0..statement.repeat.max(1) {
            let sent = connection.run(&statement.text).await;
            sent.map_err(|error| explain(at, &statement.text, &error))?;
        }
    }
    Ok(())
}

/// Runs one statement as it is.
pub(super) async fn ask(
    connection: &mut Opened,
    statement: &Statement,
) -> Result<Answer, ExecError> {
    connection.left |= class::changes_session(&statement.text);
    let failed = |error: Error| explain(0, &statement.text, &error);
    let sets = connection.batch(&statement.text).await.map_err(failed)?;
    let Some(Set { columns, rows }) = sets.into_iter().next() else {
        // The count of rows is the session's until the next statement.
        let count = connection.text("SELECT CAST(@@ROWCOUNT AS bigint)").await;
        let count = count.map_err(failed)?.and_then(|count| count.parse().ok());
        return Ok(Answer {
            affected: count.unwrap_or_default(),
            ..Answer::default()
        });
    };
    let row = |row: Vec<ColumnData<'static>>| row.iter().map(value).collect();
    Ok(Answer {
        columns,
        rows: rows.into_iter().map(row).collect(),
        ..Answer::default()
    })
}

fn value(data: &ColumnData<'static>) -> Value {
    match data {
        ColumnData::Binary(Some(bytes)) => Value::Bytes(bytes.to_vec()),
        other => link::text(other).map_or(Value::Null, Value::Text),
    }
}

fn explain(statement: usize, text: &str, error: &Error) -> ExecError {
    let failed = ExecError::refused(statement, link::said(error));
    let Error::Server(token) = error else {
        return failed;
    };
    // Lines of a procedure or trigger are its own.
    let own = token.procedure().is_empty();
    ExecError {
        offset: own
            .then(|| place(text, token.line(), token.message()))
            .flatten(),
        code: Some(token.code().to_string()),
        detail: (!own).then(|| format!("in {}, line {}", token.procedure(), token.line())),
        hint: hint(token.code()).map(str::to_owned),
        ..failed
    }
}

/// The byte at which the server stopped: in a line, at what it quotes of it.
fn place(text: &str, line: u32, message: &str) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts
        .take(line + 1)
        .last()
        .filter(|&start| start < text.len())?;
    let rest = text[start..].lines().next().unwrap_or_default();
    let quoted = message.split('\'').nth(1).filter(|word| !word.is_empty());
    let within = quoted.and_then(|word| rest.to_lowercase().find(&word.to_lowercase()));
    let indent = rest.len() - rest.trim_start().len();
    Some(
        start
            + within
                .filter(|&at| rest.is_char_boundary(at))
                .unwrap_or(indent),
    )
}

/// What to do about errors caused by how states are built.
fn hint(code: u32) -> Option<&'static str> {
    Some(match code {
        262 | 916 | 15247 => {
            "states are built by a login that may do everything in its own database and nothing elsewhere: what changes the \
             server needs a private one (`docker://sqlserver/2022-latest/dev`)"
        }
        226 | 574 => {
            "it can't run in a transaction: write `-- atlas:txmode none` at the top of the file"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_placed() {
        let sql = "CREATE TABLE t (\n  a int,\n  b wrong\n);";
        let at = |line, message| place(sql, line, message);
        assert_eq!(
            at(
                3,
                "Column, parameter, or variable #2: Cannot find data type wrong."
            ),
            sql.find("b wrong")
        );
        assert_eq!(at(3, "Incorrect syntax near 'WRONG'."), sql.find("wrong"));
        assert_eq!(
            at(1, "There is already an object named 't' in the database."),
            sql.find('T').map(|_| 4)
        );
        assert_eq!(at(9, "Incorrect syntax near 'x'."), sql.find(");"));
        assert_eq!(at(0, "x"), None);
    }
}
