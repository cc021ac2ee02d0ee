//! What pending files do to a database in use: found by running them on the dev database, one by one, on what
//! the database has. Whether somebody wrote a file or trueup did makes no difference.

use std::ops::Range;

use super::Target;
use super::lineage::{Fate, Lost, fate};
use super::todo::Todo;
use crate::current::replay;
use crate::dialect::Dialect;
use crate::dialect::impact::{Blocks, Impact, Surroundings, Work, combined};
use crate::diff::Comparable;
use crate::engine::InspectOptions;
use crate::lint::{self, Risk};
use crate::migration::{Dir, MigrationFile};
use crate::pipeline::dev::with_dev;
use crate::pipeline::{Context, PipelineError, directory};
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{ObjectName, Realm, tools};
use crate::sql::deed::{Deed, altered, changes_rows, deeds};
use crate::sql::{Rules, Statement};

/// What a file does to tables that were there before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Name of the file.
    pub file: String,
    pub impacts: Vec<Impact>,
    /// Of which values are lost, in words: `column users.age`.
    pub lost: Vec<String>,
    /// There are several schemas, so that a name alone says too little.
    pub qualified: bool,
}

/// What each file does that is to run as a whole; nothing is told where the dev database is of another kind, or the database
/// has no files yet, since nobody uses what they make then.
///
/// # Errors
/// When the files can't be run on the dev database.
pub async fn effects(
    context: &Context<'_>,
    target: &Target<'_>,
    dir: &Dir,
    todo: &Todo,
) -> Result<Vec<Effects>, PipelineError> {
    let other = context.dialect.profile().name != target.dialect.profile().name;
    if other || todo.has.is_empty() || todo.tasks.is_empty() {
        return Ok(Vec::new());
    }
    let dialect = context.dialect;
    let scan = &dialect.profile().scan;
    let inspect = &InspectOptions::default();
    let of = |files| Dir::in_memory(dir.path().to_owned(), files);
    let settled = directory::settled(context, dir);
    let context = &context.on(settled.as_ref());
    with_dev(context, async |dev| {
        let mut session = dev.session("current").await?;
        let before = replay(&mut *session, &of(todo.has.clone()), scan, inspect).await?;
        let mut state = before.realm;
        let mut all = Vec::new();
        for task in &todo.tasks {
            let script = task.file.statements(scan).map_err(Problem::from)?;
            let mode = task.file.tx_mode(scan).map_err(Problem::from)?;
            let statements = &script.statements;
            let mut found = Effects {
                file: task.file.name().to_owned(),
                ..Effects::default()
            };
            for (file, part) in parts(&task.file, statements, &scan.rules) {
                let mut next = replay(&mut *session, &of(vec![file]), scan, inspect)
                    .await?
                    .realm;
                tools::leave_out(&mut next);
                found.join(between(dialect, (&state, &next), &statements[part]));
                state = next;
            }
            if task.applied() == 0 {
                let held = mode != Some(TxMode::None);
                found.impacts = combined(found.impacts, held);
                if held && dialect.profile().keeps_locks {
                    keep(&mut found.impacts, statements, &scan.rules);
                }
                all.push(found);
            }
        }
        session.close().await?;
        Ok(all)
    })
    .await
}

impl Effects {
    /// What the file does next.
    fn join(&mut self, next: Self) {
        self.impacts.extend(next.impacts);
        self.qualified |= next.qualified;
        for lost in next.lost {
            if !self.lost.contains(&lost) {
                self.lost.push(lost);
            }
        }
    }
}

/// A file in parts: a comparison sees nothing of a column that gets another type and then its old one again, so that no part has
/// both.
fn parts(
    file: &MigrationFile,
    statements: &[Statement],
    rules: &Rules,
) -> Vec<(MigrationFile, Range<usize>)> {
    let mut cuts = vec![0];
    let mut typed: Vec<Deed> = Vec::new();
    for (at, one) in statements.iter().enumerate() {
        let deeds = deeds(&one.text, rules).into_iter();
        let deeds: Vec<Deed> = deeds
            .filter(|deed| matches!(deed, Deed::Retype { .. }))
            .collect();
        if deeds.iter().any(|deed| typed.contains(deed)) {
            cuts.push(at);
            typed.clear();
        }
        typed.extend(deeds);
    }
    if cuts.len() == 1 {
        return vec![(file.clone(), 0..statements.len())];
    }
    cuts.push(statements.len());
    let part = |pair: &[usize]| {
        let range = pair[0]..pair[1];
        let mut text = file.text().to_owned();
        for (at, one) in statements.iter().enumerate().rev() {
            if !range.contains(&at) {
                text.replace_range(one.range.clone(), "");
            }
        }
        (MigrationFile::in_memory(file.name().into(), text), range)
    };
    cuts.windows(2).map(part).collect()
}

/// What leads from one state to another does.
fn between(
    dialect: &'static dyn Dialect,
    (before, after): (&Realm, &Realm),
    statements: &[Statement],
) -> Effects {
    let rules = &dialect.profile().scan.rules;
    let fate = fate(before.clone(), after, statements, rules);
    let states = Comparable::whole(dialect, fate.before.clone(), after.clone());
    let changes = states.diff().changes;
    let around = Surroundings {
        current: states.current(),
        desired: states.desired(),
        statements,
    };
    let impacts = changes
        .iter()
        .flat_map(|change| dialect.impact(change, &around))
        .chain(dialect.remade(&fate.rewritten, &around));
    let qualified = states.qualified();
    Effects {
        impacts: impacts.collect(),
        lost: losses(dialect, &changes, &fate, qualified),
        qualified,
        file: String::new(),
    }
}

/// A lock that is quickly done with is kept until the transaction ends, so that what takes long after it counts for it too.
fn keep(impacts: &mut [Impact], statements: &[Statement], rules: &Rules) {
    let first = |table: &ObjectName| {
        statements.iter().position(|one| {
            altered(&one.text, rules).is_some_and(|named| {
                let schema = named.schema.as_ref();
                named.name.eq_ignore_ascii_case(&table.name)
                    && schema.is_none_or(|schema| schema.eq_ignore_ascii_case(&table.schema))
            })
        })
    };
    let worked = impacts.iter().filter(|impact| impact.work.is_some());
    let worked = worked.filter_map(|impact| first(&impact.table));
    let rows = statements.iter().enumerate();
    let rows = rows.filter(|(_, one)| changes_rows(&one.text, rules));
    let Some(last) = worked.chain(rows.map(|(at, _)| at)).max() else {
        return;
    };
    for impact in impacts {
        let blocks = impact.lock.blocks != Blocks::Nothing && impact.work.is_none();
        if blocks && first(&impact.table).is_some_and(|at| at < last) {
            impact.work = Some(Work::Others);
        }
    }
}

/// What is lost in all.
fn losses(
    dialect: &'static dyn Dialect,
    changes: &[Change],
    fate: &Fate,
    qualified: bool,
) -> Vec<String> {
    let is_kept = |change: &&Change| {
        matches!(change, Change::DropTable { .. }) && fate.kept.contains(&change.object())
    };
    let changes = changes.iter().filter(|change| !is_kept(change));
    let mut all: Vec<String> = changes
        .flat_map(|change| lost(dialect, change, qualified))
        .collect();
    for lost in &fate.lost {
        let text = match lost {
            Lost::Rows(table) => format!("the rows of table {}", shown(table, qualified)),
            Lost::Some(table) => format!("some rows of table {}", shown(table, qualified)),
            Lost::Values(table, column) => {
                format!("the values of column {}.{column}", shown(table, qualified))
            }
        };
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

fn shown(name: &ObjectName, qualified: bool) -> String {
    match qualified {
        true => format!("{}.{}", name.schema, name.name),
        false => name.name.clone(),
    }
}

/// What a change loses.
fn lost(dialect: &'static dyn Dialect, change: &Change, qualified: bool) -> Vec<String> {
    let risks = lint::judge(change, dialect.profile());
    let table = shown(&change.object(), qualified);
    let Change::ModifyTable(modify) = change else {
        let is_lost = risks.worst == Some(Risk::LosesData);
        return is_lost
            .then(|| format!("table {table}"))
            .into_iter()
            .collect();
    };
    let parts = modify.changes.iter().zip(&risks.parts);
    let parts = parts.filter(|(_, risk)| **risk == Some(Risk::LosesData));
    parts
        .filter_map(|(part, _)| match part {
            TableChange::Column(Edit::Drop(column)) => {
                Some(format!("column {table}.{}", column.name))
            }
            TableChange::Column(Edit::Modify { to, .. }) => {
                Some(format!("the values of column {table}.{}", to.name))
            }
            _ => None,
        })
        .collect()
}
