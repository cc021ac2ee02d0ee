//! The statements that lead back, planned and proven on the dev database.

use std::collections::BTreeSet;

use crate::config::Format;
use crate::current::replay;
use crate::desired;
use crate::dialect::Types;
use crate::diff::Diff;
use crate::diff::words::in_words;
use crate::lint::Risks;
use crate::migration::{Dir, MigrationFile, program};
use crate::pipeline::apply::run::sums;
use crate::pipeline::dev::with_dev;
use crate::pipeline::directory::settled;
use crate::pipeline::planner::{Planner, inspect_options};
use crate::pipeline::rows::Trial;
use crate::pipeline::{Context, Outcome, PipelineError, Writing};
use crate::problem::Problem;
use crate::schema::Schema;
use crate::schema::change::{Change, Edit};
use crate::sql::token::{Kind, Token, tokens};
use crate::sql::{Rules, Statement, scan};

/// Words with which a statement begins that writes rows.
const WRITES: [&str; 9] = [
    "insert", "update", "delete", "replace", "merge", "truncate", "copy", "load", "call",
];

/// A name behind all versions.
const LAST: &str = "~down.sql";

/// A proven reverse plan.
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
    pub changes: Vec<(Change, Risks)>,
    /// The first statement of the files that renames something.
    pub renames: Option<String>,
    /// For each statement, which of them it belongs to.
    of: Vec<usize>,
    pub(super) quote: char,
    pub(super) types: &'static Types,
    /// There are several schemas.
    pub qualified: bool,
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

    /// Schemas that it drops.
    pub(super) fn dropped_schemas(&self) -> impl Iterator<Item = &Schema> {
        self.changes.iter().filter_map(|(change, _)| match change {
            Change::Schema(Edit::Drop(schema)) => Some(schema),
            _ => None,
        })
    }

    /// Names of what it drops in a schema.
    pub(super) fn known(&self, schema: &str) -> Vec<&str> {
        let changes = self.changes.iter().filter_map(|(change, _)| match change {
            Change::DropTable { schema: of, table } if of == schema => Some(table.name.as_str()),
            Change::Text(text) if text.schema.as_deref() == Some(schema) => {
                Some(text.object().name.as_str())
            }
            _ => None,
        });
        changes.collect()
    }

    /// Its first statements as a file behind all others; `None` if there are none.
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
        let env = context.env.without_skips();
        let planner = Planner {
            env: &env,
            dialect: context.dialect,
            scoped: dev.scoped(),
            writing: Writing::of(&Format::Default),
            writes: true,
        };
        let options = inspect_options(context.env, dev.scoped());
        let mut session = dev.session("desired").await?;
        let after = replay(&mut *session, to, rules, &options).await?.realm;
        session.close().await?;
        let mut session = dev.session("current").await?;
        let before = replay(&mut *session, from, rules, &options).await?.realm;
        let pair = planner.between(&[], before, after)?;
        let nothing = desired::Loaded::default();
        let mut found = planner.outcome(&pair.states, &nothing, stays(taken, context));
        let renames = renamed(taken, context);
        if !found.texts.is_empty() {
            return Err(unplanned(&found));
        }
        if !found.changes.is_empty() {
            let written = planner.plan(&pair.states, &found.changes)?;
            let tried = planner.try_on_rows(&mut *session, &pair, &written);
            if let Trial::WithoutRows(warning) = tried.await? {
                session.close().await?;
                session = dev.session("current").await?;
                replay(&mut *session, from, rules, &options).await?;
                planner.prove(&mut *session, &pair, &written, false).await?;
                found.warnings.extend(warning);
            }
            found.take(written);
        }
        session.close().await?;
        Way::of(&planner, found, renames)
    })
    .await
}

impl Way {
    fn of(
        planner: &Planner<'_>,
        found: Outcome,
        renames: Option<String>,
    ) -> Result<Self, PipelineError> {
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
            renames,
            quote: profile.quote,
            types: &profile.types,
            qualified: found.qualified,
            scoped: found.scoped,
            sql: found.sql,
        })
    }
}

/// What no plan takes back, and what else a reader may expect of the files.
fn stays(taken: &[MigrationFile], context: &Context<'_>) -> Vec<String> {
    let scan = &context.dialect.profile().scan;
    let writes = |statement: &Statement| {
        let first = tokens(&statement.text, &Rules::GENERIC).next();
        first.is_some_and(|first| first.is_any(&WRITES))
    };
    let of = |file: &MigrationFile| {
        let (steps, name) = (file.steps(scan).unwrap_or_default(), file.path().display());
        let rows = steps.iter().find(|one| writes(one)).map(|one| {
            format!(
                "{name}:{}: what statements like this one did to rows is not undone: the previous values are unknown",
                one.start
            )
        });
        let programs = steps
            .iter()
            .filter_map(|one| Some((one, program(&one.text)?)));
        let programs = programs.map(|(one, command)| {
            let place = one.start.line;
            format!("{name}:{place}: what the program `{command}` did is not taken back")
        });
        let down = file.has_down(scan).then(|| {
            format!(
                "{name}: its section down.sql is not run: the reverse is planned and proven instead"
            )
        });
        rows.into_iter()
            .chain(programs)
            .chain(down)
            .collect::<Vec<String>>()
    };
    taken.iter().flat_map(of).collect()
}

/// Where the first statement is that renames a table or a column: a plan drops the one and makes the other. What is renamed that
/// the same file creates does not count, as when a table is rebuilt.
fn renamed(taken: &[MigrationFile], context: &Context<'_>) -> Option<String> {
    let scan = &context.dialect.profile().scan;
    taken.iter().find_map(|file| {
        let script = file.statements(scan).ok()?;
        let mut made: Vec<String> = Vec::new();
        let first = script.statements.iter().find(|statement| {
            let found: Vec<Token<'_>> = tokens(&statement.text, &scan.rules)
                .filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment))
                .collect();
            let Some(table) = table(&found) else {
                return false;
            };
            if found[0].is("create") {
                made.push(table);
                return false;
            }
            renames(&found) && !made.contains(&table)
        })?;
        Some(format!("{}:{}", file.path().display(), first.start))
    })
}

/// The name of the table that a statement is about, in lower case.
fn table(found: &[Token<'_>]) -> Option<String> {
    let at = found.iter().take(4).position(|token| token.is("table"))?;
    let mut rest = found[at + 1..].iter();
    let mut rest = rest
        .by_ref()
        .skip_while(|token| token.is_any(&["if", "not", "exists", "only"]));
    let mut name = rest.next()?;
    while rest.next().is_some_and(|token| token.symbol(".")) {
        name = rest.next()?;
    }
    Some(name.unquoted().to_lowercase())
}

/// Whether a statement renames its table, or a column of it.
fn renames(found: &[Token<'_>]) -> bool {
    let others = ["constraint", "index", "key"];
    found.iter().enumerate().any(|(at, token)| {
        let mut next = found[at + 1..].iter().filter(|token| !token.is("column"));
        match (next.next(), next.next()) {
            (Some(one), _) if token.is("rename") => !one.is_any(&others),
            (Some(one), Some(other)) if token.is("change") => {
                !one.unquoted().eq_ignore_ascii_case(&other.unquoted())
            }
            _ => false,
        }
    })
}

/// There is no plan for objects that are kept as text.
fn unplanned(found: &Outcome) -> PipelineError {
    let left = Diff {
        texts: found.texts.clone(),
        ..Diff::default()
    };
    let words = in_words(&left, found.qualified);
    Problem::new("the reverse needs what trueup can't plan yet")
        .detail("to do", words.trim_end().to_owned())
        .hint(
            "do it by hand and record that: `trueup migrate set VERSION`; or write a migration that leads forward: `trueup \
             migrate new --edit`",
        )
        .into()
}
