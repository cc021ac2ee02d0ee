//! A realm for programs: what `schema inspect` prints as JSON, and what its templates see.
//!
//! The shape is that of Atlas' `{{ json . }}` (`SchemaInspect.MarshalJSON` in its `cmd/atlas/internal/cmdlog`), with more
//! in it: whatever the model knows. Fields that would be empty or false are left out, as there. It is stable: fields may
//! be added, none changes its meaning.
//!
//! ```json
//! {"schemas": [{"name": "public", "comment": "…", "charset": "…", "collate": "…",
//!   "tables": [{"name": "users",
//!     "columns": [{"name": "id", "type": "integer", "null": true, "default": "0", "generated": {"expr", "stored"},
//!                  "identity": {"always", "options"}, "auto_increment": true, "collate": "…", "comment": "…"}],
//!     "indexes": [{"name": "i", "unique": true, "constraint": true, "parts": [{"desc": true, "column": "id"}, {"expr": "…"}],
//!                  "include": ["…"], "where": "…", "method": "gin", "comment": "…"}],
//!     "primary_key": {"name": "…", "parts": [{"column": "id"}]},
//!     "foreign_keys": [{"name": "f", "columns": ["a"],
//!                       "references": {"schema": "public", "table": "t", "columns": ["id"]},
//!                       "on_update": "NO ACTION", "on_delete": "CASCADE"}],
//!     "checks": [{"name": "c", "expr": "…"}], "constraints": [{"name": "x", "definition": "EXCLUDE …"}],
//!     "comment": "…", "charset": "…", "collate": "…"}],
//!   "enums": [{"name": "e", "values": ["a"]}], "sequences": [{"name": "s", "type": "bigint", "options": {"start", …}}],
//!   "unmanaged": [{"kind": "view", "name": "v", "table": "…", "definition": "…"}]}],
//!  "unmanaged": []}
//! ```
//!
//! Unique constraints stand among the indexes, where Atlas has them, marked as `constraint`. What only one dialect has is
//! in `attrs` of the thing that has it.

use serde_json::{Map, Value, json};

use crate::schema::{
    Attrs, Check, Column, EnumType, ForeignKey, Index, KeyPart, PartExpr, PrimaryKey,
    RawConstraint, Realm, Schema, Sequence, Table, TextObject, Unique,
};

/// Attributes that have a name of their own in Atlas' shape.
const NAMED: &[(&str, &str)] = &[("charset", "charset"), ("collation", "collate")];

/// The realm as JSON.
pub fn realm(realm: &Realm) -> Value {
    Object::default()
        .list("schemas", &realm.schemas, schema)
        .list("unmanaged", &realm.texts, text_object)
        .done()
}

/// An object without what would be empty.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    fn named(name: &str) -> Self {
        Self::default().set("name", name)
    }

    fn text(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.set(key, text),
            None => self,
        }
    }

    fn flag(self, key: &str, value: bool) -> Self {
        match value {
            true => self.set(key, true),
            false => self,
        }
    }

    fn list<T>(self, key: &str, items: &[T], json: impl Fn(&T) -> Value) -> Self {
        match items {
            [] => self,
            items => self.set(key, items.iter().map(json).collect::<Vec<_>>()),
        }
    }

    fn attrs(mut self, attrs: &Attrs) -> Self {
        let mut rest = Map::new();
        for (key, value) in attrs.iter() {
            match NAMED.iter().find(|(own, _)| own == key) {
                Some((_, name)) => self = self.set(name, value.as_str()),
                None => {
                    rest.insert(key.clone(), json!(value));
                }
            }
        }
        match rest.is_empty() {
            true => self,
            false => self.set("attrs", rest),
        }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn schema(schema: &Schema) -> Value {
    Object::named(&schema.name)
        .list("tables", &schema.tables, table)
        .list("enums", &schema.enums, enumeration)
        .list("sequences", &schema.sequences, sequence)
        .list("unmanaged", &schema.texts, text_object)
        .text("comment", schema.comment.as_deref())
        .attrs(&schema.attrs)
        .done()
}

fn table(table: &Table) -> Value {
    let mut indexes: Vec<Value> = table.uniques.iter().map(unique).collect();
    indexes.extend(table.indexes.iter().map(index));
    let mut object = Object::named(&table.name)
        .list("columns", &table.columns, column)
        .list("indexes", &indexes, Value::clone);
    if let Some(key) = &table.primary_key {
        object = object.set("primary_key", primary_key(key));
    }
    object
        .list("foreign_keys", &table.foreign_keys, foreign_key)
        .list("checks", &table.checks, check)
        .list("constraints", &table.constraints, constraint)
        .text("comment", table.comment.as_deref())
        .attrs(&table.attrs)
        .done()
}

fn column(column: &Column) -> Value {
    let mut object = Object::named(&column.name)
        .set("type", column.ty.to_string())
        .flag("null", column.nullable)
        .text("default", column.default.as_deref());
    if let Some(user) = &column.ty.user {
        object = object.set("user_type", json!(user));
    }
    if let Some(generated) = &column.generated {
        object = object.set("generated", json!(generated));
    }
    if let Some(identity) = &column.identity {
        object = object.set("identity", json!(identity));
    }
    object
        .flag("auto_increment", column.auto_increment)
        .text("comment", column.comment.as_deref())
        .text("collate", column.collation.as_deref())
        .attrs(&column.attrs)
        .done()
}

fn part(part: &KeyPart) -> Value {
    let object = Object::default().flag("desc", part.descending);
    let object = match &part.on {
        PartExpr::Column(name) => object.set("column", name.as_str()),
        PartExpr::Expr(expr) => object.set("expr", expr.as_str()),
    };
    object.attrs(&part.attrs).done()
}

fn primary_key(key: &PrimaryKey) -> Value {
    Object::default()
        .text("name", key.name.as_deref())
        .list("parts", &key.parts, part)
        .text("comment", key.comment.as_deref())
        .attrs(&key.attrs)
        .done()
}

fn unique(unique: &Unique) -> Value {
    Object::default()
        .text("name", unique.name.as_deref())
        .set("unique", true)
        .set("constraint", true)
        .list("parts", &unique.parts, part)
        .text("comment", unique.comment.as_deref())
        .attrs(&unique.attrs)
        .done()
}

fn index(index: &Index) -> Value {
    Object::named(&index.name)
        .flag("unique", index.unique)
        .list("parts", &index.parts, part)
        .list("include", &index.include, |name| json!(name))
        .text("where", index.predicate.as_deref())
        .text("method", index.method.as_deref())
        .text("comment", index.comment.as_deref())
        .attrs(&index.attrs)
        .done()
}

fn foreign_key(key: &ForeignKey) -> Value {
    // The name is always there in Atlas' shape.
    Object::named(key.name.as_deref().unwrap_or_default())
        .list("columns", &key.columns, |name| json!(name))
        .set(
            "references",
            Object::default()
                .set("schema", key.ref_table.schema.as_str())
                .set("table", key.ref_table.name.as_str())
                .list("columns", &key.ref_columns, |name| json!(name))
                .done(),
        )
        .set("on_update", key.on_update.as_sql())
        .set("on_delete", key.on_delete.as_sql())
        .text("comment", key.comment.as_deref())
        .attrs(&key.attrs)
        .done()
}

fn check(check: &Check) -> Value {
    Object::default()
        .text("name", check.name.as_deref())
        .set("expr", check.expr.as_str())
        .text("comment", check.comment.as_deref())
        .attrs(&check.attrs)
        .done()
}

fn constraint(constraint: &RawConstraint) -> Value {
    Object::named(&constraint.name)
        .set("definition", constraint.definition.as_str())
        .text("comment", constraint.comment.as_deref())
        .done()
}

fn enumeration(value: &EnumType) -> Value {
    Object::named(&value.name)
        .set("values", value.values.clone())
        .text("comment", value.comment.as_deref())
        .done()
}

fn sequence(sequence: &Sequence) -> Value {
    Object::named(&sequence.name)
        .set("type", sequence.ty.as_str())
        .set("options", json!(sequence.options))
        .text("comment", sequence.comment.as_deref())
        .done()
}

fn text_object(object: &TextObject) -> Value {
    Object::default()
        .set("kind", object.kind.as_str())
        .set("name", object.name.as_str())
        .text("table", object.table.as_deref())
        .set("definition", object.definition.as_str())
        .done()
}
