//! Sequences that no column owns.

use crate::plan::Step;
use crate::schema::Sequence;
use crate::schema::change::Edit;

use super::writer::{Writer, named};
use super::{SqlOnly as _, options};

/// Writes a change of a sequence.
pub(super) fn render(writer: &Writer<'_>, schema: &str, edit: &Edit<Sequence>) -> Vec<Step> {
    match edit {
        Edit::Add(sequence) => {
            let mut steps = vec![Step::new(
                create_sql(writer, schema, sequence),
                format!("create sequence {}", named(&sequence.name)),
                drop_sql(writer, schema, sequence),
            )];
            steps.extend(comment(writer, schema, sequence, None));
            steps
        }
        Edit::Drop(sequence) => {
            let mut step = Step::new(
                drop_sql(writer, schema, sequence),
                format!("drop sequence {}", named(&sequence.name)),
                create_sql(writer, schema, sequence),
            );
            step.reverse.extend(
                comment(writer, schema, sequence, None)
                    .into_iter()
                    .collect::<Vec<_>>()
                    .sql_only(),
            );
            vec![step]
        }
        Edit::Modify { from, to } => {
            let mut steps: Vec<Step> = moves(writer, schema, from, to).into_iter().collect();
            if let (Some(forward), Some(back)) = (
                alter_sql(writer, schema, from, to),
                alter_sql(writer, schema, to, from),
            ) {
                let mut step = Step::new(
                    forward,
                    format!("modify sequence {}", named(&to.name)),
                    back,
                );
                let first = moves(writer, schema, to, from);
                step.reverse.splice(0..0, first.map(|step| step.sql));
                steps.push(step);
            }
            steps.extend(comment(writer, schema, to, from.comment.as_deref()));
            steps
        }
    }
}

fn create_sql(writer: &Writer<'_>, schema: &str, sequence: &Sequence) -> String {
    let mut words = vec![format!(
        "CREATE SEQUENCE {}",
        writer.name(schema, &sequence.name)
    )];
    if sequence.ty != "bigint" {
        words.push(format!("AS {}", sequence.ty));
    }
    words.extend(options::create(&sequence.options, &sequence.ty));
    words.join(" ")
}

fn drop_sql(writer: &Writer<'_>, schema: &str, sequence: &Sequence) -> String {
    format!("DROP SEQUENCE {}", writer.name(schema, &sequence.name))
}

fn alter_sql(writer: &Writer<'_>, schema: &str, from: &Sequence, to: &Sequence) -> Option<String> {
    let mut words = Vec::new();
    if from.ty != to.ty {
        words.push(format!("AS {}", to.ty));
    }
    words.extend(options::alter(
        &from.options,
        &to.options,
        (&from.ty, &to.ty),
    ));
    words.extend(bounds(from, to).words());
    (!words.is_empty()).then(|| {
        format!(
            "ALTER SEQUENCE {} {}",
            writer.name(schema, &to.name),
            words.join(" ")
        )
    })
}

fn bounds(from: &Sequence, to: &Sequence) -> options::Bounds {
    options::bounds(&from.options, &to.options, (&from.ty, &to.ty))
}

/// The step that moves the next number inside the new bounds; on the way back, inside the old ones.
fn moves(writer: &Writer<'_>, schema: &str, from: &Sequence, to: &Sequence) -> Option<Step> {
    let name = writer.name(schema, &to.name);
    let constant = writer.name_literal(schema, &to.name);
    let sql = bounds(from, to).statement(&name, &constant)?;
    Some(Step::neutral(
        sql,
        format!("move the numbers of sequence {}", named(&to.name)),
    ))
}

fn comment(
    writer: &Writer<'_>,
    schema: &str,
    sequence: &Sequence,
    from: Option<&str>,
) -> Option<Step> {
    let to = sequence.comment.as_deref();
    (to != from).then(|| {
        writer.comment_step(
            &format!("SEQUENCE {}", writer.name(schema, &sequence.name)),
            &format!("sequence: {}", named(&sequence.name)),
            to.unwrap_or(""),
            from.unwrap_or(""),
        )
    })
}
