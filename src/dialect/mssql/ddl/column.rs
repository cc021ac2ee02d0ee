//! Columns.

use std::collections::BTreeSet;

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::text::mentions;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Column, DataType, Table};
use crate::sql::Rules;
use crate::sql::token::{Kind, closing, tokens};

use super::writer::{Writer, quote};

/// The definition of a column, as in `CREATE TABLE` and after `ADD`.
pub(super) fn definition(writer: &Writer<'_>, column: &Column) -> String {
    if let Some(rule) = &column.generated {
        let persisted = match (rule.stored, column.attrs.contains_key(attrs::NOT_NULL)) {
            (true, true) => " PERSISTED NOT NULL",
            (true, false) => " PERSISTED",
            (false, _) => "",
        };
        return format!("{} AS ({}){persisted}", quote(&column.name), rule.expr);
    }
    let mut text = format!("{} {}", quote(&column.name), writer.ty(&column.ty));
    let mut word = |word: &str| {
        text.push(' ');
        text.push_str(word);
    };
    if let Some(collation) = &column.collation {
        word(&format!("COLLATE {collation}"));
    }
    let has = |key: &str| column.attrs.contains_key(key);
    if has(attrs::SPARSE) {
        word("SPARSE");
    }
    if let Some(function) = column.attrs.get(attrs::MASKED) {
        word(&format!(
            "MASKED WITH (FUNCTION = '{}')",
            function.replace('\'', "''")
        ));
    }
    if let Some(identity) = &column.identity {
        word(&format!(
            "IDENTITY ({}, {})",
            identity.options.start, identity.options.increment
        ));
        if has(attrs::NOT_FOR_REPLICATION) {
            word("NOT FOR REPLICATION");
        }
    }
    if let Some(period) = column.attrs.get(attrs::GENERATED_AS) {
        word(&format!("GENERATED ALWAYS AS {period}"));
    }
    word(nullability(column));
    if has(attrs::ROWGUIDCOL) {
        word("ROWGUIDCOL");
    }
    if let Some(default) = default(column) {
        word(&default);
    }
    text
}

fn nullability(column: &Column) -> &'static str {
    if column.nullable { "NULL" } else { "NOT NULL" }
}

/// What follows `ALTER COLUMN`.
pub(super) fn altered(writer: &Writer<'_>, column: &Column) -> String {
    let collation = column
        .collation
        .as_ref()
        .map_or_else(String::new, |name| format!(" COLLATE {name}"));
    let sparse = if column.attrs.contains_key(attrs::SPARSE) {
        " SPARSE"
    } else {
        ""
    };
    format!(
        "{} {}{collation}{sparse} {}",
        quote(&column.name),
        writer.ty(&column.ty),
        nullability(column)
    )
}

/// `DEFAULT …` with its name, where there is one.
pub(super) fn default(column: &Column) -> Option<String> {
    let value = value(column.default.as_deref()?);
    let name = column.attrs.get(attrs::DEFAULT_NAME);
    let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)));
    Some(format!("{name}DEFAULT {value}"))
}

/// A default as it follows `DEFAULT`, or stands for a value: in parentheses where it is more than a constant or a call.
pub(super) fn value(expr: &str) -> String {
    let all: Vec<_> = tokens(expr, &Rules::MSSQL).collect();
    let bare = match &all[..] {
        [one] => matches!(one.kind, Kind::Text | Kind::Number | Kind::Word),
        [sign, number] => (sign.symbol("-") || sign.symbol("+")) && number.kind == Kind::Number,
        [next, value, ..] if next.is("NEXT") && value.is("VALUE") => true,
        [callee, rest @ ..] => {
            callee.kind == Kind::Word
                && rest.first().is_some_and(|open| open.symbol("("))
                && closing(rest) + 1 == rest.len()
        }
        [] => true,
    };
    if bare {
        expr.to_owned()
    } else {
        format!("({expr})")
    }
}

/// The default's value for rows that are there, as a step that fills them.
pub(super) fn fills(from: &Column, to: &Column) -> Option<String> {
    let fills = from.nullable && !to.nullable && to.generated.is_none() && to.identity.is_none();
    to.default.as_deref().filter(|_| fills).map(value)
}

/// The columns have another type, collation or nullability: `ALTER COLUMN` makes the one of the other.
pub(in crate::dialect::mssql) fn is_altered(from: &Column, to: &Column) -> bool {
    let plain = from.generated.is_none() && to.generated.is_none();
    let of = |column: &Column| {
        let alias = column.attrs.get(attrs::ALIAS_OF).cloned();
        (
            column.ty.clone(),
            alias,
            column.nullable,
            column.collation.clone(),
        )
    };
    plain && of(from) != of(to)
}

/// What a column holds: where its type is an alias, what that stands for.
pub(in crate::dialect::mssql) fn held(column: &Column) -> DataType {
    match column.attrs.get(attrs::ALIAS_OF) {
        Some(alias) => {
            let words = alias.trim_end_matches("NULL").trim_end();
            DataType::parse(words.trim_end_matches("NOT").trim_end())
        }
        None => column.ty.clone(),
    }
}

/// A longer string, which nothing but a primary or a foreign key is in the way of.
pub(in crate::dialect::mssql) fn only_grows(from: &Column, to: &Column) -> bool {
    let length = |column: &Column| {
        column
            .ty
            .arguments
            .first()
            .and_then(|one| one.parse::<u32>().ok())
    };
    ["varchar", "nvarchar", "varbinary"].contains(&from.ty.base.as_str())
        && from.ty.base == to.ty.base
        && matches!((length(from), length(to)), (Some(a), Some(b)) if b >= a)
        && from.nullable == to.nullable
        && from.collation == to.collation
}

/// The columns that are dropped and added again: computed ones whose rule changes, or that are computed from a column which
/// changes or goes.
pub(in crate::dialect::mssql) fn recomputed(change: &ModifyTable) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut touched = BTreeSet::new();
    for one in &change.changes {
        match one {
            TableChange::Column(Edit::Modify { from, to }) => {
                let rule =
                    |column: &Column| column.generated.as_ref().map(|rule| rule.expr.clone());
                let not_null = |column: &Column| column.attrs.contains_key(attrs::NOT_NULL);
                if rule(from) != rule(to) || not_null(from) != not_null(to) {
                    found.insert(to.name.clone());
                } else if is_altered(from, to) {
                    touched.insert(to.name.clone());
                }
            }
            TableChange::Column(Edit::Drop(column)) => _ = touched.insert(column.name.clone()),
            _ => {}
        }
    }
    let stays = |table: &Table, name: &str| table.column(name).is_some();
    for column in change
        .from
        .columns
        .iter()
        .filter(|column| stays(&change.to, &column.name))
    {
        if let Some(rule) = &column.generated
            && touched.iter().any(|name| mentions(&rule.expr, name))
        {
            found.insert(column.name.clone());
        }
    }
    found
}
