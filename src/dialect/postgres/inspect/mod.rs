//! Reads PostgreSQL's catalogue into the schema model: a fixed number of queries in one snapshot, joined here.
//!
//! Expressions and definitions are kept as the server prints them with an empty search path, so two databases of one
//! server have the same text for the same thing. Left out on purpose: owners and privileges, and what `texts` lists.

mod build;
mod catalogue;
mod columns;
mod constraints;
mod enums;
mod indexes;
mod relations;
pub(super) mod sequences;
pub(super) mod text;
mod texts;
pub(super) mod types;

use sqlx::PgConnection;
use sqlx::postgres::types::Oid;

use self::catalogue::{Catalogue, Comments};
use crate::engine::{EngineError, InspectOptions};
use crate::schema::Realm;

/// Reads what the connection's database holds; `scope` limits it to one schema.
///
/// Objects of extensions are left out; what the model has no type for comes as [`crate::schema::TextObject`].
///
/// # Errors
/// When the schema of `scope` doesn't exist, the server is too old, or a
/// query fails (as on a connection with an open transaction).
pub(super) async fn inspect(
    connection: &mut PgConnection,
    scope: Option<&str>,
    options: &InspectOptions,
) -> Result<Realm, EngineError> {
    let mut catalogue = Catalogue::open(connection).await?;
    let read = read(&mut catalogue, scope, options).await;
    let closed = catalogue.close().await;
    let realm = read?;
    closed?;
    Ok(realm)
}

async fn read(
    catalogue: &mut Catalogue<'_>,
    scope: Option<&str>,
    options: &InspectOptions,
) -> Result<Realm, EngineError> {
    let mut namespaces = relations::namespaces(catalogue).await?;
    if let Some(scope) = scope {
        namespaces.retain(|namespace| namespace.name == scope);
        if namespaces.is_empty() {
            return Err(EngineError::new(
                format!("schema \"{scope}\" does not exist in the database"),
                "create it, or name another in the URL's search_path",
            ));
        }
    }
    if !options.schemas.is_empty() {
        namespaces.retain(|namespace| options.schemas.contains(&namespace.name));
    }
    let limited = scope.is_some() || !options.schemas.is_empty();
    catalogue.limit(
        namespaces
            .iter()
            .map(|namespace| Oid(namespace.oid))
            .collect(),
    );
    let comments = Comments::read(catalogue).await?;
    let parts = build::Parts {
        namespaces,
        relations: relations::relations(catalogue).await?,
        columns: columns::columns(catalogue).await?,
        sequences: sequences::sequences(catalogue).await?,
        constraints: constraints::constraints(catalogue).await?,
        indexes: indexes::indexes(catalogue).await?,
        enums: enums::enums(catalogue, &comments).await?,
        texts: texts::texts(catalogue, limited, &comments).await?,
        comments,
    };
    build::realm(parts)
}
