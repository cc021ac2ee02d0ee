//! Writes changes as T-SQL, so that each statement can be a batch of its own, and all of them can be one.
//!
//! The text is Atlas' as far as it is known. Nothing here reads a database.

mod column;
mod comment;
mod constraint;
mod definition;
mod index;
mod lookup;
mod modify;
mod remake;
mod sequence;
mod table;
mod texts;
mod writer;

use crate::dialect::RenderContext;
use crate::plan::{PlanError, Step};
use crate::schema::Schema;
use crate::schema::change::{Change, Edit};

use writer::{Writer, alone, named, quote};

pub(super) use column::{is_altered, only_grows, recomputed};
pub(super) use remake::is_remade;
pub(super) use table::of_type;
pub(super) use texts::{TEXTS, enclose};

/// Writes one ordered change.
pub(super) fn render(change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
    let object = change.object();
    let writer = Writer::new(context, &object.schema);
    Ok(match change {
        Change::Schema(edit) => schema(&writer, edit),
        Change::Sequence { schema, edit } => sequence::render(&writer, schema, edit)?,
        Change::AddTable { schema, table } => table::create(&writer, schema, table),
        Change::DropTable { schema, table } => table::drop(&writer, schema, table)?,
        Change::ModifyTable(change) => match is_remade(change) {
            true => remake::render(&writer, change)?,
            false => modify::render(&writer, change)?,
        },
        Change::Text(change) => texts::render(&writer, change)?,
        // There are no such types.
        Change::Enum { .. } => Vec::new(),
    })
}

fn schema(writer: &Writer<'_>, edit: &Edit<Schema>) -> Vec<Step> {
    let comment = |schema: &Schema, from: Option<&str>, to: Option<&str>| {
        comment::step(writer, &comment::Target::schema(&schema.name), from, to)
    };
    match edit {
        Edit::Add(schema) => {
            // It has to be alone in its batch.
            let create = alone(&format!("CREATE SCHEMA {}", quote(&schema.name)));
            let what = format!("add new schema named {}", named(&schema.name));
            let mut steps = vec![Step::new(create, what)];
            steps.extend(comment(schema, None, schema.comment.as_deref()));
            steps
        }
        Edit::Drop(schema) => {
            let drop = format!("DROP SCHEMA {}", quote(&schema.name));
            let what = format!("drop schema named {}", named(&schema.name));
            vec![Step::new(drop, what)]
        }
        Edit::Modify { from, to } => comment(to, from.comment.as_deref(), to.comment.as_deref())
            .into_iter()
            .collect(),
    }
}
