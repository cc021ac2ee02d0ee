//! What GitHub has of the commits that are put together: their files, what these say, and what the merge of the rest is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Result;
use sha1::{Digest as _, Sha1};

use super::join::{Change, joined};
use super::{Refused, lines};
use crate::github::client::{ApiError, GitHub};
use crate::github::commit::branch_head;
use crate::github::event::Repository;
use crate::github::pull::Now;
use crate::github::tree::{self, Content, Entry, Tree};

/// Paths that are named where several conflict.
const NAMED: usize = 3;

/// What GitHub is asked once for all pull requests of a run.
pub(super) struct Commits<'a> {
    pub(super) github: &'a GitHub,
    pub(super) repository: &'a Repository,
    /// What is checked out, which need not be asked for.
    root: PathBuf,
    /// Contents by object.
    blobs: BTreeMap<String, Vec<u8>>,
    /// The base's newest commit, and what it has.
    tip: Option<(String, Rc<Tree>)>,
}

/// The commits of a pull request.
pub(super) struct Sides {
    /// Where both went on from.
    pub(super) start: Tree,
    pub(super) head: Tree,
    /// The base's newest commit, and what it has.
    pub(super) tip: String,
    pub(super) onto: Rc<Tree>,
}

impl<'a> Commits<'a> {
    /// `root` is where the repository is checked out.
    pub(super) fn new(github: &'a GitHub, repository: &'a Repository, root: PathBuf) -> Self {
        Self {
            github,
            repository,
            root,
            blobs: BTreeMap::new(),
            tip: None,
        }
    }

    /// Reads what a pull request is made of.
    ///
    /// # Errors
    /// [`Refused`] where its base is gone, or GitHub does not list all of it.
    pub(super) async fn sides(&mut self, pull: &Now) -> Result<Sides> {
        let Some(tip) = branch_head(self.github, self.repository, &pull.base).await? else {
            let why = format!("the branch `{}` is gone", pull.base);
            return Err(Refused::new(why, "give the pull request another base").into());
        };
        let commits = (tip.as_str(), pull.head.as_str());
        let start = tree::fork_point(self.github, self.repository, commits).await?;
        let onto = match &self.tip {
            Some((commit, tree)) if *commit == tip => Rc::clone(tree),
            _ => {
                let tree = Rc::new(self.tree(&tip).await?);
                self.tip = Some((tip.clone(), Rc::clone(&tree)));
                tree
            }
        };
        Ok(Sides {
            start: self.tree(&start).await?,
            head: self.tree(&pull.head).await?,
            tip,
            onto,
        })
    }

    async fn tree(&self, commit: &str) -> Result<Tree> {
        let tree = tree::read(self.github, self.repository, commit).await?;
        let hint = "merge the base yourself, and run `trueup migrate rebase`";
        let refused = || Refused::new("the repository has more files than GitHub lists", hint);
        Ok(tree.ok_or_else(refused)?)
    }

    /// Whether this object is what is checked out at a path.
    pub(super) fn is_here(&mut self, path: &str, sha: &str) -> bool {
        if self.blobs.contains_key(sha) {
            return true;
        }
        let at = self.root.join(path);
        let file = at.symlink_metadata().is_ok_and(|found| found.is_file());
        let Some(bytes) = file.then(|| std::fs::read(at).ok()).flatten() else {
            return false;
        };
        let same = object(&bytes) == sha;
        if same {
            self.blobs.insert(sha.to_owned(), bytes);
        }
        same
    }

    /// The content of the file at a path.
    pub(super) async fn blob(&mut self, path: &str, sha: &str) -> Result<Vec<u8>, ApiError> {
        self.is_here(path, sha);
        if let Some(known) = self.blobs.get(sha) {
            return Ok(known.clone());
        }
        let bytes = tree::blob(self.github, self.repository, sha).await?;
        self.blobs.insert(sha.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// The same as text.
    ///
    /// # Errors
    /// [`Refused`] where it is none.
    pub(super) async fn text(&mut self, path: &str, entry: &Entry) -> Result<String> {
        if !entry.is_file() {
            let why = format!("{path} is not a regular file");
            return Err(Refused::new(why, "commit the file itself").into());
        }
        let bytes = self.blob(path, &entry.sha).await?;
        let odd = |_error| Refused::new(format!("{path} is not UTF-8"), "save the file as UTF-8");
        Ok(String::from_utf8(bytes).map_err(odd)?)
    }

    /// What the base's newest commit needs to become the merge, but for what is settled otherwise; `what` is that, for people.
    ///
    /// # Errors
    /// [`Refused`] where something conflicts.
    pub(super) async fn merge(
        &mut self,
        sides: &Sides,
        pull: &Now,
        what: &str,
        settled: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Content>> {
        let joined = joined(&sides.start, &sides.head, &sides.onto, settled);
        let changes = joined.map_err(|paths| conflicting(&paths, pull, what))?;
        let mut made = BTreeMap::new();
        let mut conflicts = Vec::new();
        for (path, change) in changes {
            let content = match change {
                Change::Take(entry) => Content::Entry(entry),
                Change::Remove => Content::Gone,
                // Merged workflows are new ones, which a token may not write.
                Change::Both { .. }
                    if path.starts_with(".github/workflows/")
                        || self.has_a_way_of_its_own(&sides.onto, &path).await? =>
                {
                    conflicts.push(path);
                    continue;
                }
                Change::Both { base, head, onto } => {
                    let mut texts = Vec::new();
                    for entry in [&base, &head, &onto] {
                        texts.extend(plain(self.blob(&path, &entry.sha).await?));
                    }
                    let merged = match &texts[..] {
                        [base, head, onto] => lines::merged(base, head, onto),
                        _ => None,
                    };
                    let Some(text) = merged else {
                        conflicts.push(path);
                        continue;
                    };
                    Content::Text {
                        mode: head.mode,
                        text,
                    }
                }
            };
            made.insert(path, content);
        }
        match conflicts.is_empty() {
            true => Ok(made),
            false => Err(conflicting(&conflicts, pull, what).into()),
        }
    }

    /// Whether `.gitattributes` say how a file is merged.
    async fn has_a_way_of_its_own(&mut self, tree: &Tree, path: &str) -> Result<bool> {
        let above = path.match_indices('/').map(|(at, _)| &path[..=at]);
        for at in [""].into_iter().chain(above) {
            let attributes = format!("{at}.gitattributes");
            let Some(entry) = tree.entries.get(&attributes) else {
                continue;
            };
            let text = self.blob(&attributes, &entry.sha).await?;
            let text = String::from_utf8_lossy(&text);
            if text.lines().any(|line| names_merging(line, path)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether its branch is one that is written to.
pub(super) fn writable(pull: &Now) -> Result<(), Refused> {
    if !pull.ours {
        let hint = "its author can merge the base and run `trueup migrate rebase`";
        return Err(Refused::new(
            "the branch is in a fork, and only its author writes there",
            hint,
        ));
    }
    if pull.trunk {
        let why = format!(
            "`{}` is the default branch, whose migrations may have run",
            pull.branch
        );
        return Err(Refused::new(
            why,
            "settle it by hand on a branch of its own",
        ));
    }
    Ok(())
}

/// What git calls an object with this content.
fn object(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text of which lines can be merged.
fn plain(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(text)
}

/// Whether a line of `.gitattributes` is about merging a file. Of patterns, more are taken to match than do.
fn names_merging(line: &str, path: &str) -> bool {
    let mut words = line.split_whitespace();
    let pattern = words.next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let matches = match pattern.rsplit('/').next().unwrap_or(pattern) {
        "" => true,
        last if !last.contains(['*', '?', '[']) => path.split('/').any(|part| part == last),
        last => match last.strip_prefix("*.") {
            Some(ending) if !ending.contains(['*', '?', '[']) => {
                name.ends_with(&format!(".{ending}"))
            }
            _ => true,
        },
    };
    let merging =
        |word: &str| word == "binary" || word.trim_start_matches(['-', '!']).starts_with("merge");
    !pattern.starts_with('#') && matches && words.any(merging)
}

fn conflicting(paths: &[String], pull: &Now, what: &str) -> Refused {
    let named: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let conflicts = if paths.len() == 1 {
        "conflicts"
    } else {
        "conflict"
    };
    let why = format!(
        "{}{more} {conflicts} with `{}`, and only {what} settled here",
        named.join(", "),
        pull.base
    );
    let hint = format!(
        "merge `{}` into `{}` and settle that, then run `trueup migrate rebase`",
        pull.base, pull.branch
    );
    Refused::new(why, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_by_git() {
        assert_eq!(object(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(
            object(b"hello\n"),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
    }

    #[test]
    fn attributes_that_say_how_a_file_is_merged_are_seen() {
        for line in [
            "uv.lock merge=ours",
            "*.lock -merge",
            "services/** binary",
            "api/uv.lock text merge",
        ] {
            assert!(names_merging(line, "services/api/uv.lock"), "{line}");
        }
        for line in [
            "",
            "# *.lock -merge",
            "*.lock text eol=lf",
            "*.sum merge=trueup",
            "package.json -merge",
        ] {
            assert!(!names_merging(line, "services/api/uv.lock"), "{line}");
        }
    }
}
