//! Pull requests of an Alembic history: whether each leaves its base with one head, told by a status and a comment, and what is
//! done where it would not.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;

use super::applied::Asking;
use super::commits::{Commits, writable};
use super::revisions::{Forked, Looking, SETTLED as WHAT};
use super::tell::{Teller, committed};
use super::trial::{Draft, Trials, strict};
use super::{Refused, SETTLED, open, told};
use crate::action::compare::Project;
use crate::action::finding::{Commit, Finding, State};
use crate::action::inputs::TwoHeads;
use crate::action::{Action, files};
use crate::current::alembic::graph::{Fork, Reparent, moved};
use crate::current::alembic::template;
use crate::github::client::{ApiError, GitHub};
use crate::github::commit::{Committed, FileContent, Followup, NewCommit, commit_on_branch};
use crate::github::event::{Event, Repository};
use crate::github::message;
use crate::github::page::{Heads, Outcome, heads};
use crate::github::pull::{self, Now};
use crate::github::runner::Runner;
use crate::github::status::{self, Reported, Status};
use crate::github::tree::{self, Content, Join};
use crate::pipeline::Interrupted;
use crate::problem::Problem;
use crate::report::short_commit;

/// What became of a pull request.
enum Done {
    /// It has no revisions of its own.
    Nothing,
    One,
    /// It leaves several heads; and why that was not changed, where it was to be.
    Forked(Fork, Option<Problem>),
    Settled {
        how: How,
        merged: bool,
        commit: Commit,
    },
    /// Files don't tell.
    Unknown(Problem),
    Superseded {
        head: String,
    },
}

/// What makes one line of two.
enum How {
    Moved(Vec<Reparent>),
    /// A new revision in this file.
    Joined(Fork, String),
}

/// A run over pull requests.
struct Pass<'a, 'r, 'o> {
    action: &'a Action<'a>,
    commits: Commits<'a>,
    asking: Asking<'a>,
    trials: Trials<'a>,
    runner: &'r mut Runner<&'o mut dyn Write>,
    /// Those whose history was run.
    tried: usize,
    /// The token may set statuses.
    statuses: bool,
}

/// Looks at the pull requests that a run is about.
pub(super) async fn find(
    action: &Action<'_>,
    project: &Project,
    runner: &mut Runner<&mut dyn Write>,
    (github, repository): (&GitHub, &Repository),
) -> Result<Finding> {
    let Some(alembic) = &project.env.migration.alembic else {
        return Err(Problem::new("the migrations are not an Alembic history").into());
    };
    let root = action.root()?;
    let work = files::prefix(&root, &std::env::current_dir()?)?;
    let looking = Looking::new(alembic, &work, &root)?;
    let inputs = strict(action.inputs);
    let mut finding = Finding::bare(State::Done);
    let mut pass = Pass {
        action,
        commits: Commits::new(github, repository, root),
        asking: Asking::new(action, project, Some(github)).await,
        trials: Trials::new(action, project, &inputs, &work),
        runner,
        tried: 0,
        statuses: true,
    };
    let (pulls, rest) = match &action.run.event {
        Event::PullRequest(pull) => {
            let now = pull::now(github, repository, pull.number).await?;
            if now.head != pull.head.sha {
                finding.state = State::Superseded;
                let head = now.head.clone();
                finding
                    .done
                    .push(sentence(&now, &Done::Superseded { head }));
                return Ok(finding);
            }
            (vec![now], Vec::new())
        }
        _ => open(action, github, repository, &mut finding).await?,
    };
    // A pull request that was not looked at has no verdict; an earlier one no longer counts.
    for pull in &rest {
        let why = "Not evaluated: too many pull requests are open";
        pass.status(&pull.head, status::State::Pending, why).await?;
    }
    for pull in &pulls {
        action.cancel.check()?;
        let done = match pass.settle(&looking, pull).await {
            Ok(done) => done,
            Err(error) if error.is::<Interrupted>() || error.is::<io::Error>() => {
                return Err(error);
            }
            Err(error) => match error.downcast::<Refused>() {
                Ok(Refused(problem)) => Done::Unknown(problem),
                Err(error) => {
                    let problem = told(error);
                    finding.state = State::Error;
                    finding.problem = Some(problem.clone());
                    Done::Unknown(problem)
                }
            },
        };
        finding.done.push(sentence(pull, &done));
        pass.tell(pull, &done).await?;
        if let Event::PullRequest(_) = action.run.event {
            finding.state = match &done {
                Done::Nothing | Done::One | Done::Settled { .. } => State::Done,
                Done::Forked(..) => State::Drift,
                Done::Superseded { .. } => State::Superseded,
                Done::Unknown(problem) => {
                    finding.problem.get_or_insert_with(|| problem.clone());
                    State::Error
                }
            };
        }
        if let Done::Settled { commit, .. } = done {
            // Of several, the page of each tells.
            finding.commit = (pulls.len() == 1).then_some(commit);
        }
    }
    if pulls.is_empty() {
        finding
            .done
            .push("No pull request is open here.".to_owned());
    }
    Ok(finding)
}

impl Pass<'_, '_, '_> {
    async fn settle(&mut self, looking: &Looking<'_>, pull: &Now) -> Result<Done> {
        if !looking.concerns(pull, &self.commits).await? {
            return Ok(Done::Nothing);
        }
        let Some(forked) = looking.look(pull, &mut self.commits).await? else {
            return Ok(Done::One);
        };
        if self.action.inputs.two_heads == TwoHeads::Report {
            return Ok(Done::Forked(forked.fork, None));
        }
        match self.join(pull, &forked).await {
            Ok(done) => Ok(done),
            Err(error) => match error.downcast::<Refused>() {
                Ok(Refused(problem)) => Ok(Done::Forked(forked.fork, Some(problem))),
                Err(error) => Err(error),
            },
        }
    }

    /// Makes one line of two, and commits that once the history was run with it.
    async fn join(&mut self, pull: &Now, forked: &Forked) -> Result<Done> {
        writable(pull)?;
        if self.tried == SETTLED {
            let why = format!("{SETTLED} pull requests were handled by this run");
            return Err(
                Refused::new(why, "the next run handles the rest: start it by hand").into(),
            );
        }
        for theirs in forked.base.revisions() {
            let same = forked
                .both
                .get(&theirs.id)
                .is_some_and(|ours| ours.follows().eq(theirs.follows()));
            if !same {
                let why = format!(
                    "revision `{}` ({}) differs on `{}`",
                    theirs.id, theirs.path, pull.base
                );
                return Err(Refused::new(why, "take the version there").into());
            }
        }
        self.tried += 1;
        let (how, edits) = match self.action.inputs.two_heads {
            TwoHeads::Merge => self.joining(pull, forked).await?,
            TwoHeads::Rebase | TwoHeads::Report => {
                let edits = forked.both.behind(&forked.base).map_err(Refused)?;
                self.asking.revisions(&forked.both, &edits).await?;
                let text = |path: &str| forked.texts.get(path).map(String::as_str);
                let texts = forked.both.edited(&edits, text);
                (How::Moved(edits), texts)
            }
        };
        let changes = self.changes(pull, forked, &edits).await?;
        let draft = Draft {
            tree: forked.goes_on_from(),
            changes: &changes,
        };
        let trips: Vec<&str> = match &how {
            How::Moved(edits) => moved(edits),
            How::Joined(..) => Vec::new(),
        };
        let lives = self.asking.before_code().await?;
        self.trials
            .run(&draft, &trips, lives, &mut self.commits, self.runner)
            .await?;
        self.action.cancel.check()?;
        let message = message(pull, &how, forked.merging);
        let made = self.commit(pull, forked, &changes, edits, &message).await;
        let made = made.map_err(|error| match error.is_refused() {
            true => Refused(error.into()).into(),
            false => anyhow::Error::from(error),
        })?;
        match made {
            Committed::Done { oid, verified, .. } => {
                let kind = self.commits.github.viewer().await?.kind;
                let followup = Followup::of(kind, &self.action.run.server_url);
                let commit = Commit {
                    oid,
                    verified,
                    followup,
                };
                let merged = forked.merging;
                Ok(Done::Settled {
                    how,
                    merged,
                    commit,
                })
            }
            Committed::Superseded { head } => Ok(Done::Superseded { head }),
            Committed::Gone => {
                let why = format!("the branch `{}` is gone", pull.branch);
                Err(Refused::new(why, "restore the branch").into())
            }
        }
    }

    /// What differs from the commit that the new one is based on.
    async fn changes(
        &mut self,
        pull: &Now,
        forked: &Forked,
        edits: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Content>> {
        let mut changes = BTreeMap::new();
        if forked.merging {
            let ours = |path: &str| forked.place.holds(path);
            let rest = self.commits.merge(&forked.sides, pull, WHAT, ours);
            changes = rest.await?;
            changes.extend(forked.changes.clone());
        }
        for (path, text) in edits {
            let known = forked.sides.head.entries.get(path);
            let mode = known.map_or("100644", |entry| &entry.mode).to_owned();
            let text = text.clone();
            changes.insert(path.clone(), Content::Text { mode, text });
        }
        Ok(changes)
    }

    async fn commit(
        &self,
        pull: &Now,
        forked: &Forked,
        changes: &BTreeMap<String, Content>,
        edits: BTreeMap<String, String>,
        message: &str,
    ) -> Result<Committed, ApiError> {
        let (github, repository) = (self.commits.github, self.commits.repository);
        if forked.merging {
            let join = Join {
                branch: &pull.branch,
                head: &pull.head,
                onto: &forked.sides.tip,
                tree: &forked.sides.onto,
                changes,
                message,
            };
            return tree::commit(github, repository, &join).await;
        }
        let (headline, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let file = |(path, text): (String, String)| FileContent {
            path,
            bytes: text.into_bytes(),
        };
        let new = NewCommit {
            branch: pull.branch.clone(),
            expected_head: pull.head.clone(),
            headline: headline.to_owned(),
            body: body.to_owned(),
            plan: None,
            keys: Vec::new(),
            additions: edits.into_iter().map(file).collect(),
            deletions: Vec::new(),
        };
        commit_on_branch(github, repository, &new).await
    }

    /// A new revision that joins the lines, by the project's own template.
    async fn joining(
        &mut self,
        pull: &Now,
        forked: &Forked,
    ) -> Result<(How, BTreeMap<String, String>)> {
        let path = format!("{}/script.py.mako", forked.place.script);
        let Some(entry) = forked.goes_on_from().entries.get(&path) else {
            let why = format!("there is no {path} for the revision that joins them");
            return Err(Refused::new(why, "`two-heads: rebase` needs none").into());
        };
        let text = self.commits.text(&path, entry).await?;
        let heads: Vec<&str> = forked
            .fork
            .heads
            .iter()
            .map(|head| head.id.as_str())
            .collect();
        let title = format!("merge {}", pull.base);
        let made = template::merging(
            &forked.place,
            (&path, &text),
            &heads,
            &title,
            self.action.now,
        )
        .map_err(Refused)?;
        let ours = forked.fork.heads.iter().rev().find(|head| head.ours);
        let ours = ours.map_or("", |head| head.path.as_str());
        let dir = ours.rsplit_once('/').map_or("", |(dir, _)| dir);
        let path = files::in_directory(dir, &made.name);
        let new = BTreeMap::from([(path.clone(), made.text)]);
        Ok((How::Joined(forked.fork.clone(), path), new))
    }

    /// Tells by a status, a comment and a summary.
    async fn tell(&mut self, pull: &Now, done: &Done) -> Result<()> {
        let enforced = self.action.inputs.fail_on_drift;
        let status = match done {
            // Whether its base moves or not, this one is the same.
            Done::Nothing if !matches!(self.action.run.event, Event::PullRequest(_)) => None,
            Done::Superseded { .. } => None,
            Done::Nothing => Some((status::State::Success, "No revisions of its own".to_owned())),
            Done::One => Some((
                status::State::Success,
                format!("Revisions come after those of {}", pull.base),
            )),
            Done::Settled { .. } => Some((
                status::State::Success,
                format!("Revisions come after those of {} now", pull.base),
            )),
            Done::Forked(fork, _) if !enforced => Some((
                status::State::Success,
                format!("{} (not enforced)", heads::forked(fork)),
            )),
            Done::Forked(fork, _) => Some((status::State::Failure, heads::forked(fork))),
            Done::Unknown(problem) => Some((
                status::State::Error,
                format!("Not evaluated: {}", problem.message),
            )),
        };
        if let Some((state, description)) = status {
            let at = match done {
                Done::Settled { commit, .. } => &commit.oid,
                _ => &pull.head,
            };
            self.status(at, state, &description).await?;
        }
        let shown = match done {
            Done::Nothing | Done::Superseded { .. } => return Ok(()),
            Done::One => Heads::One,
            Done::Forked(fork, held) => Heads::Forked {
                fork,
                held: held.as_ref(),
            },
            Done::Settled {
                how: How::Moved(edits),
                ..
            } => Heads::Moved { edits },
            Done::Settled {
                how: How::Joined(fork, path),
                ..
            } => Heads::Joined { fork, path },
            Done::Unknown(problem) => Heads::Unknown { problem },
        };
        let sentences = match done {
            Done::Settled { merged, commit, .. } => vec![committed(pull, *merged, commit)],
            _ => Vec::new(),
        };
        let (github, repository) = (self.commits.github, self.commits.repository);
        let mut teller = Teller::new(self.action, github, repository, self.runner);
        match done {
            Done::Unknown(problem) => teller.warn(pull, "was not evaluated", problem)?,
            Done::Forked(_, Some(problem)) => teller.warn(pull, "two heads were left", problem)?,
            _ => {}
        }
        let outcome = Outcome::Heads {
            base: &pull.base,
            heads: shown,
        };
        Ok(teller
            .page(pull, outcome, &sentences, matches!(done, Done::One))
            .await?)
    }

    /// Sets the status of a commit, which no comparison's answers for. That it could not be set changes nothing.
    async fn status(&mut self, sha: &str, state: status::State, description: &str) -> Result<()> {
        if !self.statuses {
            return Ok(());
        }
        let status = Status {
            context: self.action.identity.status(Some("heads")),
            state,
            description: self.runner.redactor().redact(description),
            url: self.action.run.url(),
        };
        let line = match status::set(self.commits.github, self.commits.repository, sha, &status)
            .await
        {
            Ok(Reported::Set) => return Ok(()),
            Ok(Reported::Outranked(why)) => format!("The commit status `{}` {why}", status.context),
            Ok(Reported::Refused(error)) => {
                self.statuses = false;
                format!("No commit status: {error}")
            }
            Err(error) => format!("Not reported: {}", Problem::from(error)),
        };
        Ok(self.runner.log(&line)?)
    }
}

/// The commit's message.
fn message(pull: &Now, how: &How, merged: bool) -> String {
    let what = match how {
        How::Moved(edits) => match &edits[..] {
            [one] => format!("et {} follow {} of {}", one.id, one.to, pull.base),
            several => format!(
                "et {} revisions follow those of {}",
                several.len(),
                pull.base
            ),
        },
        How::Joined(..) => format!("oin its revisions with those of {}", pull.base),
    };
    let first = if matches!(how, How::Joined(..)) {
        ["J", "j"]
    } else {
        ["L", "l"]
    };
    let headline = match merged {
        true => format!("Merge {}, and {}{what}", pull.base, first[1]),
        false => format!("{}{what}", first[0]),
    };
    let points: Vec<String> = match how {
        How::Moved(edits) => edits
            .iter()
            .map(|edit| format!("{} followed {}", edit.path, edit.from))
            .collect(),
        How::Joined(fork, path) => {
            let heads: Vec<&str> = fork.heads.iter().map(|head| head.id.as_str()).collect();
            vec![format!("{path} follows {}", heads.join(" and "))]
        }
    };
    let text = format!(
        "{}\n\n{}",
        message::headline(&headline),
        message::points(&points, 1)
    );
    text.trim_end().to_owned()
}

fn sentence(pull: &Now, done: &Done) -> String {
    let (number, base) = (pull.number, &pull.base);
    let with = |problem: &Problem| {
        let hint = problem.hint.as_ref();
        let hint = hint.map_or_else(String::new, |hint| format!(" What to do: {hint}."));
        format!("{}.{hint}", problem.message)
    };
    match done {
        Done::Nothing => format!("#{number}: it has no revisions of its own."),
        Done::One => format!("#{number}: its revisions come after those of `{base}`."),
        Done::Forked(fork, held) => {
            let heads: Vec<String> = fork
                .heads
                .iter()
                .map(|head| format!("`{}` ({})", head.id, head.path))
                .collect();
            let part = fork.parent.as_ref().map_or_else(String::new, |parent| {
                format!(", which part after `{parent}`")
            });
            let held = held.as_ref().map_or_else(String::new, |problem| {
                format!(" Nothing was changed: {}", with(problem))
            });
            format!(
                "#{number}: merging it as it is leaves {} heads: {}{part}.{held}",
                heads::number(heads.len()),
                heads.join(" and ")
            )
        }
        Done::Settled { how, commit, .. } => {
            let what = match how {
                How::Moved(edits) => {
                    let each: Vec<String> = edits
                        .iter()
                        .map(|edit| format!("`{}` follows `{}` now", edit.id, edit.to))
                        .collect();
                    each.join(", ")
                }
                How::Joined(_, path) => {
                    format!("`{path}` joins its revisions with those of `{base}`")
                }
            };
            format!(
                "#{number}: {what}, by commit `{}`.",
                short_commit(&commit.oid)
            )
        }
        Done::Unknown(problem) => format!("#{number}: not evaluated: {}", with(problem)),
        Done::Superseded { head } => format!(
            "#{number}: the branch moved meanwhile (it is at `{}` now), so nothing was changed.",
            short_commit(head)
        ),
    }
}
