//! The command line: what can be written, and the help that teaches it.

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};

pub use crate::action::ActionArgs;

mod compare;
mod directory;
mod files;
mod import;
mod live;
mod project;
mod shared;

use compare::{
    CHECK_EXAMPLES, DIFF_EXAMPLES, DRIFT_EXAMPLES, INSPECT_EXAMPLES, SCHEMA_DIFF_EXAMPLES,
};
pub use compare::{CheckArgs, DiffArgs, DriftArgs, InspectArgs, SchemaDiffArgs};
use directory::{HASH_EXAMPLES, NEW_EXAMPLES, REBASE_EXAMPLES, VALIDATE_EXAMPLES};
pub use directory::{HashArgs, MergeSumArgs, NewArgs, RebaseArgs, ValidateArgs};
use files::{CHECKPOINT_EXAMPLES, EDIT_EXAMPLES, RM_EXAMPLES};
pub use files::{CheckpointArgs, EditArgs, RmArgs, UnappliedArgs};
use import::IMPORT_EXAMPLES;
pub use import::{ImportArgs, Tool};
use live::{APPLY_EXAMPLES, DOWN_EXAMPLES, SET_EXAMPLES, STATUS_EXAMPLES};
pub use live::{ApplyArgs, DownArgs, FleetArgs, LiveArgs, SetArgs, StatusArgs};
use project::{INIT_EXAMPLES, LOAD_EXAMPLES, MATRIX_EXAMPLES};
pub use project::{InitArgs, LoadArgs, MatrixArgs};
pub use shared::{
    ConfigArgs, DirArgs, LoaderArgs, LockArgs, ScopeArgs, StateArgs, TimeArgs, TrialArgs,
    split_urls,
};

/// Columns of the help, where the terminal has more.
const WIDTH: usize = 100;

const TOP_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup check --env local                   are the models and the migrations in sync?\n",
    "  trueup migrate diff --env local            write the migration that is missing\n",
    "  trueup migrate diff add_age --env local    the same, named\n",
    "  trueup migrate diff --dry-run --env local  print it, write nothing\n",
    "\n",
    "Exit codes: 0 done or in sync, 1 drifted, 2 could not run.",
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
    max_term_width = WIDTH
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
    /// Inspect and compare schemas: of databases, SQL, migrations or models
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    /// Only the terminal's width breaks a paragraph.
    #[test]
    fn help_flows() {
        fn visit(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string);
            for line in help.iter().flat_map(|help| help.lines()) {
                let whole = match line.starts_with("  ") {
                    true => line.chars().count() <= WIDTH,
                    false => line.is_empty() || line.ends_with(['.', ':']),
                };
                assert!(whole, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
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
}
