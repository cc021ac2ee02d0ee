//! What a `postgres://` URL says, in the driver's terms.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// A database to connect to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// For the driver.
    pub(super) options: PgConnectOptions,
    /// For messages, without secrets: `127.0.0.1:5432`.
    pub(super) place: String,
    /// The one schema that the connection is limited to.
    pub(super) scope: Option<String>,
    /// How long a server that is not there yet is waited for.
    pub(super) patience: Duration,
}

impl Target {
    /// The same with another database.
    pub(super) fn with_database(&self, name: &str) -> Self {
        Self {
            options: self.options.clone().database(name),
            ..self.clone()
        }
    }

    /// The database's name.
    pub(super) fn database(&self) -> &str {
        self.options.get_database().unwrap_or_default()
    }
}
