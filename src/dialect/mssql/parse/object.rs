//! Sequences, and objects that are kept as text.

use super::cursor::{Cursor, Refusal};
use super::{Path, types};
use crate::schema::DataType;

/// What is said of a sequence: only what is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Numbering {
    pub(in crate::dialect::mssql) ty: Option<DataType>,
    pub(in crate::dialect::mssql) start: Option<i64>,
    pub(in crate::dialect::mssql) increment: Option<i64>,
    /// `None` in it for `NO MINVALUE`.
    pub(in crate::dialect::mssql) min: Option<Option<i64>>,
    pub(in crate::dialect::mssql) max: Option<Option<i64>>,
    pub(in crate::dialect::mssql) cycle: Option<bool>,
    pub(in crate::dialect::mssql) cache: Option<i64>,
}

/// A sequence that is made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Sequenced {
    pub(in crate::dialect::mssql) name: Path,
    pub(in crate::dialect::mssql) numbering: Numbering,
}

/// What follows `CREATE SEQUENCE` or `ALTER SEQUENCE`.
pub(super) fn sequence(cursor: &mut Cursor<'_>) -> Result<Sequenced, Refusal> {
    let name = cursor.path()?;
    let mut numbering = Numbering::default();
    loop {
        if cursor.take("AS") {
            let (ty, alias) = types::data_type(cursor)?;
            if alias.is_some() {
                return Err(cursor.unknown("a sequence of an alias type"));
            }
            numbering.ty = Some(ty);
        } else if cursor.take_all(&["START", "WITH"]) {
            numbering.start = Some(cursor.integer()?);
        } else if cursor.take_all(&["INCREMENT", "BY"]) {
            numbering.increment = Some(cursor.integer()?);
        } else if cursor.take_all(&["NO", "MINVALUE"]) {
            numbering.min = Some(None);
        } else if cursor.take("MINVALUE") {
            numbering.min = Some(Some(cursor.integer()?));
        } else if cursor.take_all(&["NO", "MAXVALUE"]) {
            numbering.max = Some(None);
        } else if cursor.take("MAXVALUE") {
            numbering.max = Some(Some(cursor.integer()?));
        } else if cursor.take_all(&["NO", "CYCLE"]) {
            numbering.cycle = Some(false);
        } else if cursor.take("CYCLE") {
            numbering.cycle = Some(true);
        } else if cursor.take_all(&["NO", "CACHE"]) {
            numbering.cache = Some(0);
        } else if cursor.take("CACHE") {
            let number = cursor
                .peek()
                .is_some_and(|token| token.kind == crate::sql::token::Kind::Number);
            // Without a number the server chooses, as where nothing is said.
            numbering.cache = Some(if number { cursor.integer()? } else { -1 });
        } else if cursor.take("RESTART") {
            // Where it goes on is not part of what it is.
            if cursor.take("WITH") {
                cursor.integer()?;
            }
        } else {
            return Ok(Sequenced { name, numbering });
        }
    }
}

/// The least and the greatest number of a type.
pub(in crate::dialect::mssql) fn limits(ty: &str) -> (i64, i64) {
    match ty {
        "tinyint" => (0, 255),
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "int" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}
