//! A pull request as it is now. An event's payload is of the moment when its run was started: since then the head may have
//! moved, and the base may have what it did not have then.

use serde::Deserialize;

use super::client::{ApiError, ErrorKind, GitHub};
use super::commit::{CommitBody, branch_head};
use super::event::{PullRequest, Repository, WorkflowRun};

/// What is read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    pub number: u64,
    /// The commit that its branch is at.
    pub head: String,
    /// Its branch.
    pub branch: String,
    /// The branch that it is to be merged into.
    pub base: String,
    /// Whether both are of one repository, by number: a fork may have any name, and its branches too.
    pub ours: bool,
    /// Its branch is the repository's default branch.
    pub trunk: bool,
}

#[derive(Deserialize)]
struct Body {
    number: u64,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
    /// None where the fork is gone.
    repo: Option<Whose>,
}

#[derive(Deserialize)]
struct Whose {
    id: u64,
    default_branch: String,
}

impl From<Body> for Now {
    fn from(Body { number, head, base }: Body) -> Self {
        let id = |side: &Side| side.repo.as_ref().map(|repository| repository.id);
        Self {
            number,
            ours: id(&head).is_some() && id(&head) == id(&base),
            trunk: head
                .repo
                .as_ref()
                .is_some_and(|repository| repository.default_branch == head.branch),
            head: head.sha,
            branch: head.branch,
            base: base.branch,
        }
    }
}

/// Reads it.
pub async fn now(github: &GitHub, repository: &Repository, number: u64) -> Result<Now, ApiError> {
    let number = number.to_string();
    let path = repository.path(&["pulls", &number]);
    let what = format!("read where {repository}#{number} is");
    let call = github.get(what, &path).needs("pull-requests: read");
    Ok(github.json::<Body>(call).await?.into())
}

/// The open ones into a branch, and from it, the ones first that somebody worked on last.
pub async fn open(
    github: &GitHub,
    repository: &Repository,
    branch: &str,
) -> Result<Vec<Now>, ApiError> {
    let head = format!("{}:{branch}", repository.owner);
    let mut all = Vec::new();
    for (side, branch) in [("base", branch), ("head", &*head)] {
        let path = repository.path(&["pulls"]);
        let what = format!("list the pull requests of {repository}");
        let call = github.get(what, &path).query("state", "open");
        let call = call.query("sort", "updated").query("direction", "desc");
        let call = call.query(side, branch).needs("pull-requests: read");
        let found: Vec<Body> = github.pages(call).await?;
        all.extend(found.into_iter().map(Now::from));
    }
    Ok(all)
}

/// The pull request by whose merge a commit came to a branch.
pub async fn merged(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
    branch: &str,
) -> Result<Option<u64>, ApiError> {
    #[derive(Deserialize)]
    struct Associated {
        number: u64,
        merged_at: Option<String>,
        merge_commit_sha: Option<String>,
        base: Base,
    }
    #[derive(Deserialize)]
    struct Base {
        #[serde(rename = "ref")]
        branch: String,
    }
    let path = repository.path(&["commits", sha, "pulls"]);
    let what = format!("look for the pull request of commit {sha} of {repository}");
    let call = github.get(what, &path).needs("pull-requests: read");
    let mut all: Vec<Associated> = github.pages(call).await?;
    all.retain(|pull| pull.merged_at.is_some() && pull.base.branch == branch);
    // Several have the commit where one was merged into the branch of another.
    let by_it = |pull: &&Associated| pull.merge_commit_sha.as_deref() == Some(sha);
    let found = all.iter().find(by_it).or(all.first());
    Ok(found.map(|pull| pull.number))
}

/// The branch that a pull request is to be merged into, and the commit that it is at.
pub async fn base(
    github: &GitHub,
    repository: &Repository,
    pull: &PullRequest,
) -> Result<(String, String), ApiError> {
    let branch = now(github, repository, pull.number).await?.base;
    // A branch that is gone has nothing newer than what the payload knew.
    let tip = branch_head(github, repository, &branch).await?;
    let tip = tip.unwrap_or_else(|| pull.base.sha.clone());
    Ok((branch, tip))
}

/// Where the head is now, if somebody else than trueup has moved it since the run was started. Commits by other steps of
/// the run do not make what it found stale.
pub async fn moved(
    github: &GitHub,
    repository: &Repository,
    pull: &PullRequest,
) -> Result<Option<String>, ApiError> {
    let head = now(github, repository, pull.number).await?.head;
    if head == pull.head.sha {
        return Ok(None);
    }
    let number = pull.number.to_string();
    let path = repository.path(&["pulls", &number, "commits"]);
    let what = format!("read the commits of {repository}#{number}");
    let call = github.get(what, &path).needs("pull-requests: read");
    let all: Vec<CommitBody> = github.pages(call).await?;
    let since = all.iter().rev();
    let since: Vec<&CommitBody> = since
        .take_while(|commit| commit.sha != pull.head.sha)
        .collect();
    let login = &github.viewer().await?.login;
    let ours = since.len() < all.len() && since.iter().all(|commit| commit.own(login).is_some());
    Ok((!ours).then_some(head))
}

/// Whether a commit is the head now, and trueup alone has moved it there since the run was started.
pub async fn reached(
    github: &GitHub,
    repository: &Repository,
    pull: &PullRequest,
    commit: &str,
) -> Result<bool, ApiError> {
    Ok(now(github, repository, pull.number).await?.head == commit
        && moved(github, repository, pull).await?.is_none())
}

/// Files that GitHub lists of a pull request at most.
const FILES: usize = 3000;

#[derive(Deserialize)]
struct File {
    filename: String,
    previous_filename: Option<String>,
    status: String,
}

/// The paths of the files that a pull request changes, under their old names, too; none where it changes more than GitHub lists.
pub async fn files(
    github: &GitHub,
    repository: &Repository,
    number: u64,
) -> Result<Option<Vec<String>>, ApiError> {
    let names = |file: File| std::iter::once(file.filename).chain(file.previous_filename);
    let all = listed(github, repository, number).await?;
    Ok(all.map(|all| all.into_iter().flat_map(names).collect()))
}

/// The paths of those that it adds; none where it changes more than GitHub lists.
pub async fn added(
    github: &GitHub,
    repository: &Repository,
    number: u64,
) -> Result<Option<Vec<String>>, ApiError> {
    let is_new = |file: &File| ["added", "copied"].contains(&file.status.as_str());
    let all = listed(github, repository, number).await?;
    Ok(all.map(|all| {
        let new = all.into_iter().filter(is_new);
        new.map(|file| file.filename).collect()
    }))
}

async fn listed(
    github: &GitHub,
    repository: &Repository,
    number: u64,
) -> Result<Option<Vec<File>>, ApiError> {
    let number = number.to_string();
    let path = repository.path(&["pulls", &number, "files"]);
    let what = format!("list the files of {repository}#{number}");
    let call = github.get(what, &path).needs("pull-requests: read");
    let all: Vec<File> = github.pages(call).await?;
    Ok((all.len() < FILES).then_some(all))
}

/// A pull request of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfBranch {
    pub number: u64,
    /// It is at the commit that was asked about.
    pub current: bool,
}

/// The open pull requests of the branch that a run was for, known by its repository's number: a run for a fork's branch names
/// none.
pub async fn of_run(
    github: &GitHub,
    repository: &Repository,
    run: &WorkflowRun,
) -> Result<Vec<OfBranch>, ApiError> {
    #[derive(Deserialize)]
    struct Open {
        number: u64,
        head: Head,
    }
    #[derive(Deserialize)]
    struct Head {
        sha: String,
        repo: Option<Id>,
    }
    #[derive(Deserialize)]
    struct Id {
        id: u64,
    }
    let (Some(from), Some(branch)) = (&run.head_repository, &run.head_branch) else {
        return Ok(Vec::new());
    };
    let path = repository.path(&["pulls"]);
    let what = format!(
        "list the pull requests of {}:{branch} in {repository}",
        from.owner
    );
    let call = github.get(what, &path).needs("pull-requests: read");
    // Owner and branch alone may be those of another repository.
    let call = call.query("head", &format!("{}:{branch}", from.owner));
    let all: Vec<Open> = github.pages(call.query("state", "open")).await?;
    let same = |open: &Open| open.head.repo.as_ref().map(|repo| repo.id) == from.id;
    Ok(all
        .into_iter()
        .filter(|open| from.id.is_some() && same(open))
        .map(|open| OfBranch {
            number: open.number,
            current: open.head.sha == run.head_sha,
        })
        .collect())
}

/// The names in a directory at a commit; none where there is no such directory. GitHub lists a thousand.
pub async fn names(
    github: &GitHub,
    repository: &Repository,
    sha: &str,
    directory: &str,
) -> Result<Vec<String>, ApiError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Directory(Vec<Entry>),
        Other(serde::de::IgnoredAny),
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
    }
    let mut path = repository.path(&["contents"]);
    path.extend(directory.split('/'));
    let what = format!("list {directory} of {repository} at {sha}");
    let call = github.get(what, &path).query("ref", sha);
    match github.json(call.needs("contents: read")).await {
        Ok(Content::Directory(entries)) => {
            Ok(entries.into_iter().map(|entry| entry.name).collect())
        }
        Ok(Content::Other(_)) => Ok(Vec::new()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
