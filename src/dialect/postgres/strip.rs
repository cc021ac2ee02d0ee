//! Takes out of a state what the models' SQL makes itself. What depends on that goes along, and so may be missing later.

use super::quote::quote;
use crate::dialect::Strip;
use crate::schema::TextObject;
use crate::sql::Rules;

/// The statements. One that fails leaves something behind, which is then in the way or is not.
pub(super) fn strip(state: &Strip<'_>) -> Vec<String> {
    let mut drops = Vec::new();
    // They would run with what the models' SQL makes.
    let all = || state.realm.texts();
    for (_, object) in all().filter(|(_, object)| object.kind == "event trigger") {
        drops.push(format!("DROP EVENT TRIGGER {}", quote(&object.name)));
    }
    for schema in state.whole_schemas(&Rules::POSTGRES) {
        drops.push(format!("DROP SCHEMA IF EXISTS {} CASCADE", quote(&schema)));
    }
    let mut drop = |what: &str, schema: &str, name: &str| {
        let name = format!("{}.{}", quote(schema), quote(name));
        drops.push(format!("DROP {what} IF EXISTS {name} CASCADE"));
    };
    for schema in &state.realm.schemas {
        let place = Some(schema.name.as_str());
        for table in &schema.tables {
            drop("TABLE", &schema.name, &table.name);
        }
        // One that a serial column is to have for itself may have its name.
        for sequence in &schema.sequences {
            if !state.names(&sequence.name) || state.makes("sequence", place, &sequence.name) {
                drop("SEQUENCE", &schema.name, &sequence.name);
            }
        }
        let made = |name: &str| state.makes("enum", place, name);
        for value in schema.enums.iter().filter(|value| made(&value.name)) {
            drop("TYPE", &schema.name, &value.name);
        }
    }
    for object in state.outside {
        let goes = match object.kind.as_str() {
            "table" | "view" | "materialized view" => true,
            "sequence" => !state.names(&object.name),
            _ => false,
        };
        if goes {
            drop(&object.kind.to_uppercase(), &object.schema, &object.name);
        }
    }
    drops.extend(all().filter_map(|(schema, object)| text(schema, object, state)));
    drops
}

/// A view may be in the way of a table, and no table needs one.
fn text(schema: Option<&str>, object: &TextObject, state: &Strip<'_>) -> Option<String> {
    if !object.is_view() && !state.makes(&object.kind, schema, &object.name) {
        return None;
    }
    let what = match object.kind.as_str() {
        "function" | "procedure" | "aggregate" => "ROUTINE",
        "composite type" | "range type" | "type" => "TYPE",
        "foreign server" => "SERVER",
        // Those of a table go with it, and an extension that the models may make is as good as theirs.
        "extension"
        | "trigger"
        | "rule"
        | "row security policy"
        | "event trigger"
        | "partition" => return None,
        kind => &kind.to_uppercase(),
    };
    let name = match object.name.split_once('(') {
        Some((name, arguments)) => format!("{}({arguments}", quote(name)),
        None => quote(&object.name),
    };
    let schema = schema.map_or_else(String::new, |schema| format!("{}.", quote(schema)));
    Some(format!("DROP {what} IF EXISTS {schema}{name} CASCADE"))
}

/// Statements that drop the extensions that the models don't create and nothing depends on; the server refuses the others.
pub(super) fn prune(state: &Strip<'_>) -> Vec<String> {
    let extensions = state.realm.texts.iter();
    let ours = extensions.filter(|object| {
        object.kind == "extension" && !state.makes("extension", None, &object.name)
    });
    ours.map(|object| format!("DROP EXTENSION {}", quote(&object.name)))
        .collect()
}
