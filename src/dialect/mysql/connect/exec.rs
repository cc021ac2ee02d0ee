//! Runs statements one by one, so that every error belongs to its statement.
//!
//! There is no transaction around them: these servers commit at every definition, so one would promise what it can't
//! keep. Each statement is a round trip of its own, which is little beside what a definition costs.

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::{class, link};
use crate::engine::ExecError;
use crate::sql::Statement;

/// What running statements left in the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Settings, locks or temporary tables may be there: the next statements want a new session.
    pub(super) session: bool,
    /// Something of the whole server may have changed.
    pub(super) server: bool,
}

/// Runs statements in order; `shared` refuses what reaches beyond the dev database.
///
/// # Errors
/// The statement that is refused; those before it stay done.
pub(super) async fn execute(
    connection: &mut MySqlConnection,
    statements: &[Statement],
    shared: Option<class::Reach>,
    left: &mut Left,
) -> Result<(), ExecError> {
    for (index, statement) in statements.iter().enumerate() {
        if let Some(reach) = shared
            && let Some(refusal) = class::refuse(&statement.text, reach)
        {
            return Err(ExecError {
                statement: index,
                offset: None,
                message: refusal.message,
                code: None,
                detail: None,
                hint: Some(refusal.hint),
            });
        }
    }
    for (index, statement) in statements.iter().enumerate() {
        left.session |= class::changes_session(&statement.text);
        left.server |= class::server_level(&statement.text).is_some();
        for _ in 0..statement.repeat.max(1) {
            connection
                .execute(sqlx::raw_sql(AssertSqlSafe(statement.text.clone())))
                .await
                .map_err(|error| explain(index, statement, &error))?;
        }
    }
    Ok(())
}

fn explain(index: usize, statement: &Statement, error: &sqlx::Error) -> ExecError {
    let number = link::number(error);
    let message = match error {
        sqlx::Error::Database(server) => server.message().to_owned(),
        other => format!("the connection broke: {other}"),
    };
    ExecError {
        statement: index,
        offset: near(&statement.text, &message),
        code: number.map(|number| number.to_string()),
        detail: None,
        hint: number.and_then(hint).map(str::to_owned),
        message,
    }
}

/// The byte at which the server stopped reading: `… near 'TEXT' at line N`, where the text is the rest of the
/// statement, cut after 80 characters.
fn near(sql: &str, message: &str) -> Option<usize> {
    let (_, rest) = message.split_once(" near '")?;
    let (text, line) = rest.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    if text.is_empty() {
        return Some(sql.trim_end().len());
    }
    let starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.take(line).last()?;
    // The server counts the line where it noticed, which may be behind the text it quotes.
    sql[start..]
        .find(text)
        .map(|at| start + at)
        .or_else(|| sql.rfind(text))
}

/// What to do about errors whose cause lies in how states are built.
fn hint(number: u16) -> Option<&'static str> {
    Some(match number {
        1046 => {
            "the dev URL names no database, so every name needs one: add it to the URL (`…/dev`), or qualify the names"
        }
        1153 => "raise max_allowed_packet on the dev server, or split the statement",
        1419 => {
            "set log_bin_trust_function_creators=1 on the dev server, or turn its binary log off"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_are_placed() {
        let sql = "CREATE TABLE t (\n  a int,\n  b wrong\n);";
        let message = "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server \
                       version for the right syntax to use near 'wrong\n)' at line 3";
        assert_eq!(near(sql, message), sql.find("wrong"));
        assert_eq!(near(sql, "syntax near '' at line 4"), Some(sql.len()));
        assert_eq!(near(sql, "Table 't' already exists"), None);
        assert_eq!(near(sql, "near 'gone' at line 9"), None);
    }
}
