//! A table that changes: index drops, one `ALTER TABLE`, index creations, comments, in this order.

use std::collections::BTreeSet;

use crate::dialect::postgres::attrs;
use crate::dialect::postgres::inherit::parents;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Column, Index, ObjectName, Table};

use super::alter::{Alter, Rank};
use super::enums::{self, Affected};
use super::item::{Constraints, Item};
use super::modify_column::{self, Around};
use super::owner::Owner;
use super::writer::{Writer, quote, refuse};
use super::{column, index, partition, table};

/// Writes the change of a table.
pub(super) fn render(writer: &Writer<'_>, change: &ModifyTable) -> Result<Vec<Step>, PlanError> {
    let mut modify = Modify::new(writer, change);
    modify.columns()?;
    for change in &change.changes {
        if let Some(edit) = Item::edit(writer, &modify.from.name, change) {
            modify.constraint(&edit)?;
        }
        match change {
            TableChange::Index(edit) => modify.index(edit),
            TableChange::Comment { from, .. } => modify.comments.extend(table::comment(
                writer,
                modify.schema,
                modify.to,
                from.as_deref(),
            )),
            TableChange::Attr { key, from, to } => {
                modify.attribute(key, from.as_deref(), to.as_deref())?;
            }
            _ => {}
        }
    }
    modify.keep_dependents()?;
    Ok(modify.finish())
}

/// A generated column goes before the columns that it is made from.
fn rank_of_old(column: &Column) -> Rank {
    match column.generated {
        Some(_) => Rank::DropGenerated,
        None => Rank::Column,
    }
}

fn drop_action(column: &Column) -> String {
    format!("DROP COLUMN {}", quote(&column.name))
}

/// The parts of a table's change, as they are collected.
struct Modify<'w, 'a> {
    writer: &'w Writer<'a>,
    schema: &'w str,
    /// Current form, as it is once rebuilt enumerated types are behind us.
    from: Table,
    to: &'w Table,
    changes: &'w [TableChange],
    affected: Affected,
    dropped: BTreeSet<String>,
    rebuilt: BTreeSet<String>,
    /// Leaves parents.
    leave: Option<Step>,
    index_drops: Vec<Step>,
    around: Around,
    alter: Alter<'w>,
    /// Joins parents.
    join: Option<Step>,
    constraints: Constraints<'w, 'a>,
    index_adds: Vec<Step>,
    comments: Vec<Step>,
}

impl<'w, 'a> Modify<'w, 'a> {
    fn new(writer: &'w Writer<'a>, change: &'w ModifyTable) -> Self {
        let dropped = change.changes.iter().filter_map(|change| match change {
            TableChange::Column(Edit::Drop(column)) => Some(column.name.clone()),
            _ => None,
        });
        Self {
            writer,
            schema: &change.schema,
            from: enums::remains(writer, &change.schema, &change.from),
            to: &change.to,
            changes: &change.changes,
            affected: enums::affected(writer, &change.schema, &change.from),
            dropped: dropped.collect(),
            rebuilt: modify_column::rebuilt(change),
            leave: None,
            index_drops: Vec::new(),
            around: Around::default(),
            alter: Alter::new(&change.schema, &change.to.name),
            join: None,
            constraints: Constraints {
                writer,
                schema: &change.schema,
                table: &change.to.name,
                taken: Item::all(writer, &change.from)
                    .into_iter()
                    .filter_map(|item| item.name)
                    .chain(change.from.indexes.iter().map(|item| item.name.clone()))
                    .collect(),
                renames: Vec::new(),
                comments: Vec::new(),
            },
            index_adds: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn columns(&mut self) -> Result<(), PlanError> {
        for change in self.changes {
            let TableChange::Column(edit) = change else {
                continue;
            };
            match edit {
                Edit::Add(to) => self.add_column(to),
                Edit::Drop(from) => self.drop_column(from),
                Edit::Modify { from, to } => self.modify_column(from, to)?,
            }
        }
        // Generated columns that are rebuilt for the sake of others.
        let rebuilt = self.rebuilt.clone();
        for name in &rebuilt {
            if let (Some(from), Some(to)) = (self.from.column(name), self.to.column(name))
                && from == to
            {
                let (from, to) = (from.clone(), to.clone());
                self.rebuild_column(&from, &to);
            }
        }
        Ok(())
    }

    fn owner(&self, column: &'w Column) -> Owner<'w> {
        Owner {
            schema: self.schema,
            table: &self.to.name,
            column: &column.name,
        }
    }

    fn add_column(&mut self, to: &'w Column) {
        let mut actions = vec![format!(
            "ADD COLUMN {}",
            column::definition(self.writer, to)
        )];
        actions.extend(column::followups(to));
        self.alter.push(Rank::of_new(to), actions);
        self.around
            .after
            .extend(self.owner(to).followups(self.writer, to, true));
        self.comments.extend(column::comment(
            self.writer,
            self.schema,
            &self.to.name,
            to,
            None,
        ));
    }

    fn drop_column(&mut self, from: &'w Column) {
        if self.affected.is_gone_column(&from.name) {
            return;
        }
        self.alter.push(rank_of_old(from), vec![drop_action(from)]);
    }

    fn modify_column(&mut self, from: &'w Column, to: &'w Column) -> Result<(), PlanError> {
        if self.affected.is_gone_column(&from.name) {
            self.add_column(to);
            return Ok(());
        }
        if self.rebuilt.contains(&from.name) {
            self.rebuild_column(from, to);
            return Ok(());
        }
        if from.ty != to.ty && partition::is_by(&self.from, &from.name) {
            return Err(refuse(
                &self.to.name,
                partition::is_fixed(&self.to.name, &from.name),
                "create a new table with the wanted type, copy the rows, and rename it in a migration of your own",
            ));
        }
        // An enumerated type that was rebuilt took the default along.
        let from = self
            .from
            .column(&from.name)
            .cloned()
            .unwrap_or_else(|| from.clone());
        let bound = self.changes.iter().any(|change| {
            let edit = Item::edit(self.writer, &self.to.name, change);
            let item = edit.as_ref().and_then(Edit::from);
            item.is_some_and(|item| item.involves(&to.name))
        });
        let owner = self.owner(to);
        let around = modify_column::modify(self.writer, owner, &mut self.alter, (&from, to), bound);
        self.around.before.extend(around.before);
        self.around.after.extend(around.after);
        self.comments.extend(column::comment(
            self.writer,
            self.schema,
            &self.to.name,
            to,
            from.comment.as_deref(),
        ));
        Ok(())
    }

    /// Recreates a column in one statement.
    fn rebuild_column(&mut self, from: &Column, to: &Column) {
        self.alter
            .warnings
            .push(modify_column::rebuilds(&self.to.name, from, to));
        self.alter.push(rank_of_old(from), vec![drop_action(from)]);
        let mut actions = vec![format!(
            "ADD COLUMN {}",
            column::definition(self.writer, to)
        )];
        actions.extend(column::followups(to));
        self.alter.push(Rank::of_new(to), actions);
        let comment = column::comment(self.writer, self.schema, &self.to.name, to, None);
        self.comments.extend(comment);
    }

    fn constraint(&mut self, edit: &Edit<Item>) -> Result<(), PlanError> {
        let gone = edit
            .from()
            .is_some_and(|from| self.affected.is_gone_constraint(from));
        match edit {
            Edit::Drop(from) if gone || self.dropped.iter().any(|name| from.goes_with(name)) => {}
            Edit::Drop(from) => self.constraints.drop(&mut self.alter, from)?,
            Edit::Add(to) => self.constraints.add(&mut self.alter, to),
            Edit::Modify { to, .. } if gone => self.constraints.add(&mut self.alter, to),
            // It went with its column.
            Edit::Modify { from, to } if self.rebuilt.iter().any(|name| from.involves(name)) => {
                self.constraints.replace(&mut self.alter, from, to)?;
            }
            Edit::Modify { from, to } => self.constraints.modify(&mut self.alter, from, to)?,
        }
        Ok(())
    }

    fn index(&mut self, edit: &Edit<Index>) {
        let gone = edit
            .from()
            .is_some_and(|from| self.affected.is_gone_index(&from.name));
        match edit {
            Edit::Drop(_) if gone => {}
            Edit::Add(to) => self.add_index(to, None),
            Edit::Modify { to, .. } if gone => self.add_index(to, None),
            Edit::Drop(from) => {
                // It goes with a column that it is on.
                let mut parts = index::part_columns(&from.parts);
                if !parts.any(|name| self.dropped.contains(name)) {
                    self.drop_index(from);
                }
            }
            Edit::Modify { from, to } => {
                let must_go = self.rebuilt.iter().any(|name| index::involves(from, name))
                    || (from.name != to.name && self.constraints.taken.contains(&to.name));
                match index::modify(self.writer, self.schema, &self.to.name, from, to) {
                    // Another takes its name.
                    index::Modification::InPlace(steps)
                        if !must_go && from.name != to.name && self.wants(&from.name) =>
                    {
                        self.constraints.renames.extend(steps);
                    }
                    index::Modification::InPlace(steps) if !must_go => {
                        self.comments.extend(steps);
                    }
                    _ => {
                        self.drop_index(from);
                        self.add_index(to, None);
                    }
                }
            }
        }
    }

    /// Something of the table has this name in the end.
    fn wants(&self, name: &str) -> bool {
        let constraints = Item::all(self.writer, self.to);
        let mut constraints = constraints.iter().filter_map(|item| item.name.as_deref());
        let mut indexes = self.to.indexes.iter();
        constraints.any(|own| own == name) || indexes.any(|index| index.name == name)
    }

    fn drop_index(&mut self, from: &Index) {
        self.index_drops.push(index::drop_from_existing(
            self.writer,
            self.schema,
            self.to,
            from,
        ));
    }

    fn add_index(&mut self, to: &Index, comment: Option<&str>) {
        self.index_adds.push(index::create_on_existing(
            self.writer,
            self.schema,
            self.to,
            to,
        ));
        self.comments.extend(index::comment(
            self.writer,
            self.schema,
            &self.to.name,
            to,
            comment,
        ));
    }

    /// What stays as it is but is on a rebuilt column goes and comes with it.
    fn keep_dependents(&mut self) -> Result<(), PlanError> {
        let rebuilt = self.rebuilt.clone();
        let desired = Item::all(self.writer, self.to);
        for item in Item::all(self.writer, &self.from) {
            let stays = desired.contains(&item) && !self.is_edited(&item);
            if stays && rebuilt.iter().any(|name| item.involves(name)) {
                self.constraints.drop(&mut self.alter, &item)?;
                self.constraints.add(&mut self.alter, &item);
            }
        }
        let indexes: Vec<Index> = self
            .from
            .indexes
            .iter()
            .filter(|item| self.to.indexes.contains(item))
            .filter(|item| rebuilt.iter().any(|name| index::involves(item, name)))
            .cloned()
            .collect();
        for item in indexes {
            self.drop_index(&item);
            self.add_index(&item, None);
        }
        Ok(())
    }

    fn is_edited(&self, item: &Item) -> bool {
        self.changes.iter().any(|change| {
            Item::edit(self.writer, &self.to.name, change)
                .is_some_and(|edit| edit.from() == Some(item))
        })
    }

    fn attribute(
        &mut self,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), PlanError> {
        let actions = match key {
            attrs::UNLOGGED => {
                let word = to.map_or("LOGGED", |_| "UNLOGGED");
                vec![format!("SET {word}")]
            }
            attrs::STORAGE => index::storage_actions(from, to),
            attrs::TABLESPACE => vec![index::tablespace_action(to)],
            attrs::ROW_SECURITY => table::row_security(from, to),
            attrs::INHERITS => {
                self.change_parents();
                return Ok(());
            }
            attrs::PARTITION_BY => {
                return Err(refuse(
                    &self.to.name,
                    format!(
                        "a table's partitioning can't be changed (from {} to {})",
                        from.unwrap_or("none"),
                        to.unwrap_or("none")
                    ),
                    "create a new table with the wanted partitioning, copy the rows, and rename it in a migration of your own",
                ));
            }
            other => {
                return Err(refuse(
                    &self.to.name,
                    format!("the attribute {other} can't be changed"),
                    "write this migration by hand",
                ));
            }
        };
        self.alter.push(Rank::Attribute, actions);
        Ok(())
    }

    /// By itself around the columns' changes: the server drops columns before it parts a table from its parents.
    fn change_parents(&mut self) {
        let (from, to) = (parents(&self.from), parents(self.to));
        let list = |word: &str, parents: &[ObjectName], others: &[ObjectName]| -> Vec<String> {
            let parents = parents.iter().filter(|parent| !others.contains(parent));
            parents
                .map(|parent| format!("{word} {}", self.writer.name(&parent.schema, &parent.name)))
                .collect()
        };
        let leave = list("NO INHERIT", &from, &to);
        let join = list("INHERIT", &to, &from);
        let more = self
            .changes
            .iter()
            .any(|change| matches!(change, TableChange::Column(_) | TableChange::Check(_)));
        if !more {
            self.alter.push(Rank::Attribute, leave);
            self.alter.push(Rank::Attribute, join);
            return;
        }
        let step = |actions: Vec<String>| {
            let mut alter = Alter::new(self.schema, &self.to.name);
            alter.push(Rank::Attribute, actions);
            alter.finish(self.writer)
        };
        (self.leave, self.join) = (step(leave), step(join));
    }

    fn finish(self) -> Vec<Step> {
        let mut steps: Vec<Step> = self.leave.into_iter().collect();
        steps.extend(self.index_drops);
        steps.extend(self.around.before);
        steps.extend(self.constraints.renames);
        steps.extend(self.alter.finish(self.writer));
        steps.extend(self.around.after);
        steps.extend(self.join);
        steps.extend(self.index_adds);
        steps.extend(self.comments);
        steps.extend(self.constraints.comments);
        steps
    }
}
