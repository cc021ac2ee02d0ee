//! What a job leaves for `mode: report` where its own token only reads, as for a pull request from a fork: the data of
//! comments, in `trueup-report/comment.json`.
//!
//! It is written by the pull request's run, so it may be anything. Nothing in it is Markdown, nothing unknown is in it,
//! every list and text has an end, and what would read as trueup's own words (hints, warnings, what was done) is shown as what that
//! run said. A command is believed only if it is one that we would have written.

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::diff::words::Action;
use crate::github::checkout::is_commit;
use crate::github::event::{Event, Run};
use crate::github::identity::Identity;
use crate::github::page::{Fact, withheld};
use crate::lint::Risk;
use crate::pipeline::Verdict;
use crate::plan::Plan;
use crate::problem::{Place, Problem, stage};
use crate::report::{ChangeLine, Comparison, Redactor, Report, TextChangeLine};
use crate::sql::object::is_kind;

/// Bytes of the file.
pub(super) const LIMIT: usize = 512 * 1024;

/// The form of the file.
const FORMAT: u32 = 1;

/// Projects of a file, and of all files of a run.
pub(super) const PROJECTS: usize = 50;

/// Entries of any other list.
const ENTRIES: usize = 1000;

/// Bytes of a name, and of a sentence.
const NAME: usize = 1000;

/// Bytes of SQL or of an error: a comment has room for about as many.
const TEXT: usize = 60_000;

/// Labels of [`Identity::facts`].
const LABELS: [&str; 7] = [
    "environment",
    "directory",
    "config",
    "id",
    "dir",
    "ddl-file",
    "vars",
];

const STAGES: [&str; 9] = [
    stage::CONFIG,
    stage::INSTALL,
    stage::PROVIDER,
    stage::DESIRED,
    stage::DIRECTORY,
    stage::REPLAY,
    stage::DATABASE,
    stage::PLAN,
    stage::PROOF,
];

/// What a job found for a pull request.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    format: u32,
    /// The number of the repository that the pull request is in.
    pub(super) repository: u64,
    pub(super) pull_request: u64,
    /// The pull request's head.
    pub(super) head: String,
    pub(super) projects: Vec<Told>,
}

/// What was found for one project.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    /// What its comment is marked with.
    pub(super) key: String,
    facts: Vec<(String, String)>,
    found: Found,
    /// Warnings, hints, what was done: sentences of the run.
    said: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Found {
    Compared(Compared),
    Failed(Failed),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    verdict: Verdict,
    dir: String,
    migrations: u32,
    config: Option<String>,
    fix: Option<String>,
    changes: Vec<Line>,
    unmanaged: Vec<TextChangeLine>,
    sql: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    action: Action,
    kind: String,
    name: String,
    details: Vec<String>,
    risk: Option<Risk>,
    risks: Vec<Option<Risk>>,
    model: Option<Place>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failed {
    stage: Option<String>,
    error: String,
}

impl Note {
    /// The empty note of a run for a pull request.
    pub(super) fn of(run: &Run) -> Option<Self> {
        let Event::PullRequest(pull) = &run.event else {
            return None;
        };
        Some(Self {
            format: FORMAT,
            repository: run.repository.as_ref()?.id?,
            pull_request: pull.number,
            head: pull.head.sha.clone(),
            projects: Vec::new(),
        })
    }

    /// Takes in what was found for a project, and what an earlier step of the run wrote of others.
    pub(super) fn add(&mut self, earlier: Option<Self>, told: Told) {
        let same = |other: &Self| {
            (other.repository, other.pull_request) == (self.repository, self.pull_request)
                && other.head == self.head
        };
        if let Some(earlier) = earlier.filter(same) {
            self.projects = earlier.projects;
        }
        self.projects.retain(|other| other.key != told.key);
        self.projects.push(told);
    }

    /// Its text.
    ///
    /// # Errors
    /// Why `mode: report` would refuse it.
    pub(super) fn text(&self) -> Result<String, String> {
        self.check()?;
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        match text.len() {
            ..=LIMIT => Ok(text),
            bytes => Err(format!("it would have {bytes} bytes, more than {LIMIT}")),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it: it may hold anything.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > LIMIT {
            return Err(format!("it has more than {LIMIT} bytes"));
        }
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let form: Form = serde_json::from_slice(bytes).map_err(|error| place(&error))?;
        if form.format != FORMAT {
            return Err(format!(
                "it is of form {}, and this is form {FORMAT}",
                form.format
            ));
        }
        let note: Self = serde_json::from_slice(bytes).map_err(|error| place(&error))?;
        note.check()?;
        Ok(note)
    }

    fn check(&self) -> Result<(), String> {
        if !is_commit(&self.head) {
            return Err("its head is not a commit".to_owned());
        }
        entries("projects", self.projects.len(), PROJECTS)?;
        self.projects.iter().try_for_each(Told::check)
    }
}

/// Where JSON is not what it should be; what is there is not repeated.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "has what it should not have, or not what it should",
        _ => "is not JSON",
    };
    format!(
        "it {what}, at line {} column {}",
        error.line(),
        error.column()
    )
}

impl Told {
    /// What is told of a finding; of SQL that is longer than a comment, the beginning.
    pub(super) fn of(identity: &Identity, finding: &Finding, redactor: &Redactor) -> Option<Self> {
        let clean = |text: &str| redactor.redact(text);
        // In one line, as names and details are read.
        let tame = |text: &str| {
            let text = clean(text).replace(char::is_control, " ");
            beginning(&text, NAME).to_owned()
        };
        let mut said: Vec<String> = Vec::new();
        let found = match (&finding.problem, &finding.report) {
            (Some(problem), _) => {
                said.extend(problem.hint.as_deref().map(clean));
                Found::Failed(Failed {
                    stage: problem.stage.map(str::to_owned),
                    error: shortened(&clean(&whole(problem))),
                })
            }
            (None, Some(report)) => {
                said.extend(report.notes().map(|note| clean(&note)));
                let mut open = |text: &str| match redactor.line_of_secret(text) {
                    None => Some(text.to_owned()),
                    Some(line) => {
                        said.push(withheld(line));
                        None
                    }
                };
                let sql = open(&report.found.sql).unwrap_or_default();
                Found::Compared(Compared {
                    verdict: report.found.verdict,
                    dir: tame(&report.dir),
                    migrations: u32::try_from(report.files).ok()?,
                    config: report.config.as_deref().map(tame),
                    fix: report.fix.clone().filter(|fix| is_fix(fix)),
                    changes: report
                        .found
                        .changes
                        .iter()
                        .map(|line| Line::of(line, &tame))
                        .collect(),
                    unmanaged: report
                        .found
                        .texts
                        .iter()
                        .map(|object| TextChangeLine {
                            name: tame(&object.name),
                            exclude: object.exclude.as_deref().map(tame),
                            ..object.clone()
                        })
                        .collect(),
                    sql: cut(&sql),
                })
            }
            (None, None) => return None,
        };
        said.extend(finding.done.iter().map(|sentence| clean(sentence)));
        said.truncate(ENTRIES);
        Some(Self {
            key: identity.key(),
            facts: identity
                .facts()
                .into_iter()
                .map(|(label, value)| (label.to_owned(), tame(&value)))
                .collect(),
            found,
            said: said
                .iter()
                .map(|text| beginning(text, NAME).to_owned())
                .collect(),
        })
    }

    fn check(&self) -> Result<(), String> {
        let hex = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex(&self.key) {
            return Err("a project's key is invalid".to_owned());
        }
        entries("facts", self.facts.len(), LABELS.len())?;
        for (label, value) in &self.facts {
            one_of("a fact's label", label, &LABELS)?;
            name(value)?;
        }
        entries("sentences", self.said.len(), ENTRIES)?;
        for sentence in &self.said {
            text("a sentence", sentence, NAME)?;
        }
        match &self.found {
            Found::Compared(compared) => compared.check(),
            Found::Failed(failed) => {
                if let Some(stage) = &failed.stage {
                    one_of("a stage", stage, &STAGES)?;
                }
                text("an error", &failed.error, TEXT)
            }
        }
    }

    /// Labels and values that tell the project apart.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let known = |label: &str| LABELS.into_iter().find(|known| *known == label);
        let facts = self.facts.iter();
        facts
            .filter_map(|(label, value)| Some((known(label)?, value.clone())))
            .collect()
    }

    /// What the run said, in its own words.
    pub(super) fn said(&self) -> &[String] {
        &self.said
    }

    /// The finding that it was made of, as far as a page shows it.
    pub(super) fn finding(&self) -> Finding {
        match &self.found {
            Found::Compared(compared) => compared.finding(),
            Found::Failed(Failed { stage, error }) => {
                let stage = STAGES
                    .into_iter()
                    .find(|known| Some(*known) == stage.as_deref());
                Finding::failed(Problem {
                    stage,
                    ..Problem::new(error)
                })
            }
        }
    }
}

impl Compared {
    fn check(&self) -> Result<(), String> {
        name(&self.dir)?;
        self.config.as_deref().map_or(Ok(()), name)?;
        if self.fix.as_deref().is_some_and(|fix| !is_fix(fix)) {
            return Err("its command is not one that trueup writes".to_owned());
        }
        entries("changes", self.changes.len(), ENTRIES)?;
        for change in &self.changes {
            if !matches!(&*change.kind, "table" | "enum") && !is_kind(&change.kind) {
                return Err("a change's kind is unknown".to_owned());
            }
            name(&change.name)?;
            entries("details", change.details.len(), ENTRIES)?;
            change.details.iter().try_for_each(|detail| name(detail))?;
            if !change.risks.is_empty() && change.risks.len() != change.details.len() {
                return Err("a change has more or fewer risks than details".to_owned());
            }
            if let Some(model) = &change.model {
                name(&model.file)?;
            }
        }
        entries("objects", self.unmanaged.len(), ENTRIES)?;
        for object in &self.unmanaged {
            let plain = |c: char| c.is_ascii_lowercase() || c == ' ';
            if object.kind.len() > 40 || !object.kind.chars().all(plain) {
                return Err("an object's kind is invalid".to_owned());
            }
            name(&object.name)?;
            object.exclude.as_deref().map_or(Ok(()), name)?;
        }
        text("its SQL", &self.sql, TEXT)
    }

    fn finding(&self) -> Finding {
        let changes = self.changes.iter().map(Line::change);
        Finding::of(Report {
            env: String::new(),
            config: self.config.clone(),
            dir: self.dir.clone(),
            files: self.migrations as usize,
            exclude: Vec::new(),
            found: Comparison {
                verdict: self.verdict,
                plan: Plan::default(),
                proven: false,
                sql: self.sql.clone(),
                changes: changes.collect(),
                texts: self.unmanaged.clone(),
                left: Vec::new(),
                renames: Vec::new(),
                tried: Vec::new(),
                warnings: Vec::new(),
            },
            fix: self.fix.clone(),
            diagram: None,
        })
    }
}

impl Line {
    fn of(line: &ChangeLine, tame: &impl Fn(&str) -> String) -> Self {
        Self {
            action: line.action,
            kind: line.kind.to_owned(),
            name: tame(&line.label),
            details: line.details.iter().map(|detail| tame(detail)).collect(),
            risk: line.risk,
            risks: line.risks.clone(),
            model: line.model.clone(),
        }
    }

    fn change(&self) -> ChangeLine {
        ChangeLine {
            action: self.action,
            kind: self.kind.clone(),
            schema: String::new(),
            name: self.name.clone(),
            label: self.name.clone(),
            details: self.details.clone(),
            risk: self.risk,
            risks: self.risks.clone(),
            model: self.model.clone(),
        }
    }
}

/// An error with what belongs to it, as one text.
fn whole(problem: &Problem) -> String {
    let mut text = problem.told();
    for detail in &problem.details {
        text.push_str(&format!("\n\n{}:\n{}", detail.label, detail.text));
    }
    text
}

/// Whether a command is one that [`super::inputs::Inputs::command`] writes, of plain words: people paste it into a shell.
fn is_fix(command: &str) -> bool {
    let plain = |word: &str| {
        let tame = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        !word.is_empty() && word.len() <= NAME && !word.starts_with('-') && word.chars().all(tame)
    };
    let command = match command
        .strip_prefix("cd ")
        .and_then(|rest| rest.split_once(" && "))
    {
        Some((directory, rest)) if plain(directory) => rest,
        Some(_) => return false,
        None => command,
    };
    let Some(flags) = command.strip_prefix("trueup migrate diff") else {
        return false;
    };
    let words: Vec<&str> = flags.split(' ').skip(1).collect();
    let (pairs, rest) = words.as_chunks::<2>();
    let known = |[flag, value]: &[&str; 2]| matches!(*flag, "--env" | "--config") && plain(value);
    (flags.is_empty() || flags.starts_with(' ')) && rest.is_empty() && pairs.iter().all(known)
}

fn entries(what: &str, number: usize, most: usize) -> Result<(), String> {
    match number <= most {
        true => Ok(()),
        false => Err(format!("it has {number} {what}, more than {most}")),
    }
}

fn one_of(what: &str, word: &str, known: &[&str]) -> Result<(), String> {
    match known.contains(&word) {
        true => Ok(()),
        false => Err(format!("{what} is unknown")),
    }
}

fn name(name: &str) -> Result<(), String> {
    match name.len() <= NAME && !name.chars().any(char::is_control) {
        true => Ok(()),
        false => Err("a name is too long, or has characters that no name has".to_owned()),
    }
}

fn text(what: &str, text: &str, most: usize) -> Result<(), String> {
    match text.len() <= most {
        true => Ok(()),
        false => Err(format!("{what} has more than {most} bytes")),
    }
}

/// At most so many bytes of a text.
fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The end of an error is where programs say what was wrong.
fn shortened(error: &str) -> String {
    let from = error.len().saturating_sub(TEXT / 2);
    error[error.ceil_char_boundary(from)..].to_owned()
}

/// SQL that is no longer than what is taken, up to a whole line, with how much more there is.
fn cut(sql: &str) -> String {
    let room = TEXT - 100;
    if sql.len() <= room {
        return sql.to_owned();
    }
    let kept = beginning(sql, room);
    let kept = &kept[..kept.rfind('\n').map_or(0, |at| at + 1)];
    let left = sql[kept.len()..].lines().count();
    format!("{kept}-- … and {left} more lines: the job summary has them\n")
}
