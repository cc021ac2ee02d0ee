//! What is left to the migrations: the one rule for all kinds of objects.
//!
//! A kind is the models' from the first statement that creates one, or where the settings say so. Of every other kind the
//! desired state has what the current one has, so that nothing differs and no plan takes it away. Tables and what belongs
//! to them are the models' in any case, and so are enumerated types: one that the models don't make stays only where their
//! tables, or definitions that are kept as text, use it as a type. What models can't say of a table is its dialect's matter
//! ([`Dialect::adopt`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Keyed as _, goes, gone};
use crate::dialect::Dialect;
use crate::schema::{Attrs, ObjectName, Realm, Schema, TextObject};
use crate::sql::object::{Created, created, has, short_names, without_arguments};
use crate::sql::type_use::uses_type;
use crate::sql::{Rules, Statement, has_word};

/// What built a desired state that is not a database, and so says only what it says.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// The SQL.
    pub statements: &'a [Statement],
    /// Kinds of objects that are the models' even where no statement creates one.
    pub own: &'a [String],
    /// It was run on what the migrations make besides the models' own.
    pub seeded: bool,
}

/// Objects of one kind, or tables with a setting of one kind, that are left to the migrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What they are, as inspections call it, or the setting.
    pub kind: String,
    /// Their full names, sorted.
    pub names: Vec<String>,
}

/// Names of a kind that are said.
const SAID: usize = 3;

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = &self.names[..self.names.len().min(SAID)];
        let more = if self.names.len() > SAID { ", …" } else { "" };
        write!(
            f,
            "{} ({}): {}{more}",
            self.kind,
            self.names.len(),
            said.join(", ")
        )
    }
}

/// Takes over into the desired state what its SQL does not speak of, unless it goes with a table that the models don't have
/// any more.
pub(super) fn leave(
    dialect: &dyn Dialect,
    current: &Realm,
    desired: &mut Realm,
    scoped: bool,
    spoken: &Spoken<'_>,
) -> Vec<Left> {
    let rules = &dialect.profile().scan.rules;
    let mut leaving = Leaving {
        models: Models::of(spoken, rules),
        tables: spoken.seeded.then(|| Said::of(desired)),
        bundled: dialect.profile().errors.bundled,
        scoped,
        kept: Kept::default(),
        left: BTreeMap::new(),
    };
    leaving.kept = leaving.kept(current, desired);
    let said: Vec<Vec<Attrs>> = desired.schemas.iter().map(settings).collect();
    dialect.adopt(current, desired, spoken.statements);
    for (schema, said) in desired.schemas.iter().zip(said) {
        let from = current.schema(&schema.name);
        leaving.settings(from, schema, &said);
    }
    leaving.texts(None, &current.texts, &mut desired.texts);
    for from in &current.schemas {
        let name = from.name.as_str();
        let there = desired.schema(name).is_some();
        let mut header = from.header();
        let to = desired
            .schemas
            .iter_mut()
            .find(|schema| schema.name == name);
        let to = to.unwrap_or(&mut header);
        leaving.texts(Some(name), &from.texts, &mut to.texts);
        leaving.sequences(dialect, from, to);
        leaving.enums(from, to, rules);
        if !there && (!leaving.models.speak_of("schema") || *to != to.header()) {
            leaving.note("schema", None, &[name]);
            desired.schemas.push(header);
        }
    }
    desired.schemas.sort_by(|a, b| a.name.cmp(&b.name));
    leaving.done()
}

/// What models speak of.
struct Models<'a> {
    created: Vec<Created>,
    own: &'a [String],
    seeded: bool,
}

impl<'a> Models<'a> {
    fn of(spoken: &Spoken<'a>, rules: &Rules) -> Self {
        let statements = spoken.statements.iter();
        Self {
            created: statements
                .flat_map(|statement| created(&statement.text, rules))
                .collect(),
            own: spoken.own,
            seeded: spoken.seeded,
        }
    }

    fn speak_of(&self, kind: &str) -> bool {
        let whole = kind.replace(' ', "_");
        let means = |word: &String| *word == whole || short_names(kind).contains(&word.as_str());
        self.created.iter().any(|made| made.kind == kind) || self.own.iter().any(means)
    }
}

/// What the desired state has in the end of the objects that are kept as text.
#[derive(Default)]
struct Kept {
    /// The migrations' own of these, by schema.
    own: Vec<(Option<String>, TextObject)>,
    /// The definitions of all, the models' included, each with its object's name.
    definitions: Vec<(String, String)>,
}

impl Kept {
    fn push(&mut self, object: &TextObject) {
        let name = without_arguments(&object.name).to_owned();
        self.definitions.push((name, object.definition.clone()));
    }

    /// Whether the definition of something else has the name: another overload, or a view of that name in another schema,
    /// speaks of itself.
    fn name(&self, name: &str) -> bool {
        let mut others = self.definitions.iter().filter(|(own, _)| own != name);
        others.any(|(_, text)| has_word(text, name))
    }
}

struct Leaving<'a> {
    models: Models<'a>,
    /// What the models say in their tables, where the state was built on the migrations' own objects.
    tables: Option<Said>,
    /// Names that extensions bring along, and those extensions.
    bundled: &'a [(&'a str, &'a str)],
    scoped: bool,
    kept: Kept,
    left: BTreeMap<String, BTreeSet<String>>,
}

impl Leaving<'_> {
    /// What was taken over into tables.
    fn settings(&mut self, from: Option<&Schema>, schema: &Schema, said: &[Attrs]) {
        let old = |name: &str| from.is_some_and(|from| from.table(name).is_some());
        let tables = schema.tables.iter().zip(said);
        for (table, said) in tables.filter(|(table, _)| old(&table.name)) {
            let taken = table
                .attrs
                .iter()
                .filter(|(key, value)| said.get(*key) != Some(value));
            for (key, _) in taken {
                self.note(
                    &key.replace(['_', ':'], " "),
                    Some(&schema.name),
                    &[&table.name],
                );
            }
        }
    }

    /// What stays: what the models make, what they don't speak of, and what one of these depends on.
    fn kept(&self, current: &Realm, desired: &Realm) -> Kept {
        let mut kept = Kept::default();
        let mut others = Vec::new();
        let nothing = Schema::default();
        let to = |from: &Schema| desired.schema(&from.name).unwrap_or(&nothing);
        let schemas = current.schemas.iter();
        let schemas = schemas.map(|from| {
            let name = Some(from.name.as_str());
            (
                name,
                &from.texts[..],
                &to(from).texts[..],
                gone(from, to(from)),
            )
        });
        let outside = (
            None,
            &current.texts[..],
            &desired.texts[..],
            BTreeSet::new(),
        );
        for (schema, from, to, gone) in std::iter::once(outside).chain(schemas) {
            let (seeds, made): (Vec<_>, Vec<_>) = to
                .iter()
                .partition(|object| self.is_seed(schema, object, from));
            made.iter().for_each(|object| kept.push(object));
            let speak_of = |kind: &str| {
                made.iter().any(|object| object.kind == kind) || self.models.speak_of(kind)
            };
            for object in from.iter().filter(|object| !goes(object, &gone)) {
                if !speak_of(&object.kind) {
                    kept.push(object);
                    kept.own.push((schema.map(str::to_owned), object.clone()));
                } else if made.iter().all(|made| made.key() != object.key()) {
                    let seed = seeds.iter().any(|seed| same(seed, object));
                    others.push((schema.map(str::to_owned), object.clone(), seed));
                }
            }
        }
        loop {
            let (found, rest): (Vec<_>, Vec<_>) = others
                .into_iter()
                .partition(|(_, object, seed)| self.leaned_on(&kept, object, *seed));
            if found.is_empty() {
                return kept;
            }
            for (schema, object, _) in found {
                kept.push(&object);
                kept.own.push((schema, object));
            }
            others = rest;
        }
    }

    /// Whether something needs what the models don't make although they make others of its kind. A `seed` was there when
    /// their SQL was run.
    fn leaned_on(&self, kept: &Kept, object: &TextObject, seed: bool) -> bool {
        if object.kind == "extension" {
            let mut brought = self.bundled.iter().filter(|(_, by)| *by == object.name);
            // What nothing depends on was removed from the seeds.
            return seed || brought.any(|(name, _)| kept.name(name));
        }
        let name = without_arguments(&object.name);
        seed && self.needs(name) || object.table.is_none() && kept.name(name)
    }

    /// It is in the desired state since that was built on it, and not since the models make it.
    fn is_seed(&self, schema: Option<&str>, object: &TextObject, current: &[TextObject]) -> bool {
        let models = &self.models;
        let place = schema.filter(|_| !self.scoped);
        let made = has(&models.created, &object.kind, place, &object.name);
        models.seeded && !made && current.iter().any(|other| same(other, object))
    }

    /// Gives the desired state of one place those objects that are left to the current one.
    fn texts(&mut self, schema: Option<&str>, current: &[TextObject], to: &mut Vec<TextObject>) {
        to.retain(|object| !self.is_seed(schema, object, current));
        let own = self.kept.own.iter();
        let here = own.filter(|(place, _)| place.as_deref() == schema);
        let left: Vec<TextObject> = here.map(|(_, object)| object.clone()).collect();
        for object in &left {
            let table = object
                .table
                .as_deref()
                .filter(|table| *table != object.name);
            let name: Vec<&str> = table.into_iter().chain([object.name.as_str()]).collect();
            self.note(&object.kind, schema, &name);
        }
        to.extend(left);
        to.sort();
    }

    /// A sequence that a column takes over is not a sequence of its own any more.
    fn sequences(&mut self, dialect: &dyn Dialect, from: &Schema, to: &mut Schema) {
        let models = &self.models;
        let place = (!self.scoped).then_some(from.name.as_str());
        let seeded = |name: &str| {
            let same = from.sequences.iter().any(|other| other.name == name);
            models.seeded && same && !has(&models.created, "sequence", place, name)
        };
        let (seeds, made): (Vec<_>, Vec<_>) = std::mem::take(&mut to.sequences)
            .into_iter()
            .partition(|sequence| seeded(&sequence.name));
        let speak_of = models.speak_of("sequence") || !made.is_empty();
        let taken: BTreeSet<String> = to
            .tables
            .iter()
            .flat_map(|table| {
                let numbered = table.columns.iter().filter(|column| column.auto_increment);
                let new = numbered.filter(|column| {
                    let before = from.table(&table.name);
                    let before = before.and_then(|before| before.column(&column.name));
                    before.is_none_or(|before| !before.auto_increment)
                });
                new.filter_map(|column| dialect.numbered_by(&table.name, &column.name))
            })
            .collect();
        let left = from.sequences.iter().filter(|sequence| match speak_of {
            true => {
                let seed = seeds.iter().any(|seed| seed.name == sequence.name);
                seed && self.needs(&sequence.name) || self.kept.name(&sequence.name)
            }
            false => !taken.contains(&sequence.name),
        });
        let left: Vec<_> = left.cloned().collect();
        for sequence in &left {
            self.note("sequence", Some(&from.name), &[&sequence.name]);
        }
        to.sequences = made;
        to.sequences.extend(left);
        to.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// An enumerated type that the models don't make stays where they use it, or what is left to the migrations does.
    fn enums(&mut self, from: &Schema, to: &mut Schema, rules: &Rules) {
        let models = &self.models;
        let place = (!self.scoped).then_some(from.name.as_str());
        let seeded = |name: &str| {
            let same = from.enums.iter().any(|other| other.name == name);
            models.seeded && same && !has(&models.created, "enum", place, name)
        };
        to.enums.retain(|value| !seeded(&value.name));
        let used = |name: &str| {
            let mut tables = self.tables.iter();
            tables.any(|tables| tables.use_type(&from.name, name, rules))
                || self
                    .kept
                    .definitions
                    .iter()
                    .any(|(_, text)| uses_type(text, (&from.name, name), rules))
        };
        let made = |name: &str| to.enums.iter().any(|value| value.name == name);
        let left = from
            .enums
            .iter()
            .filter(|value| !made(&value.name) && used(&value.name));
        let left: Vec<_> = left.cloned().collect();
        for value in &left {
            self.note("enum", Some(&from.name), &[&value.name]);
        }
        to.enums.extend(left);
        to.enums.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Whether the models' tables name it; only asked where they may need what they don't make.
    fn needs(&self, name: &str) -> bool {
        let tables = self.tables.as_ref();
        tables.is_some_and(|tables| tables.values.iter().any(|value| has_word(value, name)))
    }

    fn note(&mut self, kind: &str, schema: Option<&str>, name: &[&str]) {
        let schema = schema.filter(|_| !self.scoped);
        let name: Vec<&str> = schema.into_iter().chain(name.iter().copied()).collect();
        let names = self.left.entry(kind.to_owned()).or_default();
        names.insert(name.join("."));
    }

    fn done(self) -> Vec<Left> {
        let left = self.left.into_iter();
        left.map(|(kind, names)| Left {
            kind,
            names: names.into_iter().collect(),
        })
        .collect()
    }
}

/// Both are one object. Taking tables out may have changed what is left, but what belongs to one went with it.
fn same(a: &TextObject, b: &TextObject) -> bool {
    a.key() == b.key() && (a.table.is_none() || a.definition == b.definition)
}

fn settings(schema: &Schema) -> Vec<Attrs> {
    let tables = schema.tables.iter();
    tables.map(|table| table.attrs.clone()).collect()
}

/// What tables say.
struct Said {
    /// Names, types and expressions; no comments.
    values: BTreeSet<String>,
    /// User-defined types of columns.
    types: BTreeSet<ObjectName>,
}

impl Said {
    fn of(realm: &Realm) -> Self {
        let tables = || realm.schemas.iter().flat_map(|schema| &schema.tables);
        let columns = tables().flat_map(|table| &table.columns);
        let mut values = BTreeSet::new();
        for table in tables() {
            gather(serde_json::to_value(table).unwrap_or_default(), &mut values);
        }
        Self {
            values,
            types: columns
                .filter_map(|column| column.ty.user.clone())
                .collect(),
        }
    }

    fn use_type(&self, schema: &str, name: &str, rules: &Rules) -> bool {
        let mut values = self.values.iter();
        self.types.contains(&ObjectName::new(schema, name))
            || values.any(|value| uses_type(value, (schema, name), rules))
    }
}

fn gather(value: Value, values: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            values.insert(text);
        }
        Value::Array(all) => all.into_iter().for_each(|value| gather(value, values)),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(key, _)| key != "comment");
            fields.for_each(|(_, value)| gather(value, values));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, EnumType, Table};

    /// The enumerated types that are left to migrations.
    fn left(tables: Vec<Table>, texts: &[&str], enums: &[&str]) -> Vec<String> {
        let of = |name: &&str| EnumType {
            name: (*name).to_owned(),
            ..EnumType::default()
        };
        let schema = |tables, enums| Schema {
            name: "app".into(),
            tables,
            enums,
            ..Schema::default()
        };
        let from = schema(Vec::new(), enums.iter().map(of).collect());
        let mut to = schema(tables, Vec::new());
        let realm = Realm {
            schemas: vec![to.clone()],
            ..Realm::default()
        };
        let spoken = Spoken {
            statements: &[],
            own: &[],
            seeded: true,
        };
        let rules = &Rules::GENERIC;
        let mut leaving = Leaving {
            models: Models::of(&spoken, rules),
            tables: Some(Said::of(&realm)),
            bundled: &[],
            scoped: false,
            kept: Kept {
                own: Vec::new(),
                definitions: texts
                    .iter()
                    .map(|text| (String::new(), (*text).to_owned()))
                    .collect(),
            },
            left: BTreeMap::new(),
        };
        leaving.enums(&from, &mut to, rules);
        to.enums.into_iter().map(|value| value.name).collect()
    }

    #[test]
    fn enums_stay_where_they_are_a_type() {
        let enums = ["base", "kind", "mood", "name", "rank", "status"];
        let mut typed = Column::plain("a", "mood", true);
        typed.ty.user = Some(ObjectName::new("app", "mood"));
        let mut rank = Column::plain("b", "text", true);
        rank.default = Some("('a'::app.rank)::text".into());
        let mut status = Column::plain("status", "text", true);
        status.comment = Some("the order status".into());
        let table = Table {
            name: "t".into(),
            columns: vec![typed, rank, status],
            ..Table::default()
        };
        assert_eq!(left(vec![table], &[], &enums), ["mood", "rank"]);
        let view = "SELECT id, status, 'kind' AS kind FROM app.u";
        let function = "CREATE FUNCTION app.f(x app.base) RETURNS integer";
        assert_eq!(left(Vec::new(), &[view, function], &enums), ["base"]);
    }

    #[test]
    fn what_tables_say_are_no_field_names() {
        let realm = Realm {
            schemas: vec![Schema {
                tables: vec![Table {
                    name: "t".into(),
                    columns: vec![Column::plain("a", "text", true)],
                    ..Table::default()
                }],
                ..Schema::default()
            }],
            ..Realm::default()
        };
        let values: Vec<String> = Said::of(&realm).values.into_iter().collect();
        assert_eq!(values, ["a", "t", "text"]);
    }
}
