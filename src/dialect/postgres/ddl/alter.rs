//! Collects the actions of one `ALTER TABLE` and of its reverse.

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
    actions: Vec<(Rank, Vec<String>, Vec<String>)>,
    /// Actions of the reverse that drop constraints. One that goes with a column could not be dropped behind it.
    undone: Vec<(Rank, String)>,
    /// What a reader should know before running the statement.
    pub(super) warnings: Vec<String>,
    /// Statements that come before the reverse.
    pub(super) reverse_before: Vec<String>,
    /// Statements that come after the table is altered back.
    pub(super) reverse_after: Vec<String>,
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
            undone: Vec::new(),
            warnings: Vec::new(),
            reverse_before: Vec::new(),
            reverse_after: Vec::new(),
        }
    }

    /// Adds actions, and those that undo them.
    pub(super) fn push(&mut self, rank: Rank, forward: Vec<String>, back: Vec<String>) {
        if !forward.is_empty() || !back.is_empty() {
            self.actions.push((rank, forward, back));
        }
    }

    /// Adds one action, and the one that undoes it.
    pub(super) fn one(&mut self, rank: Rank, forward: String, back: String) {
        self.push(rank, vec![forward], vec![back]);
    }

    /// Adds actions that make a constraint, and those that undo them: first the one that drops it.
    pub(super) fn constrain(
        &mut self,
        rank: Rank,
        forward: Vec<String>,
        drop: String,
        back: Vec<String>,
    ) {
        self.undone.push((rank, drop));
        self.push(rank, forward, back);
    }

    /// The step, unless there is nothing to do.
    pub(super) fn finish(mut self, writer: &Writer<'_>) -> Option<Step> {
        self.actions.sort_by_key(|(rank, ..)| *rank);
        self.undone.sort_by_key(|(rank, _)| *rank);
        let name = writer.name(self.schema, self.table);
        let statement = |actions: Vec<&String>| {
            let actions: Vec<&str> = actions.into_iter().map(String::as_str).collect();
            format!("ALTER TABLE {name} {}", actions.join(", "))
        };
        let forward: Vec<&String> = self
            .actions
            .iter()
            .flat_map(|(_, forward, _)| forward)
            .collect();
        if forward.is_empty() {
            return None;
        }
        let undone = self.undone.iter().rev().map(|(_, drop)| drop);
        let back = self.actions.iter().rev().flat_map(|(_, _, back)| back);
        let back: Vec<&String> = undone.chain(back).collect();
        let mut step = Step::neutral(
            statement(forward),
            format!("modify {} table", named(self.table)),
        );
        step.reverse.extend(self.reverse_before);
        if !back.is_empty() {
            step.reverse.push(statement(back));
        }
        step.reverse.extend(self.reverse_after);
        step.warning = (!self.warnings.is_empty()).then(|| self.warnings.join("; "));
        Some(step)
    }
}
