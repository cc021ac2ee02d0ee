//! `action`: the entry point of the GitHub Action. Reads inputs, event and environment, runs what the command line runs,
//! and tells the result where people look: the log, annotations, the job summary, a comment, a commit status, outputs.
//!
//! A failure to tell never changes the verdict; it is said in the log and in the summary.

mod base;
mod commit;
mod compare;
mod deliver;
mod gate;
mod handover;
mod inputs;
mod trust;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use time::OffsetDateTime;

use super::ExitStatus;
use super::io::Io;
use super::signal::{Cancel, Interrupted};
use crate::config::Secret;
use crate::github::checkout::Checkout;
use crate::github::client::{Connect, GitHub, Proxies};
use crate::github::event::{Event, Run};
use crate::github::identity::Identity;
use crate::github::runner::Runner;
use crate::report::{Problem, Redactor, Report, Verdict, short_commit, stage};
use commit::Refused;
use compare::Project;
use deliver::{Delivery, Finding, State};
use handover::Variables;
use inputs::{Inputs, Mode};

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
pub(super) async fn run(args: ActionArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let variables = handover::variables(args.handed_over)?;
    let variable = |name: &str| variables.get(name).cloned();
    let cancel = io.cancel.clone();
    let mut runner = Runner::new(&mut *io.out, Redactor::default(), variable);
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
    for secret in inputs.secrets(&variables) {
        runner.mask(&secret)?;
    }
    let action = Action {
        identity: inputs.identity(run.workspace.as_deref()),
        inputs: &inputs,
        run: &run,
        variables: &variables,
        cancel: &cancel,
        now: OffsetDateTime::now_utc(),
    };
    action.run(&mut runner).await
}

/// What a run of the Action works with.
struct Action<'a> {
    inputs: &'a Inputs,
    /// What everything that is written on GitHub is named by.
    identity: Identity,
    run: &'a Run,
    variables: &'a Variables,
    cancel: &'a Cancel,
    /// What a migration of this run is dated, in its name and in its text.
    now: OffsetDateTime,
}

impl Action<'_> {
    async fn run<W: Write>(&self, runner: &mut Runner<W>) -> Result<ExitStatus> {
        let github = self.connect(runner.redactor());
        let finding = match self.find(runner, github.as_ref().ok()).await {
            Ok(finding) => finding,
            Err(error) if error.is::<Interrupted>() || error.is::<std::io::Error>() => {
                return Err(error);
            }
            Err(error) => Finding::failed(
                error
                    .downcast::<Problem>()
                    .unwrap_or_else(|error| Problem::new(format!("{error:#}"))),
            ),
        };
        let delivery = Delivery {
            inputs: self.inputs,
            identity: &self.identity,
            run: self.run,
            github: github.as_ref().ok(),
        };
        let unreachable = github.as_ref().err().and_then(Option::as_ref);
        Ok(delivery.deliver(runner, &finding, unreachable).await?)
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
            proxies: Proxies::from_env(|name| self.variables.get(name).cloned()),
            redactor: redactor.clone(),
            fork: self.run.is_from_fork(),
            ..Connect::new(api_url, graphql_url, token)
        };
        GitHub::connect(connect).map_err(|error| Some(Problem::from(error)))
    }

    /// Compares, and in mode `commit` settles it.
    async fn find<W: Write>(
        &self,
        runner: &mut Runner<W>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        gate::event(&self.run.event)?;
        self.enter()?;
        let elsewhere = gate::checkout(self.run, &std::env::current_dir()?)?;
        let root = match &self.run.workspace {
            Some(workspace) => workspace.clone(),
            None => self.root()?,
        };
        let project = Project::open(self.inputs, &root)?;
        for secret in project.secrets() {
            runner.mask(&secret)?;
        }
        let prepared = project
            .prepare(self.inputs, self.variables, runner, self.cancel)
            .await?;
        let report = prepared
            .compare(&project.dir, self.now, self.cancel)
            .await?;
        let commits = self.inputs.mode == Mode::Commit;
        let mut finding = if commits && self.run.pull_request().is_some() {
            let redactor = runner.redactor();
            self.settle(&project, &prepared, report, github, redactor)
                .await?
        } else {
            self.checked(&project, report, commits)
        };
        finding.done.extend(elsewhere);
        if let (Some(github), Some(report)) = (github, &mut finding.report) {
            match self.out_of_order(&project, github).await {
                Ok(warning) => report.warnings.extend(warning),
                Err(problem) => {
                    runner.log(&format!("Not compared with the base branch: {problem}"))?;
                }
            }
        }
        Ok(finding)
    }

    /// What was found, where nothing is committed. A workflow in mode `commit` may run for a merge queue and for pushes, too.
    fn checked(&self, project: &Project, report: Report, commits: bool) -> Finding {
        let mut finding = Finding::of(report);
        if finding.state == State::Drift {
            finding.prepared = self.offer(project, finding.report.as_ref()).ok();
            if commits {
                let sentence = "Nothing was committed: that is done on pull requests only. Everything else is checked.";
                finding.done.push(sentence.to_owned());
            }
        }
        finding
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
        let prefix = commit::prefix(&self.root()?, project.dir.path())?;
        Ok(base::out_of_order(github, repository, pull, &prefix, &project.dir).await?)
    }

    /// Goes to the project's directory.
    fn enter(&self) -> Result<(), Problem> {
        let root = match &self.run.workspace {
            Some(workspace) => workspace.clone(),
            None => PathBuf::from("."),
        };
        let at = match &self.inputs.working_directory {
            Some(directory) => root.join(directory),
            None => root.clone(),
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
        if !real(&at)?.starts_with(real(&root)?) {
            return Err(failed("it is not in the workspace".to_owned()));
        }
        std::env::set_current_dir(&at).map_err(|error| failed(error.to_string()))
    }

    /// The missing migration's files, for people to apply by hand.
    fn offer(
        &self,
        project: &Project,
        report: Option<&Report>,
    ) -> Result<commit::Prepared, Problem> {
        let Some(report) = report else {
            return Err(Problem::default());
        };
        let prefix = commit::prefix(&self.root()?, project.dir.path())?;
        let base = project.dir.clone();
        let name = self.inputs.name.as_deref();
        commit::prepare(&project.dir, base, &prefix, &report.sql, name, self.now)
    }

    /// Where the repository is checked out.
    fn root(&self) -> Result<PathBuf, Problem> {
        let here = std::env::current_dir()
            .map_err(|error| Problem::new(format!("the working directory is gone: {error}")))?;
        Ok(match Checkout::of(&here) {
            Ok(checkout) => checkout.root,
            Err(_) => self.run.workspace.clone().unwrap_or(here),
        })
    }

    /// Commits what is missing. Where that can't be, what was found stands, and it is said why.
    async fn settle(
        &self,
        project: &Project,
        prepared: &compare::Prepared<'_>,
        report: Report,
        github: Option<&GitHub>,
        redactor: &Redactor,
    ) -> Result<Finding> {
        let mut finding = Finding::of(report);
        if finding.state != State::Drift {
            return Ok(finding);
        }
        finding.prepared = Some(self.offer(project, finding.report.as_ref())?);
        match self
            .commit(project, prepared, &finding, github, redactor)
            .await
        {
            Ok(settled) => Ok(settled),
            Err(error) => {
                finding.refused(&error.downcast::<Refused>()?);
                Ok(finding)
            }
        }
    }

    /// Commits what a comparison found to be missing. What else goes wrong than being [`Refused`] takes the verdict away.
    async fn commit(
        &self,
        project: &Project,
        prepared: &compare::Prepared<'_>,
        found: &Finding,
        github: Option<&GitHub>,
        redactor: &Redactor,
    ) -> Result<Finding> {
        let (Some(pull), Some(repository)) = (self.run.pull_request(), &self.run.repository) else {
            let hint = "run it on `pull_request`, as GitHub starts it";
            return Err(Refused::new("the event names no branch of a repository", hint).into());
        };
        if !pull.same_repository() {
            let hint = "its author can apply the patch";
            return Err(Refused::new("the branch is in a fork", hint).into());
        }
        let Some(github) = github else {
            let hint = "leave `token` as it is, or give that of an app";
            return Err(Refused::new("`mode: commit` needs a token", hint).into());
        };
        self.check_head(&pull.head.sha)?;
        let prefix = commit::prefix(&self.root()?, project.dir.path())?;
        let target = commit::Target {
            github,
            key: self.identity.key(),
            repository,
            pull,
            server_url: &self.run.server_url,
        };
        let mut base = project.dir.clone();
        let stale = target.replaceable(&base, &prefix).await?;
        for _ in 0..stale {
            base = base.without_last();
        }
        let report = match (&found.report, stale) {
            (Some(report), 0) => report.clone(),
            // What an earlier commit of ours wrote is planned anew together with what came after it.
            _ => prepared.compare(&base, self.now, self.cancel).await?,
        };
        let mut finding = Finding::of(report.clone());
        if report.verdict == Verdict::Unknown {
            return Ok(finding);
        }
        let name = self.inputs.name.as_deref();
        let files = commit::prepare(&project.dir, base, &prefix, &report.sql, name, self.now)?;
        let mut redactor = redactor.clone();
        redactor.allow_words_of(report.statements());
        if files.holds_secret(&redactor) {
            let hint = "take it out of the models, or write the migration by hand";
            return Err(Refused::new("the migration holds a secret of this run", hint).into());
        }
        let plan = deliver::plan_hash(&report);
        let done = target.commit(&files, &report, plan, &redactor).await?;
        finding.commit(done, files);
        Ok(finding)
    }

    /// A commit goes on top of what was looked at, so that must be the branch's head.
    fn check_head(&self, head: &str) -> Result<(), Refused> {
        let here = std::env::current_dir().unwrap_or_default();
        let checkout =
            Checkout::of(&here).map_err(|error| Refused::new(error.to_string(), error.hint()))?;
        if checkout.head == head {
            return Ok(());
        }
        let why = format!(
            "commit `{}` is checked out, and the pull request's head is `{}`",
            short_commit(&checkout.head),
            short_commit(head),
        );
        Err(Refused::new(
            why,
            "check the head out, not its merge with the base: `actions/checkout` with \
             `ref: ${{ github.event.pull_request.head.sha }}`",
        ))
    }
}
