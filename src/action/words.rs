//! The Action's words for what the command line's messages name: an input for a flag, a service for a private server, of
//! which the image has none.

use super::inputs::NAMES;
use crate::problem::Problem;

/// Phrases of hints that say what only a command line can do.
const PHRASES: &[(&str, &str)] = &[
    ("`--to file://schema.sql`", "the input `ddl-file`"),
    (
        " or `local://postgres`",
        " or the URL of a service container",
    ),
    ("use `local://…`", "use a service container"),
    (
        "`local://postgres` or `docker://postgres/17/dev`",
        "`docker://postgres/17/dev`",
    ),
    (
        "`dev = \"local://postgres\"` or `docker://postgres/…`",
        "`docker://postgres/…`",
    ),
    (
        ", or use `local://postgres`",
        ", or use an image by `docker://`",
    ),
    (
        "(`local://mysql/dev`, `local://mariadb/dev`, `docker://…`)",
        "(`docker://…`)",
    ),
    (
        ", or use `local://mysql/dev`",
        ", or use an image by `docker://`",
    ),
    (
        "(`dev = \"local://mysql/dev\"`, `local://mariadb/dev`)",
        "(an image by `docker://`)",
    ),
    (
        "(`local://mysql/dev`, `local://mariadb/dev`)",
        "(an image by `docker://`)",
    ),
];

/// A problem as somebody reads it who writes a workflow.
pub(super) fn of_workflows(mut problem: Problem) -> Problem {
    problem.message = translated(&problem.message);
    problem.hint = problem.hint.map(|hint| translated(&hint));
    problem
}

fn translated(text: &str) -> String {
    let mut text = text.to_owned();
    for (phrase, instead) in PHRASES {
        text = text.replace(phrase, instead);
    }
    for name in NAMES {
        text = text.replace(&format!("`--{name}`"), &format!("the input `{name}`"));
        if let Some(rest) = text.strip_prefix(&format!("--{name}: ")) {
            text = format!("input `{name}`: {rest}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_inputs() {
        for (text, wanted) in [
            (
                "give `--dev-url`, such as `sqlite://dev?mode=memory` or `local://postgres`",
                "give the input `dev-url`, such as `sqlite://dev?mode=memory` or the URL of a service container",
            ),
            (
                "--dev-url: the URL is empty",
                "input `dev-url`: the URL is empty",
            ),
            (
                "name an environment with `--env`, or give `--to file://schema.sql`",
                "name an environment with the input `env`, or give the input `ddl-file`",
            ),
            (
                "use a private server, `dev = \"local://postgres\"` or `docker://postgres/…`, or take it out",
                "use a private server, `docker://postgres/…`, or take it out",
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
