//! Reads the text of `CREATE TABLE` and `CREATE INDEX` as SQLite keeps it in `sqlite_master`, and what else a script does to a
//! schema.
//!
//! The grammar is SQLite's own (<https://www.sqlite.org/lang_createtable.html>,
//! <https://www.sqlite.org/lang_createindex.html>) with what its parser takes beyond the diagrams: names in any quotes,
//! table constraints without commas, constraint names without a constraint. Text in, values out: names are resolved
//! and states built elsewhere.

mod index;
pub(super) mod lex;
mod statement;
mod table;

use crate::sql::token::{Kind, Token, closing, items};

pub(super) use index::{IndexDef, create_index};
pub(super) use statement::{Alter, Create, Name, Statement, end, statement};
pub(super) use table::{ColumnDef, PrimaryKeyDef, TableDef, UniqueDef, create_table};

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {offset}")]
pub(super) struct ParseError {
    /// Where, in bytes of the text.
    pub(super) offset: usize,
    /// What was expected there.
    expected: &'static str,
}

/// One entry in the parentheses of an index, primary key or unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartDef {
    /// A name where the entry is nothing but one, unquoted.
    pub(super) name: Option<String>,
    /// The entry in canonical spacing, without collation and direction.
    pub(super) expr: String,
    pub(super) collation: Option<String>,
    pub(super) descending: bool,
}

/// A cursor over tokens.
struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    end: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            tokens: lex::tokens(text),
            at: 0,
            end: text.len(),
        }
    }

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn peek_is(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    fn next_is(&self, word: &str) -> bool {
        self.tokens
            .get(self.at + 1)
            .is_some_and(|token| token.is(word))
    }

    fn peek_symbol(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| token.symbol(symbol))
    }

    /// Where the next token begins, in bytes.
    fn offset(&self) -> usize {
        self.peek().map_or(self.end, |token| token.start)
    }

    fn error(&self, expected: &'static str) -> ParseError {
        ParseError {
            offset: self.offset(),
            expected,
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek_is(word);
        self.at += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &'static str) -> Result<(), ParseError> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.error(word))
        }
    }

    fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), ParseError> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(self.error(symbol))
        }
    }

    fn name(&mut self) -> Result<String, ParseError> {
        let name = self.peek().and_then(lex::name);
        let name = name.ok_or_else(|| self.error("a name"))?;
        self.at += 1;
        Ok(name)
    }

    /// A name with an optional schema before it, which is dropped: a file has one.
    fn qualified_name(&mut self) -> Result<String, ParseError> {
        let name = self.name()?;
        if self.take_symbol(".") {
            return self.name();
        }
        Ok(name)
    }

    fn if_not_exists(&mut self) -> Result<(), ParseError> {
        if self.take("IF") {
            self.expect("NOT")?;
            self.expect("EXISTS")?;
        }
        Ok(())
    }

    /// What the parenthesis that opens here encloses; the cursor ends behind it.
    fn group(&mut self) -> Result<Vec<Token<'a>>, ParseError> {
        if !self.peek_symbol("(") {
            return Err(self.error("("));
        }
        let rest = &self.tokens[self.at..];
        let close = closing(rest);
        let group = rest.get(1..close).map(<[_]>::to_vec);
        self.at += close;
        self.expect_symbol(")")?;
        Ok(group.unwrap_or_default())
    }

    /// An expression in parentheses, canonical.
    fn enclosed(&mut self) -> Result<String, ParseError> {
        let group = self.group()?;
        Ok(lex::join(lex::bare(&group)))
    }

    /// Names in parentheses.
    fn names(&mut self) -> Result<Vec<String>, ParseError> {
        self.expect_symbol("(")?;
        let mut names = vec![self.name()?];
        while self.take_symbol(",") {
            names.push(self.name()?);
        }
        self.expect_symbol(")")?;
        Ok(names)
    }

    /// Key parts in parentheses.
    fn parts(&mut self) -> Result<Vec<PartDef>, ParseError> {
        let group = self.group()?;
        items(&group)
            .map(|entry| part(entry).ok_or_else(|| self.error("a key part")))
            .collect()
    }

    /// `ON CONFLICT …`, in upper case, where it is not the default.
    fn on_conflict(&mut self) -> Result<Option<String>, ParseError> {
        if !(self.peek_is("ON") && self.next_is("CONFLICT")) {
            return Ok(None);
        }
        self.at += 2;
        let resolution = self.name()?.to_ascii_uppercase();
        Ok((resolution != "ABORT").then_some(resolution))
    }
}

/// Reads one entry of a key.
fn part(tokens: &[Token<'_>]) -> Option<PartDef> {
    let mut rest = tokens;
    let mut descending = false;
    if let [before @ .., last] = rest
        && (last.is("ASC") || last.is("DESC"))
        && !before.is_empty()
    {
        descending = last.is("DESC");
        rest = before;
    }
    let mut collation = None;
    if let [before @ .., word, name] = rest
        && word.is("COLLATE")
        && !before.is_empty()
        && !before.iter().any(|token| token.is("CASE"))
    {
        collation = lex::name(name).map(|name| collation_name(&name));
        rest = before;
    }
    // `AUTOINCREMENT` may appear in a table constraint's list, where it is read by the caller from the column.
    if let [before @ .., last] = rest
        && last.is("AUTOINCREMENT")
        && !before.is_empty()
    {
        rest = before;
    }
    let rest = lex::bare(rest);
    let name = match rest {
        [] => return None,
        [one] if one.kind != Kind::Number => lex::name(one),
        _ => None,
    };
    Some(PartDef {
        name,
        expr: lex::join(rest),
        collation,
        descending,
    })
}

/// The one spelling of a collation's name: names are case-insensitive, the built-in ones are written in upper case.
pub(super) fn collation_name(name: &str) -> String {
    const BUILT_IN: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];
    BUILT_IN
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), str::to_owned)
}
