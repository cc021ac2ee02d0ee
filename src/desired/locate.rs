//! Finds a program as a shell in an activated virtual environment would, without anybody activating one.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{ProviderOptions, PythonEnvironment};

/// Where programs are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Directories of `PATH`, then those of virtual environments.
    dirs: Vec<PathBuf>,
}

impl Places {
    /// `PATH`, `$VIRTUAL_ENV`, and `.venv` in the directory where the program is to run and in the one we run in.
    pub(super) fn from_environment(work: &Path, cwd: &Path) -> Self {
        Self::new(
            env::var_os("PATH").as_deref(),
            env::var_os("VIRTUAL_ENV").as_deref(),
            work,
            cwd,
        )
    }

    pub(super) fn new(path: Option<&OsStr>, venv: Option<&OsStr>, work: &Path, cwd: &Path) -> Self {
        let mut dirs: Vec<PathBuf> = path
            .map(|path| env::split_paths(path).collect())
            .unwrap_or_default();
        // An empty element means the current directory to a shell: nothing is run from there.
        dirs.retain(|dir| dir.is_absolute());
        dirs.extend(
            venv.filter(|venv| !venv.is_empty())
                .map(|venv| Path::new(venv).join("bin")),
        );
        for base in [work, cwd] {
            let bin = base.join(".venv/bin");
            if !dirs.contains(&bin) {
                dirs.push(bin);
            }
        }
        Self { dirs }
    }

    /// The first executable file of that name.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        self.dirs
            .iter()
            .map(|dir| dir.join(name))
            .find(|path| is_executable(path))
    }
}

/// The command line of the Python that has the project's packages: of the environment that was made for it, as the
/// settings say, of the active virtual environment, of one in the project, or by the tool that manages it.
pub(super) fn interpreter(options: &ProviderOptions, named: Option<&[String]>) -> Vec<String> {
    let of = |venv: &Path| {
        let python = venv.join("bin/python");
        is_executable(&python).then(|| vec![python.display().to_string()])
    };
    if let Some(python) = &options.python {
        return of(&python.directory).unwrap_or_else(|| vec!["python3".to_owned()]);
    }
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return named.to_vec();
    }
    let cwd = std::path::absolute(&options.cwd).unwrap_or_else(|_| options.cwd.clone());
    let active = env::var_os("VIRTUAL_ENV").filter(|venv| !venv.is_empty());
    if let Some(found) = active.and_then(|venv| of(Path::new(&venv))) {
        return found;
    }
    let places = Places::from_environment(&cwd, &cwd);
    // A workspace has one environment for its members, at the top.
    let top = cwd.ancestors().position(|dir| dir.join(".git").exists());
    for dir in cwd.ancestors().take(top.unwrap_or(0) + 1) {
        if let Some(found) = [".venv", "venv"]
            .iter()
            .find_map(|name| of(&dir.join(name)))
        {
            return found;
        }
        let tools = [
            ("uv.lock", "uv"),
            ("poetry.lock", "poetry"),
            ("pdm.lock", "pdm"),
            ("Pipfile.lock", "pipenv"),
        ];
        let managed = tools.iter().find(|(lock, _)| dir.join(lock).exists());
        if let Some((_, tool)) = managed.filter(|(_, tool)| places.find(tool).is_some()) {
            return [*tool, "run", "python"].map(str::to_owned).to_vec();
        }
    }
    let python = ["python3", "python"]
        .into_iter()
        .find(|name| places.find(name).is_some());
    vec![python.unwrap_or("python3").to_owned()]
}

impl PythonEnvironment {
    /// What `PATH` is when it is active.
    pub(crate) fn path(&self) -> OsString {
        let mut path = self.directory.join("bin").into_os_string();
        if let Some(outer) = env::var_os("PATH") {
            path.push(":");
            path.push(outer);
        }
        path
    }
}

/// A file that may be executed.
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn program(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn path_first_then_virtual_environments() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        program(&at("project/.venv/bin/tool"), 0o755);
        let places = |venv: Option<&str>| {
            let venv = venv.map(|venv| at(venv).into_os_string());
            let path = env::join_paths([at("path"), PathBuf::from("")]).unwrap();
            Places::new(Some(&path), venv.as_deref(), &at("project"), &at("project"))
        };
        assert_eq!(
            places(None).find("tool"),
            Some(at("project/.venv/bin/tool"))
        );
        program(&at("active/bin/tool"), 0o755);
        let found = places(Some("active")).find("tool");
        assert_eq!(found, Some(at("active/bin/tool")));
        program(&at("path/tool"), 0o644);
        let found = places(Some("active")).find("tool");
        assert_eq!(found, Some(at("active/bin/tool")), "not executable");
        program(&at("path/tool"), 0o755);
        assert_eq!(places(Some("active")).find("tool"), Some(at("path/tool")));
        assert_eq!(places(None).find("other"), None);
    }
}
