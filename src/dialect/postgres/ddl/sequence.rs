//! Sequences that no column owns.

use crate::plan::Step;
use crate::schema::change::Edit;
use crate::schema::{ObjectName, Realm, Sequence};

use super::options;
use super::owner::Owner;
use super::writer::{Writer, named};

/// Writes a change of a sequence.
pub(super) fn render(writer: &Writer<'_>, schema: &str, edit: &Edit<Sequence>) -> Vec<Step> {
    match edit {
        // The column that takes it over or lets go of it says so.
        Edit::Add(sequence)
            if changes_hands(writer.current(), writer.desired(), schema, sequence) =>
        {
            Vec::new()
        }
        Edit::Drop(sequence)
            if changes_hands(writer.desired(), writer.current(), schema, sequence) =>
        {
            Vec::new()
        }
        Edit::Add(sequence) => {
            let mut steps = vec![Step::new(
                create_sql(writer, schema, sequence),
                format!("create sequence {}", named(&sequence.name)),
            )];
            steps.extend(comment(writer, schema, sequence, None));
            steps
        }
        Edit::Drop(sequence) => vec![Step::new(
            format!("DROP SEQUENCE {}", writer.name(schema, &sequence.name)),
            format!("drop sequence {}", named(&sequence.name)),
        )],
        Edit::Modify { from, to } => modify(writer, schema, from, to),
    }
}

/// Writes the change of a sequence that stays.
pub(super) fn modify(
    writer: &Writer<'_>,
    schema: &str,
    from: &Sequence,
    to: &Sequence,
) -> Vec<Step> {
    let mut steps: Vec<Step> = moves(writer, schema, from, to).into_iter().collect();
    steps.extend(
        alter_sql(writer, schema, from, to)
            .map(|sql| Step::new(sql, format!("modify sequence {}", named(&to.name)))),
    );
    steps.extend(comment(writer, schema, to, from.comment.as_deref()));
    steps
}

/// It is a serial column's own in one state, where the column is a plain one in the other.
fn changes_hands(serial: &Realm, plain: &Realm, schema: &str, sequence: &Sequence) -> bool {
    let tables = serial.schema(schema).into_iter().flat_map(|s| &s.tables);
    tables.into_iter().any(|table| {
        let other = plain.table(&ObjectName::new(schema, &table.name));
        table.columns.iter().any(|column| {
            let owner = Owner {
                schema,
                table: &table.name,
                column: &column.name,
            };
            column.auto_increment
                && owner.sequence(column) == sequence.name
                && other
                    .and_then(|other| other.column(&column.name))
                    .is_some_and(|other| !other.auto_increment && other.identity.is_none())
        })
    })
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

/// The step that moves the next number inside the new bounds.
fn moves(writer: &Writer<'_>, schema: &str, from: &Sequence, to: &Sequence) -> Option<Step> {
    let name = writer.name(schema, &to.name);
    let constant = writer.name_literal(schema, &to.name);
    let sql = bounds(from, to).statement(&name, &constant)?;
    Some(Step::new(
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
            to,
        )
    })
}
