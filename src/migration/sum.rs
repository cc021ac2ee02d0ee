//! `atlas.sum`: computing, reading and comparing it. Format: Atlas' documentation on migration
//! directory integrity, and its `sql/migrate` package; a line `name h1:hash` for each file, headed
//! by the sum of all. Each hash also covers the files before its own.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::problem::{Explain, Problem, stage};

/// The checksum file's name.
pub const SUM_FILE: &str = "atlas.sum";

/// The hashes of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    lines: Vec<(String, String)>,
}

impl Sums {
    /// Hashes files, given in order. A file whose first line says `atlas:sum ignore` counts with its
    /// name only and has no line.
    pub(super) fn compute<'a>(files: impl Iterator<Item = (&'a str, Cow<'a, str>)>) -> Self {
        let mut running = Sha256::new();
        let mut lines = Vec::new();
        for (name, text) in files {
            if feed(&mut running, name, &text) {
                lines.push((name.to_owned(), STANDARD.encode(running.clone().finalize())));
            }
        }
        Self { lines }
    }

    /// The hash of a file.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        let mut lines = self.lines();
        lines.find(|(own, _)| *own == name).map(|(_, hash)| hash)
    }

    /// Files and their hashes, in order.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.lines.iter();
        lines.map(|(name, hash)| (name.as_str(), hash.as_str()))
    }

    fn total(&self) -> String {
        let mut total = Sha256::new();
        for (name, hash) in &self.lines {
            total.update(name);
            total.update(hash);
        }
        STANDARD.encode(total.finalize())
    }

    /// The content of the checksum file.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("h1:{}\n", self.total());
        for (name, hash) in &self.lines {
            text.extend([name, " h1:", hash, "\n"]);
        }
        text
    }
}

/// Whether the first line asks not to be hashed, by the pattern Atlas searches it with: printable
/// ASCII only, the last `atlas:` counts, and the argument is all that follows up to the first other
/// character, spaces included.
/// Adds a file to a hash; whether the file has a line then.
fn feed(running: &mut Sha256, name: &str, text: &str) -> bool {
    running.update(name);
    let counts = !is_ignored(text);
    if counts {
        running.update(text.as_bytes());
    }
    counts
}

/// Files that are looked at in [`added`].
const NEAR: usize = 32;

/// Which files, one behind the other, came in before the last one after that had this hash.
pub(super) fn added(files: &[(&str, Cow<'_, str>)], hash: &str) -> Option<Range<usize>> {
    let (last, before) = files.split_last()?;
    let from = before.len().saturating_sub(NEAR);
    let mut start = Sha256::new();
    for (name, text) in &before[..from] {
        feed(&mut start, name, text);
    }
    let without = |run: &Range<usize>| {
        let mut running = start.clone();
        let rest = before[from..run.start].iter().chain(&before[run.end..]);
        for (name, text) in rest.chain([last]) {
            feed(&mut running, name, text);
        }
        STANDARD.encode(running.finalize()) == hash
    };
    let mut runs = (1..=before.len() - from)
        .flat_map(|length| (from..=before.len() - length).map(move |at| at..at + length));
    runs.find(without)
}

fn is_ignored(text: &str) -> bool {
    let len = text
        .bytes()
        .position(|b| !(b' '..=b'~').contains(&b))
        .unwrap_or(text.len());
    let line = &text[..len];
    let directives = line
        .match_indices("atlas:")
        .map(|(at, prefix)| &line[at + prefix.len()..]);
    let word = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let Some(rest) = directives.filter(word).last() else {
        return false;
    };
    rest.strip_prefix("sum")
        .is_some_and(|args| args.starts_with(' ') && args.trim_start_matches(' ') == "ignore")
}

/// What happened to a file, as far as the checksum file can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is not in the checksum file.
    Added,
    /// Its content, or that of an ignored file before it, is another.
    Edited,
    /// It is in the checksum file only.
    Removed,
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Edited => "edited",
            Self::Removed => "removed",
        })
    }
}

/// The first difference between the directory and its checksum file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumDetail {
    /// The line in the checksum file, from 1.
    pub line: usize,
    pub file: String,
    pub change: FileChange,
}

/// In what way the checksum file is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SumState {
    Missing,
    Invalid {
        /// The first line that isn't part of one, from 1.
        line: usize,
    },
    /// It is the checksum file of something else; without detail when its own head is wrong.
    Mismatch(Option<SumDetail>),
}

/// Line ends of the migrations' text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// As they are in the files.
    AsIs,
    /// LF everywhere.
    Lf,
    /// CRLF everywhere.
    CrLf,
}

impl LineEnds {
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::AsIs => Cow::Borrowed(text),
            Self::Lf => Cow::Owned(text.replace("\r\n", "\n")),
            Self::CrLf => Cow::Owned(text.replace("\r\n", "\n").replace('\n', "\r\n")),
        }
    }
}

/// The directory and its checksum file disagree. Displays as Atlas words it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", match state {
    SumState::Missing => "checksum file not found",
    SumState::Invalid { .. } => "checksum file format invalid",
    SumState::Mismatch(_) => "checksum mismatch",
})]
pub struct SumError {
    pub path: PathBuf,
    pub state: SumState,
    /// With these line ends in every migration it would be right.
    pub line_ends: Option<LineEnds>,
    /// A run was interrupted between writing its migration and its checksum file.
    pub interrupted: bool,
    /// The directory's last file.
    pub(super) last: Option<String>,
}

impl SumError {
    /// The text that Atlas prints to stdout before it fails, with this tool's name in the advice.
    pub fn atlas_text(&self) -> String {
        let detail = match &self.state {
            SumState::Mismatch(Some(SumDetail { line, file, change })) => {
                format!("\n\tL{line}: {file} was {change}\n\n")
            }
            _ => String::new(),
        };
        format!(
            "You have a checksum error in your migration directory.\n{detail}\
             Please check your migration files and run 'trueup migrate hash' to re-hash the contents\n\n"
        )
    }

    /// What probably happened, and what to do about it.
    pub fn hint(&self) -> Option<String> {
        let file = self.path.display();
        match (&self.state, self.line_ends) {
            _ if self.interrupted => Some(format!(
                "a run stopped after it wrote {} and before it updated {file}; nothing is lost: read that \
                 migration, then `trueup migrate hash` finishes the job, or delete it and run again",
                self.last.as_deref().unwrap_or("its migration"),
            )),
            (_, Some(LineEnds::Lf | LineEnds::AsIs)) => Some(
                "only the line ends differ: the files have CRLF and were hashed with LF; put `*.sql text eol=lf` \
                 into .gitattributes and check the files out again (delete them, then `git checkout -- .` there)"
                    .to_owned(),
            ),
            (_, Some(LineEnds::CrLf)) => Some(
                "only the line ends differ: the files have LF and were hashed with CRLF; put `*.sql text eol=lf` \
                 into .gitattributes and run `trueup migrate hash`"
                    .to_owned(),
            ),
            (SumState::Mismatch(Some(detail)), _)
                if detail.change == FileChange::Added && self.last.as_ref() == Some(&detail.file) =>
            {
                Some("the file was added by hand, or by a run that was interrupted before its checksum".to_owned())
            }
            (SumState::Invalid { line }, _) => Some(format!(
                "line {line} of {file} is not part of a checksum file; after a merge conflict, settle the \
                 migrations' order first, then run `trueup migrate hash`"
            )),
            (SumState::Mismatch(Some(detail)), _)
                if detail.change == FileChange::Edited && self.last.as_ref() == Some(&detail.file) =>
            {
                Some(format!(
                    "`trueup migrate hash` accepts {} as it is now; where it has run already, restore it and write a new one",
                    detail.file
                ))
            }
            (SumState::Mismatch(Some(detail)), _) if detail.change != FileChange::Added => Some(format!(
                "a migration that has run somewhere is best restored as it was, and followed by a new one; if {} \
                 was {} on purpose, `trueup migrate hash` accepts the directory as it is",
                detail.file, detail.change
            )),
            (SumState::Missing, _) => Some(format!(
                "there is no {file}; when the directory's files are as they should be, `trueup migrate hash` writes it"
            )),
            _ => None,
        }
    }
}

/// Compares a checksum file's content with what it should be.
pub(super) fn compare(bytes: &[u8], wanted: &Sums) -> Result<(), SumState> {
    let (head, sums) = parse(bytes).map_err(|line| SumState::Invalid { line })?;
    if sums.total() != head {
        return Err(SumState::Mismatch(None));
    }
    if sums == *wanted {
        return Ok(());
    }
    let index = sums
        .lines
        .iter()
        .zip(&wanted.lines)
        .take_while(|(a, b)| a == b)
        .count();
    let detail = |file: &str, change| SumDetail {
        line: index + 2,
        file: file.to_owned(),
        change,
    };
    let theirs = wanted.lines.get(index).map(|(name, _)| name.as_str());
    let found = match sums.lines.get(index) {
        None => theirs.map(|name| detail(name, FileChange::Added)),
        Some((name, _)) => Some(
            match wanted.lines.iter().position(|(other, _)| other == name) {
                None => detail(name, FileChange::Removed),
                Some(at) if at == index => detail(name, FileChange::Edited),
                Some(_) => detail(theirs.unwrap_or(name), FileChange::Added),
            },
        ),
    };
    Err(SumState::Mismatch(found))
}

/// The head and the lines of a checksum file, or the line that is wrong.
fn parse(bytes: &[u8]) -> Result<(String, Sums), usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        1 + bytes[..error.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count()
    })?;
    let mut rows = text.lines();
    let head = rows
        .next()
        .and_then(|row| row.strip_prefix("h1:"))
        .ok_or(1_usize)?;
    let mut lines = Vec::new();
    for (index, row) in rows.enumerate() {
        let (name, hash) = row.rsplit_once("h1:").ok_or(index + 2)?;
        lines.push((name.trim().to_owned(), hash.to_owned()));
    }
    Ok((head.to_owned(), Sums { lines }))
}

impl Explain for SumError {
    fn explain(self) -> Problem {
        Problem {
            hint: self.hint(),
            stdout: Some(self.atlas_text()),
            ..Problem::new(self.to_string()).during(stage::DIRECTORY)
        }
    }
}
