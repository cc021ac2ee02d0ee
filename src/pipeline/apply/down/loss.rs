//! What a reverse plan drops or makes narrower, and whether a database has anything in it.

use std::fmt;

use super::reverse::Way;
use crate::dialect::Types;
use crate::dialect::row_count::counting;
use crate::engine::{EngineError, InspectOptions, Session};
use crate::lint::Risk;
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Realm, Schema};

/// The types before and after of a column.
type Narrowed = (String, String);

/// Rows are counted as far as that.
const MOST: u64 = 1000;

/// Something that is dropped or made narrower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `table` or `column`.
    pub kind: &'static str,
    pub name: String,
    pub held: Held,
    /// Those of a column that stays, where the second may not hold every value of the first.
    pub narrowed: Option<Narrowed>,
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
        let Self {
            kind,
            name,
            held,
            narrowed,
        } = self;
        let (one, many) = match *kind {
            "table" => ("row", "rows"),
            _ => ("value", "values"),
        };
        match held {
            Held::Rows(rows, _) if *rows > 0 && narrowed.is_some() => {
                let (from, to) = narrowed.as_ref().map_or(("", ""), |(from, to)| (from, to));
                write!(
                    f,
                    "{kind} {name}: values may be cut or rounded ({from} to {to})"
                )
            }
            Held::Rows(0, _) => write!(f, "{kind} {name} is empty"),
            Held::Rows(1, _) => write!(f, "{kind} {name} has 1 {one}"),
            Held::Rows(rows, false) => write!(f, "{kind} {name} has {rows} {many}"),
            Held::Rows(rows, true) => write!(f, "{kind} {name} has {rows} {many} or more"),
            Held::Unknown(why) => write!(f, "{kind} {name}: its content is unknown: {why}"),
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
        let columns: Vec<(Option<&str>, Option<Narrowed>)> = match change {
            Change::DropTable { .. } => vec![(None, None)],
            Change::ModifyTable(modify) => {
                let parts = modify.changes.iter().zip(&risks.parts);
                parts
                    .filter_map(|(part, risk)| column(part, *risk, way.types))
                    .map(|(column, narrowed)| (Some(column), narrowed))
                    .collect()
            }
            _ => Vec::new(),
        };
        let there = |(column, _): &(Option<&str>, _)| {
            let realm = realm.as_ref();
            realm.is_none_or(|realm| holds(realm, schema, &object.name, *column))
        };
        for (column, narrowed) in columns.into_iter().filter(there) {
            let table = (schema, object.name.as_str());
            let question = counting(table, column, way.quote, MOST);
            let held = match session.column(&question, true).await {
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
                    narrowed,
                },
                Some(column) => Loss {
                    kind: "column",
                    name: format!("{name}.{column}"),
                    held,
                    narrowed,
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

/// The column that a change drops or recreates, or the types of one that becomes narrower.
fn column<'c>(
    part: &'c TableChange,
    risk: Option<Risk>,
    types: &Types,
) -> Option<(&'c str, Option<Narrowed>)> {
    match part {
        TableChange::Column(Edit::Drop(column) | Edit::Modify { from: column, .. })
            if risk == Some(Risk::LosesData) =>
        {
            Some((&column.name, None))
        }
        TableChange::Column(Edit::Modify { from, to })
            if from.ty != to.ty && !types.widens(&from.ty, &to.ty) =>
        {
            let types = (from.ty.to_string(), to.ty.to_string());
            Some((&from.name, Some(types)))
        }
        _ => None,
    }
}

/// What is in schemas that a way drops, and neither it nor the migrations know of; in words. Servers drop that with them.
pub(super) async fn strangers(
    session: &mut dyn Session,
    way: &Way,
) -> Result<Vec<String>, EngineError> {
    let dropped: Vec<&Schema> = way.dropped_schemas().collect();
    if dropped.is_empty() {
        return Ok(Vec::new());
    }
    let realm = session.inspect(&InspectOptions::default()).await?;
    let mut found = Vec::new();
    for dropped in dropped {
        let Some(schema) = realm.schema(&dropped.name) else {
            continue;
        };
        let known = way.known(&dropped.name);
        let tables = schema.tables.iter();
        let tables = tables.map(|table| ("table", table.name.as_str()));
        let texts = schema.texts.iter();
        let texts = texts.map(|text| (text.kind.as_str(), text.name.as_str()));
        let beyond = tables
            .chain(texts)
            .filter(|(_, name)| !known.contains(name));
        found.extend(beyond.map(|(kind, name)| format!("{kind} {}.{name}", dropped.name)));
    }
    Ok(found)
}
