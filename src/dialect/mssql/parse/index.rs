//! Keys and indexes.

use super::cursor::{Cursor, Refusal, join, unwrapped};
use super::{Path, options};
use crate::dialect::mssql::attrs;
use crate::schema::{Index, KeyPart};

/// The method of an index by columns.
const COLUMNSTORE: &str = "columnstore";

/// `CLUSTERED` or `NONCLUSTERED`, if either is here.
pub(super) fn clustering(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    if cursor.take("CLUSTERED") {
        Some("clustered")
    } else if cursor.take("NONCLUSTERED") {
        Some("nonclustered")
    } else {
        None
    }
}

/// Columns with their directions, in parentheses.
pub(super) fn parts(cursor: &mut Cursor<'_>) -> Result<Vec<KeyPart>, Refusal> {
    cursor.expect_symbol("(")?;
    let mut parts = Vec::new();
    loop {
        let name = cursor.name()?;
        let descending = cursor.take("DESC");
        let _usual = !descending && cursor.take("ASC");
        parts.push(KeyPart {
            descending,
            ..KeyPart::column(name)
        });
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.expect_symbol(")")?;
    Ok(parts)
}

/// `CREATE INDEX` behind `CREATE`: the table, the index, and whether it replaces one that is there. Nothing where another
/// thing is created.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Result<Option<(Path, Index, bool)>, Refusal> {
    let start = cursor.at;
    let unique = cursor.take("UNIQUE");
    let clustering = clustering(cursor);
    let columnstore = cursor.take("COLUMNSTORE");
    if !cursor.take("INDEX") {
        cursor.at = start;
        return Ok(None);
    }
    let mut index = Index {
        name: cursor.name()?,
        unique,
        ..Index::default()
    };
    index.method = columnstore.then(|| COLUMNSTORE.to_owned());
    cursor.expect("ON")?;
    let table = cursor.path()?;
    let replaces = rest(cursor, &mut index, clustering)?;
    Ok(Some((table, index, replaces)))
}

/// `INDEX name …` of a table, or behind a column.
pub(super) fn inline(cursor: &mut Cursor<'_>, column: Option<&str>) -> Result<Index, Refusal> {
    cursor.expect("INDEX")?;
    let mut index = Index {
        name: cursor.name()?,
        ..Index::default()
    };
    index.unique = cursor.take("UNIQUE");
    let clustering = clustering(cursor);
    index.method = cursor.take("COLUMNSTORE").then(|| COLUMNSTORE.to_owned());
    if let Some(column) = column.filter(|_| !cursor.is_symbol("(")) {
        index.parts = vec![KeyPart::column(column)];
    }
    rest(cursor, &mut index, clustering)?;
    Ok(index)
}

fn rest(
    cursor: &mut Cursor<'_>,
    index: &mut Index,
    clustering: Option<&str>,
) -> Result<bool, Refusal> {
    let clustered = clustering == Some("clustered");
    index
        .attrs
        .set(attrs::CLUSTERING, clustered.then_some("clustered"));
    if cursor.is_symbol("(") {
        index.parts = parts(cursor)?;
    }
    if cursor.take("INCLUDE") {
        index.include = cursor.names()?;
    }
    if cursor.take("WHERE") {
        let found = cursor.run(|cursor| {
            let on = cursor.is("ON");
            let with = cursor.is("WITH");
            !(on || with || cursor.starts_statement())
        });
        index.predicate = Some(join(unwrapped(found)));
    }
    options::storage(cursor, &mut index.attrs)
}
