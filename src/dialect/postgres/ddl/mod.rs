//! Writes changes as PostgreSQL's DDL.
//!
//! The text is Atlas' where Atlas keeps all information, so that its users see nothing new; what Atlas drops (names of
//! primary keys, deferrability, collations, casts, …) is written in full. Nothing here reads a database.

mod alter;
mod column;
mod constraint;
mod convert;
mod enums;
mod expr;
mod index;
mod item;
mod modify;
mod modify_column;
mod options;
mod owner;
mod partition;
mod sequence;
mod serial;
mod table;
mod texts;
mod tx;
mod types;
mod writer;

use std::collections::BTreeSet;

pub(super) use enums::only_adds;
pub(super) use texts::TEXTS;

use crate::dialect::RenderContext;
use crate::dialect::postgres::attrs;
use crate::plan::order::End;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Change, Edit, ModifyTable};
use crate::schema::{Schema, Table};

use writer::{Writer, named, quote};

/// Writes one ordered change.
pub(super) fn render(change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
    let object = change.object();
    let writer = Writer::new(context, &object.schema);
    let steps = match change {
        Change::Schema(edit) => schema(&writer, edit),
        Change::Enum { schema, edit } => enums::render(&writer, schema, edit)?,
        Change::Sequence { schema, edit } => sequence::render(&writer, schema, edit),
        Change::AddTable { schema, table } => table::create(&writer, schema, table),
        Change::DropTable { schema, table } => vec![table::drop(&writer, schema, table)],
        Change::ModifyTable(change) => modify::render(&writer, change)?,
        Change::Text(change) => texts::render(&writer, change)?,
    };
    Ok(match tx::uses_new_value(change, context) {
        true => steps.into_iter().map(Step::alone).collect(),
        false => steps,
    })
}

/// A table that becomes `LOGGED` follows those that it references, and one that becomes `UNLOGGED` those that reference it.
pub(super) fn leads(change: &ModifyTable) -> Option<End> {
    let unlogged = |table: &Table| table.attrs.contains_key(attrs::UNLOGGED);
    match (unlogged(&change.from), unlogged(&change.to)) {
        (true, false) => Some(End::Referenced),
        (false, true) => Some(End::Referencing),
        _ => None,
    }
}

/// The columns that are dropped and added again under their names.
pub(super) fn remade_columns(change: &ModifyTable) -> BTreeSet<String> {
    modify_column::rebuilt(change)
}

fn schema(writer: &Writer<'_>, edit: &Edit<Schema>) -> Vec<Step> {
    let comment = |schema: &Schema| {
        writer.comment_step(
            &format!("SCHEMA {}", quote(&schema.name)),
            &format!("schema: {}", named(&schema.name)),
            schema.comment.as_deref(),
        )
    };
    match edit {
        Edit::Add(schema) => {
            // Every new database has this one, so that a file which creates it must bear that.
            let guard = if schema.name == "public" {
                "IF NOT EXISTS "
            } else {
                ""
            };
            let mut steps = vec![Step::new(
                format!("CREATE SCHEMA {guard}{}", quote(&schema.name)),
                format!("add new schema named {}", named(&schema.name)),
            )];
            steps.extend(schema.comment.as_ref().map(|_| comment(schema)));
            steps
        }
        // No CASCADE: what the schema still holds at this point is something that no change is about.
        Edit::Drop(schema) => vec![Step::new(
            format!("DROP SCHEMA {}", quote(&schema.name)),
            format!("drop schema named {}", named(&schema.name)),
        )],
        Edit::Modify { from, to } => {
            let differs = from.comment != to.comment;
            differs.then(|| comment(to)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests;
