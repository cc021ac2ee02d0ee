//! Text from models, migrations and engines, made fit to stand in GitHub's Markdown: it can't end its place, mention
//! anybody, link anywhere, or hide. Source of the rules: <https://github.github.com/gfm/>.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::config::url::RESERVED;
use crate::github::hidden::is_hidden;

/// Put where a reader sees nothing and GitHub no longer sees a mention, a reference or a link.
const BREAK: char = '\u{200b}';

/// What can't be seen, or turns the direction of what follows, in a notation that can be seen. Line ends and tabs stay.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The longest run of backticks.
fn backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A name or a short piece of code, in one line.
pub(in crate::github) fn code(text: &str) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let ticks = "`".repeat(backticks(&text) + 1);
    // One blank at each end is taken away again by the reader's side, and an empty span would be none.
    let padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty();
    match padded {
        true => format!("{ticks} {text} {ticks}"),
        false => format!("{ticks}{text}{ticks}"),
    }
}

/// The same in a cell of a table, where a bar would end the cell even inside code.
pub(super) fn code_in_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A sentence. The text between backticks becomes code; nothing else in it is Markdown.
pub(in crate::github) fn prose(text: &str) -> String {
    let mut out = String::new();
    with_code(&mut out, text, '`', code);
    out
}

/// A change in words, for a cell of a table: the names in it, which stand in double quotes, become code.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    with_code(&mut out, text, '"', code_in_cell);
    out
}

/// However the marks stand, each piece is either code or plain text: wrong pairs look odd and do nothing.
fn with_code(out: &mut String, text: &str, mark: char, code: impl Fn(&str) -> String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        let Some((inside, after)) = after.split_once(mark) else {
            break;
        };
        plain(out, before);
        out.push_str(&code(inside));
        rest = after;
    }
    plain(out, rest);
}

fn plain(out: &mut String, text: &str) {
    let text = visible(text);
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        match c {
            '\n' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | '#' => out.extend(['\\', c, BREAK]),
            // `scheme://`, `www.` and `GH-1` become links by themselves.
            ':' if next == '/' => out.extend([c, BREAK]),
            '.' if previous.eq_ignore_ascii_case(&'w') => out.extend([BREAK, c]),
            '-' if previous.eq_ignore_ascii_case(&'h') => out.extend(['\\', c, BREAK]),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' | '-' | '+' | '=' => {
                out.extend(['\\', c]);
            }
            // A list's number at the start of a line.
            '.' | ')' if previous.is_ascii_digit() => out.extend(['\\', c]),
            _ => out.push(c),
        }
        previous = c;
    }
}

/// A block of code that nothing in the text can end.
pub(super) fn fence(language: &str, text: &str) -> String {
    let text = visible(text);
    let ticks = "`".repeat(backticks(&text).max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{ticks}{language}\n{text}{end}{ticks}\n")
}

/// A path as a part of a URL.
pub(super) fn url_path(path: &str) -> String {
    static IN_PATH: AsciiSet = RESERVED.remove(b'/');
    utf8_percent_encode(path, &IN_PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_backticks_and_shows_what_is_hidden() {
        assert_eq!(code("users"), "`users`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(""), "`  `");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(code("a\u{202e}b\u{1b}[31m"), "`a\\u{202e}b\\u{1b}[31m`");
        assert_eq!(code_in_cell("a|b"), "`a\\|b`");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("sql", "SELECT 1;\n"), "```sql\nSELECT 1;\n```\n");
        assert_eq!(fence("sql", "-- ````\nx"), "`````sql\n-- ````\nx\n`````\n");
        assert_eq!(fence("", ""), "```\n```\n");
    }

    #[test]
    fn sentences_mention_and_link_nothing() {
        assert_eq!(
            prose("set `a_b` on @all, see #12 and http://x"),
            "set `a_b` on \\@\u{200b}all, see \\#\u{200b}12 and http:\u{200b}//x"
        );
        assert_eq!(
            prose("<img src=x> *a* |"),
            "&lt;img src\\=x&gt; \\*a\\* \\|"
        );
        assert_eq!(prose("a ` b"), "a \\` b");
        assert_eq!(prose("www.x.y GH-12"), "www\u{200b}.x.y GH\\-\u{200b}12");
        assert_eq!(prose("a\n\n# b"), "a  \\#\u{200b} b");
    }

    #[test]
    fn paths_are_encoded() {
        assert_eq!(url_path("a b/ü.py"), "a%20b/%C3%BC.py");
        assert_eq!(url_path("x)(y"), "x%29%28y");
    }
}
