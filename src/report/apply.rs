//! Progress and result of applying migrations, and a database's version: in the words of Atlas' `migrate apply`, `status` and
//! `set`, and as JSON with its keys.

use std::time::Duration;

use serde_json::{Value, json};

use super::text::count;
use super::{Style, effects};
use crate::migration::MigrationFile;
use crate::pipeline::{Applied, Effects, Recorded, Status, Task, Todo};

/// What is said where nothing is to be done.
pub const NOTHING: &str = "No migration files to execute\n";

/// The beginning: from where to where.
pub fn begin(todo: &Todo, style: Style) -> String {
    let mut text = format!("Migrating to version {}", style.bold(todo.target()));
    if !todo.current.is_empty() {
        text.push_str(&format!(" from {}", todo.current));
    }
    // Atlas' words, whatever the number.
    text.push_str(&format!(" ({} migrations in total):\n", todo.tasks.len()));
    if let Some((version, _)) = &todo.baseline {
        text.push_str(&format!(
            "\n  -- version {version} is recorded as the baseline\n"
        ));
    }
    text
}

/// A file begins, and what it does to tables that are in use, where that is known.
pub fn file(task: &Task, effects: &[Effects], style: Style) -> String {
    let version = style.bold(task.file.version());
    let mut text = match task.applied() {
        0 => format!("\n  -- migrating version {version}\n"),
        done => format!(
            "\n  -- migrating version {version} (after {})\n",
            count(done, "statement")
        ),
    };
    if let Some(line) = of(effects, &task.file).and_then(effects::line) {
        text.push_str(&format!("  -- {}\n", style.yellow(&line)));
    }
    text
}

fn of<'e>(effects: &'e [Effects], file: &MigrationFile) -> Option<&'e Effects> {
    effects.iter().find(|one| one.file == file.name())
}

/// A statement begins; of several lines, those that follow are below the first.
pub fn statement(sql: &str) -> String {
    listed("->", sql)
}

/// So does a check that has to hold before.
pub fn check(sql: &str) -> String {
    listed("?>", sql)
}

fn listed(mark: &str, sql: &str) -> String {
    let mut lines = sql.lines();
    let mut text = format!("    {mark} {}\n", lines.next().unwrap_or_default());
    for line in lines {
        text.push_str(&format!("       {line}\n"));
    }
    text
}

/// For how long a statement runs, on a line that is rewritten.
pub fn running(time: Duration) -> String {
    format!(
        "\r       running for {}\u{1b}[K",
        self::time(Duration::from_secs(time.as_secs()))
    )
}

/// Takes that line away.
pub const ERASE: &str = "\r\u{1b}[K";

/// A line that a program printed.
pub fn output(line: &str) -> String {
    format!("       {line}\n")
}

/// A file came to its end.
pub fn ok(took: Duration, style: Style) -> String {
    format!("  -- {} ({})\n", style.green("ok"), time(took))
}

/// What failed, below its statement.
pub fn error(message: &str, style: Style) -> String {
    let mut text = String::new();
    for line in message.lines() {
        text.push_str(&format!("    {}\n", style.red(line)));
    }
    text
}

/// The end: how much was done.
pub fn end(applied: &Applied, statements: usize) -> String {
    let mut text = format!(
        "\n  -------------------------\n  -- {}\n",
        time(applied.took)
    );
    let files = count(applied.done, "migration");
    text.push_str(&match &applied.failure {
        None => format!("  -- {files}\n"),
        Some(_) => format!("  -- {files} ok, 1 with errors\n"),
    });
    text.push_str(&format!("  -- {}\n", count(statements, "sql statement")));
    text
}

/// A file that would be run.
pub struct Planned {
    /// Queries that have to hold before it.
    pub checks: Vec<String>,
    pub statements: Vec<String>,
}

/// What would be run.
pub fn plan(todo: &Todo, files: &[Planned], effects: &[Effects], style: Style) -> String {
    let mut text = begin(todo, style);
    for (task, Planned { checks, statements }) in todo.tasks.iter().zip(files) {
        text.push_str(&file(task, effects, style));
        if task.applied() == 0 {
            checks.iter().for_each(|sql| text.push_str(&check(sql)));
        }
        for sql in statements.iter().skip(task.applied()) {
            text.push_str(&statement(sql));
        }
    }
    text
}

/// The result as Atlas' JSON has it.
pub fn json(dir: &str, applied: &Applied, ran: &[Vec<String>], effects: &[Effects]) -> Value {
    let files = applied.todo.tasks.iter();
    let done: Vec<Value> = files
        .clone()
        .zip(ran)
        .enumerate()
        .filter(|(at, _)| *at < applied.done || applied.failure.is_some() && *at == applied.failed)
        .map(|(at, (task, statements))| {
            let failure = applied.failure.as_ref().filter(|_| at == applied.failed);
            json!({
                "Name": task.file.name(),
                "Version": task.file.version(),
                "Description": task.file.description(),
                "Applied": statements,
                "Error": failure.map(|failure| json!({
                    "Stmt": failure.statement,
                    "Text": failure.message,
                })),
            })
        })
        .collect();
    json!({
        "Dir": dir,
        "Current": applied.todo.current,
        "Target": applied.todo.target(),
        "Pending": files.map(|task| {
            let mut row = named(&task.file);
            if let Some(effects) = of(effects, &task.file) {
                row["Effects"] = effects::json(effects);
            }
            row
        }).collect::<Vec<Value>>(),
        "Applied": done,
        "Baseline": applied.todo.baseline.as_ref().map(|(version, _)| version),
        "Skipped": applied.todo.skipped,
        "Error": applied.failure.as_ref().map(|failure| failure.message.clone()),
    })
}

fn named(file: &MigrationFile) -> Value {
    json!({
        "Name": file.name(),
        "Version": file.version(),
        "Description": file.description(),
    })
}

/// Where a database is.
pub fn status(status: &Status, style: Style) -> String {
    let pending = !status.pending.is_empty() || status.partial.is_some();
    let word = match pending {
        true => style.yellow("PENDING"),
        false => style.green("OK"),
    };
    let current = match status.current.as_str() {
        "" => "No migration applied yet",
        version => version,
    };
    let part = match (&status.back, &status.partial) {
        (Some(versions), _) => {
            format!(" (taking back {versions} was interrupted: `trueup migrate down` continues)")
        }
        (None, Some(partial)) => format!(
            " (last one partially: {} of {})",
            partial.applied,
            count(partial.total, "statement")
        ),
        (None, None) => String::new(),
    };
    let version = |name: &String| name.split(['_', '.']).next().unwrap_or_default().to_owned();
    let next = match (&status.partial, status.pending.first()) {
        (Some(partial), _) => version(&partial.file),
        (None, Some(name)) => version(name),
        (None, None) => "Already at latest version".to_owned(),
    };
    let late = match status.out_of_order.len() {
        0 => String::new(),
        late => format!(" ({late} out of order)"),
    };
    let mut text = format!(
        "Migration Status: {word}\n  -- Current Version: {current}\n  -- Next Version:    {next}\n  -- Executed Files:  {}{part}\n  \
         -- Pending Files:   {}{late}\n",
        status.executed.len(),
        status.pending.len()
    );
    if let Some(partial) = &status.partial
        && let Some(error) = &partial.error
    {
        text.push_str("\nLast migration attempt had errors:\n");
        if let Some(sql) = &status.failed {
            text.push_str(&format!(
                "  -- SQL:   {}\n",
                sql.replace('\n', "\n            ")
            ));
        }
        text.push_str(&format!(
            "  -- ERROR: {}\n",
            error.replace('\n', "\n            ")
        ));
    }
    text
}

/// The same in a line.
pub fn status_line(status: &Status) -> String {
    let current = match status.current.as_str() {
        "" => "nothing is applied",
        version => version,
    };
    let part = match &status.partial {
        _ if let Some(versions) = &status.back => format!(", {versions} half taken back"),
        Some(partial) => format!(
            ", {} half applied ({} of {})",
            partial.file,
            partial.applied,
            count(partial.total, "statement")
        ),
        None => String::new(),
    };
    match status.pending.len() {
        0 => format!("{current}{part}"),
        pending => format!("{current}{part}, {pending} pending"),
    }
}

/// What became of many databases.
pub fn fleet(lines: &[String], migrated: usize, same: usize, failed: usize, left: usize) -> String {
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let counts = [
        (migrated, "migrated"),
        (same, "up to date already"),
        (failed, "failed"),
        (left, "not begun"),
    ];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let all = count(migrated + same + failed + left, "database");
    text.push_str(&format!("\n{all}: {}\n", counts.join(", ")));
    text
}

/// The same for programs.
pub fn status_json(status: &Status) -> Value {
    let pending = !status.pending.is_empty() || status.partial.is_some();
    json!({
        "Status": if pending { "PENDING" } else { "OK" },
        "Current": status.current,
        "Next": status.partial.as_ref().map(|partial| &partial.file).or(status.pending.first()),
        "Applied": status.executed,
        "Pending": status.pending,
        "OutOfOrder": status.out_of_order,
        "Partial": status.partial.as_ref().map(|partial| json!({
            "Name": partial.file, "Count": partial.applied, "Total": partial.total,
        })),
        "Edited": status.edited,
        "TakingBack": status.back,
        "Error": status.partial.as_ref().and_then(|partial| partial.error.clone()),
        "SQL": status.failed,
    })
}

/// What was changed in the records.
pub fn recorded(recorded: &Recorded, style: Style) -> String {
    let Recorded {
        version,
        set,
        removed,
        absent,
    } = recorded;
    if set.is_empty() && removed.is_empty() {
        return format!("Current version is {version} already\n");
    }
    let counts = [(set.len(), "set"), (removed.len(), "removed")];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let mut text = format!(
        "Current version is {} ({}):\n\n",
        style.bold(version),
        counts.join(", ")
    );
    for version in set {
        text.push_str(&format!("  {} {version}\n", style.green("+")));
    }
    for version in removed {
        let why = match absent.contains(version) {
            true => " (no file has this version)",
            false => "",
        };
        text.push_str(&format!("  {} {version}{why}\n", style.red("-")));
    }
    text
}

/// The same for programs.
pub fn recorded_json(recorded: &Recorded) -> Value {
    json!({
        "Current": recorded.version,
        "Set": recorded.set,
        "Removed": recorded.removed,
    })
}

/// A time as a person reads it.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match () {
        () if time < Duration::from_millis(1) => format!("{}µs", time.as_micros()),
        () if seconds == 0 => format!("{:.1}ms", time.as_secs_f64() * 1000.0),
        () if seconds < 60 => format!("{:.1}s", time.as_secs_f64()),
        () => format!("{}m{}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (micros, expected) in [
            (412, "412µs"),
            (1_240, "1.2ms"),
            (2_500_000, "2.5s"),
            (61_000_000, "1m1s"),
        ] {
            assert_eq!(time(Duration::from_micros(micros)), expected);
        }
    }
}
