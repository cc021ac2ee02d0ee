//! What a database records of its migrations, read and written: the table of Atlas, and Alembic's revision where there is none.

use std::time::Duration;

use serde_json::Value as Json;

use super::Target;
use crate::dialect::Dialect;
use crate::dialect::revisions::{Cell, Place, TABLE};
use crate::engine::{EngineError, ExecError, Session};
use crate::migration::{MigrationFile, Records};
use crate::pipeline::PipelineError;
use crate::pipeline::records::{self, ALEMBIC, Row, Taken};
use crate::problem::Problem;
use crate::sql::Statement;

/// `type` of a row that stands for all files up to its own.
const BASELINE: u64 = 1;
/// Of a file that was run.
const EXECUTED: u64 = 2;
/// Of a file that somebody declares to be applied.
const SET: u64 = 4;

/// The records of a database.
pub(super) struct Ledger {
    dialect: &'static dyn Dialect,
    place: Place,
    /// The table is there.
    exists: bool,
    /// By version.
    pub(super) rows: Vec<Row>,
    /// Revisions of Alembic, where the table has no rows.
    alembic: Vec<String>,
}

impl Ledger {
    /// Looks for the table, and reads it.
    ///
    /// # Errors
    /// When several schemas have one and the settings don't say which counts, or it can't be read.
    pub(super) async fn read(
        target: &Target<'_>,
        session: &mut dyn Session,
    ) -> Result<Self, PipelineError> {
        let (live, wanted) = (target.live, &target.env.migration.revisions_schema);
        let found = records::schema_of(live, session, TABLE, wanted.as_deref()).await?;
        let schema = match (wanted, &found) {
            (Some(schema), _) => Some(schema.clone()),
            // Statements name it, since a file may go on in another schema.
            (None, _) if session.scoped() => session.scope().map(str::to_owned),
            (None, Some(found)) => Some(found.clone()),
            (None, None) => Some(TABLE.to_owned()),
        };
        let mut ledger = Self {
            place: Place {
                schema,
                quote: target.dialect.profile().quote,
            },
            exists: found.is_some(),
            ..Self::absent(target)
        };
        if let Some(schema) = &found {
            ledger.rows = records::atlas(live, session, (schema, TABLE), true).await?;
            // Atlas keeps facts of its own in rows whose version begins with a dot.
            ledger
                .rows
                .retain(|row| !row.revision.version.starts_with('.'));
        }
        if ledger.rows.is_empty() {
            let alembic = records::alembic(live, session, &(None, ALEMBIC.to_owned())).await?;
            ledger.alembic = alembic.unwrap_or_default();
        }
        Ok(ledger)
    }

    /// A database that is not there yet.
    pub(super) fn absent(target: &Target<'_>) -> Self {
        Self {
            dialect: target.dialect,
            place: Place {
                schema: None,
                quote: target.dialect.profile().quote,
            },
            exists: false,
            rows: Vec::new(),
            alembic: Vec::new(),
        }
    }

    /// As a directory is compared with it.
    pub(super) fn records(&self) -> Records {
        match (&self.rows[..], &self.alembic[..]) {
            ([], []) => Records::None,
            ([], revisions) => Records::Alembic(revisions.to_vec()),
            (rows, _) => Records::Revisions(records::counted(rows)),
        }
    }

    pub(super) fn row(&self, version: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.revision.version == version)
    }

    /// Makes the table where it is not there yet.
    pub(super) async fn create(&mut self, session: &mut dyn Session) -> Result<(), ExecError> {
        if !self.exists {
            let sql = &self.dialect.profile().revisions;
            let table = sql.create(&self.place);
            let made = session.ask(&table, false).await;
            // Who may not make schemas may have one.
            if let (Err(_), Some(schema)) = (&made, sql.create_schema(&self.place)) {
                session.ask(&schema, false).await?;
                session.ask(&table, false).await?;
            } else {
                made?;
            }
            self.exists = true;
        }
        Ok(())
    }

    /// Runs statements in one transaction.
    pub(super) async fn all(
        &self,
        session: &mut dyn Session,
        statements: &[Statement],
    ) -> Result<(), ExecError> {
        let begin = self.dialect.profile().revisions.begin;
        session.ask(&Statement::whole(begin), false).await?;
        for statement in statements {
            if let Err(error) = session.ask(statement, false).await {
                let _ = session.ask(&Statement::whole("ROLLBACK"), false).await;
                return Err(error);
            }
        }
        session
            .ask(&Statement::whole("COMMIT"), false)
            .await
            .map(drop)
    }

    /// The row of a version that stands for all files up to it.
    pub(super) fn baseline(&self, version: &str, description: &str) -> Statement {
        self.insert(version, description, BASELINE, Progress::default(), "")
    }

    /// The row of a file that somebody declares to be applied.
    pub(super) fn set(&self, file: &MigrationFile, hash: &str) -> Statement {
        match self.row(file.version()) {
            Some(_) => self.change(file.version(), &[("type", Cell::Number(EXECUTED | SET))]),
            None => self.insert(
                file.version(),
                file.description(),
                SET,
                Progress::default(),
                hash,
            ),
        }
    }

    /// The hash of a file whose row is there.
    pub(super) fn hashed(&self, version: &str, hash: &str) -> Statement {
        self.change(version, &[("hash", Cell::Text(hash))])
    }

    /// Takes the row of a version away.
    pub(super) fn forget(&self, version: &str) -> Statement {
        self.dialect
            .profile()
            .revisions
            .delete(&self.place, version)
    }

    /// The row of a file, as far as it ran.
    pub(super) fn ran(
        &self,
        file: &MigrationFile,
        hash: &str,
        progress: Progress<'_>,
    ) -> Statement {
        self.insert(file.version(), file.description(), EXECUTED, progress, hash)
    }

    /// The same where the row is there already.
    pub(super) fn went_on(&self, version: &str, hash: &str, progress: Progress<'_>) -> Statement {
        let hashes = progress.hashes();
        let cells = [
            ("applied", Cell::Number(progress.applied as u64)),
            ("total", Cell::Number(progress.total as u64)),
            ("execution_time", nanoseconds(progress.took)),
            ("error", Cell::Null),
            ("error_stmt", Cell::Null),
            ("hash", Cell::Text(hash)),
            ("partial_hashes", or_null(&hashes)),
        ];
        self.change(version, &cells)
    }

    /// What is recorded while versions are taken back, the first version first. Those behind it are gone once the database is
    /// `touched`, and none is left at the end.
    pub(super) fn back(
        &self,
        taken: &[Taken],
        progress: Progress<'_>,
        touched: bool,
    ) -> Vec<Statement> {
        let forget = |taken: &[Taken]| -> Vec<Statement> {
            taken.iter().map(|one| self.forget(&one.version)).collect()
        };
        let Some((oldest, newer)) = taken.split_first() else {
            return Vec::new();
        };
        if progress.applied >= progress.total {
            return forget(taken);
        }
        let marks = taken.iter().map(Taken::mark);
        let ran = progress.sums[..progress.applied].iter().cloned();
        let marks = Json::from(marks.chain(ran).collect::<Vec<String>>()).to_string();
        // A reader that does not know the marks sees a file of which nothing ran.
        let cells = [
            ("type", Cell::Number(EXECUTED)),
            ("applied", Cell::Number(0)),
            ("total", Cell::Number(progress.total as u64)),
            ("error", Cell::Null),
            ("error_stmt", Cell::Null),
            ("partial_hashes", Cell::Text(&marks)),
        ];
        let mut statements = match touched {
            true => forget(newer),
            false => Vec::new(),
        };
        statements.push(self.change(&oldest.version, &cells));
        statements
    }

    /// Makes a row what it was before its version was to be taken back.
    pub(super) fn restore(&self, row: &Row) -> Statement {
        let revision = &row.revision;
        let hashes = (!row.hashes.is_empty()).then(|| Json::from(row.hashes.clone()).to_string());
        let cells = [
            ("type", Cell::Number(revision.kind.into())),
            ("applied", Cell::Number(revision.applied as u64)),
            ("total", Cell::Number(revision.total as u64)),
            ("error", or_null(&revision.error)),
            ("error_stmt", or_null(&row.failed)),
            ("partial_hashes", or_null(&hashes)),
        ];
        self.change(&revision.version, &cells)
    }

    /// How long a file took.
    pub(super) fn timed(&self, version: &str, took: Duration) -> Statement {
        self.change(version, &[("execution_time", nanoseconds(took))])
    }

    /// Why a file ended before its last statement.
    pub(super) fn stopped(&self, version: &str, error: &str, statement: &str) -> Statement {
        let cells = [
            ("error", Cell::Text(error)),
            ("error_stmt", Cell::Text(statement)),
        ];
        self.change(version, &cells)
    }

    fn insert(
        &self,
        version: &str,
        description: &str,
        kind: u64,
        progress: Progress<'_>,
        hash: &str,
    ) -> Statement {
        let hashes = progress.hashes();
        let operator = concat!("trueup ", env!("CARGO_PKG_VERSION"));
        let cells = [
            ("version", Cell::Text(version)),
            ("description", Cell::Text(description)),
            ("type", Cell::Number(kind)),
            ("applied", Cell::Number(progress.applied as u64)),
            ("total", Cell::Number(progress.total as u64)),
            ("executed_at", Cell::Now),
            ("execution_time", nanoseconds(progress.took)),
            ("error", Cell::Null),
            ("error_stmt", Cell::Null),
            ("hash", Cell::Text(hash)),
            ("partial_hashes", or_null(&hashes)),
            ("operator_version", Cell::Text(operator)),
        ];
        self.dialect.profile().revisions.insert(&self.place, &cells)
    }

    fn change(&self, version: &str, cells: &[(&str, Cell<'_>)]) -> Statement {
        self.dialect
            .profile()
            .revisions
            .update(&self.place, version, cells)
    }
}

/// How far a file ran.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress<'a> {
    pub(super) applied: usize,
    pub(super) total: usize,
    pub(super) took: Duration,
    /// Hashes of the file up to each of its statements.
    pub(super) sums: &'a [String],
}

impl Progress<'_> {
    /// The hashes of what ran, as JSON; `None` where all of it did.
    fn hashes(&self) -> Option<String> {
        let partial = self.applied > 0 && self.applied < self.total;
        let ran = self.sums.get(..self.applied).filter(|_| partial)?;
        Some(Json::from(ran.to_vec()).to_string())
    }
}

fn nanoseconds(time: Duration) -> Cell<'static> {
    Cell::Number(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn or_null(text: &Option<String>) -> Cell<'_> {
    text.as_deref().map_or(Cell::Null, Cell::Text)
}

impl Target<'_> {
    /// Something that is wrong with this database.
    pub(super) fn problem(&self, what: impl Into<String>) -> Problem {
        Problem::new(what).detail("database", records::told(self.live))
    }

    pub(super) fn failed(&self, error: EngineError) -> PipelineError {
        super::super::state::unreadable(self.live, error)
    }

    /// A statement of trueup's own that the database refuses.
    pub(super) fn refused(&self, what: &str, error: ExecError) -> PipelineError {
        let ExecError {
            message,
            code,
            hint,
            ..
        } = error;
        let mut problem = self.problem(format!("can't {what}: {message}"));
        if let Some(code) = code {
            problem = problem.detail("code", code);
        }
        Problem { hint, ..problem }.into()
    }
}
