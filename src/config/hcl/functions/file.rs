//! Functions that look outside the config: files, relative to the config's directory, and the environment.

use std::path::{Path, PathBuf};

use super::super::super::fence::Beyond;
use super::super::scope::Scope;
use super::super::value::Value;
use super::{Args, Function, Outcome};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "getenv",
        min: 1,
        max: 1,
        run: getenv,
    },
    Function {
        name: "file",
        min: 1,
        max: 1,
        run: file,
    },
    Function {
        name: "glob",
        min: 1,
        max: 1,
        run: |scope, args| fileset(scope, args, false),
    },
    Function {
        name: "fileset",
        min: 1,
        max: 1,
        run: |scope, args| fileset(scope, args, true),
    },
    Function {
        name: "print",
        min: 1,
        max: 1,
        run: |_, args| {
            // Atlas prints to stdout, which belongs to results here.
            tracing::info!(
                "print: {}",
                args.get(0)
                    .text()
                    .unwrap_or_else(|| args.get(0).to_json().to_string())
            );
            Ok(args.get(0).clone())
        },
    },
];

fn getenv(scope: &Scope<'_>, args: &Args) -> Outcome {
    Ok(scope.getenv(args.text(0)?)?.into())
}

fn file(scope: &Scope<'_>, args: &Args) -> Outcome {
    Ok(scope.world.read(&scope.base, &args.text(0)?)?.into())
}

/// Absolute paths that match a pattern, sorted; `**` crosses directories when `deep`.
fn fileset(scope: &Scope<'_>, args: &Args, deep: bool) -> Outcome {
    let pattern = args.text(0)?;
    let mut found = vec![if pattern.starts_with('/') {
        PathBuf::from("/")
    } else {
        scope.base.clone()
    }];
    let parts: Vec<&str> = pattern
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        found = match *part {
            ".." => found
                .into_iter()
                .map(|dir| dir.parent().map_or(dir.clone(), Path::to_path_buf))
                .collect(),
            "**" if deep => found.iter().flat_map(|dir| descend(dir, last)).collect(),
            part => found.iter().flat_map(|dir| matching(dir, part)).collect(),
        };
        if let Some(fence) = scope.world.fence {
            // On the way to an absolute pattern's directory.
            let above = |path: &Path| pattern.starts_with('/') && fence.is_below(path);
            let beyond = |path: &&PathBuf| fence.check(path) == Err(Beyond::Outside);
            if let Some(path) = found.iter().filter(|path| !above(path)).find(beyond) {
                scope.world.check(path, &pattern)?;
            }
            // Links and what is git's are not there for it.
            found.retain(|path| above(path) || fence.check(path).is_ok());
        }
    }
    found.sort_unstable();
    found.dedup();
    let found = found
        .into_iter()
        .map(|path| path.to_string_lossy().into_owned().into());
    Ok(Value::List(found.collect()))
}

/// Entries of a directory whose name matches one part of a pattern.
fn matching(dir: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[', '{', '\\']) {
        let path = dir.join(part);
        return if path.exists() {
            vec![path]
        } else {
            Vec::new()
        };
    }
    let pattern: Vec<char> = part.chars().collect();
    let matches = |path: &PathBuf| {
        let name: Vec<char> = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .chars()
            .collect();
        matches_name(&pattern, &name)
    };
    entries(dir).into_iter().filter(matches).collect()
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    // A directory that cannot be read holds no match, as for a shell's glob.
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// A directory and all below it; with `files`, what is in them too. Links are not followed, so that this ends.
fn descend(dir: &Path, files: bool) -> Vec<PathBuf> {
    let mut out = vec![dir.to_owned()];
    let mut at = 0;
    while at < out.len() {
        for entry in entries(&out[at]) {
            let is_dir = entry.symlink_metadata().is_ok_and(|meta| meta.is_dir());
            if is_dir || files {
                out.push(entry);
            }
        }
        at += 1;
    }
    out
}

/// Shell patterns in a file name: `*`, `?`, `[a-z]`, `[^a]`, `\x`.
fn matches_name(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=name.len()).any(|skip| matches_name(rest, &name[skip..])),
        (['?', rest @ ..], [_, name @ ..]) => matches_name(rest, name),
        (['[', class @ ..], [c, name @ ..]) => match class_matches(class, *c) {
            Some((matched, rest)) => matched && matches_name(rest, name),
            None => false,
        },
        (['\\', p, rest @ ..], [c, name @ ..]) | ([p, rest @ ..], [c, name @ ..]) => {
            p == c && matches_name(rest, name)
        }
        _ => false,
    }
}

/// Whether a character is in a class, and the pattern after its `]`. `None` for a class that never ends.
fn class_matches(class: &[char], c: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match class {
        ['^' | '!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut matched = false;
    let mut first = true;
    loop {
        match rest {
            [']', after @ ..] if !first => return Some((matched != negated, after)),
            [low, '-', high, after @ ..] if *high != ']' => {
                matched |= (*low..=*high).contains(&c);
                rest = after;
            }
            [one, after @ ..] => {
                matched |= *one == c;
                rest = after;
            }
            [] => return None,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_shell_patterns() {
        let matches = |pattern: &str, name: &str| {
            matches_name(
                &pattern.chars().collect::<Vec<_>>(),
                &name.chars().collect::<Vec<_>>(),
            )
        };
        for (pattern, name) in [
            ("*.sql", "a.sql"),
            ("*", ""),
            ("a?c", "abc"),
            ("[a-c]x", "bx"),
            ("[^a]", "b"),
            (r"\*", "*"),
            ("a*b*c", "aXbYc"),
            ("[]]", "]"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.sql", "a.sqlx"),
            ("?", ""),
            ("[a-c]", "d"),
            ("[^a]", "a"),
            ("[a", "a"),
            (r"\*", "x"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
