//! `matrix`: the projects of the repository, as the jobs of a workflow.

use std::io::Read as _;
use std::path::Path;

use anyhow::Result;

use super::args::MatrixArgs;
use super::git;
use super::io::Io;
use crate::matrix::{self, Ask};
use crate::problem::{Problem, stage};
use crate::report::ExitStatus;
use crate::report::text::count;

/// Prints the matrix.
///
/// # Errors
/// When there is no project, or what changed can't be told.
pub(super) fn run(args: &MatrixArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let here = std::env::current_dir()?;
    let found = matrix::find(&Ask {
        root: &here,
        env: args.env.as_deref(),
        fence: None,
    })?;
    for left in &found.left_out {
        io.note(&format!("Skipped: {left}"));
    }
    let files = match (&args.changed_since, &args.changed) {
        (Some(other), _) => Some(git::changed_since(&here, other)?),
        (None, Some(file)) => Some(listed(file)?),
        (None, None) => None,
    };
    let mut projects = found.projects;
    if let Some(files) = files {
        let all = count(projects.len(), "project");
        projects = matrix::changed(&projects, &files);
        io.note(&format!("{} of {all} may have changed", projects.len()));
    }
    io.print(&format!("{}\n", matrix::jobs(&projects, args.max_jobs)))?;
    Ok(ExitStatus::Success)
}

/// The paths in a file, or on the standard input, as they are below this directory.
fn listed(file: &Path) -> Result<Vec<String>, Problem> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(|_| text),
        _ => std::fs::read_to_string(file),
    };
    let text = read.map_err(|error| {
        Problem::new(format!("cannot read {}: {error}", file.display())).during(stage::CONFIG)
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines
        .map(|line| line.strip_prefix("./").unwrap_or(line).to_owned())
        .collect())
}
