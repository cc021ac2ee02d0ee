//! What is on a server, by its catalogue and not by our model of it.

use tiberius::error::Error;

use super::link::Opened;
use crate::engine::Outside;

/// Prefix of a run's number in the mark of a database that it made.
pub(super) const MARK: &str = "trueup";

/// Schemas that every database has of its own: the fixed roles' have the numbers from 16384 on.
pub(super) const OWN_SCHEMAS: &str =
    "s.schema_id < 16384 AND s.name NOT IN ('sys', 'guest', 'INFORMATION_SCHEMA')";

/// Everything in the database that somebody made, in the order in which it is named in a message: tables first. What belongs
/// to a table goes with it.
pub(super) async fn content(connection: &mut Opened) -> Result<Vec<Outside>, Error> {
    let sql = format!(
        "SELECT o.type, o.name, s.name FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id \
         WHERE o.is_ms_shipped = 0 AND o.parent_object_id = 0 AND o.type <> 'TT' \
         UNION ALL SELECT 'type', t.name, s.name FROM sys.types t JOIN sys.schemas s ON s.schema_id = t.schema_id \
         WHERE t.is_user_defined = 1 \
         UNION ALL SELECT 'schema', s.name, s.name FROM sys.schemas s WHERE {OWN_SCHEMAS} AND s.name <> 'dbo' \
         ORDER BY 3, 2"
    );
    let rows = connection.rows(&sql).await?;
    let found = rows.into_iter().map(|row| {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let kind = match text(0).trim() {
            "U" => "table",
            "V" => "view",
            "P" | "PC" => "procedure",
            "SO" => "sequence",
            "SN" => "synonym",
            "FN" | "IF" | "TF" | "FS" | "FT" | "AF" => "function",
            "type" => "type",
            "schema" => "schema",
            _ => "object",
        };
        Outside {
            kind: kind.to_owned(),
            name: text(1),
            schema: text(2),
        }
    });
    let mut found: Vec<Outside> = found.collect();
    found.sort_by_key(|one| (one.kind != "table", one.kind == "schema"));
    Ok(found)
}

/// Databases of a server whose names begin as those that runs make.
pub(super) const LIKE_OURS: &str =
    "SELECT d.name FROM sys.databases d WHERE d.name LIKE 'trueup[_]%'";
