//! Where a reverse plan begins and ends, by what a database records.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::loss::losses;
use super::reverse::{Way, way};
use super::{Down, DownAsk, refuse_strangers};
use crate::config::Format;
use crate::current::History;
use crate::dialect::Role;
use crate::diff::Diff;
use crate::diff::words::in_words;
use crate::migration::{Dir, LATEST, MigrationFile, Records, Revision, Standing};
use crate::pipeline::apply::ledger::Ledger;
use crate::pipeline::apply::{Target, WORK};
use crate::pipeline::drift::{self, Drift};
use crate::pipeline::records::{Row, Taken};
use crate::pipeline::{Context, PipelineError, Verdict, Writing};
use crate::problem::Problem;
use crate::sql::Statement;

/// A database, and what of it is to be taken back.
pub(super) struct Start {
    /// What it has.
    from: Standing,
    /// What is left.
    to: Standing,
    /// What is taken back, the first version first.
    taken: Vec<Taken>,
    /// What an earlier run did of it: hashes of the way up to each statement.
    sums: Option<Vec<String>>,
    rows: Vec<Row>,
}

/// Reads the records; `None` where there is nothing to be taken back.
pub(super) fn start(
    target: &Target<'_>,
    dir: &Dir,
    ledger: Ledger,
    ask: &DownAsk<'_>,
) -> Result<Option<Start>, PipelineError> {
    let rows = ledger.rows;
    let begun = rows.iter().find_map(|row| Some((row, row.back()?)));
    let taken = match &begun {
        Some((_, taken)) => {
            same_way(target, &rows, taken, ask)?;
            taken.clone()
        }
        None => chosen(target, dir, &rows, ask)?,
    };
    if taken.is_empty() {
        return Ok(None);
    }
    let is_taken = |row: &&Row| taken.iter().any(|one| one.version == row.revision.version);
    let left: Vec<Revision> = rows
        .iter()
        .filter(|row| !is_taken(row))
        .map(|row| row.revision.clone())
        .collect();
    let mut before = left.clone();
    before.extend(taken.iter().map(Taken::revision));
    let scan = &target.dialect.profile().scan;
    let at = |rows: Vec<Revision>| {
        let standing = dir.at(&Records::Revisions(rows), scan);
        standing.map_err(|error| {
            let problem = Problem::from(error);
            problem.detail("database", crate::pipeline::records::told(target.live))
        })
    };
    let (from, to) = (at(before)?, at(left)?);
    let sums = begun.map(|(row, _)| row.sums());
    Ok(Some(Start {
        from,
        to,
        taken,
        sums,
        rows,
    }))
}

/// What is to be taken back of a database that is at a version.
fn chosen(
    target: &Target<'_>,
    dir: &Dir,
    rows: &[Row],
    ask: &DownAsk<'_>,
) -> Result<Vec<Taken>, PipelineError> {
    let keep = match ask.to {
        None => rows.len().saturating_sub(ask.count.unwrap_or(1)),
        Some(version) => match rows.iter().position(|row| row.revision.version == version) {
            Some(at) => at + 1,
            None if dir.files().iter().any(|file| file.version() == version) => {
                return Err(target
                    .problem(format!("the database does not have version {version}"))
                    .hint("`trueup migrate status` tells what it has")
                    .into());
            }
            None => return Err(super::super::todo::unknown(dir, "version", version).into()),
        },
    };
    let taken = &rows[keep..];
    if let Some(row) = taken.iter().find(|row| row.revision.kind & 1 != 0) {
        let version = &row.revision.version;
        return Err(target
            .problem(format!(
                "version {version} is the baseline: nothing is recorded of what came before it"
            ))
            .hint(format!("go back to it at most: `--to-version {version}`"))
            .into());
    }
    Ok(taken.iter().map(Taken::of).collect())
}

/// Refuses another way than the one that was begun.
fn same_way(
    target: &Target<'_>,
    rows: &[Row],
    taken: &[Taken],
    ask: &DownAsk<'_>,
) -> Result<(), PipelineError> {
    let oldest = taken.first().map_or("", |taken| taken.version.as_str());
    let below = rows.iter().map(|row| row.revision.version.as_str());
    let to = below.filter(|version| *version < oldest).max();
    let same = ask.to.is_none_or(|version| to == Some(version))
        && ask.count.is_none_or(|count| count == taken.len());
    match same {
        true => Ok(()),
        false => Err(target
            .problem(format!(
                "an earlier run was interrupted while taking back {}",
                Taken::names(taken)
            ))
            .hint("finish that first: `trueup migrate down` without a number or a version")
            .into()),
    }
}

impl Start {
    /// Whether the way is the same one; one that was begun is for itself.
    pub(super) fn is(&self, other: &Self) -> bool {
        let names = |standing: &Standing| -> Vec<(String, usize)> {
            let files = standing.dir.files().iter();
            files
                .map(|file| (file.name().to_owned(), file.text().len()))
                .collect()
        };
        self.sums.is_none()
            && other.sums.is_none()
            && self.rows == other.rows
            && names(&self.from) == names(&other.from)
            && names(&self.to) == names(&other.to)
    }

    /// The files that are taken back, the last one first.
    fn files(&self) -> Vec<MigrationFile> {
        let files = self.from.dir.files().iter().rev();
        let is_taken = |file: &&MigrationFile| {
            let mut taken = self.taken.iter();
            taken.any(|taken| taken.version == file.version())
        };
        files.filter(is_taken).cloned().collect()
    }

    /// The way of each of these databases, which have the same one.
    pub(super) async fn ways(
        &self,
        context: &Context<'_>,
        targets: &[&Target<'_>],
        parallel: usize,
    ) -> Result<Vec<Result<Down, PipelineError>>, PipelineError> {
        let files = self.files();
        let way = way(context, (&self.from.dir, &self.to.dir), &files).await?;
        let way = Arc::new(way);
        let done = match &self.sums {
            None => {
                let lives: Vec<_> = targets.iter().map(|target| target.live).collect();
                let history = History::Files(Cow::Borrowed(&self.from.dir));
                let format = Format::Default;
                let (ask, keep) = (ask(&format), |drift| drift);
                let found = drift::drifts(context, &history, &lives, &ask, parallel, keep).await?;
                let each = found.databases.into_iter().zip(targets);
                let judge = |(at, target): (Result<usize, PipelineError>, &&Target<'_>)| {
                    let drift = &found.found[at?];
                    match drift.verdict() {
                        Verdict::Synced => Ok(0),
                        _ => Err(self.drifted(target, drift)),
                    }
                };
                each.map(judge).collect::<Vec<_>>()
            }
            Some(sums) => vec![self.far(context, targets[0], &way, sums).await],
        };
        let mut ways = Vec::new();
        for (done, target) in done.into_iter().zip(targets) {
            ways.push(match done {
                Ok(done) => self.down(target, &way, &files, done).await,
                Err(error) => Err(error),
            });
        }
        Ok(ways)
    }

    async fn down(
        &self,
        target: &Target<'_>,
        way: &Arc<Way>,
        files: &[MigrationFile],
        done: usize,
    ) -> Result<Down, PipelineError> {
        let mut losses_found = Vec::new();
        if let Some(mut session) = target.cancel.race(target.reader()).await?? {
            let strangers = refuse_strangers(target, &mut *session, way).await;
            losses_found = losses(&mut *session, way, done).await;
            let _ = session.close().await;
            strangers?;
        }
        Ok(Down {
            current: self.from.version.clone(),
            target: self.to.version.clone(),
            files: files.to_vec(),
            way: Arc::clone(way),
            done,
            losses: losses_found,
            edited: self.from.edited.clone(),
            taken: self.taken.clone(),
            rows: self.rows.clone(),
        })
    }

    /// How many statements of the way were done: as many as are recorded, or one more. The database tells which.
    async fn far(
        &self,
        context: &Context<'_>,
        target: &Target<'_>,
        way: &Way,
        sums: &[String],
    ) -> Result<usize, PipelineError> {
        if way.sums.len() < sums.len() || !way.sums.starts_with(sums) {
            return Err(target
                .problem(format!(
                    "{} statements of another reverse plan were done, and this is not how it is planned now",
                    sums.len()
                ))
                .hint(format!(
                    "were migrations edited since, or trueup replaced? Put them back; or bring the database to a version by \
                     hand (`trueup drift` tells what it lacks), and record that: `trueup migrate set {}`",
                    self.to.version
                ))
                .into());
        }
        // What the server still does of a statement is waited for.
        let mut worker = target.cancel.race(target.writer()).await??;
        let held = target.hold(&mut *worker, WORK).await;
        let found = async {
            held?;
            let mut first = None;
            let role = |statement: &Statement| target.dialect.role(&statement.text);
            let recorded = way.statements.iter().take(sums.len());
            let inside = recorded.fold(false, |inside, one| match role(one) {
                Role::Begins => true,
                Role::Ends | Role::Commits => false,
                _ => inside,
            });
            // What is recorded inside a transaction of the way's own was committed by the statement that follows.
            let least = sums.len() + usize::from(inside);
            // Others are in one transaction with their record.
            let next = way.statements.get(least);
            let open = next.is_some_and(|next| matches!(role(next), Role::Commits | Role::Alone));
            for done in least..=least + usize::from(open) {
                let mut files = self.from.dir.files().to_vec();
                files.extend(way.first(done));
                let dir = Dir::in_memory(self.from.dir.path().to_owned(), files);
                let history = History::Files(Cow::Borrowed(&dir));
                let format = Format::Default;
                let found = drift::drift(context, &history, target.live, &ask(&format)).await?;
                if found.verdict() == Verdict::Synced {
                    return Ok(done);
                }
                first.get_or_insert(found);
            }
            Err(match first {
                Some(found) => self.drifted(target, &found),
                None => target.problem("its progress is unknown").into(),
            })
        };
        let found = found.await;
        let _ = worker.close().await;
        found
    }

    /// The database is not what the way was planned for.
    fn drifted(&self, target: &Target<'_>, drift: &Drift) -> PipelineError {
        let left = Diff {
            changes: drift.adopt.changes.clone(),
            texts: drift.adopt.texts.clone(),
        };
        let words = in_words(&left, drift.adopt.qualified);
        let (what, hint) = match &self.sums {
            None => (
                format!(
                    "the database is not what its migrations make up to {}, for which the reverse was planned: nothing was done",
                    self.from.version
                ),
                "`trueup drift` has the SQL that undoes what was changed by hand, and the migration that keeps it: do one of \
                 the two, then run this again"
                    .to_owned(),
            ),
            Some(sums) => (
                format!(
                    "{} statements of the reverse plan were done by a run that was interrupted, and the database is not what they make",
                    sums.len()
                ),
                format!(
                    "was something changed by hand since? Undo it and run this again; or bring the database to version {to} by \
                     hand and record that: `trueup migrate set {to}`",
                    to = self.to.version
                ),
            ),
        };
        target
            .problem(what)
            .detail("differs", words.trim_end().to_owned())
            .hint(hint)
            .into()
    }
}

fn ask(format: &Format) -> drift::Ask<'_> {
    drift::Ask {
        revision: Some(LATEST),
        grace: Duration::ZERO,
        writing: Writing::of(format),
    }
}
