//! What Alembic's `env.py` leaves out of a comparison by `include_object` and `include_name`: they are asked about what
//! differs, once both states are known.

use serde::{Deserialize, Serialize};

use super::{program, read};
use crate::desired::ProviderOptions;
use crate::desired::provider::{self, About, ProviderError};
use crate::engine::exclude::pattern_for_part;
use crate::schema::{Realm, Table};

/// The filters of one `env.py`, and how they are asked.
#[derive(Debug)]
pub struct Filters {
    pub(super) about: About,
    /// Of the interpreter, before the program.
    pub(super) args: Vec<String>,
    /// For the models and one server.
    pub(super) request: String,
    pub(super) options: ProviderOptions,
}

/// A table that the filters are asked about.
#[derive(Debug, Serialize)]
pub struct Asked<'a> {
    /// `None` where there is one schema only, as models name none then.
    schema: Option<&'a str>,
    name: &'a str,
    /// The migrations have it.
    there: bool,
    parts: Vec<AskedPart<'a>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct AskedPart<'a> {
    kind: &'static str,
    name: &'a str,
    there: bool,
}

/// What they leave out: a table, or a part of one.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct LeftOut {
    schema: Option<String>,
    table: String,
    kind: String,
    name: String,
}

/// A kind of parts as Alembic calls it, and as a pattern of `exclude` does.
pub const KINDS: [(&str, &str); 4] = [
    ("column", "column"),
    ("index", "index"),
    ("unique_constraint", "unique"),
    ("foreign_key_constraint", "fk"),
];

/// Bytes of questions that one command line carries: systems allow about four times as many.
const PORTION: usize = 512 << 10;

impl Filters {
    /// Patterns for what they leave out of these two states.
    pub(in crate::desired) async fn left_out(
        &self,
        current: &Realm,
        desired: &Realm,
        scoped: bool,
    ) -> Result<Vec<String>, Box<ProviderError>> {
        let asked = differing(current, desired, scoped);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let json = |table: &Asked<'_>| serde_json::to_string(table).unwrap_or_default();
        let asked: Vec<String> = asked.iter().map(json).collect();
        let mut patterns = Vec::new();
        let mut rest = &asked[..];
        while !rest.is_empty() {
            let mut bytes = 0;
            let portion = rest.iter().take_while(|one| {
                bytes += one.len();
                bytes <= PORTION
            });
            let (now, later) = rest.split_at(portion.count().max(1));
            rest = later;
            let own = ["-c".to_owned(), program(), self.request.clone()];
            let args = [&self.args[..], &own, now].concat();
            let running = provider::run(self.about.clone(), &args, &self.options)?;
            let (about, ended, _) = running.ended().await?;
            let found = read(&about, ended)?.left_out;
            patterns.extend(found.iter().map(LeftOut::pattern));
        }
        Ok(patterns)
    }
}

impl LeftOut {
    fn pattern(&self) -> String {
        let part = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        let part = part.map(|(_, selector)| (*selector, self.name.as_str()));
        let pattern = pattern_for_part(self.schema.as_deref(), &self.table, part);
        tracing::info!(pattern, "Alembic's env.py leaves it out");
        pattern
    }
}

impl Asked<'_> {
    /// Tables that a database has and the migrations do not make so, with the parts that it alone has.
    pub fn of<'a>(database: &'a Realm, migrations: &'a Realm, scoped: bool) -> Vec<Asked<'a>> {
        let mut asked = differing(database, migrations, scoped);
        asked.retain_mut(|table| {
            table.parts.retain(|part| part.there);
            table.there
        });
        asked
    }
}

/// The tables that are not the same in both states, with those of their parts that are not.
fn differing<'a>(current: &'a Realm, desired: &'a Realm, scoped: bool) -> Vec<Asked<'a>> {
    let tables = |realm: &'a Realm| {
        let schemas = realm.schemas.iter();
        schemas.flat_map(|schema| {
            schema
                .tables
                .iter()
                .map(move |table| (&*schema.name, table))
        })
    };
    let find = |realm: &'a Realm, schema: &str, name: &str| {
        tables(realm)
            .find(|(of, table)| (scoped || *of == schema) && table.name == name)
            .map(|(_, table)| table)
    };
    let schema = |name: &'a str| Some(name).filter(|_| !scoped);
    let mut asked = Vec::new();
    for (of, table) in tables(current) {
        let other = find(desired, of, &table.name);
        if other != Some(table) {
            asked.push(Asked {
                schema: schema(of),
                name: &table.name,
                there: true,
                parts: parts(Some(table), other),
            });
        }
    }
    for (of, table) in tables(desired) {
        if find(current, of, &table.name).is_none() {
            asked.push(Asked {
                schema: schema(of),
                name: &table.name,
                there: false,
                parts: parts(None, Some(table)),
            });
        }
    }
    asked
}

/// The parts that only one of two tables has, or that are not the same in both; none of a table that is to go.
fn parts<'a>(current: Option<&'a Table>, desired: Option<&'a Table>) -> Vec<AskedPart<'a>> {
    let Some(desired) = desired else {
        return Vec::new();
    };
    let old = current.map(named).unwrap_or_default();
    let new = named(desired);
    let part = |there: bool| {
        move |(kind, name, _): &(&'static str, &'a str, String)| AskedPart { kind, name, there }
    };
    let is_in = |all: &[(&str, &str, String)], one: &(&str, &str, String)| {
        all.iter().any(|other| (other.0, other.1) == (one.0, one.1))
    };
    let gone_or_changed = old.iter().filter(|one| !new.contains(one)).map(part(true));
    let added = new.iter().filter(|one| !is_in(&old, one)).map(part(false));
    gone_or_changed.chain(added).collect()
}

/// The parts of a table that have a name: their kind as Alembic calls it, the name, and what they are.
fn named(table: &Table) -> Vec<(&'static str, &str, String)> {
    let [(column, _), (index, _), (unique, _), (key, _)] = KINDS;
    let columns = table.columns.iter();
    let columns = columns.map(|one| (column, one.name.as_str(), format!("{one:?}")));
    let indexes = table.indexes.iter();
    let indexes = indexes.map(|one| (index, one.name.as_str(), format!("{one:?}")));
    let uniques = table.uniques.iter();
    let uniques =
        uniques.filter_map(|one| Some((unique, one.name.as_deref()?, format!("{one:?}"))));
    let keys = table.foreign_keys.iter();
    let keys = keys.filter_map(|one| Some((key, one.name.as_deref()?, format!("{one:?}"))));
    columns.chain(indexes).chain(uniques).chain(keys).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Schema};

    #[test]
    fn only_what_differs_is_asked_about() {
        let realm = |tables: &[(&str, &[&str])]| Realm {
            schemas: vec![Schema {
                name: "public".into(),
                tables: tables
                    .iter()
                    .map(|(name, columns)| Table {
                        name: (*name).into(),
                        columns: columns
                            .iter()
                            .map(|name| Column {
                                name: (*name).into(),
                                ..Column::default()
                            })
                            .collect(),
                        ..Table::default()
                    })
                    .collect(),
                ..Schema::default()
            }],
            ..Realm::default()
        };
        let current = realm(&[("same", &["id"]), ("old", &["id"]), ("both", &["id", "a"])]);
        let desired = realm(&[("same", &["id"]), ("both", &["id", "b"]), ("new", &["id"])]);
        let asked = differing(&current, &desired, true);
        let shown: Vec<String> = asked
            .iter()
            .map(|table| serde_json::to_string(table).unwrap())
            .collect();
        assert_eq!(
            shown,
            [
                r#"{"schema":null,"name":"old","there":true,"parts":[]}"#,
                r#"{"schema":null,"name":"both","there":true,"parts":[{"kind":"column","name":"a","there":true},{"kind":"column","name":"b","there":false}]}"#,
                r#"{"schema":null,"name":"new","there":false,"parts":[{"kind":"column","name":"id","there":false}]}"#,
            ]
        );
        let asked = differing(&current, &desired, false);
        assert!(asked.iter().all(|table| table.schema == Some("public")));
        assert!(differing(&current, &current, true).is_empty());
    }
}
