//! Migrations are taken back: from the state that a database is at to that of an earlier version.
//!
//! Both states are replayed on the dev database, the way from one to the other is planned and proven there like any plan, and
//! the database has to be what the plan was made for. Where all of it can be one transaction, the records are part of it. Elsewhere
//! they say which versions are being taken back and how many statements of the way were done: the next run finds out from
//! the database itself whether the next one was, too.

mod loss;
mod reverse;
mod start;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;

use self::start::{Start, start};
use super::ledger::Ledger;
use super::run::{Read, Runner};
use super::{Event, Failure, Target, Task, Tx};
use crate::engine::Session;
use crate::migration::{Dir, MigrationFile};
use crate::pipeline::records::{Row, Taken};
use crate::pipeline::{Context, PipelineError};
use crate::problem::Problem;

pub use self::loss::{Held, Loss};
use self::reverse::Way;

/// How far back.
#[derive(Clone, Copy, Debug, Default)]
pub struct DownAsk<'a> {
    /// So many files; one unless something is said.
    pub count: Option<usize>,
    /// To this version.
    pub to: Option<&'a str>,
    /// Rows may be lost.
    pub allow_loss: bool,
    /// How long a statement may take.
    pub timeout: Option<Duration>,
}

/// What is to be done to a database.
#[derive(Clone, Debug)]
pub struct Down {
    /// The version that it is at.
    pub current: String,
    /// The version that it gets to; empty where nothing is left.
    pub target: String,
    /// The files that are taken back, the last one first.
    pub files: Vec<MigrationFile>,
    pub way: Arc<Way>,
    /// Statements of the way that an earlier run did.
    pub done: usize,
    /// What would be lost, and whether there is anything.
    pub losses: Vec<Loss>,
    /// The first file that was edited since it was applied.
    pub edited: Option<String>,
    /// The first version first.
    taken: Vec<Taken>,
    /// What the database recorded when this was planned.
    rows: Vec<Row>,
}

impl Down {
    /// What holds rows, or may.
    pub fn lost(&self) -> impl Iterator<Item = &Loss> {
        self.losses.iter().filter(|loss| !loss.is_none())
    }

    /// The statements that are to run.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        let left = self.way.statements.iter().skip(self.done);
        left.map(|statement| statement.text.as_str())
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct TakenBack {
    pub failure: Option<Failure>,
    pub took: Duration,
}

/// Plans the reverse for databases, some of which are asked at once; what several of them have in common is planned once. `None`
/// where there is nothing to be taken back. Nothing is written.
///
/// # Errors
/// When the dev database can't be used; what is wrong with one of the databases is its answer.
pub async fn ways_back(
    context: &Context<'_>,
    targets: &[&Target<'_>],
    dir: &Dir,
    ask: &DownAsk<'_>,
    parallel: usize,
) -> Result<Vec<Result<Option<Down>, PipelineError>>, PipelineError> {
    let starts = targets.iter().map(|target| read(target, dir, ask));
    let starts: Vec<_> = stream::iter(starts)
        .buffered(parallel.max(1))
        .collect()
        .await;
    let mut found: Vec<Result<Option<Down>, PipelineError>> = Vec::new();
    let mut groups: Vec<(Start, Vec<usize>)> = Vec::new();
    for (at, start) in starts.into_iter().enumerate() {
        found.push(start.map(|start| {
            if let Some(start) = start {
                match groups.iter_mut().find(|(known, _)| known.is(&start)) {
                    Some((_, members)) => members.push(at),
                    None => groups.push((start, vec![at])),
                }
            }
            None
        }));
    }
    for (start, members) in groups {
        let of: Vec<&Target<'_>> = members.iter().map(|at| targets[*at]).collect();
        let ways = start.ways(context, &of, parallel).await;
        match ways {
            Ok(ways) => {
                for (at, way) in members.into_iter().zip(ways) {
                    found[at] = way.map(Some);
                }
            }
            Err(error @ PipelineError::Interrupted(_)) => return Err(error),
            Err(error) => {
                let problem = Problem::from(error);
                for at in members {
                    found[at] = Err(problem.clone().into());
                }
            }
        }
    }
    Ok(found)
}

/// What a database records, and what of it is to be taken back.
async fn read(
    target: &Target<'_>,
    dir: &Dir,
    ask: &DownAsk<'_>,
) -> Result<Option<Start>, PipelineError> {
    let Some(mut session) = target.cancel.race(target.reader()).await?? else {
        return Ok(None);
    };
    let ledger = Ledger::read(target, &mut *session).await;
    let _ = session.close().await;
    start(target, dir, ledger?, ask)
}

/// Takes migrations of a database back, as it was planned.
///
/// # Errors
/// When nothing was run: another run holds the database, something was applied to it in the meantime, or rows would be lost. That a
/// statement failed is an answer.
pub async fn take_back(
    target: &Target<'_>,
    down: &Down,
    ask: &DownAsk<'_>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<TakenBack, PipelineError> {
    let since = Instant::now();
    refuse_loss(target, down, &down.losses, ask)?;
    let run = async |guard: &mut dyn Session, worker: &mut dyn Session| {
        let mut ledger = Ledger::read(target, guard).await?;
        if ledger.rows != down.rows {
            return Err(target
                .problem("somebody migrated the database in the meantime: nothing was done")
                .hint("run this again to see what is to be taken back now")
                .into());
        }
        refuse_strangers(target, guard, &down.way).await?;
        if !ask.allow_loss {
            let losses = loss::losses(guard, &down.way, down.done).await;
            refuse_loss(target, down, &losses, ask)?;
        }
        let task = down.task();
        let reads = [Read::of(target, &task, Tx::File)?];
        let mut runner = Runner {
            target,
            session: worker,
            guard,
            ledger: &mut ledger,
            tell,
            timeout: ask.timeout,
            kill: None,
        };
        let (_, failed) = runner.each(&reads).await;
        Ok(TakenBack {
            failure: failed.map(|(_, failure)| failure),
            took: since.elapsed(),
        })
    };
    target.alone(ask.timeout, run).await
}

impl Down {
    /// The way as a file that runs like any other, and its record.
    fn task(&self) -> Task {
        let oldest = self.taken.first();
        let oldest = oldest.map_or("", |taken| taken.version.as_str());
        let path = format!("{oldest}_down.sql").into();
        let row = (self.done > 0).then(|| Row::begun(oldest, &self.way.sums, self.done));
        Task {
            file: MigrationFile::in_memory(path, self.way.sql.clone()),
            hash: String::new(),
            row,
            back: self.taken.clone(),
            before: self
                .rows
                .iter()
                .find(|row| row.revision.version == oldest && row.back().is_none())
                .cloned(),
        }
    }
}

/// Refuses to drop a schema with what somebody else keeps in it.
async fn refuse_strangers(
    target: &Target<'_>,
    session: &mut dyn Session,
    way: &Way,
) -> Result<(), PipelineError> {
    let found = loss::strangers(session, way).await;
    let found = found.map_err(|error| target.failed(error))?;
    if found.is_empty() {
        return Ok(());
    }
    Err(target
        .problem(
            "the reverse plan drops a schema that has more than the migrations made: nothing was done",
        )
        .detail("found", found.join("\n"))
        .hint("move that elsewhere, or drop it by hand; then run this again")
        .into())
}

/// Refuses what would lose rows unless somebody agrees.
fn refuse_loss(
    target: &Target<'_>,
    down: &Down,
    losses: &[Loss],
    ask: &DownAsk<'_>,
) -> Result<(), PipelineError> {
    let lost: Vec<String> = losses
        .iter()
        .filter(|loss| !loss.is_none())
        .map(ToString::to_string)
        .collect();
    if ask.allow_loss || lost.is_empty() {
        return Ok(());
    }
    let files = match &down.files[..] {
        [one] => one.name().to_owned(),
        files => format!("{} migrations", files.len()),
    };
    let hint = match &down.way.renames {
        None => "keep it elsewhere first; or let it go: `--allow-data-loss`".to_owned(),
        Some(place) => format!(
            "{place} renames, and that is not reversed by a plan: it drops what has the new name, with what is in it. Write the \
             `ALTER … RENAME` back by hand, undo the rest there, and record that: `trueup migrate set {}`; `--allow-data-loss` \
             lets all of it go",
            match down.target.as_str() {
                "" => "VERSION",
                version => version,
            }
        ),
    };
    Err(target
        .problem(format!(
            "taking back {files} would lose data: nothing was done"
        ))
        .detail("lost", lost.join("\n"))
        .hint(hint)
        .into())
}
