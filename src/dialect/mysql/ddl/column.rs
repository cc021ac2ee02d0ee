//! Writes one column.

use super::writer::{Writer, quote, text};
use crate::dialect::mysql::attrs;
use crate::schema::{Column, DataType, Table};

/// A column's definition. `table` has the defaults of the table behind the statement, which already hold in it.
pub(super) fn definition(writer: &Writer<'_>, column: &Column, table: &Table) -> String {
    let mut words = vec![quote(&column.name), data_type(&column.ty)];
    let attr = |key: &str| column.attrs.get(key).map(String::as_str);
    let table = |key: &str| table.attrs.get(key).map(String::as_str);
    // MariaDB 11 takes it nowhere else.
    words.extend(attr(attrs::COMPRESSED).map(str::to_owned));
    let collation = column.collation.as_deref();
    let charset = collation.map(charset_of);
    let foreign_charset = charset.filter(|charset| table(attrs::CHARSET) != Some(charset));
    // MariaDB takes no `COLLATE binary`, and the character set has no other.
    let foreign_collation = collation
        .filter(|collation| table(attrs::COLLATION) != Some(collation) && *collation != "binary");
    let collate = foreign_collation.map(|collation| format!("COLLATE {collation}"));
    words.extend(foreign_charset.map(|charset| format!("CHARSET {charset}")));
    if let Some(generated) = &column.generated {
        // Behind the expression MariaDB does not take it.
        words.extend(collate.clone());
        let kind = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        words.push(format!("AS ({}) {kind}", generated.expr));
    }
    let row = attr(attrs::ROW);
    words.extend(row.map(|row| format!("GENERATED ALWAYS AS ROW {row}")));
    let takes_null = column.generated.is_none() || writer.server.generated_takes_null();
    if takes_null && row.is_none() {
        words.push(if column.nullable { "NULL" } else { "NOT NULL" }.to_owned());
    }
    words.extend(
        column
            .default
            .as_ref()
            .map(|default| format!("DEFAULT {}", writer.default(default))),
    );
    words.extend(attr(attrs::INVISIBLE).map(|_| "INVISIBLE".to_owned()));
    words.extend(attr(attrs::UNVERSIONED).map(|_| "WITHOUT SYSTEM VERSIONING".to_owned()));
    words.extend(attr(attrs::SRID).map(|srid| {
        if writer.server.maria() {
            format!("REF_SYSTEM_ID={srid}")
        } else {
            format!("SRID {srid}")
        }
    }));
    words.extend(column.auto_increment.then(|| "AUTO_INCREMENT".to_owned()));
    words.extend(attr(attrs::ON_UPDATE).map(|value| format!("ON UPDATE {value}")));
    words.extend(attr(attrs::COLUMN_FORMAT).map(|value| format!("COLUMN_FORMAT {value}")));
    words.extend(attr(attrs::STORAGE).map(|value| format!("STORAGE {value}")));
    words.extend(
        column
            .comment
            .as_ref()
            .map(|comment| format!("COMMENT {}", text(comment))),
    );
    if column.generated.is_none() {
        words.extend(collate);
    }
    words.extend(attr(attrs::CHECK).map(|expr| format!("CHECK ({expr})")));
    words.join(" ")
}

/// The character set that a collation belongs to: its first word.
fn charset_of(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

/// The type as Atlas writes it: a number of one digit is what both servers make of `bool`.
fn data_type(ty: &DataType) -> String {
    if *ty == "tinyint(1)" {
        "bool".to_owned()
    } else {
        ty.to_string()
    }
}

/// Whether a column can become the other in place; otherwise it is dropped and added again.
pub(super) fn changes_in_place(from: &Column, to: &Column) -> bool {
    let is_virtual = |column: &Column| column.generated.as_ref().is_some_and(|rule| !rule.stored);
    is_virtual(from) == is_virtual(to)
}

/// A column that only computes its values loses nothing when it is recreated; a plain one that becomes virtual gives
/// its values up. Only the way from virtual to plain would lose values that somebody meant to keep.
pub(super) fn would_lose_values(from: &Column, to: &Column) -> bool {
    from.generated.as_ref().is_some_and(|rule| !rule.stored) && to.generated.is_none()
}
