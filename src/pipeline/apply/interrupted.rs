//! Decides whether the statement at which a run was interrupted was executed: the database itself shows it, where
//! what it holds is what migrations make with the statement, or without it.

use std::borrow::Cow;
use std::time::Duration;

use super::ledger::Ledger;
use super::run::Read;
use super::todo::todo;
use super::{Ask, Decision, Target, WORK};
use crate::current::History;
use crate::migration::{Dir, LATEST, program};
use crate::pipeline::{Context, PipelineError, Verdict, Writing, drift};
use crate::problem::Problem;

/// What was found out about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Name of the file.
    pub file: String,
    /// Statements of it that are known to have run.
    pub applied: usize,
    pub decision: Decision,
    /// The statement.
    pub sql: String,
}

/// Finds out by the dev database whether the statement ran at which an earlier run was cut off; `None` if there is no such statement,
/// or it can't be told. Nothing is written.
///
/// # Errors
/// When the database can't be read or the dev database can't be used.
pub async fn settled(
    context: &Context<'_>,
    target: &Target<'_>,
    dir: &Dir,
    ask: &Ask<'_>,
) -> Result<Option<Settled>, PipelineError> {
    let scan = &target.dialect.profile().scan;
    let Some(mut session) = target.cancel.race(target.reader()).await?? else {
        return Ok(None);
    };
    let read = async {
        let ledger = Ledger::read(target, &mut *session).await?;
        let todo = todo(target, dir, &ledger, Some(&mut *session), ask).await?;
        Ok::<_, PipelineError>((ledger, todo))
    };
    let read = read.await;
    let _ = session.close().await;
    let (ledger, todo) = read?;
    let Some(first) = todo.tasks.first() else {
        return Ok(None);
    };
    let read = Read::of(target, first, ask.tx)?;
    // What a program did, no schema tells.
    let Some(statement) = read.doubt().filter(|one| program(&one.text).is_none()) else {
        return Ok(None);
    };
    let standing = dir.at(&ledger.records(), scan).map_err(Problem::from)?;
    let Some(with) = standing.one_more(dir, scan) else {
        return Ok(None);
    };
    // What the server still does of it is waited for.
    let mut worker = target.cancel.race(target.writer()).await??;
    let held = target.hold(&mut *worker, WORK).await;
    let found = async {
        held?;
        let is = async |dir: &Dir| {
            let format = context.env.format.migrate_diff.for_people();
            let ask = drift::Ask {
                revision: Some(LATEST),
                grace: Duration::ZERO,
                writing: Writing::of(&format),
            };
            let found = drift::drift(
                context,
                &History::Files(Cow::Borrowed(dir)),
                target.live,
                &ask,
            )
            .await?;
            Ok::<bool, PipelineError>(found.verdict() == Verdict::Synced)
        };
        Ok::<_, PipelineError>((is(&with).await?, is(&standing.dir).await?))
    };
    let found = found.await;
    let _ = worker.close().await;
    let decision = match found? {
        (true, false) => Decision::Done,
        (false, true) => Decision::Again,
        _ => return Ok(None),
    };
    Ok(Some(Settled {
        file: first.file.name().to_owned(),
        applied: read.from,
        decision,
        sql: statement.text.clone(),
    }))
}
