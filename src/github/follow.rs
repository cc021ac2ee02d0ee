//! Whether a branch has moved only by trueup's commits for other directories. What was found before them still holds
//! then, and a commit may go on top of them: so projects of one repository are settled one after the other.
//!
//! That a commit says that it is ours is not enough here, since anybody can copy that: what it changes is looked at, too.

use serde::Deserialize;

use super::client::{ApiError, GitHub};
use super::commit::{CommitBody, OwnCommit};
use super::event::Repository;
use crate::migration::SUM_FILE;

/// Files that GitHub lists of a comparison.
const FILES: usize = 300;

/// Whether all commits between two are trueup's, and none changes one of these directories of the repository.
pub async fn went_on_elsewhere(
    github: &GitHub,
    repository: &Repository,
    (from, to): (&str, &str),
    directories: &[&str],
) -> Result<bool, ApiError> {
    #[derive(Deserialize)]
    struct Comparison {
        status: String,
        total_commits: usize,
        commits: Vec<CommitBody>,
        #[serde(default)]
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        filename: String,
        previous_filename: Option<String>,
    }
    let login = github.viewer().await?.login.clone();
    let basehead = format!("{from}...{to}");
    let path = repository.path(&["compare", &basehead]);
    let what = format!("compare commits of {repository}");
    let call = github.get(what, &path).needs("contents: read");
    let found: Comparison = github.json(call).await?;
    let own = found.commits.iter().map(|commit| commit.own(&login));
    let Some(own) = own.collect::<Option<Vec<OwnCommit>>>() else {
        return Ok(false);
    };
    let whole =
        found.status == "ahead" && own.len() == found.total_commits && found.files.len() < FILES;
    let names = found.files.iter().flat_map(|file| {
        let previous = file.previous_filename.as_deref();
        previous.into_iter().chain([file.filename.as_str()])
    });
    let mut names = names.map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    Ok(whole
        && names.all(|(at, name)| {
            let written = |commit: &OwnCommit| match name.ends_with(".py") {
                // A revision of Alembic's, or one that it replaces: what a person wrote could be models.
                true => {
                    commit.signed
                        && commit
                            .trailers
                            .files
                            .iter()
                            .any(|(path, _)| is_in(path, at))
                }
                false => {
                    (name == SUM_FILE || name.ends_with(".sql"))
                        && commit.trailers.touched(&join(at, SUM_FILE))
                }
            };
            let within = |directory: &&str| at == *directory || lies_below(at, directory);
            own.iter().any(written) && !directories.iter().any(within)
        }))
}

fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}

/// Whether a file is right in a directory.
fn is_in(path: &str, directory: &str) -> bool {
    path.rsplit_once('/').map_or("", |(at, _)| at) == directory
}

fn lies_below(path: &str, directory: &str) -> bool {
    let below = path.strip_prefix(directory);
    directory.is_empty() || below.is_some_and(|rest| rest.starts_with('/'))
}
