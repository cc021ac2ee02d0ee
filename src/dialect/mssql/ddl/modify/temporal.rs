//! Tables that keep their past: it is switched on and off, and where the server does not pass a change of columns on to the
//! table of the past, both change while it is off.

use super::{Modify, Stage};
use crate::dialect::mssql::attrs;
use crate::dialect::mssql::ddl::column::{self, fills};
use crate::dialect::mssql::ddl::lookup::Lookup;
use crate::dialect::mssql::ddl::table::{self, full, history_of};
use crate::dialect::mssql::ddl::writer::{alone, literal, named, quote, refuse};
use crate::dialect::mssql::parse::Versioning;
use crate::plan::{PlanError, Step};
use crate::schema::change::ModifyTable;
use crate::schema::{Column, DataType, ObjectName, Table};

/// The table of the past, and what is done to it where the server does not do it.
pub(super) struct Past {
    pub(super) name: ObjectName,
    pub(super) steps: Vec<(Stage, Step)>,
}

/// The table keeps its past before and after the change.
pub(super) fn kept(change: &ModifyTable) -> bool {
    let versioned = |table: &Table| table.attrs.contains_key(attrs::SYSTEM_VERSIONING);
    versioned(&change.from) && versioned(&change.to)
}

impl Past {
    pub(super) fn of(change: &ModifyTable) -> Option<Self> {
        let to = Versioning::of(&change.to).filter(|_| kept(change))?;
        Some(Self {
            name: to.history?,
            steps: Vec::new(),
        })
    }
}

impl Modify<'_> {
    /// The server makes a change only while the past is not kept.
    pub(super) fn needs_off(&mut self) {
        self.off |= kept(self.change);
    }

    fn on_past(&mut self, stage: Stage, sql: impl FnOnce(&str) -> String) {
        if let Some(past) = &mut self.past {
            let step = Step::new(
                sql(&full(&past.name)),
                format!("modify {} table", named(&past.name.name)),
            );
            past.steps.push((stage, step));
        }
    }

    /// Adds a column to the table of the past, which has no constraints.
    pub(super) fn add_to_past(&mut self, to: &Column) {
        let own = [attrs::ROWGUIDCOL, attrs::SPARSE];
        if to.identity.is_some() || own.iter().any(|key| to.attrs.contains_key(*key)) {
            self.needs_off();
        }
        let mut plain = Column {
            identity: None,
            default: None,
            ..to.clone()
        };
        plain.attrs.remove(attrs::ROWGUIDCOL);
        let mut add = column::definition(self.writer, &plain);
        // Rows that are there need a value, and only they.
        let value = to.default.as_deref().filter(|_| !to.nullable);
        let name = quote(&format!("DF_history_{}", to.name));
        if let Some(value) = value {
            add.push_str(&format!(
                " CONSTRAINT {name} DEFAULT {}",
                column::value(value)
            ));
        }
        self.on_past(Stage::AddColumns, |past| {
            format!("ALTER TABLE {past} ADD {add}")
        });
        if value.is_some() {
            self.on_past(Stage::AddDefaults, |past| {
                format!("ALTER TABLE {past} DROP CONSTRAINT {name}")
            });
        }
    }

    pub(super) fn drop_from_past(&mut self, from: &Column) {
        self.needs_off();
        if let Some(past) = &self.past {
            // The server gives it one when it passes on a column with a default.
            let lookup = Lookup {
                writer: self.writer,
                schema: &past.name.schema,
                table: &past.name.name,
                salt: self.salt,
            };
            let drop = lookup.default(&from.name);
            self.on_past(Stage::DropDefaults, |_| drop);
        }
        let name = quote(&from.name);
        self.on_past(Stage::DropColumns, |past| {
            format!("ALTER TABLE {past} DROP COLUMN {name}")
        });
    }

    pub(super) fn alter_in_past(&mut self, from: &Column, to: &Column) {
        if from.nullable && !to.nullable {
            self.needs_off();
        }
        if let Some(value) = fills(from, to) {
            let name = quote(&to.name);
            self.on_past(Stage::Alter, |past| {
                alone(&format!(
                    "UPDATE {past} SET {name} = {value} WHERE {name} IS NULL"
                ))
            });
        }
        let altered = column::altered(self.writer, to);
        self.on_past(Stage::Alter, |past| {
            format!("ALTER TABLE {past} ALTER COLUMN {altered}")
        });
    }

    /// `SPARSE` and `ROWGUIDCOL` come and go while the past is not kept.
    pub(super) fn property_in_past(&mut self, column: &str, property: &str, on: bool) {
        if property == "PERSISTED" || property == "HIDDEN" {
            return;
        }
        self.needs_off();
        if property == "SPARSE" {
            let word = if on { "ADD" } else { "DROP" };
            let name = quote(column);
            self.on_past(Stage::Alter, |past| {
                format!("ALTER TABLE {past} ALTER COLUMN {name} {word} SPARSE")
            });
        }
    }

    /// # Errors
    /// When the change is one of a column whose past can't be changed alike.
    pub(super) fn changes_past(&self, from: Option<&Column>, to: &Column) -> Result<(), PlanError> {
        if !kept(self.change) {
            return Ok(());
        }
        let name = named(&to.name);
        let computed = |column: &Column| column.generated.is_some();
        if computed(to) || from.is_some_and(computed) {
            return Err(self.by_hand(format!(
                "column {name} is computed, and the table of the past needs a column of its type in its place"
            )));
        }
        let bounds = |column: &Column| column.attrs.contains_key(attrs::GENERATED_AS);
        if bounds(to) || from.is_some_and(bounds) {
            return Err(self.by_hand(format!(
                "column {name} is one of its period, and rows of the past have theirs"
            )));
        }
        Ok(())
    }

    fn by_hand(&self, why: String) -> PlanError {
        refuse(
            &self.change.to.name,
            why,
            "write this migration by hand: set SYSTEM_VERSIONING OFF, change the table and its history alike, and set it ON with HISTORY_TABLE",
        )
    }

    /// A column of a period for rows that are there: their past begins now.
    pub(super) fn bound(&mut self, to: &Column) -> Option<Column> {
        let bound = to.attrs.get(attrs::GENERATED_AS)?;
        if to.default.is_some() {
            return None;
        }
        let value = match bound.starts_with("ROW START") {
            true => "SYSUTCDATETIME()".to_owned(),
            false => last(&to.ty),
        };
        let name = format!("DF_{}_{}", self.change.to.name, to.name);
        let drop = format!("DROP CONSTRAINT {}", quote(&name));
        self.alter(Stage::AddDefaults, &drop);
        let mut with = Column {
            default: Some(value),
            ..to.clone()
        };
        with.attrs.set(attrs::DEFAULT_NAME, Some(name));
        Some(with)
    }

    /// Switches it on, off, or over.
    ///
    /// # Errors
    /// When that can't be done without losing the past.
    pub(super) fn versioning(&mut self) -> Result<(), PlanError> {
        let change = self.change;
        let period = |table: &Table| table.attrs.get(attrs::PERIOD).cloned();
        let (was, is) = (period(&change.from), period(&change.to));
        let (from, to) = (Versioning::of(&change.from), Versioning::of(&change.to));
        if was != is && was.is_some() && is.is_some() {
            return Err(self.by_hand("its period gets other columns".to_owned()));
        }
        match (&from, &to) {
            (Some(_), None) => {
                let end = table::end_history(self.writer, &change.schema, &change.from)?;
                self.steps
                    .extend(end.into_iter().map(|step| (Stage::Unversion, step)));
            }
            (Some(from), Some(to)) => self.change_versioning(from, to)?,
            (None, _) => {}
        }
        if was.is_some() && is.is_none() {
            self.alter(Stage::Unversion, "DROP PERIOD FOR SYSTEM_TIME");
        }
        if let Some(period) = is.filter(|_| was.is_none()) {
            let add = format!("ADD PERIOD FOR SYSTEM_TIME ({period})");
            self.alter(Stage::AddColumns, &add);
        }
        if from.is_none()
            && let Some(to) = to
        {
            self.switch_on(&to.to_string());
        }
        Ok(())
    }

    fn switch_on(&mut self, options: &str) {
        let on = format!("SET ({})", table::versioning(Some(options)));
        self.alter(Stage::Version, &on);
    }

    fn change_versioning(&mut self, from: &Versioning, to: &Versioning) -> Result<(), PlanError> {
        if from.history != to.history {
            self.rename_past(from.history.as_ref(), to.history.as_ref());
        }
        if !self.off {
            if from.retention != to.retention {
                self.switch_on(&to.kept());
            }
            return Ok(());
        }
        let Some(past) = self.past.take() else {
            return Err(refuse(
                &self.change.to.name,
                "its table of the past has to change with it, and has a name that only the server knows",
                "name it in the models first: SYSTEM_VERSIONING = ON (HISTORY_TABLE = [schema].[name])",
            ));
        };
        self.alter(Stage::Unversion, "SET (SYSTEM_VERSIONING = OFF)");
        self.steps.extend(past.steps);
        self.switch_on(&to.to_string());
        Ok(())
    }

    /// Gives the table of the past another name, and another schema.
    fn rename_past(&mut self, from: Option<&ObjectName>, to: Option<&ObjectName>) {
        let Some(to) = to else { return };
        let what = format!(
            "rename the history of {} table",
            named(&self.change.to.name)
        );
        // Where the server named it, it is next to its table.
        let there = from.map_or(&self.change.schema, |from| &from.schema);
        let moved = *there != to.schema;
        let existing = self.writer.context.existing.schema(there);
        let taken = existing.is_some_and(|schema| schema.table(&to.name).is_some());
        let first = from.filter(|_| moved && taken);
        let transfer = |name: &str| {
            let object = full(&ObjectName::new(there, name));
            format!("ALTER SCHEMA {} TRANSFER {object}", quote(&to.schema))
        };
        let rename =
            |object: &str| format!("EXEC sp_rename {object}, {}, N'OBJECT'", literal(&to.name));
        let renamed = match from {
            Some(from) if from.name == to.name => None,
            Some(from) => {
                let schema = if first.is_some() { &to.schema } else { there };
                Some(rename(&literal(&full(&ObjectName::new(
                    schema, &from.name,
                )))))
            }
            None => {
                let query = history_of(self.writer, &self.change.schema, &self.change.from);
                Some(table::looked_up(self.writer, "", &query, &[], rename))
            }
        };
        let before = first.map(|from| transfer(&from.name));
        let after = (moved && first.is_none()).then(|| transfer(&to.name));
        for sql in before.into_iter().chain(renamed).chain(after) {
            self.push(Stage::Unversion, Step::new(sql, what.clone()));
        }
    }
}

/// The last moment that a type knows.
fn last(ty: &DataType) -> String {
    let digits = ty.arguments.first().and_then(|one| one.parse().ok());
    let digits: usize = digits.unwrap_or(7);
    let part = match digits {
        0 => String::new(),
        digits => format!(".{}", "9".repeat(digits)),
    };
    format!("'9999-12-31 23:59:59{part}'")
}
