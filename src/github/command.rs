//! Workflow commands: the lines by which a program speaks to the runner. Pure.
//!
//! The format is that of
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; what the runner reads is in
//! `ActionCommand.cs` of <https://github.com/actions/runner>: `::name key=value,…::data` at a line's start, blanks
//! before it allowed, and the older `##[name]data` anywhere in a line.

use std::fmt::{self, Write as _};

use super::hidden::is_hidden;

/// Characters of an annotation's message that GitHub keeps.
const MESSAGE: usize = 4096;

/// What an annotation says about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    /// The command's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message that GitHub shows at a line of a file, or on the run's page when it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    pub level: Level,
    /// The file, relative to the repository's root, with slashes.
    pub file: Option<String>,
    /// The line in it, counted from one.
    pub line: Option<usize>,
    pub title: String,
    pub message: String,
}

impl Annotation {
    /// The command, without a line end. The message is cut where GitHub would cut it, and says so.
    pub fn command(&self) -> String {
        let line = self.line.map(|line| line.to_string());
        let properties = [
            ("file", self.file.as_deref()),
            ("line", line.as_deref().filter(|_| self.file.is_some())),
            ("title", Some(self.title.as_str())),
        ];
        command(self.level.name(), &properties, &shortened(&self.message))
    }
}

/// A command with its properties; those without a value are left out.
pub fn command(name: &str, properties: &[(&str, Option<&str>)], data: &str) -> String {
    let mut line = format!("::{name}");
    let mut separator = ' ';
    for (key, value) in properties {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = write!(line, "{separator}{key}={}", property(value));
            separator = ',';
        }
    }
    let _ = write!(line, "::{}", self::data(data));
    line
}

/// Text as a command's data.
pub fn data(text: &str) -> String {
    escaped(text, false)
}

/// Text as the value of a command's property.
pub fn property(text: &str) -> String {
    escaped(text, true)
}

fn escaped(text: &str, property: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if property => out.push_str("%3A"),
            ',' if property => out.push_str("%2C"),
            c => out.push(visible(c)),
        }
    }
    out
}

/// Text for the log, in which no line is a command: other people's output and names are shown like this.
///
/// `::` at a line's start and `##[` get a backslash; characters that move the cursor or turn the text around are
/// replaced.
pub fn inert(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start();
        out.push_str(&line[..line.len() - rest.len()]);
        if rest.starts_with("::") {
            out.push('\\');
        }
        out.push_str(&rest.replace("##[", "##\\["));
    }
    out.chars().map(visible).collect()
}

/// A character that a reader sees for what it is: control characters, and those that reorder or hide text, become a
/// replacement.
fn visible(c: char) -> char {
    match is_hidden(c) {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    }
}

fn shortened(message: &str) -> String {
    const NOTE: &str = " … (cut)";
    if message.chars().count() <= MESSAGE {
        return message.to_owned();
    }
    let kept = MESSAGE - NOTE.chars().count();
    let mut out: String = message.chars().take(kept).collect();
    out.push_str(NOTE);
    out
}

#[cfg(test)]
mod tests {
    use arbtest::arbtest;

    use super::*;

    type Properties = Vec<(String, String)>;

    /// The runner's reading of a line: its name, properties and data.
    fn parsed(line: &str) -> Option<(String, Properties, String)> {
        let unescape = |text: &str| {
            text.replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%25", "%")
        };
        let rest = line.trim_start().strip_prefix("::")?;
        let (head, data) = rest.split_once("::")?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let properties = properties
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), unescape(value)))
            .collect();
        Some((name.to_owned(), properties, unescape(data)))
    }

    #[test]
    fn an_annotation_is_one_line_whatever_it_says() {
        let annotation = Annotation {
            level: Level::Error,
            file: Some("app/a,b:c.py".into()),
            line: Some(3),
            title: "100%: sure".into(),
            message: "one\ntwo::set-env name=X::y\r%0A".into(),
        };
        assert_eq!(
            annotation.command(),
            "::error file=app/a%2Cb%3Ac.py,line=3,title=100%25%3A sure::one%0Atwo::set-env name=X::y%0D%250A"
        );
        let bare = Annotation {
            file: None,
            title: String::new(),
            ..annotation
        };
        assert!(bare.command().starts_with("::error::one%0Atwo"));
    }

    #[test]
    fn hostile_text_stays_within_its_command() {
        arbtest(|u| {
            let (title, message): (String, String) = (u.arbitrary()?, u.arbitrary()?);
            let file: Option<String> = u.arbitrary()?;
            let annotation = Annotation {
                level: *u.choose(&Level::ALL)?,
                file: file.clone(),
                line: u.arbitrary()?,
                title: title.clone(),
                message: message.clone(),
            };
            let line = annotation.command();
            assert!(!line.contains(['\n', '\r', '\u{1b}']), "{line:?}");
            let (name, properties, data) = parsed(&line).expect("a command");
            assert_eq!(name, annotation.level.name());
            let seen = |text: &str| -> String {
                let keep = |c| match c {
                    '\r' => c,
                    c => visible(c),
                };
                text.chars().map(keep).collect()
            };
            assert_eq!(data, seen(&message), "the data comes back");
            for (key, value) in properties {
                match key.as_str() {
                    "title" => assert_eq!(value, seen(&title)),
                    "file" => assert_eq!(Some(value), file.as_deref().map(seen)),
                    "line" => assert_eq!(Some(value), annotation.line.map(|line| line.to_string())),
                    other => panic!("a property that nobody set: {other}"),
                }
            }
            Ok(())
        });
    }

    #[test]
    fn no_line_of_inert_text_is_a_command() {
        arbtest(|u| {
            let pieces = [
                "::error::x",
                "\n",
                "\r",
                " ",
                "\t",
                "##[set-env]",
                "::",
                "\u{a0}",
                "\u{feff}",
            ];
            let mut text: String = u.arbitrary()?;
            for _ in 0..u.int_in_range(0..=12)? {
                text.push_str(u.choose(&pieces)?);
            }
            for line in inert(&text).split(['\n', '\r']) {
                assert!(!line.trim_start().starts_with("::"), "{line:?}");
                assert!(!line.contains("##["), "{line:?}");
                assert!(!line.contains('\u{1b}'));
            }
            Ok(())
        });
        assert_eq!(
            inert("a\n  ::set-output name=x::y\n"),
            "a\n  \\::set-output name=x::y\n"
        );
        assert_eq!(inert("x ##[error]y"), "x ##\\[error]y");
        assert_eq!(inert("caf\u{e9}: ok"), "café: ok");
    }

    #[test]
    fn a_long_message_says_that_it_was_cut() {
        let annotation = Annotation {
            level: Level::Notice,
            file: None,
            line: None,
            title: String::new(),
            message: "é".repeat(MESSAGE + 1),
        };
        let command = annotation.command();
        let data = command.strip_prefix("::notice::").expect("a notice");
        assert_eq!(data.chars().count(), MESSAGE);
        assert!(data.ends_with("é … (cut)"));
    }
}
