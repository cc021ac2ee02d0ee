//! The report for a terminal.

use std::fmt::Write as _;

use super::{ChangeLine, Presence, Report, Sides, Style, TextChangeLine};
use crate::config;
use crate::diff::words::Action;
use crate::lint::Risk;
use crate::pipeline::Verdict;
use crate::problem::Problem;

/// The answer, what differs, and the command that settles it. Warnings are not part of it.
pub fn check(report: &Report, style: Style) -> String {
    match report.found.verdict {
        Verdict::Synced => synced(report, style),
        Verdict::Drifted => drifted(report, style),
        Verdict::Unknown => unknown(report, style),
    }
}

fn synced(report: &Report, style: Style) -> String {
    format!(
        "{} the models match {} ({})\n",
        style.green("In sync:"),
        report.dir,
        count(report.files, "migration"),
    )
}

fn drifted(report: &Report, style: Style) -> String {
    let are = match report.found.changes.len() {
        1 => "is",
        _ => "are",
    };
    let mut text = format!(
        "{} {} in the models {are} missing from {}\n\n",
        style.red("Drifted:"),
        count(report.found.changes.len(), "change"),
        report.dir,
    );
    text.push_str(&table(&report.found.changes, style));
    let risks = risks(&report.found.changes, style);
    if !risks.is_empty() {
        let _ = write!(text, "\n{risks}");
    }
    let _ = write!(text, "\n{}\n\n", style.dim("The missing migration:"));
    text.push_str(&report.found.sql);
    if let Some(fix) = &report.fix {
        let _ = writeln!(text, "\nWrite it with: {}", style.bold(fix));
    }
    text
}

fn unknown(report: &Report, style: Style) -> String {
    let mut text = format!(
        "{} the models and {} differ in what trueup can't plan yet\n\n{}",
        style.yellow("Undecided:"),
        report.dir,
        objects(&report.found.texts, "  ", &Sides::DIRECTORY),
    );
    if !report.found.changes.is_empty() {
        let _ = write!(text, "\n{}\n\n", style.dim("Besides that:"));
        text.push_str(&table(&report.found.changes, style));
    }
    let them = them(&report.found.texts);
    let by_hand = style.bold("trueup migrate new --edit");
    if let Some(first) = tables_first(report) {
        let _ = write!(text, "\nWrite the tables first: {}\n", style.bold(&first));
        let _ = writeln!(text, "then a migration for {them} by hand: {by_hand}");
    } else {
        let _ = write!(text, "\nWrite a migration for {them} by hand: {by_hand}\n");
    }
    let needed = needed(&report.found.texts);
    if let Some(needed) = &needed {
        let _ = writeln!(text, "{needed} by tables of the models");
    }
    let others = if needed.is_some() { "the others" } else { them };
    let _ = match (exclude_line(report), exclude_flags(&report.found.texts)) {
        (_, flags) if flags.is_empty() => Ok(()),
        (Some(line), _) if report.config.is_some() => write!(
            text,
            "or leave {others} alone for good, in the environment:\n\n  {}\n",
            style.bold(&line),
        ),
        (_, flags) => writeln!(text, "or leave {others} alone: {}", style.bold(&flags)),
    };
    text
}

/// Objects without a model, one a line.
pub fn objects(texts: &[TextChangeLine], indent: &str, sides: &Sides) -> String {
    texts
        .iter()
        .map(|object| {
            let words = object.state.words_of(sides);
            format!("{indent}{} {} {words}\n", object.kind, object.name)
        })
        .collect()
}

/// The command that writes a migration without these objects, where they may depend on what it creates and no table on them.
pub fn tables_first(report: &Report) -> Option<String> {
    let fix = report
        .fix
        .as_ref()
        .filter(|_| !report.found.changes.is_empty())?;
    // The flag stands in the place of the setting.
    let mut patterns: Vec<&String> = report.exclude.iter().collect();
    for object in &report.found.texts {
        let only_there = object.state == Presence::OnlyInModels;
        patterns.push(object.exclude.as_ref().filter(|_| only_there)?);
    }
    let flags = patterns.iter().map(|pattern| {
        let quoted = pattern.replace('\'', "'\\''");
        format!(" --exclude '{quoted}'")
    });
    Some(flags.fold(fix.clone(), |command, flag| command + &flag))
}

/// The setting that leaves those alone that nothing needs.
pub fn exclude_line(report: &Report) -> Option<String> {
    let patterns = report.found.texts.iter();
    let patterns: Vec<&str> = patterns
        .filter_map(|object| object.exclude.as_deref())
        .collect();
    let config = report.config.as_deref();
    (!patterns.is_empty()).then(|| config::line(config, "exclude", &patterns))
}

/// The flags that leave those alone that nothing needs.
pub fn exclude_flags(texts: &[TextChangeLine]) -> String {
    let quoted = |object: &TextChangeLine| {
        let pattern = object.exclude.as_ref()?.replace('\'', "'\\''");
        Some(format!("--exclude '{pattern}'"))
    };
    let flags: Vec<String> = texts.iter().filter_map(quoted).collect();
    flags.join(" ")
}

/// Which of them are needed, if any, to be followed by whom.
pub fn needed(texts: &[TextChangeLine]) -> Option<String> {
    let needed = texts.iter().filter(|object| object.exclude.is_none());
    let names: Vec<String> = needed
        .clone()
        .map(|object| format!("{} {}", object.kind, object.name))
        .collect();
    // What an extension has is not known.
    let are = match names.len() {
        0 => return None,
        _ if needed.clone().any(|object| object.kind == "extension") => "may be",
        1 => "is",
        _ => "are",
    };
    Some(format!("{} {are} needed", names.join(", ")))
}

/// The pronoun for them.
pub fn them(texts: &[TextChangeLine]) -> &'static str {
    match texts.len() {
        1 => "it",
        _ => "them",
    }
}

/// The longest name by which a column's width goes: no server has a longer one.
const WIDEST: usize = 128;

/// One line for each change: what happens to what, in which way, and where the models say so.
pub fn table(changes: &[ChangeLine], style: Style) -> String {
    let rows: Vec<[String; 3]> = changes
        .iter()
        .map(|change| {
            [
                format!("{} {}", change.action, change.kind),
                change.label.clone(),
                change
                    .model
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ]
        })
        .collect();
    // One endless name must not move the rest out of sight.
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.filter(|n| *n <= WIDEST).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for (change, [what, name, model]) in changes.iter().zip(&rows) {
        let padded = format!("{what:first$}");
        let painted = match change.action {
            Action::Create => style.green(&padded),
            Action::Modify => style.yellow(&padded),
            Action::Drop => style.red(&padded),
        };
        let mut line = format!("  {painted}  {name:second$}");
        let (brief, rest) = match change.action {
            Action::Modify => (String::new(), &change.details[..]),
            Action::Create | Action::Drop => (change.details.join(", "), &[][..]),
        };
        for part in [&brief, &style.dim(model)] {
            if !part.is_empty() {
                let _ = write!(line, "  {part}");
            }
        }
        let _ = writeln!(text, "{}", line.trim_end());
        for detail in rest {
            let _ = writeln!(text, "    {detail}");
        }
    }
    text
}

/// What may happen to existing rows, one a line.
pub fn risks(changes: &[ChangeLine], style: Style) -> String {
    let mut text = String::new();
    for (risk, line) in super::risks(changes) {
        let _ = match risk {
            Risk::LosesData => writeln!(text, "  {}", style.red(&line)),
            Risk::MayFail => writeln!(text, "  {}", style.yellow(&line)),
        };
    }
    text
}

/// `1 change`, `2 changes`.
pub fn count(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// An error, with a line end. Facts are shown in full where `verbose` says so.
pub fn problem(problem: &Problem, style: Style, verbose: bool) -> String {
    let mut text = format!("{} {}\n", style.red("Error:"), problem.message);
    for detail in &problem.details {
        let (shown, cut) = match &detail.full {
            Some(full) if verbose => (full.as_str(), false),
            full => (detail.text.as_str(), full.is_some()),
        };
        let label = match cut && shown.contains('\n') {
            true => format!("{} (the end; all of it with -v)", detail.label),
            false => detail.label.to_owned(),
        };
        let label = style.dim(&format!("{label}:"));
        if shown.contains('\n') {
            text.push_str(&format!("  {label}\n"));
            for line in shown.lines() {
                text.push_str(format!("    {line}").trim_end());
                text.push('\n');
            }
        } else {
            text.push_str(&format!("  {label} {shown}\n"));
        }
    }
    if let Some(hint) = &problem.hint {
        text.push_str(&format!("{} {hint}\n", style.yellow("Hint:")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Detail;

    #[test]
    fn an_endless_name_moves_no_other() {
        let line = |name: String| ChangeLine {
            action: Action::Modify,
            kind: "table".to_owned(),
            schema: "main".into(),
            label: name.clone(),
            name,
            details: Vec::new(),
            risk: None,
            risks: Vec::new(),
            model: None,
        };
        let long = "x".repeat(100_000);
        let text = table(&[line(long.clone()), line("short".into())], Style::PLAIN);
        assert_eq!(
            text,
            format!("  modify table  {long}\n  modify table  short\n")
        );
    }

    #[test]
    fn long_facts_are_cut_unless_all_is_wanted() {
        let mut failed = Problem::new("it failed")
            .hint("try again")
            .detail("code", "42");
        failed.details.push(Detail {
            label: "stderr",
            text: "b\nc".into(),
            full: Some("a\nb\nc".into()),
        });
        let short = "Error: it failed\n  code: 42\n  stderr (the end; all of it with -v):\n    b\n    c\nHint: try again\n";
        assert_eq!(problem(&failed, Style::PLAIN, false), short);
        let long =
            "Error: it failed\n  code: 42\n  stderr:\n    a\n    b\n    c\nHint: try again\n";
        assert_eq!(problem(&failed, Style::PLAIN, true), long);
        assert_eq!(
            super::super::json::problem(&failed)["details"]["stderr"],
            "a\nb\nc"
        );
    }
}
