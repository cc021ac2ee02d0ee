//! The Action's words for what the command line's messages name: an input for a flag.

use super::inputs::NAMES;
use crate::problem::Problem;

/// A problem in a workflow author's terms.
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

/// A problem whose hint names a flag for which the Action has no input: that is for somebody to decide, once, by this command.
pub(super) fn by_hand(mut problem: Problem, command: &str) -> Problem {
    let hint = problem.hint.take();
    problem.hint = hint.map(|hint| {
        let code = hint.split('`').skip(1).step_by(2);
        let flag = code.filter(|code| code.starts_with("--")).find(|flag| {
            let name = flag[2..].split([' ', '=']).next();
            name.is_some_and(|name| !NAMES.contains(&name))
        });
        match flag {
            Some(flag) => {
                format!("{hint}. The Action has no input for that: run it once by hand, such as `{command} {flag} --url …`")
            }
            None => hint,
        }
    });
    problem
}

/// A refusal in prose: what, why, and what to do.
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
    fn what_has_no_input_is_done_by_hand() {
        let of = |hint: &str| {
            let problem = Problem::new("no").hint(hint);
            by_hand(problem, "trueup migrate apply --env app")
                .hint
                .expect("a hint")
        };
        let hint = "name `--dev-url`; or say it: `--baseline VERSION`, or `--allow-dirty`";
        assert_eq!(
            of(hint),
            format!(
                "{hint}. The Action has no input for that: run it once by hand, such as `trueup migrate apply --env app --baseline \
                 VERSION --url …`"
            )
        );
        for hint in ["name `--dev-url URL`", "`trueup migrate hash` -- then this"] {
            assert_eq!(of(hint), hint);
        }
    }

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
