//! The server's catalogue of a state, as far as guards and look-ups ask it: rows of views of `sys` and
//! `INFORMATION_SCHEMA`.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Path, Refusal, Relation};
use crate::schema::{Column, KeyPart, PartExpr, Table};

use super::State;
use super::names::{MARK, same};
use super::store::{Key, Object, constraints};
use super::value::Value;

/// A row: names of columns in lower case.
pub(super) type Row = Vec<(&'static str, Value)>;

/// Values that columns must have for a row to count: others need not be among the rows.
#[derive(Debug, Default)]
pub(super) struct Wanted(pub(super) Vec<(String, Value)>);

impl Wanted {
    fn get(&self, columns: &[&str]) -> Option<&Value> {
        let mut all = self.0.iter();
        all.find(|(column, _)| columns.contains(&&**column))
            .map(|(_, value)| value)
    }

    /// A row with this text in the column may count.
    fn allows(&self, column: &str, text: &str) -> bool {
        match self.get(&[column]) {
            Some(Value::Text(wanted)) => same(wanted.trim_end(), text.trim_end()),
            Some(Value::Null) => false,
            _ => true,
        }
    }
}

/// Columns of a view by which its rows are found without looking at all of them.
pub(super) fn keys_of(relation: &Path) -> &'static [&'static str] {
    let schema = relation.schema.as_deref().unwrap_or_default();
    match relation.name.to_lowercase().as_str() {
        "columns" | "indexes" | "index_columns" if same(schema, "sys") => &["object_id"],
        "foreign_key_columns" => &["parent_object_id"],
        _ if same(schema, "information_schema") => &["table_name"],
        _ => &["object_id", "id", "parent_object_id", "name"],
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn number(value: usize) -> Value {
    Value::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn flag(value: bool) -> Value {
    Value::Number(i64::from(value))
}

impl State {
    /// Objects, as far as they are wanted.
    fn objects(&self, wanted: &Wanted) -> Vec<&Object> {
        match wanted.get(&["object_id", "id"]) {
            Some(Value::Number(id)) => {
                let found = self.store.object_by_id(*id);
                return found.map(|(_, object)| object).into_iter().collect();
            }
            Some(Value::Null) => return Vec::new(),
            _ => {}
        }
        if let Some(Value::Text(name)) = wanted.get(&["name"]) {
            return self.store.objects_named(name.trim_end()).collect();
        }
        if let Some(Value::Number(parent)) = wanted.get(&["parent_object_id"])
            && let Some((key, parent)) = self.store.object_by_id(*parent)
            && let Some(table) = self.store.table(key)
        {
            let names = constraints(table);
            let keys = names.map(|(name, _)| Key::new(&parent.schema, name));
            return keys.filter_map(|key| self.store.object(&key)).collect();
        }
        self.store.objects().collect()
    }

    /// Tables, as far as they are wanted.
    fn wanted_tables(&self, wanted: &Wanted) -> Vec<(&Object, &Table)> {
        let with = |object: &&Object| object.kind == "U";
        let both = |object| {
            let table = self.store.table(&key_of(object))?;
            Some((object, table))
        };
        match (
            wanted.get(&["object_id", "parent_object_id"]),
            wanted.get(&["table_name"]),
        ) {
            (Some(Value::Number(id)), _) => {
                let found = self.store.object_by_id(*id).map(|(_, object)| object);
                found.filter(with).and_then(both).into_iter().collect()
            }
            (Some(Value::Null), _) | (_, Some(Value::Null)) => Vec::new(),
            (_, Some(Value::Text(name))) => {
                let found = self.store.objects_named(name.trim_end());
                found.filter(with).filter_map(both).collect()
            }
            _ => self.store.objects().filter(with).filter_map(both).collect(),
        }
    }

    /// The number of an object, if it is there. The kind is one of `sys.objects`.
    pub(super) fn object_id(&self, path: &Path, kind: Option<&str>) -> Option<i64> {
        let object = self.store.object(&Self::key(path))?;
        let of_kind = kind.is_none_or(|kind| {
            same(kind, object.kind)
                || object.kind == "FN" && ["IF", "TF", "FS", "FT"].iter().any(|one| same(one, kind))
        });
        of_kind.then_some(object.id)
    }

    /// The name of an object by its number.
    pub(super) fn object_name(&self, id: i64) -> Option<String> {
        let (_, object) = self.store.object_by_id(id)?;
        Some(object.name.clone())
    }

    /// The table of a number.
    pub(super) fn table_by_id(&self, id: i64) -> Option<&Table> {
        let (key, _) = self.store.object_by_id(id)?;
        self.store.table(key)
    }

    /// The number of a schema.
    pub(super) fn schema_number(&self, name: &str) -> Value {
        let space = self.store.space(name);
        space.map_or(Value::Null, |space| Value::Number(space.id))
    }

    /// The name of a schema by its number.
    pub(super) fn schema_name(&self, id: i64) -> Option<String> {
        let mut all = self.store.spaces();
        all.find(|space| space.id == id)
            .map(|space| space.name.clone())
    }

    /// Rows of a view of the catalogue: at least those that are wanted.
    pub(super) fn relation(
        &self,
        relation: &Relation,
        wanted: &Wanted,
    ) -> Result<Vec<Row>, Refusal> {
        self.at_home(&relation.name)?;
        let Path { schema, name, .. } = &relation.name;
        let (schema, name) = (
            schema.as_deref().unwrap_or_default().to_lowercase(),
            name.to_lowercase(),
        );
        match (schema.as_str(), name.as_str()) {
            ("sys", "objects") | ("" | "dbo" | "sys", "sysobjects") => {
                Ok(self.object_rows(&[], wanted))
            }
            ("sys", "tables") => Ok(self.object_rows(&["U"], wanted)),
            ("sys", "views") => Ok(self.object_rows(&["V"], wanted)),
            ("sys", "procedures") => Ok(self.object_rows(&["P"], wanted)),
            ("sys", "triggers") => Ok(self.object_rows(&["TR"], wanted)),
            ("sys", "sequences") => Ok(self.object_rows(&["SO"], wanted)),
            ("sys", "synonyms") => Ok(self.object_rows(&["SN"], wanted)),
            ("sys", "key_constraints") => Ok(self.object_rows(&["PK", "UQ"], wanted)),
            ("sys", "foreign_keys") => Ok(self.object_rows(&["F"], wanted)),
            ("sys", "check_constraints") => Ok(self.object_rows(&["C"], wanted)),
            ("sys", "default_constraints") => Ok(self.object_rows(&["D"], wanted)),
            ("sys", "schemas") => Ok(self.schema_rows()),
            ("sys", "columns") => Ok(self.column_rows(wanted)),
            ("sys", "indexes") => Ok(self.index_rows(wanted)),
            ("sys", "index_columns") => Ok(self.index_column_rows(wanted)),
            ("sys", "foreign_key_columns") => Ok(self.foreign_key_column_rows(wanted)),
            ("sys", "types") => Ok(self.type_rows()),
            ("information_schema", "tables") => Ok(self.information_tables(wanted)),
            ("information_schema", "columns") => Ok(self.information_columns(wanted)),
            ("information_schema", "schemata") => Ok(self.information_schemata()),
            (
                "information_schema",
                "table_constraints" | "referential_constraints" | "check_constraints",
            ) => Ok(self.information_constraints(&name, wanted)),
            _ => {
                let message = format!(
                    "what `{}` holds can't be known without a server",
                    relation.name.name
                );
                Err(Refusal::at(0, message)
                    .hint("a migration that looks into rows does not always do the same"))
            }
        }
    }

    fn object_rows(&self, kinds: &[&str], wanted: &Wanted) -> Vec<Row> {
        let all = self.objects(wanted).into_iter();
        all.filter(|object| kinds.is_empty() || kinds.contains(&object.kind))
            .map(|object| self.object_row(object))
            .collect()
    }

    fn object_row(&self, object: &Object) -> Row {
        let mut row: Row = vec![
            ("name", text(&object.name)),
            ("object_id", Value::Number(object.id)),
            ("id", Value::Number(object.id)),
            ("type", text(object.kind)),
            ("xtype", text(object.kind)),
            ("schema_id", self.schema_number(&object.schema)),
            ("is_system_named", flag(object.name.contains(MARK))),
            ("is_ms_shipped", flag(false)),
        ];
        let id = |key: &Key| {
            let found = self.store.object(key);
            found.map_or(Value::Null, |object| Value::Number(object.id))
        };
        let own = Key::new(&object.schema, &object.name);
        if let Some(table) = self.store.table(&own) {
            row.extend(self.temporal_row(table));
        }
        let parent = object.parent.as_ref();
        let Some((key, table)) = parent.and_then(|key| Some((key, self.store.table(key)?))) else {
            row.push(("parent_object_id", number(0)));
            return row;
        };
        row.push(("parent_object_id", id(key)));
        let mut keys_of = table.foreign_keys.iter();
        if let Some(key) = keys_of.find(|key| key.name.as_ref() == Some(&object.name)) {
            row.push(("referenced_object_id", id(&Key::of(&key.ref_table))));
        }
        if let Some(at) = table.columns.iter().position(|column| {
            let default = column.attrs.get(attrs::DEFAULT_NAME);
            default.is_some_and(|name| *name == object.name)
        }) {
            row.push(("parent_column_id", number(at + 1)));
        }
        if let Some(at) = keys(table).position(|key| key.0 == object.name) {
            row.push(("unique_index_id", number(at + 1)));
        }
        row
    }

    fn schema_rows(&self) -> Vec<Row> {
        let all = self.store.spaces();
        all.map(|space| {
            vec![
                ("name", text(&space.name)),
                ("schema_id", Value::Number(space.id)),
            ]
        })
        .collect()
    }

    fn column_rows(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            let default = |column: &Column| {
                let name = column.attrs.get(attrs::DEFAULT_NAME);
                let key = name.map(|name| Key::new(&object.schema, name));
                let found = key.and_then(|key| self.store.object(&key));
                Value::Number(found.map_or(0, |object| object.id))
            };
            let columns = table.columns.iter().enumerate();
            for (at, column) in columns.filter(|(_, one)| wanted.allows("name", &one.name)) {
                rows.push(vec![
                    ("object_id", Value::Number(object.id)),
                    ("name", text(&column.name)),
                    ("column_id", number(at + 1)),
                    ("is_nullable", flag(column.nullable)),
                    ("is_identity", flag(column.identity.is_some())),
                    ("is_computed", flag(column.generated.is_some())),
                    ("default_object_id", default(column)),
                ]);
            }
        }
        rows
    }

    fn index_rows(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            let all = keys(table).enumerate();
            for (at, (name, ..)) in all.filter(|(_, (name, ..))| wanted.allows("name", name)) {
                let unique = table
                    .indexes
                    .iter()
                    .find(|index| index.name == name)
                    .is_none_or(|index| index.unique);
                let primary = table
                    .primary_key
                    .as_ref()
                    .is_some_and(|key| key.name.as_deref() == Some(name));
                rows.push(vec![
                    ("object_id", Value::Number(object.id)),
                    ("name", text(name)),
                    ("index_id", number(at + 1)),
                    ("is_unique", flag(unique)),
                    ("is_primary_key", flag(primary)),
                ]);
            }
        }
        rows
    }

    fn index_column_rows(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            for (at, (_, parts, include)) in keys(table).enumerate() {
                let own = parts.iter().filter_map(|part| match &part.on {
                    PartExpr::Column(name) => Some((name, false)),
                    PartExpr::Expr(_) => None,
                });
                let all = own.chain(include.iter().map(|name| (name, true)));
                for (place_in_key, (name, carried)) in all.enumerate() {
                    let place = table.columns.iter().position(|column| column.name == *name);
                    rows.push(vec![
                        ("object_id", Value::Number(object.id)),
                        ("index_id", number(at + 1)),
                        ("column_id", place.map_or(Value::Null, |at| number(at + 1))),
                        ("is_included_column", flag(carried)),
                        (
                            "key_ordinal",
                            number(if carried { 0 } else { place_in_key + 1 }),
                        ),
                    ]);
                }
            }
        }
        rows
    }

    fn foreign_key_column_rows(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            for key in &table.foreign_keys {
                let path = Path {
                    database: None,
                    schema: Some(object.schema.clone()),
                    name: key.name.clone().unwrap_or_default(),
                };
                let own = self
                    .object_id(&path, Some("F"))
                    .map_or(Value::Null, Value::Number);
                let there = self.store.table(&Key::of(&key.ref_table));
                for (column, referenced) in key.columns.iter().zip(&key.ref_columns) {
                    let to = there
                        .and_then(|one| one.columns.iter().position(|one| one.name == *referenced));
                    let at = table.columns.iter().position(|other| other.name == *column);
                    rows.push(vec![
                        ("constraint_object_id", own.clone()),
                        ("parent_object_id", Value::Number(object.id)),
                        (
                            "parent_column_id",
                            at.map_or(Value::Null, |at| number(at + 1)),
                        ),
                        (
                            "referenced_column_id",
                            to.map_or(Value::Null, |at| number(at + 1)),
                        ),
                    ]);
                }
            }
        }
        rows
    }

    fn type_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (space, one) in self.store.types() {
            rows.push(vec![
                ("name", text(&one.name)),
                ("schema_id", Value::Number(space.id)),
                ("is_user_defined", flag(true)),
                (
                    "is_table_type",
                    flag(one.definition.to_uppercase().contains(" AS TABLE")),
                ),
            ]);
        }
        rows
    }

    fn information_tables(&self, wanted: &Wanted) -> Vec<Row> {
        let named = match wanted.get(&["table_name"]) {
            Some(name) => Wanted(vec![("name".to_owned(), name.clone())]),
            None => Wanted::default(),
        };
        let all = self.objects(&named).into_iter();
        let all = all.filter_map(|object| {
            let kind = match object.kind {
                "U" => "BASE TABLE",
                "V" => "VIEW",
                _ => return None,
            };
            Some(vec![
                ("table_schema", text(&object.schema)),
                ("table_name", text(&object.name)),
                ("table_type", text(kind)),
            ])
        });
        all.collect()
    }

    fn information_columns(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            let columns = table.columns.iter();
            for column in columns.filter(|one| wanted.allows("column_name", &one.name)) {
                rows.push(vec![
                    ("table_schema", text(&object.schema)),
                    ("table_name", text(&object.name)),
                    ("column_name", text(&column.name)),
                    ("data_type", text(&column.ty.base)),
                    (
                        "is_nullable",
                        text(if column.nullable { "YES" } else { "NO" }),
                    ),
                ]);
            }
        }
        rows
    }

    fn information_schemata(&self) -> Vec<Row> {
        let all = self.store.spaces();
        all.map(|space| vec![("schema_name", text(&space.name))])
            .collect()
    }

    fn information_constraints(&self, view: &str, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        for (object, table) in self.wanted_tables(wanted) {
            for (name, kind) in constraints(table) {
                if !wanted.allows("constraint_name", name) {
                    continue;
                }
                let said = match kind {
                    "PK" => "PRIMARY KEY",
                    "UQ" => "UNIQUE",
                    "F" => "FOREIGN KEY",
                    "C" => "CHECK",
                    _ => continue,
                };
                let shown = match view {
                    "referential_constraints" => kind == "F",
                    "check_constraints" => kind == "C",
                    _ => true,
                };
                if shown {
                    rows.push(vec![
                        ("constraint_schema", text(&object.schema)),
                        ("constraint_name", text(name)),
                        ("table_schema", text(&object.schema)),
                        ("table_name", text(&object.name)),
                        ("constraint_type", text(said)),
                    ]);
                }
            }
        }
        rows
    }
}

/// Where an object is.
fn key_of(object: &Object) -> Key {
    Key::new(&object.schema, &object.name)
}

/// The indexes of a table, those of its keys first: names, parts, and columns that are carried along.
fn keys(table: &Table) -> impl Iterator<Item = (&str, &[KeyPart], &[String])> {
    let primary = table
        .primary_key
        .iter()
        .map(|key| (key.name.as_deref(), &key.parts));
    let uniques = table
        .uniques
        .iter()
        .map(|key| (key.name.as_deref(), &key.parts));
    let own = primary
        .chain(uniques)
        .map(|(name, parts)| (name.unwrap_or_default(), &parts[..], &[][..]));
    let indexes = table.indexes.iter();
    own.chain(indexes.map(|index| (index.name.as_str(), &index.parts[..], &index.include[..])))
}
