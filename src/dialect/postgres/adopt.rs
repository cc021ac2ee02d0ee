//! What is left to the migrations: all that SQLAlchemy's DDL can't say, and what the desired SQL did not say.
//!
//! Parameters are compared one by one, so that what a model names is the model's. Where a model can say a thing for some
//! tables (`UNLOGGED`, comments of constraints), it counts everywhere once the SQL says it anywhere.

use std::collections::BTreeSet;

use super::attrs;
use super::connect::class::words;
use super::inspect::sequences::{serial_name, serial_options};
use crate::schema::named::Named;
use crate::schema::{
    Attrs, Check, Column, ForeignKey, Identity, Index, RawConstraint, Realm, Schema, Sequence,
    SequenceOptions, Table,
};
use crate::sql::Statement;

/// Takes over into the desired state what its SQL does not speak of.
pub(super) fn adopt(current: &Realm, desired: &mut Realm, spoken: &[Statement]) {
    let spoken = Spoken::of(spoken);
    for schema in &mut desired.schemas {
        if let Some(from) = current.schema(&schema.name) {
            adopt_schema(from, schema, &spoken);
        }
    }
}

/// What the desired SQL says of tables and in comments. A name or a text that holds such words speaks of nothing.
#[derive(Default)]
struct Spoken {
    unlogged: bool,
    row_security: bool,
    partitions: bool,
    /// The kinds of objects that it comments on.
    comments: BTreeSet<String>,
}

impl Spoken {
    fn of(statements: &[Statement]) -> Self {
        let mut spoken = Self::default();
        for statement in statements {
            spoken.read(&statement.text);
        }
        spoken
    }

    fn read(&mut self, text: &str) {
        let first = words(text, 3);
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        let says = |phrases: &[&[&str]]| {
            let words = words(text, usize::MAX);
            let said = |phrase: &[&str]| words.windows(phrase.len()).any(|found| found == phrase);
            phrases.iter().any(|phrase| said(phrase))
        };
        match first[..] {
            ["COMMENT", "ON", kind] => {
                self.comments.insert(kind.to_owned());
            }
            ["CREATE", "TABLE", ..] => self.partitions |= says(&[&["PARTITION", "BY"]]),
            ["CREATE", "UNLOGGED", "TABLE"] => {
                self.unlogged = true;
                self.partitions |= says(&[&["PARTITION", "BY"]]);
            }
            ["ALTER", "TABLE", ..] => {
                self.unlogged |= says(&[&["SET", "UNLOGGED"], &["SET", "LOGGED"]]);
                self.row_security |= says(&[&["ROW", "LEVEL", "SECURITY"]]);
            }
            _ => {}
        }
    }

    /// Takes a comment over unless there is one, or comments of that kind are spoken of.
    fn comment(&self, kind: &str, from: Option<&String>, to: &mut Option<String>) {
        if to.is_none() && !self.comments.contains(kind) {
            *to = from.cloned();
        }
    }
}

fn adopt_schema(from: &Schema, to: &mut Schema, spoken: &Spoken) {
    spoken.comment("SCHEMA", from.comment.as_ref(), &mut to.comment);
    for sequence in &mut to.sequences {
        if let Some(from) = from.sequences.iter().find(|o| o.name == sequence.name) {
            spoken.comment("SEQUENCE", from.comment.as_ref(), &mut sequence.comment);
        }
    }
    for value in &mut to.enums {
        if let Some(from) = from.enums.iter().find(|o| o.name == value.name) {
            spoken.comment("TYPE", from.comment.as_ref(), &mut value.comment);
        }
    }
    let free = |name: &str| {
        let gone = !to.sequences.iter().any(|sequence| sequence.name == name);
        let mut sequences = from.sequences.iter().filter(|_| gone);
        sequences.find(|sequence| sequence.name == name)
    };
    for table in &mut to.tables {
        if let Some(from) = from.table(&table.name) {
            adopt_table(from, table, spoken);
            take_over(from, table, free);
        }
    }
}

fn adopt_table(from: &Table, to: &mut Table, spoken: &Spoken) {
    let switches = |table: &Table| table.attrs.contains_key(attrs::UNLOGGED);
    if !spoken.unlogged {
        to.attrs.adopt(attrs::UNLOGGED, &from.attrs);
    }
    if !spoken.row_security {
        to.attrs.adopt(attrs::ROW_SECURITY, &from.attrs);
    }
    if !spoken.partitions {
        to.attrs.adopt(attrs::PARTITION_BY, &from.attrs);
    }
    physical(&from.attrs, &mut to.attrs);
    let follows = switches(from) != switches(to);
    for column in &mut to.columns {
        if let Some(from) = from.column(&column.name) {
            adopt_column(from, column, follows, spoken);
        }
    }
    if let (Some(from), Some(to)) = (&from.primary_key, &mut to.primary_key) {
        physical(&from.attrs, &mut to.attrs);
        spoken.comment("CONSTRAINT", from.comment.as_ref(), &mut to.comment);
    }
    for unique in &mut to.uniques {
        let same = from.uniques.iter().find(|o| o.name == unique.name);
        let same = same.or_else(|| from.uniques.iter().find(|o| o.parts == unique.parts));
        if let Some(from) = same {
            physical(&from.attrs, &mut unique.attrs);
            spoken.comment("CONSTRAINT", from.comment.as_ref(), &mut unique.comment);
        }
    }
    for index in &mut to.indexes {
        let bare = |index: &Index| (index.unique, index.parts.clone(), index.predicate.clone());
        let same = from.indexes.iter().find(|o| o.name == index.name);
        let same = same.or_else(|| from.indexes.iter().find(|o| bare(o) == bare(index)));
        if let Some(from) = same {
            physical(&from.attrs, &mut index.attrs);
            spoken.comment("INDEX", from.comment.as_ref(), &mut index.comment);
        }
    }
    for item in &mut to.constraints {
        let same = |other: &RawConstraint| other.definition == item.definition;
        if let Some(from) = counterpart(&from.constraints, item, same) {
            spoken.comment("CONSTRAINT", from.comment.as_ref(), &mut item.comment);
        }
    }
    for key in &mut to.foreign_keys {
        let bare = |key: &ForeignKey| ForeignKey {
            name: None,
            comment: None,
            attrs: proven(&key.attrs),
            ..key.clone()
        };
        let same = |other: &ForeignKey| bare(other) == bare(key);
        if let Some(from) = counterpart(&from.foreign_keys, key, same) {
            if same(from) {
                unproven(&from.attrs, &mut key.attrs);
            }
            spoken.comment("CONSTRAINT", from.comment.as_ref(), &mut key.comment);
        }
    }
    for check in &mut to.checks {
        let same = |other: &Check| {
            (&other.expr, proven(&other.attrs)) == (&check.expr, proven(&check.attrs))
        };
        if let Some(from) = counterpart(&from.checks, check, same) {
            if same(from) {
                unproven(&from.attrs, &mut check.attrs);
            }
            spoken.comment("CONSTRAINT", from.comment.as_ref(), &mut check.comment);
        }
    }
}

/// What a constraint was before: one with its definition, if possible under its name, or else the one with its name. The
/// server's own names tell little, since they follow the order in which constraints are written.
fn counterpart<'f, T: Named>(from: &'f [T], to: &T, same: impl Fn(&T) -> bool) -> Option<&'f T> {
    let rank = |other: &&T| (!same(other), other.name() != to.name());
    let best = from.iter().min_by_key(rank)?;
    (rank(&best) != (true, true)).then_some(best)
}

/// `follows`: the table switches between logged and unlogged, and its sequences with it.
fn adopt_column(from: &Column, to: &mut Column, follows: bool, spoken: &Spoken) {
    // Another type has a storage of its own.
    if from.ty.same_but_for_arguments(&to.ty) {
        to.attrs.adopt(attrs::COLUMN_STORAGE, &from.attrs);
        to.attrs.adopt(attrs::COMPRESSION, &from.attrs);
    }
    if !from.nullable && !to.nullable {
        to.attrs.adopt(attrs::NOT_NULL, &from.attrs);
    }
    if from.auto_increment && to.auto_increment {
        let options = from.attrs.get(attrs::SERIAL_OPTIONS);
        // The column's own type goes without saying.
        let own = format!("AS {}", to.ty.base);
        let options = options.map(|options| options.strip_prefix(&own).unwrap_or(options).trim());
        if let Some(options) = options.filter(|options| !options.is_empty()) {
            let kept = to.attrs.entry(attrs::SERIAL_OPTIONS.to_owned());
            kept.or_insert_with(|| options.to_owned());
        }
        if !follows {
            to.attrs.remove(attrs::SEQUENCE_UNLOGGED);
            to.attrs.adopt(attrs::SEQUENCE_UNLOGGED, &from.attrs);
        }
    }
    if let (Some(old), Some(new)) = (&from.identity, &mut to.identity) {
        adopt_numbers(old, new, from.ty == to.ty);
    }
    let numbered = |column: &Column| column.auto_increment || column.identity.is_some();
    if numbered(from) && numbered(to) && !spoken.comments.contains("SEQUENCE") {
        to.attrs.adopt(attrs::SEQUENCE_COMMENT, &from.attrs);
    }
}

/// An identity without a word about its numbers has those that are there.
fn adopt_numbers(from: &Identity, to: &mut Identity, same_type: bool) {
    let SequenceOptions {
        start: 1,
        increment: 1,
        min: 1,
        cache: 1,
        cycle: false,
        max,
    } = to.options
    else {
        return;
    };
    let greatest = [i16::MAX.into(), i32::MAX.into(), i64::MAX];
    if greatest.contains(&max) {
        let bounds = if same_type {
            &from.options
        } else {
            &to.options
        };
        to.options = SequenceOptions {
            min: bounds.min,
            max: bounds.max,
            ..from.options.clone()
        };
    }
}

/// A column that becomes serial has the numbers of the free sequence that it takes over.
fn take_over<'s>(from: &Table, to: &mut Table, free: impl Fn(&str) -> Option<&'s Sequence>) {
    for column in to.columns.iter_mut().filter(|column| column.auto_increment) {
        let plain = from.column(&column.name);
        let plain = plain.is_some_and(|from| !from.auto_increment && from.identity.is_none());
        let Some(sequence) = free(&serial_name(&from.name, &column.name)).filter(|_| plain) else {
            continue;
        };
        let options = serial_options(&sequence.ty, &sequence.options, &sequence.ty);
        let comment = sequence.comment.clone();
        for (key, value) in [
            (attrs::SERIAL_OPTIONS, options),
            (attrs::SEQUENCE_COMMENT, comment),
        ] {
            if let Some(value) = value {
                column.attrs.entry(key.to_owned()).or_insert(value);
            }
        }
    }
}

/// Storage parameters, each unless it is named, and the tablespace.
fn physical(from: &Attrs, to: &mut Attrs) {
    to.adopt(attrs::TABLESPACE, from);
    let mut all = attrs::storage(from.get(attrs::STORAGE).map(String::as_str));
    all.extend(attrs::storage(to.get(attrs::STORAGE).map(String::as_str)));
    let text = attrs::storage_text(&all);
    to.set(attrs::STORAGE, text);
}

/// Marks of a constraint that not all rows are held to.
const UNPROVEN: [&str; 2] = [attrs::NOT_VALID, attrs::NOT_ENFORCED];

fn proven(attrs: &Attrs) -> Attrs {
    let kept = attrs
        .iter()
        .filter(|(key, _)| !UNPROVEN.contains(&key.as_str()));
    kept.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn unproven(from: &Attrs, to: &mut Attrs) {
    if !UNPROVEN.iter().any(|key| to.contains_key(*key)) {
        UNPROVEN.iter().for_each(|key| to.adopt(key, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ScanOptions, scan};

    #[test]
    fn quoted_words_and_other_statements_speak_of_nothing() {
        let of = |sql| {
            let spoken = Spoken::of(&scan(sql, &ScanOptions::POSTGRES).unwrap().statements);
            (spoken.unlogged, spoken.row_security, spoken.partitions)
        };
        for (sql, expected) in [
            ("create  unlogged\ntable t (a int)", (true, false, false)),
            ("ALTER TABLE ONLY t SET LOGGED", (true, false, false)),
            (
                "ALTER TABLE t NO FORCE ROW LEVEL SECURITY",
                (false, true, false),
            ),
            (
                "CREATE TABLE t (a int) PARTITION BY RANGE (a)",
                (false, false, true),
            ),
        ] {
            assert_eq!(of(sql), expected, "{sql}");
        }
        for sql in [
            "COMMENT ON TABLE t IS 'set unlogged, it''s said: row level security'",
            "CREATE TABLE \"unlogged\" (is_unlogged int DEFAULT 'partition by')",
            "ALTER TABLE t ADD unlogged int -- partition by\n",
            "CREATE VIEW v AS SELECT sum(a) OVER (PARTITION BY b) FROM unlogged",
        ] {
            assert_eq!(of(sql), (false, false, false), "{sql}");
        }
    }
}
