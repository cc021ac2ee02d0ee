//! One pull request after the other: what its branch and its base have, what that comes to, and the commit that makes it so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;

use super::applied::Asking;
use super::commits::{Commits, Sides, writable};
use super::place::{Place, is_migration};
use super::replan::{Replans, to_commit};
use super::trial::Draft;
use super::{Done, Refused};
use crate::action::Action;
use crate::action::files::in_directory;
use crate::action::finding::Commit;
use crate::current::History;
use crate::engine::attend::Unattended;
use crate::github::client::{ApiError, ErrorKind};
use crate::github::commit::{Committed, FileContent, Followup, NewCommit, commit_on_branch};
use crate::github::message;
use crate::github::pull::{self, Now};
use crate::github::runner::Runner;
use crate::github::tree::{self, Content, Join, Tree};
use crate::migration::{Dir, MergeError, MigrationFile, Move, NewMigration, SUM_FILE};
use crate::pipeline::{self, Context, PipelineError};
use crate::problem::Problem;
use crate::report::Report;

/// What settles all pull requests of a run.
pub(super) struct Settling<'a> {
    action: &'a Action<'a>,
    commits: Commits<'a>,
    places: &'a [Place<'a>],
    asking: Asking<'a>,
    replans: Replans<'a>,
}

/// What becomes of one.
struct Settled<'a> {
    place: &'a Place<'a>,
    ours: Dir,
    theirs: Dir,
    after: Dir,
    moves: Vec<Move>,
    /// A file of the pull request that goes, since it was planned anew.
    gone: Option<String>,
    /// What the models want beyond that, and its file.
    planned: Option<(String, Report)>,
    /// The base has other migrations there than it had.
    merging: bool,
}

impl<'a> Settling<'a> {
    /// Settles all of these directories at once.
    pub(super) fn new(
        action: &'a Action<'a>,
        commits: Commits<'a>,
        places: &'a [Place<'a>],
        asking: Asking<'a>,
    ) -> Self {
        Self {
            action,
            commits,
            places,
            asking,
            replans: Replans::new(action),
        }
    }

    /// Whether a pull request has a migration of its own here.
    pub(super) async fn concerns(&self, pull: &Now) -> Result<bool, ApiError> {
        let paths = pull::files(self.commits.github, self.commits.repository, pull.number).await?;
        let here = |path: &String| {
            let mut places = self.places.iter();
            places.any(|place| is_migration(&place.prefix, path))
        };
        Ok(paths.is_none_or(|paths| paths.iter().any(here)))
    }

    /// Puts its migrations behind those of its base, where they are not.
    ///
    /// # Errors
    /// [`Refused`] where that can't be done; anything else where it could not be told.
    pub(super) async fn settle(
        &mut self,
        pull: &Now,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<Done> {
        writable(pull)?;
        let sides = self.commits.sides(pull).await?;
        let mut all = Vec::new();
        for place in self.places {
            let settled = self.order(place, pull, &sides).await;
            all.extend(settled.map_err(|error| self.of_place(place, error))?);
        }
        if all.is_empty() {
            return Ok(Done::InOrder);
        }
        let merging = all.iter().any(|one| one.merging);
        let changes = match merging {
            true => {
                let what = format!("{SUM_FILE} is");
                let settled = |path: &str| all.iter().any(|one| one.place.settles(path));
                Some(self.commits.merge(&sides, pull, &what, settled).await?)
            }
            false => None,
        };
        for one in &all {
            self.asking.files(&one.ours, &one.moves).await?;
        }
        let nothing = BTreeMap::new();
        let draft = match &changes {
            Some(changes) => Draft {
                tree: &sides.onto,
                changes,
            },
            None => Draft {
                tree: &sides.head,
                changes: &nothing,
            },
        };
        for one in &mut all {
            let place = one.place;
            let planned = self.plan(one, &draft, &sides, runner).await;
            planned.map_err(|error| self.of_place(place, error))?;
            self.action.cancel.check()?;
        }
        let moves: Vec<Move> = all.iter().flat_map(|one| self.shown(one)).collect();
        let notes: Vec<String> = all.iter().flat_map(Settled::notes).collect();
        let committed = match changes {
            Some(mut changes) => {
                all.iter().for_each(|one| one.add_to(&mut changes));
                let message = message(pull, &moves, &notes, true);
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
            None => {
                self.commit(pull, &all, &message(pull, &moves, &notes, false))
                    .await
            }
        };
        let committed = committed.map_err(|error| match error.kind {
            ErrorKind::Rules => {
                let mut problem = Problem::from(error);
                let base = &pull.base;
                problem.hint = Some(format!(
                    "let the app that trueup writes as bypass these rules (`token` takes that of an app of your own), or merge `{base}` \
                     yourself and run `trueup migrate rebase`"
                ));
                Refused(problem).into()
            }
            _ if error.is_refused() => Refused(error.into()).into(),
            _ => anyhow::Error::from(error),
        })?;
        match committed {
            Committed::Done { oid, verified, .. } => {
                let kind = self.commits.github.viewer().await?.kind;
                Ok(Done::Moved {
                    moves,
                    anew: all.iter().filter_map(|one| one.gone.clone()).collect(),
                    planned: all.into_iter().filter_map(|one| one.planned).collect(),
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

    /// What becomes of a directory; none where a pull request has nothing of its own there, or all comes last.
    async fn order(
        &mut self,
        place: &'a Place<'a>,
        pull: &Now,
        sides: &Sides,
    ) -> Result<Option<Settled<'a>>> {
        let were = self.directory(&place.prefix, &sides.start).await?;
        let theirs = self.directory(&place.prefix, &sides.onto).await?;
        let ours = self.directory(&place.prefix, &sides.head).await?;
        if self.places.len() > 1 && ours.files() == were.files() {
            return Ok(None);
        }
        let merging = were.files() != theirs.files();
        let late = |dir: &Dir| dir.out_of_order(|name| theirs.text(name).is_none());
        if !merging && late(&ours).is_empty() {
            return Ok(None);
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
        Ok(Some(Settled {
            place,
            ours,
            theirs,
            after,
            moves,
            gone: None,
            planned: None,
            merging,
        }))
    }

    /// A refusal that says which directory it is about, where there are several.
    fn of_place(&self, place: &Place<'_>, error: anyhow::Error) -> anyhow::Error {
        match error.downcast::<Refused>() {
            Ok(Refused(mut problem)) if self.places.len() > 1 => {
                problem.message = format!("{}: {}", place.prefix, problem.message);
                Refused(problem).into()
            }
            Ok(refused) => refused.into(),
            Err(error) => error,
        }
    }

    /// What moves in a directory, by paths where there are several.
    fn shown(&self, one: &Settled<'_>) -> Vec<Move> {
        let name = |name: &str| match self.places.len() {
            1 => name.to_owned(),
            _ => in_directory(&one.place.prefix, name),
        };
        let moves = one.moves.iter().map(|one| Move {
            from: name(&one.from),
            to: name(&one.to),
        });
        moves.collect()
    }

    /// The migration directory of a commit.
    async fn directory(&mut self, prefix: &str, tree: &Tree) -> Result<Dir> {
        let sums = in_directory(prefix, SUM_FILE);
        let mut files = Vec::new();
        let mut sum = None;
        for (path, entry) in &tree.entries {
            if *path != sums && !is_migration(prefix, path) {
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
            // A missing file counts as wrong.
            false => Some(sum.unwrap_or_default()),
        };
        Ok(Dir::of(prefix, files, sum))
    }

    /// Moves the files by a commit on top of the branch, which GitHub signs.
    async fn commit(
        &self,
        pull: &Now,
        all: &[Settled<'_>],
        message: &str,
    ) -> Result<Committed, ApiError> {
        let (mut additions, mut deletions) = (Vec::new(), Vec::new());
        for one in all {
            let at = |name: &str| in_directory(&one.place.prefix, name);
            let new = one.after.files().iter();
            let new = new.filter(|file| one.ours.text(file.name()) != Some(file.text()));
            additions.extend(new.map(|file| (at(file.name()), file.text().to_owned())));
            additions.push((at(SUM_FILE), one.after.sum_text()));
            deletions.extend(one.moves.iter().map(|one| at(&one.from)));
            let gone = one.gone.iter();
            let gone = gone.filter(|name| one.after.text(name).is_none());
            deletions.extend(gone.map(|name| at(name)));
        }
        let (headline, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let new = NewCommit {
            branch: pull.branch.clone(),
            expected_head: pull.head.clone(),
            headline: headline.to_owned(),
            body: body.to_owned(),
            plan: None,
            keys: Vec::new(),
            additions: additions
                .into_iter()
                .map(|(path, text)| FileContent {
                    path,
                    bytes: text.into_bytes(),
                })
                .collect(),
            deletions,
        };
        commit_on_branch(self.commits.github, self.commits.repository, &new).await
    }

    /// Runs the migrations in their new order, and adds what the models want beyond them, where they are asked.
    async fn plan(
        &mut self,
        one: &mut Settled<'a>,
        draft: &Draft<'_>,
        sides: &Sides,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<()> {
        let replayed = self.replay(one).await;
        if !one.place.inputs.replan {
            return replayed;
        }
        let mut name = one.place.inputs.name.clone();
        if let Err(failed) = replayed {
            if !failed.is::<Refused>() {
                return Err(failed);
            }
            let Some(own) = self.generated(one, sides, runner).await? else {
                return Err(failed);
            };
            let description = Some(own.description()).filter(|said| !said.is_empty());
            name = description.map(str::to_owned);
            one.after = one.theirs.clone();
            one.moves.clear();
            one.gone = Some(own.name().to_owned());
        }
        let place = one.place;
        let lives = self.asking.before_code().await?;
        let wanted =
            self.replans
                .wanted(place, draft, &one.after, lives, &mut self.commits, runner);
        let report = wanted.await?;
        if let Some(sql) = to_commit(&report, runner)? {
            let new = NewMigration {
                name: name.as_deref(),
                content: &sql,
            };
            let added = one.after.clone().adding(new, self.action.now);
            let (after, file) = added.map_err(Problem::from)?;
            one.after = after;
            one.planned = Some((file.name().to_owned(), report));
        }
        Ok(())
    }

    /// The only migration of a pull request, where it is, byte for byte, what would be planned from its models without it: nothing
    /// of it is anybody's own.
    async fn generated(
        &mut self,
        one: &Settled<'a>,
        sides: &Sides,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<Option<MigrationFile>> {
        let ours = one.ours.files().iter();
        let own: Vec<_> = ours
            .filter(|file| one.theirs.text(file.name()).is_none())
            .collect();
        let [file] = &own[..] else {
            return Ok(None);
        };
        let same = [Move {
            from: file.name().to_owned(),
            to: String::new(),
        }];
        self.asking.files(&one.ours, &same).await?;
        let rest = one
            .ours
            .files()
            .iter()
            .filter(|other| other.name() != file.name());
        let rest = rest.map(|file| (file.name().to_owned(), file.text().to_owned()));
        let rest: Vec<(String, String)> = rest.collect();
        let rest = Dir::of(&one.place.prefix, rest, None);
        let head = Draft {
            tree: &sides.head,
            changes: &BTreeMap::new(),
        };
        let lives = self.asking.before_code().await?;
        let wanted = self
            .replans
            .wanted(one.place, &head, &rest, lives, &mut self.commits, runner);
        let report = wanted.await?;
        Ok((report.found.sql == file.text()).then(|| (*file).clone()))
    }

    /// Runs the migrations in their new order.
    async fn replay(&self, one: &Settled<'_>) -> Result<()> {
        self.action.enter_of(one.place.inputs)?;
        let env = &one.place.project.env;
        let context = Context::new(env, pipeline::dev(env)?, &Unattended, self.action.cancel);
        match pipeline::replay(&context, &History::Files(Cow::Borrowed(&one.after))).await {
            Ok(_) => Ok(()),
            Err(PipelineError::Interrupted(interrupted)) => Err(interrupted.into()),
            Err(error @ PipelineError::Replay(_)) => Err(Refused(error.into()).into()),
            Err(error) => Err(Problem::from(error).into()),
        }
    }
}

impl Settled<'_> {
    /// What the commit does beyond moving files.
    fn notes(&self) -> Vec<String> {
        let gone = self
            .gone
            .iter()
            .map(|name| format!("{name} was planned anew"));
        let planned = self.planned.iter();
        let planned =
            planned.map(|(name, _)| format!("{name} has what the models want beyond the others"));
        gone.chain(planned).collect()
    }

    /// Adds it to the changes of the base's files.
    fn add_to(&self, changes: &mut BTreeMap<String, Content>) {
        let text = |text: &str| Content::Text {
            mode: "100644".to_owned(),
            text: text.to_owned(),
        };
        let at = |name: &str| in_directory(&self.place.prefix, name);
        let files = self.after.files().iter();
        for file in files.filter(|file| self.theirs.text(file.name()).is_none()) {
            changes.insert(at(file.name()), text(file.text()));
        }
        changes.insert(at(SUM_FILE), text(&self.after.sum_text()));
    }
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
    let hint = "resolve that file by hand, preferably to the base's version, then run `trueup migrate rebase`";
    Refused::new(error.to_string(), hint)
}

/// The commit's message: names of files and branches make GitHub do nothing.
fn message(pull: &Now, moves: &[Move], notes: &[String], merged: bool) -> String {
    let theirs = format!("behind those of {}", pull.base);
    let moved = match moves {
        [] => None,
        [one] => Some(format!("ove {} {theirs}", one.from)),
        several => Some(format!("ove {} migrations {theirs}", several.len())),
    };
    let headline = match (merged, moved) {
        (true, None) => format!("Merge {}, with {SUM_FILE} over all migrations", pull.base),
        (true, Some(moved)) => format!("Merge {}, and m{moved}", pull.base),
        (false, Some(moved)) => format!("M{moved}"),
        (false, None) => format!("Plan the migration behind those of {}", pull.base),
    };
    let points: Vec<String> = moves
        .iter()
        .map(|one| format!("{} is {} now", one.from, one.to))
        .chain(notes.iter().cloned())
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
            message(&pull, &moves, &[], true),
            "Merge release (skip ci), and move 2 migrations behind those of release (skip ci)\n\n\
             - 2_a.sql is 4_a.sql now\n- 3 fixes # 1.sql is 5 fixes # 1.sql now"
        );
        assert_eq!(
            message(&pull, &moves[..1], &[], false),
            "Move 2_a.sql behind those of release (skip ci)\n\n- 2_a.sql is 4_a.sql now"
        );
        assert_eq!(
            message(&pull, &[], &[], true),
            "Merge release (skip ci), with atlas.sum over all migrations"
        );
    }
}
