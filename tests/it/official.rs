//! The official provider beside our loader: the same plan wherever that one is not wrong. Where it is, the table of `docs/atlas.md`
//! says how.

use std::fs;

use crate::lab::both;
use crate::project::Project;

const PAGE: &str = include_str!("../../docs/atlas.md");
const SQLITE: (&str, &str) = ("sqlite", "sqlite://dev?mode=memory");
const POSTGRES: (&str, &str) = ("postgresql", "local://postgres?search_path=public");

/// What comes of the official provider.
enum Official {
    /// What our loader gives, too.
    Same,
    /// No DDL: part of what it says, and the table's words for the models.
    Fails(&'static str, &'static str),
    /// Another schema: part of what leads from there to ours, and the table's words for the models.
    Other(&'static str, &'static str),
}
use Official::{Fails, Other, Same};

/// Folders of `tests/data`, the path that the provider gets, what our loader gets, the database and what comes of it.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
    Official,
);

const CASES: &[Case] = &[
    ("official/plain", "models", "models", SQLITE, Same),
    ("official/plain", "models", "models", POSTGRES, Same),
    ("loader/elsewhere", "shop", "shop.models", SQLITE, Same),
    (
        "loader/routines",
        ".",
        "models",
        ("mysql", "local://mysql/dev"),
        Same,
    ),
    (
        "loader/src-relative",
        "src/depot",
        "depot.models",
        SQLITE,
        Fails("attempted relative import", "Relative imports"),
    ),
    (
        "loader/src-layout",
        "src/harbour",
        "harbour.models",
        POSTGRES,
        Fails(
            "No module named 'harbour'",
            "Absolute imports of a src layout",
        ),
    ),
    (
        "loader/folder-of-scripts",
        "models",
        "models",
        SQLITE,
        Fails(
            "No module named 'ship'",
            "Files that import their neighbours",
        ),
    ),
    (
        "loader/flask-factory",
        "shop",
        "shop:create_app",
        POSTGRES,
        Fails(
            "attempted relative import",
            "An application factory of Flask",
        ),
    ),
    (
        "loader/alembic-env",
        "migrations",
        "migrations",
        SQLITE,
        Fails("alembic.context", "Alembic's `env.py`"),
    ),
    (
        "loader/several",
        ".",
        "one two:registries",
        SQLITE,
        Other("CREATE TABLE", "Several bases"),
    ),
    (
        "official/lines",
        "models",
        "models",
        SQLITE,
        Other("dear\nall", "A line break in a text of the models"),
    ),
    (
        "official/percent",
        "models",
        "models",
        POSTGRES,
        Other(
            "of 100 %'",
            "`%` in a comment, a default, a check or a view",
        ),
    ),
    (
        "official/listener",
        "models",
        "models",
        SQLITE,
        Fails(
            "exec_driver_sql",
            "A listener that runs text on the connection",
        ),
    ),
    (
        "official/prints",
        "models",
        "models",
        SQLITE,
        Fails("reading", "`print` when models are imported"),
    ),
    (
        "loader/create-view",
        ".",
        "models",
        POSTGRES,
        Other(
            "Modify \"afloat\" view",
            "`%` in a comment, a default, a check or a view",
        ),
    ),
];

#[test]
fn side_by_side() {
    let mut wrong = Vec::new();
    for (folder, path, target, (dialect, dev), official) in CASES {
        let project = Project::copy(&format!("tests/data/{folder}"));
        fs::create_dir(project.path(".git")).expect("a repository");
        let mut provider = project.command("atlas-provider-sqlalchemy");
        provider.args(["--path", path, "--dialect", dialect]);
        let theirs = provider.output().expect("the provider runs");
        let mut args = vec!["load"];
        args.extend(target.split(' '));
        args.extend(["--dialect", dialect]);
        let ours = project.trueup_exits(0, &args);
        fs::write(project.path("theirs.sql"), &theirs.stdout).expect("a file");
        fs::write(project.path("ours.sql"), ours).expect("a file");
        let compared = match theirs.status.success() {
            false => both(&theirs),
            true => {
                let files = ["--from", "file://theirs.sql", "--to", "file://ours.sql"];
                let args = [&["schema", "diff", "--dev-url", dev], &files[..]].concat();
                both(&project.trueup(&args))
            }
        };
        let (part, words, fails) = match official {
            Same => ("Schemas are synced", None, false),
            Fails(part, words) => (*part, Some(words), true),
            Other(part, words) => (*part, Some(words), false),
        };
        let row = words.is_none_or(|words| PAGE.contains(&format!("\n| {words} | ")));
        if !compared.contains(part)
            || !row
            || fails != (compared.contains("Error") || !theirs.status.success())
        {
            wrong.push(format!(
                "== {folder} ({dialect}), in the table: {row}\n{compared}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
