//! The shape of the source tree: imports go down the layers, dialects are named in their folders alone, every file says
//! what it owns. `src/lib.rs` has the map for people.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueup::dialect;

/// Modules from the bottom up. A module may use those of lower layers, and those before it in its own.
const LAYERS: &[&[&str]] = &[
    &["sql", "problem", "schema", "config"],
    &["plan", "engine"],
    &["dialect"],
    &["diff", "lint", "migration"],
    &["confine", "desired", "current", "install"],
    &["pipeline"],
    &["report"],
    &["github"],
    &["action"],
    &["cli"],
];

/// Synchronous and pure: no file, no process, no socket, no clock.
const PURE: &[&str] = &[
    "sql/", "schema/", "plan/", "diff/", "lint/", "/ddl/", "/ddl.rs",
];

/// Names of dialects that are planned: they are kept out before their folder exists.
const PLANNED: &[&str] = &["mssql", "sqlserver"];

/// Dialects that may use another one's folder: theirs is the smaller part of one product family.
const FAMILIES: &[(&str, &str)] = &[("mariadb", "mysql")];

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

/// The paths that a file's code names, from the crate's or the library's root on: `super` is resolved, a group is each of
/// its members.
fn paths(source: &Source) -> Vec<Vec<&str>> {
    let own = source.path.trim_end_matches(".rs");
    let own = own.strip_suffix("/mod").unwrap_or(own);
    let home: Vec<&str> = std::iter::once("crate").chain(own.split('/')).collect();
    let code = &source.code;
    let roots = ["crate::", "super::", "self::", "std::", "tokio::", "sqlx::"];
    let mut starts: Vec<usize> = roots
        .iter()
        .flat_map(|root| code.match_indices(root).map(|(at, _)| at))
        .collect();
    starts.sort_unstable();
    let (mut found, mut read) = (Vec::new(), 0);
    for at in starts {
        let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ':');
        // What stands in a group is read with it.
        if at >= read && !code[..at].ends_with(inner) {
            read = code.len() - path(&code[at..], Vec::new(), &home, &mut found).len();
        }
    }
    found
}

/// Reads one path, or the members of a group, behind what is read already; gives what follows.
fn path<'a>(
    mut text: &'a str,
    mut before: Vec<&'a str>,
    home: &[&'a str],
    found: &mut Vec<Vec<&'a str>>,
) -> &'a str {
    loop {
        text = text.trim_start();
        if let Some(mut rest) = text.strip_prefix('{') {
            loop {
                rest = path(rest, before.clone(), home, found).trim_start();
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
                if let Some(after) = rest.strip_prefix('}') {
                    return after;
                }
                if rest.is_empty() {
                    return rest;
                }
            }
        }
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        match word {
            "super" if before.is_empty() => before = home[..home.len() - 1].to_vec(),
            "super" => _ = before.pop(),
            "self" if before.is_empty() => before = home.to_vec(),
            "" | "self" => {}
            word => before.push(word),
        }
        match rest.strip_prefix("::") {
            Some(more) if !more.starts_with('<') => text = more,
            _ => break text = rest,
        }
    }
    let rest = match text.trim_start().strip_prefix("as ") {
        Some(name) => name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => text,
    };
    found.push(before);
    rest
}

#[test]
fn every_way_to_write_a_path_is_read() {
    let source = |code: &str| Source {
        path: "plan/order/mod.rs".into(),
        text: String::new(),
        code: code.into(),
    };
    let read = |code: &str| -> Vec<String> {
        let source = source(code);
        paths(&source).iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(read("use crate::a::B;"), ["crate::a::B"]);
    assert_eq!(
        read("use crate::{\n    a::{self, X as Y},\n    b,\n};"),
        ["crate::a", "crate::a::X", "crate::b"]
    );
    assert_eq!(
        read("use super::{super::dialect, step};"),
        ["crate::dialect", "crate::plan::step"]
    );
    assert_eq!(read("super::super::dialect::f()"), ["crate::dialect::f"]);
    assert_eq!(
        read("self::names::f(crate::x::<T>())"),
        ["crate::plan::order::names::f", "crate::x"]
    );
    assert_eq!(read("use std::{fs, io};"), ["std::fs", "std::io"]);
    assert_eq!(read("$crate::a, my_crate::b"), [] as [&str; 0]);
}

#[test]
fn imports_go_down_the_layers() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let own = module(&source.path);
        if matches!(own, "lib" | "main") {
            continue;
        }
        let Some(place) = layer(own) else {
            wrong.insert(format!(
                "src/{}: no layer has the module `{own}`",
                source.path
            ));
            continue;
        };
        for path in paths(&source) {
            let ["crate", used, ..] = path[..] else {
                continue;
            };
            if used != own && layer(used).is_some_and(|used| used >= place) {
                wrong.insert(format!("src/{}: `{own}` may not use `{used}`", source.path));
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
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
            .filter(|own| *own != "mod.rs")
        else {
            continue;
        };
        for path in paths(&source) {
            let ["crate", "dialect", used, ..] = path[..] else {
                continue;
            };
            assert!(
                used == own || !names.contains(&used) || FAMILIES.contains(&(own, used)),
                "src/{} uses {used}",
                source.path
            );
        }
    }
}

/// Statements of a plan are made where a dialect writes DDL; queries and settings are a dialect's, too.
#[test]
fn sql_is_written_by_dialects_alone() {
    let verbs = [
        "CREATE ",
        "ALTER ",
        "DROP ",
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE ",
        "TRUNCATE ",
    ];
    for source in sources() {
        let ddl = source.path.contains("/ddl/") || source.path.starts_with("plan/");
        for maker in ["Step::new(", "Step::irreversible(", "Step::neutral("] {
            assert!(
                ddl || !source.code.contains(maker),
                "src/{} has `{maker}…)`",
                source.path
            );
        }
        for verb in verbs {
            assert!(
                source.path.starts_with("dialect/") || !source.code.contains(&format!("\"{verb}")),
                "src/{} has a statement: {verb}…",
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
    let forbidden = ["fs", "process", "net", "env"];
    let words = ["SystemTime", "Instant", "async fn"];
    for source in sources() {
        let pure = PURE.iter().any(|part| {
            format!("/{}", source.path).contains(&format!("/{}", part.trim_start_matches('/')))
        });
        if !pure {
            continue;
        }
        for path in paths(&source) {
            let io = match path[..] {
                ["std", module, ..] => forbidden.contains(&module),
                ["tokio" | "sqlx", ..] => true,
                _ => false,
            };
            assert!(
                !io,
                "src/{} is pure, and uses `{}`",
                source.path,
                path.join("::")
            );
        }
        for word in words {
            assert!(
                !source.code.contains(word),
                "src/{} is pure, and has `{word}`",
                source.path
            );
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

/// Items, not fields and variants: those have comments where their names don't say all there is to say.
#[test]
fn public_items_have_docs() {
    let items = [
        "fn ",
        "async fn ",
        "const ",
        "static ",
        "struct ",
        "enum ",
        "trait ",
        "type ",
    ];
    let is_item = |code: &str| items.iter().any(|item| code.starts_with(item));
    for source in sources() {
        let tests = source.text.find("#[cfg(test)]\nmod tests {");
        let text = &source.text[..tests.unwrap_or(source.text.len())];
        let (mut in_trait, mut told) = (false, false);
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            let item = match code.strip_prefix("pub ") {
                Some(public) => is_item(public),
                None => {
                    in_trait
                        && line.starts_with("    ")
                        && !line.starts_with("     ")
                        && is_item(code)
                }
            };
            assert!(
                told || !item,
                "src/{}:{} has no docs: {code}",
                source.path,
                number + 1
            );
            // Attributes stand between an item and its docs.
            told = code.starts_with("///") || (told && !code.is_empty() && !item);
            in_trait = (in_trait || line.starts_with("pub trait ")) && line != "}";
        }
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
