//! `action`: the entry point of the GitHub Action. Reads inputs, event and environment, runs what the command line runs,
//! and reports the result where people look: the log, annotations, the job summary, a comment, a commit status, outputs.
//!
//! A failure to report never changes the verdict; it is noted in the log and in the summary.

mod base;
mod compare;
mod deliver;
mod files;
mod finding;
mod gate;
mod handover;
mod inputs;
mod mode;
mod note;
mod revision;
mod trust;
mod words;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use time::OffsetDateTime;

use crate::config::Secret;
use crate::current::alembic::{Again, Trials};
use crate::github::checkout::Checkout;
use crate::github::client::{Connect, GitHub};
use crate::github::event::{Event, Run};
use crate::github::identity::Identity;
use crate::github::pull;
use crate::github::runner::Runner;
use crate::pipeline::{Cancel, Interrupted};
use crate::problem::{Problem, stage};
use crate::report::{ExitStatus, Redactor};
use compare::{Compared, Prepared, Project};
use deliver::Delivery;
use finding::Finding;
use handover::Variables;
use inputs::Inputs;
use mode::Mode;
use revision::Aside;

/// Variables of the runner whose values are secret.
const TOKENS: &[&str] = &[
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
];

/// `action`.
#[derive(Clone, Copy, Debug, Args)]
pub struct ActionArgs {
    /// The secret variables are on the standard input.
    #[arg(long, hide = true)]
    pub handed_over: bool,
}

/// Runs the Action.
///
/// # Errors
/// When the log can't be written, or somebody asked to stop. Everything else is reported, and part of the status.
pub async fn run(args: ActionArgs, out: &mut dyn Write, cancel: &Cancel) -> Result<ExitStatus> {
    let variables = handover::variables(args.handed_over)?;
    let variable = |name: &str| variables.get(name).cloned();
    let mut runner = Runner::new(out, Redactor::default(), variable);
    for name in TOKENS {
        if let Some(token) = variable(name) {
            runner.mask(&Secret::new(token))?;
        }
    }
    let inputs = Inputs::read(variables.iter().map(|(k, v)| (k.clone(), v.clone())));
    let read = inputs.and_then(|inputs| {
        let run = Run::from_env(variable)
            .map_err(|error| Problem::new(error.to_string()).hint(error.hint()))?;
        Ok((inputs, run))
    });
    let (inputs, run) = match read {
        Ok(read) => read,
        Err(problem) => {
            let finding = Finding::failed(problem.during(stage::CONFIG));
            return Ok(deliver::without_settings(&mut runner, &finding)?);
        }
    };
    for secret in inputs.iter().flat_map(|inputs| inputs.secrets(&variables)) {
        runner.mask(&secret)?;
    }
    let now = OffsetDateTime::now_utc();
    let root = match &run.workspace {
        Some(workspace) => workspace.clone(),
        None => std::env::current_dir()?,
    };
    let inputs = inputs.into_iter().map(|inputs| inputs.find_config(&root));
    let inputs: Vec<Inputs> = inputs.collect();
    let actions = inputs.iter().map(|own| Action {
        mode: mode::named(own.mode),
        identity: own.identity(run.workspace.as_deref()),
        inputs: own,
        all: &inputs,
        root: &root,
        run: &run,
        variables: &variables,
        cancel,
        now,
    });
    let actions: Vec<Action<'_>> = actions.collect();
    let done = step(&actions, &mut runner).await;
    // Somebody who asked to stop is warned of what could not be removed, too.
    runner.finish()?;
    done
}

/// A step: its projects are compared one after the other, what is missing is committed at once, and all of it is told.
async fn step(actions: &[Action<'_>], runner: &mut Runner<&mut dyn Write>) -> Result<ExitStatus> {
    let Some(first) = actions.first() else {
        return Ok(ExitStatus::Success);
    };
    let github = first.connect(runner.redactor());
    let mut found = Vec::new();
    for action in actions {
        if actions.len() > 1 {
            let directory = action.inputs.working_directory.as_deref();
            runner.log(&format!("Project {}", directory.unwrap_or(".")))?;
        }
        found.push(action.look(runner, github.as_ref().ok()).await?);
    }
    first
        .mode
        .finish(first, &mut found, github.as_ref().ok(), runner.redactor())
        .await;
    let unreachable = github.as_ref().err().and_then(Option::as_ref);
    let deliveries = actions.iter().map(|action| Delivery {
        inputs: action.inputs,
        identity: &action.identity,
        run: action.run,
        github: github.as_ref().ok(),
        // A run that the mode does not handle reports nothing about the project.
        posts: match action.mode.gate(action.run) {
            Ok(()) => action.mode.posts(),
            Err(_) => &[],
        },
        failed: action.mode.failed(),
        now: action.now,
        head: found.iter().find_map(Finding::oid),
    });
    let deliveries: Vec<Delivery<'_>> = deliveries.collect();
    let mut told = Vec::new();
    for (delivery, finding) in deliveries.iter().zip(&found) {
        told.push(delivery.tell(runner, finding, unreachable)?);
    }
    deliver::outputs(runner, &found, &told)?;
    for ((delivery, finding), told) in deliveries.iter().zip(&found).zip(told) {
        delivery.post(runner, finding, told).await?;
    }
    runner.finish()?;
    Ok(deliver::exit(first.inputs, &found))
}

/// What a run of the Action works with, for one project.
struct Action<'a> {
    inputs: &'a Inputs,
    /// Those of all projects of the step.
    all: &'a [Inputs],
    mode: &'static dyn Mode,
    /// What everything that is written on GitHub is named by.
    identity: Identity,
    /// What `working-directory` is relative to.
    root: &'a Path,
    run: &'a Run,
    variables: &'a Variables,
    cancel: &'a Cancel,
    /// What a migration of this run is dated, in its name and in its text.
    now: OffsetDateTime,
}

impl Action<'_> {
    /// Compares; what goes wrong is what was found.
    async fn look(
        &self,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        match self.find(runner, github).await {
            Err(error) if error.is::<Interrupted>() || error.is::<std::io::Error>() => Err(error),
            Err(error) => {
                let problem = error
                    .downcast::<Problem>()
                    .unwrap_or_else(|error| Problem::new(format!("{error:#}")));
                Ok(Finding::failed(words::of_workflows(problem)))
            }
            found => found,
        }
    }

    /// The API, where there is a token; `None` as the error when there is none.
    fn connect(&self, redactor: &Redactor) -> Result<GitHub, Option<Problem>> {
        let token = self.inputs.token.clone().ok_or(None)?;
        let url =
            |given: &Option<String>, own: &str| given.clone().unwrap_or_else(|| own.to_owned());
        let api_url = url(&self.inputs.api_url, &self.run.api_url);
        let graphql_url = match (&self.inputs.graphql_url, &self.inputs.api_url) {
            (None, Some(api_url)) => crate::github::event::graphql_url(api_url),
            (given, _) => url(given, &self.run.graphql_url),
        };
        let connect = Connect {
            redactor: redactor.clone(),
            fork: self.run.is_from_fork(),
            ..Connect::new(api_url, graphql_url, token)
        };
        GitHub::connect(connect).map_err(|error| Some(Problem::from(error)))
    }

    /// Compares, and does with it what the mode is for.
    async fn find(
        &self,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        self.mode.gate(self.run)?;
        if !self.mode.is_of_the_project() {
            return self.mode.find(self, runner, github).await;
        }
        self.enter()?;
        let elsewhere = gate::checkout(self.run, &std::env::current_dir()?)?;
        let mut finding = self.mode.find(self, runner, github).await?;
        // The commit is made on top of the newer commit that is checked out.
        finding
            .done
            .extend(elsewhere.filter(|_| finding.part.is_none()));
        Ok(finding)
    }

    /// Compares the migrations with the models, and does with it what the mode is for.
    async fn with_models(
        &self,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        let project = Project::open(self.inputs, &self.workspace()?)?;
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let mut prepared = project
            .prepare(
                self.inputs,
                |format| self.mode.format(format),
                self.variables,
                &[],
                runner,
                self.cancel,
            )
            .await?;
        prepared.trials = self.trials(&project, github, runner).await?;
        let report = prepared
            .compare(&project.dir, self.now, self.cancel)
            .await?;
        let compared = Compared {
            project: &project,
            prepared: &mut prepared,
            report,
            github,
            redactor: runner.redactor(),
        };
        let mut finding = self.mode.settle(self, compared).await?;
        if let Some(report) = &finding.report {
            finding.done.extend(report.found.tried.iter().cloned());
        }
        finding.prefix = files::prefix(&self.root()?, &prepared.directory(&project)).ok();
        if let (Some(github), Some(report)) = (github, &mut finding.report) {
            match self.out_of_order(&project, github).await {
                Ok(warning) => {
                    if let Some(part) = &mut finding.part {
                        part.report.found.warnings.extend(warning.clone());
                    }
                    report.found.warnings.extend(warning);
                }
                Err(problem) => {
                    runner.log(&format!("Not compared with the base branch: {problem}"))?;
                }
            }
        }
        Ok(finding)
    }

    /// What of an Alembic history is tried besides: the revisions that the pull request adds.
    async fn trials(
        &self,
        project: &Project,
        github: Option<&GitHub>,
        runner: &mut Runner<&mut dyn Write>,
    ) -> Result<Trials> {
        let (Event::PullRequest(pull), Some(repository)) = (&self.run.event, &self.run.repository)
        else {
            return Ok(Trials::default());
        };
        if project.env.migration.alembic.is_none() || !self.mode.tries_revisions() {
            return Ok(Trials::default());
        }
        let unknown = match github {
            None => "there is no token".to_owned(),
            Some(github) => match pull::added(github, repository, pull.number).await {
                Ok(Some(files)) => {
                    let root = self.root()?;
                    let files = files.iter().filter(|file| file.ends_with(".py"));
                    return Ok(Trials {
                        again: Some(Again::Files(files.map(|file| root.join(file)).collect())),
                        rows: self.inputs.with_rows,
                    });
                }
                Ok(None) => "it changes more files than GitHub lists".to_owned(),
                Err(error) => Problem::from(error).to_string(),
            },
        };
        runner.log(&format!(
            "The pull request's own revisions were not taken down and up again: {unknown}"
        ))?;
        Ok(Trials::default())
    }

    /// A warning for migrations that the pull request adds before those that its base has.
    async fn out_of_order(
        &self,
        project: &Project,
        github: &GitHub,
    ) -> Result<Option<String>, Problem> {
        let (Event::PullRequest(pull), Some(repository)) = (&self.run.event, &self.run.repository)
        else {
            return Ok(None);
        };
        let prefix = files::prefix(&self.root()?, project.dir.path())?;
        Ok(base::out_of_order(github, repository, pull, &prefix, &project.dir).await?)
    }

    /// Goes to the project's directory.
    fn enter(&self) -> Result<(), Problem> {
        self.enter_of(self.inputs)
    }

    /// Goes to the directory of one of the step's projects.
    fn enter_of(&self, inputs: &Inputs) -> Result<(), Problem> {
        let root = self.root;
        let at = match &inputs.working_directory {
            Some(directory) => root.join(directory),
            None => root.to_owned(),
        };
        let failed = |why: String| {
            Problem::new(format!("working directory {}: {why}", at.display()))
                .during(stage::CONFIG)
                .hint("`working-directory` is a directory of the repository; `actions/checkout` has to come first")
        };
        let real = |path: &Path| {
            path.canonicalize()
                .map_err(|error| failed(error.to_string()))
        };
        if !real(&at)?.starts_with(real(root)?) {
            return Err(failed("it is not in the workspace".to_owned()));
        }
        std::env::set_current_dir(&at).map_err(|error| failed(error.to_string()))
    }

    /// Adds the missing migration's files to a finding, for people to apply by hand; of an Alembic history, or why there is no
    /// revision.
    ///
    /// # Errors
    /// When files of SQL can't be made.
    async fn offer(
        &self,
        project: &Project,
        prepared: &mut Prepared<'_>,
        finding: &mut Finding,
    ) -> Result<()> {
        let Some(report) = &finding.report else {
            return Ok(());
        };
        if prepared.alembic().is_some() {
            match self.revise(prepared, report, &Aside::default()).await {
                Ok(files) => finding.files = Some(files),
                Err(error) => {
                    let problem = error.downcast::<Problem>()?;
                    let sentence = words::unsettled("No revision is offered", &problem);
                    finding.done.push(sentence);
                }
            }
            return Ok(());
        }
        let prefix = files::prefix(&self.root()?, project.dir.path())?;
        let base = project.dir.clone();
        let name = self.inputs.name.as_deref();
        let sql = &report.found.sql;
        let files = files::prepare(&project.dir, base, &prefix, sql, name, self.now)?;
        finding.files = Some(files);
        Ok(())
    }

    /// What no file of the project is outside of.
    fn workspace(&self) -> Result<PathBuf, Problem> {
        match &self.run.workspace {
            Some(workspace) => Ok(workspace.clone()),
            None => self.root(),
        }
    }

    /// Where the repository is checked out.
    fn root(&self) -> Result<PathBuf, Problem> {
        let here = std::env::current_dir()
            .map_err(|error| Problem::new(format!("the working directory is gone: {error}")))?;
        Ok(match Checkout::of(&here) {
            Ok(checkout) => checkout.root,
            Err(_) => self.root.to_owned(),
        })
    }
}
