//! What a live database records of its migrations: where the tables of tools are, and what they say.

use super::PipelineError;
use super::state::unreadable;
use crate::config::{DbUrl, Located};
use crate::engine::{EngineError, Session};
use crate::migration::Revision;
use crate::problem::Problem;

/// Alembic's table, unless a project calls it otherwise.
pub(super) const ALEMBIC: &str = "alembic_version";

/// The lock that is held while migrations are applied; Atlas' name for it.
pub(super) const LOCK: &str = "atlas_migrate_execute";

/// Columns of Atlas' table, those of [`Revision`] first.
const COLUMNS: [&str; 9] = [
    "version",
    "type",
    "applied",
    "total",
    "error",
    "hash",
    "partial_hashes",
    "error_stmt",
    "operator_version",
];

/// A row of Atlas' table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) revision: Revision,
    /// Of each statement that ran: a hash of the file up to there.
    pub(super) hashes: Vec<String>,
    /// The statement that failed.
    pub(super) failed: Option<String>,
    /// trueup wrote it.
    pub(super) ours: bool,
}

/// A database and where it is named, for messages.
pub(super) fn told(live: &Located<DbUrl>) -> String {
    format!("{} ({})", live.value, live.origin)
}

/// The one schema that has this table, of all or of the one that is named.
///
/// # Errors
/// When several have it.
pub(super) async fn schema_of(
    live: &Located<DbUrl>,
    session: &mut dyn Session,
    table: &str,
    schema: Option<&str>,
) -> Result<Option<String>, PipelineError> {
    let failed = |error: EngineError| unreadable(live, error);
    let tables = session.tables_named(&[table]).await.map_err(failed)?;
    let scope = session.scope().map(str::to_owned);
    let place = schema.or(scope.as_deref());
    let found = tables.into_iter().map(|(own, _)| own);
    let mut found: Vec<String> = found
        .filter(|own| place.is_none_or(|place| place == own))
        .collect();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(
            Problem::new(format!("several schemas have a table {table}"))
                .detail("database", told(live))
                .detail("schemas", found.join(", "))
                .hint(
                    "limit the URL to one schema, or name that of Atlas' records: `--revisions-schema`",
                )
                .into(),
        ),
    }
}

/// The rows of Alembic's table, by its schema, where one is named, and its name.
///
/// # Errors
/// When it can't be read, or several schemas have it.
pub(super) async fn alembic(
    live: &Located<DbUrl>,
    session: &mut dyn Session,
    (schema, name): &(Option<String>, String),
) -> Result<Option<Vec<String>>, PipelineError> {
    let Some(schema) = schema_of(live, session, name, schema.as_deref()).await? else {
        return Ok(None);
    };
    let rows = session.rows((&schema, name), &["version_num"]).await;
    let rows = rows.map_err(|error| unreadable(live, error))?;
    let mut revisions: Vec<String> = rows.into_iter().flatten().flatten().collect();
    revisions.sort();
    Ok(Some(revisions))
}

/// The rows of Atlas' table in a schema, by version; with `all`, what going on with a file needs, too.
///
/// # Errors
/// When it can't be read.
pub(super) async fn atlas(
    live: &Located<DbUrl>,
    session: &mut dyn Session,
    (schema, table): (&str, &str),
    all: bool,
) -> Result<Vec<Row>, PipelineError> {
    let columns = &COLUMNS[..if all { COLUMNS.len() } else { 6 }];
    let rows = session.rows((schema, table), columns).await;
    let rows = rows.map_err(|error| unreadable(live, error))?;
    let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.revision.version.cmp(&b.revision.version));
    Ok(rows)
}

/// A row, by [`COLUMNS`].
fn row(row: crate::engine::Row) -> Row {
    let mut values = row.into_iter();
    let mut next = || values.next().flatten().filter(|text| !text.is_empty());
    let version = next().unwrap_or_default();
    let mut number = || next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let (kind, applied, total): (u32, u32, u32) = (number(), number(), number());
    let revision = Revision {
        version,
        kind,
        applied: applied as usize,
        total: total as usize,
        error: next(),
        hash: next().unwrap_or_default(),
    };
    let hashes = next().and_then(|text| serde_json::from_str(&text).ok());
    Row {
        revision,
        hashes: hashes.unwrap_or_default(),
        failed: next(),
        ours: next().is_some_and(|operator| operator.starts_with("trueup ")),
    }
}
