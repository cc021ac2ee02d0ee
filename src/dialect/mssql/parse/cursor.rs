//! A cursor over tokens, and expressions as text.

use std::collections::BTreeSet;

use crate::config::suggest;
use crate::engine::ExecError;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, closing, tokens};

use super::Path;
use super::reserved::is_reserved;

/// Why a statement is not followed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Refusal {
    pub(in crate::dialect::mssql) offset: usize,
    pub(in crate::dialect::mssql) message: String,
    pub(in crate::dialect::mssql) hint: Option<String>,
    /// The server's number of the error, where it is one of its own.
    pub(in crate::dialect::mssql) code: Option<&'static str>,
}

impl Refusal {
    /// At a place, without advice.
    pub(in crate::dialect::mssql) fn at(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            hint: None,
            code: None,
        }
    }

    /// As the server says it, with the number that it has there.
    pub(in crate::dialect::mssql) fn server(
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: Some(code),
            ..Self::at(0, message)
        }
    }

    /// With what to do.
    pub(in crate::dialect::mssql) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl From<Refusal> for ExecError {
    fn from(refusal: Refusal) -> Self {
        Self {
            offset: Some(refusal.offset),
            code: refusal.code.map(str::to_owned),
            hint: refusal.hint,
            ..Self::refused(0, refusal.message)
        }
    }
}

/// What to do about what can't be followed.
const UNREAD: &str = "offline, trueup follows the DDL that it knows; write the statement in another form, or leave it out of \
                      the directory that is compared";

/// Words of statements and definitions that are told from slips of them.
const WORDS: &[&str] = &[
    "ALTER",
    "CASCADE",
    "CHECK",
    "CLUSTERED",
    "COLLATE",
    "COLUMN",
    "CONSTRAINT",
    "CREATE",
    "DEFAULT",
    "DELETE",
    "DROP",
    "EXECUTE",
    "FOREIGN",
    "FUNCTION",
    "GRANT",
    "IDENTITY",
    "INDEX",
    "INSERT",
    "NONCLUSTERED",
    "NULL",
    "PERSISTED",
    "PRIMARY",
    "PROCEDURE",
    "REFERENCES",
    "SCHEMA",
    "SELECT",
    "SEQUENCE",
    "SYNONYM",
    "TABLE",
    "TRIGGER",
    "TRUNCATE",
    "UNIQUE",
    "UPDATE",
    "VIEW",
];

/// A cursor over the tokens of a text.
#[derive(Clone, Debug)]
pub(in crate::dialect::mssql) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    pub(super) at: usize,
    /// How many blocks and conditions are around the next statement.
    pub(super) depth: usize,
    /// The variables that are declared so far, in lower case.
    pub(super) declared: BTreeSet<String>,
}

impl<'a> Cursor<'a> {
    /// Reads a text from its beginning.
    pub(in crate::dialect::mssql) fn new(text: &'a str) -> Self {
        Self {
            text,
            tokens: tokens(text, &Rules::MSSQL).collect(),
            at: 0,
            depth: 0,
            declared: BTreeSet::new(),
        }
    }

    pub(super) fn ahead(&self, by: usize) -> Option<&Token<'a>> {
        self.tokens.get(self.at + by)
    }

    pub(super) fn peek(&self) -> Option<&Token<'a>> {
        self.ahead(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The byte at which the next token starts.
    pub(super) fn offset(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.start)
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|token| token.is_any(words))
    }

    /// These words stand here.
    pub(super) fn are(&self, words: &[&str]) -> bool {
        let mut words = words.iter().enumerate();
        words.all(|(by, word)| self.ahead(by).is_some_and(|token| token.is(word)))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| token.symbol(symbol))
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        self.take_all(&[word])
    }

    /// Takes these words, or none of them.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let found = self.are(words);
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek().copied();
        self.at += usize::from(token.is_some());
        token
    }

    /// What was expected here.
    pub(super) fn expected(&self, what: &str) -> Refusal {
        let found = match self.peek() {
            Some(token) => format!("`{}`", token.text.lines().next().unwrap_or_default()),
            None => "the end of the statement".to_owned(),
        };
        let item =
            matches!(self.peek(), Some(token) if matches!(token.kind, Kind::Word | Kind::Name));
        let hint = match self.slip() {
            Some(hint) if !self.starts_line() => hint,
            _ if what == "`)`" && item => "is a comma missing before it?".to_owned(),
            slip => slip.unwrap_or_else(|| UNREAD.to_owned()),
        };
        Refusal::at(self.offset(), format!("expected {what}, found {found}")).hint(hint)
    }

    /// What stands here is known not to be followed.
    pub(super) fn unknown(&self, what: &str) -> Refusal {
        let message = format!("{what} can't be followed without a server");
        let hint = self.slip().unwrap_or_else(|| UNREAD.to_owned());
        Refusal::at(self.offset(), message).hint(hint)
    }

    /// The word that the one here, or the one behind a `NOT`, seems to be a slip of.
    fn slip(&self) -> Option<String> {
        let not = if self.is("NOT") { "NOT " } else { "" };
        let word = self.ahead(usize::from(!not.is_empty()))?;
        let known = word.kind != Kind::Word || word.is_any(WORDS) || is_reserved(word);
        let near = suggest::nearest(word.text, WORDS.iter().copied()).filter(|_| !known)?;
        Some(format!("did you mean `{not}{near}`?"))
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), Refusal> {
        match self.take(word) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{word}`"))),
        }
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<(), Refusal> {
        match self.take_symbol(symbol) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{symbol}`"))),
        }
    }

    pub(super) fn name(&mut self) -> Result<String, Refusal> {
        if let Some(token) = self.peek().filter(|token| is_reserved(token)) {
            let message = format!("Incorrect syntax near the keyword '{}'.", token.text);
            let refusal = Refusal {
                code: Some("156"),
                ..Refusal::at(token.start, message)
            };
            return Err(refusal.hint("as a name, the word stands in brackets"));
        }
        self.word()
    }

    /// A name, or a word that can't be one.
    pub(super) fn word(&mut self) -> Result<String, Refusal> {
        let name = self.peek().and_then(Token::name).map(Into::into);
        let name = name.ok_or_else(|| self.expected("a name"))?;
        self.at += 1;
        Ok(name)
    }

    /// A name with the schema and the database before it, where they are written.
    pub(super) fn path(&mut self) -> Result<Path, Refusal> {
        let start = self.offset();
        let mut parts = vec![Some(self.name()?)];
        while self.take_symbol(".") {
            parts.push(match self.is_symbol(".") {
                true => None,
                false => Some(self.name()?),
            });
        }
        let mut parts = parts.into_iter().rev();
        let path = Path {
            name: parts.next().flatten().unwrap_or_default(),
            schema: parts.next().flatten(),
            database: parts.next().flatten(),
        };
        match parts.next() {
            None => Ok(path),
            Some(_) => Err(Refusal::at(
                start,
                "a table of another server can't be followed",
            )),
        }
    }

    /// A name, or the text of a string, as a procedure's argument names something.
    pub(super) fn integer(&mut self) -> Result<i64, Refusal> {
        let negative = self.take_symbol("-");
        let _plus = self.take_symbol("+");
        let number = self.peek().filter(|token| token.kind == Kind::Number);
        let number = number.and_then(|token| token.text.parse::<i128>().ok());
        let number = number.map(|number| if negative { -number } else { number });
        let number = number.and_then(|number| i64::try_from(number).ok());
        let number = number.ok_or_else(|| self.expected("a whole number"))?;
        self.at += 1;
        Ok(number)
    }

    /// What the parenthesis that opens here encloses; the cursor ends behind it.
    pub(super) fn group(&mut self) -> Result<&[Token<'a>], Refusal> {
        if !self.is_symbol("(") {
            return Err(self.expected("`(`"));
        }
        let start = self.at;
        let close = closing(&self.tokens[start..]);
        if start + close >= self.tokens.len() {
            return Err(self.expected("a `)` that closes this"));
        }
        self.at += close + 1;
        Ok(&self.tokens[start + 1..start + close])
    }

    /// Names in parentheses.
    pub(super) fn names(&mut self) -> Result<Vec<String>, Refusal> {
        self.expect_symbol("(")?;
        let mut names = vec![self.name()?];
        while self.take_symbol(",") {
            names.push(self.name()?);
        }
        self.expect_symbol(")")?;
        Ok(names)
    }

    /// The text between two places, as it is written.
    pub(super) fn source(&self, from: usize, to: usize) -> &'a str {
        self.text[from..to].trim_end()
    }

    /// Moves to the end, and gives the byte at which the text ends.
    pub(super) fn finish(&mut self) -> usize {
        self.at = self.tokens.len();
        self.text.trim_end().trim_end_matches(';').len()
    }

    /// Moves on while `go` says so and no parenthesis closes that was open before; the tokens in between.
    pub(super) fn run(&mut self, mut go: impl FnMut(&Self) -> bool) -> &[Token<'a>] {
        let start = self.at;
        while !self.is_end() && !self.is_symbol(")") && !self.is_symbol(";") && go(self) {
            let close = match self.is_symbol("(") {
                true => closing(&self.tokens[self.at..]),
                false if self.is("CASE") => self.case_end(),
                false => 0,
            };
            self.at = (self.at + close + 1).min(self.tokens.len());
        }
        &self.tokens[start..self.at]
    }

    /// How far the `END` of the `CASE` that stands here is.
    fn case_end(&self) -> usize {
        let mut open = 0;
        for (at, token) in self.tokens[self.at..].iter().enumerate() {
            if token.is("CASE") {
                open += 1;
            } else if token.is("END") {
                open -= 1;
                if open == 0 {
                    return at;
                }
            }
        }
        self.tokens.len() - self.at
    }

    /// The token at a place.
    pub(super) fn tokens_from(&self, at: usize) -> Option<&Token<'a>> {
        self.tokens.get(at)
    }

    /// The tokens from a place up to the next one.
    pub(super) fn span(&self, from: usize) -> impl Iterator<Item = &Token<'a>> {
        self.tokens[from..self.at].iter()
    }

    /// Nothing stands before the next token.
    pub(super) fn is_first(&self) -> bool {
        self.tokens[..self.at].iter().all(|token| token.symbol(";"))
    }

    /// The token before the next one.
    pub(super) fn last(&self) -> Option<&Token<'a>> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at))
    }

    /// The next token is the first of its line.
    pub(super) fn starts_line(&self) -> bool {
        let before = &self.text[..self.offset()];
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.trim().is_empty()
    }
}

/// Words after which a parenthesis is not a call, and a sign no subtraction.
const OPERATORS: &[&str] = &[
    "AND", "AS", "BETWEEN", "BY", "CASE", "ELSE", "FROM", "IN", "IS", "LIKE", "NOT", "ON", "OR",
    "SELECT", "THEN", "WHEN", "WHERE",
];

/// Writes tokens in one spacing.
pub(in crate::dialect::mssql) fn join(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        if before.is_some_and(|last| spaced(at.checked_sub(2).map(|at| &tokens[at]), last, token)) {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}

fn spaced(earlier: Option<&Token<'_>>, last: &Token<'_>, next: &Token<'_>) -> bool {
    let tight = [")", ",", "."].iter().any(|symbol| next.symbol(symbol));
    if tight || last.symbol("(") || last.symbol(".") {
        return false;
    }
    let operator = |token: &Token<'_>| token.is_any(OPERATORS);
    let unary = earlier
        .is_none_or(|token| operator(token) || (token.kind == Kind::Symbol && !token.symbol(")")));
    if unary && ["-", "+", "~"].iter().any(|sign| last.symbol(sign)) {
        return next.kind == Kind::Symbol && !next.symbol("(");
    }
    let callee = matches!(last.kind, Kind::Word | Kind::Name) && !operator(last);
    !(next.symbol("(") && callee)
}

/// Tokens without the parentheses around all of them.
pub(in crate::dialect::mssql) fn unwrapped<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut inner = tokens;
    while inner.len() > 2 && inner[0].symbol("(") && closing(inner) + 1 == inner.len() {
        inner = &inner[1..inner.len() - 1];
    }
    inner
}
