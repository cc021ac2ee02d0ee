//! Template data directories: made once per kind of server, kept in the user's cache, copied for each run.
//!
//! An entry is a directory `NAME-KEY/` with `data/` and `stamp` in it, renamed into place when it is whole. The stamp
//! holds the number of files and of their bytes, which a copy is checked against.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};

use super::rundir::{RunDir, ServerUser};
use crate::engine::EngineError;

const DATA: &str = "data";
const STAMP: &str = "stamp";

/// Where a run's data directory came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Copied from the cache.
    Cached,
    /// Made for this run, and put into the cache if that could be written.
    Built,
}

/// The place of one template.
#[derive(Debug)]
pub struct TemplateCache {
    root: Option<PathBuf>,
    entry: String,
}

/// What a copy amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    files: u64,
    bytes: u64,
}

impl TemplateCache {
    /// The template of the server `name`, told apart from others of that name by everything in `settings`.
    pub fn new(name: &str, settings: &str) -> Self {
        Self::in_root(cache_root(), name, settings)
    }

    fn in_root(root: Option<PathBuf>, name: &str, settings: &str) -> Self {
        let hash = Sha256::digest(settings);
        let key: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        Self {
            root,
            entry: format!("{name}-{key}"),
        }
    }

    /// Puts a data directory at `data` of the run's directory: a copy of the template, or what `build` makes there,
    /// which then becomes the template.
    ///
    /// Of several runs that find no template one builds it and the others wait. A cache that can't be written is not an
    /// error: the run then uses what it built.
    ///
    /// # Errors
    /// What `build` says, or when the copy can't be written.
    pub async fn instantiate<F>(&self, run: &RunDir, build: F) -> Result<Origin, EngineError>
    where
        F: AsyncFnOnce(&Path) -> Result<(), EngineError>,
    {
        let target = run.path().join(DATA);
        if self.copy_to(&target, run.user())? {
            return Ok(Origin::Cached);
        }
        let lock = self.lock().await;
        if lock.is_some() && self.copy_to(&target, run.user())? {
            return Ok(Origin::Cached);
        }
        build(&target).await?;
        if lock.is_some()
            && let Err(error) = self.store(&target)
        {
            tracing::debug!("no template is kept: {error}");
        }
        Ok(Origin::Built)
    }

    /// Removes the template, because a server does not start from it.
    pub async fn discard(&self) {
        let lock = self.lock().await;
        if let (Some(_), Some(entry)) = (&lock, self.path()) {
            let _ = fs::remove_dir_all(entry);
        }
    }

    fn path(&self) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(&self.entry))
    }

    /// Copies the template; `false` when there is no complete one.
    fn copy_to(&self, target: &Path, user: Option<&ServerUser>) -> Result<bool, EngineError> {
        let Some(entry) = self.path() else {
            return Ok(false);
        };
        let Some(expected) = fs::read_to_string(entry.join(STAMP))
            .ok()
            .and_then(|text| Size::parse(&text))
        else {
            return Ok(false);
        };
        let copied = copy_tree(&entry.join(DATA), target, user);
        match copied {
            Ok(size) if size == expected => return Ok(true),
            Ok(size) => tracing::debug!("damaged template {}: {size:?}", entry.display()),
            Err(CopyError::Read(error)) => {
                tracing::debug!("damaged template {}: {error}", entry.display());
            }
            Err(CopyError::Write(error)) => {
                return Err(EngineError::new(
                    format!(
                        "can't write a data directory at {}: {error}",
                        target.display()
                    ),
                    "it needs about 30 MB; set TMPDIR to a directory with room",
                ));
            }
        }
        if let Err(error) = fs::remove_dir_all(target)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(EngineError::plain(format!(
                "can't remove {}: {error}",
                target.display()
            )));
        }
        Ok(false)
    }

    /// Copies what was built next to the entry and renames it into place.
    fn store(&self, data: &Path) -> io::Result<()> {
        let (Some(root), Some(entry)) = (&self.root, self.path()) else {
            return Ok(());
        };
        let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(root)?;
        let size = copy_tree(data, &aside.path().join(DATA), None).map_err(CopyError::into_io)?;
        fs::write(
            aside.path().join(STAMP),
            format!("{} {}\n", size.files, size.bytes),
        )?;
        if entry.exists() {
            fs::remove_dir_all(&entry)?;
        }
        fs::rename(aside.path(), &entry)?;
        // Renamed away: there is nothing left for the guard to remove.
        let _ = aside.keep();
        Ok(())
    }

    /// Waits for the exclusive right to make the template; `None` when the cache can't be written.
    async fn lock(&self) -> Option<File> {
        let root = self.root.as_ref()?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(format!("{}.lock", self.entry)))
            .ok()?;
        let waited = tokio::task::spawn_blocking(move || {
            flock(&file, FlockOperation::LockExclusive).map(|()| file)
        });
        waited.await.ok()?.ok()
    }
}

impl Size {
    fn parse(text: &str) -> Option<Self> {
        let (files, bytes) = text.trim().split_once(' ')?;
        Some(Self {
            files: files.parse().ok()?,
            bytes: bytes.parse().ok()?,
        })
    }
}

enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

impl CopyError {
    fn into_io(self) -> io::Error {
        match self {
            Self::Read(error) | Self::Write(error) => error,
        }
    }
}

/// Copies a directory of plain files and directories, optionally giving everything to another account.
fn copy_tree(from: &Path, to: &Path, user: Option<&ServerUser>) -> Result<Size, CopyError> {
    let mut size = Size::default();
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700).create(to).map_err(CopyError::Write)?;
    if let Some(user) = user {
        user.own(to).map_err(CopyError::Write)?;
    }
    for entry in fs::read_dir(from).map_err(CopyError::Read)? {
        let entry = entry.map_err(CopyError::Read)?;
        let kind = entry.file_type().map_err(CopyError::Read)?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            let inner = copy_tree(&entry.path(), &target, user)?;
            size.files += inner.files;
            size.bytes += inner.bytes;
        } else {
            size.bytes += fs::copy(entry.path(), &target).map_err(|error| {
                if error.kind() == io::ErrorKind::NotFound {
                    CopyError::Read(error)
                } else {
                    CopyError::Write(error)
                }
            })?;
            size.files += 1;
            if let Some(user) = user {
                user.own(&target).map_err(CopyError::Write)?;
            }
        }
    }
    Ok(size)
}

/// The first directory that can hold the cache: `$XDG_CACHE_HOME/trueup`, `~/.cache/trueup`, or a private one in the
/// temporary directory (XDG Base Directory Specification).
fn cache_root() -> Option<PathBuf> {
    let mut candidates = Vec::new();
    if let Some(dir) = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from)
        && dir.is_absolute()
    {
        candidates.push(dir.join("trueup"));
    }
    if let Some(home) = std::env::home_dir().filter(|home| home.is_absolute()) {
        candidates.push(home.join(".cache").join("trueup"));
    }
    let me = rustix::process::geteuid().as_raw();
    candidates.push(std::env::temp_dir().join(format!("trueup-cache-{me}")));
    candidates.into_iter().find(|dir| usable(dir, me))
}

/// A template decides what a server runs, so a directory that somebody else may write is not used.
fn usable(dir: &Path, me: u32) -> bool {
    let _ = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir);
    let private = fs::symlink_metadata(dir)
        .is_ok_and(|meta| meta.is_dir() && meta.uid() == me && meta.mode() & 0o022 == 0);
    private && tempfile::tempfile_in(dir).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn build(target: &Path) -> Result<(), EngineError> {
        fs::create_dir_all(target.join("base")).unwrap();
        fs::write(target.join("base/1"), "one").unwrap();
        fs::write(target.join("conf"), "").unwrap();
        Ok(())
    }

    async fn never(_: &Path) -> Result<(), EngineError> {
        Err(EngineError::plain("built again"))
    }

    fn run_dir() -> RunDir {
        RunDir::create(None, "socket").unwrap()
    }

    #[tokio::test]
    async fn a_template_is_made_once_and_rebuilt_when_damaged() {
        let root = tempfile::tempdir().unwrap();
        let cache = TemplateCache::in_root(Some(root.path().to_owned()), "db-1", "settings");
        let (first, second, third) = (run_dir(), run_dir(), run_dir());
        assert_eq!(
            cache.instantiate(&first, build).await.unwrap(),
            Origin::Built
        );
        assert_eq!(
            cache.instantiate(&second, never).await.unwrap(),
            Origin::Cached
        );
        let copied = fs::read_to_string(second.path().join("data/base/1")).unwrap();
        assert_eq!(copied, "one");

        fs::remove_file(cache.path().unwrap().join("data/conf")).unwrap();
        assert_eq!(
            cache.instantiate(&third, build).await.unwrap(),
            Origin::Built
        );
        let fourth = run_dir();
        assert_eq!(
            cache.instantiate(&fourth, never).await.unwrap(),
            Origin::Cached
        );
        cache.discard().await;
        assert!(!cache.path().unwrap().exists());
        for run in [first, second, third, fourth] {
            run.remove().unwrap();
        }
    }

    #[tokio::test]
    async fn without_a_cache_each_run_builds() {
        let cache = TemplateCache::in_root(None, "db-1", "settings");
        for _ in 0..2 {
            let run = run_dir();
            assert_eq!(cache.instantiate(&run, build).await.unwrap(), Origin::Built);
            run.remove().unwrap();
        }
    }

    #[test]
    fn other_settings_are_another_template() {
        let name = |settings| TemplateCache::in_root(None, "db-1", settings).entry;
        assert_ne!(name("a"), name("b"));
        assert!(name("a").starts_with("db-1-"));
    }

    #[test]
    fn a_directory_that_others_may_write_is_no_cache() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let me = rustix::process::geteuid().as_raw();
        assert!(usable(&dir.path().join("new/trueup"), me));
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(!usable(dir.path(), me));
        assert!(!usable(&dir.path().join("new"), me + 1));
    }
}
