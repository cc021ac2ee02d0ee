//! What a run found, told everywhere: the log, annotations, files, outputs, a commit status, the comment, the summary.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::finding::{Finding, State};
use super::gate;
use super::inputs::{Commenting, Inputs};
use crate::github::client::{ErrorKind, GitHub};
use crate::github::command::{Annotation, Level};
use crate::github::comment::{self, Body, Outcome as Written, Post};
use crate::github::event::{Event, Run};
use crate::github::identity::Identity;
use crate::github::pull;
use crate::github::runner::Runner;
use crate::github::sha256;
use crate::github::status::{self, Reported, Status};
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::markdown::{COMMENT_LIMIT, Page, SUMMARY_LIMIT};
use crate::report::{self, ExitStatus, Redactor, Report, Style, short_commit};

/// Where files for people and later steps are put, in the workspace. Not hidden: artifacts leave hidden files out.
const DIRECTORY: &str = "trueup-report";

/// The hash by which plans are told apart, of one project or of several.
pub(super) fn plan_hash<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    let sql: String = reports.map(|report| report.sql.as_str()).collect();
    let mut hash = sha256(sql.as_bytes());
    hash.truncate(16);
    hash
}

/// Tells of an error before the settings are known: there is nobody to ask where else.
pub(super) fn without_settings<W: Write>(
    runner: &mut Runner<W>,
    finding: &Finding,
) -> io::Result<ExitStatus> {
    let redactor = runner.redactor().clone();
    if let Some(problem) = &finding.problem {
        log_problem(runner, problem, str::to_owned)?;
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
    in_repository: impl Fn(&str) -> String,
) -> io::Result<()> {
    let mut text = report::text::problem(problem, Style::PLAIN, true);
    if let Some(said) = &problem.stdout {
        text.push_str(said.trim_end());
    }
    // What a program printed may read like a command.
    runner.without_commands(|runner| runner.log(&text))?;
    let (file, line) = place(&problem.message);
    let message = match &problem.hint {
        Some(hint) => format!("{}\n{hint}", problem.told()),
        None => problem.told(),
    };
    runner.annotate(&Annotation {
        level: Level::Error,
        file: file.as_deref().map(in_repository),
        line,
        title: "trueup could not compare".to_owned(),
        message,
    })
}

/// The place at the start of an error: `migrations/1.sql:3:1: …`.
fn place(message: &str) -> (Option<String>, Option<usize>) {
    let mut parts = message.splitn(4, ':');
    let (file, line, column) = (parts.next(), parts.next(), parts.next());
    match (file, line.and_then(|line| line.parse().ok()), column) {
        (Some(file), Some(line), Some(column))
            if !file.is_empty() && column.parse::<usize>().is_ok() =>
        {
            (Some(file.to_owned()), Some(line))
        }
        _ => (None, None),
    }
}

/// What was told without a network.
pub(super) struct Told {
    /// The report's path in the workspace.
    report_path: Option<String>,
    /// What could not be told.
    failures: Vec<Problem>,
}

/// Where a run tells what it found.
pub(super) struct Delivery<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) identity: &'a Identity,
    pub(super) run: &'a Run,
    pub(super) github: Option<&'a GitHub>,
    /// The commit that this step made, for this project or for another one: the branch's head now.
    pub(super) head: Option<&'a str>,
}

impl Delivery<'_> {
    /// Tells it where no network is needed: it is there even if the job is cancelled while GitHub makes us wait.
    /// `unreachable` is why there is no connection to GitHub although there is a token.
    ///
    /// # Errors
    /// When the log can't be written.
    pub(super) fn tell<W: Write>(
        &self,
        runner: &mut Runner<W>,
        finding: &Finding,
        unreachable: Option<&Problem>,
    ) -> io::Result<Told> {
        let mut failures: Vec<Problem> = unreachable.cloned().into_iter().collect();
        if let Some(report) = &finding.report {
            runner.redactor_mut().allow_words_of(report.statements());
        }
        self.log(runner, finding)?;
        let redactor = runner.redactor().clone();
        let report_path = match self.files(finding, &redactor) {
            Ok(path) => Some(path),
            Err(error) => {
                failures.push(Problem::new(format!("can't write {DIRECTORY}: {error}")));
                None
            }
        };
        let project = self.identity.facts();
        let page = finding.page(&project, &redactor);
        let text = page.map(|page| self.page(page).render(SUMMARY_LIMIT));
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
    ///
    /// # Errors
    /// When the log can't be written.
    pub(super) async fn post<W: Write>(
        &self,
        runner: &mut Runner<W>,
        finding: &Finding,
        mut told: Told,
    ) -> io::Result<()> {
        let redactor = runner.redactor().clone();
        let failures = &mut told.failures;
        if let Some(github) = self.github {
            self.report(github, runner, finding, &redactor, failures)
                .await?;
        }
        let mut rest = String::new();
        for failure in failures {
            let text = report::text::problem(failure, Style::PLAIN, false);
            runner.log(&format!(
                "The verdict stands, but not all of it could be reported.\n{text}"
            ))?;
            let sentence = format!("Not reported: {failure}");
            rest.push_str(&report::markdown::warning(&sentence, &redactor));
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
        if let Some(problem) = &finding.problem {
            log_problem(runner, problem, |path| self.inputs.in_repository(path))?;
        }
        for sentence in &finding.done {
            runner.log(sentence)?;
        }
        Ok(())
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
        let level = match self.inputs.fail_on_drift {
            true => Level::Error,
            false => Level::Warning,
        };
        for change in &report.changes {
            let message = format!("not in {} yet: {}", report.dir, change.sentence());
            let model = change.model.as_ref();
            runner.annotate(&Annotation {
                level,
                file: model.map(|model| model.file.clone()),
                line: model.and_then(|model| usize::try_from(model.line).ok()),
                title: "Migration missing".to_owned(),
                message,
            })?;
        }
        if report.verdict == Verdict::Unknown {
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

    /// Writes the report, the missing SQL and the patch for later steps; gives back the report's path in the workspace.
    fn files(&self, finding: &Finding, redactor: &Redactor) -> io::Result<String> {
        let workspace = match &self.run.workspace {
            Some(workspace) => workspace.clone(),
            None => std::env::current_dir()?,
        };
        let relative = PathBuf::from(DIRECTORY).join(self.identity.path());
        let owner = fs::metadata(&workspace)?;
        let mut at = workspace.clone();
        for part in &relative {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_dir() => {}
                // The checkout is the pull request's: a link in it could lead anywhere.
                Ok(_) => {
                    return Err(io::Error::other(format!(
                        "{} is not a directory",
                        at.display()
                    )));
                }
                Err(_) => {
                    fs::create_dir(&at)?;
                    give(&at, &owner);
                }
            }
        }
        let ignore = workspace.join(DIRECTORY).join(".gitignore");
        write(&ignore, "*\n", &owner)?;
        let value = guarded(report_value(finding), redactor);
        write(&at.join("report.json"), &format!("{value:#}\n"), &owner)?;
        let sql = finding.report.as_ref().map(|report| report.sql.as_str());
        let prepared = finding.prepared.as_ref();
        let patch = prepared.and_then(|files| files.patch.as_deref());
        for (name, text) in [("missing.sql", sql), ("missing.patch", patch)] {
            let path = at.join(name);
            match text.filter(|text| !text.is_empty()) {
                Some(text) if redactor.line_of_secret(text).is_none() => {
                    write(&path, text, &owner)?;
                }
                // What another step left there is not this run's.
                _ => remove(&path)?,
            }
        }
        Ok(relative.join("report.json").display().to_string())
    }

    /// Writes to GitHub, unless the pull request has moved on: then the run for its new head does.
    async fn report<W: Write>(
        &self,
        github: &GitHub,
        runner: &mut Runner<W>,
        finding: &Finding,
        redactor: &Redactor,
        failures: &mut Vec<Problem>,
    ) -> io::Result<()> {
        let written = self.inputs.comment != Commenting::Never && !self.run.is_from_fork();
        if let (Event::PullRequest(request), Some(repository), true) =
            (&self.run.event, &self.run.repository, written)
        {
            match pull::moved(github, repository, request).await {
                Ok(None) => {}
                Ok(Some(head)) => {
                    failures.push(Problem::new(format!(
                        "the pull request is at commit {} by now, whose own run reports; this one writes no comment and \
                         no status",
                        short_commit(&head)
                    )));
                    return Ok(());
                }
                // A status is about one commit, whatever comes later; a comment might replace a newer one.
                Err(error) => {
                    failures.push(error.into());
                    return self.status(github, runner, finding, failures).await;
                }
            }
        }
        self.status(github, runner, finding, failures).await?;
        self.comment(github, runner, finding, redactor, failures)
            .await
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
        // The commit of this step is the one that people merge; of the one before it, nobody asks any more.
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
            (Commenting::Always, _) | (_, State::Drift | State::Error) => Post::Always,
            _ if finding.commit.is_some() => Post::Always,
            _ => Post::OnlyEdit,
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
                    Written::Posted => "posted",
                    Written::Edited => "edited",
                    Written::Unchanged => "up to date",
                    Written::Nothing => "not needed",
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

/// How the step ends: as the worst of its projects.
pub(super) fn exit(inputs: &Inputs, found: &[Finding]) -> ExitStatus {
    let worst = found.iter().map(|found| found.state).max();
    worst.unwrap_or(State::Error).exit(inputs)
}

/// Sets the step's outputs: of several projects, what they come to together.
///
/// # Errors
/// When the log or the runner's file can't be written.
pub(super) fn outputs<W: Write>(
    runner: &mut Runner<W>,
    found: &[Finding],
    told: &[Told],
) -> io::Result<()> {
    let found = || found.iter();
    let lines = |lines: Vec<&str>| Some(lines.join("\n")).filter(|text| !text.is_empty());
    let yes = |yes: bool| if yes { "true" } else { "false" };
    let state = found().map(|found| found.state).max();
    runner.output("state", state.unwrap_or(State::Error).name())?;
    let reports: Vec<&Report> = found().filter_map(|found| found.report.as_ref()).collect();
    if !reports.is_empty() {
        let drifts = |found: &Finding| matches!(found.state, State::Drift | State::Superseded);
        // What could not be compared is not free of drift.
        if found().any(drifts) || state != Some(State::Error) {
            runner.output("drift", yes(found().any(drifts)))?;
        }
        let statements: usize = reports.iter().map(|report| report.plan.steps.len()).sum();
        runner.output("statements", &statements.to_string())?;
        // From a hash the secret in a known text could be guessed.
        let secret = |report: &&Report| runner.redactor().line_of_secret(&report.sql).is_some();
        if reports.iter().any(|report| !report.sql.is_empty()) && !reports.iter().any(secret) {
            runner.output("plan-hash", &plan_hash(reports.iter().copied()))?;
        }
    }
    if let Some(paths) = lines(
        told.iter()
            .filter_map(|told| told.report_path.as_deref())
            .collect(),
    ) {
        runner.output("report-path", &paths)?;
    }
    if let Some(commit) = found().find_map(|found| found.commit.as_ref()) {
        runner.output("commit-sha", &commit.oid)?;
        runner.output("verified", yes(commit.verified == Some(true)))?;
        runner.output("followup", commit.followup)?;
        let committed = found().filter(|found| found.commit.is_some());
        let files = committed.filter_map(|found| found.prepared.as_ref()?.path.as_deref());
        if let Some(files) = lines(files.collect()) {
            runner.output("migration-file", &files)?;
        }
    }
    Ok(())
}

fn report_value(finding: &Finding) -> Value {
    let mut value = match (&finding.report, &finding.problem) {
        (Some(report), problem) => {
            let undecided = (report.verdict == Verdict::Unknown).then(|| report.undecided());
            report::json::check(report, problem.as_ref().or(undecided.as_ref()))
        }
        (None, Some(problem)) => report::json::failed(problem),
        (None, None) => json!({}),
    };
    value["state"] = json!(finding.state.name());
    value["done"] = json!(finding.done);
    value["patch"] = json!(
        finding
            .prepared
            .as_ref()
            .and_then(|files| files.patch.as_deref())
    );
    value
}

/// The report for the log: what people read is redacted, the SQL is as it is or withheld.
fn logged(report: &Report, redactor: &Redactor) -> String {
    let text = report::text::check(report, Style::PLAIN);
    let Some((before, after)) = text
        .split_once(&report.sql)
        .filter(|_| !report.sql.is_empty())
    else {
        return redactor.redact(&text);
    };
    let sql = match redactor.line_of_secret(&report.sql) {
        None => report.sql.clone(),
        Some(line) => format!("{}\n", report::markdown::withheld(line)),
    };
    format!("{}{sql}{}", redactor.redact(before), redactor.redact(after))
}

/// The report as others may read it. Errors, warnings and what was done are for people, and redacted. A text that programs
/// take is never altered: where it holds a secret it is null, and its place stands in `withheld`.
fn guarded(mut value: Value, redactor: &Redactor) -> Value {
    let mut withheld = Vec::new();
    if let Value::Object(fields) = &mut value {
        for (name, value) in fields.iter_mut() {
            let for_people = ["done", "error", "warnings"].contains(&name.as_str());
            guard(value, name, for_people, redactor, &mut withheld);
        }
    }
    if !withheld.is_empty() {
        value["withheld"] = json!(withheld);
    }
    value
}

fn guard(
    value: &mut Value,
    place: &str,
    for_people: bool,
    redactor: &Redactor,
    withheld: &mut Vec<String>,
) {
    match value {
        Value::String(text) if for_people => *text = redactor.redact(text),
        Value::String(text) if redactor.line_of_secret(text).is_some() => {
            withheld.push(place.to_owned());
            *value = Value::Null;
        }
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                guard(
                    value,
                    &format!("{place}[{at}]"),
                    for_people,
                    redactor,
                    withheld,
                );
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                guard(
                    value,
                    &format!("{place}.{name}"),
                    for_people,
                    redactor,
                    withheld,
                );
            }
        }
        _ => {}
    }
}

/// Replaces a file, whatever was there; the workspace's owner can remove it again.
fn write(path: &Path, text: &str, owner: &fs::Metadata) -> io::Result<()> {
    remove(path)?;
    fs::File::create_new(path)?.write_all(text.as_bytes())?;
    give(path, owner);
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Only root can, and only for root it matters.
fn give(path: &Path, owner: &fs::Metadata) {
    let _ = std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_at_the_start_of_messages() {
        let found = |text: &str| place(text);
        assert_eq!(
            found("migrations/1.sql:3:7: no such table"),
            (Some("migrations/1.sql".into()), Some(3))
        );
        assert_eq!(found("can't plan: modify"), (None, None));
        assert_eq!(found("12:30:00: late"), (Some("12".into()), Some(30)));
        assert_eq!(found("nothing"), (None, None));
    }
}
