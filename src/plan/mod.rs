//! Plans: ordered steps of SQL, each with its reason and its reverse.
//!
//! [`order`] decides the sequence of changes and splits what can't be done in one piece; a dialect renders each ordered
//! change to [`Step`]s; `dialect::plan` puts them together. It knows no dialect.

mod body;
mod builder;
pub mod order;
mod text;

pub use body::{BodyError, body};
pub use builder::Sql;

use crate::problem::{Explain, Problem, stage};
use crate::schema::change::Change;

/// One statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The statement, without its delimiter.
    pub sql: String,
    /// What it does, in the words of the migration file's comment, lower case first: `create "users" table`.
    pub comment: String,
    /// Statements that undo it, in the order in which they run; empty when there is none.
    pub reverse: Vec<String>,
    /// Why there is no (full) reverse, when there is none; rows that a dropped table held are not a reason.
    pub irreversible: Option<String>,
    /// What a reader should know before running it: a sentence for people.
    pub warning: Option<String>,
    /// Index into [`Plan::changes`] of the change that it comes from.
    pub change: usize,
}

impl Step {
    /// A step with its reverse; `change` is set when the plan is put together.
    pub fn new(
        sql: impl Into<String>,
        comment: impl Into<String>,
        reverse: impl Into<String>,
    ) -> Self {
        Self {
            sql: sql.into(),
            comment: comment.into(),
            reverse: vec![reverse.into()],
            irreversible: None,
            warning: None,
            change: 0,
        }
    }

    /// A step that can't be undone, and why.
    pub fn irreversible(
        sql: impl Into<String>,
        comment: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            sql: sql.into(),
            comment: comment.into(),
            reverse: Vec::new(),
            irreversible: Some(why.into()),
            warning: None,
            change: 0,
        }
    }

    /// A step that needs nothing undone, such as a setting of the session.
    pub fn neutral(sql: impl Into<String>, comment: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            comment: comment.into(),
            reverse: Vec::new(),
            irreversible: None,
            warning: None,
            change: 0,
        }
    }
}

/// How a migration file's statements are run together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TxMode {
    /// In one transaction, where the engine's DDL can be part of one.
    #[default]
    File,
    /// Each by itself: the file says so with `-- atlas:txmode none`.
    None,
}

/// The ordered statements that take the current state to the desired one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Statements in order.
    pub steps: Vec<Step>,
    /// The changes that they make.
    pub changes: Vec<Change>,
    /// How the file must be run.
    pub tx_mode: TxMode,
    /// What a reader should know before running it: the steps' warnings in their order.
    pub warnings: Vec<String>,
}

/// How names of tables and types are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Qualifier {
    /// Unqualified: the connection is limited to one schema.
    #[default]
    None,
    /// Each with its own schema.
    Schema,
    /// All with this schema, whatever the dev database's is called.
    Custom(String),
}

/// How a plan is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// How names are qualified.
    pub qualifier: Qualifier,
    /// What one level of a long statement is indented with; `None` keeps each statement on one line.
    pub indent: Option<String>,
    /// Build new indexes on existing tables without blocking writes, where the dialect can.
    pub concurrent_index_create: bool,
    /// Drop indexes without blocking writes, where the dialect can.
    pub concurrent_index_drop: bool,
}

/// A change that can't be planned.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{what}: {why}")]
pub struct PlanError {
    /// The object and the change, as `modify "users" table`.
    pub what: String,
    /// Why no statement does it safely.
    pub why: String,
    /// What the user can do instead.
    pub hint: Option<String>,
}

impl Explain for PlanError {
    fn explain(self) -> Problem {
        Problem {
            hint: self.hint,
            ..Problem::new(format!("can't plan: {}", self.what))
                .during(stage::PLAN)
                .detail("reason", self.why)
        }
    }
}
