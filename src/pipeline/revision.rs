//! What is missing from an Alembic history, written as a revision of it, and the file proven by running it.
//!
//! Alembic's own autogenerate comes first, since its operations are what a team reads every day; what it does not see is added
//! as SQL, and where its file does not do exactly what the plan does, all of the plan is.

use super::dev::with_dev;
use super::directory::{directory, replay};
use super::{Context, Outcome, PipelineError, Verdict, Writing};
use crate::current::History;
use crate::current::alembic::{Alembic, Said, Trials, Wanted, Wrote};
use crate::desired::Pending;
use crate::diff::Left;
use crate::diff::words::{Words, sentence};
use crate::migration::{Dir, MigrationFile};
use crate::plan::{Plan, Step, TxMode};
use crate::problem::Problem;
use crate::schema::change::Change;

/// What a revision is called, and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Titled<'a> {
    pub message: &'a str,
    /// The head that it follows, of several.
    pub head: Option<&'a str>,
}

/// Writes a revision that takes in what was done to a database by hand, which is at the history's end: `sql` does the same to
/// what the history makes.
///
/// # Errors
/// What Alembic or the database says. No file is left then.
pub async fn take_in(
    context: &Context<'_>,
    history: &Alembic,
    sql: &str,
    titled: Titled<'_>,
) -> Result<Wrote, PipelineError> {
    let scan = &context.dialect.profile().scan;
    let whole = History::Alembic(Box::new(history.anew(Trials::default())));
    replay(context, &whole).await?;
    let by_hand = MigrationFile::in_memory("the database".into(), sql.to_owned());
    let files = [whole.dir().files(), &[by_hand]].concat();
    let dir = Dir::in_memory(whole.dir().path().to_owned(), files);
    let mut desired = Pending::of(&dir, scan).map_err(Problem::from)?;
    let format = context.env.format.migrate_diff.for_people();
    let found = directory(context, &whole, &mut desired, Writing::of(&format)).await?;
    let History::Alembic(ran) = &whole else {
        unreachable!("it was made so");
    };
    let plan = (&found.plan, &found.left[..]);
    written(context, ran, &mut desired, plan, titled, true).await
}

/// Writes a plan as a revision behind the history's head, of several the one that is named, and runs the history with it: it has
/// to lead to the desired state, lose nothing that is the migrations' own (`left`), and lead down and up again to the states
/// between.
///
/// # Errors
/// What Alembic or the database says, or what is left to change. No file is left then.
pub async fn revision(
    context: &Context<'_>,
    history: &Alembic,
    desired: &mut Pending,
    plan: (&Plan, &[Left]),
    titled: Titled<'_>,
) -> Result<Wrote, PipelineError> {
    written(context, history, desired, plan, titled, false).await
}

/// `by_hand` where no models have what the plan does.
async fn written(
    context: &Context<'_>,
    history: &Alembic,
    desired: &mut Pending,
    (plan, left): (&Plan, &[Left]),
    titled: Titled<'_>,
    by_hand: bool,
) -> Result<Wrote, PipelineError> {
    let mut trial = Trial {
        context,
        history,
        desired,
        left,
        titled,
        by_hand: by_hand.then_some(plan),
    };
    let mut rest = Plan::default();
    for _ in 0..2 {
        match trial.run(true, &rest).await {
            Ok((wrote, None)) => return Ok(wrote),
            Ok((wrote, Some(found))) => {
                trial.remove(&wrote);
                // What it sees but makes otherwise would be made twice.
                if !rest.steps.is_empty() || !is_part(&found.plan, plan) {
                    break;
                }
                rest = found.plan;
            }
            Err(error) => {
                context.cancel.check()?;
                tracing::info!(%error, "what Alembic generates can't be used");
                break;
            }
        }
    }
    let (wrote, found) = trial.run(false, plan).await?;
    let Some(found) = found else {
        return Ok(wrote);
    };
    trial.remove(&wrote);
    let to = match by_hand {
        true => "what the database has",
        false => "the models",
    };
    let problem = Problem::new(format!(
        "the revision does not lead to {to}, so it was not written"
    ));
    let hint = "this is a bug in trueup: please report it with the SQL that is left, and write this revision by hand \
                (`alembic revision`)";
    Err(problem.detail("left over", found.sql).hint(hint).into())
}

/// Files that are tried.
struct Trial<'a> {
    context: &'a Context<'a>,
    history: &'a Alembic,
    desired: &'a mut Pending,
    left: &'a [Left],
    titled: Titled<'a>,
    /// What was done to a database, where that is what the revision is to do.
    by_hand: Option<&'a Plan>,
}

impl Trial<'_> {
    /// Writes a file, and runs the history with it; what is then found where that is not what it has to be.
    async fn run(
        &mut self,
        auto: bool,
        plan: &Plan,
    ) -> Result<(Wrote, Option<Outcome>), PipelineError> {
        let wanted = Wanted {
            message: self.titled.message,
            head: self.titled.head,
            auto,
            by_hand: self
                .by_hand
                .map_or_else(Vec::new, |plan| statements(&plan.steps)),
            up: statements(&plan.steps),
            down: statements(&plan.reverse.steps),
            irreversible: self.irreversible(plan),
        };
        let scan = &self.context.dialect.profile().scan;
        let wrote = with_dev(self.context, async |dev| {
            let mut session = dev.session("current").await?;
            let wrote = self.history.write(wanted, &mut *session, scan).await?;
            session.close().await?;
            Ok(wrote)
        });
        let wrote = wrote.await?;
        let returns = plan.reverse.irreversible.is_none();
        let trials = match returns {
            true => Trials::from(wrote.revision.clone()),
            false => Trials::default(),
        };
        let with_it = History::Alembic(Box::new(self.history.anew(trials)));
        let format = self.context.env.format.migrate_diff.for_people();
        let found = directory(self.context, &with_it, self.desired, Writing::of(&format)).await;
        match found {
            Ok(found) if found.verdict == Verdict::Synced && found.left == self.left => {
                Ok((wrote, None))
            }
            Ok(found) => Ok((wrote, Some(found))),
            Err(error) => {
                self.remove(&wrote);
                Err(error)
            }
        }
    }

    /// What its `downgrade()` says instead of statements.
    fn irreversible(&self, plan: &Plan) -> Option<String> {
        let (change, why) = plan.reverse.irreversible.as_ref()?;
        let object = &plan.changes[*change].object().name;
        Some(format!("{object} can't be changed back: {why}"))
    }

    fn remove(&self, wrote: &Wrote) {
        let path = self.history.path_of(&wrote.file);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!("{} can't be removed: {error}", path.display());
        }
    }
}

/// Whether a plan has steps, and makes nothing but changes that the other one makes, too.
fn is_part(plan: &Plan, of: &Plan) -> bool {
    let all: Vec<String> = of.changes.iter().flat_map(parts).collect();
    !plan.steps.is_empty()
        && plan
            .changes
            .iter()
            .flat_map(parts)
            .all(|part| all.contains(&part))
}

/// What a change does, part by part.
fn parts(change: &Change) -> Vec<String> {
    let Words {
        action,
        kind,
        details,
    } = Words::of(change);
    let object = change.object();
    let name = format!("{}.{}", object.schema, object.name);
    match &details[..] {
        [] => vec![sentence(action, kind, &name, &[])],
        details => {
            let part = |detail| sentence(action, kind, &name, std::slice::from_ref(detail));
            details.iter().map(part).collect()
        }
    }
}

/// The statements of a plan, or of its reverse.
fn statements(steps: &[Step]) -> Vec<Said<'_>> {
    // What begins a transaction by itself is not part of another one, nor is what is around it.
    let begins = |sql: &str| sql.starts_with("BEGIN") && !sql.ends_with("END");
    let own = steps.iter().any(|step| begins(&step.sql));
    let said = steps.iter().map(|step| Said {
        sql: &step.sql,
        alone: own || step.tx_mode == TxMode::None,
    });
    said.collect()
}
