//! What git says of the migration directory. The user's own git is asked: it knows where a merge stands.

use std::path::Path;
use std::process::Command;

use crate::problem::{Problem, stage};

/// What the branch that this one goes into has of the directory.
#[derive(Debug)]
pub(super) struct Base {
    /// What it is called: `origin/main`, `MERGE_HEAD`, ….
    pub(super) name: String,
    /// Names of its migrations.
    pub(super) files: Vec<String>,
    /// Those of them that are otherwise in the working tree, or are not there.
    pub(super) edited: Vec<String>,
}

/// Reads the base: the one that is named, or what a merge, rebase or cherry-pick that stopped goes onto, or the remote's default
/// branch.
pub(super) fn base(dir: &Path, named: Option<&str>) -> Result<Base, Problem> {
    let name = match named {
        Some(name) => name.to_owned(),
        None => found(dir)?,
    };
    let tree = git(dir, &["ls-tree", "-z", "--name-only", &name, "./"])?;
    let diff = ["diff", "-z", "--name-only", "--relative", &name, "--", "."];
    let edited = git(dir, &diff)?;
    let files = migrations(&tree);
    Ok(Base {
        edited: migrations(&edited)
            .into_iter()
            .filter(|name| files.contains(name))
            .collect(),
        files,
        name,
    })
}

/// Names that are migrations', of a list with NUL after each.
fn migrations(list: &str) -> Vec<String> {
    let names = list
        .split('\0')
        .filter(|name| name.ends_with(".sql") && !name.contains('/'));
    names.map(str::to_owned).collect()
}

fn found(dir: &Path) -> Result<String, Problem> {
    let is_there = |name: &str| git(dir, &["rev-parse", "--verify", "--quiet", name]).is_ok();
    if is_there("MERGE_HEAD") {
        return Ok("MERGE_HEAD".to_owned());
    }
    // What is picked goes onto HEAD.
    if is_there("REBASE_HEAD") || is_there("CHERRY_PICK_HEAD") {
        return Ok("HEAD".to_owned());
    }
    let default = git(dir, &["rev-parse", "--abbrev-ref", "origin/HEAD"]);
    let default = default.ok().map(|name| name.trim().to_owned());
    let known = ["origin/main", "origin/master"].map(str::to_owned);
    let mut candidates = default.into_iter().chain(known);
    candidates.find(|name| is_there(name)).ok_or_else(|| {
        Problem::new("it is not known which branch these migrations go into")
            .during(stage::DIRECTORY)
            .hint("name it: `--base main`; or name the files that move")
    })
}

/// Runs git in the directory, and gives what it prints.
fn git(dir: &Path, args: &[&str]) -> Result<String, Problem> {
    let failed =
        |why: &str| Problem::new(format!("git {}: {why}", args.join(" "))).during(stage::DIRECTORY);
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(args)
        .output()
        .map_err(|error| failed(&format!("can't be run: {error}")))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim())
            .hint("or name the files that move")),
    }
}
