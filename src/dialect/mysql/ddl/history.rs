//! What the history of a table's rows needs around a change, on MariaDB.

use super::writer::named;
use crate::dialect::mysql::attrs;
use crate::plan::Step;
use crate::schema::Table;
use crate::schema::change::{ModifyTable, TableChange};

const CHANGE: &str = "SET SESSION system_versioning_alter_history = KEEP";
const PROTECT: &str = "SET SESSION system_versioning_alter_history = DEFAULT";

/// Lets the history of a table change with it: without being told so, the server refuses what would touch it.
pub(super) fn kept(change: &ModifyTable, mut steps: Vec<Step>) -> Vec<Step> {
    let has = |table: &Table| table.attrs.contains_key(attrs::VERSIONED);
    let (was, is) = (has(&change.from), has(&change.to));
    let table = named(&change.to.name);
    if was && !is {
        let lost = format!("the history of {table} table is lost");
        if let Some(step) = steps.iter_mut().find(|step| step.warning.is_none()) {
            step.warning = Some(lost);
        }
    }
    let touched = change.changes.iter().any(|one| match one {
        TableChange::Column(_) | TableChange::PrimaryKey(_) => true,
        TableChange::Index(edit) => edit.from().or(edit.to()).is_some_and(|index| index.unique),
        _ => false,
    });
    if was && touched {
        let comment = format!("let the history of {table} table change with it");
        steps.insert(0, Step::new(CHANGE, comment));
        let comment = format!("protect the history of {table} table again");
        steps.push(Step::new(PROTECT, comment));
    }
    steps
}
