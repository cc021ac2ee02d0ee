//! Keys of SQL Server's own attributes in the schema model, with the form of their values.
//!
//! `replay` writes them and `ddl` renders them; a key that is absent means the server's default. Flags have the value
//! `true`.

/// Primary key, unique constraint and index: `clustered` or `nonclustered`, where that is not what it is by default.
pub(super) const CLUSTERING: &str = "clustering";
/// Key and index: the options that are not the server's, sorted, as in `FILLFACTOR = 80, PAD_INDEX = ON`.
pub(super) const OPTIONS: &str = "options";
/// Table, key and index: the filegroup or partition scheme that it is on, as it is written after `ON`.
pub(super) const FILEGROUP: &str = "filegroup";
/// Column: the name of its default constraint.
pub(super) const DEFAULT_NAME: &str = "default_name";
/// Column: `SPARSE`. Flag.
pub(super) const SPARSE: &str = "sparse";
/// Column: `ROWGUIDCOL`. Flag.
pub(super) const ROWGUIDCOL: &str = "rowguidcol";
/// Computed column: `PERSISTED NOT NULL`. Flag.
pub(super) const NOT_NULL: &str = "not_null";
/// Column: `ROW START` or `ROW END` of a period, with ` HIDDEN` where `SELECT *` leaves it out.
pub(super) const GENERATED_AS: &str = "generated_as";
/// Column: the function of `MASKED WITH`.
pub(super) const MASKED: &str = "masked";
/// Identity column, foreign key and check: `NOT FOR REPLICATION`. Flag.
pub(super) const NOT_FOR_REPLICATION: &str = "not_for_replication";
/// Foreign key and check: rows that were there before it were not checked. Flag.
pub(super) const NOT_TRUSTED: &str = "not_trusted";
/// Foreign key and check: it is switched off. Flag.
pub(super) const DISABLED: &str = "disabled";
/// Table: the two columns of `PERIOD FOR SYSTEM_TIME`, quoted.
pub(super) const PERIOD: &str = "period";
/// Table: the text in the parentheses of `SYSTEM_VERSIONING = ON (…)`; empty where nothing does.
pub(super) const SYSTEM_VERSIONING: &str = "system_versioning";
/// Table: options of `WITH (…)`, such as its compression.
pub(super) const TABLE_OPTIONS: &str = "table_options";
/// Column of an alias type: what the type stands for, as in `varchar(20) NOT NULL`.
pub(super) const ALIAS_OF: &str = "alias_of";
