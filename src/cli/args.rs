//! The command line: what can be written, and the help that teaches it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};

pub use crate::action::ActionArgs;
use crate::config::{Flags, Request, duration};
use crate::matrix;
use crate::pipeline::PARALLEL;

mod files;
mod import;
mod live;

use files::{CHECKPOINT_EXAMPLES, EDIT_EXAMPLES, RM_EXAMPLES};
pub use files::{CheckpointArgs, EditArgs, RmArgs, UnappliedArgs};
use import::IMPORT_EXAMPLES;
pub use import::{ImportArgs, Tool};
use live::{APPLY_EXAMPLES, DOWN_EXAMPLES, SET_EXAMPLES, STATUS_EXAMPLES};
pub use live::{ApplyArgs, DownArgs, FleetArgs, LiveArgs, SetArgs, StatusArgs};

const TOP_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup check --env local                 are the models and the migrations in sync?\n",
    "  trueup migrate diff --env local          write the migration that is missing\n",
    "  trueup migrate diff add_age --env local  the same, named\n",
    "  trueup migrate diff --dry-run --env local\n",
    "                                           print it, write nothing\n",
    "\n",
    "Exit codes: 0 done or in sync, 1 drifted, 2 could not run.",
);

const CHECK_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup check --env local\n",
    "  trueup check --env local --format json | jq -r .verdict\n",
    "  trueup check --all                       every environment of the config file\n",
    "  trueup check --to file://schema.sql --dev-url 'sqlite://dev?mode=memory'\n",
    "\n",
    "Exit codes: 0 in sync, 1 drifted, 2 could not tell.",
);

const DRIFT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup drift --env production\n",
    "  trueup drift --env production --url \"$DATABASE_URL\" --format json\n",
    "  trueup drift --env production --revision 20240102030405\n",
    "  trueup drift --env production --adopt add_index_by_hand\n",
    "\n",
    "The database is only read, and compared with the migrations that it says it has: by atlas_schema_revisions, by\n",
    "Alembic's table of an Alembic history or where a file is marked with its revision, or by --revision. Neither models nor\n",
    "programs are run, but an Alembic history is: its env.py and revisions with your rights and your environment.\n",
    "Exit codes: 0 in sync, 1 drifted, 2 could not tell.",
);

const MATRIX_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup matrix\n",
    "  trueup matrix --env ci --changed-since origin/main\n",
    "  git diff --name-only main... | trueup matrix --changed -\n",
    "  trueup matrix --max-jobs 20 | jq -r '.include[].projects'\n",
    "\n",
    "Every environment of every config file below this directory that has models is a project. Each job has a name, and\n",
    "projects as the Action's input of that name takes them. Nothing of a project is run.",
);

const DIFF_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate diff --env local\n",
    "  trueup migrate diff add_age --env local --edit\n",
    "  trueup migrate diff add_age --all\n",
    "  trueup migrate diff --dry-run --format json --env local\n",
    "  trueup migrate diff --dir file://migrations --to file://schema.sql --dev-url local://postgres\n",
    "\n",
    "The plan is run on the dev database before it is written, and must lead exactly to the desired state.",
);

const HASH_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate hash\n",
    "  trueup migrate hash --dir file://db/migrations\n",
    "\n",
    "Run it after editing a migration by hand, or after settling a merge conflict.",
);

const VALIDATE_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate validate\n",
    "  trueup migrate validate --dev-url 'sqlite://dev?mode=memory'\n",
    "\n",
    "Without a dev database only the checksums are compared; with one, every migration is run on it.",
);

const NEW_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate new backfill_names\n",
    "  trueup migrate new backfill_names --edit",
);

const REBASE_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate rebase                          after `git merge main` stopped at atlas.sum\n",
    "  trueup migrate rebase --base origin/main\n",
    "  trueup migrate rebase 20240102030405_add_age.sql\n",
    "\n",
    "Moves the migrations that the base branch lacks behind those that it has, under new versions, replays the directory on\n",
    "the dev database, and writes atlas.sum. Nobody may have applied them yet. Nothing is committed. Of an Alembic history,\n",
    "`down_revision` of the first one is edited, and it is run down and up again.",
);

const INSPECT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup schema inspect --url postgres://me@host:5432/app > schema.sql\n",
    "  trueup schema inspect --url sqlite://app.db --format json\n",
    "  trueup schema inspect --url 'mysql://me@host:3306/app' --format mermaid\n",
    "  trueup schema inspect --env local --url env://src\n",
    "  trueup schema inspect --url file://migrations --dev-url local://postgres\n",
    "\n",
    "Prints SQL, where Atlas prints HCL unless told otherwise. A database is only read.",
);

const SCHEMA_DIFF_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup schema diff --from postgres://me@staging/app --to postgres://me@production/app\n",
    "  trueup schema diff --from sqlite://app.db --to file://schema.sql --dev-url 'sqlite://dev?mode=memory'\n",
    "  trueup schema diff --env local --from env://url --to env://src\n",
    "  trueup schema diff --from file://migrations --to file://schema.sql --dev-url local://postgres --format json\n",
    "\n",
    "With a dev database the SQL is run there before it is printed, and must lead exactly to the second state.\n",
    "Exit codes: 0 done (1 with --exit-code where they differ), 2 could not tell.",
);

const INIT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup init\n",
    "  trueup init --yes --dialect postgresql --models app.models\n",
    "\n",
    "Shows trueup.yaml and a workflow for GitHub before it writes them. No file that is there is changed.",
);

const LOAD_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup load app.models --dialect postgresql\n",
    "  trueup load app.db:Base src/audit/models.py --dialect mysql\n",
    "  trueup load shop.models --app shop:create_app --dialect sqlite\n",
    "  trueup load --env local\n",
    "\n",
    "A module, module:attribute (a MetaData, a base, a registry, an application), a file or a folder. No driver is needed,\n",
    "and no database is connected to. Atlas takes it as the program of an external_schema.",
);

const ACTION_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  - uses: trueup/trueup@v0\n",
    "    with: { env: sqlalchemy, dev-url: 'postgres://postgres:pass@postgres:5432/dev' }\n",
    "\n",
    "It is the entry point of the Action's image; action.yml describes the inputs.",
);

const COMPLETIONS_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup completions bash > ~/.local/share/bash-completion/completions/trueup\n",
    "  trueup completions zsh > ~/.zfunc/_trueup\n",
    "  trueup completions fish > ~/.config/fish/completions/trueup.fish",
);

/// True up your SQL migrations with your SQLAlchemy models.
///
/// trueup compares what your models describe with what your migrations build, on a disposable database, and writes the
/// migration that is missing. It reads trueup.yaml, or the same atlas.hcl as Atlas, with the same directory and atlas.sum.
#[derive(Debug, Parser)]
#[command(
    name = "trueup",
    version,
    after_help = TOP_EXAMPLES,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Copy, Debug, Args)]
pub struct Global {
    /// Say more; twice for details of each step
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet", display_order = 100)]
    pub verbose: u8,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, display_order = 101)]
    pub quiet: bool,
    /// Color the output
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        display_order = 102
    )]
    pub color: ColorChoice,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set trueup up in this repository
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Tell whether the models and the migrations are in sync
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Tell whether a database is what its migrations make
    #[command(after_help = DRIFT_EXAMPLES)]
    Drift(DriftArgs),
    /// Work with the migration directory
    #[command(subcommand, arg_required_else_help = true)]
    Migrate(MigrateCommand),
    /// Look at schemas and compare them, whatever they are in: databases, SQL, migrations, models
    #[command(subcommand, arg_required_else_help = true)]
    Schema(SchemaCommand),
    /// List the projects of the repository for a workflow's strategy.matrix
    #[command(after_help = MATRIX_EXAMPLES)]
    Matrix(MatrixArgs),
    /// Print the DDL of SQLAlchemy models
    #[command(after_help = LOAD_EXAMPLES)]
    Load(LoadArgs),
    /// Run as the GitHub Action: inputs and event from the environment
    #[command(after_help = ACTION_EXAMPLES)]
    Action(ActionArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What can be done with a migration directory.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Run the migrations that a database lacks
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(ApplyArgs),
    /// Take migrations of a database back
    #[command(after_help = DOWN_EXAMPLES)]
    Down(DownArgs),
    /// Tell which migrations a database has
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// Record that a database is at a version, without running anything
    #[command(after_help = SET_EXAMPLES)]
    Set(SetArgs),
    /// Write the migration that takes the directory to the desired state
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Write atlas.sum for the files as they are
    #[command(after_help = HASH_EXAMPLES)]
    Hash(HashArgs),
    /// Compare the directory with its checksums, and replay it if there is a dev database
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Write a file that new databases start with instead of all that come before it
    #[command(after_help = CHECKPOINT_EXAMPLES)]
    Checkpoint(CheckpointArgs),
    /// Edit a migration that no database has yet
    #[command(after_help = EDIT_EXAMPLES)]
    Edit(EditArgs),
    /// Take migrations out that no database has yet
    #[command(after_help = RM_EXAMPLES)]
    Rm(RmArgs),
    /// Move migrations behind those that another branch brought
    #[command(after_help = REBASE_EXAMPLES)]
    Rebase(RebaseArgs),
    /// Make a directory of SQL migrations out of another tool's
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// Git's merge driver for atlas.sum: `trueup migrate merge-sum %O %A %B %P`
    #[command(hide = true)]
    MergeSum(MergeSumArgs),
    /// Add an empty migration, to be written by hand
    #[command(after_help = NEW_EXAMPLES)]
    New(NewArgs),
}

/// What can be done with schemas.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Print a schema as SQL, JSON or a Mermaid diagram
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Print the SQL that leads from one schema to another
    #[command(after_help = SCHEMA_DIFF_EXAMPLES)]
    Diff(SchemaDiffArgs),
}

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

/// `matrix`.
#[derive(Clone, Debug, Args)]
pub struct MatrixArgs {
    /// Only environments of this name
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Only projects that may have changed since this branch or commit was left
    #[arg(long, value_name = "REF", conflicts_with = "changed")]
    pub changed_since: Option<String>,
    /// Only projects that a change of these files may be about: a list of paths, one a line; - is the standard input
    #[arg(long, value_name = "FILE")]
    pub changed: Option<PathBuf>,
    /// How many jobs there may be; where there are more projects, jobs take several
    #[arg(long, value_name = "NUMBER", default_value_t = matrix::MAX_JOBS, value_parser = matrix::max_jobs)]
    pub max_jobs: usize,
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
    /// Write the migration that takes in what was done to the database
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
    /// For runs that write there, too.
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

/// `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Write the files without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Name of the environment [default: app]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The models' modules, files or folders, when they are not to be looked for
    #[arg(long, value_name = "MODELS")]
    pub models: Vec<String>,
    /// Database: postgresql, mysql, mariadb or sqlite [default: what the repository says]
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<String>,
    /// How models are loaded.
    #[command(flatten)]
    pub loader: LoaderArgs,
    /// Dev database [default: a private server of this machine, or a container]
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// Migration directory [default: migrations, where it is free]
    #[arg(long, value_name = "PATH")]
    pub dir: Option<String>,
}

/// `load`.
#[derive(Clone, Debug, Args)]
pub struct LoadArgs {
    /// The models' modules, files or folders [default: the environment's src]
    #[arg(value_name = "MODELS")]
    pub models: Vec<String>,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Database that the DDL is for: postgresql, mysql, mariadb or sqlite [default: the environment's dev database]
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<String>,
    /// How models are loaded.
    #[command(flatten)]
    pub loader: LoaderArgs,
}

/// `migrate hash`.
#[derive(Clone, Debug, Args)]
pub struct HashArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// Atlas' old way to say that it is meant; without effect.
    #[arg(long, hide = true)]
    pub force: bool,
}

/// `migrate validate`.
#[derive(Clone, Debug, Args)]
pub struct ValidateArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// Dev database, empty and disposable, to run the migrations on
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// What is tried besides.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Time limits.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// `migrate new`.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// Name of the migration: the part of the file's name after the version
    pub name: Option<String>,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// Open the migration in $EDITOR before it is written
    #[arg(long)]
    pub edit: bool,
    /// For runs that write there, too.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `migrate rebase`.
#[derive(Clone, Debug, Args)]
pub struct RebaseArgs {
    /// Migrations that move [default: those that the base lacks]
    #[arg(value_name = "FILE", conflicts_with = "base")]
    pub files: Vec<String>,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// Branch or commit whose migrations come first [default: what is being merged, or the remote's default branch]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Dev database, empty and disposable, on which the new order is replayed
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// For runs that write there, too.
    #[command(flatten)]
    pub lock: LockArgs,
    /// For an Alembic history.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// `migrate merge-sum`, as git calls it.
#[derive(Clone, Debug, Args)]
pub struct MergeSumArgs {
    /// File with the common ancestor's atlas.sum
    pub base: PathBuf,
    /// File with this side's, which becomes the result
    pub ours: PathBuf,
    /// File with the other side's
    pub theirs: PathBuf,
    /// Path of the atlas.sum in the repository
    pub path: String,
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
pub(super) fn split_urls(texts: &[String]) -> Vec<String> {
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

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|error| match error.hint_text() {
        Some(hint) => format!("{}: {hint}", error.message()),
        None => error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn visit(command: &clap::Command) {
            // What is hidden is called by programs.
            let leaf = command.get_subcommands().next().is_none() && !command.is_hide_set();
            if leaf && command.get_name() != "help" {
                let help = command.get_after_help().map(ToString::to_string);
                assert!(
                    help.is_some_and(|help| help.contains("Examples:")),
                    "{}",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
    }

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
