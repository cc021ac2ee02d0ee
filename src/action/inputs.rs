//! The Action's inputs, as the runner hands them over: a variable `INPUT_<NAME>` for each, its name in upper case.
//! What they mean is written for users in `action.yml`; a name that is not known is an error, as in the config file.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::handover::Variables;
use crate::config::secret::{is_secret_name, passwords_in};
use crate::config::{self, DbUrl, Fence, Flags, Request, Secret, duration, suggest};
use crate::github::identity::Identity;
use crate::matrix;
use crate::problem::Problem;

/// Every input that `action.yml` declares.
pub(super) const NAMES: &[&str] = &[
    "adopt",
    "api-url",
    "applied",
    "cache-dir",
    "comment",
    "config",
    "ddl-file",
    "dev-url",
    "dir",
    "env",
    "fail-on",
    "grace",
    "graphql-url",
    "id",
    "install",
    "max-jobs",
    "mode",
    "name",
    "projects",
    "provider-env",
    "provider-timeout",
    "replan",
    "revision",
    "sandbox",
    "show-sql",
    "token",
    "two-heads",
    "url",
    "vars",
    "with-rows",
    "working-directory",
];

/// Values of `mode`; what each does is in `action::mode`.
pub(super) const MODES: &[&str] = &[
    "check", "commit", "drift", "apply", "rebase", "report", "matrix",
];

/// Those that a line of `projects` may give for its project.
const OF_A_PROJECT: &[&str] = &["config", "ddl-file", "dev-url", "dir", "env", "id"];

/// When a comment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commenting {
    Never,
    /// When there is something to say; a comment that is there is kept true.
    Changes,
    /// On every pull request.
    Always,
}

/// What is done where merging a pull request would leave an Alembic history with several heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TwoHeads {
    /// Its first revision follows the base's last one.
    Rebase,
    /// A new revision joins both.
    Merge,
    /// It is told.
    Report,
}

/// How far the models' program is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sandbox {
    /// Confined as far as the kernel allows.
    Auto,
    /// The same; nothing runs where a part of it is unavailable.
    Strict,
    /// With the step's own rights, without tokens.
    Off,
}

/// The inputs of one run, for one project.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// One of [`MODES`].
    pub(super) mode: &'static str,
    pub(super) config: Option<String>,
    /// The config file that is used where `config` names none.
    pub(super) own_config: &'static str,
    pub(super) env: Option<String>,
    pub(super) vars: Vec<(String, String)>,
    pub(super) dir: Option<String>,
    /// `ddl-file`, as a URL.
    pub(super) ddl_file: Option<String>,
    pub(super) dev_url: Option<String>,
    /// `url`: the database that is looked at, or that migrations are applied to.
    pub(super) url: Option<String>,
    /// `applied`: databases that must not have applied what moves, with what each is called.
    pub(super) applied: Vec<(String, Secret)>,
    /// The version that it is at, where it does not say itself.
    pub(super) revision: Option<String>,
    /// How long after the first look at a difference the second one follows.
    pub(super) grace: Duration,
    /// `adopt`: whether a pull request takes in what a database has.
    pub(super) adopt: bool,
    /// Whether more than names is shown where everybody may read it.
    pub(super) show_sql: bool,
    pub(super) provider_timeout: Duration,
    /// `name` of a migration that is committed.
    pub(super) name: Option<String>,
    /// `id`: what tells the project apart where its directory, config file and environment don't.
    pub(super) id: Option<String>,
    /// `working-directory`, relative to the workspace.
    pub(super) working_directory: Option<String>,
    /// `install`: `auto`, `none`, a file, or a command.
    pub(super) install: String,
    pub(super) cache_dir: Option<String>,
    /// `provider-env`: variables that the models' program may see.
    pub(super) provider_env: Vec<String>,
    pub(super) sandbox: Sandbox,
    /// `max-jobs`: how many jobs a matrix may have.
    pub(super) max_jobs: usize,
    /// `with-rows`: whether a pull request's own revisions of Alembic also run on made-up rows.
    pub(super) with_rows: bool,
    /// `fail-on`: whether drift makes the step fail.
    pub(super) fail_on_drift: bool,
    pub(super) comment: Commenting,
    pub(super) two_heads: TwoHeads,
    /// `replan`: whether models are asked what they want of migrations in their new order.
    pub(super) replan: bool,
    pub(super) token: Option<Secret>,
    pub(super) api_url: Option<String>,
    pub(super) graphql_url: Option<String>,
}

impl Inputs {
    /// Reads them from the variables of a process, for each project; there is at least one.
    ///
    /// # Errors
    /// When a name is unknown, a value is not one that its input takes, or a project is named twice.
    pub(super) fn read(
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Vec<Self>, Problem> {
        let mut given = BTreeMap::new();
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix("INPUT_") else {
                continue;
            };
            let name = name.to_lowercase();
            if !NAMES.contains(&name.as_str()) {
                let mut problem = Problem::new(format!("unknown input `{name}`"));
                problem.hint = suggest::hint(&name, NAMES, "inputs");
                return Err(problem);
            }
            if !value.trim().is_empty() {
                given.insert(name, value.trim().to_owned());
            }
        }
        let Some(text) = given.remove("projects") else {
            return Ok(vec![Self::from(&given)?]);
        };
        if given.contains_key("applied") {
            let problem = Problem::new("inputs `projects` and `applied` are given");
            let hint = "databases are of one project: give each a step of its own";
            return Err(problem.hint(hint));
        }
        let alone = [
            ("drift", "a step looks at one database"),
            ("apply", "a step applies the migrations of one directory"),
        ];
        let mode = given.get("mode").map(String::as_str);
        if let Some((mode, why)) = alone.iter().find(|(name, _)| Some(*name) == mode) {
            let problem = Problem::new(format!("input `projects` is given, and `mode` is {mode}"));
            let hint = format!("{why}: give each a job, such as by `strategy.matrix`");
            return Err(problem.hint(hint));
        }
        let lines = text.lines().map(str::trim).enumerate();
        let mut known: Vec<(usize, Self)> = Vec::new();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let in_line = |problem: Problem| Problem {
                message: format!("input `projects`: line {}: {}", index + 1, problem.message),
                ..problem
            };
            let project = Self::from(&project(line, &given).map_err(in_line)?)?;
            let key = project.identity(None).key();
            if let Some((first, _)) = known
                .iter()
                .find(|(_, known)| known.identity(None).key() == key)
            {
                let message = format!(
                    "input `projects`: line {} names the same project as line {first}",
                    index + 1
                );
                return Err(Problem::new(message).hint("an `id=` tells them apart"));
            }
            known.push((index + 1, project));
        }
        Ok(known.into_iter().map(|(_, project)| project).collect())
    }

    fn from(given: &BTreeMap<String, String>) -> Result<Self, Problem> {
        let text = |name: &str| given.get(name).cloned();
        let lines = |name: &str| -> Vec<String> {
            let value = given.get(name).map(String::as_str).unwrap_or_default();
            let parts = value.split(['\n', ',']).map(str::trim);
            parts
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let time = |name: &str, default: u64| match given.get(name) {
            None => Ok(Duration::from_secs(default)),
            Some(value) => duration(value).map_err(|error| {
                let mut problem = Problem::new(format!("input `{name}`: {}", error.message()));
                problem.hint = error.hint_text().map(str::to_owned);
                problem
            }),
        };
        let modes: Vec<(&str, &'static str)> = MODES.iter().map(|name| (*name, *name)).collect();
        let mode = choice(given, "mode", &modes)?;
        if given.contains_key("url") && !["drift", "apply"].contains(&mode) {
            // A live database is not given to the project's code.
            let problem = Problem::new(format!("input `url` is given, and `mode` is {mode}"));
            let hint = "`url` is the live database of `mode: drift` and `mode: apply`; the one that migrations are tried on is `dev-url`";
            return Err(problem.hint(hint));
        }
        if given.contains_key("applied") && mode != "rebase" {
            let problem = Problem::new(format!("input `applied` is given, and `mode` is {mode}"));
            return Err(problem.hint("`mode: rebase` asks those databases; the one that is looked at or migrated is `url`"));
        }
        Ok(Self {
            mode,
            applied: databases(text("applied"))?,
            config: text("config"),
            own_config: "atlas.hcl",
            env: text("env"),
            vars: variables(text("vars"))?,
            dir: text("dir"),
            ddl_file: text("ddl-file").map(file_url),
            dev_url: text("dev-url"),
            url: text("url"),
            revision: text("revision"),
            grace: time("grace", 5)?,
            adopt: choice(given, "adopt", &[("false", false), ("true", true)])?,
            show_sql: choice(given, "show-sql", &[("false", false), ("true", true)])?,
            provider_timeout: time("provider-timeout", 120)?,
            name: text("name"),
            id: text("id"),
            working_directory: text("working-directory"),
            install: text("install").unwrap_or_else(|| "auto".to_owned()),
            cache_dir: text("cache-dir"),
            provider_env: lines("provider-env"),
            sandbox: choice(
                given,
                "sandbox",
                &[
                    ("auto", Sandbox::Auto),
                    ("strict", Sandbox::Strict),
                    ("off", Sandbox::Off),
                ],
            )?,
            max_jobs: match given.get("max-jobs") {
                None => matrix::MAX_JOBS,
                Some(text) => matrix::max_jobs(text)
                    .map_err(|why| Problem::new(format!("input `max-jobs`: {why}")))?,
            },
            with_rows: choice(given, "with-rows", &[("false", false), ("true", true)])?,
            fail_on_drift: choice(given, "fail-on", &[("drift", true), ("never", false)])?,
            comment: choice(
                given,
                "comment",
                &[
                    ("changes", Commenting::Changes),
                    ("never", Commenting::Never),
                    ("always", Commenting::Always),
                ],
            )?,
            two_heads: choice(
                given,
                "two-heads",
                &[
                    ("rebase", TwoHeads::Rebase),
                    ("merge", TwoHeads::Merge),
                    ("report", TwoHeads::Report),
                ],
            )?,
            replan: choice(given, "replan", &[("false", false), ("true", true)])?,
            token: text("token").map(Secret::new),
            api_url: text("api-url"),
            graphql_url: text("graphql-url"),
        })
    }

    /// What they ask of the configuration, which stays within the fence.
    pub(super) fn request(&self, fence: Fence) -> Request {
        let flags = Flags {
            to: self.ddl_file.iter().cloned().collect(),
            dir: self.dir.clone(),
            dev_url: self.dev_url.clone(),
            url: self.url.clone(),
            ..Flags::default()
        };
        Request {
            config: self.config.clone(),
            env: self.env.clone(),
            vars: self.vars.clone(),
            needs: flags.needs(),
            flags,
            fence: Some(fence),
            complete: false,
            answers: None,
        }
    }

    /// Looks for the config file in the project's directory, below `root`. Of several the first is meant until the settings
    /// are read, which refuses them. Where one is named, it is not looked for: a status keeps its name when another file
    /// appears.
    pub(super) fn find_config(mut self, root: &Path) -> Self {
        let directory = self.working_directory.as_deref().unwrap_or(".");
        if self.config.is_none()
            && let Some(found) = config::here(&root.join(directory)).first()
        {
            self.own_config = found;
        }
        self
    }

    /// The config file's path, as seen from the working directory.
    pub(super) fn config_file(&self) -> &str {
        let config = self.config.as_deref().unwrap_or(self.own_config);
        config.strip_prefix("file://").unwrap_or(config)
    }

    /// A command for somebody at the root of the repository. What only this run was told, such as the job's database, is
    /// not part of it.
    pub(super) fn command(&self, command: &str) -> String {
        let mut text = String::new();
        if let Some(directory) = &self.working_directory
            && directory != "."
        {
            text.push_str(&format!("cd {directory} && "));
        }
        text.push_str(command);
        for (flag, value) in [("env", &self.env), ("config", &self.config)] {
            if let Some(value) = value {
                text.push_str(&format!(" --{flag} {value}"));
            }
        }
        text
    }

    /// The path in the repository of a file that is named as seen from the working directory.
    pub(super) fn in_repository(&self, path: &str) -> String {
        let directory = self.working_directory.as_deref().unwrap_or(".");
        let mut inside = PathBuf::new();
        for part in Path::new(directory).join(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir if inside.file_name().is_some() => {
                    inside.pop();
                }
                part => inside.push(part),
            }
        }
        inside.display().to_string()
    }

    /// Which project this is, however its paths are written.
    pub(super) fn identity(&self, workspace: Option<&Path>) -> Identity {
        let path = |path: &str| {
            let path = self.in_repository(path.strip_prefix("file://").unwrap_or(path));
            let inside = workspace.and_then(|root| Path::new(&path).strip_prefix(root).ok());
            inside.map_or_else(|| path.clone(), |inside| inside.display().to_string())
        };
        Identity {
            directory: path("."),
            config: path(self.config_file()),
            own_config: path(self.config_file()) == path(self.own_config),
            env: self.env.clone().unwrap_or_default(),
            id: self.id.clone(),
            dir: self.dir.as_deref().map(path),
            ddl_file: self.ddl_file.as_deref().map(path),
            vars: self.vars.clone(),
        }
    }

    /// What must not be seen of them, and of the variables that they open to the project: values whose name says so, and
    /// passwords in URLs. The runner does not know them all.
    pub(super) fn secrets(&self, variables: &Variables) -> Vec<Secret> {
        let vars = self.vars.iter().map(|(name, value)| (name, value));
        let opened = self.provider_env.iter();
        let opened = opened.filter_map(|name| Some((name, variables.get(name)?)));
        let mut secrets = Vec::new();
        for (name, value) in vars.chain(opened) {
            if is_secret_name(name) {
                secrets.push(Secret::new(value.as_str()));
            }
            secrets.extend(passwords_in(value));
        }
        secrets.extend(self.token.clone());
        let applied = self.applied.iter().map(|(_, url)| url.expose());
        let urls = self.dev_url.iter().chain(&self.url).map(String::as_str);
        for url in urls.chain(applied) {
            // Of one that is not understood, the password as it is written.
            secrets.extend(match DbUrl::parse(url) {
                Ok(url) => url.secrets(),
                Err(_) => passwords_in(url),
            });
        }
        secrets
    }
}

/// The inputs for a line of `projects`: its directory, and what it gives besides.
fn project(
    line: &str,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut given = given.clone();
    let mut words = line.split_whitespace();
    let directory = words.next().unwrap_or_default().trim_end_matches('/');
    let form = "write `DIRECTORY`, then what differs: `services/orders env=prod dir=file://db`";
    // A URL may hold a password: values are not repeated.
    if directory.contains('=') {
        return Err(Problem::new("it does not begin with a directory").hint(form));
    }
    let at = match given.get("working-directory") {
        Some(outer) if outer != "." => Path::new(outer).join(directory),
        _ => PathBuf::from(directory),
    };
    given.insert("working-directory".to_owned(), at.display().to_string());
    for word in words {
        match word.split_once('=') {
            Some((name, "")) if OF_A_PROJECT.contains(&name) => {
                given.remove(name);
            }
            Some((name, value)) if OF_A_PROJECT.contains(&name) => {
                given.insert(name.to_owned(), value.to_owned());
            }
            Some((name, _)) => {
                let known = OF_A_PROJECT.join(", ");
                let mut problem =
                    Problem::new(format!("unknown key `{name}`: expected one of {known}"));
                problem.hint = suggest::nearest(name, OF_A_PROJECT.iter().copied())
                    .map(|word| format!("did you mean `{word}`?"));
                return Err(problem);
            }
            None => {
                return Err(Problem::new("each word after the directory is NAME=VALUE").hint(form));
            }
        }
    }
    Ok(given)
}

/// One of several words; the first is what an input means that is not given.
fn choice<T: Copy>(
    given: &BTreeMap<String, String>,
    name: &str,
    words: &[(&str, T)],
) -> Result<T, Problem> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let value = given.get(name).map_or(known[0], String::as_str);
    match words.iter().find(|(word, _)| *word == value) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let mut problem = Problem::new(format!(
                "input `{name}`: unknown value `{value}`, expected one of {}",
                known.join(", ")
            ));
            problem.hint = suggest::nearest(value, known.iter().copied())
                .map(|word| format!("did you mean `{word}`?"));
            Err(problem)
        }
    }
}

/// A line `NAME=VALUE` for each variable of the config file.
fn variables(text: Option<String>) -> Result<Vec<(String, String)>, Problem> {
    named("vars", "NAME=VALUE", text)
}

/// A line `NAME=URL` for each database. A secret that is not set is an error: that it is not asked must not go unseen.
fn databases(text: Option<String>) -> Result<Vec<(String, Secret)>, Problem> {
    let form = "NAME=URL";
    let lines = named("applied", form, text)?;
    let url = |(index, (name, url)): (usize, (String, String))| match url.trim() {
        // What stands before a URL's own sign is no name.
        url if url.is_empty() || name.contains("://") => {
            let problem =
                Problem::new(format!("input `applied`: line {} is not {form}", index + 1));
            Err(problem.hint("as in `staging=${{ secrets.STAGING_URL }}`; is that secret set, and may the job read it?"))
        }
        url => Ok((name, Secret::new(url))),
    };
    lines.into_iter().enumerate().map(url).collect()
}

/// Lines that each give something a name.
fn named(input: &str, form: &str, text: Option<String>) -> Result<Vec<(String, String)>, Problem> {
    let text = text.unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(index, line)| match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.to_owned()))
            }
            // The line may be a secret that lost its name.
            _ => Err(Problem::new(format!(
                "input `{input}`: line {} is not {form}",
                index + 1
            ))),
        })
        .collect()
}

fn file_url(path: String) -> String {
    match path.contains("://") {
        true => path,
        false => format!("file://{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Inputs, Problem> {
        let mut projects = all(pairs)?;
        assert_eq!(projects.len(), 1);
        Ok(projects.remove(0))
    }

    fn all(pairs: &[(&str, &str)]) -> Result<Vec<Inputs>, Problem> {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Inputs::read(owned)
    }

    #[test]
    fn action_yml_declares_just_these() {
        let action = include_str!("../../action.yml");
        let (_, inputs) = action.split_once("\ninputs:\n").expect("inputs");
        let (inputs, _) = inputs.split_once("\noutputs:\n").expect("outputs");
        let name = |line: &'static str| line.strip_prefix("  ")?.strip_suffix(':');
        let mut declared: Vec<&str> = inputs.lines().filter_map(name).collect();
        declared.sort_unstable();
        assert_eq!(declared, NAMES);
    }

    #[test]
    fn nothing_given_is_a_check() {
        let inputs = read(&[("INPUT_MODE", ""), ("PATH", "/bin")]).unwrap();
        assert_eq!(inputs.mode, "check");
        assert_eq!(inputs.comment, Commenting::Changes);
        assert_eq!(inputs.sandbox, Sandbox::Auto);
        assert_eq!(inputs.install, "auto");
        assert!(inputs.fail_on_drift && inputs.token.is_none() && inputs.ddl_file.is_none());
    }

    #[test]
    fn names_keep_their_hyphens_and_values_their_blanks() {
        let inputs = read(&[
            ("INPUT_DEV-URL", " postgres://db/dev "),
            ("INPUT_DDL-FILE", "build/schema.sql"),
            ("INPUT_VARS", "a = b=c\n\npassword=hunter2"),
            ("INPUT_PROVIDER-ENV", "A, B_TOKEN\nC"),
            ("INPUT_PROVIDER-TIMEOUT", "5m"),
        ])
        .unwrap();
        assert_eq!(inputs.dev_url.as_deref(), Some("postgres://db/dev"));
        assert_eq!(inputs.ddl_file.as_deref(), Some("file://build/schema.sql"));
        assert_eq!(inputs.vars[0], ("a".to_owned(), " b=c".to_owned()));
        assert_eq!(inputs.provider_env, ["A", "B_TOKEN", "C"]);
        assert_eq!(inputs.provider_timeout, Duration::from_secs(300));
        let variables = [
            ("A", "redis://u:p@ss/w@h"),
            ("B_TOKEN", "x"),
            ("C", "y"),
            ("Z_TOKEN", "z"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = inputs.secrets(&variables.into());
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["hunter2", "p@ss/w", "x"]);
    }

    #[test]
    fn paths_start_at_the_repository() {
        let inputs = read(&[("INPUT_WORKING-DIRECTORY", "./services/a/")]).unwrap();
        assert_eq!(
            inputs.in_repository("./db/models.py"),
            "services/a/db/models.py"
        );
        assert_eq!(
            inputs.in_repository("../b/models.py"),
            "services/b/models.py"
        );
        assert_eq!(inputs.in_repository("../../../x.py"), "../x.py");
        assert_eq!(inputs.in_repository("/usr/lib/x.py"), "/usr/lib/x.py");
        assert_eq!(read(&[]).unwrap().in_repository("atlas.hcl"), "atlas.hcl");
    }

    #[test]
    fn a_project_is_the_same_however_its_paths_are_written() {
        let of = |pairs: &[(&str, &str)]| {
            let inputs = read(&[pairs, &[("INPUT_ENV", "prod")]].concat()).unwrap();
            inputs.identity(Some(Path::new("/github/workspace")))
        };
        let orders = of(&[("INPUT_WORKING-DIRECTORY", "services/orders")]);
        assert_eq!(orders.status(None), "trueup/services/orders/prod");
        for directory in [
            "./services/orders/",
            "services//x/../orders",
            "/github/workspace/services/orders",
        ] {
            let config = ("INPUT_CONFIG", "file://./atlas.hcl");
            assert_eq!(
                of(&[("INPUT_WORKING-DIRECTORY", directory), config]),
                orders,
                "{directory}"
            );
        }
        let root = of(&[("INPUT_WORKING-DIRECTORY", "."), ("INPUT_DIR", "file://a")]);
        assert_eq!(
            (root.directory.as_str(), root.dir.as_deref()),
            ("", Some("a"))
        );
        assert_ne!(root, of(&[("INPUT_DIR", "b")]));
    }

    #[test]
    fn a_status_keeps_its_name_when_another_file_appears() {
        let root = tempfile::tempdir().unwrap();
        let status = |config: &[(&str, &str)]| {
            let given = [config, &[("INPUT_ENV", "prod")]].concat();
            let inputs = read(&given).unwrap().find_config(root.path());
            inputs.identity(None).status(None)
        };
        let named = [("INPUT_CONFIG", "atlas.hcl")];
        assert_eq!(status(&named), "trueup/prod");
        std::fs::write(root.path().join("trueup.yaml"), "").unwrap();
        assert_eq!(status(&named), "trueup/prod");
        assert_eq!(status(&[]), "trueup/prod");
        let other = [("INPUT_CONFIG", "trueup.yaml")];
        assert_eq!(status(&other), "trueup/prod (config: trueup.yaml)");
    }

    #[test]
    fn a_line_of_projects_gives_what_differs() {
        let lines = "services/a/\n\n  services/b env=prod dev-url=postgres://u:p@db/b?search_path=public  \n. config= dir=db";
        let given = [
            ("INPUT_WORKING-DIRECTORY", "."),
            ("INPUT_ENV", "app"),
            ("INPUT_CONFIG", "trueup.hcl"),
            ("INPUT_PROJECTS", lines),
        ];
        let all = self::all(&given).unwrap();
        let of = |index: usize| {
            let inputs: &Inputs = &all[index];
            let directory = inputs.in_repository(inputs.config_file());
            (directory, inputs.env.clone().unwrap_or_default())
        };
        assert_eq!(of(0), ("services/a/trueup.hcl".into(), "app".into()));
        assert_eq!(of(1), ("services/b/trueup.hcl".into(), "prod".into()));
        assert_eq!(of(2), ("atlas.hcl".into(), "app".into()));
        let url = all[1].dev_url.as_deref();
        assert_eq!(url, Some("postgres://u:p@db/b?search_path=public"));
        assert_eq!(all[2].dir.as_deref(), Some("db"));
        let wrong = |lines: &str| {
            let problem = self::all(&[("INPUT_PROJECTS", lines)]).unwrap_err();
            assert!(!problem.to_string().contains("secret"), "{problem}");
            (problem.message, problem.hint.unwrap_or_default())
        };
        let (message, hint) = wrong("a\nb evn=secret");
        assert!(
            message.starts_with(
                "input `projects`: line 2: unknown key `evn`: expected one of config,"
            )
        );
        assert_eq!(hint, "did you mean `env`?");
        assert!(
            wrong("a secret")
                .0
                .ends_with("line 1: each word after the directory is NAME=VALUE")
        );
        assert!(
            wrong("dev-url=secret")
                .0
                .ends_with("line 1: it does not begin with a directory")
        );
        assert_eq!(
            wrong("a\n\na/").0,
            "input `projects`: line 3 names the same project as line 1"
        );
    }

    #[test]
    fn slips_of_the_pen_are_errors() {
        let error = read(&[("INPUT_DEV_URL", "x")]).unwrap_err();
        assert_eq!(error.message, "unknown input `dev_url`");
        assert_eq!(error.hint.as_deref(), Some("did you mean `dev-url`?"));
        let error = read(&[("INPUT_MODE", "chek")]).unwrap_err();
        assert_eq!(
            error.message,
            "input `mode`: unknown value `chek`, expected one of check, commit, drift, apply, rebase, report, matrix"
        );
        assert_eq!(error.hint.as_deref(), Some("did you mean `check`?"));
        let error = read(&[("INPUT_VARS", "a=1\nsecret")]).unwrap_err();
        assert_eq!(error.message, "input `vars`: line 2 is not NAME=VALUE");
        let error = read(&[("INPUT_PROVIDER-TIMEOUT", "soon")]).unwrap_err();
        assert!(error.message.starts_with("input `provider-timeout`:"));
    }
}
