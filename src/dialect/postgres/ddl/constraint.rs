//! Keys and constraints, as written after `ADD` and inside `CREATE TABLE`.

use crate::dialect::postgres::attrs;
use crate::dialect::postgres::names::object_name;
use crate::plan::Step;
use crate::schema::{Attrs, Check, ForeignKey, KeyPart, PrimaryKey, RawConstraint, Unique};

use super::index;
use super::writer::{Writer, named, quote};

/// The name that a primary key has when none is given.
pub(super) fn default_primary_key(table: &str) -> String {
    object_name(table, None, "pkey")
}

/// The name of a table's primary key.
pub(super) fn primary_key_name(table: &str, key: &PrimaryKey) -> String {
    key.name
        .clone()
        .unwrap_or_else(|| default_primary_key(table))
}

/// `PRIMARY KEY (…)`, with its name where the server would give another.
pub(super) fn primary_key(writer: &Writer<'_>, table: &str, key: &PrimaryKey) -> String {
    let name = key
        .name
        .as_ref()
        .filter(|name| **name != default_primary_key(table));
    let mut text = start(name.map(String::as_str));
    text.push_str("PRIMARY KEY ");
    text.push_str(&parts(writer, &key.parts));
    tail(&mut text, &key.attrs);
    text
}

/// `UNIQUE (…)`.
pub(super) fn unique(writer: &Writer<'_>, key: &Unique) -> String {
    let mut text = start(key.name.as_deref());
    text.push_str("UNIQUE ");
    if key.attrs.contains_key(attrs::NULLS_NOT_DISTINCT) {
        text.push_str("NULLS NOT DISTINCT ");
    }
    text.push_str(&parts(writer, &key.parts));
    tail(&mut text, &key.attrs);
    text
}

/// `FOREIGN KEY (…) REFERENCES …`.
pub(super) fn foreign_key(writer: &Writer<'_>, key: &ForeignKey) -> String {
    let mut text = start(key.name.as_deref());
    text.push_str(&format!(
        "FOREIGN KEY {} REFERENCES {}",
        list(&key.columns),
        writer.name(&key.ref_table.schema, &key.ref_table.name),
    ));
    if !key.ref_columns.is_empty() {
        text.push(' ');
        text.push_str(&list(&key.ref_columns));
    }
    if let Some(kind) = key.attrs.get(attrs::MATCH) {
        text.push_str(&format!(" MATCH {kind}"));
    }
    text.push_str(&format!(
        " ON UPDATE {} ON DELETE {}",
        key.on_update.as_sql(),
        key.on_delete.as_sql()
    ));
    if let Some(columns) = key.attrs.get(attrs::SET_COLUMNS) {
        text.push_str(&format!(" ({columns})"));
    }
    deferrable(&mut text, &key.attrs);
    not_valid(&mut text, &key.attrs);
    text
}

/// `CHECK (…)`.
pub(super) fn check(writer: &Writer<'_>, check: &Check) -> String {
    let mut text = start(check.name.as_deref());
    text.push_str(&format!("CHECK {}", writer.wrapped(&check.expr)));
    if check.attrs.contains_key(attrs::NO_INHERIT) {
        text.push_str(" NO INHERIT");
    }
    not_valid(&mut text, &check.attrs);
    text
}

/// Any other constraint.
pub(super) fn raw(writer: &Writer<'_>, constraint: &RawConstraint) -> String {
    format!(
        "{}{}",
        start(Some(&constraint.name)),
        writer.expr(&constraint.definition)
    )
}

fn start(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)))
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quote(name)).collect();
    format!("({})", columns.join(", "))
}

fn parts(writer: &Writer<'_>, parts: &[KeyPart]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| index::part(writer, part)).collect();
    format!("({})", parts.join(", "))
}

/// What follows the columns of a primary key or a unique constraint.
fn tail(text: &mut String, attrs: &Attrs) {
    if let Some(columns) = attrs.get(attrs::INCLUDE) {
        text.push_str(&format!(" INCLUDE ({columns})"));
    }
    if let Some(storage) = attrs.get(attrs::STORAGE) {
        text.push_str(&format!(" WITH ({storage})"));
    }
    if let Some(name) = attrs.get(attrs::TABLESPACE) {
        text.push_str(&format!(" USING INDEX TABLESPACE {}", quote(name)));
    }
    deferrable(text, attrs);
}

fn deferrable(text: &mut String, attrs: &Attrs) {
    if let Some(words) = attrs.get(attrs::DEFERRABLE) {
        text.push(' ');
        text.push_str(words);
    }
}

fn not_valid(text: &mut String, attrs: &Attrs) {
    if attrs.contains_key(attrs::NOT_ENFORCED) {
        text.push_str(" NOT ENFORCED");
    } else if is_not_valid(attrs) {
        text.push_str(" NOT VALID");
    }
}

/// Its rows were not checked: such a constraint can't be part of `CREATE TABLE`, which ignores the words.
pub(super) fn is_not_valid(attrs: &Attrs) -> bool {
    attrs.contains_key(attrs::NOT_VALID)
}

/// The same attributes without one.
pub(super) fn without(attrs: &Attrs, key: &str) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.remove(key);
    attrs
}

/// The step that sets a constraint's comment, if that differs.
pub(super) fn comment(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
    name: &str,
    to: Option<&str>,
    from: Option<&str>,
) -> Option<Step> {
    (to != from).then(|| {
        writer.comment_step(
            &format!(
                "CONSTRAINT {} ON {}",
                quote(name),
                writer.name(schema, table)
            ),
            &format!("constraint: {} on table: {}", named(name), named(table)),
            to,
        )
    })
}
