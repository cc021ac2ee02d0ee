//! What becomes of an Alembic history when a pull request is merged, as Markdown.

use std::fmt::Write as _;

use super::escape::{code, code_in_cell};
use super::{Page, Size};
use crate::current::alembic::graph::{Fork, Reparent};
use crate::problem::Problem;

/// What was found, and what was done about it.
#[derive(Clone, Copy, Debug)]
pub enum Heads<'a> {
    /// The history continues in one line.
    One,
    /// Merged as it is, it has several heads; and why nothing was changed, where a change was requested.
    Forked {
        fork: &'a Fork,
        held: Option<&'a Problem>,
    },
    /// Revisions follow others now.
    Moved { edits: &'a [Reparent] },
    /// A new revision, in this file, joins the lines.
    Joined { fork: &'a Fork, path: &'a str },
    /// It is not known, and why.
    Unknown { problem: &'a Problem },
}

/// A small number in a word.
pub fn number(number: usize) -> String {
    match number {
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        more => more.to_string(),
    }
}

/// What is wrong, in a few words.
pub fn forked(fork: &Fork) -> String {
    let heads = number(fork.heads.len());
    match fork.heads.iter().any(|head| !head.ours) {
        true => format!("Base moved: {heads} heads"),
        false => format!("{heads} heads"),
    }
}

impl Page<'_> {
    /// What was found of a pull request into `base`.
    pub(super) fn heads(&self, base: &str, heads: Heads<'_>, size: Size) -> String {
        let base = &code(&self.clean(base));
        let name = |id: &str| code(&self.clean(id));
        match heads {
            Heads::One => self.head(&format!("✅ Revisions come after those of {base}"), &[]),
            Heads::Forked { fork, held } => self.forked(base, fork, held, size),
            Heads::Moved { edits } => {
                let title = match edits {
                    [one] => format!(
                        "✅ {} follows {} of {base} now",
                        name(&one.id),
                        name(&one.to)
                    ),
                    several => format!("✅ {} revisions follow those of {base} now", several.len()),
                };
                let mut text = self.head(&title, &[]);
                text.push_str(
                    "\n| revision | file | followed | follows now |\n| --- | --- | --- | --- |\n",
                );
                for edit in edits.iter().take(size.rows) {
                    let cells = [&edit.id, &edit.path, &edit.from, &edit.to]
                        .map(|cell| code_in_cell(&self.clean(cell)));
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                }
                text.push_str(
                    "\nThe history was run in its new order on an empty database, and what moved went down and up again. A database of \
                     your own that has run it goes down to before it first.\n",
                );
                text
            }
            Heads::Joined { fork, path } => {
                let title = format!("✅ A revision joins this with {base}");
                let mut text = self.head(&title, &[]);
                text.push_str(&self.lines(base, fork, size));
                let path = code(&self.clean(path));
                let _ = write!(
                    text,
                    "\nThey meet in the new revision {path}. The history was run with it on an empty database, to its end.\n"
                );
                text
            }
            Heads::Unknown { problem } => {
                let title =
                    format!("⚠️ Not evaluated: whether revisions come after those of {base}");
                let mut text = self.head(&title, &[]);
                text.push('\n');
                text.push_str(&self.told(problem, size));
                text
            }
        }
    }

    fn forked(&self, base: &str, fork: &Fork, held: Option<&Problem>, size: Size) -> String {
        let mut title = forked(fork);
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let mut text = self.head(&format!("❌ {title}"), &[]);
        text.push_str(&self.lines(base, fork, size));
        let part = match &fork.parent {
            Some(parent) => format!("They part after {}.", code(&self.clean(parent))),
            None => "They share no revision.".to_owned(),
        };
        let _ = write!(
            text,
            "\n{part} Git merges this without a conflict, and `alembic upgrade head` then applies nothing, neither these \
             revisions nor those that are there.\n"
        );
        match held {
            Some(problem) => {
                text.push_str("\nNothing was changed:\n\n");
                text.push_str(&self.told(problem, size));
            }
            None => {
                let _ = write!(
                    text,
                    "\n**What to do:** merge {base}, and run `trueup migrate rebase`: it lets what is new follow what is there\n"
                );
            }
        }
        text
    }

    fn lines(&self, base: &str, fork: &Fork, size: Size) -> String {
        let mut text = String::from("\n| head | file | of |\n| --- | --- | --- |\n");
        for head in fork.heads.iter().take(size.rows) {
            let [id, path] = [&head.id, &head.path].map(|cell| code_in_cell(&self.clean(cell)));
            let of = if head.ours { "this pull request" } else { base };
            let _ = writeln!(text, "| {id} | {path} | {of} |");
        }
        text
    }
}
