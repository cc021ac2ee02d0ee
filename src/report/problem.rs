//! One form for every error: what happened, what belongs to it, what to do.

use std::fmt;

use serde_json::{Value, json};

use super::Style;
use super::file::BodyError;
use crate::config::{ConfigError, FormatError};
use crate::confine::ConfineError;
use crate::current::ReplayError;
use crate::desired::{DesiredError, LoadError, ProviderError, ReadError, StillThere};
use crate::engine::EngineError;
use crate::engine::script::{ScriptError, excerpt};
use crate::install::InstallError;
use crate::migration::{DirError, FileError, LockError, SumError, VersionError, WriteError};
use crate::plan::PlanError;
use crate::sql::SourcePosition;

/// Lines of a program's stderr that are shown unless more is asked for.
const STDERR_LINES: usize = 15;

/// Characters of a statement that are shown unless more is asked for.
const STATEMENT: usize = 160;

/// What can be going on when something fails, to follow "while".
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
}

/// An error in the form in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What was being done: one of [`stage`]'s, where it is known.
    pub stage: Option<&'static str>,
    /// What happened, in one line.
    pub message: String,
    /// What belongs to it.
    pub details: Vec<Detail>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What goes to stdout, where users of Atlas expect it.
    pub stdout: Option<String>,
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
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, where it is not known yet what was being done.
    #[must_use]
    pub fn during(mut self, stage: &'static str) -> Self {
        self.stage.get_or_insert(stage);
        self
    }

    /// The same with another fact.
    #[must_use]
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
    #[must_use]
    pub fn statement(mut self, sql: &str, at: Option<usize>) -> Self {
        let text = excerpt(sql, at.unwrap_or(0), STATEMENT);
        let full = (text != sql).then(|| sql.to_owned());
        self.details.push(Detail {
            label: "statement",
            text,
            full,
        });
        self
    }

    /// The same with the end of what a program said, if it said anything.
    fn stderr(mut self, text: String) -> Self {
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

    /// The text for a terminal, with a line end.
    pub fn render(&self, style: Style, verbose: bool) -> String {
        let mut text = format!("{} {}\n", style.red("Error:"), self.message);
        for detail in &self.details {
            let (shown, cut) = match &detail.full {
                Some(full) if verbose => (full.as_str(), false),
                full => (detail.text.as_str(), full.is_some()),
            };
            let label = match cut && shown.contains('\n') {
                true => format!("{} (the end; all of it with -v)", detail.label),
                false => detail.label.to_owned(),
            };
            let label = style.dim(&format!("{label}:"));
            if shown.contains('\n') {
                text.push_str(&format!("  {label}\n"));
                for line in shown.lines() {
                    text.push_str(format!("    {line}").trim_end());
                    text.push('\n');
                }
            } else {
                text.push_str(&format!("  {label} {shown}\n"));
            }
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("{} {hint}\n", style.yellow("Hint:")));
        }
        text
    }

    /// What happened, for places that have no stdout of their own.
    pub fn told(&self) -> String {
        match &self.stdout {
            Some(said) => format!("{}\n\n{}", self.message, said.trim_end()),
            None => self.message.clone(),
        }
    }

    /// `{"stage", "message", "details": {label: text}, "hint"}`.
    pub fn to_json(&self) -> Value {
        let details: serde_json::Map<String, Value> = self
            .details
            .iter()
            .map(|detail| {
                let text = detail.full.as_ref().unwrap_or(&detail.text);
                (detail.label.to_owned(), json!(text))
            })
            .collect();
        json!({"stage": self.stage, "message": self.message, "details": details, "hint": self.hint})
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// An error whose display is the message and which may know a hint.
macro_rules! from_error {
    ($($error:ty),+) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                let hint = error.hint().map(|hint| hint.to_string());
                Self { hint, ..Self::new(error.to_string()) }
            }
        }
    )+};
}

from_error!(LockError, FormatError);

impl From<DirError> for Problem {
    fn from(error: DirError) -> Self {
        Self {
            hint: error.hint().map(str::to_owned),
            ..Self::new(error.to_string()).during(stage::DIRECTORY)
        }
    }
}

impl From<VersionError> for Problem {
    fn from(error: VersionError) -> Self {
        Self::new(error.to_string()).hint(error.hint())
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        let text = error.to_string();
        let hint = error.hint_text().map(str::to_owned);
        let text = match &hint {
            Some(hint) => text
                .strip_suffix(&format!("\nhint: {hint}"))
                .unwrap_or(&text),
            None => &text,
        };
        Self {
            hint,
            ..Self::new(text).during(stage::CONFIG)
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self {
            hint: error.hint,
            ..Self::new(error.message).during(stage::DATABASE)
        }
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        Self {
            hint: error.hint,
            ..Self::new(format!("can't plan: {}", error.what))
                .during(stage::PLAN)
                .detail("reason", error.why)
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Format(error) => error.into(),
            BodyError::Json => Self::new(error.to_string())
                .hint("`--dry-run --format json` prints the plan as JSON"),
            BodyError::Mermaid => Self::new(error.to_string())
                .hint("`trueup schema inspect --format mermaid` draws a schema"),
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Self {
            hint: error.hint.map(str::to_owned),
            ..Self::new(error.to_string()).during(stage::DIRECTORY)
        }
    }
}

impl From<SumError> for Problem {
    fn from(error: SumError) -> Self {
        Self {
            hint: error.hint(),
            stdout: Some(error.atlas_text()),
            ..Self::new(error.to_string()).during(stage::DIRECTORY)
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Sum(error) => error.into(),
            other => Self {
                hint: other.hint(),
                ..Self::new(other.to_string())
            },
        }
    }
}

impl From<ScriptError> for Problem {
    fn from(error: ScriptError) -> Self {
        let mut problem = Self::new(error.to_string());
        if let Some(statement) = &error.statement {
            problem = problem.statement(statement, error.offset);
        }
        if let Some(code) = error.code {
            problem = problem.detail("code", code);
        }
        if let Some(detail) = error.detail {
            problem = problem.detail("detail", detail);
        }
        Self {
            hint: error.hint,
            ..problem
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        let model = error
            .model
            .map(|model| (model.object, format!("{}:{}", model.file, model.line)));
        let (printed, joined) = (error.printed, error.joined);
        let mut problem = Self::from(error.error).during(stage::DESIRED);
        if let Some((_, place)) = &model {
            problem = problem.detail("model", place);
        }
        if let Some(word) = joined
            && problem.hint.is_none()
            && problem.message.contains("syntax")
        {
            problem.hint = Some(format!(
                "`{word}` may be two words: the provider joins the lines of a model's SQL without a space, so end such a line \
                 in the model with one"
            ));
        }
        if printed && problem.hint.is_none() && is_foreign(&problem.message) {
            problem.hint = Some(
                "the models' SQL must be of the dev database's dialect (`--dialect` of the provider), and needs what \
                 the database has (extensions, schemas)"
                    .to_owned(),
            );
        }
        problem
    }
}

impl From<StillThere> for Problem {
    fn from(error: StillThere) -> Self {
        let place = |table: &SourcePosition| format!("{}:{}", table.file, table.line);
        let places: Vec<String> = error.tables.iter().map(place).collect();
        Self::new(error.to_string())
            .during(stage::PROVIDER)
            .detail("model", places.join("\n"))
            .hint(error.hint)
    }
}

/// Whether an engine's message is about what it does not know: syntax, a type, a function.
fn is_foreign(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "syntax",
        "does not exist",
        "no such",
        "unknown",
        "unrecognized",
    ]
    .iter()
    .any(|word| message.contains(word))
}

impl From<DesiredError> for Problem {
    fn from(error: DesiredError) -> Self {
        match error {
            DesiredError::Provider(error) => Self::from(*error),
            DesiredError::Nothing => Self::new(error.to_string())
                .during(stage::CONFIG)
                .hint("set `src` in the environment, or give `--to file://schema.sql`"),
            DesiredError::Read(error) => error.into(),
            DesiredError::Mixed => Self::new(error.to_string()).during(stage::CONFIG),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Dir(error) => error.into(),
            ReadError::File(error) => error.into(),
            // What Atlas prints about a checksum is about the directory of migrations, not about this one.
            ReadError::Sum(error) => Self {
                hint: error.hint(),
                ..Self::new(format!("{}: {error}", error.path.display()))
            },
            ReadError::Io { .. } | ReadError::NotUtf8 { .. } | ReadError::Empty(_) => {
                Self::new(error.to_string())
            }
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        let problem: Self = match error {
            ReplayError::File(error) => error.into(),
            ReplayError::Script(error) => error.into(),
            ReplayError::Engine(error) => error.into(),
        };
        problem.during(stage::REPLAY)
    }
}

impl From<ConfineError> for Problem {
    fn from(error: ConfineError) -> Self {
        Self {
            hint: error.hint(),
            ..Self::new(error.to_string()).during(stage::PROVIDER)
        }
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        let problem = Self::new(error.failure.to_string())
            .during(stage::PROVIDER)
            .detail("command", error.command)
            .detail("configured at", error.position.to_string())
            .stderr(error.stderr);
        Self {
            hint: error.hint,
            ..problem
        }
    }
}

impl From<InstallError> for Problem {
    fn from(error: InstallError) -> Self {
        let hint = error.hint();
        let mut problem = Self::new(error.to_string()).during(stage::INSTALL);
        if !error.command.is_empty() {
            problem = problem.detail("command", error.command);
        }
        Self {
            hint,
            ..problem.stderr(error.stderr)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_facts_are_cut_unless_all_is_wanted() {
        let mut problem = Problem::new("it failed")
            .hint("try again")
            .detail("code", "42");
        problem.details.push(Detail {
            label: "stderr",
            text: "b\nc".into(),
            full: Some("a\nb\nc".into()),
        });
        let short = "Error: it failed\n  code: 42\n  stderr (the end; all of it with -v):\n    b\n    c\nHint: try again\n";
        assert_eq!(problem.render(Style::PLAIN, false), short);
        let long =
            "Error: it failed\n  code: 42\n  stderr:\n    a\n    b\n    c\nHint: try again\n";
        assert_eq!(problem.render(Style::PLAIN, true), long);
        assert_eq!(problem.to_json()["details"]["stderr"], "a\nb\nc");
    }
}
