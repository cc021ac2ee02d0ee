//! Describes changes in words: `modify table users: add column "age"`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Diff;
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{EnumType, PartExpr, Table};

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What happens to what, and what changes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<'c> {
    /// What happens.
    pub action: Action,
    /// To what: `table`, `enum`, `sequence`, `schema`, `view`, ….
    pub kind: &'c str,
    /// What changes in it, one for each part of a table that changes: `add column "age"`.
    pub details: Vec<String>,
}

impl<'c> Words<'c> {
    /// Describes a change.
    pub fn of(change: &'c Change) -> Self {
        let (action, kind, details) = match change {
            Change::Schema(edit) => (action(edit), "schema", Vec::new()),
            Change::Enum { edit, .. } => (action(edit), "enum", values(edit)),
            Change::Sequence { edit, .. } => (action(edit), "sequence", Vec::new()),
            Change::AddTable { table, .. } => (Action::Create, "table", content(table)),
            Change::DropTable { .. } => (Action::Drop, "table", Vec::new()),
            Change::ModifyTable(modify) => (Action::Modify, "table", parts(modify)),
            Change::Text(change) => {
                let object = change.object();
                let on = object.table.iter().map(|table| format!("on table {table}"));
                (action(&change.edit), &*object.kind, on.collect())
            }
        };
        Self {
            action,
            kind,
            details,
        }
    }
}

/// All of it in one line: `modify table users: add column "age"`.
pub fn sentence(action: Action, kind: &str, name: &str, details: &[String]) -> String {
    match details {
        [] => format!("{action} {kind} {name}"),
        details => format!("{action} {kind} {name}: {}", details.join(", ")),
    }
}

/// Differences, a line each.
pub fn in_words(left: &Diff, qualified: bool) -> String {
    let changes = left.changes.iter().map(|change| {
        let object = change.object();
        let name = match qualified && !object.schema.is_empty() {
            true => format!("{}.{}", object.schema, object.name),
            false => object.name,
        };
        let Words {
            action,
            kind,
            details,
        } = Words::of(change);
        sentence(action, kind, &name, &details) + "\n"
    });
    let texts = left.texts.iter().map(|difference| {
        let (object, what) = match &difference.edit {
            Edit::Add(object) => (object, "is missing"),
            Edit::Drop(object) => (object, "is left"),
            Edit::Modify { to, .. } => (to, "is another"),
        };
        let schema = difference.schema.as_deref().filter(|_| qualified);
        let name = [schema, object.table.as_deref(), Some(&object.name)];
        let name: Vec<&str> = name.into_iter().flatten().collect();
        format!("{} {} {what}\n", object.kind, name.join("."))
    });
    changes.chain(texts).collect()
}

fn action<T>(edit: &Edit<T>) -> Action {
    match edit {
        Edit::Add(_) => Action::Create,
        Edit::Drop(_) => Action::Drop,
        Edit::Modify { .. } => Action::Modify,
    }
}

/// The values of a new enum, or how those of a modified one differ.
fn values(edit: &Edit<EnumType>) -> Vec<String> {
    let (from, to) = match edit {
        Edit::Add(value) => return value.values.iter().map(|value| quoted(value)).collect(),
        Edit::Drop(_) => return Vec::new(),
        Edit::Modify { from, to } => (from, to),
    };
    let missing = |of: &[String], in_: &[String], verb: &str| -> Vec<String> {
        let missing = of.iter().filter(|value| !in_.contains(value));
        missing
            .map(|value| format!("{verb} value {}", quoted(value)))
            .collect()
    };
    let mut details = missing(&from.values, &to.values, "drop");
    details.extend(missing(&to.values, &from.values, "add"));
    let kept = |of: &[String], in_: &[String]| -> Vec<String> {
        let kept = of.iter().filter(|value| in_.contains(value));
        kept.cloned().collect()
    };
    if kept(&from.values, &to.values) != kept(&to.values, &from.values) {
        let order: Vec<String> = to.values.iter().map(|value| quoted(value)).collect();
        details.push(format!("order {}", order.join(", ")));
    }
    if from.comment != to.comment {
        details.push("comment".to_owned());
    }
    details
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
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
            let mut text = format!("{} column", verb(edit));
            if let Some(column) = edit.to().or(edit.from()) {
                text.push_str(&format!(" \"{}\"", column.name));
            }
            if let Edit::Modify { from, to } = edit {
                text.push_str(&column_details(from, to));
            }
            text
        }
        TableChange::PrimaryKey(edit) => format!("{} primary key", verb(edit)),
        TableChange::Unique(edit) => named(
            edit,
            "unique constraint",
            |unique| unique.name.as_deref(),
            |unique| first(&unique.parts),
        ),
        TableChange::ForeignKey(edit) => named(
            edit,
            "foreign key",
            |key| key.name.as_deref(),
            |key| key.columns.first().map(String::as_str),
        ),
        TableChange::Check(edit) => named(
            edit,
            "check",
            |check| check.name.as_deref(),
            |check| Some(&check.expr),
        ),
        TableChange::Constraint(edit) => {
            named(edit, "constraint", |other| Some(&other.name), |_| None)
        }
        TableChange::Index(edit) => named(edit, "index", |index| Some(&index.name), |_| None),
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

/// What happens to something that has a name, or that is told by what it is on.
fn named<'a, T>(
    edit: &'a Edit<T>,
    kind: &str,
    name: impl Fn(&'a T) -> Option<&'a str>,
    on: impl Fn(&'a T) -> Option<&'a str>,
) -> String {
    if let (Some(from), Some(to)) = (edit.from().and_then(&name), edit.to().and_then(&name))
        && from != to
    {
        return format!("rename {kind} \"{from}\" to \"{to}\"");
    }
    let told = edit
        .to()
        .or(edit.from())
        .and_then(|value| name(value).or_else(|| on(value)));
    match told {
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
        details.push(format!("{} → {}", from.ty, to.ty));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn enumeration(values: &[&str]) -> EnumType {
        EnumType {
            name: "mood".into(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            comment: None,
        }
    }

    #[test]
    fn values_of_enums_are_named() {
        let modify = |from: &[&str], to: &[&str]| {
            values(&Edit::Modify {
                from: enumeration(from),
                to: enumeration(to),
            })
        };
        assert_eq!(
            values(&Edit::Add(enumeration(&["a", "it's"]))),
            ["'a'", "'it''s'"]
        );
        assert_eq!(
            modify(&["a", "b"], &["a", "c"]),
            ["drop value 'b'", "add value 'c'"]
        );
        assert_eq!(modify(&["a", "b"], &["b", "a"]), ["order 'b', 'a'"]);
    }

    #[test]
    fn another_name_alone_is_a_rename() {
        let index = |name: &str| crate::schema::Index {
            name: name.into(),
            ..crate::schema::Index::default()
        };
        let edit = TableChange::Index(Edit::Modify {
            from: index("a"),
            to: index("b"),
        });
        assert_eq!(part(&edit), "rename index \"a\" to \"b\"");
    }
}
