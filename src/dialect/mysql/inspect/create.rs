//! Reads the text of `SHOW CREATE TABLE` into the model.
//!
//! It is the one place where a server says everything about a table in its own canonical spelling; the tables of
//! information_schema leave things out (parsers, periods, options) and, on MariaDB, characters beyond three bytes. A
//! form that is not known here gives `None`, and the table is then kept whole as an object without a type.

use super::column;
use super::cursor::{Context, Cursor, bare};
use super::lex::{self, Piece, PieceKind};
use crate::dialect::mysql::attrs;
use crate::schema::{
    Action, Attrs, Check, Column, ForeignKey, Index, KeyPart, ObjectName, PartExpr, PrimaryKey,
    Table,
};

/// Reads a statement; `None` when it holds something that the model has no place for.
pub(super) fn table(sql: &str, context: Context<'_>) -> Option<Table> {
    let sql = lex::unwrap_comments(sql);
    let tokens = lex::tokens(&sql)?;
    let mut cursor = Cursor {
        source: &sql,
        rest: &tokens,
    };
    if !cursor.words(&["CREATE", "TABLE"]) {
        return None;
    }
    let mut table = Table {
        name: cursor.name()?,
        ..Table::default()
    };
    let body = cursor.group()?;
    options(&mut cursor, &mut table, context)?;
    let tokens = lex::tokens(body)?;
    for item in tokens.split(|token| token.kind == PieceKind::Comma) {
        let mut cursor = Cursor {
            source: body,
            rest: item,
        };
        if matches!(cursor.peek()?, PieceKind::Name(_)) {
            let column = column::column(&mut cursor, &table, context)?;
            table.columns.push(column);
        } else {
            key_or_constraint(&mut cursor, &mut table, context)?;
        }
        if !cursor.rest.is_empty() {
            return None;
        }
    }
    forget_row_end(&mut table);
    table.foreign_keys.sort();
    table
        .checks
        .sort_by(|a, b| (&a.name, &a.expr).cmp(&(&b.name, &b.expr)));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    Some(table)
}

fn options(cursor: &mut Cursor<'_>, table: &mut Table, context: Context<'_>) -> Option<()> {
    let mut set = |key: &str, value: &str| table.attrs.set(key, Some(value));
    while cursor.peek().is_some() {
        if cursor.words(&["PARTITION", "BY"]) {
            let text = cursor
                .rest
                .first()
                .map(|first| &cursor.source[first.start..])?;
            set(attrs::PARTITION, &one_line(text.trim_end()));
            cursor.rest = &[];
            break;
        }
        if cursor.words(&["WITH", "SYSTEM", "VERSIONING"]) {
            set(attrs::VERSIONED, "true");
            continue;
        }
        cursor.words(&["DEFAULT"]);
        let key = match cursor.next()? {
            PieceKind::Word(word) => word.to_ascii_uppercase(),
            PieceKind::Name(name) => format!("`{name}`"),
            _ => return None,
        };
        // TABLESPACE has none.
        cursor.equals();
        let before = *cursor;
        match (key.as_str(), cursor.next()?) {
            ("ENGINE", PieceKind::Word(engine)) => {
                if !engine.eq_ignore_ascii_case("InnoDB") {
                    set(attrs::ENGINE, engine);
                }
            }
            ("CHARSET", PieceKind::Word(charset)) => {
                set(attrs::CHARSET, charset);
                set(attrs::COLLATION, context.collations.get(charset)?);
            }
            ("COLLATE", PieceKind::Word(collation)) => set(attrs::COLLATION, collation),
            ("AUTO_INCREMENT", PieceKind::Word(number)) => {
                if number != "1" {
                    set(attrs::AUTO_INCREMENT, number);
                }
            }
            ("COMMENT", PieceKind::Text(text)) => table.comment = Some(lex::text(text)),
            ("WITH" | "START" | "PERIOD", _) => return None,
            (
                _,
                PieceKind::Word(_) | PieceKind::Text(_) | PieceKind::Name(_) | PieceKind::Group(_),
            ) => {
                set(&format!("{}{key}", attrs::OPTION), cursor.since(&before));
            }
            _ => return None,
        }
    }
    Some(())
}

/// The server adds the end of a row's period to every key that refuses duplicates.
fn forget_row_end(table: &mut Table) {
    let end = |column: &&Column| column.attrs.get(attrs::ROW).is_some_and(|row| row == "END");
    let Some(end) = table.columns.iter().find(end) else {
        return;
    };
    let end = PartExpr::Column(end.name.clone());
    let unique = table.indexes.iter_mut().filter(|index| index.unique);
    let keys = table.primary_key.iter_mut().map(|key| &mut key.parts);
    for parts in keys.chain(unique.map(|index| &mut index.parts)) {
        parts.retain(|part| part.on != end);
    }
}

/// Line breaks as blanks: a plan breaks lines where it wants to.
fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push(' ');
        out.push_str(line);
    }
    out
}

fn key_or_constraint(
    cursor: &mut Cursor<'_>,
    table: &mut Table,
    context: Context<'_>,
) -> Option<()> {
    if cursor.words(&["PRIMARY", "KEY"]) {
        let parts = parts(cursor.group()?)?;
        let mut attrs = Attrs::new();
        let options = index_options(cursor, &mut attrs, usual_method(table))?;
        attrs.set(attrs::USING, options.method);
        table.primary_key = Some(PrimaryKey {
            name: None,
            parts,
            comment: options.comment,
            attrs,
        });
        return Some(());
    }
    if cursor.words(&["PERIOD", "FOR", "SYSTEM_TIME"]) {
        table.attrs.set(attrs::PERIOD, Some(cursor.group()?));
        return Some(());
    }
    if cursor.words(&["CONSTRAINT"]) {
        let name = cursor.name()?;
        if cursor.words(&["FOREIGN", "KEY"]) {
            let key = foreign_key(cursor, name, context)?;
            table.foreign_keys.push(key);
            return Some(());
        }
        return check(cursor, Some(name), table);
    }
    let (unique, method) = if cursor.words(&["UNIQUE", "KEY"]) {
        (true, None)
    } else if cursor.words(&["KEY"]) {
        (false, None)
    } else {
        let method = cursor.word()?.to_ascii_uppercase();
        if !["FULLTEXT", "SPATIAL", "VECTOR"].contains(&method.as_str()) || !cursor.words(&["KEY"])
        {
            return None;
        }
        (false, Some(method))
    };
    let name = cursor.name()?;
    let parts = parts(cursor.group()?)?;
    let mut attrs = Attrs::new();
    let options = index_options(cursor, &mut attrs, usual_method(table))?;
    table.indexes.push(Index {
        name,
        unique,
        parts,
        method: method.or(options.method),
        comment: options.comment,
        attrs,
        ..Index::default()
    });
    Some(())
}

#[derive(Debug, Default)]
struct IndexOptions {
    method: Option<String>,
    comment: Option<String>,
}

/// The method of an index that names none (MySQL manual, "CREATE INDEX Statement": index types per storage engine).
fn usual_method(table: &Table) -> &'static str {
    let memory = |engine: &String| engine.eq_ignore_ascii_case("MEMORY");
    match table.attrs.get(attrs::ENGINE).is_some_and(memory) {
        true => "HASH",
        false => "BTREE",
    }
}

fn index_options(cursor: &mut Cursor<'_>, attrs: &mut Attrs, usual: &str) -> Option<IndexOptions> {
    let mut options = IndexOptions::default();
    let mut set = |key: &str, value: &str| attrs.set(key, Some(value));
    let mut others: Vec<String> = Vec::new();
    while cursor.peek().is_some() {
        if cursor.words(&["USING"]) {
            let method = cursor.word()?.to_ascii_uppercase();
            options.method = (method != usual).then_some(method);
        } else if cursor.words(&["COMMENT"]) {
            options.comment = Some(cursor.text()?);
        } else if cursor.words(&["WITH", "PARSER"]) {
            set(attrs::PARSER, &cursor.name()?);
        } else if cursor.words(&["INVISIBLE"]) || cursor.words(&["IGNORED"]) {
            set(attrs::INVISIBLE, "true");
        } else if cursor.words(&["KEY_BLOCK_SIZE"]) {
            cursor.equals();
            set(attrs::KEY_BLOCK_SIZE, cursor.word()?);
        } else {
            let before = *cursor;
            cursor.next()?;
            if !cursor.equals() {
                return None;
            }
            cursor.next()?;
            others.push(cursor.since(&before).to_owned());
        }
    }
    if !others.is_empty() {
        set(attrs::INDEX_OPTIONS, &others.join(" "));
    }
    Some(options)
}

/// Key parts: `` `a` ``, `` `b`(10) DESC ``, `(lower(…))`.
fn parts(group: &str) -> Option<Vec<KeyPart>> {
    let tokens = lex::tokens(group)?;
    let mut found = Vec::new();
    for item in tokens.split(|token| token.kind == PieceKind::Comma) {
        let mut cursor = Cursor {
            source: group,
            rest: item,
        };
        let mut part = match cursor.next()? {
            PieceKind::Name(name) => KeyPart::column(lex::name(name)),
            PieceKind::Group(expr) => KeyPart {
                on: PartExpr::Expr(expr.to_owned()),
                ..KeyPart::column("")
            },
            _ => return None,
        };
        if let Some(PieceKind::Group(length)) = cursor.peek() {
            cursor.next();
            part.attrs.set(attrs::PREFIX, Some(length));
        }
        part.descending = cursor.words(&["DESC"]);
        if !cursor.rest.is_empty() {
            return None;
        }
        found.push(part);
    }
    Some(found)
}

fn names(group: &str) -> Option<Vec<String>> {
    let tokens = lex::tokens(group)?;
    tokens
        .split(|token| token.kind == PieceKind::Comma)
        .map(|item| match item {
            [
                Piece {
                    kind: PieceKind::Name(name),
                    ..
                },
            ] => Some(lex::name(name)),
            _ => None,
        })
        .collect()
}

fn foreign_key(cursor: &mut Cursor<'_>, name: String, context: Context<'_>) -> Option<ForeignKey> {
    let columns = names(cursor.group()?)?;
    if !cursor.words(&["REFERENCES"]) {
        return None;
    }
    let first = cursor.name()?;
    let ref_table = match cursor.peek()? {
        PieceKind::Word(".") => {
            cursor.next();
            ObjectName::new(first, cursor.name()?)
        }
        _ => ObjectName::new(context.schema, first),
    };
    let ref_columns = names(cursor.group()?)?;
    let default = context.server.default_action();
    let mut key = ForeignKey {
        name: Some(name),
        columns,
        ref_table,
        ref_columns,
        on_update: default,
        on_delete: default,
        ..ForeignKey::default()
    };
    while cursor.words(&["ON"]) {
        let deletes = cursor.words(&["DELETE"]);
        if !deletes && !cursor.words(&["UPDATE"]) {
            return None;
        }
        let action = action(cursor)?;
        if deletes {
            key.on_delete = action;
        } else {
            key.on_update = action;
        }
    }
    Some(key)
}

fn action(cursor: &mut Cursor<'_>) -> Option<Action> {
    [
        Action::NoAction,
        Action::Restrict,
        Action::Cascade,
        Action::SetNull,
        Action::SetDefault,
    ]
    .into_iter()
    .find(|action| {
        let words: Vec<&str> = action.as_sql().split(' ').collect();
        cursor.words(&words)
    })
}

fn check(cursor: &mut Cursor<'_>, name: Option<String>, table: &mut Table) -> Option<()> {
    if !cursor.words(&["CHECK"]) {
        return None;
    }
    let expr = bare(cursor.group()?).to_owned();
    let mut attrs = Attrs::new();
    attrs.flag(attrs::NOT_ENFORCED, cursor.words(&["NOT", "ENFORCED"]));
    table.checks.push(Check {
        name,
        expr,
        comment: None,
        attrs,
    });
    Some(())
}
