//! The content of a migration file: a plan's own text, or what the user's template makes of it.

use serde_json::{Value, json};

use super::{Plan, TxMode};
use crate::config::{Format, FormatError};
use crate::problem::{Explain, Problem};

/// A file that can't be made from a plan.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BodyError {
    /// The user's template fails.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A file of migrations in JSON.
    #[error("a migration file can't be written as JSON")]
    Json,
    /// Statements as a diagram.
    #[error("changes can't be drawn as a diagram")]
    Mermaid,
}

/// The directive that keeps a file out of a transaction; a blank line has to follow.
const NO_TRANSACTION: &str = "-- atlas:txmode none\n\n";

/// The content of the file that holds a plan.
///
/// # Errors
/// When the format is JSON, or a template that fails.
pub fn body(
    plan: &Plan,
    format: &Format,
    version: &str,
    name: Option<&str>,
) -> Result<String, BodyError> {
    let text = match format {
        Format::Json => return Err(BodyError::Json),
        Format::Mermaid => return Err(BodyError::Mermaid),
        Format::Default | Format::SqlIndent(_) => return Ok(plan.to_file()),
        Format::Template(template) => template.render(&template_data(plan, version, name))?,
    };
    match plan.tx_mode {
        TxMode::None if !text.contains("atlas:txmode") => Ok(format!("{NO_TRANSACTION}{text}")),
        _ => Ok(text),
    }
}

/// What a template for `migrate diff` sees.
fn template_data(plan: &Plan, version: &str, name: Option<&str>) -> Value {
    let undoing = plan.undoing();
    let changes: Vec<Value> = plan
        .steps
        .iter()
        .zip(&undoing)
        .map(|(step, undoing)| {
            let reverse = match &undoing[..] {
                [] => json!(""),
                [one] => json!(one),
                several => json!(several),
            };
            json!({
                "Cmd": step.sql,
                "Comment": step.comment,
                "Reverse": reverse,
                "ReverseStmts": undoing,
            })
        })
        .collect();
    json!({"Version": version, "Name": name.unwrap_or_default(), "Changes": changes})
}

impl Explain for BodyError {
    fn explain(self) -> Problem {
        match self {
            Self::Format(error) => error.explain(),
            Self::Json => Problem::new(self.to_string())
                .hint("`--dry-run --format json` prints the plan as JSON"),
            Self::Mermaid => Problem::new(self.to_string())
                .hint("`trueup schema inspect --format mermaid` draws a schema"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn plan(tx_mode: TxMode) -> Plan {
        Plan {
            steps: vec![
                Step::new("CREATE TABLE a (id int)", "create \"a\" table"),
                Step::new("PRAGMA x", "odd\nname"),
            ],
            tx_mode,
            ..Plan::default()
        }
    }

    #[test]
    fn a_template_replaces_the_body_but_not_the_directive() {
        let format =
            Format::parse("{{ range .Changes }}{{ .Cmd }};{{ println }}{{ end }}").unwrap();
        let text = body(&plan(TxMode::None), &format, "1", Some("x")).unwrap();
        assert_eq!(
            text,
            "-- atlas:txmode none\n\nCREATE TABLE a (id int);\nPRAGMA x;\n"
        );
        assert!(matches!(
            body(&plan(TxMode::File), &Format::Json, "1", None),
            Err(BodyError::Json)
        ));
    }

    #[test]
    fn a_template_may_write_the_reverse() {
        let undo = |sql: &str, change| Step {
            change,
            ..Step::new(sql, "")
        };
        let plan = Plan {
            steps: vec![undo("A", 0), undo("B", 1)],
            reverse: crate::plan::Reverse {
                steps: vec![undo("-B", 1), undo("-A", 0), undo("-A too", 0)],
                ..crate::plan::Reverse::default()
            },
            ..Plan::default()
        };
        let template = "{{ range rev .Changes }}{{ range .ReverseStmts }}{{ printf \"%s;\\n\" . }}{{ end }}{{ end }}";
        let format = Format::parse(template).unwrap();
        let text = body(&plan, &format, "1", None).unwrap();
        assert_eq!(text, "-B;\n-A;\n-A too;\n");
    }
}
