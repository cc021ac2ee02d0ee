//! Where a database stands in a migration directory: which of its files the database's own records say were applied.
//!
//! The records are those of Atlas (`atlas_schema_revisions`, as its CLI writes it: a row for each file, `type` a set of bits) or
//! of Alembic (`alembic_version`, of which a file of the directory carries the mark `-- trueup:baseline REVISION`).

use std::borrow::Cow;
use std::path::PathBuf;

use super::file::version_of;
use super::sum::{Sums, added};
use super::{Dir, LineEnds, MigrationFile};
use crate::config::suggest;
use crate::problem::{Explain, Problem, stage};
use crate::sql::ScanOptions;

/// What `--revision` says for the last file.
pub const LATEST: &str = "latest";

/// States of a directory from which an earlier one is looked for.
const TRIED: usize = 8;

/// What a database says of migrations that were applied to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// No table of a tool that is known.
    None,
    /// Atlas' rows.
    Revisions(Vec<Revision>),
    /// Alembic's revisions.
    Alembic(Vec<String>),
    /// Somebody says which version it is, or `latest`.
    Told(String),
}

impl Records {
    /// Whether they name a file, as run, begun or declared. That a baseline or a checkpoint comes after it says nothing of it: they
    /// stand for what was there when they were made.
    pub fn has(&self, file: &MigrationFile) -> bool {
        match self {
            Self::Revisions(rows) => rows.iter().any(|row| row.version == file.version()),
            Self::Alembic(revisions) => revisions.iter().any(|id| file.stands_for(id)),
            Self::None | Self::Told(_) => false,
        }
    }

    /// Whether a file began to run, and did not come to its end.
    pub fn has_begun(&self, file: &MigrationFile) -> bool {
        let begun = |row: &Revision| row.version == file.version() && row.is_partial();
        matches!(self, Self::Revisions(rows) if rows.iter().any(begun))
    }
}

/// A row of Atlas' table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The file's name up to its first `_`.
    pub version: String,
    /// Bits: 1 for a baseline, which stands for all files up to it; 2 for a file that was run; 4 for one that somebody
    /// declared to be applied.
    pub kind: u32,
    /// Statements that were run.
    pub applied: usize,
    /// Statements of the file.
    pub total: usize,
    /// Why it ended before its last statement.
    pub error: Option<String>,
    /// The file's hash in `atlas.sum` when it was run.
    pub hash: String,
}

impl Revision {
    fn is_baseline(&self) -> bool {
        self.kind & 1 != 0
    }

    /// It began and did not come to its end, and nobody declared it applied.
    fn is_partial(&self) -> bool {
        let ended = self.applied >= self.total && self.error.is_none();
        self.kind & 5 == 0 && !ended
    }
}

/// A file of which some statements ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The file's name.
    pub file: String,
    pub applied: usize,
    pub total: usize,
    /// In the server's words.
    pub error: Option<String>,
}

/// The part of a directory that a database has applied.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The last version that was applied; empty when none was.
    pub version: String,
    /// The files that were applied; of one that is half applied, the statements that ran.
    pub dir: Dir,
    /// Names of the files that were not, in their order.
    pub pending: Vec<String>,
    pub partial: Option<Partial>,
    /// The first file that is another one than the one that ran.
    pub edited: Option<String>,
}

/// Why a database's version is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    #[error("the database records no migrations, so that pending ones can't be told from drift")]
    Unrecorded,
    #[error("the database has applied {version}, which {} does not have", path.display())]
    Absent { version: String, path: PathBuf },
    #[error("Alembic's revision of the database is {revision}, and no file of {} says which that is", path.display())]
    Unmarked { revision: String, path: PathBuf },
    #[error("{} has no version {version}", path.display())]
    Unknown {
        version: String,
        path: PathBuf,
        versions: Vec<String>,
    },
}

impl Explain for StandingError {
    fn explain(self) -> Problem {
        let hint = match &self {
            Self::Unrecorded => "give `--revision VERSION`, the last one that was applied to it, or \
                                 `--revision latest`"
                .to_owned(),
            Self::Absent { .. } => "check out what is deployed there: a database is compared with the migrations that it has"
                .to_owned(),
            Self::Unmarked { revision, .. } => format!(
                "the file that Alembic's history became begins with `-- trueup:baseline {revision}`; or give `--revision VERSION`"
            ),
            Self::Unknown {
                version, versions, ..
            } => {
                let known: Vec<&str> = versions.iter().map(String::as_str).collect();
                let last = known.last().copied().unwrap_or(LATEST);
                suggest::hint(version, &known[..known.len().min(8)], "some of its versions")
                    .unwrap_or_else(|| format!("a version is a file's name up to its first `_`, such as `{last}`"))
            }
        };
        Problem::new(self.to_string())
            .during(stage::DIRECTORY)
            .hint(hint)
    }
}

impl Standing {
    /// The part of the directory that a database has that is one statement ahead of this one in the file that is half
    /// applied; `None` where none is, or it is not the last one.
    pub fn one_more(&self, dir: &Dir, scan: &ScanOptions) -> Option<Dir> {
        let partial = self.partial.as_ref()?;
        let file = dir.files.iter().find(|file| file.name() == partial.file)?;
        let more = file.first_statements(partial.applied + 1, scan)?;
        let mut files = self.dir.files.clone();
        files.retain(|file| file.name() != partial.file);
        if files.iter().any(|one| one.name() > file.name()) {
            return None;
        }
        files.push(more);
        Some(Dir {
            files,
            ..dir.clone()
        })
    }
}

impl Dir {
    /// The part of the directory that a database has, by its records.
    ///
    /// # Errors
    /// When there are no records, or they speak of what the directory does not have.
    pub fn at(&self, records: &Records, scan: &ScanOptions) -> Result<Standing, StandingError> {
        match records {
            Records::None => Err(StandingError::Unrecorded),
            Records::Revisions(rows) => self.at_revisions(rows, scan),
            Records::Alembic(revisions) => {
                let mark = |revision: &String| {
                    let marked = self.files.iter().find(|file| file.stands_for(revision));
                    marked.ok_or_else(|| StandingError::Unmarked {
                        revision: revision.clone(),
                        path: self.path.clone(),
                    })
                };
                let marked: Result<Vec<&MigrationFile>, _> = revisions.iter().map(mark).collect();
                let last = marked?
                    .into_iter()
                    .map(|file| version_of(file.name()))
                    .max();
                Ok(self.up_to(last.unwrap_or_default()))
            }
            Records::Told(version) if version == LATEST => {
                // All of it, in whatever order it ran.
                let last = self.files.last().map(|file| version_of(file.name()));
                Ok(self.standing(last.unwrap_or_default(), |_| true))
            }
            Records::Told(version) => {
                let version = version_of(version);
                let mut versions = self.files.iter().map(|file| version_of(file.name()));
                match versions.any(|one| one == version) {
                    true => Ok(self.up_to(version)),
                    false => Err(StandingError::Unknown {
                        version: version.to_owned(),
                        path: self.path.clone(),
                        versions: self
                            .files
                            .iter()
                            .map(|file| version_of(file.name()).to_owned())
                            .collect(),
                    }),
                }
            }
        }
    }

    /// Everything up to a version. Versions compare as text, as Atlas compares them.
    fn up_to(&self, version: &str) -> Standing {
        self.standing(version, |file| version_of(file.name()) <= version)
    }

    fn standing(&self, version: &str, applied: impl Fn(&MigrationFile) -> bool) -> Standing {
        let (files, rest): (Vec<_>, Vec<_>) = self.files.iter().cloned().partition(applied);
        Standing {
            version: version.to_owned(),
            dir: Self {
                files,
                ..self.clone()
            },
            pending: rest.iter().map(|file| file.name().to_owned()).collect(),
            partial: None,
            edited: None,
        }
    }

    fn at_revisions(
        &self,
        rows: &[Revision],
        scan: &ScanOptions,
    ) -> Result<Standing, StandingError> {
        // Atlas keeps facts of its own in rows whose version begins with a dot.
        let rows: Vec<&Revision> = rows
            .iter()
            .filter(|row| !row.version.starts_with('.'))
            .collect();
        let start = self.start(&rows, scan);
        let known = |version: &str| start.is_some_and(|start| version <= start);
        let absent = self.absent(&rows, scan).into_iter();
        let absent = absent.max_by_key(|row| &row.version);
        if let Some(row) = absent {
            return Err(StandingError::Absent {
                version: row.version.clone(),
                path: self.path.clone(),
            });
        }
        let last = rows.iter().map(|row| row.version.as_str()).max();
        let last = last.unwrap_or_default();
        let mut standing = self.standing(last, |file| {
            let version = version_of(file.name());
            // A database that has rows goes past a checkpoint by the files that it sums up.
            let passed = file.is_checkpoint(scan) && version <= last;
            known(version) || passed || rows.iter().any(|row| row.version == version)
        });
        let later = |name: &String| {
            let file = self.files.iter().find(|file| file.name() == name);
            !last.is_empty() && file.is_some_and(|file| file.is_checkpoint(scan))
        };
        standing.pending.retain(|name| !later(name));
        standing.edited = self.edited(&rows);
        if let Some(row) = rows.iter().find(|row| row.is_partial())
            && let Some(at) =
                (standing.dir.files.iter()).position(|file| version_of(file.name()) == row.version)
        {
            // It is the last that ran, whatever its name.
            let file = standing.dir.files.remove(at);
            standing.partial = Some(Partial {
                file: file.name().to_owned(),
                applied: row.applied,
                total: row.total,
                error: row.error.clone(),
            });
            standing
                .dir
                .files
                .extend(file.first_statements(row.applied, scan));
        }
        Ok(standing)
    }

    /// The last version that stands for all that is before it: a baseline's, or a checkpoint's.
    fn start<'r>(&self, rows: &[&'r Revision], scan: &ScanOptions) -> Option<&'r str> {
        let whole = rows.iter().filter(|row| {
            let file = self.of_version(&row.version);
            row.is_baseline() || file.is_some_and(|file| file.is_checkpoint(scan))
        });
        whole.map(|row| row.version.as_str()).max()
    }

    /// Rows that speak of what the directory does not have.
    pub(crate) fn absent<'r>(
        &self,
        rows: &[&'r Revision],
        scan: &ScanOptions,
    ) -> Vec<&'r Revision> {
        let start = self.start(rows, scan);
        let known = |version: &str| start.is_some_and(|start| version <= start);
        let absent =
            |row: &&&Revision| self.of_version(&row.version).is_none() && !known(&row.version);
        rows.iter().filter(absent).copied().collect()
    }

    /// The file of a version.
    pub(crate) fn of_version(&self, version: &str) -> Option<&MigrationFile> {
        self.files.iter().find(|file| file.version() == version)
    }

    /// The first file whose hash is not the one that was recorded when it ran. Every hash covers the files before its own, of which
    /// some may have come in after it ran.
    fn edited(&self, rows: &[&Revision]) -> Option<String> {
        let files = self.files.iter();
        let files = files.map(|file| (file.name(), LineEnds::AsIs.apply(file.text())));
        let files: Vec<(&str, Cow<'_, str>)> = files.collect();
        // The directory as it is, and as it was without files that came in later.
        let mut known = vec![(Sums::compute(files.iter().cloned()), files)];
        for file in &self.files {
            let name = file.name();
            let row = rows.iter().find(|row| row.version == version_of(name));
            let Some(row) = row.filter(|row| !row.is_baseline() && !row.is_partial()) else {
                continue;
            };
            let recorded = row.hash.strip_prefix("h1:").unwrap_or(&row.hash);
            let unlike =
                |(sums, _): &(Sums, Vec<_>)| sums.of(name).is_some_and(|hash| hash != recorded);
            if recorded.is_empty() || !known.iter().all(unlike) {
                continue;
            }
            let found = known.iter().rev().take(TRIED).find_map(|(_, files)| {
                let at = files.iter().position(|(own, _)| *own == name)?;
                let run = added(&files[..=at], recorded)?;
                let mut files = files.clone();
                files.drain(run);
                Some((Sums::compute(files.iter().cloned()), files))
            });
            match found {
                Some(found) => known.push(found),
                None => return Some(name.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(files: &[(&str, &str)]) -> Dir {
        let file = |(name, text): &(&str, &str)| {
            MigrationFile::new(name.into(), (*name).to_owned(), (*text).to_owned())
        };
        Dir {
            path: "m".into(),
            exists: true,
            files: files.iter().map(file).collect(),
            sum: None,
            leftovers: Vec::new(),
        }
    }

    fn row(version: &str, kind: u32, applied: usize, total: usize) -> Revision {
        Revision {
            version: version.into(),
            kind,
            applied,
            total,
            error: None,
            hash: String::new(),
        }
    }

    /// Names of the files that are applied, and of those that are not.
    fn at(dir: &Dir, rows: &[Revision]) -> (Vec<String>, Vec<String>) {
        let records = Records::Revisions(rows.to_vec());
        let standing = dir.at(&records, &ScanOptions::POSTGRES).unwrap();
        let names = standing.dir.files.iter();
        (
            names.map(|file| file.name().to_owned()).collect(),
            standing.pending,
        )
    }

    #[test]
    fn files_are_applied_whose_rows_are_there() {
        let dir = dir(&[("1_a.sql", ""), ("2_b.sql", ""), ("3_c.sql", "")]);
        let (done, pending) = at(
            &dir,
            &[row("1", 2, 1, 1), row("3", 2, 1, 1), row(".atlas", 0, 0, 0)],
        );
        assert_eq!(done, ["1_a.sql", "3_c.sql"]);
        assert_eq!(pending, ["2_b.sql"]);
        assert_eq!(at(&dir, &[]).1.len(), 3);
    }

    #[test]
    fn baselines_and_checkpoints_stand_for_what_is_before_them() {
        let checkpoint = "-- atlas:checkpoint\n\nSELECT 1;\n";
        let dir = dir(&[
            ("1_a.sql", ""),
            ("2_all.sql", checkpoint),
            ("3_c.sql", ""),
            ("4_all.sql", checkpoint),
        ]);
        // The first one is run on an empty database; one that has rows passes it by.
        for rows in [[row("2", 2, 1, 1)], [row("2", 1, 0, 0)]] {
            let (done, pending) = at(&dir, &rows);
            assert_eq!(done, ["1_a.sql", "2_all.sql"]);
            assert_eq!(pending, ["3_c.sql"]);
        }
        let (done, pending) = at(&dir, &[row("1", 2, 1, 1), row("3", 2, 1, 1)]);
        assert_eq!(done, ["1_a.sql", "2_all.sql", "3_c.sql"]);
        assert!(pending.is_empty(), "{pending:?}");
    }

    #[test]
    fn a_baseline_needs_no_file_and_another_row_does() {
        let dir = dir(&[("2_b.sql", "")]);
        assert_eq!(at(&dir, &[row("1", 1, 0, 0)]).1, ["2_b.sql"]);
        let error = dir.at(
            &Records::Revisions(vec![row("3", 2, 1, 1)]),
            &ScanOptions::POSTGRES,
        );
        assert!(matches!(error, Err(StandingError::Absent { version, .. }) if version == "3"));
    }

    #[test]
    fn a_partial_file_is_cut_after_what_ran() {
        let dir = dir(&[
            ("1_a.sql", "SELECT 1;\nSELECT 2;\nSELECT 3;\n"),
            ("2_b.sql", ""),
        ]);
        let standing = dir.at(
            &Records::Revisions(vec![row("1", 2, 2, 3)]),
            &ScanOptions::POSTGRES,
        );
        let standing = standing.unwrap();
        assert_eq!(standing.dir.files[0].text(), "SELECT 1;\nSELECT 2;");
        assert_eq!(
            standing.partial.map(|partial| partial.file),
            Some("1_a.sql".into())
        );
        // Nothing of it ran, or somebody says that all of it did.
        assert!(at(&dir, &[row("1", 2, 0, 3)]).0.is_empty());
        assert_eq!(at(&dir, &[row("1", 4, 0, 3)]).0, ["1_a.sql"]);
    }

    #[test]
    fn the_latest_is_all_of_it_in_whatever_order_it_ran() {
        let dir = dir(&[("1_a.sql", ""), ("3_c.sql", ""), ("2_b.sql", "")]);
        let records = Records::Told(LATEST.to_owned());
        let standing = dir.at(&records, &ScanOptions::POSTGRES).unwrap();
        assert_eq!(standing.dir.files().len(), 3);
        assert!(standing.pending.is_empty());
    }

    #[test]
    fn a_file_that_was_edited_is_named() {
        let dir = dir(&[("1_a.sql", "SELECT 1;\n"), ("2_b.sql", "SELECT 2;\n")]);
        let sums = Sums::compute(
            dir.files
                .iter()
                .map(|file| (file.name(), file.text().into())),
        );
        let hashes: Vec<&str> = sums.lines().map(|(_, hash)| hash).collect();
        let with = |version: &str, hash: &str| Revision {
            hash: hash.to_owned(),
            ..row(version, 2, 1, 1)
        };
        let edited = |rows: Vec<Revision>| {
            let standing = dir.at(&Records::Revisions(rows), &ScanOptions::POSTGRES);
            standing.unwrap().edited
        };
        assert_eq!(
            edited(vec![
                with("1", hashes[0]),
                with("2", &format!("h1:{}", hashes[1]))
            ]),
            None
        );
        assert_eq!(
            edited(vec![with("1", "other"), with("2", "other")]),
            Some("1_a.sql".into())
        );
    }

    #[test]
    fn what_came_in_before_it_later_is_no_edit() {
        let names = [
            "1_a.sql", "2_b.sql", "3_c.sql", "4_d.sql", "5_e.sql", "6_f.sql",
        ];
        let all: Vec<(&str, String)> = names.map(|name| (name, format!("-- {name}\n"))).into();
        let of = |wanted: &[usize]| -> Dir {
            let files = wanted.iter().map(|at| (all[*at].0, all[*at].1.as_str()));
            dir(&files.collect::<Vec<_>>())
        };
        let with = |version: &str, then: &Dir| {
            let files = then
                .files
                .iter()
                .map(|file| (file.name(), file.text().into()));
            let sums = Sums::compute(files);
            let mut lines = sums.lines();
            let found = lines.find(|(name, _)| version_of(name) == version);
            Revision {
                hash: format!("h1:{}", found.unwrap().1),
                ..row(version, 2, 1, 1)
            }
        };
        // 1 and 4 ran, then 2 and 3 came in and 3 ran, then 5 came in, after 6 had run.
        let mut rows = vec![
            with("1", &of(&[0, 3])),
            with("4", &of(&[0, 3])),
            with("3", &of(&[0, 1, 2, 3])),
            with("6", &of(&[0, 1, 2, 3, 5])),
        ];
        let edited = |rows: &[Revision]| {
            let records = Records::Revisions(rows.to_vec());
            let standing = of(&[0, 1, 2, 3, 4, 5]).at(&records, &ScanOptions::POSTGRES);
            standing.unwrap().edited
        };
        assert_eq!(edited(&rows), None);
        rows[1].hash = "h1:other".to_owned();
        assert_eq!(edited(&rows).as_deref(), Some("4_d.sql"));
    }
}
