//! Directives in comments (`-- atlas:name args`) and the position lines that providers print.
//! Gives them back as they stand; what one means is the caller's business.

use super::Position;

/// A directive about a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// What follows `atlas:`, such as `txmode`.
    pub name: String,
    /// The rest of the line, trimmed.
    pub args: String,
    /// Where its comment starts.
    pub pos: Position,
    /// Where in the file it stands.
    pub placement: Placement,
}

/// Where a file-level directive stands. Atlas looks at [`Placement::Header`] only and ignores the
/// others without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// In the first comments of the file, with a blank line or nothing after them; or on the first
    /// line, for what is looked up there.
    Header,
    /// In the first comments, which touch the first statement.
    Attached,
    /// In later comments before the first statement.
    Later,
    /// After the first statement.
    Misplaced,
}

/// Directives that only ever speak about a file: one that touches a statement can't mean it.
const FILE_LEVEL: &[&str] = &[
    "txmode",
    "delimiter",
    "checkpoint",
    "sum",
    "txtar",
    "import",
];

/// File-level directives for which the first line is place enough.
const FIRST_LINE: &[&str] = &["delimiter", "sum"];

impl Directive {
    pub(super) fn is_file_level(&self) -> bool {
        FILE_LEVEL.contains(&self.name.as_str())
    }

    pub(super) fn placed(mut self, placement: Placement) -> Self {
        let first_line = self.pos.line == 1 && FIRST_LINE.contains(&self.name.as_str());
        self.placement = if first_line {
            Placement::Header
        } else {
            placement
        };
        self
    }
}

/// The name and the arguments of the directive that a comment is, if it is one. `comment` is a
/// single `--`, `#` or `/* */` comment with its markers.
pub fn parse_directive(comment: &str) -> Option<(&str, &str)> {
    let comment = comment.trim();
    let body = match comment.strip_prefix("/*") {
        Some(block) => block
            .strip_suffix("*/")
            .filter(|text| !text.contains('\n'))?,
        None => comment
            .strip_prefix("--")
            .or_else(|| comment.strip_prefix('#'))?,
    };
    let rest = body.trim_start().strip_prefix("atlas:")?;
    let len = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let (name, args) = rest.split_at(len);
    let separated = args.is_empty() || args.starts_with(char::is_whitespace);
    (!name.is_empty() && separated).then(|| (name, args.trim()))
}

/// A name with the kind of object that it names, as in `users[type=table]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName {
    pub name: String,
    /// The kind: `schema`, `table`, `column`, ….
    pub kind: String,
}

/// Where in the models an object is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePosition {
    pub object: String,
    /// Its kind, such as `table`.
    pub kind: String,
    /// What it is part of, outermost first: the schema of a table, the table of a column.
    pub parents: Vec<ObjectName>,
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// The position lines in a provider's output, in order:
/// `-- atlas:pos schema[type=schema].table[type=table] path/to/models.py:10`. Each part may be
/// missing but the last; names and paths may contain spaces, dots and colons. A line that doesn't
/// parse is a comment like any other.
pub fn source_map(input: &str) -> Vec<SourcePosition> {
    input.lines().filter_map(source_position).collect()
}

fn source_position(line: &str) -> Option<SourcePosition> {
    let mut rest = line
        .trim()
        .strip_prefix("--")?
        .trim_start()
        .strip_prefix("atlas:pos ")?
        .trim_start();
    let mut parents = Vec::new();
    loop {
        let (name, tail) = rest.split_once("[type=")?;
        let (kind, tail) = tail.split_once(']')?;
        parents.push(ObjectName {
            name: name.to_owned(),
            kind: kind.to_owned(),
        });
        match tail.strip_prefix('.') {
            Some(tail) => rest = tail,
            None => {
                rest = tail.strip_prefix([' ', '\t'])?.trim();
                break;
            }
        }
    }
    let (file, range) = rest.rsplit_once(':')?;
    let line = range
        .split('-')
        .next()?
        .trim_start_matches('L')
        .parse()
        .ok()?;
    let ObjectName { name, kind } = parents.pop()?;
    (!file.is_empty() && !name.is_empty()).then(|| SourcePosition {
        object: name,
        kind,
        parents,
        file: file.to_owned(),
        line,
    })
}
