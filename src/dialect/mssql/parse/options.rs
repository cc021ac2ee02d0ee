//! `WITH (…)` and `ON filegroup` behind keys, indexes and tables.

use super::cursor::{Cursor, Refusal, join};
use crate::dialect::mssql::attrs;
use crate::schema::Attrs;
use crate::sql::token::{Token, items};

/// What options are where nothing is said, and those that tell how something is built and not what it is.
const DEFAULTS: &[&str] = &[
    "PAD_INDEX = OFF",
    "IGNORE_DUP_KEY = OFF",
    "STATISTICS_NORECOMPUTE = OFF",
    "STATISTICS_INCREMENTAL = OFF",
    "ALLOW_ROW_LOCKS = ON",
    "ALLOW_PAGE_LOCKS = ON",
    "OPTIMIZE_FOR_SEQUENTIAL_KEY = OFF",
    "DATA_COMPRESSION = NONE",
    "XML_COMPRESSION = OFF",
    "FILLFACTOR = 0",
    "FILLFACTOR = 100",
    "LOCK_ESCALATION = TABLE",
];
const BUILDING: &[&str] = &[
    "ONLINE",
    "SORT_IN_TEMPDB",
    "DROP_EXISTING",
    "MAXDOP",
    "MAX_DURATION",
    "RESUMABLE",
];

/// `WITH (…)`, if it is here: the options that say what something is, sorted, and whether it replaces what is there.
pub(super) fn with(cursor: &mut Cursor<'_>) -> Result<(Vec<String>, bool), Refusal> {
    if !(cursor.is("WITH")
        && cursor
            .ahead(1)
            .is_some_and(|token| token.symbol("(") || token.is("FILLFACTOR")))
    {
        return Ok((Vec::new(), false));
    }
    cursor.at += 1;
    if cursor.take("FILLFACTOR") {
        cursor.expect_symbol("=")?;
        return Ok((vec![format!("FILLFACTOR = {}", cursor.integer()?)], false));
    }
    let written: Vec<String> = items(cursor.group()?).map(option).collect();
    let replaces = written.iter().any(|one| one == "DROP_EXISTING = ON");
    let says = |one: &String| {
        let name = one.split(' ').next().unwrap_or_default();
        !DEFAULTS.contains(&one.as_str()) && !BUILDING.contains(&name)
    };
    let mut kept: Vec<String> = written.into_iter().filter(says).collect();
    kept.sort();
    Ok((kept, replaces))
}

fn option(tokens: &[Token<'_>]) -> String {
    match tokens {
        [name, equals, value @ ..] if equals.symbol("=") => {
            format!(
                "{} = {}",
                name.text.to_uppercase(),
                join(value).to_uppercase()
            )
        }
        _ => join(tokens),
    }
}

/// `ON filegroup`, if it is here: nothing for the database's own. `TEXTIMAGE_ON` and `FILESTREAM_ON` go with it.
pub(super) fn filegroup(cursor: &mut Cursor<'_>) -> Result<Option<String>, Refusal> {
    let mut found = None;
    loop {
        let large = cursor.is_any(&["TEXTIMAGE_ON", "FILESTREAM_ON"]);
        if !large && !cursor.is("ON") {
            return Ok(found);
        }
        cursor.at += 1;
        let name = cursor.word()?;
        let columns = match cursor.is_symbol("(") {
            true => format!(" ({})", join(cursor.group()?)),
            false => String::new(),
        };
        let own = name.eq_ignore_ascii_case("PRIMARY") || name.eq_ignore_ascii_case("DEFAULT");
        if !own && !large {
            found = Some(format!("[{}]{columns}", name.replace(']', "]]")));
        }
    }
}

/// Both, as attributes.
pub(super) fn storage(cursor: &mut Cursor<'_>, attributes: &mut Attrs) -> Result<bool, Refusal> {
    let (options, replaces) = with(cursor)?;
    attributes.set(
        attrs::OPTIONS,
        (!options.is_empty()).then(|| options.join(", ")),
    );
    attributes.set(attrs::FILEGROUP, filegroup(cursor)?);
    Ok(replaces)
}
