//! `SYSTEM_VERSIONING = ON (…)`: where a table's past is kept, and for how long.

use std::fmt;

use super::cursor::{Cursor, Refusal};
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::write::quote;
use crate::schema::{ObjectName, Table};

/// The options of a table that keeps its past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Versioning {
    /// The table of the past; without a name, the server makes one up.
    pub(in crate::dialect::mssql) history: Option<ObjectName>,
    /// How long rows are kept, as in `6 MONTHS`; for ever where it is not said.
    pub(in crate::dialect::mssql) retention: Option<String>,
}

impl Versioning {
    /// That of a table, if it keeps its past.
    pub(in crate::dialect::mssql) fn of(table: &Table) -> Option<Self> {
        let text = table.attrs.get(attrs::SYSTEM_VERSIONING)?;
        options(&mut Cursor::new(text)).ok()
    }

    /// `HISTORY_RETENTION_PERIOD = …`.
    pub(in crate::dialect::mssql) fn kept(&self) -> String {
        let period = self.retention.as_deref().unwrap_or("INFINITE");
        format!("HISTORY_RETENTION_PERIOD = {period}")
    }
}

impl fmt::Display for Versioning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let history = self.history.as_ref();
        let history = history.map(|name| {
            let (schema, name) = (quote(&name.schema), quote(&name.name));
            format!("HISTORY_TABLE = {schema}.{name}")
        });
        let kept = self.retention.as_ref().map(|_| self.kept());
        let all: Vec<String> = history.into_iter().chain(kept).collect();
        f.write_str(&all.join(", "))
    }
}

/// What follows `SYSTEM_VERSIONING =` where it is on.
pub(super) fn versioning(cursor: &mut Cursor<'_>) -> Result<Versioning, Refusal> {
    cursor.expect("ON")?;
    if !cursor.take_symbol("(") {
        return Ok(Versioning::default());
    }
    let found = options(cursor)?;
    cursor.expect_symbol(")")?;
    Ok(found)
}

fn options(cursor: &mut Cursor<'_>) -> Result<Versioning, Refusal> {
    let mut found = Versioning::default();
    while !cursor.is_end() && !cursor.is_symbol(")") {
        if cursor.take("HISTORY_TABLE") {
            cursor.expect_symbol("=")?;
            let offset = cursor.offset();
            let path = cursor.path()?;
            let Some(schema) = path.schema.filter(|_| path.database.is_none()) else {
                let message = format!(
                    "Setting SYSTEM_VERSIONING to ON failed because history table '{}' is not specified in two-part name format.",
                    path.name
                );
                return Err(Refusal {
                    offset,
                    ..Refusal::server("13539", message)
                });
            };
            found.history = Some(ObjectName::new(schema, path.name));
        } else if cursor.take("DATA_CONSISTENCY_CHECK") {
            // How rows are looked at, once.
            cursor.expect_symbol("=")?;
            cursor.word()?;
        } else if cursor.take("HISTORY_RETENTION_PERIOD") {
            cursor.expect_symbol("=")?;
            found.retention = match cursor.take("INFINITE") {
                true => None,
                false => {
                    let number = cursor.integer()?;
                    let unit = cursor.word()?.to_uppercase();
                    let unit = unit.trim_end_matches('S');
                    if !["DAY", "WEEK", "MONTH", "YEAR"].contains(&unit) {
                        return Err(cursor.expected("DAYS, WEEKS, MONTHS or YEARS"));
                    }
                    Some(format!("{number} {unit}S"))
                }
            };
        } else {
            return Err(cursor.unknown("this option of SYSTEM_VERSIONING"));
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    Ok(found)
}
