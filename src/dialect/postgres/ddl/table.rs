//! Whole tables: their creation and their end.

use crate::dialect::postgres::attrs;
use crate::plan::{Sql, Step};
use crate::schema::Table;

use super::constraint::is_not_valid;
use super::owner::Owner;
use super::writer::{Writer, named, quote};
use super::{column, constraint, index};

/// Drops a table.
pub(super) fn drop(writer: &Writer<'_>, schema: &str, table: &Table) -> Step {
    Step::new(
        format!("DROP TABLE {}", writer.name(schema, &table.name)),
        format!("drop {} table", named(&table.name)),
    )
}

/// Creates a table with all that belongs to it.
pub(super) fn create(writer: &Writer<'_>, schema: &str, table: &Table) -> Vec<Step> {
    let mut steps = vec![Step::new(
        create_sql(writer, schema, table),
        format!("create {} table", named(&table.name)),
    )];
    for column in &table.columns {
        let owner = Owner {
            schema,
            table: &table.name,
            column: &column.name,
        };
        steps.extend(owner.followups(writer, column, false));
    }
    let actions = followups(writer, table);
    if !actions.is_empty() {
        steps.push(Step::new(
            format!(
                "ALTER TABLE {} {}",
                writer.name(schema, &table.name),
                actions.join(", ")
            ),
            format!("modify {} table", named(&table.name)),
        ));
    }
    for item in &table.indexes {
        steps.push(index::create(writer, schema, &table.name, item, false));
    }
    steps.extend(comments(writer, schema, table));
    steps
}

fn create_sql(writer: &Writer<'_>, schema: &str, table: &Table) -> String {
    let unlogged = if table.attrs.contains_key(attrs::UNLOGGED) {
        "UNLOGGED "
    } else {
        ""
    };
    let mut sql = Sql::new(
        &format!(
            "CREATE {unlogged}TABLE {}",
            writer.name(schema, &table.name)
        ),
        writer.indent(),
    );
    let mut items: Vec<String> = table
        .columns
        .iter()
        .map(|item| column::definition(writer, item))
        .collect();
    items.extend(
        table
            .primary_key
            .iter()
            .map(|key| constraint::primary_key(writer, &table.name, key)),
    );
    items.extend(
        table
            .uniques
            .iter()
            .map(|key| constraint::unique(writer, key)),
    );
    items.extend(
        table
            .constraints
            .iter()
            .map(|item| constraint::raw(writer, item)),
    );
    items.extend(
        table
            .foreign_keys
            .iter()
            .filter(|key| !is_not_valid(&key.attrs))
            .map(|key| constraint::foreign_key(writer, key)),
    );
    items.extend(
        table
            .checks
            .iter()
            .filter(|check| !is_not_valid(&check.attrs))
            .map(|check| constraint::check(writer, check)),
    );
    sql.block(items);
    if let Some(parents) = table.attrs.get(attrs::INHERITS) {
        sql.word(&format!("INHERITS ({})", writer.expr(parents)));
    }
    if let Some(by) = table.attrs.get(attrs::PARTITION_BY) {
        sql.word(&format!("PARTITION BY {}", writer.expr(by)));
    }
    if let Some(storage) = table.attrs.get(attrs::STORAGE) {
        sql.word(&format!("WITH ({storage})"));
    }
    if let Some(name) = table.attrs.get(attrs::TABLESPACE) {
        sql.word(&format!("TABLESPACE {}", quote(name)));
    }
    sql.finish()
}

/// Actions of `ALTER TABLE` that finish a new table: what `CREATE TABLE` can't say.
fn followups(writer: &Writer<'_>, table: &Table) -> Vec<String> {
    let mut actions: Vec<String> = table.columns.iter().flat_map(column::followups).collect();
    let keys = table
        .foreign_keys
        .iter()
        .filter(|key| is_not_valid(&key.attrs));
    actions.extend(keys.map(|key| format!("ADD {}", constraint::foreign_key(writer, key))));
    let checks = table
        .checks
        .iter()
        .filter(|check| is_not_valid(&check.attrs));
    actions.extend(checks.map(|check| format!("ADD {}", constraint::check(writer, check))));
    actions.extend(row_security(
        None,
        table.attrs.get(attrs::ROW_SECURITY).map(String::as_str),
    ));
    actions
}

/// Actions that take row security from one state to another.
pub(super) fn row_security(from: Option<&str>, to: Option<&str>) -> Vec<String> {
    let mut actions = Vec::new();
    let (was_forced, is_forced) = (from == Some("forced"), to == Some("forced"));
    if from.is_some() != to.is_some() {
        let word = if to.is_some() { "ENABLE" } else { "DISABLE" };
        actions.push(format!("{word} ROW LEVEL SECURITY"));
    }
    if was_forced != is_forced {
        let word = if is_forced { "FORCE" } else { "NO FORCE" };
        actions.push(format!("{word} ROW LEVEL SECURITY"));
    }
    actions
}

/// The steps that set a new table's comments.
fn comments(writer: &Writer<'_>, schema: &str, table: &Table) -> Vec<Step> {
    let mut steps: Vec<Step> = comment(writer, schema, table, None).into_iter().collect();
    steps.extend(
        table
            .columns
            .iter()
            .filter_map(|item| column::comment(writer, schema, &table.name, item, None)),
    );
    steps.extend(
        table
            .indexes
            .iter()
            .filter_map(|item| index::comment(writer, schema, &table.name, item, None)),
    );
    let mut constraints: Vec<(String, &str)> = Vec::new();
    if let Some(key) = &table.primary_key
        && let Some(text) = &key.comment
    {
        constraints.push((constraint::primary_key_name(&table.name, key), text));
    }
    let mut add = |name: Option<&String>, text: Option<&'_ String>| {
        if let (Some(name), Some(text)) = (name, text) {
            steps.extend(constraint::comment(
                writer,
                schema,
                &table.name,
                name,
                Some(text),
                None,
            ));
        }
    };
    for (name, text) in constraints {
        add(Some(&name), Some(&text.to_owned()));
    }
    for key in &table.uniques {
        add(key.name.as_ref(), key.comment.as_ref());
    }
    for item in &table.constraints {
        add(Some(&item.name), item.comment.as_ref());
    }
    for key in &table.foreign_keys {
        add(key.name.as_ref(), key.comment.as_ref());
    }
    for check in &table.checks {
        add(check.name.as_ref(), check.comment.as_ref());
    }
    steps
}

/// The step that sets a table's comment, if it has one that differs.
pub(super) fn comment(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
    from: Option<&str>,
) -> Option<Step> {
    let to = table.comment.as_deref();
    (to != from).then(|| {
        writer.comment_step(
            &format!("TABLE {}", writer.name(schema, &table.name)),
            &format!("table: {}", named(&table.name)),
            to,
        )
    })
}
