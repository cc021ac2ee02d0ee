//! Enumerated types: created, dropped, given new values in place, or rebuilt when values go or move.

mod affected;
mod rebuild;

pub(super) use affected::{Affected, affected, remains};

use crate::plan::{PlanError, Step};
use crate::schema::change::Edit;
use crate::schema::{EnumType, Realm};

use super::writer::{Writer, literal, named};

/// Writes a change of an enumerated type.
pub(super) fn render(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<EnumType>,
) -> Result<Vec<Step>, PlanError> {
    match edit {
        Edit::Add(to) => {
            let mut steps = vec![Step::new(
                create_sql(writer, schema, to),
                format!("create enum type {}", named(&to.name)),
            )];
            steps.extend(comment(writer, schema, to, None));
            Ok(steps)
        }
        Edit::Drop(from) => Ok(vec![Step::new(
            format!("DROP TYPE {}", writer.name(schema, &from.name)),
            format!("drop enum type {}", named(&from.name)),
        )]),
        Edit::Modify { from, to } => modify(writer, schema, from, to),
    }
}

fn modify(
    writer: &Writer<'_>,
    schema: &str,
    from: &EnumType,
    to: &EnumType,
) -> Result<Vec<Step>, PlanError> {
    if from.values == to.values {
        return Ok(comment(writer, schema, to, from.comment.as_deref())
            .into_iter()
            .collect());
    }
    if !only_adds(from, to) {
        return rebuild::steps(writer, schema, (from, to));
    }
    let mut steps = additions(writer, schema, from, to);
    steps.extend(comment(writer, schema, to, from.comment.as_deref()));
    Ok(steps)
}

/// The values that are added in place to enumerated types.
pub(super) fn added<'r>(current: &Realm, desired: &'r Realm) -> Vec<&'r str> {
    let mut added = Vec::new();
    for schema in &desired.schemas {
        let before = current.schema(&schema.name);
        let before = before.map_or(&[][..], |schema| &schema.enums);
        for to in &schema.enums {
            if let Some(from) = before.iter().find(|from| from.name == to.name)
                && only_adds(from, to)
            {
                let new = to
                    .values
                    .iter()
                    .filter(|value| !from.values.contains(value));
                added.extend(new.map(String::as_str));
            }
        }
    }
    added
}

/// All values stay, in their order.
pub(in crate::dialect::postgres) fn only_adds(from: &EnumType, to: &EnumType) -> bool {
    let mut rest = to.values.iter();
    from.values
        .iter()
        .all(|value| rest.any(|other| other == value))
}

fn additions(writer: &Writer<'_>, schema: &str, from: &EnumType, to: &EnumType) -> Vec<Step> {
    let name = writer.name(schema, &to.name);
    let mut passed = 0;
    let mut steps = Vec::new();
    for (at, value) in to.values.iter().enumerate() {
        if from.values.get(passed) == Some(value) {
            passed += 1;
            continue;
        }
        let place = match (at.checked_sub(1), from.values.first()) {
            (None, Some(first)) => format!(" BEFORE {}", literal(first)),
            (Some(previous), _) if passed != from.values.len() => {
                format!(" AFTER {}", literal(&to.values[previous]))
            }
            _ => String::new(),
        };
        steps.push(Step::new(
            format!("ALTER TYPE {name} ADD VALUE {}{place}", literal(value)),
            format!("add value to enum type: {}", named(&to.name)),
        ));
    }
    steps
}

fn create_sql(writer: &Writer<'_>, schema: &str, value: &EnumType) -> String {
    let values: Vec<String> = value.values.iter().map(|value| literal(value)).collect();
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        writer.name(schema, &value.name),
        values.join(", ")
    )
}

fn comment(
    writer: &Writer<'_>,
    schema: &str,
    value: &EnumType,
    from: Option<&str>,
) -> Option<Step> {
    let to = value.comment.as_deref();
    (to != from).then(|| {
        writer.comment_step(
            &format!("TYPE {}", writer.name(schema, &value.name)),
            &format!("enum type: {}", named(&value.name)),
            to,
        )
    })
}
