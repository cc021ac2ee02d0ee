//! What a comparison found, for people and for programs.
//!
//! A [`Comparison`], of a migration directory a [`Report`], is written by [`text`] and [`json`]. Knows no
//! dialect, no terminal and no file.

pub mod apply;
mod changes;
pub mod down;
pub mod drift;
pub mod effects;
mod exit;
pub mod fleet;
pub mod inspect;
pub mod json;
pub mod mermaid;
mod patch;
mod redact;
mod style;
pub mod text;
pub mod warnings;

use serde::{Deserialize, Serialize};

use crate::config::Env;
use crate::current::History;
use crate::diff::{Left, LikelyRename};
use crate::engine::exclude::pattern_for;
use crate::pipeline::{Outcome, Verdict};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::schema::change::{Edit, TextChange};
use crate::schema::{Realm, Table, TextObject};
use crate::sql::has_word;
use crate::sql::object::without_arguments;

pub use changes::{ChangeLine, describe, risks};
pub use drift::DriftReport;
pub use exit::ExitStatus;
pub use fleet::FleetReport;
pub use patch::{PatchFile, patch};
pub use redact::{Redactor, maskable};
pub use style::Style;

/// What a comparison of any two states found.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub verdict: Verdict,
    /// The plan; without steps when nothing is missing.
    pub plan: Plan,
    /// The plan was run on a dev database, and led to the desired state.
    pub proven: bool,
    /// The plan as text, such as the content of a migration file; empty without steps.
    pub sql: String,
    pub changes: Vec<ChangeLine>,
    pub texts: Vec<TextChangeLine>,
    /// What only the migrations have, and keep.
    pub left: Vec<Left>,
    pub renames: Vec<LikelyRename>,
    /// What was tried besides; sentences for people.
    pub tried: Vec<String>,
    pub warnings: Vec<String>,
}

impl Comparison {
    /// An outcome, described.
    pub fn of(found: Outcome) -> Self {
        Self {
            verdict: found.verdict,
            changes: describe(&found.changes, &found.risks, &found.places, found.qualified),
            texts: text_lines(&found.texts, &found.desired, found.scoped),
            left: found.left,
            plan: found.plan,
            proven: found.proven,
            sql: found.sql,
            renames: found.renames,
            tried: found.tried,
            warnings: found.warnings,
        }
    }

    /// Every statement of the plan, both ways, without comments.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        let steps = self.plan.steps.iter();
        let both = steps.chain(&self.plan.reverse.steps);
        both.map(|step| step.sql.as_str())
    }

    /// Objects that trueup has no model for differ, so that no plan between two schemas can be right.
    pub fn undecided(&self) -> Problem {
        let them = text::them(&self.texts);
        let flags = text::exclude_flags(&self.texts);
        let hint = match text::needed(&self.texts) {
            None => format!("leave {them} out of the comparison: {flags}"),
            Some(needed) if flags.is_empty() => {
                format!("make {them} in the first schema: {needed} by tables of the second")
            }
            Some(needed) => format!(
                "{needed} by tables of the second schema: make that in the first, and leave the others out of the \
                 comparison: {flags}"
            ),
        };
        self.differ("the two schemas", &Sides::SCHEMAS, hint)
    }

    fn differ(&self, both: &str, sides: &Sides, hint: String) -> Problem {
        let objects = text::objects(&self.texts, "", sides);
        Problem::new(format!("{both} differ in what trueup can't plan yet"))
            .detail("objects", objects.trim_end())
            .hint(hint)
    }
}

/// What a comparison of a migration directory with the models found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The environment's name; empty if it has none.
    pub env: String,
    /// The config file, as the user named it or as it was found.
    pub config: Option<String>,
    /// The migration directory, as the user named it.
    pub dir: String,
    /// How many migrations it has.
    pub files: usize,
    /// What is left out of the comparison.
    pub exclude: Vec<String>,
    /// The answer. Its plan was proven.
    pub found: Comparison,
    /// The command that writes the missing migration; none where it was written.
    pub fix: Option<String>,
    /// A Mermaid diagram of the tables that change, as they are to be.
    pub diagram: Option<String>,
}

impl Report {
    /// What a revision of Alembic's that writes the plan is called: `name`, or its first change.
    pub fn message(&self, name: Option<&str>) -> String {
        let first = || self.found.changes.first().map(ChangeLine::sentence);
        match name {
            Some(name) => name.to_owned(),
            None => first().unwrap_or_default().replace('"', ""),
        }
    }

    /// What a comparison of a history found. `fix` is the command that writes what is missing.
    pub fn of(env: &Env, history: &History<'_>, found: Outcome, fix: String) -> Self {
        Self {
            env: env.name.clone(),
            config: env.config.clone(),
            dir: history.shown(),
            files: history.count(),
            exclude: env.exclude.clone(),
            diagram: match found.verdict {
                Verdict::Drifted => mermaid::changed_tables(&found.changes, &found.desired),
                Verdict::Synced | Verdict::Unknown => None,
            },
            found: Comparison::of(found),
            fix: Some(fix),
        }
    }

    /// What a reader should know besides the changes, a sentence each.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let renames = self.found.renames.iter().map(rename_warning);
        self.found.warnings.iter().cloned().chain(renames)
    }

    /// Objects that trueup has no model for differ, so that no plan can be right.
    pub fn undecided(&self) -> Problem {
        let unmanaged = &self.found.texts;
        let them = text::them(unmanaged);
        let by_hand = format!("a migration for {them} by hand (`trueup migrate new --edit`)");
        let by_hand = match text::tables_first(self) {
            Some(first) => format!("write the tables first (`{first}`), then {by_hand}"),
            None => format!("write {by_hand}"),
        };
        let needed = text::needed(unmanaged);
        let line = match &self.config {
            Some(_) => text::exclude_line(self).map(|line| format!("`{line}` in the environment")),
            None => Some(text::exclude_flags(unmanaged)).filter(|flags| !flags.is_empty()),
        };
        let hint = match (line, needed) {
            (Some(line), None) => {
                format!("{by_hand}, or leave {them} alone for good: {line}")
            }
            (Some(line), Some(needed)) => format!(
                "{by_hand}: {needed} by tables of the models; {line} leaves the others alone for good"
            ),
            (None, needed) => format!(
                "{by_hand}: {} by tables of the models",
                needed.unwrap_or_default()
            ),
        };
        self.found
            .differ("the models and the migrations", &Sides::DIRECTORY, hint)
    }
}

/// An object that trueup has no model for and that one side lacks or defines otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextChangeLine {
    pub kind: String,
    pub name: String,
    pub state: Presence,
    /// The pattern for `exclude` that makes trueup leave it alone; none where a table needs it.
    pub exclude: Option<String>,
}

/// On which side of a comparison an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    OnlyInModels,
    OnlyInMigrations,
    Differs,
}

/// What the two sides of a comparison are called.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// Where it starts.
    pub current: &'static str,
    /// Where it leads.
    pub desired: &'static str,
}

impl Sides {
    /// A migration directory and models.
    pub const DIRECTORY: Self = Self {
        current: "the migrations",
        desired: "the models",
    };
    /// Two schemas.
    pub const SCHEMAS: Self = Self {
        current: "`--from`",
        desired: "`--to`",
    };
    /// A migration directory and a database.
    pub const DATABASE: Self = Self {
        current: "the migrations",
        desired: "the database",
    };
}

impl Presence {
    /// In words, to follow the object's name, between sides of these names.
    pub fn words_of(self, sides: &Sides) -> String {
        let Sides { current, desired } = sides;
        match self {
            Self::OnlyInModels => format!("is only in {desired}"),
            Self::OnlyInMigrations => format!("is only in {current}"),
            Self::Differs => format!("is not the same in {desired} and {current}"),
        }
    }
}

/// Describes objects that have no model, of states of which the second is `desired`. `scoped` says that names are not
/// qualified.
fn text_lines(differences: &[TextChange], desired: &Realm, scoped: bool) -> Vec<TextChangeLine> {
    differences
        .iter()
        .filter_map(|difference| {
            let object = difference.edit.to().or(difference.edit.from())?;
            let schema = difference.schema.as_deref();
            let mut name = Vec::new();
            name.extend(schema.filter(|_| !scoped).map(str::to_owned));
            name.extend(object.table.clone());
            name.push(object.name.clone());
            Some(TextChangeLine {
                kind: object.kind.clone(),
                name: name.join("."),
                state: match &difference.edit {
                    Edit::Add(_) => Presence::OnlyInModels,
                    Edit::Drop(_) => Presence::OnlyInMigrations,
                    Edit::Modify { .. } => Presence::Differs,
                },
                exclude: match &difference.edit {
                    Edit::Add(_) if is_needed(object, desired) => None,
                    _ => Some(pattern_for(schema, object, scoped)),
                },
            })
        })
        .collect()
}

/// Whether a table of a state may need an object. What belongs to an extension goes by many names.
fn is_needed(object: &TextObject, state: &Realm) -> bool {
    let name = without_arguments(&object.name);
    let tables = || state.schemas.iter().flat_map(|schema| &schema.tables);
    let names_it = |table: &Table| {
        let text = serde_json::to_string(table).unwrap_or_default();
        has_word(&text, name)
    };
    object.serves_tables() && (object.kind == "extension" || tables().any(names_it))
}

/// A commit's hash as people write it.
pub fn short_commit(hash: &str) -> &str {
    hash.get(..7).unwrap_or(hash)
}

/// A likely rename in a sentence, for somebody who writes migrations.
pub fn rename_warning(rename: &LikelyRename) -> String {
    format!("{} with `trueup migrate new --edit`", likely_rename(rename))
}

/// A likely rename in a sentence.
pub fn likely_rename(rename: &LikelyRename) -> String {
    let LikelyRename {
        kind,
        table,
        from,
        to,
    } = rename;
    let place = match *kind {
        "column" => format!(" of table \"{}\"", table.name),
        _ => String::new(),
    };
    format!(
        "{kind} \"{from}\"{place} looks renamed to \"{to}\", but is planned as a drop and an add: its data would be \
         lost; if it is a rename, write it by hand"
    )
}
