//! Why there is no outcome.

use super::Interrupted;
use crate::current::ReplayError;
use crate::desired::{DesiredError, LoadError, StillThere};
use crate::diff::SeveralSchemas;
use crate::engine::EngineError;
use crate::engine::script::ScriptError;
use crate::plan::{BodyError, PlanError};
use crate::problem::{Detail, Explain, Problem, stage};
use crate::sql::ScanError;

/// Lines of a plan that are shown unless more is asked for, from its end.
const PLAN_LINES: usize = 6;

/// Why a state could not be loaded, or no plan made.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The settings don't say enough.
    #[error(transparent)]
    Settings(Box<Problem>),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{error}")]
    Unreadable {
        /// Which it is, and where it is named.
        database: String,
        error: EngineError,
    },
    #[error(transparent)]
    Desired(#[from] DesiredError),
    #[error("{}", .error.error)]
    Load {
        /// By whom, and where.
        error: Box<LoadError>,
        /// Who is to make what it needs.
        needs: Option<String>,
    },
    #[error(transparent)]
    Replay(Box<ReplayError>),
    #[error("the dev database is {dev} and the desired state is {desired}")]
    Dialects {
        dev: &'static str,
        desired: &'static str,
    },
    #[error("the dev URL compares only schema `{scope}`, and there is more in other schemas")]
    Outside {
        /// The one schema.
        scope: String,
        objects: String,
        /// Settings that leave them out on purpose, or the first of them.
        meant: String,
    },
    #[error(transparent)]
    SeveralSchemas(#[from] SeveralSchemas),
    #[error(transparent)]
    StillThere(#[from] StillThere),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Unproven(#[from] Box<Unproven>),
    /// A statement that copies the current state is refused.
    #[error(transparent)]
    Script(Box<ScriptError>),
    /// The copy of the current state differs from it.
    #[error("{0}")]
    Copy(String),
}

/// A plan whose trial run failed.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Unproven {
    pub cause: Cause,
    pub plan: String,
    /// It was to become a file of the migration directory.
    pub writes: bool,
    pub templated: bool,
}

/// Why a plan is not proven.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Its text can't be split into statements again.
    #[error("the plan can't be read back")]
    Unreadable(ScanError),
    /// The engine refuses a statement.
    #[error("the dev database refuses the plan")]
    Refused {
        error: ScriptError,
        /// Kind and name of an object without a model that depends on what changes.
        dependent: Option<(String, String)>,
        /// Why a right plan is refused with this code.
        reason: Option<&'static str>,
    },
    /// Its result can't be read.
    #[error(transparent)]
    Lost(EngineError),
    /// Its result is not the desired state: what is left to change, a line each.
    #[error("the plan does not lead to the desired state")]
    LeftOver(String),
    /// The engine crashed once there were rows.
    #[error("the dev database does not survive the plan once tables hold rows")]
    Crashed(Box<Self>),
}

impl Cause {
    /// The engine's or the scanner's words.
    pub(super) fn reason(&self) -> Option<String> {
        match self {
            Self::Unreadable(error) => Some(error.to_string()),
            Self::Refused { error, .. } => Some(error.to_string()),
            Self::Lost(error) => Some(error.message.clone()),
            Self::LeftOver(_) => None,
            Self::Crashed(cause) => cause.reason(),
        }
    }
}

impl PipelineError {
    /// The models' SQL is refused; `needs` says who is to make what it needs.
    pub(super) fn load(error: LoadError, needs: Option<String>) -> Self {
        Self::Load {
            error: Box::new(error),
            needs,
        }
    }
}

impl From<Problem> for PipelineError {
    fn from(problem: Problem) -> Self {
        Self::Settings(Box::new(problem))
    }
}

impl From<ReplayError> for PipelineError {
    fn from(error: ReplayError) -> Self {
        Self::Replay(Box::new(error))
    }
}

impl From<ScriptError> for PipelineError {
    fn from(error: ScriptError) -> Self {
        Self::Script(Box::new(error))
    }
}

impl From<Unproven> for PipelineError {
    fn from(error: Unproven) -> Self {
        Self::Unproven(Box::new(error))
    }
}

impl Explain for PipelineError {
    fn explain(self) -> Problem {
        let message = self.to_string();
        match self {
            Self::Interrupted(_) | Self::Copy(_) => Problem::new(message),
            Self::Settings(problem) => *problem,
            Self::Engine(error) => error.explain(),
            Self::Unreadable { database, error } => {
                let mut problem = error.explain();
                problem.stage = Some(stage::LIVE);
                problem.detail("database", database)
            }
            Self::Desired(error) => error.explain(),
            Self::Load { error, needs } => {
                let problem = error.explain();
                match needs {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                }
            }
            Self::Replay(error) => error.explain(),
            Self::Dialects { .. } => Problem::new(message).hint("both must be of one kind"),
            Self::Outside { objects, meant, .. } => Problem::new(message)
                .detail("not compared", objects)
                .hint(format!(
                    "take `search_path` out of the dev URL to compare every schema; if this is meant to be left out, say \
                     so in the environment: {meant} for one schema"
                )),
            Self::SeveralSchemas(error) => error.explain(),
            Self::StillThere(error) => error.explain(),
            Self::Script(error) => error.explain(),
            Self::Plan(error) => error.explain(),
            Self::Body(error) => error.explain(),
            Self::Unproven(error) => error.explain(),
        }
    }
}

impl Explain for Unproven {
    fn explain(self) -> Problem {
        let outcome = match self.writes {
            true => "nothing was written; ",
            false => "",
        };
        let message = self.to_string();
        let mut problem = match self.cause {
            Cause::Lost(error) => return error.explain(),
            cause => Problem {
                message,
                ..facts(cause, outcome, self.writes)
            },
        };
        problem.stage = Some(stage::PROOF);
        let lines: Vec<&str> = self.plan.lines().collect();
        let tail = lines[lines.len().saturating_sub(PLAN_LINES)..].join("\n");
        problem.details.push(Detail {
            label: "plan",
            full: (tail.trim_end() != self.plan.trim_end()).then_some(self.plan),
            text: tail,
        });
        let hint = match (self.templated, self.writes) {
            (true, writes) => format!(
                "{outcome}does the template of `format` put every statement into the {}?",
                if writes { "file" } else { "text" }
            ),
            (false, true) => format!(
                "{outcome}this is a bug in trueup: please report it with the plan (`-v` shows all of it), and write \
                 this migration by hand with `trueup migrate new --edit`"
            ),
            (false, false) => {
                "this is a bug in trueup: please report it with the plan (`-v` shows all of it)"
                    .to_owned()
            }
        };
        problem.hint.get_or_insert(hint);
        problem
    }
}

/// What belongs to a cause, and what to do where it tells.
fn facts(cause: Cause, outcome: &str, writes: bool) -> Problem {
    let nothing = Problem::default();
    match cause {
        Cause::Unreadable(error) => nothing.detail("reason", error.to_string()),
        Cause::LeftOver(left) => nothing.detail("left over", left),
        Cause::Lost(error) => error.explain(),
        Cause::Crashed(cause) => facts(*cause, outcome, writes),
        Cause::Refused {
            error,
            dependent,
            reason,
        } => {
            let words = error.to_string();
            let mut problem = error.explain();
            let by_hand = |text| if writes { text } else { "" };
            if let Some((kind, name)) = dependent {
                let by_hand = by_hand(", in a migration of your own (`trueup migrate new --edit`)");
                problem.hint = Some(format!(
                    "{outcome}{kind} \"{name}\" depends on what changes, and is not part of the plan: drop it before the \
                     change and create it again after it{by_hand}"
                ));
            }
            if let Some(reason) = reason {
                let by_hand =
                    by_hand("; write this migration by hand with `trueup migrate new --edit`");
                let hint = format!("{outcome}{reason}{by_hand}");
                problem.hint.get_or_insert(hint);
            }
            problem.detail("reason", words)
        }
    }
}
