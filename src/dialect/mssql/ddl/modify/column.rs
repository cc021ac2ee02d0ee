//! Columns of a table that changes.

use std::collections::BTreeSet;

use super::{Modify, Stage};
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::ddl::column::{self, fills, is_altered};
use crate::dialect::mssql::ddl::writer::{alone, literal, named, quote, refuse};
use crate::dialect::mssql::fit;
use crate::plan::{PlanError, Step};
use crate::schema::Column;
use crate::schema::change::{Edit, ModifyTable};

impl Modify<'_> {
    pub(super) fn column(&mut self, edit: &Edit<Column>) -> Result<(), PlanError> {
        match edit {
            Edit::Add(to) => {
                self.changes_past(None, to)?;
                self.add_column(to);
            }
            Edit::Drop(from) => self.drop_column(from),
            Edit::Modify { from, to }
                if from.generated.is_some() && to.generated.is_none() && to.identity.is_none() =>
            {
                self.changes_past(Some(from), to)?;
                self.keep_values(to);
            }
            Edit::Modify { from, to } if self.recomputed.contains(&to.name) => {
                self.changes_past(Some(from), to)?;
                self.drop_column(from);
                self.add_column(to);
            }
            Edit::Modify { from, to } => self.modify_column(from, to)?,
        }
        Ok(())
    }

    pub(super) fn add_column(&mut self, to: &Column) {
        let stage = match to.generated.is_some() {
            true => Stage::AddComputed,
            false => Stage::AddColumns,
        };
        let bound = self.bound(to);
        let add = column::definition(self.writer, bound.as_ref().unwrap_or(to));
        let sql = format!("ALTER TABLE {} ADD {add}", self.table);
        let rule = to.generated.as_ref();
        let rule = rule.map_or("", |rule| rule.expr.as_str());
        self.run(stage, self.compiled(sql, rule));
        self.add_to_past(to);
        self.comment("COLUMN", Some(&to.name), None, to.comment.as_deref());
    }

    pub(super) fn drop_column(&mut self, from: &Column) {
        let stage = match from.generated.is_some() {
            true => Stage::DropComputed,
            false if self.keeps_a_column() => Stage::DropColumns,
            // A table has a column at any time.
            false => Stage::DropLast,
        };
        self.drop_default(from);
        self.alter(stage, &format!("DROP COLUMN {}", quote(&from.name)));
        self.drop_from_past(from);
    }

    /// A column that holds data is in both forms of the table.
    pub(super) fn keeps_a_column(&self) -> bool {
        let ModifyTable { from, to, .. } = self.change;
        let holds = |column: &Column| column.generated.is_none();
        from.columns
            .iter()
            .any(|column| holds(column) && to.column(&column.name).is_some_and(holds))
    }

    /// A computed column that becomes one with values of its own: those that it has are copied.
    pub(super) fn keep_values(&mut self, to: &Column) {
        let spare = self.spare(&to.name);
        let (own, name) = (quote(&to.name), quote(&spare));
        let table = self.table.clone();
        let plain = Column {
            name: spare.clone(),
            nullable: true,
            default: None,
            comment: None,
            ..to.clone()
        };
        let add = format!("ADD {}", column::definition(self.writer, &plain));
        self.alter(Stage::Keep, &add);
        let what = format!(
            "keep the values of {} column of {} table",
            named(&to.name),
            named(&self.change.to.name)
        );
        self.push(
            Stage::Keep,
            // The batch that adds a column does not know it yet.
            Step::new(alone(&format!("UPDATE {table} SET {name} = {own}")), what),
        );
        self.alter(Stage::DropComputed, &format!("DROP COLUMN {own}"));
        let step = Step::new(
            format!(
                "EXEC sp_rename {}, {}, N'COLUMN'",
                literal(&format!("{table}.{name}")),
                literal(&to.name)
            ),
            format!(
                "rename a column from {} to {}",
                named(&spare),
                named(&to.name)
            ),
        );
        self.push(Stage::Rename, step);
        if !to.nullable {
            let altered = column::altered(self.writer, to);
            self.alter(Stage::Alter, &format!("ALTER COLUMN {altered}"));
        }
        self.add_default(to);
        self.comment("COLUMN", Some(&to.name), None, to.comment.as_deref());
    }

    /// A name that no column has.
    pub(super) fn spare(&self, column: &str) -> String {
        let ModifyTable { from, to, .. } = self.change;
        let mut name = format!("new_{column}");
        while from.column(&name).is_some() || to.column(&name).is_some() {
            name.insert_str(0, "new_");
        }
        name
    }

    pub(super) fn drop_default(&mut self, from: &Column) {
        if from.default.is_some() {
            let name = from.attrs.get(attrs::DEFAULT_NAME).map(String::as_str);
            let drop = self.drop_sql(name, self.lookup().default(&from.name));
            self.run(Stage::DropDefaults, drop);
        }
    }

    pub(super) fn add_default(&mut self, to: &Column) {
        if let Some(default) = column::default(to) {
            let add = format!("ADD {default} FOR {}", quote(&to.name));
            self.alter(Stage::AddDefaults, &add);
        }
    }

    pub(super) fn modify_column(&mut self, from: &Column, to: &Column) -> Result<(), PlanError> {
        let default = |column: &Column| {
            (
                column.default.clone(),
                column.attrs.get(attrs::DEFAULT_NAME).cloned(),
            )
        };
        let altered = is_altered(from, to);
        let base = |column: &Column| {
            let alias = column.attrs.get(attrs::ALIAS_OF).cloned();
            (column.ty.base.clone(), alias)
        };
        let another = altered && base(from) != base(to);
        let (was, is) = (default(from), default(to));
        if was.0 == is.0
            && was.0.is_some()
            && !another
            && let (Some(old), Some(new)) = (&was.1, &is.1)
        {
            if old != new {
                self.rename(old, new, false);
            }
        } else if was != is || another && was.0.is_some() {
            self.drop_default(from);
            self.add_default(to);
        }
        if altered {
            if let Some(value) = fills(from, to) {
                let name = quote(&to.name);
                let update = format!(
                    "UPDATE {} SET {name} = {value} WHERE {name} IS NULL",
                    self.table
                );
                let step = Step::new(
                    match self.is_known(&to.name) {
                        true => update,
                        false => alone(&update),
                    },
                    format!(
                        "fill {} column of {} table where it is NULL",
                        named(&to.name),
                        named(&self.change.to.name)
                    ),
                );
                self.push(Stage::Alter, step);
            }
            self.alter_column(from, to)?;
        }
        if let (Some(old), Some(new)) = (&from.generated, &to.generated)
            && old.stored != new.stored
        {
            self.property(&to.name, "PERSISTED", new.stored);
        }
        self.properties(from, to, altered)?;
        self.comment(
            "COLUMN",
            Some(&to.name),
            from.comment.as_deref(),
            to.comment.as_deref(),
        );
        Ok(())
    }

    /// The column has its name before the first statement of the plan runs.
    fn is_known(&self, column: &str) -> bool {
        let ModifyTable { schema, to, .. } = self.change;
        let schema = self.writer.context.existing.schema(schema);
        let table = schema.and_then(|schema| schema.table(&to.name));
        table.is_some_and(|table| table.column(column).is_some())
    }

    fn alter_column(&mut self, from: &Column, to: &Column) -> Result<(), PlanError> {
        if !fit::converts(&column::held(from), &column::held(to)) {
            return Err(refuse(
                &self.change.to.name,
                format!(
                    "the server does not convert column {} from {} to {} by itself",
                    named(&to.name),
                    from.ty,
                    to.ty
                ),
                "write this migration by hand: drop the column and add it again, or copy its values to a new one with CONVERT",
            ));
        }
        self.changes_past(Some(from), to)?;
        self.alter_in_past(from, to);
        let altered = column::altered(self.writer, to);
        self.alter(Stage::Alter, &format!("ALTER COLUMN {altered}"));
        Ok(())
    }

    pub(super) fn property(&mut self, column: &str, property: &str, on: bool) {
        let word = if on { "ADD" } else { "DROP" };
        let action = format!("ALTER COLUMN {} {word} {property}", quote(column));
        let stage = match property {
            // Once there is a period.
            "HIDDEN" => Stage::Rest,
            _ => Stage::Alter,
        };
        self.property_in_past(column, property, on);
        self.alter(stage, &action);
    }

    pub(super) fn properties(
        &mut self,
        from: &Column,
        to: &Column,
        altered: bool,
    ) -> Result<(), PlanError> {
        let keys: BTreeSet<&String> = from.attrs.keys().chain(to.attrs.keys()).collect();
        for key in keys {
            let is = to.attrs.contains_key(key);
            if from.attrs.get(key) == to.attrs.get(key) || key == attrs::DEFAULT_NAME {
                continue;
            }
            match key.as_str() {
                attrs::SPARSE if altered => self.needs_off(),
                attrs::ALIAS_OF => {}
                attrs::GENERATED_AS if is => {
                    let hidden = |column: &Column| {
                        let bound = column.attrs.get(attrs::GENERATED_AS);
                        bound.is_some_and(|bound| bound.ends_with(" HIDDEN"))
                    };
                    if hidden(from) != hidden(to) {
                        self.property(&to.name, "HIDDEN", hidden(to));
                    }
                }
                // It goes with the period.
                attrs::GENERATED_AS => {}
                attrs::SPARSE => self.property(&to.name, "SPARSE", is),
                attrs::ROWGUIDCOL => self.property(&to.name, "ROWGUIDCOL", is),
                attrs::NOT_FOR_REPLICATION => self.property(&to.name, "NOT FOR REPLICATION", is),
                _ => {
                    return Err(refuse(
                        &self.change.to.name,
                        format!(
                            "the property {key} of column {} can't be changed",
                            named(&to.name)
                        ),
                        "write this migration by hand",
                    ));
                }
            }
        }
        Ok(())
    }
}
