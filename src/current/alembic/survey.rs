//! Where a database stands in an Alembic history, by the revisions that it records.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Known;
use crate::migration::{Dir, MigrationFile, Records, Standing, StandingError};

/// The shortest beginning of a revision's name that stands for it, as for Alembic.
const SHORTEST: usize = 4;

/// What a history says of itself.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub location: PathBuf,
    /// Those that nothing follows first.
    pub revisions: Vec<Known>,
    /// Schema, where one is named, and table in which a database records its revisions.
    pub table: (Option<String>, String),
    /// The project's `env.py` leaves something out of comparisons.
    pub filters: bool,
    /// Patterns of what it leaves out of what was asked about.
    pub left_out: Vec<String>,
}

impl Survey {
    /// The revisions that a database records, and what it has by them: the directory's files are revisions without a text.
    ///
    /// # Errors
    /// When nothing is recorded, or a revision that the history does not have.
    pub fn at(&self, records: &Records) -> Result<(Vec<String>, Standing), StandingError> {
        let recorded = match records {
            Records::None | Records::Revisions(_) => return Err(StandingError::Unrecorded),
            Records::Alembic(revisions) => {
                let lacking = revisions.iter().find(|id| self.known(id).is_none());
                if let Some(id) = lacking {
                    return Err(StandingError::Absent {
                        version: id.clone(),
                        path: self.location.clone(),
                    });
                }
                revisions.clone()
            }
            Records::Told(text) => self.told(text)?,
        };
        let applied = self.with_those_before(&recorded);
        let oldest_first = || self.revisions.iter().rev();
        let files = oldest_first().filter(|known| applied.contains(known.id.as_str()));
        let files =
            files.map(|known| MigrationFile::in_memory(known.id.clone().into(), String::new()));
        let pending = oldest_first().filter(|known| !applied.contains(known.id.as_str()));
        let standing = Standing {
            version: recorded.join(", "),
            dir: Dir::in_memory(self.location.clone(), files.collect()),
            pending: pending.map(Known::shown).collect(),
            partial: None,
            edited: None,
        };
        Ok((recorded, standing))
    }

    fn known(&self, id: &str) -> Option<&Known> {
        self.revisions.iter().find(|known| known.id == id)
    }

    /// The revisions that somebody means: `latest`, or names or beginnings of names.
    fn told(&self, text: &str) -> Result<Vec<String>, StandingError> {
        if ["latest", "head", "heads"].contains(&text) {
            let before: BTreeSet<&String> = self
                .revisions
                .iter()
                .flat_map(|known| &known.after)
                .collect();
            let heads = self
                .revisions
                .iter()
                .filter(|known| !before.contains(&known.id));
            return Ok(heads.map(|known| known.id.clone()).collect());
        }
        let found = text.split(',').map(|word| {
            let word = word.trim();
            let begins = |known: &&Known| word.len() >= SHORTEST && known.id.starts_with(word);
            let mut alike = self.revisions.iter().filter(begins);
            let one = self
                .known(word)
                .or_else(|| alike.next().filter(|_| alike.next().is_none()));
            one.map(|known| known.id.clone())
                .ok_or_else(|| StandingError::Unknown {
                    version: word.to_owned(),
                    path: self.location.clone(),
                    versions: self
                        .revisions
                        .iter()
                        .map(|known| known.id.clone())
                        .collect(),
                })
        });
        found.collect()
    }

    /// These, and all that has to be there before them.
    fn with_those_before<'s>(&'s self, revisions: &'s [String]) -> BTreeSet<&'s str> {
        let mut found = BTreeSet::new();
        let mut left: Vec<&str> = revisions.iter().map(String::as_str).collect();
        while let Some(id) = left.pop() {
            if found.insert(id) {
                let known = self.known(id);
                left.extend(
                    known
                        .iter()
                        .flat_map(|known| known.after.iter().map(String::as_str)),
                );
            }
        }
        found
    }
}

impl Known {
    /// Its name, and what it is about.
    fn shown(&self) -> String {
        match self.message.as_str() {
            "" => self.id.clone(),
            message => format!("{} ({message})", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a1` – `b2` – `c3` – `d4`, and `x1` – `y2`, which needs `b2`.
    fn survey() -> Survey {
        let known = |id: &str, after: &[&str], message: &str| Known {
            created: None,
            id: id.to_owned(),
            after: after.iter().map(|&id| id.to_owned()).collect(),
            message: message.to_owned(),
            file: PathBuf::new(),
        };
        Survey {
            location: "alembic".into(),
            revisions: vec![
                known("d4d4d4", &["c3"], "four"),
                known("y2", &["x1", "b2"], ""),
                known("x1", &[], "x"),
                known("c3", &["b2"], "three"),
                known("b2", &["a1"], "two"),
                known("a1", &[], "one"),
            ],
            table: (None, "alembic_version".to_owned()),
            ..Survey::default()
        }
    }

    fn at(recorded: &[&str]) -> Result<(Vec<String>, Standing), StandingError> {
        let recorded = recorded.iter().map(|&id| id.to_owned()).collect();
        survey().at(&Records::Alembic(recorded))
    }

    #[test]
    fn what_a_database_has_is_what_its_revisions_need() {
        let (to, standing) = at(&["b2", "y2"]).expect("known ones");
        assert_eq!(
            (to, standing.version.as_str()),
            (vec!["b2".to_owned(), "y2".to_owned()], "b2, y2")
        );
        let files = standing.dir.files().iter();
        let names: Vec<&str> = files.map(|file| file.name()).collect();
        assert_eq!(names, ["a1", "b2", "x1", "y2"]);
        assert_eq!(standing.pending, ["c3 (three)", "d4d4d4 (four)"]);
        let (_, none) = at(&[]).expect("it is at the base");
        assert_eq!((none.version.as_str(), none.pending.len()), ("", 6));
        let absent = at(&["e5"]).expect_err("it is not there").to_string();
        assert_eq!(
            absent,
            "the database has applied e5, which alembic does not have"
        );
    }

    #[test]
    fn somebody_may_say_where_it_stands() {
        let told = |text: &str| {
            survey()
                .at(&Records::Told(text.to_owned()))
                .map(|(to, _)| to)
        };
        assert_eq!(told("latest").expect("heads"), ["d4d4d4", "y2"]);
        assert_eq!(told("b2, d4d4").expect("names"), ["b2", "d4d4d4"]);
        for unknown in ["d4", "e5", ""] {
            let error = told(unknown).expect_err("unknown").to_string();
            assert_eq!(error, format!("alembic has no version {unknown}"));
        }
    }
}
