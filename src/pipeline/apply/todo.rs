//! What a database lacks of a directory, and in which order that is to run.

use super::ledger::Ledger;
use super::{Ask, Target};
use crate::config::{ExecOrder, suggest};
use crate::engine::Session;
use crate::migration::{Dir, MigrationFile, Standing};
use crate::pipeline::PipelineError;
use crate::pipeline::planner::inspect_options;
use crate::pipeline::records::{Row, Taken};
use crate::problem::Problem;
use crate::schema::{Realm, tools};
use crate::sql::ScanOptions;

/// Tables that are named of a database that is not empty.
const NAMED: usize = 3;

/// A file that is to run.
#[derive(Clone, Debug)]
pub struct Task {
    pub file: MigrationFile,
    /// Its hash in `atlas.sum`.
    pub(super) hash: String,
    /// Its row, where some of it ran.
    pub(super) row: Option<Row>,
    /// The versions that it takes back, where it is not a file of the directory.
    pub(super) back: Vec<Taken>,
    /// The row of the first of them before any of that was begun.
    pub(super) before: Option<Row>,
}

impl Task {
    /// How many of its statements ran already.
    pub fn applied(&self) -> usize {
        self.row.as_ref().map_or(0, |row| row.revision.applied)
    }
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct Todo {
    /// The version that the database is at; empty where nothing was applied.
    pub current: String,
    /// The version and the rest of the name of what the database has although nothing recorded it.
    pub baseline: Option<(String, String)>,
    pub tasks: Vec<Task>,
    /// Names of files that come before one that was applied, and are left out.
    pub skipped: Vec<String>,
    /// The first file that was edited since it was applied.
    pub edited: Option<String>,
    /// The files that the database has.
    pub(super) has: Vec<MigrationFile>,
}

impl Todo {
    /// The version that it leads to.
    pub fn target(&self) -> &str {
        let baseline = self.baseline.as_ref().map(|(version, _)| version.as_str());
        let last = self.tasks.last().map(|task| task.file.version());
        last.or(baseline).unwrap_or(&self.current)
    }

    /// Nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.baseline.is_none()
    }

    /// Versions that are to be recorded and files that are to be run, in their order: equal for what is the same.
    pub fn names(&self) -> Vec<String> {
        let baseline = self.baseline.iter().map(|(version, _)| version.clone());
        let files = self
            .tasks
            .iter()
            .map(|task| format!("{} from {}", task.file.name(), task.applied()));
        baseline.chain(files).collect()
    }
}

/// What is to be done to a database with these records.
///
/// # Errors
/// When the records speak of what the directory does not have, files are out of order, or the database is not empty and
/// nobody says what it has.
pub(super) async fn todo(
    target: &Target<'_>,
    dir: &Dir,
    ledger: &Ledger,
    session: Option<&mut dyn Session>,
    ask: &Ask<'_>,
) -> Result<Todo, PipelineError> {
    let scan = &target.dialect.profile().scan;
    let hashes = dir.hashes();
    let task = |file: &MigrationFile| Task {
        file: file.clone(),
        hash: hashes.get(file.name()).cloned().unwrap_or_default(),
        row: ledger.row(file.version()).cloned(),
        back: Vec::new(),
        before: None,
    };
    refuse_half_way(target, ledger)?;
    let baseline = ask.baseline.or(target.env.migration.baseline.as_deref());
    let mut todo = match (&ledger.rows[..], baseline) {
        ([], Some(version)) => taken_over((dir, scan), version, &task)?,
        ([], None) => match ledger.records() {
            crate::migration::Records::None => {
                if let (Some(session), false) = (session, ask.allow_dirty) {
                    refuse_used(target, session).await?;
                }
                // A checkpoint sums up too much for a version before it.
                let last = ask
                    .to
                    .and_then(|to| dir.files().iter().rposition(|file| file.version() == to));
                let files = dir.files()[..last.map_or(dir.files().len(), |last| last + 1)].to_vec();
                let part = Dir::in_memory(dir.path().to_owned(), files);
                Todo {
                    tasks: part.replay_files(scan).iter().map(task).collect(),
                    ..Todo::default()
                }
            }
            records => {
                let standing = dir.at(&records, scan).map_err(Problem::from)?;
                taken_over((dir, scan), &standing.version, &task)?
            }
        },
        (rows, Some(_)) if ask.baseline.is_some() => {
            let last = rows.last().map_or("", |row| row.revision.version.as_str());
            return Err(target
                .problem(format!(
                    "`--baseline`: the database records migrations already, up to {last}"
                ))
                .hint("leave it out; `trueup migrate set VERSION` records what was done by hand")
                .into());
        }
        (rows, _) => {
            let standing = dir.at(&ledger.records(), scan).map_err(Problem::from)?;
            let last = rows.last().map_or("", |row| row.revision.version.as_str());
            ordered(target, dir, &standing, last, &task)?
        }
    };
    limit(&mut todo, dir, ask)?;
    Ok(todo)
}

/// Refuses a database of which versions are being taken back.
fn refuse_half_way(target: &Target<'_>, ledger: &Ledger) -> Result<(), PipelineError> {
    let mut rows = ledger.rows.iter();
    let Some((row, taken)) = rows.find_map(|row| Some((row, row.back()?))) else {
        return Ok(());
    };
    let (what, done) = (Taken::names(&taken), row.sums().len());
    Err(target
        .problem(format!(
            "{what}: taking that back was interrupted after {done} of {} statements",
            row.revision.total
        ))
        .hint(
            "let it come to its end: `trueup migrate down`; then run this again. Where that fails for good, bring the database to a \
             version by hand and record that: `trueup migrate set VERSION`",
        )
        .into())
}

/// Files behind a version that the database has already.
fn taken_over(
    (dir, scan): (&Dir, &ScanOptions),
    version: &str,
    task: &dyn Fn(&MigrationFile) -> Task,
) -> Result<Todo, PipelineError> {
    let known = dir.files().iter().find(|file| file.version() == version);
    let file = known.ok_or_else(|| unknown(dir, "baseline", version))?;
    let (has, mut after): (Vec<&MigrationFile>, Vec<_>) = dir
        .files()
        .iter()
        .partition(|file| file.version() <= version);
    // It goes past a checkpoint by the files that it sums up.
    after.retain(|file| !file.is_checkpoint(scan));
    Ok(Todo {
        baseline: Some((version.to_owned(), file.description().to_owned())),
        tasks: after.into_iter().map(task).collect(),
        has: has.into_iter().cloned().collect(),
        ..Todo::default()
    })
}

/// A version that the directory does not have.
pub(super) fn unknown(dir: &Dir, what: &str, version: &str) -> Problem {
    let versions = dir.files().iter().map(MigrationFile::version);
    let versions: Vec<&str> = versions.collect();
    let last = &versions[versions.len().saturating_sub(5)..];
    let problem = Problem::new(format!(
        "{what} {version}: {} has no such version",
        dir.path().display()
    ));
    match suggest::hint(version, last, "the last versions") {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// Files that a database with records lacks: first the one that was begun.
fn ordered(
    target: &Target<'_>,
    dir: &Dir,
    standing: &Standing,
    last: &str,
    task: &dyn Fn(&MigrationFile) -> Task,
) -> Result<Todo, PipelineError> {
    let named = |name: &String| dir.files().iter().find(|file| file.name() == name);
    let partial = standing
        .partial
        .as_ref()
        .and_then(|partial| named(&partial.file));
    let pending: Vec<&MigrationFile> = standing.pending.iter().filter_map(named).collect();
    let (late, next): (Vec<_>, Vec<_>) =
        pending.into_iter().partition(|file| file.version() < last);
    let names: Vec<String> = late.iter().map(|file| file.name().to_owned()).collect();
    let (late, skipped) = match target.env.migration.exec_order {
        ExecOrder::NonLinear => (late, Vec::new()),
        ExecOrder::LinearSkip => (Vec::new(), names),
        ExecOrder::Linear if names.is_empty() => (late, names),
        ExecOrder::Linear => {
            return Err(target
                .problem(format!(
                    "migration {} came after {last} was applied, and its version is before it",
                    names.join(", ")
                ))
                .hint(
                    "give it a version behind those that were applied (`trueup migrate rebase FILE`), or run it all the same \
                     (`--exec-order non-linear`), or leave it out (`--exec-order linear-skip`)",
                )
                .into());
        }
    };
    let mut has = standing.dir.files().to_vec();
    has.retain(|file| partial.is_none_or(|partial| partial.name() != file.name()));
    let files = partial.into_iter().chain(late).chain(next);
    Ok(Todo {
        has,
        current: standing.version.clone(),
        baseline: None,
        tasks: files.map(task).collect(),
        skipped,
        edited: standing.edited.clone(),
    })
}

/// Keeps only as much as is wanted.
fn limit(todo: &mut Todo, dir: &Dir, ask: &Ask<'_>) -> Result<(), PipelineError> {
    if let (Some(version), Some((baseline, _))) = (ask.to, &todo.baseline)
        && version < baseline.as_str()
    {
        let message = format!("version {version} comes before the baseline {baseline}");
        return Err(Problem::new(message).into());
    }
    if let Some(version) = ask.to {
        if !dir.files().iter().any(|file| file.version() == version) {
            return Err(unknown(dir, "version", version).into());
        }
        let is_last = |task: &Task| task.file.version() == version;
        match todo.tasks.iter().position(is_last) {
            Some(at) => todo.tasks.truncate(at + 1),
            // It has that, or goes past it by the files that it sums up.
            None => todo.tasks.retain(|task| task.file.version() <= version),
        }
    }
    if let Some(count) = ask.count {
        todo.tasks.truncate(count);
    }
    Ok(())
}

/// Refuses a database that has something and records nothing: the user has to say which version it is at.
async fn refuse_used(target: &Target<'_>, session: &mut dyn Session) -> Result<(), PipelineError> {
    let options = inspect_options(target.env, session.scoped());
    let realm = session.inspect(&options).await;
    let mut realm = realm.map_err(|error| target.failed(error))?;
    tools::leave_out(&mut realm);
    let found = objects(&realm);
    if found.is_empty() {
        return Ok(());
    }
    let shown = found[..found.len().min(NAMED)].join(", ");
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(target
        .problem("the database is not empty and records no migrations, so its version is unknown")
        .detail("found", format!("{shown}{more}"))
        .hint(
            "say which version it is at, which is recorded then: `--baseline VERSION`; or run all of them on it as it is: \
             `--allow-dirty`",
        )
        .into())
}

fn objects(realm: &Realm) -> Vec<String> {
    let schemas = realm.schemas.iter();
    schemas
        .flat_map(|schema| {
            let tables = schema.tables.iter();
            let tables = tables.map(|table| format!("table {}.{}", schema.name, table.name));
            let texts = schema.texts.iter();
            tables.chain(texts.map(|text| format!("{} {}.{}", text.kind, schema.name, text.name)))
        })
        .collect()
}
