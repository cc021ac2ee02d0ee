//! Takes out of a state what the models' SQL makes itself.

use crate::dialect::Strip;
use crate::dialect::write::quoted;

/// The statements. One that fails leaves something behind, which is then in the way or is not.
pub(super) fn strip(state: &Strip<'_>) -> Vec<String> {
    let name = |schema: &str, name: &str| match state.scoped {
        true => quoted(name, '`'),
        false => format!("{}.{}", quoted(schema, '`'), quoted(name, '`')),
    };
    let mut tables = Vec::new();
    let mut drops = Vec::new();
    for schema in &state.realm.schemas {
        let all = schema.tables.iter();
        tables.extend(all.map(|table| name(&schema.name, &table.name)));
        for object in &schema.texts {
            let goes = match object.kind.as_str() {
                // A view may be in the way of a table, and no table needs one; an event would run.
                "view" | "event" => true,
                // It goes with its table.
                "trigger" => false,
                kind => state.makes(kind, Some(&schema.name), &object.name),
            };
            if goes {
                let kind = object.kind.to_uppercase();
                drops.push(format!(
                    "DROP {kind} IF EXISTS {}",
                    name(&schema.name, &object.name)
                ));
            }
        }
    }
    if !tables.is_empty() {
        drops.insert(0, "SET foreign_key_checks = 0".to_owned());
        drops.insert(1, format!("DROP TABLE IF EXISTS {}", tables.join(", ")));
    }
    drops
}
