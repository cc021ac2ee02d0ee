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
            let mut steps = Vec::new();
            if let (Some(forward), Some(back)) = (
                alter_sql(writer, schema, from, to),
                alter_sql(writer, schema, to, from),
            ) {
                steps.push(Step::new(
                    forward,
                    format!("modify sequence {}", named(&to.name)),
                    back,
                ));
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
    (!words.is_empty()).then(|| {
        format!(
            "ALTER SEQUENCE {} {}",
            writer.name(schema, &to.name),
            words.join(" ")
        )
    })
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
