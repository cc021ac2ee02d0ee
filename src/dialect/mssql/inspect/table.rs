//! Tables, and types that are tables: columns, keys, indexes, foreign keys, checks.

use std::collections::BTreeMap;

use super::catalogue::{Catalogue, Row};
use super::object::Object;
use crate::dialect::mssql::write::quote;

/// `sys.indexes.type`.
const CLUSTERED: i64 = 1;
const NONCLUSTERED: i64 = 2;
const CLUSTERED_COLUMNSTORE: i64 = 5;
const NONCLUSTERED_COLUMNSTORE: i64 = 6;

/// `sys.tables.temporal_type`.
const HISTORY: i64 = 1;
const VERSIONED: i64 = 2;

/// Rows by the number of what they belong to.
type Parts<'a> = BTreeMap<i64, Vec<&'a Row>>;

fn parts<'a>(rows: &'a [Row], by: &str) -> Parts<'a> {
    let mut parts = Parts::new();
    for row in rows {
        parts.entry(row.number(by)).or_default().push(row);
    }
    parts
}

struct Reader<'a> {
    found: &'a Catalogue,
    columns: Parts<'a>,
    indexes: Parts<'a>,
    index_columns: Parts<'a>,
    checks: Parts<'a>,
    periods: Parts<'a>,
}

/// Writes all tables, and then what refers to others.
///
/// # Errors
/// What the model has no place for; in words.
pub(super) fn tables(found: &Catalogue, objects: &mut Vec<Object>) -> Result<(), String> {
    let reader = Reader::new(found);
    let named = found.tables.iter().filter_map(|row| {
        let name = found.name(row, "schema_id", "name")?;
        // The rows of the past belong to the table of the present.
        (row.number("temporal_type") != HISTORY).then_some((row, name))
    });
    let mut named: Vec<(&Row, String)> = named.collect();
    // Columns have types that are tables before them.
    named.sort_by_key(|(row, _)| row.text("kind") != "TT");
    for (row, name) in &named {
        reader.table(row, name, objects)?;
    }
    let names: BTreeMap<i64, &str> = named
        .iter()
        .map(|(row, name)| (row.number("object_id"), name.as_str()))
        .collect();
    foreign_keys(found, &names, objects);
    Ok(())
}

/// The indexes of views.
///
/// # Errors
/// What the model has no place for.
pub(super) fn of_views(found: &Catalogue, objects: &mut Vec<Object>) -> Result<(), String> {
    let reader = Reader::new(found);
    for row in &found.modules {
        let Some(name) = found.name(row, "schema_id", "name") else {
            continue;
        };
        if row.text("type").trim() == "V" {
            let id = row.number("object_id");
            for index in Reader::of(&reader.indexes, id) {
                objects.extend(reader.index(id, &name, index)?);
            }
        }
    }
    Ok(())
}

impl<'a> Reader<'a> {
    fn new(found: &'a Catalogue) -> Self {
        Self {
            found,
            columns: parts(&found.columns, "object_id"),
            indexes: parts(&found.indexes, "object_id"),
            index_columns: parts(&found.index_columns, "object_id"),
            checks: parts(&found.checks, "parent_object_id"),
            periods: parts(&found.periods, "object_id"),
        }
    }

    fn of<'p>(parts: &'p Parts<'_>, id: i64) -> &'p [&'p Row] {
        parts.get(&id).map_or(&[], Vec::as_slice)
    }

    fn table(&self, row: &Row, name: &str, objects: &mut Vec<Object>) -> Result<(), String> {
        let id = row.number("object_id");
        let of = format!("table {name}");
        if row.is("is_memory_optimized") || row.is("is_external") {
            return Err(format!(
                "{of} is in memory or outside of the database, which trueup does not know yet"
            ));
        }
        let mut items = Vec::new();
        for column in Self::of(&self.columns, id) {
            items.push(
                self.column(column)
                    .map_err(|what| format!("{of}: {what}"))?,
            );
        }
        let indexes = Self::of(&self.indexes, id);
        let (keys, indexes): (Vec<&Row>, Vec<&Row>) = indexes
            .iter()
            .partition(|one| one.is("is_primary_key") || one.is("is_unique_constraint"));
        items.extend(keys.iter().map(|key| self.key(id, key)));
        let type_of_rows = row.text("kind") == "TT";
        let (late, checks): (Vec<&Row>, Vec<&Row>) = Self::of(&self.checks, id)
            .iter()
            .partition(|check| !type_of_rows && is_late(check));
        items.extend(checks.iter().map(|check| self::check(check)));
        if let [period, ..] = Self::of(&self.periods, id) {
            let (start, end) = (
                quote(period.text("start_name")),
                quote(period.text("end_name")),
            );
            items.push(format!("PERIOD FOR SYSTEM_TIME ({start}, {end})"));
        }
        let items = items.join(", ");
        if type_of_rows {
            objects.push(Object::new(
                of,
                format!("CREATE TYPE {name} AS TABLE ({items})"),
            ));
            return Ok(());
        }
        let sql = format!(
            "CREATE TABLE {name} ({items}){}{}",
            self.place(id),
            self.options(row)
        );
        objects.push(Object::new(of.clone(), sql));
        for check in late {
            let sql = format!(
                "ALTER TABLE {name} {}ADD {}",
                unchecked(check),
                self::check(check)
            );
            objects.push(Object::new(of.clone(), sql));
            objects.extend(disabled(check, name));
        }
        for index in indexes {
            objects.extend(self.index(id, name, index)?);
        }
        Ok(())
    }

    fn column(&self, row: &Row) -> Result<String, String> {
        let name = row.text("name");
        if let Some(computed) = row.get("computed") {
            let stored = match (row.is("is_persisted"), row.is("is_nullable")) {
                (false, _) => "",
                (true, true) => " PERSISTED",
                (true, false) => " PERSISTED NOT NULL",
            };
            return Ok(format!("{} AS {computed}{stored}", quote(name)));
        }
        if row.is("is_column_set") || row.is("is_filestream") {
            return Err(format!(
                "trueup does not know this kind of column yet: {name}"
            ));
        }
        let mut text = format!("{} {}", quote(name), self.found.data_type(row)?);
        let own = self.found.collation();
        let collation = row
            .get("collation_name")
            .filter(|_| !row.is("is_user_defined"));
        if let Some(collation) = collation.filter(|name| Some(*name) != own) {
            text.push_str(&format!(" COLLATE {collation}"));
        }
        if row.is("is_sparse") {
            text.push_str(" SPARSE");
        }
        if let Some(function) = row.get("masking_function") {
            text.push_str(&format!(
                " MASKED WITH (FUNCTION = '{}')",
                function.replace('\'', "''")
            ));
        }
        let hidden = if row.is("is_hidden") { " HIDDEN" } else { "" };
        match row.number("generated_always_type") {
            0 => {}
            1 => text.push_str(&format!(" GENERATED ALWAYS AS ROW START{hidden}")),
            2 => text.push_str(&format!(" GENERATED ALWAYS AS ROW END{hidden}")),
            _ => return Err(format!("trueup does not know ledger columns yet: {name}")),
        }
        text.push_str(if row.is("is_nullable") {
            " NULL"
        } else {
            " NOT NULL"
        });
        if let (Some(seed), Some(step)) = (row.get("seed"), row.get("step")) {
            text.push_str(&format!(" IDENTITY ({seed}, {step})"));
            if row.is("is_not_for_replication") {
                text.push_str(" NOT FOR REPLICATION");
            }
        }
        if row.is("is_rowguidcol") {
            text.push_str(" ROWGUIDCOL");
        }
        if let Some(default) = row.get("default_definition") {
            if !row.is("default_is_system_named") {
                text.push_str(&format!(" CONSTRAINT {}", quote(row.text("default_name"))));
            }
            text.push_str(&format!(" DEFAULT {default}"));
        }
        Ok(text)
    }

    /// A primary key or a unique constraint.
    fn key(&self, table: i64, row: &Row) -> String {
        let kind = if row.is("is_primary_key") {
            "PRIMARY KEY"
        } else {
            "UNIQUE"
        };
        let clustering = match row.number("type") {
            CLUSTERED => "CLUSTERED",
            _ => "NONCLUSTERED",
        };
        let (parts, _) = self.parts(table, row);
        let (options, place) = (index_options(row), self.data_space(table, row));
        format!(
            "{}{kind} {clustering} ({}){options}{place}",
            named(row),
            parts.join(", ")
        )
    }

    /// The statement that makes an index; nothing for a table's own rows.
    fn index(&self, table: i64, name: &str, row: &Row) -> Result<Option<Object>, String> {
        let own = quote(row.text("name"));
        let unique = if row.is("is_unique") { "UNIQUE " } else { "" };
        let kind = match row.number("type") {
            0 => return Ok(None),
            CLUSTERED => "CLUSTERED ",
            NONCLUSTERED => "NONCLUSTERED ",
            CLUSTERED_COLUMNSTORE => "CLUSTERED COLUMNSTORE ",
            NONCLUSTERED_COLUMNSTORE => "NONCLUSTERED COLUMNSTORE ",
            _ => {
                return Err(format!(
                    "index {own} of table {name} is of a kind that trueup does not know yet"
                ));
            }
        };
        let (parts, included) = self.parts(table, row);
        let list = |words: &str, columns: &[String]| match columns.is_empty() {
            true => String::new(),
            false => format!("{words} ({})", columns.join(", ")),
        };
        let (parts, included) = match row.number("type") {
            CLUSTERED_COLUMNSTORE => (String::new(), String::new()),
            // All of its columns are carried along, to the catalogue.
            NONCLUSTERED_COLUMNSTORE => (list("", &included), String::new()),
            _ => (list("", &parts), list(" INCLUDE", &included)),
        };
        let filter = row
            .get("filter_definition")
            .map_or(String::new(), |filter| format!(" WHERE {filter}"));
        let (options, place) = (index_options(row), self.data_space(table, row));
        let sql = format!(
            "CREATE {unique}{kind}INDEX {own} ON {name}{parts}{included}{filter}{options}{place}"
        );
        Ok(Some(Object::new(
            format!("index {own} of table {name}"),
            sql,
        )))
    }

    /// Columns of a key, and those that are carried along.
    fn parts(&self, table: i64, index: &Row) -> (Vec<String>, Vec<String>) {
        let all = Self::of(&self.index_columns, table).iter();
        let all = all.filter(|one| one.number("index_id") == index.number("index_id"));
        let (mut parts, mut included) = (Vec::new(), Vec::new());
        for column in all {
            let name = quote(column.text("name"));
            match (
                column.is("is_included_column"),
                column.number("key_ordinal"),
            ) {
                (true, _) => included.push(name),
                // It is only there because rows are spread by it.
                (false, 0) => {}
                (false, _) if column.is("is_descending_key") => parts.push(format!("{name} DESC")),
                (false, _) => parts.push(format!("{name} ASC")),
            }
        }
        (parts, included)
    }

    /// Where a heap is stored. With other tables it is told of the index that holds the rows.
    fn place(&self, table: i64) -> String {
        let heap = Self::of(&self.indexes, table)
            .iter()
            .find(|one| one.number("type") == 0);
        heap.map_or(String::new(), |heap| self.data_space(table, heap))
    }

    /// `ON` a filegroup, or a scheme with the column that spreads the rows; nothing for the database's own.
    fn data_space(&self, table: i64, index: &Row) -> String {
        let Some(space) = index.get("data_space").filter(|_| !index.is("is_default")) else {
            return String::new();
        };
        let mut columns = Self::of(&self.index_columns, table).iter().filter(|one| {
            one.number("index_id") == index.number("index_id")
                && one.number("partition_ordinal") == 1
        });
        match columns.next() {
            Some(column) => format!(" ON {} ({})", quote(space), quote(column.text("name"))),
            None => format!(" ON {}", quote(space)),
        }
    }

    /// `WITH` what is said of a table as a whole.
    fn options(&self, row: &Row) -> String {
        let mut options = Vec::new();
        if row.number("temporal_type") == VERSIONED {
            options.push(self.versioning(row));
        }
        let all = Self::of(&self.indexes, row.number("object_id")).iter();
        let mut rows = all.filter(|one| [0, CLUSTERED].contains(&one.number("type")));
        if let Some(kind @ ("ROW" | "PAGE")) =
            rows.next().and_then(|one| one.get("data_compression_desc"))
        {
            options.push(format!("DATA_COMPRESSION = {kind}"));
        }
        match options.is_empty() {
            true => String::new(),
            false => format!(" WITH ({})", options.join(", ")),
        }
    }

    fn versioning(&self, row: &Row) -> String {
        let mut said = Vec::new();
        let history = row.number("history_table_id");
        let mut all = self.found.tables.iter();
        if let Some(table) = all.find(|one| one.number("object_id") == history) {
            // A name that the server made up.
            if !table.text("name").starts_with("MSSQL_TemporalHistoryFor_") {
                let name = self
                    .found
                    .name(table, "schema_id", "name")
                    .unwrap_or_default();
                said.push(format!("HISTORY_TABLE = {name}"));
            }
        }
        match row.get("history_retention_period_unit_desc") {
            None | Some("INFINITE") => {}
            Some(unit) => said.push(format!(
                "HISTORY_RETENTION_PERIOD = {} {unit}S",
                row.text("history_retention_period")
            )),
        }
        match said.is_empty() {
            true => "SYSTEM_VERSIONING = ON".to_owned(),
            false => format!("SYSTEM_VERSIONING = ON ({})", said.join(", ")),
        }
    }
}

/// `CONSTRAINT name`, where somebody gave it one.
fn named(row: &Row) -> String {
    match row.is("is_system_named") {
        true => String::new(),
        false => format!("CONSTRAINT {} ", quote(row.text("name"))),
    }
}

/// `WITH` the options of an index that are not the server's. How the rows of a table are compressed is told of the table.
fn index_options(row: &Row) -> String {
    let mut options = Vec::new();
    let mut option = |said: bool, text: &str| {
        if said {
            options.push(text.to_owned());
        }
    };
    option(row.is("is_padded"), "PAD_INDEX = ON");
    option(row.is("ignore_dup_key"), "IGNORE_DUP_KEY = ON");
    option(row.is("no_recompute"), "STATISTICS_NORECOMPUTE = ON");
    option(
        row.is("optimize_for_sequential_key"),
        "OPTIMIZE_FOR_SEQUENTIAL_KEY = ON",
    );
    let columns = row.number("type") >= CLUSTERED_COLUMNSTORE;
    option(
        !columns && row.get("allow_row_locks") == Some("0"),
        "ALLOW_ROW_LOCKS = OFF",
    );
    option(
        !columns && row.get("allow_page_locks") == Some("0"),
        "ALLOW_PAGE_LOCKS = OFF",
    );
    match row.number("fill_factor") {
        0 | 100 => {}
        factor => options.push(format!("FILLFACTOR = {factor}")),
    }
    if let Some(kind @ ("ROW" | "PAGE" | "COLUMNSTORE_ARCHIVE")) = row.get("data_compression_desc")
        && row.number("type") != CLUSTERED
    {
        options.push(format!("DATA_COMPRESSION = {kind}"));
    }
    match options.is_empty() {
        true => String::new(),
        false => format!(" WITH ({})", options.join(", ")),
    }
}

/// Rows were there before it that it was not held against. One that replication does not heed is never trusted.
fn is_unchecked(row: &Row) -> bool {
    row.is("is_not_trusted") && !row.is("is_not_for_replication")
}

/// It can't be said with its table.
fn is_late(row: &Row) -> bool {
    is_unchecked(row) || row.is("is_disabled")
}

fn unchecked(row: &Row) -> &'static str {
    if is_unchecked(row) {
        "WITH NOCHECK "
    } else {
        ""
    }
}

fn check(row: &Row) -> String {
    let replication = if row.is("is_not_for_replication") {
        "NOT FOR REPLICATION "
    } else {
        ""
    };
    format!(
        "{}CHECK {replication}{}",
        named(row),
        row.text("definition")
    )
}

/// The statement that switches a constraint off.
fn disabled(row: &Row, table: &str) -> Option<Object> {
    let off = row.is("is_disabled") && !row.is("is_system_named");
    let name = quote(row.text("name"));
    off.then(|| {
        Object::new(
            format!("table {table}"),
            format!("ALTER TABLE {table} NOCHECK CONSTRAINT {name}"),
        )
    })
}

fn foreign_keys(found: &Catalogue, names: &BTreeMap<i64, &str>, objects: &mut Vec<Object>) {
    let columns = parts(&found.foreign_key_columns, "constraint_object_id");
    for row in &found.foreign_keys {
        let Some(table) = names.get(&row.number("parent_object_id")) else {
            continue;
        };
        let columns = Reader::of(&columns, row.number("object_id"));
        let list = |column: &str| {
            let names: Vec<String> = columns.iter().map(|one| quote(one.text(column))).collect();
            names.join(", ")
        };
        let action = |words: &str, column: &str| match row.text(column) {
            "" | "NO_ACTION" => String::new(),
            action => format!(" ON {words} {}", action.replace('_', " ")),
        };
        let sql = format!(
            "ALTER TABLE {table} {}ADD {}FOREIGN KEY ({}) REFERENCES {} ({}){}{}{}",
            unchecked(row),
            named(row),
            list("name"),
            found
                .name(row, "ref_schema_id", "ref_name")
                .unwrap_or_default(),
            list("ref_name"),
            action("DELETE", "delete_referential_action_desc"),
            action("UPDATE", "update_referential_action_desc"),
            if row.is("is_not_for_replication") {
                " NOT FOR REPLICATION"
            } else {
                ""
            }
        );
        objects.push(Object::new(format!("a foreign key of table {table}"), sql));
        objects.extend(disabled(row, table));
    }
}
