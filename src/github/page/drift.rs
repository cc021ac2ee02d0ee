//! What was done to a database by hand, as Markdown: the text of its issue, and a job summary.

use std::fmt::Write as _;

use super::escape::{code, code_in_cell, fence, prose, quoted};
use super::{Marking, OPEN, Page, Size, cut, folded, warning};
use crate::diff::words::Action;
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::fleet::Group;
use crate::report::mermaid::{Color, Share};
use crate::report::text::count;
use crate::report::{ChangeLine, Comparison, DriftReport, FleetReport, Sides, mermaid, risks};

/// Names of databases that a heading has.
const NAMED: usize = 10;

/// Differences that a picture tells apart, and letters of the words for one.
const SHARES: usize = 6;
const LABEL: usize = 70;

/// Databases that could not be looked at, in a table.
const FAILED: usize = 30;

impl Page<'_> {
    /// `hidden` says that the report has names only, since everybody may read the page.
    pub(super) fn looked(&self, report: &DriftReport, hidden: bool, size: Size) -> String {
        let dir = code(&self.clean(&report.dir));
        let found = &report.adopt;
        let number = found.changes.len() + found.texts.len();
        let title = match report.verdict() {
            Verdict::Synced => format!("✅ The database matches {dir}"),
            Verdict::Drifted | Verdict::Unknown => format!(
                "❌ {} between the database and {dir}",
                count(number, "difference")
            ),
        };
        let files = match report.version.is_empty() {
            true => "no migration applied".to_owned(),
            false => format!(
                "{} up to {}",
                count(report.applied, "migration"),
                code(&self.clean(&report.version))
            ),
        };
        let mut text = self.head(&title, &[&files]);
        text.push_str(&self.differing(report, hidden && number > 0, "on the database", size));
        if let Some(pending) = report.pending() {
            let _ = write!(text, "\n{}\n", prose(&self.clean(&pending)));
        }
        text
    }

    /// What was done by hand to databases of one environment: a section for those that are alike.
    pub(super) fn looked_at_all(&self, report: &FleetReport, hidden: bool, size: Size) -> String {
        let dir = code(&self.clean(&report.dir));
        let drifted = report.drifted();
        let number = drifted.iter().map(|group| group.names.len()).sum();
        let failed: Vec<(&str, &Problem)> = report.failed().collect();
        let all = count(report.databases.len(), "database");
        let title = match report.verdict() {
            Verdict::Synced if report.databases.len() == 1 => {
                format!("✅ {all} matches {dir}")
            }
            Verdict::Synced => format!("✅ {all} match {dir}"),
            Verdict::Drifted => format!(
                "❌ {} {} different from {dir}",
                report.of_all(number),
                if number == 1 { "is" } else { "are" }
            ),
            Verdict::Unknown => format!("💥 {} could not be checked", report.of_all(failed.len())),
        };
        let synced = report.synced();
        let fine = synced.iter().map(|group| group.names.len()).sum();
        let mut facts = vec![format!("{} in sync", report.of_all(fine))];
        if !failed.is_empty() {
            facts.push(format!("{} not checked", failed.len()));
        }
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        let mut text = self.head(&title, &facts);
        if report.databases.len() > 1 && !drifted.is_empty() {
            let picture = mermaid::pie(&self.shares(&drifted, fine, failed.len()));
            if picture.len() <= size.diagram {
                let _ = write!(text, "\n{}", fence("mermaid", &picture));
            }
        }
        let (shown, rest) = drifted.split_at(drifted.len().min(size.rows));
        for (at, group) in shown.iter().enumerate() {
            let number = count(group.names.len(), "database");
            let _ = write!(
                text,
                "\n#### {number} at {}: {}\n",
                group
                    .report
                    .version_shown(|version| code(&self.clean(version))),
                code(&self.clean(&group.shown()))
            );
            if group.names.len() > NAMED {
                let names = self.clean(&group.names.join("\n"));
                let names = cut("text", &names, size.detail);
                text.push_str(&folded(&format!("All {number}"), &names));
            }
            let place = match group.names.len() {
                1 => "on the database",
                _ => "on each of them",
            };
            let last = at + 1 == shown.len();
            text.push_str(&self.differing(group.report, hidden && last, place, size));
        }
        if !rest.is_empty() {
            let databases = rest.iter().map(|group| group.names.len()).sum();
            let _ = write!(
                text,
                "\n… and {} that differ in other ways\n",
                count(databases, "database")
            );
        }
        for group in &synced {
            let number = count(group.names.len(), "database");
            if let Some(pending) = group.report.pending() {
                let line = format!("{number} in sync. {pending}");
                let _ = write!(text, "\n{}\n", prose(&self.clean(&line)));
            }
        }
        if !failed.is_empty() {
            text.push_str("\n#### Not checked\n\n| database | why |\n| --- | --- |\n");
            let rows = failed.len().min(size.rows).min(FAILED);
            for (name, problem) in &failed[..rows] {
                let (name, why) = (self.clean(name), self.clean(&problem.message));
                let _ = writeln!(text, "| {} | {} |", code_in_cell(&name), code_in_cell(&why));
            }
            if failed.len() > rows {
                let _ = write!(
                    text,
                    "\n… and {}\n",
                    count(failed.len() - rows, "more database")
                );
            }
        }
        text
    }

    /// What a pull request keeps of it, and what is to be done when it is merged.
    pub(super) fn taken_in(
        &self,
        report: &DriftReport,
        path: &str,
        marking: Marking<'_>,
        size: Size,
    ) -> String {
        let number = report.adopt.changes.len() + report.adopt.texts.len();
        let title = match number {
            1 => "🔧 1 difference in the database becomes a migration".to_owned(),
            number => format!("🔧 {number} differences in the database become a migration"),
        };
        let mut text = self.head(&title, &[&code(&self.clean(path))]);
        text.push_str(&self.differences(&report.adopt, size.rows));
        let already = "**The database has it already";
        let marking = match marking {
            Marking::Command(command) => format!(
                "{already}.** Tell it so, with the files of this branch, before migrations are applied there:\n\n{}",
                fence("sh", &self.clean(command))
            ),
            Marking::Revision(version) => format!(
                "{already}:** with the merge, the workflow's `revision` has to become {}.\n",
                code(version)
            ),
            Marking::Latest => format!(
                "{already}**, and the workflow's `revision: latest` says so from the merge on.\n"
            ),
        };
        let _ = write!(
            text,
            "\nIt was run on what the migrations make, on an empty database, and led to what the database has. Databases \
             that lack it get it like any other migration.\n\n{marking}\nThe models have to say the same: `trueup check` shows what \
             they lack. To undo it on the database instead, see the issue about it. This is closed when nothing differs any more; \
             close it yourself, and it stays closed until something else differs.\n"
        );
        for warning in &report.adopt.warnings {
            text.push_str(&super::warning(warning, self.redactor));
        }
        text
    }

    /// How many databases are how, for a picture.
    fn shares(&self, drifted: &[Group<'_>], fine: usize, failed: usize) -> Vec<Share> {
        let (shown, rest) = drifted.split_at(drifted.len().min(SHARES));
        let mut shares = vec![("in sync".to_owned(), fine, Color::Green)];
        for group in shown {
            let found = &group.report.adopt;
            let changes = found.changes.iter().map(told);
            let texts = found.texts.iter();
            let texts = texts.map(|one| {
                let words = one.state.words_of(&Sides::DATABASE);
                format!("{} {} {words}", one.kind, one.name)
            });
            let mut all = changes.chain(texts);
            let mut label = self.clean(&all.next().unwrap_or_default());
            if let Some((cut, _)) = label.char_indices().nth(LABEL) {
                label.truncate(cut);
                label.push('…');
            }
            match all.count() {
                0 => {}
                more => label.push_str(&format!(" and {more} more")),
            }
            shares.push((label.replace('"', ""), group.names.len(), Color::Red));
        }
        let others = rest.iter().map(|group| group.names.len()).sum();
        shares.push(("differ otherwise".to_owned(), others, Color::Red));
        shares.push(("not checked".to_owned(), failed, Color::Grey));
        shares
    }

    /// What differs, the SQL both ways, and what should be known besides.
    fn differing(&self, report: &DriftReport, hidden: bool, place: &str, size: Size) -> String {
        let found = &report.adopt;
        let mut text = self.differences(found, size.rows);
        if hidden {
            text.push_str(
                "\nEverybody can read this repository, so that no more than names is shown. `trueup drift` shows the rest, \
                 and so does this with the input `show-sql: true`.\n",
            );
        }
        let restore = &report.restore;
        let risks = risks(&restore.changes).into_iter();
        let risks: String = risks
            .map(|(_, risk)| format!("🛑 {}\n\n", quoted(&self.clean(&risk))))
            .collect();
        text.push_str(&self.way(&format!("To undo it, {place}"), &risks, restore, size.sql));
        text.push_str(&self.way("To keep it, as a migration", "", found, size.sql));
        if report.can_adopt() && self.pull.is_none() {
            let fix = code(&self.clean(&report.fix()));
            let _ = write!(text, "\nThis writes that migration: {fix}\n");
        }
        for note in [report.notes(), report.lapses.clone()].concat() {
            text.push_str(&warning(&note, self.redactor));
        }
        let open = |text: &&str| {
            text.len() <= size.diagram && self.redactor.line_of_secret(text).is_none()
        };
        if let Some(diagram) = report.diagram.as_deref().filter(open) {
            let picture = fence("mermaid", diagram);
            text.push_str(&folded("Picture of the tables that differ", &picture));
        }
        text
    }

    fn differences(&self, found: &Comparison, rows: usize) -> String {
        let changes = found.changes.iter().map(|line| self.difference(line));
        let texts = found.texts.iter().map(|object| {
            let name = code_in_cell(&self.clean(&object.name));
            let words = object.state.words_of(&Sides::DATABASE);
            format!("| {} {name} | {words} |\n", object.kind)
        });
        let all: Vec<String> = changes.chain(texts).collect();
        if all.is_empty() {
            return String::new();
        }
        let (shown, rest) = all.split_at(all.len().min(rows));
        let mut text = String::new();
        if !shown.is_empty() {
            text.push_str("\n| object | in the database |\n| --- | --- |\n");
            text.extend(shown.iter().map(String::as_str));
        }
        if !rest.is_empty() {
            let _ = write!(text, "\n… and {}\n", count(rest.len(), "more object"));
        }
        text
    }

    fn difference(&self, line: &ChangeLine) -> String {
        let what = quoted(&self.clean(&what(line)));
        let name = code_in_cell(&self.clean(&line.label));
        format!("| {} {name} | {what} |\n", line.kind)
    }

    /// The SQL of one way, folded, and before it what to know. Secrets were removed when the report was made.
    fn way(&self, title: &str, before: &str, found: &Comparison, limit: usize) -> String {
        if found.sql.is_empty() {
            return String::new();
        }
        let body = format!("{before}{}", cut("sql", &found.sql, limit));
        let lines = found.sql.lines().count();
        match lines > OPEN {
            true => folded(&format!("{title}: {lines} lines"), &body),
            false => folded(title, &body),
        }
    }
}

/// What is so of an object.
fn what(line: &ChangeLine) -> String {
    match (line.action, &line.details[..]) {
        (Action::Create, _) => "is only there".to_owned(),
        (Action::Drop, _) => "is missing".to_owned(),
        (Action::Modify, []) => "differs".to_owned(),
        (Action::Modify, details) => {
            let found: Vec<String> = details.iter().map(|detail| as_found(detail)).collect();
            found.join(", ")
        }
    }
}

/// The same in a sentence.
fn told(line: &ChangeLine) -> String {
    format!("{} {} {}", line.kind, line.label, what(line))
}

/// What a database has, of what would have to be done to a migration's state to get there.
fn as_found(detail: &str) -> String {
    let verbs = [
        ("add ", "has "),
        ("drop ", "lacks "),
        ("modify ", "has another "),
    ];
    let found = verbs.into_iter().find_map(|(done, found)| {
        let rest = detail.strip_prefix(done)?;
        Some(format!("{found}{rest}"))
    });
    found.unwrap_or_else(|| detail.to_owned())
}
