//! Reads T-SQL: the statements of a script as values, for [`super::replay`] to follow.
//!
//! The grammar is Microsoft's (<https://learn.microsoft.com/sql/t-sql/statements/>) as far as models' DDL and migrations
//! write it. What it does not read is an error at its place, and never skipped: all but what changes no schema.

mod alter;
mod condition;
mod cursor;
mod flow;
mod index;
mod object;
mod options;
mod reserved;
mod rows;
mod statement;
mod table;
mod types;
mod versioning;

pub(super) use alter::{Alter, Dropped};
pub(super) use condition::{Expr, Op, Query, Relation};
pub(super) use cursor::Refusal;
pub(super) use flow::batch;
pub(super) use object::{Numbering, Sequenced, limits};
pub(super) use reserved::is_reserved;
pub(super) use statement::{DATABASE_TRIGGER, Existing, Mode, Node, Stmt};
pub(super) use table::{Body, ColumnDef, Constraint, Item};
pub(super) use types::absent;
pub(super) use versioning::Versioning;

/// A name as it is written, with what stands before it: database, schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) database: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl Path {
    /// It is a table that only its session sees.
    pub(super) fn is_temporary(&self) -> bool {
        self.name.starts_with('#')
    }
}
