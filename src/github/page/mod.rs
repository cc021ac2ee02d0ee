//! The report as GitHub's Markdown: a comment on a pull request, a job summary.
//!
//! Both are made from one [`Page`], the same values always giving the same text, so that a comment that is up to date
//! can be told from one that isn't. Every text from outside passes the redactor and an escaper; nothing else writes to
//! a page.

mod apply;
mod drift;
pub(super) mod escape;
pub mod heads;
mod rebase;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::config::is_yaml;
use crate::diff::words::Action;
use crate::lint::Risk;
use crate::migration::Move;
use crate::pipeline::Verdict;
use crate::problem::Problem;
use crate::report::text::{count, exclude_line, needed, them};
use crate::report::{
    ChangeLine, DriftReport, FleetReport, Redactor, Report, Sides, rename_warning, short_commit,
};
pub use apply::{Database, File, Shipped};
pub use heads::Heads;

use escape::{code, code_in_cell, fence, prose, quoted, url_path};

/// Bytes of a comment. GitHub takes 65,536 characters; what is left is for markers and later edits.
pub const COMMENT_LIMIT: usize = 60_000;

/// Bytes of a step's summary. GitHub drops one of more than 1 MiB, all of it.
pub const SUMMARY_LIMIT: usize = 900 * 1024;

/// Lines of SQL that a page shows without being asked: what comes after them is found without scrolling.
const OPEN: usize = 100;

/// What was to be told.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    Compared(&'a Report),
    /// At a database.
    Looked {
        report: &'a DriftReport,
        /// It has names only, since everybody may read the page.
        hidden: bool,
    },
    /// At all databases of an environment.
    LookedAtAll {
        report: &'a FleetReport,
        /// It has names of objects only, since everybody may read the page.
        hidden: bool,
    },
    /// A pull request that takes in what was found there.
    TakenIn {
        report: &'a DriftReport,
        /// The migration's path in the repository.
        path: &'a str,
        marking: Marking<'a>,
    },
    /// Migrations were applied.
    Shipped(&'a Shipped),
    /// Something else than comparing was done.
    Done {
        title: &'a str,
    },
    /// A pull request's migrations, behind those of its base.
    Moved {
        base: &'a str,
        moves: &'a [Move],
        /// Files of its own that were planned anew.
        anew: &'a [String],
        /// What the models want beyond the migrations, and the file that has it.
        planned: &'a [(String, Report)],
        /// The base was merged in.
        merged: bool,
    },
    /// They could not be moved there, and nothing was.
    Held {
        base: &'a str,
        problem: &'a Problem,
    },
    /// A pull request's revisions of an Alembic history, and those of its base.
    Heads {
        base: &'a str,
        heads: Heads<'a>,
    },
    Failed {
        /// What was being done, where that is known: `running the models' program`.
        stage: Option<&'a str>,
        problem: &'a Problem,
    },
}

/// How it is known from then on that a database has a migration that takes in what it had.
#[derive(Clone, Copy, Debug)]
pub enum Marking<'a> {
    /// Somebody runs this command.
    Command(&'a str),
    /// Somebody writes this version into the workflow.
    Revision(&'a str),
    /// The workflow says that it has all.
    Latest,
}

/// A label, such as `environment`, and what it says.
pub type Fact = (&'static str, String);

/// The content of a page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What tells the project apart from others: its environment, its directory.
    pub project: &'a [Fact],
    pub outcome: Outcome<'a>,
    /// The commit that was looked at.
    pub commit: Option<&'a str>,
    /// URL of that commit's files, without the path: `https://github.com/o/r/blob/SHA`.
    pub files: Option<&'a str>,
    pub diagram: Option<&'a str>,
    /// A patch that adds the missing migration.
    pub patch: Option<&'a str>,
    /// The missing migration was committed: there is nothing left to do.
    pub settled: bool,
    /// The pull request that takes in what a database has: its number and address.
    pub pull: Option<(u64, &'a str)>,
    /// What was done about it besides reporting, one sentence each.
    pub done: &'a [String],
    /// Where all of it is from, when that is not this run.
    pub relayed: Option<Relayed<'a>>,
    /// The title where there is no verdict.
    pub failed: &'a str,
    pub redactor: &'a Redactor,
}

/// Another run that a page is made for, which may say anything.
#[derive(Clone, Copy, Debug)]
pub struct Relayed<'a> {
    /// Its address.
    pub run: &'a str,
    /// Sentences of its own.
    pub said: &'a [String],
}

/// How much of each part is shown: rows, and bytes of the rest.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    sql: usize,
    diagram: usize,
    patch: usize,
    detail: usize,
}

/// Sizes to try, from all down to what always fits: pictures go first, what has to be decided on goes last.
const SIZES: [Size; 8] = [
    size(ALL, ALL, ALL, ALL, ALL),
    size(ALL, ALL, 0, ALL, 20_000),
    size(500, ALL, 0, 0, 10_000),
    size(200, 200_000, 0, 0, 10_000),
    size(100, 20_000, 0, 0, 4_000),
    size(30, 8_000, 0, 0, 2_000),
    size(10, 2_000, 0, 0, 1_000),
    size(0, 500, 0, 0, 300),
];

const ALL: usize = usize::MAX;

const fn size(rows: usize, sql: usize, diagram: usize, patch: usize, detail: usize) -> Size {
    Size {
        rows,
        sql,
        diagram,
        patch,
        detail,
    }
}

impl Page<'_> {
    /// The text of a comment, of at most `limit` bytes.
    pub fn render(&self, limit: usize) -> String {
        let mut text = String::new();
        for size in SIZES {
            text = self.sized(size);
            if text.len() <= limit {
                return text;
            }
        }
        // Names may be of any length: the verdict alone is left.
        let end = text.find('\n').unwrap_or(text.len()).min(limit);
        let end = (0..=end).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text
    }

    fn sized(&self, size: Size) -> String {
        let mut text = match self.outcome {
            Outcome::Compared(report) => self.compared(report, size),
            Outcome::Looked { report, hidden } => self.looked(report, hidden, size),
            Outcome::LookedAtAll { report, hidden } => self.looked_at_all(report, hidden, size),
            Outcome::TakenIn {
                report,
                path,
                marking,
            } => self.taken_in(report, path, marking, size),
            Outcome::Shipped(shipped) => self.shipped(shipped, size),
            Outcome::Done { title } => self.head(&format!("✅ {}", prose(title)), &[]),
            Outcome::Moved {
                base,
                moves,
                anew,
                planned,
                merged,
            } => {
                let mut text = self.moved(base, moves, merged, size);
                text.push_str(&self.planned(anew, planned, size));
                text
            }
            Outcome::Held { base, problem } => self.held(base, problem, size),
            Outcome::Heads { base, heads } => self.heads(base, heads, size),
            Outcome::Failed { stage, problem } => self.failed(stage, problem, size),
        };
        if let Some((number, url)) = self.pull {
            let _ = write!(
                text,
                "\n[Pull request #{number}]({url}) keeps it, by that migration.\n"
            );
        }
        for sentence in self.done {
            let _ = write!(text, "\n{}\n", prose(&self.clean(sentence)));
        }
        if let Some(Relayed { run, said }) = self.relayed {
            if !said.is_empty() {
                let said = self.shortened("text", &said.join("\n"), size.detail);
                text.push_str(&folded("Other messages of the run", &said));
            }
            let _ = write!(
                text,
                "\n<sub>Reported by [a run]({run}) of the pull request's own code: not verified.</sub>\n"
            );
        }
        text
    }

    fn clean(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    fn compared(&self, report: &Report, size: Size) -> String {
        let dir = code(&self.clean(&report.dir));
        let title = match report.found.verdict {
            Verdict::Synced => format!("✅ Models and {dir} agree"),
            Verdict::Drifted if self.settled => {
                let changes = count(report.found.changes.len(), "change");
                format!("✅ {changes} in the models got a migration in {dir}")
            }
            Verdict::Drifted => {
                let changes = count(report.found.changes.len(), "change");
                let are = if report.found.changes.len() == 1 {
                    "is"
                } else {
                    "are"
                };
                format!("❌ {changes} in the models {are} missing from {dir}")
            }
            Verdict::Unknown => format!("⚠️ Models and {dir} differ in what trueup can't plan yet"),
        };
        let files = count(report.files, "migration");
        let mut text = self.head(&title, &[&files]);
        if report.found.verdict == Verdict::Unknown {
            text.push_str(&self.texts(report));
        }
        if !report.found.changes.is_empty() {
            text.push_str(&self.table(&report.found.changes, size.rows));
        }
        let title = if self.settled {
            "The migration"
        } else {
            "The missing migration"
        };
        text.push_str(&self.sql(title, &report.found.sql, size));
        text.push_str(&self.notes(report));
        let open = |text: &&str| self.redactor.line_of_secret(text).is_none();
        if let Some(diagram) = self
            .diagram
            .filter(|text| text.len() <= size.diagram)
            .filter(open)
        {
            let picture = fence("mermaid", diagram);
            text.push_str(&folded("Picture of the tables that change", &picture));
        }
        if let (Verdict::Drifted, false, Some(fix)) =
            (report.found.verdict, self.settled, &report.fix)
        {
            text.push_str("\n**To fix it**, run this and commit what it writes:\n\n");
            text.push_str(&fence("sh", &self.clean(fix)));
            if let Some(patch) = self
                .patch
                .filter(|text| text.len() <= size.patch)
                .filter(open)
            {
                let how = "Save as `missing.patch`, then `git apply missing.patch`:\n\n";
                let body = format!("{how}{}", fence("diff", patch));
                text.push_str(&folded("Or apply this patch", &body));
            }
        }
        text
    }

    /// SQL under a title, folded where it is long.
    fn sql(&self, title: &str, sql: &str, size: Size) -> String {
        if sql.is_empty() {
            return String::new();
        }
        let lines = sql.lines().count();
        match self.redactor.line_of_secret(sql) {
            None if lines > OPEN => {
                let sql = cut("sql", sql, size.sql);
                folded(&format!("{title}: {lines} lines"), &sql)
            }
            None => format!("\n**{title}**\n\n{}", cut("sql", sql, size.sql)),
            Some(line) => {
                let why = warning(&withheld(line), self.redactor);
                format!("\n**{title}**\n\n{why}")
            }
        }
    }

    /// Title, and under it what was looked at.
    fn head(&self, title: &str, facts: &[&str]) -> String {
        let mut under = Vec::new();
        for (label, value) in self.project {
            under.push(format!("{label} {}", code(&self.clean(value))));
        }
        under.extend(facts.iter().map(|fact| (*fact).to_owned()));
        if let Some(commit) = self.commit {
            under.push(format!("commit {}", code(short_commit(commit))));
        }
        format!("### {title}\n\n{}\n", under.join(" · "))
    }

    fn table(&self, changes: &[ChangeLine], rows: usize) -> String {
        let all: Vec<String> = changes.iter().flat_map(|line| self.rows(line)).collect();
        let (shown, rest) = all.split_at(all.len().min(rows));
        let mut text = String::new();
        if !shown.is_empty() {
            text.push_str("\n| object | change | model | risk |\n| --- | --- | --- | --- |\n");
            text.extend(shown.iter().map(String::as_str));
        }
        if !rest.is_empty() {
            let more = if shown.is_empty() { "" } else { "more " };
            let _ = write!(text, "\n… and {} {more}rows\n", rest.len());
        }
        text
    }

    /// A line for each thing that happens to the object.
    fn rows(&self, line: &ChangeLine) -> Vec<String> {
        let object = format!("{} {}", line.kind, code_in_cell(&self.clean(&line.label)));
        let model = match &line.model {
            Some(model) => {
                let file = self.clean(&model.file);
                let label = code_in_cell(&format!("{file}:{}", model.line));
                match self.files.filter(|_| is_inside(&file)) {
                    Some(files) => {
                        format!("[{label}]({files}/{}#L{})", url_path(&file), model.line)
                    }
                    None => label,
                }
            }
            None => String::new(),
        };
        let row = |change: &str, risk: Option<Risk>| {
            let risk = match risk {
                Some(Risk::LosesData) => "🛑 loses data",
                Some(Risk::MayFail) => "⚠️ may fail on existing rows",
                None => "none",
            };
            format!("| {object} | {change} | {model} | {risk} |\n")
        };
        if line.action == Action::Modify && !line.risks.is_empty() {
            let parts = line.details.iter().zip(&line.risks);
            return parts
                .map(|(detail, risk)| row(&quoted(&self.clean(detail)), *risk))
                .collect();
        }
        let mut change = line.action.to_string();
        if !line.details.is_empty() {
            let details = line.details.join(", ");
            let _ = write!(change, " ({})", quoted(&self.clean(&details)));
        }
        vec![row(&change, line.risk)]
    }

    fn texts(&self, report: &Report) -> String {
        let mut text = String::from("\n");
        for object in &report.found.texts {
            let name = code(&self.clean(&object.name));
            let _ = writeln!(
                text,
                "- {} {name} {}",
                object.kind,
                object.state.words_of(&Sides::DIRECTORY)
            );
        }
        let them = them(&report.found.texts);
        let by_hand =
            format!("\nWrite a migration for {them} by hand (`trueup migrate new --edit`)");
        text.push_str(&by_hand);
        let needed = needed(&report.found.texts);
        if let Some(needed) = &needed {
            let needed = quoted(&self.clean(needed));
            let _ = write!(text, ": {needed} by tables of the models");
        }
        // A pattern from an untrusted run must not be pasted.
        let line = exclude_line(report).filter(|_| self.relayed.is_none());
        let _ = match line {
            Some(line) => {
                let others = if needed.is_some() { "the others" } else { them };
                let yaml = report.config.as_deref().is_some_and(is_yaml);
                let language = if yaml { "yaml" } else { "hcl" };
                write!(
                    text,
                    ", or leave {others} alone for good with this line in the environment:\n\n{}",
                    fence(language, &self.clean(&line)),
                )
            }
            None => writeln!(text, "."),
        };
        text
    }

    fn notes(&self, report: &Report) -> String {
        let renames = report.found.renames.iter().map(rename_warning);
        let notes: Vec<String> = renames
            .chain(report.found.warnings.iter().cloned())
            .collect();
        let mut text = String::new();
        for note in notes {
            text.push_str(&warning(&note, self.redactor));
        }
        text
    }

    fn failed(&self, stage: Option<&str>, problem: &Problem, size: Size) -> String {
        let mut text = self.head(&format!("💥 {}", self.failed), &[]);
        let _ = match stage {
            Some(stage) => write!(text, "\nIt failed while {}:\n\n", prose(stage)),
            None => writeln!(text),
        };
        text.push_str(&self.told(problem, size));
        text
    }

    /// A problem, what belongs to it, and what to do.
    fn told(&self, problem: &Problem, size: Size) -> String {
        let mut text = self.shortened("text", &problem.told(), size.detail);
        for detail in &problem.details {
            let block = self.shortened("text", &detail.text, size.detail);
            match detail.text.contains('\n') {
                true => text.push_str(&folded(detail.label, &block)),
                false => {
                    let fact = code(&self.clean(&detail.text));
                    let _ = write!(text, "\n{}: {fact}\n", detail.label);
                }
            }
        }
        if let Some(hint) = &problem.hint {
            let _ = write!(text, "\n**What to do:** {}\n", prose(&self.clean(hint)));
        }
        text
    }

    /// A block of text for people. It is redacted before it is cut: a redactor does not recognise half a secret.
    fn shortened(&self, language: &str, text: &str, limit: usize) -> String {
        cut(language, &self.clean(text), limit)
    }
}

/// A block of code, cut after a whole line when it is too long.
fn cut(language: &str, text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return fence(language, text);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').map_or(end, |at| at + 1);
    let left = text[end..].lines().count();
    let lines = count(left, "more line");
    format!("{}\n… and {lines}\n", fence(language, &text[..end]))
}

/// Shown instead of SQL that holds a secret in this line.
pub fn withheld(line: usize) -> String {
    format!(
        "The SQL and what is made from it are withheld: line {line} holds a password or a token of this run, and SQL is never \
         altered. Take the secret out of the models, or give it a value that does not occur in them."
    )
}

/// A sentence that is added to a page, set off.
pub fn warning(text: &str, redactor: &Redactor) -> String {
    format!("\n> ⚠️ {}\n", prose(&redactor.redact(text)))
}

/// Whether a path leads to a file of the repository.
fn is_inside(path: &str) -> bool {
    !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

fn folded(title: &str, body: &str) -> String {
    format!("\n<details><summary>{title}</summary>\n\n{body}\n</details>\n")
}
