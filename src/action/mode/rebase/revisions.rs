//! What a pull request does to an Alembic history, as far as files tell. Nothing of it is run, so that a fork's can be looked at
//! like any other.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::Refused;
use super::commits::{Commits, Sides};
use crate::config::AlembicConfig;
use crate::current::alembic::graph::{Fork, Graph};
use crate::current::alembic::layout::{self, Files, Place};
use crate::current::alembic::revision;
use crate::github::client::ApiError;
use crate::github::pull::{self, Now};
use crate::github::tree::{Content, Tree};
use crate::problem::Problem;

/// What is settled here, where something else conflicts.
pub(super) const SETTLED: &str = "which revision follows which is";

/// Where the history is.
pub(super) struct Looking<'a> {
    alembic: &'a AlembicConfig,
    /// The project's directory in the repository.
    work: &'a str,
    /// The settings' file there, and what it says, as checked out.
    file: String,
    place: Place,
}

/// A pull request that leaves its base with several heads.
pub(super) struct Forked {
    pub(super) fork: Fork,
    pub(super) base: Graph,
    pub(super) both: Graph,
    pub(super) place: Place,
    pub(super) sides: Sides,
    /// What the base's revisions need to become those of both.
    pub(super) changes: BTreeMap<String, Content>,
    /// The revisions' texts by path.
    pub(super) texts: BTreeMap<String, String>,
    /// The pull request lacks revisions of its base.
    pub(super) merging: bool,
}

impl Forked {
    /// What the commit goes on from that settles it.
    pub(super) fn goes_on_from(&self) -> &Tree {
        match self.merging {
            true => &self.sides.onto,
            false => &self.sides.head,
        }
    }
}

impl<'a> Looking<'a> {
    /// `root` is where the repository is checked out.
    ///
    /// # Errors
    /// When it can't be told where the history is.
    pub(super) fn new(
        alembic: &'a AlembicConfig,
        work: &'a str,
        root: &Path,
    ) -> Result<Self, Problem> {
        let file = settings(alembic, work, |path| root.join(path).is_file())?;
        let text = std::fs::read_to_string(root.join(&file))
            .map_err(|error| Problem::new(format!("can't read {file}: {error}")))?;
        let is_dir = |path: &str| root.join(path).is_dir();
        let files = Files {
            work,
            is_dir: &is_dir,
        };
        let place = Place::read(&file, &alembic.section, &text, files)?;
        Ok(Self {
            alembic,
            work,
            file,
            place,
        })
    }

    /// Whether a pull request has revisions here, or may.
    pub(super) async fn concerns(
        &self,
        pull: &Now,
        commits: &Commits<'_>,
    ) -> Result<bool, ApiError> {
        let paths = pull::files(commits.github, commits.repository, pull.number).await?;
        let ours = |path: &String| *path == self.file || self.place.holds(path);
        Ok(paths.is_none_or(|paths| paths.iter().any(ours)))
    }

    /// Looks at a pull request with its base as that is now; none where it leaves it with no more heads than it has.
    ///
    /// # Errors
    /// [`Refused`] where files don't tell; anything else where they can't be read.
    pub(super) async fn look(
        &self,
        pull: &Now,
        commits: &mut Commits<'_>,
    ) -> Result<Option<Forked>> {
        let sides = commits.sides(pull).await?;
        let place = self.place(&sides.onto, commits).await?;
        let [was, is] = [&sides.start, &sides.head].map(|tree| tree.entries.get(&self.file));
        if was != is && self.place(&sides.head, commits).await? != place {
            let why = "the pull request moves the history's directories";
            return Err(Refused::new(why, "change that in a pull request of its own").into());
        }
        let changes = commits
            .merge(&sides, pull, SETTLED, |path| !place.holds(path))
            .await?;
        let mut theirs = BTreeMap::new();
        for (path, entry) in sides
            .onto
            .entries
            .iter()
            .filter(|(path, _)| place.holds(path))
        {
            theirs.insert(path.clone(), commits.text(path, entry).await?);
        }
        let mut texts = theirs.clone();
        for (path, content) in &changes {
            let text = match content {
                Content::Gone => {
                    texts.remove(path);
                    continue;
                }
                Content::Text { text, .. } => text.clone(),
                Content::Entry(entry) => commits.text(path, entry).await?,
            };
            texts.insert(path.clone(), text);
        }
        let (base, both) = (graph(&theirs)?, graph(&texts)?);
        let Some(fork) = both.fork(&base) else {
            return Ok(None);
        };
        Ok(Some(Forked {
            merging: theirs
                .keys()
                .any(|path| !sides.head.entries.contains_key(path)),
            fork,
            base,
            both,
            place,
            sides,
            changes,
            texts,
        }))
    }

    /// Where a commit has its revisions.
    async fn place(&self, tree: &Tree, commits: &mut Commits<'_>) -> Result<Place> {
        let file = settings(self.alembic, self.work, |path| {
            tree.entries.contains_key(path)
        })
        .map_err(Refused)?;
        let Some(entry) = tree.entries.get(&file) else {
            return Err(Refused::new(format!("there is no {file}"), "merge the base").into());
        };
        let text = commits.text(&file, entry).await?;
        let is_dir = |path: &str| {
            let below = format!("{path}/");
            path.is_empty()
                || tree
                    .entries
                    .range(below.clone()..)
                    .next()
                    .is_some_and(|(path, _)| path.starts_with(&below))
        };
        let files = Files {
            work: self.work,
            is_dir: &is_dir,
        };
        Ok(Place::read(&file, &self.alembic.section, &text, files).map_err(Refused)?)
    }
}

/// The path of the settings' file in the repository.
fn settings(
    alembic: &AlembicConfig,
    work: &str,
    there: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let below = |name: &str| layout::joined(work, name);
    let file = layout::settings(&alembic.file, |name| {
        below(name).is_some_and(|path| there(&path))
    })?;
    below(&file.to_string_lossy()).ok_or_else(|| {
        let why = format!("{} is not in the repository", file.display());
        Problem::new(why)
            .hint("name a file of the repository by its path from the project's directory")
    })
}

fn graph(texts: &BTreeMap<String, String>) -> Result<Graph, Refused> {
    let read = texts.iter().map(|(path, text)| revision::read(path, text));
    let all: Vec<_> = read
        .collect::<Result<_, _>>()
        .map_err(|error| Refused(error.into()))?;
    Graph::of(all).map_err(|error| Refused(error.into()))
}
