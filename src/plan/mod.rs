//! Plans: ordered steps of SQL, each with its reason, and the steps that undo them. It knows no dialect.
//!
//! # How a plan is made
//!
//! Two models that refer to each other are new:
//!
//! ```text
//! author (id, favourite → book)        book (id, author → author)
//! ```
//!
//! 1. [`crate::diff`] finds two changes: add `author`, add `book`, each with its foreign key.
//! 2. [`order`] takes out the foreign keys that are in the way wherever they stand, such as those on a column that gets
//!    another type. Here there are none.
//! 3. It builds a [graph](`graph`) of the changes. What an object needs comes first: its schema, the types of its columns, the
//!    sequences that they read, the tables that it is part of, what its new foreign keys reference, and names that another
//!    change sets free. What is dropped comes behind what needs it. Here `book` must come before `author` and `author`
//!    before `book`: a circle.
//! 4. Circles are opened: the foreign key that closes one is taken out of its table, to be dropped before all other changes
//!    or added behind them; names that are exchanged are set free first. This is repeated until no circle is left. Visiting
//!    `author` leads to `book`, whose foreign key closes the circle, and is taken out.
//! 5. The changes are cut into parts: add `author`; add `book` without its foreign key; modify `book`: add the foreign key.
//!    Each part is a change of its own, from a form of the table to the next.
//! 6. The graph of the parts is sorted. Where nothing must be, kinds are made in the order of
//!    [`Kind`](crate::schema::change::Kind) and dropped in the opposite one, what exists is modified before something new is
//!    made, and the order of the changes decides the rest. That keeps plans stable, and related statements together.
//! 7. The dialect renders each part to [`Step`]s, and `dialect::plan` puts them together:
//!
//! ```sql
//! -- Create "book" table
//! CREATE TABLE "book" ("id" integer NOT NULL, "author" integer NULL, PRIMARY KEY ("id"));
//! -- Create "author" table
//! CREATE TABLE "author" (…, CONSTRAINT … FOREIGN KEY ("favourite") REFERENCES "book" ("id"));
//! -- Modify "book" table
//! ALTER TABLE "book" ADD CONSTRAINT … FOREIGN KEY ("author") REFERENCES "author" ("id");
//! ```
//!
//! The reverse is a plan as any other: the changes reversed, ordered and rendered from the desired state to the current one. No
//! dialect writes it.
//!
//! A new kind of object has a place among the kinds and says what it needs ([`order`]'s `needs` and `names`); no order is
//! written for it. What an object that is kept as text needs is told by the names in its definition.

mod body;
mod builder;
pub mod graph;
pub mod order;
mod reverse;
mod text;

pub use body::{BodyError, body};
pub use builder::Sql;
pub use reverse::{Reverse, reversed};

use crate::problem::{Explain, Problem, stage};
use crate::schema::change::Change;

/// One statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The statement, without its delimiter.
    pub sql: String,
    /// What it does, in the words of the migration file's comment, lower case first: `create "users" table`.
    pub comment: String,
    /// What a reader should know before running it: a sentence for people.
    pub warning: Option<String>,
    /// How a file must be run that has it.
    pub tx_mode: TxMode,
    /// Index into [`Plan::changes`] of the change that it comes from.
    pub change: usize,
}

impl Step {
    /// A step without a warning; `change` is set when the plan is put together.
    pub fn new(sql: impl Into<String>, comment: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            comment: comment.into(),
            warning: None,
            tx_mode: TxMode::File,
            change: 0,
        }
    }

    /// The same, for a file whose statements must run each by itself.
    #[must_use]
    pub fn alone(self) -> Self {
        Self {
            tx_mode: TxMode::None,
            ..self
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
    pub steps: Vec<Step>,
    pub changes: Vec<Change>,
    pub tx_mode: TxMode,
    /// What a reader should know before running it: the steps' warnings in their order.
    pub warnings: Vec<String>,
    pub reverse: Reverse,
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
    pub why: String,
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
