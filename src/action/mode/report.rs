//! Mode `report`: comments on pull requests whose own runs may not write, as those from forks, from what these runs left.
//!
//! It is started by `workflow_run`, with this repository's token, and by whatever a stranger's run was. So it checks nothing
//! out, runs nothing, and believes one thing of what it reads: that the run said so. Which pull request it is about is
//! GitHub's word. No status is set: what a branch requires must not be a stranger's to say.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use async_trait::async_trait;

use super::Mode;
use crate::action::Action;
use crate::action::deliver::{self, Post};
use crate::action::finding::Finding;
use crate::action::inputs::Commenting;
use crate::action::note::{LIMIT, Note, PROJECTS, Told};
use crate::github::artifact::{self, Artifact};
use crate::github::client::GitHub;
use crate::github::event::{Event, Repository, Run, WorkflowRun};
use crate::github::page::{Page, Relayed};
use crate::github::pull;
use crate::github::runner::Runner;
use crate::problem::{Problem, stage};
use crate::report::short_commit;

/// What the names of artifacts begin with that are read.
const NAME: &str = "trueup-comment";

/// Artifacts of a run: a job of a matrix has one each.
const ARTIFACTS: usize = 256;

/// Posts the report that another run left.
pub(super) struct Report;

#[async_trait(?Send)]
impl Mode for Report {
    fn name(&self) -> &'static str {
        "report"
    }

    fn failed(&self) -> &'static str {
        "The pull request's run could not be reported"
    }

    fn gate(&self, run: &Run) -> Result<(), Problem> {
        match run.event {
            Event::WorkflowRun(_) => Ok(()),
            _ => {
                let problem = Problem::new("`mode: report` runs on `workflow_run` only");
                Err(problem.during(stage::CONFIG).hint(
                    "it tells what runs for forks may not tell themselves: give it a workflow of its own, as \
                     examples/workflows/report.yml",
                ))
            }
        }
    }

    fn is_of_the_project(&self) -> bool {
        false
    }

    fn posts(&self) -> &'static [Post] {
        &[]
    }

    async fn find(
        &self,
        action: &Action<'_>,
        runner: &mut Runner<&mut dyn Write>,
        github: Option<&GitHub>,
    ) -> Result<Finding> {
        let (Event::WorkflowRun(run), Some(repository)) =
            (&action.run.event, &action.run.repository)
        else {
            return Ok(nothing("the event names no run of a repository"));
        };
        let Some(github) = github else {
            let problem = Problem::new("`mode: report` needs a token").during(stage::CONFIG);
            let hint = "leave `token` as it is, with the permissions `actions: read` and `pull-requests: write`";
            return Err(problem.hint(hint).into());
        };
        if run.event != "pull_request" {
            return Ok(nothing(&format!("the run was for `{}`", run.event)));
        }
        if action.inputs.comment == Commenting::Never {
            return Ok(nothing("`comment` is never"));
        }
        let left = artifact::of_run(github, repository, run.id, NAME);
        let left = left.await.map_err(Problem::from)?;
        if left.is_empty() {
            let why = format!("the run left no artifact `{NAME}…`: it wrote its comment itself");
            return Ok(nothing(&why));
        }
        let open = pull::of_run(github, repository, run).await;
        let open = open.map_err(Problem::from)?;
        if open.is_empty() {
            return Ok(nothing("no pull request of its branch is open"));
        }
        let mut told = BTreeMap::new();
        let mut number = None;
        if left.len() > ARTIFACTS {
            let problem = Problem::new(format!("the run left {} artifacts", left.len()));
            return Err(problem
                .hint(format!("no more than {ARTIFACTS} are read"))
                .into());
        }
        for artifact in &left {
            let note = read(github, repository, run, artifact).await?;
            let about = *number.get_or_insert(note.pull_request);
            if about != note.pull_request || !open.iter().any(|open| open.number == about) {
                return Err(lie(artifact, "it is about another pull request").into());
            }
            told.extend(
                note.projects
                    .into_iter()
                    .map(|told| (told.key.clone(), told)),
            );
            if told.len() > PROJECTS {
                let why = format!("with it there are more than {PROJECTS} projects");
                return Err(lie(artifact, &why).into());
            }
        }
        let current = |open: &&pull::OfBranch| Some(open.number) == number && open.current;
        let Some(open) = open.iter().find(current) else {
            let head = short_commit(&run.head_sha);
            return Ok(nothing(&format!(
                "the pull request is no longer at `{head}`: the run for its new head tells of that"
            )));
        };
        let to = (github, repository, open.number);
        let mut done = Vec::new();
        for told in told.values() {
            done.extend(post(action, run, to, told, runner).await?);
        }
        let title = format!("Reported on pull request {}", open.number);
        Ok(Finding::done(title, done))
    }
}

/// There is nothing to be told, and why.
fn nothing(why: &str) -> Finding {
    Finding::done(
        "Nothing to report",
        vec![format!("Nothing was written: {why}.")],
    )
}

/// What an artifact says, which is about the run.
async fn read(
    github: &GitHub,
    repository: &Repository,
    run: &WorkflowRun,
    artifact: &Artifact,
) -> Result<Note, Problem> {
    if artifact.size > LIMIT as u64 {
        return Err(lie(artifact, &format!("it has more than {LIMIT} bytes")));
    }
    let archive = artifact::download(github, repository, artifact, LIMIT).await?;
    let file = artifact::only_file(&archive, LIMIT);
    let file = file.map_err(|error| lie(artifact, &error.to_string()))?;
    let note = Note::read(&file).map_err(|why| lie(artifact, &why))?;
    if repository.id != Some(note.repository) {
        return Err(lie(artifact, "it is about another repository"));
    }
    if note.head != run.head_sha {
        return Err(lie(artifact, "it is about another commit than its run"));
    }
    Ok(note)
}

/// Nothing of the run is told where a part of it is not as it must be.
fn lie(artifact: &Artifact, why: &str) -> Problem {
    let id = artifact.id;
    Problem::new(format!("artifact {id} was not written by trueup: {why}")).hint(
        "nothing was written. Another version of trueup may have left it: both workflows take the same one. Otherwise the pull \
         request's run was made to say what is not true",
    )
}

/// Writes a project's comment; gives what became of it.
async fn post(
    action: &Action<'_>,
    run: &WorkflowRun,
    (github, repository, number): (&GitHub, &Repository, u64),
    told: &Told,
    runner: &mut Runner<&mut dyn Write>,
) -> Result<Vec<String>> {
    let finding = told.finding();
    let facts = told.facts();
    let redactor = runner.redactor().clone();
    let Some(page) = finding.page(&facts, &redactor) else {
        return Ok(Vec::new());
    };
    let server = &action.run.server_url;
    let address = format!("{server}/{repository}/actions/runs/{}", run.id);
    let from = run.head_repository.as_ref();
    let files = from.map(|from| format!("{server}/{from}/blob/{}", run.head_sha));
    let page = Page {
        commit: Some(&run.head_sha),
        files: files.as_deref(),
        relayed: Some(Relayed {
            run: &address,
            said: told.said(),
        }),
        ..page
    };
    let when = deliver::when(action.inputs, finding.state);
    let written = deliver::write(github, repository, number, &told.key, page, when).await;
    let written = written.map_err(Problem::from)?;
    let mut lines = deliver::told(&written);
    lines.extend(
        written
            .left
            .iter()
            .map(|error| format!("Not tidied up: {error}")),
    );
    Ok(lines)
}
