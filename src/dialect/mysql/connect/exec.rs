//! Runs statements: many to a query where that can't be told from one by one, alone where they must be, and every error
//! traced to its statement.
//!
//! There is no transaction around them: these servers commit at every definition, so one would promise what it can't
//! keep.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::mysql::{MySql, MySqlRow, MySqlTypeInfo};

use super::class;
use super::link::{self, Opened};
use crate::dialect::wire;
use crate::engine::batch::{self, Sender};
use crate::engine::{Answer, ExecError, Value};
use crate::sql::Statement;

/// The server's number for what it can't parse.
const PARSE_ERROR: u16 = 1064;

/// Runs statements in order.
///
/// # Errors
/// The statement that is refused; those before it stay done.
pub(super) async fn execute(
    connection: &mut Opened,
    statements: &[Statement],
) -> Result<(), ExecError> {
    let items = batch::items(statements, Cow::Borrowed, class::together);
    batch::send_all(connection, &items).await
}

/// The name of a type. Text in a binary collation carries the flag by which types are named as binary, and is text.
fn kind(of: &MySqlTypeInfo) -> String {
    let name = wire::named(of);
    let binary = name.ends_with("BLOB") || name.ends_with("BINARY");
    match binary && <str as sqlx::Type<MySql>>::compatible(of) {
        true => "TEXT".to_owned(),
        false => name,
    }
}

/// Runs one statement as it is.
pub(super) async fn ask(
    connection: &mut Opened,
    statement: &Statement,
    query: bool,
) -> Result<Answer, ExecError> {
    connection.left.session |= class::changes_session(&statement.text);
    connection.left.unjudged |= class::dynamic(&statement.text);
    let value = |row: &MySqlRow, at: usize| row.try_get_unchecked(at).map(Value::of_text);
    match wire::ask(&mut connection.inner, &statement.text, query, kind, value).await {
        Ok((answer, done)) => Ok(Answer {
            affected: done.rows_affected(),
            id: i64::try_from(done.last_insert_id()).ok(),
            ..answer
        }),
        Err(error) => {
            let items = batch::items(std::slice::from_ref(statement), Cow::Borrowed, |_| false);
            Err(explain(&items[0], &error))
        }
    }
}

/// Whether it may share a query with others is what matters of a statement.
type Item<'a> = batch::Item<'a, bool>;

#[async_trait]
impl Sender for Opened {
    type Kind = bool;

    fn shares(&self, together: &bool) -> bool {
        *together
    }

    fn most_bytes(&self) -> usize {
        self.packet
    }

    async fn send(&mut self, items: &[Item<'_>]) -> Result<usize, ExecError> {
        for item in items {
            self.left.session |= class::changes_session(&item.text);
            self.left.unjudged |= class::dynamic(&item.text);
        }
        let sent = wire::query(&mut self.inner, batch::join(items).0).await;
        let Err((completed, error)) = sent else {
            return Ok(items.len());
        };
        let at = completed.min(items.len() - 1);
        let item = &items[at];
        if items.len() > 1 && link::number(&error) == Some(PARSE_ERROR) {
            // The server quotes the rest of the query, and did nothing of this statement: alone it says where it stopped.
            let alone = wire::query(&mut self.inner, item.text.clone().into_owned()).await;
            return match alone {
                Ok(()) => Ok(at + 1),
                Err((_, error)) => Err(explain(item, &error)),
            };
        }
        Err(explain(item, &error))
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
        offset: near(&item.text, &message),
        code: number.map(|number| number.to_string()),
        detail: None,
        hint: number
            .and_then(hint)
            .map(str::to_owned)
            .or_else(|| zeros(number, &item.text, &message)),
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

/// What to do about errors caused by how states are built.
fn hint(number: u16) -> Option<&'static str> {
    Some(match number {
        1046 => {
            "databases are compared by their names, so each table says its own: in models, `schema=` of the table, or \
             `MetaData(schema=\"shop\")` for all that say none; in migrations, `USE shop;` before the statement. Where \
             no name has a database, add one to the dev URL instead (`…/dev`)"
        }
        1049 => {
            "a dev database holds only what the migrations make: take the database out of the name, or leave it out of \
             the dev URL, so that the whole server is compared"
        }
        1044 | 1142 | 1227 | 1370 => {
            "states are built by a user that may do everything in its own database and nothing elsewhere: take other \
             databases out of the statement, or leave the database out of the dev URL, so that the whole server is compared; \
             what changes the server itself needs a private one (`docker://…`, or \
             `local://…` where the server is installed)"
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
