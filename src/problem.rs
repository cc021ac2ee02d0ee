//! One form for every error: what happened, what belongs to it, what to do.
//!
//! An error says how it is told where it is defined, through [`Explain`]; how that is shown is the matter of `report`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sql::excerpt;

/// Lines of a program's stderr that are shown unless more is asked for.
const STDERR_LINES: usize = 15;

const STATEMENT_LABEL: &str = "statement";

/// Characters of a statement that are shown unless more is asked for.
const STATEMENT: usize = 160;

/// Stages in which something can fail, to follow "while".
pub mod stage {
    /// Flags, inputs, the config file.
    pub const CONFIG: &str = "reading the settings";
    /// The Python packages of the project.
    pub const INSTALL: &str = "installing the project's packages";
    /// The program that prints the models' SQL.
    pub const PROVIDER: &str = "running the models' program";
    /// The desired state, on the dev database.
    pub const DESIRED: &str = "loading the models' SQL";
    /// The migration directory and its checksums.
    pub const DIRECTORY: &str = "reading the migration directory";
    /// The migrations, on the dev database.
    pub const REPLAY: &str = "replaying the migrations";
    /// The dev database itself.
    pub const DATABASE: &str = "using the dev database";
    /// The missing statements.
    pub const PLAN: &str = "planning the missing migration";
    /// The missing statements, on the dev database.
    pub const PROOF: &str = "proving the missing migration";
    /// A database in use, or one that is compared.
    pub const LIVE: &str = "reading a database";
    /// What a live database lacks, on it.
    pub const APPLY: &str = "applying the migrations";
}

/// An error in the form in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What was being done: one of [`stage`]'s, where it is known.
    pub stage: Option<&'static str>,
    /// What happened, in one line, the place in front where it has one.
    pub message: String,
    /// Where, if that is a file of the user's.
    pub place: Option<Box<Place>>,
    pub details: Vec<Detail>,
    pub hint: Option<String>,
    /// What goes to stdout, where users of Atlas expect it.
    pub stdout: Option<String>,
}

/// A place in a file of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// As the user named it or as it was found.
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A fact that belongs to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What it is: `statement`, `stderr`, ….
    pub label: &'static str,
    /// The fact; more than one line is shown as a block.
    pub text: String,
    /// All of it, where `text` is a part.
    pub full: Option<String>,
}

impl Problem {
    /// An error that is only a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same with what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, where it is not known yet what was being done.
    pub fn during(mut self, stage: &'static str) -> Self {
        self.stage.get_or_insert(stage);
        self
    }

    /// The same with another fact.
    pub fn detail(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.details.push(Detail {
            label,
            text: text.into(),
            full: None,
        });
        self
    }

    /// The same with a statement, of which unless more is asked for a part is shown: around a byte of it, or its
    /// beginning.
    pub fn statement(mut self, sql: &str, at: Option<usize>) -> Self {
        let text = statement(sql, at);
        let full = (text != sql).then(|| sql.to_owned());
        self.details.push(Detail {
            label: STATEMENT_LABEL,
            text,
            full,
        });
        self
    }

    /// The same without the statement.
    pub fn without_statement(mut self) -> Self {
        self.details
            .retain(|detail| detail.label != STATEMENT_LABEL);
        self
    }

    /// The same with the end of what a program said, if it said anything.
    pub(crate) fn stderr(mut self, text: String) -> Self {
        if !text.is_empty() {
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(STDERR_LINES)..].join("\n");
            self.details.push(Detail {
                label: "stderr",
                full: (tail != text).then_some(text),
                text: tail,
            });
        }
        self
    }

    /// What happened, for places that have no stdout of their own.
    pub fn told(&self) -> String {
        match &self.stdout {
            Some(said) => format!("{}\n\n{}", self.message, said.trim_end()),
            None => self.message.clone(),
        }
    }
}

/// The part of a statement that is shown: around a byte of it, or its beginning.
pub fn statement(sql: &str, at: Option<usize>) -> String {
    excerpt(sql, at.unwrap_or(0), STATEMENT)
}

/// An error that knows how it is told.
pub trait Explain {
    /// What happened, what belongs to it, and what to do about it.
    fn explain(self) -> Problem;
}

impl<E: Explain> From<E> for Problem {
    fn from(error: E) -> Self {
        error.explain()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
