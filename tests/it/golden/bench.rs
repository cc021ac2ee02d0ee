//! What the runner asks of an engine. All of it but `inspect` goes around trueup, so that trueup is judged by the engine.

use std::collections::BTreeMap;
use std::future::Future;

use trueup::config::DbUrl;
use trueup::dialect;
use trueup::engine::InspectOptions;
use trueup::plan::TxMode;
use trueup::schema::{ObjectName, Realm};

use super::case::Version;

/// A table whose rows are compared.
pub(crate) struct Table {
    pub name: ObjectName,
    pub columns: Vec<String>,
}

/// An engine on which cases are run.
pub(crate) trait Bench: Sync {
    /// Makes an empty database and gives its name.
    fn create(&self) -> String;
    /// Removes it.
    fn remove(&self, db: &str);
    /// Runs a script as the engine takes it.
    fn script(&self, db: &str, sql: &str) -> Result<(), String>;
    /// Runs statements one by one, in one transaction for a file's mode.
    fn execute(&self, db: &str, statements: &[&str], mode: TxMode) -> Result<(), String>;
    /// Where trueup finds it.
    fn url(&self, db: &str, scoped: bool) -> String;
    /// trueup's own view.
    fn inspect(&self, db: &str, scoped: bool) -> Result<Realm, String>;
    /// The engine's view, in a form in which equal schemas are equal texts.
    fn dump(&self, db: &str) -> String;
    /// Values by table (`schema.` only where it is not the default one) and column, as text, in the order of the rows.
    fn rows(
        &self,
        db: &str,
        tables: &[Table],
    ) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, String>;
    /// Deletes all rows.
    fn delete_rows(&self, db: &str, tables: &[ObjectName]) -> Result<(), String>;
    /// The greatest number that a table's numbering gave.
    fn greatest_number(&self, db: &str, table: &str) -> Option<i64>;
    /// Of the server.
    fn version(&self) -> Version;
    /// The default collation of the version that expected plans are written for, and this server's.
    fn default_collation(&self) -> Option<(&'static str, String)> {
        None
    }
}

/// Runs to completion on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(future)
}

/// trueup's view of the database behind a URL.
pub(crate) fn inspect(url: &str) -> Result<Realm, String> {
    wait(async {
        let url = DbUrl::parse(url).map_err(|error| error.to_string())?;
        let dialect = dialect::for_url(&url).map_err(|error| error.to_string())?;
        let mut session = dialect
            .connect(&url)
            .await
            .map_err(|error| error.to_string())?;
        let realm = session
            .inspect(&InspectOptions::default())
            .await
            .map_err(|error| error.to_string());
        session.close().await.map_err(|error| error.to_string())?;
        realm
    })
}
