//! The pull request that takes in what a database has: the migration, written and proven, on a branch of its own.

use anyhow::Result;

use crate::action::files::{self, Files};
use crate::action::finding::{Adoption, Commit, Finding, Live, Looked, Marking, State};
use crate::action::mode::drift::{Project, failed};
use crate::action::revision::Revision;
use crate::action::{Action, words};
use crate::current::History;
use crate::github::client::GitHub;
use crate::github::commit::{FileContent, Followup, NewCommit};
use crate::github::page::{COMMENT_LIMIT, Outcome, Page};
use crate::github::proposal::{self, Kept, Offer, State as Proposed, Subject};
use crate::github::{message, sha256};
use crate::migration::version_of;
use crate::pipeline::{self, Context, Titled};
use crate::problem::Problem;
use crate::report::{DriftReport, Redactor};

/// The start of the sentence that says why there is none.
pub(super) const NOT: &str = "No pull request adopts it";

/// What a migration is called that nobody named.
const NAME: &str = "adopt";

/// Works out what a pull request has to do about what was found; none where nothing is known.
///
/// # Errors
/// Why there is none although something differs.
pub(super) async fn prepare(
    action: &Action<'_>,
    project: &Project,
    (context, history): (&Context<'_>, &History<'_>),
    finding: &Finding,
) -> Result<Option<Adoption>> {
    let Some(live) = &finding.live else {
        return Ok(None);
    };
    match (finding.state, live.drifted()) {
        (State::InSync, _) => return Ok(Some(Adoption::Over)),
        (_, false) => return Ok(None),
        _ => {}
    }
    let report = adoptable(live)?;
    let inputs = action.inputs;
    let name = inputs.name.as_deref().unwrap_or(NAME);
    let sql = &report.adopt.sql;
    let (files, marking) = match history {
        History::Files(_) => {
            let prefix = files::prefix(&action.root()?, project.dir.path())?;
            let base = project.dir.clone();
            let files = files::prepare(&project.dir, base, &prefix, sql, Some(name), action.now)?;
            let name = files.path.as_deref().unwrap_or_default();
            let version = version_of(name.rsplit('/').next().unwrap_or(name)).to_owned();
            let command = format!("trueup migrate set {version} --url URL");
            let marking = match inputs.revision.as_deref() {
                Some("latest") => Marking::Latest,
                Some(_) => Marking::Revision(version),
                None => Marking::Command(inputs.command(&command)),
            };
            (files, marking)
        }
        History::Alembic(alembic) => {
            let titled = Titled {
                message: name,
                head: None,
            };
            let wrote = pipeline::take_in(context, alembic, sql, titled).await;
            let wrote = wrote.map_err(failed)?;
            let new = Revision::taken(&action.root()?, alembic.path_of(&wrote.file))?;
            let file = (new.path.clone(), None, Some(new.text.as_str()));
            let files = Files::of(Some(new.path.clone()), &[file]);
            let directory = inputs.working_directory.as_deref();
            let directory = directory.filter(|directory| *directory != ".");
            let directory = directory.map_or_else(String::new, |at| format!("cd {at} && "));
            let revision = wrote.revision;
            let marking = match inputs.revision.as_deref() {
                Some("latest") => Marking::Latest,
                Some(_) => Marking::Revision(revision),
                None => Marking::Command(format!("{directory}alembic stamp {revision}")),
            };
            (files, marking)
        }
    };
    let before = project.dir.sum_text();
    let mut plan = sha256(format!("{sql}\0{}\0{before}", report.version).as_bytes());
    plan.truncate(16);
    Ok(Some(Adoption::Files {
        files,
        plan,
        marking,
    }))
}

/// What one migration can take in: of many databases, what all of them have.
fn adoptable(live: &Live) -> Result<&DriftReport, Problem> {
    if live.hidden {
        let why = "everybody can read this repository, and no more than names is shown";
        let hint = "`show-sql: true` lets the SQL be seen, here and in its issue";
        return Err(Problem::new(why).hint(hint));
    }
    let report = match &live.report {
        Looked::One(report) => report,
        Looked::Many(fleet) => match &fleet.drifted()[..] {
            [group] if group.names.len() == fleet.databases.len() => group.report,
            _ => {
                let why = "a migration adopts what all databases have, and not all differ alike";
                let hint =
                    "`trueup drift --each NAME --adopt NAME` writes one for what a single one has";
                return Err(Problem::new(why).hint(hint));
            }
        },
    };
    report.adoptable()?;
    match report.adopt.texts.is_empty() {
        true => Ok(report),
        false => {
            let why = "a part of it can't be planned";
            Err(Problem::new(why).hint("`trueup drift --adopt NAME` writes the rest"))
        }
    }
}

/// Opens the pull request, keeps it true, or closes it. What can't be done is said; the verdict stands.
pub(super) async fn propose(
    action: &Action<'_>,
    finding: &mut Finding,
    github: Option<&GitHub>,
    redactor: &Redactor,
) {
    let Some(adoption) = finding.adoption.take() else {
        return;
    };
    match proposed(action, finding, &adoption, github, redactor).await {
        Ok(kept) => settle(action, finding, adoption, kept, github).await,
        Err(problem) => {
            let what = match adoption {
                Adoption::Files { .. } => NOT,
                Adoption::Over => "A pull request that adopted the drift may still be open",
            };
            finding.done.push(words::unsettled(what, &problem));
        }
    }
}

async fn proposed(
    action: &Action<'_>,
    finding: &Finding,
    adoption: &Adoption,
    github: Option<&GitHub>,
    redactor: &Redactor,
) -> Result<Kept, Problem> {
    let (Some(github), Some(repository)) = (github, &action.run.repository) else {
        let hint = "leave `token` as it is, or give that of an app";
        return Err(Problem::new("that needs a token").hint(hint));
    };
    let branch = action.run.git_ref.as_deref();
    let branch = branch.and_then(|name| name.strip_prefix("refs/heads/"));
    let default = proposal::default_branch(github, repository).await?;
    let (Some(base), Some(head)) = (branch.filter(|name| *name == default), &action.run.sha) else {
        let why = format!("this run is not for the default branch, `{default}`");
        return Err(Problem::new(why).hint("start the workflow there"));
    };
    let key = action.identity.key();
    let name = branch_of(action.inputs.env.as_deref().unwrap_or_default(), &key);
    let subject = Subject {
        key: &key,
        branch: &name,
        base,
    };
    let (
        Adoption::Files {
            files,
            plan,
            marking,
        },
        Some(live),
    ) = (adoption, &finding.live)
    else {
        return Ok(proposal::keep(github, repository, &subject, None).await?);
    };
    if files.holds_secret(redactor) {
        let why = "the migration holds a secret of this run";
        return Err(Problem::new(why).hint("write it by hand: `trueup drift --adopt NAME`"));
    }
    let report = adoptable(live)?;
    let path = files.path.as_deref().unwrap_or_default();
    let facts = action.identity.facts();
    let outcome = Outcome::TakenIn {
        report,
        path,
        marking: marking.as_page(),
    };
    let page = finding.page(&facts, redactor).map(|page| Page {
        outcome,
        commit: Some(head),
        done: &[],
        ..page
    });
    let body = page
        .map(|page| page.render(COMMENT_LIMIT))
        .unwrap_or_default();
    let title = match action.inputs.env.as_deref() {
        Some(env) => format!("Adopt database drift: {}", redactor.redact(env)),
        None => "Adopt database drift".to_owned(),
    };
    let file = path.rsplit('/').next().unwrap_or(path);
    let changes = report.adopt.changes.iter();
    let changes: Vec<String> = changes
        .map(|change| redactor.redact(&change.sentence()))
        .collect();
    let points = message::points(&changes, 1);
    let commit = NewCommit {
        branch: name.clone(),
        expected_head: head.clone(),
        headline: message::headline(&redactor.redact(&format!("Add migration {file}"))),
        body: format!("Taken from a database, and proven on a dev database:\n\n{points}"),
        plan: Some(plan.clone()),
        keys: vec![key.clone()],
        additions: files
            .additions
            .iter()
            .map(|(path, text)| FileContent {
                path: path.clone(),
                bytes: text.clone().into_bytes(),
            })
            .collect(),
        deletions: Vec::new(),
    };
    let hash = live.hash();
    let offer = Offer {
        hash: &hash,
        title: &title,
        body: &body,
        commit: &commit,
    };
    Ok(proposal::keep(github, repository, &subject, Some(&offer)).await?)
}

/// The branch of a project's pull request.
fn branch_of(env: &str, key: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c,
        false => '-',
    };
    let env: String = env.chars().map(plain).take(40).collect();
    match env.trim_matches('-') {
        "" => format!("trueup/adopt-{key}"),
        env => format!("trueup/adopt-{env}-{key}"),
    }
}

/// Takes in what became of it.
async fn settle(
    action: &Action<'_>,
    finding: &mut Finding,
    adoption: Adoption,
    kept: Kept,
    github: Option<&GitHub>,
) {
    let number = kept.pull.as_ref().map_or(0, |(number, _)| *number);
    let sentence = match kept.state {
        Proposed::Declined => Some(format!(
            "Pull request {number}, which would adopt it, was closed: a new one is opened when something else differs."
        )),
        Proposed::Touched if number == 0 => {
            let why = Problem::new("the branch for it has commits by somebody else");
            Some(words::unsettled(NOT, &why.hint("delete that branch")))
        }
        Proposed::Touched => Some(format!(
            "Pull request {number} has commits by somebody else, so it was left unchanged."
        )),
        Proposed::Closed => Some(format!(
            "Pull request {number} was closed: there is no drift left to adopt."
        )),
        Proposed::Nothing | Proposed::Opened | Proposed::Updated | Proposed::Same => None,
    };
    finding.done.extend(sentence);
    for error in kept.left {
        finding
            .done
            .push(words::unsettled("Not done", &error.into()));
    }
    if !matches!(kept.state, Proposed::Closed | Proposed::Declined) {
        finding.pull = kept.pull;
    }
    if let (Some((oid, verified)), Adoption::Files { files, .. }) = (kept.commit, adoption) {
        let kind = match github {
            Some(github) => github.viewer().await.ok().map(|viewer| viewer.kind),
            None => None,
        };
        finding.commit = kind.map(|kind| Commit {
            oid,
            verified,
            followup: Followup::of(kind, &action.run.server_url),
        });
        finding.files = Some(files);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_named_by_the_environment_and_the_project() {
        assert_eq!(branch_of("eu/prod 1", "abc"), "trueup/adopt-eu-prod-1-abc");
        assert_eq!(branch_of("…", "abc"), "trueup/adopt-abc");
    }
}
