//! Which variables foreign code sees, and which files it must not read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{ConfineError, Options, Variables};

/// What is handed on as it is.
const KEPT: &[&str] = &[
    "PATH",
    "LANG",
    "TZ",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHASHSEED",
    "CI",
];

/// Prefixes of what a runner tells its steps: tokens, files that are commands, inputs.
const WITHHELD: &[&str] = &["GITHUB_", "ACTIONS_", "RUNNER_", "INPUT_"];

/// Variables that would hand over a token or undo the confinement.
const NEVER: &[&str] = &["GH_TOKEN", "GH_ENTERPRISE_TOKEN", "HOME", "TMPDIR", "PATH"];

/// Where programs keep credentials, below the home directory.
const CREDENTIALS: &[&str] = &[
    ".aws",
    ".azure",
    ".cargo/credentials.toml",
    ".config/gcloud",
    ".config/gh",
    ".config/git",
    ".docker",
    ".git-credentials",
    ".gitconfig",
    ".gnupg",
    ".kube",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".ssh",
];

/// Variables of a runner that name a file or directory with its secrets or commands, and whether its whole directory is
/// meant.
const RUNNER_PATHS: &[(&str, bool)] = &[
    ("RUNNER_TEMP", false),
    ("GITHUB_ENV", true),
    ("GITHUB_OUTPUT", true),
    ("GITHUB_PATH", true),
    ("GITHUB_STATE", true),
    ("GITHUB_STEP_SUMMARY", true),
    ("GITHUB_EVENT_PATH", true),
];

/// Whether the user may hand this variable on.
pub(super) fn allowed(name: &str) -> Result<(), ConfineError> {
    let refuse = |why| Err(ConfineError::Variable(name.to_owned(), why));
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return refuse("that is not a name");
    }
    let upper = name.to_ascii_uppercase();
    if WITHHELD.iter().any(|prefix| upper.starts_with(prefix)) {
        return refuse("it belongs to the runner, and may hold a token");
    }
    if NEVER.contains(&upper.as_str()) {
        return refuse("it has a value of its own there");
    }
    Ok(())
}

/// What is left of our environment.
pub(super) fn kept(options: &Options) -> Variables {
    let wanted = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            KEPT.contains(&name)
                || name.starts_with("LC_")
                || options.pass.iter().any(|passed| passed == name)
        })
    };
    options
        .variables
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What the kernel is asked to hide. An account of its own could still read the checkout's token in `.git/config`, or
/// what another step left in the runner's directory: both are readable by everybody on hosted runners.
pub(super) fn private_paths(options: &Options) -> Vec<PathBuf> {
    let variable = |name: &str| {
        options
            .variables
            .get(&OsString::from(name))
            .map(PathBuf::from)
    };
    let mut paths: Vec<PathBuf> = vec![
        options.workspace.join(".git"),
        PathBuf::from("/var/run/docker.sock"),
        PathBuf::from("/run/docker.sock"),
    ];
    paths.extend(actual_git(&options.workspace));
    let homes = variable("HOME").into_iter().chain([PathBuf::from("/root")]);
    for home in homes {
        paths.extend(CREDENTIALS.iter().map(|name| home.join(name)));
    }
    for (name, directory) in RUNNER_PATHS {
        let Some(path) = variable(name).filter(|path| path.is_absolute()) else {
            continue;
        };
        match path.parent() {
            Some(parent) if *directory && parent != Path::new("/") => paths.push(parent.to_owned()),
            _ => paths.push(path),
        }
    }
    // A runner's directory may be above the workspace: that must stay readable.
    paths.retain(|path| !options.workspace.starts_with(path));
    paths
}

/// The directory that a `.git` file of a worktree or submodule names.
fn actual_git(workspace: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(workspace.join(".git")).ok()?;
    let path = text.strip_prefix("gitdir:")?.trim();
    let path = workspace.join(path);
    // `…/.git/worktrees/x`: the configuration is two levels up.
    path.ancestors()
        .find(|path| path.ends_with(".git"))
        .map(Path::to_owned)
        .or(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_runner_is_not_passed() {
        for name in [
            "GITHUB_TOKEN",
            "ACTIONS_X",
            "RUNNER_TEMP",
            "INPUT_TOKEN",
            "github_token",
            "GH_TOKEN",
            "",
            "A=B",
            "a b",
        ] {
            assert!(allowed(name).is_err(), "{name}");
        }
        for name in ["DATABASE_URL", "SECRET_KEY", "PGHOST"] {
            assert!(allowed(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn little_is_kept() {
        let mut options = Options::new(Path::new("/"));
        let pairs = [
            ("PATH", "/bin"),
            ("LC_ALL", "C"),
            ("DATABASE_URL", "postgres://u:hunter2@h/d"),
            ("GITHUB_TOKEN", "t"),
            ("MY_TOKEN", "u"),
            ("LD_PRELOAD", "x"),
        ];
        options.variables = pairs.iter().map(|(k, v)| (k.into(), v.into())).collect();
        options.pass = vec!["DATABASE_URL".into()];
        let names: Vec<_> = kept(&options).into_keys().collect();
        assert_eq!(names, ["DATABASE_URL", "LC_ALL", "PATH"]);
    }

    #[test]
    fn the_way_to_the_workspace_is_never_hidden() {
        let mut options = Options::new(Path::new("/"));
        options.workspace = "/runner/temp/work".into();
        options.variables = [
            ("RUNNER_TEMP", "/runner/temp"),
            ("GITHUB_ENV", "/runner/files/env"),
            ("HOME", "/home/x"),
        ]
        .iter()
        .map(|(k, v)| (k.into(), v.into()))
        .collect();
        let hidden = private_paths(&options);
        assert!(!hidden.contains(&PathBuf::from("/runner/temp")));
        assert!(hidden.contains(&PathBuf::from("/runner/files")));
        assert!(hidden.contains(&PathBuf::from("/home/x/.netrc")));
        assert!(hidden.contains(&PathBuf::from("/runner/temp/work/.git")));
    }
}
