//! Files that runs of workflows leave. What is in them is whatever their code wanted: sizes are bounded before and while they
//! are read, and an artifact is one file.
//!
//! <https://docs.github.com/en/rest/actions/artifacts>

use std::io::{Cursor, Read as _};

use serde::Deserialize;
use zip::ZipArchive;

use super::client::{ApiError, GitHub};
use super::event::Repository;

/// A file that a run left.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Artifact {
    pub id: u64,
    pub name: String,
    /// Bytes of the archive that is downloaded.
    #[serde(rename = "size_in_bytes")]
    pub size: u64,
    /// It is listed, and gone.
    pub expired: bool,
}

/// What is wrong with an archive.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArchiveError {
    #[error("it is not a zip archive: {0}")]
    Unreadable(String),
    #[error("it has {0} files, and one is taken")]
    Files(usize),
    #[error("its file has more than {0} bytes")]
    TooLarge(usize),
}

/// The artifacts of a run whose names begin with `name`. Where several have the same name, because the run was started again,
/// it is the newest.
pub async fn of_run(
    github: &GitHub,
    repository: &Repository,
    run: u64,
    name: &str,
) -> Result<Vec<Artifact>, ApiError> {
    let id = run.to_string();
    let path = repository.path(&["actions", "runs", &id, "artifacts"]);
    let what = format!("list the artifacts of run {run} of {repository}");
    let call = github.get(what, &path).needs("actions: read");
    let mut found: Vec<Artifact> = github.pages(call).await?;
    found.retain(|artifact| artifact.name.starts_with(name) && !artifact.expired);
    found.sort_by(|a, b| (&a.name, b.id).cmp(&(&b.name, a.id)));
    found.dedup_by(|later, first| later.name == first.name);
    Ok(found)
}

/// An artifact's archive, of at most `limit` bytes.
pub async fn download(
    github: &GitHub,
    repository: &Repository,
    artifact: &Artifact,
    limit: usize,
) -> Result<Vec<u8>, ApiError> {
    let id = artifact.id.to_string();
    let path = repository.path(&["actions", "artifacts", &id, "zip"]);
    let what = format!("download the artifact {} of {repository}", artifact.id);
    let call = github.get(what, &path).needs("actions: read");
    github.download(call, limit).await
}

/// The one file of an archive, of at most `limit` bytes. Its name is nobody's business.
///
/// # Errors
/// When it is not an archive, or one of another kind.
pub fn only_file(archive: &[u8], limit: usize) -> Result<Vec<u8>, ArchiveError> {
    let unreadable = |error: &dyn std::fmt::Display| ArchiveError::Unreadable(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|error| unreadable(&error))?;
    if archive.len() != 1 {
        return Err(ArchiveError::Files(archive.len()));
    }
    let file = archive.by_index(0).map_err(|error| unreadable(&error))?;
    if !file.is_file() {
        return Err(ArchiveError::Files(0));
    }
    let mut text = Vec::new();
    // What an archive says of its size need not be true.
    let most = limit as u64 + 1;
    let read = file.take(most).read_to_end(&mut text);
    match read {
        Ok(_) if text.len() > limit => Err(ArchiveError::TooLarge(limit)),
        Ok(_) => Ok(text),
        Err(error) => Err(unreadable(&error)),
    }
}
