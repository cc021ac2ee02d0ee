//! What was done by hand to databases of one environment, for people and for programs. Those that stand at the same
//! migrations and differ alike are told together.
//!
//! ```json
//! {"format": 1, "verdict": "synced|drifted|unknown", "env": "tenants", "dir": "migrations",
//!  "databases": [{"name": "acme", "verdict": "synced|drifted|unknown", "version": "20240102030405", "pending": 0,
//!                 "hash": "0123456789abcdef", "difference": 0, "error": null}],
//!  "differences": [{"databases": ["acme"], …}], "error": null}
//! ```
//!
//! `difference` is an index of `differences`, each of which has the fields of [`super::drift`]; null if there is none.
//! `unknown` as a whole means that some could not be looked at and none of the others differs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::drift::{self, DriftReport};
use super::text::count;
use super::{ExitStatus, Style, json as values};
use crate::config::Env;
use crate::pipeline::{Drifts, Verdict};
use crate::problem::Problem;

/// Names of databases that are told in a line.
const SHOWN: usize = 10;

/// What a look at the databases of an environment found.
#[derive(Clone, Debug)]
pub struct FleetReport {
    /// The environment's name.
    pub env: String,
    /// The config file, as the user named it or as it was found.
    pub config: Option<String>,
    /// The migration directory, as the user named it.
    pub dir: String,
    /// The databases by name, and which of `found` each is, or why that is not known.
    pub databases: Vec<(String, Result<usize, Problem>)>,
    /// What was found, in sync or not.
    pub found: Vec<DriftReport>,
}

/// Databases that are alike.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    pub report: &'a DriftReport,
    /// Of the databases, in their order.
    pub names: Vec<&'a str>,
}

impl Group<'_> {
    /// Some of the names, for a line.
    pub fn shown(&self) -> String {
        shown(&self.names)
    }
}

impl FleetReport {
    /// What was found in databases of these names.
    pub fn of(env: &Env, names: Vec<String>, looked: Drifts<DriftReport>) -> Self {
        let databases = looked.databases.into_iter();
        let databases = databases.map(|answer| answer.map_err(Problem::from));
        let databases: Vec<_> = names.into_iter().zip(databases).collect();
        let mut found = looked.found;
        // Once is enough.
        found.iter_mut().skip(1).for_each(|one| one.lapses.clear());
        for (name, at) in databases.iter().rev() {
            if let Ok(at) = at {
                // Of those that are alike, one has to be named.
                found[*at].each = Some(name.clone());
            }
        }
        Self {
            env: env.name.clone(),
            config: env.config.clone(),
            dir: match (&env.migration.alembic, found.first()) {
                (Some(_), Some(one)) => one.dir.clone(),
                _ => env.migration.dir.display().to_string(),
            },
            databases,
            found,
        }
    }

    /// Calls the databases by their place in the list: their names may be those of customers.
    pub fn forget_names(&mut self) {
        for (at, (name, found)) in self.databases.iter_mut().enumerate() {
            *name = format!("database {}", at + 1);
            if let Err(problem) = found {
                *problem = Problem::new("an error, which the run of `trueup drift` shows");
            }
        }
        for found in &mut self.found {
            found.each = Some("NAME".to_owned());
        }
    }

    /// Drifted where any is known to be; unknown where none is, and some could not be looked at.
    pub fn verdict(&self) -> Verdict {
        match (self.drifted().is_empty(), self.failed().next()) {
            (false, _) => Verdict::Drifted,
            (true, None) => Verdict::Synced,
            (true, Some(_)) => Verdict::Unknown,
        }
    }

    /// How a command ends: what could not be looked at counts as more than what differs.
    pub fn status(&self) -> ExitStatus {
        match self.failed().next() {
            Some(_) => ExitStatus::Failure,
            None => self.verdict().into(),
        }
    }

    /// Databases that differ, the largest group first.
    pub fn drifted(&self) -> Vec<Group<'_>> {
        self.groups(false)
    }

    /// Databases that are in sync, by the migrations that they have.
    pub fn synced(&self) -> Vec<Group<'_>> {
        self.groups(true)
    }

    fn groups(&self, synced: bool) -> Vec<Group<'_>> {
        let group = |(at, report)| Group {
            report,
            names: self
                .databases
                .iter()
                .filter(|(_, found)| found.as_ref().is_ok_and(|found| *found == at))
                .map(|(name, _)| name.as_str())
                .collect(),
        };
        let found = self.found.iter().enumerate();
        let wanted = found.filter(|(_, report)| (report.verdict() == Verdict::Synced) == synced);
        let mut groups: Vec<Group<'_>> = wanted.map(group).collect();
        groups.sort_by(|a, b| (b.names.len(), &a.names).cmp(&(a.names.len(), &b.names)));
        groups
    }

    /// Databases that could not be looked at, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&str, &Problem)> {
        let databases = self.databases.iter();
        databases.filter_map(|(name, found)| Some((name.as_str(), found.as_ref().err()?)))
    }

    /// How each database that differs does: its name, and a hash.
    pub fn hashes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.databases.iter().filter_map(|(name, found)| {
            let hash = &self.found.get(*found.as_ref().ok()?)?.hash;
            (!hash.is_empty()).then_some((name.as_str(), hash.as_str()))
        })
    }

    /// So many of all.
    pub fn of_all(&self, number: usize) -> String {
        format!("{number} of {}", count(self.databases.len(), "database"))
    }
}

fn shown(names: &[&str]) -> String {
    let first = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// For a terminal. Errors are not part of it but for the names.
pub fn text(report: &FleetReport, style: Style) -> String {
    let drifted = report.drifted();
    let failed: Vec<&str> = report.failed().map(|(name, _)| name).collect();
    let number = drifted.iter().map(|group| group.names.len()).sum();
    let all = count(report.databases.len(), "database");
    let mut text = match report.verdict() {
        Verdict::Synced => format!(
            "{} {all} of {} {} what {} make\n",
            style.green("In sync:"),
            report.env,
            if report.databases.len() == 1 {
                "is"
            } else {
                "are"
            },
            report.dir
        ),
        Verdict::Drifted => format!(
            "{} {} of {} {} different from {}\n",
            style.red("Drifted:"),
            report.of_all(number),
            report.env,
            if number == 1 { "is" } else { "are" },
            report.dir
        ),
        Verdict::Unknown => String::new(),
    };
    for group in &drifted {
        let heading = format!(
            "{} ({}):",
            report.of_all(group.names.len()),
            group.report.up_to()
        );
        let _ = write!(text, "\n{} {}\n\n", style.bold(&heading), group.shown());
        let place = match group.names.len() {
            1 => "on the database",
            _ => "on each of them",
        };
        text.push_str(&drift::differences(group.report, place, style));
        for note in group.report.notes() {
            let _ = write!(text, "\n{} {note}\n", style.yellow("Warning:"));
        }
        if let Some(pending) = group.report.pending() {
            let _ = write!(text, "\n{pending}\n");
        }
    }
    let synced = report.synced();
    if !drifted.is_empty() || !failed.is_empty() || synced.len() > 1 {
        text.push('\n');
    }
    let one = drifted.is_empty() && failed.is_empty() && synced.len() == 1;
    for group in &synced {
        if !one {
            let heading = format!("{} in sync", report.of_all(group.names.len()));
            let _ = write!(text, "{} ({})", style.green(&heading), group.report.up_to());
            // Of most it is enough to know how many.
            let few = group.names.len() <= SHOWN;
            let _ = writeln!(
                text,
                "{}",
                if few {
                    format!(": {}", group.shown())
                } else {
                    String::new()
                }
            );
        }
        for line in group
            .report
            .pending()
            .into_iter()
            .chain(group.report.notes())
        {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !failed.is_empty() {
        let heading = format!("Undecided: {}", report.of_all(failed.len()));
        let _ = writeln!(text, "{}: {}", style.yellow(&heading), shown(&failed));
    }
    text
}

/// For programs.
pub fn json(report: &FleetReport) -> Value {
    let drifted = report.drifted();
    let database = |(name, found): &(String, Result<usize, Problem>)| {
        let known = found.as_ref().ok().and_then(|at| report.found.get(*at));
        let group = drifted
            .iter()
            .position(|group| group.names.contains(&name.as_str()));
        json!({
            "name": name,
            "verdict": known.map_or(Verdict::Unknown, DriftReport::verdict),
            "version": known.map(|known| &known.version),
            "pending": known.map(|known| known.pending.len()),
            "hash": known.map(|known| &known.hash),
            "difference": group,
            "error": found.as_ref().err().map(values::problem),
        })
    };
    let difference = |group: &Group<'_>| {
        let mut value = drift::json(group.report);
        if let Some(fields) = value.as_object_mut() {
            for field in ["format", "env", "dir", "database", "error"] {
                fields.remove(field);
            }
        }
        value["databases"] = json!(group.names);
        value
    };
    json!({
        "format": 1,
        "verdict": report.verdict(),
        "env": report.env,
        "dir": report.dir,
        "databases": report.databases.iter().map(database).collect::<Vec<_>>(),
        "differences": drifted.iter().map(difference).collect::<Vec<_>>(),
        "error": null,
    })
}
