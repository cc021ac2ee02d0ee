//! Arguments of commands about a project and its models.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, LoaderArgs};
use crate::matrix;

pub(super) const INIT_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup init\n",
    "  trueup init --yes --dialect postgresql --models app.models\n",
    "\n",
    "Shows trueup.yaml and a workflow for GitHub before it writes them. No file that is there is changed.",
);

pub(super) const LOAD_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup load app.models --dialect postgresql\n",
    "  trueup load app.db:Base src/audit/models.py --dialect mysql\n",
    "  trueup load shop.models --app shop:create_app --dialect sqlite\n",
    "  trueup load --env local\n",
    "\n",
    "A module, module:attribute (a MetaData, a base, a registry, an application), a file or a folder. No driver is needed, ",
    "and no database is connected to. Atlas takes it as the program of an external_schema.",
);

pub(super) const MATRIX_EXAMPLES: &str = concat!(
    "Examples:\n",
    "  trueup matrix\n",
    "  trueup matrix --env ci --changed-since origin/main\n",
    "  git diff --name-only main... | trueup matrix --changed -\n",
    "  trueup matrix --max-jobs 20 | jq -r '.include[].projects'\n",
    "\n",
    "Every environment of every config file below this directory that has models is a project. Each job has a name, and ",
    "projects as the Action's input of that name takes them. Nothing of a project is run.",
);

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
