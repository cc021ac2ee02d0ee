//! SQL text of the parts of a schema: names, columns, constraints, whole tables and indexes.

use crate::dialect::RenderContext;
use crate::dialect::sqlite::attrs;
use crate::dialect::sqlite::parse::lex;
use crate::dialect::write::{Names, quoted};
use crate::plan::Sql;
use crate::schema::{
    Attrs, Check, Column, ForeignKey, Index, KeyPart, PartExpr, PrimaryKey, Table, Unique,
};

/// A name in backticks.
pub(super) fn ident(name: &str) -> String {
    quoted(name, '`')
}

/// A string.
pub(super) fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn idents<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<String> = names.iter().map(|name| ident(name.as_ref())).collect();
    format!("({})", names.join(", "))
}

/// The name of a table or an index as statements name it.
pub(super) fn qualified(context: &RenderContext<'_>, name: &str) -> String {
    let names = Names {
        context,
        scope: "main",
        quote: '`',
    };
    names.name("main", name)
}

/// A default as it follows `DEFAULT`, or stands for a value: literals bare, everything else in parentheses.
pub(super) fn value(default: &str) -> String {
    if lex::is_literal(default) {
        default.to_owned()
    } else {
        format!("({default})")
    }
}

/// A column with the constraints that belong to it alone.
pub(super) fn column(column: &Column, key: Option<&PrimaryKey>) -> String {
    let mut sql = Sql::new(&ident(&column.name), None);
    sql.word(&column.ty.to_string());
    sql.word(if column.nullable { "NULL" } else { "NOT NULL" });
    conflict(&mut sql, &column.attrs, attrs::NOT_NULL_CONFLICT);
    if let Some(default) = &column.default {
        sql.word("DEFAULT").word(&value(default));
    }
    if let Some(collation) = &column.collation {
        sql.word("COLLATE").word(&collation_name(collation));
    }
    if let Some(generated) = &column.generated {
        sql.word("AS").word(&format!("({})", generated.expr));
        sql.word(if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        });
    }
    if let Some(key) = key.filter(|key| inline(column, key)) {
        constraint_name(&mut sql, key.name.as_deref());
        sql.word("PRIMARY KEY");
        if key.attrs.contains_key(attrs::INLINE_DESC) {
            sql.word("DESC");
        }
        conflict(&mut sql, &key.attrs, attrs::ON_CONFLICT);
        if column.auto_increment {
            sql.word("AUTOINCREMENT");
        }
    }
    sql.finish()
}

/// Must this primary key be written with its column?
fn inline(column: &Column, key: &PrimaryKey) -> bool {
    let own =
        matches!(key.parts.as_slice(), [part] if part.on == PartExpr::Column(column.name.clone()));
    own && (column.auto_increment || key.attrs.contains_key(attrs::INLINE_DESC))
}

fn collation_name(name: &str) -> String {
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        name.to_owned()
    } else {
        ident(name)
    }
}

fn conflict(sql: &mut Sql, attrs: &Attrs, key: &str) {
    if let Some(resolution) = attrs.get(key) {
        sql.word("ON CONFLICT").word(resolution);
    }
}

fn constraint_name(sql: &mut Sql, name: Option<&str>) {
    if let Some(name) = name {
        sql.word("CONSTRAINT").word(&ident(name));
    }
}

fn parts(parts: &[KeyPart]) -> String {
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!("({})", parts.join(", "))
}

fn part(part: &KeyPart) -> String {
    let mut sql = match &part.on {
        PartExpr::Column(name) => Sql::new(&ident(name), None),
        PartExpr::Expr(expr) => Sql::new(&format!("({expr})"), None),
    };
    if let Some(collation) = part.attrs.get(attrs::COLLATION) {
        sql.word("COLLATE").word(&collation_name(collation));
    }
    if part.descending {
        sql.word("DESC");
    }
    sql.finish()
}

fn primary_key(key: &PrimaryKey) -> String {
    let mut sql = Sql::new("", None);
    constraint_name(&mut sql, key.name.as_deref());
    sql.word("PRIMARY KEY").word(&parts(&key.parts));
    conflict(&mut sql, &key.attrs, attrs::ON_CONFLICT);
    sql.finish()
}

fn unique(unique: &Unique) -> String {
    let mut sql = Sql::new("", None);
    constraint_name(&mut sql, unique.name.as_deref());
    sql.word("UNIQUE").word(&parts(&unique.parts));
    conflict(&mut sql, &unique.attrs, attrs::ON_CONFLICT);
    sql.finish()
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut sql = Sql::new("", None);
    constraint_name(&mut sql, key.name.as_deref());
    sql.word("FOREIGN KEY").word(&idents(&key.columns));
    references(&mut sql, key);
    sql.finish()
}

fn references(sql: &mut Sql, key: &ForeignKey) {
    sql.word("REFERENCES").word(&ident(&key.ref_table.name));
    if !key.ref_columns.is_empty() {
        sql.word(&idents(&key.ref_columns));
    }
    if let Some(name) = key.attrs.get(attrs::MATCH) {
        sql.word("MATCH").word(name);
    }
    sql.word("ON UPDATE").word(key.on_update.as_sql());
    sql.word("ON DELETE").word(key.on_delete.as_sql());
    if let Some(deferrable) = key.attrs.get(attrs::DEFERRABLE) {
        sql.word(deferrable);
    }
}

/// A foreign key as a constraint of its only column.
pub(super) fn column_reference(key: &ForeignKey) -> String {
    let mut sql = Sql::new("", None);
    constraint_name(&mut sql, key.name.as_deref());
    references(&mut sql, key);
    sql.finish()
}

/// A check constraint, of a table or a column.
pub(super) fn check(check: &Check) -> String {
    let mut sql = Sql::new("", None);
    constraint_name(&mut sql, check.name.as_deref());
    sql.word("CHECK").word(&format!("({})", check.expr));
    sql.finish()
}

/// `CREATE TABLE` under this name.
pub(super) fn create_table(context: &RenderContext<'_>, table: &Table, name: &str) -> String {
    let key = table.primary_key.as_ref();
    let mut items: Vec<String> = table
        .columns
        .iter()
        .map(|entry| column(entry, key))
        .collect();
    if let Some(key) = key
        && !table.columns.iter().any(|column| inline(column, key))
    {
        items.push(primary_key(key));
    }
    items.extend(table.uniques.iter().map(unique));
    items.extend(table.foreign_keys.iter().map(foreign_key));
    items.extend(table.checks.iter().map(check));
    let mut sql = Sql::new("CREATE TABLE", context.options.indent.as_deref());
    sql.word(&qualified(context, name)).block(items);
    let mut options = Vec::new();
    if table.attrs.contains_key(attrs::WITHOUT_ROWID) {
        options.push("WITHOUT ROWID");
    }
    if table.attrs.contains_key(attrs::STRICT) {
        options.push("STRICT");
    }
    if !options.is_empty() {
        sql.comma(options);
    }
    sql.finish()
}

/// `CREATE INDEX`.
pub(super) fn create_index(context: &RenderContext<'_>, table: &str, index: &Index) -> String {
    let mut sql = Sql::new("CREATE", None);
    if index.unique {
        sql.word("UNIQUE");
    }
    sql.word("INDEX").word(&qualified(context, &index.name));
    sql.word("ON")
        .word(&ident(table))
        .word(&parts(&index.parts));
    if let Some(predicate) = &index.predicate {
        sql.word("WHERE").word(predicate);
    }
    sql.finish()
}
