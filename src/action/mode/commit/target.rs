//! The branch of a pull request that a migration is committed to, through GitHub's API, so that the commit is verified and
//! goes nowhere but on top of what was looked at.

use crate::action::deliver::plan_hash;
use crate::action::finding::{Commit, Part};
use crate::github::checkout::Checkout;
use crate::github::client::GitHub;
use crate::github::commit::{
    Committed, FileContent, Followup, NewCommit, OwnCommit, OwnCommits, commit_on_branch,
    commits_of_ours, is_on,
};
use crate::github::event::{PullRequest, Repository};
use crate::github::follow::went_on_elsewhere;
use crate::github::{message, pull};
use crate::report::{Redactor, short_commit};

use super::outcome::Done;
use crate::action::mode::Refused;

/// How often a commit is retried on a head that was moved by commits for other projects.
const FOLLOWED: usize = 20;

/// A pull request whose branch can be committed to.
pub(super) struct Target<'a> {
    pub(super) github: &'a GitHub,
    pub(super) key: String,
    pub(super) repository: &'a Repository,
    pub(super) pull: &'a PullRequest,
    pub(super) server_url: &'a str,
}

impl Target<'_> {
    /// The parent of the new commit: what is checked out. That is the head of the event, or of later, where
    /// only trueup's commits for other directories came in between.
    pub(super) async fn head(&self, prefix: &str) -> Result<String, Refused> {
        let here = std::env::current_dir().unwrap_or_default();
        let checkout =
            Checkout::of(&here).map_err(|error| Refused::new(error.to_string(), error.hint()))?;
        let head = &self.pull.head.sha;
        if checkout.head == *head || self.follows(head, &checkout.head, &[prefix]).await {
            return Ok(checkout.head);
        }
        Err(Refused::new(
            format!(
                "commit `{}` is checked out, and the pull request's head is `{}`",
                short_commit(&checkout.head),
                short_commit(head),
            ),
            "check the head out, not its merge with the base: `actions/checkout` with \
             `ref: ${{ github.event.pull_request.head.sha }}`",
        ))
    }

    /// Whether only trueup's commits for other directories are between two commits.
    async fn follows(&self, from: &str, to: &str, directories: &[&str]) -> bool {
        let between = (from, to);
        went_on_elsewhere(self.github, self.repository, between, directories)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(
                    "it is unknown whether only trueup has committed to the branch since: {error}"
                );
                false
            })
    }

    /// How many of the last migrations, paths and texts with the very last first, may be replaced: added by a trueup commit
    /// for this project on this pull request, untouched since, and unknown to the base branch. A trueup commit is for these
    /// migrations if it wrote a path that `settles` says so of.
    ///
    /// # Errors
    /// When GitHub does not say; when the head is a commit of ours and something is missing again, so that another
    /// commit would not settle it either.
    pub(super) async fn replaceable(
        &self,
        last: &[(String, &str)],
        settles: impl Fn(&str) -> bool,
        head: &str,
    ) -> Result<usize, Refused> {
        let number = self.pull.number;
        let own: OwnCommits = commits_of_ours(self.github, self.repository, number, head).await?;
        if !own.complete {
            return Err(Refused::new(
                format!(
                    "pull request {number} has more commits than GitHub lists (250), so those of trueup among them can't be \
                     told"
                ),
                "commit the migration yourself, or squash the branch",
            ));
        }
        let on_top = own.commits.iter().rev().take(own.on_top);
        let ours = |commit: &&OwnCommit| {
            let mut written = commit.trailers.files.iter();
            written.any(|(path, _)| settles(path))
        };
        if let Some(last) = on_top.into_iter().find(ours) {
            let short = short_commit(&last.oid);
            return Err(Refused::new(
                format!(
                    "commit `{short}` by trueup was to settle this, and something is missing again, so that another one would \
                     not settle it either"
                ),
                "the models' program must print the same SQL each time: look for what depends on the machine, the time or the \
                 order of a set; if somebody changed that commit by hand, push a commit on top of it",
            ));
        }
        let mut count = 0;
        for (path, text) in last {
            let ours = own.commits.iter().any(|commit| {
                commit.signed
                    && commit.trailers.is_of(&self.key)
                    && commit.trailers.wrote(path, text.as_bytes())
            });
            if !ours {
                break;
            }
            // The payload of a run that is started again may be older than what was merged.
            let (_, base) = pull::base(self.github, self.repository, self.pull).await?;
            if is_on(self.github, self.repository, &base, path).await? {
                break;
            }
            count += 1;
        }
        Ok(count)
    }

    /// Commits what is missing for one or several projects at once, on top of what was looked at. Where commits for other
    /// projects came in between, it is made on top of these.
    pub(super) async fn commit(
        &self,
        parts: &[&Part],
        directories: &[&str],
        redactor: &Redactor,
    ) -> Result<Done, Refused> {
        let looked_at = parts.first().map_or("", |part| part.head.as_str());
        let mut new = NewCommit {
            branch: self.pull.head.branch.clone(),
            expected_head: looked_at.to_owned(),
            headline: message::headline(&redactor.redact(&headline(parts))),
            body: body(parts, redactor),
            plan: Some(plan_hash(parts.iter().map(|part| &part.report))),
            keys: parts.iter().map(|part| part.key.clone()).collect(),
            additions: parts
                .iter()
                .flat_map(|part| &part.files.additions)
                .map(|(path, text)| FileContent {
                    path: path.clone(),
                    bytes: text.clone().into_bytes(),
                })
                .collect(),
            deletions: parts
                .iter()
                .flat_map(|part| part.files.deletions.clone())
                .collect(),
        };
        let mut followed = 0;
        loop {
            match commit_on_branch(self.github, self.repository, &new).await? {
                Committed::Done { oid, verified, url } => {
                    let kind = self.github.viewer().await?.kind;
                    tracing::info!(%url, "committed");
                    return Ok(Done::Committed(Commit {
                        oid,
                        verified,
                        followup: Followup::of(kind, self.server_url),
                    }));
                }
                Committed::Gone => {
                    return Err(Refused::new(
                        format!("the branch `{}` is gone", new.branch),
                        "restore the branch, or apply the patch to another one",
                    ));
                }
                Committed::Superseded { head } => {
                    followed += 1;
                    if followed > FOLLOWED || !self.follows(looked_at, &head, directories).await {
                        return Ok(Done::Superseded { head });
                    }
                    new.expected_head = head;
                }
            }
        }
    }
}

fn headline(parts: &[&Part]) -> String {
    let new: Vec<&str> = parts
        .iter()
        .filter_map(|part| part.files.path.as_deref())
        .collect();
    match new.as_slice() {
        [] => "Remove a migration that the models no longer need".to_owned(),
        [path] => format!("Add migration {}", path.rsplit('/').next().unwrap_or(path)),
        several => format!("Add {} migrations", several.len()),
    }
}

/// What the migrations change; of several projects, under the path of each.
fn body(parts: &[&Part], redactor: &Redactor) -> String {
    let mut text = String::new();
    for part in parts
        .iter()
        .filter(|part| !part.report.found.changes.is_empty())
    {
        let changes = part.report.found.changes.iter();
        let changes: Vec<String> = changes
            .map(|change| redactor.redact(&change.sentence()))
            .collect();
        text.push_str(&match (parts.len(), &part.files.path) {
            (1, _) | (_, None) => {
                "Written from the models, and proven on a dev database:\n\n".to_owned()
            }
            (_, Some(path)) => format!("{}\n\n", message::headline(&redactor.redact(path))),
        });
        text.push_str(&message::points(&changes, parts.len()));
        text.push('\n');
    }
    text
}
