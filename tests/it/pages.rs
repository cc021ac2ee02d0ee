//! The pages of `docs`, command by command: each prints what the page says, and leads where it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::{Postgres, run};
use crate::project::Project;

const ALEMBIC: &str = include_str!("../../docs/alembic.md");
const APPLY: &str = include_str!("../../docs/apply.md");
const ATLAS: &str = include_str!("../../docs/atlas.md");

/// The blocks of a language.
fn blocks<'s>(page: &'s str, language: &str) -> Vec<&'s str> {
    let start = format!("```{language}\n");
    let rest = page.split(&start).skip(1);
    rest.filter_map(|rest| rest.split_once("```\n").map(|(block, _)| block))
        .collect()
}

/// The text with every version of a migration, and every revision of Alembic's, as one.
fn normal(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\n']) {
        match c {
            '0'..='9' | 'a'..='f' => digits.push(c),
            _ => {
                out.push_str(match digits.len() {
                    14 => "VERSION",
                    12 => "REVISION",
                    _ => &digits,
                });
                digits.clear();
                out.push(c);
            }
        }
    }
    out.trim_end().to_owned()
}

/// Whether a command printed what the page says, where a line `…` stands for any lines.
fn is_as_told(told: &str, printed: &str) -> bool {
    let (told, printed) = (
        format!("\n{}\n", normal(told)),
        format!("\n{}\n", normal(printed)),
    );
    let mut parts = told.split("\n…\n").peekable();
    let mut rest = printed.strip_prefix(parts.next().unwrap_or_default());
    while let (Some(part), Some(text)) = (parts.next(), rest) {
        rest = match parts.peek() {
            None => text.ends_with(part).then_some(""),
            Some(_) => text.find(part).map(|at| &text[at + part.len()..]),
        };
    }
    rest == Some("")
}

/// Runs the page's commands in a project.
fn walk(project: &Project, page: &str, prepare: impl Fn(&mut Command)) {
    let mut walked = 0;
    for block in blocks(page, "console") {
        for told in format!("\n{block}").split("\n$ ").skip(1) {
            let (command, told) = told.split_once('\n').unwrap_or((told, ""));
            let trueup = Path::new(env!("CARGO_BIN_EXE_trueup"));
            let path = trueup.parent().expect("a directory").display();
            let mut shell = project.command("sh");
            shell.args(["-c", &format!("exec 2>&1; PATH={path}:$PATH; {command}")]);
            prepare(&mut shell);
            let output = shell.output().expect("a run");
            let printed = String::from_utf8(output.stdout).expect("text");
            assert!(
                is_as_told(told, &printed),
                "$ {command}\n{printed}\n-- the page says\n{told}"
            );
            walked += 1;
        }
    }
    assert!(walked > 2, "{walked} commands");
}

/// Where a page goes on with another copy of the project.
const ALEMBIC_GOES: &str = "\n## Letting go of Alembic\n";

#[test]
fn coming_from_alembic() {
    let (page, _) = ALEMBIC.split_once(ALEMBIC_GOES).expect("the heading");
    let project = Project::copy("tests/data/pages/alembic");
    let own = ["-c", "user.name=t", "-c", "user.email=t@t"];
    for words in ["init -q -b main", "add .", "commit -q -m base"] {
        let mut git = Command::new("git");
        git.args(own)
            .args(words.split(' '))
            .current_dir(project.path("."));
        run(git);
    }
    walk(&project, page, |command| {
        command.env("DATABASE_URL", "postgresql://nobody@nowhere.invalid/app");
    });
}

/// A database that Alembic migrated, with rows, goes on without it.
#[test]
fn letting_go_of_alembic() {
    let (_, page) = ALEMBIC.split_once(ALEMBIC_GOES).expect("the heading");
    let project = Project::copy("tests/data/pages/alembic");
    let server = Postgres::start();
    let db = server.database();
    let mut alembic = project.command("alembic");
    alembic.args(["upgrade", "head"]);
    run({
        alembic.env("DATABASE_URL", server.sqlalchemy_url(&db));
        alembic
    });
    let rows = "INSERT INTO harbour VALUES (1, 'h'); INSERT INTO berth VALUES (1, 1, 12);";
    server.sql(&db, rows);
    let production = format!("{}&search_path=public", server.url(&db));
    walk(&project, page, |command| {
        command.env("PRODUCTION", &production);
        command.env("DATABASE_URL", "postgresql://nobody@nowhere.invalid/app");
    });
    assert_eq!(server.sql(&db, "SELECT length FROM berth").trim(), "12");
    let records = "SELECT string_agg(type::text, ' ' ORDER BY version) FROM atlas_schema_revisions";
    assert_eq!(server.sql(&db, records).trim(), "1 2");
}

/// What Atlas wrote for the guide's models.
const BY_ATLAS: &str = "-- Create \"user_account\" table
CREATE TABLE `user_account` (
  `id` integer NOT NULL,
  `name` varchar NOT NULL,
  `fullname` varchar NULL,
  PRIMARY KEY (`id`)
);
-- Create \"address\" table
CREATE TABLE `address` (
  `id` integer NOT NULL,
  `email_address` varchar NOT NULL,
  `user_id` integer NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `0` FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
";

#[test]
fn applying_migrations() {
    let project = Project::copy("tests/data/pages/apply");
    walk(&project, APPLY, |command| {
        command.env("DATABASE_URL", "sqlite://app.db");
    });
}

#[test]
fn coming_from_atlas() {
    let project = Project::copy("examples/guide");
    let hcl = blocks(ATLAS, "hcl");
    fs::write(project.path("atlas.hcl"), hcl[0]).expect("the file");
    fs::create_dir(project.path("migrations")).expect("a directory");
    fs::write(project.path("migrations/20240116102113.sql"), BY_ATLAS).expect("a migration");
    project.trueup_exits(0, &["migrate", "hash"]);
    walk(&project, ATLAS, |_| {});
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let heading = heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .collect::<String>();
    heading.replace(' ', "-")
}

/// A page without what stands in its blocks.
fn prose(path: &Path) -> String {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split("```").step_by(2).collect()
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).expect("a directory");
    let pages = docs.map(|entry| entry.expect("an entry").path());
    let others = ["README.md", ".github/CONTRIBUTING.md"].map(|name| root.join(name));
    let (mut seen, mut broken) = (0, Vec::new());
    for page in pages.filter(|path| path.is_file()).chain(others) {
        let text = prose(&page);
        for link in text.split("](").skip(1) {
            let link = link.split([')', ' ']).next().unwrap_or_default();
            if link.contains("://") {
                continue;
            }
            seen += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.with_file_name(file),
            };
            let has = |line: &str| {
                line.starts_with('#') && anchor(line.trim_start_matches('#').trim()) == heading
            };
            if !target.exists() || !heading.is_empty() && !prose(&target).lines().any(has) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 40, "{seen} links");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
