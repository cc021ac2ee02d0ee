//! Expressions of conditions and arguments, with the queries of the catalogue in them.

use super::Path;
use super::cursor::{Cursor, Refusal};
use crate::sql::token::Kind;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Expr {
    Null,
    Text(String),
    Number(i64),
    Variable(String),
    /// A column, with the relation before it.
    Column(Option<String>, String),
    Star,
    Call(String, Vec<Self>),
    Binary(Op, Box<Self>, Box<Self>),
    Not(Box<Self>),
    IsNull(Box<Self>),
    In(Box<Self>, Vec<Self>),
    Exists(Box<Query>),
    Scalar(Box<Query>),
}

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    Greater,
    Like,
    Add,
}

/// A query of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Query {
    pub(in crate::dialect::mssql) offset: usize,
    /// It gives no more rows than these.
    pub(in crate::dialect::mssql) top: Option<usize>,
    /// What it gives, and the variable that takes it.
    pub(in crate::dialect::mssql) output: Vec<(Option<String>, Expr)>,
    pub(in crate::dialect::mssql) from: Vec<Relation>,
    /// Of `WHERE` and all `ON`.
    pub(in crate::dialect::mssql) filters: Vec<Expr>,
}

/// What a query reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Relation {
    pub(in crate::dialect::mssql) name: Path,
    pub(in crate::dialect::mssql) alias: String,
}

/// An expression, as far as it reaches.
pub(in crate::dialect::mssql) fn expression(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    let mut left = conjunction(cursor)?;
    while cursor.take("OR") {
        left = Expr::Binary(Op::Or, Box::new(left), Box::new(conjunction(cursor)?));
    }
    Ok(left)
}

fn conjunction(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    let mut left = negation(cursor)?;
    while cursor.take("AND") {
        left = Expr::Binary(Op::And, Box::new(left), Box::new(negation(cursor)?));
    }
    Ok(left)
}

fn negation(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    match cursor.take("NOT") {
        true => Ok(Expr::Not(Box::new(negation(cursor)?))),
        false => comparison(cursor),
    }
}

fn comparison(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    // What it compares by, and whether the opposite is meant.
    const OPERATORS: &[(&str, Op, bool)] = &[
        ("=", Op::Equal, false),
        ("<>", Op::Unequal, false),
        ("!=", Op::Unequal, false),
        ("<=", Op::Greater, true),
        (">=", Op::Less, true),
        ("<", Op::Less, false),
        (">", Op::Greater, false),
    ];
    let not = |negated: bool, found: Expr| match negated {
        true => Expr::Not(Box::new(found)),
        false => found,
    };
    let left = sum(cursor)?;
    if cursor.take("IS") {
        let negated = cursor.take("NOT");
        cursor.expect("NULL")?;
        return Ok(not(negated, Expr::IsNull(Box::new(left))));
    }
    let negated =
        (cursor.are(&["NOT", "IN"]) || cursor.are(&["NOT", "LIKE"])) && cursor.take("NOT");
    if cursor.take("LIKE") {
        let pattern = Box::new(sum(cursor)?);
        return Ok(not(
            negated,
            Expr::Binary(Op::Like, Box::new(left), pattern),
        ));
    }
    if cursor.take("IN") {
        cursor.expect_symbol("(")?;
        let mut all = vec![expression(cursor)?];
        while cursor.take_symbol(",") {
            all.push(expression(cursor)?);
        }
        cursor.expect_symbol(")")?;
        return Ok(not(negated, Expr::In(Box::new(left), all)));
    }
    let found = OPERATORS
        .iter()
        .find(|(symbol, ..)| cursor.take_symbol(symbol));
    match found {
        Some((_, op, negated)) => {
            let right = Box::new(sum(cursor)?);
            Ok(not(*negated, Expr::Binary(*op, Box::new(left), right)))
        }
        None => Ok(left),
    }
}

fn sum(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    let mut left = operand(cursor)?;
    while cursor.take_symbol("+") {
        left = Expr::Binary(Op::Add, Box::new(left), Box::new(operand(cursor)?));
    }
    Ok(left)
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    if cursor.take("EXISTS") {
        cursor.expect_symbol("(")?;
        let query = query(cursor)?;
        cursor.expect_symbol(")")?;
        return Ok(Expr::Exists(Box::new(query)));
    }
    if cursor.take_symbol("(") {
        let found = match cursor.is("SELECT") {
            true => Expr::Scalar(Box::new(query(cursor)?)),
            false => expression(cursor)?,
        };
        cursor.expect_symbol(")")?;
        return Ok(found);
    }
    if cursor.take_symbol("*") {
        return Ok(Expr::Star);
    }
    let Some(token) = cursor.peek().copied() else {
        return Err(cursor.expected("an expression"));
    };
    match token.kind {
        Kind::Text => {
            cursor.at += 1;
            Ok(Expr::Text(token.unquoted().into_owned()))
        }
        Kind::Number => cursor.integer().map(Expr::Number),
        Kind::Symbol if token.symbol("-") => cursor.integer().map(Expr::Number),
        Kind::Word if token.is("NULL") => {
            cursor.at += 1;
            Ok(Expr::Null)
        }
        Kind::Word if token.text.starts_with("@@") => {
            cursor.at += 1;
            Ok(Expr::Variable(token.text.to_uppercase()))
        }
        Kind::Word if token.text.starts_with('@') => {
            cursor.at += 1;
            Ok(Expr::Variable(token.text.to_lowercase()))
        }
        Kind::Word | Kind::Name => named(cursor),
        _ => Err(cursor.unknown("this expression")),
    }
}

/// A column or a function.
fn named(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    let path = match cursor.ahead(1).is_some_and(|token| token.symbol("(")) {
        // Some functions are called by words that name nothing else.
        true => Path {
            database: None,
            schema: None,
            name: cursor.word()?,
        },
        false => cursor.path()?,
    };
    if !cursor.is_symbol("(") {
        return Ok(Expr::Column(
            path.schema.map(|name| name.to_lowercase()),
            path.name.to_lowercase(),
        ));
    }
    cursor.at += 1;
    let mut arguments = Vec::new();
    while !cursor.is_symbol(")") {
        arguments.push(expression(cursor)?);
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.expect_symbol(")")?;
    Ok(Expr::Call(path.name.to_lowercase(), arguments))
}

/// What a variable gets, where it may be added to what it has.
pub(super) fn added(adds: bool, variable: &str, value: Expr) -> Expr {
    match adds {
        true => Expr::Binary(
            Op::Add,
            Box::new(Expr::Variable(variable.to_lowercase())),
            Box::new(value),
        ),
        false => value,
    }
}

/// An argument of a procedure, where a word alone is a string.
pub(super) fn argument(cursor: &mut Cursor<'_>) -> Result<Expr, Refusal> {
    match operand(cursor)? {
        Expr::Column(None, _) => Ok(Expr::Text(
            cursor
                .last()
                .and_then(|token| token.name())
                .map(Into::into)
                .unwrap_or_default(),
        )),
        found => Ok(found),
    }
}

/// A query of relations that are joined by what is equal in both.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Result<Query, Refusal> {
    let offset = cursor.offset();
    cursor.expect("SELECT")?;
    let mut top = None;
    let _every = cursor.take("ALL");
    let _distinct = cursor.take("DISTINCT");
    if cursor.take("TOP") {
        let parenthesis = cursor.take_symbol("(");
        top = usize::try_from(cursor.integer()?).ok();
        if parenthesis {
            cursor.expect_symbol(")")?;
        }
    }
    let mut found = Query {
        offset,
        top,
        output: Vec::new(),
        from: Vec::new(),
        filters: Vec::new(),
    };
    loop {
        let symbol = |by, symbol| cursor.ahead(by).is_some_and(|token| token.symbol(symbol));
        let adds = symbol(1, "+") && symbol(2, "=");
        let assigned = (adds || symbol(1, "="))
            && cursor
                .peek()
                .is_some_and(|token| token.text.starts_with('@'));
        found.output.push(match assigned {
            true => {
                let name = cursor.name()?.to_lowercase();
                cursor.at += if adds { 2 } else { 1 };
                let value = added(adds, &name, expression(cursor)?);
                (Some(name), value)
            }
            false => (None, expression(cursor)?),
        });
        if cursor.take("AS") {
            cursor.name()?;
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    if !cursor.take("FROM") {
        return Ok(found);
    }
    found.from.push(relation(cursor)?);
    loop {
        if cursor.take_symbol(",") {
            found.from.push(relation(cursor)?);
        } else if cursor.take("JOIN") || cursor.take_all(&["INNER", "JOIN"]) {
            found.from.push(relation(cursor)?);
            cursor.expect("ON")?;
            found.filters.push(expression(cursor)?);
        } else {
            break;
        }
    }
    if cursor.is_any(&["LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "GROUP", "HAVING"]) {
        return Err(cursor.unknown("this kind of query"));
    }
    if cursor.take("WHERE") {
        found.filters.push(expression(cursor)?);
    }
    if cursor.take_all(&["ORDER", "BY"]) {
        return Err(cursor.unknown("the order of a query"));
    }
    Ok(found)
}

fn relation(cursor: &mut Cursor<'_>) -> Result<Relation, Refusal> {
    let name = cursor.path()?;
    let named = cursor.take("AS");
    let plain = cursor.peek().is_some_and(|token| {
        const KEYWORDS: &[&str] = &[
            "CROSS", "END", "FULL", "GROUP", "HAVING", "INNER", "JOIN", "LEFT", "ON", "ORDER",
            "RIGHT", "WHERE", "WITH",
        ];
        matches!(token.kind, Kind::Word | Kind::Name) && !token.is_any(KEYWORDS)
    });
    let alias = match named || plain && !cursor.starts_statement() {
        true => cursor.name()?,
        false => name.name.clone(),
    };
    if cursor.take("WITH") {
        cursor.group()?;
    }
    Ok(Relation {
        name,
        alias: alias.to_lowercase(),
    })
}
