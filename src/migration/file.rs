//! One migration file: its name's parts, its statements, its directives.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::plan::TxMode;
use crate::problem::{Explain, Place, Problem, stage};
use crate::sql::{
    Directive, Placement, Position, ScanOptions, Script, Statement, file_directives,
    parse_directive, scan,
};

/// What is wrong in a migration file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{pos}: {message}", path.display())]
pub struct FileError {
    pub path: PathBuf,
    pub pos: Position,
    pub message: String,
    pub hint: Option<&'static str>,
}

/// Something in a migration file that its author may not expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWarning {
    pub path: PathBuf,
    pub pos: Position,
    pub message: String,
}

impl std::fmt::Display for FileWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.pos, self.message)
    }
}

/// Queries that have to answer with one true value each before a file is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    pub statements: Vec<Statement>,
    /// One of them is enough (`-- atlas:assert oneof`).
    pub one_of: bool,
}

/// A file of the migration directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    path: PathBuf,
    name: String,
    text: String,
}

impl MigrationFile {
    /// A file that is nowhere on disk; `path` is what it is called.
    pub fn in_memory(path: PathBuf, text: String) -> Self {
        let name = path.display().to_string();
        Self::new(path, name, text)
    }

    pub(super) fn new(path: PathBuf, name: String, text: String) -> Self {
        Self { path, name, text }
    }

    /// The path: the directory's, as it was given, and the name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name up to the first `_`.
    pub fn version(&self) -> &str {
        version_of(&self.name)
    }

    /// What follows the version in its name; empty where nothing does.
    pub fn description(&self) -> &str {
        let stem = self.name.strip_suffix(".sql").unwrap_or(&self.name);
        stem.split_once('_').map_or("", |(_, rest)| rest)
    }

    /// The content.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statements to run, and the file-level directives. Of a file in sections (`atlas:txtar`:
    /// checks, the migration, its reverse) only the section `migration.sql` counts.
    ///
    /// # Errors
    /// [`FileError`] when the text can't be split, or has sections but no `migration.sql`.
    pub fn statements(&self, options: &ScanOptions) -> Result<Script, FileError> {
        self.split(&self.migration(options)?, options)
    }

    fn split(&self, text: &str, options: &ScanOptions) -> Result<Script, FileError> {
        scan(text, options).map_err(|error| FileError {
            path: self.path.clone(),
            pos: error.pos,
            message: error.message,
            hint: error.hint,
        })
    }

    /// The directive by which the file has sections.
    fn archive(&self, options: &ScanOptions) -> Option<Directive> {
        let header = file_directives(&self.text, options);
        header.into_iter().find(|one| one.name == "txtar")
    }

    /// What counts of the text.
    fn migration(&self, options: &ScanOptions) -> Result<Cow<'_, str>, FileError> {
        let Some(mut directive) = self.archive(options) else {
            return Ok(Cow::Borrowed(&self.text));
        };
        if let Some((line, name)) = sections(&self.text).find(|(_, name)| !is_section(name)) {
            directive.pos = Position {
                line,
                ..Position::START
            };
            let message = format!("this line begins a section '{name}', which is unknown");
            let hint = "a file with atlas:txtar has 'checks.sql', 'checks/NAME.sql', 'migration.sql' and 'down.sql'; write a comment \
                        without '--' at its end";
            return Err(self.error(&directive, message, Some(hint)));
        }
        match self.has_section("migration.sql") {
            true => Ok(Cow::Owned(only(&self.text, "migration.sql"))),
            false => Err(self.error(
                &directive,
                "this file has no section '-- migration.sql --'".to_owned(),
                None,
            )),
        }
    }

    fn has_section(&self, name: &str) -> bool {
        sections(&self.text).any(|(_, section)| section == name)
    }

    /// What has to hold before the file is applied (`-- checks.sql --`, `-- checks/NAME.sql --`), in the file's order.
    ///
    /// # Errors
    /// As for [`MigrationFile::statements`].
    pub fn checks(&self, options: &ScanOptions) -> Result<Vec<Checks>, FileError> {
        if self.archive(options).is_none() {
            return Ok(Vec::new());
        }
        let of = |(_, name): (u32, &str)| {
            let text = only(&self.text, name);
            let statements = self.split(&text, options)?.statements;
            let head = statements
                .first()
                .map_or(text.len(), |first| first.range.start);
            let mut head = text[..head].lines();
            Ok(Checks {
                one_of: head.any(|line| parse_directive(line) == Some(("assert", "oneof"))),
                statements,
            })
        };
        let checks = sections(&self.text).filter(|(_, name)| name.starts_with("checks"));
        checks.map(of).collect()
    }

    /// It has a section that says how it is taken back.
    pub fn has_down(&self, options: &ScanOptions) -> bool {
        self.archive(options).is_some() && self.has_section("down.sql")
    }

    /// What is done when the file is applied to a database that is in use, in order: its statements, and between them lines that
    /// name [programs](program). Everywhere else those lines are comments.
    ///
    /// # Errors
    /// As for [`MigrationFile::statements`].
    pub fn steps(&self, options: &ScanOptions) -> Result<Vec<Statement>, FileError> {
        let mut steps = self.statements(options)?.statements;
        let text = self.migration(options)?;
        let mut offset = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let range = offset..offset + line.trim_end().len();
            offset += line.len();
            if program(&text[range.clone()]).is_none() {
                continue;
            }
            let at = steps.partition_point(|step| step.range.start < range.start);
            let before = at
                .checked_sub(1)
                .map_or(0, |before| steps[before].range.end);
            // In a statement, such as a function's body, or in a comment of several lines.
            let Some(gap) = text.get(before..range.start) else {
                continue;
            };
            if gap.matches("/*").count() != gap.matches("*/").count() {
                continue;
            }
            let start = Position {
                offset: range.start,
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                ..Position::START
            };
            let step = Statement {
                text: text[range.clone()].to_owned(),
                start,
                range,
                repeat: 1,
            };
            steps.insert(at, step);
        }
        Ok(steps)
    }

    /// The transaction mode that the file asks for, if it does.
    ///
    /// # Errors
    /// [`FileError`] when it asks twice, or for something other than `none` and `file`.
    pub fn tx_mode(&self, options: &ScanOptions) -> Result<Option<TxMode>, FileError> {
        let header = file_directives(&self.text, options);
        let mut modes = header.iter().filter(|directive| directive.name == "txmode");
        let Some(first) = modes.next() else {
            return Ok(None);
        };
        if let Some(second) = modes.next() {
            let message = format!("txmode is set twice, first on line {}", first.pos.line);
            return Err(self.error(second, message, Some("keep one of them")));
        }
        match first.args.as_str() {
            "none" => Ok(Some(TxMode::None)),
            "file" => Ok(Some(TxMode::File)),
            "all" => Err(self.error(
                first,
                "a file can't ask for txmode 'all'".to_owned(),
                Some("one transaction for all files is for the whole run to choose: --tx-mode all"),
            )),
            other => Err(self.error(
                first,
                format!("unknown txmode '{other}'"),
                Some("use 'none' or 'file'"),
            )),
        }
    }

    /// Whether an empty database may start with this file.
    pub fn is_checkpoint(&self, options: &ScanOptions) -> bool {
        file_directives(&self.text, options)
            .iter()
            .any(|directive| directive.name == "checkpoint")
    }

    /// Whether the file is what Alembic's history up to `revision` became: its first lines, comments, hold the mark
    /// `-- trueup:baseline REVISION`.
    pub(super) fn stands_for(&self, revision: &str) -> bool {
        let comments = self.text.lines().map_while(|line| line.strip_prefix("--"));
        let mut marks = comments.filter_map(|line| line.trim().strip_prefix("trueup:baseline"));
        marks.any(|mark| mark.split_whitespace().eq([revision]))
    }

    /// The file as far as its first `count` statements; `None` where there are not that many.
    pub(super) fn first_statements(&self, count: usize, options: &ScanOptions) -> Option<Self> {
        let steps = self.steps(options).ok()?;
        let last = steps.get(count.checked_sub(1)?);
        let end = last.map_or(self.text.len(), |last| last.range.end);
        Some(Self {
            text: self.text[..end].to_owned(),
            ..self.clone()
        })
    }

    /// Directives of `script`, which is this file's, that Atlas or trueup doesn't honour where
    /// they stand.
    pub fn warnings(&self, script: &Script) -> Vec<FileWarning> {
        let warning = |directive: &Directive| {
            let name = &directive.name;
            let message = match directive.placement {
                Placement::Header => return None,
                Placement::Attached => {
                    format!(
                        "Atlas ignores atlas:{name} here, since no blank line follows it; trueup honours it"
                    )
                }
                Placement::Later => {
                    format!(
                        "Atlas ignores atlas:{name} here, since it is not in the first comment; trueup honours it"
                    )
                }
                Placement::Misplaced => {
                    format!(
                        "atlas:{name} has no effect here; it belongs before the first statement"
                    )
                }
            };
            Some(FileWarning {
                path: self.path.clone(),
                pos: directive.pos,
                message,
            })
        };
        script.directives.iter().filter_map(warning).collect()
    }

    fn error(&self, at: &Directive, message: String, hint: Option<&'static str>) -> FileError {
        FileError {
            path: self.path.clone(),
            pos: at.pos,
            message,
            hint,
        }
    }
}

/// The line that marks a file as what Alembic's history up to `revision` became: a comment, which Atlas passes over. None for
/// what is not a revision.
pub fn baseline_mark(revision: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_graphic();
    (!revision.is_empty() && revision.chars().all(plain))
        .then(|| format!("-- trueup:baseline {revision}\n"))
}

/// The command that a line of a migration names, which is run where the migration is applied: `-- trueup:run COMMAND`.
pub fn program(line: &str) -> Option<&str> {
    let command = line.strip_prefix("-- trueup:run ")?.trim();
    (!command.is_empty()).then_some(command)
}

/// The version in a file name.
pub fn version_of(name: &str) -> &str {
    let stem = name.strip_suffix(".sql").unwrap_or(name);
    stem.split_once('_').map_or(stem, |(version, _)| version)
}

/// The name of the section that a line begins: `-- NAME --`.
fn section(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?;
    Some(name.trim())
}

/// The sections of a file: the line of each, and its name.
fn sections(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter_map(|(number, line)| Some((number, section(line)?)))
}

fn is_section(name: &str) -> bool {
    let named = name
        .strip_prefix("checks/")
        .is_some_and(|name| name.ends_with(".sql"));
    named || ["checks.sql", "migration.sql", "down.sql"].contains(&name)
}

/// `text` with everything blanked but its header and one section, so that positions stay what they are.
fn only(text: &str, name: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut keep = true;
    for line in text.split_inclusive('\n') {
        let marker = section(line);
        keep = marker.map_or(keep, |section| section == name);
        if keep && marker.is_none() {
            kept.push_str(line);
        } else {
            kept.extend(line.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        }
    }
    kept
}

impl Explain for FileError {
    fn explain(self) -> Problem {
        Problem {
            place: Some(Box::new(Place {
                file: self.path.display().to_string(),
                line: self.pos.line as usize,
            })),
            hint: self.hint.map(str::to_owned),
            ..Problem::new(self.to_string()).during(stage::DIRECTORY)
        }
    }
}
