//! `ALTER TABLE`.

use super::cursor::{Cursor, Refusal};
use super::table::{self, ColumnDef, Item};
use super::versioning::{Versioning, versioning};
use super::{options, types};
use crate::schema::Column;

/// What becomes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Alter {
    /// New columns and constraints; the latter unchecked where rows need not fit them.
    Add {
        items: Vec<Item>,
        unchecked: bool,
    },
    /// A column's type, collation and nullability.
    Column(Box<ColumnDef>),
    /// A property of a column comes or goes.
    Property {
        column: String,
        property: &'static str,
        on: bool,
    },
    Drop(Vec<Dropped>),
    /// Constraints are switched on or off; all where none is named. Those that are switched on are trusted where rows are
    /// checked.
    Switch {
        names: Vec<String>,
        on: bool,
        checked: bool,
    },
    /// `SYSTEM_VERSIONING`, or that it is off.
    Versioning(Option<Versioning>),
    /// Options of the table.
    Options(Vec<String>),
    /// Nothing that is kept.
    Nothing,
}

/// What a table loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Dropped {
    Constraint {
        name: String,
        if_exists: bool,
        offset: usize,
    },
    Column {
        name: String,
        if_exists: bool,
        offset: usize,
    },
    Period,
}

/// What follows the table's name.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Result<Alter, Refusal> {
    let checks = match () {
        () if cursor.take_all(&["WITH", "NOCHECK"]) => Some(false),
        () if cursor.take_all(&["WITH", "CHECK"]) => Some(true),
        () => None,
    };
    if cursor.is_any(&["CHECK", "NOCHECK"]) {
        let on = cursor.take("CHECK");
        let _off = !on && cursor.take("NOCHECK");
        cursor.expect("CONSTRAINT")?;
        let mut names = Vec::new();
        if !cursor.take("ALL") {
            names.push(cursor.name()?);
            while cursor.take_symbol(",") {
                names.push(cursor.name()?);
            }
        }
        return Ok(Alter::Switch {
            names,
            on,
            checked: checks == Some(true),
        });
    }
    if cursor.take("ADD") {
        let items = table::items(cursor)?;
        return Ok(Alter::Add {
            items,
            unchecked: checks == Some(false),
        });
    }
    if cursor.take_all(&["ALTER", "COLUMN"]) {
        return column(cursor);
    }
    if cursor.take("DROP") {
        return Ok(Alter::Drop(drops(cursor)?));
    }
    if cursor.take("SET") {
        return set(cursor);
    }
    if cursor.take("REBUILD") {
        let start = cursor.at;
        let (found, _) = options::with(cursor)?;
        // One that is not compressed any more has no option left.
        let compressed = cursor.span(start).any(|one| one.is("DATA_COMPRESSION"));
        return Ok(match found.is_empty() && !compressed {
            true => Alter::Nothing,
            false => Alter::Options(found),
        });
    }
    // Whether a trigger runs is not part of what is kept.
    if cursor.take_all(&["ENABLE", "TRIGGER"]) || cursor.take_all(&["DISABLE", "TRIGGER"]) {
        cursor.word()?;
        while cursor.take_symbol(",") {
            cursor.word()?;
        }
        return Ok(Alter::Nothing);
    }
    Err(cursor.unknown("this change of a table"))
}

fn column(cursor: &mut Cursor<'_>) -> Result<Alter, Refusal> {
    let offset = cursor.offset();
    let name = cursor.name()?;
    if cursor.is_any(&["ADD", "DROP"]) {
        let on = cursor.take("ADD");
        let _off = !on && cursor.take("DROP");
        const PROPERTIES: &[&str] = &["ROWGUIDCOL", "PERSISTED", "SPARSE", "HIDDEN"];
        let found = PROPERTIES.iter().find(|word| cursor.take(word));
        let property = match found {
            Some(word) => word,
            None if cursor.take_all(&["NOT", "FOR", "REPLICATION"]) => "NOT FOR REPLICATION",
            None if !on && cursor.take("MASKED") => "MASKED",
            None => return Err(cursor.unknown("this property of a column")),
        };
        return Ok(Alter::Property {
            column: name,
            property,
            on,
        });
    }
    let (ty, alias) = types::data_type(cursor)?;
    let mut def = ColumnDef {
        offset,
        column: Column {
            name,
            ty,
            ..Column::default()
        },
        alias,
        nullable: None,
        constraints: Vec::new(),
        index: None,
    };
    loop {
        if cursor.take("COLLATE") {
            def.column.collation = Some(cursor.name()?);
        } else if cursor.take("NULL") {
            def.nullable = Some(true);
        } else if cursor.take_all(&["NOT", "NULL"]) {
            def.nullable = Some(false);
        } else if cursor.take("SPARSE") {
            def.column
                .attrs
                .flag(crate::dialect::mssql::attrs::SPARSE, true);
        } else {
            break;
        }
    }
    // How it is done is not part of what it leads to.
    options::with(cursor)?;
    Ok(Alter::Column(Box::new(def)))
}

fn drops(cursor: &mut Cursor<'_>) -> Result<Vec<Dropped>, Refusal> {
    let mut drops = Vec::new();
    let mut columns = false;
    loop {
        if cursor.take_all(&["PERIOD", "FOR", "SYSTEM_TIME"]) {
            drops.push(Dropped::Period);
        } else {
            columns = match () {
                () if cursor.take("COLUMN") => true,
                () if cursor.take("CONSTRAINT") => false,
                () => columns,
            };
            let if_exists = cursor.take_all(&["IF", "EXISTS"]);
            let offset = cursor.offset();
            let name = cursor.name()?;
            options::with(cursor)?;
            drops.push(match columns {
                true => Dropped::Column {
                    name,
                    if_exists,
                    offset,
                },
                false => Dropped::Constraint {
                    name,
                    if_exists,
                    offset,
                },
            });
        }
        if !cursor.take_symbol(",") {
            return Ok(drops);
        }
    }
}

fn set(cursor: &mut Cursor<'_>) -> Result<Alter, Refusal> {
    cursor.expect_symbol("(")?;
    let found = if cursor.take("SYSTEM_VERSIONING") {
        cursor.expect_symbol("=")?;
        match cursor.take("OFF") {
            true => Alter::Versioning(None),
            false => Alter::Versioning(Some(versioning(cursor)?)),
        }
    } else if cursor.take("LOCK_ESCALATION") {
        cursor.expect_symbol("=")?;
        match cursor.word()?.to_uppercase().as_str() {
            "TABLE" => Alter::Nothing,
            other => Alter::Options(vec![format!("LOCK_ESCALATION = {other}")]),
        }
    } else {
        return Err(cursor.unknown("this option of a table"));
    };
    cursor.expect_symbol(")")?;
    Ok(found)
}
