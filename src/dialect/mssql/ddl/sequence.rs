//! Sequences.

use crate::dialect::mssql::parse::limits;
use crate::plan::Step;
use crate::schema::Sequence;
use crate::schema::change::Edit;

use super::comment;
use super::writer::{Writer, named};

pub(super) fn render(writer: &Writer<'_>, schema: &str, edit: &Edit<Sequence>) -> Vec<Step> {
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
    match edit {
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
                steps.push(Step::new(drop(from), what.clone()));
                steps.push(Step::new(create(to), what));
                had = None;
            } else if from.options != to.options {
                let sql = format!("ALTER SEQUENCE {} {}", name(to), rest(to, Some(from)));
                steps.push(Step::new(sql, what));
            }
            steps.extend(comment(to, had));
            steps
        }
    }
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
