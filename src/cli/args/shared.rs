//! Arguments that several commands have.

use std::time::Duration;

use clap::Args;

use crate::config::{Flags, Request, duration};

/// Where settings come from.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfigArgs {
    /// Environment of the config file; the only one of trueup.yaml need not be named
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Config file [default: trueup.yaml, or with --env atlas.hcl]
    #[arg(short, long, value_name = "URL")]
    pub config: Option<String>,
    /// Value of a variable of the config file
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub vars: Vec<(String, String)>,
}

/// Which directory.
#[derive(Clone, Debug, Default, Args)]
pub struct DirArgs {
    /// Migration directory [default: file://migrations]
    #[arg(long, value_name = "URL")]
    pub dir: Option<String>,
    /// Format of the migration directory [default: atlas]
    #[arg(long, value_name = "FORMAT")]
    pub dir_format: Option<String>,
}

/// The two states.
#[derive(Clone, Debug, Args)]
pub struct StateArgs {
    /// Desired state: file://schema.sql, a directory of SQL, a database URL, or env://src
    #[arg(long, value_name = "URL")]
    pub to: Vec<String>,
    /// What is compared.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Fail where the dev database is offline, so that no server runs the plan
    #[arg(long)]
    pub require_proof: bool,
    /// How long loading may take.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// Where states are built, and how much of them counts.
#[derive(Clone, Debug, Args)]
pub struct ScopeArgs {
    /// Dev database, empty and disposable: sqlite://dev?mode=memory, local://postgres, or a server's URL
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// Schemas to compare; all when not given
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub schema: Vec<String>,
    /// Objects to leave alone, such as public.audit_*
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
}

/// How long another run is waited for.
#[derive(Clone, Debug, Args)]
pub struct LockArgs {
    /// How long to wait for another run to finish [default: 10s]
    #[arg(long, value_name = "TIME")]
    pub lock_timeout: Option<String>,
}

/// How models are loaded.
#[derive(Clone, Debug, Args)]
pub struct LoaderArgs {
    /// Application that must be there when models are imported
    #[arg(long, value_name = "MODULE:NAME")]
    pub app: Option<String>,
    /// Interpreter that has the project's packages [default: of the active or the project's virtual environment]
    #[arg(long, value_name = "PATH")]
    pub python: Option<String>,
    /// How long loading may take.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// How long the user's own programs may take.
#[derive(Clone, Copy, Debug, Args)]
pub struct TimeArgs {
    /// How long loading the models, or the program that prints their SQL, may take
    #[arg(
        long,
        value_name = "TIME",
        default_value = "2m",
        env = "TRUEUP_PROVIDER_TIMEOUT",
        value_parser = time
    )]
    pub provider_timeout: Duration,
}

/// What is tried of an Alembic history besides running it.
#[derive(Clone, Debug, Args)]
pub struct TrialArgs {
    /// Of an Alembic history: take each revision that this branch or commit lacks down and up again
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Of an Alembic history: take this revision and each that follows it down and up again
    #[arg(long, value_name = "REVISION", conflicts_with = "base")]
    pub round_trip: Option<String>,
    /// Run those revisions where tables have made-up rows, too
    #[arg(long)]
    pub with_rows: bool,
}

impl ConfigArgs {
    /// What they ask of the configuration, together with other flags.
    pub fn request(&self, flags: Flags) -> Request {
        Request {
            config: self.config.clone(),
            env: self.env.clone(),
            vars: self.vars.clone(),
            needs: flags.needs(),
            flags,
            fence: None,
            complete: false,
            answers: None,
        }
    }

    /// The command that writes what is missing, for a command that also had these flags. Values may hold a password
    /// and are not repeated.
    pub fn fix(&self, dir: &DirArgs, states: &StateArgs) -> String {
        let mut command = "trueup migrate diff".to_owned();
        if let Some(env) = &self.env {
            command.push_str(&format!(" --env {env}"));
        }
        if let Some(file) = &self.config {
            command.push_str(&format!(" --config {file}"));
        }
        if !self.vars.is_empty() || dir.dir.is_some() || states.are_given() {
            command.push_str(" (with the same flags)");
        }
        command
    }
}

impl DirArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            dir: self.dir.clone(),
            dir_format: self.dir_format.clone(),
            ..Flags::default()
        }
    }
}

impl StateArgs {
    /// Whether one of them decides what is compared.
    fn are_given(&self) -> bool {
        self.scope.dev_url.is_some()
            || [&self.to, &self.scope.schema, &self.scope.exclude]
                .iter()
                .any(|values| !values.is_empty())
    }

    /// As flags of the configuration, together with those of the directory.
    pub fn flags(&self, dir: &DirArgs) -> Flags {
        Flags {
            to: split_urls(&self.to),
            dir: dir.dir.clone(),
            dir_format: dir.dir_format.clone(),
            ..self.scope.flags()
        }
    }
}

impl ScopeArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            dev_url: self.dev_url.clone(),
            schemas: self.schema.clone(),
            exclude: self.exclude.clone(),
            ..Flags::default()
        }
    }
}

/// The URLs that the values of a flag hold.
pub fn split_urls(texts: &[String]) -> Vec<String> {
    texts.iter().flat_map(|text| urls(text)).collect()
}

/// Atlas takes several URLs in one `--to`, joined by commas. A comma may also be part of a URL.
fn urls(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(',') {
        match found.last_mut() {
            Some(last) if !part.contains("://") => {
                last.push(',');
                last.push_str(part);
            }
            _ => found.push(part.to_owned()),
        }
    }
    found
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|error| match error.hint_text() {
        Some(hint) => format!("{}: {hint}", error.message()),
        None => error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_urls_in_one_flag() {
        assert_eq!(
            urls("file://a.sql,file://b.sql"),
            ["file://a.sql", "file://b.sql"]
        );
        assert_eq!(urls("postgres://h1,h2/db"), ["postgres://h1,h2/db"]);
        assert_eq!(urls("a,b.sql"), ["a,b.sql"]);
    }
}
