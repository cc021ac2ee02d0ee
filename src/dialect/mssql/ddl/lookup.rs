//! Constraints that the server named by itself: they are dropped by what they are, since no file can know the name.

use crate::plan::PlanError;
use crate::schema::{ForeignKey, PartExpr, Table, Unique};

use super::writer::{Writer, literal, named, refuse};

/// Where a constraint is looked up.
pub(super) struct Lookup<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) schema: &'a str,
    pub(super) table: &'a str,
    /// Tells a look-up from another one of the same constraint in the same plan: both may be in one batch.
    pub(super) salt: &'static str,
}

impl Lookup<'_> {
    fn drop(&self, query: &str) -> String {
        let table = self.writer.object(self.schema, self.table);
        let start = literal(&format!("ALTER TABLE {table} DROP CONSTRAINT "));
        let name = variable(&format!("{}{query}", self.salt));
        let set = format!("DECLARE {name} nvarchar(MAX) = {start} + QUOTENAME(({query}))");
        self.writer.block(&[set, format!("EXEC ({name})")])
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

    /// Columns of a constraint, of which rows in `relation` tell: all of these, and no other. What else is known of each
    /// is `beside` it.
    fn columns(&self, relation: &str, of: &str, columns: &[&str], beside: &[String]) -> String {
        let column = match relation {
            "foreign_key_columns" => "parent_column_id",
            _ => "column_id",
        };
        let all: Vec<String> = columns.iter().map(|name| self.column(name)).collect();
        let mut text = String::new();
        for (at, one) in all.iter().enumerate() {
            let beside = beside.get(at).map_or("", String::as_str);
            text.push_str(&format!(" AND EXISTS (SELECT 1 FROM sys.{relation} [x] WHERE {of} AND [x].[{column}] = {one}{beside})"));
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

    /// # Errors
    /// When another of the table's keys without names is on the same columns in the same order.
    pub(super) fn unique(&self, key: &Unique, from: &Table) -> Result<String, PlanError> {
        let names = |key: &Unique| -> Vec<String> {
            let names = key.parts.iter().map(|part| match &part.on {
                PartExpr::Column(name) | PartExpr::Expr(name) => name.clone(),
            });
            names.collect()
        };
        let own = names(key);
        let others = from.uniques.iter().filter(|one| one.name.is_none());
        let beside = match alike(&own, others.map(names)) {
            Alike::No => Vec::new(),
            Alike::Order => (1..=own.len())
                .map(|at| format!(" AND [x].[key_ordinal] = {at}"))
                .collect(),
            Alike::Whole => return Err(self.same("unique constraints")),
        };
        let columns: Vec<&str> = own.iter().map(String::as_str).collect();
        let of =
            "[x].[object_id] = [k].[parent_object_id] AND [x].[index_id] = [k].[unique_index_id]";
        Ok(self.drop(&format!(
            "SELECT [k].[name] FROM sys.key_constraints [k] WHERE [k].[type] = 'UQ' AND [k].[is_system_named] = 1 AND \
             [k].[parent_object_id] = {}{}",
            self.id(),
            self.columns("index_columns", of, &columns, &beside)
        )))
    }

    /// # Errors
    /// When another of the table's keys without names refers from the same columns to the same ones.
    pub(super) fn foreign_key(&self, key: &ForeignKey, from: &Table) -> Result<String, PlanError> {
        let pairs = |key: &ForeignKey| -> Vec<(String, String)> {
            let columns = key.columns.iter().cloned();
            columns.zip(key.ref_columns.iter().cloned()).collect()
        };
        let target = self
            .writer
            .object_literal(&key.ref_table.schema, &key.ref_table.name);
        let others = from.foreign_keys.iter();
        let others = others.filter(|one| one.name.is_none() && one.ref_table == key.ref_table);
        let others: Vec<_> = others.map(pairs).collect();
        let columns = |pairs: &Vec<(String, String)>| -> Vec<String> {
            pairs.iter().map(|(column, _)| column.clone()).collect()
        };
        // Which of them is the first does not matter, but which column refers to which does.
        let mut own = pairs(key);
        own.sort();
        let same = others.iter().filter(|other| {
            let mut other = (*other).clone();
            other.sort();
            other == own
        });
        if same.count() > 1 {
            return Err(self.same("foreign keys"));
        }
        let beside = match alike(&key.columns, others.iter().map(columns)) {
            Alike::No => Vec::new(),
            _ => key
                .ref_columns
                .iter()
                .map(|name| {
                    let name = literal(name);
                    format!(" AND [x].[referenced_column_id] = COLUMNPROPERTY(OBJECT_ID({target}), {name}, 'ColumnId')")
                })
                .collect(),
        };
        let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
        let of = "[x].[constraint_object_id] = [k].[object_id]";
        Ok(self.drop(&format!(
            "SELECT [k].[name] FROM sys.foreign_keys [k] WHERE [k].[is_system_named] = 1 AND [k].[parent_object_id] = {} AND \
             [k].[referenced_object_id] = OBJECT_ID({target}){}",
            self.id(),
            self.columns("foreign_key_columns", of, &columns, &beside)
        )))
    }

    /// Several without names, of which nothing tells which is which.
    fn same(&self, what: &str) -> PlanError {
        refuse(
            self.table,
            format!(
                "{} has several {what} without names, and nothing tells them apart",
                named(self.table)
            ),
            "give them names in a migration of your own: `EXEC sp_rename`, with the names that the database has",
        )
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
            return Err(self.same("checks"));
        }
        Ok(self.drop(&format!(
            "SELECT [name] FROM sys.check_constraints WHERE [is_system_named] = 1 AND [parent_object_id] = {}",
            self.id()
        )))
    }
}

/// How much the columns of another key are those of one.
enum Alike {
    No,
    /// The same in another order.
    Order,
    Whole,
}

/// `all` are the keys of a table, the one that is meant among them.
fn alike(own: &[String], all: impl Iterator<Item = Vec<String>>) -> Alike {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let same: Vec<_> = all.filter(|one| sorted(one) == sorted(own)).collect();
    match same.iter().filter(|one| *one == own).count() {
        2.. => Alike::Whole,
        _ if same.len() > 1 => Alike::Order,
        _ => Alike::No,
    }
}

/// A name of a variable that no other query has: a file may run as one batch, in which a name is declared once.
pub(super) fn variable(query: &str) -> String {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("@drop_{:08x}", query.bytes().fold(0x811c_9dc5, fold))
}
