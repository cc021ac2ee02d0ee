//! The issue of a database, and what it comes to as outputs.

use std::io::{self, Write};

use super::Delivery;
use crate::action::finding::{Finding, Live};
use crate::github::client::{ApiError, GitHub};
use crate::github::issue::{self, Kept, ROOM, Seen, Subject};
use crate::github::runner::Runner;
use crate::problem::Problem;

impl Delivery<'_> {
    /// Keeps the issue, and sets the outputs that speak of it.
    pub(super) async fn issue<W: Write>(
        &self,
        runner: &mut Runner<W>,
        finding: &Finding,
        failures: &mut Vec<Problem>,
    ) -> io::Result<()> {
        let redactor = runner.redactor().clone();
        let project = self.identity.facts();
        let page = finding.page(&project, &redactor);
        let body = page.map(|page| self.page(page).render(ROOM));
        let body = body.unwrap_or_default();
        let objects = finding.live.as_ref().map(Live::objects).unwrap_or_default();
        let objects = objects.iter().map(|name| redactor.redact(name)).collect();
        let title = match self.inputs.env.as_deref() {
            Some(env) => format!("Database drift: {}", redactor.redact(env)),
            None => "Database drift".to_owned(),
        };
        let why = finding
            .problem
            .as_ref()
            .map(|problem| redactor.redact(&problem.message));
        let live = finding.live.as_ref();
        let (hash, unknown) = live
            .map(|live| (live.hash(), live.unknown()))
            .unwrap_or_default();
        let why = why.or_else(|| Some(redactor.redact(&live?.failure()?)));
        let seen = match (live.is_some_and(Live::drifted), &why) {
            (true, _) => Seen::Drift {
                hash: &hash,
                title: &title,
                body: &body,
                objects: &objects,
                unknown: &unknown,
            },
            (false, Some(why)) => Seen::Failed { why },
            (false, None) => Seen::InSync,
        };
        let kept = match self.github {
            Some(github) => self.keep(github, seen).await,
            None => Ok(Kept::bare(seen)),
        };
        let kept = kept.unwrap_or_else(|error| Kept {
            left: vec![error],
            ..Kept::bare(seen)
        });
        runner.output("drift-state", kept.state.name())?;
        if let (Some(number), Some(url)) = (kept.number, &kept.url) {
            runner.output("issue-number", &number.to_string())?;
            runner.output("issue-url", url)?;
            runner.log(&format!("Issue #{number}: {}. {url}", kept.state.name()))?;
        }
        if kept.disabled {
            runner.log("No issue: this repository has none.")?;
        }
        for other in kept.foreign.iter().take(3) {
            runner.log(&format!(
                "An issue that looks like this database's was not opened by a bot, so it is left alone. {other}"
            ))?;
        }
        failures.extend(kept.left.into_iter().map(Problem::from));
        Ok(())
    }

    async fn keep(&self, github: &GitHub, seen: Seen<'_>) -> Result<Kept, ApiError> {
        let Some(repository) = &self.run.repository else {
            return Ok(Kept::bare(seen));
        };
        let run = self.run.url();
        let subject = Subject {
            key: &self.identity.key(),
            env: self.inputs.env.as_deref().unwrap_or_default(),
            now: self.now,
            run: run.as_deref(),
        };
        issue::keep(github, repository, &subject, seen).await
    }
}
