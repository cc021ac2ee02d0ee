//! One pull request after the other: what its branch and its base have, what that comes to, and the commit that makes it so.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;

use super::commits::{Commits, writable};
use super::{Done, Refused};
use crate::action::Action;
use crate::action::compare::Project;
use crate::action::files::in_directory;
use crate::action::finding::Commit;
use crate::current::History;
use crate::engine::attend::Unattended;
use crate::github::client::ApiError;
use crate::github::commit::{Committed, FileContent, Followup, NewCommit, commit_on_branch};
use crate::github::message;
use crate::github::pull::{self, Now};
use crate::github::tree::{self, Content, Join, Tree};
use crate::migration::{Dir, MergeError, Move, SUM_FILE};
use crate::pipeline::{self, Context, PipelineError};
use crate::problem::Problem;

/// What settles all pull requests of a run.
pub(super) struct Settling<'a> {
    action: &'a Action<'a>,
    commits: Commits<'a>,
    project: &'a Project,
    /// The migration directory's path in the repository.
    prefix: &'a str,
}

impl<'a> Settling<'a> {
    /// `prefix` is the migration directory's path in the repository.
    pub(super) fn new(
        action: &'a Action<'a>,
        commits: Commits<'a>,
        project: &'a Project,
        prefix: &'a str,
    ) -> Self {
        Self {
            action,
            commits,
            project,
            prefix,
        }
    }

    /// Whether a pull request has a migration of its own here.
    pub(super) async fn concerns(&self, pull: &Now) -> Result<bool, ApiError> {
        let paths = pull::files(self.commits.github, self.commits.repository, pull.number).await?;
        Ok(paths.is_none_or(|paths| paths.iter().any(|path| is_migration(self.prefix, path))))
    }

    /// Puts its migrations behind those of its base, where they are not.
    ///
    /// # Errors
    /// [`Refused`] where that can't be done; anything else where it could not be told.
    pub(super) async fn settle(&mut self, pull: &Now) -> Result<Done> {
        writable(pull)?;
        let sides = self.commits.sides(pull).await?;
        let were = self.directory(&sides.start).await?;
        let theirs = self.directory(&sides.onto).await?;
        let ours = self.directory(&sides.head).await?;
        let merging = were.files() != theirs.files();
        let late = |dir: &Dir| dir.out_of_order(|name| theirs.text(name).is_none());
        if !merging && late(&ours).is_empty() {
            return Ok(Done::InOrder);
        }
        for (dir, branch) in [(&theirs, &pull.base), (&ours, &pull.branch)] {
            whole(dir, branch)?;
        }
        let both = Dir::merged(&were, &ours, &theirs).map_err(|error| apart(&error))?;
        match both.goes_on_from(&theirs) {
            Ok(()) | Err(MergeError::Behind { .. }) => {}
            Err(error) => return Err(apart(&error).into()),
        }
        let late = late(&both);
        let (after, moves) = both
            .moving(&late, self.action.now)
            .map_err(Problem::from)
            .map_err(Refused)?;
        let changes = match merging {
            true => {
                let sums = in_directory(self.prefix, SUM_FILE);
                let prefix = self.prefix;
                let settled = |path: &str| path == sums || is_migration(prefix, path);
                let what = format!("{SUM_FILE} is");
                Some(self.commits.merge(&sides, pull, &what, settled).await?)
            }
            false => None,
        };
        self.replay(&after).await?;
        self.action.cancel.check()?;
        let committed = match changes {
            Some(changes) => {
                let changes = self.with_directory(changes, &after, &theirs);
                let message = message(pull, &moves, true);
                let join = Join {
                    branch: &pull.branch,
                    head: &pull.head,
                    onto: &sides.tip,
                    tree: &sides.onto,
                    changes: &changes,
                    message: &message,
                };
                tree::commit(self.commits.github, self.commits.repository, &join).await
            }
            None => self.commit(pull, &ours, &after, &moves).await,
        };
        let committed = committed.map_err(|error| match error.is_refused() {
            true => Refused(error.into()).into(),
            false => anyhow::Error::from(error),
        })?;
        match committed {
            Committed::Done { oid, verified, .. } => {
                let kind = self.commits.github.viewer().await?.kind;
                Ok(Done::Moved {
                    moves,
                    merged: merging,
                    commit: Commit {
                        oid,
                        verified,
                        followup: Followup::of(kind, &self.action.run.server_url),
                    },
                })
            }
            Committed::Superseded { head } => Ok(Done::Superseded { head }),
            Committed::Gone => {
                let why = format!("the branch `{}` is gone", pull.branch);
                Err(Refused::new(why, "restore the branch").into())
            }
        }
    }

    /// The migration directory of a commit.
    async fn directory(&mut self, tree: &Tree) -> Result<Dir> {
        let sums = in_directory(self.prefix, SUM_FILE);
        let mut files = Vec::new();
        let mut sum = None;
        for (path, entry) in &tree.entries {
            if *path != sums && !is_migration(self.prefix, path) {
                continue;
            }
            if *path == sums {
                sum = Some(self.commits.blob(path, &entry.sha).await?);
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            files.push((name, self.commits.text(path, entry).await?));
        }
        let sum = match files.is_empty() {
            true => sum,
            // One that is missing is not right.
            false => Some(sum.unwrap_or_default()),
        };
        Ok(Dir::of(self.prefix, files, sum))
    }

    /// The changes with those of the migration directory.
    fn with_directory(
        &self,
        mut changes: BTreeMap<String, Content>,
        after: &Dir,
        theirs: &Dir,
    ) -> BTreeMap<String, Content> {
        let text = |text: &str| Content::Text {
            mode: "100644".to_owned(),
            text: text.to_owned(),
        };
        let files = after.files().iter();
        for file in files.filter(|file| theirs.text(file.name()).is_none()) {
            changes.insert(in_directory(self.prefix, file.name()), text(file.text()));
        }
        changes.insert(in_directory(self.prefix, SUM_FILE), text(&after.sum_text()));
        changes
    }

    /// Moves the files by a commit on top of the branch, which GitHub signs.
    async fn commit(
        &self,
        pull: &Now,
        before: &Dir,
        after: &Dir,
        moves: &[Move],
    ) -> Result<Committed, ApiError> {
        let at = |name: &str| in_directory(self.prefix, name);
        let new = after.files().iter();
        let new = new.filter(|file| before.text(file.name()).is_none());
        let sum = (at(SUM_FILE), after.sum_text());
        let additions = new
            .map(|file| (at(file.name()), file.text().to_owned()))
            .chain([sum]);
        let message = message(pull, moves, false);
        let (headline, body) = message.split_once("\n\n").unwrap_or((&message, ""));
        let new = NewCommit {
            branch: pull.branch.clone(),
            expected_head: pull.head.clone(),
            headline: headline.to_owned(),
            body: body.to_owned(),
            plan: None,
            keys: Vec::new(),
            additions: additions
                .map(|(path, text)| FileContent {
                    path,
                    bytes: text.into_bytes(),
                })
                .collect(),
            deletions: moves.iter().map(|one| at(&one.from)).collect(),
        };
        commit_on_branch(self.commits.github, self.commits.repository, &new).await
    }

    /// Runs the migrations in their new order.
    async fn replay(&self, after: &Dir) -> Result<()> {
        let env = &self.project.env;
        let context = Context::new(env, pipeline::dev(env)?, &Unattended, self.action.cancel);
        match pipeline::replay(&context, &History::Files(Cow::Borrowed(after))).await {
            Ok(_) => Ok(()),
            Err(PipelineError::Interrupted(interrupted)) => Err(interrupted.into()),
            Err(error @ PipelineError::Replay(_)) => Err(Refused(error.into()).into()),
            Err(error) => Err(Problem::from(error).into()),
        }
    }
}

/// Whether a path is a migration's, of the directory at `prefix`.
fn is_migration(prefix: &str, path: &str) -> bool {
    let (at, name) = path.rsplit_once('/').unwrap_or(("", path));
    at == prefix && name.ends_with(".sql")
}

/// Whether checksums are those of their migrations.
fn whole(dir: &Dir, branch: &str) -> Result<(), Refused> {
    dir.verify().map_err(|error| {
        let why = format!("on `{branch}`, {SUM_FILE} is not that of its migrations");
        let hint = error.hint();
        Refused::new(
            why,
            hint.unwrap_or_else(|| "`trueup migrate validate` says what differs".into()),
        )
    })
}

fn apart(error: &MergeError) -> Refused {
    let hint =
        "settle that file by hand, best as the base has it, then run `trueup migrate rebase`";
    Refused::new(error.to_string(), hint)
}

/// The commit's message: names of files and branches make GitHub do nothing.
fn message(pull: &Now, moves: &[Move], merged: bool) -> String {
    let theirs = format!("behind those of {}", pull.base);
    let moved = match moves {
        [] => None,
        [one] => Some(format!("ove {} {theirs}", one.from)),
        several => Some(format!("ove {} migrations {theirs}", several.len())),
    };
    let headline = match (merged, moved) {
        (true, None) => format!("Merge {}, with {SUM_FILE} over all migrations", pull.base),
        (true, Some(moved)) => format!("Merge {}, and m{moved}", pull.base),
        (false, moved) => format!("M{}", moved.unwrap_or_default()),
    };
    let points: Vec<String> = moves
        .iter()
        .map(|one| format!("{} is {} now", one.from, one.to))
        .collect();
    let message = format!(
        "{}\n\n{}",
        message::headline(&headline),
        message::points(&points, 1)
    );
    message.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_moved_and_makes_github_do_nothing() {
        let pull = Now {
            number: 1,
            head: String::new(),
            branch: "feature".into(),
            base: "release [skip ci]".into(),
            ours: true,
            trunk: false,
        };
        let one = |from: &str, to: &str| Move {
            from: from.into(),
            to: to.into(),
        };
        let moves = [
            one("2_a.sql", "4_a.sql"),
            one("3 fixes #1.sql", "5 fixes #1.sql"),
        ];
        assert_eq!(
            message(&pull, &moves, true),
            "Merge release (skip ci), and move 2 migrations behind those of release (skip ci)\n\n\
             - 2_a.sql is 4_a.sql now\n- 3 fixes # 1.sql is 5 fixes # 1.sql now"
        );
        assert_eq!(
            message(&pull, &moves[..1], false),
            "Move 2_a.sql behind those of release (skip ci)\n\n- 2_a.sql is 4_a.sql now"
        );
        assert_eq!(
            message(&pull, &[], true),
            "Merge release (skip ci), with atlas.sum over all migrations"
        );
    }
}
