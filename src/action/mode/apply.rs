//! Mode `apply`: what a live database lacks is run on it, where the default branch is deployed. No code of the project runs.

use std::io::Write;

use anyhow::Result;
use async_trait::async_trait;

use super::drift::unplaced;
use super::{Mode, conceal, is_of_default_branch, is_public};
use crate::action::Action;
use crate::action::compare::Project;
use crate::action::deliver::Post;
use crate::action::finding::Finding;
use crate::action::words;
use crate::config::{DbUrl, Located};
use crate::engine::attend::Unattended;
use crate::github::client::GitHub;
use crate::github::event::{Event, Run};
use crate::github::page::{Database, File, Shipped};
use crate::github::runner::Runner;
use crate::migration::Dir;
use crate::pipeline::{self, Applied, ApplyAsk, Context, PipelineError, Target};
use crate::problem::{Problem, stage};
use crate::report::effects;

/// Applies migrations.
pub(super) struct Apply;

#[async_trait(?Send)]
impl Mode for Apply {
    fn name(&self) -> &'static str {
        "apply"
    }

    fn failed(&self) -> &'static str {
        "The migrations could not be applied"
    }

    /// Nothing but the default branch is deployed: a pull request, and anyone who may push to another branch, could run any SQL
    /// on the database.
    fn gate(&self, run: &Run) -> Result<(), Problem> {
        let refused = |on: &str| {
            let problem = Problem::new(format!("`mode: apply` does not run on {on}"));
            Err(problem.during(stage::CONFIG).hint(
                "migrations are applied on `push` to the default branch, and on `workflow_dispatch` and `schedule` there: give \
                 it a workflow of its own",
            ))
        };
        match &run.event {
            // A schedule is the default branch's own.
            Event::Schedule | Event::Local => Ok(()),
            Event::WorkflowDispatch | Event::Push { .. } if is_of_default_branch(run) => Ok(()),
            Event::WorkflowDispatch => refused("another branch than the default branch"),
            Event::Push { .. } => refused("a push to anything but the default branch"),
            Event::PullRequest(_) => refused("`pull_request`"),
            Event::PullRequestTarget(_) => refused("`pull_request_target`"),
            Event::MergeGroup { .. } => refused("`merge_group`"),
            Event::WorkflowRun(_) | Event::Other(_) => refused("this event"),
        }
    }

    fn posts(&self) -> &'static [Post] {
        &[Post::Merged]
    }

    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        let inputs = action.inputs;
        let root = action.workspace()?;
        let project = Project::of_databases(inputs, &root, runner, action.cancel).await?;
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let env = &project.env;
        if env.migration.alembic.is_some() {
            let problem =
                Problem::new("`mode: apply` runs migrations of SQL, and these are Alembic's");
            let hint = "`alembic upgrade head` applies them; `trueup migrate diff` and a `-- trueup:baseline` mark lead to SQL";
            return Err(problem.during(stage::CONFIG).hint(hint).into());
        }
        let members = env.fleet.iter().flat_map(|fleet| &fleet.members);
        let members: Vec<(&str, &Located<DbUrl>)> = members
            .filter_map(|member| Some((member.name.as_str(), member.url.as_ref()?)))
            .collect();
        conceal(env, runner);
        let command = inputs.command("trueup migrate apply");
        let told = |error| told(error, &command);
        project.dir.distinct().map_err(Problem::from)?;
        let hidden = !inputs.show_sql && is_public(action, github).await;
        let mut shipped = Shipped {
            hidden,
            ..Shipped::default()
        };
        let mut problem = None;
        match (&env.url, &members[..]) {
            (None, []) => {
                let problem = Problem::new("input `url` is not set").during(stage::CONFIG);
                let hint = "it is the database that migrations are applied to: `url: ${{ secrets.DATABASE_URL }}`";
                return Err(problem.hint(hint).into());
            }
            (Some(live), _) => {
                let target = Target::of(env, live, action.cancel).map_err(told)?;
                let (database, failed) =
                    one(&target, &project.dir, hidden, &command, runner).await?;
                shipped.databases.push(database);
                problem = failed;
            }
            (None, members) => {
                let targets = members.iter();
                let targets = targets.map(|(_, url)| Target::of(env, url, action.cancel));
                let targets: Vec<Target<'_>> = targets.collect::<Result<_, _>>().map_err(told)?;
                let mut done = Vec::new();
                let mut tell = |at: usize, found| done.push((at, found));
                let (bounds, ask) = (
                    (usize::from(pipeline::PARALLEL), false),
                    ApplyAsk::default(),
                );
                pipeline::apply_all(targets, &project.dir, &ask, bounds, &mut tell).await;
                action.cancel.check()?;
                shipped.left = members.len() - done.len();
                done.sort_by_key(|(at, _)| *at);
                for (at, found) in done {
                    let (database, failed) = of_many(members[at], found, hidden, &command);
                    shipped.databases.push(database);
                    problem = problem.or(failed);
                }
            }
        }
        Ok(Finding::shipped(shipped, problem))
    }
}

/// An error in the Action's words; `command` is what does the same locally.
fn told(error: PipelineError, command: &str) -> anyhow::Error {
    match error {
        PipelineError::Interrupted(interrupted) => interrupted.into(),
        other => {
            let problem = Problem {
                // What is used is the live database, and no dev database.
                stage: Some(stage::APPLY),
                ..words::by_hand(other.into(), command)
            };
            problem.into()
        }
    }
}

/// Applies to one database, and logs the progress.
async fn one(
    target: &Target<'_>,
    dir: &Dir,
    hidden: bool,
    command: &str,
    runner: &mut Runner<&mut dyn Write>,
) -> Result<(Database, Option<Problem>)> {
    let told = |error| told(error, command);
    let ask = ApplyAsk::default();
    let mut effects = Vec::new();
    let mut settled = None;
    if target.env.dev.is_some() {
        let dev = pipeline::dev(target.env)?;
        let context = Context::new(target.env, dev, &Unattended, target.cancel);
        let found = pipeline::settled(&context, target, dir, &ask).await;
        settled = found.map_err(told)?;
        let todo = pipeline::plan(target, dir, &ask).await.map_err(told)?;
        match pipeline::effects(&context, target, dir, &todo).await {
            Ok(found) => effects = found,
            Err(PipelineError::Interrupted(interrupted)) => return Err(interrupted.into()),
            Err(error) => {
                let why = Problem::from(error).message;
                let line =
                    format!("The locks and data losses of the migrations are unknown: {why}");
                runner.log(&line)?;
            }
        }
    }
    let ask = ApplyAsk {
        settled: settled.as_ref(),
        ..ask
    };
    let mut ran = Ran::default();
    let mut tell = |event: pipeline::Event<'_>| ran.hear(event, runner);
    let done = pipeline::apply(target, dir, &ask, None, &mut tell).await;
    let (mut database, failed) = of(done.map_err(told)?, hidden);
    database.files = ran.files;
    for file in &mut database.files {
        let found = effects.iter().find(|one| one.file == file.name);
        file.effects = found.and_then(effects::line);
    }
    ran.broken?;
    Ok((database, failed))
}

/// What became of a database.
fn of(done: Applied, hidden: bool) -> (Database, Option<Problem>) {
    let todo = &done.todo;
    let last = todo.tasks[..done.done].last();
    let baseline = todo.baseline.as_ref().map(|(version, _)| version.clone());
    let at = last.map(|task| task.file.version().to_owned());
    let mut database = Database {
        version: at
            .or(baseline.clone())
            .unwrap_or_else(|| todo.current.clone()),
        baseline,
        pending: todo.tasks.len(),
        ..Database::default()
    };
    let Some(failure) = done.failure else {
        return (database, None);
    };
    let file = todo
        .tasks
        .get(done.failed)
        .map_or("", |task| task.file.name());
    let known = failure.problem.hint.clone();
    let problem = match hidden {
        // What a server says may hold values of rows.
        true => Problem {
            place: failure.problem.place,
            ..Problem::new(format!(
                "a statement of {file} failed, and what the server said is not shown on a public repository"
            ))
        },
        false => failure.problem,
    };
    let next = match failure.recorded {
        true => {
            "the database records how much of the file ran: once the cause is fixed, the next run continues there"
        }
        false => {
            "the transaction was rolled back, and nothing of the file is recorded: run this again once the cause is fixed"
        }
    };
    let next = match hidden {
        true => format!("{next}; `show-sql: true` shows what the server said"),
        false => next.to_owned(),
    };
    let next = match known {
        Some(known) => format!("{known}; {next}"),
        None => next,
    };
    database.error = Some(problem.message.clone());
    (database, Some(problem.hint(next)))
}

/// What became of one of several databases.
fn of_many(
    (name, url): (&str, &Located<DbUrl>),
    found: Result<Applied, PipelineError>,
    hidden: bool,
    command: &str,
) -> (Database, Option<Problem>) {
    let (mut database, problem) = match found {
        Ok(done) => {
            let files = done.todo.tasks[..done.done].iter().map(|task| File {
                name: task.file.name().to_owned(),
                took: Some(done.took),
                ..File::default()
            });
            let files = files.collect();
            let (database, problem) = of(done, hidden);
            (Database { files, ..database }, problem)
        }
        Err(error) => {
            let problem = match hidden {
                // It names the database, or where it is: that may be a customer's.
                true => Problem::new(
                    "a database could not be migrated, and why is not shown on a public repository",
                )
                .hint("`show-sql: true` shows it, and so does `trueup migrate apply` by hand"),
                false => {
                    let mut problem = words::by_hand(error.into(), command);
                    unplaced(&mut problem, &url.value);
                    problem
                }
            };
            let database = Database {
                error: Some(problem.message.clone()),
                ..Database::default()
            };
            (database, Some(problem))
        }
    };
    database.name = Some(name.to_owned());
    let problem = problem.map(|problem| match hidden {
        true => problem,
        false => Problem {
            message: format!("{name}: {}", problem.message),
            ..problem
        },
    });
    (database, problem)
}

/// What was run.
struct Ran {
    files: Vec<File>,
    broken: std::io::Result<()>,
}

impl Default for Ran {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            broken: Ok(()),
        }
    }
}

impl Ran {
    fn hear(&mut self, event: pipeline::Event<'_>, runner: &mut Runner<&mut dyn Write>) {
        let line = match event {
            pipeline::Event::File(task) => {
                self.files.push(File {
                    name: task.file.name().to_owned(),
                    ..File::default()
                });
                format!("Applying {}", task.file.name())
            }
            pipeline::Event::Statement(sql) => {
                if let Some(file) = self.files.last_mut() {
                    file.statements.push((sql.to_owned(), None));
                }
                return;
            }
            pipeline::Event::Ran(took) => {
                let last = self
                    .files
                    .last_mut()
                    .and_then(|file| file.statements.last_mut());
                if let Some((_, time)) = last {
                    *time = Some(took);
                }
                return;
            }
            pipeline::Event::Done(took) => {
                if let Some(file) = self.files.last_mut() {
                    file.took = Some(took);
                }
                return;
            }
            _ => return,
        };
        if self.broken.is_ok() {
            self.broken = runner.log(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_default_branch_has_is_deployed() {
        let run = |event: Event, git_ref: &str| Run {
            event,
            git_ref: Some(git_ref.to_owned()),
            default_branch: Some("main".to_owned()),
            ..Run::from_env(|_| None).expect("a run")
        };
        let push = |git_ref: &str, after: Option<&str>| Event::Push {
            git_ref: git_ref.into(),
            after: after.map(str::to_owned),
            default_branch: Some("main".to_owned()),
        };
        let main = "refs/heads/main";
        for event in [
            Event::Schedule,
            Event::WorkflowDispatch,
            push(main, Some("a")),
        ] {
            assert_eq!(Apply.gate(&run(event, main)), Ok(()));
        }
        let head_sha = String::new();
        for (event, git_ref) in [
            (Event::WorkflowDispatch, "refs/heads/other"),
            (Event::WorkflowDispatch, "refs/tags/main"),
            (push("refs/heads/other", Some("a")), "refs/heads/other"),
            (push("refs/tags/main", Some("a")), "refs/tags/main"),
            (push(main, None), main),
            (Event::MergeGroup { head_sha }, main),
            (Event::Other("issue_comment".into()), main),
        ] {
            let problem = Apply.gate(&run(event, git_ref)).expect_err("refused");
            assert!(
                problem
                    .message
                    .starts_with("`mode: apply` does not run on ")
            );
        }
        let unknown = Run {
            default_branch: None,
            ..run(Event::WorkflowDispatch, main)
        };
        assert!(Apply.gate(&unknown).is_err());
    }
}
