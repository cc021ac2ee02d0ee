//! What a revision's file says of its place in the history, read without being run: the four names that Alembic asks its module
//! for, as far as they are plain strings. A file that computes one of them is refused, since only Python could tell.

use std::fmt;
use std::ops::Range;

use super::python::{Kind, Token, lex};
use crate::problem::{Explain, Place, Problem, stage};

/// The names that Alembic reads of a file.
const NAMES: [&str; 4] = ["revision", "down_revision", "branch_labels", "depends_on"];

/// What can set a name without naming it.
const INDIRECT: [&str; 6] = ["exec", "eval", "globals", "locals", "vars", "setattr"];

/// A revision, by its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The file, as it was named.
    pub path: String,
    /// Its identifier.
    pub id: String,
    /// The revisions that it follows.
    pub down: Vec<Id>,
    /// Where `down_revision` is.
    pub line: usize,
    pub labels: Vec<String>,
    /// What the docstring says behind `Revises:`.
    revises: Option<Range<usize>>,
}

/// The text of a revision's file: UTF-8, or Latin 1 where the file declares one of that family, which leaves every byte as it is.
///
/// # Errors
/// When it is in another encoding.
pub fn decode(path: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    let lines = bytes.split(|byte| *byte == b'\n').take(2);
    let declared = lines
        .filter_map(|line| coding(&String::from_utf8_lossy(line)))
        .next();
    let said = match declared.as_deref() {
        Some(
            "latin-1" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "iso-8859-15" | "cp1252"
            | "windows-1252",
        ) => return Ok(bytes.into_iter().map(char::from).collect()),
        Some(other) => format!("declares {other}"),
        None => "does not declare its encoding".to_owned(),
    };
    Err(
        Problem::new(format!("{path} is not UTF-8, and {said}"))
            .during(stage::DIRECTORY)
            .hint("save it as UTF-8; Latin 1 is read, too, where the first line says so: `# -*- coding: latin-1 -*-`"),
    )
}

/// The bytes of a text that [`decode`] made of these, or of one that was edited since.
///
/// # Errors
/// When the file's encoding lacks a character.
pub fn encode(path: &str, text: &str, was: &[u8]) -> Result<Vec<u8>, Problem> {
    if std::str::from_utf8(was).is_ok() {
        return Ok(text.as_bytes().to_vec());
    }
    let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    bytes.map_err(|_lacking| {
        Problem::new(format!(
            "{path} is Latin 1, which lacks a character that is to be written"
        ))
        .hint("save it as UTF-8")
    })
}

/// The encoding that a line declares, as Python reads it.
fn coding(line: &str) -> Option<String> {
    let comment = line.trim_start().strip_prefix('#')?;
    let (_, rest) = comment.split_once("coding")?;
    let name = rest.strip_prefix([':', '='])?.trim_start();
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    let name = &name[..end.unwrap_or(name.len())];
    Some(name.to_ascii_lowercase().replace('_', "-"))
}

/// A revision's identifier where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    pub name: String,
    /// The literal.
    range: Range<usize>,
}

/// Why a file can't be read without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub place: Place,
    pub why: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for Unread {}

impl Explain for Unread {
    fn explain(self) -> Problem {
        let problem = Problem::new(self.to_string()).during(stage::DIRECTORY);
        Problem {
            place: Some(Box::new(self.place)),
            ..problem.hint(
                "a history's graph is read without running code: write `revision` and `down_revision` as plain strings, once \
                 each, at the top level of the file",
            )
        }
    }
}

/// Whether Alembic takes a file of this name for a revision.
pub fn is_revision(name: &str) -> bool {
    name.ends_with(".py") && !name.starts_with(".#") && !name.starts_with("__init__")
}

/// Reads a file.
///
/// # Errors
/// When it does not say plainly which revision it is and which ones it follows.
pub fn read(path: &str, text: &str) -> Result<Revision, Unread> {
    let refused = |at: usize, why: String| Unread {
        place: Place {
            file: path.to_owned(),
            line: line_of(text, at),
        },
        why,
    };
    let tokens = lex(text).map_err(|(at, why)| refused(at, why.to_owned()))?;
    let mut found: [Option<Value>; 4] = [const { None }; 4];
    let mut body = false;
    let mut compound = false;
    for statement in statements(&tokens) {
        let first = &statement[0];
        if first.begins {
            body = match (first.indent, first.word(text)) {
                (0, word) => matches!(word, "def" | "class" | "async" | "@"),
                _ => body,
            };
            compound = matches!(
                first.word(text),
                "if" | "elif"
                    | "else"
                    | "for"
                    | "while"
                    | "try"
                    | "except"
                    | "finally"
                    | "with"
                    | "match"
                    | "def"
                    | "class"
                    | "async"
            );
        }
        // It is run later, if at all.
        if body {
            let global = statement.iter().any(|token| token.word(text) == "global");
            let name = statement
                .iter()
                .find(|token| NAMES.contains(&token.word(text)));
            if let Some(token) = name.filter(|_| global) {
                let why = format!("`{}` is set by a function", token.word(text));
                return Err(refused(token.range.start, why));
            }
            continue;
        }
        let name = NAMES.iter().position(|name| first.word(text) == *name);
        let plain = first.indent == 0 && !compound;
        if let (Some(which), true) = (name, plain)
            && let Some(value) = assigned(statement, text)
        {
            let value = literal(value, text).ok_or_else(|| {
                refused(first.range.start, format!("`{}` is computed", NAMES[which]))
            })?;
            if found[which].is_some() {
                let why = format!("`{}` is set twice", NAMES[which]);
                return Err(refused(first.range.start, why));
            }
            found[which] = Some(value);
            continue;
        }
        if let Some((token, why)) = doubtful(statement, text, found.iter().any(Option::is_some)) {
            return Err(refused(token.range.start, why));
        }
    }
    let [id, down, labels, _] = found;
    let missing = |name: &str| refused(0, format!("the file sets no `{name}`"));
    let id = id.ok_or_else(|| missing(NAMES[0]))?;
    let down = down.ok_or_else(|| missing(NAMES[1]))?;
    let [name] = &id.ids[..] else {
        return Err(refused(id.at, "`revision` is not one string".to_owned()));
    };
    if id.several {
        return Err(refused(id.at, "`revision` is not one string".to_owned()));
    }
    for one in id.ids.iter().chain(&down.ids) {
        let odd = |c: char| c.is_control() || "@-+\"'\\".contains(c);
        if one.name.trim().is_empty() || one.name.contains(odd) {
            let why = format!(
                "`{}` is not an identifier of a revision",
                one.name.escape_debug()
            );
            return Err(refused(one.range.start, why));
        }
    }
    Ok(Revision {
        path: path.to_owned(),
        id: name.name.clone(),
        line: line_of(text, down.at),
        labels: labels.map_or_else(Vec::new, |labels| {
            labels.ids.into_iter().map(|id| id.name).collect()
        }),
        revises: revises(&tokens, text, &down.ids),
        down: down.ids,
    })
}

impl Revision {
    /// The identifiers of those that it follows.
    pub fn follows(&self) -> impl Iterator<Item = &str> {
        self.down.iter().map(|id| id.name.as_str())
    }

    /// Its text with other revisions to follow in the place of some, each `(from, to)`, in `down_revision` and in the docstring's
    /// line where that says the same; not another byte differs. `text` is what it was read from.
    pub fn following(&self, text: &str, moves: &[(&str, &str)]) -> String {
        let to = |name: &str| {
            let moved = moves.iter().find(|(from, _)| *from == name);
            moved.map(|(_, to)| (*to).to_owned())
        };
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (id, to) in self.down.iter().filter_map(|id| Some((id, to(&id.name)?))) {
            let quote = if text[id.range.clone()].contains('"') {
                '"'
            } else {
                '\''
            };
            edits.push((id.range.clone(), format!("{quote}{to}{quote}")));
        }
        if let Some(range) = &self.revises {
            let new = self
                .follows()
                .map(|name| to(name).unwrap_or_else(|| name.to_owned()));
            edits.push((range.clone(), new.collect::<Vec<_>>().join(", ")));
        }
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = text.to_owned();
        for (range, new) in edits {
            text.replace_range(range, &new);
        }
        text
    }
}

/// What is assigned to one of the names.
struct Value {
    at: usize,
    ids: Vec<Id>,
    /// It is a tuple or a list.
    several: bool,
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// The statements, none of them empty.
fn statements(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let pieces = tokens.split(|token| token.kind == Kind::End);
    pieces.filter(|statement| !statement.is_empty())
}

/// The tokens of what a statement `name = value` or `name: type = value` assigns; none where it assigns nothing.
fn assigned<'t>(statement: &'t [Token], text: &str) -> Option<&'t [Token]> {
    let at = statement
        .iter()
        .position(|token| token.depth == 0 && token.kind == Kind::Mark('='))?;
    let typed = statement[1].kind == Kind::Mark(':');
    let typed = typed
        && !statement[2..at]
            .iter()
            .any(|token| NAMES.contains(&token.word(text)));
    let value = &statement[at + 1..];
    (at == 1 || typed).then_some(value)
}

/// What a literal says: `None`, a string, or a tuple or list of strings.
fn literal(value: &[Token], text: &str) -> Option<Value> {
    let first = value.first()?;
    let at = first.range.start;
    let whole = |ids, several| Some(Value { at, ids, several });
    if let [one] = value
        && one.word(text) == "None"
    {
        return whole(Vec::new(), false);
    }
    let (inner, list) = match (first.kind.clone(), value.last()?.kind.clone()) {
        (Kind::Mark('('), Kind::Mark(')')) => (&value[1..value.len() - 1], false),
        (Kind::Mark('['), Kind::Mark(']')) => (&value[1..value.len() - 1], true),
        _ => (value, false),
    };
    let mut items: Vec<&[Token]> = inner.split(|token| token.kind == Kind::Mark(',')).collect();
    let several = list || items.len() > 1 || inner.is_empty();
    // A comma may stand behind the last one.
    if items.last().is_some_and(|item| item.is_empty()) {
        items.pop();
    }
    let ids: Option<Vec<Id>> = items.into_iter().map(string).collect();
    whole(ids?, several)
}

/// A string, which may be written in several pieces.
fn string(item: &[Token]) -> Option<Id> {
    let mut name = String::new();
    for token in item {
        let Kind::Text(Some(piece)) = &token.kind else {
            return None;
        };
        name.push_str(piece);
    }
    let (first, last) = (item.first()?, item.last()?);
    Some(Id {
        name,
        range: first.range.start..last.range.end,
    })
}

/// What in a statement that is run when the file is loaded could set one of the names, and how.
fn doubtful<'t>(statement: &'t [Token], text: &str, set: bool) -> Option<(&'t Token, String)> {
    for (at, token) in statement.iter().enumerate() {
        let kind = |at: usize| statement.get(at).map(|token| &token.kind);
        let word = token.word(text);
        let of_something = at > 0 && kind(at - 1) == Some(&Kind::Mark('.'));
        // An argument of this name.
        let argument = token.depth > 0 && kind(at + 1) == Some(&Kind::Mark('='));
        let typed = at == 0 && kind(1) == Some(&Kind::Mark(':')) && token.indent == 0;
        if NAMES.contains(&word) && !of_something && !argument && !typed {
            return Some((
                token,
                format!("`{word}` can be set here by what only running the file tells"),
            ));
        }
        let star = word == "import" && kind(at + 1) == Some(&Kind::Mark('*')) && set;
        let indirect = INDIRECT.contains(&word) && kind(at + 1) == Some(&Kind::Mark('('));
        if star
            || indirect
            || word == "__dict__"
            || (token.kind == Kind::Word && word.contains(folds))
        {
            let why = "this can set `down_revision` in a way that only running the file tells";
            return Some((token, why.to_owned()));
        }
    }
    None
}

/// Whether Python takes a character for another one, so that a name has several spellings.
fn folds(c: char) -> bool {
    matches!(c, 'ſ' | '\u{2b0}'..='\u{2ff}' | '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{218f}' | '\u{fb00}'..='\u{fb06}'
        | '\u{ff00}'..='\u{ffef}' | '\u{1d400}'..='\u{1d7ff}')
}

/// The identifiers behind `Revises:` in the file's docstring, where they are those of what it follows.
fn revises(tokens: &[Token], text: &str, down: &[Id]) -> Option<Range<usize>> {
    let first = tokens.first()?;
    let Kind::Text(_) = first.kind else {
        return None;
    };
    let mut at = first.range.start;
    for line in text[first.range.clone()].split_inclusive('\n') {
        if let Some(rest) = line.trim_start().strip_prefix("Revises:") {
            let said = rest.trim();
            let start = at + line.len() - rest.trim_start().len();
            let names = said.split(',').map(str::trim);
            if names.eq(down.iter().map(|id| id.name.as_str())) {
                return Some(start..start + said.len());
            }
            // A remark may stand behind the only one.
            let [one] = down else {
                return None;
            };
            let rest = said.strip_prefix(&one.name)?;
            let remark = rest.starts_with(char::is_whitespace);
            return remark.then(|| start..start + one.name.len());
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(text: &str) -> Result<Vec<String>, String> {
        let found = read("v/x.py", text).map_err(|error| error.to_string())?;
        Ok(found.follows().map(str::to_owned).collect())
    }

    #[test]
    fn what_is_written_plainly_is_read() {
        let of = |value: &str| down(&format!("revision = 'x'\ndown_revision{value}\n"));
        for (value, wanted) in [
            (" = None", vec![]),
            ("=None # the first", vec![]),
            (" = 'a1'", vec!["a1"]),
            (" = \"a1\"  # follows a1", vec!["a1"]),
            (": Union[str, Sequence[str], None] = 'a1'", vec!["a1"]),
            (
                ": Union[\n    str,\n    None,\n] = (\n    'a1'\n)",
                vec!["a1"],
            ),
            (" = 'a' \"1\"", vec!["a1"]),
            (" = (\n  'a'  # first\n  '1'\n)", vec!["a1"]),
            (" = \\\n    'a1'", vec!["a1"]),
            (" = '''a1'''", vec!["a1"]),
            (" = r'a1'; branch_labels = None", vec!["a1"]),
            (" = u'a1'", vec!["a1"]),
            (" = ('a1', 'b2')", vec!["a1", "b2"]),
            (" = 'a1', 'b2',", vec!["a1", "b2"]),
            (" = ['a1',]", vec!["a1"]),
            (" = ()", vec![]),
        ] {
            let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
            assert_eq!(of(value), Ok(wanted), "{value}");
        }
        let all = "\u{feff}'''Odd\r\n\r\nRevises: a1\r\n'''\r\nrevision = 'x'\r\ndown_revision = 'a1'\r\nbranch_labels = ('b', 'c')\r\n";
        let found = read("x.py", all).unwrap();
        assert_eq!(
            (found.id.as_str(), found.labels),
            ("x", vec!["b".to_owned(), "c".to_owned()])
        );
    }

    /// What would be read wrongly by looking at lines.
    #[test]
    fn strings_comments_and_functions_are_no_statements() {
        let text = r####"
"""Text with
revision = 'no'
down_revision = "no"
"""
# revision = 'no'
NOTE = 'it''s' + "a # b" + '\'' + r'\''
LONG = f"{NOTE!r:>{10}} {{down_revision}} {'}'} {f'{NOTE + "x"}'} {NOTE:'^9}"
revision = 'x'
down_revision = 'a1'
TABLE = dict(
    revision = 'no',
)

@decorated(revision="no")
def upgrade(down_revision = "no"):
    down_revision = 'no'
    sql = """
revision = 'no'
    """
    op.execute(f"""
down_revision = 'no' {sql}
""")

class Thing: revision = 'no'

def downgrade(): revision = 'no'; down_revision = 'no'
"####;
        assert_eq!(down(text), Ok(vec!["a1".to_owned()]));
    }

    /// Texts, `…` for a file that is in order, and what is said.
    const REFUSED: &[(&str, &str)] = &[
        ("revision = 'x'\n", "1: the file sets no `down_revision`"),
        ("down_revision = 'x'\n", "1: the file sets no `revision`"),
        ("revision = f'{x}'\n", "1: `revision` is computed"),
        (
            "revision = 'x' if y else 'z'\n",
            "1: `revision` is computed",
        ),
        ("revision = 'a\\x62'\n", "1: `revision` is computed"),
        ("revision = b'x'\n", "1: `revision` is computed"),
        ("revision = ('x') + ('y')\n", "1: `revision` is computed"),
        ("revision = other = 'x'\n", "1: `revision` is computed"),
        (
            "revision = 'x'\ndown_revision = last()\n",
            "2: `down_revision` is computed",
        ),
        (
            "revision = 'x', 'y'\ndown_revision = None\n",
            "1: `revision` is not one string",
        ),
        (
            "revision = 'x@y'\ndown_revision = None\n",
            "1: `x@y` is not an identifier",
        ),
        ("…down_revision = 'b'\n", "3: `down_revision` is set twice"),
        (
            "…down_revision += 'b'\n",
            "3: `down_revision` can be set here",
        ),
        (
            "…if True:\n    down_revision = 'b'\n",
            "4: `down_revision` can be set here",
        ),
        (
            "…if True: pass; down_revision = 'b'\n",
            "3: `down_revision` can be set here",
        ),
        (
            "…for down_revision in 'b': pass\n",
            "3: `down_revision` can be set here",
        ),
        (
            "…other = down_revision = 'b'\n",
            "3: `down_revision` can be set here",
        ),
        (
            "…print(down_revision := 'b')\n",
            "3: `down_revision` can be set here",
        ),
        ("…from b import revision\n", "3: `revision` can be set here"),
        ("…from b import *\n", "3: this can set `down_revision`"),
        ("…globals().update(x)\n", "3: this can set `down_revision`"),
        ("…ｒevision = 'b'\n", "3: this can set `down_revision`"),
        (
            "…def f():\n    global revision\n",
            "4: `revision` is set by a function",
        ),
        ("…x = '''\n", "3: a string is not closed"),
        ("…x = (1]\n", "3: a bracket is closed that is not open"),
        ("…x = (1\n", "4: a bracket is not closed"),
    ];

    #[test]
    fn what_only_running_tells_is_refused_at_its_line() {
        let base = "revision = 'x'\ndown_revision = 'a1'\n";
        for (text, why) in REFUSED {
            let found = down(&text.replace('…', base)).unwrap_err();
            assert!(
                found.starts_with(&format!("v/x.py:{why}")),
                "{text}: {found}"
            );
        }
        for piece in ["f'{", "f\"{f'''{"] {
            let found = down(&format!("{base}x = {}\n", piece.repeat(5000))).unwrap_err();
            assert!(found.starts_with("v/x.py:3: "), "{found}");
        }
        // Before it is set, it sets nothing.
        assert!(down(&format!("from b import *\n{base}")).is_ok());
    }

    #[test]
    fn an_edit_changes_nothing_else() {
        let text = "\"\"\"Name it\r\n\r\nRevision ID: x\r\nRevises: a1\r\n\r\nRevises: a1 once more\"\"\"\r\nrevision: str = 'x'\r\n\
                    down_revision: Union[str, None] = \"a1\"  # \"a1\"\r\n\r\ndef upgrade():\r\n    op.execute('a1')\r\n";
        let found = read("x.py", text).unwrap();
        let after = found.following(text, &[("a1", "c3d4")]);
        let wanted = text.replace("Revises: a1\r\n", "Revises: c3d4\r\n");
        assert_eq!(after, wanted.replace("= \"a1\"  #", "= \"c3d4\"  #"));
        let again = read("x.py", &after).unwrap();
        assert_eq!(again.following(&after, &[("c3d4", "a1")]), text);
        // A remark stays.
        let remark = text.replace("Revises: a1\r\n", "Revises: a1 (initial)\r\n");
        let after = read("x.py", &remark)
            .unwrap()
            .following(&remark, &[("a1", "c3d4")]);
        let wanted = wanted.replace("Revises: c3d4\r\n", "Revises: c3d4 (initial)\r\n");
        assert_eq!(after, wanted.replace("= \"a1\"  #", "= \"c3d4\"  #"));
        // What the line says besides is left, and of several only the one changes.
        let text =
            "'''\nRevises: something else\n'''\nrevision = 'x'\ndown_revision = ('a1', r'b2')\n";
        let after = read("x.py", text).unwrap().following(text, &[("b2", "c3")]);
        assert_eq!(after, text.replace("r'b2'", "'c3'"));
    }
}
