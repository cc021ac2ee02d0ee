//! What a catalogue describes, as T-SQL in an order in which it can be followed.

use super::catalogue::Catalogue;
use super::object::{Object, built_in};
use super::table;
use crate::dialect::mssql::parse::Path;
use crate::dialect::mssql::replay::DEFAULT_SCHEMA;
use crate::dialect::mssql::write::{literal, quote};

/// All statements.
///
/// # Errors
/// What the model has no place for; in words.
pub(super) fn objects(found: &Catalogue) -> Result<Vec<Object>, String> {
    let mut objects = Vec::new();
    for schema in &found.schemas {
        let name = schema.text("name");
        if name != DEFAULT_SCHEMA {
            objects.push(Object::new(
                format!("schema {name}"),
                format!("CREATE SCHEMA {}", quote(name)),
            ));
        }
    }
    types(found, &mut objects)?;
    sequences(found, &mut objects)?;
    table::tables(found, &mut objects)?;
    modules(found, &mut objects)?;
    table::of_views(found, &mut objects)?;
    for row in &found.synonyms {
        if let Some(name) = found.name(row, "schema_id", "name") {
            let sql = format!("CREATE SYNONYM {name} FOR {}", row.text("base_object_name"));
            objects.push(Object::new(format!("synonym {name}"), sql));
        }
    }
    comments(found, &mut objects);
    Ok(objects)
}

fn types(found: &Catalogue, objects: &mut Vec<Object>) -> Result<(), String> {
    for row in &found.types {
        let Some(name) = found.name(row, "schema_id", "name") else {
            continue;
        };
        if row.is("is_assembly_type") {
            return Err(format!(
                "type {name} is of an assembly, which trueup does not know yet"
            ));
        }
        let base = built_in(row.text("base"), row);
        let null = if row.is("is_nullable") {
            "NULL"
        } else {
            "NOT NULL"
        };
        objects.push(Object::new(
            format!("type {name}"),
            format!("CREATE TYPE {name} FROM {base} {null}"),
        ));
    }
    Ok(())
}

fn sequences(found: &Catalogue, objects: &mut Vec<Object>) -> Result<(), String> {
    for row in &found.sequences {
        let Some(name) = found.name(row, "schema_id", "name") else {
            continue;
        };
        let cache = match (row.is("is_cached"), row.get("cache_size")) {
            (false, _) => " NO CACHE".to_owned(),
            (true, Some(size)) if size != "0" => format!(" CACHE {size}"),
            (true, _) => String::new(),
        };
        let sql = format!(
            "CREATE SEQUENCE {name} AS {} START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {}{}{cache}",
            found.data_type(row)?,
            row.text("start"),
            row.text("step"),
            row.text("least"),
            row.text("most"),
            if row.is("is_cycling") { " CYCLE" } else { "" }
        );
        objects.push(Object::new(format!("sequence {name}"), sql));
    }
    Ok(())
}

/// Objects that are kept as text. Their text may be of another name, which they had before.
fn modules(found: &Catalogue, objects: &mut Vec<Object>) -> Result<(), String> {
    for row in &found.modules {
        let Some(schema) = found.schema(row.number("schema_id")) else {
            continue;
        };
        let name = row.text("name");
        let kind = match row.text("type").trim() {
            "V" => "view",
            "P" => "procedure",
            "TR" => "trigger",
            "FN" | "IF" | "TF" => "function",
            _ => {
                return Err(format!(
                    "{schema}.{name} is of an assembly, which trueup does not know yet"
                ));
            }
        };
        let of = format!("{kind} {schema}.{name}");
        let Some(definition) = row.get("definition") else {
            return Err(format!("{of} is encrypted, so that nobody can read it"));
        };
        objects.push(Object {
            name: Some(Path {
                database: None,
                schema: Some(schema.to_owned()),
                name: name.to_owned(),
            }),
            ..Object::new(of, definition)
        });
    }
    Ok(())
}

fn comments(found: &Catalogue, objects: &mut Vec<Object>) {
    let named = |name: &str| {
        let all = found
            .indexes
            .iter()
            .chain(&found.foreign_keys)
            .chain(&found.checks);
        all.filter(|one| one.text("name") == name)
            .any(|one| !one.is("is_system_named"))
    };
    for row in &found.comments {
        let name = row.text("object_name");
        let schema = row
            .get("schema_name")
            .or_else(|| found.schema(row.number("schema_id")));
        let Some(schema) = schema else {
            continue;
        };
        let mut levels = vec![("SCHEMA", schema)];
        match (row.number("class"), row.text("type").trim()) {
            (3, _) => {}
            (1, "U") => {
                levels.push(("TABLE", name));
                levels.extend(row.get("column_name").map(|column| ("COLUMN", column)));
            }
            (1, "SO") => levels.push(("SEQUENCE", name)),
            // What has no name of its own has no comment that could be said again.
            (1, "PK" | "UQ" | "F" | "C") if named(name) => {
                levels.push(("TABLE", row.text("parent_name")));
                levels.push(("CONSTRAINT", name));
            }
            (7, "U") => {
                levels.push(("TABLE", name));
                levels.push(("INDEX", row.text("index_name")));
            }
            _ => continue,
        }
        let arguments = levels.iter().enumerate().map(|(at, (kind, name))| {
            format!(
                ", @level{at}type = '{kind}', @level{at}name = {}",
                literal(name)
            )
        });
        let sql = format!(
            "EXEC sp_addextendedproperty @name = 'MS_Description', @value = {}{}",
            literal(row.text("text")),
            arguments.collect::<String>()
        );
        objects.push(Object::new(format!("the comment of {schema}.{name}"), sql));
    }
}
