//! Indexes.

use crate::dialect::mssql::attrs;
use crate::plan::Step;
use crate::schema::{Index, PartExpr};

use super::key::{parts, storage};
use super::writer::{Writer, list, named, quote};

/// An index as it stands in a type that is a table.
pub(super) fn inline(index: &Index) -> String {
    let unique = if index.unique { " UNIQUE" } else { "" };
    let clustered = index.attrs.contains_key(attrs::CLUSTERING);
    let clustering = if clustered { " CLUSTERED" } else { "" };
    let columns = parts(&index.parts);
    format!("INDEX {}{unique}{clustering} {columns}", quote(&index.name))
}

/// The statement that creates an index on what is called so.
pub(in crate::dialect::mssql) fn create_sql(on: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let clustered = index.attrs.contains_key(attrs::CLUSTERING);
    let clustering = if clustered {
        "CLUSTERED"
    } else {
        "NONCLUSTERED"
    };
    let method = if index.method.is_some() {
        " COLUMNSTORE"
    } else {
        ""
    };
    let mut text = format!(
        "CREATE {unique}{clustering}{method} INDEX {} ON {on}",
        quote(&index.name),
    );
    let columns = match index.method.is_some() {
        false => parts(&index.parts),
        true if index.parts.is_empty() => String::new(),
        true => list(
            &index
                .parts
                .iter()
                .map(|part| match &part.on {
                    PartExpr::Column(name) | PartExpr::Expr(name) => name.clone(),
                })
                .collect::<Vec<_>>(),
        ),
    };
    if !columns.is_empty() {
        text.push(' ');
        text.push_str(&columns);
    }
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE {}", list(&index.include)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text.push_str(&storage(&index.attrs));
    text
}

fn drop_sql(writer: &Writer<'_>, schema: &str, table: &str, index: &Index) -> String {
    format!(
        "DROP INDEX {} ON {}",
        quote(&index.name),
        writer.object(schema, table)
    )
}

pub(super) fn create(writer: &Writer<'_>, schema: &str, table: &str, index: &Index) -> Step {
    let what = format!(
        "create index {} to table: {}",
        named(&index.name),
        named(table)
    );
    Step::new(
        create_sql(&writer.object(schema, table), index),
        what,
        drop_sql(writer, schema, table, index),
    )
}

pub(super) fn drop(writer: &Writer<'_>, schema: &str, table: &str, index: &Index) -> Step {
    let what = format!(
        "drop index {} from table: {}",
        named(&index.name),
        named(table)
    );
    Step::new(
        drop_sql(writer, schema, table, index),
        what,
        create_sql(&writer.object(schema, table), index),
    )
}
