//! Names of new migrations: a version that sorts after every one there is, and a description.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::file::version_of;

use crate::problem::{Explain, Problem};

const TIMESTAMP: &[BorrowedFormatItem<'static>] =
    format_description!("[year][month][day][hour][minute][second]");

/// File systems stop at 255 bytes; this leaves room for the version and the ending.
const MAX_NAME: usize = 200;

/// Why a migration can't be named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    #[error("migration name {name:?} {problem}")]
    Name { name: String, problem: &'static str },
    #[error(
        "no version after that of {last} can be found: neither the time nor its successor sorts after it"
    )]
    NoneAfter { last: String },
}

impl VersionError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Name { .. } => "use letters, digits, '_', '-' and '.'",
            Self::NoneAfter { .. } => {
                "files run in the order of their names; give the existing ones versions of one width, such as 0001"
            }
        }
    }
}

/// Checks the description part of a new migration's name.
///
/// # Errors
/// [`VersionError::Name`] when it is empty or too long, could leave the directory, or isn't a file
/// name on every system that may check it out.
pub fn check_name(name: &str) -> Result<(), VersionError> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_NAME {
        "is longer than 200 bytes"
    } else if name.contains(['/', '\\']) {
        "contains a path separator"
    } else if name.chars().any(char::is_control) {
        "contains a control character"
    } else if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        "contains a character that some file systems refuse"
    } else if name.trim() != name {
        "begins or ends with whitespace"
    } else {
        return Ok(());
    };
    Err(VersionError::Name {
        name: name.to_owned(),
        problem,
    })
}

/// The version of a new migration called `description`, after the files in `names` (in bytewise
/// order): the time as UTC `yyyymmddHHMMSS`; where that doesn't come last, the second after the last
/// version; where that is not a time, its number plus one.
///
/// # Errors
/// [`VersionError::NoneAfter`] when none of these comes last, both as a version and as a file name.
pub fn next_version<'a>(
    now: OffsetDateTime,
    names: impl DoubleEndedIterator<Item = &'a str> + Clone,
    description: Option<&str>,
) -> Result<String, VersionError> {
    let now = now.to_offset(UtcOffset::UTC);
    let time = now.format(TIMESTAMP).ok().filter(|text| text.len() == 14);
    let newest = names.clone().map(version_of).max();
    let candidates = [
        time,
        newest.and_then(second_after),
        newest.and_then(number_after),
    ];
    let comes_last = |version: &String| {
        let file = file_name(version, description);
        newest.is_none_or(|newest| newest < version.as_str())
            && names
                .clone()
                .next_back()
                .is_none_or(|last| last < file.as_str())
    };
    candidates
        .into_iter()
        .flatten()
        .find(comes_last)
        .ok_or_else(|| VersionError::NoneAfter {
            last: names.clone().next_back().unwrap_or_default().to_owned(),
        })
}

/// The name of a migration's file.
pub(super) fn file_name(version: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => format!("{version}_{description}.sql"),
        None => format!("{version}.sql"),
    }
}

fn second_after(version: &str) -> Option<String> {
    if version.len() != 14 {
        return None;
    }
    let time = PrimitiveDateTime::parse(version, TIMESTAMP).ok()?;
    let next = time.checked_add(time::Duration::SECOND)?;
    next.format(TIMESTAMP).ok().filter(|text| text.len() == 14)
}

/// `0009` → `0010`, `V1` → `V2`; the width stays at least what it was.
fn number_after(version: &str) -> Option<String> {
    let digits = version.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (prefix, number) = version.split_at(digits);
    let next = number.parse::<u128>().ok()?.checked_add(1)?;
    Some(format!("{prefix}{next:0width$}", width = number.len()))
}

impl Explain for VersionError {
    fn explain(self) -> Problem {
        Problem::new(self.to_string()).hint(self.hint())
    }
}
