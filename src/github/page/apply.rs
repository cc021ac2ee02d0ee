//! What was applied to a database, or to all of an environment, on a page: which files, how long each took, and their statements.

use std::fmt::Write as _;
use std::time::Duration;

use super::escape::{code, code_in_cell, prose};
use super::{Page, Size, cut, folded, warning, withheld};
use crate::report::apply::time;
use crate::report::text::count;

/// What was applied.
#[derive(Clone, Debug, Default)]
pub struct Shipped {
    pub databases: Vec<Database>,
    /// Databases that were not begun, after one that failed.
    pub left: usize,
    /// Everybody may read the page: what a server said of rows, and names of databases, are not on it.
    pub hidden: bool,
}

/// What was applied to one database.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// Its name, where it is one of several.
    pub name: Option<String>,
    /// The version that it is at now; empty where it has none.
    pub version: String,
    /// The version that is recorded as its baseline.
    pub baseline: Option<String>,
    pub files: Vec<File>,
    /// How many files were to run.
    pub pending: usize,
    /// Why not all of them did, and what to do next.
    pub error: Option<String>,
}

/// A file that was run.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub name: String,
    /// How long it took, if it came to its end.
    pub took: Option<Duration>,
    /// What it does to tables that are in use, where that is known.
    pub effects: Option<String>,
    /// Its statements and how long they took.
    pub statements: Vec<(String, Option<Duration>)>,
}

impl Database {
    /// How many files came to their end.
    fn applied(&self) -> usize {
        let files = self.files.iter();
        files.filter(|file| file.took.is_some()).count()
    }
}

impl Shipped {
    /// How many files came to their end.
    pub fn applied(&self) -> usize {
        self.databases.iter().map(Database::applied).sum()
    }

    /// Whether all that was to be done was.
    pub fn is_whole(&self) -> bool {
        self.left == 0
            && self
                .databases
                .iter()
                .all(|database| database.error.is_none())
    }

    /// Whether anything was done, or failed.
    pub fn is_news(&self) -> bool {
        let recorded = self
            .databases
            .iter()
            .any(|database| database.baseline.is_some());
        self.applied() > 0 || recorded || !self.is_whole()
    }

    /// The version that all databases are at, where it is one.
    pub fn version(&self) -> Option<&str> {
        let mut versions = self
            .databases
            .iter()
            .map(|database| database.version.as_str());
        let first = versions.next()?;
        versions.all(|version| version == first).then_some(first)
    }
}

impl Page<'_> {
    pub(super) fn shipped(&self, shipped: &Shipped, size: Size) -> String {
        let (done, failed) = (shipped.applied(), !shipped.is_whole());
        let files = count(done, "migration");
        let several = shipped
            .databases
            .first()
            .is_some_and(|one| one.name.is_some());
        let number = |has: fn(&Database) -> bool| {
            let databases = shipped.databases.iter().filter(|one| has(one)).count();
            count(databases, "database")
        };
        let place = match several {
            true => format!(" to {}", number(|one| one.applied() > 0)),
            false => String::new(),
        };
        let title = match (failed, done) {
            (true, 0) => "💥 No migration was applied".to_owned(),
            (true, _) if several => {
                let failed = number(|one| one.error.is_some());
                format!("💥 {files} applied{place}, and {failed} failed")
            }
            (true, _) => format!("💥 {files} applied, then one failed"),
            (false, 0) => "✅ No migrations to apply".to_owned(),
            (false, _) => format!("✅ {files} applied{place}"),
        };
        let at = shipped.version().filter(|version| !version.is_empty());
        let at = at.map(|version| format!("now at {}", code(&self.clean(version))));
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        let mut text = self.head(&title, &at);
        match several {
            true => self.databases(shipped, size, &mut text),
            false => {
                for database in &shipped.databases {
                    self.database(database, shipped.hidden, size, &mut text);
                }
            }
        }
        text
    }

    fn database(&self, database: &Database, hidden: bool, size: Size, text: &mut String) {
        if let Some(version) = &database.baseline {
            let version = code(&self.clean(version));
            let _ = write!(
                text,
                "\nVersion {version} is recorded as what the database had.\n"
            );
        }
        let shown = database.files.len().min(size.rows);
        if shown > 0 {
            text.push_str("\n| migration | statements | time |\n| --- | --- | --- |\n");
        }
        for file in &database.files[..shown] {
            let took = file.took.map_or_else(|| "💥 failed".to_owned(), time);
            let name = code_in_cell(&self.clean(&file.name));
            let _ = writeln!(text, "| {name} | {} | {took} |", file.statements.len());
        }
        let more = database.files.len() - shown;
        if more > 0 {
            let _ = write!(text, "\n… and {}\n", count(more, "more migration"));
        }
        for file in &database.files[..shown] {
            if let Some(effects) = &file.effects {
                let name = code(&self.clean(&file.name));
                let _ = write!(text, "\n{name} {}\n", prose(&self.clean(effects)));
            }
        }
        if let Some(error) = &database.error {
            let told = match hidden {
                true => {
                    "the log of the database says why: what it said is not shown on a public repository (`show-sql: true`)"
                }
                false => error,
            };
            text.push_str(&warning(told, self.redactor));
            let left = database.pending - database.applied();
            let _ = write!(text, "\n{} to be applied yet.\n", count(left, "migration"));
        }
        for file in &database.files[..shown] {
            let lines = file.statements.iter().map(|(sql, took)| {
                let took = took.map_or_else(String::new, |took| format!(" -- {}", time(took)));
                format!("{sql}{took}\n")
            });
            let sql: String = lines.collect();
            if sql.is_empty() {
                continue;
            }
            let shown = match self.redactor.line_of_secret(&sql) {
                None => cut("sql", &sql, size.sql),
                Some(line) => warning(&withheld(line), self.redactor),
            };
            let title = format!("Statements of {}", self.clean(&file.name));
            text.push_str(&folded(&title, &shown));
        }
    }

    fn databases(&self, shipped: &Shipped, size: Size, text: &mut String) {
        let failed = shipped
            .databases
            .iter()
            .filter(|one| one.error.is_some())
            .count();
        let migrated = |one: &&Database| one.error.is_none() && !one.files.is_empty();
        let counts = [
            (
                shipped.databases.iter().filter(migrated).count(),
                "migrated",
            ),
            (failed, "failed"),
            (shipped.left, "not begun"),
        ];
        let counts = counts.iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        if !counts.is_empty() {
            let _ = write!(text, "\n{}\n", counts.join(", "));
        }
        if shipped.hidden {
            return;
        }
        let told: Vec<&Database> = shipped
            .databases
            .iter()
            .filter(|one| one.error.is_some() || !one.files.is_empty())
            .collect();
        let shown = told.len().min(size.rows);
        if shown > 0 {
            text.push_str("\n| database | migrations | now at |\n| --- | --- | --- |\n");
        }
        for database in &told[..shown] {
            let name = code_in_cell(&self.clean(database.name.as_deref().unwrap_or_default()));
            let version = code_in_cell(&self.clean(&database.version));
            let done = match &database.error {
                Some(error) => format!(
                    "💥 {}",
                    code_in_cell(&self.clean(error.lines().next().unwrap_or_default()))
                ),
                None => database.files.len().to_string(),
            };
            let _ = writeln!(text, "| {name} | {done} | {version} |");
        }
        if told.len() > shown {
            let _ = write!(
                text,
                "\n… and {}\n",
                count(told.len() - shown, "more database")
            );
        }
    }
}
