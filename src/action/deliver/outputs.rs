//! The step's outputs.
use std::io::{self, Write};

use super::{Told, plan_hash};
use crate::action::finding::{Finding, State};
use crate::github::runner::Runner;
use crate::report::Report;

/// Sets the step's outputs: of several projects, what they come to together.
pub(in crate::action) fn outputs<W: Write>(
    runner: &mut Runner<W>,
    found: &[Finding],
    told: &[Told],
) -> io::Result<()> {
    let found = || found.iter();
    let lines = |lines: Vec<&str>| Some(lines.join("\n")).filter(|text| !text.is_empty());
    let yes = |yes: bool| if yes { "true" } else { "false" };
    let state = found().map(|found| found.state).max();
    runner.output("state", state.unwrap_or(State::Error).name())?;
    for shipped in found().filter_map(|found| found.shipped.as_ref()) {
        runner.output("applied", &shipped.applied().to_string())?;
        if let Some(version) = shipped.version() {
            runner.output("version", version)?;
        }
    }
    let reports: Vec<&Report> = found().filter_map(|found| found.report.as_ref()).collect();
    if found().any(|found| found.live.is_some()) {
        runner.output("drift", yes(found().any(Finding::drifts)))?;
    }
    if !reports.is_empty() {
        // What could not be compared is not free of drift.
        if found().any(Finding::drifts) || state != Some(State::Error) {
            runner.output("drift", yes(found().any(Finding::drifts)))?;
        }
        let statements: usize = reports
            .iter()
            .map(|report| report.found.plan.steps.len())
            .sum();
        runner.output("statements", &statements.to_string())?;
        // From a hash the secret in a known text could be guessed.
        let secret = |report: &&Report| {
            runner
                .redactor()
                .line_of_secret(&report.found.sql)
                .is_some()
        };
        if reports.iter().any(|report| !report.found.sql.is_empty()) && !reports.iter().any(secret)
        {
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
    for (number, url) in found().filter_map(|found| found.pull.as_ref()) {
        runner.output("pull-number", &number.to_string())?;
        runner.output("pull-url", url)?;
    }
    if let Some(commit) = found().find_map(|found| found.commit.as_ref()) {
        runner.output("commit-sha", &commit.oid)?;
        runner.output("verified", yes(commit.verified == Some(true)))?;
        runner.output("followup", commit.followup.name())?;
        let committed = found().filter(|found| found.commit.is_some());
        let files = committed.filter_map(|found| found.files.as_ref()?.path.as_deref());
        if let Some(files) = lines(files.collect()) {
            runner.output("migration-file", &files)?;
        }
    }
    Ok(())
}
