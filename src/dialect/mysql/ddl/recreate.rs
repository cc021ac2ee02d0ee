//! Columns that a change drops and adds again, and what else of the table can't stay as it is meanwhile.
//!
//! The servers drop an unnamed dependency silently and refuse a named one, each with rules of its own: a check on a
//! column that goes is lost, a generated column keeps what it is computed from.

use std::collections::BTreeSet;

use super::column::changes_in_place;
use super::writer::{Writer, quote};
use crate::schema::change::{Edit, TableChange};
use crate::schema::{Check, Column, Index, PartExpr, Table};

/// What goes with the columns of one change.
#[derive(Debug, Default)]
pub(super) struct Recreated<'a> {
    /// Columns that are dropped and added again.
    columns: BTreeSet<&'a str>,
    /// Of those, the ones whose indexes do not fit afterwards.
    retyped: BTreeSet<&'a str>,
    /// Generated columns that are computed from one that goes.
    uprooted: BTreeSet<&'a str>,
}

impl<'a> Recreated<'a> {
    /// What is recreated between two forms of a table.
    pub(super) fn of(from: &'a Table, to: &'a Table, changes: &'a [TableChange]) -> Self {
        let mut found = Self::default();
        // A generated column may only be computed from columns before it, if those are computed in turn.
        let mut ordered = BTreeSet::new();
        let mut gone = BTreeSet::new();
        for one in changes {
            match one {
                TableChange::Column(Edit::Modify { from, to }) if !changes_in_place(from, to) => {
                    found.columns.insert(&to.name);
                }
                TableChange::Column(Edit::Add(column)) if is_computed(column) => {
                    ordered.insert(column.name.as_str());
                }
                TableChange::Column(Edit::Drop(column)) => {
                    gone.insert(column.name.as_str());
                }
                _ => {}
            }
        }
        let generated = || {
            let pairs = to.columns.iter().filter_map(|to| {
                let from = from.column(&to.name)?;
                let rules = from.generated.as_ref().zip(to.generated.as_ref())?;
                Some((to.name.as_str(), rules))
            });
            pairs.collect::<Vec<_>>()
        };
        // Each pass reaches one more generation; without one more, all are found.
        loop {
            let before = (found.columns.len(), found.uprooted.len());
            for (name, (from, to)) in generated() {
                if mentions(&to.expr, ordered.iter().chain(&found.columns))
                    || mentions(&from.expr, &found.columns)
                {
                    found.columns.insert(name);
                }
                if mentions(&from.expr, gone.iter().chain(&found.uprooted)) {
                    found.uprooted.insert(name);
                }
            }
            if before == (found.columns.len(), found.uprooted.len()) {
                break;
            }
        }
        let retyped = found.columns.iter().copied().filter(|name| {
            from.column(name)
                .zip(to.column(name))
                .is_some_and(|(from, to)| from.ty != to.ty || from.collation != to.collation)
        });
        found.retyped = retyped.collect();
        found
    }

    /// The column is dropped and added again.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// No column is.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Columns that are dropped and added again although nothing of their own changes.
    pub(super) fn beside(&self, changes: &[TableChange]) -> Vec<&'a str> {
        unchanged(&self.columns, changes)
    }

    /// Generated columns that MySQL must be told of again, as they are: they are computed from one that is not what it
    /// was, and it looks no further than that.
    pub(super) fn retold(&self, writer: &Writer<'_>, changes: &[TableChange]) -> Vec<&'a str> {
        let mut names = unchanged(&self.uprooted, changes);
        names.retain(|name| !writer.server.maria() && !self.has(name));
        names
    }

    /// The check would be lost with a column, or be in its way: MariaDB reads a generated column's check by what the
    /// column is computed from.
    pub(super) fn check(&self, writer: &Writer<'_>, check: &Check) -> bool {
        mentions(&check.expr, &self.columns)
            || (writer.server.maria() && mentions(&check.expr, &self.uprooted))
    }

    /// The index would not fit a column, or be in its way.
    pub(super) fn index(&self, index: &Index) -> bool {
        index.parts.iter().any(|part| match &part.on {
            PartExpr::Column(name) => self.retyped.contains(name.as_str()),
            PartExpr::Expr(expr) => mentions(expr, self.columns.iter().chain(&self.uprooted)),
        })
    }
}

/// Those that no change is about.
fn unchanged<'a>(names: &BTreeSet<&'a str>, changes: &[TableChange]) -> Vec<&'a str> {
    let changed = |name: &str| {
        changes.iter().any(|one| match one {
            TableChange::Column(edit) => edit.to().is_some_and(|column| column.name == name),
            _ => false,
        })
    };
    let names = names.iter().copied();
    names.filter(|name| !changed(name)).collect()
}

fn is_computed(column: &Column) -> bool {
    let expression = |default: &String| default.starts_with('(');
    column.generated.is_some() || column.default.as_ref().is_some_and(expression)
}

/// The expression is about one of these columns. The servers quote every name in it.
fn mentions<'n>(expr: &str, columns: impl IntoIterator<Item = &'n &'n str>) -> bool {
    columns.into_iter().any(|name| expr.contains(&quote(name)))
}
