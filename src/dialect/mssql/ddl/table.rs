//! Whole tables: their creation and their end.

use crate::dialect::RenderContext;
use crate::dialect::mssql::attrs;
use crate::plan::{PlanError, PlanOptions, Sql, Step};
use crate::schema::{Realm, Table};

use super::writer::{Writer, named, refuse};
use super::{column, comment, constraint, index};

/// Creates a table with all that belongs to it.
pub(super) fn create(writer: &Writer<'_>, schema: &str, table: &Table) -> Vec<Step> {
    let what = format!("create {} table", named(&table.name));
    let mut steps = vec![Step::new(create_sql(writer, schema, table), what)];
    steps.extend(
        untrusted(writer, schema, table)
            .into_iter()
            .map(|sql| Step::new(sql, format!("modify {} table", named(&table.name)))),
    );
    steps.extend(
        table
            .indexes
            .iter()
            .map(|one| index::create(writer, schema, &table.name, one)),
    );
    steps.extend(comment::all(writer, schema, table));
    steps
}

/// Drops a table.
///
/// # Errors
/// When it is one that has a history, which would stay.
pub(super) fn drop(writer: &Writer<'_>, schema: &str, table: &Table) -> Result<Step, PlanError> {
    if table.attrs.contains_key(attrs::SYSTEM_VERSIONING) {
        return Err(refuse(
            &table.name,
            format!(
                "{} keeps a history, which is a table of its own",
                named(&table.name)
            ),
            "write this migration by hand: switch SYSTEM_VERSIONING off, then drop both tables",
        ));
    }
    Ok(Step::new(
        format!("DROP TABLE {}", writer.object(schema, &table.name)),
        format!("drop {} table", named(&table.name)),
    ))
}

fn create_sql(writer: &Writer<'_>, schema: &str, table: &Table) -> String {
    let mut sql = Sql::new(
        &format!("CREATE TABLE {}", writer.object(schema, &table.name)),
        writer.indent(),
    );
    let mut items: Vec<String> = table
        .columns
        .iter()
        .map(|one| column::definition(writer, one))
        .collect();
    if let Some(period) = table.attrs.get(attrs::PERIOD) {
        items.push(format!("PERIOD FOR SYSTEM_TIME ({period})"));
    }
    items.extend(constraint::all(writer, table));
    sql.block(items);
    sql.word(&tail(table));
    sql.finish()
}

/// What a type that is a table holds; it has no names of its own.
pub(in crate::dialect::mssql) fn of_type(table: &Table) -> String {
    let (options, realm) = (PlanOptions::default(), Realm::default());
    let context = RenderContext {
        options: &options,
        current: &realm,
        existing: &realm,
        desired: &realm,
        wanted: &realm,
    };
    let writer = Writer::new(&context, "");
    let columns = table.columns.iter();
    let mut items: Vec<String> = columns
        .map(|one| column::definition(&writer, one))
        .collect();
    let key = table.primary_key.iter();
    items.extend(key.map(constraint::unnamed_primary_key));
    items.extend(table.uniques.iter().map(constraint::unique));
    items.extend(table.checks.iter().map(constraint::check));
    items.extend(table.indexes.iter().map(index::inline));
    format!("({})", items.join(", "))
}

/// What follows the columns of a table.
pub(super) fn tail(table: &Table) -> String {
    let mut words = Vec::new();
    words.extend(
        table
            .attrs
            .get(attrs::FILEGROUP)
            .map(|group| format!("ON {group}")),
    );
    let mut options = Vec::new();
    options.extend(
        table
            .attrs
            .get(attrs::SYSTEM_VERSIONING)
            .map(|text| versioning(Some(text))),
    );
    options.extend(
        table
            .attrs
            .get(attrs::TABLE_OPTIONS)
            .filter(|text| !text.starts_with("LOCK_"))
            .cloned(),
    );
    if !options.is_empty() {
        words.push(format!("WITH ({})", options.join(", ")));
    }
    words.join(" ")
}

/// `SYSTEM_VERSIONING = …`.
pub(super) fn versioning(value: Option<&str>) -> String {
    match value {
        None => "SYSTEM_VERSIONING = OFF".to_owned(),
        Some("") => "SYSTEM_VERSIONING = ON".to_owned(),
        Some(text) => format!("SYSTEM_VERSIONING = ON ({text})"),
    }
}

/// Constraints that rows need not fit: they can't be a part of `CREATE TABLE`.
pub(super) fn untrusted(writer: &Writer<'_>, schema: &str, table: &Table) -> Vec<String> {
    let name = writer.object(schema, &table.name);
    let keys = table
        .foreign_keys
        .iter()
        .filter(|key| !constraint::is_plain(&key.attrs));
    let keys = keys.map(|key| (constraint::foreign_key(writer, key), &key.name, &key.attrs));
    let checks = table
        .checks
        .iter()
        .filter(|check| !constraint::is_plain(&check.attrs));
    let checks = checks.map(|check| (constraint::check(check), &check.name, &check.attrs));
    let mut statements = Vec::new();
    for (text, constraint, attributes) in keys.chain(checks) {
        statements.push(format!("ALTER TABLE {name} WITH NOCHECK ADD {text}"));
        if let Some(constraint) = constraint
            .as_ref()
            .filter(|_| attributes.contains_key(attrs::DISABLED))
        {
            statements.push(format!(
                "ALTER TABLE {name} NOCHECK CONSTRAINT {}",
                super::quote(constraint)
            ));
        }
    }
    statements
}
