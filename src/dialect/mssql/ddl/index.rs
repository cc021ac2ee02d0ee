//! Indexes.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::write::{create_index, parts};
use crate::plan::Step;
use crate::schema::Index;

use super::writer::{Writer, named, quote};

/// An index as it stands in a type that is a table.
pub(super) fn inline(index: &Index) -> String {
    let unique = if index.unique { " UNIQUE" } else { "" };
    let clustered = index.attrs.contains_key(attrs::CLUSTERING);
    let clustering = if clustered { " CLUSTERED" } else { "" };
    let columns = parts(&index.parts);
    format!("INDEX {}{unique}{clustering} {columns}", quote(&index.name))
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
    let sql = create_index(&writer.object(schema, table), index);
    let filter = index.predicate.as_deref().into_iter();
    Step::new(writer.compiled((schema, table), sql, filter), what)
}

pub(super) fn drop(writer: &Writer<'_>, schema: &str, table: &str, index: &Index) -> Step {
    let what = format!(
        "drop index {} from table: {}",
        named(&index.name),
        named(table)
    );
    Step::new(drop_sql(writer, schema, table, index), what)
}
