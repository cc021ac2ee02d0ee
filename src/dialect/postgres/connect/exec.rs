//! Runs statements: many to a query for speed, alone where they must be, and every error traced to its statement.
//!
//! Several statements in one simple query are one implicit transaction, so outside a transaction only such share a
//! query as can't tell the difference; and when a shared query fails there, its statements are run again one by one,
//! which is what was asked for in the first place.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgDatabaseError, PgErrorPosition, PgRow};
use sqlx::{Row as _, ValueRef as _};

use super::class::{self, Kind};
use super::role::StateRole;
use crate::dialect::wire;
use crate::engine::batch::{self, Sender};
use crate::engine::{Answer, ExecError, Value};
use crate::plan::TxMode;
use crate::sql::Statement;

/// What statements may change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach<'a> {
    /// All of a server.
    Server,
    /// A database, as the role that owns it; without a role as the URL's user, whose rights may reach further.
    Database(Option<&'a StateRole>),
    /// What the URL's user may change.
    Live,
}

impl<'a> Reach<'a> {
    fn role(self) -> Option<&'a StateRole> {
        match self {
            Self::Server | Self::Live => None,
            Self::Database(role) => role,
        }
    }
}

/// Runs statements in order.
///
/// After an error nothing of the failed transaction is left; what
/// was committed before stays.
pub(super) async fn execute(
    connection: &mut PgConnection,
    statements: &[Statement],
    mode: TxMode,
    reach: Reach<'_>,
) -> Result<(), ExecError> {
    let said = |text| {
        let said = reach.role().and_then(|role| role.say(text));
        said.map_or(Cow::Borrowed(text), Cow::Owned)
    };
    let items = batch::items(statements, said, class::kind);
    if items.is_empty() {
        return Ok(());
    }
    let mut run = Run {
        connection,
        reach,
        begun: None,
    };
    if mode == TxMode::File {
        run.command("BEGIN", 0).await?;
        run.begun = Some(Begun::ByUs);
    }
    let result = batch::send_all(&mut run, &items).await;
    if let Err(error) = result {
        run.roll_back().await;
        return Err(error);
    }
    run.finish(&items).await
}

/// Runs one statement as it is.
pub(super) async fn ask(
    connection: &mut PgConnection,
    statement: &Statement,
    query: bool,
    reach: Reach<'_>,
) -> Result<Answer, ExecError> {
    let text = reach.role().and_then(|role| role.say(&statement.text));
    let text = text.map_or(Cow::Borrowed(&statement.text[..]), Cow::Owned);
    let value = |row: &PgRow, at: usize| {
        let raw = row.try_get_raw(at)?;
        let bytes = match raw.is_null() {
            true => None,
            false => Some(raw.as_bytes().map_err(sqlx::Error::Decode)?.to_vec()),
        };
        Ok(Value::of_text(bytes))
    };
    match wire::ask(connection, &text, query, wire::named, value).await {
        Ok((answer, done)) => Ok(Answer {
            affected: done.rows_affected(),
            ..answer
        }),
        Err(error) => {
            let failure = Failure {
                completed: 0,
                error,
            };
            let error = failure.into_error(0, None, matches!(reach, Reach::Live), reach);
            let concurrent = statement.text.to_ascii_uppercase().contains("CONCURRENTLY");
            Err(match (reach, error.hint.is_none() && concurrent) {
                (Reach::Live, true) => ExecError {
                    hint: Some(INVALID.to_owned()),
                    ..error
                },
                _ => error,
            })
        }
    }
}

type Item<'a> = batch::Item<'a, Kind>;

/// Who opened the transaction that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    ByUs,
    ByStatement(usize),
}

struct Run<'c> {
    connection: &'c mut PgConnection,
    reach: Reach<'c>,
    begun: Option<Begun>,
}

#[async_trait]
impl Sender for Run<'_> {
    type Kind = Kind;

    fn shares(&self, kind: &Kind) -> bool {
        *kind == Kind::Plain || (*kind == Kind::Data && self.begun.is_some())
    }

    async fn send(&mut self, items: &[Item<'_>]) -> Result<usize, ExecError> {
        let (sql, starts) = batch::join(items);
        let failed = match query(self.connection, sql.clone()).await {
            Ok(()) => None,
            Err(failure) if items.len() > 1 && self.begun.is_none() && failure.by_server() => {
                // The implicit transaction took everything back.
                for item in items {
                    self.send(std::slice::from_ref(item)).await?;
                }
                None
            }
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failed {
            return Err(failure.explain(items, &sql, &starts, self.begun.is_some(), self.reach));
        }
        if let [item] = items {
            match item.kind {
                Kind::Begin if self.begun.is_none() => {
                    self.begun = Some(Begun::ByStatement(item.index));
                }
                Kind::End => self.begun = None,
                _ => {}
            }
        }
        Ok(items.len())
    }
}

impl Run<'_> {
    /// Commits what is open.
    async fn finish(&mut self, items: &[Item<'_>]) -> Result<(), ExecError> {
        let last = items.last().map_or(0, |item| item.index);
        match self.begun.take() {
            None => Ok(()),
            Some(Begun::ByUs) => self.command("COMMIT", last).await,
            Some(Begun::ByStatement(index)) => {
                self.roll_back().await;
                Err(ExecError {
                    statement: index,
                    offset: Some(0),
                    message: "the transaction that starts here is never committed".to_owned(),
                    code: None,
                    detail: None,
                    hint: Some("end it with COMMIT in the same file".to_owned()),
                })
            }
        }
    }

    async fn command(&mut self, sql: &'static str, statement: usize) -> Result<(), ExecError> {
        match query(self.connection, sql.to_owned()).await {
            Ok(()) => Ok(()),
            Err(failure) => {
                let mut error = failure.into_error(statement, None, false, self.reach);
                if sql == "COMMIT" && error.hint.is_none() {
                    error.hint = Some(
                        "the server said so at COMMIT, so any statement of the file may be the cause"
                            .to_owned(),
                    );
                }
                Err(error)
            }
        }
    }

    async fn roll_back(&mut self) {
        self.begun = None;
        // Outside a transaction this is a warning; on a broken connection there is nothing to roll back.
        let _ = query(self.connection, "ROLLBACK".to_owned()).await;
    }
}

/// A query that failed.
struct Failure {
    /// Statements that were done before.
    completed: usize,
    error: sqlx::Error,
}

/// Sends a simple query and reads all of its results.
async fn query(connection: &mut PgConnection, sql: String) -> Result<(), Failure> {
    let sent = wire::query(connection, sql).await;
    sent.map_err(|(completed, error)| Failure { completed, error })
}

impl Failure {
    fn server(&self) -> Option<&PgDatabaseError> {
        self.error.as_database_error()?.try_downcast_ref()
    }

    fn by_server(&self) -> bool {
        self.server().is_some()
    }

    /// Names the statement.
    ///
    /// The server parses the whole query first: such an error carries its place and comes before any statement is
    /// done. Later ones belong to the first statement that was not done, and a place that is in another one then
    /// speaks of a different text (a prepared statement's).
    fn explain(
        self,
        items: &[Item<'_>],
        sql: &str,
        starts: &[usize],
        in_tx: bool,
        reach: Reach<'_>,
    ) -> ExecError {
        let position = match self.server().and_then(PgDatabaseError::position) {
            Some(PgErrorPosition::Original(position)) => byte_of(sql, position),
            _ => None,
        };
        let counted = self.completed.min(items.len() - 1);
        let placed =
            position.map(|byte| (starts.partition_point(|start| *start <= byte) - 1, byte));
        let (which, offset) = match placed {
            Some((at, byte)) if at == counted || self.completed == 0 || items.len() == 1 => {
                let inside = byte - starts[at];
                (at, Some(inside.min(items[at].text.len())))
            }
            _ => (counted, None),
        };
        // A position in trueup's own text says nothing about the file.
        let offset = offset.filter(|_| matches!(items[which].text, Cow::Borrowed(_)));
        self.into_error(items[which].index, offset, in_tx, reach)
    }

    fn into_error(
        self,
        statement: usize,
        offset: Option<usize>,
        in_tx: bool,
        reach: Reach<'_>,
    ) -> ExecError {
        let Some(error) = self.server() else {
            return ExecError {
                statement,
                offset: None,
                message: format!("the connection broke: {}", self.error),
                code: None,
                detail: None,
                hint: None,
            };
        };
        let mut detail = error.detail().map(str::to_owned);
        if let Some(context) = error.r#where() {
            let text = detail.get_or_insert_default();
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(context);
        }
        ExecError {
            statement,
            offset,
            message: error.message().to_owned(),
            code: Some(error.code().to_owned()),
            detail,
            hint: (reach.role().is_some() && error.code() == DENIED)
                .then(|| beyond(error.message()).to_owned())
                .or_else(|| error.hint().map(str::to_owned))
                .or_else(|| role_hint(error, reach).filter(|_| !matches!(reach, Reach::Live)))
                .or_else(|| hint(error.code(), in_tx)),
        }
    }
}

/// What a concurrent definition that failed leaves behind.
const INVALID: &str = "an index that was being built concurrently stays, invalid: drop it (`DROP INDEX CONCURRENTLY`) before this is \
                       run again";

/// insufficient_privilege
const DENIED: &str = "42501";

/// What to do where a state's role may not do what a superuser may.
const BEYOND: &str = "on a server given by URL this runs as a role that owns its own database and nothing else; make what it \
                      needs in the dev database beforehand (extensions there are taken over), or use a private server, \
                      `docker://postgres/17/dev`, or `local://postgres` where it is installed";

/// The same where the server is the first to see who the owner is.
const OWNER: &str = "on a server given by URL this runs as a role of its own, and who owns something is left out of states: name \
                     the owner in the statement (`ALTER TABLE t OWNER TO app`), not by a variable, or use a private server, \
                     `docker://postgres/17/dev`, or `local://postgres` where it is installed";

fn beyond(message: &str) -> &'static str {
    // PostgreSQL 15, and since 16.
    let owner = ["must be member of role", "must be able to SET ROLE"];
    match owner.iter().any(|start| message.starts_with(start)) {
        true => OWNER,
        false => BEYOND,
    }
}

/// A role that nobody made; or that the other state made, or makes at this moment: roles are the server's, and both states
/// are on one.
fn role_hint(error: &PgDatabaseError, reach: Reach<'_>) -> Option<String> {
    if error.code() == "42704" && error.message().starts_with("role \"") {
        if matches!(reach, Reach::Database(_)) {
            return Some(
                "a role belongs to the whole server, so trueup makes none there: make it before trueup runs (`CREATE ROLE …`, by \
                 psql), or use a private server, `docker://postgres/17/dev`, or `local://postgres` where it is installed"
                    .to_owned(),
            );
        }
        return Some(
            "a role belongs to the whole server, and the dev server has none of yours: let the migrations make it where it is \
             missing: `DO $$ BEGIN CREATE ROLE …; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`"
                .to_owned(),
        );
    }
    let exists = error.code() == "42710" && error.message().starts_with("role \"");
    let race = error.code() == "23505" && error.constraint() == Some("pg_authid_rolname_index");
    (exists || race).then(|| {
        "a role belongs to the whole server, where both states are built; leave it to another tool, or make it only where it \
         is missing: `DO $$ BEGIN CREATE ROLE …; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`"
            .to_owned()
    })
}

/// What to do about errors caused by how files are run.
fn hint(code: &str, in_tx: bool) -> Option<String> {
    let text = match code {
        // active_sql_transaction
        "25001" if in_tx => {
            "put `-- atlas:txmode none` and a blank line at the top of the file, so that its statements run one by one"
        }
        // unsafe_new_enum_value_usage
        "55P04" => {
            "use the value in a later file, or put `-- atlas:txmode none` and a blank line at the top of this one"
        }
        // out_of_memory, which is also how a full lock table is reported
        "53200" => "raise max_locks_per_transaction on the dev server, or split the file",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The byte of the `position`th character, counted from 1. One past the end is the end.
fn byte_of(text: &str, position: usize) -> Option<usize> {
    let index = position.checked_sub(1)?;
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_as_the_server_counts() {
        assert_eq!(byte_of("äb", 2), Some(2));
        assert_eq!(byte_of("äb", 3), Some(3));
        assert_eq!(byte_of("äb", 4), None);
        assert_eq!(byte_of("äb", 0), None);
    }
}
