//! Keys of SQLite's own attributes in the schema model, with the form of their values.
//!
//! `inspect` writes them and `ddl` renders them; a key that is absent means SQLite's default. Flags have the value
//! `true`.

/// Table: `STRICT`. Flag.
pub(super) const STRICT: &str = "strict";
/// Table: `WITHOUT ROWID`. Flag.
pub(super) const WITHOUT_ROWID: &str = "without_rowid";
/// Primary key and unique constraint: `ON CONFLICT` resolution in upper case, where it is not `ABORT`.
pub(super) const ON_CONFLICT: &str = "on_conflict";
/// Column: `ON CONFLICT` resolution of its `NOT NULL`, in upper case, where it is not `ABORT`.
pub(super) const NOT_NULL_CONFLICT: &str = "not_null_conflict";
/// Primary key: written on an `INTEGER` column as `PRIMARY KEY DESC`, which is, unlike every other spelling, not an
/// alias of the rowid. Flag.
pub(super) const INLINE_DESC: &str = "inline_desc";
/// Foreign key: `DEFERRABLE` or `DEFERRABLE INITIALLY DEFERRED`.
pub(super) const DEFERRABLE: &str = "deferrable";
/// Foreign key: name of the `MATCH` clause in upper case where it is not `SIMPLE`; SQLite ignores it.
pub(super) const MATCH: &str = "match";
/// Key part: collation where it is not the column's.
pub(super) const COLLATION: &str = "collation";
