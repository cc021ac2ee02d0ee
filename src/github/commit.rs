//! Commits that GitHub makes and signs for us, and those that it made earlier.
//!
//! `createCommitOnBranch` commits onto a branch only while it is at a given commit, so that nobody's work is lost. A
//! trueup commit is known by its author and by trailers in its message:
//!
//! ```text
//! Trueup-Plan: <hash of the plan>
//! Trueup-Key: <key of the project>
//! Trueup-File: <path, percent-encoded> sha256:<hash of the content>
//! ```
//!
//! Anybody who may push can copy both. So they are enough to hold a commit back, and never to take a file away: that
//! needs GitHub's signature, too, which a server of one's own gives only when it is told to sign web commits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::checkout::is_commit;
use super::client::{ApiError, ErrorKind, GitHub, TokenKind};
use super::event::Repository;
use super::message;
use super::sha256;
use crate::config::url::decode;

/// How often a commit is retried when its outcome is unknown.
const TRIES: u32 = 3;

/// Commits of a pull request that GitHub lists.
const LISTED: usize = 250;

const PERMISSION: &str = "contents: write";

/// A file's path, relative to the repository's root, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// With slashes.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// A commit to be made.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// The branch, without `refs/heads/`.
    pub branch: String,
    pub expected_head: String,
    pub headline: String,
    /// What the message says further, without trailers.
    pub body: String,
    /// The plan that it settles; without one it has no trailers, and is not one of [`OwnCommits`].
    pub plan: Option<String>,
    /// The projects, by [`Identity::key`](super::identity::Identity::key).
    pub keys: Vec<String>,
    pub additions: Vec<FileContent>,
    pub deletions: Vec<String>,
}

impl NewCommit {
    /// The message's text after its first line.
    pub(super) fn message_body(&self) -> String {
        let Some(plan) = self.plan.clone() else {
            return self.body.clone();
        };
        let trailers = Trailers {
            plan,
            keys: self.keys.clone(),
            files: self
                .additions
                .iter()
                .map(|file| (file.path.clone(), sha256(&file.bytes)))
                .collect(),
        };
        match self.body.trim_end() {
            "" => trailers.to_string(),
            body => format!("{body}\n\n{trailers}"),
        }
    }
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is the branch's head.
    Done {
        oid: String,
        /// Whether GitHub shows it as verified; none when it could not be asked.
        verified: Option<bool>,
        url: String,
    },
    /// The branch has moved: somebody else's commit decides.
    Superseded { head: String },
    /// There is no such branch any more.
    Gone,
}

/// A trueup commit on a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCommit {
    pub oid: String,
    /// What its message says of it.
    pub trailers: Trailers,
    /// Whether GitHub made and signed it, so that nobody else can have.
    pub signed: bool,
}

/// trueup's commits on a pull request, up to one of its commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCommits {
    /// Oldest first.
    pub commits: Vec<OwnCommit>,
    /// How many of them, the last ones, have no commit of anybody else on top of them or between them.
    pub on_top: usize,
    /// Whether all of the pull request's commits were seen: GitHub lists 250.
    pub complete: bool,
}

/// What the end of a commit's message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers {
    pub plan: String,
    /// The keys of the projects that it was made for.
    pub keys: Vec<String>,
    /// Paths and the SHA-256 of what was written there.
    pub files: Vec<(String, String)>,
}

impl Trailers {
    /// Reads the last paragraph of a message; none when it does not say a plan.
    pub fn parse(message: &str) -> Option<Self> {
        let message = message.replace("\r\n", "\n");
        let paragraph = message.trim_end().rsplit("\n\n").next()?;
        let mut found = Self::default();
        for line in paragraph.lines() {
            if let Some(plan) = line.strip_prefix("Trueup-Plan: ") {
                found.plan = plan.trim().to_owned();
            } else if let Some(key) = line.strip_prefix("Trueup-Key: ") {
                found.keys.push(key.trim().to_owned());
            } else if let Some(file) = line.strip_prefix("Trueup-File: ") {
                let (path, hash) = file.trim().rsplit_once(" sha256:")?;
                found.files.push((decode(path, false)?, hash.to_owned()));
            }
        }
        (!found.plan.is_empty()).then_some(found)
    }

    /// Whether the commit wrote to a path.
    pub fn touched(&self, path: &str) -> bool {
        self.files.iter().any(|(written, _)| written == path)
    }

    /// Whether the commit was made for a project.
    pub fn is_of(&self, key: &str) -> bool {
        self.keys.iter().any(|own| own == key)
    }

    /// Whether content is what the commit wrote to a path.
    pub fn wrote(&self, path: &str, bytes: &[u8]) -> bool {
        let hash = sha256(bytes);
        self.files
            .iter()
            .any(|(written, digest)| written == path && *digest == hash)
    }
}

impl std::fmt::Display for Trailers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trueup-Plan: {}", self.plan)?;
        for key in &self.keys {
            write!(f, "\nTrueup-Key: {key}")?;
        }
        for (path, hash) in &self.files {
            write!(f, "\nTrueup-File: {} sha256:{hash}", message::encoded(path))?;
        }
        Ok(())
    }
}

/// What happens to a pull request's workflows after a trueup commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followup {
    /// They run.
    Ran,
    /// They wait until somebody approves them.
    Held,
    /// Nothing starts.
    None,
}

impl Followup {
    /// What a commit with this token starts on a server. A workflow's own token starts nothing by itself: github.com
    /// makes a pull request's runs and holds them, a server of one's own does not make them.
    pub fn of(token: TokenKind, server_url: &str) -> Self {
        let host = url::Url::parse(server_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        match token {
            TokenKind::App | TokenKind::User => Self::Ran,
            TokenKind::Actions if host == "github.com" || host.ends_with(".ghe.com") => Self::Held,
            TokenKind::Actions => Self::None,
        }
    }

    /// The word for an output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Held => "held",
            Self::None => "none",
        }
    }

    /// The same in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ran => "workflows run for the new commit",
            Self::Held => {
                "workflows for the new commit wait for `Approve workflows to run`; a token of your own app starts them"
            }
            Self::None => {
                "no workflow runs for the new commit; a token of your own app, or a push by a person, starts them"
            }
        }
    }
}

/// Commits files onto a branch if it is where it is expected to be.
///
/// # Errors
///
/// Nothing was committed; or, where the error says so, it is unknown whether something was.
pub async fn commit_on_branch(
    github: &GitHub,
    repository: &Repository,
    new: &NewCommit,
) -> Result<Committed, ApiError> {
    const MUTATION: &str = "mutation($input:CreateCommitOnBranchInput!){\
        createCommitOnBranch(input:$input){commit{oid url}}}";
    let additions: Vec<Value> = new
        .additions
        .iter()
        .map(|file| json!({"path": file.path, "contents": STANDARD.encode(&file.bytes)}))
        .collect();
    let deletions: Vec<Value> = new
        .deletions
        .iter()
        .map(|path| json!({"path": path}))
        .collect();
    let variables = json!({"input": {
        "branch": {
            "repositoryNameWithOwner": repository.to_string(),
            "branchName": new.branch,
        },
        "expectedHeadOid": new.expected_head,
        "message": {"headline": new.headline, "body": new.message_body()},
        "fileChanges": {"additions": additions, "deletions": deletions},
    }});
    let what = format!("commit to the branch `{}` of {repository}", new.branch);
    let mut tries = 0;
    loop {
        tries += 1;
        let call = github
            .mutation(&what, MUTATION, variables.clone())
            .needs(PERMISSION);
        let mut without = github.failed(&call, ErrorKind::Unreadable, "no commit in the answer");
        without.unknown = true;
        let error = match github.graphql(call).await {
            Ok(data) => {
                let commit = &data["createCommitOnBranch"]["commit"];
                let text = |name: &str| commit[name].as_str().unwrap_or_default().to_owned();
                let oid = text("oid");
                if is_commit(&oid) {
                    return Ok(done(github, repository, oid, text("url")).await);
                }
                without
            }
            Err(error) => error,
        };
        // A branch that is gone is not told in any certain form.
        let may_be_gone = matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid);
        if error.kind != ErrorKind::Stale && !error.unknown && !may_be_gone {
            return Err(error);
        }
        if error.unknown && !github.pause(tries - 1).await {
            return Err(error);
        }
        // The branch tells whether an earlier try made the commit without our knowing.
        let head = match branch_head(github, repository, &new.branch).await {
            Ok(head) => head,
            Err(asking) if error.kind == ErrorKind::Stale => return Err(asking),
            Err(_) => return Err(error),
        };
        match head {
            Some(head) if head == new.expected_head => {
                if !error.unknown || tries == TRIES {
                    return Err(error);
                }
            }
            Some(head) => {
                let commit = read_commit(github, repository, &head).await?;
                return Ok(match commit.is(new) {
                    true => Committed::Done {
                        oid: commit.sha,
                        verified: Some(commit.commit.verification.verified),
                        url: commit.html_url,
                    },
                    false => Committed::Superseded { head },
                });
            }
            None => return Ok(Committed::Gone),
        }
    }
}

/// A commit that was made, with what GitHub says of its signature.
async fn done(github: &GitHub, repository: &Repository, oid: String, url: String) -> Committed {
    let verified = match read_commit(github, repository, &oid).await {
        Ok(commit) => Some(commit.commit.verification.verified),
        Err(error) => {
            tracing::warn!(
                "committed, but whether GitHub has verified the commit can't be told: {error}"
            );
            None
        }
    };
    Committed::Done { oid, verified, url }
}

/// The commit that a branch is at; none when there is no such branch.
pub async fn branch_head(
    github: &GitHub,
    repository: &Repository,
    branch: &str,
) -> Result<Option<String>, ApiError> {
    #[derive(Deserialize)]
    struct Reference {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        sha: String,
    }
    let mut path = repository.path(&["git", "ref", "heads"]);
    path.extend(branch.split('/'));
    let what = format!("read where the branch `{branch}` of {repository} is");
    let call = github.get(what, &path).needs("contents: read");
    match github.json::<Reference>(call).await {
        Ok(reference) => Ok(Some(reference.object.sha)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A commit as REST shows it.
#[derive(Deserialize)]
pub(super) struct CommitBody {
    pub(super) sha: String,
    html_url: String,
    commit: Inner,
    author: Option<Account>,
    committer: Option<Account>,
    #[serde(default)]
    parents: Vec<Parent>,
}

#[derive(Deserialize)]
struct Inner {
    message: String,
    #[serde(default)]
    verification: Verification,
    author: Option<Person>,
}

/// An author as the commit itself names it.
#[derive(Deserialize)]
struct Person {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Verification {
    verified: bool,
}

/// GitHub's account for an author; an empty object where it knows none.
#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    login: String,
}

#[derive(Deserialize)]
struct Parent {
    sha: String,
}

impl CommitBody {
    /// Whether it is the commit that was to be made.
    fn is(&self, new: &NewCommit) -> bool {
        let wanted = format!("{}\n\n{}", new.headline, new.message_body());
        let same = |one: &str, two: &str| Trailers::parse(one) == Trailers::parse(two);
        matches!(self.parents.as_slice(), [parent] if parent.sha == new.expected_head)
            && self.commit.message.lines().next() == Some(new.headline.as_str())
            && same(&self.commit.message, &wanted)
    }

    /// The commit, if its author and its message say that we wrote it.
    pub(super) fn own(&self, login: &str) -> Option<OwnCommit> {
        let name = |account: &Option<Account>| {
            let account = account.as_ref().map(|account| account.login.clone());
            account.filter(|login| !login.is_empty())
        };
        // Where GitHub knows no account for the author, the name is the login that it made the commit for.
        let written = self.commit.author.as_ref();
        let author = name(&self.author).or_else(|| written?.name.clone());
        if login.is_empty() || !author?.eq_ignore_ascii_case(login) {
            return None;
        }
        Some(OwnCommit {
            oid: self.sha.clone(),
            trailers: Trailers::parse(&self.commit.message)?,
            signed: self.commit.verification.verified
                && name(&self.author).is_some()
                && name(&self.committer).as_deref() == Some("web-flow"),
        })
    }
}

/// Reads a commit.
///
/// # Errors
/// When it can't be read.
pub(super) async fn read_commit(
    github: &GitHub,
    repository: &Repository,
    oid: &str,
) -> Result<CommitBody, ApiError> {
    let path = repository.path(&["commits", oid]);
    let what = format!("read the commit {oid} of {repository}");
    github
        .json(github.get(what, &path).needs("contents: read"))
        .await
}

/// The commits of a pull request that say that we made them, up to the commit `until`; none where the pull request does not
/// have that any more.
pub async fn commits_of_ours(
    github: &GitHub,
    repository: &Repository,
    pull: u64,
    until: &str,
) -> Result<OwnCommits, ApiError> {
    let login = github.viewer().await?.login.clone();
    let number = pull.to_string();
    let path = repository.path(&["pulls", &number, "commits"]);
    let what = format!("read the commits of {repository}#{pull}");
    let call = github.get(what, &path).needs("pull-requests: read");
    let all: Vec<CommitBody> = github.pages(call).await?;
    let own = |commit: &CommitBody| commit.own(&login);
    let last = all.iter().position(|commit| commit.sha == until);
    let seen = &all[..last.map_or(0, |last| last + 1)];
    Ok(OwnCommits {
        commits: seen.iter().filter_map(own).collect(),
        on_top: seen.iter().rev().map_while(own).count(),
        complete: all.len() < LISTED,
    })
}

/// Whether there is a file at a commit or branch.
pub async fn is_on(
    github: &GitHub,
    repository: &Repository,
    reference: &str,
    path: &str,
) -> Result<bool, ApiError> {
    let mut parts = repository.path(&["contents"]);
    parts.extend(path.split('/'));
    let what = format!("read {path} of {repository} at {reference}");
    let call = github.get(what, &parts).query("ref", reference);
    match github
        .json::<IgnoredAny>(call.needs("contents: read"))
        .await
    {
        Ok(_) => Ok(true),
        Err(error)
            if error.kind == ErrorKind::NotFound && !error.message.contains("No commit found") =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(body: &str) -> NewCommit {
        NewCommit {
            branch: "topic".into(),
            expected_head: "a".repeat(40),
            headline: "Add users.email".into(),
            body: body.into(),
            plan: Some("0123abcd".into()),
            keys: vec!["00ff00ff00ff".into(), "0f0f0f0f0f0f".into()],
            additions: vec![FileContent {
                path: "migrations/1 a #1 sha256:b.sql".into(),
                bytes: b"SELECT 1;\n".to_vec(),
            }],
            deletions: Vec::new(),
        }
    }

    #[test]
    fn trailers_come_back_from_a_message() {
        for body in ["", "Made by a machine.\n\nTrueup-Plan: another"] {
            let new = new(body);
            let message = format!("{}\r\n\r\n{}\n", new.headline, new.message_body());
            let found = Trailers::parse(&message).expect("trailers");
            assert_eq!(found.plan, "0123abcd");
            assert!(found.is_of("00ff00ff00ff") && found.is_of("0f0f0f0f0f0f"));
            assert!(!found.is_of("ff00ff00ff00"));
            assert!(found.wrote("migrations/1 a #1 sha256:b.sql", b"SELECT 1;\n"));
            assert!(!found.wrote("migrations/1 a #1 sha256:b.sql", b"SELECT 2;\n"));
            assert!(!found.wrote("migrations/2.sql", b"SELECT 1;\n"));
        }
        assert_eq!(Trailers::parse("Trueup-Plan: x\n\nmore"), None);
        assert_eq!(Trailers::parse(""), None);
    }

    #[test]
    fn a_commit_is_ours_by_author_and_words_and_certainly_so_by_its_signature() {
        let commit = |author: &str, committer: &str, verified: bool| -> CommitBody {
            serde_json::from_value(json!({
                "sha": "b".repeat(40), "html_url": "https://github.com/o/r/commit/b",
                "author": {"login": author}, "committer": {"login": committer},
                "parents": [{"sha": "a".repeat(40)}],
                "commit": {
                    "message": format!("Add users.email\n\n{}", new("").message_body()),
                    "verification": {"verified": verified, "reason": "valid"},
                },
            }))
            .expect("a commit")
        };
        let bot = "github-actions[bot]";
        let signed = |body: CommitBody| body.own(bot).map(|own| own.signed);
        assert_eq!(signed(commit(bot, "web-flow", true)), Some(true));
        assert_eq!(signed(commit("mallory", "web-flow", true)), None);
        assert_eq!(signed(commit(bot, "mallory", true)), Some(false));
        assert_eq!(signed(commit(bot, "web-flow", false)), Some(false));
        assert!(commit("x", "web-flow", true).own("").is_none());
        let mut unknown = commit(bot, "web-flow", true);
        unknown.author = None;
        unknown.commit.author = Some(Person {
            name: Some(bot.into()),
        });
        assert_eq!(signed(unknown), Some(false), "a name alone proves nothing");
        assert!(commit("x", "y", true).is(&new("")));
        let mut other = new("");
        other.plan = Some("ffff".into());
        assert!(!commit("x", "y", true).is(&other));
        let empty: CommitBody = serde_json::from_value(json!({
            "sha": "b", "html_url": "", "author": {}, "committer": null, "commit": {"message": ""},
        }))
        .expect("a commit of nobody");
        assert!(empty.own("x").is_none());
    }

    #[test]
    fn what_follows_depends_on_the_token_and_the_server() {
        let of = |kind, server: &str| Followup::of(kind, server).name();
        assert_eq!(of(TokenKind::Actions, "https://github.com"), "held");
        assert_eq!(of(TokenKind::Actions, "https://corp.ghe.com"), "held");
        assert_eq!(of(TokenKind::Actions, "https://git.corp"), "none");
        assert_eq!(
            of(TokenKind::Actions, "https://github.com.evil.example"),
            "none"
        );
        assert_eq!(of(TokenKind::App, "https://github.com"), "ran");
        assert_eq!(of(TokenKind::User, "https://git.corp"), "ran");
    }
}
