//! What a way back drops, and whether a database has anything in it.

use std::fmt;

use super::way::Way;
use crate::dialect::held::counting;
use crate::engine::{InspectOptions, Session};
use crate::lint::Risk;
use crate::schema::Realm;
use crate::schema::change::{Change, Edit, TableChange};

/// Rows are counted as far as that.
const MOST: u64 = 1000;

/// Something that is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `table` or `column`.
    pub kind: &'static str,
    pub name: String,
    pub held: Held,
}

/// What a database has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// So many rows or values; more than are counted where the second is set.
    Rows(u64, bool),
    /// It can't be asked, and why.
    Unknown(String),
}

impl Loss {
    /// Nothing is lost.
    pub fn is_none(&self) -> bool {
        self.held == Held::Rows(0, false)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, held } = self;
        let (one, many) = match *kind {
            "table" => ("row", "rows"),
            _ => ("value", "values"),
        };
        match held {
            Held::Rows(0, _) => write!(f, "{kind} {name} is empty"),
            Held::Rows(1, _) => write!(f, "{kind} {name} has 1 {one}"),
            Held::Rows(rows, false) => write!(f, "{kind} {name} has {rows} {many}"),
            Held::Rows(rows, true) => write!(f, "{kind} {name} has {rows} {many} or more"),
            Held::Unknown(why) => write!(f, "{kind} {name}: it can't be told what it has: {why}"),
        }
    }
}

/// What the rest of a way drops, and what the database has in it.
pub(super) async fn losses(session: &mut dyn Session, way: &Way, done: usize) -> Vec<Loss> {
    let mut losses = Vec::new();
    // Of a change that was begun some may be gone already.
    let realm = match done {
        0 => None,
        _ => session.inspect(&InspectOptions::default()).await.ok(),
    };
    for (change, risks) in way.left(done) {
        let object = change.object();
        let name = match way.qualified {
            true => format!("{}.{}", object.schema, object.name),
            false => object.name.clone(),
        };
        let schema = (!way.scoped).then_some(object.schema.as_str());
        let columns: Vec<Option<&str>> = match change {
            Change::DropTable { .. } => vec![None],
            Change::ModifyTable(modify) => {
                let parts = modify.changes.iter().zip(&risks.parts);
                let lossy = parts.filter(|(_, risk)| **risk == Some(Risk::LosesData));
                lossy
                    .filter_map(|(part, _)| column(part))
                    .map(Some)
                    .collect()
            }
            _ => Vec::new(),
        };
        let there = |column: &Option<&str>| {
            let realm = realm.as_ref();
            realm.is_none_or(|realm| holds(realm, schema, &object.name, *column))
        };
        for column in columns.into_iter().filter(there) {
            let table = (schema, object.name.as_str());
            let question = counting(table, column, way.quote, MOST);
            let held = match session.column(&question).await {
                Ok(answer) => match answer.first().map(|number| number.parse()) {
                    Some(Ok(rows)) => Held::Rows(rows, rows >= MOST),
                    _ => Held::Unknown("there is no answer".to_owned()),
                },
                Err(error) => Held::Unknown(error.message),
            };
            losses.push(match column {
                None => Loss {
                    kind: "table",
                    name: name.clone(),
                    held,
                },
                Some(column) => Loss {
                    kind: "column",
                    name: format!("{name}.{column}"),
                    held,
                },
            });
        }
    }
    losses
}

/// Whether a table is there, or a column of it.
fn holds(realm: &Realm, schema: Option<&str>, table: &str, column: Option<&str>) -> bool {
    let schemas = realm.schemas.iter();
    let schemas = schemas.filter(|one| schema.is_none_or(|schema| one.name == schema));
    let mut tables = schemas.filter_map(|schema| schema.table(table));
    tables.any(|table| {
        let mut columns = table.columns.iter();
        column.is_none_or(|column| columns.any(|one| one.name == column))
    })
}

fn column(part: &TableChange) -> Option<&str> {
    match part {
        TableChange::Column(Edit::Drop(column) | Edit::Modify { from: column, .. }) => {
            Some(&column.name)
        }
        _ => None,
    }
}
