//! The definitions of objects that are kept as text, as statements.

use super::writer::{Writer, alone};
use crate::dialect::ddl::TextSql;
use crate::dialect::mssql::text::{Definition, word};
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, Key};
use crate::schema::{ObjectName, Realm, Table, TextObject};
use crate::sql::ScanOptions;

/// What makes again the triggers that go with a table which is recreated, but for those that are dropped themselves.
///
/// # Errors
/// When a definition can't be taken apart.
pub(super) fn of_table(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
) -> Result<Vec<String>, PlanError> {
    let name = ObjectName::new(schema, &table.name);
    let context = writer.context;
    let key = |object: &TextObject| Key::text(Some(schema), object);
    let among = |realm: &Realm, object: &TextObject| {
        realm.texts_of(&name).any(|other| key(other) == key(object))
    };
    let mut all = Vec::new();
    for object in context.existing.texts_of(&name) {
        if among(context.desired, object) || !among(context.current, object) {
            let steps = of_edit(writer, schema, &Edit::Add(object.clone()))?;
            all.extend(steps.into_iter().map(|step| step.sql));
        }
    }
    Ok(all)
}

/// A change, whatever else it needs.
///
/// # Errors
/// When a definition can't be taken apart.
pub(super) fn of_edit(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<TextObject>,
) -> Result<Vec<Step>, PlanError> {
    let sql = TextSql {
        scan: &ScanOptions::MSSQL,
        write: &|sql| sql.to_owned(),
        drop: &|object| drop(writer, schema, object),
        replace: &|sql| sql.replacen("CREATE ", "CREATE OR ALTER ", 1),
    };
    let written = |object: &TextObject| {
        let definition = Definition::of(object);
        let name = |name: &str| writer.object(schema, name);
        let statements = definition.map(|one| one.statements(object, name));
        let mut statements = statements.unwrap_or_else(|| vec![object.definition.clone()]);
        if ["function", "procedure", "trigger", "view"].contains(&&*object.kind)
            && let Some(first) = statements.first_mut()
        {
            *first = alone(first);
        }
        TextObject {
            definition: statements.join("\nGO\n"),
            ..object.clone()
        }
    };
    sql.render(&match edit {
        Edit::Add(object) => Edit::Add(written(object)),
        Edit::Drop(object) => Edit::Drop(written(object)),
        Edit::Modify { from, to } => Edit::Modify {
            from: written(from),
            to: written(to),
        },
    })
}

fn drop(writer: &Writer<'_>, schema: &str, object: &TextObject) -> String {
    format!(
        "DROP {} {}",
        word(&object.kind),
        writer.object(schema, &object.name)
    )
}
