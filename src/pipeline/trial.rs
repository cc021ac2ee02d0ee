//! Revisions of an Alembic history that are run once more where tables have rows.
//!
//! The rows are made up. What fails on them is certain to fail on others in one case only: a column is added that has no value for
//! any row. All else may be the fault of our rows, and is a warning; then the revisions run again on rows without oddities.

use std::collections::BTreeMap;

use super::PipelineError;
use crate::current::alembic::{Alembic, Refused};
use crate::current::{History, ReplayError, replay};
use crate::desired::{ProviderError, ProviderFailure};
use crate::dialect::{Dialect, sample};
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::exclude::Exclude;
use crate::engine::{DevDatabase, InspectOptions, Session};
use crate::plan::TxMode;
use crate::problem::{Explain as _, Place, Problem, stage};
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{ObjectName, Realm};
use crate::sql::token::{Token, tokens};
use crate::sql::{Rules, has_word, scan};

/// Tables that are named where rows were made up; the rest is counted.
const NAMED: usize = 12;

/// What was tried, and what is to be known of it; nothing where nothing is asked for.
type Told = (Vec<String>, Vec<String>);

/// Rows that tables got.
type Rows = BTreeMap<ObjectName, usize>;

/// Runs the revisions that a history takes down and up again on rows, where that is asked for. No session may be open.
///
/// # Errors
/// A revision that fails on any row, or that leads to another schema.
pub(super) async fn on_rows(
    dialect: &'static dyn Dialect,
    dev: &mut dyn DevDatabase,
    history: &History<'_>,
    inspect: &InspectOptions,
) -> Result<Told, PipelineError> {
    let History::Alembic(history) = history else {
        return Ok(Told::default());
    };
    let Some((_, revisions)) = history.before().filter(|(_, own)| !own.is_empty()) else {
        return Ok(Told::default());
    };
    if !dev.proves() {
        let why =
            "revisions were not run on made-up rows: the dev database is offline, and holds none";
        return Ok((Vec::new(), vec![why.to_owned()]));
    }
    let mut trial = Trial {
        dialect,
        history,
        inspect,
        revisions: listed(revisions),
        failed: None,
        warnings: Vec::new(),
    };
    for odd in [true, false] {
        if let Some(tried) = trial.run(dev, odd).await? {
            return Ok((vec![tried], trial.warnings));
        }
    }
    Ok((Vec::new(), trial.warnings))
}

struct Trial<'a> {
    dialect: &'static dyn Dialect,
    history: &'a Alembic,
    inspect: &'a InspectOptions,
    /// Their names.
    revisions: String,
    /// Where they failed last.
    failed: Option<Option<Place>>,
    warnings: Vec<String>,
}

impl Trial<'_> {
    /// Runs them on rows; none where that fails on rows that may be to blame.
    async fn run(
        &mut self,
        dev: &mut dyn DevDatabase,
        odd: bool,
    ) -> Result<Option<String>, PipelineError> {
        let Some(before) = self.history.before() else {
            return Ok(None);
        };
        let scan = &self.dialect.profile().scan;
        let mut session = dev.session("current").await?;
        let start = replay(&mut *session, &before.0, scan, self.inspect).await?;
        let rows = self.fill(&mut *session, &start.realm, odd).await?;
        let done = self.history.on_rows(&mut *session, scan).await;
        let end = session.inspect(self.inspect).await;
        session.close().await?;
        match done {
            Ok(statements) => {
                self.compare(end?)?;
                self.untried(&statements, &start.realm, &rows)?;
                Ok(Some(self.told(&rows)))
            }
            Err((ReplayError::Python(error), refused))
                if matches!(error.failure, ProviderFailure::History(_)) =>
            {
                if let Some((table, column)) =
                    self.fills_nothing(refused.as_ref(), &start.realm, &rows)?
                {
                    return Err(never(*error, refused, (&table.name, &column)).into());
                }
                // The same on rows without oddities is not news.
                if self.failed.replace(error.place.clone()) != Some(error.place.clone()) {
                    self.warnings
                        .push(may_fail(&error, refused.as_ref(), &rows));
                }
                Ok(None)
            }
            Err((error, _)) => Err(error.into()),
        }
    }

    /// Makes up rows for all tables but Alembic's own, and tells how many each took.
    async fn fill(
        &self,
        session: &mut dyn Session,
        realm: &Realm,
        odd: bool,
    ) -> Result<Rows, PipelineError> {
        let profile = self.dialect.profile();
        let scoped = session.scoped();
        let own = self.history.exclude();
        let mut realm = realm.clone();
        Exclude::new(&own[..own.len().min(1)], scoped)?.apply(&mut realm);
        let mut rows = Rows::new();
        for (table, [insert, other]) in sample::into_all(profile, &realm, odd, scoped) {
            let count = rows.entry(table).or_default();
            // The numbers of rows that are there are taken, also where the server counts: the next one may do.
            for insert in [&insert, &insert, &other] {
                let statements = scan(&format!("{insert};"), &profile.scan);
                let statements = statements.map_or_else(|_| Vec::new(), |split| split.statements);
                if session.execute(&statements, TxMode::None).await.is_ok() {
                    *count += 1;
                    break;
                }
            }
        }
        Ok(rows)
    }

    /// What is to be changed between two states; `exclude` has patterns of what does not count.
    fn diff(&self, from: Realm, to: Realm) -> Result<(Diff, bool), PipelineError> {
        let scoped = self.history.scoped();
        let mut both = [from, to];
        both.iter_mut()
            .for_each(|realm| self.dialect.forget_rows(realm));
        let [from, to] = both;
        let exclude = Exclude::new(self.history.exclude(), scoped)?;
        let cut = Cut::of(&exclude, scoped);
        let states = Comparable::cut(self.dialect, from, to, &cut)?;
        Ok((states.diff(), states.qualified()))
    }

    /// Rows make no difference to the schema.
    fn compare(&self, end: Realm) -> Result<(), PipelineError> {
        let (left, qualified) = self.diff(end, self.history.realm())?;
        if left.is_empty() {
            return Ok(());
        }
        let message = format!(
            "revisions lead to another schema where tables have rows: {}",
            self.revisions
        );
        let problem = Problem::new(message)
            .during(stage::REPLAY)
            .detail("left to do", in_words(&left, qualified))
            .hint("what a revision makes must not depend on the rows that it finds");
        Err(problem.into())
    }

    /// The column for which a failed statement has no value, whatever the rows are.
    fn fills_nothing(
        &self,
        refused: Option<&Refused>,
        start: &Realm,
        rows: &Rows,
    ) -> Result<Option<(ObjectName, String)>, PipelineError> {
        let Some(Refused { sql, error }) = refused else {
            return Ok(None);
        };
        let (diff, _) = self.diff(start.clone(), self.history.realm())?;
        let said = error.message.to_lowercase();
        // What is filled instead of NULL may be no value of its type.
        if !has_word(&said, "null") && !has_word(&said, "incorrect") {
            return Ok(None);
        }
        let said = [Some(&error.message), error.detail.as_ref()];
        let said = |word: &str| said.iter().flatten().any(|text| has_word(text, word));
        let added = |column: &str| {
            // A table that is copied is copied without it.
            let copies = !has_word(sql, column) && has_word(&sql.to_uppercase(), "INSERT");
            adds_column(sql, column).is_some() || copies && said(column)
        };
        let mut columns = diff.changes.iter().filter_map(|change| match change {
            Change::ModifyTable(modify) => Some((change.object(), &modify.changes)),
            _ => None,
        });
        Ok(columns.find_map(|(table, changes)| {
            rows.get(&table).filter(|count| **count > 0)?;
            let mut refusing = changes.iter().filter(|part| sample::refuses_any_row(part));
            refusing.find_map(|part| match part {
                TableChange::Column(Edit::Add(column)) if added(&column.name) => {
                    Some((table.clone(), column.name.clone()))
                }
                _ => None,
            })
        }))
    }

    /// Warns of what no row would do for, where none was there to show it: a column is added NOT NULL, and without a value.
    fn untried(
        &mut self,
        statements: &[String],
        start: &Realm,
        rows: &Rows,
    ) -> Result<(), PipelineError> {
        if self.dialect.profile().fills_new_columns {
            return Ok(());
        }
        let (diff, _) = self.diff(start.clone(), self.history.realm())?;
        for change in &diff.changes {
            let Change::ModifyTable(modify) = change else {
                continue;
            };
            if rows.get(&change.object()) != Some(&0) {
                continue;
            }
            let table = &modify.to.name;
            for part in &modify.changes {
                let TableChange::Column(Edit::Add(column)) = part else {
                    continue;
                };
                let strict = |definition: String| {
                    let definition = definition.to_uppercase();
                    has_word(&definition, "NOT NULL") && !has_word(&definition, "DEFAULT")
                };
                let adds = |sql: &String| {
                    has_word(sql, table) && adds_column(sql, &column.name).is_some_and(strict)
                };
                if sample::refuses_any_row(part) && statements.iter().any(adds) {
                    self.warnings.push(format!(
                        "\"{}\" of {table} is added NOT NULL and without a value, which fails if {table} has rows (none of the made-up ones fitted it)",
                        column.name
                    ));
                }
            }
        }
        Ok(())
    }

    fn told(&self, rows: &Rows) -> String {
        match rows.values().any(|count| *count > 0) {
            true => format!(
                "{} also ran on made-up rows: {}",
                self.revisions,
                counted(rows)
            ),
            false => format!("{} ran on no rows: {}", self.revisions, counted(rows)),
        }
    }
}

/// How many rows each table got.
fn counted(rows: &Rows) -> String {
    let (some, none): (Vec<_>, Vec<_>) = rows.iter().partition(|(_, count)| **count > 0);
    let list = |all: &[(&ObjectName, &usize)]| {
        let named = all.iter().take(NAMED).map(|(name, count)| match count {
            0 => name.name.clone(),
            count => format!("{} ({count})", name.name),
        });
        let mut text = named.collect::<Vec<_>>().join(", ");
        if all.len() > NAMED {
            text.push_str(&format!(" and {} more tables", all.len() - NAMED));
        }
        text
    };
    match (some.is_empty(), none.is_empty()) {
        (true, true) => "no table was there before".to_owned(),
        (true, false) => format!("none fitted {}", list(&none)),
        (false, true) => list(&some),
        (false, false) => format!("{}; none fitted {}", list(&some), list(&none)),
    }
}

fn listed(names: &[String]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let word = if all.len() == 1 {
        "Revision"
    } else {
        "Revisions"
    };
    format!("{word} {}", all.join(", "))
}

/// A revision that fails on every table that has a row.
fn never(error: ProviderError, refused: Option<Refused>, (table, column): (&str, &str)) -> Problem {
    let problem = error.explain().during(stage::REPLAY);
    let mut problem = Problem {
        message: problem
            .message
            .replace("on made-up rows", "where its tables have rows"),
        ..problem
    };
    if let Some(Refused { sql, .. }) = &refused {
        problem = problem.statement(sql, None);
    }
    problem
        .detail(
            "tried on",
            format!("made-up rows, and no row would do: \"{column}\" of {table} is NOT NULL and has no value for those that are there"),
        )
        .hint("give the column a server default, or add it nullable, fill it, and set NOT NULL then")
}

/// A revision that fails on our rows.
fn may_fail(error: &ProviderError, refused: Option<&Refused>, rows: &Rows) -> String {
    let place = error.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!("{place}: "));
    let message = error.to_string();
    let refused = refused.filter(|refused| message.contains(first_line(&refused.error.message)));
    let said = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let needs = match refused {
        _ if says(&["unique", "duplicate"]) => "rows that repeat have to be settled first",
        _ if says(&["foreign key"]) => "rows that refer to nothing have to be settled first",
        _ if says(&["check constraint", "constraint failed: ck", "violated"]) => {
            "rows that the check refuses have to be settled first"
        }
        _ if says(&["null"]) => "NULLs have to be filled first",
        _ => "see that it copes with rows that differ from what it expects",
    };
    let statement = match refused {
        Some(refused) => format!(
            " (`{}`)",
            refused.sql.split_whitespace().collect::<Vec<_>>().join(" ")
        ),
        None => String::new(),
    };
    let tried = counted(rows);
    format!(
        "{place}{message}{statement}; with rows in use it may fail, too: {needs} (tried: {tried})"
    )
}

/// What a statement says of the column that it adds, if it adds this one: up to what it does next.
fn adds_column(sql: &str, column: &str) -> Option<String> {
    let tokens: Vec<_> = tokens(sql, &Rules::GENERIC).collect();
    let starts = (0..tokens.len()).filter(|at| tokens[*at].is("add"));
    let mut definitions = starts.filter_map(|at| {
        let mut rest = tokens[at + 1..].iter().peekable();
        let optional = ["column", "if", "not", "exists"];
        while rest.next_if(|token| token.is_any(&optional)).is_some() {}
        let named = rest.next().and_then(Token::name);
        let definition = rest.take_while(|token| !token.is_any(&["add", "alter", "drop"]));
        let definition: Vec<&str> = definition.map(|token| token.text).collect();
        (named.as_deref() == Some(column)).then(|| definition.join(" "))
    });
    definitions.next()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
