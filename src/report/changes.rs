//! Changes in words: one line for each thing that changes.

use std::fmt;

use serde::Serialize;

use super::risk::{self, Risk};
use crate::schema::ObjectName;
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{PartExpr, Table};
use crate::sql::SourcePosition;

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It appears.
    Create,
    /// It changes.
    Modify,
    /// It goes.
    Drop,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Drop => "drop",
        })
    }
}

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// What happens.
    pub action: Action,
    /// To what: `table`, `enum`, `sequence`, `schema`.
    pub kind: &'static str,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What changes in it: `add column "age"`.
    pub details: Vec<String>,
    /// The worst that can happen to existing rows.
    pub risk: Option<Risk>,
    /// The same for each of `details`; empty unless it is a table that changes.
    #[serde(skip)]
    pub risks: Vec<Option<Risk>>,
    /// Where the models define it, where their program tells.
    pub model: Option<Model>,
}

impl ChangeLine {
    /// All of it in one line: `modify table users: add column "age"`.
    pub fn sentence(&self) -> String {
        let Self {
            action, kind, name, ..
        } = self;
        match self.details.is_empty() {
            true => format!("{action} {kind} {name}"),
            false => format!("{action} {kind} {name}: {}", self.details.join(", ")),
        }
    }
}

/// A place in the models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Model {
    /// The file, as the program that printed it wrote it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Describes changes.
pub fn describe(changes: &[Change], positions: &[SourcePosition]) -> Vec<ChangeLine> {
    changes
        .iter()
        .map(|change| line(change, positions))
        .collect()
}

fn line(change: &Change, positions: &[SourcePosition]) -> ChangeLine {
    let (action, kind, details) = match change {
        Change::Schema(edit) => (action(edit), "schema", Vec::new()),
        Change::Enum { edit, .. } => (action(edit), "enum", Vec::new()),
        Change::Sequence { edit, .. } => (action(edit), "sequence", Vec::new()),
        Change::AddTable { table, .. } => (Action::Create, "table", content(table)),
        Change::DropTable { .. } => (Action::Drop, "table", Vec::new()),
        Change::ModifyTable(modify) => (Action::Modify, "table", parts(modify)),
    };
    let ObjectName { schema, name } = change.object();
    let model = match kind {
        "table" => super::model_of(&change.object(), positions),
        _ => None,
    };
    ChangeLine {
        action,
        kind,
        details,
        risk: risk::of_change(change),
        risks: match change {
            Change::ModifyTable(modify) => modify.changes.iter().map(risk::of_part).collect(),
            _ => Vec::new(),
        },
        model: model.map(|(file, line)| Model { file, line }),
        schema,
        name,
    }
}

fn action<T>(edit: &Edit<T>) -> Action {
    match edit {
        Edit::Add(_) => Action::Create,
        Edit::Drop(_) => Action::Drop,
        Edit::Modify { .. } => Action::Modify,
    }
}

fn content(table: &Table) -> Vec<String> {
    let count = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    [
        count(table.columns.len(), "column", "columns"),
        count(table.indexes.len(), "index", "indexes"),
        count(table.foreign_keys.len(), "foreign key", "foreign keys"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn parts(modify: &ModifyTable) -> Vec<String> {
    modify.changes.iter().map(part).collect()
}

fn part(change: &TableChange) -> String {
    match change {
        TableChange::Column(edit) => {
            let mut text = named(edit, "column", |column| Some(&column.name));
            if let Edit::Modify { from, to } = edit {
                text.push_str(&column_details(from, to));
            }
            text
        }
        TableChange::PrimaryKey(edit) => format!("{} primary key", verb(edit)),
        TableChange::Unique(edit) => named(edit, "unique constraint", |unique| {
            unique.name.as_deref().or_else(|| first(&unique.parts))
        }),
        TableChange::ForeignKey(edit) => named(edit, "foreign key", |key| {
            key.name
                .as_deref()
                .or(key.columns.first().map(String::as_str))
        }),
        TableChange::Check(edit) => named(edit, "check", |check| {
            check.name.as_deref().or(Some(&check.expr))
        }),
        TableChange::Constraint(edit) => named(edit, "constraint", |other| Some(&other.name)),
        TableChange::Index(edit) => named(edit, "index", |index| Some(&index.name)),
        TableChange::Comment { to: None, .. } => "drop comment".to_owned(),
        TableChange::Comment { .. } => "set comment".to_owned(),
        TableChange::Attr { key, to: None, .. } => format!("drop {}", key.replace('_', " ")),
        TableChange::Attr { key, .. } => format!("set {}", key.replace('_', " ")),
    }
}

fn first(parts: &[crate::schema::KeyPart]) -> Option<&str> {
    parts.first().map(|part| match &part.on {
        PartExpr::Column(name) | PartExpr::Expr(name) => name.as_str(),
    })
}

fn verb<T>(edit: &Edit<T>) -> &'static str {
    match edit {
        Edit::Add(_) => "add",
        Edit::Drop(_) => "drop",
        Edit::Modify { .. } => "modify",
    }
}

fn named<'a, T>(edit: &'a Edit<T>, kind: &str, name: impl Fn(&'a T) -> Option<&'a str>) -> String {
    match edit.to().or(edit.from()).and_then(name) {
        Some(name) => format!("{} {kind} \"{name}\"", verb(edit)),
        None => format!("{} {kind}", verb(edit)),
    }
}

/// What differs between two forms of a column, in parentheses.
fn column_details(from: &crate::schema::Column, to: &crate::schema::Column) -> String {
    let mut details = Vec::new();
    if from.name != to.name {
        details.push(format!("was \"{}\"", from.name));
    }
    if from.ty != to.ty {
        details.push(format!("{} → {}", from.ty.name, to.ty.name));
    }
    if from.nullable != to.nullable {
        details.push(if to.nullable { "NULL" } else { "NOT NULL" }.to_owned());
    }
    if from.default != to.default {
        details.push(match &to.default {
            Some(default) => format!("default {default}"),
            None => "no default".to_owned(),
        });
    }
    for (differs, what) in [
        (from.generated != to.generated, "generated expression"),
        (from.identity != to.identity, "identity"),
        (from.auto_increment != to.auto_increment, "auto increment"),
        (from.collation != to.collation, "collation"),
        (from.comment != to.comment, "comment"),
        (from.attrs != to.attrs, "attributes"),
    ] {
        if differs {
            details.push(what.to_owned());
        }
    }
    match details.is_empty() {
        true => String::new(),
        false => format!(" ({})", details.join(", ")),
    }
}
