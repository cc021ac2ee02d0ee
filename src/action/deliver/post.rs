//! The commit's status and the comment.
use std::io::{self, Write};

use super::{Delivery, Post};
use crate::action::finding::{Finding, State};
use crate::action::gate;
use crate::action::inputs::Commenting;
use crate::github::client::{ErrorKind, GitHub};
use crate::github::comment::{self, Body, Outcome, Post as When};
use crate::github::event::Event;
use crate::github::page::{COMMENT_LIMIT, Page};
use crate::github::pull;
use crate::github::runner::Runner;
use crate::github::status::{self, Reported, Status};
use crate::problem::Problem;
use crate::report::{Redactor, short_commit};

impl Delivery<'_> {
    /// Writes where the mode asks for it, unless the pull request has moved on: then the run for its new head does.
    pub(super) async fn on_github<W: Write>(
        &self,
        github: &GitHub,
        runner: &mut Runner<W>,
        finding: &Finding,
        redactor: &Redactor,
        failures: &mut Vec<Problem>,
    ) -> io::Result<()> {
        let comments = self.posts.contains(&Post::Comment)
            && self.inputs.comment != Commenting::Never
            && !self.run.is_from_fork();
        let mut replaces = true;
        if let (Event::PullRequest(request), Some(repository), true) =
            (&self.run.event, &self.run.repository, comments)
        {
            match pull::moved(github, repository, request).await {
                Ok(None) => {}
                Ok(Some(head)) => {
                    failures.push(Problem::new(format!(
                        "the pull request is at commit {} now, whose own run reports; this one writes no comment and \
                         no status",
                        short_commit(&head)
                    )));
                    return Ok(());
                }
                // A status is about one commit, whatever comes later; a comment might replace a newer one.
                Err(error) => {
                    failures.push(error.into());
                    replaces = false;
                }
            }
        }
        for post in self.posts {
            match post {
                Post::Status => self.status(github, runner, finding, failures).await?,
                Post::Comment if replaces => {
                    self.comment(github, runner, finding, redactor, failures)
                        .await?;
                }
                Post::Comment => {}
            }
        }
        Ok(())
    }

    async fn status<W: Write>(
        &self,
        github: &GitHub,
        runner: &mut Runner<W>,
        finding: &Finding,
        failures: &mut Vec<Problem>,
    ) -> io::Result<()> {
        let wanted = matches!(
            self.run.event,
            Event::PullRequest(_) | Event::MergeGroup { .. } | Event::Push { .. }
        );
        let (Some(repository), Some(sha)) = (&self.run.repository, self.commit()) else {
            return Ok(());
        };
        if !wanted || self.run.is_from_fork() || finding.state == State::Superseded {
            return Ok(());
        }
        let (state, description) = match finding.state {
            State::InSync => (status::State::Success, "Models and migrations agree"),
            State::Drift if !self.inputs.fail_on_drift => (
                status::State::Success,
                "A migration is missing (not enforced)",
            ),
            State::Drift => (status::State::Failure, "A migration is missing"),
            State::Error | State::Superseded => (status::State::Error, "Could not be compared"),
        };
        // The commit of this step is the one that people merge; the one before it is not looked at any more.
        let mut sha = self.head.unwrap_or(sha).to_owned();
        let here = std::env::current_dir()?;
        if finding.commit.is_none()
            && let Ok(Some(sentence)) = gate::checkout(self.run, &here)
        {
            let (Event::PullRequest(pull), Ok(found)) = (&self.run.event, gate::outermost(&here))
            else {
                return runner.log(&format!("No commit status. {sentence}"));
            };
            // A job that starts late may have a commit of another one's, and judge just what is to be merged.
            sha = self.head.map_or(found.head, str::to_owned);
            let why = match pull::reached(github, repository, pull, &sha).await {
                Ok(true) => None,
                Ok(false) => Some("It is not the pull request's head now.".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = why {
                return runner.log(&format!("No commit status. {sentence} {why}"));
            }
        }
        // It looks at another tree than a pull request with the same head, and must not answer for it.
        let push = matches!(self.run.event, Event::Push { .. }).then_some("push");
        let status = Status {
            context: self.identity.status(push),
            state,
            description: description.to_owned(),
            url: self.run.url(),
        };
        match status::set(github, repository, &sha, &status).await {
            Ok(Reported::Set) => {}
            Ok(Reported::Outranked(why)) => {
                runner.log(&format!("The commit status `{}` {why}", status.context))?;
            }
            Ok(Reported::Refused(error)) => {
                runner.log(&format!("No commit status: {error}"))?;
            }
            Err(error) => failures.push(error.into()),
        }
        Ok(())
    }

    async fn comment<W: Write>(
        &self,
        github: &GitHub,
        runner: &mut Runner<W>,
        finding: &Finding,
        redactor: &Redactor,
        failures: &mut Vec<Problem>,
    ) -> io::Result<()> {
        let (Event::PullRequest(pull), Some(repository)) = (&self.run.event, &self.run.repository)
        else {
            return Ok(());
        };
        if self.inputs.comment == Commenting::Never || finding.state == State::Superseded {
            return Ok(());
        }
        if self.run.is_from_fork() {
            return runner.log("No comment: the token of a pull request from a fork only reads; see the job summary.");
        }
        let project = self.identity.facts();
        let Some(page) = finding.page(&project, redactor) else {
            return Ok(());
        };
        let files = self.files_url();
        let page = Page {
            files: files.as_deref(),
            ..self.page(page)
        };
        let post = match (self.inputs.comment, finding.state) {
            (Commenting::Always, _) | (_, State::Drift | State::Error) => When::Always,
            _ if finding.commit.is_some() => When::Always,
            _ => When::OnlyEdit,
        };
        let key = self.identity.key();
        let number = pull.number;
        // The patch names a migration of this second; what it adds is on the page without it.
        let essence = Page {
            patch: None,
            ..page
        };
        let essence = essence.render(COMMENT_LIMIT);
        let write = async |limit: usize| {
            let text = page.render(limit);
            let body = Body {
                text: &text,
                essence: &essence,
            };
            comment::upsert(github, repository, number, &key, body, post).await
        };
        let mut upserted = write(COMMENT_LIMIT).await;
        if let Err(error) = &upserted
            && error.kind == ErrorKind::TooLong
        {
            upserted = write(COMMENT_LIMIT / 4).await;
        }
        match upserted {
            Ok(upserted) => {
                let what = match upserted.outcome {
                    Outcome::Posted => "posted",
                    Outcome::Edited => "edited",
                    Outcome::Unchanged => "up to date",
                    Outcome::Nothing => "not needed",
                };
                let url = upserted.url.unwrap_or_default();
                runner.log(format!("Comment {what}. {url}").trim_end())?;
                for other in upserted.foreign.iter().take(3) {
                    runner.log(&format!(
                        "A comment that looks like this one was not written by a bot that this token may answer for, so it is \
                         left alone: delete it if it is an earlier one of trueup. {other}"
                    ))?;
                }
                failures.extend(upserted.left.into_iter().map(Problem::from));
            }
            Err(error) => failures.push(error.into()),
        }
        Ok(())
    }
}
