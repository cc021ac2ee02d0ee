//! The one pull request that takes in what a database has: opened on a branch of its own, kept true while the database differs,
//! closed when it does not any more.
//!
//! The branch is named by the project (see [`super::identity`]) and has one trueup commit (see [`super::commit`]) on top of
//! the commit that was looked at. What changes replaces it: a branch whose last commit is anybody else's is never moved or
//! deleted, and neither is one with which nothing is to be done. The pull request's body begins with the marker
//! `<!-- trueup:v1 key=<12 hex> h=<hash> -->`, with the hash of the drift, `-` after the drift ended.
//!
//! | the drift | the pull request | what follows |
//! |---|---|---|
//! | any | none, merged, or closed by us | it is opened |
//! | the same | open | nothing |
//! | another, or other migrations before it | open | the commit is replaced, and the body |
//! | any | open, with a commit of somebody else on top | left alone |
//! | the same | closed by somebody | left alone |
//! | another | closed by somebody | a new one is opened |
//! | none | open | a comment, it is closed, and the branch deleted |
//! | unknown | any | nothing |

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{ApiError, ErrorKind, GitHub};
use super::comment::{self, On, Post};
use super::commit::{NewCommit, branch_head, read_commit};
use super::event::Repository;
use super::sha256;
use super::tree::{self, Content};

const PERMISSION: &str = "pull-requests: write";

/// What the token needs to write a branch.
const WRITES: &str = "contents: write";

/// What is said where it is closed.
const OVER: &str = "✅ The database matches its migrations again, so there is nothing to adopt.";

/// The pull request of a project.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// By [`Identity::key`](super::identity::Identity::key).
    pub key: &'a str,
    /// Its branch, without `refs/heads/`.
    pub branch: &'a str,
    /// The branch that it is to be merged into.
    pub base: &'a str,
}

/// What it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Equal for equal drift; hexadecimal digits.
    pub hash: &'a str,
    /// The title of a new one: it is people's from then on.
    pub title: &'a str,
    /// Markdown.
    pub body: &'a str,
    /// The one commit, on top of [`NewCommit::expected_head`]; with a plan, by which it is told from others.
    pub commit: &'a NewCommit,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none, and none is needed.
    Nothing,
    Opened,
    Updated,
    Same,
    /// Somebody closed it.
    Declined,
    /// Somebody else has committed to its branch.
    Touched,
    Closed,
}

/// How it was kept.
#[derive(Debug)]
pub struct Kept {
    pub state: State,
    /// Its number and address, where there is one.
    pub pull: Option<(u64, String)>,
    /// The commit that was made, and whether GitHub shows it as verified, where it says.
    pub commit: Option<(String, Option<bool>)>,
    /// What could not be done besides.
    pub left: Vec<ApiError>,
}

#[derive(Deserialize)]
struct Listed {
    number: u64,
    html_url: String,
    state: String,
    merged_at: Option<String>,
    body: Option<String>,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    repo: Option<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

impl Listed {
    fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// The hash that its body remembers.
    fn hash(&self, key: &str) -> Option<&str> {
        let marker = format!("<!-- trueup:v1 key={key} h=");
        let rest = self.body.as_deref()?.strip_prefix(&marker)?;
        Some(rest.split_once(" -->")?.0)
    }
}

/// The branch that repositories are cloned with.
///
/// # Errors
/// When it can't be read.
pub async fn default_branch(github: &GitHub, repository: &Repository) -> Result<String, ApiError> {
    #[derive(Deserialize)]
    struct Body {
        default_branch: String,
    }
    let call = github.get(format!("look at {repository}"), &repository.path(&[]));
    Ok(github.json::<Body>(call).await?.default_branch)
}

/// Makes the pull request what it is to be; without an offer the drift is over.
///
/// # Errors
/// When it can't be read or written.
pub async fn keep(
    github: &GitHub,
    repository: &Repository,
    subject: &Subject<'_>,
    offer: Option<&Offer<'_>>,
) -> Result<Kept, ApiError> {
    let keeper = Keeper {
        github,
        repository,
        subject,
    };
    let done = match offer {
        Some(offer) => keeper.offered(offer).await,
        None => keeper.over().await,
    };
    done.map_err(|error| match error.permission {
        // Both permissions are named at once.
        Some(_) => ApiError {
            permission: Some(format!("{WRITES}`, `{PERMISSION}")),
            ..error
        },
        None => error,
    })
}

struct Keeper<'a> {
    github: &'a GitHub,
    repository: &'a Repository,
    subject: &'a Subject<'a>,
}

impl Keeper<'_> {
    async fn offered(&self, offer: &Offer<'_>) -> Result<Kept, ApiError> {
        let latest = self.latest().await?;
        let hash = latest.as_ref().and_then(|pull| pull.hash(self.subject.key));
        let same = hash == Some(offer.hash);
        let kept = |state, pull: &Listed| Kept {
            state,
            pull: Some((pull.number, pull.html_url.clone())),
            commit: None,
            left: Vec::new(),
        };
        if let Some(pull) = &latest
            && !pull.is_open()
            && pull.merged_at.is_none()
            && same
        {
            return Ok(kept(State::Declined, pull));
        }
        let open = latest.as_ref().filter(|pull| pull.is_open());
        let head = branch_head(self.github, self.repository, self.subject.branch).await?;
        let commit = match &head {
            None => Some(self.commit(offer, None).await?),
            Some(head) => match (self.plan_of(head).await?, open) {
                (Some(plan), _) if Some(&plan) == offer.commit.plan.as_ref() => None,
                (Some(_), _) => Some(self.commit(offer, Some(head)).await?),
                (None, Some(pull)) => return Ok(kept(State::Touched, pull)),
                (None, None) => {
                    return Ok(Kept {
                        state: State::Touched,
                        pull: None,
                        commit: None,
                        left: Vec::new(),
                    });
                }
            },
        };
        let body = format!("{}{}", self.marker(offer.hash), offer.body);
        let kept = match open {
            Some(pull) if same && commit.is_none() => kept(State::Same, pull),
            Some(pull) => {
                self.edit(pull.number, json!({"body": body})).await?;
                kept(State::Updated, pull)
            }
            None => kept(State::Opened, &self.open(offer.title, &body).await?),
        };
        Ok(Kept { commit, ..kept })
    }

    async fn over(&self) -> Result<Kept, ApiError> {
        let mut kept = Kept {
            state: State::Nothing,
            pull: None,
            commit: None,
            left: Vec::new(),
        };
        let latest = self.latest().await?;
        if let Some(pull) = latest.filter(Listed::is_open) {
            let mut key = sha256(format!("adopt {}", self.subject.key).as_bytes());
            key.truncate(12);
            let on = On::Pull(pull.number);
            let said = comment::upsert(
                self.github,
                self.repository,
                on,
                &key,
                OVER.into(),
                Post::Always,
            );
            // Locked: it can still be closed.
            match said.await {
                Ok(said) => kept.left.extend(said.left),
                Err(error) if error.is_refused() => kept.left.push(error),
                Err(error) => return Err(error),
            }
            let body = pull.body.as_deref().unwrap_or_default();
            let text = match pull.hash(self.subject.key) {
                Some(_) => body.split_once('\n').map_or("", |(_, text)| text),
                None => body,
            };
            let body = format!("{}{text}", self.marker("-"));
            let change = json!({"body": body, "state": "closed"});
            self.edit(pull.number, change).await?;
            kept.state = State::Closed;
            kept.pull = Some((pull.number, pull.html_url));
        }
        let branch = self.subject.branch;
        if let Some(head) = branch_head(self.github, self.repository, branch).await?
            && self.plan_of(&head).await?.is_some()
        {
            let mut path = self.repository.path(&["git", "refs", "heads"]);
            path.extend(branch.split('/'));
            let what = format!("delete the branch `{branch}` of {}", self.repository);
            let call = self.github.delete(what, &path).needs(WRITES);
            if let Err(error) = self.github.json::<Value>(call).await {
                kept.left.push(error);
            }
        }
        Ok(kept)
    }

    fn marker(&self, hash: &str) -> String {
        format!("<!-- trueup:v1 key={} h={hash} -->\n", self.subject.key)
    }

    /// The last pull request of the branch. A fork's branch may have its name.
    async fn latest(&self) -> Result<Option<Listed>, ApiError> {
        let head = format!("{}:{}", self.repository.owner, self.subject.branch);
        let path = self.repository.path(&["pulls"]);
        let what = format!("list the pull requests of {head}");
        let call = self.github.get(what, &path).query("state", "all");
        let call = call.query("head", &head).needs("pull-requests: read");
        let all: Vec<Listed> = self.github.pages(call).await?;
        let id = |side: &Side| side.repo.as_ref().map(|repository| repository.id);
        let ours = all
            .into_iter()
            .filter(|pull| id(&pull.head).is_some() && id(&pull.head) == id(&pull.base));
        Ok(ours.max_by_key(|pull| (pull.is_open(), pull.number)))
    }

    /// The plan of a commit that is ours.
    async fn plan_of(&self, oid: &str) -> Result<Option<String>, ApiError> {
        let login = self.github.viewer().await?.login.clone();
        let commit = read_commit(self.github, self.repository, oid).await?;
        let own = commit.own(&login);
        let own = own.filter(|own| own.trailers.is_of(self.subject.key));
        Ok(own.map(|own| own.trailers.plan))
    }

    /// Makes the commit, and the branch's head of it, where that is what it was seen to be.
    async fn commit(
        &self,
        offer: &Offer<'_>,
        head: Option<&str>,
    ) -> Result<(String, Option<bool>), ApiError> {
        #[derive(Deserialize)]
        struct Base {
            tree: Tree,
        }
        #[derive(Deserialize)]
        struct Tree {
            sha: String,
        }
        let (github, repository, new) = (self.github, self.repository, offer.commit);
        let onto = &new.expected_head;
        let path = repository.path(&["git", "commits", onto]);
        let call = github.get(format!("read the commit {onto} of {repository}"), &path);
        let base: Base = github.json(call.needs("contents: read")).await?;
        let added = new.additions.iter().map(|file| {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            let mode = "100644".to_owned();
            (file.path.clone(), Content::Text { mode, text })
        });
        let changes: BTreeMap<String, Content> = added.collect();
        let message = format!("{}\n\n{}", new.headline, new.message_body());
        let tree = (base.tree.sha.as_str(), &changes);
        let made = tree::make(github, repository, tree, &message, &[onto]).await?;
        let branch = self.subject.branch;
        match head {
            None => {
                let path = repository.path(&["git", "refs"]);
                let what = format!("make the branch `{branch}` of {repository}");
                let body = json!({"ref": format!("refs/heads/{branch}"), "sha": made.sha});
                let call = github.post(what, &path, body).needs(WRITES);
                if let Err(error) = github.json::<Value>(call).await
                    && branch_head(github, repository, branch).await?.as_ref() != Some(&made.sha)
                {
                    return Err(error);
                }
            }
            Some(head) => {
                let now = branch_head(github, repository, branch).await?;
                if now.as_deref() != Some(head) {
                    let path = repository.path(&["git", "refs"]);
                    let call = github.get(format!("move the branch `{branch}`"), &path);
                    return Err(github.failed(&call, ErrorKind::Stale, ""));
                }
                tree::move_branch(github, repository, branch, &made.sha, true).await?;
            }
        }
        let verified = made.verified();
        Ok((made.sha, verified))
    }

    /// Opens it, unless another run did.
    async fn open(&self, title: &str, body: &str) -> Result<Listed, ApiError> {
        let (head, base) = (self.subject.branch, self.subject.base);
        let new = json!({"title": title, "head": head, "base": base, "body": body});
        let path = self.repository.path(&["pulls"]);
        let what = format!("open a pull request in {}", self.repository);
        let call = self.github.post(what, &path, new).needs(PERMISSION);
        match self.github.json::<Listed>(call).await {
            Err(error) if error.unknown || error.kind == ErrorKind::Invalid => {
                let found = self.latest().await?;
                found.filter(Listed::is_open).ok_or(error)
            }
            done => done,
        }
    }

    async fn edit(&self, number: u64, change: Value) -> Result<(), ApiError> {
        let path = [number.to_string()];
        let path = self.repository.path(&["pulls", &path[0]]);
        let what = format!("edit pull request {}#{number}", self.repository);
        let call = self.github.patch(what, &path, change);
        self.github.json::<Value>(call.needs(PERMISSION)).await?;
        Ok(())
    }
}
