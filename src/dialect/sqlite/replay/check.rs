//! What SQLite refuses of a definition.

use std::collections::BTreeSet;

use crate::dialect::sqlite::parse::{IndexDef, PartDef, TableDef, lex};
use crate::schema::Column;
use crate::sql::token::Kind;

/// Names that every table with a rowid has.
const ROWID: &[&str] = &["rowid", "oid", "_rowid_"];

fn is_in(columns: &[&str], name: &str) -> bool {
    columns
        .iter()
        .any(|column| column.eq_ignore_ascii_case(name))
}

/// A table as it is defined.
pub(super) fn table(def: &TableDef) -> Result<(), String> {
    let names: Vec<&str> = def.columns.iter().map(|column| &*column.name).collect();
    let mut seen = BTreeSet::new();
    for name in &names {
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(format!("duplicate column name: {name}"));
        }
    }
    if def.columns.iter().all(|column| column.generated.is_some()) {
        return Err("must have at least one non-generated column".to_owned());
    }
    for column in def.columns.iter().filter(|_| def.strict) {
        let known = ["int", "integer", "real", "text", "blob", "any"];
        if !known.contains(&&*column.ty) {
            let name = format!("{}.{}", def.name, column.name);
            return Err(match &*column.ty {
                "" => format!("missing datatype for {name}"),
                ty => format!("unknown datatype for {name}: \"{}\"", ty.to_uppercase()),
            });
        }
    }
    match &def.primary_key {
        None if def.without_rowid => {
            return Err(format!("PRIMARY KEY missing on table {}", def.name));
        }
        None => {}
        Some(key) => {
            parts(&key.parts, &names, false)?;
            let only = match &key.parts[..] {
                [part] => part.name.as_deref(),
                _ => None,
            };
            let mut columns = def.columns.iter();
            let own = columns
                .find(|column| only.is_some_and(|name| column.name.eq_ignore_ascii_case(name)));
            if key.auto_increment && own.is_none_or(|column| column.ty != "integer") {
                return Err("AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY".to_owned());
            }
            if key.auto_increment && def.without_rowid {
                return Err("AUTOINCREMENT not allowed on WITHOUT ROWID tables".to_owned());
            }
            let generated = def
                .columns
                .iter()
                .filter(|column| column.generated.is_some());
            let generated: Vec<&str> = generated.map(|column| &*column.name).collect();
            let keyed = |part: &PartDef| {
                part.name
                    .as_deref()
                    .is_some_and(|name| is_in(&generated, name))
            };
            if key.parts.iter().any(keyed) {
                return Err("generated columns cannot be part of the PRIMARY KEY".to_owned());
            }
        }
    }
    for unique in &def.uniques {
        parts(&unique.parts, &names, false)?;
    }
    for key in &def.foreign_keys {
        if !key.ref_columns.is_empty() && key.ref_columns.len() != key.columns.len() {
            return Err("number of columns in foreign key does not match the number of columns in the referenced table".to_owned());
        }
        if let Some(name) = key.columns.iter().find(|name| !is_in(&names, name)) {
            return Err(format!(
                "unknown column \"{name}\" in foreign key definition"
            ));
        }
    }
    let own = [&names[..], ROWID].concat();
    let own = if def.without_rowid { &names } else { &own };
    for (_, expr) in &def.checks {
        stray(expr, own)?;
    }
    for column in &def.columns {
        if let Some((expr, _)) = &column.generated {
            stray(expr, &names)?;
        }
        let default = column.default.as_ref();
        if default.is_some_and(|expr| stray(expr, &[]).is_err()) {
            let name = &column.name;
            return Err(format!("default value of column [{name}] is not constant"));
        }
    }
    Ok(())
}

/// An index on a table of these columns.
pub(super) fn index(def: &IndexDef, columns: &[Column]) -> Result<(), String> {
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    parts(&def.parts, &names, true)?;
    def.predicate
        .iter()
        .try_for_each(|expr| stray(expr, &names))
}

fn parts(parts: &[PartDef], columns: &[&str], expressions: bool) -> Result<(), String> {
    parts.iter().try_for_each(|part| match &part.name {
        Some(name) if is_in(columns, name) => Ok(()),
        Some(name) => Err(format!("no such column: {name}")),
        None if expressions => stray(&part.expr, columns),
        None => Err("expressions prohibited in PRIMARY KEY and UNIQUE constraints".to_owned()),
    })
}

/// Refuses an expression that names something else than these columns.
fn stray(expr: &str, columns: &[&str]) -> Result<(), String> {
    let tokens = lex::tokens(expr);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let last = at.checked_sub(1).map(|at| &tokens[at]);
        let next = tokens.get(at + 1);
        at += 1;
        if token.is("SELECT") {
            return Err("subqueries prohibited here".to_owned());
        }
        if token.is("AS") {
            // The type of a cast.
            while tokens.get(at).is_some_and(|token| !token.symbol(")")) {
                at += 1;
            }
            continue;
        }
        let name = match token.kind {
            Kind::Word if !lex::is_keyword(token) => token.name(),
            // What is not a name in double quotes is a string.
            Kind::Name if !token.text.starts_with('"') => token.name(),
            _ => None,
        };
        let other = last.is_some_and(|last| last.is("COLLATE"))
            || next.is_some_and(|next| next.symbol("(") || next.symbol("."));
        if let Some(name) = name.filter(|name| !other && !is_in(columns, name)) {
            return Err(format!("no such column: {name}"));
        }
    }
    Ok(())
}
