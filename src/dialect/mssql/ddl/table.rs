//! Whole tables: their creation and their end.

use crate::dialect::RenderContext;
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::Versioning;
use crate::dialect::mssql::text::same;
use crate::plan::{PlanError, PlanOptions, Sql, Step};
use crate::schema::{ObjectName, Realm, Table};

use super::writer::{Writer, literal, named, quote, refuse};
use super::{column, comment, constraint, index, lookup};

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

/// Drops a table, and its past with it.
///
/// # Errors
/// When one that is wanted would go.
pub(super) fn drop(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
) -> Result<Vec<Step>, PlanError> {
    let own = ObjectName::new(schema, &table.name);
    if let Some(present) = present_of(writer.context.desired, &own) {
        return Err(refuse(
            &table.name,
            format!("it is to be the history of {}", named(&present)),
            "write this migration by hand: ALTER TABLE … SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = …))",
        ));
    }
    let mut steps = end_history(writer, schema, table)?;
    steps.push(Step::new(
        format!("DROP TABLE {}", writer.object(schema, &table.name)),
        format!("drop {} table", named(&table.name)),
    ));
    Ok(steps)
}

/// The table whose past is in this one.
fn present_of(realm: &Realm, history: &ObjectName) -> Option<String> {
    let mut tables = realm.schemas.iter().flat_map(|schema| &schema.tables);
    let found = tables.find(|table| {
        let own = Versioning::of(table).and_then(|one| one.history);
        own.is_some_and(|own| same(&own.schema, &history.schema) && same(&own.name, &history.name))
    });
    found.map(|table| table.name.clone())
}

/// A name with its schema, which a table of the past is always written with.
pub(super) fn full(name: &ObjectName) -> String {
    format!("{}.{}", quote(&name.schema), quote(&name.name))
}

/// A query for the name of the table of the past, which only the server knows.
pub(super) fn history_of(writer: &Writer<'_>, schema: &str, table: &Table) -> String {
    let id = writer.object_literal(schema, &table.name);
    format!(
        "SELECT QUOTENAME(OBJECT_SCHEMA_NAME([history_table_id])) + N'.' + QUOTENAME(OBJECT_NAME([history_table_id])) \
         FROM sys.tables WHERE [object_id] = OBJECT_ID({id})"
    )
}

/// Runs what needs a name that a query gives, behind other statements.
pub(super) fn looked_up(
    writer: &Writer<'_>,
    start: &str,
    query: &str,
    before: &[String],
    run: impl Fn(&str) -> String,
) -> String {
    let name = lookup::variable(&format!("{start}{query}"));
    let start = match start {
        "" => String::new(),
        start => format!("{} + ", literal(start)),
    };
    let mut lines = vec![format!("DECLARE {name} nvarchar(MAX) = {start}({query})")];
    lines.extend_from_slice(before);
    lines.push(run(&name));
    writer.block(&lines)
}

/// Stops keeping a table's past, which goes; none where none is kept.
///
/// # Errors
/// When the table of the past stays, as one of its own.
pub(super) fn end_history(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
) -> Result<Vec<Step>, PlanError> {
    let Some(versioning) = Versioning::of(table) else {
        return Ok(Vec::new());
    };
    let off = format!(
        "ALTER TABLE {} SET ({})",
        writer.object(schema, &table.name),
        self::versioning(None)
    );
    let what = format!("drop the history of {} table", named(&table.name));
    let lossy = |step: Step| Step {
        warning: Some(format!(
            "the history of {} table is dropped with its rows",
            named(&table.name)
        )),
        ..step
    };
    let Some(history) = versioning.history else {
        let query = history_of(writer, schema, table);
        let sql = looked_up(writer, "DROP TABLE ", &query, &[off], |name| {
            format!("EXEC ({name})")
        });
        return Ok(vec![lossy(Step::new(sql, what))]);
    };
    let wanted = writer.context.desired.schema(&history.schema);
    if wanted.is_some_and(|schema| schema.table(&history.name).is_some()) {
        return Err(refuse(
            &table.name,
            format!(
                "its history {} is to be a table of its own",
                named(&history.name)
            ),
            "write this migration by hand: ALTER TABLE … SET (SYSTEM_VERSIONING = OFF), then change both tables",
        ));
    }
    Ok(vec![
        Step::new(off, format!("modify {} table", named(&table.name))),
        lossy(Step::new(format!("DROP TABLE {}", full(&history)), what)),
    ])
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
