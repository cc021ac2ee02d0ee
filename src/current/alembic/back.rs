//! Revisions that are taken down and up again, each judged by the states around it.
//!
//! One that declares itself irreversible, by what its `downgrade()` raises, is believed where it leaves everything as it
//! was; one that returns without a word is not.

use serde::Deserialize;

use crate::dialect::Dialect;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::exclude::Exclude;
use crate::problem::{Place, Problem, stage};
use crate::schema::change::{Change, Edit, TableChange, TextChange};
use crate::schema::{ForeignKey, Index, PartExpr, Realm};
use crate::sql::Rules;
use crate::sql::token::tokens;

/// Where a history stops to be looked at.
#[derive(Debug, Deserialize)]
pub(super) struct At {
    at: Moment,
    revision: String,
    /// Its `downgrade()`, or what is raised there.
    file: String,
    line: usize,
    /// Why it can't be reversed.
    says: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Moment {
    Before,
    Up,
    Down,
    Again,
    /// There is no way down.
    Stays,
}

/// The way down and up again.
pub(super) struct Back {
    dialect: &'static dyn Dialect,
    scoped: bool,
    before: Realm,
    up: Realm,
    /// How many statements had run before the first of these revisions.
    pub(super) began: Option<usize>,
    /// How many when the present one was up.
    kept: usize,
    /// The schemas that the present one makes only where they are not there.
    shared: Vec<String>,
    there_and_back: Vec<String>,
    staying: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Back {
    pub(super) fn new(dialect: &'static dyn Dialect, scoped: bool) -> Self {
        Self {
            dialect,
            scoped,
            before: Realm::default(),
            up: Realm::default(),
            began: None,
            kept: 0,
            shared: Vec::new(),
            there_and_back: Vec::new(),
            staying: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Takes a look. Of what ran, `statements` keeps what builds the state: what is taken down is built once.
    ///
    /// # Errors
    /// Where the state is another than it has to be.
    pub(super) fn at(
        &mut self,
        at: At,
        mut realm: Realm,
        statements: &mut Vec<String>,
    ) -> Result<(), Box<Problem>> {
        self.dialect.forget_rows(&mut realm);
        match at.at {
            Moment::Before => {
                self.began.get_or_insert(statements.len());
                self.kept = statements.len();
                self.before = realm;
            }
            Moment::Up => {
                let own = statements.get(self.kept..).unwrap_or_default();
                self.shared = own.iter().filter_map(|sql| shares(sql)).collect();
                self.kept = statements.len();
                self.up = realm;
            }
            Moment::Down => {
                let wanted = self.before.clone();
                let how = ": its `downgrade()` does not restore the schema before it";
                let no_way = "; if it can't be reversed, let it say so: `raise NotImplementedError(\"why\")`";
                self.judge(&at, realm, wanted, (how, no_way))?;
            }
            Moment::Again => {
                let wanted = self.up.clone();
                let how =
                    ": downgrade and upgrade again give a different schema than the first time";
                self.judge(&at, realm, wanted, (how, ""))?;
                statements.truncate(self.kept);
                self.there_and_back.push(at.revision);
                self.before = std::mem::take(&mut self.up);
            }
            Moment::Stays => {
                let wanted = self.up.clone();
                let how = " raises only after it has changed something";
                let hint = "; or let it raise before it changes anything";
                self.judge(&at, realm, wanted, (how, hint))?;
                let At {
                    revision,
                    file,
                    line,
                    says,
                    ..
                } = at;
                self.warnings.push(format!(
                    "{file}:{line}: revision `{revision}` can't be taken down: {}",
                    says.unwrap_or_default()
                ));
                self.staying.push(revision);
                self.before = std::mem::take(&mut self.up);
            }
        }
        Ok(())
    }

    fn judge(
        &mut self,
        At {
            revision,
            file,
            line,
            ..
        }: &At,
        found: Realm,
        wanted: Realm,
        (how, hint): (&str, &str),
    ) -> Result<(), Box<Problem>> {
        let nothing = Exclude::new(&[], self.scoped).map_err(Problem::from)?;
        let cut = Cut::of(&nothing, self.scoped);
        let states = Comparable::cut(self.dialect, found, wanted, &cut).map_err(Problem::from)?;
        let mut left = states.diff();
        let qualified = states.qualified();
        self.forgive(&mut left);
        for what in self.shared_by_others(&mut left) {
            self.warnings.push(format!(
                "{file}:{line}: revision `{revision}`, taken down, leaves {what}, which others may use: ignored"
            ));
        }
        if left.is_empty() {
            return Ok(());
        }
        let lost = self.lost(&left);
        let problem = Problem {
            place: Some(Box::new(Place {
                file: file.clone(),
                line: *line,
            })),
            ..Problem::new(format!("{file}:{line}: revision `{revision}`{how}"))
        };
        let mut problem = problem
            .during(stage::REPLAY)
            .detail("left to do", in_words(&left, qualified));
        if !lost.is_empty() {
            problem = problem.detail("already gone after its `upgrade()`", lost.join("\n"));
        }
        Err(Box::new(problem.hint(format!(
            "its `downgrade()` has to undo all that its `upgrade()` does{hint}"
        ))))
    }

    /// What is missing that had been lost before the way down began: a copied table has no more than what its copy was told of.
    fn lost(&self, left: &Diff) -> Vec<String> {
        let mut lost = Vec::new();
        for change in &left.changes {
            let name = change.object();
            let (Change::ModifyTable(modify), Some(up)) = (change, self.up.table(&name)) else {
                continue;
            };
            let table = &name.name;
            lost.extend(modify.changes.iter().filter_map(|part| match part {
                TableChange::Check(Edit::Add(check)) if !up.checks.contains(check) => {
                    Some(format!("check {} of {table}", check.expr))
                }
                TableChange::Index(Edit::Add(index)) if !up.indexes.contains(index) => {
                    Some(format!("index \"{}\" of {table}", index.name))
                }
                _ => None,
            }));
        }
        lost
    }

    /// Takes out what a revision leaves with good reason, since it may have been there, and others may use it.
    fn shared_by_others(&self, left: &mut Diff) -> Vec<String> {
        let mut found = Vec::new();
        left.changes.retain(|change| match change {
            Change::Text(TextChange {
                edit: Edit::Drop(object),
                ..
            }) if object.kind == "extension" => {
                found.push(format!("extension \"{}\"", object.name));
                false
            }
            Change::Schema(Edit::Drop(schema)) if self.shared.contains(&schema.name) => {
                found.push(format!("schema \"{}\"", schema.name));
                false
            }
            _ => true,
        });
        found
    }

    /// Takes out the indexes that a server made by itself for foreign keys, and keeps when those go.
    fn forgive(&self, left: &mut Diff) {
        for change in &mut left.changes {
            let name = change.object();
            let Change::ModifyTable(modify) = change else {
                continue;
            };
            let keys = self.up.table(&name).map(|table| &table.foreign_keys[..]);
            modify.changes.retain(|part| match part {
                TableChange::Index(Edit::Drop(index)) => {
                    let mut keys = keys.unwrap_or_default().iter();
                    !keys.any(|key| makes(key, index))
                }
                _ => true,
            });
        }
        left.changes.retain(|change| match change {
            Change::ModifyTable(modify) => !modify.changes.is_empty(),
            _ => true,
        });
    }

    /// All of these revisions.
    pub(super) fn revisions(&self) -> Vec<String> {
        [&self.there_and_back[..], &self.staying].concat()
    }

    /// What was tried, for people.
    pub(super) fn tried(&self) -> Vec<String> {
        let names: Vec<String> = self
            .there_and_back
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        match &names[..] {
            [] => Vec::new(),
            [one] => vec![format!(
                "Revision {one} went down and up again to the same schema"
            )],
            all => vec![format!(
                "Revisions {} went down and up again to the same schema",
                all.join(", ")
            )],
        }
    }
}

/// Whether a foreign key's index is one that a server made: it has the key's name, or that of the first column, which is counted
/// on where it is taken.
fn makes(key: &ForeignKey, index: &Index) -> bool {
    let columns = index.parts.iter().map(|part| match &part.on {
        PartExpr::Column(name) => Some(name),
        PartExpr::Expr(_) => None,
    });
    let counted = |first: &String| {
        let rest = index.name.strip_prefix(first.as_str());
        rest.is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix('_')
                    .is_some_and(|n| n.parse::<u32>().is_ok())
        })
    };
    !index.unique
        && columns.eq(key.columns.iter().map(Some))
        && (key.name.as_ref() == Some(&index.name) || key.columns.first().is_some_and(counted))
}

/// The schema that a statement makes where it is not there.
fn shares(sql: &str) -> Option<String> {
    let tokens: Vec<_> = tokens(sql, &Rules::GENERIC).collect();
    let words = ["create", "schema", "if", "not", "exists"];
    let asks =
        tokens.len() > words.len() && tokens.iter().zip(words).all(|(token, word)| token.is(word));
    asks.then(|| tokens[words.len()].name())
        .flatten()
        .map(Into::into)
}
