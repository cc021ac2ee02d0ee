//! Arguments of commands that change what is in the directory already.

use clap::Args;

use super::{ConfigArgs, DirArgs, LockArgs};

pub(super) const CHECKPOINT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate checkpoint --env production\n",
    "  trueup migrate checkpoint v2 --env production\n",
    "\n",
    "Writes a file that makes what all migrations so far make. A new database starts with it, and the directory is replayed from ",
    "it on; a database that already has some of the earlier files applies the rest of them and skips the checkpoint. It is proven: ",
    "it has to build the same schema on the dev database. Of rows it has none.",
);

pub(super) const EDIT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate edit 20240102030405_add_age.sql --env local\n",
    "  trueup migrate edit 20240102030405 --url \"$DATABASE_URL\"\n",
    "\n",
    "Opens a copy in $EDITOR, replays the directory with it on the dev database, and writes it and atlas.sum. A database that is ",
    "named, by --url or by the environment, must not have the migration yet.",
);

pub(super) const RM_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate rm 20240102030405_add_age.sql --env local\n",
    "  trueup migrate rm 20240102030405 20240102030406\n",
    "\n",
    "Replays the directory without them on the dev database, removes them, and writes atlas.sum. A database that is named, by --url ",
    "or by the environment, must not have them yet.",
);

/// `migrate checkpoint`.
#[derive(Clone, Debug, Args)]
pub struct CheckpointArgs {
    /// What the checkpoint is called in its directive, such as a release
    pub tag: Option<String>,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// Dev database, empty and disposable, on which it is proven
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// Write it although migrations put rows into tables, or give rights, run programs or say where numbers go on: new databases
    /// lack that then
    #[arg(long)]
    pub without_rows: bool,
    /// For runs that also write there.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// A directory, and a database that must not have what is changed in it.
#[derive(Clone, Debug, Args)]
pub struct UnappliedArgs {
    /// Settings.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory.
    #[command(flatten)]
    pub dir: DirArgs,
    /// A database that is asked what it has [default: the environment's url]
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// Schema of the table atlas_schema_revisions [default: the URL's, or one of its name]
    #[arg(long, value_name = "NAME")]
    pub revisions_schema: Option<String>,
    /// Dev database, empty and disposable, on which the directory is replayed
    #[arg(long, value_name = "URL")]
    pub dev_url: Option<String>,
    /// For runs that also write there.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `migrate edit`.
#[derive(Clone, Debug, Args)]
pub struct EditArgs {
    /// The migration: its name, its path, or its version
    #[arg(value_name = "FILE")]
    pub name: String,
    /// Where it is.
    #[command(flatten)]
    pub of: UnappliedArgs,
}

/// `migrate rm`.
#[derive(Clone, Debug, Args)]
pub struct RmArgs {
    /// The migrations: their names, paths, or versions
    #[arg(value_name = "FILE", required = true)]
    pub names: Vec<String>,
    /// Where they are.
    #[command(flatten)]
    pub of: UnappliedArgs,
}
