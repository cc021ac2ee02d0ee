//! Changes in words: one line for each thing that changes.

use serde::Serialize;

use crate::desired::{find_part, find_position};
use crate::diff::words::{Action, Words, sentence};
use crate::lint::{Risk, Risks};
use crate::problem::Place;
use crate::schema::ObjectName;
use crate::schema::change::{Change, TableChange};
use crate::sql::SourcePosition;

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    pub action: Action,
    /// To what: `table`, `enum`, `sequence`, `schema`.
    pub kind: String,
    pub schema: String,
    pub name: String,
    /// The name that people read: with the schema where there are several.
    #[serde(skip)]
    pub label: String,
    /// What changes in it: `add column "age"`.
    pub details: Vec<String>,
    /// The worst that can happen to existing rows.
    pub risk: Option<Risk>,
    /// The same for each of `details`; empty unless it is a table that changes.
    #[serde(skip)]
    pub risks: Vec<Option<Risk>>,
    /// Where the models define it, where their program tells.
    pub model: Option<Place>,
}

impl ChangeLine {
    /// All of it in one line: `modify table users: add column "age"`.
    pub fn sentence(&self) -> String {
        sentence(self.action, &self.kind, &self.label, &self.details)
    }
}

/// What may happen to existing rows, worst first: `loses data: drop column "age" of users`.
pub fn risks(changes: &[ChangeLine]) -> Vec<(Risk, String)> {
    let mut found: Vec<(Risk, String)> = Vec::new();
    for change in changes {
        match (change.risk, &change.risks[..]) {
            (Some(risk), []) => found.push((risk, format!("{risk}: {}", change.sentence()))),
            (_, risks) => {
                let parts = change.details.iter().zip(risks);
                found.extend(parts.filter_map(|(detail, risk)| {
                    let risk = (*risk)?;
                    Some((risk, format!("{risk}: {detail} of {}", change.label)))
                }));
            }
        }
    }
    found.sort_by_key(|(risk, _)| std::cmp::Reverse(*risk));
    found
}

/// Describes changes with the risks of each; `qualified` says that there are several schemas, so that a name alone says
/// too little.
pub fn describe(
    changes: &[Change],
    risks: &[Risks],
    positions: &[SourcePosition],
    qualified: bool,
) -> Vec<ChangeLine> {
    let changes = changes.iter().zip(risks);
    changes
        .map(|(change, risks)| line(change, risks, positions, qualified))
        .collect()
}

fn line(
    change: &Change,
    risks: &Risks,
    positions: &[SourcePosition],
    qualified: bool,
) -> ChangeLine {
    let Words {
        action,
        kind,
        details,
    } = Words::of(change);
    let ObjectName { schema, name } = change.object();
    let model = match kind {
        "table" => model_of(change, positions),
        _ => None,
    };
    ChangeLine {
        action,
        kind: kind.to_owned(),
        details,
        risk: risks.worst,
        risks: risks.parts.clone(),
        model,
        label: match qualified && kind != "schema" && !schema.is_empty() {
            true => format!("{schema}.{name}"),
            false => name.clone(),
        },
        schema,
        name,
    }
}

/// The place in the models of what a change of a table is about: the first of its parts that has one, or else the table.
fn model_of(change: &Change, positions: &[SourcePosition]) -> Option<Place> {
    let ObjectName { schema, name } = change.object();
    let mut parts = match change {
        Change::ModifyTable(modify) => &modify.changes[..],
        _ => &[],
    }
    .iter()
    .filter_map(part);
    let found = parts
        .find_map(|part| find_part(Some(&schema), &name, part, positions))
        .or_else(|| find_position(Some(&schema), &name, positions))?;
    Some(Place {
        file: found.file.clone(),
        line: found.line as usize,
    })
}

/// What a change makes of a part of a table: its kind and name, as places in the models have them.
fn part(change: &TableChange) -> Option<(&'static str, &str)> {
    Some(match change {
        TableChange::Column(edit) => ("column", &*edit.to()?.name),
        TableChange::Index(edit) => ("index", &*edit.to()?.name),
        TableChange::PrimaryKey(edit) => ("constraint", edit.to()?.name.as_deref()?),
        TableChange::Unique(edit) => ("constraint", edit.to()?.name.as_deref()?),
        TableChange::ForeignKey(edit) => ("constraint", edit.to()?.name.as_deref()?),
        TableChange::Check(edit) => ("constraint", edit.to()?.name.as_deref()?),
        TableChange::Constraint(_) | TableChange::Comment { .. } | TableChange::Attr { .. } => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    #[test]
    fn names_have_their_schema_where_there_are_several() {
        let change = Change::DropTable {
            schema: "app".into(),
            table: Table {
                name: "user".into(),
                ..Table::default()
            },
        };
        let lost = [Risks {
            worst: Some(Risk::LosesData),
            parts: Vec::new(),
        }];
        let label = |qualified| {
            describe(std::slice::from_ref(&change), &lost, &[], qualified)[0]
                .label
                .clone()
        };
        assert_eq!(
            (label(false), label(true)),
            ("user".into(), "app.user".into())
        );
        let lines = describe(&[change], &lost, &[], true);
        let risks: Vec<String> = risks(&lines).into_iter().map(|(_, line)| line).collect();
        assert_eq!(risks, ["loses data: drop table app.user"]);
    }
}
