//! The SQL of the table `atlas_schema_revisions`, in which a database records its migrations: a row for each file. Columns and
//! meanings are those of Atlas' CLI (`internal/migrate/ent/schema/revision.go` in its repository), so that either can continue from
//! what the other recorded.

use super::write::quoted;
use crate::sql::Statement;

/// The table's name; also the schema's that it has for itself where a connection is not limited to one.
pub const TABLE: &str = "atlas_schema_revisions";

/// Asks whether a connection is alive.
pub const ALIVE: &str = "SELECT 1";

/// How a dialect writes it.
#[derive(Debug)]
pub struct Revisions {
    /// Columns and key, between the brackets.
    pub columns: &'static str,
    /// What follows the brackets.
    pub options: &'static str,
    /// Makes `{table}` where it is not, but for its columns.
    pub make_table: &'static str,
    /// Makes the schema `{schema}` where it is not; empty where there are none.
    pub make_schema: &'static str,
    /// A string.
    pub literal: fn(&str) -> String,
    /// Begins a transaction.
    pub begin: &'static str,
    /// Is run before a transaction in which a statement would have no effect: [`super::Dialect::role`] tells which one.
    pub unchecked: &'static str,
    /// A query whose rows are violations of foreign keys, for what ran without their being checked.
    pub violations: &'static str,
    /// Makes lasting what a statement did that is not part of a transaction, where a session may be set to wait for that.
    pub settle: &'static str,
    /// Has the session refuse values that don't fit, where a server can be set to cut them.
    pub strict: &'static str,
    /// Locks by a name are the server's, and not a database's.
    pub server_lock: bool,
    pub limit: Limit,
}

/// How a statement is ended that takes too long.
#[derive(Debug)]
pub enum Limit {
    /// By a setting of the session, of so many milliseconds.
    Setting(fn(u128) -> String),
    /// By another connection, and the number of this one, which the query gives.
    Kill {
        number: &'static str,
        kill: &'static str,
    },
    /// It can't be.
    None,
}

/// Where the table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `None` for the schema that the connection is limited to.
    pub schema: Option<String>,
    pub quote: char,
}

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    Null,
    Number(u64),
    Text(&'a str),
    /// The time at which the statement runs.
    Now,
}

impl Place {
    /// The table as statements name it.
    pub fn table(&self) -> String {
        let table = quoted(TABLE, self.quote);
        match &self.schema {
            Some(schema) => format!("{}.{table}", quoted(schema, self.quote)),
            None => table,
        }
    }
}

impl Revisions {
    /// Makes the table where it is not.
    pub fn create(&self, place: &Place) -> Statement {
        let Self {
            columns, options, ..
        } = self;
        let make = self.make_table.replace("{table}", &place.table());
        Statement::whole(format!("{make} ({columns}){options}"))
    }

    /// Makes the table's schema where it is not; `None` where there are none.
    pub fn create_schema(&self, place: &Place) -> Option<Statement> {
        let schema = place.schema.as_ref()?;
        let name = quoted(schema, place.quote);
        (!self.make_schema.is_empty())
            .then(|| Statement::whole(self.make_schema.replace("{schema}", &name)))
    }

    /// Adds a row.
    pub fn insert(&self, place: &Place, cells: &[(&str, Cell<'_>)]) -> Statement {
        let names: Vec<String> = cells
            .iter()
            .map(|(name, _)| quoted(name, place.quote))
            .collect();
        let values: Vec<String> = cells.iter().map(|(_, cell)| self.cell(*cell)).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        Statement::whole(format!(
            "INSERT INTO {} ({names}) VALUES ({values})",
            place.table()
        ))
    }

    /// Changes the row of a version.
    pub fn update(&self, place: &Place, version: &str, cells: &[(&str, Cell<'_>)]) -> Statement {
        let set = |(name, cell): &(&str, Cell<'_>)| {
            format!("{} = {}", quoted(name, place.quote), self.cell(*cell))
        };
        let set: Vec<String> = cells.iter().map(set).collect();
        Statement::whole(format!(
            "UPDATE {} SET {} WHERE {} = {}",
            place.table(),
            set.join(", "),
            quoted("version", place.quote),
            (self.literal)(version)
        ))
    }

    /// Takes the row of a version away.
    pub fn delete(&self, place: &Place, version: &str) -> Statement {
        Statement::whole(format!(
            "DELETE FROM {} WHERE {} = {}",
            place.table(),
            quoted("version", place.quote),
            (self.literal)(version)
        ))
    }

    fn cell(&self, cell: Cell<'_>) -> String {
        match cell {
            Cell::Null => "NULL".to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) => (self.literal)(text),
            Cell::Now => "CURRENT_TIMESTAMP".to_owned(),
        }
    }
}
