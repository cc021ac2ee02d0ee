//! What blocks a column's change but stays: dropped before it and recreated after it.

use std::collections::BTreeSet;

use super::Modify;
use super::constraint::Part as _;
use crate::dialect::mssql::text::mentions;
use crate::plan::PlanError;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Check, KeyPart, PartExpr};

impl Modify<'_> {
    /// What stays and is on a column that changes is dropped before it and recreated after it.
    pub(super) fn put_back(&mut self) -> Result<(), PlanError> {
        let ModifyTable { from, to, .. } = self.change;
        let moved: BTreeSet<String> = self
            .altered
            .moved
            .union(&self.recomputed)
            .cloned()
            .collect();
        let all: BTreeSet<String> = moved.union(&self.altered.grown).cloned().collect();
        let edited = |found: &dyn Fn(&TableChange) -> bool| self.change.changes.iter().any(found);
        if let Some(key) = &from.primary_key
            && to.primary_key.is_some()
            && on_any(&key.parts, &all)
            && !edited(&|one| matches!(one, TableChange::PrimaryKey(_)))
        {
            self.drop_primary_key(key)?;
            self.add_primary_key(key);
        }
        for key in from
            .uniques
            .iter()
            .filter(|key| to.uniques.contains(key) && on_any(&key.parts, &moved))
        {
            self.drop_unique(key)?;
            self.add_unique(key);
            self.comment(
                "CONSTRAINT",
                key.name.as_deref(),
                None,
                key.comment.as_deref(),
            );
        }
        for check in from.checks.iter().filter(|check| to.checks.contains(check)) {
            if moved.iter().any(|name| mentions(&check.expr, name)) {
                self.again(check)?;
            }
        }
        for index in from
            .indexes
            .iter()
            .filter(|index| to.indexes.contains(index))
        {
            if moved.iter().any(|column| index.is_on(column)) {
                self.drop_index(index);
                self.add_index(index);
            }
        }
        // Those whose own rule changes are among the changes.
        for column in &from.columns {
            let Some(other) = to
                .column(&column.name)
                .filter(|_| self.recomputed.contains(&column.name))
            else {
                continue;
            };
            let among = self.change.changes.iter().any(|one| {
                matches!(
                    one,
                    TableChange::Column(Edit::Modify { to, .. }) if to.name == column.name
                )
            });
            if !among {
                self.drop_column(column);
                self.add_column(other);
            }
        }
        Ok(())
    }

    /// A check is dropped and recreated.
    pub(super) fn again(&mut self, check: &Check) -> Result<(), PlanError> {
        self.drop_check(check)?;
        self.add_check(check);
        let name = check.name.as_deref();
        self.comment("CONSTRAINT", name, None, check.comment.as_deref());
        Ok(())
    }
}

fn on_any(parts: &[KeyPart], columns: &BTreeSet<String>) -> bool {
    parts
        .iter()
        .any(|part| matches!(&part.on, PartExpr::Column(name) if columns.contains(name)))
}
