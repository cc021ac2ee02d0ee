//! The names of types, in the server's spelling.

use super::Path;
use super::cursor::{Cursor, Refusal, join};
use crate::config::suggest;
use crate::schema::DataType;
use crate::sql::token::items;

/// Other names of types, longer ones first.
const NAMES: &[(&[&str], &str)] = &[
    (&["national", "character", "varying"], "nvarchar"),
    (&["national", "char", "varying"], "nvarchar"),
    (&["national", "character"], "nchar"),
    (&["national", "char"], "nchar"),
    (&["national", "text"], "ntext"),
    (&["character", "varying"], "varchar"),
    (&["char", "varying"], "varchar"),
    (&["binary", "varying"], "varbinary"),
    (&["double", "precision"], "float"),
    (&["character"], "char"),
    (&["integer"], "int"),
    (&["dec"], "decimal"),
    (&["timestamp"], "rowversion"),
];

/// What every server has by itself.
const BUILT_IN: &[&str] = &[
    "bigint",
    "binary",
    "bit",
    "char",
    "date",
    "datetime",
    "datetime2",
    "datetimeoffset",
    "decimal",
    "float",
    "geography",
    "geometry",
    "hierarchyid",
    "image",
    "int",
    "json",
    "money",
    "nchar",
    "ntext",
    "numeric",
    "nvarchar",
    "real",
    "rowversion",
    "smalldatetime",
    "smallint",
    "smallmoney",
    "sql_variant",
    "sysname",
    "text",
    "time",
    "tinyint",
    "uniqueidentifier",
    "varbinary",
    "varchar",
    "vector",
    "xml",
];

/// A type: one of the server's, or the name of another.
pub(super) fn data_type(cursor: &mut Cursor<'_>) -> Result<(DataType, Option<Path>), Refusal> {
    let start = cursor.offset();
    let long = NAMES.iter().find(|(words, _)| cursor.are(words));
    let base = match long {
        Some((words, base)) => {
            cursor.at += words.len();
            (*base).to_owned()
        }
        None => {
            let path = cursor.path()?;
            let name = path.name.to_lowercase();
            let sys = path
                .schema
                .as_deref()
                .is_none_or(|name| name.eq_ignore_ascii_case("sys"));
            let found = NAMES.iter().find(|(words, _)| words[..] == [&*name]);
            match BUILT_IN.contains(&&*name) || found.is_some() {
                true if sys => found.map_or(name, |(_, base)| (*base).to_owned()),
                // Nobody's own type takes arguments.
                _ if cursor.is_symbol("(") => return Err(absent(start, &path)),
                _ => return Ok((DataType::default(), Some(path))),
            }
        }
    };
    let arguments = match cursor.is_symbol("(") {
        true => items(cursor.group()?)
            .map(|one| join(one).to_lowercase())
            .collect(),
        false => Vec::new(),
    };
    let ty = DataType {
        base,
        arguments,
        ..DataType::default()
    };
    canonical(&ty).map(|ty| (ty, None)).ok_or_else(|| {
        let why = match (&*ty.base, longest(&ty.base)) {
            ("varchar" | "nvarchar" | "varbinary", Some(most)) => {
                format!("`{ty}`: SQL Server takes a length from 1 to {most}, or `max`")
            }
            (_, Some(most)) => format!("`{ty}`: SQL Server takes a length from 1 to {most}"),
            (_, None) => format!("`{ty}` is not a type of SQL Server"),
        };
        Refusal::at(start, why)
    })
}

/// The refusal of a type that nobody made.
pub(in crate::dialect::mssql) fn absent(offset: usize, path: &Path) -> Refusal {
    let message = format!("Cannot find data type {}.", path.name);
    let refusal = Refusal {
        offset,
        ..Refusal::server("2715", message)
    };
    let known = NAMES.iter().filter_map(|(words, _)| match words[..] {
        [one] => Some(one),
        _ => None,
    });
    let known = BUILT_IN.iter().copied().chain(known);
    match suggest::nearest(&path.name, known) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}

/// The greatest length of strings that are not `max`.
fn longest(base: &str) -> Option<u32> {
    match base {
        "char" | "varchar" | "binary" | "varbinary" => Some(8000),
        "nchar" | "nvarchar" => Some(4000),
        _ => None,
    }
}

/// The type as the server keeps it: with the lengths and precisions that it has where none are written.
fn canonical(ty: &DataType) -> Option<DataType> {
    let arguments: Vec<&str> = ty.arguments.iter().map(String::as_str).collect();
    let number = |text: &str, from: u32, to: u32| {
        text.parse::<u32>().ok().filter(|n| (from..=to).contains(n))
    };
    let with = |base: &str, arguments: &[&str]| DataType {
        base: base.to_owned(),
        arguments: arguments.iter().map(|&one| one.to_owned()).collect(),
        ..DataType::default()
    };
    let base = ty.base.as_str();
    Some(match (base, &arguments[..]) {
        ("varchar" | "nvarchar" | "varbinary", ["max"]) => with(base, &["max"]),
        ("char" | "varchar" | "nchar" | "nvarchar" | "binary" | "varbinary", []) => {
            with(base, &["1"])
        }
        (_, [n]) if longest(base).is_some() => {
            with(base, &[&number(n, 1, longest(base)?)?.to_string()])
        }
        ("decimal" | "numeric", []) => with(base, &["18", "0"]),
        ("decimal" | "numeric", [n]) => with(base, &[&number(n, 1, 38)?.to_string(), "0"]),
        ("decimal" | "numeric", [n, scale]) => {
            let digits = number(n, 1, 38)?;
            with(
                base,
                &[&digits.to_string(), &number(scale, 0, digits)?.to_string()],
            )
        }
        ("datetime2" | "datetimeoffset" | "time", []) => with(base, &["7"]),
        ("datetime2" | "datetimeoffset" | "time", [n]) => {
            with(base, &[&number(n, 0, 7)?.to_string()])
        }
        ("float", []) => with("float", &[]),
        ("float", [n]) => match number(n, 1, 53)? {
            ..=24 => with("real", &[]),
            _ => with("float", &[]),
        },
        ("sysname", []) => with("nvarchar", &["128"]),
        ("vector", [n, ..]) => with("vector", &[&number(n, 1, 1998)?.to_string()]),
        ("xml", [_]) => ty.clone(),
        (_, []) => with(base, &[]),
        _ => return None,
    })
}
