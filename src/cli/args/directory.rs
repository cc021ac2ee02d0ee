//! Arguments of commands about a directory of migrations and its checksums.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, DirArgs, LockArgs, TimeArgs, TrialArgs};

pub(super) const HASH_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate hash\n",
    "  trueup migrate hash --dir file://db/migrations\n",
    "\n",
    "Run it after editing a migration by hand, or after settling a merge conflict.",
);

pub(super) const VALIDATE_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate validate\n",
    "  trueup migrate validate --dev-url 'sqlite://dev?mode=memory'\n",
    "\n",
    "Without a dev database only the checksums are compared; with one, every migration is run on it.",
);

pub(super) const NEW_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate new backfill_names\n",
    "  trueup migrate new backfill_names --edit",
);

pub(super) const REBASE_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup migrate rebase                          after `git merge main` stopped at atlas.sum\n",
    "  trueup migrate rebase --base origin/main\n",
    "  trueup migrate rebase 20240102030405_add_age.sql\n",
    "  trueup migrate rebase --applied staging,production\n",
    "\n",
    "Moves the migrations that the base branch lacks behind those that it has, under new versions, replays the directory on ",
    "the dev database, and writes atlas.sum. Nothing is committed. Of an Alembic history, `down_revision` of the first one is ",
    "edited, and it is run down and up again.\n",
    "\n",
    "What a shared database has applied does not move. Asked are the environments of --applied and the database of --url, or ",
    "else the url of the environment that is worked with; where that is on this machine it is taken for your own, and only ",
    "said how it is told of the new names.",
);

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
    /// For runs that also write there.
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
    /// Environments whose databases must not have applied what moves [default: the one that is worked with]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub applied: Vec<String>,
    /// A database that must not have applied what moves
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// Ask no database what it has applied
    #[arg(long, conflicts_with_all = ["applied", "url"])]
    pub skip_applied: bool,
    /// For runs that also write there.
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
