//! Constraints that the server named by itself: they are dropped by what they are, since no file can know the name.

use crate::plan::PlanError;
use crate::schema::{ForeignKey, KeyPart, PartExpr, Table};

use super::writer::{Writer, literal, named, refuse};

/// Where a constraint is looked up.
pub(super) struct Lookup<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) schema: &'a str,
    pub(super) table: &'a str,
}

impl Lookup<'_> {
    fn drop(&self, query: &str) -> String {
        let table = self.writer.object(self.schema, self.table);
        let start = literal(&format!("ALTER TABLE {table} DROP CONSTRAINT "));
        let name = variable(query);
        let set = format!("DECLARE {name} nvarchar(MAX) = {start} + QUOTENAME(({query}));");
        match self.writer.indent() {
            Some(indent) => format!("BEGIN\n{indent}{set}\n{indent}EXEC ({name});\nEND"),
            None => format!("BEGIN {set} EXEC ({name}); END"),
        }
    }

    fn id(&self) -> String {
        format!(
            "OBJECT_ID({})",
            self.writer.object_literal(self.schema, self.table)
        )
    }

    fn column(&self, name: &str) -> String {
        format!(
            "COLUMNPROPERTY({}, {}, 'ColumnId')",
            self.id(),
            literal(name)
        )
    }

    /// Columns of a constraint, of which rows in `relation` tell: all of these, and no other.
    fn columns(&self, relation: &str, of: &str, columns: &[&str]) -> String {
        let column = match relation {
            "foreign_key_columns" => "parent_column_id",
            _ => "column_id",
        };
        let all: Vec<String> = columns.iter().map(|name| self.column(name)).collect();
        let mut text = String::new();
        for one in &all {
            text.push_str(&format!(" AND EXISTS (SELECT 1 FROM sys.{relation} [x] WHERE {of} AND [x].[{column}] = {one})"));
        }
        text.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM sys.{relation} [x] WHERE {of} AND [x].[{column}] NOT IN ({}))",
            all.join(", ")
        ));
        text
    }

    /// The default of a column.
    pub(super) fn default(&self, column: &str) -> String {
        self.drop(&format!(
            "SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = {} AND [parent_column_id] = {}",
            self.id(),
            self.column(column)
        ))
    }

    pub(super) fn primary_key(&self) -> String {
        self.drop(&format!("SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = {}", self.id()))
    }

    pub(super) fn unique(&self, parts: &[KeyPart]) -> String {
        let columns: Vec<&str> = parts
            .iter()
            .map(|part| match &part.on {
                PartExpr::Column(name) | PartExpr::Expr(name) => name.as_str(),
            })
            .collect();
        let of =
            "[x].[object_id] = [k].[parent_object_id] AND [x].[index_id] = [k].[unique_index_id]";
        self.drop(&format!(
            "SELECT [k].[name] FROM sys.key_constraints [k] WHERE [k].[type] = 'UQ' AND [k].[is_system_named] = 1 AND \
             [k].[parent_object_id] = {}{}",
            self.id(),
            self.columns("index_columns", of, &columns)
        ))
    }

    pub(super) fn foreign_key(&self, key: &ForeignKey) -> String {
        let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
        let target = self
            .writer
            .object_literal(&key.ref_table.schema, &key.ref_table.name);
        let of = "[x].[constraint_object_id] = [k].[object_id]";
        self.drop(&format!(
            "SELECT [k].[name] FROM sys.foreign_keys [k] WHERE [k].[is_system_named] = 1 AND [k].[parent_object_id] = {} AND \
             [k].[referenced_object_id] = OBJECT_ID({target}){}",
            self.id(),
            self.columns("foreign_key_columns", of, &columns)
        ))
    }

    /// The one check of a table that has no name of its own.
    ///
    /// # Errors
    /// When there are several: the server keeps their conditions in a spelling that no file can know.
    pub(super) fn check(&self, from: &Table) -> Result<String, PlanError> {
        if from
            .checks
            .iter()
            .filter(|check| check.name.is_none())
            .count()
            > 1
        {
            return Err(refuse(
                self.table,
                format!(
                    "{} has several checks without names, and nothing tells them apart",
                    named(self.table)
                ),
                "give the checks names in a migration of your own: `EXEC sp_rename`, with the names that the database has",
            ));
        }
        Ok(self.drop(&format!(
            "SELECT [name] FROM sys.check_constraints WHERE [is_system_named] = 1 AND [parent_object_id] = {}",
            self.id()
        )))
    }
}

/// A name of a variable that no other query has: a file may run as one batch, in which a name is declared once.
fn variable(query: &str) -> String {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("@drop_{:08x}", query.bytes().fold(0x811c_9dc5, fold))
}
