//! Enumerated types.

use super::catalogue::{Catalogue, Comments};
use crate::engine::EngineError;
use crate::schema::EnumType;

const ENUMS: &str = "\
SELECT t.oid, n.nspname::text AS schema, t.typname::text AS name,
  ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typnamespace = ANY ($1) AND t.typtype = 'e'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')";

/// Reads all enumerated types, each with its schema.
pub(super) async fn enums(
    catalogue: &mut Catalogue<'_>,
    comments: &Comments,
) -> Result<Vec<(String, EnumType)>, EngineError> {
    let mut enums = Vec::new();
    for row in catalogue.rows("enumerated types", ENUMS.to_owned()).await? {
        let comment = comments.on("pg_type", row.oid("oid")?);
        let value = EnumType {
            name: row.get("name")?,
            values: row.get("labels")?,
            comment: comment.map(str::to_owned),
        };
        enums.push((row.get("schema")?, value));
    }
    Ok(enums)
}
