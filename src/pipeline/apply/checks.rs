//! What has to hold before a file runs: queries that give one true value each.

use super::run::{Read, Runner};
use super::{Event, Failure};
use crate::engine::{ExecError, Value};
use crate::migration::Checks;
use crate::sql::Rules;
use crate::sql::deed::changes_rows;
use crate::sql::token::tokens;

impl Runner<'_> {
    /// Asks what has to hold before a file.
    ///
    /// # Errors
    /// The first check that does not hold.
    pub(super) async fn checks(&mut self, read: &Read<'_>) -> Result<(), Failure> {
        if !read.has_checks() {
            return Ok(());
        }
        let rules = &self.target.dialect.profile().scan.rules;
        for Checks { statements, one_of } in &read.checks {
            let failed = |error| Failure::at(read, statements, error);
            let mut held = 0;
            for (at, statement) in statements.iter().enumerate() {
                if let Some(failure) = self.stopped(read, "a check") {
                    return Err(failure);
                }
                (self.tell)(Event::Check(&statement.text));
                if !is_query(&statement.text, rules) {
                    let message =
                        "a check is a query: it changes nothing and answers with one value";
                    return Err(failed(ExecError::refused(at, message)));
                }
                let (answered, _) = self.ask(statement, (at, true)).await;
                let found = answered.map_err(|error| {
                    failed(ExecError {
                        statement: at,
                        ..error
                    })
                })?;
                match holds(&found.rows) {
                    Ok(()) => held += 1,
                    Err(_) if *one_of => {}
                    Err(found) => {
                        let message = format!("the check does not hold: {found}");
                        return Err(failed(ExecError::refused(at, message)));
                    }
                }
            }
            if *one_of && held == 0 {
                let message = match statements.len() {
                    0 => {
                        return Err(Failure::before(
                            read,
                            "`atlas:assert oneof` has no checks".to_owned(),
                        ));
                    }
                    all => format!(
                        "none of the {all} checks from here on holds, and at least one must"
                    ),
                };
                return Err(failed(ExecError::refused(0, message)));
            }
        }
        Ok(())
    }
}

/// Whether a statement only asks, as far as its words tell.
fn is_query(sql: &str, rules: &Rules) -> bool {
    let asks = ["select", "with", "values", "table", "show"];
    let first = tokens(sql, rules).next();
    first.is_some_and(|first| first.is_any(&asks) || first.symbol("(")) && !changes_rows(sql, rules)
}

/// Whether an answer is one true value; otherwise what it is, in words.
fn holds(rows: &[Vec<Value>]) -> Result<(), String> {
    let [row] = rows else {
        return Err(format!("it gives {} rows, and not one value", rows.len()));
    };
    let [value] = &row[..] else {
        return Err(format!("it gives {} columns, and not one value", row.len()));
    };
    let (is_true, shown) = match value {
        Value::Null => (false, "NULL".to_owned()),
        Value::Integer(number) => (*number != 0, number.to_string()),
        Value::Real(number) => (*number != 0.0, number.to_string()),
        Value::Text(text) => (
            text.parse().is_ok_and(|number: f64| number.abs() > 0.0)
                || ["t", "true"]
                    .iter()
                    .any(|yes| text.eq_ignore_ascii_case(yes)),
            text.clone(),
        ),
        Value::Bytes(_) => (false, "bytes".to_owned()),
    };
    match is_true {
        true => Ok(()),
        false => Err(format!("it gives `{shown}`")),
    }
}
