//! Columns, and the sequences that number them.

use std::collections::BTreeMap;

use super::super::attrs;
use super::catalogue::{Catalogue, Comments, Row};
use super::sequences::{RawSequence, serial_name, serial_options};
use super::text::{cast_literal, ident, literal, qualified, settled};
use super::types::{RawType, data_type, drops_cast, is_number};
use crate::engine::EngineError;
use crate::schema::{Column, DataType, Generated, Identity};

/// A column as the catalogue has it.
#[derive(Debug)]
pub(super) struct RawColumn {
    pub(super) number: i16,
    pub(super) name: String,
    /// Defined by the table itself, not only by a parent.
    pub(super) local: bool,
    ty: DataType,
    /// The server's spelling with and without arguments.
    full: String,
    bare: String,
    type_kind: String,
    nullable: bool,
    identity: String,
    generated: String,
    /// Default or generation expression.
    expr: Option<String>,
    collation: Option<String>,
    storage: Option<&'static str>,
    compression: Option<&'static str>,
    /// Options of a foreign table's column.
    foreign: Option<String>,
}

/// Columns by relation, in their order.
pub(super) type Columns = BTreeMap<u32, Vec<RawColumn>>;

const COLUMNS: &str = "\
SELECT a.attrelid AS relation, a.attnum AS number, a.attname::text AS name,
  a.attislocal OR a.attinhcount = 0 AS local,
  pg_catalog.format_type(a.atttypid, a.atttypmod) AS full_type, pg_catalog.format_type(a.atttypid, -1) AS bare_type,
  coalesce(e.typtype, t.typtype)::text AS type_kind, tn.nspname::text AS type_schema,
  coalesce(e.typname, t.typname)::text AS type_name, pg_catalog.quote_ident(coalesce(e.typname, t.typname)) AS type_quoted,
  pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(coalesce(e.typname, t.typname)) AS type_qualified,
  NOT a.attnotnull AS nullable, a.attidentity::text AS identity, a.attgenerated::text AS generated,
  pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expr,
  (SELECT ARRAY[cn.nspname::text, co.collname::text]
   FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
   WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation) AS collation,
  CASE WHEN a.attfdwoptions IS NOT NULL THEN (
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || ' ' || pg_catalog.quote_literal(o.option_value),
      ', ' ORDER BY o.option_name) FROM pg_catalog.pg_options_to_table(a.attfdwoptions) o) END AS foreign_options,
  CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
  {compression} AS compression
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
JOIN pg_catalog.pg_namespace tn ON tn.oid = coalesce(e.typnamespace, t.typnamespace)
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum";

/// Reads the columns of all relations.
pub(super) async fn columns(catalogue: &mut Catalogue<'_>) -> Result<Columns, EngineError> {
    let compression = if catalogue.version().has_compression() {
        "a.attcompression::text"
    } else {
        "''::text"
    };
    let sql = COLUMNS.replace("{compression}", compression);
    let mut columns = Columns::new();
    for row in catalogue.rows("columns", sql).await? {
        columns
            .entry(row.oid("relation")?)
            .or_default()
            .push(raw_column(&row)?);
    }
    Ok(columns)
}

fn raw_column(row: &Row) -> Result<RawColumn, EngineError> {
    let full: String = row.get("full_type")?;
    let ty = data_type(&RawType {
        full: &full,
        schema: row.get("type_schema")?,
        name: row.get("type_name")?,
        qualified: row.get("type_qualified")?,
        quoted: row.get("type_quoted")?,
    });
    Ok(RawColumn {
        number: row.get("number")?,
        name: row.get("name")?,
        local: row.get("local")?,
        ty,
        full,
        bare: row.get("bare_type")?,
        type_kind: row.get("type_kind")?,
        nullable: row.get("nullable")?,
        identity: row.get("identity")?,
        generated: row.get("generated")?,
        expr: row.get("expr")?,
        collation: row
            .get::<Option<Vec<String>>>("collation")?
            .as_deref()
            .and_then(collation),
        storage: match row.get("storage")? {
            Some("p") => Some("PLAIN"),
            Some("e") => Some("EXTERNAL"),
            Some("m") => Some("MAIN"),
            Some("x") => Some("EXTENDED"),
            _ => None,
        },
        compression: match row.get("compression")? {
            "p" => Some("pglz"),
            "l" => Some("lz4"),
            _ => None,
        },
        foreign: row.get("foreign_options")?,
    })
}

/// A collation as it is written, from its schema and name.
fn collation(names: &[String]) -> Option<String> {
    match names {
        [schema, name] if schema == "pg_catalog" => Some(ident(name)),
        [schema, name] => Some(qualified(schema, name)),
        _ => None,
    }
}

impl RawColumn {
    /// Whether a child's column is just what it inherits from this one of its parent.
    pub(super) fn passes_on(&self, child: &Self) -> bool {
        let inherited = |column: &Self| {
            (
                column.full.clone(),
                column.nullable,
                column.generated.clone(),
                column.expr.clone(),
                column.collation.clone(),
                column.storage,
                column.compression,
            )
        };
        child.identity.is_empty() && inherited(self) == inherited(child)
    }

    /// The column as a line of `CREATE TABLE`, for objects that are kept as text.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{} {}", ident(&self.name), self.full);
        if let Some(options) = &self.foreign {
            line += &format!(" OPTIONS ({options})");
        }
        if let Some(collation) = &self.collation {
            line += &format!(" COLLATE {collation}");
        }
        match (self.generated.as_str(), &self.expr) {
            (_, None) => {}
            ("", Some(expr)) => line += &format!(" DEFAULT {expr}"),
            ("v", Some(expr)) => line += &format!(" GENERATED ALWAYS AS ({expr}) VIRTUAL"),
            (_, Some(expr)) => line += &format!(" GENERATED ALWAYS AS ({expr}) STORED"),
        }
        if !self.nullable {
            line += " NOT NULL";
        }
        match self.identity.as_str() {
            "a" => line += " GENERATED ALWAYS AS IDENTITY",
            "d" => line += " GENERATED BY DEFAULT AS IDENTITY",
            _ => {}
        }
        for (word, value) in [("STORAGE", self.storage), ("COMPRESSION", self.compression)] {
            if let Some(value) = value {
                line += &format!(" {word} {value}");
            }
        }
        line
    }

    /// A default of a view's column as the statement that sets it.
    pub(super) fn set_default(&self, view: &str) -> Option<String> {
        let expr = self.expr.as_ref()?;
        let name = ident(&self.name);
        Some(format!(
            ";\nALTER VIEW {view} ALTER COLUMN {name} SET DEFAULT {expr}"
        ))
    }

    /// The model's column; `owned` are the sequences that belong to it.
    pub(super) fn column(
        &self,
        relation: u32,
        table: &str,
        owned: &[&RawSequence],
        comments: &Comments,
    ) -> Column {
        let mut column = Column {
            name: self.name.clone(),
            ty: self.ty.clone(),
            nullable: self.nullable,
            collation: self.collation.clone(),
            comment: comments.on_column(relation, self.number).map(str::to_owned),
            ..Column::default()
        };
        column.attrs.set(attrs::COLUMN_STORAGE, self.storage);
        column.attrs.set(attrs::COMPRESSION, self.compression);
        if let Some(serial) = self.serial(owned) {
            column.auto_increment = true;
            let attrs = &mut column.attrs;
            let options = serial_options(&serial.ty, &serial.options, &self.bare);
            attrs.set(attrs::SERIAL_OPTIONS, options);
            let own = serial.name != serial_name(table, &self.name);
            attrs.set(attrs::SERIAL_SEQUENCE, own.then_some(&serial.name));
            attrs.flag(attrs::SEQUENCE_UNLOGGED, serial.unlogged);
            note_comment(&mut column, serial, comments);
            return column;
        }
        match (self.generated.as_str(), &self.expr) {
            (_, None) => {}
            ("", Some(expr)) => column.default = Some(self.default(expr)),
            (stored, Some(expr)) => {
                column.generated = Some(Generated {
                    expr: settled(expr),
                    stored: stored == "s",
                });
            }
        }
        if !self.identity.is_empty() {
            let sequence = owned.iter().find(|sequence| sequence.identity);
            column.identity = sequence.map(|sequence| Identity {
                always: self.identity == "a",
                options: sequence.options.clone(),
            });
            if let Some(sequence) = sequence {
                note_comment(&mut column, sequence, comments);
            }
        }
        column
    }

    /// The sequence that makes this a serial column: an integer numbered by a sequence that belongs to it.
    pub(super) fn serial<'s>(&self, owned: &[&'s RawSequence]) -> Option<&'s RawSequence> {
        if !matches!(self.bare.as_str(), "smallint" | "integer" | "bigint") {
            return None;
        }
        let expr = self.expr.as_deref().filter(|_| self.generated.is_empty())?;
        owned.iter().copied().find(|sequence| {
            let name = literal(&sequence.quoted);
            !sequence.identity && expr == format!("nextval({name}::regclass)")
        })
    }

    /// The default in the form that is written: a literal loses the cast to the column's own type, which it gets back
    /// when it is read again.
    fn default(&self, expr: &str) -> String {
        let Some((text, cast)) = cast_literal(expr) else {
            return expr.to_owned();
        };
        let text_types = ["text", "character varying"];
        let same = cast == self.bare
            || (self.full == self.bare
                && text_types.contains(&cast)
                && text_types.contains(&self.bare.as_str()));
        let number = text.trim_matches('\'');
        if is_number(&self.bare) && number_type(number).is_some_and(|own| same || own == cast) {
            number.to_owned()
        } else if same
            && (drops_cast(&self.bare)
                || (self.ty.user.is_some() && matches!(self.type_kind.as_str(), "e" | "b")))
        {
            text.to_owned()
        } else {
            expr.to_owned()
        }
    }
}

/// Notes the comment of the sequence that numbers a column.
fn note_comment(column: &mut Column, sequence: &RawSequence, comments: &Comments) {
    let text = comments.on("pg_class", sequence.oid);
    column.attrs.set(attrs::SEQUENCE_COMMENT, text);
}

/// The type that SQL gives to a number without quotes; `None` for anything else (`NaN`, `1e5`).
fn number_type(text: &str) -> Option<&'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1;
    if !plain {
        return None;
    }
    Some(if digits.parse::<i32>().is_ok() {
        "integer"
    } else if digits.parse::<i64>().is_ok() {
        "bigint"
    } else {
        "numeric"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_types_that_the_server_gives_them() {
        assert_eq!(number_type("-1"), Some("integer"));
        assert_eq!(number_type("2147483647"), Some("integer"));
        // The sign is an operator: without it the number is one too large.
        assert_eq!(number_type("-2147483648"), Some("bigint"));
        assert_eq!(number_type("9223372036854775808"), Some("numeric"));
        assert_eq!(number_type("-1.50"), Some("numeric"));
        for text in ["NaN", "", "-", ".", "1.", ".5", "1e5", "1.2.3", "0x1"] {
            assert_eq!(number_type(text), None, "{text}");
        }
    }
}
