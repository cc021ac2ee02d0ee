//! Runs statements: many to a query where that can't be told from one by one, alone where they must be, and every error
//! traced to its statement.
//!
//! There is no transaction around them: these servers commit at every definition, so one would promise what it can't
//! keep.

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Either, Executor as _};

use super::class::{self, Reach};
use super::link;
use crate::engine::ExecError;
use crate::sql::Statement;

/// Statements that share a query.
const BATCH_STATEMENTS: usize = 50;
/// Bytes of a shared query, roughly.
const BATCH_BYTES: usize = 256 * 1024;
/// The server's number for what it can't parse.
const PARSE_ERROR: u16 = 1064;

/// What running statements left in the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Settings, locks or temporary tables may be there: the next statements want a new session.
    pub(super) session: bool,
    /// SQL may have run that nobody could judge before.
    pub(super) unjudged: bool,
}

/// Refuses what reaches beyond the dev database, before anything is run.
///
/// # Errors
/// The first such statement.
pub(super) fn check(statements: &[Statement], reach: Reach<'_>) -> Result<(), ExecError> {
    for (index, statement) in statements.iter().enumerate() {
        if let Some(refusal) = class::refuse(&statement.text, reach) {
            return Err(ExecError {
                statement: index,
                offset: Some(refusal.offset),
                message: refusal.message,
                code: None,
                detail: None,
                hint: Some(refusal.hint),
            });
        }
    }
    Ok(())
}

/// Runs statements in order, over a connection whose queries may have `packet` bytes.
///
/// # Errors
/// The statement that is refused; those before it stay done.
pub(super) async fn execute(
    connection: &mut MySqlConnection,
    statements: &[Statement],
    packet: usize,
    left: &mut Left,
) -> Result<(), ExecError> {
    let items: Vec<Item<'_>> = statements.iter().enumerate().flat_map(items).collect();
    let mut rest = &items[..];
    while !rest.is_empty() {
        let (batch, more) = rest.split_at(batch_length(rest, packet));
        for item in batch {
            left.session |= class::changes_session(item.text);
            left.unjudged |= class::dynamic(item.text);
        }
        let done = send(connection, batch).await?;
        rest = &rest[done..];
        debug_assert!(done == batch.len() || rest.len() > more.len());
    }
    Ok(())
}

/// One statement to send.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    index: usize,
    text: &'a str,
    together: bool,
}

fn items((index, statement): (usize, &Statement)) -> impl Iterator<Item = Item<'_>> {
    let item = Item {
        index,
        text: &statement.text,
        together: class::together(&statement.text),
    };
    (0..statement.repeat.max(1)).map(move |_| item)
}

/// How many of the first statements share a query.
fn batch_length(items: &[Item<'_>], packet: usize) -> usize {
    let mut bytes = 0;
    let shared = items.iter().take(BATCH_STATEMENTS).take_while(|item| {
        bytes += item.text.len() + 3;
        item.together && bytes <= BATCH_BYTES.min(packet / 2)
    });
    shared.count().max(1)
}

/// Each is ended on a line of its own, since its text may end in a comment.
fn join(items: &[Item<'_>]) -> String {
    if let [item] = items {
        return item.text.to_owned();
    }
    let mut sql = String::with_capacity(items.iter().map(|item| item.text.len() + 3).sum());
    for item in items {
        sql.push_str(item.text.trim_end().trim_end_matches(';'));
        sql.push_str("\n;\n");
    }
    sql
}

/// Sends some statements and tells how many are done.
async fn send(connection: &mut MySqlConnection, items: &[Item<'_>]) -> Result<usize, ExecError> {
    let Err((completed, error)) = query(connection, join(items)).await else {
        return Ok(items.len());
    };
    let at = completed.min(items.len() - 1);
    let item = &items[at];
    if items.len() > 1 && link::number(&error) == Some(PARSE_ERROR) {
        // The server quotes the rest of the query, and did nothing of this statement: alone it says where it stopped.
        let (_, alone) = match query(connection, item.text.to_owned()).await {
            Ok(()) => return Ok(at + 1),
            Err(failed) => failed,
        };
        return Err(explain(item, &alone));
    }
    Err(explain(item, &error))
}

/// Sends a query and reads all of its results; on an error tells how many came before it.
async fn query(connection: &mut MySqlConnection, sql: String) -> Result<(), (usize, sqlx::Error)> {
    let mut completed = 0;
    let mut results = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
    loop {
        match std::future::poll_fn(|context| results.as_mut().poll_next(context)).await {
            None => return Ok(()),
            Some(Ok(Either::Left(_))) => completed += 1,
            Some(Ok(Either::Right(_))) => {}
            Some(Err(error)) => return Err((completed, error)),
        }
    }
}

fn explain(item: &Item<'_>, error: &sqlx::Error) -> ExecError {
    let number = link::number(error);
    let message = match error {
        sqlx::Error::Database(server) => server.message().to_owned(),
        other => format!("the connection broke: {other}"),
    };
    ExecError {
        statement: item.index,
        offset: near(item.text, &message),
        code: number.map(|number| number.to_string()),
        detail: None,
        hint: number
            .and_then(hint)
            .map(str::to_owned)
            .or_else(|| zeros(number, item.text, &message)),
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

/// The server's number for a default that it does not take.
const INVALID_DEFAULT: u16 = 1067;

/// What to do about a date of zeros as a default: a strict SQL mode refuses it in every change of its table, which need
/// not be about it.
fn zeros(number: Option<u16>, sql: &str, message: &str) -> Option<String> {
    let column = message.split('\'').nth(1)?;
    let own = sql.contains(column) && !sql.contains("0000-00-00");
    (number == Some(INVALID_DEFAULT) && !own).then(|| {
        format!(
            "`{column}` has a date of zeros for a default, which the server's SQL mode refuses in every change of its \
             table: give the column another default, or write the migration by hand (`trueup migrate new --edit`) with \
             `SET SESSION sql_mode = ''` before the change"
        )
    })
}

/// What to do about errors whose cause lies in how states are built.
fn hint(number: u16) -> Option<&'static str> {
    Some(match number {
        1046 => {
            "the dev URL names no database, so every name needs one: add it to the URL (`…/dev`), or qualify the names"
        }
        1049 => {
            "a dev database holds only what the migrations make: take the database out of the name, or leave it out of \
             the dev URL, so that the whole server is compared"
        }
        1044 | 1142 | 1227 | 1370 => {
            "states are built by a user that may do everything in its own database and nothing elsewhere: take other \
             databases out of the statement, or leave the database out of the dev URL, so that the whole server is compared; \
             what changes the server itself needs a private one (`local://mysql/dev`, `local://mariadb/dev`, `docker://…`)"
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
    fn queries_are_shared_as_far_as_the_server_takes_them() {
        let texts = [
            "CREATE TABLE t (a int); ",
            "SELECT 1",
            "INSERT INTO t VALUES (1) -- x",
        ];
        let item = |index: usize| Item {
            index,
            text: texts[index],
            together: class::together(texts[index]),
        };
        let items = [item(0), item(0), item(2), item(1), item(0)];
        assert_eq!(batch_length(&items, 1 << 20), 3);
        assert_eq!(batch_length(&items, 60), 1);
        assert_eq!(batch_length(&items[3..], 1 << 20), 1);
        assert_eq!(
            join(&items[1..3]),
            "CREATE TABLE t (a int)\n;\nINSERT INTO t VALUES (1) -- x\n;\n"
        );
        assert_eq!(join(&items[3..4]), "SELECT 1");
        let many = vec![item(2); 200];
        assert_eq!(batch_length(&many, 1 << 20), BATCH_STATEMENTS);
    }

    #[test]
    fn a_date_of_zeros_is_told_from_other_invalid_defaults() {
        let message = "Invalid default value for 'seen_at'";
        let told = |number, sql| zeros(Some(number), sql, message).is_some();
        assert!(told(1067, "ALTER TABLE t ADD COLUMN note int"));
        assert!(told(
            1067,
            "CREATE TABLE t (seen_at date DEFAULT '0000-00-00')"
        ));
        assert!(!told(1067, "CREATE TABLE t (seen_at int DEFAULT 'x')"));
        assert!(!told(1064, "ALTER TABLE t ADD COLUMN note int"));
    }

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
