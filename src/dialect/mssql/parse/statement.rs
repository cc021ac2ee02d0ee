//! One statement after the other.

use super::alter::{self, Alter};
use super::condition::{self, Expr, Query};
use super::cursor::{Cursor, Refusal, join};
use super::object::{self, Sequenced};
use super::rows::{self, Passed, fails, principal, rights, settings};
use super::table::{self, Constraint, Item};
use super::versioning::versioning;
use super::{Path, index, options, types};
use crate::dialect::mssql::attrs;
use crate::schema::{Attrs, Index};

/// A statement, where it begins and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Node {
    pub(in crate::dialect::mssql) offset: usize,
    pub(in crate::dialect::mssql) end: usize,
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
    /// A schema, and what is made in it by the same statement.
    CreateSchema(String, Vec<Self>),
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
        /// What follows its name, and the table's.
        tail: String,
        mode: Mode,
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
    /// Variables that get values which nobody knows here.
    Forget(Vec<String>),
    /// The database that is meant from here on.
    Use(String),
    /// The batch ends.
    Return,
    /// The migration fails, by these words.
    Fail(String),
    If {
        condition: Expr,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// As long as a condition holds; none where it is of another form than those that can be told here.
    While {
        condition: Option<Expr>,
        body: Vec<Node>,
    },
    Break,
    Continue,
    GoTo(String),
    Label(String),
    /// Rows of a table change.
    Rows(Path),
    /// No schema changes.
    Nothing,
}

impl From<Passed> for Stmt {
    fn from(passed: Passed) -> Self {
        match passed {
            Passed::Nothing => Self::Nothing,
            Passed::Rows(table) => Self::Rows(table),
            Passed::Forget(variables) => Self::Forget(variables),
            Passed::Fail(words) => Self::Fail(words),
        }
    }
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

/// A trigger that is on no table.
pub(in crate::dialect::mssql) const DATABASE_TRIGGER: &str = "database trigger";

/// Words that begin a statement, or end the one before: no expression has them but for a `CASE`, which is run over as a whole.
const STARTS: &[&str] = &[
    "ALTER",
    "BEGIN",
    "COMMIT",
    "CREATE",
    "DECLARE",
    "DENY",
    "DROP",
    "ELSE",
    "END",
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

/// The same where they are the first of a line, and otherwise maybe a part of one.
const LINE_STARTS: &[&str] = &[
    "BREAK",
    "CLOSE",
    "CONTINUE",
    "DEALLOCATE",
    "DELETE",
    "FETCH",
    "GOTO",
    "OPEN",
    "SELECT",
    "SET",
    "THROW",
    "UPDATE",
    "WAITFOR",
    "WITH",
];

impl Cursor<'_> {
    /// A statement begins here that is not a part of the one before.
    pub(super) fn starts_statement(&self) -> bool {
        self.is_any(STARTS) || self.starts_line() && self.is_any(LINE_STARTS)
    }

    /// What was read ends here.
    pub(super) fn is_whole(&self) -> bool {
        self.is_end() || self.is_symbol(";") || self.starts_statement() || self.is_any(LINE_STARTS)
    }
}

/// One statement. Those that hold others are `flow`'s.
pub(super) fn statement(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    if cursor.take("CREATE") {
        return create(cursor);
    }
    if cursor.take("ALTER") {
        return altered(cursor);
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
    if cursor.is_any(&["THROW", "RAISERROR"]) {
        return fails(cursor).map(Stmt::from);
    }
    if cursor.take("USE") {
        return Ok(Stmt::Use(cursor.name()?));
    }
    if cursor.is_any(&["GRANT", "DENY", "REVOKE"]) {
        return rights(cursor).map(Stmt::from);
    }
    let set = cursor.is("SET")
        && cursor
            .ahead(1)
            .is_some_and(|token| token.text.starts_with('@'));
    if set || cursor.is("SELECT") {
        let at = cursor.at;
        let found = if set {
            assignment(cursor)
        } else {
            condition::query(cursor).map(Stmt::Query)
        };
        let whole = cursor.is_whole();
        match found {
            Ok(Stmt::Query(query)) if query.output.iter().all(|(name, _)| name.is_none()) => {}
            Ok(found) if whole => return Ok(found),
            _ => {}
        }
        cursor.at = at;
    }
    if cursor.is("SET") {
        settings(cursor)?;
    }
    rows::rows(cursor).map(Stmt::from)
}

/// `SET @variable = …`.
fn assignment(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    cursor.at += 1;
    let variable = cursor.name()?;
    let adds = cursor.take_symbol("+");
    cursor.expect_symbol("=")?;
    let value = condition::added(adds, &variable, condition::expression(cursor)?);
    Ok(Stmt::Assign(vec![(variable, Some(value))]))
}

fn create(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
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
        let made = elements(cursor, &name)?;
        return Ok(Stmt::CreateSchema(name, made));
    }
    if cursor.take("STATISTICS") {
        cursor.run(|cursor| !cursor.starts_statement());
        return Ok(Stmt::Nothing);
    }
    if cursor.take("SEQUENCE") {
        return object::sequence(cursor).map(Stmt::CreateSequence);
    }
    if cursor.take("TYPE") {
        return create_type(cursor);
    }
    if cursor.is_any(&["USER", "ROLE", "LOGIN"]) {
        return Ok(principal(cursor).into());
    }
    let mode = match cursor.take_all(&["OR", "ALTER"]) {
        true => Mode::CreateOrAlter,
        false => Mode::Create,
    };
    text(cursor, mode)
}

/// What the statement that makes a schema makes in it.
fn elements(cursor: &mut Cursor<'_>, schema: &str) -> Result<Vec<Stmt>, Refusal> {
    let mut made = Vec::new();
    loop {
        if cursor.is_any(&["GRANT", "DENY", "REVOKE"]) {
            rights(cursor)?;
        } else if cursor.take_all(&["CREATE", "TABLE"]) {
            let mut stmt = create_table(cursor)?;
            if let Stmt::CreateTable { name, items, .. } = &mut stmt {
                let refers = items.iter().any(|item| match item {
                    Item::Column(def) => def.constraints.iter().any(Constraint::is_foreign_key),
                    Item::Constraint(one) => one.is_foreign_key(),
                    _ => false,
                });
                if refers {
                    return Err(cursor.unknown("a foreign key that is made with its schema"));
                }
                name.schema.get_or_insert_with(|| schema.to_owned());
            }
            made.push(stmt);
        } else if cursor.starts_statement() {
            return Err(cursor.unknown("what is made with its schema"));
        } else {
            return Ok(made);
        }
    }
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
                    attributes.set(
                        attrs::SYSTEM_VERSIONING,
                        Some(versioning(cursor)?.to_string()),
                    );
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

fn create_type(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
    let name = cursor.path()?;
    let tail = if cursor.take("FROM") {
        let (base, alias) = types::data_type(cursor)?;
        if alias.is_some() {
            return Err(cursor.unknown("an alias of an alias"));
        }
        let _usual = cursor.take("NULL");
        let null = match cursor.take_all(&["NOT", "NULL"]) {
            true => " NOT NULL",
            false => "",
        };
        // The server keeps what it says, and not its text.
        format!(" FROM {base}{null}")
    } else {
        cursor.expect("AS")?;
        cursor.expect("TABLE")?;
        let from = behind(cursor);
        cursor.group()?;
        format!(" AS TABLE{}", cursor.source(from, behind(cursor)))
    };
    Ok(Stmt::Text {
        kind: "type",
        name,
        table: None,
        tail,
        mode: Mode::Create,
    })
}

/// The byte behind the last token.
fn behind(cursor: &Cursor<'_>) -> usize {
    cursor.last().map_or(0, |token| token.end())
}

/// What follows `CREATE` of an object that is kept as text: all that is left belongs to it, but of a synonym.
fn text(cursor: &mut Cursor<'_>, mode: Mode) -> Result<Stmt, Refusal> {
    let found = TEXTS.iter().find(|(word, _)| cursor.is(word));
    let Some((_, kind)) = found else {
        return Err(cursor.unknown("this kind of object"));
    };
    cursor.at += 1;
    let (mut kind, name) = (*kind, cursor.path()?);
    let mut from = behind(cursor);
    if kind == "synonym" {
        cursor.expect("FOR")?;
        cursor.path()?;
        return Ok(Stmt::Text {
            kind,
            name,
            table: None,
            tail: cursor.source(from, behind(cursor)).to_owned(),
            mode,
        });
    }
    let mut table = None;
    if kind == "trigger" {
        cursor.expect("ON")?;
        if cursor.take("DATABASE") || cursor.take_all(&["ALL", "SERVER"]) {
            kind = DATABASE_TRIGGER;
        } else {
            table = Some(cursor.path()?);
            from = behind(cursor);
        }
    }
    let end = cursor.finish();
    Ok(Stmt::Text {
        kind,
        name,
        table,
        tail: cursor.source(from, end).to_owned(),
        mode,
    })
}

fn altered(cursor: &mut Cursor<'_>) -> Result<Stmt, Refusal> {
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
        if !cursor.is_any(&["REBUILD", "REORGANIZE"]) {
            return Err(cursor.unknown("this change of an index"));
        }
        cursor.at += 1;
        if cursor.take("PARTITION") {
            cursor.expect_symbol("=")?;
            cursor.next();
        }
        // How it is done is not part of what it leads to, unlike what it says of the index.
        let (kept, _) = options::with(cursor)?;
        if !kept.is_empty() {
            return Err(cursor.unknown("an option of an index that changes"));
        }
        return Ok(Stmt::AlterIndex);
    }
    if cursor.is_any(&["USER", "ROLE", "LOGIN", "AUTHORIZATION"]) {
        return Ok(principal(cursor).into());
    }
    if cursor.take("DATABASE") {
        if !cursor.take("SCOPED") {
            // `CURRENT` is a word that is not a name.
            cursor.word()?;
        }
        if !cursor.is_any(&["SET", "CONFIGURATION"]) {
            return Err(cursor.unknown("this change of a database"));
        }
        cursor.at += 1;
        cursor.run(|cursor| !cursor.starts_statement());
        return Ok(Stmt::Nothing);
    }
    if TEXTS
        .iter()
        .any(|(word, kind)| *kind != "type" && cursor.is(word))
    {
        return text(cursor, Mode::Alter);
    }
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
            return Ok(principal(cursor).into());
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
    let existing = match existing {
        Existing::Text("trigger") if cursor.take("ON") => {
            if !(cursor.take("DATABASE") || cursor.take_all(&["ALL", "SERVER"])) {
                return Err(cursor.expected("`DATABASE` or `ALL SERVER`"));
            }
            Existing::Text(DATABASE_TRIGGER)
        }
        other => other,
    };
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
        cursor.declared.insert(name.to_lowercase());
        let _as = cursor.take("AS");
        if cursor.take("TABLE") {
            cursor.group()?;
            return Ok(Stmt::Nothing);
        }
        if cursor.is_any(&["CURSOR", "INSENSITIVE", "SCROLL"]) {
            rows::declared(cursor);
            return Ok(Stmt::Nothing);
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
