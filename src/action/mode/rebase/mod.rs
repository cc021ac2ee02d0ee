//! Mode `rebase`: migrations of open pull requests move behind those that their base has gained, and a conflict in `atlas.sum`
//! is settled by that.
//!
//! Of a pull request its files are read, and the SQL of its migrations runs on the dev database. No code of anybody runs here:
//! no loader, no provider, and no config but that of the commit that is checked out. So it may run for pushes, with rights to
//! write, over pull requests that conflict, for which GitHub starts no run of their own. Only with `replan: true` the models are
//! loaded, as an Alembic history is run.
//!
//! An Alembic history is code. Its files are read without being run, which is enough to tell two heads; what is then committed was
//! run, from a branch of this repository alone, and confined as tightly as the kernel can or not at all.

mod applied;
mod commits;
mod heads;
mod join;
mod lines;
mod place;
mod replan;
mod revisions;
mod settle;
mod tell;
mod trial;

use std::io::Write;

use anyhow::Result;
use async_trait::async_trait;

use super::{Mode, Refused};
use crate::action::compare::Project;
use crate::action::deliver::Post;
use crate::action::finding::{Commit, Finding, State};
use crate::action::{Action, files, gate};
use crate::github::client::{ApiError, GitHub};
use crate::github::event::{Event, Repository, Run};
use crate::github::pull::{self, Now};
use crate::github::runner::Runner;
use crate::migration::Move;
use crate::pipeline::Interrupted;
use crate::problem::{Problem, stage};
use crate::report::Report;

use applied::Asking;
use commits::Commits;
use place::Place;
use settle::Settling;
use tell::Teller;
use trial::strict;

/// Pull requests whose files are listed in a run, the last ones that somebody worked on.
const LISTED: usize = 100;

/// Pull requests with migrations that are settled in a run.
const SETTLED: usize = 30;

/// Moves migrations of pull requests.
pub(super) struct Rebase;

/// What became of a pull request.
pub(super) enum Done {
    /// Its migrations come last already.
    InOrder,
    Moved {
        moves: Vec<Move>,
        /// What the models want beyond them, with the file.
        planned: Vec<(String, Report)>,
        /// Files that were planned anew.
        anew: Vec<String>,
        /// The base was merged in.
        merged: bool,
        commit: Commit,
    },
    /// Nothing was changed, and why.
    Refused(Problem),
    /// Somebody else moved the branch.
    Superseded { head: String },
}

#[async_trait(?Send)]
impl Mode for Rebase {
    fn name(&self) -> &'static str {
        "rebase"
    }

    fn failed(&self) -> &'static str {
        "The migrations of pull requests could not be looked at"
    }

    fn gate(&self, run: &Run) -> Result<(), Problem> {
        gate::event(&run.event)?;
        match &run.event {
            Event::PullRequest(_) => Ok(()),
            Event::Push { .. } | Event::WorkflowDispatch if branch(run).is_some() => Ok(()),
            _ => {
                let problem = Problem::new("`mode: rebase` does not run on this event");
                Err(problem.during(stage::CONFIG).hint(
                    "it runs on `push` to a branch, on `pull_request`, and on `workflow_dispatch`; a pull request that \
                     conflicts is only reached by the first and the last of them",
                ))
            }
        }
    }

    /// Each pull request is reported separately.
    fn posts(&self) -> &'static [Post] {
        &[]
    }

    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        applied::gate(action)?;
        let project = Project::of_migrations(action.inputs, &action.workspace()?)?;
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let (Some(github), Some(repository)) = (github, &action.run.repository) else {
            let problem = Problem::new("`mode: rebase` needs a token and a repository");
            let hint = "run it on GitHub, and leave `token` as it is, or give that of an app";
            return Err(problem.during(stage::CONFIG).hint(hint).into());
        };
        if project.env.migration.alembic.is_some() {
            return heads::find(action, &project, runner, (github, repository)).await;
        }
        let mut finding = Finding::bare(State::Done);
        // A pull request is rebased once, in all directories.
        let Some(places) = places(action, project, runner)? else {
            return Ok(finding);
        };
        let root = action.root()?;
        let pulls = match &action.run.event {
            Event::PullRequest(pull) => {
                let now = pull::now(github, repository, pull.number).await?;
                if now.head != pull.head.sha {
                    finding.state = State::Superseded;
                    let head = now.head.clone();
                    let sentence = tell::sentence(&now, &Done::Superseded { head });
                    finding.done.push(sentence);
                    return Ok(finding);
                }
                vec![now]
            }
            _ => {
                let (mut pulls, _) = open(action, github, repository, &mut finding).await?;
                pulls.retain(|pull| pull.ours && !pull.trunk);
                pulls
            }
        };
        let commits = Commits::new(github, repository, root);
        // Where there are several, none is asked: inputs see to that.
        let asking = Asking::new(action, &places[0].project, Some(github)).await;
        let mut settling = Settling::new(action, commits, &places, asking);
        let mut teller = Teller::new(action, github, repository, runner);
        if places.len() > 1 {
            teller.of_several();
        }
        let (mut settled, mut committed) = (0, Vec::new());
        for pull in &pulls {
            action.cancel.check()?;
            let done = match settling.concerns(pull).await {
                Ok(true) if settled == SETTLED => {
                    finding.done.push(format!(
                        "More than {SETTLED} pull requests have migrations: the others are left to the next run."
                    ));
                    break;
                }
                Ok(true) => {
                    settled += 1;
                    settling.settle(pull, teller.runner).await
                }
                Ok(false) => continue,
                Err(error) => Err(error.into()),
            };
            let done = match done {
                Ok(done) => done,
                Err(error) if error.is::<Interrupted>() => return Err(error),
                Err(error) => match error.downcast::<Refused>() {
                    Ok(Refused(problem)) => Done::Refused(problem),
                    // A failure for one does not affect the others.
                    Err(error) => {
                        let problem = told(error);
                        finding.state = State::Error;
                        finding.done.push(format!("#{}: {problem}.", pull.number));
                        finding.problem = Some(problem);
                        continue;
                    }
                },
            };
            finding.done.push(tell::sentence(pull, &done));
            teller.tell(pull, &done).await?;
            if let Event::PullRequest(_) = action.run.event {
                finding.state = match &done {
                    Done::InOrder | Done::Moved { .. } => State::Done,
                    Done::Refused(_) => State::Drift,
                    Done::Superseded { .. } => State::Superseded,
                };
            }
            if let Done::Moved { commit, .. } = done {
                committed.push(commit);
            }
        }
        if settled == 0 && finding.problem.is_none() {
            let none =
                "No open pull request here has migrations of its own: there is nothing to move.";
            finding.done.push(none.to_owned());
        }
        // Of several, the page of each tells.
        if let [_] = &committed[..] {
            finding.commit = committed.pop();
        }
        Ok(finding)
    }
}

/// The directories of SQL of all projects of the step, of which this is one; none where an earlier project settles them. One that
/// can't be read tells that by itself.
fn places<'a>(
    action: &'a Action<'_>,
    project: Project,
    runner: &mut Runner<&mut dyn Write>,
) -> Result<Option<Vec<Place<'a>>>> {
    let mut own = Some(project);
    let mut places = Vec::new();
    for inputs in action.all {
        let there = action.enter_of(inputs);
        let project = match std::ptr::eq(inputs, action.inputs) {
            true => own.take(),
            false if there.is_err() => None,
            false => Project::of_migrations(inputs, &action.workspace()?).ok(),
        };
        let Some(project) = project.filter(|project| project.env.migration.alembic.is_none())
        else {
            continue;
        };
        if own.is_some() {
            action.enter()?;
            return Ok(None);
        }
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let prefix = files::prefix(&action.root()?, project.dir.path())?;
        if places
            .iter()
            .all(|place: &Place<'_>| place.prefix != prefix)
        {
            let work = files::prefix(&action.root()?, &std::env::current_dir()?)?;
            places.push(Place {
                inputs,
                strict: strict(inputs),
                project,
                prefix,
                work,
            });
        }
    }
    action.enter()?;
    Ok(Some(places))
}

/// The branch of a push, or that somebody started the workflow for.
fn branch(run: &Run) -> Option<&str> {
    match &run.event {
        Event::Push {
            git_ref,
            after: Some(_),
            ..
        } => git_ref.strip_prefix("refs/heads/"),
        Event::WorkflowDispatch => run.git_ref.as_deref()?.strip_prefix("refs/heads/"),
        _ => None,
    }
}

/// The open pull requests into the branch that was pushed to, and from it: those that are looked at, and the rest.
async fn open(
    action: &Action<'_>,
    github: &GitHub,
    repository: &Repository,
    finding: &mut Finding,
) -> Result<(Vec<Now>, Vec<Now>), ApiError> {
    let branch = branch(action.run).unwrap_or_default();
    let mut pulls = pull::open(github, repository, branch).await?;
    if pulls.len() > LISTED {
        finding.done.push(format!(
            "{} pull requests are open: only the {LISTED} that were worked on last are looked at.",
            pulls.len()
        ));
    }
    let rest = pulls.split_off(pulls.len().min(LISTED));
    Ok((pulls, rest))
}

fn told(error: anyhow::Error) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => match error.downcast::<ApiError>() {
            Ok(error) => error.into(),
            Err(error) => Problem::new(format!("{error:#}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_that_are_there() {
        let run = |event: Event, git_ref: &str| Run {
            event,
            git_ref: Some(git_ref.to_owned()),
            ..Run::from_env(|_| None).expect("a run")
        };
        let push = |git_ref: &str, after: Option<&str>| Event::Push {
            git_ref: git_ref.into(),
            after: after.map(str::to_owned),
            default_branch: None,
        };
        let gate = |run: &Run| Rebase.gate(run).is_ok();
        let main = "refs/heads/main";
        assert!(gate(&run(push(main, Some("a")), main)));
        assert!(gate(&run(Event::WorkflowDispatch, main)));
        assert!(!gate(&run(push(main, None), main)));
        assert!(!gate(&run(push("refs/tags/v1", Some("a")), "refs/tags/v1")));
        assert!(!gate(&run(Event::WorkflowDispatch, "refs/tags/v1")));
        assert!(!gate(&run(Event::Schedule, main)));
        assert!(!gate(&run(Event::Local, main)));
    }
}
