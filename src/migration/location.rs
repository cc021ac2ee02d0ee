//! The forms in which a migration directory is named: `file://migrations`, a plain path, either with
//! `?format=`. Paths are relative to the working directory.

use std::path::PathBuf;

/// Directory formats that Atlas knows. Only the first is supported.
const FORMATS: &[&str] = &[
    "atlas",
    "golang-migrate",
    "goose",
    "flyway",
    "liquibase",
    "dbmate",
];

/// Why a directory's name can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    #[error(
        "migration directory '{0}' is not a local path; only file:// and plain paths are supported"
    )]
    Scheme(String),
    #[error("the migration directory is empty")]
    Empty,
    #[error("unknown parameter '{0}' of the migration directory; only 'format' is known")]
    Parameter(String),
    #[error("directory format '{0}' is not supported yet; only 'atlas' is")]
    Format(String),
    #[error("unknown directory format '{0}'; known are {known}", known = FORMATS.join(", "))]
    UnknownFormat(String),
    #[error("--dir-format says '{0}', the migration directory says '{1}'")]
    Conflict(String, String),
    #[error("bad percent escape in migration directory '{0}'")]
    Escape(String),
}

/// The path that `dir` names, where `format` is what `--dir-format` says, if it was given.
///
/// # Errors
/// [`LocationError`] for other schemes than `file`, unknown parameters, and formats other than
/// `atlas`.
pub fn parse_location(dir: &str, format: Option<&str>) -> Result<PathBuf, LocationError> {
    let (rest, is_url) = match dir.split_once("://") {
        Some(("file", rest)) => (rest, true),
        Some(_) => return Err(LocationError::Scheme(dir.to_owned())),
        None => (dir, false),
    };
    // In a plain path `?` may be part of a name.
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) if is_url || query.starts_with("format=") => (path, query),
        _ => (rest, ""),
    };
    let mut named = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("format", value) => named = Some(value),
            (other, _) => return Err(LocationError::Parameter(other.to_owned())),
        }
    }
    match (format, named) {
        (Some(flag), Some(url)) if flag != url => {
            return Err(LocationError::Conflict(flag.to_owned(), url.to_owned()));
        }
        (flag, url) => check_format(url.or(flag).unwrap_or("atlas"))?,
    }
    let path = if is_url {
        decode(path, dir)?
    } else {
        path.to_owned()
    };
    if path.is_empty() {
        Err(LocationError::Empty)
    } else {
        Ok(PathBuf::from(path))
    }
}

fn check_format(format: &str) -> Result<(), LocationError> {
    match format {
        "atlas" => Ok(()),
        known if FORMATS.contains(&known) => Err(LocationError::Format(known.to_owned())),
        other => Err(LocationError::UnknownFormat(other.to_owned())),
    }
}

fn decode(path: &str, dir: &str) -> Result<String, LocationError> {
    let bad = || LocationError::Escape(dir.to_owned());
    let mut bytes = Vec::with_capacity(path.len());
    let mut parts = path.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).ok_or_else(bad)?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        bytes.push(u8::from_str_radix(hex, 16).map_err(|_ignored| bad())?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).map_err(|_ignored| bad())
}
