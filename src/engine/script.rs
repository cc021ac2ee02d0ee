//! Runs files of SQL on a session and puts the engine's refusals at their line and column. Knows no dialect.

use std::fmt;

use super::{ExecError, Session};
use crate::plan::TxMode;
use crate::problem::{Explain, Place, Problem};
use crate::sql::{Position, ScanError, Statement, position_at};

/// Statements that came from one text.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// What the text is called in messages: a path, or a description.
    pub name: &'a str,
    /// The text that the statements' ranges point into.
    pub text: &'a str,
    pub statements: &'a [Statement],
    pub mode: TxMode,
}

/// A script that could not be run: where, which statement, and what the engine said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScriptError {
    pub name: String,
    /// Where in the text; `None` when it is not about one statement.
    pub pos: Option<Position>,
    /// What is wrong, in the engine's or the scanner's words.
    pub message: String,
    /// The statement, where it was one that failed.
    pub statement: Option<String>,
    /// The byte of the statement at which the engine stopped, where it told.
    pub offset: Option<usize>,
    pub code: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pos {
            Some(pos) => write!(f, "{}:{pos}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl ScriptError {
    /// Where it is, for callers who know that the text is a file.
    pub fn place(&self) -> Option<Box<Place>> {
        Some(Box::new(Place {
            file: self.name.clone(),
            line: usize::try_from(self.pos?.line).ok()?,
        }))
    }

    /// A text that can't be split into statements.
    pub fn scan(name: &str, error: &ScanError) -> Self {
        Self {
            name: name.to_owned(),
            pos: Some(error.pos),
            message: error.message.clone(),
            statement: None,
            offset: None,
            code: None,
            detail: None,
            hint: error.hint.map(str::to_owned),
        }
    }

    /// A statement of a script that the engine refused.
    pub fn refused(script: &Script<'_>, error: ExecError) -> Self {
        let statement = script.statements.get(error.statement);
        let pos = statement.map(|statement| match error.offset {
            None => statement.start,
            Some(offset) => position_at(script.text, statement.range.start + offset),
        });
        Self {
            name: script.name.to_owned(),
            pos,
            message: error.message,
            statement: statement.map(|statement| statement.text.clone()),
            offset: error.offset,
            code: error.code,
            detail: error.detail,
            hint: error.hint,
        }
    }
}

/// Runs a script.
pub async fn run(session: &mut dyn Session, script: &Script<'_>) -> Result<(), ScriptError> {
    if script.statements.is_empty() {
        return Ok(());
    }
    session
        .execute(script.statements, script.mode)
        .await
        .map_err(|error| ScriptError::refused(script, error))
}

impl Explain for ScriptError {
    fn explain(self) -> Problem {
        let mut problem = Problem::new(self.to_string());
        if let Some(statement) = &self.statement {
            problem = problem.statement(statement, self.offset);
        }
        if let Some(code) = self.code {
            problem = problem.detail("code", code);
        }
        if let Some(detail) = self.detail {
            problem = problem.detail("detail", detail);
        }
        Problem {
            hint: self.hint,
            ..problem
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ScanOptions, scan};

    #[test]
    fn a_refusal_is_placed_in_the_file() {
        let text = "CREATE TABLE a (id int);\n\n  CREATE TABLE b (\n    id wrong\n);\n";
        let statements = scan(text, &ScanOptions::SQLITE).unwrap().statements;
        let script = Script {
            name: "migrations/1.sql",
            text,
            statements: &statements,
            mode: TxMode::File,
        };
        let error = |offset| ExecError {
            statement: 1,
            offset,
            message: "no such type".into(),
            code: None,
            detail: None,
            hint: None,
        };
        let at = |offset| ScriptError::refused(&script, error(offset)).to_string();
        assert_eq!(at(None), "migrations/1.sql:3:3: no such type");
        let offset = statements[1].text.find("wrong");
        assert_eq!(at(offset), "migrations/1.sql:4:8: no such type");
        let failed = ScriptError::refused(&script, error(None));
        assert!(failed.statement.unwrap().starts_with("CREATE TABLE b"));
    }
}
