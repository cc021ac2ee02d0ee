//! The words of a commit's message.
//!
//! GitHub acts on them: `[skip ci]` and `skip-checks: true` keep workflows from running, `fixes #1` closes an issue, `@name`
//! tells somebody. Names of tables, columns and files are the pull request's, and must do nothing of that; nor may they make
//! a message of any length. Sources: GitHub's pages on skipping workflow runs, on linking a pull request to an issue, and on
//! autolinked references.

use super::hidden::is_hidden;

/// Characters of the first line.
const HEADLINE: usize = 100;

/// Characters of a line of the body.
const LINE: usize = 200;

/// Lines of the body.
const LINES: usize = 40;

/// A message's first line.
pub fn headline(text: &str) -> String {
    inert(text, HEADLINE)
}

/// Lines of a message's body, a point each, where it has so many parts.
pub fn points(lines: &[String], parts: usize) -> String {
    let most = (LINES / parts.max(1)).max(3);
    let shown = match lines.len() {
        all if all <= most => all,
        _ => most - 1,
    };
    let mut text: String = lines[..shown]
        .iter()
        .map(|line| format!("- {}\n", inert(line, LINE)))
        .collect();
    if shown < lines.len() {
        text.push_str(&format!("- and {} more\n", lines.len() - shown));
    }
    text
}

/// The same in one line of so many characters, in which GitHub finds nothing to do.
fn inert(text: &str, limit: usize) -> String {
    let mut text: Vec<char> = text.chars().map(plain).collect();
    if text.len() > limit {
        text.truncate(limit - 1);
        text.push('…');
    }
    unbracket(&mut text);
    let mut out = String::new();
    for (at, &c) in text.iter().enumerate() {
        out.push(c);
        let next = text.get(at + 1).copied().unwrap_or(' ');
        let ends = |word: &str| out.to_ascii_lowercase().ends_with(word);
        let acts = match c {
            '@' => next.is_alphanumeric(),
            '#' => next.is_ascii_digit(),
            '-' => ends("gh-") && next.is_ascii_digit(),
            ':' => next == '/',
            's' | 'S' => ends("skip-checks") && next == ':',
            _ => false,
        };
        if acts {
            out.push(' ');
        }
    }
    out
}

/// What ends a line, or can't be seen, becomes a blank.
fn plain(c: char) -> char {
    match c.is_control() || is_hidden(c) {
        true => ' ',
        false => c,
    }
}

/// Words in square brackets get round ones: `(skip ci)`. The `[]` of a type stays.
fn unbracket(text: &mut [char]) {
    let mut open = None;
    for at in 0..text.len() {
        match (text[at], open) {
            ('[', _) => open = Some(at),
            (']', Some(start)) => {
                if text[start..at].iter().any(|c| c.is_alphabetic()) {
                    (text[start], text[at]) = ('(', ')');
                }
                open = None;
            }
            _ => {}
        }
    }
}

/// A path as a trailer has it: what is not a plain letter, digit or mark is percent-encoded, so that it is one word in which
/// GitHub finds nothing either.
pub(super) fn encoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::new();
    for (at, &byte) in bytes.iter().enumerate() {
        let issue = || {
            byte == b'-'
                && bytes[..at].to_ascii_lowercase().ends_with(b"gh")
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        };
        match byte {
            b'-' | b'.' | b'_' | b'/' if !issue() => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use arbtest::arbtest;

    use super::*;
    use crate::config::url::decode;

    #[test]
    fn names_make_github_do_nothing() {
        for (name, inert) in [
            (
                "drop table \"a [skip ci] b\"",
                "drop table \"a (skip ci) b\"",
            ),
            ("[[No CI]]", "[(No CI)]"),
            ("x\n\nskip-checks: true", "x  skip-checks : true"),
            ("Skip-Checks:true", "Skip-Checks :true"),
            (
                "fixes #1, closes o/r#2 and GH-3",
                "fixes # 1, closes o/r# 2 and GH- 3",
            ),
            ("@alice, a@b.c", "@ alice, a@ b.c"),
            (
                "fix https://github.com/o/r/issues/1",
                "fix https: //github.com/o/r/issues/1",
            ),
            (
                "\"tags\" text[], \"grid\" int[3] #",
                "\"tags\" text[], \"grid\" int[3] #",
            ),
            ("a\u{2028}b\u{200b}c", "a b c"),
            ("skip\u{ad}-checks\u{180e}\u{e0041}", "skip -checks  "),
        ] {
            assert_eq!(headline(name), inert);
        }
    }

    #[test]
    fn messages_have_an_end() {
        assert_eq!(headline(&"é".repeat(100)).chars().count(), 100);
        let cut = headline(&"é".repeat(101));
        assert_eq!((cut.chars().count(), cut.ends_with("é…")), (100, true));
        let lines = |count: usize| points(&vec!["x".repeat(9000); count], 1);
        assert_eq!(lines(40).lines().count(), 40);
        assert!(lines(4000).ends_with("- and 3961 more\n"));
        assert!(lines(4000).len() < 10_000);
        let part = points(&vec!["x".to_owned(); 9], 30);
        assert_eq!(part, "- x\n- x\n- and 7 more\n");
    }

    #[test]
    fn any_path_comes_back_and_is_one_plain_word() {
        arbtest(|u| {
            let path: String = u.arbitrary()?;
            let text = encoded(&path);
            assert!(!text.contains(['@', '#', '[', ':', ' ']), "{text}");
            assert_eq!(decode(&text, false).as_deref(), Some(path.as_str()));
            Ok(())
        });
        assert_eq!(encoded("db/gh-1_GH-a.sql"), "db/gh%2D1_GH-a.sql");
        assert_eq!(decode("%2", false), None);
    }
}
