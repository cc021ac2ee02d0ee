//! Arguments of commands that compare states.

use std::time::Duration;

use clap::Args;

use super::shared::time;
use super::{ConfigArgs, DirArgs, LockArgs, ScopeArgs, StateArgs, TimeArgs, TrialArgs};
use crate::config::Flags;
use crate::pipeline::PARALLEL;

pub(super) const CHECK_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup check --env local\n",
    "  trueup check --env local --format json | jq -r .verdict\n",
    "  trueup check --all                       every environment of the config file\n",
    "  trueup check --to file://schema.sql --dev-url 'sqlite://dev?mode=memory'\n",
    "\n",
    "Exit codes: 0 in sync, 1 drifted, 2 could not tell.",
);

pub(super) const DRIFT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup drift --env production\n",
    "  trueup drift --env production --url \"$DATABASE_URL\" --format json\n",
    "  trueup drift --env production --revision 20240102030405\n",
    "  trueup drift --env production --adopt add_index_by_hand\n",
    "\n",
    "The database is only read, and compared with the migrations that it records: by atlas_schema_revisions, by ",
    "Alembic's table of an Alembic history or where a file is marked with its revision, or by --revision. Neither models nor ",
    "programs are run, but an Alembic history is: its env.py and revisions with your rights and your environment.\n",
    "Exit codes: 0 in sync, 1 drifted, 2 could not tell.",
);

pub(super) const DIFF_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate diff --env local\n",
    "  trueup migrate diff add_age --env local --edit\n",
    "  trueup migrate diff add_age --all\n",
    "  trueup migrate diff --dry-run --format json --env local\n",
    "  trueup migrate diff --dir file://migrations --to file://schema.sql --dev-url local://postgres\n",
    "\n",
    "The plan is run on the dev database first, and must lead exactly to the desired state.",
);

pub(super) const INSPECT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup schema inspect --url postgres://me@host:5432/app > schema.sql\n",
    "  trueup schema inspect --url sqlite://app.db --format json\n",
    "  trueup schema inspect --url 'mysql://me@host:3306/app' --format mermaid\n",
    "  trueup schema inspect --env local --url env://src\n",
    "  trueup schema inspect --url file://migrations --dev-url local://postgres\n",
    "\n",
    "Prints SQL, where Atlas prints HCL unless told otherwise. A database is only read.",
);

pub(super) const SCHEMA_DIFF_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup schema diff --from postgres://me@staging/app --to postgres://me@production/app\n",
    "  trueup schema diff --from sqlite://app.db --to file://app.sql --dev-url 'sqlite://dev?mode=memory'\n",
    "  trueup schema diff --env local --from env://url --to env://src --format json\n",
    "  trueup schema diff --from file://migrations --to file://schema.sql --dev-url local://postgres\n",
    "\n",
    "With a dev database the SQL is run there first, and must lead exactly to the second state.\n",
    "Exit codes: 0 done (1 with --exit-code where they differ), 2 could not tell.",
);

/// `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// The states.
    #[command(flatten)]
    pub states: StateArgs,
    /// All environments of the config file that have models and a dev database, one after the other
    #[arg(long, conflicts_with_all = ["env", "dir", "to", "dev_url"])]
    pub all: bool,
    /// What is tried besides.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Output: text, or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `drift`.
#[derive(Clone, Debug, Args)]
pub struct DriftArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// The database that is looked at [default: the environment's url]
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// What is compared.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Version of the last migration that was applied, or `latest` [default: what the database records]
    #[arg(long, value_name = "VERSION")]
    pub revision: Option<String>,
    /// Schema of Atlas' table atlas_schema_revisions
    #[arg(long, value_name = "NAME")]
    pub revisions_schema: Option<String>,
    /// How long after the first look at a difference the second one follows
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub grace: Duration,
    /// Only this database of an environment with for_each; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub each: Vec<String>,
    /// How many databases of an environment with for_each are looked at at once
    #[arg(long, value_name = "NUMBER", default_value_t = PARALLEL, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: u16,
    /// Write the migration that adopts what was done to the database
    #[arg(long, value_name = "NAME", conflicts_with = "format")]
    pub adopt: Option<String>,
    /// Of an Alembic history with several heads: the one that the revision follows, such as orders@head
    #[arg(long, value_name = "HEAD", requires = "adopt")]
    pub head: Option<String>,
    /// For runs that migrate the database, or work on the directory.
    #[command(flatten)]
    pub lock: LockArgs,
    /// Output: text, or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `migrate diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// Name of the migration: the part of the file's name after the version
    pub name: Option<String>,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// The states.
    #[command(flatten)]
    pub states: StateArgs,
    /// All environments of the config file that have models and a dev database, one after the other
    #[arg(long, conflicts_with_all = ["env", "dir", "to", "dev_url"])]
    pub all: bool,
    /// Go template of the file, such as '{{ sql . "  " }}'; with --dry-run also json
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Qualify names with this schema, whatever the dev database's is called
    #[arg(long, value_name = "NAME")]
    pub qualifier: Option<String>,
    /// Of an Alembic history with several heads: the one that the revision follows, such as orders@head
    #[arg(long, value_name = "HEAD")]
    pub head: Option<String>,
    /// Open the migration in $EDITOR before it is written
    #[arg(long)]
    pub edit: bool,
    /// For runs that also write there.
    #[command(flatten)]
    pub lock: LockArgs,
    /// Print the migration and write nothing
    #[arg(long, conflicts_with = "edit")]
    pub dry_run: bool,
}

/// `schema inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// What to inspect: a database, file://schema.sql, a directory of migrations, or env://src [default: the
    /// environment's url]
    #[arg(short, long, value_name = "URL")]
    pub url: Vec<String>,
    /// What is inspected.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// How long loading may take.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Output: sql, json, mermaid, or a Go template such as '{{ sql . "\t" }}' [default: sql, indented]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
}

/// `schema diff`.
#[derive(Clone, Debug, Args)]
pub struct SchemaDiffArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// First state: a database, file://schema.sql, a directory of migrations, or env://src [default: the environment's
    /// url]
    #[arg(short, long, value_name = "URL")]
    pub from: Vec<String>,
    /// Second state, in the same words [default: the environment's src]
    #[arg(long, value_name = "URL")]
    pub to: Vec<String>,
    /// What is compared.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// How long loading may take.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Output: sql, json, or a Go template such as '{{ sql . "\t" }}' [default: sql, indented]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// End with 1 when they differ; otherwise the SQL is the answer, and 0 means that there is one
    #[arg(long)]
    pub exit_code: bool,
}

impl DriftArgs {
    /// As flags of the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            url: self.url.clone(),
            revisions_schema: self.revisions_schema.clone(),
            lock_timeout: self.lock.lock_timeout.clone(),
            dir: self.dir.dir.clone(),
            dir_format: self.dir.dir_format.clone(),
            ..self.scope.flags()
        }
    }

    /// The same command. Values may hold a password and are not repeated.
    pub fn fix(&self) -> String {
        let mut command = "trueup drift".to_owned();
        for (flag, value) in [("env", &self.config.env), ("config", &self.config.config)] {
            if let Some(value) = value {
                command.push_str(&format!(" --{flag} {value}"));
            }
        }
        let given = [
            &self.url,
            &self.scope.dev_url,
            &self.revision,
            &self.dir.dir,
        ];
        if given.iter().any(|flag| flag.is_some()) {
            command.push_str(" (with the same flags)");
        }
        command
    }
}
