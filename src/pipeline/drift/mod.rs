//! Live databases against the migrations that they say they have: what was done to them by hand.
//!
//! A database is only read. What differs counts when it is seen twice, some time apart, with the same records of what was
//! applied before and after, and while no migration runs. Of many databases some are looked at at once; where they stand at
//! the same migrations and differ alike, that is built, planned and proven once: see [`expected`].

mod expected;
mod live;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::Mutex;

use self::expected::Expected;
use self::live::{Migrations, Seen, Watch};
use super::dev::with_dev;
use super::records;
use super::state::unreadable;
use super::{Context, PipelineError};
use crate::config::{DbUrl, Located};
use crate::current::History;
use crate::dialect;
use crate::problem::Problem;

pub use self::expected::Drift;
pub use self::live::Ask;

/// Databases that are looked at at once unless somebody says how many.
pub const PARALLEL: u16 = 8;

/// How often a database is looked at that is another one each time.
const LOOKS: usize = 5;

/// What was found in several databases.
#[derive(Debug)]
pub struct Drifts<R> {
    /// For each database, which of `found` it is.
    pub databases: Vec<Result<usize, PipelineError>>,
    /// Databases that stand at the same migrations and differ alike are one.
    pub found: Vec<R>,
}

/// Looks at a database.
///
/// # Errors
/// When it can't be read, does not say what was applied to it, is being migrated, or the migrations can't be replayed.
pub async fn drift(
    context: &Context<'_>,
    history: &History<'_>,
    live: &Located<DbUrl>,
    ask: &Ask<'_>,
) -> Result<Drift, PipelineError> {
    let mut all = drifts(context, history, &[live], ask, 1, |drift| drift).await?;
    let one = all
        .databases
        .pop()
        .map(|found| found.map(|_| all.found.pop()));
    match one {
        Some(Ok(Some(drift))) => Ok(drift),
        Some(Err(error)) => Err(error),
        Some(Ok(None)) | None => unreachable!("a database has an answer"),
    }
}

/// Looks at databases, at `parallel` of them at once. `tell` makes of a difference what is kept of it.
///
/// # Errors
/// When the dev database can't be used. What is wrong with one of the databases is its answer.
pub async fn drifts<R>(
    context: &Context<'_>,
    history: &History<'_>,
    lives: &[&Located<DbUrl>],
    ask: &Ask<'_>,
    parallel: usize,
    tell: impl Fn(Drift) -> R,
) -> Result<Drifts<R>, PipelineError> {
    let own = lives.iter().map(|live| same_kind(context, live));
    let mut databases: Vec<Option<Result<usize, PipelineError>>> =
        own.map(|same| same.err().map(Err)).collect();
    let settled = super::directory::settled(context, history.dir());
    let context = &context.on(settled.as_ref());
    with_dev(context, async |dev| {
        let scoped = dev.scoped();
        let survey = match history {
            History::Files(_) => None,
            History::Alembic(alembic) => {
                let mut session = dev.session("current").await?;
                let scan = &context.dialect.profile().scan;
                let survey = alembic.survey(&mut *session, scan, &[]).await?;
                session.close().await?;
                Some((&**alembic, survey))
            }
        };
        let migrations = match &survey {
            None => Migrations::Files(history.dir()),
            Some((alembic, survey)) => Migrations::Alembic(alembic, survey),
        };
        let bench = Mutex::new(Expected::new(context, dev, ask.writing, tell));
        let mut waiting: Vec<(usize, Option<String>)> = (0..lives.len())
            .filter(|at| databases[*at].is_none())
            .map(|at| (at, None))
            .collect();
        for round in 0..LOOKS {
            if waiting.is_empty() {
                break;
            }
            if round > 0 {
                let again = waiting.len();
                tracing::debug!(again, grace = ?ask.grace, "what differs is looked at again");
                tokio::time::sleep(ask.grace).await;
            }
            let looks = std::mem::take(&mut waiting)
                .into_iter()
                .map(|(at, before)| {
                    let watch = Watch {
                        context,
                        migrations,
                        ask,
                        live: lives[at],
                        dev_scoped: scoped,
                    };
                    let bench = &bench;
                    async move { (at, watch.look_once(bench, before.as_deref()).await) }
                });
            let mut looks = stream::iter(looks).buffer_unordered(parallel.max(1));
            while let Some((at, seen)) = looks.next().await {
                match seen {
                    Ok(Seen::Again(hash)) => waiting.push((at, hash)),
                    Ok(Seen::Settled(found)) => databases[at] = Some(Ok(found)),
                    Err(error) => databases[at] = Some(Err(error)),
                }
                let done = databases.iter().flatten().count();
                context.listener.looked(done, lives.len());
            }
        }
        context.listener.over();
        let found = bench.into_inner().close().await?;
        let databases = databases.iter_mut().zip(lives);
        let databases = databases.map(|(answer, live)| {
            let answer = answer.take();
            answer.unwrap_or_else(|| Err(unsteady(live)))
        });
        Ok(Drifts {
            databases: databases.collect(),
            found,
        })
    })
    .await
}

/// Whether a database is of the kind that migrations are replayed on.
fn same_kind(context: &Context<'_>, live: &Located<DbUrl>) -> Result<(), PipelineError> {
    let theirs = dialect::for_url(&live.value).map_err(|error| unreadable(live, error))?;
    let (dev, live) = (context.dialect.profile(), theirs.profile());
    match dev.name == live.name {
        true => Ok(()),
        false => Err(Problem::new(format!(
            "the database is {}, and the dev database {}",
            live.display, dev.display
        ))
        .hint("both must be of one kind")
        .into()),
    }
}

fn unsteady(live: &Located<DbUrl>) -> PipelineError {
    Problem::new(format!(
        "the database is changing: {LOOKS} inspections gave different results"
    ))
    .detail("database", records::told(live))
    .hint("run it again when nobody works on the schema")
    .into()
}
