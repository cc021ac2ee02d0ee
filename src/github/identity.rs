//! Which project a run is about. Comments, commit statuses, the directory of the report and trailers of commits get their
//! names here and nowhere else: two projects that shared one would overwrite each other, and a status that a branch
//! requires would be green because the second one is.
//!
//! Names are read by people where that is safe: `trueup/services/orders/prod`. What a name can't show plainly, or not
//! without ambiguity, is in a hash at its end.

use serde_json::json;

use super::sha256;
use crate::config::secret::{is_secret_name, mask_urls};

/// Characters of a name, with room for a prefix and a hash. GitHub takes 255 of a status.
const LENGTH: usize = 100;

/// A project of a repository: what is compared with what. Paths are relative to the repository's root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its directory; empty at the root.
    pub directory: String,
    pub config: String,
    /// Whether that is the one that is there and need not be named.
    pub own_config: bool,
    pub env: String,
    /// The workflow's own name for it. It stands for the inputs below, whose values may be another in each run.
    pub id: Option<String>,
    /// The migration directory, where the workflow names it.
    pub dir: Option<String>,
    /// The models' SQL, where the workflow names it.
    pub ddl_file: Option<String>,
    pub vars: Vec<(String, String)>,
}

impl Identity {
    /// What comments and commits are marked with.
    pub fn key(&self) -> String {
        let all = json!([
            self.directory,
            self.config,
            self.env,
            self.id,
            self.inputs()
        ]);
        shortened(&all.to_string(), 12)
    }

    /// The name of the commit status that a branch's rules can require. GitHub reads it without regard to case. `event`
    /// is the kind of run that must not answer for others on the same commit.
    pub fn status(&self, event: Option<&str>) -> String {
        let mut plain = self.env.is_empty() || is_plain(&self.env);
        let mut more = Vec::new();
        if !self.own_config {
            more.push(("config", self.config.clone()));
        }
        for (input, value) in self.inputs() {
            let value = match input {
                "vars" => shortened(&value, 8),
                _ => value,
            };
            more.push((input, value));
        }
        plain &= more
            .iter()
            .all(|(_, value)| value.split('/').all(is_plain) && !has_upper(value));
        let name = self.name();
        plain &= self.is_named_plainly() && !has_upper(&name);
        let mut more: Vec<String> = more
            .into_iter()
            .map(|(input, value)| format!("{input}: {value}"))
            .collect();
        more.extend(event.map(str::to_owned));
        let slash = if name.is_empty() { "" } else { "/" };
        let mut text = format!("trueup{slash}{name}");
        if !more.is_empty() {
            text.push_str(&format!(" ({})", more.join(", ")));
        }
        if plain && text.chars().count() <= LENGTH {
            return text;
        }
        let hash = shortened(&format!("{}\0{event:?}", self.key()), 8);
        format!("trueup/{}~{hash}", cut(&name))
    }

    /// The directory below `trueup-report` for its files.
    pub fn path(&self) -> String {
        let name = match self.name() {
            name if name.is_empty() => "default".to_owned(),
            name => name,
        };
        let plain = self.is_named_plainly()
            && self.inputs().is_empty()
            && self.own_config
            && (!self.env.is_empty() || self.id.is_some())
            && name.len() <= LENGTH;
        match plain {
            true => name,
            false => format!("{}~{}", cut(&name), &self.key()[..8]),
        }
    }

    /// What a page says of it: labels and values.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let mut fact = |label, value: &str| {
            if !value.is_empty() {
                facts.push((label, value.to_owned()));
            }
        };
        fact("environment", &self.env);
        fact("directory", &self.directory);
        if !self.own_config {
            fact("config", &self.config);
        }
        fact("id", self.id.as_deref().unwrap_or_default());
        fact("dir", self.dir.as_deref().unwrap_or_default());
        fact("ddl-file", self.ddl_file.as_deref().unwrap_or_default());
        // Their values may be secrets that don't look it.
        let vars: Vec<&str> = self.vars.iter().map(|(name, _)| name.as_str()).collect();
        fact("vars", &vars.join(", "));
        facts
    }

    /// Inputs that make it another project than its directory, config file and environment say.
    fn inputs(&self) -> Vec<(&'static str, String)> {
        if self.id.is_some() {
            return Vec::new();
        }
        let mut inputs = Vec::new();
        inputs.extend(self.dir.clone().map(|dir| ("dir", dir)));
        inputs.extend(self.ddl_file.clone().map(|file| ("ddl-file", file)));
        if !self.vars.is_empty() {
            // Everybody sees the hash, so nobody may be able to confirm a guess at a password with it.
            let mut vars: Vec<(&str, String)> = self
                .vars
                .iter()
                .map(|(name, value)| match is_secret_name(name) {
                    true => (name.as_str(), String::new()),
                    false => (name.as_str(), mask_urls(value)),
                })
                .collect();
            vars.sort();
            inputs.push(("vars", json!(vars).to_string()));
        }
        inputs
    }

    /// `services/orders/prod@eu`: directory, environment and id, without what no name should have.
    fn name(&self) -> String {
        let directory = self.directory.split('/').filter(|part| !part.is_empty());
        let mut parts: Vec<String> = directory.map(tamed).collect();
        let at_root = parts.is_empty();
        let mut last = tamed(&self.env);
        if let Some(id) = &self.id {
            last = format!("{last}@{}", tamed(id));
        }
        // A directory's name is not to be taken for an environment's.
        if !last.is_empty() || !at_root {
            parts.push(last);
        }
        parts.join("/")
    }

    /// Whether nothing of directory, environment and id is lost in the name.
    fn is_named_plainly(&self) -> bool {
        (self.directory.is_empty() || self.directory.split('/').all(is_plain))
            && (self.env.is_empty() || is_plain(&self.env))
            && self.id.as_deref().is_none_or(is_plain)
    }
}

/// Whether a text may stand in a name as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && tamed(text) == text
}

/// A text with the characters that names of files and statuses may have; never `..` or hidden.
fn tamed(text: &str) -> String {
    let tame = |(at, c): (usize, char)| match c {
        '.' if at > 0 => c,
        '-' | '_' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    text.chars().enumerate().map(tame).collect()
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The beginning of a name, as long as there is room.
fn cut(name: &str) -> String {
    let mut name: String = name.chars().take(LENGTH).collect();
    name.truncate(name.trim_end_matches('/').len());
    name
}

fn shortened(text: &str, digits: usize) -> String {
    let mut hash = sha256(text.as_bytes());
    hash.truncate(digits);
    hash
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn project(directory: &str, env: &str) -> Identity {
        Identity {
            directory: directory.into(),
            config: format!("{directory}/atlas.hcl")
                .trim_start_matches('/')
                .into(),
            own_config: true,
            env: env.into(),
            ..Identity::default()
        }
    }

    #[test]
    fn plain_projects_have_plain_names() {
        let root = project("", "prod");
        assert_eq!(
            (root.status(None).as_str(), root.path().as_str()),
            ("trueup/prod", "prod")
        );
        let orders = project("services/orders", "prod");
        assert_eq!(orders.status(None), "trueup/services/orders/prod");
        assert_eq!(orders.path(), "services/orders/prod");
        assert_eq!(
            orders.status(Some("push")),
            "trueup/services/orders/prod (push)"
        );
        let named = Identity {
            id: Some("eu".into()),
            vars: vec![("region".into(), "eu".into())],
            ..root.clone()
        };
        assert_eq!(
            (named.status(None).as_str(), named.path().as_str()),
            ("trueup/prod@eu", "prod@eu")
        );
        let printed = Identity {
            ddl_file: Some("build/schema.sql".into()),
            ..root
        };
        assert_eq!(
            printed.status(None),
            "trueup/prod (ddl-file: build/schema.sql)"
        );
        assert!(printed.path().starts_with("prod~"), "{}", printed.path());
        let none = project("", "");
        assert_eq!(none.status(None), "trueup");
        assert!(none.path().starts_with("default~"), "{}", none.path());
    }

    /// Every pair of these is two projects; case alone is enough, although GitHub does not see it.
    #[test]
    fn no_two_projects_share_a_name() {
        let root = project("", "prod");
        let with = |change: &dyn Fn(&mut Identity)| {
            let mut identity = root.clone();
            change(&mut identity);
            identity
        };
        let vars = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            let vars: Vec<(String, String)> = pairs.collect();
            with(&move |identity| identity.vars.clone_from(&vars))
        };
        let other = |config: &str| {
            with(&|identity| {
                identity.config = config.into();
                identity.own_config = false;
            })
        };
        let long = "x/".repeat(90);
        let all = [
            root.clone(),
            project("", "PROD"),
            project("", "default"),
            project("", ""),
            project("prod", ""),
            project("a", "b"),
            project("", "a/b"),
            project("a/b", ""),
            project("a/b", "c"),
            project("a", "b/c"),
            project("", "prod@eu"),
            project("", "prod (push)"),
            project("", ".."),
            project("", "_."),
            project(&format!("{long}a"), "prod"),
            project(&format!("{long}b"), "prod"),
            with(&|identity| identity.id = Some("eu".into())),
            with(&|identity| identity.id = Some("EU".into())),
            with(&|identity| identity.id = Some("eu/".into())),
            other("other.hcl"),
            other("other.hcl, dir: b"),
            with(&|identity| identity.dir = Some("b".into())),
            with(&|identity| identity.dir = Some("c".into())),
            with(&|identity| identity.ddl_file = Some("b".into())),
            with(&|identity| identity.ddl_file = Some("b)".into())),
            vars(&[("region", "eu")]),
            vars(&[("region", "us")]),
            vars(&[("region", "eu"), ("url", "postgres://me:secret@a/b")]),
            vars(&[("region", "eu"), ("url", "postgres://me:secret@c/b")]),
        ];
        let mut statuses = BTreeSet::new();
        let mut paths = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for identity in &all {
            let (status, path) = (identity.status(None), identity.path());
            assert!(
                status.chars().count() <= 120 && path.len() <= 120,
                "{status} {path}"
            );
            assert!(statuses.insert(status.to_lowercase()), "{status}");
            assert!(
                statuses.insert(identity.status(Some("push")).to_lowercase()),
                "{status}"
            );
            let safe = |part: &str| !part.is_empty() && !part.starts_with('.');
            assert!(path.split('/').all(safe), "{path}");
            assert!(paths.insert(path.clone()), "{path}");
            assert!(keys.insert(identity.key()), "{identity:?}");
        }
    }

    #[test]
    fn a_password_is_in_no_hash() {
        let of = |password: &str| Identity {
            vars: vec![
                ("db_password".into(), password.into()),
                ("url".into(), format!("postgres://me:{password}@host/db")),
            ],
            ..project("", "prod")
        };
        assert_eq!(of("one").key(), of("two").key());
        assert!(
            of("one")
                .facts()
                .contains(&("vars", "db_password, url".to_owned()))
        );
    }
}
