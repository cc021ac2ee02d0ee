//! Keys and constraints of all kinds in one form, for what is done to all of them alike.

use std::collections::BTreeSet;

use crate::dialect::postgres::attrs;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, TableChange};
use crate::schema::{Check, ForeignKey, PrimaryKey, RawConstraint, Table, Unique};

use super::alter::{Alter, Rank};
use super::constraint::{self, is_not_valid, without};
use super::writer::{Writer, named, quote, refuse};
use super::{expr, index};

/// A key or a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Where its addition stands.
    pub(super) rank: Rank,
    pub(super) name: Option<String>,
    /// Everything behind `ADD`.
    pub(super) definition: String,
    /// The definition without what can be altered in place.
    core: String,
    deferrable: Option<String>,
    not_valid: bool,
    pub(super) comment: Option<String>,
    pub(super) columns: Vec<String>,
    /// SQL in it that may name more columns.
    sql: Option<String>,
}

impl Item {
    pub(super) fn primary_key(writer: &Writer<'_>, table: &str, key: &PrimaryKey) -> Self {
        let name = constraint::primary_key_name(table, key);
        let bare = PrimaryKey {
            name: None,
            ..key.clone()
        };
        Self {
            rank: Rank::PrimaryKey,
            name: Some(name),
            definition: constraint::primary_key(writer, table, key),
            core: constraint::primary_key(writer, table, &bare),
            deferrable: None,
            not_valid: false,
            comment: key.comment.clone(),
            columns: index::part_columns(&key.parts).map(str::to_owned).collect(),
            sql: key.attrs.get(attrs::INCLUDE).cloned(),
        }
    }

    pub(super) fn unique(writer: &Writer<'_>, key: &Unique) -> Self {
        let bare = Unique {
            name: None,
            ..key.clone()
        };
        Self {
            rank: Rank::Constraint,
            name: key.name.clone(),
            definition: constraint::unique(writer, key),
            core: constraint::unique(writer, &bare),
            deferrable: None,
            not_valid: false,
            comment: key.comment.clone(),
            columns: index::part_columns(&key.parts).map(str::to_owned).collect(),
            sql: key.attrs.get(attrs::INCLUDE).cloned(),
        }
    }

    pub(super) fn foreign_key(writer: &Writer<'_>, key: &ForeignKey) -> Self {
        let bare = ForeignKey {
            name: None,
            attrs: without(&without(&key.attrs, attrs::DEFERRABLE), attrs::NOT_VALID),
            ..key.clone()
        };
        Self {
            rank: Rank::ForeignKey,
            name: key.name.clone(),
            definition: constraint::foreign_key(writer, key),
            core: constraint::foreign_key(writer, &bare),
            deferrable: key.attrs.get(attrs::DEFERRABLE).cloned(),
            not_valid: is_not_valid(&key.attrs),
            comment: key.comment.clone(),
            columns: key.columns.clone(),
            sql: None,
        }
    }

    pub(super) fn check(writer: &Writer<'_>, check: &Check) -> Self {
        let bare = Check {
            name: None,
            attrs: without(&check.attrs, attrs::NOT_VALID),
            ..check.clone()
        };
        Self {
            rank: Rank::Check,
            name: check.name.clone(),
            definition: constraint::check(writer, check),
            core: constraint::check(writer, &bare),
            deferrable: None,
            not_valid: is_not_valid(&check.attrs),
            comment: check.comment.clone(),
            columns: Vec::new(),
            sql: Some(check.expr.clone()),
        }
    }

    pub(super) fn raw(writer: &Writer<'_>, item: &RawConstraint) -> Self {
        Self {
            rank: Rank::Constraint,
            name: Some(item.name.clone()),
            definition: constraint::raw(writer, item),
            core: writer.expr(&item.definition),
            deferrable: None,
            not_valid: false,
            comment: item.comment.clone(),
            columns: Vec::new(),
            sql: Some(item.definition.clone()),
        }
    }

    /// All of a table's keys and constraints.
    pub(super) fn all(writer: &Writer<'_>, table: &Table) -> Vec<Self> {
        let mut items: Vec<Self> = table
            .primary_key
            .iter()
            .map(|key| Self::primary_key(writer, &table.name, key))
            .collect();
        items.extend(table.uniques.iter().map(|key| Self::unique(writer, key)));
        items.extend(table.constraints.iter().map(|item| Self::raw(writer, item)));
        items.extend(
            table
                .foreign_keys
                .iter()
                .map(|key| Self::foreign_key(writer, key)),
        );
        items.extend(table.checks.iter().map(|check| Self::check(writer, check)));
        items
    }

    /// The edit of a key or a constraint that a change is, if it is one.
    pub(super) fn edit(
        writer: &Writer<'_>,
        table: &str,
        change: &TableChange,
    ) -> Option<Edit<Self>> {
        fn map<T>(edit: &Edit<T>, item: impl Fn(&T) -> Item) -> Edit<Item> {
            match edit {
                Edit::Add(to) => Edit::Add(item(to)),
                Edit::Drop(from) => Edit::Drop(item(from)),
                Edit::Modify { from, to } => Edit::Modify {
                    from: item(from),
                    to: item(to),
                },
            }
        }
        Some(match change {
            TableChange::PrimaryKey(edit) => map(edit, |key| Self::primary_key(writer, table, key)),
            TableChange::Unique(edit) => map(edit, |key| Self::unique(writer, key)),
            TableChange::ForeignKey(edit) => map(edit, |key| Self::foreign_key(writer, key)),
            TableChange::Check(edit) => map(edit, |check| Self::check(writer, check)),
            TableChange::Constraint(edit) => map(edit, |item| Self::raw(writer, item)),
            _ => return None,
        })
    }

    /// It is on this column, carries it, or speaks of it.
    pub(super) fn involves(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
            || self
                .sql
                .as_ref()
                .is_some_and(|sql| expr::mentions(sql, column))
    }

    /// Goes by itself when a column that it is on is dropped, so that Atlas writes no drop for it.
    pub(super) fn goes_with(&self, column: &str) -> bool {
        let kind = match self.rank {
            Rank::Constraint => self.sql.is_none() || !self.columns.is_empty(),
            Rank::ForeignKey => true,
            _ => false,
        };
        kind && self.columns.iter().any(|name| name == column)
    }

    pub(super) fn add_action(&self) -> String {
        format!("ADD {}", self.definition)
    }

    /// `DROP CONSTRAINT`.
    pub(super) fn drop_action(&self, table: &str) -> Result<String, PlanError> {
        Ok(format!("DROP CONSTRAINT {}", self.quoted(table)?))
    }

    /// Adds it to a table that is altered.
    pub(super) fn add(&self, alter: &mut Alter<'_>) {
        alter.push(self.rank, vec![self.add_action()]);
    }

    fn quoted(&self, table: &str) -> Result<String, PlanError> {
        self.name.as_deref().map(quote).ok_or_else(|| {
            refuse(
                table,
                format!("the constraint {} has no name", self.definition),
                "give it a name in the model",
            )
        })
    }

    /// The step that sets its comment, if that differs from this one.
    pub(super) fn comment_step(
        &self,
        writer: &Writer<'_>,
        schema: &str,
        table: &str,
        from: Option<&str>,
    ) -> Option<Step> {
        let name = self.name.as_deref()?;
        constraint::comment(writer, schema, table, name, self.comment.as_deref(), from)
    }
}

/// How the changes of one table's constraints are written.
#[derive(Debug)]
pub(super) struct Constraints<'w, 'a> {
    pub(super) writer: &'w Writer<'a>,
    pub(super) schema: &'w str,
    pub(super) table: &'w str,
    /// Names that the current table's indexes and constraints have: nothing is renamed to one of them.
    pub(super) taken: BTreeSet<String>,
    /// Renames can't be part of a longer `ALTER TABLE`.
    pub(super) renames: Vec<Step>,
    pub(super) comments: Vec<Step>,
}

impl Constraints<'_, '_> {
    /// Adds one.
    pub(super) fn add(&mut self, alter: &mut Alter<'_>, item: &Item) {
        item.add(alter);
        self.comments
            .extend(item.comment_step(self.writer, self.schema, self.table, None));
    }

    /// Drops one.
    pub(super) fn drop(&mut self, alter: &mut Alter<'_>, item: &Item) -> Result<(), PlanError> {
        alter.push(Rank::DropConstraint, vec![item.drop_action(self.table)?]);
        Ok(())
    }

    /// Changes one, in place where the server can.
    pub(super) fn modify(
        &mut self,
        alter: &mut Alter<'_>,
        from: &Item,
        to: &Item,
    ) -> Result<(), PlanError> {
        let renamed_to_taken = from.name != to.name
            && to
                .name
                .as_ref()
                .is_some_and(|name| self.taken.contains(name));
        let in_place = from != to
            && !renamed_to_taken
            && from.core == to.core
            && (from.deferrable == to.deferrable || to.rank == Rank::ForeignKey)
            && (from.not_valid || !to.not_valid);
        if !in_place {
            return self.replace(alter, from, to);
        }
        let name = to.quoted(self.table)?;
        self.rename(from, to)?;
        if from.deferrable != to.deferrable {
            let words = to.deferrable.as_deref().unwrap_or("NOT DEFERRABLE");
            let action = format!("ALTER CONSTRAINT {name} {words}");
            alter.push(Rank::ForeignKey, vec![action]);
        }
        if from.not_valid && !to.not_valid {
            let action = format!("VALIDATE CONSTRAINT {name}");
            alter.push(Rank::Attribute, vec![action]);
        }
        self.comments.extend(to.comment_step(
            self.writer,
            self.schema,
            self.table,
            from.comment.as_deref(),
        ));
        Ok(())
    }

    /// Drops one and adds the other.
    pub(super) fn replace(
        &mut self,
        alter: &mut Alter<'_>,
        from: &Item,
        to: &Item,
    ) -> Result<(), PlanError> {
        if to.rank == Rank::Check {
            // One piece in Atlas' text.
            let actions = vec![from.drop_action(self.table)?, to.add_action()];
            alter.push(Rank::Check, actions);
            self.comments
                .extend(to.comment_step(self.writer, self.schema, self.table, None));
            return Ok(());
        }
        self.drop(alter, from)?;
        self.add(alter, to);
        Ok(())
    }

    fn rename(&mut self, from: &Item, to: &Item) -> Result<(), PlanError> {
        let (old, new) = (from.quoted(self.table)?, to.quoted(self.table)?);
        if old == new {
            return Ok(());
        }
        let table = self.writer.name(self.schema, self.table);
        self.renames.push(Step::new(
            format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"),
            format!(
                "rename a constraint from {} to {}",
                named(from.name.as_deref().unwrap_or_default()),
                named(to.name.as_deref().unwrap_or_default())
            ),
        ));
        Ok(())
    }
}
