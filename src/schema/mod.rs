//! The schema model: what a database contains, free of any dialect's SQL and of any I/O.
//!
//! Both sides of a comparison are read by the same dialect from the same kind of server, so expressions, defaults and
//! type names are kept in the server's own canonical spelling and compared as text. What only one dialect has is kept
//! in [`Attrs`] under keys that its folder defines; the diff compares them blindly and only that folder renders them.
//! Names are unquoted, and none where none was given and the server made up none that can be used.

mod attrs;
pub mod change;
pub mod named;
pub mod tools;
mod types;

use serde::{Deserialize, Serialize};

pub use attrs::Attrs;
pub use types::DataType;

/// All schemas that one connection sees, or the single one that a scoped connection is limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realm {
    /// Schemas, sorted by name.
    pub schemas: Vec<Schema>,
    /// Objects outside any schema that are kept as text (extensions, event triggers, …).
    #[serde(default, rename = "opaque", skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextObject>,
    /// What the dialect has to know about the server that this was read from (product, version); never compared.
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub server: Attrs,
}

/// A namespace of tables and types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Name as the server stores it, unquoted.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
    /// Tables, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Enumerated types, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumType>,
    /// Sequences that no column owns, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<Sequence>,
    /// Objects that are kept as text (views, functions, triggers, policies, …), sorted by kind and name.
    #[serde(default, rename = "opaque", skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextObject>,
}

/// An object that is kept as its kind and its definition's text, and compared as a whole. Where the definition is a statement
/// that makes it, and its dialect says so, it is planned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextObject {
    /// What it is, in lower case as a person says it: `view`, `function`, `trigger`, `row security policy`, ….
    pub kind: String,
    /// Name unique among its kind in the schema; functions carry their argument types.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Canonical definition; two objects are equal when these are. Never empty.
    pub definition: String,
}

impl TextObject {
    /// A view, with rows of its own or without.
    pub fn is_view(&self) -> bool {
        matches!(&*self.kind, "view" | "materialized view")
    }

    /// A function or a procedure.
    pub fn is_routine(&self) -> bool {
        matches!(&*self.kind, "function" | "procedure")
    }

    /// Whether tables may be made of objects of this kind: those that name it can't be made without it.
    pub fn serves_tables(&self) -> bool {
        const KINDS: [&str; 9] = [
            "collation",
            "composite type",
            "domain",
            "extension",
            "function",
            "operator",
            "operator class",
            "range type",
            "type",
        ];
        KINDS.contains(&&*self.kind)
    }
}

/// An enumerated type with a name of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    pub name: String,
    /// Labels in their sort order.
    pub values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Numbers of a sequence, of its own or behind an identity or serial column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    pub start: i64,
    /// Step; negative for descending.
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    /// Values handed to a session at once.
    pub cache: i64,
    pub cycle: bool,
}

/// A free-standing sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    pub name: String,
    /// Integer type of its values, in the server's spelling.
    pub ty: String,
    pub options: SequenceOptions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A base table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    /// Columns in their order; the order is not part of equality between two states.
    pub columns: Vec<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<PrimaryKey>,
    /// Unique constraints (not unique indexes), sorted by name, then by definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uniques: Vec<Unique>,
    /// Foreign keys, sorted by name, then by definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints, sorted by name, then by expression.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Other constraints, kept as the server defines them (exclusion constraints), sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<RawConstraint>,
    /// Indexes that no constraint owns, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unquoted.
    pub name: String,
    pub ty: DataType,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// Default as an SQL expression in the server's spelling; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// `GENERATED … AS IDENTITY` (SQL standard) or `IDENTITY(…)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Numbered by the server in the dialect's older way: `AUTO_INCREMENT`, `AUTOINCREMENT`, or a serial column.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto_increment: bool,
    /// Collation where it is not the type's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

#[cfg(test)]
impl Column {
    /// One of a built-in type, and nothing else about it.
    pub(crate) fn plain(name: impl Into<String>, ty: &str, nullable: bool) -> Self {
        Self {
            name: name.into(),
            ty: DataType::parse(ty),
            nullable,
            ..Self::default()
        }
    }
}

/// The full name of something in a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    pub schema: String,
    pub name: String,
}

impl ObjectName {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

/// A generated column's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// Expression in the server's spelling, without the outer parentheses of the clause.
    pub expr: String,
    /// Stored with the row; otherwise computed when read.
    pub stored: bool,
}

/// An identity column's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `ALWAYS` rather than `BY DEFAULT`.
    pub always: bool,
    pub options: SequenceOptions,
}

/// One part of a key or an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyPart {
    #[serde(flatten)]
    pub on: PartExpr,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

impl KeyPart {
    /// An ascending part on a column.
    pub fn column(name: impl Into<String>) -> Self {
        Self {
            on: PartExpr::Column(name.into()),
            descending: false,
            attrs: Attrs::new(),
        }
    }
}

/// What a key part is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartExpr {
    Column(String),
    /// An expression in the server's spelling, without outer parentheses.
    Expr(String),
}

/// A primary key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// Constraint name; `None` where the dialect has none or it was not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub parts: Vec<KeyPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

/// A unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub parts: Vec<KeyPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub columns: Vec<String>,
    pub ref_table: ObjectName,
    /// Referenced columns in order; empty where the dialect lets them be left out and they were.
    pub ref_columns: Vec<String>,
    pub on_update: Action,
    pub on_delete: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

/// What a foreign key does when the referenced row changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    #[default]
    #[serde(rename = "NO ACTION")]
    NoAction,
    #[serde(rename = "RESTRICT")]
    Restrict,
    #[serde(rename = "CASCADE")]
    Cascade,
    #[serde(rename = "SET NULL")]
    SetNull,
    #[serde(rename = "SET DEFAULT")]
    SetDefault,
}

impl Action {
    /// The SQL keywords.
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// A check constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Condition in the server's spelling, without the outer parentheses of the clause.
    pub expr: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

/// A constraint that the model keeps as text, such as an exclusion constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawConstraint {
    pub name: String,
    /// Everything that follows `CONSTRAINT name`, in the server's spelling.
    pub definition: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An index that no constraint owns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub name: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    pub parts: Vec<KeyPart>,
    /// Columns carried along without being part of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Condition of a partial index in the server's spelling, without outer parentheses where the server allows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// Access method where it is not the dialect's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Attrs::is_empty")]
    pub attrs: Attrs,
}

impl Realm {
    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.iter().find(|schema| schema.name == name)
    }

    /// The table of that name.
    pub fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.schema(&name.schema)?.table(&name.name)
    }

    /// All objects that are kept as text, with their schemas: first those outside any.
    pub fn texts(&self) -> impl Iterator<Item = (Option<&str>, &TextObject)> {
        let inside = self.schemas.iter().flat_map(|schema| {
            let name = Some(schema.name.as_str());
            schema.texts.iter().map(move |object| (name, object))
        });
        self.texts.iter().map(|object| (None, object)).chain(inside)
    }

    /// Objects that are kept as text and belong to a table.
    pub fn texts_of(&self, table: &ObjectName) -> impl Iterator<Item = &TextObject> {
        let texts = self.schema(&table.schema).into_iter();
        let texts = texts.flat_map(|schema| &schema.texts);
        texts.filter(|object| object.table.as_ref() == Some(&table.name))
    }

    /// Takes out the objects that are kept as text but for some, which are told with their schemas.
    pub fn retain_texts(&mut self, keep: impl Fn(Option<&str>, &TextObject) -> bool) {
        self.texts.retain(|object| keep(None, object));
        for schema in &mut self.schemas {
            let name = Some(schema.name.as_str());
            schema.texts.retain(|object| keep(name, object));
        }
    }

    /// Gives a schema another name, wherever it is mentioned.
    pub fn rename_schema(&mut self, from: &str, to: &str) {
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for schema in &mut self.schemas {
            rename(&mut schema.name);
            for table in &mut schema.tables {
                for column in &mut table.columns {
                    if let Some(user) = &mut column.ty.user {
                        rename(&mut user.schema);
                    }
                }
                for key in &mut table.foreign_keys {
                    rename(&mut key.ref_table.schema);
                }
            }
        }
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The schema without its content, for changes that are about the schema itself.
    pub fn header(&self) -> Self {
        Self {
            name: self.name.clone(),
            comment: self.comment.clone(),
            attrs: self.attrs.clone(),
            ..Self::default()
        }
    }
}

impl Table {
    /// Adds what a table has besides the part of it that is compared.
    pub fn add_beside(&mut self, all: &Self, compared: &Self) {
        fn add<T: Clone>(to: &mut Vec<T>, all: &[T], known: impl Fn(&T) -> bool) {
            to.extend(all.iter().filter(|item| !known(item)).cloned());
        }
        add(&mut self.columns, &all.columns, |item| {
            compared.column(&item.name).is_some()
        });
        add(&mut self.indexes, &all.indexes, |item| {
            compared.indexes.iter().any(|index| index.name == item.name)
        });
        add(&mut self.uniques, &all.uniques, |item| {
            compared.uniques.contains(item)
        });
        add(&mut self.checks, &all.checks, |item| {
            compared.checks.contains(item)
        });
        add(&mut self.foreign_keys, &all.foreign_keys, |item| {
            compared.foreign_keys.contains(item)
        });
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
