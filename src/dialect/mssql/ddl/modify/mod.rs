//! A table that changes where it stands: what blocks a column's change is dropped before it and recreated after it.

mod back;
mod column;
mod constraint;
mod temporal;

use std::collections::BTreeSet;

use crate::plan::{PlanError, Step};
use crate::schema::change::{ModifyTable, TableChange};
use crate::schema::{Check, Table};

use super::column::{is_altered, only_grows, recomputed};
use super::comment;
use super::lookup::Lookup;
use super::writer::{Writer, named, refuse};
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::text::mentions;
use temporal::Past;

/// Steps in the order of their stages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Unversion,
    Keep,
    DropKeys,
    DropIndexes,
    DropConstraints,
    DropDefaults,
    DropComputed,
    DropColumns,
    Rename,
    Alter,
    AddColumns,
    DropLast,
    AddComputed,
    AddDefaults,
    AddConstraints,
    AddIndexes,
    AddKeys,
    Rest,
    Version,
}

/// # Errors
/// When no statement makes the change.
pub(super) fn render(writer: &Writer<'_>, change: &ModifyTable) -> Result<Vec<Step>, PlanError> {
    let mut modify = Modify::new(writer, change);
    for one in &change.changes {
        modify.change(one)?;
    }
    modify.put_back()?;
    modify.versioning()?;
    Ok(modify.finish().into_iter().map(|(_, step)| step).collect())
}

/// What of a table that stays as it is is dropped before something changes that its expressions use, such as a function that
/// they call, and recreated after it.
///
/// # Errors
/// When nothing tells what has no name.
pub(super) fn around(
    writer: &Writer<'_>,
    (schema, table): (&str, &Table),
    uses: &dyn Fn(&str) -> bool,
) -> Result<[Vec<Step>; 2], PlanError> {
    let same = ModifyTable {
        schema: schema.to_owned(),
        from: table.clone(),
        to: table.clone(),
        changes: Vec::new(),
    };
    let mut modify = Modify {
        salt: "around",
        ..Modify::new(writer, &same)
    };
    for column in &table.columns {
        if column.default.as_deref().is_some_and(uses) {
            modify.drop_default(column);
            modify.add_default(column);
        }
        let rule = column.generated.as_ref();
        if rule.is_some_and(|rule| uses(&rule.expr)) {
            modify.recomputed.insert(column.name.clone());
        }
    }
    modify.put_back()?;
    let computed = modify.recomputed.clone();
    let moved = |check: &Check| computed.iter().any(|name| mentions(&check.expr, name));
    for check in &table.checks {
        if uses(&check.expr) && !moved(check) {
            modify.again(check)?;
        }
    }
    let steps = modify.finish().into_iter();
    let (before, after): (Vec<_>, Vec<_>) = steps.partition(|(stage, _)| *stage < Stage::Rename);
    Ok([before, after].map(|steps| steps.into_iter().map(|(_, step)| step).collect()))
}

/// Columns that stay and change what is on them.
struct Altered {
    /// A longer string.
    grown: BTreeSet<String>,
    /// Everything else: what is on the column must go first.
    moved: BTreeSet<String>,
}

impl Altered {
    fn of(change: &ModifyTable) -> Self {
        let (mut grown, mut moved) = (BTreeSet::new(), recomputed(change));
        for column in &change.from.columns {
            let Some(other) = change.to.column(&column.name) else {
                continue;
            };
            match is_altered(column, other) {
                true if only_grows(column, other) => _ = grown.insert(column.name.clone()),
                true => _ = moved.insert(column.name.clone()),
                false => {}
            }
        }
        Self { grown, moved }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.moved.union(&self.grown)
    }
}

struct Modify<'a> {
    writer: &'a Writer<'a>,
    change: &'a ModifyTable,
    table: String,
    what: String,
    recomputed: BTreeSet<String>,
    altered: Altered,
    steps: Vec<(Stage, Step)>,
    past: Option<Past>,
    /// The past is not kept meanwhile.
    off: bool,
    /// See [`Lookup`].
    salt: &'static str,
}

impl<'a> Modify<'a> {
    fn new(writer: &'a Writer<'a>, change: &'a ModifyTable) -> Self {
        Self {
            writer,
            change,
            table: writer.object(&change.schema, &change.to.name),
            what: format!("modify {} table", named(&change.to.name)),
            recomputed: recomputed(change),
            altered: Altered::of(change),
            steps: Vec::new(),
            past: Past::of(change),
            off: false,
            salt: "",
        }
    }

    fn lookup(&self) -> Lookup<'a> {
        Lookup {
            writer: self.writer,
            schema: &self.change.schema,
            table: &self.change.to.name,
            salt: self.salt,
        }
    }

    fn push(&mut self, stage: Stage, step: Step) {
        self.steps.push((stage, step));
    }

    /// A change of the table.
    fn alter(&mut self, stage: Stage, action: &str) {
        self.run(stage, format!("ALTER TABLE {} {action}", self.table));
    }

    /// A statement with an expression over the table.
    fn compiled(&self, sql: String, expr: &str) -> String {
        let table = (self.change.schema.as_str(), self.change.to.name.as_str());
        self.writer.compiled(table, sql, std::iter::once(expr))
    }

    /// A statement of its own.
    fn run(&mut self, stage: Stage, sql: String) {
        self.push(stage, Step::new(sql, self.what.clone()));
    }

    fn change(&mut self, change: &TableChange) -> Result<(), PlanError> {
        match change {
            TableChange::Column(edit) => self.column(edit)?,
            TableChange::PrimaryKey(edit) => {
                self.edit(edit, Self::drop_primary_key, Self::add_primary_key)?;
            }
            TableChange::Unique(edit) => self.edit(edit, Self::drop_unique, Self::add_unique)?,
            TableChange::ForeignKey(edit) => self.edit(edit, Self::drop_key, Self::add_key)?,
            TableChange::Check(edit) => self.edit(edit, Self::drop_check, Self::add_check)?,
            TableChange::Index(edit) => self.index(edit),
            TableChange::Comment { from, to } => {
                let target = comment::Target::table(&self.change.schema, &self.change.to.name);
                let step = comment::step(self.writer, &target, from.as_deref(), to.as_deref());
                self.steps.extend(step.map(|step| (Stage::Rest, step)));
            }
            TableChange::Attr { key, from, to } => {
                self.attribute(key, from.as_deref(), to.as_deref())?;
            }
            TableChange::Constraint(_) => {}
        }
        Ok(())
    }

    fn comment(
        &mut self,
        kind: &'static str,
        name: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) {
        let Some(name) = name else { return };
        let target = comment::Target::part(&self.change.schema, &self.change.to.name, kind, name);
        let step = comment::step(self.writer, &target, from, to);
        self.steps.extend(step.map(|step| (Stage::Rest, step)));
    }

    fn attribute(
        &mut self,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), PlanError> {
        const NONE: &str = "DATA_COMPRESSION = NONE";
        let is = |option: &str| option.starts_with("DATA_COMPRESSION") && !option.contains(',');
        match key {
            attrs::TABLE_OPTIONS if is(from.unwrap_or(NONE)) && is(to.unwrap_or(NONE)) => {
                let rebuild = format!("REBUILD WITH ({})", to.unwrap_or(NONE));
                self.alter(Stage::Rest, &rebuild);
                Ok(())
            }
            // All at once, in the end.
            attrs::SYSTEM_VERSIONING | attrs::PERIOD => Ok(()),
            _ => Err(refuse(
                &self.change.to.name,
                format!("its {} can't be changed", key.replace('_', " ")),
                "write this migration by hand",
            )),
        }
    }

    /// The steps, columns that come or go together in one.
    fn finish(mut self) -> Vec<(Stage, Step)> {
        self.steps.sort_by_key(|(stage, _)| *stage);
        let mut done: Vec<(Stage, Step)> = Vec::new();
        for (stage, step) in self.steps {
            let start = match stage {
                Stage::AddColumns => format!("ALTER TABLE {} ADD ", self.table),
                Stage::DropColumns | Stage::DropLast => {
                    format!("ALTER TABLE {} DROP COLUMN ", self.table)
                }
                _ => String::new(),
            };
            match done.last_mut() {
                Some((same, last))
                    if *same == stage && !start.is_empty() && step.sql.starts_with(&start) =>
                {
                    last.sql
                        .push_str(&format!(", {}", &step.sql[start.len()..]));
                }
                _ => done.push((stage, step)),
            }
        }
        done
    }
}
