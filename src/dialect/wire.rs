//! What the servers that are reached through the same client library have in common. A row's form is each server's own.

use std::pin::Pin;

use sqlx::{AssertSqlSafe, Connection, Either, Executor};

use crate::engine::EngineError;
use crate::engine::driver::{ServerError, Target};

/// What is going on over a connection. Boxed, since the compiler can't tell otherwise that it may change threads.
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
