//! Reads one column of `SHOW CREATE TABLE`.

use super::cursor::{Context, Cursor, bare};
use super::lex::PieceKind;
use crate::dialect::mysql::{attrs, types};
use crate::schema::{Column, DataType, Generated, Table};

/// What ends a default: the words that may follow it.
const AFTER_DEFAULT: &[&str] = &[
    "ON",
    "COMMENT",
    "AUTO_INCREMENT",
    "CHECK",
    "COLUMN_FORMAT",
    "STORAGE",
    "INVISIBLE",
    "SRID",
    "REF_SYSTEM_ID",
    "COLLATE",
    "WITHOUT",
    "WITH",
    "ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "NOT",
];

/// Reads a column; `None` for a form that is not known.
pub(super) fn column(
    cursor: &mut Cursor<'_>,
    table: &Table,
    context: Context<'_>,
) -> Option<Column> {
    let name = cursor.name()?;
    let ty = data_type(cursor)?;
    let mut column = Column {
        name,
        nullable: true,
        ty,
        ..Column::default()
    };
    let mut charset: Option<String> = None;
    let mut json_check = false;
    while cursor.peek().is_some() {
        let mut set = |key: &str, value: &str| column.attrs.set(key, Some(value));
        if cursor.words(&["CHARACTER", "SET"]) {
            charset = Some(cursor.word()?.to_owned());
        } else if cursor.words(&["COLLATE"]) {
            column.collation = Some(cursor.word()?.to_owned());
        } else if cursor.words(&["NOT", "NULL"]) {
            column.nullable = false;
        } else if cursor.words(&["NULL"]) {
            column.nullable = true;
        } else if cursor.words(&["GENERATED", "ALWAYS", "AS", "ROW"]) {
            set(attrs::ROW, cursor.word()?);
        } else if cursor.words(&["WITHOUT", "SYSTEM", "VERSIONING"]) {
            set(attrs::UNVERSIONED, "true");
        } else if cursor.words(&["GENERATED", "ALWAYS", "AS"]) {
            let expr = bare(cursor.group()?).to_owned();
            let stored = cursor.words(&["STORED"]) || cursor.words(&["PERSISTENT"]);
            if !stored {
                cursor.words(&["VIRTUAL"]);
            }
            column.generated = Some(Generated { expr, stored });
        } else if cursor.words(&["DEFAULT"]) {
            column.default = default(cursor, &column.ty)?;
        } else if cursor.words(&["ON", "UPDATE"]) {
            let before = *cursor;
            cursor.word()?;
            if let Some(PieceKind::Group(_)) = cursor.peek() {
                cursor.next();
            }
            set(attrs::ON_UPDATE, cursor.since(&before));
        } else if cursor.words(&["AUTO_INCREMENT"]) {
            column.auto_increment = true;
        } else if cursor.words(&["COMMENT"]) {
            column.comment = Some(cursor.text()?).filter(|text| !text.is_empty());
        } else if cursor.words(&["CHECK"]) {
            let expr = bare(cursor.group()?);
            json_check = expr == format!("json_valid(`{}`)", column.name.replace('`', "``"));
            set(attrs::CHECK, expr);
        } else if cursor.words(&["INVISIBLE"]) {
            set(attrs::INVISIBLE, "true");
        } else if cursor.words(&["SRID"]) {
            set(attrs::SRID, cursor.word()?);
        } else if cursor.words(&["REF_SYSTEM_ID"]) {
            cursor.equals();
            set(attrs::SRID, cursor.word()?);
        } else if cursor.words(&["COLUMN_FORMAT"]) {
            set(attrs::COLUMN_FORMAT, cursor.word()?);
        } else if cursor.words(&["STORAGE"]) {
            set(attrs::STORAGE, cursor.word()?);
        } else if cursor.words(&["COMPRESSED"]) {
            set(attrs::COMPRESSED, "COMPRESSED");
        } else {
            return None;
        }
    }
    finish(&mut column, charset, json_check, table, context)?;
    Some(column)
}

/// Settles what depends on the whole line: the collation, and MariaDB's spelling of JSON.
fn finish(
    column: &mut Column,
    charset: Option<String>,
    json_check: bool,
    table: &Table,
    context: Context<'_>,
) -> Option<()> {
    if context.server.json_is_text()
        && json_check
        && column.ty == "longtext"
        && column.collation.as_deref() == Some("utf8mb4_bin")
    {
        column.ty = DataType::parse("json");
        column.attrs.remove(attrs::CHECK);
        column.collation = None;
        return Some(());
    }
    if !types::is_character(&column.ty) {
        return Some(());
    }
    if column.collation.is_none() {
        let collation = match charset {
            Some(charset) => context.collations.get(&charset)?,
            None => table.attrs.get(attrs::COLLATION)?,
        };
        column.collation = Some(collation.clone());
    }
    Some(())
}

/// The type with its arguments, without what says nothing: the display width of integers and years.
fn data_type(cursor: &mut Cursor<'_>) -> Option<DataType> {
    let mut name = cursor.word()?.to_ascii_lowercase();
    let mut arguments = None;
    if let Some(PieceKind::Group(inner)) = cursor.peek() {
        cursor.next();
        arguments = Some(inner);
    }
    let unsigned = cursor.words(&["unsigned"]);
    let zerofill = cursor.words(&["zerofill"]);
    let width_says_nothing = match name.as_str() {
        "tinyint" => arguments != Some("1") && !zerofill,
        "smallint" | "mediumint" | "int" | "bigint" => !zerofill,
        "year" => true,
        _ => false,
    };
    if let Some(inner) = arguments.filter(|_| !width_says_nothing) {
        name = format!("{name}({inner})");
    }
    if unsigned {
        name.push_str(" unsigned");
    }
    if zerofill {
        name.push_str(" zerofill");
    }
    Some(DataType::parse(&name))
}

/// A default in the server's spelling; `DEFAULT NULL` counts as no default. The outer `None` is for a form that is not known.
fn default(cursor: &mut Cursor<'_>, ty: &DataType) -> Option<Option<String>> {
    let before = *cursor;
    loop {
        match cursor.peek() {
            None | Some(PieceKind::Comma) => break,
            Some(PieceKind::Word(word))
                if cursor.rest.len() < before.rest.len()
                    && AFTER_DEFAULT
                        .iter()
                        .any(|end| word.eq_ignore_ascii_case(end)) =>
            {
                break;
            }
            Some(_) => {
                cursor.next();
            }
        }
    }
    let text = cursor.since(&before);
    if text.is_empty() {
        return None;
    }
    Some((!text.eq_ignore_ascii_case("NULL")).then(|| types::default(text, ty)))
}
