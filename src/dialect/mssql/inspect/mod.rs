//! Reads a database: what the catalogue says of it, written as T-SQL and followed like a script's.
//!
//! So a state that is read has the form of one that is replayed, whatever that form is. [`catalogue`] has the queries,
//! [`script`] writes what they found.

mod catalogue;
mod object;
mod script;
mod table;

pub(super) use catalogue::{Asks, COLLATION};

use crate::engine::EngineError;
use crate::schema::Realm;

use super::replay::State;
use catalogue::Catalogue;

/// Reads all schemas of a database, in a fixed number of queries.
///
/// # Errors
/// When the server does not answer, or holds what the model can't.
pub(super) async fn inspect(connection: &mut dyn Asks, place: &str) -> Result<Realm, EngineError> {
    let found = Catalogue::read(connection).await;
    let failed = |what| EngineError::plain(format!("can't read the catalogue at {place}: {what}"));
    let found = found.map_err(failed)?;
    realm(&found)
        .map_err(|what| EngineError::plain(format!("can't read the database at {place}: {what}")))
}

/// What a catalogue describes.
fn realm(found: &Catalogue) -> Result<Realm, String> {
    let mut state = State::new();
    for object in script::objects(found)? {
        let read = state.read(&object.sql, object.name.as_ref());
        read.map_err(|refusal| format!("{}: {}", object.of, refusal.message))?;
    }
    Ok(state.settled())
}
