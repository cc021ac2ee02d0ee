//! `migrate merge-sum`: git's merge driver for `atlas.sum`. While git merges, the working tree is not merged yet, and git says
//! only what the three files hold: which commits they are of is looked up, and told by the checksums themselves.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::args::MergeSumArgs;
use super::git;
use crate::migration::{Dir, MergeError};
use crate::problem::Problem;
use crate::report::ExitStatus;

/// Writes the checksums of both sides' files together where these come one after the other; otherwise it leaves the
/// conflict.
///
/// # Errors
/// When the files do not come to one directory in which nothing runs before what is there already; git then takes the
/// file as conflicting.
pub(super) fn run(args: &MergeSumArgs) -> Result<ExitStatus> {
    match merged(args) {
        Ok(dir) => {
            let at = args.ours.display();
            fs::write(&args.ours, dir.sum_text()).with_context(|| format!("can't write {at}"))?;
            Ok(ExitStatus::Success)
        }
        Err(problem) => {
            // What git does by itself.
            git::mark(&args.ours, &args.base, &args.theirs)?;
            Err(problem.detail("file", args.path.as_str()).into())
        }
    }
}

fn merged(args: &MergeSumArgs) -> Result<Dir, Problem> {
    let merging = git::merging();
    let side = |file: &Path, likely: &[String]| git::side(&args.path, file, likely);
    let head = ["HEAD".to_owned()];
    let ours = side(&args.ours, &head)?;
    let theirs = side(&args.theirs, &merging)?;
    let base = side(&args.base, &[])?;
    let both = Dir::merged(&base, &ours, &theirs).map_err(|error| refused(&error))?;
    let there = match (git::onto(), &merging[..]) {
        (Some(onto), _) => git::directory(&args.path, &onto)?,
        (None, [merged]) if !git::is_work(Path::new("."), merged) => theirs,
        (None, _) => ours,
    };
    both.goes_on_from(&there).map_err(|error| refused(&error))?;
    Ok(both)
}

fn refused(error: &MergeError) -> Problem {
    Problem::new(error.to_string()).hint(match error {
        MergeError::Behind { .. } => {
            "`trueup migrate rebase` moves what is new behind it, under new versions, and writes atlas.sum"
        }
        MergeError::Both(_) | MergeError::Edited(_) => {
            "resolve that file first, preferably to the version on the shared branch, then `trueup migrate rebase`"
        }
    })
}
