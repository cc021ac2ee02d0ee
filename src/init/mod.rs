//! `trueup init`: what a repository says of itself, and the files that set trueup up in it.
//!
//! [`look`] reads files and runs none; the models' place that it takes for likely is then tried by the loader, and
//! [`config()`] and [`workflow`] write what was found into `trueup.yaml` and a workflow.

mod database;
mod history;
mod walk;

use std::path::{Path, PathBuf};

use crate::config;
use crate::dialect::Profile;
use crate::migration::SUM_FILE;

pub use database::Database;
pub use history::Alembic;

/// The config file that is written.
pub const CONFIG: &str = "trueup.yaml";
/// The environment's name.
pub const ENV: &str = "app";
/// Git's setting for the driver that merges `atlas.sum`, and its value. It is each clone's own.
pub const DRIVER: [&str; 2] = [
    "merge.trueup.driver",
    "trueup migrate merge-sum %O %A %B %P",
];

/// What a repository says of itself.
#[derive(Debug)]
pub struct Repository {
    /// Its config file, where it has one.
    pub config: Option<&'static str>,
    /// Its databases, the likeliest first.
    pub databases: Vec<Database>,
    /// Its Alembic histories, the topmost first.
    pub histories: Vec<Alembic>,
    /// A directory for migrations that nothing else uses.
    pub migrations: PathBuf,
    /// The directory's path in the repository; empty for its root.
    pub below: PathBuf,
}

impl Repository {
    /// The history that makes the tables of models: of several the nearest one.
    pub fn history_of(&self, models: &[String]) -> Option<&Alembic> {
        let shared = |one: &&Alembic| models.iter().map(|name| one.shares(name)).max();
        // The last one of equals is taken.
        self.histories.iter().rev().max_by_key(shared)
    }

    /// The likeliest database; several where nothing tells them apart.
    pub fn likeliest(&self) -> Vec<&Database> {
        let mut all = self.databases.iter();
        let Some(first) = all.next() else {
            return Vec::new();
        };
        let mut found = vec![first];
        found.extend(all.take_while(|other| other.is_as_likely_as(first)));
        found
    }
}

/// Reads the repository in a directory.
pub fn look(root: &Path) -> Repository {
    let files = walk::files(root);
    let free = |dir: &&str| {
        let path = root.join(dir);
        !path.exists() || path.join("atlas.sum").exists() || is_empty(&path)
    };
    let migrations = ["migrations", "db/migrations", "schema/migrations"].iter();
    Repository {
        config: config::here(root).first().copied(),
        databases: database::find(root, &files),
        histories: history::find(root, &files),
        migrations: migrations
            .copied()
            .find(free)
            .unwrap_or("sql-migrations")
            .into(),
        below: below(root),
    }
}

/// A directory's path in its Git repository.
fn below(dir: &Path) -> PathBuf {
    let Ok(dir) = dir.canonicalize() else {
        return PathBuf::new();
    };
    let top = dir.ancestors().find(|above| above.join(".git").exists());
    let inner = top.and_then(|top| dir.strip_prefix(top).ok());
    inner.map_or_else(PathBuf::new, Path::to_owned)
}

/// Whether a directory has nothing but files such as `.gitkeep` and the `.gitattributes` of an earlier run.
fn is_empty(dir: &Path) -> bool {
    let hidden = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    dir.read_dir()
        .is_ok_and(|entries| entries.flatten().all(hidden))
}

/// What is written into a config file.
#[derive(Debug)]
pub struct Settings<'a> {
    /// The environment's name.
    pub env: &'a str,
    /// The models, as the loader takes them.
    pub models: &'a [String],
    pub app: Option<&'a str>,
    pub python: Option<&'a str>,
    pub dev: &'a str,
    /// The directory, or the Alembic history.
    pub migrations: &'a str,
}

/// A file that is to be written.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub path: PathBuf,
    pub text: String,
}

/// The text of `trueup.yaml`.
pub fn config(settings: &Settings<'_>) -> File {
    let Settings {
        env,
        models,
        app,
        python,
        dev,
        migrations,
    } = settings;
    let models = match models {
        [one] => format!(" {}", scalar(one)),
        several => several
            .iter()
            .map(|name| format!("\n      - {}", scalar(name)))
            .collect(),
    };
    let optional = |key: &str, value: &Option<&str>| match value {
        Some(value) => format!("    {key}: {}\n", scalar(value)),
        None => String::new(),
    };
    let text = format!(
        "# yaml-language-server: $schema={SCHEMA}\nenvs:\n  {env}:\n    models:{models}\n{}{}    dev: {}\n    migrations: {}\n{FORMAT}",
        optional("app", app),
        optional("python", python),
        scalar(dev),
        scalar(migrations),
    );
    File {
        path: CONFIG.into(),
        text,
    }
}

/// Git's attributes of a migration directory: `atlas.sum` is merged by trueup, in clones that know how.
pub fn attributes(migrations: &Path) -> File {
    let [setting, command] = DRIVER;
    File {
        path: migrations.join(".gitattributes"),
        text: format!(
            "# once in each clone: git config {setting} '{command}'\n{SUM_FILE} merge=trueup\n"
        ),
    }
}

/// Migrations are written to be read: a column a line.
const FORMAT: &str = "    format:\n      migrate:\n        diff: '{{ sql . \"  \" }}'\n";

/// Where editors find the form of `trueup.yaml`.
const SCHEMA: &str = "https://raw.githubusercontent.com/trueup/trueup/v0/schema/trueup.schema.json";

/// A text as a YAML scalar: in quotes where it would be read as something else.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-?=&+@".contains(c);
    let safe = text.chars().all(plain)
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.')
        && !text.ends_with(':')
        && !["true", "false", "null", "yes", "no", "on", "off"]
            .contains(&text.to_lowercase().as_str());
    match safe {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The workflow that checks pull requests, with a service container where the database needs a server: for a project that
/// is at the path `below` in the repository.
pub fn workflow(profile: &Profile, env: &str, below: &Path) -> File {
    const EXAMPLE: &str = include_str!("../../examples/workflows/check.yml");
    let mut text = String::new();
    let mut service = false;
    for line in EXAMPLE.lines() {
        // The example's service is PostgreSQL's.
        match line {
            "    services:" => {
                service = true;
                text.push_str(profile.setup.service);
                continue;
            }
            "    steps:" => service = false,
            // What another workflow reads, which is not written here.
            _ if line.contains("report.yml") => break,
            _ => {}
        }
        if service {
            continue;
        }
        let line = match line.trim_start().split_once(": ") {
            Some(("env", _)) if below.as_os_str().is_empty() => format!("          env: {env}"),
            Some(("env", _)) => format!(
                "          env: {env}\n          working-directory: {}",
                scalar(&below.display().to_string())
            ),
            Some(("dev-url", _)) if profile.setup.service_url.is_empty() => continue,
            Some(("dev-url", _)) => format!("          dev-url: {}", profile.setup.service_url),
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    let up: PathBuf = below.components().map(|_| "..").collect();
    let parts = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    let name: String = parts.map(|part| format!("-{part}")).collect();
    File {
        path: up.join(format!(".github/workflows/trueup{name}.yml")),
        text,
    }
}

/// Whether an environment's models are on one schema that nothing names, so that names need no schema either.
pub fn one_schema(ddl: &str) -> bool {
    !ddl.lines()
        .any(|line| line.starts_with("-- atlas:pos ") && line.contains("[type=schema]"))
}

/// How many tables models have.
pub fn tables(ddl: &str) -> usize {
    ddl.matches("[type=table] ").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_is_what_a_person_would_write() {
        let models = ["shop.models".to_owned()];
        let settings = Settings {
            env: ENV,
            models: &models,
            app: Some("shop:create_app"),
            python: None,
            dev: "local://postgres?search_path=public",
            migrations: "migrations",
        };
        let file = config(&settings);
        let (_, rest) = file.text.split_once('\n').unwrap();
        assert_eq!(
            rest,
            "envs:\n  app:\n    models: shop.models\n    app: shop:create_app\n    dev: local://postgres?search_path=public\n    \
             migrations: migrations\n    format:\n      migrate:\n        diff: '{{ sql . \"  \" }}'\n"
        );
        let several = ["a".to_owned(), "it's".to_owned()];
        let file = config(&Settings {
            models: &several,
            app: None,
            ..settings
        });
        assert!(
            file.text
                .contains("    models:\n      - a\n      - 'it''s'\n"),
            "{}",
            file.text
        );
    }

    #[test]
    fn the_workflow_has_the_databases_service() {
        use crate::dialect;
        for dialect in dialect::ALL {
            let profile = dialect.profile();
            let text = workflow(profile, "app", Path::new("")).text;
            assert!(text.contains("          env: app\n"), "{text}");
            assert_eq!(
                text.contains("services:"),
                !profile.setup.service.is_empty(),
                "{text}"
            );
            assert_eq!(
                text.contains("dev-url:"),
                !profile.setup.service_url.is_empty(),
                "{text}"
            );
        }
        let profile = dialect::named("PostgreSQL").unwrap().profile();
        let file = workflow(profile, "sqlalchemy", Path::new(""));
        let example = include_str!("../../examples/workflows/check.yml");
        let (check, report) = example.split_at(file.text.len());
        assert_eq!(file.text, check);
        assert!(report.contains("trueup-comment"), "{report}");
        assert!(report.starts_with("      # "), "{report}");
        assert_eq!(file.path, Path::new(".github/workflows/trueup.yml"));
        let file = workflow(profile, "app", Path::new("services/api"));
        assert!(
            file.text
                .contains("          env: app\n          working-directory: services/api\n")
        );
        assert_eq!(
            file.path,
            Path::new("../../.github/workflows/trueup-services-api.yml")
        );
    }
}
