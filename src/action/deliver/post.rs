//! The commit's status and the comment.
use std::io::{self, Write};

use super::{Delivery, Post};
use crate::action::finding::{Finding, State};
use crate::action::gate;
use crate::action::inputs::{Commenting, Inputs};
use crate::github::client::{ApiError, ErrorKind, GitHub};
use crate::github::comment::{self, Body, On, Outcome, Post as When, Upserted};
use crate::github::event::{Event, Repository};
use crate::github::page::{COMMENT_LIMIT, Page, Relayed};
use crate::github::runner::Runner;
use crate::github::status::{self, Reported, Status};
use crate::github::{pull, sha256};
use crate::problem::Problem;
use crate::report::short_commit;

/// Writes on GitHub.
pub(super) struct Poster<'a, W> {
    pub(super) delivery: &'a Delivery<'a>,
    pub(super) github: &'a GitHub,
    pub(super) runner: &'a mut Runner<W>,
    pub(super) finding: &'a Finding,
    pub(super) failures: &'a mut Vec<Problem>,
}

impl<W: Write> Poster<'_, W> {
    /// Writes where the mode asks for it, unless the pull request has moved on: then the run for its new head does.
    pub(super) async fn post(mut self) -> io::Result<()> {
        let Delivery {
            inputs, run, posts, ..
        } = *self.delivery;
        let mut on = match (&run.event, &run.repository) {
            (Event::PullRequest(pull), Some(repository))
                if posts.contains(&Post::Comment) && inputs.comment != Commenting::Never =>
            {
                Some((pull, repository))
            }
            _ => None,
        };
        if run.is_from_fork() && on.take().is_some() {
            self.runner.log("No comment: the token of a pull request from a fork only reads; see the job summary.")?;
            self.note()?;
        }
        if let Some((pull, repository)) = on {
            match pull::moved(self.github, repository, pull).await {
                Ok(None) => {}
                Ok(Some(head)) => {
                    self.failures.push(Problem::new(format!(
                        "the pull request is at commit {} now, whose own run reports; this one writes no comment and \
                         no status",
                        short_commit(&head)
                    )));
                    return Ok(());
                }
                // A status is about one commit, whatever comes later; a comment might replace a newer one.
                Err(error) => {
                    self.failures.push(error.into());
                    on = None;
                }
            }
        }
        for post in posts {
            match (post, on) {
                (Post::Status, _) => self.status().await?,
                (Post::Comment, Some((pull, repository))) => {
                    self.comment(pull.number, repository).await?;
                }
                (Post::Merged, _) => self.merged().await?,
                (Post::Comment, None) | (Post::Issue, _) => {}
            }
        }
        Ok(())
    }

    /// Comments on the pull request that brought the commit, where there is something to say: what an earlier run did stays.
    async fn merged(&mut self) -> io::Result<()> {
        let (delivery, github, finding) = (self.delivery, self.github, self.finding);
        let run = delivery.run;
        let news = match &finding.shipped {
            Some(shipped) => shipped.is_news(),
            None => finding.problem.is_some(),
        };
        let branch = run.git_ref.as_deref();
        let branch = branch.and_then(|name| name.strip_prefix("refs/heads/"));
        let (Some(repository), Some(sha), Some(branch)) = (&run.repository, &run.sha, branch)
        else {
            return Ok(());
        };
        if !news || delivery.inputs.comment == Commenting::Never {
            return Ok(());
        }
        let number = match pull::merged(github, repository, sha, branch).await {
            Ok(Some(number)) => number,
            Ok(None) => {
                let commit = short_commit(sha);
                let line = format!("No comment: commit {commit} belongs to no pull request.");
                return self.runner.log(&line);
            }
            Err(error) => {
                self.failures.push(error.into());
                return Ok(());
            }
        };
        let redactor = self.runner.redactor().clone();
        let project = delivery.identity.facts();
        let Some(page) = finding.page(&project, &redactor) else {
            return Ok(());
        };
        let page = delivery.page(page);
        // Not the comment about its models.
        let key = sha256(format!("apply {}", delivery.identity.key()).as_bytes());
        match write(github, repository, number, &key[..12], page, When::Always).await {
            Ok(upserted) => {
                for line in told(&upserted) {
                    self.runner.log(&line)?;
                }
                self.failures
                    .extend(upserted.left.into_iter().map(Problem::from));
            }
            Err(error) => self.failures.push(error.into()),
        }
        Ok(())
    }

    async fn status(&mut self) -> io::Result<()> {
        let (delivery, github, finding) = (self.delivery, self.github, self.finding);
        let run = delivery.run;
        let wanted = matches!(
            run.event,
            Event::PullRequest(_) | Event::MergeGroup { .. } | Event::Push { .. }
        );
        let (Some(repository), Some(sha)) = (&run.repository, delivery.commit()) else {
            return Ok(());
        };
        if !wanted || run.is_from_fork() || finding.state == State::Superseded {
            return Ok(());
        }
        let (state, description) = match finding.state {
            State::Done | State::InSync => (status::State::Success, "Models and migrations agree"),
            State::Drift if !delivery.inputs.fail_on_drift => (
                status::State::Success,
                "A migration is missing (not enforced)",
            ),
            State::Drift => (status::State::Failure, "A migration is missing"),
            State::Error | State::Superseded => (status::State::Error, "Could not be compared"),
        };
        // The commit of this step is the one that people merge; the one before it is not looked at any more.
        let mut sha = delivery.head.unwrap_or(sha).to_owned();
        let here = std::env::current_dir()?;
        if finding.commit.is_none()
            && let Ok(Some(sentence)) = gate::checkout(run, &here)
        {
            let (Event::PullRequest(pull), Ok(found)) = (&run.event, gate::outermost(&here)) else {
                return self.runner.log(&format!("No commit status. {sentence}"));
            };
            // A job that starts late may have a commit of another one's, and judge just what is to be merged.
            sha = delivery.head.map_or(found.head, str::to_owned);
            let why = match pull::reached(github, repository, pull, &sha).await {
                Ok(true) => None,
                Ok(false) => Some("It is not the pull request's head now.".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = why {
                return self
                    .runner
                    .log(&format!("No commit status. {sentence} {why}"));
            }
        }
        // It looks at another tree than a pull request with the same head, and must not answer for it.
        let push = matches!(run.event, Event::Push { .. }).then_some("push");
        let status = Status {
            context: delivery.identity.status(push),
            state,
            description: description.to_owned(),
            url: run.url(),
        };
        match status::set(github, repository, &sha, &status).await {
            Ok(Reported::Set) => {}
            Ok(Reported::Outranked(why)) => {
                self.runner
                    .log(&format!("The commit status `{}` {why}", status.context))?;
            }
            Ok(Reported::Refused(error)) => {
                self.runner.log(&format!("No commit status: {error}"))?;
            }
            Err(error) => self.failures.push(error.into()),
        }
        Ok(())
    }

    async fn comment(&mut self, number: u64, repository: &Repository) -> io::Result<()> {
        let (delivery, github, finding) = (self.delivery, self.github, self.finding);
        if finding.state == State::Superseded {
            return Ok(());
        }
        let redactor = self.runner.redactor().clone();
        let project = delivery.identity.facts();
        let Some(page) = finding.page(&project, &redactor) else {
            return Ok(());
        };
        let files = delivery.files_url();
        let page = Page {
            files: files.as_deref(),
            ..delivery.page(page)
        };
        let when = match finding.commit {
            Some(_) => When::Always,
            None => when(delivery.inputs, finding.state),
        };
        let key = delivery.identity.key();
        match write(github, repository, number, &key, page, when).await {
            Ok(upserted) => {
                for line in told(&upserted) {
                    self.runner.log(&line)?;
                }
                self.failures
                    .extend(upserted.left.into_iter().map(Problem::from));
            }
            Err(error) => {
                if error.kind == ErrorKind::Forbidden {
                    self.note()?;
                }
                self.failures.push(error.into());
            }
        }
        Ok(())
    }

    /// Leaves it for `mode: report` of another workflow, whose token may write.
    fn note(&mut self) -> io::Result<()> {
        let redactor = self.runner.redactor().clone();
        let left = match self.delivery.note(self.finding, &redactor) {
            Ok(Some(path)) => format!("{path} has what a comment needs, for `mode: report`."),
            Ok(None) => return Ok(()),
            Err(why) => format!("Nothing is left for `mode: report`: {why}"),
        };
        self.runner.log(&left)
    }
}

/// Whether a comment is created where there is none.
pub(in crate::action) fn when(inputs: &Inputs, state: State) -> When {
    match (inputs.comment, state) {
        (Commenting::Always, _) | (_, State::Drift | State::Error) => When::Always,
        _ => When::OnlyEdit,
    }
}

/// Makes a project's comment show a page, which is shortened where GitHub takes no more.
pub(in crate::action) async fn write(
    github: &GitHub,
    repository: &Repository,
    number: u64,
    key: &str,
    page: Page<'_>,
    when: When,
) -> Result<Upserted, ApiError> {
    // The patch names a migration of this second; what it adds is on the page without it.
    // So it is without the address of the run that told it.
    let relayed = page.relayed.map(|from| Relayed { run: "", ..from });
    let essence = Page {
        patch: None,
        relayed,
        ..page
    };
    let essence = essence.render(COMMENT_LIMIT);
    let write = async |limit: usize| {
        let text = page.render(limit);
        let body = Body {
            text: &text,
            essence: &essence,
        };
        comment::upsert(github, repository, On::Pull(number), key, body, when).await
    };
    match write(COMMENT_LIMIT).await {
        Err(error) if error.kind == ErrorKind::TooLong => write(COMMENT_LIMIT / 4).await,
        upserted => upserted,
    }
}

/// What became of a comment, in lines for the log.
pub(in crate::action) fn told(upserted: &Upserted) -> Vec<String> {
    let what = match upserted.outcome {
        Outcome::Posted => "posted",
        Outcome::Edited => "edited",
        Outcome::Unchanged => "up to date",
        Outcome::Nothing => "not needed",
    };
    let url = upserted.url.as_deref().unwrap_or_default();
    let mut lines = vec![format!("Comment {what}. {url}").trim_end().to_owned()];
    lines.extend(upserted.foreign.iter().take(3).map(|other| {
        format!(
            "A comment that looks like this one was not written by a bot that this token may answer for, so it is left \
             alone: delete it if it is an earlier one of trueup. {other}"
        )
    }));
    lines
}
