//! What a pull request's config may name. It is the pull request's code, and is read with the Action's rights: files of the
//! repository, variables of `provider-env`, and databases that were not there before. What else there is, the workflow
//! names in its inputs.

use std::path::{Path, PathBuf};

use super::inputs::Inputs;
use crate::config::{self, Beyond, ConfigError, DbUrl, Env, Fence, Located, Origin, Source};
use crate::dialect::{self, Reach};
use crate::problem::{Problem, stage};

/// The limits of the config file.
#[derive(Debug)]
pub(super) struct Trust {
    fence: Fence,
    here: PathBuf,
}

impl Trust {
    /// For a config file below `root`, read from the working directory.
    pub(super) fn new(root: &Path, inputs: &Inputs) -> Result<Self, Problem> {
        let gone = |error| Problem::new(format!("the workspace is gone: {error}"));
        let root = root.canonicalize().map_err(gone)?;
        Ok(Self {
            fence: Fence::new(root, inputs.provider_env.clone()),
            here: std::env::current_dir().map_err(gone)?,
        })
    }

    /// The limits of reading it.
    pub(super) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Checks what the settings name. Paths are checked again right before they are read: an installation may have run.
    ///
    /// # Errors
    /// The first setting that is out of bounds, with its place.
    pub(super) fn check(&self, env: &Env) -> Result<(), Problem> {
        self.settings(env)
            .map_err(|error| Problem::from(error).during(stage::CONFIG))
    }

    fn settings(&self, env: &Env) -> Result<(), ConfigError> {
        for (name, values) in [("schemas", &env.schemas), ("exclude", &env.exclude)] {
            // A warning would quote a whole file.
            if values.iter().any(|value| value.contains('\n')) {
                let name = config::word(env.config.as_deref(), name);
                return Err(ConfigError::new(format!("`{name}` holds a line break")));
            }
        }
        if let Some(dev) = &env.dev {
            self.database("dev", dev, &dev.origin)?;
        }
        for source in &env.src {
            let origin = &source.origin;
            match &source.value {
                Source::File(path) => self.path("src", path, Some(origin))?,
                Source::Dir(path) => self.directory("src", path, Some(origin))?,
                Source::External(program) => {
                    if let Some(path) = &program.working_dir {
                        self.path("working_dir", path, Some(origin))?;
                    }
                }
                Source::Url(url) => self.database("src", url, origin)?,
                // Code of the repository either way, and it is confined.
                Source::Models(_) | Source::Env(_) => {}
            }
        }
        let migration = &env.migration;
        self.directory("dir", &migration.dir, migration.dir_origin.as_ref())
    }

    fn database(&self, name: &str, url: &DbUrl, origin: &Origin) -> Result<(), ConfigError> {
        // A URL that is not understood is reported where it is opened.
        let Ok(reach) = dialect::reach(url) else {
            return Ok(());
        };
        let from_workflow = matches!(origin, Origin::Flag(_));
        let what = match reach {
            Reach::Private => return Ok(()),
            Reach::File(path) => return self.path(name, &path, Some(origin)),
            Reach::Server | Reach::Image if from_workflow => return Ok(()),
            Reach::Server => "a server",
            Reach::Image => "an image that is not official",
        };
        let hint = match name {
            "dev" => {
                "the config file is the pull request's: give such a database as the workflow's input `dev-url`. The config's own \
                 `dev` may be in memory, a file of the repository, or an official image by `docker://`"
            }
            _ => {
                "the config file is the pull request's: its models are SQL files, or a program that prints SQL. SQL from \
                 elsewhere is printed by a step of the workflow, and named by the input `ddl-file`"
            }
        };
        let (name, scheme) = (written(name, origin), url.scheme());
        let error = ConfigError::new(format!("`{name}` names {what} (`{scheme}://`)"));
        Err(error.at(origin.clone()).hint(hint))
    }

    fn path(&self, name: &str, path: &Path, origin: Option<&Origin>) -> Result<(), ConfigError> {
        let at = self.here.join(path);
        self.judge(name, path, origin, self.fence.check(&at))
    }

    fn directory(
        &self,
        name: &str,
        path: &Path,
        origin: Option<&Origin>,
    ) -> Result<(), ConfigError> {
        match self.fence.check_dir(&self.here.join(path)) {
            Ok(()) => Ok(()),
            Err((found, beyond)) => {
                let found = found.strip_prefix(&self.here).unwrap_or(&found);
                self.judge(name, found, origin, Err(beyond))
            }
        }
    }

    /// What the workflow names may be anywhere. Where it is in the repository, it is the pull request's, too.
    fn judge(
        &self,
        name: &str,
        path: &Path,
        origin: Option<&Origin>,
        checked: Result<(), Beyond>,
    ) -> Result<(), ConfigError> {
        let from_workflow = matches!(origin, Some(Origin::Flag(_)));
        match checked {
            Ok(()) => Ok(()),
            Err(Beyond::Outside) if from_workflow => Ok(()),
            Err(beyond) => {
                let what = format!("{} {beyond}", path.display());
                let error = match origin {
                    Some(Origin::Flag(_)) => {
                        let input = match name {
                            "src" => "ddl-file",
                            "dev" => "dev-url",
                            name => name,
                        };
                        ConfigError::new(format!("input `{input}`: {what}"))
                    }
                    Some(origin) => {
                        let name = written(name, origin);
                        ConfigError::new(format!("`{name}`: {what}")).at(origin.clone())
                    }
                    None => ConfigError::new(format!("`{name}`: {what}")),
                };
                Err(error.hint(Beyond::HINT))
            }
        }
    }
}

/// Whether a text is a database's URL, or has a password of it.
pub(super) fn leads_to(text: &str, url: &DbUrl) -> bool {
    let secrets = url.secrets();
    let same = |other: DbUrl| {
        other
            .secrets()
            .iter()
            .any(|secret| secrets.contains(secret))
    };
    text.contains(url.expose())
        || secrets.iter().any(|secret| text.contains(secret.expose()))
        || DbUrl::parse(text).is_ok_and(same)
}

/// The file that a database is, and those that SQLite keeps beside it.
pub(super) fn files_of(url: &DbUrl) -> Vec<PathBuf> {
    let Ok(Reach::File(path)) = dialect::reach(url) else {
        return Vec::new();
    };
    // They are beside what a link leads to.
    let path = path.canonicalize().or_else(|_| std::path::absolute(&path));
    let path = path.unwrap_or_default().into_os_string();
    let beside = ["", "-journal", "-wal", "-shm"].into_iter().map(|suffix| {
        let mut path = path.clone();
        path.push(suffix);
        path.into()
    });
    beside.collect()
}

/// What the config file that a setting stands in calls it.
fn written<'n>(name: &'n str, origin: &Origin) -> &'n str {
    match origin {
        Origin::File(position) => config::word(Some(position.file()), name),
        Origin::Flag(_) => name,
    }
}

/// The error with no more of a file that the config names than the line that is wrong.
pub(super) fn in_its_line(problem: Problem, src: &[Located<Source>]) -> Problem {
    let Some(place) = &problem.place else {
        return problem;
    };
    let file = Path::new(&place.file);
    let named = src.iter().any(|source| match &source.value {
        Source::File(path) => file == path,
        Source::Dir(path) => file.starts_with(path),
        Source::Url(_) | Source::External(_) | Source::Models(_) | Source::Env(_) => false,
    });
    if !named {
        return problem;
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().nth(place.line.saturating_sub(1));
    let problem = problem.without_statement();
    match line {
        Some(line) => problem.detail("line", line.trim()),
        None => problem,
    }
}
