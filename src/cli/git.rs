//! What git knows about the migration directory, and what changed. The user's own git is asked: it knows where a merge stands.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::init::DRIVER;
use crate::migration::Dir;
use crate::problem::{Problem, stage};

/// Commits that are tried where only the content of a file is known.
const TRIED: &str = "--max-count=20";

/// What the branch that this one goes into has of the directory.
#[derive(Debug)]
pub(super) struct Base {
    /// What it is called: `origin/main`, `MERGE_HEAD`, ….
    pub(super) name: String,
    /// Names of its migrations.
    pub(super) files: Vec<String>,
    /// Those of them that differ in the working tree, or are missing.
    pub(super) edited: Vec<String>,
}

/// Reads the base: the one that is named, or what a merge, rebase or cherry-pick that stopped goes onto, or the remote's default
/// branch.
pub(super) fn base(dir: &Path, named: Option<&str>) -> Result<Base, Problem> {
    let name = target(dir, named)?;
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

/// What the base is called, which has to be there.
pub(super) fn target(dir: &Path, named: Option<&str>) -> Result<String, Problem> {
    let Some(name) = named else {
        return found(dir);
    };
    if git(dir, &["rev-parse", "--git-dir"]).is_ok()
        && !is_there(dir, &format!("{name}^{{commit}}"))
    {
        let problem = Problem::new(format!(
            "`--base {name}`: there is no such branch or commit"
        ));
        return Err(problem.during(stage::DIRECTORY).hint(
            "name one that this clone has, such as `main` or `origin/main`; `git fetch` brings those of a remote",
        ));
    }
    Ok(name.to_owned())
}

/// The files of a commit below some directories of the working directory that `wanted` takes, with what they hold.
pub(super) fn files(
    commit: &str,
    below: &[String],
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let here = Path::new(".");
    let paths = below
        .iter()
        .map(|path| if path.is_empty() { "./" } else { path });
    let args: Vec<&str> = ["ls-tree", "-r", "-z", commit, "--"]
        .into_iter()
        .chain(paths)
        .collect();
    let tree = git(here, &args)?;
    contents(commit, &entries(&tree, wanted))
}

/// Whether a commit has this below the working directory: a `tree` or a `blob`.
pub(super) fn has(commit: &str, path: &str, kind: &str) -> bool {
    let at = format!("{commit}:./{path}");
    git(Path::new("."), &["cat-file", "-t", &at]).is_ok_and(|found| found.trim() == kind)
}

/// The text of a commit's file below the working directory.
pub(super) fn show(commit: &str, path: &str) -> Result<String, Problem> {
    git(
        Path::new("."),
        &["cat-file", "blob", &format!("{commit}:./{path}")],
    )
}

/// Whether all that another branch has was merged into this one.
pub(super) fn is_merged(other: &str) -> bool {
    let args = ["merge-base", "--is-ancestor", other, "HEAD"];
    git(Path::new("."), &args).is_ok()
}

/// The commit where this branch left another one.
pub(super) fn left(other: &str) -> Result<String, Problem> {
    let left = git(Path::new("."), &["merge-base", other, "HEAD"])?;
    Ok(left.trim().to_owned())
}

/// Names that are migrations', of a list with NUL after each.
fn migrations(list: &str) -> Vec<String> {
    let names = list
        .split('\0')
        .filter(|name| name.ends_with(".sql") && !name.contains('/'));
    names.map(str::to_owned).collect()
}

fn found(dir: &Path) -> Result<String, Problem> {
    if is_there(dir, "MERGE_HEAD") && !is_work(dir, "MERGE_HEAD") {
        return Ok("MERGE_HEAD".to_owned());
    }
    // What is picked, or somebody's work that is merged, goes onto HEAD.
    if ["MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD"]
        .iter()
        .any(|name| is_there(dir, name))
    {
        return Ok("HEAD".to_owned());
    }
    trunk(dir).ok_or_else(|| {
        Problem::new("it is not known which branch these migrations go into")
            .during(stage::DIRECTORY)
            .hint("name it: `--base main`; or name the files that move")
    })
}

fn is_there(dir: &Path, name: &str) -> bool {
    git(dir, &["rev-parse", "--verify", "--quiet", name]).is_ok()
}

/// The remote's default branch.
fn trunk(dir: &Path) -> Option<String> {
    let default = git(dir, &["rev-parse", "--abbrev-ref", "origin/HEAD"]);
    let default = default.ok().map(|name| name.trim().to_owned());
    let known = ["origin/main", "origin/master"].map(str::to_owned);
    let mut candidates = default.into_iter().chain(known);
    candidates.find(|name| is_there(dir, name))
}

/// Whether a commit that is merged is work that goes into the default branch, on which HEAD is. Otherwise HEAD is the work.
pub(super) fn is_work(dir: &Path, merged: &str) -> bool {
    let on = git(dir, &["symbolic-ref", "--quiet", "--short", "HEAD"]).unwrap_or_default();
    match trunk(dir) {
        Some(trunk) => {
            let known = ["merge-base", "--is-ancestor", merged, &trunk];
            trunk.strip_prefix("origin/") == Some(on.trim()) && git(dir, &known).is_err()
        }
        None => ["main", "master"].contains(&on.trim()),
    }
}

/// The command that gives up what git stopped at, where it did.
pub(super) fn stopped() -> Option<&'static str> {
    let commands = [
        ("MERGE_HEAD", "git merge --abort"),
        ("REBASE_HEAD", "git rebase --abort"),
        ("CHERRY_PICK_HEAD", "git cherry-pick --abort"),
    ];
    let mut commands = commands.into_iter();
    let found = commands.find(|(name, _)| is_there(Path::new("."), name));
    found.map(|(_, command)| command)
}

/// The commits that `git merge` is merging while it asks a driver.
pub(super) fn merging() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let commits = names.filter_map(|name| name.strip_prefix("GITHEAD_").map(str::to_owned));
    commits.collect()
}

/// The commit that `git rebase` puts others on.
pub(super) fn onto() -> Option<String> {
    let at = git(
        Path::new("."),
        &["rev-parse", "--git-path", "rebase-merge/onto"],
    )
    .ok()?;
    let commit = std::fs::read_to_string(at.trim()).ok()?;
    Some(commit.trim().to_owned())
}

/// The migrations that belong to a checksum file: `path` in some commit, and `file` has its content. These commits are
/// tried first.
///
/// # Errors
/// When no commit has it, or its files are not what it says.
pub(super) fn side(path: &str, file: &Path, likely: &[String]) -> Result<Dir, Problem> {
    let here = Path::new(".");
    let sum = std::fs::read(file)
        .map_err(|error| Problem::new(format!("can't read {}: {error}", file.display())))?;
    let parent = Path::new(path).parent().unwrap_or(here);
    if sum.is_empty() {
        return Ok(Dir::of(parent, [], None));
    }
    let file = file.to_string_lossy();
    let blob = git(here, &["hash-object", "--no-filters", "--", &file])?;
    let has = |commit: &str| {
        let at = format!("{commit}:{path}");
        git(here, &["rev-parse", "--verify", "--quiet", &at]).is_ok_and(|found| found == blob)
    };
    let found = match likely.iter().find(|commit| has(commit)) {
        Some(commit) => Some(commit.clone()),
        None => {
            let object = format!("--find-object={}", blob.trim());
            let all = ["log", "--all", "--reflog", "-m", "--format=%H %P", TRIED];
            let log = git(here, &[&all[..], &[&object, "--", path]].concat())?;
            // Where it came, or where it went.
            let mut commits = log.split_whitespace();
            commits.find(|commit| has(commit)).map(str::to_owned)
        }
    };
    let unknown = || Problem::new("no commit has one of the checksum files that are merged");
    let dir = directory(path, &found.ok_or_else(unknown)?)?;
    dir.verify().map_err(|_mismatch| {
        Problem::new("one side's checksums are not those of its migrations")
            .hint("`trueup migrate validate` says on each branch what differs")
    })?;
    Ok(dir)
}

/// The directory of a checksum file as a commit has it.
pub(super) fn directory(path: &str, commit: &str) -> Result<Dir, Problem> {
    let here = Path::new(".");
    let (parent, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(dir, name)| (dir, name));
    let at = format!("{commit}:{parent}");
    let tree = git(here, &["ls-tree", "-z", &at])?;
    let wanted = |file: &str| file.ends_with(".sql") || file == name;
    let mut files = Vec::new();
    let mut sum = None;
    for (file, bytes) in contents(commit, &entries(&tree, wanted))? {
        match file == name {
            true => sum = Some(bytes),
            false => files.push(text(commit, file, bytes)?),
        }
    }
    Ok(Dir::of(parent, files, sum))
}

/// Object and path of the files in a list that `git ls-tree -z` made.
fn entries(tree: &str, wanted: impl Fn(&str) -> bool) -> Vec<(&str, &str)> {
    let lines = tree.split('\0').filter_map(|line| line.split_once('\t'));
    lines
        .filter(|(_, file)| wanted(file))
        .filter_map(|(about, file)| Some((about.split(' ').nth(2)?, file)))
        .collect()
}

/// The contents of files of a commit, in their order.
fn contents(commit: &str, entries: &[(&str, &str)]) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let wanted: String = entries.iter().map(|(oid, _)| format!("{oid}\n")).collect();
    let mut output = &run(Path::new("."), &["cat-file", "--batch"], &wanted)?[..];
    let mut files = Vec::new();
    for (oid, file) in entries {
        let odd = || Problem::new(format!("git does not give {file} of {commit} ({oid})"));
        let end = output
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(odd)?;
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        let size = head
            .strip_prefix(oid)
            .and_then(|rest| rest.strip_prefix(" blob "));
        let size: usize = size.and_then(|size| size.parse().ok()).ok_or_else(odd)?;
        let bytes = output.get(end + 1..end + 1 + size).ok_or_else(odd)?;
        output = output.get(end + 2 + size..).ok_or_else(odd)?;
        files.push(((*file).to_owned(), bytes.to_vec()));
    }
    Ok(files)
}

fn text(commit: &str, file: String, bytes: Vec<u8>) -> Result<(String, String), Problem> {
    let not_text = |_error| Problem::new(format!("{file} of {commit} is not UTF-8"));
    let text = String::from_utf8(bytes).map_err(not_text)?;
    Ok((file, text))
}

/// What is set for merging a checksum file.
pub(super) struct Merging {
    /// Its attribute, in the repository.
    pub(super) attribute: bool,
    /// The driver, in this clone.
    pub(super) driver: bool,
}

/// What is set for merging a checksum file; none where there is no repository.
pub(super) fn merging_of(sum: &Path) -> Option<Merging> {
    let here = Path::new(".");
    let attribute = git(here, &["check-attr", "merge", "--", &sum.to_string_lossy()]).ok()?;
    Some(Merging {
        attribute: !attribute.trim_end().ends_with(": unspecified"),
        driver: git(here, &["config", "--get", DRIVER[0]]).is_ok(),
    })
}

/// Sets something in this clone.
pub(super) fn configure([setting, value]: [&str; 2]) -> Result<(), Problem> {
    git(Path::new("."), &["config", setting, value]).map(drop)
}

/// Merges a file with marks of what conflicts, as git does itself.
pub(super) fn mark(ours: &Path, base: &Path, theirs: &Path) -> Result<(), Problem> {
    let files = [ours, base, theirs].map(|file| file.to_string_lossy().into_owned());
    let names = [
        "merge-file",
        "-q",
        "-L",
        "ours",
        "-L",
        "base",
        "-L",
        "theirs",
    ];
    let args: Vec<&str> = names
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    // Its status is how many there are.
    let _ = git(Path::new("."), &args);
    Ok(())
}

/// The files below a directory that are not as they were where this branch left another one, as paths below it: what is not
/// committed counts.
pub(super) fn changed_since(dir: &Path, other: &str) -> Result<Vec<String>, Problem> {
    let left = git(dir, &["merge-base", other, "HEAD"])?;
    let diff = ["diff", "-z", "--name-only", "--no-renames", "--relative"];
    let diff = git(dir, &[&diff[..], &[left.trim()]].concat())?;
    let new = ["ls-files", "-z", "--others", "--exclude-standard"];
    let all = [diff, git(dir, &new)?].concat();
    let names = all.split('\0').filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}

/// The files of the repository that were not there where this branch left another one: what is not committed counts, and a file
/// that was moved is not a new one.
pub(super) fn added_since(other: &str) -> Result<Vec<PathBuf>, Problem> {
    let top = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
    let top = Path::new(top.trim_end());
    let other = target(top, Some(other))?;
    let left = git(top, &["merge-base", &other, "HEAD"])?;
    let diff = ["diff", "-z", "--name-only", "--diff-filter=A", "-M"];
    let diff = git(top, &[&diff[..], &[left.trim()]].concat())?;
    let new = ["ls-files", "-z", "--others", "--exclude-standard"];
    let all = [diff, git(top, &new)?].concat();
    let names = all.split('\0').filter(|name| !name.is_empty());
    Ok(names.map(|name| top.join(name)).collect())
}

/// Runs git in the directory, and gives the text that it prints.
fn git(dir: &Path, args: &[&str]) -> Result<String, Problem> {
    let output = run(dir, args, "")?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// Runs git in the directory with an input, and gives what it prints.
fn run(dir: &Path, args: &[&str], input: &str) -> Result<Vec<u8>, Problem> {
    let failed =
        |why: &str| Problem::new(format!("git {}: {why}", args.join(" "))).during(stage::DIRECTORY);
    let unable = |error: std::io::Error| failed(&format!("can't be run: {error}"));
    let mut child = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(unable)?;
    let stdin = child.stdin.take();
    let input = input.to_owned();
    // It may print before it has read all.
    let writing = std::thread::spawn(move || {
        stdin.is_none_or(|mut stdin| stdin.write_all(input.as_bytes()).is_ok())
    });
    let output = child.wait_with_output().map_err(unable)?;
    let _ = writing.join();
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim())),
    }
}
