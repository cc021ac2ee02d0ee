//! The central act: two states are loaded and compared, what leads from one to the other is planned, and the plan is
//! proven.
//!
//! [`directory()`] answers for a migration directory and the models, [`schemas()`] for two schemas; [`drift()`] for a database
//! that is in use, [`drifts`] for many; [`load`] reads one state, and [`replay`] only runs the migrations; [`apply()`] runs them
//! on a database that is in use, and [`take_back`] undoes that. [`checkpoint()`] sums a directory up. The caller brings
//! the settings and a listener for progress ([`Context`]), and gets an [`Outcome`] or a [`PipelineError`]: nothing is printed
//! here.

mod apply;
mod cancel;
mod checkpoint;
mod dev;
mod directory;
mod drift;
mod error;
mod fleet;
mod import;
mod outside;
mod planner;
mod proof;
mod records;
mod revision;
mod rows;
mod schemas;
mod seed;
mod setup;
mod state;
mod trial;

use serde::{Deserialize, Serialize};

use crate::config::{DbUrl, Env, Format};
use crate::dialect::Dialect;
use crate::diff::{Left, LikelyRename};
use crate::lint::Risks;
use crate::plan::Plan;
use crate::schema::Realm;
use crate::schema::change::{Change, TextChange};
use crate::sql::SourcePosition;

use planner::Written;

pub use apply::{
    Applied, Ask as ApplyAsk, Decision, Down, DownAsk, Effects, Environments, Event, Failure, Held,
    Loss, Recorded, Settled, Status, TakenBack, Target, Task, Todo, Tx, apply, apply_all, effects,
    plan, set, settled, status, take_all_back, take_back, ways_back,
};
pub use cancel::{Cancel, Interrupted};
pub use checkpoint::{Checkpoint, checkpoint, sums_up};
pub use dev::Listener;
pub use directory::{directory, history, replay, start, start_all};
pub use drift::{Ask, Drift, Drifts, PARALLEL, drift, drifts};
pub use error::{Cause, PipelineError, Unproven};
pub use fleet::{Seen, fleet};
pub use import::{Import, import};
pub use outside::idle;
pub use revision::{Titled, revision, take_in};
pub use schemas::{States, schemas, statements};
pub use setup::{Named, check_sources, dev, env, envs, require_proof, unset};
pub use state::{Loaded, State, candidates, ddl, load, sources, url_of};

/// What a run works with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub env: &'a Env,
    pub dialect: &'static dyn Dialect,
    pub dev: &'a DbUrl,
    pub listener: &'a dyn Listener,
    pub cancel: &'a Cancel,
}

impl<'a> Context<'a> {
    /// The same on another dev database, if there is one.
    fn on<'b>(&'b self, dev: Option<&'b DbUrl>) -> Context<'b> {
        Context {
            dev: dev.unwrap_or(self.dev),
            ..*self
        }
    }

    /// For a dev database and its dialect, as [`dev()`] or a state names them.
    pub fn new(
        env: &'a Env,
        (dialect, dev): (&'static dyn Dialect, &'a DbUrl),
        listener: &'a dyn Listener,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            env,
            dialect,
            dev,
            listener,
            cancel,
        }
    }
}

/// How a plan is written.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The qualifier of names instead of their schema.
    pub qualifier: Option<&'a str>,
    pub format: &'a Format,
    /// Version of the migration to be written, where a template wants it.
    pub version: &'a str,
    pub name: Option<&'a str>,
}

impl<'a> Writing<'a> {
    /// A form, and nothing else.
    pub fn of(format: &'a Format) -> Self {
        Self {
            qualifier: None,
            format,
            version: "",
            name: None,
        }
    }
}

/// The answer to "do the two agree?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Synced,
    Drifted,
    /// It could not be told.
    Unknown,
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub verdict: Verdict,
    pub changes: Vec<Change>,
    /// What each of them can do to rows.
    pub risks: Vec<Risks>,
    /// Objects that are kept as text and differ: no plan can be right.
    pub texts: Vec<TextChange>,
    /// What only the migrations have, and keep.
    pub left: Vec<Left>,
    pub renames: Vec<LikelyRename>,
    /// The desired state, as it was compared.
    pub desired: Realm,
    /// Where the desired state's objects are defined, where that is known.
    pub places: Vec<SourcePosition>,
    /// There are several schemas, so that a name alone says too little.
    pub qualified: bool,
    /// The states are of one schema each: names are not qualified.
    pub scoped: bool,
    /// The plan; without steps when nothing differs or something is unknown.
    pub plan: Plan,
    /// The plan as text; empty without steps.
    pub sql: String,
    /// The plan was run on a dev database, and led to the desired state.
    pub proven: bool,
    /// What was tried besides; sentences for people.
    pub tried: Vec<String>,
    pub warnings: Vec<String>,
}

/// What is said of a plan that no server ran.
pub(crate) const NOT_PROVEN: &str =
    "not proven on a server: the dev database is offline, a model of the schema without a server";

impl Outcome {
    /// No server ran any of it.
    fn without_server(mut self) -> Self {
        self.proven = false;
        self.warnings.push(NOT_PROVEN.to_owned());
        self
    }

    /// Takes the plan and its text in.
    fn take(&mut self, Written { plan, text, .. }: Written) {
        self.warnings.extend(plan.warnings.iter().cloned());
        self.plan = plan;
        self.sql = text;
    }
}
