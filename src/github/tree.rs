//! The files of a commit as GitHub's git database has them, and a commit that joins two lines of work.
//!
//! `createCommitOnBranch` makes no commit with two parents, so that one is put together from its parts, and the branch is moved
//! to it where that is a fast-forward. GitHub signs such a commit for an app that leaves author and committer to it; whether
//! it did, the reply says.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{ApiError, ErrorKind, GitHub};
use super::commit::{Committed, branch_head};
use super::event::Repository;

const PERMISSION: &str = "contents: write";

/// The entry at a path of a commit: a file, a link or a submodule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As git writes it: `100644`.
    pub mode: String,
    /// The object.
    pub sha: String,
}

impl Entry {
    /// Whether it is a plain file.
    pub fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

/// Everything that a commit has, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub sha: String,
    pub entries: BTreeMap<String, Entry>,
}

/// Reads what a commit has; none where it is more than GitHub lists.
///
/// # Errors
/// When it can't be read.
pub async fn read(
    github: &GitHub,
    repository: &Repository,
    commit: &str,
) -> Result<Option<Tree>, ApiError> {
    #[derive(Deserialize)]
    struct Body {
        sha: String,
        tree: Vec<Line>,
        truncated: bool,
    }
    #[derive(Deserialize)]
    struct Line {
        path: String,
        mode: String,
        #[serde(rename = "type")]
        kind: String,
        sha: String,
    }
    let path = repository.path(&["git", "trees", commit]);
    let call = github.get(format!("list the files of {commit}"), &path);
    let call = call.query("recursive", "1").needs("contents: read");
    let body: Body = github.json(call).await?;
    let files = body.tree.into_iter().filter(|line| line.kind != "tree");
    let entry = |line: Line| {
        let Line {
            path, mode, sha, ..
        } = line;
        (path, Entry { mode, sha })
    };
    Ok((!body.truncated).then(|| Tree {
        sha: body.sha,
        entries: files.map(entry).collect(),
    }))
}

/// Reads a file's content.
///
/// # Errors
/// When it can't be read.
pub async fn blob(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
) -> Result<Vec<u8>, ApiError> {
    #[derive(Deserialize)]
    struct Body {
        content: String,
    }
    let path = repository.path(&["git", "blobs", sha]);
    let call = github.get(format!("read the object {sha} of {repository}"), &path);
    let call = call.needs("contents: read");
    let odd = github.failed(&call, ErrorKind::Unreadable, "it is not Base64");
    let body: Body = github.json(call).await?;
    let content: String = body.content.split_whitespace().collect();
    STANDARD.decode(content).map_err(|_error| odd)
}

/// The commit from which two went on.
///
/// # Errors
/// When it can't be read or does not exist.
pub async fn fork_point(
    github: &GitHub,
    repository: &Repository,
    (one, other): (&str, &str),
) -> Result<String, ApiError> {
    #[derive(Deserialize)]
    struct Comparison {
        merge_base_commit: Named,
    }
    let basehead = format!("{one}...{other}");
    let path = repository.path(&["compare", &basehead]);
    let what = format!("compare commits of {repository}");
    let call = github.get(what, &path).query("per_page", "1");
    let found: Comparison = github.json(call.needs("contents: read")).await?;
    Ok(found.merge_base_commit.sha)
}

#[derive(Deserialize)]
struct Named {
    sha: String,
}

/// What a path becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text { mode: String, text: String },
    Entry(Entry),
    Gone,
}

/// A commit that joins a branch with another one.
#[derive(Debug)]
pub struct Join<'a> {
    /// The branch that gets it, without `refs/heads/`, and where that is.
    pub branch: &'a str,
    pub head: &'a str,
    /// The commit that is merged in, and what it has.
    pub onto: &'a str,
    pub tree: &'a Tree,
    /// What is otherwise than there.
    pub changes: &'a BTreeMap<String, Content>,
    pub message: &'a str,
}

/// Makes the commit, and moves the branch to it if it is where it is expected to be.
///
/// # Errors
/// The branch was not moved; or, where the error says so, it is unknown whether it was.
pub async fn commit(
    github: &GitHub,
    repository: &Repository,
    join: &Join<'_>,
) -> Result<Committed, ApiError> {
    let parents = [join.head, join.onto];
    let (tree, changes) = (&join.tree.sha, join.changes);
    let made = make(github, repository, (tree, changes), join.message, &parents).await?;
    // A branch that was taken back meanwhile is behind what this commit follows: nothing else keeps that from coming back.
    match branch_head(github, repository, join.branch).await? {
        Some(head) if head == join.head => {}
        Some(head) => return Ok(Committed::Superseded { head }),
        None => return Ok(Committed::Gone),
    }
    let done = Committed::Done {
        oid: made.sha.clone(),
        verified: made.verified(),
        url: made.html_url,
    };
    let Err(error) = move_branch(github, repository, join.branch, &made.sha, false).await else {
        return Ok(done);
    };
    // That it is no fast-forward, or that there is no branch, is not told in any certain form: the branch tells.
    match branch_head(github, repository, join.branch).await {
        Ok(Some(head)) if head == made.sha => Ok(done),
        Ok(Some(head)) if head == join.head => Err(error),
        Ok(Some(head)) => Ok(Committed::Superseded { head }),
        Ok(None) => Ok(Committed::Gone),
        Err(_) => Err(error),
    }
}

/// A commit that no branch has yet.
#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) sha: String,
    #[serde(default)]
    html_url: String,
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    verified: bool,
}

impl Made {
    /// Whether GitHub signed it, where it says.
    pub(super) fn verified(&self) -> Option<bool> {
        self.verification.as_ref().map(|found| found.verified)
    }
}

/// Makes a commit of a tree with changes. Whatever is made without a name for it is nobody's: it may be made twice.
///
/// # Errors
/// When it can't be written.
pub(super) async fn make(
    github: &GitHub,
    repository: &Repository,
    (tree, changes): (&str, &BTreeMap<String, Content>),
    message: &str,
    parents: &[&str],
) -> Result<Made, ApiError> {
    let make = |what: &str, kind: &str, body: Value| {
        let path = repository.path(&["git", kind]);
        let call = github.post(format!("{what} in {repository}"), &path, body);
        call.idempotent().needs(PERMISSION)
    };
    let lines: Vec<Value> = changes.iter().map(line).collect();
    let body = json!({"base_tree": tree, "tree": lines});
    let tree: Named = github.json(make("write a tree", "trees", body)).await?;
    let body = json!({"message": message, "tree": tree.sha, "parents": parents});
    github.json(make("write a commit", "commits", body)).await
}

/// Moves a branch to a commit; to one that does not follow what it is at only by `force`.
///
/// # Errors
/// When it is refused, or it is unknown whether it was done.
pub(super) async fn move_branch(
    github: &GitHub,
    repository: &Repository,
    branch: &str,
    sha: &str,
    force: bool,
) -> Result<(), ApiError> {
    let mut path = repository.path(&["git", "refs", "heads"]);
    path.extend(branch.split('/'));
    let what = format!("move the branch `{branch}` of {repository}");
    let call = github.patch(what, &path, json!({"sha": sha, "force": force}));
    github.json::<Value>(call.needs(PERMISSION)).await?;
    Ok(())
}

fn line((path, content): (&String, &Content)) -> Value {
    match content {
        Content::Text { mode, text } => {
            json!({"path": path, "mode": mode, "type": "blob", "content": text})
        }
        Content::Entry(Entry { mode, sha }) => {
            let kind = if mode == "160000" { "commit" } else { "blob" };
            json!({"path": path, "mode": mode, "type": kind, "sha": sha})
        }
        Content::Gone => json!({"path": path, "mode": "100644", "type": "blob", "sha": null}),
    }
}
