//! `docs/alembic-check.md`: what `alembic check` sees, and what `trueup check` sees, each line from a run of both.
//! `TRUEUP_BLESS=1` writes its tables anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::{Postgres, both};
use crate::loader::copy;
use crate::project::Project;

const PAGE: &str = "docs/alembic-check.md";
const MODELS: &str = "app/models.py";

/// How names of Alembic's operations begin.
const OPERATIONS: &[&str] = &["add_", "remove_", "modify_"];

/// What is said where no difference is found.
const NOTHING: &str = "nothing";

/// What a model says that the history never did: in words, and the edit of the models.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "a column",
        "    closed: ",
        "    draught: Mapped[int]\n    closed: ",
    ),
    (
        "a column's type",
        "name: Mapped[str] = mapped_column(String(40))",
        "name: Mapped[str] = mapped_column(String(80))",
    ),
    (
        "a column that takes no NULL",
        "closed: Mapped[Optional[datetime]]",
        "closed: Mapped[datetime]",
    ),
    (
        "a comment",
        "server_default=\"1\")",
        "server_default=\"1\", comment=\"in metres\")",
    ),
    (
        "`ON DELETE` of a foreign key",
        "name=\"mooring_berth\")",
        "name=\"mooring_berth\", ondelete=\"CASCADE\")",
    ),
    ("a default", "server_default=\"1\"", "server_default=\"2\""),
    (
        "a default that is gone",
        "mapped_column(server_default=func.now())",
        "mapped_column()",
    ),
    (
        "a check",
        "        Index(",
        "        CheckConstraint(\"boat <> ''\", name=\"has_boat\"),\n        Index(",
    ),
    ("a check that is another", "length > 0", "length > 1"),
    (
        "a check that is gone",
        "        CheckConstraint(\"length > 0\", name=\"has_length\"),\n",
        "",
    ),
    (
        "a value of an enum",
        "\"short\", name",
        "\"short\", \"wide\", name",
    ),
    (
        "a primary key's columns",
        "String(40), primary_key=True",
        "String(40)",
    ),
    ("an index's `WHERE`", "closed IS NULL", "closed IS NOT NULL"),
    (
        "a computed column's expression",
        "upper(boat)",
        "lower(boat)",
    ),
    (
        "a collation",
        "mapped_column(String(40), primary",
        "mapped_column(String(40, \"C\"), primary",
    ),
    (
        "`DEFERRABLE`",
        "name=\"mooring_berth\")",
        "name=\"mooring_berth\", deferrable=True)",
    ),
];

/// What is wrong with a history itself: in words, the folder of `tests/data/alembic`, and what trueup is asked.
const HISTORIES: &[(&str, &str, &[&str])] = &[
    ("nothing", "base", &["check"]),
    ("two heads", "fork", &["check"]),
    (
        "a revision follows none that is there",
        "orphan",
        &["check"],
    ),
    ("a revision that the database refuses", "breaks", &["check"]),
    ("a data migration needs rows", "needs-rows", &["check"]),
    (
        "a downgrade that does not lead back",
        "no-way-back",
        &["migrate", "validate", "--round-trip", "c3"],
    ),
];

/// A project of `tests/data/alembic/base` and what a folder has besides.
fn project(folder: &str) -> Project {
    let project = Project::copy("tests/data/alembic/base");
    if !folder.ends_with("/base") {
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &project.path(""),
        );
    }
    // Its settings configure no logs.
    project.edit(
        "alembic/env.py",
        "fileConfig(config.config_file_name)\n",
        "",
    );
    project
}

/// What a command prints.
fn said(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// What Alembic finds: the names of its operations, or its error.
fn alembic(project: &Project, url: &str, args: &[&str]) -> String {
    let mut command = project.command("alembic");
    command.args(args).env("DATABASE_URL", url);
    let said = said(&mut command);
    if let Some((_, found)) = said.split_once("New upgrade operations detected: ") {
        let names = found.split("('").skip(1);
        let names = names.filter_map(|rest| rest.split_once("', "));
        let names = names.filter(|(name, _)| OPERATIONS.iter().any(|verb| name.starts_with(verb)));
        let names = names.map(|(name, _)| format!("`{name}`"));
        let mut names: Vec<String> = names.collect();
        names.dedup();
        return names.join(", ");
    }
    if said.contains("No new upgrade operations detected.") {
        return NOTHING.to_owned();
    }
    let error = match said.split_once("FAILED: ") {
        Some((_, why)) => why.lines().next(),
        // The sentence at the end of a traceback.
        None => said.lines().rfind(|line| {
            let name = line.split_once(": ").map_or("", |(name, _)| name);
            !name.contains([' ', '/']) && (name.contains('.') || name.ends_with("Error"))
        }),
    };
    error.map_or_else(String::new, |why| {
        format!("`{}`", why.trim().replace('`', "'"))
    })
}

/// What trueup finds: its changes, or its first line.
fn trueup(project: &Project, url: &str, args: &[&str]) -> String {
    let mut command: Command = project.command(env!("CARGO_BIN_EXE_trueup"));
    command.args(args).env("DATABASE_URL", url);
    let said = said(&mut command);
    let changes = said.lines().filter_map(|line| line.strip_prefix("    "));
    let changes: Vec<String> = changes
        .take_while(|_| said.starts_with("Drifted"))
        .filter(|line| !line.starts_with(' '))
        .map(|line| format!("`{}`", line.trim()))
        .collect();
    if said.starts_with("In sync") || said.contains(" is valid ") {
        return NOTHING.to_owned();
    }
    if changes.is_empty() {
        let first = said.lines().next().unwrap_or_default();
        return format!(
            "`{}`",
            first.trim_start_matches("Error: ").replace('`', "'")
        );
    }
    changes.join(", ")
}

#[test]
fn line_by_line() {
    let server = Postgres::given_or_own();
    let (history, dev) = (server.database(), server.database());
    let url = server.sqlalchemy_url(&history);
    let folder = "tests/data/pages/alembic-check";
    let built = project(folder);
    let mut upgrade = built.command("alembic");
    upgrade.args(["upgrade", "heads"]).env("DATABASE_URL", &url);
    let output = upgrade.output().expect("Alembic runs");
    assert!(output.status.success(), "{}", both(&output));
    let dev = server.url(&dev);
    let check = ["check", "--env", "pg", "--dev-url", &dev];
    assert_eq!(alembic(&built, &url, &["check"]), NOTHING);
    assert_eq!(trueup(&built, &url, &check), NOTHING);

    let mut rows = String::new();
    for (words, from, to) in DIFFERENCES {
        let project = project(folder);
        project.edit(MODELS, from, to);
        let theirs = alembic(&project, &url, &["check"]);
        let ours = trueup(&project, &url, &check);
        assert_ne!(ours, NOTHING, "{words}");
        rows.push_str(&format!("| {words} | {theirs} | {ours} |\n"));
    }
    let mut broken = String::new();
    for (words, case, args) in HISTORIES {
        let project = project(&format!("tests/data/alembic/{case}"));
        let file = format!("sqlite:///{}", project.path("app.db").display());
        let upgraded = alembic(&project, &file, &["upgrade", "heads"]);
        let theirs = match upgraded.is_empty() {
            true => alembic(&project, &file, &["check"]),
            false => upgraded,
        };
        let args = [args, &["--env", "lite"][..]].concat();
        let ours = trueup(&project, &file, &args);
        let here = project.path("").display().to_string();
        broken.push_str(&format!("| {words} | {theirs} | {ours} |\n").replace(&here, ""));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).expect("the page");
    let mut parts = page.split_inclusive("|---|---|---|\n");
    let mut found = parts.next().expect("a table").to_owned();
    for table in [&rows, &broken] {
        let part = parts.next().expect("a table");
        let after = part.find("\n\n").map_or("", |end| &part[end + 1..]);
        found.push_str(table);
        found.push_str(after);
    }
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        fs::write(&path, &found).expect("the page");
    } else {
        assert_eq!(found, page, "{PAGE}");
    }
}
