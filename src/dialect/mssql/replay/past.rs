//! The table of the past of one that is versioned: made or taken, and changed with it.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Path, Refusal, Versioning};
use crate::schema::{Attrs, Column, Index, KeyPart, ObjectName, Schema, Table};

use super::State;
use super::column::{dependents, position, refuse};
use super::names::same;
use super::rename::rename_in;
use super::store::Key;
use super::temporal::{HISTORY, is_past, wrong};
use super::value::Value;

/// What the server calls a table of the past that has no name, before its number.
const MADE_UP: &str = "MSSQL_TemporalHistoryFor_";

fn failed(code: &'static str, why: &str) -> Refusal {
    wrong(
        code,
        format!("Setting SYSTEM_VERSIONING to ON failed because {why}."),
    )
}

/// Hides the tables of the past that are in use, and names that the server made up.
pub(super) fn hide(schema: &mut Schema) {
    schema
        .tables
        .retain(|table| !table.attrs.contains_key(HISTORY));
    for table in &mut schema.tables {
        if let Some(mut versioning) = Versioning::of(table) {
            versioning.history = versioning
                .history
                .filter(|name| !name.name.starts_with(MADE_UP));
            table
                .attrs
                .set(attrs::SYSTEM_VERSIONING, Some(versioning.to_string()));
        }
    }
}

/// A column as the table of the past has it.
fn past(column: &Column) -> Column {
    let kept = [attrs::SPARSE, attrs::MASKED];
    let kept = kept
        .iter()
        .filter_map(|key| Some((*key, column.attrs.get(*key)?)));
    Column {
        attrs: kept.map(|(key, value)| (key, value.clone())).collect(),
        identity: None,
        generated: None,
        default: None,
        comment: None,
        ..column.clone()
    }
}

impl State {
    /// Sets `SYSTEM_VERSIONING`, on a table that is there.
    pub(super) fn set_versioning(
        &mut self,
        name: &ObjectName,
        to: Option<&Versioning>,
    ) -> Result<(), Refusal> {
        let Some(mut table) = self.store.table(&Key::of(name)).cloned() else {
            return Ok(());
        };
        let now = Versioning::of(&table);
        let Some(to) = to else {
            let Some(now) = now else {
                return Err(wrong(
                    "13591",
                    format!(
                        "SYSTEM_VERSIONING is not turned ON for table '{}'.",
                        name.name
                    ),
                ));
            };
            if let Some(history) = now.history {
                self.flag_history(&history, false);
            }
            table.attrs.remove(attrs::SYSTEM_VERSIONING);
            self.store.put(&name.schema, table);
            return Ok(());
        };
        if !table.attrs.contains_key(attrs::PERIOD) {
            let message =
                "Cannot set SYSTEM_VERSIONING to ON when SYSTEM_TIME period is not defined.";
            return Err(wrong("13510", message.to_owned()));
        }
        if table.primary_key.is_none() {
            return Err(wrong(
                "13553",
                format!(
                    "System versioned temporal table '{}' must have primary key defined.",
                    name.name
                ),
            ));
        }
        let history = match (now.and_then(|now| now.history), &to.history) {
            (Some(own), Some(said)) if Key::of(&own) != Key::of(said) => {
                let message = format!(
                    "Temporal history table name '{}' is not correct for current table '{}'.",
                    said.name, name.name
                );
                return Err(wrong("13595", message));
            }
            (Some(own), _) => own,
            (None, said) => self.keep_past(name, &table, said.as_ref())?,
        };
        let versioning = Versioning {
            history: Some(history),
            ..to.clone()
        };
        table
            .attrs
            .set(attrs::SYSTEM_VERSIONING, Some(versioning.to_string()));
        self.store.put(&name.schema, table);
        Ok(())
    }

    fn flag_history(&mut self, history: &ObjectName, on: bool) {
        if let Some(mut table) = self.store.table(&Key::of(history)).cloned() {
            table.attrs.flag(HISTORY, on);
            self.store.put(&history.schema, table);
        }
    }

    /// Takes the table of the past that there is, or makes it.
    fn keep_past(
        &mut self,
        name: &ObjectName,
        table: &Table,
        said: Option<&ObjectName>,
    ) -> Result<ObjectName, Refusal> {
        let wanted = match said {
            Some(said) => {
                let path = Path {
                    database: None,
                    schema: Some(said.schema.clone()),
                    name: said.name.clone(),
                };
                ObjectName::new(self.schema_of(&path)?, &said.name)
            }
            None => {
                let id = self
                    .store
                    .object(&Key::of(name))
                    .map_or(0, |object| object.id);
                let mut made = format!("{MADE_UP}{id}");
                while self.store.object(&Key::new(&name.schema, &made)).is_some() {
                    made.push_str("_1");
                }
                ObjectName::new(&name.schema, made)
            }
        };
        let key = Key::of(&wanted);
        if let Some(there) = self.store.table(&key).cloned() {
            self.fits_past(table, &wanted, &there)?;
            self.flag_history(&wanted, true);
            return Ok(ObjectName::new(wanted.schema, there.name));
        }
        if self.store.object(&key).is_some() {
            return Err(wrong(
                "13511",
                format!(
                    "Specified object '{}' cannot be used as history table.",
                    wanted.name
                ),
            ));
        }
        let mut made = Table {
            name: wanted.name.clone(),
            columns: table.columns.iter().map(past).collect(),
            ..Table::default()
        };
        made.indexes.push(by_period(table, &wanted.name));
        made.attrs.flag(HISTORY, true);
        self.store.put(&wanted.schema, made);
        Ok(wanted)
    }

    /// Refuses a table of the past that does not fit the present.
    fn fits_past(&self, table: &Table, name: &ObjectName, there: &Table) -> Result<(), Refusal> {
        let (own, other) = (&table.name, &there.name);
        let of = |what: &str| format!("history table '{other}' has {what}");
        if is_past(there) {
            return Err(wrong(
                "13514",
                format!("History table '{other}' is already in use."),
            ));
        }
        if there.attrs.contains_key(attrs::SYSTEM_VERSIONING) {
            return Err(wrong(
                "13566",
                format!("Temporal table '{other}' is already in use."),
            ));
        }
        let any = |found: fn(&Column) -> bool| there.columns.iter().any(found);
        let triggers = self.store.texts().any(|(space, text)| {
            same(&space.name, &name.schema)
                && text.table.as_deref().is_some_and(|on| same(on, other))
        });
        let bad = [
            (
                there.attrs.contains_key(attrs::PERIOD),
                "13574",
                format!("temporal history table '{other}' contains SYSTEM_TIME period"),
            ),
            (
                there.primary_key.is_some()
                    || !there.uniques.is_empty()
                    || there.indexes.iter().any(|one| one.unique),
                "13515",
                of(
                    "custom unique keys defined. Consider dropping all unique keys and trying again",
                ),
            ),
            (
                !there.foreign_keys.is_empty(),
                "13516",
                of("foreign keys defined. Consider dropping all foreign keys and trying again"),
            ),
            (
                !there.checks.is_empty(),
                "13517",
                of(
                    "table or column constraints defined. Consider dropping all table and column constraints and trying again",
                ),
            ),
            (
                any(|one| one.identity.is_some()),
                "13518",
                of(
                    "IDENTITY column specification. Consider dropping all IDENTITY column specifications and trying again",
                ),
            ),
            (
                any(|one| one.generated.is_some()),
                "13519",
                of(
                    "computed column specification. Consider dropping all computed column specifications and trying again",
                ),
            ),
            (
                triggers,
                "13522",
                of("triggers defined. Consider dropping all triggers and trying again"),
            ),
            (
                any(|one| one.attrs.contains_key(attrs::ROWGUIDCOL)),
                "13580",
                of(
                    "ROWGUID column specification. Consider dropping all ROWGUID column specifications and trying again",
                ),
            ),
        ];
        if let Some((_, code, why)) = bad.into_iter().find(|(is, ..)| *is) {
            return Err(failed(code, &why));
        }
        if table.columns.len() != there.columns.len() {
            let why = format!(
                "table '{own}' has {} columns and table '{other}' has {} columns",
                table.columns.len(),
                there.columns.len()
            );
            return Err(failed("13523", &why));
        }
        for (at, (one, past)) in table.columns.iter().zip(&there.columns).enumerate() {
            same_column((own, one), (other, past), at + 1)?;
        }
        Ok(())
    }

    /// Changes the table of the past like that of the present, whose columns have changed.
    pub(super) fn change_past(&mut self, table: &Table) -> Result<(), Refusal> {
        let Some(name) = Versioning::of(table).and_then(|one| one.history) else {
            return Ok(());
        };
        let Some(mut history) = self.store.table(&Key::of(&name)).cloned() else {
            return Ok(());
        };
        for gone in history
            .columns
            .iter()
            .filter(|one| position(table, &one.name).is_err())
        {
            refuse(
                "ALTER TABLE DROP COLUMN",
                &gone.name,
                &dependents(&history, &gone.name, false),
            )?;
        }
        let mut columns: Vec<Column> = table.columns.iter().map(past).collect();
        for (column, own) in columns.iter_mut().zip(&table.columns) {
            let there = history
                .columns
                .iter()
                .find(|one| same(&one.name, &column.name));
            match there {
                Some(there) => {
                    column.default.clone_from(&there.default);
                    column.attrs.adopt(attrs::DEFAULT_NAME, &there.attrs);
                }
                // The rows of the past get the value from a default of their own.
                None if !own.nullable && own.default.is_some() => {
                    column.default.clone_from(&own.default);
                    let made = self.make_name("DF", &history.name);
                    column.attrs.set(attrs::DEFAULT_NAME, Some(made));
                }
                None => {}
            }
        }
        history.columns = columns;
        self.store.put(&name.schema, history);
        Ok(())
    }

    /// A column of the present has another name.
    pub(super) fn rename_past(&mut self, table: &Table, from: &str, to: &str) {
        if let Some(name) = Versioning::of(table).and_then(|one| one.history)
            && let Some(mut history) = self.store.table(&Key::of(&name)).cloned()
        {
            let mut columns = history.columns.iter_mut();
            if let Some(column) = columns.find(|one| same(&one.name, from)) {
                to.clone_into(&mut column.name);
            }
            rename_in(&mut history, from, to);
            self.store.put(&name.schema, history);
        }
    }

    /// The table whose past is in this one.
    fn present_of(&self, history: &ObjectName) -> Option<(String, Table)> {
        let key = Key::of(history);
        let tables = self.store.objects().filter(|object| object.kind == "U");
        let mut tables = tables.filter_map(|object| {
            let table = self.store.table(&Key::new(&object.schema, &object.name))?;
            Some((object.schema.clone(), table))
        });
        let found = tables.find(|(_, table)| {
            let own = Versioning::of(table).and_then(|one| one.history);
            own.is_some_and(|own| Key::of(&own) == key)
        });
        found.map(|(schema, table)| (schema, table.clone()))
    }

    /// What `sys.tables` tells of a table's past.
    pub(super) fn temporal_row(&self, table: &Table) -> [(&'static str, Value); 2] {
        let history = Versioning::of(table).and_then(|one| one.history);
        let id = history.and_then(|name| self.store.object(&Key::of(&name)));
        let kind = match &id {
            _ if is_past(table) => 1,
            Some(_) => 2,
            None => 0,
        };
        let id = id.map_or(Value::Null, |object| Value::Number(object.id));
        [
            ("temporal_type", Value::Number(kind)),
            ("history_table_id", id),
        ]
    }

    /// The table of the past has another name.
    pub(super) fn moved_past(&mut self, from: &ObjectName, to: &ObjectName) {
        if let Some((schema, mut table)) = self.present_of(from)
            && let Some(versioning) = Versioning::of(&table)
        {
            let versioning = Versioning {
                history: Some(to.clone()),
                ..versioning
            };
            table
                .attrs
                .set(attrs::SYSTEM_VERSIONING, Some(versioning.to_string()));
            self.store.put(&schema, table);
        }
    }
}

/// The index that the server gives a table of the past which it makes.
fn by_period(table: &Table, name: &str) -> Index {
    let part = |which: &str| {
        let mut all = table.columns.iter();
        let found = all.find(|one| {
            one.attrs
                .get(attrs::GENERATED_AS)
                .is_some_and(|text| text.starts_with(which))
        });
        found.map(|one| KeyPart::column(&one.name))
    };
    let mut attributes = Attrs::new();
    attributes.set(attrs::CLUSTERING, Some("clustered"));
    attributes.set(attrs::OPTIONS, Some("DATA_COMPRESSION = PAGE"));
    Index {
        name: format!("ix_{name}"),
        parts: [part("ROW END"), part("ROW START")]
            .into_iter()
            .flatten()
            .collect(),
        attrs: attributes,
        ..Index::default()
    }
}

fn same_column(
    (own, one): (&str, &Column),
    (other, past): (&str, &Column),
    at: usize,
) -> Result<(), Refusal> {
    let name = &one.name;
    if !same(name, &past.name) {
        return Err(failed(
            "13524",
            &format!(
                "column '{}' at ordinal {at} in history table '{other}' has a different name than the column '{name}' at the same ordinal in table '{own}'",
                past.name
            ),
        ));
    }
    let computed = one.generated.is_some();
    if !computed && one.ty != past.ty {
        return Err(failed(
            "13525",
            &format!(
                "column '{name}' has data type {} in history table '{other}' which is different from corresponding column type {} in table '{own}'",
                past.ty, one.ty
            ),
        ));
    }
    let differs = |what: &str| {
        format!("column '{name}' does not have the same {what} in tables '{own}' and '{other}'")
    };
    if one.collation != past.collation {
        return Err(failed("13526", &differs("collation")));
    }
    if !computed && one.nullable != past.nullable {
        return Err(failed("13531", &differs("nullability attribute")));
    }
    let sparse = |column: &Column| column.attrs.contains_key(attrs::SPARSE);
    if sparse(one) != sparse(past) {
        return Err(failed("13533", &differs("sparse storage attribute")));
    }
    Ok(())
}
