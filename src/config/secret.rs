//! Text that must not be printed: passwords, and lines of a file that may hold one.

use std::fmt;

/// Shown in place of a secret.
pub const MASK: &str = "***";

/// A string that formatting never shows. Reading it takes an explicit [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Hand it to a driver; never to a message or a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Whether a name (of a URL parameter, an attribute, a variable) says that its value is secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["pass", "pwd", "secret", "token", "credential"]
        .iter()
        .any(|part| name.contains(part))
        || [
            "sslkey",
            "ssl-key",
            "ssl_key",
            "apikey",
            "api_key",
            "privatekey",
            "private_key",
        ]
        .contains(&name.as_str())
}

/// A line of a config file, fit to be shown: passwords in URLs, values of attributes whose name says that they are
/// secret, and the password handed to `urluserinfo` are masked.
///
/// `byte` is an offset into `line`; the second result is the matching offset in what is returned.
pub fn mask_line(line: &str, byte: usize) -> (String, usize) {
    let mut out = String::with_capacity(line.len());
    let mut moved = None;
    let mut from = 0;
    for (start, end) in secret_ranges(line) {
        if start < from {
            continue;
        }
        if moved.is_none() && byte < end {
            moved = Some(out.len() + byte.min(start).saturating_sub(from));
        }
        out.push_str(&line[from..start]);
        out.push_str(MASK);
        from = end;
    }
    let tail = out.len() + byte.clamp(from, line.len().max(from)) - from;
    out.push_str(&line[from..]);
    (out, moved.unwrap_or(tail))
}

/// Whether the line that follows a part of a YAML file continues a value that began above it, and that may be secret: in
/// quotes that are still open, or further in than a key whose name says so.
pub(super) fn goes_on(before: &str, line: &str) -> bool {
    if is_quoted(before) {
        return true;
    }
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut inner = indent(line);
    let says = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    for above in before.lines().rev().filter(says) {
        let outer = indent(above);
        if outer < inner {
            inner = outer;
            // A key may end its line.
            if !secret_keys(&format!("{above} ")).is_empty() {
                return true;
            }
        }
    }
    false
}

/// Whether a text in quotes is open at the end of a part of a YAML file.
fn is_quoted(text: &str) -> bool {
    let mut open = None;
    let mut last = '\n';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (open, c) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some('\''), '\'') if chars.peek() == Some(&'\'') => {
                chars.next();
            }
            (Some(quote), c) if c == quote => open = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if last.is_whitespace() || "[{,:".contains(last) => open = Some(c),
            (None, '#') if last.is_whitespace() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, _) => {}
        }
        last = c;
    }
    open.is_some()
}

/// The passwords of the URLs in a text as they are written there, an unescaped `@` or `/` in them included. One that is
/// also the user's name is none: it is shown with the URL anyway.
pub fn passwords_in(text: &str) -> Vec<Secret> {
    let found = text.lines().flat_map(|line| {
        let found = url_passwords(line).into_iter();
        found.map(|(from, to)| (&line[..from], &line[from..to]))
    });
    found
        .filter(|(before, password)| {
            !password.is_empty() && !before.ends_with(&format!("//{password}:"))
        })
        .map(|(_, password)| Secret::new(password))
        .collect()
}

/// The text with the passwords of all URLs masked, whatever else is in it.
pub fn mask_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, "\n"),
            None => (line, ""),
        };
        let mut from = 0;
        let mut ranges = url_passwords(content);
        ranges.extend(secret_parameters(content));
        ranges.sort_unstable();
        for (start, stop) in ranges {
            if start < from {
                continue;
            }
            out.push_str(&content[from..start]);
            out.push_str(MASK);
            from = stop;
        }
        out.push_str(&content[from..]);
        out.push_str(end);
    }
    out
}

/// Byte ranges of `line` that may hold a secret, in order.
fn secret_ranges(line: &str) -> Vec<(usize, usize)> {
    let mut ranges = url_passwords(line);
    if let Some((name, _)) = line.split_once('=')
        && is_secret_name(name.trim())
    {
        ranges.extend(quoted(line, name.len()));
    }
    if let Some(at) = line.find("urluserinfo") {
        ranges.extend(quoted(line, at).into_iter().skip(1));
    }
    ranges.extend(secret_parameters(line));
    ranges.extend(secret_keys(line));
    ranges.sort_unstable();
    ranges
}

/// What follows a key of YAML, and the defaults of environment variables, whose name says that they are secret.
fn secret_keys(line: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for (at, _) in line.match_indices(':') {
        let after = &line[at + 1..];
        let is_key = after.starts_with([' ', '\t', '"', '\'']) || line[..at].ends_with(['"', '\'']);
        if !is_key {
            continue;
        }
        let value = line.len() - after.strip_prefix([' ', '\t']).unwrap_or(after).len();
        let name = line[..at].trim_end_matches(['"', '\'']);
        let start = name.rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
        if is_secret_name(&name[start.map_or(0, |start| start + 1)..]) {
            ranges.push((value, line.len()));
        }
    }
    for (at, mark) in line.match_indices("${") {
        let rest = &line[at + mark.len()..];
        let inside = &rest[..rest.find('}').unwrap_or(rest.len())];
        if let Some((name, default)) = inside.split_once(":-")
            && is_secret_name(name)
        {
            let end = at + mark.len() + inside.len();
            ranges.push((end - default.len(), end));
        }
    }
    ranges
}

/// The values of URL parameters whose name says that they are secret.
fn secret_parameters(line: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for (at, _) in line.match_indices(['?', '&']) {
        let rest = &line[at + 1..];
        let len = rest
            .find(['&', '"', '\'', '`', ' ', '#'])
            .unwrap_or(rest.len());
        if let Some((name, _)) = rest[..len].split_once('=')
            && is_secret_name(name)
        {
            ranges.push((at + 1 + name.len() + 1, at + 1 + len));
        }
    }
    ranges
}

/// The passwords of `scheme://user:password@host` anywhere in `line`.
///
/// The last `@` before the closing quote ends the password: an unescaped `/`, `?`, `#` or `@` in it hides nothing, nor does
/// a blank where the URL is quoted.
fn url_passwords(line: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let rest = &line[start..];
        let len = closing_quote(line, at)
            .map(|close| close - start)
            .or_else(|| rest.find(['"', '\'', '`', ' ', '\t']))
            .unwrap_or(rest.len());
        let Some(end) = rest[..len].rfind('@') else {
            continue;
        };
        let Some(colon) = rest[..end].find(':') else {
            continue;
        };
        // An expression in the password's place is not a secret, and may be what a message is about.
        let password = &rest[colon + 1..end];
        let is_expression =
            password.starts_with("${") && password.find('}') == Some(password.len() - 1);
        if !is_expression {
            ranges.push((start + colon + 1, start + end));
        }
    }
    ranges
}

/// Where the quote closes that opens right before the scheme of the URL whose `://` is at `mark`.
fn closing_quote(line: &str, mark: usize) -> Option<usize> {
    let scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let before = line[..mark].trim_end_matches(scheme);
    let quote = before.chars().next_back()?;
    if !matches!(quote, '"' | '\'' | '`') {
        return None;
    }
    let mut escaped = false;
    let close = line[mark..].char_indices().find(|(_, c)| {
        let found = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    close.map(|(at, _)| mark + at)
}

/// Insides of the double-quoted strings of `line` that begin at or after `from`.
fn quoted(line: &str, from: usize) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut open = None;
    let mut escaped = false;
    for (at, c) in line.char_indices().skip_while(|(at, _)| *at < from) {
        match (c, open) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => open = Some(at + 1),
            ('"', Some(start)) => {
                ranges.push((start, at));
                open = None;
            }
            _ => {}
        }
    }
    if let Some(start) = open {
        ranges.push((start, line.len()));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_shows_nothing() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn values_of_several_lines_go_on() {
        for (before, line) in [
            ("url: \"postgres://me:hun\n", "  ter2@h/db\" x"),
            ("a: {b: 'it''s\n", "ter2', c: [}"),
            ("db_password: |\n  one\n\n", "  hunter2: x"),
            ("a:\n  \"token\":\n", "    hunter2: x"),
            ("token: a # don't \"\n", "  b: c"),
        ] {
            assert!(goes_on(before, line), "{before}{line}");
        }
        for (before, line) in [
            ("", "a: b"),
            ("db_password: 'x'\n", "tenant: [x"),
            ("a: \"x \\\" y\" # don't, 'x\n", "  b: c"),
            ("a:\n  token: x\n  b:\n", "    c: d"),
        ] {
            assert!(!goes_on(before, line), "{before}{line}");
        }
    }

    #[test]
    fn lines_are_masked_and_the_offset_follows() {
        let masked = |line: &str| mask_line(line, 0).0;
        assert_eq!(
            masked(r#"url = "postgres://u:p@ss/w@h/db" # x"#),
            r#"url = "postgres://u:***@h/db" # x"#
        );
        assert_eq!(
            masked(r#"url = "mysql://h/db?password=abc&tls=x""#),
            r#"url = "mysql://h/db?password=***&tls=x""#
        );
        assert_eq!(
            masked(r#"  db_password = "abc""#),
            r#"  db_password = "***""#
        );
        assert_eq!(
            masked(r#"u = urluserinfo("postgres://h", "me", "abc")"#),
            r#"u = urluserinfo("postgres://h", "***", "***")"#
        );
        assert_eq!(
            masked(r#"dir = "file://migrations""#),
            r#"dir = "file://migrations""#
        );
        let line = r#"url = "postgres://u:${var.password}@h/db""#;
        assert_eq!(masked(line), line);
        assert_eq!(
            masked(r#"url = "postgres://u:p ss'w@h/db" # me@here"#),
            r#"url = "postgres://u:***@h/db" # me@here"#
        );
        assert_eq!(
            masked("a: {tenant: x, 'db_password': abc}"),
            "a: {tenant: x, 'db_password': ***"
        );
        assert_eq!(
            masked(r#"vars: {"db_password":"hunter2", tenant: [x}"#),
            r#"vars: {"db_password":***"#
        );
        assert_eq!(masked(r#"  db_password:"hunter2""#), r#"  db_password:***"#);
        assert_eq!(
            masked("a: ${TOKEN:-abc} ${X:-y}"),
            "a: ${TOKEN:-***} ${X:-y}"
        );
        let line = r#"["mysql://u:secret@h", nope]"#;
        let at = line.find("nope").unwrap();
        let (text, moved) = mask_line(line, at);
        assert!(text[moved..].starts_with("nope"));
        assert_eq!(mask_line(line, 1).1, 1);
        assert_eq!(mask_line("", 9), (String::new(), 0));
    }
    #[test]
    fn passwords_of_urls_are_found_as_they_are_written() {
        let found = |text: &str| -> Vec<String> {
            let found = passwords_in(text);
            found.iter().map(|s| s.expose().to_owned()).collect()
        };
        assert_eq!(found("postgres://u:p@ss/w:rd@h/db"), ["p@ss/w:rd"]);
        assert_eq!(found("a=mysql://u:x@h\n'pg://u:a b@h'"), ["x", "a b"]);
        assert!(found("postgres://u@h/db sqlite://x user:p@h app://app:app@h").is_empty());
        assert_eq!(
            mask_urls("see `pg://h/d?user=u&password=p&x=1`, a://u:p@ss/w:rd@h/d\n"),
            "see `pg://h/d?user=u&password=***&x=1`, a://u:***@h/d\n"
        );
    }
}
