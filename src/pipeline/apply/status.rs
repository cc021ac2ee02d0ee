//! Where a database is in a directory, and somebody's word on it.

use super::Target;
use super::ledger::Ledger;
use crate::migration::{Dir, MigrationFile, Partial, Records, Revision};
use crate::pipeline::PipelineError;
use crate::pipeline::records::{LOCK, Row, Taken};
use crate::problem::Problem;
use crate::sql::Statement;

/// Where a database is.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The last version that was applied; empty when none was.
    pub current: String,
    /// Versions that it records, and files that those stand for.
    pub executed: Vec<String>,
    /// Names of the files that it lacks, in the order in which they come.
    pub pending: Vec<String>,
    /// Those of them that come before one that was applied.
    pub out_of_order: Vec<String>,
    pub partial: Option<Partial>,
    /// The statement that failed in it.
    pub failed: Option<String>,
    /// The first file that was edited since it was applied.
    pub edited: Option<String>,
    /// The versions that a run that was cut off was taking back.
    pub back: Option<String>,
}

/// What was changed in the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The version that the database is at now.
    pub version: String,
    /// Versions that count as applied from now on.
    pub set: Vec<String>,
    /// Versions that don't any more.
    pub removed: Vec<String>,
    /// Those of them of which the directory has no file.
    pub absent: Vec<String>,
}

/// Where a database is in a directory. Nothing is written.
///
/// # Errors
/// When the database can't be read, or its records speak of what the directory does not have.
pub async fn status(target: &Target<'_>, dir: &Dir) -> Result<Status, PipelineError> {
    let scan = &target.dialect.profile().scan;
    let ledger = match target.cancel.race(target.reader()).await?? {
        None => Ledger::absent(target),
        Some(mut session) => {
            let read = Ledger::read(target, &mut *session).await;
            let _ = session.close().await;
            read?
        }
    };
    let names = |files: &[MigrationFile]| -> Vec<String> {
        files.iter().map(|file| file.name().to_owned()).collect()
    };
    let records = ledger.records();
    if records == Records::None {
        return Ok(Status {
            pending: names(dir.replay_files(scan)),
            ..Status::default()
        });
    }
    let standing = dir.at(&records, scan).map_err(Problem::from)?;
    let last = ledger.rows.last();
    let last = last.map_or(standing.version.as_str(), |row| &row.revision.version);
    let early = |name: &&String| name.split('_').next().is_some_and(|version| version < last);
    let partial = standing.partial.as_ref();
    let row = partial.and_then(|partial| {
        let file = dir.files().iter().find(|file| file.name() == partial.file);
        ledger.row(file?.version())
    });
    let back = ledger.rows.iter().find_map(Row::back);
    Ok(Status {
        back: back.map(|taken| Taken::names(&taken)),
        out_of_order: standing.pending.iter().filter(early).cloned().collect(),
        executed: names(standing.dir.files()),
        failed: row.and_then(|row| row.failed.clone()),
        current: standing.version,
        pending: standing.pending,
        partial: standing.partial,
        edited: standing.edited,
    })
}

/// Records that a database has everything up to a version and nothing behind it, or, with `only`, that it has this version besides
/// what it has. Records that no file of the directory explains are removed: nothing can be done with them. Nothing is run. `None` is
/// the last version.
///
/// # Errors
/// When another run holds the database, the directory has no such version, or the records can't be written.
pub async fn set(
    target: &Target<'_>,
    dir: &Dir,
    version: Option<&str>,
    only: bool,
) -> Result<Recorded, PipelineError> {
    let last = dir.files().last().map(MigrationFile::version);
    let version = match version {
        Some(version) => version,
        None => last.ok_or_else(|| Problem::new("the migration directory is empty"))?,
    };
    if !dir.files().iter().any(|file| file.version() == version) {
        return Err(super::todo::unknown(dir, "version", version).into());
    }
    let mut session = target.cancel.race(target.writer()).await??;
    let done = async {
        target.hold(&mut *session, LOCK).await?;
        let mut ledger = Ledger::read(target, &mut *session).await?;
        if only && matches!(ledger.records(), Records::Alembic(_)) {
            return Err(target
                .problem("the database records a revision of Alembic, which a record of one version would hide")
                .hint("leave `--only` out: all up to the version is recorded then")
                .into());
        }
        let failed = |error| target.refused("write the records", error);
        ledger.create(&mut *session).await.map_err(failed)?;
        let (statements, recorded) = changes(target, dir, &ledger, (version, only));
        ledger
            .all(&mut *session, &statements)
            .await
            .map_err(failed)?;
        Ok(recorded)
    };
    let done = done.await;
    let _ = session.close().await;
    done
}

/// What [`set`] does to the records.
fn changes(
    target: &Target<'_>,
    dir: &Dir,
    ledger: &Ledger,
    (version, only): (&str, bool),
) -> (Vec<Statement>, Recorded) {
    let scan = &target.dialect.profile().scan;
    let hashes = dir.hashes();
    let mut recorded = Recorded::default();
    let mut statements = Vec::new();
    let baselines = ledger.rows.iter().filter(|row| row.revision.kind & 1 != 0);
    let versions = baselines.map(|row| row.revision.version.as_str());
    let (under, over): (Vec<&str>, Vec<&str>) = versions.partition(|one| only || *one <= version);
    let mut start = under.into_iter().max();
    let files = dir.files().iter();
    let wanted = dir.of_version(version);
    // What a baseline stood for up to there has no rows of its own.
    if let (Some(file), false, None) = (wanted, over.is_empty(), ledger.row(version)) {
        statements.push(ledger.baseline(version, file.description()));
        recorded.set.push(version.to_owned());
        start = Some(version);
    }
    let known = |version: &str| start.is_some_and(|start| version <= start);
    for file in files.filter(|file| match only {
        true => file.version() == version,
        false => file.version() <= version,
    }) {
        let whole = |row: &Row| {
            row.revision.kind & 5 != 0
                || row.revision.applied >= row.revision.total && row.revision.error.is_none()
        };
        if known(file.version()) || ledger.row(file.version()).is_some_and(whole) {
            continue;
        }
        let hash = hashes.get(file.name()).map_or("", String::as_str);
        statements.push(ledger.set(file, hash));
        recorded.set.push(file.version().to_owned());
    }
    let rows = ledger.rows.iter().map(|row| &row.revision);
    let (kept, behind): (Vec<&Revision>, Vec<_>) =
        rows.partition(|row| only || row.version.as_str() <= version);
    let sums_up = wanted.is_some_and(|file| file.is_checkpoint(scan));
    let absent = dir.absent(&kept, scan).into_iter();
    let absent =
        absent.filter(|row| !(known(&row.version) || sums_up && row.version.as_str() < version));
    let absent: Vec<String> = absent.map(|row| row.version.clone()).collect();
    // The hash of a file behind one that is gone covers that one, too, and could be compared with nothing any more.
    if let Some(first) = absent.iter().min() {
        let behind = kept.iter().filter(|row| row.version > *first);
        for row in behind.filter(|row| !row.hash.is_empty()) {
            let file = dir.of_version(&row.version);
            let hash = file.and_then(|file| hashes.get(file.name()));
            statements.extend(hash.map(|hash| ledger.hashed(&row.version, hash)));
        }
    }
    let last = kept.iter().map(|row| row.version.as_str());
    let last = last.filter(|one| !absent.iter().any(|gone| gone == one));
    recorded.version = last.chain([version]).max().unwrap_or(version).to_owned();
    let behind = behind.iter().map(|row| row.version.clone());
    recorded.removed = absent.iter().cloned().chain(behind).collect();
    statements.extend(
        recorded
            .removed
            .iter()
            .map(|version| ledger.forget(version)),
    );
    let gone = recorded.removed.iter();
    let gone = gone.filter(|version| dir.of_version(version).is_none());
    recorded.absent = gone.cloned().collect();
    (statements, recorded)
}
