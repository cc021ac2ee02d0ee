//! The migration directories that a run settles.

use crate::action::compare::Project;
use crate::action::files::in_directory;
use crate::action::inputs::Inputs;
use crate::migration::SUM_FILE;

/// A migration directory.
pub(super) struct Place<'a> {
    pub(super) inputs: &'a Inputs,
    /// The same for code of pull requests.
    pub(super) strict: Inputs,
    pub(super) project: Project,
    /// Its path in the repository.
    pub(super) prefix: String,
    /// The project's.
    pub(super) work: String,
}

impl Place<'_> {
    /// Whether a path is settled by what becomes of it.
    pub(super) fn settles(&self, path: &str) -> bool {
        path == in_directory(&self.prefix, SUM_FILE) || is_migration(&self.prefix, path)
    }
}

/// Whether a path is a migration's, of the directory at `prefix`.
pub(super) fn is_migration(prefix: &str, path: &str) -> bool {
    let (at, name) = path.rsplit_once('/').unwrap_or(("", path));
    at == prefix && name.ends_with(".sql")
}
