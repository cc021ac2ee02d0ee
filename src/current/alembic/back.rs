//! Revisions that are taken down and up again, each judged by the states around it.
//!
//! One that says itself that there is no way back, by what its `downgrade()` raises, is believed where it leaves everything as it
//! was; one that returns without a word is not.

use serde::Deserialize;

use crate::dialect::Dialect;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::exclude::Exclude;
use crate::problem::{Place, Problem, stage};
use crate::schema::Realm;
use crate::schema::change::{Change, Edit, TableChange};

/// Where a history stops to be looked at.
#[derive(Debug, Deserialize)]
pub(super) struct At {
    at: Moment,
    revision: String,
    /// Its `downgrade()`, or what is raised there.
    file: String,
    line: usize,
    /// Why there is no way back.
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
                self.before = realm;
            }
            Moment::Up => {
                self.kept = statements.len();
                self.up = realm;
            }
            Moment::Down => {
                let wanted = self.before.clone();
                let how = ", taken down, does not lead back to the schema before it";
                let no_way = "; where there is no way down, let it say so: `raise NotImplementedError(\"why\")`";
                self.judge(&at, realm, wanted, (how, no_way))?;
            }
            Moment::Again => {
                let wanted = self.up.clone();
                let how =
                    ", taken down and run again, does not lead to the schema of the first time";
                self.judge(&at, realm, wanted, (how, ""))?;
                statements.truncate(self.kept);
                self.there_and_back.push(at.revision);
                self.before = std::mem::take(&mut self.up);
            }
            Moment::Stays => {
                let wanted = self.up.clone();
                let how = " says that there is no way down when part of it is gone already";
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
        &self,
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
        let cut = Cut {
            exclude: &nothing,
            scoped: self.scoped,
            spoken: None,
        };
        let states = Comparable::cut(self.dialect, found, wanted, &cut).map_err(Problem::from)?;
        let mut left = states.diff();
        self.forgive(&mut left);
        if left.is_empty() {
            return Ok(());
        }
        let problem = Problem {
            place: Some(Box::new(Place {
                file: file.clone(),
                line: *line,
            })),
            ..Problem::new(format!("{file}:{line}: revision `{revision}`{how}"))
        };
        Err(Box::new(
            problem
                .during(stage::REPLAY)
                .detail("left to do", in_words(&left, states.qualified()))
                .hint(format!(
                    "its `downgrade()` has to undo all that its `upgrade()` does{hint}"
                )),
        ))
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
                    !keys.any(|key| key.name.as_ref() == Some(&index.name))
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
