//! The statements that lead back, planned and proven on the dev database.

use std::collections::BTreeSet;

use crate::config::Format;
use crate::current::replay;
use crate::desired;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::lint::Risks;
use crate::migration::{Dir, MigrationFile};
use crate::pipeline::apply::run::sums;
use crate::pipeline::dev::with_dev;
use crate::pipeline::directory::settled;
use crate::pipeline::proof::{Planner, inspect_options};
use crate::pipeline::rows::Trial;
use crate::pipeline::{Context, Outcome, PipelineError, Writing};
use crate::problem::Problem;
use crate::schema::change::Change;
use crate::sql::token::tokens;
use crate::sql::{Rules, Statement, scan};

/// Words with which a statement begins that writes rows.
const WRITES: [&str; 9] = [
    "insert", "update", "delete", "replace", "merge", "truncate", "copy", "load", "call",
];

/// A name behind all versions.
const LAST: &str = "~down.sql";

/// A proven way back.
#[derive(Clone, Debug)]
pub struct Way {
    /// The text of a file that goes it.
    pub sql: String,
    pub(super) statements: Vec<Statement>,
    /// Hashes of it up to each statement.
    pub(super) sums: Vec<String>,
    /// Sentences for people.
    pub warnings: Vec<String>,
    /// What it does, and what that can do to rows.
    changes: Vec<(Change, Risks)>,
    /// For each statement, which of them it belongs to.
    of: Vec<usize>,
    pub(super) quote: char,
    /// There are several schemas.
    pub(super) qualified: bool,
    /// Statements don't name schemas.
    pub(super) scoped: bool,
}

impl Way {
    /// Changes that are not complete after so many statements.
    pub(super) fn left(&self, done: usize) -> impl Iterator<Item = &(Change, Risks)> {
        let whole = self.of.len() == self.statements.len();
        let open: BTreeSet<usize> = match whole {
            true => self.of.iter().skip(done).copied().collect(),
            false => (0..self.changes.len()).collect(),
        };
        let all = self.changes.iter().enumerate();
        all.filter(move |(at, _)| open.contains(at))
            .map(|(_, change)| change)
    }

    /// Its first statements as a file behind all others; `None` where that is none.
    pub(super) fn first(&self, count: usize) -> Option<MigrationFile> {
        let last = self.statements.get(count.checked_sub(1)?)?;
        let text = &self.sql[..last.range.end];
        Some(MigrationFile::in_memory(LAST.into(), text.to_owned()))
    }
}

/// Plans what leads from one part of a directory to another, and proves it.
pub(super) async fn way(
    context: &Context<'_>,
    (from, to): (&Dir, &Dir),
    taken: &[MigrationFile],
) -> Result<Way, PipelineError> {
    let url = settled(context, from);
    let context = &context.on(url.as_ref());
    let rules = &context.dialect.profile().scan;
    with_dev(context, async |dev| {
        let planner = Planner {
            env: context.env,
            dialect: context.dialect,
            scoped: dev.scoped(),
            writing: Writing::of(&Format::Default),
            writes: true,
        };
        let options = inspect_options(context.env, dev.scoped());
        let mut session = dev.session("desired").await?;
        let mut after = replay(&mut *session, to, rules, &options).await?.realm;
        session.close().await?;
        let mut session = dev.session("current").await?;
        let mut before = replay(&mut *session, from, rules, &options).await?.realm;
        context.dialect.forget_rows(&mut after);
        context.dialect.forget_rows(&mut before);
        let exclude = planner.exclude(&[], &[&before, &after])?;
        let cut = Cut {
            exclude: &exclude,
            scoped: planner.scoped,
            spoken: None,
        };
        let both = Comparable::cut(context.dialect, before, after, &cut)?;
        let nothing = desired::Loaded::default();
        let mut found = planner.outcome(&both, &nothing, stays(taken, context));
        if !found.texts.is_empty() {
            return Err(unplanned(&found));
        }
        if !found.changes.is_empty() {
            let written = planner.plan(&both, &found.changes)?;
            let tried = planner.try_on_rows(&mut *session, &both, &exclude, &written);
            if let Trial::WithoutRows(warning) = tried.await? {
                session.close().await?;
                session = dev.session("current").await?;
                replay(&mut *session, from, rules, &options).await?;
                planner
                    .prove(&mut *session, &both, &exclude, &written, false)
                    .await?;
                found.warnings.extend(warning);
            }
            found.take(written.plan, written.text);
        }
        session.close().await?;
        Way::of(&planner, found)
    })
    .await
}

impl Way {
    fn of(planner: &Planner<'_>, found: Outcome) -> Result<Self, PipelineError> {
        let profile = planner.dialect.profile();
        let split = scan(&found.sql, &profile.scan);
        let split =
            split.map_err(|error| Problem::new(format!("the plan can't be read: {error}")))?;
        let judged = |change: Change| {
            let risks = planner.judge(&change);
            (change, risks)
        };
        Ok(Self {
            sums: sums(&split.statements),
            statements: split.statements,
            of: found.plan.steps.iter().map(|step| step.change).collect(),
            changes: found.plan.changes.into_iter().map(judged).collect(),
            warnings: found.warnings,
            quote: profile.quote,
            qualified: found.qualified,
            scoped: found.scoped,
            sql: found.sql,
        })
    }
}

/// What only statements did that write rows: that stays.
fn stays(taken: &[MigrationFile], context: &Context<'_>) -> Vec<String> {
    let writes = |statement: &Statement| {
        let first = tokens(&statement.text, &Rules::GENERIC).next();
        first.is_some_and(|first| first.is_any(&WRITES))
    };
    let of = |file: &MigrationFile| {
        let script = file.statements(&context.dialect.profile().scan).ok()?;
        let first = script.statements.iter().find(|one| writes(one))?;
        Some(format!(
            "{}:{}: what statements like this one did to rows is not undone: no plan can tell what was there before",
            file.path().display(),
            first.start
        ))
    };
    taken.iter().filter_map(of).collect()
}

/// There is no plan for objects that are kept as text.
fn unplanned(found: &Outcome) -> PipelineError {
    let left = Diff {
        texts: found.texts.clone(),
        ..Diff::default()
    };
    let words = in_words(&left, found.qualified);
    Problem::new("the way back leads through what trueup can't plan yet")
        .detail("to do", words.trim_end().to_owned())
        .hint(
            "do it by hand and record that: `trueup migrate set VERSION`; or write a migration that leads forward: `trueup \
             migrate new --edit`",
        )
        .into()
}
