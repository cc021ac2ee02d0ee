//! Reports what a run found: the log, annotations, files, outputs, a commit status, the comment, the summary.

mod files;
mod issue;
mod outputs;
mod post;

use std::io::{self, Write};

use time::OffsetDateTime;

use super::finding::{Finding, Looked, State};
use super::inputs::Inputs;
use crate::github::client::GitHub;
use crate::github::command::{Annotation, Level};
use crate::github::event::Run;
use crate::github::identity::Identity;
use crate::github::page::{self, Page, SUMMARY_LIMIT};
use crate::github::runner::Runner;
use crate::github::sha256;
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::{self, ExitStatus, Redactor, Report, Style};

pub(super) use outputs::outputs;
use post::Poster;
pub(super) use post::{told, when, write};

/// The hash by which plans are told apart, of one project or of several.
pub(super) fn plan_hash<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    let sql: String = reports.map(|report| report.found.sql.as_str()).collect();
    let mut hash = sha256(sql.as_bytes());
    hash.truncate(16);
    hash
}

/// Reports an error that occurred before the settings were known.
pub(super) fn without_settings<W: Write>(
    runner: &mut Runner<W>,
    finding: &Finding,
) -> io::Result<ExitStatus> {
    let redactor = runner.redactor().clone();
    if let Some(problem) = &finding.problem {
        let title = "The settings could not be read";
        log_problem(runner, problem, title, str::to_owned)?;
    }
    if let Some(page) = finding.page(&[], &redactor) {
        runner.summary(&page.render(SUMMARY_LIMIT))?;
    }
    runner.output("state", finding.state.name())?;
    runner.finish()?;
    Ok(ExitStatus::Failure)
}

fn log_problem<W: Write>(
    runner: &mut Runner<W>,
    problem: &Problem,
    title: &str,
    in_repository: impl Fn(&str) -> String,
) -> io::Result<()> {
    let mut text = report::text::problem(problem, Style::PLAIN, true);
    if let Some(said) = &problem.stdout {
        text.push_str(said.trim_end());
    }
    // What a program printed may read like a command.
    runner.without_commands(|runner| runner.log(&text))?;
    let message = match &problem.hint {
        Some(hint) => format!("{}\n{hint}", problem.told()),
        None => problem.told(),
    };
    runner.annotate(&Annotation {
        level: Level::Error,
        file: problem
            .place
            .as_ref()
            .map(|place| in_repository(&place.file)),
        line: problem.place.as_ref().map(|place| place.line),
        title: title.to_owned(),
        message,
    })
}

/// What was told without a network.
pub(super) struct Told {
    /// The report's path in the workspace.
    report_path: Option<String>,
    failures: Vec<Problem>,
}

/// Where on GitHub a result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    /// The commit's status.
    Status,
    /// A comment on the pull request.
    Comment,
    /// The issue of the database.
    Issue,
    /// A comment on the pull request by whose merge the commit came.
    Merged,
}

/// Where a run tells what it found.
pub(super) struct Delivery<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) identity: &'a Identity,
    pub(super) run: &'a Run,
    pub(super) github: Option<&'a GitHub>,
    /// Where on GitHub, in this order.
    pub(super) posts: &'static [Post],
    /// The title of a page where there is no verdict.
    pub(super) failed: &'static str,
    pub(super) now: OffsetDateTime,
    /// The commit that this step made, for this project or for another one: the branch's head now.
    pub(super) head: Option<&'a str>,
}

impl Delivery<'_> {
    /// Tells it where no network is needed: it is there even if the job is cancelled while GitHub makes us wait.
    /// `unreachable` is why there is no connection to GitHub although there is a token.
    pub(super) fn tell<W: Write>(
        &self,
        runner: &mut Runner<W>,
        finding: &Finding,
        unreachable: Option<&Problem>,
    ) -> io::Result<Told> {
        let mut failures: Vec<Problem> = unreachable.cloned().into_iter().collect();
        if let Some(report) = &finding.report {
            runner
                .redactor_mut()
                .allow_words_of(report.found.statements());
        }
        self.log(runner, finding)?;
        let redactor = runner.redactor().clone();
        let report_path = match self.files(finding, &redactor) {
            Ok(path) => Some(path),
            Err(error) => {
                failures.push(Problem::new(format!(
                    "can't write {}: {error}",
                    files::DIRECTORY
                )));
                None
            }
        };
        let project = self.identity.facts();
        let files = self.files_url();
        let text = finding.page(&project, &redactor).map(|page| {
            let page = Page {
                files: files.as_deref(),
                ..self.page(page)
            };
            page.render(SUMMARY_LIMIT)
        });
        if let Some(Err(error)) = text.map(|text| runner.summary(&text)) {
            let problem = Problem::new(format!("can't write the job summary: {error}"));
            failures.push(problem);
        }
        Ok(Told {
            report_path,
            failures,
        })
    }

    /// Tells it on GitHub, and what of all that failed.
    pub(super) async fn post<W: Write>(
        &self,
        runner: &mut Runner<W>,
        finding: &Finding,
        mut told: Told,
    ) -> io::Result<()> {
        let redactor = runner.redactor().clone();
        let failures = &mut told.failures;
        if self.posts.contains(&Post::Issue) {
            self.issue(runner, finding, failures).await?;
        }
        if let Some(github) = self.github {
            let poster = Poster {
                delivery: self,
                github,
                runner,
                finding,
                failures,
            };
            poster.post().await?;
        }
        let mut rest = String::new();
        for failure in failures {
            let text = report::text::problem(failure, Style::PLAIN, false);
            runner.log(&format!(
                "The verdict stands, but not all of it could be reported.\n{text}"
            ))?;
            let sentence = format!("Not reported: {failure}");
            rest.push_str(&page::warning(&sentence, &redactor));
        }
        if !rest.is_empty() {
            // Where it can't be written, the log has the reason already.
            let _ = runner.summary(&rest);
        }
        Ok(())
    }

    /// The commit that people look at: a pull request's head, not its merge with the base.
    fn commit(&self) -> Option<&str> {
        match self.run.pull_request() {
            Some(pull) => Some(&pull.head.sha),
            None => self.run.sha.as_deref(),
        }
    }

    fn page<'p>(&'p self, page: Page<'p>) -> Page<'p> {
        Page {
            commit: self.commit(),
            failed: self.failed,
            ..page
        }
    }

    /// Where the files of the commit are shown, to link them.
    fn files_url(&self) -> Option<String> {
        let repository = match self.run.pull_request() {
            Some(pull) => pull.head.repository.as_ref(),
            None => self.run.repository.as_ref(),
        };
        Some(format!(
            "{}/{}/blob/{}",
            self.run.server_url,
            repository?,
            self.commit()?
        ))
    }

    fn log<W: Write>(&self, runner: &mut Runner<W>, finding: &Finding) -> io::Result<()> {
        if let Some(report) = &finding.report {
            let text = logged(report, runner.redactor());
            runner.log_as_is(&text)?;
            for note in report.notes() {
                runner.log(&format!("Warning: {note}"))?;
            }
            self.annotate(runner, report, finding)?;
        }
        if let Some(live) = &finding.live {
            match &live.report {
                Looked::One(report) => {
                    runner.log(&report::drift::text(report, Style::PLAIN))?;
                    for note in report.notes() {
                        runner.log(&format!("Warning: {note}"))?;
                    }
                }
                Looked::Many(fleet) => {
                    runner.log(&report::fleet::text(fleet, Style::PLAIN))?;
                    for (name, problem) in fleet.failed() {
                        runner.log(&format!("{name}: {}", problem.message))?;
                    }
                }
            }
            if live.drifted() {
                runner.annotate(&Annotation {
                    level: self.level(),
                    file: None,
                    line: None,
                    title: "Database drift".to_owned(),
                    message: "the database differs from its migrations: see the job summary"
                        .to_owned(),
                })?;
            }
        }
        if let Some(problem) = &finding.problem {
            let title = match finding.shipped {
                Some(_) => "Migration failed",
                None => self.failed,
            };
            log_problem(runner, problem, title, |path| {
                self.inputs.in_repository(path)
            })?;
        }
        for sentence in &finding.done {
            runner.log(sentence)?;
        }
        Ok(())
    }

    fn level(&self) -> Level {
        match self.inputs.fail_on_drift {
            true => Level::Error,
            false => Level::Warning,
        }
    }

    fn annotate<W: Write>(
        &self,
        runner: &mut Runner<W>,
        report: &Report,
        finding: &Finding,
    ) -> io::Result<()> {
        if finding.state == State::InSync {
            return Ok(());
        }
        for change in &report.found.changes {
            let message = format!("not in {} yet: {}", report.dir, change.sentence());
            let model = change.model.as_ref();
            runner.annotate(&Annotation {
                level: self.level(),
                file: model.map(|model| model.file.clone()),
                line: model.map(|model| model.line),
                title: "Migration missing".to_owned(),
                message,
            })?;
        }
        if report.found.verdict == Verdict::Unknown {
            let problem = report.undecided();
            runner.annotate(&Annotation {
                level: Level::Error,
                file: None,
                line: None,
                title: "trueup can't decide".to_owned(),
                message: problem.message,
            })?;
        }
        Ok(())
    }
}

/// How the step ends: as the worst of its projects.
pub(super) fn exit(inputs: &Inputs, found: &[Finding]) -> ExitStatus {
    let worst = found.iter().map(|found| found.state).max();
    worst.unwrap_or(State::Error).exit(inputs)
}

/// The report for the log: what people read is redacted, the SQL is as it is or withheld.
fn logged(report: &Report, redactor: &Redactor) -> String {
    let text = report::text::check(report, Style::PLAIN);
    let Some((before, after)) = text
        .split_once(&report.found.sql)
        .filter(|_| !report.found.sql.is_empty())
    else {
        return redactor.redact(&text);
    };
    let sql = match redactor.line_of_secret(&report.found.sql) {
        None => report.found.sql.clone(),
        Some(line) => format!("{}\n", page::withheld(line)),
    };
    format!("{}{sql}{}", redactor.redact(before), redactor.redact(after))
}
