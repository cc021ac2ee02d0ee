//! The revision that is missing from an Alembic history, as the files of a commit: written into the checkout by the project's
//! own Alembic, proven there, and taken out again.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rustix::fs::{Mode, OFlags, open};

use super::Action;
use super::compare::Prepared;
use super::files::{Files, prefix};
use crate::problem::{Problem, stage};
use crate::report::Report;

/// Bytes of a revision that are taken: what a person writes has a few thousand.
const LIMIT: u64 = 1 << 20;

/// A revision of the checkout.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    /// Its file, as it is found from here.
    file: PathBuf,
    /// The same from the top of the repository.
    pub(super) path: String,
    pub(super) text: String,
}

/// Revisions that are taken out of the checkout until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Aside(Vec<(Revision, fs::Metadata)>);

impl Action<'_> {
    /// The last revisions of the history, the very last first, as far as they are plain files of the checkout.
    pub(super) fn last_revisions(&self, prepared: &Prepared<'_>) -> Result<Vec<Revision>, Problem> {
        let Some(alembic) = prepared.alembic() else {
            return Ok(Vec::new());
        };
        let root = self.root()?;
        let files = alembic.revisions().iter();
        let files = files.map(|revision| alembic.path_of(&revision.file));
        Ok(files
            .map_while(|file| Revision::read(&root, file).ok())
            .collect())
    }

    /// The files that write what is missing as a revision, in the place of those that are taken out. None of it stays.
    ///
    /// # Errors
    /// As of [`Prepared::revise`]; when it is not a plain file of the repository.
    pub(super) async fn revise(
        &self,
        prepared: &mut Prepared<'_>,
        report: &Report,
        aside: &Aside,
    ) -> Result<Files> {
        let mut new = None;
        if !report.found.plan.steps.is_empty() {
            let file = prepared.revise(report, self.cancel).await?;
            new = Some(Revision::taken(&self.root()?, file)?);
        }
        let new = new.as_ref();
        let stale = aside.0.iter().map(|(revision, _)| revision);
        let gone = stale.filter(|stale| new.is_none_or(|new| new.path != stale.path));
        let mut files: Vec<(String, Option<&str>, Option<&str>)> = gone
            .map(|stale| (stale.path.clone(), Some(stale.text.as_str()), None))
            .collect();
        if let Some(new) = new {
            let before = aside.0.iter().find(|(stale, _)| stale.path == new.path);
            let before = before.map(|(stale, _)| stale.text.as_str());
            files.push((new.path.clone(), before, Some(&new.text)));
        }
        Ok(Files::of(new.map(|new| new.path.clone()), &files))
    }
}

impl Revision {
    /// A file of the repository at `root` that was written for this alone: it goes.
    ///
    /// # Errors
    /// When it can't be read, or stays.
    pub(super) fn taken(root: &Path, file: PathBuf) -> Result<Self, Problem> {
        let read = Self::read(root, file.clone());
        fs::remove_file(&file).map_err(|error| unreadable(&file, &error.to_string()))?;
        read
    }

    /// A file of the repository at `root`.
    fn read(root: &Path, file: PathBuf) -> Result<Self, Problem> {
        let (Some(dir), Some(name)) = (
            file.parent(),
            file.file_name().and_then(|name| name.to_str()),
        ) else {
            return Err(unreadable(&file, "its name is not understood"));
        };
        let directory = prefix(root, dir)?;
        let failed = |error: std::io::Error| unreadable(&file, &error.to_string());
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = open(&file, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        let opened = fs::File::from(opened);
        let found = opened.metadata().map_err(failed)?;
        if !found.is_file() || found.nlink() != 1 || found.len() > LIMIT || !name.ends_with(".py") {
            return Err(unreadable(&file, "it is not a plain file of Python"));
        }
        let mut text = String::new();
        opened
            .take(LIMIT)
            .read_to_string(&mut text)
            .map_err(failed)?;
        Ok(Self {
            path: super::files::in_directory(&directory, name),
            file,
            text,
        })
    }
}

fn unreadable(file: &Path, why: &str) -> Problem {
    Problem::new(format!("revision {} can't be read: {why}", file.display()))
        .during(stage::DIRECTORY)
}

impl Aside {
    /// Takes revisions out of the checkout.
    ///
    /// # Errors
    /// When one can't be removed; those before it are put back.
    pub(super) fn take(revisions: &[Revision]) -> Result<Self, Problem> {
        let mut this = Self::default();
        for revision in revisions {
            let failed = |error: std::io::Error| unreadable(&revision.file, &error.to_string());
            let found = fs::symlink_metadata(&revision.file).map_err(failed)?;
            fs::remove_file(&revision.file).map_err(failed)?;
            this.0.push((revision.clone(), found));
        }
        Ok(this)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        for (revision, found) in &self.0 {
            let file = &revision.file;
            let written = fs::write(file, &revision.text);
            let kept = fs::Permissions::from_mode(found.mode());
            let done = written.and_then(|()| fs::set_permissions(file, kept));
            if let Err(error) = done {
                tracing::warn!("{} can't be put back: {error}", file.display());
            }
            // Only root can, and only for root it matters.
            let _ = lchown(file, Some(found.uid()), Some(found.gid()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn plain_files_are_read_and_taken_aside() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path().canonicalize().expect("a path");
        fs::create_dir(root.join("versions")).expect("a directory");
        let at = |name: &str| root.join("versions").join(name);
        fs::write(at("1.py"), "one").expect("a file");
        fs::write(at("2.txt"), "two").expect("a file");
        symlink(at("1.py"), at("3.py")).expect("a link");
        fs::hard_link(at("2.txt"), at("4.py")).expect("a link");
        for name in ["2.txt", "3.py", "4.py", "5.py"] {
            Revision::read(&root, at(name)).expect_err(name);
        }
        let found = Revision::read(&root, at("1.py")).expect("it is plain");
        assert_eq!(
            (found.path.as_str(), found.text.as_str()),
            ("versions/1.py", "one")
        );
        let aside = Aside::take(std::slice::from_ref(&found)).expect("it goes");
        assert!(!at("1.py").exists());
        drop(aside);
        assert_eq!(fs::read_to_string(at("1.py")).expect("it is back"), "one");
    }
}
