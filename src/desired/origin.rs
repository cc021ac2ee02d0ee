//! Where an object's model is in this checkout, when the SQL was printed on another machine or in a container: its paths
//! begin with that machine's copy of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::sql::SourcePosition;

/// Positions as a person in this directory names the files.
pub(super) fn from_here(positions: Vec<SourcePosition>) -> Vec<SourcePosition> {
    match std::env::current_dir() {
        Ok(here) => map(positions, &here, &|path| path.is_file()),
        Err(_) => positions,
    }
}

/// A repository's directory there, and how it is reached from here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Prefix {
    there: PathBuf,
    /// How many directories it is above this one.
    up: usize,
}

fn map(
    positions: Vec<SourcePosition>,
    here: &Path,
    is_file: &dyn Fn(&Path) -> bool,
) -> Vec<SourcePosition> {
    let prefix = foreign_prefix(&positions, here, is_file);
    let relative = |position: SourcePosition| {
        let path = Path::new(&position.file);
        if let Ok(file) = path.strip_prefix(here) {
            return SourcePosition {
                file: file.display().to_string(),
                ..position
            };
        }
        let mapped = prefix.as_ref().and_then(|prefix| {
            let rest = path.strip_prefix(&prefix.there).ok()?;
            let base = here.ancestors().nth(prefix.up)?;
            let file = base.join(rest);
            is_file(&file).then(|| match file.strip_prefix(here) {
                Ok(file) => file.to_owned(),
                Err(_above) => std::iter::repeat_n("..", prefix.up)
                    .collect::<PathBuf>()
                    .join(rest),
            })
        });
        match mapped {
            Some(file) => SourcePosition {
                file: file.display().to_string(),
                ..position
            },
            None => position,
        }
    };
    positions.into_iter().map(relative).collect()
}

/// The prefix that most files agree on. Each votes for the one under which its longest part exists here: a file of a
/// library, which may share its last name with one of the project, is outvoted.
fn foreign_prefix(
    positions: &[SourcePosition],
    here: &Path,
    is_file: &dyn Fn(&Path) -> bool,
) -> Option<Prefix> {
    let bases = bases(here);
    let mut files: Vec<&Path> = positions
        .iter()
        .map(|position| Path::new(&position.file))
        .filter(|path| path.is_absolute() && !path.starts_with(here) && !is_file(path))
        .collect();
    files.sort();
    files.dedup();
    let mut votes: BTreeMap<Prefix, usize> = BTreeMap::new();
    for file in files {
        if let Some(prefix) = longest(file, &bases, is_file) {
            *votes.entry(prefix).or_default() += 1;
        }
    }
    // Of equals, the shorter prefix leaves the longer part of a path that was found.
    votes
        .into_iter()
        .max_by_key(|(prefix, count)| {
            (*count, std::cmp::Reverse(prefix.there.components().count()))
        })
        .map(|(prefix, _)| prefix)
}

/// This directory and those above it up to the repository's.
fn bases(here: &Path) -> Vec<&Path> {
    let top = here.ancestors().position(|dir| dir.join(".git").exists());
    here.ancestors().take(top.unwrap_or(0) + 1).collect()
}

fn longest(file: &Path, bases: &[&Path], is_file: &dyn Fn(&Path) -> bool) -> Option<Prefix> {
    file.ancestors()
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find_map(|there| {
            let rest = file.strip_prefix(there).ok()?;
            let up = bases.iter().position(|base| is_file(&base.join(rest)))?;
            Some(Prefix {
                there: there.to_owned(),
                up,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(file: &str) -> SourcePosition {
        SourcePosition {
            file: file.to_owned(),
            ..source_map_of_one()
        }
    }

    fn source_map_of_one() -> SourcePosition {
        crate::sql::source_map("-- atlas:pos users[type=table] /x/models.py:7\n").remove(0)
    }

    fn mapped(files: &[&str], here: &Path) -> Vec<String> {
        let positions = files.iter().map(|file| position(file)).collect();
        map(positions, here, &|path| path.is_file())
            .into_iter()
            .map(|position| position.file)
            .collect()
    }

    #[test]
    fn a_workspace_elsewhere_is_this_one() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for file in [
            "services/api/app/models.py",
            "services/api/app/base.py",
            "libs/common/models.py",
        ] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir(root.join(".git")).unwrap();
        let there = "/home/runner/work/shop/shop";
        let files = [
            format!("{there}/services/api/app/models.py"),
            format!("{there}/services/api/app/base.py"),
            format!("{there}/libs/common/models.py"),
            format!("{there}/.venv/lib/python3.12/site-packages/other/models.py"),
            "/usr/lib/python3/app/models.py".to_owned(),
        ];
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let api = root.join("services/api");
        let wanted = [
            "app/models.py",
            "app/base.py",
            "../../libs/common/models.py",
        ];
        let found = mapped(&files, &api);
        assert_eq!(found[..3], wanted);
        assert_eq!(found[3..], files[3..], "libraries stay where they are");
        let found = mapped(&files[..3], &root);
        assert_eq!(
            found[1..],
            ["services/api/app/base.py", "libs/common/models.py"]
        );
        // A container that holds this directory only.
        assert_eq!(mapped(&["/app/app/models.py"], &api), ["app/models.py"]);
        assert_eq!(mapped(&["/app/app/other.py"], &api), ["/app/app/other.py"]);
        let local = api.join("app/models.py").display().to_string();
        assert_eq!(mapped(&[&local], &api), ["app/models.py"]);
    }
}
