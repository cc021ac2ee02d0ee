//! The README's pages for people who come from elsewhere, command by command: each prints what the page says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::run;
use crate::project::Project;

const README: &str = include_str!("../../README.md");

/// A section of the README, without its heading.
fn section(heading: &str) -> &'static str {
    let (_, rest) = README
        .split_once(&format!("# {heading}\n"))
        .unwrap_or_else(|| panic!("README has no {heading:?}"));
    let ends = ["\n## ", "\n### "].iter().filter_map(|end| rest.find(end));
    &rest[..ends.min().unwrap_or(rest.len())]
}

/// Its blocks of a language.
fn blocks<'s>(section: &'s str, language: &str) -> Vec<&'s str> {
    let start = format!("```{language}\n");
    let rest = section.split(&start).skip(1);
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
fn walk(project: &Project, heading: &str, prepare: impl Fn(&mut Command)) {
    let mut walked = 0;
    for block in blocks(section(heading), "console") {
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
                "$ {command}\n{printed}\n-- README says\n{told}"
            );
            walked += 1;
        }
    }
    assert!(walked > 2, "{heading}: {walked} commands");
}

#[test]
fn coming_from_alembic() {
    let project = Project::copy("tests/data/pages/alembic");
    let own = ["-c", "user.name=t", "-c", "user.email=t@t"];
    for words in ["init -q -b main", "add .", "commit -q -m base"] {
        let mut git = Command::new("git");
        git.args(own)
            .args(words.split(' '))
            .current_dir(project.path("."));
        run(git);
    }
    walk(&project, "Coming from Alembic", |command| {
        command.env("DATABASE_URL", "postgresql://nobody@nowhere.invalid/app");
    });
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
    for heading in ["Applying migrations", "Taking migrations back"] {
        walk(&project, heading, |command| {
            command.env("DATABASE_URL", "sqlite://app.db");
        });
    }
}

#[test]
fn coming_from_atlas() {
    let project = Project::copy("examples/guide");
    let hcl = blocks(section("Coming from Atlas"), "hcl");
    fs::write(project.path("atlas.hcl"), hcl[0]).expect("the file");
    fs::create_dir(project.path("migrations")).expect("a directory");
    fs::write(project.path("migrations/20240116102113.sql"), BY_ATLAS).expect("a migration");
    project.trueup_exits(0, &["migrate", "hash"]);
    walk(&project, "Coming from Atlas", |_| {});
}
