//! The server's catalogue of a state, as far as guards and look-ups ask it: rows of views of `sys` and
//! `INFORMATION_SCHEMA`.

use std::collections::BTreeMap;

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Path, Refusal, Relation};
use crate::schema::{KeyPart, ObjectName, PartExpr, Table};

use super::names::{MARK, same};
use super::value::Value;
use super::{DEFAULT_SCHEMA, State};

/// A row: names of columns in lower case.
pub(super) type Row = Vec<(&'static str, Value)>;

/// An object of the database.
struct Object<'a> {
    name: &'a str,
    schema: &'a str,
    /// As `sys.objects.type` has it.
    kind: &'static str,
    parent: Option<&'a Table>,
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
    fn objects(&self) -> Vec<Object<'_>> {
        let mut found = Vec::new();
        for schema in &self.realm.schemas {
            let mut push = |name, kind, parent| {
                found.push(Object {
                    name,
                    schema: &schema.name,
                    kind,
                    parent,
                });
            };
            for table in &schema.tables {
                push(&table.name, "U", None);
                let named = |name: &'_ Option<String>| name.is_some();
                for key in table.primary_key.iter().filter(|key| named(&key.name)) {
                    push(key.name.as_deref().unwrap_or_default(), "PK", Some(table));
                }
                for key in table.uniques.iter().filter(|key| named(&key.name)) {
                    push(key.name.as_deref().unwrap_or_default(), "UQ", Some(table));
                }
                for key in table.foreign_keys.iter().filter(|key| named(&key.name)) {
                    push(key.name.as_deref().unwrap_or_default(), "F", Some(table));
                }
                for check in table.checks.iter().filter(|check| named(&check.name)) {
                    push(check.name.as_deref().unwrap_or_default(), "C", Some(table));
                }
                for column in &table.columns {
                    if let Some(name) = column.attrs.get(attrs::DEFAULT_NAME) {
                        push(name, "D", Some(table));
                    }
                }
            }
            for sequence in &schema.sequences {
                push(&sequence.name, "SO", None);
            }
            for one in schema.texts.iter().filter(|one| one.kind != "type") {
                let kind = match one.kind.as_str() {
                    "view" => "V",
                    "procedure" => "P",
                    "trigger" => "TR",
                    "synonym" => "SN",
                    // What kind of function it is, its text alone tells.
                    _ => "FN",
                };
                push(&one.name, kind, None);
            }
        }
        found
    }

    fn schema_id(&self, name: &str) -> Option<usize> {
        self.realm
            .schemas
            .iter()
            .position(|schema| same(&schema.name, name))
            .map(|at| at + 1)
    }

    /// The number of an object, if it is there. The kind is one of `sys.objects`.
    pub(super) fn object_id(&self, path: &Path, kind: Option<&str>) -> Option<i64> {
        let schema = path.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let at = self.objects().iter().position(|object| {
            let of_kind = kind.is_none_or(|kind| {
                same(kind, object.kind)
                    || object.kind == "FN"
                        && ["IF", "TF", "FS", "FT"].iter().any(|one| same(one, kind))
            });
            same(object.name, &path.name) && same(object.schema, schema) && of_kind
        })?;
        i64::try_from(at + 1).ok()
    }

    /// The name of an object by its number.
    pub(super) fn object_name(&self, id: i64) -> Option<String> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        self.objects().get(at).map(|object| object.name.to_owned())
    }

    /// The table of a number.
    pub(super) fn table_by_id(&self, id: i64) -> Option<(ObjectName, &Table)> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        let objects = self.objects();
        let object = objects.get(at).filter(|object| object.kind == "U")?;
        let path = Path {
            database: None,
            schema: Some(object.schema.to_owned()),
            name: object.name.to_owned(),
        };
        self.find_table(&path)
    }

    /// The number of a schema.
    pub(super) fn schema_number(&self, name: &str) -> Value {
        self.schema_id(name).map_or(Value::Null, number)
    }

    /// The name of a schema by its number.
    pub(super) fn schema_name(&self, id: i64) -> Option<String> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        self.realm.schemas.get(at).map(|schema| schema.name.clone())
    }

    /// All rows of a view of the catalogue.
    pub(super) fn relation(&self, relation: &Relation) -> Result<Vec<Row>, Refusal> {
        self.at_home(&relation.name)?;
        let Path { schema, name, .. } = &relation.name;
        let (schema, name) = (
            schema.as_deref().unwrap_or_default().to_lowercase(),
            name.to_lowercase(),
        );
        match (schema.as_str(), name.as_str()) {
            ("sys", "objects") | ("" | "dbo" | "sys", "sysobjects") => Ok(self.object_rows(&[])),
            ("sys", "tables") => Ok(self.object_rows(&["U"])),
            ("sys", "views") => Ok(self.object_rows(&["V"])),
            ("sys", "procedures") => Ok(self.object_rows(&["P"])),
            ("sys", "triggers") => Ok(self.object_rows(&["TR"])),
            ("sys", "sequences") => Ok(self.object_rows(&["SO"])),
            ("sys", "synonyms") => Ok(self.object_rows(&["SN"])),
            ("sys", "key_constraints") => Ok(self.object_rows(&["PK", "UQ"])),
            ("sys", "foreign_keys") => Ok(self.object_rows(&["F"])),
            ("sys", "check_constraints") => Ok(self.object_rows(&["C"])),
            ("sys", "default_constraints") => Ok(self.object_rows(&["D"])),
            ("sys", "schemas") => Ok(self.schema_rows()),
            ("sys", "columns") => Ok(self.column_rows()),
            ("sys", "indexes") => Ok(self.index_rows()),
            ("sys", "index_columns") => Ok(self.index_column_rows()),
            ("sys", "foreign_key_columns") => Ok(self.foreign_key_column_rows()),
            ("sys", "types") => Ok(self.type_rows()),
            ("information_schema", "tables") => Ok(self.information_tables()),
            ("information_schema", "columns") => Ok(self.information_columns()),
            ("information_schema", "schemata") => Ok(self.information_schemata()),
            (
                "information_schema",
                "table_constraints" | "referential_constraints" | "check_constraints",
            ) => Ok(self.information_constraints(&name)),
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

    fn object_rows(&self, kinds: &[&str]) -> Vec<Row> {
        let objects = self.objects();
        let tables = numbers(&objects);
        let row = |(at, object): (usize, &Object<'_>)| {
            let mut row: Row = vec![
                ("name", text(object.name)),
                ("object_id", number(at + 1)),
                ("id", number(at + 1)),
                ("type", text(object.kind)),
                ("xtype", text(object.kind)),
                (
                    "schema_id",
                    self.schema_id(object.schema).map_or(Value::Null, number),
                ),
                ("is_system_named", flag(object.name.contains(MARK))),
                ("is_ms_shipped", flag(false)),
            ];
            let Some(table) = object.parent else {
                row.push(("parent_object_id", number(0)));
                return row;
            };
            let id = |schema: &str, name: &str| {
                let found = tables.get(&(schema, name));
                found.map_or(Value::Null, |id| Value::Number(*id))
            };
            row.push(("parent_object_id", id(object.schema, &table.name)));
            if let Some(key) = table
                .foreign_keys
                .iter()
                .find(|key| key.name.as_deref() == Some(object.name))
            {
                row.push((
                    "referenced_object_id",
                    id(&key.ref_table.schema, &key.ref_table.name),
                ));
            }
            if let Some(at) = table.columns.iter().position(|column| {
                column
                    .attrs
                    .get(attrs::DEFAULT_NAME)
                    .is_some_and(|name| name == object.name)
            }) {
                row.push(("parent_column_id", number(at + 1)));
            }
            if let Some(at) = keys(table).position(|key| key.0 == object.name) {
                row.push(("unique_index_id", number(at + 1)));
            }
            row
        };
        let all = objects.iter().enumerate();
        all.filter(|(_, object)| kinds.is_empty() || kinds.contains(&object.kind))
            .map(row)
            .collect()
    }

    fn schema_rows(&self) -> Vec<Row> {
        let all = self.realm.schemas.iter().enumerate();
        all.map(|(at, schema)| vec![("name", text(&schema.name)), ("schema_id", number(at + 1))])
            .collect()
    }

    fn each_table(&self) -> Vec<(i64, ObjectName, &Table)> {
        let objects = self.objects();
        let tables = numbers(&objects);
        let id = |name: &ObjectName| {
            let found = tables.get(&(name.schema.as_str(), name.name.as_str()));
            found.copied().unwrap_or_default()
        };
        self.tables()
            .map(|(name, table)| (id(&name), name, table))
            .collect()
    }

    fn column_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (id, _, table) in self.each_table() {
            for (at, column) in table.columns.iter().enumerate() {
                rows.push(vec![
                    ("object_id", Value::Number(id)),
                    ("name", text(&column.name)),
                    ("column_id", number(at + 1)),
                    ("is_nullable", flag(column.nullable)),
                    ("is_identity", flag(column.identity.is_some())),
                    ("is_computed", flag(column.generated.is_some())),
                ]);
            }
        }
        rows
    }

    fn index_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (id, _, table) in self.each_table() {
            for (at, (name, ..)) in keys(table).enumerate() {
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
                    ("object_id", Value::Number(id)),
                    ("name", text(name)),
                    ("index_id", number(at + 1)),
                    ("is_unique", flag(unique)),
                    ("is_primary_key", flag(primary)),
                ]);
            }
        }
        rows
    }

    fn index_column_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (id, _, table) in self.each_table() {
            for (at, (_, parts, include)) in keys(table).enumerate() {
                let own = parts.iter().filter_map(|part| match &part.on {
                    PartExpr::Column(name) => Some((name, false)),
                    PartExpr::Expr(_) => None,
                });
                for (name, carried) in own.chain(include.iter().map(|name| (name, true))) {
                    let place = table.columns.iter().position(|column| column.name == *name);
                    rows.push(vec![
                        ("object_id", Value::Number(id)),
                        ("index_id", number(at + 1)),
                        ("column_id", place.map_or(Value::Null, |at| number(at + 1))),
                        ("is_included_column", flag(carried)),
                    ]);
                }
            }
        }
        rows
    }

    fn foreign_key_column_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (id, name, table) in self.each_table() {
            for key in &table.foreign_keys {
                let path = Path {
                    database: None,
                    schema: Some(name.schema.clone()),
                    name: key.name.clone().unwrap_or_default(),
                };
                let own = self
                    .object_id(&path, Some("F"))
                    .map_or(Value::Null, Value::Number);
                for column in &key.columns {
                    let at = table.columns.iter().position(|other| other.name == *column);
                    rows.push(vec![
                        ("constraint_object_id", own.clone()),
                        ("parent_object_id", Value::Number(id)),
                        (
                            "parent_column_id",
                            at.map_or(Value::Null, |at| number(at + 1)),
                        ),
                    ]);
                }
            }
        }
        rows
    }

    fn type_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (at, schema) in self.realm.schemas.iter().enumerate() {
            for one in schema.texts.iter().filter(|one| one.kind == "type") {
                rows.push(vec![
                    ("name", text(&one.name)),
                    ("schema_id", number(at + 1)),
                    ("is_user_defined", flag(true)),
                    (
                        "is_table_type",
                        flag(one.definition.to_uppercase().contains(" AS TABLE")),
                    ),
                ]);
            }
        }
        rows
    }

    fn information_tables(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for schema in &self.realm.schemas {
            let tables = schema
                .tables
                .iter()
                .map(|table| (&table.name, "BASE TABLE"));
            let views = schema
                .texts
                .iter()
                .filter(|one| one.kind == "view")
                .map(|one| (&one.name, "VIEW"));
            for (name, kind) in tables.chain(views) {
                rows.push(vec![
                    ("table_schema", text(&schema.name)),
                    ("table_name", text(name)),
                    ("table_type", text(kind)),
                ]);
            }
        }
        rows
    }

    fn information_columns(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (name, table) in self.tables() {
            for column in &table.columns {
                rows.push(vec![
                    ("table_schema", text(&name.schema)),
                    ("table_name", text(&name.name)),
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
        let all = self.realm.schemas.iter();
        all.map(|schema| vec![("schema_name", text(&schema.name))])
            .collect()
    }

    fn information_constraints(&self, view: &str) -> Vec<Row> {
        let objects = self.objects();
        let all = objects.iter().filter_map(|object| {
            let kind = match object.kind {
                "PK" => "PRIMARY KEY",
                "UQ" => "UNIQUE",
                "F" => "FOREIGN KEY",
                "C" => "CHECK",
                _ => return None,
            };
            let shown = match view {
                "referential_constraints" => object.kind == "F",
                "check_constraints" => object.kind == "C",
                _ => true,
            };
            let table = object.parent.filter(|_| shown)?;
            Some(vec![
                ("constraint_schema", text(object.schema)),
                ("constraint_name", text(object.name)),
                ("table_schema", text(object.schema)),
                ("table_name", text(&table.name)),
                ("constraint_type", text(kind)),
            ])
        });
        all.collect()
    }
}

/// The numbers of all tables, by schema and name.
fn numbers<'a>(objects: &[Object<'a>]) -> BTreeMap<(&'a str, &'a str), i64> {
    let tables = objects
        .iter()
        .enumerate()
        .filter(|(_, one)| one.kind == "U");
    let number = |at: usize| i64::try_from(at + 1).unwrap_or(i64::MAX);
    tables
        .map(|(at, one)| ((one.schema, one.name), number(at)))
        .collect()
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
