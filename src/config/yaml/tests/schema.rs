//! The JSON schema of `trueup.yaml`: what the types say, and what they can't.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::super::build::{exec_orders, skips};
use super::super::file::{File, Form, Never, Part, Text};
use crate::config::flags::DIR_FORMATS;

/// A text that may look like a number or the like.
pub(in crate::config::yaml) struct Scalar;

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

impl JsonSchema for Never {
    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(false)
    }
}

impl<M: JsonSchema + Part, L: JsonSchema + Part> JsonSchema for Form<M, L> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", M::schema_name(), L::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = vec![json_schema!({"type": "string"})];
        if L::NAME.is_some() {
            let items = generator.subschema_for::<L>();
            forms.push(json_schema!({"type": "array", "items": items}));
        }
        if M::NAME.is_some() {
            forms.push(generator.subschema_for::<M>());
        }
        json_schema!({"anyOf": forms})
    }
}

pub(in crate::config::yaml) fn dir_format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": [DIR_FORMATS[0]]})
}

pub(in crate::config::yaml) fn exec_order(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<String> = exec_orders().into_iter().map(|(name, _)| name).collect();
    json_schema!({"enum": names})
}

pub(in crate::config::yaml) fn skip(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<String> = skips().into_iter().map(|(name, _)| name).collect();
    json_schema!({"anyOf": [{"enum": names}, {"type": "array", "items": {"enum": names}}]})
}

/// Where editors find it.
pub(super) const URL: &str =
    "https://raw.githubusercontent.com/trueup/trueup/v0/schema/trueup.schema.json";

/// The schema in the draft that editors know best.
pub(super) fn generated() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<File>();
    schema.insert("$id".into(), URL.into());
    schema.insert("title".into(), "trueup.yaml".into());
    schema.to_value()
}

/// Whether the schema accepts a file, else where it does not.
pub(super) fn accepts(value: &Value) -> Result<(), String> {
    let root = generated();
    check(&root, &root, value)
}

/// The part of JSON schema that is used; a keyword beyond it is a fault of this function.
fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(schema) = schema else {
        return match schema == &Value::Bool(true) {
            true => Ok(()),
            false => Err(format!("{value} is not allowed")),
        };
    };
    for (keyword, of) in schema {
        let held = match (keyword.as_str(), of, value) {
            ("$schema" | "$id" | "title" | "description" | "default" | "definitions", ..) => true,
            ("$ref", Value::String(to), _) => {
                let to = root
                    .pointer(to.trim_start_matches('#'))
                    .expect("a definition");
                check(root, to, value)?;
                true
            }
            ("type", Value::String(kind), _) => is(value, kind),
            ("type", Value::Array(kinds), _) => {
                kinds.iter().any(|kind| is(value, kind.as_str().unwrap()))
            }
            ("enum", Value::Array(values), _) => values.contains(value),
            ("anyOf", Value::Array(schemas), _) => schemas
                .iter()
                .any(|schema| check(root, schema, value).is_ok()),
            ("allOf", Value::Array(schemas), _) => {
                schemas
                    .iter()
                    .try_for_each(|schema| check(root, schema, value))?;
                true
            }
            ("items", schema, Value::Array(items)) => {
                items
                    .iter()
                    .try_for_each(|item| check(root, schema, item))?;
                true
            }
            ("required", Value::Array(names), Value::Object(members)) => names
                .iter()
                .all(|name| members.contains_key(name.as_str().unwrap())),
            ("properties", Value::Object(known), Value::Object(members)) => {
                let known = known
                    .iter()
                    .filter_map(|(name, of)| Some((of, members.get(name)?)));
                known
                    .into_iter()
                    .try_for_each(|(of, value)| check(root, of, value))?;
                true
            }
            ("additionalProperties", of, Value::Object(members)) => {
                let known = schema.get("properties").and_then(Value::as_object);
                let known = |name: &String| known.is_some_and(|known| known.contains_key(name));
                let others = members.iter().filter(|(name, _)| !known(name));
                others
                    .into_iter()
                    .try_for_each(|(_, value)| check(root, of, value))?;
                true
            }
            ("pattern", Value::String(pattern), Value::String(text)) => {
                assert_eq!(pattern, r"^\d{4}-\d{2}-\d{2}$");
                let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
                text.chars().map(shape).eq("0000-00-00".chars())
            }
            ("items" | "required" | "properties" | "additionalProperties" | "pattern", ..) => true,
            other => panic!("{other:?}"),
        };
        if !held {
            return Err(format!("`{keyword}` refuses {value}"));
        }
    }
    Ok(())
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => panic!("{kind}"),
    }
}
