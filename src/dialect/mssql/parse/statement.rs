//! One statement after the other.

use super::alter::{self, Alter};
use super::condition::{self, Expr, Query};
use super::cursor::{Cursor, Refusal, join};
use super::object::{self, Sequenced};
use super::table::{self, Item};
use super::{Path, index, options, types};
use crate::dialect::mssql::attrs;
use crate::schema::{Attrs, DataType, Index};

/// A statement and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Node {
    pub(in crate::dialect::mssql) offset: usize,
    pub(in crate::dialect::mssql) stmt: Stmt,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Stmt {
    CreateTable {
        name: Path,
        items: Vec<Item>,
        attrs: Attrs,
    },
    AlterTable {
        name: Path,
        change: Alter,
    },
    CreateIndex {
        table: Path,
        index: Box<Index>,
        replaces: bool,
    },
    /// Tables and names of indexes.
    DropIndex {
        indexes: Vec<(Path, String)>,
        if_exists: bool,
    },
    /// An index is built again, maybe with other options, or switched off.
    AlterIndex,
    CreateSchema(String),
    Transfer {
        schema: String,
        object: Path,
    },
    CreateSequence(Sequenced),
    AlterSequence(Sequenced),
    /// An object that is kept as text.
    Text {
        kind: &'static str,
        name: Path,
        table: Option<Path>,
        definition: String,
        mode: Mode,
    },
    /// An alias of a type.
    CreateType {
        name: Path,
        base: DataType,
        definition: String,
    },
    Drop {
        existing: Existing,
        names: Vec<Path>,
        if_exists: bool,
    },
    /// A procedure with its arguments, named or not.
    Call {
        procedure: Path,
        arguments: Vec<(Option<String>, Expr)>,
    },
    /// SQL that a string holds.
    Dynamic(Expr),
    /// Variables that get values.
    Assign(Vec<(String, Option<Expr>)>),
    /// Variables that get values of a query.
    Query(Query),
    If {
        condition: Expr,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// Rows of a table change.
    Rows(Path),
    /// No schema changes.
    Nothing,
}

/// What becomes of an object that is kept as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Mode {
    Create,
    Alter,
    CreateOrAlter,
}

/// What is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Existing {
    Table,
    Schema,
    Sequence,
    /// Of this kind.
    Text(&'static str),
}

/// Words of objects that are kept as text, and their kinds.
const TEXTS: &[(&str, &str)] = &[
    ("VIEW", "view"),
    ("PROCEDURE", "procedure"),
    ("PROC", "procedure"),
    ("FUNCTION", "function"),
    ("TRIGGER", "trigger"),
    ("SYNONYM", "synonym"),
    ("TYPE", "type"),
];

/// Statements that change no schema, beyond those that are told apart below.
const NO_SCHEMA: &[&str] = &[
    "COMMIT",
    "DBCC",
    "DENY",
    "GRANT",
    "PRINT",
    "RAISERROR",
    "REVOKE",
    "SAVE",
    "SET",
    "THROW",
    "USE",
    "WAITFOR",
    "CHECKPOINT",
];

/// Words that no expression has and that begin a statement.
const STARTS: &[&str] = &[
    "ALTER",
    "BEGIN",
    "COMMIT",
    "CREATE",
    "DECLARE",
    "DENY",
    "DROP",
    "EXEC",
    "EXECUTE",
    "GRANT",
    "IF",
    "INSERT",
    "MERGE",
    "PRINT",
    "RAISERROR",
    "RETURN",
    "REVOKE",
    "ROLLBACK",
    "TRUNCATE",
    "USE",
    "WHILE",
];

impl Cursor<'_> {
    /// A statement begins here that is not a part of the one before.
    pub(super) fn starts_statement(&self) -> bool {
        self.is_any(STARTS)
            || self.starts_line()
                && self.is_any(&[
                    "DELETE", "SELECT", "SET", "UPDATE", "WITH", "END", "ELSE", "THROW",
                ])
    }
}

/// One statement. Those that hold others are `flow`'s.
pub(super) fn statement(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    let start = cursor.offset();
    if cursor.take("CREATE") {
        return create(cursor, start);
    }
    if cursor.take("ALTER") {
        return altered(cursor, start);
    }
    if cursor.take("DROP") {
        return dropped(cursor);
    }
    if cursor.is_any(&["EXEC", "EXECUTE"]) {
        cursor.at += 1;
        return call(cursor);
    }
    if cursor.take("DECLARE") {
        return declare(cursor);
    }
    if cursor.are(&["SET"])
        && cursor
            .ahead(1)
            .is_some_and(|token| token.text.starts_with('@'))
    {
        cursor.at += 1;
        let variable = cursor.name()?;
        cursor.expect_symbol("=")?;
        return Ok(Stmt::Assign(vec![(
            variable,
            Some(condition::expression(cursor)?),
        )]));
    }
    if cursor.is("SELECT")
        && cursor
            .ahead(1)
            .is_some_and(|token| token.text.starts_with('@'))
    {
        return Ok(Stmt::Query(condition::query(cursor)?));
    }
    rows(cursor)
}

/// What changes rows, or nothing at all.
fn rows(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    let start = cursor.at;
    let found = if cursor.take("INSERT") {
        let _into = cursor.take("INTO");
        Stmt::Rows(cursor.path()?)
    } else if cursor.take_all(&["TRUNCATE", "TABLE"]) || cursor.take_all(&["DELETE", "FROM"]) {
        Stmt::Rows(cursor.path()?)
    } else if cursor.take("MERGE") {
        let _into = cursor.take("INTO");
        Stmt::Rows(cursor.path()?)
    } else if cursor.is_any(&["UPDATE", "DELETE", "SELECT", "WITH", "RETURN"])
        || cursor.is_any(NO_SCHEMA)
    {
        cursor.at += 1;
        Stmt::Nothing
    } else {
        return Err(cursor.unknown("this statement"));
    };
    let rights = cursor
        .tokens_from(start)
        .is_some_and(|token| token.is_any(&["GRANT", "DENY", "REVOKE"]));
    cursor.run(|cursor| match rights {
        true => !(cursor.starts_line() && cursor.starts_statement()),
        false => !cursor.starts_statement(),
    });
    let mut tokens = cursor.span(start);
    if tokens.any(|token| token.is("INTO"))
        && cursor
            .tokens_from(start)
            .is_some_and(|token| token.is("SELECT"))
    {
        return Err(cursor.unknown("a table that a query makes"));
    }
    Ok(found)
}

fn create(cursor: &mut Cursor<'_>, start: usize) -> Result<Stmt, Refusal> {
    if cursor.take("TABLE") {
        return create_table(cursor);
    }
    if let Some((table, index, replaces)) = index::create(cursor)? {
        return Ok(Stmt::CreateIndex {
            table,
            index: Box::new(index),
            replaces,
        });
    }
    if cursor.take("SCHEMA") {
        let authorization = cursor.take("AUTHORIZATION");
        let name = cursor.name()?;
        if !authorization && cursor.take("AUTHORIZATION") {
            cursor.name()?;
        }
        return Ok(Stmt::CreateSchema(name));
    }
    if cursor.take("SEQUENCE") {
        return object::sequence(cursor).map(Stmt::CreateSequence);
    }
    if cursor.take("TYPE") {
        return create_type(cursor, start);
    }
    if cursor.is_any(&["USER", "ROLE", "LOGIN"]) {
        cursor.run(|cursor| !(cursor.starts_line() && cursor.starts_statement()));
        return Ok(Stmt::Nothing);
    }
    let mode = match cursor.take_all(&["OR", "ALTER"]) {
        true => Mode::CreateOrAlter,
        false => Mode::Create,
    };
    text(cursor, mode)
}

fn create_table(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    let name = cursor.path()?;
    if cursor.is("AS") {
        return Err(cursor.unknown("a table that a query makes"));
    }
    cursor.expect_symbol("(")?;
    let items = table::items(cursor)?;
    cursor.expect_symbol(")")?;
    let mut attributes = Attrs::new();
    attributes.set(attrs::FILEGROUP, options::filegroup(cursor)?);
    if cursor.is("WITH") && cursor.ahead(1).is_some_and(|token| token.symbol("(")) {
        cursor.at += 2;
        let mut others = Vec::new();
        loop {
            if cursor.take("SYSTEM_VERSIONING") {
                cursor.expect_symbol("=")?;
                if !cursor.take("OFF") {
                    attributes.set(attrs::SYSTEM_VERSIONING, Some(alter::versioning(cursor)?));
                }
            } else if cursor.is("DATA_COMPRESSION") {
                let found = cursor.run(|cursor| !cursor.is_symbol(","));
                others.push(join(found).to_uppercase());
            } else {
                return Err(cursor.unknown("this option of a table"));
            }
            if !cursor.take_symbol(",") {
                break;
            }
        }
        cursor.expect_symbol(")")?;
        others.retain(|one| one != "DATA_COMPRESSION = NONE");
        attributes.set(
            attrs::TABLE_OPTIONS,
            (!others.is_empty()).then(|| others.join(", ")),
        );
        if let Some(group) = options::filegroup(cursor)? {
            attributes.set(attrs::FILEGROUP, Some(group));
        }
    }
    Ok(Stmt::CreateTable {
        name,
        items,
        attrs: attributes,
    })
}

fn create_type(cursor: &mut Cursor<'_>, start: usize) -> Result<Stmt, Refusal> {
    let name = cursor.path()?;
    if cursor.take("FROM") {
        let (base, alias) = types::data_type(cursor)?;
        if alias.is_some() {
            return Err(cursor.unknown("an alias of an alias"));
        }
        let _nullable = cursor.take("NULL") || cursor.take_all(&["NOT", "NULL"]);
        let end = cursor.last().map_or(start, |token| token.end());
        let definition = cursor.source(start, end).to_owned();
        return Ok(Stmt::CreateType {
            name,
            base,
            definition,
        });
    }
    cursor.expect("AS")?;
    cursor.expect("TABLE")?;
    cursor.group()?;
    let end = cursor.last().map_or(start, |token| token.end());
    let definition = cursor.source(start, end).to_owned();
    Ok(Stmt::Text {
        kind: "type",
        name,
        table: None,
        definition,
        mode: Mode::Create,
    })
}

/// What follows `CREATE` of an object that is kept as text: all that is left belongs to it, but of a synonym.
fn text(cursor: &mut Cursor<'_>, mode: Mode) -> Result<Stmt, Refusal> {
    let from = cursor.offset();
    let found = TEXTS.iter().find(|(word, _)| cursor.is(word));
    let Some((_, kind)) = found else {
        return Err(cursor.unknown("this kind of object"));
    };
    cursor.at += 1;
    let name = cursor.path()?;
    if *kind == "synonym" {
        cursor.expect("FOR")?;
        cursor.path()?;
        let end = cursor.last().map_or(from, |token| token.end());
        let definition = format!("CREATE {}", cursor.source(from, end));
        return Ok(Stmt::Text {
            kind,
            name,
            table: None,
            definition,
            mode,
        });
    }
    let table = match *kind == "trigger" {
        true => {
            cursor.expect("ON")?;
            match cursor.take("DATABASE") || cursor.take_all(&["ALL", "SERVER"]) {
                true => None,
                false => Some(cursor.path()?),
            }
        }
        false => None,
    };
    let end = cursor.finish();
    let definition = format!("CREATE {}", cursor.source(from, end));
    Ok(Stmt::Text {
        kind,
        name,
        table,
        definition,
        mode,
    })
}

fn altered(cursor: &mut Cursor<'_>, start: usize) -> Result<Stmt, Refusal> {
    if cursor.take("TABLE") {
        let name = cursor.path()?;
        let change = alter::alter(cursor)?;
        return Ok(Stmt::AlterTable { name, change });
    }
    if cursor.take("SCHEMA") {
        let schema = cursor.name()?;
        cursor.expect("TRANSFER")?;
        let object = cursor.path()?;
        return Ok(Stmt::Transfer { schema, object });
    }
    if cursor.take("SEQUENCE") {
        return object::sequence(cursor).map(Stmt::AlterSequence);
    }
    if cursor.take("INDEX") {
        cursor.word()?;
        cursor.expect("ON")?;
        cursor.path()?;
        if !cursor.is_any(&["REBUILD", "REORGANIZE"])
            || cursor.ahead(1).is_some_and(|token| token.is("WITH"))
        {
            return Err(cursor.unknown("this change of an index"));
        }
        cursor.at += 1;
        return Ok(Stmt::AlterIndex);
    }
    if cursor.is_any(&["USER", "ROLE", "LOGIN", "AUTHORIZATION"]) {
        cursor.run(|cursor| !(cursor.starts_line() && cursor.starts_statement()));
        return Ok(Stmt::Nothing);
    }
    if TEXTS
        .iter()
        .any(|(word, kind)| *kind != "type" && cursor.is(word))
    {
        return text(cursor, Mode::Alter);
    }
    let _ = start;
    Err(cursor.unknown("this change"))
}

fn dropped(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    if cursor.take("INDEX") {
        let if_exists = cursor.take_all(&["IF", "EXISTS"]);
        let mut indexes = Vec::new();
        loop {
            let first = cursor.path()?;
            indexes.push(match (cursor.take("ON"), first.schema) {
                (true, _) => (cursor.path()?, first.name),
                (false, Some(table)) => {
                    let table = Path {
                        database: None,
                        schema: first.database,
                        name: table,
                    };
                    (table, first.name)
                }
                (false, None) => return Err(cursor.expected("`ON`")),
            });
            options::with(cursor)?;
            if !cursor.take_symbol(",") {
                return Ok(Stmt::DropIndex { indexes, if_exists });
            }
        }
    }
    let existing = match () {
        () if cursor.take("TABLE") => Existing::Table,
        () if cursor.take("SCHEMA") => Existing::Schema,
        () if cursor.take("SEQUENCE") => Existing::Sequence,
        () if cursor.is_any(&["USER", "ROLE", "LOGIN", "STATISTICS"]) => {
            cursor.run(|cursor| !(cursor.starts_line() && cursor.starts_statement()));
            return Ok(Stmt::Nothing);
        }
        () => {
            let found = TEXTS.iter().find(|(word, _)| cursor.take(word));
            let (_, kind) = found.ok_or_else(|| cursor.unknown("what is dropped here"))?;
            Existing::Text(kind)
        }
    };
    let if_exists = cursor.take_all(&["IF", "EXISTS"]);
    let mut names = vec![cursor.path()?];
    while cursor.take_symbol(",") {
        names.push(cursor.path()?);
    }
    Ok(Stmt::Drop {
        existing,
        names,
        if_exists,
    })
}

/// What follows `EXEC`.
fn call(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    if cursor.take_symbol("(") {
        let text = condition::expression(cursor)?;
        cursor.expect_symbol(")")?;
        return Ok(Stmt::Dynamic(text));
    }
    let procedure = cursor.path()?;
    let mut arguments = Vec::new();
    while !cursor.is_end() && !cursor.is_symbol(";") && !cursor.starts_statement() {
        let named = cursor.ahead(1).is_some_and(|token| token.symbol("="));
        let name = match named {
            true => {
                let name = cursor.name()?;
                cursor.at += 1;
                Some(name.to_lowercase())
            }
            false => None,
        };
        arguments.push((name, condition::argument(cursor)?));
        if !cursor.take_symbol(",") {
            break;
        }
    }
    if procedure.name.eq_ignore_ascii_case("sp_executesql") {
        return match &arguments[..] {
            [(_, text)] => Ok(Stmt::Dynamic(text.clone())),
            _ => Err(cursor.unknown("SQL with parameters")),
        };
    }
    Ok(Stmt::Call {
        procedure,
        arguments,
    })
}

/// What follows `DECLARE`.
fn declare(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    let mut variables = Vec::new();
    loop {
        let name = cursor.name()?;
        let _as = cursor.take("AS");
        if cursor.is_any(&["TABLE", "CURSOR"]) {
            return Err(cursor.unknown("a variable of this type"));
        }
        types::data_type(cursor)?;
        let value = match cursor.take_symbol("=") {
            true => Some(condition::expression(cursor)?),
            false => None,
        };
        variables.push((name, value));
        if !cursor.take_symbol(",") {
            return Ok(Stmt::Assign(variables));
        }
    }
}
