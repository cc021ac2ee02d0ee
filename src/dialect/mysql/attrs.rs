//! Keys of MySQL's and MariaDB's own attributes in the schema model, with the form of their values.
//!
//! `inspect` writes them and `ddl` renders them; a key that is absent means the server's default. Flags have the
//! value `true`. A character column always carries its collation in the model's own field, also where that is the
//! table's, since a new default of the table does not change its columns; the character set is the collation's first
//! word.

/// Schema and table: default character set.
pub(super) const CHARSET: &str = "charset";
/// Schema and table: default collation.
pub(super) const COLLATION: &str = "collation";
/// Table: storage engine, where it is not InnoDB.
pub(super) const ENGINE: &str = "engine";
/// Table: the next number, where it is above 1.
pub(super) const AUTO_INCREMENT: &str = "auto_increment";
/// Table: `PARTITION BY …` as the server writes it.
pub(super) const PARTITION: &str = "partition";
/// Table: prefix of any other option, followed by its name: `option:ROW_FORMAT` → `DYNAMIC`.
pub(super) const OPTION: &str = "option:";
/// Table: MariaDB keeps the history of its rows (`WITH SYSTEM VERSIONING`). Flag.
pub(super) const VERSIONED: &str = "versioned";
/// Table: the columns of the period of a history that shows them, as the server writes them.
pub(super) const PERIOD: &str = "period";
/// Column: where the period of its row starts or ends, `START` or `END`.
pub(super) const ROW: &str = "row";
/// Column: its changes are not part of the history (`WITHOUT SYSTEM VERSIONING`). Flag.
pub(super) const UNVERSIONED: &str = "unversioned";
/// Column: what `ON UPDATE` sets it to.
pub(super) const ON_UPDATE: &str = "on_update";
/// Column: MariaDB's check that is part of the column, without outer parentheses.
pub(super) const CHECK: &str = "check";
/// Column and index: `INVISIBLE` (an index of MariaDB: `IGNORED`). Flag.
pub(super) const INVISIBLE: &str = "invisible";
/// Column: spatial reference system.
pub(super) const SRID: &str = "srid";
/// Column: MariaDB's compression: `COMPRESSED` with its arguments.
pub(super) const COMPRESSED: &str = "compressed";
/// Column: `COLUMN_FORMAT`.
pub(super) const COLUMN_FORMAT: &str = "column_format";
/// Column: `STORAGE`.
pub(super) const STORAGE: &str = "storage";
/// Key part: length of the prefix that is indexed.
pub(super) const PREFIX: &str = "prefix";
/// Index and primary key: parser plugin of a full-text index, unquoted.
pub(super) const PARSER: &str = "parser";
/// Index and primary key: `KEY_BLOCK_SIZE`.
pub(super) const KEY_BLOCK_SIZE: &str = "key_block_size";
/// Primary key: its method where it is not the storage engine's usual one.
pub(super) const USING: &str = "using";
/// Index: any further options, as the server writes them (`M=6 DISTANCE=cosine`).
pub(super) const INDEX_OPTIONS: &str = "index_options";
/// Check: `NOT ENFORCED`. Flag.
pub(super) const NOT_ENFORCED: &str = "not_enforced";
