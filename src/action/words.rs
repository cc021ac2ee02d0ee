//! The Action's words for what the command line's messages name: an input for a flag, and no private servers of this
//! machine's programs, of which the image has none.

use super::inputs::NAMES;
use crate::problem::Problem;

/// Phrases that say what only a command line can do.
const PHRASES: &[(&str, &str)] = &[
    ("`--to file://schema.sql`", "the input `ddl-file`"),
    (
        "such as `sqlite://dev?mode=memory` or `local://postgres`",
        "such as `sqlite://dev?mode=memory` or the URL of a service container",
    ),
];

/// What takes the place of a private server where a hint has nothing else to offer.
const INSTEAD: &str = "an image by `docker://`";

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
    while let Some(rest) = without_one_private_server(&text) {
        text = rest;
    }
    for name in NAMES {
        text = text.replace(&format!("`--{name}`"), &format!("the input `{name}`"));
        if let Some(rest) = text.strip_prefix(&format!("--{name}: ")) {
            text = format!("input `{name}`: {rest}");
        }
    }
    text
}

/// The text without the first code span that names a `local://` URL, and without what joins it to its alternatives.
fn without_one_private_server(text: &str) -> Option<String> {
    let at = text.find("local://")?;
    let start = text[..at].rfind('`')?;
    let end = at + text[at..].find('`')? + 1;
    let (before, after) = (&text[..start], &text[end..]);
    for joint in [", or ", " or ", ", "] {
        if let Some(rest) = after.strip_prefix(joint)
            && (joint != ", " || rest.starts_with('`'))
        {
            return Some(format!("{before}{rest}"));
        }
    }
    for joint in [", or ", " or ", ", "] {
        if let Some(rest) = before.strip_suffix(joint)
            && rest.ends_with('`')
        {
            return Some(format!("{rest}{after}"));
        }
    }
    Some(format!("{before}{INSTEAD}{after}"))
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

    #[test]
    fn no_private_server_is_offered() {
        for (text, wanted) in [
            ("use `local://…`, or the URL", "use the URL"),
            (
                "a server of its own (`dev = \"local://mysql/dev\"`, `local://mariadb/dev`), or take",
                "a server of its own (an image by `docker://`), or take",
            ),
            (
                "(`local://mysql/dev`, `local://mariadb/dev`, `docker://…`)",
                "(`docker://…`)",
            ),
            (
                "or use a private server: `local://postgres`, `docker://postgres/17/dev`",
                "or use a private server: `docker://postgres/17/dev`",
            ),
            (
                "name it in dev, or use `local://postgres`; nothing was changed",
                "name it in dev, or use an image by `docker://`; nothing was changed",
            ),
            (
                "`docker://mysql/8/dev` or `local://mysql/dev`",
                "`docker://mysql/8/dev`",
            ),
        ] {
            assert_eq!(translated(text), wanted);
        }
    }
}
