//! The Action's words for what the command line's messages name: an input for a flag.

use super::inputs::NAMES;
use crate::problem::Problem;

/// A problem as somebody reads it who writes a workflow.
pub(super) fn of_workflows(mut problem: Problem) -> Problem {
    problem.message = translated(&problem.message);
    problem.hint = problem.hint.map(|hint| translated(&hint));
    problem
}

fn translated(text: &str) -> String {
    let mut text = text.replace("`--to file://schema.sql`", "the input `ddl-file`");
    for name in NAMES {
        text = text.replace(&format!("`--{name}`"), &format!("the input `{name}`"));
        text = text.replace(&format!("`--{name} "), &format!("the input `{name}: "));
        if let Some(rest) = text.strip_prefix(&format!("--{name}: ")) {
            text = format!("input `{name}`: {rest}");
        }
    }
    text
}

/// What is not done, why, and what to do about it, for people.
pub(super) fn unsettled(what: &str, why: &Problem) -> String {
    let mut sentence = format!("{what}: {}.", why.message);
    if let Some(hint) = &why.hint {
        sentence.push_str(&format!(" What to do: {hint}."));
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_inputs() {
        for (text, wanted) in [
            (
                "--dev-url: the URL is empty",
                "input `dev-url`: the URL is empty",
            ),
            (
                "name an environment with `--env`, or give `--to file://schema.sql`",
                "name an environment with the input `env`, or give the input `ddl-file`",
            ),
            (
                "give `--revision VERSION`",
                "give the input `revision: VERSION`",
            ),
            (
                "trueup migrate diff --env app",
                "trueup migrate diff --env app",
            ),
        ] {
            assert_eq!(translated(text), wanted);
        }
    }
}
