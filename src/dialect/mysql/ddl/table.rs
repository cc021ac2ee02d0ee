//! Writes whole tables, and the parts of one that are written the same in every statement.

use super::column;
use super::writer::{Writer, named, quote, text};
use crate::dialect::mysql::attrs;
use crate::plan::{Sql, Step};
use crate::schema::{Check, ForeignKey, Index, KeyPart, PartExpr, PrimaryKey, Table};

/// Makes a table.
pub(super) fn create(writer: &Writer<'_>, schema: &str, table: &Table) -> Step {
    Step::new(
        create_sql(writer, schema, table),
        format!("create {} table", named(&table.name)),
    )
}

/// Drops a table.
pub(super) fn drop(writer: &Writer<'_>, schema: &str, table: &Table) -> Step {
    Step::new(
        format!("DROP TABLE {}", writer.name(schema, &table.name)),
        format!("drop {} table", named(&table.name)),
    )
}

fn create_sql(writer: &Writer<'_>, schema: &str, table: &Table) -> String {
    let mut items: Vec<String> = table
        .columns
        .iter()
        .map(|column| column::definition(writer, column, table))
        .collect();
    items.extend(table.primary_key.iter().map(primary_key));
    items.extend(table.indexes.iter().map(|one| index(writer, one)));
    items.extend(
        table
            .foreign_keys
            .iter()
            .map(|key| foreign_key(writer, key)),
    );
    items.extend(table.checks.iter().map(check));
    items.extend(
        table
            .attrs
            .get(attrs::PERIOD)
            .map(|columns| period(columns)),
    );
    let name = writer.name(schema, &table.name);
    let mut sql = Sql::new(&format!("CREATE TABLE {name}"), writer.indent());
    sql.block(items);
    for option in options(table) {
        sql.word(&option);
    }
    if let Some(partition) = table.attrs.get(attrs::PARTITION) {
        sql.word(&format!("PARTITION BY {partition}"));
    }
    sql.finish()
}

/// What follows the parentheses, without partitions.
fn options(table: &Table) -> Vec<String> {
    let mut words = Vec::new();
    let attr = |key: &str| table.attrs.get(key);
    words.extend(attr(attrs::CHARSET).map(|value| format!("CHARSET {value}")));
    words.extend(attr(attrs::COLLATION).map(|value| format!("COLLATE {value}")));
    words.extend(
        table
            .comment
            .as_ref()
            .map(|comment| format!("COMMENT {}", text(comment))),
    );
    words.extend(table.attrs.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(attrs::OPTION)?;
        Some(option(name, value))
    }));
    words.extend(attr(attrs::ENGINE).map(|value| format!("ENGINE {value}")));
    words.extend(attr(attrs::AUTO_INCREMENT).map(|value| format!("AUTO_INCREMENT {value}")));
    words.extend(attr(attrs::VERSIONED).map(|_| "WITH SYSTEM VERSIONING".to_owned()));
    words
}

/// `PERIOD FOR SYSTEM_TIME (…)`.
pub(super) fn period(columns: &str) -> String {
    format!("PERIOD FOR SYSTEM_TIME ({columns})")
}

/// An option of a table: `TABLESPACE` is the one without `=`.
pub(super) fn option(name: &str, value: &str) -> String {
    if name == "TABLESPACE" {
        format!("{name} {value}")
    } else {
        format!("{name}={value}")
    }
}

/// The value that takes an option back to what a table has without it.
pub(super) fn option_default(name: &str) -> &'static str {
    match name {
        "KEY_BLOCK_SIZE" | "MIN_ROWS" | "MAX_ROWS" | "AVG_ROW_LENGTH" | "CHECKSUM"
        | "DELAY_KEY_WRITE" | "PAGE_CHECKSUM" | "TRANSACTIONAL" => "0",
        "COMPRESSION"
        | "CONNECTION"
        | "DATA DIRECTORY"
        | "INDEX DIRECTORY"
        | "PASSWORD"
        | "ENGINE_ATTRIBUTE"
        | "SECONDARY_ENGINE_ATTRIBUTE" => "''",
        "ENCRYPTION" => "'N'",
        "SECONDARY_ENGINE" => "NULL",
        "TABLESPACE" => "`innodb_file_per_table`",
        "INSERT_METHOD" => "NO",
        _ => "DEFAULT",
    }
}

/// `PRIMARY KEY (…)`.
pub(super) fn primary_key(key: &PrimaryKey) -> String {
    let mut sql = "PRIMARY KEY".to_owned();
    if let Some(method) = key.attrs.get(attrs::USING) {
        sql.push_str(&format!(" USING {method}"));
    }
    sql.push_str(&format!(" {}", parts(&key.parts)));
    if let Some(size) = key.attrs.get(attrs::KEY_BLOCK_SIZE) {
        sql.push_str(&format!(" KEY_BLOCK_SIZE {size}"));
    }
    if let Some(comment) = &key.comment {
        sql.push_str(&format!(" COMMENT {}", text(comment)));
    }
    sql
}

/// `UNIQUE INDEX …` and the like.
pub(super) fn index(writer: &Writer<'_>, index: &Index) -> String {
    let attr = |key: &str| index.attrs.get(key);
    let mut words = Vec::new();
    let (kind, method) = match index.method.as_deref() {
        Some(kind @ ("FULLTEXT" | "SPATIAL" | "VECTOR")) => (Some(kind), None),
        method => (index.unique.then_some("UNIQUE"), method),
    };
    words.extend(kind.map(str::to_owned));
    words.push(format!("INDEX {}", quote(&index.name)));
    words.extend(method.map(|method| format!("USING {method}")));
    words.push(parts(&index.parts));
    words.extend(attr(attrs::KEY_BLOCK_SIZE).map(|size| format!("KEY_BLOCK_SIZE {size}")));
    words.extend(attr(attrs::INDEX_OPTIONS).cloned());
    words.extend(
        index
            .comment
            .as_ref()
            .map(|comment| format!("COMMENT {}", text(comment))),
    );
    words.extend(attr(attrs::PARSER).map(|parser| format!("WITH PARSER {}", quote(parser))));
    if attr(attrs::INVISIBLE).is_some() {
        words.push(visibility(writer, false).to_owned());
    }
    words.join(" ")
}

/// What makes an index used or not.
pub(super) fn visibility(writer: &Writer<'_>, visible: bool) -> &'static str {
    match (writer.server.maria(), visible) {
        (true, true) => "NOT IGNORED",
        (true, false) => "IGNORED",
        (false, true) => "VISIBLE",
        (false, false) => "INVISIBLE",
    }
}

fn parts(parts: &[KeyPart]) -> String {
    let items: Vec<String> = parts
        .iter()
        .map(|part| {
            let mut item = match &part.on {
                PartExpr::Column(name) => quote(name),
                PartExpr::Expr(expr) => format!("({expr})"),
            };
            if let Some(length) = part.attrs.get(attrs::PREFIX) {
                item.push_str(&format!(" ({length})"));
            }
            if part.descending {
                item.push_str(" DESC");
            }
            item
        })
        .collect();
    format!("({})", items.join(", "))
}

/// `CONSTRAINT … FOREIGN KEY …`.
pub(super) fn foreign_key(writer: &Writer<'_>, key: &ForeignKey) -> String {
    let columns = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
        names.join(", ")
    };
    let name = key
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)));
    format!(
        "{name}FOREIGN KEY ({}) REFERENCES {} ({}) ON UPDATE {} ON DELETE {}",
        columns(&key.columns),
        writer.name(&key.ref_table.schema, &key.ref_table.name),
        columns(&key.ref_columns),
        key.on_update.as_sql(),
        key.on_delete.as_sql()
    )
}

/// `CONSTRAINT … CHECK (…)`.
pub(super) fn check(check: &Check) -> String {
    let name = check
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)));
    let enforced = if check.attrs.contains_key(attrs::NOT_ENFORCED) {
        " NOT ENFORCED"
    } else {
        ""
    };
    format!("{name}CHECK ({}){enforced}", check.expr)
}
