//! Keys and constraints, as written after `ADD` and inside `CREATE TABLE`.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::write::{parts, storage};
use crate::schema::{Attrs, Check, ForeignKey, PrimaryKey, Table, Unique};

use super::writer::{Writer, list, quote};

/// The name that a primary key gets where none is given.
pub(super) fn default_primary_key(table: &str) -> String {
    // Names are at most 128 characters long.
    format!("PK_{table}").chars().take(128).collect()
}

pub(super) fn primary_key(table: &str, key: &PrimaryKey) -> String {
    let name = key
        .name
        .clone()
        .unwrap_or_else(|| default_primary_key(table));
    format!("{}{}", start(Some(&name)), unnamed_primary_key(key))
}

pub(super) fn unnamed_primary_key(key: &PrimaryKey) -> String {
    let clustering = clustering(&key.attrs, "CLUSTERED");
    let parts = parts(&key.parts);
    format!("PRIMARY KEY {clustering} {parts}{}", storage(&key.attrs))
}

pub(super) fn unique(key: &Unique) -> String {
    let clustering = clustering(&key.attrs, "NONCLUSTERED");
    format!(
        "{}UNIQUE {clustering} {}{}",
        start(key.name.as_deref()),
        parts(&key.parts),
        storage(&key.attrs)
    )
}

pub(super) fn foreign_key(writer: &Writer<'_>, key: &ForeignKey) -> String {
    let target = writer.object(&key.ref_table.schema, &key.ref_table.name);
    let columns = match key.ref_columns.is_empty() {
        true => String::new(),
        false => format!(" {}", list(&key.ref_columns)),
    };
    format!(
        "{}FOREIGN KEY {} REFERENCES {target}{columns} ON UPDATE {} ON DELETE {}{}",
        start(key.name.as_deref()),
        list(&key.columns),
        key.on_update.as_sql(),
        key.on_delete.as_sql(),
        replication(&key.attrs),
    )
}

pub(super) fn check(check: &Check) -> String {
    format!(
        "{}CHECK{} ({})",
        start(check.name.as_deref()),
        replication(&check.attrs),
        check.expr
    )
}

/// All constraints of a new table, but for foreign keys that are not trusted: those come behind.
pub(super) fn all(writer: &Writer<'_>, table: &Table) -> Vec<String> {
    let key = table
        .primary_key
        .iter()
        .map(|key| primary_key(&table.name, key));
    let uniques = table.uniques.iter().map(unique);
    let keys = table
        .foreign_keys
        .iter()
        .filter(|key| is_plain(&key.attrs))
        .map(|key| foreign_key(writer, key));
    let checks = table
        .checks
        .iter()
        .filter(|one| is_plain(&one.attrs))
        .map(check);
    key.chain(uniques).chain(keys).chain(checks).collect()
}

/// It is checked for all rows.
pub(super) fn is_plain(attributes: &Attrs) -> bool {
    !attributes.contains_key(attrs::NOT_TRUSTED) && !attributes.contains_key(attrs::DISABLED)
}

fn start(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)))
}

fn clustering(attributes: &Attrs, usual: &str) -> String {
    attributes
        .get(attrs::CLUSTERING)
        .map_or_else(|| usual.to_owned(), |one| one.to_uppercase())
}

fn replication(attributes: &Attrs) -> &'static str {
    if attributes.contains_key(attrs::NOT_FOR_REPLICATION) {
        " NOT FOR REPLICATION"
    } else {
        ""
    }
}
