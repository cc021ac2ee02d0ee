//! What there is to install: told by the user, or by the files of the project.

use std::path::{Path, PathBuf};

use super::{InstallError, InstallFailure};

/// The `install` input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Install {
    /// Whatever the project's files say.
    #[default]
    Auto,
    /// Nothing.
    None,
    /// What this file says, relative to the project's directory.
    File(String),
    /// What this shell command does.
    Command(String),
}

impl Install {
    /// `auto`, `none`, the name of a file that uv knows, or a command.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text {
            "" | "auto" => Self::Auto,
            "none" => Self::None,
            _ if is_file(text) => Self::File(text.to_owned()),
            _ => Self::Command(text.to_owned()),
        }
    }
}

/// One word that ends like a file of requirements.
fn is_file(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    !text.contains(char::is_whitespace)
        && (matches!(
            name,
            "uv.lock" | "pyproject.toml" | "poetry.lock" | "Pipfile" | "Pipfile.lock" | "setup.py"
        ) || name.ends_with(".txt")
            || name.ends_with(".in"))
}

/// What is installed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectKind {
    Lock,
    /// The `[project]` of a `pyproject.toml`.
    Project(Pyproject),
    Poetry,
    Pipenv,
    Setup,
    Requirements(String),
    Command(String),
    /// Nothing: why, in a sentence.
    Nothing(&'static str),
}

/// What a `pyproject.toml` says about installing it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pyproject {
    /// It has a `[project]`.
    project: bool,
    /// It is a package that can be built.
    pub(super) builds: bool,
    /// It has a dependency group `dev`, where many keep what only their workstations and CI need.
    pub(super) dev: bool,
    /// It is poetry's own form.
    poetry: bool,
}

impl Pyproject {
    /// Nothing but the presence of tables matters, and a file that is not TOML is uv's to complain about.
    fn parse(text: &str) -> Self {
        let Ok(file) = text.parse::<toml::Table>() else {
            let project = text
                .lines()
                .any(|line| line.trim().starts_with("[project]"));
            return Self {
                project,
                ..Self::default()
            };
        };
        let has = |table: &str, key: &str| {
            file.get(table)
                .is_some_and(|table| table.get(key).is_some())
        };
        Self {
            project: file.contains_key("project"),
            builds: file.contains_key("build-system"),
            dev: has("dependency-groups", "dev"),
            poetry: has("tool", "poetry"),
        }
    }
}

impl ProjectKind {
    /// What is to be done in a directory.
    ///
    /// # Errors
    /// A file that the user named and that is not there, a project whose lock is missing, or a conda environment.
    pub fn find(install: &Install, directory: &Path) -> Result<Self, InstallError> {
        match install {
            Install::None => Ok(Self::Nothing("`install: none`")),
            Install::Command(command) => Ok(Self::Command(command.clone())),
            Install::File(name) => Self::of_file(name, directory),
            Install::Auto => Self::of_directory(directory),
        }
    }

    fn of_file(name: &str, directory: &Path) -> Result<Self, InstallError> {
        let path = directory.join(name);
        if !path.is_file() {
            return Err(InstallError::new(InstallFailure::NoFile(path)));
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        match last {
            "uv.lock" | "pyproject.toml" | "poetry.lock" | "Pipfile" | "Pipfile.lock"
            | "setup.py"
                if last != name =>
            {
                Err(InstallError::new(InstallFailure::Elsewhere(
                    name.to_owned(),
                )))
            }
            "uv.lock" => Ok(Self::Lock),
            "poetry.lock" => Ok(Self::Poetry),
            "Pipfile" | "Pipfile.lock" => pipenv(directory),
            "setup.py" => Ok(Self::Setup),
            "pyproject.toml" => {
                let found = pyproject(&path);
                match (found.project, found.poetry) {
                    (false, true) => poetry(directory),
                    _ => Ok(Self::Project(found)),
                }
            }
            _ => Ok(Self::Requirements(name.to_owned())),
        }
    }

    fn of_directory(directory: &Path) -> Result<Self, InstallError> {
        let has = |name: &str| directory.join(name).is_file();
        // A workspace of uv's has its lock at the top, above the project; uv finds it from here.
        let locked_above = || {
            directory
                .ancestors()
                .skip(1)
                .take_while(|dir| !dir.join(".git").exists() || dir.join("uv.lock").is_file())
                .any(|dir| dir.join("uv.lock").is_file() && dir.join("pyproject.toml").is_file())
        };
        if has("uv.lock") {
            return Ok(Self::Lock);
        }
        if has("poetry.lock") {
            return Ok(Self::Poetry);
        }
        let found = pyproject(&directory.join("pyproject.toml"));
        if found.project {
            return Ok(match locked_above() {
                true => Self::Lock,
                false => Self::Project(found),
            });
        }
        if has("requirements.txt") {
            return Ok(Self::Requirements("requirements.txt".to_owned()));
        }
        if has("Pipfile") || has("Pipfile.lock") {
            return pipenv(directory);
        }
        if found.poetry {
            return poetry(directory);
        }
        if has("setup.py") {
            return Ok(Self::Setup);
        }
        if has("environment.yml") || has("environment.yaml") || has("conda-lock.yml") {
            return Err(InstallError::new(InstallFailure::Conda));
        }
        Ok(Self::Nothing(
            "there is no uv.lock, poetry.lock, pyproject.toml with a [project], requirements.txt, Pipfile.lock or setup.py",
        ))
    }

    /// How a package is added to it, for a hint.
    pub(super) fn how_to_add(&self) -> &'static str {
        match self {
            Self::Lock => "`uv add --dev {}`",
            Self::Project(_) => "`{}` among the `dependencies` in pyproject.toml",
            Self::Poetry => "`poetry add --group dev {}`",
            Self::Pipenv => "`pipenv install --dev {}`",
            Self::Setup => "`{}` among the `install_requires` in setup.py",
            Self::Requirements(_) => "a line `{}` in the file of requirements",
            Self::Command(_) => "`uv pip install {}` in `install`",
            Self::Nothing(_) => "`install: uv pip install {}`",
        }
    }
}

/// Poetry's lock, without which its own form of dependencies can't be read.
fn poetry(directory: &Path) -> Result<ProjectKind, InstallError> {
    match directory.join("poetry.lock").is_file() {
        true => Ok(ProjectKind::Poetry),
        false => Err(InstallError::new(InstallFailure::NoLock(
            "poetry.lock",
            "poetry lock",
        ))),
    }
}

fn pipenv(directory: &Path) -> Result<ProjectKind, InstallError> {
    match directory.join("Pipfile.lock").is_file() {
        true => Ok(ProjectKind::Pipenv),
        false => Err(InstallError::new(InstallFailure::NoLock(
            "Pipfile.lock",
            "pipenv lock",
        ))),
    }
}

fn pyproject(path: &Path) -> Pyproject {
    std::fs::read_to_string(path)
        .map(|text| Pyproject::parse(&text))
        .unwrap_or_default()
}

/// Directories that an import of the project's own packages starts from.
pub(super) fn source_roots(directory: &Path) -> Vec<PathBuf> {
    [directory.join("src"), directory.to_owned()]
        .into_iter()
        .filter(|path| path.is_dir())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_a_word_a_file_or_a_command() {
        for (text, wanted) in [
            ("auto", Install::Auto),
            (" none\n", Install::None),
            ("uv.lock", Install::File("uv.lock".into())),
            (
                "requirements/dev.txt",
                Install::File("requirements/dev.txt".into()),
            ),
            (
                "pip install -r requirements.txt",
                Install::Command("pip install -r requirements.txt".into()),
            ),
            ("make", Install::Command("make".into())),
        ] {
            assert_eq!(Install::parse(text), wanted);
        }
    }

    #[test]
    fn a_pyproject_is_told_by_its_tables() {
        let text = "[project] # x\nname = 'a'\n[build-system]\n[dependency-groups]\n\"dev\" = []\n";
        let found = Pyproject::parse(text);
        assert!(found.project && found.builds && found.dev && !found.poetry);
        let broken = Pyproject::parse("[project]\nname = 'a'\n<<<<<<< HEAD\n");
        assert!(broken.project);
        let found = Pyproject::parse("[tool.poetry]\nname = 'a'\n[tool.poetry.group.dev]\n");
        assert!(!found.project && found.poetry && !found.dev);
    }

    #[test]
    fn what_is_missing_is_said() {
        let failure = |files: &[(&str, &str)]| {
            let dir = tempfile::tempdir().unwrap();
            for (name, text) in files {
                std::fs::write(dir.path().join(name), text).unwrap();
            }
            ProjectKind::find(&Install::Auto, dir.path()).map_err(|error| error.failure)
        };
        let poetry = ("pyproject.toml", "[tool.poetry]\n");
        let lock = |found| matches!(found, Err(InstallFailure::NoLock(..)));
        assert!(lock(failure(&[poetry])));
        assert!(lock(failure(&[("Pipfile", "")])));
        let conda = failure(&[("environment.yml", "")]);
        assert!(matches!(conda, Err(InstallFailure::Conda)));
        let setup = failure(&[("setup.py", ""), ("environment.yml", "")]);
        assert_eq!(setup.unwrap(), ProjectKind::Setup);
        let locked = failure(&[("Pipfile", ""), ("Pipfile.lock", "")]);
        assert_eq!(locked.unwrap(), ProjectKind::Pipenv);
    }

    #[test]
    fn files_are_taken_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let find = || ProjectKind::find(&Install::Auto, dir.path());
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        assert!(matches!(find(), Ok(ProjectKind::Nothing(_))));
        write("requirements.txt", "");
        assert!(matches!(find(), Ok(ProjectKind::Requirements(_))));
        write("pyproject.toml", "[tool.black]\n");
        assert!(
            matches!(find(), Ok(ProjectKind::Requirements(_))),
            "settings of tools"
        );
        write("pyproject.toml", "[project]\nname = 'a'\n");
        assert!(matches!(find(), Ok(ProjectKind::Project(_))));
        write("poetry.lock", "");
        assert_eq!(find().unwrap(), ProjectKind::Poetry);
        write("uv.lock", "");
        assert_eq!(find().unwrap(), ProjectKind::Lock);
        let missing = ProjectKind::find(&Install::parse("requirements-dev.txt"), dir.path());
        assert!(matches!(
            missing.unwrap_err().failure,
            InstallFailure::NoFile(_)
        ));
    }
}
