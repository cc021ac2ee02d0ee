//! Progress and result of taking migrations back: in the words and with the keys of Atlas' `migrate down`.

use serde_json::{Value, json};

use super::apply::{statement, time};
use super::text::count;
use super::{Style, describe};
use crate::lint::Risk;
use crate::migration::MigrationFile;
use crate::pipeline::{Down, Held, Loss, TakenBack};

/// What is said where nothing is to be done.
pub const NOTHING: &str = "No migrations to take back\n";

/// From where to where, and what is in the way.
pub fn begin(down: &Down, style: Style) -> String {
    let to = match down.target.as_str() {
        "" => "an empty schema".to_owned(),
        version => format!("version {}", style.bold(version)),
    };
    let mut text = format!(
        "Migrating down from version {} to {to} ({} in total):\n",
        style.bold(&down.current),
        count(down.files.len(), "migration")
    );
    let narrowed = down.losses.iter().any(|loss| loss.narrowed.is_some());
    match (down.losses.is_empty(), narrowed) {
        (true, _) => {}
        (false, false) => text.push_str("\n  -- what is dropped:\n"),
        (false, true) => text.push_str("\n  -- what is dropped or made narrower:\n"),
    }
    for loss in &down.losses {
        let line = loss.to_string();
        let line = match loss.is_none() {
            true => line,
            false => style.red(&line),
        };
        text.push_str(&format!("    {}\n", line.replace('\n', "\n    ")));
    }
    let may_fail = risks(down).into_iter();
    let may_fail = may_fail.filter(|(risk, _)| *risk == Risk::MayFail);
    for (at, (_, line)) in may_fail.enumerate() {
        let first = if at == 0 { "\n" } else { "" };
        text.push_str(&format!("{first}  {}\n", style.yellow(&line)));
    }
    let versions: Vec<&str> = down.files.iter().map(MigrationFile::version).collect();
    let done = match down.done {
        0 => String::new(),
        done => format!(" (after {})", count(done, "statement")),
    };
    text.push_str(&format!(
        "\n  -- taking back version{} {}{done}\n",
        if versions.len() == 1 { "" } else { "s" },
        style.bold(&versions.join(", "))
    ));
    text
}

/// What may happen to existing rows, worst first.
fn risks(down: &Down) -> Vec<(Risk, String)> {
    let (changes, risks): (Vec<_>, Vec<_>) = down.way.changes.iter().cloned().unzip();
    super::risks(&describe(&changes, &risks, &[], down.way.qualified))
}

/// What would be run.
pub fn plan(down: &Down, style: Style) -> String {
    let statements: String = down.statements().map(statement).collect();
    format!("{}{statements}", begin(down, style))
}

/// The end: how much was done.
pub fn end(down: &Down, done: &TakenBack, statements: usize) -> String {
    let files = count(down.files.len(), "migration");
    let files = match &done.failure {
        None => files,
        Some(_) => format!("{files} with errors"),
    };
    format!(
        "\n  -------------------------\n  -- {}\n  -- {files}\n  -- {}\n",
        time(done.took),
        count(statements, "sql statement")
    )
}

/// The plan, and the result where there is one, for programs.
pub fn json(dir: &str, down: Option<&Down>, done: Option<(&TakenBack, &[String])>) -> Value {
    let Some(down) = down else {
        return json!({
            "Dir": dir, "Planned": [], "Reverted": [], "Statements": [], "Lost": [], "Total": 0, "Error": null,
        });
    };
    let named = |file: &MigrationFile| {
        json!({
            "Name": file.name(),
            "Version": file.version(),
            "Description": file.description(),
        })
    };
    let planned: Vec<Value> = down.files.iter().map(named).collect();
    let failure = done.and_then(|(done, _)| done.failure.as_ref());
    let reverted = match (done, failure) {
        (Some(_), None) => planned.clone(),
        _ => Vec::new(),
    };
    let ran = done.map(|(_, ran)| ran);
    json!({
        "Dir": dir,
        "Current": down.current,
        "Target": down.target,
        "Total": planned.len(),
        "Planned": planned,
        "Reverted": reverted,
        "Statements": down.statements().collect::<Vec<&str>>(),
        "Applied": ran,
        "Lost": down.losses.iter().map(lost).collect::<Vec<Value>>(),
        "Warnings": down.way.warnings,
        "Risks": risks(down).iter().map(|(risk, line)| json!({ "Risk": risk, "Text": line })).collect::<Vec<Value>>(),
        "Error": failure.map(|failure| json!({
            "Stmt": failure.statement,
            "Text": failure.message,
        })),
    })
}

fn lost(loss: &Loss) -> Value {
    let (rows, more, error) = match &loss.held {
        Held::Rows(rows, more) => (Some(rows), *more, None),
        Held::Unknown(why) => (None, false, Some(why)),
    };
    json!({
        "Kind": loss.kind,
        "Name": loss.name,
        "Narrowed": loss.narrowed.as_ref().map(|(from, to)| json!({ "From": from, "To": to })),
        "Rows": rows,
        "OrMore": more,
        "Error": error,
    })
}

/// The same in a line.
pub fn line(down: Option<&Down>) -> String {
    let Some(down) = down else {
        return "nothing to take back".to_owned();
    };
    let lost: Vec<String> = down.lost().map(ToString::to_string).collect();
    let lost = match lost.is_empty() {
        true => String::new(),
        false => format!("; lost: {}", lost.join(", ")),
    };
    let to = match down.target.as_str() {
        "" => "an empty schema",
        version => version,
    };
    format!(
        "{} back to {to}{lost}",
        count(down.files.len(), "migration")
    )
}
