//! Merges the files of two commits, path by path, where the result is unambiguous. No renames are looked for: a file that the
//! one side moved and the other one changed is a conflict here.

use std::collections::BTreeMap;

use crate::github::tree::{Entry, Tree};

/// What the one side's tree needs to become the merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The other side has it so.
    Take(Entry),
    Remove,
    /// Both changed the file.
    Both {
        base: Entry,
        head: Entry,
        onto: Entry,
    },
}

/// What has to change in `onto` for it to have what `head` did since `base`; paths that are settled otherwise are left out.
///
/// # Errors
/// The paths that both sides changed in ways that don't go together.
pub(super) fn joined(
    base: &Tree,
    head: &Tree,
    onto: &Tree,
    settled: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Change>, Vec<String>> {
    let mut changes = BTreeMap::new();
    let mut conflicts = Vec::new();
    let paths = head.entries.keys().chain(base.entries.keys());
    for path in paths.filter(|path| !settled(path)) {
        let [was, ours, theirs] = [base, head, onto].map(|tree| tree.entries.get(path));
        if ours == was || ours == theirs || changes.contains_key(path) {
            continue;
        }
        let change = match (was, ours, theirs) {
            (_, Some(ours), _) if theirs == was => Change::Take(ours.clone()),
            (_, None, _) if theirs == was => Change::Remove,
            (Some(was), Some(ours), Some(theirs))
                if was.is_file() && was.mode == ours.mode && was.mode == theirs.mode =>
            {
                Change::Both {
                    base: was.clone(),
                    head: ours.clone(),
                    onto: theirs.clone(),
                }
            }
            _ => {
                conflicts.push(path.clone());
                continue;
            }
        };
        changes.insert(path.clone(), change);
    }
    // A file where the other side has a directory.
    let stays = |path: &str| match changes.get(path) {
        Some(change) => *change != Change::Remove,
        None => onto.entries.contains_key(path),
    };
    let new = changes
        .iter()
        .filter(|(_, change)| matches!(change, Change::Take(_)));
    for (path, _) in new {
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let below = format!("{path}/");
        let inside = onto.entries.range(below.clone()..);
        let mut inside = inside.take_while(|(path, _)| path.starts_with(&below));
        if above.any(stays) || inside.any(|(path, _)| stays(path)) {
            conflicts.push(path.clone());
        }
    }
    conflicts.sort();
    conflicts.dedup();
    match conflicts.is_empty() {
        true => Ok(changes),
        false => Err(conflicts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let entry = |(path, sha): &(&str, &str)| {
            let entry = Entry {
                mode: "100644".into(),
                sha: (*sha).into(),
            };
            ((*path).to_owned(), entry)
        };
        Tree {
            sha: String::new(),
            entries: files.iter().map(entry).collect(),
        }
    }

    #[test]
    fn each_side_keeps_what_it_did() {
        let base = tree(&[
            ("a", "1"),
            ("b", "1"),
            ("c", "1"),
            ("d", "1"),
            ("m/sum", "1"),
        ]);
        let head = tree(&[
            ("a", "2"),
            ("c", "2"),
            ("d", "1"),
            ("e", "1"),
            ("m/sum", "2"),
        ]);
        let onto = tree(&[
            ("a", "1"),
            ("b", "1"),
            ("c", "3"),
            ("f", "1"),
            ("m/sum", "3"),
        ]);
        let changes = joined(&base, &head, &onto, |path| path == "m/sum").unwrap();
        let changes: Vec<String> = changes
            .iter()
            .map(|(path, change)| match change {
                Change::Take(entry) => format!("{path} {}", entry.sha),
                Change::Remove => format!("{path} gone"),
                Change::Both { base, head, onto } => {
                    format!("{path} {}+{}-{}", head.sha, onto.sha, base.sha)
                }
            })
            .collect();
        assert_eq!(changes, ["a 2", "b gone", "c 2+3-1", "e 1"]);
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let base = tree(&[("a", "1"), ("b", "1"), ("dir/x", "1")]);
        let of = |head: &[(&str, &str)], onto: &[(&str, &str)]| {
            joined(&base, &tree(head), &tree(onto), |_| false)
        };
        let keep = [("b", "1"), ("dir/x", "1")];
        let with = |more: &[(&'static str, &'static str)]| [&keep[..], more].concat();
        // Removed and changed, added twice, a file for a directory both ways.
        assert_eq!(of(&with(&[]), &with(&[("a", "2")])), Err(vec!["a".into()]));
        let twice = of(
            &with(&[("a", "1"), ("n", "1")]),
            &with(&[("a", "1"), ("n", "2")]),
        );
        assert_eq!(twice, Err(vec!["n".into()]));
        let file = of(
            &[("a", "1"), ("b", "1"), ("dir", "9")],
            &with(&[("a", "1"), ("dir/y", "1")]),
        );
        assert_eq!(file, Err(vec!["dir".into()]));
        let directory = of(
            &with(&[("a", "1"), ("n/z", "1")]),
            &with(&[("a", "1"), ("n", "1")]),
        );
        assert_eq!(directory, Err(vec!["n/z".into()]));
        // Both in the same way.
        of(&with(&[("a", "5")]), &with(&[("a", "5")])).unwrap();
    }
}
