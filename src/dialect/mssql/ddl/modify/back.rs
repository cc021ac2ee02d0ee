//! What stays and is in the way of a column's change: it goes before and comes back behind.

use std::collections::BTreeSet;

use super::Modify;
use crate::dialect::mssql::ddl::column::{is_altered, only_grows};
use crate::dialect::mssql::ddl::writer::quote;
use crate::dialect::mssql::ddl::{constraint, index};
use crate::dialect::mssql::text::mentions;
use crate::plan::PlanError;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Attrs, Check, KeyPart, PartExpr};

impl Modify<'_> {
    /// What stays and is on a column that changes goes before it and comes back behind it.
    pub(super) fn put_back(&mut self) -> Result<(), PlanError> {
        let ModifyTable { from, to, .. } = self.change;
        let mut grown = BTreeSet::new();
        let mut moved: BTreeSet<String> = self.recomputed.clone();
        for column in &from.columns {
            let Some(other) = to.column(&column.name) else {
                continue;
            };
            match is_altered(column, other) {
                true if only_grows(column, other) => _ = grown.insert(column.name.clone()),
                true => _ = moved.insert(column.name.clone()),
                false => {}
            }
        }
        let all: BTreeSet<String> = moved.union(&grown).cloned().collect();
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
            let carried = index.include.iter().any(|name| moved.contains(name));
            let filtered = index.predicate.as_deref();
            let filtered =
                filtered.is_some_and(|expr| moved.iter().any(|name| mentions(expr, name)));
            if on_any(&index.parts, &moved) || carried || filtered {
                self.drop_index(index);
                self.add_index(index);
            }
        }
        for column in &grown {
            self.free_the_way_back(column);
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

    /// A check goes and comes back.
    pub(super) fn again(&mut self, check: &Check) -> Result<(), PlanError> {
        self.drop_check(check)?;
        self.add_check(check);
        let name = check.name.as_deref();
        self.comment("CONSTRAINT", name, None, check.comment.as_deref());
        Ok(())
    }

    /// A longer string is no matter to what is on it, but on the way back it is.
    pub(super) fn free_the_way_back(&mut self, column: &str) {
        let ModifyTable { from, to, .. } = self.change;
        let (mut drops, mut adds) = (Vec::new(), Vec::new());
        let on = |parts: &[KeyPart]| {
            parts
                .iter()
                .any(|part| part.on == PartExpr::Column(column.to_owned()))
        };
        for key in from
            .uniques
            .iter()
            .filter(|key| to.uniques.contains(key) && on(&key.parts))
        {
            drops.push(self.drop_sql(key.name.as_deref(), self.lookup().unique(&key.parts)));
            adds.push(self.add_sql(&constraint::unique(key), &Attrs::new()));
        }
        for check in from
            .checks
            .iter()
            .filter(|check| to.checks.contains(check) && mentions(&check.expr, column))
        {
            let looked_up = check.name.is_none().then(|| self.lookup().check(from));
            let Ok(looked_up) = looked_up.unwrap_or_else(|| Ok(String::new())) else {
                continue;
            };
            drops.push(self.drop_sql(check.name.as_deref(), looked_up));
            adds.push(self.add_sql(&constraint::check(check), &check.attrs));
        }
        for index in from
            .indexes
            .iter()
            .filter(|index| to.indexes.contains(index))
        {
            let carried = index.include.iter().any(|name| name == column);
            let filtered = index
                .predicate
                .as_deref()
                .is_some_and(|expr| mentions(expr, column));
            if on(&index.parts) || carried || filtered {
                let step = index::create(self.writer, &self.change.schema, &to.name, index);
                drops.extend(step.reverse);
                adds.push(step.sql);
            }
        }
        let start = format!("ALTER TABLE {} ALTER COLUMN {} ", self.table, quote(column));
        if let Some((_, step)) = self
            .steps
            .iter_mut()
            .find(|(_, step)| step.sql.starts_with(&start))
        {
            step.reverse.splice(0..0, drops);
            step.reverse.extend(adds);
        }
    }
}

fn on_any(parts: &[KeyPart], columns: &BTreeSet<String>) -> bool {
    parts
        .iter()
        .any(|part| matches!(&part.on, PartExpr::Column(name) if columns.contains(name)))
}
