//! What counts as equal although it is written in two ways: the current state takes the desired spelling.
//!
//! Three reasons make two spellings equal. SQLite gives them one meaning (case of names, quoting of names in expressions). The
//! difference has no effect in SQLite and a directory that Atlas wrote has it (lengths of types, names of foreign keys
//! and primary keys, unique constraints made into unique indexes). Or an object that is not planned differs in its
//! blanks and comments alone.

use super::attrs;
use super::parse::lex;
use crate::dialect::{letters, spelling};
use crate::schema::{
    Check, Column, DataType, ForeignKey, Index, KeyPart, PartExpr, PrimaryKey, Realm, Schema,
    Table, TextObject, Unique,
};

/// Makes equal what is to be treated as equal.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    letters::adopt(current, desired);
    for schema in &mut current.schemas {
        if let Some(target) = desired
            .schemas
            .iter_mut()
            .find(|other| other.name == schema.name)
        {
            self::schema(schema, target);
        }
    }
}

fn schema(current: &mut Schema, desired: &mut Schema) {
    for table in &mut current.tables {
        if let Some(target) = desired.table(&table.name) {
            self::table(table, target);
        }
    }
    for object in &mut desired.texts {
        let same = |other: &&TextObject| other.kind == object.kind && other.name == object.name;
        // The current text is kept, since it is what a rebuild has to restore.
        if let Some(existing) = current.texts.iter().find(same)
            && same_text(&existing.definition, &object.definition)
        {
            object.definition.clone_from(&existing.definition);
        }
    }
}

fn same_text(one: &str, other: &str) -> bool {
    one == other || lex::key(one.trim_end_matches(';')) == lex::key(other.trim_end_matches(';'))
}

/// Takes over the desired text where it means the same.
fn adopt(current: &mut Option<String>, desired: Option<&String>) {
    if let (Some(own), Some(target)) = (current, desired)
        && same_text(own, target)
    {
        own.clone_from(target);
    }
}

fn table(current: &mut Table, desired: &Table) {
    for column in &mut current.columns {
        if let Some(target) = desired.column(&column.name) {
            self::column(column, target);
        }
    }
    if let (Some(key), Some(target)) = (&mut current.primary_key, &desired.primary_key) {
        primary_key(key, target);
    }
    for target in &desired.uniques {
        unique(current, desired, target);
    }
    for key in &mut current.foreign_keys {
        foreign_key(key, desired);
    }
    // Each is one desired check and no more: a table may have two that differ in their quoting alone.
    let mut targets: Vec<&Check> = desired.checks.iter().collect();
    targets.retain(|target| !current.checks.contains(target));
    let own = current.checks.iter_mut();
    for check in own.filter(|check| !desired.checks.contains(check)) {
        let same =
            |target: &&Check| target.name == check.name && same_text(&target.expr, &check.expr);
        if let Some(place) = targets.iter().position(same) {
            check.expr.clone_from(&targets.remove(place).expr);
        }
    }
    for index in &mut current.indexes {
        if let Some(target) = desired
            .indexes
            .iter()
            .find(|target| target.name == index.name)
        {
            self::index(index, target);
        }
    }
    current
        .uniques
        .sort_by_cached_key(|unique| (unique.name.clone(), unique.parts.clone()));
    current
        .foreign_keys
        .sort_by_cached_key(|key| (key.name.clone(), format!("{key:?}")));
    current
        .checks
        .sort_by_cached_key(|check| (check.name.clone(), check.expr.clone()));
}

fn column(current: &mut Column, desired: &Column) {
    if current.ty != desired.ty && same_type(&current.ty, &desired.ty) {
        current.ty.clone_from(&desired.ty);
    }
    let typed = current.ty == desired.ty;
    let same = |own: &str, target: &str| {
        same_text(own, target) || typed && value(own, &desired.ty) == value(target, &desired.ty)
    };
    if let (Some(own), Some(target)) = (&mut current.default, &desired.default)
        && same(own, target)
    {
        own.clone_from(target);
    }
    if let (Some(own), Some(target)) = (&mut current.generated, &desired.generated)
        && same_text(&own.expr, &target.expr)
    {
        own.expr.clone_from(&target.expr);
    }
    if let (Some(own), Some(target)) = (&mut current.collation, &desired.collation)
        && own.eq_ignore_ascii_case(target)
    {
        own.clone_from(target);
    }
}

/// What a default puts into a column of that type: a number is one in quotes, too, where the type's affinity makes it one.
fn value(default: &str, ty: &DataType) -> String {
    let key = lex::key(default);
    let key = key.trim_end();
    let name = ty.name().to_ascii_uppercase();
    let says = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    // More digits than these are not all kept.
    let numbers = (says(&["INT"]) || !says(&["CHAR", "CLOB", "TEXT", "BLOB"])) && !name.is_empty();
    let number = || spelling::number(&key.replace([' ', '\''], "")).filter(|text| text.len() < 16);
    match key {
        "datetime ( 'now' )" | "datetime ( )" => "current_timestamp".to_owned(),
        "date ( 'now' )" | "date ( )" => "current_date".to_owned(),
        "time ( 'now' )" | "time ( )" => "current_time".to_owned(),
        "true" if numbers => "1".to_owned(),
        "false" if numbers => "0".to_owned(),
        key if numbers => number().unwrap_or_else(|| key.to_owned()),
        key => key.to_owned(),
    }
}

/// A length or precision that only one of them has means nothing to SQLite; no type at all is `blob` to Atlas, and has
/// the same affinity.
fn same_type(one: &DataType, other: &DataType) -> bool {
    let untyped = |ty: &DataType| *ty == "" || *ty == "blob";
    (one.name() == other.name() && (one.arguments.is_empty() || other.arguments.is_empty()))
        || (untyped(one) && untyped(other))
}

fn primary_key(current: &mut PrimaryKey, desired: &PrimaryKey) {
    if current.name.is_none() || desired.name.is_none() {
        current.name.clone_from(&desired.name);
    }
}

fn foreign_key(current: &mut ForeignKey, desired: &Table) {
    let same = |other: &ForeignKey| {
        ForeignKey {
            name: None,
            ..current.clone()
        } == ForeignKey {
            name: None,
            ..other.clone()
        }
    };
    if desired.foreign_keys.contains(current) {
        return;
    }
    let invented = current.name.as_deref().is_none_or(is_number);
    let mut targets = desired.foreign_keys.iter().filter(|target| same(target));
    if let Some(target) = targets.next()
        && (invented || target.name.is_none())
    {
        current.name.clone_from(&target.name);
    }
}

/// Atlas numbers the foreign keys that have no name.
fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn index(current: &mut Index, desired: &Index) {
    adopt(&mut current.predicate, desired.predicate.as_ref());
    if current.parts.len() == desired.parts.len() {
        for (part, target) in current.parts.iter_mut().zip(&desired.parts) {
            if let (PartExpr::Expr(own), PartExpr::Expr(wanted)) = (&mut part.on, &target.on)
                && same_text(own, wanted)
            {
                own.clone_from(wanted);
            }
        }
    }
}

/// Finds the form in which the current state has a desired unique constraint: under another name, or as the unique
/// index that Atlas makes of it.
fn unique(current: &mut Table, desired: &Table, target: &Unique) {
    if current.uniques.contains(target) {
        return;
    }
    let free = |unique: &Unique| {
        unique.parts == target.parts
            && unique.attrs == target.attrs
            && !desired.uniques.contains(unique)
    };
    if let Some(own) = current
        .uniques
        .iter_mut()
        .find(|unique| free(unique) && (unique.name.is_none() || target.name.is_none()))
    {
        own.name.clone_from(&target.name);
        return;
    }
    let invented = atlas_index_name(&current.name, &target.parts);
    let position = current.indexes.iter().position(|index| {
        let named =
            Some(&index.name) == target.name.as_ref() || Some(&index.name) == invented.as_ref();
        named
            && index.unique
            && index.predicate.is_none()
            && index.parts == target.parts
            && !target.attrs.contains_key(attrs::ON_CONFLICT)
            && !desired
                .indexes
                .iter()
                .any(|wanted| wanted.name == index.name)
    });
    if let Some(position) = position {
        current.indexes.remove(position);
        current.uniques.push(target.clone());
    }
}

/// The name that Atlas gives the index that it makes of a unique constraint.
fn atlas_index_name(table: &str, parts: &[KeyPart]) -> Option<String> {
    let mut name = table.to_owned();
    for part in parts {
        match &part.on {
            PartExpr::Column(column) => {
                name.push('_');
                name.push_str(column);
            }
            PartExpr::Expr(_) => return None,
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests;
