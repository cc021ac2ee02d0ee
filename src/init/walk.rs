//! The files of a repository that may say something of its database.

use std::path::{Path, PathBuf};

use crate::desired::walk;

/// Their maximal depth.
const MAX_DEPTH: usize = 6;

/// A file that is longer says nothing that others do not.
const MAX_BYTES: u64 = 1 << 18;

/// Directories of what is built.
const BUILT: &[&str] = &["build", "dist", "target"];

/// The files, in order, as paths below the root.
pub(super) fn files(root: &Path) -> Vec<PathBuf> {
    let enter = |dir: &Path| {
        let inner = dir.strip_prefix(root).unwrap_or(dir);
        let built = inner
            .file_name()
            .is_some_and(|name| BUILT.iter().any(|one| name == *one));
        !built && inner.components().count() <= MAX_DEPTH
    };
    let found = walk::files(root, &enter).into_iter();
    let inner = found.filter_map(|file| file.strip_prefix(root).map(Path::to_owned).ok());
    inner.collect()
}

/// The text of a file that is not long.
pub(super) fn read(path: &Path) -> Option<String> {
    let meta = path.metadata().ok()?;
    (meta.is_file() && meta.len() <= MAX_BYTES)
        .then(|| std::fs::read(path).ok())
        .flatten()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
