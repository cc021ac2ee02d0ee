//! Just enough of Python to find in a file of models which tables it defines, without running it.

use std::iter::Peekable;
use std::str::CharIndices;

/// A table that a file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Defined {
    pub(super) table: String,
    /// The line of its class or call, from 1.
    pub(super) line: u32,
    /// The name is made from the class's, by the rule of its base.
    pub(super) derived: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PythonToken<'a> {
    Word(&'a str),
    /// A string without escapes or placeholders.
    Text(&'a str),
    Other(char),
}

#[derive(Clone, Copy, Debug)]
struct Lexed<'a> {
    token: PythonToken<'a>,
    line: u32,
    column: usize,
}

/// The strings that are the first argument of calls of a function.
pub(super) fn first_arguments<'a>(source: &'a str, function: &str) -> Vec<&'a str> {
    let tokens = lex(source);
    let calls = tokens.windows(3).filter_map(|window| {
        match [window[0].token, window[1].token, window[2].token] {
            [
                PythonToken::Word(word),
                PythonToken::Other('('),
                PythonToken::Text(text),
            ] if word == function => Some(text),
            _ => None,
        }
    });
    calls.collect()
}

/// The modules that a file imports, as it names them; relative ones with their dots.
pub(super) fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.lines() {
        let words = |text: &str| text.split_whitespace().next().map(str::to_owned);
        if let Some(rest) = line.trim_start().strip_prefix("from ") {
            found.extend(words(rest));
        } else if let Some(rest) = line.trim_start().strip_prefix("import ") {
            found.extend(rest.split(',').filter_map(words));
        }
    }
    found
}

/// Whether a class of the file has a rule of its own for the names of tables.
pub(super) fn makes_names(source: &str) -> bool {
    source.contains("def __tablename__")
}

/// Whether a file is a test, whose tables are its own.
pub(super) fn is_test(source: &str) -> bool {
    source.lines().any(|line| {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("import" | "from"), Some(module)) => module == "pytest" || module == "unittest",
            (Some("def"), Some(name)) => name.starts_with("test_"),
            (Some("async"), Some("def")) => {
                words.next().is_some_and(|name| name.starts_with("test_"))
            }
            _ => false,
        }
    })
}

/// A class that may define a table.
struct Class<'a> {
    line: u32,
    column: usize,
    /// The table's name where the class gives none, by the rule of its base.
    derived: Option<String>,
    name: Option<&'a str>,
}

/// The tables that a file defines by name: `__tablename__ = "x"`, `Table("x", metadata, …)`, and classes whose base makes
/// the name from theirs, as those of SQLModel and Flask-SQLAlchemy do.
pub(super) fn tables(source: &str) -> Vec<Defined> {
    let tokens = lex(source);
    let mut found = Vec::new();
    let mut classes: Vec<Class<'_>> = Vec::new();
    let token = |at: usize| tokens.get(at).map(|lexed| lexed.token);
    for (at, lexed) in tokens.iter().enumerate() {
        let PythonToken::Word(word) = lexed.token else {
            continue;
        };
        let attribute = at > 0 && token(at - 1) == Some(PythonToken::Other('.'));
        match word {
            "class" if matches!(token(at + 1), Some(PythonToken::Word(_))) => {
                let open = |class: &Class<'_>| class.column < lexed.column;
                let kept = classes.iter().take_while(|class| open(class)).count();
                classes
                    .drain(kept..)
                    .for_each(|class| found.extend(class.table()));
                classes.push(class(&tokens[at..]));
            }
            "__tablename__" | "__abstract__" | "__table__" if !attribute => {
                let inner = classes.iter_mut().rev();
                let Some(class) = inner.into_iter().find(|class| class.column < lexed.column)
                else {
                    continue;
                };
                class.derived = None;
                if word == "__tablename__" {
                    class.name = assigned(&tokens[at..]);
                }
            }
            "Table" if token(at + 1) == Some(PythonToken::Other('(')) => {
                if let (
                    Some(PythonToken::Text(name)),
                    Some(PythonToken::Other(',')),
                    Some(PythonToken::Word(_)),
                ) = (token(at + 2), token(at + 3), token(at + 4))
                {
                    found.push(Defined {
                        table: name.to_owned(),
                        line: lexed.line,
                        derived: false,
                    });
                }
            }
            _ => {}
        }
    }
    classes
        .into_iter()
        .for_each(|class| found.extend(class.table()));
    found
}

impl Class<'_> {
    fn table(self) -> Option<Defined> {
        let derived = self.name.is_none();
        let table = self.name.map(str::to_owned).or(self.derived)?;
        Some(Defined {
            table,
            line: self.line,
            derived,
        })
    }
}

/// The class whose statement begins here.
fn class<'a>(tokens: &[Lexed<'a>]) -> Class<'a> {
    let mut derived = None;
    if let [_, name, open, rest @ ..] = tokens
        && let PythonToken::Word(name) = name.token
        && open.token == PythonToken::Other('(')
    {
        let mut depth = 1;
        let header = rest.iter().take_while(|lexed| {
            match lexed.token {
                PythonToken::Other('(' | '[') => depth += 1,
                PythonToken::Other(')' | ']') => depth -= 1,
                _ => {}
            }
            depth > 0
        });
        let header: Vec<PythonToken<'_>> = header.map(|lexed| lexed.token).collect();
        let has = |wanted: &[PythonToken<'_>]| {
            header.windows(wanted.len()).any(|window| window == wanted)
        };
        use PythonToken::{Other, Word};
        if has(&[Word("table"), Other('='), Word("True")]) {
            derived = Some(name.to_lowercase());
        } else if has(&[Word("db"), Other('.'), Word("Model")]) {
            derived = Some(snake_case(name));
        }
    }
    let first = tokens.first();
    Class {
        line: first.map_or(0, |lexed| lexed.line),
        column: first.map_or(0, |lexed| lexed.column),
        derived,
        name: None,
    }
}

/// `= "x"` after a name, with or without an annotation, on the name's line.
fn assigned<'a>(tokens: &[Lexed<'a>]) -> Option<&'a str> {
    let (name, rest) = tokens.split_first()?;
    let line = rest.iter().take_while(|lexed| lexed.line == name.line);
    let mut value = line
        .skip_while(|lexed| lexed.token != PythonToken::Other('='))
        .skip(1);
    match (value.next()?.token, value.next().map(|lexed| lexed.token)) {
        (PythonToken::Text(text), None | Some(PythonToken::Other(';'))) => Some(text),
        _ => None,
    }
}

/// `OrderLine` as `order_line`, `HTTPLog` as `http_log`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, c) in letters.iter().enumerate() {
        let lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
        let word = |at: usize| lower(at) || letters.get(at).is_some_and(char::is_ascii_digit);
        if at > 0 && c.is_ascii_uppercase() && (word(at - 1) || lower(at + 1)) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

fn lex(source: &str) -> Vec<Lexed<'_>> {
    let mut found = Vec::new();
    let mut chars = source.char_indices().peekable();
    let (mut line, mut start) = (1, 0);
    while let Some((at, c)) = chars.next() {
        let (first_line, column) = (line, at - start);
        let token = match c {
            '\n' => {
                line += 1;
                start = at + 1;
                continue;
            }
            '#' => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
                continue;
            }
            c if c.is_whitespace() => continue,
            '"' | '\'' => text(source, at, c, &mut chars),
            c if c == '_' || c.is_alphanumeric() => {
                let part = |(_, c): &(usize, char)| *c == '_' || c.is_alphanumeric();
                let mut end = at + c.len_utf8();
                while let Some((next, c)) = chars.next_if(part) {
                    end = next + c.len_utf8();
                }
                let word = &source[at..end];
                let prefix = word.len() <= 2 && word.bytes().all(|b| b"rRbBuUfFtT".contains(&b));
                match chars.next_if(|(_, c)| prefix && matches!(c, '"' | '\'')) {
                    None => PythonToken::Word(word),
                    Some((at, quote)) => match text(source, at, quote, &mut chars) {
                        PythonToken::Text(text) if matches!(word, "r" | "R" | "u" | "U") => {
                            PythonToken::Text(text)
                        }
                        _ => PythonToken::Other(quote),
                    },
                }
            }
            c => PythonToken::Other(c),
        };
        let end = chars.peek().map_or(source.len(), |(at, _)| *at);
        if matches!(token, PythonToken::Text(_) | PythonToken::Other('"' | '\'')) {
            let inside = &source[at..end];
            line += u32::try_from(inside.matches('\n').count()).unwrap_or(0);
            start = inside.rfind('\n').map_or(start, |last| at + last + 1);
        }
        found.push(Lexed {
            token,
            line: first_line,
            column,
        });
    }
    found
}

/// A string whose opening quote is at `open` and was read.
fn text<'a>(
    source: &'a str,
    open: usize,
    quote: char,
    chars: &mut Peekable<CharIndices<'a>>,
) -> PythonToken<'a> {
    let long = source[open..].starts_with(["\"\"\"", "'''"][usize::from(quote == '\'')]);
    if long {
        chars.next();
        chars.next();
    }
    let begin = open + if long { 3 } else { 1 };
    let mut plain = true;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                plain = false;
                chars.next();
            }
            '\n' if !long => return PythonToken::Other(quote),
            c if c == quote && !long => return ended(&source[begin..at], plain, quote),
            c if c == quote
                && source[at..].starts_with([quote; 3].iter().collect::<String>().as_str()) =>
            {
                chars.next();
                chars.next();
                return ended(&source[begin..at], plain, quote);
            }
            _ => {}
        }
    }
    PythonToken::Other(quote)
}

fn ended(text: &str, plain: bool, quote: char) -> PythonToken<'_> {
    match plain {
        true => PythonToken::Text(text),
        false => PythonToken::Other(quote),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
"""Models: __tablename__ = "not_this"
"""
from app.db import Base  # class Old(Base): __tablename__ = "old"

class Crew(Base):
    """It's a crew."""
    __tablename__ = "crew"

    class Inner:
        pass

class Ship(
    Base,
):
    __tablename__: str = 'ship'
    note = f"{x} __tablename__ = 'no'"

member = Table(
    "member_club", Base.metadata,
    Column("id", Integer),
)
rows = dynamo.Table("remote")

class Hero(SQLModel, table=True):
    id: int

class HeroRead(SQLModel):
    id: int

class OrderLine(db.Model):
    id = db.Column(db.Integer)

class Mixin(db.Model):
    __abstract__ = True

class Made(Base):
    __tablename__ = "a" + "b"

class Loud(Base):
    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower()
"#;

    #[test]
    fn tables_are_found_with_their_lines() {
        let found: Vec<(String, u32)> = tables(SOURCE)
            .into_iter()
            .map(|defined| (defined.table, defined.line))
            .collect();
        let mut wanted = vec![
            ("crew", 6),
            ("ship", 13),
            ("member_club", 19),
            ("hero", 25),
            ("order_line", 31),
        ];
        let mut names: Vec<(&str, u32)> = found
            .iter()
            .map(|(name, line)| (name.as_str(), *line))
            .collect();
        names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(names, wanted);
    }

    #[test]
    fn names_are_made_as_flask_makes_them() {
        for (class, table) in [
            ("User", "user"),
            ("OrderLine", "order_line"),
            ("HTTPLog", "http_log"),
        ] {
            assert_eq!(snake_case(class), table);
        }
    }

    #[test]
    fn a_script_tells_what_it_imports_and_prints() {
        let source = "import app.a, os as system\nfrom .b import C\nprint_ddl(\"x+y\", [A])\n# print_ddl(\"z\")\n";
        assert_eq!(imports(source), ["app.a", "os", ".b"]);
        assert_eq!(first_arguments(source, "print_ddl"), ["x+y"]);
    }

    #[test]
    fn what_is_broken_is_read_to_its_end() {
        for source in [
            "x = '",
            "class",
            "class A(",
            "Table(",
            "__tablename__",
            "'''",
            "\"\\",
            "é = \"ü\"",
        ] {
            assert_eq!(tables(source), []);
        }
    }
}
