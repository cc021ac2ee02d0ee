//! Which files foreign code can open, whatever their modes say: Landlock (<https://docs.kernel.org/userspace-api/landlock.html>),
//! which also keeps it from other processes, their signals and abstract sockets. It only knows what is allowed, so "all
//! but these" is written as everything next to them.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::Network;
use super::spec::Spec;

/// Rights over files up to truncation; those over devices that came later are in the way of programs that ask whether
/// a file is a terminal.
const FILES: ABI = ABI::V3;

/// What everybody writes to.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/shm",
];

/// Restricts this thread and whatever it starts, as far as the kernel can; whether it can.
pub(super) fn restrict(spec: &Spec) -> Result<bool, RulesetError> {
    let hidden: Vec<PathBuf> = spec
        .hide
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let mut visible = Visible::default();
    visible.add(Path::new("/"), &hidden);
    let listed = visible
        .parents
        .iter()
        .filter(|dir| spec.list.iter().any(|list| dir.starts_with(list)));
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(FILES))?
        .scope(Scope::from_all(ABI::V6))?;
    if spec.network == Network::None {
        rules = rules.handle_access(AccessNet::from_all(ABI::V4))?;
    }
    let all = AccessFs::from_all(FILES);
    let status = rules
        .create()?
        .add_rules(path_beneath_rules(
            &visible.paths,
            AccessFs::from_read(FILES),
        ))?
        .add_rules(path_beneath_rules(listed, AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(&spec.show, AccessFs::from_read(FILES)))?
        .add_rules(path_beneath_rules(&spec.write, all))?
        .add_rules(path_beneath_rules(DEVICES, all))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// Everything but what is hidden.
#[derive(Debug, Default)]
struct Visible {
    /// Files and directories with all that is in them.
    paths: Vec<PathBuf>,
    /// Directories that hold something hidden.
    parents: Vec<PathBuf>,
}

impl Visible {
    fn add(&mut self, path: &Path, hidden: &[PathBuf]) {
        if hidden.iter().any(|hidden| hidden == path) {
            return;
        }
        if !hidden.iter().any(|hidden| hidden.starts_with(path)) {
            self.paths.push(path.to_owned());
            return;
        }
        self.parents.push(path.to_owned());
        let Ok(entries) = std::fs::read_dir(path) else {
            return;
        };
        for entry in entries.flatten() {
            // What a link leads to is visible or hidden by its own path.
            if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
                self.add(&entry.path(), hidden);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_next_to_what_is_hidden_is_visible() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for dir in ["work/.git", "work/app", "temp", "other"] {
            std::fs::create_dir_all(at(dir)).unwrap();
        }
        std::fs::write(at("work/models.py"), "").unwrap();
        std::os::unix::fs::symlink(at("temp"), at("work/link")).unwrap();
        let mut visible = Visible::default();
        visible.add(root.path(), &[at("work/.git"), at("temp")]);
        visible.paths.sort();
        assert_eq!(
            visible.paths,
            [at("other"), at("work/app"), at("work/models.py")]
        );
        visible.parents.sort();
        assert_eq!(visible.parents, [root.path().to_owned(), at("work")]);
    }
}
