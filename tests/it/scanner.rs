//! The statement scanner on real migrations, and on anything at all.
//!
//! `tests/data/scanner/<options>/<name>.sql` is split as `<name>.split` says: one block for each
//! statement, headed by its position; or the error. `TRUEUP_BLESS=1` rewrites the expectations.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use arbtest::arbitrary::{Result, Unstructured};
use trueup::sql::{ScanOptions, Script, position_at, scan};

const OPTIONS: &[(&str, ScanOptions)] = &[
    ("postgres", ScanOptions::POSTGRES),
    ("mysql", ScanOptions::MYSQL),
    ("sqlite", ScanOptions::SQLITE),
    ("mssql", ScanOptions::MSSQL),
    ("generic", ScanOptions::GENERIC),
];

fn render(input: &str, options: &ScanOptions) -> String {
    let script = match scan(input, options) {
        Ok(script) => script,
        Err(error) => {
            return format!("error {error}\n{}", error.hint.unwrap_or_default())
                .trim()
                .to_owned()
                + "\n";
        }
    };
    let mut out = String::new();
    for directive in &script.directives {
        let (name, args) = (&directive.name, &directive.args);
        writeln!(
            out,
            "=== {} directive {name} {args:?} {:?}",
            directive.pos, directive.placement
        )
        .unwrap();
    }
    for statement in &script.statements {
        write!(out, "=== {}", statement.start).unwrap();
        if statement.repeat != 1 {
            write!(out, " repeat {}", statement.repeat).unwrap();
        }
        writeln!(out, "\n{}", statement.text.replace('\r', "<CR>")).unwrap();
    }
    out
}

fn cases() -> Vec<(PathBuf, ScanOptions)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scanner");
    let mut cases = Vec::new();
    for (name, options) in OPTIONS {
        let folder = std::fs::read_dir(root.join(name)).unwrap();
        let files = folder.map(|entry| entry.unwrap().path());
        cases.extend(
            files
                .filter(|path| path.extension().is_some_and(|e| e == "sql"))
                .map(|path| (path, *options)),
        );
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

#[test]
fn real_migrations_split_as_recorded() {
    let mut wrong = Vec::new();
    for (path, options) in cases() {
        let input = std::fs::read_to_string(&path).unwrap();
        let got = render(&input, &options);
        let expected = path.with_extension("split");
        if std::env::var_os("TRUEUP_BLESS").is_some() {
            std::fs::write(&expected, &got).unwrap();
        }
        let want = std::fs::read_to_string(&expected).unwrap_or_default();
        if got != want {
            let diff = similar::TextDiff::from_lines(&want, &got)
                .unified_diff()
                .to_string();
            wrong.push(format!("{}\n{diff}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_recorded_split_has_its_migration() {
    assert!(cases().len() >= 20);
    for (path, options) in cases() {
        let input = std::fs::read_to_string(&path).unwrap();
        if let Ok(script) = scan(&input, &options) {
            check(&input, &script, &options);
        }
        let error = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("error-");
        assert_eq!(scan(&input, &options).is_err(), error, "{}", path.display());
    }
}

/// What holds for any script that was split at all: the statements are the input at their ranges,
/// in order, and between them is nothing that a server should have run.
fn check(input: &str, script: &Script, options: &ScanOptions) {
    let mut pieces = String::new();
    let mut gaps = Vec::new();
    let mut end = 0;
    for statement in &script.statements {
        assert!(end <= statement.range.start, "statements overlap");
        assert!(!statement.range.is_empty(), "an empty statement");
        let text = &input[statement.range.clone()];
        assert_eq!(text, statement.text);
        assert_eq!(text, text.trim_start_matches('\u{feff}').trim());
        assert_eq!(statement.start, position_at(input, statement.range.start));
        assert!(statement.repeat > 0);
        gaps.push(&input[end..statement.range.start]);
        pieces.push_str(&input[end..statement.range.end]);
        end = statement.range.end;
    }
    gaps.push(&input[end..]);
    pieces.push_str(&input[end..]);
    assert_eq!(pieces, input);
    let directives = script
        .directives
        .iter()
        .filter(|directive| directive.name == "delimiter");
    let mut delimiters = vec![";".to_owned()];
    delimiters.extend(directives.map(|directive| directive.args.clone()));
    for gap in gaps {
        Gap {
            text: gap,
            options,
            delimiters: &mut delimiters,
        }
        .check(input);
    }
}

/// Reads what is between statements, independently of the scanner. What can be read in two ways (a
/// delimiter that looks like a comment) may be read in either.
struct Gap<'a> {
    text: &'a str,
    options: &'a ScanOptions,
    delimiters: &'a mut Vec<String>,
}

impl Gap<'_> {
    fn check(mut self, input: &str) {
        let mut reached = vec![false; self.text.len() + 1];
        reached[0] = true;
        for at in 0..self.text.len() {
            if reached[at] {
                for len in self.pieces(at) {
                    reached[at + len] = true;
                }
            }
        }
        assert!(
            reached[self.text.len()],
            "code between statements: {:?}\nof {input:?}",
            self.text
        );
    }

    /// The lengths of what may begin at `at`.
    fn pieces(&mut self, at: usize) -> Vec<usize> {
        let rest = &self.text[at..];
        let mut found = Vec::new();
        let first = rest.chars().next().unwrap();
        if first.is_whitespace() || first == '\u{feff}' {
            found.push(first.len_utf8());
        }
        let line = rest.split('\n').next().unwrap();
        if line
            .get(..9)
            .is_some_and(|word| word.eq_ignore_ascii_case("delimiter"))
        {
            self.delimiters.push(unquoted(line[9..].trim()));
            found.push(line.len());
        }
        for delimiter in self.delimiters.iter() {
            let text = delimiter
                .replace("\\n", "\n")
                .replace("\\r", "\r")
                .replace("\\t", "\t");
            found.extend(
                [text.clone(), text.replace('\n', "\r\n")]
                    .iter()
                    .filter(|d| rest.starts_with(*d))
                    .map(String::len),
            );
        }
        if rest.starts_with("--") || first == '#' && self.options.rules.hash_comments {
            let stop = |c| c == '\n' || self.options.rules.cr_ends_comment && c == '\r';
            found.push(rest.find(stop).unwrap_or(rest.len()));
        }
        if self.options.refuse_client_input
            && ["\\restrict ", "\\unrestrict "]
                .iter()
                .any(|word| line.starts_with(word))
        {
            found.push(line.len());
        }
        found.extend(rest.starts_with("/*").then(|| self.block(rest)).flatten());
        if self.options.go_batches
            && line
                .get(..2)
                .is_some_and(|word| word.eq_ignore_ascii_case("go"))
        {
            let tail = line[2..]
                .trim_start()
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .trim_start();
            found.extend((tail.is_empty() || tail.starts_with("--")).then_some(line.len()));
        }
        found
    }

    fn block(&self, rest: &str) -> Option<usize> {
        let (mut depth, mut at) = (0_usize, 0);
        while at < rest.len() {
            if rest[at..].starts_with("/*") && (depth == 0 || self.options.rules.nested_comments) {
                (depth, at) = (depth + 1, at + 2);
            } else if rest[at..].starts_with("*/") {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return Some(at);
                }
            } else {
                at += rest[at..].chars().next().unwrap().len_utf8();
            }
        }
        None
    }
}

fn unquoted(arg: &str) -> String {
    let quote = arg.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
    let Some(quote) = quote else {
        return arg.split_whitespace().next().unwrap_or_default().to_owned();
    };
    let doubled = format!("{quote}{quote}");
    let inner = arg[1..].replace(&doubled, "\0");
    inner
        .split(quote)
        .next()
        .unwrap_or_default()
        .replace('\0', &quote.to_string())
}

/// Pieces of SQL that mean something to the scanner, and a few that don't.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    ";",
    ";\n",
    "(",
    ")",
    "'",
    "\"",
    "`",
    "[",
    "]",
    "]]",
    "''",
    "\\",
    "\\'",
    "E'",
    "e'\\'",
    "$$",
    "$t$",
    "$1",
    "$",
    "--",
    "-- x\n",
    "--x",
    "#",
    "# y\n",
    "/*",
    "*/",
    "/* z */",
    "/*!",
    "/*!50003 ",
    "/*M!",
    "BEGIN",
    "BEGIN ",
    "END",
    " END ",
    "END;",
    "BEGIN ATOMIC ",
    "BEGIN NOT ATOMIC ",
    "BEGIN TRY ",
    "END CATCH ",
    "BEGIN TRAN",
    "CASE ",
    "WHEN ",
    "THEN ",
    "ELSE ",
    "IF ",
    "END IF",
    "LOOP ",
    "END LOOP",
    "REPEAT ",
    "UNTIL ",
    "WHILE ",
    "DO ",
    "FOR ",
    "DECLARE ",
    "DECLARE @x ",
    "HANDLER ",
    "CREATE ",
    "OR REPLACE ",
    "ALTER ",
    "DEFINER=",
    "TRIGGER ",
    "PROCEDURE ",
    "FUNCTION ",
    "EVENT ",
    "TABLE ",
    "ON ",
    "ROW ",
    "AS ",
    "SET ",
    "SELECT ",
    "COPY ",
    "FROM ",
    "stdin ",
    "name ",
    "a.end",
    "@end",
    "#tmp",
    ":",
    ",",
    ".",
    "*",
    "/",
    "-",
    "1",
    "é",
    "𝒳",
    "\u{feff}",
    "\u{a0}",
    "\u{85}",
    "\0",
    "DELIMITER ",
    "\nDELIMITER //\n",
    "\nDELIMITER ;\n",
    "DELIMITER '\n",
    "delimiter `a b`\n",
    "//",
    "\nGO\n",
    "GO 2\n",
    "go -- x\n",
    "GO",
    "-- atlas:delimiter ",
    "-- atlas:delimiter \\n\\n\n",
    "-- atlas:txmode none\n",
    "/*atlas:nolint*/",
    "\n\n",
    "CREATE PROC p AS BEGIN ",
    "CREATE TRIGGER t ",
    "CREATE FUNCTION f() ",
];

fn script(u: &mut Unstructured<'_>) -> Result<String> {
    let mut input = String::new();
    while !u.is_empty() && input.len() < 4096 {
        if u.ratio(1, 24)? {
            input.push(u.arbitrary()?);
        } else {
            input.push_str(u.choose(PIECES)?);
        }
    }
    Ok(input)
}

#[test]
fn no_input_panics_and_no_byte_is_lost() {
    for (_, options) in OPTIONS {
        let options = *options;
        arbtest::arbtest(move |u| {
            let input = script(u)?;
            match scan(&input, &options) {
                Ok(script) => check(&input, &script, &options),
                Err(error) => assert_eq!(error.pos, position_at(&input, error.pos.offset)),
            }
            Ok(())
        })
        .size_min(1)
        .size_max(256)
        .budget_ms(500);
    }
}

/// Random flags, since the named sets are only a few of the combinations.
#[test]
fn no_combination_of_options_panics() {
    use trueup::sql::token::Lexer;
    use trueup::sql::{Bodies, Rules};
    arbtest::arbtest(|u| {
        let all = [
            Bodies::None,
            Bodies::Atomic,
            Bodies::TriggerEnd,
            Bodies::StoredProgram,
            Bodies::Batch,
        ];
        let sigils = ["", "$", "@#$", "?:@$#"];
        let rules = Rules {
            backslash_escapes: u.arbitrary()?,
            escape_strings: u.arbitrary()?,
            unicode_strings: u.arbitrary()?,
            string_prefixes: u.choose(&["", "N", "BNX"])?,
            double_quoted_strings: u.arbitrary()?,
            dollar_quotes: u.arbitrary()?,
            backticks: u.arbitrary()?,
            brackets: u.arbitrary()?,
            doubled_brackets: u.arbitrary()?,
            word_starts: u.choose(&sigils)?,
            word_parts: u.choose(&sigils)?,
            digit_names: u.arbitrary()?,
            parameters: u.choose(&sigils)?,
            hash_comments: u.arbitrary()?,
            spaced_dashes: u.arbitrary()?,
            cr_ends_comment: u.arbitrary()?,
            nested_comments: u.arbitrary()?,
            versioned_comments: u.arbitrary()?,
        };
        let options = ScanOptions {
            rules,
            delimiter_command: u.arbitrary()?,
            go_batches: u.arbitrary()?,
            refuse_client_input: u.arbitrary()?,
            bodies: *u.choose(&all)?,
        };
        let input = script(u)?;
        if let Ok(script) = scan(&input, &options) {
            check(&input, &script, &options);
        }
        let mut at = 0;
        for token in Lexer::new(&input, &rules) {
            assert_eq!(token.start, at, "{input:?}");
            assert!(!token.text.is_empty(), "{input:?} at {at}");
            assert_eq!(&input[at..token.end()], token.text);
            assert!(token.closed || token.end() == input.len(), "{input:?}");
            let _ = (token.name(), token.unquoted());
            at = token.end();
        }
        assert_eq!(at, input.len(), "{input:?}");
        Ok(())
    })
    .size_min(16)
    .size_max(256)
    .budget_ms(700);
}
