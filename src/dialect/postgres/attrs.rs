//! Keys of PostgreSQL's own attributes in the schema model, with the form of their values.
//!
//! `inspect` writes them and `ddl` renders them; a key that is absent means the server's default. Flags have the
//! value `true`.

use std::collections::BTreeMap;

use crate::sql::Rules;
use crate::sql::token::tokens;

/// Table: `UNLOGGED`. Flag.
pub(super) const UNLOGGED: &str = "unlogged";
/// Table: `PARTITION BY` clause, as `RANGE (created_at)`.
pub(super) const PARTITION_BY: &str = "partition_by";
/// Table: parents of `INHERITS`, quoted, qualified, comma-separated.
pub(super) const INHERITS: &str = "inherits";
/// Table: row security. `enabled` or `forced`.
pub(super) const ROW_SECURITY: &str = "row_security";
/// Table, index, primary key and unique: storage parameters, as `fillfactor=70, autovacuum_enabled=false`, sorted by name.
pub(super) const STORAGE: &str = "storage";
/// Table, index, primary key and unique: tablespace, unquoted.
pub(super) const TABLESPACE: &str = "tablespace";
/// Column: storage mode where it is not the type's own (`EXTERNAL`, `MAIN`, …).
pub(super) const COLUMN_STORAGE: &str = "column_storage";
/// Column: compression method where set.
pub(super) const COMPRESSION: &str = "compression";
/// Serial column: sequence numbers where they differ from what `serial` makes, in the words of `ALTER SEQUENCE`
/// (`AS integer INCREMENT BY 5 MINVALUE 2 MAXVALUE 9 START WITH 10 CACHE 2 CYCLE`, always in this order).
///
/// A type is said where it is not the column's; numbers left out are the defaults for the type and the increment.
pub(super) const SERIAL_OPTIONS: &str = "serial_options";
/// Serial column: the sequence's name where it is not the one that `serial` invents.
pub(super) const SERIAL_SEQUENCE: &str = "serial_sequence";
/// Serial and identity column: comment of the sequence behind it.
pub(super) const SEQUENCE_COMMENT: &str = "sequence_comment";
/// Serial column: its sequence is `UNLOGGED` (PostgreSQL 15). Flag.
pub(super) const SEQUENCE_UNLOGGED: &str = "sequence_unlogged";
/// Primary key and unique: included columns, quoted, comma-separated.
pub(super) const INCLUDE: &str = "include";
/// Unique constraint and unique index: `NULLS NOT DISTINCT`. Flag.
pub(super) const NULLS_NOT_DISTINCT: &str = "nulls_not_distinct";
/// Constraint: `DEFERRABLE` or `DEFERRABLE INITIALLY DEFERRED`.
pub(super) const DEFERRABLE: &str = "deferrable";
/// Foreign key: `FULL` (simple is the default).
pub(super) const MATCH: &str = "match";
/// Foreign key: columns that `ON DELETE SET NULL/DEFAULT` is limited to, quoted, comma-separated.
pub(super) const SET_COLUMNS: &str = "set_columns";
/// Foreign key and check: `NOT VALID`. Flag.
pub(super) const NOT_VALID: &str = "not_valid";
/// Foreign key and check: `NOT ENFORCED`, which is never valid either (PostgreSQL 18). Flag.
pub(super) const NOT_ENFORCED: &str = "not_enforced";
/// Check: `NO INHERIT`. Flag.
pub(super) const NO_INHERIT: &str = "no_inherit";
/// Key part: operator class where it is not the default, with its parameters, as `gin_trgm_ops`, qualified where needed.
pub(super) const OPCLASS: &str = "opclass";
/// Key part: collation where it is not the column's, quoted.
pub(super) const COLLATION: &str = "collation";
/// Key part: `FIRST` or `LAST`, only where it is not the default of the part's direction.
pub(super) const NULLS: &str = "nulls";
/// Index: it can't be used, since building it failed (`CONCURRENTLY`) or partitions lack their part of it. Flag.
pub(super) const INVALID: &str = "invalid";
/// Column: a `NOT NULL` that is `NOT VALID`, `NO INHERIT` or both (PostgreSQL 18).
pub(super) const NOT_NULL: &str = "not_null";

/// The pairs of [`STORAGE`].
pub(super) fn storage(text: Option<&str>) -> BTreeMap<&str, &str> {
    let text = text.unwrap_or("");
    let commas = tokens(text, &Rules::POSTGRES).filter(|token| token.symbol(","));
    let ends = commas.map(|comma| comma.start).chain([text.len()]);
    let mut start = 0;
    let pairs = ends.filter_map(|end| {
        let pair = &text[start..end];
        start = end + 1;
        pair.trim().split_once('=')
    });
    pairs.collect()
}

/// [`STORAGE`] of these pairs, whose values are quoted where SQL needs it.
pub(super) fn storage_text<V: AsRef<str>>(pairs: &BTreeMap<&str, V>) -> Option<String> {
    let pairs = pairs.iter();
    let written = pairs.map(|(name, value)| format!("{name}={}", value.as_ref()));
    let written: Vec<String> = written.collect();
    (!written.is_empty()).then(|| written.join(", "))
}
