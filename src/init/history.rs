//! An Alembic history in a repository: where it is, and which revisions nothing follows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::walk::read;
use crate::current::alembic::revision;

/// An Alembic history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alembic {
    /// The directory with its `env.py`.
    pub directory: PathBuf,
    /// Revisions that no other comes after.
    pub heads: Vec<String>,
    /// What `migrations` of an environment is, where the history's settings were found.
    pub setting: Option<String>,
}

/// The histories of a repository, the topmost first.
pub(super) fn find(root: &Path, files: &[PathBuf]) -> Vec<Alembic> {
    let places = files.iter().filter_map(|file| {
        let dir = file.parent()?;
        let env = file.file_name()? == "env.py";
        (env && root.join(dir).join("versions").is_dir()).then_some(dir)
    });
    let mut found: Vec<Alembic> = places.map(|dir| history(root, files, dir)).collect();
    found.sort_by_key(|one| one.directory.components().count());
    found
}

impl Alembic {
    /// How much of its path it shares with the file of a module, or with a file.
    pub fn shares(&self, models: &str) -> usize {
        let models = models.split(':').next().unwrap_or_default();
        let models = match models.contains('/') {
            true => models.to_owned(),
            false => models.replace('.', "/"),
        };
        let dirs = |path: &Path| -> Vec<String> {
            let parts = path.components();
            parts
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .filter(|part| part != "src")
                .collect()
        };
        let (ours, theirs) = (dirs(&self.directory), dirs(Path::new(&models)));
        let pairs = ours.iter().zip(&theirs);
        pairs.take_while(|(one, other)| one == other).count()
    }
}

fn history(root: &Path, files: &[PathBuf], directory: &Path) -> Alembic {
    let revisions = files.iter().filter(|file| {
        let python = file.extension().is_some_and(|extension| extension == "py");
        python && file.starts_with(directory.join("versions"))
    });
    let (mut all, mut followed) = (BTreeSet::new(), BTreeSet::new());
    for file in revisions {
        let text = read(&root.join(file)).unwrap_or_default();
        if let Ok(revision) = revision::read(&file.to_string_lossy(), &text) {
            followed.extend(revision.follows().map(str::to_owned));
            all.insert(revision.id);
        }
    }
    // Next to the history, as Flask-Migrate has them, or where Alembic is run.
    let setting = directory.ancestors().find_map(|dir| {
        let file = dir.join("alembic.ini");
        files.contains(&file).then_some(file)
    });
    let toml = || {
        let text = read(&root.join("pyproject.toml"))?;
        text.contains("[tool.alembic]")
            .then(|| "pyproject.toml".into())
    };
    Alembic {
        directory: directory.to_owned(),
        heads: all.difference(&followed).cloned().collect(),
        setting: setting.or_else(toml).map(|file| match file.to_str() {
            Some("alembic.ini") => "alembic".to_owned(),
            _ => format!("alembic://{}", file.display()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_what_nothing_follows() {
        let root = tempfile::tempdir().unwrap();
        let versions = root.path().join("db/alembic/versions");
        std::fs::create_dir_all(&versions).unwrap();
        std::fs::write(root.path().join("db/alembic/env.py"), "").unwrap();
        for (name, text) in [
            ("a.py", "revision = 'a1'\ndown_revision = None\n"),
            (
                "b.py",
                "revision: str = \"b2\"\ndown_revision: Union[str, None] = \"a1\"\n",
            ),
            ("c.py", "revision = 'c3'\ndown_revision = 'a1'\n"),
            ("d.py", "revision = 'd4'\ndown_revision = ('b2', 'c3')\n"),
        ] {
            std::fs::write(versions.join(name), text).unwrap();
        }
        let found = &find(root.path(), &super::super::walk::files(root.path()))[0];
        assert_eq!(found.setting, None);
        std::fs::write(root.path().join("db/alembic.ini"), "[alembic]\n").unwrap();
        let files = super::super::walk::files(root.path());
        let found = &find(root.path(), &files)[0];
        assert_eq!(found.setting.as_deref(), Some("alembic://db/alembic.ini"));
        assert_eq!(found.directory, Path::new("db/alembic"));
        assert_eq!(found.heads, ["d4"]);
        assert_eq!(found.shares("db.models:Base"), 1);
        assert_eq!(found.shares("src/db/models"), 1);
        assert_eq!(found.shares("dbs"), 0);
    }
}
