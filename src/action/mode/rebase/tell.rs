//! Reports what became of a pull request: in its conversation, the job summary and the log.

use std::io::{self, Write};

use super::Done;
use crate::action::Action;
use crate::action::finding::Commit;
use crate::action::inputs::Commenting;
use crate::github::client::GitHub;
use crate::github::command::{Annotation, Level};
use crate::github::comment::{self, Body, On, Post};
use crate::github::event::Repository;
use crate::github::page::{COMMENT_LIMIT, Fact, Outcome, Page};
use crate::github::pull::Now;
use crate::github::runner::Runner;
use crate::github::sha256;
use crate::problem::Problem;
use crate::report::short_commit;

/// Tells of one pull request after the other.
pub(super) struct Teller<'a, 'r, 'o> {
    action: &'a Action<'a>,
    github: &'a GitHub,
    repository: &'a Repository,
    pub(super) runner: &'r mut Runner<&'o mut dyn Write>,
    /// Its comment is another one than that of the modes that compare.
    key: String,
    facts: Vec<Fact>,
}

impl<'a, 'r, 'o> Teller<'a, 'r, 'o> {
    pub(super) fn new(
        action: &'a Action<'a>,
        github: &'a GitHub,
        repository: &'a Repository,
        runner: &'r mut Runner<&'o mut dyn Write>,
    ) -> Self {
        let own = action.identity.key();
        let mut key = sha256(format!("rebase {own}").as_bytes());
        key.truncate(own.len());
        Self {
            action,
            github,
            repository,
            runner,
            key,
            facts: action.identity.facts(),
        }
    }

    /// What it tells is about several projects.
    pub(super) fn of_several(&mut self) {
        self.facts.clear();
    }

    /// Tells of one. That something could not be told changes nothing of what was done.
    pub(super) async fn tell(&mut self, pull: &Now, done: &Done) -> io::Result<()> {
        if let Done::Refused(problem) = done {
            self.warn(pull, "migrations were not moved", problem)?;
        }
        let sentences = match done {
            Done::Moved { merged, commit, .. } => vec![committed(pull, *merged, commit)],
            _ => Vec::new(),
        };
        let outcome = match done {
            Done::InOrder => Outcome::Moved {
                base: &pull.base,
                moves: &[],
                anew: &[],
                planned: &[],
                merged: false,
            },
            Done::Moved {
                moves,
                anew,
                planned,
                merged,
                ..
            } => Outcome::Moved {
                base: &pull.base,
                moves,
                anew,
                planned,
                merged: *merged,
            },
            Done::Refused(problem) => Outcome::Held {
                base: &pull.base,
                problem,
            },
            Done::Superseded { .. } => return Ok(()),
        };
        self.page(pull, outcome, &sentences, matches!(done, Done::InOrder))
            .await
    }

    /// A warning of the job about one.
    pub(super) fn warn(&mut self, pull: &Now, what: &str, problem: &Problem) -> io::Result<()> {
        self.runner.annotate(&Annotation {
            level: Level::Warning,
            file: None,
            line: None,
            title: format!("#{}: {what}", pull.number),
            message: problem.told(),
        })
    }

    /// Shows what became of one; where all is `well`, only a comment that is there says so.
    pub(super) async fn page(
        &mut self,
        pull: &Now,
        outcome: Outcome<'_>,
        sentences: &[String],
        well: bool,
    ) -> io::Result<()> {
        let mut redactor = self.runner.redactor().clone();
        if let Outcome::Moved { planned, .. } = &outcome {
            let statements = planned
                .iter()
                .flat_map(|(_, report)| report.found.statements());
            redactor.allow_words_of(statements);
        }
        let page = Page {
            project: &self.facts,
            outcome,
            commit: Some(&pull.head),
            files: None,
            diagram: None,
            patch: None,
            settled: false,
            pull: None,
            done: sentences,
            failed: "",
            relayed: None,
            redactor: &redactor,
        };
        let text = page.render(COMMENT_LIMIT);
        if !well {
            let heading = format!("## #{}\n\n{text}", pull.number);
            if let Err(error) = self.runner.summary(&heading) {
                self.left(&Problem::new(format!(
                    "can't write the job summary: {error}"
                )))?;
            }
        }
        let post = match (self.action.inputs.comment, well) {
            (Commenting::Never, _) => return Ok(()),
            (Commenting::Changes, true) => Post::OnlyEdit,
            (Commenting::Always, _) | (Commenting::Changes, false) => Post::Always,
        };
        let (on, body) = (On::Pull(pull.number), Body::from(&*text));
        match comment::upsert(self.github, self.repository, on, &self.key, body, post).await {
            Ok(upserted) => {
                for error in upserted.left {
                    self.left(&error.into())?;
                }
            }
            Err(error) => self.left(&error.into())?,
        }
        Ok(())
    }

    fn left(&mut self, problem: &Problem) -> io::Result<()> {
        self.runner.log(&format!("Not reported: {problem}"))
    }
}

/// What was committed, and what happens then, in a sentence.
pub(super) fn committed(pull: &Now, merged: bool, commit: &Commit) -> String {
    let what = match merged {
        true => format!("with `{}` merged in", pull.base),
        false => "on top of the branch".to_owned(),
    };
    let signed = match commit.verified {
        Some(true) => ", verified",
        Some(false) => ", not verified",
        None => "",
    };
    let words = commit.followup.words();
    let short = short_commit(&commit.oid);
    format!("Committed as `{short}`{signed}, {what}: {words}.")
}

/// The same in a sentence.
pub(super) fn sentence(pull: &Now, done: &Done) -> String {
    let (number, base) = (pull.number, &pull.base);
    match done {
        Done::InOrder => format!("#{number}: its migrations come after those of `{base}`."),
        Done::Moved {
            moves,
            anew,
            planned,
            merged,
            commit,
        } => {
            let short = short_commit(&commit.oid);
            let again = anew.iter().map(|name| format!("`{name}` was planned anew"));
            let new = planned.iter().map(|(name, _)| format!("`{name}` is new"));
            let moved: Vec<String> = moves
                .iter()
                .map(|one| format!("`{}` is `{}` now", one.from, one.to))
                .chain(again)
                .chain(new)
                .collect();
            let moved = match (&moved[..], merged) {
                ([], _) => format!("the conflict with `{base}` is settled"),
                (moved, true) => format!("`{base}` is merged in, and {}", moved.join(", ")),
                (moved, false) => moved.join(", "),
            };
            format!("#{number}: {moved}, by commit `{short}`.")
        }
        Done::Refused(problem) => {
            let hint = problem.hint.as_ref();
            let hint = hint.map_or_else(String::new, |hint| format!(" What to do: {hint}."));
            format!("#{number}: nothing was changed: {}.{hint}", problem.message)
        }
        Done::Superseded { head } => format!(
            "#{number}: the branch moved meanwhile (it is at `{}` now), so nothing was changed.",
            short_commit(head)
        ),
    }
}
