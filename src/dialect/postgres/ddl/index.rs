//! Indexes that no constraint owns.

use crate::dialect::postgres::attrs;
use crate::plan::Step;
use crate::schema::{Attrs, Index, KeyPart, PartExpr, Table};

use super::expr;
use super::writer::{Writer, named, quote};

/// One part of a key.
pub(super) fn part(writer: &Writer<'_>, part: &KeyPart) -> String {
    let mut text = match &part.on {
        PartExpr::Column(name) => quote(name),
        PartExpr::Expr(sql) => writer.wrapped(sql),
    };
    if let Some(collation) = part.attrs.get(attrs::COLLATION) {
        text.push_str(&format!(" COLLATE {}", writer.expr(collation)));
    }
    if let Some(class) = part.attrs.get(attrs::OPCLASS) {
        text.push_str(&format!(" {}", writer.expr(class)));
    }
    if part.descending {
        text.push_str(" DESC");
    }
    if let Some(nulls) = part.attrs.get(attrs::NULLS) {
        text.push_str(&format!(" NULLS {nulls}"));
    }
    text
}

/// `CREATE INDEX`.
pub(super) fn create_sql(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    index: &Index,
    concurrently: bool,
) -> String {
    let parts: Vec<String> = index.parts.iter().map(|key| part(writer, key)).collect();
    let mut text = format!(
        "CREATE {}INDEX {}{} ON {}{} ({})",
        if index.unique { "UNIQUE " } else { "" },
        if concurrently { "CONCURRENTLY " } else { "" },
        quote(&index.name),
        writer.name(schema, table),
        index
            .method
            .as_ref()
            .filter(|method| *method != "btree")
            .map_or_else(String::new, |method| format!(" USING {method}")),
        parts.join(", ")
    );
    if !index.include.is_empty() {
        let include: Vec<String> = index.include.iter().map(|name| quote(name)).collect();
        text.push_str(&format!(" INCLUDE ({})", include.join(", ")));
    }
    if index.attrs.contains_key(attrs::NULLS_NOT_DISTINCT) {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(storage) = index.attrs.get(attrs::STORAGE) {
        text.push_str(&format!(" WITH ({storage})"));
    }
    if let Some(name) = index.attrs.get(attrs::TABLESPACE) {
        text.push_str(&format!(" TABLESPACE {}", quote(name)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {}", writer.expr(predicate)));
    }
    text
}

/// Indexes of this table can be built and dropped without blocking it.
fn can_be_concurrent(table: &Table) -> bool {
    !table.attrs.contains_key(attrs::PARTITION_BY)
}

/// The step that creates an index on a table that may have rows.
pub(super) fn create_on_existing(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
    index: &Index,
) -> Step {
    let concurrently = writer.context.options.concurrent_index_create && can_be_concurrent(table);
    create(writer, schema, &table.name, index, concurrently)
}

/// The step that creates an index.
pub(super) fn create(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    index: &Index,
    concurrently: bool,
) -> Step {
    let step = Step::new(
        create_sql(writer, schema, table, index, concurrently),
        format!(
            "create index {} to table: {}",
            named(&index.name),
            named(table)
        ),
    );
    if concurrently { step.alone() } else { step }
}

/// The step that drops an index of a table that may have rows.
pub(super) fn drop_from_existing(
    writer: &Writer<'_>,
    schema: &str,
    table: &Table,
    index: &Index,
) -> Step {
    let concurrently = writer.context.options.concurrent_index_drop && can_be_concurrent(table);
    drop(writer, schema, &table.name, index, concurrently)
}

/// The step that drops an index.
pub(super) fn drop(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    index: &Index,
    concurrently: bool,
) -> Step {
    let step = Step::new(
        format!(
            "DROP INDEX {}{}",
            if concurrently { "CONCURRENTLY " } else { "" },
            writer.name(schema, &index.name)
        ),
        format!(
            "drop index {} from table: {}",
            named(&index.name),
            named(table)
        ),
    );
    if concurrently { step.alone() } else { step }
}

/// The step that sets an index's comment, if it has one that differs.
pub(super) fn comment(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    index: &Index,
    from: Option<&str>,
) -> Option<Step> {
    let to = index.comment.as_deref();
    (to != from).then(|| {
        writer.comment_step(
            &format!("INDEX {}", writer.name(schema, &index.name)),
            &format!("index: {} on table: {}", named(&index.name), named(table)),
            to,
        )
    })
}

/// How an index changes: in place where the server can, otherwise it is recreated.
pub(super) enum Modification {
    /// Its place is taken by the new one.
    Replace,
    /// Statements that change it, comment included.
    InPlace(Vec<Step>),
}

/// How an index changes.
pub(super) fn modify(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    from: &Index,
    to: &Index,
) -> Modification {
    let alterable = |index: &Index| Index {
        name: String::new(),
        comment: None,
        attrs: index
            .attrs
            .iter()
            .filter(|(key, _)| ![attrs::STORAGE, attrs::TABLESPACE].contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        ..index.clone()
    };
    // One whose building failed is there in name only.
    if from.attrs.contains_key(attrs::INVALID) || alterable(from) != alterable(to) {
        return Modification::Replace;
    }
    let mut steps = Vec::new();
    if from.name != to.name {
        steps.push(Step::new(
            format!(
                "ALTER INDEX {} RENAME TO {}",
                writer.name(schema, &from.name),
                quote(&to.name)
            ),
            format!(
                "rename an index from {} to {}",
                named(&from.name),
                named(&to.name)
            ),
        ));
    }
    let name = writer.name(schema, &to.name);
    // ALTER INDEX takes one action at a time.
    for action in attr_actions(&from.attrs, &to.attrs) {
        steps.push(Step::new(
            format!("ALTER INDEX {name} {action}"),
            format!(
                "modify index {} of table: {}",
                named(&to.name),
                named(table)
            ),
        ));
    }
    steps.extend(comment(writer, schema, table, to, from.comment.as_deref()));
    Modification::InPlace(steps)
}

fn attr_actions(from: &Attrs, to: &Attrs) -> Vec<String> {
    let mut actions = storage_actions(
        from.get(attrs::STORAGE).map(String::as_str),
        to.get(attrs::STORAGE).map(String::as_str),
    );
    if from.get(attrs::TABLESPACE) != to.get(attrs::TABLESPACE) {
        actions.push(tablespace_action(
            to.get(attrs::TABLESPACE).map(String::as_str),
        ));
    }
    actions
}

/// `SET TABLESPACE`, back to the database's own for none.
pub(super) fn tablespace_action(to: Option<&str>) -> String {
    format!("SET TABLESPACE {}", quote(to.unwrap_or("pg_default")))
}

/// `SET (…)` and `RESET (…)` for storage parameters.
pub(super) fn storage_actions(from: Option<&str>, to: Option<&str>) -> Vec<String> {
    let (from, mut to) = (attrs::storage(from), attrs::storage(to));
    let reset: Vec<&str> = from
        .keys()
        .copied()
        .filter(|key| !to.contains_key(key))
        .collect();
    to.retain(|key, value| from.get(key) != Some(value));
    let set = attrs::storage_text(&to).map(|set| format!("SET ({set})"));
    let reset = (!reset.is_empty()).then(|| format!("RESET ({})", reset.join(", ")));
    set.into_iter().chain(reset).collect()
}

/// The index is on this column, carries it, or speaks of it.
pub(super) fn involves(index: &Index, column: &str) -> bool {
    part_columns(&index.parts).any(|name| name == column)
        || index.include.iter().any(|name| name == column)
        || speaks_of(index, column)
}

/// An expression or the predicate of the index names this column.
pub(super) fn speaks_of(index: &Index, column: &str) -> bool {
    let exprs = index.parts.iter().filter_map(|part| match &part.on {
        PartExpr::Expr(sql) => Some(sql),
        PartExpr::Column(_) => None,
    });
    exprs
        .chain(&index.predicate)
        .any(|sql| expr::mentions(sql, column))
}

/// Columns that key parts are on; expressions are left out.
pub(super) fn part_columns(parts: &[KeyPart]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match &part.on {
        PartExpr::Column(name) => Some(name.as_str()),
        PartExpr::Expr(_) => None,
    })
}
