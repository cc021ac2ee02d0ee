//! Columns: their definition, and what must be said after it.

use crate::dialect::postgres::attrs;
use crate::plan::Step;
use crate::schema::Column;

use super::writer::{Writer, named, quote};
use super::{options, serial};

/// The definition of a column, as in `CREATE TABLE` and after `ADD COLUMN`.
pub(super) fn definition(writer: &Writer<'_>, column: &Column) -> String {
    let mut text = quote(&column.name);
    text.push(' ');
    if column.auto_increment {
        text.push_str(serial::pseudo_type(&column.ty));
    } else {
        text.push_str(&writer.ty(&column.ty));
    }
    if let Some(method) = column.attrs.get(attrs::COMPRESSION) {
        text.push_str(&format!(" COMPRESSION {method}"));
    }
    // A serial column can't be made nullable at once: `followups` does it.
    let nullable = column.nullable && !column.auto_increment;
    if nullable || column.attrs.contains_key(attrs::NOT_NULL) {
        text.push_str(" NULL");
    } else {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default(writer, column) {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {}", writer.collation(collation)));
    }
    if column.identity.is_some() {
        text.push_str(&format!(" {}", identity(column)));
    }
    if let Some(generated) = &column.generated {
        text.push_str(&format!(
            " GENERATED ALWAYS AS {} {}",
            writer.wrapped(&generated.expr),
            if generated.stored {
                "STORED"
            } else {
                "VIRTUAL"
            }
        ));
    }
    text
}

/// `GENERATED … AS IDENTITY (…)`.
pub(super) fn identity(column: &Column) -> String {
    let Some(rule) = &column.identity else {
        return String::new();
    };
    let words = options::create(&rule.options, &column.ty.base);
    let kind = generation(rule.always);
    if words.is_empty() {
        format!("GENERATED {kind} AS IDENTITY")
    } else {
        format!("GENERATED {kind} AS IDENTITY ({})", words.join(" "))
    }
}

/// `ALWAYS` or `BY DEFAULT`.
pub(super) fn generation(always: bool) -> &'static str {
    if always { "ALWAYS" } else { "BY DEFAULT" }
}

/// The default as it is written, if the column has one of its own.
pub(super) fn default(writer: &Writer<'_>, column: &Column) -> Option<String> {
    if column.auto_increment || column.generated.is_some() {
        return None;
    }
    let default = column.default.as_deref()?;
    Some(writer.expr(default))
}

/// Actions of `ALTER TABLE` that finish a new column: what its definition can't say.
pub(super) fn followups(column: &Column) -> Vec<String> {
    let name = quote(&column.name);
    let mut actions = Vec::new();
    if column.auto_increment && column.nullable {
        actions.push(format!("ALTER COLUMN {name} DROP NOT NULL"));
    }
    if let Some(storage) = column.attrs.get(attrs::COLUMN_STORAGE) {
        actions.push(format!("ALTER COLUMN {name} SET STORAGE {storage}"));
    }
    actions.extend(marked_not_null(column));
    actions
}

/// The constraint of a column whose `NOT NULL` does not hold for all rows or all children.
pub(super) fn marked_not_null(column: &Column) -> Option<String> {
    let marks = column.attrs.get(attrs::NOT_NULL)?;
    let (no_inherit, not_valid) = (marks.contains("NO INHERIT"), marks.contains("NOT VALID"));
    Some(format!(
        "ADD NOT NULL {}{}{}",
        quote(&column.name),
        if no_inherit { " NO INHERIT" } else { "" },
        if not_valid { " NOT VALID" } else { "" }
    ))
}

/// The step that sets a column's comment, if it has one that differs.
pub(super) fn comment(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    column: &Column,
    from: Option<&str>,
) -> Option<Step> {
    let to = column.comment.as_deref();
    (to != from).then(|| {
        writer.comment_step(
            &format!(
                "COLUMN {}.{}",
                writer.name(schema, table),
                quote(&column.name)
            ),
            &format!("column: {} on table: {}", named(&column.name), named(table)),
            to,
        )
    })
}
