//! Tables that keep their past: the period of a row, and the table that rows go to when they change.
//!
//! The table of the past is one of the state from the start, and hidden as long as it is in use: what belongs to it is the
//! other's. Its columns go with those of the table of the present, whose constraints it has none of.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Alter, Body, Constraint, Dropped, Item, Refusal};
use crate::schema::{Column, Table};

use super::column::position;
use super::names::same;

/// Table: rows of the past are in it, of a table that is versioned. Flag, and no attribute of the model.
pub(super) const HISTORY: &str = "history";

pub(super) fn wrong(code: &'static str, message: String) -> Refusal {
    Refusal::server(code, message)
}

/// What is no operation on a table that is versioned, or on its past.
fn unsupported(code: &'static str, what: &str, table: &str) -> Refusal {
    let message = format!(
        "{what} on table '{table}' because it is not a supported operation on system-versioned temporal tables."
    );
    wrong(code, message).hint("ALTER TABLE … SET (SYSTEM_VERSIONING = OFF) first, change the table and its history alike, then set it ON with HISTORY_TABLE")
}

/// A column of a period.
fn bounds(column: &Column) -> bool {
    column.attrs.contains_key(attrs::GENERATED_AS)
}

/// Names a table's period by its columns.
pub(super) fn name_period(table: &mut Table) {
    let bound = |which: &str| {
        let mut all = table.columns.iter();
        let found = all.find(|one| {
            let text = one.attrs.get(attrs::GENERATED_AS);
            text.is_some_and(|text| text.starts_with(which))
        });
        found.map(|one| format!("[{}]", one.name))
    };
    if let (Some(start), Some(end)) = (bound("ROW START"), bound("ROW END")) {
        table
            .attrs
            .set(attrs::PERIOD, Some(format!("{start}, {end}")));
    }
}

/// `ADD PERIOD`, or that of a new table.
pub(super) fn add_period(table: &mut Table, start: &str, end: &str) -> Result<(), Refusal> {
    if table.attrs.contains_key(attrs::PERIOD) {
        let message = format!(
            "Temporal SYSTEM_TIME period is already defined on table '{}'.",
            table.name
        );
        return Err(wrong("13597", message));
    }
    let mut precisions = Vec::new();
    for (name, which, code) in [(start, "ROW START", "13506"), (end, "ROW END", "13507")] {
        let at = position(table, name)?;
        let column = &mut table.columns[at];
        if column.ty.base != "datetime2" {
            let message =
                format!("Temporal generated always column '{name}' has invalid data type.");
            return Err(wrong("13501", message));
        }
        if column.nullable {
            let message = format!(
                "Period column '{name}' in a system-versioned temporal table cannot be nullable."
            );
            return Err(wrong("13587", message));
        }
        precisions.push(column.ty.arguments.clone());
        match column.attrs.get(attrs::GENERATED_AS) {
            Some(said) if !said.starts_with(which) => {
                let bound = if code == "13506" { "start" } else { "end" };
                let message = format!(
                    "System-versioned table SYSTEM_TIME period definition {bound} column name not matching 'GENERATED ALWAYS AS {which}' column name."
                );
                return Err(wrong(code, message));
            }
            Some(_) => {}
            None => column.attrs.set(attrs::GENERATED_AS, Some(which)),
        }
    }
    if precisions[0] != precisions[1] {
        let message = "SYSTEM_TIME period columns cannot have different datatype precision.";
        return Err(wrong("13513", message.to_owned()));
    }
    name_period(table);
    Ok(())
}

/// A column that a period is made of needs the period.
pub(super) fn has_period(table: &Table) -> Result<(), Refusal> {
    match table.columns.iter().any(bounds) && !table.attrs.contains_key(attrs::PERIOD) {
        true => Err(wrong(
            "13509",
            "Cannot create generated always column when SYSTEM_TIME period is not defined."
                .to_owned(),
        )),
        false => Ok(()),
    }
}

pub(super) fn drop_period(table: &mut Table) -> Result<(), Refusal> {
    if table.attrs.contains_key(attrs::SYSTEM_VERSIONING) {
        let message = format!(
            "Cannot drop SYSTEM_TIME period from table '{}' when SYSTEM_VERSIONING is ON.",
            table.name
        );
        return Err(wrong("13592", message));
    }
    if table.attrs.remove(attrs::PERIOD).is_none() {
        let message = format!(
            "SYSTEM_TIME period cannot be dropped from table '{}', because SYSTEM_TIME period does not exist.",
            table.name
        );
        return Err(wrong("13593", message));
    }
    for column in &mut table.columns {
        column.attrs.remove(attrs::GENERATED_AS);
    }
    Ok(())
}

/// Refuses what the server does not do to a table that is versioned, or to its past.
pub(super) fn guard(table: &Table, change: &Alter) -> Result<(), Refusal> {
    let history = table.attrs.contains_key(HISTORY);
    let versioned = table.attrs.contains_key(attrs::SYSTEM_VERSIONING);
    let name = &table.name;
    match change {
        Alter::Add { items, .. } => items.iter().try_for_each(|item| match item {
            Item::Column(def) => {
                let column = &def.column;
                let own = [attrs::ROWGUIDCOL, attrs::SPARSE]
                    .iter()
                    .any(|key| column.attrs.contains_key(*key));
                let own = own || column.generated.is_some() || column.identity.is_some();
                match history || versioned && own {
                    true => Err(unsupported("13550", "Add column operation failed", name)),
                    false => Ok(()),
                }
            }
            Item::Constraint(constraint) if history => constrains(constraint, name),
            _ => Ok(()),
        }),
        Alter::Column(def) => {
            let own = |column: &&Column| same(&column.name, &def.column.name);
            if history {
                let what = format!("Cannot alter column '{}'", def.column.name);
                return Err(unsupported("13548", &what, name));
            }
            if table.columns.iter().find(own).is_some_and(bounds) {
                let message = format!(
                    "Period column '{}' in a system-versioned temporal table cannot be altered.",
                    def.column.name
                );
                return Err(wrong("13599", message));
            }
            Ok(())
        }
        Alter::Property {
            column,
            property,
            on,
        } => {
            let kept = ["ROWGUIDCOL", "SPARSE"].contains(property);
            match history || versioned && *on && kept {
                true => Err(unsupported(
                    "13548",
                    &format!("Cannot alter column '{column}'"),
                    name,
                )),
                false => Ok(()),
            }
        }
        Alter::Drop(all) => all.iter().try_for_each(|one| drops(table, one)),
        _ => Ok(()),
    }
}

/// What the table of the past has none of.
fn constrains(constraint: &Constraint, table: &str) -> Result<(), Refusal> {
    let (code, message) = match constraint.body {
        Body::PrimaryKey(_) => (
            "13558",
            format!("Cannot add PRIMARY KEY constraint to a temporal history table '{table}'."),
        ),
        Body::Unique(_) => (
            "13583",
            format!("Cannot add UNIQUE KEY constraint to a temporal history table '{table}'."),
        ),
        Body::Check(_) => (
            "13564",
            format!(
                "Adding CHECK constraint to a temporal history table '{table}' is not allowed."
            ),
        ),
        Body::ForeignKey { .. } => {
            let name = constraint.name.as_deref().unwrap_or_default();
            (
                "13565",
                format!(
                    "Foreign key '{name}' is not valid. A temporal history table cannot be used in a foreign key definition."
                ),
            )
        }
        Body::Default { .. } => return Ok(()),
    };
    Err(wrong(code, message))
}

fn drops(table: &Table, part: &Dropped) -> Result<(), Refusal> {
    let name = &table.name;
    match part {
        Dropped::Column { .. } if table.attrs.contains_key(HISTORY) => {
            Err(unsupported("13551", "Drop column operation failed", name))
        }
        Dropped::Column { name: column, .. } => {
            let mut all = table.columns.iter();
            match all.find(|one| same(&one.name, column)).is_some_and(bounds) {
                true => Err(wrong(
                    "13588",
                    format!(
                        "Column '{column}' in table '{name}' cannot be dropped because it is a part of period definition."
                    ),
                )),
                false => Ok(()),
            }
        }
        Dropped::Constraint {
            name: constraint, ..
        } => {
            let key = table
                .primary_key
                .as_ref()
                .and_then(|key| key.name.as_deref());
            let versioned = table.attrs.contains_key(attrs::SYSTEM_VERSIONING);
            match versioned && key.is_some_and(|key| same(key, constraint)) {
                true => Err(wrong(
                    "13557",
                    format!(
                        "Cannot drop PRIMARY KEY constraint from a system-versioned temporal table '{name}'."
                    ),
                )),
                false => Ok(()),
            }
        }
        Dropped::Period => Ok(()),
    }
}

/// Refuses to drop a table that is versioned, or its past.
pub(super) fn keeps_past(table: &Table) -> Result<(), Refusal> {
    let kept = [attrs::SYSTEM_VERSIONING, HISTORY];
    match kept.iter().any(|key| table.attrs.contains_key(*key)) {
        true => Err(unsupported(
            "13552",
            "Drop table operation failed",
            &table.name,
        )),
        false => Ok(()),
    }
}

/// The table of the past is renamed and moved by itself; its columns are the other's.
pub(super) fn is_past(table: &Table) -> bool {
    table.attrs.contains_key(HISTORY)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use crate::engine::offline::Replay as _;
    use crate::schema::{Realm, Table};
    use crate::sql::{ScanOptions, scan};

    const PRICE: &str = "CREATE TABLE price (id int NOT NULL CONSTRAINT pk PRIMARY KEY, amount int NULL,
  a datetime2 GENERATED ALWAYS AS ROW START NOT NULL, z datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (a, z))
WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.past));\n";
    const OFF: &str = "ALTER TABLE price SET (SYSTEM_VERSIONING = OFF);\n";
    const ON: &str = "ALTER TABLE price SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.past));\n";

    fn after(text: &str) -> Result<Realm, String> {
        let script = scan(text, &ScanOptions::MSSQL).expect("a script");
        let mut state = State::new();
        for statement in &script.statements {
            let done = state.run(&statement.text);
            done.map_err(|error| error.code.unwrap_or(error.message))?;
        }
        Ok(state.settled())
    }

    fn tables(realm: &Realm) -> Vec<&Table> {
        let schemas = realm.schemas.iter();
        schemas.flat_map(|schema| &schema.tables).collect()
    }

    #[test]
    fn what_the_server_refuses_is_refused() {
        for (code, text) in [
            ("13552", "DROP TABLE price"),
            ("13552", "DROP TABLE past"),
            ("13557", "ALTER TABLE price DROP CONSTRAINT pk"),
            ("13592", "ALTER TABLE price DROP PERIOD FOR SYSTEM_TIME"),
            ("13588", "ALTER TABLE price DROP COLUMN z"),
            (
                "13599",
                "ALTER TABLE price ALTER COLUMN z datetime2(3) NOT NULL",
            ),
            ("13550", "ALTER TABLE price ADD twice AS (amount * 2)"),
            ("13550", "ALTER TABLE past ADD note int NULL"),
            ("13551", "ALTER TABLE past DROP COLUMN amount"),
            ("13548", "ALTER TABLE past ALTER COLUMN amount bigint"),
            ("13583", "ALTER TABLE past ADD CONSTRAINT uq UNIQUE (id)"),
            (
                "13595",
                "ALTER TABLE price SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.other))",
            ),
            (
                "13539",
                "ALTER TABLE price SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = past))",
            ),
            ("2714", "CREATE TABLE past (id int)"),
            ("13591", &format!("{OFF}{OFF}")),
            (
                "13523",
                &format!("{OFF}ALTER TABLE price ADD note int NULL;\n{ON}"),
            ),
            (
                "13524",
                &format!("{OFF}EXEC sp_rename 'price.amount', 'worth', 'COLUMN';\n{ON}"),
            ),
            (
                "13525",
                &format!("{OFF}ALTER TABLE price ALTER COLUMN amount bigint;\n{ON}"),
            ),
            (
                "13531",
                &format!("{OFF}ALTER TABLE past ALTER COLUMN amount int NOT NULL;\n{ON}"),
            ),
            (
                "13553",
                &format!("{OFF}ALTER TABLE price DROP CONSTRAINT pk;\n{ON}"),
            ),
            (
                "13510",
                &format!("{OFF}ALTER TABLE price DROP PERIOD FOR SYSTEM_TIME;\n{ON}"),
            ),
        ] {
            assert_eq!(
                after(&format!("{PRICE}{text};")).expect_err(text),
                code,
                "{text}"
            );
        }
        for (code, text) in [
            (
                "13509",
                "CREATE TABLE t (a datetime2 GENERATED ALWAYS AS ROW START NOT NULL)",
            ),
            (
                "13501",
                "CREATE TABLE t (a date NOT NULL, z date NOT NULL);\nALTER TABLE t ADD PERIOD FOR SYSTEM_TIME (a, z)",
            ),
            (
                "13587",
                "CREATE TABLE t (a datetime2, z datetime2 NOT NULL);\nALTER TABLE t ADD PERIOD FOR SYSTEM_TIME (a, z)",
            ),
            (
                "13513",
                "CREATE TABLE t (a datetime2 NOT NULL, z datetime2(3) NOT NULL);\nALTER TABLE t ADD PERIOD FOR SYSTEM_TIME (a, z)",
            ),
        ] {
            assert_eq!(after(&format!("{text};")).expect_err(text), code, "{text}");
        }
    }

    #[test]
    fn the_past_goes_with_the_present() {
        let change = "ALTER TABLE price ADD note nvarchar(9) NOT NULL DEFAULT '';
ALTER TABLE price ALTER COLUMN amount bigint;
EXEC sp_rename 'price.amount', 'worth', 'COLUMN';
EXEC sp_rename 'price', 'prices';
EXEC sp_rename 'past', 'prices_past';\n";
        let hidden = after(&format!("{PRICE}{change}")).unwrap();
        let [table] = tables(&hidden)[..] else {
            panic!("{hidden:?}")
        };
        assert_eq!(
            table.attrs["system_versioning"],
            "HISTORY_TABLE = [dbo].[prices_past]"
        );
        let off = "ALTER TABLE prices SET (SYSTEM_VERSIONING = OFF);\nDROP TABLE prices;";
        let apart = after(&format!("{PRICE}{change}{off}")).unwrap();
        let [past] = tables(&apart)[..] else {
            panic!("{apart:?}")
        };
        let columns: Vec<_> = past
            .columns
            .iter()
            .map(|one| (one.name.as_str(), one.ty.to_string()))
            .collect();
        let columns: Vec<_> = columns
            .iter()
            .map(|(name, ty)| (*name, ty.as_str()))
            .collect();
        assert_eq!(
            columns,
            [
                ("id", "int"),
                ("worth", "bigint"),
                ("a", "datetime2(7)"),
                ("z", "datetime2(7)"),
                ("note", "nvarchar(9)")
            ]
        );
        assert!(past.primary_key.is_none(), "{past:?}");
    }

    #[test]
    fn the_catalogue_tells_what_is_versioned() {
        let guard = "IF EXISTS (SELECT 1 FROM sys.tables WHERE object_id = OBJECT_ID('price') AND temporal_type = 2)\n    ALTER TABLE price SET (SYSTEM_VERSIONING = OFF);\nGO\n";
        let twice = after(&format!("{PRICE}{guard}{guard}DROP TABLE past;"));
        assert_eq!(tables(&twice.unwrap()).len(), 1);
    }
}
