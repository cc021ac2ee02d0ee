//! What a live database records of its migrations: where the tables of tools are, and what they say.

use super::PipelineError;
use super::state::unreadable;
use crate::config::{DbUrl, Located};
use crate::dialect::revisions::TABLE;
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

/// What a mark begins with in a row's hashes: the version that it names is being taken back.
const MARK: &str = "down ";

/// A version that is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) version: String,
    /// How many statements of its file had run, where it was applied in part.
    applied: Option<usize>,
}

impl Taken {
    pub(super) fn of(row: &Row) -> Self {
        let Revision { version, kind, .. } = &row.revision;
        let ended = row.revision.applied >= row.revision.total && row.revision.error.is_none();
        Self {
            version: version.clone(),
            applied: (kind & 5 == 0 && !ended).then_some(row.revision.applied),
        }
    }

    /// As the records had it before it was taken back.
    pub(super) fn revision(&self) -> Revision {
        let applied = self.applied.unwrap_or_default();
        Revision {
            version: self.version.clone(),
            kind: 2,
            applied,
            // Of a file that came to its end nobody asks.
            total: applied + usize::from(self.applied.is_some()),
            error: None,
            hash: String::new(),
        }
    }

    /// What a row's hashes say of it.
    pub(super) fn mark(&self) -> String {
        match self.applied {
            None => format!("{MARK}{}", self.version),
            Some(applied) => format!("{MARK}{} {applied}", self.version),
        }
    }

    /// The versions, for people.
    pub(super) fn names(all: &[Self]) -> String {
        let names: Vec<&str> = all.iter().map(|taken| taken.version.as_str()).collect();
        names.join(", ")
    }
}

impl Row {
    /// The versions that a run that was cut off was taking back, the first one first.
    pub(super) fn back(&self) -> Option<Vec<Taken>> {
        let marks = self.hashes.iter().map_while(|hash| hash.strip_prefix(MARK));
        let taken = marks.map(|mark| match mark.split_once(' ') {
            None => Taken {
                version: mark.to_owned(),
                applied: None,
            },
            Some((version, applied)) => Taken {
                version: version.to_owned(),
                applied: applied.parse().ok(),
            },
        });
        let taken: Vec<Taken> = taken.collect();
        (self.revision.kind & 5 == 0 && !taken.is_empty()).then_some(taken)
    }

    /// Hashes up to each statement that ran, without marks.
    pub(super) fn sums(&self) -> Vec<String> {
        let hashes = self.hashes.iter();
        hashes
            .filter(|hash| !hash.starts_with(MARK))
            .cloned()
            .collect()
    }

    /// A row as it is where so many statements of these were run by us.
    pub(super) fn begun(version: &str, sums: &[String], applied: usize) -> Self {
        Self {
            revision: Revision {
                version: version.to_owned(),
                kind: 2,
                applied,
                total: sums.len(),
                error: None,
                hash: String::new(),
            },
            hashes: sums[..applied].to_vec(),
            failed: None,
            ours: true,
        }
    }
}

/// What counts as applied: of versions that are being taken back only the first one has a row that tells.
pub(super) fn counted(rows: &[Row]) -> Vec<Revision> {
    let back = rows.iter().find_map(Row::back).unwrap_or_default();
    let newer = back.get(1..).unwrap_or_default();
    let is_newer = |row: &&Row| newer.iter().any(|one| one.version == row.revision.version);
    let counted = rows.iter().filter(|row| !is_newer(row));
    counted.map(|row| row.revision.clone()).collect()
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

/// The rows of Atlas' table, where there is one: of files alone, since Atlas keeps facts of its own in rows whose version begins
/// with a dot. `place` is the schema that the settings name.
///
/// # Errors
/// When it can't be read, several schemas have it, or the one that is named has not.
pub(super) async fn of_atlas(
    live: &Located<DbUrl>,
    session: &mut dyn Session,
    place: Option<&str>,
) -> Result<Option<Vec<Row>>, PipelineError> {
    let schema = match (schema_of(live, session, TABLE, place).await?, place) {
        (Some(found), _) => found,
        (None, None) => return Ok(None),
        (None, Some(schema)) => {
            let why = format!("there is no table {schema}.{TABLE}, or the user may not see it");
            return Err(Problem::new(why)
                .detail("database", told(live))
                .hint("`revisions_schema` names where Atlas keeps its records; the user needs SELECT on that table")
                .into());
        }
    };
    let mut rows = match atlas(live, session, (&schema, TABLE), true).await {
        Ok(rows) => rows,
        // Tables of old versions have fewer columns.
        Err(_) => atlas(live, session, (&schema, TABLE), false).await?,
    };
    rows.retain(|row| !row.revision.version.starts_with('.'));
    Ok(Some(rows))
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
