//! The text of a plan as the body of a migration file.

use super::{Plan, TxMode};

impl Plan {
    /// The body of a migration file: the directive that it needs, then each statement under its comment.
    ///
    /// The form is Atlas' own: `-- Create "users" table`, the statement, `;`, one after the other without blank lines. A
    /// file-level directive is followed by a blank line, without which it would belong to the first statement.
    pub fn to_file(&self) -> String {
        let mut text = String::new();
        if self.tx_mode == TxMode::None && !self.steps.is_empty() {
            text.push_str("-- atlas:txmode none\n\n");
        }
        for step in &self.steps {
            if !step.comment.is_empty() {
                text.push_str("-- ");
                push_sentence(&mut text, &step.comment);
                text.push('\n');
            }
            text.push_str(&step.sql);
            text.push_str(";\n");
        }
        text
    }
}

/// Appends `words` on one line, first letter upper case. A name may hold a line break, and what follows one would be
/// code.
fn push_sentence(text: &mut String, words: &str) {
    let mut chars = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    if let Some(first) = chars.next() {
        text.extend(first.to_uppercase());
    }
    text.extend(chars);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn plan(tx_mode: TxMode, steps: Vec<Step>) -> Plan {
        Plan {
            steps,
            tx_mode,
            ..Plan::default()
        }
    }

    #[test]
    fn statements_follow_their_comments() {
        let steps = vec![
            Step::new("CREATE TABLE \"a\" ()", "create \"a\" table"),
            Step::new("SELECT 1", ""),
        ];
        assert_eq!(
            plan(TxMode::File, steps.clone()).to_file(),
            "-- Create \"a\" table\nCREATE TABLE \"a\" ();\nSELECT 1;\n"
        );
        assert!(
            plan(TxMode::None, steps)
                .to_file()
                .starts_with("-- atlas:txmode none\n\n-- Create")
        );
        assert_eq!(plan(TxMode::None, Vec::new()).to_file(), "");
    }

    #[test]
    fn a_line_break_in_a_name_stays_in_the_comment() {
        let steps = vec![Step::new(
            "SELECT 1",
            "drop \"a\nDROP TABLE b; --\u{2028}\" table",
        )];
        let text = plan(TxMode::File, steps).to_file();
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
