//! The projects of a repository, one for each environment of each config file that can be compared, which of them a change is
//! about, and how they are dealt out to the jobs of a workflow.
//!
//! A project that is left out by mistake is one that nobody checks: what can't be read is a project all the same, whose job
//! says what is wrong, and a change that may be about models of any project is about all of them.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use crate::config::{self, Env, Fence, Flags, Request, Source};
use crate::desired::walk;
use crate::problem::{Problem, stage};

/// Jobs of a matrix that GitHub takes:
/// <https://docs.github.com/en/actions/reference/limits#existing-system-limits>.
pub const MAX_JOBS: usize = 256;

/// Ends of names that Python code, its packages or SQL have: outside of all projects, any of them may depend on it.
const SHARED: &[&str] = &[
    ".cfg",
    ".hcl",
    ".ini",
    ".lock",
    ".py",
    ".pyi",
    ".sql",
    ".toml",
    ".txt",
    "Pipfile",
    ".python-version",
];

/// Where the repository's workflows are.
const WORKFLOWS: &str = ".github/workflows";

/// An environment of a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Where the config file is, below the root; empty there.
    pub directory: String,
    /// None where the config file can't be read.
    pub env: Option<String>,
    /// What belongs to it besides its directory, as paths below the root.
    others: Vec<PathBuf>,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Where the repository is.
    pub root: &'a Path,
    /// The only environment that counts.
    pub env: Option<&'a str>,
    /// The limits of config files that are not the user's own.
    pub fence: Option<Fence>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// In the order of their directories.
    pub projects: Vec<Project>,
    /// Environments that can't be compared, and why.
    pub left_out: Vec<String>,
}

/// Looks for the projects.
///
/// # Errors
/// When there are none, or the name of one is not a single word.
pub fn find(ask: &Ask<'_>) -> Result<Found, Problem> {
    let mut found = Found {
        projects: Vec::new(),
        left_out: Vec::new(),
    };
    let mut directories: Vec<PathBuf> = walk::all_files(ask.root)
        .into_iter()
        .filter(|file| {
            let name = file.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| config::NAMES.contains(&name))
        })
        .filter_map(|file| file.parent().map(Path::to_owned))
        .collect();
    directories.sort();
    directories.dedup();
    if directories.is_empty() {
        let names = config::NAMES.join(", ");
        let problem = Problem::new("no project has a config file").during(stage::CONFIG);
        return Err(problem.hint(format!(
            "{names} were looked for in the repository; `actions/checkout` has to come first"
        )));
    }
    for directory in &directories {
        look(ask, directory, &mut found);
    }
    found
        .projects
        .sort_by(|a, b| (&a.directory, &a.env).cmp(&(&b.directory, &b.env)));
    for project in &found.projects {
        project.check()?;
    }
    if found.projects.is_empty() {
        let what = match ask.env {
            Some(env) => format!("no config file has an environment `{env}` that can be compared"),
            None => "no config file has an environment that can be compared".to_owned(),
        };
        return Err(Problem::new(what).during(stage::CONFIG));
    }
    Ok(found)
}

/// Adds the environments of the config file in a directory.
fn look(ask: &Ask<'_>, directory: &Path, found: &mut Found) {
    let inner = directory.strip_prefix(ask.root).unwrap_or(directory);
    let project = |env: Option<&str>, others: Vec<PathBuf>| Project {
        directory: inner.display().to_string(),
        env: env.map(str::to_owned),
        others,
    };
    let request = Request {
        // Whatever it is, it says nothing of what belongs to the project, and may be closed to us.
        flags: Flags {
            dev_url: Some("sqlite://dev?mode=memory".to_owned()),
            ..Flags::default()
        },
        fence: ask.fence.clone(),
        ..Request::default()
    };
    let Ok(names) = config::environments(&request, directory) else {
        found.projects.push(project(ask.env, Vec::new()));
        return;
    };
    for name in names
        .iter()
        .filter(|name| ask.env.is_none_or(|env| env == *name))
    {
        let request = Request {
            env: Some(name.clone()),
            ..request.clone()
        };
        let env = config::resolve(&request, directory, &|name| std::env::var(name).ok());
        let others = match env {
            Ok(env) if env.src.is_empty() && !env.unset.contains_key("src") => {
                let place = inner.join(name).display().to_string();
                found.left_out.push(format!("{place}: it names no models"));
                continue;
            }
            Ok(env) => others(&env, inner),
            Err(_) => Vec::new(),
        };
        found.projects.push(project(Some(name), others));
    }
}

/// Files and directories that settings name, as paths below the root.
fn others(env: &Env, directory: &Path) -> Vec<PathBuf> {
    let sources = env.src.iter().filter_map(|source| match &source.value {
        Source::File(path) | Source::Dir(path) => Some(path.as_path()),
        Source::External(program) => program.working_dir.as_deref(),
        Source::Models(models) => Some(Path::new(&models.target)),
        Source::Url(_) | Source::Env(_) => None,
    });
    let all = sources.chain([env.migration.dir.as_path()]);
    let all = all.map(|path| plain(&directory.join(path)));
    all.filter(|path| !path.starts_with(directory)).collect()
}

/// A path without `.` and `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

/// Those that a change of these files, as paths below the root, may be about.
pub fn changed(projects: &[Project], files: &[String]) -> Vec<Project> {
    let of_somebody = |file: &&String| projects.iter().any(|project| project.has(file));
    let shared =
        |file: &String| file.starts_with(WORKFLOWS) || SHARED.iter().any(|end| file.ends_with(end));
    if files.iter().filter(|file| !of_somebody(file)).any(shared) {
        return projects.to_vec();
    }
    let changed = |project: &&Project| files.iter().any(|file| project.has(file));
    projects.iter().filter(changed).cloned().collect()
}

/// Jobs of a matrix: one for each project, or for several of them where these are too many.
pub fn jobs(projects: &[Project], max: usize) -> Value {
    let number = projects.len().min(max.max(1));
    let job = |at: usize| {
        let share = &projects[at * projects.len() / number..(at + 1) * projects.len() / number];
        let lines: Vec<String> = share.iter().map(Project::line).collect();
        let name = match share {
            [one] => one.to_string(),
            _ => format!("{} of {number}", at + 1),
        };
        json!({"name": name, "projects": lines.join("\n")})
    };
    json!({"include": (0..number).map(job).collect::<Vec<Value>>()})
}

/// Reads how many jobs there may be.
///
/// # Errors
/// What the text is not.
pub fn max_jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=MAX_JOBS).contains(number))
        .ok_or_else(|| format!("`{text}` is not a number from 1 to {MAX_JOBS}"))
}

impl Project {
    fn has(&self, file: &str) -> bool {
        let path = Path::new(file);
        path.starts_with(&self.directory) || self.others.iter().any(|other| path.starts_with(other))
    }

    /// As the Action's input `projects` has it.
    fn line(&self) -> String {
        let directory = match self.directory.as_str() {
            "" => ".",
            directory => directory,
        };
        match &self.env {
            Some(env) => format!("{directory} env={env}"),
            None => directory.to_owned(),
        }
    }

    /// A line may say more than where a project is: a name must not.
    fn check(&self) -> Result<(), Problem> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '=';
        let env = self.env.as_deref().unwrap_or("x");
        if !self.directory.contains(odd) && !env.is_empty() && !env.contains(odd) {
            return Ok(());
        }
        let what = format!("{:?} has a blank or a `=` in its name", self.to_string());
        let problem = Problem::new(what).during(stage::CONFIG);
        Err(problem.hint(
            "a matrix names each project by one word: rename the directory or the environment",
        ))
    }
}

impl std::fmt::Display for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = Path::new(&self.directory).join(self.env.as_deref().unwrap_or_default());
        let name = name.display().to_string();
        f.write_str(match name.trim_end_matches('/') {
            "" => ".",
            name => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(directory: &str, others: &[&str]) -> Project {
        Project {
            directory: directory.into(),
            env: Some("app".into()),
            others: others.iter().map(PathBuf::from).collect(),
        }
    }

    fn names(projects: &[Project]) -> Vec<String> {
        projects.iter().map(Project::to_string).collect()
    }

    #[test]
    fn a_change_is_about_what_may_depend_on_it() {
        let projects = [
            project("a", &[]),
            project("b", &["shared/sql"]),
            project("ab", &[]),
        ];
        let of = |file: &str| names(&changed(&projects, &[file.to_owned()]));
        assert_eq!(of("a/README.md"), ["a/app"]);
        assert_eq!(of("ab/models.py"), ["ab/app"]);
        assert_eq!(of("shared/sql/1.sql"), ["b/app"]);
        let all = ["a/app", "b/app", "ab/app"];
        for file in [
            "lib/base.py",
            "uv.lock",
            "Pipfile",
            ".github/workflows/x.yml",
            "shared/x.sql",
            "../x.py",
        ] {
            assert_eq!(of(file), all, "{file}");
        }
        for file in ["README.md", "web/app.tsx", "docs/a/x.png"] {
            assert_eq!(of(file), [] as [&str; 0], "{file}");
        }
        let root = [project("", &[]), project("a", &[])];
        assert_eq!(
            names(&changed(&root, &["a/x".to_owned()])),
            ["app", "a/app"]
        );
    }

    #[test]
    fn every_project_is_in_one_job() {
        let all: Vec<Project> = (0..1000)
            .map(|at| project(&format!("p{at:03}"), &[]))
            .collect();
        for (number, max) in [
            (0, 256),
            (1, 256),
            (256, 256),
            (257, 256),
            (1000, 256),
            (1000, 7),
            (10, 1),
        ] {
            let jobs = jobs(&all[..number], max);
            let jobs = jobs["include"].as_array().expect("jobs");
            assert_eq!(jobs.len(), number.min(max));
            let lines: Vec<&str> = jobs
                .iter()
                .flat_map(|job| job["projects"].as_str().expect("lines").lines())
                .collect();
            let expected: Vec<String> = all[..number].iter().map(Project::line).collect();
            assert_eq!(lines, expected);
            let shares = jobs
                .iter()
                .map(|job| job["projects"].as_str().unwrap_or("").lines().count());
            let (least, most) = (shares.clone().min(), shares.max());
            assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1);
        }
        assert_eq!(max_jobs("256"), Ok(256));
        for wrong in ["0", "257", "-1", "many"] {
            assert!(max_jobs(wrong).is_err());
        }
    }

    #[test]
    fn a_name_says_no_more_than_where_a_project_is() {
        for (directory, env) in [
            ("a b", "app"),
            ("a", "x dev-url=postgres://evil"),
            ("a=b", "app"),
            ("a", "x\ny"),
            ("a", ""),
        ] {
            let project = Project {
                env: Some(env.into()),
                ..project(directory, &[])
            };
            assert!(project.check().is_err(), "{project}");
        }
        assert_eq!(project("services/ö", &[]).check(), Ok(()));
    }
}
