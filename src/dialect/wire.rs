//! What the servers that are reached through the same client library have in common. A row's form is each server's own.

use std::pin::Pin;

use sqlx::{
    AssertSqlSafe, Column, Connection, Database, Either, Executor, Row as _, SqlSafeStr as _,
    Statement as _, TypeInfo,
};

use crate::engine::driver::{ServerError, Target};
use crate::engine::{Answer, EngineError, Value};

/// An operation in progress on a connection. Boxed, since the compiler can't tell otherwise that it may change threads.
type Going<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Sends a query and reads all of its results; on an error tells how many statements were done before it.
pub(super) fn query<'c>(
    connection: impl Executor<'c> + 'c,
    sql: String,
) -> Going<'c, Result<(), (usize, sqlx::Error)>> {
    let mut results = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
    Box::pin(async move {
        let mut completed = 0;
        loop {
            match std::future::poll_fn(|context| results.as_mut().poll_next(context)).await {
                None => return Ok(()),
                Some(Ok(Either::Left(_))) => completed += 1,
                Some(Ok(Either::Right(_))) => {}
                Some(Err(error)) => return Err((completed, error)),
            }
        }
    })
}

/// An answer, with the values of a row as `read` has them. Where there are none, the columns of a `query` are
/// asked for.
pub(super) async fn ask<DB: Database, C>(
    connection: &mut C,
    sql: &str,
    query: bool,
    kind: impl Fn(&DB::TypeInfo) -> String,
    read: impl Fn(&DB::Row, usize) -> Result<Value, sqlx::Error>,
) -> Result<(Answer, DB::QueryResult), sqlx::Error>
where
    for<'e> &'e mut C: Executor<'e, Database = DB>,
{
    let (rows, done) = all(&mut *connection, sql.to_owned()).await?;
    let columns = match rows.first() {
        Some(row) => columns(row.columns(), &kind),
        None if query => {
            let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
            let prepared = connection.prepare(sql).await;
            prepared.map_or_else(|_| Vec::new(), |known| columns(known.columns(), &kind))
        }
        None => Vec::new(),
    };
    let row = |row: &DB::Row| (0..columns.len()).map(|at| read(row, at)).collect();
    let rows: Result<_, sqlx::Error> = rows.iter().map(row).collect();
    let answer = Answer {
        rows: rows?,
        columns,
        ..Answer::default()
    };
    Ok((answer, done))
}

/// Rows that a program on a dev database gets from one query.
const ROWS: usize = 1_000_000;

/// Rows, and what the server said of the query besides.
type Rows<DB> = (Vec<<DB as Database>::Row>, <DB as Database>::QueryResult);

/// Sends a query and gives all of its rows.
fn all<'c, DB: Database>(
    connection: impl Executor<'c, Database = DB> + 'c,
    sql: String,
) -> Going<'c, Result<Rows<DB>, sqlx::Error>> {
    let mut results = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
    Box::pin(async move {
        let (mut rows, mut done) = (Vec::new(), DB::QueryResult::default());
        loop {
            match std::future::poll_fn(|context| results.as_mut().poll_next(context)).await {
                None => return Ok((rows, done)),
                Some(Ok(Either::Left(one))) => done.extend([one]),
                Some(Ok(Either::Right(_))) if rows.len() == ROWS => {
                    let why = format!("a query of a program gives more than {ROWS} rows");
                    return Err(sqlx::Error::Protocol(why));
                }
                Some(Ok(Either::Right(row))) => rows.push(row),
                Some(Err(error)) => return Err(error),
            }
        }
    })
}

/// The name of a type.
pub(super) fn named(kind: &impl TypeInfo) -> String {
    kind.name().to_owned()
}

/// Names of columns, and of their types.
fn columns<C: Column>(
    columns: &[C],
    kind: impl Fn(&<C::Database as Database>::TypeInfo) -> String,
) -> Vec<(String, String)> {
    let column = |one: &C| (one.name().to_owned(), kind(one.type_info()));
    columns.iter().map(column).collect()
}

/// What the server said, without the driver's additions.
pub(super) fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(server) => server.message().to_owned(),
        other => other.to_string(),
    }
}

/// Says goodbye; a server that is gone already is as good.
pub(super) async fn close(connection: impl Connection) {
    let _ = connection.close().await;
}

/// Whether a server answers over a new connection, or why not.
pub(super) async fn probe<C: Connection>(opened: Result<C, sqlx::Error>) -> Result<(), String> {
    let mut connection = opened.map_err(|error| said(&error))?;
    connection.ping().await.map_err(|error| said(&error))?;
    close(connection).await;
    Ok(())
}

impl From<sqlx::Error> for ServerError {
    fn from(error: sqlx::Error) -> Self {
        Self {
            message: said(&error),
            answered: matches!(error, sqlx::Error::Database(_)),
        }
    }
}

/// The error for something that the server refused while we worked for ourselves.
pub(super) fn failed<O>(target: &Target<O>, what: &str, error: &sqlx::Error) -> EngineError {
    EngineError::plain(format!("can't {what} at {}: {}", target.place, said(error)))
}
