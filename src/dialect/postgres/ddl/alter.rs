//! Collects the actions of one `ALTER TABLE`.

use crate::plan::Step;
use crate::schema::Column;

use super::writer::{Writer, named};

/// Where an action stands in the statement, as Atlas orders them. The server runs them in its own order in any case:
/// drops, types, new columns, defaults and nullability, new constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    DropConstraint,
    Check,
    /// A generated column goes before the columns that it is made from.
    DropGenerated,
    Column,
    AddColumn,
    /// A generated column comes behind the columns that it is made from.
    AddGenerated,
    PrimaryKey,
    Constraint,
    ForeignKey,
    Attribute,
}

/// The actions of one `ALTER TABLE`.
#[derive(Debug)]
pub(super) struct Alter<'a> {
    schema: &'a str,
    table: &'a str,
    actions: Vec<(Rank, Vec<String>)>,
    /// What a reader should know before running the statement.
    pub(super) warnings: Vec<String>,
}

impl Rank {
    /// Where a new column stands.
    pub(super) fn of_new(column: &Column) -> Self {
        if column.generated.is_some() {
            Self::AddGenerated
        } else {
            Self::AddColumn
        }
    }
}

impl<'a> Alter<'a> {
    pub(super) fn new(schema: &'a str, table: &'a str) -> Self {
        Self {
            schema,
            table,
            actions: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds actions.
    pub(super) fn push(&mut self, rank: Rank, actions: Vec<String>) {
        self.actions.push((rank, actions));
    }

    /// The step, unless there is nothing to do.
    pub(super) fn finish(mut self, writer: &Writer<'_>) -> Option<Step> {
        self.actions.sort_by_key(|(rank, _)| *rank);
        let actions: Vec<&str> = self
            .actions
            .iter()
            .flat_map(|(_, actions)| actions.iter().map(String::as_str))
            .collect();
        if actions.is_empty() {
            return None;
        }
        let name = writer.name(self.schema, self.table);
        let mut step = Step::new(
            format!("ALTER TABLE {name} {}", actions.join(", ")),
            format!("modify {} table", named(self.table)),
        );
        step.warning = (!self.warnings.is_empty()).then(|| self.warnings.join("; "));
        Some(step)
    }
}
