//! Columns: their definition, and what must be said after it.

use crate::dialect::postgres::attrs;
use crate::plan::Step;
use crate::schema::{Column, DataType};

use super::writer::{Writer, named, quote};
use super::{expr, options, serial, types};

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
        text.push_str(&format!(" {}", identity(column, None)));
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

/// `GENERATED … AS IDENTITY (…)`; the sequence is named only where the server would choose another name.
pub(super) fn identity(column: &Column, sequence: Option<&str>) -> String {
    let Some(rule) = &column.identity else {
        return String::new();
    };
    let mut words: Vec<String> = sequence
        .map(|name| format!("SEQUENCE NAME {name}"))
        .into_iter()
        .collect();
    words.extend(options::create(&rule.options, &column.ty.name));
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
    Some(plain_constant(writer, &column.ty, default).unwrap_or_else(|| writer.expr(default)))
}

/// A constant without the cast that the server prints behind it, where it would put the same one back.
fn plain_constant(writer: &Writer<'_>, ty: &DataType, default: &str) -> Option<String> {
    let (constant, cast) = expr::cast_constant(default)?;
    let inner = &constant[1..constant.len() - 1];
    let as_number = match cast {
        "integer" => inner.parse::<i32>().is_ok(),
        "bigint" => inner.parse::<i64>().is_ok() && inner.parse::<i32>().is_err(),
        "numeric" => inner.contains('.') && inner.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    };
    if as_number && is_number(ty) {
        return Some(inner.to_owned());
    }
    let same = match &ty.user {
        Some(user) => {
            types::enum_of(writer.desired(), ty)
                .or_else(|| types::enum_of(writer.current(), ty))
                .is_some()
                && [
                    format!("{}.{}", bare(&user.schema), bare(&user.name)),
                    bare(&user.name),
                ]
                .contains(&cast.to_owned())
                && !ty.name.ends_with(']')
        }
        None => {
            let base = types::base(&ty.name);
            let brackets = types::brackets(ty);
            let cast = if cast == "bpchar" { "character" } else { cast };
            is_plain(&base, brackets) && cast == format!("{base}{brackets}")
        }
    };
    same.then(|| constant.to_owned())
}

/// An identifier as the server prints it: quoted only where that is needed.
fn bare(name: &str) -> String {
    let plain = name.chars().enumerate().all(|(at, char)| {
        char == '_' || char.is_ascii_lowercase() || (at > 0 && char.is_ascii_digit())
    });
    if plain && !name.is_empty() {
        name.to_owned()
    } else {
        quote(name)
    }
}

fn is_number(ty: &DataType) -> bool {
    ty.user.is_none()
        && !ty.name.ends_with(']')
        && matches!(
            types::base(&ty.name).as_str(),
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision"
        )
}

/// Types whose constants Atlas writes without a cast.
fn is_plain(base: &str, brackets: &str) -> bool {
    !brackets.is_empty()
        || matches!(
            base,
            "text"
                | "character varying"
                | "character"
                | "name"
                | "date"
                | "timestamp without time zone"
                | "timestamp with time zone"
                | "time without time zone"
                | "time with time zone"
                | "uuid"
                | "json"
                | "jsonb"
                | "bytea"
                | "inet"
                | "cidr"
                | "macaddr"
                | "macaddr8"
                | "point"
                | "line"
                | "lseg"
                | "box"
                | "path"
                | "polygon"
                | "circle"
                | "xml"
        )
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
            to.unwrap_or(""),
            from.unwrap_or(""),
        )
    })
}
