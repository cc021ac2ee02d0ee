//! The databases that must not have applied what moves. The workflow alone names them, and they are asked once in a run: before
//! something moves, and before code of the project runs.

use std::path::Path;

use anyhow::Result;

use super::Refused;
use crate::action::Action;
use crate::action::compare::Project;
use crate::action::mode::drift::unplaced;
use crate::action::mode::{is_of_default_branch, is_public};
use crate::config::{self, DbUrl, Env};
use crate::current::alembic::graph::{Graph, Reparent};
use crate::github::client::GitHub;
use crate::github::event::Event;
use crate::migration::{Dir, Move};
use crate::pipeline::{self, Environments};
use crate::problem::{Problem, stage};

/// What asks them.
pub(super) struct Asking<'a> {
    action: &'a Action<'a>,
    project: &'a Project,
    /// Which database it is of many is nobody's business.
    hidden: bool,
    answer: Option<Result<Known, Problem>>,
}

/// What they said.
#[derive(Default)]
struct Known {
    applied: Environments,
    /// Each of them, and those that were asked which they are.
    lives: Vec<DbUrl>,
}

/// Databases are named on events that nobody but who may write to the default branch starts.
///
/// # Errors
/// On any other, and when one is no URL.
pub(super) fn gate(action: &Action<'_>) -> Result<(), Problem> {
    let local = matches!(action.run.event, Event::Local);
    if action.inputs.applied.is_empty() || local || is_of_default_branch(action.run) {
        return readable(action);
    }
    let why = "input `applied` is given, and this is neither a push to the default branch nor a run that was started for it";
    let hint = "a pull request or another branch could bring another config beside these databases: give other events a job without \
                `applied`, or none";
    Err(Problem::new(why).during(stage::CONFIG).hint(hint))
}

fn readable(action: &Action<'_>) -> Result<(), Problem> {
    for (name, url) in &action.inputs.applied {
        DbUrl::parse(url.expose()).map_err(|error| Problem {
            hint: error.hint(),
            ..Problem::new(format!("input `applied`: `{name}`: {error}")).during(stage::CONFIG)
        })?;
    }
    Ok(())
}

impl<'a> Asking<'a> {
    pub(super) async fn new(
        action: &'a Action<'a>,
        project: &'a Project,
        github: Option<&GitHub>,
    ) -> Self {
        let asked = !action.inputs.applied.is_empty();
        Self {
            action,
            project,
            hidden: asked && !action.inputs.show_sql && is_public(action, github).await,
            answer: None,
        }
    }

    /// Refuses to move files of a directory that one of the databases has applied.
    ///
    /// # Errors
    /// [`Refused`] then; anything else where one of them does not answer.
    pub(super) async fn files(&mut self, dir: &Dir, moves: &[Move]) -> Result<()> {
        let names: Vec<String> = moves.iter().map(|one| one.from.clone()).collect();
        let hidden = self.hidden;
        match names.is_empty() {
            true => Ok(()),
            false => {
                let known = self.known().await?;
                Ok(known
                    .applied
                    .refuse_files(dir, &names, hidden)
                    .map_err(Refused)?)
            }
        }
    }

    /// The same of revisions that are to follow others.
    ///
    /// # Errors
    /// As for [`Asking::files`].
    pub(super) async fn revisions(&mut self, graph: &Graph, edits: &[Reparent]) -> Result<()> {
        let hidden = self.hidden;
        let known = self.known().await?;
        Ok(known
            .applied
            .refuse_revisions(graph, edits, hidden)
            .map_err(Refused)?)
    }

    /// The databases that code of the project must not get at. They were asked when it runs, and no connection is left.
    ///
    /// # Errors
    /// When one of them does not answer.
    pub(super) async fn before_code(&mut self) -> Result<&[DbUrl]> {
        Ok(&self.known().await?.lives)
    }

    async fn known(&mut self) -> Result<&Known> {
        if self.answer.is_none() {
            let answer = self.ask().await;
            self.action.cancel.check()?;
            self.answer = Some(answer);
        }
        match &self.answer {
            Some(Ok(known)) => Ok(known),
            Some(Err(problem)) => Err(problem.clone().into()),
            None => unreachable!("they were asked"),
        }
    }

    async fn ask(&self) -> Result<Known, Problem> {
        let mut known = Known::default();
        for (name, url) in &self.action.inputs.applied {
            let mut seen = Vec::new();
            let asked = self
                .ask_one(&mut known.applied, (name, url.expose()), &mut seen)
                .await;
            asked.map_err(|problem| self.fit_to_be_told(name, problem, &seen))?;
            known.lives.extend(seen);
        }
        Ok(known)
    }

    async fn ask_one(
        &self,
        known: &mut Environments,
        (name, url): (&str, &str),
        seen: &mut Vec<DbUrl>,
    ) -> Result<(), Problem> {
        let mut request = self.action.inputs.request(self.project.fence());
        // Settings of an environment of that name, which may be many databases, or else of the step's own.
        if config::environments(&request, Path::new(""))
            .is_ok_and(|all| all.iter().any(|own| own == name))
        {
            request.env = Some(name.to_owned());
        }
        request.flags.url = Some(url.to_owned());
        let loaded = pipeline::fleet(&request, &mut |url| seen.push(url.clone())).await;
        let env: Env = loaded?;
        let fleet = env.fleet.iter().flat_map(|fleet| &fleet.members);
        let members = fleet.filter_map(|member| member.url.as_ref());
        seen.extend(env.url.iter().chain(members).map(|url| url.value.clone()));
        known
            .ask((name, &env), &self.project.env, self.action.cancel)
            .await
    }

    /// A problem without what is nobody's business.
    fn fit_to_be_told(&self, name: &str, mut problem: Problem, seen: &[DbUrl]) -> Problem {
        if self.hidden {
            let why = format!(
                "what {name} has applied is not known, and why is not shown on a public repository"
            );
            let problem = Problem::new(why).hint("`show-sql: true` shows it");
            return problem.during(stage::LIVE);
        }
        for url in seen {
            unplaced(&mut problem, url);
            for secret in url.secrets() {
                problem.message = problem.message.replace(secret.expose(), "***");
            }
        }
        problem
    }
}
