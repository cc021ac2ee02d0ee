//! Serial columns and the sequences behind them.

use crate::dialect::postgres::attrs;
use crate::plan::Step;
use crate::schema::{Column, DataType, Realm, Sequence, SequenceOptions};

use super::owner::Owner;
use super::writer::{Writer, literal, named, quote};
use super::{options, sequence};

/// The pseudo-type that makes a serial column of this type.
pub(super) fn pseudo_type(ty: &DataType) -> &'static str {
    match ty.base.as_str() {
        "smallint" => "smallserial",
        "bigint" => "bigserial",
        _ => "serial",
    }
}

impl Owner<'_> {
    pub(super) fn default(&self, writer: &Writer<'_>, sequence: &str) -> String {
        format!("nextval({})", writer.name_literal(self.schema, sequence))
    }

    fn owned_by(&self, writer: &Writer<'_>) -> String {
        format!(
            "OWNED BY {}.{}",
            writer.name(self.schema, self.table),
            quote(self.column)
        )
    }

    /// The name of the sequence that a column has its numbers from.
    pub(super) fn numbered_by(&self, column: &Column) -> String {
        if column.auto_increment {
            self.sequence(column)
        } else {
            self.invented()
        }
    }

    /// The sequence of that name, where it is no column's.
    pub(super) fn free<'r>(&self, realm: &'r Realm, name: &str) -> Option<&'r Sequence> {
        let sequences = realm.schema(self.schema).map(|schema| &schema.sequences);
        sequences?.iter().find(|sequence| sequence.name == name)
    }

    /// A column becomes serial with an existing sequence, which continues counting.
    pub(super) fn takes_over(
        &self,
        writer: &Writer<'_>,
        free: &Sequence,
        column: &Column,
    ) -> Vec<Step> {
        let owned = as_sequence(&free.name, column);
        let mut steps = sequence::modify(writer, self.schema, free, &owned);
        let alter = format!("ALTER SEQUENCE {}", writer.name(self.schema, &free.name));
        steps.push(Step::new(
            format!("{alter} {}", self.owned_by(writer)),
            format!("let serial column {} own its sequence", named(self.column)),
        ));
        steps
    }

    /// A serial column becomes a plain one, and its sequence stays.
    pub(super) fn lets_go(
        &self,
        writer: &Writer<'_>,
        column: &Column,
        free: &Sequence,
    ) -> Vec<Step> {
        let owned = as_sequence(&free.name, column);
        let alter = format!("ALTER SEQUENCE {}", writer.name(self.schema, &free.name));
        let mut steps = vec![Step::new(
            format!("{alter} OWNED BY NONE"),
            format!("keep sequence of serial column {}", named(self.column)),
        )];
        steps.extend(sequence::modify(writer, self.schema, &owned, free));
        steps
    }

    /// `CREATE SEQUENCE`, of the column's type, as `serial` would make it.
    pub(super) fn create_sql(
        &self,
        writer: &Writer<'_>,
        sequence: &str,
        column: &Column,
    ) -> String {
        let options = column.attrs.get(attrs::SERIAL_OPTIONS).map(String::as_str);
        let unlogged = if column.attrs.contains_key(attrs::SEQUENCE_UNLOGGED) {
            "UNLOGGED "
        } else {
            ""
        };
        format!(
            "CREATE {unlogged}SEQUENCE {} {}{}",
            writer.name(self.schema, sequence),
            with_type(&column.ty, options),
            self.owned_by(writer)
        )
    }

    /// The step that drops a serial column's sequence.
    pub(super) fn drop_step(&self, writer: &Writer<'_>, sequence: &str) -> Step {
        Step::new(
            format!(
                "DROP SEQUENCE IF EXISTS {}",
                writer.name(self.schema, sequence)
            ),
            format!("drop sequence used by serial column {}", named(self.column)),
        )
    }

    /// The step that sets the comment of the sequence behind the column.
    pub(super) fn comment_step(
        &self,
        writer: &Writer<'_>,
        sequence: &str,
        to: Option<&str>,
    ) -> Step {
        writer.comment_step(
            &format!("SEQUENCE {}", writer.name(self.schema, sequence)),
            &format!("sequence: {}", named(sequence)),
            to,
        )
    }

    /// Renames the sequence; the lock that it takes also stops it from counting until the transaction ends.
    pub(super) fn rename(&self, writer: &Writer<'_>, from: &str, to: &str) -> Step {
        Step::new(
            format!(
                "ALTER SEQUENCE {} RENAME TO {}",
                writer.name(self.schema, from),
                quote(to)
            ),
            format!("rename a sequence from {} to {}", named(from), named(to)),
        )
    }

    /// Lets a new sequence continue after the numbers in existing rows; does nothing without rows.
    pub(super) fn continue_rows_sql(&self, writer: &Writer<'_>, sequence: &str) -> String {
        let column = quote(self.column);
        let (function, comparison) = direction(1);
        let sequence_name = writer.name(self.schema, sequence);
        format!(
            "SELECT setval({literal}, {function}({column})) FROM {table} HAVING {function}({column}) {comparison} (SELECT \"last_value\" FROM {sequence_name})",
            literal = writer.name_literal(self.schema, sequence),
            table = writer.name(self.schema, self.table),
        )
    }

    /// Lets one sequence go on where another stands.
    pub(super) fn continue_sequence(&self, writer: &Writer<'_>, from: &str, to: &str) -> Step {
        let sql = format!(
            "SELECT setval({}, \"last_value\", \"is_called\") FROM {}",
            writer.name_literal(self.schema, to),
            writer.name(self.schema, from)
        );
        Step::new(sql, continues(self.column))
    }

    /// Lets the sequence of a new identity go on behind the numbers that the rows already have.
    pub(super) fn continue_identity_sql(
        &self,
        writer: &Writer<'_>,
        options: &SequenceOptions,
    ) -> String {
        let column = quote(self.column);
        let (function, comparison) = direction(options.increment);
        let table = writer.name(self.schema, self.table);
        format!(
            "SELECT setval(pg_get_serial_sequence({}, {}), {function}({column})) FROM {table} HAVING {function}({column}) {comparison} {}",
            literal(&table),
            literal(self.column),
            options.start
        )
    }

    /// What a new serial column's sequence has that `serial` did not give it. In a table that has rows already, the
    /// sequence has numbered them.
    pub(super) fn followups(
        &self,
        writer: &Writer<'_>,
        column: &Column,
        has_rows: bool,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        let invented = self.invented();
        let sequence = self.numbered_by(column);
        if sequence != invented {
            steps.push(self.rename(writer, &invented, &sequence));
        }
        if column.attrs.contains_key(attrs::SERIAL_OPTIONS) {
            steps.push(Step::new(
                format!(
                    "ALTER SEQUENCE {} {}{}",
                    writer.name(self.schema, &sequence),
                    all_options(column),
                    if has_rows { "" } else { " RESTART" }
                ),
                modifies(self.column),
            ));
        }
        if let Some(text) = column.attrs.get(attrs::SEQUENCE_COMMENT) {
            steps.push(self.comment_step(writer, &sequence, Some(text)));
        }
        steps
    }
}

/// A serial column's sequence as it would be on its own.
fn as_sequence(name: &str, column: &Column) -> Sequence {
    let (ty, options) = numbers(column);
    Sequence {
        name: name.to_owned(),
        ty: ty.to_owned(),
        options,
        comment: column.attrs.get(attrs::SEQUENCE_COMMENT).cloned(),
    }
}

/// The options of a serial column's sequence, its type first, which is the column's unless they say another.
fn with_type(ty: &DataType, options: Option<&str>) -> String {
    let options = options.map_or_else(String::new, |options| format!("{options} "));
    if options.starts_with("AS ") {
        options
    } else {
        format!("AS {} {options}", ty.base)
    }
}

/// The type and the numbers of a serial column's sequence.
pub(super) fn numbers(column: &Column) -> (&str, SequenceOptions) {
    let words = column
        .attrs
        .get(attrs::SERIAL_OPTIONS)
        .map_or("", String::as_str);
    options::parse(words, &column.ty.base)
}

/// All options of a serial column's sequence, since `ALTER SEQUENCE` leaves alone what it does not name.
pub(super) fn all_options(column: &Column) -> String {
    let (ty, numbers) = numbers(column);
    let SequenceOptions {
        start,
        increment,
        min,
        max,
        cache,
        cycle,
    } = numbers;
    let cycle = if cycle { "CYCLE" } else { "NO CYCLE" };
    format!(
        "AS {ty} INCREMENT BY {increment} MINVALUE {min} MAXVALUE {max} START WITH {start} CACHE {cache} {cycle}"
    )
}

/// What the furthest number of a sequence is found with.
fn direction(increment: i64) -> (&'static str, &'static str) {
    if increment < 0 {
        ("min", "<=")
    } else {
        ("max", ">=")
    }
}

/// The comment of a step that changes a serial column's sequence.
pub(super) fn modifies(column: &str) -> String {
    format!("modify sequence of serial column {}", named(column))
}

/// The comment of a step that lets a column's numbers go on.
pub(super) fn continues(column: &str) -> String {
    format!("continue the numbers of column {}", named(column))
}
