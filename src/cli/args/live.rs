//! Arguments of commands that change a live database.

use std::time::Duration;

use clap::Args;

use super::{ConfigArgs, DirArgs, LockArgs};
use crate::config::{Flags, duration};
use crate::pipeline::{ApplyAsk, Decision, DownAsk, PARALLEL, Tx};

pub(super) const APPLY_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate apply --env production\n",
    "  trueup migrate apply --env production --dry-run\n",
    "  trueup migrate apply 1 --url \"$DATABASE_URL\" --dir file://migrations\n",
    "  trueup migrate apply --env production --baseline 20240102030405\n",
    "\n",
    "What was applied is recorded in the table atlas_schema_revisions, as Atlas does. An interrupted run continues where ",
    "it stopped. On a terminal it asks before it changes anything. A signal is obeyed after the statement that runs.\n",
    "Exit codes: 0 done, 2 failed: the error says what is left to do; 128 and the signal's number when stopped.",
);

pub(super) const DOWN_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate down --env production                          the last migration\n",
    "  trueup migrate down 3 --env production --dry-run\n",
    "  trueup migrate down --env production --to-version 20240102030405\n",
    "\n",
    "The reverse is planned and proven on the dev database, for the schema that the migrations make; a database that differs ",
    "from it is refused, and so is what would lose rows. An interrupted run continues where it stopped.\n",
    "Exit codes: 0 done, 2 failed or refused; 128 and the signal's number when stopped.",
);

pub(super) const STATUS_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate status --env production\n",
    "  trueup migrate status --url \"$DATABASE_URL\" --format json | jq -r .Status",
);

pub(super) const SET_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate set 20240102030405 --env production\n",
    "  trueup migrate set --env production      everything is applied\n",
    "  trueup migrate set 20240102030405 --only --env production\n",
    "\n",
    "For a database to which somebody applied migrations by hand, or took them back: all up to the version counts as applied ",
    "then, and nothing behind it. Records of versions that the directory does not have are removed.",
);

/// A database and its migrations.
#[derive(Clone, Debug, Args)]
pub struct LiveArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// The database [default: the environment's url]
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// Schema of the table atlas_schema_revisions [default: the URL's, or one of its name]
    #[arg(long, value_name = "NAME")]
    pub revisions_schema: Option<String>,
    /// Output: text, or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "{{ json . }}"])]
    pub format: String,
    /// For runs that also write there.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// Of an environment that is many databases.
#[derive(Clone, Debug, Args)]
pub struct FleetArgs {
    /// Only this database of an environment with for_each; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub each: Vec<String>,
    /// How many databases of an environment with for_each are worked on at once
    #[arg(long, value_name = "NUMBER", default_value_t = PARALLEL, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: u16,
}

/// What is the same forward and back.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Database and directory.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Dev database, empty and disposable: what is to be run is tried there, and a run that was cut off is judged by it
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// Go on with the other databases of an environment with for_each when one fails
    #[arg(long)]
    pub keep_going: bool,
    /// The version to get to
    #[arg(long, value_name = "VERSION")]
    pub to_version: Option<String>,
    /// Show what would be run; nothing at all is written
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask on a terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// How long a statement may take; PostgreSQL, MySQL and MariaDB [default: as long as it takes]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub statement_timeout: Option<Duration>,
}

/// `migrate apply`.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// How many migrations to run at most [default: all]
    pub count: Option<usize>,
    /// Where, and how.
    #[command(flatten)]
    pub run: RunArgs,
    /// What is one transaction: each file, all of them, or each statement
    #[arg(long, value_name = "MODE", default_value = "file", value_parser = ["file", "all", "none"])]
    pub tx_mode: String,
    /// What becomes of a migration whose version comes before one that was applied: linear fails, linear-skip leaves it out,
    /// non-linear runs it [default: linear]
    #[arg(long, value_name = "ORDER", value_parser = ["linear", "linear-skip", "non-linear"])]
    pub exec_order: Option<String>,
    /// Version of a database that records nothing yet
    #[arg(long, value_name = "VERSION", conflicts_with = "allow_dirty")]
    pub baseline: Option<String>,
    /// Run all migrations on a database that records nothing and is not empty
    #[arg(long)]
    pub allow_dirty: bool,
    /// Of the statement at which an earlier run was cut off: done, or again [default: what the database tells, compared
    /// with the dev database]
    #[arg(long, value_name = "WHAT", value_parser = ["done", "again"])]
    pub interrupted: Option<String>,
}

/// `migrate down`.
#[derive(Clone, Debug, Args)]
pub struct DownArgs {
    /// How many migrations to take back [default: 1]
    #[arg(conflicts_with = "to_version", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: Option<u32>,
    /// Where, and how.
    #[command(flatten)]
    pub run: RunArgs,
    /// Drop tables and columns that have something in them, too
    #[arg(long)]
    pub allow_data_loss: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(Duration::ZERO) => Err("must be longer than 0".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.message().to_owned()),
    }
}

/// `migrate status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// Database and directory.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArgs,
}

/// `migrate set`.
#[derive(Clone, Debug, Args)]
pub struct SetArgs {
    /// The version [default: the last one]
    pub version: Option<String>,
    /// Record this version alone: others stay applied, or not
    #[arg(long)]
    pub only: bool,
    /// Database and directory.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Which database.
    #[command(flatten)]
    pub fleet: FleetArgs,
}

impl LiveArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            url: self.url.clone(),
            revisions_schema: self.revisions_schema.clone(),
            lock_timeout: self.lock.lock_timeout.clone(),
            ..self.dir.flags()
        }
    }

    /// The output is for programs.
    pub fn is_json(&self) -> bool {
        self.format != "text"
    }
}

impl RunArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            dev_url: self.dev_url.clone(),
            ..self.live.flags()
        }
    }
}

impl DownArgs {
    /// What is wanted.
    pub fn ask(&self) -> DownAsk<'_> {
        DownAsk {
            count: self.count.map(|count| count as usize),
            to: self.run.to_version.as_deref(),
            allow_loss: self.allow_data_loss,
            timeout: self.run.statement_timeout,
        }
    }
}

impl ApplyArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            exec_order: self.exec_order.clone(),
            ..self.run.flags()
        }
    }

    /// What is wanted.
    pub fn ask(&self) -> ApplyAsk<'_> {
        ApplyAsk {
            count: self.count,
            to: self.run.to_version.as_deref(),
            tx: match self.tx_mode.as_str() {
                "all" => Tx::All,
                "none" => Tx::None,
                _ => Tx::File,
            },
            baseline: self.baseline.as_deref(),
            allow_dirty: self.allow_dirty,
            doubt: self.interrupted.as_deref().map(|what| match what {
                "done" => Decision::Done,
                _ => Decision::Again,
            }),
            settled: None,
            timeout: self.run.statement_timeout,
            programs: true,
        }
    }
}
