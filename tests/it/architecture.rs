//! The shape of the source tree: imports go down the layers, dialects are named in their folders alone, every file says
//! what it owns. `src/lib.rs` has the map for people.

use std::collections::{BTreeMap, BTreeSet};
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
    &["matrix", "init", "report"],
    &["github"],
    &["action"],
    &["cli"],
];

/// Synchronous and pure: no file, no process, no socket, no clock.
const PURE: &[&str] = &[
    "sql/", "schema/", "plan/", "diff/", "lint/", "/ddl/", "/ddl.rs",
];

/// Where a dialect's name may stand outside its folder, and why.
const NAMED: &[(&str, &str)] = &[(
    "sql/options.rs",
    "how each dialect's scripts are split is a preset there, and knows no engine",
)];

/// Circles that stay: the folder, what is in it, and why.
const CIRCLES: &[(&str, &[&str], &str)] = &[
    (
        "crate::engine",
        &["dev", "driver"],
        "a driver is called with the states and the shared database, which are generic over it",
    ),
    (
        "crate::engine::dev",
        &["private", "shared", "state"],
        "a state belongs to a private server or to a shared one, which open states",
    ),
];

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

fn imports_go_down_the_layers(sources: &[Source]) -> Vec<String> {
    let mut wrong = BTreeSet::new();
    for source in sources {
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
        for path in paths(source) {
            let ["crate", used, ..] = path[..] else {
                continue;
            };
            if used != own && layer(used).is_some_and(|used| used >= place) {
                wrong.insert(format!("src/{}: `{own}` may not use `{used}`", source.path));
            }
        }
    }
    wrong.into_iter().collect()
}

fn dialects_know_nothing_of_each_other(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    let names: Vec<&str> = dialect::ALL
        .iter()
        .map(|dialect| dialect.profile().name)
        .collect();
    for source in sources {
        let Some(own) = source
            .path
            .strip_prefix("dialect/")
            .and_then(|path| path.split('/').next())
            .filter(|own| *own != "mod.rs")
        else {
            continue;
        };
        for path in paths(source) {
            let ["crate", "dialect", used, ..] = path[..] else {
                continue;
            };
            if used != own && names.contains(&used) {
                wrong.push(format!("src/{} uses {used}", source.path));
            }
        }
    }
    wrong
}

/// Statements of a plan are made where a dialect writes DDL; queries and settings are a dialect's, too.
fn sql_is_written_by_dialects_alone(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
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
    for source in sources {
        let ddl = source.path.contains("/ddl/") || source.path.starts_with("plan/");
        for maker in ["Step::new(", "Step::irreversible(", "Step::new("] {
            if !ddl && source.code.contains(maker) {
                wrong.push(format!("src/{} has `{maker}…)`", source.path));
            }
        }
        for verb in verbs {
            let written = source.code.contains(&format!("\"{verb}"));
            if written && !source.path.starts_with("dialect/") {
                wrong.push(format!("src/{} has a statement: {verb}…", source.path));
            }
        }
    }
    wrong
}

/// Identifiers with a dialect's name as one of their words, and strings that are one: those decide something. Sentences
/// for people may say `postgres://`.
fn no_dialect_is_named_outside_its_folder(sources: &[Source]) -> Vec<String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for dialect in dialect::ALL {
        let profile = dialect.profile();
        names.insert(profile.name);
        names.extend(profile.schemes);
        names.extend(profile.aliases);
    }
    let mut wrong = Vec::new();
    for source in sources {
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
    wrong
}

#[test]
fn exceptions_are_still_needed() {
    for (folder, names, why) in CIRCLES {
        let parts: Vec<&str> = folder.split("::").skip(1).collect();
        let gone = names.iter().find(|name| {
            let path = format!("{}/{name}", parts.join("/"));
            !sources()
                .iter()
                .any(|source| source.path.starts_with(&path))
        });
        assert_eq!(gone, None, "of {folder} ({why})");
    }
    for (path, why) in NAMED {
        assert!(
            sources().iter().any(|source| source.path == *path),
            "{path} is gone ({why})"
        );
    }
}

fn pure_modules_do_no_io(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    let forbidden = ["fs", "process", "net", "env"];
    let words = ["SystemTime", "Instant", "async fn"];
    for source in sources {
        let pure = PURE.iter().any(|part| {
            format!("/{}", source.path).contains(&format!("/{}", part.trim_start_matches('/')))
        });
        if !pure {
            continue;
        }
        for path in paths(source) {
            let io = match path[..] {
                ["std", module, ..] => forbidden.contains(&module),
                ["tokio" | "sqlx", ..] => true,
                _ => false,
            };
            if io {
                let used = path.join("::");
                wrong.push(format!("src/{} is pure, and uses `{used}`", source.path));
            }
        }
        for word in words {
            if source.code.contains(word) {
                wrong.push(format!("src/{} is pure, and has `{word}`", source.path));
            }
        }
    }
    wrong
}

fn every_file_says_what_it_owns(sources: &[Source]) -> Vec<String> {
    let silent = sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "));
    let told = silent.map(|source| format!("src/{} does not open with `//!`", source.path));
    told.collect()
}

/// Items, not fields and variants: those have comments where their names don't say all there is to say.
fn public_items_have_docs(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
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
    for source in sources {
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
            if item && !told {
                let place = format!("src/{}:{}", source.path, number + 1);
                wrong.push(format!("{place} has no docs: {code}"));
            }
            // Attributes stand between an item and its docs.
            told = code.starts_with("///") || (told && !code.is_empty() && !item);
            in_trait = (in_trait || line.starts_with("pub trait ")) && line != "}";
        }
    }
    wrong
}

fn files_stay_readable(sources: &[Source]) -> Vec<String> {
    let long = sources.iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > 900).then(|| format!("src/{} has {lines} lines: split it", source.path))
    });
    long.collect()
}

/// Files and folders beside each other may not use each other in a circle. A folder's `mod.rs` is its face, which its
/// files may use and which uses them; what it only passes on counts as what it is passed on from.
fn nothing_beside_each_other_goes_in_a_circle(sources: &[Source]) -> Vec<String> {
    let modules: BTreeMap<Vec<&str>, &Source> = sources
        .iter()
        .map(|source| (home(source), source))
        .collect();
    let imports: Imports<'_> = modules
        .iter()
        .map(|(module, source)| (module.clone(), paths_from(source, module, &modules)))
        .collect();
    let mut edges: BTreeMap<Vec<&str>, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (module, paths) in &imports {
        for path in paths {
            let Some(used) = target(module, path, &imports) else {
                continue;
            };
            let shared = module.iter().zip(&used).take_while(|(a, b)| a == b).count();
            if let (Some(own), Some(other)) = (module.get(shared), used.get(shared)) {
                let folder = module[..shared].to_vec();
                edges.entry(folder).or_default().insert((own, other));
            }
        }
    }
    let mut wrong = Vec::new();
    for (folder, edges) in edges {
        let reaches = |from: &str, to: &str| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(at) = next.pop() {
                for (_, other) in edges.iter().filter(|(own, _)| *own == at) {
                    if seen.insert(*other) {
                        next.push(other);
                    }
                }
            }
            seen.contains(to)
        };
        let members: BTreeSet<&str> = edges.iter().map(|(own, _)| *own).collect();
        let circle = members.into_iter().filter(|name| reaches(name, name));
        let circle: Vec<&str> = circle.collect();
        let folder = folder.join("::");
        let excused = CIRCLES
            .iter()
            .any(|(at, names, _)| *at == folder && *names == circle);
        if !circle.is_empty() && !excused {
            wrong.push(format!("in {folder}: {} use each other", circle.join(", ")));
        }
    }
    wrong
}

/// What each module's code names.
type Imports<'s> = BTreeMap<Vec<&'s str>, Vec<Vec<&'s str>>>;

/// The module that a path leads to from another one, through what modules on the way pass on.
fn target<'s>(from: &[&'s str], path: &[&'s str], imports: &Imports<'s>) -> Option<Vec<&'s str>> {
    let mut path = path.to_vec();
    for _ in 0..4 {
        let known = (1..=path.len())
            .rev()
            .find(|end| imports.contains_key(&path[..*end]));
        let (module, rest) = path.split_at(known?);
        let passed_on = rest.first().and_then(|name| {
            let named = |path: &&Vec<&str>| path.last() == Some(name);
            imports[module].iter().find(named)
        });
        match passed_on {
            Some(found) if module != from && *found != path => path = found.clone(),
            _ => return Some(module.to_vec()),
        }
    }
    None
}

/// The path of a file's module, from `crate` on.
fn home(source: &Source) -> Vec<&str> {
    let own = source.path.trim_end_matches(".rs");
    let own = own.strip_suffix("/mod").unwrap_or(own);
    let parts = own
        .split('/')
        .filter(|part| !matches!(*part, "lib" | "main"));
    std::iter::once("crate").chain(parts).collect()
}

/// The paths that a file names, those too that begin with one of its own modules.
fn paths_from<'s>(
    source: &'s Source,
    module: &[&'s str],
    modules: &BTreeMap<Vec<&'s str>, &'s Source>,
) -> Vec<Vec<&'s str>> {
    let mut found = paths(source);
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ':');
    let code = source.code.as_str();
    for child in modules
        .keys()
        .filter(|child| child.len() == module.len() + 1 && child.starts_with(module))
    {
        let start = format!("{}::", child[child.len() - 1]);
        for (at, _) in code.match_indices(&start) {
            if !code[..at].ends_with(inner) {
                path(&code[at..], module.to_vec(), module, &mut found);
            }
        }
    }
    found
}

type Rule = fn(&[Source]) -> Vec<String>;

/// Every rule, and a file that breaks it: its path and its text.
const RULES: &[(Rule, &[(&str, &str)])] = &[
    (
        imports_go_down_the_layers,
        &[("plan/planted.rs", "use crate::cli::io;")],
    ),
    (
        dialects_know_nothing_of_each_other,
        &[(
            "dialect/sqlite/planted.rs",
            "use crate::dialect::{postgres, write};",
        )],
    ),
    (
        sql_is_written_by_dialects_alone,
        &[("report/planted.rs", "const SQL: &str = \"DROP TABLE t\";")],
    ),
    (
        no_dialect_is_named_outside_its_folder,
        &[(
            "cli/planted.rs",
            "fn f(name: &str) -> bool { name == \"mysql\" }",
        )],
    ),
    (
        pure_modules_do_no_io,
        &[("diff/planted.rs", "use std::fs;")],
    ),
    (
        every_file_says_what_it_owns,
        &[("diff/planted.rs", "fn f() {}")],
    ),
    (
        public_items_have_docs,
        &[("diff/planted.rs", "//! Planted.\npub fn f() {}")],
    ),
    (files_stay_readable, &[("diff/planted.rs", LONG)]),
    (
        nothing_beside_each_other_goes_in_a_circle,
        &[
            ("diff/mod.rs", "pub use b::B;"),
            ("diff/a.rs", "use super::B;"),
            ("diff/b.rs", "use super::c::C;"),
            ("diff/c.rs", "use crate::diff::{a, b};"),
        ],
    ),
];

/// A file of a thousand lines.
const LONG: &str = {
    const LINES: [u8; 1000] = [b'\n'; 1000];
    match str::from_utf8(&LINES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

#[test]
fn the_tree_keeps_every_rule() {
    let sources = sources();
    let wrong: Vec<String> = RULES.iter().flat_map(|(rule, _)| rule(&sources)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_breaks_a_rule_is_found() {
    for (rule, planted) in RULES {
        let planted = planted.iter().map(|(path, text)| Source {
            path: (*path).into(),
            text: (*text).into(),
            code: code(text),
        });
        let planted: Vec<Source> = planted.collect();
        let found = rule(&planted);
        assert!(!found.is_empty(), "{}", planted[0].path);
    }
}
