//! Reads a database's schema: five queries whatever the number of tables, then [`assemble`] makes a realm of the rows.

mod assemble;
mod catalogue;

use sqlx::SqliteConnection;

use crate::engine::{EngineError, InspectOptions};
use crate::schema::{Realm, Table};

use catalogue::Catalogue;
pub(super) use catalogue::Object;

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
    realm(&catalogue)
}

fn realm(catalogue: &Catalogue) -> Result<Realm, EngineError> {
    let schema = assemble::schema(catalogue)?;
    Ok(Realm {
        schemas: vec![schema],
        ..Realm::default()
    })
}

/// The schema of objects of which only the texts are there: SQLite's own account of them is made as SQLite makes it.
///
/// # Errors
/// When a text can't be read.
pub(super) fn of_objects(objects: impl Iterator<Item = Object>) -> Result<Realm, EngineError> {
    realm(&Catalogue::of_texts(objects)?)
}

/// A table by its text.
///
/// # Errors
/// When it can't be read.
pub(super) fn table(object: &Object) -> Result<Table, EngineError> {
    let realm = of_objects([object.clone()].into_iter())?;
    let mut tables = realm.schemas.into_iter().flat_map(|schema| schema.tables);
    tables
        .next()
        .ok_or_else(|| EngineError::plain(format!("{} is no table", object.name)))
}
