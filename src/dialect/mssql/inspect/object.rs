//! Statements that are written, and the names and types in them.

use super::catalogue::{Catalogue, Row};
use crate::dialect::mssql::parse::Path;
use crate::dialect::mssql::write::quote;

/// A statement that makes an object or a part of one.
pub(super) struct Object {
    /// For messages.
    pub(super) of: String,
    pub(super) sql: String,
    /// What it is called, where its text may call it something else.
    pub(super) name: Option<Path>,
}

impl Object {
    pub(super) fn new(of: impl Into<String>, sql: impl Into<String>) -> Self {
        Self {
            of: of.into(),
            sql: sql.into(),
            name: None,
        }
    }
}

impl Catalogue {
    /// The name of a schema.
    pub(super) fn schema(&self, id: i64) -> Option<&str> {
        let found = self
            .schemas
            .iter()
            .find(|one| one.number("schema_id") == id);
        found.map(|one| one.text("name"))
    }

    /// The full name of what a row is about, quoted; nothing where the schema is the server's own.
    pub(super) fn name(&self, row: &Row, schema: &str, name: &str) -> Option<String> {
        let schema = self.schema(row.number(schema))?;
        Some(format!("{}.{}", quote(schema), quote(row.text(name))))
    }

    /// The type of a column or a sequence.
    pub(super) fn data_type(&self, row: &Row) -> Result<String, String> {
        let name = row.text("type_name");
        if row.is("is_user_defined") {
            let found = self.name(row, "type_schema_id", "type_name");
            return found.ok_or_else(|| format!("type {name} is in a schema that is not read"));
        }
        if name == "xml" && row.get("xml_name").is_some() {
            let collection = self
                .name(row, "xml_schema_id", "xml_name")
                .unwrap_or_default();
            let document = if row.is("is_xml_document") {
                "DOCUMENT "
            } else {
                ""
            };
            return Ok(format!("xml({document}{collection})"));
        }
        Ok(built_in(name, row))
    }
}

/// A type of the server's own, with its length or its digits.
pub(super) fn built_in(name: &str, row: &Row) -> String {
    let bytes = row.number("max_length");
    let arguments = match name {
        "char" | "varchar" | "binary" | "varbinary" | "nchar" | "nvarchar" if bytes < 0 => {
            "(max)".to_owned()
        }
        "char" | "varchar" | "binary" | "varbinary" => format!("({bytes})"),
        "nchar" | "nvarchar" => format!("({})", bytes / 2),
        "decimal" | "numeric" => format!("({}, {})", row.number("precision"), row.number("scale")),
        "datetime2" | "datetimeoffset" | "time" => format!("({})", row.number("scale")),
        // Eight bytes come before the numbers, of four bytes each.
        "vector" => format!("({})", (bytes - 8) / 4),
        _ => String::new(),
    };
    format!("{name}{arguments}")
}
