//! Constraints and indexes of a table that changes.

use super::{Modify, Stage};
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::ddl::writer::{literal, named, quote};
use crate::dialect::mssql::ddl::{constraint, index};
use crate::dialect::mssql::text::mentions;
use crate::plan::{PlanError, Step};
use crate::schema::change::Edit;
use crate::schema::named::Named as _;
use crate::schema::{Attrs, Check, ForeignKey, Index, KeyPart, PartExpr, PrimaryKey, Unique};

impl Modify<'_> {
    pub(super) fn add_sql(&self, definition: &str, attributes: &Attrs) -> String {
        let unchecked = if constraint::is_plain(attributes) {
            ""
        } else {
            "WITH NOCHECK "
        };
        format!("ALTER TABLE {} {unchecked}ADD {definition}", self.table)
    }

    pub(super) fn drop_sql(&self, name: Option<&str>, looked_up: String) -> String {
        match name {
            Some(name) => format!("ALTER TABLE {} DROP CONSTRAINT {}", self.table, quote(name)),
            None => looked_up,
        }
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, index: bool) {
        let Self { writer, change, .. } = *self;
        let (schema, table) = (&change.schema, &change.to.name);
        let (object, kind) = match index {
            true => (
                format!("{}.{}", writer.object(schema, table), quote(from)),
                "INDEX",
            ),
            false => (writer.object(schema, from), "OBJECT"),
        };
        let sql = format!(
            "EXEC sp_rename {}, {}, N'{kind}'",
            literal(&object),
            literal(to)
        );
        let what = match index {
            true => format!("rename an index from {} to {}", named(from), named(to)),
            false => format!("rename a constraint from {} to {}", named(from), named(to)),
        };
        self.push(Stage::Rename, Step::new(sql, what));
    }

    /// It only gets another name: no column that it is on is altered, and nothing else of the table has that name yet.
    fn can_rename(&self, part: &impl Part, to: &str) -> bool {
        let table = &self.change.from;
        let key = table.primary_key.iter().filter_map(|one| one.name());
        let uniques = table.uniques.iter().filter_map(|one| one.name());
        let keys = table.foreign_keys.iter().filter_map(|one| one.name());
        let checks = table.checks.iter().filter_map(|one| one.name());
        let indexes = table.indexes.iter().filter_map(|one| one.name());
        let mut names = key.chain(uniques).chain(keys).chain(checks).chain(indexes);
        !self.altered.all().any(|column| part.is_on(column)) && !names.any(|name| name == to)
    }

    /// A constraint that comes, goes, gets another name or is made again; and its comment.
    pub(super) fn edit<T: crate::schema::named::Named + Part>(
        &mut self,
        edit: &Edit<T>,
        drop: fn(&mut Self, &T) -> Result<(), PlanError>,
        add: fn(&mut Self, &T),
    ) -> Result<(), PlanError> {
        if let Edit::Modify { from, to } = edit {
            let bare = |one: &T| one.without_comment();
            if bare(from).same_but_for_name(&bare(to))
                && let (Some(old), Some(new)) = (from.name(), to.name())
                && (old == new || self.can_rename(from, new))
            {
                if old != new {
                    let (old, new) = (old.to_owned(), new.to_owned());
                    self.rename(&old, &new, false);
                }
                self.comment("CONSTRAINT", to.name(), from.comment(), to.comment());
                return Ok(());
            }
        }
        if let Some(from) = edit.from() {
            drop(self, from)?;
        }
        if let Some(to) = edit.to() {
            add(self, to);
            self.comment("CONSTRAINT", to.name(), None, to.comment());
        }
        Ok(())
    }

    pub(super) fn drop_primary_key(&mut self, key: &PrimaryKey) -> Result<(), PlanError> {
        self.needs_off();
        let drop = self.drop_sql(key.name.as_deref(), self.lookup().primary_key());
        self.run(Stage::DropConstraints, drop);
        Ok(())
    }

    pub(super) fn add_primary_key(&mut self, key: &PrimaryKey) {
        let add = constraint::primary_key(&self.change.to.name, key);
        self.alter(Stage::AddConstraints, &format!("ADD {add}"));
    }

    pub(super) fn drop_unique(&mut self, key: &Unique) -> Result<(), PlanError> {
        let looked_up = match key.name {
            Some(_) => String::new(),
            None => self.lookup().unique(key, &self.change.from)?,
        };
        let drop = self.drop_sql(key.name.as_deref(), looked_up);
        self.run(Stage::DropConstraints, drop);
        Ok(())
    }

    pub(super) fn add_unique(&mut self, key: &Unique) {
        let add = self.add_sql(&constraint::unique(key), &Attrs::new());
        self.run(Stage::AddConstraints, add);
    }

    pub(super) fn drop_key(&mut self, key: &ForeignKey) -> Result<(), PlanError> {
        let looked_up = match key.name {
            Some(_) => String::new(),
            None => self.lookup().foreign_key(key, &self.change.from)?,
        };
        let drop = self.drop_sql(key.name.as_deref(), looked_up);
        self.run(Stage::DropKeys, drop);
        Ok(())
    }

    pub(super) fn add_key(&mut self, key: &ForeignKey) {
        let add = self.add_sql(&constraint::foreign_key(self.writer, key), &key.attrs);
        self.run(Stage::AddKeys, add);
        self.switch_off(Stage::AddKeys, key.name.as_deref(), &key.attrs);
    }

    pub(super) fn drop_check(&mut self, check: &Check) -> Result<(), PlanError> {
        let looked_up = match check.name {
            Some(_) => String::new(),
            None => self.lookup().check(&self.change.from)?,
        };
        let drop = self.drop_sql(check.name.as_deref(), looked_up);
        self.run(Stage::DropConstraints, drop);
        Ok(())
    }

    pub(super) fn add_check(&mut self, check: &Check) {
        let add = self.add_sql(&constraint::check(check), &check.attrs);
        let add = self.compiled(add, &check.expr);
        self.run(Stage::AddConstraints, add);
        self.switch_off(Stage::AddConstraints, check.name.as_deref(), &check.attrs);
    }

    pub(super) fn switch_off(&mut self, stage: Stage, name: Option<&str>, attributes: &Attrs) {
        if let Some(name) = name.filter(|_| attributes.contains_key(attrs::DISABLED)) {
            let sql = format!(
                "ALTER TABLE {} NOCHECK CONSTRAINT {}",
                self.table,
                quote(name)
            );
            let step = Step::new(sql, self.what.clone());
            self.push(stage, step);
        }
    }

    pub(super) fn index(&mut self, edit: &Edit<Index>) {
        if let Edit::Modify { from, to } = edit {
            let bare = |one: &Index| Index {
                comment: None,
                ..one.clone()
            };
            if bare(from).same_but_for_name(&bare(to))
                && (from.name == to.name || self.can_rename(from, &to.name))
            {
                if from.name != to.name {
                    self.rename(&from.name, &to.name, true);
                }
                return self.comment(
                    "INDEX",
                    Some(&to.name),
                    from.comment.as_deref(),
                    to.comment.as_deref(),
                );
            }
        }
        if let Some(from) = edit.from() {
            self.drop_index(from);
        }
        if let Some(to) = edit.to() {
            self.add_index(to);
        }
    }

    pub(super) fn drop_index(&mut self, index: &Index) {
        let step = index::drop(
            self.writer,
            &self.change.schema,
            &self.change.to.name,
            index,
        );
        self.push(Stage::DropIndexes, step);
    }

    pub(super) fn add_index(&mut self, index: &Index) {
        let step = index::create(
            self.writer,
            &self.change.schema,
            &self.change.to.name,
            index,
        );
        self.push(Stage::AddIndexes, step);
        self.comment("INDEX", Some(&index.name), None, index.comment.as_deref());
    }
}

/// A part of a table that is on columns, and may have a comment.
pub(super) trait Part: Clone {
    fn comment(&self) -> Option<&str>;
    fn without_comment(&self) -> Self;
    /// A change of the column is one of it.
    fn is_on(&self, column: &str) -> bool;
}

fn is_in(parts: &[KeyPart], column: &str) -> bool {
    parts
        .iter()
        .any(|part| matches!(&part.on, PartExpr::Column(name) if name == column))
}

macro_rules! parts {
    ($($ty:ty: $is_on:expr;)+) => {
        $(impl Part for $ty {
            fn comment(&self) -> Option<&str> {
                self.comment.as_deref()
            }

            fn without_comment(&self) -> Self {
                Self { comment: None, ..self.clone() }
            }

            fn is_on(&self, column: &str) -> bool {
                let is_on: fn(&Self, &str) -> bool = $is_on;
                is_on(self, column)
            }
        })+
    };
}

parts! {
    PrimaryKey: |key, column| is_in(&key.parts, column);
    Unique: |key, column| is_in(&key.parts, column);
    ForeignKey: |key, column| key.columns.iter().any(|name| name == column);
    Check: |check, column| mentions(&check.expr, column);
    Index: |index, column| {
        let filter = index.predicate.as_deref();
        is_in(&index.parts, column)
            || index.include.iter().any(|name| name == column)
            || filter.is_some_and(|expr| mentions(expr, column))
    };
}
