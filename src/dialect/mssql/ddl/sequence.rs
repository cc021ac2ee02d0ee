//! Sequences.

use crate::dialect::mssql::parse::limits;
use crate::dialect::mssql::text;
use crate::plan::{PlanError, Step};
use crate::schema::change::Edit;
use crate::schema::{ObjectName, Sequence};

use super::writer::{Writer, named};
use super::{comment, texts};

/// # Errors
/// When nothing tells a default that takes numbers from a sequence which is recreated.
pub(super) fn render(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<Sequence>,
) -> Result<Vec<Step>, PlanError> {
    let name = |sequence: &Sequence| writer.object(schema, &sequence.name);
    let create = |sequence: &Sequence| {
        let options = &sequence.options;
        format!(
            "CREATE SEQUENCE {} AS {} START WITH {} {}",
            name(sequence),
            sequence.ty,
            options.start,
            rest(sequence, None)
        )
    };
    let drop = |sequence: &Sequence| format!("DROP SEQUENCE {}", name(sequence));
    let comment = |sequence: &Sequence, from: Option<&str>| {
        let target = comment::Target::sequence(schema, &sequence.name);
        comment::step(writer, &target, from, sequence.comment.as_deref())
    };
    Ok(match edit {
        Edit::Add(to) => {
            let what = format!("create {} sequence", named(&to.name));
            std::iter::once(Step::new(create(to), what))
                .chain(comment(to, None))
                .collect()
        }
        Edit::Drop(from) => {
            let what = format!("drop {} sequence", named(&from.name));
            vec![Step::new(drop(from), what)]
        }
        Edit::Modify { from, to } => {
            let what = format!("modify {} sequence", named(&to.name));
            let mut steps = Vec::new();
            let mut had = from.comment.as_deref();
            if from.ty != to.ty || from.options.start != to.options.start {
                let own = ObjectName::new(schema, &from.name);
                let [before, after] = texts::around(writer, &|expr| text::draws(expr, &own))?;
                steps.extend(before);
                steps.push(Step {
                    warning: Some(format!(
                        "{} sequence is recreated and begins with {} again: numbers that are in use may come again",
                        named(&to.name),
                        to.options.start
                    )),
                    ..Step::new(drop(from), what.clone())
                });
                steps.push(Step::new(create(to), what));
                steps.extend(after);
                had = None;
            } else if from.options != to.options {
                let sql = format!("ALTER SEQUENCE {} {}", name(to), rest(to, Some(from)));
                steps.push(Step::new(sql, what));
            }
            steps.extend(comment(to, had));
            steps
        }
    })
}

/// What is not the server's choice, or differs from what is there.
fn rest(sequence: &Sequence, from: Option<&Sequence>) -> String {
    let options = &sequence.options;
    let (least, greatest) = limits(&sequence.ty);
    let said = |differs: bool, usual: bool| if from.is_some() { differs } else { !usual };
    let was = from.map(|from| &from.options);
    let mut words = vec![format!("INCREMENT BY {}", options.increment)];
    if said(
        was.is_some_and(|was| was.min != options.min),
        options.min == least,
    ) {
        words.push(format!("MINVALUE {}", options.min));
    }
    if said(
        was.is_some_and(|was| was.max != options.max),
        options.max == greatest,
    ) {
        words.push(format!("MAXVALUE {}", options.max));
    }
    if said(
        was.is_some_and(|was| was.cycle != options.cycle),
        !options.cycle,
    ) {
        words.push(if options.cycle {
            "CYCLE".to_owned()
        } else {
            "NO CYCLE".to_owned()
        });
    }
    if said(
        was.is_some_and(|was| was.cache != options.cache),
        options.cache < 0,
    ) {
        words.push(match options.cache {
            0 => "NO CACHE".to_owned(),
            ..0 => "CACHE".to_owned(),
            number => format!("CACHE {number}"),
        });
    }
    words.join(" ")
}
