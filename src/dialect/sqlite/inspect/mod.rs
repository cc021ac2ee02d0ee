//! Reads a database's schema: five queries whatever the number of tables, then [`assemble`] makes a realm of the rows.

mod assemble;
mod catalogue;

use sqlx::SqliteConnection;

use crate::engine::{EngineError, InspectOptions};
use crate::schema::Realm;

/// Name of the one schema that a database file has.
pub(super) const SCHEMA: &str = "main";

/// Reads the schema.
///
/// # Errors
/// When a query fails, or when the text of a table and SQLite's own account of it disagree.
pub(super) async fn inspect(
    connection: &mut SqliteConnection,
    options: &InspectOptions,
) -> Result<Realm, EngineError> {
    let wanted = options.schemas.is_empty() || options.schemas.iter().any(|name| name == SCHEMA);
    if !wanted {
        return Ok(Realm::default());
    }
    let catalogue = catalogue::read(connection)
        .await
        .map_err(|error| EngineError::plain(format!("can't read the schema: {error}")))?;
    let schema = assemble::schema(&catalogue)?;
    Ok(Realm {
        schemas: vec![schema],
        ..Realm::default()
    })
}
