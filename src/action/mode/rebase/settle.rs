//! One pull request after the other: what its branch and its base have, what that comes to, and the commit that makes it so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;
use sha1::{Digest as _, Sha1};

use super::join::{Change, joined};
use super::{Done, Refused, lines};
use crate::action::Action;
use crate::action::compare::Project;
use crate::action::files::in_directory;
use crate::action::finding::Commit;
use crate::current::History;
use crate::engine::attend::Unattended;
use crate::github::client::{ApiError, GitHub};
use crate::github::commit::{
    Committed, FileContent, Followup, NewCommit, branch_head, commit_on_branch,
};
use crate::github::event::Repository;
use crate::github::message;
use crate::github::pull::{self, Now};
use crate::github::tree::{self, Content, Join, Tree};
use crate::migration::{Dir, MergeError, Move, SUM_FILE};
use crate::pipeline::{self, Context, PipelineError};
use crate::problem::Problem;

/// Paths that are named where several conflict.
const NAMED: usize = 3;

/// What is asked of GitHub for all pull requests of a run.
pub(super) struct Settling<'a> {
    action: &'a Action<'a>,
    github: &'a GitHub,
    repository: &'a Repository,
    project: &'a Project,
    /// The migration directory's path in the repository.
    prefix: &'a str,
    /// Contents by object.
    blobs: BTreeMap<String, Vec<u8>>,
    /// The base's newest commit, and what it has.
    tip: Option<(String, Rc<Tree>)>,
}

impl<'a> Settling<'a> {
    /// What is checked out need not be asked for.
    pub(super) fn new(
        action: &'a Action<'a>,
        github: &'a GitHub,
        repository: &'a Repository,
        project: &'a Project,
        prefix: &'a str,
    ) -> Self {
        let files = project.dir.files().iter();
        let known = files.map(|file| file.text().as_bytes().to_vec());
        Self {
            action,
            github,
            repository,
            project,
            prefix,
            blobs: known.map(|bytes| (object(&bytes), bytes)).collect(),
            tip: None,
        }
    }

    /// Whether a pull request has a migration of its own here.
    pub(super) async fn concerns(&self, pull: &Now) -> Result<bool, ApiError> {
        let paths = pull::files(self.github, self.repository, pull.number).await?;
        Ok(paths.is_none_or(|paths| paths.iter().any(|path| self.is_migration(path))))
    }

    fn is_migration(&self, path: &str) -> bool {
        let (at, name) = path.rsplit_once('/').unwrap_or(("", path));
        at == self.prefix && name.ends_with(".sql")
    }

    /// Puts its migrations behind those of its base, where they are not.
    ///
    /// # Errors
    /// [`Refused`] where that can't be done; anything else where it could not be told.
    pub(super) async fn settle(&mut self, pull: &Now) -> Result<Done> {
        writable(pull)?;
        let Some(tip) = branch_head(self.github, self.repository, &pull.base).await? else {
            let why = format!("the branch `{}` is gone", pull.base);
            return Err(Refused::new(why, "give the pull request another base").into());
        };
        let commits = (tip.as_str(), pull.head.as_str());
        let start = tree::fork_point(self.github, self.repository, commits).await?;
        let base = self.tree(&start).await?;
        let head = self.tree(&pull.head).await?;
        let onto = match &self.tip {
            Some((commit, tree)) if *commit == tip => Rc::clone(tree),
            _ => {
                let tree = Rc::new(self.tree(&tip).await?);
                self.tip = Some((tip.clone(), Rc::clone(&tree)));
                tree
            }
        };
        let were = self.directory(&base).await?;
        let theirs = self.directory(&onto).await?;
        let ours = self.directory(&head).await?;
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
            true => Some(self.merge([&base, &head, &onto], pull).await?),
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
                    onto: &tip,
                    tree: &onto,
                    changes: &changes,
                    message: &message,
                };
                tree::commit(self.github, self.repository, &join).await
            }
            None => self.commit(pull, &ours, &after, &moves).await,
        };
        let committed = committed.map_err(|error| match error.is_refused() {
            true => Refused(error.into()).into(),
            false => anyhow::Error::from(error),
        })?;
        match committed {
            Committed::Done { oid, verified, .. } => {
                let kind = self.github.viewer().await?.kind;
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

    async fn tree(&self, commit: &str) -> Result<Tree> {
        let tree = tree::read(self.github, self.repository, commit).await?;
        let hint = "merge the base yourself, and run `trueup migrate rebase`";
        let refused = || Refused::new("the repository has more files than GitHub lists", hint);
        Ok(tree.ok_or_else(refused)?)
    }

    async fn blob(&mut self, sha: &str) -> Result<Vec<u8>, ApiError> {
        if let Some(known) = self.blobs.get(sha) {
            return Ok(known.clone());
        }
        let bytes = tree::blob(self.github, self.repository, sha).await?;
        self.blobs.insert(sha.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// The migration directory of a commit.
    async fn directory(&mut self, tree: &Tree) -> Result<Dir> {
        let sums = in_directory(self.prefix, SUM_FILE);
        let mut files = Vec::new();
        let mut sum = None;
        for (path, entry) in &tree.entries {
            if *path != sums && !self.is_migration(path) {
                continue;
            }
            if !entry.is_file() {
                let why = format!("{path} is not a regular file");
                return Err(Refused::new(why, "commit the file itself").into());
            }
            let bytes = self.blob(&entry.sha).await?;
            if *path == sums {
                sum = Some(bytes);
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            let text = String::from_utf8(bytes).map_err(|_error| {
                Refused::new(format!("{path} is not UTF-8"), "save the file as UTF-8")
            })?;
            files.push((name, text));
        }
        let sum = match files.is_empty() {
            true => sum,
            // One that is missing is not right.
            false => Some(sum.unwrap_or_default()),
        };
        Ok(Dir::of(self.prefix, files, sum))
    }

    /// What the merge of everything but the migrations is.
    async fn merge(
        &mut self,
        [base, head, onto]: [&Tree; 3],
        pull: &Now,
    ) -> Result<BTreeMap<String, Content>> {
        let sums = in_directory(self.prefix, SUM_FILE);
        let settled = |path: &str| path == sums || self.is_migration(path);
        let joined = joined(base, head, onto, settled);
        let changes = joined.map_err(|paths| conflicting(&paths, pull))?;
        let mut made = BTreeMap::new();
        let mut conflicts = Vec::new();
        for (path, change) in changes {
            let content = match change {
                Change::Take(entry) => Content::Entry(entry),
                Change::Remove => Content::Gone,
                // Merged workflows are new ones, which a token may not write.
                Change::Both { .. }
                    if path.starts_with(".github/workflows/")
                        || self.has_a_way_of_its_own(onto, &path).await? =>
                {
                    conflicts.push(path);
                    continue;
                }
                Change::Both { base, head, onto } => {
                    let mut texts = Vec::new();
                    for entry in [&base, &head, &onto] {
                        texts.extend(plain(self.blob(&entry.sha).await?));
                    }
                    let merged = match &texts[..] {
                        [base, head, onto] => lines::merged(base, head, onto),
                        _ => None,
                    };
                    let Some(text) = merged else {
                        conflicts.push(path);
                        continue;
                    };
                    Content::Text {
                        mode: head.mode,
                        text,
                    }
                }
            };
            made.insert(path, content);
        }
        match conflicts.is_empty() {
            true => Ok(made),
            false => Err(conflicting(&conflicts, pull).into()),
        }
    }

    /// Whether `.gitattributes` say how a file is merged.
    async fn has_a_way_of_its_own(&mut self, tree: &Tree, path: &str) -> Result<bool> {
        let above = path.match_indices('/').map(|(at, _)| &path[..=at]);
        for at in [""].into_iter().chain(above) {
            let Some(entry) = tree.entries.get(&format!("{at}.gitattributes")) else {
                continue;
            };
            let text = self.blob(&entry.sha).await?;
            let text = String::from_utf8_lossy(&text);
            if text.lines().any(|line| names_merging(line, path)) {
                return Ok(true);
            }
        }
        Ok(false)
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
        commit_on_branch(self.github, self.repository, &new).await
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

/// Whether its branch is one that is written to.
fn writable(pull: &Now) -> Result<(), Refused> {
    if !pull.ours {
        let hint = "its author can merge the base and run `trueup migrate rebase`";
        return Err(Refused::new(
            "the branch is in a fork, and only its author writes there",
            hint,
        ));
    }
    if pull.trunk {
        let why = format!(
            "`{}` is the default branch, whose migrations may have run",
            pull.branch
        );
        return Err(Refused::new(
            why,
            "settle it by hand on a branch of its own",
        ));
    }
    Ok(())
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

/// What git calls an object with this content.
fn object(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text of which lines can be merged.
fn plain(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(text)
}

/// Whether a line of `.gitattributes` is about merging a file. Of patterns, more are taken to match than do.
fn names_merging(line: &str, path: &str) -> bool {
    let mut words = line.split_whitespace();
    let pattern = words.next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let matches = match pattern.rsplit('/').next().unwrap_or(pattern) {
        "" => true,
        last if !last.contains(['*', '?', '[']) => path.split('/').any(|part| part == last),
        last => match last.strip_prefix("*.") {
            Some(ending) if !ending.contains(['*', '?', '[']) => {
                name.ends_with(&format!(".{ending}"))
            }
            _ => true,
        },
    };
    let merging =
        |word: &str| word == "binary" || word.trim_start_matches(['-', '!']).starts_with("merge");
    !pattern.starts_with('#') && matches && words.any(merging)
}

fn apart(error: &MergeError) -> Refused {
    let hint =
        "settle that file by hand, best as the base has it, then run `trueup migrate rebase`";
    Refused::new(error.to_string(), hint)
}

fn conflicting(paths: &[String], pull: &Now) -> Refused {
    let named: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let conflicts = if paths.len() == 1 {
        "conflicts"
    } else {
        "conflict"
    };
    let why = format!(
        "{}{more} {conflicts} with `{}`, and only {SUM_FILE} is settled here",
        named.join(", "),
        pull.base
    );
    let hint = format!(
        "merge `{}` into `{}` and settle that, then run `trueup migrate rebase`",
        pull.base, pull.branch
    );
    Refused::new(why, hint)
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
    fn objects_are_named_as_by_git() {
        assert_eq!(object(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(
            object(b"hello\n"),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
    }

    #[test]
    fn attributes_that_say_how_a_file_is_merged_are_seen() {
        for line in [
            "uv.lock merge=ours",
            "*.lock -merge",
            "services/** binary",
            "api/uv.lock text merge",
        ] {
            assert!(names_merging(line, "services/api/uv.lock"), "{line}");
        }
        for line in [
            "",
            "# *.lock -merge",
            "*.lock text eol=lf",
            "*.sum merge=trueup",
            "package.json -merge",
        ] {
            assert!(!names_merging(line, "services/api/uv.lock"), "{line}");
        }
    }

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
