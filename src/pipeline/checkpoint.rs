//! A checkpoint: what all migrations of a directory make, as one file that a new database starts with.

use super::dev::with_dev;
use super::directory::settled;
use super::proof::{Planner, inspect_options};
use super::{Context, PipelineError, Writing};
use crate::current::replay;
use crate::desired;
use crate::dialect::held::counting;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::Session;
use crate::migration::Dir;
use crate::problem::Problem;
use crate::schema::Realm;

/// What a directory makes, in statements.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The text of a file that makes it, but for the directive.
    pub sql: String,
    /// Tables into which the migrations put rows, which the text does not.
    pub filled: Vec<String>,
    /// What is odd in the migrations; sentences for people.
    pub warnings: Vec<String>,
}

/// Writes what a directory makes as statements, and proves on an empty database that they make the same.
///
/// # Errors
/// When the migrations can't be replayed, or they make what can't be written yet.
pub async fn checkpoint(
    context: &Context<'_>,
    dir: &Dir,
    writing: Writing<'_>,
) -> Result<Checkpoint, PipelineError> {
    let url = settled(context, dir);
    let context = &context.on(url.as_ref());
    let dialect = context.dialect;
    with_dev(context, async |dev| {
        let planner = Planner {
            env: context.env,
            dialect,
            scoped: dev.scoped(),
            writing,
            writes: true,
        };
        let options = inspect_options(context.env, dev.scoped());
        let mut session = dev.session("desired").await?;
        let made = replay(&mut *session, dir, &dialect.profile().scan, &options).await?;
        let filled = filled(&planner, &mut *session, &made.realm).await?;
        session.close().await?;
        let mut session = dev.session("current").await?;
        let (mut empty, mut whole) = (session.inspect(&options).await?, made.realm);
        dialect.forget_rows(&mut empty);
        dialect.forget_rows(&mut whole);
        let exclude = planner.exclude(&[], &[&empty, &whole])?;
        let cut = Cut {
            exclude: &exclude,
            scoped: planner.scoped,
            spoken: None,
        };
        let both = Comparable::cut(dialect, empty, whole, &cut)?;
        let mut found = planner.outcome(&both, &desired::Loaded::default(), made.warnings);
        if !found.texts.is_empty() {
            let left = Diff {
                changes: Vec::new(),
                texts: found.texts,
            };
            let words = in_words(&left, found.qualified);
            return Err(Problem::new(
                "the migrations make what trueup can't write into a checkpoint yet",
            )
            .detail("to do", words.trim_end().to_owned())
            .into());
        }
        if !found.changes.is_empty() {
            let written = planner.plan(&both, &found.changes)?;
            planner
                .prove(&mut *session, &both, &exclude, &written, false)
                .await?;
            found.take(written.plan, written.text);
        }
        session.close().await?;
        Ok(Checkpoint {
            sql: found.sql,
            filled,
            warnings: found.warnings,
        })
    })
    .await
}

/// Tables that have rows.
async fn filled(
    planner: &Planner<'_>,
    session: &mut dyn Session,
    realm: &Realm,
) -> Result<Vec<String>, PipelineError> {
    let quote = planner.dialect.profile().quote;
    let mut filled = Vec::new();
    for schema in &realm.schemas {
        for table in &schema.tables {
            let place = (!planner.scoped).then_some(schema.name.as_str());
            let question = counting((place, &table.name), None, quote, 1);
            let rows = session.column(&question, true).await?;
            if rows.first().is_some_and(|rows| rows != "0") {
                filled.push(table.name.clone());
            }
        }
    }
    Ok(filled)
}
