//! The shape of the source tree: imports go down the layers, dialects are named in their folders alone, every file says
//! what it owns. `src/lib.rs` has the map for people.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueup::dialect;

/// Modules from the bottom up. A module may use those of lower layers, and those before it in its own.
const LAYERS: &[&[&str]] = &[
    &["sql", "schema", "config"],
    &["plan", "engine"],
    &["dialect"],
    &["diff", "migration"],
    &["confine", "desired", "current", "install"],
    &["report"],
    &["github"],
    &["cli"],
];

/// Synchronous and pure: no file, no process, no socket, no clock.
const PURE: &[&str] = &["sql/", "schema/", "plan/", "diff/", "/ddl/", "/ddl.rs"];

/// Names of dialects that are planned: they are kept out before their folder exists.
const PLANNED: &[&str] = &["mssql", "sqlserver"];

/// Where a dialect's name may stand outside its folder, and why.
const NAMED: &[(&str, &str)] = &[(
    "sql/options.rs",
    "how each dialect's scripts are split is a preset there, and knows no engine",
)];

struct Source {
    /// Relative to `src`.
    path: String,
    text: String,
    /// Without comments and test modules.
    code: String,
}

fn sources() -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("a source directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let path = path
            .strip_prefix(&root)
            .expect("below src")
            .to_string_lossy()
            .into_owned();
        Source {
            code: code(&text),
            path,
            text,
        }
    };
    paths
        .into_iter()
        .map(source)
        .filter(|source| !is_test(&source.path))
        .collect()
}

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part.trim_end_matches(".rs") == "tests" || part.ends_with("_tests.rs"))
}

/// What the compiler makes of a file outside tests. By convention tests are the last module of a file.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let code = |line: &str| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("#[arg") && !line.starts_with("#[command")
    };
    text.lines()
        .filter(|line| code(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top module that a file belongs to.
fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or(path)
}

fn layer(module: &str) -> Option<(usize, usize)> {
    LAYERS.iter().enumerate().find_map(|(layer, modules)| {
        modules
            .iter()
            .position(|name| *name == module)
            .map(|place| (layer, place))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

#[test]
fn imports_go_down_the_layers() {
    let mut wrong = Vec::new();
    for source in sources() {
        let own = module(&source.path);
        if matches!(own, "lib" | "main") {
            continue;
        }
        let Some(place) = layer(own) else {
            wrong.push(format!(
                "src/{}: no layer has the module `{own}`",
                source.path
            ));
            continue;
        };
        let used: BTreeSet<&str> = source
            .code
            .match_indices("crate::")
            .filter(|(start, _)| {
                !source.code[..*start].ends_with(|c: char| c.is_alphanumeric() || c == '$')
            })
            .filter_map(|(start, found)| words(&source.code[start + found.len()..]).next())
            .filter(|used| layer(used).is_some() && *used != own)
            .collect();
        for used in used {
            if layer(used) >= Some(place) {
                wrong.push(format!("src/{}: `{own}` may not use `{used}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dialects_know_nothing_of_each_other() {
    let names: Vec<&str> = dialect::ALL
        .iter()
        .map(|dialect| dialect.profile().name)
        .collect();
    for source in sources() {
        let Some(own) = source
            .path
            .strip_prefix("dialect/")
            .and_then(|path| path.split('/').next())
        else {
            continue;
        };
        for other in names.iter().filter(|name| **name != own && own != "mod.rs") {
            assert!(
                !source.code.contains(&format!("dialect::{other}")),
                "src/{} uses {other}",
                source.path
            );
        }
    }
}

/// Identifiers with a dialect's name as one of their words, and strings that are one: those decide something. Sentences
/// for people may say `postgres://`.
#[test]
fn no_dialect_is_named_outside_its_folder() {
    let mut names: BTreeSet<&str> = PLANNED.iter().copied().collect();
    for dialect in dialect::ALL {
        let profile = dialect.profile();
        names.insert(profile.name);
        names.extend(profile.schemes);
        names.extend(profile.aliases);
    }
    let mut wrong = Vec::new();
    for source in sources() {
        if source.path.starts_with("dialect/") || NAMED.iter().any(|(path, _)| *path == source.path)
        {
            continue;
        }
        for (number, line) in source.code.lines().enumerate() {
            let mut in_string = false;
            for piece in line.replace("\\\"", "").split('"') {
                let named = if in_string {
                    names.contains(piece.trim_end_matches("://").to_lowercase().as_str())
                } else {
                    words(piece)
                        .flat_map(|word| word.split('_'))
                        .any(|word| names.contains(word.to_lowercase().as_str()))
                };
                if named {
                    wrong.push(format!(
                        "src/{} (line {} of its code): {}",
                        source.path,
                        number + 1,
                        line.trim()
                    ));
                }
                in_string = !in_string;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a dialect is named:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn exceptions_are_still_needed() {
    for (path, why) in NAMED {
        assert!(
            sources().iter().any(|source| source.path == *path),
            "{path} is gone ({why})"
        );
    }
}

#[test]
fn pure_modules_do_no_io() {
    let forbidden = [
        "std::fs",
        "std::process",
        "std::net",
        "std::env",
        "SystemTime",
        "Instant",
        "tokio",
        "async fn",
        "sqlx::",
    ];
    for source in sources() {
        if PURE.iter().any(|part| {
            format!("/{}", source.path).contains(&format!("/{}", part.trim_start_matches('/')))
        }) {
            for word in forbidden {
                assert!(
                    !source.code.contains(word),
                    "src/{} is pure, and has `{word}`",
                    source.path
                );
            }
        }
    }
}

#[test]
fn every_file_says_what_it_owns() {
    for source in sources() {
        assert!(
            source.text.starts_with("//! "),
            "src/{} does not open with `//!`",
            source.path
        );
    }
}

#[test]
fn files_stay_readable() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(
            lines <= 900,
            "src/{} has {lines} lines: split it",
            source.path
        );
    }
}
