//! Definitions of columns, constraints and indexes, as they stand in `CREATE TABLE` and behind `ALTER TABLE … ADD`.

use super::cursor::{Cursor, Refusal, join, unwrapped};
use super::{Path, index, options, types};
use crate::dialect::mssql::attrs;
use crate::schema::{Action, Attrs, Column, Generated, Identity, Index, KeyPart, SequenceOptions};

/// What a table is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Item {
    Column(Box<ColumnDef>),
    Constraint(Constraint),
    Index(Box<Index>),
    /// `PERIOD FOR SYSTEM_TIME (start, end)`.
    Period(String, String),
}

/// A column and what was written with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct ColumnDef {
    pub(in crate::dialect::mssql) offset: usize,
    pub(in crate::dialect::mssql) column: Column,
    /// The name of a type that is not the server's own.
    pub(in crate::dialect::mssql) alias: Option<Path>,
    /// `NULL` or `NOT NULL`, where either is written.
    pub(in crate::dialect::mssql) nullable: Option<bool>,
    pub(in crate::dialect::mssql) constraints: Vec<Constraint>,
    pub(in crate::dialect::mssql) index: Option<Box<Index>>,
}

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) struct Constraint {
    pub(in crate::dialect::mssql) offset: usize,
    pub(in crate::dialect::mssql) name: Option<String>,
    pub(in crate::dialect::mssql) attrs: Attrs,
    pub(in crate::dialect::mssql) body: Body,
}

impl Constraint {
    pub(super) const fn is_foreign_key(&self) -> bool {
        matches!(self.body, Body::ForeignKey { .. })
    }
}

/// What a constraint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mssql) enum Body {
    PrimaryKey(Vec<KeyPart>),
    Unique(Vec<KeyPart>),
    ForeignKey {
        columns: Vec<String>,
        table: Path,
        ref_columns: Vec<String>,
        on_update: Action,
        on_delete: Action,
    },
    Check(String),
    Default {
        column: String,
        expr: String,
    },
}

/// Items between commas, up to where none follows.
pub(super) fn items(cursor: &mut Cursor<'_>) -> Result<Vec<Item>, Refusal> {
    let mut items = Vec::new();
    loop {
        items.push(item(cursor)?);
        // A comma may stand before the closing parenthesis, and none between a column and a table's constraint.
        let more = cursor.take_symbol(",") && !cursor.is_symbol(")");
        if !more && !cursor.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
            return Ok(items);
        }
    }
}

fn item(cursor: &mut Cursor<'_>) -> Result<Item, Refusal> {
    if cursor.take_all(&["PERIOD", "FOR", "SYSTEM_TIME"]) {
        let names = cursor.names()?;
        let [start, end] = &names[..] else {
            return Err(cursor.expected("two columns of a period"));
        };
        return Ok(Item::Period(start.clone(), end.clone()));
    }
    if cursor.is("INDEX") {
        return Ok(Item::Index(Box::new(index::inline(cursor, None)?)));
    }
    let constraint = [
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "FOREIGN",
        "CHECK",
        "DEFAULT",
    ];
    match cursor.is_any(&constraint) {
        true => self::constraint(cursor, None).map(Item::Constraint),
        false => Ok(Item::Column(Box::new(column(cursor)?))),
    }
}

/// A column with its options, up to where none follows.
pub(super) fn column(cursor: &mut Cursor<'_>) -> Result<ColumnDef, Refusal> {
    let offset = cursor.offset();
    let mut def = ColumnDef {
        offset,
        column: Column {
            name: cursor.name()?,
            ..Column::default()
        },
        alias: None,
        nullable: None,
        constraints: Vec::new(),
        index: None,
    };
    if cursor.take("AS") {
        computed(cursor, &mut def)?;
    } else if cursor
        .peek()
        .is_none_or(|token| token.symbol(",") || token.symbol(")"))
    {
        // `timestamp` alone is a column of that name and type.
        match def.column.name.eq_ignore_ascii_case("timestamp") {
            true => def.column.ty = crate::schema::DataType::parse("rowversion"),
            false => return Err(cursor.expected("a type")),
        }
    } else {
        (def.column.ty, def.alias) = types::data_type(cursor)?;
    }
    while option(cursor, &mut def)? {}
    Ok(def)
}

fn computed(cursor: &mut Cursor<'_>, def: &mut ColumnDef) -> Result<(), Refusal> {
    const AFTER: &[&str] = &[
        "PERSISTED",
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "CHECK",
        "REFERENCES",
        "FOREIGN",
    ];
    let start = cursor.at;
    let found = cursor.run(|cursor| {
        !cursor.is_symbol(",") && !cursor.is_any(AFTER) && !cursor.starts_statement()
    });
    let expr = join(unwrapped(found));
    if cursor.at == start {
        return Err(cursor.expected("an expression"));
    }
    let stored = cursor.take("PERSISTED");
    if stored && cursor.take_all(&["NOT", "NULL"]) {
        def.column.attrs.flag(attrs::NOT_NULL, true);
    }
    def.column.generated = Some(Generated { expr, stored });
    Ok(())
}

/// One option of a column, if one is here.
fn option(cursor: &mut Cursor<'_>, def: &mut ColumnDef) -> Result<bool, Refusal> {
    let attributes = &mut def.column.attrs;
    if cursor.take("NULL") {
        def.nullable = Some(true);
    } else if cursor.take_all(&["NOT", "NULL"]) {
        def.nullable = Some(false);
    } else if cursor.take_all(&["NOT", "FOR", "REPLICATION"]) {
        attributes.flag(attrs::NOT_FOR_REPLICATION, true);
    } else if cursor.take("IDENTITY") {
        def.column.identity = Some(identity(cursor)?);
    } else if cursor.take("COLLATE") {
        def.column.collation = Some(cursor.name()?);
    } else if cursor.take("SPARSE") {
        attributes.flag(attrs::SPARSE, true);
    } else if cursor.take("ROWGUIDCOL") {
        attributes.flag(attrs::ROWGUIDCOL, true);
    } else if cursor.take_all(&["MASKED", "WITH"]) {
        cursor.expect_symbol("(")?;
        cursor.expect("FUNCTION")?;
        cursor.expect_symbol("=")?;
        let function = cursor.next().map(|token| token.unquoted().into_owned());
        attributes.set(attrs::MASKED, function);
        cursor.expect_symbol(")")?;
    } else if cursor.take_all(&["GENERATED", "ALWAYS", "AS", "ROW"]) {
        let end = match cursor.take("START") {
            true => "ROW START",
            false => {
                cursor.expect("END")?;
                "ROW END"
            }
        };
        let hidden = if cursor.take("HIDDEN") { " HIDDEN" } else { "" };
        attributes.set(attrs::GENERATED_AS, Some(format!("{end}{hidden}")));
    } else if cursor.is_any(&["ENCRYPTED", "FILESTREAM"]) || cursor.are(&["GENERATED"]) {
        return Err(cursor.unknown("this kind of column"));
    } else if cursor.is("INDEX") {
        let column = def.column.name.clone();
        def.index = Some(Box::new(index::inline(cursor, Some(&column))?));
    } else if cursor.is_any(&[
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "FOREIGN",
        "REFERENCES",
        "CHECK",
        "DEFAULT",
    ]) {
        let column = def.column.name.clone();
        def.constraints.push(constraint(cursor, Some(&column))?);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn identity(cursor: &mut Cursor<'_>) -> Result<Identity, Refusal> {
    let (mut start, mut increment) = (1, 1);
    if cursor.take_symbol("(") {
        start = cursor.integer()?;
        cursor.expect_symbol(",")?;
        increment = cursor.integer()?;
        cursor.expect_symbol(")")?;
    }
    Ok(Identity {
        always: true,
        options: SequenceOptions {
            start,
            increment,
            min: i64::MIN,
            max: i64::MAX,
            cache: 0,
            cycle: false,
        },
    })
}

/// A constraint of a table, or of a column where one is given.
pub(super) fn constraint(
    cursor: &mut Cursor<'_>,
    column: Option<&str>,
) -> Result<Constraint, Refusal> {
    let offset = cursor.offset();
    let name = match cursor.take("CONSTRAINT") {
        true => Some(cursor.name()?),
        false => None,
    };
    let mut attributes = Attrs::new();
    let body = if cursor.take_all(&["PRIMARY", "KEY"]) {
        Body::PrimaryKey(key(cursor, column, "clustered", &mut attributes)?)
    } else if cursor.take("UNIQUE") {
        Body::Unique(key(cursor, column, "nonclustered", &mut attributes)?)
    } else if cursor.take("CHECK") {
        attributes.flag(
            attrs::NOT_FOR_REPLICATION,
            cursor.take_all(&["NOT", "FOR", "REPLICATION"]),
        );
        Body::Check(join(unwrapped(cursor.group()?)))
    } else if cursor.take("DEFAULT") {
        let expr = default(cursor)?;
        let column = match column {
            Some(column) => column.to_owned(),
            None => {
                cursor.expect("FOR")?;
                cursor.name()?
            }
        };
        // It fills rows, and is not part of what is kept.
        let _ = cursor.take_all(&["WITH", "VALUES"]);
        Body::Default { column, expr }
    } else if cursor.is_any(&["FOREIGN", "REFERENCES"]) {
        foreign_key(cursor, column, &mut attributes)?
    } else {
        return Err(cursor.unknown("this constraint"));
    };
    Ok(Constraint {
        offset,
        name,
        attrs: attributes,
        body,
    })
}

/// What follows `PRIMARY KEY` or `UNIQUE`.
fn key(
    cursor: &mut Cursor<'_>,
    column: Option<&str>,
    usual: &str,
    attributes: &mut Attrs,
) -> Result<Vec<KeyPart>, Refusal> {
    attributes.set(
        attrs::CLUSTERING,
        index::clustering(cursor).filter(|one| *one != usual),
    );
    if cursor.is("HASH") {
        return Err(cursor.unknown("a table in memory"));
    }
    let parts = match column {
        Some(column) if !cursor.is_symbol("(") => vec![KeyPart::column(column)],
        _ => index::parts(cursor)?,
    };
    options::storage(cursor, attributes)?;
    Ok(parts)
}

fn foreign_key(
    cursor: &mut Cursor<'_>,
    column: Option<&str>,
    attributes: &mut Attrs,
) -> Result<Body, Refusal> {
    let columns = match cursor.take_all(&["FOREIGN", "KEY"]) {
        true if cursor.is_symbol("(") => cursor.names()?,
        _ => column
            .map(|name| vec![name.to_owned()])
            .ok_or_else(|| cursor.expected("`(`"))?,
    };
    cursor.expect("REFERENCES")?;
    let table = cursor.path()?;
    let ref_columns = match cursor.is_symbol("(") {
        true => cursor.names()?,
        false => Vec::new(),
    };
    let (mut on_update, mut on_delete) = (Action::NoAction, Action::NoAction);
    loop {
        if cursor.take_all(&["ON", "UPDATE"]) {
            on_update = action(cursor)?;
        } else if cursor.take_all(&["ON", "DELETE"]) {
            on_delete = action(cursor)?;
        } else if cursor.take_all(&["NOT", "FOR", "REPLICATION"]) {
            attributes.flag(attrs::NOT_FOR_REPLICATION, true);
        } else {
            return Ok(Body::ForeignKey {
                columns,
                table,
                ref_columns,
                on_update,
                on_delete,
            });
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Result<Action, Refusal> {
    const ACTIONS: &[(&[&str], Action)] = &[
        (&["NO", "ACTION"], Action::NoAction),
        (&["CASCADE"], Action::Cascade),
        (&["SET", "NULL"], Action::SetNull),
        (&["SET", "DEFAULT"], Action::SetDefault),
    ];
    let found = ACTIONS.iter().find(|(words, _)| cursor.take_all(words));
    found
        .map(|(_, action)| *action)
        .ok_or_else(|| cursor.expected("what a foreign key does"))
}

/// What follows `DEFAULT`, up to the next option.
fn default(cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    const AFTER: &[&str] = &[
        "CHECK",
        "COLLATE",
        "CONSTRAINT",
        "FOREIGN",
        "GENERATED",
        "IDENTITY",
        "INDEX",
        "MASKED",
        "NOT",
        "NULL",
        "PRIMARY",
        "REFERENCES",
        "ROWGUIDCOL",
        "SPARSE",
        "UNIQUE",
        "WITH",
    ];
    let start = cursor.at;
    let found = cursor.run(|cursor| {
        let first = cursor.at == start;
        let follows = cursor.is("FOR") && !cursor.last().is_some_and(|token| token.is("VALUE"));
        !cursor.is_symbol(",")
            && !follows
            && (first || !cursor.is_any(AFTER) && !cursor.starts_statement())
    });
    let expr = join(unwrapped(found));
    match cursor.at == start {
        true => Err(cursor.expected("an expression")),
        false => Ok(expr),
    }
}
