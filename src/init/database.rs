//! Which database a project is for: its drivers, URLs, types of columns, and the images of its containers.

use std::path::{Path, PathBuf};

use super::walk::read;
use crate::dialect::{self, Dialect, Profile};
use crate::engine::local;

/// A database that a project may be for.
#[derive(Clone)]
pub struct Database {
    pub dialect: &'static dyn Dialect,
    /// What says so, the strongest first: words and the file.
    pub evidence: Vec<String>,
    /// The version of its image, where one is named.
    version: Option<String>,
    weight: u32,
    /// In how many files something says so.
    files: usize,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("dialect", &self.dialect.profile().name)
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}

/// How much a sign says.
const IMAGE: u32 = 8;
const URL: u32 = 6;
const DRIVER: u32 = 5;
const TYPES: u32 = 3;
const EMBEDDED: u32 = 1;

/// The databases, the likeliest first.
pub(super) fn find(root: &Path, files: &[PathBuf]) -> Vec<Database> {
    let mut found: Vec<Database> = dialect::ALL
        .iter()
        .map(|dialect| Database {
            dialect: *dialect,
            evidence: Vec::new(),
            version: None,
            weight: 0,
            files: 0,
        })
        .collect();
    for file in files {
        let Some(kind) = kind_of(file) else { continue };
        let Some(text) = read(&root.join(file)) else {
            continue;
        };
        for database in &mut found {
            database.look(kind, file, &text);
        }
    }
    found.retain(|database| database.weight > 0);
    found.sort_by_key(|database| std::cmp::Reverse((database.weight, database.files)));
    found
}

/// What a file can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Packages,
    Containers,
    Settings,
    Code,
}

fn kind_of(file: &Path) -> Option<Says> {
    let name = file.file_name()?.to_str()?;
    let extension = file.extension().and_then(|extension| extension.to_str());
    let test = |part: std::path::Component<'_>| {
        part.as_os_str()
            .to_str()
            .is_some_and(|part| part.starts_with("test"))
    };
    Some(match (name, extension) {
        ("pyproject.toml" | "Pipfile" | "setup.py" | "setup.cfg", _) => Says::Packages,
        (name, Some("txt" | "in")) if name.contains("requirements") => Says::Packages,
        (name, Some("yml" | "yaml")) if name.contains("compose") => Says::Containers,
        (name, _) if name.starts_with(".env") || name.ends_with(".env") => Says::Settings,
        (_, Some("ini" | "cfg" | "toml" | "yml" | "yaml")) => Says::Settings,
        // Tests run on what is at hand.
        (_, Some("py")) if !file.components().any(test) => Says::Code,
        _ => return None,
    })
}

impl Database {
    fn look(&mut self, says: Says, file: &Path, text: &str) {
        let profile = self.dialect.profile();
        // Every project mentions an embedded database somewhere.
        let embedded = |weight: u32| match profile.setup.program {
            Some(_) => weight,
            None => EMBEDDED,
        };
        if says == Says::Packages
            && let Some(driver) = profile
                .setup
                .drivers
                .iter()
                .find(|driver| requires(text, driver))
        {
            self.weigh(embedded(DRIVER), format!("the driver {driver}"), file);
        }
        if says == Says::Containers
            && let Some((image, version)) = image(text, profile)
        {
            self.version = self.version.take().or(version);
            self.weigh(IMAGE, format!("the image {image}"), file);
        }
        let url = |name: &&str| {
            [format!("{name}://"), format!("{name}+")]
                .iter()
                .any(|start| has_start(text, start))
        };
        // MariaDB's URLs are no sign of MySQL, whose DDL it takes.
        let names = profile.models.names[..1].iter().chain(profile.schemes);
        if let Some(name) = names.copied().find(|name| url(name)) {
            self.weigh(embedded(URL), format!("a URL `{name}://…`"), file);
        }
        let types = format!("sqlalchemy.dialects.{}", profile.models.names[0]);
        let short = format!("sqlalchemy.dialects import {}", profile.models.names[0]);
        if says == Says::Code && (text.contains(&types) || text.contains(&short)) {
            self.weigh(TYPES, "its types".to_owned(), file);
        }
    }

    fn weigh(&mut self, weight: u32, what: String, file: &Path) {
        self.files += 1;
        // A hundred files that say the same say little more than one.
        if !self.evidence.iter().any(|known| known.starts_with(&what)) {
            self.weight += weight;
            self.evidence.push(format!("{what} in {}", file.display()));
        }
    }

    /// Whether no more says one than the other.
    pub(super) fn is_as_likely_as(&self, other: &Self) -> bool {
        self.weight == other.weight
    }

    /// A database that is named, and not found.
    pub fn named(dialect: &'static dyn Dialect) -> Self {
        Self {
            dialect,
            evidence: Vec::new(),
            version: None,
            weight: 0,
            files: 0,
        }
    }

    /// The dev database that is at hand: a private server of this machine's programs, or a container of the image that the
    /// project uses.
    pub fn dev(&self, one_schema: bool) -> String {
        let profile = self.dialect.profile();
        let (None, Some((program, places))) = (profile.setup.dev, profile.setup.program) else {
            return profile.setup.dev.unwrap_or_default().to_owned();
        };
        let mut directories = local::path_directories();
        for place in places {
            directories.extend(local::versioned_directories(place));
        }
        let is_it = |path: &PathBuf| path.file_name().is_some_and(|name| name == program);
        let here = local::programs(program, &directories).iter().any(is_it);
        let docker = Path::new("/var/run/docker.sock").exists();
        let database = match one_schema {
            true => profile.setup.one_schema,
            false => "",
        };
        match &self.version {
            Some(version) if docker || !here => {
                format!("docker://{}/{version}{database}", profile.name)
            }
            None if !here => format!(
                "docker://{}/{}{database}",
                profile.name, profile.setup.version
            ),
            _ => format!("local://{}{database}", profile.name),
        }
    }
}

/// Whether a list of packages has one, with or without a version.
fn requires(text: &str, package: &str) -> bool {
    let lower = text.to_lowercase();
    let mut found = lower.match_indices(package);
    found.any(|(at, _)| {
        let name = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let before = lower[..at].chars().next_back();
        let after = lower[at + package.len()..].chars().next();
        !before.is_some_and(name) && !after.is_some_and(name)
    })
}

fn has_start(text: &str, start: &str) -> bool {
    let mut found = text.match_indices(start);
    found.any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "+-_".contains(c)))
}

/// The image of a database's server, and its version.
fn image(text: &str, profile: &Profile) -> Option<(String, Option<String>)> {
    text.lines().find_map(|line| {
        let name = line
            .trim()
            .strip_prefix("image:")?
            .trim()
            .trim_matches(['"', '\'']);
        let (repository, tag) = name.split_once(':').unwrap_or((name, ""));
        let last = repository.rsplit('/').next()?;
        let known = [profile.name, profile.models.names[0]];
        if !known.contains(&last) {
            return None;
        }
        let version: String = tag
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        Some((name.to_owned(), (!version.is_empty()).then_some(version)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_database_comes_first() {
        let root = tempfile::tempdir().unwrap();
        let first = |files: &[(&str, &str)]| {
            for (name, text) in files {
                std::fs::write(root.path().join(name), text).unwrap();
            }
            let names: Vec<PathBuf> = files.iter().map(|(name, _)| name.into()).collect();
            let found = find(root.path(), &names);
            found
                .first()
                .map(|one| (one.dialect.profile().name, one.evidence.clone()))
        };
        let (name, evidence) = first(&[
            (
                "pyproject.toml",
                "dependencies = [\"psycopg[binary]>=3\", \"aiosqlite\"]",
            ),
            ("config.py", "URL = 'sqlite:///dev.db'"),
        ])
        .unwrap();
        assert_eq!(name, "postgres");
        assert_eq!(evidence, ["the driver psycopg in pyproject.toml"]);
        let url = ("settings.toml", "url = 'mariadb+pymysql://u@h/d'");
        let (name, _) = first(&[("requirements.txt", "PyMySQL==1.1\n"), url]).unwrap();
        assert_eq!(name, "mariadb");
        let (name, _) = first(&[("requirements.txt", "PyMySQL==1.1\n")]).unwrap();
        assert_eq!(name, "mysql");
        let (name, _) = first(&[("alembic.ini", "sqlalchemy.url = sqlite:///app.db\n")]).unwrap();
        assert_eq!(name, "sqlite");
        assert_eq!(first(&[("requirements.txt", "nopsycopgs\n")]), None);
    }

    #[test]
    fn the_version_is_the_projects_image() {
        let profile = dialect::ALL
            .iter()
            .map(|dialect| dialect.profile())
            .find(|one| one.name == "postgres");
        let (name, version) = image(
            "services:\n  db:\n    image: 'postgres:16-alpine'\n",
            profile.unwrap(),
        )
        .unwrap();
        assert_eq!(
            (name.as_str(), version.as_deref()),
            ("postgres:16-alpine", Some("16"))
        );
        assert_eq!(image("    image: redis:7\n", profile.unwrap()), None);
    }
}
