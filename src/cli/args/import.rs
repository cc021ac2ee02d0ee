//! Arguments of `migrate import`.

use clap::{Args, ValueEnum};

use super::{ConfigArgs, DirArgs, TimeArgs};

pub(super) const IMPORT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate import alembic\n",
    "  trueup migrate import alembic --baseline --to file://migrations/sql\n",
    "  trueup migrate import alembic --dir alembic://alembic.ini --dev-url local://postgres\n",
    "\n",
    "Runs the history on the dev database and writes what each revision ran as a file of its own, or with --baseline one file ",
    "that builds what is there in the end. The files are replayed, and have to build the same schema. Each begins with the ",
    "revision that it stands for, so that a database which Alembic migrated is known to have it. The history stays as it is.",
);

/// `migrate import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The tool whose history it is
    #[arg(value_enum)]
    pub tool: Tool,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The history, where it is not the environment's.
    #[command(flatten)]
    pub dir: DirArgs,
    /// The directory that is made
    #[arg(long, value_name = "URL", default_value = "file://migrations")]
    pub to: String,
    /// Write a single file with the schema that the history builds
    #[arg(long)]
    pub baseline: bool,
    /// Dev database, empty and disposable, to run the history on
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// Time limits.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// A tool whose history can be taken over.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Tool {
    /// Alembic's revisions
    Alembic,
}
