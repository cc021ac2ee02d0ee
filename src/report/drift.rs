//! What was done to a database by hand, for people and for programs.
//!
//! ```json
//! {"format": 1, "verdict": "synced|drifted", "env": "production", "dir": "migrations", "database": "postgres://me:***@host/app",
//!  "version": "20240102030405", "applied": 3, "pending": ["20240201000000_b.sql"],
//!  "partial": {"file": "…", "applied": 1, "total": 3, "error": "…"}, "edited": "20240102030405_a.sql",
//!  "hash": "0123456789abcdef",
//!  "changes": [{"action": "create|modify|drop", "kind": "table", …}],
//!  "unmanaged": [{"kind": "view", "name": "public.v", "state": "only_in_database|only_in_migrations|differs", …}],
//!  "adopt": {"sql": "…", "statements": […], "proven": true}, "restore": {…},
//!  "warnings": ["…"], "error": null}
//! ```
//!
//! `changes` are what happened to the database since its last migration. Fields that are not named here are as in
//! [`super::json`].

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::{self, count, objects, table, them};
use super::{Comparison, Presence, Sides, Style, TextChangeLine, json, mermaid};
use crate::config::{self, Env};
use crate::migration::Partial;
use crate::pipeline::{Drift, Verdict};
use crate::problem::Problem;

/// Pending migrations that are named.
const SHOWN: usize = 10;

/// What a look at a database found.
#[derive(Clone, Debug)]
pub struct DriftReport {
    /// The environment's name; empty if it has none.
    pub env: String,
    /// The config file, as the user named it or as it was found.
    pub config: Option<String>,
    /// The migration directory, as the user named it.
    pub dir: String,
    /// The database, without secrets.
    pub database: String,
    /// The last version that was applied to it; empty when none was.
    pub version: String,
    /// How many migrations were applied.
    pub applied: usize,
    /// Names of the files that were not.
    pub pending: Vec<String>,
    pub partial: Option<Partial>,
    /// The first file that was edited since it was applied.
    pub edited: Option<String>,
    /// From the migrations to the database: what was done to it.
    pub adopt: Comparison,
    /// From the database to the migrations.
    pub restore: Comparison,
    /// 16 hexadecimal digits that tell this drift from others; empty if there is none.
    pub hash: String,
    /// What is ignored for few days more, or no longer.
    pub lapses: Vec<String>,
    /// The command, without what it does with what differs.
    pub command: String,
    /// The database's name, where it is one of many.
    pub each: Option<String>,
    /// A Mermaid diagram of the tables that differ, as they are in the database.
    pub diagram: Option<String>,
}

impl DriftReport {
    /// What was found in a database that is called so.
    pub fn of(env: &Env, database: String, found: Drift, command: &str) -> Self {
        let standing = found.standing;
        Self {
            env: env.name.clone(),
            config: env.config.clone(),
            dir: match env.migration.alembic {
                Some(_) => standing.dir.path().display().to_string(),
                None => env.migration.dir.display().to_string(),
            },
            database,
            version: standing.version,
            applied: standing.dir.files().len(),
            pending: standing.pending,
            partial: standing.partial,
            edited: standing.edited,
            diagram: mermaid::changed_tables(&found.adopt.changes, &found.adopt.desired),
            adopt: Comparison::of(found.adopt),
            restore: Comparison::of(found.restore),
            hash: found.hash,
            lapses: env.lapses.clone(),
            command: command.to_owned(),
            each: None,
        }
    }

    /// The answer.
    pub fn verdict(&self) -> Verdict {
        self.adopt.verdict
    }

    /// Whether a migration that adopts what is there can be written now.
    pub fn can_adopt(&self) -> bool {
        let whole = self.pending.is_empty() && self.partial.is_none();
        !self.adopt.sql.is_empty() && whole
    }

    /// Whether it differs in what a migration can take in, after all that there are.
    ///
    /// # Errors
    /// Why not.
    pub fn adoptable(&self) -> Result<(), Problem> {
        if let Some(partial) = &self.partial {
            return Err(Problem::new(format!(
                "migration {} is half applied, so that a new one can't come after it",
                partial.file
            ))
            .hint("finish it or roll it back, and correct its record"));
        }
        if !self.pending.is_empty() {
            return Err(Problem::new(
                "the database lacks migrations, after which a new one would come",
            )
            .detail("pending", self.pending.join(", "))
            .hint("apply them to it first; where one of them is there already, mark it: `trueup migrate set VERSION --only`"));
        }
        if self.adopt.sql.is_empty() {
            return Err(Problem::new("there is no SQL that adopts what is there")
                .detail("differs", objects(&self.adopt.texts, "", &Sides::DATABASE))
                .hint("`trueup migrate new --edit` begins a migration by hand"));
        }
        Ok(())
    }

    /// The command that takes it into a migration, but for its name.
    pub fn fix(&self) -> String {
        let each = self.each.iter();
        let each: String = each
            .map(|name| format!(" --each {}", config::quoted(name)))
            .collect();
        format!("{}{each} --adopt NAME", self.command)
    }

    /// What a reader should know besides the changes, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(partial) = &self.partial {
            let Partial {
                file,
                applied,
                total,
                error,
            } = partial;
            let why = error
                .as_ref()
                .map_or_else(String::new, |error| format!(": {error}"));
            notes.push(format!(
                "migration {file} is half applied, {applied} of {total} statements{why}; the database is compared with that"
            ));
        }
        if let Some(file) = &self.edited {
            notes.push(format!(
                "migration {file} was edited since it was applied: what it does now is compared, not what it did"
            ));
        }
        notes.extend(self.adopt.warnings.iter().cloned());
        notes.extend(self.restore.warnings.iter().cloned());
        notes
    }

    /// The migrations that the database lacks, in a sentence; `None` where it has all.
    pub fn pending(&self) -> Option<String> {
        let shown = &self.pending[..self.pending.len().min(SHOWN)];
        let more = match self.pending.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!shown.is_empty())
            .then(|| format!("Not applied yet, and no drift: {}{more}", shown.join(", ")))
    }

    /// The last migration that was applied, `shown` in some form.
    pub fn version_shown(&self, shown: impl Fn(&str) -> String) -> String {
        match self.version.is_empty() {
            true => "no migration".to_owned(),
            false => shown(&self.version),
        }
    }

    /// The migrations that the database has.
    pub(super) fn up_to(&self) -> String {
        match self.version.is_empty() {
            true => "no migration".to_owned(),
            false => format!(
                "{} up to {}",
                count(self.applied, "migration"),
                self.version
            ),
        }
    }
}

/// For a terminal. Notes are not part of it.
pub fn text(report: &DriftReport, style: Style) -> String {
    let mut text = match report.verdict() {
        Verdict::Synced => format!(
            "{} {} matches {} ({})\n",
            style.green("In sync:"),
            report.database,
            report.dir,
            report.up_to(),
        ),
        Verdict::Drifted | Verdict::Unknown => drifted(report, style),
    };
    if let Some(pending) = report.pending() {
        let _ = write!(text, "\n{pending}\n");
        if report.verdict() != Verdict::Synced {
            text.push_str("Where one of them is there already, mark it as applied.\n");
        }
    }
    text
}

fn drifted(report: &DriftReport, style: Style) -> String {
    let mut text = format!(
        "{} {} does not match {} ({})\n\n",
        style.red("Drifted:"),
        report.database,
        report.dir,
        report.up_to(),
    );
    text.push_str(&differences(report, "on the database", style));
    text
}

/// What differs, and the SQL both ways; `place` says where the one runs that undoes it.
pub(super) fn differences(report: &DriftReport, place: &str, style: Style) -> String {
    let mut text = table(&report.adopt.changes, style);
    text.push_str(&objects(&report.adopt.texts, "  ", &Sides::DATABASE));
    let patterns = report.adopt.texts.iter();
    let patterns: Vec<&str> = patterns
        .filter_map(|object| object.exclude.as_deref())
        .collect();
    if !patterns.is_empty() {
        let line = config::line(report.config.as_deref(), "exclude", &patterns);
        let _ = write!(
            text,
            "\nNo SQL is written for {}; to leave {} alone for good, in the environment:\n\n  {}\n",
            them(&report.adopt.texts),
            them(&report.adopt.texts),
            style.bold(&line)
        );
    }
    if !report.restore.sql.is_empty() {
        let _ = write!(
            text,
            "\n{}\n\n{}",
            style.dim(&format!("To undo it, {place}:")),
            report.restore.sql
        );
        let risks = text::risks(&report.restore.changes, style);
        if !risks.is_empty() {
            let _ = write!(text, "\n{risks}");
        }
    }
    if !report.adopt.sql.is_empty() {
        let _ = write!(
            text,
            "\n{}\n\n{}",
            style.dim("To keep it, as a migration:"),
            report.adopt.sql
        );
        if report.can_adopt() {
            let _ = writeln!(text, "\nWrite that with: {}", style.bold(&report.fix()));
        }
    }
    text
}

/// For programs.
pub fn json(report: &DriftReport) -> Value {
    let object = |object: &TextChangeLine| {
        json!({
            "kind": object.kind,
            "name": object.name,
            "state": match object.state {
                Presence::OnlyInModels => "only_in_database",
                Presence::OnlyInMigrations => "only_in_migrations",
                Presence::Differs => "differs",
            },
            "exclude": object.exclude,
        })
    };
    let way = |found: &Comparison| {
        json!({
            "sql": found.sql,
            "statements": json::statements(&found.plan),
            "tx_mode": json::tx_mode(&found.plan),
            "proven": found.proven,
        })
    };
    let partial = |partial: &Partial| {
        json!({
            "file": partial.file,
            "applied": partial.applied,
            "total": partial.total,
            "error": partial.error,
        })
    };
    json!({
        "format": 1,
        "verdict": report.verdict(),
        "env": report.env,
        "dir": report.dir,
        "database": report.database,
        "version": report.version,
        "applied": report.applied,
        "pending": report.pending,
        "partial": report.partial.as_ref().map(partial),
        "edited": report.edited,
        "hash": report.hash,
        "changes": report.adopt.changes,
        "unmanaged": report.adopt.texts.iter().map(object).collect::<Vec<_>>(),
        "renames": json::renames(&report.adopt.renames),
        "adopt": way(&report.adopt),
        "restore": way(&report.restore),
        "warnings": report.notes(),
        "error": null,
    })
}
